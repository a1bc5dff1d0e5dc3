"""Fits the weights of VertebraLevels (a conditional logit over which body is the last lumbar one) and says how well calibrated
the probabilities are.

    spine_levels DATA MODELS > LEVELS.jsonl        (tests/accuracy/spine_levels)
    python3 fit_levels.py LEVELS.jsonl

Calibration is printed for persons left out, one at a time; the weights printed last are fitted on all.
"""
import json
import sys

import numpy as np
from scipy.optimize import minimize

SPACING_MM = 55.0  # as VertebraLevels::Params::max_spacing_mm
L5 = 24
NAMES = ("last", "above", "itself_s1", "s1_below", "large_below", "none", "none_s1")
RIDGE = 0.05


def person(name):
    return "vb1-AK" if name.startswith("vb1-AK") else name


def logit(p):
    p = min(max(p, 0.01), 0.99)
    return np.log(p / (1 - p))


def features(case):
    """Rows: each body as the last lumbar one, then 'it is not in view'."""
    bodies, s1 = case["bodies"], case.get("s1")
    below = lambda b: (s1 is not None and
                       np.linalg.norm(np.subtract(s1["centre"], bodies[b]["centre"])) <= SPACING_MM)
    rows = []
    for b, body in enumerate(bodies):
        large = any(x["cm3"] > 0.5 * body["cm3"] for x in bodies[b + 1:])
        above = max([x["last"] for x in bodies[:b]], default=0.0)
        rows.append([logit(body["last"]), logit(above), logit(body["s1"]), float(below(b)), float(large), 0.0, 0.0])
    rows.append([0.0] * 5 + [1.0, float(s1 is not None)])
    return np.array(rows)


def truth(case):
    """The row that is true; None when the labels do not tell."""
    ids = [b["truth"] for b in case["bodies"]]
    if L5 in ids:
        return ids.index(L5)
    known = [(n, i) for n, i in enumerate(ids) if 0 < i < L5]
    if not known:
        return None
    n, i = known[-1]
    return len(ids) if i + len(ids) - 1 - n < L5 else None


def probabilities(weights, x):
    score = x @ weights
    e = np.exp(score - score.max())
    return e / e.sum()


def fit(cases):
    def loss(weights):
        total = sum(-np.log(probabilities(weights, x)[t] + 1e-12) for x, t in cases)
        return total / len(cases) + RIDGE / len(cases) * (weights ** 2).sum()
    return minimize(loss, np.zeros(len(NAMES)), method="BFGS").x


def main():
    lines = [json.loads(line) for line in open(sys.argv[1])]
    refused = [c for c in lines if "error" in c]
    usable = [(c, features(c), truth(c)) for c in lines if "error" not in c]
    unknown = [c for c, _, t in usable if t is None]
    usable = [(c, x, t) for c, x, t in usable if t is not None]
    print(f"{len(lines)} views, {len(refused)} refused, {len(unknown)} whose truth the labels do not tell")
    people = sorted({person(c["case"]) for c, _, _ in usable})
    results = []
    for who in people:
        weights = fit([(x, t) for c, x, t in usable if person(c["case"]) != who])
        for c, x, t in usable:
            if person(c["case"]) == who:
                p = probabilities(weights, x)
                results.append((c, p, t))
                if p.argmax() != t or p[t] < 0.5:
                    print(f"  {c['case']} cut {c['cut']}: true {t} of {len(p) - 1}, given {p[t]:.2f}, best {p.argmax()} {p.max():.2f}")
    best = np.array([p.max() for _, p, _ in results])
    right = np.array([p.argmax() == t for _, p, t in results])
    print("persons left out: probability of the best against how often it is right")
    for low, high in ((0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 0.97), (0.97, 1.01)):
        inside = (best >= low) & (best < high)
        if inside.any():
            print(f"  {low:.2f}..{min(high, 1):.2f}: n {inside.sum():3d}, mean probability {best[inside].mean():.3f}, right {right[inside].mean():.3f}")
    print(f"  Brier score of the best {np.mean((best - right) ** 2):.4f}; right {right.sum()} of {len(right)}")
    for cut in dict.fromkeys(c["cut"] for c, _, _ in results):
        chosen = [n for n, (c, _, _) in enumerate(results) if c["cut"] == cut]
        print(f"  cut {cut}: right {right[chosen].sum()} of {len(chosen)}, mean probability {best[chosen].mean():.3f}, "
              f"wrong at 0.95 or more: {sum(1 for n in chosen if best[n] >= 0.95 and not right[n])}")
    weights = fit([(x, t) for _, x, t in usable])
    print("weights:", ", ".join(f"{n} {w:.2f}" for n, w in zip(NAMES, weights)))


if __name__ == "__main__":
    main()

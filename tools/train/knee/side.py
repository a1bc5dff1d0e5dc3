"""Learns the rule that tells a right knee from a left one by the shape of its bones, and the ranges of what is found.

    python3 side.py rule CACHE      # measures the rule, k-fold by person, and prints modules/knee_orientation/src/side_rule.inc
    python3 side.py ranges CACHE    # prints modules/knee_segmentation/src/ranges.inc

CACHE: label volumes as prepare.py keeps them. All are right knees with the slices from left to right, so that "towards higher
slices" is lateral; mirrored copies stand for left knees. A rule without a constant term gives a mirrored knee the opposite answer
exactly, so mirrored copies need not be drawn to fit it. Every knee is also turned (NUMBER times) as patients lie.
"""
import argparse
import pathlib

import numpy as np
from scipy import ndimage

import prepare
from prepare import FEMORAL, FEMUR, PATELLA, PATELLAR, TIBIA, TIBIAL

NAMES = ("patella", "shaft", "plateau", "depth", "ridge", "low", "thick")
CONDYLES_MM, PLATEAU_MM, SHAFT_LEAST_MM = 35.0, 25.0, 10.0
LEAST_MM2 = 10.0  # of a structure in the plane where it is said to end: a stray voxel is no end
TURNS, ROLL_DEG, YAW_DEG, PITCH_DEG = 3, 5.0, 10.0, 8.0
FOLDS = 6
SEGMENTATION_SD_MM = 0.7  # of each feature, added: what is found by a network is not a manual label


def extent(counts, low=0.01, high=0.99):
    """Where a running sum of `counts` reaches the two shares: first index with at least that much."""
    c = np.cumsum(counts, dtype=np.float64)
    return int(np.searchsorted(c, low * c[-1])), int(np.searchsorted(c, high * c[-1]))


def ends(mask, axis, pixel_mm2):
    """First and last index along an axis whose plane holds enough of the mask, or None."""
    counts = mask.sum(tuple(a for a in range(3) if a != axis))
    there = np.nonzero(counts * pixel_mm2 >= LEAST_MM2)[0]
    return (int(there[0]), int(there[-1])) if len(there) else None


def mean_slice(mask):
    n = mask.sum((1, 2), dtype=np.float64)
    return float((n * np.arange(len(n))).sum() / n.sum())


def features(labels, spacing_mm):
    """mm towards higher slices; NaN what cannot be measured. The C++ (knee_orientation) does the same."""
    d, r, c = spacing_mm
    femur, tibia, patella, tibial = (labels == v for v in (FEMUR, TIBIA, PATELLA, TIBIAL))
    out = dict.fromkeys(NAMES, np.nan)
    rows, tops = ends(femur, 1, d * c), ends(tibia, 1, d * c)
    if not rows or not tops:
        return out
    level = max(0, rows[1] - int(CONDYLES_MM / r))
    condyles = femur[:, level:]
    a, b = extent(condyles.sum((1, 2)))
    middle, width = 0.5 * (a + b), b - a
    if patella.any():
        out["patella"] = (mean_slice(patella) - middle) * d
    if (level - rows[0]) * r >= SHAFT_LEAST_MM:
        out["shaft"] = (mean_slice(femur[:, :level]) - middle) * d
    halves = (slice(a, int(a + 0.45 * width)), slice(int(a + 0.55 * width), b + 1))
    front = [ends(condyles[h], 2, d * r) for h in halves]
    bottom = [ends(condyles[h], 1, d * c) for h in halves]
    if all(front) and all(bottom):
        out["ridge"] = float(front[0][0] - front[1][0]) * c
        out["low"] = float(bottom[1][1] - bottom[0][1]) * r
    plateau = tibia[:, tops[0]:tops[0] + int(PLATEAU_MM / r)]
    a, b = extent(plateau.sum((1, 2)))
    centre, width = 0.5 * (a + b), b - a
    out["plateau"] = (centre - middle) * d
    columns = plateau.any(1)
    depth = np.array([np.ptp(np.nonzero(s)[0]) + 1 if s.any() else 0 for s in columns]) * c
    out["depth"] = float(depth[int(a + 0.6 * width):int(a + 0.9 * width)].mean()
                         - depth[int(a + 0.1 * width):int(a + 0.4 * width)].mean())
    low, high = tibial[:int(centre)], tibial[int(np.ceil(centre)):]
    if min(low.sum(), high.sum()) * d * r * c >= 60.0:
        out["thick"] = float(high.sum() / high.any(1).sum() - low.sum() / low.any(1).sum()) * r
    return out


def turned(labels, spacing_mm, rng):
    """The knee turned about its middle: roll (about front-back), yaw (about head-foot), pitch; nearest neighbour."""
    roll, yaw, pitch = np.radians(rng.normal(0, [ROLL_DEG / 2, YAW_DEG / 2, PITCH_DEG / 2]))
    cr, sr, cy, sy, cp, sp = np.cos(roll), np.sin(roll), np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    m = (np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]]) @ np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
         @ np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]]))
    s = np.asarray(spacing_mm)
    m = m * s[None, :] / s[:, None]
    centre = (np.array(labels.shape) - 1) / 2
    return ndimage.affine_transform(labels, m, centre - m @ centre, order=0)


def fit(x):
    """Mean, and covariance with the segmentation's own error."""
    return x.mean(0), np.cov(x.T) + SEGMENTATION_SD_MM ** 2 * np.eye(x.shape[1])


def log_odds(mean, covariance, x):
    """Of right against left: two normal distributions that mirror each other; only what was measured counts."""
    ok = np.isfinite(x)
    return 2.0 * float(mean[ok] @ np.linalg.solve(covariance[np.ix_(ok, ok)], x[ok])) if ok.any() else 0.0


def rule(args):
    paths = sorted(args.cache.glob("*.npy"))
    plain, drawn, people = [], [], []
    rng = np.random.default_rng(1)
    for path in paths:
        labels = np.ascontiguousarray(np.load(path)[:, ::2, ::2])
        spacing_mm = (prepare.NATIVE_MM[0], 2 * prepare.NATIVE_MM[1], 2 * prepare.NATIVE_MM[2])
        plain.append([features(labels, spacing_mm)[n] for n in NAMES])
        drawn.append([[features(turned(labels, spacing_mm, rng), spacing_mm)[n] for n in NAMES] for _ in range(TURNS)])
        people.append(prepare.person(path.stem))
    plain, drawn = np.array(plain), np.array(drawn)
    order = sorted(set(people))
    fold = np.array([order.index(p) % FOLDS for p in people])
    odds, odds_turned = np.zeros(len(plain)), np.zeros(drawn.shape[:2])
    for f in range(FOLDS):
        mean, covariance = fit(np.concatenate([plain[fold != f], drawn[fold != f].reshape(-1, len(NAMES))]))
        for n in np.nonzero(fold == f)[0]:
            odds[n] = log_odds(mean, covariance, plain[n])
            odds_turned[n] = [log_odds(mean, covariance, x) for x in drawn[n]]
    print(f"// {len(paths)} knees of {len(order)} persons, {FOLDS} folds by person: {np.sum(odds > 0)} right, least log odds {odds.min():.1f}; "
          f"turned: {np.sum(odds_turned > 0)} of {odds_turned.size} right, least {odds_turned.min():.1f}.")
    alone = [(np.isfinite(plain[:, k]) & (plain[:, k] * np.nanmean(plain[:, k]) > 0)).sum() for k in range(len(NAMES))]
    print("// Right by one feature alone: " + ", ".join(f"{n} {v}" for n, v in zip(NAMES, alone)) + ".")
    mean, covariance = fit(np.concatenate([plain, drawn.reshape(-1, len(NAMES))]))
    print("constexpr std::array<double, kFeatures> kMeanMm{" + ", ".join(f"{v:.3f}" for v in mean) + "};")
    print("constexpr std::array<std::array<double, kFeatures>, kFeatures> kCovarianceMm2{{")
    print(",\n".join("    {" + ", ".join(f"{v:.4f}" for v in row) + "}" for row in covariance) + "}};")


def ranges(args):
    """What is found lies within these of the label volumes: mm3 of the cartilages and the patella, mm of the bones' width."""
    rows = {}
    for path in sorted(args.cache.glob("*.npy")):
        labels = np.load(path)
        voxel = float(np.prod(prepare.NATIVE_MM))
        for name, value in (("patella", PATELLA), ("femoral cartilage", FEMORAL), ("tibial cartilage", TIBIAL),
                            ("patellar cartilage", PATELLAR)):
            rows.setdefault(f"{name} mm3", []).append((labels == value).sum() * voxel)
        d, r, _ = prepare.NATIVE_MM
        femur, tibia = labels == FEMUR, labels == TIBIA
        low = int(np.nonzero(femur.any((0, 2)))[0].max())
        a, b = extent(femur[:, max(0, low - int(CONDYLES_MM / r)):].sum((1, 2)))
        rows.setdefault("femur width mm", []).append((b - a) * d)
        top = int(np.nonzero(tibia.any((0, 2)))[0].min())
        a, b = extent(tibia[:, top:top + int(PLATEAU_MM / r)].sum((1, 2)))
        rows.setdefault("tibia width mm", []).append((b - a) * d)
    for name, v in rows.items():
        v = np.array(v)
        print(f"// {name}: {len(v)} volumes, mean {v.mean():.1f}, SD {v.std(ddof=1):.1f}, least {v.min():.1f}, most {v.max():.1f}")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("what", choices=("rule", "ranges"))
    p.add_argument("cache", type=pathlib.Path)
    args = p.parse_args()
    (rule if args.what == "rule" else ranges)(args)


if __name__ == "__main__":
    main()

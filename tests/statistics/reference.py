"""What numpy and scipy say of the numbers in a folder, for reference_test.cpp; written apart from the C++.

Reads repeats.txt (a subject a line), pairs.txt, table.txt, counts.txt, line.txt, and values.txt, batch.txt,
covariates.txt; prints one `name value` a line.
"""
import sys
from pathlib import Path

import numpy as np
from scipy import stats

folder = Path(sys.argv[1])


def rows(name):
    return [np.array([float(x) for x in line.split()]) for line in (folder / name).read_text().splitlines()]


def say(name, value):
    print(name, repr(float(value)))


def repeats():
    subjects = rows("repeats.txt")
    df = sum(len(s) - 1 for s in subjects)
    variance = sum((len(s) - 1) * np.var(s, ddof=1) for s in subjects) / df
    relative = sum((len(s) - 1) * (np.std(s, ddof=1) / s.mean()) ** 2 for s in subjects) / df
    say("rms_sd", np.sqrt(variance))
    low, high = np.sqrt(df / stats.chi2.ppf([0.975, 0.025], df))
    say("rms_sd_low", low * np.sqrt(variance))
    say("rms_sd_high", high * np.sqrt(variance))
    say("rms_cv_pct", 100 * np.sqrt(relative))
    say("lsc", stats.norm.ppf(0.975) * np.sqrt(2 * variance))


def icc():
    x = np.array(rows("table.txt"))
    n, k = x.shape
    subjects, raters = np.indices(x.shape)
    design = np.column_stack([subjects.ravel() == i for i in range(n)] + [raters.ravel() == j for j in range(k)])

    def rest(columns):
        a, y = design[:, columns].astype(float), x.ravel()
        return np.sum((y - a @ np.linalg.lstsq(a, y, rcond=None)[0]) ** 2)

    whole = rest(range(n + k))
    mse = whole / ((n - 1) * (k - 1))
    msr = (rest(range(n, n + k)) - whole) / (n - 1)
    msc = (rest(range(n)) - whole) / (k - 1)
    agreement = (msr - mse) / (msr + (k - 1) * mse + k * (msc - mse) / n)
    say("icc_agreement", agreement)
    say("icc_consistency", (msr - mse) / (msr + (k - 1) * mse))
    # Shrout & Fleiss 1979, p. 424, in their own letters
    fj = msc / mse
    top = (k - 1) * (n - 1) * (k * agreement * fj + n * (1 + (k - 1) * agreement) - k * agreement) ** 2
    low = (n - 1) * k**2 * agreement**2 * fj**2 + (n * (1 + (k - 1) * agreement) - k * agreement) ** 2
    v = top / low
    f_up, f_down = stats.f.ppf(0.975, n - 1, v), stats.f.ppf(0.975, v, n - 1)
    say("icc_low", n * (msr - f_up * mse) / (f_up * (k * msc + (k * n - k - n) * mse) + n * msr))
    say("icc_high", n * (f_down * msr - mse) / (k * msc + (k * n - k - n) * mse + n * f_down * msr))
    f0 = msr / mse
    fl = f0 / stats.f.ppf(0.975, n - 1, (n - 1) * (k - 1))
    fu = f0 * stats.f.ppf(0.975, (n - 1) * (k - 1), n - 1)
    say("icc_consistency_low", (fl - 1) / (fl + k - 1))
    say("icc_consistency_high", (fu - 1) / (fu + k - 1))


def pairs():
    first, second = np.array(rows("pairs.txt")).T
    d, m, n = second - first, (first + second) / 2, len(first)
    say("bias", d.mean())
    low, high = stats.t.interval(0.95, n - 1, d.mean(), stats.sem(d))
    say("bias_low", low)
    say("bias_high", high)
    z, t = stats.norm.ppf(0.975), stats.t.ppf(0.975, n - 1)
    top = d.mean() + z * d.std(ddof=1)
    say("limit_high", top)
    say("limit_high_high", top + t * d.std(ddof=1) * np.sqrt(1 / n + z**2 / 2 / (n - 1)))
    line = stats.linregress(m, d)
    say("trend_slope", line.slope)
    say("trend_se", line.stderr)
    say("trend_p", line.pvalue)


def kappa():
    counts = np.array(rows("counts.txt"))
    g, total = len(counts), counts.sum()
    i, j = np.indices(counts.shape)
    for name, w in (
        ("plain", (i == j).astype(float)),
        ("linear", 1 - abs(i - j) / (g - 1)),
        ("quadratic", 1 - (i - j) ** 2 / (g - 1) ** 2),
    ):
        def value(p):
            chance = np.outer(p.sum(1), p.sum(0))
            return ((w * p).sum() - (w * chance).sum()) / (1 - (w * chance).sum())

        p = counts / total
        say("kappa_" + name, value(p))
        # the delta method with numerical derivatives: p is multinomial
        slope = np.zeros_like(p)
        for at in np.ndindex(*p.shape):
            step = np.zeros_like(p)
            step[at] = 1e-6
            slope[at] = (value(p + step) - value(p - step)) / 2e-6
        say("kappa_se_" + name, np.sqrt(((p * slope**2).sum() - (p * slope).sum() ** 2) / total))


def line():
    x, y = np.array(rows("line.txt")).T
    fit = stats.linregress(x, y)
    say("slope", fit.slope)
    say("offset", fit.intercept)
    say("slope_se", fit.stderr)
    say("offset_se", fit.intercept_stderr)


def combat(name, empirical_bayes, reference):
    y = np.array(rows("values.txt"))
    batch = np.array([int(r[0]) for r in rows("batch.txt")])
    covariates = np.array(rows("covariates.txt")).T
    batches = range(batch.max() + 1)
    z, sd, stays = np.full(y.shape, np.nan), [], np.full(y.shape, np.nan)
    for f, row in enumerate(y):
        seen = np.isfinite(row)
        x = np.column_stack([(batch[seen] == b).astype(float) for b in batches] + [c[seen] for c in covariates])
        beta = np.linalg.lstsq(x, row[seen], rcond=None)[0]
        rest = row[seen] - x @ beta
        used = np.ones(seen.sum(), bool) if reference is None else batch[seen] == reference
        sd.append(np.sqrt(np.mean(rest[used] ** 2)))
        weights = np.array([np.mean(batch[seen] == b) for b in batches])
        centre = weights @ beta[: len(batches)] if reference is None else beta[reference]
        stays[f, seen] = centre + x[:, len(batches):] @ beta[len(batches):]
        z[f, seen] = (row[seen] - stays[f, seen]) / sd[f]
    out = np.full(y.shape, np.nan)
    for b in batches:
        here = z[:, batch == b]
        shift, variance = np.nanmean(here, 1), np.nanvar(here, 1, ddof=1)
        g, d = shift.copy(), variance.copy()
        if empirical_bayes:
            count = np.isfinite(here).sum(1)
            m, s2, t2 = variance.mean(), variance.var(ddof=1), shift.var(ddof=1)
            lam, theta = (2 * s2 + m**2) / s2, (m * s2 + m**3) / s2
            for _ in range(2000):
                g = (count * t2 * shift + d * shift.mean()) / (count * t2 + d)
                d = (theta + np.nansum((here - g[:, None]) ** 2, 1) / 2) / (count / 2 + lam - 1)
        out[:, batch == b] = np.array(sd)[:, None] * (here - g[:, None]) / np.sqrt(d)[:, None] + stays[:, batch == b]
        if b == reference:
            out[:, batch == b] = y[:, batch == b]
    for f, s in np.argwhere(np.isfinite(out)):
        say(f"{name}_{f}_{s}", out[f, s])


repeats()
icc()
pairs()
kappa()
line()
combat("combat", True, None)
combat("combat_reference", True, 1)
combat("combat_plain", False, None)

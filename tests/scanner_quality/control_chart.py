"""Limits, z, CUSUM and rules of a control chart, written with numpy; reads values, prints what was found."""

import sys

import numpy as np

baseline = int(sys.argv[1])
x = np.array([float(v) for v in sys.stdin.read().split()])
b = x[:baseline]
centre = b.mean()
sd = np.abs(np.diff(b)).mean() * np.sqrt(np.pi) / 2
z = (x - centre) / sd
print("limits", repr(float(centre)), repr(float(sd)))


def cusum(steps):
    # The running sum less its lowest point so far: another way to write the recursion.
    s = np.concatenate([[0.0], np.cumsum(steps - 0.5)])
    return (s - np.minimum.accumulate(s))[1:]


def runs(mask, n):
    """Where a streak of n begins to hold."""
    if len(mask) < n:
        return []
    w = np.lib.stride_tricks.sliding_window_view(mask, n).all(axis=1)
    starts = w & ~np.concatenate([[False], w[:-1]])
    return (np.flatnonzero(starts) + n - 1).tolist()


m = z[baseline:]
found = [("1-3s", int(i)) for i in np.flatnonzero(np.abs(z) > 3)]
for name, n, s in (("2-2s", 2, 2.0), ("4-1s", 4, 1.0), ("10-x", 10, 0.0)):
    for side in (1, -1):
        found += [(name, i + baseline) for i in runs(side * m > s, n)]
found += [("R-4s", int(i) + 1 + baseline) for i in
          np.flatnonzero((np.minimum(m[1:], m[:-1]) < -2) & (np.maximum(m[1:], m[:-1]) > 2))]
for side in (1, -1):
    c = cusum(side * m)
    print("cusum", *[repr(float(v)) for v in c])
    over = c > 5
    found += [("CUSUM", int(i) + baseline) for i in np.flatnonzero(over & ~np.concatenate([[False], over[:-1]]))]
for name, i in sorted(found, key=lambda f: (f[1], f[0])):
    print("alarm", name, i)

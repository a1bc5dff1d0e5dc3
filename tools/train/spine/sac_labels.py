#!/usr/bin/python3
"""Draws the dural sac of scans whose vertebral bodies are labelled: weak labels for training a network.

Usage:   sac_labels.py DATA OUT [--only CASE ...] [--carry TARGET=SOURCE ...]
         DATA   folder of case folders with image*.nii.gz and labels_thick*.nii.gz (axes P, I, R or P, I, L)
         --only all cases with labels unless given; several runs may share OUT
         OUT    one CASE.nii.gz per case on the image's grid, uint8: 0 outside, 1 sac, 255 unknown
Images   the cerebrospinal fluid must be bright: T2, STIR, water image. A series in which it is dark (T1) takes the
         mask of another series of the same person in the same scanner frame (--carry), through both affines.

Method   1. The posterior walls of the labelled bodies give one curve per scan in the plane of the slices; every slice
            is straightened along it: s along the curve (0.5 mm), t behind the wall (0.5 mm).
         2. The path of the sac: dynamic programming over s of slice and t, on smoothed brightness.
         3. On the sheet of the path, then outward sheet by sheet, the front and back edge t_front(s), t_back(s) of
            largest score: edge strength at both, brightness between them, squared steps along s, nearness to the
            inner neighbour; found exactly by dynamic programming over pairs. Outer sheets may lack the sac. The back
            edge is then pulled taut over 35 mm: the laminae hold the dura, epidural fat bulges out behind it.
         4. Back on the image's grid: 1 where the foot of a pixel lies between the edges.
Unknown  beyond the labelled bodies (less than END_MM above the first, below the last); the outermost sheet of every
         height and the first one without sac, where their brightness is that of a partly filled slice.
"""
import argparse
import pathlib

import nibabel as nib
import numpy as np
from scipy import ndimage

from prepare import flatten

STEP_MM = 0.5
T_FRONT_MM, T_BACK_MM = -4.0, 30.0  # band behind the posterior walls
END_MM = 4.0            # the curve goes on so far beyond the outermost labelled bodies
PATH_T_MM = (4.0, 13.0)  # where the sac's middle may lie
FRONT_MM = (-3.0, 9.0)  # where the front edge may lie
DEPTH_MM = (4.0, 22.0)  # smallest and largest depth of the sac
MIDLINE_MM = 9.0        # the path stays so near to the middle of the bodies
EDGE_WEIGHT = 3.0
STEP_PENALTY = 1.8
VALLEY_WEIGHT = 4.0
VALLEY_MIN = 0.2  # roots are less dark
VALLEY_MM = 2.0  # reach to both sides: strands of roots are wider than the dura
STRING_MM = 35.0
DEPTH_MEAN_MM, DEPTH_PENALTY = 13.0, 0.008
NEIGHBOUR_PENALTY = 0.02
ABSENT_SCORE = 1.0      # score of having no sac at a height
BEYOND_MM = 4.0
SHEETS_MM = 12.5        # half of the greatest width
DIM_PENALTY = 20.0      # against a side sheet dimmer than a slice half filled with sac
SHORT_MM = 22.0         # a shorter piece beside the path's own sheet is a root in its foramen as likely as sac
TILTS_DEG = {24: (-45, 20), 25: (-45, 20), 26: (-80, -15)}  # of a body's depth; - is anterior down


def body_walls(labels, spacing):
    """For every body the upper and lower end of the posterior wall and its middle slice, from the middle slices."""
    ends = []
    for v in sorted(int(x) for x in np.unique(labels) if 8 <= x <= 28):
        where = np.argwhere(labels == v)
        middle = np.average(where[:, 2])
        near = where[np.abs(where[:, 2] - middle) * spacing[2] <= 6.0]
        points = near[:, :2] * spacing[:2]
        # the body's own axes: the posterior wall is the edge of the box of smallest area
        centre = points.mean(0)
        best = None
        low, high = TILTS_DEG.get(v, (-35, 35))
        for degrees in np.arange(low, high + 1, 1.0):
            a = np.deg2rad(degrees)
            back, down = np.array([np.cos(a), np.sin(a)]), np.array([-np.sin(a), np.cos(a)])
            x, y = (points - centre) @ back, (points - centre) @ down
            x0, x1 = np.percentile(x, [1, 99])
            y0, y1 = np.percentile(y, [1, 99])
            if best is None or (x1 - x0) * (y1 - y0) < best[0]:
                best = ((x1 - x0) * (y1 - y0), back, down, x, y)
        _, back, down, x, y = best
        ends.append((v, centre, back, down, x, y, middle))
    return ends


def wall_curve(labels, spacing):
    """Points (mm, in the slice's plane) of the posterior wall curve from top to bottom, every STEP_MM, and the
    middle slice at each."""
    corners, slices = [], []
    for _, centre, back, down, x, y, middle in body_walls(labels, spacing):
        low, high = np.percentile(y, [2, 98])
        for part in (0.2, 0.8):  # corners are rounded or carry osteophytes: the wall is taken inside of them
            at = low + part * (high - low)
            row = np.abs(y - at) < 2.0
            wall = np.percentile(x[row], 97)
            corners.append(centre + back * wall + down * at)
            slices.append(middle)
    corners, slices = np.array(corners), np.array(slices)
    order = np.argsort(corners[:, 1])
    corners, slices = corners[order], slices[order]
    # beyond the outermost bodies: a third of a body's wall to its corner, and END_MM more
    first, last = corners[0] - corners[1], corners[-1] - corners[-2]
    corners = np.vstack([corners[0] + first / np.linalg.norm(first) * (np.linalg.norm(first) / 3 + END_MM), corners,
                         corners[-1] + last / np.linalg.norm(last) * (np.linalg.norm(last) / 3 + END_MM)])
    slices = np.concatenate([slices[:1], slices, slices[-1:]])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    s = np.arange(0, length[-1], STEP_MM)
    curve = np.stack([np.interp(s, length, corners[:, a]) for a in range(2)], 1)
    curve = smooth(curve)
    middle = ndimage.gaussian_filter1d(np.interp(s, length, slices), 15.0 / STEP_MM, mode="nearest")
    return curve, middle


def smooth(curve, sigma_mm=5.0):
    """Gaussian along the curve; the ends are continued by point reflection, so that they stay."""
    n = int(4 * sigma_mm / STEP_MM)
    n = min(n, len(curve) - 1)
    padded = np.vstack([2 * curve[0] - curve[n:0:-1], curve, 2 * curve[-1] - curve[-2:-n - 2:-1]])
    return ndimage.gaussian_filter1d(padded, sigma_mm / STEP_MM, axis=0)[n:n + len(curve)]


def normals(curve):
    tangent = np.gradient(curve, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    normal = np.stack([tangent[:, 1], -tangent[:, 0]], 1)
    return normal * np.sign(normal[:, :1])  # axis 0 runs to the back


def straighten(image, spacing, curve, normal):
    t = np.arange(T_FRONT_MM, T_BACK_MM + 1e-9, STEP_MM)
    where = (curve[:, None, :] + t[None, :, None] * normal[:, None, :]) / spacing[:2]
    out = np.stack([ndimage.map_coordinates(image[:, :, k], [where[..., 0], where[..., 1]], order=1, mode="nearest")
                    for k in range(image.shape[2])])
    return t, out  # slice, s, t


def find_path(straight, t, middle, slice_mm):
    """Slice and t of the sac's middle at every s: the brightest connected way from top to bottom."""
    fluid = np.percentile(straight[:, :, (t >= PATH_T_MM[0]) & (t <= PATH_T_MM[1])], 97)
    # cord and roots are darker than fluid: capped, so that the middle of the sac is preferred to its bright sides
    bright = np.minimum(straight, 0.6 * fluid)
    bright = ndimage.gaussian_filter(bright, (5.0 / slice_mm, 8.0 / STEP_MM, 2.5 / STEP_MM))
    inside = (t >= PATH_T_MM[0]) & (t <= PATH_T_MM[1])
    bright = bright[:, :, inside][:, :, ::2]
    ts = t[inside][::2]
    off = np.abs(np.arange(bright.shape[0])[:, None] - middle[None, :]) * slice_mm
    score = bright - np.where(off > MIDLINE_MM, 100.0, 0.01 * off)[:, :, None]
    path_k, path_t = path_dp(score, ts, slice_mm)
    slow = ndimage.gaussian_filter1d(path_k.astype(float), 12.0 / STEP_MM, mode="nearest")
    return np.round(slow).astype(int), path_t


def path_dp(score, ts, slice_mm):
    k_count, s_count, t_count = score.shape
    best, back = score[:, 0, :].copy(), []
    slice_cost, t_cost = 1.0 * slice_mm, 0.4
    for s in range(1, s_count):
        options, moves = [], []
        for dk in (-1, 0, 1):
            for dt in (-1, 0, 1):
                shifted = np.full_like(best, -1e9)
                src = best[max(0, -dk):k_count - max(0, dk), max(0, -dt):t_count - max(0, dt)]
                shifted[max(0, dk):max(0, dk) + src.shape[0], max(0, dt):max(0, dt) + src.shape[1]] = src
                options.append(shifted - slice_cost * abs(dk) - t_cost * abs(dt))
                moves.append((dk, dt))
        options = np.stack(options)
        choice = options.argmax(0)
        back.append(choice)
        best = np.take_along_axis(options, choice[None], 0)[0] + score[:, s, :]
    k, j = np.unravel_index(best.argmax(), best.shape)
    path = [(k, ts[j])]
    for choice in reversed(back):
        dk, dt = moves[choice[k, j]]
        k, j = k - dk, j - dt
        path.append((k, ts[j]))
    path = np.array(path[::-1])
    return path[:, 0].astype(int), path[:, 1]


def levels(straight, path_k, path_t, t):
    """Brightness of fluid and of the dark tissue around it, slowly varying along s."""
    n = straight.shape[1]
    tube, around = [], []
    for s in range(n):
        near = np.abs(t - path_t[s]) <= 5.0
        tube.append(np.percentile(straight[path_k[s], s, near], 80))
        around.append(np.percentile(straight[path_k[s], s, :], 5))
    slow = lambda x: ndimage.gaussian_filter1d(ndimage.percentile_filter(np.array(x), 60, int(30 / STEP_MM),
                                               mode="nearest"), 15 / STEP_MM, mode="nearest")
    return slow(tube), slow(around)


def edge_scores(x):
    """Of relative brightness x(s, t): front edge, back edge, and the running integral of the inside's score."""
    gradient = ndimage.gaussian_filter1d(ndimage.gaussian_filter1d(x, 1.0 / STEP_MM, axis=0), 0.8 / STEP_MM, axis=1,
                                         order=1) / STEP_MM
    inside = np.clip((x - 0.22) / 0.2, -1.0, 0.25)
    # a thin dark line between two bright ones is the dura between fluid and epidural fat
    fine = ndimage.gaussian_filter1d(x, 2.0 / STEP_MM, axis=0)
    reach = int(VALLEY_MM / STEP_MM)
    before = ndimage.maximum_filter1d(fine, reach, axis=1, origin=(reach - 1) // 2)
    after = ndimage.maximum_filter1d(fine, reach, axis=1, origin=-(reach // 2))
    line = np.clip(np.minimum(before, after) - fine - VALLEY_MIN, 0, 0.5)
    inside = inside - VALLEY_WEIGHT * line
    total = np.concatenate([np.zeros((len(x), 1)), np.cumsum(inside, 1)], 1) * STEP_MM / 4.0
    return EDGE_WEIGHT * np.clip(gradient, 0, 0.3), EDGE_WEIGHT * np.clip(-gradient, 0, 0.3), total


def edges_dp(x, t, prior=None, absent=False, half_filled=None):
    """The two edges at every s (indices into t; -1: absent), of largest total score."""
    front, back, total = edge_scores(x)
    fronts = np.flatnonzero((t >= FRONT_MM[0]) & (t <= FRONT_MM[1]))
    depths = np.arange(int(DEPTH_MM[0] / STEP_MM), int(DEPTH_MM[1] / STEP_MM) + 1)
    f = fronts[:, None] + 0 * depths[None, :]
    b = np.minimum(f + depths[None, :], len(t) - 1)
    legal = f + depths[None, :] <= len(t) - 1
    scores = front[:, f] + back[:, b] + total[:, b] - total[:, f]
    scores = scores - DEPTH_PENALTY * ((b - f) * STEP_MM - DEPTH_MEAN_MM) ** 2
    scores = np.where(legal, scores, -1e6)
    if prior is not None:
        pf, pb = prior
        known = pf >= 0
        away = ((f[None] - pf[:, None, None]) * STEP_MM) ** 2 + ((b[None] - pb[:, None, None]) * STEP_MM) ** 2
        grow = np.maximum(0, (pf[:, None, None] - f[None]) * STEP_MM) + np.maximum(0, (b[None] - pb[:, None, None]) * STEP_MM)
        running = np.concatenate([np.zeros((len(x), 1)), np.cumsum(x, 1)], 1)
        mean = (running[:, b] - running[:, f]) / (b - f)
        scores = scores - DIM_PENALTY * np.maximum(0, half_filled[:, None, None] - mean)
        scores = np.where(known[:, None, None], scores - NEIGHBOUR_PENALTY * away - 0.15 * grow ** 2, -1e6)
    n, nf, nd = scores.shape
    moves = [(df, db) for df in (-1, 0, 1) for db in (-1, 0, 1)]
    cost = [STEP_PENALTY * 0.25 * (df * df + db * db) for df, db in moves]
    best, best_absent = scores[0].copy(), ABSENT_SCORE if absent else -1e9
    choices, from_absent, absent_choice = [], [], []
    switch = 3.0
    for s in range(1, n):
        options = []
        for (df, db), c in zip(moves, cost):
            dd = db - df
            shifted = np.full_like(best, -1e9)
            src = best[max(0, -df):nf - max(0, df), max(0, -dd):nd - max(0, dd)]
            shifted[max(0, df):max(0, df) + src.shape[0], max(0, dd):max(0, dd) + src.shape[1]] = src
            options.append(shifted - c)
        options.append(np.full_like(best, best_absent - switch))
        options = np.stack(options)
        choice = options.argmax(0)
        choices.append(choice)
        enter = best.max() - switch
        absent_choice.append(best.argmax() if enter > best_absent else -1)
        new_absent = max(best_absent, enter) + (ABSENT_SCORE if absent else -1e9)
        best = np.take_along_axis(options, choice[None], 0)[0] + scores[s]
        best_absent = max(new_absent, -1e9)
    f_out, b_out = np.full(n, -1), np.full(n, -1)
    state = -1 if best_absent > best.max() else int(best.argmax())
    for s in range(n - 1, -1, -1):
        if state >= 0:
            i, j = divmod(state, nd)
            f_out[s], b_out[s] = fronts[i], fronts[i] + depths[j]
        if s == 0:
            break
        if state < 0:
            state = int(absent_choice[s - 1])
        else:
            c = choices[s - 1][i, j]
            if c == len(moves):
                state = -1
            else:
                df, db = moves[c]
                state = (i - df) * nd + (j - (db - df))
    return f_out, b_out


def taut(back):
    """The back edge with the fat triangles behind the dura cut off: the union of all straight pieces of STRING_MM
    that fit before it. The laminae hold the dura between them; fat bulges out behind."""
    out = np.full(len(back), -1.0)
    present = back >= 0
    runs, count = ndimage.label(present)
    for run in range(1, count + 1):
        at = np.flatnonzero(runs == run)
        b = back[at].astype(float)
        length = min(int(STRING_MM / STEP_MM), len(b))
        best = np.full(len(b), -1e9)
        x = np.arange(length)
        for start in range(len(b) - length + 1):
            window = b[start:start + length]
            for slope in np.linspace(-0.3, 0.3, 31):
                line = slope * x
                line = line + (window - line).min()
                np.maximum(best[start:start + length], line, out=best[start:start + length])
        out[at] = best
    return out


def refine(x, t, index, sign):
    """Position in mm where x crosses the middle between both sides of an edge; falls back to the index."""
    out = np.full(len(index), np.nan)
    for s, i in enumerate(index):
        if i < 0:
            continue
        a, b = max(0, i - 4), min(len(t) - 1, i + 4)
        g = np.clip(sign * np.gradient(x[s, a:b + 1]), 0, None) * np.exp(-0.5 * ((t[a:b + 1] - t[i]) / 0.8) ** 2)
        out[s] = np.average(t[a:b + 1], weights=g) if g.sum() > 1e-6 else t[i]
    return out


def half_filled_level(x, t, edges):
    """Mean brightness of a slice half of sac and half of bright tissue beside it (fat on T2), at every height."""
    inside = np.array([x[s, int(edges[0][s]) + 2:int(edges[1][s]) - 1].mean() for s in range(len(x))])
    inside = ndimage.gaussian_filter1d(inside, 5.0 / STEP_MM, mode="nearest")
    beside = np.percentile(x[:, t > 18.0], 90)
    return np.clip(0.5 * (inside + beside), 0.5 * inside, 0.85 * inside)


def short_runs(present):
    """True on runs of `present` shorter than SHORT_MM."""
    runs, count = ndimage.label(present)
    length = ndimage.sum_labels(present, runs, np.arange(count + 1)) * STEP_MM
    return present & (length[runs] < SHORT_MM)


def sac(image, labels, spacing):
    """t_front, t_back per slice and s (nan: no sac), doubt per slice and s, the curve and its normals."""
    curve, middle = wall_curve(labels, spacing)
    normal = normals(curve)
    t, straight = straighten(image, spacing, curve, normal)
    path_k, path_t = find_path(straight, t, middle, spacing[2])
    fluid, dark = levels(straight, path_k, path_t, t)
    x = (straight - dark[None, :, None]) / np.maximum(fluid - dark, 1e-3)[None, :, None]
    count, n = image.shape[2], len(curve)
    front, back, doubt = (np.full((count, n), np.nan), np.full((count, n), np.nan), np.zeros((count, n), bool))
    rows = np.arange(n)

    def sheet(m):
        return np.clip(path_k + m, 0, count - 1)

    def store(m, edges, found):
        xs = x[sheet(m), rows]
        ok = (edges[0] >= 0) & (path_k + m >= 0) & (path_k + m < count)
        f, b = refine(xs, t, edges[0], 1), refine(xs, t, found, -1)
        # where fat was cut off there is no edge to go to
        b = np.where(found - edges[1] > 1.0, t[0] + STEP_MM * edges[1], b)
        front[sheet(m)[ok], rows[ok]], back[sheet(m)[ok], rows[ok]] = f[ok], b[ok]

    centre = edges_dp(x[sheet(0), rows], t)
    found, centre = centre[1], (centre[0], taut(centre[1]))
    store(0, centre, found)
    reach = int(SHEETS_MM / spacing[2])
    half_filled = half_filled_level(x[sheet(0), rows], t, centre)
    for side in (-1, 1):
        prior = centre
        for m in range(1, reach + 1):
            xs = x[sheet(side * m), rows]
            edges = edges_dp(xs, t, prior, absent=True, half_filled=half_filled)
            found, edges = edges[1], (edges[0], taut(edges[1]))
            too_short = short_runs(edges[0] >= 0)
            doubt[sheet(side * m)[too_short], rows[too_short]] = True
            edges = tuple(np.where(too_short, -1, e) for e in edges)
            outside = (path_k + side * m < 0) | (path_k + side * m >= count)
            edges = tuple(np.where(outside, -1, e) for e in edges)
            store(side * m, edges, found)
            # a partly filled slice at the side of the sac: neither sac nor not
            for s in rows:
                if prior[0][s] < 0:
                    continue
                mean = xs[s, int(prior[0][s]) + 2:int(prior[1][s]) - 1].mean()
                if edges[0][s] < 0 and mean > 0.42 or edges[0][s] >= 0 and mean < 0.5 and m > 1:
                    doubt[sheet(side * m)[s], s] = True
            prior = edges
            if (edges[0] < 0).all():
                break
        else:  # the sac reaches the widest half: the next sheets may still hold some of it
            for beyond in range(1, int(np.ceil(BEYOND_MM / spacing[2])) + 1):
                at = rows[(prior[0] >= 0) & (path_k + side * (reach + beyond) >= 0) & (path_k + side * (reach + beyond) < count)]
                doubt[sheet(side * (reach + beyond))[at], at] = True
    return curve, normal, front, back, doubt, middle


def feet(shape, spacing, curve, normal):
    """For every pixel of a slice its s (index, -1 beyond the upper, -2 beyond the lower end) and t."""
    i, j = np.meshgrid(np.arange(shape[0]) * spacing[0], np.arange(shape[1]) * spacing[1], indexing="ij")
    tangent = np.gradient(curve, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    best = np.full(shape[:2], 1e9)
    index = np.zeros(shape[:2], int)
    t = np.zeros(shape[:2])
    for s in range(len(curve)):
        dx, dy = i - curve[s, 0], j - curve[s, 1]
        along = np.abs(dx * tangent[s, 0] + dy * tangent[s, 1])
        across = dx * normal[s, 0] + dy * normal[s, 1]
        better = (along < best) & (np.abs(across) < 60)
        best[better], index[better], t[better] = along[better], s, across[better]
    for s, sign, code in ((0, -1, -1), (len(curve) - 1, 1, -2)):
        along = ((i - curve[s, 0]) * tangent[s, 0] + (j - curve[s, 1]) * tangent[s, 1]) * sign
        across = (i - curve[s, 0]) * normal[s, 0] + (j - curve[s, 1]) * normal[s, 1]
        beyond = (along > STEP_MM) & (index == s)
        index[beyond], t[beyond] = code, across[beyond]
    return index, t


def rasterise(shape, spacing, curve, normal, front, back, doubt):
    index, t = feet(shape, spacing, curve, normal)
    out = np.zeros(shape, np.uint8)
    known = index >= 0
    for k in range(shape[2]):
        f, b, d = front[k][np.maximum(index, 0)], back[k][np.maximum(index, 0)], doubt[k][np.maximum(index, 0)]
        out[..., k][known & (t >= f) & (t <= b)] = 1
        if k > 0 or True:
            out[..., k][known & d & (t > -1) & (t < 20)] = 255
        out[..., k][~known & (t > -25) & (t < 50)] = 255
    return out


def run(folder):
    image_path, label_path = next(folder.glob("image*.nii.gz")), next(folder.glob("labels_thick*.nii.gz"))
    nifti = nib.load(image_path)
    spacing = np.array(nifti.header.get_zooms()[:3], float)
    codes = "".join(nib.aff2axcodes(nifti.affine))
    assert codes[:2] == "PI", (image_path, codes)
    labels = np.asarray(nib.load(label_path).dataobj).astype(int)
    image = flatten(np.asarray(nifti.dataobj), spacing)
    curve, normal, front, back, doubt, middle = sac(image, labels, spacing)
    mask = rasterise(image.shape, spacing, curve, normal, front, back, doubt)
    if folder.name in UNKNOWN_ABOVE:
        top = np.argwhere(labels == UNKNOWN_ABOVE[folder.name])[:, 1].min()
        body_back = np.argwhere(labels == UNKNOWN_ABOVE[folder.name])[:, 0].max()
        mask[int(body_back) - int(30 / spacing[0]):, :top][mask[int(body_back) - int(30 / spacing[0]):, :top] == 1] = 255
        mask[int(body_back):int(body_back) + int(45 / spacing[0]), :top] = 255
    return nifti, mask, (curve, normal, front, back, middle)


# By eye: above this body the cord, dark against bright fluid, was left out of the sac.
UNKNOWN_ABOVE = {"vb1-S01": 21}


def save(mask, nifti, path):
    out = nib.Nifti1Image(mask, nifti.affine)
    out.set_data_dtype(np.uint8)
    nib.save(out, path)


def carry(mask, affine, target):
    """`mask` on the grid of `target` (nearest voxel); outside its own grid unknown."""
    index_from_index = np.linalg.inv(affine) @ target.affine
    return ndimage.affine_transform(mask, index_from_index[:3, :3], index_from_index[:3, 3], target.shape, order=0,
                                    cval=255)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--carry", nargs="*", default=[], metavar="TARGET=SOURCE")
    args = parser.parse_args()
    carried = dict(pair.split("=") for pair in args.carry)
    args.out.mkdir(parents=True, exist_ok=True)
    names = args.only or sorted(p.name for p in args.data.iterdir() if any(p.glob("labels_thick*.nii.gz")))
    for name in names:
        source, mask, _ = run(args.data / carried.get(name, name))
        nifti = nib.load(next((args.data / name).glob("image*.nii.gz")))
        if name in carried:
            mask = carry(mask, source.affine, nifti)
        save(mask, nifti, args.out / f"{name}.nii.gz")
        print(name, int((mask == 1).sum()), int((mask == 255).sum()), flush=True)


if __name__ == "__main__":
    main()

"""Reads the spine training cases and brings images to the network's input: the Python twin of modules/bias_field.

Grid: axis 0 anterior to posterior, axis 1 superior to inferior, axis 2 across the sagittal slices (the axes of the
files); in-plane 1 mm. What a set does not label is unknown: its weight is 0, so that it says nothing to the loss.

| set     | images | labelled                                                                        |
|---------|--------|---------------------------------------------------------------------------------|
| vb1..3  | yes    | bodies (T10..L5; vb1 also S1); discs as the gap between bodies; dural sac by sac_labels.py |
| ivd     | yes    | discs L1/2..L5/S1                                                               |
| spider, sul | single slices | vertebrae (bodies taken as the front part); discs between them      |
| discs   | no     | discs: an image is made around them                                             |
| ph      | drawn  | everything (phantoms.py)                                                        |
"""
import csv
import pathlib
import re

import nibabel as nib
import numpy as np
from scipy import ndimage

IN_PLANE_MM = 1.0
FLATTEN_SIGMA_MM = 30.0
FLATTEN_GRID_MM = 4.0
NEAR_MM, FAR_MM = 2.5, 6.5  # distances of the neighbouring slices that the network sees, to the nearest whole slice
BODY, LAST, S1, DISC, SAC = range(5)
S1_ID, SAC_ID, DISC_IDS = 26, 61, 100


def slab_offsets(spacing_mm):
    """The five slices seen together, as offsets: two farther, two nearer and the slice itself."""
    near = max(1, int(np.floor(NEAR_MM / spacing_mm + 0.5)))
    far = max(near + 1, int(np.floor(FAR_MM / spacing_mm + 0.5)))
    return (-far, -near, 0, near, far)


def flatten(image, spacing_mm):
    """Divides by the Gaussian mean of the foreground and standardises: see docs/bias-field.md."""
    image = image.astype(np.float32)
    foreground = (image > 0.1 * np.percentile(image, 99)).astype(np.float32)
    step = [max(1, int(round(FLATTEN_GRID_MM / s))) for s in spacing_mm]
    shape = [int(np.ceil(n / s)) for n, s in zip(image.shape, step)]

    def block_sum(x):
        for axis, s in enumerate(step):
            x = np.add.reduceat(x, np.arange(0, x.shape[axis], s), axis=axis)
        return x

    sums, counts = block_sum(image * foreground), block_sum(foreground)
    sigma = [FLATTEN_SIGMA_MM / (s * t) for s, t in zip(spacing_mm, step)]
    blur = lambda x: ndimage.gaussian_filter(x, sigma, mode="constant", truncate=4.0)
    mean = blur(sums) / np.maximum(blur(counts), 1e-6)
    # back to the full grid, linear between block centres
    where = [np.clip((np.arange(n) - (s - 1) / 2) / s, 0, m - 1) for n, s, m in zip(image.shape, step, shape)]
    for axis, w in enumerate(where):
        low = np.minimum(w.astype(int), shape[axis] - 1)
        high = np.minimum(low + 1, shape[axis] - 1)
        t = (w - low).reshape([-1 if a == axis else 1 for a in range(3)]).astype(np.float32)
        mean = np.take(mean, low, axis) * (1 - t) + np.take(mean, high, axis) * t
    flat = image / np.maximum(mean, 1e-3 * mean.max())
    inside = flat[foreground > 0]
    return np.clip((flat - inside.mean()) / inside.std(), -3.0, 5.0).astype(np.float32)


def s1_outlines(path):
    with open(path) as f:
        rows = csv.DictReader(line for line in f if not line.startswith("#"))
        return {r["case"]: (int(r["slice"]), np.array([[float(r[f"i{n}"]), float(r[f"j{n}"])] for n in range(1, 5)]))
                for r in rows}


class Case:
    """One scan: image (network units), and of each channel the target and whether it is known; both (channel, grid)."""

    def __init__(self, name, image, labels, spacing_mm):
        self.name, self.image, self.labels = name, image, labels
        self.spacing_mm = np.array(spacing_mm, float)
        self.offsets = slab_offsets(self.spacing_mm[2])
        self.target = np.zeros((5,) + labels.shape, np.uint8)
        self.weight = np.zeros((5,) + labels.shape, np.uint8)


def read(path):
    image = nib.load(path)
    assert "".join(nib.aff2axcodes(image.affine)) in ("PIR", "PIL"), path
    return np.asarray(image.dataobj), np.array(image.header.get_zooms()[:3], float)


def grid_mm(shape, spacing_mm):
    return np.stack(np.meshgrid(*[np.arange(n) * s for n, s in zip(shape, spacing_mm)], indexing="ij"), -1).astype(np.float32)


def band(mask, width):
    """The pixels within `width` pixels of the border of a mask, in plane."""
    flat = ndimage.generate_binary_structure(2, 1)[:, :, None]
    return (ndimage.binary_dilation(mask, flat, iterations=width) & ~ndimage.binary_erosion(mask, flat, iterations=width))


def gap_between(upper, lower, away_mm):
    """Where a disc lies: in each sagittal slice, between the facing outlines, `away_mm` off each of them."""
    gap = np.zeros(upper.shape, bool)
    down = np.argwhere(lower).mean(0)[:2] - np.argwhere(upper).mean(0)[:2]
    down /= np.linalg.norm(down)
    across = np.array([down[1], -down[0]])
    if across[0] < 0:
        across = -across
    i, j = np.meshgrid(*[np.arange(n) for n in upper.shape[:2]], indexing="ij")
    depth, place = i * down[0] + j * down[1], np.floor(i * across[0] + j * across[1]).astype(int)
    place -= place.min()
    for k in np.nonzero(upper.any((0, 1)) & lower.any((0, 1)))[0]:
        bottom, top = np.full(place.max() + 1, -np.inf), np.full(place.max() + 1, np.inf)
        np.maximum.at(bottom, place[upper[:, :, k]], depth[upper[:, :, k]])
        np.minimum.at(top, place[lower[:, :, k]], depth[lower[:, :, k]])
        both = np.nonzero(np.isfinite(bottom) & np.isfinite(top))[0]
        if len(both) < 8:
            continue
        near = lambda line: np.interp(np.arange(len(line)), both, ndimage.median_filter(line[both], 5, mode="nearest"))
        bottom, top = near(bottom), near(top)
        gap[:, :, k] = ((depth > bottom[place] + away_mm) & (depth < top[place] - away_mm) &
                        (place >= both[0]) & (place <= both[-1]))
    return gap & ~upper & ~lower


def draw_discs(case, bodies, away_mm):
    """Discs as the gaps between neighbouring bodies (masks from head to foot); a band around them stays unknown."""
    every = np.zeros(case.labels.shape, bool)
    for upper, lower in zip(bodies, bodies[1:]):
        every |= gap_between(upper, lower, away_mm)
    case.target[DISC] = every
    case.weight[DISC] = case.weight[BODY]
    case.weight[DISC][band(every, 2)] = 0
    for body in bodies:
        case.weight[DISC][body] = 1


def above_all(labels, ids, spacing_mm):
    """What lies above the topmost labelled body: there are bodies that nobody drew."""
    centres = [np.argwhere(labels == v).mean(0) * spacing_mm for v in ids[:2]]
    up = (centres[0] - centres[1]) / np.linalg.norm(centres[0] - centres[1])
    along = grid_mm(labels.shape, spacing_mm) @ up.astype(np.float32)
    return along > along[labels == ids[0]].max()


def body_case(folder, outlines, sacs):
    """A case of vb1, vb2 or vb3."""
    image, spacing_mm = read(next(folder.glob("image*.nii.gz")))
    assert np.allclose(spacing_mm[:2], IN_PLANE_MM, atol=0.01), folder
    labels = read(next(folder.glob("labels_thick*.nii.gz")))[0].astype(np.uint8)
    case = Case(folder.name, flatten(image, spacing_mm), labels, spacing_mm)
    ids = sorted(v for v in np.unique(labels) if 0 < v < S1_ID)
    case.target[BODY], case.target[LAST], case.target[S1] = (labels > 0) & (labels < S1_ID), labels == 24, labels == S1_ID
    case.weight[:S1 + 1] = 1
    case.weight[BODY][above_all(labels, ids, spacing_mm)] = 0
    near = np.ones(labels.shape[2], bool)
    if case.name in outlines:
        near = draw_s1(case, *outlines[case.name])
    s1 = (case.target[S1] > 0) & (case.weight[S1] > 0)
    # the labels of vb3 are up to 1 mm too large: its gaps are narrower already
    draw_discs(case, [labels == v for v in ids] + [s1], 0.0 if case.name.startswith("vb3") else 1.0)
    lowest = np.nonzero((labels == ids[-1]).any((0, 2)))[0].min()
    outside = case.weight[DISC][:, lowest:, ~near]
    outside[labels[:, lowest:, ~near] == 0] = 0
    case.weight[DISC][:, lowest:, ~near] = outside
    case.weight[BODY][labels > 0] = 1  # the presacral body channel must stay silent on S1, wherever it is
    sac = sacs / f"{folder.name}.nii.gz" if sacs else None
    if sac and sac.exists():
        drawn = read(sac)[0]
        case.target[SAC] = (drawn > 0) & (drawn != 255)  # 255: unknown
        case.weight[SAC] = (drawn != 255) & ~band(case.target[SAC] > 0, 1)
    case.weight[SAC][labels > 0] = 1
    return case


def draw_s1(case, k, corners):
    """S1 from one outline: known within 12 mm of its slice but for a band of 2 mm; further out unknown below L5."""
    grid = grid_mm(case.labels.shape, case.spacing_mm)
    plane = grid[:, :, 0, :2].reshape(-1, 2)
    corners = corners * case.spacing_mm[:2]
    edges = np.roll(corners, -1, 0) - corners
    normals = np.stack([edges[:, 1], -edges[:, 0]], 1) / np.linalg.norm(edges, axis=1, keepdims=True)
    inside_side = np.sign(((corners.mean(0) - corners) * normals).sum(1))
    depth = (((plane[:, None] - corners) * normals).sum(2) * inside_side).min(1).reshape(grid.shape[:2])
    near = np.abs(grid[0, 0, :, 2] - k * case.spacing_mm[2]) <= 12.0
    case.target[S1][:, :, near] = (depth > 0)[:, :, None]
    case.weight[S1][:, :, near] = (np.abs(depth) > 2)[:, :, None]
    lowest = np.nonzero((case.labels == 24).any((0, 2)))[0].min()
    case.weight[S1][:, lowest:, ~near] = 0
    return near


def disc_case(folder):
    """A case of ivd: discs L1/2 to L5/S1; those above, and all bodies, are there and not labelled."""
    image, spacing_mm = read(next(folder.glob("image*.nii.gz")))
    labels = read(next(folder.glob("labels*.nii.gz")))[0].astype(np.uint8)
    case = Case(folder.name, flatten(image, spacing_mm), labels, spacing_mm)
    case.target[DISC] = labels > 0
    case.weight[DISC] = ~above_all(labels, sorted(v for v in np.unique(labels) if v), spacing_mm)
    case.weight[[BODY, LAST, S1, SAC]] = ndimage.binary_erosion(labels > 0, np.ones((3, 3, 1)))
    return case


def phantom_case(folder):
    image, spacing_mm = read(folder / "image.nii.gz")
    labels = read(folder / "labels.nii.gz")[0].astype(np.uint8)
    case = Case(folder.name, flatten(image, spacing_mm), labels, spacing_mm)
    case.target[:] = np.stack([(labels > 0) & (labels < S1_ID), labels == 24, labels == S1_ID, labels > DISC_IDS,
                               labels == SAC_ID])
    case.weight[:] = 1
    # T8 and higher are drawn without a label where they reach into view
    top = min(v for v in np.unique(labels) if 0 < v < S1_ID)
    first = np.nonzero((labels == top).any((0, 2)))[0].min()
    case.weight[[BODY, DISC], :, :first + 4] = 0
    return case


def slice_case(path):
    """A single slice without spacing (spider, sul), scaled so that neighbouring bodies lie 36.5 mm apart."""
    import cv2
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(np.float32).T
    labels = cv2.imread(str(path).replace("_image", "_labels"), cv2.IMREAD_GRAYSCALE).T
    spider = "spider" in str(path)
    bodies = []
    for v in ([v for v in np.unique(labels) if v] if spider else [2]):
        parts, count = ndimage.label(labels == v)
        sizes = ndimage.sum(labels == v, parts, np.arange(1, count + 1))
        if spider:  # the body is the largest part in front; behind it lie the posterior elements
            bodies.append(parts == 1 + int(np.argmax(sizes)))
        else:
            bodies += [parts == n + 1 for n in range(count) if sizes[n] > 0.3 * sizes.max()]
    bodies.sort(key=lambda m: np.argwhere(m).mean(0)[1])
    if len(bodies) < 3:
        return None
    centres = [np.argwhere(m).mean(0) for m in bodies]
    pixel_mm = 36.5 / np.median([np.linalg.norm(a - b) for a, b in zip(centres, centres[1:])])
    size = tuple(int(round(n * pixel_mm)) for n in image.shape)
    resize = lambda a, how: cv2.resize(a, size[::-1], interpolation=how)
    image = resize(image, cv2.INTER_AREA if pixel_mm < 1 else cv2.INTER_LINEAR)[:, :, None]
    depth_mm = np.median([np.ptp(np.argwhere(m)[:, 0]) for m in bodies]) * pixel_mm
    if depth_mm > 46:  # beside the midline: bodies run on into their pedicles
        return None
    bodies = [resize(m.astype(np.float32), cv2.INTER_LINEAR)[:, :, None] > 0.5 for m in bodies]
    drawn = np.any(bodies, axis=0).astype(np.uint8)
    case = Case(("spider-" if spider else "sul-") + path.stem.split("_image")[0], flatten(image, (1, 1, 4)), drawn, (1, 1, 4))
    lumbar = bodies if spider else bodies[:-1]  # of sul, the lowest may be S1
    case.target[BODY] = np.any(lumbar, axis=0)
    rows = np.nonzero(case.target[BODY].any((0, 2)))[0]
    case.weight[BODY][:, rows[0]:rows[-1]] = 1
    if not spider:
        case.weight[BODY][bodies[-1]] = 0
    case.weight[BODY][band(case.target[BODY] > 0, 1)] = 0  # drawn on another grid
    if spider:
        case.target[LAST], case.weight[LAST] = bodies[-1], case.weight[BODY]
        case.target[DISC] = 0
        draw_discs(case, bodies, 1.0)
    else:
        case.target[DISC] = resize((labels == 1).astype(np.float32), cv2.INTER_LINEAR)[:, :, None] > 0.5
        case.weight[DISC] = case.target[DISC] | (case.target[BODY] > 0)
        case.weight[DISC][band(case.target[DISC] > 0, 1)] = 0
    return case


def painted_case(path, seed):
    """Discs without an image (discs): bodies are put between them, and everything else is random texture."""
    labels, spacing_mm = read(path)
    zoom = spacing_mm[0] / IN_PLANE_MM
    shape = [int(n * zoom) for n in labels.shape[:2]] + [labels.shape[2]]
    at = [np.minimum((np.arange(n) / zoom).round().astype(int), m - 1) for n, m in zip(shape[:2], labels.shape)]
    labels = np.pad(labels[np.ix_(at[0], at[1], np.arange(shape[2]))], ((30, 40), (25, 25), (1, 1))).astype(np.uint8)
    ids = sorted(v for v in np.unique(labels) if v)
    if len(ids) < 3:
        return None
    bodies = [gap_between(labels == a, labels == b, 1.0) for a, b in zip(ids, ids[1:])]
    r = np.random.default_rng(seed)
    texture = lambda s: (lambda x: x / x.std())(ndimage.gaussian_filter(r.normal(size=labels.shape), (s, s, 0.5)))
    classes = np.digitize(texture(6), (-1.2, -0.4, 0.4, 1.2))
    image = r.uniform(0.1, 1.0, 5)[classes]
    behind = np.zeros(labels.shape, bool)
    for mask in [labels == v for v in ids] + bodies:  # a dark margin and a canal behind the row
        behind |= np.roll(mask, int(r.integers(14, 20)), 0)
    image[behind] = r.uniform(0.0, 1.2)
    row = ndimage.binary_dilation(np.any(bodies, axis=0) | (labels > 0), np.ones((3, 3, 1)))
    image[row] = r.uniform(0.0, 0.25)
    body, disc = r.uniform(0.2, 1.0), r.uniform(0.1, 1.0)
    for mask in bodies:
        image[mask] = body * r.uniform(0.9, 1.1)
    for v in ids:
        mask = labels == v
        core = ndimage.binary_erosion(mask, np.ones((3, 3, 1)), iterations=2)
        image[mask] = min(disc, r.uniform(0.05, 0.4))
        image[core] = disc * r.uniform(0.7, 1.2)
    image = ndimage.gaussian_filter(image * (1 + 0.08 * texture(1)), (0.7, 0.7, 0.3)) + 0.05
    case = Case("discs-" + path.stem[:2], flatten(image, (1, 1, spacing_mm[2])), labels, (1, 1, spacing_mm[2]))
    case.target[DISC] = labels > 0
    case.weight[DISC] = ~above_all(labels, ids, case.spacing_mm)
    inside = ndimage.binary_erosion(labels > 0, np.ones((3, 3, 1)))
    case.weight[[BODY, LAST, S1, SAC]] = inside
    return case


def set_of(name):
    return re.match(r"[a-z]+[0-9]?", name).group(0)


def person(name):
    return "vb1-AK" if name.startswith("vb1-AK") else name


def folds(names, count):
    """Fold of every case that is scored: persons of each set dealt out in turn. The others are in no fold: None."""
    out = {n: None for n in names}
    for group in ("vb1", "vb2", "vb3", "ivd"):
        people = sorted({person(n) for n in names if set_of(n) == group})
        for n in names:
            if set_of(n) == group:
                out[n] = people.index(person(n)) % count
    return out


def load_all(data, phantoms=None, sacs=None):
    data = pathlib.Path(data)
    outlines = s1_outlines(pathlib.Path(__file__).parent / "s1_outlines.csv")
    cases = [body_case(p, outlines, sacs) for p in sorted(data.glob("vb[123]-*"))]
    cases += [disc_case(p) for p in sorted(data.glob("ivd-*"))]
    cases += [slice_case(p) for kind in ("spider", "sul") for p in sorted(data.glob(f"slices-2d-{kind}/*_image.png"))]
    scored = {p.name[4:] for p in data.glob("ivd-*")}  # the same persons
    cases += [painted_case(p, n) for n, p in enumerate(sorted(data.glob("disc-labels-only/*_discs.nii.gz")))
              if p.name[:2] not in scored]
    if phantoms:
        cases += [phantom_case(p) for p in sorted(pathlib.Path(phantoms).glob("ph-*"))]
    return [c for c in cases if c is not None]

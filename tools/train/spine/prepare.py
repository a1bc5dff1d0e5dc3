"""Reads the spine training cases and brings images to the network's input: the Python twin of modules/bias_field.

Grid: axis 0 anterior to posterior, axis 1 superior to inferior, axis 2 across the sagittal slices (the axes of the
files); in-plane 1 mm.
"""
import csv
import pathlib

import nibabel as nib
import numpy as np
from scipy import ndimage

IN_PLANE_MM = 1.0
FLATTEN_SIGMA_MM = 30.0
FLATTEN_GRID_MM = 4.0
SLAB_STEP_MM = 3.5  # distance of the neighbouring slices that the network sees, to the nearest whole slice


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
    """One labelled scan: image (network units), target and weight for the channels body, last lumbar body, S1."""

    def __init__(self, folder, outlines):
        folder = pathlib.Path(folder)
        self.name = folder.name
        image_path = next(folder.glob("image*.nii.gz"))
        label_path = next(folder.glob("labels_thick*.nii.gz"))
        image = nib.load(image_path)
        assert "".join(nib.aff2axcodes(image.affine)) in ("PIR", "PIL"), image_path
        self.spacing_mm = np.array(image.header.get_zooms()[:3], float)
        assert np.allclose(self.spacing_mm[:2], IN_PLANE_MM, atol=0.01), image_path
        self.image = flatten(np.asarray(image.dataobj), self.spacing_mm)
        self.labels = np.asarray(nib.load(label_path).dataobj).astype(np.uint8)
        self.step = max(1, int(round(SLAB_STEP_MM / self.spacing_mm[2])))
        self.make_targets(outlines)

    def make_targets(self, outlines):
        labels = self.labels
        self.target = np.stack([(labels > 0) & (labels < 26), labels == 24, labels == 26]).astype(np.uint8)
        self.weight = np.ones_like(self.target)
        ids = sorted(v for v in np.unique(labels) if 0 < v < 26)
        centres = {v: np.argwhere(labels == v).mean(0) * self.spacing_mm for v in ids}
        grid = np.stack(np.meshgrid(*[np.arange(n) * s for n, s in zip(labels.shape, self.spacing_mm)],
                                    indexing="ij"), -1).astype(np.float32)
        # above the topmost labelled body there are bodies nobody drew: unknown, not background
        top, below = centres[ids[0]], centres[ids[1]]
        up = (top - below) / np.linalg.norm(top - below)
        along = (grid - top) @ up
        edge = along[labels == ids[0]].max()
        self.weight[0][along > edge] = 0
        if self.name in outlines:
            k, corners = outlines[self.name]
            self.draw_s1(k, corners, grid)

    def draw_s1(self, k, corners, grid):
        """S1 from one outline: known within 12 mm of its slice but for a band of 2 mm; further out unknown below L5."""
        plane = grid[:, :, 0, :2].reshape(-1, 2)
        corners = corners * self.spacing_mm[:2]
        edges = np.roll(corners, -1, 0) - corners
        normals = np.stack([edges[:, 1], -edges[:, 0]], 1) / np.linalg.norm(edges, axis=1, keepdims=True)
        inside_side = np.sign(((corners.mean(0) - corners) * normals).sum(1))
        depth = (((plane[:, None] - corners) * normals).sum(2) * inside_side).min(1).reshape(grid.shape[:2])
        near = np.abs(grid[0, 0, :, 2] - k * self.spacing_mm[2]) <= 12.0
        self.target[2][:, :, near] = (depth > 0)[:, :, None]
        self.weight[2][:, :, near] = (np.abs(depth) > 2)[:, :, None]
        lowest = np.nonzero((self.labels == 24).any((0, 2)))[0].min()
        self.weight[2][:, lowest:, ~near] = 0
        # the presacral body channel must stay silent on S1, wherever it is
        self.weight[0][self.labels > 0] = 1


def person(name):
    return "vb1-AK" if name.startswith("vb1-AK") else name


def folds(names, count):
    """Fold of every case: persons of each set dealt out in turn."""
    out = {}
    for group in ("vb1", "vb2", "vb3"):
        people = sorted({person(n) for n in names if n.startswith(group)})
        for n in names:
            if n.startswith(group):
                out[n] = people.index(person(n)) % count
    return out


def load_all(data):
    outlines = s1_outlines(pathlib.Path(__file__).parent / "s1_outlines.csv")
    names = sorted(p.name for p in pathlib.Path(data).iterdir() if p.name[:4] in ("vb1-", "vb2-", "vb3-"))
    return [Case(pathlib.Path(data) / n, outlines) for n in names]

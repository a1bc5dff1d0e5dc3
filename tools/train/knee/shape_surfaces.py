"""Bone surfaces with what cartilage stands on them, from label volumes as prepare.py keeps them.

Coordinates are mm in the patient's LPS axes of a right knee: left, posterior, superior. A left knee is mirrored in x.
"""
import dataclasses

import numpy as np
from scipy import ndimage

from evaluate import tibial_border
from prepare import FEMORAL, FEMUR, NATIVE_MM, PATELLA, PATELLAR, TIBIA, TIBIAL

SIGMA_MM, NORMAL_MM = 0.6, 1.5  # of the surface (as the program's), and of its normals
EVERY = 2  # row and column of the smoothed bone is taken
VOXEL_MM = (NATIVE_MM[0], EVERY * NATIVE_MM[1], EVERY * NATIVE_MM[2])
GAP_MM, STEP_MM, MOST_MM = 1.25, 0.25, 8.0  # cartilage begins within GAP of the bone; it is followed along the normal
POINTS = 20000
BONES = {"femur": (FEMUR, FEMORAL), "tibia": (TIBIA, TIBIAL), "patella": (PATELLA, PATELLAR)}


@dataclasses.dataclass
class Surface:
    """Points of a bone's surface, evenly drawn; open where the image cuts the bone."""
    points: np.ndarray  # (n, 3) mm
    normals: np.ndarray
    thickness: np.ndarray  # mm; 0 where no cartilage stands
    plate: np.ndarray  # 0; of the tibia 0 medial, 1 lateral: by the side of the gap between the plates
    mm2: float  # a point stands for this much


def to_mm(index):
    """(slice, row, column) -> (left, posterior, superior)."""
    return np.stack([-index[:, 0] * NATIVE_MM[0], index[:, 2] * NATIVE_MM[2], -index[:, 1] * NATIVE_MM[1]], 1)


def to_index(points):
    return np.stack([-points[:, 0] / NATIVE_MM[0], -points[:, 2] / NATIVE_MM[1], points[:, 1] / NATIVE_MM[2]], 1)


def level_points(occupancy):
    """Where the field is 0.5 between two voxels that share a face, as indices."""
    out = []
    for axis in range(3):
        low = occupancy[tuple(slice(0, -1) if a == axis else slice(None) for a in range(3))]
        high = occupancy[tuple(slice(1, None) if a == axis else slice(None) for a in range(3))]
        at = np.argwhere((low >= 0.5) != (high >= 0.5))
        a, b = low[tuple(at.T)], high[tuple(at.T)]
        at = at.astype(np.float32)
        at[:, axis] += (0.5 - a) / (b - a)
        out.append((at, float(np.prod(VOXEL_MM)) / VOXEL_MM[axis]))
    return out


def normals_at(occupancy, index):
    slopes = []
    for axis in range(3):
        step = np.eye(3, dtype=np.float32)[axis]
        high, low = (ndimage.map_coordinates(occupancy, (index + s * step).T, order=1, mode="nearest") for s in (1, -1))
        slopes.append((low - high) / VOXEL_MM[axis])
    n = np.stack([-slopes[0], slopes[2], -slopes[1]], 1)
    return n / np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-9)


def cartilage_along(labels, value, points, normals):
    """Length of cartilage along each normal that begins within GAP_MM of the bone; gaps of one step are joined."""
    steps = np.arange(0.0, MOST_MM, STEP_MM)
    inside = np.zeros((len(points), len(steps)), bool)
    for n, s in enumerate(steps):
        at = np.rint(to_index(points + s * normals)).astype(int)
        ok = ((at >= 0) & (at < labels.shape)).all(1)
        inside[ok, n] = labels[tuple(at[ok].T)] == value
    first = np.where(inside.any(1), inside.argmax(1), len(steps))
    thickness = np.zeros(len(points), np.float32)
    open_ = first * STEP_MM <= GAP_MM
    missing = np.zeros(len(points), int)
    for n in range(len(steps)):
        missing = np.where(inside[:, n], 0, missing + (n >= first))
        open_ &= missing < 3
        thickness += STEP_MM * (inside[:, n] & open_)
    return thickness


def surface_of(labels, bone, seed=1):
    """@return a Surface, or None where the bone is not there."""
    value, cartilage = BONES[bone]
    mask = labels == value
    ends = [np.flatnonzero(mask.any(tuple(b for b in range(3) if b != a))) for a in range(3)]
    if mask.sum() < 1000:
        return None
    low = np.array([max(e[0] - 4, 0) for e in ends])
    part = mask[tuple(slice(a, e[-1] + 5) for a, e in zip(low, ends))]
    parts, count = ndimage.label(part)
    if count > 1:
        part = parts == 1 + np.argmax(np.bincount(parts.ravel())[1:])
    occupancy = part.astype(np.float32)
    for axis in (0, 1, 2):
        occupancy = ndimage.gaussian_filter1d(occupancy, max(SIGMA_MM / NATIVE_MM[axis], 0.85), axis, mode="nearest", truncate=3.0)
    occupancy = np.ascontiguousarray(occupancy[:, ::EVERY, ::EVERY])
    wide = ndimage.gaussian_filter(occupancy, [NORMAL_MM / s for s in VOXEL_MM], mode="nearest", truncate=3.0)
    crossings = level_points(occupancy)
    index = np.concatenate([c for c, _ in crossings])
    face_mm2 = np.repeat([f for _, f in crossings], [len(c) for c, _ in crossings])
    axes = np.repeat([0, 2, 1], [len(c) for c, _ in crossings])  # of to_mm
    rng = np.random.default_rng(seed)
    some = rng.permutation(len(index))[:4 * POINTS]
    more, index, face_mm2, axes = len(index) / len(some), index[some], face_mm2[some], axes[some]
    normals = normals_at(wide, index)
    # A crossing along an axis stands for face * |normal along it| of area,.
    share = face_mm2 * np.abs(normals[np.arange(len(index)), axes])
    pick = rng.choice(len(index), min(POINTS, len(index) // 2), replace=False, p=share / share.sum())
    points, normals = to_mm(index[pick] * (1, EVERY, EVERY) + low), normals[pick]
    thickness = cartilage_along(labels, cartilage, points, normals)
    plate = np.zeros(len(points), np.uint8)
    if bone == "tibia":
        plate = (-points[:, 0] / NATIVE_MM[0] > tibial_border(labels)).astype(np.uint8)
    return Surface(points.astype(np.float32), normals.astype(np.float32), thickness, plate, float(more * share.sum() / len(pick)))

"""A shape model laid onto a bone's surface. modules/knee_shape does the same."""
import dataclasses
import struct

import numpy as np
from scipy.spatial import cKDTree

ROUNDS_RIGID, ROUNDS_SIZE, ROUNDS_MODES = 12, 10, 30
TRIM = 0.85  # share of the nearest places that count while the bone is only moved
REACH_MM, SIDEWAYS_MM, AGREE = 6.0, 3.0, 0.3
NOISE_MM, POINTS_EACH = 0.7, 8.0  # SD of a place's residual; this many neighbouring places tell the same
HUBER_MM, ALONG_SURFACE = 1.5, 0.05
LOOK_MM, KERNEL_MM = 5.0, 1.5  # a vertex farther than LOOK_MM from the template is not judged; weight of places near it


@dataclasses.dataclass
class Model:
    mean: np.ndarray  # (n, 3) mm
    normals: np.ndarray
    modes: np.ndarray  # (k, n, 3) mm for one SD
    p: np.ndarray  # (plates, n): share of persons with cartilage there
    thick: np.ndarray  # (plates, n) mm, NaN where nobody has any
    thick_sd: np.ndarray
    variance: float  # share that the modes hold
    persons: int


@dataclasses.dataclass
class Fit:
    points: np.ndarray
    normals: np.ndarray
    scale: float
    weights: np.ndarray  # SD
    rms_mm: float
    p95_mm: float
    distance: float  # mean squared weight
    reached: float  # share of the template's places


def start(mean, points):
    """Shift that lays the middles on one another, of as much of the bone as the template shows."""
    height = np.ptp(mean[:, 2])
    z = points[:, 2]
    low, high = z < z.min() + height, z > z.max() - height
    # The joint's end is the wide one.
    keep = low if np.ptp(points[low][:, 0]) >= np.ptp(points[high][:, 0]) else high
    return points[keep].mean(0) - mean.mean(0)


def turn_of(w):
    angle = np.linalg.norm(w)
    if angle < 1e-12:
        return np.eye(3)
    k = np.array([[0, -w[2], w[1]], [w[2], 0, -w[0]], [-w[1], w[0], 0]]) / angle
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k


def pairs(q, n, surface, tree):
    """Nearest point of the surface for each place; which of them count."""
    d, i = tree.query(q)
    to, m = surface.points[i] - q, surface.normals[i]
    along = (to * m).sum(1)
    side = np.linalg.norm(to - along[:, None] * m, axis=1)
    return to, m, along, d, (d < REACH_MM) & (side < SIDEWAYS_MM) & ((n * m).sum(1) > AGREE)


def fit(model, surface, modes=None, tree=None):
    """Gauss-Newton steps over nearest points: turn and shift, then size, then the modes with their own spread as prior."""
    tree = tree or cKDTree(surface.points)
    k = len(model.modes) if modes is None else modes
    turn, scale, shift, b = np.eye(3), 1.0, start(model.mean, surface.points), np.zeros(k)
    for r in range(ROUNDS_RIGID + ROUNDS_SIZE + ROUNDS_MODES):
        shape = model.mean + np.tensordot(b, model.modes[:k], 1)
        x, n = scale * shape @ turn.T, model.normals @ turn.T
        to, m, along, d, ok = pairs(x + shift, n, surface, tree)
        early = r < ROUNDS_RIGID + ROUNDS_SIZE
        if early:
            agree = (n * m).sum(1) > AGREE
            ok = agree & (d <= np.quantile(d[agree], TRIM))
        x, to, m, along = x[ok], to[ok], m[ok], along[ok]
        w = np.minimum(1.0, HUBER_MM / np.maximum(np.abs(along), 1e-9))
        columns = [np.stack([np.cross(np.eye(3)[a], x) for a in range(3)], 0), np.broadcast_to(np.eye(3)[:, None], (3, len(x), 3))]
        if r >= ROUNDS_RIGID:
            columns.append(x[None] / scale)
        if not early:
            columns.append(scale * model.modes[:k, ok] @ turn.T)
        jac = np.concatenate(columns)
        side = 1.0 if early else ALONG_SURFACE  # weight of what lies along the surface
        weighted = w[:, None] * (side * jac + (1 - side) * ((jac * m).sum(2))[..., None] * m)
        alpha = 1.0 / (NOISE_MM ** 2 * POINTS_EACH)
        lhs = alpha * np.einsum("anc,bnc->ab", weighted, jac, optimize=True)
        rhs = alpha * np.einsum("anc,nc->a", weighted, to, optimize=True)
        if not early:
            lhs[7:, 7:] += np.eye(k)
            rhs[7:] -= b
        step = np.linalg.solve(lhs, rhs)
        turn, shift = turn_of(step[:3]) @ turn, shift + step[3:6]
        if r >= ROUNDS_RIGID:
            scale += step[6]
        if not early:
            b = b + step[7:]
    points = scale * (model.mean + np.tensordot(b, model.modes[:k], 1)) @ turn.T + shift
    normals = model.normals @ turn.T
    _, _, along, _, ok = pairs(points, normals, surface, tree)
    rest = np.abs(along[ok])
    return Fit(points, normals, scale, b, float(np.sqrt((rest ** 2).mean())), float(np.quantile(rest, 0.95)),
               float((b ** 2).mean()) if k else 0.0, float(ok.mean()))


def placed_affine(template, normals, surface, tree):
    """The template moved, sized and then sheared onto the surface. @return points, normals."""
    model = Model(template, normals, np.zeros((0,) + template.shape), None, None, None, 0.0, 0)
    start_ = fit(model, surface, 0, tree)
    p, n = start_.points, start_.normals
    for _ in range(10):
        to, m, along, d, ok = pairs(p, n, surface, tree)
        full = np.c_[p, np.ones(len(p))]
        to = along[:, None] * m
        a, *_ = np.linalg.lstsq(full[ok], (p + to)[ok], rcond=None)
        p = full @ a
        n = n @ np.linalg.inv(a[:3]).T
        n /= np.linalg.norm(n, axis=1, keepdims=True)
    return p, n


def look_up(model, fitted, points, normals):
    """(plates, n): share of persons with cartilage at each point; NaN where the template does not reach."""
    d, i = cKDTree(fitted.points).query(points, k=12)
    agree = (fitted.normals[i] * normals[:, None]).sum(2) > 0.0
    w = agree * (d < LOOK_MM) * np.exp(-0.5 * (d / KERNEL_MM) ** 2)
    p = (model.p[:, i] * w).sum(2) / np.maximum(w.sum(1), 1e-9)
    p[:, ~(w.sum(1) > 0.0)] = np.nan
    return p


def as_bytes(models, limits):
    """Little endian. 'LEDDKNEE', uint32 version 1, uint32 bones; for each bone: uint32 label id, places, modes, plates, persons;
    uint32 label id of each plate; float32 limits (rms_mm, p95_mm, distance, reached, smallest and largest size); float32 means
    (place, xyz); int8 normals / 127; for each mode float32 step, int16 values / step (place, xyz); for each plate: uint8 share of
    persons * 250 and uint16 mean and SD of thickness in 0.001 mm (65535: nobody)."""
    ids = {"femur": (201, (202,)), "tibia": (203, (204, 205)), "patella": (206, (207,))}
    out = [b"LEDDKNEE", struct.pack("<II", 1, len(models))]
    for bone, m in models.items():
        label, plates = ids[bone]
        k, n = m.modes.shape[:2]
        out.append(struct.pack("<5I", label, n, k, len(plates), m.persons) + struct.pack(f"<{len(plates)}I", *plates))
        lim = limits[bone]
        out.append(struct.pack("<6f", *(lim[x] for x in ("rms_mm", "p95_mm", "distance", "reached", "smallest", "largest"))))
        out.append(m.mean.astype("<f4").tobytes() + np.rint(127 * m.normals).astype("i1").tobytes())
        for mode in m.modes:
            step = float(np.abs(mode).max()) / 32000
            out.append(struct.pack("<f", step) + np.rint(mode / np.float32(step)).astype("<i2").tobytes())
        for q in range(len(plates)):
            out.append(np.rint(250 * m.p[q]).astype("u1").tobytes())
            for t in (m.thick[q], m.thick_sd[q]):
                out.append(np.where(np.isfinite(t), np.rint(1000 * np.nan_to_num(t)), 65535).astype("<u2").tobytes())
    return b"".join(out)

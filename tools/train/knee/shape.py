"""The statistical shape of a knee's bones, and where cartilage stands on them.

    python3 shape.py judge CACHE WORK    # leaves persons out, and prints the tables of docs/knee-shape.md
    python3 shape.py write CACHE WORK ../../../modules/knee_shape/model/knee_shape.bin

CACHE: label volumes as prepare.py keeps them. WORK keeps the bones' surfaces (shape_surfaces.py), the same places on all of them,
and limits.json, which `judge` writes and `write` needs: how far knees of other persons lie from the model.
All persons count the same, however many visits they have.
"""
import argparse
import json
import pathlib
import pickle

import numpy as np
from scipy.spatial import cKDTree

import shape_fit
import shape_surfaces
from prepare import person

POINTS = {"femur": 2200, "tibia": 1600, "patella": 800}
HEIGHT_MM = {"femur": 62.0, "tibia": 45.0, "patella": 99.0}  # of the reference's part, from the joint's end
REFERENCE = "zib-9005075-00m"
SMOOTH_MM = (16.0, 16.0, 11.0, 11.0, 8.0, 8.0, 6.0, 6.0, 5.0, 5.0, 4.0, 4.0)
REACH_MM, SIDEWAYS_MM, AGREE = 8.0, 3.0, 0.4
SEEN_SHARE = 0.95  # of the knees have a place that stays
FILL_MM2, FOLDS, MODES = 600.0, 6, 20


def farthest_points(points, count):
    """Points as evenly spread as can be: each next one lies farthest from those before."""
    pick = [0]
    far = np.linalg.norm(points - points[0], axis=1)
    for _ in range(count - 1):
        pick.append(int(far.argmax()))
        far = np.minimum(far, np.linalg.norm(points - points[pick[-1]], axis=1))
    return np.array(pick)


def match_one(template, normals, surface):
    """Where each place of the template lies on the surface: similarity, affine, then a displacement that gets less smooth.

    @return points, whether the surface was met there.
    """
    tree = cKDTree(surface.points)
    p, n = shape_fit.placed_affine(template, normals, surface, tree)
    spread = cKDTree(template)
    near_mm, near = spread.query(template, k=48)
    ok = np.ones(len(p), bool)
    for sigma in SMOOTH_MM:
        d, i = tree.query(p)
        to = surface.points[i] - p
        along = (to * surface.normals[i]).sum(1, keepdims=True) * surface.normals[i]
        ok = (d < REACH_MM) & ((n * surface.normals[i]).sum(1) > AGREE) & (np.linalg.norm(to - along, axis=1) < SIDEWAYS_MM)
        weight = np.exp(-0.5 * (near_mm / sigma) ** 2) * ok[near]
        move = (weight[..., None] * along[near]).sum(1) / np.maximum(weight.sum(1), 1e-6)[:, None]
        p = p + move
    d, i = tree.query(p)
    to = surface.points[i] - p
    along = (to * surface.normals[i]).sum(1, keepdims=True) * surface.normals[i]
    ok = ((n * surface.normals[i]).sum(1) > 0.0) & (np.linalg.norm(to - along, axis=1) < SIDEWAYS_MM) & (d < REACH_MM)
    return p + along * ok[:, None], ok


def procrustes(shapes, rounds=5):
    """Takes place, turn and size off; size is kept beside."""
    mean = shapes[0] - shapes[0].mean(0)
    size0 = np.sqrt((mean ** 2).sum())
    for _ in range(rounds):
        out, sizes = [], []
        for s in shapes:
            x = s - s.mean(0)
            u, w, vt = np.linalg.svd(mean.T @ x)
            turn = u @ np.diag([1, 1, np.sign(np.linalg.det(u @ vt))]) @ vt
            scale = (w * [1, 1, np.sign(np.linalg.det(u @ vt))]).sum() / (x ** 2).sum()
            out.append(scale * x @ turn.T)
            sizes.append(1.0 / scale)
        mean = np.mean(out, 0)
        mean *= size0 / np.sqrt((mean ** 2).sum())
    return mean, np.array(out), np.array(sizes)


def match(surfaces, bones):
    """For each bone: names, points of the same places on each knee, whether they were met, the template's normals."""
    out = {}
    for bone in bones:
        names = [n for n in surfaces if surfaces[n][bone] is not None]
        ref = surfaces[REFERENCE][bone]
        z = ref.points[:, 2]
        keep = {"femur": z < z.min() + HEIGHT_MM[bone], "tibia": z > z.max() - HEIGHT_MM[bone], "patella": z > -1e9}[bone]
        template, normals = ref.points[keep], ref.normals[keep]
        pick = farthest_points(template, int(1.25 * POINTS[bone]))
        template, normals = template[pick].astype(float), normals[pick].astype(float)
        for some in (names[::3], names):  # the mean of a third of the knees is the template of all
            each = [surfaces[n][bone] for n in some]
            shapes, oks = (np.array(x) for x in zip(*(match_one(template, normals, s) for s in each)))
            stay = oks.mean(0) >= SEEN_SHARE
            print(bone, "places met in enough knees:", stay.sum(), "of", len(stay), flush=True)
            shapes, oks = shapes[:, stay], oks[:, stay]
            mean, _, sizes = procrustes(shapes)
            template = mean * np.median(sizes)
            normals = normals_of(template, each, shapes)
            if some is not names:
                pick = farthest_points(template, min(POINTS[bone], len(template)))
                template, normals = template[pick], normals[pick]
        out[bone] = {"names": names, "points": shapes, "met": oks, "normals": normals}
    return out


def normals_of(template, surfaces, shapes):
    total = np.zeros_like(template)
    for s, p in zip(surfaces, shapes):
        _, i = cKDTree(s.points).query(p)
        total += s.normals[i]
    return total / np.linalg.norm(total, axis=1, keepdims=True)


def once_covered(template, covered, mm2):
    """Covered, enclosed or in a narrow bay: the program's tAB, on the template's places."""
    near_mm, near = cKDTree(template).query(template, k=7)
    grown = covered[near].any(1)
    closed = covered | grown[near].all(1)
    bare = ~closed
    while bare.any():
        part = np.zeros(len(bare), bool)
        part[np.flatnonzero(bare)[0]] = True
        while True:
            more = part[near].any(1) & ~closed
            if more.sum() == part.sum():
                break
            part = more | part
        bare &= ~part
        if part.sum() * mm2 < FILL_MM2:
            closed |= part
    return closed


def votes_of(matched, surfaces, bone):
    """For each knee and plate: tAB, and thickness where covered (NaN elsewhere), by place."""
    template = procrustes(matched["points"])[0]
    tab, thick = [], []
    for name, p in zip(matched["names"], matched["points"]):
        s = surfaces[name][bone]
        _, i = cKDTree(s.points).query(p, k=5)
        per_knee, per_thick = [], []
        area = cKDTree(p).query(p, k=7)[0][:, 1:].mean() ** 2
        for plate in range(2 if bone == "tibia" else 1):
            on = (s.thickness > 0) & (s.plate == plate)
            covered = on[i].mean(1) > 0.5
            per_knee.append(once_covered(template, covered, area))
            t = np.where(on[i], s.thickness[i], np.nan)
            per_thick.append(np.where(covered, np.nanmean(np.where(covered[:, None], t, 1.0), 1), np.nan))
        tab.append(per_knee)
        thick.append(per_thick)
    return np.array(tab, float), np.array(thick)


def weighted(values, names, keep):
    """Mean over persons of the mean over their visits; NaN does not count."""
    people = sorted({person(n) for n, k in zip(names, keep) if k})
    with np.errstate(all="ignore"):
        each = [np.nanmean(values[[k and person(n) == q for n, k in zip(names, keep)]], 0) for q in people]
    return np.array(each)


def model_of(matched, votes, keep):
    """The shape model from the knees to keep. Modes are in mm for one SD."""
    names = matched["names"]
    _, aligned, sizes = procrustes(matched["points"][keep])
    size = np.exp(np.mean(weighted(np.log(sizes), [n for n, k in zip(names, keep) if k], np.ones(len(sizes), bool))))
    shapes = weighted(aligned, [n for n, k in zip(names, keep) if k], np.ones(len(aligned), bool)) * size
    mean = shapes.mean(0)
    flat = (shapes - mean).reshape(len(shapes), -1)
    _, w, vt = np.linalg.svd(flat, full_matrices=False)
    sd = w / np.sqrt(len(shapes) - 1)
    count = min(MODES, len(shapes) - 2)
    tab, thick = votes
    p = weighted(tab, names, keep).mean(0)
    with np.errstate(all="ignore"):
        t = weighted(thick, names, keep)
        return shape_fit.Model(mean, matched["normals"], (vt[:count] * sd[:count, None]).reshape(count, -1, 3), p,
                               np.nanmean(t, 0), np.nanstd(t, 0, ddof=1), float((sd[:count] ** 2).sum() / (sd ** 2).sum()),
                               len(shapes))


def folds_of(names):
    people = sorted({person(n) for n in names})
    return {q: n % FOLDS for n, q in enumerate(people)}


def kept(path, make):
    """What `make` gives, kept in a file."""
    if not path.exists():
        path.write_bytes(pickle.dumps(make()))
    return pickle.loads(path.read_bytes())


def read(cache):
    files = sorted(cache.glob("*.npy"))
    return {f.stem: {b: shape_surfaces.surface_of(np.load(f), b) for b in POINTS} for f in files}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("what", choices=("judge", "write"))
    p.add_argument("cache", type=pathlib.Path)
    p.add_argument("work", type=pathlib.Path)
    p.add_argument("model", type=pathlib.Path, nargs="?")
    args = p.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    surfaces = kept(args.work / "surfaces.pkl", lambda: read(args.cache))
    matched = kept(args.work / "match.pkl", lambda: match(surfaces, POINTS))
    votes = {b: votes_of(matched[b], surfaces, b) for b in POINTS}
    limits = args.work / "limits.json"
    if args.what == "judge":
        import shape_judge
        limits.write_text(json.dumps(shape_judge.judge(surfaces, matched, votes), indent=1))
    else:
        models = {b: model_of(matched[b], votes[b], np.ones(len(matched[b]["names"]), bool)) for b in POINTS}
        args.model.write_bytes(shape_fit.as_bytes(models, json.loads(limits.read_text())))


if __name__ == "__main__":
    main()

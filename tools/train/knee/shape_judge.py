"""Judges the shape model on persons it has not seen: the tables of docs/knee-shape.md."""
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

import shape
import shape_fit
from prepare import person

LOW = (0.01, 0.02, 0.05)
HIGH = (0.8, 0.9, 0.95)
ONCE = 0.9  # as KneeShape::Params
LEAST_MM2 = 10.0  # smaller unlikely patches stay
BAY_MM = 7.0  # radius of the cartilage that is deleted around a place of the margin
LEAST_LOST_MM2 = 20.0  # what closing left of it


def patches(points, chosen, reach_mm=2.0):
    """Number of the connected patch of each chosen point, and how many there are."""
    at = np.flatnonzero(chosen)
    pairs = cKDTree(points[at]).query_pairs(reach_mm, output_type="ndarray")
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (len(at), len(at)))
    count, number = connected_components(graph, directed=False)
    return at, number, count


def in_patches(points, chosen, least):
    """Those of the chosen points that lie in patches of at least `least` points."""
    out = np.zeros(len(points), bool)
    if chosen.any():
        at, number, count = patches(points, chosen)
        out[at] = np.bincount(number, minlength=count)[number] >= least
    return out


def tab_of(surface, on):
    """Covered, or within 3 mm of cover on all sides: the program's tAB by its simplest means."""
    points = surface.points
    near = cKDTree(points[on]).query(points, distance_upper_bound=3.0)[0] < 3.0 if on.any() else np.zeros(len(points), bool)
    out = cKDTree(points[~near]).query(points, distance_upper_bound=3.5)[0] < 3.3
    closed = on | (near & ~out)
    at, number, count = patches(points, ~closed, 1.8)
    small = np.bincount(number, minlength=count) * surface.mm2 < shape.FILL_MM2
    closed[at[small[number]]] = True
    return closed


def margin_bay(surface, on, p, rng):
    """Cover without what lies around one place of the margin, and what was deleted."""
    free = cKDTree(surface.points[~on & ~np.isnan(p)])
    rim = np.flatnonzero(on & (free.query(surface.points)[0] < 1.5))
    centre = surface.points[rng.choice(rim)]
    gone = on & (np.linalg.norm(surface.points - centre, axis=1) < BAY_MM)
    return on & ~gone, gone


def judge_one(model, surface, bone, rng):
    fitted = shape_fit.fit(model, surface)
    p = shape_fit.look_up(model, fitted, surface.points, surface.normals)
    rows = []
    for plate in range(len(p)):
        on = (surface.thickness > 0) & (surface.plate == plate)
        on = in_patches(surface.points, on, 15.0 / surface.mm2)
        q, known = p[plate], ~np.isnan(p[plate])
        tab = tab_of(surface, on)
        row = {"unknown": (on & ~known).sum() / on.sum(), "tab_mm2": tab.sum() * surface.mm2}
        for low in LOW:
            row[f"cover<{low}"] = (on & (q < low)).sum() / on.sum()
            row[f"removed<{low}"] = in_patches(surface.points, on & (q < low), LEAST_MM2 / surface.mm2).sum() / on.sum()
        bare = ~tab & known & (surface.plate == plate)
        row["bare<0.01"] = (bare & (q < 0.01)).sum() / bare.sum()
        row["dice"] = 2 * (tab & (q > 0.5)).sum() / (tab.sum() + ((q > 0.5) & (surface.plate == plate)).sum())
        cut, gone = margin_bay(surface, on, q, rng)
        closed = tab_of(surface, cut)
        lost = gone & ~closed
        row["lost_mm2"] = lost.sum() * surface.mm2
        for high in HIGH:
            row[f"bare>{high}"] = (bare & (q >= high)).sum() / tab.sum()
            if row["lost_mm2"] >= LEAST_LOST_MM2:
                row[f"found>{high}"] = (lost & (q >= high)).sum() / lost.sum()
            else:
                row[f"found>{high}"] = np.nan
        row["shape_mm2"] = row["tab_mm2"] * (1 + row[f"bare>{ONCE}"])
        rows.append(row)
    return fitted, rows


def judge(surfaces, matched, votes):
    limits = {}
    for bone in shape.POINTS:
        m = matched[bone]
        fold = shape.folds_of(m["names"])
        names, fits, rows = [], [], []
        for k in range(shape.FOLDS):
            model = shape.model_of(m, votes[bone], np.array([fold[person(n)] != k for n in m["names"]]))
            for n in m["names"]:
                if fold[person(n)] == k:
                    f, r = judge_one(model, surfaces[n][bone], bone, np.random.default_rng(int(person(n))))
                    fits.append(f)
                    rows.append(r)
                    names.append(n)
                    print("  ", bone, n, f"{f.rms_mm:.2f} {f.p95_mm:.2f} {f.distance:.2f} {f.reached:.3f} {f.scale:.3f}",
                          " ".join(f"removed {x['removed<0.02']:.4f} dice {x['dice']:.3f} bare {x['bare>0.9']:.3f} found {x['found>0.9']:.2f}"
                                   for x in r), flush=True)
        limits[bone] = report(bone, model, names, fits, rows)
    return limits


def line(bone, name, values, form):
    v = np.array(values, float)
    v = v[np.isfinite(v)]
    cells = (v.mean(), np.median(v), np.quantile(v, 0.95), v.min(), v.max())
    print(f"| {bone} | {name} | " + " | ".join(form.format(x) for x in cells) + " |")


def visits(bone, plate, names, rows):
    """tAB of a first visit, before more cartilage was lost, against both areas of a later one."""
    first = {person(n): r[plate] for n, r in zip(names, rows) if n.endswith("-00m")}
    later = [(first[person(n)], r[plate]) for n, r in zip(names, rows) if not n.endswith("-00m")]
    lost = np.array([a["tab_mm2"] - b["tab_mm2"] for a, b in later])
    more = np.array([b["shape_mm2"] - b["tab_mm2"] for a, b in later])
    print(f"{bone}, plate {plate}: {len(lost)} persons seen twice: tAB of the first visit minus the later one's {lost.mean():.0f} mm2, "
          f"SD {lost.std(ddof=1):.0f}; the shape adds {more.mean():.0f} mm2, SD {more.std(ddof=1):.0f}; r = {np.corrcoef(lost, more)[0, 1]:.2f}")


def report(bone, model, names, fits, rows):
    print("| bone | | mean | median | 95 % | least | most |\n|---|---|---|---|---|---|---|")
    for name in ("rms_mm", "p95_mm", "distance", "reached", "scale"):
        line(bone, name, [getattr(f, name) for f in fits], "{:.3f}")
    for plate in range(len(rows[0])):
        for name in rows[0][0]:
            line(bone, f"{name} (plate {plate})", [r[plate][name] for r in rows], "{:.0f}" if name.endswith("mm2") else "{:.4f}")
        for name in [f"bare>{h}" for h in HIGH]:
            line(bone, f"{name} (plate {plate}), first visits", [r[plate][name] for n, r in zip(names, rows) if n.endswith("-00m")], "{:.4f}")
        visits(bone, plate, names, rows)
    print(bone, "places", len(model.mean), "modes", len(model.modes), "variance", round(model.variance, 3), flush=True)
    return {"rms_mm": max(f.rms_mm for f in fits), "p95_mm": max(f.p95_mm for f in fits), "distance": max(f.distance for f in fits),
            "reached": min(f.reached for f in fits), "smallest": min(f.scale for f in fits), "largest": max(f.scale for f in fits)}

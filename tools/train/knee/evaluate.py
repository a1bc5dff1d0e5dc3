"""Judges a knee network, and prints the figures of docs/knee-segmentation.md.

    python3 evaluate.py generated CACHE MODEL.onnx [--cross CROSS.onnx] [--knees N] [--pictures DIR]
    python3 evaluate.py weights CACHE MODEL.onnx --cross CROSS.onnx [--knees N]
    python3 evaluate.py write CACHE OUT [--knees N] [--step 1] [--clear]
    python3 evaluate.py cases LEDD WRITTEN OUT
    python3 evaluate.py femur OUT/endpoints.csv
    python3 evaluate.py menisci LABELS.nrrd MODEL.onnx [--cross CROSS.onnx]
    python3 evaluate.py scan MODEL.onnx PICTURE.png FOLDER [FOLDER...] [--cross CROSS.onnx] [--reference MASKS.png --slices 24 35 46]

generated: images drawn from the knees of prepare.held_out (first time point), each with another sequence and seed.
weights: the shares of the coronal and axial views in the merged probabilities, tried on images drawn anew from the knees that
were learned from (none of prepare.held_out); the one in use is ACROSS_WEIGHT here and kAcrossWeight in knee_segmentation.
write: the same images and their truth (Ledd's ids) as NIfTI in folders of their own, for `ledd run knee-mri` and knee_accuracy.
cases: what the program LEDD makes of WRITTEN (of `write`), fully automatic, against the truth measured by the same program:
overlap, and thickness per region. A case that is refused counts as overlap 0.
femur: the whole femoral cartilage of one case, out of its regions.
menisci: images drawn around the one knee that has labelled menisci.
scan: one series a FOLDER (uncompressed DICOM, for example by dcmdjpls); several are echoes of one scan, combined by root mean
square. Slices count from the left side of the patient. MASKS.png: a published picture of masks (red) on the given slices.
"""
import argparse
import csv
import itertools
import json
import pathlib
import subprocess
import time

import cv2
import numpy as np
from scipy import ndimage

import cross
import generate
import prepare
from prepare import CLASSES, FEMORAL, FEMUR, MENISCUS, PATELLA, PATELLAR, TIBIA, TIBIAL

BONE_OF = {FEMORAL: FEMUR, TIBIAL: TIBIA, PATELLAR: PATELLA}
ACROSS_WEIGHT, MOST_ACROSS_MM = 0.1, 1.6
LEAST_MM3 = {FEMORAL: 100.0, TIBIAL: 60.0, PATELLAR: 100.0, MENISCUS: 60.0}
COLOURS = np.array([[0, 0, 0], [40, 120, 200], [60, 200, 60], [60, 60, 200], [220, 120, 160], [120, 160, 200], [220, 60, 220],
                    [0, 255, 255]], np.float32)  # blue, green, red


def read_models(args):
    """The sagittal network, and the one across it or None."""
    return [cv2.dnn.readNetFromONNX(str(p)) if p else None for p in (args.model, args.cross)]


def probabilities(models, volume, spacing_mm):
    """Yields, slice by slice, the class probabilities on the pixels of the volume: (class, row, column)."""
    if models[1] is None or spacing_mm[0] > MOST_ACROSS_MM:
        yield from sagittal(models[0], volume, spacing_mm)
        return
    for own, logs in zip(sagittal(models[0], volume, spacing_mm), cross.views(models[1], volume, spacing_mm)):
        yield pooled(own, logs, ACROSS_WEIGHT)


def pooled(own, logs, share):
    """Weighted geometric mean, so that a sharp border stays where the sharper view has it."""
    p = np.exp((1 - share) * np.log(np.maximum(own, cross.LEAST_SHARE)) + share * logs)
    return p / p.sum(0)


def sagittal(model, volume, spacing_mm, every=1):
    rows, columns = volume.shape[1:]
    working = prepare.working_size(rows, columns, spacing_mm[1])
    for slab in itertools.islice(prepare.inputs_of(volume, spacing_mm), 0, None, every):
        model.setInput(slab)
        logits = model.forward()[0][:, :working[0], :working[1]]
        p = np.exp(logits - logits.max(0))
        p /= p.sum(0)
        yield np.stack([cv2.resize(c, (columns, rows), interpolation=cv2.INTER_LINEAR) for c in p])


def segment(models, volume, spacing_mm):
    return np.stack([p.argmax(0).astype(np.uint8) for p in probabilities(models, volume, spacing_mm)])


def components(mask):
    """Numbered parts (6-neighbours) and their sizes, [0] of the rest."""
    parts, count = ndimage.label(mask)
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    sizes[0] = 0
    return parts, sizes


def clean(labels, spacing_mm):
    """The largest part of each bone; of cartilage the parts that touch their bone, of menisci those that touch cartilage,
    each of at least LEAST_MM3. Holes within a bone are filled, slice by slice."""
    out = np.zeros_like(labels)
    voxel_mm3 = float(np.prod(spacing_mm))
    for bone in (FEMUR, TIBIA, PATELLA):
        parts, sizes = components(labels == bone)
        if sizes.max() > 0:
            mask = parts == sizes.argmax()
            mask = np.stack([ndimage.binary_fill_holes(s) if s.any() else s for s in mask])
            out[mask & ((labels == bone) | (labels == 0))] = bone
    for tissue, bone in list(BONE_OF.items()) + [(MENISCUS, None)]:
        parts, sizes = components(labels == tissue)
        near = out == bone if bone else (out == FEMORAL) | (out == TIBIAL)
        touched = np.unique(parts[ndimage.binary_dilation(near, iterations=2)])
        keep = [n for n in touched if n and sizes[n] * voxel_mm3 >= LEAST_MM3[tissue]]
        out[np.isin(parts, keep)] = tissue
    return out


def tibial_border(labels):
    """The slice that parts the two tibial plateaus: where least cartilage lies between the two fullest slices."""
    area = (labels == TIBIAL).sum((1, 2)).astype(float)
    filled = np.nonzero(area)[0]
    if len(filled) < 4:
        return len(area) // 2
    middle = (filled[0] + filled[-1]) // 2
    smooth = ndimage.gaussian_filter1d(area, 1.0)
    a = filled[0] + int(smooth[filled[0]:middle].argmax())
    b = middle + int(smooth[middle:filled[-1] + 1].argmax())
    return a + int(smooth[a:b + 1].argmin())


def medial_first(labels):
    """True if the medial plateau has the lower slices: the patella lies towards the lateral side."""
    border = tibial_border(labels)
    patella = np.nonzero((labels == PATELLA).any((1, 2)))[0]
    return float(patella.mean()) > border if len(patella) else True


def dice(a, b):
    total = a.sum() + b.sum()
    return 2.0 * (a & b).sum() / total if total else float("nan")


def structures(labels, border, first_is_medial):
    """Masks by name; the tibial cartilage in its two plates."""
    out = {CLASSES[n]: labels == n for n in (FEMUR, TIBIA, PATELLA, FEMORAL, PATELLAR, MENISCUS)}
    low = labels == TIBIAL
    high = low.copy()
    low[border:] = False
    high[:border] = False
    out["medial tibial cartilage"], out["lateral tibial cartilage"] = (low, high) if first_is_medial else (high, low)
    return out


def table(rows):
    print(f"{'structure':26s} {'n':>3s} {'Dice':>7s} {'SD':>6s} {'least':>6s} {'volume error %':>15s} {'SD':>6s}")
    for name in dict.fromkeys(n for r in rows for n in r):
        d = np.array([r[name][0] for r in rows if name in r])
        v = np.array([r[name][1] for r in rows if name in r])
        d, v = d[np.isfinite(d)], v[np.isfinite(v)]
        if len(d):
            print(f"{name:26s} {len(d):3d} {d.mean():7.3f} {d.std():6.3f} {d.min():6.3f} {v.mean():15.1f} {v.std():6.1f}")


def compare(found, truth):
    border, side = tibial_border(truth), medial_first(truth)
    a, b = structures(found, border, side), structures(truth, border, side)
    return {n: (dice(a[n], b[n]), 100.0 * (a[n].sum() / b[n].sum() - 1) if b[n].any() else float("nan")) for n in b}


def drawn_knee(knee, seed, step, family, clear=False):
    images, labels, scene = generate.volume(knee, np.random.default_rng(seed), step, family, clear)
    truth = np.stack([l[len(l) // 2] for l in labels])
    return images, truth, (step * generate.SLICE_MM, generate.DRAWN_MM, generate.DRAWN_MM), scene.family


def generated(args):
    paths = sorted(args.cache.glob("*.npy"))
    held = prepare.held_out([p.stem for p in paths])
    paths = [p for p in paths if prepare.person(p.stem) in held and p.stem.endswith("-00m")][:args.knees]
    families = list(generate.FAMILIES)
    models, rows = read_models(args), []
    for n, path in enumerate(paths):
        images, truth, spacing_mm, family = drawn_knee(generate.Knee(np.load(path)), 1000 + n, 2, families[n % len(families)])
        began = time.time()
        found = clean(segment(models, images, spacing_mm), spacing_mm)
        rows.append(compare(found, truth))
        print(f"{path.stem} ({family}, {len(images)} slices, {time.time() - began:.0f} s): "
              + ", ".join(f"{k} {v[0]:.3f}" for k, v in rows[-1].items()), flush=True)
        if args.pictures:
            args.pictures.mkdir(parents=True, exist_ok=True)
            picture(images, found, np.linspace(12, len(images) - 12, 8).astype(int), args.pictures / f"{path.stem}.png")
    table(rows)


SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)


def weights(args):
    """Mean Dice of the three cartilages by the share of the views across, before any cleaning."""
    paths = sorted(args.cache.glob("*.npy"))
    held = prepare.held_out([p.stem for p in paths])
    paths = [p for p in paths if prepare.person(p.stem) not in held and p.stem.endswith("-00m")][2::5][:args.knees]
    families, models, rows = [f for f in generate.FAMILIES if f != "any"], read_models(args), []
    for n, path in enumerate(paths):
        images, truth, spacing_mm, family = drawn_knee(generate.Knee(np.load(path)), 5000 + n, 1 + n % 2, families[n % len(families)])
        counts = np.zeros((len(SHARES), len(CLASSES), 2))
        both = zip(truth, sagittal(models[0], images, spacing_mm), cross.views(models[1], images, spacing_mm))
        for right, own, logs in both:
            for s, share in enumerate(SHARES):
                best = pooled(own, logs, share).argmax(0)
                for c in range(1, len(CLASSES)):
                    counts[s, c] += 2 * ((best == c) & (right == c)).sum(), (best == c).sum() + (right == c).sum()
        rows.append(counts[:, 1:, 0] / np.maximum(counts[:, 1:, 1], 1))
        cartilage = rows[-1][:, [FEMORAL - 1, TIBIAL - 1, PATELLAR - 1]].mean(1)
        print(f"{path.stem} ({family}): " + ", ".join(f"{s:g} {d:.3f}" for s, d in zip(SHARES, cartilage)), flush=True)
    print("share  " + "  ".join(CLASSES[1:]) + "  mean of the cartilages")
    for share, row in zip(SHARES, np.mean(rows, 0)):
        print(f"{share:4.1f}  " + "  ".join(f"{d:.4f}" for d in row) + f"  {row[[FEMORAL - 1, TIBIAL - 1, PATELLAR - 1]].mean():.4f}")


LEDD_IDS = {FEMUR: 201, FEMORAL: 202, TIBIA: 203, PATELLA: 206, PATELLAR: 207}


def with_ledd_ids(labels):
    """Plates and menisci parted into medial and lateral; the labels are those of right knees, whose slices run to the right,
    so that the medial half comes first."""
    out, border = np.zeros(labels.shape, np.uint16), tibial_border(labels)
    for own, ledd in LEDD_IDS.items():
        out[labels == own] = ledd
    lateral = np.arange(len(labels))[:, None, None] >= border
    for own, medial, outer in ((TIBIAL, 204, 205), (MENISCUS, 208, 209)):
        out[(labels == own) & ~lateral], out[(labels == own) & lateral] = medial, outer
    return out


def write(args):
    """Held-out knees, each with the next sequence family."""
    import nibabel as nib
    paths = sorted(args.cache.glob("*.npy"))
    held = prepare.held_out([p.stem for p in paths])
    paths = [p for p in paths if prepare.person(p.stem) in held and p.stem.endswith("-00m")]
    families = [f for f in generate.FAMILIES if f != "any"]
    for n in range(args.knees):
        path, family = paths[n % len(paths)], families[(n + n // len(paths)) % len(families)]
        images, truth, spacing_mm, _ = drawn_knee(generate.Knee(np.load(path)), args.seed + n, args.step, family, args.clear)
        to_ras = np.zeros((4, 4))  # slices run to the right, rows to the feet, columns to the back
        to_ras[0, 0], to_ras[1, 2], to_ras[2, 1], to_ras[3, 3] = spacing_mm[0], -spacing_mm[2], -spacing_mm[1], 1.0
        folder = args.out / f"{path.stem}-{family.replace(',', '').replace(' ', '-')}"
        folder.mkdir(parents=True, exist_ok=True)
        grey = np.clip(images / np.percentile(images, 99.9) * 2000, 0, 32767).astype(np.int16)
        for name, array in (("image", grey), ("truth", with_ledd_ids(truth))):
            out = nib.Nifti1Image(array, to_ras)
            out.set_qform(to_ras, 1)
            out.set_sform(to_ras, 1)
            nib.save(out, folder / f"{name}.nii.gz")
        print(folder.name, flush=True)


NAMES = {201: "femur", 203: "tibia", 206: "patella", 202: "femoral cartilage", 204: "medial tibial cartilage",
         205: "lateral tibial cartilage", 207: "patellar cartilage", 208: "medial meniscus", 209: "lateral meniscus"}
FEMORAL_REGIONS = ("cMF", "cLF", "pMF", "pLF", "TrF")
REGIONS = ("MT", "LT", *FEMORAL_REGIONS, "P")


def run_case(ledd, image, out, *more):
    """The case's folder, or None when it was refused; its reason is printed."""
    done = subprocess.run([ledd, "run", "knee-mri", image, "-o", out, "--quiet", *more], capture_output=True, text=True)
    folders = list((out / "cases").glob("*"))
    if not folders:
        reasons = [json.loads(f.read_text())["reason"] for f in (out / "quarantine").glob("*/reason.json")]
        print(f"{image}: refused: {reasons or done.stderr}", flush=True)
    return folders[0] if folders else None


def thickness_mm(folder):
    rows = csv.DictReader(open(folder.parents[1] / "endpoints.csv"))
    return {r["region"]: float(r["value"]) for r in rows if r["endpoint"] == "ThCtAB" and r["statistic"] == "mean" and r["value"]}


def cases(args):
    import nibabel as nib
    read = lambda path: np.asarray(nib.load(path).dataobj)
    rows, bias = [], {}
    for folder in sorted(args.written.iterdir()):
        found = run_case(args.ledd, folder / "image.nii.gz", args.out / folder.name / "found")
        known = run_case(args.ledd, folder / "image.nii.gz", args.out / folder.name / "truth", "--labels", folder / "truth.nii.gz")
        truth = read(folder / "truth.nii.gz")
        labels = read(found / "labels.nii.gz") if found else np.zeros_like(truth)
        rows.append({name: (dice(labels == n, truth == n), 100.0 * ((labels == n).sum() / (truth == n).sum() - 1))
                     for n, name in NAMES.items() if (truth == n).any()})
        print(folder.name + ": " + ", ".join(f"{k} {v[0]:.3f}" for k, v in rows[-1].items()), flush=True)
        if found and known:
            own, right = thickness_mm(found), thickness_mm(known)
            for region in REGIONS:
                if region in own and region in right:
                    bias.setdefault(region, []).append(own[region] - right[region])
    table(rows)
    print(f"\n{'ThCtAB':8s} {'n':>3s} {'bias mm':>8s} {'SD':>6s} {'largest':>8s}")
    for region, d in bias.items():
        print(f"{region:8s} {len(d):3d} {np.mean(d):8.3f} {np.std(d):6.3f} {np.abs(d).max():8.3f}")


def femur(args):
    rows = csv.DictReader(open(args.endpoints))
    value = {(r["region"], r["endpoint"], r["statistic"]): float(r["value"]) for r in rows if r["value"]}
    total = lambda endpoint: sum(value[region, endpoint, "value"] for region in FEMORAL_REGIONS)
    by_area = lambda mean, area: sum(value[r, mean, "mean"] * value[r, area, "value"] for r in FEMORAL_REGIONS)
    print(f"ThCtAB {by_area('ThCtAB', 'tAB') / total('tAB'):.3f} mm, ThCcAB {by_area('ThCcAB', 'cAB') / total('cAB'):.3f} mm, "
          f"VC {total('VC'):.0f} mm3, ThCtAB times tAB {by_area('ThCtAB', 'tAB'):.0f} mm3, tAB {total('tAB'):.0f} mm2")


def menisci(args):
    import gzip
    raw = args.labels.read_bytes()
    head, _, body = raw.partition(b"\n\n")
    sizes = [int(v) for line in head.decode().splitlines() if line.startswith("sizes:") for v in line.split()[1:]]
    labels = np.frombuffer(gzip.decompress(body), np.uint8).reshape(sizes[::-1])
    own = np.zeros(11, np.uint8)
    own[[1, 2, 3, 4, 5, 6, 7, 9, 10]] = [FEMORAL, TIBIAL, TIBIAL, PATELLAR, FEMUR, TIBIA, PATELLA, MENISCUS, MENISCUS]
    knee, rows = generate.Knee(own[labels]), []
    models = read_models(args)
    for n, family in enumerate(["dess", "spgr", "pd or t2 tse, space"]):
        images, truth, spacing_mm, _ = drawn_knee(knee, 2000 + n, 2, family)
        rows.append(compare(clean(segment(models, images, spacing_mm), spacing_mm), truth))
        print(f"{family}: " + ", ".join(f"{k} {v[0]:.3f}" for k, v in rows[-1].items()), flush=True)
        if args.pictures:
            args.pictures.mkdir(parents=True, exist_ok=True)
            picture(images, truth, np.linspace(12, len(images) - 12, 8).astype(int), args.pictures / f"menisci-{n}.png")
    table(rows)


def read_series(folder):
    """(slice, row, column), from the left of the patient to the right, and (slice, row, column) spacing."""
    import pydicom
    slices = sorted((pydicom.dcmread(p) for p in pathlib.Path(folder).iterdir()), key=lambda d: -float(d.ImagePositionPatient[0]))
    volume = np.stack([d.pixel_array.astype(np.float32) for d in slices])
    x = [float(d.ImagePositionPatient[0]) for d in slices]
    return volume, (abs(x[0] - x[-1]) / (len(x) - 1), *(float(v) for v in slices[0].PixelSpacing))


def published_masks(path, count):
    """The red pixels of each of `count` pictures beside each other on white, as a share of 0..1 of its rows and columns."""
    image = cv2.imread(str(path)).astype(int)
    dark = (image.min(2) < 235) & ((image.max(2) - image.min(2) < 40) | (image[:, :, 2] > image[:, :, 0] + 80))
    # the frames: columns that are dark over most of the picture's height
    tall = dark.sum(0) > 0.5 * dark.shape[0]
    parts, n = ndimage.label(tall)
    spans = sorted(((np.nonzero(parts == k)[0].min(), np.nonzero(parts == k)[0].max()) for k in range(1, n + 1)),
                   key=lambda s: s[0] - s[1])[:count]
    out = []
    for left, right in sorted(spans):
        rows = np.nonzero(dark[:, left:right + 1].mean(1) > 0.9)[0]
        top, bottom = rows.min(), rows.max()
        part = image[top:bottom + 1, left:right + 1]
        out.append((part[:, :, 2] > 150) & (part[:, :, 1] < 110) & (part[:, :, 0] < 110))
    return out


def scan(args):
    echoes = [read_series(f) for f in args.folders]
    spacing_mm = echoes[0][1]
    volume = np.sqrt(np.mean([e[0] ** 2 for e in echoes], 0))
    models = read_models(args)
    began = time.time()
    raw = segment(models, volume, spacing_mm)
    found = clean(raw, spacing_mm)
    print(f"{len(volume)} slices in {time.time() - began:.0f} s")
    for n, name in enumerate(CLASSES[1:], 1):
        print(f"{name:26s} {(found == n).sum() * np.prod(spacing_mm):9.0f} mm3 ({(raw == n).sum() * np.prod(spacing_mm):.0f} before cleaning)")
    if args.reference:
        for mask, z in zip(published_masks(args.reference, len(args.slices)), args.slices):
            own = cv2.resize((found[z] == FEMORAL).astype(np.float32), mask.shape[::-1], interpolation=cv2.INTER_AREA) > 0.5
            print(f"slice {z}: Dice of femoral cartilage with the published mask {dice(own, mask):.3f}, area {own.sum() / mask.sum():.2f} of its")
    picture(volume, found, np.linspace(0.1 * len(volume), 0.85 * len(volume), 12).astype(int), args.picture)


def picture(volume, labels, at, path):
    bright = np.percentile(volume, 99.7)
    tiles = []
    for z in at:
        grey = np.repeat(np.clip(volume[z] / bright, 0, 1)[:, :, None] ** 0.6, 3, 2) * 255
        over = 0.55 * grey + 0.45 * COLOURS[labels[z]]
        over[labels[z] == 0] = grey[labels[z] == 0]
        tile = cv2.resize(over, (440, 440 * volume.shape[1] // volume.shape[2]), interpolation=cv2.INTER_AREA)
        cv2.putText(tile, str(z), (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255))
        tiles.append(tile)
    cv2.imwrite(str(path), np.vstack([np.hstack(tiles[n:n + 4]) for n in range(0, len(tiles) - len(tiles) % 4, 4)]).astype(np.uint8))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = p.add_subparsers(required=True)
    g = kinds.add_parser("generated")
    g.add_argument("cache", type=pathlib.Path)
    g.add_argument("model", type=pathlib.Path)
    g.add_argument("--knees", type=int, default=99)
    g.set_defaults(run=generated)
    w = kinds.add_parser("write")
    w.add_argument("cache", type=pathlib.Path)
    w.add_argument("out", type=pathlib.Path)
    w.add_argument("--knees", type=int, default=7)
    w.add_argument("--step", type=int, default=1, help="native slices of 0.7 mm to a slice")
    w.add_argument("--seed", type=int, default=3000)
    w.add_argument("--clear", action="store_true", help="contrasts that a scanner may have made alone: generate.Scene.is_clear")
    w.set_defaults(run=write)
    c = kinds.add_parser("cases")
    c.add_argument("ledd", type=pathlib.Path)
    c.add_argument("written", type=pathlib.Path)
    c.add_argument("out", type=pathlib.Path)
    c.set_defaults(run=cases)
    f = kinds.add_parser("femur")
    f.add_argument("endpoints", type=pathlib.Path)
    f.set_defaults(run=femur)
    m = kinds.add_parser("menisci")
    m.add_argument("labels", type=pathlib.Path)
    m.add_argument("model", type=pathlib.Path)
    m.set_defaults(run=menisci)
    s = kinds.add_parser("scan")
    s.add_argument("model", type=pathlib.Path)
    s.add_argument("picture", type=pathlib.Path)
    s.add_argument("folders", nargs="+", type=pathlib.Path)
    s.add_argument("--reference", type=pathlib.Path)
    s.add_argument("--slices", nargs="*", type=int, default=[24, 35, 46])
    s.set_defaults(run=scan)
    a = kinds.add_parser("weights")
    a.add_argument("cache", type=pathlib.Path)
    a.add_argument("model", type=pathlib.Path)
    a.add_argument("--knees", type=int, default=5)
    a.set_defaults(run=weights)
    for q in (g, m):
        q.add_argument("--pictures", type=pathlib.Path)
    for q in (g, m, s, a):
        q.add_argument("--cross", type=pathlib.Path, help="network of the coronal and axial views")
    for q in (g, w, c, f, m, s, a):
        q.add_argument("--threads", type=int, default=1)
    args = p.parse_args()
    cv2.setNumThreads(args.threads)
    args.run(args)


if __name__ == "__main__":
    main()

"""Reads knee label volumes and scans, and brings scans to the network's input.

    python3 prepare.py LABELS CACHE     # smooths every label volume once and keeps it as CACHE/<name>.npy

Label volumes: OAI DESS grid, axes R, A, S; 1 femur, 2 femoral cartilage, 3 tibia, 4 tibial cartilage, 5 patella,
6 patellar cartilage, 7 / 8 / 9 bone lesions (count as bone). Here an array is (slice, row = superior to inferior,
column = anterior to posterior).
"""
import argparse
import pathlib

import cv2
import numpy as np

NATIVE_MM = (0.7, 0.36458334, 0.36458334)
WORKING_MM = 0.45
NEAR_MM, FAR_MM = 1.5, 4.5  # distances of the neighbouring slices that the network sees, to the nearest whole slice
BRIGHT_PERCENTILE = 95.0
MULTIPLE = 32  # rows and columns of a network input
CLASSES = ("background", "femur", "femoral cartilage", "tibia", "tibial cartilage", "patella", "patellar cartilage", "meniscus")
BACKGROUND, FEMUR, FEMORAL, TIBIA, TIBIAL, PATELLA, PATELLAR, MENISCUS = range(8)
HELD_OUT_SHARE = 5  # every fifth person is held out


def slab_offsets(spacing_mm):
    """The five slices seen together, as offsets: two farther, two nearer and the slice itself."""
    near = max(1, int(np.floor(NEAR_MM / spacing_mm + 0.5)))
    far = max(near + 1, int(np.floor(FAR_MM / spacing_mm + 0.5)))
    return (-far, -near, 0, near, far)


def person(name):
    """cohort-subject-month -> subject."""
    return name.split("-")[1]


def held_out(names):
    """The persons kept for judging: every fifth of each cohort, in order of their numbers."""
    out = set()
    for cohort in sorted({n.split("-")[0] for n in names}):
        people = sorted({person(n) for n in names if n.startswith(cohort)})
        out |= set(people[HELD_OUT_SHARE // 2::HELD_OUT_SHARE])
    return out


def working_size(rows, columns, spacing_mm):
    return tuple(int(round(n * spacing_mm / WORKING_MM)) for n in (rows, columns))


def to_working(image, spacing_mm):
    """In-plane resampling of one slice to WORKING_MM: the mean over each pixel's area, or linear where that is finer."""
    rows, columns = working_size(*image.shape, spacing_mm)
    how = cv2.INTER_AREA if spacing_mm < WORKING_MM else cv2.INTER_LINEAR
    return cv2.resize(image, (columns, rows), interpolation=how)


def normalise(slab):
    """Divides by the 95th percentile over all pixels of the slab's slices; clipped to 0..3."""
    bright = float(np.percentile(slab, BRIGHT_PERCENTILE))
    return np.clip(slab / max(bright, 1e-6), 0.0, 3.0).astype(np.float32)


def pad(image):
    """Zeros below and to the right, up to a multiple of 32."""
    rows, columns = ((n + MULTIPLE - 1) // MULTIPLE * MULTIPLE for n in image.shape[-2:])
    out = np.zeros(image.shape[:-2] + (rows, columns), np.float32)
    out[..., :image.shape[-2], :image.shape[-1]] = image
    return out


def inputs_of(volume, spacing_mm):
    """Yields, slice by slice, the network's input (1, 5, rows, columns). spacing_mm: (slice, row and column)."""
    slices = [to_working(np.ascontiguousarray(s, np.float32), spacing_mm[1]) for s in volume]
    offsets = slab_offsets(spacing_mm[0])
    for z in range(len(slices)):
        slab = np.stack([slices[min(max(z + d, 0), len(slices) - 1)] for d in offsets])
        yield pad(normalise(slab))[None]


def smooth_labels(labels):
    """Every voxel takes the class whose mask, smoothed over about one voxel, is highest: takes away the steps between
    slices and rows of a manual label without moving its surface on the mean."""
    best = np.zeros(labels.shape, np.float32)
    out = np.zeros(labels.shape, np.uint8)
    for value in range(0, 7):
        mask = (labels == value).astype(np.float32)
        flat = np.stack([cv2.GaussianBlur(s, (0, 0), 0.9) for s in mask])
        mixed = 0.6 * flat
        mixed[1:] += 0.2 * flat[:-1]
        mixed[:-1] += 0.2 * flat[1:]
        better = mixed > best
        best[better], out[better] = mixed[better], value
    return out


def read_labels(path):
    import nibabel as nib
    image = nib.load(path)
    if nib.aff2axcodes(image.affine) != ("R", "A", "S") or not np.allclose(image.header.get_zooms(), NATIVE_MM, atol=1e-3):
        raise ValueError(f"{path}: axes {nib.aff2axcodes(image.affine)}, spacing {image.header.get_zooms()} instead of R, A, S "
                         f"and {NATIVE_MM}")
    labels = np.asanyarray(image.dataobj).astype(np.uint8)
    for lesion, bone in ((7, FEMUR), (8, TIBIA), (9, PATELLA)):
        labels[labels == lesion] = bone
    return np.ascontiguousarray(labels[:, ::-1, ::-1].transpose(0, 2, 1))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("labels", type=pathlib.Path)
    p.add_argument("cache", type=pathlib.Path)
    args = p.parse_args()
    args.cache.mkdir(parents=True, exist_ok=True)
    for path in sorted(args.labels.glob("*.nii.gz")):
        out = args.cache / (path.name.split(".")[0] + ".npy")
        if not out.exists():
            np.save(out, smooth_labels(read_labels(path)))


if __name__ == "__main__":
    cv2.setNumThreads(1)
    main()

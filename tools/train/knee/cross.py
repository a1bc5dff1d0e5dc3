"""Trains the network of the coronal and axial views, one for both, on images made from label volumes.

    python3 cross.py CACHE OUT.onnx [--start knee.pt] [--steps 5000] [--minutes M] [--threads 1] [--seed 1]

A whole sagittal examination is drawn (generate.volume), brought to cubes of CROSS_MM, and cut across. CACHE, the persons
left out, and going on after a cut-off are those of train.py; --start takes the first weights from a sagittal training.

    python3 cross.py CACHE PICTURE.png --sheet      # a sheet of examples
"""
import argparse
import functools
import pathlib

import cv2
import numpy as np

import generate
import prepare
from prepare import FEMORAL, PATELLAR, TIBIAL

CROSS_MM = 0.7
OFFSETS = (-6, -2, 0, 2, 6)  # cubes: the slices seen together
ROWS, COLUMNS = 192, 160
POOL, STEPS_PER_VOLUME, BATCH = 24, 16, 4
STEPS = (1, 2)  # native slices to a slice of the drawn examination: 0.7 and 1.4 mm


def cubes(images, slice_mm, pixel_mm=generate.DRAWN_MM):
    """Slices of an examination on cubes of CROSS_MM: the mean over area in plane, linear across. (right, inferior, posterior)"""
    rows, columns = (int(round(n * pixel_mm / CROSS_MM)) for n in images.shape[1:])
    how = cv2.INTER_AREA if pixel_mm < CROSS_MM else cv2.INTER_LINEAR
    flat = np.stack([cv2.resize(s, (columns, rows), interpolation=how) for s in images])
    count = int(round(len(images) * slice_mm / CROSS_MM))
    if count == len(flat):
        return flat
    return cv2.resize(flat.reshape(len(flat), -1), (rows * columns, count), interpolation=cv2.INTER_LINEAR).reshape(count, rows, columns)


LEAST_SHARE = 1e-5  # what a class has at least, before logarithms are taken
EVERY = 2  # cubes: which coronal and axial slices of a scan are looked at; linear between


def across(length, cubes_along, every):
    """(length, ceil(cubes_along / every)): linear weights of every EVERYth cube for each of `length` voxels along an axis; both share
    their outer edges."""
    count = (cubes_along + every - 1) // every
    at = np.clip(((np.arange(length) + 0.5) * cubes_along / length - 0.5) / every, 0, count - 1)
    low = np.minimum(at.astype(int), count - 1)
    out = np.zeros((length, count), np.float32)
    out[np.arange(length), low] += 1 - (at - low)
    out[np.arange(length), np.minimum(low + 1, count - 1)] += at - low
    return out


def views(model, volume, spacing_mm):
    """Yields, slice by slice of the volume, the mean of the log probabilities by the coronal and by the axial view: (class, row, column)."""
    image = cubes(volume, spacing_mm[0], spacing_mm[1])
    found = []
    for axis in (2, 1):  # coronal: (right, inferior, posterior / EVERY); axial: (right, inferior / EVERY, posterior)
        planes = []
        for at in range(0, image.shape[axis], EVERY):
            part = np.take(image, np.clip(at + np.array(OFFSETS), 0, image.shape[axis] - 1), axis)
            slab = part.transpose(1, 2, 0) if axis == 1 else part.transpose(2, 1, 0)
            model.setInput(prepare.pad(prepare.normalise(slab))[None])
            logits = model.forward()[0][:, :slab.shape[1], :slab.shape[2]]
            p = np.exp(logits - logits.max(0))
            planes.append(np.log(np.maximum(p / p.sum(0), LEAST_SHARE)).transpose(0, 2, 1))
        found.append(np.stack(planes, 3 if axis == 2 else 2))
    right = across(len(volume), image.shape[0], 1)
    rows = [across(volume.shape[1], image.shape[1], e) for e in (1, EVERY)]
    columns = [across(volume.shape[2], image.shape[2], e) for e in (EVERY, 1)]
    for z in range(len(volume)):
        near = np.nonzero(right[z])[0]
        both = [r @ np.tensordot(right[z, near], f[:, near], (0, 1)) @ c.T for f, r, c in zip(found, rows, columns)]
        yield 0.5 * (both[0] + both[1])


class Examination:
    """A drawn knee on cubes, and its labels on native voxels; coronal and axial slabs are cut from it."""

    def __init__(self, knee, random):
        step = int(random.choice(STEPS))
        images, labels, scene = generate.volume(knee, random, step)
        self.family = scene.family
        self.image = cubes(images.astype(np.float32), step * generate.SLICE_MM)
        self.labels = np.stack([l for part in labels for l in part])
        cartilage = np.isin(self.labels[::4, ::4, ::4], (FEMORAL, TIBIAL, PATELLAR))
        self.where = [np.nonzero(cartilage.any((0, a)))[0] * 4 * generate.DRAWN_MM / CROSS_MM for a in (1, 2)]

    def slab(self, axial, at):
        """(5, rows, columns): rows to inferior (coronal) or posterior (axial), columns to the right."""
        axis = 1 if axial else 2
        at = np.clip(at + np.array(OFFSETS), 0, self.image.shape[axis] - 1)
        return np.take(self.image, at, axis).transpose(1, 2, 0) if axial else np.take(self.image, at, axis).transpose(2, 1, 0)

    def shares(self, axial, at):
        """(rows, columns, class) of the middle slice."""
        first = int(at * CROSS_MM / generate.DRAWN_MM)
        lines = slice(first, first + 2)
        label = self.labels[:, lines].transpose(1, 2, 0) if axial else self.labels[:, :, lines].transpose(2, 1, 0)
        one = np.mean([label == c for c in range(len(prepare.CLASSES))], 1, dtype=np.float32)
        size = self.image.shape[2 if axial else 1]
        return np.stack([cv2.resize(c, (self.image.shape[0], size), interpolation=cv2.INTER_AREA) for c in one], -1)

    def sample(self, random):
        """A turned, scaled, shifted and perhaps mirrored example: (5, ROWS, COLUMNS), (8, ROWS, COLUMNS)."""
        axial = bool(random.random() < 0.5)
        where, length = self.where[0 if axial else 1], self.image.shape[1 if axial else 2]
        near = random.choice(where) + random.integers(-3, 4) if random.random() < 0.9 and len(where) else random.integers(length)
        at = int(np.clip(near, 0, length - 1))
        slab, shares = self.slab(axial, at), self.shares(axial, at)
        matrix = placement(slab.shape[1:], random)
        slab = np.stack([cv2.warpAffine(s, matrix, (COLUMNS, ROWS), flags=cv2.INTER_LINEAR) for s in slab])
        lost = 1 - cv2.warpAffine(np.ones(shares.shape[:2], np.float32), matrix, (COLUMNS, ROWS))
        shares = np.concatenate([cv2.warpAffine(shares[..., n:n + 4], matrix, (COLUMNS, ROWS)) for n in (0, 4)], 2).transpose(2, 0, 1)
        shares[prepare.BACKGROUND] += lost
        slab = np.minimum(prepare.normalise(slab) * np.float32(np.exp(random.uniform(-0.45, 0.45))), 3.0)
        return slab, shares


def placement(shape, random):
    angle, scale = np.deg2rad(random.uniform(-20, 20)), np.exp(random.uniform(-0.18, 0.18))
    centre = np.array(shape) / 2 + random.uniform(-0.2, 0.2, 2) * shape
    mirror = -1 if random.random() < 0.5 else 1
    a, b = np.cos(angle) * scale, np.sin(angle) * scale
    matrix = np.array([[a * mirror, -b, 0], [b * mirror, a, 0]])
    matrix[:, 2] = np.array([COLUMNS, ROWS]) / 2 - matrix[:, :2] @ centre[::-1]
    return matrix


def source(knees, seed):
    """Batches by step; a new examination every STEPS_PER_VOLUME steps, the newest POOL of them in use."""
    import torch

    @functools.lru_cache(POOL + 1)
    def examination(number):
        random = np.random.default_rng((seed, 7, number))
        return Examination(knees[random.integers(len(knees))], random)

    def batch(step):
        random, newest = np.random.default_rng((seed, 8, step)), POOL - 1 + step // STEPS_PER_VOLUME
        for number in range(newest - POOL + 1, newest + 1):
            examination(number)
        out = [examination(newest - int(n)).sample(random) for n in random.choice(POOL, BATCH, replace=False)]
        return [torch.from_numpy(np.ascontiguousarray(np.stack([o[n] for o in out]))) for n in (0, 1)]

    return batch


def sheet(knees, out):
    random = np.random.default_rng(3)
    colours = np.array([[0, 0, 0], [40, 120, 200], [60, 200, 60], [60, 60, 200], [220, 120, 160], [120, 160, 200], [220, 60, 220],
                        [0, 255, 255]], np.float32)
    tiles = []
    for _ in range(6):
        exam = Examination(knees[random.integers(len(knees))], random)
        for _ in range(4):
            slab, target = exam.sample(random)
            grey = np.repeat(np.clip(slab[2] / slab[2].max() * 1.1, 0, 1)[:, :, None] ** 0.7, 3, 2) * 255
            over = 0.55 * grey + 0.45 * np.tensordot(target.transpose(1, 2, 0), colours, 1)
            over[target[0] > 0.5] = grey[target[0] > 0.5]
            tiles.append(np.hstack([grey, over]))
    cv2.imwrite(str(out), np.vstack([np.hstack(tiles[n:n + 4]) for n in range(0, len(tiles), 4)]).astype(np.uint8))


def main():
    import train
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("cache", type=pathlib.Path)
    p.add_argument("out", type=pathlib.Path)
    p.add_argument("--start", type=pathlib.Path)
    p.add_argument("--steps", type=int, default=5000)
    p.add_argument("--minutes", type=float, default=1e9)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--all", action="store_true")
    p.add_argument("--sheet", action="store_true")
    args = p.parse_args()
    knees, names, held = train.prepared(args)
    if args.sheet:
        sheet(knees, args.out)
        return
    settings = {"batch": BATCH, "patch": [ROWS, COLUMNS], "started from": str(args.start.name) if args.start else None}
    view = f"5 coronal or axial slices {CROSS_MM * 2:g} and {CROSS_MM * 6:g} mm apart, rows inferior or posterior, columns left-right, " \
           f"{CROSS_MM} mm, divided by their 95th percentile (prepare.normalise)"
    train.run(source(knees, args.seed), args, lambda mean, steps, seconds: train.save(
        mean, args, {"input": view, "trained_on": names, "left_out_persons": held, "settings": settings}, (steps, seconds)))


if __name__ == "__main__":
    main()

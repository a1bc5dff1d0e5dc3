"""Adapts a trained knee network to real series that nobody has labelled.

    python3 adapt.py CACHE IN.pt OUT.onnx SERIES [SERIES...] [--cross CROSS.onnx] [--steps 600] [--picture DIR]

SERIES: a folder of one examination's DICOM (uncompressed); its echoes are images of one anatomy in several contrasts. With
=LABELS behind it: labels.nii.gz of `ledd run knee-mri` of the same scan, cleaned and held against the learned shape; cartilage that
it does not have is background, whatever the network says. IN.pt: of train.py. CACHE and the persons left out: as there.

The trained network labels every series: the mean of what it says of the first echo, of the echoes' root mean square and of
a brighter copy of it, merged with the views across where slices are close. What cleaning takes away (evaluate.clean: parts that touch no
bone) is background. The network then goes on learning, half from drawn images and half from the series, all echoes with the
same labels, turned, scaled, with other coils, noise and brightness; what the network itself was not sure of counts little.
Printed before and after: how well the labels of an echo agree with those of the root mean square.
"""
import argparse
import collections
import pathlib

import cv2
import numpy as np
import torch
from torch import nn

import evaluate
import generate
import prepare
import train
from network import Network

LEARNING_RATE = 4e-4
LOOKS = ((0, 1.0), (0, 0.8), (1, 1.0))  # of which the labels are the mean: root mean square or an echo, brightness curve


def echoes_of(folder):
    """Volumes (slice, row, column) by echo time, slices from left to right, and (slice, row, column) spacing."""
    import pydicom
    by_echo = collections.defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            image = pydicom.dcmread(path)
            by_echo[float(image.EchoTime)].append(image)
    if not by_echo:
        raise ValueError(f"{folder}: no DICOM there")
    out = []
    for echo in sorted(by_echo):
        slices = sorted(by_echo[echo], key=lambda d: -float(d.ImagePositionPatient[0]))
        out.append(np.stack([d.pixel_array.astype(np.float32) for d in slices]))
    x = [float(d.ImagePositionPatient[0]) for d in slices]
    return out, (abs(x[0] - x[-1]) / (len(x) - 1), *(float(v) for v in slices[0].PixelSpacing))


def read_ledd(path):
    """Ledd's labels as (slice from left to right, row to inferior, column to posterior)."""
    import nibabel as nib
    return np.asarray(nib.as_closest_canonical(nib.load(path)).dataobj).transpose(0, 2, 1)[:, ::-1, ::-1]


class Series:
    """One examination: its contrasts on working pixels, and what the network made of them."""

    def __init__(self, given):
        folder, _, judged = given.partition("=")
        echoes, self.spacing_mm = echoes_of(pathlib.Path(folder))
        self.name, self.own_grid = pathlib.Path(folder).name, [np.sqrt(np.mean([e ** 2 for e in echoes], 0)), *echoes[:3]]
        self.contrasts = [np.stack([prepare.to_working(s, self.spacing_mm[1]) for s in v]) for v in self.own_grid]
        self.offsets, self.judged = prepare.slab_offsets(self.spacing_mm[0]), read_ledd(judged) if judged else None

    def label(self, models):
        """self.target: (slice, class, row, column) on working pixels, half precision; sure: 0..1."""
        rows, columns = self.contrasts[0].shape[1:]
        p = 0
        for volume, gamma in LOOKS:
            image = (self.own_grid[volume] / np.percentile(self.own_grid[volume], 99)) ** gamma
            p = p + np.stack(list(evaluate.probabilities(models, image, self.spacing_mm))).astype(np.float32) / len(LOOKS)
        raw = p.argmax(1).astype(np.uint8)
        gone = (raw != evaluate.clean(raw, self.spacing_mm)) & (raw > 0)
        if self.judged is not None:
            gone |= np.isin(raw, (prepare.FEMORAL, prepare.TIBIAL, prepare.PATELLAR)) & (self.judged == 0)
        p[np.repeat(gone[:, None], 8, 1)] = 0
        p[:, 0][gone] = 1
        p = np.stack([[cv2.resize(c, (columns, rows), interpolation=cv2.INTER_AREA) for c in s] for s in p])
        self.sure, self.target = np.clip(2 * p.max(1) - 1, 0, 1).astype(np.float16), p.astype(np.float16)
        self.at = np.nonzero((p.argmax(1) > 0).sum((1, 2)) > 300)[0]

    def sample(self, random, size):
        """(5, rows, columns), (8, rows, columns), (rows, columns): a slab, its shares, and how much they count."""
        z, volume = int(random.choice(self.at)), self.contrasts[random.integers(len(self.contrasts))]
        slab = volume[np.clip(z + np.array(self.offsets) * (1 if random.random() < .5 else -1), 0, len(volume) - 1)]
        joint = np.argwhere(np.isin(self.target[z].argmax(0), (2, 4, 6)))
        centre = joint.mean(0) + random.uniform(-50, 50, 2) if len(joint) else np.array(slab.shape[1:]) / 2
        angle, scale = np.deg2rad(random.uniform(-20, 20)), np.exp(random.uniform(-.18, .18))
        a, b = np.cos(angle) * scale, np.sin(angle) * scale
        matrix = np.array([[a, -b, 0], [b, a, 0]])
        matrix[:, 2] = np.array(size[::-1]) / 2 - matrix[:, :2] @ centre[::-1]
        move = lambda image: cv2.warpAffine(np.ascontiguousarray(image, np.float32), matrix, size[::-1], flags=cv2.INTER_LINEAR)
        slab = np.stack([move(s) for s in slab]) / max(1e-6, float(np.percentile(slab, 99)))
        target, sure = np.stack([move(c) for c in self.target[z]]), move(self.sure[z])
        return self._spoil(slab, random), target / np.maximum(target.sum(0), 1e-6), sure

    @staticmethod
    def _spoil(slab, random):
        y, x = np.mgrid[-1:1:slab.shape[1] * 1j, -1:1:slab.shape[2] * 1j].astype(np.float32)
        coil = np.exp(sum(random.normal(0, .25) * f for f in (x, y, x * y, x * x, y * y)))
        slab = np.clip(slab * coil + random.normal(0, np.exp(random.uniform(np.log(.003), np.log(.05))), slab.shape), 0, None)
        slab = prepare.normalise(slab.astype(np.float32) ** np.exp(random.uniform(-.4, .4)))
        return np.minimum(slab * np.float32(np.exp(random.uniform(-0.45, 0.45))), 3.0)


def agreement(model, series):
    """Dice of the sagittal labels of each echo with those of the root mean square, by class; of a long series every fourth slice."""
    for s in series:
        found = [np.stack([p.argmax(0) for p in evaluate.sagittal(model, v, s.spacing_mm, 4 if len(v) > 40 else 1)]) for v in s.own_grid]
        for n, other in enumerate(found[1:], 1):
            print(f"{s.name}, echo {n}: " + " ".join(f"{evaluate.dice(other == c, found[0] == c):.3f}" for c in range(1, 8)), flush=True)


def batch_of(knees, series, args):
    def batch(step):
        random, size = np.random.default_rng((args.seed, 9, step)), (train.ROWS, train.COLUMNS)
        drawn = generate.samples(knees[random.integers(len(knees))], random, *size, 2)
        real = [series[random.integers(len(series))].sample(random, size) for _ in range(2)]
        image = np.stack([d[0] for d in drawn] + [r[0] for r in real]).astype(np.float32)
        target = np.stack([d[1] for d in drawn] + [r[1] for r in real]).astype(np.float32)
        counts = np.stack([np.ones(size)] * 2 + [r[2] for r in real]).astype(np.float32)
        return [torch.from_numpy(v) for v in (image, target, counts)]
    return batch


def learn(network, batch, steps):
    """The running mean of the weights over the last steps."""
    network = network.to(memory_format=torch.channels_last).train()
    mean = train.copy.deepcopy(network)
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=1e-4)
    for n in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = LEARNING_RATE * min(1, (n + 1) / 30) * 0.5 * (1 + np.cos(np.pi * n / steps))
        image, target, counts = batch(n)
        with torch.cpu.amp.autocast(dtype=torch.bfloat16):
            logits = network(image.contiguous(memory_format=torch.channels_last))
        loss = -((target * nn.functional.log_softmax(logits.float(), 1)).sum(1) * counts).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        train.follow(mean, network, min(0.99, n / (n + 10.0)))
        if n % 25 == 24:
            print(f"{n + 1} of {steps}: loss {loss.item():.3f}", flush=True)
    return mean


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("cache", type=pathlib.Path)
    p.add_argument("start", type=pathlib.Path)
    p.add_argument("out", type=pathlib.Path)
    p.add_argument("series", nargs="+")
    p.add_argument("--cross", type=pathlib.Path)
    p.add_argument("--steps", type=int, default=600)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--all", action="store_true")
    p.add_argument("--picture", type=pathlib.Path)
    args = p.parse_args()
    knees, names, held = train.prepared(args)
    args.model = args.start.with_suffix(".onnx")
    models, kept = evaluate.read_models(args), torch.load(args.start)
    series = [Series(given) for given in args.series]
    for s in series:
        s.label(models)
    agreement(models[0], series)
    network = Network()
    network.load_state_dict(kept["mean"])
    mean = learn(network, batch_of(knees, series, args), args.steps)
    settings = {"started from": args.start.name, "after steps": kept["steps"], "batch": "2 drawn, 2 of real series without labels",
                "patch": [train.ROWS, train.COLUMNS], "learning rate": LEARNING_RATE}
    train.save(mean, args, {"trained_on": names, "left_out_persons": held, "settings": settings,
                            "adapted to": [s.name for s in series]}, (args.steps, kept["seconds"]))
    args.model = args.out
    agreement(evaluate.read_models(args)[0], series)
    if args.picture:
        args.picture.mkdir(parents=True, exist_ok=True)
        for s in series:
            labels = s.target.argmax(1).astype(np.uint8)
            evaluate.picture(s.contrasts[0], labels, np.linspace(0.1 * len(labels), 0.9 * len(labels), 8).astype(int),
                             args.picture / f"{s.name}.png")


if __name__ == "__main__":
    main()

"""Trains the vertebra network and writes it as ONNX, with a card.

    python3 train.py DATA OUT.onnx [--fold N --folds 3] [--iterations 1200] [--threads 2] [--seed 1]

DATA: folders vb1-*, vb2-*, vb3-* with image*.nii.gz and labels_thick*.nii.gz (axes P, I, R). With --fold the persons of that
fold are left out; without it all are used. Same seed, threads and versions: same weights.
"""
import argparse
import json
import pathlib
import time

import cv2
import numpy as np
import torch
from torch import nn

import prepare
from network import CHANNELS, OUTPUTS, Network

PATCH = 192
BATCH = 8
SET_SHARE = {"vb1": 0.30, "vb2": 0.35, "vb3": 0.35}


class Sampler:
    def __init__(self, cases, seed):
        self.cases, self.random = cases, np.random.default_rng(seed)
        self.of_set = {s: [c for c in cases if c.name.startswith(s)] for s in SET_SHARE}
        self.of_set = {s: c for s, c in self.of_set.items() if c}

    def pick(self):
        r = self.random
        sets = list(self.of_set)
        share = np.array([SET_SHARE[s] for s in sets])
        group = self.of_set[sets[r.choice(len(sets), p=share / share.sum())]]
        people = sorted({prepare.person(c.name) for c in group})
        who = people[r.integers(len(people))]
        group = [c for c in group if prepare.person(c.name) == who]
        case = group[r.integers(len(group))]
        labelled = np.nonzero(case.labels.any((0, 1)))[0]
        k = r.choice(labelled) if r.random() < 0.85 else r.integers(case.image.shape[2])
        return case, int(k)

    def slab(self, case, k):
        r = self.random
        step = case.step if case.step == 1 else max(1, case.step + r.integers(-1, 2))
        if r.random() < 0.5:
            step = -step
        last = case.image.shape[2] - 1
        return np.stack([case.image[:, :, np.clip(k + d, 0, last)] for d in (-step, 0, step)], -1)

    def warp(self, case, k):
        """A turned, scaled, shifted patch, in (row = inferior, column = posterior) order."""
        r = self.random
        image = self.slab(case, k).transpose(1, 0, 2)
        target = np.concatenate([case.target[:, :, :, k], case.weight[:, :, :, k]]).transpose(2, 1, 0)
        spine = np.argwhere(case.labels[:, :, k] > 0)
        if len(spine) == 0 or r.random() < 0.1:
            centre = np.array([r.uniform(0, n) for n in case.image.shape[:2]])
        else:
            centre = spine[r.integers(len(spine))] + r.uniform(-60, 60, 2)
        angle, scale = np.deg2rad(r.uniform(-18, 18)), r.uniform(0.8, 1.25)
        a, b = np.cos(angle) * scale, np.sin(angle) * scale
        matrix = np.array([[a, -b, 0], [b, a, 0]])
        matrix[:, 2] = PATCH / 2 - matrix[:, :2] @ centre
        air = tuple(float(x) for x in image.reshape(-1, 3).min(0))
        image = cv2.warpAffine(image, matrix, (PATCH, PATCH), flags=cv2.INTER_LINEAR, borderValue=air)
        parts = [cv2.warpAffine(np.ascontiguousarray(target[:, :, n:n + 3]).astype(np.float32), matrix,
                                (PATCH, PATCH), flags=cv2.INTER_LINEAR, borderValue=(n / 3, n / 3, n / 3)) for n in (0, 3)]
        return image, parts[0], (parts[1] > 0.99).astype(np.float32)

    def cut(self, image, target, weight):
        """Ends the field of view at a random row now and then, and forgets 'last lumbar' when its proof is out of view."""
        r = self.random
        if r.random() < 0.15:
            row = r.integers(PATCH // 3, PATCH)
            image[row:] = image.min((0, 1))
            target[row:], weight[row:] = 0, 1
        last, s1 = target[:, :, 1] > 0.5, target[:, :, 2] > 0.5
        if last.any() and s1.sum() < 250:  # less than half of S1 (5 to 6 cm2) in view
            weight[:, :, 1][last] = 0
        return image, target, weight

    def restyle(self, image):
        """Another scanner, coil and sequence: random contrast curve, bias, blur, noise."""
        r = self.random
        if r.random() < 0.5:  # a random curve through the grey values; keeps air dark
            knots = np.linspace(-2.0, 4.0, 7)
            values = np.concatenate([[-2.0], -2.0 + np.cumsum(r.gamma(1.0, 1.0, 6))])
            if r.random() < 0.35:
                values[1:] = r.permutation(values[1:])
            curve = lambda x: np.interp(x, knots, values)
            image = curve(np.clip(image, -2, 4)).astype(np.float32)
        else:
            low = image.min()
            span = max(1e-3, float(np.percentile(image, 99.5) - low))
            image = (np.clip((image - low) / span, 0, None) ** r.uniform(0.6, 1.6) * span + low).astype(np.float32)
        x, y = np.meshgrid(np.linspace(-1, 1, PATCH), np.linspace(-1, 1, PATCH))
        field = sum(r.normal() * f for f in (x, y, x * y, x * x, y * y)) * r.uniform(0, 0.35)
        image = (image - image.min()) * np.exp(field)[:, :, None].astype(np.float32)
        if r.random() < 0.4:
            image = cv2.GaussianBlur(image, (0, 0), r.uniform(0.4, 1.2))
        image = image + r.normal(0, r.uniform(0, 0.12) * image.std(), image.shape).astype(np.float32)
        mean, sd = image.mean(), image.std() + 1e-6
        return np.clip((image - mean) / sd * r.uniform(0.8, 1.25) + r.uniform(-0.3, 0.3), -3, 5).astype(np.float32)

    def batch(self):
        images, targets, weights = [], [], []
        for _ in range(BATCH):
            image, target, weight = self.cut(*self.warp(*self.pick()))
            images.append(self.restyle(image).transpose(2, 0, 1))
            targets.append(target.transpose(2, 0, 1))
            weights.append(weight.transpose(2, 0, 1))
        return [torch.from_numpy(np.ascontiguousarray(np.stack(x))) for x in (images, targets, weights)]


def loss_of(logits, target, weight):
    """Cross entropy plus soft Dice of each channel over the known pixels."""
    probability = torch.sigmoid(logits)
    entropy = nn.functional.binary_cross_entropy_with_logits(logits, target, weight, reduction="sum") / weight.sum()
    overlap = (2 * (probability * target * weight).sum((0, 2, 3)) + 1) / (
        ((probability + target) * weight).sum((0, 2, 3)) + 1)
    importance = torch.tensor([1.0, 0.5, 0.5])
    return entropy + ((1 - overlap) * importance).sum() / importance.sum()


def train(cases, args):
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    sampler = Sampler(cases, args.seed)
    network = Network().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=2.5e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2.5e-3, total_steps=args.iterations, pct_start=0.1)
    began, running = time.time(), None
    for n in range(args.iterations):
        image, target, weight = sampler.batch()
        with torch.cpu.amp.autocast(dtype=torch.bfloat16):
            logits = network(image.contiguous(memory_format=torch.channels_last))
        loss = loss_of(logits.float(), target, weight)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        if n % 50 == 49:
            print(f"{n + 1} of {args.iterations}: loss {running:.4f}, {time.time() - began:.0f} s", flush=True)
    return network.eval(), time.time() - began


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("data", type=pathlib.Path)
    p.add_argument("out", type=pathlib.Path)
    p.add_argument("--fold", type=int)
    p.add_argument("--folds", type=int, default=3)
    p.add_argument("--iterations", type=int, default=1200)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seed", type=int, default=1)
    args = p.parse_args()
    cases = prepare.load_all(args.data)
    fold = prepare.folds([c.name for c in cases], args.folds)
    used = [c for c in cases if args.fold is None or fold[c.name] != args.fold]
    network, seconds = train(used, args)
    torch.onnx.export(network, torch.zeros(1, 3, PATCH, PATCH), args.out, opset_version=11, input_names=["slab"],
                      output_names=["logits"], dynamic_axes={"slab": {2: "h", 3: "w"}, "logits": {2: "h", 3: "w"}})
    card = {
        "outputs": OUTPUTS, "channels": CHANNELS, "parameters": sum(p.numel() for p in network.parameters()),
        "input": "3 sagittal slices about 3.5 mm apart, rows inferior, columns posterior, 1 mm, flattened (prepare.flatten)",
        "trained_on": sorted(c.name for c in used), "left_out": sorted({c.name for c in cases} - {c.name for c in used}),
        "settings": {"iterations": args.iterations, "batch": BATCH, "patch": PATCH, "seed": args.seed,
                     "threads": args.threads, "optimiser": "AdamW 2.5e-3, one cycle", "precision": "bfloat16 autocast"},
        "seconds": round(seconds), "torch": torch.__version__,
    }
    args.out.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n")


if __name__ == "__main__":
    main()

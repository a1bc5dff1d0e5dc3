"""Trains the spine network and writes it as ONNX, with a card.

    python3 train.py DATA OUT.onnx [--phantoms DIR] [--sacs DIR] [--fold N --folds 3] [--iterations 1800] [--threads 1] [--seed 1]

DATA: folders vb1-*, vb2-*, vb3-*, ivd-*, disc-labels-only, slices-2d-* (axes P, I, R); DIR of phantoms.py; DIR of
sac_labels.py. With --fold the persons of that fold are left out; without it all are used. The weights are the running mean
over the last steps. Same seed, threads and versions: same weights.
"""
import argparse
import copy
import json
import pathlib
import time

import cv2
import numpy as np
import torch
from torch import nn

import prepare
from network import CHANNELS, INPUTS, OUTPUTS, Network
from prepare import BODY, DISC, LAST, S1, SAC

ROWS, COLUMNS = 192, 144  # of a patch, mm
BATCH = 8
SET_SHARE = {"vb1": 0.20, "vb2": 0.27, "vb3": 0.20, "ivd": 0.10, "spider": 0.07, "sul": 0.03, "discs": 0.04, "ph": 0.09}
IMPORTANCE = {BODY: 1.0, LAST: 0.4, S1: 0.5, DISC: 0.8, SAC: 0.5}
MEAN_DECAY = 0.995


class Sampler:
    def __init__(self, cases, seed):
        self.cases, self.random = cases, np.random.default_rng(seed)
        self.of_set = {s: [c for c in cases if prepare.set_of(c.name) == s] for s in SET_SHARE}
        self.of_set = {s: c for s, c in self.of_set.items() if c}
        self.labelled = {c.name: np.nonzero(c.target.any((0, 1, 2)))[0] for c in cases}

    def pick(self):
        r = self.random
        sets = list(self.of_set)
        share = np.array([SET_SHARE[s] for s in sets])
        group = self.of_set[sets[r.choice(len(sets), p=share / share.sum())]]
        people = sorted({prepare.person(c.name) for c in group})
        who = people[r.integers(len(people))]
        group = [c for c in group if prepare.person(c.name) == who]
        case = group[r.integers(len(group))]
        k = r.choice(self.labelled[case.name]) if r.random() < 0.85 else r.integers(case.image.shape[2])
        return case, int(k)

    def slab(self, case, k):
        """The slice and its neighbours; thin slices are now and then made thicker, as other scanners would."""
        r = self.random
        last = case.image.shape[2] - 1
        offsets = np.array(case.offsets) * (1 if r.random() < 0.5 else -1)
        thick = case.spacing_mm[2] < 3 and r.random() < 0.3

        def one(z):
            if not thick:
                return case.image[:, :, np.clip(z, 0, last)]
            return sum(w * case.image[:, :, np.clip(z + d, 0, last)] for d, w in ((-1, 0.25), (0, 0.5), (1, 0.25)))

        return np.stack([one(k + d) for d in offsets], -1)

    def warp(self, case, k):
        """A turned, scaled, shifted patch, in (row = inferior, column = posterior) order."""
        r = self.random
        image = self.slab(case, k).transpose(1, 0, 2)
        labels = np.concatenate([case.target[:, :, :, k], case.weight[:, :, :, k]]).transpose(2, 1, 0)
        spine = np.argwhere(case.target[:, :, :, k].any(0))
        if len(spine) == 0 or r.random() < 0.1:
            centre = np.array([r.uniform(0, n) for n in case.image.shape[:2]])
        else:
            centre = spine[r.integers(len(spine))] + r.uniform((-35, -60), (35, 60))
        angle, scale = np.deg2rad(r.uniform(-22, 22)), r.uniform(0.8, 1.25)
        a, b = np.cos(angle) * scale, np.sin(angle) * scale
        matrix = np.array([[a, -b, 0], [b, a, 0]])
        matrix[:, 2] = np.array([COLUMNS, ROWS]) / 2 - matrix[:, :2] @ centre
        air = float(image.min())
        move = lambda x, outside: cv2.warpAffine(np.ascontiguousarray(x), matrix, (COLUMNS, ROWS), flags=cv2.INTER_LINEAR,
                                                 borderValue=(outside,) * 4)
        image = np.concatenate([move(image[:, :, :4], air), move(image[:, :, 4:], air)[:, :, None]], 2)
        labels = labels.astype(np.float32)
        labels[:, :, len(OUTPUTS):] -= 1.0  # so that what comes from outside the image, 0, is known background
        planes = np.concatenate([np.atleast_3d(move(labels[:, :, n:n + 4], 0.0)) for n in range(0, labels.shape[2], 4)], 2)
        target, weight = planes[:, :, :len(OUTPUTS)], planes[:, :, len(OUTPUTS):] + 1.0
        return image, target, (weight > 0.99).astype(np.float32)

    def cut(self, image, target, weight):
        """Ends the field of view at a random row now and then, and forgets 'last lumbar' when its proof is out of view."""
        r = self.random
        if r.random() < 0.15:
            row = r.integers(ROWS // 3, ROWS)
            image[row:] = image.min((0, 1))
            target[row:], weight[row:] = 0, 1
        last, s1 = target[:, :, LAST] > 0.5, target[:, :, S1] > 0.5
        if last.any() and s1.sum() < 250:  # less than half of S1 (5 to 6 cm2) in view
            weight[:, :, LAST][last] = 0
        if r.random() < 0.04:  # the void around an implant: nobody can say what lies in it
            y, x = np.ogrid[:ROWS, :COLUMNS]
            inside = ((y - r.uniform(0, ROWS)) / r.uniform(8, 30)) ** 2 + ((x - r.uniform(0, COLUMNS)) / r.uniform(8, 30)) ** 2 < 1
            image[inside] = image.min()
            weight[inside] = 0
        return image, target, weight

    def restyle(self, image):
        """Another scanner, coil and sequence: random contrast curve, bias, blur, noise."""
        r = self.random
        if r.random() < 0.4:  # a random curve through the grey values; keeps air dark
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
        x, y = np.meshgrid(np.linspace(-1, 1, COLUMNS), np.linspace(-1, 1, ROWS))
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
    importance = torch.tensor([IMPORTANCE[c] for c in range(len(OUTPUTS))])
    return entropy + ((1 - overlap) * importance).sum() / importance.sum()


def follow(mean, network, decay):
    """Moves the running mean of weights and statistics towards the network."""
    with torch.no_grad():
        for a, b in zip(mean.state_dict().values(), network.state_dict().values()):
            if a.is_floating_point():
                a.mul_(decay).add_(b, alpha=1.0 - decay)
            else:
                a.copy_(b)


def train(cases, args):
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    sampler = Sampler(cases, args.seed)
    network = Network().to(memory_format=torch.channels_last)
    mean = copy.deepcopy(network)
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
        follow(mean, network, min(MEAN_DECAY, n / (n + 10.0)))
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        if n % 50 == 49:
            print(f"{n + 1} of {args.iterations}: loss {running:.4f}, {time.time() - began:.0f} s", flush=True)
    return mean.eval(), time.time() - began


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("data", type=pathlib.Path)
    p.add_argument("out", type=pathlib.Path)
    p.add_argument("--phantoms", type=pathlib.Path)
    p.add_argument("--sacs", type=pathlib.Path)
    p.add_argument("--fold", type=int)
    p.add_argument("--folds", type=int, default=3)
    p.add_argument("--iterations", type=int, default=1800)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--seed", type=int, default=1)
    args = p.parse_args()
    cases = prepare.load_all(args.data, args.phantoms, args.sacs)
    fold = prepare.folds([c.name for c in cases], args.folds)
    used = [c for c in cases if args.fold is None or fold[c.name] != args.fold]
    network, seconds = train(used, args)
    torch.onnx.export(network, torch.zeros(1, INPUTS, ROWS, COLUMNS), args.out, opset_version=11, input_names=["slab"],
                      output_names=["logits"], dynamic_axes={"slab": {2: "h", 3: "w"}, "logits": {2: "h", 3: "w"}})
    card = {
        "outputs": OUTPUTS, "channels": CHANNELS, "parameters": sum(p.numel() for p in network.parameters()),
        "input": "5 sagittal slices at about -6.5, -2.5, 0, 2.5, 6.5 mm (prepare.slab_offsets), rows inferior, columns posterior, "
                 "1 mm, flattened (prepare.flatten)",
        "trained_on": sorted(c.name for c in used), "left_out": sorted({c.name for c in cases} - {c.name for c in used}),
        "settings": {"iterations": args.iterations, "batch": BATCH, "patch": [ROWS, COLUMNS], "shares": SET_SHARE, "mean_decay": MEAN_DECAY, "seed": args.seed,
                     "threads": args.threads, "optimiser": "AdamW 2.5e-3, one cycle", "precision": "bfloat16 autocast"},
        "seconds": round(seconds), "torch": torch.__version__,
    }
    args.out.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""Trains the knee network on images made from label volumes and writes it as ONNX, with a card.

    python3 train.py CACHE OUT.onnx [--steps 3000] [--minutes M] [--threads 1] [--seed 1] [--all]

CACHE: of prepare.py. The persons of prepare.held_out are never seen, unless --all. The weights are the running mean over the
last steps. Every few minutes OUT.onnx, OUT.json and OUT.pt (everything needed to go on) are written anew; a run that was cut
off, or that ended after --minutes, goes on from OUT.pt when it is called again. Same seed, threads and versions: same weights.
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

import generate
import prepare
from network import CHANNELS, INPUTS, Network
from prepare import CLASSES

ROWS, COLUMNS = 256, 224  # of a patch, 0.45 mm
SMALL_ROWS, SMALL_COLUMNS, SMALL_UNTIL = 192, 160, 0.6  # of the patches of the first part of the training: more steps an hour
SCENES, CONTRASTS = 2, 2  # of a step
LEARNING_RATE = 2.5e-3
WARM_UP = 0.04  # of the training
MEAN_DECAY = 0.995
OVERLAP_UNTIL = (0.35, 0.65)  # of the training: soft Dice counts fully until the first, not at all from the second
IMPORTANCE = (0, 1, 1.5, 1, 1.5, 1, 1.5, .7)  # of a class in the soft Dice
SAVE_EVERY_S = 240


def overlap_share(progress):
    """Soft Dice finds small structures early, but draws doubtful pixels in, so that masks grow; the last third learns from
    cross entropy alone, whose 0.5 lies where the border is as often inside as outside."""
    return float(np.clip((OVERLAP_UNTIL[1] - progress) / (OVERLAP_UNTIL[1] - OVERLAP_UNTIL[0]), 0, 1))


def learning_rate(progress):
    if progress < WARM_UP:
        return LEARNING_RATE * (0.05 + 0.95 * progress / WARM_UP)
    return LEARNING_RATE * (0.001 + 0.999 * 0.5 * (1 + np.cos(np.pi * min(1.0, (progress - WARM_UP) / (1 - WARM_UP)))))


def loss_of(logits, target, share):
    """Cross entropy with the classes' shares of each pixel, plus `share` of soft Dice; and the Dice of each class."""
    entropy = -(target * nn.functional.log_softmax(logits, 1)).sum(1).mean()
    probability = logits.softmax(1)
    overlap = (2 * (probability * target).sum((0, 2, 3)) + 1) / ((probability + target).sum((0, 2, 3)) + 1)
    weight = torch.tensor(IMPORTANCE)
    return 2 * entropy + share * ((1 - overlap) * weight).sum() / weight.sum(), overlap.detach()


def follow(mean, network, decay):
    """Moves the running mean of weights and statistics towards the network."""
    with torch.no_grad():
        for a, b in zip(mean.state_dict().values(), network.state_dict().values()):
            if a.is_floating_point():
                a.mul_(decay).add_(b, alpha=1.0 - decay)
            else:
                a.copy_(b)


def source(knees, args):
    """Batches by step: patches of the first part of the training are smaller."""
    def batch(step):
        random = np.random.default_rng((args.seed, step))
        size = (SMALL_ROWS, SMALL_COLUMNS) if step / args.steps < SMALL_UNTIL else (ROWS, COLUMNS)
        out = [s for _ in range(SCENES) for s in generate.samples(knees[random.integers(len(knees))], random, *size, CONTRASTS)]
        return [torch.from_numpy(np.stack([o[n] for o in out])) for n in (0, 1)]
    return batch


def save(network, args, card, done):
    """Writes args.out and its card; done: steps and seconds."""
    network = copy.deepcopy(network).eval().to(memory_format=torch.contiguous_format)
    torch.onnx.export(network, torch.zeros(1, INPUTS, ROWS, COLUMNS), str(args.out), opset_version=11, input_names=["slab"],
                      output_names=["logits"], dynamic_axes={"slab": {2: "h", 3: "w"}, "logits": {2: "h", 3: "w"}})
    card = {"outputs": CLASSES, "channels": CHANNELS, "parameters": sum(p.numel() for p in network.parameters()), **card}
    card["settings"] = {"steps": done[0], "of": args.steps, **card["settings"], "mean_decay": MEAN_DECAY,
                        "overlap_until": OVERLAP_UNTIL, "seed": args.seed, "threads": args.threads,
                        "optimiser": f"AdamW {LEARNING_RATE}, cosine", "precision": "bfloat16 autocast"}
    card |= {"seconds": round(done[1]), "torch": torch.__version__}
    args.out.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n")


def prepared(args):
    """Knees to learn from, their names, and the persons left out."""
    cv2.setNumThreads(1)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    names = sorted(f.stem for f in args.cache.glob("*.npy"))
    held = sorted(prepare.held_out(names)) if not args.all else []
    names = [n for n in names if prepare.person(n) not in held]
    knees = [generate.Knee(np.load(args.cache / f"{n}.npy", mmap_mode="r")) for n in names]
    print(f"{len(names)} volumes, held out: {' '.join(held)}", flush=True)
    return knees, names, held


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("cache", type=pathlib.Path)
    p.add_argument("out", type=pathlib.Path)
    p.add_argument("--steps", type=int, default=3000)
    p.add_argument("--minutes", type=float, default=1e9)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--all", action="store_true")
    args = p.parse_args()
    knees, names, held = prepared(args)
    view = "5 sagittal slices at about -4.5, -1.5, 0, 1.5, 4.5 mm (prepare.slab_offsets), rows inferior, columns posterior, " \
           "0.45 mm, divided by their 95th percentile (prepare.normalise)"
    settings = {"batch": SCENES * CONTRASTS, "patch": [ROWS, COLUMNS], f"patch until {SMALL_UNTIL:g}": [SMALL_ROWS, SMALL_COLUMNS]}
    run(source(knees, args), args, lambda mean, steps, seconds: save(
        mean, args, {"input": view, "trained_on": names, "left_out_persons": held, "settings": settings}, (steps, seconds)))


def run(batch, args, publish):
    """Trains on batch(step) for args.steps; goes on from the state beside args.out, else begins with args.start's weights."""
    network = Network().to(memory_format=torch.channels_last).train()
    if getattr(args, "start", None):
        network.load_state_dict(torch.load(args.start)["mean"])
    mean = copy.deepcopy(network)
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=1e-4)
    parts, state = {"network": network, "mean": mean, "optimiser": optimiser}, args.out.with_suffix(".pt")
    first, spent, running = 0, 0.0, None
    if state.exists():
        kept = torch.load(state)
        first, spent = kept["steps"], kept["seconds"]
        for name, part in parts.items():
            part.load_state_dict(kept[name])
        print(f"goes on after step {first}", flush=True)
    began = saved = time.time()
    for n in range(first, args.steps):
        progress = n / args.steps
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(progress)
        image, target = batch(n)
        with torch.cpu.amp.autocast(dtype=torch.bfloat16):
            logits = network(image.contiguous(memory_format=torch.channels_last))
        loss, overlap = loss_of(logits.float(), target, overlap_share(progress))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        follow(mean, network, min(MEAN_DECAY, n / (n + 10.0)))
        now = np.array([loss.item(), *overlap[1:].tolist()])
        running = now if running is None else 0.97 * running + 0.03 * now
        seconds, out_of_time = spent + time.time() - began, time.time() - began > args.minutes * 60
        if n % 25 == 24:
            print(f"{n + 1} of {args.steps}, {seconds:.0f} s: loss {running[0]:.3f}, soft Dice "
                  + " ".join(f"{v:.3f}" for v in running[1:]), flush=True)
        if time.time() - saved > SAVE_EVERY_S or n + 1 == args.steps or out_of_time:
            kept = {name: part.state_dict() for name, part in parts.items()}
            torch.save({**kept, "steps": n + 1, "seconds": seconds}, state.with_suffix(".part"))
            state.with_suffix(".part").replace(state)
            publish(mean, n + 1, seconds)
            saved = time.time()
        if out_of_time:
            return


if __name__ == "__main__":
    main()

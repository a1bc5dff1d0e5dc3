"""Renders random digital lumbar phantoms for training: NIfTI images of T1, T2 and STIR with their label maps.

    python3 phantoms.py LEDD_PHANTOM OUT [--count 48] [--seed 1]

LEDD_PHANTOM: the program ledd-phantom. OUT gets folders ph-0000 ..., each with image.nii.gz and labels.nii.gz. The seeds
begin at 100000, away from those of every test.
"""
import argparse
import pathlib
import shutil
import subprocess
import tempfile

import numpy as np

LEVELS = ("T12", "L1", "L2", "L3", "L4", "L5")


def settings(r, seed):
    scale = r.uniform(0.88, 1.12)
    s = {
        "spine.seed": seed, "spine.variation": r.uniform(0.5, 1.5), "spine.size_scale": scale,
        "spine.lordosis_scale": r.uniform(0.5, 1.3), "stack.pixel_mm": 1.0,
        "stack.columns": int(r.integers(200, 300)), "stack.rows": int(r.integers(220, 330)),
        "stack.slices": int(r.integers(13, 19)), "stack.pitch_mm": r.uniform(3.3, 5.0),
        "stack.turn_about_si_deg": r.normal(0, 6), "stack.turn_about_pa_deg": r.normal(0, 5),
        "stack.offset_left_mm": r.normal(0, 3), "stack.offset_posterior_mm": r.normal(-5, 12),
        "stack.offset_superior_mm": r.normal(-15, 12), "scan.noise_percent": r.uniform(0.5, 5.0),
        "scan.bias_strength": r.uniform(0.0, 0.9), "scan.chemical_shift_px": r.uniform(0, 1.5),
    }
    s["stack.thickness_mm"] = s["stack.pitch_mm"] * r.uniform(0.8, 1.0)
    if r.random() < 0.25:
        s |= {"spine.fracture_level": r.choice(LEVELS[:5]), "spine.fracture_loss_percent": r.uniform(15, 45),
              "spine.fracture_type": r.choice(("wedge", "biconcave", "crush"))}
    if r.random() < 0.25:
        s |= {"spine.slip_level": r.choice(LEVELS[3:]), "spine.slip_mm": r.uniform(-5, 10)}
    if r.random() < 0.35:
        s |= {"spine.collapsed_disc": r.choice(LEVELS[2:]), "spine.disc_loss_percent": r.uniform(30, 70)}
    return s


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("program")
    p.add_argument("out", type=pathlib.Path)
    p.add_argument("--count", type=int, default=48)
    p.add_argument("--seed", type=int, default=1)
    args = p.parse_args()
    r = np.random.default_rng(args.seed)
    for n in range(args.count):
        contrast = ("t2", "t1", "stir")[n % 3]
        chosen = settings(r, 100000 + n)
        folder = args.out / f"ph-{n:04d}"
        if folder.exists():
            continue
        with tempfile.TemporaryDirectory() as work:
            command = [args.program, "-o", work, "--contrast", contrast, "--format", "nifti"]
            for key, value in chosen.items():
                command += ["--set", f"{key}={value}"]
            if subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
                print(f"{folder.name}: such a spine cannot be drawn, left out", flush=True)  # solids would overlap
                continue
            folder.mkdir(parents=True)
            shutil.move(f"{work}/nifti/{contrast}.nii.gz", folder / "image.nii.gz")
            shutil.move(f"{work}/truth/{contrast}_labels.nii.gz", folder / "labels.nii.gz")


if __name__ == "__main__":
    main()

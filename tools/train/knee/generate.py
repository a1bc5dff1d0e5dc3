"""Makes sagittal MR images out of knee label volumes: everything that the labels do not tell is drawn at random.

A Scene is one random knee examination: where the patch lies, how the leg around the bones looks, which sequence and
coil. It draws any slice of it; neighbouring slices agree with each other. What is drawn as meniscus is labelled meniscus.

    python3 generate.py CACHE PICTURE.png [--count 24] [--seed 1]     # a sheet of examples
"""
import argparse
import pathlib

import cv2
import numpy as np

import prepare
from prepare import FEMORAL, FEMUR, MENISCUS, PATELLA, PATELLAR, TIBIA, TIBIAL

DRAWN_MM = prepare.NATIVE_MM[1]  # of the pixels that tissues are drawn on, before they are brought to WORKING_MM
SOFT_MM = 2 * DRAWN_MM  # of the pixels that the leg around the bones is drawn on
SLICE_MM = prepare.NATIVE_MM[0]
(AIR, _, _, _, _, _, _, _, FIBULA, CORTEX, SKIN, FAT, PAD, MUSCLE_A, MUSCLE_B, MUSCLE_C, SEPTUM, LIGAMENT, FLUID, VESSEL,
 OTHER_A, OTHER_B) = range(22)
TISSUES = 22
DARKEST = 0.04  # of what holds water or fat: only air and cortical bone have less
CLEAR_NOISE = 8.0  # least contrast of cartilage to bone, in SDs of the noise, of a scan made to show cartilage
NOISE = np.random.default_rng(7).standard_normal(1 << 22, np.float32)

# Ranges of mean signal: bone, cartilage, muscle, fat, fluid, meniscus, ligament, skin, vessel. Fat-saturated unless said.
FAMILIES = {
    "dess": (0.34, (.06, .2), (.45, .8), (.35, .9), (.06, .25), (.6, 1.2), (.06, .35), (.04, .3), (.15, .5), (.1, 1.1)),
    "dess, late echo": (0.08, (.03, .14), (.3, .65), (.12, .35), (.03, .2), (.8, 1.3), (.05, .3), (.03, .2), (.1, .4), (.1, 1.2)),
    "spgr": (0.12, (.04, .2), (.65, 1.), (.35, .7), (.04, .22), (.2, .6), (.15, .45), (.05, .3), (.15, .5), (.3, 1.2)),
    "pd or t2 tse, space": (0.15, (.06, .28), (.35, .75), (.2, .5), (.06, .28), (.7, 1.2), (.04, .2), (.03, .2), (.1, .4), (.03, .5)),
    "pd, t1 or t2 with fat": (0.17, (.4, .9), (.2, .6), (.1, .4), (.6, 1.1), (.15, 1.1), (.02, .15), (.02, .12), (.2, .7), (.02, .4)),
    "any": (0.14, (0, 1), (0, 1), (0, 1), (0, 1), (0, 1), (0, 1), (0, .6), (0, 1), (0, 1)),
}


class Field:
    """A smooth random field through all slices, of mean 0 and standard deviation about 1."""

    def __init__(self, random, shape, pixel_mm, sigma_mm, depth_mm, stretch=1.0):
        self.seed, self.shape, self.depth_mm = int(random.integers(1 << 31)), shape, depth_mm
        step = max(1.0, sigma_mm * 1.3 / pixel_mm)
        self.grid = (int(shape[0] / (step * stretch)) + 4, int(shape[1] / step) + 4)
        self.planes = {}

    def plane(self, n):
        if n not in self.planes:
            noise = np.random.default_rng((self.seed, n + 1000)).standard_normal(self.grid, np.float32)
            self.planes[n] = cv2.resize(noise, self.shape[::-1], interpolation=cv2.INTER_CUBIC) * 1.4
        return self.planes[n]

    def at(self, x_mm):
        n = int(np.floor(x_mm / self.depth_mm))
        f = x_mm / self.depth_mm - n
        if f < 1e-3:
            return self.plane(n)
        return cv2.addWeighted(self.plane(n), np.cos(f * np.pi / 2), self.plane(n + 1), np.sin(f * np.pi / 2), 0)  # keeps the variance


def distance_mm(mask):
    """Of every drawn pixel to the mask (0 inside)."""
    return cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, 3) * np.float32(DRAWN_MM)


def soft_distance_mm(mask):
    """The same on the pixels of the soft tissues."""
    return cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, 3) * np.float32(SOFT_MM)


def row_curve(first, rows, reach):
    """A smooth curve through the rows at which a border is known; held on beyond them."""
    known = np.nonzero(first >= 0)[0]
    if len(known) == 0:
        return np.full(rows, -1.0)
    curve = np.interp(np.arange(rows), known, first[known].astype(np.float64))
    size = int(reach) * 2 + 1
    return cv2.GaussianBlur(curve.reshape(-1, 1), (1, size), reach / 2, borderType=cv2.BORDER_REPLICATE)[:, 0]


class Knee:
    """A label volume, (slice, row, column) on the native grid, and what is looked up in it again and again."""

    def __init__(self, labels):
        self.labels = labels
        coarse = labels[::4]
        self.shadow, self.patella = (coarse > 0).max(0).astype(np.uint8), (coarse == PATELLA).max(0).astype(np.uint8)
        of_bone = np.nonzero(((coarse == FEMUR) | (coarse == TIBIA)).any((1, 2)))[0]
        self.low, self.high = 4 * int(of_bone[0]), 4 * int(of_bone[-1])
        of_patella = np.nonzero((coarse == PATELLA).any((1, 2)))[0]
        self.patella_slice = 4 * float(of_patella.mean()) if len(of_patella) else (self.low + self.high) / 2
        filled = np.nonzero((coarse > 0).any((1, 2)))[0]
        self.has_menisci = bool((coarse == MENISCUS).any())
        self.first, self.last = 4 * int(filled[0]), 4 * int(filled[-1])


class Scene:
    """rows, columns: of the drawn patch; matrix: of the native pixels to the drawn ones (2 x 3); random: a generator."""

    def __init__(self, knee, rows, columns, matrix, random, family=None, warp_mm=0.0):
        self.labels, self.shape, self.matrix, self.random = knee.labels, (rows, columns), matrix, random
        self.soft = ((rows + 1) // 2, (columns + 1) // 2)
        self.r0, self.c0 = np.mgrid[:self.soft[0], :self.soft[1]].astype(np.float32)
        self.kept = {}
        self.map = self._map(warp_mm)
        self.has_menisci = knee.has_menisci
        self.low, self.high, self.patella_slice = knee.low, knee.high, knee.patella_slice
        self.shadow, self.patella = self._move(knee.shadow)[::2, ::2] > 0, self._move(knee.patella)[::2, ::2] > 0
        self._leg()
        self._fields()
        self._signal(family)

    def _map(self, warp_mm):
        """Where each drawn pixel lies in the native slice; a smooth warp on top of the matrix."""
        inverse = cv2.invertAffineTransform(self.matrix)
        r, c = np.mgrid[:self.shape[0], :self.shape[1]].astype(np.float32)
        x = inverse[0, 0] * c + inverse[0, 1] * r + inverse[0, 2]
        y = inverse[1, 0] * c + inverse[1, 1] * r + inverse[1, 2]
        if warp_mm > 0:
            for plane in (x, y):
                plane += Field(self.random, self.shape, DRAWN_MM, 14.0, 1.0).plane(0) * (warp_mm / DRAWN_MM)
        return x.astype(np.float32), y.astype(np.float32)

    def _move(self, plane):
        return cv2.remap(np.ascontiguousarray(plane), *self.map, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)

    def _leg(self):
        """Skin lines in front and behind, and the tissues that follow the leg."""
        r, (rows, columns) = self.random, self.soft
        any_row = self.shadow.any(1)
        front = np.where(any_row, self.shadow.argmax(1), -1)
        back = np.where(any_row, columns - 1 - self.shadow[:, ::-1].argmax(1), -1)
        mm = 1 / SOFT_MM
        reach = int(30 * mm)
        hull = cv2.erode(row_curve(front, rows, 4 * mm).reshape(-1, 1), np.ones((reach, 1)), borderType=cv2.BORDER_REPLICATE)[:, 0]
        smooth = lambda c: cv2.GaussianBlur(c.reshape(-1, 1), (1, 2 * reach + 1), reach / 2, borderType=cv2.BORDER_REPLICATE)[:, 0]
        joint = self._joint_row()
        along = (np.arange(rows) - joint) * SOFT_MM
        wave = lambda amount: np.interp(np.arange(rows), np.linspace(0, rows, 9), r.normal(0, amount, 9))
        thigh = np.clip(-along - 20, 0, None) * r.uniform(0.0, 0.5)
        self.skin_front = smooth(hull) - (r.uniform(4, 16) + thigh + smooth(wave(2.0))) * mm
        waist = r.uniform(0, 16) * np.exp(-((along - r.uniform(-15, 10)) / 25) ** 2)
        self.skin_back = smooth(row_curve(back, rows, 20 * mm)) + (r.uniform(25, 70) - waist + smooth(wave(3.0))) * mm
        self.fat_mm = r.uniform(1.5, 16)
        self.margin_mm = (r.uniform(8, 30), r.uniform(8, 30))
        self.joint = joint
        self.fibula = self._fibula()

    def _joint_row(self):
        middle = self.labels[(self.low + self.high) // 8 * 4 + np.array([-24, -12, 12, 24])]
        plate = np.nonzero(self._move((middle == TIBIAL).max(0).astype(np.uint8))[::2].any(1))[0]
        return float(plate.mean()) if len(plate) else self.soft[0] * self.random.uniform(0.3, 0.7)

    def _fibula(self):
        """Behind and below the lateral side of the tibia: slice, column of its head, its row, half width; or none."""
        r = self.random
        if r.random() < 0.15:
            return None
        inward = r.uniform(0, 14) / SLICE_MM
        x = self.low + inward if r.random() < 0.5 else self.high - inward
        near = self._move((self.labels[int(np.clip(x, self.low + 14, self.high - 14))] == TIBIA).astype(np.uint8))[::2, ::2] > 0
        cols = np.nonzero(near.any(0))[0]
        if len(cols) == 0:
            return None
        return x, cols[-1] + r.uniform(-18, 2) / SOFT_MM, self.joint + r.uniform(8, 22) / SOFT_MM, r.uniform(6, 12)

    def _fields(self):
        r = self.random
        f = lambda sigma, depth: Field(r, self.soft, SOFT_MM, sigma, depth)
        self.zone, self.wet, self.flow, self.broad = f(10, 12), f(4, 5), f(28, 30), f(12, 10)
        self.middle = Field(r, self.shape, DRAWN_MM, r.uniform(0.6, 2.2), 3)
        self.strand = Field(r, self.shape, DRAWN_MM, r.uniform(0.5, 1.2), 3, r.uniform(2, 10))
        self.zone_mm = (r.uniform(0, 9), r.uniform(0.5, 4))
        self.bellies = [(r.uniform(7, 40), r.uniform(-0.5, 0.5), r.uniform(0, 100), r.uniform(0.2, 1.5), int(r.integers(1 << 30)))
                        for _ in range(2)]
        self.belly_tissue = np.array([MUSCLE_A, MUSCLE_B, MUSCLE_C, MUSCLE_A, MUSCLE_B, FAT, LIGAMENT, OTHER_B])
        self.rim_mm, self.rim_above = r.uniform(0.3, 2.2), r.uniform(-0.6, 2.0)
        self.pocket_above = r.uniform(0.6, 2.6)
        self.vessel = (r.uniform(12, 35), r.uniform(3, 9), r.uniform(-0.3, 0.3), r.uniform(-20, 20))
        self.meniscus = None if self.has_menisci or r.random() < 0.06 else (r.uniform(0.5, 2.6), r.uniform(3.0, 7.5), r.uniform(7, 13), r.uniform(0, 0.7))
        self.gap_tissue = r.choice([FLUID, PAD, OTHER_A, LIGAMENT], p=[.45, .25, .15, .15])
        self.cortex_mm = 0.0 if r.random() < 0.3 else r.uniform(0.3, 1.4)
        self.tendon = (r.uniform(2, 7), r.uniform(25, 55), r.uniform(8, 16), r.uniform(0.0, 0.4))
        self.blobs = [(r.uniform(0, self.soft[0]), r.uniform(0, self.soft[1]), r.uniform(4, 40), r.uniform(4, 25), r.uniform(-40, 40),
                       r.choice([MUSCLE_A, MUSCLE_B, FAT, OTHER_A, OTHER_B, FLUID, FIBULA]), r.uniform(0, 180), r.uniform(self.low, self.high))
                      for _ in range(r.integers(0, 7))]

    def _signal(self, family):
        r = self.random
        names = list(FAMILIES)
        share = np.array([FAMILIES[n][0] for n in names])
        self.family = family or names[r.choice(len(names), p=share / share.sum())]
        bone, cartilage, muscle, fat, fluid, meniscus, ligament, skin, vessel = [r.uniform(*v) for v in FAMILIES[self.family][1:]]
        if abs(cartilage - bone) < 0.15:
            cartilage = bone + (0.15 + r.uniform(0, 0.4)) * (1 if bone < 0.5 or r.random() < 0.4 else -1)
        cartilage = max(cartilage, 0.02)
        if self.meniscus and abs(meniscus - cartilage) < 0.08:
            meniscus = max(0.0, cartilage - r.uniform(0.12, 0.4))
        near = lambda v, f: v * (1 + r.normal(0, f))
        t = np.zeros(TISSUES, np.float32)
        t[[FEMUR, TIBIA, PATELLA, FIBULA]] = [near(bone, s) for s in (.06, .08, .12, .12)]
        t[[FEMORAL, TIBIAL, PATELLAR]] = [near(cartilage, s) for s in (.05, .07, .07)]
        t[MENISCUS], t[SKIN], t[FAT], t[PAD] = meniscus, skin, fat, near(fat, .2) if r.random() < .7 else r.uniform(0, .8)
        cortex = bone * r.uniform(0.1, 0.9) if r.random() < 0.8 else r.uniform(0, 1)
        t[[MUSCLE_A, MUSCLE_B, MUSCLE_C]] = [near(muscle, .08) for _ in range(3)]
        t[SEPTUM] = r.choice([fat, fluid * .6, ligament])
        t[LIGAMENT], t[FLUID], t[VESSEL] = ligament, fluid, vessel
        t[OTHER_A], t[OTHER_B] = r.uniform(0, 1), r.uniform(0, 1)
        t = np.maximum(t, DARKEST)
        t[CORTEX] = cortex
        t[AIR] = 0
        self.mean = t
        rough = lambda top: r.uniform(0, 1) ** 2 * top
        spread = lambda top: (r.uniform(0, top, TISSUES) * (0.1 + self.mean)).astype(np.float32)
        self.of_broad, self.of_middle, self.of_strand = spread(r.uniform(0, .3)), spread(rough(.3)), spread(rough(.3))
        cartilages = [FEMORAL, TIBIAL, PATELLAR]
        self.of_broad[cartilages] = self.mean[cartilages] * r.uniform(0, .18)
        self.of_middle[cartilages] = self.mean[cartilages] * r.uniform(0, .12)
        self.of_strand[cartilages + [FLUID]] = 0
        for of in (self.of_broad, self.of_middle, self.of_strand):
            of[AIR] = 0
        self.layers = r.uniform(-0.15, 0.7) if r.random() < 0.6 else 0.0
        self._coil()

    def resign(self, family=None):
        """Another sequence and coil for the same anatomy."""
        self._signal(family)

    def is_clear(self):
        """Whether a scanner may have made this: cortical bone is darker than half the cartilage, cartilage differs from bone by
        CLEAR_NOISE times the noise and from fluid by a tenth, and its depth does not fade into the bone."""
        cartilage, bone = float(self.mean[FEMORAL]), float(self.mean[FEMUR])
        return (self.mean[CORTEX] < 0.5 * cartilage and abs(cartilage - bone) > CLEAR_NOISE * self.noise
                and abs(cartilage - self.mean[FLUID]) > 0.1 * cartilage and abs(self.layers) < 0.35)

    def _coil(self):
        r, (rows, columns) = self.random, self.shape
        y, x = self.r0 / self.soft[0] * 2 - 1, self.c0 / self.soft[1] * 2 - 1
        log = sum(r.normal(0, 0.2) * f for f in (x, y, x * y, x * x, y * y)) * r.uniform(0, 1.3)
        for _ in range(r.integers(0, 3)):
            d2 = ((y - r.uniform(-1.2, 1.2)) ** 2 + (x - r.choice([-1, 1]) * r.uniform(0.3, 1.2)) ** 2)
            log = log + r.uniform(0, 1.1) * np.exp(-d2 / (2 * r.uniform(0.15, 0.6) ** 2))
        self.bias = self._up(np.exp(log))
        self.noise = 0.0 if r.random() < 0.05 else np.exp(r.uniform(np.log(0.004), np.log(0.07)))
        self.blur = r.uniform(0.25, 0.9)
        self.acquired_mm = DRAWN_MM if r.random() < 0.6 else r.uniform(0.4, 0.75)  # true resolution, interpolated by the scanner
        self.gamma = np.exp(r.uniform(-0.3, 0.3))
        self.frame = [int(r.integers(1, 16)) if r.random() < 0.12 else 0 for _ in range(4)]

    def labels_at(self, z):
        return self._move(self.labels[int(np.clip(z, 0, len(self.labels) - 1))])

    def _up(self, plane):
        """From the pixels of the soft tissues to the drawn ones."""
        return cv2.resize(np.asarray(plane, np.float32), self.shape[::-1], interpolation=cv2.INTER_LINEAR)

    def tissues(self, z):
        """The tissues of one native slice, its labels (with the meniscus drawn in) and its bones."""
        if z in self.kept:
            return self.kept[z]
        label, x = self.labels_at(z), z * SLICE_MM
        small = label[::2, ::2]
        bone_distance = soft_distance_mm(small > 0) if small.any() else np.full(self.soft, 99.0, np.float32)
        soft = self._soft_tissue(z, bone_distance)
        if small.any():
            self._joint_fluid(soft, x, bone_distance)
            self._tendons(soft, z)
        out = cv2.medianBlur(cv2.resize(soft, self.shape[::-1], interpolation=cv2.INTER_NEAREST), 3)
        bones = None
        if small.any():
            given = label > 0
            label = self._menisci(out, label, small, x)
            out[given] = label[given]
            bones = (label == FEMUR) | (label == TIBIA) | (label == PATELLA)
            if self.cortex_mm > 0:
                thick = self._up(self.cortex_mm * np.clip(1 + 0.5 * self.zone.at(x), 0.2, 2))
                out[bones & (distance_mm(~bones) <= thick)] = CORTEX
        self.kept[z] = out, label, bones
        return self.kept[z]

    def _soft_tissue(self, z, bone_distance):
        x = z * SLICE_MM
        centre, half = (self.low + self.high) / 2, (self.high - self.low) / 2
        u = (z - centre) * SLICE_MM / (half * SLICE_MM + self.margin_mm[0 if z < centre else 1])
        if abs(u) >= 0.999:
            return np.zeros(self.soft, np.uint8)
        shrink = (1 - np.sqrt(1 - u * u)) * 55 / SOFT_MM
        depth = np.minimum(self.c0 - (self.skin_front + shrink)[:, None], (self.skin_back - shrink)[:, None] - self.c0) * SOFT_MM
        zone = self.zone.at(x)
        out = self._muscles(x, zone)
        out[bone_distance < self.zone_mm[0] + self.zone_mm[1] * zone] = PAD
        y = (self.r0 - self.joint) * SOFT_MM
        reach, width, slant, offset = self.vessel
        if abs((z - centre) * SLICE_MM - offset) < 14:
            out[np.abs((self.c0 - self.skin_back[int(np.clip(self.joint, 0, self.soft[0] - 1))]) * SOFT_MM + reach
                       + slant * y + 3 * self.flow.at(x)) < width / 2] = VESSEL
        for row, column, long, short, deep, tissue, angle, where in self.blobs:
            reach = 1 - ((z - where) * SLICE_MM / (abs(deep) + 3)) ** 2
            if reach > 0:
                axes = (int(long * reach ** .5 / SOFT_MM), int(short * reach ** .5 / SOFT_MM))
                cv2.ellipse(out, (int(column), int(row)), axes, angle, 0, 360, int(tissue), -1)
        self._draw_fibula(out, z)
        fat = self.fat_mm * np.clip(1 + 0.3 * self.flow.at(x), 0.3, 2)
        if self.fat_mm > 0:
            out[(depth < fat) & (bone_distance > 1.5)] = FAT
        out[depth < 1.6] = SKIN
        out[depth < 0] = AIR
        return out

    def _muscles(self, x, zone):
        out = np.empty(self.soft, np.uint8)
        warp = self.flow.at(x) * 9 + zone * 2
        above = self.r0 < self.joint + (6 * self.flow.at(x) + 5 * zone) / SOFT_MM
        for part, (width, slant, shift, gap, seed) in zip((above, ~above), self.bellies):
            v = (self.c0 * SOFT_MM + slant * (self.r0 - self.joint) * SOFT_MM + warp + shift + x * 0.4) / width
            cell = np.floor(v)
            kinds = self.belly_tissue[np.random.default_rng(seed).integers(0, len(self.belly_tissue), 64)].astype(np.uint8)
            belly = kinds[cell.astype(np.int32) % 64]
            belly[(v - cell) * width < gap] = SEPTUM
            out[part] = belly[part]
        return out

    def _draw_fibula(self, out, z):
        if self.fibula is None:
            return
        x, column, row, half = self.fibula
        reach = 1 - ((z - x) * SLICE_MM / half) ** 2
        if reach <= 0:
            return
        wide = half * reach ** .5 / SOFT_MM
        at = (int(column), int(row + wide))
        cv2.ellipse(out, at, (int(wide), int(wide * 1.2)), 0, 0, 360, FIBULA, -1)
        neck = int(wide * 0.8)
        points = np.array([[at[0] - int(wide), at[1]], [at[0] + int(wide), at[1]], [at[0] + neck, out.shape[0]], [at[0] - neck + 4, out.shape[0]]])
        cv2.fillPoly(out, [points], FIBULA)

    def _joint_fluid(self, out, x, bone_distance):
        wet = self.wet.at(x)
        out[(bone_distance < self.rim_mm * (0.4 + np.abs(wet))) & (self.zone.at(x) > self.rim_above)] = FLUID
        out[(bone_distance < 9) & (wet + 0.5 * self.zone.at(x) > self.pocket_above)] = FLUID

    def _menisci(self, out, label, small, x):
        """What lies between femur and tibia: the wedge of the meniscus where the gap opens, and fluid or fat. Returns the
        labels with the meniscus."""
        upper, lower = (small == FEMUR) | (small == FEMORAL), (small == TIBIA) | (small == TIBIAL)
        if not (upper.any() and lower.any()):
            return label
        du, dl = self._up(soft_distance_mm(upper)), self._up(soft_distance_mm(lower))
        gap, free = du + dl, label == 0
        out[free & (gap < 4)] = self.gap_tissue
        if self.meniscus is None or not ((small == FEMORAL).any() and (small == TIBIAL).any()):
            return label
        inner, outer, far, wet = self.meniscus
        edge = self._up(np.maximum(soft_distance_mm(small == TIBIAL), soft_distance_mm(small == FEMORAL) / 1.15)
                        / np.clip(1 + 0.15 * self.zone.at(x), 0.7, 1.3)) < outer
        mask = free & edge & (gap > inner + 0.4 * self._up(self.wet.at(x))) & (gap < far)
        mask = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
        if wet > 0.3:  # a film of fluid between meniscus and cartilage
            mask &= (du > wet) & (dl > wet * 0.7)
        out[free & edge & ~mask & (gap < inner + 1)] = FLUID if wet > 0.2 else self.gap_tissue
        out[mask] = MENISCUS
        label = label.copy()
        label[mask] = MENISCUS
        return label

    def _tendons(self, out, z):
        thick, length, reach, slant = self.tendon
        rows = np.nonzero(self.patella.any(1))[0]
        if len(rows) == 0 or abs(z - self.patella_slice) * SLICE_MM > reach:
            return
        top, bottom = rows[0], rows[-1]
        col = lambda row: int(np.nonzero(self.patella[row])[0].mean())
        width = max(1, int(thick / SOFT_MM))
        lean = int((length * (0.1 + slant)) / SOFT_MM)
        reach_px = int(length / SOFT_MM)
        cv2.line(out, (col(bottom), bottom), (col(bottom) + lean, bottom + reach_px), LIGAMENT, width)
        cv2.line(out, (col(top), top), (col(top) + int(lean * 0.4), top - reach_px), LIGAMENT, width)

    def draw(self, z):
        """Signal of one native slice, without noise, and its labels."""
        tissue, label, bones = self.tissues(z)
        x = z * SLICE_MM
        image = self.mean[tissue] + self.of_broad[tissue] * self._up(self.broad.at(x)) + self.of_middle[tissue] * self.middle.at(x)
        image += self.of_strand[tissue] * self.strand.at(x)
        if bones is not None and self.layers:
            depth = distance_mm(bones)
            cartilage = (tissue == FEMORAL) | (tissue == TIBIAL) | (tissue == PATELLAR)
            image[cartilage] *= 1 + self.layers * (np.clip(depth[cartilage] / 2.5, 0, 1) - 0.7)
        return np.clip(image, 0, None), label

    def finish(self, image, random):
        """Coil, resolution, noise and brightness curve of one slice."""
        image = cv2.GaussianBlur(image * self.bias, (0, 0), self.blur)
        rows, columns = self.shape
        if self.acquired_mm > DRAWN_MM * 1.05:
            small = (int(columns * DRAWN_MM / self.acquired_mm), int(rows * DRAWN_MM / self.acquired_mm))
            image = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
            image = cv2.resize(self._noisy(image, random), (columns, rows), interpolation=cv2.INTER_CUBIC)
        else:
            image = self._noisy(image, random)
        a, b, c, d = self.frame
        if a or b or c or d:
            image[:a], image[rows - b:], image[:, :c], image[:, columns - d:] = 0, 0, 0, 0
        return np.clip(image, 0, None) ** self.gamma

    def _noisy(self, image, random):
        if self.noise == 0:
            return image
        at = int(random.integers(len(NOISE) - 2 * image.size))
        n = NOISE[at:at + 2 * image.size].reshape((2,) + image.shape) * np.float32(self.noise)
        return np.sqrt((image + n[0]) ** 2 + n[1] ** 2)

    def slice(self, z, thick):
        """A slice of `thick` native ones around z: the image, and how much of each pixel each class fills."""
        at = z + (np.arange(thick) - (thick - 1) / 2)
        drawn = [self.draw(int(np.floor(v + 0.5))) for v in at]
        image = self.finish(np.mean([d[0] for d in drawn], 0), self.random)
        return image, [d[1] for d in drawn]


def shares(labels, size):
    """How much of each working pixel each class fills: (class, row, column)."""
    one = [np.stack([(l == c) for c in range(len(prepare.CLASSES))], -1).astype(np.float32) for l in labels]
    full = np.mean(one, 0) if len(one) > 1 else one[0]
    parts = [cv2.resize(full[:, :, n:n + 4], size[::-1], interpolation=cv2.INTER_AREA) for n in (0, 4)]
    return np.concatenate(parts, 2).transpose(2, 0, 1)


STEPS = ((1, .42), (2, .33), (3, .06), (4, .09), (5, .06), (6, .04))  # slice spacing in native slices, and its share
THICK = {1: 1, 2: 2, 3: 2, 4: 3, 5: 3, 6: 3}


def samples(knee, random, rows, columns, contrasts):
    """Training examples of one scene in several contrasts: normalised slab (5, rows, columns), class shares (8, rows, columns)
    of its middle slice, sequence family."""
    r = random
    scale = prepare.WORKING_MM / DRAWN_MM
    drawn = (int(round(rows * scale)), int(round(columns * scale)))
    z = int(r.integers(knee.first, knee.last + 1)) if r.random() < 0.93 else int(r.integers(len(knee.labels)))
    scene = Scene(knee, *drawn, placement(knee.labels, z, drawn, r), r, warp_mm=r.uniform(0, 2.0))
    step = int(r.choice([s for s, _ in STEPS], p=[p for _, p in STEPS]))
    offsets = np.array(prepare.slab_offsets(step * SLICE_MM)) * step * (1 if r.random() < 0.5 else -1)
    out = []
    for _ in range(contrasts):
        if out:
            scene.resign()
        slices = [scene.slice(z + d, min(THICK[step], n)) for d, n in zip(offsets, (1, 2, 9, 2, 1))]
        slab = prepare.normalise(np.stack([cv2.resize(s[0], (columns, rows), interpolation=cv2.INTER_AREA) for s in slices]))
        slab = np.minimum(slab * np.float32(np.exp(r.uniform(-0.45, 0.45))), 3.0)
        target = out[0][1] if out else shares(slices[2][1], (rows, columns))
        out.append((slab, target, scene.family))
    return out


def placement(labels, z, drawn, r):
    """A turned, scaled and shifted patch around the joint (or anywhere, now and then)."""
    angle, scale = np.deg2rad(r.uniform(-20, 20)), np.exp(r.uniform(-0.18, 0.18))
    cartilage = np.argwhere((labels[z, ::4, ::4] == FEMORAL) | (labels[z, ::4, ::4] == TIBIAL) | (labels[z, ::4, ::4] == PATELLAR))
    if len(cartilage) and r.random() < 0.88:
        centre = 4.0 * cartilage.mean(0) + r.uniform(-85, 85, 2)
    else:
        centre = np.array([r.uniform(0, n) for n in labels.shape[1:]])
    a, b = np.cos(angle) * scale, np.sin(angle) * scale
    matrix = np.array([[a, -b, 0], [b, a, 0]])
    matrix[:, 2] = np.array(drawn)[::-1] / 2 - matrix[:, :2] @ centre[::-1]
    return matrix


def volume(knee, random, step, family=None, clear=False):
    """A whole knee: images (slice, row, column) on drawn pixels and the labels of its slices; slices `step` native ones apart.
    clear: contrasts are drawn until one Scene.is_clear()."""
    scene = Scene(knee, *knee.labels.shape[1:], np.array([[1.0, 0, 0], [0, 1.0, 0]]), random, family)
    while clear and not scene.is_clear():
        scene.resign(family)
    scene.frame = [0] * 4
    at = np.arange((THICK[step] - 1) / 2, len(knee.labels), step)
    slices = [scene.slice(z, THICK[step]) for z in at]
    return np.stack([s[0] for s in slices]), [s[1] for s in slices], scene


def sheet(cache, out, count, seed):
    random = np.random.default_rng(seed)
    paths = sorted(pathlib.Path(cache).glob("*.npy"))
    colours = np.array([[0, 0, 0], [40, 120, 200], [60, 200, 60], [60, 60, 200], [220, 120, 160], [120, 160, 200], [220, 60, 220],
                        [0, 255, 255]], np.float32)
    tiles = []
    for _ in range(count):
        knee = Knee(np.load(paths[random.integers(len(paths))], mmap_mode="r"))
        slab, target, family = samples(knee, random, 256, 224, 1)[0]
        grey = np.repeat(np.clip(slab[2] / slab[2].max() * 1.1, 0, 1)[:, :, None] ** 0.7, 3, 2) * 255
        over = 0.55 * grey + 0.45 * np.tensordot(target.transpose(1, 2, 0), colours, 1)
        over[target[0] > 0.5] = grey[target[0] > 0.5]
        cv2.putText(grey, family, (4, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.35, (255, 255, 255))
        tiles.append(np.hstack([grey, over]))
    while len(tiles) % 4:
        tiles.append(np.zeros_like(tiles[0]))
    cv2.imwrite(str(out), np.vstack([np.hstack(tiles[n:n + 4]) for n in range(0, len(tiles), 4)]).astype(np.uint8))


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("cache")
    p.add_argument("picture")
    p.add_argument("--count", type=int, default=24)
    p.add_argument("--seed", type=int, default=1)
    args = p.parse_args()
    cv2.setNumThreads(1)
    sheet(args.cache, args.picture, args.count, args.seed)

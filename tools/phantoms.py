#!/usr/bin/env python3
"""Draws phantoms: made-up medical images with a known diagnosis, for demonstrations and tests. No patient is behind any of them.

    python3 tools/phantoms.py SET COUNT OUT_DIR [--seed N]

writes OUT_DIR/CLASS/SET-CLASS-INDEX.png, half of COUNT in each class. The sets and their classes (the disease is always label 1):

    cxr   chest radiograph     NORMAL   PNEUMONIA    soft patchy opacities in the lungs
    derm  dermoscopic lesion   BENIGN   MALIGNANT    asymmetric, ragged border, several colours
    dr    fundus photograph    HEALTHY  RETINOPATHY  microaneurysms, small haemorrhages, hard exudates

Every image has its own random generator, seeded by (set, label, index, seed): image 7 is the same image however many are drawn and in
whatever order. Needs numpy and Pillow.
"""
import argparse
import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SIZE = 224      # pixels a side, as the classifiers take them
FINE = 4        # lines and outlines are drawn this many times larger and then averaged down, which smooths their edges

CLASSES = {
    "cxr": ("NORMAL", "PNEUMONIA"),
    "derm": ("BENIGN", "MALIGNANT"),
    "dr": ("HEALTHY", "RETINOPATHY"),
}

ROWS, COLS = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)


# ---- drawing helpers: every mask and field is a float32 array of SIZE x SIZE ------------------------------------------------------

def smooth_noise(rng, cells):
    """A random field without hard edges, about unit variance, whose bumps are SIZE / cells pixels wide."""
    grid = Image.fromarray(rng.standard_normal((cells + 3, cells + 3), dtype=np.float32))
    field = np.asarray(grid.resize((SIZE + 64, SIZE + 64), Image.BICUBIC))[32:32 + SIZE, 32:32 + SIZE]
    return field / max(float(field.std()), 1e-6)


def blur(field, sigma):
    """Gaussian blur; at the image border the kernel is cut off and weighted up."""
    reach = math.ceil(3 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1, dtype=np.float32) / sigma) ** 2)
    inside = np.convolve(np.ones(SIZE, dtype=np.float32), kernel, "same")
    for _ in range(2):                                      # down the columns, then along the rows
        padded = np.pad(field, ((reach, reach), (0, 0)))
        field = sum(weight * padded[k:k + SIZE] for k, weight in enumerate(kernel)) / inside[:, None]
        field = field.T
    return field


def spot(x, y, radius_x, radius_y, angle=0.0):
    """A Gaussian bump of height 1."""
    dx, dy = COLS - x, ROWS - y
    along = dx * math.cos(angle) + dy * math.sin(angle)
    across = dy * math.cos(angle) - dx * math.sin(angle)
    return np.exp(-0.5 * ((along / radius_x) ** 2 + (across / radius_y) ** 2))


def step_down(distance, softness):
    """1 where distance is negative, 0 where it is positive, with a soft step between."""
    return 1.0 / (1.0 + np.exp(np.clip(distance / softness, -30, 30)))


def rounded(points, rounds=3):
    """A closed outline with its corners cut again and again (Chaikin), until it looks like a curve."""
    points = np.asarray(points, dtype=np.float64)
    for _ in range(rounds):
        following = np.roll(points, -1, axis=0)
        points = np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], axis=1).reshape(-1, 2)
    return points


class Ink:
    """A blank sheet for lines and filled outlines, in image coordinates; field() gives what was drawn as 0..1."""

    def __init__(self):
        self.sheet = Image.new("L", (SIZE * FINE, SIZE * FINE), 0)
        self.pen = ImageDraw.Draw(self.sheet)

    def fill(self, points, value=1.0):
        self.pen.polygon([(x * FINE, y * FINE) for x, y in points], fill=round(255 * value))

    def dot(self, x, y, radius, value=1.0):
        self.pen.ellipse([(x - radius) * FINE, (y - radius) * FINE, (x + radius) * FINE, (y + radius) * FINE], fill=round(255 * value))

    def line(self, points, width, value=1.0):
        self.pen.line([(x * FINE, y * FINE) for x, y in points], fill=round(255 * value), width=max(1, round(width * FINE)), joint="curve")

    def field(self):
        return np.asarray(self.sheet.reduce(FINE), dtype=np.float32) / 255


def filled(points):
    ink = Ink()
    ink.fill(points)
    return ink.field()


def colour_mix(base, colour, amount):
    """Paints colour over the RGB image base where amount is 1, nothing where it is 0."""
    return base + amount[:, :, None] * (np.asarray(colour, dtype=np.float32) - base)


# ---- chest radiographs --------------------------------------------------------------------------------------------------------------
# Brightness grows with what the rays pass through: flesh, bone and fluid add to one field of density, the air of the lungs subtracts.

class Chest:
    """Where things lie in one chest: s runs from -1 to 1 between the side walls, t from 0 at the lung tips to 1 at the lowest lung."""

    def __init__(self, rng):
        self.middle = 112 + rng.uniform(-6, 6)
        self.half_width = rng.uniform(93, 108)
        self.top = rng.uniform(22, 38)
        self.bottom = rng.uniform(182, 206)
        self.tilt = rng.uniform(-0.05, 0.05)

    def at(self, s, t):
        y = self.top + t * (self.bottom - self.top)
        return self.middle + s * self.half_width + self.tilt * (y - 112), y

    def outline(self, points):
        return [self.at(s, t) for s, t in points]

    def wall(self, t):
        """How far out the inner chest wall is at height t."""
        return float(np.interp(t, [-0.05, 0.0, 0.12, 0.3, 0.55, 0.8, 1.05], [0.40, 0.48, 0.66, 0.80, 0.89, 0.93, 0.93]))


def lung_outline(side, dome):
    """Lung of one side (-1 is the patient's right, on the left of the image); dome is how high the diaphragm reaches."""
    points = [(0.30, -0.02), (0.42, -0.03), (0.56, 0.05), (0.68, 0.16), (0.80, 0.33), (0.88, 0.55), (0.92, 0.80), (0.935, 1.02),
              (0.90, 0.98), (0.76, dome + 0.05), (0.54, dome), (0.32, dome + 0.03), (0.12, dome + 0.09),
              (0.11, 0.60), (0.13, 0.35), (0.16, 0.14), (0.21, 0.03)]
    return [(side * s, t) for s, t in points]


def chest_body(rng, chest):
    """Neck, shoulders and trunk."""
    shoulder = rng.uniform(-0.10, 0.02)
    trunk = rng.uniform(1.06, 1.2)
    half = [(0.24, -0.5), (0.25, -0.16), (0.5, -0.12 + shoulder / 2), (1.0, shoulder), (1.6, shoulder + 0.16), (1.6, 0.3), (trunk, 0.5), (trunk, 1.5)]
    return blur(filled(chest.outline(half + [(-s, t) for s, t in reversed(half)])), 2.5)


def heart_mask(rng, chest):
    """The heart and, above it, the great vessels: all between the lungs that is not bone."""
    size = rng.uniform(0.92, 1.1)
    points = [(-0.13, -0.1), (0.13, -0.1), (0.155, 0.10), (0.19, 0.24), (0.20, 0.34), (0.29, 0.44), (0.42, 0.57), (0.53, 0.71), (0.58, 0.85),
              (0.52, 0.97), (0.2, 1.02), (-0.14, 1.0), (-0.25, 0.84), (-0.265, 0.66), (-0.20, 0.50), (-0.15, 0.36), (-0.14, 0.15)]
    heart = filled(rounded(chest.outline([(0.02 + (s - 0.02) * size, t) for s, t in points])))
    knob = spot(*chest.at(0.15, 0.22), 8, 9)                # the arch of the aorta
    return np.maximum(blur(heart, 1.6), 0.9 * knob)


def rib_path(chest, side, start):
    """Back part of one rib: from the spine up a little, out, and down along the wall."""
    q = np.linspace(0, 1, 24)
    end = chest.wall(min(start + 0.22, 1.05)) + 0.015
    s = 0.07 + (end - 0.07) * np.sin(q * math.pi / 2)
    t = start - 0.05 * np.sin(q * math.pi) + 0.05 * q + 0.24 * q ** 3
    return [chest.at(side * a, b) for a, b in zip(s, t)]


def rib_front_path(chest, side, start):
    """Front part of the same rib: from the wall down towards the breastbone, where it ends as gristle that no ray shows."""
    q = np.linspace(0, 1, 16)
    out = chest.wall(min(start + 0.28, 1.05))
    s = out - (out - 0.36) * q ** 1.2
    t = start + 0.26 + 0.14 * np.sin(q * math.pi / 2) + 0.03 * q
    return [chest.at(side * a, b) for a, b in zip(s, t)]


def ribs(rng, chest):
    back, front = Ink(), Ink()
    spacing = rng.uniform(0.094, 0.106)
    width = rng.uniform(6.5, 8.0)
    for side in (-1, 1):
        for i in range(10):
            start = -0.02 + spacing * i + rng.uniform(-0.006, 0.006)
            path = rib_path(chest, side, start)
            back.line(path, width, 0.95)                    # a rib is a tube: its rims show brighter than its middle
            back.line(path, width - 2.4, 0.55)
            if i < 6:
                path = rib_front_path(chest, side, start)
                front.line(path, width + 0.5, 0.75)
                front.line(path, width - 2.0, 0.55)
    return blur(back.field(), 0.9) + 0.5 * blur(front.field(), 1.5)


def clavicles(rng, chest):
    ink = Ink()
    lift = rng.uniform(-0.03, 0.03)
    for side in (-1, 1):
        q = np.linspace(0, 1, 20)
        s = 0.09 + 0.82 * q
        t = 0.115 + lift - 0.12 * q - 0.035 * np.sin(2 * math.pi * q)
        path = [chest.at(side * a, b) for a, b in zip(s, t)]
        ink.line(path, 8.0, 0.95)
        ink.line(path, 5.0, 0.72)
    return blur(ink.field(), 1.1)


def shoulder_blades(chest):
    blades = np.zeros((SIZE, SIZE), dtype=np.float32)
    for side in (-1, 1):
        rim = rounded(chest.outline([(side * s, t) for s, t in [(0.78, 0.02), (1.05, 0.06), (1.02, 0.25), (0.93, 0.46), (0.86, 0.30)]]))
        mask = filled(rim)
        blades += 0.6 * blur(mask, 1.2) + 0.8 * np.clip(blur(mask, 1.0) - blur(mask, 3.0), 0, 1)
    return blades


def spine(rng, chest):
    """Column of vertebrae, with the darker windpipe in front of its upper part."""
    ink = Ink()
    height = rng.uniform(11.5, 14)
    y = -4.0
    while y < SIZE + 10:
        t = (y - chest.top) / (chest.bottom - chest.top)
        corners = [(-0.085, -0.42), (0.085, -0.42), (0.074, 0.0), (0.085, 0.42), (-0.085, 0.42), (-0.074, 0.0)]
        x, _ = chest.at(0, t)
        ink.fill([(x + s * chest.half_width, y + h * height) for s, h in corners], 0.9)
        ink.dot(x, y + 0.1 * height, 1.6, 1.0)              # spinous process
        y += height
    windpipe = Ink()
    windpipe.line([chest.at(0.01, -0.4), chest.at(0.0, 0.10), chest.at(-0.02, 0.27)], 9.5)
    return blur(ink.field(), 1.3), blur(windpipe.field(), 2.0)


def lung_vessels(rng, chest):
    """Vessels that leave the lung roots and fan out, thinner and thinner."""
    ink = Ink()
    for side in (-1, 1):
        for _ in range(16):
            x, y = chest.at(side * 0.21, 0.42 + rng.uniform(-0.07, 0.09))
            heading = rng.uniform(-1.25, 1.25)
            width = rng.uniform(1.6, 2.8)
            for _ in range(7):
                heading += rng.normal(0, 0.16)
                step = rng.uniform(5, 8)
                to = (x + side * step * math.cos(heading), y + step * math.sin(heading))
                ink.line([(x, y), to], width, min(1.0, 0.35 + width / 4))
                (x, y), width = to, width * 0.82
    roots = spot(*chest.at(-0.2, 0.44), 7, 13, 0.2) + spot(*chest.at(0.2, 0.41), 7, 12, -0.2)
    return blur(ink.field(), 0.8), roots


def consolidation(rng, chest, lungs):
    """Pneumonia: one to four cloudy patches, each with frayed edges and uneven filling, only where there is lung."""
    cloud = np.zeros((SIZE, SIZE), dtype=np.float32)
    favoured = rng.choice((-1, 1))                          # most pneumonias sit on one side, low more often than high
    for _ in range(rng.integers(1, 5)):
        side = favoured if rng.random() < 0.75 else -favoured
        x, y = chest.at(side * rng.uniform(0.32, 0.74), rng.uniform(0.28, 0.86))
        patch = spot(x, y, rng.uniform(10, 24), rng.uniform(10, 20), rng.uniform(0, math.pi))
        frayed = step_down(0.42 - patch - 0.16 * smooth_noise(rng, 12) - 0.07 * smooth_noise(rng, 30), 0.09)
        cloud = np.maximum(cloud, rng.uniform(0.6, 1.0) * frayed * (0.55 + 0.6 * patch))
    grain = 1 + 0.16 * smooth_noise(rng, 26) + 0.10 * smooth_noise(rng, 60)
    return np.clip(blur(cloud, 1.8) * grain, 0, 1.2) * lungs


def side_marker(rng):
    """The letter R that marks the patient's right side."""
    ink = Ink()
    x, y, h = rng.uniform(8, 22), rng.uniform(6, 16), rng.uniform(8, 11)
    bowl = [(x + 0.35 * h + 0.3 * h * math.sin(a), y + 0.25 * h - 0.25 * h * math.cos(a)) for a in np.linspace(0, math.pi, 9)]
    ink.line([(x, y + h), (x, y), *bowl, (x, y + 0.5 * h)], 1.5)
    ink.line([(x + 0.3 * h, y + 0.5 * h), (x + 0.65 * h, y + h)], 1.5)
    return ink.field()


def draw_cxr(rng, diseased):
    chest = Chest(rng)
    dome_right, dome_left = rng.uniform(0.78, 0.86), rng.uniform(0.82, 0.90)
    right = filled(rounded(chest.outline(lung_outline(-1, dome_right))))
    left = filled(rounded(chest.outline(lung_outline(1, dome_left))))
    heart = heart_mask(rng, chest)
    lungs = blur(right + left, 1.1) * (1 - heart)
    cage = blur(np.clip(right + left + heart, 0, 1), 5)
    column, windpipe = spine(rng, chest)
    vessels, roots = lung_vessels(rng, chest)
    middle_x = chest.middle + chest.tilt * (ROWS - 112)
    mediastinum = np.exp(-0.5 * ((COLS - middle_x) / (0.17 * chest.half_width)) ** 2)
    belly = step_down(chest.at(0, 0.90)[1] - ROWS, 9.0)

    density = 0.04 + chest_body(rng, chest) * (0.46 + 0.03 * smooth_noise(rng, 5))
    density += 0.07 * mediastinum + rng.uniform(0.05, 0.09) * heart + 0.08 * belly
    density -= rng.uniform(0.30, 0.36) * lungs * (1 + 0.05 * smooth_noise(rng, 5))
    density += 0.05 * np.clip(blur(right + left, 3.5) - lungs, 0, 1) * cage         # ribs seen edge-on line the walls
    density += (rng.uniform(0.09, 0.13) * ribs(rng, chest)) * (0.3 + 0.7 * cage) * (1 - 0.55 * heart) * (1 - 0.5 * belly)
    density += 0.12 * clavicles(rng, chest) + 0.06 * shoulder_blades(chest)
    density += rng.uniform(0.06, 0.10) * column - 0.10 * windpipe
    density += (0.10 * vessels + rng.uniform(0.05, 0.12) * roots) * lungs
    density += lungs * 0.012 * smooth_noise(rng, 55)
    bubble = chest.at(rng.uniform(0.38, 0.55), 0.99 + rng.uniform(0, 0.06))         # gas in the stomach
    density -= rng.uniform(0.0, 0.16) * blur(step_down((COLS - bubble[0]) ** 2 / 15 ** 2 + (ROWS - bubble[1]) ** 2 / 8 ** 2 - 1, 0.2), 1.5)
    if diseased:
        density += rng.uniform(0.20, 0.31) * consolidation(rng, chest, np.clip(lungs, 0, 1))

    image = blur(density, 0.7) * rng.uniform(0.98, 1.16) + rng.uniform(-0.03, 0.05)
    if rng.random() < 0.5:
        image = np.maximum(image, 0.93 * side_marker(rng))
    image += rng.normal(0, 0.008, (SIZE, SIZE))
    gray = np.clip(image, 0, 1) ** rng.uniform(0.85, 1.1)
    return np.repeat(gray[:, :, None], 3, axis=2)


# ---- dermoscopic lesions ------------------------------------------------------------------------------------------------------------

def lesion_distance(rng, diseased):
    """Below 0 inside the lesion, above outside, about -1 at its centre; ragged and lopsided when malignant."""
    x, y = 112 + rng.uniform(-10, 10), 112 + rng.uniform(-10, 10)
    radius = rng.uniform(44, 68) if not diseased else rng.uniform(50, 72)
    stretch = rng.uniform(1.0, 1.22) if not diseased else rng.uniform(1.1, 1.45)
    turn = rng.uniform(0, math.pi)
    dx, dy = COLS - x, ROWS - y
    along, across = dx * math.cos(turn) + dy * math.sin(turn), dy * math.cos(turn) - dx * math.sin(turn)
    along, across = along / math.sqrt(stretch), across * math.sqrt(stretch)
    angle = np.arctan2(across, along)
    rim = np.full((SIZE, SIZE), radius, dtype=np.float32)
    for wave in range(2, 8):
        height = rng.normal(0, 0.03 / wave if not diseased else 0.19 / wave)
        rim *= 1 + height * np.cos(wave * angle + rng.uniform(0, 2 * math.pi))
    ragged = 0.01 if not diseased else rng.uniform(0.035, 0.07)
    rim *= 1 + ragged * (0.7 * smooth_noise(rng, 16) + 0.6 * smooth_noise(rng, 36))
    return np.hypot(along, across) / rim - 1


def skin(rng):
    tone = np.array([0.86, 0.66, 0.56]) * rng.uniform(0.88, 1.06) + rng.uniform(-0.035, 0.035, 3)
    image = np.ones((SIZE, SIZE, 3), dtype=np.float32) * tone
    image += 0.018 * smooth_noise(rng, 4)[:, :, None] * np.array([0.6, 1.0, 1.0])
    image += 0.014 * smooth_noise(rng, 34)[:, :, None] + 0.008 * smooth_noise(rng, 90)[:, :, None]
    return image


def pigment_network(rng, period):
    """A brown mesh: three waves at 60 degrees make a honeycomb, which random shifts keep from being a lattice."""
    shift_x, shift_y = 0.35 * period * smooth_noise(rng, 14), 0.35 * period * smooth_noise(rng, 14)
    turn, waves = rng.uniform(0, math.pi), 0
    for angle in (turn, turn + math.pi / 3, turn - math.pi / 3):
        waves = waves + np.cos(2 * math.pi / period * ((COLS + shift_x) * math.cos(angle) + (ROWS + shift_y) * math.sin(angle)))
    return step_down(waves + 0.2, 0.35)


def benign_pigment(rng, image, distance):
    """One brown, a little darker towards the middle, under an even mesh."""
    brown = np.array([0.53, 0.32, 0.22]) * rng.uniform(0.75, 1.15) + rng.uniform(-0.02, 0.02, 3)
    inside = step_down(distance, rng.uniform(0.035, 0.07))
    depth = np.clip(-distance, 0, 1)
    image = colour_mix(image, brown, inside * (0.74 + 0.2 * depth))
    image = colour_mix(image, brown * 0.62, inside * rng.uniform(0.15, 0.5) * depth)
    mesh = pigment_network(rng, rng.uniform(5.5, 7.5)) * step_down(distance + 0.08, 0.06)
    return colour_mix(image, brown * 0.55, rng.uniform(0.15, 0.42) * mesh)


def malignant_pigment(rng, image, distance):
    """Browns, black, red, slate blue and scar white in patches, each with its own place; broken mesh and scattered dots."""
    inside = step_down(distance, rng.uniform(0.02, 0.06) * np.exp(0.5 * smooth_noise(rng, 4)))
    image = colour_mix(image, np.array([0.52, 0.32, 0.22]) * rng.uniform(0.85, 1.1), inside * 0.88)
    broken = pigment_network(rng, rng.uniform(6, 10)) * np.clip(0.1 + 0.8 * smooth_noise(rng, 5), 0, 1)
    image *= (1 - 0.45 * broken * step_down(distance + 0.05, 0.06))[:, :, None]
    palette = [(0.24, 0.13, 0.10), (0.10, 0.07, 0.07), (0.60, 0.26, 0.24), (0.35, 0.35, 0.40), (0.74, 0.60, 0.54)]
    picked = [0] + list(1 + rng.choice(4, size=rng.integers(2, 4), replace=False))
    for i in picked:
        patch = step_down(rng.uniform(0.25, 0.8) - smooth_noise(rng, rng.integers(4, 9)) - 0.3 * smooth_noise(rng, 26), 0.26)
        image = colour_mix(image, palette[i], patch * step_down(distance + 0.06, 0.05) * rng.uniform(0.55, 0.9))
    dots = Ink()
    for _ in range(rng.integers(6, 26)):
        dots.dot(rng.uniform(50, 174), rng.uniform(50, 174), rng.uniform(0.6, 1.9))
    return colour_mix(image, (0.10, 0.06, 0.06), 0.75 * blur(dots.field(), 0.9) * step_down(distance - 0.04, 0.04))


def hairs(rng):
    ink = Ink()
    for _ in range(rng.integers(0, 9)):
        x, y, heading, bend = rng.uniform(0, SIZE), rng.uniform(0, SIZE), rng.uniform(0, 2 * math.pi), rng.normal(0, 0.05)
        path = []
        for _ in range(rng.integers(8, 26)):
            path.append((x, y))
            x, y, heading = x + 7 * math.cos(heading), y + 7 * math.sin(heading), heading + bend
        ink.line(path, rng.uniform(0.6, 1.3))
    return blur(ink.field(), 0.5)


def draw_derm(rng, diseased):
    image = skin(rng)
    distance = lesion_distance(rng, diseased)
    image = colour_mix(image, (0.80, 0.50, 0.44), 0.25 * step_down(distance - 0.12, 0.08))      # reddened skin around
    image = (malignant_pigment if diseased else benign_pigment)(rng, image, distance)
    image = colour_mix(image, (0.13, 0.09, 0.08), 0.85 * hairs(rng))
    away = np.hypot(COLS - 111.5, ROWS - 111.5)
    image *= (1 - rng.uniform(0.12, 0.38) * (away / 158) ** 2.5)[:, :, None]
    if rng.random() < 0.3:                                  # the round window of the instrument
        image *= step_down(away - rng.uniform(118, 136), 1.6)[:, :, None]
    image += rng.normal(0, 0.012, image.shape)
    return np.clip(image * rng.uniform(0.93, 1.06), 0, 1)


# ---- fundus photographs -------------------------------------------------------------------------------------------------------------

class Eye:
    """Where things lie in one eye; side is 1 when the optic disc is on the right of the image."""

    def __init__(self, rng):
        self.side = int(rng.choice((-1, 1)))
        self.radius = rng.uniform(102, 109)
        self.x, self.y = 111.5 + rng.uniform(-2, 2), 111.5 + rng.uniform(-2, 2)
        self.disc_x, self.disc_y = self.x + self.side * rng.uniform(48, 60), self.y + rng.uniform(-10, 8)
        self.disc_radius = rng.uniform(12, 15)
        self.fovea_x, self.fovea_y = self.disc_x - self.side * rng.uniform(64, 72), self.disc_y + rng.uniform(3, 10)

    def far(self, x, y):
        """Distance from the middle of the photograph, 1 at its rim."""
        return np.hypot(x - self.x, y - self.y) / self.radius

    def random_place(self, rng):
        """A spot of retina off the optic disc."""
        while True:
            x, y = self.x + rng.uniform(-1, 1) * self.radius, self.y + rng.uniform(-1, 1) * self.radius
            if self.far(x, y) < 0.86 and math.hypot(x - self.disc_x, y - self.disc_y) > 1.9 * self.disc_radius:
                return x, y


def grow_vessel(rng, eye, ink, x, y, heading, width, bend, left):
    """One vessel as a wandering line that thins out and sends off twigs."""
    until_twig, twig_side = rng.integers(4, 8), rng.choice((-1, 1))
    while left > 0 and width > 0.45 and eye.far(x, y) < 1.02:
        if math.hypot(x - eye.fovea_x, y - eye.fovea_y) < 15:       # no vessel crosses the fovea
            return
        to = (x + 4 * math.cos(heading), y + 4 * math.sin(heading))
        ink.line([(x, y), to], width)
        ink.dot(*to, width / 2)
        (x, y), left = to, left - 4
        heading += bend + rng.normal(0, 0.07)
        bend *= 0.965
        width *= 0.975
        until_twig -= 1
        if until_twig <= 0:
            until_twig, twig_side = rng.integers(5, 10), -twig_side
            away = twig_side * rng.uniform(0.5, 0.95)
            grow_vessel(rng, eye, ink, x, y, heading + away, width * rng.uniform(0.45, 0.68), -0.04 * away, left * 0.5)


def vessels(rng, eye):
    """Two arcades that bow around the macula and two pairs towards the nose, each a vein with a thinner, lighter artery beside it."""
    veins, arteries = Ink(), Ink()
    for up in (-1, 1):
        for ink, thick, shift in ((veins, 1.0, 0.0), (arteries, 0.72, 0.28)):
            width = rng.uniform(3.0, 3.7) * thick
            lean = 0.12 + shift + rng.uniform(-0.12, 0.12)          # starts up or down, leaning to the temple, then bows around
            heading = math.atan2(up, -eye.side * lean)
            turn = 1 if up * eye.side > 0 else -1
            grow_vessel(rng, eye, ink, eye.disc_x, eye.disc_y, heading, width, turn * rng.uniform(0.066, 0.08), 230)
            lean = 1.0 + rng.uniform(-0.35, 0.35) + shift
            heading = math.atan2(up, eye.side * lean)
            grow_vessel(rng, eye, ink, eye.disc_x, eye.disc_y, heading, width * 0.66, rng.normal(0, 0.02), 120)
            heading = math.atan2(up * (0.28 + shift), -eye.side)    # small ones straight to the macula
            grow_vessel(rng, eye, ink, eye.disc_x, eye.disc_y, heading, width * 0.36, up * eye.side * 0.02, 70)
    return blur(veins.field(), 0.55), blur(arteries.field(), 0.55)


def blotch(rng, ink, x, y, radius):
    """A small stain with an uneven rim."""
    angles = np.linspace(0, 2 * math.pi, 9)[:-1]
    reach = radius * rng.uniform(0.65, 1.25, 8)
    ink.fill(rounded([(x + r * math.cos(a), y + r * math.sin(a)) for a, r in zip(angles, reach)], 2))


def red_lesions(rng, eye):
    """Microaneurysms, which are dots, and haemorrhages, which are larger stains."""
    ink = Ink()
    for _ in range(rng.integers(8, 26)):
        ink.dot(*eye.random_place(rng), rng.uniform(0.9, 1.6))
    for _ in range(rng.integers(4, 14)):
        blotch(rng, ink, *eye.random_place(rng), rng.uniform(1.8, 5.0))
    return blur(ink.field(), 0.6)


def exudates(rng, eye):
    """Hard exudates: groups of small, sharp, waxy specks, often in part of a ring around a leaking spot."""
    ink = Ink()
    for _ in range(rng.integers(2, 6)):
        x, y = eye.random_place(rng)
        ring, first, extent = rng.uniform(4, 14), rng.uniform(0, 2 * math.pi), rng.uniform(2, 6)
        for _ in range(rng.integers(10, 30)):
            angle, reach = first + extent * rng.random(), ring * rng.uniform(0.55, 1.3)
            blotch(rng, ink, x + reach * math.cos(angle), y + reach * math.sin(angle), rng.uniform(0.5, 1.0) if rng.random() < 0.6 else rng.uniform(1.0, 2.2))
    return blur(ink.field(), 0.5)


def draw_dr(rng, diseased):
    eye = Eye(rng)
    away = eye.far(COLS, ROWS)
    base = np.array([0.80, 0.40, 0.17]) * rng.uniform(0.85, 1.08) + rng.uniform(-0.03, 0.03, 3)
    image = np.ones((SIZE, SIZE, 3), dtype=np.float32) * base
    image *= (1.06 - 0.42 * away ** 2.2 + 0.035 * smooth_noise(rng, 4))[:, :, None]
    image *= (1 + 0.014 * smooth_noise(rng, 26) + 0.012 * smooth_noise(rng, 60))[:, :, None]
    streaks = np.clip(smooth_noise(rng, 12), -1.5, 1.5) * np.clip(away, 0, 1)       # the choroid shines through
    image += 0.018 * streaks[:, :, None] * np.array([1.0, 0.8, 0.3])

    image = colour_mix(image, (0.42, 0.15, 0.07), rng.uniform(0.45, 0.62) * spot(eye.fovea_x, eye.fovea_y, 12, 11))
    image = colour_mix(image, (0.30, 0.09, 0.05), 0.30 * spot(eye.fovea_x, eye.fovea_y, 4, 4))
    to_disc = np.hypot((COLS - eye.disc_x) * 1.08, ROWS - eye.disc_y) / eye.disc_radius
    image = colour_mix(image, (0.95, 0.66, 0.36), 0.22 * np.exp(-0.5 * (to_disc / 1.7) ** 2))
    image = colour_mix(image, (0.98, 0.80, 0.50), 0.90 * step_down(to_disc - 1, 0.06))
    cup = np.hypot(COLS - eye.disc_x + eye.side * 1.5, ROWS - eye.disc_y) / (eye.disc_radius * rng.uniform(0.36, 0.52))
    image = colour_mix(image, (1.0, 0.93, 0.74), 0.85 * step_down(cup - 1, 0.15))

    veins, arteries = vessels(rng, eye)
    image = colour_mix(image, (0.52, 0.15, 0.07), 0.72 * arteries)
    image = colour_mix(image, (0.36, 0.07, 0.05), 0.82 * veins)
    if diseased:
        image = colour_mix(image, (0.40, 0.05, 0.04), rng.uniform(0.70, 0.86) * red_lesions(rng, eye))
        image = colour_mix(image, (0.98, 0.88, 0.48), rng.uniform(0.75, 0.92) * exudates(rng, eye))

    image *= rng.uniform(0.9, 1.06)
    image += rng.normal(0, 0.010, image.shape)
    return np.clip(image * step_down(away - 1, 0.008)[:, :, None], 0, 1)


# ---- the generator ------------------------------------------------------------------------------------------------------------------

PAINTERS = {"cxr": draw_cxr, "derm": draw_derm, "dr": draw_dr}


def phantom(set_name, label, index, seed=0):
    """One phantom as a uint8 array of SIZE x SIZE x 3. The same four arguments always draw the same picture."""
    which = list(CLASSES).index(set_name)
    rng = np.random.Generator(np.random.PCG64([which, label, index, seed]))
    return np.round(255 * PAINTERS[set_name](rng, bool(label))).astype(np.uint8)


def write_phantoms(set_name, count, folder, seed=0):
    for i in range(count):
        label, index = i % 2, i // 2
        name = CLASSES[set_name][label]
        place = Path(folder) / name
        place.mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(phantom(set_name, label, index, seed))
        if set_name == "cxr":
            image = image.convert("L")                      # a radiograph has no colour: store one channel
        image.save(place / f"{set_name}-{name.lower()}-{index:04d}.png", optimize=True)


def main():
    parser = argparse.ArgumentParser(description="Draws made-up medical images with a known diagnosis.")
    parser.add_argument("set", choices=CLASSES)
    parser.add_argument("count", type=int, help="images in all, half of each class")
    parser.add_argument("out_dir")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    write_phantoms(args.set, args.count, args.out_dir, args.seed)


if __name__ == "__main__":
    main()

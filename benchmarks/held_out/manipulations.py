"""Copies in which something was changed, and frames in which something moved: what differs is known to the pixel.

Each function takes a photograph and others to take things from, and gives the changed picture with the box of what was
changed, in fractions.
"""

import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.held_out.edits import Box, Picture, _fill

Changed = tuple[Picture, Box]


def _shape(rng: random.Random, size: tuple[int, int]) -> Picture:
    """Draw a mask as things have it: lobes, soft at the edge."""
    w, h = size
    mask = Image.new("L", size, 0)
    d = ImageDraw.Draw(mask)
    d.ellipse((w * 0.12, h * 0.08, w * 0.88, h * 0.92), fill=255)
    for _ in range(3):
        x, y = rng.uniform(0, w * 0.5), rng.uniform(0, h * 0.5)
        d.ellipse((x, y, x + w * 0.5, y + h * 0.5), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(max(1.0, min(w, h) * 0.015)))


def _place(rng: random.Random, picture: Picture, area: float) -> tuple[int, int, int, int]:
    """Somewhere in it, so much of its area: left, top, width, height in pixels."""
    shape = rng.uniform(0.75, 1.35)
    w = min(round((area * picture.width * picture.height * shape) ** 0.5), round(picture.width * 0.85))
    h = min(round(area * picture.width * picture.height / w), round(picture.height * 0.85))
    margin = 0.04
    x = rng.uniform(margin * picture.width, picture.width * (1 - margin) - w)
    y = rng.uniform(margin * picture.height, picture.height * (1 - margin) - h)
    return round(x), round(y), w, h


def _box(picture: Picture, place: tuple[int, int, int, int]) -> Box:
    x, y, w, h = place
    return x / picture.width, y / picture.height, (x + w) / picture.width, (y + h) / picture.height


def _paste(rng: random.Random, picture: Picture, thing: Picture, place: tuple[int, int, int, int]) -> Changed:
    changed = picture.copy()
    changed.paste(thing, place[:2], _shape(rng, place[2:]))
    return changed, _box(picture, place)


def removed(rng: random.Random, picture: Picture, other: Picture) -> Changed:
    """Something painted over with what is around it."""
    place = x, y, w, h = _place(rng, picture, 0.1)
    small = picture.resize((max(1, picture.width // 4), max(1, picture.height // 4)), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.float32).copy()
    hole = np.zeros(pixels.shape[:2], dtype=bool)
    hole[y // 4 : (y + h) // 4, x // 4 : (x + w) // 4] = True
    pixels[hole] = pixels[~hole].mean(axis=0)
    for _ in range(400):  # what is around it seeps in
        around = (
            np.roll(pixels, 1, 0) + np.roll(pixels, -1, 0) + np.roll(pixels, 1, 1) + np.roll(pixels, -1, 1)
        ) / 4
        pixels[hole] = around[hole]
    grain = np.random.default_rng(rng.getrandbits(32)).normal(0, 3, (h, w, 3))
    filled = Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).resize(
        picture.size, Image.Resampling.BICUBIC
    )
    thing = np.asarray(filled.crop((x, y, x + w, y + h)), dtype=np.float32) + grain
    return _paste(rng, picture, Image.fromarray(thing.clip(0, 255).astype(np.uint8)), place)


def added(rng: random.Random, picture: Picture, other: Picture) -> Changed:
    """Something out of another photograph."""
    place = _place(rng, picture, 0.1)
    return _paste(rng, picture, _fill(other, *place[2:]), place)


def copied(rng: random.Random, picture: Picture, other: Picture) -> Changed:
    """Something of its own, a second time."""
    place = x, _, w, h = _place(rng, picture, 0.08)
    right = x + w // 2 < picture.width // 2
    source_x = (
        rng.randint(picture.width // 2, picture.width - w)
        if right
        else rng.randint(0, max(0, picture.width // 2 - w))
    )
    source_y = rng.randint(0, picture.height - h)
    return _paste(rng, picture, picture.crop((source_x, source_y, source_x + w, source_y + h)), place)


def _replaced(area: float) -> Callable[[random.Random, Picture, Picture], Changed]:
    def replace(rng: random.Random, picture: Picture, other: Picture) -> Changed:
        place = _place(rng, picture, area)
        return _paste(rng, picture, _fill(other, *place[2:]), place)

    return replace


MANIPULATIONS: dict[str, Callable[[random.Random, Picture, Picture], Changed]] = {
    "removed": removed,
    "added": added,
    "copied": copied,
    "replaced_20": _replaced(0.2),
    "replaced_30": _replaced(0.3),
    "replaced_40": _replaced(0.4),
}


def moved(rng: random.Random, picture: Picture, other: Picture, step: float) -> tuple[Picture, Picture]:
    """Two frames: a thing in them goes on by ``step`` of the width, before a camera that stands still."""
    w = round(picture.width * rng.uniform(0.12, 0.25))
    h = min(round(w * rng.uniform(0.8, 1.8)), round(picture.height * 0.6))
    thing, mask = _fill(other, w, h), _shape(rng, (w, h))
    x = rng.uniform(0.03, 0.95 - step) * picture.width - w * 0.5
    x = min(max(x, 0), picture.width * (1 - step) - w)
    y = rng.uniform(0.2, 0.9) * (picture.height - h)
    frames = []
    for number in range(2):
        frame = picture.copy()
        frame.paste(thing, (round(x + number * step * picture.width), round(y)), mask)
        noise = np.random.default_rng(rng.getrandbits(32)).normal(0, 2.5, (picture.height, picture.width, 3))
        frames.append(
            Image.fromarray((np.asarray(frame, dtype=np.float32) + noise).clip(0, 255).astype(np.uint8))
        )
    return frames[0], frames[1]

"""Photograph-like pictures to test with: fixed by their seed, and unlike one another."""

import io
from functools import cache

import numpy as np
from PIL import Image as Pillow


@cache
def photograph(seed: int, size: tuple[int, int] = (640, 480)) -> Pillow.Image:
    """A picture with detail at every scale (as photographs have it) and objects with edges, mode RGB."""
    width, height = size
    random = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3))
    cells, weight = 3, 1.0
    while cells < 260:
        noise = Pillow.fromarray(random.integers(0, 256, (cells, cells, 3), dtype=np.uint8))
        picture += weight * np.asarray(noise.resize(size, Pillow.Resampling.BICUBIC), dtype=np.float64)
        cells, weight = cells * 2, weight * 0.6
    picture -= picture.min()
    picture *= 255 / max(1.0, picture.max())
    ys, xs = np.mgrid[0:height, 0:width]
    for _ in range(14):  # discs and slabs, as there are things in pictures
        x, y, radius = (
            random.uniform(0, width),
            random.uniform(0, height),
            random.uniform(0.03, 0.14) * min(size),
        )
        shape = random.integers(2)
        inside = (
            (xs - x) ** 2 + (ys - y) ** 2 < radius**2
            if shape
            else (abs(xs - x) < radius) & (abs(ys - y) < radius * random.uniform(0.3, 1))
        )
        picture[inside] = 0.35 * picture[inside] + 0.65 * random.uniform(0, 255, 3)
    return Pillow.fromarray(picture.clip(0, 255).astype(np.uint8))


def encode(picture: Pillow.Image, format_: str, **options: object) -> bytes:
    """The bytes of ``picture`` in a format of Pillow's."""
    stored = io.BytesIO()
    picture.save(stored, format_, **options)
    return stored.getvalue()

"""Gradient noise: the roughness of rock, cloud, smoke and water, the same at every picture size."""

from functools import cache

import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.floating]
"""One value a point: a row of columns, or height x width."""

_PERIOD = 256
_TURN = np.float32(0.6), np.float32(0.8)
"""Cosine and sine of the turn from one octave to the next: it hides the lattice."""


def gradient_noise(x: Field, y: Field, seed: int) -> Field:
    """Perlin noise in about -1..1 at each point (x, y); it repeats after 256 units."""
    along, across = _gradients(seed)
    x0, y0 = np.floor(x), np.floor(y)
    fx, fy = x - x0, y - y0
    column = x0.astype(np.int32) & (_PERIOD - 1)
    row = (y0.astype(np.int32) & (_PERIOD - 1)) * _PERIOD
    next_column = (column + 1) & (_PERIOD - 1)
    next_row = (row + _PERIOD) & (_PERIOD * _PERIOD - 1)

    def corner(index: npt.NDArray[np.int32], dx: Field, dy: Field) -> Field:
        value: Field = along[index] * dx + across[index] * dy
        return value

    wx = fx * fx * fx * (fx * (fx * 6 - 15) + 10)
    wy = fy * fy * fy * (fy * (fy * 6 - 15) + 10)
    top = corner(row + column, fx, fy)
    top += wx * (corner(row + next_column, fx - 1, fy) - top)
    bottom = corner(next_row + column, fx, fy - 1)
    bottom += wx * (corner(next_row + next_column, fx - 1, fy - 1) - bottom)
    result: Field = (top + wy * (bottom - top)) * np.float32(1.5)
    return result


def fractal(x: Field, y: Field, seed: int, octaves: int = 6, gain: float = 0.5) -> Field:
    """Fractional Brownian motion: octaves of noise, each twice as fine and `gain` times as high."""
    total: Field = np.zeros(np.broadcast_shapes(np.shape(x), np.shape(y)), dtype=np.float32)
    height = np.float32(1)
    for octave in range(octaves):
        total += height * gradient_noise(x, y, seed + octave)
        height = height * np.float32(gain)
        x, y = _turned_and_doubled(x, y)
    return total


def ridged(x: Field, y: Field, seed: int, octaves: int = 9, footprint: Field | None = None) -> Field:
    """Ridged multifractal in about 0..2: sharp crests, detail on the crests, smooth valleys.

    `footprint` is the size of a pixel there: octaves finer than it fade, so that far rock does not glitter.
    """
    total: Field = np.zeros(np.broadcast_shapes(np.shape(x), np.shape(y)), dtype=np.float32)
    weight: Field = np.ones_like(total)
    height = np.float32(1)
    for octave in range(octaves):
        crest = 1 - np.abs(gradient_noise(x, y, seed + octave))
        crest = crest * crest * weight
        seen = 1 if footprint is None else np.clip(1.6 - footprint * np.float32(2**octave) * 1.5, 0, 1)
        total += height * (crest * seen + np.float32(0.35) * (1 - seen))
        weight = np.clip(crest * np.float32(1.7), 0, 1)
        height = height * np.float32(0.5)
        x, y = _turned_and_doubled(x, y)
    return total


def smoothstep(low: float, high: float, value: Field) -> Field:
    """0 below `low`, 1 above `high` (or the other way round when low > high), smooth between."""
    t = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    result: Field = t * t * (3 - 2 * t)
    return result


def _turned_and_doubled(x: Field, y: Field) -> tuple[Field, Field]:
    cosine, sine = _TURN
    return (cosine * x - sine * y) * 2 + np.float32(17.3), (sine * x + cosine * y) * 2 + np.float32(5.9)


@cache
def _gradients(seed: int) -> tuple[Field, Field]:
    angles = np.random.default_rng(seed).random(_PERIOD * _PERIOD) * 2 * np.pi
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)

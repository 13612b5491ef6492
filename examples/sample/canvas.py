"""What every scene is painted on: the coordinates of its points, colours, and one colour over another."""

import numpy as np
from PIL import Image

from .film import Light
from .noise import Field

Colour = tuple[float, float, float]
"""Red, green, blue; 1.0 is white paper."""
Point = tuple[float, float]
"""Right and down, in pixels."""
FINE = 2
"""Solid things are drawn this many times too large and then reduced, for smooth edges."""


def reduced(drawing: Image.Image, width_px: int, height_px: int) -> Light:
    """Return a drawing, made `FINE` times too large or not, as values 0..1 at the size of the picture."""
    small = drawing.resize((width_px, height_px), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32) / np.float32(255)


def plane(width_px: int, height_px: int) -> tuple[Field, Field]:
    """U and v of each pixel's centre."""
    columns = ((np.arange(width_px) + 0.5) / height_px).astype(np.float32)
    rows = ((np.arange(height_px) + 0.5) / height_px).astype(np.float32)
    u, v = np.meshgrid(columns, rows)
    return u, v


def rgb(red: float, green: float, blue: float) -> Light:
    return np.array([red, green, blue], dtype=np.float32)


def mix(under: Light, over: Light, amount: Field) -> Light:
    """`over` laid on `under`, covering `amount` of it (0..1)."""
    share = np.clip(amount, 0, 1)[..., None].astype(np.float32)
    result: Light = under * (1 - share) + over * share
    return result


def sky(u: Field, v: Field, top: Colour, low: Colour, horizon: float, power: float = 1.5) -> Light:
    share = np.clip(v / horizon, 0, 1) ** power
    return mix(np.broadcast_to(rgb(*top), (*u.shape, 3)), rgb(*low), share)

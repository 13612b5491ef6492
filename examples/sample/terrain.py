"""A camera over a height field: which point of the ground each pixel sees."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .noise import Field

Heights = Callable[[Field, Field, Field], Field]
"""(x, z, size of a pixel there) -> height, all in units of the scene."""


@dataclass(frozen=True, slots=True)
class Eye:
    """Where the picture is taken from; the camera looks along z."""

    height: float
    horizon: float
    """Where eye level lies in the picture: 0 its top edge, 1 its bottom edge."""
    near: float
    far: float
    focal: float = 1.2
    """Focal length in picture heights."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the pixels see: arrays of height x width; where `seen` is False it is sky."""

    seen: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    x: Field
    y: Field
    z: Field
    normal: tuple[Field, Field, Field]
    """Unit vectors: right, up, away."""


def look(eye: Eye, heights: Heights, width_px: int, height_px: int, steps: int) -> Ground:
    """Cast a fan of rays over the ground, front to back; `steps` samples along each column."""
    focal_px = eye.focal * height_px
    slope = ((np.arange(width_px, dtype=np.float32) + 0.5 - width_px / 2) / focal_px).astype(np.float32)
    depth = np.geomspace(eye.near, eye.far, steps).astype(np.float32)
    z = np.broadcast_to(depth[:, None], (steps, width_px))
    raised = heights(z * slope, z, z / np.float32(focal_px))
    rise = (raised - np.float32(eye.height)) / z * np.float32(focal_px)
    skyline = np.maximum.accumulate(rise, axis=0)

    levels = (eye.horizon * height_px - np.arange(height_px) - 0.5).astype(np.float32)
    hit = np.empty((height_px, width_px), dtype=np.int64)
    for column in range(width_px):
        hit[:, column] = np.searchsorted(skyline[:, column], levels)
    seen = hit < steps
    after = np.minimum(hit, steps - 1)
    before = np.maximum(after - 1, 0)
    columns = np.arange(width_px)[None, :]
    low, high = rise[before, columns], rise[after, columns]
    part = np.clip((levels[:, None] - low) / np.maximum(high - low, 1e-6), 0, 1)
    hit_z: Field = (depth[before] + (depth[after] - depth[before]) * part).astype(np.float32)
    hit_x: Field = hit_z * slope
    hit_y: Field = np.float32(eye.height) + levels[:, None] * hit_z / np.float32(focal_px)
    return Ground(seen, hit_x, hit_y, hit_z, _normal(heights, hit_x, hit_z, focal_px))


def _normal(heights: Heights, x: Field, z: Field, focal_px: float) -> tuple[Field, Field, Field]:
    size = z / np.float32(focal_px)
    here = heights(x, z, size)
    right = (heights(x + size, z, size) - here) / size
    away = (heights(x, z + size, size) - here) / size
    length = np.sqrt(right * right + away * away + 1)
    return -right / length, 1 / length, -away / length

"""From light to a photograph: bloom, tone, the fall of light to the corners, and film grain."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from .noise import Field

Light = npt.NDArray[np.floating]
"""height x width x 3, red, green, blue; 1.0 is white paper, more is possible."""


def blur(light: Light, radius_px: float) -> Light:
    """Gaussian blur of each channel, in 32-bit floats; wide ones by a detour through a smaller picture."""
    if radius_px > 4:
        return np.stack([_blur_shrunken(light[..., c], radius_px) for c in range(light.shape[2])], axis=-1)
    reach = int(np.ceil(radius_px * 2.5))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(radius_px, 1e-3)) ** 2).astype(np.float32)
    weights /= weights.sum()
    for axis in (0, 1):
        margin = [(reach, reach) if axis == this else (0, 0) for this in range(3)]
        padded = np.pad(light, margin, mode="edge")
        size = light.shape[axis]
        light = sum(
            (w * padded.take(range(i, i + size), axis=axis) for i, w in enumerate(weights)),
            start=np.zeros_like(light),
        )
    return light


def develop(light: Light, seed: int, *, grain: float = 0.018, bloom: float = 0.12) -> Image.Image:
    """Return the picture as a camera would keep it; `grain` is the deviation of mid grey (1.0 = white)."""
    height_px, width_px, _ = light.shape
    glow = blur(np.maximum(light - 0.75, 0), height_px / 45) + blur(
        np.maximum(light - 0.75, 0), height_px / 12
    )
    exposed = light + bloom * glow * 2
    toned = 1 - np.exp(-exposed * 1.35)
    toned = toned / (1 - np.exp(-1.35 * 1.25))
    rows = np.linspace(-1, 1, height_px, dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, width_px, dtype=np.float32)[None, :]
    toned = toned * (1 - 0.16 * (rows * rows + columns * columns) ** 1.3 / 2)[..., None]
    toned = toned + (_grain(height_px, width_px, seed) * grain)[..., None] * (1.1 - 0.6 * toned)
    return Image.fromarray((np.clip(toned, 0, 1) * 255 + 0.5).astype(np.uint8))


def _grain(height_px: int, width_px: int, seed: int) -> Field:
    """Grain clumps: fine noise and a coarser one, of deviation about 1."""
    rng = np.random.default_rng(seed)
    fine = rng.standard_normal((height_px, width_px), dtype=np.float32)
    clumps = rng.standard_normal((height_px // 2 + 1, width_px // 2 + 1), dtype=np.float32)
    coarse = np.asarray(Image.fromarray(clumps).resize((width_px, height_px), Image.Resampling.BICUBIC))
    result: Field = 0.6 * fine + 0.9 * coarse
    return result


def _blur_shrunken(channel: Field, radius_px: float) -> Field:
    """Gaussian blur by a detour through a smaller picture: mode F knows resizing, not every filter."""
    height_px, width_px = channel.shape
    small = max(1, round(width_px / radius_px)), max(1, round(height_px / radius_px))
    picture = Image.fromarray(np.ascontiguousarray(channel)).resize(small, Image.Resampling.HAMMING)
    return np.asarray(picture.resize((width_px, height_px), Image.Resampling.BICUBIC), dtype=np.float32)

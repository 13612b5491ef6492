"""What a page shows beside photographs: a locator map, a masthead, a spacer."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from .canvas import plane
from .noise import fractal, smoothstep


def draw_map(width_px: int, height_px: int) -> Image.Image:
    """Return the province of Kaldmoor with its towns, as a news desk draws it: flat colours, few names."""
    u, v = plane(width_px, height_px)
    land = 0.55 - 0.55 * (u - 0.35) + 0.6 * (v - 0.5) + 0.42 * fractal(u * 2.1 + 3, v * 2.1, 500, 6)
    relief = fractal(u * 4 + 1, v * 4, 510, 5)
    sea = np.array([188, 210, 222], np.float32) - 10 * smoothstep(-0.9, 0.2, land)[..., None]
    ground = (
        np.array([232, 227, 213], np.float32) + 9 * relief[..., None] * smoothstep(0.1, 0.8, land)[..., None]
    )
    colours = np.where((land > 0.12)[..., None], ground, sea)
    coast = np.exp(-(((land - 0.12) / 0.012) ** 2))[..., None]
    colours = colours * (1 - 0.35 * coast)
    picture = Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    unit = height_px
    river = [
        (0.30, 0.98),
        (0.36, 0.86),
        (0.34, 0.74),
        (0.44, 0.63),
        (0.50, 0.55),
        (0.62, 0.505),
        (0.69, 0.43),
    ]
    draw.line(
        [(x * unit, y * unit) for x, y in river],
        fill=(150, 184, 204),
        width=max(2, unit // 130),
        joint="curve",
    )
    for x, y, name, size in (
        (0.69, 0.43, "Port Avel", 0.046),
        (0.34, 0.74, "Brennick", 0.042),
        (0.26, 0.36, "Tessen Pass", 0.036),
        (0.90, 0.80, "Marrick", 0.036),
    ):
        radius = unit * 0.009
        draw.ellipse(
            (x * unit - radius, y * unit - radius, x * unit + radius, y * unit + radius), fill=(166, 40, 36)
        )
        draw.text(((x + 0.018) * unit, (y - 0.030) * unit), name, fill=(44, 44, 48), font=_font(size * unit))
    draw.text((1.02 * unit, 0.16 * unit), "Grey Sea", fill=(104, 140, 162), font=_font(0.05 * unit))
    draw.text((0.13 * unit, 0.55 * unit), "K A L D M O O R", fill=(150, 144, 130), font=_font(0.034 * unit))
    draw.text((0.02 * unit, 0.955 * unit), "Herald graphics", fill=(110, 110, 112), font=_font(0.024 * unit))
    return picture.quantize(48, dither=Image.Dither.NONE)


def draw_masthead(width_px: int, height_px: int) -> Image.Image:
    """Return the newspaper's name on white: a picture with next to no information."""
    picture = Image.new("L", (width_px * 2, height_px * 2), 255)
    draw = ImageDraw.Draw(picture)
    draw.text((0, height_px * 0.15), "The Example Herald", fill=16, font=_font(height_px * 1.5))
    return picture.filter(ImageFilter.GaussianBlur(0.6)).resize((width_px, height_px), Image.Resampling.BOX)


def draw_spacer() -> bytes:
    """Return a transparent GIF of one pixel, what lazy-loading pages show first."""
    buffer = io.BytesIO()
    Image.new("P", (1, 1), 0).save(buffer, "GIF", transparency=0)
    return buffer.getvalue()


def _font(size_px: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size_px)

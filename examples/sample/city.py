"""A city on a river after sunset."""

import numpy as np
from PIL import Image, ImageDraw

from .canvas import FINE, mix, plane, reduced, rgb, sky
from .film import Light, blur
from .noise import Field, fractal, smoothstep


def city_at_dusk(width_px: int, height_px: int) -> Light:
    """Towers on a river after sunset, their windows lit and doubled in the water."""
    u, v = plane(width_px, height_px)
    shore = 0.66
    calm = (v - shore) * 60 / (0.25 + 3 * (v - shore))
    ripple = 0.016 * fractal(u * 9, calm, 400, 4, 0.6) * (0.25 + 3.5 * np.clip(v - shore, 0, 1))
    below = v > shore
    y = np.where(below, 2 * shore - v + ripple, v).astype(np.float32)
    light = sky(u, v, (0.08, 0.13, 0.30), (1.05, 0.55, 0.33), horizon=0.68, power=1.7)
    light = (
        light
        + rgb(0.55, 0.22, 0.05) * np.exp(-(((u - 0.5) / 0.5) ** 2) - ((v - 0.64) / 0.14) ** 2)[..., None]
    )
    bank = fractal(u * 1.0 + 2, v * 5.5 + 0.5 * fractal(u * 2, v * 5, 405, 3), 406, 7)
    under = smoothstep(0.1, 0.6, v)
    cloud_colour = mix(rgb(0.20, 0.19, 0.32) * np.ones_like(light), rgb(1.10, 0.44, 0.34), under)
    light = mix(light, cloud_colour, smoothstep(-0.05, 0.7, bank) * 0.75 * smoothstep(0.66, 0.45, v))

    city, lamps, cover = _draw_city(width_px, height_px, shore)
    light = mix(light, city, cover) + lamps
    light = light + blur(lamps, height_px / 160) * 0.9
    rows = np.clip((y * height_px), 0, height_px - 1).astype(np.int64)
    columns = np.clip((u * height_px + ripple * height_px * 0.35), 0, width_px - 1).astype(np.int64)
    water = light[rows, columns]
    long_blur = water.copy()
    for reach in (2, 5, 9, 14, 20):
        step = max(1, round(reach * height_px / 900))
        long_blur += np.roll(water, step, axis=0) + np.roll(water, -step, axis=0)
    water = long_blur / 11 * (0.62 + 0.12 * fractal(u * 5, calm * 0.5, 410, 3))[..., None] + rgb(
        0.015, 0.02, 0.035
    )
    scene = np.where((v > shore + 0.004)[..., None], water, light)
    return scene.astype(np.float32)


def _draw_city(width_px: int, height_px: int, shore: float) -> tuple[Light, Light, Field]:
    """Walls, lit windows (as light of their own) and how far each pixel is covered."""
    size = (width_px * FINE, height_px * FINE)
    walls, lit = Image.new("RGBA", size), Image.new("RGB", size)
    on_walls, on_lit = ImageDraw.Draw(walls), ImageDraw.Draw(lit)
    rng = np.random.default_rng(420)
    scale = height_px * FINE
    for layer, (tone, tallest, count) in enumerate(((0.46, 0.30, 60), (0.26, 0.42, 44), (0.10, 0.26, 40))):
        for place in np.sort(rng.random(count)) * 1.6 - 0.05:
            shape = rng.random(6)
            middle = np.exp(-(((place - 0.86) / 0.34) ** 2))
            high = tallest * (0.18 + 0.82 * middle * shape[0] ** 0.7 + 0.10 * shape[1])
            wide = 0.020 + 0.034 * shape[2]
            if layer == 1 and shape[3] > 0.85:
                wide, high = wide * 0.7, high * 1.25
            left, right = (place - wide / 2) * scale, (place + wide / 2) * scale
            top, foot = (shore - high) * scale, (shore + 0.004) * scale
            fill = (int(190 * tone + 10), int(130 * tone + 12), int(150 * tone + 24), 255)
            on_walls.rectangle((left, top, right, foot), fill=fill)
            edge = (int(fill[0] * 1.25 + 22 * tone), int(fill[1] * 1.12), fill[2], 255)
            on_walls.rectangle((left, top, left + wide * 0.22 * scale, foot), fill=edge)
            if shape[4] > 0.55:
                inset = wide * 0.2 * scale
                on_walls.rectangle((left + inset, top - 0.014 * scale, right - inset, top), fill=fill)
            if high > tallest * 0.8:
                mast = (left + right) / 2
                on_walls.line(
                    (mast, top - 0.05 * scale, mast, top), fill=fill, width=max(1, int(scale * 0.0016))
                )
            if layer:
                _light_windows(on_lit, rng, (left, top, right, foot), scale, share=0.30 + 0.35 * shape[5])
    for lamp in np.arange(0.0, 1.55, 0.031):
        x, y = lamp * scale, (shore - 0.006) * scale
        radius = scale * 0.0022
        on_lit.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 190, 110))
    small = reduced(walls, width_px, height_px)
    windows = reduced(lit, width_px, height_px)
    _, v = plane(width_px, height_px)
    haze = smoothstep(shore - 0.2, shore, v) * 0.35
    city = mix(small[..., :3] * 0.75, rgb(0.42, 0.22, 0.22), haze)
    return city, windows * 1.25, small[..., 3]


def _light_windows(
    draw: ImageDraw.ImageDraw,
    rng: np.random.Generator,
    wall: tuple[float, float, float, float],
    scale: float,
    share: float,
) -> None:
    left, top, right, foot = wall
    draw.rectangle(wall, fill=(0, 0, 0))
    wide, high = 0.0024 * scale, 0.0034 * scale
    colours = ((255, 206, 132), (255, 184, 98), (240, 226, 190), (176, 206, 236))
    rows = int((foot - top) / (high * 1.9))
    for row in range(1, rows):
        whole_floor = rng.random() < 0.07
        for column in range(int((right - left) / (wide * 1.7))):
            glow, hue = rng.random(2)
            if glow > share and not whole_floor:
                continue
            colour = colours[int(hue**1.6 * len(colours))]
            dim = 0.15 + 0.75 * float(rng.random()) ** 1.8
            x, y = left + (column + 0.4) * wide * 1.7, top + row * high * 1.9
            draw.rectangle(
                (x, y, x + wide, y + high),
                fill=(int(colour[0] * dim), int(colour[1] * dim), int(colour[2] * dim)),
            )

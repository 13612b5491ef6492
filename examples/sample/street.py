"""A street by night and the crowd with its lanterns."""

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from .canvas import FINE, Point, mix, plane, reduced, rgb, sky
from .film import Light, blur
from .noise import Field, fractal, smoothstep


def lantern_walk(width_px: int, height_px: int) -> Light:
    """Return a crowd with paper lanterns in an old street by night."""
    u, v = plane(width_px, height_px)
    light = sky(u, v, (0.015, 0.025, 0.07), (0.10, 0.09, 0.15), horizon=0.5)
    light = light + _stars_of_sparks(width_px, height_px)
    houses, panes, cover = _draw_street(width_px, height_px)
    stucco = 1 + 0.25 * fractal(u * 30, v * 30, 440, 4)
    light = mix(light, houses * stucco[..., None], cover) + panes + 0.8 * blur(panes, height_px / 130)
    ground = smoothstep(0.36, 0.42, v) * smoothstep(
        1.0, 0.8, np.abs(u - 0.75) / np.maximum((v - 0.30) * 2.4, 0.01)
    )
    light = mix(light, rgb(0.10, 0.06, 0.04), ground)

    rng = np.random.default_rng(450)
    glow_total = np.zeros_like(light)
    depths = np.geomspace(30, 1.5, 26)
    for near, far in zip(depths[1:], depths[:-1], strict=True):
        people, lanterns = _draw_row(width_px, height_px, rng, float(near), float(far))
        haze = 0.62 * float(np.log(near / depths[-1]) / np.log(depths[0] / depths[-1])) ** 0.8
        figure = mix(
            rgb(0.012, 0.010, 0.014) * np.ones_like(light), rgb(0.46, 0.24, 0.11), np.full_like(u, haze)
        )
        rim_px = max(1, round(height_px / 150 + 0.9 * abs(1 / near - 1 / 4.2) * 0.012 * height_px))
        edge = np.clip(people - np.roll(people, rim_px, axis=0), 0, 1)[..., None]
        light = mix(
            light,
            figure + (0.22 + 4.2 * edge) * blur(glow_total, height_px / 10) * rgb(1.0, 0.72, 0.5),
            people,
        )
        out_of_focus = abs(1 / near - 1 / 4.2) * 0.016 * height_px
        lanterns = blur(lanterns, max(out_of_focus, 0.6))
        shape = np.clip(lanterns.max(axis=-1), 0, 1)
        light = light * (1 - 0.9 * shape[..., None]) + lanterns * 1.5
        glow_total = glow_total + lanterns
    lit: Light = light + blur(glow_total, height_px / 40) * 0.30 + blur(glow_total, height_px / 9) * 0.34
    return lit


def _draw_row(
    width_px: int, height_px: int, rng: np.random.Generator, near: float, far: float
) -> tuple[Field, Light]:
    """One row of the crowd: how far its people cover each pixel, and their lanterns."""
    fine = 1 if near < 3 else FINE
    size = (width_px * fine, height_px * fine)
    people, glow = Image.new("L", size), Image.new("RGB", size)
    on_people, on_glow = ImageDraw.Draw(people), ImageDraw.Draw(glow)
    scale = height_px * fine
    half_street = 2.25
    colours = ((255, 176, 74), (255, 148, 54), (255, 206, 120), (250, 104, 50), (255, 190, 96))
    for _ in range(int(np.clip(7 + near * 1.6, 8, 34))):
        draws = rng.random(8)
        z = near + (far - near) * draws[0]
        x = (draws[1] * 2 - 1) * half_street
        unit = scale * 1.05 / z
        foot_x, eye_y = scale * 0.75 + x * unit, scale * 0.33
        head = 0.088 * unit
        top = eye_y + (1.02 - 0.12 * draws[2]) * unit
        on_people.ellipse((foot_x - head * 0.82, top, foot_x + head * 0.82, top + head * 2.1), fill=255)
        on_people.rounded_rectangle(
            (foot_x - head * 2.1, top + head * 2.3, foot_x + head * 2.1, top + head * 16),
            radius=head * 1.5,
            fill=255,
        )
        on_people.rectangle(
            (foot_x - head * 0.5, top + head * 1.6, foot_x + head * 0.5, top + head * 2.8), fill=255
        )
        if draws[3] < (0.55 if near > 2.4 else 0.75):
            radius = (0.050 + 0.030 * draws[4]) * unit
            side = foot_x + (draws[5] - 0.5) * 0.6 * unit
            centre = top - (0.06 + 0.34 * draws[6]) * unit
            stick = max(1, int(0.012 * unit))
            on_people.line((side, centre, foot_x + head * 1.8, top + head * 3.4), fill=200, width=stick)
            colour = colours[int(draws[7] * len(colours))]
            for ring in range(6, 0, -1):
                share = ring / 6
                bright = 0.42 + 0.50 * (1 - share) ** 0.8
                fill = tuple(min(255, int(part * bright + 24 * (1 - share))) for part in colour)
                on_glow.ellipse(
                    (
                        side - radius * share,
                        centre - radius * 1.2 * share,
                        side + radius * share,
                        centre + radius * 1.2 * share,
                    ),
                    fill=fill,
                )
    cover = reduced(people, width_px, height_px)[..., None]
    lanterns = reduced(glow, width_px, height_px)
    cover = blur(cover, max(abs(1 / near - 1 / 4.2) * 0.012 * height_px, 0.5))
    return cover[..., 0], lanterns


def _draw_street(width_px: int, height_px: int) -> tuple[Light, Light, Field]:
    """House fronts on both sides of the street, running to the vanishing point; lit panes; cover."""
    size = (width_px * FINE, height_px * FINE)
    walls, panes = Image.new("RGBA", size), Image.new("RGB", size)
    on_walls, on_panes = ImageDraw.Draw(walls), ImageDraw.Draw(panes)
    scale = height_px * FINE
    rng = np.random.default_rng(460)

    def point(x: float, y: float, z: float) -> Point:
        return scale * 0.75 + x / z * scale * 1.05, scale * 0.33 - y / z * scale * 1.05

    edges = np.geomspace(34, 1.2, 15)
    for far, near in pairwise(edges):
        for side in (-1, 1):
            draws = rng.random(4)
            x, high = side * (2.5 + 0.2 * draws[0]), 1.2 + 1.3 * draws[1]
            warm = 0.5 + 0.5 * draws[2]
            deep = float(np.clip(7 / far, 0.25, 1))
            fill = (int(46 * warm / deep**0.4), int(30 * warm / deep**0.4), int(26 / deep**0.4), 255)
            front = [point(x, -2.3, far), point(x, high, far), point(x, high, near), point(x, -2.3, near)]
            on_walls.polygon(front, fill=fill)
            gable = [
                point(x, high, far),
                point(x + side * 0.5, high + 0.55, (near + far) / 2),
                point(x, high, near),
            ]
            on_walls.polygon(gable, fill=(fill[0] // 2, fill[1] // 2, fill[2] // 2 + 6, 255))
            for floor in range(int((high + 1.0) / 0.62)):
                for step in range(3):
                    if rng.random() > 0.36:
                        continue
                    a = near + (far - near) * (0.16 + 0.26 * step)
                    b = near + (far - near) * (0.26 + 0.26 * step)
                    y = -1.1 + floor * 0.62
                    pane = [point(x, y, a), point(x, y + 0.30, a), point(x, y + 0.30, b), point(x, y, b)]
                    dim = 0.25 + 0.5 * rng.random()
                    on_panes.polygon(pane, fill=(int(255 * dim), int(170 * dim), int(84 * dim)))
    for z in (14.0, 9.0, 6.2, 4.4, 3.2):
        for step in np.linspace(-1, 1, 25):
            x, y = point(step * 2.4, 1.05 - 0.4 * (1 - step * step), z)
            radius = scale * 0.011 / z + 1
            on_panes.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 214, 150))
    small = reduced(walls, width_px, height_px)
    lit = reduced(panes, width_px, height_px)
    return small[..., :3], lit, small[..., 3]


def _stars_of_sparks(width_px: int, height_px: int) -> Light:
    """Lanterns let go: small lights far up in the sky."""
    sheet = Image.new("RGB", (width_px, height_px))
    draw = ImageDraw.Draw(sheet)
    for x, y, size in np.random.default_rng(470).random((34, 3)):
        radius = (0.0016 + 0.0035 * size**2) * height_px
        left, top = (0.32 + 0.36 * x) * width_px, y * 0.36 * height_px
        draw.ellipse(
            (left - radius, top - radius * 1.3, left + radius, top + radius * 1.3), fill=(255, 168, 80)
        )
    return np.asarray(sheet, dtype=np.float32) / 255

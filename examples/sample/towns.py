"""The scenes with people in them: a harbour on fire, a city at dusk, a street of lanterns."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from .film import Light, blur
from .noise import Field, fractal, ridged, smoothstep
from .scenes import _mix, _plane, _rgb, _sky

_FINE = 2
"""Solid things are drawn this many times too large and then reduced, for smooth edges."""

Point = tuple[float, float]


def harbour_fire(width_px: int, height_px: int, moment: float = 0.0) -> Light:
    """Columns of smoke over a harbour town; another `moment` (seconds) is another frame of the same burst."""
    pan = 0.012 * moment
    u, v = _plane(width_px, height_px)
    u = (u + np.float32(pan)).astype(np.float32)
    horizon = 0.40
    light = _sky(u, v, (0.34, 0.50, 0.70), (0.93, 0.86, 0.76), horizon=horizon, power=1.2)
    cloud = smoothstep(0.0, 0.8, fractal(u * 1.5 + 9, v * 6, 300, 6))
    light = _mix(light, _rgb(1.0, 0.95, 0.88), cloud * 0.45)
    depth = 0.55 / np.maximum(v - horizon, 1e-3)
    glitter = fractal(u * depth * 5, depth * 14, 305, 5, 0.6) * np.clip(6 / depth, 0, 1)
    sea = _mix(_rgb(0.24, 0.37, 0.44) * np.ones_like(light), _rgb(0.80, 0.80, 0.78), smoothstep(0.5, 0.40, v))
    sea = sea * (1 + 0.22 * glitter)[..., None]
    light = np.where((v > horizon)[..., None], sea, light).astype(np.float32)
    headland = horizon - 0.035 * np.clip(ridged(u * 1.3, u * 0 + 4.2, 310, 6) - 0.55, 0, 1) * smoothstep(
        0.75, 0.2, u
    )
    hills = _mix(
        _rgb(0.52, 0.58, 0.66) * np.ones_like(light), _rgb(0.72, 0.73, 0.74), smoothstep(0.37, 0.41, v)
    )
    light = np.where(((v > headland) & (v <= horizon + 0.002))[..., None], hills, light)

    town, cover = _draw_town(width_px, height_px, horizon, pan)
    texture = 1 + 0.07 * fractal(u * 120, v * 160, 320, 3, 0.8)
    light = _mix(light, town * texture[..., None], cover)
    fires = ((0.80, 0.562, 0.66, 1.0), (0.60, 0.558, 0.42, 0.55), (0.99, 0.566, 0.30, 0.40))
    for index, (fire_u, fire_v, rise, size) in enumerate(fires):
        glow = np.exp(-(((u - fire_u) / 0.05) ** 2) - ((v - fire_v) / 0.028) ** 2)
        light = light + _rgb(1.5, 0.55, 0.12) * glow[..., None] * 0.8 * size
        _raise_smoke(light, u, v, (fire_u, fire_v), rise, size, moment, 330 + 7 * index)
    drift = (
        smoothstep(0.1, 0.9, fractal(u * 2.2, v * 5, 380, 5) + 0.35)
        * smoothstep(0.7, 0.42, v)
        * smoothstep(0.2, 0.4, v)
    )
    light = _mix(light, _rgb(0.62, 0.58, 0.54), drift * 0.32 * smoothstep(0.4, 1.2, u))
    return light.astype(np.float32)


def _raise_smoke(
    light: Light, u: Field, v: Field, fire: Point, rise: float, size: float, moment: float, seed: int
) -> None:
    """Paint a column of smoke in place: hundreds of puffs, lit from the upper left, blown to the right."""
    height_px, width_px = u.shape
    rng = np.random.default_rng(seed)
    count = int(300 + 260 * size)
    draws = rng.random((count, 4)).astype(np.float32)
    age: Field = np.sort((draws[:, 0] ** 0.8 + 0.011 * moment) % 1.0)[::-1]
    first_u = float(u[0, 0])
    for t, (_, across, up, tone) in zip(age, draws, strict=True):
        radius = (0.018 + 0.105 * t**0.9) * (0.55 + 0.5 * size) * (0.7 + 0.6 * tone)
        spread = (0.012 + 0.11 * t) * (0.5 + 0.5 * size)
        centre_u = fire[0] + 0.34 * t**1.7 + (across - 0.5) * 2 * spread
        centre_v = fire[1] - rise * t**0.85 + (up - 0.5) * 1.4 * spread
        left, right = (
            int(np.clip((centre_u - first_u + s * radius * 1.5) * height_px, 0, width_px)) for s in (-1, 1)
        )
        top, bottom = (int(np.clip((centre_v + s * radius * 1.5) * height_px, 0, height_px)) for s in (-1, 1))
        if right - left < 2 or bottom - top < 2:
            continue
        box = np.s_[top:bottom, left:right]
        du, dv = (u[box] - centre_u) / radius, (v[box] - centre_v) / radius
        billow = fractal(du * 1.3 + tone * 90 + 0.02 * moment, dv * 1.3 + across * 90, seed, 5, 0.58)
        away = np.sqrt(du * du + dv * dv) * (1 + 0.42 * billow)
        body = smoothstep(1.0, 0.55, away)
        facing = np.sqrt(np.clip(1 - away * away, 0, 1))
        aside = 0.55 * (0.5 - across) + 0.45 * (0.5 - up)
        lit = np.clip(0.40 * facing - 0.55 * du - 0.50 * dv + 0.80 * billow + aside + 0.12, 0, 1.4)
        dark = np.float32(0.03 + 0.15 * t**0.9)
        shade = dark + (0.12 + 0.42 * t**0.8) * lit
        painted = shade[..., None] * _rgb(1.04, 0.98, 0.93)
        ember = np.float32(max(0.0, 1 - t * 9))
        painted = painted + _rgb(1.3, 0.42, 0.07) * (ember * np.clip(1 - lit, 0, 1))[..., None]
        light[box] = _mix(light[box], painted, body * np.float32(0.92 - 0.62 * t**1.6))


def _draw_town(width_px: int, height_px: int, horizon: float, pan: float) -> tuple[Light, Field]:
    """Houses, silos and cranes of the harbour town, far to near, and how far each pixel is covered."""
    sheet = Image.new("RGBA", (width_px * _FINE, height_px * _FINE), (150, 140, 128, 0))
    draw = ImageDraw.Draw(sheet)
    view = _Perspective(scale=height_px * _FINE, centre=(0.75 - pan, horizon), eye=0.85, focal=1.15)
    shore = [
        (x, 5.6 + 0.5 * np.sin(x * 0.9) + (0.9 if x > -0.8 else 0) - 1.1 * (x < -2.2))
        for x in np.linspace(-6, 6, 160)
    ]
    edge = [view.project(x, 0, z) for x, z in shore]
    draw.polygon(
        [*edge, (2.5 * view.scale, 1.2 * view.scale), (-view.scale, 1.2 * view.scale)],
        fill=(142, 134, 122, 255),
    )

    rng = np.random.default_rng(390)
    things: list[tuple[float, str, float, list[float]]] = []
    turn = 0.42
    for row in np.arange(-9, 9, 0.22):
        for place in np.arange(-9, 9, 0.19):
            jitter = rng.random(7)
            x = place * np.cos(turn) - row * np.sin(turn) + 0.05 * jitter[0]
            z = place * np.sin(turn) + row * np.cos(turn) + 4.0 + 0.05 * jitter[1]
            quay = float(np.interp(x, [p[0] for p in shore], [p[1] for p in shore]))
            street = int(round(place / 0.19)) % 6 == 0 or int(round(row / 0.22)) % 5 == 0
            if z < 1.2 or z > quay - 0.10 or abs(x) > z * 0.9 + 0.3 or street or jitter[2] < 0.06:
                continue
            if x > -0.8 and z > quay - 1.0:
                continue
            things.append((z, "house", x, [float(j) for j in jitter]))
    things += [(6.0 + 0.02 * i, "silo", -0.45 + 0.2 * i, [i * 1.0]) for i in range(9)]
    things += [(6.2, "crane", x, [s]) for x, s in ((-1.3, 1.0), (2.2, -1.0), (3.0, -1.0))]
    for z, kind, x, traits in sorted(things, key=lambda thing: -thing[0]):
        _DRAW[kind](draw, view, x, z, traits)
    small = np.asarray(sheet.resize((width_px, height_px), Image.Resampling.BOX), dtype=np.float32) / 255
    u, v = _plane(width_px, height_px)
    distance = np.clip(view.eye * view.focal / np.maximum(v - horizon, 0.02), 0, 8)
    town = _mix(small[..., :3] * 0.92, _rgb(0.80, 0.77, 0.72), 1 - np.exp(-distance / 11))
    return town, small[..., 3]


@dataclass(frozen=True, slots=True)
class _Perspective:
    """A level camera above flat ground."""

    scale: float
    centre: Point
    eye: float
    focal: float

    def project(self, x: float, y: float, z: float) -> Point:
        """Pixel of a point: x right, y up from the ground, z away."""
        z = max(z, 0.2)
        return (
            (self.centre[0] + x / z * self.focal) * self.scale,
            (self.centre[1] + (self.eye - y) / z * self.focal) * self.scale,
        )


_WALLS = (
    (214, 198, 172),
    (196, 176, 150),
    (222, 214, 200),
    (186, 160, 136),
    (206, 186, 146),
    (176, 170, 164),
)
_ROOFS = ((150, 82, 60), (136, 74, 58), (164, 98, 72), (112, 100, 96), (124, 68, 54))


def _draw_house(
    draw: ImageDraw.ImageDraw, view: _Perspective, x: float, z: float, traits: list[float]
) -> None:
    _, _, _, wide, tall, hue, tint = traits
    half, deep = 0.062 + 0.035 * wide, 0.075
    high = 0.075 + 0.10 * tall * tall
    peak = high + 0.045
    turn = 0.42
    cosine, sine = np.cos(turn), np.sin(turn)

    def corner(a: float, y: float, b: float) -> Point:
        return view.project(x + a * cosine - b * sine, y, z + a * sine + b * cosine)

    wall, roof = _WALLS[int(hue * len(_WALLS))], _ROOFS[int(tint * len(_ROOFS))]

    def shaded(colour: tuple[int, int, int], share: float) -> tuple[int, int, int, int]:
        return (int(colour[0] * share), int(colour[1] * share * 0.99), int(colour[2] * share), 255)

    shadow = [
        corner(half, 0, -deep),
        corner(half + 0.10, 0, -deep * 0.4),
        corner(half + 0.10, 0, deep),
        corner(half, 0, deep),
    ]
    draw.polygon(shadow, fill=(84, 80, 80, 255))
    for a, share in ((half, 0.50), (-half, 1.12)):
        side = [corner(a, 0, -deep), corner(a, high, -deep), corner(a, high, deep), corner(a, 0, deep)]
        draw.polygon(side, fill=shaded(wall, share))
    front = [
        corner(-half, 0, -deep),
        corner(-half, high, -deep),
        corner(0, peak, -deep),
        corner(half, high, -deep),
        corner(half, 0, -deep),
    ]
    draw.polygon(front, fill=shaded(wall, 0.80))
    if z < 3.2:
        floors = max(1, int(high / 0.05))
        for floor in range(floors):
            for step in range(3):
                a = -half + (step + 0.7) * half * 0.58
                y = 0.018 + floor * 0.048
                pane = [
                    corner(a, y, -deep),
                    corner(a, y + 0.024, -deep),
                    corner(a + 0.015, y + 0.024, -deep),
                    corner(a + 0.015, y, -deep),
                ]
                draw.polygon(pane, fill=(70, 68, 72, 255))
    over = 0.012
    for a, share in ((half + over, 0.72), (-half - over, 1.18)):
        slope = [
            corner(a, high - 0.008, -deep - over),
            corner(0, peak + 0.004, -deep - over),
            corner(0, peak + 0.004, deep + over),
            corner(a, high - 0.008, deep + over),
        ]
        draw.polygon(slope, fill=shaded(roof, share))
    if hue > 0.5:
        stack = [
            corner(half * 0.4, high, 0),
            corner(half * 0.4, peak + 0.03, 0),
            corner(half * 0.62, peak + 0.03, 0),
            corner(half * 0.62, high, 0),
        ]
        draw.polygon(stack, fill=(118, 96, 86, 255))


def _draw_silo(
    draw: ImageDraw.ImageDraw, view: _Perspective, x: float, z: float, traits: list[float]
) -> None:
    high = 0.62 if traits[0] != 4 else 0.44
    strips = 14
    for strip in range(strips):
        angle = -np.pi / 2 + np.pi * (strip + 0.5) / strips
        shade = 0.56 + 0.42 * np.clip(np.cos(angle + 0.75), 0, 1)
        a, b = (x + 0.085 * np.sin(-np.pi / 2 + np.pi * (strip + s) / strips) for s in (0, 1))
        draw.polygon(
            [
                view.project(a, 0, z),
                view.project(a, high, z),
                view.project(b, high, z),
                view.project(b, 0, z),
            ],
            fill=(int(214 * shade), int(208 * shade), int(198 * shade), 255),
        )
    cap = [
        view.project(x - 0.085, high, z),
        view.project(x, high + 0.045, z),
        view.project(x + 0.085, high, z),
    ]
    draw.polygon(cap, fill=(150, 146, 140, 255))


def _draw_crane(
    draw: ImageDraw.ImageDraw, view: _Perspective, x: float, z: float, traits: list[float]
) -> None:
    lean = traits[0]
    colour = (104, 96, 98, 255)
    thick = max(1, int(view.scale * 0.0022))
    for leg in (-0.07, 0.07):
        draw.line(
            [view.project(x + leg, 0, z), view.project(x + leg * 0.6, 0.42, z)], fill=colour, width=thick
        )
    draw.line([view.project(x, 0.40, z), view.project(x, 0.74, z)], fill=colour, width=thick)
    draw.line(
        [view.project(x - 0.25 * lean, 0.44, z), view.project(x + 0.62 * lean, 0.62, z)],
        fill=colour,
        width=thick,
    )
    draw.line(
        [view.project(x, 0.74, z), view.project(x + 0.60 * lean, 0.62, z)],
        fill=colour,
        width=max(1, thick // 2),
    )
    draw.line(
        [view.project(x, 0.74, z), view.project(x - 0.25 * lean, 0.44, z)],
        fill=colour,
        width=max(1, thick // 2),
    )


_DRAW = {"house": _draw_house, "silo": _draw_silo, "crane": _draw_crane}


def city_at_dusk(width_px: int, height_px: int) -> Light:
    """Towers on a river after sunset, their windows lit and doubled in the water."""
    u, v = _plane(width_px, height_px)
    shore = 0.66
    calm = (v - shore) * 60 / (0.25 + 3 * (v - shore))
    ripple = 0.016 * fractal(u * 9, calm, 400, 4, 0.6) * (0.25 + 3.5 * np.clip(v - shore, 0, 1))
    below = v > shore
    y = np.where(below, 2 * shore - v + ripple, v).astype(np.float32)
    light = _sky(u, v, (0.08, 0.13, 0.30), (1.05, 0.55, 0.33), horizon=0.68, power=1.7)
    light = (
        light
        + _rgb(0.55, 0.22, 0.05) * np.exp(-(((u - 0.5) / 0.5) ** 2) - ((v - 0.64) / 0.14) ** 2)[..., None]
    )
    bank = fractal(u * 1.0 + 2, v * 5.5 + 0.5 * fractal(u * 2, v * 5, 405, 3), 406, 7)
    under = smoothstep(0.1, 0.6, v)
    cloud_colour = _mix(_rgb(0.20, 0.19, 0.32) * np.ones_like(light), _rgb(1.10, 0.44, 0.34), under)
    light = _mix(light, cloud_colour, smoothstep(-0.05, 0.7, bank) * 0.75 * smoothstep(0.66, 0.45, v))

    city, lamps, cover = _draw_city(width_px, height_px, shore)
    light = _mix(light, city, cover) + lamps
    light = light + blur(lamps, height_px / 160) * 0.9
    rows = np.clip((y * height_px), 0, height_px - 1).astype(np.int64)
    columns = np.clip((u * height_px + ripple * height_px * 0.35), 0, width_px - 1).astype(np.int64)
    water = light[rows, columns]
    long_blur = water.copy()
    for reach in (2, 5, 9, 14, 20):
        step = max(1, round(reach * height_px / 900))
        long_blur += np.roll(water, step, axis=0) + np.roll(water, -step, axis=0)
    water = long_blur / 11 * (0.62 + 0.12 * fractal(u * 5, calm * 0.5, 410, 3))[..., None] + _rgb(
        0.015, 0.02, 0.035
    )
    scene = np.where((v > shore + 0.004)[..., None], water, light)
    return scene.astype(np.float32)


def _draw_city(width_px: int, height_px: int, shore: float) -> tuple[Light, Light, Field]:
    """Walls, lit windows (as light of their own) and how far each pixel is covered."""
    size = (width_px * _FINE, height_px * _FINE)
    walls, lit = Image.new("RGBA", size), Image.new("RGB", size)
    on_walls, on_lit = ImageDraw.Draw(walls), ImageDraw.Draw(lit)
    rng = np.random.default_rng(420)
    scale = height_px * _FINE
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
    reduced = (width_px, height_px)
    small = np.asarray(walls.resize(reduced, Image.Resampling.BOX), dtype=np.float32) / 255
    windows = np.asarray(lit.resize(reduced, Image.Resampling.BOX), dtype=np.float32) / 255
    u, v = _plane(width_px, height_px)
    haze = smoothstep(shore - 0.2, shore, v) * 0.35
    city = _mix(small[..., :3] * 0.75, _rgb(0.42, 0.22, 0.22), haze)
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


def lantern_walk(width_px: int, height_px: int) -> Light:
    """A crowd with paper lanterns in an old street by night."""
    u, v = _plane(width_px, height_px)
    light = _sky(u, v, (0.015, 0.025, 0.07), (0.10, 0.09, 0.15), horizon=0.5)
    light = light + _stars_of_sparks(width_px, height_px)
    houses, panes, cover = _draw_street(width_px, height_px)
    stucco = 1 + 0.25 * fractal(u * 30, v * 30, 440, 4)
    light = _mix(light, houses * stucco[..., None], cover) + panes + 0.8 * blur(panes, height_px / 130)
    ground = smoothstep(0.36, 0.42, v) * smoothstep(
        1.0, 0.8, np.abs(u - 0.75) / np.maximum((v - 0.30) * 2.4, 0.01)
    )
    light = _mix(light, _rgb(0.10, 0.06, 0.04), ground)

    rng = np.random.default_rng(450)
    glow_total = np.zeros_like(light)
    depths = np.geomspace(30, 1.5, 26)
    for near, far in zip(depths[1:], depths[:-1], strict=True):
        people, lanterns = _draw_row(width_px, height_px, rng, float(near), float(far))
        haze = float(np.clip(near / 34, 0, 0.7))
        figure = _mix(
            _rgb(0.012, 0.010, 0.014) * np.ones_like(light), _rgb(0.32, 0.17, 0.08), np.full_like(u, haze)
        )
        edge = np.clip(people - np.roll(people, max(1, height_px // 150), axis=0), 0, 1)[..., None]
        light = _mix(
            light,
            figure + (0.16 + 3.6 * edge) * blur(glow_total, height_px / 10) * _rgb(1.0, 0.72, 0.5),
            people,
        )
        out_of_focus = abs(1 / near - 1 / 4.2) * 0.016 * height_px
        lanterns = blur(lanterns, max(out_of_focus, 0.6))
        shape = np.clip(lanterns.max(axis=-1), 0, 1)
        light = light * (1 - 0.9 * shape[..., None]) + lanterns * 1.5
        glow_total = glow_total + lanterns
    light = light + blur(glow_total, height_px / 40) * 0.30 + blur(glow_total, height_px / 9) * 0.34
    return light.astype(np.float32)


def _draw_row(
    width_px: int, height_px: int, rng: np.random.Generator, near: float, far: float
) -> tuple[Field, Light]:
    """One row of the crowd: how far its people cover each pixel, and their lanterns."""
    fine = 1 if near < 3 else _FINE
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
        if draws[3] < (0.55 if near > 2.4 else 0.42):
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
    reduced = (width_px, height_px)
    cover = np.asarray(people.resize(reduced, Image.Resampling.BOX), dtype=np.float32)[..., None] / 255
    lanterns = np.asarray(glow.resize(reduced, Image.Resampling.BOX), dtype=np.float32) / 255
    cover = blur(cover, max(abs(1 / near - 1 / 4.2) * 0.012 * height_px, 0.5))
    return cover[..., 0], lanterns


def _draw_street(width_px: int, height_px: int) -> tuple[Light, Light, Field]:
    """House fronts on both sides of the street, running to the vanishing point; lit panes; cover."""
    size = (width_px * _FINE, height_px * _FINE)
    walls, panes = Image.new("RGBA", size), Image.new("RGB", size)
    on_walls, on_panes = ImageDraw.Draw(walls), ImageDraw.Draw(panes)
    scale = height_px * _FINE
    rng = np.random.default_rng(460)

    def point(x: float, y: float, z: float) -> Point:
        return scale * 0.75 + x / z * scale * 1.05, scale * 0.33 - y / z * scale * 1.05

    edges = np.geomspace(34, 1.2, 15)
    for far, near in zip(edges[:-1], edges[1:], strict=True):
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
    reduced = (width_px, height_px)
    small = np.asarray(walls.resize(reduced, Image.Resampling.BOX), dtype=np.float32) / 255
    lit = np.asarray(panes.resize(reduced, Image.Resampling.BOX), dtype=np.float32) / 255
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

"""A harbour town on fire: houses to the quay, columns of smoke over the silos."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from .canvas import FINE, Point, mix, plane, reduced, rgb, sky
from .film import Light
from .noise import Field, fractal, ridged, smoothstep


def harbour_fire(width_px: int, height_px: int, moment: float = 0.0) -> Light:
    """Columns of smoke over a harbour town; another `moment` (seconds) is another frame of the same burst."""
    pan = 0.012 * moment
    u, v = plane(width_px, height_px)
    u = (u + np.float32(pan)).astype(np.float32)
    horizon = 0.40
    light = sky(u, v, (0.34, 0.50, 0.70), (0.93, 0.86, 0.76), horizon=horizon, power=1.2)
    cloud = smoothstep(0.0, 0.8, fractal(u * 1.5 + 9, v * 6, 300, 6))
    light = mix(light, rgb(1.0, 0.95, 0.88), cloud * 0.45)
    depth = 0.55 / np.maximum(v - horizon, 1e-3)
    glitter = fractal(u * depth * 5, depth * 14, 305, 5, 0.6) * np.clip(6 / depth, 0, 1)
    sea = mix(rgb(0.24, 0.37, 0.44) * np.ones_like(light), rgb(0.80, 0.80, 0.78), smoothstep(0.5, 0.40, v))
    sea = sea * (1 + 0.22 * glitter)[..., None]
    light = np.where((v > horizon)[..., None], sea, light).astype(np.float32)
    headland = horizon - 0.035 * np.clip(ridged(u * 1.3, u * 0 + 4.2, 310, 6) - 0.55, 0, 1) * smoothstep(
        0.75, 0.2, u
    )
    hills = mix(rgb(0.52, 0.58, 0.66) * np.ones_like(light), rgb(0.72, 0.73, 0.74), smoothstep(0.37, 0.41, v))
    light = np.where(((v > headland) & (v <= horizon + 0.002))[..., None], hills, light)

    town, cover = _draw_town(width_px, height_px, horizon, pan)
    texture = 1 + 0.045 * fractal(u * 170, v * 230, 320, 2, 0.8)
    cloud_shadow = smoothstep(-0.1, 0.45, fractal(u * 1.4 + 2, v * 4.5, 322, 4))
    under_smoke = smoothstep(0.85, 1.3, u) * smoothstep(0.85, 0.6, v)
    texture = texture * (1 - 0.30 * cloud_shadow) * (1 - 0.28 * under_smoke)
    light = mix(light, town * texture[..., None], cover)
    fires = ((0.80, 0.562, 0.66, 1.0), (0.60, 0.558, 0.42, 0.55), (0.99, 0.566, 0.30, 0.40))
    for index, (fire_u, fire_v, rise, size) in enumerate(fires):
        glow = np.exp(-(((u - fire_u) / 0.05) ** 2) - ((v - fire_v) / 0.028) ** 2)
        light = light + rgb(1.5, 0.55, 0.12) * glow[..., None] * 0.8 * size
        _raise_smoke(light, u, v, (fire_u, fire_v), rise, size, moment, 330 + 7 * index)
    drift = (
        smoothstep(0.1, 0.9, fractal(u * 2.2, v * 5, 380, 5) + 0.35)
        * smoothstep(0.7, 0.42, v)
        * smoothstep(0.2, 0.4, v)
    )
    light = mix(light, rgb(0.62, 0.58, 0.54), drift * 0.32 * smoothstep(0.4, 1.2, u))
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
        painted = shade[..., None] * rgb(1.04, 0.98, 0.93)
        ember = np.float32(max(0.0, 1 - t * 9))
        painted = painted + rgb(1.3, 0.42, 0.07) * (ember * np.clip(1 - lit, 0, 1))[..., None]
        light[box] = mix(light[box], painted, body * np.float32(0.92 - 0.62 * t**1.6))


def _draw_town(width_px: int, height_px: int, horizon: float, pan: float) -> tuple[Light, Field]:
    """Houses, silos and cranes of the harbour town, far to near, and how far each pixel is covered."""
    sheet = Image.new("RGBA", (width_px * FINE, height_px * FINE), (150, 140, 128, 0))
    draw = ImageDraw.Draw(sheet)
    view = _Perspective(scale=height_px * FINE, centre=(0.75 - pan, horizon), eye=0.85, focal=1.15)
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
            street = round(place / 0.19) % 6 == 0 or round(row / 0.22) % 5 == 0
            if z < 1.2 or z > quay - 0.10 or abs(x) > z * 0.9 + 0.3 or street or jitter[2] < 0.06:
                continue
            if x > -0.8 and z > quay - 1.0:
                continue
            things.append((z, "house", x, [float(j) for j in jitter]))
    things += [(6.0 + 0.02 * i, "silo", -0.45 + 0.2 * i, [i * 1.0]) for i in range(9)]
    things += [(6.2, "crane", x, [s]) for x, s in ((-1.3, 1.0), (2.2, -1.0), (3.0, -1.0))]
    for z, kind, x, traits in sorted(things, key=lambda thing: -thing[0]):
        _DRAW[kind](draw, view, x, z, traits)
    small = reduced(sheet, width_px, height_px)
    _, v = plane(width_px, height_px)
    distance = np.clip(view.eye * view.focal / np.maximum(v - horizon, 0.02), 0, 8)
    lit = small[..., :3] ** 1.5 * rgb(1.06, 1.0, 0.90)
    town = mix(lit, rgb(0.74, 0.72, 0.69), 1 - np.exp(-distance / 17))
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

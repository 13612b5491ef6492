"""The scenes of the sample archive, each as light falling on height x width points.

A scene is a function of its size only: the same scene at another size is the same picture.
Coordinates: u runs right from 0 to the aspect, v runs down from 0 to 1.
"""

import numpy as np
from PIL import Image, ImageDraw

from .canvas import mix, plane, rgb, sky
from .film import Light, blur
from .noise import Field, fractal, gradient_noise, ridged, smoothstep
from .terrain import Eye, Ground, look


def ridge_in_haze(width_px: int, height_px: int) -> Light:
    """Return a mountain range in low evening sun, its valleys full of haze."""
    u, v = plane(width_px, height_px)

    def heights(x: Field, z: Field, size: Field) -> Field:
        bend = fractal(x * 0.22, z * 0.22, 40, 3)
        base = ridged(x * 0.105 + 0.30 * bend + 3.1, z * 0.105 + 3.3, 41, 10, size * 0.105)
        rise = smoothstep(3, 24, z) * 2.5 + 0.45
        height: Field = base * rise * (0.8 + 0.5 * fractal(x * 0.07, z * 0.07, 60, 2)) - 0.35
        return height

    eye = Eye(height=1.75, horizon=0.47, near=1.6, far=60, focal=1.45)
    ground = look(eye, heights, width_px, height_px, 900)
    sun = _unit(-0.72, 0.38, 0.25)
    above = sky(u, v, (0.27, 0.42, 0.66), (0.98, 0.80, 0.62), horizon=0.5)
    cloud = smoothstep(0.05, 0.75, fractal(u * 1.3 + 4, v * 5.5 + u * 0.4, 70, 6) + 0.12)
    above = mix(above, rgb(1.05, 0.88, 0.76), cloud * 0.65 * smoothstep(0.55, 0.1, v))
    sunlit = np.exp(-(((u - 0.12) / 0.55) ** 2) - ((v - 0.36) / 0.25) ** 2)
    above = above + rgb(0.5, 0.3, 0.12) * sunlit[..., None]

    lit = _lambert(ground, sun)
    steep = 1 - ground.normal[1]
    speckle = fractal(ground.x * 5, ground.z * 5, 80, 5, 0.6)
    snow = smoothstep(0.85, 1.5, ground.y + 0.4 * speckle) * smoothstep(0.60, 0.34, steep - 0.1 * speckle)
    wood = smoothstep(0.75, 0.35, ground.y + 0.25 * speckle) * smoothstep(0.5, 0.25, steep)
    colour = mix(
        rgb(0.30, 0.26, 0.24) * (0.8 + 0.35 * speckle)[..., None], rgb(0.07, 0.105, 0.06), wood * 0.9
    )
    colour = mix(colour, rgb(0.92, 0.93, 0.97), snow)
    light = colour * (
        lit[..., None] * rgb(2.1, 1.50, 1.0) + rgb(0.20, 0.28, 0.44) * ground.normal[1][..., None]
    )
    haze = 1 - np.exp(-ground.z * 0.085 * np.exp(-np.maximum(ground.y, 0) * 0.9) - 0.006 * ground.z)
    near_sun = np.exp(-((u - 0.1) ** 2) / 0.5)[..., None]
    veil = rgb(0.52, 0.60, 0.74) * (1 - near_sun) + rgb(0.95, 0.76, 0.58) * near_sun
    light = light * (1 - haze[..., None]) + veil * haze[..., None]
    return np.where(ground.seen[..., None], light, above)


def storm_sea(width_px: int, height_px: int) -> Light:
    """Draw a breaking swell under a torn sky, light on the horizon."""
    u, v = plane(width_px, height_px)

    def heights(x: Field, z: Field, size: Field) -> Field:
        wander = fractal(x * 0.12, z * 0.12, 90, 3)
        swell = 1 - np.abs(gradient_noise(x * 0.10 + 0.5 * wander, z * 0.26 + 0.7 * wander, 91))
        chop = ridged(x * 0.55 + wander, z * 0.9 + wander, 92, 6, size * 0.9)
        return swell**2 * 0.62 + chop * 0.15 - 0.3

    eye = Eye(height=1.15, horizon=0.42, near=1.2, far=160, focal=1.3)
    ground = look(eye, heights, width_px, height_px, 700)
    above = sky(u, v, (0.20, 0.25, 0.32), (0.90, 0.80, 0.62), horizon=0.47, power=2.6)
    torn = fractal(u * 1.2 + 0.16 * fractal(u * 3, v * 8, 95, 4), v * 3.4 / (0.35 + v), 96, 8, 0.56)
    above = mix(above, rgb(0.12, 0.15, 0.19), smoothstep(-0.15, 0.65, torn) * 0.75 * smoothstep(0.48, 0.2, v))
    above = mix(above, rgb(0.95, 0.90, 0.78), smoothstep(0.25, 0.9, -torn) * 0.5)

    across, up, away = ground.normal
    view = _unit_to(ground, 1.15)
    facing = np.clip(-(across * view[0] + up * view[1] + away * view[2]), 0, 1)
    fresnel = 0.03 + 0.62 * (1 - facing) ** 5
    bounce_up = np.clip(view[1] - 2 * (-facing) * up, 0, 1)
    mirrored = mix(rgb(0.86, 0.78, 0.62), rgb(0.24, 0.29, 0.36), smoothstep(0.0, 0.55, bounce_up))
    deep = rgb(0.03, 0.09, 0.10) + rgb(0.05, 0.17, 0.15) * smoothstep(0.05, 0.75, ground.y)[..., None]
    light: Light = deep * (1 - fresnel[..., None]) + mirrored * fresnel[..., None]
    lace = fractal(ground.x * 3.1, ground.z * 4.3, 98, 6, 0.62)
    crest = smoothstep(0.30, 0.62, ground.y + 0.26 * lace)
    streak = smoothstep(0.35, 0.7, fractal(ground.x * 0.9, ground.z * 3.2, 99, 6, 0.6)) * 0.35
    foam = np.clip(crest * (0.55 + 0.6 * lace) + streak, 0, 1) * np.exp(-ground.z / 60)
    light = mix(light, rgb(0.80, 0.83, 0.82), foam)
    haze = 1 - np.exp(-ground.z / 55)
    light = mix(light, rgb(0.66, 0.62, 0.54), haze)
    scene = np.where(ground.seen[..., None], light, above)
    return scene.astype(np.float32)


def northern_lights(width_px: int, height_px: int) -> Light:
    """Curtains of aurora over dark hills, mirrored in a still lake."""
    u, v = plane(width_px, height_px)
    shore = 0.70
    below = v > shore
    ripple = (
        0.010 * fractal(u * 7, (v - shore) * 90 / (0.3 + (v - shore) * 4), 100, 4) * (0.3 + 4 * (v - shore))
    )
    y = np.where(below, 2 * shore - v + ripple, v).astype(np.float32)
    x = np.where(below, u + ripple * 0.4, u).astype(np.float32)

    light = sky(x, y, (0.012, 0.022, 0.06), (0.05, 0.11, 0.16), horizon=0.72)
    for seed, base, strength, tall in (
        (101, 0.52, 1.0, 0.30),
        (105, 0.40, 0.65, 0.26),
        (109, 0.60, 0.5, 0.16),
    ):
        fold = fractal(x * 1.1, np.full_like(x, seed * 0.37), seed, 4)
        hem = base + 0.17 * fold + 0.035 * fractal(x * 5, x * 0 + 2.5, seed + 1, 3)
        rays = 0.75 + 0.5 * fractal(x * 7 + 7 * fold, (y - hem) * 0.6, seed + 2, 5, 0.62)
        above = hem - y
        veil = np.where(above > 0, np.exp(-above / tall) * smoothstep(0, 0.035, above), 0) * np.clip(
            rays, 0.05, 2
        )
        veil = (
            veil
            * (0.45 + 0.75 * smoothstep(-0.5, 0.6, fractal(x * 0.8, x * 0 + seed, seed + 3, 2)))
            * strength
        )
        tint = smoothstep(0.0, tall * 1.5, above)
        light = light + veil[..., None] * mix(rgb(0.20, 0.95, 0.46), rgb(0.44, 0.20, 0.66), tint) * 1.25
    light = light + _stars(u, width_px, height_px, x, y)
    for layer, (level, rough, dark) in enumerate(((0.62, 0.12, 0.060), (0.675, 0.04, 0.022))):
        top = level - rough * (ridged(x * 0.9 + layer * 7, x * 0 + 1.5 + layer, 115 + layer, 7) - 0.8)
        if layer:
            top = top - 0.013 * np.abs(fractal(x * 60, x * 0, 119, 2, 0.8))
        light = np.where((y > top)[..., None], rgb(dark * 0.7, dark * 1.15, dark * 1.25), light)
    light = np.where(below[..., None], light * rgb(0.62, 0.66, 0.70), light)
    bank = np.exp(-(((v - shore) / 0.004) ** 2))[..., None]
    dimmed: Light = light * (1 - 0.7 * bank)
    return dimmed


def misty_valley(width_px: int, height_px: int) -> Light:
    """Wooded ridges one behind another in morning mist."""
    u, v = plane(width_px, height_px)
    light = sky(u, v, (0.55, 0.66, 0.80), (1.10, 0.86, 0.62), horizon=0.42)
    sun_u, sun_v = 1.02, 0.245
    away = np.sqrt((u - sun_u) ** 2 + (v - sun_v) ** 2)
    light = (
        light + rgb(1.6, 1.2, 0.7) * (smoothstep(0.033, 0.028, away) + 0.35 * np.exp(-away / 0.16))[..., None]
    )
    wisp = smoothstep(0.1, 0.7, fractal(u * 1.2, v * 9, 120, 6))
    light = mix(light, rgb(1.15, 0.95, 0.78), wisp * 0.35)
    layers = 8
    for layer in range(layers):
        near = layer / (layers - 1)
        level = 0.34 + 0.50 * near**1.25
        shape = fractal(u * (1.0 + 0.5 * near) + layer * 13.1, u * 0 + layer * 3.7, 122 + layer, 5, 0.42)
        top = level + (0.075 + 0.06 * near) * shape
        spruce = np.abs(fractal(u * (150 - 105 * near), u * 0 + layer, 140 + layer, 2, 0.7))
        top = top - (0.003 + 0.035 * near**2) * spruce
        cover = smoothstep(-0.0012, 0.0012, v - top)
        depth = v - (top + (0.003 + 0.035 * near**2) * spruce)
        near_mist = 0.92 - 0.60 * near**2
        dark = mix(
            rgb(0.66, 0.63, 0.66) * np.ones_like(light), rgb(0.035, 0.055, 0.05), np.full_like(u, near**0.6)
        )
        leaf = 1 + (0.12 + 0.5 * near) * fractal(u * (70 - 20 * near), v * 50, 150 + layer, 4)
        mist = smoothstep(0.0, 0.16 - 0.03 * near, depth + 0.03 * fractal(u * 3, v * 9, 160 + layer, 4))
        warm = np.exp(-np.abs(u - sun_u) / 0.7)[..., None]
        veil = rgb(0.76, 0.74, 0.76) * (1 - warm) + rgb(1.12, 0.88, 0.64) * warm
        slope = mix(dark * leaf[..., None], veil * (1 - 0.32 * near), mist * near_mist)
        light = mix(light, slope, cover)
    return light.astype(np.float32)


def snow_wood(width_px: int, height_px: int) -> Light:
    """Spruces in falling snow, a track leading into the white."""
    u, v = plane(width_px, height_px)
    rng = np.random.default_rng(170)
    fog = mix(
        rgb(0.72, 0.76, 0.83) * np.ones((height_px, width_px, 3)),
        rgb(0.86, 0.88, 0.91),
        smoothstep(0, 0.6, v),
    )
    light: Light = fog.astype(np.float32)
    layers = 9
    for layer in range(layers):
        near = layer / (layers - 1)
        foot = 0.50 + 0.33 * near**1.6
        drift = foot + 0.03 * fractal(u * 1.5 + layer * 5, u * 0 + layer, 171 + layer, 3)
        shine = (
            0.86
            + 0.10 * fractal(u * 4, v * 16 + layer, 180 + layer, 5)
            - 0.10 * smoothstep(0, 0.3, v - drift)
        )
        light = mix(
            light,
            shine[..., None] * rgb(0.90, 0.94, 1.0),
            smoothstep(-0.004, 0.012, v - drift) * (0.3 + 0.7 * near),
        )
        for _ in range(int(26 - 17 * near)):
            tall = (0.16 + 0.52 * near**1.4) * (0.7 + 0.6 * rng.random())
            stand = rng.random() * 1.7 - 0.1
            lane = 0.08 + 0.24 * near
            if abs(stand - 0.78 + 0.06 * near) < lane:
                continue
            _plant_spruce(
                light, u, v, stand, foot + 0.02, tall, 0.14 + 0.80 * near, int(rng.integers(1 << 16))
            )
    track = np.abs(u - 0.76 - 0.10 * np.sin((v - 0.5) * 4)) / np.maximum(v - 0.47, 0.01)
    for side in (0.20, 0.42):
        rut = np.exp(-(((track - side) / 0.055) ** 2)) * smoothstep(0.52, 0.66, v)
        light = mix(light, rgb(0.58, 0.63, 0.72), rut * (0.5 + 0.25 * fractal(u * 12, v * 12, 190, 4)))
    for count, size, strength in ((1500, 0.0016, 0.6), (340, 0.0036, 0.55), (46, 0.010, 0.36)):
        light = light + _flakes(rng, width_px, height_px, count, size, strength)
    return light


def _plant_spruce(
    light: Light, u: Field, v: Field, stand: float, foot: float, tall: float, dark: float, seed: int
) -> None:
    """Paint one spruce over its part of the picture, in place: tiers of boughs, snow on their upper side."""
    height_px, width_px = u.shape
    scale = height_px
    left, right = (int(np.clip((stand + side * 0.30 * tall) * scale, 0, width_px)) for side in (-1, 1))
    top, bottom = (int(np.clip(edge * scale, 0, height_px)) for edge in (foot - tall * 1.05, foot + 0.02))
    if right - left < 2 or bottom - top < 2:
        return
    box = np.s_[top:bottom, left:right]
    down = (v[box] - (foot - tall)) / tall
    side = (u[box] - stand) / tall
    sway = fractal(side * 3 + seed % 97, down * 5, 260 + seed % 40, 3)
    bough = (down * 15 - 4.5 * np.abs(side) + 0.9 * sway + seed % 7 / 7) % 1
    ragged = fractal(side * 26 + seed % 89, down * 34, 200 + seed % 50, 5, 0.62)
    reach = (
        0.006
        + 0.165 * np.clip(down, 0, 1) ** 0.8 * (0.62 + 0.38 * bough + 0.30 * sway)
        + 0.06 * ragged * np.clip(down + 0.05, 0, 1)
    )
    cover = smoothstep(0.016, -0.016, np.abs(side) - reach) * (down > 0) * smoothstep(1.0, 0.94, down)
    trunk = smoothstep(0.02, 0.012, np.abs(side)) * (down > 0.9) * (down < 1.0)
    snow = smoothstep(0.62, 0.18, bough + 0.55 * ragged) * (0.7 + 0.3 * smoothstep(0.2, -0.2, side))
    green = rgb(0.05, 0.075, 0.075) * (0.8 + 0.7 * np.abs(ragged))[..., None]
    painted = mix(green, rgb(0.80, 0.85, 0.93), snow * 0.85)
    light[box] = mix(light[box], painted, np.clip(cover + trunk, 0, 1) * dark)


def _flakes(
    rng: np.random.Generator, width_px: int, height_px: int, count: int, size: float, strength: float
) -> Light:
    """Falling snow, each flake drawn out a little along its fall."""
    sheet = Image.new("L", (width_px, height_px))
    draw = ImageDraw.Draw(sheet)
    for x, y, scale in rng.random((count, 3)):
        radius = max(size * height_px * (0.6 + 0.8 * scale), 0.5)
        left, top = x * width_px, y * height_px
        draw.ellipse(
            (left - radius, top - radius * 1.3, left + radius, top + radius * 1.3),
            fill=int(140 + 115 * scale),
        )
    flakes = (np.asarray(sheet, dtype=np.float32) / 255)[..., None]
    return blur(flakes, max(size * height_px * 0.45, 0.5)) * strength * rgb(1, 1, 1)


def _stars(u: Field, width_px: int, height_px: int, x: Field, y: Field) -> Light:
    rng = np.random.default_rng(113)
    sheet = np.zeros((height_px, width_px), dtype=np.float32)
    places = rng.random((900, 3))
    rows = (places[:, 0] * 0.62 * height_px).astype(np.int64)
    columns = (places[:, 1] * width_px).astype(np.int64)
    np.maximum.at(sheet, (rows, columns), (places[:, 2] ** 5 * 0.9 + 0.08).astype(np.float32))
    soft = blur(sheet[..., None], max(height_px / 1700, 0.3))
    return soft * 1.6 * rgb(0.85, 0.92, 1.0) * (y < 0.6)[..., None]


def _unit(x: float, y: float, z: float) -> tuple[float, float, float]:
    length = (x * x + y * y + z * z) ** 0.5
    return x / length, y / length, z / length


def _lambert(ground: Ground, sun: tuple[float, float, float]) -> Field:
    across, up, away = ground.normal
    result: Field = np.clip(across * sun[0] + up * sun[1] + away * sun[2], 0, 1)
    return result


def _unit_to(ground: Ground, eye_height: float) -> tuple[Field, Field, Field]:
    """Direction from the eye to each seen point."""
    drop = ground.y - np.float32(eye_height)
    length = np.sqrt(ground.x**2 + drop**2 + ground.z**2)
    return ground.x / length, drop / length, ground.z / length

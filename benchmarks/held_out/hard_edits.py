"""Edits after which little of a photograph is as it was: dark, negative, bent, turned freely, or a small part.

They have the form of those in :mod:`benchmarks.held_out.edits`, and are drawn as those are.
"""

import math
import random
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from benchmarks.held_out.edits import (
    Edit,
    Edited,
    Picture,
    _crop,
    _fill,
    _font,
    _from_pixels,
    _noise,
    _over,
    _perspective,
    _pixels,
    _to_width,
)

# --- dark, negative


def night(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return an eighth of the light, with a little noise."""
    pixels = _pixels(p) / 8
    return Edited(_from_pixels(pixels + 2 + _noise(rng, pixels.shape, 1.2)))


def faded(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Bleached: a sixth of the contrast is left, and all is light."""
    return Edited(_from_pixels(_pixels(p) / 6 + 190))


def negative(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Dark and light exchanged, as on film."""
    return Edited(ImageOps.invert(p))


def film_negative(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a negative with the orange of colour film, seen from the wrong side."""
    dark = np.array([255.0, 190.0, 130.0]) - _pixels(ImageOps.mirror(p)) * np.array([0.75, 0.6, 0.45])
    return Edited(_from_pixels(dark), mirrored=True)


# --- bent, turned


def seen_aside(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a print seen at an angle: each corner up to 20 % inwards."""
    return Edited(_perspective(p, rng, 0.2, (70, 64, 60)))


def seen_far_aside(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a print seen at a wide angle: one side 30 % shorter, and the picture as much narrower."""
    w, h = p.size
    inset = 0.3 * rng.uniform(0.8, 1.0)
    right = rng.random() < 0.5
    near, far = (0.0, 0.0), (inset * w, inset * h / 2)
    left_in, right_in = (near, far) if right else (far, near)
    corners = [
        (left_in[0], left_in[1]),
        (left_in[0], h - left_in[1]),
        (w - right_in[0], h - right_in[1]),
        (w - right_in[0], right_in[1]),
    ]
    rows, values = [], []
    for (x, y), (u, v) in zip(corners, [(0, 0), (0, h), (w, h), (w, 0)], strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    data = np.linalg.solve(np.array(rows), np.array(values)).tolist()
    shown = p.transform(
        (w, h), Image.Transform.PERSPECTIVE, data, Image.Resampling.BICUBIC, fillcolor=(70, 64, 60)
    )
    return Edited(shown)


def wide_lens(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Bent outwards as by a wide lens."""
    pixels = _pixels(p)
    y, x = np.mgrid[: p.height, : p.width].astype(np.float64)
    half = math.hypot(p.width, p.height) / 2
    across, down = (x - p.width / 2) / half, (y - p.height / 2) / half
    bend = (1 + 0.22 * (across**2 + down**2)) / 1.22
    at = (
        np.clip(down * bend * half + p.height / 2, 0, p.height - 1),
        np.clip(across * bend * half + p.width / 2, 0, p.width - 1),
    )
    low = [np.floor(each).astype(int) for each in at]
    high = [np.minimum(each + 1, side - 1) for each, side in zip(low, pixels.shape[:2], strict=True)]
    v, u = (each - below for each, below in zip(at, low, strict=True))
    v, u = v[..., None], u[..., None]
    upper = pixels[low[0], low[1]] * (1 - u) + pixels[low[0], high[1]] * u
    lower = pixels[high[0], low[1]] * (1 - u) + pixels[high[0], high[1]] * u
    return Edited(_from_pixels(upper * (1 - v) + lower * v))


def _turned(p: Picture, degrees: float, ground: tuple[int, int, int]) -> Edited:
    return Edited(p.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=ground))


def turned_15(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return it turned by 15 degrees, on white."""
    return _turned(p, rng.choice((-15, 15)), (255, 255, 255))


def turned_30(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return it turned by 30 degrees, on black."""
    return _turned(p, rng.choice((-30, 30)), (0, 0, 0))


def turned_45(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return it turned by 45 degrees, on grey."""
    return _turned(p, rng.choice((-45, 45)), (120, 120, 120))


def turned_trimmed(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return it turned by 10 to 25 degrees, and trimmed to what has no corners."""
    degrees = rng.uniform(10, 25) * rng.choice((-1, 1))
    turned = p.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    angle = math.radians(abs(degrees))
    w, h = p.size
    scale = min(
        h / (w * math.sin(angle) + h * math.cos(angle)), w / (w * math.cos(angle) + h * math.sin(angle))
    )
    across, down = scale * w / turned.width / 2, scale * h / turned.height / 2
    return Edited(_crop(turned, (0.5 - across, 0.5 - down, 0.5 + across, 0.5 + down)))


# --- small parts


def contact_sheet(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a sheet of 20 small pictures with numbers on black, the picture one of them."""
    out = Image.new("RGB", (1500, 1180), (12, 12, 12))
    d = ImageDraw.Draw(out)
    place = rng.randrange(20)
    for number in range(20):
        left, top = 20 + number % 5 * 296, 20 + number // 5 * 290
        each = p if number == place else others[number % len(others)]
        shown = each.copy()
        shown.thumbnail((276, 240))
        out.paste(shown, (left + (276 - shown.width) // 2, top + (240 - shown.height) // 2))
        d.text((left + 4, top + 248), f"{number + 1:02}A", font=_font(22), fill=(235, 200, 90))
    return Edited(out, also_shows=tuple(range(min(20, len(others)))))


def film_strip(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return five frames of film with their holes, the picture one of them."""
    out = Image.new("RGB", (1640, 320), (18, 16, 15))
    d = ImageDraw.Draw(out)
    for hole in range(0, 1640, 40):
        for top in (12, 286):
            d.rounded_rectangle((hole + 8, top, hole + 30, top + 22), 5, fill=(225, 225, 220))
    shown = list(others[:4])
    shown.insert(rng.randrange(5), p)
    for number, each in enumerate(shown):
        out.paste(_fill(each, 316, 224), (6 + number * 328, 48))
    return Edited(out, also_shows=tuple(range(4)))


def quote_over_most(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a quotation on a coloured panel over 62 % of the picture."""

    def draw(d: ImageDraw.ImageDraw, w: int, h: int) -> None:
        d.rectangle((0, h * 0.38, w, h), fill=(170, 30, 45, 255))
        words = "“We were told in March.\nNobody came.”"
        d.multiline_text((w * 0.06, h * 0.46), words, font=_font(h * 0.11), fill="white")
        d.text((w * 0.06, h * 0.86), "Keeper of the lock, on Friday", font=_font(h * 0.05), fill="white")

    return Edited(_over(p, draw))


def player_window(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a screenshot of a video site: the player with its bar, a list of other videos, comments."""
    out = Image.new("RGB", (1440, 900), (15, 15, 15))
    d = ImageDraw.Draw(out)
    d.text((40, 16), "ExampleTube", font=_font(30), fill="white")
    d.rounded_rectangle((480, 14, 980, 54), 20, outline=(90, 90, 90), width=2)
    window = Image.new("RGB", (900, 506), "black")
    shown = ImageOps.contain(p, (900, 506), Image.Resampling.LANCZOS)
    window.paste(shown, ((900 - shown.width) // 2, (506 - shown.height) // 2))
    bar = ImageDraw.Draw(window)
    bar.rectangle((12, 468, 888, 472), fill=(160, 160, 160))
    bar.rectangle((12, 468, 12 + rng.randrange(100, 800), 472), fill=(255, 0, 0))
    bar.text((16, 478), "1:07 / 4:31", font=_font(18), fill="white")
    out.paste(window, (40, 76))
    d.text((40, 600), "Water rises in the old harbour, third night", font=_font(34), fill="white")
    for row in range(4):
        line = "I was there at nine and the gate was open, nobody had closed it"
        d.text((40, 670 + 52 * row), line[: rng.randrange(30, 62)], font=_font(22), fill=(200, 200, 200))
    for number, other in enumerate(others[:6]):
        out.paste(_fill(other, 210, 118), (980, 76 + number * 132))
        d.text((1206, 84 + number * 132), "Harbour news\n12 k views", font=_font(18), fill=(210, 210, 210))
    return Edited(out, also_shows=tuple(range(6)))


def on_a_table(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a small print on plain grey, a third as wide as the picture."""
    out = Image.new("RGB", (1200, 900), (176, 174, 170))
    out = _from_pixels(_pixels(out) + _noise(rng, (900, 1200, 1), 2))
    shown = _to_width(p, 400)
    place = (rng.randrange(60, 740), rng.randrange(60, max(61, 840 - shown.height)))
    shadow = Image.new("L", out.size, 0)
    box = (place[0] + 6, place[1] + 8, place[0] + 406, place[1] + shown.height + 8)
    ImageDraw.Draw(shadow).rectangle(box, fill=110)
    out.paste((60, 58, 56), mask=shadow.filter(ImageFilter.GaussianBlur(7)))
    out.paste(shown, place)
    return Edited(out)


HARD_KINDS: dict[str, tuple[Edit, ...]] = {
    "dark, faded, negative": (night, faded, negative, film_negative),
    "seen aside, turned freely": (
        *(seen_aside, seen_far_aside, wide_lens, turned_15, turned_30, turned_45, turned_trimmed),
    ),
    "a small part": (contact_sheet, film_strip, quote_over_most, player_window, on_a_table),
}

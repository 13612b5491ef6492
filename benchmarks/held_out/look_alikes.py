"""Pictures that look alike and are not the same: frames of bursts, templates, maps, pages, charts.

Each function draws one set of them; in a set no two are duplicates. What they are is true by construction: a frame of
a burst has the same scene with something in another place, a map the same land with other labels.
"""

import random
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from benchmarks.held_out.edits import _fill, _font, _from_pixels, _noise, _pixels

Picture = Image.Image

_PLACES = (
    *("Arden", "Bellow", "Corrim", "Dunmere", "Eastry", "Farrow", "Gelt", "Harrowby", "Ilsen", "Jorvale"),
    *("Kestrel Bay", "Lorne", "Marrick", "Norrey", "Ostrava Point", "Penlow", "Quell", "Ranmoor", "Sallow"),
)
_TEXT = (
    "the council said on Tuesday that harbour and school would stay closed until water had left lower town and "
    "nobody could say when ferries were to run again while traders counted what had been lost in cellars along "
    "quay where keeper of lock had warned twice since winter that gates were old and rain would come"
)


# --- frames of one scene


def _object(rng: random.Random, other: Picture, width: int) -> tuple[Picture, Picture]:
    """Return a thing to put into a scene, with its mask: an oval out of another photograph."""
    size = (width, round(width * 1.3))
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).ellipse((3, 3, size[0] - 3, size[1] - 3), fill=255)
    return _fill(other, *size), mask.filter(ImageFilter.GaussianBlur(2))


def _parallax(picture: Picture, rng: random.Random, amount: float) -> Picture:
    """Seen from a step aside: near and far things shift by up to that share of the width."""
    w, h = picture.size
    seeds = np.random.default_rng(rng.getrandbits(32)).normal(size=(5, 5))
    field = np.asarray(Image.fromarray(seeds.astype(np.float32)).resize((w, h), Image.Resampling.BICUBIC))
    shift = field / max(1e-6, float(np.abs(field).max())) * amount * w
    y, x = np.mgrid[:h, :w]
    return _from_pixels(_pixels(picture)[y, np.clip(np.rint(x + shift), 0, w - 1).astype(int)])


def _moved(
    scene: Picture, rng: random.Random, other: Picture, *, step: float, hand: bool, light: float
) -> list[Picture]:
    """Two frames: something has gone on by ``step`` of the width; by hand, the camera has moved too."""
    thing, mask = _object(rng, other, round(scene.width * 0.17))
    x, y = rng.uniform(0.1, 0.8 - step), rng.uniform(0.2, 0.5)
    frames = []
    for number in range(2):
        frame = scene.copy()
        frame.paste(thing, (round((x + number * step) * scene.width), round(y * scene.height)), mask)
        if hand and number:
            frame = _parallax(frame, rng, 0.01).rotate(rng.choice((-0.7, 0.7)), Image.Resampling.BICUBIC)
        margin = round(scene.width * 0.02)
        left = margin + (margin // 2 if hand and number else 0)
        frame = frame.crop((left, margin, scene.width - 2 * margin + left, scene.height - margin))
        frame = ImageEnhance.Brightness(frame).enhance(light if number else 1.0)
        pixels = _pixels(frame)
        frames.append(_from_pixels(pixels + _noise(rng, pixels.shape, 2.5)))
    return frames


def burst_tripod(rng: random.Random, scene: Picture, others: Sequence[Picture]) -> list[Picture]:
    """Return the camera stood still; something went on by 12 % of the width."""
    return _moved(scene, rng, others[0], step=0.12, hand=False, light=1.0)


def burst_small_step(rng: random.Random, scene: Picture, others: Sequence[Picture]) -> list[Picture]:
    """Return the camera stood still; something went on by 4 % of the width."""
    return _moved(scene, rng, others[0], step=0.04, hand=False, light=1.0)


def burst_hand(rng: random.Random, scene: Picture, others: Sequence[Picture]) -> list[Picture]:
    """Held in the hand: something went on by 12 %, the camera turned and moved, a cloud passed."""
    return _moved(scene, rng, others[0], step=0.12, hand=True, light=1.12)


def reshot(rng: random.Random, scene: Picture, others: Sequence[Picture]) -> list[Picture]:
    """Return the same place from two steps aside, framed anew: nothing moved but the photographer."""
    aside = _parallax(scene, rng, 0.03).rotate(rng.choice((-1.5, 1.5)), Image.Resampling.BICUBIC)
    w, h = scene.size
    frames = [
        scene.crop((0, 0, round(w * 0.93), round(h * 0.95))),
        ImageEnhance.Brightness(aside.crop((round(w * 0.05), round(h * 0.04), w, round(h * 0.97)))).enhance(
            0.9
        ),
    ]
    return [_from_pixels(_pixels(each) + _noise(rng, (each.height, each.width, 3), 2.5)) for each in frames]


# --- one template, other photographs


def same_banner(rng: random.Random, scene: Picture, others: Sequence[Picture]) -> list[Picture]:
    """Return a channel's frame and its banner with the same words, over 34 % of eight photographs."""
    shown = []
    for other in others[:8]:
        frame = Image.new("RGB", (960, 640), (20, 30, 110))
        frame.paste(_fill(other, 880, 420), (40, 30))
        d = ImageDraw.Draw(frame)
        d.rectangle((0, 470, 960, 560), fill=(190, 10, 25))
        d.text((40, 482), "BREAKING  Ferries stopped", font=_font(62), fill="white")
        d.rectangle((0, 560, 960, 640), fill=(245, 245, 245))
        d.text((40, 575), "News at six with Maria Example", font=_font(44), fill=(20, 20, 20))
        d.rectangle((780, 50, 900, 105), fill=(20, 40, 160))
        d.text((800, 52), "TV7", font=_font(44), fill="white")
        shown.append(frame)
    return shown


def same_quote(rng: random.Random, scene: Picture, others: Sequence[Picture]) -> list[Picture]:
    """Return a panel with the same quotation over 55 % of eight photographs."""
    shown = []
    for other in others[:8]:
        frame = _fill(other, 900, 600)
        d = ImageDraw.Draw(frame)
        d.rectangle((0, 0, 495, 600), fill=(15, 25, 45))
        words = "“Nobody\nasked us before\nthey closed\nthe school.”"
        d.multiline_text((36, 90), words, font=_font(66), fill="white", spacing=14)
        d.text((36, 510), "A parent, Tuesday", font=_font(34), fill=(200, 200, 200))
        shown.append(frame)
    return shown


def same_page(rng: random.Random, scene: Picture, others: Sequence[Picture]) -> list[Picture]:
    """Screenshots of one site with other stories: other words, another photograph."""
    return [_web_page(rng, (20, 40, 80), other) for other in others[:8]]


# --- pictures of text, maps, charts


def _lines(rng: random.Random, count: int, words: int) -> list[str]:
    return [" ".join(rng.choice(_TEXT.split()) for _ in range(words)).capitalize() for _ in range(count)]


def _web_page(rng: random.Random, colour: tuple[int, int, int], lead: Picture | None) -> Picture:
    page = Image.new("RGB", (1100, 1000), "white")
    d = ImageDraw.Draw(page)
    d.rectangle((0, 0, 1100, 80), fill=colour)
    d.text((40, 16), "The Daily Example", font=_font(40), fill="white")
    d.text((620, 28), "News   Sport   Weather   Town", font=_font(24), fill="white")
    d.text((60, 110), _lines(rng, 1, 6)[0][:44], font=_font(40), fill="black")
    top = 190
    if lead is not None:
        page.paste(_fill(lead, 560, 360), (60, top))
        top += 380
    for row, line in enumerate(_lines(rng, (960 - top) // 32, 8)):
        d.text((60, top + row * 32), line[:56], font=_font(22), fill=(60, 60, 60))
    d.rectangle((800, 110, 1060, 960), fill=(235, 235, 235))
    for row, line in enumerate(_lines(rng, 12, 4)):
        d.text((815, 130 + row * 66), line[:24], font=_font(20), fill=(30, 30, 90))
    return page


def text_page(rng: random.Random, scene: Picture, others: Sequence[Picture]) -> list[Picture]:
    """Screenshots of one site without a picture: other words only."""
    colour = (rng.randrange(120), rng.randrange(120), rng.randrange(120))
    return [_web_page(rng, colour, None) for _ in range(3)]


def _land(rng: random.Random, size: tuple[int, int]) -> Picture:
    """Return a map in relief, of land that is nowhere."""
    noise = np.random.default_rng(rng.getrandbits(32))
    height = np.zeros((size[1], size[0]), dtype=np.float32)
    for cells, weight in ((4, 1.0), (8, 0.5), (16, 0.25), (32, 0.12), (64, 0.06)):
        grid = Image.fromarray(noise.normal(size=(cells, cells)).astype(np.float32))
        height += np.asarray(grid.resize(size, Image.Resampling.BICUBIC)) * weight
    down, across = np.gradient(height)
    shade = np.clip((across - down) * 60, -1, 1) * 22
    land = (height > np.quantile(height, 0.4))[..., None]
    relief = np.clip(height, -1, 2)[..., None]
    colours = np.where(land, np.array([205, 214, 170]) - relief * 20, np.array([165, 200, 225]) + relief * 8)
    return _from_pixels(colours + np.where(land, shade[..., None], 0))


def same_land(rng: random.Random, scene: Picture, others: Sequence[Picture]) -> list[Picture]:
    """One map, other places named on it, another part marked."""
    land = _land(rng, (900, 640))
    shown = []
    for number in range(3):
        frame = land.copy()
        d = ImageDraw.Draw(frame, "RGBA")
        x, y = rng.uniform(200, 700), rng.uniform(200, 450)
        d.ellipse(
            (x - 110, y - 80, x + 110, y + 80), fill=(220, 40, 40, 90), outline=(200, 0, 0, 255), width=3
        )
        for name in rng.sample(_PLACES, 8):
            x, y = rng.uniform(60, 780), rng.uniform(80, 600)
            d.ellipse((x - 5, y - 5, x + 5, y + 5), fill=(30, 30, 30, 255))
            d.text((x + 9, y - 14), name, font=_font(24), fill=(20, 20, 20, 255))
        d.rectangle((0, 0, 900, 50), fill=(255, 255, 255, 235))
        d.text((16, 8), f"Map {number + 1}: {_lines(rng, 1, 4)[0]}", font=_font(30), fill="black")
        shown.append(frame)
    return shown


def same_chart(rng: random.Random, scene: Picture, others: Sequence[Picture]) -> list[Picture]:
    """One design of a chart, other figures in it."""
    shown = []
    for _ in range(3):
        frame = Image.new("RGB", (900, 560), "white")
        d = ImageDraw.Draw(frame)
        d.text((40, 20), "Ferry passengers, thousands a month", font=_font(34), fill="black")
        for row in range(6):
            d.line((60, 100 + row * 70, 860, 100 + row * 70), fill=(215, 215, 215), width=2)
            d.text((16, 86 + row * 70), str(100 - row * 20), font=_font(22), fill=(90, 90, 90))
        for month in range(12):
            top = 450 - rng.uniform(40, 330)
            d.rectangle((80 + month * 65, top, 125 + month * 65, 450), fill=(30, 90, 160))
            d.text((92 + month * 65, 458), "JFMAMJJASOND"[month], font=_font(24), fill="black")
        d.text((40, 510), "Source: harbour office", font=_font(22), fill=(90, 90, 90))
        shown.append(frame)
    return shown


def score_card(rng: random.Random, scene: Picture, others: Sequence[Picture]) -> list[Picture]:
    """One design of a score card, other goals on it."""
    scores = rng.sample([(home, away) for home in range(7) for away in range(7)], 3)
    shown = []
    for home, away in scores:
        frame = Image.new("RGB", (1080, 608), (12, 60, 48))
        d = ImageDraw.Draw(frame)
        d.rectangle((0, 150, 1080, 420), fill=(245, 243, 236))
        d.text((60, 48), "Result", font=_font(64), fill="white")
        d.text((90, 250), "Farrow Town", font=_font(46), fill=(25, 25, 25))
        d.text((760, 250), "Jorvale", font=_font(46), fill=(25, 25, 25))
        d.text((478, 232), f"{home} : {away}", font=_font(72), fill=(25, 25, 25))
        d.text((60, 500), "Cup, second round", font=_font(36), fill=(210, 225, 215))
        shown.append(frame)
    return shown


def product_shot(rng: random.Random, photograph: Picture) -> Picture:
    """Draw a thing on white, as shops show it: cut out of a photograph."""
    size = (rng.randrange(240, 420), rng.randrange(260, 480))
    thing, mask = _fill(photograph, *size), Image.new("L", size, 0)
    ImageDraw.Draw(mask).ellipse((0, 0, size[0] - 1, size[1] - 1), fill=255)
    frame = Image.new("RGB", (1000, 1000), (253, 253, 253))
    frame.paste(thing, (500 - size[0] // 2, 500 - size[1] // 2), mask)
    return frame


LookAlikes = Callable[[random.Random, Picture, Sequence[Picture]], list[Picture]]

SCENES: tuple[LookAlikes, ...] = (burst_tripod, burst_small_step, burst_hand, reshot)
"""Each set is made of one photograph that is nowhere else in the archive."""
TEMPLATES: tuple[LookAlikes, ...] = (same_banner, same_quote, same_page)
"""Each set shows photographs that are in the archive: with those they are true matches."""
DRAWN: tuple[LookAlikes, ...] = (text_page, same_land, same_chart, score_card)
"""Made of nothing."""
SCENES_EACH, DRAWN_EACH = 6, 4
"""Sets of each kind."""

"""Edits that newsrooms, readers and old machines make, none of them among those the thresholds were set on.

Each takes a picture, a seeded random generator and other photographs (for what shows several), and gives the edited
picture with what is true of it. They are drawn, not measured: banners, screens and prints look like their kind, not
like any one product.
"""

import hashlib
import io
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Picture = Image.Image
Box = tuple[float, float, float, float]
_LANCZOS = Image.Resampling.LANCZOS


@dataclass(frozen=True, slots=True)
class Edited:
    """An edited picture and what is true of it."""

    picture: Picture
    encoding: str = "JPEG"
    quality: int = 82
    box: Box | None = None
    """The part of the photograph that is left, in fractions, where that is exactly known."""
    mirrored: bool = False
    rotated_degrees: int = 0
    """Counter-clockwise, by quarters."""
    also_shows: tuple[int, ...] = ()
    """Which of the other photographs it shows too, by their number."""

    def encoded(self) -> tuple[bytes, str]:
        """Return the bytes of the file and the extension of its name."""
        out = io.BytesIO()
        picture = self.picture if self.encoding == "PNG" else self.picture.convert("RGB")
        options = {"speed": 8} if self.encoding == "AVIF" else {}
        if self.encoding != "PNG":
            options["quality"] = self.quality
        picture.save(out, self.encoding, **options)
        return out.getvalue(), {"JPEG": "jpg"}.get(self.encoding, self.encoding.lower())


Edit = Callable[[Picture, random.Random, Sequence[Picture]], Edited]


def apply_edit(edit: Edit, picture: Picture, seed: str, others: Sequence[Picture]) -> Edited:
    """Return the edit with a generator of its own, so that no edit depends on another."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    return edit(picture.copy(), random.Random(number), others)


# --- helpers


def _font(px: float) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size=max(9, int(px)))


def _to_width(picture: Picture, width: int) -> Picture:
    return picture.resize((width, max(1, round(picture.height * width / picture.width))), _LANCZOS)


def _crop(picture: Picture, box: Box) -> Picture:
    w, h = picture.size
    return picture.crop((round(box[0] * w), round(box[1] * h), round(box[2] * w), round(box[3] * h)))


def _fill(picture: Picture, width: int, height: int) -> Picture:
    """Scaled and cropped to fill a rectangle."""
    return ImageOps.fit(picture, (width, height), _LANCZOS)


def _over(picture: Picture, draw: Callable[[ImageDraw.ImageDraw, int, int], None]) -> Picture:
    """Something drawn over the picture, with transparency."""
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    draw(ImageDraw.Draw(layer), *picture.size)
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


def _pixels(picture: Picture) -> npt.NDArray[np.float32]:
    return np.asarray(picture.convert("RGB"), dtype=np.float32)


def _from_pixels(pixels: npt.NDArray[np.floating]) -> Picture:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _noise(rng: random.Random, shape: tuple[int, ...], sigma: float) -> npt.NDArray[np.float64]:
    return np.random.default_rng(rng.getrandbits(32)).normal(0, sigma, shape)


def _recompressed(picture: Picture, quality: int) -> Picture:
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=quality)
    return Image.open(out).convert("RGB")


def _perspective(
    picture: Picture, rng: random.Random, strength: float, ground: tuple[int, int, int]
) -> Picture:
    """Seen at an angle: each corner moved inwards by up to that share of the size."""
    w, h = picture.size
    corners = [(0, 0), (0, h), (w, h), (w, 0)]
    moved = [
        (x + (1 if x == 0 else -1) * rng.uniform(0.2, 1) * strength * w,
         y + (1 if y == 0 else -1) * rng.uniform(0.2, 1) * strength * h)
        for x, y in corners
    ]  # fmt: skip
    rows, right = [], []
    for (x, y), (u, v) in zip(moved, corners, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    data = np.linalg.solve(np.array(rows), np.array(right)).tolist()
    return picture.transform(
        (w, h), Image.Transform.PERSPECTIVE, data, Image.Resampling.BICUBIC, fillcolor=ground
    )


# --- drawn over


def lower_third(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a channel's banner with a name, a ticker and a bug in the corner."""

    def draw(d: ImageDraw.ImageDraw, w: int, h: int) -> None:
        d.rectangle((0, h * 0.72, w * 0.8, h * 0.84), fill=(190, 10, 25, 235))
        d.text((w * 0.03, h * 0.735), "LIVE  Council votes on harbour", font=_font(h * 0.07), fill="white")
        d.rectangle((0, h * 0.84, w, h * 0.93), fill=(245, 245, 245, 235))
        d.text((w * 0.03, h * 0.855), "Maria Example, correspondent", font=_font(h * 0.05), fill=(20, 20, 20))
        d.rectangle((w * 0.86, h * 0.05, w * 0.97, h * 0.14), fill=(20, 40, 160, 230))
        d.text((w * 0.88, h * 0.06), "TV7", font=_font(h * 0.055), fill="white")

    return Edited(_over(p, draw))


def circled(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a thing marked by a red circle and an arrow."""

    def draw(d: ImageDraw.ImageDraw, w: int, h: int) -> None:
        x, y, r = w * rng.uniform(0.3, 0.7), h * rng.uniform(0.3, 0.7), min(w, h) * rng.uniform(0.1, 0.2)
        line = max(4, w // 110)
        d.ellipse((x - r, y - r, x + r, y + r), outline=(230, 0, 0, 255), width=line)
        d.line((x + r * 2.6, y - r * 2.2, x + r * 0.8, y - r * 0.8), fill=(230, 0, 0, 255), width=line * 2)
        d.polygon([(x + r * 0.7, y - r * 0.7), (x + r * 1.3, y - r * 0.8), (x + r * 0.8, y - r * 1.3)], "red")

    return Edited(_over(p, draw))


def pixelated(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Two faces or number plates made unrecognisable."""
    out = p.copy()
    for _ in range(2):
        w, h = round(p.width * rng.uniform(0.12, 0.2)), round(p.height * rng.uniform(0.14, 0.22))
        x, y = rng.randrange(p.width - w), rng.randrange(p.height - h)
        part = p.crop((x, y, x + w, y + h))
        if rng.random() < 0.5:
            part = part.resize((6, 6), Image.Resampling.BOX).resize((w, h), Image.Resampling.NEAREST)
        else:
            part = part.filter(ImageFilter.GaussianBlur(w / 5))
        mask = Image.new("L", (w, h), 0)
        ImageDraw.Draw(mask).ellipse((0, 0, w, h), fill=255)
        out.paste(part, (x, y), mask)
    return Edited(out)


def timestamp(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return the orange date of a compact camera."""
    out = p.copy()
    stamp = f"{rng.randint(1, 12):02}/{rng.randint(1, 28):02}/'{rng.randint(94, 99)}  14:3{rng.randint(0, 9)}"
    size = p.height * 0.06
    ImageDraw.Draw(out).text((p.width * 0.6, p.height * 0.88), stamp, font=_font(size), fill=(255, 140, 20))
    return Edited(out)


def subtitled(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a still with two lines of subtitles."""

    def draw(d: ImageDraw.ImageDraw, w: int, h: int) -> None:
        for row, words in enumerate(("We did not see the water coming.", "It was here before the warning.")):
            place = (w * 0.12, h * (0.76 + 0.1 * row))
            d.text(place, words, font=_font(h * 0.075), fill="white", stroke_width=3, stroke_fill="black")

    return Edited(_over(p, draw))


def play_button(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return the still of a video player: darkened, a button, a bar, a length."""

    def draw(d: ImageDraw.ImageDraw, w: int, h: int) -> None:
        d.rectangle((0, 0, w, h), fill=(0, 0, 0, 70))
        r = h * 0.14
        d.ellipse((w / 2 - r, h / 2 - r, w / 2 + r, h / 2 + r), fill=(255, 255, 255, 225))
        points = [(w / 2 - r * 0.35, h / 2 - r * 0.5), (w / 2 - r * 0.35, h / 2 + r * 0.5)]
        d.polygon([*points, (w / 2 + r * 0.6, h / 2)], fill=(30, 30, 30, 255))
        d.rectangle((0, h * 0.96, w, h), fill=(120, 120, 120, 200))
        d.rectangle((0, h * 0.96, w * 0.3, h), fill=(220, 0, 0, 255))
        d.rectangle((w * 0.86, h * 0.86, w * 0.98, h * 0.93), fill=(0, 0, 0, 210))
        d.text((w * 0.875, h * 0.865), "2:47", font=_font(h * 0.05), fill="white")

    return Edited(_over(p, draw))


def quote_card(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a quotation on a dark panel over nearly half of the picture."""

    def draw(d: ImageDraw.ImageDraw, w: int, h: int) -> None:
        d.rectangle((0, 0, w * 0.45, h), fill=(15, 25, 45, 235))
        words = "“Nobody\nasked us\nbefore they\nclosed the\nschool.”"
        d.multiline_text((w * 0.04, h * 0.12), words, font=_font(h * 0.1), fill="white")
        d.text((w * 0.04, h * 0.84), "A parent, Tuesday", font=_font(h * 0.05), fill=(200, 200, 200))

    return Edited(_over(p, draw))


def meme(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a white bar with text on top, outlined capitals below."""
    bar = round(p.height * 0.2)
    out = Image.new("RGB", (p.width, p.height + bar), "white")
    out.paste(p, (0, bar))
    d = ImageDraw.Draw(out)
    d.text((p.width * 0.03, bar * 0.25), "when the council says Monday", font=_font(bar * 0.42), fill="black")
    place = (p.width * 0.1, out.height - p.height * 0.17)
    font = _font(p.height * 0.12)
    d.text(place, "NOT THIS MONDAY", font=font, fill="white", stroke_width=4, stroke_fill="black")
    return Edited(out)


def stickers(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Round stickers and a hand-drawn line, as readers send pictures in."""

    def draw(d: ImageDraw.ImageDraw, w: int, h: int) -> None:
        for _ in range(4):
            x, y, r = rng.uniform(0, w), rng.uniform(0, h), h * rng.uniform(0.06, 0.1)
            d.ellipse(
                (x - r, y - r, x + r, y + r), fill=(255, 205, 40, 255), outline=(90, 60, 0, 255), width=2
            )
            for side in (-1, 1):
                eye = x + side * r * 0.35
                d.ellipse((eye - r * 0.1, y - r * 0.3, eye + r * 0.1, y), fill=(60, 40, 0, 255))
            d.arc(
                (x - r * 0.5, y - r * 0.2, x + r * 0.5, y + r * 0.6), 10, 170, fill=(60, 40, 0, 255), width=3
            )
        points = [(w * k / 12, h * (0.5 + 0.12 * math.sin(k))) for k in range(2, 11)]
        d.line(points, fill=(30, 200, 90, 255), width=max(4, w // 100))

    return Edited(_over(p, draw))


# --- framed, shown among others


def rounded(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Round corners on white."""
    mask = Image.new("L", p.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *p.size), radius=min(p.size) * 0.14, fill=255)
    return Edited(Image.composite(p, Image.new("RGB", p.size, "white"), mask))


def drop_shadow(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """On light grey with a soft shadow."""
    edge = round(p.width * 0.06)
    out = Image.new("RGB", (p.width + 2 * edge, p.height + 2 * edge), (238, 238, 240))
    shadow = Image.new("L", out.size, 0)
    box = (edge + edge // 3, edge + edge // 3, edge + p.width + edge // 3, edge + p.height + edge // 3)
    ImageDraw.Draw(shadow).rectangle(box, fill=150)
    out.paste((40, 40, 40), mask=shadow.filter(ImageFilter.GaussianBlur(edge / 3)))
    out.paste(p, (edge, edge))
    return Edited(out)


def polaroid(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return an instant print, laid down a little askew."""
    edge = round(p.width * 0.05)
    out = Image.new("RGB", (p.width + 2 * edge, p.height + 5 * edge), (250, 249, 244))
    out.paste(p, (edge, edge))
    ImageDraw.Draw(out).text(
        (edge * 2, p.height + edge * 2), "Summer 1989", font=_font(edge * 1.6), fill="navy"
    )
    angle = rng.choice((-4, 4))
    turned = out.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=(120, 90, 60))
    return Edited(turned)


def story(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """9:16 with a blurred fill of itself, a headline and the bars of an app."""
    out = _fill(p, 720, 1280).filter(ImageFilter.GaussianBlur(28))
    out = ImageEnhance.Brightness(out).enhance(0.7)
    shown = _to_width(p, 720)
    out.paste(shown, (0, (1280 - shown.height) // 2))
    d = ImageDraw.Draw(out)
    d.rectangle((24, 20, 696, 26), fill="white")
    d.text((30, 60), "dailyexample   3h", font=_font(34), fill="white")
    d.text((40, 1060), "Storm closes the harbour", font=_font(52), fill="white")
    return Edited(out)


def social_post(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a screenshot of a post: who, what, the picture with round corners, how many liked it."""
    shown = _to_width(p, 640)
    mask = Image.new("L", shown.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *shown.size), radius=24, fill=255)
    out = Image.new("RGB", (760, shown.height + 300), "white")
    d = ImageDraw.Draw(out)
    d.ellipse((30, 30, 90, 90), fill=(60, 130, 200))
    d.text((110, 34), "Daily Example", font=_font(26), fill="black")
    d.text((110, 66), "@dailyexample · 4 h", font=_font(20), fill=(110, 110, 110))
    words = "Third day without ferries: the islands are running\nout of bread, the mayor says."
    d.multiline_text((60, 112), words, font=_font(25), fill="black")
    out.paste(shown, (60, 200), mask)
    d.text((60, shown.height + 230), "214 comments      1,083 likes", font=_font(22), fill=(110, 110, 110))
    return Edited(out)


def phone_viewer(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a phone's screen with the picture open, and a strip of others below it."""
    out = Image.new("RGB", (720, 1480), "black")
    shown = _to_width(p, 720)
    shown = shown if shown.height <= 1180 else _fill(p, 720, 1180)
    out.paste(shown, (0, 130 + (1180 - shown.height) // 2))
    d = ImageDraw.Draw(out)
    d.text((30, 20), "14:07", font=_font(30), fill="white")
    d.text((560, 20), "LTE  83%", font=_font(30), fill="white")
    d.text((30, 78), "< 12 March 2024", font=_font(32), fill="white")
    for place, other in enumerate(others[:9]):
        out.paste(_fill(other, 70, 70), (18 + place * 77, 1330))
    d.text((60, 1425), "Share      Edit      Delete", font=_font(32), fill="white")
    return Edited(out, also_shows=tuple(range(min(9, len(others)))))


def gallery_grid(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a phone's gallery: twelve square thumbnails, the picture one of them."""
    out = Image.new("RGB", (732, 1100), "white")
    ImageDraw.Draw(out).text((20, 20), "Photos      Albums", font=_font(34), fill="black")
    shown = list(others[:11])
    shown.insert(rng.randrange(12), p)
    for place, each in enumerate(shown):
        out.paste(_fill(each, 240, 240), (3 + place % 3 * 243, 100 + place // 3 * 243))
    return Edited(out, also_shows=tuple(range(min(11, len(others)))))


def side_by_side(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Two pictures in one, as for before and after."""
    out = Image.new("RGB", (1210, 450), "white")
    places = [0, 610]
    rng.shuffle(places)
    out.paste(_fill(p, 600, 450), (places[0], 0))
    out.paste(_fill(others[0], 600, 450), (places[1], 0))
    return Edited(out, also_shows=(0,))


def four_in_one(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Four pictures in one."""
    out = Image.new("RGB", (1208, 908), "white")
    places = [(0, 0), (608, 0), (0, 458), (608, 458)]
    rng.shuffle(places)
    for place, each in zip(places, (p, *others[:3]), strict=True):
        out.paste(_fill(each, 600, 450), place)
    return Edited(out, also_shows=(0, 1, 2))


def newspaper_page(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a scanned page: headline, columns, the picture grey and screened in the middle of it."""
    out = Image.new("L", (1100, 1500), 236)
    d = ImageDraw.Draw(out)
    d.text((60, 40), "THE DAILY EXAMPLE", font=_font(84), fill=30)
    d.line((60, 150, 1040, 150), fill=30, width=4)
    d.text((60, 170), "Harbour closed for third day", font=_font(56), fill=30)
    line = "and the water rose again at night, said the keeper of the lock, who had"
    for column in range(3):
        for row in range(42):
            shift = rng.randrange(12)
            place = (60 + column * 335, 260 + row * 28)
            d.text(place, line[shift : shift + 30], font=_font(19), fill=50)
    shown = _screened(ImageOps.autocontrast(_fill(p, 650, 460).convert("L"), 1), 4)
    out.paste(shown, (390, 250))
    d.rectangle((390, 710, 1040, 750), fill=236)
    d.text((392, 716), "Waves at the breakwater on Tuesday. Photo: A. Nobody", font=_font(20), fill=40)
    skewed = out.rotate(rng.uniform(-0.8, 0.8), Image.Resampling.BICUBIC, fillcolor=236)
    return Edited(skewed.filter(ImageFilter.GaussianBlur(0.6)).convert("RGB"))


# --- printed, filmed, scanned


def _screened(grey: Picture, cell: int) -> Picture:
    """Print in dots at 45 degrees, ``cell`` pixels wide."""
    values = np.asarray(grey, dtype=np.float32) / 255
    y, x = np.mgrid[: grey.height, : grey.width]
    wave = np.cos(math.pi * (x + y) / cell) * np.cos(math.pi * (x - y) / cell)
    dots = np.clip((values - 0.5 - wave * 0.45) * 4 + 0.5, 0, 1)
    return Image.fromarray((dots * 215 + 25).astype(np.uint8))


def halftone(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Cut out of a newspaper: dots on greyish paper, seen by a scanner."""
    dots = _screened(ImageOps.autocontrast(p.convert("L"), 1), max(3, round(p.width / 220)))
    return Edited(
        ImageOps.colorize(dots.filter(ImageFilter.GaussianBlur(0.8)), (45, 42, 40), (232, 226, 210))
    )


def photographed_print(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a print on a table, taken with a phone: perspective, light from one side, a little blur."""
    seen = _perspective(p, rng, 0.06, (96, 74, 58))
    pixels = _pixels(seen.filter(ImageFilter.GaussianBlur(0.9)))
    y, x = np.mgrid[: p.height, : p.width]
    side = rng.uniform(0, 2 * math.pi)
    light = 0.85 + 0.3 * ((x / p.width - 0.5) * math.cos(side) + (y / p.height - 0.5) * math.sin(side))
    lit = pixels * light[..., None] * np.array([1.04, 1.0, 0.9]) + 8 + _noise(rng, pixels.shape, 3)
    return Edited(_from_pixels(lit), quality=70)


def filmed_screen(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Taken off a screen: lines, moire, a slight angle, a blue cast."""
    pixels = _pixels(p)
    y, x = np.mgrid[: p.height, : p.width]
    lines = 1 - 0.22 * (0.5 + 0.5 * np.sin(y * 2 * math.pi / 3.1))
    moire = 1 + 0.1 * np.sin((x * 1.3 + y * 0.7) / 17 + 2 * np.sin(y / 90))
    shown = _from_pixels(pixels * (lines * moire)[..., None] * np.array([0.95, 1.0, 1.1]))
    return Edited(_perspective(shown, rng, 0.03, (10, 10, 12)), quality=70)


def fax(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """One bit a pixel, dithered, with the sender's line on top."""
    grey = _to_width(ImageOps.autocontrast(p.convert("L"), 2), 800)
    ImageDraw.Draw(grey).rectangle((0, 0, 800, 22), fill=255)
    ImageDraw.Draw(grey).text((8, 3), "12-03-1994  09:41   DAILY EXAMPLE   P.02", font=_font(16), fill=0)
    return Edited(grey.convert("1"), encoding="PNG")


def photocopy(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Hard blacks and whites with specks."""
    grey = ImageEnhance.Contrast(ImageOps.autocontrast(p.convert("L"), 3)).enhance(3.0)
    pixels = np.asarray(grey, dtype=np.float32)
    specks = np.random.default_rng(rng.getrandbits(32)).random(pixels.shape) < 0.003
    return Edited(_from_pixels(np.where(specks, 40.0, pixels) + _noise(rng, pixels.shape, 10)))


def old_photo(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Faded and warm, with grain, dust and scratches."""
    pixels = _pixels(ImageEnhance.Color(p).enhance(0.45)) * 0.72 * np.array([1.08, 0.98, 0.78]) + 48
    out = _from_pixels(pixels + _noise(rng, (p.height, p.width, 1), 16))
    d = ImageDraw.Draw(out)
    for _ in range(7):
        x = rng.randrange(p.width)
        d.line((x, 0, x + rng.randint(-20, 20), p.height), fill=(235, 225, 200), width=rng.randint(1, 2))
    for _ in range(60):
        x, y = rng.randrange(p.width), rng.randrange(p.height)
        d.ellipse((x, y, x + 3, y + 3), fill=(240, 235, 220))
    return Edited(out)


# --- tone and colour


def duotone(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Two strong colours."""
    dark, light = rng.choice((((30, 10, 90), (255, 190, 60)), ((0, 60, 70), (255, 120, 130))))
    return Edited(ImageOps.colorize(ImageOps.autocontrast(p.convert("L"), 2), dark, light))


def vignette(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Corners all but black."""
    y, x = np.mgrid[: p.height, : p.width]
    away = np.hypot((x / p.width - 0.5) * 2, (y / p.height - 0.5) * 2)
    return Edited(_from_pixels(_pixels(p) * np.clip(1.25 - away**2 * 0.75, 0.03, 1)[..., None]))


def hard_contrast(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Gamma 2.2 and contrast 1.7: shadows run together."""
    dark = p.point([round(255 * (value / 255) ** 2.2) for value in range(256)] * 3)
    return Edited(ImageEnhance.Contrast(ImageEnhance.Brightness(dark).enhance(1.5)).enhance(1.7))


def underexposed(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a third of the light, with the noise of it."""
    pixels = _pixels(p) * 0.3
    return Edited(_from_pixels(pixels + _noise(rng, pixels.shape, 5)))


def noisy(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """High sensitivity: strong noise in each channel."""
    pixels = _pixels(p)
    return Edited(_from_pixels(pixels + _noise(rng, pixels.shape, 28)))


def posterised(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Two bits a channel."""
    return Edited(ImageOps.posterize(p, 2))


def local_contrast(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return the look of tone mapping: wide-radius sharpening and strong colour."""
    strong = p.filter(ImageFilter.UnsharpMask(radius=40, percent=130, threshold=0))
    return Edited(ImageEnhance.Color(strong).enhance(1.5))


def smoothed(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a beauty or painting filter: fine detail gone, edges kept."""
    return Edited(p.filter(ImageFilter.ModeFilter(7)))


# --- badly saved


def webp_q3(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """WebP of quality 3 at 800 px."""
    return Edited(_to_width(p, min(800, p.width)), encoding="WEBP", quality=3)


def avif_q15(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """AVIF of quality 15."""
    return Edited(p, encoding="AVIF", quality=15)


def passed_on(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Sent on six times: each hand scales it a little and saves it badly."""
    for _ in range(6):
        p = _recompressed(
            _to_width(p, max(320, round(p.width * rng.uniform(0.8, 0.95)))), rng.randint(30, 55)
        )
    return Edited(p, quality=40)


def thumb_96(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a thumbnail, 96 px wide."""
    return Edited(_to_width(p, 96))


def upscaled(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """160 px blown up to 1,000, as from an old site into a new one."""
    return Edited(_to_width(_recompressed(_to_width(p, 160), 70), 1000))


# --- cropped, turned, bent


def stretched(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Wider by 10 %."""
    return Edited(p.resize((round(p.width * 1.1), p.height), _LANCZOS))


def keystone(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Falling lines put right, the edges trimmed."""
    return Edited(_crop(_perspective(p, rng, 0.05, (0, 0, 0)), (0.06, 0.06, 0.94, 0.94)))


def tilted_trimmed(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Turn by 3 degrees, and trim the corners."""
    turned = p.rotate(rng.choice((-3, 3)), Image.Resampling.BICUBIC)
    return Edited(_crop(turned, (0.05, 0.05, 0.95, 0.95)))


def hero_strip(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return the wide strip on top of a site, 3:1."""
    share = min(1.0, p.width / 3 / p.height)
    top = rng.uniform(0, 1 - share)
    box = (0.0, top, 1.0, top + share)
    return Edited(_to_width(_crop(p, box), 1200), box=box)


def off_centre(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """45 % of the area, from anywhere."""
    return _window(p, rng, 0.45)


def detail(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a quarter of the area, enlarged."""
    return _window(p, rng, 0.25)


def small_detail(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Return a tenth of the area, enlarged: a head out of a group."""
    return _window(p, rng, 0.10)


def _window(p: Picture, rng: random.Random, area: float) -> Edited:
    side = area**0.5
    x, y = rng.uniform(0, 1 - side), rng.uniform(0, 1 - side)
    box = (x, y, x + side, y + side)
    return Edited(_to_width(_crop(p, box), 640), box=box)


def crop_turned(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Cropped to 70 % and turned by a quarter."""
    degrees = rng.choice((90, 270))
    shown = _crop(p, (0.08, 0.08, 0.92, 0.92)).rotate(degrees, expand=True)
    return Edited(shown, box=(0.08, 0.08, 0.92, 0.92), rotated_degrees=degrees)


def upside_down_crop(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Cropped on one side, upside down."""
    box = rng.choice(((0.2, 0.0, 1.0, 1.0), (0.0, 0.0, 0.8, 1.0)))
    return Edited(_crop(p, box).rotate(180), box=box, rotated_degrees=180)


def mirrored_chain(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Cropped, mirrored, scaled and saved twice."""
    x, y = rng.uniform(0, 0.15), rng.uniform(0, 0.15)
    box = (x, y, x + 0.85, y + 0.85)
    shown = _recompressed(_to_width(ImageOps.mirror(_crop(p, box)), 500), 45)
    return Edited(_to_width(shown, 700), quality=55, box=box, mirrored=True)


def mirrored_banner(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Mirrored, with a channel's banner."""
    return Edited(lower_third(ImageOps.mirror(p), rng, others).picture, mirrored=True)


def mirrored_grey_frame(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Mirrored, grey, in a broad white frame."""
    framed = ImageOps.expand(ImageOps.mirror(p).convert("L"), round(p.width * 0.09), 255)
    return Edited(framed.convert("RGB"), mirrored=True)


def turned_grey(p: Picture, rng: random.Random, others: Sequence[Picture]) -> Edited:
    """Turn by a quarter, make it grey and small."""
    return Edited(_to_width(p.convert("L").rotate(90, expand=True), 400).convert("RGB"), rotated_degrees=90)


EDIT_KINDS: dict[str, tuple[Edit, ...]] = {
    "drawn over": (
        *(lower_third, circled, pixelated, timestamp, subtitled, play_button, quote_card, meme, stickers),
    ),
    "framed": (rounded, drop_shadow, polaroid, story, social_post, phone_viewer),
    "among others": (side_by_side, four_in_one, gallery_grid, newspaper_page),
    "printed, filmed": (halftone, photographed_print, filmed_screen, fax, photocopy, old_photo),
    "tone and colour": (
        *(duotone, vignette, hard_contrast, underexposed, noisy, posterised, local_contrast, smoothed),
    ),
    "badly saved": (webp_q3, avif_q15, passed_on, thumb_96, upscaled),
    "bent": (stretched, keystone, tilted_trimmed),
    "cropped": (hero_strip, off_centre, detail, small_detail),
    "mirrored, turned": (
        *(mirrored_chain, mirrored_banner, mirrored_grey_frame, crop_turned, upside_down_crop, turned_grey),
    ),
}

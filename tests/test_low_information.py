"""Maps, score cards, pages and product shots: their smaller copies are found, and their twins are not called copies."""

import io
import random
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from media.matching.pictures.pairs import Picture, WholeHashes, candidates_among
from media.matching.pictures.pairs import PicturePairs as Pairs
from media.matching.pictures.resolve import Resolver
from media.matching.pictures.verify import Layers
from media.pictures.read import read_image
from tests.pictures import encode, photograph

Draw = Callable[[int], Pillow.Image]


def letters(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def score_card(number: int) -> Pillow.Image:
    card = Pillow.new("RGB", (960, 540), (20, 40, 90))
    draw = ImageDraw.Draw(card)
    draw.rectangle((40, 140, 920, 400), fill=(240, 240, 240))
    draw.text((50, 40), "Full time", fill="white", font=letters(54))
    draw.text((90, 230), "Northport", fill="black", font=letters(48))
    draw.text((680, 230), "Westhill", fill="black", font=letters(48))
    draw.text((420, 220), f"{number % 5} - {number // 5}", fill=(160, 0, 0), font=letters(64))
    return card


def page(number: int) -> Pillow.Image:
    sheet = Pillow.new("RGB", (1000, 900), "white")
    draw = ImageDraw.Draw(sheet)
    words = ["harbour", "council", "winter", "ferry", "school", "market", "bridge", "tower", "river", "light"]
    dice = random.Random(1)
    for line in range(24):
        text = " ".join(dice.choice(words) for _ in range(11))
        if 11 <= line <= 14:  # what the two differ in
            text = " ".join(dice.choice(words[number:]) for _ in range(11))
        draw.text((50, 40 + 34 * line), text, fill=(40, 40, 40), font=letters(20))
    return sheet


def chart(number: int) -> Pillow.Image:
    sheet = Pillow.new("RGB", (900, 560), "white")
    draw = ImageDraw.Draw(sheet)
    dice = random.Random(5)
    for month in range(12):
        top = 450 - dice.randrange(60, 320)
        if month == 7:
            top = 440 - 70 * number
        draw.rectangle((60 + month * 65, top, 105 + month * 65, 450), fill=(30, 90, 160))
    draw.text((40, 20), "Passengers a month", fill="black", font=letters(30))
    return sheet


def shot(number: int) -> Pillow.Image:
    sheet = Pillow.new("RGB", (1000, 1000), (252, 252, 252))
    thing = photograph(900 + number, (360, 300))
    mask = Pillow.new("L", thing.size, 0)
    ImageDraw.Draw(mask).ellipse((0, 0, 359, 299), fill=255)
    sheet.paste(thing, (320, 350), mask)
    return sheet


KINDS = [score_card, page, chart, shot]


def matched(*files: bytes) -> str | None:
    """What matching says of two files that are candidates."""
    images = [read_image(data, sha256=f"{number:064}", parts=True) for number, data in enumerate(files)]
    prints = [{each.method: each.value for each in image.fingerprints} for image in images]
    hashes = WholeHashes.of(
        [each["phash"] for each in prints],
        [each["dhash"] for each in prints],
        [image.information == "low" for image in images],
    )
    if not len(candidates_among(Pairs(np.array([0]), np.array([1])), hashes, 0).left):
        return None
    pictures = [Picture(each.sha256, each.width_px, each.height_px, each.information) for each in images]

    def load(number: int) -> Layers:
        webp = Pillow.open(io.BytesIO(images[number].thumbnail or b""))
        return Layers(np.asarray(webp.convert("L"), dtype=np.float32))

    return Resolver(pictures, hashes, load).verdict(0, 1).kind


def smaller(picture: Pillow.Image, share: float) -> bytes:
    size = (round(picture.width * share), round(picture.height * share))
    return encode(picture.resize(size, Pillow.Resampling.LANCZOS), "JPEG", quality=80)


@pytest.mark.parametrize("share", [0.7, 0.5, 1.0])
@pytest.mark.parametrize("draw", KINDS)
def test_a_smaller_copy_of_a_plain_picture_is_found(draw: Draw, share: float) -> None:
    for number in (1, 2):
        picture = draw(number)
        assert matched(encode(picture, "PNG"), smaller(picture, share)) == "near"


@pytest.mark.parametrize("share", [0.7, 1.0])
@pytest.mark.parametrize("draw", KINDS[:3])
def test_another_of_the_same_template_is_no_copy(draw: Draw, share: float) -> None:
    for number in (1, 3):
        assert matched(encode(draw(number), "PNG"), smaller(draw(number + 1), share)) != "near"

"""One template with different photographs in it is no copy; a photograph under a panel is one."""

import io

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont, ImageOps

from media.matching.pictures.orientations import IDENTITY
from media.matching.pictures.pairs import Verdict, verify
from media.matching.pictures.templates import flat_share
from media.matching.pictures.verify import Layers
from tests.pictures import photograph

SIZE = (900, 600)


def layers(picture: Pillow.Image) -> Layers:
    """As a catalogue keeps it: a thumbnail saved as JPEG of quality 80."""
    small = picture.convert("RGB")
    small.thumbnail((200, 200), Pillow.Resampling.BOX)
    stored = io.BytesIO()
    small.save(stored, "JPEG", quality=80)
    return Layers(np.asarray(Pillow.open(stored).convert("L"), dtype=np.float32))


def letters(px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(px)


def quotation(seed: int) -> Pillow.Image:
    """A saying on a dark panel, with a portrait beside it."""
    card = photograph(seed, SIZE).copy()
    draw = ImageDraw.Draw(card)
    draw.rectangle((0, 0, 440, 600), fill=(18, 40, 52))
    draw.multiline_text(
        (30, 60),
        "We kept the\nbridge open\nall winter\nand nobody\nthanked us",
        fill="white",
        font=letters(64),
    )
    draw.text((30, 520), "A ferryman, in May", fill=(190, 190, 190), font=letters(34))
    return card


def print_on_paper(seed: int) -> Pillow.Image:
    """An instant print with a word below, a little askew on a table."""
    paper = Pillow.new("RGB", (700, 760), (246, 244, 238))
    paper.paste(ImageOps.fit(photograph(seed, SIZE), (620, 560)), (40, 40))
    ImageDraw.Draw(paper).text((60, 640), "Spring fair", fill=(30, 30, 110), font=letters(60))
    return paper.rotate(4, expand=True, fillcolor=(96, 70, 52))


def post(seed: int) -> Pillow.Image:
    """A screen of an app: who wrote it, the photograph, what can be done with it."""
    screen = Pillow.new("RGB", (700, 900), "white")
    draw = ImageDraw.Draw(screen)
    draw.ellipse((24, 24, 96, 96), fill=(60, 120, 90))
    draw.text((120, 30), "Harbour watch", fill="black", font=letters(40))
    draw.text((24, 120), "High water at the mole this morning", fill="black", font=letters(34))
    screen.paste(ImageOps.fit(photograph(seed, SIZE), (652, 480)), (24, 190))
    for place in range(4):
        draw.rounded_rectangle(
            (24 + 170 * place, 710, 160 + 170 * place, 770), 20, outline=(90, 90, 90), width=5
        )
    draw.text((24, 800), "418 people were there", fill=(70, 70, 70), font=letters(34))
    return screen


def under_panel(picture: Pillow.Image, share: float) -> Pillow.Image:
    covered = picture.copy()
    draw = ImageDraw.Draw(covered)
    top = round(covered.height * (1 - share))
    draw.rectangle((0, top, covered.width, covered.height), fill=(150, 30, 60))
    words = "It was dark by four\nand the lamps stayed off"
    draw.multiline_text((50, top + 40), words, fill="white", font=letters(70))
    return covered


def found(one: Pillow.Image, other: Pillow.Image) -> Verdict:
    return verify(layers(one), layers(other), IDENTITY)


@pytest.mark.parametrize("template", [quotation, print_on_paper, post])
@pytest.mark.parametrize(("one", "other"), [(1200, 1201), (1202, 1203), (1204, 1205), (1206, 1207)])
def test_one_template_with_different_photographs_is_no_copy(template, one: int, other: int) -> None:
    assert found(template(one), template(other)).kind in (None, "related")


@pytest.mark.parametrize("template", [quotation, print_on_paper, post])
@pytest.mark.parametrize("seed", [1200, 1203, 1206])
def test_a_smaller_copy_of_such_a_picture_is_one(template, seed: int) -> None:
    whole = template(seed)
    assert found(whole, whole.resize((whole.width // 2, whole.height // 2))).kind == "near"


@pytest.mark.parametrize("seed", range(1210, 1216))
def test_a_photograph_under_a_panel_over_a_third_of_it_is_a_copy(seed: int) -> None:
    picture = photograph(seed, SIZE)
    assert found(picture, under_panel(picture, 0.34)).kind == "near"


@pytest.mark.parametrize("seed", range(1210, 1216))
def test_two_photographs_under_one_panel_are_none(seed: int) -> None:
    one, other = (under_panel(photograph(each, SIZE), 0.6) for each in (seed, seed + 20))
    assert found(one, other).kind in (None, "related")


def test_letters_on_a_panel_are_on_two_levels_and_a_photograph_is_on_many() -> None:
    panel = np.asarray(under_panel(Pillow.new("RGB", SIZE, "white"), 1.0).convert("L"), dtype=np.float32)
    scene = np.asarray(photograph(1200, SIZE).convert("L"), dtype=np.float32)
    everywhere = np.ones(panel.shape, dtype=bool)
    assert flat_share(panel, everywhere) > 0.9
    assert flat_share(scene, everywhere) < 0.3

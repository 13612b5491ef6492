"""What differs in one connected place: told where something was changed, related where it moved, else passed over."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageEnhance, ImageFilter

from catalog.browse.frames import read_frame
from media.matching.pictures.changes import Changes, name_place
from media.matching.pictures.differences import Difference, find_differences
from media.matching.pictures.orientations import IDENTITY
from media.matching.pictures.pairs import Verdict, verify
from media.matching.pictures.verify import Layers
from tests.cleanup_trees import actions, going, plan
from tests.conftest import Run, rows, scan_archive
from tests.pictures import encode, photograph
from tests.test_duplicates import put

SIZE = (640, 480)


def layers(picture: Pillow.Image) -> Layers:
    """As a catalogue keeps it: a thumbnail that was compressed."""
    small = picture.convert("RGB")
    small.thumbnail((200, 200), Pillow.Resampling.BOX)
    stored = io.BytesIO()
    small.save(stored, "WEBP", quality=50)
    return Layers(np.asarray(Pillow.open(stored).convert("L"), dtype=np.float32))


def judged(one: Pillow.Image, other: Pillow.Image) -> Verdict:
    return verify(layers(one), layers(other), IDENTITY)


def pasted(seed: int, thing: Pillow.Image, x: int, y: int) -> Pillow.Image:
    """A photograph with an oval out of another one."""
    picture = photograph(seed, SIZE).copy()
    mask = Pillow.new("L", thing.size, 0)
    ImageDraw.Draw(mask).ellipse((2, 2, thing.width - 3, thing.height - 3), fill=255)
    picture.paste(thing, (x, y), mask.filter(ImageFilter.GaussianBlur(2)))
    return picture


def thing(seed: int, width: int = 200, height: int = 220) -> Pillow.Image:
    return photograph(seed, SIZE).resize((width, height))


@pytest.mark.parametrize("seed", range(700, 706))
def test_something_added_is_told_with_its_place(seed: int) -> None:
    found = judged(photograph(seed, SIZE), pasted(seed, thing(seed + 50), 400, 30))
    assert found.kind == "near"
    assert found.changes is not None
    (box,) = found.changes.left_boxes
    assert np.allclose(box, (400 / 640, 30 / 480, 600 / 640, 250 / 480), atol=0.08)
    assert name_place(box) == "upper right"
    assert found.turned().changes == found.changes.turned()


@pytest.mark.parametrize("seed", range(710, 716))
@pytest.mark.parametrize("step", [13, 32, 64])
def test_something_that_went_on_makes_them_frames_of_a_scene(seed: int, step: int) -> None:
    """By 2, 5 and 10 % of the width."""
    moving = thing(seed + 50, 140, 190)
    found = judged(pasted(seed, moving, 180, 140), pasted(seed, moving, 180 + step, 140))
    assert found.kind == "related"
    assert found.changes is None


def noisy(picture: Pillow.Image) -> Pillow.Image:
    noise = np.random.default_rng(3).normal(0, 12, (*SIZE[::-1], 3))
    return Pillow.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8))


def captioned(picture: Pillow.Image) -> Pillow.Image:
    picture = picture.copy()
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 390, 640, 480), fill=(15, 15, 20))
    for line in range(3):
        draw.text(
            (20, 398 + 24 * line),
            "Ferries stay in harbour until the storm has gone",
            fill="white",
            font_size=22,
        )
    return picture


def stamped(picture: Pillow.Image) -> Pillow.Image:
    picture = picture.copy()
    draw = ImageDraw.Draw(picture)
    draw.rectangle((500, 20, 620, 80), fill=(200, 20, 30))
    draw.text((540, 34), "TV 7", fill="white", font_size=22)
    return picture


def lettered(picture: Pillow.Image) -> Pillow.Image:
    """Subtitles without a ground of their own."""
    picture = picture.copy()
    draw = ImageDraw.Draw(picture)
    for row, words in enumerate(("We did not see it coming.", "It was here before noon.")):
        place = (60, 350 + 54 * row)
        draw.text(place, words, fill="white", font_size=42, stroke_width=3, stroke_fill="black")
    return picture


def ringed(picture: Pillow.Image) -> Pillow.Image:
    picture = picture.copy()
    draw = ImageDraw.Draw(picture)
    draw.ellipse((290, 140, 370, 220), outline=(230, 0, 0), width=7)
    return picture


@pytest.mark.parametrize(
    "edit",
    [
        noisy,
        captioned,
        stamped,
        lettered,
        ringed,
        lambda picture: Pillow.open(io.BytesIO(encode(picture, "JPEG", quality=12))),
        lambda picture: ImageEnhance.Brightness(picture).enhance(1.5),
        lambda picture: ImageEnhance.Contrast(picture).enhance(1.7),
        lambda picture: picture.filter(ImageFilter.GaussianBlur(3)),
        lambda picture: picture.resize((220, 165)),
        lambda picture: picture.convert("L"),
    ],
    ids=[
        "noise",
        "caption-bar",
        "logo",
        "letters",
        "ring",
        "compressed",
        "bright",
        "contrast",
        "blurred",
        "small",
        "grey",
    ],
)
@pytest.mark.parametrize("seed", range(720, 724))
def test_what_changes_no_content_is_not_told(seed: int, edit) -> None:
    original = photograph(seed, SIZE)
    found = judged(original, edit(original))
    assert found.kind == "near"
    assert found.changes is None


def named(picture: Pillow.Image, places: list[tuple[int, int]]) -> Pillow.Image:
    """A map with places named on it."""
    picture = picture.copy()
    draw = ImageDraw.Draw(picture)
    for number, (x, y) in enumerate(places):
        draw.ellipse((x - 6, y - 6, x + 6, y + 6), fill="black")
        draw.text((x + 10, y - 12), f"Harbour {number}", fill="black", font_size=24)
    return picture


@pytest.mark.parametrize("seed", range(740, 744))
def test_maps_with_other_names_are_twins_and_one_with_names_is_a_copy(seed: int) -> None:
    land = photograph(seed, SIZE)
    first = [(60, 60), (420, 90), (80, 260), (400, 300), (220, 400)]
    other = [(240, 60), (60, 160), (440, 200), (250, 230), (460, 420)]
    found = judged(named(land, first), named(land, other))
    assert (found.kind, found.moved) == ("related", True)
    assert judged(land, named(land, first)).kind == "near"


def test_a_replaced_third_is_told_though_blocks_in_it_seem_to_move() -> None:
    """What is put there is like what was, here and there, and lies aside: the rest lies still."""
    told = 0
    for seed in range(750, 762):
        found = judged(photograph(seed, SIZE), pasted(seed, thing(seed + 50, 330, 310), 150, 90))
        told += found.kind == "near" and found.changes is not None
    assert told >= 11


@pytest.mark.parametrize("share", [0.7, 0.5])
def test_score_cards_differ_by_a_digit(tmp_path: Path, run: Run, share: float) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    for score in ("5 : 2", "6 : 2"):
        card = Pillow.new("RGB", (1080, 608), (12, 60, 48))
        draw = ImageDraw.Draw(card)
        draw.rectangle((0, 150, 1080, 420), fill=(245, 243, 236))
        draw.text((60, 48), "Result", fill="white", font_size=64)
        draw.text((90, 250), "Farrow Town", fill=(25, 25, 25), font_size=46)
        draw.text((478, 232), score, fill=(25, 25, 25), font_size=72)
        draw.text((760, 250), "Jorvale", fill=(25, 25, 25), font_size=46)
        card.save(archive / f"{score[0]}.jpg", quality=88)
    smaller = card.resize((round(1080 * share), round(608 * share)), Pillow.Resampling.LANCZOS)
    smaller.save(archive / "6-small.jpg", quality=80)
    run("scan", archive, "-c", tmp_path / "c.db")
    sql = (
        "SELECT min(l.locator, r.locator), max(l.locator, r.locator) FROM image_matches m"
        " JOIN records l ON l.sha256 = m.left_sha256 JOIN records r ON r.sha256 = m.right_sha256"
        " WHERE m.kind <> 'related'"
    )
    assert rows(tmp_path / "c.db", sql) == [("6-small.jpg", "6.jpg")]


def test_places_are_told_the_largest_first() -> None:
    changed = pasted(730, thing(780), 20, 230)
    mask = Pillow.new("L", (110, 110), 255)
    changed.paste(thing(781, 110, 110), (480, 40), mask)
    found = find_differences(layers(photograph(730, SIZE)), layers(changed), IDENTITY, (0.0, 0.0, 1.0, 1.0))
    assert [each.what for each in found] == ["changed", "changed"]
    assert [name_place(each.left_box) for each in found] == ["lower left", "upper right"]
    assert found == sorted(found, key=_share)


def _share(found: Difference) -> float:
    return -found.share


def test_a_changed_keeper_makes_no_changes_of_copies_that_are_alike(
    archive: Path, catalog_path: Path
) -> None:
    """A caption covers what was changed in the keeper: nothing was changed between the other two."""
    original = photograph(770, SIZE)
    changed = pasted(770, thing(771, 240, 86), 300, 392).resize((960, 720))
    put(archive, "largest.jpg", encode(changed, "JPEG", quality=95))
    put(archive, "one.jpg", encode(original, "JPEG", quality=90))
    put(archive, "captioned.jpg", encode(captioned(original), "JPEG", quality=80))
    scan_archive(catalog_path, archive)
    said = {
        frozenset((one, other)): "changed_boxes" in str(transform)
        for one, other, transform in rows(
            catalog_path,
            "SELECT a.locator AS one, b.locator AS other, m.transform FROM image_matches m JOIN records a"
            " ON a.sha256 = m.left_sha256 JOIN records b ON b.sha256 = m.right_sha256",
        )
    }
    assert said == {
        frozenset(("largest.jpg", "one.jpg")): True,
        frozenset(("largest.jpg", "captioned.jpg")): False,
        frozenset(("one.jpg", "captioned.jpg")): False,
    }


def test_words_say_how_much_and_where() -> None:
    changes = Changes(((0.1, 0.7, 0.3, 0.9), (0.4, 0.4, 0.6, 0.6)), (), 0.058)
    assert changes.words() == "differs in 6 % at lower left and the middle"


def test_a_changed_copy_is_listed_and_never_cleaned_up(archive: Path, catalog_path: Path, run: Run) -> None:
    put(archive, "original.png", encode(photograph(741, SIZE), "PNG"), age_days=9)
    put(archive, "copy.jpg", encode(photograph(741, SIZE), "JPEG", quality=80), age_days=5)
    put(archive, "forged.jpg", encode(pasted(741, thing(791), 60, 200), "JPEG", quality=90), age_days=2)
    scan_archive(catalog_path, archive)
    ((reason, transform),) = rows(
        catalog_path, "SELECT reason, transform FROM duplicate_images WHERE locator = 'forged.jpg'"
    )
    assert "review: differs in" in str(reason)
    assert "left" in str(reason)
    told = json.loads(str(transform))
    assert len(told["changed_boxes"]) == len(told["changed_boxes_right"]) == 1
    frame = read_frame(str(transform))
    assert frame is not None
    assert frame.words()[-1].startswith("differs in")
    listed = run("report", "images", "--changed", "-c", catalog_path, "--format", "json")
    assert {"original.png", "forged.jpg"} <= set(re.findall(r"[a-z]+\.(?:png|jpg)", listed.stdout))
    assert "Changed in" in run("report", "images", "--changed", "-c", catalog_path).stdout
    pairs = rows(
        catalog_path,
        "SELECT count(*), count(transform ->> '$.changed_boxes') FROM image_matches m JOIN records r"
        " ON r.sha256 IN (m.left_sha256, m.right_sha256) WHERE r.locator = 'forged.jpg'",
    )
    assert pairs == [(2, 2)]  # whichever of the others a person would keep
    cleanup = plan(catalog_path, kinds=("near",), break_pages=True)
    assert going(catalog_path, cleanup) == {"copy.jpg"}
    assert "something in it was changed" in actions(catalog_path, cleanup)["forged.jpg"][1]

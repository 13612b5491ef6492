"""Pictures that show another one bent or as a negative are copies, and said to be so; a step aside makes no copy."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageOps

from catalog.browse.frames import read_frame
from media.matching.pictures.bending import straighten
from media.matching.pictures.orientations import IDENTITY
from media.matching.pictures.verify import Layers
from tests.conftest import Run, rows, scan_archive
from tests.pictures import encode, photograph
from tests.test_duplicates import put

SIZE = (640, 480)


def seen_aside(picture: Pillow.Image, shorter: float) -> Pillow.Image:
    """As a print whose right side is farther away, on a plain wall."""
    w, h = picture.size
    far = w * (1 - shorter / 2)
    corners = [(0, 0), (0, h), (far, h * (1 - shorter / 2)), (far, h * shorter / 2)]
    rows_, values = [], []
    for (x, y), (u, v) in zip(corners, [(0, 0), (0, h), (w, h), (w, 0)], strict=True):
        rows_ += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    data = np.linalg.solve(np.array(rows_), np.array(values)).tolist()
    return picture.transform(
        SIZE, Pillow.Transform.PERSPECTIVE, data, Pillow.Resampling.BICUBIC, fillcolor=(90, 86, 80)
    )


def moved(picture: Pillow.Image, x: np.ndarray, y: np.ndarray) -> Pillow.Image:
    """Each pixel from the nearest one of a place."""
    rows_ = np.clip(np.rint(y), 0, picture.height - 1).astype(int)
    columns = np.clip(np.rint(x), 0, picture.width - 1).astype(int)
    return Pillow.fromarray(np.asarray(picture)[rows_, columns])


def through_lens(picture: Pillow.Image, strength: float = 0.22) -> Pillow.Image:
    y, x = np.mgrid[: picture.height, : picture.width].astype(float)
    across, down = x - picture.width / 2, y - picture.height / 2
    far = np.hypot(*picture.size) / 2
    bend = (1 + strength * (across**2 + down**2) / far**2) / (1 + strength)
    return moved(picture, picture.width / 2 + across * bend, picture.height / 2 + down * bend)


def a_step_aside(picture: Pillow.Image, amount: float = 0.03) -> Pillow.Image:
    """Near things have gone aside more than far ones."""
    y, x = np.mgrid[: picture.height, : picture.width].astype(float)
    near = np.sin(x / picture.width * 9) * np.cos(y / picture.height * 7)
    return moved(picture, x + near * amount * picture.width, y)


def scanned(
    archive: Path, catalog: Path, *pictures: Pillow.Image
) -> list[tuple[str, dict[str, object], str]]:
    """Kind, transform and reason of the matches with the first picture."""
    for number, picture in enumerate(pictures):
        put(archive, f"{number}.png", encode(picture, "PNG"), age_days=9 - number)
    scan_archive(catalog, archive)
    return [
        (str(kind), json.loads(str(transform)), str(transform))
        for kind, transform in rows(catalog, "SELECT kind, transform FROM image_matches")
    ]


@pytest.mark.parametrize("shorter", [0.15, 0.22])
def test_a_print_seen_at_an_angle_is_a_part_and_said_to_be_so(
    archive: Path, catalog_path: Path, shorter: float
) -> None:
    picture = photograph(811, SIZE)
    ((kind, said, text),) = scanned(archive, catalog_path, picture, seen_aside(picture, shorter))
    assert (kind, said["bent"]) == ("part", "perspective")
    frame = read_frame(text)
    assert frame is not None
    assert "seen at an angle" in frame.words()
    assert frame.turned().bent == "perspective"
    ((left_box, right_box),) = (sorted((said["left_box"], said["right_box"]), key=lambda box: -box[2]),)
    assert left_box == pytest.approx([0, 0, 1, 1], abs=0.03)
    assert right_box == pytest.approx([0, 0, 1 - shorter / 2, 1], abs=0.04)


def test_a_picture_through_a_wide_lens_is_a_copy_and_said_to_be_so(
    archive: Path, catalog_path: Path, run: Run
) -> None:
    picture = photograph(812, SIZE)
    ((kind, said, _),) = scanned(archive, catalog_path, picture, through_lens(picture))
    assert kind in ("near", "part")
    assert said["bent"] == "lens"
    ((reason, form, transform),) = rows(
        catalog_path, "SELECT reason, form, transform FROM duplicate_images WHERE keeper = 0"
    )
    assert "bent as by a wide lens" in str(reason)
    assert form in ("edit", "crop")
    assert json.loads(str(transform))["bent"] == "lens"
    said_there = " ".join(run("report", "images", "-c", catalog_path).stdout.split())
    assert "bent as by a wide lens" in said_there


@pytest.mark.parametrize("seed", [813, 814, 815])
def test_a_step_aside_is_no_copy(archive: Path, catalog_path: Path, seed: int) -> None:
    picture = photograph(seed, SIZE)
    found = scanned(archive, catalog_path, picture, a_step_aside(picture))
    assert all(kind == "related" for kind, _, _ in found)


def test_what_is_not_bent_is_not_straightened() -> None:
    picture = Layers(np.asarray(photograph(816, (200, 150)).convert("L"), dtype=np.float32))
    other = Layers(np.asarray(photograph(817, (200, 150)).convert("L"), dtype=np.float32))
    for bend in ("perspective", "lens"):
        assert straighten(picture, picture, IDENTITY, bend) is None  # type: ignore[arg-type]
        found = straighten(picture, other, IDENTITY, bend)  # type: ignore[arg-type]
        assert found is None or found.bent.bend == bend


@pytest.mark.parametrize("mirrored", [False, True], ids=["as-it-is", "from-the-back"])
def test_a_negative_is_a_copy_and_said_to_be_so(archive: Path, catalog_path: Path, mirrored: bool) -> None:
    picture = photograph(818, SIZE)
    shown = ImageOps.mirror(picture) if mirrored else picture
    negative = ImageOps.invert(shown.resize((400, 300)))
    ((kind, said, text),) = scanned(archive, catalog_path, picture, negative)
    assert (kind, said["negative"], said["mirrored"]) == ("near", True, mirrored)
    frame = read_frame(text)
    assert frame is not None
    assert frame.words()[0] == "negative"
    ((reason, form, transform),) = rows(
        catalog_path, "SELECT reason, form, transform FROM duplicate_images WHERE keeper = 0"
    )
    assert "as a negative" in str(reason)
    assert form == "edit"
    assert json.loads(str(transform))["negative"] is True


def test_the_negative_of_another_picture_and_a_plain_copy_are_no_negatives(
    archive: Path, catalog_path: Path
) -> None:
    picture = photograph(819, SIZE)
    found = scanned(
        archive, catalog_path, picture, ImageOps.invert(photograph(820, SIZE)), picture.resize((320, 240))
    )
    ((kind, said, _),) = found
    assert kind == "near"
    assert "negative" not in said
    assert "bent" not in said


def test_a_negative_is_found_by_asking_for_its_picture(archive: Path, catalog_path: Path, run: Run) -> None:
    put(archive, "film.png", encode(ImageOps.invert(photograph(821, SIZE)), "PNG"))
    scan_archive(catalog_path, archive)
    asked = archive.parent / "asked.jpg"
    asked.write_bytes(encode(photograph(821, SIZE), "JPEG"))
    found = run("find", asked, "-c", catalog_path, "--format", "json")
    assert "film.png" in found.stdout

"""Finding a picture in the catalogue, whatever was done to it."""

import hashlib
import json
from pathlib import Path

import pytest
from PIL import Image as Pillow
from PIL import ImageOps

from catalog.find.lookup import Found, find_picture
from catalog.store.catalogue import Catalogue
from media.pictures.read import read_image
from tests.conftest import scan_archive
from tests.pictures import encode, photograph

SIZE = (900, 660)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue of twelve unlike pictures."""
    folder = tmp_path_factory.mktemp("archive")
    for seed in range(60, 72):
        (folder / f"{seed}.jpg").write_bytes(encode(photograph(seed, SIZE), "JPEG", quality=88))
    path = folder.parent / "find.db"
    scan_archive(path, folder)
    return path


def find(catalog: Path, picture: Pillow.Image, **options: object) -> list[Found]:
    data = encode(picture, "JPEG", **({"quality": 80} | options))
    with Catalogue.read(catalog) as catalogue:
        return find_picture(catalogue, read_image(data, sha256=hashlib.sha256(data).hexdigest()))


def digest_of(seed: int) -> str:
    return hashlib.sha256(encode(photograph(seed, SIZE), "JPEG", quality=88)).hexdigest()


@pytest.mark.parametrize(
    ("edit", "kind", "left_box"),
    [
        pytest.param(lambda p: p.resize((300, 220)), "near", (0, 0, 1, 1), id="scaled"),
        pytest.param(lambda p: p.crop((450, 0, 900, 660)), "part", (0, 0, 1, 1), id="half-of-it"),
        pytest.param(lambda p: p.crop((225, 165, 675, 495)), "part", (0, 0, 1, 1), id="quarter-of-it"),
        pytest.param(
            lambda p: ImageOps.expand(p, 60, "white"), "part", (0.06, 0.08, 0.94, 0.92), id="framed"
        ),
        pytest.param(
            lambda p: ImageOps.mirror(p.crop((0, 0, 600, 500))), "part", (0, 0, 1, 1), id="crop-mirrored"
        ),
        pytest.param(
            lambda p: p.crop((0, 0, 600, 500)).rotate(90, expand=True), "part", (0, 0, 1, 1), id="crop-turned"
        ),
    ],
)
def test_edited_picture_is_found_with_its_transform(catalog: Path, edit, kind: str, left_box) -> None:
    first, *_ = find(catalog, edit(photograph(64, SIZE)))
    assert (first.sha256, first.kind) == (digest_of(64), kind)
    assert first.transform is not None
    assert json.loads(first.transform)["left_box"] == pytest.approx(left_box, abs=0.03)


def test_picture_on_a_page_is_found(catalog: Path) -> None:
    page = Pillow.new("RGB", (1280, 1000), "white")
    page.paste(photograph(65, SIZE).resize((640, 469)), (100, 300))
    page.paste((20, 40, 80), (0, 0, 1280, 90))
    first, *_ = find(catalog, page)
    assert (first.sha256, first.kind) == (digest_of(65), "part")
    assert json.loads(first.transform or "{}")["left_box"] == pytest.approx(
        [0.078, 0.3, 0.578, 0.769], abs=0.03
    )


def test_same_bytes_come_first(catalog: Path) -> None:
    first, *_ = find(catalog, photograph(66, SIZE), quality=88)
    assert (first.sha256, first.kind, first.distance_bits) == (digest_of(66), "same-bytes", 0)


@pytest.mark.parametrize(
    "picture", [photograph(99, SIZE), Pillow.new("RGB", SIZE, "white")], ids=["other", "blank"]
)
def test_picture_that_is_not_there_is_not_found(catalog: Path, picture: Pillow.Image) -> None:
    assert [each for each in find(catalog, picture) if each.kind != "related"] == []


def test_copy_is_found_with_the_parts_that_were_matched_with_it_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    whole = photograph(64, SIZE)
    crop = encode(whole.crop((0, 0, 500, 400)), "JPEG", quality=88)
    (folder / "whole.jpg").write_bytes(encode(whole, "JPEG", quality=88))
    (folder / "crop.jpg").write_bytes(crop)
    (folder / "other.jpg").write_bytes(encode(photograph(65, SIZE), "JPEG", quality=88))
    scan_archive(tmp_path / "parts.db", folder)
    found = find(tmp_path / "parts.db", whole.resize((600, 440)))
    assert [(each.sha256, each.kind) for each in found] == [
        (digest_of(64), "near"),
        (hashlib.sha256(crop).hexdigest(), "part"),
    ]

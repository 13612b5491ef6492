"""Collages and pages are told from the originals of crops, and are nobody's keepers."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from catalog.scan.scan import ScanOptions, scan
from catalog.store.catalogue import Catalogue
from media.matching.pictures.seams import is_pasted
from tests.conftest import SilentWatcher
from tests.pictures import photograph

SIZE = (640, 480)


def grey(picture: Pillow.Image) -> np.ndarray:
    return np.asarray(
        picture.convert("L").resize((200, round(200 * picture.height / picture.width))), np.float32
    )


def collage(*pictures: Pillow.Image) -> Pillow.Image:
    page = Pillow.new("RGB", (SIZE[0] * len(pictures) + 8 * (len(pictures) - 1), SIZE[1]), "white")
    for number, picture in enumerate(pictures):
        page.paste(picture.resize(SIZE), (number * (SIZE[0] + 8), 0))
    return page


@pytest.mark.parametrize("seed", [81, 82, 83])
def test_a_photograph_has_no_seams_where_a_crop_ends(seed: int) -> None:
    assert not is_pasted(grey(photograph(seed, SIZE)), (0.2, 0.25, 0.7, 0.8))
    assert not is_pasted(grey(photograph(seed, SIZE)), (0.0, 0.0, 1.0, 1.0))


@pytest.mark.parametrize("seed", [81, 82, 83])
def test_what_is_pasted_has_seams(seed: int) -> None:
    page = Pillow.new("RGB", (900, 900), "white")
    page.paste(photograph(seed, SIZE), (130, 100))
    assert is_pasted(grey(page), (130 / 900, 100 / 900, 770 / 900, 580 / 900))


def members(catalogue: Catalogue) -> dict[str, tuple[int, int]]:
    """Group and whether it is its keeper, by locator."""
    return {
        row["locator"]: (row["group_id"], row["keeper"])
        for row in catalogue.rows("SELECT locator, group_id, keeper FROM duplicate_images")
    }


def test_a_collage_brings_no_unlike_photographs_together(archive: Path, catalog_path: Path) -> None:
    one, other = photograph(84, SIZE), photograph(85, SIZE)
    for name, picture in (("one", one), ("other", other)):
        picture.save(archive / f"{name}.jpg", quality=92)
        picture.resize((400, 300)).save(archive / f"{name}-small.jpg", quality=70)
    collage(one, other).save(archive / "a-collage.jpg", quality=92)
    with Catalogue.open(catalog_path) as catalogue:
        scan(catalogue, [archive], ScanOptions(), SilentWatcher())
        found = members(catalogue)
        assert found["one.jpg"][1] == found["other.jpg"][1] == 1
        assert found["one.jpg"][0] == found["one-small.jpg"][0] != found["other.jpg"][0]
        assert found["other.jpg"][0] == found["other-small.jpg"][0]
        assert found["a-collage.jpg"] in ((found["one.jpg"][0], 0), (found["other.jpg"][0], 0))
        reasons = {
            row["reason"] for row in catalogue.rows("SELECT reason FROM duplicate_images WHERE keeper")
        }
        assert any("without a frame" in reason for reason in reasons)


def test_an_original_keeps_its_crops(archive: Path, catalog_path: Path) -> None:
    original = photograph(86, (960, 720))
    original.save(archive / "original.jpg", quality=92)
    original.crop((0, 0, 480, 720)).save(archive / "left.jpg", quality=92)
    original.crop((520, 60, 960, 700)).save(archive / "right.jpg", quality=92)
    with Catalogue.open(catalog_path) as catalogue:
        scan(catalogue, [archive], ScanOptions(), SilentWatcher())
        found = members(catalogue)
    assert {name: keeper for name, (_, keeper) in found.items()} == {
        "original.jpg": 1,
        "left.jpg": 0,
        "right.jpg": 0,
    }

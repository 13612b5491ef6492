"""Dark pictures are no flat ones: their copies and crops are found, and they stay apart from one another."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from media.pictures.information import find_gain, measure_information
from tests.conftest import rows, scan_archive
from tests.pictures import encode, photograph
from tests.test_duplicates import groups, put

SIZE = (640, 480)


@pytest.mark.parametrize("share", [6, 8])
def test_a_dark_photograph_has_information_and_is_stretched(share: int) -> None:
    grey = photograph(882, SIZE).convert("L").point(lambda level: level // share)
    assert measure_information(grey, *SIZE) == "normal"
    assert find_gain(np.asarray(grey)) > 1.5
    assert find_gain(np.asarray(photograph(882, SIZE).convert("L"))) == 1


def test_a_blank_scan_and_a_dark_page_have_little() -> None:
    noise = np.random.default_rng(1).normal(0, 2.5, SIZE[::-1])
    for level in (20, 240):
        blank = Pillow.fromarray((level + noise).clip(0, 255).astype(np.uint8))
        assert measure_information(blank, *SIZE) == "low"
    page = np.full(SIZE[::-1], 30, np.uint8)
    page[40:440:16, 30:600] = 8
    assert measure_information(Pillow.fromarray(page), *SIZE) == "low"


def test_copies_of_a_dark_picture_are_found_and_dark_pictures_stay_apart(
    archive: Path, catalog_path: Path
) -> None:
    def dark(seed: int) -> Pillow.Image:
        return photograph(seed, SIZE).point(lambda level: level // 6)

    put(archive, "night.jpg", encode(dark(880), "JPEG"), age_days=9)
    put(archive, "crop.jpg", encode(dark(880).crop((60, 80, 500, 480)), "JPEG"))
    put(archive, "small.jpg", encode(dark(880).resize((320, 240)), "JPEG"))
    put(archive, "other.jpg", encode(dark(881), "JPEG"))
    scan_archive(catalog_path, archive)
    ((_, *members),) = groups(catalog_path).values()
    assert {str(locator) for locator, _ in members} == {"night.jpg", "crop.jpg", "small.jpg"}
    transforms = rows(catalog_path, "SELECT transform FROM image_matches WHERE kind = 'part'")
    assert all(json.loads(str(text))["rotated_degrees"] == pytest.approx(0, abs=1) for (text,) in transforms)

"""The accuracy gate: floors under the figures that docs/accuracy.md shows.

Lowering a floor is an act of its own, stated in the changelog.
"""

from pathlib import Path

import pytest

from benchmarks import accuracy
from tests.shared_data import needs_shared

pytestmark = needs_shared

CAPTION_FLOORS = {
    "caption_f1": 0.92,
    "exact": 0.85,
    "credit": 0.85,
    "paired": 0.95,
    "doubled_recall": 0.90,
    "unmarked_caption_f1": 0.65,
    "body_all": 0.82,
}
TEXT_FLOORS = {"caption_f1": 0.75, "body_lines_kept": 0.97}


def test_captions_of_pages(tmp_path: Path) -> None:
    found = accuracy.captions(tmp_path)
    assert found["pages_in_catalogue"] == found["pages"] == 123
    assert {
        name: found[name] for name, floor in CAPTION_FLOORS.items() if float(str(found[name])) < floor
    } == {}


def test_captions_of_texts(tmp_path: Path) -> None:
    found = accuracy.text(tmp_path)
    assert {name: found[name] for name, floor in TEXT_FLOORS.items() if float(str(found[name])) < floor} == {}
    assert float(str(found["boilerplate_lines_leaked"])) <= 0.10


def test_the_founding_page(tmp_path: Path) -> None:
    found = accuracy.founding(tmp_path)
    assert found == {
        "captions_found": 2,
        "captions": 2,
        "captions_wrong": 0,
        "body_lines_kept": 17,
        "body_lines": 17,
        "boilerplate_in_body": 0,
        "captions_in_body": 0,
        "repeats": ["doubled (2)", "echoed (1)"],
    }


@pytest.mark.parametrize("name", ["pictures"])
def test_pictures(tmp_path: Path, name: str) -> None:
    found = accuracy.pictures(tmp_path, bases=2)
    false_pairs = found["false_pairs"]
    assert isinstance(false_pairs, dict)
    assert false_pairs["distinct"] == 0
    assert float(str(found["recall"])) >= 0.60

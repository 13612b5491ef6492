"""The accuracy gate: floors under the figures that docs/accuracy.md shows.

Lowering a floor is an act of its own, stated in the changelog.
"""

from pathlib import Path

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


def test_pictures(tmp_path: Path) -> None:
    found = accuracy.pictures(tmp_path, bases=2)
    false_pairs = found["false_pairs"]
    assert isinstance(false_pairs, dict)
    assert false_pairs["distinct"] == 0
    assert float(str(found["recall"])) >= 0.95
    assert found["same_scene"]["duplicate"] == 0  # type: ignore[index]
    assert float(str(found["named"])) >= 0.95
    assert float(str(found["crop_boxes"])) >= 0.90


def test_repeats(tmp_path: Path) -> None:
    found = accuracy.repeats(tmp_path)
    plants = found["right_by_plant"]
    assert isinstance(plants, dict)
    assert found["captions_in_catalogue"] == 20_000
    assert float(str(found["merge_precision"])) >= 0.999
    assert float(str(found["merge_recall"])) >= 0.96
    assert int(str(found["edited_unplanted"])) <= 10
    assert {kind: share for kind, share in plants.items() if share < _plant_floor(kind)} == {}


def _plant_floor(kind: str) -> float:
    if kind.startswith("neg_") or kind == "boiler":
        return 1.0
    return 0.98 if kind in ("date_corrected", "number_changed", "name_spelling") else 0.95

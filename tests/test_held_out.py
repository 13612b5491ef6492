"""The held-out measurement measures what it says: its list, its edits, its score."""

import csv
import hashlib
import io
import random
import sqlite3
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.held_out.all_edits import EDITS
from benchmarks.held_out.archive import Archive, Truth, load_archive, make_shared_archive
from benchmarks.held_out.edits import apply_edit
from benchmarks.held_out.look_alikes import DRAWN, SCENES, TEMPLATES
from benchmarks.held_out.photographs import _LISTS, Photograph, _take_out
from benchmarks.held_out.scoring import score_catalogue
from benchmarks.measure import cutline, measure
from tests.pictures import encode, photograph
from tests.shared_data import SHARED, needs_shared


@cache
def others() -> list[Image.Image]:
    return [photograph(seed, (320, 240)) for seed in range(20, 31)]


def listed(which: int = 1) -> list[dict[str, str]]:
    with _LISTS[which].open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


@pytest.mark.parametrize("which", _LISTS)
def test_the_list_names_different_photographs(which: int) -> None:
    rows = listed(which)
    assert sum(row["kind"] == "distinct" for row in rows) >= 60
    for column in ("name", "sha256"):
        assert len({row[column] for row in rows}) == len(rows)


def test_the_sets_have_no_photograph_in_common() -> None:
    assert {row["sha256"] for row in listed(1)} & {row["sha256"] for row in listed(2)} == set()


def test_a_picture_inside_a_resource_file_is_found_by_its_digest(tmp_path: Path) -> None:
    pictures = [encode(photograph(seed, (64, 48)), "WEBP") for seed in range(3)]
    resources = tmp_path / "game.rcc"
    resources.write_bytes(b"qres" + b"".join(b"\x00\x01" + each for each in pictures) + b"RIFF")
    found = _take_out(resources, hashlib.sha256(pictures[1]).hexdigest())
    assert found.read_bytes() == pictures[1]
    assert not _take_out(resources, "0" * 64).exists()


@needs_shared
def test_no_photograph_is_of_a_package_that_thresholds_were_set_on() -> None:
    with (SHARED / "data/photos/manifest.tsv").open(newline="", encoding="utf-8") as lines:
        known = {row["debian_package"] for row in csv.DictReader(lines, delimiter="\t")}
    assert {row["debian_package"] for row in listed()} & known == set()


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_gives_the_same_other_picture_each_time(name: str) -> None:
    picture = photograph(1, (320, 240))
    before = picture.tobytes()
    edited = apply_edit(EDITS[name], picture, "seed", others())
    data, extension = edited.encoded()
    assert picture.tobytes() == before
    assert apply_edit(EDITS[name], picture, "seed", others()).encoded() == (data, extension)
    with Image.open(io.BytesIO(data)) as opened:
        shown = opened.convert("RGB")
    assert shown.size != picture.size or np.abs(np.asarray(shown, int) - np.asarray(picture, int)).max() > 8
    assert all(number < len(others()) for number in edited.also_shows)


def test_the_box_of_a_crop_is_what_was_kept() -> None:
    picture = photograph(1, (640, 480))
    for name in ("off_centre", "detail", "small_detail"):
        edited = apply_edit(EDITS[name], picture, name, others())
        assert edited.box is not None
        left, top, right, bottom = (
            round(share * side) for share, side in zip(edited.box, (640, 480) * 2, strict=True)
        )
        kept = picture.crop((left, top, right, bottom)).resize(edited.picture.size)
        difference = np.abs(np.asarray(kept, int) - np.asarray(edited.picture, int)).mean()
        assert difference < 6


@needs_shared
def test_photographs_are_edited_by_the_shared_tool_too(tmp_path: Path) -> None:
    taken = []
    for number in range(50):  # 48 of them are for bursts and what goes on in them
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(encode(photograph(number, (160, 120)), "JPEG"))
        taken.append(Photograph(path.stem, "distinct", path))
    attacks = SHARED / "tools/attacks.py"
    archive = make_shared_archive(taken, tmp_path / "archive", 1, attacks)
    edited = {true.edit: true for true in archive.truth.values() if true.edit}
    assert len(edited) == 70
    assert (edited["mirror"].mirrored, edited["rot270"].rotated_degrees) == (True, 270)
    assert edited["crop_c50"].box == pytest.approx((0.1464, 0.1464, 0.8536, 0.8536), abs=1e-4)
    assert edited["crop_side50"].box is None
    assert {name for name in archive.truth if (archive.folder / name).is_file()} == set(archive.truth)


@pytest.mark.parametrize("make", [*SCENES, *TEMPLATES, *DRAWN], ids=lambda make: make.__name__)
def test_look_alikes_of_a_set_differ(make: object) -> None:
    assert callable(make)
    frames = make(random.Random(1), photograph(2, (480, 320)), others())
    assert len({frame.tobytes() for frame in frames}) == len(frames) >= 2


def test_the_score_counts_what_the_catalogue_says(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    first, second = photograph(1), photograph(2)
    archive.add("distinct/a.jpg", encode(first, "JPEG", quality=92), Truth(("a",)))
    archive.add("distinct/b.jpg", encode(second, "JPEG", quality=92), Truth(("b",)))
    mirrored = encode(first.transpose(Image.Transpose.FLIP_LEFT_RIGHT), "JPEG", quality=80)
    archive.add("attacked/mirror/a.jpg", mirrored, Truth(("a",), "mirror", mirrored=True))
    box = (0.15, 0.15, 0.85, 0.85)
    crop = encode(first.crop((96, 72, 544, 408)), "JPEG", quality=80)
    archive.add("attacked/crop/a.jpg", crop, Truth(("a",), "crop", box=box))
    archive.add("attacked/crop/b.jpg", encode(photograph(3), "JPEG"), Truth(("b",), "crop", box=box))
    # called a duplicate of a.jpg, which it is; the truth is told to be another, so that it counts as wrong
    archive.add("distinct/c.jpg", encode(first, "JPEG", quality=70), Truth(("c",)))
    for number in range(2):
        frame = encode(second.resize((600 - number, 450)), "JPEG")
        archive.add(f"look_alike/burst/{number}.jpg", frame, Truth((f"s{number}",), look_alike="burst/0"))
    archive.save(archive.folder.with_suffix(".json"))
    assert load_archive(archive.folder).truth == archive.truth
    measure(cutline("scan", archive.folder, "-c", tmp_path / "c.db", "-j", "1"))
    found = score_catalogue(tmp_path / "c.db", archive.truth)
    assert {edit: (share.right, share.of) for edit, share in found.found.items()} == {
        "mirror": (1, 1),
        "crop": (1, 2),
    }
    assert found.recall == 0.75
    assert (found.named["mirrored"].right, found.named["crop boxes"].right) == (1, 1)
    assert ("distinct/a.jpg", "distinct/c.jpg") in found.wrong_matches
    assert (found.duplicates["burst"].right, found.duplicates["burst"].of) == (1, 1)
    with sqlite3.connect(tmp_path / "c.db") as db:
        db.execute("DELETE FROM image_matches")
        db.execute("DELETE FROM image_groups")
        db.execute("DELETE FROM image_group_members")
    found = score_catalogue(tmp_path / "c.db", archive.truth)
    assert (found.recall, found.wrong_matches, found.duplicates["burst"].right) == (0.0, [], 0)

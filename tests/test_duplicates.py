"""Groups of duplicate pictures in the catalogue: right, kept up to date, and a person's word respected."""

import json
import os
import random
import shutil
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ImageOps

from catalog.decisions.decide import decide
from catalog.match.match import match_again
from catalog.store.catalogue import Catalogue
from tests.conftest import rows, scan_archive
from tests.packets import iim, resource, segment
from tests.pictures import encode, photograph


@cache
def jpeg(seed: int, edit: str = "") -> bytes:
    """A picture of each seed, and copies of it."""
    picture = photograph(seed, (480, 360))
    match edit:
        case "small":
            return encode(picture.resize((240, 180)), "JPEG")
        case "mirrored":
            return encode(ImageOps.mirror(picture), "JPEG")
        case "poor":
            return encode(picture, "JPEG", quality=40)
        case "commented":
            return encode(picture, "JPEG", quality=90, comment=b"by A. Nobody")
    return encode(picture, "JPEG", quality=90)


def put(archive: Path, name: str, data: bytes, age_days: int = 0) -> Path:
    path = archive / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    when = 1_700_000_000 - age_days * 86_400
    os.utime(path, (when, when))
    return path


def groups(catalog: Path) -> dict[str, list[tuple[object, ...]]]:
    """By the locator of the keeper: kind, then locator and reason of each member, keeper first."""
    found: dict[int, list[tuple[object, ...]]] = {}
    for group, kind, locator, reason in rows(
        catalog,
        "SELECT group_id, kind, locator, reason FROM duplicate_images ORDER BY keeper DESC, locator",
    ):
        found.setdefault(group, [(kind,)]).append((locator, reason))  # type: ignore[call-overload]
    return {str(members[1][0]): members for members in found.values()}


def test_copies_are_grouped_by_how_alike_they_are(archive: Path, catalog_path: Path) -> None:
    put(archive, "bytes/one.jpg", jpeg(1), age_days=9)
    put(archive, "bytes/two.jpg", jpeg(1))
    put(archive, "pixels/plain.jpg", jpeg(2))
    put(archive, "pixels/commented.jpg", jpeg(2, "commented"))
    put(archive, "near/large.jpg", jpeg(3))
    put(archive, "near/mirrored.jpg", jpeg(3, "mirrored"))
    put(archive, "near/small.jpg", jpeg(3, "small"))
    put(archive, "alone.jpg", jpeg(4))
    scan_archive(catalog_path, archive)
    found = groups(catalog_path)
    assert found.pop("bytes/one.jpg") == [
        ("same-bytes",),
        ("bytes/one.jpg", "keep: the oldest of the same bytes"),
        ("bytes/two.jpg", "same bytes as the keeper"),
    ]
    assert found.pop("pixels/commented.jpg") == [
        ("same-pixels",),
        ("pixels/commented.jpg", "keep: the most bytes of the largest (480 x 360)"),
        ("pixels/plain.jpg", "same pixels as the keeper, other metadata"),
    ]
    ((_, members),) = found.items()
    assert members[0] == ("near",)
    reasons = dict(members[1:])  # type: ignore[arg-type]
    assert reasons["near/small.jpg"] == "the same picture at 240 x 180"
    assert "mirrored" in str(reasons["near/mirrored.jpg"]) or "mirrored" in str(reasons["near/large.jpg"])


def test_match_says_how_one_picture_shows_the_other(archive: Path, catalog_path: Path) -> None:
    put(archive, "large.jpg", jpeg(3))
    put(archive, "mirrored.jpg", jpeg(3, "mirrored"))
    scan_archive(catalog_path, archive)
    ((kind, bits, similarity, transform),) = rows(
        catalog_path, "SELECT kind, distance_bits, aligned_similarity, transform FROM image_matches"
    )
    said = json.loads(str(transform))
    assert kind == "near"
    assert isinstance(bits, int)
    assert bits <= 4
    assert isinstance(similarity, float)
    assert similarity > 0.9
    assert said["mirrored"] is True
    assert said["rotated_degrees"] % 360 == pytest.approx(0, abs=1)
    assert said["scale"] == pytest.approx(1, abs=0.02)
    assert said["left_box"] == pytest.approx([0, 0, 1, 1], abs=0.02)


def test_reclaimable_bytes_count_each_inode_once(archive: Path, catalog_path: Path) -> None:
    kept = put(archive, "a.jpg", jpeg(5), age_days=9)
    os.link(kept, archive / "b.jpg")
    other = put(archive, "c.jpg", jpeg(5))
    os.link(other, archive / "d.jpg")
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT size, reclaimable_bytes FROM image_groups") == [(4, len(jpeg(5)))]
    reasons = dict(groups(catalog_path)["a.jpg"][1:])  # type: ignore[arg-type]
    assert reasons["b.jpg"] == "the keeper itself under another name (hardlink)"


def test_copy_with_an_embedded_caption_is_kept_before_a_larger_one(archive: Path, catalog_path: Path) -> None:
    small = jpeg(6, "small")
    said = segment(0xED, b"Photoshop 3.0\0" + resource(0x0404, iim(("2:120", "Boats leave the harbour."))))
    captioned = small[:2] + said + small[2:]
    put(archive, "captioned.jpg", captioned)
    put(archive, "large.jpg", jpeg(6))
    scan_archive(catalog_path, archive)
    assert groups(catalog_path)["captioned.jpg"][1] == ("captioned.jpg", "keep: has an embedded caption")


def test_of_copies_with_a_caption_the_best_is_kept_and_the_reason_says_why(
    archive: Path, catalog_path: Path
) -> None:
    said = segment(0xED, b"Photoshop 3.0\0" + resource(0x0404, iim(("2:120", "Boats leave the harbour."))))
    for name, data in (("small.jpg", jpeg(6, "small")), ("large.jpg", jpeg(6))):
        put(archive, name, data[:2] + said + data[2:])
    put(archive, "bare.jpg", jpeg(6, "poor"))
    scan_archive(catalog_path, archive)
    kept, reason = groups(catalog_path)["large.jpg"][1]  # type: ignore[misc]
    assert kept == "large.jpg"
    assert reason.startswith("keep: has an embedded caption; among those with one: the most pixels")


def test_framed_copy_is_not_the_keeper(archive: Path, catalog_path: Path) -> None:
    picture = photograph(7, (480, 360))
    put(archive, "framed.png", encode(ImageOps.expand(picture, 20, "black"), "PNG"))
    put(archive, "plain.jpg", jpeg(7))
    scan_archive(catalog_path, archive)
    found = groups(catalog_path)
    if found:  # whole-picture hashes may not find a frame; local features do
        assert "plain.jpg" in found


def test_vanished_record_does_not_count(archive: Path, catalog_path: Path) -> None:
    put(archive, "one.jpg", jpeg(8))
    gone = put(archive, "two.jpg", jpeg(8))
    scan_archive(catalog_path, archive)
    assert len(groups(catalog_path)) == 1
    gone.unlink()
    scan_archive(catalog_path, archive)
    assert groups(catalog_path) == {}
    assert rows(catalog_path, "SELECT count(*) FROM image_groups") == [(0,)]


def test_verdicts_of_a_person_are_respected_and_kept(archive: Path, catalog_path: Path) -> None:
    put(archive, "large.jpg", jpeg(9))
    put(archive, "small.jpg", jpeg(9, "small"))
    put(archive, "other.jpg", jpeg(10))
    scan_archive(catalog_path, archive)
    assert len(groups(catalog_path)) == 1
    with Catalogue.open(catalog_path) as catalogue:
        decide(catalogue, "different", "large.jpg", "small.jpg")
        decide(catalogue, "same", "large.jpg", "other.jpg")
    for _ in range(2):
        ((_kind, *members),) = groups(catalog_path).values()
        assert {str(member[0]) for member in members} == {"large.jpg", "other.jpg"}
        with Catalogue.open(catalog_path) as catalogue:
            match_again(catalogue)


def state(catalog: Path) -> tuple[object, ...]:
    """All that matching came to, ids aside."""
    return (
        sorted(
            rows(
                catalog,
                "SELECT left_sha256, right_sha256, kind, distance_bits, aligned_similarity, transform"
                " FROM image_matches",
            )
        ),
        sorted(map(repr, groups(catalog).values())),
        sorted(rows(catalog, "SELECT kind, size, widest_distance_bits, reclaimable_bytes FROM image_groups")),
        rows(catalog, "SELECT count(*) FROM pending"),
    )


EDITS = ("", "small", "mirrored", "poor", "commented")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.lists(
        st.tuples(st.integers(11, 14), st.sampled_from(EDITS), st.integers(0, 3)), min_size=1, max_size=9
    ),
    seed=st.integers(0, 99),
)
def test_what_comes_and_goes_in_steps_gives_what_scanning_at_once_gives(
    tmp_path: Path, files: list[tuple[int, str, int]], seed: int
) -> None:
    """Each file is there in step 0, comes in step 1 or 2, or goes in step 3."""
    for folder in ("steps", "once"):
        shutil.rmtree(tmp_path / folder, ignore_errors=True)
        (tmp_path / folder).mkdir()
    for path in tmp_path.glob("*.db*"):
        path.unlink()
    order = list(enumerate(files))
    random.Random(seed).shuffle(order)
    for step in (0, 1, 2, 3):
        for number, (picture, edit, when) in order:
            name = f"{number}.jpg"
            if when == step or (when == 3 and step == 0):
                if when == 3 and step == 3:
                    (tmp_path / "steps" / name).unlink()
                    continue
                put(tmp_path / "steps", name, jpeg(picture, edit), age_days=number)
                if when != 3:
                    put(tmp_path / "once", name, jpeg(picture, edit), age_days=number)
        scan_archive(tmp_path / "steps.db", tmp_path / "steps")
    scan_archive(tmp_path / "once.db", tmp_path / "once")
    assert state(tmp_path / "steps.db") == state(tmp_path / "once.db")
    with Catalogue.open(tmp_path / "steps.db") as catalogue:
        match_again(catalogue)
    assert state(tmp_path / "steps.db") == state(tmp_path / "once.db")


def test_many_copies_make_one_group(archive: Path, catalog_path: Path) -> None:
    base = jpeg(15)
    for number in range(300):
        put(archive, f"{number:04}.jpg", base[:2] + b"\xff\xfe\0\4" + number.to_bytes(2, "big") + base[2:])
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT kind, size FROM image_groups") == [("same-pixels", 300)]
    assert rows(catalog_path, "SELECT count(*) FROM image_matches")[0][0] < 300 * 64  # type: ignore[operator]


# --- what a file holds beside what is shown


def pixels_of(catalog: Path) -> list[tuple[object, ...]]:
    return rows(catalog, "SELECT kind, count(*) FROM image_matches GROUP BY kind")


def test_a_motion_photo_is_no_copy_of_its_still_and_is_kept(archive: Path, catalog_path: Path) -> None:
    still = jpeg(31)
    video = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 40
    put(archive, "a-still.jpg", still)
    put(archive, "b-motion.jpg", still + video)
    put(archive, "c-told.jpg", still[:2] + b"\xff\xfe\0\x06told" + still[2:])
    scan_archive(catalog_path, archive)
    told = {row[0]: row[1] for row in rows(catalog_path, "SELECT locator, reason FROM duplicate_images")}
    assert told["b-motion.jpg"].startswith("keep: holds what the others lack (a video behind the picture")
    assert told["a-still.jpg"] == "the same picture; lacks a video behind the picture (10,252 bytes)"
    assert pixels_of(catalog_path) == [("near", 2), ("same-pixels", 1)]


def test_a_picture_that_is_cut_short_finds_its_whole_copy_and_is_not_kept(
    archive: Path, catalog_path: Path
) -> None:
    picture = photograph(32, (800, 600))
    small, large = encode(picture.resize((400, 300)), "JPEG"), encode(picture, "JPEG", quality=90)
    caption = segment(0xED, b"Photoshop 3.0\0" + resource(0x0404, iim(("2:120", "A boat"))))
    put(archive, "whole.jpg", small)
    put(archive, "cut.jpg", (large[:2] + caption + large[2:])[: int(len(large) * 0.95)])
    result = scan_archive(catalog_path, archive)
    told = {row[0]: row[1] for row in rows(catalog_path, "SELECT locator, reason FROM duplicate_images")}
    assert told["whole.jpg"] == "keep: the one that is whole (400 x 300)"
    assert "cut short" in told["cut.jpg"]
    assert rows(catalog_path, "SELECT kind FROM image_matches") == [("near",)]
    ((stage, reason),) = rows(catalog_path, "SELECT stage, reason FROM problems")
    assert (stage, reason.startswith("The picture is cut short: ")) == ("decode", True)
    assert result.problems == 1

"""Parts in a catalogue that grows: the same as scanned at once, whatever became common, gone or turned meanwhile."""

import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from catalog.match.pictures.stored import PartStream, load_pictures
from catalog.store.catalogue import Catalogue
from media.matching.pictures import part_votes
from media.matching.pictures.part_blobs import Portion
from media.matching.pictures.part_index import find_parts
from media.pictures.local_features import Blobs
from tests.conftest import rows, scan_archive
from tests.pictures import encode, photograph
from tests.test_duplicates import put, state

SIZE = (600, 450)
CROPS = {
    "whole": (0, 0, 600, 450),
    "left": (0, 0, 400, 450),
    "right": (200, 0, 600, 450),
    "middle": (120, 90, 480, 400),
}


def jpeg(seed: int, crop: str, turned: int = 0) -> bytes:
    picture = photograph(seed, SIZE).crop(CROPS[crop])
    return encode(picture.rotate(90 * turned, expand=True), "JPEG", quality=90)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    files=st.lists(
        st.tuples(st.integers(64, 66), st.sampled_from(tuple(CROPS)), st.integers(0, 3), st.integers(0, 3)),
        min_size=3,
        max_size=9,
    ),
    stop=st.sampled_from((2000, 3, 2)),
)
def test_parts_that_come_and_go_in_steps_are_those_of_scanning_at_once(
    tmp_path: Path, files: list[tuple[int, str, int, int]], stop: int
) -> None:
    """Each file is there in step 0, comes in step 1 or 2, or goes in step 3. Few may share a code."""
    for folder in ("steps", "once"):
        shutil.rmtree(tmp_path / folder, ignore_errors=True)
        (tmp_path / folder).mkdir()
    for path in tmp_path.glob("*.db*"):
        path.unlink()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(part_votes, "STOP", stop)
        for step in range(4):
            for number, (seed, crop, turned, when) in enumerate(files):
                name = f"{number}.jpg"
                if when == 3 and step == 3:
                    (tmp_path / "steps" / name).unlink()
                elif when == step or (when == 3 and step == 0):
                    put(tmp_path / "steps", name, jpeg(seed, crop, turned), age_days=number)
                    if when != 3:
                        put(tmp_path / "once", name, jpeg(seed, crop, turned), age_days=number)
            scan_archive(tmp_path / "steps.db", tmp_path / "steps")
        scan_archive(tmp_path / "once.db", tmp_path / "once")
    assert state(tmp_path / "steps.db") == state(tmp_path / "once.db")


@pytest.mark.parametrize("turned", range(4))
def test_crop_is_found_however_it_is_turned(archive: Path, catalog_path: Path, turned: int) -> None:
    put(archive, "whole.jpg", jpeg(64, "whole"))
    put(archive, "crop.jpg", jpeg(64, "left", turned))
    put(archive, "other.jpg", jpeg(65, "whole"))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT kind, size FROM image_groups") == [("part", 2)]
    ((degrees,),) = rows(catalog_path, "SELECT transform ->> 'rotated_degrees' FROM image_matches")
    assert isinstance(degrees, float)
    assert min(abs(degrees - 90 * turned), abs(degrees + 90 * turned - 360), abs(degrees - 360)) < 3


def test_parts_of_one_picture_that_do_not_show_the_same_share_no_group(
    archive: Path, catalog_path: Path
) -> None:
    """The one that both overlap is worse than either, so that it is no keeper."""
    whole = photograph(64, (900, 450))
    for name, left, right in (("a", 0, 450), ("c", 450, 900)):
        put(archive, f"{name}.jpg", encode(whole.crop((left, 0, right, 450)), "JPEG"))
    put(archive, "b.jpg", encode(whole.crop((150, 0, 750, 450)).resize((400, 300)), "JPEG"))
    scan_archive(catalog_path, archive)
    together = rows(
        catalog_path,
        "SELECT count(*) FROM duplicate_images l JOIN duplicate_images r USING (group_id)"
        " WHERE l.locator = 'a.jpg' AND r.locator = 'c.jpg'",
    )
    assert together == [(0,)]
    assert {"a.jpg", "b.jpg"} <= {
        locator for (locator,) in rows(catalog_path, "SELECT locator FROM duplicate_images")
    }


def test_ten_thousand_versions_of_one_picture_are_hardly_ever_parts_of_one_another() -> None:
    """They are found as wholes: their codes are too common to be looked up. Of 50 million pairs few remain."""
    random = np.random.default_rng(0)
    blobs = Blobs.from_bytes(encoded_blobs(random))
    flips = np.uint64(1) << random.integers(0, 64, (10_000, len(blobs)), dtype=np.uint64)
    flips[random.random(flips.shape) < 0.5] = 0
    values = [Blobs(blobs.codes ^ each, blobs.points, blobs.levels).as_bytes() for each in flips]
    portions = [
        Portion(np.arange(start, start + 500), values[start : start + 500]) for start in range(0, 10_000, 500)
    ]
    assert sum(len(found.left) for found in find_parts(lambda: portions, orientations=(0, 1))) < 10_000


def encoded_blobs(random: np.random.Generator) -> bytes:
    count = 20
    codes = random.integers(0, 2**64, count, dtype=np.uint64)
    return Blobs(codes, random.random((count, 2)).astype(np.float32), np.zeros(count, np.uint8)).as_bytes()


def test_blobs_of_a_catalogue_are_read_once_where_there_is_room(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(64, 69):
        put(archive, f"{seed}.jpg", jpeg(seed, "whole"))
    scan_archive(catalog_path, archive)
    with Catalogue.open(catalog_path) as catalogue:
        pictures = load_pictures(catalogue)
        for room, reads in ((1 << 29, 1), (0, 3)):
            monkeypatch.setattr("catalog.match.pictures.stored._KEPT_BYTES", room)
            monkeypatch.setattr("catalog.match.pictures.stored._PICTURES_AT_ONCE", 2)
            stream = PartStream(catalogue, pictures, np.array([0, 2, 3]))
            statements: list[str] = []
            catalogue.db.conn.set_trace_callback(statements.append)
            passes = [list(stream()) for _ in range(3)]
            catalogue.db.conn.set_trace_callback(None)
            assert len(statements) == reads
            for portions in passes:
                assert sorted(itertools.chain(*(each.pictures.tolist() for each in portions))) == [0, 2, 3]
                assert [each.codes.tolist() for each in portions] == [
                    each.codes.tolist() for each in passes[0]
                ]


def test_pictures_are_numbered_from_the_best_to_the_worst(archive: Path, catalog_path: Path) -> None:
    put(archive, "small.jpg", encode(photograph(70, (300, 200)), "JPEG"))
    put(archive, "large.jpg", encode(photograph(71, (500, 400)), "JPEG"))
    put(archive, "older.png", encode(photograph(72, (400, 300)), "PNG"), age_days=5)
    gone = put(archive, "gone.jpg", encode(photograph(73, (800, 600)), "JPEG"))
    put(archive, "flat.png", encode(Pillow.new("RGB", (900, 900), "white"), "PNG"))
    scan_archive(catalog_path, archive)
    gone.unlink()
    scan_archive(catalog_path, archive)
    digest = dict(rows(catalog_path, "SELECT locator, sha256 FROM records"))  # type: ignore[arg-type]
    with Catalogue.open(catalog_path) as catalogue:
        pictures = load_pictures(catalogue)
    names = ("large.jpg", "older.png", "small.jpg", "flat.png")
    assert [pictures.sha256(number) for number in range(len(pictures))] == [digest[name] for name in names]
    assert pictures.number(str(digest["gone.jpg"])) is None
    assert pictures.locate(["none", str(digest["small.jpg"])]).tolist() == [-1, 2]
    chosen = pictures.take([1, 3])
    assert [(each.sha256, each.width_px, each.information) for each in chosen.pictures] == [
        (digest["older.png"], 400, "normal"),
        (digest["flat.png"], 900, "low"),
    ]
    assert chosen.hashes.low.tolist() == [False, True]

"""Catalogues that know the same files: of each the reading seen last counts, whichever is merged first."""

import itertools
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from catalog.merge.addresses import Nesting
from catalog.store.catalogue import Catalogue
from catalog.store.upgrade import bring_up_to_date
from tests.conftest import rows, scan_archive
from tests.containers import make_zip, page, photo, write
from tests.merging import SAID, assert_same, assert_whole, dump, merge_into, merge_tree
from tests.test_incremental import do, steps
from tests.test_merge import trees

RECORDS = "SELECT locator, sha256 IS NOT NULL, missing_since IS NOT NULL FROM records ORDER BY locator"


def merge_both_ways(folder: Path, *shards: Path) -> Path:
    """The catalogue merged of these, found to be the same in every order; each part merged again changes nothing."""
    results: list[Path] = []
    made = Path(tempfile.mkdtemp(dir=folder))
    for number, order in enumerate(itertools.permutations(shards)):
        results.append(made / f"order-{number}.db")
        merge_into(results[-1], *order)
        assert_same(results[0], results[-1])
    before = dump(results[0])
    merge_into(results[0], *shards)
    assert dump(results[0]) == before
    assert_whole(results[0])
    return results[0]


def copy(catalog: Path, name: str) -> Path:
    with Catalogue.open(catalog) as catalogue:
        catalogue.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(shutil.copy(catalog, catalog.with_name(name)))


def test_the_later_reading_of_a_file_counts(archive: Path, tmp_path: Path) -> None:
    write(archive / "a.html", page("a.jpg", 4))
    write(archive / "b.html", page("b.jpg", 5))
    scan_archive(tmp_path / "old.db", archive)
    write(archive / "a.html", page("a.jpg", 17))
    write(archive / "c.html", page("c.jpg", 6))
    scan_archive(tmp_path / "new.db", archive)
    merged = merge_both_ways(tmp_path, tmp_path / "old.db", tmp_path / "new.db")
    assert_same(merged, tmp_path / "new.db", SAID)
    assert rows(merged, "SELECT count(*) FROM captions WHERE text LIKE '%March 4, 2024%'") == [(0,)]


def test_what_one_found_missing_later_is_missing(archive: Path, tmp_path: Path) -> None:
    write(archive / "a.html", page("a.jpg"))
    write(archive / "a.jpg", photo(1))
    scan_archive(tmp_path / "old.db", archive)
    copy(tmp_path / "old.db", "new.db")
    (archive / "a.jpg").unlink()
    scan_archive(tmp_path / "new.db", archive)
    merged = merge_both_ways(tmp_path, tmp_path / "old.db", tmp_path / "new.db")
    assert rows(merged, RECORDS) == [("a.html", 1, 0), ("a.jpg", 1, 1)]
    assert rows(merged, "SELECT image_sha256 FROM page_captions") == [(None,)]
    assert_same(merged, tmp_path / "new.db")


def test_what_came_back_later_is_there(archive: Path, tmp_path: Path) -> None:
    write(archive / "a.html", page("a.jpg"))
    write(archive / "a.jpg", photo(1))
    scan_archive(tmp_path / "old.db", archive)
    (archive / "a.jpg").rename(tmp_path / "away.jpg")
    scan_archive(tmp_path / "old.db", archive)
    copy(tmp_path / "old.db", "new.db")
    (tmp_path / "away.jpg").rename(archive / "a.jpg")
    scan_archive(tmp_path / "new.db", archive)
    merged = merge_both_ways(tmp_path, tmp_path / "old.db", tmp_path / "new.db")
    assert rows(merged, RECORDS) == [("a.html", 1, 0), ("a.jpg", 1, 0)]
    assert_same(merged, tmp_path / "new.db")


def test_a_container_comes_from_one_catalogue_with_its_members(archive: Path, tmp_path: Path) -> None:
    write(
        archive / "p.zip", make_zip({"a.txt": b"BREST - One.", "b.txt": b"BREST - Two.", "c.jpg": photo(1)})
    )
    scan_archive(tmp_path / "old.db", archive)
    write(
        archive / "p.zip", make_zip({"b.txt": b"BREST - Two.", "c.jpg": photo(2), "d.txt": b"BREST - Four."})
    )
    scan_archive(tmp_path / "new.db", archive)
    merged = merge_both_ways(tmp_path, tmp_path / "old.db", tmp_path / "new.db")
    assert_same(merged, tmp_path / "new.db", SAID)


def test_what_was_seen_again_unchanged_is_not_copied_nor_matched_again(archive: Path, tmp_path: Path) -> None:
    write(archive / "a.html", page("a.jpg"))
    write(archive / "p.zip", make_zip({"a.jpg": photo(1), "b.jpg": photo(1)}))
    scan_archive(tmp_path / "shard.db", archive)
    merge_into(tmp_path / "out.db", tmp_path / "shard.db")
    numbers = [
        rows(tmp_path / "out.db", f"SELECT id FROM {table}") for table in ("placements", "image_groups")
    ]
    write(archive / "b.html", page("b.jpg", 9))
    scan_archive(tmp_path / "shard.db", archive)
    (merged,) = merge_into(tmp_path / "out.db", tmp_path / "shard.db").merged
    assert merged.records.new == 1
    kept = [rows(tmp_path / "out.db", f"SELECT id FROM {table}") for table in ("placements", "image_groups")]
    assert set(numbers[0]) < set(kept[0])
    assert numbers[1] == kept[1]
    assert_same(tmp_path / "out.db", tmp_path / "shard.db")


def half_read(catalog: Path) -> None:
    """Make it as if the scan had been stopped while the container was read: one member is still to be read."""
    with Catalogue.open(catalog) as catalogue, catalogue.db.atomic():
        execute = catalogue.db.execute
        number, digest, scan = execute(
            "SELECT id, sha256, last_scan_id FROM records WHERE container_id IS NULL"
        ).fetchone()
        execute("UPDATE records SET sha256 = NULL WHERE id = ?", [number])
        execute("DELETE FROM records WHERE locator = 'p.zip!b.txt'")
        execute("INSERT INTO containers VALUES (?, ?, ?)", [number, digest, scan])
        execute("INSERT INTO container_spans VALUES (?, 0, 0, 1000, '', '[]')", [number])


def test_a_container_half_read_is_gone_on_with_after_merging(archive: Path, tmp_path: Path) -> None:
    write(archive / "p.zip", make_zip({"a.txt": b"BREST - One.", "b.txt": b"BREST - Two."}))
    scan_archive(tmp_path / "whole.db", archive)
    scan_archive(tmp_path / "half.db", archive)
    half_read(tmp_path / "half.db")
    write(tmp_path / "other/x.html", page("x.jpg"))
    scan_archive(tmp_path / "other.db", tmp_path / "other")
    merged = merge_both_ways(tmp_path, tmp_path / "half.db", tmp_path / "other.db")
    assert rows(merged, "SELECT count(*) FROM container_spans") == [(1,)]
    with_whole = merge_both_ways(tmp_path, tmp_path / "half.db", tmp_path / "whole.db")
    assert rows(with_whole, "SELECT count(*) FROM container_spans") == [(0,)]
    assert rows(with_whole, "SELECT count(*) FROM records") == [(3,)]
    scan_archive(merged, archive)
    assert rows(merged, "SELECT count(*) FROM containers") == [(0,)]
    assert rows(
        merged, "SELECT count(*) FROM records WHERE locator GLOB 'p.zip*' AND missing_since IS NULL"
    ) == [(3,)]


def test_a_file_is_in_the_innermost_source_only(archive: Path, tmp_path: Path) -> None:
    write(archive / "a.html", page("sub/a.jpg"))
    write(archive / "sub/a.jpg", photo(1))
    write(archive / "sub/deep/b.zip", make_zip({"b.jpg": photo(2)}))
    (archive / "sub/broken.jpg").write_bytes(photo(3)[:500])
    inner, whole, file = tmp_path / "inner.db", tmp_path / "whole.db", tmp_path / "file.db"
    scan_archive(inner, archive / "sub")
    scan_archive(file, archive / "sub/deep/b.zip")
    scan_archive(whole, archive)
    merged = merge_both_ways(tmp_path, inner, whole, file)
    scan_archive(tmp_path / "one.db", archive / "sub/deep/b.zip")
    scan_archive(tmp_path / "one.db", archive / "sub")
    scan_archive(tmp_path / "one.db", archive)
    assert_same(merged, tmp_path / "one.db", SAID)
    assert rows(merged, "SELECT locator FROM records ORDER BY 1") == [
        ("a.html",),
        ("a.jpg",),
        ("b.zip",),
        ("b.zip!b.jpg",),
        ("broken.jpg",),
    ]
    assert scan_archive(merged, archive).read == 0


def test_a_folder_that_could_not_be_listed_is_told_of_until_it_could(archive: Path, tmp_path: Path) -> None:
    write(archive / "a.html", page("a.jpg"))
    for name in ("old.db", "new.db"):
        scan_archive(tmp_path / name, archive)
        with Catalogue.open(tmp_path / name) as catalogue, catalogue.db.atomic():
            catalogue.db.execute(
                "INSERT INTO problems (scan_id, source_id, locator, stage, reason, remedy)"
                " VALUES (1, 1, 'sub', 'list', ?, '')",
                [f"{name} cannot list it"],
            )
    merged = merge_both_ways(tmp_path, tmp_path / "old.db", tmp_path / "new.db")
    assert rows(merged, "SELECT locator, reason FROM problems") == [("sub", "new.db cannot list it")]


def test_of_two_readings_of_a_picture_the_newer_method_counts(archive: Path, tmp_path: Path) -> None:
    write(archive / "a.jpg", photo(1))
    shards = [tmp_path / "old.db", tmp_path / "new.db"]
    for version, shard in zip((9, 10), shards, strict=True):
        scan_archive(shard, archive)
        with Catalogue.open(shard) as catalogue, catalogue.db.atomic():
            catalogue.db.execute("UPDATE fingerprints SET version = ? WHERE method = 'phash'", [version])
            catalogue.db.execute("UPDATE images SET city = 'read by ' || ?", [version])
    merged = merge_both_ways(tmp_path, *shards)
    assert rows(merged, "SELECT version FROM fingerprints WHERE method = 'phash'") == [(10,)]
    assert rows(merged, "SELECT city FROM images") == [("read by 10",)]


def test_scans_of_versions_that_gave_them_no_token_are_told_apart_by_their_start(
    archive: Path, tmp_path: Path
) -> None:
    write(archive / "a.html", page("a.jpg"))
    shards = [tmp_path / "one.db", tmp_path / "two.db"]
    for day, shard in enumerate(shards, start=1):
        scan_archive(shard, archive)
        with Catalogue.open(shard) as catalogue, catalogue.db.atomic():
            catalogue.db.execute(
                "UPDATE scans SET token = NULL, started_at = ?", [f"2024-01-0{day}T00:00:00Z"]
            )
    merged = merge_both_ways(tmp_path, *shards)
    assert rows(merged, "SELECT started_at FROM scans ORDER BY 1") == [
        ("2024-01-01T00:00:00Z",),
        ("2024-01-02T00:00:00Z",),
    ]


def test_a_file_that_an_archive_moved_onto_is_there_once(archive: Path, tmp_path: Path) -> None:
    write(archive / "sub/a.jpg", photo(1))
    write(archive / "sub/p.zip", make_zip({"b.jpg": photo(2)}))
    scan_archive(tmp_path / "out.db", archive / "sub")
    shutil.copytree(archive, tmp_path / "moved")
    scan_archive(tmp_path / "out.db", tmp_path / "moved")
    with Catalogue.open(tmp_path / "out.db") as catalogue, catalogue.db.atomic():
        uris = [archive.as_uri(), (tmp_path / "moved").as_uri()]
        catalogue.db.execute("UPDATE sources SET uri = ? WHERE uri = ?", uris)
    write(tmp_path / "other/x.html", page("x.jpg"))
    scan_archive(tmp_path / "other.db", tmp_path / "other")
    merge_into(tmp_path / "out.db", tmp_path / "other.db")
    assert_whole(tmp_path / "out.db")
    assert rows(tmp_path / "out.db", "SELECT locator FROM records ORDER BY 1") == [
        ("a.jpg",),
        ("p.zip",),
        ("p.zip!b.jpg",),
        ("x.html",),
    ]
    assert rows(tmp_path / "out.db", "SELECT count(*) FROM image_groups") == [(0,)]


SOURCES = {
    1: ("s3://b/p", "folder"),
    2: ("s3://b/p/in", "folder"),
    3: ("file:///d", "folder"),
    4: ("file:///d/x%20y/z.zip", "zip"),
    5: ("file:///d/x%20y", "folder"),
    6: ("file:///", "folder"),
    7: ("file:///caf%E9", "folder"),
}


@pytest.mark.parametrize(
    ("at", "belongs"),
    [
        pytest.param((1, "in/a.jpg"), (2, "a.jpg"), id="in-a-store"),
        pytest.param((1, "inn/a.jpg"), (1, "inn/a.jpg"), id="a-longer-name"),
        pytest.param((3, "x y/z.zip"), (4, "z.zip"), id="a-file"),
        pytest.param((3, "x y/z.zip!a"), (4, "z.zip!a"), id="a-member"),
        pytest.param((3, "x y/b"), (5, "b"), id="a-folder"),
        pytest.param((5, "z.zip#7"), (4, "z.zip#7"), id="the-innermost"),
        pytest.param((6, "d/x y/z.zip"), (4, "z.zip"), id="below-the-root"),
        pytest.param((6, "caf\\xe9/a"), (7, "a"), id="a-name-that-is-not-utf-8"),
        pytest.param((5, "b"), (5, "b"), id="at-home"),
    ],
)
def test_an_address_leads_to_the_innermost_source(at: tuple[int, str], belongs: tuple[int, str]) -> None:
    db = Database(memory=True)
    bring_up_to_date(db)
    for number, source in SOURCES.items():
        db.execute("INSERT INTO sources (id, uri, kind) VALUES (?, ?, ?)", [number, *source])
    nesting = Nesting(db)
    source, locator = nesting.source("?1", "?2"), nesting.locator("?1", "?2")
    assert db.execute(f"SELECT {source}, {locator}", at).fetchone() == belongs
    db.close()


# --- Any history, scanned into any catalogue


def follow(history: list[tuple[int, list[tuple[str, str, int, str]]]], tree: object) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        archive = folder / "archive"
        archive.mkdir()
        shards = [folder / f"shard-{number}.db" for number in range(3)]
        for number, (shard, batch) in enumerate(history):
            for step in batch:
                do(archive, *step)
            inside = {str(p.relative_to(archive)): p.read_bytes() for p in sorted(archive.glob("b/*"))}
            path = write(archive / "b.zip", make_zip(inside))
            os.utime(path, (number, number))
            scan_archive(shards[shard], archive)
        for shard in shards:
            if not shard.exists():
                shutil.copy(next(each for each in shards if each.exists()), shard)
        merged = merge_tree(folder, tree, shards)
        assert_whole(merged)
        merge_into(folder / "straight.db", *shards)
        assert_same(merged, folder / "straight.db")
        before = dump(merged)
        merge_into(merged, *shards)
        assert dump(merged) == before
    finally:
        shutil.rmtree(folder)


histories = steps.flatmap(
    lambda batches: st.tuples(*(st.tuples(st.integers(0, 2), st.just(batch)) for batch in batches)).map(list)
)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(histories, trees(3))
def test_catalogues_of_one_archive_at_many_times_merge_in_any_order(
    history: list[tuple[int, list[tuple[str, str, int, str]]]], tree: object
) -> None:
    follow(history, tree)


@pytest.mark.long
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories, trees(3))
def test_catalogues_of_one_archive_at_many_times_merge_in_any_order_always(
    history: list[tuple[int, list[tuple[str, str, int, str]]]], tree: object
) -> None:
    follow(history, tree)

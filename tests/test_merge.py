"""Catalogues of parts, merged, are the catalogue of the whole; in any order, and any number of times."""

import base64
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import rows, scan_archive
from tests.containers import Crawl, make_zip, page, photo, write
from tests.merging import HISTORY, SAID, assert_same, assert_whole, dump, merge_into, merge_tree
from tests.test_incremental import do, put_page, put_photo

EXAMPLES = Path(__file__).parents[1] / "examples/archive"
MOMENT = 1_709_553_600


def make_crawls(folder: Path) -> None:
    """Three crawls that need one another: pages, their pictures, and what leads to them."""
    picture = photo(9)
    digest = "sha1:" + base64.b32encode(hashlib.sha1(picture, usedforsecurity=False).digest()).decode()
    pages = Crawl()
    pages.add("https://avel.example/port/", page("/img/smoke.jpg"))
    pages.add("https://avel.example/quay/", page("https://cdn.example/old.jpg", 5))
    pages.add("https://avel.example/pier/", page("/img/again.jpg", 6))
    pictures = Crawl()
    pictures.add("https://avel.example/img/smoke.jpg", photo(1), "image/jpeg")
    pictures.add("https://cdn.example/new.jpg", photo(2), "image/jpeg")
    pictures.add("https://avel.example/first.jpg", picture, "image/jpeg")
    leads = Crawl()
    moved = [("Location", "https://cdn.example/new.jpg")]
    leads.add("https://cdn.example/old.jpg", b"", status="302 Found", headers=moved)
    leads.revisit(
        "https://avel.example/img/again.jpg",
        "https://avel.example/first.jpg",
        "2024-03-04T12:00:00Z",
        digest,
        "2024-03-05T12:00:00Z",
    )
    for name, crawl in (("pages", pages), ("pictures", pictures), ("leads", leads)):
        write(folder / name / f"{name}.warc.gz", crawl.data())


def scan_parts(folder: Path, parts: list[Path]) -> list[Path]:
    """A catalogue of each part."""
    shards = [folder / f"shard-{number}.db" for number in range(len(parts))]
    for shard, part in zip(shards, parts, strict=True):
        scan_archive(shard, part)
    return shards


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample archive, with crawls and a ZIP, scanned at once (``all.db``) and in parts (``shard-N.db``)."""
    folder = tmp_path_factory.mktemp("sample")
    shutil.copytree(EXAMPLES, folder / "archive")
    for path in sorted((folder / "archive").rglob("*")):
        os.utime(path, (MOMENT, MOMENT))
    make_crawls(folder / "archive")
    members = {"a.html": page("a.jpg"), "a.jpg": photo(1), "broken.jpg": photo(3)[:700]}
    write(folder / "archive/zipped/p.zip", make_zip(members))
    parts = sorted(path for path in (folder / "archive").iterdir() if path.is_dir())
    scan_parts(folder, parts)
    scan_archive(folder / "all.db", *parts)
    return folder


def shards_of(sample: Path) -> list[Path]:
    return sorted(sample.glob("shard-*.db"))


def test_merged_parts_say_what_one_scan_of_them_says(sample: Path, tmp_path: Path) -> None:
    merge_into(tmp_path / "merged.db", *shards_of(sample))
    assert_same(tmp_path / "merged.db", sample / "all.db", SAID)
    assert_whole(tmp_path / "merged.db")
    # What crosses the parts is there at all.
    tied = rows(
        tmp_path / "merged.db",
        "SELECT count(*) FROM page_captions WHERE locator GLOB 'pages.warc*' AND image_sha256 IS NOT NULL",
    )
    assert tied == [(3,)]
    assert rows(
        tmp_path / "merged.db", "SELECT count(*) FROM problems WHERE locator GLOB 'p.zip!broken*'"
    ) == [(1,)]


@pytest.mark.parametrize(
    "tree",
    [
        pytest.param([8, 7, 6, 5, 4, 3, 2, 1, 0], id="backwards"),
        pytest.param([[1, 3], [[5, 2], 0, 4], [8, [7], 6]], id="in-steps"),
        pytest.param([1, 2, 0, [0, 3, 4, 5], [3, 6, 7, 8]], id="some-twice"),
    ],
)
def test_the_order_of_merging_does_not_matter(sample: Path, tmp_path: Path, tree: object) -> None:
    shards = shards_of(sample)
    assert len(shards) == 9
    merge_into(tmp_path / "straight.db", *shards)
    assert_same(merge_tree(tmp_path, tree, shards), tmp_path / "straight.db")


def test_merging_the_same_again_changes_nothing(sample: Path, tmp_path: Path) -> None:
    out = tmp_path / "merged.db"
    shards = shards_of(sample)
    merge_into(out, *shards)
    before, numbers = dump(out), rows(out, "SELECT id, kind FROM caption_repeats")
    for again in (shards, shards[3:5], [out, shards[0], shards[0]]):
        result = merge_into(out, *again)
        assert all(
            each.new == 0
            for merged in result.merged
            for each in (merged.sources, merged.records, merged.pictures, merged.captions, merged.decisions)
        )
        assert dump(out) == before
        assert rows(out, "SELECT id, kind FROM caption_repeats") == numbers
    merge_into(tmp_path / "copy.db", out)
    merge_into(out, tmp_path / "copy.db")
    assert dump(out) == before == dump(tmp_path / "copy.db")


def test_merging_changes_nothing_in_what_is_merged(sample: Path, tmp_path: Path) -> None:
    shard = Path(shutil.copy(shards_of(sample)[3], tmp_path / "in.db"))
    before = shard.read_bytes()
    merge_into(tmp_path / "out.db", shard)
    assert shard.read_bytes() == before


def test_a_scan_of_what_was_merged_reads_nothing(sample: Path, tmp_path: Path) -> None:
    out = tmp_path / "merged.db"
    merge_into(out, *shards_of(sample))
    before = dump(out, SAID)
    parts = sorted(path for path in (sample / "archive").iterdir() if path.is_dir())
    assert scan_archive(out, *parts).read == 0
    assert dump(out, SAID) == before


# --- Any archive, parted in any way


def trees(count: int) -> st.SearchStrategy[object]:
    """Ways to merge: any order, in any steps."""

    def nest(order: list[int]) -> st.SearchStrategy[object]:
        if len(order) < 2:
            return st.just(order)
        return st.integers(1, len(order) - 1).flatmap(
            lambda cut: st.sampled_from(
                [[*order[:cut], order[cut:]], [order[:cut], *order[cut:]], [order[:cut], order[cut:]], order]
            )
        )

    return st.permutations(range(count)).flatmap(lambda order: nest(list(order)))


PARTS = 3
archives = st.lists(st.tuples(st.integers(0, PARTS - 1), put_page | put_photo), min_size=4, max_size=14)


def follow(steps: list[tuple[int, tuple[str, str, int, str]]], tree: object, zipped: bool) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        parts = [folder / f"part-{number}" for number in range(PARTS)]
        for part in parts:
            part.mkdir()
        for number, step in steps:
            do(parts[number], *step)
        for path in sorted(folder.rglob("*")):
            os.utime(path, (MOMENT, MOMENT))
        if zipped:
            members = {
                str(path.relative_to(parts[0])): path.read_bytes()
                for path in sorted(parts[0].rglob("*"))
                if path.is_file()
            }
            shutil.rmtree(parts[0])
            write(parts[0] / "part.zip", make_zip(members))
        shards = scan_parts(folder, parts)
        scan_archive(folder / "all.db", *parts)
        merged = merge_tree(folder, tree, shards)
        assert_same(merged, folder / "all.db", SAID)
        assert_whole(merged)
        merge_into(folder / "straight.db", *shards)
        assert_same(merged, folder / "straight.db", HISTORY)
    finally:
        shutil.rmtree(folder)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(archives, trees(PARTS), st.booleans())
def test_any_parts_merged_in_any_order_are_the_whole(
    steps: list[tuple[int, tuple[str, str, int, str]]], tree: object, zipped: bool
) -> None:
    follow(steps, tree, zipped)


@pytest.mark.long
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(archives, trees(PARTS), st.booleans())
def test_any_parts_merged_in_any_order_are_the_whole_always(
    steps: list[tuple[int, tuple[str, str, int, str]]], tree: object, zipped: bool
) -> None:
    follow(steps, tree, zipped)

"""``cutline check`` reads again what is recorded, in containers too, and changes nothing."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.scan.check import CheckResult, check
from catalog.store.catalogue import Catalogue
from tests.conftest import Run, rows, scan_archive
from tests.containers import make_tar, make_zip, page, photo, small_crawl, write

MEMBERS = {"a/page.html": page("smoke.jpg"), "a/smoke.jpg": photo(1), "b.txt": b"BREST - The ferry sailed.\n"}


def make_archive(folder: Path) -> None:
    write(folder / "p.zip", make_zip(MEMBERS))
    write(folder / "p.tar", make_tar(MEMBERS))
    write(folder / "crawl.warc.gz", small_crawl().data())
    write(folder / "l.jsonl", b'{"url": "https://e.example/", "headline": "H", "body": "It sailed."}\n' * 3)
    write(folder / "page.html", page("smoke.jpg"))


def faults(catalog: Path, percent: float = 100, seed: int = 1) -> tuple[list[tuple[str, str]], int]:
    result = CheckResult()
    with Catalogue.read(catalog) as catalogue:
        found = [
            (each.fault, each.locator) for each in check(catalogue, result, sample_percent=percent, seed=seed)
        ]
    return found, result.records


def test_an_untouched_archive_is_as_recorded(archive: Path, catalog_path: Path) -> None:
    make_archive(archive)
    scan_archive(catalog_path, archive)
    ((count,),) = rows(catalog_path, "SELECT count(*) FROM records")
    assert faults(catalog_path) == ([], count)


def test_a_sample_reads_members_too(archive: Path, catalog_path: Path) -> None:
    make_archive(archive)
    scan_archive(catalog_path, archive)
    found, count = faults(catalog_path, 50)
    assert found == []
    assert 3 <= count <= 12
    assert faults(catalog_path, 0) == ([], 0)


def rewrite(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Change a file and keep its time, as decay does."""

    def apply(path: Path) -> None:
        status = path.stat()
        path.write_bytes(change(path.read_bytes()))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    return apply


CHANGES: dict[str, tuple[str, Callable[[Path], None], set[tuple[str, str]]]] = {
    "member-replaced": (
        "p.zip",
        rewrite(lambda data: make_zip(MEMBERS | {"b.txt": b"BREST - Another ferry sailed.\n"})),
        {("changed", "p.zip"), ("changed", "p.zip!b.txt")},
    ),
    "member-gone": (
        "p.zip",
        rewrite(lambda data: make_zip({name: MEMBERS[name] for name in list(MEMBERS)[:2]})),
        {("changed", "p.zip"), ("missing", "p.zip!b.txt")},
    ),
    "bit-flipped-in-tar": (
        "p.tar",
        rewrite(lambda data: data.replace(b"ferry sailed", b"fErry sailed")),
        {("changed", "p.tar"), ("changed", "p.tar!b.txt")},
    ),
    "line-changed": (
        "l.jsonl",
        rewrite(lambda data: data[:-10] + b"X" + data[-9:]),
        {("changed", "l.jsonl"), ("changed", "l.jsonl#138")},
    ),
    "container-gone": (
        "p.tar",
        Path.unlink,
        {("missing", "p.tar"), *(("missing", f"p.tar!{name}") for name in MEMBERS)},
    ),
    "file-gone": ("page.html", Path.unlink, {("missing", "page.html")}),
}


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in CHANGES])
def test_what_changed_is_named_down_to_the_member(archive: Path, catalog_path: Path, name: str) -> None:
    make_archive(archive)
    scan_archive(catalog_path, archive)
    path, change, expected = CHANGES[name]
    change(archive / path)
    found, _ = faults(catalog_path)
    assert set(found) == expected
    assert len(found) == len(expected)


def test_a_damaged_crawl_names_the_record_that_cannot_be_read(archive: Path, catalog_path: Path) -> None:
    crawl = small_crawl()
    write(archive / "crawl.warc.gz", crawl.data())
    scan_archive(catalog_path, archive)
    at = crawl.offsets[1] + 100
    rewrite(lambda data: data[:at] + b"\xff\x00\xff" + data[at + 3 :])(archive / "crawl.warc.gz")
    found, _ = faults(catalog_path)
    assert ("changed", "crawl.warc.gz") in found
    assert {locator for _, locator in found} == {"crawl.warc.gz", f"crawl.warc.gz#{crawl.offsets[1]}"}


def test_the_command_lists_faults_and_exits_with_1(archive: Path, catalog_path: Path, run: Run) -> None:
    make_archive(archive)
    scan_archive(catalog_path, archive)
    assert run("check", "-c", catalog_path).returncode == 0
    CHANGES["member-replaced"][1](archive / "p.zip")
    done = run("check", "-c", catalog_path, "--format", "json")
    assert done.returncode == 1
    assert {row["locator"] for row in json.loads(done.stdout)} == {"p.zip", "p.zip!b.txt"}


COMMANDS: list[tuple[str, ...]] = [
    ("scan", "{archive}", "-c", "{catalog}"),
    ("scan", "{archive}", "-c", "{catalog}", "--reread", "--jobs", "1"),
    ("report", "-c", "{catalog}"),
    ("report", "problems", "-c", "{catalog}", "--format", "json"),
    ("report", "captions", "-c", "{catalog}"),
    ("report", "images", "-c", "{catalog}"),
    ("report", "conflicts", "-c", "{catalog}"),
    ("report", "orphans", "-c", "{catalog}"),
    ("find", "{archive}/smoke.jpg", "-c", "{catalog}"),
    ("find", "Smoke rises over the port", "-c", "{catalog}"),
    ("match", "-c", "{catalog}"),
    ("check", "-c", "{catalog}"),
    ("check", "-c", "{catalog}", "--sample", "30%"),
    ("cleanup", "plan", "-c", "{catalog}"),
    ("export", "articles", "-c", "{catalog}"),
]


def test_no_command_changes_a_byte_or_a_time_of_the_archive(
    archive: Path, catalog_path: Path, run: Run
) -> None:
    """All but ``cleanup apply``, whose work it is; the archive holds every kind of input, whole and broken."""
    from tests.mutation import make_originals

    make_archive(archive)
    write(archive / "smoke.jpg", photo(1))
    write(archive / "copy/smoke.jpg", photo(1))
    for name, data in make_originals().items():
        write(archive / "whole" / name, data)
        write(archive / "cut" / name, data[: len(data) * 2 // 3])

    def state() -> dict[str, tuple[int, int, int, bytes]]:
        return {
            os.fspath(path): (
                path.stat().st_mtime_ns,
                path.stat().st_mode,
                path.stat().st_ino,
                path.read_bytes() if path.is_file() else b"",
            )
            for path in [archive, *archive.rglob("*")]
        }

    before = state()
    for command in COMMANDS:
        done = run(*(part.format(archive=archive, catalog=catalog_path) for part in command))
        assert "Traceback" not in done.stderr, (command, done.stderr)
        assert done.returncode in (0, 1), (command, done.stderr)
        assert state() == before, command

"""Lines of JSON are records by the offset at which they begin."""

import io
from pathlib import Path

import pytest

from media.archives.compression import DecompressedFile
from media.archives.container import Member
from media.archives.folder import FolderSource
from media.archives.jsonlines import JsonLines
from media.errors import MissingError
from media.record import Problem
from tests.conftest import rows, scan_archive
from tests.containers import COMPRESSORS, write

LINE = b'{"url": "https://e.example/%d", "headline": "The ferry", "body": "It sailed on time on day %d."}'


def lines(count: int) -> list[bytes]:
    return [LINE % (number, number) for number in range(count)]


def walk(data: bytes) -> dict[int, bytes]:
    container = JsonLines(io.BytesIO(data), "x.jsonl")
    found: dict[int, bytes] = {}
    for span in container.spans():
        assert not isinstance(span, Problem)
        for member in container.members(span):
            assert isinstance(member, Member)
            text = b""
            while more := member.stream.read(1 << 16):
                text += more
            found[int(member.locator.rpartition("#")[2])] = text
    return found


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b'{"a": 1}\n{"b": 2}\n', {0: b'{"a": 1}', 9: b'{"b": 2}'}, id="plain"),
        pytest.param(b'{"a": 1}\n{"b": 2}', {0: b'{"a": 1}', 9: b'{"b": 2}'}, id="no-last-line-end"),
        pytest.param(b'{"a": 1}\r\n\r\n{"b": 2}\r\n', {0: b'{"a": 1}', 12: b'{"b": 2}'}, id="dos-and-blank"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}\n', {0: b'{"a": 1}'}, id="byte-order-mark"),
        pytest.param(b"\n\n  \n", {}, id="blank"),
        pytest.param(b"", {}, id="empty"),
        pytest.param(b"x" * 3_000_000 + b"\ny\n", {0: b"x" * 3_000_000, 3_000_001: b"y"}, id="a-long-line"),
    ],
)
def test_lines_are_found_by_their_offset(data: bytes, expected: dict[int, bytes]) -> None:
    assert walk(data) == expected


@pytest.mark.parametrize("count", [1, 4096, 20_000])
def test_every_line_is_in_one_span_however_many_there_are(count: int) -> None:
    found = walk(b"\n".join(lines(count)))
    assert list(found.values()) == lines(count)


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_articles_of_lines_are_recorded(archive: Path, catalog_path: Path, suffix: str) -> None:
    write(archive / f"x.jsonl{suffix}", COMPRESSORS[suffix](b"\n".join(lines(30))))
    assert scan_archive(catalog_path, archive).read == 31
    assert rows(catalog_path, "SELECT count(*), count(DISTINCT url) FROM articles") == [(30, 30)]
    offset = len(lines(1)[0]) + 1
    with FolderSource(archive).open(f"x.jsonl{suffix}#{offset}") as opened:
        assert opened.stream.read() == lines(2)[1]
    with pytest.raises(MissingError), FolderSource(archive).open(f"x.jsonl{suffix}#{offset + 1}"):
        pass


def test_lines_that_are_added_are_all_that_is_read(archive: Path, catalog_path: Path) -> None:
    path = write(archive / "x.jsonl", b"\n".join(lines(100)))
    scan_archive(catalog_path, archive)
    path.write_bytes(b"\n".join(lines(103)) + b"\n")
    assert scan_archive(catalog_path, archive).read == 1 + 1 + 3
    assert rows(catalog_path, "SELECT count(*), count(DISTINCT url) FROM articles") == [(103, 103)]
    assert rows(catalog_path, "SELECT count(*) FROM records WHERE missing_since IS NOT NULL") == [(0,)]


def test_a_json_file_that_is_no_lines_is_one_record(archive: Path, catalog_path: Path) -> None:
    write(archive / "package.json", b'{\n  "name": "x",\n  "version": "1"\n}\n')
    write(
        archive / "articles.json",
        b'[\n {"url": "https://e.example/", "headline": "H", "body": "It sailed."}\n]',
    )
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT count(*) FROM records") == [(2,)]
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(1,)]


def test_a_large_compressed_file_is_decompressed_once_for_all_its_spans(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Besides the pass that finds the spans, and the look at what it is."""
    write(archive / "x.jsonl.gz", COMPRESSORS[".gz"](b"\n".join(lines(15_000))))
    begun = 0
    restart = DecompressedFile._restart

    def count(self: DecompressedFile) -> None:
        nonlocal begun
        begun += 1
        restart(self)

    monkeypatch.setattr(DecompressedFile, "_restart", count)
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(15_000,)]
    assert begun <= 4

"""Everything before and after the damage is recorded; the problem says where it is and what to do."""

import gzip
import io
from pathlib import Path

import pytest

from tests.conftest import rows, scan_archive
from tests.containers import COMPRESSORS, Crawl, make_tar, make_zip, photo, write

COUNT = 12
TEXTS = {
    f"{number:02}.txt": b"BREST - The ferry sailed on time on day %d.\n" % number * 40
    for number in range(COUNT)
}


def long_crawl(*, compressed: bool = True) -> Crawl:
    crawl = Crawl(compressed=compressed)
    for number in range(COUNT):
        crawl.add(f"http://e.example/{number}.jpg", photo(number, (64, 48)), "image/jpeg")
    return crawl


def scan_one(archive: Path, catalog: Path, name: str, data: bytes) -> tuple[set[str], list[tuple[str, str]]]:
    """Scan a damaged container: the members that were read, and what is named of which."""
    write(archive / name, data)
    result = scan_archive(catalog, archive)
    assert result.status == "complete"
    read = rows(catalog, "SELECT locator FROM records WHERE container_id IS NOT NULL AND sha256 IS NOT NULL")
    problems = rows(catalog, "SELECT locator, reason, remedy FROM problems ORDER BY id")
    assert all(remedy for *_, remedy in problems)
    again = scan_archive(catalog, archive)
    assert again.problems == len(problems)
    return {str(row[0]) for row in read}, [(str(row[0]), str(row[1])) for row in problems]


@pytest.mark.parametrize("compressed", [pytest.param(True, id="gzip"), pytest.param(False, id="plain")])
@pytest.mark.parametrize(
    "left", [pytest.param(30, id="in-the-headers"), pytest.param(-200, id="in-the-payload")]
)
def test_a_cut_short_last_record_is_named(
    archive: Path, catalog_path: Path, compressed: bool, left: int
) -> None:
    crawl = long_crawl(compressed=compressed)
    data = crawl.data()
    cut = data[: crawl.offsets[-1] + left] if left > 0 else data[:left]
    read, problems = scan_one(archive, catalog_path, "x.warc", cut)
    assert read == {f"x.warc#{offset}" for offset in crawl.offsets[:-1]}
    assert [locator for locator, _ in problems] == [f"x.warc#{crawl.offsets[-1]}"]


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(0, id="magic"),
        pytest.param(5, id="header"),
        pytest.param(60, id="data"),
        pytest.param(-3, id="checksum"),
    ],
)
def test_a_corrupt_gzip_member_in_the_middle_costs_itself_alone(
    archive: Path, catalog_path: Path, at: int
) -> None:
    crawl = long_crawl()
    data = bytearray(crawl.data())
    start, end = crawl.offsets[5:7]
    place = start + at if at >= 0 else end + at
    data[place] ^= 0xFF
    read, problems = scan_one(archive, catalog_path, "x.warc.gz", bytes(data))
    others = {f"x.warc.gz#{offset}" for offset in crawl.offsets if offset != start}
    assert others <= read
    if at != 5:  # the fifth byte of a gzip header is a time, which says nothing of its data
        assert len(problems) >= 1
        assert all(start <= int(locator.rpartition("#")[2]) < end for locator, _ in problems)


@pytest.mark.parametrize("length", [pytest.param(b"9", id="too-long"), pytest.param(b"0", id="too-short")])
@pytest.mark.parametrize("compressed", [pytest.param(True, id="gzip"), pytest.param(False, id="plain")])
def test_a_wrong_content_length_is_named_and_the_records_after_it_are_read(
    archive: Path, catalog_path: Path, compressed: bool, length: bytes
) -> None:
    crawl = long_crawl(compressed=False)
    ends = [*crawl.offsets[1:], len(crawl.data())]
    records = [crawl.data()[a:b] for a, b in zip(crawl.offsets, ends, strict=True)]
    at = records[5].index(b"Content-Length: ") + 16
    records[5] = records[5][:at] + length + records[5][at + 1 :]
    if compressed:
        records = [gzip.compress(record) for record in records]
    offsets = [sum(map(len, records[:number])) for number in range(COUNT)]
    read, problems = scan_one(archive, catalog_path, "x.warc", b"".join(records))
    assert {f"x.warc#{offset}" for number, offset in enumerate(offsets) if number != 5} <= read
    assert any(offsets[5] <= int(locator.rpartition("#")[2]) <= offsets[6] for locator, _ in problems)


def test_rubbish_between_records_is_named(archive: Path, catalog_path: Path) -> None:
    crawl = long_crawl()
    at = crawl.offsets[5]
    data = crawl.data()[:at] + b"\x00\x01rubbish" * 50 + crawl.data()[at:]
    read, problems = scan_one(archive, catalog_path, "x.warc.gz", data)
    assert len(read) == COUNT
    assert [locator for locator, _ in problems] == [f"x.warc.gz#{at}"]
    assert "reading goes on at" in problems[0][1]


def test_a_crawl_with_a_damaged_beginning_is_read_from_its_first_whole_record(
    archive: Path, catalog_path: Path
) -> None:
    crawl = long_crawl(compressed=False)
    data = crawl.data()[crawl.offsets[1] - 4 :]
    read, _ = scan_one(archive, catalog_path, "x.warc", b"WARC/1.0\r\nbroken" + data)
    assert len(read) == COUNT - 1


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_zip_without_its_directory_is_read_by_its_members_own_headers(
    archive: Path, catalog_path: Path, share: float
) -> None:
    whole = make_zip(TEXTS)
    directory = whole.index(b"PK\x01\x02")
    cut = whole[: int(directory * share)]
    complete = sum(whole.index(name.encode()) < len(cut) for name in TEXTS) - 1
    read, problems = scan_one(archive, catalog_path, "x.zip", cut)
    assert {f"x.zip!{name}" for name in list(TEXTS)[:complete]} <= read
    assert problems[-1][0] == "x.zip" or problems[0][0] == "x.zip"
    assert any("directory is missing" in reason for _, reason in problems)


def test_a_zip_whose_sizes_follow_its_data_is_read_without_its_directory(
    archive: Path, catalog_path: Path
) -> None:
    import zipfile

    class Pipe(io.RawIOBase):
        """Takes bytes and cannot seek, so that sizes come after the data."""

        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as made:  # type: ignore[arg-type]
        for name, data in TEXTS.items():
            made.writestr(name, data)
    cut = pipe.data[: pipe.data.index(b"PK\x01\x02") + 20]
    read, _ = scan_one(archive, catalog_path, "x.zip", cut)
    assert read == {f"x.zip!{name}" for name in TEXTS}


def test_a_zip_whose_first_part_is_missing_names_the_members_that_were_there(
    archive: Path, catalog_path: Path
) -> None:
    whole = make_zip(TEXTS)
    read, problems = scan_one(
        archive,
        catalog_path,
        "x.zip",
        whole[: len(whole) // 2] + b"",
    )
    assert read
    assert problems


def test_a_damaged_directory_entry_costs_its_member_alone(archive: Path, catalog_path: Path) -> None:
    data = bytearray(make_zip(TEXTS))
    at = [place for place in range(len(data)) if data[place : place + 4] == b"PK\x01\x02"][5]
    data[at] ^= 0xFF
    read, problems = scan_one(archive, catalog_path, "x.zip", bytes(data))
    assert read == {f"x.zip!{name}" for number, name in enumerate(TEXTS) if number != 5}
    assert [locator for locator, _ in problems] == ["x.zip"]
    assert f"its directory is damaged at {at}" in problems[0][1]


def test_a_member_whose_checksum_is_wrong_is_named_and_read(archive: Path, catalog_path: Path) -> None:
    import zipfile

    data = bytearray(make_zip(TEXTS, zipfile.ZIP_STORED))
    data[data.index(b"day 5") + 4] ^= 1
    read, problems = scan_one(archive, catalog_path, "x.zip", bytes(data))
    assert len(read) == COUNT
    assert [locator for locator, _ in problems] == ["x.zip!05.txt"]
    assert "its checksum is" in problems[0][1]


def test_a_member_whose_data_is_damaged_costs_itself_alone(archive: Path, catalog_path: Path) -> None:
    data = bytearray(make_zip(TEXTS))
    at = data.index(b"05.txt") + 6
    data[at : at + 10] = b"\xff" * 10
    read, problems = scan_one(archive, catalog_path, "x.zip", bytes(data))
    assert read == {f"x.zip!{name}" for number, name in enumerate(TEXTS) if number != 5}
    assert [locator for locator, _ in problems] == ["x.zip!05.txt"]


@pytest.mark.parametrize("suffix", [pytest.param(each, id=each or "plain") for each in COMPRESSORS])
def test_a_tar_cut_short_gives_every_member_before_the_cut(
    archive: Path, catalog_path: Path, suffix: str
) -> None:
    whole = make_tar(TEXTS)
    stored = COMPRESSORS[suffix](whole)
    cut = stored[: len(stored) * 2 // 3]
    read, problems = scan_one(archive, catalog_path, f"x.tar{suffix}", cut)
    assert problems
    if suffix == "":
        complete = (len(cut) // 2560) - 1
        assert len(read) >= complete > 3


def test_a_damaged_header_in_a_tar_costs_its_member_alone(archive: Path, catalog_path: Path) -> None:
    data = bytearray(make_tar(TEXTS))
    at = data.index(b"05.txt")
    data[at + 120] ^= 0xFF
    read, problems = scan_one(archive, catalog_path, "x.tar", bytes(data))
    assert read == {f"x.tar!{name}" for number, name in enumerate(TEXTS) if number != 5}
    assert [locator for locator, _ in problems] == [f"x.tar#{at}"]


def test_a_tar_that_ends_between_members_may_be_cut_short_and_says_so(
    archive: Path, catalog_path: Path
) -> None:
    data = make_tar(TEXTS)
    read, problems = scan_one(archive, catalog_path, "x.tar", data[: data.index(b"06.txt")])
    assert len(read) == 6
    assert [locator for locator, _ in problems] == ["x.tar"]
    assert "without its end mark" in problems[0][1]


def test_a_line_that_is_no_json_is_named_by_its_place(archive: Path, catalog_path: Path) -> None:
    line = b'{"url": "https://e.example/", "headline": "The ferry", "body": "It sailed on time."}\n'
    read, problems = scan_one(archive, catalog_path, "x.jsonl", line * 3 + b'{"url": "https:\n' + line * 2)
    assert len(read) == 6
    assert [locator for locator, _ in problems] == [f"x.jsonl#{3 * len(line)}"]
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(5,)]


@pytest.mark.parametrize(
    ("name", "at"),
    [
        pytest.param("x.warc", 0, id="plain"),
        pytest.param("x.warc.gz", 0, id="gzip-magic"),
        pytest.param("x.warc.gz", 11, id="gzip-data"),
    ],
)
def test_a_crawl_whose_first_bytes_are_damaged_is_read_from_its_second_record(
    archive: Path, catalog_path: Path, name: str, at: int
) -> None:
    crawl = long_crawl(compressed=name.endswith(".gz"))
    data = bytearray(crawl.data())
    data[at] ^= 0xFF
    read, problems = scan_one(archive, catalog_path, name, bytes(data))
    assert read == {f"{name}#{offset}" for offset in crawl.offsets[1:]}
    assert [locator for locator, _ in problems] == [f"{name}#0"]


@pytest.mark.parametrize(("name", "make"), [("x.zip", make_zip), ("x.tar", make_tar)])
def test_an_archive_whose_first_bytes_are_damaged_loses_its_first_member_alone(
    archive: Path, catalog_path: Path, name: str, make: object
) -> None:
    data = bytearray(make(TEXTS))  # type: ignore[operator]
    data[0] ^= 0xFF
    read, problems = scan_one(archive, catalog_path, name, bytes(data))
    assert read == {f"{name}!{each}" for each in list(TEXTS)[1:]}
    assert len(problems) == 1

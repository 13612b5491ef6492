"""Files, crawls and archives in the forms that tools really write: each is read, or named."""

import bz2
import gzip
import hashlib
import io
import lzma
import shutil
import struct
import subprocess
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import pytest
import zstandard
from pytest import param

from benchmarks.structures import make_input, read_input
from media.archives.compression import ENGINES, Decompressed, Engine, read_exactly
from media.archives.container import HashedFile, Member
from media.archives.instant import beginning_of, parse_instant
from media.archives.open_container import open_container
from media.reading import Limits, Options
from media.record import clamp_ns, to_ns
from tests.conftest import rows, scan_archive
from tests.containers import COMPRESSORS, Crawl, make_tar, make_zip, page, photo, small_crawl, write

Sample = bytes | bytearray | memoryview
TEXT = b"The ferry leaves Brest on Monday.\n\nIt sailed on time, the harbour master said.\n"


def found(archive: Path, catalog_path: Path) -> dict[str, str]:
    """What a scan recorded: media types by locator."""
    scan_archive(catalog_path, archive)
    return dict(rows(catalog_path, "SELECT locator, media_type FROM records"))  # type: ignore[arg-type]


def reasons(catalog_path: Path) -> list[tuple[str, str]]:
    return rows(catalog_path, "SELECT locator, reason FROM problems ORDER BY locator")  # type: ignore[return-value]


# Compressed single files


@pytest.mark.parametrize(
    ("ending", "compress"),
    [
        *(param(ending, compress, id=ending) for ending, compress in COMPRESSORS.items() if ending),
        param(".lzma", lambda data: lzma.compress(data, lzma.FORMAT_ALONE), id=".lzma"),
        param(".br", brotli.compress, id=".br"),
    ],
)
def test_a_compressed_page_is_an_article(
    archive: Path, catalog_path: Path, ending: str, compress: Callable[[bytes], bytes]
) -> None:
    write(archive / f"page.html{ending}", compress(page("smoke.jpg") + b" " * 20_000))
    types = found(archive, catalog_path)
    assert types[f"page.html{ending}!page.html"] == "text/html"
    assert rows(catalog_path, "SELECT headline FROM articles") == [("Smoke over the port",)]
    assert reasons(catalog_path) == []
    assert scan_archive(catalog_path, archive).read == 0


def test_a_compressed_log_is_no_article_and_no_problem_of_reading(archive: Path, catalog_path: Path) -> None:
    log = b"".join(b"192.0.2.1 - - GET /%d\n" % number for number in range(5000))
    write(archive / "access.log.gz", gzip.compress(log))
    types = found(archive, catalog_path)
    assert types["access.log.gz!access.log"] == "text/x-log"
    assert not any("changed while" in reason for _, reason in reasons(catalog_path))
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(0,)]


def test_a_compressed_page_that_is_cut_short_is_named(archive: Path, catalog_path: Path) -> None:
    write(archive / "page.html.gz", gzip.compress(page("smoke.jpg"))[:-200])
    found(archive, catalog_path)
    assert reasons(catalog_path) == [("page.html.gz!page.html", "its compressed data ends before its end")]


# Many members: counted, not timed


class _Counted:
    """Counts the decompressors that are made, and what they are fed."""

    def __init__(self, method: str) -> None:
        self.new = ENGINES[method]
        self.made = self.fed = self.given_back = 0

    def __call__(self) -> Engine:
        self.made += 1
        engine, counted = self.new(), self

        class Watched:
            feed_bytes = engine.feed_bytes
            is_before_data = property(lambda self: engine.is_before_data)
            eof = property(lambda self: engine.eof)
            hungry = property(lambda self: engine.hungry)
            unused = property(lambda self: engine.unused)

            def decompress(self, data: bytes, most: int) -> bytes:
                counted.fed += len(data)
                return engine.decompress(data, most)

        return Watched()


@pytest.mark.parametrize(
    ("method", "compress"),
    [
        param("gzip", gzip.compress, id="gzip"),
        param("bzip2", bz2.compress, id="bzip2"),
        param("xz", lzma.compress, id="xz"),
        param("zstd", zstandard.ZstdCompressor().compress, id="zstd"),
    ],
)
@pytest.mark.parametrize("line", [param(b"", id="empty"), param(b'{"n": 1}\n', id="lines")])
def test_many_small_members_cost_what_is_in_them(
    method: str, compress: Callable[[bytes], bytes], line: bytes
) -> None:
    fed: list[int] = []
    for count in (500, 2000):
        counted = _Counted(method)
        stream = Decompressed(io.BytesIO(compress(line) * count), counted, many=True)
        assert read_exactly(stream, 1 << 30) == line * count
        assert counted.made == count
        fed.append(counted.fed)
    assert fed[1] < 4.5 * fed[0]
    assert fed[1] / 2000 < 300


def test_lines_compressed_one_by_one_are_read_in_one_pass_over_what_is_stored() -> None:
    lines = [b'{"headline": "The ferry", "body": "It sailed %d."}\n' % number for number in range(3000)]
    data = b"".join(gzip.compress(line) for line in lines)

    class Stored(io.BytesIO):
        given = 0

        def read(self, size: int | None = -1, /) -> bytes:
            got = super().read(size)
            Stored.given += len(got)
            return got

    container = open_container(HashedFile(Stored(data)), "application/gzip", "x.jsonl.gz")
    assert container is not None
    members = [each for span in list(container.spans()) for each in container.members(span)]  # type: ignore[arg-type]
    assert len(members) == 3000
    assert Stored.given < 4 * len(data)


def test_appended_logs_of_many_empty_members_come_to_an_end(archive: Path, catalog_path: Path) -> None:
    write(archive / "empty.gz", gzip.compress(b"") * 20_000)
    types = found(archive, catalog_path)
    assert types == {"empty.gz": "application/gzip", "empty.gz!empty": "application/x-empty"}


# zstd


def skippable(data: bytes, kind: int = 0x184D2A50) -> bytes:
    return struct.pack("<II", kind, len(data)) + data


def test_frames_that_zstd_passes_over_are_passed_over(archive: Path, catalog_path: Path) -> None:
    tar = zstandard.ZstdCompressor().compress(make_tar({"a.txt": TEXT}))
    write(archive / "x.tar.zst", skippable(b"made by a tool") + skippable(b"") + tar)
    assert found(archive, catalog_path)["x.tar.zst!a.txt"] == "text/plain"
    assert reasons(catalog_path) == []


def _records(count: int) -> list[bytes]:
    records = []
    for number in range(count):
        crawl = Crawl(compressed=False)
        crawl.add(f"https://avel.example/{number}", page("/a.jpg", day=number % 28 + 1))
        records.append(crawl.data())
    return records


@pytest.mark.parametrize("packed", [param(False, id="as-it-is"), param(True, id="compressed")])
def test_a_crawl_is_read_with_the_dictionary_that_it_begins_with(
    archive: Path, catalog_path: Path, packed: bool
) -> None:
    records = _records(60)
    dictionary = zstandard.train_dictionary(4096, list[Sample](records))
    held = dictionary.as_bytes()
    data = skippable(zstandard.ZstdCompressor().compress(held) if packed else held, 0x184D2A5D)
    compressor = zstandard.ZstdCompressor(dict_data=dictionary)
    offsets = []
    for record in records:
        offsets.append(len(data))
        data += compressor.compress(record)
    write(archive / "x.warc.zst", data)
    types = found(archive, catalog_path)
    assert {f"x.warc.zst#{offset}" for offset in offsets} < set(types)
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(60,)]
    assert reasons(catalog_path) == []


def test_frames_whose_dictionary_is_elsewhere_say_so(archive: Path, catalog_path: Path) -> None:
    records = _records(60)
    compressor = zstandard.ZstdCompressor(dict_data=zstandard.train_dictionary(4096, list[Sample](records)))
    write(archive / "x.warc.zst", b"".join(map(compressor.compress, records)))
    found(archive, catalog_path)
    assert any("dictionary" in reason for _, reason in reasons(catalog_path))


def test_a_record_of_zstd_with_a_damaged_frame_costs_itself_alone(archive: Path, catalog_path: Path) -> None:
    frames = [zstandard.ZstdCompressor(write_checksum=True).compress(each) for each in _records(5)]
    damaged = bytearray(frames[2])
    damaged[len(damaged) // 2] ^= 0xFF
    write(archive / "x.warc.zst", b"".join([*frames[:2], bytes(damaged), *frames[3:]]))
    found(archive, catalog_path)
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(4,)]
    assert len(reasons(catalog_path)) >= 1


# WARC and ARC


def lf_only(data: bytes) -> bytes:
    """A WARC as a tool writes it that ends its lines in a line feed alone; blocks stay as they are."""
    out, at = b"", 0
    while at < len(data):
        end = data.index(b"\r\n\r\n", at)
        head = data[at:end]
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        out += head.replace(b"\r\n", b"\n") + b"\n\n" + data[end + 4 : end + 4 + length] + b"\n\n"
        at = end + 8 + length
    return out


def test_crawls_whose_lines_end_in_a_line_feed_alone_are_read(archive: Path, catalog_path: Path) -> None:
    plain = small_crawl(compressed=False).data()
    write(archive / "lf.warc", lf_only(plain))
    write(archive / "mixed.warc", plain + lf_only(plain) + plain)
    write(archive / "lf.warc.gz", gzip.compress(lf_only(plain)))
    found(archive, catalog_path)
    assert reasons(catalog_path) == []
    assert rows(
        catalog_path,
        "SELECT substr(locator, 1, instr(locator, '#') - 1), count(*) FROM records"
        " WHERE target_uri NOT NULL GROUP BY 1",
    ) == [("lf.warc", 3), ("lf.warc.gz", 3), ("mixed.warc", 9)]


def test_a_damaged_record_is_named_with_its_address(archive: Path, catalog_path: Path) -> None:
    crawl = small_crawl(compressed=False)
    data = crawl.data()
    at = data.index(b"\r\n\r\n", crawl.offsets[1]) + 40
    write(archive / "x.warc", data[:at] + data[at + 300 :])
    found(archive, catalog_path)
    assert any("https://avel.example/img/smoke.jpg" in reason for _, reason in reasons(catalog_path))
    assert not any("https://avel.example/port/" in reason for _, reason in reasons(catalog_path))


def test_a_body_that_is_whole_is_read_though_its_record_is_cut_short(
    archive: Path, catalog_path: Path
) -> None:
    crawl = Crawl(compressed=False)
    crawl.add("https://avel.example/a", page("/a.jpg"))
    data = crawl.data().rstrip(b"\r\n")
    length = int(data.lower().split(b"\r\ncontent-length: ")[1].split(b"\r\n")[0])
    at = data.index(b"%d" % length, data.lower().index(b"\r\ncontent-length: "))
    write(archive / "x.warc", data[:at] + b"%d" % (length + 12) + data[at + len(b"%d" % length) :])
    found(archive, catalog_path)
    assert rows(catalog_path, "SELECT headline FROM articles") == [("Smoke over the port",)]
    assert any("body is whole" in reason for _, reason in reasons(catalog_path))


def arc_record(url: bytes, body: bytes) -> bytes:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    return b"%s 192.0.2.1 20050607080910 text/html %d\n%s\n" % (url, len(block), block)


def arc(*records: bytes) -> bytes:
    said = b"1 0 InternetArchive\nURL IP-address Archive-date Content-type Archive-length\n"
    return b"filedesc://x.arc 0.0.0.0 20050607080910 text/plain %d\n%s\n" % (len(said), said) + b"".join(
        records
    )


def test_captures_of_an_arc_have_addresses_with_spaces(archive: Path, catalog_path: Path) -> None:
    records = [
        arc_record(url, page("/a.jpg")) for url in (b"http://e.example/a", b"http://e.example/?t=Pier two 3")
    ]
    write(archive / "x.arc", arc(*records, records[0]))
    write(archive / "part.arc", b"".join(records))
    write(archive / "x.arc.gz", b"".join(map(gzip.compress, [arc(), *records])))
    found(archive, catalog_path)
    assert reasons(catalog_path) == []
    assert rows(
        catalog_path, "SELECT target_uri, count(*) FROM records WHERE target_uri NOT NULL GROUP BY 1"
    ) == [
        ("http://e.example/?t=Pier two 3", 3),
        ("http://e.example/a", 4),
    ]


def test_a_text_that_begins_with_an_address_is_no_arc(archive: Path, catalog_path: Path) -> None:
    write(archive / "a.txt", b"http://e.example/a was seen on 20050607 by 3\n" + TEXT)
    assert found(archive, catalog_path) == {"a.txt": "text/plain"}


def test_a_record_of_an_arc_whose_length_is_wrong_is_named(archive: Path, catalog_path: Path) -> None:
    record = arc_record(b"http://e.example/b", page("/a.jpg"))
    write(
        archive / "x.arc", arc(record[:-50] + record[-30:], arc_record(b"http://e.example/c", page("/a.jpg")))
    )
    found(archive, catalog_path)
    assert any("http://e.example/b" in reason for _, reason in reasons(catalog_path))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        param("2019", "2019", id="year"),
        param("2019-08", "2019-08", id="month"),
        param("2019-08-15", "2019-08-15", id="day"),
        param("2019-08-15T01:02Z", "2019-08-15T01:02Z", id="minute"),
        param("2019-08-15T01:02:03Z", "2019-08-15T01:02:03Z", id="second"),
        param("2019-08-15T01:02:03.123456789Z", "2019-08-15T01:02:03Z", id="fraction"),
        param("2019-08-15T01:02:03+02:00", "2019-08-14T23:02:03Z", id="offset"),
        param("20190815010203", "2019-08-15T01:02:03Z", id="digits"),
        param("0001-01-01T00:00:00+14:00", None, id="before-all-years"),
        param("9999-12-31T23:59:59-14:00", None, id="after-all-years"),
        param("2019-02-30", None, id="no-such-day"),
        param("soon", None, id="words"),
    ],
)
def test_dates_of_captures_are_as_exact_as_they_were_written(given: str, kept: str | None) -> None:
    assert parse_instant(given) == kept
    if kept is not None:
        assert parse_instant(kept) == kept
        assert beginning_of(kept) is not None


def test_a_capture_without_a_date_is_kept_and_named(archive: Path, catalog_path: Path) -> None:
    crawl = Crawl(compressed=False)
    crawl.add("https://e.example/", page("/a.jpg"), date="yesterday")
    write(archive / "x.warc", crawl.data())
    found(archive, catalog_path)
    assert rows(catalog_path, "SELECT captured_at FROM records WHERE target_uri NOT NULL") == [(None,)]
    assert "WARC-Date is no date (yesterday)" in reasons(catalog_path)[0][1]


# TAR


@pytest.fixture
def holes(tmp_path: Path) -> Path:
    folder = tmp_path / "holes"
    folder.mkdir()
    with (folder / "page.txt").open("wb") as file:
        file.write(TEXT)
        file.seek(1 << 20)
        file.write(TEXT)
        file.truncate(2 << 20)
    with (folder / "many.bin").open("wb") as file:
        for number in range(60):
            file.seek(number * 16384)
            file.write(b"piece %d" % number)
        file.truncate(1 << 21)
    (folder / "after.txt").write_bytes(TEXT)
    return folder


def _has_gnu_tar() -> bool:
    tar = shutil.which("tar")
    if tar is None:
        return False
    return b"GNU tar" in subprocess.run([tar, "--version"], capture_output=True, check=False).stdout


@pytest.mark.skipif(not _has_gnu_tar(), reason="GNU tar is not installed")
@pytest.mark.parametrize(
    "options",
    [
        param(["--format=gnu"], id="gnu"),
        param(["--format=posix", "--sparse-version=0.0"], id="pax-0.0"),
        param(["--format=posix", "--sparse-version=0.1"], id="pax-0.1"),
        param(["--format=posix", "--sparse-version=1.0"], id="pax-1.0"),
    ],
)
def test_sparse_members_are_read_as_tar_unpacks_them(
    archive: Path, catalog_path: Path, holes: Path, options: list[str]
) -> None:
    archive.mkdir(exist_ok=True)
    names = ["page.txt", "many.bin", "after.txt"]
    command = ["tar", "-S", *options, "-C", str(holes), "-cf", str(archive / "x.tar"), *names]
    subprocess.run(command, check=True)
    assert (archive / "x.tar").stat().st_size < 1 << 20
    with (archive / "x.tar").open("rb") as file:
        container = open_container(file, "application/x-tar", "x.tar")
        assert container is not None
        read = {
            member.locator: read_exactly(member.stream, 1 << 30)
            for span in list(container.spans())
            for member in container.members(span)  # type: ignore[arg-type]
            if isinstance(member, Member)
        }
    assert read == {f"x.tar!{name}": (holes / name).read_bytes() for name in names}
    assert set(found(archive, catalog_path)) == {"x.tar", *read}


@pytest.mark.parametrize(
    "pieces",
    [
        param("0,10,5,10", id="pieces-overlap"),
        param("0,10,4000,10", id="beyond-the-end"),
        param("0,5000", id="more-than-is-stored"),
    ],
)
def test_a_sparse_member_whose_list_of_pieces_is_wrong_is_named(
    archive: Path, catalog_path: Path, pieces: str
) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo("GNUSparseFile.0/a.txt")
        info.size = 20
        info.pax_headers = {
            "GNU.sparse.map": pieces,
            "GNU.sparse.size": "5000" if "5000" in pieces else "4000",
        }
        info.pax_headers["GNU.sparse.name"] = "a.txt"
        tar.addfile(info, io.BytesIO(b"The ferry sailed on."))
    write(archive / "x.tar", out.getvalue())
    found(archive, catalog_path)
    assert [locator for locator, _ in reasons(catalog_path)] == ["x.tar!a.txt"]
    assert "pieces" in reasons(catalog_path)[0][1]


# Times beyond 64 bits


@pytest.mark.parametrize(
    ("seconds", "kept"),
    [
        param(float("nan"), 0, id="not-a-number"),
        param(float("inf"), (1 << 63) - 1, id="infinite"),
        param(1e300, (1 << 63) - 1, id="far"),
        param(-1e300, -(1 << 63), id="long-ago"),
        param(-1.5, -1_500_000_000, id="before-1970"),
    ],
)
def test_times_are_kept_within_64_bits(seconds: float, kept: int) -> None:
    assert to_ns(seconds) == kept
    assert clamp_ns(kept) == kept


def test_a_member_of_another_age_is_read_and_its_time_named(archive: Path, catalog_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, when in (("far.txt", 1e11), ("old.txt", -1e11), ("now.txt", 1.7e9)):
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(TEXT), when
            tar.addfile(info, io.BytesIO(TEXT))
    write(archive / "x.tar", out.getvalue())
    types = found(archive, catalog_path)
    assert types["x.tar!far.txt"] == types["x.tar!old.txt"] == "text/plain"
    assert [locator for locator, _ in reasons(catalog_path)] == ["x.tar!far.txt", "x.tar!old.txt"]


def test_a_file_of_another_age_ends_no_scan(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(archive / "a.txt", TEXT)
    # Few file systems keep such a time: the system's answer is changed.
    monkeypatch.setattr(
        "media.archives.folder.clamp_ns", lambda nanoseconds: clamp_ns(nanoseconds + (1 << 80))
    )
    for _ in range(2):
        assert scan_archive(catalog_path, archive).status == "complete"
        assert [locator for locator, _ in reasons(catalog_path)] == ["a.txt"]
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(1,)]


# Time


def test_what_waits_for_ever_without_computing_is_ended_by_the_clock(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(archive / "a.txt", TEXT)

    def wait(*_: object, **__: object) -> None:
        while True:
            time.sleep(0.01)

    monkeypatch.setattr("media.articles.text.read.read_text", wait)
    scan_archive(catalog_path, archive, reading=Options(Limits(seconds=0.3)))
    assert reasons(catalog_path) == [("a.txt", "it took longer than 0.3 seconds")]


def test_time_that_other_programs_take_is_not_the_records_own(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(archive / "a.txt", TEXT)
    scan_archive(catalog_path, archive)  # imports what reads it
    from media.articles.text import read

    read_text = read.read_text

    def slowly(*given: Any, **options: Any) -> object:
        time.sleep(1.5)
        return read_text(*given, **options)

    monkeypatch.setattr("media.articles.text.read.read_text", slowly)
    scan_archive(catalog_path, archive, reread=True, reading=Options(Limits(seconds=1)))
    assert reasons(catalog_path) == []


class _Clock:
    """A processor that works a second each time that it is asked."""

    def __init__(self) -> None:
        self.seconds = 0

    def process_time(self) -> float:
        self.seconds += 1
        return self.seconds


def test_a_container_has_a_time_of_its_own(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(archive / "x.tar", make_tar({f"{number:02}.txt": TEXT for number in range(20)}))
    write(archive / "y.txt", TEXT)
    monkeypatch.setattr("media.readers.CONTAINER_BYTES_PER_SECOND", 1e12)
    monkeypatch.setattr("media.reading.time", _Clock())
    result = scan_archive(catalog_path, archive, reading=Options(Limits(container_seconds=7)))
    assert result.status == "complete"
    assert [locator for locator, _ in reasons(catalog_path)] == ["x.tar!07.txt"]
    assert "more than 7 seconds" in reasons(catalog_path)[0][1]
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(8,)]
    assert scan_archive(catalog_path, archive).read == 0
    scan_archive(catalog_path, archive, reread=True, reading=Options(Limits(container_seconds=0)))
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(21,)]
    assert reasons(catalog_path) == []


def test_a_large_container_whose_time_is_up_keeps_what_was_read_and_is_done(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = b'{"url": "https://e.example/", "headline": "The ferry", "body": "It sailed."}\n'
    write(archive / "x.jsonl", line * 10_000)
    monkeypatch.setattr("media.readers.CONTAINER_BYTES_PER_SECOND", 1e12)
    monkeypatch.setattr("media.reading.time", _Still())
    result = scan_archive(catalog_path, archive, reading=Options(Limits(container_seconds=1e-9)))
    assert result.status == "complete"
    assert [locator for locator, _ in reasons(catalog_path)] == ["x.jsonl"]
    assert "took too long" in reasons(catalog_path)[0][1]
    read = rows(catalog_path, "SELECT count(*) FROM articles")[0][0]
    assert isinstance(read, int)
    assert 0 < read < 10_000
    assert scan_archive(catalog_path, archive).read == 0


class _Still:
    """A clock that stands."""

    @staticmethod
    def process_time() -> float:
        return 0.0


# Names


@pytest.mark.parametrize(
    ("src", "kept"),
    [
        param("img/caf%C3%A9.jpg", "img/cafe\u0301.jpg", id="page-nfc-file-nfd"),
        param("img/cafe%CC%81.jpg", "img/caf\u00e9.jpg", id="page-nfd-file-nfc"),
        param("img/caf%C3%A9.jpg", "img/caf%C3%A9.jpg", id="file-still-encoded"),
        param("img/plus%20sign+1.jpg", "img/plus sign+1.jpg", id="plus"),
        param("img/a%3Fb.jpg", "img/a?b.jpg", id="question-mark"),
        param("img/show.php?id=2&f=a.jpg", "img/show.php?id=2&f=a.jpg", id="query"),
        param("img/PHOTO.JPG", "img/photo.jpg", id="case"),
    ],
)
def test_a_page_finds_its_picture_however_the_name_is_written(
    archive: Path, catalog_path: Path, src: str, kept: str
) -> None:
    write(archive / "page.html", page(src))
    write(archive / kept, photo(1))
    write(archive / "img/show.php?id=1&f=a.jpg", photo(2))
    write(archive / "img/cafe.jpg", photo(3))
    scan_archive(catalog_path, archive)
    assert rows(
        catalog_path,
        "SELECT r.locator FROM placements p JOIN records r ON r.sha256 = p.image_sha256 WHERE p.article_id NOT NULL",
    ) == [(kept,)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        param("caf\u00e9.txt".encode("cp437"), "caf\u00e9.txt", id="cp437"),
        param("\u6e2f\u306e\u706b\u4e8b.txt".encode("cp932"), "\u6e2f\u306e\u706b\u4e8b.txt", id="cp932"),
        param(
            "\u043f\u0430\u0440\u043e\u043c.txt".encode("cp866"),
            "\u043f\u0430\u0440\u043e\u043c.txt",
            id="cp866",
        ),
        param("Stra\u00dfe \u00fcber.txt".encode("cp437"), "Stra\u00dfe \u00fcber.txt", id="german"),
        param("caf\u00e9.txt".encode(), "caf\u00e9.txt", id="utf-8-unsaid"),
    ],
)
def test_names_in_old_zips_are_read_in_the_encoding_they_were_written_in(
    archive: Path, catalog_path: Path, name: bytes, text: str
) -> None:
    held = b"x" * len(name)
    data = make_zip({held.decode(): TEXT}).replace(held, name)
    write(archive / "x.zip", data)
    assert f"x.zip!{text}" in found(archive, catalog_path)


@pytest.mark.skipif(shutil.which("zip") is None, reason="Info-ZIP's zip is not installed")
@pytest.mark.parametrize("options", [param([], id="deflated"), param(["-fz"], id="zip64")])
@pytest.mark.parametrize("streamed", [param(False, id="to-file"), param(True, id="to-pipe")])
def test_members_that_were_written_from_standard_input_are_read(
    archive: Path, catalog_path: Path, options: list[str], streamed: bool
) -> None:
    archive.mkdir(exist_ok=True)
    path = archive / "x.zip"
    command = ["zip", "-q", *options, "-" if streamed else str(path), "-"]
    out = subprocess.run(command, input=page("a.jpg"), check=True, capture_output=True).stdout
    if streamed:
        path.write_bytes(out)
    # Without its directory too, where sizes stand behind the data alone.
    whole = path.read_bytes()
    write(archive / "part.zip", whole[: whole.rindex(b"PK\x01\x02")])
    found(archive, catalog_path)
    assert rows(
        catalog_path, "SELECT locator, sha256 FROM records WHERE container_id NOT NULL ORDER BY 1"
    ) == [(f"{name}!-", hashlib.sha256(page("a.jpg")).hexdigest()) for name in ("part.zip", "x.zip")]


@pytest.mark.parametrize("first", [param(0, id="first"), param(7_000_000, id="later")])
def test_inputs_built_from_structures_are_read_or_named(first: int) -> None:
    named = [bool(read_input(*make_input(9, number))) for number in range(first, first + 170)]
    assert 20 < sum(named) < 160


def test_a_sidecar_in_a_crawl_lies_beside_nothing(archive: Path, catalog_path: Path) -> None:
    crawl = Crawl()
    xmp = (
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        b"<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:description><rdf:Alt>"
        b"<rdf:li xml:lang='x-default'>The ferry in Brest.</rdf:li></rdf:Alt></dc:description></rdf:Description>"
        b"</rdf:RDF></x:xmpmeta>"
    )
    crawl.add("https://avel.example/a.xmp", xmp, "application/rdf+xml")
    write(archive / "x.warc.gz", crawl.data())
    found(archive, catalog_path)
    assert not any("reader failed" in reason for _, reason in reasons(catalog_path))

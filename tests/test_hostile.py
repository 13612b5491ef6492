"""Containers built to harm are read as any other: names are only names, and what swells is stopped."""

import bz2
import gzip
import io
import struct
import tarfile
import zipfile
from pathlib import Path

import brotli
import pytest

from media.archives.compression import Swollen, decompress
from media.archives.folder import FolderSource
from media.archives.zip import Zip
from media.errors import ReadError
from media.record import Problem
from tests.conftest import Run, rows, scan_archive
from tests.containers import Crawl, make_tar, make_zip, photo, write

ESCAPES = [
    "../../../etc/passwd.txt",
    "/etc/passwd.txt",
    "..\\..\\x.txt",
    "C:\\x.txt",
    "a/../../b.txt",
    "./x.txt",
]


@pytest.mark.parametrize("name", [pytest.param(name, id=repr(name)) for name in ESCAPES])
def test_names_that_lead_out_are_only_names(archive: Path, catalog_path: Path, name: str) -> None:
    write(archive / "x.zip", make_zip({name: b"BREST - The ferry sailed."}))
    write(archive / "x.tar", make_tar({name: b"BREST - The ferry sailed."}))
    before = sorted(archive.parent.rglob("*"))
    scan_archive(catalog_path, archive)
    assert [
        path for path in sorted(archive.parent.rglob("*")) if not path.name.startswith("catalog")
    ] == before
    found = rows(catalog_path, "SELECT locator FROM records WHERE container_id IS NOT NULL ORDER BY locator")
    assert len(found) == 2
    for (locator,) in found:
        with FolderSource(archive).open(str(locator)) as opened:
            assert opened.stream.read() == b"BREST - The ferry sailed."


@pytest.mark.parametrize(
    "locator",
    ["x.zip!../../secret.txt", "../secret.txt", "x.zip!/../../secret.txt", "x.zip/../../secret.txt"],
)
def test_a_locator_opens_members_only_never_files_elsewhere(archive: Path, locator: str) -> None:
    write(archive.parent / "secret.txt", b"secret")
    write(archive / "x.zip", make_zip({"a.txt": b"x"}))
    if locator.startswith("x.zip!"):
        with pytest.raises(ReadError), FolderSource(archive).open(locator):
            pass


def test_a_deflate_bomb_is_read_as_a_stream_and_no_more(archive: Path, catalog_path: Path, run: Run) -> None:
    """300 MB of zeros in 300 kB: its digest is taken; a limit on memory would end a reader that holds it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made, made.open("zeros.bin", "w") as member:
        for _ in range(300):
            member.write(bytes(1 << 20))
    write(archive / "bomb.zip", out.getvalue())
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT reason FROM problems") == [("1 file of unknown type: not read",)]
    assert rows(catalog_path, "SELECT byte_size FROM records WHERE container_id IS NOT NULL") == [
        (300 << 20,)
    ]


def test_members_that_overlap_are_not_read_again_and_again(archive: Path, catalog_path: Path) -> None:
    whole = make_zip({"a.bin": b"x" * 100_000}, zipfile.ZIP_STORED)
    at = whole.index(b"PK\x01\x02")
    entry, end = whole[at : whole.index(b"PK\x05\x06")], whole[whole.index(b"PK\x05\x06") :]
    count = 1000
    entries = b"".join(entry.replace(b"a.bin", b"%05d" % number) for number in range(count))
    fields = list(struct.unpack("<4s4H2LH", end))
    fields[3] = fields[4] = count
    fields[5] = len(entries)
    write(archive / "x.zip", whole[:at] + entries + struct.pack("<4s4H2LH", *fields))
    result = scan_archive(catalog_path, archive)
    assert result.read < 5
    assert rows(catalog_path, "SELECT reason FROM problems WHERE count IS NULL") == [
        ("its members overlap one another; the rest is not read",)
    ]


def test_a_zip_that_says_that_it_swells_beyond_measure_is_not_read() -> None:
    data = bytearray(make_zip({f"{n}.bin": b"x" * 1000 for n in range(5)}))
    at = -1
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        data[at + 24 : at + 28] = struct.pack("<L", 0xF0000000)
    problems = [
        each.reason for each in Zip(io.BytesIO(bytes(data)), "x").spans() if isinstance(each, Problem)
    ]
    assert problems == ["its members swell beyond measure; the rest is not read"]


@pytest.mark.parametrize("method", ["bzip2", "br"])
def test_a_stream_that_swells_is_stopped(method: str) -> None:
    zeros = bytes(50 << 20)
    stored = bz2.compress(zeros) if method == "bzip2" else brotli.compress(zeros, quality=5)
    stream = Swollen(decompress(io.BytesIO(stored), method), ratio=100, free_bytes=1 << 20)
    with pytest.raises(ReadError, match="swells to more than 100 times"):
        while stream.read():
            pass


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_a_bomb_in_a_response_is_named(
    archive: Path, catalog_path: Path, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.archives.http._FREE_BYTES", 8 << 20)
    monkeypatch.setattr("media.archives.http._RATIO", 100)
    zeros = bytes(40 << 20)
    body = gzip.compress(zeros) if encoding == "gzip" else brotli.compress(zeros, quality=5)
    crawl = Crawl()
    crawl.add("http://e.example/", body, headers=[("Content-Encoding", encoding)])
    crawl.add("http://e.example/a.jpg", photo(1), "image/jpeg")
    write(archive / "x.warc.gz", crawl.data())
    scan_archive(catalog_path, archive)
    ((locator, reason),) = rows(catalog_path, "SELECT locator, reason FROM problems")
    assert locator == "x.warc.gz#0"
    assert "swells" in str(reason)
    assert rows(catalog_path, "SELECT count(*) FROM images") == [(1,)]


def test_containers_within_containers_end_at_the_second(archive: Path, catalog_path: Path) -> None:
    data = make_zip({"a.txt": b"x"})
    for _ in range(20):
        data = make_zip({f"{number}.zip": data for number in range(2)})
    write(archive / "nested.zip", data)
    assert scan_archive(catalog_path, archive).read == 1 + 2 + 4


def test_a_nested_container_that_is_too_large_is_named(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.archives.open_container.NESTED_BYTES", 10_000)
    write(
        archive / "x.zip",
        make_zip({"in.tar": make_tar({"a.bin": bytes(50_000)}), "b.txt": b"BREST - Ferry."}),
    )
    scan_archive(catalog_path, archive)
    ((locator, reason),) = rows(catalog_path, "SELECT locator, reason FROM problems")
    assert locator == "x.zip!in.tar"
    assert "over the limit" in str(reason)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("n" * 65_000 + ".txt", id="64-kB"),
        pytest.param("a/" * 30_000 + "x.txt", id="30000-folders"),
        pytest.param("two\nlines\x1b[31m.txt", id="control-characters"),
        pytest.param("nul\x01.txt", id="control"),
        pytest.param("‮gpj.txt", id="right-to-left"),
    ],
)
def test_odd_names_are_recorded_and_opened(archive: Path, catalog_path: Path, name: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(name, b"BREST - The ferry sailed.")
    write(archive / "x.zip", out.getvalue())
    write(archive / "x.tar", make_tar({name: b"BREST - The ferry sailed."}))
    assert scan_archive(catalog_path, archive).status == "complete"
    found = rows(catalog_path, "SELECT locator FROM records WHERE container_id IS NOT NULL")
    assert {str(row[0]).partition("!")[2] for row in found} == {name}
    for (locator,) in found:
        with FolderSource(archive).open(str(locator)) as opened:
            assert opened.stream.read() == b"BREST - The ferry sailed."


def test_a_pax_header_of_great_size_is_passed_over(archive: Path, catalog_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as made:
        info = tarfile.TarInfo("a.txt")
        info.pax_headers = {"comment": "x" * 3_000_000}
        info.size = 6
        made.addfile(info, io.BytesIO(b"ferry\n"))
    write(archive / "x.tar", out.getvalue())
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT locator FROM records WHERE container_id IS NOT NULL") == [
        ("x.tar!a.txt",)
    ]


def test_one_name_a_hundred_thousand_times_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.archives.zip._MOST_REPEATED", 100)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for _ in range(300):
            with pytest.warns(UserWarning) if made.namelist() else io.BytesIO():
                made.writestr("a.txt", b"x")
    found = list(Zip(io.BytesIO(out.getvalue()), "x").spans())
    assert [each.reason for each in found if isinstance(each, Problem)] == [
        "more than 100 of its names repeat; the rest is not read"
    ]


@pytest.mark.long
def test_a_million_members_are_recorded(archive: Path, catalog_path: Path) -> None:
    out = io.BytesIO()
    header = struct.Struct("<4s5H3L2H")
    entries = io.BytesIO()
    for number in range(1_000_000):
        name = b"%07d" % number
        place = out.tell()
        out.write(header.pack(b"PK\x03\x04", 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0) + name)
        entry = (b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0, 0, 0, 0, 0, place)
        entries.write(struct.pack("<4s6H3L5H2L", *entry) + name)
    place, size = out.tell(), entries.tell()
    out.write(entries.getvalue())
    end = out.tell()
    out.write(struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1_000_000, 1_000_000, size, place))
    out.write(struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1))
    out.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))
    write(archive / "x.zip", out.getvalue())
    scan_archive(catalog_path, archive, jobs=2)
    assert rows(catalog_path, "SELECT count(*) FROM records WHERE container_id IS NOT NULL") == [(1_000_000,)]


def test_places_beyond_any_file_are_named(archive: Path, catalog_path: Path) -> None:
    """Found by fuzzing: the place of a ZIP64 directory was handed to the system as it was."""
    data = make_zip({"a.txt": b"BREST - The ferry sailed."})
    end = data.index(b"PK\x05\x06")
    place = struct.pack("<4sLQL", b"PK\x06\x07", 0, (1 << 64) - 1, 1)
    last = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    write(archive / "x.zip", data[:end] + place + last)
    entry = bytearray(data)
    at = data.index(b"PK\x01\x02")
    entry[at + 42 : at + 46] = b"\xfe\xff\xff\xff"
    write(archive / "y.zip", bytes(entry))
    assert scan_archive(catalog_path, archive).status == "complete"
    assert {str(row[0])[:5] for row in rows(catalog_path, "SELECT locator FROM problems")} == {
        "x.zip",
        "y.zip",
    }
    assert rows(catalog_path, "SELECT count(*) FROM problems WHERE reason LIKE 'its reader failed%'") == [
        (0,)
    ]

"""Members of ZIP files are records, read where they lie."""

import io
import os
import struct
import zipfile
from pathlib import Path

import pytest

from catalog.store.catalogue import Catalogue
from media.archives.container import Damage, Member
from media.archives.folder import FolderSource
from media.archives.zip import Zip
from media.errors import MissingError, ReadError
from media.record import Problem
from tests.conftest import rows, scan_archive
from tests.containers import make_tar, make_zip, page, photo, write

MEMBERS = {"a/page.html": page("smoke.jpg"), "a/smoke.jpg": photo(1)}


def read_members(data: bytes) -> tuple[dict[str, bytes | str], list[str]]:
    """What the members of a ZIP hold, or why they cannot be read; and the problems of the whole."""
    archive = Zip(io.BytesIO(data), "x.zip")
    found: dict[str, bytes | str] = {}
    problems = []
    for span in archive.spans():
        if isinstance(span, Problem):
            problems.append(span.reason)
            continue
        for member in archive.members(span):
            if isinstance(member, Damage):
                found[member.locator] = member.reason
                continue
            try:
                data = b""
                while more := member.stream.read(1000):
                    data += more
            except ReadError as error:
                found[member.locator] = error.reason
                continue
            found[member.locator] = data
            problems += [problem.reason for problem in member.problems]
    return found, problems


@pytest.mark.parametrize(
    "method",
    [
        pytest.param(zipfile.ZIP_STORED, id="stored"),
        pytest.param(zipfile.ZIP_DEFLATED, id="deflated"),
        pytest.param(zipfile.ZIP_BZIP2, id="bzip2"),
        pytest.param(zipfile.ZIP_LZMA, id="lzma"),
    ],
)
def test_members_are_read_whole_whatever_their_compression(method: int) -> None:
    members = {"a.txt": b"The ferry sailed. " * 5000, "b/c.bin": os.urandom(70_000), "empty": b""}
    assert read_members(make_zip(members, method)) == ({f"x.zip!{n}": d for n, d in members.items()}, [])


def test_pages_and_pictures_of_a_zip_are_recorded_and_tied(archive: Path, catalog_path: Path) -> None:
    write(archive / "2024/photos.zip", make_zip(MEMBERS))
    result = scan_archive(catalog_path, archive)
    assert (result.read, result.problems) == (3, 0)
    assert rows(catalog_path, "SELECT locator, media_type FROM records ORDER BY locator") == [
        ("2024/photos.zip", "application/zip"),
        ("2024/photos.zip!a/page.html", "text/html"),
        ("2024/photos.zip!a/smoke.jpg", "image/jpeg"),
    ]
    assert rows(catalog_path, "SELECT locator, image_locator FROM page_captions") == [
        ("2024/photos.zip!a/page.html", "2024/photos.zip!a/smoke.jpg")
    ]


def test_a_page_at_the_top_of_a_zip_finds_its_picture_there(archive: Path, catalog_path: Path) -> None:
    members = {"page.html": page("smoke.jpg"), "smoke.jpg": photo(1)}
    write(archive / "p.zip", make_zip(members))
    write(archive / "smoke.jpg", photo(2))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT image_locator FROM page_captions") == [("p.zip!smoke.jpg",)]


def test_a_zip_given_by_itself_is_a_source_of_kind_zip(archive: Path, catalog_path: Path) -> None:
    write(archive / "p.zip", make_zip(MEMBERS))
    scan_archive(catalog_path, archive / "p.zip")
    assert rows(catalog_path, "SELECT kind FROM sources") == [("zip",)]
    assert rows(catalog_path, "SELECT locator FROM records ORDER BY locator") == [
        ("p.zip",),
        ("p.zip!a/page.html",),
        ("p.zip!a/smoke.jpg",),
    ]
    again = scan_archive(catalog_path, archive)
    assert again.read == 0
    assert rows(catalog_path, "SELECT count(*) FROM records") == [(3,)]


def test_a_second_scan_does_not_read_an_unchanged_zip(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(archive / "p.zip", make_zip(MEMBERS))
    scan_archive(catalog_path, archive)

    def refuse(*_: object) -> None:
        raise AssertionError("the container was opened")

    monkeypatch.setattr(FolderSource, "open", refuse)
    result = scan_archive(catalog_path, archive)
    assert (result.listed, result.read, result.vanished) == (3, 0, 0)


def test_a_replaced_zip_keeps_no_member_that_it_lost(
    archive: Path, catalog_path: Path, tmp_path: Path
) -> None:
    write(archive / "p.zip", make_zip(MEMBERS | {"old.jpg": photo(3)}))
    scan_archive(catalog_path, archive)
    write(archive / "p.zip", make_zip(MEMBERS | {"new.jpg": photo(4), "cut.jpg": photo(5)[:500]}))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT locator FROM records WHERE missing_since IS NOT NULL") == [
        ("p.zip!old.jpg",)
    ]
    write(archive / "p.zip", make_zip(MEMBERS | {"new.jpg": photo(4)}))
    assert scan_archive(catalog_path, archive).problems == 0


def test_a_vanished_zip_takes_its_members_along_and_brings_them_back(
    archive: Path, catalog_path: Path, tmp_path: Path
) -> None:
    write(archive / "p.zip", make_zip(MEMBERS))
    scan_archive(catalog_path, archive)
    (archive / "p.zip").rename(tmp_path / "p.zip")
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT count(*) FROM records WHERE missing_since IS NULL") == [(0,)]
    assert rows(catalog_path, "SELECT * FROM page_captions") == []
    (tmp_path / "p.zip").rename(archive / "p.zip")
    result = scan_archive(catalog_path, archive)
    assert result.read == 0
    assert rows(catalog_path, "SELECT count(*) FROM records WHERE missing_since IS NULL") == [(3,)]
    assert rows(catalog_path, "SELECT count(*) FROM page_captions") == [(1,)]


def test_a_moved_zip_is_known_by_its_digest_and_not_read_again(archive: Path, catalog_path: Path) -> None:
    members = {f"{number}.txt": b"The ferry sailed. %d" % number for number in range(600)}
    write(archive / "p.zip", make_zip(members))
    scan_archive(catalog_path, archive)
    (archive / "2024").mkdir()
    (archive / "p.zip").rename(archive / "2024/q.zip")
    result = scan_archive(catalog_path, archive)
    assert (result.read, result.vanished) == (1, 1)
    assert rows(catalog_path, "SELECT count(*) FROM records WHERE missing_since IS NULL") == [(601,)]
    assert rows(
        catalog_path,
        "SELECT count(*) FROM records WHERE locator LIKE '2024/q.zip!%' AND missing_since IS NULL",
    ) == [(600,)]
    assert scan_archive(catalog_path, archive).read == 0


def test_a_zip_within_a_zip_is_read_and_one_deeper_is_said_to_be_unread(
    archive: Path, catalog_path: Path
) -> None:
    deepest = make_zip({"deep.jpg": photo(3)})
    inner = make_zip(MEMBERS | {"deepest.zip": deepest})
    write(archive / "p.zip", make_zip({"b/inner.zip": inner, "x.tar": make_tar({"t.jpg": photo(4)})}))
    assert scan_archive(catalog_path, archive).problems == 1
    assert rows(catalog_path, "SELECT locator, stage, reason FROM problems") == [
        ("p.zip!", "unread", "1 ZIP archive: not read")
    ]
    assert rows(catalog_path, "SELECT locator FROM records ORDER BY locator") == [
        ("p.zip",),
        ("p.zip!b/inner.zip",),
        ("p.zip!b/inner.zip!a/page.html",),
        ("p.zip!b/inner.zip!a/smoke.jpg",),
        ("p.zip!b/inner.zip!deepest.zip",),
        ("p.zip!x.tar",),
        ("p.zip!x.tar!t.jpg",),
    ]


@pytest.mark.parametrize(
    "locator",
    ["p.zip!a/smoke.jpg", "p.zip!in.zip!a/smoke.jpg", "p.zip!odd!#1.jpg", "p.zip!twice.jpg"],
)
def test_a_member_is_opened_by_its_locator(archive: Path, locator: str) -> None:
    members = MEMBERS | {"in.zip": make_zip(MEMBERS), "odd!#1.jpg": photo(1), "twice.jpg": photo(1)}
    write(archive / "p.zip", make_zip(members))
    source = FolderSource(archive)
    with source.open(locator) as opened:
        assert opened.stream.read() == photo(1)
    assert source.presence(locator) == "there"


def test_a_member_that_is_not_there_is_gone(archive: Path) -> None:
    write(archive / "p.zip", make_zip(MEMBERS))
    source = FolderSource(archive)
    assert source.presence("p.zip!a/other.jpg") == "gone"
    assert source.presence("q.zip!a/smoke.jpg") == "gone"
    with pytest.raises(MissingError), source.open("p.zip!a/other.jpg"):
        pass


def test_every_member_of_a_name_that_repeats_is_a_record_of_its_own(archive: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a.txt", b"first")
        with pytest.warns(UserWarning, match="Duplicate"):
            made.writestr("a.txt", b"second")
    write(archive / "p.zip", out.getvalue())
    found, problems = read_members(out.getvalue())
    assert sorted(found.values(), key=str) == [b"first", b"second"]
    assert not problems
    for locator, data in found.items():
        with FolderSource(archive).open(locator.replace("x.zip", "p.zip")) as opened:
            assert opened.stream.read() == data


def test_zip64_is_read(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made, made.open("a.txt", "w", force_zip64=True) as member:
        member.write(b"large in name")
    data = out.getvalue()
    end = data.rfind(b"PK\x05\x06")
    size, offset = struct.unpack_from("<LL", data, end + 12)
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, size, offset)
    place = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    marked = (
        data[:end]
        + end64
        + place
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    )
    assert zipfile.ZipFile(io.BytesIO(marked)).read("a.txt") == b"large in name"
    assert read_members(marked) == ({"x.zip!a.txt": b"large in name"}, [])


def test_a_zip_behind_a_program_that_unpacks_it_is_read() -> None:
    data = b"#!/bin/sh\nexec unzip $0\n" + make_zip({"a.txt": b"The ferry sailed."})
    assert read_members(data) == ({"x.zip!a.txt": b"The ferry sailed."}, [])


def test_names_without_the_utf_8_flag_are_read_as_utf_8_or_as_dos_wrote_them() -> None:
    data = make_zip({"caf_.txt": b"x"})
    assert list(read_members(data.replace(b"caf_", b"caf\x82"))[0]) == ["x.zip!café.txt"]


def test_folders_links_and_system_files_are_no_records() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.mkdir("folder")
        link = zipfile.ZipInfo("link.jpg")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        made.writestr(link, "/etc/passwd")
        made.writestr("__MACOSX/._a.jpg", b"x")
        made.writestr(".DS_Store", b"x")
        made.writestr("folder/a.txt", b"The ferry sailed.")
    assert list(read_members(out.getvalue())[0]) == ["x.zip!folder/a.txt"]


def test_encrypted_members_are_named_and_the_others_read() -> None:
    data = bytearray(make_zip({"secret.txt": b"x" * 50, "open.txt": b"The ferry sailed."}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    found, _ = read_members(bytes(data))
    assert found == {"x.zip!secret.txt": "it is encrypted", "x.zip!open.txt": b"The ferry sailed."}


def test_a_large_zip_is_split_and_read_by_several_workers(archive: Path, tmp_path: Path) -> None:
    members = {f"{number}.txt": b"The ferry sailed. %d" % number for number in range(700)}
    write(archive / "p.zip", make_zip(members))
    spans = list(Zip(io.BytesIO((archive / "p.zip").read_bytes()), "p.zip").spans())
    assert len(spans) == 3
    scan_archive(tmp_path / "two.db", archive, jobs=2)
    scan_archive(tmp_path / "one.db", archive, jobs=0)
    sql = "SELECT locator, sha256, byte_size, media_type FROM records ORDER BY locator"
    assert rows(tmp_path / "one.db", sql) == rows(tmp_path / "two.db", sql)
    assert len(rows(tmp_path / "one.db", sql)) == 701
    with Catalogue.read(tmp_path / "two.db") as catalogue:
        assert catalogue.value("SELECT count(*) FROM containers") == 0
        assert catalogue.value("SELECT count(*) FROM container_spans") == 0


def test_the_members_of_a_span_are_the_same_every_time() -> None:
    data = make_zip({f"{number}.txt": b"%d" % number for number in range(600)})
    archive = Zip(io.BytesIO(data), "x.zip")
    spans = [span for span in archive.spans() if not isinstance(span, Problem)]
    found = [
        [member.locator for member in archive.members(span) if isinstance(member, Member)] for span in spans
    ]
    assert [len(each) for each in found] == [256, 256, 88]
    assert len({locator for each in found for locator in each}) == 600

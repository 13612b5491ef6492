"""Members of TAR files, however compressed, are records."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from media.archives.container import Damage
from media.archives.folder import FolderSource
from media.archives.tar import Tar
from media.errors import ReadError
from media.record import Problem
from tests.conftest import rows, scan_archive
from tests.containers import COMPRESSORS, make_tar, page, photo, write

MEMBERS = {"a/page.html": page("smoke.jpg"), "a/smoke.jpg": photo(1)}


def read_members(data: bytes) -> tuple[dict[str, bytes | str], list[str]]:
    archive = Tar(io.BytesIO(data), "x.tar")
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
            data = b""
            try:
                while more := member.stream.read(1000):
                    data += more
                found[member.locator] = data
            except ReadError as error:
                found[member.locator] = error.reason
    return found, problems


@pytest.mark.parametrize("suffix", [pytest.param(each, id=each or "plain") for each in COMPRESSORS])
def test_a_tar_is_read_however_it_is_compressed(archive: Path, catalog_path: Path, suffix: str) -> None:
    write(archive / f"p.tar{suffix}", COMPRESSORS[suffix](make_tar(MEMBERS)))
    result = scan_archive(catalog_path, archive)
    assert (result.read, result.problems) == (3, 0)
    assert rows(catalog_path, "SELECT locator, image_locator FROM page_captions") == [
        (f"p.tar{suffix}!a/page.html", f"p.tar{suffix}!a/smoke.jpg")
    ]
    with FolderSource(archive).open(f"p.tar{suffix}!a/smoke.jpg") as opened:
        assert opened.stream.read() == photo(1)
    scan_archive(catalog_path.with_name("alone.db"), archive / f"p.tar{suffix}")
    assert rows(catalog_path.with_name("alone.db"), "SELECT kind FROM sources") == [("tar",)]


def test_a_compressed_file_that_is_no_container_holds_the_file_that_it_was(
    archive: Path, catalog_path: Path
) -> None:
    write(archive / "notes.gz", COMPRESSORS[".gz"](b"The ferry sailed on time. " * 50))
    write(archive / "plan.pdf.gz", COMPRESSORS[".gz"](b"%PDF-1.4\n" * 50))
    write(archive / "style.css.gz", COMPRESSORS[".gz"](b"p { color: black } " * 50))
    assert scan_archive(catalog_path, archive).problems == 1
    assert rows(catalog_path, "SELECT media_type, unread FROM records WHERE locator LIKE 'style%!%'") == [
        ("text/css", "support")
    ]
    assert rows(
        catalog_path,
        "SELECT locator, media_type FROM records WHERE locator LIKE 'notes%' ORDER BY locator DESC",
    ) == [
        ("notes.gz!notes", "text/plain"),
        ("notes.gz", "application/gzip"),
    ]


@pytest.mark.parametrize(
    "format_",
    [
        pytest.param(tarfile.USTAR_FORMAT, id="ustar"),
        pytest.param(tarfile.GNU_FORMAT, id="gnu"),
        pytest.param(tarfile.PAX_FORMAT, id="pax"),
    ],
)
def test_every_format_gives_names_and_bytes(format_: int) -> None:
    members = {"a.txt": b"The ferry sailed.", "b/" + "c" * 80 + "/d.bin": os.urandom(5000)}
    if format_ != tarfile.USTAR_FORMAT:
        members |= {"long/" * 60 + "name.txt": b"x", "é/漢字.txt": b"y"}
    assert read_members(make_tar(members, format_)) == ({f"x.tar!{n}": d for n, d in members.items()}, [])


def test_links_folders_and_devices_are_no_records() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        for kind, name in (
            (tarfile.DIRTYPE, "folder"),
            (tarfile.SYMTYPE, "link.jpg"),
            (tarfile.LNKTYPE, "hard.jpg"),
            (tarfile.CHRTYPE, "device"),
            (tarfile.FIFOTYPE, "pipe"),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            made.addfile(info)
        info = tarfile.TarInfo("a.txt")
        info.size = 5
        made.addfile(info, io.BytesIO(b"ferry"))
    assert read_members(out.getvalue()) == ({"x.tar!a.txt": b"ferry"}, [])


def test_members_of_one_name_are_records_each() -> None:
    data = make_tar({"a.txt": b"first"})[:1024] + make_tar({"a.txt": b"second"})
    assert read_members(data)[0] == {"x.tar!a.txt": b"first", "x.tar!a.txt#1024": b"second"}


def test_a_large_tar_is_split(tmp_path: Path, archive: Path) -> None:
    members = {f"{number}.txt": b"The ferry sailed. %d" % number for number in range(700)}
    for suffix in ("", ".gz"):
        write(archive / f"p.tar{suffix}", COMPRESSORS[suffix](make_tar(members)))
    scan_archive(tmp_path / "two.db", archive, jobs=2)
    scan_archive(tmp_path / "one.db", archive, jobs=0)
    sql = "SELECT locator, sha256, byte_size FROM records ORDER BY locator"
    assert rows(tmp_path / "one.db", sql) == rows(tmp_path / "two.db", sql)
    assert len(rows(tmp_path / "one.db", sql)) == 1402

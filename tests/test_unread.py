"""What is not read is said, by type and folder, and the count stays right whatever happens to the files."""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database
from typer.testing import CliRunner

from catalog.cli.app import build_app
from catalog.store.catalogue import Catalogue
from catalog.store.schema import APPLICATION_ID, migrations
from media.formats import FORMATS, by_media_type, format_of, load
from media.media_type import recognise
from media.readers import reader_of
from media.versions import CREDIT_VERSION
from tests.conftest import ROOT, encode, make_photo, rows, scan_archive
from tests.merging import merge_into
from tests.shared_data import SHARED

PAGE = (
    b"<!doctype html><html><body><h1>A harbour</h1><p>"
    + b"The crane stood still all week. " * 8
    + b"</p></body></html>"
)


def heic(brand: bytes = b"heic") -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1" + brand + b"\0" * 64


def jxr() -> bytes:
    """Make what begins as a kind of picture that is not read."""
    return b"II\xbc\x01" + b"\0" * 64


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def counted(catalog: Path) -> list[tuple[object, ...]]:
    return rows(
        catalog,
        "SELECT locator, stage, media_type, count, reason FROM problems WHERE count NOT NULL ORDER BY 1, 3",
    )


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


# --- The table of formats


@pytest.mark.parametrize(
    ("media_type", "plural"),
    [
        ("application/x-cdx", "indexes of web archives"),
        ("application/x-package-part", "parts of office documents or books"),
        ("application/pgp-signature", "certificates or signatures"),
        ("application/x-captured-json", "answers of programs (JSON)"),
        ("multipart/related", "saved pages (MHTML)"),
        ("application/x-compress", "compress (.Z) files"),
        ("application/mbox", "mailboxes"),
        ("application/x-sqlite", "files of type application/x-sqlite"),
        ("application/pdf", "PDF documents"),
    ],
)
def test_plurals_are_those_of_the_nouns(media_type: str, plural: str) -> None:
    assert format_of(media_type).plural == plural


def test_every_format_has_one_row_and_a_reader_where_it_says_so() -> None:
    assert len(by_media_type()) == len(FORMATS)
    for each in FORMATS:
        assert each.singular != each.plural, each
        assert (reader_of(each.media_type) is not None) == (each.use not in (None, "container")), each
        assert not (each.use and each.support), each
        for reference in filter(None, (each.reader, each.byte_sign, each.text_sign)):
            assert callable(load(reference)), each


@pytest.mark.parametrize(
    ("head", "name", "called"),
    [
        pytest.param(heic(), "a.jpg", "HEIC picture", id="heic-named-as-jpeg"),
        pytest.param(heic(b"msf1"), "a", "HEIC picture", id="heic-sequence"),
        pytest.param(b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "a", "AVIF picture", id="avif-under-mif1"),
        pytest.param(b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "a", "camera RAW picture", id="cr3"),
        pytest.param(b"MM\0*\0\0\0\x08\0\x10", "DSC_1.NEF", "camera RAW picture", id="nef"),
        pytest.param(b"MM\0*\0\0\0\x08\0\x10", "scan.tif", "TIFF picture", id="tiff-is-no-raw"),
        pytest.param(b"\0\0\0\x18ftypmp42\0\0\0\0mp42", "a", "video", id="mp4"),
        pytest.param((b"G\0\1\2" + bytes(184)) * 3, "a.ts", "MPEG video", id="mpeg-stream-named-as-a-script"),
        pytest.param(b"let harbour: string = 'Tessen'", "a.ts", "script", id="script-of-that-name"),
        pytest.param(b"%PDF-1.7\n", "a.txt", "PDF document", id="pdf-named-as-text"),
        pytest.param(b"Rar!\x1a\x07\x01\0", "a.zip", "RAR archive", id="rar-named-as-zip"),
        pytest.param(b"7z\xbc\xaf\x27\x1c\0\4", "a", "7z archive", id="7z"),
        pytest.param(b"\x1f\x9d\x90abc\0", "a.tar.Z", "compress (.Z) file", id="compress"),
        pytest.param(b"PK\x07\x08PK\x03\x04", "a.z01", "part of a split archive", id="split"),
        pytest.param(b"anything\0", "a.z02", "part of a split archive", id="split-by-name"),
        pytest.param(
            b'<?xml version="1.0"?>\n<!-- x -->\n<rss version="2.0"><channel>', "a", "RSS feed", id="rss"
        ),
        pytest.param(
            b'<rss xmlns:wp="http://wordpress.org/export/1.2/">', "a.xml", "WordPress export", id="wordpress"
        ),
        pytest.param(b"<alto xmlns='x'><Layout/>", "a.xml", "ALTO page", id="alto"),
        pytest.param(
            b"<mets:mets xmlns:mets='x'>",
            "a.xml",
            "index of a digitised volume (METS)",
            id="mets-with-a-prefix",
        ),
        pytest.param(b"<catalogue><item/></catalogue>", "a.xml", "XML document", id="some-xml"),
        pytest.param(
            b"MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\tboundary=x\r\n\r\n",
            "a",
            "saved page (MHTML)",
            id="mhtml",
        ),
        pytest.param(
            b"From: a@b.example\nMessage-ID: <1@b>\nSubject: x\n\n", "17", "mail message", id="mail"
        ),
        pytest.param(b"From a@b.example Tue Feb 27 20:00:00 2024\nFrom: a\n", "In", "mailbox", id="mailbox"),
        pytest.param(b'{"log": {"version": "1.2", "entries": []}}', "x", "HTTP archive (HAR)", id="har"),
        pytest.param(b"= Harbour\n\nText.", "a.adoc", "AsciiDoc document", id="asciidoc"),
        pytest.param(b"id,caption\n1,Smoke", "a.csv", "CSV table", id="csv"),
        pytest.param(b"\0\0\1\0\1\0\x10\x10\0\0\1\0", "favicon", "icon picture", id="icon"),
        pytest.param(b"\0\1\2\3 what is this", "a.xyz", "file of unknown type", id="unknown"),
        pytest.param(b"p { color: black }", "a.css", "stylesheet", id="stylesheet"),
        pytest.param(b"\0\0\0\1Bud1\0\0", ".DS_Store", "folder view of a system", id="ds-store"),
        # Near misses: text that begins like a binary, and articles that look like something else.
        pytest.param(
            b"MZ, the band of Tessen, played.", "a.txt", "text", id="text-that-begins-like-a-program"
        ),
        pytest.param(b"OTTO VON TESSEN, 88, died.", "obituary", "text", id="text-that-begins-like-a-font"),
        pytest.param(b"070701 Harbour reopens", "wire", "text", id="text-that-begins-like-cpio"),
        pytest.param(b"From: Reuters\n\nThe crane.", "a.txt", "text", id="a-line-that-says-from"),
        pytest.param(b"From the harbour, 2024 looks\ngood.", "a.txt", "text", id="a-sentence-with-from"),
        pytest.param(b"<html><body><svg></svg>", "a", "page", id="page-with-a-drawing"),
        pytest.param(b"<html><body><rss>", "a", "page", id="page-about-feeds"),
    ],
)
def test_formats_are_told_by_content_first(head: bytes, name: str, called: str) -> None:
    assert format_of(recognise(head, name)).singular == called


# --- What a scan says


def scan_and_say(archive: Path, catalog: Path) -> tuple[int, str]:
    done = CliRunner().invoke(build_app(), ["scan", str(archive), "-c", str(catalog), "--jobs", "0"])
    return done.exit_code, done.stdout


def test_a_scan_says_by_type_what_it_did_not_read(archive: Path, catalog_path: Path) -> None:
    for number in range(12):
        write(archive / f"2024/{number:02}/x{number}.jxr", jxr())
    for number in range(3):
        write(archive / f"{number}.rtf", b"{\\rtf1 x}")
    write(archive / "page.html", PAGE)
    status, said = scan_and_say(archive, catalog_path)
    assert status == 1
    assert "12 JPEG XR pictures, 3 RTF documents: not read." in said
    assert counted(catalog_path) == [
        ("./", "unread", "application/rtf", 3, "3 RTF documents: not read"),
        ("2024/", "unread", "image/jxr", 12, "12 JPEG XR pictures: not read"),
    ]


@pytest.mark.parametrize(
    "name", ["style.css", ".DS_Store", "Thumbs.db", "desktop.ini", "app.js", "a.woff2", "x.sha256"]
)
def test_what_only_supports_is_counted_and_is_no_problem(
    archive: Path, catalog_path: Path, name: str
) -> None:
    data = {".DS_Store": b"\0\0\0\1Bud1\0\0", "Thumbs.db": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0"}
    write(archive / name, data.get(name, b"a { b: c }\n"))
    status, said = scan_and_say(archive, catalog_path)
    assert status == 0
    assert "not read" not in said
    # What systems leave behind is not even listed in folders.
    assert ("Left aside" in said) == (name in ("style.css", "app.js", "a.woff2", "x.sha256"))
    assert counted(catalog_path) == []


def test_the_summary_the_report_and_json_say_the_same(archive: Path, catalog_path: Path) -> None:
    write(archive / "a.rtf", b"{\\rtf1 x}")
    write(archive / "b.lzo", b"\x89LZO\0\x01")
    scan_archive(catalog_path, archive)
    run = CliRunner()
    app = build_app()
    found = json.loads(
        run.invoke(app, ["report", "summary", "-c", str(catalog_path), "--format", "json"]).stdout
    )
    assert [(each["name"], each["count"]) for each in found["unread"]] == [
        ("RTF document", 1),
        ("lzop file", 1),
    ]
    assert found["problems"] == 2
    listed = json.loads(
        run.invoke(app, ["report", "problems", "-c", str(catalog_path), "--format", "json"]).stdout
    )
    assert sorted((each["stage"], each["media_type"], each["count"]) for each in listed) == [
        ("unread", "application/rtf", 1),
        ("unread", "application/x-lzop", 1),
    ]
    table = run.invoke(app, ["report", "summary", "-c", str(catalog_path)]).stdout
    assert "1 RTF document, 1 lzop file" in table
    page = run.invoke(app, ["report", "-c", str(catalog_path), "--format", "html"]).stdout
    assert "Not read: 1 RTF document, 1 lzop file." in page
    assert "Everything could be read" not in page


def test_a_document_kept_as_a_zip_is_called_what_it_is(archive: Path, catalog_path: Path) -> None:
    relations = b"<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'/>"
    members = {
        "[Content_Types].xml": b"<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>",
        "_rels/.rels": relations,
        "ppt/presentation.xml": b"<p:presentation xmlns:p='http://schemas.openxmlformats.org/presentationml/2006/main'/>",
        "ppt/media/image1.jpeg": encode(make_photo(3)),
    }
    write(archive / "talk.pptx", zipped(members))
    write(archive / "plain.zip", zipped({"page.html": PAGE}))
    book = {"mimetype": b"application/epub+zip", "text/1.xhtml": PAGE, "toc.ncx": b"<ncx xmlns='x'/>"}
    write(archive / "book.epub", zipped(book))
    scan_archive(catalog_path, archive)
    assert counted(catalog_path) == [
        ("./", "unread", format_type("PowerPoint file"), 1, "1 PowerPoint file: not read"),
    ]
    assert rows(catalog_path, "SELECT count(*) FROM images") == [(1,)], "its pictures are read"
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(2,)], "the ZIP's page and the book's"


def format_type(singular: str) -> str:
    return next(each.media_type for each in FORMATS if each.singular == singular)


def test_articles_that_hold_nothing_are_said(archive: Path, catalog_path: Path) -> None:
    write(
        archive / "a.html",
        b"<!doctype html><html><head><title>App</title></head><body><div id=app></div></body></html>",
    )
    write(archive / "b.html", b"<html><frameset><frame src=x></frameset></html>")
    write(archive / "index.json", b'{"version": 3, "files": []}')
    write(archive / "gallery.html", b"<html><body><img src=a.jpg alt='A crane'></body></html>")
    write(archive / "line.txt", b"The ferry sailed.")
    write(archive / "page.html", PAGE)
    assert scan_archive(catalog_path, archive).problems == 2
    assert [(row[1], row[2], row[3]) for row in counted(catalog_path)] == [
        ("empty", "application/json", 1),
        ("empty", "text/html", 2),
    ]


# --- The count stays right


def change_added(archive: Path) -> None:
    write(archive / "b/more.jxr", jxr())


def change_removed(archive: Path) -> None:
    (archive / "a/1.jxr").unlink()


def change_all_removed(archive: Path) -> None:
    for path in archive.rglob("*.jxr"):
        path.unlink()


def change_moved(archive: Path) -> None:
    (archive / "c").mkdir()
    (archive / "a/1.jxr").rename(archive / "c/1.jxr")


def change_converted(archive: Path) -> None:
    (archive / "a/1.jxr").write_bytes(encode(make_photo(1)))


def change_of_kind(archive: Path) -> None:
    (archive / "a/1.jxr").write_bytes(b"{\\rtf1 and more of it}")


def change_of_members(archive: Path) -> None:
    write(archive / "d.zip", zipped({"x.jxr": jxr(), "y.rtf": b"{\\rtf1 x}", "page.html": PAGE}))


def change_archive_moved(archive: Path) -> None:
    (archive / "d.zip").rename(archive / "a" / "e.zip")


CHANGES = [value for name, value in sorted(globals().items()) if name.startswith("change_")]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_changed_archive_is_counted_as_a_fresh_scan_counts_it(
    archive: Path, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    for number in range(3):
        write(archive / f"a/{number}.jxr", jxr())
    write(archive / "d.zip", zipped({"x.jxr": jxr(), "page.html": PAGE, "s.css": b"a { }"}))
    scan_archive(tmp_path / "kept.db", archive)
    before = counted(tmp_path / "kept.db")
    assert [(row[0], row[3]) for row in before] == [("a/", 3), ("d.zip!", 1)]
    change(archive)
    scan_archive(tmp_path / "kept.db", archive)
    scan_archive(tmp_path / "fresh.db", archive)
    assert counted(tmp_path / "kept.db") == counted(tmp_path / "fresh.db") != before
    assert rows(tmp_path / "kept.db", "PRAGMA foreign_key_check") == []


def recounted(catalog: Path) -> list[tuple[object, ...]]:
    return rows(
        catalog,
        "SELECT unread, media_type, count(*) FROM records WHERE unread IN ('unread', 'empty')"
        " AND missing_since IS NULL GROUP BY 1, 2 ORDER BY 1, 2",
    )


def summed(catalog: Path) -> list[tuple[object, ...]]:
    return rows(
        catalog,
        "SELECT stage, media_type, sum(count) FROM problems WHERE count NOT NULL GROUP BY 1, 2 ORDER BY 1, 2",
    )


@pytest.mark.parametrize("batches", [1, 3, 6])
def test_a_scan_that_is_killed_counts_what_it_recorded(archive: Path, tmp_path: Path, batches: int) -> None:
    for number in range(40):
        write(archive / f"{number % 3}/{number}.jxr", jxr() + b"%d" % number)
    write(archive / "d.zip", zipped({f"{number}.rtf": b"{\\rtf1 x}" for number in range(300)}))
    scan_archive(tmp_path / "killed.db", archive / "0")  # so that there is something to change
    for path in sorted((archive / "0").iterdir())[:5]:
        path.unlink()
    killer = (
        "import os, sys\nfrom catalog.scan.writer import Writer\nwrite, count = Writer.write, [0]\n"
        "def write_and_die(self, *given):\n    write(self, *given)\n    count[0] += 1\n"
        f"    if count[0] == {batches}:\n        os.kill(os.getpid(), 9)\n"
        "Writer.write = write_and_die\nfrom catalog.cli.app import main\nmain()\n"
    )
    command = [sys.executable, "-c", killer, "scan", archive, "-c", tmp_path / "killed.db", "-j", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == -9, done.stderr
    assert summed(tmp_path / "killed.db") == recounted(tmp_path / "killed.db") != []
    scan_archive(tmp_path / "killed.db", archive)
    scan_archive(tmp_path / "fresh.db", archive)
    assert (
        summed(tmp_path / "killed.db") == summed(tmp_path / "fresh.db") == recounted(tmp_path / "killed.db")
    )


def test_what_comes_back_is_counted_again(archive: Path, catalog_path: Path) -> None:
    write(archive / "a/1.jxr", jxr())
    write(archive / "page.html", PAGE)
    scan_archive(catalog_path, archive)
    (archive / "a/1.jxr").rename(archive.parent / "away.jxr")
    assert scan_archive(catalog_path, archive).problems == 0
    (archive.parent / "away.jxr").rename(archive / "a/1.jxr")
    assert scan_archive(catalog_path, archive).problems == 1
    assert [(row[0], row[3]) for row in counted(catalog_path)] == [("a/", 1)]


def test_merged_catalogues_count_what_one_scan_counts(archive: Path, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        for number in range(2):
            write(archive / f"{folder}/x/{number}.jxr", jxr())
        write(archive / f"{folder}/z.zip", zipped({"m.rtf": b"{\\rtf1 x}"}))
        scan_archive(tmp_path / f"{folder}.db", archive / folder)
    scan_archive(tmp_path / "whole.db", archive / "a")
    scan_archive(tmp_path / "whole.db", archive / "b")
    for _ in range(2):
        merge_into(tmp_path / "out.db", tmp_path / "a.db", tmp_path / "b.db")
        assert counted(tmp_path / "out.db") == counted(tmp_path / "whole.db")
    scan_archive(tmp_path / "around.db", archive)
    merge_into(tmp_path / "out.db", tmp_path / "around.db")
    assert sum(int(str(row[3])) for row in counted(tmp_path / "out.db")) == 6


def test_a_part_of_a_source_tells_of_its_own_only(archive: Path, catalog_path: Path) -> None:
    write(archive / "a/1.jxr", jxr())
    write(archive / "b/page.html", PAGE)
    scan_archive(catalog_path, archive)
    assert scan_archive(catalog_path, archive / "b").problems == 0
    assert scan_archive(catalog_path, archive / "a").problems == 1


def test_what_an_older_version_passed_over_is_said_by_the_next_scan(
    archive: Path, catalog_path: Path
) -> None:
    write(archive / "a.jxr", jxr())
    write(archive / "page.html", PAGE)
    scan_archive(catalog_path, archive)
    copied = ("scans", "sources", "records", "articles")
    old = Database(catalog_path.with_name("old.db"))
    for migration in migrations._migrations:
        if migration.name < "0007":
            migration.fn(old)
    migrations.ensure_migrations_table(old)
    for migration in migrations._migrations:
        if migration.name < "0007":
            old["_sqlite_migrations"].insert(
                {"migration_set": "cutline", "name": migration.name, "applied_at": "2024-01-01"}
            )
    old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    old.execute("ATTACH ? AS fresh", [str(catalog_path)])
    for table in copied:
        columns = ", ".join(row[1] for row in old.execute(f"PRAGMA main.table_info({table})").fetchall())
        old.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM fresh.{table}")
    old.conn.commit()
    old.close()
    assert scan_archive(catalog_path.with_name("old.db"), archive).read == 1
    assert counted(catalog_path.with_name("old.db")) == counted(catalog_path) != []
    assert scan_archive(catalog_path.with_name("old.db"), archive).read == 0


def test_what_a_newer_version_can_read_is_read_by_its_next_scan(archive: Path, catalog_path: Path) -> None:
    write(archive / "a.jpg", encode(make_photo(1)))
    write(archive / "b.jxr", jxr())
    scan_archive(catalog_path, archive)
    with Catalogue.open(catalog_path) as catalogue, catalogue.db.atomic():
        # As an older version leaves it, to which JPEG was as JPEG XR is to this one.
        catalogue.db.execute("UPDATE records SET unread = 'unread' WHERE locator = 'a.jpg'")
    assert scan_archive(catalog_path, archive).read == 1
    assert [row[2] for row in counted(catalog_path)] == ["image/jxr"]
    assert scan_archive(catalog_path, archive).read == 0


def test_what_needs_an_extra_is_read_once_it_is_installed_and_not_looked_at_until_then(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(archive / "a.heic", heic())
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as where the extra is missing
    scan_archive(catalog_path, archive)
    assert [row[2] for row in counted(catalog_path)] == ["image/heic"]
    assert scan_archive(catalog_path, archive).read == 0
    monkeypatch.setattr("media.formats.find_spec", lambda name: object())
    assert scan_archive(catalog_path, archive).read == 1


def test_what_a_reader_of_another_version_read_is_read_again_once(archive: Path, catalog_path: Path) -> None:
    write(archive / "page.html", PAGE)
    write(archive / "a.jpg", encode(make_photo(1)))
    write(archive / "b.zip", zipped({"in.html": PAGE, "c.jpg": encode(make_photo(2))}))
    write(archive / "pictures.zip", zipped({"d.jpg": encode(make_photo(3))}))
    scan_archive(catalog_path, archive)
    with Catalogue.open(catalog_path) as catalogue, catalogue.db.atomic():
        catalogue.db.execute("UPDATE formats SET version = version - 1 WHERE media_type = 'text/html'")
    assert scan_archive(catalog_path, archive).read == 4  # the page; the ZIP that holds one, with its members
    assert scan_archive(catalog_path, archive).read == 0


def test_articles_and_pictures_are_read_again_where_credits_are_read_otherwise(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(archive / "page.html", PAGE)
    write(archive / "a.jpg", encode(make_photo(1)))
    write(archive / "style.css", b"p { color: red }")
    scan_archive(catalog_path, archive)
    monkeypatch.setattr("media.formats.CREDIT_VERSION", CREDIT_VERSION + 1)
    assert scan_archive(catalog_path, archive).read == 2
    assert scan_archive(catalog_path, archive).read == 0


@pytest.mark.skipif(not (SHARED / "cases").is_dir(), reason="the shared cases are not there")
def test_no_file_of_the_shared_cases_is_passed_over(catalog_path: Path) -> None:
    scan_archive(catalog_path, SHARED / "cases" / "files" / "silent-unread")
    silent = rows(
        catalog_path,
        "SELECT locator FROM records r WHERE unread IS NULL AND NOT EXISTS (SELECT 1 FROM problems p"
        " WHERE p.locator = r.locator) AND NOT EXISTS (SELECT 1 FROM images i WHERE i.sha256 = r.sha256)"
        " AND NOT EXISTS (SELECT 1 FROM articles a JOIN records m ON m.id = a.record_id"
        " WHERE m.locator LIKE r.locator || '%')",
    )
    assert silent == []

"""A scan records what is there, reads only what changed, and survives whatever stops it."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from catalog.errors import CatalogueBusy, CatalogueUnusable, UsageError
from catalog.scan.scan import ScanOptions, scan
from catalog.store.catalogue import Catalogue
from media.reading import Limits, Options
from tests.conftest import ROOT, Run, SilentWatcher, encode, make_photo, rows, scan_archive

PAGE = """<!doctype html><html lang="en"><head><title>Smoke over the port</title></head><body><article>
<h1>Smoke over the port</h1>
<figure><img src="{src}" alt="Smoke"><figcaption>Smoke rises over the port of Avel on Monday, March 4, 2024.
</figcaption></figure>
<p>AVEL - Firefighters worked through the night to contain a blaze that broke out in a warehouse at the port.</p>
<p>No one was hurt, the harbour master said, and ships were to sail again in the morning as planned.</p>
</article></body></html>"""


def make_archive(folder: Path) -> Path:
    """A page with its picture, a copy of the picture, a text, and a file that is neither."""
    (folder / "2024").mkdir(parents=True, exist_ok=True)
    photo = encode(make_photo(1))
    (folder / "2024/smoke.jpg").write_bytes(photo)
    (folder / "2024/copy.jpg").write_bytes(photo)
    (folder / "2024/page.html").write_text(PAGE.format(src="smoke.jpg"))
    (folder / "wire.txt").write_text(
        "BREST - The ferry sailed on time on Tuesday.\n\nIt carried two hundred people.\n"
    )
    (folder / "style.css").write_text("p { color: black }\n")
    return folder


def contents(catalog: Path) -> dict[str, list[tuple[object, ...]]]:
    """The whole catalogue by what it says, ids and times aside."""
    queries = {
        "records": "SELECT s.uri, r.locator, r.media_type, r.byte_size, r.modified_ns, r.sha256, r.inode,"
        " r.missing_since IS NULL FROM records r JOIN sources s ON s.id = r.source_id",
        "articles": "SELECT r.locator, a.url, a.headline, a.body FROM articles a JOIN records r ON r.id = a.record_id",
        "images": "SELECT sha256, format, width_px, height_px, pixels_sha256, information FROM images",
        "fingerprints": "SELECT image_sha256, method, version, hex(value) FROM fingerprints",
        "placements": "SELECT r.locator, c.text, p.image_sha256, p.image_src, p.position, p.origin, p.paired_by"
        " FROM placements p JOIN records r ON r.id = p.record_id LEFT JOIN captions c ON c.id = p.caption_id",
        "captions": "SELECT text, credit_line, key, date, place FROM captions",
        "repeated_captions": "SELECT kind, size, locator, position, caption, difference FROM repeated_captions",
        "duplicate_images": "SELECT kind, size, locator, keeper, reason, distance_bits FROM duplicate_images",
        "caption_conflicts": "SELECT locator, caption, difference, grade FROM caption_conflicts",
        "image_matches": "SELECT left_sha256, right_sha256, kind, distance_bits FROM image_matches",
        "problems": "SELECT locator, stage, reason FROM problems",
        "pending": "SELECT kind, item FROM pending",
        "search": "SELECT rowid IS NOT NULL, text FROM captions_fts",
    }
    return {name: sorted(map(repr, rows(catalog, sql))) for name, sql in queries.items()}  # type: ignore[misc]


def test_a_scan_records_pages_pictures_captions_and_their_tie(archive: Path, catalog_path: Path) -> None:
    result = scan_archive(catalog_path, make_archive(archive))
    assert (result.status, result.listed, result.read, result.problems) == ("complete", 5, 5, 0)
    assert rows(
        catalog_path,
        "SELECT locator, caption, image_src, image_locator, origin FROM page_captions",
    ) == [
        (
            "2024/page.html",
            "Smoke rises over the port of Avel on Monday, March 4, 2024.",
            "smoke.jpg",
            "2024/copy.jpg",
            "figcaption",
        )
    ]
    assert rows(catalog_path, "SELECT locator, media_type FROM records ORDER BY locator") == [
        ("2024/copy.jpg", "image/jpeg"),
        ("2024/page.html", "text/html"),
        ("2024/smoke.jpg", "image/jpeg"),
        ("style.css", "text/css"),
        ("wire.txt", "text/plain"),
    ]
    assert rows(catalog_path, "SELECT status, records, articles, images, captions, problems FROM scans") == [
        ("complete", 5, 2, 2, 1, 0)
    ]


def test_worker_processes_give_what_one_process_gives(archive: Path, tmp_path: Path) -> None:
    make_archive(archive)
    scan_archive(tmp_path / "one.db", archive, jobs=0)
    scan_archive(tmp_path / "two.db", archive, jobs=2)
    assert contents(tmp_path / "one.db") == contents(tmp_path / "two.db")


def test_a_second_scan_reads_nothing_and_changes_nothing(archive: Path, catalog_path: Path) -> None:
    scan_archive(catalog_path, make_archive(archive))
    before = contents(catalog_path)
    watcher = SilentWatcher()
    with Catalogue.open(catalog_path) as catalogue:
        result = scan(catalogue, [archive], ScanOptions(jobs=0), watcher)
    assert (result.listed, result.read, watcher.locators) == (5, 0, [])
    assert contents(catalog_path) == before


def test_a_changed_file_is_read_again_and_only_it(archive: Path, catalog_path: Path, tmp_path: Path) -> None:
    scan_archive(catalog_path, make_archive(archive))
    (archive / "2024/page.html").write_text(PAGE.format(src="copy.jpg").replace("Monday", "Tuesday"))
    (archive / "2024/copy.jpg").write_bytes(encode(make_photo(2)))
    assert scan_archive(catalog_path, archive).read == 2
    scan_archive(tmp_path / "fresh.db", archive)
    assert contents(catalog_path) == contents(tmp_path / "fresh.db")


def test_same_size_and_changed_time_is_a_change(archive: Path, catalog_path: Path) -> None:
    (archive / "a.txt").write_text("The ferry sailed on time.\n\nIt carried two hundred people.\n")
    scan_archive(catalog_path, archive)
    (archive / "a.txt").write_text("The ferry sailed at noon.\n\nIt carried two hundred people.\n")
    os.utime(archive / "a.txt", ns=(1, (archive / "a.txt").stat().st_mtime_ns + 1))
    assert scan_archive(catalog_path, archive).read == 1
    assert rows(catalog_path, "SELECT body LIKE '%noon%' FROM articles") == [(1,)]


def test_a_vanished_file_is_marked_and_leaves_the_views(archive: Path, catalog_path: Path) -> None:
    scan_archive(catalog_path, make_archive(archive))
    (archive / "2024/page.html").unlink()
    (archive / "2024/copy.jpg").unlink()
    result = scan_archive(catalog_path, archive)
    assert (result.vanished, result.read) == (2, 0)
    assert rows(catalog_path, "SELECT locator FROM records WHERE missing_since IS NOT NULL ORDER BY 1") == [
        ("2024/copy.jpg",),
        ("2024/page.html",),
    ]
    assert rows(catalog_path, "SELECT * FROM page_captions") == []
    assert rows(catalog_path, "SELECT * FROM duplicate_images") == []
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(2,)]


def test_a_vanished_file_that_comes_back_is_not_read_again(
    archive: Path, catalog_path: Path, tmp_path: Path
) -> None:
    scan_archive(catalog_path, make_archive(archive))
    before = contents(catalog_path)
    shutil.move(archive / "2024", tmp_path / "away")
    scan_archive(catalog_path, archive)
    shutil.move(tmp_path / "away", archive / "2024")
    assert scan_archive(catalog_path, archive).read == 0
    assert contents(catalog_path) == before


def test_a_moved_picture_keeps_its_page(archive: Path, catalog_path: Path) -> None:
    scan_archive(catalog_path, make_archive(archive))
    digest = rows(catalog_path, "SELECT image_sha256 FROM page_captions")
    (archive / "2024/copy.jpg").unlink()
    (archive / "photos").mkdir()
    (archive / "2024/smoke.jpg").rename(archive / "photos/smoke.jpg")
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT image_sha256 FROM page_captions") == digest
    assert rows(catalog_path, "SELECT image_locator FROM page_captions") == [("photos/smoke.jpg",)]


def test_a_picture_that_arrives_later_is_tied_to_its_page(archive: Path, catalog_path: Path) -> None:
    (archive / "page.html").write_text(PAGE.format(src="https://cdn.example/img/smoke-640x480.jpg?w=640"))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT count(*) FROM orphan_captions") == [(1,)]
    (archive / "smoke.jpg").write_bytes(encode(make_photo(1)))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT image_locator FROM page_captions") == [("smoke.jpg",)]
    assert rows(catalog_path, "SELECT count(*) FROM orphan_captions") == [(0,)]


def test_an_empty_mount_point_takes_nothing_away(archive: Path, catalog_path: Path, tmp_path: Path) -> None:
    scan_archive(catalog_path, make_archive(archive))
    archive.rename(tmp_path / "unmounted")
    with Catalogue.open(catalog_path) as catalogue, pytest.raises(UsageError, match="no such file or folder"):
        scan(catalogue, [archive], ScanOptions(jobs=0), SilentWatcher())
    assert rows(catalog_path, "SELECT count(*) FROM records WHERE missing_since IS NOT NULL") == [(0,)]


def test_what_a_filter_leaves_out_is_not_taken_as_vanished(archive: Path, catalog_path: Path) -> None:
    scan_archive(catalog_path, make_archive(archive))
    assert scan_archive(catalog_path, archive, include=("*.txt",)).vanished == 0
    assert rows(catalog_path, "SELECT count(*) FROM records WHERE missing_since IS NOT NULL") == [(0,)]


def test_reread_reads_everything_and_changes_nothing(archive: Path, catalog_path: Path) -> None:
    scan_archive(catalog_path, make_archive(archive))
    before = contents(catalog_path)
    assert scan_archive(catalog_path, archive, reread=True).read == 5
    assert contents(catalog_path) == before


@pytest.mark.parametrize(
    "order",
    [
        pytest.param((("",), ("2024",)), id="part-after-whole"),
        pytest.param((("2024",), ("",)), id="whole-after-part"),
        pytest.param((("", "2024"),), id="both-at-once"),
        pytest.param((("", "", "../archive"),), id="repeated"),
        pytest.param((("2024", "wire.txt"), ("",)), id="file-then-whole"),
        pytest.param((("",), ("wire.txt",)), id="file-after-whole"),
        pytest.param((("wire.txt",), ("", "wire.txt")), id="file-then-both"),
    ],
)
def test_overlapping_roots_record_each_file_once(
    archive: Path, catalog_path: Path, order: tuple[tuple[str, ...], ...]
) -> None:
    make_archive(archive)
    for paths in order:
        scan_archive(catalog_path, *(archive / path for path in paths))
    inodes = [row[0] for row in rows(catalog_path, "SELECT inode FROM records WHERE missing_since IS NULL")]
    assert len(inodes) == len(set(inodes)) == 5


def test_scanning_a_part_leaves_the_rest_as_it_is(archive: Path, catalog_path: Path) -> None:
    scan_archive(catalog_path, make_archive(archive))
    (archive / "wire.txt").unlink()
    (archive / "2024/copy.jpg").unlink()
    result = scan_archive(catalog_path, archive / "2024")
    assert result.vanished == 1
    assert rows(catalog_path, "SELECT locator FROM records WHERE missing_since IS NOT NULL") == [
        ("2024/copy.jpg",)
    ]
    assert rows(catalog_path, "SELECT count(*) FROM sources") == [(1,)]


def test_hardlinks_are_records_of_one_inode(archive: Path, catalog_path: Path) -> None:
    (archive / "a.jpg").write_bytes(encode(make_photo(1)))
    os.link(archive / "a.jpg", archive / "b.jpg")
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT count(*), count(DISTINCT inode) FROM records") == [(2, 1)]


def test_the_catalogue_inside_the_archive_is_not_a_record(archive: Path) -> None:
    make_archive(archive)
    catalog = archive / "catalog.db"
    scan_archive(catalog, archive)
    assert scan_archive(catalog, archive).listed == 5


def test_names_that_are_not_utf_8_are_recorded(archive: Path, catalog_path: Path) -> None:
    for name in (b"caf\xe9.txt", b"two\nlines.txt", b"quote'\";.txt"):
        Path(os.fsdecode(os.fsencode(archive) + b"/" + name)).write_text("The ferry sailed on time.\n")
    scan_archive(catalog_path, archive)
    assert scan_archive(catalog_path, archive).read == 0
    assert rows(catalog_path, "SELECT locator FROM records ORDER BY locator") == [
        ("caf\\xe9.txt",),
        ("quote'\";.txt",),
        ("two\nlines.txt",),
    ]


def test_a_ninjs_item_is_an_article_with_its_captions(archive: Path, catalog_path: Path) -> None:
    (archive / "item.json").write_text(
        '{"uri": "https://a.example/1", "type": "text", "headline": "Fire out", "version": "1",'
        ' "body_text": "The fire at the port is out.", "associations": {"main": {"uri": "https://a.example/2",'
        ' "type": "picture", "description_text": "Smoke over the port of Avel on Monday.",'
        ' "renditions": {"web": {"href": "a.jpg"}}}}}'
    )
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT headline, body FROM articles") == [
        ("Fire out", "The fire at the port is out.")
    ]
    assert rows(catalog_path, "SELECT caption, image_src, origin FROM page_captions") == [
        ("Smoke over the port of Avel on Monday.", "a.jpg", "ninjs")
    ]


def test_a_credit_alone_is_no_caption(archive: Path, catalog_path: Path) -> None:
    page = PAGE.format(src="a.jpg").replace(
        "Smoke rises over the port of Avel on Monday, March 4, 2024.", "Photo: Ann Lee/Reuters"
    )
    (archive / "page.html").write_text(page)
    (archive / "a.jpg").write_bytes(encode(make_photo(1)))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT * FROM page_captions") == []
    assert rows(catalog_path, "SELECT locator FROM uncaptioned_images") == [("a.jpg",)]
    assert rows(catalog_path, "SELECT credit_line FROM captions WHERE text = ''") == [
        ("Photo: Ann Lee/Reuters",)
    ]


def test_a_file_given_by_itself_is_a_source(archive: Path, catalog_path: Path) -> None:
    make_archive(archive)
    scan_archive(catalog_path, archive / "wire.txt")
    assert rows(
        catalog_path, "SELECT s.kind, r.locator FROM records r JOIN sources s ON s.id = r.source_id"
    ) == [("file", "wire.txt")]


BAD = {
    "empty.jpg": (b"", "read", "empty"),
    "cut.jpg": (encode(make_photo(3))[:2000], "decode", "cut short"),
    "renamed.jpg": (b"MZ\x90\x00\x03 not a picture at all", "decode", "named as a picture"),
    "rubbish.txt": (bytes(range(256)) * 20, "parse", ""),
    "huge.html": (b"<html><body>" + b"<p>word " * 300_000, "read", "over the limit"),
    "bomb.png": (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
        + (60_000).to_bytes(4, "big") * 2
        + b"\x08\x02\x00\x00\x00"
        + b"\x00" * 40,
        "decode",
        "",
    ),
}


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in BAD])
def test_bad_input_is_one_problem_and_the_rest_is_recorded(
    archive: Path, catalog_path: Path, name: str
) -> None:
    make_archive(archive)
    data, stage, reason = BAD[name]
    (archive / name).write_bytes(data)
    result = scan_archive(catalog_path, archive, reading=Options(Limits(article_bytes=1 << 20)))
    found = rows(catalog_path, "SELECT locator, stage, reason, remedy FROM problems")
    assert result.problems == len(found) == 1
    assert found[0][:2] == (name, stage)
    assert reason in str(found[0][2]).casefold()
    assert found[0][3]
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(2,)]
    again = scan_archive(catalog_path, archive, reading=Options(Limits(article_bytes=1 << 20)))
    assert (again.read, again.problems) == (0, 1)


def test_a_mended_file_has_no_problem_any_more(archive: Path, catalog_path: Path) -> None:
    whole = encode(make_photo(3))
    (archive / "a.jpg").write_bytes(whole[:2000])
    assert scan_archive(catalog_path, archive).problems == 1
    (archive / "a.jpg").write_bytes(whole)
    assert scan_archive(catalog_path, archive).problems == 0
    assert rows(catalog_path, "SELECT count(*) FROM images") == [(1,)]


def test_a_record_that_takes_too_long_is_named(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_archive(archive)

    def never_ends(*_: object, **__: object) -> None:
        while True:
            pass

    monkeypatch.setattr("media.articles.text.read.read_text", never_ends)
    result = scan_archive(catalog_path, archive, reading=Options(Limits(seconds=3)))
    assert result.problems == 1
    assert rows(catalog_path, "SELECT locator, reason FROM problems") == [
        ("wire.txt", "it took longer than 3 seconds")
    ]
    monkeypatch.undo()
    assert (scan_archive(catalog_path, archive).read, scan_archive(catalog_path, archive).problems) == (1, 0)


def start_scan(archive: Path, catalog: Path, *options: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "catalog",
        "scan",
        os.fspath(archive),
        "-c",
        os.fspath(catalog),
        *options,
    ]
    environment = os.environ | {"PYTHONPATH": os.fspath(ROOT)}
    return subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_records(catalog: Path, count: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with sqlite3.connect(f"file:{catalog}?mode=ro", uri=True, timeout=1) as db:
                if db.execute("SELECT count(*) FROM records").fetchone()[0] >= count:
                    return
        except sqlite3.OperationalError:
            pass
        time.sleep(0.005)


def make_large_archive(folder: Path, count: int) -> None:
    for number in range(count):
        below = folder / f"{number % 7}"
        below.mkdir(exist_ok=True)
        (below / f"{number}.jpg").write_bytes(encode(make_photo(number // 2, (160, 120))))
        (below / f"{number}.html").write_text(
            PAGE.format(src=f"{number}.jpg").replace("4, 2024", f"{number}, 2024")
        )


def test_a_scan_killed_at_any_moment_is_completed_by_the_next(archive: Path, tmp_path: Path) -> None:
    make_large_archive(archive, 60)
    whole, broken = tmp_path / "whole.db", tmp_path / "broken.db"
    scan_archive(whole, archive)
    for moment in random.Random(7).sample(range(10, 110), 4):
        process = start_scan(archive, broken, "--jobs", "2")
        wait_for_records(broken, moment, process)
        with suppress(ProcessLookupError):  # it may just have finished
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        with Catalogue.read(broken) as catalogue:
            assert [row[0] for row in catalogue.rows("PRAGMA integrity_check")] == ["ok"]
            assert list(catalogue.rows("PRAGMA foreign_key_check")) == []
    scan_archive(broken, archive)
    assert contents(broken) == contents(whole)
    statuses = [row[0] for row in rows(broken, "SELECT status FROM scans ORDER BY id")]
    assert "running" not in statuses
    assert statuses[-1] == "complete"


def test_ctrl_c_keeps_what_was_read_and_the_next_scan_goes_on(archive: Path, tmp_path: Path) -> None:
    make_large_archive(archive, 120)
    catalog = tmp_path / "catalog.db"
    process = start_scan(archive, catalog, "--jobs", "1")
    wait_for_records(catalog, 20, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130, err
    assert "What was read is kept" in out
    kept = rows(catalog, "SELECT count(*) FROM records")[0][0]
    assert isinstance(kept, int)
    assert 20 <= kept < 240
    assert scan_archive(catalog, archive).read == 240 - kept


def test_a_worker_that_dies_costs_its_record_only(archive: Path, catalog_path: Path, tmp_path: Path) -> None:
    make_large_archive(archive, 20)
    (archive / "deadly.jpg").write_bytes(encode(make_photo(99)))
    module = tmp_path / "sitecustomize.py"
    module.write_text(
        "import os, sys\n"
        "def hook(event, args):\n"
        "    if event == 'open' and str(args[0]).endswith('deadly.jpg'):\n"
        "        os.kill(os.getpid(), 9)\n"
        "sys.addaudithook(hook)\n"
    )
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    command = [
        sys.executable,
        "-m",
        "catalog",
        "scan",
        os.fspath(archive),
        "-c",
        os.fspath(catalog_path),
        "--jobs",
        "2",
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stderr
    assert rows(catalog_path, "SELECT locator, stage FROM problems") == [("deadly.jpg", "read")]
    assert rows(catalog_path, "SELECT count(*) FROM records WHERE sha256 IS NOT NULL") == [(40,)]


def test_two_scans_at_once_wait_for_one_another(archive: Path, catalog_path: Path) -> None:
    make_large_archive(archive, 40)
    with Catalogue.open(catalog_path):
        scans = [start_scan(archive, catalog_path, "--jobs", "1") for _ in range(2)]
        told = [scan.stderr.readline() for scan in scans if scan.stderr]
    outputs = [scan.communicate(timeout=120) for scan in scans]
    assert [line.startswith(f"Waiting for process {os.getpid()}") for line in told] == [True, True], told
    assert [scan.returncode for scan in scans] == [0, 0], outputs
    assert sum(out.startswith("Read 80 records") for out, _ in outputs) == 1
    assert rows(catalog_path, "SELECT count(*) FROM records") == [(80,)]


def test_a_catalogue_in_use_says_by_whom(catalog_path: Path) -> None:
    with Catalogue.open(catalog_path):
        with (
            pytest.raises(CatalogueBusy, match=f"process {os.getpid()}"),
            Catalogue.open(catalog_path, wait_seconds=0),
        ):
            pass
        with Catalogue.read(catalog_path) as reader:
            assert reader.value("SELECT count(*) FROM records") == 0
    assert not catalog_path.with_name("catalog.db.lock").exists()


def test_a_file_that_is_not_sqlite_is_refused(tmp_path: Path, run: Run, archive: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("These are my notes, and nobody should write into them.\n" * 50)
    done = run("scan", archive, "-c", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"cutline: {path} is not an SQLite file.")
    assert len(done.stderr.splitlines()) == 1
    assert "my notes" in path.read_text()


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE notes (text)")
    with pytest.raises(CatalogueUnusable, match="something else"), Catalogue.open(path):
        pass
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("notes",)]


def test_a_catalogue_of_a_newer_version_is_refused(catalog_path: Path) -> None:
    with Catalogue.open(catalog_path) as catalogue:
        catalogue.db.table("_sqlite_migrations").insert(
            {"migration_set": "cutline", "name": "9999_from_the_future", "applied_at": "2099-01-01"}
        )
        catalogue.db.conn.commit()
    for open_it in (Catalogue.open, Catalogue.read):
        with pytest.raises(CatalogueUnusable, match="newer version"), open_it(catalog_path):
            pass


def test_a_missing_catalogue_says_how_to_make_one(tmp_path: Path, run: Run) -> None:
    done = run("report", "-c", tmp_path / "none.db")
    assert done.returncode == 2
    assert "cutline scan FOLDER" in done.stderr
    assert not (tmp_path / "none.db").exists()


def test_a_disk_that_is_full_stops_the_scan_with_one_line_and_loses_nothing(
    archive: Path, catalog_path: Path
) -> None:
    make_archive(archive)
    scan_archive(catalog_path, archive)
    before = contents(catalog_path)
    make_large_archive(archive, 40)
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({catalog_path.stat().st_size + 20_000},) * 2);"
        "from catalog.cli import main; main()"
    )
    command = [
        sys.executable,
        "-c",
        code,
        "scan",
        os.fspath(archive),
        "-c",
        os.fspath(catalog_path),
        "--jobs",
        "0",
    ]
    environment = os.environ | {"PYTHONPATH": os.fspath(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "kept" in done.stderr.splitlines()[-1]
    with Catalogue.read(catalog_path) as catalogue:
        assert [row[0] for row in catalogue.rows("PRAGMA integrity_check")] == ["ok"]
    assert set(before["records"]) <= set(contents(catalog_path)["records"])
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT count(*) FROM records WHERE sha256 IS NOT NULL") == [(85,)]


def test_scanning_writes_nothing_into_the_archive(archive: Path, catalog_path: Path) -> None:
    make_archive(archive)

    def state() -> list[tuple[str, int, int, bytes]]:
        found = sorted(path for path in archive.rglob("*"))
        return [
            (
                str(path),
                path.stat().st_mtime_ns,
                path.stat().st_mode,
                path.read_bytes() if path.is_file() else b"",
            )
            for path in found
        ]

    before = state()
    scan_archive(catalog_path, archive)
    scan_archive(catalog_path, archive, reread=True)
    assert state() == before

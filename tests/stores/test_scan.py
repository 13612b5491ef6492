"""An archive in a store gives the catalogue that the same archive gives as a folder, at what it must cost."""

import os
import signal
import sqlite3
import subprocess
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from catalog.errors import CatalogError
from media.archives.objects import ObjectSource
from media.archives.stores.address import read_address
from media.archives.stores.ranges import BLOCK_BYTES
from media.record import Entry
from tests.conftest import ROOT, rows, scan_archive
from tests.containers import Crawl, make_tar, make_wacz, make_zip, page, photo, small_crawl, write
from tests.stores.conftest import Bucket
from tests.stores.proxy import Fault
from tests.test_scanning import contents, start_scan

MEMBERS = {"a/page.html": page("smoke.jpg"), "a/smoke.jpg": photo(1), "b.txt": b"BREST - The ferry sailed.\n"}


def make_archive(folder: Path) -> None:
    """Each kind of container, pages and pictures that repeat, and things that cannot be read."""
    write(folder / "p.zip", make_zip(MEMBERS))
    write(folder / "p.tar", make_tar(MEMBERS))
    write(folder / "crawl.warc.gz", small_crawl().data())
    write(folder / "plain.warc", small_crawl(compressed=False).data())
    write(folder / "site.wacz", make_wacz({"x.warc.gz": small_crawl().data()}))
    write(folder / "l.jsonl", b'{"url": "https://e.example/", "headline": "H", "body": "It sailed."}\n' * 3)
    write(folder / "2024/page.html", page("smoke.jpg"))
    write(folder / "2024/smoke.jpg", photo(1))
    write(folder / "2024/cut.jpg", photo(3)[:-900])
    write(folder / "cut.zip", make_zip(MEMBERS)[:-200])
    write(folder / "cut.warc.gz", small_crawl().data()[:-100])
    write(folder / "empty.txt", b"")
    for path in sorted((ROOT / "examples/archive").rglob("*")):
        if path.is_file():
            write(folder / "examples" / path.relative_to(ROOT / "examples/archive"), path.read_bytes())


def told(catalog: Path) -> dict[str, list[str]]:
    """All that a catalogue says, but for its source's address, and times and numbers of files."""
    found: dict[str, list[str]] = {name: list(map(str, each)) for name, each in contents(catalog).items()}
    found["records"] = sorted(
        map(
            repr,
            rows(
                catalog,
                "SELECT r.locator, r.media_type, r.byte_size, r.sha256, r.target_uri, r.captured_at, r.http_status,"
                " r.payload_digest, r.picture_name, c.locator, r.missing_since FROM records r"
                " LEFT JOIN records c ON c.id = r.container_id",
            ),
        )
    )
    found["groups"] = sorted(
        map(repr, rows(catalog, "SELECT kind, size, reclaimable_bytes FROM image_groups"))
    )
    found["open"] = list(map(repr, rows(catalog, "SELECT * FROM containers")))
    return found


def give_times_of(catalog: Path, folder: Path) -> None:
    """Let files have the times of the objects, by which the keeper among copies is chosen."""
    for locator, modified_ns in rows(
        catalog, "SELECT locator, modified_ns FROM records WHERE container_id IS NULL"
    ):
        os.utime(folder / str(locator), ns=(int(str(modified_ns)), int(str(modified_ns))))


@pytest.fixture
def both(bucket: Bucket, archive: Path) -> Bucket:
    """The same archive as a folder and below a prefix of a bucket, beside other things."""
    make_archive(archive)
    bucket.put_folder(archive, "news/2024/")
    bucket.put("news/2024x.txt", b"Of another archive.")
    return bucket


def test_the_catalogue_is_that_of_the_folder(both: Bucket, archive: Path, tmp_path: Path) -> None:
    stored, folder = tmp_path / "stored.db", tmp_path / "folder.db"
    scan_archive(stored, f"{both.url}news/2024", jobs=2)
    give_times_of(stored, archive)
    scan_archive(folder, archive)
    expected, found = told(folder), told(stored)
    assert len(expected["records"]) > 60
    for name in expected:
        assert found[name] == expected[name], name
    assert rows(stored, "SELECT uri, kind, complete FROM sources") == [(f"{both.url}news/2024/", "folder", 1)]
    assert rows(stored, "SELECT count(*) FROM records WHERE inode IS NOT NULL") == [(0,)]


def test_a_second_scan_lists_and_reads_nothing(both: Bucket, catalog_path: Path) -> None:
    scan_archive(catalog_path, f"{both.url}news/2024/")
    before = contents(catalog_path)
    both.proxy.forget()
    assert scan_archive(catalog_path, f"{both.url}news/2024/").read == 0
    assert contents(catalog_path) == before
    # One to see what the address is, one for the list.
    assert [request.lists for request in both.proxy.requests] == [True, True]


def test_one_changed_object_costs_that_object(both: Bucket, catalog_path: Path, tmp_path: Path) -> None:
    scan_archive(catalog_path, f"{both.url}news/2024/")
    both.put("news/2024/2024/page.html", page("cut.jpg"))
    both.delete("news/2024/2024/smoke.jpg")
    both.proxy.forget()
    result = scan_archive(catalog_path, f"{both.url}news/2024/")
    assert (result.read, result.vanished) == (1, 1)
    assert [request.path for request in both.proxy.reads] == [
        f"/{both.name}/news/2024/2024/smoke.jpg",  # is it gone?
        f"/{both.name}/news/2024/2024/page.html",
    ]
    scan_archive(tmp_path / "fresh.db", f"{both.url}news/2024/")
    assert rows(catalog_path, "SELECT locator, caption FROM page_captions ORDER BY 1, 2") == rows(
        tmp_path / "fresh.db", "SELECT locator, caption FROM page_captions ORDER BY 1, 2"
    )


def test_what_is_left_out_this_time_is_not_asked_for(both: Bucket, catalog_path: Path) -> None:
    scan_archive(catalog_path, f"{both.url}news/2024/")
    both.proxy.forget()
    result = scan_archive(catalog_path, f"{both.url}news/2024/", include=("*.jpg",), exclude=("examples",))
    assert (result.read, result.vanished) == (0, 0)
    assert both.proxy.reads == []


def test_an_object_overwritten_within_the_second_and_of_the_same_size_is_read_again(
    bucket: Bucket, catalog_path: Path
) -> None:
    source = ObjectSource(read_address(bucket.url))

    def entry() -> Entry:
        (found,) = source.entries()
        assert isinstance(found, Entry)
        return found

    for _ in range(20):
        bucket.put("a.txt", b"The ferry sailed on time.\n\nIt carried two hundred people.\n")
        before = entry()
        bucket.put("a.txt", b"The ferry sailed at noon.\n\nIt carried two hundred people.\n")
        after = entry()
        if before.modified_ns // 10**9 == after.modified_ns // 10**9:
            break
    else:
        pytest.fail("no two objects were written within one second")
    assert before.byte_size == after.byte_size
    assert before.modified_ns != after.modified_ns


def test_a_container_by_itself_is_a_source(bucket: Bucket, archive: Path, tmp_path: Path) -> None:
    for name, data, kind in (
        ("crawl.warc.gz", small_crawl().data(), "warc"),
        ("p.zip", make_zip(MEMBERS), "zip"),
        ("p.tar", make_tar(MEMBERS), "tar"),
        ("s.wacz", make_wacz({"x.warc.gz": small_crawl().data()}), "wacz"),
        ("page.html", page("smoke.jpg"), "file"),
    ):
        stored, file = tmp_path / f"{name}.stored.db", tmp_path / f"{name}.file.db"
        write(archive / name, data)
        bucket.put(f"x/{name}", data)
        scan_archive(stored, f"{bucket.url}x/{name}")
        scan_archive(file, archive / name)
        assert told(stored) == told(file)
        assert rows(stored, "SELECT uri, kind FROM sources") == [(f"{bucket.url}x/{name}", kind)]
        bucket.proxy.forget()
        assert scan_archive(stored, f"{bucket.url}x/{name}").read == 0
        assert sum(end - start for start, end in (read.span for read in bucket.proxy.reads)) == 2


def test_a_page_or_picture_costs_one_request(bucket: Bucket, catalog_path: Path) -> None:
    for number in range(20):
        bucket.put(f"{number}.jpg", photo(number))
        bucket.put(f"{number}.html", page(f"{number}.jpg"))
    bucket.proxy.forget()
    assert scan_archive(catalog_path, bucket.url).read == 40
    assert len(bucket.proxy.reads) == 40
    assert bucket.proxy.sent_bytes == rows(catalog_path, "SELECT sum(byte_size) FROM records")[0][0]


def test_a_member_of_a_large_zip_costs_kilobytes(bucket: Bucket) -> None:
    filler = {f"{number:03}.bin": os.urandom(400_000) for number in range(60)}
    data = make_zip({"first.jpg": photo(1)} | filler | {"last.jpg": photo(2)}, zipfile.ZIP_STORED)
    assert len(data) > 24_000_000
    bucket.put("large.zip", data)
    source = ObjectSource(read_address(bucket.url))
    bucket.proxy.forget()
    with source.open("large.zip!last.jpg") as opened:
        assert opened.stream.read() == photo(2)
    assert bucket.proxy.sent_bytes < 400_000
    assert len(bucket.proxy.reads) <= 6


def test_a_record_of_a_large_warc_costs_kilobytes(bucket: Bucket) -> None:
    crawl = Crawl(compressed=False)
    for number in range(20):
        crawl.add(f"https://e.example/{number}.bin", bytes(1_000_000), "application/octet-stream")
    offset = crawl.add("https://e.example/last.jpg", photo(2), "image/jpeg")
    bucket.put("large.warc", crawl.data())
    source = ObjectSource(read_address(bucket.url))
    bucket.proxy.forget()
    with source.open(f"large.warc#{offset}") as opened:
        assert opened.stream.read() == photo(2)
    assert bucket.proxy.sent_bytes < 400_000


def make_large_crawl(mebibytes: int) -> bytes:
    """A WARC of so many MiB, most of them of zeros, with a page and a picture for each."""
    crawl = Crawl(compressed=False)
    for number in range(mebibytes):
        crawl.add(f"https://e.example/{number}/", page("smoke.jpg", number % 28 + 1))
        crawl.add(f"https://e.example/{number}/smoke.jpg", photo(number // 2, (64, 48)), "image/jpeg")
        crawl.add(f"https://e.example/{number}.bin", bytes(1 << 20), "application/octet-stream")
    return crawl.data()


def test_a_large_warc_is_read_by_ranges_by_several_workers(bucket: Bucket, catalog_path: Path) -> None:
    data = make_large_crawl(104)
    bucket.put("crawl.warc", data)
    assert len(data) > 100 << 20
    scan_archive(catalog_path, f"{bucket.url}crawl.warc", jobs=3)
    assert rows(catalog_path, "SELECT reason FROM problems") == [("104 files of unknown type: not read",)]
    assert rows(catalog_path, "SELECT count(*), count(DISTINCT sha256) FROM records") == [(313, 28 + 52 + 2)]
    reads = bucket.proxy.reads
    assert max(end - start for start, end in (request.span for request in reads)) <= BLOCK_BYTES
    inside = {request.connection for request in reads if request.span[0] > 0}
    assert len(inside) >= 3
    # Once to find its records and its digest, once to read them.
    assert bucket.proxy.sent_bytes < 2.2 * len(data)


def test_a_scan_killed_in_the_middle_is_completed_by_the_next(
    both: Bucket, catalog_path: Path, tmp_path: Path
) -> None:
    both.proxy.rule = lambda request: Fault(silent_seconds=0.05) if request.reads else None
    process = start_scan(f"{both.url}news/2024/", catalog_path, "--jobs", "2")  # type: ignore[arg-type]
    deadline = time.monotonic() + 300
    done = 0
    while time.monotonic() < deadline and process.poll() is None and done < 20:
        time.sleep(0.01)
        with suppress(CatalogError, sqlite3.Error):
            done = int(str(rows(catalog_path, "SELECT count(*) FROM records")[0][0]))
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    both.proxy.forget()
    scan_archive(catalog_path, f"{both.url}news/2024/")
    scan_archive(tmp_path / "whole.db", f"{both.url}news/2024/")
    assert contents(catalog_path) == contents(tmp_path / "whole.db")


def test_ctrl_c_ends_a_scan_of_a_slow_store(both: Bucket, catalog_path: Path) -> None:
    both.proxy.rule = lambda request: Fault(silent_seconds=0.1) if request.reads else None
    process = start_scan(f"{both.url}news/2024/", catalog_path, "--jobs", "2")  # type: ignore[arg-type]
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and not both.proxy.reads:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(300)
    assert process.returncode == 130
    process.communicate()

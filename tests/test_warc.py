"""Records of web archives: payloads as a browser has them, pages tied to what was captured with them."""

import base64
import gzip
import hashlib
import io
import itertools
import re
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
import zstandard

from media.archives.container import Damage, Member, Span
from media.archives.folder import FolderSource
from media.archives.warc import Warc
from media.media_type import recognise_captured
from media.record import Problem
from tests.conftest import rows, scan_archive
from tests.containers import Crawl, make_wacz, page, photo, small_crawl, write

BODY = b"<html><body><p>The ferry sailed on time on Tuesday.</p></body></html>"


def read_payloads(data: bytes) -> tuple[dict[int, bytes], list[str]]:
    """The payload at each offset, and everything that is wrong."""
    archive = Warc(io.BytesIO(data), "x.warc")
    payloads: dict[int, bytes] = {}
    problems: list[str] = []
    for span in archive.spans():
        assert isinstance(span, Span)
        for member in archive.members(span):
            if isinstance(member, Damage):
                problems.append(member.reason)
                continue
            body = b""
            while more := member.stream.read(1 << 16):
                body += more
            payloads[int(member.locator.rpartition("#")[2])] = body
            problems += [problem.reason for problem in member.problems]
    return payloads, problems


def digest(body: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


def with_digest(crawl: Crawl, given: str) -> bytes:
    """The crawl with another payload digest than the one that its writer has found."""
    return re.sub(rb"(WARC-Payload-Digest: )\S+", rb"\g<1>" + given.encode(), crawl.data())


def as_zstd(crawl: Crawl) -> bytes:
    data, ends = crawl.data(), [*crawl.offsets[1:], len(crawl.data())]
    compress = zstandard.ZstdCompressor().compress
    return b"".join(compress(data[a:b]) for a, b in zip(crawl.offsets, ends, strict=True))


STORED: dict[str, Callable[[], bytes]] = {
    "crawl.warc": lambda: small_crawl(compressed=False).data(),
    "crawl.warc.gz": lambda: small_crawl().data(),
    "crawl.warc.zst": lambda: as_zstd(small_crawl(compressed=False)),
    "whole.warc.gz": lambda: gzip.compress(small_crawl(compressed=False).data()),
}


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in STORED])
def test_a_crawl_is_read_and_its_page_finds_its_picture(archive: Path, catalog_path: Path, name: str) -> None:
    write(archive / name, STORED[name]())
    result = scan_archive(catalog_path, archive)
    assert (result.read, result.problems) == (4, 0)
    found = rows(
        catalog_path,
        "SELECT media_type, target_uri, captured_at, http_status FROM records WHERE container_id IS NOT NULL"
        " ORDER BY CAST(substr(locator, instr(locator, '#') + 1) AS INTEGER)",
    )
    assert found == [
        ("text/html", "https://avel.example/port/", "2024-03-04T12:00:00Z", 200),
        ("image/jpeg", "https://avel.example/img/smoke.jpg", "2024-03-04T12:00:00Z", 200),
        ("text/html", "https://avel.example/gone", "2024-03-04T12:00:00Z", 404),
    ]
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(1,)]
    ((locator, picture),) = rows(catalog_path, "SELECT locator, image_locator FROM page_captions")
    assert locator == f"{name}#0"
    with FolderSource(archive).open(str(picture)) as opened:
        assert opened.stream.read() == photo(1)
    alone = catalog_path.with_name("alone.db")
    scan_archive(alone, archive / name)
    assert rows(alone, "SELECT kind FROM sources") == [("warc",)]


def chunked(body: bytes) -> bytes:
    parts = [body[at : at + 7] for at in range(0, len(body), 7)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


ENCODED: dict[str, tuple[bytes, list[tuple[str, str]]]] = {
    "plain": (BODY, []),
    "chunked": (chunked(BODY), [("Transfer-Encoding", "chunked")]),
    "chunked-with-extension": (
        b"5;name=value\r\n" + BODY[:5] + b"\r\n%x\r\n" % (len(BODY) - 5) + BODY[5:] + b"\r\n0\r\n\r\n",
        [("Transfer-Encoding", "chunked")],
    ),
    "said-chunked-but-is-not": (BODY, [("Transfer-Encoding", "chunked")]),
    "gzip": (gzip.compress(BODY), [("Content-Encoding", "gzip")]),
    "said-gzip-but-is-not": (BODY, [("Content-Encoding", "gzip")]),
    "deflate": (zlib.compress(BODY), [("Content-Encoding", "deflate")]),
    "raw-deflate": (zlib.compress(BODY, wbits=-15), [("Content-Encoding", "deflate")]),
    "brotli": (brotli.compress(BODY), [("Content-Encoding", "br")]),
    "said-brotli-but-is-not": (BODY, [("Content-Encoding", "br")]),
    "zstd": (zstandard.ZstdCompressor().compress(BODY), [("Content-Encoding", "zstd")]),
    "chunked-gzip": (
        chunked(gzip.compress(BODY)),
        [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")],
    ),
    "unknown-encoding": (BODY, [("Content-Encoding", "x-none")]),
}


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in ENCODED])
def test_bodies_are_decoded_as_a_browser_does(name: str) -> None:
    body, headers = ENCODED[name]
    crawl = Crawl()
    given = (
        [*headers, ("Content-Length", str(len(body)))]
        if "Transfer-Encoding" not in dict(headers)
        else headers
    )
    crawl.add("http://e.example/", body, headers=given)
    assert read_payloads(crawl.data()) == ({0: BODY}, [])


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(lambda stored: digest(stored), id="of-the-body-as-stored"),
        pytest.param(lambda stored: digest(gzip.compress(BODY, mtime=0)), id="without-chunks"),
        pytest.param(lambda stored: digest(BODY), id="decoded"),
        pytest.param(
            lambda stored: "sha1:" + hashlib.sha1(BODY, usedforsecurity=False).hexdigest(), id="in-hex"
        ),
        pytest.param(lambda stored: "sha256:" + hashlib.sha256(BODY).hexdigest(), id="sha-256"),
        pytest.param(lambda stored: "crc32:ABCD", id="unknown-algorithm"),
        pytest.param(lambda stored: "sha1:not-a-digest", id="no-digest"),
    ],
)
def test_a_right_digest_is_no_problem(given: Callable[[bytes], str]) -> None:
    stored = chunked(gzip.compress(BODY, mtime=0))
    crawl = Crawl(compressed=False)
    headers = [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")]
    crawl.add("http://e.example/", stored, headers=headers)
    assert read_payloads(with_digest(crawl, given(stored))) == ({0: BODY}, [])


def test_a_wrong_digest_is_named_and_the_payload_is_read() -> None:
    crawl = Crawl(compressed=False)
    crawl.add("http://e.example/", BODY)
    payloads, problems = read_payloads(with_digest(crawl, digest(b"other")))
    assert payloads == {0: BODY}
    assert len(problems) == 1
    assert "does not have the digest that the archive gives" in problems[0]


def test_requests_and_descriptions_are_no_records() -> None:
    crawl = Crawl()
    crawl.writer.write_record(crawl.writer.create_warcinfo_record("x.warc", {"software": "test"}))
    crawl.add("http://e.example/", b"via: x", "application/warc-fields", kind="metadata")
    crawl.add("dns:e.example", b"20240304\ne.example. 1 IN A 192.0.2.1\n", "text/dns", kind="resource")
    at = crawl.add("http://e.example/a.txt", b"The ferry sailed.", "text/plain", kind="resource")
    assert read_payloads(crawl.data()) == ({at: b"The ferry sailed."}, [])


def test_resources_and_conversions_are_read(archive: Path, catalog_path: Path) -> None:
    crawl = Crawl(version="1.1")
    crawl.add("http://e.example/page", BODY, "text/html", kind="resource")
    crawl.add("http://e.example/a.jpg", photo(1), "image/jpeg", kind="resource")
    crawl.add("http://e.example/page", b"The ferry sailed on time.", "text/plain", kind="conversion")
    write(archive / "x.warc.gz", crawl.data())
    scan_archive(catalog_path, archive)
    assert rows(
        catalog_path, "SELECT media_type FROM records WHERE container_id IS NOT NULL ORDER BY id"
    ) == [
        ("text/html",),
        ("image/jpeg",),
        ("text/plain",),
    ]


def test_the_picture_captured_nearest_in_time_is_the_one_shown(archive: Path, catalog_path: Path) -> None:
    crawl = Crawl()
    for day in (1, 10, 20):
        date = f"2024-03-{day:02}T00:00:00Z"
        crawl.add("http://e.example/smoke.jpg", photo(day), "image/jpeg", date=date)
    for day in (2, 9, 18, 30):
        date = f"2024-03-{day:02}T00:00:00Z"
        crawl.add(f"http://e.example/{day}/", page("/smoke.jpg", day), date=date)
    write(archive / "x.warc.gz", crawl.data())
    scan_archive(catalog_path, archive)
    shown = dict(
        rows(
            catalog_path,
            "SELECT image_sha256, group_concat(url) FROM (SELECT p.image_sha256,"
            " r.target_uri AS url FROM placements p JOIN records r ON r.id = p.record_id"
            " WHERE p.image_sha256 IS NOT NULL AND p.origin <> 'alt' ORDER BY r.id) GROUP BY 1",
        )
    )  # type: ignore[arg-type]
    assert shown == {
        hashlib.sha256(photo(1)).hexdigest(): "http://e.example/2/",
        hashlib.sha256(photo(10)).hexdigest(): "http://e.example/9/",
        hashlib.sha256(photo(20)).hexdigest(): "http://e.example/18/,http://e.example/30/",
    }


def shown_pictures(catalog: Path) -> list[tuple[object, ...]]:
    return rows(
        catalog,
        "SELECT r.target_uri, p.image_sha256 FROM placements p JOIN records r ON r.id = p.record_id"
        " WHERE p.caption_id IS NOT NULL AND p.origin = 'figcaption' ORDER BY 1",
    )


def test_a_revisit_is_resolved_to_its_original(archive: Path, catalog_path: Path) -> None:
    crawl = Crawl()
    old, new = photo(1), photo(2)
    crawl.add("http://e.example/s.jpg", old, "image/jpeg", date="2024-01-01T00:00:00Z")
    crawl.add("http://e.example/s.jpg", new, "image/jpeg", date="2024-02-01T00:00:00Z")
    crawl.revisit(
        "http://e.example/s.jpg",
        "http://e.example/s.jpg",
        "2024-01-01T00:00:00Z",
        digest(old),
        "2024-03-01T00:00:00Z",
    )
    crawl.add("http://e.example/", page("s.jpg"), date="2024-03-01T00:00:01Z")
    write(archive / "x.warc.gz", crawl.data())
    assert scan_archive(catalog_path, archive).problems == 0
    assert shown_pictures(catalog_path) == [("http://e.example/", hashlib.sha256(old).hexdigest())]
    assert rows(catalog_path, "SELECT media_type FROM records ORDER BY id LIMIT 1 OFFSET 3") == [
        ("application/warc-revisit",)
    ]


def test_a_redirect_is_followed_to_its_picture_even_one_captured_later(
    archive: Path, catalog_path: Path
) -> None:
    crawl = Crawl()
    crawl.add("http://e.example/", page("/old/s.jpg"))
    crawl.add(
        "http://e.example/old/s.jpg", b"", status="302 Found", headers=[("Location", "/new/smoke-large.jpg")]
    )
    write(archive / "1.warc.gz", crawl.data())
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT redirect_uri FROM records WHERE http_status = 302") == [
        ("http://e.example/new/smoke-large.jpg",)
    ]
    assert shown_pictures(catalog_path) == [("http://e.example/", None)]
    later = Crawl()
    later.add("http://e.example/new/smoke-large.jpg", photo(1), "image/jpeg", date="2024-03-05T00:00:00Z")
    write(archive / "2.warc.gz", later.data())
    scan_archive(catalog_path, archive)
    assert shown_pictures(catalog_path) == [("http://e.example/", hashlib.sha256(photo(1)).hexdigest())]


def test_redirects_in_a_circle_end(archive: Path, catalog_path: Path) -> None:
    crawl = Crawl()
    crawl.add("http://e.example/", page("/a.jpg"))
    for here, there in (("a", "b"), ("b", "a")):
        crawl.add(
            f"http://e.example/{here}.jpg", b"", status="301 Moved", headers=[("Location", f"/{there}.jpg")]
        )
    write(archive / "x.warc.gz", crawl.data())
    scan_archive(catalog_path, archive)
    assert shown_pictures(catalog_path) == [("http://e.example/", None)]


def test_an_appended_crawl_reads_only_what_is_new(archive: Path, catalog_path: Path) -> None:
    crawl = Crawl()
    for number in range(20):
        crawl.add(f"http://e.example/{number}.jpg", photo(number, (64, 48)), "image/jpeg")
    write(archive / "x.warc.gz", crawl.data())
    scan_archive(catalog_path, archive)
    before = rows(catalog_path, "SELECT id, locator, sha256 FROM records WHERE container_id IS NOT NULL")
    for number in range(20, 23):
        crawl.add(f"http://e.example/{number}.jpg", photo(number, (64, 48)), "image/jpeg")
    write(archive / "x.warc.gz", crawl.data())
    result = scan_archive(catalog_path, archive)
    assert result.read == 1 + 1 + 3  # itself, its last record (it might have been cut short), the new ones
    after = rows(
        catalog_path,
        "SELECT id, locator, sha256 FROM records WHERE container_id IS NOT NULL AND missing_since IS NULL",
    )
    assert set(before) <= set(after)
    assert len(after) == 23
    assert scan_archive(catalog_path, archive).read == 0


def test_a_crawl_that_grew_while_it_was_gone_comes_back_whole(archive: Path, catalog_path: Path) -> None:
    crawl = Crawl()
    for number in range(4):
        crawl.add(f"https://avel.example/{number}.jpg", photo(number), "image/jpeg")
    path = write(archive / "c.warc.gz", crawl.data())
    scan_archive(catalog_path, archive)
    path.unlink()
    scan_archive(catalog_path, archive)
    crawl.add("https://avel.example/4.jpg", photo(4), "image/jpeg")
    write(path, crawl.data())
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT count(*) FROM records WHERE missing_since IS NULL") == [(6,)]


def test_a_crawl_that_grew_and_changed_is_read_anew(archive: Path, catalog_path: Path) -> None:
    crawl, other = Crawl(), Crawl()
    for number in range(5):
        crawl.add(f"http://e.example/{number}.jpg", photo(number, (64, 48)), "image/jpeg")
        other.add(f"http://e.example/{number}.jpg", photo(number + 50, (64, 48)), "image/jpeg")
    other.add("http://e.example/6.jpg", photo(6), "image/jpeg")
    write(archive / "x.warc.gz", crawl.data())
    scan_archive(catalog_path, archive)
    write(archive / "x.warc.gz", other.data())
    assert scan_archive(catalog_path, archive).read == 7
    fresh = catalog_path.with_name("fresh.db")
    scan_archive(fresh, archive)
    sql = "SELECT locator, sha256 FROM records WHERE missing_since IS NULL ORDER BY locator"
    assert rows(catalog_path, sql) == rows(fresh, sql)


def test_spans_of_a_crawl_meet_and_hold_every_record() -> None:
    crawl = Crawl()
    for number in range(600):
        crawl.add(f"http://e.example/{number}", b"x" * 10, "text/plain")
    archive = Warc(io.BytesIO(crawl.data()), "x.warc.gz")
    spans = [span for span in archive.spans() if not isinstance(span, Problem)]
    assert len(spans) == 3
    assert all(left.end == right.start for left, right in itertools.pairwise(spans))
    found = [m.locator for span in spans for m in archive.members(span) if isinstance(m, Member)]
    assert found == [f"x.warc.gz#{offset}" for offset in crawl.offsets]


ARC = (
    b"filedesc://x.arc 0.0.0.0 20050101000000 text/plain 75\n"
    b"1 0 InternetArchive\nURL IP-address Archive-date Content-type Archive-length\n\n"
)


def arc_records(*bodies: tuple[str, bytes, bytes]) -> list[bytes]:
    records = [ARC]
    for url, kind, body in bodies:
        response = b"HTTP/1.1 200 OK\r\nContent-Type: " + kind + b"\r\n\r\n" + body
        line = f"{url} 192.0.2.1 20050102030405 {kind.decode()} {len(response)}\n".encode()
        records.append(line + response + b"\n")
    return records


@pytest.mark.parametrize("compressed", [pytest.param(False, id="plain"), pytest.param(True, id="gzip")])
def test_an_arc_is_read(archive: Path, catalog_path: Path, compressed: bool) -> None:
    records = arc_records(
        ("http://e.example/", b"text/html", page("/s.jpg")),
        ("http://e.example/s.jpg", b"image/jpeg", photo(1)),
    )
    write(archive / "x.arc.gz", b"".join(map(gzip.compress, records)) if compressed else b"".join(records))
    assert scan_archive(catalog_path, archive).problems == 0
    assert rows(
        catalog_path,
        "SELECT media_type, target_uri, captured_at, http_status FROM records WHERE container_id IS NOT NULL",
    ) == [
        ("text/html", "http://e.example/", "2005-01-02T03:04:05Z", 200),
        ("image/jpeg", "http://e.example/s.jpg", "2005-01-02T03:04:05Z", 200),
    ]
    ((picture,),) = rows(catalog_path, "SELECT image_locator FROM page_captions")
    with FolderSource(archive).open(str(picture)) as opened:
        assert opened.stream.read() == photo(1)


def test_a_wacz_gives_its_records_by_the_warc_that_holds_them(archive: Path, catalog_path: Path) -> None:
    untitled = BODY.replace(b"</html>", b"<p>It carried two hundred people to the islands.</p></html>")
    crawl = small_crawl()
    at = crawl.add("https://avel.example/untitled", untitled)
    pages = b'{"format": "json-pages-1.0"}\n{"url": "https://avel.example/untitled", "title": "The  ferry"}\nnot json\n'
    write(archive / "site.wacz", make_wacz({"x.warc.gz": crawl.data()}, pages))
    assert scan_archive(catalog_path, archive).problems == 0
    assert rows(catalog_path, "SELECT locator, image_locator FROM page_captions") == [
        ("site.wacz!archive/x.warc.gz#0", f"site.wacz!archive/x.warc.gz#{crawl.offsets[1]}")
    ]
    assert rows(
        catalog_path,
        "SELECT a.headline FROM articles a JOIN records r ON r.id = a.record_id WHERE r.locator = ?",
        f"site.wacz!archive/x.warc.gz#{at}",
    ) == [("The ferry",)]
    with FolderSource(archive).open(f"site.wacz!archive/x.warc.gz#{crawl.offsets[1]}") as opened:
        assert opened.stream.read() == photo(1)
    alone = catalog_path.with_name("alone.db")
    scan_archive(alone, archive / "site.wacz")
    assert rows(alone, "SELECT kind FROM sources") == [("wacz",)]
    assert rows(alone, "SELECT count(*) FROM articles") == [(2,)]


def test_a_zip_that_holds_a_crawl_is_no_wacz(archive: Path, catalog_path: Path) -> None:
    from tests.containers import make_zip

    write(archive / "x.zip", make_zip({"crawl.warc.gz": small_crawl().data()}))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT media_type FROM records WHERE container_id IS NULL") == [
        ("application/zip",)
    ]
    assert rows(catalog_path, "SELECT count(*) FROM page_captions") == [(1,)]


def test_notes_of_a_crawler_are_no_articles(tmp_path: Path) -> None:
    crawl = Crawl()
    words = b"The harbour of the old town opened again on Monday after two years of work on its walls.\n" * 4
    for kind in ("text", "pageinfo", "view", "thumbnail"):
        crawl.add(f"urn:{kind}:https://avel.example/port.html", words, "text/plain", kind="resource")
    (tmp_path / "a.warc.gz").write_bytes(crawl.out.getvalue())
    catalog = tmp_path / "catalog.db"
    scan_archive(catalog, tmp_path / "a.warc.gz")
    assert rows(catalog, "SELECT count(*) FROM articles") == [(0,)]
    assert rows(catalog, "SELECT DISTINCT unread FROM records WHERE target_uri LIKE 'urn:%'") == [
        ("support",)
    ]


@pytest.mark.parametrize(
    ("name", "declared", "wanted"),
    [
        pytest.param("a.txt", "text/html; charset=utf-8", "text/html", id="declared-before-name"),
        pytest.param("a.md", "text/plain", "text/markdown", id="plain-says-nothing"),
        pytest.param("a.html", "text/css", "text/css", id="stylesheet-named-as-page"),
        pytest.param("a.html", None, "text/html", id="name-alone"),
    ],
)
def test_what_was_sent_as_counts_before_a_names_ending(name: str, declared: str | None, wanted: str) -> None:
    assert recognise_captured(b"Some words of it <b>here</b>.", name, declared) == wanted


def test_the_type_of_a_record_counts_whatever_the_case_of_its_name() -> None:
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + BODY
    data = (
        b"WARC/1.1\r\nwarc-type: response\r\nwarc-target-uri: https://avel.example/\r\n"
        b"warc-date: 2023-02-08T09:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
        b"Content-Length: %d\r\n\r\n%b\r\n\r\n" % (len(http), http)
    )
    assert read_payloads(data) == ({0: BODY}, [])
    _, (reason,) = read_payloads(data.replace(b"Content-Length", b"content-length"))
    assert "in small letters" in reason

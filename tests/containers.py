"""Containers made on the spot, with the tools that archivists make them with."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import zstandard
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.conftest import encode, make_photo

PAGE = """<!doctype html><html lang="en"><head><title>Smoke over the port</title></head><body><article>
<h1>Smoke over the port</h1>
<figure><img src="{src}" alt="Smoke"><figcaption>Smoke rises over the port of Avel on Monday, March {day}, 2024.
</figcaption></figure>
<p>AVEL - Firefighters worked through the night to contain a blaze that broke out in a warehouse at the port.</p>
<p>No one was hurt, the harbour master said, and ships were to sail again in the morning as planned.</p>
</article></body></html>"""

COMPRESSORS = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: zstandard.ZstdCompressor().compress(data),
}


def page(src: str, day: int = 4) -> bytes:
    return PAGE.format(src=src, day=day).encode()


def photo(seed: int = 1, size: tuple[int, int] = (160, 120)) -> bytes:
    return encode(make_photo(seed, size))


def make_zip(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 3, 4, 12, 0, 0)), data, method)
    return out.getvalue()


def make_tar(members: Mapping[str, bytes], format_: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format_) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mtime = 1_709_553_600
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


class _Writer(WARCWriter):  # type: ignore[misc]
    """warcio's writer, which leaves its temporary files to the collector, without them."""

    @staticmethod
    def _create_temp_file() -> io.BytesIO:
        return io.BytesIO()


class Crawl:
    """A WARC in the making."""

    def __init__(self, *, compressed: bool = True, version: str = "1.0") -> None:
        self.out = io.BytesIO()
        self.compressed = compressed
        self.writer = _Writer(self.out, gzip=compressed, warc_version=version)
        self.offsets: list[int] = []

    def add(
        self,
        url: str,
        body: bytes,
        content_type: str = "text/html",
        *,
        status: str = "200 OK",
        date: str = "2024-03-04T12:00:00Z",
        headers: Iterable[tuple[str, str]] = (),
        kind: str = "response",
        warc_headers: Mapping[str, str] | None = None,
        length: int | None = None,
    ) -> int:
        """Add a record; its offset."""
        http = None
        if kind in ("response", "revisit"):
            lines = [
                ("Content-Type", content_type),
                ("Content-Length", str(len(body) if length is None else length)),
            ]
            given = {name.lower() for name, _ in headers}
            lines = [line for line in lines if line[0].lower() not in given]
            http = StatusAndHeaders(status, [*lines, *headers], protocol="HTTP/1.1")
        said = {"WARC-Date": date} | dict(warc_headers or {})
        self.offsets.append(self.out.tell())
        record = self.writer.create_warc_record(
            url,
            kind,
            payload=io.BytesIO(body),
            http_headers=http,
            warc_headers_dict=said,
            warc_content_type=content_type if http is None else "",
        )
        self.writer.write_record(record)
        return self.offsets[-1]

    def revisit(self, url: str, original_url: str, original_date: str, digest: str, date: str) -> int:
        self.offsets.append(self.out.tell())
        http = StatusAndHeaders("200 OK", [("Content-Type", "image/jpeg")], protocol="HTTP/1.1")
        record = self.writer.create_revisit_record(
            url, digest, original_url, original_date, http_headers=http, warc_headers_dict={"WARC-Date": date}
        )
        self.writer.write_record(record)
        return self.offsets[-1]

    def data(self) -> bytes:
        return self.out.getvalue()


def small_crawl(*, compressed: bool = True) -> Crawl:
    """A page, its picture, and a page that is not there."""
    crawl = Crawl(compressed=compressed)
    crawl.add("https://avel.example/port/", page("/img/smoke.jpg"))
    crawl.add("https://avel.example/img/smoke.jpg", photo(1), "image/jpeg")
    crawl.add("https://avel.example/gone", b"<html><p>Not here.</p></html>", status="404 Not Found")
    return crawl


def make_wacz(warcs: Mapping[str, bytes], pages: bytes = b"") -> bytes:
    members = {f"archive/{name}": data for name, data in warcs.items()}
    return make_zip(
        {"datapackage.json": b'{"profile": "data-package", "wacz_version": "1.1.1"}'}
        | members
        | {"pages/pages.jsonl": pages},
        zipfile.ZIP_STORED,
    )


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path

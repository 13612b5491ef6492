"""What an archive in an object store costs: requests and bytes, beside the same archive as a folder.

    python -m benchmarks.stores [--records 1000] [--keys 20000] [--jobs 2]

A real S3 server (moto's) on this machine, behind a proxy that counts. Prints for a folder of pages and
pictures, a crawl, and a ZIP: requests and bytes a record, of the first scan and of the second; CPU seconds of
both scans, the server's own left out; what one member by its locator costs; and the peak memory of a scan that
only lists, for a tenth of the keys and for all. Fails where a second scan reads a byte, or memory grows by more
than 1.3.
"""

import argparse
import logging
import os
import sys
import tempfile
import zipfile
from pathlib import Path

import botocore.session
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from benchmarks.measure import Cost, measure
from benchmarks.warc import records
from media.archives.objects import ObjectSource
from media.archives.stores.address import read_address
from tests.conftest import rows
from tests.containers import Crawl, make_zip, write
from tests.stores.proxy import Proxy, start_proxy
from tests.stores.test_scan import make_large_crawl

MOST = 1.3
_ACCOUNT = "123456789012"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--keys", type=int, default=20_000)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    proxy = start_proxy(server.get_host_and_port())
    os.environ |= {
        "AWS_ENDPOINT_URL": proxy.url,
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_REGION": "us-east-1",
    }
    botocore.session.Session().create_client("s3").create_bucket(Bucket="archive")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print("archive            records  MB    GETs/record  bytes read/stored  second scan  CPU s (folder)")
        compare(proxy, folder / "files", dict(_files(options.records)), options.jobs)
        compare(proxy, folder / "crawl", {"x.warc.gz": _crawl(options.records)}, options.jobs)
        zipped = make_zip(dict(_files(options.records)), zipfile.ZIP_STORED)
        compare(proxy, folder / "zip", {"p.zip": zipped}, options.jobs)
        compare(proxy, folder / "large", {"x.warc": make_large_crawl(104)}, options.jobs)
        _one_member(proxy)
        _listing(proxy, options.keys, folder)
    proxy.server.shutdown()
    server.stop()


def compare(proxy: Proxy, folder: Path, objects: dict[str, bytes], jobs: int) -> None:
    """Scan the same archive as a folder and from the store."""
    for name, data in objects.items():
        write(folder / name, data)
        _put(f"{folder.name}/{name}", data)
    local = _scan(str(folder), folder.with_suffix(".local.db"), jobs)
    proxy.forget()
    catalog = folder.with_suffix(".db")
    address = f"s3://archive/{folder.name}/"
    stored = _scan(address, catalog, jobs)
    first, read_bytes = len(proxy.reads), proxy.sent_bytes
    proxy.forget()
    _scan(address, catalog, jobs)
    assert not proxy.reads, "a second scan reads nothing"
    count, size = _count(catalog), sum(map(len, objects.values()))
    print(
        f"{folder.name:<18} {count:>7,}  {size / 1e6:<5.1f} {first / count:<12.3f} {read_bytes / size:<18.2f}"
        f" {len(proxy.requests)} LISTs     {stored.cpu_seconds:.1f} ({local.cpu_seconds:.1f})"
    )


def _one_member(proxy: Proxy) -> None:
    source = ObjectSource(read_address("s3://archive/zip/"))
    for locator in ("p.zip!100/page.html", "p.zip!100/100.jpg"):
        proxy.forget()
        with source.open(locator) as opened:
            size = len(opened.stream.read())
        print(f"{locator}: {size:,} bytes for {len(proxy.reads)} GETs of {proxy.sent_bytes:,} bytes")


def _listing(proxy: Proxy, keys: int, folder: Path) -> None:
    peaks = []
    for count in (keys // 10, keys):
        for number in range(count):
            _put(f"keys-{count}/{number // 1000}/{number}.bin", b"x")
        proxy.forget()
        catalog = folder / f"keys-{count}.db"
        cost = _scan(f"s3://archive/keys-{count}/", catalog, 1, "--include", "none")
        peaks.append(cost.peak_mb)
        print(f"{count:,} keys listed by {len(proxy.listings)} requests: {cost.peak_mb:.0f} MB at most")
    assert peaks[1] <= MOST * peaks[0]


def _files(count: int) -> list[tuple[str, bytes]]:
    return [(name, data) for name, data, _ in records(count)]


def _crawl(count: int) -> bytes:
    crawl = Crawl()
    for name, data, kind in records(count):
        crawl.add(f"http://e.example/{name}", data, kind)
    return crawl.data()


def _put(key: str, data: bytes) -> None:
    """Into the server at once, not by HTTP: what is measured is how it is read."""
    s3_backends[_ACCOUNT]["aws"].put_object("archive", key, data)


def _scan(source: str, catalog: Path, jobs: int, *options: str) -> Cost:
    command = [sys.executable, "-m", "catalog", "scan", source, "-c", os.fspath(catalog), "--jobs", str(jobs)]
    return measure([*command, *options])


def _count(catalog: Path) -> int:
    return int(str(rows(catalog, "SELECT count(*) FROM records")[0][0]))


if __name__ == "__main__":
    main()

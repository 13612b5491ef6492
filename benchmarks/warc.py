"""A crawl against the same payloads in a folder: CPU time, and memory as the crawl grows.

    python -m benchmarks.warc [--records 3000] [--large 30000] [--jobs 1]

Prints the CPU seconds of a scan of the crawl (gzip record by record) and of the folder, FastWARC's raw
iteration over the same file, and the peak memory of all processes for a tenth of the records, and for
ten times as many. Fails where the crawl costs more than 1.3 times the folder, or memory grows by more.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from fastwarc.warc import ArchiveIterator

from benchmarks.measure import Cost, measure
from tests.containers import Crawl, page, photo, write

MOST = 1.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=3000)
    parser.add_argument("--large", type=int, default=30_000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        crawl, files = folder / "crawl/x.warc.gz", folder / "files"
        write_crawl(crawl, options.records)
        write_files(files, options.records)
        started = time.process_time()
        count = sum(1 for _ in ArchiveIterator(crawl.open("rb"), parse_http=False))
        print(f"FastWARC alone: {time.process_time() - started:.2f} s CPU for {count:,} records")
        runs = [
            (scan(crawl.parent, options.jobs).cpu_seconds, scan(files, options.jobs).cpu_seconds)
            for _ in range(options.repeats)
        ]
        of_crawl, of_files = (min(times) for times in zip(*runs, strict=True))
        print(f"crawl {of_crawl:.2f} s CPU, folder {of_files:.2f} s CPU: {of_crawl / of_files:.2f} x")
        assert of_crawl <= MOST * of_files
        small, large = folder / "small/x.warc.gz", folder / "large/x.warc.gz"
        write_crawl(small, options.large // 100)
        write_crawl(large, options.large)
        peaks = [scan(path.parent, options.jobs).peak_tree_mb for path in (small, large)]
        print(
            f"peak memory {peaks[0]:.0f} MB for {options.large // 100:,} records,"
            f" {peaks[1]:.0f} MB for {options.large:,}: {peaks[1] / peaks[0]:.2f} x"
        )
        assert peaks[1] <= MOST * peaks[0]


def records(count: int) -> Iterator[tuple[str, bytes, str]]:
    """Pages and their pictures, by turns: 480 x 360 pixels, as pages show them."""
    pictures = [photo(seed, (480, 360)) for seed in range(40)]
    for number in range(count // 2):
        yield f"{number}/page.html", page(f"{number}.jpg", number % 28 + 1), "text/html"
        # A comment of its own makes each picture's bytes its own.
        picture = pictures[number % 40]
        note = b"%08d" % number
        yield f"{number}/{number}.jpg", picture[:2] + b"\xff\xfe\x00\x0a" + note + picture[2:], "image/jpeg"


def write_crawl(path: Path, count: int) -> None:
    crawl = Crawl()
    for name, data, kind in records(count):
        crawl.add(f"http://e.example/{name}", data, kind)
    write(path, crawl.data())


def write_files(folder: Path, count: int) -> None:
    for name, data, _ in records(count):
        write(folder / name, data)


def scan(archive: Path, jobs: int) -> Cost:
    """Return what a whole scan costs, with all its processes."""
    with tempfile.TemporaryDirectory() as folder:
        catalog = os.path.join(folder, "catalog.db")
        return measure(
            [sys.executable, "-m", "catalog", "scan", os.fspath(archive), "-c", catalog, "--jobs", str(jobs)]
        )


if __name__ == "__main__":
    main()

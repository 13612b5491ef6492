"""The cost of a scan beside a floor measured in the same run, and its memory as the archive grows.

    python -m benchmarks.scan [--pictures 600] [--pages 600] [--memory]

The floor reads the same files, hashes their bytes (SHA-256), decodes each picture once by the same
recipe and takes its phash and dhash, with the same number of processes: what no scan that looks at pixels
can do without. For pages the
floor reads, hashes and parses (selectolax). The archive is made from photographs and pages beside
the checkout (../shared); without them the benchmark says so and stops.
"""

import argparse
import hashlib
import itertools
import json
import os
import random
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.measure import Cost, cutline, measure
from tests.shared_data import SHARED

JOBS = 2


def read_floor(path: str) -> None:
    """Do what cannot be spared for one file."""
    data = Path(path).read_bytes()
    hashlib.sha256(data).hexdigest()
    if path.endswith(".html"):
        from selectolax.lexbor import LexborHTMLParser

        LexborHTMLParser(data)
        return
    from media.pictures.decode import decode_picture
    from media.pictures.phash import hash_picture

    hash_picture(decode_picture(data).picture.convert("L"))


def run_floor(folder: str) -> None:
    """Run the floor over a folder, as a program of its own."""
    paths = [str(path) for path in sorted(Path(folder).rglob("*")) if path.is_file()]
    with ProcessPoolExecutor(JOBS, mp_context=get_context("forkserver")) as pool:
        for _ in pool.map(read_floor, paths, chunksize=16):
            pass


def make_pictures(folder: Path, count: int) -> None:
    """Make copies of real photographs, each made another picture by a few bytes after its end."""
    folder.mkdir(parents=True)
    photos = sorted((SHARED / "data/photos/distinct").iterdir())
    for number, photo in zip(range(count), itertools.cycle(photos), strict=False):
        (folder / f"{number:06}{photo.suffix}").write_bytes(photo.read_bytes() + number.to_bytes(4, "big"))


def make_pages(folder: Path, count: int) -> None:
    """Real pages, each made another by a comment at its end."""
    folder.mkdir(parents=True)
    pages = sorted((SHARED / "data/captions/pages").iterdir())
    for number, page in zip(range(count), itertools.cycle(pages), strict=False):
        (folder / f"{number:06}.html").write_bytes(page.read_bytes() + b"<!-- %d -->" % number)


def compare(folder: Path, count: int, *options: str) -> dict[str, object]:
    """Scan against floor, each run three times, the least CPU counting."""
    floor = min(
        (measure([sys.executable, "-m", "benchmarks.scan", "--floor", str(folder)]) for _ in range(3)),
        key=_cpu,
    )
    scans = []
    for number in range(3):
        catalog = folder.parent / f"{folder.name}{''.join(options)}-{number}.db"
        scans.append(measure(cutline("scan", folder, "-c", catalog, "--jobs", str(JOBS), *options)))
    scan = min(scans, key=_cpu)
    return {
        "files": count,
        "scan_cpu_seconds": round(scan.cpu_seconds, 2),
        "floor_cpu_seconds": round(floor.cpu_seconds, 2),
        "ratio_to_floor": round(scan.cpu_seconds / floor.cpu_seconds, 2),
        "files_per_second": round(count / scan.wall_seconds, 1),
    }


def memory(folder: Path, counts: tuple[int, int], *options: str) -> dict[str, object]:
    """Peak memory of the scanning process at two sizes of archive."""
    peaks = []
    for count in counts:
        archive = folder / f"memory-{count}"
        archive.mkdir()
        noise = random.Random(1)
        page = (SHARED / "data/captions/pages").glob("*.html")
        pages = sorted(page, key=lambda path: path.stat().st_size)[:20]
        photos = sorted((SHARED / "data/photos/distinct").iterdir(), key=lambda path: path.stat().st_size)[
            :20
        ]
        for number in range(count):
            source = noise.choice(pages if number % 2 else photos)
            extra = b"<!-- %d -->" % number if number % 2 else number.to_bytes(4, "big")
            (archive / f"{number:06}{source.suffix}").write_bytes(source.read_bytes() + extra)
        cost = measure(
            cutline("scan", archive, "-c", folder / f"memory-{count}.db", "--jobs", str(JOBS), *options)
        )
        peaks.append(cost.peak_mb)
        shutil.rmtree(archive)
    return {
        "files": list(counts),
        "peak_mb": [round(peak, 1) for peak in peaks],
        "growth": round(peaks[1] / peaks[0], 2),
    }


def _cpu(cost: Cost) -> float:
    return cost.cpu_seconds


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=600)
    parser.add_argument("--pages", type=int, default=600)
    parser.add_argument("--memory", action="store_true", help="measure memory at 1,000 and 10,000 files too")
    parser.add_argument("--floor", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.floor:
        run_floor(options.floor)
        return 0
    if not (SHARED / "data").is_dir():
        print("The photographs and pages are not beside this checkout (CUTLINE_SHARED): nothing measured.")
        return 0
    os.environ["CUTLINE_SHARED"] = str(SHARED)
    result: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_pictures(folder / "pictures", options.pictures)
        make_pages(folder / "pages", options.pages)
        result["pictures_without_parts"] = compare(folder / "pictures", options.pictures, "--no-parts")
        result["pictures"] = compare(folder / "pictures", options.pictures)
        result["pages"] = compare(folder / "pages", options.pages)
        if options.memory:
            result["memory"] = memory(folder, (1_000, 10_000))
    print(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

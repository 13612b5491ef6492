"""What the one writer of a scan costs as its catalogue grows: CPU, time and bytes a picture.

    python -m benchmarks.writer [--pictures 1000000] [--steps 10]

The readings are those of real photographs beside the checkout (../shared), each with a digest, a name and hashes of
its own, so that rows and indexes are what a scan writes. They are made before the clock runs, a step at a time, and
written as a scan writes them: a task's records in one transaction.
"""

import argparse
import hashlib
import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from catalog.scan.writer import Writer
from catalog.store.catalogue import Catalogue
from media.pictures.read import read_image
from media.reading import Reading
from media.record import Record
from tests.shared_data import SHARED

BATCH = 16


def read_samples(count: int = 40) -> list[Reading]:
    """Return readings of real photographs."""
    readings = []
    for path in sorted((SHARED / "data/photos/distinct").iterdir())[:count]:
        data = path.read_bytes()
        image = read_image(data, sha256=hashlib.sha256(data).hexdigest())
        record = Record(path.name, "image/jpeg", len(data), 1, image.sha256)
        readings.append(Reading(record, image=image).with_keys())
    return readings


def vary(sample: Reading, number: int, random: np.random.Generator) -> Reading:
    """Return the same reading of another picture."""
    image = sample.image
    assert image is not None
    digest = hashlib.sha256(b"%d" % number).hexdigest()
    prints = tuple(
        replace(each, value=random.bytes(len(each.value))) if each.method != "blobs" else each
        for each in image.fingerprints
    )
    pixels = hashlib.sha256(digest.encode()).hexdigest()
    image = replace(image, sha256=digest, pixels_sha256=pixels, fingerprints=prints)
    locator = f"{number // 5000:05}/{digest[:12]}.jpg"
    return replace(sample, record=replace(sample.record, locator=locator, sha256=digest), image=image)


def measure_writer(pictures: int, steps: int) -> list[dict[str, object]]:
    """Return the cost of each step, while the catalogue grows."""
    samples, random = read_samples(), np.random.default_rng(1)
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as name, Catalogue.open(Path(name) / "catalog.db") as catalogue:
        writer = Writer(catalogue, catalogue.begin_scan({}))
        catalogue.db.execute("INSERT INTO sources (id, uri, kind) VALUES (1, 'file:///many', 'folder')")
        step = pictures // steps
        for begin in range(0, step * steps, step):
            cpu = wall = 0.0
            for start in range(begin, begin + step, BATCH):
                batch = [
                    vary(samples[number % len(samples)], number, random)
                    for number in range(start, min(start + BATCH, begin + step))
                ]
                cpu_before, wall_before = time.process_time(), time.perf_counter()
                writer.write(1, batch)
                cpu += time.process_time() - cpu_before
                wall += time.perf_counter() - wall_before
            size = sum(path.stat().st_size for path in Path(name).iterdir())
            rows.append(
                {
                    "pictures": begin + step,
                    "cpu_ms_a_picture": round(1000 * cpu / step, 3),
                    "wall_ms_a_picture": round(1000 * wall / step, 3),
                    "catalogue_bytes_a_picture": round(size / (begin + step)),
                }
            )
            print(json.dumps(rows[-1]), file=sys.stderr)
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=1_000_000)
    parser.add_argument("--steps", type=int, default=10)
    options = parser.parse_args()
    if not (SHARED / "data").is_dir():
        print("The photographs are not beside this checkout (CUTLINE_SHARED): nothing measured.")
        return 0
    print(json.dumps(measure_writer(options.pictures, options.steps), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

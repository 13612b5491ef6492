"""What applying a large cleanup costs, in CPU, time and memory, beside hashing the same files and nothing else.

    python -m benchmarks.cleanup [--files 100000] [--kilobytes 16] [--folder DIR]

Every group has a keeper and two copies. The files and the catalogue's rows are made first; only then is measured:
hashing each planned file and its keeper through a descriptor, planning, applying, undoing.
"""

import argparse
import hashlib
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalog.cleanup.apply import apply_cleanup
from catalog.cleanup.files import hash_file
from catalog.cleanup.ledger import read_cleanup
from catalog.cleanup.plan import PlanOptions, make_plan
from catalog.cleanup.undo import undo_cleanup
from catalog.store.catalogue import Catalogue, now

COPIES = 2


def make_archive(root: Path, files: int, byte_size: int) -> Iterator[tuple[str, str, os.stat_result]]:
    """Write keepers and copies; yields locator, digest and status, a group after the other."""
    for group in range(-(-files // COPIES)):
        data = os.urandom(32) * (byte_size // 32)
        digest = hashlib.sha256(data).hexdigest()
        folder = root / f"{group % 500:03d}"
        folder.mkdir(exist_ok=True)
        for name in ["keeper", *(f"copy-{number}" for number in range(COPIES))]:
            path = folder / f"{group:06d}-{name}.jpg"
            path.write_bytes(data)
            yield str(path.relative_to(root)), digest, path.stat()


def fill(catalogue: Catalogue, root: Path, files: int, byte_size: int) -> None:
    """Write the rows that a scan and a match would have written."""
    execute, many = catalogue.db.conn.execute, catalogue.db.conn.executemany
    execute(
        "INSERT INTO scans (id, started_at, status, version, options) VALUES (1, ?, 'complete', '', '{}')",
        [now()],
    )
    execute("INSERT INTO sources (id, uri, kind) VALUES (1, ?, 'folder')", [root.as_uri()])
    made = list(make_archive(root, files, byte_size))
    many(
        "INSERT OR IGNORE INTO images (sha256, format, width_px, height_px, frames, information)"
        " VALUES (?, 'JPEG', 100, 100, 1, 'normal')",
        ((digest,) for _, digest, _ in made),
    )
    many(
        "INSERT INTO records (id, source_id, locator, media_type, byte_size, modified_ns, sha256, first_scan_id,"
        " last_scan_id, inode) VALUES (?, 1, ?, 'image/jpeg', ?, ?, ?, 1, 1, ?)",
        (
            (number, locator, status.st_size, status.st_mtime_ns, digest, f"{status.st_dev}:{status.st_ino}")
            for number, (locator, digest, status) in enumerate(made, 1)
        ),
    )
    size = COPIES + 1
    many(
        "INSERT INTO image_groups VALUES (?, 'same-bytes', ?, 0, ?)",
        ((group, size, COPIES * byte_size) for group in range(1, len(made) // size + 1)),
    )
    many(
        "INSERT INTO image_group_members VALUES (?, ?, ?, ?, '')",
        (
            (1 + number // size, number + 1, digest, number % size == 0)
            for number, (_, digest, _) in enumerate(made)
        ),
    )
    catalogue.db.conn.commit()


@contextmanager
def measure(what: str, files: int) -> Iterator[dict[str, float]]:
    figures: dict[str, float] = {}
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    yield figures
    after = resource.getrusage(resource.RUSAGE_SELF)
    figures["seconds"] = time.perf_counter() - started
    figures["cpu"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{what:<28} {figures['seconds']:8.1f} s  {figures['cpu']:8.1f} CPU s"
        f"  {files / figures['seconds']:10,.0f} files/s"
    )


def resident_mb() -> float:
    with open("/proc/self/statm") as stream:
        return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def hash_alone(catalogue: Catalogue, root: Path) -> None:
    """Each keeper once and each copy once: what applying has to read."""
    for row in catalogue.rows("SELECT locator, sha256 FROM records ORDER BY id"):
        descriptor = os.open(root / row["locator"], os.O_RDONLY)
        assert hash_file(descriptor) == row["sha256"]
        os.close(descriptor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--kilobytes", type=int, default=16)
    parser.add_argument("--folder", type=Path, default=None)
    asked = parser.parse_args()
    top = Path(tempfile.mkdtemp(prefix="cutline-bench-", dir=asked.folder))
    try:
        root = top / "archive"
        root.mkdir()
        with Catalogue.open(top / "catalog.db") as catalogue:
            fill(catalogue, root, asked.files, asked.kilobytes << 10)
            print(f"{asked.files:,} copies of {asked.kilobytes} kB, {asked.files // COPIES:,} keepers")
            hash_alone(catalogue, root)  # so that all is in the cache for all
            with measure("hashing alone", asked.files) as hashing:
                hash_alone(catalogue, root)
            with measure("planning", asked.files):
                cleanup = make_plan(catalogue, PlanOptions())
        with Catalogue.open(top / "catalog.db") as catalogue:
            memory: list[float] = []
            ended: list[float] = []

            def note(files: int, byte_size: int) -> None:
                memory.append(resident_mb())
                ended[:] = [time.perf_counter(), sum(os.times()[:2])]

            started, cpu = time.perf_counter(), sum(os.times()[:2])
            with measure("applying, with matching", asked.files):
                result = apply_cleanup(catalogue, read_cleanup(catalogue, cleanup.id), on_progress=note)
            assert (result.done, result.skipped.count) == (asked.files, 0)
            print(f"{'applying, files only':<28} {ended[0] - started:8.1f} s  {ended[1] - cpu:8.1f} CPU s")
            tenth = memory[len(memory) // 10]
            print(
                f"memory after a tenth {tenth:.0f} MB, after all {memory[-1]:.0f} MB, most {max(memory):.0f} MB"
            )
            print(
                f"applying / hashing: time {(ended[0] - started) / hashing['seconds']:.1f},"
                f" CPU {(ended[1] - cpu) / hashing['cpu']:.1f}"
            )
            with measure("undoing, with matching", asked.files):
                undone = undo_cleanup(catalogue, read_cleanup(catalogue, cleanup.id))
            assert (undone.undone, undone.stayed.count) == (asked.files, 0)
    finally:
        shutil.rmtree(top)


if __name__ == "__main__":
    main()

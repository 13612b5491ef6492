"""Scans thousands of broken inputs: no crash, no hang, each read or named.

    python -m benchmarks.robustness [--count 10000] [--seed 1] [--jobs 2]

Prints the count, what became of them, the time and the peak memory of any process. Fails where a scan
ends otherwise than it may, or an input is neither read nor named.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from catalog.store.catalogue import Catalogue
from tests.mutation import make_originals, mutate

BATCH = 1000
MOST_BYTES = 1_500_000_000
RECORD_SECONDS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    totals: Counter[str] = Counter()
    peak = 0
    started = time.monotonic()
    for first in range(0, options.count, BATCH):
        count = min(BATCH, options.count - first)
        with tempfile.TemporaryDirectory() as folder:
            found, batch_peak = scan_batch(Path(folder), options.seed, first, count, options.jobs)
        totals += found
        peak = max(peak, batch_peak)
        print(
            f"{first + count:,} of {options.count:,}: {dict(totals)}, peak {peak / 1e6:,.0f} MB", flush=True
        )
    assert totals["inputs"] == options.count
    assert peak < MOST_BYTES, f"a process took {peak:,} bytes"
    print(f"{time.monotonic() - started:,.0f} s")


def scan_batch(folder: Path, seed: int, first: int, count: int, jobs: int) -> tuple[Counter[str], int]:
    """Write and scan inputs; what became of them, and the peak resident bytes of any process."""
    archive, catalog = folder / "archive", folder / "catalog.db"
    write_inputs(archive, seed, first, count)
    command = [
        sys.executable, "-m", "catalog", "scan", os.fspath(archive), "-c", os.fspath(catalog),
        "--jobs", str(jobs), "--record-seconds", str(RECORD_SECONDS),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        watch = PeakMemory(process.pid)
        out, err = process.communicate(timeout=count * (RECORD_SECONDS + 1))
        peak = watch.stop()
    assert process.returncode in (0, 1), (process.returncode, out, err)
    assert "Traceback" not in err, err
    return verify(archive, catalog), peak


def write_inputs(archive: Path, seed: int, first: int, count: int) -> None:
    """Broken inputs, each in a folder of its own so that its name may stay."""
    originals = make_originals()
    names = sorted(originals)
    for number in range(first, first + count):
        random_ = random.Random(f"{seed}/{number}")
        name = names[number % len(names)]
        path = archive / f"{number:06}" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(mutate(originals[name], originals, random_))


def verify(archive: Path, catalog: Path) -> Counter[str]:
    """Count what became of the inputs; each is read or named, and the catalogue is sound."""
    found: Counter[str] = Counter()
    with Catalogue.read(catalog) as catalogue:
        assert [row[0] for row in catalogue.rows("PRAGMA integrity_check")] == ["ok"]
        assert not list(catalogue.rows("PRAGMA foreign_key_check"))
        assert catalogue.value("SELECT count(*) FROM container_spans") == 0
        read = {row[0] for row in catalogue.rows("SELECT locator FROM records WHERE sha256 IS NOT NULL")}
        named = {row[0] for row in catalogue.rows("SELECT DISTINCT locator FROM problems")}
        deaths = catalogue.value("SELECT count(*) FROM problems WHERE reason LIKE '%ended the worker%'")
        found["members"] = catalogue.value("SELECT count(*) FROM records WHERE container_id IS NOT NULL")
    for path in sorted(archive.rglob("*")):
        if path.is_file():
            locator = path.relative_to(archive).as_posix()
            assert locator in read or locator in named, f"{locator} is neither read nor named"
            found["inputs"] += 1
            found["with problems"] += any(each.startswith(locator) for each in _named_at(named, locator))
    found["problems"] = len(named)
    found["worker deaths"] = deaths
    return found


def _named_at(named: set[str], locator: str) -> list[str]:
    return [locator] if locator in named else [each for each in named if each.startswith(locator)]


class PeakMemory:
    """Watches a process and all that it starts: the peak resident size of the largest."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Bytes."""
        self._stopped.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._stopped.wait(0.2):
            for pid in descendants(self._pid):
                self._peak = max(self._peak, peak_bytes(pid))


def descendants(pid: int) -> list[int]:
    """Return a process and all that it started, as far as they live."""
    found = [pid]
    for each in found:
        try:
            for task in os.listdir(f"/proc/{each}/task"):
                found += map(int, Path(f"/proc/{each}/task/{task}/children").read_text().split())
        except OSError:
            continue
    return found


def peak_bytes(pid: int) -> int:
    """Return the most memory that a process has held."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


if __name__ == "__main__":
    main()

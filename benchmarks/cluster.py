"""A Dask cluster of two workers against two processes: time, memory of the scanning process, bytes on the wire, costs.

    python -m benchmarks.cluster                    all of it, one JSON object
    python -m benchmarks.cluster speed|memory|wire|costs

``speed``   one archive of pages and pictures of 480 x 360 pixels, scanned by turns with ``--jobs 2`` and on a
            cluster (scheduler and two workers are up) over loopback: seconds of reading, and of the whole scan.
            And once with ``--cluster local:2``, which starts and ends its workers itself.
``memory``  peak resident memory of the scanning process when all is read, for 2,000 small records and for 50,000,
            of the scheduler, a process of its own; and with ``--jobs 2``. Some MB are SQLite's page cache (16 MiB).
``wire``    bytes over the wire: all runs in a network namespace of its own, whose loopback interface counts what
            it sends (TCP/IP headers and acknowledgements included); needs to be root. A result passes it twice,
            to the scheduler and from there. What the cluster sends while idle for the same time is taken off.
``costs``   CPU time a record, of whoever reads and of the one that writes, by kind (of real pages and photographs
            too, where they are beside the checkout); bytes of a task and of its result; CPU time of each process
            for a task that does nothing.

Fails where reading on the cluster takes more than 1.3 times as long, or its memory grows by more.
"""

import argparse
import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from statistics import median

from benchmarks.measure import ROOT
from benchmarks.robustness import descendants, peak_bytes
from benchmarks.scan import make_pages, make_pictures
from benchmarks.warc import records as pages_and_pictures
from catalog.cluster.cluster import open_cluster
from catalog.match.match import Stage
from catalog.scan.readers.task import ReadTask, read_task
from catalog.scan.scan import ScanOptions, scan
from catalog.scan.writer import Writer
from catalog.store.catalogue import Catalogue
from media.archives.folder import FolderSource
from media.reading import Options, Reading
from media.record import Entry
from tests.clusters import DaskProcesses
from tests.containers import write
from tests.shared_data import SHARED

MOST_TIME = 1.3
MOST_MEMORY = 1.3
_PARTS = ("speed", "memory", "wire", "costs")
_TASKS = 3000
_BATCH = 100


class Clock:
    """Watches a scan: when reading begins and ends, what it cost this process until then, bytes sent."""

    def __init__(self) -> None:
        self.begun = self.cpu = self.reading_seconds = self.reading_cpu = 0.0
        self.peak_mb = self.records = self.tasks = self.sent = self.sent_bytes = 0

    def listing(self, found: int) -> None:
        pass

    def reading(self, total: int, total_bytes: int) -> None:
        self.begun, self.cpu, self.sent = time.monotonic(), time.process_time(), loopback_bytes()

    def read(self, readings: Sequence[Reading]) -> None:
        self.records += len(readings)
        self.tasks += 1
        self.reading_seconds = time.monotonic() - self.begun
        self.reading_cpu = time.process_time() - self.cpu
        self.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        self.sent_bytes = loopback_bytes() - self.sent

    def stage(self, name: Stage) -> None:
        pass


def loopback_bytes() -> int:
    """Return what the loopback interface of this network namespace has sent."""
    lines = Path("/proc/self/net/dev").read_text().splitlines()
    return next(int(line.split()[9]) for line in lines if line.split()[0] == "lo:")


def run_scan(source: Path, catalog: Path, cluster: str | None) -> dict[str, float]:
    """Scan with two processes, or on a cluster; figures of this process."""
    clock = Clock()
    started = time.monotonic()
    with (
        open_cluster(cluster, lambda line: None) if cluster else nullcontext() as opened,
        Catalogue.open(catalog) as catalogue,
    ):
        result = scan(catalogue, [source], ScanOptions(jobs=2), clock, opened)
    assert result.status == "complete" and not result.problems, result
    return {
        "records": clock.records,
        "tasks": clock.tasks,
        "reading_seconds": clock.reading_seconds,
        "reading_cpu_seconds": clock.reading_cpu,
        "seconds": time.monotonic() - started,
        "peak_mb": clock.peak_mb,
        "sent_bytes": clock.sent_bytes,
    }


def scan_apart(source: Path, catalog: Path, cluster: str | None) -> dict[str, float]:
    """Return the same in a process of its own."""
    catalog.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "benchmarks.cluster",
        "run",
        source,
        catalog,
        *([cluster] if cluster else []),
    ]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def measure_speed(folder: Path, count: int = 3000, repeats: int = 3) -> dict[str, object]:
    archive = folder / "archive"
    for name, data, _ in pages_and_pictures(count):
        write(archive / name, data)
    dask = start_dask(folder)
    try:
        scan_apart(archive, folder / "warm.db", dask.address)
        runs = [
            (
                scan_apart(archive, folder / "here.db", None),
                scan_apart(archive, folder / "there.db", dask.address),
            )
            for _ in range(repeats)
        ]
    finally:
        dask.close()
    started_here = scan_apart(archive, folder / "local.db", "local:2")
    figures: dict[str, object] = {"records": runs[0][0]["records"], "repeats": repeats}
    for name in ("reading_seconds", "seconds", "reading_cpu_seconds"):
        here, there = (median(run[place][name] for run in runs) for place in (0, 1))
        figures[name] = {"local": round(here, 2), "dask": round(there, 2), "ratio": round(there / here, 2)}
    figures["seconds_with_local:2"] = round(started_here["seconds"], 2)
    figures["tasks"] = {"local": runs[-1][0]["tasks"], "dask": runs[-1][1]["tasks"]}
    return figures


def measure_memory(folder: Path, counts: tuple[int, int] = (2_000, 50_000)) -> dict[str, object]:
    figures: dict[str, object] = {}
    peaks = []
    for count in counts:
        archive = make_small(folder / str(count), count)
        dask = start_dask(folder)
        try:
            run = scan_apart(archive, folder / f"{count}.db", dask.address)
            scheduler = peak_bytes(dask.scheduler.pid) >> 20
        finally:
            dask.close()
        peaks.append(run["peak_mb"])
        figures[f"{count:,} records"] = {
            "coordinator_peak_mb": run["peak_mb"],
            "scheduler_peak_mb": scheduler,
            "local_peak_mb": scan_apart(archive, folder / f"local-{count}.db", None)["peak_mb"],
            "reading_seconds": round(run["reading_seconds"], 1),
            "coordinator_cpu_ms_a_record": round(run["reading_cpu_seconds"] / run["records"] * 1e3, 3),
            "tasks": run["tasks"],
        }
    return figures | {"coordinator_ratio": round(peaks[1] / peaks[0], 2)}


def measure_wire(folder: Path, count: int = 1000) -> dict[str, object]:
    """In a network namespace: see :func:`main`."""
    figures: dict[str, object] = {}
    kinds = {"small texts": make_small(folder / "small", count)}
    for kind in ("text/html", "image/jpeg"):
        kinds[kind] = folder / kind.replace("/", "-")
        for name, data, its in pages_and_pictures(count * 2):
            if its == kind:
                write(kinds[kind] / name, data)
    dask = start_dask(folder)
    try:
        run_scan(kinds["small texts"], folder / "warm.db", dask.address)
        before, started = loopback_bytes(), time.monotonic()
        time.sleep(5)
        idle = (loopback_bytes() - before) / (time.monotonic() - started)
        for kind, archive in kinds.items():
            run = run_scan(archive, folder / f"{kind.replace('/', '-')}.db", dask.address)
            sent = run["sent_bytes"] - idle * run["reading_seconds"]
            figures[kind] = {
                "records": run["records"],
                "tasks": run["tasks"],
                "bytes_a_record": round(sent / count),
            }
    finally:
        dask.close()
    return figures | {"idle_bytes_a_second": round(idle)}


def measure_costs(folder: Path, count: int = 200) -> dict[str, object]:
    figures: dict[str, object] = {}
    for kind in ("text/html", "image/jpeg"):
        for name, data, its in pages_and_pictures(count * 2):
            if its == kind:
                write(folder / kind / name, data)
    if (SHARED / "data").is_dir():
        make_pictures(folder / "real/image/jpeg", count)
        make_pages(folder / "real/text/html", count)
    for archive in sorted(folder.glob("**/jpeg")) + sorted(folder.glob("**/html")):
        kind = str(archive.relative_to(folder))
        for parts in (False, True) if archive.name == "jpeg" else (True,):
            name = f"{kind}, {'with' if parts else 'without'} parts" if archive.name == "jpeg" else kind
            figures[name] = _cost(archive, folder / f"{len(figures)}.db", Options(parts=parts))
    return figures | {"a task that does nothing": _cost_of_nothing(folder)}


def _cost(archive: Path, catalog: Path, options: Options) -> dict[str, float]:
    source = FolderSource(archive)
    entries = [each for each in source.entries() if isinstance(each, Entry)]
    tasks = [
        ReadTask(1, source.ref, tuple(entries[start : start + _BATCH]), options)
        for start in range(0, len(entries), _BATCH)
    ]
    read_task(replace(tasks[0], entries=tasks[0].entries[:5]))  # imports what is imported late
    started = time.process_time()
    done = [read_task(task) for task in tasks]
    reading = time.process_time() - started
    packed = [pickle.dumps(each, protocol=5) for each in done]
    with Catalogue.open(catalog) as catalogue:
        catalogue.db.execute("INSERT INTO sources (id, uri, kind) VALUES (1, ?, 'folder')", [source.ref.uri])
        writer = Writer(catalogue, catalogue.begin_scan({}))
        started = time.process_time()
        for each in packed:
            writer.write(1, pickle.loads(each).readings)  # noqa: S301 - ours
        writing = time.process_time() - started
    return {
        "records": len(entries),
        "reader_cpu_ms_a_record": round(reading / len(entries) * 1e3, 2),
        "writer_cpu_ms_a_record": round(writing / len(entries) * 1e3, 3),
        "task_bytes_a_record": round(
            sum(len(pickle.dumps(task, protocol=5)) for task in tasks) / len(entries)
        ),
        "result_bytes_a_record": round(sum(map(len, packed)) / len(entries)),
        "catalogue_bytes_a_record": round(catalog.stat().st_size / len(entries)),
    }


def _cost_of_nothing(folder: Path) -> dict[str, float]:
    dask = DaskProcesses(folder)
    try:
        workers = dask.start_workers(2, sound=True)
        with open_cluster(dask.address, lambda line: None) as cluster:
            list(cluster.executor.map(abs, range(200)))
            watched = {
                "scheduler": [dask.scheduler.pid],
                "workers": descendants(workers.pid),
                "coordinator": [os.getpid()],
            }
            before = {name: sum(map(_cpu_seconds, pids)) for name, pids in watched.items()}
            list(cluster.executor.map(abs, range(_TASKS)))
            return {
                f"{name}_cpu_ms": round((sum(map(_cpu_seconds, pids)) - before[name]) / _TASKS * 1e3, 2)
                for name, pids in watched.items()
            }
    finally:
        dask.close()


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def make_small(folder: Path, count: int) -> Path:
    """Texts of one line, a thousand in a folder."""
    for number in range(count):
        write(folder / f"{number // 1000}/{number}.txt", b"BREST - The ferry sailed on time. %d" % number)
    return folder


def start_dask(folder: Path) -> DaskProcesses:
    dask = DaskProcesses(folder)
    dask.start_workers(2, sound=True)
    return dask


def measure_wire_apart() -> dict[str, object]:
    command = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    command += [sys.executable, "-m", "benchmarks.cluster", "wire-here"]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    figures: dict[str, object] = json.loads(done.stdout)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="*", help="speed, memory, wire, costs (all)")
    what = parser.parse_args().what
    if what and what[0] == "run":
        print(json.dumps(run_scan(Path(what[1]), Path(what[2]), what[3] if len(what) > 3 else None)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if what == ["wire-here"]:
            print(json.dumps(measure_wire(folder)))
            return
        figures: dict[str, dict[str, object]] = {}
        for part in what or _PARTS:
            (folder / part).mkdir()
            figures[part] = measure_wire_apart() if part == "wire" else _MEASURES[part](folder / part)
    print(json.dumps(figures, indent=1))
    if "speed" in figures:
        assert figures["speed"]["reading_seconds"]["ratio"] <= MOST_TIME  # type: ignore[index]
    if "memory" in figures:
        assert figures["memory"]["coordinator_ratio"] <= MOST_MEMORY  # type: ignore[operator]


_MEASURES = {"speed": measure_speed, "memory": measure_memory, "costs": measure_costs}


if __name__ == "__main__":
    main()

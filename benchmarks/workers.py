"""What matching by workers costs beside matching in one process: the same data, the same run, the same result.

    python -m benchmarks.workers captions --size 100000 --shared ../shared
    python -m benchmarks.workers whole --size 1000000 --memory-mb 512
    python -m benchmarks.workers parts --size 100000

``captions`` are those of :mod:`benchmarks.repeats`; the whole of finding repeats is measured, and the catalogues
compared row for row. ``whole`` and ``parts`` are the hashes and features of :mod:`benchmarks.scale`; the candidates
are compared pair for pair. Prints one JSON object: CPU seconds and peak memory of the one process; of the
coordinator, of the largest worker, and of every step (summed over its tasks); bytes of what workers share on disk.
The workers are processes of this machine without Dask: what Dask itself takes is in benchmarks/cluster.py.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import pickle
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import repeats, scale
from catalog.match.captions.repeats import update_repeats
from catalog.match.workers import Workers
from catalog.store.catalogue import Catalogue
from media.matching.pictures.pairs import WholeHashes, WholeIndex
from media.matching.pictures.part_index import find_parts
from media.matching.runner import HERE, Runner


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("captions", "whole", "parts"))
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--memory-mb", type=int, default=1024)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument(
        "--work", help="folder for catalogues and what workers share; a temporary one without"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        measure = measure_captions if options.what == "captions" else measure_candidates
        print(
            json.dumps(
                {"what": options.what, "size": options.size, **measure(options, Path(folder))}, indent=1
            )
        )


def apart(function: Callable[..., dict[str, Any]], *arguments: object) -> dict[str, Any]:
    """Return what a function gives in a process of its own, with its CPU seconds and peak memory."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_answer, args=(theirs, function, arguments))
    process.start()
    answer: dict[str, Any] = ours.recv()
    process.join()
    return answer


def _answer(answer: Any, function: Callable[..., dict[str, Any]], arguments: tuple[object, ...]) -> None:
    found = function(*arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    answer.send({"peak_mb": peak, **found})


# --- workers that say what they took


def _measured(notes: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> object:
    before = time.process_time()
    result = function(*arguments)
    (work, *_) = pickle.loads(arguments[1])  # noqa: S301 - our own
    note = {
        "stage": getattr(work, "func", work).__name__,
        "cpu_seconds": time.process_time() - before,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }
    with (Path(notes) / f"{os.getpid()}.jsonl").open("a") as file:
        file.write(json.dumps(note) + "\n")
    return result


@contextlib.contextmanager
def measured_workers(options: argparse.Namespace, folder: Path) -> Iterator[Workers]:
    notes, work = folder / "notes", folder / "work"
    notes.mkdir()
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(options.jobs, mp_context=context) as pool:

        def submit(function: Callable[..., Any], /, *arguments: Any) -> "Future[Any]":
            return pool.submit(_measured, str(notes), function, arguments)

        yield Workers(submit, work, at_once=3 * options.jobs, task_bytes=options.memory_mb << 20)


def work_mb(folder: Path) -> float:
    return round(sum(path.stat().st_size for path in (folder / "work").rglob("*") if path.is_file()) / 1e6, 1)


def notes_of(folder: Path) -> dict[str, object]:
    stages: dict[str, list[float]] = {}
    for file in (folder / "notes").iterdir():
        for line in file.read_text().splitlines():
            note = json.loads(line)
            stage = stages.setdefault(note["stage"], [0, 0.0, 0])
            stage[0] += 1
            stage[1] += note["cpu_seconds"]
            stage[2] = max(stage[2], note["peak_mb"])
    return {
        "workers_cpu_seconds": round(sum(seconds for _, seconds, _ in stages.values()), 1),
        "worker_peak_mb": max(peak for _, _, peak in stages.values()),
        "stages": {
            name: f"{tasks} tasks, {seconds:.1f} s, up to {peak} MB since the worker started"
            for name, (tasks, seconds, peak) in stages.items()
        },
    }


# --- captions


def measure_captions(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    archive, catalog = folder / "captions.jsonl", folder / "one.db"
    tool = options.shared / "tools" / "score_repeats.py"
    times = str(max(1, options.size // 20_000))
    data = str(options.shared / "data" / "repeats")
    repeats.run([sys.executable, str(tool), "make", "--data", data, "--out", str(archive), "--times", times])
    repeats.write(archive, catalog)
    other = Path(shutil.copy(catalog, folder / "other.db"))
    whole = apart(captions_in_one, catalog)
    parts = apart(captions_by_workers, other, options, folder)
    same = captions_found(catalog) == captions_found(other)
    return {"one_process": whole, "coordinator": parts, **notes_of(folder), "same_rows": same}


def captions_in_one(catalog: Path) -> dict[str, Any]:
    with Catalogue.open(catalog) as catalogue:
        started = time.process_time()
        update_repeats(catalogue)
        return {"cpu_seconds": round(time.process_time() - started, 1)}


def captions_by_workers(catalog: Path, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    with Catalogue.open(catalog) as catalogue, measured_workers(options, folder) as workers:
        started = time.process_time()
        update_repeats(catalogue, workers)
        return {"cpu_seconds": round(time.process_time() - started, 1), "shared_mb": work_mb(folder)}


def captions_found(catalog: Path) -> list[tuple[object, ...]]:
    with Catalogue.read(catalog) as catalogue:
        return [
            tuple(row)
            for table in ("caption_repeats", "caption_repeat_members")
            for row in catalogue.rows(f"SELECT * FROM {table} ORDER BY 1, 2")
        ]


# --- pictures


def measure_candidates(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    whole = apart(candidates_in_one, options)
    parts = apart(candidates_by_workers, options, folder)
    same = all(whole[name] == parts[name] for name in ("candidates", "checksum"))
    return {"one_process": whole, "coordinator": parts, **notes_of(folder), "same_pairs": same}


def draw(options: argparse.Namespace) -> tuple[WholeHashes, np.ndarray | None]:
    """Return the hashes of ``whole``; for ``parts`` fingerprints of blobs too, a row each, and hashes that
    are all apart.
    """
    random = np.random.default_rng(20260101)
    count = options.size
    low = np.zeros(count, dtype=bool)
    if options.what == "parts":
        phash = random.integers(0, 2**64, (count, 8), dtype=np.uint64)
        hashes = WholeHashes(phash, random.integers(0, 2**64, count, dtype=np.uint64), low)
        return hashes, scale.draw_archive(random, count, range(0, count - 1, 10))
    phash = scale.draw_phashes(random, count)
    chosen = random.permutation(count)[: count // 10 * 2].reshape(-1, 2)
    flips = np.uint64(1) << random.integers(0, 64, len(chosen), dtype=np.uint64)
    phash[chosen[:, 1], 0] = phash[chosen[:, 0], 0] ^ flips
    return WholeHashes(phash, random.integers(0, 2**64, count, dtype=np.uint64), low), None


def summed(pairs: np.ndarray) -> dict[str, int]:
    """How many distinct pairs, and what they add up to."""
    packed = np.unique(pairs[:, 0].astype(np.uint64) << np.uint64(32) | pairs[:, 1].astype(np.uint64))
    return {
        "candidates": len(packed),
        "checksum": int((packed * np.uint64(0x9E3779B97F4A7C15)).sum() >> np.uint64(1)),
    }


def candidates_in_one(options: argparse.Namespace, runner: Runner = HERE) -> dict[str, Any]:
    hashes, blobs = draw(options)
    started = time.process_time()
    if blobs is None:
        found = [
            np.stack([each.left, each.right], axis=1)
            for each in WholeIndex.of(hashes).candidates(runner=runner)
        ]
    else:
        found = [
            np.stack([each.left, each.right], axis=1)
            for each in find_parts(scale.stream_of(blobs), runner=runner)
        ]
    seconds = time.process_time() - started
    return {"cpu_seconds": round(seconds, 1), **summed(np.concatenate(found))}


def candidates_by_workers(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    with measured_workers(options, folder) as workers:
        return {**candidates_in_one(options, workers), "shared_mb": work_mb(folder)}


if __name__ == "__main__":
    main()

"""What matching in partitions costs beside matching in one process: the same data, the same run, the same result.

    python -m benchmarks.partitioned captions --size 100000 --shared ../shared
    python -m benchmarks.partitioned whole --size 1000000 --memory-mb 512
    python -m benchmarks.partitioned parts --size 100000

``captions`` are those of :mod:`benchmarks.repeats`; the whole of finding repeats is measured, and the catalogues
compared row for row. ``whole`` and ``parts`` are the hashes and features of :mod:`benchmarks.scale`; the candidates
are compared pair for pair. Prints one JSON object: CPU seconds and peak memory of the one process; of the
coordinator, of the largest worker, and of every stage (summed over its tasks); bytes of partitions on disk.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import repeats, scale
from catalog.match.captions.repeats import renew_repeats, update_repeats
from catalog.match.partitions.means import Means
from catalog.match.partitions.run import StageTask, Workers, local_pool
from catalog.match.pictures import partitioned as picture_matching
from catalog.match.pictures.partition_tasks import PHASHES, candidate_stages, class_stages
from catalog.store.catalogue import Catalogue
from media.matching.pictures.pairs import WholeHashes, WholeIndex
from media.matching.pictures.part_index import find_parts


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("captions", "whole", "parts"))
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--memory-mb", type=int, default=1024)
    parser.add_argument("--parts", type=int, help="partitions, rather than as many as the memory asks for")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--work", help="folder for catalogues and partitions; a temporary one without")
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


class Measured(Executor):
    """Notes what each task took, in a folder."""

    def __init__(self, inner: Executor, notes: Path) -> None:
        self._inner, self._notes = inner, notes

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> "Future[Any]":
        return self._inner.submit(_measured, str(self._notes), fn, args)


def _measured(notes: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> object:
    before = time.process_time()
    result = function(*arguments)
    task = arguments[0]
    stage = task.function if isinstance(task, StageTask) else function
    note = {
        "stage": getattr(stage, "func", stage).__name__,
        "cpu_seconds": time.process_time() - before,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }
    with (Path(notes) / f"{os.getpid()}.jsonl").open("a") as file:
        file.write(json.dumps(note) + "\n")
    return result


@contextlib.contextmanager
def measured_means(options: argparse.Namespace, folder: Path) -> Iterator[Means]:
    notes = folder / "notes"
    notes.mkdir()
    (folder / "partitions").mkdir()

    @contextlib.contextmanager
    def pool() -> Iterator[Executor]:
        with local_pool(options.jobs) as inner:
            assert isinstance(inner, ProcessPoolExecutor)
            yield Measured(inner, notes)

    with Workers(pool, 3 * options.jobs) as workers:
        yield Means(workers, folder / "partitions", options.memory_mb << 20, options.parts)


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
    parts = apart(captions_in_parts, other, options, folder)
    same = captions_found(catalog) == captions_found(other)
    return {"one_process": whole, "coordinator": parts, **notes_of(folder), "same_rows": same}


def captions_in_one(catalog: Path) -> dict[str, Any]:
    with Catalogue.open(catalog) as catalogue:
        started = time.process_time()
        update_repeats(catalogue)
        return {"cpu_seconds": round(time.process_time() - started, 1)}


def captions_in_parts(catalog: Path, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    with Catalogue.open(catalog) as catalogue, measured_means(options, folder) as means:
        started = time.process_time()
        renew_repeats(catalogue, means)
        return {
            "cpu_seconds": round(time.process_time() - started, 1),
            "partitions_mb": round(means.work_bytes / 1e6, 1),
        }


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
    parts = apart(candidates_in_parts, options, folder)
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


def candidates_in_one(options: argparse.Namespace) -> dict[str, Any]:
    hashes, blobs = draw(options)
    started = time.process_time()
    found = []
    if blobs is None:
        found = [np.stack([each.left, each.right], axis=1) for each in WholeIndex.of(hashes).candidates()]
    else:
        found = [np.stack([each.left, each.right], axis=1) for each in find_parts(scale.stream_of(blobs))]
    seconds = time.process_time() - started
    return {"cpu_seconds": round(seconds, 1), **summed(np.concatenate(found))}


def candidates_in_parts(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    hashes, blobs = draw(options)
    with measured_means(options, folder) as means:
        plan = picture_matching.plan_pictures(options.size, means)
        room = means.room("pictures")
        room.clear()
        for shard in range(plan.shards):
            here = slice(shard * plan.pictures_a_shard, (shard + 1) * plan.pictures_a_shard)
            count = len(hashes.low[here])
            values = [None] * count if blobs is None else [row.tobytes() for row in blobs[here]]
            columns = {name: np.ascontiguousarray(hashes.phash[here, at]) for at, name in enumerate(PHASHES)}
            room.write(
                "pictures",
                shard,
                {**columns, "dhash": hashes.dhash[here], "low": hashes.low[here], "blobs": binary(values)},
            )
        del hashes, blobs
        started = time.process_time()
        written: dict[str, float] = {}
        for stage in class_stages(plan):
            stage.run(room, means.workers)
        low = room.read("classes", columns=["low"]).numbers("low")
        for stage in candidate_stages(plan, len(low), int((~low).sum())):
            if options.what == "parts" and stage.name == "join_whole":
                continue
            if options.what == "whole" and stage.name == "gather_blobs":
                break
            stage.run(room, means.workers)
            written[stage.name] = round(room.byte_size() / 1e6, 1)
        seconds = time.process_time() - started
        datasets = ("whole_within", "whole") if options.what == "whole" else ("parts",)
        tables = [room.read(dataset) for dataset in datasets]
        pairs = np.concatenate(
            [np.stack([rows.numbers("left"), rows.numbers("right")], axis=1) for rows in tables]
        )
        return {
            "cpu_seconds": round(seconds, 1),
            "shards": plan.shards,
            "shards_held": plan.shards_held,
            "partitions_mb_after": written,
            **summed(pairs),
        }


def binary(values: list[bytes | None]) -> object:
    import pyarrow

    return pyarrow.array(values, pyarrow.binary())


if __name__ == "__main__":
    main()

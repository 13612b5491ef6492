"""Runs the reading of records: in worker processes, any of which may die without harm to the rest."""

import multiprocessing
import os
import resource
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import connection
from pathlib import Path

from media.media_type import IMAGE_NAMES
from media.reading import (
    PASS_BYTES_PER_SECOND,
    UNKNOWN,
    Care,
    Options,
    Reading,
    read_members,
    read_records,
)
from media.record import Entry, Problem, Record
from media.sources.container import Span
from media.sources.opening import open_source
from media.sources.source import SourceRef

_TASKS_PER_WORKER = 3
"""In flight at once: enough that no worker waits, few enough that memory stays flat."""

_DEATHS = 50
"""Workers that one task may end before all that is left of it is given up."""


@dataclass(frozen=True, slots=True)
class ReadTask:
    """A small batch of records of one source, or a span of a container: what travels to a worker."""

    source_id: int
    source: SourceRef
    entries: tuple[Entry, ...]
    """Of a span: the container, alone."""
    options: Options
    span: Span | None = None
    place: tuple[int, int] | None = None
    """Of a span: its container's record id, and its number among the container's spans."""
    without: frozenset[str] = frozenset()
    """Locators of records that ended a worker, and are not read again."""
    trace: str | None = None
    """Path of a file in which the worker notes the record in hand, so that it is known if it dies."""


def read_task(task: ReadTask) -> list[Reading]:
    """Read the records of a task; the worker opens the source itself."""
    source = open_source(task.source)
    seconds = task.options.limits.seconds
    care = Care(task.without)
    if task.trace:
        care = replace(care, on_member=partial(_note, task.trace))
    readings: list[Reading] = []
    for entry in task.entries:
        if entry.locator in task.without:
            continue
        care.on_member(entry.locator)
        _limit_processor_time(seconds, entry.byte_size)
        if task.span is None:
            found = read_records(source, entry, task.options, care)
        else:
            found = read_members(source, entry, task.span, task.options, care)
        for reading in found:
            readings.append(reading)
            _limit_processor_time(seconds)
    return readings


def run_tasks(take: Callable[[], ReadTask | None], jobs: int) -> Iterator[tuple[ReadTask, list[Reading]]]:
    """Run tasks as workers get free, yielding each with what it gave, in the order of finishing.

    :param take: gives the next task; None while there is none, which may change with what is yielded.
    :param jobs: worker processes; 0 reads in this process, where a crash is not survived.
    """
    if jobs == 0:
        while (task := take()) is not None:
            yield task, read_task(task)
        return
    first = take()
    if first is None:
        return
    pool = _pool(jobs, first)
    running = {pool.submit(read_task, first): first}
    try:
        while True:
            while len(running) < jobs * _TASKS_PER_WORKER and (new := take()) is not None:
                running[pool.submit(read_task, new)] = new
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            broken: list[ReadTask] = []
            for future in done:
                task = running.pop(future)
                try:
                    readings = future.result()
                except BrokenProcessPool:
                    broken.append(task)
                else:
                    yield task, readings
            if broken:
                broken += running.values()
                running.clear()
                pool.shutdown(cancel_futures=True)
                for task in broken:
                    yield task, _run_alone(task)
                pool = _pool(jobs, broken[0])
    finally:
        pool.shutdown(cancel_futures=True)


def _run_alone(task: ReadTask) -> list[Reading]:
    """Run a task that was in flight when a worker died, until what ends its worker is left out."""
    lost: dict[str, Reading] = {}
    with tempfile.NamedTemporaryFile(prefix="cutline-") as trace:
        for _ in range(_DEATHS):
            os.truncate(trace.name, 0)
            with _pool(1, task) as pool:
                try:
                    alone = replace(task, without=frozenset(lost), trace=trace.name)
                    readings = pool.submit(read_task, alone).result()
                except BrokenProcessPool:
                    culprit = Path(trace.name).read_bytes().decode(errors="replace")
                    if not culprit or culprit in lost:
                        break
                    lost[culprit] = _lost(task, culprit)
                else:
                    # A container's own reading says that all its members are in: it comes last.
                    return [*lost.values(), *readings]
    return [*lost.values(), *(_lost(task, entry.locator) for entry in task.entries)]


def _lost(task: ReadTask, locator: str) -> Reading:
    problem = Problem(
        locator,
        "read",
        "reading it ended the worker process (out of memory, out of time, or a fault in a decoder)",
        "Look at the file; scan it alone, with more memory or a longer --record-seconds.",
    )
    for entry in task.entries:
        if entry.locator == locator:
            record = Record(locator, UNKNOWN, entry.byte_size, None, None, entry.inode)
            return Reading(record, problems=(problem,))
    around = [entry.locator for entry in task.entries if locator.startswith(entry.locator)]
    record = Record(locator, UNKNOWN, 0, None, None, container=max(around, key=len, default=None))
    return Reading(record, problems=(problem,))


def _note(path: str, locator: str) -> None:
    Path(path).write_bytes(locator.encode(errors="replace"))


def _pool(jobs: int, task: ReadTask) -> ProcessPoolExecutor:
    """Workers that have imported, once and not once a worker, what tasks like this one need."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["catalog.executors", *_modules_for(task)])
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker)


def _modules_for(task: ReadTask) -> Iterator[str]:
    names = [entry.locator for entry in task.entries]
    pictures = [name for name in names if IMAGE_NAMES.search(name)]
    if pictures or task.span is not None:
        yield from ("media.images.read", "scipy.fftpack")  # imagehash imports SciPy on first use
        if task.options.parts:
            yield "media.fingerprints.local"
    if len(pictures) < len(names):
        yield from ("media.articles.html", "media.articles.text", "media.captions.normalise")


def _start_worker() -> None:
    """Leave Ctrl-C to the scanner, and never outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_with, args=(parent.sentinel,), daemon=True).start()


def _exit_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _limit_processor_time(seconds: float, byte_size: int = 0) -> None:
    """Have the system end this worker where a decoder holds on long past its record's time.

    The time limit inside :func:`media.reading.read_record` interrupts Python only; a hang within C
    code is ended here (SIGXCPU), and costs its record.
    """
    if seconds <= 0 or multiprocessing.parent_process() is None:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    limit = int(used + 3 * seconds + 10 + byte_size / PASS_BYTES_PER_SECOND)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))

"""Runs the reading of records: in worker processes, any of which may die without harm to the rest."""

import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import connection

from media.reading import Options, Reading, read_record
from media.record import Entry, Problem, Record
from media.sources.opening import open_source
from media.sources.source import SourceRef

_TASKS_PER_WORKER = 3
"""In flight at once: enough that no worker waits, few enough that memory stays flat."""


@dataclass(frozen=True, slots=True)
class ReadTask:
    """A small batch of records of one source: what travels to a worker."""

    source_id: int
    source: SourceRef
    entries: tuple[Entry, ...]
    options: Options


def read_task(task: ReadTask) -> list[Reading]:
    """Read the records of a task; the worker opens the source itself."""
    source = open_source(task.source)
    readings = []
    for entry in task.entries:
        _limit_processor_time(task.options.limits.seconds)
        readings.append(read_record(source, entry, task.options))
    return readings


def run_tasks(tasks: Iterable[ReadTask], jobs: int) -> Iterator[tuple[ReadTask, list[Reading]]]:
    """Run tasks as workers get free, yielding each with what it gave, in the order of finishing.

    :param jobs: worker processes; 0 reads in this process, where a crash is not survived.
    """
    if jobs == 0:
        for task in tasks:
            yield task, read_task(task)
        return
    waiting = iter(tasks)
    running: dict[Future[list[Reading]], ReadTask] = {}
    pool = _pool(jobs)
    try:
        while True:
            while len(running) < jobs * _TASKS_PER_WORKER and (new := next(waiting, None)) is not None:
                running[pool.submit(read_task, new)] = new
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            broken: list[ReadTask] = []
            for future in done:
                task = running.pop(future)
                try:
                    yield task, future.result()
                except BrokenProcessPool:
                    broken.append(task)
            if broken:
                broken += running.values()
                running.clear()
                pool.shutdown(cancel_futures=True)
                for task in broken:
                    yield from _run_alone(task)
                pool = _pool(jobs)
    finally:
        pool.shutdown(cancel_futures=True)


def _run_alone(task: ReadTask) -> Iterator[tuple[ReadTask, list[Reading]]]:
    """Run a task that was in flight when a worker died, halving it until the one record is found."""
    with _pool(1) as pool:
        try:
            yield task, pool.submit(read_task, task).result()
            return
        except BrokenProcessPool:
            pass
    if len(task.entries) == 1:
        yield task, [_lost(task.entries[0])]
        return
    middle = len(task.entries) // 2
    yield from _run_alone(replace(task, entries=task.entries[:middle]))
    yield from _run_alone(replace(task, entries=task.entries[middle:]))


def _lost(entry: Entry) -> Reading:
    problem = Problem(
        entry.locator,
        "read",
        "reading it ended the worker process (out of memory, out of time, or a fault in a decoder)",
        "Look at the file; scan it alone, with more memory or a longer --record-seconds.",
    )
    record = Record(entry.locator, "application/octet-stream", entry.byte_size, None, None, entry.inode)
    return Reading(record, problems=(problem,))


def _pool(jobs: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["media.reading"])
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker)


def _start_worker() -> None:
    """Leave Ctrl-C to the scanner, and never outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_with, args=(parent.sentinel,), daemon=True).start()


def _exit_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _limit_processor_time(seconds: float) -> None:
    """Have the system end this worker where a decoder holds on long past its record's time.

    The time limit inside :func:`media.reading.read_record` interrupts Python only; a hang within C
    code is ended here (SIGXCPU), and costs its record.
    """
    if seconds <= 0 or multiprocessing.parent_process() is None:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    limit = int(used + 3 * seconds + 10)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))

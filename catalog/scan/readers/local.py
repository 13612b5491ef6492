"""Crews on this machine."""

import pickle
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from catalog.scan.readers.crew import Crew, TryAgain
from catalog.scan.readers.guard import Readers, fork_reader
from catalog.scan.readers.task import Done, ReadTask, read_task


@contextmanager
def local_crew(jobs: int) -> Iterator[Crew]:
    """Open a crew of ``jobs`` reader processes; 0 reads in this process, which then does not survive a crash."""
    if jobs == 0:
        yield InProcess()
        return
    readers = Readers(fork_reader)
    threads = ThreadPoolExecutor(jobs, thread_name_prefix="reader")
    try:
        yield Processes(jobs, readers, threads)
    finally:
        readers.close()
        threads.shutdown(cancel_futures=True)


class InProcess:
    """Reads in the scan's process, one task at a time."""

    def slots(self) -> int:
        return 1

    def submit(self, task: ReadTask) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(read_task(task))
        return future

    def outcome(self, future: Future[Any]) -> Done:
        done: Done = future.result()
        return done

    def tend(self, stopped: Callable[[], bool]) -> bool:
        return False

    def wind_up(self, running: Collection[Future[Any]]) -> None:
        pass


class Processes:
    """A reader process for each of some threads."""

    def __init__(self, jobs: int, readers: Readers, threads: ThreadPoolExecutor) -> None:
        self._jobs = jobs
        self._readers = readers
        self._threads = threads

    def slots(self) -> int:
        return self._jobs

    def submit(self, task: ReadTask) -> Future[Any]:
        return self._threads.submit(self._readers.read, task)

    def outcome(self, future: Future[Any]) -> Done:
        try:
            return unpack(future.result())
        except CancelledError:
            raise TryAgain from None

    def tend(self, stopped: Callable[[], bool]) -> bool:
        return False

    def wind_up(self, running: Collection[Future[Any]]) -> None:
        for future in running:
            future.cancel()  # Those that have not begun.


def unpack(packed: bytes) -> Done:
    """Return the result of a task, with its size."""
    done: Done = pickle.loads(packed)  # noqa: S301 - from a process of ours
    return replace(done, byte_size=len(packed))

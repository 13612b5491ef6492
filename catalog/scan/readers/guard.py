"""Reads tasks in reader processes, any of which may die: the record that ends one is found, and left out.

This works the same in the threads of a scan on one machine and in those of a Dask worker.
"""

import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection

from catalog.errors import CatalogError
from catalog.scan.readers.reader import NOTE, serve
from catalog.scan.readers.task import Done, ReadTask, lost
from media.formats import names_of
from media.readers import Reading

_STARTS = 3
"""Attempts before the scan reports that readers cannot be started."""
_DEATHS = 50
"""Readers that one task may end before the rest of it is given up."""


_SETTINGS = {
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(128 << 20),
    "OPENBLAS_NUM_THREADS": "1",
}
"""Environment variables of readers. The GNU C library keeps freed memory: else it returns that of each picture to the
system, which clears it for the next picture (750 page faults, 1 ms of 10). NumPy starts no threads: products of small
matrices, of which :mod:`media.pictures.making` takes many, took ten times as long."""


class ReaderDied(Exception):
    """A reader ended before it returned a result."""

    def __init__(self, last: str | None) -> None:
        super().__init__(last)
        self.last = last
        """Locator of the record that it was reading, if it reported one."""


class NoReaders(CatalogError):
    """Reader processes end before they read anything: no record is the cause."""


class ReadersClosed(Exception):
    """The readers were closed while one was reading."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader process, as seen by its parent."""

    connection: Connection
    kill: Callable[[], None]

    def ask(self, task: ReadTask, *, traced: bool = False) -> bytes:
        """Return the result of the task: a :class:`Done`, pickled.

        :raises ReaderDied: the process ended.
        """
        last: str | None = None
        try:
            self.connection.send((task, traced))
            while (message := self.connection.recv_bytes())[:1] == NOTE:
                last = message[1:].decode(errors="surrogatepass")
        except (EOFError, OSError) as error:
            self.end()
            raise ReaderDied(last) from error
        return message[1:]

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self.kill()
        with suppress(OSError):
            self.connection.close()


def fork_reader(task: ReadTask) -> Reader:
    """Return a reader forked from a server that has imported, once for all, what tasks like this one need."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["catalog.scan.readers.reader", *modules_for(task)])
    ours, its = context.Pipe()
    process = context.Process(target=serve, args=(its,), daemon=True)
    process.start()
    its.close()

    def kill() -> None:
        process.kill()
        process.join()

    return Reader(ours, kill)


def modules_for(task: ReadTask) -> Iterator[str]:
    """Yield the modules that reading the records of a task imports, judged by the records' names."""
    names = [entry.locator for entry in task.entries]
    pictures = [name for name in names if names_of("picture").search(name)]
    if pictures or task.span is not None:
        yield from (
            "media.pictures.read",
            "scipy.fft",
            "scipy.fftpack",
        )  # ImageHash imports the last on first use.
        if task.options.parts:
            yield "media.pictures.local_features"
    if len(pictures) < len(names):
        yield from ("media.articles.json_page", "media.articles.text.read", "media.captions.key")


def spawn_reader(task: ReadTask | None = None) -> Reader:
    """Return a reader started as a command, which imports what it needs with its first task.

    Dask's workers are daemons, which :mod:`multiprocessing` grants no child.
    """
    ours, its = multiprocessing.Pipe()
    command = [sys.executable, "-P", "-m", "catalog.scan.readers.reader", str(its.fileno())]
    process = subprocess.Popen(  # noqa: S603
        command,
        pass_fds=(its.fileno(),),
        stdin=subprocess.DEVNULL,
        # It imports the same modules as this process, and none from the worker's current folder.
        env=_SETTINGS | os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    its.close()

    def kill() -> None:
        process.kill()
        process.wait()

    return Reader(ours, kill)


class Readers:
    """A reader for each thread that asks; readers are kept, and replaced when they die."""

    def __init__(self, start: Callable[[ReadTask], Reader]) -> None:
        self._start = start
        self._idle: deque[Reader] = deque()
        self._busy: set[Reader] = set()
        self._gate = _Gate()
        self._closed = False

    def read(self, task: ReadTask) -> bytes:
        """Read a task and return a pickled :class:`Done`; a record that ends its reader becomes a problem.

        :raises ReadersClosed: they were closed meanwhile.
        """
        with self._gate.beside_others(), suppress(ReaderDied):
            return self._ask(task)
        # Memory may have been short because several large pictures were read at once: read it alone now.
        with self._gate.alone():
            return self._read_alone(task)

    def close(self) -> None:
        """End all readers, also those that are reading."""
        self._closed = True
        for reader in (*self._busy, *self._idle):
            reader.end()
        self._idle.clear()

    def _ask(self, task: ReadTask, *, traced: bool = False) -> bytes:
        if self._closed:
            raise ReadersClosed
        try:
            reader = self._idle.pop()
        except IndexError:
            reader = None
        reader = reader or self._begin(task)
        self._busy.add(reader)
        try:
            result = reader.ask(task, traced=traced)
        except ReaderDied:
            if self._closed:
                raise ReadersClosed from None
            raise
        finally:
            self._busy.discard(reader)
        self._idle.append(reader)
        return result

    def _begin(self, task: ReadTask) -> Reader:
        for _ in range(_STARTS):
            reader = self._start(task)
            with suppress(EOFError, OSError):
                reader.connection.recv_bytes()
                return reader
            reader.end()
        raise NoReaders(
            "worker processes end as soon as they are started. See what they say above, and whether memory is short."
        )

    def _read_alone(self, task: ReadTask) -> bytes:
        """Read a task that ended a reader again, until the records that end readers are left out."""
        while self._idle:
            self._idle.pop().end()
        gone: dict[str, Reading] = {}
        for _ in range(_DEATHS):
            try:
                result = self._ask(replace(task, without=task.without | frozenset(gone)), traced=True)
            except ReaderDied as death:
                if death.last is None or death.last in gone:
                    break
                gone[death.last] = lost(task, death.last)
                continue
            if not gone:
                return result
            done: Done = pickle.loads(result)  # noqa: S301 - from a process of ours
            # A container's own reading means that all its members are read, so it comes last.
            return pickle.dumps(replace(done, readings=[*gone.values(), *done.readings]), protocol=5)
        rest = [lost(task, entry.locator) for entry in task.entries]
        return pickle.dumps(Done([*gone.values(), *rest], 0.0), protocol=5)


class _Gate:
    """A lock that admits many at once, or one alone."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._taken = False

    @contextmanager
    def beside_others(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._taken)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._taken)
            self._taken = True
            self._changed.wait_for(lambda: not self._inside)
        try:
            yield
        finally:
            with self._changed:
                self._taken = False
                self._changed.notify_all()

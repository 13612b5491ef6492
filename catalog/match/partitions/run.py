"""Runs tasks on the workers of an executor, any of which may die: what it had in hand is run again."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from multiprocessing import connection
from typing import Generic, Self, TypeVar

from catalog.errors import CatalogError
from catalog.match.partitions.files import Room
from media import __version__

_ATTEMPTS = 5
"""Deaths of workers with one task in hand before it is held for its fault."""

_LOOK_SECONDS = 2.0
"""How often the connection is looked at."""

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


class WorkersLost(CatalogError):
    """The workers die, or are not to be used."""


class Workers:
    """Workers that run functions. Use it as a context; ``open_executor`` opens an executor, anew if it breaks.

    :param at_once: tasks that are with the executor at one time.
    :param connection: gives another object after whatever was submitted has been lost for good.
    """

    def __init__(
        self,
        open_executor: Callable[[], AbstractContextManager[Executor]],
        at_once: int,
        connection: Callable[[], object] = lambda: None,
    ) -> None:
        self._open = open_executor
        self._at_once = at_once
        self._connection = connection
        self._stack = ExitStack()
        self._executor: Executor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()
        self._executor = None

    def run(
        self, function: Callable[[_Task], _Result], tasks: Iterable[_Task]
    ) -> Iterator[tuple[_Task, _Result]]:
        """Each task with what the function gives for it, in the order of finishing.

        :raises WorkersLost: a task has ended its worker time and again.
        """
        waiting = iter(tasks)
        again: list[_Try[_Task]] = []
        running: dict[Future[_Result], _Try[_Task]] = {}
        try:
            while True:
                while len(running) < self._at_once:
                    task = again.pop() if again else _next(waiting)
                    if task is None:
                        break
                    running[self._submit(function, task)] = task
                if not running:
                    return
                done = self._wait(running)
                lost: list[_Try[_Task]] = []
                for future in done:
                    task = running.pop(future)
                    try:
                        result = future.result()
                    except Exception as error:
                        if not _is_death(error):
                            raise
                        lost.append(task)
                    else:
                        yield task.task, result
                if lost:
                    again += self._after_death(lost, running)
        finally:
            for future in running:
                future.cancel()

    def _wait(self, running: "dict[Future[_Result], _Try[_Task]]") -> "set[Future[_Result]]":
        before = self._connection()
        while True:
            done, _ = wait(running, _LOOK_SECONDS, return_when=FIRST_COMPLETED)
            lost = any(map(_is_cancelled, done))
            if lost or self._connection() is not before:
                raise WorkersLost(
                    "The connection to the cluster was lost. Run the same command again when it is back: what its"
                    " workers did is kept, and the catalogue is unchanged."
                )
            if done:
                return done

    def _submit(self, function: Callable[[_Task], _Result], task: "_Try[_Task]") -> "Future[_Result]":
        for _ in range(_ATTEMPTS):
            if self._executor is None:
                self._executor = self._stack.enter_context(self._open())
            try:
                return self._executor.submit(function, task.task)
            except BrokenExecutor:
                self._break()
        raise WorkersLost("The worker processes end as soon as they start. Look at the memory that is free.")

    def _after_death(
        self, lost: "list[_Try[_Task]]", running: "dict[Future[_Result], _Try[_Task]]"
    ) -> "list[_Try[_Task]]":
        """Return what is to be run again; a process pool that lost a worker has lost all that was in
        flight.
        """
        for each in lost:
            each.deaths += 1
            if each.deaths >= _ATTEMPTS:
                raise WorkersLost(
                    f"Workers died {_ATTEMPTS} times on one part of the matching, most likely out of memory."
                    " Give more with --memory, or fewer --jobs, and run again; the catalogue is unchanged."
                )
        if isinstance(self._executor, ProcessPoolExecutor):
            lost = [*lost, *running.values()]
            running.clear()
            self._break()
        return lost

    def _break(self) -> None:
        self._stack.close()
        self._executor = None


@dataclass(slots=True)
class _Try(Generic[_Task]):
    task: _Task
    deaths: int = 0


def _next(tasks: Iterator[_Task]) -> _Try[_Task] | None:
    for task in tasks:
        return _Try(task)
    return None


def _is_cancelled(future: "Future[_Result]") -> bool:
    """Whether it was cancelled and not by us: its cluster has forgotten it."""
    return future.cancelled() or isinstance(future.exception(), CancelledError)


def _is_death(error: Exception) -> bool:
    """Whether a worker died, by whatever name the executor has for it."""
    return isinstance(error, BrokenExecutor) or type(error).__name__ in (
        "KilledWorker",
        "CommClosedError",
        "FutureCancelledError",
    )


OnStep = Callable[[str, int, int], None]
"""Told of a stage: its name, tasks done, and tasks in all."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a plan: a number of tasks that know nothing of one another."""

    name: str
    function: Callable[[Room, int], None]
    """Reads datasets, and writes a file into each of ``outputs``."""
    tasks: int
    outputs: tuple[str, ...]
    spent: tuple[str, ...] = ()
    """Datasets that nobody reads after this."""

    def run(self, room: Room, workers: Workers, on_step: OnStep = lambda name, done, tasks: None) -> None:
        """Run what is not done yet; ``on_step`` is told after each task."""
        if room.is_done(self.name):
            return
        open_tasks = (
            StageTask(self.function, room, number, __version__)
            for number in range(self.tasks)
            if not all(room.has(dataset, number) for dataset in self.outputs)
        )
        for done, _ in enumerate(workers.run(run_stage_task, open_tasks), 1):
            on_step(self.name, done, self.tasks)
        room.finish(self.name, self.spent)


@dataclass(frozen=True, slots=True)
class StageTask:
    function: Callable[[Room, int], None]
    room: Room
    number: int
    version: str


def run_stage_task(task: StageTask) -> None:
    """Run one task of a stage; this is what workers call."""
    if task.version != __version__:
        raise WorkersLost(
            f"A worker has cutline {__version__}, this is {task.version}. Install one version on every machine."
        )
    task.room.check_seen()
    task.function(task.room, task.number)


def local_pool(jobs: int) -> AbstractContextManager[Executor]:
    """Return a pool of processes of this machine."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["catalog.match.captions.partition_tasks", "catalog.match.pictures.partition_tasks"]
    )
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_start)


def _start() -> None:
    """Leave Ctrl-C to the coordinator, and never outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_with, args=(parent.sentinel,), daemon=True).start()


def _exit_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)

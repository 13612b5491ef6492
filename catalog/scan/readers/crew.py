"""The interface of a crew, which reads the tasks of a scan, on this machine or a cluster."""

from collections.abc import Callable, Collection
from concurrent.futures import Future
from typing import Any, Protocol

from catalog.scan.readers.task import Done, ReadTask


class WorkerDied(Exception):
    """The workers of a task died too often: the task, or one that ran beside it, may be the cause."""


class TryAgain(Exception):
    """A task failed for a reason outside it and is to be run again."""


class Crew(Protocol):
    """Reads tasks."""

    def slots(self) -> int:
        """Return the number of tasks that it can read at one time, now."""
        ...

    def submit(self, task: ReadTask) -> Future[Any]:
        """Begin a task, now or when a reader is free."""
        ...

    def outcome(self, future: Future[Any]) -> Done:
        """Return the result of a finished task.

        :raises WorkerDied: it may be what ends workers.
        :raises TryAgain: it is to be submitted again.
        """
        ...

    def tend(self, stopped: Callable[[], bool]) -> bool:
        """Wait until the crew can work; return True if the tasks in flight were lost.

        :raises catalog.errors.ClusterUnusable: it cannot any more.
        """
        ...

    def wind_up(self, running: Collection[Future[Any]]) -> None:
        """Cancel tasks that need not be finished, since the scan is to stop."""
        ...

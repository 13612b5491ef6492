"""A crew: whoever reads the tasks of a scan, here or elsewhere."""

from collections.abc import Callable, Collection
from concurrent.futures import Future
from typing import Any, Protocol

from catalog.scan.readers.task import Done, ReadTask


class WorkerDied(Exception):
    """Whoever ran a task died, as often as that may happen: it, or one that ran beside it, may be the cause."""


class TryAgain(Exception):
    """A task gave nothing through no fault of its own."""


class Crew(Protocol):
    """Reads tasks."""

    def slots(self) -> int:
        """How many tasks it can read at one time, now."""
        ...

    def submit(self, task: ReadTask) -> Future[Any]:
        """Begin a task, now or when somebody is free."""
        ...

    def outcome(self, future: Future[Any]) -> Done:
        """Return what a task that is done gave.

        :raises WorkerDied: it may be what ends workers.
        :raises TryAgain: it is to be submitted again.
        """
        ...

    def tend(self, stopped: Callable[[], bool]) -> bool:
        """See that the crew can work, and wait until it can; True: what was in flight is lost.

        :raises catalog.errors.ClusterUnusable: it cannot any more.
        """
        ...

    def wind_up(self, running: Collection[Future[Any]]) -> None:
        """Cancel what need not be waited for: the scan is to stop."""
        ...

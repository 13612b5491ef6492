"""Runs the tasks of a match: in this process, one after the other, or by a runner.

A task knows nothing of others. One process is one share of everything; a runner with more of them gets the same
functions with more tasks, and gives the same results.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Protocol, TypeVar

_Value = TypeVar("_Value")
_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


class Runner(Protocol):
    """Runs the tasks of a match."""

    @property
    def shares(self) -> int:
        """Into how many tasks is cut what can be cut at will."""
        ...

    @property
    def task_bytes(self) -> int | None:
        """Memory of a task in bytes; None: tasks run in this process without a limit."""
        ...

    def share(self, name: str, value: _Value) -> Callable[[], _Value]:
        """Return how tasks get at a dataclass of arrays."""
        ...

    def run(
        self,
        name: str,
        function: Callable[[_Task], Iterable[_Result]],
        tasks: Iterable[_Task],
        keep: type[_Result] | None = None,
    ) -> Iterator[_Result]:
        """Yield the results of the function for each task, in the order of the tasks.

        :param keep: keep results of this type, which take long to compute: an interrupted match continues from them.
        """
        ...


class Here:
    """Runs tasks in this process, each when its result is asked for."""

    shares = 1
    task_bytes: int | None = None

    def share(self, name: str, value: _Value) -> Callable[[], _Value]:
        return lambda: value

    def run(
        self,
        name: str,
        function: Callable[[_Task], Iterable[_Result]],
        tasks: Iterable[_Task],
        keep: type[_Result] | None = None,
    ) -> Iterator[_Result]:
        return chain.from_iterable(map(function, tasks))


HERE = Here()

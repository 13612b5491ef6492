"""Finds the one record that workers keep dying on, by reading ever smaller parts.

A reader process that dies has reported which record it was reading (:mod:`catalog.scan.readers.guard`). If the
whole worker dies, such as when a machine or its container runs out of memory, that report is lost.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from catalog.scan.readers.task import ReadTask, lost
from media.readers import Reading

_T = TypeVar("_T")

_PARTS = 32
"""Into which a suspect is split. Each time costs some workers (Dask: 4, see ``allowed-failures``), so that two steps
to the one record in a thousand are better than the ten of halving."""


@dataclass(slots=True)
class _Whole:
    """A task that is read in parts, and is done when all of them are."""

    task: ReadTask
    missing: int = 0
    readings: dict[str, Reading] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """A task, and what it is read for."""

    task: ReadTask
    whole: _Whole | None = None
    """For a part of a container's members: the task that they are part of."""
    lists: ReadTask | None = None
    """True if the job only lists the members of this container."""
    alone: bool = False
    """True if nothing else is read beside it: if a worker dies then, it is the cause."""

    @property
    def one(self) -> str | None:
        """The locator of its record, if it reads only one."""
        if self.task.only is not None:
            return next(iter(self.task.only)) if len(self.task.only) == 1 else None
        return self.task.entries[0].locator if len(self.task.entries) == 1 else None


class Suspects:
    """Tasks on which workers died, read again in parts."""

    def __init__(self) -> None:
        self._parts: deque[Job] = deque()
        self._alone: deque[Job] = deque()

    @property
    def any_alone(self) -> bool:
        """Whether a job is waiting to be read alone."""
        return bool(self._alone)

    def take(self, *, idle: bool) -> Job | None:
        """Return the next job to read.

        :param idle: nothing else is being read.
        """
        if self._alone:
            return self._alone.popleft() if idle else None
        return self._parts.popleft() if self._parts else None

    def retry(self, job: Job) -> None:
        """Read a job again unchanged."""
        (self._alone if job.alone else self._parts).append(job)

    def died(self, job: Job) -> tuple[ReadTask, list[Reading]] | None:
        """Record that workers died on a job; return the result of its task once it is complete."""
        task = job.task
        if job.alone:
            blamed = lost(task, job.one or task.entries[0].locator)
            return self._finish(replace(job, task=job.lists or task), [blamed])
        if job.lists is not None:
            self._alone.append(replace(job, alone=True))
        elif len(task.entries) > 1:
            self._parts.extend(Job(replace(task, entries=part)) for part in _split(task.entries))
        elif task.only is None:
            # Members without their contents: no decoder sees them.
            listing = replace(task, options=replace(task.options, contents=False))
            self._parts.append(Job(listing, lists=task))
        elif job.one is not None:
            self._alone.append(replace(job, alone=True))
        elif job.whole is not None:
            self._read_in_parts(job.whole, task, sorted(task.only))
            job.whole.missing -= 1
        return None

    def came(self, job: Job, readings: list[Reading]) -> tuple[ReadTask, list[Reading]] | None:
        """Add the result of a job; return its task with all readings once it is complete."""
        if job.lists is None:
            return self._finish(job, readings)
        own = job.lists.entries[0].locator
        members = [each.record.locator for each in readings if each.record.locator != own]
        if members:
            self._read_in_parts(_Whole(job.lists), job.lists, members)
        else:
            self._alone.append(Job(job.lists, alone=True))
        return None

    def _read_in_parts(self, whole: _Whole, task: ReadTask, members: Sequence[str]) -> None:
        for part in _split(members):
            whole.missing += 1
            self._parts.append(Job(replace(task, only=frozenset(part)), whole))

    def _finish(self, job: Job, readings: list[Reading]) -> tuple[ReadTask, list[Reading]] | None:
        whole = job.whole
        if whole is None:
            return job.task, readings
        whole.missing -= 1
        for reading in readings:
            # A container's own reading, which comes with each part, means that all members are read, so it comes last.
            whole.readings.pop(reading.record.locator, None)
            whole.readings[reading.record.locator] = reading
        if whole.missing:
            return None
        own = whole.readings.pop(whole.task.entries[0].locator, None)
        return whole.task, [*whole.readings.values(), *([own] if own else [])]


def _split(items: Sequence[_T]) -> Iterator[tuple[_T, ...]]:
    size = -(-len(items) // _PARTS)
    for start in range(0, len(items), size):
        yield tuple(items[start : start + size])

"""A task: a small batch of records as it is sent to a reader, and the result."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from media.archives.container import Span
from media.archives.open_source import open_source
from media.archives.source import SourceRef
from media.reading import UNKNOWN, Care, Options, Reading, read_members, read_records
from media.record import Entry, Problem, Record


@dataclass(frozen=True, slots=True)
class ReadTask:
    """A small batch of records of one source, or a span of a container, as it is sent to a worker."""

    source_id: int
    source: SourceRef
    entries: tuple[Entry, ...]
    """The records; for a span, only its container."""
    options: Options
    span: Span | None = None
    place: tuple[int, int] | None = None
    """For a span: its container's record id, and its number among the container's spans."""
    without: frozenset[str] = frozenset()
    """Locators of records that ended a worker and are not read again."""
    only: frozenset[str] | None = None
    """Locators of the members to read, if a worker keeps dying on one of them; None: all."""


@dataclass(frozen=True, slots=True)
class Done:
    """The result of a task."""

    readings: list[Reading]
    seconds: float
    """How long reading took."""
    byte_size: int = 0
    """The size of the pickled readings in bytes; 0 if they were not pickled."""
    processor_seconds: float = 0.0
    """Processor time within ``seconds``."""


def read_task(
    task: ReadTask,
    *,
    on_record: Callable[[str], None] = lambda locator: None,
    allow: Callable[[float, int], None] = lambda seconds, byte_size: None,
) -> Done:
    """Read the records of a task; the process that runs it opens the source itself.

    :param on_record: told the locator of each record, and of each member, before it is read.
    :param allow: told, before something is read, the seconds it may take and how large it is.
    """
    started, worked = time.monotonic(), time.process_time()
    source = open_source(task.source)
    seconds = task.options.limits.seconds
    care = Care(task.without, task.only, on_record)
    readings: list[Reading] = []
    for entry in task.entries:
        if entry.locator in task.without:
            continue
        on_record(entry.locator)
        allow(seconds, entry.byte_size)
        if task.span is None:
            found = read_records(source, entry, task.options, care)
        else:
            found = read_members(source, entry, task.span, task.options, care)
        for reading in found:
            readings.append(reading)
            allow(seconds, 0)
    return Done(readings, time.monotonic() - started, 0, time.process_time() - worked)


def lost(task: ReadTask, locator: str) -> Reading:
    """Return the reading of a record that ended its reader: a problem."""
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

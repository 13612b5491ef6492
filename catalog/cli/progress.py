"""The progress display of a scan: live on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from catalog.match.match import Stage
from media.reading import Reading

_STAGES: dict[Stage, str] = {
    "pairing": "Pairing pages with pictures",
    "stories": "Comparing articles",
    "credits": "Learning credits",
    "pictures": "Comparing pictures",
    "captions": "Comparing captions",
    "scopes": "Placing repeats",
    "conflicts": "Comparing captions of one picture",
    "corrections": "Comparing the captures of pages",
    "furniture": "Marking logos, icons and adverts",
}
_PLAIN_EVERY_SECONDS = 10.0


class ScanProgress:
    """Shows the progress of a scan on stderr; a context manager."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self.live = self.console.is_terminal
        self.images = self.captions = self.problems = self.done = self.total = 0
        self.started = self.last_line = time.monotonic()
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[details]}"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            disable=not self.live,
        )
        self.task: TaskID = self.progress.add_task("Listing", total=None, details="")

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def waiting(self, holder: str) -> None:
        """Report that another process is writing to the catalogue."""
        self.say(f"Waiting for {holder}, which is writing to this catalogue.")

    def say(self, line: str) -> None:
        """Print a line for the person who waits."""
        self._line(line)

    def listing(self, found: int) -> None:
        self.progress.update(self.task, completed=found)
        self._now_and_then(f"Listing: {found:,} records")

    def reading(self, total: int, total_bytes: int) -> None:
        self.total = total
        self.started = time.monotonic()
        self.progress.reset(self.task, total=total, description="Reading", details="")
        if total and not self.live:
            self._line(f"Reading {total:,} records ({total_bytes / 1e6:,.1f} MB)")

    def read(self, readings: Sequence[Reading]) -> None:
        for reading in readings:
            self.done += 1
            self.images += reading.image is not None
            self.captions += sum(p.caption is not None for a in reading.articles for p in a.placements)
            self.problems += len(reading.problems)
        rate = self.images / max(time.monotonic() - self.started, 0.001)
        details = f"{rate:,.0f} images/s · {self.captions:,} captions · {self.problems:,} problems"
        self.total = max(self.total, self.done)  # The members of containers are not in the listed total.
        self.progress.update(self.task, completed=self.done, total=self.total, details=details)
        self._now_and_then(f"Read {self.done:,} of {self.total:,} records · {details}")

    def stage(self, name: Stage) -> None:
        self.progress.reset(self.task, total=None, description=_STAGES[name], details="")

    def step(self, name: str, done: int, tasks: int | None) -> None:
        """Show how many of the workers' tasks are done."""
        self.progress.update(self.task, completed=done, total=tasks, details=name)
        self._now_and_then(f"{name}: {done:,}{f' of {tasks:,}' if tasks else ''} tasks")

    def _now_and_then(self, line: str) -> None:
        if not self.live and time.monotonic() - self.last_line >= _PLAIN_EVERY_SECONDS:
            self._line(line)

    def _line(self, line: str) -> None:
        self.last_line = time.monotonic()
        if self.live:
            self.console.print(line, highlight=False, markup=False)
        else:
            print(line, file=sys.stderr, flush=True)  # noqa: T201

"""The size of tasks, and the number of tasks in flight."""

from catalog.scan.readers.task import Done

_TASKS_PER_SLOT = 2
"""Tasks in flight for each reader: one is read and one waits there, so that no reader waits for this process."""

_WAITING_BYTES = 256 << 20
"""Results that may wait to be written, beyond one for each reader."""

_SECONDS = 1.5
"""Seconds that a task should take: about a hundred times the cost of sending it, and little enough to lose."""

_RECORDS = 16
"""Records in a task, until it is known how long records take."""
_MOST_RECORDS = 512
_RESULT_BYTES = 4 << 20
_SHARES = 4
"""Tasks to leave for each reader: this limits the size of a task, so that all readers end at about the same time."""

_NEW = 0.3
"""Weight of the latest task in the estimate."""


class Window:
    """The number of tasks in flight."""

    def __init__(self) -> None:
        self._result_bytes = 0.0

    def learn(self, done: Done) -> None:
        """Update the estimate with the size of a result."""
        self._result_bytes += _NEW * (done.byte_size - self._result_bytes)

    def size(self, slots: int) -> int:
        """Return the number for so many readers, each of which may have a result that still waits."""
        wanted = slots * _TASKS_PER_SLOT
        if self._result_bytes:
            wanted = min(wanted, int(_WAITING_BYTES / self._result_bytes))
        return max(1, slots, wanted)


class TaskSize:
    """The number of records in a task, from the times and results of earlier tasks."""

    def __init__(self) -> None:
        self._seconds = _SECONDS / _RECORDS
        self._bytes = _RESULT_BYTES / _MOST_RECORDS

    def learn(self, records: int, done: Done) -> None:
        """Update the estimate with the result of a task of so many records."""
        if records and done.seconds:
            self._seconds += _NEW * (done.seconds / records - self._seconds)
            self._bytes += _NEW * (done.byte_size / records - self._bytes)

    def records(self, left: int, slots: int) -> int:
        """Return the number of records in the next task, with so many left for so many readers."""
        by_time = _SECONDS / self._seconds if self._seconds else _MOST_RECORDS
        by_bytes = _RESULT_BYTES / self._bytes if self._bytes else _MOST_RECORDS
        fair = left / (slots * _SHARES) if slots else left
        return max(1, int(min(by_time, by_bytes, fair, _MOST_RECORDS)))

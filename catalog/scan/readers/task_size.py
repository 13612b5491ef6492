"""How much is in a task, and how many tasks are in flight."""

from catalog.scan.readers.task import Done

_TASKS_PER_SLOT = 2
"""In flight at once: one is read, one waits there, so that nobody waits for this process."""

_WAITING_BYTES = 256 << 20
"""Results that may wait to be written, beyond one for each that reads."""

_SECONDS = 1.5
"""That a task should take: some hundred times what handing it out costs, and little enough to lose."""

_RECORDS = 16
"""In a task, until it is known how long records take."""
_MOST_RECORDS = 512
_RESULT_BYTES = 4 << 20
_SHARES = 4
"""Of what is left, a task is at most the share that leaves each reader this many: so all end at once."""

_NEW = 0.3
"""Weight of the latest task beside what was known."""


class Window:
    """How many tasks are in flight."""

    def __init__(self) -> None:
        self._result_bytes = 0.0

    def learn(self, done: Done) -> None:
        """Take up how large a result was."""
        self._result_bytes += _NEW * (done.byte_size - self._result_bytes)

    def size(self, slots: int) -> int:
        """For so many readers: each may have given a result that still waits."""
        wanted = slots * _TASKS_PER_SLOT
        if self._result_bytes:
            wanted = min(wanted, int(_WAITING_BYTES / self._result_bytes))
        return max(1, slots, wanted)


class TaskSize:
    """How many records are in a task, from how long those before took and what they gave."""

    def __init__(self) -> None:
        self._seconds = _SECONDS / _RECORDS
        self._bytes = _RESULT_BYTES / _MOST_RECORDS

    def learn(self, records: int, done: Done) -> None:
        """Take up what a task of so many records gave."""
        if records and done.seconds:
            self._seconds += _NEW * (done.seconds / records - self._seconds)
            self._bytes += _NEW * (done.byte_size / records - self._bytes)

    def records(self, left: int, slots: int) -> int:
        """In the next task, with so many left for so many readers."""
        by_time = _SECONDS / self._seconds if self._seconds else _MOST_RECORDS
        by_bytes = _RESULT_BYTES / self._bytes if self._bytes else _MOST_RECORDS
        fair = left / (slots * _SHARES) if slots else left
        return max(1, int(min(by_time, by_bytes, fair, _MOST_RECORDS)))

"""What one statement of a reader may take: anyone who sees the server may write SQL of their own.

Datasette limits its time (``sql_time_limit_ms``) and its rows; here are limits of memory. SQLite looks at the time
between the steps of a statement only, and a function such as ``zeroblob(1e9)`` is one step.
"""

import sqlite3
import weakref
from collections.abc import Callable

VALUE_BYTES = 40_000_000
"""A text, a blob or a row: an article's text is at most 32 MiB."""
ANSWER_BYTES = 64_000_000
"""All values of an answer together."""
HEAP_BYTES = 256 << 20
"""SQLite's own memory, all connections of the server together."""
_PATTERN_BYTES = 200
"""Of LIKE and GLOB: they take up to its length times that of the text, in one step."""
_COLUMNS = 200


class AnswerTooLarge(sqlite3.OperationalError):
    """An answer holds more than :data:`ANSWER_BYTES`; Datasette shows it as any fault of a statement."""


def limit_connection(connection: sqlite3.Connection) -> None:
    """Have a connection refuse what takes more than its share."""
    for category, most in (
        (sqlite3.SQLITE_LIMIT_LENGTH, VALUE_BYTES),
        (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 100_000),
        (sqlite3.SQLITE_LIMIT_COLUMN, _COLUMNS),
        (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, _PATTERN_BYTES),
        (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
        (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
    ):
        connection.setlimit(category, most)
    connection.row_factory = _count_rows()


def limit_heap() -> None:
    """Have SQLite, in this process, fail with a MemoryError beyond :data:`HEAP_BYTES`."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"PRAGMA hard_heap_limit = {HEAP_BYTES}")
    connection.close()


def _count_rows() -> Callable[[sqlite3.Cursor, tuple[object, ...]], sqlite3.Row]:
    """Rows as Datasette wants them, until one answer holds too much: it fetches a thousand before it looks at any."""
    current: Callable[[], sqlite3.Cursor | None] = lambda: None  # noqa: E731
    taken = 0

    def make(cursor: sqlite3.Cursor, values: tuple[object, ...]) -> sqlite3.Row:
        nonlocal current, taken
        if current() is not cursor:
            current, taken = weakref.ref(cursor), 0
        taken += sum(len(value) for value in values if isinstance(value, (str, bytes)))
        if taken > ANSWER_BYTES:
            raise AnswerTooLarge(
                f"the answer holds more than {ANSWER_BYTES // 1_000_000} MB: ask for less of it"
            )
        return sqlite3.Row(cursor, values)

    return make

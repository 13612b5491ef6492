"""Memory limits for SQL statements, since everyone who can reach the server may write their own SQL.

Datasette limits a statement's time (``sql_time_limit_ms``) and its rows, but not its memory. SQLite checks the time
only between the steps of a statement, and a function such as ``zeroblob(1e9)`` is one step.
"""

import sqlite3
import weakref
from collections.abc import Callable, Sequence

VALUE_BYTES = 40_000_000
"""The largest text, blob or row; an article's text is at most 32 MiB."""
ANSWER_BYTES = 64_000_000
"""All values of an answer together, in bytes."""
HEAP_BYTES = 256 << 20
"""SQLite's heap, for all connections of the server together, in bytes."""
_PATTERN_BYTES = 200
"""The longest pattern of LIKE and GLOB: one step may take its length times that of the text."""
_COLUMNS = 200


class AnswerTooLarge(sqlite3.OperationalError):
    """An answer is larger than :data:`ANSWER_BYTES`; Datasette shows this like any error of a statement."""


def limit_connection(connection: sqlite3.Connection) -> None:
    """Set the limits on a connection."""
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


def read_through(
    connection: sqlite3.Connection, sql: str, parameters: Sequence[object] = ()
) -> sqlite3.Cursor:
    """Return the rows, as tuples, of a statement of ours that goes through a whole catalogue a row at a time: what it
    holds together is never in memory, and is not limited.
    """
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, parameters)


def limit_heap() -> None:
    """Make SQLite in this process raise a MemoryError beyond :data:`HEAP_BYTES`."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"PRAGMA hard_heap_limit = {HEAP_BYTES}")
    connection.close()


def _count_rows() -> Callable[[sqlite3.Cursor, tuple[object, ...]], sqlite3.Row]:
    """Make rows for Datasette until an answer is too large: Datasette fetches a thousand before it checks any."""
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

"""What the coordinator sorts and looks up, on disk: a database of its own beside the partitions."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

_ROWS_AT_ONCE = 10_000


class Scratch:
    """A database that is thrown away."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    @contextlib.contextmanager
    def open(cls, path: Path) -> Iterator["Scratch"]:
        path.unlink(missing_ok=True)
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            for pragma in (
                "journal_mode = OFF",
                "synchronous = OFF",
                "cache_size = -32768",
                "temp_store = FILE",
            ):
                connection.execute(f"PRAGMA {pragma}")
            yield cls(connection)
        finally:
            connection.close()
            path.unlink(missing_ok=True)

    def make(self, tables: str) -> None:
        """Create tables."""
        self._connection.executescript(tables)

    def fill(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Insert rows, however many."""
        self._connection.execute("BEGIN")
        self._connection.executemany(statement, rows)
        self._connection.execute("COMMIT")

    def define(self, name: str, function: Callable[[int], int]) -> None:
        """Have a function of a number in queries."""
        self._connection.create_function(name, 1, function, deterministic=True)

    def rows(self, query: str, parameters: tuple[object, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query, one after the other."""
        yield from self._connection.execute(query, parameters)

    def batches(self, query: str) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query, some at a time."""
        cursor = self._connection.execute(query)
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            yield rows

    def look_up(self, query: str, numbers: Iterable[int]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query with ``IN ({})`` for these numbers, which are few or many."""
        wanted = sorted(set(numbers))
        for low in range(0, len(wanted), 500):
            yield from self._connection.execute(query.format(",".join(map(str, wanted[low : low + 500]))))

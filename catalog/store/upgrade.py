"""Upgrades a catalogue to this version: repairs its tables, applies missing migrations, and creates the present views.

The tables are compared with those in the file itself. The names of applied migrations are not enough: in early versions
the same names made different tables.
"""

import contextlib
import functools
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlite_utils import Database

from catalog.errors import CatalogueUnusable
from catalog.store.schema import VIEWS, migrations, remake_table
from catalog.store.sqlite_errors import is_damage, is_of_the_disk
from catalog.store.statements import CANNOT_BE_ADDED, items_of, split_statements, tidy

_READ_AGAIN = frozenset(
    {
        "records",
        "articles",
        "images",
        "fingerprints",
        "thumbnails",
        "captions",
        "placements",
        "placement_names",
    }
)
"""Tables that are filled by reading the archive: missing columns are filled by reading it again."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A part of the schema that differs from this version's."""

    kind: str
    """``table``, ``index``, ``trigger`` or ``view``."""
    name: str
    change: Literal["missing", "lacks", "differs", "more", "taken"]
    """``lacks``, ``differs`` and ``more`` concern a part of a table; ``taken``: another object has its name."""
    part: str = ""
    """The column or constraint that differs, if it is one."""

    def __str__(self) -> str:
        said = {
            "missing": "is missing",
            "lacks": f"lacks {self.part}",
            "differs": f"has another {self.part}" if self.part else "is another",
            "more": f"has {self.part}, which this version does not fill",
            "taken": "is something else",
        }
        return f"{self.kind} {self.name} {said[self.change]}"


@dataclass(frozen=True, slots=True)
class _Object:
    """A row of ``sqlite_master``."""

    kind: str
    name: str
    table: str
    sql: str


_Schema = Mapping[str, _Object]


def find_differences(db: Database) -> list[Difference]:
    """Return how the schema differs from this version's; additions of others do not count. Changes nothing."""
    wanted, found = _current(), _read_schema(db)
    return [each for name in wanted for each in _compare(wanted[name], found.get(name))]


def is_current(db: Database) -> bool:
    """Return whether a catalogue has everything that this version creates, in the same form. Changes nothing."""
    return not migrations.pending(db) and not find_differences(db)


def bring_up_to_date(db: Database, path: str | Path = "the catalogue") -> list[Difference]:
    """Upgrade a catalogue to this version in one transaction, so that a failure leaves it unchanged.

    Gives what was not as the version that made it should have left it, and was repaired. Where that concerns what
    reading fills, the next scan reads all records again.

    :raises CatalogueUnusable: its tables are others, and what they hold does not fit into those of this version.
    :raises sqlite3.DatabaseError: the file cannot be read or written.
    """
    if is_current(db):
        return []
    try:
        with _unchecked(db), db.atomic():
            return _upgrade(db, path)
    except sqlite3.DatabaseError as error:
        if is_of_the_disk(error) or is_damage(error):
            raise
        raise _cannot(path, str(error)) from error


def _upgrade(db: Database, path: str | Path) -> list[Difference]:
    # Without views, since a column that one names can be neither renamed nor dropped.
    found = _read_schema(db)
    for view in (each for each in _current().values() if each.kind == "view" and each.name in found):
        if found[view.name].kind != "view":
            raise _cannot(path, str(Difference("view", view.name, "taken")))
        db.execute(f"DROP VIEW {view.name}")
    repaired = _repair(db, _after(tuple(each.name for each in migrations.applied(db))), path)
    migrations.apply(db)
    for statement in split_statements(VIEWS):
        db.execute(statement)
    if left := find_differences(db):
        raise _cannot(path, str(left[0]))
    return repaired


@contextlib.contextmanager
def _unchecked(db: Database) -> Iterator[None]:
    """Turn checks off while tables are rebuilt, as SQLite requires. Otherwise dropping a table would delete the rows
    that refer to it. Renaming one would change references to it, and would fail while somebody else's view is broken.
    """
    settings = ("foreign_keys", 0), ("legacy_alter_table", 1)
    before = [db.execute(f"PRAGMA {name}").fetchone()[0] for name, _ in settings]
    for name, value in settings:
        db.execute(f"PRAGMA {name} = {value}")
    try:
        yield
    finally:
        for (name, _), value in zip(settings, before, strict=True):
            db.execute(f"PRAGMA {name} = {value}")


# --- What a schema is


def _read_schema(db: Database) -> _Schema:
    """Return the objects of a database, without those that SQLite and its full-text search create themselves."""
    inner = {name for (name,) in db.execute("SELECT name FROM pragma_table_list WHERE type = 'shadow'")}
    rows = db.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
    ).fetchall()
    found = (_Object(*row) for row in rows)
    own = ("sqlite_", migrations.migrations_table)
    return {each.name: each for each in found if each.table not in inner and not each.table.startswith(own)}


@functools.cache
def _current() -> _Schema:
    """Return the schema of this version."""
    db = Database(memory=True, execute_plugins=False)
    migrations.apply(db)
    for statement in split_statements(VIEWS):
        db.execute(statement)
    schema = _read_schema(db)
    db.close()
    return schema


@functools.cache
def _after(names: Sequence[str]) -> _Schema:
    """Return the schema that migrations of these names make."""
    db = Database(memory=True, execute_plugins=False)
    for migration in migrations._migrations:
        if migration.name in names:
            migration.fn(db)
    schema = _read_schema(db)
    db.close()
    return schema


# --- How two differ


def _compare(wanted: _Object, found: _Object | None) -> Iterator[Difference]:
    if found is None:
        yield Difference(wanted.kind, wanted.name, "missing")
    elif (found.kind, found.table) != (wanted.kind, wanted.table):
        yield Difference(wanted.kind, wanted.name, "taken")
    elif tidy(found.sql) == tidy(wanted.sql):
        return
    elif wanted.kind != "table" or _is_virtual(wanted) or _is_virtual(found):
        yield Difference(wanted.kind, wanted.name, "differs")
    else:
        yield from _compare_tables(wanted, found)


def _is_virtual(each: _Object) -> bool:
    return each.sql.startswith("CREATE VIRTUAL")


def _compare_tables(wanted: _Object, found: _Object) -> Iterator[Difference]:
    """Compare two tables by their parts, since the order of columns depends on a catalogue's history.

    Of columns that others have added, only those count that SQLite wants to be filled.
    """
    ours, theirs = items_of(wanted.sql), items_of(found.sql)
    for name, item in ours.items():
        if name not in theirs:
            yield Difference("table", wanted.name, "lacks", _describe(name, item))
        elif item != theirs[name]:
            yield Difference("table", wanted.name, "differs", _describe(name, item))
    for name, item in theirs.items():
        if name not in ours and (name == item or CANNOT_BE_ADDED.search(item)):
            yield Difference("table", wanted.name, "more", _describe(name, item))


def _describe(name: str, item: str) -> str:
    if not name:
        return "kind of table"
    return item if name == item else f"column {name}"


# --- Repair


def _repair(db: Database, wanted: _Schema, path: str | Path) -> list[Difference]:
    """Make the schema what the applied migrations should have made."""
    found = _read_schema(db)
    differing = {name: each for name in wanted if (each := list(_compare(wanted[name], found.get(name))))}
    repaired = [each for several in differing.values() for each in several]
    if taken := [each for each in repaired if each.change == "taken"]:
        raise _cannot(path, str(taken[0]))
    # Remaking a table drops the indexes and triggers of its columns.
    for other in found.values():
        if other.kind in ("index", "trigger") and (
            other.name in differing or (other.table in differing and other.name not in wanted)
        ):
            db.execute(f"DROP {other.kind} {other.name}")
    for name in differing:
        _repair_one(db, wanted[name], found.get(name))
    if any(each.name in _READ_AGAIN and each.change in ("missing", "lacks") for each in repaired):
        db.execute("UPDATE records SET modified_ns = NULL")
    return repaired


def _repair_one(db: Database, wanted: _Object, found: _Object | None) -> None:
    if _is_virtual(wanted):
        db.execute(f"DROP TABLE IF EXISTS {wanted.name}")
        db.execute(wanted.sql)
        db.execute(f"INSERT INTO {wanted.name} ({wanted.name}) VALUES ('rebuild')")
    elif found is None or wanted.kind != "table":
        db.execute(wanted.sql)
    elif columns := _columns_to_add(wanted, found):
        for column in columns:
            db.execute(f"ALTER TABLE {wanted.name} ADD COLUMN {column}")
    else:
        anew = re.sub(r"^CREATE TABLE \W?\w+\W?", f"CREATE TABLE {wanted.name}_anew ", wanted.sql)
        remake_table(db, wanted.name, f"{anew};\n")


def _columns_to_add(wanted: _Object, found: _Object) -> list[str]:
    """Return the columns to add so that a table matches ours; none if it has to be remade."""
    theirs = items_of(found.sql)
    lacking = [item for name, item in items_of(wanted.sql).items() if name not in theirs]
    if any(each.change != "lacks" for each in _compare_tables(wanted, found)):
        return []
    return [] if any(map(CANNOT_BE_ADDED.search, lacking)) else lacking


def _cannot(path: str | Path, why: str) -> CatalogueUnusable:
    return CatalogueUnusable(
        f"{path} was made by another version of cutline, and this one cannot bring it up to date ({why}); it was left"
        " as it is. Scan the archive into a new catalogue: `cutline scan ARCHIVE -c NEW.db`."
    )

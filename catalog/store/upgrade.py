"""Brings a catalogue up to this version: the migrations that it lacks, and the views as they are now."""

import re
from collections.abc import Mapping

from sqlite_utils import Database

from catalog.store.schema import VIEWS, migrations, split_statements


def is_current(db: Database) -> bool:
    """Whether a catalogue has all migrations and views of this version; looks only."""
    return not migrations.pending(db) and _stored_views(db) == _wanted_views()


def bring_up_to_date(db: Database) -> None:
    """Apply what a catalogue lacks, all in one transaction: it is of this version afterwards, or as it was.

    :raises sqlite3.DatabaseError: SQLite could not.
    """
    if is_current(db):
        return
    enforced = db.execute("PRAGMA foreign_keys").fetchone()[0]
    # SQLite asks for this where tables are made anew: dropping one would delete the rows that refer to it.
    db.execute("PRAGMA foreign_keys = OFF")
    try:
        with db.atomic():
            # Without views, since a column that one names can be neither renamed nor dropped.
            for name in _stored_views(db):
                db.execute(f"DROP VIEW {name}")
            migrations.apply(db)
            for statement in split_statements(VIEWS):
                db.execute(statement)
    finally:
        db.execute(f"PRAGMA foreign_keys = {enforced}")


def _wanted_views() -> Mapping[str, str]:
    statements = split_statements(VIEWS)
    return {statement.split()[2]: tidy(statement) for statement in statements}


def _stored_views(db: Database) -> Mapping[str, str]:
    """The catalogue's views, as far as they have names of ours: others are whoever's made them."""
    wanted = _wanted_views()
    views = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'").fetchall()
    return {name: tidy(sql) for name, sql in views if name in wanted}


def tidy(sql: str) -> str:
    """A statement without what only its writer sees: how its lines are broken, and the semicolon."""
    return re.sub(r"\s+", " ", sql).strip().rstrip(";").rstrip()

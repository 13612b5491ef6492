"""Parses a schema: scripts into statements, tables into their columns and constraints."""

import functools
import re
import sqlite3
from collections.abc import Iterator

_CONSTRAINTS = ("PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "CONSTRAINT")
CANNOT_BE_ADDED = re.compile(
    rf"^({'|'.join(_CONSTRAINTS)})\b|\b(UNIQUE|PRIMARY KEY)\b|\bNOT NULL\b(?!.*\bDEFAULT\b)"
)
"""What ``ALTER TABLE ADD COLUMN`` refuses; a column of others' that has this has to be filled."""


def split_statements(script: str) -> Iterator[str]:
    """Yield the statements of a script, one by one, unchanged."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""


@functools.lru_cache(maxsize=1024)
def tidy(sql: str) -> str:
    """Return a statement without what makes no difference: comments, line breaks, quotes around names, the
    semicolon.
    """
    sql = re.sub(r"--[^\n]*", "", sql)
    sql = re.sub(r'"(\w+)"', r"\1", re.sub(r"\s+", " ", sql))
    return re.sub(r" ?([(),=]) ?", r"\1", sql).strip().rstrip(";").rstrip()


def items_of(sql: str) -> dict[str, str]:
    """Return the columns of a table by name, and its constraints, each as it is written; what follows them
    all is ``""``.
    """
    tidied = tidy(sql)
    parts = re.findall(r"'(?:[^']|'')*'|[(),]|[^'(),]+", tidied[tidied.index("(") + 1 :])
    items: dict[str, str] = {}
    item, depth = "", 1
    for number, part in enumerate(parts):
        depth += {"(": 1, ")": -1}.get(part, 0)
        if depth > 1 or (part != "," and depth == 1):
            item += part
            continue
        items[_item_name(item)] = item
        item = ""
        if depth == 0:
            return items | {"": "".join(parts[number + 1 :]).strip()}
    return items


def _item_name(item: str) -> str:
    """Return a column's name; for a constraint, its whole text."""
    first = item.split(" ", 1)[0].split("(", 1)[0]
    return item if first in _CONSTRAINTS else first


def columns_to_keep(old: str, new: str) -> list[str]:
    """Return what to add to a ``new`` table for it to have the columns of the ``old`` one, too; one that
    somebody has to fill
    at every row is let go, since nobody would.
    """
    theirs = items_of(new)
    return [
        item
        for name, item in items_of(old).items()
        if name and name != item and name not in theirs and not CANNOT_BE_ADDED.search(item)
    ]

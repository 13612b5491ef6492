"""A plan as a file that a person can read, edit and give back: JSON or CSV, one row a file.

Two columns may be edited: ``action`` (``keep`` what should stay, or another way to let it go) and
``keeper`` (another file of the same group that stays). Anything else is as the catalogue has it.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from catalog.cleanup.ledger import Cleanup
from catalog.errors import UsageError
from catalog.store.catalogue import Catalogue

COLUMNS = (
    "id",
    "group",
    "kind",
    "source",
    "locator",
    "action",
    "reason",
    "keeper",
    "lacks",
    "freed_bytes",
    "byte_size",
    "sha256",
    "keeper_sha256",
    "status",
    "detail",
)

_ROWS = """
SELECT a.id, a.group_id AS "group", a.kind, a.source_uri AS source, a.locator, a.action, a.reason,
    a.keeper_locator AS keeper, a.lacks, a.freed_bytes, a.byte_size, a.sha256, a.keeper_sha256, a.status, a.detail
FROM cleanup_actions a WHERE a.cleanup_id = ? ORDER BY a.id
"""

_ACTIONS = ("quarantine", "hardlink", "reflink", "keep")
_MOST_BYTES = 2 << 30


def plan_rows(catalogue: Catalogue, cleanup: Cleanup) -> Iterator[dict[str, object]]:
    """The rows of a plan, by :data:`COLUMNS`."""
    for row in catalogue.rows(_ROWS, (cleanup.id,)):
        yield dict(row) | {"lacks": json.loads(row["lacks"])}


def write_plan_json(catalogue: Catalogue, cleanup: Cleanup, out: TextIO) -> None:
    """An object: the plan's number, status and options, and its ``actions``, written as they are read."""
    head = {
        "cleanup": cleanup.id,
        "status": cleanup.status,
        "created_at": cleanup.created_at,
        "options": cleanup.options,
    }
    out.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "actions": [')
    separator = "\n"
    for row in plan_rows(catalogue, cleanup):
        out.write(separator + json.dumps(row, ensure_ascii=False))
        separator = ",\n"
    out.write("\n]}\n")


def write_plan_csv(catalogue: Catalogue, cleanup: Cleanup, out: TextIO) -> None:
    """A header and one row a file, RFC 4180; several things lacking are parted by ``; ``."""
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for row in plan_rows(catalogue, cleanup):
        lacks = row["lacks"]
        writer.writerow(row | {"lacks": "; ".join(lacks) if isinstance(lacks, list) else ""})


@dataclass(frozen=True, slots=True)
class Edits:
    """What a person changed in a plan."""

    cleanup_id: int
    actions: int
    """Rows whose action was changed."""
    keepers: int
    """Rows whose keeper was changed."""


def take_edited_plan(catalogue: Catalogue, path: Path) -> Edits:
    """Take a plan back that was written by this module and edited; all of it, or nothing.

    :raises UsageError: it cannot be read, is of no plan of this catalogue, or asks for what is not
        safe: a keeper that goes, of another group, or with other bytes than a link would need.
    """
    rows = _read(path)
    if not rows:
        raise UsageError(f"{path}: no actions in it.")
    with catalogue.db.atomic():
        catalogue.db.execute(
            "CREATE TEMP TABLE IF NOT EXISTS edited (id INTEGER PRIMARY KEY, action TEXT, keeper TEXT,"
            " locator TEXT, sha256 TEXT)"
        )
        catalogue.db.execute("DELETE FROM temp.edited")
        catalogue.db.conn.executemany(
            "INSERT OR REPLACE INTO temp.edited VALUES (?, ?, ?, ?, ?)",
            [_edited(path, number, row) for number, row in enumerate(rows, 1)],
        )
        cleanup_id = _find_plan(catalogue, path)
        keepers = _take_keepers(catalogue, path)
        cursor = catalogue.db.execute(
            "UPDATE cleanup_actions SET action = e.action, reason = 'edited: ' || reason,"
            " freed_bytes = CASE WHEN e.action = 'keep' THEN 0 WHEN cleanup_actions.action = 'keep'"
            " THEN byte_size ELSE freed_bytes END"
            " FROM temp.edited e WHERE e.id = cleanup_actions.id AND e.action <> cleanup_actions.action"
        )
        _verify(catalogue, path, cleanup_id)
    return Edits(cleanup_id, cursor.rowcount, keepers)


def _read(path: Path) -> list[Mapping[str, object]]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(f"{path}: larger than any plan. Name the file that `cleanup plan -o` wrote.")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({error}). Name a plan in JSON or CSV, UTF-8.") from error
    if not text.lstrip().startswith("{"):
        return list(csv.DictReader(io.StringIO(text, newline=""), dialect=_dialect(text)))
    try:
        actions = json.loads(text)["actions"]
        return [row for row in actions if isinstance(row, dict)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(
            f"{path} is no plan in JSON ({error}). Write it anew: cutline cleanup plan."
        ) from error


def _dialect(text: str) -> type[csv.Dialect]:
    """Spreadsheets of some countries write semicolons."""
    header = text.partition("\n")[0]

    class Dialect(csv.excel):
        delimiter = max(",;\t", key=header.count)

    return Dialect


def _edited(path: Path, number: int, row: Mapping[str, object]) -> tuple[int, str, str | None, str, str]:
    try:
        action = str(row["action"]).strip()
        if action not in (*_ACTIONS, "sidecar"):
            raise UsageError(
                f"{path}, row {number}: no such action as {action!r}. There are {', '.join(_ACTIONS)}."
            )
        keeper = row.get("keeper")
        return (
            int(str(row["id"])),
            action,
            str(keeper) if keeper else None,
            str(row["locator"]),
            str(row["sha256"]),
        )
    except (KeyError, ValueError) as error:
        raise UsageError(f"{path}, row {number}: no id, action, locator or sha256 ({error}).") from error


def _find_plan(catalogue: Catalogue, path: Path) -> int:
    found = catalogue.db.execute(
        "SELECT DISTINCT a.cleanup_id, c.status FROM temp.edited e LEFT JOIN cleanup_actions a ON a.id = e.id"
        " AND a.locator = e.locator AND a.sha256 = e.sha256 LEFT JOIN cleanups c ON c.id = a.cleanup_id LIMIT 2"
    ).fetchall()
    if len(found) != 1 or found[0][0] is None:
        raise UsageError(
            f"{path} is of no one plan of this catalogue: ids, locators and digests must be as written."
        )
    if found[0][1] != "planned":
        raise UsageError(f"{path}: cleanup {found[0][0]} is {found[0][1]} already. Make a new plan.")
    return int(found[0][0])


def _take_keepers(catalogue: Catalogue, path: Path) -> int:
    changed = list(
        catalogue.rows(
            "SELECT e.id, e.keeper, a.group_id, a.cleanup_id, a.locator FROM temp.edited e"
            " JOIN cleanup_actions a ON a.id = e.id WHERE e.keeper IS NOT NULL AND e.keeper IS NOT a.keeper_locator"
        )
    )
    for row in changed:
        found = list(
            catalogue.rows(
                "SELECT record_id, source_id, locator, sha256 FROM cleanup_actions WHERE cleanup_id = ?"
                " AND group_id = ? AND locator = ? AND id <> ? AND record_id IS NOT NULL LIMIT 2",
                (row["cleanup_id"], row["group_id"], row["keeper"], row["id"]),
            )
        )
        if len(found) != 1:
            raise UsageError(f"{path}: {row['keeper']} is no other file of the group of {row['locator']}.")
        keeper = found[0]
        catalogue.db.execute(
            "UPDATE cleanup_actions SET keeper_record_id = ?, keeper_source_id = ?, keeper_locator = ?,"
            " keeper_sha256 = ? WHERE id = ?",
            [keeper["record_id"], keeper["source_id"], keeper["locator"], keeper["sha256"], row["id"]],
        )
    return len(changed)


_UNSAFE = (
    ("a.keeper_record_id IS NULL", "has no keeper: name one"),
    ("k.action <> 'keep'", "would lose its keeper, which goes too"),
    (
        "a.action IN ('hardlink', 'reflink') AND a.sha256 IS NOT a.keeper_sha256",
        "cannot be linked: its bytes are not its keeper's",
    ),
    ("a.source_uri NOT LIKE 'file:%'", "is in an object store: it can only be kept"),
    ("r.id IS NULL OR r.inode IS NULL", "is inside a container: it can only be kept"),
    (
        "EXISTS (SELECT 1 FROM decisions d WHERE d.verdict = 'different'"
        " AND d.left = min(a.sha256, a.keeper_sha256) AND d.right = max(a.sha256, a.keeper_sha256))",
        "was decided to be different from its keeper",
    ),
)


def _verify(catalogue: Catalogue, path: Path, cleanup_id: int) -> None:
    for condition, why in _UNSAFE:
        row = catalogue.db.execute(
            "SELECT a.locator FROM cleanup_actions a LEFT JOIN records r ON r.id = a.record_id"
            " LEFT JOIN cleanup_actions k ON k.cleanup_id = a.cleanup_id AND k.record_id = a.keeper_record_id"
            f" WHERE a.cleanup_id = ? AND a.action IN ('quarantine', 'hardlink', 'reflink') AND ({condition})"
            " ORDER BY a.id LIMIT 1",
            [cleanup_id],
        ).fetchone()
        if row:
            raise UsageError(f"{path}: {row[0]} {why}. Nothing was changed.")

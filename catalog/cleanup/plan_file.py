"""A plan as a file that a person can read, edit and read back: JSON or CSV, one row for each file.

In CSV no text is a formula (:mod:`catalog.csv_cells`), and all texts are restored exactly. Two columns may be edited:
``action`` (``keep`` for files that should stay, or another action) and ``keeper`` (another file of the same group that
stays). All other columns are taken from the catalogue.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from catalog.cleanup.companions import Companions, take_along
from catalog.cleanup.history import count_stays, folders_that_keep
from catalog.cleanup.ledger import Action, Cleanup, Planned, add_actions, read_action
from catalog.cleanup.relation import relate
from catalog.csv_cells import CellWriter, read_cell
from catalog.errors import UsageError
from catalog.show.words import shorten
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
    "pages",
    "companion_of",
)

_ROWS = """
SELECT a.id, a.group_id AS "group", a.kind, a.source_uri AS source, a.locator, a.action, a.reason,
    a.keeper_locator AS keeper, a.lacks, a.freed_bytes, a.byte_size, a.sha256, a.keeper_sha256, a.status, a.detail,
    a.pages, a.companion_of
FROM cleanup_actions a WHERE a.cleanup_id = ? ORDER BY a.id
"""

_LISTS = ("lacks", "pages")
_ACTIONS = ("quarantine", "hardlink", "reflink", "keep")
_MOST_BYTES = 2 << 30


def plan_rows(catalogue: Catalogue, cleanup: Cleanup) -> Iterator[dict[str, object]]:
    """Yield the rows of a plan, by :data:`COLUMNS`."""
    for row in catalogue.rows(_ROWS, (cleanup.id,)):
        yield dict(row) | {name: json.loads(row[name]) for name in _LISTS}


def write_plan_json(catalogue: Catalogue, cleanup: Cleanup, out: TextIO) -> None:
    """Write an object: the plan's number, status and options, why files stay (``stays``), which folder keeps the files
    that
    it has in common with another (``folders``), and the ``actions``, written as they are read.
    """
    head = {
        "cleanup": cleanup.id,
        "status": cleanup.status,
        "created_at": cleanup.created_at,
        "options": cleanup.options,
        "stays": count_stays(catalogue, cleanup),
        "folders": [asdict(each) for each in folders_that_keep(catalogue, cleanup)],
    }
    out.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "actions": [')
    separator = "\n"
    for row in plan_rows(catalogue, cleanup):
        out.write(separator + json.dumps(row, ensure_ascii=False))
        separator = ",\n"
    out.write("\n]}\n")


def write_plan_csv(catalogue: Catalogue, cleanup: Cleanup, out: TextIO) -> None:
    """Write a header and a row for each file as RFC 4180 CSV; ``; `` separates several lacks, and several pages."""
    writer = CellWriter(out)
    writer.writerow(COLUMNS)
    for row in plan_rows(catalogue, cleanup):
        writer.writerow([_cell(row[name]) for name in COLUMNS])


def _cell(value: object) -> object:
    return "; ".join(map(str, value)) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Edits:
    """The changes that a person made in a plan."""

    cleanup_id: int
    actions: int
    """Rows whose action was changed."""
    keepers: int
    """Rows whose keeper was changed."""


def take_edited_plan(catalogue: Catalogue, path: Path, *, break_pages: bool = False) -> Edits:
    """Read back an edited plan that this module wrote; accept all of it, or nothing.

    :raises UsageError: it cannot be read, is of no plan of this catalogue, or asks for what is not
        safe: a keeper that goes, of another group, or with other bytes than a link would need; or, without
        ``break_pages``, a file that a page shows from where it lies.
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
        _refuse_sidecars(catalogue, path)
        cursor = catalogue.db.execute(
            "UPDATE cleanup_actions SET action = e.action, reason = 'edited: ' || reason,"
            " freed_bytes = CASE WHEN e.action = 'keep' THEN 0 WHEN cleanup_actions.action = 'keep'"
            " THEN byte_size ELSE freed_bytes END"
            " FROM temp.edited e WHERE e.id = cleanup_actions.id AND e.action <> cleanup_actions.action"
        )
        _follow_pictures(catalogue, cleanup_id)
        _verify(catalogue, path, cleanup_id, break_pages=break_pages)
    return Edits(cleanup_id, cursor.rowcount, keepers)


@dataclass(frozen=True, slots=True)
class _KeeperOf:
    """The keeper of an action, as a picture with companions."""

    action: Action

    @property
    def record_id(self) -> int | None:
        return self.action.keeper_record_id

    @property
    def source_id(self) -> int:
        return self.action.keeper_source_id

    @property
    def source_uri(self) -> str:
        return self.action.keeper_uri

    @property
    def source_kind(self) -> str:
        return self.action.keeper_kind

    @property
    def locator(self) -> str:
        return self.action.keeper_locator

    @property
    def sha256(self) -> str:
        return self.action.keeper_sha256


def _refuse_sidecars(catalogue: Catalogue, path: Path) -> None:
    """Refuse to turn a file into a sidecar, or a sidecar into another action."""
    row = catalogue.db.execute(
        "SELECT a.locator, a.action FROM temp.edited e JOIN cleanup_actions a ON a.id = e.id"
        " WHERE (a.action = 'sidecar') <> (e.action = 'sidecar') AND NOT (a.action = 'sidecar' AND e.action = 'keep')"
        " ORDER BY a.id LIMIT 1"
    ).fetchone()
    if row:
        why = (
            "is a sidecar that is to be written: it can only be left out (keep)"
            if row[1] == "sidecar"
            else "is a file: it cannot become a sidecar"
        )
        raise UsageError(f"{path}: {row[0]} {why}. Nothing was changed.")


_GOING = "('quarantine', 'hardlink', 'reflink')"


def _follow_pictures(catalogue: Catalogue, cleanup_id: int) -> None:
    """Keep the companions of pictures that stay, and move those of pictures that are moved."""
    catalogue.db.execute(
        "UPDATE cleanup_actions AS a SET action = 'keep', reason = 'its picture stays', freed_bytes = 0"
        " WHERE a.cleanup_id = ? AND a.companion_of IS NOT NULL AND a.action <> 'keep' AND NOT EXISTS (SELECT 1"
        " FROM records r CROSS JOIN cleanup_actions p ON p.record_id = r.id WHERE r.source_id = a.source_id"
        " AND r.locator = a.companion_of AND +p.cleanup_id = a.cleanup_id AND p.action = 'quarantine')",
        [cleanup_id],
    )
    companions = Companions()
    going = list(
        catalogue.rows(
            "SELECT a.id FROM temp.edited e JOIN cleanup_actions a ON a.id = e.id WHERE a.action = 'quarantine'"
            " AND a.reason LIKE 'edited: %' AND a.companion_of IS NULL AND a.record_id IS NOT NULL"
        )
    )
    for row in going:
        action = read_action(catalogue, row["id"])
        if action is not None:
            add_actions(catalogue, cleanup_id, _not_planned(catalogue, cleanup_id, companions, action))


def _not_planned(
    catalogue: Catalogue, cleanup_id: int, companions: Companions, action: Action
) -> Iterator[Planned]:
    """Yield the companions of pictures that a person chose to remove, if the plan does not list them yet."""

    def leaves(source_id: int, locator: str) -> bool:
        return bool(
            catalogue.value(
                "SELECT EXISTS (SELECT 1 FROM records r CROSS JOIN cleanup_actions p ON p.record_id = r.id"
                " WHERE r.source_id = ? AND r.locator = ? AND +p.cleanup_id = ? AND p.action = 'quarantine')",
                (source_id, locator, cleanup_id),
            )
        )

    group_id = catalogue.value("SELECT group_id FROM cleanup_actions WHERE id = ?", (action.id,))
    for planned in take_along(catalogue, companions, action, _KeeperOf(action), group_id, leaves):
        if not catalogue.value(
            "SELECT EXISTS (SELECT 1 FROM cleanup_actions WHERE cleanup_id = ? AND source_id = ? AND locator = ?"
            f" AND action IN {_GOING})",
            (cleanup_id, planned.source_id, planned.locator),
        ):
            yield planned


def _read(path: Path) -> list[Mapping[str, object]]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(f"{path}: larger than any plan. Name the file that `cleanup plan -o` wrote.")
        text = path.read_bytes().decode("utf-8-sig")  # Line breaks are not translated: a name may hold one.
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({error}). Name a plan in JSON or CSV, UTF-8.") from error
    if not text.lstrip().startswith("{"):
        return _read_csv(path, text)
    try:
        actions = json.loads(text)["actions"]
        return [row for row in actions if isinstance(row, dict)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(
            f"{path} is not a plan in JSON ({error}). Write it again: cutline cleanup plan."
        ) from error


def _read_csv(path: Path, text: str) -> list[Mapping[str, object]]:
    """Return the rows, with the apostrophes for spreadsheets removed."""
    try:
        return [
            {name: read_cell(value) if isinstance(value, str) else value for name, value in row.items()}
            for row in csv.DictReader(io.StringIO(text, newline=""), dialect=_dialect(text), strict=True)
        ]
    except csv.Error as error:
        raise UsageError(
            f"{path} is not a plan in CSV ({error}). Write it again: cutline cleanup plan."
        ) from error


def _dialect(text: str) -> type[csv.Dialect]:
    """Return the CSV dialect of the file; spreadsheets of some countries write semicolons."""
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
        number_of_row = int(str(row["id"]))
        if not 0 < number_of_row < 1 << 63:
            raise UsageError(
                f"{path}, row {number}: no row of a plan has the id {shorten(str(number_of_row), 40)}."
            )
        return (
            number_of_row,
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
            f"{path} does not match a plan of this catalogue: leave ids, locators and digests unchanged."
        )
    if found[0][1] != "planned":
        raise UsageError(f"{path}: cleanup {found[0][0]} is {found[0][1]} already. Make a new plan.")
    return int(found[0][0])


def _take_keepers(catalogue: Catalogue, path: Path) -> int:
    changed = list(
        catalogue.rows(
            "SELECT e.id, e.keeper, a.group_id, a.cleanup_id, a.locator, a.sha256, a.kind FROM temp.edited e"
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
            raise UsageError(f"{path}: {row['keeper']} is not another file of the group of {row['locator']}.")
        keeper = found[0]
        catalogue.db.execute(
            "UPDATE cleanup_actions SET keeper_record_id = ?, keeper_source_id = ?, keeper_locator = ?,"
            " keeper_sha256 = ?, kind = ? WHERE id = ?",
            [
                keeper["record_id"],
                keeper["source_id"],
                keeper["locator"],
                keeper["sha256"],
                relate(catalogue, row["sha256"], keeper["sha256"]) or row["kind"],
                row["id"],
            ],
        )
    return len(changed)


_UNSAFE = (
    ("a.keeper_record_id IS NULL", "has no keeper: name one"),
    ("a.companion_of IS NULL AND k.action <> 'keep'", "would lose its keeper, which is removed, too"),
    (
        "a.action IN ('hardlink', 'reflink') AND a.sha256 IS NOT a.keeper_sha256",
        "cannot be linked: its bytes are not its keeper's",
    ),
    ("a.source_uri NOT LIKE 'file:%'", "is in an object store: it can only be kept"),
    (
        "a.companion_of IS NULL AND (r.id IS NULL OR r.inode IS NULL)",
        "is inside a container: it can only be kept",
    ),
    (
        "EXISTS (SELECT 1 FROM decisions d WHERE d.verdict = 'different'"
        " AND d.left = min(a.sha256, a.keeper_sha256) AND d.right = max(a.sha256, a.keeper_sha256))",
        "was decided to be different from its keeper",
    ),
)


_SHOWN = (
    "a.action = 'quarantine' AND a.pages <> '[]'",
    "is shown on a page: add --break-pages to remove it anyway",
)


def _verify(catalogue: Catalogue, path: Path, cleanup_id: int, *, break_pages: bool) -> None:
    planned_to_break = catalogue.value(
        "SELECT coalesce(json_extract(options, '$.break_pages'), 0) FROM cleanups WHERE id = ?", (cleanup_id,)
    )
    unsafe = _UNSAFE if break_pages or planned_to_break else (*_UNSAFE, _SHOWN)
    for condition, why in unsafe:
        row = catalogue.db.execute(
            "SELECT a.locator FROM cleanup_actions a LEFT JOIN records r ON r.id = a.record_id"
            " LEFT JOIN cleanup_actions k ON k.cleanup_id = a.cleanup_id AND k.record_id = a.keeper_record_id"
            f" WHERE a.cleanup_id = ? AND a.action IN {_GOING} AND ({condition})"
            " ORDER BY a.id LIMIT 1",
            [cleanup_id],
        ).fetchone()
        if row:
            raise UsageError(f"{path}: {row[0]} {why}. Nothing was changed.")

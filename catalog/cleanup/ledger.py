"""A cleanup in the catalogue: its actions as values, and their outcomes as rows.

If they differ, the journal beside the quarantined files counts, and the rows are corrected.
"""

import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Literal

from catalog.decisions.decide import BY_RULE
from catalog.errors import UsageError
from catalog.store.catalogue import Catalogue, now
from catalog.store.pending import mark_pending

What = Literal["quarantine", "hardlink", "reflink", "keep", "sidecar"]
Status = Literal["planned", "done", "skipped", "undone", "purged"]


@dataclass(frozen=True, slots=True)
class Planned:
    """The planned action on one file, before it has an id."""

    group_id: int
    kind: str
    record_id: int | None
    source_id: int
    source_uri: str
    locator: str
    action: What
    sha256: str
    byte_size: int
    reason: str
    keeper_record_id: int | None = None
    keeper_source_id: int | None = None
    keeper_locator: str | None = None
    keeper_sha256: str | None = None
    lacks: tuple[str, ...] = ()
    """What the file has and its keeper lacks."""
    freed_bytes: int = 0
    pages: tuple[str, ...] = ()
    """Pages that show the file at its present place."""
    companion_of: str | None = None
    """Locator of the picture that the file is moved with, in the same source."""


@dataclass(frozen=True, slots=True)
class Action:
    """An action of a stored plan, with the present places of its two files."""

    id: int
    record_id: int | None
    source_id: int
    source_uri: str
    source_kind: str
    locator: str
    action: What
    sha256: str
    byte_size: int
    freed_bytes: int
    keeper_record_id: int | None
    keeper_source_id: int
    keeper_uri: str
    keeper_kind: str
    keeper_locator: str
    keeper_sha256: str
    keeper_goes: bool
    """True if this cleanup removes the keeper itself: then nothing is done."""
    status: Status
    kind: str
    """How the file relates to its keeper; see :data:`catalog.cleanup.plan.KINDS`."""
    companion_of: str | None
    picture_went: bool
    """For a companion: whether this cleanup moved its picture."""
    said_same: bool
    """Whether a person looked at the file and its keeper and decided that they are the same (not by a rule)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an action."""

    action_id: int
    status: Status
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Cleanup:
    """A cleanup as a whole."""

    id: int
    token: str
    status: str
    created_at: str
    applied_at: str | None
    finished_at: str | None
    quarantine: str | None
    """The quarantine that the user named; None: one at the root of each source."""
    options: dict[str, object]
    merged: bool
    """True if it came from another catalogue by a merge: it can be continued only there."""


_CLEANUP = (
    "SELECT id, token, status, created_at, applied_at, finished_at, quarantine, options, merged FROM cleanups"
)

_ACTION = (
    "SELECT a.id, a.record_id, a.source_id, s.uri AS source_uri, s.kind AS source_kind, a.locator, a.action,"
    " a.sha256, a.byte_size, a.freed_bytes, a.keeper_record_id, a.keeper_source_id,"
    " k.uri AS keeper_uri, k.kind AS keeper_kind, a.keeper_locator, a.keeper_sha256,"
    " EXISTS (SELECT 1 FROM cleanup_actions b WHERE b.record_id = a.keeper_record_id AND b.cleanup_id = a.cleanup_id"
    " AND b.action IN ('quarantine', 'hardlink', 'reflink') AND b.status IN ('planned', 'done')) AS keeper_goes,"
    " a.status, a.kind, a.companion_of, CASE WHEN a.companion_of IS NULL THEN 0 ELSE EXISTS (SELECT 1 FROM records p"
    " CROSS JOIN cleanup_actions c ON c.record_id = p.id WHERE p.source_id = a.source_id AND p.locator = a.companion_of"
    " AND +c.cleanup_id = a.cleanup_id AND c.action = 'quarantine' AND c.status = 'done') END AS picture_went,"
    " EXISTS (SELECT 1 FROM decisions d WHERE d.left = min(a.sha256, a.keeper_sha256)"
    " AND d.right = max(a.sha256, a.keeper_sha256) AND d.verdict = 'same'"
    f" AND coalesce(substr(d.note, 1, {len(BY_RULE)}), '') <> '{BY_RULE}') AS said_same"
    " FROM cleanup_actions a JOIN sources s ON s.id = a.source_id"
    " JOIN sources k ON k.id = a.keeper_source_id"
)


def store_plan(
    catalogue: Catalogue, options: dict[str, object], quarantine: str | None, planned: Iterable[Planned]
) -> Cleanup:
    """Store a plan; nothing else changes."""
    created = now()
    token = f"{created[:10].replace('-', '')}-{secrets.token_hex(4)}"
    with catalogue.db.atomic():
        cursor = catalogue.db.execute(
            "INSERT INTO cleanups (token, created_at, status, options, quarantine) VALUES (?, ?, 'planned', ?, ?)",
            [token, created, json.dumps(options, ensure_ascii=False, sort_keys=True), quarantine],
        )
        cleanup_id = int(cursor.lastrowid or 0)
        add_actions(catalogue, cleanup_id, planned)
    return read_cleanup(catalogue, cleanup_id)


def add_actions(catalogue: Catalogue, cleanup_id: int, planned: Iterable[Planned]) -> None:
    """Add actions to a plan, within the caller's transaction."""
    names = [each.name for each in fields(Planned)]
    catalogue.db.conn.executemany(
        f"INSERT INTO cleanup_actions (cleanup_id, status, {', '.join(names)})"
        f" VALUES (?, 'planned', {', '.join('?' * len(names))})",
        ((cleanup_id, *(_stored(getattr(each, name)) for name in names)) for each in planned),
    )


def _stored(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value


def read_cleanup(catalogue: Catalogue, cleanup_id: int | None, *statuses: str) -> Cleanup:
    """Return a cleanup by its number, or the latest one in one of ``statuses``, this catalogue's own before
    merged ones.

    :raises UsageError: there is no such cleanup.
    """
    if cleanup_id is not None:
        row = next(catalogue.rows(f"{_CLEANUP} WHERE id = ?", (cleanup_id,)), None)
        if row is None:
            raise UsageError(f"No cleanup {cleanup_id} in this catalogue. See `cutline cleanup history`.")
    else:
        row = next(
            catalogue.rows(
                f"{_CLEANUP} WHERE status IN (SELECT value FROM json_each(?)) ORDER BY merged, id DESC LIMIT 1",
                (json.dumps(statuses),),
            ),
            None,
        )
        if row is None:
            raise UsageError(
                f"No cleanup is {' or '.join(statuses)}. See `cutline cleanup history`, or make a plan with"
                " `cutline cleanup plan`."
            )
    return _cleanup(row)


def list_cleanups(catalogue: Catalogue) -> list[Cleanup]:
    """Return every cleanup, the latest first."""
    return [_cleanup(row) for row in catalogue.rows(f"{_CLEANUP} ORDER BY id DESC")]


def _cleanup(row: sqlite3.Row) -> Cleanup:
    return Cleanup(
        row["id"],
        row["token"],
        row["status"],
        row["created_at"],
        row["applied_at"],
        row["finished_at"],
        row["quarantine"],
        json.loads(row["options"]),
        bool(row["merged"]),
    )


def list_actions(
    catalogue: Catalogue,
    cleanup_id: int,
    statuses: Sequence[str],
    actions: Sequence[str],
    *,
    companions: bool | None = None,
) -> Iterator[Action]:
    """Yield the actions in these statuses, in the order of the plan, read as they are asked for; where it is
    said, those
    of companions only, or those of all others.

    Rows may change while this is read: each is read once, by its number.
    """
    last_id = 0
    while True:
        page = list(
            catalogue.rows(
                f"{_ACTION} WHERE a.cleanup_id = ?1 AND a.id > ?2"
                " AND a.status IN (SELECT value FROM json_each(?3)) AND a.action IN (SELECT value FROM json_each(?4))"
                " AND (?5 IS NULL OR (a.companion_of IS NOT NULL) = ?5) ORDER BY a.id LIMIT 500",
                (cleanup_id, last_id, json.dumps(statuses), json.dumps(actions), companions),
            )
        )
        if not page:
            return
        last_id = page[-1]["id"]
        yield from (_action(row) for row in page)


def read_action(catalogue: Catalogue, action_id: int) -> Action | None:
    """Return one action; None if its sources are no longer in the catalogue."""
    row = next(catalogue.rows(f"{_ACTION} WHERE a.id = ?", (action_id,)), None)
    return _action(row) if row else None


def _action(row: sqlite3.Row) -> Action:
    values = dict(row)
    flags = {name: bool(row[name]) for name in ("keeper_goes", "picture_went", "said_same")}
    return Action(**values | flags)


def sources_of(catalogue: Catalogue, cleanup_id: int) -> list[tuple[int, str, str]]:
    """Return id, address and kind of every source that the cleanup would touch."""
    return [
        (row["id"], row["uri"], row["kind"])
        for row in catalogue.rows(
            "SELECT id, uri, kind FROM sources WHERE id IN (SELECT source_id FROM cleanup_actions"
            " WHERE cleanup_id = ? AND action <> 'keep') ORDER BY id",
            (cleanup_id,),
        )
    ]


@dataclass(slots=True)
class Listed:
    """Files with a remark on each: all are counted, the first :data:`NAMED` are named; the catalogue has all."""

    files: list[tuple[str, str]] = field(default_factory=list)
    """Locator and remark of each."""
    count: int = 0

    def add(self, locator: str, why: str) -> None:
        self.count += 1
        if self.count <= NAMED:
            self.files.append((locator, why))


NAMED = 1000


def has_done(catalogue: Catalogue, cleanup_id: int, source_id: int | None = None) -> bool:
    """Return whether an action is done and neither undone nor purged."""
    return bool(
        catalogue.value(
            "SELECT EXISTS (SELECT 1 FROM cleanup_actions WHERE cleanup_id = ? AND status = 'done'"
            " AND action <> 'keep' AND (? IS NULL OR source_id = ?))",
            (cleanup_id, source_id, source_id),
        )
    )


def set_status(catalogue: Catalogue, cleanup_id: int, status: str) -> None:
    """Set the status of a cleanup."""
    with catalogue.db.atomic():
        catalogue.db.execute(
            "UPDATE cleanups SET status = ?, applied_at = CASE WHEN ? = 'applied' THEN ? ELSE applied_at END,"
            " finished_at = CASE WHEN ? IN ('undone', 'purged') THEN ? ELSE NULL END WHERE id = ?",
            [status, status, now(), status, now(), cleanup_id],
        )


def note_outcomes(catalogue: Catalogue, outcomes: Sequence[Outcome]) -> None:
    """Record the outcomes of actions, and update their records.

    A file that went is missing from the archive, as the next scan would find; its captions are
    carried to the keeper. One that came back is there again, and so are its captions.
    """
    if not outcomes:
        return
    db = catalogue.db
    with db.atomic():
        db.execute(
            "CREATE TEMP TABLE IF NOT EXISTS outcomes (action_id INTEGER PRIMARY KEY, status TEXT, detail TEXT)"
        )
        db.execute("DELETE FROM temp.outcomes")
        db.conn.executemany(
            "INSERT OR REPLACE INTO temp.outcomes VALUES (?, ?, ?)",
            [(each.action_id, each.status, each.detail) for each in outcomes],
        )
        db.execute(
            "DELETE FROM temp.outcomes WHERE EXISTS (SELECT 1 FROM cleanup_actions a WHERE a.id = action_id"
            " AND a.status = outcomes.status AND a.detail IS outcomes.detail)"
        )
        for temporary, statuses, was, missing_since in (
            ("gone", ("done",), "a.status <> 'done'", now()),
            ("back", ("undone", "planned", "skipped"), "a.status = 'done'", None),
        ):
            # CROSS JOIN makes SQLite start from the few outcomes, not from the many actions.
            # With a temporary table SQLite does not scan all records each time, as it does with IN (SELECT ...).
            db.execute(f"CREATE TEMP TABLE IF NOT EXISTS {temporary} (id INTEGER PRIMARY KEY)")
            db.execute(f"DELETE FROM temp.{temporary}")
            db.execute(
                f"INSERT OR IGNORE INTO temp.{temporary} SELECT a.record_id FROM temp.outcomes o"
                " CROSS JOIN cleanup_actions a ON a.id = o.action_id WHERE a.action = 'quarantine'"
                f" AND a.record_id IS NOT NULL AND {was} AND o.status IN (SELECT value FROM json_each(?))",
                [json.dumps(statuses)],
            )
            mark_pending(db, f"r.id IN (SELECT id FROM temp.{temporary})")
            db.execute(
                f"UPDATE records SET missing_since = ? WHERE id IN (SELECT id FROM temp.{temporary})",
                [missing_since],
            )
        _carry_captions(catalogue)
        db.execute(
            "UPDATE cleanup_actions SET (status, detail) = (SELECT o.status, o.detail FROM temp.outcomes o"
            " WHERE o.action_id = cleanup_actions.id) WHERE id IN (SELECT action_id FROM temp.outcomes)"
        )


def _carry_captions(catalogue: Catalogue) -> None:
    catalogue.db.execute(
        "DELETE FROM carried_captions WHERE action_id IN (SELECT action_id FROM temp.outcomes"
        " WHERE status IN ('undone', 'planned', 'skipped'))"
    )
    catalogue.db.execute(
        "INSERT INTO carried_captions (action_id, keeper_sha256, text, credit_line, date, place, origin, from_locator)"
        " SELECT DISTINCT a.id, a.keeper_sha256, c.text, c.credit_line, c.date, c.place, p.origin, a.locator"
        " FROM temp.outcomes o CROSS JOIN cleanup_actions a ON a.id = o.action_id"
        " JOIN placements p ON p.image_sha256 = a.sha256 JOIN captions c ON c.id = p.caption_id"
        " WHERE o.status = 'done' AND a.status <> 'done' AND a.action = 'quarantine' AND a.keeper_sha256 <> a.sha256"
        " AND p.origin <> 'alt' AND NOT EXISTS (SELECT 1 FROM placements q JOIN captions d ON d.id = q.caption_id"
        " WHERE q.image_sha256 = a.keeper_sha256 AND d.text = c.text AND d.credit_line IS c.credit_line)"
    )

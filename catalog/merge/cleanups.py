"""Merges the history of cleanups: which files were moved, and which captions were carried to the keeper.

A cleanup is identified by its token, and can be continued only in the catalogue that planned it: the journal beside the
quarantined files uses that catalogue's ids. Plans that were not applied are left out.
"""

from sqlite_utils import Database

from catalog.merge.addresses import Nesting
from catalog.store.pending import mark_pending

_CLEANUP = "token, created_at, status, options, quarantine, applied_at, finished_at"
_ACTION = (
    "group_id, kind, source_uri, locator, action, sha256, byte_size, keeper_locator, keeper_sha256, reason, lacks,"
    " freed_bytes, status, detail, pages, companion_of"
)
_CARRIED = "keeper_sha256, text, credit_line, date, place, origin, from_locator"
_STATUSES = ("planned", "applying", "applied", "undone", "purged")
"""States of a cleanup, in their order."""


def merge_cleanups(db: Database, nesting: Nesting) -> None:
    """Merge the shard's cleanups; of two states of one cleanup, the later counts."""
    rows = db.conn.execute(
        f"SELECT id, {_CLEANUP} FROM shard.cleanups WHERE status <> 'planned' ORDER BY created_at, token"
    ).fetchall()
    for in_id, *cleanup in rows:
        known = db.conn.execute(
            f"SELECT id, {_CLEANUP} FROM main.cleanups WHERE token = ?", (cleanup[0],)
        ).fetchone()
        if known is None:
            marks = ", ".join("?" * len(cleanup))
            cursor = db.conn.execute(
                f"INSERT INTO main.cleanups ({_CLEANUP}, merged) VALUES ({marks}, 1)", cleanup
            )
            out_id = int(cursor.lastrowid or 0)
            _copy_actions(db, nesting, in_id, out_id)
        elif _order(db, "shard", in_id, cleanup) > _order(db, "main", known[0], list(known[1:])):
            out_id = known[0]
            _update(db, in_id, out_id, cleanup)
        else:
            continue
        _copy_carried(db, in_id, out_id)
    _note_returned(db)


def _note_returned(db: Database) -> None:
    """Mark files that undo put back: no scan has seen them since, and an older catalogue has them as missing."""
    db.conn.execute("CREATE TEMP TABLE merge_returned (id INTEGER PRIMARY KEY)")
    db.conn.execute(
        "INSERT OR IGNORE INTO merge_returned SELECT r.id FROM main.cleanups c"
        " JOIN main.cleanup_actions a ON a.cleanup_id = c.id JOIN main.records r ON r.id = a.record_id"
        " WHERE c.status = 'undone' AND a.action = 'quarantine' AND a.status = 'undone'"
        " AND r.missing_since <= c.finished_at"
    )
    mark_pending(db, "r.id IN (SELECT id FROM temp.merge_returned)")
    db.conn.execute(
        "UPDATE main.records SET missing_since = NULL WHERE id IN (SELECT id FROM temp.merge_returned)"
    )


def _order(db: Database, schema: str, cleanup_id: int, cleanup: list[object]) -> tuple[object, ...]:
    """Return a sort key for states of one cleanup: by its status, then by the number of actions done."""
    _, _, status, _, _, applied_at, finished_at = cleanup
    counts = dict(
        db.conn.execute(
            f"SELECT status, count(*) FROM {schema}.cleanup_actions WHERE cleanup_id = ? GROUP BY status",
            (cleanup_id,),
        ).fetchall()
    )
    acted = [counts.get(each, 0) for each in ("purged", "undone", "done", "skipped")]
    return _STATUSES.index(str(status)), finished_at or "", applied_at or "", *acted


def _copy_actions(db: Database, nesting: Nesting, in_id: int, out_id: int) -> None:
    def record(column: str) -> str:
        source, locator = nesting.source("s.out_id", "r.locator"), nesting.locator("s.out_id", "r.locator")
        return (
            f"(SELECT o.id FROM (SELECT {source} AS at_source, {locator} AS at FROM shard.records r"
            f" JOIN temp.merge_sources s ON s.in_id = r.source_id WHERE r.id = a.{column}) w"
            " JOIN main.records o ON o.source_id = w.at_source AND o.locator = w.at)"
        )

    def source(column: str) -> str:
        return f"(SELECT s.out_id FROM temp.merge_sources s WHERE s.in_id = a.{column})"

    db.conn.execute(
        f"INSERT INTO main.cleanup_actions (cleanup_id, {_ACTION}, record_id, source_id, keeper_record_id,"
        f" keeper_source_id) SELECT ?, {_ACTION}, {record('record_id')}, {source('source_id')},"
        f" {record('keeper_record_id')}, {source('keeper_source_id')} FROM shard.cleanup_actions a"
        " WHERE a.cleanup_id = ? ORDER BY a.id",
        (out_id, in_id),
    )


_NUMBERED = (
    "SELECT id, row_number() OVER (ORDER BY id) AS nth FROM {0}.cleanup_actions WHERE cleanup_id = {1}"
)
"""Maps actions by their position: no actions are added to a cleanup, so the n-th is the same in both."""


def _update(db: Database, in_id: int, out_id: int, cleanup: list[object]) -> None:
    db.conn.execute(
        f"UPDATE main.cleanups SET ({_CLEANUP}) = ({', '.join('?' * len(cleanup))}) WHERE id = ?",
        (*cleanup, out_id),
    )
    db.conn.execute(
        "UPDATE main.cleanup_actions AS o SET (status, detail) = (i.status, i.detail)"
        f" FROM ({_NUMBERED.format('main', '?1')}) m JOIN ({_NUMBERED.format('shard', '?2')}) s ON s.nth = m.nth"
        " JOIN shard.cleanup_actions i ON i.id = s.id WHERE o.id = m.id",
        (out_id, in_id),
    )


def _copy_carried(db: Database, in_id: int, out_id: int) -> None:
    db.conn.execute(
        "DELETE FROM main.carried_captions WHERE action_id IN"
        " (SELECT id FROM main.cleanup_actions WHERE cleanup_id = ?)",
        (out_id,),
    )
    db.conn.execute(
        f"INSERT INTO main.carried_captions (action_id, {_CARRIED}) SELECT m.id, {_CARRIED}"
        f" FROM ({_NUMBERED.format('main', '?1')}) m JOIN ({_NUMBERED.format('shard', '?2')}) s ON s.nth = m.nth"
        " JOIN shard.carried_captions c ON c.action_id = s.id ORDER BY c.id",
        (out_id, in_id),
    )

"""Merges decisions: of two verdicts on the same two things the later one counts, and the other is kept beside it."""

import json
from dataclasses import dataclass

from sqlite_utils import Database

from catalog.match.articles.verdicts import CREDIT
from catalog.merge.addresses import Nesting

_VERDICT = "left, right, verdict, note, decided_at"
_LAST_FIRST = "decided_at DESC, verdict DESC, coalesce(note, '') DESC"
"""The order of verdicts in the same second: ``same`` overrules ``different``, then the note that sorts last."""


@dataclass(frozen=True, slots=True)
class Overruled:
    """A verdict that another one on the same two overrules."""

    left: str
    right: str
    verdict: str
    decided_at: str
    standing: str
    """The verdict that counts."""
    standing_since: str


@dataclass(frozen=True, slots=True)
class DecisionCounts:
    """Decisions of a shard that changed the catalogue, all of them, and those that met another verdict."""

    new: int
    all: int
    overruled: tuple[Overruled, ...]


def merge_decisions(db: Database) -> DecisionCounts:
    """Merge the shard's decisions and its overruled ones; mark what they concern as pending."""
    execute = db.conn.execute
    execute(f"CREATE TEMP TABLE merge_verdicts ({_VERDICT}, ours INTEGER)")
    execute(
        f"INSERT INTO merge_verdicts SELECT {_VERDICT}, 0 FROM shard.decisions"
        f" UNION ALL SELECT {_VERDICT}, 0 FROM shard.overruled_decisions"
    )
    execute(
        f"INSERT INTO merge_verdicts SELECT {_VERDICT}, ours FROM (SELECT {_VERDICT}, 2 AS ours FROM main.decisions"
        f" UNION ALL SELECT {_VERDICT}, 1 FROM main.overruled_decisions) m"
        " WHERE EXISTS (SELECT 1 FROM temp.merge_verdicts v WHERE v.left = m.left AND v.right = m.right)"
    )
    execute("CREATE TEMP TABLE merge_standing (left, right, verdict, note, decided_at, ours)")
    execute(
        f"INSERT INTO merge_standing SELECT {_VERDICT}, max(ours) FROM (SELECT *, rank() OVER (PARTITION BY left, right"
        f" ORDER BY {_LAST_FIRST}) AS place FROM temp.merge_verdicts) WHERE place = 1 GROUP BY left, right"
    )
    all_, new = (
        execute(sql).fetchone()[0]
        for sql in (
            "SELECT count(*) FROM shard.decisions",
            "SELECT count(*) FROM temp.merge_standing WHERE ours < 2",
        )
    )
    overruled = _keep_overruled(db)
    execute(
        f"INSERT INTO main.decisions ({_VERDICT}) SELECT {_VERDICT} FROM temp.merge_standing WHERE ours < 2"
        " ON CONFLICT (left, right) DO UPDATE SET verdict = excluded.verdict, note = excluded.note,"
        " decided_at = excluded.decided_at"
    )
    _mark(db)
    return DecisionCounts(new, all_, overruled)


def _keep_overruled(db: Database) -> tuple[Overruled, ...]:
    execute = db.conn.execute
    rest = (
        "SELECT DISTINCT v.left, v.right, v.verdict, v.note, v.decided_at FROM temp.merge_verdicts v"
        " JOIN temp.merge_standing s ON s.left = v.left AND s.right = v.right"
        " WHERE (v.decided_at, v.verdict, coalesce(v.note, '')) <> (s.decided_at, s.verdict, coalesce(s.note, ''))"
        " AND NOT EXISTS (SELECT 1 FROM main.overruled_decisions o WHERE o.left = v.left AND o.right = v.right"
        "  AND o.verdict = v.verdict AND o.note IS v.note AND o.decided_at = v.decided_at)"
    )
    found = execute(
        f"SELECT r.left, r.right, r.verdict, r.decided_at, s.verdict, s.decided_at FROM ({rest}) r"
        " JOIN temp.merge_standing s ON s.left = r.left AND s.right = r.right WHERE s.verdict <> r.verdict"
        " ORDER BY r.left, r.right, r.decided_at"
    ).fetchall()
    execute(f"INSERT INTO main.overruled_decisions ({_VERDICT}) {rest}")
    execute(
        "DELETE FROM main.overruled_decisions AS o WHERE EXISTS (SELECT 1 FROM temp.merge_standing s"
        " WHERE s.left = o.left AND s.right = o.right AND s.verdict = o.verdict AND s.note IS o.note"
        " AND s.decided_at = o.decided_at)"
    )
    return tuple(Overruled(*row) for row in found)


def _mark(db: Database) -> None:
    """Mark the pictures (digests) and captions (keys) of new decisions as pending."""
    named = (
        "(SELECT left AS name FROM temp.merge_standing WHERE ours < 2"
        " UNION SELECT right FROM temp.merge_standing WHERE ours < 2) d"
    )
    by_key = f"SELECT {{0}} FROM {named} CROSS JOIN captions c ON c.key = d.name"
    of_placements = f"{by_key} CROSS JOIN placements p ON p.caption_id = c.id"
    for kind, items in (
        ("credits", f"SELECT '' FROM {named} WHERE d.name = '{CREDIT}'"),
        ("image", f"SELECT i.sha256 FROM {named} CROSS JOIN images i ON i.sha256 = d.name"),
        ("image-captions", f"SELECT i.sha256 FROM {named} CROSS JOIN images i ON i.sha256 = d.name"),
        ("caption", by_key.format("c.id")),
        ("image-captions", of_placements.format("p.image_sha256") + " WHERE p.image_sha256 IS NOT NULL"),
        (
            "repeat",
            of_placements.format("m.repeat_id")
            + " CROSS JOIN caption_repeat_members m ON m.placement_id = p.id",
        ),
    ):
        db.conn.execute(
            f"INSERT OR IGNORE INTO pending (kind, item) SELECT '{kind}', * FROM ({items})",
        )


def merge_keeper_choices(db: Database, nesting: Nesting) -> None:
    """Merge the keepers that people chose: of two choices for one record, the later counts."""
    execute = db.conn.execute
    source, locator = nesting.source("s.out_id", "r.locator"), nesting.locator("s.out_id", "r.locator")
    execute(
        "CREATE TEMP TABLE merge_choices (record_id INTEGER PRIMARY KEY, image_sha256 TEXT, chosen_at TEXT)"
    )
    execute(
        "INSERT OR IGNORE INTO merge_choices SELECT o.id, w.image_sha256, w.chosen_at FROM (SELECT c.image_sha256,"
        f" c.chosen_at, {source} AS at_source, {locator} AS at FROM shard.keeper_choices c"
        " JOIN shard.records r ON r.id = c.record_id JOIN temp.merge_sources s ON s.in_id = r.source_id) w"
        " JOIN main.records o ON o.source_id = w.at_source AND o.locator = w.at"
        " LEFT JOIN main.keeper_choices k ON k.record_id = o.id"
        " WHERE k.record_id IS NULL OR (w.chosen_at, w.image_sha256) > (k.chosen_at, k.image_sha256)"
        " ORDER BY w.chosen_at DESC, w.image_sha256 DESC"
    )
    execute("INSERT OR IGNORE INTO pending (kind, item) SELECT 'image', image_sha256 FROM temp.merge_choices")
    execute(
        "INSERT OR REPLACE INTO main.keeper_choices (record_id, image_sha256, chosen_at)"
        " SELECT record_id, image_sha256, chosen_at FROM temp.merge_choices"
    )


def merge_reviews(db: Database, nesting: Nesting, choices: dict[int, int]) -> None:
    """Merge the journal of reviews, each step once.

    Groups and repeats are numbered anew by matching, so that a step of another catalogue says of which
    record it was, and no more in which group.

    :param choices: by a choice's number in the shard, the one that it has here.
    """
    source, locator = nesting.source("s.out_id", "r.locator"), nesting.locator("s.out_id", "r.locator")
    address = (
        f"SELECT {source}, {locator} FROM shard.records r JOIN temp.merge_sources s ON s.in_id = r.source_id"
        " WHERE r.id = ?"
    )

    def number(record: object) -> int | None:
        at = db.conn.execute(address, (record,)).fetchone()
        found = (
            at
            and db.conn.execute(
                "SELECT id FROM main.records WHERE source_id = ? AND locator = ?", at
            ).fetchone()
        )
        return int(found[0]) if found else None

    columns = "queue, action, left, right, note, previous, reviewed_at"
    known = {_told(row) for row in db.conn.execute(f"SELECT {columns} FROM main.reviews")}
    for row in db.conn.execute(f"SELECT {columns} FROM shard.reviews ORDER BY reviewed_at, id").fetchall():
        queue, action, left, right, note, previous, reviewed_at = row
        if action == "keeper":
            left, right = "group 0", f"record {number(_record(right)) or 0}"
            before = json.loads(previous) if previous else None
            kept = number(before[0]) if before else None
            previous = json.dumps([kept, before[1]]) if before and kept else None
        elif action in _OF_CHOICES and previous:
            right, previous = _renumber(previous, choices)
        step = (queue, action, left, right, note, previous, reviewed_at)
        if _told(step) not in known:
            known.add(_told(step))
            db.conn.execute(
                f"INSERT INTO main.reviews ({columns}, place) VALUES (?, ?, ?, ?, ?, ?, ?, '0-0')", step
            )


_OF_CHOICES = ("choose", "dismiss")


def _renumber(previous: str, choices: dict[int, int]) -> tuple[str, str]:
    """Return the choice that a step made, and the one it replaced, by their ids here."""
    number, former = json.loads(previous)
    here = choices.setdefault(number, number)
    former = [[[choices.setdefault(said[0], said[0]), *said[1:]], pictures] for said, pictures in former]
    return f"choice {here}", json.dumps([here, former])


def _record(text: str) -> int:
    number = text.rpartition(" ")[2]
    return int(number) if number.isdecimal() else 0


def _told(step: tuple[object, ...]) -> tuple[object, ...]:
    """Return a step without ids that change: those of a keeper's group and of a choice."""
    queue, action, left, right, note, _, reviewed_at = step
    if action == "keeper":
        left = None
    elif action in _OF_CHOICES:
        right = None
    return queue, action, left, right, note, reviewed_at

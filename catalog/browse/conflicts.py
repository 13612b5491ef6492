"""Conflicts: captions of one picture that disagree."""

import sqlite3
from dataclasses import dataclass

from catalog.browse.page import NotFound, Visit
from catalog.browse.reply import Reply
from catalog.browse.showings import COLUMNS, JOINED, Showing, read_showing
from catalog.browse.words import GRADES
from media.captions.word_difference import Part, mark_differences

_CARDS = 12
_MEMBERS_OF_A_CARD = 24
_MEMBERS_OF_A_PAGE = 100
_PLACES = 6


@dataclass(frozen=True, slots=True)
class Version:
    """One wording and its places."""

    caption: str
    credit_line: str | None
    date: str | None
    place: str | None
    difference: str | None
    """How it differs from the first, if too many words differ to mark them."""
    parts: tuple[Part, ...]
    """Its text, with words that differ from the first marked."""
    places: tuple[Showing, ...]
    more_places: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """A picture, and those of its captions that the page shows."""

    id: int
    grade: str
    size: int
    image_sha256: str | None
    versions: tuple[Version, ...]
    next_placement: int | None


def load_conflicts(
    connection: sqlite3.Connection, grade: str, after: tuple[int, int] | None
) -> tuple[list[Conflict], tuple[int, int] | None]:
    """Return a page of conflicts of one grade, the largest first, and where the next page starts."""
    size, last = after or ((1 << 62), 0)
    rows = connection.execute(
        "SELECT id, grade, size, image_sha256 FROM caption_conflict_sets WHERE settled = 0 AND grade = ?"
        " AND (size, id) < (?, ?) ORDER BY size DESC, id DESC LIMIT ?",
        (grade, size, last, _CARDS + 1),
    ).fetchall()
    conflicts = [_load(connection, row, 0, _MEMBERS_OF_A_CARD) for row in rows[:_CARDS]]
    more = (rows[_CARDS - 1][2], rows[_CARDS - 1][0]) if len(rows) > _CARDS else None
    return conflicts, more


def load_conflict(connection: sqlite3.Connection, conflict_id: int, after: int) -> Conflict | None:
    """Return one conflict, with its captions from ``after`` on."""
    row = connection.execute(
        "SELECT id, grade, size, image_sha256 FROM caption_conflict_sets WHERE id = ?", (conflict_id,)
    ).fetchone()
    return _load(connection, row, after, _MEMBERS_OF_A_PAGE) if row else None


_MEMBERS = (
    f"SELECT m.difference, {COLUMNS} FROM caption_conflict_members m JOIN placements p ON p.id = m.placement_id"
    f"{JOINED} WHERE m.conflict_id = ? AND m.placement_id > ? ORDER BY m.placement_id LIMIT ?"
)


def _load(
    connection: sqlite3.Connection, row: tuple[int, str, int, str | None], after: int, limit: int
) -> Conflict:
    conflict_id, grade, size, sha256 = row
    rows = [tuple(each) for each in connection.execute(_MEMBERS, (conflict_id, after, limit + 1))]
    showings = [(read_showing(each[1:]), each[0]) for each in rows[:limit]]
    wordings: dict[tuple[str, str | None], list[Showing]] = {}
    said: dict[tuple[str, str | None], str] = {}
    for showing, difference in showings:
        wording = (showing.caption or "", showing.credit_line)
        wordings.setdefault(wording, []).append(showing)
        said.setdefault(wording, difference or "")
    # The one that the others were compared with has no difference; it comes first.
    ordered = sorted(wordings, key=lambda wording: bool(said[wording]))
    versions = [
        _version(ordered[0][0], wording, said[wording], wordings[wording], first=number == 0)
        for number, wording in enumerate(ordered)
    ]
    return Conflict(
        conflict_id,
        grade,
        size,
        sha256 or next((each.image_sha256 for each, _ in showings if each.image_sha256), None),
        tuple(versions),
        showings[-1][0].placement_id if len(rows) > limit else None,
    )


def _version(
    reference: str, wording: tuple[str, str | None], difference: str, places: list[Showing], *, first: bool
) -> Version:
    caption, credit_line = wording
    parts = (Part(caption, "same"),) if first else mark_differences(reference, caption)
    unmarked = len(parts) == 1 and caption != reference
    return Version(
        caption,
        credit_line,
        places[0].date,
        places[0].place,
        difference if unmarked and difference else None,
        parts,
        tuple(places[:_PLACES]),
        max(0, len(places) - _PLACES),
    )


def count_grades(connection: sqlite3.Connection) -> dict[str, int]:
    """Count the conflicts of each grade."""
    rows = connection.execute(
        "SELECT grade, count(*) FROM caption_conflict_sets WHERE settled = 0 GROUP BY grade"
    )
    return dict(rows.fetchall())


def count_open_conflicts(connection: sqlite3.Connection) -> int:
    """Count the conflicts that are not decided yet."""
    row = connection.execute("SELECT count(*) FROM caption_conflict_sets WHERE settled = 0").fetchone()
    return int(row[0])


async def show_conflicts(visit: Visit) -> Reply:
    counts = await visit.remember("conflicts", count_grades)
    grade = visit.choice("grade", GRADES) or next((each for each in GRADES if counts.get(each)), "fact")
    after = visit.numbers("after", 2)
    conflicts, more = await visit.load(
        lambda connection: load_conflicts(connection, grade, (after[0], after[1]) if after else None)
    )
    return await visit.page(
        "conflicts.html",
        title="Conflicting captions",
        here="conflicts",
        kinds=GRADES,
        counts=counts,
        kind=grade,
        after=after,
        conflicts=conflicts,
        more=more,
    )


async def show_conflict(visit: Visit) -> Reply:
    after = visit.numbers("after", 1)
    number = visit.number("id")
    conflict = await visit.load(
        lambda connection: load_conflict(connection, number, after[0] if after else 0)
    )
    if conflict is None:
        raise NotFound("No conflict has that number. Numbers change when the catalogue is matched again.")
    return await visit.page(
        "conflict.html", title="Conflicting captions", here="conflicts", conflict=conflict, after=after
    )

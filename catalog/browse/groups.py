"""Groups of pictures that show the same: a list of cards, and a page for each group."""

import sqlite3
from dataclasses import dataclass

from catalog.browse.frames import Frame, read_frame
from catalog.browse.page import Visit
from catalog.browse.reply import Reply
from catalog.browse.words import GROUP_KINDS
from catalog.store.counting import count_furniture_groups, count_listed_groups

_CARDS = 12
_MEMBERS_OF_A_CARD = 5
_MEMBERS_OF_A_PAGE = 48

SORTS = {"size": "most pictures", "reclaimable_bytes": "most bytes to free"}


@dataclass(frozen=True, slots=True)
class Member:
    """One record of a group."""

    kind: str | None
    """The kind of match with the keeper's picture; None: the same picture, or not compared directly."""
    distance_bits: int | None
    aligned_similarity: float | None
    frame: Frame | None
    """How it shows the keeper's picture."""
    verdict: str | None
    """A person's decision on it and the keeper."""
    record_id: int
    sha256: str
    locator: str
    byte_size: int | None
    width_px: int
    height_px: int
    format: str
    keeper: bool
    reason: str
    gone: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A group: its keeper, and those of its other members that the page shows."""

    id: int
    kind: str
    size: int
    widest_distance_bits: int | None
    reclaimable_bytes: int
    keeper: Member | None
    members: tuple[Member, ...]
    """Without the keeper."""
    next_record: int | None


IS_FURNITURE = (
    "EXISTS (SELECT 1 FROM image_group_members gm JOIN furniture u ON u.image_sha256 = gm.image_sha256"
    " WHERE gm.group_id = image_groups.id)"
)


def load_groups(
    connection: sqlite3.Connection, kind: str | None, sort: str, after: tuple[int, int] | None
) -> tuple[list[Group], tuple[int, int] | None]:
    """Return a page of groups in the order ``sort`` (one of :data:`SORTS`), and where the next page starts.

    Page furniture is left out; it has its own page.
    """
    value, last = after or ((1 << 62), 0)
    rows = connection.execute(
        "SELECT id, kind, size, widest_distance_bits, reclaimable_bytes FROM image_groups"
        f" WHERE ({sort}, id) < (?, ?){' AND kind = ?' if kind else ''} AND NOT {IS_FURNITURE}"
        f" ORDER BY {sort} DESC, id DESC LIMIT ?",
        (value, last, *([kind] if kind else []), _CARDS + 1),
    ).fetchall()
    groups = [_load(connection, row, 0, _MEMBERS_OF_A_CARD) for row in rows[:_CARDS]]
    column = 2 if sort == "size" else 4
    more = (rows[_CARDS - 1][column], rows[_CARDS - 1][0]) if len(rows) > _CARDS else None
    return groups, more


def load_group(
    connection: sqlite3.Connection, group_id: int, after: int = 0, limit: int = _MEMBERS_OF_A_PAGE
) -> Group | None:
    """Return one group, with its members from ``after`` on."""
    row = connection.execute(
        "SELECT id, kind, size, widest_distance_bits, reclaimable_bytes FROM image_groups WHERE id = ?",
        (group_id,),
    ).fetchone()
    return _load(connection, row, after, limit) if row else None


_MEMBER = (
    "SELECT m.record_id, m.image_sha256, r.locator, r.byte_size, i.width_px, i.height_px, i.format, m.keeper,"
    " m.reason, r.missing_since IS NOT NULL FROM image_group_members m JOIN records r ON r.id = m.record_id"
    " JOIN images i ON i.sha256 = m.image_sha256 WHERE m.group_id = ?"
)


def _load(
    connection: sqlite3.Connection, row: tuple[int, str, int, int | None, int], after: int, limit: int
) -> Group:
    group_id = row[0]
    kept = connection.execute(f"{_MEMBER} AND m.keeper = 1", (group_id,)).fetchone()
    keeper = _member(connection, tuple(kept), None) if kept else None
    others = connection.execute(
        f"{_MEMBER} AND m.record_id > ? AND m.keeper = 0 ORDER BY m.record_id LIMIT ?",
        (group_id, after, limit + 1),
    ).fetchall()
    members = tuple(_member(connection, tuple(each), keeper) for each in others[:limit])
    return Group(*row, keeper, members, members[-1].record_id if len(others) > limit else None)


def _member(connection: sqlite3.Connection, row: tuple[object, ...], keeper: Member | None) -> Member:
    sha256 = str(row[1])
    kind = distance = similarity = frame = verdict = None
    if keeper is None or keeper.sha256 == sha256:
        distance, similarity = 0, 1.0
    else:
        kind, distance, similarity, frame = find_match(connection, keeper.sha256, sha256)
        pair = sorted((keeper.sha256, sha256))
        decided = connection.execute(
            "SELECT verdict FROM decisions WHERE left = ? AND right = ?", pair
        ).fetchone()
        verdict = decided[0] if decided else None
    return Member(kind, distance, similarity, frame, verdict, *row)  # type: ignore[arg-type]


Match = tuple[str | None, int | None, float | None, Frame | None]


def find_match(connection: sqlite3.Connection, left: str, right: str) -> Match:
    """Return the match of two pictures: kind, distance, similarity, and how ``right`` shows ``left``."""
    row = connection.execute(
        "SELECT kind, distance_bits, aligned_similarity, transform FROM image_matches"
        " WHERE left_sha256 = ? AND right_sha256 = ?",
        sorted((left, right)),
    ).fetchone()
    if row is None:
        return None, None, None, None
    frame = read_frame(row[3])
    if frame is not None and left > right:
        frame = frame.turned()
    return row[0], row[1], row[2], frame


async def show_groups(visit: Visit) -> Reply:
    kind = visit.choice("kind", GROUP_KINDS)
    sort = visit.choice("sort", SORTS) or "size"
    after = visit.numbers("after", 2)
    groups, more = await visit.load(
        lambda connection: load_groups(connection, kind, sort, (after[0], after[1]) if after else None)
    )
    return await visit.page(
        "groups.html",
        title="Repeated pictures",
        here="pictures",
        kinds=GROUP_KINDS,
        counts=await visit.remember("groups", count_listed_groups),
        kind=kind,
        sort=sort,
        sorts=SORTS,
        after=after,
        groups=groups,
        more=more,
        furniture=await visit.remember("furniture", count_furniture_groups),
    )

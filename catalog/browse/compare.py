"""Two pictures laid over each other: side by side, swiped, blinking, or their difference."""

import sqlite3
from dataclasses import dataclass

from catalog.browse.frames import Frame
from catalog.browse.groups import find_match
from catalog.browse.originals import Copy, find_listed
from catalog.browse.page import NotFound, Visit
from catalog.browse.pictures import has_original
from catalog.browse.reply import Reply


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two."""

    sha256: str
    format: str
    width_px: int
    height_px: int
    locator: str
    byte_size: int | None
    copies: tuple[Copy, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two pictures and their match in the catalogue."""

    left: Side
    right: Side
    kind: str | None
    distance_bits: int | None
    aligned_similarity: float | None
    frame: Frame | None
    matrix: tuple[float, ...]
    """SVG matrix that lays the right picture over the left one."""
    verdict: str | None


def load_comparison(connection: sqlite3.Connection, left: str, right: str) -> Comparison | None:
    """Return the comparison of two pictures; None if the catalogue lacks one of them."""
    ours, theirs = _side(connection, left), _side(connection, right)
    if ours is None or theirs is None:
        return None
    kind, distance, similarity, frame = find_match(connection, left, right)
    sizes = (ours.width_px, ours.height_px), (theirs.width_px, theirs.height_px)
    decided = connection.execute(
        "SELECT verdict FROM decisions WHERE left = ? AND right = ?", sorted((left, right))
    ).fetchone()
    matrix = (frame or Frame(False, 0.0, 1.0, (0, 0, 1, 1), (0, 0, 1, 1))).matrix(*sizes)
    return Comparison(
        ours, theirs, kind, distance, similarity, frame, matrix, decided[0] if decided else None
    )


def _side(connection: sqlite3.Connection, sha256: str) -> Side | None:
    row = connection.execute(
        "SELECT i.format, i.width_px, i.height_px, r.locator, r.byte_size FROM images i"
        " LEFT JOIN records r ON r.sha256 = i.sha256 WHERE i.sha256 = ? ORDER BY r.missing_since IS NOT NULL LIMIT 1",
        (sha256,),
    ).fetchone()
    if row is None:
        return None
    listed = find_listed(connection, sha256)
    return Side(sha256, row[0], row[1], row[2], row[3] or "", row[4], listed.copies if listed else ())


async def show_comparison(visit: Visit) -> Reply:
    left, right = visit.part("left"), visit.part("right")
    comparison = await visit.load(lambda connection: load_comparison(connection, left, right))
    if comparison is None:
        raise NotFound("One of these two pictures is not in the catalogue.")
    return await visit.page(
        "compare.html",
        title="Compare",
        here="pictures",
        comparison=comparison,
        addresses=[
            visit.links.original(side.sha256)
            if await has_original(visit, side.format, side.copies)
            else visit.links.thumbnail(side.sha256)
            for side in (comparison.left, comparison.right)
        ],
    )

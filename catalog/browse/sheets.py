"""The contact sheet of a group: every picture with its files, its captions and how it was changed."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.browse.frames import Frame, read_frame
from catalog.browse.worklist import UNSURE, judge

_MOST_TILES = 24
_MOST_RECORDS = 400
"""Files of a group on one sheet, undecided ones first; the others follow once these are decided."""
_FILES = 3
_CAPTIONS = 3


@dataclass(frozen=True, slots=True)
class File:
    """A file that holds a picture."""

    record_id: int
    locator: str
    byte_size: int | None
    gone: bool

    @property
    def folder(self) -> str:
        return self.locator.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Said:
    """A caption of a picture, and its number of places."""

    text: str
    credit_line: str | None
    origin: str
    places: int


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture of the sheet."""

    sha256: str
    keeper: bool
    files: tuple[File, ...]
    more_files: int
    width_px: int
    height_px: int
    format: str
    created_at: str | None
    camera: str | None
    reason: str
    level: int
    similarity: float | None
    kind: str | None
    frame: Frame | None
    verdict: str | None
    captions: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """The contact sheet of a group."""

    group_id: int
    kind: str
    files: int
    keeper: Tile | None
    others: tuple[Tile, ...]
    """The other pictures; undecided and doubtful ones come first."""
    more: int
    """The number of pictures that follow once these are decided."""

    @property
    def seen(self) -> str:
        return " ".join(tile.sha256 for tile in self.others)

    @property
    def undecided(self) -> int:
        return sum(1 for tile in self.others if tile.verdict is None)


_MEMBERS = (
    "SELECT m.image_sha256, m.keeper, m.reason, r.id, r.locator, r.byte_size, r.missing_since IS NOT NULL, d.verdict"
    " FROM image_group_members m JOIN records r ON r.id = m.record_id"
    " LEFT JOIN image_group_members k ON k.group_id = m.group_id AND k.keeper = 1"
    " LEFT JOIN decisions d ON d.left = min(k.image_sha256, m.image_sha256)"
    "  AND d.right = max(k.image_sha256, m.image_sha256) WHERE m.group_id = ?"
    " ORDER BY m.keeper DESC, d.verdict IS NOT NULL, r.missing_since IS NOT NULL, r.locator LIMIT ?"
)
_KNOWN = (
    "SELECT j.value, t.kind, t.aligned_similarity, t.transform FROM json_each(:pictures) j"
    " LEFT JOIN image_matches t ON t.left_sha256 = min(j.value, :keeper) AND t.right_sha256 = max(j.value, :keeper)"
)


def load_contact_sheet(connection: sqlite3.Connection, group_id: int) -> ContactSheet | None:
    """Return a group's sheet; None if there is no such group."""
    group = connection.execute("SELECT kind, size FROM image_groups WHERE id = ?", (group_id,)).fetchone()
    if group is None:
        return None
    held: dict[str, list[tuple[object, ...]]] = {}
    for row in connection.execute(_MEMBERS, (group_id, _MOST_RECORDS)):
        held.setdefault(row[0], []).append(tuple(row))
    keeper = next(iter(held), None)
    judged = []
    others = json.dumps([sha256 for sha256 in held if sha256 != keeper])
    for row in connection.execute(_KNOWN, {"pictures": others, "keeper": keeper}):
        sha256, kind, similarity, transform = tuple(row)
        frame, verdict = read_frame(transform), held[sha256][0][7]
        level = judge(kind, similarity, frame)
        judged.append((verdict is not None, -level, similarity or 0.0, sha256, kind, frame, verdict))
    judged.sort(key=lambda each: each[:4])
    tiles = [
        _tile(
            connection,
            sha256,
            held[sha256],
            kind,
            similarity or None,
            _as_seen(frame, keeper, sha256),
            str(verdict) if verdict else None,
        )
        for _, _, similarity, sha256, kind, frame, verdict in judged[:_MOST_TILES]
    ]
    kept = _tile(connection, keeper, held[keeper], "same-pixels", 1.0, None, None) if keeper else None
    pictures = connection.execute(
        "SELECT count(DISTINCT image_sha256) FROM image_group_members WHERE group_id = ?", (group_id,)
    ).fetchone()[0]
    return ContactSheet(group_id, group[0], group[1], kept, tuple(tiles), max(0, pictures - 1 - len(tiles)))


def _as_seen(frame: Frame | None, keeper: str | None, sha256: str) -> Frame | None:
    """Return how a picture shows the keeper, from a match, which has how the right one shows the left one."""
    return frame.turned() if frame is not None and keeper is not None and sha256 < keeper else frame


def _tile(
    connection: sqlite3.Connection,
    sha256: str,
    rows: Sequence[tuple[object, ...]],
    kind: str | None,
    similarity: float | None,
    frame: Frame | None,
    verdict: str | None,
) -> Tile:
    image = connection.execute(
        "SELECT width_px, height_px, format, created_at, camera, caption, credit_line FROM images WHERE sha256 = ?",
        (sha256,),
    ).fetchone()
    files = [File(int(str(row[3])), str(row[4]), row[5], bool(row[6])) for row in rows]  # type: ignore[arg-type]
    said = connection.execute(
        "SELECT c.text, c.credit_line, min(p.origin), count(*) FROM placements p JOIN captions c ON c.id = p.caption_id"
        " WHERE p.image_sha256 = ? AND p.origin <> 'alt' GROUP BY c.text, c.credit_line ORDER BY 4 DESC, 1 LIMIT ?",
        (sha256, _CAPTIONS),
    ).fetchall()
    captions = [Said(*row) for row in said]
    return Tile(
        sha256,
        bool(rows[0][1]),
        tuple(files[:_FILES]),
        max(0, len(files) - _FILES),
        image[0],
        image[1],
        image[2],
        image[3],
        image[4],
        str(rows[0][2]),
        judge(kind, similarity, frame) if kind else UNSURE,
        similarity,
        kind,
        frame,
        verdict,
        tuple(captions),
    )

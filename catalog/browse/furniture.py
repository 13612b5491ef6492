"""Page furniture: logos, icons, portraits of authors, adverts, and captions that do not describe a picture."""

import sqlite3
from collections import Counter
from dataclasses import dataclass

from catalog.browse.page import Visit
from catalog.browse.reply import Reply
from catalog.browse.sql_limits import read_through
from catalog.browse.words import FURNITURE_KINDS
from catalog.show.furniture import evidence_text

_PAGE = 60


@dataclass(frozen=True, slots=True)
class Piece:
    """A picture in all of its forms, or a caption in all of its places."""

    kind: str
    picture: str | None
    caption: str | None
    width_px: int | None
    height_px: int | None
    files: int
    place: str
    why: str


def load_furniture(connection: sqlite3.Connection) -> list[Piece]:
    """Return all page furniture, the most frequent first; each count needs every place."""
    cursor = read_through(
        connection,
        "SELECT kind, picture_id, caption, width_px, height_px, files, url, locator, evidence FROM page_furniture"
        " ORDER BY files DESC, url, locator, picture_id",
    )
    names = [column[0] for column in cursor.description]
    return [_piece(dict(zip(names, tuple(row), strict=True))) for row in cursor]


def _piece(row: dict[str, object]) -> Piece:
    return Piece(
        str(row["kind"]),
        row["picture_id"],  # type: ignore[arg-type]
        row["caption"],  # type: ignore[arg-type]
        row["width_px"],  # type: ignore[arg-type]
        row["height_px"],  # type: ignore[arg-type]
        int(str(row["files"])),
        str(row["url"] or row["locator"]),
        evidence_text(row),
    )


async def show_furniture(visit: Visit) -> Reply:
    kind = visit.choice("kind", FURNITURE_KINDS)
    page = (visit.numbers("page", 1) or (0,))[0]
    everything = await visit.remember("furniture-pieces", load_furniture)
    pieces = [piece for piece in everything if kind in (None, piece.kind)][page * _PAGE :]
    return await visit.page(
        "furniture.html",
        title="Page furniture",
        here="pictures",
        kinds=FURNITURE_KINDS,
        counts=Counter(piece.kind for piece in everything),
        kind=kind,
        page=page,
        pieces=pieces[:_PAGE],
        more=len(pieces) > _PAGE,
    )

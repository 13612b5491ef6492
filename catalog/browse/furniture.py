"""Page furniture: logos, icons, portraits of authors, adverts, and captions that do not describe a picture."""

import sqlite3
from dataclasses import dataclass

from catalog.browse.page import Visit
from catalog.browse.reply import Reply
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


def load_furniture(connection: sqlite3.Connection, kind: str | None, page: int) -> list[Piece]:
    """Load a page of furniture, the most frequent first, plus one more piece if there is a next page."""
    cursor = connection.execute(
        f"SELECT * FROM page_furniture{' WHERE kind = :kind' if kind else ''}"
        " ORDER BY files DESC, url, locator, picture_id LIMIT :count OFFSET :start",
        {"kind": kind, "count": _PAGE + 1, "start": page * _PAGE},
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


def count_kinds(connection: sqlite3.Connection) -> dict[str, int]:
    """Count the furniture of each kind."""
    return dict(connection.execute("SELECT kind, count(*) FROM page_furniture GROUP BY kind").fetchall())


async def show_furniture(visit: Visit) -> Reply:
    kind = visit.choice("kind", FURNITURE_KINDS)
    page = (visit.numbers("page", 1) or (0,))[0]
    pieces = await visit.load(lambda connection: load_furniture(connection, kind, page))
    return await visit.page(
        "furniture.html",
        title="Page furniture",
        here="pictures",
        kinds=FURNITURE_KINDS,
        counts=await visit.remember("furniture-kinds", count_kinds),
        kind=kind,
        page=page,
        pieces=pieces[:_PAGE],
        more=len(pieces) > _PAGE,
    )

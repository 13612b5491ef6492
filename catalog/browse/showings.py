"""Showings: a caption, a picture, or both, at a place in an article."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Showing:
    """One placement, with the data that pages show."""

    placement_id: int
    position: int
    origin: str
    lead: str | None
    confidence: float
    caption_id: int | None
    caption: str | None
    credit_line: str | None
    date: str | None
    place: str | None
    image_sha256: str | None
    image_src: str | None
    width_px: int | None
    height_px: int | None
    article_id: int | None
    headline: str | None
    url: str | None
    published_at: str | None
    locator: str
    media_type: str
    gone: bool
    """Whether the record is no longer in the archive."""
    captured_at: str | None
    captured_url: str | None
    """The address that was captured."""
    page_id: int | None
    story_id: int | None


COLUMNS = (
    "p.id, p.position, p.origin, p.lead, p.confidence, p.caption_id, c.text, c.credit_line, c.date, c.place,"
    " p.image_sha256, p.image_src, i.width_px, i.height_px, p.article_id, a.headline, a.url, a.published_at,"
    " r.locator, r.media_type, r.missing_since IS NOT NULL, r.captured_at, r.target_uri,"
    " (SELECT pc.page_id FROM page_captures pc WHERE pc.article_id = p.article_id),"
    " (SELECT sm.story_id FROM story_members sm WHERE sm.article_id = p.article_id)"
)
"""The columns that :func:`read_showing` reads, in its order."""

JOINED = (
    " JOIN records r ON r.id = p.record_id LEFT JOIN captions c ON c.id = p.caption_id"
    " LEFT JOIN articles a ON a.id = p.article_id LEFT JOIN images i ON i.sha256 = p.image_sha256"
)
"""The joins after ``FROM placements p``."""


def read_showing(row: Sequence[object]) -> Showing:
    return Showing(*row)  # type: ignore[arg-type]


def load_showings(
    connection: sqlite3.Connection, condition: str, parameters: Sequence[object], limit: int
) -> list[Showing]:
    """Return the placements ``p`` that fulfil a condition, which may end in an ORDER BY."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM placements p{JOINED} WHERE {condition} LIMIT ?", (*parameters, limit)
    )
    return [read_showing(tuple(row)) for row in rows]

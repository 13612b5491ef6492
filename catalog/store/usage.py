"""Where a picture was shown in any of its forms, the first and last date, and its captions."""

import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

_CAPTIONS = 50


@dataclass(frozen=True, slots=True)
class CaptionUse:
    """A caption under which a picture was shown."""

    caption: str | None
    """None: shown without a caption."""
    credit_line: str | None
    pages: int
    publishers: int
    first_shown_at: str | None
    last_shown_at: str | None


@dataclass(frozen=True, slots=True)
class Usage:
    """Where pages show a picture; captures of a page are one page."""

    showings: int
    """The number of captures that show it."""
    pages: int
    stories: int
    publishers: int
    first_shown_at: str | None
    """ISO 8601: when the first of them was captured; without captures, published."""
    last_shown_at: str | None
    captions: tuple[CaptionUse, ...]
    """The earliest first; at most 50 wordings."""


_COUNTS = (
    "count(DISTINCT u.article_id), count(DISTINCT coalesce('p' || u.page_id, 'a' || u.article_id)),"
    " count(DISTINCT coalesce('s' || u.story_id, 'p' || u.page_id, 'a' || u.article_id)),"
    " count(DISTINCT u.publisher), min(u.shown_at), max(u.shown_at)"
)
_SHOWN = "FROM json_each(?) j JOIN picture_uses u ON u.image_sha256 = j.value"


def read_usage(connection: sqlite3.Connection, pictures: Collection[str]) -> Usage:
    """Find where any of these pictures, the forms of one picture, is shown.

    :param pictures: their digests.
    """
    named = json.dumps(sorted(pictures))
    counts = connection.execute(f"SELECT {_COUNTS} {_SHOWN}", (named,)).fetchone()
    captions = connection.execute(
        "SELECT u.caption, u.credit_line, count(DISTINCT coalesce('p' || u.page_id, 'a' || u.article_id)),"
        " count(DISTINCT u.publisher), min(u.shown_at), max(u.shown_at)"
        f" {_SHOWN} GROUP BY u.caption, u.credit_line"
        " ORDER BY u.caption IS NULL, min(u.shown_at) IS NULL, min(u.shown_at), u.caption, u.credit_line LIMIT ?",
        (named, _CAPTIONS),
    )
    showings, pages, stories, publishers, first, last = counts
    uses = tuple(CaptionUse(*row) for row in captions)
    return Usage(showings, pages, stories, publishers, first, last, uses)


def forms_of(connection: sqlite3.Connection, sha256: str) -> list[str]:
    """Return the digests of a picture's forms, including its own."""
    rows = connection.execute(
        "SELECT DISTINCT o.image_sha256 FROM image_group_members m"
        " JOIN image_group_members o ON o.group_id = m.group_id WHERE m.image_sha256 = ?",
        (sha256,),
    )
    return sorted({sha256, *(row[0] for row in rows)})

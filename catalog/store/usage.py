"""Where a picture was shown in any of its forms, the first and last date, and its captions."""

import json
import sqlite3
from collections import defaultdict
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


_USES = (
    "SELECT u.caption, u.credit_line, u.article_id, coalesce('p' || u.page_id, 'a' || u.article_id) AS page,"
    " coalesce('s' || u.story_id, 'p' || u.page_id, 'a' || u.article_id) AS story, u.publisher, u.shown_at"
    " FROM json_each(?) j JOIN picture_uses u ON u.image_sha256 = j.value"
)


class _Count:
    """Where something was shown, as it is counted."""

    def __init__(self) -> None:
        self.articles: set[int] = set()
        self.pages: set[str] = set()
        self.stories: set[str] = set()
        self.publishers: set[str] = set()
        self.first: str | None = None
        self.last: str | None = None

    def add(self, article: int, page: str, story: str, publisher: str | None, shown_at: str | None) -> None:
        self.articles.add(article)
        self.pages.add(page)
        self.stories.add(story)
        if publisher is not None:
            self.publishers.add(publisher)
        if shown_at is not None:
            self.first = min(self.first or shown_at, shown_at)
            self.last = max(self.last or shown_at, shown_at)


def read_usage(connection: sqlite3.Connection, pictures: Collection[str]) -> Usage:
    """Find where any of these pictures, the forms of one picture, is shown.

    :param pictures: their digests.
    """
    whole = _Count()
    said: dict[tuple[str | None, str | None], _Count] = defaultdict(_Count)
    # Counted here: SQLite would go through the showings, and all that they are joined with, once more for captions.
    for caption, credit_line, *shown in connection.execute(_USES, (json.dumps(sorted(pictures)),)):
        whole.add(*shown)
        said[caption, credit_line].add(*shown)

    def place(use: CaptionUse) -> tuple[object, ...]:
        first = use.first_shown_at
        return use.caption is None, first is None, first or "", use.caption or "", use.credit_line or ""

    uses = sorted(
        (
            CaptionUse(*caption, len(count.pages), len(count.publishers), count.first, count.last)
            for caption, count in said.items()
        ),
        key=place,
    )
    return Usage(
        len(whole.articles),
        len(whole.pages),
        len(whole.stories),
        len(whole.publishers),
        whole.first,
        whole.last,
        tuple(uses[:_CAPTIONS]),
    )


def forms_of(connection: sqlite3.Connection, sha256: str) -> list[str]:
    """Return the digests of a picture's forms, including its own."""
    rows = connection.execute(
        "SELECT DISTINCT o.image_sha256 FROM image_group_members m"
        " JOIN image_group_members o ON o.group_id = m.group_id WHERE m.image_sha256 = ?",
        (sha256,),
    )
    return sorted({sha256, *(row[0] for row in rows)})

"""The corpus: every article's body without repeated captions and boilerplate, its captions beside it."""

import itertools
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from catalog.export.spans import Removed, remove_lines
from catalog.store.catalogue import Catalogue
from media.captions.key import caption_key, has_little_information

KeepCaptions = Literal["once", "all", "none"]

BOILERPLATE_ARTICLES = 10
"""A line that stands in so many different articles is furniture. Reprints of one article count once."""

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class ExportedCaption:
    """A caption of an article, with the picture that it is tied to."""

    text: str
    credit_line: str | None
    date: str | None
    place: str | None
    position: int
    origin: str
    image_src: str | None
    image_sha256: str | None
    image_locator: str | None


@dataclass(frozen=True, slots=True)
class ExportedArticle:
    """An article as it is exported."""

    source: str
    locator: str
    number: int
    """Which article of its record, from 0: a file may hold several."""
    url: str | None
    headline: str | None
    byline: str | None
    dateline: str | None
    published_at: str | None
    language: str | None
    body: str
    body_sha256: str
    """Of the body before anything was removed: what ``removed`` put back gives."""
    captions: tuple[ExportedCaption, ...]
    removed: tuple[Removed, ...]


_ARTICLES = """
SELECT a.id, s.uri AS source, r.locator, a.url, a.headline, a.byline, a.dateline, a.published_at, a.language,
    a.body, a.body_sha256,
    (SELECT count(*) FROM articles b WHERE b.record_id = a.record_id AND b.id < a.id) AS number
FROM articles a JOIN records r ON r.id = a.record_id JOIN sources s ON s.id = r.source_id
WHERE r.missing_since IS NULL AND a.id > ? ORDER BY a.id LIMIT ?
"""

_CAPTIONS = """
SELECT caption, credit_line, date, place, position, origin, image_src, image_sha256, image_locator
FROM page_captions WHERE article_id = ? ORDER BY position, placement_id
"""


def export_articles(
    catalogue: Catalogue, keep_captions: KeepCaptions = "once", boilerplate: int = BOILERPLATE_ARTICLES
) -> Iterator[ExportedArticle]:
    """Every article that the archive holds now.

    - ``once``: each caption stands once, in ``captions``; lines of the body that repeat one go;
    - ``all``: every showing of a caption in ``captions``, and the body's lines as they are;
    - ``none``: no captions, and no line of the body that repeats one.

    :param boilerplate: how many different articles make a line furniture; 0: none is.
    """
    if boilerplate:
        _count_lines(catalogue, boilerplate)
    for row in _rows(catalogue):
        shown = list(catalogue.rows(_CAPTIONS, (row["id"],)))
        keys = {
            key for each in shown if (key := caption_key(each["caption"])) and not has_little_information(key)
        }
        lines = row["body"].split("\n")
        reasons = {
            number: "caption"
            for number, line in enumerate(lines)
            if keep_captions != "all" and line.strip() and caption_key(line) in keys
        }
        if boilerplate:
            reasons |= {
                number: "boilerplate" for number in _furniture(catalogue, lines) if number not in reasons
            }
        body, removed = remove_lines(row["body"], reasons)
        captions = [
            ExportedCaption(
                each["caption"],
                each["credit_line"],
                each["date"],
                each["place"],
                each["position"],
                each["origin"],
                each["image_src"],
                each["image_sha256"],
                each["image_locator"],
            )
            for each in shown
        ]
        yield ExportedArticle(
            row["source"],
            row["locator"],
            row["number"],
            row["url"],
            row["headline"],
            row["byline"],
            row["dateline"],
            row["published_at"],
            row["language"],
            body,
            row["body_sha256"],
            tuple(
                _once(captions) if keep_captions == "once" else [] if keep_captions == "none" else captions
            ),
            tuple(removed),
        )


def _rows(catalogue: Catalogue) -> Iterator[sqlite3.Row]:
    last_id = 0
    while page := list(catalogue.rows(_ARTICLES, (last_id, _AT_ONCE))):
        last_id = page[-1]["id"]
        yield from page


def _once(captions: list[ExportedCaption]) -> list[ExportedCaption]:
    """Each caption once: the showing that has its picture and credit before one that lacks them."""
    best: dict[str, ExportedCaption] = {}
    for each in captions:
        key = caption_key(each.text) or each.text
        known = best.get(key)
        if known is None or _told(each) > _told(known):
            best[key] = each
    return sorted(best.values(), key=lambda each: each.position)


def _told(caption: ExportedCaption) -> tuple[bool, bool]:
    return caption.image_sha256 is not None, caption.credit_line is not None


_SPACE = re.compile(r"\s+")
_LINES_AT_ONCE = 20_000


def _line_key(line: str) -> str:
    return _SPACE.sub(" ", line).strip().casefold()


def _count_lines(catalogue: Catalogue, boilerplate: int) -> None:
    """In how many different bodies each line stands: a table on disk, for a corpus may be large."""
    db = catalogue.db.conn
    db.execute("DROP TABLE IF EXISTS temp.body_lines")
    db.execute("CREATE TEMP TABLE body_lines (line TEXT PRIMARY KEY, bodies INTEGER) WITHOUT ROWID")
    bodies = (
        row["body"]
        for row in catalogue.rows(
            "SELECT a.body FROM articles a JOIN records r ON r.id = a.record_id WHERE r.missing_since IS NULL"
            " GROUP BY a.body_sha256"
        )
    )
    lines = (line for body in bodies for line in {_line_key(line) for line in body.split("\n")} if line)
    while some := [(line,) for line in itertools.islice(lines, _LINES_AT_ONCE)]:
        db.executemany(
            "INSERT INTO temp.body_lines VALUES (?, 1) ON CONFLICT (line) DO UPDATE SET bodies = bodies + 1",
            some,
        )
    db.execute("DELETE FROM temp.body_lines WHERE bodies < ?", (boilerplate,))


def _furniture(catalogue: Catalogue, lines: list[str]) -> list[int]:
    find = catalogue.db.conn.execute
    return [
        number
        for number, line in enumerate(lines)
        if (key := _line_key(line))
        and find("SELECT 1 FROM temp.body_lines WHERE line = ?", (key,)).fetchone()
    ]

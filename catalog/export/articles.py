"""The corpus: every article's body without repeated captions and boilerplate, its captions beside it."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from catalog.export.furniture import find_furniture, line_key
from catalog.export.spans import Removed, remove_lines
from catalog.store.catalogue import Catalogue
from media.captions.key import caption_key, has_little_information

KeepCaptions = Literal["once", "all", "none"]

BOILERPLATE_STORIES = 10
"""The least number of different stories with a line that make it furniture."""

_AT_ONCE = 200
_AROUND = 300
"""The most letters of a credit and a lead-in."""


@dataclass(frozen=True, slots=True)
class ExportedCaption:
    """A caption of an article, with its picture."""

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
    """The number of the article in its record, from 0: a file may hold several."""
    url: str | None
    headline: str | None
    byline: str | None
    dateline: str | None
    published_at: str | None
    language: str | None
    body: str
    body_sha256: str
    """The digest of the body before anything was removed; putting ``removed`` back restores it."""
    captions: tuple[ExportedCaption, ...]
    removed: tuple[Removed, ...]
    fields: dict[str, object] | None = None
    """The other fields of a JSON record, unchanged (with its ``id``)."""
    captured_at: str | None = None
    captured_url: str | None = None
    """The address that it was captured from, which may differ from the page's own (``url``)."""
    publisher: str | None = None
    story_id: int | None = None


def as_row(article: ExportedArticle) -> dict[str, object]:
    """Return the article as a dictionary. ``dataclasses.asdict`` copies every value and takes five times as long."""
    row = {name: getattr(article, name) for name in _FIELDS}
    for name in ("captions", "removed"):
        row[name] = [{field: getattr(each, field) for field in each.__slots__} for each in row[name]]
    return row


_FIELDS = tuple(ExportedArticle.__dataclass_fields__)

Dedup = Literal["none", "capture", "story"]
Chosen = tuple[str, tuple[object, ...]]
ALL: Chosen = ("1", ())
"""The condition for all articles."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An article that is left out because another one of its story is exported."""

    source: str
    locator: str
    url: str | None
    kind: str
    """Its kind within the story: capture, version or copy."""
    similarity: float
    kept_locator: str
    """The locator of the exported article."""
    captured_url: str | None
    captured_at: str | None
    publisher: str | None


_PUT_IN_ORDER = """
CREATE TEMP TABLE export_order AS
SELECT row_number() OVER (ORDER BY s.uri, r.locator, a.id) AS place, a.id AS article_id,
    row_number() OVER (PARTITION BY a.record_id ORDER BY a.id) - 1 AS number
FROM articles a JOIN records r ON r.id = a.record_id JOIN sources s ON s.id = r.source_id
WHERE r.missing_since IS NULL AND {}
"""
"""Articles in the order of sources and names; their ids depend on which worker was faster."""

_LEAVE_OUT = """
CREATE TEMP TABLE export_left_out AS
SELECT article_id, kept_id FROM (
    SELECT o.article_id, first_value(o.article_id) OVER w AS kept_id
    FROM temp.export_order o
    JOIN story_members m ON m.article_id = o.article_id
    JOIN articles a ON a.id = o.article_id JOIN records r ON r.id = a.record_id
    LEFT JOIN page_captures c ON c.article_id = a.id
    WINDOW w AS (PARTITION BY m.story_id, {}
        ORDER BY m.kind <> 'original', coalesce(r.captured_at, a.published_at) IS NULL,
        coalesce(r.captured_at, a.published_at), o.place))
WHERE article_id <> kept_id
"""
"""Chosen among the articles that pass the filters, so that a story whose original does not is exported once, too."""

_LEFT_OUT = """
SELECT s.uri, r.locator, a.url, m.kind, m.similarity, k.locator, r.target_uri, r.captured_at, c.publisher
FROM temp.export_left_out o
JOIN story_members m ON m.article_id = o.article_id
JOIN articles a ON a.id = o.article_id JOIN records r ON r.id = a.record_id JOIN sources s ON s.id = r.source_id
JOIN articles b ON b.id = o.kept_id JOIN records k ON k.id = b.record_id
LEFT JOIN page_captures c ON c.article_id = a.id
ORDER BY s.uri, r.locator, a.id
"""

_ARTICLES = """
SELECT o.place, a.id, s.uri AS source, r.locator, o.number, a.url, a.headline, a.byline, a.dateline, a.published_at,
    a.language, a.body, a.body_sha256, a.fields, r.captured_at, r.target_uri, c.publisher, m.story_id
FROM temp.export_order o JOIN articles a ON a.id = o.article_id
JOIN records r ON r.id = a.record_id JOIN sources s ON s.id = r.source_id
LEFT JOIN page_captures c ON c.article_id = a.id LEFT JOIN story_members m ON m.article_id = a.id
WHERE o.place > ? ORDER BY o.place LIMIT ?
"""

_CAPTIONS = """
SELECT v.article_id, c.key, v.caption, v.credit_line, v.date, v.place, v.position, v.origin, v.image_src,
    v.image_sha256, v.image_locator
FROM page_captions v JOIN placements p ON p.id = v.placement_id JOIN captions c ON c.id = p.caption_id
WHERE v.article_id IN (SELECT value FROM json_each(?)) ORDER BY v.article_id, v.position, v.placement_id
"""

_ONCE: dict[Dedup, str] = {
    "capture": "coalesce(c.address, 'article ' || a.id)",
    "story": "''",
}
"""What is exported once for each story: every address, or one article."""


class ArticleExport:
    """An export of articles: iterate over it once, then read what was removed."""

    def __init__(
        self,
        catalogue: Catalogue,
        keep_captions: KeepCaptions = "once",
        boilerplate: int = BOILERPLATE_STORIES,
        dedup: Dedup = "none",
        chosen: Chosen = ALL,
    ) -> None:
        """See :func:`export_articles` for the parameters."""
        self._catalogue = catalogue
        self._keep = keep_captions
        self._furniture = find_furniture(catalogue, boilerplate) if boilerplate else frozenset()
        execute = catalogue.db.conn.execute
        execute("DROP TABLE IF EXISTS temp.export_order")
        execute(_PUT_IN_ORDER.format(chosen[0]), chosen[1])
        execute("CREATE UNIQUE INDEX temp.export_order_place ON export_order (place)")
        execute("DROP TABLE IF EXISTS temp.export_left_out")
        self._leaves_out = dedup != "none"
        if self._leaves_out:
            execute(_LEAVE_OUT.format(_ONCE[dedup]))
            execute(
                "DELETE FROM temp.export_order WHERE article_id IN (SELECT article_id FROM temp.export_left_out)"
            )
        self.total = catalogue.value("SELECT count(*) FROM temp.export_order")
        self.removed_pieces = self.removed_captions = self.cleaned_articles = 0
        self.removed_lines: Counter[str] = Counter()
        """How often each line of boilerplate was removed, by its key."""

    def __iter__(self) -> Iterator[ExportedArticle]:
        place = 0
        while rows := list(self._catalogue.rows(_ARTICLES, (place, _AT_ONCE))):
            place = rows[-1]["place"]
            captions: dict[int, list[sqlite3.Row]] = {}
            for shown in self._catalogue.rows(_CAPTIONS, (json.dumps([row["id"] for row in rows]),)):
                captions.setdefault(shown["article_id"], []).append(shown)
            for row in rows:
                yield self._export(row, captions.get(row["id"], []))

    def left_out(self) -> Iterator[LeftOut]:
        """Yield the articles that are left out because another one of their story is exported."""
        if self._leaves_out:
            for row in self._catalogue.rows(_LEFT_OUT):
                yield LeftOut(*row)

    def _export(self, row: sqlite3.Row, shown: list[sqlite3.Row]) -> ExportedArticle:
        lines = row["body"].split("\n")
        reasons = self._find_captions(lines, shown) if shown and self._keep != "all" else {}
        if self._furniture:
            for number, line in enumerate(lines):
                if number not in reasons and (key := line_key(line)) in self._furniture:
                    reasons[number] = "boilerplate"
                    self.removed_lines[key] += 1
        body, removed = remove_lines(row["body"], reasons)
        self.removed_pieces += len(removed)
        self.removed_captions += sum(each.why == "caption" for each in removed)
        self.cleaned_articles += bool(removed)
        captions = [(each["key"], ExportedCaption(*tuple(each)[2:])) for each in shown]
        return ExportedArticle(
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
            _choose(captions, self._keep),
            tuple(removed),
            json.loads(row["fields"]) if row["fields"] else None,
            row["captured_at"],
            row["target_uri"],
            row["publisher"],
            row["story_id"],
        )

    def _find_captions(self, lines: list[str], shown: list[sqlite3.Row]) -> dict[int, str]:
        """Return the lines that repeat a caption of the same article."""
        keys = {each["key"] for each in shown if each["key"] and not has_little_information(each["key"])}
        if not keys:
            return {}
        telling = [max(key.split(), key=len) for key in keys]
        # The line may hold the caption with its credit and lead-in; a line of another length cannot.
        longest = max(len(each["caption"]) for each in shown) * 2 + _AROUND
        return {
            number: "caption"
            for number, line in enumerate(lines)
            if len(line) <= longest and _may_say(line, telling) and caption_key(line) in keys
        }


def export_articles(
    catalogue: Catalogue,
    keep_captions: KeepCaptions = "once",
    boilerplate: int = BOILERPLATE_STORIES,
    dedup: Dedup = "none",
    chosen: Chosen = ALL,
) -> ArticleExport:
    """Export every article that the archive holds now, ordered by source, locator and number.

    - ``once``: each caption once, in ``captions``; lines of the body that repeat a caption are removed;
    - ``all``: every showing of a caption in ``captions``, and all lines of the body;
    - ``none``: no captions, and no lines of the body that repeat one.

    :param boilerplate: the number of different stories with a line that make it furniture; 0: no line is.
    :param dedup: ``capture``: the first capture of each page; ``story``: the original of each story.
    :param chosen: a condition on a record ``r`` and its article ``a``, and its parameters.
    """
    return ArticleExport(catalogue, keep_captions, boilerplate, dedup, chosen)


def _may_say(line: str, telling: list[str]) -> bool:
    """Return whether a line can hold the longest word of one of the keys; a line that is not ASCII always can."""
    if not line.isascii():
        return True
    folded = line.lower()
    return any(word in folded or not word.isalpha() for word in telling)


def _choose(captions: list[tuple[str, ExportedCaption]], keep: KeepCaptions) -> tuple[ExportedCaption, ...]:
    if keep == "once":
        return tuple(_once(captions))
    return () if keep == "none" else tuple(each for _, each in captions)


def _once(captions: list[tuple[str, ExportedCaption]]) -> list[ExportedCaption]:
    """Return each caption once, preferring a showing with picture and credit."""
    best: dict[str, ExportedCaption] = {}
    for key, each in captions:
        key = key or each.text
        known = best.get(key)
        if known is None or _told(each) > _told(known):
            best[key] = each
    return sorted(best.values(), key=lambda each: each.position)


def _told(caption: ExportedCaption) -> tuple[bool, bool]:
    return caption.image_sha256 is not None, caption.credit_line is not None

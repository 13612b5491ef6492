"""An article: its text, its pictures in their places, and links to where its parts repeat."""

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.browse.originals import find_listed
from catalog.browse.page import NotFound, Visit
from catalog.browse.pictures import Mark, has_original, load_groups_of
from catalog.browse.reply import Reply
from catalog.browse.showings import Showing, load_showings
from catalog.browse.words import UNSEEN

_MOST_SHOWINGS = 400
_MOST_PARAGRAPHS = 3000
_MARKS_OF_A_FIGURE = 6
_MOST_ORIGINALS = 40
_ECHO = 0.8
"""Least share of a caption's words in a paragraph that is marked as repeating the caption."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    echo: bool
    """True if a caption of this article repeats the paragraph."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, a caption, or both, as the article shows them."""

    showing: Showing
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Twin:
    """Another article with the same text."""

    id: int
    headline: str | None
    locator: str


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """The page of an article."""

    id: int
    blocks: tuple[Paragraph | Figure, ...]
    unseen: tuple[Figure, ...]
    """Captions in the page's data that its readers do not see."""
    twins: tuple[Twin, ...]
    cut: bool
    """True if the article is longer than the text shown."""
    url: str | None
    headline: str | None
    byline: str | None
    dateline: str | None
    published_at: str | None
    language: str | None
    words: int
    locator: str
    gone: bool
    captured_at: str | None
    captured_url: str | None
    page_id: int | None
    captures: int
    """The number of captures of its page."""
    story_id: int | None
    story_articles: int


def load_article(connection: sqlite3.Connection, article_id: int) -> ArticlePage | None:
    """Return an article with its pictures and captions in their places."""
    row = connection.execute(
        "SELECT a.url, a.headline, a.byline, a.dateline, a.published_at, a.language, a.words, r.locator,"
        " r.missing_since IS NOT NULL, r.captured_at, r.target_uri, c.page_id, coalesce(g.captures, 0), m.story_id,"
        " coalesce(s.articles, 0), a.body, a.body_positions, a.body_sha256"
        " FROM articles a JOIN records r ON r.id = a.record_id"
        " LEFT JOIN page_captures c ON c.article_id = a.id LEFT JOIN pages g ON g.id = c.page_id"
        " LEFT JOIN story_members m ON m.article_id = a.id LEFT JOIN stories s ON s.id = m.story_id WHERE a.id = ?",
        (article_id,),
    ).fetchone()
    if row is None:
        return None
    *said, body, positions, digest = tuple(row)
    showings = load_showings(
        connection, "p.article_id = ? ORDER BY p.position, p.id", (article_id,), _MOST_SHOWINGS + 1
    )
    figures = _mark(connection, showings[:_MOST_SHOWINGS])
    seen = [figure for figure in figures if figure.showing.origin not in UNSEEN]
    paragraphs = body.split("\n") if body else []
    twins = connection.execute(
        "SELECT a.id, a.headline, r.locator FROM articles a JOIN records r ON r.id = a.record_id"
        " WHERE a.body_sha256 = ? AND a.id <> ? AND a.body <> '' AND r.missing_since IS NULL LIMIT 6",
        (digest, article_id),
    )
    places = _read_positions(positions, len(paragraphs))
    return ArticlePage(
        article_id,
        tuple(_in_order(paragraphs[:_MOST_PARAGRAPHS], places, seen)),
        tuple(figure for figure in figures if figure.showing.origin in UNSEEN),
        tuple(Twin(*each) for each in twins),
        len(paragraphs) > _MOST_PARAGRAPHS or len(showings) > _MOST_SHOWINGS,
        *said,
    )


def _read_positions(positions: str | None, count: int) -> list[int] | None:
    try:
        found = json.loads(positions) if positions else None
    except ValueError:
        return None
    sound = isinstance(found, list) and len(found) == count and all(isinstance(each, int) for each in found)
    return found if sound else None


def _in_order(
    paragraphs: Sequence[str], positions: Sequence[int] | None, figures: Sequence[Figure]
) -> list[Paragraph | Figure]:
    """Return paragraphs and figures in the order of the page.

    If the positions of the paragraphs were not recorded, a figure comes after as many of them as can have come
    before it.
    """
    if positions is None:
        positions = _guess_positions(len(paragraphs), [figure.showing.position for figure in figures])
    captions = [_words(figure.showing.caption or "") for figure in figures if _is_echoed(figure)]
    blocks: list[tuple[int, int, Paragraph | Figure]] = [
        (position, 0, Paragraph(text, _echoes(text, captions)))
        for position, text in zip(positions, paragraphs, strict=False)
        if text.strip()
    ]
    blocks += [(figure.showing.position, -1, figure) for figure in figures]
    blocks.sort(key=lambda block: (block[0], block[1]))
    return [block for _, _, block in blocks]


def _guess_positions(count: int, taken: Sequence[int]) -> list[int]:
    free: list[int] = []
    at, used = 0, set(taken)
    while len(free) < count:
        if at not in used:
            free.append(at)
        at += 1
    return free


def _is_echoed(figure: Figure) -> bool:
    return any(mark.kind == "echoed" for mark in figure.marks)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w{3,}", text.casefold()))


def _echoes(text: str, captions: Sequence[frozenset[str]]) -> bool:
    if not captions:
        return False
    words = _words(text)
    return any(caption and len(caption & words) >= _ECHO * len(caption) for caption in captions)


def _mark(connection: sqlite3.Connection, showings: Sequence[Showing]) -> list[Figure]:
    """Return the showings, each with the repeats, conflicts and groups that it belongs to."""
    placements = json.dumps([showing.placement_id for showing in showings])
    pictures = json.dumps(sorted({showing.image_sha256 for showing in showings if showing.image_sha256}))
    of_placement: dict[int, list[Mark]] = defaultdict(list)
    for sort, sql in (
        (
            "repeat",
            "SELECT m.placement_id, t.id, t.kind, t.size FROM json_each(?) j JOIN caption_repeat_members m"
            " ON m.placement_id = j.value JOIN caption_repeats t ON t.id = m.repeat_id LIMIT 4000",
        ),
        (
            "conflict",
            "SELECT m.placement_id, t.id, t.grade, t.size FROM json_each(?) j JOIN caption_conflict_members m"
            " ON m.placement_id = j.value JOIN caption_conflict_sets t ON t.id = m.conflict_id LIMIT 4000",
        ),
    ):
        for placement_id, number, kind, size in connection.execute(sql, (placements,)):
            of_placement[placement_id].append(Mark(sort, number, kind, size))
    of_picture = load_groups_of(connection, pictures)
    return [
        Figure(
            showing,
            tuple(
                [*of_placement[showing.placement_id], *of_picture[showing.image_sha256 or ""]][
                    :_MARKS_OF_A_FIGURE
                ]
            ),
        )
        for showing in showings
    ]


async def show_article(visit: Visit) -> Reply:
    number = visit.number("id")
    article = await visit.load(lambda connection: load_article(connection, number))
    if article is None:
        raise NotFound("No article has that number.")
    return await visit.page(
        "article.html",
        title=article.headline or "Article",
        here="",
        article=article,
        originals=await _find_originals(visit, article),
    )


async def _find_originals(visit: Visit, article: ArticlePage) -> frozenset[str]:
    """Return the article's pictures whose own file a browser can show."""
    digests = {
        block.showing.image_sha256
        for block in article.blocks
        if isinstance(block, Figure) and block.showing.image_sha256
    }
    listed = await visit.load(
        lambda connection: {
            digest: find_listed(connection, digest) for digest in sorted(digests)[:_MOST_ORIGINALS]
        }
    )
    return frozenset(
        [
            digest
            for digest, found in listed.items()
            if found and await has_original(visit, found.format, found.copies)
        ]
    )

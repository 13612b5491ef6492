"""Stories: where a story ran, its versions, its captures over time and what changed; and the captures of a page."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from catalog.browse.corrections import Correction, load_corrections_of
from catalog.browse.page import NotFound, Visit
from catalog.browse.reply import Reply
from media.captions.word_difference import Part, mark_differences

_PAGE = 24
_MOST_CAPTURES = 200
_MOST_CHANGED = 12
_MOST_LINES = 2_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A story in the list of all."""

    id: int
    headline: str | None
    first_published_at: str | None
    pages: int
    articles: int
    publishers: int


@dataclass(frozen=True, slots=True)
class Capture:
    """An article of a story: a page at one time."""

    article_id: int
    kind: str | None
    similarity: float | None
    url: str | None
    publisher: str | None
    captured_at: str | None
    published_at: str | None
    headline: str | None
    change: str | None
    """What changed since the previous capture; None for the first."""
    locator: str
    page_id: int | None
    added: tuple[str, ...] = ()
    """Paragraphs that the previous capture lacks."""
    lost: tuple[str, ...] = ()
    headline_parts: tuple[Part, ...] = ()
    """The headline, with words that differ from the previous capture's marked, if it changed."""


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a story, or of a page, with its captures in the order of time."""

    url: str
    publisher: str | None
    kind: str | None
    captures: tuple[Capture, ...]


def load_stories(
    connection: sqlite3.Connection, after: tuple[int, ...] | None
) -> tuple[list[Listed], tuple[int, ...] | None]:
    """Return a page of stories, those at the most publishers first, and where the next page starts."""
    rows = connection.execute(
        "SELECT id, headline, first_published_at, pages, articles, publishers FROM stories"
        " WHERE (publishers, pages, articles, id) < (?, ?, ?, ?)"
        " ORDER BY publishers DESC, pages DESC, articles DESC, id DESC LIMIT ?",
        (*(after or (1 << 62, 0, 0, 0)), _PAGE + 1),
    )
    found = [Listed(*tuple(row)) for row in rows]
    last = found[_PAGE - 1] if len(found) > _PAGE else None
    return found[:_PAGE], (last.publishers, last.pages, last.articles, last.id) if last else None


_CAPTURES = (
    "SELECT a.id, m.kind, m.similarity, coalesce(c.url, a.url), c.publisher, r.captured_at, a.published_at, a.headline,"
    " c.change, r.locator, c.page_id, coalesce(c.address, r.locator), a.body FROM articles a"
    " JOIN records r ON r.id = a.record_id AND r.missing_since IS NULL"
    " LEFT JOIN story_members m ON m.article_id = a.id LEFT JOIN page_captures c ON c.article_id = a.id"
    " WHERE {} ORDER BY m.kind IS NOT 'original', coalesce(r.captured_at, a.published_at), r.locator LIMIT ?"
)


def load_addresses(connection: sqlite3.Connection, condition: str, number: int) -> list[Address]:
    """Load the articles that fulfil a condition, by address, with the changes from one capture to the next."""
    found: dict[str, list[tuple[Capture, str]]] = {}
    for row in connection.execute(_CAPTURES.format(condition), (number, _MOST_CAPTURES)):
        *said, address, body = tuple(row)
        found.setdefault(address, []).append((Capture(*said), body))
    return [
        Address(
            captures[0][0].url or captures[0][0].locator,
            captures[0][0].publisher,
            captures[0][0].kind,
            tuple(_with_changes(captures)),
        )
        for captures in found.values()
    ]


def _with_changes(captures: Sequence[tuple[Capture, str]]) -> Iterator[Capture]:
    before: tuple[Capture, str] | None = None
    for capture, body in sorted(captures, key=lambda each: (each[0].captured_at or "", each[0].locator)):
        if before is None or (before[1] == body and before[0].headline == capture.headline):
            yield capture
        else:
            yield _changed(capture, body, *before)
        before = capture, body


def _changed(capture: Capture, body: str, earlier: Capture, earlier_body: str) -> Capture:
    lines, other = body.split("\n")[:_MOST_LINES], earlier_body.split("\n")[:_MOST_LINES]
    known, kept = set(other), set(lines)
    headlines = (earlier.headline or "", capture.headline or "")
    said = {name: getattr(capture, name) for name in Capture.__dataclass_fields__}
    return Capture(
        **said
        | {
            "added": tuple(line for line in lines if line and line not in known)[:_MOST_CHANGED],
            "lost": tuple(line for line in other if line and line not in kept)[:_MOST_CHANGED],
            "headline_parts": mark_differences(*headlines) if headlines[0] != headlines[1] else (),
        }
    )


@dataclass(frozen=True, slots=True)
class _Told:
    addresses: list[Address]
    corrections: list[Correction]
    row: tuple[object, ...] | None


def _load(connection: sqlite3.Connection, what: str, number: int) -> _Told:
    if what == "story":
        row = connection.execute(
            "SELECT id, headline, first_published_at, pages, articles, publishers FROM stories WHERE id = ?",
            (number,),
        ).fetchone()
        captured = (
            "SELECT pc.page_id FROM page_captures pc JOIN story_members sm ON sm.article_id = pc.article_id"
        )
        condition, corrected = "m.story_id = ?", f"page_id IN ({captured} WHERE sm.story_id = ?)"
    else:
        row = connection.execute(
            "SELECT id, canonical_url, publisher, first_captured_at, last_captured_at, captures FROM pages"
            " WHERE id = ?",
            (number,),
        ).fetchone()
        condition, corrected = "c.page_id = ?", "page_id = ?"
    if row is None:
        return _Told([], [], None)
    return _Told(
        load_addresses(connection, condition, number),
        load_corrections_of(connection, corrected, number, _PAGE),
        tuple(row),
    )


async def show_stories(visit: Visit) -> Reply:
    """Answer with the list of stories."""
    after = visit.numbers("after", 4)
    stories, more = await visit.load(lambda connection: load_stories(connection, after))
    return await visit.page(
        "stories.html",
        title="Stories",
        here="stories",
        stories=stories,
        after=after,
        more=more,
    )


async def show_story(visit: Visit) -> Reply:
    """Answer with a story: where it ran, and how it changed."""
    number = visit.number("id")
    told = await visit.load(lambda connection: _load(connection, "story", number))
    if told.row is None:
        raise NotFound("No story has that number. Numbers may change when the catalogue is matched again.")
    story = Listed(*told.row)  # type: ignore[arg-type]
    return await visit.page(
        "story.html",
        title=story.headline or "Story",
        here="stories",
        story=story,
        addresses=told.addresses,
        corrections=told.corrections,
    )


async def show_page(visit: Visit) -> Reply:
    """Answer with the captures of a page."""
    number = visit.number("id")
    told = await visit.load(lambda connection: _load(connection, "page", number))
    if told.row is None:
        raise NotFound("No page has that number. Numbers may change when the catalogue is matched again.")
    return await visit.page(
        "captures.html",
        title=str(told.row[1]),
        here="stories",
        address=told.row[1],
        publisher=told.row[2],
        addresses=told.addresses,
        corrections=told.corrections,
    )

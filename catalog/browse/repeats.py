"""Repeated captions: a list of cards, and a page for each repeat."""

import sqlite3
from dataclasses import dataclass

from catalog.browse.page import NotFound, Visit
from catalog.browse.reply import Reply
from catalog.browse.showings import COLUMNS, JOINED, Showing, read_showing
from catalog.browse.words import REPEAT_KINDS, SCOPES
from catalog.findings.kinds import LISTED_SCOPE
from catalog.store.counting import count_listed_repeats, count_repeat_scopes
from media.captions.word_difference import Part, mark_differences

_CARDS = 12
_MEMBERS_OF_A_CARD = 4
_MEMBERS_OF_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Member:
    """One place of a repeated caption."""

    showing: Showing
    similarity: float | None
    difference: str | None
    parts: tuple[Part, ...]
    """Its text, with words that differ from the repeat's own caption marked."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A repeat, and those of its members that the page shows."""

    id: int
    kind: str
    size: int
    articles: int
    caption: str
    credit_line: str | None
    members: tuple[Member, ...]
    next_placement: int | None
    """Where the list of members continues, if it does."""


_SHOWN = f"coalesce(repeat_scope, '{LISTED_SCOPE}') = '{LISTED_SCOPE}'"
"""Repeats under different stories. Those in captures, forms or copies of one story, or in the copies of one picture,
are shown only on request. In these words SQLite reads repeats in their order until a page is full; by an index of
scopes it would sort all of them."""


def load_repeats(
    connection: sqlite3.Connection, kind: str | None, after: tuple[int, int] | None, scope: str | None = None
) -> tuple[list[Repeat], tuple[int, int] | None]:
    """Return a page of repeats, the largest first, and where the next page starts."""
    size, last = after or ((1 << 62), 0)
    rows = connection.execute(
        "SELECT id, kind, size, articles, caption_id FROM caption_repeats"
        f" WHERE (size, id) < (?, ?){' AND kind = ?' if kind else ''}"
        f" AND {'repeat_scope = ?' if scope else _SHOWN} ORDER BY size DESC, id DESC LIMIT ?",
        (size, last, *([kind] if kind else []), *([scope] if scope else []), _CARDS + 1),
    ).fetchall()
    repeats = [_load(connection, row, 0, _MEMBERS_OF_A_CARD) for row in rows[:_CARDS]]
    more = (rows[_CARDS - 1][2], rows[_CARDS - 1][0]) if len(rows) > _CARDS else None
    return repeats, more


def load_repeat(connection: sqlite3.Connection, repeat_id: int, after: int) -> Repeat | None:
    """Return one repeat, with its members from ``after`` on."""
    row = connection.execute(
        "SELECT id, kind, size, articles, caption_id FROM caption_repeats WHERE id = ?", (repeat_id,)
    ).fetchone()
    return _load(connection, row, after, _MEMBERS_OF_A_PAGE) if row else None


def _load(
    connection: sqlite3.Connection, row: tuple[int, str, int, int, int], after: int, limit: int
) -> Repeat:
    repeat_id, kind, size, articles, caption_id = row
    text, credit_line = connection.execute(
        "SELECT text, credit_line FROM captions WHERE id = ?", (caption_id,)
    ).fetchone()
    members = connection.execute(
        f"SELECT m.similarity, m.difference, {COLUMNS} FROM caption_repeat_members m"
        f" JOIN placements p ON p.id = m.placement_id{JOINED}"
        " WHERE m.repeat_id = ? AND m.placement_id > ? ORDER BY m.placement_id LIMIT ?",
        (repeat_id, after, limit + 1),
    ).fetchall()
    shown = tuple(_member(text, tuple(each)) for each in members[:limit])
    return Repeat(
        repeat_id,
        kind,
        size,
        articles,
        text,
        credit_line,
        shown,
        shown[-1].showing.placement_id if len(members) > limit else None,
    )


def _member(text: str, row: tuple[object, ...]) -> Member:
    showing = read_showing(row[2:])
    similarity, difference = row[0], row[1]
    return Member(
        showing,
        similarity if isinstance(similarity, float) else None,
        difference if isinstance(difference, str) and difference else None,
        mark_differences(text, showing.caption or ""),
    )


async def show_repeats(visit: Visit) -> Reply:
    kind = visit.choice("kind", REPEAT_KINDS)
    scope = visit.choice("scope", SCOPES)
    after = visit.numbers("after", 2)
    repeats, more = await visit.load(
        lambda connection: load_repeats(connection, kind, (after[0], after[1]) if after else None, scope)
    )
    return await visit.page(
        "repeats.html",
        title="Repeated captions",
        here="captions",
        kinds=REPEAT_KINDS,
        counts=await visit.remember("repeats", count_listed_repeats),
        kind=kind,
        scope=scope,
        scopes=await visit.remember("scopes", count_repeat_scopes),
        after=after,
        repeats=repeats,
        more=more,
    )


async def show_repeat(visit: Visit) -> Reply:
    after = visit.numbers("after", 1)
    number = visit.number("id")
    repeat = await visit.load(lambda connection: load_repeat(connection, number, after[0] if after else 0))
    if repeat is None:
        raise NotFound("No repeat has that number. Numbers change when the catalogue is matched again.")
    return await visit.page(
        "repeat.html", title="Repeated caption", here="captions", repeat=repeat, after=after
    )

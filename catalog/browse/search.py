"""Search over captions and articles, narrowed by facets.

The index treats every input as words and phrases, so that no input is an error. Ranking and facets use a limited number
of matches, and the page says so if there are more: a word in every caption of a large archive costs no more than a rare
one.
"""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.browse.page import Visit
from catalog.browse.reply import Reply
from catalog.browse.showings import Showing, load_showings
from catalog.browse.words import ORIGINS, REPEAT_KINDS, SCOPES, say_publisher

_MOST_RANKED = 1000
_MOST_SHOWINGS = 1000
_PAGE = 20
_SNIPPET_CHARS = 280
_MOST_WORDS = 16
_FACET_VALUES = 12

FACETS = {
    "captions": ("kind", "scope", "origin", "publisher", "year", "language"),
    "articles": ("publisher", "year", "language"),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text; ``found`` is true for a match."""

    text: str
    found: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A match: a caption at one of its places, or an article."""

    showing: Showing | None
    article_id: int | None
    headline: tuple[Piece, ...]
    text: tuple[Piece, ...]
    publisher: str
    date: str | None
    locator: str


@dataclass(frozen=True, slots=True)
class FacetValue:
    name: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Results:
    """One page of results."""

    hits: tuple[Hit, ...]
    count: int
    """The number of matches that pass the facets, among those looked at."""
    cut: bool
    """True if there are more matches than those looked at."""
    facets: tuple[tuple[str, tuple[FacetValue, ...]], ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class _Found:
    """A match before it is shown."""

    id: int
    values: dict[str, tuple[str, ...]]


def make_query(text: str) -> str | None:
    """Return the words and "phrases in quotes" of a text as an FTS5 query without operators; None if it has no words.

    The last word also matches longer words that begin with it, unless a space follows it.
    """
    terms = []
    for phrase, word in re.findall(r'"([^"]*)"|([^\s"]+)', text)[:_MOST_WORDS]:
        words = re.findall(r"\w+", phrase or word)
        if words:
            terms.append(f'"{" ".join(words)}"')
    if not terms:
        return None
    if text[-1:].isalnum() and len(re.findall(r"\w+", text)[-1]) > 2:
        terms[-1] += "*"
    return " AND ".join(terms)


def search(
    connection: sqlite3.Connection, scope: str, text: str, chosen: dict[str, str], page: int
) -> Results | None:
    """Return the ``captions`` or ``articles`` that match ``text``; None if the text has no words."""
    query = make_query(text)
    if query is None:
        return None
    ids, cut = _match(connection, scope, query)
    loaded = (_caption_values if scope == "captions" else _article_values)(connection, ids)
    cut = cut or len(loaded) >= _MOST_SHOWINGS
    left = [found for found in loaded if _fits(found, chosen)]
    pages = max(1, -(-len(left) // _PAGE))
    page = min(page, pages)
    shown = [found.id for found in left[(page - 1) * _PAGE : page * _PAGE]]
    hits = (
        _caption_hits(connection, shown, text)
        if scope == "captions"
        else _article_hits(connection, shown, text)
    )
    facets = tuple((name, _count(loaded, name, chosen)) for name in FACETS[scope])
    return Results(tuple(hits), len(left), cut, tuple(each for each in facets if each[1]), page, pages)


def _match(connection: sqlite3.Connection, scope: str, query: str) -> tuple[list[int], bool]:
    table = f"{scope}_fts"
    few = connection.execute(
        f"SELECT rowid FROM {table} WHERE {table} MATCH ? LIMIT ?", (query, _MOST_RANKED + 1)
    ).fetchall()
    if len(few) > _MOST_RANKED:
        return [row[0] for row in few[:_MOST_RANKED]], True
    ranked = connection.execute(f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rank", (query,))
    return [row[0] for row in ranked], False


def _caption_values(connection: sqlite3.Connection, ids: Sequence[int]) -> list[_Found]:
    rows = connection.execute(
        "SELECT p.id, p.origin, a.url, r.locator, coalesce(a.published_at, c.date, r.captured_at),"
        " a.language, e.publisher"
        " FROM json_each(?) j JOIN placements p ON p.caption_id = j.value JOIN captions c ON c.id = p.caption_id"
        " JOIN records r ON r.id = p.record_id LEFT JOIN articles a ON a.id = p.article_id"
        " LEFT JOIN page_captures e ON e.article_id = p.article_id WHERE r.missing_since IS NULL LIMIT ?",
        (json.dumps(ids), _MOST_SHOWINGS),
    ).fetchall()
    kinds: dict[int, set[str]] = {}
    scopes: dict[int, set[str]] = {}
    for placement_id, kind, scope in connection.execute(
        "SELECT m.placement_id, t.kind, m.scope FROM json_each(?) j"
        " JOIN caption_repeat_members m ON m.placement_id = j.value JOIN caption_repeats t ON t.id = m.repeat_id",
        (json.dumps([row[0] for row in rows]),),
    ):
        kinds.setdefault(placement_id, set()).add(kind)
        if scope:
            scopes.setdefault(placement_id, set()).add(scope)
    return [
        _Found(
            row[0],
            {
                "kind": tuple(sorted(kinds.get(row[0], ()))),
                "scope": tuple(sorted(scopes.get(row[0], ()))),
                "origin": (row[1],),
                "publisher": _known(row[6] or say_publisher(row[2], row[3])),
                "year": _year(row[4]),
                "language": _known(row[5]),
            },
        )
        for row in rows
    ]


def _article_values(connection: sqlite3.Connection, ids: Sequence[int]) -> list[_Found]:
    rows = connection.execute(
        "SELECT a.id, a.url, r.locator, coalesce(a.published_at, r.captured_at), a.language, e.publisher"
        " FROM json_each(?) j JOIN articles a ON a.id = j.value JOIN records r ON r.id = a.record_id"
        " LEFT JOIN page_captures e ON e.article_id = a.id"
        " WHERE r.missing_since IS NULL",
        (json.dumps(ids),),
    )
    return [
        _Found(
            row[0],
            {
                "publisher": _known(row[5] or say_publisher(row[1], row[2])),
                "year": _year(row[3]),
                "language": _known(row[4]),
            },
        )
        for row in rows
    ]


def _known(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def _year(text: str | None) -> tuple[str, ...]:
    return (text[:4],) if text and re.match(r"\d{4}", text) else ()


def _fits(found: _Found, chosen: dict[str, str], besides: str | None = None) -> bool:
    return all(value in found.values[name] for name, value in chosen.items() if name != besides)


def _count(loaded: Iterable[_Found], name: str, chosen: dict[str, str]) -> tuple[FacetValue, ...]:
    """Return the values of a facet, counted among matches that pass the other facets."""
    counts = Counter(value for found in loaded if _fits(found, chosen, name) for value in found.values[name])
    labels = {
        "kind": {kind: said[0] for kind, said in REPEAT_KINDS.items()},
        "origin": dict(ORIGINS),
        "scope": {scope: said[0] for scope, said in SCOPES.items()},
    }.get(name, {})
    best = counts.most_common(_FACET_VALUES)
    if name in chosen and chosen[name] not in dict(best):
        best.append((chosen[name], counts[chosen[name]]))
    if name == "year":
        best.sort(reverse=True)
    return tuple(
        FacetValue(value, labels.get(value, value), count, chosen.get(name) == value) for value, count in best
    )


def _caption_hits(connection: sqlite3.Connection, ids: Sequence[int], text: str) -> list[Hit]:
    showings = {
        showing.placement_id: showing
        for showing in load_showings(
            connection, "p.id IN (SELECT value FROM json_each(?))", (json.dumps(ids),), len(ids)
        )
    }
    return [
        Hit(
            showing,
            showing.article_id,
            (Piece(showing.headline, False),) if showing.headline else (),
            _highlight(showing.caption or "", text),
            say_publisher(showing.url, showing.locator),
            showing.published_at or showing.date,
            showing.locator,
        )
        for showing in (showings[each] for each in ids if each in showings)
    ]


def _article_hits(connection: sqlite3.Connection, ids: Sequence[int], text: str) -> list[Hit]:
    rows = {
        row[0]: row
        for row in connection.execute(
            "SELECT a.id, a.headline, a.body, a.url, r.locator, a.published_at FROM articles a"
            " JOIN records r ON r.id = a.record_id WHERE a.id IN (SELECT value FROM json_each(?))",
            (json.dumps(ids),),
        )
    }
    return [
        Hit(
            None,
            row[0],
            _highlight(row[1] or "", text),
            _highlight(_cut(row[2], text), text),
            say_publisher(row[3], row[4]),
            row[5],
            row[4],
        )
        for row in (rows[each] for each in ids if each in rows)
    ]


def _cut(body: str, wanted: str) -> str:
    """Return the part of a text around the first match."""
    words = sorted(set(re.findall(r"\w+", wanted)[:64]), key=len, reverse=True)
    found = (
        re.search("|".join(rf"\b{re.escape(word)}" for word in words), body, re.IGNORECASE) if words else None
    )
    start = max(0, (found.start() if found else 0) - _SNIPPET_CHARS // 4)
    start = body.rfind(" ", 0, start) + 1 if start else 0
    end = start + _SNIPPET_CHARS
    shown = body[start:end].rsplit(" ", 1)[0] if end < len(body) else body[start:]
    return ("… " if start else "") + shown + (" …" if end < len(body) else "")


def _highlight(text: str, wanted: str) -> tuple[Piece, ...]:
    words = {word.casefold() for word in re.findall(r"\w+", wanted)[:64]}
    last = re.findall(r"\w+$", wanted.casefold())
    pieces: list[Piece] = []
    at = 0
    for match in re.finditer(r"\w+", text):
        word = match[0].casefold()
        if word in words or (last and len(last[0]) > 2 and word.startswith(last[0])):
            pieces += [Piece(text[at : match.start()], False), Piece(match[0], True)]
            at = match.end()
    pieces.append(Piece(text[at:], False))
    return tuple(piece for piece in pieces if piece.text)


async def show_search(visit: Visit) -> Reply:
    text = visit.arguments.get("q", "")[:400]
    scope = visit.choice("in", FACETS) or "captions"
    chosen = {name: visit.arguments[name] for name in FACETS[scope] if visit.arguments.get(name)}
    page = (visit.numbers("page", 1) or (1,))[0]
    results = await visit.load(lambda connection: search(connection, scope, text, chosen, max(1, page)))
    return await visit.page(
        "search.html",
        title=f"Search: {text}" if text else "Search",
        here="search",
        text=text,
        scope=scope,
        chosen=chosen,
        results=results,
    )

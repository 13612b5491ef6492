"""The article of a page that a script shows: it is in the page only as data, and the page itself has no text.

Next.js and Nuxt put it into a script of JSON, Arc's Fusion, Apollo and others give it to a name in a script, and
publishers repeat it for machines as JSON-LD (``articleBody``).
"""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from media.articles.article import Article, Hints
from media.articles.html.read import read_html
from media.articles.json_documents import find_rows
from media.articles.jsonlines import read_row
from media.decoding.json_fields import mend_value

_SCRIPT = re.compile(r"<script\b([^<>]{0,4000})>", re.IGNORECASE)
_END = re.compile(r"</script", re.IGNORECASE)
_JSON_TYPE = re.compile(r"\btype\s*=\s*[\"']?[\w./+-]*json|\bid\s*=\s*[\"']?__NEXT_DATA__", re.IGNORECASE)
_GIVEN = re.compile(
    r"(?:globalContent|contentCache|__(?:APOLLO|PRELOADED|INITIAL|NEXT|NUXT)\w*__|__\w{0,40}(?:STATE|DATA|CONTENT)\w{0,20}|initialState"
    r"|apolloState|pageData|articleData)[\"'\]]*\s*=\s*(JSON\.parse\(\s*)?(?=[{\[\"'])"
)
_HELD = re.compile(r"\sdata-(?:page|props|state)=(?:\"(\{[^\"]{200,4000000})\"|'(\{[^']{200,4000000})')")
_SCRIPTS: Final = 200
_CHARACTERS: Final = 16 << 20
"""The most characters read of all scripts of a page together."""
_LEAST: Final = 200
"""Characters that an article has: fewer are a teaser."""


def read_page(data: bytes, hints: Hints) -> Article:
    """Read a page; where a script is to fill it, the article that it holds as data."""
    return read_html(data, charset=hints.charset, url=hints.url, read_data=read_page_data)


def read_page_data(html: str) -> Article | None:
    """Return the longest article that a page's scripts hold; None where none of them does.

    Where two hold the same article, the one that shows more pictures counts.
    """
    best: Article | None = None
    for value in _values(html):
        for row in find_rows(value, loosely=False):
            found = read_row(row)
            if found is None or len(found.body) < _LEAST:
                continue
            if best is None or _weight(found) > _weight(best):
                best = found
    return best


def _weight(article: Article) -> tuple[int, int]:
    # Two copies of one text differ by a few words (a heading, a sign-off) at most.
    return len(article.body) // 500, len(article.placements)


def _values(html: str) -> Iterator[object]:
    """Yield the data of a page's scripts, and of attributes that hold a page's state (Inertia)."""
    for count, held in enumerate(_HELD.finditer(html)):
        if count == _GIVEN_MOST:
            break
        yield from _decoded(unescape(held[1] or held[2]), 0)
    left = _CHARACTERS
    at = 0
    for _ in range(_SCRIPTS):
        opened = _SCRIPT.search(html, at)
        if opened is None or left <= 0:
            return
        closed = _END.search(html, opened.end())
        at = closed.start() if closed else len(html)
        text = html[opened.end() : min(at, opened.end() + left)]
        left -= len(text)
        if _JSON_TYPE.search(opened[1]):
            for value in _decoded(text, _begin(text)):
                yield _revived(value) if isinstance(value, list) and "__NUXT_DATA__" in opened[1] else value
                if isinstance(value, dict) and isinstance(
                    value.get("body"), str
                ):  # an answer that SvelteKit keeps
                    yield from _decoded(value["body"], 0)
            continue
        for count, given in enumerate(_GIVEN.finditer(text)):
            if count == _GIVEN_MOST:
                break
            yield from _decoded(text, given.end())


def _revived(values: list[object]) -> object:
    """Return the value of Nuxt 3's list: objects and lists in it hold, for each value, its place in the list.

    A list that begins with a text wraps one value (``["Reactive", 1]``). Source: the format of devalue.
    """
    kept: dict[int, tuple[object, int]] = {}

    def revive(place: object, depth: int) -> tuple[object, int]:
        """Return the value at a place, and how many values it holds, those counted each time that stand in it twice."""
        if not isinstance(place, int) or not 0 <= place < len(values) or depth == 0:
            return None, 1
        if place in kept:
            return kept[place]
        value, size = values[place], 1
        kept[place] = (None, 1)  # what holds itself ends here
        if isinstance(value, list) and value and isinstance(value[0], str):
            value, size = revive(value[1], depth - 1) if len(value) > 1 else (None, 1)
        elif isinstance(value, dict | list):
            inner = [
                revive(each, depth - 1) for each in (value.values() if isinstance(value, dict) else value)
            ]
            size += sum(held for _, held in inner)
            found = [each for each, _ in inner]
            value = dict(zip(value, found, strict=True)) if isinstance(value, dict) else found
        kept[place] = (value, size) if size <= _REVIVED_VALUES else (None, 1)
        return kept[place]

    return revive(0, _REVIVED_DEPTH)[0]


_REVIVED_VALUES: Final = 200_000
"""The most values of one article: a list whose parts stand in each other could stand for more than any memory holds."""
_REVIVED_DEPTH: Final = 40
_DECODER: Final = json.JSONDecoder(strict=False)
_GIVEN_MOST: Final = 8
"""Values that one script gives to names which are read."""
_BEGIN = re.compile(r"\s*(?:<!--|//\s*<!\[CDATA\[)?\s*")


def _begin(text: str) -> int:
    found = _BEGIN.match(text)
    return found.end() if found else 0


def _decoded(text: str, at: int) -> Iterator[object]:
    """Yield the value that begins at ``at``, even if it is inside a text; nothing if there is no value."""
    try:
        value, _ = _DECODER.raw_decode(text, at)
        if isinstance(value, str):  # JSON.parse("{...}")
            value, _ = _DECODER.raw_decode(value)
        value = mend_value(value)
    except (ValueError, RecursionError):
        return
    yield value

"""Finds the items of a feed, or the pages of a wiki's export, in one pass without keeping them in memory."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from media.archives.container import File

_CHUNK_BYTES = 1 << 20


def _mark(names: bytes) -> re.Pattern[bytes]:
    """Return what opens and closes elements of these names, and the sections in which nothing does."""
    return re.compile(
        rb"(?P<section><!\[CDATA\[|<!--)|<(?P<close>/?)(?:[A-Za-z]\w{0,10}:)?(?:%b)(?:\s{0,10}(?P<ended>/?>)|(?=[\s/]))"
        % names
    )


FEED_ITEMS = _mark(b"item|entry")
WIKI_PAGES = _mark(b"page")
_LONGEST_MARK = 64
"""The most bytes of a tag's name. A tag of this length may be split between two reads."""
_ENDS = {b"<![CDATA[": b"]]>", b"<!--": b"-->"}


@dataclass(frozen=True, slots=True)
class Place:
    """The place of an item in its file."""

    start: int
    end: int
    closed: bool = True
    """Whether the item has its end tag; False if the file ends, or the next item begins, before it."""


def find_items(
    file: File, start: int = 0, end: int | None = None, mark: re.Pattern[bytes] = FEED_ITEMS
) -> Iterator[Place]:
    """Yield the items that begin at ``start`` or later, and before ``end``; ``mark`` says what items are.

    What stands in a CDATA section or a comment is text. The file may be read elsewhere in between.
    """
    begun: int | None = None
    last = start
    for kind, at, stop in _marks(file, start, mark):
        last = stop
        if kind == "end of file":
            break
        if kind == "open":
            if begun is not None:
                yield Place(begun, at, closed=False)
            if end is not None and at >= end:
                return
            begun = at
        elif begun is not None:
            yield Place(begun, stop)
            begun = None
    if begun is not None:
        yield Place(begun, last, closed=False)


def _marks(file: File, start: int, mark: re.Pattern[bytes]) -> Iterator[tuple[str, int, int]]:
    """Yield what opens and closes items, (kind, begin, end), and the end of the file."""
    base, buffer = start, b""
    section: bytes | None = None
    while True:
        file.seek(base + len(buffer))
        more = file.read(_CHUNK_BYTES)
        buffer += more
        sure = max(0, len(buffer) - _LONGEST_MARK) if more else len(buffer)
        at = 0
        while True:
            if section is not None:
                closed = buffer.find(section, at)
                if closed < 0:
                    at = max(at, len(buffer) - len(section) + 1)
                    break
                at, section = closed + len(section), None
            found = mark.search(buffer, at)
            if found is None or found.start() >= sure:
                at = max(at, sure)
                break
            at = found.end()
            if found["section"]:
                section = _ENDS[found["section"]]
            elif found["ended"] != b"/>":
                yield "close" if found["close"] else "open", base + found.start(), base + at
        base, buffer = base + at, buffer[at:]
        if not more:
            yield "end of file", base + len(buffer), base + len(buffer)
            return

"""JSON documents too large for memory. A member is one object of a list; its place is its offset in bytes.

The bytes of a member are a document of their own: the object, inside the same lists and names as in the file
(``{"response": {"docs": [ ... ]}}``), so that it is recognised as it would be in the whole document.

The document is parsed from its beginning with a buffer of at most :data:`ITEM_BYTES`. An object in a list, or under
a name, is a member if it fits into the buffer and has the shape of an article. If it does not fit, its parts are
searched.
"""

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from media import formats
from media.archives.compression import read_exactly
from media.archives.container import Damage, File, Member, Span
from media.errors import MissingError
from media.record import Problem

ITEM_BYTES = 8 << 20
"""The most bytes of an object, which is read in memory."""
JSON: Final = "application/json"
_CHUNK_BYTES: Final = 1 << 18
_SPAN_BYTES: Final = 2 << 20
_SPAN_ITEMS: Final = 256
_DEPTH: Final = 12
_BLANK: Final = re.compile(r"[\s,]*")
_NAME: Final = re.compile(r'"(?:[^"\\]|\\.){0,1000}"\s*:\s*')
_NEXT: Final = re.compile(r"[}\]]\s*,\s*(?=\{)")
"""The pattern at which the next object of a list begins, after a damaged one."""
_DECODER: Final = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Place:
    """The place of an object, and the lists and names around it."""

    start: int
    end: int
    around: tuple[str | None, ...]
    """The levels around the object, the outermost first: the name of the next level, or None for a list."""
    row: int
    """The number of the row. Objects in one row are adjacent: nothing between them has to be searched."""


class JsonItems:
    """The objects in the lists of a document that have the shape of an article."""

    media_type = JSON

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator

    def spans(self, after: int = 0) -> Iterator[Span | Problem]:
        """Yield spans. Each ends with an object, after some megabytes or hundreds of objects inside the same lists."""
        walk = _Walk(self.file)
        first: Place | None = None
        last: Place | None = None
        items = 0
        for place in walk.places():
            if (
                first is not None
                and last is not None
                and (place.end - first.start > _SPAN_BYTES or items == _SPAN_ITEMS or place.row != first.row)
            ):
                yield _span(first, last)
                first, items = None, 0
            first, last, items = first or place, place, items + 1
        if first is not None and last is not None:
            yield _span(first, last)
        else:
            reason = "it is too large to be read as one, and no list of articles is found in it"
            yield Problem(self.locator, "read", reason, "Write its articles as JSON Lines, and scan these.")
        for number, offset in enumerate(walk.damaged, 1):
            rest = "the rest" if number == _MOST_DAMAGED else "what follows up to the next object"
            reason = f"the JSON breaks at byte {offset:,}: {rest} was not read"
            yield Problem(self.locator, "read", reason, "Write the document again.")

    def members(self, span: Span) -> Iterator[Member | Damage]:
        around = tuple(json.loads(span.within))
        for place in _Walk(self.file).inside(span.start, around, span.end):
            yield self._member(place)

    @contextmanager
    def open(self, inner: str) -> Iterator[Member]:
        places = (place for place in _Walk(self.file).places() if f"#{place.start}" == inner)
        place = next(places, None)
        if place is None:
            raise MissingError("no object begins there any more", "Scan again: the file has changed.")
        yield self._member(place)

    def _member(self, place: Place) -> Member:
        self.file.seek(place.start)
        item = read_exactly(self.file, place.end - place.start)
        return Member(f"{self.locator}#{place.start}", io.BytesIO(_wrap(item, place.around)), media_type=JSON)


def _span(first: Place, last: Place) -> Span:
    return Span(first.start, last.end, json.dumps(first.around))


def _wrap(item: bytes, around: tuple[str | None, ...]) -> bytes:
    for name in reversed(around):
        # Names are kept as stored, with each byte as the character of its number.
        item = b"[%b]" % item if name is None else b"{%b:%b}" % (name.encode("latin-1"), item)
    return item


class _Walk:
    """One pass over a document, with a buffer that grows only to the size of one object.

    Bytes are read as Latin-1, since all delimiters of JSON are ASCII.
    """

    def __init__(self, file: File) -> None:
        self.file = file
        self.text = ""
        self.base = 0
        """The offset of the buffer in the file."""
        self.at = 0
        """The current position in the buffer."""
        self.ended = False
        self.row = 0
        self.damaged: list[int] = []

    def places(self) -> Iterator[Place]:
        """Yield the objects of the document, in order."""
        self._start(0)
        if self.text.startswith("\xef\xbb\xbf"):
            self.at = 3
        yield from self._value(())

    def inside(self, start: int, around: tuple[str | None, ...], end: int) -> Iterator[Place]:
        """Yield the objects in one list, or under adjacent names, from ``start`` to ``end``."""
        self._start(start)
        name = around[-1]
        while self.base + self.at < end:
            self._skip()
            if around[-1] is not None and self.base + self.at > start and (name := self._name()) is None:
                return
            place = self._item((*around[:-1], name))
            if place is None:
                return
            if _is_told(self.text[place.start - self.base : place.end - self.base], place.around):
                yield place

    def _start(self, offset: int) -> None:
        self.text, self.base, self.at, self.ended = "", offset, 0, False
        self._fill()

    def _fill(self) -> bool:
        """Read more, doubling the buffer. Return False if there is no more."""
        if self.ended:
            return False
        self.file.seek(self.base + len(self.text))
        more = self.file.read(max(_CHUNK_BYTES, len(self.text) - self.at))
        self.ended = not more
        self.base += self.at
        self.text = self.text[self.at :] + more.decode("latin-1")
        self.at = 0
        return not self.ended

    def _skip(self) -> str:
        """Skip white space, and return the character after it; "" at the end."""
        while True:
            found = _BLANK.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self._fill():
                return ""

    def _name(self) -> str | None:
        """Skip a name and its colon, and return the name as stored; None if there is no name."""
        found = _NAME.match(self.text, self.at)
        if (found is None or found.end() == len(self.text)) and self._fill():
            found = _NAME.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[0].rstrip().removesuffix(":").rstrip()

    def _value(self, around: tuple[str | None, ...]) -> Iterator[Place]:
        """Search a list or an object."""
        opening = self._skip()
        if not opening or opening not in "{[" or len(around) > _DEPTH:
            self._damage()
            return
        self.row += 1
        self.at += 1
        while (sign := self._skip()) and sign not in "]}":
            name = None
            if opening == "{" and (name := self._name()) is None:
                self._damage()
                return
            yield from self._member((*around, name))
        self.row += 1
        self.at += 1

    def _member(self, around: tuple[str | None, ...]) -> Iterator[Place]:
        sign = self._skip()
        if sign == "[":
            yield from self._value(around)
            return
        place = self._item(around)
        if place is None and sign == "{" and len(self.text) - self.at >= ITEM_BYTES:
            yield from self._value(around)
        elif place is None:
            self._damage()
        elif sign == "{" and _is_told(self.text[place.start - self.base : place.end - self.base], around):
            yield place

    def _item(self, around: tuple[str | None, ...]) -> Place | None:
        """Skip one value, and return its place; None if it is damaged or does not fit."""
        while True:
            try:
                _, end = _DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                is_open = error.msg.startswith("Unterminated") or error.pos >= len(self.text) - 12
            except RecursionError:
                return None
            else:
                if end < len(self.text) or self.ended:  # a number may continue
                    place = Place(self.base + self.at, self.base + end, around, self.row)
                    self.at = end
                    return place
                is_open = True
            if not is_open or len(self.text) - self.at >= ITEM_BYTES or not self._fill():
                return None

    def _damage(self) -> None:
        """Note where the document is damaged, and continue at the next object."""
        self.row += 1
        self.damaged.append(self.base + self.at)
        if len(self.damaged) == _MOST_DAMAGED:
            self.text, self.ended = "", True
        while (found := _NEXT.search(self.text, self.at + 1)) is None:
            self.at = max(self.at, len(self.text) - 1_000)
            if self.ended or not self._fill():
                self.at = len(self.text)
                return
        self.at = found.end()


_MOST_DAMAGED: Final = 100


def _is_told(item: str, around: tuple[str | None, ...]) -> bool:
    """Return whether an object has the shape of an article, as for a whole document."""
    tells = formats.load(formats.format_of(JSON).text_sign)
    return bool(tells(_wrap(item.encode("latin-1"), around), ""))

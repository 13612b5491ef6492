"""A JSON document too large to be held: a member is one object of a list in it, its place the offset of its first byte.

The bytes of a member are a document of their own: the object, with the lists and names that are around it
(``{"response": {"docs": [ ... ]}}``), so that it is recognised as it would be in the whole.

The document is walked from its beginning with a buffer of at most :data:`ITEM_BYTES`. An object of a list, or one under
a name, that fits in and says that it is an article is a member; one that does not fit is walked through itself.
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
"""An object is held whole to be read, up to this size."""
JSON: Final = "application/json"
_CHUNK_BYTES: Final = 1 << 18
_SPAN_BYTES: Final = 2 << 20
_SPAN_ITEMS: Final = 256
_DEPTH: Final = 12
_BLANK: Final = re.compile(r"[\s,]*")
_NAME: Final = re.compile(r'"(?:[^"\\]|\\.){0,1000}"\s*:\s*')
_NEXT: Final = re.compile(r"[}\]]\s*,\s*(?=\{)")
"""Where the next object of a list begins, after one that is damaged."""
_DECODER: Final = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object stands, and what is around it."""

    start: int
    end: int
    around: tuple[str | None, ...]
    """From the outside: the name under which the next one stands, None for a list."""
    row: int
    """Objects of one row stand beside each other, with nothing between them that is walked through."""


class JsonItems:
    """The objects of the lists of a document that say that they are articles."""

    media_type = JSON

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator

    def spans(self, after: int = 0) -> Iterator[Span | Problem]:
        """Spans end where an object does, after some megabytes or hundreds of objects with the same around them."""
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
        # Names are kept as they are stored: bytes as characters of their number.
        item = b"[%b]" % item if name is None else b"{%b:%b}" % (name.encode("latin-1"), item)
    return item


class _Walk:
    """One pass over a document, with a buffer that grows only as far as one object needs it.

    Bytes are taken for characters of their number (Latin-1): what parts a document is ASCII.
    """

    def __init__(self, file: File) -> None:
        self.file = file
        self.text = ""
        self.base = 0
        """Offset of the buffer in the file."""
        self.at = 0
        """Where the walk stands in the buffer."""
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
        """Yield the objects that stand in one list, or under names beside each other, from ``start`` to ``end``."""
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
        """Take in more, as much again as there is; False where there is no more."""
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
        """Pass over what is blank, and return the character behind it; "" at the end."""
        while True:
            found = _BLANK.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self._fill():
                return ""

    def _name(self) -> str | None:
        """Pass over a name and its colon, and return it as stored; None where there is none."""
        found = _NAME.match(self.text, self.at)
        if (found is None or found.end() == len(self.text)) and self._fill():
            found = _NAME.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[0].rstrip().removesuffix(":").rstrip()

    def _value(self, around: tuple[str | None, ...]) -> Iterator[Place]:
        """Walk through a list or an object."""
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
        """Pass over one value, and return where it stands; None where it is damaged, or does not fit."""
        while True:
            try:
                _, end = _DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                is_open = error.msg.startswith("Unterminated") or error.pos >= len(self.text) - 12
            except RecursionError:
                return None
            else:
                if end < len(self.text) or self.ended:  # a number may go on
                    place = Place(self.base + self.at, self.base + end, around, self.row)
                    self.at = end
                    return place
                is_open = True
            if not is_open or len(self.text) - self.at >= ITEM_BYTES or not self._fill():
                return None

    def _damage(self) -> None:
        """Note where the document is damaged, and go on at the next object."""
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
    """Return whether an object says that it is an article, as a whole document of it does."""
    tells = formats.load(formats.format_of(JSON).text_sign)
    return bool(tells(_wrap(item.encode("latin-1"), around), ""))

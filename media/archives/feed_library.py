"""The media library of a WordPress export: its pictures by number, and by the post they belong to.

A post shows pictures by number (its featured picture, galleries). Their items can be anywhere in the file. One pass
over the file finds them all. Of each item, only the name and the description are kept, within a limit.
"""

import re
from array import array
from collections.abc import Callable, Iterable
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from media.archives.container import File

LIBRARY_BYTES = 64 << 20
"""The most bytes kept of all pictures together. This is enough for 250,000 with long captions."""
_MOST_SHOWN = 500
"""The most pictures of one post."""
_NUMBER = rb"(?:<!\[CDATA\[)?\s*(\d{1,18})"
_POST_ID = re.compile(rb"<wp:post_id>" + _NUMBER)
_PARENT = re.compile(rb"<wp:post_parent>" + _NUMBER)
_IS_ATTACHMENT = re.compile(rb"<wp:post_type>(?:<!\[CDATA\[)?\s*attachment\b")
_FEATURED = re.compile(rb"_thumbnail_id(?:\]\]>)?\s*</wp:meta_key>\s*<wp:meta_value>" + _NUMBER)
_GALLERY = re.compile(rb"\[gallery\b([^\[\]]{0,20000})\]")
_IDS = re.compile(rb"\b(?:ids|include)\s*=\s*[\"']?\s*([\d,\s]+)")
_KEPT = (b"title", b"excerpt:encoded", b"wp:attachment_url", b"wp:post_id", b"wp:post_parent")
_KEPT_BYTES = 20_000
"""The most bytes kept of one element."""
_ALT = re.compile(rb"<wp:meta_key>(?:<!\[CDATA\[)?_wp_attachment_image_alt(?:\]\]>)?</wp:meta_key>")
_TYPE = b"<wp:post_type>attachment</wp:post_type>"


class Library:
    """The pictures of an export."""

    def __init__(self, items: Iterable[bytes]) -> None:
        self.is_whole = True
        """Whether all pictures were kept."""
        self._kept = bytearray()
        ends, numbers, parents = array("q", (0,)), array("q"), array("q")
        for item in items:
            number = _POST_ID.search(item) if _IS_ATTACHMENT.search(item) else None
            if number is None:
                continue
            if len(self._kept) > LIBRARY_BYTES:
                self.is_whole = False
                break
            parent = _PARENT.search(item)
            self._kept += _described(item)
            ends.append(len(self._kept))
            numbers.append(int(number[1]))
            parents.append(int(parent[1]) if parent else 0)
        self._ends = ends
        self._numbers = _Index(numbers)
        self._parents = _Index(parents)

    def shown_by(self, item: bytes) -> bytes:
        """Return the items of the pictures that a post shows by number, each reduced to its name and description."""
        if _IS_ATTACHMENT.search(item):
            return b""
        wanted = [int(found) for found in _FEATURED.findall(item)[:1]]
        shows_own = False
        for given in _GALLERY.findall(item):
            told = _IDS.search(given)
            shows_own = shows_own or told is None
            wanted += [int(number) for number in re.findall(rb"\d{1,18}", told[1])] if told else []
        rows = [row for number in wanted[:_MOST_SHOWN] for row in self._numbers.rows(number)[:1]]
        if shows_own and (post := _POST_ID.search(item)):
            rows += self._parents.rows(int(post[1]))
        return b"".join(
            bytes(self._kept[self._ends[row] : self._ends[row + 1]])
            for row in list(dict.fromkeys(rows))[:_MOST_SHOWN]
        )


def _described(item: bytes) -> bytes:
    """Return an item with only the elements that name and describe its picture."""
    alt = _ALT.search(item)
    meta = alt[0] + _element(item, b"wp:meta_value", alt.end()) if alt else b""
    parts = (b"<item>", *(_element(item, name) for name in _KEPT), _TYPE)
    return b"".join((*parts, b"<wp:postmeta>" + meta + b"</wp:postmeta>" if meta else b"", b"</item>"))


def _element(item: bytes, name: bytes, start: int = 0) -> bytes:
    """Return the first element with a name, unchanged; nothing if it is too large."""
    begun = item.find(b"<" + name + b">", start)
    close = b"</" + name + b">"
    ended = item.find(close, begun, begun + _KEPT_BYTES) if begun >= 0 else -1
    return item[begun : ended + len(close)] if ended >= 0 else b""


class _Index:
    """Rows, found by a number."""

    def __init__(self, numbers: "array[int]") -> None:
        values = np.frombuffer(numbers, np.int64) if numbers else np.empty(0, np.int64)
        self._order: npt.NDArray[np.int64] = np.argsort(values, kind="stable")
        self._sorted = values[self._order]

    def rows(self, number: int) -> list[int]:
        low, high = np.searchsorted(self._sorted, [number, number + 1])
        return [int(row) for row in self._order[low:high]]


_last: tuple[tuple[int, bytes], Library] | None = None
"""The library of the export that was read last. The spans of the export, and a check of its members, all use it."""


def library_of(file: File, items: Callable[[], Iterable[bytes]]) -> Library:
    """Return the library of an export. Unless it is the export that was read last, this takes a pass over the file."""
    global _last
    size = file.seek(0, 2)
    digest = sha256()
    for start in (0, size // 2, max(0, size - _SAMPLE)):
        file.seek(start)
        digest.update(file.read(_SAMPLE))
    key = size, digest.digest()
    kept = _last
    if kept is None or kept[0] != key:
        kept = _last = (key, Library(items()))
    return kept[1]


_SAMPLE = 64 << 10
"""The number of bytes at the start, in the middle and at the end by which a file is recognised again."""

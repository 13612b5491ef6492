"""Keeping hostile or broken pages from costing more than their size.

The parsing that HTML prescribes takes time that grows with the square of the nesting of blocks and of the
attributes of a tag, and memory that grows with the square of the formatting elements (``b``, ``font``...) left
open: 27 kB can ask for 700 MB. Pages that could do that are found by counting; from those, the tags beyond all
reason are taken out before they are parsed. Their text stays.
"""

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

MAX_DEPTH: Final = 5_000
"""Open blocks. Parsing 10,000 takes .2 s, 40,000 take 6 s; browsers stop at 512."""
MAX_FORMATTING: Final = 30
"""Open formatting elements: every paragraph opens all of them again."""
MAX_ATTRIBUTES: Final = 1_000
"""Attributes of a tag: 20,000 take 2 s, 40,000 take 15 s."""

# A page with fewer tags cannot cost much (1,000 open formatting elements: 190 MB); most have about 1,600.
_FEW_TAGS: Final = 2_000
_MANY_TAGS: Final = 30_000
_UNCLOSED: Final = 2_000
"""Tags, and tags that are not closed: what lies beyond is cut, since the parser takes time by their square."""
_LONG_TAG: Final = 16_384
_SLICE: Final = 65_536
"""Bytes: a longer tag is looked at for its attributes; bytes are counted in slices that stay in the cache."""

_TAG = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)[^<>]*>?")
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")
_FORMATTING: Final = frozenset(
    (
        b"a",
        b"b",
        b"big",
        b"code",
        b"em",
        b"font",
        b"i",
        b"nobr",
        b"s",
        b"small",
        b"strike",
        b"strong",
        b"tt",
        b"u",
    )
)
# Tags that close themselves or each other: they do not nest by themselves.
_FLAT: Final = frozenset((
    b"area", b"base", b"br", b"col", b"embed", b"hr", b"img", b"input", b"link", b"meta", b"param", b"source",
    b"track", b"wbr", b"p", b"li", b"dd", b"dt", b"tr", b"td", b"th", b"tbody", b"thead", b"tfoot", b"option",
    b"script", b"style",
))  # fmt: skip


def bound_page(data: bytes) -> bytes:
    """Return the page as it is, or without the tags that would make parsing it explode."""
    octets = np.frombuffer(data, np.uint8)
    tags = _count_tags(octets)
    if tags > _MANY_TAGS or (tags > _FEW_TAGS and tags - 2 * _count_closing(octets) > _UNCLOSED):
        return _flattened(data)
    for at in _long_gaps(data):
        found = _TAG.match(data, at)
        if found and _is_bloated(found[0]):
            return _flattened(data)
    return data


def _count_tags(octets: npt.NDArray[np.uint8]) -> int:
    # By slices that stay in the processor's cache: a quarter of the time of the whole at once.
    starts = range(0, octets.size, _SLICE)
    return sum(int(np.count_nonzero(octets[start : start + _SLICE] == ord("<"))) for start in starts)


def _count_closing(octets: npt.NDArray[np.uint8]) -> int:
    return int(np.count_nonzero((octets[1:] == ord("/")) & (octets[:-1] == ord("<"))))


def _long_gaps(data: bytes) -> Iterator[int]:
    """Positions of those ``<`` that are followed by no other for long: scripts, and tags beyond all reason."""
    at = data.find(b"<")
    while 0 <= at < len(data) - _LONG_TAG:
        # Backwards from the end of the window: the next one is usually a few bytes away.
        following = data.rfind(b"<", at + 1, at + _LONG_TAG)
        if following < 0:
            yield at
            following = data.find(b"<", at + _LONG_TAG)
        at = following


def _is_bloated(tag: bytes) -> bool:
    return len(tag) > _LONG_TAG and len(_QUOTED.sub(b"", tag).split()) > MAX_ATTRIBUTES


def _flattened(data: bytes) -> bytes:
    depth = formatting = 0

    def bound(found: re.Match[bytes]) -> bytes:
        nonlocal depth, formatting
        closing, name = found[1], found[2].lower()
        if name in _FORMATTING:
            if closing:
                formatting = max(0, formatting - 1)
            elif formatting >= MAX_FORMATTING:
                return b""
            else:
                formatting += 1
        elif name not in _FLAT:
            if closing:
                depth = max(0, depth - 1)
            elif depth >= MAX_DEPTH:
                return b""
            else:
                depth += 1
        return b"<%b>" % name if _is_bloated(found[0]) else found[0]

    return _TAG.sub(bound, data)

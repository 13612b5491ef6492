"""Guesses the charset of text that declares none, by whether its letters make words.

IPTC from before 2000, and all of EXIF, hold bytes in the charset of the machine they were typed on: Windows of western
and central Europe or of Russia, or the Macintosh. Read in another charset, letters become signs within words, capitals
follow small letters, and scripts mix. The charset with the lowest cost of these is the right one.
"""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from media.decoding.detect import guess_wide

_CHARSETS = {
    "cp1252": 0, "mac_roman": 0, "cp1250": 0, "cp1251": 0, "koi8_r": 0, "cp1253": 0, "mac_cyrillic": 2, "cp850": 3,
}  # fmt: skip
"""The charsets that are tried, with their initial costs: few captions were written under DOS. Of equals, the first."""
_MARGIN = 2
"""The least difference in cost to prefer another charset to that of western Windows."""
_MOST_BYTES = 4_000
"""The number of bytes examined."""


_WIDE_BYTES, _WIDE_SHARE = 12, 0.3
"""The least high bytes, and their least share, of text whose letters take two bytes each: of Cyrillic they are more."""


def guess_charset(values: Sequence[bytes]) -> str:
    """Return the codec of texts from one writer that are not UTF-8; ``cp1252`` without evidence."""
    text = b" \n ".join(values)[:_MOST_BYTES]
    high = sum(byte > 0x7F for byte in text)
    if high >= _WIDE_BYTES and high > len(text) * _WIDE_SHARE and (wide := guess_wide(text)):
        return wide
    costs = {charset: first + _cost(_decode(text, charset)) for charset, first in _CHARSETS.items()}
    best = min(costs, key=costs.__getitem__)
    return best if costs[best] + _MARGIN <= costs["cp1252"] else "cp1252"


def decode_as(value: bytes, charset: str) -> str:
    """Return ``value`` as text; what the charset leaves unassigned becomes the control of that number."""
    return _decode(value, charset)


def _decode(value: bytes, charset: str) -> str:
    try:
        return value.decode(charset)
    except UnicodeDecodeError:
        return "".join(_character(byte, charset) for byte in value)


@lru_cache(maxsize=4096)
def _character(byte: int, charset: str) -> str:
    try:
        return bytes([byte]).decode(charset)
    except UnicodeDecodeError:
        return chr(byte)


def _cost(text: str) -> int:
    """Return how little a text looks like words; only letters outside ASCII are examined."""
    padded = f" {text} "
    return sum(
        _cost_of(before, here, after)
        for before, here, after in zip(padded, padded[1:], padded[2:], strict=False)
        if here > "\x7f"
    )


def _cost_of(before: str, here: str, after: str) -> int:
    if here < "\xa0" or "\u2500" <= here <= "\u25ff":
        return 4  # controls, and the frames of DOS
    if here.isalpha():
        return _cost_of_letter(before, here, after)
    if before.isalpha() and after.isalpha():
        return 0 if here in _WITHIN_WORDS or (before + here + after).casefold() == "l·l" else 3
    if here in _OPENING and before.isalpha():
        return 2
    if after.isalpha() and unicodedata.category(here)[0] == "S" and here not in "©®™°":
        return 2
    return 0


_WITHIN_WORDS = "’–—‑\xad\xa0"
_OPENING = "‘“«„‚¿¡"


def _cost_of_letter(before: str, here: str, after: str) -> int:
    if here in "ªº":
        return 0 if before.isdigit() or before in "nN" else 2  # ordinals
    cost = 3 if here in "ƒﬁﬂµ" else 0
    script = _script(here)
    cost += sum(3 for each in (before, after) if each.isalpha() and _script(each) != script)
    if here.isupper() and before.islower():
        cost += 3
    if script == "LATIN" and before > "\x7f" and before.isalpha() and _script(before) == script:
        cost += 1  # two marked letters together: rare, but for runs of them in the wrong charset
    return cost


@lru_cache(maxsize=1024)
def _script(letter: str) -> str:
    return "LATIN" if letter < "\x80" else unicodedata.name(letter, "?").split(" ", 1)[0]

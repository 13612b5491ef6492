"""Words of many bodies at once: a hash of each, and whether it is a figure or a name.

Letters are read as arrays. Accents, capitals, apostrophes and punctuation do not count; of scripts that write no spaces
each letter is a word.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint32]
Wide = NDArray[np.uint64]
Integers = NDArray[np.int64]
Codes = NDArray[Any]
"""The codes of letters in the smallest type that fits: unsigned numbers of 8, 16 or 32 bits."""

_SEPARATOR, _LETTER, _DIGIT, _IDEOGRAPH, _IGNORED, _SENTENCE_END = range(6)
_PLAIN_SIZE: Final = 0x80
_TABLE_SIZE: Final = 0x10000
_IGNORED_SIGNS: Final = frozenset("'’‘ʼ´`\u00ad\u200b\u200c\u200d\u2060\ufeff")
_SENTENCE_ENDS: Final = frozenset('.!?:;…。！？\n\u2028\u2029"“”«»„–—•')
_WITHOUT_SPACES: Final = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF)),  # Thai, Lao, Myanmar, Khmer
    *(
        (0x2E80, 0x2FDF),
        (0x3005, 0x3007),
        (0x3040, 0x30FF),
        (0x31F0, 0x31FF),
        (0x3400, 0x9FFF),
        (0xF900, 0xFAFF),
    ),
)
"""Scripts that write no spaces: each letter is a word of its own there."""

_BASE: Final = np.uint64(0x9E3779B97F4A7C15 | 1)
_MIX_A: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B: Final = np.uint64(0x94D049BB133111EB)
NUMBER: Final = np.uint64(0x6A09E667F3BCC909)
STEPS: Final = np.array(
    [0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3],
    dtype=np.uint64,
)


@dataclass(frozen=True, slots=True)
class _Tables:
    """The class of each letter; those of ASCII also as tables of bytes."""

    classes: NDArray[np.uint8]
    folded: NDArray[np.uint16]
    """The letter it counts as."""
    capitals: NDArray[np.bool_]
    plain_classes: bytes
    plain_folded: bytes


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    classes = np.zeros(_TABLE_SIZE, np.uint8)
    folded = np.arange(_TABLE_SIZE, dtype=np.uint16)
    capitals = np.zeros(_TABLE_SIZE, np.bool_)
    for code in range(_TABLE_SIZE):
        sign = chr(code)
        category = unicodedata.category(sign)
        if category in ("Mn", "Cf") or sign in _IGNORED_SIGNS:
            classes[code] = _IGNORED
        elif category[0] == "L" or category == "Mc":
            classes[code] = _LETTER
            capitals[code] = category in ("Lu", "Lt")
            plain = unicodedata.normalize("NFKD", sign.casefold())[0]
            folded[code] = ord(plain) if ord(plain) < _TABLE_SIZE else code
        elif category[0] == "N":
            classes[code] = _DIGIT
        elif sign in _SENTENCE_ENDS:
            classes[code] = _SENTENCE_END
    for first, last in _WITHOUT_SPACES:
        stretch = classes[first : last + 1]
        stretch[stretch == _LETTER] = _IDEOGRAPH
    plain_classes, plain_folded = (
        table[:_PLAIN_SIZE].astype(np.uint8).tobytes() + bytes(256 - _PLAIN_SIZE)
        for table in (classes, folded)
    )
    return _Tables(classes, folded, capitals, plain_classes, plain_folded)


@lru_cache(maxsize=4)
def _powers(size: int) -> tuple[Wide, Wide]:
    """Return the powers of the base modulo 2**64, and those of its inverse: an odd number has one."""
    inverse = np.uint64(pow(int(_BASE), -1, 1 << 64))
    up = np.full(size, _BASE, np.uint64)
    down = np.full(size, inverse, np.uint64)
    up[0] = down[0] = 1
    return np.cumprod(up), np.cumprod(down)


def mix(values: Wide) -> Wide:
    """Spread every bit over all others (the finaliser of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * _MIX_A
    values = (values ^ (values >> np.uint64(27))) * _MIX_B
    return values ^ (values >> np.uint64(31))


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a batch of bodies, one behind the other."""

    hashes: Wide
    rows: Integers
    """The body of each."""
    numbers: NDArray[np.bool_]
    named: NDArray[np.bool_]
    """Is a figure, or a capitalised word within a sentence."""


def read_words(bodies: list[str]) -> Words:
    text = "\n".join(bodies) + "\n"
    codes, kinds, folded, ends = _read_letters(text)
    lengths = np.fromiter((len(body) + 1 for body in bodies), np.int64, len(bodies))
    bounds = np.cumsum(lengths)
    is_ignored = kinds == _IGNORED
    if is_ignored.any():
        kept = np.flatnonzero(~is_ignored)
        bounds, ends = np.searchsorted(kept, bounds), np.searchsorted(kept, ends)
        codes, kinds, folded = codes[kept], kinds[kept], folded[kept]
    starts, stops = _bound_words(kinds)
    if not len(starts):
        nothing = np.empty(0, np.bool_)
        return Words(np.empty(0, np.uint64), np.empty(0, np.int64), nothing, nothing)
    hashes = _hash_words(folded, starts, stops)
    numbers = np.zeros(len(starts), np.bool_)
    numbers[np.searchsorted(starts, np.flatnonzero(kinds == _DIGIT), side="right") - 1] = True
    begins = np.zeros(len(starts) + 1, np.bool_)
    begins[0] = True
    begins[np.searchsorted(starts, ends)] = True
    named = numbers | (_tables().capitals[codes[starts]] & ~begins[:-1])
    alone = kinds[starts] == _IDEOGRAPH
    if alone.any():
        # One ideograph says little: with the one behind it, it counts as a word.
        paired = np.flatnonzero(alone[:-1] & alone[1:] & (starts[1:] == stops[:-1]))
        hashes[paired] = mix(hashes[paired] * STEPS[0] + hashes[paired + 1])
        named &= ~alone
    of_body = np.diff(np.searchsorted(starts, bounds), prepend=0)
    return Words(hashes, np.repeat(np.arange(len(bodies)), of_body), numbers, named)


def _read_letters(text: str) -> tuple[Codes, NDArray[np.uint8], Codes, Integers]:
    """Return of each letter its code, its class, and what it counts as; and where sentences end.

    Letters of ASCII go through tables of bytes, which takes a tenth of the time; the others, one by one, afterwards.
    """
    tables = _tables()
    if text.isascii():
        plain = text.encode()
        codes = np.frombuffer(plain, np.uint8)
        kinds = np.frombuffer(plain.translate(tables.plain_classes), np.uint8)
        folded = np.frombuffer(plain.translate(tables.plain_folded), np.uint8)
        return codes, kinds, folded, np.flatnonzero(kinds == _SENTENCE_END)
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    wide = codes >= _TABLE_SIZE
    if wide.any():
        # Beyond the first plane: ideographs are words there, everything else parts them.
        rare = np.where((codes >= 0x20000) & (codes < 0x32000), 0x4E00 + codes % 0x5000, 0x20)
        codes = np.where(wide, rare, codes).astype(np.uint32)
    foreign = np.flatnonzero(codes >= _PLAIN_SIZE)
    plain = codes.astype(np.uint8).tobytes()
    kinds = np.frombuffer(bytearray(plain.translate(tables.plain_classes)), np.uint8)
    folded = np.frombuffer(plain.translate(tables.plain_folded), np.uint8).astype(np.uint16)
    kinds[foreign] = tables.classes[codes[foreign]]
    folded[foreign] = tables.folded[codes[foreign]]
    return codes, kinds, folded, np.flatnonzero(kinds == _SENTENCE_END)


def _hash_words(folded: Codes, starts: Integers, stops: Integers) -> Wide:
    """Return a hash of each word: its letters as the digits of a number, which sums from the left on give."""
    up, down = _powers(1 << max(10, len(folded).bit_length()))
    sums = np.zeros(len(folded) + 1, np.uint64)
    terms = folded.astype(np.uint64)
    terms += np.uint64(1)
    terms *= up[: len(folded)]
    np.cumsum(terms, out=sums[1:])
    return mix((sums[stops] - sums[starts]) * down[starts])


def _bound_words(kinds: NDArray[np.uint8]) -> tuple[Integers, Integers]:
    """Return where words start and stop: runs of letters and digits, and each ideograph by itself."""
    spelled = (kinds == _LETTER) | (kinds == _DIGIT)
    alone = kinds == _IDEOGRAPH
    before = np.zeros(len(kinds), np.bool_)
    before[1:] = spelled[:-1]
    after = np.zeros(len(kinds), np.bool_)
    after[:-1] = spelled[1:]
    starts = np.flatnonzero(alone | (spelled & ~before))
    stops = np.flatnonzero(alone | (spelled & ~after)) + 1
    return starts, stops

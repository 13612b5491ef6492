"""What bodies are compared by: hashes of their word sequences, and the facts they name with the words around them.

Bodies are read in batches, as arrays of letters, so that a million of them take about a minute. Accents, capitals,
apostrophes and punctuation do not count. Numbers are masked in the sequences and kept as facts: two weather reports
share every sequence and no fact.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint32]
Wide = NDArray[np.uint64]
Integers = NDArray[np.int64]

VERSION: Final = 2
"""Of these prints; a change of what is hashed raises it."""

SHINGLE_WORDS: Final = 5
"""Five words in a row: shorter ones agree by chance, longer ones break at each edit."""
_MOST_SHINGLES: Final = 2048
"""Longer bodies keep every second, fourth ... shingle, so that a book costs no more than this."""
_MOST_FACTS: Final = 64
_LONGEST_FACT: Final = 4
"""Words of a name or figure; longer runs of capitals are headings."""
_BATCH_CHARS: Final = 1 << 18
"""As much as stays in a processor's cache."""

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
_NUMBER: Final = np.uint64(0x6A09E667F3BCC909)
_STEPS: Final = np.array(
    [0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3],
    dtype=np.uint64,
)


@dataclass(frozen=True, slots=True)
class Prints:
    """The prints of many bodies, in the order they were given."""

    words: Integers
    """Of each body, how many words it has."""
    rates: NDArray[np.uint8]
    """Of each body, how its shingles are sampled: those whose hash is below 2**(32 - rate)."""
    shingle_ends: Integers
    """Where the shingles of each body end in ``shingles``."""
    shingles: Hashes
    """Sorted within each body, without repeats."""
    fact_ends: Integers
    contexts: Hashes
    """What stands around each fact; sorted within each body, without repeats."""
    facts: Hashes
    """The name or figure that stands in each context."""

    def __len__(self) -> int:
        return len(self.words)


def read_prints(bodies: Iterable[str]) -> Prints:
    """Return the prints of bodies, in their order."""
    return join_prints(_read_batch(batch) for batch in _batches(bodies))


def join_prints(parts: Iterable[Prints]) -> Prints:
    """Put the prints of several batches behind one another; from a generator, no part outlives its joining."""
    names = ("words", "rates", "shingle_ends", "shingles", "fact_ends", "contexts", "facts")
    columns: dict[str, list[NDArray[Any]]] = {name: [] for name in names}
    before = {"shingle_ends": 0, "fact_ends": 0}
    for part in parts:
        for name, column in columns.items():
            values = getattr(part, name)
            column.append(values + before[name] if name in before else values)
        before = {name: int(columns[name][-1][-1]) if len(part) else start for name, start in before.items()}
    joined = {}
    for name, column in columns.items():
        kind = np.int64 if name in ("words", "shingle_ends", "fact_ends") else np.uint32
        joined[name] = np.concatenate([np.empty(0, np.uint8 if name == "rates" else kind), *column])
        column.clear()
    return Prints(**joined)


_HEADER: Final = np.dtype([("words", "<u4"), ("rate", "<u4"), ("shingles", "<u4"), ("facts", "<u4")])


def pack(prints: Prints) -> Iterator[bytes]:
    """Yield the prints of each body as bytes, to be kept (little-endian, see :func:`unpack`)."""
    shingle_start = fact_start = 0
    for row in range(len(prints)):
        shingle_end, fact_end = int(prints.shingle_ends[row]), int(prints.fact_ends[row])
        header = np.zeros(1, _HEADER)
        header[0] = (
            min(int(prints.words[row]), 0xFFFFFFFF),
            prints.rates[row],
            shingle_end - shingle_start,
            fact_end - fact_start,
        )
        arrays = (
            prints.shingles[shingle_start:shingle_end],
            prints.contexts[fact_start:fact_end],
            prints.facts[fact_start:fact_end],
        )
        yield header.tobytes() + b"".join(array.astype("<u4").tobytes() for array in arrays)
        shingle_start, fact_start = shingle_end, fact_end


def unpack(values: Sequence[bytes]) -> Prints:
    """Read back what :func:`pack` wrote, many bodies at a time.

    :raises ValueError: a value is not of that form.
    """
    sizes = np.fromiter((len(value) for value in values), np.int64, len(values)) // 4
    data = np.frombuffer(b"".join(values), "<u4")
    starts = np.cumsum(sizes) - sizes
    if len(values) and (sizes.min() < 4 or int(sizes.sum()) != len(data)):
        raise ValueError("prints of a body are cut short")
    words, rates = data[starts].astype(np.int64), data[starts + 1].astype(np.uint8)
    shingles, facts = data[starts + 2].astype(np.int64), data[starts + 3].astype(np.int64)
    if np.any(4 + shingles + 2 * facts != sizes):
        raise ValueError("prints of a body have another length than they say")
    first = starts + 4
    return Prints(
        words=words,
        rates=rates,
        shingle_ends=np.cumsum(shingles),
        shingles=data[spread(first, shingles)],
        fact_ends=np.cumsum(facts),
        contexts=data[spread(first + shingles, facts)],
        facts=data[spread(first + shingles + facts, facts)],
    )


def spread(starts: Integers, lengths: Integers) -> Integers:
    """Return the places of many stretches, one behind the other: ``start, start + 1, ...`` of each."""
    total = int(lengths.sum())
    steps = np.ones(total, np.int64)
    filled = lengths > 0
    begins, counts = starts[filled], lengths[filled]
    if not len(begins):
        return np.empty(0, np.int64)
    heads = np.cumsum(counts) - counts
    steps[heads] = begins
    steps[heads[1:]] -= begins[:-1] + counts[:-1] - 1
    return np.cumsum(steps)


def _batches(bodies: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    chars = 0
    for body in bodies:
        batch.append(body)
        chars += len(body) + 1
        if chars >= _BATCH_CHARS:
            yield batch
            batch, chars = [], 0
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class _Tables:
    """What each letter is; those of ASCII once more as tables of bytes."""

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


def _mix(values: Wide) -> Wide:
    """Spread every bit over all others (the finaliser of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * _MIX_A
    values = (values ^ (values >> np.uint64(27))) * _MIX_B
    return values ^ (values >> np.uint64(31))


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a batch of bodies, one behind the other."""

    hashes: Wide
    rows: Integers
    """The body of each."""
    numbers: NDArray[np.bool_]
    named: NDArray[np.bool_]
    """Is a figure, or a capitalised word within a sentence."""


def _read_batch(bodies: list[str]) -> Prints:
    words = _read_words(bodies)
    count = len(bodies)
    lengths = np.bincount(words.rows, minlength=count)
    rates = _rates(lengths)
    shingles, shingle_ends = _read_shingles(words, rates, count)
    contexts, facts, fact_ends = _read_facts(words, count)
    return Prints(lengths.astype(np.int64), rates, shingle_ends, shingles, fact_ends, contexts, facts)


def _rates(lengths: Integers) -> NDArray[np.uint8]:
    """Short bodies keep all shingles, ordinary ones half, long ones a quarter, and at most 2,048."""
    rates = (lengths > 160).astype(np.uint8) + (lengths > 640).astype(np.uint8)
    excess = np.maximum(lengths / (4.0 * _MOST_SHINGLES), 1.0)
    return (rates + np.ceil(np.log2(excess)).astype(np.uint8)).astype(np.uint8)


def _read_words(bodies: list[str]) -> _Words:
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
        return _Words(np.empty(0, np.uint64), np.empty(0, np.int64), nothing, nothing)
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
        hashes[paired] = _mix(hashes[paired] * _STEPS[0] + hashes[paired + 1])
        named &= ~alone
    of_body = np.diff(np.searchsorted(starts, bounds), prepend=0)
    return _Words(hashes, np.repeat(np.arange(len(bodies)), of_body), numbers, named)


def _read_letters(text: str) -> tuple[Hashes, NDArray[np.uint8], NDArray[np.uint8 | np.uint16], Integers]:
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


def _hash_words(folded: NDArray[np.uint8 | np.uint16], starts: Integers, stops: Integers) -> Wide:
    """Return a hash of each word: its letters as the digits of a number, which sums from the left on give."""
    up, down = _powers(1 << max(10, len(folded).bit_length()))
    sums = np.zeros(len(folded) + 1, np.uint64)
    terms = folded.astype(np.uint64)
    terms += np.uint64(1)
    terms *= up[: len(folded)]
    np.cumsum(terms, out=sums[1:])
    return _mix((sums[stops] - sums[starts]) * down[starts])


def _bound_words(kinds: NDArray[np.uint8]) -> tuple[Integers, Integers]:
    """Where words start and stop: runs of letters and digits, and each ideograph by itself."""
    spelled = (kinds == _LETTER) | (kinds == _DIGIT)
    alone = kinds == _IDEOGRAPH
    before = np.zeros(len(kinds), np.bool_)
    before[1:] = spelled[:-1]
    after = np.zeros(len(kinds), np.bool_)
    after[:-1] = spelled[1:]
    starts = np.flatnonzero(alone | (spelled & ~before))
    stops = np.flatnonzero(alone | (spelled & ~after)) + 1
    return starts, stops


def _read_shingles(words: _Words, rates: NDArray[np.uint8], count: int) -> tuple[Hashes, Integers]:
    size = len(words.hashes) - SHINGLE_WORDS + 1
    if size <= 0:
        return np.empty(0, np.uint32), np.zeros(count, np.int64)
    masked = np.where(words.numbers, _NUMBER, words.hashes)
    total = np.zeros(size, np.uint64)
    for step in range(SHINGLE_WORDS):
        total += masked[step : step + size] * _STEPS[step]
    hashes = _mix(total) >> np.uint64(32)
    rows = words.rows[:size]
    whole = rows == words.rows[SHINGLE_WORDS - 1 :]
    limit = np.uint64(1) << (np.uint64(32) - rates.astype(np.uint64))
    whole &= hashes < limit[rows]
    keys = (rows[whole].astype(np.uint64) << np.uint64(32)) | hashes[whole]
    keys.sort()  # np.unique hashes first, which takes four times as long
    first = np.ones(len(keys), np.bool_)
    first[1:] = keys[1:] != keys[:-1]
    keys = keys[first]
    ends = np.searchsorted(keys, np.arange(1, count + 1, dtype=np.uint64) << np.uint64(32))
    return keys.astype(np.uint32), ends.astype(np.int64)


def _read_facts(words: _Words, count: int) -> tuple[Hashes, Hashes, Integers]:
    """Return runs of up to four names or figures, each with the two words before and behind it."""
    size = len(words.hashes)
    nothing = np.empty(0, np.uint32)
    if size < 5:
        return nothing, nothing, np.zeros(count, np.int64)
    named = words.named
    joined = np.zeros(size, np.bool_)  # goes on with the run of the word before
    joined[1:] = named[1:] & named[:-1] & (words.rows[1:] == words.rows[:-1])
    starts = np.flatnonzero(named & ~joined)
    goes_on = np.append(joined[1:], False)
    stops = np.flatnonzero(named & ~goes_on) + 1
    fits = (starts >= 2) & (stops + 1 < size) & (stops - starts <= _LONGEST_FACT)
    starts, stops = starts[fits], stops[fits]
    fits = words.rows[starts - 2] == words.rows[stops + 1]
    starts, stops = starts[fits], stops[fits]
    around = np.where(named, _NUMBER, words.hashes)
    contexts = _mix(
        around[starts - 2] * _STEPS[0]
        + around[starts - 1] * _STEPS[1]
        + around[stops] * _STEPS[2]
        + around[stops + 1] * _STEPS[3]
    ) >> np.uint64(32)
    values = np.zeros(len(starts), np.uint64)
    for step in range(_LONGEST_FACT):
        there = starts + step < stops
        values[there] += words.hashes[starts[there] + step] * _STEPS[step]
    values = _mix(values) >> np.uint64(32)
    rows = words.rows[starts]
    keys = (rows.astype(np.uint64) << np.uint64(32)) | contexts
    order = np.argsort(keys, kind="stable")
    keys, values, rows = keys[order], values[order], rows[order]
    single = np.ones(len(keys), np.bool_)  # a context that comes twice says nothing of either
    single[1:] &= keys[1:] != keys[:-1]
    single[:-1] &= keys[:-1] != keys[1:]
    keys, values, rows = keys[single], values[single], rows[single]
    firsts = np.searchsorted(rows, np.arange(count))
    kept = np.arange(len(rows)) - firsts[rows] < _MOST_FACTS
    keys, values, rows = keys[kept], values[kept], rows[kept]
    ends = np.searchsorted(rows, np.arange(count), side="right").astype(np.int64)
    return keys.astype(np.uint32), values.astype(np.uint32), ends

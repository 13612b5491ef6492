"""The prints by which bodies are compared: hashes of word sequences, and facts with the words around them.

Bodies are read in batches, so that a million of them take about a minute. Numbers are masked in the sequences and kept
as facts: two weather reports share every sequence and no fact.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.matching.articles.words import NUMBER, STEPS, Hashes, Integers, Words, mix, read_words

VERSION: Final = 2
"""The version of these prints; a change of the hashed content raises it."""

SHINGLE_WORDS: Final = 5
"""Five words in a row: shorter ones agree by chance, longer ones break at each edit."""
_MOST_SHINGLES: Final = 2048
"""Longer bodies keep every second, fourth ... shingle, so that a book costs no more than this."""
_MOST_FACTS: Final = 64
_LONGEST_FACT: Final = 4
"""Words of a name or figure; longer runs of capitals are headings."""
_BATCH_CHARS: Final = 1 << 18
"""The characters of a batch, which stay in a processor's cache."""


@dataclass(frozen=True, slots=True)
class Prints:
    """The prints of many bodies, in the order they were given."""

    words: Integers
    """The number of words of each body."""
    rates: NDArray[np.uint8]
    """The sampling rate of each body: the shingles are kept whose hash is below 2**(32 - rate)."""
    shingle_ends: Integers
    """The end of each body's shingles in ``shingles``."""
    shingles: Hashes
    """Sorted within each body, without repeats."""
    fact_ends: Integers
    contexts: Hashes
    """The words around each fact; sorted within each body, without repeats."""
    facts: Hashes
    """The name or figure that stands in each context."""

    def __len__(self) -> int:
        return len(self.words)


def read_prints(bodies: Iterable[str]) -> Prints:
    """Return the prints of bodies, in their order."""
    return join_prints(_read_batch(batch) for batch in _batches(bodies))


_COLUMNS: Final = {
    "words": np.int64,
    "rates": np.uint8,
    "shingle_ends": np.int64,
    "shingles": np.uint32,
    "fact_ends": np.int64,
    "contexts": np.uint32,
    "facts": np.uint32,
}


def join_prints(parts: Iterable[Prints]) -> Prints:
    """Put the prints of several batches behind one another; from a generator, no part outlives its joining."""
    columns = {name: bytearray() for name in _COLUMNS}  # grows in place: the prints are never there twice
    ends = {"shingle_ends": 0, "fact_ends": 0}
    for part in parts:
        for name, column in columns.items():
            values = getattr(part, name)
            if name in ends and len(values):
                values = values + ends[name]
                ends[name] = int(values[-1])
            column += values.tobytes()
    return Prints(**{name: np.frombuffer(columns[name], kind) for name, kind in _COLUMNS.items()})


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


def _read_batch(bodies: list[str]) -> Prints:
    words = read_words(bodies)
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


def _read_shingles(words: Words, rates: NDArray[np.uint8], count: int) -> tuple[Hashes, Integers]:
    size = len(words.hashes) - SHINGLE_WORDS + 1
    if size <= 0:
        return np.empty(0, np.uint32), np.zeros(count, np.int64)
    masked = np.where(words.numbers, NUMBER, words.hashes)
    total = np.zeros(size, np.uint64)
    for step in range(SHINGLE_WORDS):
        total += masked[step : step + size] * STEPS[step]
    hashes = mix(total) >> np.uint64(32)
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


def _read_facts(words: Words, count: int) -> tuple[Hashes, Hashes, Integers]:
    """Return runs of up to four names or figures, each with the two words before and behind it."""
    size = len(words.hashes)
    nothing = np.empty(0, np.uint32)
    if size < 5:
        return nothing, nothing, np.zeros(count, np.int64)
    named = words.named
    joined = np.zeros(size, np.bool_)  # continues the run of the word before
    joined[1:] = named[1:] & named[:-1] & (words.rows[1:] == words.rows[:-1])
    starts = np.flatnonzero(named & ~joined)
    goes_on = np.append(joined[1:], False)
    stops = np.flatnonzero(named & ~goes_on) + 1
    fits = (starts >= 2) & (stops + 1 < size) & (stops - starts <= _LONGEST_FACT)
    starts, stops = starts[fits], stops[fits]
    fits = words.rows[starts - 2] == words.rows[stops + 1]
    starts, stops = starts[fits], stops[fits]
    around = np.where(named, NUMBER, words.hashes)
    contexts = mix(
        around[starts - 2] * STEPS[0]
        + around[starts - 1] * STEPS[1]
        + around[stops] * STEPS[2]
        + around[stops + 1] * STEPS[3]
    ) >> np.uint64(32)
    values = np.zeros(len(starts), np.uint64)
    for step in range(_LONGEST_FACT):
        there = starts + step < stops
        values[there] += words.hashes[starts[there] + step] * STEPS[step]
    values = mix(values) >> np.uint64(32)
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

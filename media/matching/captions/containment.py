"""Captions that hold another caption whole: an exact join of keys by contiguous words.

Every key is searched for windows of words that equal another key. A window is found by the run of
`_RUN` words around the rarest word of the shorter key; whether the whole of it agrees is read off
cumulative hashes, so that nothing is compared word by word.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from media.matching.captions.edits import Pairs, runs_of, spread
from media.matching.captions.words import Hashes, Ints, mix

_RUN = 4
MIN_HELD_WORDS = 4
"""Fewer words stand in other captions by chance."""
MAX_HOLDERS = 200
"""A caption that more others hold is a phrase, not a caption that was added to."""
_MOST_PATTERNS = 256
"""The most places and lengths that are searched for the keys of one run, the longest first. Searching all would be
quadratic if thousands of captions consist of the same two words."""
_MOST_ALIKE = 16
"""The most keys that are searched for by the same words (they are cut short, with different ends)."""
_AT_ONCE = 1 << 21
"""Words or pairs that are held at one time: some 100 MB."""
_BLOOM_BITS = np.uint64(24)
_BASE = 0x9E3779B97F4A7C15
"""An odd number whose powers differ in their high bits: 2^64 divided by the golden ratio."""

Places = NDArray[np.int64]


def collect_holders(found: Iterable[Pairs]) -> Pairs:
    """Return pairs (held, holder), sorted, each once; at most one more than `MAX_HOLDERS` of a key."""
    kept = np.zeros((0, 2), np.int64)
    waiting: list[Pairs] = []
    count = 0
    for pairs in found:
        waiting.append(pairs)
        count += len(pairs)
        if count >= _AT_ONCE:
            kept, waiting, count = _first_holders([kept, *waiting]), [], 0
    return _first_holders([kept, *waiting])


@dataclass(frozen=True, slots=True)
class HeldKeys:
    """The words that are searched for, and the words that are searched."""

    patterns: "Patterns"
    words: Hashes
    offsets: Places

    @classmethod
    def of(cls, words: Hashes, offsets: Places, held_words: Ints, uses: Places) -> "HeldKeys":
        """Look for the first ``held_words`` words of each key; ``uses`` as in :meth:`Patterns.of`."""
        found = [
            Patterns.of(windows, held_words[low:high], uses[offsets[low] : offsets[high]])
            for low, high, windows in _windows(words, offsets)
        ]
        return cls(Patterns.joined(found), words, offsets)


def find_holders(
    keys: Callable[[], HeldKeys], touched: NDArray[np.bool_] | None, shares: int, share: int
) -> Iterator[tuple[Pairs, Pairs]]:
    """Yield pairs (held, holder), some more than once; and the keys that are not looked for, with how many are found
    by the same words.

    :param touched: if given, only pairs with at least one touched key.
    :param share: of so many, by the words that a key is found by.
    """
    own = keys()
    wanted = Wanted(own.patterns.share(share, shares))
    yield np.zeros((0, 2), np.int64), np.column_stack([wanted.crowded, wanted.crowds])
    nothing = np.zeros((0, 2), np.int64)
    for _, _, windows in _windows(own.words, own.offsets):
        for pairs in wanted.find(windows):
            here = slice(None) if touched is None else touched[pairs[:, 0]] | touched[pairs[:, 1]]
            yield pairs[here], nothing


def _windows(words: Hashes, offsets: Places) -> Iterator[tuple[int, int, "Windows"]]:
    """Yield the windows of some keys at a time, and which keys these are."""
    low, keys = 0, len(offsets) - 1
    while low < keys:
        high = max(low + 1, int(np.searchsorted(offsets, offsets[low] + _WORDS_AT_ONCE, side="right")) - 1)
        yield (
            low,
            high,
            Windows(words[offsets[low] : offsets[high]], offsets[low : high + 1] - offsets[low], low),
        )
        low = high


_WORDS_AT_ONCE = 1 << 22
"""At some 40 bytes each."""


def _first_holders(found: list[Pairs]) -> Pairs:
    pairs = np.unique(np.concatenate(found), axis=0)
    starts, sizes = runs_of(pairs[:, 0])
    first: Pairs = pairs[np.arange(len(pairs)) - np.repeat(starts, sizes) <= MAX_HOLDERS]
    return first


class Windows:
    """Hashes of any run of words of a key, from cumulative sums (Karp and Rabin 1987, modulo 2^64).

    :param words: a hash of each word as the keys have them, one key behind the other.
    :param offsets: key `i` is ``words[offsets[i]:offsets[i + 1]]``.
    :param first: number of the first key.
    """

    def __init__(self, words: Hashes, offsets: NDArray[np.int64], first: int = 0) -> None:
        self.first = first
        self.starts = offsets[:-1]
        self.lengths = np.diff(offsets)
        self.key_of = np.repeat(np.arange(len(self.lengths), dtype=np.int32), self.lengths)
        longest = int(self.lengths.max(initial=0))
        self._inverse = _powers(pow(_BASE, -1, 1 << 64), longest)
        place = np.arange(len(words)) - self.starts[self.key_of]
        weighted = words * _powers(_BASE, longest)[place]
        self._sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(weighted, dtype=np.uint64)])

    def hashes(self, at: Places, words: Places | int) -> Hashes:
        """Return the hash of the `words` words from place `at`; they belong to one key."""
        place = at - self.starts[self.key_of[at]]
        return mix((self._sums[at + words] - self._sums[at]) * self._inverse[place])

    def runs(self) -> Iterator[tuple[Places, Hashes]]:
        """Yield every run of `_RUN` words of every key, in batches: where it starts, its hash."""
        last = len(self.key_of) - _RUN + 1
        for low in range(0, last, _AT_ONCE):
            at = np.arange(low, min(low + _AT_ONCE, last), dtype=np.int64)
            at = at[self.key_of[at] == self.key_of[at + _RUN - 1]]
            yield at, self.hashes(at, _RUN)


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns that are searched for: one row per key, in arrays of equal length."""

    held: Places
    """The number of the key."""
    run: Hashes
    """Hash of the run of `_RUN` words it is found by."""
    place: Places
    """The place of this run in the key."""
    words: Places
    """The number of words that must be found, from the first one on."""
    whole: Hashes
    """Their hash."""

    @classmethod
    def of(cls, windows: Windows, held_words: Ints, uses: Places) -> "Patterns":
        """Return the patterns of the keys of which enough words must be found.

        :param uses: how often each word is used, in the order of the words. It affects only the speed, not the pairs
            found.
        """
        held = np.flatnonzero(held_words >= MIN_HELD_WORDS)
        words = held_words[held].astype(np.int64)
        starts = windows.starts[held]
        place = np.minimum(_rarest_places(starts, words, uses), words - _RUN)
        run = windows.hashes(starts + place, _RUN)
        return cls(held + windows.first, run, place, words, windows.hashes(starts, words))

    @classmethod
    def joined(cls, several: Sequence["Patterns"]) -> "Patterns":
        nothing = np.zeros(0, np.int64)
        nothings = cls(nothing, nothing.astype(np.uint64), nothing, nothing, nothing.astype(np.uint64))
        names = ("held", "run", "place", "words", "whole")
        return cls(
            *(np.concatenate([getattr(each, name) for each in (nothings, *several)]) for name in names)
        )

    def share(self, share: int, shares: int) -> "Patterns":
        """Return those of a share of so many, by their runs."""
        if shares == 1:
            return self
        here = (self.run >> np.uint64(32)) % np.uint64(shares) == share
        return Patterns(self.held[here], self.run[here], self.place[here], self.words[here], self.whole[here])


class Wanted:
    """Patterns to find, by the run they are found by and by the hash of all their words."""

    def __init__(self, patterns: Patterns) -> None:
        run, place, words = patterns.run, patterns.place, patterns.words
        # Keys alike in run, place and length are one pattern: one window to look at around that run.
        order = np.lexsort((place, -words, run))
        run, place, words = run[order], place[order], words[order]
        new = np.ones(len(order), bool)
        new[1:] = (run[1:] != run[:-1]) | (np.diff(place) != 0) | (np.diff(words) != 0)
        starts, sizes = runs_of(run)
        number = np.cumsum(new)
        left_out = number - np.repeat(number[starts], sizes) >= _MOST_PATTERNS
        self._run, self._place, self._words = (each[new & ~left_out] for each in (run, place, words))
        crowded, crowds = order[left_out], np.repeat(sizes, sizes)[left_out]
        order = order[~left_out]
        order = order[np.lexsort((patterns.held[order], patterns.whole[order]))]
        starts, sizes = runs_of(patterns.whole[order])
        left_out = np.arange(len(order)) - np.repeat(starts, sizes) >= _MOST_ALIKE
        self.crowded = patterns.held[np.concatenate([crowded, order[left_out]])]
        """Keys that are not looked for."""
        self.crowds = np.concatenate([crowds, np.repeat(sizes, sizes)[left_out]])
        """The number of keys that are found by the same words as each of these."""
        order = order[~left_out]
        self._whole, self._held = patterns.whole[order], patterns.held[order]
        self._run_bloom, self._whole_bloom = _bloom(self._run), _bloom(self._whole)

    def find(self, windows: Windows) -> Iterator[Pairs]:
        """Yield pairs (held, holder) where a pattern stands in a key of the windows; some come more than once."""
        for at, hashes in windows.runs():
            known = self._has_run(hashes)
            at, hashes = at[known], hashes[known]
            first, patterns = self._patterns(hashes)
            for low, high in _portions(patterns):
                yield self._match(windows, at[low:high], first[low:high], patterns[low:high])

    def _has_run(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Return whether a key is found by this run; now and then true where none is."""
        known: NDArray[np.bool_] = self._run_bloom[hashes >> (np.uint64(64) - _BLOOM_BITS)]
        return known

    def _patterns(self, hashes: Hashes) -> tuple[Places, Places]:
        """For each run the first of its patterns, and how many there are."""
        first = np.searchsorted(self._run, hashes, side="left")
        return first, np.searchsorted(self._run, hashes, side="right") - first

    def _match(self, windows: Windows, at: Places, first: Places, patterns: Places) -> Pairs:
        """Return the pairs (held, holder) where a pattern around the runs `at` is a key."""
        at = np.repeat(at, patterns)
        pattern = spread(first, patterns)
        holder = windows.key_of[at].astype(np.int64)
        begin = at - self._place[pattern]
        words = self._words[pattern]
        fits = (begin >= windows.starts[holder]) & (
            begin + words <= windows.starts[holder] + windows.lengths[holder]
        )
        fits &= words < windows.lengths[holder]
        holder, begin, words = holder[fits], begin[fits], words[fits]
        hashes = windows.hashes(begin, words)
        maybe = self._whole_bloom[hashes >> (np.uint64(64) - _BLOOM_BITS)]
        holder, hashes = holder[maybe], hashes[maybe]
        low = np.searchsorted(self._whole, hashes, side="left")
        keys = np.searchsorted(self._whole, hashes, side="right") - low
        pairs = np.stack([self._held[spread(low, keys)], np.repeat(holder, keys) + windows.first], axis=1)
        others: Pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        return others


def _rarest_places(starts: Places, words: Places, uses: Places) -> Places:
    """For each held key, the place of its least used word among its first `words` ones."""
    flat = spread(starts, words)
    row = np.repeat(np.arange(len(starts)), words)
    order = np.lexsort((flat, uses[flat], row))
    first = np.cumsum(words) - words
    places: Places = flat[order[first]] - starts
    return places


def _powers(base: int, count: int) -> Hashes:
    powers = np.full(count + 1, base, np.uint64)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint64)


def _bloom(hashes: Hashes) -> NDArray[np.bool_]:
    bloom = np.zeros(1 << int(_BLOOM_BITS), bool)
    bloom[hashes >> (np.uint64(64) - _BLOOM_BITS)] = True
    return bloom


def _portions(sizes: Places) -> Iterator[tuple[int, int]]:
    """Cut runs into portions whose patterns together fit in memory."""
    if len(sizes) == 0:
        return
    portion = np.cumsum(sizes) // _AT_ONCE
    cuts = np.flatnonzero(np.diff(portion)) + 1
    bounds = [0, *cuts.tolist(), len(sizes)]
    yield from pairwise(bounds)

"""Captions that a few words tell apart: an exact join of keys by the words they share.

Two keys of at most `n` words are joined if they share all but `allowed_edits(n)` words. Sorted by
rarity, such keys must share one of their `k + 1` rarest words, two of their `k + 2` rarest, and so
on (pigeonhole, "prefix filter": Chaudhuri et al. 2006). So keys are grouped by a rare word; groups
that are too large are split by a second, third and fourth one, and nothing is missed. What is left
is compared by a 128-bit sketch first, then word by word.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from media.matching.captions.words import Hashes, Ints, mix

Pairs = NDArray[np.int64]
"""Three columns: numbers of keys, the smaller one first, and how many words of the longer key the other lacks."""

MOST_COMPARED = 16
"""The number of keys before a key, and after it, in the order of the keys, that are compared with it word by word, the
nearest first. They share all but a few words with it; more of them are a form that was filled in many times."""

_SMALL_GROUP = 24
"""Groups up to this size are compared all with all, larger ones split (measured: benchmarks/repeats.py)."""
_MAX_DEPTH = 4
_DENSE_GROUP = 128
"""The size from which a group is too large to compare all with all after `_MAX_DEPTH` words (a form letter: "Horoscope
for Aries"), which would be quadratic. Each key is then compared with `MOST_COMPARED` neighbours on either side in the
order of the keys. :attr:`EditRows.crowds` marks these keys."""
_ENTRIES_AT_ONCE = 1 << 21
_PAIRS_AT_ONCE = 1 << 20
_VERIFIED_AT_ONCE = 1 << 17
"""Held at one time: some 100 MB each."""


def allowed_edits(words: Ints) -> Ints:
    """Return how many of the words of the longer key the other one need not have."""
    return np.minimum(6, np.maximum(1, words // 4)).astype(np.int32)


@dataclass(frozen=True, slots=True)
class EditRows:
    """Keys to be joined: their words as ranks by rarity, and what follows from them."""

    ranks: Ints
    """Rarest first, one key behind the other."""
    offsets: NDArray[np.int64]
    """Key `i` is ``ranks[offsets[i]:offsets[i + 1]]``."""
    lengths: Ints
    allowed: Ints
    """:func:`allowed_edits` of each."""
    sketches: Hashes
    crowds: Ints
    """For each key, the size of the largest dense group in which it was compared only with `MOST_COMPARED` neighbours
    on either side; 0 if it was compared with all that may be joined with it. Filled by :meth:`pairs`."""

    @classmethod
    def of(cls, ranks: Ints, offsets: NDArray[np.int64]) -> "EditRows":
        lengths = np.diff(offsets).astype(np.int32)
        return cls(
            ranks,
            offsets,
            lengths,
            allowed_edits(lengths),
            _sketch(ranks, offsets),
            np.zeros(len(lengths), np.int32),
        )

    def __len__(self) -> int:
        return len(self.lengths)

    def rare_words(self) -> tuple[Ints, NDArray[np.int16]]:
        """Return every key with each of its rarest words, one of which it shares with all that it is joined with:
        the number of the key, and the place of the word in it.
        """
        prefix = np.minimum(self.allowed + 1, self.lengths).astype(np.int64)
        key = np.repeat(np.arange(len(self), dtype=np.int32), prefix)
        place = (np.arange(len(key)) - np.repeat(np.cumsum(prefix) - prefix, prefix)).astype(np.int16)
        return key, place

    def pairs(
        self,
        touched: NDArray[np.bool_] | None = None,
        share: int = 0,
        shares: int = 1,
    ) -> Iterator[Pairs]:
        """Yield every pair of keys that share a word, and all but a few words; in batches, no pair twice.

        :param touched: if given, only pairs with at least one touched key.
        :param share: of so many: those that share a word of this one; a pair may be in several.
        """
        key, place = self.rare_words()
        if shares > 1:
            here = mix(self.ranks[self.offsets[key] + place]) % np.uint64(shares) == share
            key, place = key[here], place[here]
        size = np.int64(len(self))
        verified = [np.zeros(0, np.int64)]
        # Verified a batch at a time: of keys made of few words, a thousand candidates each share too few.
        for batch in _batches(_candidates(self, key, place, touched)):
            packed = np.unique(np.concatenate([pairs[:, 0] * size + pairs[:, 1] for pairs in batch]))
            for start in range(0, len(packed), _VERIFIED_AT_ONCE):
                chunk = packed[start : start + _VERIFIED_AT_ONCE]
                apart, enough = _words_apart(self, chunk // size, chunk % size)
                verified.append(chunk[enough] << 3 | apart[enough])
        packed = np.unique(np.concatenate(verified))
        del verified
        for start in range(0, len(packed), _VERIFIED_AT_ONCE):
            chunk = packed[start : start + _VERIFIED_AT_ONCE]
            pair = chunk >> 3
            yield np.stack([pair // size, pair % size, chunk & 7], axis=1)


def join_share(
    rows: Callable[[], EditRows], touched: NDArray[np.bool_] | None, shares: int, share: int
) -> Iterator[tuple[Pairs, Ints]]:
    """Yield the pairs of a share, and in the end the crowds that were met (:attr:`EditRows.crowds`)."""
    own = rows()
    own = replace(own, crowds=np.zeros(len(own), np.int32))
    for pairs in own.pairs(touched, share, shares):
        yield pairs, own.crowds[:0]
    yield np.zeros((0, 3), np.int64), own.crowds


def _batches(found: Iterator[Pairs]) -> Iterator[list[Pairs]]:
    """Yield pairs in batches of some `_PAIRS_AT_ONCE`."""
    batch: list[Pairs] = []
    count = 0
    for pairs in found:
        batch.append(pairs)
        count += len(pairs)
        if count >= _PAIRS_AT_ONCE:
            yield batch
            batch, count = [], 0
    if batch:
        yield batch


def _candidates(
    rows: EditRows, key: Ints, place: NDArray[np.int16], touched: NDArray[np.bool_] | None
) -> Iterator[Pairs]:
    """Yield pairs that share rare words and whose sketches agree; some come more than once."""
    group = mix(rows.ranks[rows.offsets[key] + place])
    # In portions by the first word, so that memory stays bounded.
    portions = max(1, len(key) // _ENTRIES_AT_ONCE)
    portion = (group >> np.uint64(40)) % np.uint64(portions)
    for number in range(portions):
        chosen = portion == number if portions > 1 else slice(None)
        waiting = [(key[chosen], place[chosen], group[chosen], 1)]
        while waiting:
            entry_key, entry_place, entry_group, depth = waiting.pop()
            if depth > 1:
                entry_key, entry_place, entry_group = _deepen(
                    rows, entry_key, entry_place, entry_group, depth - 1
                )
            order = np.argsort(entry_group, kind="stable")
            entry_key, entry_place, entry_group = entry_key[order], entry_place[order], entry_group[order]
            starts, sizes = runs_of(entry_group)
            useful = sizes > 1
            if touched is not None and len(starts):
                useful &= np.logical_or.reduceat(touched[entry_key], starts)
            small = useful & (sizes <= (_SMALL_GROUP if depth < _MAX_DEPTH else _DENSE_GROUP))
            large = useful & ~small
            yield from _pairs_within(rows, entry_key[_members(starts, sizes, small)], sizes[small], touched)
            if not large.any():
                continue
            members = _members(starts, sizes, large)
            if depth == _MAX_DEPTH:
                yield from _neighbours(rows, entry_key[members], sizes[large], touched)
                continue
            # Short keys need not share a further word: they are compared here, as well as split.
            least = rows.lengths[entry_key[members]] - rows.allowed[entry_key[members]] <= depth
            yield from _pairs_of_short(rows, entry_key[members][least], entry_group[members][least], touched)
            for low, high in _portions(sizes[large]):
                part = members[low:high]
                waiting.append((entry_key[part], entry_place[part], entry_group[part], depth + 1))


def _deepen(
    rows: EditRows, key: Ints, place: NDArray[np.int16], group: Hashes, depth: int
) -> tuple[Ints, NDArray[np.int16], Hashes]:
    """Repeat each entry with every rare word that can be the next one it shares."""
    end = np.minimum(rows.allowed[key] + depth + 1, rows.lengths[key])
    more = np.maximum(end - place - 1, 0).astype(np.int64)
    origin = np.repeat(np.arange(len(key)), more)
    step = np.arange(len(origin)) - np.repeat(np.cumsum(more) - more, more)
    new_key = key[origin]
    new_place = (place[origin] + 1 + step).astype(np.int16)
    new_group = mix(group[origin] ^ mix(rows.ranks[rows.offsets[new_key] + new_place]))
    return new_key, new_place, new_group


def runs_of(group: Hashes | NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Start and size of each run of equal values."""
    if len(group) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    change = np.flatnonzero(group[1:] != group[:-1]) + 1
    starts = np.concatenate([[0], change])
    return starts, np.diff(np.append(starts, len(group)))


def _members(
    starts: NDArray[np.int64], sizes: NDArray[np.int64], chosen: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the indices of the entries of the chosen runs."""
    return spread(starts[chosen], sizes[chosen])


def spread(starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the indices ``starts[0], starts[0] + 1, ...`` of runs of these sizes, one run behind the
    other.
    """
    total = int(sizes.sum())
    ends = np.cumsum(sizes)
    return np.arange(total) - np.repeat(ends - sizes, sizes) + np.repeat(starts, sizes)


def _portions(sizes: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Cut runs into portions that fit in memory when each entry becomes up to ten."""
    low = high = 0
    for size in sizes.tolist():
        if high > low and high + size - low > _ENTRIES_AT_ONCE // 8:
            yield low, high
            low = high
        high += size
    if high > low:
        yield low, high


def _pairs_within(
    rows: EditRows,
    key: Ints,
    sizes: NDArray[np.int64],
    touched: NDArray[np.bool_] | None,
) -> Iterator[Pairs]:
    """Yield all pairs within each run; the runs stand one behind the other in `key`."""
    # How many entries of its own run follow each entry.
    following = np.repeat(np.cumsum(sizes), sizes) - np.arange(len(key)) - 1
    at = np.flatnonzero(following > 0)
    for distance in range(1, int(sizes.max(initial=0))):
        at = at[following[at] >= distance]
        for start in range(0, len(at), _PAIRS_AT_ONCE):
            part = at[start : start + _PAIRS_AT_ONCE]
            pairs = _agree(rows, key[part], key[part + distance], touched)
            if len(pairs):
                yield pairs


def _pairs_of_short(
    rows: EditRows,
    key: Ints,
    group: Hashes,
    touched: NDArray[np.bool_] | None,
) -> Iterator[Pairs]:
    starts, sizes = runs_of(group)
    few = sizes <= _DENSE_GROUP
    yield from _pairs_within(rows, key[_members(starts, sizes, few)], sizes[few], touched)
    yield from _neighbours(rows, key[_members(starts, sizes, ~few)], sizes[~few], touched)


def _neighbours(
    rows: EditRows,
    key: Ints,
    sizes: NDArray[np.int64],
    touched: NDArray[np.bool_] | None,
) -> Iterator[Pairs]:
    """Return pairs of keys that are close to one another in the order of the keys, per run."""
    run = np.repeat(np.arange(len(sizes)), sizes)
    np.maximum.at(rows.crowds, key, sizes[run].astype(np.int32))
    order = np.lexsort((key, run))
    key, run = key[order], run[order]
    for start in range(0, len(key), _PAIRS_AT_ONCE):
        end = start + _PAIRS_AT_ONCE
        for distance in range(1, MOST_COMPARED + 1):
            at = start + np.flatnonzero(
                run[start : min(end, len(run) - distance)] == run[start + distance : end + distance]
            )
            pairs = _agree(rows, key[at], key[at + distance], touched)
            if len(pairs):
                yield pairs


def _agree(
    rows: EditRows,
    left: Ints,
    right: Ints,
    touched: NDArray[np.bool_] | None,
) -> Pairs:
    """Return the pairs whose lengths and sketches allow that they share enough words.

    Keys that share all but `k` words differ in at most ``2k - |difference of lengths|`` words, and so
    in at most as many bits of their sketches.
    """
    chosen = left != right
    if touched is not None:
        chosen &= touched[left] | touched[right]
    edits = np.maximum(rows.allowed[left], rows.allowed[right])
    spare = 2 * edits - np.abs(rows.lengths[left] - rows.lengths[right])
    chosen &= spare >= 0
    left, right, spare = left[chosen], right[chosen], spare[chosen]
    for column in range(rows.sketches.shape[1]):
        spare = spare - _bits(rows.sketches[left, column] ^ rows.sketches[right, column])
        near = spare >= 0
        left, right, spare = left[near], right[near], spare[near]
    return np.stack([np.minimum(left, right), np.maximum(left, right)], axis=1).astype(np.int64)


def _sketch(ranks: Ints, offsets: NDArray[np.int64]) -> Hashes:
    """128 bits a key: each word flips one of them."""
    rows = len(offsets) - 1
    bit = mix(ranks) >> np.uint64(57)
    sketches = np.zeros((rows, 2), np.uint64)
    filled = np.flatnonzero(np.diff(offsets) > 0)
    if len(filled):
        for column in range(2):
            value = np.where(
                (bit >> np.uint64(6)) == column, np.uint64(1) << (bit & np.uint64(63)), np.uint64(0)
            )
            sketches[filled, column] = np.bitwise_xor.reduceat(value, offsets[:-1][filled])
    return sketches


if hasattr(np, "bitwise_count"):

    def _bits(values: Hashes) -> Ints:
        return np.bitwise_count(values).astype(np.int32)

else:  # numpy 1
    _BITS = np.array([bin(value).count("1") for value in range(1 << 16)], np.int32)

    def _bits(values: Hashes) -> Ints:
        halves: Ints = _BITS[np.ascontiguousarray(values).view(np.uint16).reshape(-1, 4)].sum(
            axis=1, dtype=np.int32
        )
        return halves


def _words_apart(
    rows: EditRows, left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Count the words of each pair's longer key that the other lacks, and return whether so many are allowed."""
    number = np.arange(len(left), dtype=np.int64) << 32
    parts = []
    for side in (left, right):
        sizes = rows.lengths[side].astype(np.int64)
        parts.append(rows.ranks[spread(rows.offsets[side], sizes)] + np.repeat(number, sizes))
    both = np.concatenate(parts)
    both.sort()
    twice = both[1:][both[1:] == both[:-1]] >> 32
    shared = np.bincount(twice, minlength=len(left))
    apart = np.maximum(rows.lengths[left], rows.lengths[right]) - shared
    return apart, apart <= np.maximum(rows.allowed[left], rows.allowed[right])


def nearest(pairs: Pairs, side: Literal[0, 1]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Select the pairs to compare: for each key on one side, the `MOST_COMPARED` nearest.

    The nearest lacks the fewest words; among equals, it is the closest one in the order of the keys.

    :return: whether each pair is kept, and how many pairs its key has on that side.
    """
    key, distance = pairs[:, side], pairs[:, 1] - pairs[:, 0]
    order = np.lexsort((distance, pairs[:, 2], key))
    starts, sizes = runs_of(key[order])
    place = np.empty(len(pairs), np.int64)
    place[order] = np.arange(len(pairs)) - np.repeat(starts, sizes)
    counts = np.empty(len(pairs), np.int64)
    counts[order] = np.repeat(sizes, sizes)
    return place < MOST_COMPARED, counts

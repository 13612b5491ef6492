"""Captions that a few words tell apart: an exact join of keys by the words they share.

Two keys of at most `n` words are joined if they share all but `allowed_edits(n)` words. Sorted by
rarity, such keys must share one of their `k + 1` rarest words, two of their `k + 2` rarest, and so
on (pigeonhole, "prefix filter": Chaudhuri et al. 2006). So keys are grouped by a rare word; groups
that are too large are split by a second, third and fourth one, and nothing is missed. What is left
is compared by a 128-bit sketch first, then word by word.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from media.matching.captions.words import Hashes, Ints, WordTable, by_rarity, mix

Pairs = NDArray[np.int64]
"""Two columns: numbers of keys, the smaller one first."""

_SMALL_GROUP = 24
"""Groups up to this size are compared all with all, larger ones split (measured: benchmarks/repeats.py)."""
_MAX_DEPTH = 4
_DENSE_WINDOW = 16
"""Where a group is still too large after `_MAX_DEPTH` words (a form letter: "Horoscope for Aries"),
each key is compared with this many neighbours in the order of the keys: all with all would be quadratic."""
_DENSE_GROUP = 128
_ENTRIES_AT_ONCE = 1 << 21
_PAIRS_AT_ONCE = 1 << 20


def allowed_edits(words: int) -> int:
    """How many of the words of the longer key the other one need not have."""
    return min(6, max(1, words // 4))


@dataclass(frozen=True, slots=True)
class EditRows:
    """Keys to be joined: their words as ranks by rarity, and what follows from them."""

    ranks: Ints
    """Rarest first (:func:`media.matching.captions.words.by_rarity`), one key behind the other."""
    offsets: NDArray[np.int64]
    """Key `i` is ``ranks[offsets[i]:offsets[i + 1]]``."""
    lengths: Ints
    allowed: Ints
    """:func:`allowed_edits` of each."""
    sketches: Hashes

    @classmethod
    def of(cls, ranks: Ints, offsets: NDArray[np.int64]) -> "EditRows":
        lengths = np.diff(offsets).astype(np.int32)
        allowed = np.minimum(6, np.maximum(1, lengths // 4)).astype(np.int32)
        return cls(ranks, offsets, lengths, allowed, _sketch(ranks, offsets))

    def __len__(self) -> int:
        return len(self.lengths)

    def rare_words(self) -> tuple[Ints, NDArray[np.int16]]:
        """Every key with each of its rarest words, one of which it shares with all that it is joined with:
        the number of the key, and the place of the word in it.
        """
        prefix = np.minimum(self.allowed + 1, self.lengths).astype(np.int64)
        key = np.repeat(np.arange(len(self), dtype=np.int32), prefix)
        place = (np.arange(len(key)) - np.repeat(np.cumsum(prefix) - prefix, prefix)).astype(np.int16)
        return key, place

    def pairs(
        self, key: Ints, place: NDArray[np.int16], touched: NDArray[np.bool_] | None = None
    ) -> Iterator[Pairs]:
        """Every pair of keys that share a word, and all but a few words; in batches, no pair twice.

        :param key: as :meth:`rare_words` gives them; or only some: all those of some words.
        :param touched: if given, only pairs with at least one touched key.
        """
        size = np.int64(len(self))
        seen = list(_candidates(self, key, place, touched))
        if not seen:
            return
        packed = np.unique(np.concatenate([pairs[:, 0] * size + pairs[:, 1] for pairs in seen]))
        del seen
        for start in range(0, len(packed), _PAIRS_AT_ONCE // 4):
            chunk = packed[start : start + _PAIRS_AT_ONCE // 4]
            pairs = np.stack([chunk // size, chunk % size], axis=1)
            verified = pairs[_share_enough(self, pairs)]
            if len(verified):
                yield verified


class EditJoin:
    """The join over one table; what it sorts first serves every call."""

    def __init__(self, table: WordTable) -> None:
        self._rows = EditRows.of(by_rarity(table), table.offsets)

    def pairs(self, touched: NDArray[np.bool_] | None = None) -> Iterator[Pairs]:
        """Every pair of keys that share a word, and all but a few words; in batches, no pair twice.

        :param touched: if given, only pairs with at least one touched key.
        """
        if len(self._rows) > 1:
            yield from self._rows.pairs(*self._rows.rare_words(), touched)


def _candidates(
    rows: EditRows, key: Ints, place: NDArray[np.int16], touched: NDArray[np.bool_] | None
) -> Iterator[Pairs]:
    """Pairs that share rare words and whose sketches agree; some come more than once."""
    group = mix(rows.ranks[rows.offsets[key] + place])
    # In portions by the first word, so that memory stays bounded.
    portions = max(1, len(key) // _ENTRIES_AT_ONCE)
    portion = (group >> np.uint64(40)) % np.uint64(portions)
    for number in range(portions):
        chosen = portion == number if portions > 1 else slice(None)
        waiting = [(key[chosen], place[chosen], group[chosen], 1)]
        while waiting:
            entry_key, entry_place, entry_group, depth = waiting.pop()
            order = np.argsort(entry_group, kind="stable")
            entry_key, entry_place, entry_group = entry_key[order], entry_place[order], entry_group[order]
            starts, sizes = _runs(entry_group)
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
                deeper = _deepen(rows, entry_key[part], entry_place[part], entry_group[part], depth)
                waiting.append((*deeper, depth + 1))


def _deepen(
    rows: EditRows, key: Ints, place: NDArray[np.int16], group: Hashes, depth: int
) -> tuple[Ints, NDArray[np.int16], Hashes]:
    """Each entry again with every rare word that can be the next one it shares."""
    end = np.minimum(rows.allowed[key] + depth + 1, rows.lengths[key])
    more = np.maximum(end - place - 1, 0).astype(np.int64)
    origin = np.repeat(np.arange(len(key)), more)
    step = np.arange(len(origin)) - np.repeat(np.cumsum(more) - more, more)
    new_key = key[origin]
    new_place = (place[origin] + 1 + step).astype(np.int16)
    new_group = mix(group[origin] ^ mix(rows.ranks[rows.offsets[new_key] + new_place]))
    return new_key, new_place, new_group


def _runs(group: Hashes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
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
    """All pairs within each run; the runs stand one behind the other in `key`."""
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
    starts, sizes = _runs(group)
    few = sizes <= _DENSE_GROUP
    yield from _pairs_within(rows, key[_members(starts, sizes, few)], sizes[few], touched)
    yield from _neighbours(rows, key[_members(starts, sizes, ~few)], sizes[~few], touched)


def _neighbours(
    rows: EditRows,
    key: Ints,
    sizes: NDArray[np.int64],
    touched: NDArray[np.bool_] | None,
) -> Iterator[Pairs]:
    """Pairs of keys that stand close to one another in the order of the keys, per run."""
    run = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((key, run))
    key, run = key[order], run[order]
    for distance in range(1, _DENSE_WINDOW + 1):
        at = np.flatnonzero(run[:-distance] == run[distance:])
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


def _share_enough(rows: EditRows, pairs: Pairs) -> NDArray[np.bool_]:
    """Whether the keys of each pair share all but the allowed number of words."""
    left, right = pairs[:, 0], pairs[:, 1]
    number = np.arange(len(pairs), dtype=np.int64) << 32
    parts = []
    for side in (left, right):
        sizes = rows.lengths[side].astype(np.int64)
        parts.append(rows.ranks[spread(rows.offsets[side], sizes)] + np.repeat(number, sizes))
    both = np.concatenate(parts)
    both.sort()
    twice = both[1:][both[1:] == both[:-1]] >> 32
    shared = np.bincount(twice, minlength=len(pairs))
    edits = np.maximum(rows.allowed[left], rows.allowed[right])
    enough: NDArray[np.bool_] = shared >= np.maximum(rows.lengths[left], rows.lengths[right]) - edits
    return enough

"""Captions that a few words tell apart: an exact join of keys by the words they share.

Two keys of at most `n` words are joined if they share all but `allowed_edits(n)` words. Sorted by
rarity, such keys must share one of their `k + 1` rarest words, two of their `k + 2` rarest, and so
on (pigeonhole, "prefix filter": Chaudhuri et al. 2006). So keys are grouped by a rare word; groups
that are too large are split by a second, third and fourth one, and nothing is missed. What is left
is compared by a 128-bit sketch first, then word by word.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from media.matching.words import Hashes, Ints, WordTable, by_rarity, mix

Pairs = NDArray[np.int64]
"""Two columns: numbers of keys, the smaller one first."""

_SMALL_GROUP = 24
"""Groups up to this size are compared all with all, larger ones split (measured: benchmarks/repeats.py)."""
_MAX_DEPTH = 4
_DENSE_WINDOW = 16
"""Where a group is still too large after `_MAX_DEPTH` words (a form letter: "Horoscope for Aries"),
each key is compared with this many neighbours in the order of the keys: all with all would be quadratic."""
_DENSE_GROUP = 512
_ENTRIES_AT_ONCE = 1 << 21
_PAIRS_AT_ONCE = 1 << 20


def allowed_edits(words: int) -> int:
    """How many of the words of the longer key the other one need not have."""
    return min(6, max(1, words // 4))


class EditJoin:
    """The join over one table; what it sorts first serves every call."""

    def __init__(self, table: WordTable) -> None:
        self._offsets = table.offsets
        self._lengths = table.lengths
        self._ranks = by_rarity(table)
        self._allowed = np.minimum(6, np.maximum(1, self._lengths // 4)).astype(np.int32)
        self._sketches = _sketch(self._ranks, table.offsets)

    def pairs(self, touched: NDArray[np.bool_] | None = None) -> Iterator[Pairs]:
        """Every pair of keys that share a word, and all but a few words; in batches, no pair twice.

        :param touched: if given, only pairs with at least one touched key.
        """
        size = np.int64(len(self._lengths))
        if size < 2:
            return
        ranks, offsets, lengths, allowed = self._ranks, self._offsets[:-1], self._lengths, self._allowed
        seen = list(_candidates(ranks, offsets, lengths, allowed, self._sketches, touched))
        if not seen:
            return
        packed = np.unique(np.concatenate([pairs[:, 0] * size + pairs[:, 1] for pairs in seen]))
        del seen
        for start in range(0, len(packed), _PAIRS_AT_ONCE // 4):
            chunk = packed[start : start + _PAIRS_AT_ONCE // 4]
            pairs = np.stack([chunk // size, chunk % size], axis=1)
            verified = pairs[_share_enough(pairs, ranks, offsets, lengths, allowed)]
            if len(verified):
                yield verified


def _candidates(
    ranks: Ints,
    offsets: NDArray[np.int64],
    lengths: Ints,
    allowed: Ints,
    sketches: Hashes,
    touched: NDArray[np.bool_] | None,
) -> Iterator[Pairs]:
    """Pairs that share rare words and whose sketches agree; some come more than once."""
    prefix = np.minimum(allowed + 1, lengths).astype(np.int64)
    key = np.repeat(np.arange(len(lengths), dtype=np.int32), prefix)
    place = (np.arange(len(key)) - np.repeat(np.cumsum(prefix) - prefix, prefix)).astype(np.int16)
    group = mix(ranks[offsets[key] + place])
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
            yield from _pairs_within(
                entry_key[_members(starts, sizes, small)], sizes[small], lengths, allowed, sketches, touched
            )
            if not large.any():
                continue
            members = _members(starts, sizes, large)
            if depth == _MAX_DEPTH:
                yield from _neighbours(entry_key[members], sizes[large], lengths, allowed, sketches, touched)
                continue
            # Short keys need not share a further word: they are compared here, as well as split.
            least = lengths[entry_key[members]] - allowed[entry_key[members]] <= depth
            yield from _pairs_of_short(
                entry_key[members][least], entry_group[members][least], lengths, allowed, sketches, touched
            )
            for low, high in _portions(sizes[large]):
                part = members[low:high]
                deeper = _deepen(
                    entry_key[part],
                    entry_place[part],
                    entry_group[part],
                    depth,
                    ranks,
                    offsets,
                    lengths,
                    allowed,
                )
                waiting.append((*deeper, depth + 1))


def _deepen(
    key: Ints,
    place: NDArray[np.int16],
    group: Hashes,
    depth: int,
    ranks: Ints,
    offsets: NDArray[np.int64],
    lengths: Ints,
    allowed: Ints,
) -> tuple[Ints, NDArray[np.int16], Hashes]:
    """Each entry again with every rare word that can be the next one it shares."""
    end = np.minimum(allowed[key] + depth + 1, lengths[key])
    more = np.maximum(end - place - 1, 0).astype(np.int64)
    origin = np.repeat(np.arange(len(key)), more)
    step = np.arange(len(origin)) - np.repeat(np.cumsum(more) - more, more)
    new_key = key[origin]
    new_place = (place[origin] + 1 + step).astype(np.int16)
    new_group = mix(group[origin] ^ mix(ranks[offsets[new_key] + new_place]))
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
    """Indices of the entries of the chosen runs."""
    return spread(starts[chosen], sizes[chosen])


def spread(starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The indices ``starts[0], starts[0] + 1, ...`` of runs of these sizes, one run behind the other."""
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
    key: Ints,
    sizes: NDArray[np.int64],
    lengths: Ints,
    allowed: Ints,
    sketches: Hashes,
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
            pairs = _agree(key[part], key[part + distance], lengths, allowed, sketches, touched)
            if len(pairs):
                yield pairs


def _pairs_of_short(
    key: Ints,
    group: Hashes,
    lengths: Ints,
    allowed: Ints,
    sketches: Hashes,
    touched: NDArray[np.bool_] | None,
) -> Iterator[Pairs]:
    starts, sizes = _runs(group)
    few = sizes <= _DENSE_GROUP
    yield from _pairs_within(
        key[_members(starts, sizes, few)], sizes[few], lengths, allowed, sketches, touched
    )
    yield from _neighbours(
        key[_members(starts, sizes, ~few)], sizes[~few], lengths, allowed, sketches, touched
    )


def _neighbours(
    key: Ints,
    sizes: NDArray[np.int64],
    lengths: Ints,
    allowed: Ints,
    sketches: Hashes,
    touched: NDArray[np.bool_] | None,
) -> Iterator[Pairs]:
    """Pairs of keys that stand close to one another in the order of the keys, per run."""
    run = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((key, run))
    key, run = key[order], run[order]
    for distance in range(1, _DENSE_WINDOW + 1):
        at = np.flatnonzero(run[:-distance] == run[distance:])
        pairs = _agree(key[at], key[at + distance], lengths, allowed, sketches, touched)
        if len(pairs):
            yield pairs


def _agree(
    left: Ints,
    right: Ints,
    lengths: Ints,
    allowed: Ints,
    sketches: Hashes,
    touched: NDArray[np.bool_] | None,
) -> Pairs:
    """The pairs whose lengths and sketches allow that they share enough words.

    Keys that share all but `k` words differ in at most ``2k - |difference of lengths|`` words, and so
    in at most as many bits of their sketches.
    """
    chosen = left != right
    if touched is not None:
        chosen &= touched[left] | touched[right]
    edits = np.maximum(allowed[left], allowed[right])
    spare = 2 * edits - np.abs(lengths[left] - lengths[right])
    chosen &= spare >= 0
    left, right, spare = left[chosen], right[chosen], spare[chosen]
    for column in range(sketches.shape[1]):
        spare = spare - _bits(sketches[left, column] ^ sketches[right, column])
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


def _share_enough(
    pairs: Pairs, ranks: Ints, offsets: NDArray[np.int64], lengths: Ints, allowed: Ints
) -> NDArray[np.bool_]:
    """Whether the keys of each pair share all but the allowed number of words."""
    left, right = pairs[:, 0], pairs[:, 1]
    number = np.arange(len(pairs), dtype=np.int64) << 32
    parts = []
    for side in (left, right):
        sizes = lengths[side].astype(np.int64)
        parts.append(ranks[spread(offsets[side], sizes)] + np.repeat(number, sizes))
    both = np.concatenate(parts)
    both.sort()
    twice = both[1:][both[1:] == both[:-1]] >> 32
    shared = np.bincount(twice, minlength=len(pairs))
    return shared >= np.maximum(lengths[left], lengths[right]) - np.maximum(allowed[left], allowed[right])

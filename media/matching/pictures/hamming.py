"""All pairs of 64-bit hashes within a Hamming distance: exact, in numpy, in bounded memory.

Pigeonhole: cut the bits into ``radius + k`` blocks; two hashes within ``radius`` bits agree on at least ``k`` of
them whole. So for every choice of ``k`` blocks the hashes are sorted by those bits, and only those that agree are
compared. ``k`` is chosen for the least work. A pair is reported once: at the first choice of blocks it agrees on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import comb

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]

_BITS = 64
_PAIRS_AT_ONCE = 1 << 22
"""Candidate pairs compared in one go: about 200 MB at the most."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of indices with their distances, as three arrays of one length."""

    left: Indices
    right: Indices
    distance_bits: npt.NDArray[np.uint8]


ALL = slice(None)


def join_within(hashes: Hashes, radius: int, some: slice = ALL) -> Iterator[Pairs]:
    """Yield every pair ``left < right`` of one array whose distance is at most ``radius``, each once, in no order.

    ``some`` says which choices of blocks are looked at: each pair is found by one of them.
    """
    for choice in choices(radius, len(hashes), len(hashes))[some]:
        yield from join_by(choice, hashes, None, radius)


def join_across(left: Hashes, right: Hashes, radius: int, some: slice = ALL) -> Iterator[Pairs]:
    """Yield every pair of one hash of each array whose distance is at most ``radius``, each once, in no order.

    ``some`` as in :func:`join_within`.
    """
    if not len(left) or not len(right):
        return
    if some == ALL and len(left) * len(right) * _BRUTE_WORK < _best(radius, len(left), len(right))[0]:
        yield from _compare_all(left, right, radius)
        return
    for choice in choices(radius, len(left), len(right))[some]:
        yield from join_by(choice, left, right, radius)


def join_by(choice: "Choice", left: Hashes, right: Hashes | None, radius: int) -> Iterator[Pairs]:
    """Return the pairs within ``radius`` that agree on this choice of blocks and on no earlier one.

    If ``right`` is None, these are pairs ``left < right`` of one array. All of :func:`choices` give every pair once.
    """
    order, keys = _sort_by(left, choice)
    if right is None:
        right, right_order = left, order
        starts, ends = np.arange(1, len(keys) + 1), np.searchsorted(keys, keys, side="right")
    else:
        right_order, right_keys = _sort_by(right, choice)
        starts = np.searchsorted(keys, right_keys, side="left")
        ends = np.searchsorted(keys, right_keys, side="right")
    within = right_order is order
    sorted_left, sorted_right = left[order], right[right_order]
    for second, first in expand(starts, ends):
        yield from _within(
            sorted_left[first],
            sorted_right[second],
            order[first],
            right_order[second],
            radius,
            choice,
            ordered=not within,
        )


Block = tuple[int, int]
"""Lowest bit and width."""


_BRUTE_WORK = 0.04
_PAIR_WORK = 0.5
"""A pair compared in bulk, and one looked up, against a hash sorted (measured at 1e6: 2, 34 and 55-80 ns)."""


def _best(radius: int, left: int, right: int) -> tuple[float, int]:
    """Return the least work, in hashes sorted, and the number of blocks that takes it."""

    def work(k: int) -> float:
        key_bits = _BITS * k / (radius + k)
        return comb(radius + k, k) * (left + right + _PAIR_WORK * left * right / 2**key_bits)

    return min((work(k), k) for k in range(1, 6))


def _compare_all(left: Hashes, right: Hashes, radius: int) -> Iterator[Pairs]:
    rows = max(1, _PAIRS_AT_ONCE // len(right))
    for start in range(0, len(left), rows):
        distance = np.bitwise_count(left[start : start + rows, None] ^ right[None, :])
        one, other = np.nonzero(distance <= radius)
        if len(one):
            yield Pairs(one + start, other, distance[one, other])


@dataclass(frozen=True, slots=True)
class Choice:
    """Blocks of bits to sort by."""

    blocks: tuple[int, ...]
    """Numbers of the blocks chosen, ascending."""
    shifts: tuple[Block, ...]
    """All the blocks."""

    @property
    def key_bits(self) -> int:
        return sum(self.shifts[block][1] for block in self.blocks)

    def keys(self, hashes: Hashes) -> Hashes:
        """Return the bits of the chosen blocks of each hash: pairs agree in them."""
        keys = np.zeros(len(hashes), dtype=np.uint64)
        for block in self.blocks:
            low, width = self.shifts[block]
            bits = (hashes >> np.uint64(low)) & np.uint64((1 << width) - 1)
            keys = (keys << np.uint64(width)) | bits
        return keys


def choices(radius: int, left: int, right: int) -> list[Choice]:
    """Return the choices of blocks that find every pair of two arrays of these lengths with the least
    work.
    """
    if min(left, right) == 0:
        return []
    _, k = _best(radius, left, right)
    cuts = [round(_BITS * b / (radius + k)) for b in range(radius + k + 1)]
    blocks = tuple((low, high - low) for low, high in pairwise(cuts))
    return [Choice(chosen, blocks) for chosen in combinations(range(radius + k), k)]


def _sort_by(hashes: Hashes, choice: Choice) -> tuple[Indices, Hashes]:
    """Order of the hashes by the bits of the chosen blocks, and those bits in that order."""
    keys = choice.keys(hashes)
    index_bits = max(1, (len(hashes) - 1).bit_length())
    if choice.key_bits + index_bits > _BITS:
        order = np.argsort(keys, kind="stable")
        return order.astype(np.int64), keys[order]
    # One plain sort of key and index together is several times faster than an argsort.
    packed = np.sort((keys << np.uint64(index_bits)) | np.arange(len(hashes), dtype=np.uint64))
    return (packed & np.uint64((1 << index_bits) - 1)).astype(np.int64), packed >> np.uint64(index_bits)


def expand(starts: Indices, ends: Indices) -> Iterator[tuple[Indices, Indices]]:
    """Yield pairs (row, position) for every position from ``starts[row]`` up to ``ends[row]``, some at a time."""
    counts = np.maximum(ends - starts, 0)
    rows = np.flatnonzero(counts)
    counts, starts = counts[rows], starts[rows]
    upto = np.concatenate([[0], np.cumsum(counts)])
    total, done = int(upto[-1]), 0
    while done < total:
        stop = min(total, done + _PAIRS_AT_ONCE)
        first, last = (int(np.searchsorted(upto, at, side="right")) - 1 for at in (done, stop - 1))
        inside = np.minimum(upto[first + 1 : last + 2], stop) - np.maximum(upto[first : last + 1], done)
        row = np.repeat(np.arange(first, last + 1), inside)
        yield rows[row], starts[row] + (np.arange(done, stop) - upto[row])
        done = stop


def _within(
    left_hashes: Hashes,
    right_hashes: Hashes,
    left: Indices,
    right: Indices,
    radius: int,
    choice: Choice,
    *,
    ordered: bool = False,
) -> Iterator[Pairs]:
    differing = left_hashes ^ right_hashes
    distance = np.bitwise_count(differing)
    kept = np.flatnonzero(distance <= radius)
    if not len(kept):
        return
    differing = differing[kept]
    first_met = np.ones(len(kept), dtype=bool)
    for block in range(choice.blocks[-1]):
        if block not in choice.blocks:
            low, width = choice.shifts[block]
            first_met &= (differing & np.uint64(((1 << width) - 1) << low)) != 0
    kept = kept[first_met]
    if not len(kept):
        return
    one, other = left[kept], right[kept]
    if not ordered:
        one, other = np.minimum(one, other), np.maximum(one, other)
    yield Pairs(one, other, distance[kept])

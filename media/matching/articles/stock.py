"""What of a body says nothing of it: *stock*, which stands in many texts, and the *furniture* of the house it is of.

Each shingle has its place in a table of counters, which takes no more room for a million bodies than for a hundred
thousand: what shares a place by chance is allowed for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from media.matching.articles.overlap import sum_stretches
from media.matching.articles.prints import Prints
from media.matching.articles.words import Hashes, Integers

STOCK_TEXTS: Final = 6
"""A shingle in more texts than this is furniture, or a background paragraph."""
_IS_STOCK: Final = np.uint8(1)
_IS_FURNITURE: Final = np.uint8(2)
_MIN_COMMON: Final = 4
_STRETCH: Final = 1 << 16
"""Shingles that are looked at together: their arrays stay in a processor's cache."""
_LARGEST_TABLE_BITS: Final = 25
_SALT: Final = np.uint32(0x85EBCA6B)
_FACTOR: Final = np.uint32(0x9E3779B1)


class Stock:
    """Which shingles of which bodies are stock or furniture, and how many of each body are neither."""

    def __init__(self, prints: Prints, publishers: Integers, pages: Integers, common: Integers) -> None:
        """Mark furniture: shingles that stand on several pages of who published their body.

        :param publishers: of each body, the number of its publisher; -1 where nothing says.
        :param pages: of each body, the number of its page, of which the longest body counts.
        :param common: of each body, how many of its shingles, from the first on, all but the longest bodies keep.
        """
        self._prints = prints
        self._common = common
        self._lengths = np.diff(prints.shingle_ends, prepend=0)
        self._starts = prints.shingle_ends - self._lengths
        self._marks = np.zeros(len(prints.shingles), np.uint8)
        self._counters: _Counters | None = None
        self._counted = self._heads(pages) & (publishers >= 0)
        salts = (publishers.astype(np.uint32) + np.uint32(1)) * _SALT
        furniture = _Counters(int(self._lengths[self._counted].sum()))
        for stretch in self._stretches(self._counted):
            furniture.add(stretch.hashes[stretch.of(self._counted)] ^ stretch.of(salts)[stretch.of(self._counted)])
        for stretch in self._stretches(publishers >= 0):
            several = furniture.are_several(stretch.hashes ^ stretch.of(salts)) & stretch.of(publishers >= 0)
            self._marks[stretch.place][several] = _IS_FURNITURE
        self._own = self._count_all_own()

    def mark(self, texts: Integers) -> None:
        """Mark as stock what stands in several texts.

        :param texts: of each body, the number of its text, of which the longest body counts. From call to call texts
            are joined and never parted: what is no stock now will be none.
        """
        heads = self._heads(texts)
        if self._counters is None:
            self._counters = _Counters(int(self._lengths[heads].sum()))
            for stretch in self._stretches(heads):
                self._counters.add(stretch.hashes[stretch.of(heads)])
            for stretch in self._stretches():
                self._marks[stretch.place][self._counters.are_several(stretch.hashes)] |= _IS_STOCK
        else:
            gone = self._counted & ~heads
            for stretch in self._stretches(gone):
                self._counters.take_away(stretch.hashes[stretch.of(gone)])
            for stretch in self._stretches():
                marks = self._marks[stretch.place]
                marked = np.flatnonzero(marks & _IS_STOCK)
                marks[marked[~self._counters.are_several(stretch.hashes[marked])]] &= ~_IS_STOCK
        self._counted = heads
        self._own = self._count_all_own()

    def settle(self) -> None:
        """Give the memory of the counters back: nothing will be marked any more."""
        self._counters = None

    def count_shared_own(
        self, left: Integers, shared: Integers, places: NDArray[np.uint16], at_home: NDArray[np.bool_]
    ) -> Integers:
        """How many of the shingles that pairs share are not stock, nor furniture of the house that has both.

        Short bodies keep shingles that longer ones leave out, so that too few texts have them for their being stock to
        show: of those as many are taken for stock as of the others.

        :param left: the left body of each pair.
        :param shared: how many shingles each pair shares.
        :param places: where they stand in the left body, pair after pair.
        :param at_home: whether one house has both.
        """
        marks = self._marks[np.repeat(self._starts[left], shared) + places]
        own = marks & np.repeat(np.where(at_home, _IS_STOCK | _IS_FURNITURE, _IS_STOCK), shared) == 0
        shared_own = sum_stretches(own, shared)
        common = places < np.repeat(self._common[left], shared)
        shared_common, own_common = sum_stretches(common, shared), sum_stretches(own & common, shared)
        known = (shared_common >= _MIN_COMMON) & (shared_common < shared)
        estimated = shared * own_common // np.maximum(shared_common, 1)
        return np.where(known, np.minimum(shared_own, estimated), shared_own)

    def count_own(self, rows: Integers, counts: Integers, at_home: NDArray[np.bool_]) -> Integers:
        """How many of the first ``counts`` shingles of each body are its own: in proportion, as of the shared ones."""
        which = at_home.astype(np.int64)
        of = self._common[rows]
        estimated = counts * self._own.common[which, rows] // np.maximum(of, 1)
        own = np.minimum(self._own.all[which, rows], counts)
        return np.where(of >= _MIN_COMMON, np.minimum(own, estimated), own)

    def _heads(self, texts: Integers) -> NDArray[np.bool_]:
        """Whether each body is the longest of its text."""
        order = np.lexsort((-self._prints.words, texts))
        is_head = np.zeros(len(texts), np.bool_)
        is_head[order[np.flatnonzero(np.diff(texts[order], prepend=-1))]] = True
        return is_head

    def _count_all_own(self) -> "_Own":
        """Count the shingles of each body that are its own; in the second row, furniture of its house left out too."""
        bodies = len(self._lengths)
        found = _Own(np.zeros((2, bodies), np.int32), np.zeros((2, bodies), np.int32))
        for stretch in self._stretches():
            marks = self._marks[stretch.place]
            first = self._starts[stretch.bodies] - stretch.place.start
            for row, others in enumerate((_IS_STOCK, _IS_STOCK | _IS_FURNITURE)):
                sums = np.zeros(len(marks) + 1, np.int32)
                np.cumsum(marks & others == 0, out=sums[1:])
                before = sums[first]
                found.all[row, stretch.bodies] = sums[first + stretch.lengths] - before
                found.common[row, stretch.bodies] = sums[first + self._common[stretch.bodies]] - before
        return found

    def _stretches(self, chosen: NDArray[np.bool_] | None = None) -> Iterator["_Stretch"]:
        """Yield all bodies in stretches; with a choice, the stretches in which one is chosen."""
        ends = self._prints.shingle_ends
        total = int(ends[-1]) if len(ends) else 0
        cuts = np.unique(np.searchsorted(ends, np.arange(_STRETCH, total + _STRETCH, _STRETCH)))
        before = 0
        for cut in np.minimum(cuts + 1, len(ends)).tolist():
            bodies = slice(before, cut)
            if cut > before and (chosen is None or chosen[bodies].any()):
                place = slice(int(self._starts[before]), int(ends[cut - 1]))
                yield _Stretch(bodies, place, self._lengths[bodies], self._prints.shingles[place])
            before = cut


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Bodies that follow one another, and their shingles."""

    bodies: slice
    place: slice
    """Of their shingles among all."""
    lengths: Integers
    hashes: Hashes

    def of(self, values: NDArray[Any]) -> NDArray[Any]:
        """Of each shingle, what its body has."""
        return np.repeat(values[self.bodies], self.lengths)


@dataclass(frozen=True, slots=True)
class _Own:
    """How many shingles of each body are its own: compared with other houses (row 0), with its own house (row 1)."""

    all: NDArray[np.int32]
    common: NDArray[np.int32]
    """Of those that all but the longest bodies keep."""


class _Counters:
    """In how many texts hashes stand, in a table of at most 128 MB."""

    def __init__(self, hashes: int) -> None:
        self._bits = min(_LARGEST_TABLE_BITS, max(12, 2 + hashes.bit_length()))
        self._shift = np.uint32(32 - self._bits)
        self._counts = np.zeros(1 << self._bits, np.int32)
        self._hashes = 0

    def add(self, hashes: Hashes) -> None:
        np.add.at(self._counts, self._places(hashes), np.int32(1))
        self._hashes += len(hashes)

    def take_away(self, hashes: Hashes) -> None:
        np.subtract.at(self._counts, self._places(hashes), np.int32(1))
        self._hashes -= len(hashes)

    def are_several(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Whether each hash stands in more texts than a few."""
        limit = STOCK_TEXTS + 2 * (self._hashes >> self._bits)
        return np.asarray(self._counts[self._places(hashes)] > limit)

    def _places(self, hashes: Hashes) -> NDArray[np.int64]:
        return ((hashes * _FACTOR) >> self._shift).astype(np.int64)

"""The parts of a body that do not identify it: *stock*, which stands in many texts, and its publisher's *furniture*.

Each shingle has a place in a table of counters. The table takes no more memory for a million bodies than for a hundred
thousand; the counts are corrected for shingles that share a place by chance.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from media.matching.articles.overlap import sum_stretches
from media.matching.articles.prints import Prints, spread
from media.matching.articles.words import Hashes, Integers

STOCK_TEXTS: Final = 6
"""A shingle in more texts than this is furniture, or a background paragraph."""
_IS_STOCK: Final = np.uint8(1)
_IS_FURNITURE: Final = np.uint8(2)
_IS_MAIN: Final = np.uint8(4)
"""Makes up most of the texts that it stands in, however many they are: no stock."""
_OWN: Final = np.array([mark & (_IS_STOCK | _IS_MAIN) != _IS_STOCK for mark in range(16)])
"""Whether a shingle counts, by its marks: between bodies of two publishers, and between those of one:"""
_OWN_AT_HOME: Final = np.array([_OWN[mark] and not mark & _IS_FURNITURE for mark in range(16)])
_IS_IN_A_THIRD: Final = np.uint8(8)
"""Stands in three texts or more."""
_MAIN_SHARE: Final = 0.5
_ONE: Final = np.int32(1)
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
            furniture.add(
                stretch.hashes[stretch.of(self._counted)] ^ stretch.of(salts)[stretch.of(self._counted)]
            )
        for stretch in self._stretches(publishers >= 0):
            several = furniture.count(stretch.hashes ^ stretch.of(salts)) > STOCK_TEXTS + furniture.noise
            several &= stretch.of(publishers >= 0)
            self._marks[stretch.place][several] = _IS_FURNITURE
        self._own = self._count_all_own()

    def mark(self, texts: Integers, *, by_share: bool = False) -> None:
        """Mark shingles as stock that stand in several texts.

        :param texts: the number of each body's text; only the longest body of a text counts. From call to call, texts
            are joined but never split.
        :param by_share: leave out shingles that make up most of the texts they stand in. A background paragraph is a
            part of longer stories; a short story that many printed is all of its texts.
        """
        heads = self._heads(texts)
        if self._counters is None:
            self._counters = _Counters(int(self._lengths[heads].sum()))
            for stretch in self._stretches(heads):
                self._counters.add(stretch.hashes[stretch.of(heads)])
            for stretch in self._stretches():
                self._marks[stretch.place] |= self._marks_of(self._counters.count(stretch.hashes))
        else:
            gone = self._counted & ~heads
            for stretch in self._stretches(gone):
                self._counters.take_away(stretch.hashes[stretch.of(gone)])
            for stretch, marks, marked in self._marked(_IS_IN_A_THIRD):
                left = self._marks_of(self._counters.count(stretch.hashes[marked]))
                marks[marked] = marks[marked] & _IS_FURNITURE | left
        self._counted = heads
        if by_share:
            self._find_main(heads)
        self._own = self._count_all_own()

    def _find_main(self, heads: NDArray[np.bool_]) -> None:
        """Mark stock that makes up more than half of the texts it stands in, on average."""
        counts = np.zeros(len(heads), np.int64)
        furniture = np.zeros(len(heads), np.int64)
        for stretch in self._stretches():
            marks = self._marks[stretch.place]
            counts[stretch.bodies] = sum_stretches(marks & _IS_STOCK != 0, stretch.lengths)
            furniture[stretch.bodies] = sum_stretches(marks == _IS_FURNITURE, stretch.lengths)
        own = np.maximum(self._lengths - furniture, 1)
        more = np.rint((counts / own - _MAIN_SHARE) * 256).astype(np.int32)
        shares = _Counters(int(counts[heads].sum()))
        for stretch, _, marked in self._marked(_IS_STOCK, heads):
            counted = marked[stretch.of(heads)[marked]]
            shares.add(stretch.hashes[counted], stretch.of(more)[counted])
        for stretch, marks, marked in self._marked(_IS_STOCK):
            marks[marked[shares.count(stretch.hashes[marked]) > 0]] |= _IS_MAIN

    def _marks_of(self, texts: NDArray[np.int32]) -> NDArray[np.uint8]:
        """Return the marks of shingles that stand in so many texts."""
        assert self._counters is not None  # noqa: S101 - it counted them
        noise = self._counters.noise
        return np.where(
            texts > STOCK_TEXTS + noise,
            _IS_STOCK | _IS_IN_A_THIRD,
            np.where(texts > 2 + noise, _IS_IN_A_THIRD, np.uint8(0)),
        ).astype(np.uint8)

    def settle(self) -> None:
        """Give the memory of the counters back: nothing will be marked any more."""
        self._counters = None

    def count_shared(
        self, left: Integers, counts: Integers, are_shared: NDArray[np.bool_], at_home: NDArray[np.bool_]
    ) -> tuple[Integers, Integers]:
        """Return how many of the shingles that pairs share are their own, and how many stand in a third text.

        Own is what is not stock, nor furniture of the house that has both. Short bodies keep shingles that longer ones
        leave out, so that too few texts have them for their being stock to show: of those as many are taken for stock
        as of the others.

        :param left: the left body of each pair.
        :param counts: how many of its shingles were looked at, from the first on.
        :param are_shared: whether each of them is shared, pair after pair.
        :param at_home: whether one house has both.
        """
        marks = self._marks[spread(self._starts[left], counts)]
        own = np.where(np.repeat(at_home, counts), _OWN_AT_HOME[marks], _OWN[marks]) & are_shared
        starts = np.cumsum(counts) - counts
        common = starts + np.minimum(self._common[left], counts)
        shared, shared_common = _count_between(are_shared, starts, starts + counts, common)
        shared_own, own_common = _count_between(own, starts, starts + counts, common)
        known = (shared_common >= _MIN_COMMON) & (shared_common < shared)
        estimated = shared * own_common // np.maximum(shared_common, 1)
        in_a_third = sum_stretches((marks & _IS_IN_A_THIRD != 0) & are_shared, counts)
        return np.where(known, np.minimum(shared_own, estimated), shared_own), in_a_third

    def count_own(self, rows: Integers, counts: Integers, at_home: NDArray[np.bool_]) -> Integers:
        """Return how many of the first ``counts`` shingles of each body are its own, in proportion to the shared."""
        which = at_home.astype(np.int64)
        of = self._common[rows]
        estimated = counts * self._own.common[which, rows] // np.maximum(of, 1)
        own = np.minimum(self._own.all[which, rows], counts)
        return np.where(of >= _MIN_COMMON, np.minimum(own, estimated), own)

    def _heads(self, texts: Integers) -> NDArray[np.bool_]:
        """Return whether each body is the longest of its text."""
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
            for row, is_own in enumerate((_OWN, _OWN_AT_HOME)):
                sums = np.zeros(len(marks) + 1, np.int32)
                np.cumsum(is_own[marks], out=sums[1:])
                before = sums[first]
                found.all[row, stretch.bodies] = sums[first + stretch.lengths] - before
                found.common[row, stretch.bodies] = sums[first + self._common[stretch.bodies]] - before
        return found

    def _marked(
        self, mark: np.uint8, chosen: NDArray[np.bool_] | None = None
    ) -> Iterator[tuple["_Stretch", NDArray[np.uint8], Integers]]:
        """Yield stretches with their marks, to be changed, and where one is set."""
        for stretch in self._stretches(chosen):
            marks = self._marks[stretch.place]
            yield stretch, marks, np.flatnonzero(marks & mark)

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
    """The place of their shingles among all."""
    lengths: Integers
    hashes: Hashes

    def of(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return, for each shingle, the value of its body."""
        return np.repeat(values[self.bodies], self.lengths)


@dataclass(frozen=True, slots=True)
class _Own:
    """The number of each body's own shingles, compared with other publishers (row 0) and its own publisher (row 1)."""

    all: NDArray[np.int32]
    common: NDArray[np.int32]
    """The counts for the shingles that all but the longest bodies keep."""


class _Counters:
    """The number of texts in which each hash stands, in a table of at most 128 MB."""

    def __init__(self, hashes: int) -> None:
        self._bits = min(_LARGEST_TABLE_BITS, max(12, 2 + hashes.bit_length()))
        self._shift = np.uint32(32 - self._bits)
        self._counts = np.zeros(1 << self._bits, np.int32)
        self._hashes = 0

    def add(self, hashes: Hashes, values: NDArray[np.int32] | np.int32 = _ONE) -> None:
        np.add.at(self._counts, self._places(hashes), values)
        self._hashes += len(hashes)

    def take_away(self, hashes: Hashes) -> None:
        np.subtract.at(self._counts, self._places(hashes), _ONE)
        self._hashes -= len(hashes)

    @property
    def noise(self) -> int:
        """Return twice the count that most hashes share by chance, which has to be subtracted from counts."""
        return 2 * (self._hashes >> self._bits)

    def count(self, hashes: Hashes) -> NDArray[np.int32]:
        return self._counts[self._places(hashes)]

    def _places(self, hashes: Hashes) -> NDArray[np.int64]:
        return ((hashes * _FACTOR) >> self._shift).astype(np.int64)


def _count_between(
    values: NDArray[np.bool_], starts: Integers, ends: Integers, earlier: Integers
) -> tuple[Integers, Integers]:
    """Count what is true from each start to its end, and to an earlier place."""
    sums = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=sums[1:])
    return sums[ends] - sums[starts], sums[earlier] - sums[starts]

"""The graph of pictures that may match, in memory that grows with the pictures and not with their pairs.

A picture keeps its best few candidates only: those of the lowest numbers (number pictures from the best to the
worst, and ten thousand copies of one picture still all know its best), and those that are likeliest (so that a frame
among ten thousand of one scene still knows its own copy). Which these are does not depend on the order in which
pairs come.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media.matching.components import Components

CANDIDATES_KEPT = 64
_BEST_KEPT = CANDIDATES_KEPT // 2
_LIKELIEST_KEPT = CANDIDATES_KEPT - _BEST_KEPT
_WAITING = 1 << 21
"""Pairs that wait until the best of them are chosen: some 100 MB at the most."""

Numbers = npt.NDArray[np.int64]


def whole_likelihood(distance_bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Return how likely pictures match whose hashes are so far apart."""
    return 1 - distance_bits / 10


def part_likelihood(votes: Numbers) -> npt.NDArray[np.float64]:
    """Return how likely pictures match that have so many features in common.

    What is over 30 hardly counts among candidates of several kinds; but of two frames of one scene, the one with more
    comes first.
    """
    likelihood: npt.NDArray[np.float64] = np.minimum(votes, 30) / 10 + votes * _MORE
    return likelihood


_MORE = 1e-6
"""Parts those with 30 votes or more, and changes the order of no others."""


@dataclass(frozen=True, slots=True)
class _Entries:
    """Candidates of pictures, as arrays of one length."""

    owner: Numbers
    other: Numbers
    likelihood: npt.NDArray[np.float64]
    ways: npt.NDArray[np.uint8]
    """A bit for each orientation in which the features of the lower number are in the other."""

    @classmethod
    def joined(cls, several: Sequence["_Entries"]) -> "_Entries":
        names = ("owner", "other", "likelihood", "ways")
        return cls(*(np.concatenate([getattr(each, name) for each in several]) for name in names))

    def only(self, rows: npt.NDArray[np.bool_] | Numbers) -> "_Entries":
        return _Entries(self.owner[rows], self.other[rows], self.likelihood[rows], self.ways[rows])


_NONE = _Entries(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.uint8))


class CandidateGraph:
    """Which pictures may match which, and which are connected at all."""

    def __init__(self) -> None:
        self._kept = _NONE
        self._waiting: list[_Entries] = []
        self._pairs_waiting = 0
        self._joined: list[tuple[Numbers, Numbers]] = []
        """Pairs that connect all that was connected by pairs that are settled."""
        self._is_crowded = False
        """Whether a picture had more candidates than are kept."""
        self._worst: _Worst | None = None
        self._told: set[tuple[int, int]] = set()
        self._found: dict[int, dict[int, float]] | None = None

    def tell(self, left: int, right: int) -> None:
        """Keep two pictures as candidates in any case, since a person decided that they are the same."""
        self._told |= {(left, right), (right, left)}
        self._wait(np.array([left]), np.array([right]), np.zeros(1), np.zeros(1, np.uint8))

    def add_pairs(
        self,
        left: Numbers,
        right: Numbers,
        likelihood: npt.NDArray[np.float64],
        orientation: npt.NDArray[np.int64] | None = None,
    ) -> None:
        """Add pairs that may match, where ``left`` are the lower numbers. A pair keeps its largest likelihood.

        ``orientation`` says how ``left`` must be turned for its features to be in ``right``, -1 where only the
        whole pictures look alike.
        """
        if self._worst is not None and self._connects(left, right):
            hopeful = self._worst.may_stay(left, right, likelihood)
            hopeful |= self._worst.may_stay(right, left, likelihood)
            left, right, likelihood = left[hopeful], right[hopeful], likelihood[hopeful]
            orientation = None if orientation is None else orientation[hopeful]
        if orientation is None:
            ways = np.zeros(len(left), np.uint8)
        else:
            ways = np.where(orientation < 0, 0, 1 << np.maximum(orientation, 0)).astype(np.uint8)
        self._wait(left, right, likelihood, ways)

    def _wait(
        self,
        left: Numbers,
        right: Numbers,
        likelihood: npt.NDArray[np.float64],
        ways: npt.NDArray[np.uint8],
    ) -> None:
        self._found = None
        self._waiting += [_Entries(left, right, likelihood, ways), _Entries(right, left, likelihood, ways)]
        self._pairs_waiting += len(left)
        if self._pairs_waiting > _WAITING:
            self._settle()

    def _settle(self) -> None:
        """Choose what is kept of all that has come so far."""
        if not self._waiting:
            return
        self._joined = [_connect([*self._joined, *((each.owner, each.other) for each in self._waiting[::2])])]
        merged = _merge(_Entries.joined([self._kept, *self._waiting]))
        self._waiting, self._pairs_waiting = [], 0
        chosen = _chosen(merged)
        if self._told:
            pairs = zip(merged.owner.tolist(), merged.other.tolist(), strict=True)
            chosen |= np.fromiter((pair in self._told for pair in pairs), bool, len(chosen))
        self._kept = merged.only(chosen)
        self._is_crowded |= not chosen.all()
        self._worst = _Worst.of(merged) if self._is_crowded else None

    def _connects(self, left: Numbers, right: Numbers) -> bool:
        """Return whether each two of these are connected already: then a pair may be forgotten."""
        roots, numbers = self._joined[0]
        places = [np.minimum(np.searchsorted(numbers, side), len(numbers) - 1) for side in (left, right)]
        known = all(
            np.array_equal(numbers[place], side) for place, side in zip(places, (left, right), strict=True)
        )
        return known and np.array_equal(roots[places[0]], roots[places[1]])

    @property
    def candidates(self) -> Mapping[int, Mapping[int, float]]:
        """For each picture its candidates and how likely they are."""
        if self._found is not None:
            return self._found
        self._settle()
        kept = self._kept
        found = self._found = dict[int, dict[int, float]]()
        for owner, other, likelihood in zip(
            kept.owner.tolist(), kept.other.tolist(), kept.likelihood.tolist(), strict=True
        ):
            found.setdefault(owner, {})[other] = likelihood
        return found

    @property
    def orientations(self) -> Mapping[tuple[int, int], tuple[int, ...]]:
        """Return the ways (:mod:`media.matching.pictures.orientations`) in which the larger number may show the smaller
        one by its features, for pairs of candidates; nothing for a pair that only looks alike as a whole.
        """
        self._settle()
        kept = self._kept.only(self._kept.ways > 0)
        return {
            (min(owner, other), max(owner, other)): _WAYS[ways]
            for owner, other, ways in zip(
                kept.owner.tolist(), kept.other.tolist(), kept.ways.tolist(), strict=True
            )
        }

    def components(self) -> Iterator[list[int]]:
        """Return the connected pictures, each set in ascending order."""
        self._settle()
        if not self._joined:
            return
        roots, numbers = self._joined[0]
        order = np.lexsort((numbers, roots))
        starts = np.flatnonzero(np.diff(roots[order], prepend=-1))
        for members in np.split(numbers[order], starts[1:]):
            yield members.tolist()


@dataclass(frozen=True, slots=True)
class _Worst:
    """The rank that a pair must exceed to be kept, by the number of its owner, if the owner keeps enough pairs."""

    number: Numbers
    """The highest number among those of the lowest numbers."""
    likelihood: npt.NDArray[np.float64]
    """The least among the likeliest."""

    @classmethod
    def of(cls, entries: _Entries) -> "_Worst":
        """``entries`` are sorted by owner and other."""
        owners = int(entries.owner.max()) + 1
        number, least = np.full(owners, np.iinfo(np.int64).max), np.full(owners, -np.inf)
        last = _places(entries.owner) == _BEST_KEPT - 1
        number[entries.owner[last]] = entries.other[last]
        likeliest = entries.only(np.lexsort((entries.other, -entries.likelihood, entries.owner)))
        last = _places(likeliest.owner) == _LIKELIEST_KEPT - 1
        least[likeliest.owner[last]] = likeliest.likelihood[last]
        return cls(number, least)

    def may_stay(
        self, owner: Numbers, other: Numbers, likelihood: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.bool_]:
        known = owner < len(self.number)
        place = np.where(known, owner, 0)
        stays = (other <= self.number[place]) | (likelihood >= self.likelihood[place])
        return np.asarray(stays | ~known)


_WAYS = tuple(tuple(way for way in range(8) if ways >> way & 1) for ways in range(256))


def _connect(pairs: Sequence[tuple[Numbers, Numbers]]) -> tuple[Numbers, Numbers]:
    """For each picture in these pairs the lowest number that it is connected with."""
    left, right = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    numbers, places = np.unique(np.concatenate([left, right]), return_inverse=True)
    components = Components(len(numbers))
    components.join(places[: len(left)], places[len(left) :])
    return numbers[components.roots()], numbers


def _merge(entries: _Entries) -> _Entries:
    """Return each pair once, with its largest likelihood and all its ways."""
    order = np.lexsort((entries.other, entries.owner))
    entries = entries.only(order)
    first = np.ones(len(order), bool)
    first[1:] = (np.diff(entries.owner) != 0) | (np.diff(entries.other) != 0)
    starts = np.flatnonzero(first)
    return _Entries(
        entries.owner[starts],
        entries.other[starts],
        np.maximum.reduceat(entries.likelihood, starts),
        np.bitwise_or.reduceat(entries.ways, starts),
    )


def _chosen(entries: _Entries) -> npt.NDArray[np.bool_]:
    """Return which are kept of entries that are sorted by owner and other."""
    likeliest = np.lexsort((entries.other, -entries.likelihood, entries.owner))
    chosen = _places(entries.owner) < _BEST_KEPT
    chosen[likeliest] |= _places(entries.owner[likeliest]) < _LIKELIEST_KEPT
    return chosen


def _places(owner: Numbers) -> Numbers:
    """Return the place of each entry among those of its owner, which stand together."""
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    lengths = np.diff(starts, append=len(owner))
    return np.arange(len(owner)) - np.repeat(starts, lengths)

"""Candidates for parts: which pictures have blobs in common, found without comparing every picture with every other.

Two blobs are taken for one where their codes agree in all the bits of one of four choices of 24, and in all but 16 of
the 64. Each choice is a table of codes sorted by its bits. Pictures are candidates where enough different blobs of
the one are found in the other in one and the same orientation. Whether two pictures are candidates depends on these
two alone, so it does not matter when they came; only codes that too many blobs share (skies, letters, furniture of
windows) are left out: they say nothing, and would take most of the time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media.fingerprints.local import Codes, turn_codes
from media.matching.features import CODE_BITS
from media.matching.hamming import expand
from media.matching.orientations import UNDOES

VOTES = 3
"""Different blobs in common. True parts with as few as 3 are among edited copies (benchmarks/accuracy.py, pictures)."""
ORIENTATIONS_TRIED = (0, 1)
"""As it is and mirrored. Pictures turned by quarters are found as wholes; cropped besides, they are rare."""
STOP = 2000
"""A code that more blobs than this share in a table is not looked up."""
_BITS = (0xC4D40D78E8121281, 0xFB2B338003112007, 0xD044C547000127DE, 0xC4D405413F90C920)
"""24 bits each, of 150 drawings the one that finds most blobs of edited copies (37 %) for the chance agreements it
has (1 in 2 ** 20). Each holds with a coefficient the transposed one, so that turned codes are found alike."""
KEY_BITS = 24
TABLES = len(_BITS)
_BLOBS_AT_ONCE = 1 << 17


@dataclass(frozen=True, slots=True)
class PartCandidates:
    """Pairs of pictures, ``left < right``, as arrays of one length."""

    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    orientation: npt.NDArray[np.int64]
    """The left picture, so turned, has blobs of the right one (0..7, see :mod:`media.matching.orientations`)."""
    votes: npt.NDArray[np.int64]
    """How many different blobs of the one, or of the other, whichever are fewer."""


@dataclass(frozen=True, slots=True)
class _Table:
    gather: npt.NDArray[np.uint32]
    """How a code's key is put together (:func:`_gatherer`)."""
    keys: npt.NDArray[np.uint32]
    """Sorted."""
    order: npt.NDArray[np.uint32]
    """Which blob each is of."""


class PartIndex:
    """The blobs of many pictures, sorted to be looked up."""

    def __init__(self, codes: Codes, owners: npt.NDArray[np.int64]) -> None:
        """``owners`` says, in ascending order, the picture (under 2 ** 30) that each code is of."""
        self._codes = codes
        self._owners = owners
        self._tables = [_build(codes, gather) for gather in _GATHERERS] if len(codes) else []

    def candidates(
        self,
        asked: npt.NDArray[np.int64] | None = None,
        orientations: Sequence[int] = ORIENTATIONS_TRIED,
    ) -> Iterator[PartCandidates]:
        """All pairs, or those with a picture of ``asked`` in them; every pair once for each orientation."""
        pictures = np.unique(self._owners) if asked is None else np.unique(asked)
        starts = np.searchsorted(self._owners, pictures, side="left")
        ends = np.searchsorted(self._owners, pictures, side="right")
        first = 0
        while first < len(pictures):
            last = int(np.searchsorted(np.cumsum(ends[first:] - starts[first:]), _BLOBS_AT_ONCE)) + first + 1
            blobs = np.concatenate(
                [np.arange(a, b) for a, b in zip(starts[first:last], ends[first:last], strict=True)]
            )
            for orientation in orientations:
                yield from self._look_up(blobs, orientation, every=asked is None)
            first = last

    def find(self, codes: Codes, orientation: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """For a picture that is not in the index: pictures that have its blobs, so turned, and how many."""
        blob, other = self._common(turn_codes(codes, orientation))
        both = np.unique(self._owners[other] * len(codes) + blob)
        return np.unique(both // max(1, len(codes)), return_counts=True)

    def _look_up(
        self, blobs: npt.NDArray[np.int64], orientation: int, *, every: bool
    ) -> Iterator[PartCandidates]:
        number, other = self._common(turn_codes(self._codes[blobs], orientation))
        blob = blobs[number]
        ours, theirs = self._owners[blob], self._owners[other]
        kept = (ours < theirs) if every else (ours != theirs)
        blob, other, ours, theirs = blob[kept], other[kept], ours[kept], theirs[kept]
        if not len(blob):
            return
        swapped = ours > theirs
        left, right = np.where(swapped, theirs, ours), np.where(swapped, ours, theirs)
        turn = np.where(swapped, np.array(UNDOES)[orientation], orientation)
        ours, theirs = np.where(swapped, other, blob), np.where(swapped, blob, other)
        found = count_votes(left, right, turn, ours, theirs)
        if len(found.left):
            yield found

    def _common(self, codes: Codes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Pairs (number of a code given, blob of the index) that are taken for one; some more than once."""
        given: list[npt.NDArray[np.int64]] = [np.zeros(0, np.int64)]
        found: list[npt.NDArray[np.int64]] = [np.zeros(0, np.int64)]
        for table in self._tables:
            keys = _keys(codes, table.gather)
            order = np.argsort(
                keys, kind="stable"
            )  # neighbours in the table are looked up one after the other
            starts = np.searchsorted(table.keys, keys[order], side="left")
            ends = np.searchsorted(table.keys, keys[order], side="right")
            ends = np.where(ends - starts > STOP, starts, ends)
            for row, position in expand(starts, ends):
                number, blob = order[row], table.order[position].astype(np.int64)
                alike = np.bitwise_count(codes[number] ^ self._codes[blob]) <= CODE_BITS
                given.append(number[alike])
                found.append(blob[alike])
        return np.concatenate(given), np.concatenate(found)


def count_votes(
    left: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
    turn: npt.NDArray[np.int64],
    left_blob: npt.NDArray[np.int64],
    right_blob: npt.NDArray[np.int64],
) -> PartCandidates:
    """The pairs of pictures with enough of these pairs of blobs, which may be named more than once."""
    packed, number = np.unique(left << 33 | right << 3 | turn, return_inverse=True)
    # Different blobs of either side: a pattern that repeats in one of them is one blob of the other.
    votes = np.minimum(
        _count_distinct(number.reshape(-1), left_blob, len(packed)),
        _count_distinct(number.reshape(-1), right_blob, len(packed)),
    )
    enough = votes >= VOTES
    packed = packed[enough]
    return PartCandidates(packed >> 33, packed >> 3 & (1 << 30) - 1, packed & 7, votes[enough])


def table_key(codes: Codes, table: int) -> npt.NDArray[np.uint32]:
    """The keys of codes in one of the :data:`TABLES`: blobs are compared that agree in a key."""
    return _keys(codes, _GATHERERS[table])


def _count_distinct(
    group: npt.NDArray[np.int64], item: npt.NDArray[np.int64], groups: int
) -> npt.NDArray[np.int64]:
    """How many different items each group has."""
    order = np.lexsort((item, group))
    group, item = group[order], item[order]
    first = np.ones(len(group), dtype=bool)
    first[1:] = (group[1:] != group[:-1]) | (item[1:] != item[:-1])
    return np.bincount(group[first], minlength=groups)


def _build(codes: Codes, gather: npt.NDArray[np.uint32]) -> _Table:
    packed = _keys(codes, gather).astype(np.uint64)
    packed <<= np.uint64(40)
    packed |= np.arange(len(codes), dtype=np.uint64)
    packed.sort()
    order = (packed & np.uint64((1 << 40) - 1)).astype(np.uint32)
    packed >>= np.uint64(40)
    return _Table(gather, packed.astype(np.uint32), order)


def _gatherer(mask: int) -> npt.NDArray[np.uint32]:
    """(4, 65536): what each 16 bits of a code, from the lowest, add to a key of the bits in ``mask``."""
    places = [place for place in range(64) if mask >> place & 1]
    values = np.arange(1 << 16, dtype=np.uint32)
    gather = np.zeros((4, 1 << 16), dtype=np.uint32)
    for number, place in enumerate(places):
        bit = values >> np.uint32(place % 16) & np.uint32(1)
        gather[place // 16] |= bit << np.uint32(len(places) - 1 - number)
    return gather


def _keys(codes: Codes, gather: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Looked up 16 bits at a time: several times faster than bit by bit."""
    words = np.ascontiguousarray(codes).astype("<u8", copy=False).view("<u2").reshape(-1, 4)
    keys: npt.NDArray[np.uint32] = gather[0][words[:, 0]]
    for place in range(1, 4):
        keys |= gather[place][words[:, place]]
    return keys


_GATHERERS = [_gatherer(mask) for mask in _BITS]

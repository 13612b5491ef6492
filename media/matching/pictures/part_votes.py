"""Defines when two pictures are candidates for parts of one another, as functions over arrays.

1. Two blobs count as one if their codes, with one of them turned like its picture, agree in all bits of one of four
   choices of 24 bits (:data:`TABLES`) and in all but 16 of the 64 bits.
2. Two kinds of blobs do not count: those that their own picture repeats (:func:`find_telling`: grids, windows, letters,
   grass), and, in a table, those with a key that more than :func:`find_stop` blobs of the archive share, in either
   picture.
3. Pictures are candidates in an orientation if at least :data:`VOTES` different blobs of one are found in the other,
   and at least two of these agree on the size and place of one picture on the other (of more than 12, some always
   agree);
4. and if they share a corner in it (:mod:`media.matching.pictures.part_corners`): a blob together with a neighbour.

Only the count of a key depends on the whole archive. All else depends on the two pictures alone, so their order and the
portions in which they come do not matter.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media.matching.pictures.features import CODE_BITS
from media.matching.pictures.orientations import ORIENTATIONS, UNDOES
from media.pictures.local_features import BLOB_BYTES, Codes, turn_codes

Integers = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint32]
Places = npt.NDArray[np.uint32]
"""The places of blobs, as stored: level << 16 | x << 8 | y."""

VOTES = 3
"""Different blobs in common. True parts with as few as 3 are among edited copies (benchmarks/accuracy.py, pictures)."""
STOP = 2000
"""A key that more blobs than this share is not looked up, however large the archive."""
_LEAST_STOP = 256
_BLOBS_A_STOP = 1 << 16
"""Keys have 24 bits, so that blobs are shared by chance by 256 times fewer than the stop."""
TABLES = (0xC4D40D78E8121281, 0xFB2B338003112007, 0xD044C547000127DE, 0xC4D405413F90C920)
"""24 bits each, of 150 drawings the one that finds most blobs of edited copies (37 %) for the chance agreements it
has (1 in 2 ** 21 of unlike photographs, 1 in 2 ** 15 of screenshots). Each holds with a coefficient the transposed
one, so that turned codes are found alike."""
KEY_BITS = 24
_REPEATED_BITS = 8
_OTHERS_ALIKE = 2
"""Other blobs of its own picture within so many bits, that make a blob say nothing. Of 1,257 pictures, edited and not,
this leaves out 6 % of the blobs, a sixth of the accidental candidates remain, and of the true ones 99.5 %."""
_OFF = 0.06
"""The greatest distance of a blob from where another one places it, in longer sides. With ``_OCTAVES``, one in fifty
accidental candidates with 3 votes passes, and 99.7 % of true parts."""
_OCTAVES = 1.0
_BEYOND_DOUBT = 12
"""Votes: of true parts with more, some always agree."""


@dataclass(frozen=True, slots=True)
class PartCandidates:
    """Pairs of pictures, ``left < right``, as arrays of one length."""

    left: Integers
    right: Integers
    orientation: Integers
    """The left picture, so turned, has blobs of the right one (0..7: :mod:`media.matching.pictures.orientations`)."""
    votes: Integers
    """The number of different blobs of the one picture or the other, whichever is smaller."""

    def sides(self) -> tuple[Integers, Integers]:
        return self.left, self.right

    def packed(self) -> Integers:
        """Return each pair as one number: left << 33 | right << 3 | orientation."""
        return np.asarray(self.left << 33 | self.right << 3 | self.orientation)

    def only(self, rows: npt.NDArray[np.bool_]) -> "PartCandidates":
        return PartCandidates(self.left[rows], self.right[rows], self.orientation[rows], self.votes[rows])


@dataclass(frozen=True, slots=True)
class Shared:
    """Blobs that are taken for one, as arrays of one length; a pair of blobs may come more than once."""

    left: Integers
    right: Integers
    """The pictures (under 2 ** 30)."""
    ours: Integers
    theirs: Integers
    """Their blobs, by any number under 2 ** 32 that no other blob has."""
    our_place: Places
    their_place: Places

    def swapped(self, where: npt.NDArray[np.bool_]) -> "Shared":
        """Return the pairs, with left and right swapped if ``where`` is true."""

        def either(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
            return np.where(where, other, one)

        return Shared(
            either(self.left, self.right),
            either(self.right, self.left),
            either(self.ours, self.theirs),
            either(self.theirs, self.ours),
            np.where(where, self.their_place, self.our_place),
            np.where(where, self.our_place, self.their_place),
        )

    def renumbered(self, first: int) -> "Shared":
        """Our blobs numbered from ``first``."""
        return Shared(self.left, self.right, self.ours + first, self.theirs, self.our_place, self.their_place)

    def only(self, rows: npt.NDArray[np.bool_] | Integers) -> "Shared":
        """Return some of them, or in another order."""
        return Shared(
            self.left[rows],
            self.right[rows],
            self.ours[rows],
            self.theirs[rows],
            self.our_place[rows],
            self.their_place[rows],
        )


# --- one blob


def make_keys(codes: Codes, table: int) -> Keys:
    """Return the bits of each code that a table (0..3) goes by."""
    return gather_bits(codes, _GATHER[table])


def gather_bits(codes: Codes, gather: Keys) -> Keys:
    """Return some bits of each code, in one number; ``gather`` is of :func:`make_gather`."""
    words = np.ascontiguousarray(codes).astype("<u8", copy=False).view("<u2").reshape(-1, 4)
    bits: Keys = gather[0][words[:, 0]]
    for place in range(1, 4):  # 16 bits at a time: several times faster than bit by bit
        bits |= gather[place][words[:, place]]
    return bits


def find_stop(blobs: int) -> int:
    """Return how many of the archive's blobs may share a key that is looked up. A larger archive allows more, in steps.

    So the comparisons of a picture grow with the archive, and not with the number of frames of one scene. The frames of
    a scene are distinguished by the blobs that fewer of them share.
    """
    step = max(_LEAST_STOP, 1 << (max(1, blobs // _BLOBS_A_STOP) - 1).bit_length())
    return min(STOP, step)


def turn(codes: Codes, orientation: int) -> Codes:
    """:func:`media.pictures.local_features.turn_codes`, many times faster for many codes."""
    if orientation < 4:
        return turn_codes(codes, orientation)
    words = np.ascontiguousarray(codes).astype("<u8", copy=False).view("<u2").reshape(-1, 4)
    turned: Codes = _TRANSPOSE[0][words[:, 0]]
    for place in range(1, 4):
        turned ^= _TRANSPOSE[place][words[:, place]]
    return turned ^ turn_codes(np.zeros(1, np.uint64), orientation)


def find_telling(codes: Codes, counts: Integers) -> npt.NDArray[np.bool_]:
    """Mark the blobs that their own picture does not repeat; ``counts`` has the number of blobs of each picture."""
    telling = np.ones(len(codes), dtype=bool)
    for rows in cut(counts, counts):
        there = rows >= 0
        own = codes[rows]
        alike = np.bitwise_count(own[:, :, None] ^ own[:, None, :]) <= _REPEATED_BITS
        alike &= there[:, None, :]
        others = alike.sum(axis=2, dtype=np.min_scalar_type(rows.shape[1]))  # Counts in bytes are faster.
        telling[rows[there]] = others[there] <= _OTHERS_ALIKE
    return telling


def cut(kept: Integers, counts: Integers) -> Iterator[Integers]:
    """Yield the rows of a few pictures at a time, (pictures, most rows), -1 where a picture has fewer.

    So all blobs of a picture are compared with one another in arrays that stay in the processor's cache.

    :param kept: so many rows of each picture; none are yielded of pictures without any.
    :param counts: so many rows each picture has.
    """
    starts = np.cumsum(counts) - counts
    order = np.argsort(kept, kind="stable")
    first = int(np.searchsorted(kept[order], 1))
    while first < len(order):
        some = order[first : first + _COMPARED_AT_ONCE]
        some = some[: max(1, int(np.searchsorted(kept[some] ** 2, _COMPARISONS_AT_ONCE // len(some))))]
        step = np.arange(int(kept[some[-1]]))
        yield np.where(step < kept[some, None], starts[some, None] + step, -1)
        first += len(some)


_COMPARED_AT_ONCE = 16
_COMPARISONS_AT_ONCE = 1 << 22


def read_places(values: list[bytes]) -> Places:
    """Return where the blobs of pictures are, from the values of their fingerprints."""
    read = [np.zeros(0, np.uint32)]
    for value in values:
        count = len(value) // BLOB_BYTES
        rest = np.frombuffer(value, np.uint8, 3 * count, 8 * count).reshape(3, count).astype(np.uint32)
        read.append(rest[2] << np.uint32(16) | rest[0] << np.uint32(8) | rest[1])
    return np.concatenate(read)


# --- two pictures


def vote(shared: Shared, orientation: int) -> PartCandidates:
    """Return which pairs of pictures are candidates, by the blobs they share where the left one is so turned.

    All that any two pictures share must be given at once. Pairs that are not in order are put in order.
    """
    backwards = shared.left > shared.right
    shared = shared.swapped(backwards)
    turned = np.where(backwards, UNDOES[orientation], orientation)
    packed, number = np.unique(shared.left << 33 | shared.right << 3 | turned, return_inverse=True)
    number = number.reshape(-1)
    # Different blobs of either side: a pattern that repeats in one of them is one blob of the other.
    votes = np.minimum(
        _count_distinct(number, shared.ours, len(packed)), _count_distinct(number, shared.theirs, len(packed))
    )
    fit = votes > _BEYOND_DOUBT
    doubtful = ((votes >= VOTES) & ~fit)[number]
    fit |= _agree(shared.only(doubtful), number[doubtful], turned[doubtful], len(packed))
    packed, votes = packed[fit], votes[fit]
    return PartCandidates(packed >> 33, packed >> 3 & (1 << 30) - 1, packed & 7, votes)


def meet_often(left: npt.NDArray[np.uint32], right: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Return the pairs of pictures that may have enough votes, from one pair for each two blobs that they share.

    Most pairs without enough votes are left out, without sorting. All blobs that a pair shares must be given at once.
    """
    if len(left) <= _MANY:
        return np.ones(len(left), dtype=bool)
    hashed = left * np.uint32(0x9E3779B1) ^ right * np.uint32(0x85EBCA77)
    slot = hashed * np.uint32(0xC2B2AE3D) >> np.uint32(32 - _COUNTERS)
    return np.asarray((np.bincount(slot, minlength=1 << _COUNTERS) >= VOTES)[slot])


_MANY = 1 << 14
"""Pairs: with fewer, counting what to leave out costs more than it saves."""
_COUNTERS = 21
"""Bits of a counter: 16 MiB of counters. Pairs that share one are counted together, so a few too many stay."""


def _count_distinct(group: Integers, item: Integers, groups: int) -> Integers:
    """Return how many different items each group has."""
    packed = np.sort(group << 32 | item)
    first = np.ones(len(packed), dtype=bool)
    first[1:] = packed[1:] != packed[:-1]
    return np.bincount(packed[first] >> 32, minlength=groups)


def _agree(shared: Shared, group: Integers, turned: Integers, groups: int) -> npt.NDArray[np.bool_]:
    """Return the groups in which two pairs of blobs agree on how the left picture lies on the right one."""
    agree = np.zeros(groups, dtype=bool)
    order = np.lexsort((shared.theirs, shared.ours, group))
    shared, group, turned = shared.only(order), group[order], turned[order]
    ours, theirs = _points(shared.our_place), _points(shared.their_place)
    ours = np.einsum("nij,nj->ni", _TURNS[turned], ours)
    octaves = ((shared.their_place >> 16).astype(np.float64) - (shared.our_place >> 16)) / 2
    for step in range(1, int(np.bincount(group, minlength=1).max())):
        both = np.flatnonzero(group[step:] == group[:-step])
        other = both + step
        scale = 2 ** ((octaves[both] + octaves[other]) / 2)
        off = scale[:, None] * (ours[other] - ours[both]) - (theirs[other] - theirs[both])
        same = np.abs(off).max(axis=1, initial=0) <= _OFF * np.maximum(1, scale)
        same &= np.abs(octaves[both] - octaves[other]) <= _OCTAVES
        same &= shared.ours[both] != shared.ours[other]
        same &= shared.theirs[both] != shared.theirs[other]
        agree[group[both[same]]] = True
    return agree


def _points(places: Places) -> npt.NDArray[np.float64]:
    return np.stack([places >> 8 & 255, places & 255], axis=1) / 256


_TURNS = np.stack([each[:, :2] for each in ORIENTATIONS])


def make_gather(mask: int) -> npt.NDArray[np.uint32]:
    """(4, 65536): what each 16 bits of a code, from the lowest, add to a key of the bits in ``mask``."""
    places = [place for place in range(64) if mask >> place & 1]
    values = np.arange(1 << 16, dtype=np.uint32)
    gather = np.zeros((4, 1 << 16), dtype=np.uint32)
    for number, place in enumerate(places):
        bit = values >> np.uint32(place % 16) & np.uint32(1)
        gather[place // 16] |= bit << np.uint32(len(places) - 1 - number)
    return gather


def _make_transpose() -> Codes:
    """(4, 65536): what each 16 bits of a code are once it is transposed."""
    nothing = turn_codes(np.zeros(1, np.uint64), 4)
    made = np.zeros((4, 1 << 16), dtype=np.uint64)
    for place in range(64):
        bit = turn_codes(np.array([1 << place], dtype=np.uint64), 4) ^ nothing
        low = 1 << place % 16
        made[place // 16].reshape(-1, 2, low)[:, 1] ^= bit
    return made


_GATHER = tuple(make_gather(mask) for mask in TABLES)
_TRANSPOSE = _make_transpose()

__all__ = ["CODE_BITS", "PartCandidates", "Shared", "find_telling", "make_keys", "turn", "vote"]

"""Defines corners: a blob with one of the blobs that are nearest to it in its picture, as functions over arrays.

Single blobs agree by chance as often as there are pairs of pictures; two that lie beside one another hardly ever do.
So pictures are candidates only if they share a corner in this sense:

1. A blob of the one counts as one with a blob of the other by a table (:mod:`media.matching.pictures.part_votes`).
2. With the pictures turned so that these two agree, each has a neighbour, one of the :data:`NEIGHBOURS` nearest, and
   these neighbours agree in the bits of :data:`NEAR_BITS`, and in all but 16 of the 64.
3. The neighbours lie the same way off, as far as the blobs are large, and are as much larger or smaller.

How a picture has to be turned is said by the blob alone: of the 8 ways to turn it, that with the lowest key. Both blobs
of a corner have the same lowest key, so that all orientations are found in one search.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from media.matching.pictures.orientations import ORIENTATIONS
from media.matching.pictures.part_votes import (
    CODE_BITS,
    TABLES,
    Integers,
    Places,
    cut,
    gather_bits,
    make_gather,
    make_keys,
    turn,
)
from media.pictures.local_features import Codes

Words = npt.NDArray[np.uint32]
Nearest = npt.NDArray[np.uint8]
"""(n, :data:`NEIGHBOURS`): for each blob its neighbours, by their place among the blobs of their picture."""

NEIGHBOURS = 8
"""Of 2,100 edited copies 97.3 % share a corner with their photograph and have 3 votes; of 6 neighbours, 97.0 %."""
NEAR_BITS = 0xFFFC0280C0000000
"""18 bits, those that change least in copies. With them 1 pair of corners of unlike photographs in 2 ** 30 agrees."""
NONE = 255
"""In the place of a neighbour: there is none. So blobs after the 255th of a picture have none, and are none."""
_OFF = 0.25
"""The greatest difference of the ways to the neighbour, as a share of the longer of the two."""
_OFF_STEPS = 3
"""And so many 256ths of the longer side: blobs are placed to a pixel or two."""
_LEVELS = 2
"""By which the neighbour may be otherwise larger than the blob."""


def find_nearest(places: Places, counts: Integers) -> Nearest:
    """Return the neighbours of blobs; ``counts`` has the number of blobs of each picture.

    Distances are those of a square around the blob, which are the same however the picture is turned.
    """
    nearest = np.full((len(places), NEIGHBOURS), NONE, dtype=np.uint8)
    across, down = (places >> np.uint32(8) & np.uint32(255)).astype(np.uint8), places.astype(np.uint8)
    for rows in cut(np.minimum(counts, NONE), counts):
        there = rows >= 0
        x, y = across[rows], down[rows]
        ranked = np.maximum(_apart(x), _apart(y)).astype(np.uint16)
        ranked <<= np.uint16(8)
        ranked |= np.arange(rows.shape[1], dtype=np.uint16)
        ranked |= np.where(there, np.uint16(0), _LAST)[:, None, :]
        ranked[:, np.arange(rows.shape[1]), np.arange(rows.shape[1])] = _LAST
        few = min(NEIGHBOURS, rows.shape[1])
        # Sorted, so that it does not depend on the machine which of the nearest comes first.
        first = np.sort(np.partition(ranked, few - 1, axis=2)[:, :, :few], axis=2)
        nearest[rows[there], :few] = (first & np.uint16(255)).astype(np.uint8)[there]
    return nearest


_LAST = np.uint16(np.iinfo(np.uint16).max)


def _apart(values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    one, other = values[:, :, None], values[:, None, :]
    return np.asarray(np.maximum(one, other) - np.minimum(one, other))


def lowest_keys(codes: Codes, table: int) -> Words:
    """Return for each code the lowest key of the 8 ways to turn it, and which that is: key << 3 | orientation."""
    keys = [make_keys(codes, table), make_keys(turn(codes, 4), table)]
    lowest = np.full(len(codes), np.iinfo(np.uint32).max, dtype=np.uint32)
    for orientation in range(8):
        turned = keys[orientation >> 2] ^ make_keys(_TURNED[orientation : orientation + 1], table)
        np.minimum(lowest, turned << np.uint32(3) | np.uint32(orientation), out=lowest)
    return lowest


def near_bits(codes: Codes) -> Words:
    """(n, 2): the bits of codes by which neighbours are found, and those of the transposed codes."""
    return np.stack([gather_bits(codes, _NEAR_GATHER), gather_bits(turn(codes, 4), _NEAR_GATHER)], axis=1)


def turn_near(near: Words, orientation: npt.NDArray[np.uint32]) -> Words:
    """Return these bits of the codes turned; ``near`` has those of :func:`near_bits` for ``orientation >> 2``."""
    return np.asarray(near ^ _NEAR_TURNED[orientation])


def mix(lowest: Words, near: Words) -> Codes:
    """Return a hash of a corner in 64 bits, the upper ones being the best."""
    mixed: Codes = np.asarray(lowest.astype(np.uint64) * _SPREAD[0] ^ near.astype(np.uint64) * _SPREAD[1])
    mixed ^= mixed >> np.uint64(29)
    mixed *= _SPREAD[2]
    return mixed


_SPREAD = np.array([0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93, 0xBF58476D1CE4E5B9], dtype=np.uint64)
"""Odd numbers without a pattern."""


@dataclass(frozen=True, slots=True)
class Corners:
    """Corners, as arrays of one length."""

    code: Codes
    near_code: Codes
    place: Places
    near_place: Places
    turned: npt.NDArray[np.uint32]
    """How the picture is turned where the blob has its lowest key."""


def agree(ours: Corners, theirs: Corners, table: int) -> npt.NDArray[np.bool_]:
    """Return which pairs of corners, one in each row, are the same by a table."""
    same = _alike(_turn_each(ours.code, ours.turned) ^ _turn_each(theirs.code, theirs.turned), TABLES[table])
    same &= _alike(
        _turn_each(ours.near_code, ours.turned) ^ _turn_each(theirs.near_code, theirs.turned), NEAR_BITS
    )
    same &= np.abs(_larger(ours) - _larger(theirs)) <= _LEVELS
    scale = 2 ** (((theirs.place >> 16).astype(np.float64) - (ours.place >> 16)) / 2)
    one, other = scale[:, None] * _way(ours), _way(theirs)
    off = np.abs(one - other).max(axis=1, initial=0)
    far = np.maximum(np.abs(one).max(axis=1, initial=0), np.abs(other).max(axis=1, initial=0))
    return np.asarray(same & (off <= _OFF * far + _OFF_STEPS * np.maximum(1, scale)))


def relate(ours: npt.NDArray[np.uint32], theirs: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Return how our picture must be turned to be theirs, if both are one where each is so turned."""
    return _RELATED[ours, theirs]


def _alike(differing: Codes, mask: int) -> npt.NDArray[np.bool_]:
    return np.asarray((np.bitwise_count(differing) <= CODE_BITS) & (differing & np.uint64(mask) == 0))


def _turn_each(codes: Codes, orientation: npt.NDArray[np.uint32]) -> Codes:
    turned: Codes = codes.copy()
    across = orientation >= 4
    turned[across] = turn(codes[across], 4)
    return np.asarray(turned ^ _TURNED[orientation])


def _larger(corners: Corners) -> Integers:
    return (corners.near_place >> 16).astype(np.int64) - (corners.place >> 16)


def _way(corners: Corners) -> npt.NDArray[np.float64]:
    """(n, 2): from the blob to its neighbour, with the picture turned, in 256ths of the longer side."""
    way = np.stack(
        [
            (corners.near_place >> shift & 255).astype(np.float64) - (corners.place >> shift & 255)
            for shift in (8, 0)
        ],
        axis=1,
    )
    return np.asarray(np.einsum("nij,nj->ni", _TURNS[corners.turned], way))


def _relate() -> npt.NDArray[Any]:
    """(8, 8): how to turn a picture so that it, turned by the second way, is as it was when turned by the first."""
    turns = [np.array(each[:, :2]) for each in ORIENTATIONS]
    return np.array(
        [
            [next(k for k in range(8) if np.array_equal(other @ turns[k], one)) for other in turns]
            for one in turns
        ],
        dtype=np.uint32,
    )


_TURNED = np.concatenate([turn(np.zeros(1, np.uint64), orientation) for orientation in range(8)])
"""What changes in a code when it is turned, after it has been transposed or not."""
_TURNS = np.stack([each[:, :2] for each in ORIENTATIONS])
_RELATED = _relate()
_NEAR_GATHER = make_gather(NEAR_BITS)
_NEAR_TURNED = gather_bits(_TURNED, _NEAR_GATHER)

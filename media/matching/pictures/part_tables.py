"""Many blobs, sorted by their keys, in which those of other pictures are looked up."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media.matching.pictures.hamming import expand
from media.matching.pictures.part_blobs import Features, Stopped, is_in
from media.matching.pictures.part_votes import (
    CODE_BITS,
    KEY_BITS,
    TABLES,
    Integers,
    Keys,
    Shared,
    make_keys,
    meet_often,
    turn,
)
from media.pictures.local_features import Codes

_PAIRS_AT_ONCE = 1 << 23
"""Looked at in one go: frames of one scene share nearly all, at some 50 bytes each."""


class Index:
    """Blobs, sorted by their keys in each table."""

    def __init__(self, features: Features, stopped: Stopped) -> None:
        self.features = features
        self._stopped = stopped
        self._tables = [_Table.of(features.codes, table, stopped[table]) for table in range(len(TABLES))]

    def look_up(self, features: Features, orientation: int) -> Iterator[Shared]:
        """Yield what pictures, so turned (left), share with those of the index (right), where it may be
        enough for votes.

        Blobs are numbered by their place in either. All of one picture comes at once.
        """
        codes = turn(features.codes, orientation)
        ranges = [
            table.ranges(features.codes, codes, stopped)
            for table, stopped in zip(self._tables, self._stopped, strict=True)
        ]
        pairs = sum(int(lengths.sum()) for _, lengths in ranges)
        if pairs > _PAIRS_AT_ONCE and features.owners[0] != features.owners[-1]:
            first = 0
            for some in features.split(len(features) // 2):
                for shared in self.look_up(some, orientation):
                    yield shared.renumbered(first)
                first += len(some)
            return
        found = [
            table.compare(codes, starts, lengths)
            for table, (starts, lengths) in zip(self._tables, ranges, strict=True)
        ]
        ours = np.concatenate([each for each, _ in found])
        theirs = np.concatenate([each for _, each in found])
        left, right = features.owners[ours], self.features.owners[theirs]
        often = np.flatnonzero(meet_often(left, right))
        ours, theirs = ours[often], theirs[often]
        yield Shared(
            left[often].astype(np.int64),
            right[often].astype(np.int64),
            ours,
            theirs.astype(np.int64),
            features.places[ours],
            self.features.places[theirs],
        )


@dataclass(frozen=True, slots=True)
class _Table:
    """The blobs of an index by their keys."""

    number: int
    codes: Codes
    rows: npt.NDArray[np.uint32]
    """The row of the index for each code."""
    offsets: npt.NDArray[np.uint32]
    """The offset of the first key with each prefix; the prefix has as many bits as the number of blobs requires."""
    shift: np.uint32

    @classmethod
    def of(cls, codes: Codes, number: int, stopped: Keys) -> "_Table":
        packed = make_keys(codes, number).astype(np.uint64)
        packed <<= np.uint64(40)
        packed |= np.arange(len(codes), dtype=np.uint64)
        if len(stopped):
            packed = packed[~is_in((packed >> np.uint64(40)).astype(np.uint32), stopped)]
        packed.sort()
        rows = (packed & np.uint64((1 << 40) - 1)).astype(np.uint32)
        bits = min(KEY_BITS, len(codes).bit_length() + 1)
        packed >>= np.uint64(64 - bits)
        having = np.bincount(packed.view(np.int64), minlength=1 << bits)
        offsets = np.concatenate([[0], np.cumsum(having)]).astype(np.uint32)
        return cls(number, codes[rows], rows, offsets, np.uint32(KEY_BITS - bits))

    def ranges(self, codes: Codes, turned: Codes, stopped: Keys) -> tuple[Integers, Integers]:
        """For each code: where those begin that it is compared with, and how many they are."""
        begins = make_keys(turned, self.number) >> self.shift
        starts = self.offsets[begins].astype(np.int64)
        lengths = self.offsets[begins + np.uint32(1)] - starts
        if len(stopped):
            lengths[is_in(make_keys(codes, self.number), stopped)] = 0
        return starts, lengths

    def compare(
        self, codes: Codes, starts: Integers, lengths: Integers
    ) -> tuple[Integers, npt.NDArray[np.uint32]]:
        """Return pairs (row of a code given, row of the index) that are taken for one."""
        # The first of each range, then the second, as long as there are many: no index needs to be made for these.
        order = np.argsort(
            np.iinfo(np.uint16).max - np.minimum(lengths, 60_000).astype(np.uint16), kind="stable"
        )
        starts, lengths, codes = starts[order], lengths[order], codes[order]
        longest = np.bincount(np.minimum(lengths, _STEPS), minlength=_STEPS + 1)
        having = len(order) - np.cumsum(longest)  # more than 0, 1, 2, ... of them
        given, found = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        step = 0
        while step < _STEPS and having[step] > _FEW_RANGES:
            some = having[step]
            position = starts[:some] + step
            hit = np.flatnonzero(np.bitwise_count(self.codes[position] ^ codes[:some]) <= CODE_BITS)
            given.append(hit)
            found.append(position[hit])
            step += 1
        left = int(having[step]) if step < _STEPS else int((lengths > step).sum())
        for row, position in expand(starts[:left] + step, starts[:left] + lengths[:left]):
            hit = np.flatnonzero(np.bitwise_count(self.codes[position] ^ codes[row]) <= CODE_BITS)
            given.append(row[hit])
            found.append(position[hit])
        row, position = np.concatenate(given), np.concatenate(found)
        same = (self.codes[position] ^ codes[row]) & np.uint64(TABLES[self.number]) == 0
        return order[row[same]], self.rows[position[same]]


_STEPS = 2048
_FEW_RANGES = 4096
"""Ranges of equal codes are read a step at a time, all at once, while that many are left; long ones, which are few, are
read one by one."""

"""Finds the candidates for parts (:mod:`media.matching.pictures.part_votes` says what they are) in bounded memory.

The blobs of an archive stream past, some thousand pictures at a time, as often as it takes.

- A few pictures asked for: only blobs that have a key of theirs are kept of the stream, and looked at together.
- All pictures, or many: those that share a corner are found by sorting all corners
  (:mod:`media.matching.pictures.part_join`), which takes time in proportion to the pictures.

Both give the same pairs, however the stream is cut into portions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from media.matching.pictures import part_votes
from media.matching.pictures.part_blobs import Features, Portion, Stopped, Stream, is_in
from media.matching.pictures.part_join import find_sharing, join_parts
from media.matching.pictures.part_tables import Index
from media.matching.pictures.part_votes import (
    KEY_BITS,
    TABLES,
    Integers,
    Keys,
    PartCandidates,
    find_stop,
    find_telling,
    make_keys,
    read_places,
    turn,
    vote,
)
from media.matching.runner import HERE, Runner
from media.pictures.local_features import Codes

ORIENTATIONS_TRIED = (0, 1, 2, 3, 4, 5, 6, 7)
_FEW = 1 << 20
"""Blobs asked for, in all orientations. Above, too much of the stream has a key of theirs."""
_BLOBS_AT_ONCE = 1 << 17
"""Looked up at one time: some 100 MB."""


def find_parts(
    stream: Stream,
    asked: Integers | None = None,
    orientations: Sequence[int] = ORIENTATIONS_TRIED,
    runner: Runner = HERE,
) -> Iterator[PartCandidates]:
    """Yield all pairs, or those with a picture of ``asked`` (ascending) in them; every pair once for each orientation.

    With a turned orientation, the one that undoes it must be among ``orientations``.
    """
    if asked is not None:
        own = Features.joined([Features.of(_chosen(portion, asked)) for portion in stream()])
        if len(own) * len(orientations) <= _FEW:
            yield from _sift(own, stream, orientations, asked)
            return
    yield from join_parts(stream(), _count_keys(stream), orientations, asked, runner)


def find_parts_of(
    picture: Portion, stream: Stream, orientations: Sequence[int] = ORIENTATIONS_TRIED
) -> Iterator[PartCandidates]:
    """Yield the pairs of a picture (or a few) that is not in the stream."""
    return _sift(Features.of(picture), lambda: chain([picture], stream()), orientations, picture.pictures)


def find_sharers(changed: Portion, stream: Stream) -> Integers:
    """Pictures whose candidates may change since pictures with these blobs came or went, though they share too few
    blobs with them: so many blobs share a key of theirs that it was, or now is, too many.
    """
    sought = _Sought(changed.codes, (0,))
    for portion in stream():
        sought.count(portion)
    if sought.may_change_the_stop(len(changed.codes)):
        return np.unique(np.concatenate([np.zeros(0, np.int64), *(each.pictures for each in stream())]))
    near = sought.near_the_stop()
    if not any(len(keys) for keys in near):
        return np.zeros(0, dtype=np.int64)
    found = [np.zeros(0, np.int64)]
    for portion in stream():
        owners = np.repeat(portion.pictures, portion.counts)
        for table, keys in enumerate(near):
            if len(keys):
                found.append(np.unique(owners[is_in(make_keys(portion.codes, table), keys)]))
    return np.unique(np.concatenate(found))


def _chosen(portion: Portion, asked: Integers) -> Portion:
    return portion.only(np.flatnonzero(is_in(portion.pictures, asked)))


# --- keys that too many share


class _KeyCounts:
    """The number of blobs with each key of a table."""

    def __init__(self, table: int) -> None:
        self._table = table
        self._counts = np.zeros(1 << KEY_BITS, np.uint32)
        self._blobs = 0

    def add(self, codes: Codes) -> None:
        """Count them."""
        self._blobs += len(codes)
        keys = make_keys(codes, self._table).astype(np.int64)
        self._counts += np.bincount(keys, minlength=len(self._counts)).astype(np.uint32)

    def too_many(self) -> Keys:
        """Keys that more have than :func:`part_votes.find_stop` allows, ascending."""
        keys: Keys = np.flatnonzero(self._counts > find_stop(self._blobs)).astype(np.uint32)
        return keys


def _count_keys(stream: Stream) -> Stopped:
    """Return the keys with more blobs than :func:`part_votes.find_stop` allows."""
    counts: list[_KeyCounts] = []
    for codes in _joined(stream):
        if not counts and len(codes) < _COUNTED_AT_ONCE:
            return tuple(_too_many(np.sort(make_keys(codes, table))) for table in range(len(TABLES)))
        counts = counts or [_KeyCounts(table) for table in range(len(TABLES))]
        for each in counts:
            each.add(codes)
    return tuple(each.too_many() for each in counts)


_COUNTED_AT_ONCE = 1 << 23
"""Codes: fewer are sorted faster than they are counted in portions."""


def _joined(stream: Stream) -> Iterator[Codes]:
    """Yield all codes, many at a time; the last portion is smaller."""
    waiting, size = [np.zeros(0, np.uint64)], 0
    for portion in stream():
        waiting.append(portion.codes)
        size += len(portion.codes)
        if size >= _COUNTED_AT_ONCE:
            yield np.concatenate(waiting)
            waiting, size = [np.zeros(0, np.uint64)], 0
    yield np.concatenate(waiting)


def _too_many(keys: Keys) -> Keys:
    """Return the keys, from sorted ones, that too many blobs have."""
    stop = find_stop(len(keys))
    return np.unique(keys[stop:][keys[stop:] == keys[: max(0, len(keys) - stop)]])


class _Sought:
    """The keys that a few pictures look up in a stream."""

    def __init__(self, codes: Codes, orientations: Sequence[int]) -> None:
        self._blobs = 0
        self._tables = [_SoughtKeys.of(codes, orientations, table) for table in range(len(TABLES))]

    def look_through(self, portion: Portion) -> Features:
        """Its blobs with keys that are asked for, of pictures that have enough of them."""
        hit = self.count(portion)
        ends = np.cumsum(portion.counts)
        upto = np.concatenate([[0], np.cumsum(hit)])
        enough = np.flatnonzero(upto[ends] - upto[ends - portion.counts] >= part_votes.VOTES)
        rows = np.repeat(np.isin(np.arange(len(ends)), enough), portion.counts)
        features = portion.only(enough)
        telling = find_telling(features.codes, features.counts) & hit[rows]
        owners = np.repeat(features.pictures, features.counts).astype(np.uint32)
        return Features(owners[telling], features.codes[telling], read_places(features.values)[telling])

    def count(self, portion: Portion) -> npt.NDArray[np.bool_]:
        """Count the keys that are asked for; says which blobs have one."""
        self._blobs += len(portion.codes)
        hit = np.zeros(len(portion.codes), dtype=bool)
        for table in self._tables:
            hit[table.count(portion.codes)] = True
        return hit

    def stopped(self) -> Stopped:
        stop = find_stop(self._blobs)
        return tuple(table.keys[table.counts > stop] for table in self._tables)

    def near_the_stop(self) -> Stopped:
        """Keys that would be on the other side of it, were the asked pictures there or not."""
        stop = find_stop(self._blobs)
        return tuple(table.keys[np.abs(table.counts - stop) <= table.own] for table in self._tables)

    def may_change_the_stop(self, blobs: int) -> bool:
        """Return whether the stop was another before so many blobs came, or went."""
        there = self._blobs
        return len({find_stop(max(0, there - blobs)), find_stop(there), find_stop(there + blobs)}) > 1


@dataclass(frozen=True, slots=True)
class _SoughtKeys:
    table: int
    keys: Keys
    """Ascending."""
    counts: Integers
    """The number of blobs of the stream with each key."""
    own: Integers
    """The number of blobs of these pictures with each key."""
    maybe: npt.NDArray[np.bool_]
    """Whether a key may be looked up, by a hash of its bits."""

    @classmethod
    def of(cls, codes: Codes, orientations: Sequence[int], table: int) -> "_SoughtKeys":
        turned = [turn(codes, orientation) for orientation in {0, *orientations}]
        keys, own = np.unique(np.concatenate([make_keys(each, table) for each in turned]), return_counts=True)
        maybe = np.zeros(1 << min(KEY_BITS, max(12, len(keys).bit_length() + 6)), dtype=bool)
        for each in turned:
            maybe[_hash(each, table, len(maybe))] = True
        return cls(table, keys, np.zeros(len(keys), np.int64), own, maybe)

    def count(self, codes: Codes) -> Integers:
        """Add to the counts; gives the rows of codes with a key that is asked for."""
        rows = np.flatnonzero(self.maybe[_hash(codes, self.table, len(self.maybe))])
        keys = make_keys(codes[rows], self.table)
        place = np.minimum(np.searchsorted(self.keys, keys), max(0, len(self.keys) - 1))
        found = self.keys[place] == keys
        self.counts[:] += np.bincount(place[found], minlength=len(self.keys))
        return np.asarray(rows[found])


def _hash(codes: Codes, table: int, size: int) -> Integers:
    """Cheaper than the key itself."""
    spread = (codes & np.uint64(TABLES[table])) * np.uint64(0x9E3779B97F4A7C15)
    return (spread >> np.uint64(65 - size.bit_length())).view(np.int64)


# --- which are looked up in which


def _sift(
    own: Features, stream: Stream, orientations: Sequence[int], asked: Integers
) -> Iterator[PartCandidates]:
    """Yield the pairs of a few pictures: those of the stream that may share their blobs are kept and searched."""
    if not len(own):
        return
    sought = _Sought(own.codes, orientations)
    kept = Features.joined([sought.look_through(portion) for portion in stream()])
    stopped = sought.stopped()
    index = Index(kept, stopped)
    found: list[PartCandidates] = []
    for part in own.split(_BLOBS_AT_ONCE):
        for orientation in orientations:
            for shared in index.look_up(part, orientation):
                once = (shared.left < shared.right) | ~is_in(shared.right, asked)
                found.append(vote(shared.only(once & (shared.left != shared.right)), orientation))
    known = np.unique(
        np.concatenate([np.zeros(0, np.int64), *(side for each in found for side in each.sides())])
    )
    if not len(known):
        return
    sharing = find_sharing((_chosen(portion, known) for portion in stream()), stopped, orientations, asked)
    yield from (each.only(is_in(each.packed(), sharing)) for each in found)

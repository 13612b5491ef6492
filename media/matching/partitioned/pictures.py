"""Candidates among pictures, a piece at a time: classes of one hash, choices of blocks, keys of blobs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from media.fingerprints.local import Codes
from media.matching import part_votes
from media.matching.hamming import Choice, Hashes, choices, join_by
from media.matching.images import RADIUS_BITS, TURNED_RADIUS_BITS
from media.matching.part_blobs import Portion, is_in
from media.matching.part_index import ORIENTATIONS_TRIED
from media.matching.part_tables import Table, too_many
from media.matching.part_votes import (
    TABLES,
    Keys,
    PartCandidates,
    Places,
    Shared,
    find_telling,
    make_keys,
    meet_often,
    read_places,
    turn,
    vote,
)
from media.matching.words import mix

Numbers = NDArray[np.int64]


def class_keys(phash: Hashes, dhash: Hashes, low: NDArray[np.bool_]) -> Hashes:
    """A hash of what pictures of one class have in common."""
    return mix(phash ^ mix(np.where(low, dhash, np.uint64(0)) ^ mix(low.astype(np.int64))))


# --- whole pictures


@dataclass(frozen=True, slots=True)
class WholeTask:
    """A share of the join of whole pictures: some choices of blocks in one orientation, some keys of them."""

    orientation: int
    first: int
    last: int
    """Of the choices, those from the first up to (without) the last."""
    share: int
    shares: int
    """Of the keys, those whose hash leaves this rest."""

    def has(self, keys: Hashes) -> NDArray[np.bool_]:
        """Which keys are of this share."""
        mine: NDArray[np.bool_] = mix(keys) % np.uint64(self.shares) == np.uint64(self.share)
        return mine


def whole_tasks(classes: int, normal: int, tasks_an_orientation: int, shares: int) -> Iterator[WholeTask]:
    """The tasks that together find all pairs among so many classes, ``normal`` of them with much information."""
    for orientation in range(7):  # 7 undoes 5: the same pairs from their other side
        count = len(whole_choices(orientation, classes, normal))
        step = max(1, -(-count // tasks_an_orientation))
        for first in range(0, count, step):
            for share in range(shares):
                yield WholeTask(orientation, first, min(first + step, count), share, shares)


def whole_choices(orientation: int, classes: int, normal: int) -> list[Choice]:
    if orientation == 0:
        return choices(RADIUS_BITS, classes, classes)
    return choices(TURNED_RADIUS_BITS, normal, normal)


def join_share(
    choice: Choice, task: WholeTask, turned: Hashes, upright: Hashes
) -> Iterator[tuple[Numbers, Numbers]]:
    """The pairs of places, in these arrays, that a choice of blocks finds among the keys of the task.

    ``turned`` are the hashes in the task's orientation; they are not looked at where it is 0.
    """
    if task.orientation == 0:
        ours = _in_share(choice, task, upright)
        for pairs in join_by(choice, upright[ours], None, RADIUS_BITS):
            yield ours[pairs.left], ours[pairs.right]
        return
    ours, theirs = (_in_share(choice, task, hashes) for hashes in (turned, upright))
    for pairs in join_by(choice, turned[ours], upright[theirs], TURNED_RADIUS_BITS):
        yield ours[pairs.left], theirs[pairs.right]


def _in_share(choice: Choice, task: WholeTask, hashes: Hashes) -> Numbers:
    if task.shares == 1:
        return np.arange(len(hashes))
    return np.flatnonzero(task.has(choice.keys(hashes)))


# --- parts


@dataclass(frozen=True, slots=True)
class BlobRows:
    """Blobs as they travel: arrays of one length."""

    code: Codes
    owner: NDArray[np.uint32]
    """Number of the picture, under 2 ** 30."""
    blob: NDArray[np.uint16]
    """Number in the picture."""
    place: Places
    telling: NDArray[np.bool_]
    """Others are counted only."""

    @classmethod
    def of(cls, portion: Portion) -> "BlobRows":
        """The blobs of pictures."""
        counts = portion.counts
        starts = np.cumsum(counts) - counts
        return cls(
            portion.codes,
            np.repeat(portion.pictures, counts).astype(np.uint32),
            (np.arange(len(portion.codes)) - np.repeat(starts, counts)).astype(np.uint16),
            read_places(portion.values),
            find_telling(portion.codes, counts),
        )

    def only(self, rows: NDArray[np.bool_] | Numbers) -> "BlobRows":
        return BlobRows(
            self.code[rows], self.owner[rows], self.blob[rows], self.place[rows], self.telling[rows]
        )


def meeting_keys(codes: Codes) -> list[Keys]:
    """For each table a number that two codes share where, one of them turned in any way, they share a key.

    It is the least of a code's keys in all orientations: what a key becomes when the code is turned follows from the
    key, so all codes with one of these keys have all of them. Thus a blob travels once for all orientations.
    """
    least = [make_keys(codes, table) for table in range(len(TABLES))]
    for orientation in ORIENTATIONS_TRIED[1:]:
        turned = turn(codes, orientation)
        for table, keys in enumerate(least):
            np.minimum(keys, make_keys(turned, table), out=keys)
    return least


def part_of_key(key: Keys, parts: int) -> Numbers:
    """Which of ``parts`` a key falls into."""
    return (mix(key.astype(np.int64)) % np.uint64(parts)).astype(np.int64)


def worth_sending(codes: Codes, table: int) -> NDArray[np.bool_]:
    """Which codes: of those with one key no more than it takes to see that it is one that too many share."""
    keys = make_keys(codes, table)
    worth = np.ones(len(keys), dtype=bool)
    rows = np.flatnonzero(is_in(keys, too_many(np.sort(keys))))
    rows = rows[np.argsort(keys[rows], kind="stable")]
    common = keys[rows]
    worth[rows[np.arange(len(rows)) - np.searchsorted(common, common) > part_votes.STOP]] = False
    return worth


@dataclass(frozen=True, slots=True)
class SharedRows:
    """Blobs that are taken for one, in any orientation, as they travel; ``left`` has the smaller number."""

    left: NDArray[np.uint32]
    right: NDArray[np.uint32]
    orientation: NDArray[np.uint8]
    left_blob: NDArray[np.uint16]
    right_blob: NDArray[np.uint16]
    left_place: Places
    right_place: Places


def shared_blobs(rows: BlobRows, table: int) -> Iterator[SharedRows]:
    """The pairs among blobs, which are all that share a number (:func:`meeting_keys`) in a table, or that do not
    tell."""
    stopped = too_many(np.sort(make_keys(rows.code, table)))
    rows = rows.only(rows.telling)
    index = Table.of(rows.code, table, stopped)
    for low in range(0, len(rows.code), _BLOBS_AT_ONCE):
        codes = rows.code[low : low + _BLOBS_AT_ONCE]
        for orientation in ORIENTATIONS_TRIED:
            turned = turn(codes, orientation)
            ours, found = index.compare(turned, *index.ranges(codes, turned, stopped))
            theirs = found.astype(np.int64)
            ours += low
            once = rows.owner[ours] < rows.owner[theirs]
            ours, theirs = ours[once], theirs[once]
            yield SharedRows(
                rows.owner[ours],
                rows.owner[theirs],
                np.full(len(ours), orientation, np.uint8),
                rows.blob[ours],
                rows.blob[theirs],
                rows.place[ours],
                rows.place[theirs],
            )


_BLOBS_AT_ONCE = 1 << 17


def vote_all(shared: SharedRows) -> Iterator[PartCandidates]:
    """The candidates among pictures of which these are all that they share."""
    for orientation in ORIENTATIONS_TRIED:
        rows = np.flatnonzero(shared.orientation == orientation)
        rows = rows[meet_often(shared.left[rows], shared.right[rows])]
        yield vote(
            Shared(
                shared.left[rows].astype(np.int64),
                shared.right[rows].astype(np.int64),
                shared.left_blob[rows].astype(np.int64),
                shared.right_blob[rows].astype(np.int64),
                shared.left_place[rows],
                shared.right_place[rows],
            ),
            orientation,
        )

"""Candidates among pictures, a piece at a time: classes of one hash, choices of blocks, keys of blobs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from media.fingerprints.local import Codes, turn_codes
from media.matching.features import CODE_BITS
from media.matching.hamming import Choice, Hashes, choices, expand, join_by
from media.matching.images import RADIUS_BITS, TURNED_RADIUS_BITS
from media.matching.part_index import KEY_BITS, ORIENTATIONS_TRIED, STOP, table_key
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
    """Blobs to be looked up, or to be found, by their keys: arrays of one length."""

    key: NDArray[np.uint32]
    code: Codes
    """Turned, where it is to be looked up so."""
    owner: Numbers
    """Number of the picture."""
    blob: NDArray[np.int32]
    """Number in the picture."""
    turn: NDArray[np.uint8]
    """0: as it is, to be found and to be looked up."""


def key_blobs(codes: Codes, owner: Numbers, blob: NDArray[np.int32], table: int) -> Iterator[BlobRows]:
    """The blobs of pictures by their keys in a table, as they are and turned."""
    for turn in ORIENTATIONS_TRIED:
        turned = turn_codes(codes, turn)
        yield BlobRows(table_key(turned, table), turned, owner, blob, np.full(len(codes), turn, np.uint8))


def part_of_key(key: NDArray[np.uint32], parts: int) -> Numbers:
    """Which of ``parts`` equal ranges a key falls into."""
    return (key.astype(np.int64) * parts) >> KEY_BITS


def common_blobs(rows: BlobRows) -> Iterator[tuple[BlobRows, BlobRows]]:
    """Pairs of blobs that are taken for one, of a picture and of one with a larger number; one table's rows.

    The first of each pair is the one that was looked up, in its turn.
    """
    # Sorted by key and owner: what is to be found of a blob is one run, from the first larger owner on, and
    # neighbours are looked up one after the other.
    packed = rows.key.astype(np.uint64) << np.uint64(64 - KEY_BITS) | rows.owner.astype(np.uint64)
    order = np.argsort(packed)
    packed = packed[order]
    shown = rows.turn[order] == 0
    keys, blobs = packed[shown], order[shown]
    starts = np.searchsorted(keys, packed, side="right")
    first = packed >> np.uint64(64 - KEY_BITS) << np.uint64(64 - KEY_BITS)
    ends = np.searchsorted(keys, first | np.uint64((1 << (64 - KEY_BITS)) - 1), side="right")
    often = ends - np.searchsorted(keys, first, side="left") > STOP
    for row, position in expand(starts, np.where(often, starts, ends)):
        asked, found = order[row], blobs[position]
        alike = np.bitwise_count(rows.code[asked] ^ rows.code[found]) <= CODE_BITS
        yield _take(rows, asked[alike]), _take(rows, found[alike])


def _take(rows: BlobRows, at: Numbers) -> BlobRows:
    return BlobRows(rows.key[at], rows.code[at], rows.owner[at], rows.blob[at], rows.turn[at])

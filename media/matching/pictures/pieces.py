"""Candidates among pictures, a piece at a time: classes of one hash, choices of blocks, blocks of pictures."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from media.matching.captions.words import mix
from media.matching.pictures.hamming import Choice, Hashes, choices, join_by
from media.matching.pictures.pairs import RADIUS_BITS, TURNED_RADIUS_BITS

Numbers = NDArray[np.int64]


def class_keys(phash: Hashes, dhash: Hashes, low: NDArray[np.bool_]) -> Hashes:
    """Return a hash of what pictures of one class have in common."""
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
    """Yield the tasks that together find all pairs among so many classes, ``normal`` of them with much
    information.
    """
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
    """Yield the pairs of places, in these arrays, that a choice of blocks finds among the keys of the task.

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
class PartTask:
    """A share of the join of features: the pictures of some shards are sought among those of others."""

    held: range
    """Sorted, and in memory."""
    sought: range
    """As a stream. The same as ``held`` for the pairs among these."""


def part_tasks(shards: int, held: int) -> Iterator[PartTask]:
    """Yield the tasks that together find all pairs of pictures, where memory holds the features of so many
    shards.
    """
    run = max(held, -(-shards // _RUNS))
    for first in range(0, shards, held):
        block = range(first, min(first + held, shards))
        yield PartTask(block, block)
        for start in range(block.stop, shards, run):
            yield PartTask(block, range(start, min(start + run, shards)))


_RUNS = 8
"""What is held is sorted again for each."""

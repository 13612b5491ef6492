"""Finds the candidates for parts among many pictures: those that share a corner, which are then counted out.

1. The blobs of all pictures are laid out in arrays (:class:`Held`); what is large is in a file that has no name.
2. Corners are hashed and sorted, some at a time, so that corners with the same hash stand together. A corner agrees by
   chance so seldom that this grows with the pictures, and hardly with their pairs.
3. Pictures that share a corner are compared blob by blob.
"""

import mmap
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import IO, Any, Self

import numpy as np
import numpy.typing as npt

from media.matching.pictures.hamming import expand
from media.matching.pictures.part_blobs import Portion, Stopped, is_in
from media.matching.pictures.part_corners import (
    NEIGHBOURS,
    NONE,
    Corners,
    Nearest,
    Words,
    agree,
    find_nearest,
    lowest_keys,
    mix,
    near_bits,
    relate,
    turn_near,
)
from media.matching.pictures.part_votes import (
    CODE_BITS,
    TABLES,
    VOTES,
    Integers,
    PartCandidates,
    Places,
    Shared,
    make_keys,
    read_places,
    turn,
    vote,
)
from media.matching.runner import HERE, Runner
from media.pictures.local_features import Codes

CORNERS_AT_ONCE = 1 << 27
"""Sorted at one time, at some 10 bytes each."""
_BYTES_A_CORNER = 24
"""In a task of a worker."""
_BLOBS_AT_ONCE = 1 << 19
"""Looked at in one go: some 100 MB."""
_HASHED_AT_ONCE = 1 << 12
"""Blobs whose corners are hashed in one go: what this needs stays in the processor's cache."""
_LET_GO = 64
"""After so many times."""
_PAIRS_AT_ONCE = 1 << 12
"""Pairs of pictures that are counted out in one go."""
_PAIRS_A_TASK = 1 << 16
_IN_MEMORY = 1 << 26
"""Bytes of a column above which it is kept in a file."""
_NEVER = np.uint32(np.iinfo(np.uint32).max)
"""In the place of a key that too many blobs share."""


@dataclass(frozen=True, slots=True)
class Held:
    """The telling blobs of pictures, picture by picture; all but the first two arrays have a row for each."""

    pictures: Integers
    """The numbers of the pictures (under 2 ** 30)."""
    ends: Integers
    """Where the blobs of each picture end."""
    codes: Codes
    places: Places
    near: Words
    """(n, 2): :func:`media.matching.pictures.part_corners.near_bits`."""
    nearest: Nearest
    own: npt.NDArray[np.uint8]
    """The place of the blob among those of its picture; of those after the 255th :data:`NONE`."""

    def __len__(self) -> int:
        return len(self.codes)

    def corners(self, blobs: Integers, slots: Integers, turned: npt.NDArray[np.uint32]) -> Corners:
        """Return corners of blobs, each with the neighbour in a slot."""
        near = blobs - self.own[blobs] + self.nearest[blobs, slots]
        let_go(self.own, self.nearest)
        codes = self.codes[blobs], self.codes[near]
        let_go(self.codes)
        corners = Corners(*codes, self.places[blobs], self.places[near], turned)
        let_go(self.places)
        return corners


@dataclass(frozen=True, slots=True)
class Lowest:
    """For each blob its lowest key in a table, :func:`media.matching.pictures.part_corners.lowest_keys`."""

    keys: Words


@dataclass(frozen=True, slots=True)
class CornerTask:
    """A share of the search for corners that two pictures share: those with some keys of a table."""

    table: int
    part: int
    parts: int


@dataclass(frozen=True, slots=True)
class Sharing:
    """Pictures that share a corner: left << 33 | right << 3 | orientation, ascending, each once; left < right."""

    packed: Integers


def join_parts(
    portions: Iterable[Portion],
    stopped: Stopped,
    orientations: Sequence[int],
    asked: Integers | None = None,
    runner: Runner = HERE,
) -> Iterator[PartCandidates]:
    """Yield all pairs of candidates, or those with a picture of ``asked`` (ascending) in them."""
    with _Columns() as columns:
        held, lowest = columns.hold(portions, stopped)
        tasks = corner_tasks(len(held), *_cut(runner))
        shared = runner.share("blobs", held)
        keys = [runner.share(f"keys{table}", each) for table, each in enumerate(lowest)]
        found = [np.zeros(0, np.int64)]
        search = partial(_find_corners, shared, keys, tuple(orientations), asked)
        for each in runner.run("find_corners", search, tasks, Sharing):
            found = [np.unique(np.concatenate([*found, each.packed]))] if len(each.packed) else found
        pairs = [found[0][at : at + _PAIRS_A_TASK] for at in range(0, len(found[0]), _PAIRS_A_TASK)]
        count = partial(_count_out, shared, keys)
        yield from runner.run("join_parts", count, map(Sharing, pairs), PartCandidates)


def find_sharing(
    portions: Iterable[Portion], stopped: Stopped, orientations: Sequence[int], asked: Integers
) -> Integers:
    """Return the pairs with a picture of ``asked`` (ascending) that share a corner, as :class:`Sharing` has them."""
    with _Columns() as columns:
        held, lowest = columns.hold(portions, stopped)
        keys = [partial(_itself, each) for each in lowest]
        search = partial(_find_corners, partial(_itself, held), keys, tuple(orientations), asked)
        found = [each.packed for task in corner_tasks(len(held), CORNERS_AT_ONCE, 1) for each in search(task)]
    return np.unique(np.concatenate([np.zeros(0, np.int64), *found]))


def corner_tasks(blobs: int, at_once: int, least: int) -> list[CornerTask]:
    """Return the tasks, at least so many, that together find all corners of so many blobs."""
    parts = max(1, -(-blobs * NEIGHBOURS // at_once), -(-least // len(TABLES)))
    return [CornerTask(table, part, parts) for table in range(len(TABLES)) for part in range(parts)]


def _cut(runner: Runner) -> tuple[int, int]:
    """Return how many corners a task sorts, and how many tasks there are at the least."""
    if runner.task_bytes is None:
        return CORNERS_AT_ONCE, 1
    return max(1 << 10, min(CORNERS_AT_ONCE, runner.task_bytes // _BYTES_A_CORNER)), runner.shares


def _itself(value: Any) -> Any:
    return value


# --- all blobs in arrays


class _Column:
    """An array that grows; a large one is in a file."""

    def __init__(self, dtype: Any, width: int = 0) -> None:
        self._dtype, self._shape = np.dtype(dtype), (-1, width) if width else (-1,)
        self._parts: list[bytes] = []
        self._size = 0
        self._file: IO[bytes] | None = None
        self._mapped: mmap.mmap | None = None

    def add(self, values: npt.NDArray[Any]) -> None:
        self._parts.append(np.ascontiguousarray(values, self._dtype).tobytes())
        self._size += len(self._parts[-1])
        if self._size > _IN_MEMORY:
            self._file = self._file or tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
            self._file.writelines(self._parts)
            self._parts.clear()

    def array(self) -> npt.NDArray[Any]:
        """Return all that was added."""
        if self._file is None:
            joined = b"".join(self._parts)
            self._parts.clear()
            return np.frombuffer(joined, self._dtype).reshape(self._shape)
        self._file.flush()
        self._mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        return np.frombuffer(self._mapped, self._dtype).reshape(self._shape)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def let_go(*arrays: npt.NDArray[Any]) -> None:
    """Give back the memory of what was read of arrays in files; it is read again where it is needed."""
    for array in arrays:
        base: Any = array
        while isinstance(base, np.ndarray):
            base = base.base
        base = base.obj if isinstance(base, memoryview) else base
        if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            base.madvise(mmap.MADV_DONTNEED)


class _Columns:
    """The arrays of :class:`Held` and :class:`Lowest` while they are needed."""

    def __init__(self) -> None:
        self._codes, self._places, self._near = _Column(np.uint64), _Column(np.uint32), _Column(np.uint32, 2)
        self._nearest, self._own = _Column(np.uint8, NEIGHBOURS), _Column(np.uint8)
        self._lowest = [_Column(np.uint32) for _ in TABLES]
        self._all = [self._codes, self._places, self._near, self._nearest, self._own, *self._lowest]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for column in self._all:
            column.close()

    def hold(self, portions: Iterable[Portion], stopped: Stopped) -> tuple[Held, list[Lowest]]:
        """Return the telling blobs of pictures, and for each table their keys, without those that are stopped."""
        pictures, sizes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for portion in portions:
            telling = portion.find_telling()
            codes, places = portion.codes[telling], read_places(portion.values)[telling]
            counts = np.diff(np.append(0, np.cumsum(telling))[np.append(0, np.cumsum(portion.counts))])
            pictures.append(portion.pictures)
            sizes.append(counts)
            self._codes.add(codes)
            self._places.add(places)
            self._near.add(near_bits(codes))
            self._nearest.add(find_nearest(places, counts))
            first = np.repeat(np.cumsum(counts) - counts, counts)
            self._own.add(np.minimum(np.arange(len(first)) - first, NONE))
            for table, column in enumerate(self._lowest):
                lowest = lowest_keys(codes, table)
                if len(stopped[table]):
                    lowest[is_in(make_keys(codes, table), stopped[table])] = _NEVER
                column.add(lowest)
        held = Held(
            np.concatenate(pictures),
            np.cumsum(np.concatenate(sizes)),
            self._codes.array(),
            self._places.array(),
            self._near.array(),
            self._nearest.array(),
            self._own.array(),
        )
        return held, [Lowest(column.array()) for column in self._lowest]


# --- corners


def _find_corners(
    shared: Callable[[], Held],
    keys: Sequence[Callable[[], Lowest]],
    orientations: tuple[int, ...],
    asked: Integers | None,
    task: CornerTask,
) -> Iterator[Sharing]:
    held, lowest = shared(), keys[task.table]().keys
    met, pairs = _meet(held, lowest, _chosen(lowest, task))
    found = [np.zeros(0, np.int64)]
    for one, other in pairs:
        found.append(_sharing(held, met, orientations, task.table, one, other))
        if len(found) > _KEPT_APART:
            found = [np.unique(np.concatenate(found))]
    packed = np.unique(np.concatenate(found))
    if asked is not None:
        packed = packed[is_in(packed >> 33, asked) | is_in(packed >> 3 & _PICTURE, asked)]
    yield Sharing(packed)


@dataclass(frozen=True, slots=True)
class _Met:
    """Corners whose hash others have, too, as arrays of one length."""

    pictures: Integers
    blobs: Integers
    slots: Integers
    """Which neighbour of the blob."""
    turned: npt.NDArray[np.uint32]

    def corners(self, held: Held, rows: Integers) -> Corners:
        return held.corners(self.blobs[rows], self.slots[rows], self.turned[rows])


_KEPT_APART = 64
_PICTURE = (1 << 30) - 1


def _chosen(lowest: Words, task: CornerTask) -> Integers:
    """Return the blobs whose keys are in a part of the keys."""
    chosen = [np.zeros(0, np.int64)]
    for start in range(0, len(lowest), _BLOBS_AT_ONCE):
        some = np.asarray(lowest[start : start + _BLOBS_AT_ONCE])
        # Lowest keys are not spread evenly.
        spread = ((some >> np.uint32(3)) * np.uint32(0x9E3779B1) >> np.uint32(16)) * np.uint32(task.parts)
        chosen.append(start + np.flatnonzero((spread >> np.uint32(16) == task.part) & (some != _NEVER)))
    return np.concatenate(chosen)


def _hashed(held: Held, lowest: Words, blobs: Integers) -> tuple[Codes, int]:
    """Return the corners of some blobs, sorted by their hashes, each with its number in the lower bits, and how many
    bits those are. The number is that of the blob, times the neighbours of a blob, and the slot of the neighbour.
    """
    bits = max(1, len(blobs) * NEIGHBOURS - 1).bit_length()
    upper = np.uint64(2**64 - (1 << bits))
    hashed, size = np.empty(len(blobs) * NEIGHBOURS, np.uint64), 0
    near_bits_of = held.near.reshape(-1)
    for start in range(0, len(blobs), _HASHED_AT_ONCE):
        some = blobs[start : start + _HASHED_AT_ONCE]
        key, nearest = lowest[some], held.nearest[some]
        turned = (key & np.uint32(7))[:, None]
        near = 2 * (some - held.own[some])[:, None] + (turned >> np.uint32(2)) + 2 * nearest.astype(np.uint16)
        there = nearest != NONE
        if not there.all():
            near[~there] = 0
        packed = mix((key >> np.uint32(3))[:, None], turn_near(near_bits_of[near], turned))
        packed &= upper
        packed |= np.arange(start * NEIGHBOURS, (start + len(some)) * NEIGHBOURS, dtype=np.uint64).reshape(
            packed.shape
        )
        packed = packed[there] if not there.all() else packed.reshape(-1)
        hashed[size : size + len(packed)] = packed
        size += len(packed)
        if start // _HASHED_AT_ONCE % _LET_GO == 0:
            let_go(lowest, held.nearest, held.own, held.near)
    hashed = hashed[:size]
    hashed.sort()
    return hashed, bits


def _meet(held: Held, lowest: Words, blobs: Integers) -> tuple[_Met, Iterator[tuple[Integers, Integers]]]:
    """Return corners that have their hash in common with others, and their rows, two by two."""
    hashed, bits = _hashed(held, lowest, blobs)
    again = [np.zeros(0, np.int64)]
    for start in range(0, max(0, len(hashed) - 1), _BLOBS_AT_ONCE):
        some = hashed[start : start + _BLOBS_AT_ONCE + 1]
        again.append(start + np.flatnonzero(some[1:] ^ some[:-1] < np.uint64(1 << bits)))
    first = np.concatenate(again)  # Corners at these places have the hash of the next one.
    starts = np.ones(len(first), dtype=bool)
    starts[1:] = np.diff(first) != 1
    sizes = np.diff(np.append(np.flatnonzero(starts), len(first))) + 1  # of all that have one hash
    ends = np.cumsum(sizes)
    within = np.arange(int(sizes.sum())) - np.repeat(ends - sizes, sizes)
    number = (hashed[np.repeat(first[starts], sizes) + within] & np.uint64((1 << bits) - 1)).astype(np.int64)
    del hashed
    own = blobs[number // NEIGHBOURS]
    pictures = held.pictures[np.searchsorted(held.ends, own, side="right")]
    met = _Met(pictures, own, number % NEIGHBOURS, lowest[own] & np.uint32(7))
    let_go(lowest)
    return met, expand(np.arange(1, len(number) + 1), np.repeat(ends, sizes))


def _sharing(
    held: Held,
    met: _Met,
    orientations: tuple[int, ...],
    table: int,
    one: Integers,
    other: Integers,
) -> Integers:
    """Return the pictures that share a corner, packed, of corners (rows) with the same hash."""
    one, other = (
        np.where(met.pictures[one] < met.pictures[other], *each) for each in ((one, other), (other, one))
    )
    orientation = relate(met.turned[one], met.turned[other])
    kept = (met.pictures[one] != met.pictures[other]) & np.isin(orientation, orientations)
    one, other, orientation = one[kept], other[kept], orientation[kept]
    packed = met.pictures[one] << 33 | met.pictures[other] << 3 | orientation

    def agreeing(rows: Integers) -> Integers:
        same = agree(met.corners(held, one[rows]), met.corners(held, other[rows]), table)
        return np.unique(packed[rows[same]])

    # Copies share hundreds of corners, and most are known by any of them.
    slots = (packed.view(np.uint64) * _SPREAD >> np.uint64(64 - _SLOTS)).view(np.int64)
    in_slot = np.zeros(1 << _SLOTS, np.int64)
    in_slot[slots] = np.arange(len(packed))
    looked_at = in_slot[slots] == np.arange(len(packed))
    found = agreeing(np.flatnonzero(looked_at))
    return np.append(found, agreeing(np.flatnonzero(~looked_at & ~is_in(packed, found))))


_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_SLOTS = 20
"""Bits of a slot, in which one pair of corners of some pictures is looked at first."""


# --- two pictures


def _count_out(
    shared: Callable[[], Held], keys: Sequence[Callable[[], Lowest]], task: Sharing
) -> Iterator[PartCandidates]:
    """Yield those of the pairs that are candidates."""
    held, lowest = shared(), [each().keys for each in keys]
    order = np.argsort(held.pictures)
    starts = np.concatenate([[0], held.ends[:-1]])
    worth = _may_vote(held.ends, starts, lowest, *_rows(held.pictures, order, task.packed))
    for orientation in range(8):
        packed = task.packed[worth & (task.packed & 7 == orientation)]
        for at in range(0, len(packed), _PAIRS_AT_ONCE):
            some = packed[at : at + _PAIRS_AT_ONCE]
            left, right = some >> 33, some >> 3 & _PICTURE
            rows = _rows(held.pictures, order, some)
            bounds = [np.stack([starts[each], held.ends[each]], axis=1) for each in rows]
            pair, ours, theirs = _alike(held.codes, bounds[0], bounds[1], orientation)
            same = _by_a_table(held.codes, lowest, ours, theirs, orientation)
            pair, ours, theirs = pair[same], ours[same], theirs[same]
            yield vote(
                Shared(
                    left[pair],
                    right[pair],
                    ours & _BLOB,
                    theirs & _BLOB,
                    held.places[ours],
                    held.places[theirs],
                ),
                orientation,
            )


_BLOB = (1 << 32) - 1


def _rows(pictures: Integers, order: Integers, packed: Integers) -> list[Integers]:
    """Return where the left and the right pictures are among all."""
    return [
        order[np.searchsorted(pictures, numbers, sorter=order)]
        for numbers in (packed >> 33, packed >> 3 & _PICTURE)
    ]


def _may_vote(
    ends: Integers, starts: Integers, lowest: Sequence[Words], left: Integers, right: Integers
) -> npt.NDArray[np.bool_]:
    """Return which pairs may have enough votes, by the lowest keys of their blobs.

    Most that share a corner by chance share no more. To see that takes a tenth of the time.
    """
    worth = np.ones(len(left), dtype=bool)
    marked = np.zeros(1 << _MARKS, dtype=bool)
    bounds = np.append(np.flatnonzero(np.diff(left, prepend=-1)), len(left)).tolist()
    for first, last in pairwise(bounds):
        if last - first < _FEW_PAIRS:
            continue
        own = slice(starts[left[first]], ends[left[first]])
        marks = [_mark(keys[own], table) for table, keys in enumerate(lowest)]
        for each in marks:
            marked[each] = True
        for at in range(first, last, _PAIRS_AT_ONCE):
            some = right[at : min(at + _PAIRS_AT_ONCE, last)]
            sizes = ends[some] - starts[some]
            before = np.cumsum(sizes) - sizes
            blobs = np.repeat(starts[some] - before, sizes) + np.arange(int(sizes.sum()))
            hit = np.zeros(len(blobs), dtype=bool)
            for table, keys in enumerate(lowest):
                hit |= marked[_mark(keys[blobs], table)]
            worth[at : at + len(some)] = np.add.reduceat(hit, before, dtype=np.int64) >= VOTES
        for each in marks:
            marked[each] = False
    return worth


def _mark(lowest: Words, table: int) -> Words:
    mixed = ((lowest >> np.uint32(3)) + np.uint32(table * 0x51ED27)) * np.uint32(0x9E3779B1)
    return np.asarray(mixed >> np.uint32(32 - _MARKS))


_MARKS = 20
"""Bits of a mark. Of two keys that differ, 1 pair in 2 ** 20 has the same."""
_FEW_PAIRS = 8
"""With fewer pairs of a picture, marking its keys costs more than it saves."""


def _alike(
    codes: Codes, ours: Integers, theirs: Integers, orientation: int
) -> tuple[Integers, Integers, Integers]:
    """Return which blobs of two pictures have codes that differ in few bits: pair, blob of ours, and of theirs.

    :param ours: (n, 2): where the blobs of a picture start and end.
    """
    pairs, left, right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    before = -1
    for pair, ((start, end), (first, last)) in enumerate(zip(ours.tolist(), theirs.tolist(), strict=True)):
        if start != before:
            turned, before = turn(codes[start:end], orientation), start
        hit = np.flatnonzero(np.bitwise_count(turned[:, None] ^ codes[None, first:last]) <= CODE_BITS)
        if len(hit):
            row, column = np.divmod(hit, last - first)
            pairs.append(np.full(len(hit), pair))
            left.append(start + row)
            right.append(first + column)
    return np.concatenate(pairs), np.concatenate(left), np.concatenate(right)


def _by_a_table(
    codes: Codes, lowest: Sequence[Words], ours: Integers, theirs: Integers, orientation: int
) -> npt.NDArray[np.bool_]:
    differing = turn(codes[ours], orientation) ^ codes[theirs]
    same = np.zeros(len(ours), dtype=bool)
    for mask, keys in zip(TABLES, lowest, strict=True):
        rows = np.flatnonzero(differing & np.uint64(mask) == 0)
        same[rows] |= (keys[ours[rows]] != _NEVER) & (keys[theirs[rows]] != _NEVER)
    return same

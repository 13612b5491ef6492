"""The blobs of many pictures in arrays, as the search for parts goes through them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from media.matching.pictures.part_votes import Integers, Keys, Places, find_telling, read_places
from media.pictures.local_features import BLOB_BYTES, Codes

_Number = TypeVar("_Number", np.int64, np.uint32)


class Portion:
    """Some pictures and their blobs."""

    def __init__(self, pictures: Integers, values: list[bytes]) -> None:
        """``pictures`` are numbers under 2 ** 30, ``values`` fingerprints as :class:`Blobs` keeps them."""
        self.pictures = pictures
        self.values = values
        self.counts = np.array([len(value) // BLOB_BYTES for value in values], dtype=np.int64)
        joined = b"".join(
            [value[: 8 * count] for value, count in zip(values, self.counts.tolist(), strict=True)]
        )
        self.codes = np.frombuffer(joined, dtype=">u8").astype(np.uint64)

    def find_telling(self) -> npt.NDArray[np.bool_]:
        """Mark the blobs that have a say."""
        return find_telling(self.codes, self.counts)

    def only(self, rows: Integers) -> "Portion":
        """Return some of the pictures, by their place in it."""
        return Portion(self.pictures[rows], [self.values[row] for row in rows.tolist()])


Stream = Callable[[], Iterable[Portion]]
"""Gives all pictures of an archive, always in the same order; each is in one portion."""
Stopped = tuple[Keys, ...]
"""For each table the keys that too many blobs share, ascending."""


@dataclass(frozen=True, slots=True)
class Features:
    """Blobs that have a say, picture by picture: arrays of one length."""

    owners: npt.NDArray[np.uint32]
    codes: Codes
    places: Places

    @classmethod
    def of(cls, portion: Portion) -> "Features":
        """Return the telling blobs of pictures."""
        telling = portion.find_telling()
        owners = np.repeat(portion.pictures, portion.counts).astype(np.uint32)
        return cls(owners[telling], portion.codes[telling], read_places(portion.values)[telling])

    @classmethod
    def joined(cls, several: Sequence["Features"]) -> "Features":
        return cls(
            np.concatenate([np.zeros(0, np.uint32), *(each.owners for each in several)]),
            np.concatenate([np.zeros(0, np.uint64), *(each.codes for each in several)]),
            np.concatenate([np.zeros(0, np.uint32), *(each.places for each in several)]),
        )

    def __len__(self) -> int:
        return len(self.codes)

    def only(self, rows: npt.NDArray[np.bool_] | slice) -> "Features":
        return Features(self.owners[rows], self.codes[rows], self.places[rows])

    def split(self, at_once: int) -> Iterator["Features"]:
        """Yield some at a time; a picture is never cut."""
        ends = np.append(np.flatnonzero(np.diff(self.owners.astype(np.int64))) + 1, len(self))
        start = 0
        while start < len(self):
            end = int(ends[max(int(np.searchsorted(ends, start + at_once, side="right")) - 1, 0)])
            end = end if end > start else int(ends[np.searchsorted(ends, start, side="right")])
            yield self.only(slice(start, end))
            start = end


def is_in(values: npt.NDArray[_Number], among: npt.NDArray[_Number]) -> npt.NDArray[np.bool_]:
    """Return which values are among others, which are sorted."""
    if not len(among):
        return np.zeros(len(values), dtype=bool)
    return np.asarray(among[np.minimum(np.searchsorted(among, values), len(among) - 1)] == values)

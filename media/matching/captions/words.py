"""Captions as rows of numbers: the table that the joins work on.

A word is a number by rarity (0 is the rarest of the table); a word that a caption uses twice is two
different words, so that sets of numbers are multisets of words.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class WordTable:
    """The words of many keys, one row a key, in one flat array."""

    words: list[str]
    """Each distinct word, by the number that `sequence` holds."""
    sequence: Ints
    """Word numbers as they stand in the keys, one key behind the other."""
    offsets: NDArray[np.int64]
    """Key `i` is ``sequence[offsets[i]:offsets[i + 1]]``."""

    @property
    def lengths(self) -> Ints:
        """Words a key."""
        lengths: Ints = np.diff(self.offsets).astype(np.int32)
        return lengths


def read_words(keys: Iterable[str]) -> WordTable:
    """Return the table of `keys`, in their order."""
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    sequence = array("i")
    offsets = array("q", [0])
    for key in keys:
        sequence.extend(map(numbers.__getitem__, key.split()))
        offsets.append(len(sequence))
    return WordTable(
        list(numbers),
        np.frombuffer(sequence, dtype=np.int32) if sequence else np.zeros(0, np.int32),
        np.frombuffer(offsets, dtype=np.int64),
    )


def number_uses(
    sequence: Ints, offsets: NDArray[np.int64], vocabulary: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the words of each key sorted by number, and which use of the word in its key each is: row,
    word, use.
    """
    size = len(sequence)
    row = np.repeat(np.arange(len(offsets) - 1, dtype=np.int64), np.diff(offsets))
    # Sorted by key and word, equal neighbours are uses.
    packed = row * vocabulary + sequence
    packed.sort()
    first = np.ones(size, bool)
    first[1:] = packed[1:] != packed[:-1]
    starts = np.flatnonzero(first)
    use = (np.arange(size) - np.repeat(starts, np.diff(np.append(starts, size)))).astype(np.int64)
    word = packed % vocabulary
    packed //= vocabulary
    return packed, word, use


_MIX = np.uint64(0x9E3779B97F4A7C15)
_MIX_2 = np.uint64(0xBF58476D1CE4E5B9)


def mix(values: NDArray[np.int32] | NDArray[np.int64] | Hashes) -> Hashes:
    """Return a 64-bit hash of each number (the finaliser of splitmix64, Steele et al. 2014)."""
    hashed = values.astype(np.uint64) + np.uint64(1)
    hashed *= _MIX
    hashed ^= hashed >> np.uint64(30)
    hashed *= _MIX_2
    hashed ^= hashed >> np.uint64(27)
    return hashed

"""Finds the hashes that two rows of a table share, for many pairs of rows at once.

A row is a stretch of sorted hashes. SciPy's product of two sparse matrices walks both rows of a pair once, in compiled
code; what stands in the product says where the shared hashes are.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.matching.articles.prints import spread
from media.matching.articles.words import Hashes, Integers

_HALF: Final = np.uint32(1 << 31)
_COLUMNS: Final = (1 << 31) - 1
"""SciPy holds column numbers in 32 bits with a sign."""


@dataclass(frozen=True, slots=True)
class Rows:
    """One side of many pairs: the hashes of each, one row behind the other."""

    columns: NDArray[np.int32]
    """The hashes less 2**31, since SciPy counts columns in signed numbers: in the same order, each once in its row."""
    lengths: Integers


def gather(hashes: Hashes, starts: Integers, lengths: Integers) -> Rows:
    """Return rows by where they start among ``hashes``, and how long they are.

    :raises ValueError: the hashes of a row are not sorted, or one is there twice.
    """
    columns = (hashes[spread(starts, lengths)] ^ _HALF).view(np.int32)
    rises = columns[1:] > columns[:-1]
    ends = np.cumsum(lengths)[:-1]
    rises[ends[(ends > 0) & (ends < len(columns))] - 1] = True
    if not rises.all():
        # SciPy would lay the rows out in full, which takes gigabytes.
        raise ValueError("prints are not sorted")
    return Rows(columns, lengths)


def find_shared(left: Rows, right: Rows) -> tuple[Integers, Integers]:
    """Return how many hashes each left row shares with its right row, and where in the left row each of them stands."""
    from scipy.sparse import csr_array  # it takes a fifth of a second, which no other command should wait for

    def matrix(rows: Rows, values: NDArray[np.int32]) -> "csr_array":
        ends = np.concatenate([[0], np.cumsum(rows.lengths)]).astype(np.int32)
        return csr_array((values, rows.columns, ends), shape=(len(rows.lengths), _COLUMNS), copy=False)

    places = np.arange(1, len(left.columns) + 1, dtype=np.int32)  # a product that is 0 would be left out
    product = matrix(left, places).multiply(matrix(right, np.ones(len(right.columns), np.int32)))
    counts = np.diff(product.indptr).astype(np.int64)
    starts = np.cumsum(left.lengths) - left.lengths
    return counts, product.data.astype(np.int64) - 1 - np.repeat(starts, counts)


def sum_stretches(values: NDArray[np.bool_], lengths: Integers) -> Integers:
    """Count what is true in each of many stretches, one behind the other."""
    sums = np.zeros(len(values) + 1, np.int32)
    np.cumsum(values, out=sums[1:])
    ends = np.cumsum(lengths)
    return np.asarray(sums[ends] - sums[ends - lengths], np.int64)

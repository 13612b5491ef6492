"""Which hashes two rows of a table share, for many pairs of rows at once.

A row is a stretch of sorted hashes. SciPy's product of two sparse matrices walks both rows of a pair once, in compiled
code; what stands in the product says where the shared hashes are.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.matching.articles.prints import Hashes, Integers, spread

_UNUSED_BITS: Final = np.uint32(2)
"""Columns are signed numbers below 2**31: of two bodies with 2,048 hashes each, one pair in 250 agrees by chance."""
_COLUMNS: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class Rows:
    """One side of many pairs: the hashes of each, sorted, one row behind the other."""

    hashes: Hashes
    lengths: Integers


def gather(hashes: Hashes, starts: Integers, lengths: Integers) -> Rows:
    """Return rows by where they start among ``hashes``, and how long they are."""
    return Rows(hashes[spread(starts, lengths)] >> _UNUSED_BITS, lengths)


def find_shared(left: Rows, right: Rows) -> tuple[Integers, Integers]:
    """Return how many hashes each left row shares with its right row, and where in the left row each of them stands."""
    from scipy.sparse import csr_array  # it takes a fifth of a second, which no other command should wait for

    def matrix(rows: Rows, values: NDArray[np.int32]) -> "csr_array":
        ends = np.concatenate([[0], np.cumsum(rows.lengths)]).astype(np.int32)
        result = csr_array(
            (values, rows.hashes.view(np.int32), ends), shape=(len(rows.lengths), _COLUMNS), copy=False
        )
        # Two hashes of a row that agree but for their last bits stand there twice: rare, and counted as two.
        result.has_canonical_format = True
        return result

    places = np.arange(1, len(left.hashes) + 1, dtype=np.int32)  # a product that is 0 would be left out
    product = matrix(left, places).multiply(matrix(right, np.ones(len(right.hashes), np.int32)))
    counts = np.diff(product.indptr).astype(np.int64)
    starts = np.cumsum(left.lengths) - left.lengths
    return counts, product.data.astype(np.int64) - 1 - np.repeat(starts, counts)


def sum_stretches(values: NDArray[np.bool_], lengths: Integers) -> Integers:
    """Count what is true in each of many stretches, one behind the other."""
    sums = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=sums[1:])
    ends = np.cumsum(lengths)
    return np.asarray(sums[ends] - sums[ends - lengths])

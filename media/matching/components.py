"""Connected components from pairs that come in batches: 8 bytes an item, for any number of pairs."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


class Components:
    """Items 0, 1, ... of which some are joined."""

    def __init__(self, items: int) -> None:
        self._parents = np.arange(items, dtype=np.int64)

    def join(self, left: Numbers, right: Numbers) -> None:
        """Join the two of each pair: they hang together from now on."""
        while len(left):
            left, right = self._roots_of(left), self._roots_of(right)
            apart = left != right
            left, right = left[apart], right[apart]
            # A root becomes the child of a smaller one: no rings.
            np.minimum.at(self._parents, np.maximum(left, right), np.minimum(left, right))

    def roots(self) -> Numbers:
        """Return for each item the smallest item connected with it."""
        return self._roots_of(np.arange(len(self._parents), dtype=np.int64))

    def _roots_of(self, items: Numbers) -> Numbers:
        roots = self._parents[items]
        while True:
            further = self._parents[roots]
            if np.array_equal(further, roots):
                self._parents[items] = roots
                return roots
            roots = further

"""Finds bodies that may be nearly the same: they share some of their smallest hashes, their *anchors*."""

import itertools
from typing import Final

import numpy as np

from media.matching.articles.prints import Prints, spread
from media.matching.articles.words import Integers, Wide

ANCHORS: Final = 12
"""Smallest hashes of each body by which candidates are found; and all below 2**28, one shingle in sixteen."""
_ANCHOR_LIMIT: Final = np.uint32(1 << 28)
_SHARERS: Final = 16
_SMALL_BUCKET: Final = 64
_AT_ONCE: Final = 1 << 22
_PARTS: Final = 16
_LOW: Final = np.uint64(0xFFFFFFFF)
_HIGH: Final = np.uint64(32)
_ONE: Final = np.uint64(1)


class Anchors:
    """The anchors of bodies, by which candidates are looked up."""

    def __init__(self, prints: Prints, ranks: Integers, least_words: int) -> None:
        """:param ranks: an order of the bodies in which those with the same smallest hashes stand side by side."""
        self._bodies = len(prints)
        starts = prints.shingle_ends - np.diff(prints.shingle_ends, prepend=0)
        counts = prints.shingle_ends - starts
        known = np.flatnonzero((counts > 0) & (prints.words >= least_words))
        self._order = known[np.argsort(ranks[known])]
        """Bodies by their ranks: here a body's number is its place in it."""
        starts, lengths = starts[self._order], counts[self._order]
        first = np.minimum(lengths, ANCHORS)
        # Shingles are sorted within their body: those below the limit stand first.
        more = np.minimum(np.maximum(lengths - ANCHORS, 0), lengths // 4)
        hashes = np.concatenate(
            [prints.shingles[spread(starts, first)], prints.shingles[spread(starts + ANCHORS, more)]]
        )
        numbers = np.arange(len(self._order), dtype=np.uint32)
        owners = np.concatenate([np.repeat(numbers, first), np.repeat(numbers, more)])
        kept = hashes < _ANCHOR_LIMIT
        kept[: int(first.sum())] = True
        self._keys: Wide = (hashes[kept].astype(np.uint64) << _HIGH) | owners[kept]
        self._keys.sort()
        """(hash, body), sorted."""

    def find_pairs(self) -> tuple[Integers, Integers]:
        """Return pairs that share anchors: each body of a bucket with the one before it, and with the bucket's first.

        Bodies whose smallest hashes agree stand beside one another in a bucket, so that this linear number of pairs
        holds together what belongs together, however large the bucket.
        """
        found = bytearray()  # grows in place: pairs are never there twice
        # Of equal size, where a bucket begins: anchors are small, so that parts of equal range would be one.
        cuts = np.searchsorted(self._keys, self._keys[:: max(1, -(-len(self._keys) // _PARTS))] & ~_LOW)
        for start, stop in itertools.pairwise([*cuts.tolist(), len(self._keys)]):
            found += _pair_neighbours(self._keys[start:stop]).tobytes()
        if not found:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        pairs = np.frombuffer(found, np.uint64)
        pairs.sort()
        chosen = []
        start = 0
        while start < len(pairs):  # a part at a time, so that what is counted takes little room
            stop = int(
                np.searchsorted(pairs, pairs[min(start + _AT_ONCE, len(pairs)) - 1] | _ONE, side="right")
            )
            part = pairs[start:stop]
            last = np.flatnonzero(np.append((part[1:] ^ part[:-1]) > _ONE, True))
            votes = np.diff(last, prepend=-1)
            # One anchor shared in a large bucket is a stock phrase; in a small one it may be a short copy's only one.
            chosen.append(part[last[(votes >= 2) | ((part[last] & _ONE) > 0)]])
            start = stop
        found_pairs = np.concatenate(chosen)
        return (
            self._order[(found_pairs >> _HIGH).astype(np.int64)],
            self._order[((found_pairs & _LOW) >> _ONE).astype(np.int64)],
        )

    def find_sharers(self, rows: Integers) -> tuple[Integers, Integers]:
        """Return pairs of a few bodies with all that share an anchor with them, up to 16 an anchor."""
        is_asked = np.zeros(self._bodies, np.bool_)
        is_asked[rows] = True
        mine = np.flatnonzero(is_asked[self._order][(self._keys & _LOW).astype(np.int64)])
        starts = np.searchsorted(self._keys, self._keys[mine] & ~_LOW)
        ends = np.searchsorted(self._keys, self._keys[mine] | _LOW, side="right")
        lengths = np.minimum(ends - starts, _SHARERS)
        left = np.repeat(self._keys[mine] & _LOW, lengths)
        right = self._keys[spread(starts, lengths)] & _LOW
        pairs = (left << _HIGH) | right
        pairs = pairs[left != right]
        pairs.sort()
        pairs = pairs[np.flatnonzero(np.diff(pairs, prepend=~pairs[:1]))] if len(pairs) else pairs
        return self._order[(pairs >> _HIGH).astype(np.int64)], self._order[(pairs & _LOW).astype(np.int64)]


def _pair_neighbours(keys: Wide) -> Wide:
    """Pair each body of a bucket with the one before it, and with the bucket's first: (left, right, in a small one)."""
    features = (keys >> _HIGH).astype(np.uint32)
    follows = np.flatnonzero(features[1:] == features[:-1]) + 1
    if not len(follows):
        return np.empty(0, np.uint64)
    starts_bucket = np.concatenate([[True], np.diff(follows) > 1])
    heads = follows[starts_bucket] - 1
    bucket = np.cumsum(starts_bucket) - 1
    small = (np.bincount(bucket) < _SMALL_BUCKET)[bucket]
    after_second = ~starts_bucket
    left = np.concatenate([keys[follows - 1], keys[heads[bucket[after_second]]]]) & _LOW
    right = np.concatenate([keys[follows], keys[follows[after_second]]]) & _LOW
    small = np.concatenate([small, small[after_second]])
    # Owners are sorted within a bucket: left < right.
    return np.asarray((left << _HIGH) | (right << _ONE) | small, np.uint64)

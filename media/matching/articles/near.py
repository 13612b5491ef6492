"""Which bodies are nearly the same: edited, cut, with another lede, or within another page's furniture.

Bodies are candidates where they share some of the shingles with the smallest hashes; each candidate is verified by all
of its shingles and facts. What is compared is how much of the shorter body the longer one holds.

Two things look like copies and are none. Texts that share a *stock paragraph* or a page's furniture: shingles that
stand in many bodies do not count. Texts made from a *form* (weather, markets, sport tables, notices): their sentences
are the same and the names and figures in them are not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.matching.articles.prints import Hashes, Integers, Prints, Wide, spread
from media.matching.components import Components

Floats = NDArray[np.float64]

MIN_WORDS: Final = 30
"""Shorter bodies are compared as a whole only: thirty words is a long sentence."""
MIN_HELD: Final = 0.5
"""How much of the shorter body's shingles the longer one holds, stock left out: docs/accuracy.md, "Stories"."""
MIN_HELD_AT_HOME: Final = 0.6
"""The same where one publisher has both: they share its furniture, and an update keeps most of its text."""
MIN_COVERED_AT_HOME: Final = 0.35
"""And how much of the longer body the shorter one holds then."""
MIN_HELD_OF_STOCK: Final = 0.8
"""The same where nearly all of its shingles stand in many texts: a wire story that everybody printed."""
MIN_HELD_BY_FACTS: Final = 0.3
"""The same where both state several facts in the same words, and none in others."""
_MIN_COVERED_BY_FACTS: Final = 0.25
_MIN_VOUCHING: Final = 4
STOCK_TEXTS: Final = 4
"""A shingle in more texts than this is furniture, or a background paragraph."""
_MIN_OWN: Final = 8
"""Fewer shingles that are not stock say nothing by themselves."""
MAX_CHANGED: Final = 0.34
"""Of the facts that stand in the same words in both, how many may differ before it is a form filled in anew."""
_MIN_CHANGED: Final = 2
SHARES_TEXT: Final = 0.15
"""Enough to say that a page holds a piece of another."""
ALIKE_AT_ONE_ADDRESS: Final = 0.3
"""Enough for two captures of one address to be one story: the address says so already."""

_ANCHORS: Final = 12
"""Smallest hashes of each body by which candidates are found; and all below 2**28, one shingle in sixteen."""
_ANCHOR_LIMIT: Final = np.uint32(1 << 28)
_RANKED_BY: Final = 4
_SHARERS: Final = 16
_SMALL_BUCKET: Final = 64
_PAIRS_AT_ONCE: Final = 20_000
_CLEARLY_HELD: Final = 0.65
_ROUNDS: Final = 4
"""Each joins a tenth of what the one before it did."""
_LOW: Final = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of bodies by their numbers, ``left < right``, and how alike they are."""

    left: Integers
    right: Integers
    held: Floats
    """How much of the shorter body the longer one holds, 0 to 1: of the shingles that are its own where it has some."""
    covered: Floats
    """How much of the longer body the shorter one holds, 0 to 1."""
    shared: Integers
    """How many of the sampled shingles both have, stock included."""
    facts_same: Integers
    """Facts that stand in the same words in both."""
    facts_changed: Integers
    """Contexts that both have with another fact in them."""
    near: NDArray[np.bool_]
    """Whether they are one text."""

    def __len__(self) -> int:
        return len(self.left)


class Bodies:
    """The prints of all bodies, ready to be compared."""

    def __init__(self, prints: Prints, publishers: Integers | None = None) -> None:
        """:param publishers: of each body, the number of who published it first; -1 where nothing says."""
        self._prints = prints
        self._publishers = np.full(len(prints), -1) if publishers is None else publishers
        self._shingle_starts = prints.shingle_ends - np.diff(prints.shingle_ends, prepend=0)
        self._fact_starts = prints.fact_ends - np.diff(prints.fact_ends, prepend=0)
        self.words = prints.words
        self.ranks = self._rank()
        """An order of the bodies that depends on what they say alone, not on which was read first."""
        self._stock = np.zeros(len(prints.shingles), np.bool_)
        self._order: Integers = np.empty(0, np.int64)
        self._keys: Wide = np.empty(0, np.uint64)

    def __len__(self) -> int:
        return len(self._prints)

    def _rank(self) -> Integers:
        prints = self._prints
        counts = prints.shingle_ends - self._shingle_starts
        keys: list[Integers] = [prints.words]
        for place in reversed(range(_RANKED_BY)):
            smallest = np.full(len(prints), -1, np.int64)
            has = counts > place
            smallest[has] = prints.shingles[self._shingle_starts[has] + place]
            keys.append(smallest)
        ranks = np.empty(len(prints), np.int64)
        ranks[np.lexsort(keys)] = np.arange(len(prints))
        return ranks

    def find_near(self) -> Pairs:
        """Return the pairs of bodies that share text, each verified; not all pairs within a large group.

        In two passes. The first joins what is clearly one text, so that a story that many printed counts once; then a
        shingle that is left in several texts is stock, and the second pass looks at what is not.
        """
        parts = [self.compare(left, right) for left, right in self._candidates()]
        pairs = join_pairs(parts)
        pairs = select(pairs, pairs.held >= SHARES_TEXT)
        clear = select(pairs, pairs.held >= _CLEARLY_HELD)
        components = Components(len(self))
        components.join(clear.left, clear.right)
        self._stock = self._mark_stock(components.roots())
        pairs = self.compare(pairs.left, pairs.right)
        # Again: of a story that many printed, what was joined now is no longer stock, so that more of it is joined.
        joined: list[Pairs] = []
        for _ in range(_ROUNDS):
            found, pairs = select(pairs, None), select(pairs, ~pairs.near)
            joined.append(found)
            if not len(found):
                break
            components.join(found.left, found.right)
            self._stock = self._mark_stock(components.roots())
            pairs = self.compare(pairs.left, pairs.right)
        return join_pairs([*joined, pairs])

    def compare(self, left: Integers, right: Integers) -> Pairs:
        """Compare the bodies ``left`` with the bodies ``right``, pair by pair."""
        parts = [
            self._compare(left[start : start + _PAIRS_AT_ONCE], right[start : start + _PAIRS_AT_ONCE])
            for start in range(0, len(left), _PAIRS_AT_ONCE)
        ]
        return join_pairs(parts)

    def _candidates(self) -> Iterator[tuple[Integers, Integers]]:
        """Pairs that share anchors: each body of a bucket with the one before it, and with the bucket's first.

        Bodies whose smallest hashes agree stand beside one another in a bucket, so that this linear number of pairs
        holds together what belongs together, however large the bucket.
        """
        keys = self._anchors()
        if len(keys) < 2:
            return
        self._keys = keys
        features, owners = keys >> np.uint64(32), (keys & _LOW).astype(np.int64)
        same = features[1:] == features[:-1]
        heads = np.flatnonzero(np.concatenate([[True], ~same]))
        sizes = np.diff(np.append(heads, len(keys)))
        bucket = np.repeat(np.arange(len(heads)), sizes)
        follows = np.flatnonzero(same) + 1
        if not len(follows):
            return
        after_second = follows[follows - heads[bucket[follows]] > 1]
        left = np.concatenate([owners[follows - 1], owners[heads[bucket[after_second]]]])
        right = np.concatenate([owners[follows], owners[after_second]])
        weights = sizes[np.concatenate([bucket[follows], bucket[after_second]])] <= _SMALL_BUCKET
        del features, owners, same, bucket, follows, after_second
        pairs = (np.minimum(left, right).astype(np.uint64) << np.uint64(32)) | np.maximum(left, right).astype(
            np.uint64
        )
        del left, right
        order = np.argsort(pairs, kind="stable")
        pairs, weights = pairs[order], weights[order]
        heads = np.flatnonzero(np.concatenate([[True], pairs[1:] != pairs[:-1]]))
        votes = np.diff(np.append(heads, len(pairs)))
        telling = np.add.reduceat(weights.astype(np.int32), heads)
        # One anchor shared in a large bucket is a stock phrase; in a small one it may be a short copy's only one.
        chosen = pairs[heads[(votes >= 2) | (telling >= 1)]]
        left, right = (chosen >> np.uint64(32)).astype(np.int64), (chosen & _LOW).astype(np.int64)
        back = self._order
        yield back[left], back[right]

    def find_sharers(self, rows: Integers) -> Pairs:
        """Compare a few bodies with all that share an anchor with them, up to 16 an anchor; after :meth:`find_near`."""
        numbers = np.full(len(self), -1)
        numbers[self._order] = np.arange(len(self._order))
        owners = (self._keys & _LOW).astype(np.int64)
        mine = np.flatnonzero(np.isin(owners, numbers[rows]))
        starts = np.searchsorted(self._keys, self._keys[mine] & ~_LOW)
        ends = np.searchsorted(self._keys, self._keys[mine] | _LOW, side="right")
        lengths = np.minimum(ends - starts, _SHARERS)
        left = np.repeat(owners[mine], lengths)
        right = owners[spread(starts, lengths)]
        pairs = np.unique((left.astype(np.uint64) << np.uint64(32)) | right.astype(np.uint64))
        left, right = (
            self._order[(pairs >> np.uint64(32)).astype(np.int64)],
            self._order[(pairs & _LOW).astype(np.int64)],
        )
        apart = left != right
        return self.compare(left[apart], right[apart])

    def _anchors(self) -> Wide:
        """(hash, body) of the smallest shingles of each body, sorted; bodies are numbered by their smallest hashes."""
        prints = self._prints
        counts = prints.shingle_ends - self._shingle_starts
        known = np.flatnonzero((counts > 0) & (prints.words >= MIN_WORDS))
        self._order = known[np.argsort(self.ranks[known])]
        starts, lengths = self._shingle_starts[self._order], counts[self._order]
        first = spread(starts, np.minimum(lengths, _ANCHORS))
        owners = np.repeat(np.arange(len(self._order)), np.minimum(lengths, _ANCHORS))
        more_starts, more_lengths = starts + _ANCHORS, np.maximum(lengths - _ANCHORS, 0)
        # Shingles are sorted within their body: those below the limit stand first.
        more_lengths = np.minimum(more_lengths, np.maximum(lengths // 4, 0))
        more = spread(more_starts, more_lengths)
        more_owners = np.repeat(np.arange(len(self._order)), more_lengths)
        low = prints.shingles[more] < _ANCHOR_LIMIT
        hashes = np.concatenate([prints.shingles[first], prints.shingles[more[low]]])
        owners = np.concatenate([owners, more_owners[low]])
        keys = (hashes.astype(np.uint64) << np.uint64(32)) | owners.astype(np.uint64)
        keys.sort()
        return keys

    def _compare(self, left: Integers, right: Integers) -> Pairs:
        prints = self._prints
        rate = np.maximum(prints.rates[left], prints.rates[right])
        limit = np.uint64(1) << (np.uint64(32) - rate.astype(np.uint64))
        one = self._shingles_of(left, limit)
        other = self._shingles_of(right, limit)
        met, pairs = _meet(one.keys, other.keys)
        shared = np.bincount(pairs, minlength=len(left))
        shared_own = np.bincount(pairs[one.own[met]], minlength=len(left))
        one_counts, one_own, other_counts, other_own = (
            one.counts,
            one.own_counts,
            other.counts,
            other.own_counts,
        )
        del one, other, met, pairs
        smaller = np.minimum(one_counts, other_counts)
        larger = np.maximum(one_counts, other_counts)
        own = np.minimum(one_own, other_own)
        held_all = shared / np.maximum(smaller, 1)
        has_own = own >= _MIN_OWN
        held = np.where(has_own, np.minimum(held_all, shared_own / np.maximum(own, 1)), held_all)
        most_own = np.maximum(one_own, other_own)
        covered = np.where(has_own, shared_own / np.maximum(most_own, 1), shared / np.maximum(larger, 1))
        words_shared = shared * (np.int64(1) << rate.astype(np.int64))
        facts_same, facts_changed = self._compare_facts(left, right)
        facts = facts_same + facts_changed
        is_form = (facts_changed >= _MIN_CHANGED) & (facts_changed > MAX_CHANGED * facts)
        publishers = self._publishers[left]
        at_home = (publishers >= 0) & (publishers == self._publishers[right])
        enough = np.where(has_own, np.where(at_home, MIN_HELD_AT_HOME, MIN_HELD), MIN_HELD_OF_STOCK)
        # Facts in the same words, none of them changed, say as much as more of the text: editors reword all but them.
        vouched = (
            has_own
            & ~at_home
            & (facts_same >= _MIN_VOUCHING)
            & (facts_changed == 0)
            & (covered >= _MIN_COVERED_BY_FACTS)
        )
        enough = np.where(vouched, MIN_HELD_BY_FACTS, enough)
        near = (
            (held >= enough)
            & (covered >= np.where(at_home, MIN_COVERED_AT_HOME, 0.0))
            & (words_shared >= MIN_WORDS - 5)
            & ~is_form
            & (np.minimum(prints.words[left], prints.words[right]) >= MIN_WORDS)
        )
        low, high = np.minimum(left, right), np.maximum(left, right)
        return Pairs(low, high, held, covered, shared, facts_same, facts_changed, near)

    def _mark_stock(self, texts: Integers) -> NDArray[np.bool_]:
        """Whether each shingle stands in several of the ``texts``: of each the longest body counts.

        Counted in a table of at most 256 MB, with room for what shares a place in it by chance.
        """
        prints = self._prints
        lengths = np.diff(prints.shingle_ends, prepend=0)
        order = np.lexsort((-self.words, texts))
        heads = order[np.flatnonzero(np.diff(texts[order], prepend=-1))]
        chosen = prints.shingles[spread(self._shingle_starts[heads], lengths[heads])]
        bits = min(25, max(12, 2 + len(chosen).bit_length()))
        factor, shift = np.uint32(0x9E3779B1), np.uint32(32 - bits)
        counts = np.bincount((chosen * factor) >> shift, minlength=1 << bits)
        stock: NDArray[np.bool_] = counts[(prints.shingles * factor) >> shift] > STOCK_TEXTS + 2 * (
            len(chosen) >> bits
        )
        return stock

    def _shingles_of(self, rows: Integers, limit: Wide) -> "_Shingles":
        starts = self._shingle_starts[rows]
        lengths = self._prints.shingle_ends[rows] - starts
        places = spread(starts, lengths)
        pairs = np.repeat(np.arange(len(rows), dtype=np.uint64), lengths)
        hashes = self._prints.shingles[places]
        kept = hashes < np.repeat(limit, lengths)
        if not kept.all():
            places, pairs, hashes = places[kept], pairs[kept], hashes[kept]
        own = ~self._stock[places]
        which = pairs.astype(np.int64)
        return _Shingles(
            keys=(pairs << np.uint64(32)) | hashes,
            own=own,
            counts=np.bincount(which, minlength=len(rows)),
            own_counts=np.bincount(which[own], minlength=len(rows)),
        )

    def _compare_facts(self, left: Integers, right: Integers) -> tuple[Integers, Integers]:
        one, one_facts = self._facts_of(left)
        other, other_facts = self._facts_of(right)
        place = np.searchsorted(other, one)
        place[place == len(other)] = 0
        met = np.flatnonzero(other[place] == one) if len(other) else np.empty(0, np.int64)
        pairs = (one[met] >> np.uint64(32)).astype(np.int64)
        same = one_facts[met] == other_facts[place[met]]
        count = len(left)
        return np.bincount(pairs[same], minlength=count), np.bincount(pairs[~same], minlength=count)

    def _facts_of(self, rows: Integers) -> tuple[Wide, Hashes]:
        starts = self._fact_starts[rows]
        lengths = self._prints.fact_ends[rows] - starts
        places = spread(starts, lengths)
        pairs = np.repeat(np.arange(len(rows), dtype=np.uint64), lengths)
        keys = (pairs << np.uint64(32)) | self._prints.contexts[places].astype(np.uint64)
        return keys, self._prints.facts[places]


def join_pairs(parts: list[Pairs]) -> Pairs:
    """Put pairs behind one another."""
    whole, real, truth = np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.bool_)
    return Pairs(
        np.concatenate([whole, *(part.left for part in parts)]),
        np.concatenate([whole, *(part.right for part in parts)]),
        np.concatenate([real, *(part.held for part in parts)]),
        np.concatenate([real, *(part.covered for part in parts)]),
        np.concatenate([whole, *(part.shared for part in parts)]),
        np.concatenate([whole, *(part.facts_same for part in parts)]),
        np.concatenate([whole, *(part.facts_changed for part in parts)]),
        np.concatenate([truth, *(part.near for part in parts)]),
    )


def select(pairs: Pairs, chosen: NDArray[np.bool_] | None) -> Pairs:
    """Return the chosen ones of pairs; without a choice those that are near."""
    kept = pairs.near if chosen is None else chosen
    return Pairs(
        *(
            getattr(pairs, name)[kept]
            for name in ("left", "right", "held", "covered", "shared", "facts_same", "facts_changed", "near")
        )
    )


@dataclass(frozen=True, slots=True)
class _Shingles:
    """The shingles of one side of many pairs."""

    keys: Wide
    """(pair, hash), sorted."""
    own: NDArray[np.bool_]
    """Whether each is not stock."""
    counts: Integers
    """How many each pair has."""
    own_counts: Integers


def _meet(one: Wide, other: Wide) -> tuple[Integers, Integers]:
    """Where keys of one side stand that the other has too, and the pair of each; both are sorted, without repeats."""
    both = np.concatenate([one, other])
    order = np.argsort(both, kind="stable")  # two sorted runs: merged in one pass
    both = both[order]
    met = order[np.flatnonzero(both[1:] == both[:-1])]
    return met, (one[met] >> np.uint64(32)).astype(np.int64)

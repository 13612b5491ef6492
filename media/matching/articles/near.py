"""Finds bodies that are nearly the same: edited, cut, with another lede, or inside another page's furniture.

Bodies are candidates if they share some of the shingles with the smallest hashes. Each candidate is verified by all of
its shingles and facts. The measure is the share of the shorter body that the longer one holds.

Two kinds of texts look like copies but are not. Some share a *stock paragraph* or a page's furniture: shingles that
stand in many bodies do not count. Others are made from a *form* (weather, markets, sport tables, notices): their
sentences are the same, but the names and figures in them are not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.matching.articles.candidates import Anchors
from media.matching.articles.overlap import find_shared, gather, sum_stretches
from media.matching.articles.prints import Prints
from media.matching.articles.stock import Stock
from media.matching.articles.words import Integers
from media.matching.components import Components

Floats = NDArray[np.float64]

MIN_WORDS: Final = 30
"""Shorter bodies are compared as a whole only: thirty words is a long sentence."""
MIN_HELD: Final = 0.5
"""The least share of the shorter body's shingles, without stock, in the longer one: docs/accuracy.md, "Stories"."""
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
_MIN_OWN: Final = 8
"""Fewer shingles that are not stock say nothing by themselves."""
MAX_CHANGED: Final = 0.34
"""The share of the facts in the same words that may differ. If more do, both texts are made from one form."""
_MIN_CHANGED: Final = 2
SHARES_TEXT: Final = 0.15
"""Enough to say that a page holds a piece of another."""
ALIKE_AT_ONE_ADDRESS: Final = 0.3
"""Enough for two captures of one address to be one story: the address says so already."""

_COMMON_RATE: Final = np.uint8(1)
_RANKED_BY: Final = 4
_PAIRS_AT_ONCE: Final = 4096
CLEARLY_HELD: Final = 0.65
_ROUNDS: Final = 6
"""Each joins a tenth of what the one before it did."""
_ROUNDS_BY_SHARE: Final = 3
"""From this one on, or once nothing more joins, they ask what stock makes up most of its texts: what many texts say for
the most part is known to be one by then."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of bodies by their numbers, ``left < right``, and how alike they are."""

    left: Integers
    right: Integers
    held: Floats
    """The share of the shorter body that the longer one holds, 0 to 1; of its own shingles if it has some."""
    covered: Floats
    """The share of the longer body that the shorter one holds, 0 to 1."""
    shared: Integers
    """The number of sampled shingles that both have, including stock."""
    facts_same: Integers
    """Facts that stand in the same words in both."""
    facts_changed: Integers
    """Contexts that both have with another fact in them."""
    near: NDArray[np.bool_]
    """True for pairs that are one text."""

    def __len__(self) -> int:
        return len(self.left)


class Bodies:
    """The prints of all bodies, ready to be compared."""

    def __init__(
        self,
        prints: Prints,
        publishers: Integers | None = None,
        pages: Integers | None = None,
        headlines: Integers | None = None,
    ) -> None:
        """Take the prints of bodies.

        :param publishers: of each body, the number of who published it first; -1 where nothing says.
        :param pages: of each body, the number of the page that first showed it; without them each is a page of its own.
        :param headlines: of each body, the number of its headline; -1 where it has none that says anything.
        """
        self._prints = prints
        self._publishers = np.full(len(prints), -1) if publishers is None else publishers
        self._headlines = np.full(len(prints), -1) if headlines is None else headlines
        self._counts = np.diff(prints.shingle_ends, prepend=0)
        self._starts = prints.shingle_ends - self._counts
        self._fact_counts = np.diff(prints.fact_ends, prepend=0)
        self._fact_starts = prints.fact_ends - self._fact_counts
        self.words = prints.words
        self.ranks = self._rank()
        """An order of the bodies that depends on what they say alone, not on which was read first."""
        rows = np.arange(len(prints))
        common = self._sampled(rows, np.maximum(prints.rates, _COMMON_RATE))
        self._stock = Stock(prints, self._publishers, rows if pages is None else pages, common)
        self._anchors: Anchors | None = None

    def __len__(self) -> int:
        return len(self._prints)

    def _rank(self) -> Integers:
        keys: list[Integers] = [self._prints.words]
        for place in reversed(range(_RANKED_BY)):
            smallest = np.full(len(self), -1, np.int64)
            has = self._counts > place
            smallest[has] = self._prints.shingles[self._starts[has] + place]
            keys.append(smallest)
        ranks = np.empty(len(self), np.int64)
        ranks[np.lexsort(keys)] = np.arange(len(self))
        return ranks

    def find_near(self) -> Pairs:
        """Return the pairs of bodies that share text, each verified; not all pairs within a large group.

        In two passes. The first joins what is clearly one text, so that a story that many printed counts once; then a
        shingle that is left in several texts is stock, and the second pass looks at what is not. What a pair shares is
        looked up once; the passes count what of it is stock.
        """
        self._anchors = Anchors(self._prints, self.ranks, MIN_WORDS)
        components = Components(len(self))
        meetings: list[_Meetings] = []
        for met in self._meet_all(*self._anchors.find_pairs()):
            pairs = self._judge(met)
            clear = select(pairs, pairs.held >= CLEARLY_HELD)
            components.join(clear.left, clear.right)
            meetings.append(met.keep(pairs.held >= SHARES_TEXT))
        done: list[Pairs] = []
        # Again: once copies of a story that many printed are joined, its text is not stock, and more can join.
        by_share = False
        for number in range(_ROUNDS):
            by_share |= number >= _ROUNDS_BY_SHARE
            self._stock.mark(components.roots(), by_share=by_share)
            judged = [self._judge(met) for met in meetings]
            found = join_pairs([select(pairs, pairs.near) for pairs in judged])
            if not len(found):
                if by_share:
                    break
                by_share = True
                continue
            done.append(found)
            components.join(found.left, found.right)
            meetings = [met.keep(~pairs.near) for met, pairs in zip(meetings, judged, strict=True)]
            judged = [select(pairs, ~pairs.near) for pairs in judged]
        self._stock.settle()
        return join_pairs([*done, *judged])

    def compare(self, left: Integers, right: Integers) -> Pairs:
        """Compare the bodies ``left`` with the bodies ``right``, pair by pair."""
        return join_pairs([self._judge(met) for met in self._meet_all(left, right)])

    def compare_sharers(self, rows: Integers) -> Pairs:
        """Compare a few bodies with those that share anchors with them; after :meth:`find_near`."""
        assert self._anchors is not None  # noqa: S101 - the order of calls, which is this package's own
        return self.compare(*self._anchors.find_sharers(rows))

    def _meet_all(self, left: Integers, right: Integers) -> Iterator["_Meetings"]:
        for start in range(0, len(left), _PAIRS_AT_ONCE):
            yield self._meet(left[start : start + _PAIRS_AT_ONCE], right[start : start + _PAIRS_AT_ONCE])

    def _meet(self, left: Integers, right: Integers) -> "_Meetings":
        """Look up what the two bodies of each pair share, by the coarser of their samplings."""
        rate = np.maximum(self._prints.rates[left], self._prints.rates[right])
        left_counts, right_counts = self._sampled(left, rate), self._sampled(right, rate)
        shingles = self._prints.shingles
        shared, places = find_shared(
            gather(shingles, self._starts[left], left_counts),
            gather(shingles, self._starts[right], right_counts),
        )
        are_shared = np.zeros(int(left_counts.sum()), np.bool_)
        are_shared[np.repeat(np.cumsum(left_counts) - left_counts, shared) + places] = True
        facts_same, facts_changed = self._compare_facts(left, right)
        return _Meetings(
            left,
            right,
            left_counts,
            right_counts,
            shared,
            np.packbits(are_shared),
            facts_same,
            facts_changed,
        )

    def _sampled(self, rows: Integers, rate: NDArray[np.uint8]) -> Integers:
        """Return how many shingles each body has below the limit of a rate: they stand first."""
        low, high = self._starts[rows], self._prints.shingle_ends[rows]
        finer = np.flatnonzero(self._prints.rates[rows] < rate)
        limit = np.uint64(1) << (np.uint64(32) - rate[finer].astype(np.uint64))
        bottom, top = low[finer], high[finer]
        while len(finer) and (apart := bottom < top).any():  # all of them halved at once
            middle = (bottom + top) // 2
            below = apart & (
                self._prints.shingles[np.minimum(middle, len(self._prints.shingles) - 1)] < limit
            )
            bottom = np.where(below, middle + 1, bottom)
            top = np.where(apart & ~below, middle, top)
        high[finer] = bottom
        return np.asarray(high - low)

    def _judge(self, met: "_Meetings") -> Pairs:
        """Say how alike the bodies of each pair are, by what counts as stock now."""
        left, right, shared = met.left, met.right, met.shared
        publishers = self._publishers[left]
        at_home = (publishers >= 0) & (publishers == self._publishers[right])
        are_shared = met.read_shared()
        shared_own, in_a_third = self._stock.count_shared(left, met.left_counts, are_shared, at_home)
        left_own = self._stock.count_own(left, met.left_counts, at_home)
        right_own = self._stock.count_own(right, met.right_counts, at_home)
        own, most_own = np.minimum(left_own, right_own), np.maximum(left_own, right_own)
        smaller = np.minimum(met.left_counts, met.right_counts)
        larger = np.maximum(met.left_counts, met.right_counts)
        has_own = own >= _MIN_OWN
        held_all = shared / np.maximum(smaller, 1)
        held = np.where(has_own, np.minimum(held_all, shared_own / np.maximum(own, 1)), held_all)
        covered = np.where(has_own, shared_own / np.maximum(most_own, 1), shared / np.maximum(larger, 1))
        # Two publishers that print a passage under one headline print one story, even if others have the passage too.
        same_headline = ~at_home & (self._headlines[left] >= 0)
        same_headline &= self._headlines[left] == self._headlines[right]
        titled = same_headline & (met.facts_changed == 0)
        held = np.where(titled, held_all, held)
        rate = np.maximum(self._prints.rates[left], self._prints.rates[right]).astype(np.int64)
        facts = met.facts_same + met.facts_changed
        is_form = (met.facts_changed >= _MIN_CHANGED) & (met.facts_changed > MAX_CHANGED * facts)
        enough = np.where(has_own, np.where(at_home, MIN_HELD_AT_HOME, MIN_HELD), MIN_HELD_OF_STOCK)
        # Facts in the same words, none of them changed, say as much as more of the text: editors reword all but them.
        # A passage that three unlike texts have is what they report on, with all of its facts.
        vouched = (
            has_own
            & ~at_home
            & (met.facts_same >= _MIN_VOUCHING)
            & (met.facts_changed == 0)
            & (covered >= _MIN_COVERED_BY_FACTS)
            & (same_headline | (2 * in_a_third <= shared))
        )
        near = (
            (held >= np.where(vouched | titled, MIN_HELD_BY_FACTS, enough))
            & (covered >= np.where(at_home, MIN_COVERED_AT_HOME, 0.0))
            & (shared << rate >= MIN_WORDS - 5)
            & ~is_form
            & (np.minimum(self.words[left], self.words[right]) >= MIN_WORDS)
        )
        low, high = np.minimum(left, right), np.maximum(left, right)
        return Pairs(low, high, held, covered, shared, met.facts_same, met.facts_changed, near)

    def _compare_facts(self, left: Integers, right: Integers) -> tuple[Integers, Integers]:
        """Count the contexts that both have: with the same fact in them, and with another."""
        contexts, facts = self._prints.contexts, self._prints.facts
        one = gather(contexts, self._fact_starts[left], self._fact_counts[left])
        other = gather(contexts, self._fact_starts[right], self._fact_counts[right])
        counts, places = find_shared(one, other)
        _, other_places = find_shared(other, one)
        same = (
            facts[np.repeat(self._fact_starts[left], counts) + places]
            == facts[np.repeat(self._fact_starts[right], counts) + other_places]
        )
        alike = sum_stretches(same, counts)
        return alike, counts - alike


@dataclass(frozen=True, slots=True)
class _Meetings:
    """The shingles that the bodies of many pairs share, whether or not they are stock."""

    left: Integers
    right: Integers
    left_counts: Integers
    """The number of shingles of each left body that were examined."""
    right_counts: Integers
    shared: Integers
    are_shared: NDArray[np.uint8]
    """Whether each examined shingle of the left body is shared: one bit per shingle, pair after pair."""
    facts_same: Integers
    facts_changed: Integers

    def read_shared(self) -> NDArray[np.bool_]:
        return np.unpackbits(self.are_shared, count=int(self.left_counts.sum())).view(np.bool_)

    def keep(self, chosen: NDArray[np.bool_]) -> "_Meetings":
        return _Meetings(
            self.left[chosen],
            self.right[chosen],
            self.left_counts[chosen],
            self.right_counts[chosen],
            self.shared[chosen],
            np.packbits(self.read_shared()[np.repeat(chosen, self.left_counts)]),
            self.facts_same[chosen],
            self.facts_changed[chosen],
        )


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

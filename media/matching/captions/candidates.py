"""Which keys are worth comparing: those that share all but a few words, those that hold another,
and those that are alike but for dates and numbers.

Dates and numbers are covered for the join of edits: keys that are alike under the cover are one row,
so that ten thousand daily captions that only differ in their date are not fifty million pairs.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from media.captions.key import read_date_word
from media.captions.months import MONTHS
from media.matching.captions.containment import HeldKeys, collect_holders, find_holders
from media.matching.captions.edits import EditRows, Pairs, join_share, nearest, spread
from media.matching.captions.key_rows import (
    Vocabulary,
    cover,
    facts_among,
    group_rows,
    read_rows,
    take_rows,
)
from media.matching.captions.vocabulary import CALENDAR_WORDS, FUNCTION_WORDS
from media.matching.captions.words import Hashes, Ints, mix
from media.matching.runner import HERE, Runner

Mask = NDArray[np.bool_]

_Value = TypeVar("_Value")

CROSS_PAIRS = 16
"""The most pairs that are all compared if two rows represent several keys each. If there are more, only those with the
same dates and numbers are compared."""
_ROWS_AT_ONCE = 1 << 14
_DATE_CHARS = 16
"""The most characters of a date in a key, with the space after it."""
_LEAST_WORDS_UNCOVERED = 3
"""Under fewer words, dates and numbers are all that is said."""
_MAX_SERIES = 10
"""More captions than this that differ in one date or number are a series (a daily chart), no mistake."""


@dataclass(frozen=True, slots=True)
class Series:
    """Keys that differ in one date or number only, at one place."""

    keys: tuple[int, ...]
    words: tuple[str, ...]
    """The words that each of them has there."""


class Candidates:
    """The candidates among distinct keys, in their sorted order; a key is its index from here on."""

    def __init__(
        self,
        keys: Sequence[str],
        cut_short: Collection[int] = (),
        gone: Collection[int] = (),
        runner: Runner = HERE,
    ) -> None:
        self._keys = keys
        self._runner = runner
        self._gone = frozenset(gone)
        self._rows = read_rows(keys, cut_short)
        order, starts, sizes = group_rows(self._rows.row)
        # Rows in the order of their first keys, which the join falls back on for forms.
        in_order = np.argsort(order[starts])
        self._order, self._sizes = order[spread(starts[in_order], sizes[in_order])], sizes[in_order]
        self._starts = np.cumsum(self._sizes) - self._sizes
        self._vocabulary = Vocabulary.of(*self._covered(), self._rows.first_words)
        self._edit_rows: Callable[[], EditRows] | None = None
        self._held_keys: Callable[[], HeldKeys] | None = None
        self.crowds: Ints = np.zeros(len(keys), np.int32)
        """The number of keys that share the words of each key, if it was compared only with the nearest of them;
        0 if it was compared with all. Filled by :meth:`edits` and :meth:`holders`."""
        self.is_cut: Mask = self._rows.held_words < np.diff(self._rows.offsets)
        """Whether only a part of a key is searched for."""

    def _covered(self) -> tuple[Hashes, NDArray[np.int64]]:
        """Return the words of each row under their cover, and the offsets of the rows."""
        words = cover(self._rows.words, self._rows.kinds)
        return take_rows(words, self._rows.offsets, self._order[self._starts])

    def row_pairs(self, touched: Mask | None = None) -> Pairs:
        """Return all pairs of rows that share all but a few words; a row is a key, or several alike under the cover.

        :param touched: if given, only pairs with at least one touched row.
        """
        if (rows := self._edit_rows) is None:
            covered, offsets = self._covered()
            made = EditRows.of(self._vocabulary.ranked(covered, offsets)[0], offsets)
            rows = self._runner.share("rows", made)
        self._edit_rows = self._again(touched, rows)
        found = [np.zeros((0, 3), np.int64)]
        shares = self._runner.shares
        for pairs, crowds in self._runner.run(
            "join_edits", partial(join_share, rows, touched, shares), range(shares)
        ):
            found.append(pairs)
            if len(crowds):
                np.maximum.at(self.crowds, self._order, np.repeat(crowds, self._sizes))
        pairs = np.concatenate(found)
        return pairs if shares == 1 else np.unique(pairs, axis=0)

    def edits(self, touched: Mask | None = None) -> Pairs:
        """Return pairs of keys that share all but a few words; of a form that was filled in many times, the nearest."""
        pairs = self.row_pairs(
            None if touched is None else np.logical_or.reduceat(touched[self._order], self._starts)
        )
        row = np.repeat(np.arange(len(self._sizes)), self._sizes)
        here = np.ones(len(row), bool)
        here[[*self._gone]] = False
        pairs = RowMembers(row, self._order, self._rows.facts[self._order], here[self._order]).cross(pairs)
        pairs = self._nearest(pairs, 0)
        return self._nearest(pairs, 1)[:, :2]

    def _nearest(self, pairs: Pairs, side: Literal[0, 1]) -> Pairs:
        kept, counts = nearest(pairs, side)
        np.maximum.at(self.crowds, pairs[~kept, side], counts[~kept].astype(np.int32))
        return pairs[kept]

    def holders(self, touched: Mask | None = None) -> Pairs:
        """Return pairs (held, holder): all words of one stand in the other, one behind the other.

        :param touched: if given, only pairs with at least one touched key.
        """
        if (keys := self._held_keys) is None:
            rows = self._rows
            uses = self._vocabulary.counts(rows.words)
            keys = self._runner.share("held", HeldKeys.of(rows.words, rows.offsets, rows.held_words, uses))
        self._held_keys = self._again(touched, keys)
        shares = self._runner.shares
        found = self._runner.run("find_holders", partial(find_holders, keys, touched, shares), range(shares))
        return collect_holders(self._noted(found))

    def _noted(self, found: Iterator[tuple[Pairs, Pairs]]) -> Iterator[Pairs]:
        for pairs, crowded in found:
            np.maximum.at(self.crowds, crowded[:, 0], crowded[:, 1].astype(np.int32))
            yield pairs

    def _again(self, touched: Mask | None, value: _Value) -> _Value | None:
        """Return who asks for touched keys asks again; who asks for all does not, and the memory is better freed."""
        return None if touched is None else value

    def series(self, touched: Mask | None = None) -> Iterator[Series]:
        """Keys alike but for one date or number."""
        alike = self._sizes > 1
        if touched is not None:
            alike &= np.logical_or.reduceat(touched[self._order], self._starts)
        for row in np.flatnonzero(alike):
            keys = self._order[self._starts[row] : self._starts[row] + self._sizes[row]]
            yield from series_of(keys.tolist(), [self._keys[key] for key in keys], self._here)

    def _here(self, keys: list[int]) -> int:
        """Return how many of some keys are still in the archive."""
        return sum(key not in self._gone for key in keys)

    def is_cut_from(self, held: int, holder: int) -> bool:
        """Return whether `held` may have been cut from `holder` (:func:`is_cut_from`)."""
        return is_cut_from(self._keys[held], int(self._rows.held_words[held]), self._keys[holder])


def series_of(
    numbers: Sequence[int], keys: Sequence[str], here: Callable[[list[int]], int] = len
) -> Iterator[Series]:
    """Yield the series among keys that are alike under the cover.

    :param here: how many of some keys are still in the archive.
    """
    split = [key.split() for key in keys]
    _, is_fact = facts_among(split[0])
    places = np.flatnonzero(is_fact).tolist()
    uncovered = sum(word not in FUNCTION_WORDS for word in split[0]) - len(places)
    if uncovered < _LEAST_WORDS_UNCOVERED:
        return
    facts = [[words[place] for place in places] for words in split]
    # The facts of a key as a sum of hashes: less one of them, it is what its series has in common.
    hashes = [[hash((slot, fact)) for slot, fact in enumerate(each)] for each in facts]
    sums = list(map(sum, hashes))
    for slot in range(len(places)):
        groups: dict[int, list[int]] = {}
        for index, each in enumerate(hashes):
            groups.setdefault(sums[index] - each[slot], []).append(index)
        for group in groups.values():
            if len(group) > 1 and here([numbers[index] for index in group]) <= _MAX_SERIES:
                yield Series(
                    tuple(numbers[index] for index in group), tuple(facts[index][slot] for index in group)
                )


@dataclass(frozen=True, slots=True)
class RowMembers:
    """The keys that rows stand for: arrays of one length, sorted by row, then by key."""

    row: NDArray[np.int64]
    key: NDArray[np.int64]
    facts: Hashes
    """The same for keys that name the same dates and numbers."""
    here: Mask
    """Whether the key is still in the archive."""

    def cross(self, rows: Pairs) -> Pairs:
        """Return the pairs of keys to compare: all of two rows if they are few, else those that name the same facts."""
        starts = np.flatnonzero(np.diff(self.row, prepend=-1))
        sizes = np.diff(np.append(starts, len(self.row)))
        ids = self.row[starts]
        here = np.add.reduceat(self.here.astype(np.int64), starts) if len(starts) else sizes
        named = mix(np.repeat(np.arange(len(ids)), sizes)) ^ mix(self.facts)
        by_named = np.argsort(named, kind="stable")
        named = named[by_named]
        found = [np.zeros((0, 3), np.int64)]
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            some = rows[start : start + _ROWS_AT_ONCE]
            one, other = np.searchsorted(ids, some[:, 0]), np.searchsorted(ids, some[:, 1])
            # From the smaller row, so that a large one is not gone through for each of its many edits.
            one, other = np.where(sizes[one] <= sizes[other], (one, other), (other, one))
            few = np.repeat(here[one] * here[other] <= CROSS_PAIRS, sizes[one])
            pair = np.repeat(np.arange(len(some)), sizes[one])
            member = spread(starts[one], sizes[one])
            wanted = mix(other[pair]) ^ mix(self.facts[member])
            first = np.searchsorted(named, wanted)
            alike = np.minimum(np.searchsorted(named, wanted, side="right") - first, CROSS_PAIRS)
            for chosen, order, begin, count in (
                (few, np.arange(len(self.row)), starts[other][pair], sizes[other][pair]),
                (~few, by_named, first, alike),
            ):
                count = count[chosen]
                one_key = np.repeat(self.key[member[chosen]], count)
                other_key = self.key[order[spread(begin[chosen], count)]]
                apart = np.repeat(some[pair[chosen], 2], count)
                found.append(
                    np.column_stack([np.minimum(one_key, other_key), np.maximum(one_key, other_key), apart])
                )
        return np.concatenate(found)


def is_cut_from(held: str, found: int, holder: str) -> bool:
    """Return whether `holder` continues as `held` does after its first `found` words: with the same small words, and
    then with the date that was cut off, or the word that was cut in half.
    """
    words = held.split()
    if found == len(words):
        return True
    kept, rest = f" {' '.join(words[:found])} ", words[found:]
    text = f" {holder} "
    chars = sum(map(len, rest)) + _DATE_CHARS * len(rest)
    at = text.find(kept)
    while at >= 0:
        behind = at + len(kept)
        if _goes_on(rest, text[behind : behind + chars].split(maxsplit=len(rest))):
            return True
        at = text.find(kept, at + 1)
    return False


def _goes_on(rest: list[str], others: list[str]) -> bool:
    """Return whether `others` begins with `rest`, but for a date in parts or half a word at the end."""
    for place, word in enumerate(rest):
        if place >= len(others):
            return False
        other = others[place]
        date = read_date_word(other)
        if date is not None and (
            word in CALENDAR_WORDS or word[0].isdigit() or read_date_word(word) is not None
        ):
            month = MONTHS.get(word)
            return month is None or f"-{month:02d}" in date
        if other != word:
            return place == len(rest) - 1 and other.startswith(word)
    return True

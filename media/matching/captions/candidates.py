"""Which keys are worth comparing: those that share all but a few words, those that hold another,
and those that are alike but for dates and numbers.

Dates and numbers are covered for the join of edits: keys that are alike under the cover are one row,
so that ten thousand daily captions that only differ in their date are not fifty million pairs.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from media.captions.key import read_date_word
from media.captions.months import MONTHS
from media.matching.captions.containment import ContainmentJoin
from media.matching.captions.edits import EditJoin, Pairs, nearest, spread
from media.matching.captions.vocabulary import CALENDAR_WORDS, FUNCTION_WORDS, NUMBER_WORDS
from media.matching.captions.words import Hashes, Ints, WordTable, mix, read_words

Mask = NDArray[np.bool_]

CROSS_PAIRS = 16
"""Of two rows that stand for several keys each, all pairs are compared up to this many; beyond it
only those that name the same dates and numbers."""
_ROWS_AT_ONCE = 1 << 14
_PAIRS_AT_ONCE = 1 << 18
_TRAILING_WORDS = 4
"""A caption that was cut short may end in the middle of a date or phrase: so many small words at its
end need not be found."""
_DATE_CHARS = 16
"""Of a date in a key, and the space behind it, at most."""
_LEAST_WORDS_UNCOVERED = 3
"""Under fewer words, dates and numbers are all that is said."""
_MAX_SERIES = 10
"""More captions than this that differ in one date or number are a series (a daily chart), no mistake."""


@dataclass(frozen=True, slots=True)
class Series:
    """Keys that differ in one date or number only, at one place."""

    keys: tuple[int, ...]
    words: tuple[str, ...]
    """What each of them has there."""


class Candidates:
    """The candidates among distinct keys, in their sorted order; a key is its index from here on."""

    def __init__(
        self, keys: Sequence[str], cut_short: Collection[int] = (), gone: Collection[int] = ()
    ) -> None:
        self._keys = keys
        self._gone = frozenset(gone)
        self._kept_edits: EditJoin | None = None
        self._kept_holders: ContainmentJoin | None = None
        self._table = read_words(keys)
        words = self._table.words
        self._is_date, self._is_fact = facts_among(words)
        self._cover()
        self.crowds: Ints = np.zeros(len(keys), np.int32)
        """Of each key how many share its words, where it was compared with the nearest of them only; 0:
        with all. Filled by :meth:`edits` and :meth:`holders`."""
        self.held_words = words_to_find(self._table, cut_short)
        self.is_cut: Mask = self.held_words < self._table.lengths
        """Whether what is looked for of a key is less than the whole of it."""

    def edits(self, touched: Mask | None = None) -> Iterator[Pairs]:
        """Pairs of keys that share all but a few words; of a form that was filled in many times, the nearest."""
        rows = None if touched is None else np.logical_or.reduceat(touched[self._order], self._starts)
        join = self._edit_join(touched is not None)
        found = [np.zeros((0, 3), np.int64), *join.pairs(rows)]
        pairs = np.concatenate(found)
        del found
        row = np.repeat(np.arange(len(self._sizes)), self._sizes)
        here = np.ones(len(row), bool)
        here[[*self._gone]] = False
        pairs = RowMembers(row, self._order, self._facts[self._order], here[self._order]).cross(pairs)
        np.maximum.at(self.crowds, self._order, np.repeat(join.crowds, self._sizes))
        pairs = self._nearest(pairs, 0)
        pairs = self._nearest(pairs, 1)
        for start in range(0, len(pairs), _PAIRS_AT_ONCE):
            yield pairs[start : start + _PAIRS_AT_ONCE, :2]

    def _nearest(self, pairs: Pairs, side: Literal[0, 1]) -> Pairs:
        kept, counts = nearest(pairs, side)
        np.maximum.at(self.crowds, pairs[~kept, side], counts[~kept].astype(np.int32))
        return pairs[kept]

    def holders(self, touched: Mask | None = None) -> Pairs:
        """Pairs (held, holder): all words of one stand in the other, one behind the other."""
        join = self._containment_join(touched is not None)
        pairs = join.pairs(touched)
        self.crowds = np.maximum(self.crowds, join.crowds)
        return pairs

    def _edit_join(self, again: bool) -> EditJoin:
        """Return the prepared join. Who asks for touched keys asks again; who asks for all does not, and the
        memory is better freed.
        """
        join = self._kept_edits or EditJoin(self._covered)
        self._kept_edits = join if again else None
        return join

    def _containment_join(self, again: bool) -> ContainmentJoin:
        join = self._kept_holders or ContainmentJoin(self._table, self.held_words)
        self._kept_holders = join if again else None
        return join

    def series(self, touched: Mask | None = None) -> Iterator[Series]:
        """Keys alike but for one date or number."""
        alike = self._sizes > 1
        if touched is not None:
            alike &= np.logical_or.reduceat(touched[self._order], self._starts)
        for row in np.flatnonzero(alike):
            keys = self._order[self._starts[row] : self._starts[row] + self._sizes[row]]
            yield from series_of(keys.tolist(), [self._keys[key] for key in keys], self._here)

    def _cover(self) -> None:
        """Group the keys that are alike under the cover; one row of `_covered` a group."""
        table = self._table
        date, number = len(table.words), len(table.words) + 1
        covers = np.arange(len(table.words), dtype=np.int32)
        covers[self._is_fact] = number
        covers[self._is_date] = date
        sequence = covers[table.sequence] if len(table.sequence) else table.sequence
        hashes = row_hashes(mix(sequence), table.offsets)
        facts = np.where(self._is_fact[table.sequence], mix(table.sequence), np.uint64(0))
        self._facts = row_sums(facts, table.offsets)
        self._order = np.argsort(hashes, kind="stable")
        ordered = hashes[self._order]
        change = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
        self._starts = np.concatenate([np.zeros(min(1, len(ordered)), np.int64), change])
        self._sizes = np.diff(np.append(self._starts, len(ordered)))
        first = self._order[self._starts]
        # In the order of the keys, which the join falls back on for form letters.
        resorted = np.argsort(first)
        self._starts, self._sizes, first = self._starts[resorted], self._sizes[resorted], first[resorted]
        self._order = self._order[spread(self._starts, self._sizes)]
        self._starts = np.cumsum(self._sizes) - self._sizes
        lengths = np.diff(table.offsets)[first]
        self._covered = WordTable(
            [*table.words, "date", "number"],
            sequence[spread(table.offsets[:-1][first], lengths)],
            np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]),
        )

    def _here(self, keys: list[int]) -> int:
        """How many of some keys are still in the archive."""
        return sum(key not in self._gone for key in keys)

    def is_cut_from(self, held: int, holder: int) -> bool:
        """Whether `held` may have been cut from `holder` (:func:`is_cut_from`)."""
        return is_cut_from(self._keys[held], int(self.held_words[held]), self._keys[holder])


def facts_among(words: Sequence[str]) -> tuple[Mask, Mask]:
    """Which words are dates, and which are dates or numbers: all that is covered."""
    is_date = np.array([read_date_word(word) is not None for word in words], bool)
    is_number = np.array([word[0].isdigit() or word in NUMBER_WORDS for word in words], bool)
    return is_date, is_date | is_number


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
    """Whether what stands behind the first `found` words of `held` goes on so in `holder`: the same small
    words, then the date that was broken off, or the word of which half is left.
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


def words_to_find(table: WordTable, cut_short: Collection[int]) -> Ints:
    """How many words of each key a holder must have: all, or what stands before a cut."""
    found = table.lengths.copy()
    for key in {*cut_short, *_broken_off(table).tolist()}:
        row = table.sequence[table.offsets[key] : table.offsets[key + 1]]
        words = [table.words[number] for number in row]
        if key in cut_short:
            words.pop()  # perhaps half a word
        trimmed = 0
        while words and trimmed < _TRAILING_WORDS and _may_be_cut(words[-1]):
            words.pop()
            trimmed += 1
        found[key] = len(words)
    return found


def _broken_off(table: WordTable) -> NDArray[np.int64]:
    """Keys that end in the name of a month: mostly the sentence was taken to end at "Sept."."""
    is_month = np.array([word in MONTHS for word in table.words], bool)
    filled = np.flatnonzero(np.diff(table.offsets) > 0)
    broken: NDArray[np.int64] = filled[is_month[table.sequence[table.offsets[1:][filled] - 1]]]
    return broken


def _may_be_cut(word: str) -> bool:
    return (
        word in CALENDAR_WORDS
        or word in FUNCTION_WORDS
        or word[0].isdigit()
        or read_date_word(word) is not None
    )


def _goes_on(rest: list[str], others: list[str]) -> bool:
    """Whether `others` begins with `rest`, but for a date in parts or half a word at the end."""
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


def row_hashes(words: Hashes, offsets: NDArray[np.int64]) -> Hashes:
    """Return a hash of each row of hashes of words, in their order."""
    place = np.arange(len(words)) - np.repeat(offsets[:-1], np.diff(offsets))
    return mix(row_sums(mix(words ^ mix(place)), offsets))


def row_sums(values: Hashes, offsets: NDArray[np.int64]) -> Hashes:
    """Return the sum of each row, modulo 2^64."""
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(values, dtype=np.uint64)])
    rows: Hashes = sums[offsets[1:]] - sums[offsets[:-1]]
    return rows

"""Captions as rows of hashes of their words, and how rare each word is."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from media.captions.key import read_date_word
from media.captions.months import MONTHS
from media.matching.captions.edits import runs_of, spread
from media.matching.captions.vocabulary import CALENDAR_WORDS, FUNCTION_WORDS, NUMBER_WORDS
from media.matching.captions.words import Hashes, Ints, WordTable, mix, number_uses, read_words

_DATE, _NUMBER = np.uint64(0x64617465), np.uint64(0x6E756D62)
"""The codes that replace dates and numbers."""
_COVERS_APPEAR = 1 << 62
"""Behind every word: what dates and numbers are covered by comes last among words that are as rare."""


Mask = NDArray[np.bool_]

_TRAILING_WORDS = 4
"""A caption that was cut short may end in the middle of a date or phrase: so many small words at its
end need not be found."""


@dataclass(frozen=True, slots=True)
class KeyRows:
    """``n`` keys of ``t`` words in all."""

    words: Hashes
    """(t,): as they stand."""
    kinds: NDArray[np.int8]
    """(t,): 1 a date, 2 a number, 0 anything else."""
    offsets: NDArray[np.int64]
    """(n + 1,)"""
    row: Hashes
    """(n,): alike for keys that are alike under the cover."""
    facts: Hashes
    """(n,): alike for keys that name the same dates and numbers."""
    held_words: Ints
    """(n,): how many words a holder must have."""
    first_words: Hashes
    """Words under their cover in the order of their first appearance; each once, but for covers."""


def read_rows(keys: Sequence[str], cut_short: Collection[int]) -> KeyRows:
    """Return the rows of keys; ``cut_short`` are the places of those whose text is cut short."""
    table = read_words(keys)
    is_date, is_fact = facts_among(table.words)
    own = _hash_words(table.words)
    kinds = np.where(is_date, 1, np.where(is_fact, 2, 0)).astype(np.int8)
    words = own[table.sequence]
    return KeyRows(
        words,
        kinds[table.sequence],
        table.offsets,
        row_hashes(cover(words, kinds[table.sequence]), table.offsets),
        row_sums(np.where(is_fact[table.sequence], words, np.uint64(0)), table.offsets),
        words_to_find(table, cut_short),
        cover(own, kinds),
    )


def facts_among(words: Sequence[str]) -> tuple[Mask, Mask]:
    """Return which words are dates, and which are dates or numbers: all that is covered."""
    is_date = np.array([read_date_word(word) is not None for word in words], bool)
    is_number = np.array([word[0].isdigit() or word in NUMBER_WORDS for word in words], bool)
    return is_date, is_date | is_number


def words_to_find(table: WordTable, cut_short: Collection[int]) -> Ints:
    """Return how many words of each key a holder must have: all, or what stands before a cut."""
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


def group_rows(row: Hashes) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Group keys that are alike under the cover.

    :return: places of the keys, those of a row together and ascending; where in them each row begins; its keys.
    """
    order = np.argsort(row, kind="stable")
    return order, *runs_of(row[order])


def cover(words: Hashes, kinds: NDArray[np.int8]) -> Hashes:
    """Words with dates and numbers covered."""
    return np.where(kinds == 0, words, np.where(kinds == 1, _DATE, _NUMBER))


def _appearances(first_words: Hashes) -> tuple[Hashes, NDArray[np.int64]]:
    """Return words (:attr:`KeyRows.first_words`), sorted, each once, and their places by first appearance."""
    words, first = np.unique(first_words, return_index=True)
    appeared = first.astype(np.int64)
    appeared[words == _DATE] = _COVERS_APPEAR
    appeared[words == _NUMBER] = _COVERS_APPEAR + 1
    return words, appeared


def _hash_words(words: Sequence[str]) -> Hashes:
    digests = b"".join(hashlib.blake2b(word.encode(), digest_size=8).digest() for word in words)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def word_uses(word: Hashes, use: NDArray[np.int64]) -> Hashes:
    """Return a hash of each word together with which use of it in its key this is."""
    hashed: Hashes = mix(word ^ mix(use))
    return hashed


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words, sorted by hash; a second use in one key is a word of its own."""

    word: Hashes
    """The hash of a word and of the number of its use in the key."""
    rank: Ints
    """The rank by rarity, 0 for the rarest; among equals, the word that appears first has the lower rank."""
    count: NDArray[np.int64]

    @classmethod
    def of(cls, covered: Hashes, offsets: NDArray[np.int64], first_words: Hashes) -> "Vocabulary":
        """Rank the words of rows; ``first_words`` as in :class:`KeyRows`."""
        distinct, number = np.unique(covered, return_inverse=True)
        _, word, use = number_uses(number.reshape(-1).astype(np.int32), offsets, max(1, len(distinct)))
        known, appeared = _appearances(first_words)
        places = appeared[np.searchsorted(known, distinct)][word]
        uses, first, counts = np.unique(word_uses(distinct[word], use), return_index=True, return_counts=True)
        rank = np.empty(len(uses), np.int32)
        rank[np.lexsort((places[first], use[first], counts))] = np.arange(len(uses), dtype=np.int32)
        return cls(uses, rank, counts)

    def ranked(self, covered: Hashes, offsets: NDArray[np.int64]) -> tuple[Ints, NDArray[np.int64]]:
        """Return the words of rows as ranks, rarest first, and how often each is used."""
        if not len(covered):
            return np.zeros(0, np.int32), np.zeros(0, np.int64)
        distinct, number = np.unique(covered, return_inverse=True)
        row, word, use = number_uses(number.reshape(-1).astype(np.int32), offsets, len(distinct))
        uses, which = np.unique(word_uses(distinct[word], use), return_inverse=True)
        place = np.searchsorted(self.word, uses)[which.reshape(-1)]
        order = np.lexsort((self.rank[place], row))
        return self.rank[place][order], self.count[place][order]

    def counts(self, words: Hashes) -> NDArray[np.int64]:
        """Return how often each word is used in rows; 0 where only under another cover."""
        distinct, number = np.unique(words, return_inverse=True)
        hashed = word_uses(distinct, np.zeros(len(distinct), np.int64))
        if not len(self.word):
            return np.zeros(len(words), np.int64)
        place = np.minimum(np.searchsorted(self.word, hashed), len(self.word) - 1)
        found: NDArray[np.int64] = np.where(self.word[place] == hashed, self.count[place], 0)
        return found[number.reshape(-1)]


def take_rows(
    values: NDArray[np.uint64], offsets: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return some rows of a flat array, and their offsets."""
    sizes = np.diff(offsets)[rows]
    return values[spread(offsets[:-1][rows], sizes)], np.concatenate(
        [np.zeros(1, np.int64), np.cumsum(sizes)]
    )


def row_hashes(words: Hashes, offsets: NDArray[np.int64]) -> Hashes:
    """Return a hash of each row of hashes of words, in their order."""
    place = np.arange(len(words)) - np.repeat(offsets[:-1], np.diff(offsets))
    return mix(row_sums(mix(words ^ mix(place)), offsets))


def row_sums(values: Hashes, offsets: NDArray[np.int64]) -> Hashes:
    """Return the sum of each row, modulo 2^64."""
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(values, dtype=np.uint64)])
    rows: Hashes = sums[offsets[1:]] - sums[offsets[:-1]]
    return rows

"""Two captions side by side: the stretches in which their words differ, and the nature of each."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Literal

from rapidfuzz.distance import OSA, Levenshtein

from media.captions.key import read_date_word
from media.matching.captions.shown_words import ShownWords, shown_words
from media.matching.captions.vocabulary import (
    CALENDAR_WORDS,
    FUNCTION_WORDS,
    NUMBER_WORDS,
    OTHER_SENSE,
    PERSON_WORDS,
    are_opposed,
)

Nature = Literal["small", "spelling", "date", "number", "name", "opposite", "added", "removed", "words"]
"""``small``: words that say nothing else; ``spelling``: a slip of the pen, an abbreviation; ``date``,
``number``, ``name``: one fact in place of another; ``added``, ``removed``: words that the other
lacks; ``words``: other words."""

_WORDS_ALIGNED = 2_000
"""Beyond this many words (where captions begin and end alike, beyond these parts) two texts are
not aligned: no caption is as long, and the time would be quadratic."""
_PAIRS_LOOKED_AT = 400
"""Word pairs looked at within one stretch; a longer one is replaced as a whole."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch in which the words differ: the words of the left caption, and of the right."""

    nature: Nature
    left: list[str]
    right: list[str]


class Alignment:
    """The words of two keys, aligned; the texts are read only where a name or a full stop matters."""

    def __init__(self, left_key: str, right_key: str, left_text: str, right_text: str) -> None:
        left, right = left_key.split(), right_key.split()
        longest = max(len(left), len(right))
        self.similarity = round((Counter(left) & Counter(right)).total() / longest, 3) if longest else 1.0
        """0..1: words that both have, of the longer one's."""
        # Aligned in one order, whichever caption comes first: what differs must not depend on it.
        self._is_turned = right < left
        self._words = (right, left) if self._is_turned else (left, right)
        self._texts = (right_text, left_text) if self._is_turned else (left_text, right_text)

    def stretches(self) -> Iterator[Stretch]:
        """Yield the stretches that differ, one by one, so that a caller that stops early saves the rest."""
        one, other = self._words
        for each in chain(_date_stretches(one, other), self._word_stretches(one, other)):
            if self._is_turned:
                yield Stretch(_TURNED.get(each.nature, each.nature), each.right, each.left)
            else:
                yield each

    @property
    def shown_left(self) -> ShownWords:
        return self._shown_other if self._is_turned else self._shown_one

    @property
    def shown_right(self) -> ShownWords:
        return self._shown_one if self._is_turned else self._shown_other

    @cached_property
    def _shown_one(self) -> ShownWords:
        return shown_words(self._texts[0])

    @cached_property
    def _shown_other(self) -> ShownWords:
        return shown_words(self._texts[1])

    def _word_stretches(self, left: list[str], right: list[str]) -> Iterator[Stretch]:
        for old, new in _unlike(_undated(left), _undated(right)):
            yield from self._split(old, new)

    def _split(self, old: list[str], new: list[str]) -> Iterator[Stretch]:
        """Yield the stretches that one is made of: words that are slips of one another are paired first."""
        if not old or not new or len(old) * len(new) > _PAIRS_LOOKED_AT:
            yield self._stretch(old, new)
            return
        if "".join(old) == "".join(new) and not any(map(_is_number, (*old, *new))):  # news paper
            yield Stretch("spelling", old, new)
            return
        low_old = low_new = 0
        for at_old, at_new in [*self._slips(old, new), (len(old), len(new))]:
            if at_old > low_old or at_new > low_new:
                yield self._stretch(old[low_old:at_old], new[low_new:at_new])
            if at_old < len(old) and old[at_old] != new[at_new]:
                yield Stretch("spelling", [old[at_old]], [new[at_new]])
            low_old, low_new = at_old + 1, at_new + 1

    def _slips(self, old: list[str], new: list[str]) -> list[tuple[int, int]]:
        """Return the longest series of words of both, in order, that are the same but for spelling."""
        alike = [[self._same_spelling(one, other) for other in new] for one in old]
        if not any(map(any, alike)):
            return []
        best = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
        for i in range(len(old) - 1, -1, -1):
            for j in range(len(new) - 1, -1, -1):
                best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + alike[i][j])
        pairs = []
        i = j = 0
        while i < len(old) and j < len(new):
            if alike[i][j] and best[i][j] == best[i + 1][j + 1] + 1:
                pairs.append((i, j))
                i, j = i + 1, j + 1
            elif best[i + 1][j] >= best[i][j + 1]:
                i += 1
            else:
                j += 1
        return pairs

    def _same_spelling(self, one: str, other: str) -> bool:
        if one == other or _is_slip(one, other) or _is_inflected(one, other):
            return True
        if 2 <= len(one) < len(other) and other.startswith(one):
            return self._shown_one.is_abbreviated(one)
        if 2 <= len(other) < len(one) and one.startswith(other):
            return self._shown_other.is_abbreviated(other)
        return False

    def _stretch(self, old: list[str], new: list[str]) -> Stretch:
        return Stretch(self._nature(old, new), old, new)

    def _nature(self, old: list[str], new: list[str]) -> Nature:
        telling_old = [word for word in old if word not in _SMALL_WORDS]
        telling_new = [word for word in new if word not in _SMALL_WORDS]
        if not telling_old and not telling_new:
            # "his" or nothing is a small thing; "his" or "her" is another person.
            return "words" if _persons(old) and _persons(new) and _persons(old) != _persons(new) else "small"
        if not telling_old:
            return "added"
        if not telling_new:
            return "removed"
        both = (*telling_old, *telling_new)
        if all(map(_is_number, both)):
            return "number"
        if all(word in CALENDAR_WORDS or _is_number(word) for word in both):
            return "date"
        if len(telling_old) == len(telling_new) and all(map(are_opposed, telling_old, telling_new)):
            return "opposite"
        if self._shown_one.are_names(telling_old) and self._shown_other.are_names(telling_new):
            return "name"
        return "words"


_ENDINGS = frozenset(("", "e", "es", "s", "d", "ed", "ing", "y", "ies", "ied"))
_OF_VERBS = frozenset(("ing", "ed", "d", "ied"))
"""Endings of English verbs: editors turn "smoke rises" into "smoke rising" and mean the same."""


def _is_inflected(one: str, other: str) -> bool:
    """Return whether two words are forms of one verb: "rise" and "rising", "carry" and "carried"."""
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    endings = one[shared:], other[shared:]
    # An ending that only verbs have: "coach" and "coaches" may be one and many.
    return shared >= 3 and _ENDINGS.issuperset(endings) and not _OF_VERBS.isdisjoint(endings)


_TURNED: dict[Nature, Nature] = {"added": "removed", "removed": "added"}
_SMALL_WORDS = FUNCTION_WORDS | PERSON_WORDS


def _persons(words: list[str]) -> list[str]:
    return [word for word in words if word in PERSON_WORDS]


def _is_number(word: str) -> bool:
    return word[0].isdigit() or word in NUMBER_WORDS


def _unlike(left: list[str], right: list[str]) -> list[tuple[list[str], list[str]]]:
    """Return the stretches in which the aligned words are not equal."""
    low = 0
    shorter = min(len(left), len(right))
    while low < shorter and left[low] == right[low]:
        low += 1
    high = 0
    while high < shorter - low and left[-1 - high] == right[-1 - high]:
        high += 1
    left, right = left[low : len(left) - high], right[low : len(right) - high]
    if not left and not right:
        return []
    if not left or not right or max(len(left), len(right)) > _WORDS_ALIGNED:
        return [(left, right)]
    stretches: list[tuple[list[str], list[str]]] = []
    end_left = end_right = -1
    for code in Levenshtein.opcodes(left, right):
        if code.tag == "equal":
            continue
        old, new = left[code.src_start : code.src_end], right[code.dest_start : code.dest_end]
        if stretches and code.src_start == end_left and code.dest_start == end_right:
            stretches[-1] = (stretches[-1][0] + old, stretches[-1][1] + new)
        else:
            stretches.append((old, new))
        end_left, end_right = code.src_end, code.dest_end
    return stretches


def _is_slip(one: str, other: str) -> bool:
    """Return whether one word is the other mistyped: a letter too many, too few, wrong, or two swapped."""
    shorter, longer = sorted((len(one), len(other)))
    if shorter < 3 or longer < 4 or longer - shorter > 2 or are_opposed(one, other):
        return False
    allowed = 2 if shorter >= 8 else 1
    if OSA.distance(one, other, score_cutoff=allowed) > allowed or not (one.isalpha() and other.isalpha()):
        return False
    if shorter == longer < 5 and sorted(one) != sorted(other):
        return False  # of four letters, another letter is mostly another word
    if one in FUNCTION_WORDS and other in FUNCTION_WORDS:
        return False
    numbers = [word for word in (one, other) if word in NUMBER_WORDS]
    if len(numbers) == 2 or any(len(word) < 5 for word in numbers):
        return False  # "six" and "sex"; but "firt" is "first"
    if one in CALENDAR_WORDS and other in CALENDAR_WORDS:
        return False
    sense = OTHER_SENSE.get(one)
    return sense is None or sense != OTHER_SENSE.get(other)


# --- Dates ------------------------------------------------------------------------------------------


def _dates(words: list[str]) -> Counter[str]:
    return Counter(word for word in words if word[0] == "d" and read_date_word(word) is not None)


def _undated(words: list[str]) -> list[str]:
    return [word for word in words if word[0] != "d" or read_date_word(word) is None]


def _date_stretches(left: list[str], right: list[str]) -> Iterator[Stretch]:
    """Dates are compared wherever they stand: a file photo names its date first."""
    left_dates, right_dates = _dates(left), _dates(right)
    if left_dates == right_dates:
        return
    only_left = sorted((left_dates - right_dates).elements())
    only_right = sorted((right_dates - left_dates).elements())
    for one in list(only_left):
        for other in only_right:
            if date_refines(one, other):
                only_left.remove(one)
                only_right.remove(other)
                break
    for index in range(max(len(only_left), len(only_right))):
        old, new = only_left[index : index + 1], only_right[index : index + 1]
        yield Stretch("date" if old and new else "added" if new else "removed", old, new)


def date_refines(left: str, right: str) -> bool:
    """Return whether one date word says what the other says, less exactly: 2020-02 or --02-27, and 2020-02-27."""
    short, long = sorted((left, right), key=len)
    if len(long) != 9 or read_date_word(short) is None or read_date_word(long) is None:
        return False
    return long.endswith(short[1:]) if len(short) == 5 else len(short) == 7 and long.startswith(short)

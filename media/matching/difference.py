"""How two captions differ, in words that a person reads, and what follows from it.

The words of both keys are aligned; every stretch that differs is one change, and each change has a
nature: a small word, a slip of the pen, a fact (date, number, name), words added, other words. The
verdict follows from the natures alone.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import OSA, Levenshtein

from media.captions.dates import find_dates
from media.captions.letters import fold_letters
from media.captions.normalise import date_word, normalise, read_date_word
from media.matching.vocabulary import CALENDAR_WORDS, FUNCTION_WORDS, NUMBER_WORDS, OTHER_SENSE, PERSON_WORDS

Nature = Literal["small", "spelling", "date", "number", "name", "added", "removed", "words"]

Verdict = Literal["same", "edited", "extended", "changed-fact", "different"]
"""``extended``: one says all that the other says, and more. ``different``: no repeat."""

Grade = Literal["credit", "wording", "detail", "fact"]
"""How much captions of one picture disagree, least first."""

_FACTS: frozenset[Nature] = frozenset(("date", "number", "name"))
_WORDS_ALIGNED = 2_000
"""Beyond this many words (where captions begin and end alike, beyond these parts) two texts are
not aligned: no caption is as long, and the time would be quadratic."""
_STRETCH_PAIRED = 400
"""Word pairs looked at within one stretch; a longer one is replaced as a whole."""
_LEAST_ALIKE = 0.5
"""Captions that share fewer of their words say something else, whatever the natures."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to say something: a key, and a text that has it."""

    key: str
    text: str
    credit_line: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One stretch that differs."""

    nature: Nature
    left: str
    """As it stands in the left text; "" where nothing does."""
    right: str

    def __str__(self) -> str:
        if not self.left:
            return f"added: '{self.right}'"
        if not self.right:
            return f"removed: '{self.left}'"
        return f"'{self.left}' -> '{self.right}'"


@dataclass(frozen=True, slots=True)
class Difference:
    """What tells the right caption from the left one."""

    verdict: Verdict
    similarity: float
    """0..1: words that both have, of the longer one's."""
    changes: tuple[Change, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.changes))

    def changes_add(self) -> bool:
        """Whether the right caption is the one that says more."""
        return any(change.nature == "added" for change in self.changes)


def compare(left: Wording, right: Wording) -> Difference:
    """The difference between two captions, credits aside."""
    if left.key == right.key:
        return Difference("same", 1.0, ())
    left_words, right_words = left.key.split(), right.key.split()
    similarity = _similarity(left_words, right_words)
    shown_left, shown_right = _Shown(left), _Shown(right)
    changes = [
        *_date_changes(left_words, right_words, shown_left, shown_right),
        *_word_changes(_undated(left_words), _undated(right_words), shown_left, shown_right),
    ]
    verdict = _verdict(changes) if similarity >= _LEAST_ALIKE or _holds(changes) else "different"
    return Difference(verdict, similarity, tuple(changes))


def grade(left: Wording, right: Wording) -> tuple[Grade, str] | None:
    """How much two captions of one picture disagree, and in what; None: they agree."""
    credit = credit_difference(left.credit_line, right.credit_line)
    difference = compare(left, right)
    natures = {change.nature for change in difference.changes}
    said = str(difference)
    if not natures:
        return ("credit", credit) if credit else None
    said = f"{said}; {credit}" if credit else said
    if natures & _FACTS:
        return "fact", said
    if natures & {"added", "removed"} and "words" not in natures:
        return "detail", said
    if "words" in natures and difference.similarity < _LEAST_ALIKE:
        return "fact", said  # they do not say the same at all
    return "wording", said


def credit_difference(left: str | None, right: str | None) -> str:
    """What tells two credits apart; "" where nothing does."""
    if fold_letters(left or "") == fold_letters(right or ""):
        return ""
    if not left:
        return f"credit added: '{right}'"
    if not right:
        return f"credit removed: '{left}'"
    return f"credit '{left}' -> '{right}'"


# --- The verdict ------------------------------------------------------------------------------------


def _verdict(changes: Sequence[Change]) -> Verdict:
    natures = Counter(change.nature for change in changes)
    facts = sum(natures[fact] for fact in _FACTS)
    if natures["words"]:
        return "different"
    if natures["added"] and natures["removed"]:
        return "different"
    if natures["added"] or natures["removed"]:
        return "different" if facts else "extended"
    if facts:
        # Two facts apart is another event told by the same form of words.
        return "changed-fact" if facts == 1 else "different"
    return "edited"


def _holds(changes: Sequence[Change]) -> bool:
    natures = {change.nature for change in changes}
    return natures <= {"added", "small", "spelling"} or natures <= {"removed", "small", "spelling"}


def _similarity(left: list[str], right: list[str]) -> float:
    longest = max(len(left), len(right))
    return round((Counter(left) & Counter(right)).total() / longest, 3) if longest else 1.0


# --- Dates ------------------------------------------------------------------------------------------


def _undated(words: list[str]) -> list[str]:
    return [word for word in words if read_date_word(word) is None]


def _date_changes(
    left: list[str], right: list[str], shown_left: "_Shown", shown_right: "_Shown"
) -> list[Change]:
    """Dates are compared wherever they stand: a file photo names its date first."""
    left_dates = Counter(word for word in left if read_date_word(word))
    right_dates = Counter(word for word in right if read_date_word(word))
    if left_dates == right_dates:
        return []
    only_left = sorted((left_dates - right_dates).elements())
    only_right = sorted((right_dates - left_dates).elements())
    for one in list(only_left):
        for other in only_right:
            if date_refines(one, other):
                only_left.remove(one)
                only_right.remove(other)
                break
    changes = []
    for index in range(max(len(only_left), len(only_right))):
        before = shown_left.word(only_left[index]) if index < len(only_left) else ""
        after = shown_right.word(only_right[index]) if index < len(only_right) else ""
        nature: Nature = "date" if before and after else "added" if after else "removed"
        changes.append(Change(nature, before, after))
    return changes


def date_refines(left: str, right: str) -> bool:
    """Whether one date word says what the other says, less exactly: 2020-02 or --02-27, and 2020-02-27."""
    if read_date_word(left) is None or read_date_word(right) is None:
        return False
    short, long = sorted((left, right), key=len)
    if "t" in long:
        return False
    if len(short) == 5:  # d0227
        return len(long) == 9 and long.endswith(short[1:])
    return len(short) == 7 and len(long) == 9 and long.startswith(short)


# --- Words ------------------------------------------------------------------------------------------


def _word_changes(
    left: list[str], right: list[str], shown_left: "_Shown", shown_right: "_Shown"
) -> list[Change]:
    changes: list[Change] = []
    for old, new in _unlike(left, right):
        changes += _classify(old, new, shown_left, shown_right)
    return changes


def _unlike(left: list[str], right: list[str]) -> list[tuple[list[str], list[str]]]:
    """The stretches in which the aligned words differ."""
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


def _classify(old: list[str], new: list[str], shown_left: "_Shown", shown_right: "_Shown") -> list[Change]:
    """The changes that a stretch is made of: words that are slips of one another are paired first."""
    if not old or not new or len(old) * len(new) > _STRETCH_PAIRED:
        return [_change(old, new, shown_left, shown_right)]
    if "".join(old) == "".join(new) and not any(map(_is_number, (*old, *new))):  # news paper
        return [Change("spelling", shown_left.words(old), shown_right.words(new))]
    changes: list[Change] = []
    low_old = low_new = 0
    for at_old, at_new in [*_slips(old, new, shown_left, shown_right), (len(old), len(new))]:
        between = old[low_old:at_old], new[low_new:at_new]
        if between[0] or between[1]:
            changes.append(_change(*between, shown_left, shown_right))
        if at_old < len(old) and old[at_old] != new[at_new]:
            changes.append(Change("spelling", shown_left.word(old[at_old]), shown_right.word(new[at_new])))
        low_old, low_new = at_old + 1, at_new + 1
    return changes


def _slips(
    old: list[str], new: list[str], shown_left: "_Shown", shown_right: "_Shown"
) -> list[tuple[int, int]]:
    """The longest series of words of `old` and `new`, in order, that are the same but for spelling."""
    alike = [[_same_spelling(one, other, shown_left, shown_right) for other in new] for one in old]
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


def _change(old: list[str], new: list[str], shown_left: "_Shown", shown_right: "_Shown") -> Change:
    nature = _nature(old, new, shown_left, shown_right)
    return Change(nature, shown_left.words(old), shown_right.words(new))


def _nature(old: list[str], new: list[str], shown_left: "_Shown", shown_right: "_Shown") -> Nature:
    if _SMALL_WORDS.issuperset(old) and _SMALL_WORDS.issuperset(new):
        # "his" or nothing is a small thing; "his" or "her" is another person.
        return "words" if _persons(old) and _persons(new) and _persons(old) != _persons(new) else "small"
    telling_old = [word for word in old if word not in _SMALL_WORDS]
    telling_new = [word for word in new if word not in _SMALL_WORDS]
    if not telling_old:
        return "added"
    if not telling_new:
        return "removed"
    both = (*telling_old, *telling_new)
    if all(map(_is_number, both)):
        return "number"
    if all(word in CALENDAR_WORDS or _is_number(word) for word in both):
        return "date"
    if shown_left.are_names(telling_old) and shown_right.are_names(telling_new):
        return "name"
    return "words"


_SMALL_WORDS = FUNCTION_WORDS | PERSON_WORDS


def _persons(words: list[str]) -> list[str]:
    return [word for word in words if word in PERSON_WORDS]


def _is_number(word: str) -> bool:
    return word[0].isdigit() or word in NUMBER_WORDS


def _same_spelling(one: str, other: str, shown_left: "_Shown", shown_right: "_Shown") -> bool:
    return (
        one == other
        or _is_slip(one, other)
        or shown_left.abbreviates(one, other)
        or shown_right.abbreviates(other, one)
    )


def _is_slip(one: str, other: str) -> bool:
    """Whether one word is the other mistyped: a letter too many, too few, wrong, or two swapped."""
    if not (one.isalpha() and other.isalpha()):
        return False
    numbers = [word for word in (one, other) if word in NUMBER_WORDS]
    if len(numbers) == 2 or any(len(word) < 5 for word in numbers):
        return False  # "six" and "sex"; but "firt" is "first"
    if one in CALENDAR_WORDS and other in CALENDAR_WORDS:
        return False
    sense = OTHER_SENSE.get(one)
    if sense is not None and sense == OTHER_SENSE.get(other):
        return False
    shorter, longer = sorted((len(one), len(other)))
    if shorter < 3 or longer < 4 or (one in FUNCTION_WORDS and other in FUNCTION_WORDS):
        return False
    if shorter == longer < 5 and sorted(one) != sorted(other):
        return False  # of four letters, another letter is mostly another word
    allowed = 2 if shorter >= 8 else 1
    return OSA.distance(one, other, score_cutoff=allowed) <= allowed


# --- Showing words as they stand in the text ----------------------------------------------------------

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*\.?")
_SENTENCE_END = re.compile(r"[.!?:…]['\"”’)\]]*\s*$")


class _Shown:
    """The words of a caption as its text shows them; worked out only when asked for."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._forms: dict[str, str] | None = None
        self._names: set[str] = set()
        self._abbreviated: set[str] = set()
        self._cased = False

    def word(self, word: str) -> str:
        return self._read().get(word, word)

    def words(self, words: Sequence[str]) -> str:
        """At most a dozen words, as shown."""
        forms = self._read()
        shown = [forms.get(word, word) for word in words[:12]]
        joined = (
            " ".join(shown) if not all(len(w) == 1 and not w.isascii() for w in shown) else "".join(shown)
        )
        return joined + (" ..." if len(words) > 12 else "")

    def are_names(self, words: Sequence[str]) -> bool:
        """Whether all of the words are names here: capital inside a sentence, or a script without capitals."""
        self._read()
        return all(word in self._names for word in words) if self._cased else all(map(_is_caseless, words))

    def abbreviates(self, short: str, long: str) -> bool:
        """Whether `short` stands here with a full stop for `long`: "Sen." for "Senator"."""
        if not 2 <= len(short) < len(long) or not long.startswith(short[:2]):
            return False
        self._read()
        return short in self._abbreviated and long.startswith(short)

    def _read(self) -> dict[str, str]:
        if self._forms is not None:
            return self._forms
        text = self._wording.text[:20_000]
        forms: dict[str, str] = {}
        self._forms = forms
        lower = upper = 0
        at_start = True
        end = 0
        for match in _WORD.finditer(text):
            if match.start() > end:
                at_start = at_start or bool(
                    _SENTENCE_END.search(text[max(0, match.start() - 6) : match.start()])
                )
            shown = match.group()
            plain = shown.rstrip(".")
            word = fold_letters(plain)
            for part in re.findall(r"[^\W_]+", word):
                forms.setdefault(part, plain if part == word else part)
                if plain[0].isupper():
                    upper += 1
                    if not at_start:
                        self._names.add(part)
                elif plain[0].islower():
                    lower += 1
                if shown.endswith(".") and len(plain) <= 6:
                    self._abbreviated.add(part)
            at_start = shown.endswith(".") and len(plain) > 4
            end = match.end()
        self._cased = lower + upper > 0
        if upper > lower:  # a headline, or all capitals: they tell nothing
            self._names.clear()
        for date in find_dates(text):
            forms[date_word(date.iso)] = text[date.start : date.end]
        return forms


def _is_caseless(word: str) -> bool:
    return word.lower() == word.upper()


def wording(text: str, credit_line: str | None = None) -> Wording:
    """The wording of a caption's text; its credit from the text where none is given."""
    normal = normalise(text)
    return Wording(normal.key, text, credit_line or normal.credit)

"""The difference between two captions, in words for a person, and its consequences.

The words of both keys are aligned (:mod:`media.matching.captions.alignment`); every stretch that differs has
a nature, and the verdict follows from the natures alone.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from media.captions.credit import credit_words
from media.captions.key import normalise
from media.matching.captions.alignment import Alignment, Nature

Verdict = Literal["same", "edited", "extended", "changed-fact", "different"]
"""``extended``: one says all that the other says, and more. ``different``: no repeat."""

Grade = Literal["credit", "wording", "detail", "fact"]
"""Grades of disagreement between captions of one picture, the least first."""

GRADES: tuple[Grade, ...] = ("credit", "wording", "detail", "fact")

_FACTS: frozenset[Nature] = frozenset(("date", "number", "name", "opposite"))
_LEAST_ALIKE = 0.5
"""Captions with a smaller share of common words say something else, whatever the kinds of their differences."""


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
    """The words in the left text; "" if there are none."""
    right: str

    def __str__(self) -> str:
        if not self.left:
            return f"added: '{self.right}'"
        if not self.right:
            return f"removed: '{self.left}'"
        return f"'{self.left}' -> '{self.right}'"


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of the right caption from the left one."""

    verdict: Verdict
    similarity: float
    """0..1: words that both have, of the longer one's."""
    changes: tuple[Change, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.changes))


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict without the words for it."""

    verdict: Verdict
    similarity: float
    changes: int
    """The number of stretches that differ; if the captions are ``different``, at least this many."""
    adds: bool
    """Whether the right caption is the one that says more."""


def compare(left: Wording, right: Wording) -> Difference:
    """Return the difference between two captions, credits aside."""
    if left.key == right.key:
        return Difference("same", 1.0, ())
    aligned = Alignment(left.key, right.key, left.text, right.text)
    changes = tuple(
        Change(each.nature, aligned.shown_left.words(each.left), aligned.shown_right.words(each.right))
        for each in aligned.stretches()
    )
    verdict = _verdict(aligned.similarity, Counter(change.nature for change in changes))
    return Difference(verdict, aligned.similarity, changes)


def judge(left: Wording, right: Wording) -> Judgement:
    """Return the verdict alone, which takes a fraction of the time of :func:`compare`."""
    if left.key == right.key:
        return Judgement("same", 1.0, 0, False)
    aligned = Alignment(left.key, right.key, left.text, right.text)
    natures: Counter[Nature] = Counter()
    for stretch in aligned.stretches():
        natures[stretch.nature] += 1
        if _is_different(natures):  # and remains so, even if more differs
            break
    verdict = _verdict(aligned.similarity, natures)
    return Judgement(verdict, aligned.similarity, natures.total(), natures["added"] > 0)


def grade(left: Wording, right: Wording) -> tuple[Grade, str] | None:
    """Return how much two captions of one picture disagree, and in what; None: they agree."""
    credit = credit_difference(left.credit_line, right.credit_line)
    difference = compare(left, right)
    natures = {change.nature for change in difference.changes}
    if not natures:
        return ("credit", credit) if credit else None
    said = "; ".join(part for part in (str(difference), credit) if part)
    if natures & _FACTS:
        return "fact", said
    if natures & {"added", "removed"} and "words" not in natures:
        return "detail", said
    if "words" in natures and difference.similarity < _LEAST_ALIKE:
        return "fact", said  # they do not say the same at all
    return "wording", said


def credit_difference(left: str | None, right: str | None) -> str:
    """Return the difference between two credits; "" for none: brackets and labels ("Photo by") do not count."""
    if credit_words(left or "") == credit_words(right or ""):
        return ""
    if not left:
        return f"credit added: '{right}'"
    if not right:
        return f"credit removed: '{left}'"
    return f"credit '{left}' -> '{right}'"


def wording(text: str, credit_line: str | None = None) -> Wording:
    """Return the wording of a caption's text; its credit from the text where none is given."""
    normal = normalise(text)
    return Wording(normal.key, text, credit_line or normal.credit)


def _verdict(similarity: float, natures: Counter[Nature]) -> Verdict:
    if _is_different(natures) or (similarity < _LEAST_ALIKE and not _only_holds(natures)):
        return "different"
    if natures["added"] or natures["removed"]:
        return "extended"
    return "changed-fact" if _facts(natures) else "edited"


def _is_different(natures: Counter[Nature]) -> bool:
    """Return whether stretches of these natures make another caption, alone or with any others."""
    if natures["words"] or (natures["added"] and natures["removed"]):
        return True
    facts = _facts(natures)
    # If two facts differ, it is another event in the same form of words.
    return facts > 1 or bool(facts and (natures["added"] or natures["removed"]))


def _facts(natures: Counter[Nature]) -> int:
    return natures["date"] + natures["number"] + natures["name"] + natures["opposite"]


def _only_holds(natures: Iterable[Nature]) -> bool:
    """Return whether the only difference is that one side has more words."""
    found = set(natures)
    return found <= {"added", "small", "spelling"} or found <= {"removed", "small", "spelling"}

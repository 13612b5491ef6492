"""Captions that a page changed between two captures: which one became which, and in what they differ."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

from media.captions.key import has_little_information
from media.matching.captions.difference import Grade, Wording, grade

_LEAST_ALIKE: Final = 60.0
"""The least similarity (rapidfuzz ratio of keys, 0 to 100) of two captions without a common picture."""
_MOST_CAPTIONS: Final = 200
"""The most captions of one capture; a page with more is a list."""


@dataclass(frozen=True, slots=True)
class ShownCaption:
    """A caption as one capture of a page shows it."""

    placement_id: int
    picture: Hashable
    """The identity of its picture: the digest or the address; None if neither is known."""
    text: str
    key: str
    credit_line: str | None


@dataclass(frozen=True, slots=True)
class Correction:
    """A caption that became another one."""

    before: ShownCaption
    after: ShownCaption
    grade: Grade
    difference: str


def find_corrections(before: Iterable[ShownCaption], after: Iterable[ShownCaption]) -> list[Correction]:
    """Return the captions of one capture that say something else in the next, in the order of the page.

    Captions that both captures show are left out; of the rest, those of one picture belong together, then those that
    are alike. What was taken away, or is new, is no correction.
    """
    gone, come = _by_wording(before), _by_wording(after)
    both = gone.keys() & come.keys()
    left = [shown for wording, shown in gone.items() if wording not in both]
    new = [shown for wording, shown in come.items() if wording not in both]
    if not left or not new or max(len(left), len(new)) > _MOST_CAPTIONS:
        return []
    found = []
    for one, other in _pair(left, new):
        judged = grade(_wording(one), _wording(other))
        if judged is not None:
            found.append(Correction(one, other, *judged))
    return found


def _by_wording(shown: Iterable[ShownCaption]) -> Mapping[tuple[str, str | None], ShownCaption]:
    """Return each wording once: a caption that its page doubles is one."""
    found: dict[tuple[str, str | None], ShownCaption] = {}
    for each in shown:
        if each.key:
            found.setdefault((each.key, each.credit_line), each)
    return found


def _pair(
    left: Sequence[ShownCaption], new: Sequence[ShownCaption]
) -> list[tuple[ShownCaption, ShownCaption]]:
    """Pair what belongs together: the same picture first, then the likest; each caption once."""
    scored = []
    for number, one in enumerate(left):
        for place, other in enumerate(new):
            same = one.picture is not None and one.picture == other.picture
            alike = fuzz.ratio(one.key, other.key)
            if same or (alike >= _LEAST_ALIKE and not has_little_information(one.key)):
                scored.append((-(alike + 100 * same), number, place))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, number, place in sorted(scored):
        if number not in pairs and place not in taken:
            pairs[number] = place
            taken.add(place)
    return [(left[number], new[pairs[number]]) for number in sorted(pairs)]


def _wording(shown: ShownCaption) -> Wording:
    return Wording(shown.key, shown.text, shown.credit_line)

"""Conflicts: one picture whose captions do not say the same."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from media.captions.key import has_little_information
from media.matching.captions.difference import GRADES, Grade, Wording, grade
from media.matching.captions.doubling import doubling_order
from media.matching.captions.uses import CaptionUse

NOT_COMPARED_ORIGINS = ("alt", "json-ld")
"""An alternative text describes the picture for who cannot see it, and says other things by design."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """The captions of one picture, the one it is told by first."""

    grade: Grade
    """Of the worst disagreement."""
    members: tuple[tuple[int, str], ...]
    """(placement id, difference from the first caption); "" where there is none."""


def find_conflict(
    uses: Iterable[CaptionUse], decided_same: Collection[tuple[str, str]] = ()
) -> Conflict | None:
    """How the captions of one picture disagree; None: they do not.

    :param uses: every caption of the picture and of its copies.
    :param decided_same: pairs of keys, each sorted, that a person holds for the same.
    """
    by_wording: dict[tuple[str, str | None], list[CaptionUse]] = {}
    for use in _without_remarks(uses):
        by_wording.setdefault((use.key, use.credit_line), []).append(use)
    if len(by_wording) < 2:
        return None
    for together in by_wording.values():
        together.sort(key=doubling_order)
    # The caption that most articles use tells what the others are measured by.
    ordered = sorted(by_wording.values(), key=_standing)
    first = ordered[0][0]
    worst: Grade | None = None
    members: list[tuple[int, str]] = []
    for together in ordered:
        other = together[0]
        said = ""
        if other is not first and (min(first.key, other.key), max(first.key, other.key)) not in decided_same:
            found = grade(_wording(first), _wording(other))
            if found is not None:
                worst = max(worst or found[0], found[0], key=GRADES.index)
                said = found[1]
        members += [(use.placement_id, said) for use in together]
    return Conflict(worst, tuple(members)) if worst is not None else None


def _without_remarks(uses: Iterable[CaptionUse]) -> list[CaptionUse]:
    """Return the uses that can disagree: remarks of users and programs count where nothing else is said."""
    compared = [
        use for use in uses if use.origin not in NOT_COMPARED_ORIGINS and not has_little_information(use.key)
    ]
    return [use for use in compared if not use.is_remark] or compared


def _standing(uses: list[CaptionUse]) -> tuple[int, bool, int, str, str]:
    articles = len({use.article_id for use in uses if use.article_id is not None})
    return -articles, doubling_order(uses[0])[0], -len(uses[0].key), uses[0].key, uses[0].credit_line or ""


def _wording(use: CaptionUse) -> Wording:
    return Wording(use.key, use.text, use.credit_line)

"""Conflicts: one picture whose captions do not say the same, one caption whose pictures do not show the same."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from media.captions.key import has_little_information
from media.matching.captions.difference import GRADES, Grade, Wording, grade
from media.matching.captions.doubling import doubling_order
from media.matching.captions.uses import CaptionUse

NOT_COMPARED_ORIGINS = ("alt", "json-ld")
"""An alternative text describes the picture for who cannot see it, and says other things by design."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """The captions of one picture; the first is the one that the others are compared with."""

    grade: Grade | Literal["picture"]
    """The grade of the worst disagreement; ``picture`` means one caption under different pictures."""
    members: tuple[tuple[int, str], ...]
    """(placement id, difference from the first caption); "" if there is no difference."""


def find_conflict(
    uses: Iterable[CaptionUse], decided_same: Collection[tuple[str, str]] = ()
) -> Conflict | None:
    """Return how the captions of one picture disagree; None: they do not.

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
    ordered = _most_supported_first(by_wording)
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


_SERIES: Final = 4
"""The most pictures with one caption in their files that may be a mix-up; more are a photographer's series."""


def find_mixed_up(uses: Sequence[CaptionUse], scenes: Mapping[str, str]) -> Conflict | None:
    """Return the conflict of one caption under pictures of different scenes; None if there is none.

    Pictures that only appear together with another of them are a gallery under one caption.

    :param uses: every use of the caption with a picture, the earliest first.
    :param scenes: a value for each picture, which is the same for all pictures of a scene.
    """
    pages: dict[str, set[int]] = {}
    for use in uses:
        if use.image is not None:
            known = pages.setdefault(scenes[use.image], set())
            known.update(() if use.article_id is None else (use.article_id,))
    in_files = [scene for scene, where in pages.items() if not where]
    if len(in_files) > _SERIES:
        for scene in in_files:
            del pages[scene]
        in_files.clear()
    shown = [where for where in pages.values() if where]
    if len(pages) < 2 or (
        not in_files and all(one <= other or other <= one for one in shown for other in shown)
    ):
        return None
    compared = [use for use in uses if use.image is not None and scenes[use.image] in pages]
    first = scenes[compared[0].image or ""]
    said = "the same caption, another picture"
    members = ((use.placement_id, "" if scenes[use.image or ""] == first else said) for use in compared)
    return Conflict("picture", tuple(members))


def _without_remarks(uses: Iterable[CaptionUse]) -> list[CaptionUse]:
    """Return the uses that can disagree: remarks of users and programs count where nothing else is said."""
    compared = [
        use for use in uses if use.origin not in NOT_COMPARED_ORIGINS and not has_little_information(use.key)
    ]
    return [use for use in compared if not use.is_remark] or compared


def _most_supported_first(
    by_wording: Mapping[tuple[str, str | None], list[CaptionUse]],
) -> list[list[CaptionUse]]:
    """Order the wordings by what supports them: the others are measured by the first.

    What the picture's own file says, written by its photographer or agency, goes before what pages say of it.
    Then counts how many say it: each article once, and each file once, however many copies there are of it.
    """
    files: dict[str, set[str | None]] = {}
    articles: dict[str, set[int]] = {}
    for (key, _), together in by_wording.items():
        files.setdefault(key, set()).update(use.image for use in together if use.article_id is None)
        articles.setdefault(key, set()).update(
            use.article_id for use in together if use.article_id is not None
        )

    def standing(uses: list[CaptionUse]) -> tuple[object, ...]:
        first = uses[0]
        key = first.key
        using = len({use.article_id for use in uses if use.article_id is not None})
        unseen = doubling_order(first)[0]
        sources = len(files[key]) + len(articles[key])
        return not files[key], -sources, -len(key), key, -using, unseen, first.credit_line or ""

    return sorted(by_wording.values(), key=standing)


def _wording(use: CaptionUse) -> Wording:
    return Wording(use.key, use.text, use.credit_line)

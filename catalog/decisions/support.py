"""The evidence for and against each wording of a picture's caption: reasons to check, and a score to sort by."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.show.words import count_noun
from media.captions.agency import AGENCY_WORD
from media.captions.dates import find_dates
from media.matching.captions.difference import Wording, grade

_IN_ORIGINAL, _IN_FILE, _BESIDE = 8, 4, 3
_SOURCE, _MOST_SOURCES = 2, 3
_AGENCY = 1
_DATE_FITS, _DATE_BEFORE, _DATE_AFTER = 4, 8, 4
_OTHER_FACTS, _ELSEWHERE = 6, 12
"""The weights only sort wordings; they decide nothing. The original file outweighs three pages. A caption in the file
of another picture always comes last."""


_PAST = datetime.timedelta(days=3 * 366)
"""The longest time before the picture was taken. An earlier day is the caption's subject, such as an anniversary."""


@dataclass(frozen=True, slots=True)
class Told:
    """A wording, and the places where it occurs."""

    wording: Wording
    in_original: bool
    """Whether a file of the picture in its largest size holds it."""
    files: int
    """The number of files of the picture that hold it, in any form."""
    beside: int
    """The number of sidecars that hold it."""
    sources: frozenset[str]
    """The publishers, or folders, whose pages show it."""
    published_at: str | None
    """The time when a page first showed it."""
    elsewhere: int
    """The number of files of other pictures that hold it."""


@dataclass(frozen=True, slots=True)
class Support:
    """The reasons, in words, and their score."""

    score: int
    said_for: tuple[str, ...]
    said_against: tuple[str, ...]

    @property
    def is_doubtful(self) -> bool:
        return bool(self.said_against)


def weigh(told: Sequence[Told], taken_at: str | None) -> list[Support]:
    """Return the support of each wording.

    :param taken_at: when the picture was taken, as its file says: ``YYYY-MM-DD...``.
    """
    reasons = [_reasons(each, taken_at) for each in told]
    sums = [sum(weight for weight, _ in each) for each in reasons]
    written = [number for number, each in enumerate(told) if each.files]
    original = max(written, key=lambda number: sums[number], default=None)
    for number, each in enumerate(told):
        if original is not None and number != original:
            found = grade(told[original].wording, each.wording)
            if found is not None and found[0] == "fact":
                reasons[number].append((-_OTHER_FACTS, f"other facts than the original file: {found[1]}"))
    return [
        Support(
            sum(weight for weight, _ in each),
            tuple(words for weight, words in each if weight > 0),
            tuple(words for weight, words in each if weight < 0),
        )
        for each in reasons
    ]


def _reasons(told: Told, taken_at: str | None) -> list[tuple[int, str]]:
    reasons: list[tuple[int, str]] = []
    more = min(max(0, told.files - 1), _MOST_SOURCES)
    if told.in_original:
        words = "written into the original file" + (f" and {count_noun(more, 'more file')}" if more else "")
        reasons.append((_IN_ORIGINAL + more, words))
    elif told.files:
        reasons.append((_IN_FILE + more, f"written into {count_noun(told.files, 'file')}"))
    if told.beside:
        reasons.append((_BESIDE, "in a file beside the picture"))
    if told.sources:
        named = ", ".join(sorted(told.sources)[:3])
        weight = _SOURCE * min(len(told.sources), _MOST_SOURCES)
        reasons.append((weight, f"shown by {count_noun(len(told.sources), 'source')}: {named}"))
    if told.wording.credit_line and AGENCY_WORD.search(told.wording.credit_line):
        reasons.append((_AGENCY, f"credited to an agency: {told.wording.credit_line}"))
    reasons += _judge_date(told, taken_at)
    if told.elsewhere and not told.in_original:
        reasons.append((-_ELSEWHERE, f"written into {count_noun(told.elsewhere, 'file')} of another picture"))
    return reasons


def is_before(date: str | None, taken_at: str | None) -> bool:
    """Return whether a caption's day is shortly before the day when the picture was taken, so that it is an error."""
    if date is None or not taken_at:
        return False
    try:
        earlier = datetime.date.fromisoformat(taken_at[:10]) - datetime.date.fromisoformat(date)
    except ValueError:
        return False
    return datetime.timedelta(0) < earlier <= _PAST


def day_of(text: str) -> str | None:
    """Return the day that a caption names as ``YYYY-MM-DD``; None if it names none or several."""
    days = {found.iso for found in find_dates(text) if len(found.iso) == 10}
    return days.pop() if len(days) == 1 else None


def _judge_date(told: Told, taken_at: str | None) -> list[tuple[int, str]]:
    date, taken = day_of(told.wording.text), (taken_at or "")[:10]
    found: list[tuple[int, str]] = []
    if date and date == taken:
        found.append((_DATE_FITS, f"its date is when the picture was taken ({taken})"))
    elif is_before(date, taken_at):
        found.append((-_DATE_BEFORE, f"its date, {date}, is before the picture was taken ({taken})"))
    shown = (told.published_at or "")[:10]
    if date and len(shown) == 10 and date > shown:
        found.append((-_DATE_AFTER, f"its date, {date}, is after it was published ({shown})"))
    return found

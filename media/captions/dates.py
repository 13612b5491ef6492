"""Finds the dates in a caption, in the languages of the press.

A caption is read word by word: the name of a month is looked up, and the words beside it are checked for a
day and a year. There is no pattern with backtracking, so the time is linear in the length of the text. An
ambiguous date (``03/04/2020``) is not read.
"""

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from media.captions.letters import fold_letters
from media.captions.months import MONTHS, PAIRED_MONTHS, WEAK_MONTHS, WEEKDAY_ABBREVIATIONS, WEEKDAYS


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text."""

    start: int
    """Index of its first character; a weekday before the date belongs to it."""
    end: int
    """Index after its last character."""
    iso: str
    """ISO 8601 as far as it is known: ``2020-02-27``, ``2020-02``, ``--02-27`` (no year named),
    or an interval of days ``2020-02-27/2020-02-28``."""


def find_dates(text: str) -> tuple[FoundDate, ...]:
    """Return the dates of `text` in reading order; they do not overlap."""
    if _DIGIT.search(text) is None:
        return ()
    found = [*_numeric_dates(text), *_named_dates(text)]
    if not text.isascii():
        found += _ideographic_dates(text)
    found = [_with_year_word(date, text) for date in found]
    if len(found) < 2:
        return tuple(found)
    found.sort(key=lambda date: (date.start, -date.end))
    kept = found[:1]
    for date in found[1:]:
        if date.start >= kept[-1].end:
            kept.append(date)
    return tuple(kept)


def _with_year_word(date: FoundDate, text: str) -> FoundDate:
    """Return a date with the word for "year" after it, as Slavonic languages write it: it says nothing more."""
    if text[date.end - 1 : date.end].isdigit() and (word := _YEAR_WORD.match(text, date.end)):
        return replace(date, end=word.end())
    return date


_YEAR_WORD = re.compile(r"\s?(?:года|году|год|року|році|roku|[гр]\.|r\.)(?!\w)")
_DIGIT = re.compile(r"\d")

_ALL_MONTHS = {**WEAK_MONTHS, **MONTHS}
_FILLERS = frozenset(("de", "del", "of", "the", "d", "di", "من"))
_ORDINALS = frozenset(("st", "nd", "rd", "th", "er", "o", "a", "го", "е", "ter", "ª", "º"))
# In English these are verbs too; in lower case they are a month only where a year is named.
_VERBS = frozenset(("may", "march"))

_SMALL_MONTHS = frozenset(
    fold_letters(word)
    for names in (
        "janeiro fevereiro março marco abril maio junho julho setembro outubro novembro dezembro",
        "enero febrero marzo mayo junio julio agosto septiembre setiembre octubre noviembre diciembre",
        "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre",
        "janvier février mars avril juin juillet août septembre octobre novembre décembre",
    )
    for word in names.split()
)
"""Months of languages that write them small. Capitalised within a sentence they are names: Mars, Rio de Janeiro."""

_MONTH_FIRST_WORDS = frozenset(_ALL_MONTHS).union(PAIRED_MONTHS)

_WORD = re.compile(r"[^\W\d_]+")
_PIECE = re.compile(r"\d+|[^\W\d_]+")
_GAP_SIGNS = " \t\n\xa0\u2009\u202f.,-\u2010\u2011\u2013/'’"
_DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2212")
_MAX_GAP = 3
"""Characters between two parts of a date: ", " and a bracket."""


class _Piece(NamedTuple):
    start: int
    end: int
    text: str


class _Number(NamedTuple):
    """A day, an interval of days or a year, and the pieces that it takes."""

    first: int
    last: int
    low: int
    high: int


def _named_dates(text: str) -> list[FoundDate]:
    """Yield dates whose month is a word: 27 February 2020, Feb. 27, le 27 février, 27 فبراير."""
    if _MONTH_FIRST_WORDS.isdisjoint(_WORD.findall(fold_letters(text))):
        return []
    pieces = [_Piece(match.start(), match.end(), match.group()) for match in _PIECE.finditer(text)]
    found: list[FoundDate] = []
    free = 0  # pieces before this index belong to a date already
    for index, piece in enumerate(pieces):
        if index < free:
            continue
        name = fold_letters(piece.text)
        if name in _ALL_MONTHS:
            month, last = _ALL_MONTHS[name], index
        elif name in PAIRED_MONTHS and index + 1 < len(pieces):
            paired = PAIRED_MONTHS[name].get(fold_letters(pieces[index + 1].text))
            if paired is None:
                continue
            month, last = paired, index + 1
        else:
            continue
        read = _read_date(text, pieces, index, last, month, free)
        if read is None or (read[0] == index and _is_part_of_name(text, pieces, index)):
            continue
        first, last, iso = read
        if first > free and _is_weekday(text, pieces, first - 1):
            first -= 1
        found.append(FoundDate(pieces[first].start, pieces[last].end, iso))
        free = last + 1
    return found


def _is_part_of_name(text: str, pieces: list[_Piece], index: int) -> bool:
    """Return whether a capitalised month without a day before it is part of a name: Rio de Janeiro, Plaza de Mayo.

    In languages that write months in small letters, a capitalised word within a sentence is not a month.
    """
    word = pieces[index].text
    if not word[0].isupper() or word.isupper() or fold_letters(word) not in _SMALL_MONTHS or not index:
        return False
    before = pieces[index - 1]
    gap = text[before.end : pieces[index].start]
    return not gap.strip() and not before.text.isdigit()


def _read_date(
    text: str, pieces: list[_Piece], index: int, last: int, month: int, free: int
) -> tuple[int, int, str] | None:
    """Return first piece, last piece and ISO form of the date around the month at pieces `index`..`last`."""
    before = _day_before(text, pieces, index, free)
    after = _day_after(text, pieces, last)
    year = _year_after(text, pieces, last)
    if before and year and _exists(month, before, year.low):
        return before.first, year.last, _iso(month, before, year.low)
    if after:
        year_after_day = _year_after(text, pieces, after.last)
        if year_after_day and _exists(month, after, year_after_day.low):
            return index, year_after_day.last, _iso(month, after, year_after_day.low)
        year_before = _year_before(text, pieces, index, free)
        if year_before and _exists(month, after, year_before.low):
            return year_before.first, after.last, _iso(month, after, year_before.low)
    word = pieces[index].text
    if fold_letters(word) in WEAK_MONTHS:
        return None
    if year:
        return index, year.last, f"{year.low:04d}-{month:02d}"
    if word in _VERBS:
        return None
    if before and _exists(month, before, None):
        return before.first, last, _iso(month, before, None)
    if after and _exists(month, after, None):
        return index, after.last, _iso(month, after, None)
    return None


def _day_before(text: str, pieces: list[_Piece], index: int, free: int) -> _Number | None:
    at = index - 1
    if at >= free and pieces[at].text.lower() in _FILLERS and _adjoins(text, pieces, at):
        at -= 1
    if at > free and pieces[at].text.lower() in _ORDINALS and pieces[at - 1].end == pieces[at].start:
        at -= 1
    if at < free or not _is_day(pieces[at].text) or not _adjoins(text, pieces, at):
        return None
    start = pieces[at].start
    day = int(pieces[at].text)
    if start and text[start - 1] in ":$€£¥#":  # 10:30 May 5, $5 May
        return None
    if at > free and _is_day(pieces[at - 1].text) and _is_dash(text, pieces, at - 1):
        low = int(pieces[at - 1].text)
        if low < day:
            return _Number(at - 1, at, low, day)
    if start and text[start - 1] in ".,-/" and start > 1 and text[start - 2].isdigit():  # 1.5 May
        return None
    return _Number(at, at, day, day)


def _day_after(text: str, pieces: list[_Piece], index: int) -> _Number | None:
    at = index + 1
    if at < len(pieces) and pieces[at].text.lower() in _FILLERS and _adjoins(text, pieces, at - 1):
        at += 1
    if at >= len(pieces) or not _is_day(pieces[at].text) or not _adjoins(text, pieces, at - 1):
        return None
    if "," in text[pieces[at - 1].end : pieces[at].start]:
        return None  # Rio de Janeiro, 3 January; Theresa May, 27
    last = at
    low = high = int(pieces[at].text)
    if at + 1 < len(pieces) and pieces[at].end == pieces[at + 1].start:
        if pieces[at + 1].text.lower() not in _ORDINALS:
            return None
        last = at + 1
    elif at + 1 < len(pieces) and _is_dash(text, pieces, at) and _is_day(pieces[at + 1].text):
        last, high = (at + 1, int(pieces[at + 1].text)) if int(pieces[at + 1].text) > low else (at, low)
    end = pieces[last].end
    # May 5.2 million, May 10:30, May 5%
    if text[end : end + 1] in ("%", ":") or (
        text[end : end + 1] in (".", ",") and text[end + 1 : end + 2].isdigit()
    ):
        return None
    return _Number(index + 1, last, low, high)


def _year_after(text: str, pieces: list[_Piece], index: int) -> _Number | None:
    at = index + 1
    if at < len(pieces) and pieces[at].text.lower() in _FILLERS and _adjoins(text, pieces, at - 1):
        at += 1
    if at >= len(pieces) or not _is_year(pieces[at].text) or not _adjoins(text, pieces, at - 1):
        return None
    if at + 1 < len(pieces) and pieces[at].end == pieces[at + 1].start:  # 1990s
        return None
    year = int(pieces[at].text)
    return _Number(index + 1, at, year, year)


def _year_before(text: str, pieces: list[_Piece], index: int, free: int) -> _Number | None:
    at = index - 1
    if at < free or not _is_year(pieces[at].text) or not _adjoins(text, pieces, at):
        return None
    year = int(pieces[at].text)
    return _Number(at, at, year, year)


def _adjoins(text: str, pieces: list[_Piece], at: int) -> bool:
    """Return whether only a little punctuation separates piece `at` from the next one."""
    if at + 1 >= len(pieces):
        return False
    gap = text[pieces[at].end : pieces[at + 1].start]
    return len(gap) <= _MAX_GAP and not gap.strip(_GAP_SIGNS)


def _is_dash(text: str, pieces: list[_Piece], at: int) -> bool:
    return text[pieces[at].end : pieces[at + 1].start].strip() in _DASHES


def _is_weekday(text: str, pieces: list[_Piece], at: int) -> bool:
    word = pieces[at].text
    known = word in WEEKDAY_ABBREVIATIONS or fold_letters(word) in WEEKDAYS
    return known and _adjoins(text, pieces, at)


def _is_day(piece: str) -> bool:
    return len(piece) <= 2 and piece.isdecimal() and 1 <= int(piece) <= 31


def _is_year(piece: str) -> bool:
    return len(piece) == 4 and piece.isdecimal() and 1000 <= int(piece) <= 2199


_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _exists(month: int, day: _Number, year: int | None) -> bool:
    days = _MONTH_DAYS[month - 1]
    if month == 2 and year is not None and (year % 4 or (year % 100 == 0 and year % 400)):
        days = 28
    return day.high <= days


def _iso(month: int, day: _Number, year: int | None) -> str:
    stem = f"{year:04d}-{month:02d}" if year is not None else f"--{month:02d}"
    if day.low == day.high:
        return f"{stem}-{day.low:02d}"
    return f"{stem}-{day.low:02d}/{stem}-{day.high:02d}"


_YEAR_FIRST = re.compile(
    r"(?<![\w.,/:-])(1[0-9]{3}|2[01][0-9]{2})([-./])([0-9]{1,2})\2([0-9]{1,2})(?![\w/-]|[.,:][0-9])"
)
_YEAR_LAST = re.compile(
    r"(?<![\w.,/:-])([0-9]{1,2})(?:([./-])|\. )([0-9]{1,2})(?(2)\2|\. )(1[0-9]{3}|2[01][0-9]{2})"
    r"(?![\w/-]|[.,:][0-9])"
)


def _numeric_dates(text: str) -> list[FoundDate]:
    """Yield 2020-02-27, 27.02.2020, 27. 2. 2020, 27/2/2020; not 03/04/2020, which is ambiguous."""
    found: list[FoundDate] = []
    for match in _YEAR_FIRST.finditer(text):
        year, month, day = int(match[1]), int(match[3]), int(match[4])
        if _is_date(year, month, day):
            found.append(FoundDate(match.start(), match.end(), f"{year:04d}-{month:02d}-{day:02d}"))
    for match in _YEAR_LAST.finditer(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        day_first, month_first = _is_date(year, second, first), _is_date(year, first, second)
        # With full stops the day comes first wherever dates are written so.
        if day_first and (match[2] in (None, ".") or not month_first or first == second):
            day, month = first, second
        elif month_first and not day_first:
            day, month = second, first
        else:
            continue
        found.append(FoundDate(match.start(), match.end(), f"{year:04d}-{month:02d}-{day:02d}"))
    return found


def _is_date(year: int, month: int, day: int) -> bool:
    return 1 <= month <= 12 and day >= 1 and _exists(month, _Number(0, 0, day, day), year)


_IDEOGRAPHIC = re.compile(
    r"(?<!\d)(?:(令和|平成|昭和|大正|明治)?\s?(\d{1,4}|元)\s?[年년]\s?)?(?<!\d)(\d{1,2})\s?[月월]"
    r"(?:\s?(\d{1,2})\s?[日号號일])?"
)
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}


def _ideographic_dates(text: str) -> list[FoundDate]:
    """Yield 2020年2月27日, 令和2年2月27日, 2월 27일, 2020年2月."""
    if "月" not in text and "월" not in text:
        return []
    found: list[FoundDate] = []
    for match in _IDEOGRAPHIC.finditer(text):
        era, named_year, month = match[1], match[2], int(match[3])
        year = None if named_year is None else 1 if named_year == "元" else int(named_year)
        if year is not None:
            year += _ERAS.get(era, 0)
            if not 1000 <= year <= 2199:
                year = None
        if not 1 <= month <= 12:
            continue
        start = match.start() if year is not None else match.start(3)
        if match[4] is None:
            if year is not None:
                found.append(FoundDate(start, match.end(), f"{year:04d}-{month:02d}"))
            continue
        day = int(match[4])
        number = _Number(0, 0, day, day)
        if day >= 1 and _exists(month, number, year):
            found.append(FoundDate(start, match.end(), _iso(month, number, year)))
    return found

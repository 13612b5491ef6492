"""A bar chart over time: articles, captures, and dates in captions."""

import re
import sqlite3
from collections import Counter
from dataclasses import dataclass

_MOST_BARS = 60
_YEARS = (1800, 2199)
"""Years of the chart; dates outside them are reading errors and would squeeze all others together."""
_SERIES = (
    (
        "articles published",
        "SELECT substr(a.published_at, 1, 7), count(*) FROM articles a JOIN records r ON r.id = a.record_id"
        " WHERE r.missing_since IS NULL GROUP BY 1",
    ),
    (
        "dates in captions",
        "SELECT substr(c.date, 1, 7), count(*) FROM captions c WHERE c.date IS NOT NULL GROUP BY 1",
    ),
    (
        "captures",
        "SELECT substr(captured_at, 1, 7), count(*) FROM records WHERE captured_at IS NOT NULL"
        " AND missing_since IS NULL GROUP BY 1",
    ),
)
_WIDTH, _HEIGHT = 960, 120


@dataclass(frozen=True, slots=True)
class Bar:
    """A column of the plot, in the units of its view box."""

    series: int
    label: str
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """The chart, with bars side by side for every series that has dates."""

    width: int
    height: int
    unit: str
    series: tuple[tuple[int, str, int], ...]
    """The series: number, name, and number of dates."""
    bars: tuple[Bar, ...]
    labels: tuple[tuple[float, str], ...]
    """Labels: position and text."""
    most: int


def load_timeline(connection: sqlite3.Connection) -> Timeline | None:
    """Return the chart; None if the catalogue holds no dates."""
    counts = [_by_month(connection, sql) for _, sql in _SERIES]
    months = sorted(set().union(*counts))
    if not months:
        return None
    first, last = _number(months[0]), _number(months[-1])
    step, unit = 1, "month"
    if last - first + 1 > _MOST_BARS:
        step, unit = 12, "year"
        first, last = first // 12 * 12, last // 12 * 12 + 11
        while (last - first + 1) // step > _MOST_BARS:
            step = 120 if step == 12 else step * 2
            unit = f"{step // 12} years"
    slots = (last - first) // step + 1
    by_slot = [Counter[int]() for _ in counts]
    for series, found in enumerate(counts):
        for month, count in found.items():
            by_slot[series][(_number(month) - first) // step] += count
    most = max(max(each.values(), default=0) for each in by_slot)
    used = [series for series, found in enumerate(by_slot) if found]
    slot_width = _WIDTH / max(slots, 12)
    width = slot_width * 0.8 / len(used)
    bars = tuple(
        Bar(
            series,
            _label(first + slot * step, step),
            count,
            round(slot * slot_width + slot_width * 0.1 + place * width, 2),
            round(_HEIGHT - max(2.0, _HEIGHT * count / most), 2),
            round(max(1.0, width - 1), 2),
            round(max(2.0, _HEIGHT * count / most), 2),
        )
        for place, series in enumerate(used)
        for slot, count in sorted(by_slot[series].items())
    )
    every = max(1, -(-slots // 8))
    labels = tuple(
        (round((slot + 0.1) * slot_width, 2), _label(first + slot * step, step))
        for slot in range(0, slots, every)
    )
    names = tuple((series, _SERIES[series][0], sum(by_slot[series].values())) for series in used)
    return Timeline(_WIDTH, _HEIGHT, unit, names, bars, labels, most)


def _by_month(connection: sqlite3.Connection, sql: str) -> dict[str, int]:
    """Count by ``YYYY-MM``; a date that names only its year counts in January."""
    found: Counter[str] = Counter()
    for text, count in connection.execute(sql):
        match = re.fullmatch(r"(\d{4})(?:-(0[1-9]|1[0-2]))?-?", text or "")
        if match and _YEARS[0] <= int(match[1]) <= _YEARS[1]:
            found[f"{match[1]}-{match[2] or '01'}"] += count
    return found


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _label(number: int, step: int) -> str:
    return f"{_MONTHS[number % 12]} {number // 12}" if step == 1 else str(number // 12)

"""Times of capture in web archives, with the precision that they give."""

import re
from datetime import UTC, datetime

_FORMS = (
    re.compile(
        r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,30})?)?([Zz]|[+-]\d\d:?\d\d)?)?)?)?"
    ),
    re.compile(r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(\d\d)?(\d\d)?)?)?)?()"),
)
"""ISO 8601 as in WARC 1.1, also reduced ("2019", "2019-08"), and the digits of ARC and of indexes."""


def parse_instant(text: str) -> str | None:
    """Return ISO 8601 in UTC, with the given precision: ``2019-08-15T01:02:03Z``, ``2019-08-15``, ``2019``.

    Fractions of seconds are left off. None: not a date.

    >>> parse_instant("20190815010203"), parse_instant("2019-08"), parse_instant("2019-13")
    ('2019-08-15T01:02:03Z', '2019-08', None)
    """
    for form in _FORMS:
        match = form.fullmatch(text.strip())
        if match is None:
            continue
        *digits, zone = match.groups()
        given = [int(each) for each in digits if each is not None]
        try:
            moment = _begin(given, zone or "")
        except (ValueError, OverflowError):
            return None
        if len(given) < 5:
            return moment.strftime("%Y-%m-%d")[: (4, 7, 10, 10)[len(given) - 1]].rjust(4, "0")
        return moment.isoformat(timespec="seconds" if len(given) == 6 else "minutes").replace("+00:00", "Z")
    return None


def beginning_of(instant: str) -> datetime | None:
    """Return the first moment of what :func:`parse_instant` gave; None: not a date.

    >>> beginning_of("2019-08").isoformat()
    '2019-08-01T00:00:00+00:00'
    """
    match = _FORMS[0].fullmatch(instant)
    if match is None:
        return None
    *digits, zone = match.groups()
    try:
        return _begin([int(each) for each in digits if each is not None], zone or "")
    except (ValueError, OverflowError):
        return None


def _begin(given: list[int], zone: str) -> datetime:
    year, month, day, hour, minute, second = (*given, *(0, 1, 1, 0, 0, 0)[len(given) :])
    # Python's datetime has no leap seconds.
    text = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{min(second, 59) if second == 60 else second:02}"
    return datetime.fromisoformat(text + ("Z" if zone in ("", "z", "Z") else zone)).astimezone(UTC)

"""IPTC-IIM: the data sets that press photographs have carried since the 1990s.

Source: IPTC-NAA Information Interchange Model 4.2; record 2 holds the fields, 1:90 names the charset.
"""

from collections.abc import Iterator, Mapping, Sequence

from media.pictures.metadata.metadata import Metadata
from media.pictures.metadata.statement import Description, Statement, decode_text, is_utf8, tidy_value

_RECORDS = 10_000
"""The most data sets read from one block; editors fill a few dozen."""

_CAPTIONS = 8
"""The most captions kept: 2:120 is not repeatable, but some files hold it twice."""

_CHARSET, _KEYWORDS, _DATE, _TIME = (1, 90), (2, 25), (2, 55), (2, 60)
_BYLINE, _CITY, _COUNTRY, _HEADLINE = (2, 80), (2, 90), (2, 101), (2, 105)
_CREDIT, _SOURCE, _COPYRIGHT, _CAPTION = (2, 110), (2, 115), (2, 116), (2, 120)
_WANTED = frozenset(
    (
        _CHARSET,
        _KEYWORDS,
        _DATE,
        _TIME,
        _BYLINE,
        _CITY,
        _COUNTRY,
        _HEADLINE,
        _CREDIT,
        _SOURCE,
        _COPYRIGHT,
        _CAPTION,
    )
)
_TEXTS = (_CAPTION, _BYLINE, _CREDIT, _SOURCE, _COPYRIGHT, _HEADLINE, _CITY, _COUNTRY, _KEYWORDS)
"""Those that are in the charset of their writer, the longest first."""

_CHARSETS: Mapping[bytes, str] = {
    b"%G": "utf-8",
    b"%/G": "utf-8",
    b"%/H": "utf-8",
    b"%/I": "utf-8",
    **{
        sign + final: charset
        for sign in (b"-", b".")  # a 96-character set designated as G1 or G2
        for final, charset in {
            b"A": "cp1252",  # ISO 8859-1; who declares it means the Windows page that holds it
            b"B": "iso8859-2",
            b"C": "iso8859-3",
            b"D": "iso8859-4",
            b"F": "iso8859-7",
            b"G": "iso8859-6",
            b"H": "iso8859-8",
            b"L": "iso8859-5",
            b"M": "iso8859-9",
            b"V": "iso8859-10",
            b"Y": "iso8859-13",
            b"_": "iso8859-14",
            b"b": "iso8859-15",
            b"f": "iso8859-16",
        }.items()
    },
}
"""Escape sequences of ISO 2022 that 1:90 holds, without their ESC."""


def read_iptc(data: bytes) -> Statement:
    """Return the values of the IIM data sets in ``data``; if it is cut short, those before the cut."""
    doubts: list[str] = []
    values: dict[tuple[int, int], list[bytes]] = {}
    for number, value in _data_sets(data, doubts):
        if number in _WANTED:
            values.setdefault(number, []).append(value)
    charset = _name_charset(values.get(_CHARSET, [b""])[-1])
    among = [value for number in _TEXTS for value in values.get(number, ()) if not is_utf8(value)]

    def texts(number: tuple[int, int]) -> list[str]:
        found = (tidy_value(_decode(value, charset, among)) for value in values.get(number, ()))
        return [text for text in found if text is not None]

    def first(number: tuple[int, int]) -> str | None:
        return next(iter(texts(number)), None)

    captions = [_decode(value, charset, among) for value in values.get(_CAPTION, ())[:_CAPTIONS]]
    return Statement(
        Metadata(
            headline=first(_HEADLINE),
            caption=first(_CAPTION),
            byline="; ".join(texts(_BYLINE)) or None,
            credit_line=first(_CREDIT),
            copyright_notice=first(_COPYRIGHT),
            source=first(_SOURCE),
            keywords=tuple(texts(_KEYWORDS)),
            created_at=_join_date(first(_DATE), first(_TIME)),
            city=first(_CITY),
            country=first(_COUNTRY),
        ),
        tuple(Description("iptc", "IPTC 2:120", text) for text in captions if tidy_value(text)),
        doubts=tuple(doubts),
    )


_BINARY = frozenset((0, 125, 200, 201, 202))
"""Data sets of record 2 that hold no text: versions, a drawn caption, a preview."""
_MOST_BYTES = 0x7FFF
"""IIM 4.2, 1.5: a longer value needs an extended data set."""


def render_iptc(former: bytes, caption: str, credit: str | None) -> bytes:
    """Return the data sets of ``former`` with this caption, and this credit where one is given, in UTF-8.

    A text that is longer than a data set can be ends earlier; XMP has all of it.
    """
    every = list(_data_sets(former, []))
    sets = [each for each in every if each[0][0] == 2]
    others = [each for each in every if each[0][0] != 2 and each[0] != _CHARSET]
    charset = _name_charset(next((value for at, value in every if at == _CHARSET), b""))
    among = [value for number, value in sets if number[1] not in _BINARY and not is_utf8(value)]
    new = {_CAPTION: caption} | ({_CREDIT: credit} if credit else {})
    kept = [
        (number, value if number[1] in _BINARY else _decode(value, charset, among).encode())
        for number, value in sets
        if number not in new
    ]
    if not any(number == (2, 0) for number, _ in kept):
        kept.insert(0, ((2, 0), b"\0\4"))
    kept += ((number, text.encode()) for number, text in new.items())
    written = sorted([*others, (_CHARSET, b"\x1b%G"), *kept], key=lambda each: each[0][0])  # by their record
    return b"".join(_render(number, value) for number, value in written)


def _render(number: tuple[int, int], value: bytes) -> bytes:
    if len(value) > _MOST_BYTES:
        value = value[:_MOST_BYTES].decode("utf-8", "ignore").encode()
    return bytes((0x1C, *number)) + len(value).to_bytes(2, "big") + value


def _data_sets(data: bytes, doubts: list[str]) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Yield each data set's record and number, and its value."""
    at, size = 0, len(data)
    for _ in range(_RECORDS):
        if at + 5 > size or data[at] != 0x1C:
            # Padding ends the block; a stray byte is stepped over up to the next data set of record 2.
            at = data.find(b"\x1c\x02", at)
            if at < 0 or at + 5 > size:
                return
        length = data[at + 3] << 8 | data[at + 4]
        start = at + 5
        if length & 0x8000:  # extended: the length of the length
            length_bytes = length & 0x7FFF
            length = int.from_bytes(data[start : start + min(length_bytes, 8)], "big")
            start += length_bytes
        if start + length > size:
            doubts.append(f"IPTC: data set {data[at + 1]}:{data[at + 2]:03d} is cut short")
            length = max(0, min(length, size - start))
        yield (data[at + 1], data[at + 2]), data[start : start + length]
        at = start + length


def _name_charset(escape: bytes) -> str | None:
    """Return the codec that 1:90 names; None if it names no known one."""
    return _CHARSETS.get(escape.strip(b"\0 ").removeprefix(b"\x1b")[:3])


def _decode(value: bytes, charset: str | None, among: Sequence[bytes]) -> str:
    if charset is not None:
        try:
            return value.decode(charset)
        except UnicodeDecodeError:
            pass  # Some writers declare UTF-8 but write in the charset of their machine.
    return decode_text(value, among)


def _join_date(date: str | None, time: str | None) -> str | None:
    """Return ISO 8601 of 2:55 (``CCYYMMDD``, zeros where unknown) and 2:60 (``HHMMSS+HHMM``)."""
    digits = (date or "").replace("-", "").replace(":", "")
    if len(digits) != 8 or not digits.isdigit() or digits.startswith("0000"):
        return None
    year, month, day = digits[:4], digits[4:6], digits[6:]
    if not "01" <= month <= "12":
        return year
    if not "01" <= day <= "31":
        return f"{year}-{month}"
    clock = (time or "").replace(":", "")
    if len(clock) < 6 or not clock[:6].isdigit() or clock[:6] > "235959":
        return f"{year}-{month}-{day}"
    offset = clock[6:]
    zone = (
        f"{offset[:3]}:{offset[3:5]}"
        if len(offset) == 5 and offset[0] in "+-" and offset[1:].isdigit()
        else ""
    )
    return f"{year}-{month}-{day}T{clock[:2]}:{clock[2:4]}:{clock[4:6]}{zone}"

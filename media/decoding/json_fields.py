"""Finds the meaning of fields in other people's JSON by their usual names.

A name is compared by its letters and digits only, so that ``published_at``, ``publishedAt`` and
``Published-At`` are one. Where several fields of an object mean the same, the first one listed wins.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from media.captions.dates import find_dates

_NAMES = 10_000
"""The most spellings remembered. Corpora with content as field names have any number of them."""


class Vocabulary:
    """The usual field names for a set of meanings."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """``names`` gives each meaning its names, the most certain first, separated by blanks."""
        self._meanings: dict[str, tuple[tuple[str, int], ...]] = {}
        for meaning, words in names.items():
            for rank, word in enumerate(words.split()):
                self._meanings[word] = (*self._meanings.get(word, ()), (meaning, rank))
        self._spelled: dict[str, tuple[tuple[str, int], ...]] = {}

    def pick(self, row: Mapping[str, object], fields: Mapping[str, str] | None = None) -> dict[str, object]:
        """Return the value of each meaning for which ``row`` has a field; an empty value counts as missing.

        ``fields`` gives the field of a meaning explicitly; a nested field is a path with dots.
        """
        found: dict[str, object] = {}
        ranks: dict[str, int] = {}
        for name, value in row.items():
            meanings = self._spelled.get(name)
            if meanings is None:
                meanings = self._look_up(name)
            if not meanings or value is None or value == "" or value == [] or value == {}:
                continue
            for meaning, rank in meanings:
                if rank < ranks.get(meaning, _NAMES):
                    found[meaning], ranks[meaning] = value, rank
        for meaning, path in (fields or {}).items():
            if (value := follow_path(row, path)) is not None:
                found[meaning] = value
        return found

    def _look_up(self, name: str) -> tuple[tuple[str, int], ...]:
        # After a prefix: "og:title", "IPTC:Caption-Abstract", "dc.title".
        for part in (name, re.split(r"[:.]", name)[-1]):
            meanings = self._meanings.get(re.sub(r"[^0-9a-z]", "", part.casefold()), ())
            if meanings:
                break
        if len(self._spelled) < _NAMES:
            self._spelled[name] = meanings
        return meanings


ARTICLE: Final = Vocabulary(
    {
        "headline": "headline headlines articletitle pagetitle posttitle title heading ogtitle name",
        "body": "body articlebody bodytext maintext fulltext articletext cleanedtext plaintext "
        "contenttext rawtext postcontent text content article story paragraphs html bodyhtml contenthtml htmlbody "
        "htmlcontent articlehtml rawhtml pagehtml lexical mobiledoc blocks contentblocks elements components sections",
        "byline": "byline bylines author authors authorname reporter writer creator by autor autoren autores auteur "
        "auteurs autore autori",
        "dateline": "dateline",
        "published_at": "publishedat published datepublished publisheddate publishdate datepublish "
        "publicationdate publicationtime publishingdate postdategmt postdate pubdate firstpublished date datetime "
        "pubtime timestamp createdat created",
        "language": "language lang inlanguage languagecode locale",
        "url": "canonicalurl canonical canonicallink url articleurl pageurl weburl sourceurl "
        "originalurl requestedurl finalurl permalink link uri href",
        "images": "images pictures photos media figures gallery imgs mediaitems imagelist attachments",
        "src": "imageurl imageurls imagesrc imgurl imgsrc image imagepath imagefile filename file "
        "topimage topimageurl leadimage mainimage featuredimage heroimage urltoimage picture photo",
        "caption": "imagecaption imagecaptions photocaption imgcaption captiontext cutline caption captions legend",
        "alt": "imagealt alttext alt",
        "credit": "imagecredit photocredit creditline credit photographer attribution",
    }
)
"""The fields of an article, and those of one picture among them."""

PICTURE: Final = Vocabulary(
    {
        "src": "src imageurl contenturl imagesrc imgurl sourceurl url original large full href link image file "
        "filename path imagepath uri source",
        "caption": "caption cutline captiontext imagecaption figcaption legend description "
        "descriptiontext captionabstract imagedescription text title",
        "alt": "alttext alt imagealt alternativetext accessibilitytext",
        "credit": "creditline credit credittext imagecredit photocredit byline photographer author "
        "creator attribution copyrightnotice copyright rights copyrightholder source agency",
        "date": "date datecreated datetaken takenat createdat datetimeoriginal",
        "place": "place location city",
    }
)
"""The fields of one picture in a list."""

HTML: Final = Vocabulary(
    {
        "body": "html bodyhtml contenthtml htmlbody htmlcontent articlehtml texthtml rawhtml pagehtml bodyxhtml "
        "contentrendered source_html"
    }
)
"""Fields that hold a body, or a page, as HTML. They have the pictures that a plain body lacks."""

_INNER = (
    "rendered",
    "processed",
    "text",
    "value",
    "#text",
    "main",
    "name",
    "node",
    "full",
    "url",
    "src",
    "href",
    "default",
    "plain",
    "en",
)
"""The fields that hold the text of an object that represents a text."""


def load_json(data: bytes | str) -> object:
    """Return the value of a JSON text, without NULs and halves of surrogate pairs, which a catalogue cannot store.

    Raises :class:`ValueError` (``json.JSONDecodeError``, ``UnicodeDecodeError``, a number of thousands
    of digits) or :class:`RecursionError` (thousands of brackets inside each other).
    """
    value: object = json.loads(data)
    # Only escapes can give them. Most texts have no escapes, and are not searched.
    if isinstance(data, bytes):
        suspect = b"\\ud" in data or b"\\uD" in data or b"\\u0000" in data
    else:
        suspect = "\\ud" in data or "\\uD" in data or "\\u0000" in data
    return mend_value(value) if suspect else value


def mend_value(value: object) -> object:
    """Return a value of JSON without NULs and halves of surrogate pairs."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value.replace("\0", ""))
    if isinstance(value, list):
        return [mend_value(one) for one in value]
    if isinstance(value, dict):
        return {mend_value(name): mend_value(one) for name, one in value.items()}
    return value


_SURROGATE = re.compile("[\ud800-\udfff]")

_DEPTH = 6
"""The most levels of objects and lists that are searched for a text; deeper ones are data, not text."""


def read_words(value: object, separator: str = ", ", depth: int = _DEPTH) -> str | None:
    """Return the text in ``value``: a text, a number, a list, or an object that holds one."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool) or value is None or depth == 0:
        return None
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        words = (read_words(one, separator, depth - 1) for one in value)
        return separator.join(word for word in words if word) or None
    if isinstance(value, dict):
        return read_words(
            next((value[name] for name in _INNER if value.get(name)), None), separator, depth - 1
        )
    return None


def follow_path(row: Mapping[str, object], path: str) -> object:
    """Return the value at a path with dots (``content.rendered``), or of a field with this name."""
    if path in row:
        return row[path]
    value: object = row
    for name in path.split("."):
        if isinstance(value, list):
            value = value[int(name)] if name.isdigit() and int(name) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
        if value is None:
            return None
    return value


_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


def read_language(value: object) -> str | None:
    """Return the BCP 47 tag for a language such as ``en_US``; None for a name such as ``English``."""
    found = _LANGUAGE.fullmatch(read_words(value) or "")
    return found[0].replace("_", "-") if found else None


_ISO = re.compile(
    r"(\d{4})[-:]?(\d\d)[-:]?(\d\d)"
    r"(?:[T ]+(\d\d):?(\d\d)(?::?(\d\d))?(?:[.,]\d+)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?",
    re.IGNORECASE,
)
_LATEST_EPOCH = 4_102_444_800
"""The year 2100: a larger number counts milliseconds (or less)."""


def read_moment(value: object) -> str | None:
    """Return a date in ISO 8601, given as JSON has it: ISO, RFC 2822, seconds since 1970, or words."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _read_epoch(float(value))
    if isinstance(value, dict) and (dated := value.get("$date")):  # MongoDB's Extended JSON
        return read_moment(dated.get("$numberLong") if isinstance(dated, dict) else dated)
    text = read_words(value)
    if text is None or len(text) > 100:
        return None
    found = _ISO.fullmatch(text)
    if found is not None:
        return _read_iso(found)
    if text.isdigit() and 9 <= len(text) <= 16:
        return _read_epoch(float(text))
    if re.match(r"(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d", text):
        try:
            return parsedate_to_datetime(text).isoformat()
        except ValueError:
            return None
    named = find_dates(text)
    return named[0].iso if len(named) == 1 and named[0].iso[0].isdigit() and "/" not in named[0].iso else None


def _read_iso(found: re.Match[str]) -> str | None:
    year, month, day, hour, minute, second, zone = found.groups()
    if not ("01" <= month <= "12" and "01" <= day <= "31") or year == "0000":
        return None
    date = f"{year}-{month}-{day}"
    if hour is None or hour > "24" or minute > "59":
        return date
    clock = f"{hour}:{minute}:{second}" if second else f"{hour}:{minute}"
    if zone is None:
        return f"{date}T{clock}"
    if zone[0] not in "+-":
        return f"{date}T{clock}+00:00"
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return f"{date}T{clock}{zone[0]}{digits[:2]}:{digits[2:]}"


def _read_epoch(seconds: float) -> str | None:
    while seconds > _LATEST_EPOCH and seconds < float("inf"):
        seconds /= 1000
    if not 0 < seconds <= _LATEST_EPOCH:
        return None
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()

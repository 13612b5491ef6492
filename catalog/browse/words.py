"""Kinds, numbers and names in words, for the pages."""

import datetime
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from catalog.findings import kinds
from catalog.show.words import captions_text, count_noun, say_waiting, size_text
from media.locator import base_name, printable

REPEAT_KINDS = kinds.CAPTION_KINDS.labels
GROUP_KINDS = kinds.IMAGE_KINDS.labels
MATCH_KINDS = kinds.MATCH_KINDS.labels
GRADES = kinds.CONFLICT_GRADES.labels
CORRECTION_GRADES = kinds.CORRECTION_GRADES.labels
STORY_KINDS = kinds.STORY_KINDS.headings
FURNITURE_KINDS = kinds.FURNITURE_KINDS.labels
CREDIT_KINDS = kinds.CREDIT_KINDS.labels

ORIGINS: Mapping[str, str] = {
    "figcaption": "figure caption",
    "class": "marked as caption",
    "near-image": "beside the picture",
    "text-line": "line of text",
    "json-ld": "page's data (JSON-LD)",
    "nitf": "NITF",
    "newsml": "NewsML",
    "ninjs": "ninjs",
    "jsonl": "JSON Lines",
    "shortcode": "shortcode",
    "sidecar": "file beside the picture",
    "iptc": "in the file (IPTC)",
    "xmp": "in the file (XMP)",
    "exif": "in the file (EXIF)",
    "alt": "alternative text",
}

FORMS: Mapping[str, tuple[str, str]] = {
    "original": ("Original", "The form that represents the picture."),
    "derivative": ("Derivative", "The whole picture, in another size or encoding."),
    "edit": ("Edit", "Turned, mirrored, bent, as a negative, or inside a larger picture."),
    "crop": ("Crop", "A part of the picture."),
    "changed": ("Changed", "A part of the picture was changed."),
}

SCOPES = kinds.SCOPE_KINDS.labels

UNSEEN = ("json-ld", "sidecar", "iptc", "xmp", "exif", "alt")
"""Origins of captions that a reader of the page does not see."""


def say_publisher(url: str | None, locator: str | None = None) -> str:
    """Return the publisher of a page: the host of its address, or the first folder of its locator."""
    host = ""
    if url:
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            host = ""
    if not host and locator and "/" in locator:
        host = locator.split("/", 1)[0]
    return printable(host.removeprefix("www."))


def say_date(text: str | None) -> str:
    """Return an ISO date for people: ``27 Feb 2024``, ``Feb 2024``, ``2024``; return other text unchanged."""
    match = re.match(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?![\d])", text or "")
    if not match:
        return text or ""
    year, month, day = match.groups()
    try:
        date = datetime.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return text or ""
    return date.strftime("%-d %b %Y" if day else "%b %Y" if month else "%Y").lstrip("0")


def say_time(text: str | None) -> str:
    """Return a moment, to the minute, in UTC."""
    match = re.match(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)", text or "")
    return f"{say_date(match[1])}, {match[2]} UTC" if match else say_date(text)


FILTERS: Mapping[str, object] = {
    "captions_text": captions_text,
    "count_noun": count_noun,
    "say_waiting": say_waiting,
    "size_text": size_text,
    "say_date": say_date,
    "say_time": say_time,
    "say_publisher": say_publisher,
    "printable": printable,
    "base_name": lambda locator: printable(base_name(locator)),
    "REPEAT_KINDS": REPEAT_KINDS,
    "GROUP_KINDS": GROUP_KINDS,
    "MATCH_KINDS": MATCH_KINDS,
    "GRADES": GRADES,
    "ORIGINS": ORIGINS,
    "FORMS": FORMS,
    "CORRECTION_GRADES": CORRECTION_GRADES,
    "CREDIT_KINDS": CREDIT_KINDS,
    "STORY_KINDS": STORY_KINDS,
    "LISTED_SCOPE": kinds.LISTED_SCOPE,
    "SCOPES": SCOPES,
    "FURNITURE_KINDS": FURNITURE_KINDS,
}
"""Functions for templates."""

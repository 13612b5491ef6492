"""Reads byline and dateline from the first lines of an article."""

import re
from typing import Final

from media.captions.dates import find_dates

_BYLINE: Final = re.compile(
    r"(?:[Bb]y|BY|Von|VON|Par|PAR|Por|POR|Di|Door|Av|Af|Text:|Автор:|Reporting by)\s"
    r"(?P<name>[^\W\d_a-zß-ÿа-я][\w.’'-]+(?:(?:,?\s|\s?[/&]\s?)"
    r"(?:[^\W\d_a-zß-ÿа-я][\w.’'-]*|and(?:\sthe)?|und|et|y|e|og|och|de|van|von|al|el)){0,11})(?=[\s,.|·(–—-]|\Z)"
)
_DATELINE: Final = re.compile(
    r"(?P<place>[A-ZÀ-ÞА-Я][A-ZÀ-ÞА-Я.'’ -]{2,30}"
    r"(?:,\s[^\W\d_][\w.']{1,12}(?:\s[A-Z][\w.']{1,12})?(?!\s\d)){0,2})"
    r"\s?(?P<agency>\([\w ./-]{2,30}\))?"
    r"(?:,\s\w+\.?\s\d{1,2})?\s?(?:--|[—–]|-)\s"
)
_MAX_BYLINE: Final = 120
"""Characters: three names with their titles fit."""


def read_byline(line: str) -> str | None:
    """Return the byline that a line begins with ("By Zeina Karam and Bassem Mroue"); None where it does not."""
    if len(line) > _MAX_BYLINE:
        return None
    found = _BYLINE.match(line)
    if found is None:
        return None
    told = found[0]
    if dated := next((date for date in find_dates(line) if date.start < len(told)), None):
        told = told[: dated.start]  # "By Ana Ruiz December 28, 2016": the month looks like a name
    return _ENDS_OPEN.sub("", told).strip(" ,") if len(told) > found.start("name") else None


_ENDS_OPEN: Final = re.compile(r"(?:[,\s]+(?:and|und|et|y|e|og|och|de|van|von|al|el|the))+$")
"""Endings after which another name would follow. If one is found, the next name was not recognised."""


def read_dateline(paragraph: str) -> str | None:
    """Return the place, with its agency, that a first paragraph opens with ("BEIRUT (AP)")."""
    found = _DATELINE.match(paragraph[:120])
    if not found or found["place"].split()[0] in ("I", "A"):
        return None
    place = found["place"].rstrip()
    if not place.endswith((".C.", ".S.")):
        place = place.rstrip(" -.")
    return f"{place} {found['agency']}" if found["agency"] else place

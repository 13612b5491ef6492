"""The date and the place that a caption names."""

import re
from typing import Final

from media.captions.caption import Caption
from media.captions.dates import FoundDate, find_dates


def caption_with_facts(text: str, credit_line: str | None = None) -> Caption:
    """Make a :class:`Caption` of a text without credit, with the date and place that it names where they are
    clear: one date in it, and a place that stands right beside it.
    """
    head = text[:_HEAD]
    dates = [found for found in find_dates(head) if not found.iso.startswith("--")]
    complete = [found for found in dates if len(found.iso) >= 10] or dates
    date = complete[0] if len({found.iso for found in complete}) == 1 else None
    return Caption(text, credit_line, date.iso if date else None, _place_beside(head, date) if date else None)


# Captions name their date early; a text of 2,000 characters is not a caption.
_HEAD: Final = 2000

_NAME: Final = r"[^\W\d_a-zß-ÿа-я][\w.’'-]*"
_PLACE: Final = (
    rf"{_NAME}(?:\s(?:(?:of|the|de|del|la|las|los|el|al|am|an|der|du|sur|di|do|da|dos|e|and)\s)?{_NAME})"
    r"{0,4}"
    r"(?:\s(?:province|county|state|district|region|prefecture|governorate|village|city|airport|island))?"
)
_PLACES: Final = rf"{_PLACE}(?:,\s{_PLACE}){{0,3}}"
_IN: Final = r"(?:in|at|near|outside|over|off|im|bei|en|à|au|a|em|no|na|i|på|ved|vid|w|v|в|на)"
_BEFORE: Final = re.compile(
    rf"(?:(?<=\s)|(?<=\A))(?P<in>{_IN})\s(?:the\s)?(?P<place>{_PLACES}),?(?:\s(?:on|am|le|el|em|il|op|den))?\s?\Z"
)
_AFTER: Final = re.compile(rf",?\s{_IN}\s(?:the\s)?(?P<place>{_PLACES})(?=[.;:]?(?:\s|\Z))")
_MONTHLIKE: Final = re.compile(r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day", re.IGNORECASE)


def _place_beside(text: str, date: FoundDate) -> str | None:
    """Return the place before a date ("in Idlib province, Syria, Feb. 27, 2020") or after it ("..., in
    Olympia").
    """
    before = text[max(0, date.start - 90) : date.start]
    found = _BEFORE.search(before)
    after = _AFTER.match(text, date.end)
    if after and (found is None or found["in"] not in ("in", "im", "en")):
        found = after  # "at the Statehouse, Thursday, April 27, 2023, in Indianapolis"
    if not found:
        return None
    place = (
        found["place"].rstrip(" ,.") if not found["place"].endswith((".S.", ".K.", ".C.")) else found["place"]
    )
    return None if _MONTHLIKE.search(place) else place

"""Why a caption stands twice in one article."""

import re
from collections.abc import Sequence
from functools import lru_cache

from media.captions.caption import UNSEEN_ORIGINS
from media.matching.captions.uses import CaptionUse, is_cut_short

# What the mark-up around a copy says of itself: looked for in the evidence of its placement.
_SCREEN_READER = re.compile(
    r"sr[-_]only|screen[-_]?reader|visually[-_]?hidden|assistive|aria-(?:label|describedby)", re.IGNORECASE
)
_ZOOM = re.compile(
    r"lightbox|zoom|enlarge|full[-_]?screen|modal|overlay|magnif|fancybox|photoswipe|pswp", re.IGNORECASE
)
_GALLERY = re.compile(r"galler|carousel|slide|swiper|slick|filmstrip|diaporama|bildstrecke", re.IGNORECASE)


def doubling_order(use: CaptionUse) -> tuple[bool, bool, int, int]:
    """Sorts the copies of one article: first the one that its reader sees first, whole.

    What is equal stays in the order in which it was given: numbers of placements say only what was read first.
    """
    unseen = use.origin in UNSEEN_ORIGINS
    return unseen, is_cut_short(use.text), int(bool(_copy_mark(use))), use.position


_UNSEEN_COPIES = {
    "json-ld": "in the page's data (JSON-LD)",
    "sidecar": "in a file beside the picture",
    "iptc": "in the picture's file (IPTC)",
    "xmp": "in the picture's file (XMP)",
    "exif": "in the picture's file (EXIF)",
    "alt": "in the picture's alternative text",
}


def why_doubled(first: CaptionUse, copy: CaptionUse) -> str:
    """Why `copy` repeats `first`, both in one article."""
    if copy.origin in _UNSEEN_COPIES:
        return f"{_UNSEEN_COPIES[copy.origin]}, too"
    mark = _copy_mark(copy)
    if mark:
        return mark
    if is_cut_short(copy.text) and not is_cut_short(first.text):
        return "truncated copy"
    if first.image and copy.image and first.image != copy.image:
        return "gallery"
    return "plain repetition"


def _copy_mark(use: CaptionUse) -> str:
    return _mark_in(use.evidence) if use.evidence else ""


@lru_cache(maxsize=1024)  # Each use is asked when it is sorted, and again when it is named.
def _mark_in(evidence: str) -> str:
    if _SCREEN_READER.search(evidence):
        return "screen-reader copy"
    if _ZOOM.search(evidence):
        return "zoom copy"
    if _GALLERY.search(evidence):
        return "gallery"
    return ""


def is_attribute_copy(uses: Sequence[CaptionUse]) -> bool:
    """Return whether one of the uses is a copy that the reader does not see."""
    return any(use.origin in UNSEEN_ORIGINS for use in uses)

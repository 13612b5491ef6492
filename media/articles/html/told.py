"""Captions that a page keeps in attributes and data, for a lightbox or a gallery to show when its reader asks."""

import html
import json
from collections.abc import Iterator, Sequence
from typing import Final

from media.articles.article import MAX_PICTURES
from media.articles.html.marks import PROPERTIES
from media.articles.html.page import Gallery, Page, Picture
from media.captions.caption import Origin, Placement
from media.captions.credit import join_separate_credit, split_credit
from media.captions.facts import caption_with_facts
from media.captions.key import MARKUP_CLEANERS
from media.left_out import leave_out

_MIN_TOLD: Final = 20
"""Characters: shorter ones name a thing, or a setting."""
_MAX_TOLD: Final = 4_000
_MAX_NODES: Final = 20_000
_TEXTS: Final = (
    "caption",
    "captionText",
    "caption_text",
    "cutline",
    "legend",
    "sub-html",
    "subHtml",
    "bildtext",
    "bildText",
    "bildetekst",
    "billedtekst",
    "bildunterschrift",
    "bildUnterschrift",
    "legende",
    "légende",
    "leyenda",
    "legenda",
    "didascalia",
    "pie",
    "pieDeFoto",
    "pie_foto",
    "bijschrift",
    "onderschrift",
    "kuvateksti",
)
_TELLING: Final = frozenset(_TEXTS)
_CREDITS: Final = (
    "credit",
    "creditText",
    "byline",
    "copyright",
    "photographer",
    "source",
    "fotograf",
    "fotografo",
    "fotógrafo",
    "photographe",
    "fotograaf",
    "valokuvaaja",
    "crédito",
    "credito",
    "urheber",
    "bildquelle",
)
_ADDRESSES: Final = (
    "src",
    "url",
    "image",
    "full",
    "href",
    "contentUrl",
    "imageUrl",
    "original",
    "large",
    "original_url",
)
_SETTINGS: Final = ("data-description", "data-desc", "data-image-description")
"""Attributes that plug-ins fill and seldom show."""


def told_captions(page: Page, placements: Sequence[Placement]) -> list[Placement]:
    """Return the captions of pictures that the page shows without one, and those of galleries that a script fills."""
    captioned = {placement.image_src for placement in placements if placement.caption}
    bare = {placement.position for placement in placements if not placement.caption}
    found = []
    for picture in page.pictures:
        if picture.position in bare and picture.src and picture.src not in captioned:
            found += _of_picture(picture)
    if page.galleries:
        shown = {placement.caption.text for placement in (*placements, *found) if placement.caption}
        for gallery in page.galleries:
            found += _of_gallery(gallery, shown)
    return found


def _of_picture(picture: Picture) -> list[Placement]:
    alt = "" if picture.icon else picture.alt
    for name, text in picture.told:
        credit = picture.told_credit
        split = join_separate_credit(text, credit) if credit else split_credit(text)
        if len(split.text) >= _MIN_TOLD and " " in split.text and text != alt:
            caption = caption_with_facts(split.text, split.credit_line)
            evidence: dict[str, object] = {"attribute": name, "copy": "lightbox"}
            if split.text != text:
                evidence["found"] = text
            origin: Origin = "alt" if name in _SETTINGS else "class"
            return [Placement(origin, caption, picture.src, picture.position, split.lead, 0.6, evidence)]
    return []


def _of_gallery(gallery: Gallery, shown: set[str]) -> Iterator[Placement]:
    """Return the captions of a gallery's data: objects that hold the address of a picture and a text."""
    rows: list[dict[str, object]] = []

    def keep(row: dict[str, object]) -> dict[str, object]:
        if not _TELLING.isdisjoint(row) and len(rows) < _MAX_NODES:
            rows.append(row)
        return row

    try:
        outermost = json.loads(gallery.text, object_hook=keep)
    except (ValueError, RecursionError):
        return
    given = 0
    if gallery.attribute in PROPERTIES:
        rows = [outermost] if isinstance(outermost, dict) else []
    for row in rows:
        caption = _first(row, _TEXTS)
        address = _first(row, _ADDRESSES) or _inner_address(row)
        if not address or " " in address or not caption:
            continue
        if given == MAX_PICTURES:
            leave_out(MAX_PICTURES, "captions in the data of a gallery")
            return
        for clean in MARKUP_CLEANERS:
            caption = clean(caption)
        caption = " ".join(caption.split())[:_MAX_TOLD]
        split = join_separate_credit(caption, html.unescape(_first(row, _CREDITS) or "") or None)
        if len(split.text) < _MIN_TOLD or " " not in split.text or split.text in shown:
            continue
        shown.add(split.text)
        given += 1
        evidence: dict[str, object] = {"gallery": gallery.attribute or "script", "copy": "lightbox"}
        if split.text != caption:
            evidence["found"] = caption
        told = caption_with_facts(split.text, split.credit_line)
        # A script holds the state of the whole page: who reads the page sees but part of it.
        origin: Origin = "class" if gallery.attribute else "json-ld"
        yield Placement(origin, told, address, gallery.position, split.lead, 0.6, evidence)


def _inner_address(row: dict[str, object]) -> str | None:
    """Return the address of the picture that is an object of its own within the row: {"image": {"src": ...}}."""
    inner = next((value for name in _PICTURES if isinstance(value := row.get(name), dict)), None)
    return _first(inner, _ADDRESSES) if inner else None


_PICTURES: Final = ("image", "img", "photo", "picture", "media", "bild", "foto", "imagen", "imagem")


def _first(row: dict[str, object], names: Sequence[str]) -> str | None:
    return next(
        (value.strip() for name in names if isinstance(value := row.get(name), str) and value.strip()), None
    )

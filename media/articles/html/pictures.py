"""The addresses of a picture, as ``img``, ``picture`` and lazy loaders give them."""

import html
import re
from typing import Final

from media.decoding.data_pictures import LEAST_CHARACTERS, SHORT, short_address

_LAZY = frozenset((
    "data-src", "data-original", "data-lazy-src", "data-lazy", "data-original-src", "data-orig-file", "data-full-src",
    "data-hi-res-src", "data-src-large", "data-large-file", "data-large-src", "data-default-src", "data-img-src",
    "data-image", "data-img", "data-url", "data-echo",
    "data-actualsrc", "data-real-src", "data-flickity-lazyload", "data-imgsrc",
))  # fmt: skip
_LAZY_SETS = frozenset(
    ("srcset", "data-srcset", "data-lazy-srcset", "data-src-set", "data-original-set", "data-lazy-sizes")
)
_LATER: Final = _LAZY | _LAZY_SETS
_PLACEHOLDER = re.compile(
    # A colour or a state names a placeholder only where it is the whole name: grey-sea.jpg is a picture.
    r"(?:^|[_-])(?:(?:blank|spacer|placeholder|transparent|pxl|1x1|default_image|no-?image|missing-?image)[\w-]*"
    r"|(?:pixel|loading|lazy|grey|gray|dummy|empty|clear|default|fallback|spinner|(?:ajax-?)?loader)[\d_x-]*)\.(?:gif|png|svg|jpe?g|webp)"
)
_NO_ADDRESS: Final = ("data:", "about:", "#", "javascript:", "blob:")
_PIXELS: Final = frozenset(("1", "2", "1px", "2px"))
_ICON_WORDS: Final = (
    "svg", "icon", "logo", "avatar", "sprite", "emoji", "smil", "badge", "btn", "button", "arrow", "flag", "gravatar",
    "tracking", "pixel", "share", "facebook", "twitter", "whatsapp", "instagram", "linkedin", "scorecard",
    "doubleclick", "spacer", "blank", "pxl",
)  # fmt: skip
_ICON = re.compile(
    r"\.svg(?:$|[?#])|(?:^|[/_.-])(?:icons?|logos?|avatars?|sprites?|emoji|smil(?:ey|ies)|badges?|btn|button|arrow|flags?|gravatar"
    r"|favicon|tracking|pixel|pxl|spacer|blank|share|facebook|twitter|whatsapp|instagram|linkedin)(?:[/_.-]|$)|gravatar\.com|scorecardresearch"
    r"|doubleclick|/pixel\?|facebook\.com/tr",
    re.I,
)


def read_addresses(attributes: dict[str, str | None], sources: list[dict[str, str | None]]) -> list[str]:
    """Return the addresses of an ``img`` and of the ``source`` elements before it, the best one first."""
    addresses: list[str] = []
    src = attributes.get("src")
    if src and not _is_placeholder(src := src.strip()):
        addresses.append(src)
    for name, value in attributes.items():
        if not value or name == "src":
            continue
        if name in _LAZY:
            if len(value) < 4096 and not _is_placeholder(value) and _looks_like_address(value):
                addresses.append(value.strip())
        elif name in _LAZY_SETS:
            addresses += _split_srcset(value)
    for source in sources:
        for name, value in source.items():
            if value and name in _LAZY_SETS:
                addresses += _split_srcset(value)
    if len(addresses) > 1 and src == addresses[0] and _DRAWN.search(src) and _PHOTOGRAPH.search(addresses[1]):
        addresses.append(addresses.pop(0))
    # What is in the page itself comes last: it may stand in for what is loaded later.
    inside = [short for each in addresses if each.startswith("data:") and (short := short_address(each))]
    return list(dict.fromkeys([*(each for each in addresses if not each.startswith("data:")), *inside]))


_DRAWN = re.compile(r"\.(?:gif|svg)(?:$|[?#])", re.IGNORECASE)
_PHOTOGRAPH = re.compile(r"\.(?:jpe?g|webp|avif)(?:$|[?#])", re.IGNORECASE)
"""Beside an address that is loaded later and names a photograph, a drawing turns until it is there."""


_TOLD: Final = frozenset((
    "caption", "cutline",
    "data-caption", "data-image-caption", "data-img-caption", "data-photo-caption", "data-media-caption",
    "data-mediaviewer-caption", "data-fancybox-caption", "data-lightbox-caption", "data-gallery-caption",
    "data-legend", "data-legende", "data-legenda", "data-leyenda", "data-bildtext", "data-bildunterschrift",
    "data-bildetekst", "data-billedtekst", "data-didascalia", "data-bijschrift", "data-onderschrift", "data-kuvateksti",
    "data-pie", "data-pie-foto", "data-pswp-caption", "data-pswp-title", "data-lg-caption", "data-lc-caption",
    "data-cutline", "data-sub-html", "data-image-description", "data-description", "data-desc",
))  # fmt: skip
_TOLD_CREDITS: Final = ("credit", "data-credit", "data-image-credit", "data-photo-credit")
_TITLES: Final = ("data-title", "data-lightbox-title")
_LIGHTBOX: Final = frozenset(
    ("data-lightbox", "data-fancybox", "data-featherlight", "data-gallery", "data-glightbox")
)
"""Beside one of these, or where a link leads to the picture's file, a title is the caption that the lightbox shows;
without, that of the page or the file."""
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_MAX_TOLD: Final = 4_000
"""Characters of an attribute: no caption is longer."""


def read_told(attributes: dict[str, str | None]) -> list[tuple[str, str]]:
    """Captions in the ``data-*`` attributes of a picture or its link: (name of the attribute, text)."""
    names = [name for name in attributes if name in _TOLD]
    if not _LIGHTBOX.isdisjoint(attributes) or _FILE.search(attributes.get("href") or ""):
        names += [name for name in _TITLES if name in attributes]
    found = []
    for name in names:
        text = (attributes[name] or "")[:_MAX_TOLD]
        if "<" in text or "&" in text:
            text = html.unescape(_MARKUP.sub(" ", text))
        if text := " ".join(text.split()):
            found.append((name, text))
    return found


def told_credit(attributes: dict[str, str | None]) -> str | None:
    """Return the credit in an attribute of a picture, beside its caption in another."""
    for name in _TOLD_CREDITS:
        if text := " ".join((attributes.get(name) or "")[:_MAX_TOLD].split()):
            return text
    return None


def is_pixel(attributes: dict[str, str | None]) -> bool:
    """Return whether an ``img`` is not a picture, but one or two pixels that track readers or fill space."""
    return attributes.get("width") in _PIXELS or attributes.get("height") in _PIXELS


def is_delayed(attributes: dict[str, str | None]) -> bool:
    """Return whether an empty element is the placeholder of a picture that a script loads on scrolling."""
    address = attributes.get("data-src")
    return bool(address) and _FILE.search(address or "") is not None and not is_pixel(attributes)


def is_own_picture(attributes: dict[str, str | None]) -> bool:
    """Return whether an empty element that HTML does not know is a picture with its caption: a site's own element."""
    address = attributes.get("src")
    return bool(address) and _FILE.search(address or "") is not None and not _TOLD.isdisjoint(attributes)


def stated_address(attributes: dict[str, str | None]) -> str | None:
    """Return the address of a picture that an element without one names: its background, its data or a property."""
    if (style := attributes.get("style")) and (background := background_address(style)):
        return background
    address = attributes.get("data")
    if address and ((attributes.get("type") or "").startswith("image/") or _FILE.search(address)):
        return address
    if attributes.get("itemprop") in _PROPERTIES:
        address = attributes.get("href") or attributes.get("content")
        return address if address and _FILE.search(address) else None
    return None


def background_address(style: str) -> str | None:
    """Return the address of the picture that a ``style`` sets as its element's background."""
    found = _BACKGROUND.search(style[:_MAX_TOLD]) if "(" in style else None
    return found[1] if found and not _is_placeholder(found[1]) else None


_BACKGROUND = re.compile(r"background(?:-image)?\s*:[^;]{0,200}?url\(\s*[\"']?([^\s\"')]+)", re.IGNORECASE)
_PROPERTIES: Final = ("contentUrl", "url", "image")
_FILE = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)(?:$|[?#])", re.IGNORECASE)


def is_icon(attributes: dict[str, str | None]) -> bool:
    """Return whether size or address say that it is furniture: an icon, a logo, a placeholder without its picture."""
    width, height = attributes.get("width"), attributes.get("height")
    if (width and len(width) < 6 and _below(width, 65)) or (
        height and len(height) < 6 and _below(height, 49)
    ):
        return True
    src = attributes.get("src")
    if not src or _is_placeholder(src):
        # Loaded later: the address is among the other attributes, or in the noscript copy.
        return not any(name in attributes for name in _LATER)
    src = src[-300:].lower()
    for word in _ICON_WORDS:  # a plain loop, since every picture is asked
        if word in src:
            return _ICON.search(src) is not None
    return False


def _is_placeholder(address: str) -> bool:
    """Return whether an address stands in until the real one is loaded."""
    if address.startswith(_NO_ADDRESS):
        if address.startswith(SHORT):
            return False
        return not (address.startswith("data:image/") and len(address) >= LEAST_CHARACTERS)
    name = address.partition("?")[0].rpartition("/")[2]
    return _PLACEHOLDER.search(name.lower()) is not None


def _below(value: str, limit: int) -> bool:
    """Return whether a ``width`` or ``height`` says less than so many pixels; zero and percentages say nothing."""
    value = value.removesuffix("px")
    return value.isascii() and value.isdigit() and 0 < int(value) < limit


def _looks_like_address(value: str) -> bool:
    value = value.strip()
    return not any(c in value for c in ' {}<>"') and ("/" in value or "." in value)


_CANDIDATES = re.compile(r"(?<=[wx]),\s*|,\s+")
_MAX_SRCSET: Final = 65_536
"""Characters: dozens of signed addresses fit."""


def _split_srcset(value: str) -> list[str]:
    """Addresses of a ``srcset`` (HTML, 4.8.4.3), the largest first."""
    found: list[tuple[float, int, str]] = []
    for index, candidate in enumerate(_CANDIDATES.split(value[:_MAX_SRCSET])):
        address, _, descriptor = candidate.strip().partition(" ")
        if not address or address.startswith(_NO_ADDRESS):
            continue
        try:
            size = float(descriptor.strip()[:-1] or 0)
        except ValueError:
            size = 0.0
        found.append((-size, index, address))
    return [address for _, _, address in sorted(found)]

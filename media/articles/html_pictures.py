"""The addresses of a picture, as ``img``, ``picture`` and lazy loaders give them."""

import re

_LAZY = frozenset((
    "data-src", "data-original", "data-lazy-src", "data-lazy", "data-original-src", "data-orig-file", "data-full-src",
    "data-hi-res-src", "data-src-large", "data-large-file", "data-large-src", "data-default-src", "data-img-src",
    "data-image", "data-img", "data-url", "data-echo",
    "data-actualsrc", "data-real-src", "data-flickity-lazyload", "data-imgsrc",
))  # fmt: skip
_LAZY_SETS = frozenset(
    ("srcset", "data-srcset", "data-lazy-srcset", "data-src-set", "data-original-set", "data-lazy-sizes")
)
_PLACEHOLDER = re.compile(
    r"^(?:data:|about:blank|#|javascript:|$)|(?:^|[/_-])(?:blank|spacer|placeholder|transparent|pixel|loading|lazy|grey|gray"
    r"|1x1|dummy|empty|clear|default_image|no-?image|fallback)[\w-]*\.(?:gif|png|svg|jpe?g|webp)",
    re.I,
)
_ICON = re.compile(
    r"\.svg(?:$|[?#])|(?:^|[/_.-])(?:icons?|logos?|avatars?|sprites?|emoji|smil(?:ey|ies)|badges?|btn|button|arrow|flags?|gravatar"
    r"|favicon|tracking|pixel|share|facebook|twitter|whatsapp|instagram|linkedin)(?:[/_.-]|$)|gravatar\.com|scorecardresearch"
    r"|doubleclick|/pixel\?|facebook\.com/tr",
    re.I,
)


def read_addresses(attributes: dict[str, str | None], sources: list[dict[str, str | None]]) -> list[str]:
    """The addresses of an ``img`` and of the ``source`` elements before it, the best one first."""
    addresses: list[str] = []
    src = attributes.get("src")
    if src and not _PLACEHOLDER.search(src):
        addresses.append(src.strip())
    for name, value in attributes.items():
        if not value or name == "src":
            continue
        if name in _LAZY:
            if len(value) < 4096 and not _PLACEHOLDER.search(value) and _looks_like_address(value):
                addresses.append(value.strip())
        elif name in _LAZY_SETS:
            addresses += _split_srcset(value)
    for source in sources:
        for name, value in source.items():
            if value and name in _LAZY_SETS:
                addresses += _split_srcset(value)
    return list(dict.fromkeys(addresses))


def is_icon(src: str, width_px: int | None, height_px: int | None) -> bool:
    """Whether size or address say that it is furniture: an icon, a logo, a tracking pixel."""
    if width_px is not None and width_px <= 64:
        return True
    if height_px is not None and height_px <= 48:
        return True
    return _ICON.search(src[-300:]) is not None


def read_pixels(value: str | None) -> int | None:
    """Pixels of a ``width`` or ``height`` attribute; None for percentages and rubbish."""
    if not value:
        return None
    match = re.match(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*$", value)
    return int(match.group(1)) if match else None


def _looks_like_address(value: str) -> bool:
    value = value.strip()
    return not any(c in value for c in ' {}<>"') and ("/" in value or "." in value)


def _split_srcset(value: str) -> list[str]:
    """Addresses of a ``srcset`` (HTML, 4.8.4.3), the largest first."""
    if len(value) > 65_536:
        return []
    found: list[tuple[float, int, str]] = []
    for index, match in enumerate(re.finditer(r"\s*([^\s,]\S*[^\s,]|[^\s,])\s*([^,]*)(?:,|$)", value)):
        address, descriptor = match.group(1), match.group(2).strip()
        if _PLACEHOLDER.search(address):
            continue
        number = re.match(r"([\d.]+)[wx]", descriptor)
        size = 0.0
        if number:
            try:
                size = float(number.group(1))
            except ValueError:
                size = 0.0
        found.append((-size, index, address))
    return [address for _, _, address in sorted(found)]

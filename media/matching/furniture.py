"""Pictures that are a page's furniture: logos, icons, portraits of authors, adverts, pixels that count readers.

They are recognised by several kinds of evidence, none of which is enough on its own: their size, their name, the host
that serves them, the number of pages of a site that show them, and that no page shows them with a caption. A picture
with a caption on any page is not furniture, whatever its name.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

FurnitureKind = Literal["pixel", "icon", "logo", "portrait", "advert", "sprite"]
KINDS: Final[tuple[FurnitureKind, ...]] = ("logo", "icon", "portrait", "advert", "sprite", "pixel")

LARGEST_PX: Final = 1100
"""Pixels; a picture larger than the largest advert is not furniture."""
_MIN_SITE_PAGES: Final = 8
"""The least pages of a site for which it counts that most show a picture: each part of a series shows its own."""
_MOST_PAGES: Final = 0.5
_PIXEL_PX: Final = 3
_TINY_PX: Final = 64
_ICON_PX: Final = 256
_PORTRAIT_PX: Final = 320
_LOGO_PX: Final = 800
_SQUARE: Final = (0.7, 1.43)
_STRIP: Final = 6.0
"""Wider, or higher, by so much than the other way: no photograph is."""
_STANDARD: Final = frozenset(
    (
        (728, 90), (970, 90), (970, 250), (468, 60), (300, 250), (336, 280), (160, 600), (120, 600), (300, 600),
        (320, 50), (320, 100), (300, 50), (234, 60), (120, 240), (300, 1050), (250, 250), (980, 240), (120, 60),
        (88, 31),
    )
)  # fmt: skip
"""Sizes of adverts, as the Interactive Advertising Bureau names them (fixed size ad specifications)."""


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORD: Final = re.compile(r"[a-z]+|\d+")
_LOGO: Final = _listed(
    """
    logo logos logotype brand branding masthead wordmark favicon nameplate letterhead
    """
)
_PORTRAIT: Final = _listed(
    """
    author authors autor autores auteur auteurs avatar avatars byline bylines columnist columnists contributor
    contributors writer writers journalist journalists reporter reporters headshot headshots mugshot mugshots
    gravatar userpic userpics staff redaktion profile profiles
    """
)
_ICON: Final = _listed(
    """
    icon icons ico glyph glyphs button buttons btn arrow arrows chevron bullet burger hamburger menu search close
    share mail email print printer rss feed play pause prev next plus minus star stars heart like flag flags emoji
    smiley badge spinner loader loading facebook fb twitter x instagram linkedin youtube whatsapp telegram
    pinterest tiktok reddit mastodon bluesky threads snapchat flickr google apple android placeholder spacer blank
    """
)
_ICON_FOLDERS: Final = _listed(
    """
    icon icons ico glyphs buttons emoji smilies flags social
    """
)
_SPRITE: Final = _listed(
    """
    sprite sprites spritesheet
    """
)
_ADVERT: Final = _listed(
    """
    ad ads adv advert adverts advertising advertisement advertisements adserver adserv adimages adimg banner
    banners sponsor sponsors sponsored promo promos doubleclick adsystem creatives publicidad publicite werbung
    anzeige anzeigen annonce annonser reklame reklama
    """
)
_AD_HOST: Final = re.compile(
    r"(?:^|\.)(?:ads?\d{0,2}|adserv(?:er|ing)?\d{0,2}|adimg|adimages|adv|adverts?|banners?)\."
    r"|doubleclick|googlesyndication|adnxs|adsafeprotected|adform|taboola|outbrain|criteo|smartadserver|teads|pubmatic"
    r"|amazon-adsystem|2mdn\.net|adition|flashtalking|sizmek|serving-sys|moatads|rubiconproject|openx"
)
_COUNTER_HOST: Final = re.compile(
    r"(?:^|\.)(?:pixel|track(?:er|ing)?|stats?|count(?:er)?|metrics?|analytics|beacon|log(?:ger)?)\d{0,2}\."
    r"|scorecardresearch|google-analytics|quantserve|chartbeat|ioam\.de|ivwbox|xiti|omtrdc|hotjar|comscore"
)
_THEME: Final = _listed(
    """
    static assets theme themes skin skins ui layout layouts chrome templates css gfx dist design
    """
)


@dataclass(frozen=True, slots=True)
class PictureUse:
    """A picture of an archive, in plain values."""

    width_px: int
    height_px: int
    is_plain: bool
    """Whether it is flat, tiny or text-like, with little to distinguish it from others."""
    addresses: tuple[str, ...]
    """The address that it was captured from, or its locator."""
    captioned: bool
    """Whether any page, file or sidecar has a caption for it, in any of its forms."""
    shown: bool
    """Whether an article shows it in its text, with or without a caption, in any of its forms."""
    publishers: int = 0
    """At how many publishers it was captured."""
    site_pages: int = 0
    """On how many pages of a site articles show it: of the largest site where that is on most."""
    of_pages: int = 0
    """The number of pages of that site."""
    is_foreign: bool = False
    """Whether none of the hosts that serve it published an article of the archive."""


@dataclass(frozen=True, slots=True)
class Furniture:
    """Why a picture is furniture."""

    kind: FurnitureKind
    evidence: dict[str, object]


def judge_furniture(use: PictureUse) -> Furniture | None:
    """Return the kind of furniture that a picture is, and why; None without evidence."""
    if use.captioned:
        return None
    names = [_read_name(address) for address in use.addresses]
    size = {"size": f"{use.width_px}x{use.height_px}"}
    said = {"captions": 0, **({"publishers": use.publishers} if use.publishers > 1 else {})}
    for kind, evidence in _signs(use, names):
        if not use.shown or kind == "pixel" or "pages" in evidence:
            return Furniture(kind, size | evidence | said)
    return None


_Signs = Iterable[tuple[FurnitureKind, dict[str, object]]]


def _signs(use: PictureUse, names: list["_Name"]) -> _Signs:
    """Yield every sort that something says it is, the surest first."""
    longest, shortest = max(use.width_px, use.height_px), min(use.width_px, use.height_px)
    if shortest <= _PIXEL_PX:
        yield "pixel", {}
    counter = next((name for name in names if name.counts), None)
    if counter is not None and longest <= _TINY_PX:
        yield "pixel", {"host": counter.host}
    advert = next((name for name in names if name.advertises or name.words & _ADVERT), None)
    standard = (use.width_px, use.height_px) in _STANDARD
    strip = longest >= _STRIP * shortest
    if advert is not None and (advert.advertises or standard or strip or use.is_foreign):
        yield "advert", _why(advert, _ADVERT) | ({"standard size": True} if standard else {})
    if standard and use.is_foreign:
        yield "advert", {"standard size": True, "host": names[0].host} if names else {"standard size": True}
    yield from _named_signs(use, names, longest)
    if longest <= _TINY_PX:
        yield "icon", {}
    if strip and use.is_plain:
        yield "icon", {"strip": True}
    theme = next((name for name in names if name.words & _THEME), None)
    if longest <= _ICON_PX and theme is not None and (use.is_plain or use.publishers > 1):
        yield "icon", _why(theme, _THEME)
    if use.of_pages >= _MIN_SITE_PAGES and use.site_pages > _MOST_PAGES * use.of_pages:
        kind: FurnitureKind = "icon" if longest <= _ICON_PX else "logo"
        yield kind, {"pages": f"{use.site_pages} of {use.of_pages}"}


def _named_signs(use: PictureUse, names: list["_Name"], longest: int) -> _Signs:
    """Yield what their names say, for pictures of a size that fits."""
    ratio = use.width_px / max(use.height_px, 1)
    square = _SQUARE[0] <= ratio <= _SQUARE[1]
    for name in names:
        if name.words & _SPRITE:
            yield "sprite", _why(name, _SPRITE)
        if longest <= _LOGO_PX and name.stem & _LOGO:
            yield "logo", _why(name, _LOGO)
        if longest <= _PORTRAIT_PX and square and name.words & _PORTRAIT:
            yield "portrait", _why(name, _PORTRAIT)
        named = name.stem & _ICON and not name.stem - _ICON - _FILLING
        if longest <= _ICON_PX and (named or name.words & _ICON_FOLDERS):
            yield "icon", _why(name, _ICON | _ICON_FOLDERS)


_FILLING: Final = _listed(
    """
    black white small large dark light round circle square png svg to on
    """
)


@dataclass(frozen=True, slots=True)
class _Name:
    """The parts of an address."""

    host: str
    words: frozenset[str]
    """The words in its folders and its name."""
    stem: frozenset[str]
    """The words in the file name, without numbers."""
    advertises: bool
    counts: bool


@lru_cache(maxsize=1 << 12)
def _read_name(address: str) -> _Name:
    try:
        parts = urlsplit(address) if "://" in address[:12] else None
        host = (parts.hostname or "") if parts else ""
    except ValueError:
        parts, host = None, ""
    path = unquote(parts.path if parts else address)[-400:]
    folders, _, name = path.replace("!", "/").rpartition("/")
    stem = _words(name.rpartition(".")[0] or name)
    near = "/".join(folders.split("/")[-4:])
    return _Name(
        host, _words(near) | stem, stem, bool(_AD_HOST.search(host)), bool(_COUNTER_HOST.search(host))
    )


def _words(text: str) -> frozenset[str]:
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return frozenset(word for word in _WORD.findall(parted.casefold()) if not word.isdigit())


def _why(name: _Name, words: frozenset[str]) -> dict[str, object]:
    told: dict[str, object] = {}
    if found := sorted(name.words & words):
        told["words"] = found
    if name.advertises:
        told["host"] = name.host
    return told

"""The pictures that front matter names, with the captions that stand beside them.

Themes name these as they like (``featured_image_caption``, ``cover: {image, caption}``, ``header: {overlay_image,
caption}``, a list of pictures ...). What they share is followed: an address of a picture, and beside it, in the same
object, a field whose name is that of the picture's field, or what that begins with, and says caption or credit.
"""

import re
from collections.abc import Iterator, Mapping

from media.articles.article import MAX_PICTURES
from media.articles.markdown.plain import plain
from media.articles.markup import Shown
from media.decoding.json_fields import PICTURE, read_words
from media.left_out import take

PICTURE_ADDRESS = re.compile(
    r"[^\n]*\.(?:jpe?g|jfif|png|gif|webp|avif|bmp|tiff?|heic|svg)(?:[?#]\S*)?\s*$", re.IGNORECASE
)
_LEADS = (
    "imageurl", "imagesrc", "imgurl", "imgsrc", "image", "imagepath", "imagefile", "topimage", "leadimage",
    "mainimage", "featuredimage", "heroimage", "coverimage", "headerimage", "bannerimage", "featureimage",
    "cover", "hero", "banner", "picture", "photo", "featured", "teaser", "img",
)  # fmt: skip
"""Fields whose picture a theme shows above the text even without a caption."""
_NO_PICTURE = re.compile(r"author|avatar|logo|icon|profile|publisher|profilepic|ogimage|twitter")
_SUFFIX = re.compile(r"(?:image|img|photo|picture|pic|path|src|url|file|link|name)+$")
_CAPTIONS = (
    "caption", "captiontext", "cutline", "legend", "figcaption",
)  # fmt: skip
_CREDITS = (
    "credit", "credits", "creditline", "attribution", "photographer",
    "photocredit", "imagecredit", "copyright", "source",
)  # fmt: skip
_ALTS = (
    "alt", "alttext", "description",
)  # fmt: skip
_GENERAL: dict[str, tuple[str, ...]] = {
    "caption": (
        "caption", "cutline", "legend", "imagecaption", "photocaption",
        "imgcaption", "captiontext", "figcaption", "picturecaption",
    ),
    "credit": (
        "imagecredit", "photocredit", "imgcredit", "picturecredit", "creditline",
        "credit", "photographer", "photographedby",
    ),
    "alt": (
        "imagealt", "photoalt", "imgalt", "alttext", "alt",
        "imagedescription",
    ),
}  # fmt: skip
"""Fields that describe the picture, independent of the name of its own field."""
_DEPTH = 4
_FIELDS = 5_000
"""The most fields of front matter that are searched for pictures: themes nest them two or three deep."""


def find_lead_pictures(fields: Mapping[str, object]) -> list[Shown]:
    """Return the pictures of front matter in its order: all that have a caption, and the one at the top."""
    found: dict[str, Shown] = {}
    lead: Shown | None = None
    for name, shown in _walk("", fields, _DEPTH):
        if shown.src is None:
            continue
        if shown.caption:
            found.setdefault(shown.src, shown)
        elif lead is None and name in _LEADS:
            lead = shown
    captioned = list(found.values())
    return captioned if lead is None or lead.src in found else [lead, *captioned]


def _walk(name: str, fields: Mapping[str, object], depth: int) -> Iterator[tuple[str, Shown]]:
    """Yield each picture of an object, and of the objects in it, with the name of its field."""
    spelled = {
        _spell(key): value for key, value in take(fields.items(), _FIELDS, "fields in the front matter")
    }
    for key, value in spelled.items():
        if _NO_PICTURE.search(key):
            continue
        if isinstance(value, str):
            if _is_address(key, value):
                yield key, _shown(key, value, spelled)
        elif depth and isinstance(value, dict):
            if (shown := _read_object(key, value)) is not None:
                yield key, shown
            else:
                yield from _walk(key, value, depth - 1)
        elif depth and isinstance(value, list):
            for one in take(value, MAX_PICTURES, "pictures in a list of the front matter"):
                if isinstance(one, dict) and (shown := _read_object(key, one)) is not None:
                    yield f"{key}[]", shown
            if value and isinstance(value[0], str) and key in _LEADS and _is_address(key, value[0]):
                yield key, _shown(key, value[0], spelled)


def _read_object(name: str, fields: Mapping[str, object]) -> Shown | None:
    """Return the picture that an object is, by the usual names of a picture's fields."""
    inner = [value for value in fields.values() if isinstance(value, dict)]  # Hugo's ``params``
    said = PICTURE.pick({key: told for one in (*inner, fields) for key, told in one.items()})
    src = said.get("src")
    if not isinstance(src, str) or not (PICTURE_ADDRESS.match(src) or name in _LEADS):
        return None
    words = {key: read_words(said.get(key)) for key in ("caption", "credit", "alt")}
    return _make(src, words)


def _shown(key: str, src: str, spelled: Mapping[str, object]) -> Shown:
    base = _SUFFIX.sub("", key)
    kinds = (("caption", _CAPTIONS), ("credit", _CREDITS), ("alt", _ALTS))
    words: dict[str, str | None] = {}
    for kind, endings in kinds:
        starts = [start for start in dict.fromkeys((key, base)) if start]
        names = (*(start + end for start in starts for end in endings), *_GENERAL[kind])
        words[kind] = next((told for name in names if (told := read_words(spelled.get(name)))), None)
    words["caption"] = words["caption"] or _beside(key, spelled)
    return _make(src, words)


def _beside(key: str, spelled: Mapping[str, object]) -> str | None:
    """Return what another field says of the picture whose name it begins with, in whatever language: ``imagen_pie``."""
    known = {key + end for end in (*_CREDITS, *_ALTS)} | set(_GENERAL["credit"]) | set(_GENERAL["alt"])
    for name, value in spelled.items():
        if len(key) > _STEM and name.startswith(key) and name != key and name not in known:
            told = read_words(value)
            if told and len(told.split()) >= _CAPTION_WORDS and not PICTURE_ADDRESS.match(told):
                return told
    return None


_STEM = 3
_CAPTION_WORDS = 4
"""Words that a caption has at least; fewer are a position, a size or a name."""


def _make(src: str, words: Mapping[str, str | None]) -> Shown:
    told = {name: plain(text) or None if text else None for name, text in words.items()}
    return Shown(src.strip(), told["caption"], told["credit"], told["alt"], field="front matter")


def _is_address(key: str, value: str) -> bool:
    if PICTURE_ADDRESS.match(value):
        return True
    return key in _LEADS and " " not in value and "/" in value


def _spell(name: object) -> str:
    return re.sub(r"[^0-9a-z]", "", str(name).casefold())

"""Sidecars: files beside a picture that say what it shows.

- ``photo.xmp``, ``photo.jpg.xmp``: XMP, as raw converters and desks write it;
- ``photo.txt``: the caption, or several, one a line, as corpora of pictures and captions keep them;
- ``photo.json``: img2dataset and webdataset shards, downloaders of galleries, ExifTool;
- ``photo.jpg.json``, ``photo.jpg.supplemental-metadata.json``: Google Takeout.

A sidecar is read by itself; :func:`pair_sidecars` says whose it is once the names of a folder are known.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from media.captions.caption import Caption, Placement
from media.decoding.encoding import decode_text
from media.decoding.json_fields import ARTICLE, Vocabulary, load_json, read_moment, read_words
from media.pictures.image import Metadata
from media.pictures.metadata.camera import is_camera_text
from media.pictures.metadata.statement import Description, Statement, fold_space, tidy_value
from media.pictures.metadata.xmp import read_xmp

_TEXT_BYTES, _TEXT_LINES = 16_000, 16
"""Most that a text file may hold to be captions: a longer one is an article or a list of its own."""
_CAPTION_CHARACTERS = 2_500
_TAKEOUT_CHARACTERS = 46
"""Where Google Takeout cuts the name of a sidecar, before ``.json`` and the counter."""

_ALT_CONFIDENCE = 0.5
"""An alt text describes what is seen; it is not what a desk says of it."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What a sidecar says of its picture."""

    metadata: Metadata
    placements: tuple[Placement, ...] = ()
    """Its captions (origin ``sidecar``) and alt texts (``alt``); they name no ``image_src``."""
    picture_name: str | None = None
    """The picture's file name, where the sidecar tells it; it may have been cut since."""
    doubts: tuple[str, ...] = ()


def looks_like_sidecar(head: bytes, name: str) -> bool:
    """Tell whether a record that begins with ``head`` says something of one picture.

    A text file is a sidecar only if a picture has its name: that is left to its caller, who knows
    the folder. XMP and JSON are told by their content.
    """
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        return re.search(rb"<(?:x:xmpmeta|x:xapmeta|rdf:RDF)\b", text) is not None
    if not text.startswith((b"{", b"[{")):
        return False
    names = {found.decode("ascii", "replace") for found in re.findall(rb'"([\w:. -]{2,40})"\s*:', text)}
    if re.search(r"\.jsonl|\.ndjson", name, re.IGNORECASE) or re.match(rb"\{[^\n]+\}\s*\n\s*\{", text):
        return False
    return _is_about_picture(dict.fromkeys(names, "x"), name)


def read_sidecar(name: str, data: bytes) -> Sidecar | None:
    """Return what the sidecar ``name`` says; None where ``data`` says nothing of one picture."""
    head = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith((b"{", b"[")):
        return _read_json(name, data)
    if head.startswith(b"<") or name.casefold().endswith(".xmp"):
        statement = read_xmp([data])
        found = statement.metadata != Metadata() or statement.descriptions or statement.doubts
        return _told(statement) if found else None
    return _read_text(data)


def _told(statement: Statement, picture_name: str | None = None) -> Sidecar:
    """Return the sidecar of a statement, without captions that a camera wrote."""
    kept = [one for one in statement.descriptions if not is_camera_text(one.text)]
    metadata = statement.metadata
    if metadata.caption is not None and is_camera_text(metadata.caption):
        metadata = replace(metadata, caption=None)
    credit = metadata.credit_line or metadata.byline
    placements = []
    for one in kept:
        text, is_alt = fold_space(one.text), one.origin == "alt"
        evidence: dict[str, object] = {"fields": [one.field]}
        if one.language is not None and one.language != "x-default":
            evidence["languages"] = [one.language]
        if text != one.text:
            evidence["found"] = one.text
        caption = Caption(text, None if is_alt else credit)
        confidence = _ALT_CONFIDENCE if is_alt else 1.0
        origin = one.origin if is_alt else "sidecar"
        placements.append(Placement(origin, caption, confidence=confidence, evidence=evidence))
    return Sidecar(metadata, tuple(placements), picture_name, statement.doubts)


# --- text


def _read_text(data: bytes) -> Sidecar | None:
    if len(data) > _TEXT_BYTES or not data.strip():
        return None
    lines = [line.strip() for line in decode_text(data).text.strip().split("\n")]
    if len(lines) > _TEXT_LINES or not all(tidy_value(line) for line in lines):
        return None  # blank lines part the paragraphs of an article, not captions of one picture
    if len(lines) > 1 and all(len(line) > 50 and line[-1] not in _ENDS for line in lines[:-1]):
        lines = [" ".join(lines)]  # one caption, wrapped
    lengths = [len(line) for line in lines]
    # Captions of one picture are alike in length; an article has a headline, a byline, paragraphs.
    if max(lengths) > (_CAPTION_CHARACTERS if len(lines) == 1 else min(500, 6 * min(lengths) + 60)):
        return None
    descriptions = tuple(
        Description("sidecar", f"line {number}", line) for number, line in enumerate(lines, 1)
    )
    return _told(Statement(Metadata(caption=lines[0]), descriptions))


_ENDS = ".!?…。！？\"”')»"


# --- JSON

_FIELDS: Final = Vocabulary(
    {
        "headline": "headline title objectname",
        "caption": "caption captionabstract description descriptiontext imagedescription captiontext text"
        " summary",
        "alt": "alttextaccessibility alttext alt accessibilitytext",
        "byline": "byline artist photographer creator author authors username",
        "credit_line": "creditline credit attribution",
        "copyright_notice": "copyrightnotice copyright rights license",
        "keywords": "keywords subject tags",
        "created_at": "phototakentime datetimeoriginal datecreated datetaken takenat createdate date",
        "city": "city",
        "country": "countryprimarylocationname countryname country",
        "place": "geodata geodataexif geo location coordinates",
        "latitude": "latitude lat gpslatitude",
        "longitude": "longitude lng lon gpslongitude",
    }
)
_PICTURE_MARKS: Final = Vocabulary(
    {
        "picture": "phototakentime geodata geodataexif sourcefile imageviews googlephotosorigin width height"
        " originalwidth exif sha256 md5 filename imagefile imagepath imageurl key similarity"
    }
)

_PICTURE_IN_NAME = re.compile(r"\.(?:jpe?g|png|webp|tiff?|gif|heic|avif)\.", re.IGNORECASE)


def _is_about_picture(row: Mapping[str, object], name: str) -> bool:
    """Tell whether an object describes one picture: by its fields, or by a name such as ``a.jpg.json``."""
    article = ARTICLE.pick(row)
    captioned = any(key.casefold() == "caption" for key in row)
    if "images" in article or ("body" in article and "headline" in article and not captioned):
        return False
    return captioned or bool(_PICTURE_MARKS.pick(row)) or _PICTURE_IN_NAME.search(name) is not None


def _read_json(name: str, data: bytes) -> Sidecar | None:
    try:
        row = load_json(decode_text(data).text)
    except (ValueError, RecursionError) as error:
        return Sidecar(Metadata(), doubts=(f"JSON: {error}",))
    if isinstance(row, list) and len(row) == 1:  # as ExifTool prints it
        row = row[0]
    if not isinstance(row, dict) or not _is_about_picture(row, name):
        return None
    said = _FIELDS.pick(row)

    def words(field: str) -> str | None:
        return tidy_value(text) if (text := read_words(said.get(field))) else None

    title = words("headline")
    # Takeout's title is the name that the picture was uploaded by.
    is_name = title is not None and re.search(r"\.\w{2,4}$", title) is not None
    latitude, longitude = _read_place(said)
    metadata = Metadata(
        headline=None if is_name else title,
        caption=words("caption"),
        byline=words("byline"),
        credit_line=words("credit_line"),
        copyright_notice=words("copyright_notice"),
        keywords=tuple(_read_keywords(said.get("keywords"))),
        created_at=_read_created(said.get("created_at")),
        city=words("city"),
        country=words("country"),
        latitude=latitude,
        longitude=longitude,
    )
    return _told(Statement(metadata, tuple(_describe(said))), title if is_name else None)


def _describe(said: Mapping[str, object]) -> Iterator[Description]:
    captions = said.get("caption")
    for caption in captions[:_TEXT_LINES] if isinstance(captions, list) else [captions]:
        if (text := read_words(caption)) and tidy_value(text):
            yield Description("sidecar", "caption", text)
    if (text := read_words(said.get("alt"))) and tidy_value(text):
        yield Description("alt", "alt", text)


def _read_keywords(value: object) -> Iterator[str]:
    items = value if isinstance(value, list) else (value.split(",") if isinstance(value, str) else ())
    for item in items[:1000]:
        if word := read_words(item.get("tag", item) if isinstance(item, dict) else item):
            yield word


def _read_created(value: object) -> str | None:
    if isinstance(value, dict):  # Takeout: {"timestamp": "1588448998", "formatted": ...}
        value = value.get("timestamp")
    return read_moment(value) if value is not None else None


def _read_place(said: Mapping[str, object]) -> tuple[float | None, float | None]:
    """Return latitude and longitude; Takeout writes 0, 0 where it knows none."""
    place = said.get("place")
    inner = _FIELDS.pick(place) if isinstance(place, dict) else {}
    latitude, longitude = (
        _read_degrees(said.get(name, inner.get(name)), most)
        for name, most in (("latitude", 90), ("longitude", 180))
    )
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None, None
    return latitude, longitude


def _read_degrees(value: object, most: int) -> float | None:
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,3}(?:\.\d{1,20})?", value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
        return None
    return float(value)


# --- whose it is

_COUNTER = re.compile(r"\(\d{1,4}\)$")
_EDITED = re.compile(
    r"-(?:edited|bearbeitet|modifié|editado|editada|modificato|bewerkt|edytowane|redigerad|編集済み)$"
)
_ENDINGS = (".xmp", ".json", ".txt", ".caption")


def sidecar_names(picture_name: str) -> tuple[str, ...]:
    """Return the names that a picture's sidecar may have, surest first, in lower case."""
    whole, by_stem = _possible_names(picture_name)
    return tuple(dict.fromkeys((*whole, *by_stem)))


def pair_sidecars(pictures: Iterable[str], sidecars: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the pictures that each sidecar of one folder may belong to; all names are without the folder.

    A sidecar that carries a picture's whole name is that picture's; one that shares only the stem is
    every such picture's (``a.xmp`` of ``a.jpg`` and ``a.tif``).
    """
    known = {name.casefold(): name for name in sidecars}
    by_name: dict[str, list[str]] = {}
    by_stem: dict[str, list[str]] = {}
    for picture in pictures:
        for names, owners in zip(_possible_names(picture), (by_name, by_stem), strict=True):
            for name in dict.fromkeys(names):
                if name in known:
                    owners.setdefault(known[name], []).append(picture)
    return {name: tuple(owners) for name, owners in (by_stem | by_name).items()}


def _possible_names(picture_name: str) -> tuple[list[str], list[str]]:
    """Return the names of sidecars with the picture's whole name, and those with its stem only."""
    name = picture_name.casefold()
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    named = [name + ending for ending in _ENDINGS]
    for whole in dict.fromkeys((stem, _EDITED.sub("", stem))):
        found = _COUNTER.search(whole)
        # Takeout moves the counter of its own "a(1).jpg" behind the extension, "a.jpg(1).json", but
        # leaves one that the picture was uploaded with.
        for counter in ("", found[0]) if found else ("",):
            plain = whole.removesuffix(counter) + dot + extension
            for base in (plain, plain + ".supplemental-metadata"):
                named.append(base[:_TAKEOUT_CHARACTERS] + counter + ".json")
                named.append(base[: _TAKEOUT_CHARACTERS - len(counter)] + counter + ".json")
    return named, [stem + ending for ending in _ENDINGS]

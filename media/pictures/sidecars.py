"""Sidecars: files beside a picture that say what it shows.

- ``photo.xmp``, ``photo.jpg.xmp``: XMP, as raw converters and desks write it;
- ``photo.txt``: the caption, or several, one a line, as corpora of pictures and captions keep them;
- ``photo.json``: img2dataset and webdataset shards, downloaders of galleries, ExifTool;
- ``photo.jpg.json``, ``photo.jpg.supplemental-metadata.json``: Google Takeout.

A sidecar is read by itself; :func:`owner_names` says which names its picture may have in the same folder.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from media.captions.caption import Placement
from media.captions.stated import place_embedded
from media.decoding.encoding import decode_text
from media.decoding.json_fields import ARTICLE, Vocabulary, load_json, read_moment, read_words
from media.pictures.metadata.camera import is_camera_text
from media.pictures.metadata.metadata import Metadata
from media.pictures.metadata.statement import Description, Statement, tidy_value
from media.pictures.metadata.xmp import read_xmp

_TEXT_BYTES, _TEXT_LINES = 16_000, 16
"""The most bytes and lines of a text file with captions: a longer one is an article or a list."""
_CAPTION_CHARACTERS = 2_500
_ALT_CONFIDENCE = 0.5
"""An alt text describes what is seen; it is not what a desk says of it."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The data that a sidecar has for its picture."""

    metadata: Metadata
    placements: tuple[Placement, ...] = ()
    """Its captions (origin ``sidecar``) and alt texts (``alt``); they name no ``image_src``."""
    picture_name: str | None = None
    """The file name of the picture, if the sidecar has it; the name may have been cut since."""
    doubts: tuple[str, ...] = ()


def looks_like_sidecar(head: bytes, name: str) -> bool:
    """Return whether a record that begins with ``head`` describes one picture.

    A text file is a sidecar only if a picture has its name. The caller has to check this, since it knows the folder.
    XMP and JSON are recognised by their content.
    """
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        return re.search(rb"<(?:x:xmpmeta|x:xapmeta|rdf:RDF)\b", text) is not None
    if not text.startswith((b"{", b"[{")):
        return False
    names = {found.decode("ascii", "replace") for found in re.findall(rb'"([\w:. -]{2,40})"\s*:', text)}
    if re.search(r"\.jsonl|\.ndjson", name, re.IGNORECASE) or re.match(rb"\{[^\n]+\}\s*\n\s*\{", text):
        return False
    return _is_about_picture(dict.fromkeys(names, "x"), name) and not _goes_on(text)


def _goes_on(text: bytes) -> bool:
    """Return whether other text follows the object at the beginning: it is the front matter of an article."""
    try:
        decoded = text.decode("utf-8", "ignore")
        return decoded[json.JSONDecoder().raw_decode(decoded)[1] :].strip() != ""
    except (ValueError, RecursionError):
        return False


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
        is_alt = one.origin == "alt"
        evidence: dict[str, object] = {"fields": [one.field]}
        if one.language is not None and one.language != "x-default":
            evidence["languages"] = [one.language]
        confidence = _ALT_CONFIDENCE if is_alt else 1.0
        origin = one.origin if is_alt else "sidecar"
        placements.append(place_embedded(origin, one.text, credit, confidence, evidence))
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
    """Return whether an object describes one picture: by its fields, or by a name such as ``a.jpg.json``."""
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

_PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".gif", ".avif", ".bmp")
_COUNTER = re.compile(r"\(\d{1,4}\)$")
_EDITED = (
    "-edited", "-bearbeitet", "-modifié", "-editado", "-editada", "-modificato", "-bewerkt", "-edytowane", "-redigerad",
    "-編集済み",
)  # fmt: skip
_SUPPLEMENTAL = "supplemental-metadata"
_TAKEOUT_SIDECAR_CHARACTERS, _TAKEOUT_PICTURE_CHARACTERS = 46, 51
"""The lengths to which Google Takeout cuts names of sidecars (before ``.json``) and of pictures (with the ending)."""


def owner_names(name: str, title: str | None = None) -> tuple[str, ...]:
    """Return the names that the picture of the sidecar ``name`` may have in its folder, the surest first.

    ``title`` is the picture's name in the sidecar. Google Takeout cuts names off, and moves the counter of its own
    ``a(1).jpg`` after the ending, ``a.jpg(1).json``; both sidecars then have the title ``a.jpg``.
    """
    stem, dot, ending = name.rpartition(".")
    if not dot:
        return ()
    owners = list(_takeout_owners(stem, title)) if ending.casefold() == "json" else []
    if not owners:
        owners = (
            [stem]
            if _has_picture_ending(stem)
            else [*_completed(stem), *(stem + e for e in _PICTURE_ENDINGS)]
        )
        if title and not _COUNTER.search(stem):
            owners.append(title)
    return tuple(dict.fromkeys(owners))


def edited_names(name: str, title: str | None = None) -> tuple[str, ...]:
    """Return the names of an edited copy that shares a sidecar of Takeout with its picture, in any language."""
    owners = list(_takeout_owners(name.rpartition(".")[0], title)) if title else []
    if not owners:
        return ()
    stem, dot, ending = owners[0].rpartition(".")
    counter = _COUNTER.search(stem)
    plain, number = (stem[: counter.start()], counter[0]) if counter else (stem, "")
    return tuple(plain + edited + number + dot + ending for edited in _EDITED)


def _takeout_owners(stem: str, title: str | None) -> Iterator[str]:
    """Yield the picture's names where ``stem`` is that of a sidecar named for its picture's whole name."""
    found = _COUNTER.search(stem)
    plain, counter = (stem[: found.start()], found[0]) if found else (stem, "")
    for base in dict.fromkeys((plain, _without_supplement(plain))):
        named = next((each for each in _stored_names(title) if _is_named_for(base, each)), None)
        if named is not None:
            yield _numbered(_cut(named), counter)
            if len(named) > _TAKEOUT_PICTURE_CHARACTERS:
                yield _numbered(named, counter)
        elif _has_picture_ending(base):
            yield _numbered(base, counter)


def _stored_names(title: str | None) -> Iterator[str]:
    """Yield the title, and as Takeout writes it where file systems may refuse it."""
    if title:
        yield title
        yield re.sub(r"""[&%?*:|"<>/\\']""", "_", title)


def _completed(stem: str) -> Iterator[str]:
    """Yield names with the ending that a cut one begins: ``.jpg`` and ``.jpeg`` of ``.jp``."""
    base, dot, part = stem.rpartition(".")
    if dot and len(stem) >= _TAKEOUT_SIDECAR_CHARACTERS - 4:
        for ending in _PICTURE_ENDINGS:
            if ending.startswith("." + part.casefold()):
                yield base + (ending.upper() if part.isupper() else ending)


def _is_named_for(base: str, title: str) -> bool:
    """Return whether ``base`` is the title, or the title as cut off; ``a.json`` is not named for ``abc.jpg``."""
    if not base or not title.casefold().startswith(base.casefold()):
        return False
    # The counter and the supplement take their share of the characters.
    return len(base) == len(title) or len(base) >= _TAKEOUT_SIDECAR_CHARACTERS - 6 - len(_SUPPLEMENTAL) - 1


def _without_supplement(plain: str) -> str:
    """Return ``a.jpg`` of ``a.jpg.supplemental-metadata``, which is cut off like any other name."""
    base, dot, last = plain.rpartition(".")
    return base if dot and _SUPPLEMENTAL.startswith(last.casefold()) and _has_picture_ending(base) else plain


def _has_picture_ending(name: str) -> bool:
    return (
        re.search(r"\.(?:jpe?g|jpe|jfif|png|gif|webp|tiff?|bmp|avif|heic|mp4|mov)$", name, re.IGNORECASE)
        is not None
    )


def _numbered(name: str, counter: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return stem + counter + dot + ending if dot else name + counter


def _cut(title: str) -> str:
    stem, dot, ending = title.rpartition(".")
    return stem[: _TAKEOUT_PICTURE_CHARACTERS - len(dot + ending)] + dot + ending


# --- what goes with a picture

_BESIDE = frozenset(
    ("xmp", "json", "txt", "aae", "thm", "lrv", "mov", "mp4", "wav", "pp3", "dop", "on1", "nksc", "arp", "cos", "vrd")
)  # fmt: skip
"""Endings of what cameras, telephones and raw converters keep beside a picture under its name: settings, edits, the
video of a live photo, a preview, a spoken note."""
_OF_ANYTHING = frozenset(("json", "txt"))
"""The endings of these with which a file is a sidecar only by its content."""
_PICTURE = re.compile(
    r"\.(?:jpe?g|jpe|jfif|png|gif|webp|tiff?|bmp|avif|hei[cf]|dng|cr[23w]|nef|nrw|arw|raf|orf|rw2|pef|srw|3fr|iiq|x3f|psd"
    r"|jxl|jp2)$",
    re.IGNORECASE,
)
"""Also of pictures that are not read: they own what lies beside them all the same."""


def tie_companions(
    names: Collection[str], read: Callable[[str], Sidecar | None]
) -> dict[str, tuple[str, ...]]:
    """Return the files of a folder that belong to pictures of it, each with the pictures that it belongs to.

    ``names`` are those of all files in the folder; ``read`` says what a text or JSON file is as a sidecar. One file
    may belong to several pictures: ``a.jpg`` and ``a.png`` share ``a.xmp``.
    """
    by_name: dict[str, list[str]] = {}
    by_stem: dict[str, list[str]] = {}
    for name in names:
        by_name.setdefault(name.casefold(), []).append(name)
        if _PICTURE.search(name):
            by_stem.setdefault(name.rpartition(".")[0].casefold(), []).append(name)
    tied = {}
    for name in names:
        if owners := _owners(name, by_name, by_stem, read):
            tied[name] = owners
    for name, owners in tied.items():  # the sidecar of a live photo's video goes with the photo
        further = [each for owner in owners for each in tied.get(owner, ())]
        tied[name] = tuple(dict.fromkeys((*owners, *(each for each in further if each != name))))
    return tied


def _owners(
    name: str,
    by_name: Mapping[str, list[str]],
    by_stem: Mapping[str, list[str]],
    read: Callable[[str], Sidecar | None],
) -> tuple[str, ...]:
    stem, dot, ending = name.rpartition(".")
    if not dot or ending.casefold() not in _BESIDE:
        return ()
    if ending.casefold() == "aae" and (edits := re.fullmatch(r"(.*_)O(\d+)", stem)):
        stem = f"{edits[1]}E{edits[2]}"  # Apple keeps the edits of IMG_E1234.JPG in IMG_O1234.AAE
    base = stem.casefold()
    beside = [*by_stem.get(base, ()), *(each for each in by_name.get(base, ()) if _PICTURE.search(each))]
    title = None
    if ending.casefold() in _OF_ANYTHING:
        named = any(each.casefold() in by_name for each in owner_names(name))
        if not (beside or named or len(stem) >= _TAKEOUT_SIDECAR_CHARACTERS - 6):
            return ()
        sidecar = read(name)
        if sidecar is None:
            return ()
        title = sidecar.picture_name
    for each in (*owner_names(name, title), *edited_names(name, title)):
        beside += by_name.get(each.casefold(), ())
    return tuple(dict.fromkeys(each for each in beside if each != name))

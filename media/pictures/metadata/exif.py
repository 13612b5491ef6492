"""EXIF: the metadata of the camera, as editors may have changed it.

Source: CIPA DC-008 (Exif 3.0); the ``XP`` tags are those of Windows Explorer.
"""

import re
from collections.abc import Iterator, Mapping

from media.pictures.metadata.metadata import Metadata
from media.pictures.metadata.statement import Description, Statement, decode_text, tidy_value
from media.pictures.metadata.tiff import Tag, Tiff, open_tiff

_DESCRIPTION, _MAKE, _MODEL, _ARTIST, _COPYRIGHT, _SOFTWARE = 270, 271, 272, 315, 33432, 305
_EXIF_DIRECTORY, _GPS_DIRECTORY = 34665, 34853
_XP_COMMENT, _XP_AUTHOR, _XP_KEYWORDS = 40092, 40093, 40094
_TAGS = frozenset((
    _DESCRIPTION, _MAKE, _MODEL, _ARTIST, _COPYRIGHT, _SOFTWARE, _EXIF_DIRECTORY, _GPS_DIRECTORY,
    _XP_COMMENT, _XP_AUTHOR, _XP_KEYWORDS,
))  # fmt: skip
_TAKEN_AT, _DIGITIZED_AT, _TAKEN_OFFSET, _DIGITIZED_OFFSET, _USER_COMMENT = 36867, 36868, 36881, 36882, 37510
_EXPOSURE_TIME, _F_NUMBER = 33434, 33437
_EXIF_TAGS = frozenset(
    (
        _TAKEN_AT,
        _DIGITIZED_AT,
        _TAKEN_OFFSET,
        _DIGITIZED_OFFSET,
        _USER_COMMENT,
        _GPS_DIRECTORY,
        _EXPOSURE_TIME,
        _F_NUMBER,
    )
)
_LATITUDE_SIGN, _LATITUDE, _LONGITUDE_SIGN, _LONGITUDE = 1, 2, 3, 4
_GPS_TAGS = frozenset((_LATITUDE_SIGN, _LATITUDE, _LONGITUDE_SIGN, _LONGITUDE))


def read_exif(data: bytes) -> tuple[Statement, Statement]:
    """Return what the TIFF structure ``data`` says about its picture, and what is remarked in it.

    The second one holds ``UserComment`` and Windows' ``XP`` tags, which the MWG gives no say: remarks of users,
    programs and cameras, which count where nothing else says anything.
    """
    tiff = open_tiff(data)
    if tiff is None:
        doubt = ("EXIF: the packet has no TIFF header",) if data else ()
        return Statement(doubts=doubt), Statement()
    tags = tiff.read_tags(tiff.first, _TAGS)
    if not tags:
        return Statement(), Statement()
    taken: Mapping[int, Tag] = {}
    if (offset := tiff.read_integer(tags.get(_EXIF_DIRECTORY))) is not None:
        taken = tiff.read_tags(offset, _EXIF_TAGS)
    latitude = longitude = None
    gps = tags.get(_GPS_DIRECTORY) or taken.get(_GPS_DIRECTORY)  # some writers put it within the other
    if (offset := tiff.read_integer(gps)) is not None:
        latitude, longitude = _read_place(tiff, tiff.read_tags(offset, _GPS_TAGS))

    descriptions = tuple(_descriptions(("EXIF ImageDescription", _read_text(tags.get(_DESCRIPTION)))))
    remarks = tuple(
        _descriptions(
            ("EXIF UserComment", _read_comment(taken.get(_USER_COMMENT), tiff)),
            ("EXIF XPComment", _read_wide(tags.get(_XP_COMMENT))),
        )
    )
    made_by = (_read_text(tags.get(_MAKE)), _read_text(tags.get(_MODEL)))
    said = Statement(
        Metadata(
            caption=tidy_value(descriptions[0].text) if descriptions else None,
            byline=_read_parts(tags.get(_ARTIST)),
            copyright_notice=_read_parts(tags.get(_COPYRIGHT)),
            created_at=_read_date(taken.get(_TAKEN_AT), taken.get(_TAKEN_OFFSET))
            or _read_date(taken.get(_DIGITIZED_AT), taken.get(_DIGITIZED_OFFSET)),
            latitude=latitude,
            longitude=longitude,
            camera=_name_camera(*made_by),
        ),
        descriptions,
        creator_tool=" ".join(part for part in made_by if part) or None,
        software=_read_text(tags.get(_SOFTWARE)),
        exposed=_EXPOSURE_TIME in taken or _F_NUMBER in taken,
    )
    remarked = Metadata(
        caption=tidy_value(remarks[0].text) if remarks else None,
        byline=_read_wide(tags.get(_XP_AUTHOR)),
        keywords=_split_keywords(_read_wide(tags.get(_XP_KEYWORDS))),
    )
    return said, Statement(remarked, remarks)


def _name_camera(make: str | None, model: str | None) -> str | None:
    """Return make and model; the model alone where it names its make: ``NIKON CORPORATION``, ``NIKON Z 9``."""
    make, model = (tidy_value(each or "") for each in (make, model))
    if make and model and model.casefold().startswith(make.casefold().split()[0]):
        return model
    return " ".join(each for each in (make, model) if each) or None


def _descriptions(*found: tuple[str, str | None]) -> Iterator[Description]:
    for field, text in found:
        if text and tidy_value(text):
            yield Description("exif", field, text)


def _read_text(tag: Tag | None) -> str | None:
    """Return the text of an ASCII (or Exif 3.0 UTF-8) tag up to its NUL."""
    if tag is None or tag.type not in (1, 2, 7, 129):
        return None
    return decode_text(tag.value.partition(b"\0")[0]) or None


def _read_parts(tag: Tag | None) -> str | None:
    """Return the parts of a tag that NULs separate: Copyright holds photographer's and editor's."""
    if tag is None or tag.type not in (2, 129):
        return None
    parts = (tidy_value(decode_text(part)) for part in tag.value.split(b"\0", 8)[:8])
    return "; ".join(part for part in parts if part) or None


def _read_wide(tag: Tag | None) -> str | None:
    """Return the UTF-16 text of one of Windows' tags."""
    if tag is None or tag.type not in (1, 7):
        return None
    return tidy_value(tag.value.decode("utf-16-le", "replace").partition("\0")[0])


def _split_keywords(text: str | None) -> tuple[str, ...]:
    return tuple(word for part in (text or "").split(";") if (word := part.strip()))


def _read_comment(tag: Tag | None, tiff: Tiff) -> str | None:
    """Return UserComment, whose first 8 bytes name its charset (all zero: unknown)."""
    if tag is None or len(tag.value) <= 8:
        return None
    charset, text = tag.value[:8], tag.value[8:]
    if charset.startswith(b"UNICODE"):
        if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return text.decode("utf-16", "replace")
        # Writers disagree on the byte order: most Latin text has its zeros on one side only.
        high, low = text[:200:2].count(0), text[1:200:2].count(0)
        order = tiff.order if high == low else ("<" if low > high else ">")
        return text.decode("utf-16-le" if order == "<" else "utf-16-be", "replace")
    if charset.startswith(b"JIS"):
        return text.rstrip(b"\0").decode("iso2022_jp", "replace")
    if charset.startswith((b"ASCII", b"\0\0\0\0")):
        return decode_text(text.partition(b"\0")[0])
    return decode_text(tag.value.partition(b"\0")[0])


_DATE = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_OFFSET = re.compile(r"[+-]\d\d:\d\d")


def _read_date(tag: Tag | None, offset: Tag | None) -> str | None:
    """Return ISO 8601 of ``2001:01:01 01:11:11``; None for the date of a clock that was never set."""
    found = _DATE.match(_read_text(tag) or "")
    if found is None:
        return None
    year, month, day, hour, minute, second = found.groups()
    if year == "0000" or not (
        "01" <= month <= "12" and "01" <= day <= "31" and hour <= "23" and minute <= "59"
    ):
        return None
    zone = _OFFSET.fullmatch((_read_text(offset) or "").strip())
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}{zone[0] if zone else ''}"


def _read_place(tiff: Tiff, tags: Mapping[int, Tag]) -> tuple[float | None, float | None]:
    """Return latitude and longitude in degrees; 0, 0 is what a receiver without a fix writes."""
    latitude = _read_degrees(tiff, tags.get(_LATITUDE), tags.get(_LATITUDE_SIGN), "S", 90)
    longitude = _read_degrees(tiff, tags.get(_LONGITUDE), tags.get(_LONGITUDE_SIGN), "W", 180)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None, None
    return latitude, longitude


def _read_degrees(tiff: Tiff, tag: Tag | None, sign: Tag | None, minus: str, most: int) -> float | None:
    ratios = tiff.read_ratios(tag)
    if not ratios:
        return None
    degrees = sum(ratio / unit for ratio, unit in zip(ratios, (1, 60, 3600), strict=False))
    if not 0 <= degrees <= most:
        return None
    below = (_read_text(sign) or "").upper().startswith(minus)
    return round(-degrees if below else degrees, 7)

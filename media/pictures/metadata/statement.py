"""The metadata in one part of a picture's file, before the parts are weighed against each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from media.captions.caption import Origin
from media.pictures.metadata.charset import decode_as, guess_charset
from media.pictures.metadata.metadata import Metadata

_CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]+")


@dataclass(frozen=True, slots=True)
class Description:
    """One text that describes the picture."""

    origin: Origin
    field: str
    """The field's name in its standard: ``IPTC 2:120``, ``dc:description``, ``EXIF ImageDescription``."""
    text: str
    """The text as found."""
    language: str | None = None
    """BCP 47, where the field names one; None for the default."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The statements of the IPTC, the XMP or the EXIF of one file."""

    metadata: Metadata = field(default_factory=Metadata)
    descriptions: tuple[Description, ...] = ()
    """Every describing text, the field that is meant for captions first."""
    creator_tool: str | None = None
    """The camera's make and model: a caption that only says this says nothing."""
    doubts: tuple[str, ...] = ()
    software: str | None = None
    """The program that wrote the file: a camera's own, or an editor."""
    exposed: bool = False
    """Whether it states the exposure time or the aperture."""


def tidy_value(text: str) -> str | None:
    """Return ``text`` without control characters and outer white space; None where nothing is left."""
    if not text.isprintable():
        text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.strip() or None


def fold_space(text: str) -> str:
    """Return ``text`` in one line, runs of white space folded to a space."""
    return " ".join(text.split())


def is_utf8(value: bytes) -> bool:
    """Return whether ``value`` is valid UTF-8, which includes ASCII."""
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def decode_text(value: bytes, among: Sequence[bytes] = ()) -> str:
    """Decode text in an unnamed charset: as UTF-8 if it is valid, else in the charset that gives words.

    ``among`` are the texts of one writer, including this one: together they show more than each on its own.
    """
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return decode_as(value, guess_charset(among or (value,)))

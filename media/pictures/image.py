"""A picture: its contents, its metadata, and its fingerprints."""

import base64
from dataclasses import dataclass, field
from typing import Literal

from media.captions.caption import Placement
from media.pictures.contents import Contents
from media.pictures.metadata.metadata import Metadata

Information = Literal["normal", "low"]
"""``low``: flat, tiny or text-like pictures, which collide by chance and are compared strictly."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A value to compare pictures by. A changed recipe always gets a new version."""

    method: str
    """``phash``, ``dhash``, ``orb``..."""
    version: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Image:
    """One picture, decoded once."""

    sha256: str
    """Hex digest of the file's bytes: the picture's identity."""
    format: str
    """Pillow's name of the format: ``JPEG``, ``PNG``, ``WEBP``..."""
    width_px: int
    height_px: int
    """The height as shown, with the EXIF orientation applied."""
    frames: int = 1
    pixels_sha256: str | None = None
    """Digest of the shown picture, without metadata; see :mod:`media.pictures.decode`."""
    contents: Contents = field(default_factory=Contents)
    """The data in the file besides the shown picture."""
    information: Information = "normal"
    metadata: Metadata = field(default_factory=Metadata)
    fingerprints: tuple[Fingerprint, ...] = ()
    thumbnail: bytes | None = None
    """JPEG or WebP (:mod:`media.pictures.thumbnail`)."""
    placements: tuple[Placement, ...] = ()
    """Embedded captions (origins ``iptc``, ``xmp``, ``exif``)."""


def thumbnail_type(thumbnail: bytes) -> str:
    """Return the media type of a stored thumbnail. Before recipe 4, all were WebP."""
    return "image/jpeg" if thumbnail.startswith(b"\xff\xd8\xff") else "image/webp"


def thumbnail_address(thumbnail: bytes) -> str:
    """Return a ``data:`` address that shows a stored thumbnail."""
    return f"data:{thumbnail_type(thumbnail)};base64,{base64.b64encode(thumbnail).decode()}"

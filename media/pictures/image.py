"""A picture: what its bytes hold, what is said in it, and the fingerprints to find it by."""

from dataclasses import dataclass, field
from typing import Literal

from media.captions.caption import Placement
from media.pictures.contents import Contents

Information = Literal["normal", "low"]
"""``low``: flat, tiny or text-like pictures, which collide by chance and are compared strictly."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A value to compare pictures by. A changed recipe is a new version, never the same one."""

    method: str
    """``phash``, ``dhash``, ``orb``..."""
    version: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the file says about itself, by the names of the IPTC Photo Metadata Standard."""

    headline: str | None = None
    caption: str | None = None
    byline: str | None = None
    credit_line: str | None = None
    copyright_notice: str | None = None
    keywords: tuple[str, ...] = ()
    created_at: str | None = None
    """ISO 8601, as far as it is known."""
    city: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None


FIELDS = tuple(Metadata.__dataclass_fields__)
"""Their names."""


@dataclass(frozen=True, slots=True)
class Image:
    """One picture, decoded once."""

    sha256: str
    """Hex digest of the file's bytes: the picture's identity."""
    format: str
    """As Pillow names it: ``JPEG``, ``PNG``, ``WEBP``..."""
    width_px: int
    height_px: int
    """As shown, EXIF orientation applied."""
    frames: int = 1
    pixels_sha256: str | None = None
    """Digest of what is shown, whatever the metadata: see :mod:`media.pictures.decode`."""
    contents: Contents = field(default_factory=Contents)
    """What the file holds beside what is shown."""
    information: Information = "normal"
    metadata: Metadata = field(default_factory=Metadata)
    fingerprints: tuple[Fingerprint, ...] = ()
    thumbnail: bytes | None = None
    """WebP."""
    placements: tuple[Placement, ...] = ()
    """Embedded captions (origins ``iptc``, ``xmp``, ``exif``)."""

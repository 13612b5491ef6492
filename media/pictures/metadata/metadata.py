"""The metadata of a picture, from its file or from the sidecar beside it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metadata:
    """The file's metadata, under the names of the IPTC Photo Metadata Standard."""

    headline: str | None = None
    caption: str | None = None
    byline: str | None = None
    credit_line: str | None = None
    copyright_notice: str | None = None
    source: str | None = None
    """Who the picture was had from first."""
    camera: str | None = None
    """Make and model, as EXIF has them."""
    keywords: tuple[str, ...] = ()
    created_at: str | None = None
    """ISO 8601, as far as it is known."""
    city: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None


FIELDS = tuple(Metadata.__dataclass_fields__)
"""Their names."""

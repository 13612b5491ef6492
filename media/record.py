"""A record: the unit of an archive (a file, a member of a ZIP, a response in a WARC)."""

import math
from dataclasses import dataclass
from typing import Literal

Stage = Literal["list", "read", "decode", "parse", "match", "unread", "empty"]
"""The stage of a problem: listing a source, reading bytes, decoding a picture, parsing an article, or matching;
``unread`` and ``empty`` count files in formats that are not read, and files that held nothing."""


_LEAST_NS, _MOST_NS = -(1 << 63), (1 << 63) - 1


def clamp_ns(nanoseconds: int) -> int:
    """Return the nearest time that 64 bits hold, as the catalogue keeps it: of the years 1677 to 2262."""
    return min(max(nanoseconds, _LEAST_NS), _MOST_NS)


def to_ns(seconds: float) -> int:
    """Return seconds in nanoseconds, within the range of :func:`clamp_ns`; NaN becomes 0."""
    if math.isnan(seconds):
        return 0
    return clamp_ns(int(max(min(seconds, 1e10), -1e10) * 1_000_000_000))


def far_time(locator: str, stage: Stage, kept_ns: int) -> "Problem | None":
    """Return the problem of a time that :func:`clamp_ns` changed; None if it did not."""
    if _LEAST_NS < kept_ns < _MOST_NS:
        return None
    bound = "after 11 April 2262" if kept_ns > 0 else "before 21 September 1677"
    reason = f"its modification time is {bound}: that day is recorded, as no other can be kept"
    return Problem(locator, stage, reason, "Set its time right (touch), if it matters; its content was read.")


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as its source lists it, before it is read."""

    locator: str
    """The place of the record, relative to its source (see :mod:`media.locator`)."""
    byte_size: int
    modified_ns: int
    """Modification time in nanoseconds since 1970 (UTC); of an object in a store, its version is in it too
    (:func:`media.archives.stores.store.version_time`)."""
    inode: str | None = None
    """``device:inode`` if the record is a file on disk; hardlinks share it."""
    known: "Known | None" = None
    """A container that has grown, as an earlier scan read it."""


@dataclass(frozen=True, slots=True)
class Known:
    """A container as it was when it was read to its end."""

    byte_size: int
    sha256: str
    last_member: int | None
    """Offset at which its last member began; None: it has none."""


@dataclass(frozen=True, slots=True)
class Capture:
    """A web archive's data on a record, besides its payload."""

    target_uri: str | None = None
    captured_at: str | None = None
    """ISO 8601, UTC."""
    http_status: int | None = None
    redirect_uri: str | None = None
    """The address that it redirects to (``Location``)."""
    payload_digest: str | None = None
    """The digest given by the archive (``sha1:...``); a revisit has that of its original."""
    title: str | None = None
    """The page's title in the archive's list of pages."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record that was read."""

    locator: str
    media_type: str
    """The media type by content, not by name: ``text/html``, ``image/jpeg``, ``application/octet-stream``..."""
    byte_size: int
    modified_ns: int | None
    sha256: str | None
    """Hex digest of the stored bytes; None if they could not be read."""
    inode: str | None = None
    target_uri: str | None = None
    """The address from which the record was captured (web archives)."""
    captured_at: str | None = None
    """ISO 8601, UTC."""
    http_status: int | None = None
    redirect_uri: str | None = None
    payload_digest: str | None = None
    charset: str | None = None
    """The encoding of its text, as its sender declared it."""
    container: str | None = None
    """Locator of the file that this record is a member of."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A record that could not be read as it should, described for a person."""

    locator: str
    stage: Stage
    reason: str
    """The fault."""
    remedy: str
    """The action that the user can take."""
    traceback: str | None = None
    """The traceback, if it is an error in cutline itself."""

"""A record: the unit of an archive (a file, a member of a ZIP, a response in a WARC)."""

import math
from dataclasses import dataclass
from typing import Literal

Stage = Literal["list", "read", "decode", "parse", "match", "unread", "empty"]
"""Where in the work a problem was met: listing a source, reading bytes, decoding a picture, parsing an article, or
finding what repeats; ``unread`` and ``empty`` count what is of no format that is read, and what held nothing."""


_LEAST_NS, _MOST_NS = -(1 << 63), (1 << 63) - 1


def clamp_ns(nanoseconds: int) -> int:
    """Return the nearest time that 64 bits hold, as the catalogue keeps it: of the years 1677 to 2262."""
    return min(max(nanoseconds, _LEAST_NS), _MOST_NS)


def to_ns(seconds: float) -> int:
    """Seconds in nanoseconds, within what :func:`clamp_ns` allows; what is no number is 0."""
    if math.isnan(seconds):
        return 0
    return clamp_ns(int(max(min(seconds, 1e10), -1e10) * 1_000_000_000))


def far_time(locator: str, stage: Stage, kept_ns: int) -> "Problem | None":
    """Return what is said of a time that :func:`clamp_ns` changed; None: it did not."""
    if _LEAST_NS < kept_ns < _MOST_NS:
        return None
    bound = "after 11 April 2262" if kept_ns > 0 else "before 21 September 1677"
    reason = f"its modification time is {bound}: that day is recorded, as no other can be kept"
    return Problem(locator, stage, reason, "Set its time right (touch), if it matters; its content was read.")


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as its source lists it, before anything of it is read."""

    locator: str
    """Where the record is, relative to its source (see :mod:`media.locator`)."""
    byte_size: int
    modified_ns: int
    """Modification time in nanoseconds since 1970 (UTC); of an object in a store, its version is in it too
    (:func:`media.archives.stores.store.version_time`)."""
    inode: str | None = None
    """``device:inode`` where the record is a file of its own: hardlinks share it."""
    known: "Known | None" = None
    """What an earlier scan knows of a container that has grown since."""


@dataclass(frozen=True, slots=True)
class Known:
    """A container as it was when it was read to its end."""

    byte_size: int
    sha256: str
    last_member: int | None
    """Offset at which its last member began; None: it has none."""


@dataclass(frozen=True, slots=True)
class Capture:
    """What a web archive says of a record beside its payload."""

    target_uri: str | None = None
    captured_at: str | None = None
    """ISO 8601, UTC."""
    http_status: int | None = None
    redirect_uri: str | None = None
    """Where the address leads on to (``Location``)."""
    payload_digest: str | None = None
    """As the archive gives it (``sha1:...``): a revisit has its original's."""
    title: str | None = None
    """The page's, in the archive's list of pages."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record that was read."""

    locator: str
    media_type: str
    """By content, not by name: ``text/html``, ``image/jpeg``, ``application/octet-stream``..."""
    byte_size: int
    modified_ns: int | None
    sha256: str | None
    """Hex digest of the bytes as stored; None where they could not be read."""
    inode: str | None = None
    target_uri: str | None = None
    """Where the record was captured from (web archives)."""
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
    """Something that could not be read as it should, as a person is told of it."""

    locator: str
    stage: Stage
    reason: str
    """What is wrong."""
    remedy: str
    """What the reader of the report can do about it."""
    traceback: str | None = None
    """Where it happened, where it is a fault of cutline itself."""

"""A container: a record that holds records (a ZIP, a TAR, a WARC, a file of JSON lines).

A container is read in spans, so that several workers share a large one and none holds it in memory:
one pass finds the records and yields the spans, then each worker reads the members of one span at a time.
"""

import io
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Protocol

from media.errors import MissingError
from media.record import Capture, Problem

SPAN_BYTES = 16 << 20
"""Stored bytes in a span: some seconds of work, so that a killed scan loses little."""
SPAN_MEMBERS = 256
"""Members in a span, if they can be counted, so that a worker's result stays small."""
MEMBER_RATIO = 1100
"""The most decompressed bytes for each compressed byte, beyond the first GiB: deflate cannot reach it."""


def is_junk(name: str) -> bool:
    """Return whether a name is that of files or folders of operating systems or version control."""
    parts = name.split("/")
    return parts[-1].startswith("._") or not JUNK.isdisjoint(parts)


JUNK = frozenset(
    {
        ".DS_Store",
        "Thumbs.db",
        "desktop.ini",
        ".git",
        ".hg",
        ".svn",
        "@eaDir",
        "__MACOSX",
        ".cutline-quarantine",
    }
)
"""Names of files and folders of operating systems, version control and our own cleanups."""


@lru_cache(maxsize=4096)
def is_discarded(folder: str) -> bool:
    """Return whether a folder is, or is inside, a trash folder or one that a file-system check fills."""
    return any(_DISCARDED.fullmatch(part) for part in re.split(r"[/!]", folder))


_DISCARDED = re.compile(
    r"\$RECYCLE\.BIN|RECYCLE[DR]|\.Trash(?:es|-\d+|bin(?:-\d+)?)?|Trash|[#@.]recycle|@Recycle|@Recently-Snapshot|@eaDir"
    r"|\.?lost\+found|LOST\.DIR|FOUND\.\d{3}|\.stversions|\.dropbox\.cache|System Volume Information|\.snapshots?",
    re.IGNORECASE,
)
"""Windows, macOS, freedesktop.org's Trash specification (``.Trash-1000``), Synology, QNAP, Samba, Syncthing, Dropbox,
Android, fsck and chkdsk."""


class Stream(Protocol):
    """A readable stream of bytes."""

    def read(self, size: int = -1, /) -> bytes: ...


class File(Stream, Protocol):
    """A seekable stream."""

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a container: the members that begin at ``start`` or later, and before ``end``."""

    start: int
    end: int
    within: str = ""
    """The member of the container whose part this is (a WARC within a WACZ); ``""``: its own."""
    repeated: tuple[int, ...] = ()
    """Places of members whose name an earlier member has, so that their locator needs more."""


@dataclass(slots=True)
class Member:
    """One record of a container; its stream is to be read before the next member is asked for."""

    locator: str
    """Whole, as in :mod:`media.locator`."""
    stream: Stream
    modified_ns: int | None = None
    media_type: str | None = None
    """The media type, if the container declares it for certain; None: recognised by the content."""
    capture: Capture | None = None
    declared_type: str | None = None
    """What its sender said that it is (``text/html; charset=utf-8``), to be asked where the content
    does not tell."""
    name: str | None = None
    """Its name, if the locator does not end with it."""
    problems: list[Problem] = field(default_factory=list)
    """Its problems; more may be added while the stream is read."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A member that cannot be read: it is recorded and named, and the next ones are read."""

    locator: str
    reason: str
    remedy: str
    target_uri: str | None = None
    """The address that it was captured from, if that can be read."""


class Container(Protocol):
    """One container, opened on a file that can seek."""

    media_type: str
    file: File

    def spans(self, after: int = 0) -> Iterator[Span | Problem]:
        """Yield spans that together hold every member, in order, from one pass, and problems of the container.

        :param after: only what lies beyond this offset, where a container has grown at its end.
        """
        ...

    def members(self, span: Span) -> Iterator[Member | Damage]:
        """Return the members of a span, in order; the same ones every time."""
        ...

    def open(self, inner: str) -> AbstractContextManager[Member]:
        """Open the member at a locator, given what follows the container's own (``!a/b.jpg``).

        :raises media.errors.ReadError: there is no such member, or it cannot be read.
        """
        ...


class ByOffset(ABC):
    """A container whose members are named by the offset that they begin at (``#1234``)."""

    @abstractmethod
    def members(self, span: Span) -> Iterator[Member | Damage]: ...

    @contextmanager
    def open(self, inner: str) -> Iterator[Member]:
        digits = inner.removeprefix("#")
        offset = int(digits) if digits.isascii() and digits.isdigit() else None
        found = None if offset is None else next(self.members(Span(offset, offset + 1)), None)
        if isinstance(found, Damage):
            raise MissingError(found.reason, found.remedy)
        if found is None:
            raise MissingError("nothing of it begins there", "Scan again: the file has changed.")
        yield found


class ByWalk(ABC):
    """A container that is read from its start to find a member."""

    locator: str
    part: str
    """What a member is called: ``page``."""
    whole = "file"

    @abstractmethod
    def members(self, span: Span) -> Iterator[Member | Damage]: ...

    @contextmanager
    def open(self, inner: str) -> Iterator[Member]:
        member = find_member(self.members(Span(0, 1)), self.locator + inner)
        if member is None:
            raise MissingError(
                f"no {self.part} of it is named {inner}", f"Scan again: the {self.whole} has changed."
            )
        yield member


def cut_spans(
    places: Iterable[int], most_bytes: int = SPAN_BYTES, most_members: int = SPAN_MEMBERS
) -> Iterator[Span]:
    """Yield the spans of members that begin at these places, which are in order; each ends where the next begins."""
    start = last = None
    members = 0
    for place in places:
        if start is None:
            start = place
        elif place - start >= most_bytes or members >= most_members:
            yield Span(start, place)
            start, members = place, 0
        members += 1
        last = place
    if start is not None and last is not None:
        yield Span(start, last + 1)


def find_member(members: Iterable[Member | Damage], locator: str) -> Member | None:
    """Return the member at a locator, in a container that can only be read from its start; None if there is none."""
    return next((each for each in members if isinstance(each, Member) and each.locator == locator), None)


class Unclosed(io.RawIOBase):
    """A stream in the form that the standard library can buffer; closing this does not close it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class HashedFile:
    """A file whose digest is computed while it is read, in one pass.

    What is passed over by seeking is hashed too, so that the digest is always of the whole.
    """

    def __init__(self, file: File) -> None:
        self._file = file
        self._digest = sha256()
        self._position = 0
        self.hashed = 0
        """Bytes hashed so far, from the beginning."""

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence == io.SEEK_CUR:
            offset += self._position
        elif whence == io.SEEK_END:
            offset += self._file.seek(0, io.SEEK_END)
        self._position = max(0, offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def read(self, size: int = -1, /) -> bytes:
        if self._position > self.hashed:
            self.hexdigest(self._position)
        self._file.seek(self._position)
        data = self._file.read(size)
        new = self._position + len(data) - self.hashed
        if data and new > 0:
            self._digest.update(data if new == len(data) else data[-new:])
            self.hashed += new
        self._position += len(data)
        return data

    def hexdigest(self, end: int | None = None) -> str:
        """Return the digest of the whole file, or of what is before ``end``, which must not be hashed yet."""
        self._file.seek(self.hashed)
        while end is None or self.hashed < end:
            data = self._file.read(1 << 20 if end is None else min(1 << 20, end - self.hashed))
            if not data:
                break
            self._digest.update(data)
            self.hashed += len(data)
        return self._digest.hexdigest()

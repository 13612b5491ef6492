"""The journal of a quarantine: actions that were begun, and actions that were done.

A line is a CRC-32 in eight hex digits, a space, and a JSON array of entries that were added at once.
Lines are only appended, and are on the disk before :meth:`Journal.append` returns. The beginning of an act
is written before a file is touched, and its end afterwards; an act without an end is what the next run
has to check.
"""

import errno
import fcntl
import json
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Literal

from catalog.cleanup.files import sync_folder
from catalog.errors import CatalogError, CatalogueBusy

NAME = "journal.jsonl"
ROOM = "room"
"""A file beside the journal that is given up for a line if the disk is full."""
_ROOM_BYTES = 1 << 16

_BLOCK_BYTES = 1 << 16

Act = Literal["quarantine", "hardlink", "reflink", "sidecar"]

Step = Literal["done", "back", "undo", "undone", "stay", "purge", "purged"]
"""States of an act. ``done``: it is done. ``back``: it was not done, or was taken back; nothing is changed.
``undo``, ``purge``: undoing or purging has begun. ``undone``, ``purged``: it has ended. ``stay``: the
act stays as ``done`` left it, for the given reason."""


_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EINVAL)
"""Errors of file systems without locks."""


class JournalBusy(CatalogueBusy):
    """Another process has the journal open."""


class JournalDamaged(CatalogError):
    """The journal's lines are not as they were written."""


@dataclass(frozen=True, slots=True)
class Begin:
    """The beginning of an act: everything that undoing it needs, even without a catalogue."""

    number: int
    """The action's id in the catalogue."""
    act: Act
    locator: str
    device: int
    inode: int
    """0 for a file that is still to be written."""
    byte_size: int
    modified_ns: int
    sha256: str
    keeper: str
    """The keeper's path, for people who read the journal."""
    keeper_device: int
    keeper_inode: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A step of an act that was begun."""

    number: int
    step: Step
    why: str = ""
    folder_ns: tuple[int, int] | None = None
    """Modification time of the file's folder before and after the act; undoing restores it."""


Entry = Begin | Mark


class Journal:
    """An open journal. Close it, or use it as a context manager's subject elsewhere."""

    def __init__(self, folder: int, *, create: bool) -> None:
        """:param folder: descriptor of the quarantine's folder.
        :raises FileNotFoundError: there is none, and none is to be made.
        """
        flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if create else 0)
        self._folder = folder
        self._descriptor = os.open(NAME, flags, 0o600, dir_fd=folder)
        if create:
            sync_folder(folder)  # After a power cut, a journal without a name could not be found.
        try:
            # Copies of one catalogue share a quarantine: two that work in it at once would lose track of its files.
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                os.close(self._descriptor)
                raise JournalBusy(
                    "another cutline is at work in this cleanup's quarantine, with a copy of this catalogue."
                    " Wait for it to finish, then run this again."
                ) from error
        self._cut_torn_end()

    def set_room_aside(self) -> None:
        """Reserve a few blocks for later lines, in case the disk is full by then."""
        with suppress(OSError):
            descriptor = os.open(
                ROOM, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=self._folder
            )
            try:
                _write_all(descriptor, os.urandom(_ROOM_BYTES))
            finally:
                os.close(descriptor)

    def close(self) -> None:
        os.close(self._descriptor)

    def append(self, entries: Sequence[Entry]) -> None:
        """Append entries, all or none; they are on the disk when this returns."""
        if not entries:
            return
        data = _encode(entries)
        try:
            self._write(data)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            with suppress(FileNotFoundError):
                os.unlink(ROOM, dir_fd=self._folder)
            self._write(data)

    def _write(self, data: bytes) -> None:
        """Append a line; if that fails, cut off the part that was written."""
        size = os.fstat(self._descriptor).st_size
        try:
            _write_all(self._descriptor, data)
            os.fsync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, size)
            raise

    def read(self) -> Iterator[tuple[int, list[Entry]]]:
        """Yield every line's offset and entries, first to last.

        :raises JournalDamaged: a line is not as it was written.
        """
        with open(os.dup(self._descriptor), "rb") as stream:
            stream.seek(0)
            offset = 0
            for raw in stream:
                yield offset, _require(raw, offset)
                offset += len(raw)

    def read_at(self, offset: int) -> list[Entry]:
        """Return the entries of the line at an offset from :meth:`read`."""
        with open(os.dup(self._descriptor), "rb") as stream:
            stream.seek(offset)
            return _require(stream.readline(), offset)

    def _cut_torn_end(self) -> None:
        """Drop a last line that a crash cut short: nothing was done for it before its fsync."""
        size = os.fstat(self._descriptor).st_size
        start = _last_line_start(self._descriptor, size)
        if start < size and _decode(os.pread(self._descriptor, size - start, start)) is None:
            os.ftruncate(self._descriptor, start)
            os.fsync(self._descriptor)


def _last_line_start(descriptor: int, size: int) -> int:
    """Return where the last line, whole or not, begins."""
    end = size - 1  # The line break that ends the last line does not begin another.
    while end > 0:
        start = max(0, end - _BLOCK_BYTES)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _encode(entries: Sequence[Entry]) -> bytes:
    body = json.dumps([asdict(each) for each in entries], ensure_ascii=False, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _decode(raw: bytes) -> list[Entry] | None:
    check, _, body = raw.rstrip(b"\n").partition(b" ")
    try:
        if not raw.endswith(b"\n") or int(check, 16) != zlib.crc32(body):
            return None
        return [Mark(**each) if "step" in each else Begin(**each) for each in json.loads(body)]
    except (ValueError, TypeError):
        return None


def _require(raw: bytes, offset: int) -> list[Entry]:
    entries = _decode(raw)
    if entries is None:
        raise JournalDamaged(
            f"{NAME} is damaged at byte {offset}: it cannot be told what was done, and nothing was changed now."
            " Check the disk. The quarantined files lie beside it under files/, in the folders they came from."
        )
    return entries


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]

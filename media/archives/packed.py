"""Archives that libarchive reads: 7z, RAR, CAB, LHA, cpio. They are read from the start and never unpacked to disk.

The package libarchive-c finds the system's library. Both are required for the formats that name them
(:mod:`media.formats`). Archives with encrypted members are named: libarchive does not decrypt them.
"""

import ctypes
import io
import re
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any, Final
from zlib import crc32

from media.archives.container import MEMBER_RATIO, Damage, File, Member, Span, Stream, find_member, is_junk
from media.errors import MissingError, ReadError
from media.locator import encode_path
from media.record import Problem, to_ns

_BLOCK_BYTES = 256 << 10
_FATAL = -30
"""libarchive's ``ARCHIVE_FATAL``."""
_FREE_BYTES = 4 << 30
"""The number of bytes that an archive of any size may unpack to."""
_MOST_MEMBERS = 1_000_000
_EMPTY_BYTES = 32
"""The most bytes of a 7z or RAR without members; cpio pads its blocks."""
_DAMAGED: Final = "It is damaged, or a part of it is missing: restore it from its source or a backup."
_SWOLLEN: Final = "It is built to swell: look at it with care, and unpack it by hand."


class Packed:
    """The files of an archive, in order. Folders, links and system files are not members."""

    media_type: str
    kinds: tuple[str, ...]
    """libarchive's names of the format; if there are several, the first bytes decide."""

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator
        self.size = file.seek(0, io.SEEK_END)
        self.current: Any = None
        """The current entry of libarchive. An earlier or closed entry must not be read."""
        self.broken: ReadError | None = None
        """The error after which libarchive cannot continue. Reading on could crash it."""
        self._raised: BaseException | None = None

    def spans(self, after: int = 0) -> Iterator[Span | Problem]:
        """Yield one span: members that are packed together are unpacked from the start."""
        yield Span(0, max(1, self.size))

    def members(self, span: Span) -> Generator[Member | Damage, None, None]:
        seen: set[int] = set()
        given = _Given(max(_FREE_BYTES, MEMBER_RATIO * self.size))
        number = -1
        for number, entry in enumerate(self._entries()):
            if isinstance(entry, ReadError):
                if number == 0:
                    raise entry
                yield Damage(f"{self.locator}#{number}", entry.reason, entry.remedy)
                return
            name = entry.pathname or ""
            if isinstance(name, bytes):  # in an unknown code page
                name = name.decode("utf-8", "surrogateescape")
            name = name.strip("/")
            if not entry.isfile or not name or is_junk(name):
                continue
            if number >= _MOST_MEMBERS:
                reason = f"it holds more than {_MOST_MEMBERS:,} members; the rest is not read"
                yield Damage(f"{self.locator}#{number}", reason, _SWOLLEN)
                return
            locator = f"{self.locator}!{encode_path(name)}"
            if hash(name) in seen:
                locator += f"#{number}"
            seen.add(hash(name))
            modified_ns = to_ns(float(entry.mtime)) if entry.mtime is not None else None
            member = Member(locator, _Stream(entry, self, given), modified_ns)
            if (stated := self._checksum(name)) is not None:
                member.stream = _Checked(member.stream, stated, member)
            yield member
        if number < 0 and self.size > _EMPTY_BYTES and self.media_type != Cpio.media_type:
            raise ReadError(f"no member is found in its {self.size:,} bytes", _DAMAGED)

    def _checksum(self, name: str) -> int | None:
        """Return the CRC-32 that an archive states for a member, if libarchive does not check it."""
        return None

    @contextmanager
    def open(self, inner: str) -> Iterator[Member]:
        with closing(self.members(Span(0, 1))) as members:  # open while its member is read
            member = find_member(members, self.locator + inner)
            if member is None:
                raise MissingError(
                    "it is not in the archive any more", "Scan again: the archive has changed."
                )
            yield member

    def _entries(self) -> Iterator[Any]:
        """Yield the entries that libarchive finds, and an error as the last item if there is damage."""
        from libarchive import ArchiveError
        from libarchive.read import custom_reader

        buffer = ctypes.create_string_buffer(_BLOCK_BYTES)

        def read(archive: object, context: object, place: Any) -> int:
            try:
                data = self.file.read(_BLOCK_BYTES)
            except BaseException as error:  # a callback of C passes no exception: raised afterwards
                self._raised = error
                return -1
            ctypes.memmove(buffer, data, len(data))
            ctypes.cast(place, ctypes.POINTER(ctypes.c_void_p))[0] = ctypes.addressof(buffer)
            return len(data)

        def seek(archive: object, context: object, offset: int, whence: int) -> int:
            try:
                return self.file.seek(offset, whence)
            except BaseException as error:
                self._raised = error
                return _FATAL

        self.broken = None
        self.file.seek(0)
        kind = self.kinds[-1] if self.file.read(8) == _RAR_5 else self.kinds[0]
        self.file.seek(0)
        with ExitStack() as stack:
            try:
                reader = stack.enter_context(
                    custom_reader(read, kind, "none", seek_func=seek, block_size=_BLOCK_BYTES)
                )
                for entry in reader:
                    self.current = entry
                    yield entry
                    if self.broken is not None:
                        yield self.broken
                        return
            except ArchiveError as error:
                self.raise_interruption()
                yield ReadError(*_told(error))
            finally:
                self.current = None

    def raise_interruption(self) -> None:
        """Raise the exception that ended a callback: its time is up, or the file cannot be read."""
        raised, self._raised = self._raised, None
        if raised is not None:
            raise raised


def looks_like_cpio(head: bytes) -> bool:
    """Return whether the first bytes are the numbers at the start of a cpio member; a text may begin alike."""
    return re.match(rb"07070[127][0-9A-Fa-f]{70}", head) is not None


class _Given:
    """The number of bytes unpacked from all members of an archive."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.bytes = 0


class _Stream:
    """The bytes of a member, read while its entry is the current one of the archive."""

    def __init__(self, entry: Any, archive: Packed, given: _Given) -> None:
        self._entry = entry
        self._blocks: Iterator[bytes] = entry.get_blocks(_BLOCK_BYTES)
        self._archive = archive
        self._given = given
        self._left = b""

    def read(self, size: int = -1, /) -> bytes:
        from libarchive import ArchiveError

        parts: list[bytes] = []
        wanted = size
        while size < 0 or wanted > 0:
            if not self._left:
                if self._archive.current is not self._entry:
                    raise ReadError("its archive has been read on", "Open it anew.")
                try:
                    self._left = next(self._blocks, b"")
                except ArchiveError as error:
                    self._archive.raise_interruption()
                    if error.retcode == _FATAL:
                        self._archive.broken = ReadError("what follows cannot be unpacked", _DAMAGED)
                    raise ReadError(*_told(error)) from error
                self._given.bytes += len(self._left)
                if self._given.bytes > self._given.most:
                    raise ReadError("its archive swells beyond measure", _SWOLLEN)
            if not self._left:
                break
            part = self._left if size < 0 else self._left[:wanted]
            self._left = self._left[len(part) :]
            wanted -= len(part)
            parts.append(part)
        return b"".join(parts)


class _Checked:
    """The bytes of a member, and a problem at their end if they do not match the stated checksum."""

    def __init__(self, stream: Stream, stated: int, member: Member) -> None:
        self._stream = stream
        self._stated = stated
        self._member = member
        self._sum = 0
        self._is_told = False

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._sum = crc32(data, self._sum)
        if (not data or size < 0) and size != 0 and not self._is_told and self._sum != self._stated:
            self._is_told = True
            reason = f"its checksum does not fit: CRC-32 {self._sum:08x}, stated {self._stated:08x}"
            self._member.problems.append(Problem(self._member.locator, "read", reason, _DAMAGED))
        return data


def _told(error: Exception) -> tuple[str, str]:
    """Return libarchive's message about an archive, with the remedy."""
    said = str(getattr(error, "msg", "") or error).partition(" (errno")[0].strip()
    if "ncrypt" in said or "assphrase" in said:
        return "it is encrypted", "Unpack it with its password beside the archive, and scan that."
    if "nsupported" in said or "not supported" in said:
        return (
            f"it is packed in a way that is not read ({said})",
            "Unpack it beside the archive, and scan that.",
        )
    return f"it cannot be unpacked ({said})", _DAMAGED


class SevenZip(Packed):
    """7z."""

    media_type = "application/x-7z-compressed"
    kinds = ("7zip",)


class Rar(Packed):
    """RAR of versions 4 and 5."""

    media_type = "application/vnd.rar"
    kinds = ("rar", "rar5")

    def __init__(self, file: File, locator: str) -> None:
        super().__init__(file, locator)
        self._sums: dict[str, int | None] | None = None

    def _checksum(self, name: str) -> int | None:
        """Return the checksum of an uncompressed member in version 5, which libarchive does not check."""
        if self._sums is None:
            place = self.file.tell()  # libarchive continues from its old position
            self._sums = dict(self._stated_sums())
            self.file.seek(place)
        return self._sums.get(name)

    def _stated_sums(self) -> Iterator[tuple[str, int | None]]:
        """Yield names and checksums from the headers of version 5 (RAR 5.0 archive format, by RARLAB)."""
        self.file.seek(0)
        at = 8
        if self.file.read(8) != _RAR_5:
            return
        for _ in range(_MOST_MEMBERS):
            self.file.seek(at)
            head = self.file.read(_HEADER_BYTES)
            numbers = _Numbers(head, 4)
            size = numbers.take()
            end = numbers.at + size
            if size == 0 or end > len(head):
                return
            kind, flags = numbers.take(), numbers.take()
            numbers.take() if flags & 1 else 0
            data = numbers.take() if flags & 2 else 0
            if kind in (4, 5):  # the rest is encrypted, or this is the end
                return
            if kind == 2:
                told = numbers.take()
                numbers.take(), numbers.take()
                numbers.at += 4 if told & 2 else 0
                stated = int.from_bytes(head[numbers.at : numbers.at + 4], "little") if told & 4 else None
                numbers.at += 4 if told & 4 else 0
                method = numbers.take() >> 7 & 7
                numbers.take()
                length = numbers.take()
                name = head[numbers.at : numbers.at + length].decode("utf-8", "replace").strip("/")
                is_parted = bool(flags & 0x18)
                yield name, stated if method == 0 and not is_parted and not told & 1 else None
            at += end + data


_RAR_5: Final = b"Rar!\x1a\x07\x01\0"
_HEADER_BYTES: Final = 128 << 10


class _Numbers:
    """Reads numbers with seven bits per byte, the lowest first; beyond the end they are 0."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def take(self) -> int:
        value = 0
        for shift in range(0, 63, 7):
            byte = self.data[self.at] if self.at < len(self.data) else 0
            self.at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                break
        return value


class Cab(Packed):
    """CAB."""

    media_type = "application/vnd.ms-cab-compressed"
    kinds = ("cab",)


class Lha(Packed):
    """LHA."""

    media_type = "application/x-lzh-compressed"
    kinds = ("lha",)


class Cpio(Packed):
    """Cpio."""

    media_type = "application/x-cpio"
    kinds = ("cpio",)

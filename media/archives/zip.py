"""ZIP: members are found by the directory, or by their own headers if the directory is lost.

Follows APPNOTE.TXT 6.3.10 (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT), including ZIP64. The directory
is read as a stream and never kept, so that a million members need no memory. A member's place is the offset of its
directory entry, or of its own header if there is no directory.
"""

import calendar
import re
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from media.archives.compression import (
    CUT_SHORT,
    Decompressed,
    Slice,
    Swollen,
    decompress,
    lzma_engine,
)
from media.archives.container import (
    MEMBER_RATIO,
    SPAN_BYTES,
    SPAN_MEMBERS,
    Damage,
    File,
    Member,
    Span,
    Stream,
    is_junk,
)
from media.errors import MissingError, ReadError
from media.locator import encode_path
from media.record import Problem

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_PLACE = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_HEADER = struct.Struct("<4s5H3L2H")
_METHODS = {8: "deflate", 12: "bzip2", 14: "lzma", 93: "zstd", 95: "xz"}
_ENCRYPTED, _LATER, _UTF8 = 0x1, 0x8, 0x800
_NO_SIZE = 0xFFFFFFFF
_LZMA_HEADER_BYTES = 9
"""The bytes before the data of an LZMA member: a version, and the five bytes of its properties with their length."""
_TAIL_BYTES = 22 + 0xFFFF
"""The most bytes of the record that ends a ZIP, with the longest comment."""
_READ_AHEAD = 256 << 10
_FREE_BYTES = 4 << 30
_MOST_DAMAGES = 20
_MOST_REPEATED = 100_000
"""The bytes of all members together below which their ratio is not checked; the most damages that are named; the most
repeated names whose places are kept."""
_SWOLLEN = "Look at it with care: it is built to swell when it is unpacked."
_LOST = (
    "its directory is missing: it is cut short, or a part of it",
    "Members found by their own headers were read. Copy it again from its source, with all its parts.",
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A member as the directory describes it."""

    place: int
    name: str
    flags: int
    method: int
    modified_ns: int
    crc: int
    stored_bytes: int
    byte_size: int
    header: int
    """The offset of the member's own header."""
    mode: int
    data: int | None = None
    """The offset of the member's data, if known."""

    @property
    def is_record(self) -> bool:
        kind = stat.S_IFMT(self.mode)
        # A member written from standard input has the type of its source: a pipe, with content.
        is_file = kind in (0, stat.S_IFREG) or (kind == stat.S_IFIFO and self.byte_size > 0)
        return not self.name.endswith("/") and is_file and not is_junk(self.name)


@dataclass(frozen=True, slots=True)
class _Directory:
    start: int
    end: int
    shift: int
    """The number of bytes before the archive in its file, such as a program that unpacks it."""


class Zip:
    """The members of a ZIP file; folders, links and system files are not members."""

    media_type = "application/zip"

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator
        self.size = file.seek(0, 2)
        self.directory = _find_directory(file, self.size)

    def spans(self, after: int = 0) -> Iterator[Span | Problem]:
        """Read the directory once, and find repeated names and overlapping members."""
        if self.directory is None:
            yield Problem(self.locator, "read", *_LOST)
        names: set[int] = set()
        repeated: list[int] = []
        start: int | None = None
        members = stored = whole_stored = whole = end = all_repeated = 0
        damaged: list[int] = []
        for entry in self._entries(0, None, damaged):
            start = entry.place if start is None else start
            if stored >= SPAN_BYTES or members >= SPAN_MEMBERS:
                yield Span(start, entry.place, repeated=tuple(repeated))
                start, members, stored, repeated = entry.place, 0, 0, []
            end = entry.place + 1
            if not entry.is_record:
                continue
            members += 1
            stored += entry.stored_bytes
            whole_stored += entry.stored_bytes
            whole += entry.byte_size
            if whole_stored > self.size or whole > max(_FREE_BYTES, MEMBER_RATIO * self.size):
                why = "overlap one another" if whole_stored > self.size else "swell beyond measure"
                yield Problem(self.locator, "read", f"its members {why}; the rest is not read", _SWOLLEN)
                break
            hashed = hash(entry.name)
            if hashed in names:
                repeated.append(entry.place)
                all_repeated += 1
                if all_repeated > _MOST_REPEATED:
                    reason = f"more than {_MOST_REPEATED:,} of its names repeat; the rest is not read"
                    yield Problem(self.locator, "read", reason, "Look at what made it.")
                    break
            names.add(hashed)
        for place in damaged[:_MOST_DAMAGES]:
            reason = f"its directory is damaged at {place}; members whose entries are there were not found"
            yield Problem(self.locator, "read", reason, "Restore it from its source or a backup.")
        if start is not None:
            yield Span(start, end, repeated=tuple(repeated))

    def members(self, span: Span) -> Iterator[Member | Damage]:
        repeated = frozenset(span.repeated)
        for entry in self._entries(span.start, span.end):
            if not entry.is_record:
                continue
            locator = f"{self.locator}!{encode_path(entry.name)}"
            if entry.place in repeated:
                locator += f"#{entry.place}"
            try:
                member = self._member(locator, entry)
            except ReadError as error:
                yield Damage(locator, error.reason, error.remedy)
            else:
                yield member

    def names(self) -> Iterator[str]:
        """Return the names of the members, as their locators have them."""
        return (encode_path(entry.name) for entry in self._entries(0, None) if entry.is_record)

    def find(self, name: str) -> tuple[int, int] | None:
        """Return the offset and size of a member's data; None if it is compressed or does not exist."""
        for entry in self._entries(0, None):
            if encode_path(entry.name) == name:
                entry = self._locate(entry)
                return (entry.data or 0, entry.stored_bytes) if entry.method == 0 else None
        return None

    @contextmanager
    def open(self, inner: str) -> Iterator[Member]:
        for entry in self._entries(0, None):
            name = "!" + encode_path(entry.name)
            if entry.is_record and (inner == name or inner == f"{name}#{entry.place}"):
                yield self._member(self.locator + inner, entry)
                return
        raise MissingError("it is not in the archive any more", "Scan again: the archive has changed.")

    def _entries(self, start: int, end: int | None, damaged: list[int] | None = None) -> Iterator[_Entry]:
        """Return the entries between two places; add the places where the directory is damaged to a list."""
        if self.directory is not None:
            start = max(start, self.directory.start)
            return self._walk_directory(self.directory, start, end, [] if damaged is None else damaged)
        return self._walk_headers(start, end)

    def _walk_directory(
        self, directory: _Directory, place: int, end: int | None, damaged: list[int]
    ) -> Iterator[_Entry]:
        end = directory.end if end is None else min(end, directory.end)
        buffer, base = b"", place
        while place < end:
            at = place - base
            if len(buffer) - at < _ENTRY.size + 3 * 0xFFFF and base + len(buffer) < directory.end:
                self.file.seek(place)
                buffer = self.file.read(
                    min(max(_READ_AHEAD, _ENTRY.size + 3 * 0xFFFF), directory.end - place)
                )
                base, at = place, 0
            if len(buffer) - at < _ENTRY.size or buffer[at : at + 4] != b"PK\x01\x02":
                damaged.append(place)
                found = self._find(b"PK\x01\x02", place + 1, end)
                if found is None:
                    return
                place = found
                continue
            fields = _ENTRY.unpack_from(buffer, at)
            name_length, extra_length, comment_length = fields[10:13]
            at += _ENTRY.size
            name_end = at + name_length
            name, extra = buffer[at:name_end], buffer[name_end : name_end + extra_length]
            yield _directory_entry(place, fields, name, extra, directory.shift)
            place += _ENTRY.size + name_length + extra_length + comment_length

    def _walk_headers(self, place: int, end: int | None) -> Iterator[_Entry]:
        """Yield the members of an archive that has lost its directory, from header to header."""
        found: int | None = place
        while found is not None and (end is None or found < end):
            entry = self._header_entry(found)
            if entry is None:
                found = self._next_header(found + 1)
                continue
            entry, after = self._measure(entry)
            yield entry
            found = self._next_header(after)

    def _header_entry(self, place: int) -> _Entry | None:
        self.file.seek(place)
        data = self.file.read(_HEADER.size + 2 * 0xFFFF)
        if len(data) < _HEADER.size or data[:4] != b"PK\x03\x04":
            return None
        (_, version, flags, method, time, date, crc, stored, size, name_length, extra_length) = (
            _HEADER.unpack_from(data)
        )
        name, extra = data[30 : 30 + name_length], data[30 + name_length : 30 + name_length + extra_length]
        if not name or version & 0xFF > 63 or (method not in (0, 99) and method not in _METHODS):
            return None
        byte_size, stored_bytes, _ = _large_sizes(extra, size, stored, 0)
        start = place + _HEADER.size + name_length + extra_length
        modified_ns = _modified_ns(date, time, extra)
        text = _name(name, flags, extra)
        return _Entry(place, text, flags, method, modified_ns, crc, stored_bytes, byte_size, place, 0, start)

    def _measure(self, entry: _Entry) -> tuple[_Entry, int]:
        """Return a member whose size is stored after its data, with its size, and the earliest place of the next."""
        start = entry.data or 0
        if not entry.flags & _LATER or entry.stored_bytes:
            return entry, start + entry.stored_bytes
        if entry.method == 0:
            after = self._next_header(start)
            size = (after if after is not None else self.size) - start
            return replace(entry, stored_bytes=size, byte_size=-1, crc=-1), start + size
        size = 0
        try:
            stream = _decompressed(Slice(self.file, start, self.size - start), entry.method)
            while data := stream.read():
                size += len(data)
            stored = stream.used + (_LZMA_HEADER_BYTES if entry.method == 14 else 0)
        except ReadError:
            stored = self.size - start
            following = self._next_header(start)
            if following is not None:
                stored = following - start
            return replace(entry, stored_bytes=stored, byte_size=-1, crc=-1), start + stored
        return replace(entry, stored_bytes=stored, byte_size=size, crc=-1), start + stored

    def _next_header(self, place: int) -> int | None:
        return self._find(b"PK\x03\x04", place, self.size)

    def _find(self, mark: bytes, place: int, end: int) -> int | None:
        """Return the first place of four bytes at ``place`` or later, and before ``end``."""
        while place < end:
            self.file.seek(place)
            data = self.file.read(_READ_AHEAD)
            found = data.find(mark)
            if found >= 0:
                return place + found if place + found < end else None
            if len(data) < 4:
                return None
            place += len(data) - 3
        return None

    def _locate(self, entry: _Entry) -> _Entry:
        """Return the entry with the place of its data, which only its own header gives."""
        if entry.data is not None:
            return entry
        self.file.seek(entry.header)
        header = self.file.read(_HEADER.size)
        if len(header) < _HEADER.size or header[:4] != b"PK\x03\x04":
            raise ReadError(
                f"its data is not at {entry.header}, where the directory says",
                "The archive is damaged, or a part of it is missing: copy it again with all its parts.",
            )
        name_length, extra_length = _HEADER.unpack(header)[9:]
        return replace(entry, data=entry.header + _HEADER.size + name_length + extra_length)

    def _member(self, locator: str, entry: _Entry) -> Member:
        if entry.flags & _ENCRYPTED:
            raise ReadError(
                "it is encrypted", "Unpack it with its password beside the archive, and scan that."
            )
        entry = self._locate(entry)
        stored = Slice(self.file, entry.data or 0, entry.stored_bytes)
        problems: list[Problem] = []
        return Member(
            locator,
            _Verified(_plain(stored, entry), entry, locator, problems),
            entry.modified_ns,
            problems=problems,
        )


def _plain(stored: Slice, entry: _Entry) -> Stream:
    return stored if entry.method == 0 else Swollen(_decompressed(stored, entry.method))


def _decompressed(stored: Slice, number: int) -> Decompressed:
    method = _METHODS.get(number)
    if method is None:
        raise ReadError(
            f"it is compressed in a way that is not known here (method {number})",
            "Unpack it with the program that made it, and scan that.",
        )
    return (
        Decompressed(stored, lambda: lzma_engine(stored)) if method == "lzma" else decompress(stored, method)
    )


class _Verified:
    """The bytes of a member, checked against the size and the checksum in the archive."""

    def __init__(self, stream: Stream, entry: _Entry, locator: str, problems: list[Problem]) -> None:
        self._stream = stream
        self._entry = entry
        self._locator = locator
        self._problems = problems
        self._given = self._sum = 0
        self._ended = False

    def read(self, size: int = -1, /) -> bytes:
        if self._ended:
            return b""
        whole = self._entry.byte_size
        left = whole - self._given if whole >= 0 else size
        wanted = left if size < 0 else min(size, left)
        data = self._stream.read(wanted) if wanted or whole < 0 else b""
        self._given += len(data)
        self._sum = zlib.crc32(data, self._sum)
        if not data and wanted:
            self._ended = True
            if whole >= 0:
                raise ReadError(*CUT_SHORT)
        if self._given == whole or not data:
            self._ended = True
            if self._entry.crc >= 0 and self._sum != self._entry.crc:
                self._problems.append(
                    Problem(
                        self._locator,
                        "read",
                        f"its checksum is {self._sum:08x}, the archive says {self._entry.crc:08x}",
                        "It is damaged: restore the archive from its source or a backup.",
                    )
                )
        return data


def _find_directory(file: File, size: int) -> _Directory | None:
    tail_start = max(0, size - _TAIL_BYTES)
    file.seek(tail_start)
    tail = file.read(size - tail_start)
    at = tail.rfind(b"PK\x05\x06")
    while at >= 0:
        if len(tail) - at >= _END.size:
            found = _read_end(file, tail_start + at, _END.unpack_from(tail, at))
            if found is not None:
                return found
        at = tail.rfind(b"PK\x05\x06", 0, at)
    return None


def _read_end(file: File, place: int, end: tuple[int, ...]) -> _Directory | None:
    _, disk, first_disk, _, _, byte_size, offset, _ = end
    before = place
    # The ZIP64 form can come before it without need, as in archives written to a pipe.
    file.seek(max(0, place - _END64_PLACE.size))
    data = file.read(_END64_PLACE.size)
    if len(data) == _END64_PLACE.size and data[:4] == b"PK\x06\x07":
        said = _END64_PLACE.unpack(data)[2]
        for each in (said, place - _END64_PLACE.size - _END64.size):
            file.seek(max(0, each))
            data = file.read(_END64.size)
            if len(data) == _END64.size and data[:4] == b"PK\x06\x06":
                disk, first_disk, _, _, byte_size, offset = _END64.unpack(data)[4:]
                before = each
                break
    start = before - byte_size
    if disk != first_disk or start < 0 or start < offset:
        return None
    file.seek(start)
    if byte_size and file.read(4) != b"PK\x01\x02":
        return None
    return _Directory(start, before, start - offset)


def _directory_entry(place: int, fields: tuple[int, ...], name: bytes, extra: bytes, shift: int) -> _Entry:
    made_by, flags, method, time, date = fields[1], fields[3], fields[4], fields[5], fields[6]
    byte_size, stored, header = _large_sizes(extra, fields[9], fields[8], fields[16])
    mode = fields[15] >> 16 if made_by >> 8 in (3, 19) else 0
    text = _name(name, flags, extra)
    modified_ns = _modified_ns(date, time, extra)
    return _Entry(place, text, flags, method, modified_ns, fields[7], stored, byte_size, header + shift, mode)


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        yield kind, extra[at + 4 : at + 4 + length]
        at += 4 + length


def _large_sizes(extra: bytes, byte_size: int, stored: int, header: int) -> tuple[int, int, int]:
    """Return the size, the stored size and the header's place; from the ZIP64 field if they do not fit elsewhere."""
    for kind, data in _extras(extra):
        if kind == 1:
            numbers = iter(struct.unpack(f"<{len(data) // 8}Q", data[: len(data) // 8 * 8]))
            byte_size = next(numbers, byte_size) if byte_size == _NO_SIZE else byte_size
            stored = next(numbers, stored) if stored == _NO_SIZE else stored
            header = next(numbers, header) if header == _NO_SIZE else header
    return byte_size, stored, header


def _name(name: bytes, flags: int, extra: bytes) -> str:
    for kind, data in _extras(extra):
        if kind == 0x7075 and len(data) > 5 and int.from_bytes(data[1:5], "little") == zlib.crc32(name):
            name, flags = data[5:], flags | _UTF8
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode(_code_page(name))


_SIGNS = re.compile(
    "[\u2500-\u259f\u0391-\u03c9\u2219-\u2265\u2310-\u2321\u00ab\u00bb\u00bc\u00bd\u00ac\u00b0-\u00b2\u00b7\u00f7]"
)
_KANA = re.compile("[\u3040-\u30ff]")
_OTHER_THAN_JAPANESE = re.compile("[^\x00-\x7f\u3000-\u30ff\u4e00-\u9fff\uff01-\uff5e]")
_OTHER_THAN_RUSSIAN = re.compile("[^\x00-\x7f\u0401\u0410-\u044f\u0451]")


def _code_page(name: bytes) -> str:
    """Return the encoding of a name that is not UTF-8 and does not state its encoding.

    APPNOTE.TXT prescribes IBM's code page 437, but Windows writes that of its country. If a name would have boxes and
    signs in 437, which names do not have, and words in Cyrillic (866) or Japanese (932), it is read as one of these.
    A doubtful name is read as 437.
    """
    if not _SIGNS.search(name.decode("cp437")):
        return "cp437"
    try:
        japanese = name.decode("cp932")
    except UnicodeDecodeError:
        japanese = None
    is_japanese = japanese is not None and not _OTHER_THAN_JAPANESE.search(japanese)
    if japanese is not None and is_japanese and _KANA.search(japanese):
        return "cp932"
    if not _OTHER_THAN_RUSSIAN.search(name.decode("cp866")):
        return "cp866"
    return "cp932" if is_japanese else "cp437"


def _modified_ns(date: int, time: int, extra: bytes) -> int:
    """Return the time in UTC if the archive states it, or else as the clock of the writer showed it."""
    for kind, data in _extras(extra):
        if kind == 0x5455 and len(data) >= 5 and data[0] & 1:
            return int.from_bytes(data[1:5], "little", signed=True) * 1_000_000_000
    day = ((date >> 9) + 1980, min(12, max(1, date >> 5 & 15)), max(1, date & 31))
    return calendar.timegm((*day, time >> 11, time >> 5 & 63, (time & 31) * 2)) * 1_000_000_000

"""TAR: headers of 512 bytes, each before its member's data (POSIX ustar and pax, GNU's long names).

A member's place is the offset of its first header in the decompressed TAR. After damage, reading
continues at the next block with the checksum of a header.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from media.archives.compression import CUT_SHORT, read_exactly
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
from media.record import Problem, far_time, to_ns

_BLOCK = 512
_HEADER_BYTES = 1 << 20
"""The most bytes of a long name or a pax header."""
_ZEROS = bytes(_BLOCK)
_FILES = b"0\0" + b"7S"
_MOST_PIECES = 100_000
"""The most pieces of a sparse file. Its map is in memory while it is read."""
_FREE_BYTES = 1 << 30
"""The size in bytes below which the ratio of a sparse file is not checked."""
_DAMAGED = "The archive is damaged: restore it from its source or a backup."
_MOST_REPEATED = 100_000
"""The most repeated names whose places are kept."""
_NO_END = (
    "it ends without its end mark: it may be cut short",
    "What is there was read. Compare it with its source.",
)


@dataclass(frozen=True, slots=True)
class _Header:
    place: int
    name: str
    data: int
    byte_size: int
    modified_ns: int
    kind: bytes
    sparse: "_Sparse | None" = None

    @property
    def is_record(self) -> bool:
        return self.kind in _FILES and not self.name.endswith("/") and not is_junk(self.name)

    @property
    def end(self) -> int:
        return self.data + -(-self.byte_size // _BLOCK) * _BLOCK


@dataclass(frozen=True, slots=True)
class _Sparse:
    """A file with holes; only the pieces between them are stored."""

    byte_size: int
    """The size of the file, including holes."""
    pieces: tuple[tuple[int, int], ...] | None
    """The offset and the size of each piece; None if the stored data begin with a list of them (PAX 1.0)."""


@dataclass(slots=True)
class _Said:
    """The data that extra headers give for the next header."""

    place: int | None = None
    name: str | None = None
    byte_size: int | None = None
    modified: float | None = None
    sparse_name: str | None = None
    sparse_size: int | None = None
    sparse_numbers: list[int] = field(default_factory=list)
    """The offsets and sizes of the pieces, alternating."""
    is_sparse: bool = False
    is_listed: bool = False
    """Whether the list of pieces is in the data (PAX 1.0)."""


class Tar:
    """The members of a TAR that are files; folders, links and devices are not members."""

    media_type = "application/x-tar"

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator

    def spans(self, after: int = 0) -> Iterator[Span | Problem]:
        names: set[int] = set()
        repeated: list[int] = []
        start: int | None = None
        end = members = all_repeated = 0
        for each in self._headers(0, None):
            if each is None:
                yield Problem(self.locator, "read", *_NO_END)
                continue
            place = each.place
            start = place if start is None else start
            if members >= SPAN_MEMBERS or place - start >= SPAN_BYTES:
                yield Span(start, place, repeated=tuple(repeated))
                start, members, repeated = place, 0, []
            end = place + 1
            members += 1
            if isinstance(each, _Header) and each.is_record:
                hashed = hash(each.name)
                if hashed in names:
                    repeated.append(place)
                    all_repeated += 1
                    if all_repeated > _MOST_REPEATED:
                        reason = f"more than {_MOST_REPEATED:,} of its names repeat; the rest is not read"
                        yield Problem(self.locator, "read", reason, "Look at what made it.")
                        break
                names.add(hashed)
        if start is not None:
            yield Span(start, end, repeated=tuple(repeated))

    def members(self, span: Span) -> Iterator[Member | Damage]:
        repeated = frozenset(span.repeated)
        for each in self._headers(span.start, span.end):
            if isinstance(each, _Header):
                if each.is_record:
                    locator = f"{self.locator}!{encode_path(each.name)}"
                    if each.place in repeated:
                        locator += f"#{each.place}"
                    try:
                        yield self._member(locator, each)
                    except ReadError as error:
                        yield Damage(locator, error.reason, error.remedy)
            elif each is not None:
                yield Damage(f"{self.locator}#{each.place}", each.reason, each.remedy)

    @contextmanager
    def open(self, inner: str) -> Iterator[Member]:
        for each in self._headers(0, None):
            if isinstance(each, _Header) and each.is_record:
                name = "!" + encode_path(each.name)
                if inner == name or inner == f"{name}#{each.place}":
                    yield self._member(self.locator + inner, each)
                    return
        raise MissingError("it is not in the archive any more", "Scan again: the archive has changed.")

    def _member(self, locator: str, header: _Header) -> Member:
        stored = _Data(self.file, header)
        stream = stored if header.sparse is None else _with_holes(stored, header.sparse, header.byte_size)
        strange = far_time(locator, "read", header.modified_ns)
        return Member(locator, stream, header.modified_ns, problems=[strange] if strange else [])

    def _headers(self, place: int, end: int | None) -> Iterator["_Header | _Damaged | None"]:
        """Yield the headers and the damage between two places; None if the end mark is missing."""
        said = _Said()
        while end is None or place < end or said.place is not None:
            block = self._read(place, _BLOCK)
            if block == _ZEROS:
                if self._read(place + _BLOCK, _BLOCK) in (_ZEROS, b""):
                    return
                place += _BLOCK
                continue
            first = place if said.place is None else said.place
            if not block:
                if said.place is not None:
                    yield _Damaged(first, *CUT_SHORT)
                yield None
                return
            header = _parse(block, place, said)
            if header is not None and header.kind == b"S":
                header = self._with_pieces(header, block)
            if header is None:
                found = self._resynchronise(place + _BLOCK)
                yield _Damaged(
                    first,
                    "no header is where one must be" + (f"; it goes on at {found}" if found else ""),
                    "The archive is damaged or cut short: restore it from its source or a backup.",
                )
                if found is None:
                    return
                place, said = found, _Said()
                continue
            if header.kind in b"LKxgX":
                data = self._read(header.data, header.byte_size) if header.byte_size < _HEADER_BYTES else b""
                said = _hear(header, data, said, first)
            else:
                if end is None or header.place < end:
                    yield header
                said = _Said()
            place = header.end

    def _with_pieces(self, header: _Header, block: bytes) -> _Header | None:
        """Return a header in GNU's old sparse form, with the pieces listed in it and in the blocks after it."""
        whole = _number(block[483:495])
        numbers = _numbers(block[386:482])
        more, data = block[482:483], header.data
        while more not in (b"\0", b"") and len(numbers) <= 2 * _MOST_PIECES:
            block = self._read(data, _BLOCK)
            numbers += _numbers(block[:504])
            more, data = block[504:505], data + _BLOCK
        if whole is None or whole < 0:
            return None
        return replace(header, data=data, sparse=_Sparse(whole, _pairs(numbers)))

    def _resynchronise(self, place: int) -> int | None:
        while block := self._read(place, 128 * _BLOCK):
            for at in range(0, len(block) - _BLOCK + 1, _BLOCK):
                one = block[at : at + _BLOCK]
                if one[257:262] == b"ustar" and _has_sum(one):
                    return place + at
            place += len(block)
            if len(block) % _BLOCK:
                return None
        return None

    def _read(self, place: int, size: int) -> bytes:
        if self.file.tell() != place and self.file.seek(place) != place:
            return b""
        data = self.file.read(size)
        while 0 < len(data) < size and (more := self.file.read(size - len(data))):
            data += more
        return data


@dataclass(frozen=True, slots=True)
class _Damaged:
    place: int
    reason: str
    remedy: str


class _Data:
    """The bytes of a member."""

    def __init__(self, file: File, header: _Header) -> None:
        self._file = file
        self._place = header.data
        self._left = header.byte_size

    def read(self, size: int = -1, /) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        if not wanted:
            return b""
        if self._file.tell() != self._place:
            self._file.seek(self._place)
        data = self._file.read(wanted)
        if not data:
            raise ReadError(
                f"the archive ends {self._left:,} bytes before it does",
                "The archive is cut short: copy it again from its source or a backup.",
            )
        self._place += len(data)
        self._left -= len(data)
        return data


class _WithHoles:
    """The bytes of a sparse file: its pieces at their offsets, with zeros between them."""

    def __init__(self, stored: Stream, sparse: _Sparse) -> None:
        self._stored = stored
        self._pieces = deque(sparse.pieces or ())
        self._position = 0
        self._byte_size = sparse.byte_size

    def read(self, size: int = -1, /) -> bytes:
        most = min(_HOLE_BYTES if size < 0 else min(size, _HOLE_BYTES), self._byte_size - self._position)
        while self._pieces and self._pieces[0][0] + self._pieces[0][1] <= self._position:
            self._pieces.popleft()
        if most <= 0:
            return b""
        start, length = self._pieces[0] if self._pieces else (self._byte_size, 0)
        if self._position < start:
            data = bytes(min(most, start - self._position))
        else:
            data = self._stored.read(min(most, start + length - self._position))
            if not data:
                raise ReadError("its pieces are more than what is stored of it", _DAMAGED)
        self._position += len(data)
        return data


_HOLE_BYTES = 1 << 20
"""The most zeros made at a time."""


def _with_holes(stored: "_Data", sparse: _Sparse, stored_bytes: int) -> _WithHoles:
    """Return the bytes of a sparse member as tar would unpack them.

    :raises ReadError: its list of pieces is damaged, or the unpacked file is far too large.
    """
    pieces = sparse.pieces
    if pieces is None:
        pieces = _listed_pieces(stored)
    end = 0
    for start, length in pieces:
        if start < end or length < 0:
            raise ReadError("the list of its pieces is damaged", _DAMAGED)
        end = start + length
    if len(pieces) > _MOST_PIECES or end > sparse.byte_size:
        raise ReadError("the list of its pieces is damaged, or too long", _DAMAGED)
    if sparse.byte_size > max(_FREE_BYTES, MEMBER_RATIO * stored_bytes):
        raise ReadError(
            f"it swells to {sparse.byte_size:,} bytes, of which {stored_bytes:,} are stored",
            "It is built to harm, or all but empty: unpack it with care, and scan what comes out.",
        )
    return _WithHoles(stored, replace(sparse, pieces=pieces))


def _listed_pieces(stored: "_Data") -> tuple[tuple[int, int], ...]:
    """Return the list at the start of the data: lines of numbers, the count first, up to the end of a block."""
    numbers: list[int] = []
    text = b""
    wanted = 1
    while len(numbers) < wanted:
        block = read_exactly(stored, _BLOCK)
        *lines, text = (text + block).split(b"\n")
        for line in lines:
            if not re.fullmatch(rb"\d{1,18}", line):
                raise ReadError("the list of its pieces is damaged", _DAMAGED)
            numbers.append(int(line))
            wanted = 2 * min(numbers[0], _MOST_PIECES + 1) + 1
            if len(numbers) == wanted:
                return _pairs(numbers[1:])
        if len(block) < _BLOCK or len(text) > 20:
            raise ReadError("the list of its pieces is damaged", _DAMAGED)
    return ()


def _numbers(fields: bytes) -> list[int]:
    """Return the offsets and sizes in a header, up to the first empty one."""
    numbers: list[int] = []
    for at in range(0, len(fields) - 23, 24):
        if not fields[at : at + 1].strip(b"\0"):
            break
        start, length = _number(fields[at : at + 12]), _number(fields[at + 12 : at + 24])
        numbers += [-1 if start is None else start, -1 if length is None else length]
    return numbers


def _pairs(numbers: Sequence[int]) -> tuple[tuple[int, int], ...]:
    return tuple(zip(numbers[::2], numbers[1::2], strict=False))


def looks_like_tar(head: bytes) -> bool:
    """Return whether the first 512 bytes have the checksum of a header."""
    return len(head) >= _BLOCK and head[:_BLOCK] != _ZEROS and _has_sum(head[:_BLOCK])


def _has_sum(block: bytes) -> bool:
    if len(block) < _BLOCK:
        return False
    said = _number(block[148:156])
    fields = block[:148] + b" " * 8 + block[156:]
    return said == sum(fields) or said == sum(byte - 256 if byte > 127 else byte for byte in fields)


def _number(field_: bytes) -> int | None:
    """Read octal digits, or a number in base 256 after a byte 0x80 (GNU)."""
    if field_[:1] in (b"\x80", b"\xff"):
        value = int.from_bytes(field_[1:], "big")
        return value if field_[0] == 0x80 else value - (1 << 8 * (len(field_) - 1))
    digits = field_.split(b"\0", 1)[0].strip()
    if not digits:
        return 0
    return int(digits, 8) if re.fullmatch(rb"[0-7]+", digits) else None


def _parse(block: bytes, place: int, said: _Said) -> _Header | None:
    if not _has_sum(block):
        return None
    size, modified = _number(block[124:136]), _number(block[136:148])
    kind = block[156:157]
    if size is None or size < 0 or size > 1 << 50:
        return None
    if kind not in _FILES + b"LKxgXS":
        size = 0 if kind in b"123456" else size
    name = block[:100].split(b"\0", 1)[0]
    if block[257:263] == b"ustar\0" and (prefix := block[345:500].split(b"\0", 1)[0]):
        name = prefix + b"/" + name
    if kind not in b"LKxgX":
        size = said.byte_size if said.byte_size is not None else size
    text = said.name if said.name is not None else name.decode("utf-8", "surrogateescape")
    seconds = said.modified if said.modified is not None else modified or 0
    first = place if said.place is None or kind in b"LKxgX" else said.place
    sparse = None
    if said.is_sparse and kind in _FILES:
        text = said.sparse_name or text
        whole = said.sparse_size if said.sparse_size is not None else size
        sparse = _Sparse(whole, None if said.is_listed else _pairs(said.sparse_numbers))
    return _Header(first, text, place + _BLOCK, size, to_ns(seconds), kind, sparse)


def _hear(header: _Header, data: bytes, said: _Said, first: int) -> _Said:
    """Return the data that a header gives for the next one: a long name (``L``), or pax records (``x``)."""
    if header.kind == b"L":
        said.name = data.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
    elif header.kind in b"xX":
        for key, value in _pax(data):
            if key == b"path":
                said.name = value.decode("utf-8", "surrogateescape")
            elif key == b"size" and value.isdigit() and len(value) < 16:
                said.byte_size = int(value)
            elif key == b"mtime" and re.fullmatch(rb"-?\d{1,30}(\.\d{0,30})?", value):
                said.modified = float(value)
            elif key.startswith(b"GNU.sparse."):
                _hear_sparse(key.removeprefix(b"GNU.sparse."), value, said)
    said.place = first
    return said


def _hear_sparse(key: bytes, value: bytes, said: _Said) -> None:
    """Note the pax records of a sparse file, in the three forms that GNU tar writes (0.0, 0.1 and 1.0)."""
    said.is_sparse = True
    if key == b"name":
        said.sparse_name = value.decode("utf-8", "surrogateescape")
    elif key == b"major":
        said.is_listed = value == b"1"
    elif key == b"map":
        said.sparse_numbers = [int(each) for each in value.split(b",") if re.fullmatch(rb"\d{1,18}", each)]
    elif re.fullmatch(rb"\d{1,18}", value):
        if key in (b"size", b"realsize"):
            said.sparse_size = int(value)
        elif key in (b"offset", b"numbytes"):
            said.sparse_numbers.append(int(value))


def _pax(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    r"""Yield records of the form ``LENGTH KEY=VALUE\\n``, where the length counts the whole record."""
    at = 0
    while match := re.compile(rb"(\d{1,7}) ([^=]{1,1000})=").match(data, at):
        end = at + int(match[1])
        if end <= match.end() or end > len(data):
            return
        yield match[2], data[match.end() : end - 1]
        at = end

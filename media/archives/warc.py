"""WARC: the records of a web crawl, plain or compressed record by record (ISO 28500).

A member's place is the offset of its record in the stored file. FastWARC reads the records. If it stops before the end,
this module finds the end of the last good record, names the following data as damaged, and continues at the next record
that it can find.
"""

import re
from collections.abc import Callable, Iterator

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from media.archives.compression import (
    ZSTD_FRAME,
    Decompressed,
    DecompressedFile,
    Slice,
    engines_for,
    is_skippable,
    read_exactly,
)
from media.archives.container import ByOffset, Damage, File, Member, Span, Stream, cut_spans
from media.archives.http import Payload, header_end
from media.archives.instant import parse_instant
from media.errors import ReadError
from media.formats import CRAWL_NOTE
from media.record import Capture, Problem

REVISIT = "application/warc-revisit"

_WANTED = (
    WarcRecordType.response
    | WarcRecordType.resource
    | WarcRecordType.conversion
    | WarcRecordType.revisit
    | WarcRecordType.continuation
)
_TYPES = {
    name: getattr(WarcRecordType, name)
    for name in (
        "response",
        "resource",
        "conversion",
        "revisit",
        "continuation",
        "request",
        "metadata",
        "warcinfo",
    )
}
_GZIP = b"\x1f\x8b\x08"
_VERSION = re.compile(rb"WARC/\d\.\d+\r?\n")
_LENGTH = re.compile(rb"\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r?\n", re.IGNORECASE)
_TARGET = re.compile(rb"\nwarc-target-uri:[ \t]*<?([^\r\n>]{1,8000})", re.IGNORECASE)
_ENDS = (b"\r\n\r\n", b"\n\n")
"""The bytes after each record. Some tools use the line ends of their system."""
_HEADER_BYTES = 64 << 10
_FIRST_AHEAD, _READ_AHEAD = 4 << 10, 1 << 20
"""The bytes searched for the next record at first, and at most at a time. Little is read if damage follows damage."""
_NO_SIZE = 1 << 62
_DAMAGED = "The archive is damaged here: restore it from its source or a backup."


def _type_of(record: WarcRecord) -> WarcRecordType:
    """Return a record's type, whatever the case of its header's name, which FastWARC takes for significant."""
    told = record.record_type
    if told in (WarcRecordType.unknown, WarcRecordType.no_type):
        told = _TYPES.get((record.headers.get("WARC-Type") or "").strip().lower(), told)
    return told


class Warc(ByOffset):
    """The responses, resources, conversions and revisits of a WARC."""

    media_type = "application/warc"

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator
        file.seek(0)
        head = file.read(4)
        self._is_named = False
        """Whether the reader of the current record has found it to be damaged."""
        is_gzip = head[:3] == _GZIP or (locator.lower().endswith(".gz") and head != b"WARC")
        is_zstd = head == ZSTD_FRAME or is_skippable(head)
        self.method = "gzip" if is_gzip else "zstd" if is_zstd else None
        self._size = (
            file.seek(0, 2) if self.method is None and not isinstance(file, DecompressedFile) else _NO_SIZE
        )
        self._new = engines_for(file, self.method) if self.method else None

    def is_by_record(self) -> bool:
        """Return whether each record is compressed on its own, so that reading can begin at any record."""
        if self.method is None:
            return True
        self.file.seek(self._after_skippable(0))
        head = read_exactly(self._decompress(), _HEADER_BYTES)
        length = _length_of(head)
        return length is None or len(head) <= length + 8

    def has_record(self) -> bool:
        """Return whether the file has a record anywhere, even after a damaged first one."""
        return self._is_record(0) or self._resynchronise(1) is not None

    def spans(self, after: int = 0) -> Iterator[Span]:
        return cut_spans(offset for offset, _ in self._records(after, None))

    def members(self, span: Span) -> Iterator[Member | Damage]:
        for offset, record in self._records(span.start, span.end):
            if isinstance(record, Damage):
                yield record
            elif _type_of(record) & _WANTED:
                member = self._member(offset, record)
                if member is not None:
                    yield member

    def _records(self, place: int, end: int | None) -> Iterator["tuple[int, WarcRecord | Damage]"]:
        """Yield the records that begin at ``place`` or later, and before ``end``, and the damage among them."""
        next_place: int | None = place
        while next_place is not None and (end is None or next_place < end):
            base, last, last_type, target = next_place, None, WarcRecordType.unknown, None
            records = _Guarded(self._read_on(base))
            self._is_named = False
            for offset, record in records:
                if end is not None and offset >= end:
                    return
                last, last_type, self._is_named = offset, _type_of(record), False
                yield offset, record
            if last is None:
                at, reason = base, f"no record begins here ({records.failed or 'the archive ends'})"
                next_place = self._resynchronise(base + 1)
            else:
                after, is_whole, target = self._end_of(last)
                if after is not None and self._is_end(after):
                    return
                if after is not None and is_whole and after > base:
                    next_place = after  # the fault is there: it is named in the next round
                    continue
                next_place = self._resynchronise(last + 1 if after is None else after)
                if self._is_named:
                    continue
                # The part of a record that was read is kept: the fault after it has a place of its own.
                at = last + bool(last_type & _WANTED)
                reason = f"the record at {last} does not end as it says: it is damaged or cut short"
            if next_place is not None:
                reason += f"; reading goes on at {next_place}"
            if end is None or at < end:
                yield at, Damage(f"{self.locator}#{at}", reason, _DAMAGED, target)

    def _read_on(self, base: int) -> "Iterator[tuple[int, WarcRecord]]":
        """Return the records from a place on, with their offsets, as far as FastWARC reads them.

        Frames of zstd are decompressed here, because FastWARC does not know their dictionary.
        """
        if self.method == "zstd":
            yield from self._read_frames(self._after_skippable(base))
            return
        lf_only = self._is_lf_only(base)
        for record in _iterate(Slice(self.file, base, self._size - base), lf_only=lf_only):
            offset = base + record.stream_pos
            if not lf_only and record.record_type == WarcRecordType.no_type and self._is_lf_only(offset):
                yield from self._read_on(offset)
                return
            yield offset, record

    def _read_frames(self, place: int) -> "Iterator[tuple[int, WarcRecord]]":
        while True:
            frame = Decompressed(
                Slice(self.file, place, _NO_SIZE), self._new or engines_for(self.file, "zstd")
            )
            read = False
            for record in _iterate(_Forward(frame), lf_only=self._is_lf_only(place)):
                read = True
                yield place, record
            if not read:
                return
            while frame.read():
                pass
            place = self._after_skippable(place + frame.used)

    def _is_lf_only(self, place: int) -> bool:
        """Return whether the lines of the record that begins there end in a line feed alone."""
        self.file.seek(place)
        try:
            head = self.file.read(16) if self.method is None else read_exactly(self._decompress(), 16)
        except ReadError:
            return False
        version = _VERSION.match(head)
        return version is not None and not version[0].endswith(b"\r\n")

    def _after_skippable(self, place: int) -> int:
        """Return the place of the first zstd frame with content, at ``place`` or later."""
        while self.method == "zstd":
            self.file.seek(place)
            head = read_exactly(self.file, 8)
            if len(head) < 8 or not is_skippable(head):
                break
            place += 8 + int.from_bytes(head[4:], "little")
        return place

    def _decompress(self) -> Decompressed:
        """Return the content of the compressed record at the current position of the file."""
        return Decompressed(self.file, self._new or engines_for(self.file, self.method or "gzip"))

    def _end_of(self, place: int) -> tuple[int | None, bool, str | None]:
        """Return the end of a record by its compressed data or its length, whether both agree, and its address.

        Return None if the record is damaged or cut short.
        """
        self.file.seek(place)
        if self.method is None:
            head = self.file.read(_HEADER_BYTES)
            end = _length_of(head)
            if end is None:
                return None, False, _target_of(head)
            self.file.seek(place + end)
            following = self.file.read(4)
            for mark in _ENDS:
                if following.startswith(mark):
                    return place + end + len(mark), True, _target_of(head)
            return None, False, _target_of(head)
        stream = self._decompress()
        head, size = b"", 0
        try:
            while data := stream.read():
                head += data[: _HEADER_BYTES - len(head)]
                size += len(data)
        except ReadError:
            return None, False, _target_of(head)
        end = _length_of(head)
        is_whole = end is not None and size - end in (len(mark) for mark in _ENDS)
        return place + stream.used, is_whole, _target_of(head)

    def _is_end(self, place: int) -> bool:
        """Return whether only line ends and zeros follow."""
        self.file.seek(place)
        while data := self.file.read(_READ_AHEAD):
            if data.strip(b"\r\n\0"):
                return False
        return True

    def _resynchronise(self, place: int) -> int | None:
        """Return the place at which the next record begins."""
        mark = {"gzip": _GZIP, "zstd": ZSTD_FRAME, None: b"WARC/"}[self.method]
        ahead = _FIRST_AHEAD
        while True:
            self.file.seek(place)
            data = self.file.read(ahead)
            ahead = min(2 * ahead, _READ_AHEAD)
            at = data.find(mark)
            while at >= 0:
                if self._is_record(place + at):
                    return place + at
                at = data.find(mark, at + 1)
            if len(data) < len(mark):
                return None
            place += len(data) - len(mark) + 1

    def _is_record(self, place: int) -> bool:
        if self.method is None:
            self.file.seek(max(0, place - 1))
            head = self.file.read(16)
            return bool(_VERSION.match(head, 1 if place else 0)) and (not place or head[:1] == b"\n")
        self.file.seek(self._after_skippable(place))
        try:
            return bool(_VERSION.match(read_exactly(self._decompress(), 16)))
        except ReadError:
            return False

    def _member(self, offset: int, record: WarcRecord) -> Member | None:
        headers = record.headers
        target = (headers.get("WARC-Target-URI") or "").strip("<>") or None
        locator = f"{self.locator}#{offset}"
        problems: list[Problem] = []
        content_type = (headers.get("Content-Type") or "").lower()
        if content_type.startswith("text/dns"):
            return None
        if _type_of(record) == WarcRecordType.continuation:
            problems.append(
                Problem(
                    locator,
                    "read",
                    "it is a segment of a record that goes over several files",
                    "Segmented records are not put together: join them with the tool that made them.",
                )
            )
        if not record.content_length and (headers.get("Content-Length") or "").strip("0 "):
            reason = "the name of its Content-Length is in small letters, so its content was not read"
            problems.append(Problem(locator, "read", reason, "Write the archive again: warcio recompress."))
        if cut := headers.get("WARC-Truncated"):
            problems.append(
                Problem(
                    locator, "read", f"its capture was cut short (WARC-Truncated: {cut})", "Capture it again."
                )
            )
        date = headers.get("WARC-Date")
        captured_at = parse_instant(date) if date else None
        if captured_at is None:
            reason = (
                f"its WARC-Date is no date ({date[:40]})" if date else "it does not say when it was captured"
            )
            problems.append(
                Problem(locator, "read", reason, "It is kept without its date: look at what made it.")
            )
        capture = Capture(
            target_uri=target,
            captured_at=captured_at,
            payload_digest=headers.get("WARC-Payload-Digest"),
        )
        is_http = record.is_http
        body = _Body(record, self._name_last)
        payload = Payload(body, locator, capture, problems, is_http=is_http)
        if not is_http:
            payload.declared_type = content_type or None
        capture = payload.capture
        if _type_of(record) == WarcRecordType.revisit:
            return Member(locator, _EMPTY, media_type=REVISIT, capture=capture, problems=problems)
        if target and target.startswith(_NOTES):
            return Member(locator, payload, media_type=CRAWL_NOTE, capture=capture, problems=problems)
        return Member(
            locator,
            payload,
            capture=capture,
            problems=problems,
            declared_type=payload.declared_type,
            name=payload.name,
        )

    def _name_last(self) -> None:
        self._is_named = True


_NOTES = tuple(
    f"urn:{kind}:"
    for kind in ("text", "textFinal", "pageinfo", "view", "viewFinal", "thumbnail", "fullPage", "logs")
)
"""Addresses under which Browsertrix stores its own data about a page: its text, a screenshot."""


class _Guarded:
    """The records up to the end, or up to the first on which FastWARC fails."""

    def __init__(self, records: "Iterator[tuple[int, WarcRecord]]") -> None:
        self._records = records
        self.failed = ""

    def __iter__(self) -> "Iterator[tuple[int, WarcRecord]]":
        try:
            yield from self._records
        except ReadError as error:
            self.failed = error.reason
        except (OSError, ValueError, EOFError, RuntimeError) as error:
            self.failed = str(error)
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            self.failed = "its reader failed on it"


def _iterate(stream: "Slice | _Forward", *, lf_only: bool) -> Iterator[WarcRecord]:
    # Its quirks mode reads such lines, but skips damage, which has to be named.
    given = _Plain(stream)
    yield from ArchiveIterator(given, parse_http=False, auto_decode="none", quirks_mode=lf_only)  # type: ignore[arg-type]


class _Forward:
    """A stream that is only read forwards, with the interface that FastWARC needs."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._position = 0

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        raise OSError("it can only be read on")

    def tell(self) -> int:
        return self._position


class _Body:
    """The content of a record. Its length must be the one in its header."""

    def __init__(self, record: WarcRecord, on_damage: Callable[[], None]) -> None:
        self._record = record
        self._on_damage = on_damage
        self._left = record.content_length

    def read(self, size: int = -1, /) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        if wanted <= 0:
            return b""
        try:
            data = self._record.reader.read(wanted)
        except (OSError, ValueError, EOFError, RuntimeError) as error:
            self._on_damage()
            raise ReadError(f"the record is damaged ({error})", _DAMAGED) from error
        if not data:
            self._on_damage()
            raise ReadError(
                f"the record is cut short: {self._left:,} bytes are missing",
                "The archive is cut short, or the length in the record's header is wrong:"
                " compare it with its source.",
            )
        self._left -= len(data)
        return data


class _Empty:
    def read(self, size: int = -1, /) -> bytes:
        return b""


_EMPTY: Stream = _Empty()


class _Plain:
    """A file with only the interface that FastWARC needs."""

    def __init__(self, view: "Slice | _Forward") -> None:
        self.read = view.read
        self.seek = view.seek
        self.tell = view.tell


def _length_of(head: bytes) -> int | None:
    """Return the bytes of a record according to its header, without the two line ends after it."""
    stop, skip = header_end(head)
    length = _LENGTH.search(head, 0, stop + skip) if stop >= 0 else None
    return stop + skip + int(length[1]) if length else None


def _target_of(head: bytes) -> str | None:
    """Return the address in a record's header, even if the header is incomplete."""
    stop, skip = header_end(head)
    target = _TARGET.search(head, 0, stop + skip if stop >= 0 else len(head))
    return target[1].decode("utf-8", "replace").strip() if target else None

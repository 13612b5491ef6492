"""WARC: the records of a web crawl, plain or compressed record by record (ISO 28500).

A member's place is the offset of its record in the stored file. FastWARC reads the records; where it
stops before the end, the end of the last good record is measured here, what follows is named as
damaged, and reading goes on at the next record that can be found.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from media.archives.compression import Slice, decompress
from media.archives.container import SPAN_BYTES, SPAN_MEMBERS, Damage, File, Member, Span, Stream
from media.archives.http import Payload
from media.errors import MissingError, ReadError
from media.record import Capture, Problem

REVISIT = "application/warc-revisit"

_WANTED = (
    WarcRecordType.response
    | WarcRecordType.resource
    | WarcRecordType.conversion
    | WarcRecordType.revisit
    | WarcRecordType.continuation
)
_GZIP, _ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
_VERSION = re.compile(rb"WARC/\d\.\d+\r?\n")
_LENGTH = re.compile(rb"\r?\ncontent-length:\s*(\d{1,18})\s*\r?\n", re.IGNORECASE)
_HEADER_BYTES = 64 << 10
_READ_AHEAD = 1 << 20
_DAMAGED = "The archive is damaged here: restore it from its source or a backup."


class Warc:
    """The responses, resources, conversions and revisits of a WARC."""

    media_type = "application/warc"

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator
        file.seek(0)
        head = file.read(4)
        self._is_named = False
        """Whether the record in hand has been found to be damaged by whoever reads it."""
        is_gzip = head[:3] == _GZIP or (locator.lower().endswith(".gz") and head != b"WARC")
        self.method = "gzip" if is_gzip else "zstd" if head == _ZSTD else None

    def is_by_record(self) -> bool:
        """Whether each record is compressed by itself, so that reading can begin at any."""
        if self.method is None:
            return True
        self.file.seek(0)
        stream = decompress(self.file, self.method)
        head = b""
        while len(head) < _HEADER_BYTES and (more := stream.read(_HEADER_BYTES - len(head))):
            head += more
        length = _length_of(head)
        return length is None or len(head) <= length + 8

    def has_record(self) -> bool:
        """Whether a record is found anywhere, also behind a damaged first one."""
        return self._is_record(0) or self._resynchronise(1) is not None

    def spans(self, after: int = 0) -> Iterator[Span | Problem]:
        start = end = after
        members = 0
        for offset, _ in self._records(after, None):
            if offset - start >= SPAN_BYTES or members >= SPAN_MEMBERS:
                yield Span(start, offset)
                start, members = offset, 0
            members += 1
            end = offset + 1
        if end > start:
            yield Span(start, end)

    def members(self, span: Span) -> Iterator[Member | Damage]:
        for offset, record in self._records(span.start, span.end):
            if isinstance(record, Damage):
                yield record
            elif record.record_type & _WANTED:
                member = self._member(offset, record)
                if member is not None:
                    yield member

    @contextmanager
    def open(self, inner: str) -> Iterator[Member]:
        digits = inner.removeprefix("#")
        if digits.isascii() and digits.isdigit():
            offset = int(digits)
            for found in self.members(Span(offset, offset + 1)):
                if isinstance(found, Member):
                    yield found
                    return
        raise MissingError("no record begins there", "Scan again: the archive has changed.")

    def _records(self, place: int, end: int | None) -> Iterator["tuple[int, WarcRecord | Damage]"]:
        """The records that begin at ``place`` or later, and before ``end``; what is damaged among them."""
        next_place: int | None = place
        while next_place is not None and (end is None or next_place < end):
            base, last, last_type = next_place, None, WarcRecordType.unknown
            size = self.file.seek(0, 2) if self.method is None else 1 << 62
            records = _Guarded(Slice(self.file, base, size - base))
            self._is_named = False
            for record in records:
                offset = base + record.stream_pos
                if end is not None and offset >= end:
                    return
                last, last_type, self._is_named = offset, record.record_type, False
                yield offset, record
            if last is None:
                at, reason = base, f"no record begins here ({records.failed or 'the archive ends'})"
                next_place = self._resynchronise(base + 1)
            else:
                after, is_whole = self._end_of(last)
                if after is not None and self._is_end(after):
                    return
                if after is not None and is_whole and after > base:
                    next_place = after  # what is wrong is there: it is named in the next round
                    continue
                next_place = self._resynchronise(last + 1 if after is None else after)
                if self._is_named:
                    continue
                # What was read of a record is kept: what is wrong behind it has a place of its own.
                at = last + bool(last_type & _WANTED)
                reason = f"the record at {last} does not end as it says: it is damaged or cut short"
            if next_place is not None:
                reason += f"; reading goes on at {next_place}"
            if end is None or at < end:
                yield at, Damage(f"{self.locator}#{at}", reason, _DAMAGED)

    def _end_of(self, place: int) -> tuple[int | None, bool]:
        """Where a record ends, by its compressed data or by its length, and whether both agree.

        None: it is damaged or cut short.
        """
        self.file.seek(place)
        if self.method is None:
            end = _length_of(self.file.read(_HEADER_BYTES))
            if end is None:
                return None, False
            self.file.seek(place + end)
            is_whole = self.file.read(4) == b"\r\n\r\n"
            return (place + end + 4, True) if is_whole else (None, False)
        stream = decompress(self.file, self.method)
        head, size = b"", 0
        try:
            while data := stream.read():
                head += data[: _HEADER_BYTES - len(head)]
                size += len(data)
        except ReadError:
            return None, False
        end = _length_of(head)
        return place + stream.used, end is not None and size == end + 4

    def _is_end(self, place: int) -> bool:
        """Whether nothing but line ends and zeros follows."""
        self.file.seek(place)
        while data := self.file.read(_READ_AHEAD):
            if data.strip(b"\r\n\0"):
                return False
        return True

    def _resynchronise(self, place: int) -> int | None:
        """The next place at which a record begins."""
        mark = {"gzip": _GZIP, "zstd": _ZSTD, None: b"WARC/"}[self.method]
        while True:
            self.file.seek(place)
            data = self.file.read(_READ_AHEAD)
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
        self.file.seek(place)
        try:
            return bool(_VERSION.match(decompress(self.file, self.method).read(16)))
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
        if record.record_type == WarcRecordType.continuation:
            problems.append(
                Problem(
                    locator,
                    "read",
                    "it is a segment of a record that goes over several files",
                    "Segmented records are not put together: join them with the tool that made them.",
                )
            )
        if cut := headers.get("WARC-Truncated"):
            problems.append(
                Problem(
                    locator, "read", f"its capture was cut short (WARC-Truncated: {cut})", "Capture it again."
                )
            )
        capture = Capture(
            target_uri=target,
            captured_at=_instant(headers.get("WARC-Date")),
            payload_digest=headers.get("WARC-Payload-Digest"),
        )
        is_http = record.is_http
        body = _Body(record, self._name_last)
        payload = Payload(body, locator, capture, problems, is_http=is_http)
        if not is_http:
            payload.declared_type = content_type or None
        capture = payload.capture
        if record.record_type == WarcRecordType.revisit:
            return Member(locator, _EMPTY, media_type=REVISIT, capture=capture, problems=problems)
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


class _Guarded:
    """The records that FastWARC finds, to the end or to the first that it fails on."""

    def __init__(self, view: Slice) -> None:
        self._view = view
        self.failed = ""

    def __iter__(self) -> Iterator[WarcRecord]:
        try:
            yield from ArchiveIterator(_Plain(self._view), parse_http=False, auto_decode="none")  # type: ignore[arg-type]
        except (OSError, ValueError, EOFError, RuntimeError) as error:
            self.failed = str(error)
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            self.failed = "its reader failed on it"


class _Body:
    """The content of a record, whose length must be what its header says."""

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
    """What FastWARC asks of a file, and no more."""

    def __init__(self, view: Slice) -> None:
        self.read = view.read
        self.seek = view.seek
        self.tell = view.tell


def _length_of(head: bytes) -> int | None:
    """Bytes of a record by its own header, without the two line ends behind it."""
    stop = head.find(b"\r\n\r\n")
    length = _LENGTH.search(head, 0, stop + 2) if stop >= 0 else None
    return stop + 4 + int(length[1]) if length else None


def _instant(date: str | None) -> str | None:
    """``2024-03-04T12:00:00Z``, fractions of seconds left off."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z", date.strip()) if date else None
    return match[1] + "Z" if match else None

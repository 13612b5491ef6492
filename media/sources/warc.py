"""WARC: the records of a web crawl, plain or compressed record by record (ISO 28500).

A member's place is the offset of its record in the stored file. FastWARC reads the records; where it
stops before the end, the end of the last good record is measured here, what follows is named as
damaged, and reading goes on at the next record that can be found.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from media.errors import MissingError, ReadError
from media.record import Capture, Problem
from media.sources.compression import Slice, decompress
from media.sources.container import SPAN_BYTES, SPAN_MEMBERS, Damage, File, Member, Span, Stream
from media.sources.http import Payload

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
        self.method = "gzip" if head[:3] == _GZIP else "zstd" if head == _ZSTD else None

    def is_by_record(self) -> bool:
        """Whether each record is compressed by itself, so that reading can begin at any."""
        if self.method is None:
            return True
        self.file.seek(0)
        stream = decompress(self.file, self.method)
        head = b""
        while len(head) < _HEADER_BYTES and (more := stream.read(_HEADER_BYTES - len(head))):
            head += more
        stop = head.find(b"\r\n\r\n")
        length = _LENGTH.search(head, 0, stop + 2) if stop >= 0 else None
        return length is None or len(head) <= stop + 4 + int(length[1]) + 8

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
            base, last, failed = next_place, None, ""
            size = self.file.seek(0, 2) if self.method is None else 1 << 62
            view = Slice(self.file, base, size - base)
            records = _Guarded(view)
            for record in records:
                offset = base + record.stream_pos
                if end is not None and offset >= end:
                    return
                last = offset
                yield offset, record
            failed = records.failed
            after = base if last is None else self._end_of(last)
            if after is not None and self._is_end(after):
                return
            if last is None or (after is not None and after > last):
                at = base if last is None else after or 0
                reason = "no record begins here" + (f" ({failed})" if failed else "")
            else:
                at = last + 1
                reason = f"the record at {last} does not end as it says: it is damaged or cut short"
            next_place = self._resynchronise(at + (last is None or after is not None))
            if next_place is not None:
                reason += f"; reading goes on at {next_place}"
            if end is None or at < end:
                yield at, Damage(f"{self.locator}#{at}", reason, _DAMAGED)

    def _end_of(self, place: int) -> int | None:
        """Where a record ends, by its compressed data or its length; None: it is damaged or cut short."""
        if self.method is None:
            self.file.seek(place)
            head = self.file.read(_HEADER_BYTES)
            stop = head.find(b"\r\n\r\n")
            length = _LENGTH.search(head, 0, stop + 2) if stop >= 0 else None
            if length is None:
                return None
            end = place + stop + 4 + int(length[1])
            self.file.seek(end)
            following = self.file.read(4)
            return end + 4 if following == b"\r\n\r\n" else None
        self.file.seek(place)
        stream = decompress(self.file, self.method)
        try:
            while stream.read():
                pass
        except ReadError:
            return None
        return place + stream.used

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
        body = _Body(record)
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

    def __init__(self, record: WarcRecord) -> None:
        self._record = record
        self._left = record.content_length

    def read(self, size: int = -1, /) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        if wanted <= 0:
            return b""
        try:
            data = self._record.reader.read(wanted)
        except (OSError, ValueError, EOFError, RuntimeError) as error:
            raise ReadError(f"the record is damaged ({error})", _DAMAGED) from error
        if not data:
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


def _instant(date: str | None) -> str | None:
    """``2024-03-04T12:00:00Z``, fractions of seconds left off."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z", date.strip()) if date else None
    return match[1] + "Z" if match else None

"""ARC: what web archives were kept in before WARC; plain, or compressed record by record.

A record is a line (address, IP, date, type, length) and so many bytes
(https://archive.org/web/researcher/ArcFileFormat.php). A member's place is the offset of its record.
"""

import re
from collections.abc import Iterator

from media.archives.compression import Decompressed, decompress, read_exactly
from media.archives.container import ByOffset, Damage, File, Member, Span, cut_spans
from media.archives.http import Payload
from media.archives.instant import parse_instant
from media.errors import ReadError
from media.record import Capture, Problem

_LINE = re.compile(
    rb"([a-zA-Z][a-zA-Z0-9+.-]{1,20}:[^\r\n]{1,8000}?) ([0-9a-fA-F.:]{3,45}|-) (\d{4,17}) (\S{1,200})"
    rb"(?: [^\n]{0,4000})? (\d{1,15})\r?\n"
)
"""An address may hold spaces; the fields after it show where it ends."""
_LINE_BYTES = 16 << 10
_FIRST_AHEAD, _READ_AHEAD = 64 << 10, 1 << 20
_DAMAGED = "The archive is damaged here: restore it from its source or a backup."


def looks_like_arc(head: bytes) -> bool:
    """Return whether first bytes are those of an ARC, or the line of a capture, as in a part of one."""
    if head.startswith(b"filedesc://"):
        return True
    match = _LINE.match(head) if head.startswith((b"http://", b"https://", b"dns:")) else None
    return match is not None and (b"/" in match[4] or match[4] == b"no-type")


class Arc(ByOffset):
    """The captures of an ARC."""

    media_type = "application/x-arc"

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator
        file.seek(0)
        self.is_gzip = file.read(2) == b"\x1f\x8b"

    def is_by_record(self) -> bool:
        """Return whether each record is compressed separately, so that reading can begin at any."""
        if not self.is_gzip:
            return True
        self.file.seek(0)
        stream = decompress(self.file, "gzip")
        head = read_exactly(stream, _LINE_BYTES)
        match = _LINE.match(head)
        return match is None or len(head) <= match.end() + int(match[5]) + 4

    def spans(self, after: int = 0) -> Iterator[Span]:
        return cut_spans(offset for offset, _ in self._records(after, None, skip=True))

    def members(self, span: Span) -> Iterator[Member | Damage]:
        for _, found in self._records(span.start, span.end, skip=False):
            if found is not None:
                yield found

    def _records(
        self, place: int, end: int | None, *, skip: bool
    ) -> Iterator[tuple[int, Member | Damage | None]]:
        next_place: int | None = place
        while next_place is not None and (end is None or next_place < end):
            place = next_place
            body = self._open(place)
            if body is None:
                if self._is_end(place):
                    return
                next_place = self._resynchronise(place + 1)
                going_on = "" if next_place is None else f"; reading goes on at {next_place}"
                damage = Damage(f"{self.locator}#{place}", f"no record begins here{going_on}", _DAMAGED)
                yield place, damage
                continue
            yield place, None if skip or body.is_header else self._member(place, body)
            next_place = self._end_of(place, body)
            if next_place is None:
                next_place = self._resynchronise(place + 1)
                if not body.is_cut_short and (end is None or place + 1 < end):
                    # The part of a record that was read is kept; damage after it has its own locator.
                    reason = f"the record at {place} does not end as it says: it is damaged or cut short"
                    reason += "" if next_place is None else f"; reading goes on at {next_place}"
                    target = body.line[1].decode("utf-8", "replace")
                    yield place + 1, Damage(f"{self.locator}#{place + 1}", reason, _DAMAGED, target)

    def _open(self, place: int) -> "_Body | None":
        self.file.seek(place)
        stream = decompress(self.file, "gzip") if self.is_gzip else None
        try:
            head = read_exactly(stream or self.file, _LINE_BYTES)
        except ReadError:
            return None
        stripped = head.lstrip(b"\r\n")
        match = _LINE.match(stripped)
        if match is None:
            return None
        before = len(head) - len(stripped) + match.end()
        return _Body(self.file, stream, place + before, stripped[match.end() :], match)

    def _end_of(self, place: int, body: "_Body") -> int | None:
        """Return where the next record begins; None if this one is damaged or cut short."""
        if body.compressed is None:
            end = body.place + body.length
            self.file.seek(end)
            following = self.file.read(_LINE_BYTES)
            line = following.lstrip(b"\r\n")
            return end + len(following) - len(line) if not line or _LINE.match(line) else None
        self.file.seek(place)
        stream = decompress(self.file, "gzip")
        try:
            while stream.read():
                pass
        except ReadError:
            return None
        return place + stream.used

    def _is_end(self, place: int) -> bool:
        self.file.seek(place)
        while data := self.file.read(_READ_AHEAD):
            if data.strip(b"\r\n\0"):
                return False
        return True

    def _resynchronise(self, place: int) -> int | None:
        ahead = _FIRST_AHEAD
        while True:
            self.file.seek(place)
            data = read_exactly(self.file, ahead)
            wanted, ahead = ahead, min(2 * ahead, _READ_AHEAD)
            if self.is_gzip:
                at = data.find(b"\x1f\x8b\x08")
                while at >= 0:
                    if self._open(place + at) is not None:
                        return place + at
                    at = data.find(b"\x1f\x8b\x08", at + 1)
            else:
                for line in re.finditer(rb"(?<=\n)[a-z]{3,8}://", data):
                    if _LINE.match(data, line.start()):
                        return place + line.start()
            if len(data) < wanted:
                return None
            place += len(data) - _LINE_BYTES

    def _member(self, place: int, body: "_Body") -> Member | None:
        target, _, date, kind = (each.decode("utf-8", "replace") for each in body.line.groups()[:4])
        if not target.startswith(("http:", "https:")):
            return None
        locator = f"{self.locator}#{place}"
        problems: list[Problem] = []
        capture = Capture(target, parse_instant(date[:14]))
        payload = Payload(body, locator, capture, problems, is_http=True)
        return Member(
            locator,
            payload,
            capture=payload.capture,
            declared_type=payload.declared_type or kind,
            name=payload.name,
            problems=problems,
        )


class _Body:
    """The content of a record."""

    def __init__(
        self,
        file: File,
        compressed: Decompressed | None,
        place: int,
        begun: bytes,
        line: "re.Match[bytes]",
    ) -> None:
        self.compressed = compressed
        self.place = place
        self.line = line
        self.length = int(line[5])
        self.is_header = line[1].startswith(b"filedesc:")
        self.is_cut_short = False
        """Whether reading it has shown that it ends too early."""
        self._file = file
        self._begun = begun[: self.length]
        self._left = self.length

    def read(self, size: int = -1, /) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        if wanted <= 0:
            return b""
        if self._begun:
            data, self._begun = self._begun[:wanted], self._begun[wanted:]
        elif self.compressed is not None:
            data = self.compressed.read(wanted)
        else:
            self._file.seek(self.place + self.length - self._left)
            data = self._file.read(wanted)
        if not data:
            self.is_cut_short = True
            raise ReadError(f"the record is cut short: {self._left:,} bytes are missing", _DAMAGED)
        self._left -= len(data)
        return data

"""JSON Lines: one JSON value a line; a member is a line, its place the offset of its first byte."""

import io
from collections.abc import Iterator

from media.archives.container import ByOffset, Damage, File, Member, Span, Stream, Unclosed
from media.formats import JSON_LINE
from media.record import Problem

_SPAN_BYTES = 2 << 20
_SPAN_LINES = 4096
_CHUNK_BYTES = 64 << 10
_LINE_BYTES = 1 << 20
"""Up to this length a line is taken at once; a longer one is read as a stream."""
_BLANK = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"


class JsonLines(ByOffset):
    """The lines of a file, blank ones left out."""

    media_type = "application/jsonl"

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator

    def spans(self, after: int = 0) -> Iterator[Span | Problem]:
        """Spans end where a line ends, after some megabytes or thousands of lines."""
        start = position = after
        lines = 0
        while self.file.seek(position) == position and (chunk := self.file.read(_CHUNK_BYTES)):
            lines += chunk.count(b"\n")
            if position + len(chunk) - start >= _SPAN_BYTES or lines >= _SPAN_LINES:
                last = chunk.rfind(b"\n")
                if last >= 0:
                    yield Span(start, position + last + 1)
                    start = position + last + 1
                    lines = 0
            position += len(chunk)
        if position > start:
            yield Span(start, position)

    def members(self, span: Span) -> Iterator[Member | Damage]:
        self.file.seek(max(0, span.start - 1))
        if span.start and self.file.read(1) != b"\n":
            return  # no line begins there any more
        buffered = io.BufferedReader(Unclosed(self.file), 1 << 18)
        offset = span.start
        while offset < span.end:
            line = buffered.readline(_LINE_BYTES)
            if not line:
                return
            if len(line) < _LINE_BYTES or line.endswith(b"\n"):
                text = line.removeprefix(_BOM).strip(_BLANK) if offset == 0 else line.strip(_BLANK)
                if text:
                    yield self._member(offset, io.BytesIO(text))
                offset += len(line)
                continue
            rest = _LongLine(line, buffered)
            yield self._member(offset, rest)
            while rest.read(_CHUNK_BYTES):
                pass
            offset += rest.length

    def _member(self, offset: int, stream: Stream) -> Member:
        return Member(f"{self.locator}#{offset}", stream, media_type=JSON_LINE)


class _LongLine:
    """The rest of a line that is not held at once."""

    def __init__(self, begun: bytes, buffered: "io.BufferedReader[Unclosed]") -> None:
        self._left = begun
        self._buffered = buffered
        self._ended = False
        self.length = len(begun)

    def read(self, size: int = -1, /) -> bytes:
        if not self._left and not self._ended:
            self._left = self._buffered.readline(_CHUNK_BYTES if size < 0 else max(size, 1))
            self.length += len(self._left)
            self._ended = not self._left or self._left.endswith(b"\n")
            if self._ended:
                self._left = self._left.rstrip(_BLANK)
        size = len(self._left) if size < 0 else size
        data, self._left = self._left[:size], self._left[size:]
        return data

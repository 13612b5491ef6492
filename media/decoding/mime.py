"""The parts of a message in MIME (RFC 2045, 2046, 2387, 2557): the place of each, and its headers.

A message is in memory while its parts are found. A part is decoded only when it is requested.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Final

from media.decoding.data_pictures import decode_base64
from media.left_out import leave_out, take

_PARTS: Final = 5_000
"""The most parts of a message, so that one made of boundaries costs no more than a large one."""
_DEPTH: Final = 20
_HEADER_BYTES: Final = 256 << 10
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n|\A\r?\n")
_PARSER: Final = BytesHeaderParser()


@dataclass(frozen=True, slots=True)
class Part:
    """A part without parts of its own: a text, a picture."""

    start: int
    """The offset of its first header in the message."""
    headers: Message
    body: bytes
    """The content, still encoded."""
    message: Message
    """The headers of the message that it is of, which may be one inside the message."""
    choice: int | None = None
    """Where one text stands in several forms (``multipart/alternative``): the offset of these, which all have."""

    @property
    def media_type(self) -> str:
        """The declared type (``text/html``)."""
        return (self.headers.get_content_type().split() or ["text/plain"])[0]

    def header(self, name: str) -> str | None:
        """Return the text of a header, with encoded words decoded; None if the part does not have it."""
        return header_text(self.headers, name)

    def decode(self) -> bytes:
        """Return the decoded content; if its encoding is broken, the part that can be read."""
        encoding = (self.header("Content-Transfer-Encoding") or "").strip().lower()
        if encoding == "base64":
            return decode_base64(self.body)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body)
        return self.body


@dataclass(frozen=True, slots=True)
class Parsed:
    """A message split into its parts."""

    headers: Message
    parts: list[Part] = field(default_factory=list)
    """The parts in the order of the message, including those of nested messages."""
    cut: bool = False
    """Whether the end of a multipart is missing."""


def header_text(headers: Message, name: str) -> str | None:
    """Return the text of a header, with encoded words decoded; None if there is no such header.

    Bytes outside ASCII, which the standard forbids, are read as UTF-8, or else as windows-1252.
    """
    value = next((str(raw) for key, raw in headers.raw_items() if key.lower() == name.lower()), None)
    if value is None:
        return None
    sent = value.encode("utf-8", "surrogateescape")
    try:
        value = sent.decode("utf-8")
    except UnicodeDecodeError:
        value = sent.decode("cp1252", "replace")
    try:
        text = str(make_header(decode_header(value)))
    except (ValueError, LookupError, UnicodeError):
        text = value
    return " ".join(text.encode("utf-8", "replace").decode().split()) or None


@dataclass(frozen=True, slots=True)
class _Open:
    """A part that is still to be split; places are offsets in the message."""

    headers: Message
    start: int
    """Where its headers begin."""
    begin: int
    """Where its content begins."""
    end: int
    message: Message
    choice: int | None = None
    depth: int = 0


_APPLE_LENGTH = re.compile(rb"(\d{1,12})[ \t]*\n(?=[!-9;-~]+:)")


def parse_message(data: bytes) -> Parsed:
    """Split a message into its parts. Invalid bytes raise no error: the parts that can be found are returned."""
    begin, end = 0, len(data)
    if counted := _APPLE_LENGTH.match(data):  # Apple Mail: its length, the message, and a list of properties
        begin = counted.end()
        end = min(end, begin + int(counted[1]))
    headers, body = _headers(data, begin, end)
    parsed = Parsed(headers)
    cut = False
    stack = [_Open(headers, begin, body, end, headers)]
    while stack and len(parsed.parts) < _PARTS:
        at = stack.pop()
        kind = at.headers.get_content_type()
        boundary = at.headers.get_boundary() if at.headers.get_content_maintype() == "multipart" else None
        if boundary and at.depth < _DEPTH:
            spans, closed = _spans(data, at.begin, at.end, boundary.encode("utf-8", "surrogateescape"))
            cut = cut or not closed
            choice = at.start if kind == "multipart/alternative" and at.choice is None else at.choice
            for first, last in reversed(take(spans, _PARTS, "parts")):
                told, content = _headers(data, first, last)
                stack.append(_Open(told, first, content, last, at.message, choice, at.depth + 1))
        elif kind == "message/rfc822" and at.depth < _DEPTH:
            told, content = _headers(data, at.begin, at.end)
            stack.append(_Open(told, at.begin, content, at.end, told, None, at.depth + 1))
        else:
            parsed.parts.append(Part(at.start, at.headers, data[at.begin : at.end], at.message, at.choice))
    if stack:
        leave_out(_PARTS, "parts")
    return Parsed(headers, parsed.parts, cut)


def _headers(data: bytes, start: int, end: int) -> tuple[Message, int]:
    """Return the headers that begin at ``start``, and the offset of the content after them."""
    head = data[start : min(end, start + _HEADER_BYTES)]
    blank = _BLANK_LINE.search(head)
    if blank is None:
        return _PARSER.parsebytes(head), end
    return _PARSER.parsebytes(head[: blank.start()] + b"\n\n"), start + blank.end()


def _spans(data: bytes, start: int, end: int, boundary: bytes) -> tuple[list[tuple[int, int]], bool]:
    """Return the places of the parts between the lines of a boundary, and whether the last line exists."""
    mark = b"--" + boundary
    spans: list[tuple[int, int]] = []
    begun: int | None = None
    for at, stop, last in _boundaries(data, start, end, mark):
        if begun is not None:
            spans.append((begun, at))
        if last:
            return spans, True
        begun = stop
    if begun is not None:
        spans.append((begun, end))
    return spans, False


def _boundaries(data: bytes, start: int, end: int, mark: bytes) -> Iterator[tuple[int, int, bool]]:
    """Yield the lines of a boundary: the end of the part before, the start of the next, whether it is the last."""
    at = start
    while (at := data.find(mark, at, end)) >= 0:
        begins = at == start or data[at - 1 : at] == b"\n"
        line = data.find(b"\n", at, end)
        stop = end if line < 0 else line + 1
        after = data[at + len(mark) : min(stop, at + len(mark) + 80)].strip()
        if begins and after in (b"", b"--"):
            before = at - 1 if at > start else at
            if data[before - 1 : before] == b"\r":
                before -= 1
            yield max(start, before), stop, after == b"--"
            at = stop
        else:
            at += len(mark)

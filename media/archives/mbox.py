"""Mailboxes (mbox): a member is a message, its place the offset of its ``From`` line."""

import io
import re
from collections.abc import Iterator

from media.archives.compression import read_exactly
from media.archives.container import ByOffset, Damage, File, Member, Span, cut_spans
from media.archives.mail import MAIL_BYTES

_CHUNK_BYTES = 1 << 20
_FROM = re.compile(rb"(?:(?<=\n\n)|(?<=\n\r\n))From [^\n]{0,300}\d\d:\d\d[^\n]{0,100}\n(?=[!-9;-~]{1,100}:)")
"""RFC 4155: after a blank line, with the time at which it came, and headers below."""
_LONGEST_MARK = 600


class Mbox(ByOffset):
    """The messages of a mailbox, in order."""

    media_type = "application/mbox"

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator

    def spans(self, after: int = 0) -> Iterator[Span]:
        return cut_spans(begin for begin, _ in self._places(after))

    def members(self, span: Span) -> Iterator[Member | Damage]:
        for begin, end in self._places(span.start):
            if begin >= span.end:
                return
            yield self._member(begin, end)

    def _member(self, begin: int, end: int) -> Member | Damage:
        locator = f"{self.locator}#{begin}"
        if end - begin > MAIL_BYTES:
            reason = f"a message of {(end - begin) >> 20} MiB is over the limit of {MAIL_BYTES >> 20} MiB"
            return Damage(locator, reason, "Save what it holds as files, and scan those.")
        self.file.seek(begin)
        _, _, message = read_exactly(self.file, end - begin).partition(b"\n")
        message = re.sub(rb"^>(>*From )", rb"\1", message, flags=re.MULTILINE)
        return Member(locator, io.BytesIO(message), media_type="message/rfc822")

    def _places(self, start: int) -> Iterator[tuple[int, int]]:
        """Yield where messages begin and end, from the first that begins at ``start`` or later."""
        begun: int | None = None
        # What begins the file, or a span, stands after a blank line.
        base, buffer = start - 2, b"\n\n"
        while True:
            self.file.seek(base + len(buffer))
            more = self.file.read(_CHUNK_BYTES)
            buffer += more
            sure = max(0, len(buffer) - _LONGEST_MARK) if more else len(buffer)
            at = sure
            for found in _FROM.finditer(buffer):
                if found.start() >= sure:
                    break
                if begun is not None:
                    yield begun, base + found.start()
                begun = base + found.start()
                at = max(sure, found.end())
            kept = max(0, at - 3)  # a mark is told by the blank line before it
            base, buffer = base + kept, buffer[kept:]
            if not more:
                break
        if begun is not None:
            yield begun, base + len(buffer)

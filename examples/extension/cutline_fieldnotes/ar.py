"""A container: the archive of Unix ``ar``, members one after the other, each with a header of 60 bytes."""

from collections.abc import Iterator
from contextlib import contextmanager

from media.archives.compression import Slice
from media.archives.container import Damage, File, Member, Span
from media.errors import MissingError, ReadError
from media.record import Problem

_HEADER = 60
_FIRST = 8
"""Bytes before the first header."""


class ArArchive:
    """The members of an archive of ``ar``."""

    media_type = "application/x-archive"

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator

    def spans(self, after: int = 0) -> Iterator[Span | Problem]:
        """One span: all of it is one worker's."""
        end = self.file.seek(0, 2)
        if end > _FIRST:
            yield Span(_FIRST, end)

    def members(self, span: Span) -> Iterator[Member | Damage]:
        """Every member, in order; where a header is damaged, what follows cannot be found."""
        at = span.start
        while at < span.end:
            self.file.seek(at)
            header = self.file.read(_HEADER)
            name, size = (
                header[:16].decode(errors="replace").rstrip().removesuffix("/"),
                header[48:58].strip(),
            )
            if len(header) < _HEADER or header[58:60] != b"`\n" or not size.isdigit():
                reason = f"the archive is damaged at {at}, and nothing after that can be found"
                raise ReadError(reason, "Restore it from its source or a backup.")
            start = at + _HEADER
            locator = f"{self.locator}!{name}"
            if start + int(size) > span.end:
                yield Damage(locator, "it is cut short", "Restore the archive from its source or a backup.")
                return
            yield Member(locator, Slice(self.file, start, int(size)))
            at = start + int(size) + int(size) % 2

    @contextmanager
    def open(self, inner: str) -> Iterator[Member]:
        """Open one member, by what follows the archive's own locator (``!name``)."""
        for span in self.spans():
            if isinstance(span, Span):
                for member in self.members(span):
                    if isinstance(member, Member) and member.locator == self.locator + inner:
                        yield member
                        return
        raise MissingError(f"{self.locator} has no {inner[1:]}", "Scan again: it has changed.")

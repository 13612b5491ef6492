"""A single compressed file (``page.html.gz``, ``dump.sql.xz``): its one member is the decompressed file.

The member has the name of the file, without the ending of the compression.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from media.archives.container import Damage, File, Member, Span
from media.errors import MissingError
from media.locator import base_name
from media.record import Problem

_ENDING = re.compile(r"(?<=.)\.(gz|gzip|bz2|bzip2|xz|lzma|zst|zstd|br)$", re.IGNORECASE)


def plain_name(name: str) -> str:
    """Return the name of a compressed file once it is decompressed.

    >>> plain_name("page.html.gz")
    'page.html'
    """
    return _ENDING.sub("", name)


class Compressed:
    """The one member of a compressed file."""

    def __init__(self, file: File, locator: str, media_type: str, name: str | None = None) -> None:
        """:param file: what the file holds, decompressed.
        :param media_type: of the file as it is stored.
        :param name: its name, where the locator does not end with it.
        """
        self.file: File = file
        self.locator = locator
        self.media_type = media_type
        self.name = plain_name(base_name(locator) if name is None else name)

    def spans(self, after: int = 0) -> Iterator[Span | Problem]:
        yield Span(0, 1)

    def members(self, span: Span) -> Iterator[Member | Damage]:
        self.file.seek(0)
        yield Member(f"{self.locator}!{self.name}", self.file, name=self.name)

    @contextmanager
    def open(self, inner: str) -> Iterator[Member]:
        if inner != f"!{self.name}":
            raise MissingError("it is not in the file any more", "Scan again: the file has changed.")
        self.file.seek(0)
        yield Member(self.locator + inner, self.file, name=self.name)

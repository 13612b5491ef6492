"""The pictures that a page holds in its own text (``data:``): each is a record of its own, at its offset in the page.

Tools that save a page as one file (SingleFile, mail programs) put its pictures there. Tiny ones are placeholders and
icons, and are left.
"""

import io
from collections.abc import Iterator
from typing import Final

from media.archives.compression import read_exactly
from media.archives.container import ByWalk, Damage, File, Member, Span
from media.decoding.data_pictures import find_pictures, picture_address
from media.errors import ReadError
from media.left_out import REMEDY, over_limit
from media.record import Capture, Problem

_PAGE_BYTES: Final = 128 << 20
_MOST: Final = 2_000
"""The most pictures of one page."""


class PagePictures(ByWalk):
    """The pictures inside a page."""

    media_type = "text/html"
    part = "picture"
    whole = "page"

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator

    def spans(self, after: int = 0) -> Iterator[Span | Problem]:
        """Give the page as one span."""
        yield Span(0, max(1, self.file.seek(0, io.SEEK_END)))

    def members(self, span: Span) -> Iterator[Member | Damage]:
        self.file.seek(0)
        for number, (offset, picture) in enumerate(find_pictures(read_exactly(self.file, _PAGE_BYTES))):
            if number == _MOST:
                raise ReadError(over_limit(_MOST, "pictures in its text"), REMEDY)
            yield Member(
                f"{self.locator}#{offset}", io.BytesIO(picture), capture=Capture(picture_address(picture))
            )

"""PDF documents, read by PDFium. The text is one record, or one per page in a long document; each picture is another.

A picture stored as JPEG or JPEG 2000 is returned unchanged, so that it is recognised as the same file elsewhere; others
are returned as PNG. A picture smaller than :data:`_LEAST_PX` is an ornament of the page.
"""

import ctypes
import io
import json
import math
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

from media.archives.container import Damage, File, Member, Span
from media.errors import MissingError, ReadError
from media.formats import PDF, PDF_TEXT
from media.left_out import REMEDY, collect_left_out, leave_out
from media.record import Problem

_PDF_BYTES = 256 << 20
"""The most bytes of a document, which is read in memory."""
_ONE_ARTICLE = 12
"""The most pages of a document that is one article. In a longer one (an issue, a book) each page is read on its own."""
_SPAN_PAGES = 16
_MOST_CHARS = 200_000
"""The most characters read of a page."""
_MOST_OBJECTS = 20_000
_MOST_PICTURES = 300
"""The most pictures read of a page."""
_LEAST_PX = 32
_MOST_PX = 64 << 20
"""The most pixels of a picture that has to be decoded."""
_RAW: Final = {"DCTDecode": "jpg", "JPXDecode": "jp2"}
_REMEDY = "Open it in a reader of PDF; where that shows it, print it into a new file, and scan that."
_INNER = re.compile(r"!(?:(text)|page-(\d{1,7})(?:/picture-(\d{1,7})\.\w{3})?)")


class Pdf:
    """The text and the pictures of a document."""

    media_type = PDF

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator
        self._document: Any = None

    def spans(self, after: int = 0) -> Iterator[Span | Problem]:
        count = len(self._open())
        step = count if count <= _ONE_ARTICLE else _SPAN_PAGES
        for start in range(0, count, max(1, step)):
            yield Span(start, min(start + step, count))

    def members(self, span: Span) -> Iterator[Member | Damage]:
        document = self._open()
        if len(document) <= _ONE_ARTICLE:
            yield self._text(range(len(document)), "text")
        for number in range(span.start, min(span.end, len(document))):
            if len(document) > _ONE_ARTICLE:
                yield self._text(range(number, number + 1), f"page-{number + 1}")
            yield from self._pictures(number)

    @contextmanager
    def open(self, inner: str) -> Iterator[Member]:
        found = _INNER.fullmatch(inner)
        member: Member | Damage | None = None
        count = len(self._open())
        if found and found[1]:
            member = self._text(range(count), "text")
        elif found and 0 < int(found[2]) <= count:
            number = int(found[2]) - 1
            each = self._pictures(number) if found[3] else [self._text(range(number, number + 1), inner[1:])]
            member = next((one for one in each if one.locator == self.locator + inner), None)
        if not isinstance(member, Member):
            raise MissingError(f"nothing of it is named {inner}", "Scan again: the file has changed.")
        yield member

    def _open(self) -> Any:
        """Return the document, repaired by PDFium if possible."""
        if self._document is None:
            import pypdfium2

            self.file.seek(0)
            data = bytearray()
            while more := self.file.read(1 << 20):
                data += more
                if len(data) > _PDF_BYTES:
                    reason = f"a PDF document is over the limit of {_PDF_BYTES >> 20} MiB"
                    raise ReadError(reason, "Part it, and scan the parts.")
            try:
                self._document = pypdfium2.PdfDocument(bytes(data))
                if len(self._document) == 0:
                    raise ReadError("the document has no page", _REMEDY)
            except pypdfium2.PdfiumError as error:
                if "assword" in str(error):
                    remedy = "Save it without its password beside the archive, and scan that."
                    raise ReadError("the document is locked by a password", remedy) from error
                raise ReadError(f"the document cannot be opened ({error})", _REMEDY) from error
        return self._document

    def _text(self, numbers: range, name: str) -> Member:
        """Return the places of the lines and pictures of pages, as :mod:`media.articles.pdf` reads them."""
        document = self._open()
        told = document.get_metadata_dict(skip_empty=True)
        pages = []
        problems: list[Problem] = []
        locator = f"{self.locator}!{name}"
        for number in numbers:
            page = self._page(number)
            if page is None:
                problems.append(Problem(locator, "read", f"page {number + 1} cannot be read", _REMEDY))
                continue
            with closing(page), collect_left_out() as left_out:
                pages.append(_describe(page, number))
            problems += [Problem(locator, "read", f"page {number + 1}: {each}", REMEDY) for each in left_out]
        value = {"title": told.get("Title"), "author": told.get("Author"), "pages": pages}
        data = json.dumps(value).encode()
        return Member(locator, io.BytesIO(data), media_type=PDF_TEXT, problems=problems)

    def _page(self, number: int) -> Any:
        import pypdfium2

        try:
            return self._open()[number]
        except pypdfium2.PdfiumError:
            return None

    def _pictures(self, number: int) -> Iterator[Member | Damage]:
        page = self._page(number)
        if page is None:
            return
        with closing(page):
            for index, (picture, _, ending) in enumerate(_find_pictures(page), 1):
                locator = f"{self.locator}!page-{number + 1}/picture-{index}.{ending}"
                data = _picture_bytes(picture, ending)
                if isinstance(data, str):
                    yield Damage(locator, data, _REMEDY)
                else:
                    yield Member(locator, io.BytesIO(data))


def _find_pictures(page: Any) -> Iterator[tuple[Any, tuple[float, float, float, float], str]]:
    """Yield the pictures of a page, with the place of each and the ending of its record's name."""
    import pypdfium2
    from pypdfium2 import raw

    found = 0
    for number, each in enumerate(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4)):
        if number >= _MOST_OBJECTS or found >= _MOST_PICTURES:
            leave_out(_MOST_PICTURES, "pictures on a page")
            return
        try:
            width, height = each.get_px_size()
            if min(width, height) < _LEAST_PX:
                continue
            filters = each.get_filters(skip_simple=True)
            place = tuple(map(float, each.get_bounds()))
        except (pypdfium2.PdfiumError, ValueError):
            continue
        found += 1
        yield (
            each,
            (place[0], place[1], place[2], place[3]),
            _RAW.get(filters[0], "png") if filters else "png",
        )


def _picture_bytes(picture: Any, ending: str) -> bytes | str:
    """Return a picture as stored, or as PNG; or a text that gives the reason why not."""
    import pypdfium2

    try:
        if ending != "png":
            return bytes(picture.get_data(decode_simple=True))
        width, height = picture.get_px_size()
        if width * height > _MOST_PX:
            return f"a picture of {width:,} x {height:,} pixels would have to be decoded to be read"
        out = io.BytesIO()
        picture.get_bitmap().to_pil().save(out, "PNG", compress_level=1)
        return out.getvalue()
    except (pypdfium2.PdfiumError, ValueError, OSError, RuntimeError) as error:
        return f"the picture cannot be decoded ({error})"


def _describe(page: Any, number: int) -> dict[str, object]:
    """Return the size of a page, and its lines and pictures with their places; ``y`` counts from the top."""
    width, height = page.get_size()
    pictures = [
        [
            *(round(value, 2) for value in (left, height - top, right, height - bottom)),
            f"page-{number + 1}/picture-{index}.{ending}",
        ]
        for index, (_, (left, bottom, right, top), ending) in enumerate(_find_pictures(page), 1)
    ]
    return {"size": [width, height], "lines": list(_find_lines(page, height)), "pictures": pictures}


def _find_lines(page: Any, height: float) -> Iterator[list[object]]:
    """Yield lines: the four numbers of their place, the size and style of their letters, and their text."""
    from pypdfium2 import raw

    with closing(page.get_textpage()) as text:
        count = text.count_chars()
        if count > _MOST_CHARS:
            count = _MOST_CHARS
            leave_out(_MOST_CHARS, "letters on a page")
        box = (ctypes.c_double * 4)()
        pointers = [
            ctypes.cast(ctypes.byref(box, place * 8), ctypes.POINTER(ctypes.c_double)) for place in range(4)
        ]
        letters: list[str] = []
        sizes: list[float] = []
        place: list[float] = []
        first = 0
        for index in range(count + 1):
            code = raw.FPDFText_GetUnicode(text.raw, index) if index < count else 10
            letter = chr(code) if code < 0xD800 or 0xDFFF < code <= 0x10FFFF else ""
            if letter in "\r\n":
                if "".join(letters).strip() and place:
                    yield _line(text, letters, sizes, place, height, first)
                letters, sizes, place = [], [], []
                continue
            if not letter.isspace() and raw.FPDFText_GetCharBox(text.raw, index, *pointers):
                left, right, bottom, top = box
                size = raw.FPDFText_GetFontSize(text.raw, index)
                if place and left - place[2] > 3 * max(size, 1.0):  # another column
                    yield _line(text, letters, sizes, place, height, first)
                    letters, sizes, place = [], [], []
                if not place:
                    place, first = [left, bottom, right, top], index
                place = [min(place[0], left), min(place[1], bottom), max(place[2], right), max(place[3], top)]
                sizes.append(size)
            letters.append(letter)


def _line(
    text: Any, letters: list[str], sizes: list[float], place: list[float], height: float, first: int
) -> list[object]:
    from pypdfium2 import raw

    matrix = raw.FS_MATRIX()
    scale = 1.0
    if raw.FPDFText_GetMatrix(text.raw, first, ctypes.byref(matrix)):
        scale = math.hypot(matrix.c, matrix.d) or 1.0
    size = sorted(sizes)[len(sizes) // 2] * scale
    name = ctypes.create_string_buffer(256)
    flags = ctypes.c_int()
    raw.FPDFText_GetFontInfo(text.raw, first, name, 256, ctypes.byref(flags))
    bold = b"bold" in name.value.lower() or b"black" in name.value.lower()
    italic = b"italic" in name.value.lower() or b"oblique" in name.value.lower() or bool(flags.value & 64)
    look = ("b" if bold else "") + ("i" if italic else "")
    # The boxes are those of the letters' shapes, so that of a line without descenders is less high.
    base = place[1] if place[3] - place[1] > 0.9 * size else min(place[1], place[3] - 0.7 * size)
    told = (place[0], height - place[3], place[2], height - base, size)
    return [*(round(value, 2) for value in told), look, "".join(letters)]

"""Documents of word processors in a ZIP (DOCX, ODT). The text is one member, and each picture is another.

The text of a document refers to other members by number, and to styles by name. So its record also holds the members
that define these (:mod:`media.decoding.parts`).
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from media.archives.container import Damage, File, Member, Span
from media.archives.zip import Zip
from media.decoding.parts import join_parts
from media.errors import ReadError
from media.formats import OPEN_DOCUMENT, OPEN_DOCUMENT_TEXT, WORD, WORD_TEXT
from media.record import Problem

_PART_BYTES = 64 << 20
"""The most bytes read of one part. A longer text exceeds --max-article-mb."""
_LOOKED_AT = 1000
"""The number of members that are searched for the text of a document: programs write it among the first."""
_PREVIEWS: Final = ("docProps/thumbnail.", "Thumbnails/")
"""A small picture of the first page, made by the program that wrote the document. It is skipped."""

_WORD_PARTS: Final = (
    "word/_rels/document.xml.rels",
    "word/styles.xml",
    "docProps/core.xml",
)
_OPEN_DOCUMENT_PARTS: Final = ("styles.xml", "meta.xml")


class Document:
    """The text of a document with the members that belong to it, and the other members unchanged."""

    media_type: str
    text: str
    """The name of the member that holds the text."""
    text_type: str
    parts: tuple[str, ...]
    """The names of the members that complete the text."""

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator
        self.zip = Zip(file, locator)

    def spans(self, after: int = 0) -> Iterator[Span | Problem]:
        yield from self.zip.spans()

    def members(self, span: Span) -> Iterator[Member | Damage]:
        for found in self.zip.members(span):
            name = found.locator.removeprefix(self.locator + "!")
            if not name.startswith(_PREVIEWS):
                yield self._member(found) if isinstance(found, Member) else found

    @contextmanager
    def open(self, inner: str) -> Iterator[Member]:
        with self.zip.open(inner) as member:
            yield self._member(member)

    def _member(self, member: Member) -> Member:
        name = member.locator.removeprefix(self.locator + "!")
        if name == self.text:
            data = join_parts({self.text: _read(member), **self._told()})
            return replace(member, stream=io.BytesIO(data), media_type=self.text_type)
        return member

    def _told(self) -> Mapping[str, bytes]:
        """Return the parts that exist. A damaged part is a problem of its own member."""
        told: dict[str, bytes] = {}
        for name in self.parts:
            try:
                with self.zip.open("!" + name) as member:
                    told[name] = _read(member)
            except ReadError:
                continue
        return told


class WordDocument(Document):
    """A document in Office Open XML (ECMA-376), by Word or another program."""

    media_type = WORD
    text = "word/document.xml"
    text_type = WORD_TEXT
    parts = _WORD_PARTS


class OpenDocument(Document):
    """A text in OpenDocument (ISO/IEC 26300), by LibreOffice or another program."""

    media_type = OPEN_DOCUMENT
    text = "content.xml"
    text_type = OPEN_DOCUMENT_TEXT
    parts = _OPEN_DOCUMENT_PARTS


def open_document(archive: Zip) -> Document | None:
    """Return the document that a ZIP holds; None if it is not a document."""
    if not archive.size:
        return None
    archive.file.seek(0)
    head = archive.file.read(128)
    is_open = b"mimetypeapplication/vnd.oasis.opendocument.text" in head
    kind = OpenDocument if is_open else WordDocument
    for number, name in enumerate(archive.names()):
        if number >= _LOOKED_AT:
            return None
        if name == kind.text:
            return kind(archive.file, archive.locator)
    return None


def _read(member: Member) -> bytes:
    data = bytearray()
    while len(data) <= _PART_BYTES and (more := member.stream.read(1 << 20)):
        data += more
    return bytes(data)

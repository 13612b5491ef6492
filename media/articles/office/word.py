"""The article of a Word document (DOCX).

Source: ECMA-376, part 1: 17.3 (paragraphs and runs), 17.7 (styles), 20.4 and 20.2.2 (pictures), 15.2.12.1 (core
properties); part 3, 7.6 (alternate content).
"""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from xml.etree.ElementTree import Element

from media.articles.article import Article, Hints
from media.articles.markup import Shown
from media.articles.office.paragraphs import (
    MOST_NESTED,
    MOST_PARAGRAPHS,
    Document,
    Kind,
    Paragraph,
    attribute,
    kind_of,
    read_paragraphs,
)
from media.decoding.json_fields import read_language
from media.decoding.parts import split_parts
from media.decoding.xmltree import local_name, parse_xml
from media.errors import ArticleError
from media.left_out import leave_out

_UNREAD = frozenset((
    "Fallback", "del", "moveFrom", "instrText", "delText", "footnoteReference", "endnoteReference",
    "commentReference", "pPrChange", "rPrChange", "sectPr", "tblPr", "trPr", "tcPr",
))  # fmt: skip
"""Content that a reader does not see, or sees elsewhere: deleted text, codes of fields, older copies of a drawing."""
_FOLDER = "word"


@dataclass(frozen=True, slots=True)
class _Told:
    """The data of the members beside a document's text."""

    pictures: Mapping[str, str]
    """Addresses by the number of their relation."""
    kinds: Mapping[str, Kind]
    """The role of paragraphs with a style, by the style's id."""


def read_word(data: bytes, hints: Hints) -> Article:
    """Return the article of a document, as :class:`media.archives.office.WordDocument` gives its text.

    :raises ArticleError: its text cannot be read.
    """
    parts = split_parts(data)
    root, fault = parse_xml(parts.get("word/document.xml", b""))
    if root is None:
        raise ArticleError(
            f"the document's text cannot be read: {fault}", "Open it in Word, and save it anew."
        )
    told = _Told(
        _read_relations(parts.get("word/_rels/document.xml.rels", b"")),
        _read_styles(parts.get("word/styles.xml", b"")),
    )
    document = Document()
    _read_properties(parts.get("docProps/core.xml", b""), document)
    _Reader(document, told).read_blocks(root, 0)
    return read_paragraphs(document)


class _Reader:
    """Walks a document's text."""

    def __init__(self, document: Document, told: _Told) -> None:
        self.document = document
        self.told = told

    def read_blocks(self, parent: Element, depth: int) -> None:
        """Read the paragraphs and tables in an element, at any depth."""
        found = self.document.paragraphs
        stack = [iter(parent)]
        while stack and len(found) < MOST_PARAGRAPHS:
            child = next(stack[-1], None)
            if child is None:
                stack.pop()
                continue
            name = local_name(child)
            if name == "p":
                self._read_paragraph(child, depth)
            elif name == "tbl":
                if depth < MOST_NESTED:
                    self.document.add_table(child, ("tr", "tc"), partial(self.read_blocks, depth=depth + 1))
            elif name not in _UNREAD:
                stack.append(iter(child))
        if stack:
            leave_out(MOST_PARAGRAPHS, "paragraphs")

    def _read_paragraph(self, element: Element, depth: int) -> None:
        kind = self._kind(element)
        paragraph = Paragraph(kind)
        stack = [iter(element)]
        bold = italic = hidden = floats = False
        alt: str | None = None
        while stack:
            child = next(stack[-1], None)
            if child is None:
                stack.pop()
                continue
            name = local_name(child)
            if name in _UNREAD:
                continue
            if name == "r":
                bold, italic, hidden = _run_style(child)
            floats = name == "anchor" or (floats and name != "inline")
            if name == "t" and not hidden:
                paragraph.add_text(child.text or "", bold=bold, italic=italic)
            elif name == "txbxContent":
                if depth < MOST_NESTED:
                    self.read_blocks(child, depth + 1)
            elif name in ("br", "cr") and attribute(child, "type") is None:
                paragraph.parts.append("<br>")
            elif name in _SIGNS:
                paragraph.add_text(_SIGNS[name])
            elif name == "docPr" or name == "shape":
                alt = attribute(child, "descr") or attribute(child, "alt")
                stack.append(iter(child))
            elif name in ("blip", "imagedata"):
                if (address := self._address(child)) is not None:
                    shown = Shown(address, alt=alt, field="picture")
                    self.document.add_picture(paragraph, shown, floats=floats)
            else:
                stack.append(iter(child))
        if paragraph.pictures or paragraph.letters:
            self.document.paragraphs.append(paragraph)

    def _kind(self, element: Element) -> Kind:
        for properties in element:
            if local_name(properties) != "pPr":
                continue
            found: Kind = "text"
            for each in properties:
                name = local_name(each)
                if name == "pStyle":
                    style = attribute(each, "val") or ""
                    found = self.told.kinds.get(style) or kind_of(style)
                elif name == "numPr" and found == "text":
                    found = "item"
            return found
        return "text"

    def _address(self, picture: Element) -> str | None:
        number = attribute(picture, "embed") or attribute(picture, "link") or attribute(picture, "id") or ""
        return self.told.pictures.get(number)


_SIGNS = {"tab": " ", "noBreakHyphen": "-", "ptab": " "}


def _run_style(run: Element) -> tuple[bool, bool, bool]:
    """Return whether a run is bold, italic, hidden."""
    on = {
        local_name(each)
        for properties in run
        if local_name(properties) == "rPr"
        for each in properties
        if attribute(each, "val") not in ("0", "false", "off")
    }
    return "b" in on, "i" in on, "vanish" in on


def _read_relations(data: bytes) -> dict[str, str]:
    root, _ = parse_xml(data)
    found: dict[str, str] = {}
    for each in root if root is not None else ():
        number, target = each.get("Id"), each.get("Target")
        if not number or not target or not (each.get("Type") or "").endswith("/image"):
            continue
        if target.startswith("/") and each.get("TargetMode") != "External":
            target = posixpath.relpath(target, "/" + _FOLDER)
        found[number] = target
    return found


def _read_styles(data: bytes) -> dict[str, Kind]:
    """Return what paragraphs of each style are: by its name, or by that of the style that it is based on."""
    root, _ = parse_xml(data)
    names: dict[str, str] = {}
    bases: dict[str, str] = {}
    for style in root if root is not None else ():
        number = attribute(style, "styleId")
        if local_name(style) != "style" or not number or attribute(style, "type") != "paragraph":
            continue
        for each in style:
            if local_name(each) == "name":
                names[number] = attribute(each, "val") or ""
            elif local_name(each) == "basedOn":
                bases[number] = attribute(each, "val") or ""
    return {number: kind for number in names if (kind := _kind_of_style(number, names, bases)) != "text"}


def _kind_of_style(number: str, names: Mapping[str, str], bases: Mapping[str, str]) -> Kind:
    for _ in range(8):  # styles may be based on one another in a circle
        # A table's caption stands above no picture.
        if re.match(r"table", names.get(number, ""), re.IGNORECASE):
            return "text"
        kind = kind_of(names.get(number))
        if kind != "text" or number not in bases:
            return kind
        number = bases[number]
    return "text"


def _read_properties(data: bytes, document: Document) -> None:
    root, _ = parse_xml(data)
    told = (
        {local_name(each): " ".join((each.text or "").split()) for each in root} if root is not None else {}
    )
    document.title = told.get("title") or None
    document.author = told.get("creator") or None
    document.language = read_language(told.get("language"))

"""The article of an OpenDocument text (ODT).

Source: OpenDocument 1.3, part 3: 5 (paragraphs), 6 (their content), 9.1 (tables), 10.4 (frames), 16 (styles).
"""

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
    "tracked-changes", "note", "annotation", "annotation-end", "sequence-decls", "variable-decls", "forms",
    "table-of-content", "illustration-index", "alphabetical-index", "bibliography", "event-listeners",
))  # fmt: skip
_MOST_SPACES = 1000


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    parent: str
    bold: bool
    italic: bool


def read_opendocument(data: bytes, hints: Hints) -> Article:
    """Return the article of a text, as :class:`media.archives.office.OpenDocument` gives it.

    :raises ArticleError: its text cannot be read.
    """
    parts = split_parts(data)
    root, fault = parse_xml(parts.get("content.xml", b""))
    if root is None:
        raise ArticleError(f"the document's text cannot be read: {fault}", "Open it, and save it anew.")
    styles: dict[str, _Style] = {}
    for part in (parse_xml(parts.get("styles.xml", b""))[0], root):
        if part is not None:
            _read_styles(part, styles)
    document = Document()
    _read_properties(parts.get("meta.xml", b""), document)
    body = next((each for each in root.iter() if local_name(each) == "body"), None)
    if body is not None:
        _Reader(document, styles).read_blocks(body, 0)
    return read_paragraphs(document)


class _Reader:
    """Walks a document's text."""

    def __init__(self, document: Document, styles: Mapping[str, _Style]) -> None:
        self.document = document
        self.styles = styles

    def read_blocks(self, parent: Element, depth: int) -> None:
        """Read the paragraphs, tables and frames in an element, at any depth."""
        found = self.document.paragraphs
        stack = [iter(parent)]
        while stack and len(found) < MOST_PARAGRAPHS:
            child = next(stack[-1], None)
            if child is None:
                stack.pop()
                continue
            name = local_name(child)
            if name in ("p", "h"):
                self._read_paragraph(child, depth)
            elif name == "frame":
                paragraph = Paragraph()
                self._read_frame(child, paragraph, depth)
                if paragraph.pictures:
                    found.append(paragraph)
            elif name == "table":
                if depth < MOST_NESTED:
                    self.document.add_table(
                        child, ("table-row", "table-cell"), partial(self.read_blocks, depth=depth + 1)
                    )
            elif name not in _UNREAD:
                stack.append(iter(child))
        if stack:
            leave_out(MOST_PARAGRAPHS, "paragraphs")

    def _read_paragraph(self, element: Element, depth: int) -> None:
        style = attribute(element, "style-name")
        paragraph = Paragraph(self._kind(style))
        if local_name(element) == "h" and paragraph.kind == "text":
            paragraph.kind = "heading"
        around = self._look(style)
        # Each entry: an element, and whether its text, or what follows it, is still to be read.
        stack: list[tuple[Element, bool, tuple[bool, bool]]] = [(element, True, around)]
        while stack:
            each, opening, look = stack.pop()
            if not opening:
                self._add(paragraph, each.tail, look)
                continue
            name = local_name(each)
            if each is not element:
                stack.append((each, False, look))
            if name in _UNREAD:
                continue
            if name == "frame":
                self._read_frame(each, paragraph, depth)
            elif name in ("s", "tab"):
                count = attribute(each, "c") or "1"
                paragraph.add_text(" " * min(int(count) if count.isdecimal() else 1, _MOST_SPACES))
            elif name == "line-break":
                paragraph.parts.append("<br>")
            else:
                inner = look
                if name == "span":
                    bold, italic = self._look(attribute(each, "style-name"))
                    inner = look[0] or bold, look[1] or italic
                self._add(paragraph, each.text, inner)
                stack.extend((child, True, inner) for child in reversed(each))
        if paragraph.pictures or paragraph.letters:
            self.document.paragraphs.append(paragraph)

    def _add(self, paragraph: Paragraph, text: str | None, look: tuple[bool, bool]) -> None:
        if text:
            paragraph.add_text(text, bold=look[0], italic=look[1])

    def _read_frame(self, frame: Element, paragraph: Paragraph, depth: int) -> None:
        """Read a frame: the first picture in it, or the paragraphs of a text box."""
        alt = next(
            (each.text.strip() for each in frame if local_name(each) in ("desc", "title") and each.text), None
        )
        for each in frame:
            if local_name(each) == "image" and (address := attribute(each, "href")):
                floats = attribute(frame, "anchor-type") not in (None, "as-char")
                shown = Shown(address, alt=alt or None, field="picture")
                self.document.add_picture(paragraph, shown, floats=floats)
                return
            if local_name(each) == "text-box" and depth < MOST_NESTED:
                self.read_blocks(each, depth + 1)
                return

    def _kind(self, name: str | None) -> Kind:
        for _ in range(8):  # styles may be based on one another in a circle
            kind = kind_of((name or "").replace("_20_", " "))
            style = self.styles.get(name or "")
            if kind == "text" and style is not None:
                kind = kind_of(style.name)
            if kind != "text" or style is None:
                return kind
            name = style.parent
        return "text"

    def _look(self, name: str | None) -> tuple[bool, bool]:
        style = self.styles.get(name or "")
        return (style.bold, style.italic) if style else (False, False)


def _read_styles(root: Element, styles: dict[str, _Style]) -> None:
    for style in root.iter():
        number = attribute(style, "name") if local_name(style) == "style" else None
        if not number:
            continue
        properties = [each for each in style if local_name(each) == "text-properties"]
        styles[number] = _Style(
            attribute(style, "display-name") or number,
            attribute(style, "parent-style-name") or "",
            any(attribute(each, "font-weight") == "bold" for each in properties),
            any(attribute(each, "font-style") == "italic" for each in properties),
        )


def _read_properties(data: bytes, document: Document) -> None:
    root, _ = parse_xml(data)
    told: dict[str, str] = {}
    for each in root.iter() if root is not None else ():
        told.setdefault(local_name(each), " ".join((each.text or "").split()))
    document.title = told.get("title") or None
    document.author = told.get("creator") or told.get("initial-creator") or None
    document.language = read_language(told.get("language"))

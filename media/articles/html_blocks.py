"""A page as its reader meets it: blocks of text and pictures, in reading order.

The parser's tree is walked once, without recursion, so a page of any depth takes time in proportion to its
size. Furniture that holds nothing but links and short words is passed over.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from media.articles.html_marks import (
    CAPTION, CHROME, CREDIT, FIGCAPTION, FIGURE, HEADING, HIDDEN, INHERITED, INTERFACE, LINK, NOSCRIPT, QUIET, READER,
    STRONG, TAG_MARKS, marks_of_attributes,
)  # fmt: skip
from media.articles.html_pictures import is_icon, read_addresses, read_pixels


class Element:
    """An element that stands as a block, and what is inside it. Inline elements only mark their text."""

    __slots__ = (
        "chrome", "depth", "index", "last", "link_chars", "marks", "name", "own", "paragraph_chars", "parent", "pictures",
        "tag", "text_chars",
    )  # fmt: skip

    def __init__(self, tag: str, name: str, own: int, index: int, parent: "Element | None") -> None:
        self.tag = tag
        self.name = name
        """Its class attribute."""
        self.own = own
        """Its own marks; ``marks`` adds those that its ancestors hand down."""
        self.index = self.last = index
        """Its place among the page's elements, and that of the last one inside it."""
        self.parent = parent
        if parent is None:
            self.marks = own
            self.depth = 0
            self.chrome: Element | None = None
        else:
            self.marks = own | (parent.marks & INHERITED)
            self.depth = parent.depth + 1
            self.chrome = self if own & CHROME else parent.chrome
        """The nearest piece of furniture that holds it, itself included."""
        self.pictures = 0
        self.text_chars = 0
        self.link_chars = 0
        self.paragraph_chars = 0
        """Characters of running text inside it, furniture left out."""

    def holds(self, other: "Element") -> bool:
        """Whether ``other`` is this element or inside it."""
        return self.index <= other.index <= self.last


@dataclass(slots=True)
class Block:
    """A run of text that stands by itself: a paragraph, a list item, a line of a caption."""

    element: Element
    """The innermost element that makes it a block."""
    marks: int
    """Those that hold for all of its text."""
    after_break: bool = False
    """It follows a line break inside its element."""
    position: int = 0
    text: str = ""
    """White space folded."""
    link_chars: int = 0
    quiet_chars: int = 0
    strong_chars: int = 0


@dataclass(slots=True)
class Picture:
    """A picture inline, with every address that the page gives for it."""

    element: Element
    marks: int
    position: int
    src: str | None
    srcs: tuple[str, ...]
    """Other addresses."""
    alt: str
    icon: bool
    """Size or address say that it is furniture."""
    href: str | None
    """Where a link around it leads."""


@dataclass(slots=True)
class Page:
    """The blocks and pictures of a page."""

    items: list[Block | Picture] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    """Parents before children."""
    scripts: list[str] = field(default_factory=list)
    """Texts of its JSON-LD scripts."""

    @property
    def blocks(self) -> list[Block]:
        return [item for item in self.items if type(item) is Block]

    @property
    def pictures(self) -> list[Picture]:
        return [item for item in self.items if type(item) is Picture]


_INLINE: Final = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "button", "cite", "code", "data", "del", "dfn", "em", "font",
    "i", "ins", "kbd", "label", "mark", "nobr", "picture", "q", "rp", "rt", "ruby", "s", "samp", "small", "span",
    "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "o:p", "tbody",
))  # fmt: skip
_BARE: Final = frozenset(("b", "i", "em", "strong", "u", "tbody", "tr", "sup", "sub", "big", "br", "hr"))
"""Whose attributes say nothing."""
_DROPPED: Final = frozenset((
    "audio", "canvas", "dialog", "embed", "head", "input", "iframe", "link", "map", "math", "meta", "nav", "object",
    "option", "param", "script", "select", "style", "svg", "template", "textarea", "title", "track", "wbr",
))  # fmt: skip
_NEVER_CHROME: Final = frozenset(("main", "article", "p", "h1", "html", "body", "figure", "figcaption"))
_ENDED = re.compile(r"[.!?…:;。！？」』）)\"”»'’][\s\"”»')\]]*\Z")
_INVISIBLE: Final = dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF))
"""Soft hyphens, zero-width spaces and joiners that only lay out the line."""
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_MAX_PARAGRAPH: Final = 1500
"""A longer text weighs no more: one legal notice must not outweigh an article."""
_NO_PARAGRAPH: Final = FIGURE | FIGCAPTION | CAPTION | CREDIT | READER | NOSCRIPT | INTERFACE
# Furniture with less than this of its own words, links apart, is passed over.
_MIN_CHROME: Final = 300
_MIN_LINKS: Final = 3
_MAX_IDLE: Final = 100_000


def information(text: str) -> int:
    """Length in characters, where a Chinese, Japanese or Korean one says as much as three of an alphabet."""
    if text.isascii():
        return len(text)
    return len(text) + 2 * len(_CJK.findall(text[:2000]))


def ends_sentence(text: str) -> bool:
    """Whether the text ends as a sentence or its introduction does."""
    return _ENDED.search(text[-4:]) is not None


def read_blocks(tree: LexborHTMLParser) -> Page:
    """Return the page's blocks and pictures in reading order."""
    page = Page()
    root = tree.body
    if root is None:
        return page
    items, elements = page.items, page.elements
    element = Element("body", "", 0, 0, None)
    elements.append(element)
    marks = 0
    current: Block | None = None
    chunks: list[str] = []
    broken = False
    sources: list[dict[str, str | None]] = []
    # Each entry: a node that is open, and the block element and marks around it.
    stack: list[tuple[LexborNode, Element, int]] = []
    node = root.first_child
    while True:
        if node is None:
            if not stack:
                break
            node, outer, marks = stack.pop()
            if outer is not element:
                if current is not None:
                    _close(current, chunks, items)
                    current = None
                element.last = len(elements) - 1
                outer.pictures += element.pictures
                outer.text_chars += element.text_chars
                outer.link_chars += element.link_chars
                outer.paragraph_chars += element.paragraph_chars
                element = outer
            node = node.next
            continue
        if node.is_text_node:
            if node.is_empty_text_node:
                if current is not None:
                    chunks.append(" ")
                node = node.next
                continue
            if current is None or broken or current.element is not element:
                after_break = False
                if current is not None:
                    after_break = broken and current.element is element
                    _close(current, chunks, items)
                current = Block(element, marks, after_break)
                chunks = []
                broken = False
            text = node.text_content or ""
            current.marks &= marks
            if marks & (LINK | QUIET | STRONG):
                size = len(text)
                if marks & LINK:
                    current.link_chars += size
                if marks & QUIET:
                    current.quiet_chars += size
                if marks & STRONG:
                    current.strong_chars += size
            chunks.append(text)
            node = node.next
            continue
        tag = node.tag or ""
        if tag in _DROPPED or tag == "-comment":
            if tag == "script":
                kind = node.attributes.get("type")
                if kind is not None and "ld+json" in kind:
                    page.scripts.append(node.text())
            node = node.next
            continue
        if tag == "img" or tag == "amp-img":
            picture = _read_picture(node, element, marks, sources)
            sources = []
            if picture is not None:
                if current is not None:
                    _close(current, chunks, items)
                    current = None
                before = items[-1] if items else None
                if marks & NOSCRIPT and type(before) is Picture:
                    _join(before, picture)
                else:
                    picture.position = len(items)
                    items.append(picture)
                    if not picture.icon:
                        element.pictures += 1
            node = node.next
            continue
        if tag == "br" or tag == "hr":
            broken = True
            node = node.next
            continue
        if tag == "source":
            sources.append(node.attributes)
            node = node.next
            continue
        own = TAG_MARKS.get(tag, 0)
        name = ""
        if tag not in _BARE:
            attributes = node.attributes
            if attributes:
                own |= marks_of_attributes(attributes)
                name = attributes.get("class") or ""
        child = node.first_child
        if child is None:
            node = node.next
            continue
        if tag in _INLINE and not own & (CAPTION | CREDIT):
            if tag == "picture":
                sources = []
            stack.append((node, element, marks))
            marks |= own & INHERITED | own & CHROME
        else:
            if own & CHROME:
                if tag in _NEVER_CHROME:
                    own &= ~CHROME
                elif _is_idle(node):
                    node = node.next
                    continue
            stack.append((node, element, marks))
            element = Element(tag, name, own, len(elements), element)
            elements.append(element)
            marks = marks & INHERITED | element.marks
        node = child
    if current is not None:
        _close(current, chunks, items)
    elements[0].last = len(elements) - 1
    return page


def _close(block: Block, chunks: list[str], items: list[Block | Picture]) -> None:
    text = " ".join("".join(chunks).split())
    if not text:
        return
    if not text.isascii():
        text = text.translate(_INVISIBLE)
        if not text:
            return
    block.text = text
    block.position = len(items)
    items.append(block)
    element = block.element
    size = len(text)
    element.text_chars += size
    element.link_chars += block.link_chars
    if size < 20 or block.link_chars * 2 > size or block.marks & _NO_PARAGRAPH:
        return
    size = information(text)
    if size >= 60 and not element.own & HEADING and ends_sentence(text):
        size = min(size, _MAX_PARAGRAPH)
        # What is named like furniture counts a little: the name may be that of a wrapper of the whole page.
        element.paragraph_chars += size // 4 if element.chrome is not None or block.marks & HIDDEN else size


def _is_idle(node: LexborNode) -> bool:
    """Whether furniture holds little but links: a menu, a list of stories."""
    size = len(node.text())
    if size > _MAX_IDLE:
        return False
    links = node.css("a")
    if len(links) < _MIN_LINKS:
        return False
    linked = sum(len(link.text()) for link in links)
    return linked * 2 > size and size - linked < _MIN_CHROME


def _read_picture(
    node: LexborNode, element: Element, marks: int, sources: list[dict[str, str | None]]
) -> Picture | None:
    """None where it is no picture at all: an empty tag, a tracking pixel."""
    attributes = node.attributes
    width, height = read_pixels(attributes.get("width")), read_pixels(attributes.get("height"))
    if (width is not None and width <= 2) or (height is not None and height <= 2):
        return None
    addresses = read_addresses(attributes, sources)
    src = addresses[0] if addresses else None
    href = None
    if marks & LINK:
        at = node.parent
        while at is not None and at.tag != "a":
            at = at.parent
        href = at.attributes.get("href") if at is not None else None
    alt = " ".join((attributes.get("alt") or "").split())
    icon = src is None or is_icon(src, width, height)
    return Picture(element, marks, 0, src, tuple(addresses[1:]), alt, icon, href)


def _join(picture: Picture, copy: Picture) -> None:
    """Let the ``noscript`` copy of a lazily loaded picture give its address."""
    addresses = dict.fromkeys(a for a in (picture.src, copy.src, *picture.srcs, *copy.srcs) if a)
    picture.src = picture.src or copy.src
    picture.alt = picture.alt or copy.alt
    picture.icon = picture.icon and copy.icon
    picture.srcs = tuple(a for a in addresses if a != picture.src)

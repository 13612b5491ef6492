"""A page as its reader meets it: blocks of text and pictures in reading order, and the elements they stand in."""

from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from selectolax.lexbor import LexborNode

from media.articles.html.marks import CHROME, INHERITED, LINK
from media.articles.html.pictures import is_icon, read_addresses, read_told, told_credit

_WHOLLY: Final = 0.9
"""The share of a text that links take, if it is a link."""
_MAX_SOURCES: Final = 40
_MAX_ADDRESSES: Final = 60
"""The most addresses of a picture: a page with thousands would make every comparison slow."""


class Element:
    """An element that stands as a block, and what is inside it. Inline elements only mark their text."""

    __slots__ = (
        "chrome", "depth", "index", "last", "link_chars", "marks", "name", "own", "paragraph_chars", "parent",
        "pictures", "tag", "text_chars",
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
        """Return whether ``other`` is this element or inside it."""
        return self.index <= other.index <= self.last


@dataclass(slots=True)
class Block:
    """A separate run of text: a paragraph, a list item, a line of a caption."""

    element: Element
    """The innermost element that makes it a block."""
    marks: int
    """Marks that apply to all of its text."""
    after_break: bool = False
    """It follows a line break inside its element."""
    position: int = 0
    text: str = ""
    """White space folded."""
    link_chars: int = 0

    @property
    def is_link(self) -> bool:
        """Return whether all of its text, signs apart, is a link."""
        return self.link_chars >= len(self.text) * _WHOLLY


class Picture:
    """A picture inline. Its addresses are read when they are asked for: most pictures of a page never are."""

    __slots__ = (
        "_addresses",
        "_attributes",
        "_copies",
        "_href",
        "element",
        "icon",
        "marks",
        "node",
        "position",
    )

    def __init__(
        self,
        node: LexborNode,
        attributes: dict[str, str | None],
        element: Element,
        marks: int,
        position: int,
    ) -> None:
        self.node = node
        self._attributes = attributes
        self._copies: list[Picture] = []
        self._addresses: list[str] | None = None
        self._href: str | None = ""
        self.element = element
        self.marks = marks
        self.position = position
        self.icon = is_icon(attributes) and not self._sources()
        """Size or address say that it is furniture."""

    def add_copy(self, copy: "Picture") -> None:
        """Take the address and text of a ``noscript`` copy too: the real ones of a lazily loaded picture."""
        self._copies.append(copy)
        self.icon = self.icon and copy.icon

    @property
    def addresses(self) -> list[str]:
        """Every address that the page gives for it, the best one first."""
        if self._addresses is None:
            found = read_addresses(self._attributes, self._sources())
            for copy in self._copies:
                found += copy.addresses
            self._addresses = list(dict.fromkeys(found))[:_MAX_ADDRESSES]
        return self._addresses

    def _sources(self) -> list[dict[str, str | None]]:
        """Attributes of the ``source`` elements beside it."""
        parent = self.node.parent
        if parent is None or parent.tag != "picture":
            return []
        children = islice(parent.iter(), _MAX_SOURCES)
        return [child.attributes for child in children if child.tag == "source"]

    @property
    def src(self) -> str | None:
        addresses = self.addresses
        return addresses[0] if addresses else None

    @property
    def raw_src(self) -> str | None:
        """The address in its ``src``, not decoded."""
        return self._attributes.get("src")

    @property
    def style(self) -> str:
        """Its ``style``, in which a style sheet's picture may be named."""
        return self._attributes.get("style") or ""

    @property
    def alt(self) -> str:
        text = " ".join((self._attributes.get("alt") or "").split())
        return text or next((copy.alt for copy in self._copies if copy.alt), "")

    @property
    def told(self) -> list[tuple[str, str]]:
        """Captions in ``data-*`` attributes, its own and those of the link around it: (attribute, text)."""
        found = read_told(self._attributes) + read_told(self._link())
        for copy in self._copies:
            found += copy.told
        return list(dict.fromkeys(found))

    @property
    def told_credit(self) -> str | None:
        """The credit in an attribute beside the caption's."""
        return told_credit(self._attributes)

    @property
    def href(self) -> str | None:
        """The target of a link around it."""
        if self._href == "":
            self._href = self._link().get("href")
        return self._href

    def _link(self) -> dict[str, str | None]:
        """Attributes of the link around it."""
        if not self.marks & LINK:
            return {}
        at = self.node.parent
        while at is not None and at.tag != "a":
            at = at.parent
        return at.attributes if at is not None else {}


@dataclass(frozen=True, slots=True)
class Gallery:
    """The data of a gallery, JSON, in an attribute or a script."""

    position: int
    """The position of the item that follows it."""
    text: str
    attribute: str | None = None
    """None: it is a script's."""


@dataclass(slots=True)
class Page:
    """The blocks and pictures of a page."""

    items: list[Block | Picture] = field(default_factory=list)
    """The items in reading order; the position of an item is its index."""
    blocks: list[Block] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    """Parents before children."""
    scripts: list[str] = field(default_factory=list)
    """Texts of its JSON-LD scripts."""
    galleries: list[Gallery] = field(default_factory=list)
    stated: dict[int, str] = field(default_factory=dict)
    """Addresses of pictures that figures and backgrounds name, by the element's index."""
    looks: int = 300_000
    """The number of nodes that may still be examined ahead of the walk: nested furniture is examined repeatedly."""
    damaged: bool = False
    """Some text holds U+FFFD: bytes that are not of the encoding."""

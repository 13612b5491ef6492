"""A page as its reader meets it: blocks of text and pictures, in reading order.

The parser's tree is walked once. Only text and pictures are looked at, and of the elements only those
that hold them, each once: a page of any depth takes time in proportion to its size.
"""

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from media.articles.html_pictures import is_icon, read_addresses, read_pixels

# What an element says of what it holds, by its name, class, id and attributes. All but HEADING, LIST
# and the likes are handed down to what is inside.
FIGURE = 1
FIGCAPTION = 2
CAPTION = 4
CREDIT = 8
LINK = 16
HIDDEN = 32
CHROME = 64
HEADING = 128
QUIET = 256  # em, i, small: how captions are set where nothing else marks them
VIDEO = 512
LIGHTBOX = 1024
BYLINE = 2048
READER = 4096  # for screen readers only
ARTICLE = 8192
NOSCRIPT = 16384
STRONG = 32768
INTERFACE = 65536  # button, label: words of the interface

_INHERITED = (
    FIGURE | FIGCAPTION | CAPTION | CREDIT | LINK | HIDDEN | QUIET | VIDEO | LIGHTBOX | READER | NOSCRIPT
    | INTERFACE | STRONG | BYLINE
)  # fmt: skip

_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "nobr",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
        "o:p",
        "noscript",
        "picture",
        "amp-img",
        "button",
    ]
)
_DROPPED = [
    "script", "style", "svg", "template", "select", "option", "textarea", "object", "embed", "math", "canvas",
    "nav", "link", "meta", "input", "dialog", "audio", "head", "map", "title",
]  # fmt: skip

_TAG_MARKS = {
    "figure": FIGURE,
    "figcaption": FIGCAPTION,
    "a": LINK,
    "h1": HEADING, "h2": HEADING, "h3": HEADING, "h4": HEADING, "h5": HEADING, "h6": HEADING,
    "em": QUIET, "i": QUIET, "small": QUIET,
    "b": STRONG, "strong": STRONG,
    "footer": CHROME, "aside": CHROME, "form": 0,
    "video": VIDEO, "amp-video": VIDEO,
    "article": ARTICLE, "main": ARTICLE,
    "noscript": NOSCRIPT,
    "button": INTERFACE, "label": INTERFACE,
}  # fmt: skip

_CAPTION_CLASS = re.compile(
    r"(?<!no-)(?<!has-)(?<!no)(?<!with)(?<!closed-)(?<!with-)caption(?!-toggle|_toggle|s?-off|ing|less|-?link|-?button)"
    r"|cutline|bild-?(?:unterschrift|text)|bilde?tekst|billed-?tekst|kuvateksti|pie-?(?:de-?)?foto|epigrafe|didascalia"
    r"|onderschrift|bijschrift|fotounterschrift|photo-?legend|legende|image-?legend|img-?(?:desc|txt|text|title)"
    r"|(?:photo|image|media|foto|picture)(?:-?block)?[-_]*(?:desc(?:ription)?|text|txt|title)(?![a-z])"
)
_CREDIT_CLASS = re.compile(
    r"credit|copyright|attribution|photographer|fotograf|photograf|(?<![a-z])courtesy|image-?source|photo-?by"
    r"|(?<![a-z])(?:source|quelle|kilde|fonte|fuente|bildquelle|img-?author|photo-?author|rights)(?![a-z])"
)
_CHROME_CLASS = re.compile(
    r"(?<![a-z])(?:share|sharing|shares|sharebar|social|socials|related|relateds?|recommend(?:ed|ations?|s)?|newsletters?"
    r"|subscri(?:be|ption)s?|promos?|advert(?:s|isement|ising|orial)?|ads?|adslot|adunit|dfp|sponsor(?:ed|s)?|comments?"
    r"|kommentare?|commentaires|comentarios|disqus|sidebar|breadcrumbs?|menu|navigation|navbar|nav|footer|cookies?"
    r"|consent|gdpr|popup|teasers?|outbrain|taboola|trending|signup|sign-up|login|toolbar|tags|tag-?list|taglist|keywords|topics"
    r"|bio|author-?(?:bio|box|info|card|description)|authorbox|readmore|read-?more|also-?read|see-?also|more-?from|more-?(?:stories|news|articles)"
    r"|you-?may|most-?(?:read|popular|viewed|recent)|popular|latest|headlines|upsell|marketing|donate|donation|cta"
    r"|player-?controls|skip|disclaimer|correction-?policy|crosslinks?|inread|weiterlesen|mehr-?zum-?thema|lire-?aussi"
    r"|leggi-?anche|lesen-?sie-?auch|ver-?tambien|lee-?tambien|followus|follow|feedback|poll|voting|quiz|onward|print-?info"
    r"|recirc(?:ulation)?|hidden-print|tools|actions?|rating|ratings|widget_text|banner|barra|toast|cheat|offer|abo|paywall-?(?:box|message|offer|teaser)"
    r")(?![a-z])"
)
_ARTICLE_CLASS = re.compile(
    r"(?:article|story|post|entry|news|content|text|detail)[-_]*(?:body|content|text|main|detail)|articlebody|storybody"
    r"|body-?(?:text|copy|content)|maincontent|main-?content|fliesstext|cuerpo|corps|artikel"
)
_HIDDEN_CLASS = re.compile(
    r"(?<![a-z])(?:hidden|hide|d-none|is-hidden|invisible|display-none|dn)(?![a-z-:@_])"
)
_READER_CLASS = re.compile(
    r"sr-?only|visually-?hidden|screen-?reader|a11y|element-invisible|visuallyhidden|u-hidden"
)
_LIGHTBOX_CLASS = re.compile(
    r"lightbox|pswp|zoom|fullscreen|full-screen|modal|overlay|fancybox|slideshow|gallery|galerie|diashow|carousel|slider|swiper"
)
_VIDEO_CLASS = re.compile(r"(?<![a-z])(?:video|jwplayer|brightcove|youtube|vjs|player)(?![a-z])")
_BYLINE_CLASS = re.compile(
    r"(?<![a-z])(?:by-?line|authors?|autor(?:e|es|en)?|auteurs?|redaktion|writer|contributors?|journalist)(?![a-z])|avatar"
)
_NONE_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)

_marks_of_class: dict[tuple[str, str], int] = {}


class Element:
    """What the pass keeps of an element that holds text or a picture."""

    __slots__ = (
        "attributes", "block", "chrome", "depth", "index", "last", "link_chars", "marks", "own", "paragraph_chars",
        "parent", "pictures", "tag", "text_chars",
    )  # fmt: skip

    def __init__(self, node: LexborNode, parent: "Element | None", index: int) -> None:
        self.index = self.last = index
        self.tag: str = node.tag or ""
        self.parent = parent
        attributes = node.attributes
        self.attributes = attributes
        own = _TAG_MARKS.get(self.tag, 0)
        if attributes:
            class_, id_ = attributes.get("class") or "", attributes.get("id") or ""
            if class_ or id_:
                key = (class_, id_)
                known = _marks_of_class.get(key)
                own |= _mark_class(key) if known is None else known
            if len(attributes) > 1 or not class_:
                own |= _mark_attributes(attributes)
        if self.tag in ("body", "html", "main", "article", "p", "h1"):
            own &= ~CHROME
        self.own = own
        self.pictures = 0
        self.text_chars = 0
        self.link_chars = 0
        self.paragraph_chars = 0.0
        if parent is None:
            self.marks = own
            self.depth = 0
            self.chrome: Element | None = None
            self.block: Element = self
        else:
            self.marks = own | (parent.marks & _INHERITED)
            self.depth = parent.depth + 1
            self.chrome = self if own & CHROME else parent.chrome
            self.block = parent.block if self.tag in _INLINE and not own & (CAPTION | CREDIT) else self

    def holds(self, other: "Element") -> bool:
        """Whether ``other`` is this element or inside it."""
        return self.index <= other.index <= self.last


@dataclass(slots=True)
class Block:
    """A run of text that stands by itself: a paragraph, a list item, a line of a caption."""

    element: Element
    """The innermost element that makes it a block."""
    position: int
    text: str = ""
    """White space folded."""
    marks: int = 0
    """Those that hold for all of its text."""
    link_chars: int = 0
    quiet_chars: int = 0
    strong_chars: int = 0
    after_break: bool = False
    """It follows a line break inside its element."""


@dataclass(slots=True)
class Picture:
    """A picture inline, with every address that the page gives for it."""

    element: Element
    position: int
    src: str | None
    srcs: tuple[str, ...]
    """Other addresses."""
    alt: str
    width_px: int | None
    height_px: int | None
    icon: bool = False
    """Size or address say that it is furniture."""


def _mark_class(key: tuple[str, str]) -> int:
    text = f"{key[0]} {key[1]}".lower()[:400]
    marks = 0
    if _CAPTION_CLASS.search(text):
        marks |= CAPTION
    if _CREDIT_CLASS.search(text):
        marks |= CREDIT
    if _CHROME_CLASS.search(text):
        marks |= CHROME
    if _HIDDEN_CLASS.search(text):
        marks |= HIDDEN
    if _READER_CLASS.search(text):
        marks |= READER
    if _LIGHTBOX_CLASS.search(text):
        marks |= LIGHTBOX
    if _VIDEO_CLASS.search(text):
        marks |= VIDEO
    if _BYLINE_CLASS.search(text):
        marks |= BYLINE
    if _ARTICLE_CLASS.search(text):
        marks |= ARTICLE
    if len(_marks_of_class) > 20_000:
        _marks_of_class.clear()
    if len(text) < 400:
        _marks_of_class[key] = marks
    return marks


def _mark_attributes(attributes: dict[str, str | None]) -> int:
    marks = 0
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        marks |= HIDDEN
    style = attributes.get("style")
    if style and _NONE_STYLE.search(style):
        marks |= HIDDEN
    prop = attributes.get("itemprop")
    if prop:
        if prop == "articleBody":
            marks |= ARTICLE
        elif prop in ("caption", "description") and "content" not in attributes:
            marks |= CAPTION if prop == "caption" else 0
        elif prop in ("copyrightHolder", "creditText"):
            marks |= CREDIT
    role = attributes.get("role")
    if role in ("navigation", "complementary", "contentinfo", "search", "banner", "dialog"):
        marks |= CHROME
    return marks


@dataclass(slots=True)
class Page:
    """The blocks and pictures of a page."""

    items: list[Block | Picture]
    body: Element | None
    elements: list[Element]
    """Parents before children."""

    @property
    def blocks(self) -> list[Block]:
        return [item for item in self.items if isinstance(item, Block)]

    @property
    def pictures(self) -> list[Picture]:
        return [item for item in self.items if isinstance(item, Picture)]


def read_blocks(tree: LexborHTMLParser) -> Page:
    """The page's blocks and pictures in reading order. Scripts, styles and drawings are taken out of the tree."""
    tree.strip_tags(_DROPPED)
    root = tree.body
    items: list[Block | Picture] = []
    if root is None:
        return Page(items, None, [])
    known: dict[int, Element] = {}
    body = known[root.mem_id] = Element(root, None, 0)
    current: Block | None = None
    chunks: list[str] = []
    broken = False
    # The sources of a <picture> precede its <img>.
    sources: list[dict[str, str | None]] = []

    def close() -> None:
        nonlocal current
        if current is not None:
            text = " ".join("".join(chunks).split())
            if text:
                current.text = text
                current.position = len(items)
                items.append(current)
        current = None
        chunks.clear()

    for node in root.traverse(include_text=True):
        if node.is_text_node:
            if node.is_empty_text_node:
                if current is not None:
                    chunks.append(" ")
                continue
            parent = node.parent
            if parent is None:
                continue
            element = known.get(parent.mem_id) or _learn(parent, known)
            if current is None or element.block is not current.element or broken:
                after_break = broken and current is not None and element.block is current.element
                close()
                current = Block(element.block, 0, marks=element.marks, after_break=after_break)
                broken = False
            text = node.text_content or ""
            marks = element.marks
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
            continue
        tag = node.tag
        if tag == "img" or tag == "amp-img":
            parent = node.parent
            if parent is None:
                continue
            element = known.get(parent.mem_id) or _learn(parent, known)
            picture = _read_picture(node.attributes, element, sources)
            sources = []
            if picture is None:
                continue
            if element.marks & NOSCRIPT and items and isinstance(items[-1], Picture) and current is None:
                _join(items[-1], picture)
                continue
            close()
            picture.position = len(items)
            items.append(picture)
            if not picture.icon:
                element.pictures += 1
        elif tag == "br" or tag == "hr":
            broken = True
        elif tag == "source":
            sources.append(node.attributes)
        elif tag == "picture":
            sources = []
    close()
    for item in items:
        if isinstance(item, Block):
            item.element.text_chars += len(item.text)
            item.element.link_chars += item.link_chars
    # Children come after their parents: one pass backwards sums whole subtrees, whatever the depth.
    for element in reversed(known.values()):
        up = element.parent
        if up is not None:
            up.text_chars += element.text_chars
            up.link_chars += element.link_chars
            up.pictures += element.pictures
            if element.last > up.last:
                up.last = element.last
    return Page(items, body, list(known.values()))


def _learn(node: LexborNode, known: dict[int, Element]) -> Element:
    chain = [node]
    parent = node.parent
    while parent is not None and parent.mem_id not in known:
        chain.append(parent)
        parent = parent.parent
    element = known[parent.mem_id] if parent is not None else None
    for at in reversed(chain):
        element = known[at.mem_id] = Element(at, element, len(known))
    return known[node.mem_id]


def _read_picture(
    attributes: dict[str, str | None], element: Element, sources: list[dict[str, str | None]]
) -> Picture | None:
    """None where it is no picture at all: an empty tag, a tracking pixel."""
    addresses = read_addresses(attributes, sources)
    width, height = read_pixels(attributes.get("width")), read_pixels(attributes.get("height"))
    if (width is not None and width <= 2) or (height is not None and height <= 2):
        return None
    alt = " ".join((attributes.get("alt") or "").split())
    src = addresses[0] if addresses else None
    return Picture(
        element, 0, src, tuple(addresses[1:]), alt, width, height, src is None or is_icon(src, width, height)
    )


def _join(picture: Picture, copy: Picture) -> None:
    """A ``noscript`` copy of a lazily loaded picture gives its real address."""
    addresses = dict.fromkeys(a for a in (picture.src, copy.src, *picture.srcs, *copy.srcs) if a)
    if picture.src is None or (copy.src and picture.src.startswith("data:")):
        picture.src = copy.src
    picture.alt = picture.alt or copy.alt
    picture.icon = picture.icon and copy.icon
    picture.srcs = tuple(a for a in addresses if a != picture.src)

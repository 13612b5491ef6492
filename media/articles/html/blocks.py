"""From the parser's tree to blocks of text and pictures, in reading order.

The parser's tree is walked once, without recursion, so a page of any depth takes time in proportion to its
size. Furniture that holds nothing but links and short words is passed over.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from selectolax.lexbor import LexborHTMLParser, LexborNode

from media.articles.html.group import figure_of
from media.articles.html.marks import (
    CAPTION,
    CHROME,
    CREDIT,
    FIGCAPTION,
    FIGURE,
    GALLERY,
    HEADING,
    HIDDEN,
    INHERITED,
    INTERFACE,
    LINK,
    NOSCRIPT,
    READER,
    TAG_MARKS,
    TELLING,
    VIDEO,
    marks_of_attributes,
    marks_of_class,
)  # fmt: skip
from media.articles.html.page import Block, Element, Gallery, Page, Picture
from media.articles.html.pictures import (
    background_address,
    is_delayed,
    is_own_picture,
    is_pixel,
    stated_address,
)
from media.left_out import leave_out

# What to do with an element, by its name; one that is not here is a block.
_BLOCK: Final = 0
_INLINE: Final = 1
_BARE: Final = 2
"""Inline, and its attributes say nothing, unless it follows a picture."""
_SCRIPT: Final = 3
_IMAGE: Final = 4
_BREAK: Final = 5
_SOURCE: Final = 6
_DROP: Final = 7
_TEXT: Final = 8
_STATES: Final = 9
"""Not shown as text; inside a figure it may state the address of the figure's picture."""
_LOOKED_INTO: Final = frozenset((_BLOCK, _SCRIPT, _IMAGE, _STATES))
"""What may be a picture or data, where it holds no other node."""
_KINDS: Final = {
    **dict.fromkeys((
        "audio", "canvas", "dialog", "embed", "head", "input", "iframe", "map", "math", "nav", "option", "param",
        "select", "style", "svg", "template", "textarea", "title", "track", "wbr", "-comment", "",
    ), _DROP),
    **dict.fromkeys(("link", "meta", "object"), _STATES),
    "script": _SCRIPT,
    "img": _IMAGE,
    "amp-img": _IMAGE,
    "br": _BREAK,
    "hr": _BREAK,
    "source": _SOURCE,
    **dict.fromkeys((
        "a", "abbr", "acronym", "bdi", "bdo", "button", "cite", "code", "data", "del", "dfn", "font", "ins", "kbd",
        "label", "mark", "nobr", "picture", "q", "rb", "rp", "rt", "rtc", "ruby", "s", "samp", "small", "span",
        "strike", "time", "tt", "var", "o:p",
    ), _INLINE),
    **dict.fromkeys(("b", "i", "em", "strong", "u", "sup", "sub", "big", "tbody"), _BARE),
}  # fmt: skip
_LINES: Final = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6"))
"""An element inside these that HTML does not know is inline, as browsers show it: agencies' ``<person>``."""
_NEVER_CHROME: Final = frozenset(("main", "article", "h1", "html", "body", "figure", "figcaption"))
_ENDS: Final = frozenset(".!?…:;。！？」』）)\"”»'’]।॥؟۔።։។៕။།꯫")
_UNSIGNED: Final = ("\u0e01", "\u0eff")
"""The first and last letters of Thai and Lao, which end sentences without a sign."""
_LONG: Final = 80
"""Letters: what is longer without a sign is not a headline."""
_INVISIBLE: Final = dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF))
"""Soft hyphens, zero-width spaces and joiners that only lay out the line."""
_MAX_PARAGRAPH: Final = 1500
"""A longer text weighs no more: one legal notice must not outweigh an article."""
_NO_PARAGRAPH: Final = FIGURE | FIGCAPTION | READER | NOSCRIPT | INTERFACE
_LISTS: Final = frozenset(("ul", "ol", "section", "header", "table"))
# Furniture with so many links, and fewer characters of its own than this, is passed over.
_MIN_LINKS: Final = 3
_MIN_LIST: Final = 6
"""The least number of links in a list that only its links show to be furniture."""
_MAX_IDLE: Final = 500
_MAX_TEASER: Final = 90
_MAX_TEASERS: Final = 3000
"""The most teasers: stories of a line or two, each with a link."""
_MAX_DATA: Final = 500_000
"""Characters of a gallery's data."""
_MAX_ITEMS: Final = 100_000
"""Blocks and pictures of one page; what follows is left unread."""
_KEEP: Final = 20
_LINK: Final = 21
_FIGURE: Final = 22
_LOOKED_AT: Final = 2
"""The number of ``a`` elements in possible furniture that are checked to be links: attributes are slow to read."""
_IDLE_KINDS: Final = {
    **{tag: kind for tag, kind in _KINDS.items() if kind not in (_INLINE, _BARE)},
    **dict.fromkeys(("h1", "figcaption"), _KEEP),
    "a": _LINK,
    "figure": _FIGURE,
}
"""Tags whose elements are not searched: one with a headline or a caption is kept, links are counted."""
# The parser's number of a tag is read in a third of the time of its name. Tags that HTML does not know are
# numbered anew in every document, by large numbers.
_Tag: TypeAlias = tuple[int, int, int, str]
"""What to do with a tag, its marks, what to do with it inside furniture, and its name."""
_tags: Final[dict[int, _Tag]] = {}
_MAX_NUMBER: Final = 256
_Entry: TypeAlias = tuple[LexborNode, Element, int]
"""A node that is open, and the block element and marks around it."""
_PROMOTED: Final = CAPTION | CREDIT
"""Inline elements that are named so stand as blocks: the caption and the credit of a picture."""
_INHERITED_INLINE: Final = INHERITED | CHROME


def information(text: str) -> int:
    """Length in characters, where a Chinese, Japanese or Korean one says as much as three of an alphabet."""
    size = len(text)
    if text.isascii():
        return size
    # In UTF-8 these take three bytes, letters of other alphabets one or two.
    octets = len(text.encode("utf-8", "replace"))
    return octets if octets > 2.2 * size else size


def leads_elsewhere(attributes: dict[str, str | None]) -> bool:
    """Return whether an ``a`` is a link, and not only an anchor (``<a name="2">``)."""
    return "href" in attributes or not ("name" in attributes or "id" in attributes or not attributes)


def ends_sentence(text: str) -> bool:
    """Return whether the text ends as a sentence, a quotation or its introduction does; an end sign may follow."""
    last = text[-1:]
    return (
        last in _ENDS
        or (last in _END_SIGNS and text.rstrip(_END_SIGNS)[-1:] in _ENDS)
        or (len(text) >= _LONG and _UNSIGNED[0] <= last <= _UNSIGNED[1])
    )


_END_SIGNS: Final = " +*#■◼▪●◆◊∎"
"""Signs that publishers set after the last word of a story: "(ar) +++", "■"."""


def read_blocks(tree: LexborHTMLParser, *, furniture: bool = True) -> Page:
    """Return the page's blocks and pictures in reading order.

    Without ``furniture`` nothing is taken for a menu and passed over: all of the text is the article's.
    """
    page = Page() if furniture else Page(looks=0)
    if tree.body is not None:
        _walk(tree.body, page)
    return page


def _walk(root: LexborNode, page: Page) -> None:
    items, elements = page.items, page.elements
    element = Element("body", "", 0, 0, None)
    elements.append(element)
    marks = 0
    current: Block | None = None
    chunks: list[str] = []
    broken = False
    tags = _tags.get
    stack: list[_Entry] = []
    few = _Few()
    node = root.first_child
    while node is not None or (stack and len(items) <= _MAX_ITEMS):
        if node is None:
            node, outer, marks = stack.pop()
            if outer is not element:
                _close(current, chunks, page)
                current = None
                element.last = len(elements) - 1
                if element.text_chars or element.pictures:
                    _add_up(element, outer)
                element = outer
            node = node.next
            continue
        kind, own, _, tag = tags(node.tag_id) or _read_tag(node)
        if kind == _TEXT:
            if node.is_empty_text_node:
                chunks.append(" ")  # of no block, where none is open
                node = node.next
                continue
            text = node.text_content or ""
            if current is None or broken or current.element is not element:
                after_break = False
                if current is not None:
                    after_break = broken and current.element is element
                    _close(current, chunks, page)
                current = Block(element, marks, after_break)
                chunks = [text]
                broken = False
            else:
                current.marks &= marks
                chunks.append(text)
            if marks & LINK:
                current.link_chars += len(text)
        elif kind <= _BARE and (child := node.first_child) is not None:
            if kind == _BARE and (current is not None or not items or type(items[-1]) is Block):
                stack.append((node, element, marks))
                marks |= own
                node = child
                continue
            kind = kind if element.tag not in _LINES else _in_line(kind, node)
            attributes = node.attributes
            if attributes or own & LINK:
                own = _marks_of(own, attributes, element, page)
            entry = (node, element, marks)
            if kind == _BLOCK and (own & CHROME or tag in _LISTS):
                if tag in _NEVER_CHROME:
                    own &= ~CHROME
                elif _is_idle(node, own & CHROME, stack, entry, few, page):
                    _close(current, chunks, page)
                    current = None
                    _pass_over(page, element, marks)
                    node = node.next
                    continue
            stack.append(entry)
            if kind == _BLOCK or own & _PROMOTED:
                element = Element(tag, attributes.get("class") or "", own, len(elements), element)
                elements.append(element)
                if own & FIGURE and (stated := attributes.get("itemid")):
                    page.stated[element.index] = stated
                _keep_background(attributes, element, page)
                marks = marks & INHERITED | element.marks
            else:
                marks |= own & _INHERITED_INLINE
            node = child
            continue
        elif kind in _LOOKED_INTO and (shown := _picture_attributes(kind, node, element, page)) is not None:
            _close(current, chunks, page)
            current = None
            _add_picture(page, node, shown, element, marks)
        broken = broken or kind == _BREAK
        node = node.next
    if stack:
        leave_out(_MAX_ITEMS, "paragraphs and pictures")
    _close(current, chunks, page)
    elements[0].last = len(elements) - 1


def _in_line(kind: int, node: LexborNode) -> int:
    """Return what to do with an element inside a paragraph or a heading: one that HTML does not know is inline."""
    return _INLINE if kind == _BLOCK and (node.tag_id or 0) >= _MAX_NUMBER else kind


def _marks_of(own: int, attributes: dict[str, str | None], around: Element, page: Page) -> int:
    """Return the marks of an element: its tag's own, and what its attributes say."""
    if own & LINK and "href" not in attributes and not leads_elsewhere(attributes):
        own &= ~LINK
    if name := attributes.get("class"):
        own |= marks_of_class(name)
    if name := attributes.get("id"):
        own |= marks_of_class(name)
    if not TELLING.isdisjoint(attributes):
        own |= marks_of_attributes(attributes)
        _keep_gallery(attributes, page)
        _keep_stated(attributes, around, page)
    return own


def _keep_stated(attributes: dict[str, str | None], element: Element, page: Page) -> None:
    """Keep the address of a picture that an element of a figure names: a background, an object, a property."""
    if element.marks & VIDEO or not element.marks & FIGURE:
        return
    address = stated_address(attributes)
    if address and (figure := figure_of(element)) is not None:
        page.stated.setdefault(figure.index, address)


def _keep_background(attributes: dict[str, str | None], element: Element, page: Page) -> None:
    """Keep the address of the picture that is the background of an element outside figures, or of one inside it."""
    style = attributes.get("style")
    if style and not element.marks & (FIGURE | VIDEO) and (address := background_address(style)):
        page.stated.setdefault(element.index, address)


def _add_up(element: Element, outer: Element) -> None:
    outer.text_chars += element.text_chars
    outer.link_chars += element.link_chars
    outer.paragraph_chars += element.paragraph_chars
    outer.pictures += element.pictures


def _picture_attributes(
    kind: int, node: LexborNode, element: Element, page: Page
) -> dict[str, str | None] | None:
    """Return the attributes of a node without children that is a picture, even one that a script loads; None for all
    others. Keep a script's data.
    """
    if kind == _SCRIPT:
        _keep_script(node, page)
        return None
    attributes = node.attributes
    if kind == _IMAGE:
        return None if is_pixel(attributes) else attributes
    _keep_stated(attributes, element, page)
    _keep_background(attributes, element, page)
    if kind == _STATES:
        return None
    if not TELLING.isdisjoint(attributes):
        _keep_gallery(attributes, page)
    if element.marks & FIGURE and is_delayed(attributes):
        return attributes
    return attributes if (node.tag_id or 0) >= _MAX_NUMBER and is_own_picture(attributes) else None


@dataclass(slots=True)
class _Few:
    """The place, among the open ones, of the last element that was found to hold too few links to be furniture, and
    its entry: nothing inside it holds more.
    """

    place: int = 0
    entry: _Entry | None = None


def _is_idle(
    node: LexborNode, chrome: int, stack: list[_Entry], entry: _Entry, few: _Few, page: Page
) -> bool:
    """Return whether an element is a menu or a list of stories, which is skipped."""
    if page.looks <= 0 or (len(stack) > few.place and stack[few.place] is few.entry):
        return False
    links = _count_links(node, chrome, page)
    if links >= (_MIN_LINKS if chrome else _MIN_LIST):
        return True
    if 0 <= links < _MIN_LINKS:
        few.place, few.entry = len(stack), entry
    return False


def _keep_script(node: LexborNode, page: Page) -> None:
    kind = node.attributes.get("type")
    if kind is None or "json" not in kind:
        return
    text = node.text()
    if "ld+json" in kind:
        page.scripts.append(text)
    elif '"caption"' in text and len(text) <= _MAX_DATA:
        page.galleries.append(Gallery(len(page.items), text))


def _keep_gallery(attributes: dict[str, str | None], page: Page) -> None:
    for name in GALLERY:
        value = attributes.get(name)
        if value and value.lstrip()[:1] in ("[", "{") and len(value) <= _MAX_DATA:
            page.galleries.append(Gallery(len(page.items), value, name))


def _add_picture(
    page: Page, node: LexborNode, attributes: dict[str, str | None], element: Element, marks: int
) -> None:
    picture = Picture(node, attributes, element, marks, len(page.items))
    before = page.items[-1] if page.items else None
    if marks & NOSCRIPT and type(before) is Picture:
        element.pictures += before.icon and not picture.icon
        before.add_copy(picture)
        return
    page.items.append(picture)
    page.pictures.append(picture)
    if not picture.icon:
        element.pictures += 1


def _read_tag(node: LexborNode) -> _Tag:
    name = node.tag or ""
    if node.is_text_node:
        read = (_TEXT, 0, _TEXT, name)
    else:
        read = (_KINDS.get(name, _BLOCK), TAG_MARKS.get(name, 0), _IDLE_KINDS.get(name, _BLOCK), name)
    number = node.tag_id
    if number is not None and 0 < number < _MAX_NUMBER:
        _tags[number] = read
    return read


def _close(block: Block | None, chunks: list[str], page: Page) -> None:
    """Add a block, if one is open, with the text that was gathered for it."""
    if block is None:
        return
    text = ("".join(chunks) if len(chunks) > 1 else chunks[0]).strip()
    if not text:
        return
    if text.isascii():
        if "\n" in text or "  " in text or "\t" in text or "\r" in text or "\f" in text:
            text = " ".join(text.split())
    else:
        text = " ".join(text.split())
        if "\xad" in text or "\u200b" in text or "\u2060" in text or "\ufeff" in text:
            text = text.translate(_INVISIBLE)
            if not text:
                return
        if "\ufffd" in text:
            page.damaged = True
    block.text = text
    block.position = len(page.items)
    page.items.append(block)
    page.blocks.append(block)
    element = block.element
    size = len(text)
    element.text_chars += size
    if not block.marks & (HIDDEN | READER):
        element.link_chars += block.link_chars
    if size < 20 or block.link_chars * 2 > size or block.marks & _NO_PARAGRAPH:
        return
    last = text[-1]
    if element.own & HEADING or (
        last not in _ENDS and (size < _LONG or not _UNSIGNED[0] <= last <= _UNSIGNED[1])
    ):
        return
    size = information(text)
    if size >= 60:
        size = min(size, _MAX_PARAGRAPH)
        # What is named like furniture counts a little: the name may be that of a wrapper of the whole page.
        element.paragraph_chars += (
            size // 4 if element.chrome is not None or block.marks & (HIDDEN | CAPTION | CREDIT) else size
        )


def _count_links(top: LexborNode, chrome: int, page: Page) -> int:
    """Count the links of an element without text to speak of: a menu, a list of stories; -1 where it has some."""
    links = chars = looks = 0
    tags = _tags.get
    stack: list[LexborNode] = []
    node = top.first_child
    while True:
        if node is None:
            if not stack:
                break
            node = stack.pop().next
            continue
        looks += 1
        kind = (tags(node.tag_id) or _read_tag(node))[2]
        if kind == _TEXT:
            if not node.is_empty_text_node:
                chars += len(node.text_content or "")
                if chars > _MAX_IDLE and (not chrome or chars > links * _MAX_TEASER or chars > _MAX_TEASERS):
                    links = -1
                    break
            node = node.next
        elif kind == _BLOCK:
            stack.append(node)
            node = node.first_child
        elif kind == _KEEP:
            links = -1
            break
        elif kind == _FIGURE and top.tag == "header":
            links = -1  # the article's header, with its picture and buttons to share it
            break
        elif kind == _FIGURE or (
            kind == _LINK and links < _LOOKED_AT and not leads_elsewhere(node.attributes)
        ):
            stack.append(node)
            node = node.first_child
        else:
            links += kind == _LINK
            node = node.next
    page.looks -= looks
    return links


def _pass_over(page: Page, element: Element, marks: int) -> None:
    """Leave a mark where furniture was: what introduces it goes with it."""
    block = Block(element, marks | CHROME, position=len(page.items), text="…", link_chars=1)
    page.items.append(block)
    page.blocks.append(block)

"""Articles of the agencies in NewsML 1.0 to 1.2: components around texts, and pictures with the captions beside them.

A component whose role or content is a picture is one picture, however many renditions lie inside it; a component inside
it whose role is a caption is its caption. The longest text of an item is its article. Source: NewsML 1.2, IPTC 2003.
"""

import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from media.articles.article import Article, Hints
from media.articles.article.byline import read_dateline
from media.articles.article.language import guess_language
from media.articles.markup import Block, Shown, place_blocks, place_shown, read_blocks, read_fragment, text_of
from media.decoding.json_fields import read_language, read_moment
from media.decoding.xmltree import local_name, parse_xml
from media.errors import ArticleError
from media.left_out import leave_out, take

_ITEMS: Final = 5_000
_COMPONENTS: Final = 20_000
"""The most components of a document, and of an item: a hostile one nests millions."""
_PICTURE = re.compile(r"photo|picture|image|graphic|illustration", re.IGNORECASE)
_OTHER_TEXT = re.compile(r"caption|summary|abstract|teaser|headline|keyword|note", re.IGNORECASE)


def read_message(data: bytes, hints: Hints) -> tuple[Article, ...]:
    """:func:`read_newsml1`, of a record."""
    return read_newsml1(data)


def read_newsml1(data: bytes) -> tuple[Article, ...]:
    """Return the articles of a NewsML 1 document in the order of its items.

    Pictures of an item without text become an article without body, as in NewsML-G2. Raises :class:`ArticleError` if
    there is no item.
    """
    root, fault = parse_xml(data)
    if root is None:
        raise ArticleError(f"the XML cannot be read: {fault}")
    items = take((one for one in root.iter() if local_name(one) == "NewsItem"), _ITEMS, "news items")
    if not items:
        raise ArticleError("the XML holds no news item", "Nothing: it is another kind of document.")
    return tuple(article for item in items for article in _read_item(root, item))


def _read_item(root: Element, item: Element) -> Iterator[Article]:
    texts: list[tuple[list[Block], Element]] = []
    pictures: list[Shown] = []
    stack = [one for one in reversed(item) if local_name(one) == "NewsComponent"]
    for _ in range(_COMPONENTS):
        if not stack:
            break
        component = stack.pop()
        if _is_picture(component):
            pictures.append(_read_picture(component))
            continue
        if not _OTHER_TEXT.search(_role(component)):
            texts += [(blocks, component) for one in component if (blocks := _read_text(one))]
        stack += [one for one in reversed(component) if local_name(one) in ("NewsComponent", "NewsItem")]
    else:
        leave_out(_COMPONENTS, "components in an item")
    blocks = max((blocks for blocks, _ in texts), key=_length, default=[])
    body, placements = place_blocks(blocks, "newsml")
    shown = {one.image_src for one in placements}
    beside = [
        place_shown(one, "newsml", len(blocks) + at)
        for at, one in enumerate(pictures)
        if one.src not in shown
    ]
    placements += [one for one in beside if one is not None]
    lines = _find(item, "NewsLines")
    headline = _line(lines, "HeadLine") or _line(lines, "Title")
    if not body:
        yield from (Article("", placements=(one,)) for one in placements)
        return
    yield Article(
        body=body,
        headline=headline,
        byline=_line(lines, "ByLine"),
        dateline=_line(lines, "DateLine") or read_dateline(body),
        published_at=_published(root, item),
        language=_language(item) or guess_language(body[:2000]),
        placements=tuple(placements),
    )


def _length(blocks: list[Block]) -> int:
    return sum(len(one) for one in blocks if isinstance(one, str))


def _role(component: Element) -> str:
    role = next((one for one in component if local_name(one) == "Role"), None)
    return role.get("FormalName") or "" if role is not None else ""


def _children(element: Element, name: str) -> list[Element]:
    return [one for one in element if local_name(one) == name]


def _find(element: Element | None, name: str) -> Element | None:
    return (
        next((one for one in element.iter() if local_name(one) == name), None)
        if element is not None
        else None
    )


def _line(lines: Element | None, name: str) -> str | None:
    return text_of(_find(lines, name))


def _kind(content: Element) -> str:
    """Return what a content item says that it is: its medium, its format, its MIME type."""
    names = ("MediaType", "Format", "MimeType")
    return " ".join(one.get("FormalName") or "" for name in names for one in _children(content, name))


def _is_picture(component: Element) -> bool:
    """Return whether a component is one picture: by its content, or by its role if it holds no other picture."""
    if any(one.get("Href") and _PICTURE.search(_kind(one)) for one in _children(component, "ContentItem")):
        return True
    if not _PICTURE.search(_role(component)) or _OTHER_TEXT.search(_role(component)):
        return False
    inner = _children(component, "NewsComponent")
    return sum(bool(_PICTURE.search(_role(one))) for one in inner) < 2  # several: it is a set of pictures


def _read_picture(component: Element) -> Shown:
    contents = [one for one in component.iter() if local_name(one) == "ContentItem" and one.get("Href")]
    contents.sort(key=lambda one: -_width(one))
    addresses = list(dict.fromkeys(one.get("Href") or "" for one in contents))
    captions = [
        text
        for one in component.iter()
        if local_name(one) == "NewsComponent" and re.search("caption|description", _role(one), re.IGNORECASE)
        for content in _children(one, "ContentItem")
        if (text := text_of(_find(content, "DataContent")))
    ]
    loose = [
        text
        for content in _children(component, "ContentItem")
        if not content.get("Href") and (text := text_of(_find(content, "DataContent")))
    ]
    lines = _find(component, "NewsLines")
    credit_line = _line(lines, "CreditLine") or _line(lines, "ByLine") or _line(lines, "CopyrightLine")
    caption = next(iter([*captions, *loose]), None) or _line(lines, "HeadLine")
    return Shown(
        addresses[0] if addresses else None,
        caption,
        credit_line,
        other_srcs=tuple(addresses[1:]),
        field="Caption",
    )


def _width(content: Element) -> int:
    for one in content.iter():
        if local_name(one) == "Property" and one.get("FormalName") == "Width":
            found = re.match(r"\d{1,6}", one.get("Value") or "")
            return int(found[0]) if found else 0
    return 0


def _read_text(content: Element) -> list[Block]:
    """Return the paragraphs and pictures of a content item; nothing if it is not a text, or is another file."""
    if local_name(content) != "ContentItem" or _PICTURE.search(_kind(content)):
        return []
    data = next(iter(_children(content, "DataContent")), None)
    if data is None:
        return []
    nitf = _find(data, "nitf")
    if nitf is not None:
        inner = _find(nitf, "body.content")
        return read_blocks(inner) if inner is not None else []
    if len(data):
        return read_blocks(data)
    text = data.text or ""
    if re.search(r"<p[\s>]", text):
        return read_fragment(text)
    return [line for each in re.split(r"\n\s*\n|\n(?=\s{2,}\S)", text) if (line := " ".join(each.split()))]


def _published(root: Element, item: Element) -> str | None:
    names = ("FirstCreated", "ThisRevisionCreated", "DateId")
    told = (*(_find(item, name) for name in names), _find(root, "DateAndTime"))
    return next((moment for one in told if (moment := read_moment(text_of(one)))), None)


def _language(item: Element) -> str | None:
    element = _find(item, "Language")
    told = element.get("FormalName") if element is not None else None
    return read_language(told or item.get("{http://www.w3.org/XML/1998/namespace}lang"))

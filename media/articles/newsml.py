"""Articles of the agencies: NITF (IPTC's News Industry Text Format) and NewsML-G2, both XML.

A message holds one item or many. Pictures belong to the text that links to them, or to the only text
of their message; those that belong to no text become an article without body, headline and address,
whose placement holds the picture and its caption, as :mod:`media.articles.jsonlines` does with rows of
pictures.

Sources: NITF 3.6, NewsML-G2 2.35 with the Implementation Guide 9.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from media.articles.article import Article, Hints
from media.articles.markup import Block, Shown, place_blocks, place_shown, read_blocks, read_fragment, text_of
from media.captions.caption import Placement
from media.decoding.json_fields import read_language, read_moment
from media.decoding.xmltree import local_name, parse_xml
from media.errors import ArticleError
from media.left_out import leave_out

_ITEMS = 5_000
"""The most items read from one message."""

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_ROOT = re.compile(
    rb"<(?:\w+:)?(nitf|newsItem|newsMessage|packageItem)[\s>]|\bnitf[\w.-]*\.dtd\b|iptc\.org/std/nar/",
    re.IGNORECASE,
)


def looks_like_newsml(head: bytes, name: str) -> bool:
    """Return whether a record that begins with ``head`` is NITF or NewsML-G2."""
    text = head.replace(b"\0", b"") if head[:4].count(0) else head
    text = text.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith((b"<", b"\xff\xfe<", b"\xfe\xff<")):
        return False
    found = _ROOT.search(text[:4096])
    # Only as the document's own element, or in its type: a page may name the format further down.
    return found is not None and re.search(rb"<(?:html|body)\b", text[: found.start()], re.IGNORECASE) is None


def read_message(data: bytes, hints: Hints) -> tuple[Article, ...]:
    """:func:`read_newsml`, of a record."""
    return read_newsml(data)


def read_newsml(data: bytes) -> tuple[Article, ...]:
    """Return the articles of a NITF or NewsML-G2 document in the order of their items.

    A document that is cut short gives the articles before the cut; one with other items only (video, events) gives
    none. Raises :class:`ArticleError` if there is no item at all.
    """
    root, fault = parse_xml(data)
    if root is None:
        raise ArticleError(f"the XML cannot be read: {fault}")
    elements = _items(root)
    if not elements and fault is not None:
        raise ArticleError(f"the XML breaks off before an article: {fault}")
    if not elements:
        raise ArticleError(
            "the XML holds neither NITF nor a news item", "Nothing: it is another kind of document."
        )
    items = [_read_item(element) for element in elements]
    return tuple(_join_items([item for item in items if item is not None]))


@dataclass(frozen=True, slots=True)
class _Item:
    """One item of a message: a text, or a picture."""

    guid: str | None
    article: Article | None = None
    picture: Shown | None = None
    links: tuple[str, ...] = ()
    """The items that it refers to."""


def _items(root: Element) -> list[Element]:
    """Return the news items, or the NITF documents where there is no item."""
    items: list[Element] = []
    documents: list[Element] = []
    stack = [root]
    while stack and len(items) < _ITEMS and len(documents) < _ITEMS:
        element = stack.pop()
        name = local_name(element)
        if name == "newsItem":
            items.append(element)
        elif name == "nitf":
            documents.append(element)
        else:  # an item inside an item is a part of it
            stack.extend(reversed(element))
    if stack:
        leave_out(_ITEMS, "news items")
    return items or documents


def _read_item(element: Element) -> _Item | None:
    if local_name(element) == "nitf":
        return _Item(None, _read_nitf(element))
    return _read_news_item(element)


def _join_items(items: Sequence[_Item]) -> Iterator[Article]:
    """Yield the articles, each with the pictures that belong to it."""
    texts = [item for item in items if item.article is not None]
    pictures = {index: item for index, item in enumerate(items) if item.picture is not None}
    for text in texts:
        assert text.article is not None  # noqa: S101
        own = {
            i: one for i, one in pictures.items() if len(texts) == 1 or (one.guid and one.guid in text.links)
        }
        yield _with_pictures(text.article, [one.picture for one in own.values() if one.picture])
        for index in own:
            del pictures[index]
    for item in pictures.values():
        assert item.picture is not None  # noqa: S101
        if placement := place_shown(item.picture, "newsml", 0):
            yield Article("", placements=(placement,))


def _with_pictures(article: Article, pictures: Sequence[Shown]) -> Article:
    """Add pictures that stand beside the text, but for those that it shows itself."""
    placements = list(article.placements)
    shown = {_key(placement) for placement in placements} | {placement.image_src for placement in placements}
    for position, picture in enumerate(pictures, len(placements) + article.body.count("\n") + 1):
        placement = place_shown(picture, "newsml", position)
        if placement is not None and _key(placement) not in shown and picture.src not in shown:
            placements.append(placement)
    return replace(article, placements=tuple(placements))


def _key(placement: Placement) -> str | None:
    return placement.caption.text if placement.caption is not None else placement.image_src


# --- NITF


def _read_nitf(nitf: Element) -> Article:
    """Read one NITF document; its sign-off (``body.end``) and summary (``abstract``) are not part of the body."""
    body = _find(nitf, "body")
    head = _find(nitf, "body.head")
    content = _find(nitf, "body.content")
    blocks = read_blocks(content) if content is not None else []
    if head is not None:  # some feeds put the lead picture there
        blocks = [*_pictures_of(head), *blocks]
    text, placements = place_blocks(blocks, "nitf")
    headline = text_of(_find(nitf, "hl1")) or text_of(_find(nitf, "hedline")) or text_of(_find(nitf, "title"))
    language = nitf.get(_LANGUAGE) or (body.get(_LANGUAGE) if body is not None else None)
    return Article(
        body=text,
        headline=headline,
        byline=_join_names(head, "byline"),
        dateline=_read_dateline(head),
        published_at=_read_issued(nitf),
        language=read_language(language),
        url=_read_url(nitf),
        placements=tuple(placements),
    )


def _pictures_of(head: Element) -> list[Block]:
    return [block for block in read_blocks(head) if isinstance(block, Shown)]


def _join_names(head: Element | None, name: str) -> str | None:
    names = [text_of(one) for one in (head if head is not None else ()) if local_name(one) == name]
    return ", ".join(one for one in names if one) or None


def _read_dateline(head: Element | None) -> str | None:
    """Return the place of the dateline; its date is that of the issue."""
    dateline = _find(head, "dateline") if head is not None else None
    return text_of(dateline, frozenset(("story.date",)))


def _read_issued(nitf: Element) -> str | None:
    for name, attribute in (
        ("pubdata", "date.publication"),
        ("date.release", "norm"),
        ("date.issue", "norm"),
        ("story.date", "norm"),
    ):
        for element in nitf.iter():
            if local_name(element) == name and (moment := read_moment(element.get(attribute))):
                return moment
    return None


def _read_url(nitf: Element) -> str | None:
    for name, attribute in (("pubdata", "ex-ref"), ("doc-id", "id-string")):
        for element in nitf.iter():
            if local_name(element) == name and (element.get(attribute) or "").startswith("http"):
                return element.get(attribute)
    return None


def _find(element: Element, name: str) -> Element | None:
    return next((one for one in element.iter() if local_name(one) == name), None)


# --- NewsML-G2


def _read_news_item(item: Element) -> _Item | None:
    """Read one item by its class (``ninat:text``, ``ninat:picture``); others (video, audio) are left."""
    guid = item.get("guid")
    meta = _child(item, "itemMeta")
    content = _child(item, "contentMeta")
    kind_element = _child(meta, "itemClass")
    kind = (kind_element.get("qcode") or kind_element.get("uri") or "") if kind_element is not None else ""
    kind = re.split(r"[:/]", kind)[-1]
    story = _child(item, "contentSet")
    if kind in ("picture", "graphic") or (not kind and _picture_addresses(story)):
        return _Item(guid, picture=_read_picture_item(meta, content, story))
    if kind not in ("", "text", "composite"):
        return None
    blocks, nitf = _read_story(story)
    text, placements = place_blocks(blocks, "newsml")
    if nitf is not None:
        text, placements = nitf.body, list(nitf.placements)
    headline = text_of(_child(content, "headline")) or text_of(_child(meta, "title"))
    article = Article(
        body=text,
        headline=headline or (nitf.headline if nitf else None),
        byline=text_of(_child(content, "by")) or (nitf.byline if nitf else None) or _name_creators(content),
        dateline=text_of(_child(content, "dateline")) or (nitf.dateline if nitf else None),
        published_at=_read_created(meta, content) or (nitf.published_at if nitf else None),
        language=_read_item_language(item, content),
        url=guid if guid is not None and guid.startswith("http") else None,
        placements=tuple(placements),
    )
    if not (article.body or article.headline or article.placements):
        return None
    return _Item(guid, article, links=tuple(_links(item)))


def _read_story(story: Element | None) -> tuple[list[Block], Article | None]:
    """Return the story's paragraphs and pictures; of inline NITF the article that it is."""
    best: list[Block] = []
    for holder in story if story is not None else ():
        name = local_name(holder)
        if name == "inlineXML":
            nitf = _find(holder, "nitf")
            if nitf is not None:
                return [], _read_nitf(nitf)
            blocks = read_blocks(holder)
        elif name == "inlineData":
            text = "".join(holder.itertext())
            is_html = "html" in (holder.get("contenttype") or "") or re.search(r"<p[\s>]", text) is not None
            blocks = read_fragment(text) if is_html else _paragraphs(text)
        else:
            continue
        if len(blocks) > len(best):  # the same story in several renditions
            best = blocks
    return best, None


def _paragraphs(text: str) -> list[Block]:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if line]


def _read_picture_item(meta: Element | None, content: Element | None, story: Element | None) -> Shown:
    """Read a picture: its caption is the description of that role, or the only one."""
    descriptions = [
        one for one in (content if content is not None else ()) if local_name(one) == "description"
    ]
    descriptions.sort(key=lambda one: "caption" not in (one.get("role") or "").lower())
    caption = next((text for one in descriptions if (text := text_of(one))), None)
    credit = (
        text_of(_child(content, "creditline")) or text_of(_child(content, "by")) or _name_creators(content)
    )
    addresses = _picture_addresses(story)
    if not addresses and (name := text_of(_child(meta, "fileName"))):
        addresses = [name]
    return Shown(
        addresses[0] if addresses else None,
        caption,
        credit,
        other_srcs=tuple(addresses[1:]),
        field="description",
    )


def _picture_addresses(story: Element | None) -> list[str]:
    """Return the addresses of a picture's renditions, the widest first."""
    renditions: list[tuple[int, int, str]] = []
    for one in story if story is not None else ():
        address = (one.get("href") or one.get("residref") or "").strip()
        kind = one.get("contenttype") or "image/"
        if local_name(one) == "remoteContent" and address and kind.startswith("image/"):
            found = re.match(r"\d{1,6}", one.get("width") or "")
            renditions.append((-int(found[0]) if found else 0, len(renditions), address))
    return list(dict.fromkeys(address for _, _, address in sorted(renditions)))


def _name_creators(content: Element | None) -> str | None:
    creators = [one for one in (content if content is not None else ()) if local_name(one) == "creator"]
    names = [text_of(_child(one, "name")) or one.get("literal") for one in creators]
    return ", ".join(name for name in names if name) or None


def _read_created(meta: Element | None, content: Element | None) -> str | None:
    """Return when the item was first made; its version's date is that of the last correction."""
    for parent, name in ((meta, "firstCreated"), (content, "contentCreated"), (meta, "versionCreated")):
        if moment := read_moment(text_of(_child(parent, name))):
            return moment
    return None


def _read_item_language(item: Element, content: Element | None) -> str | None:
    language = _child(content, "language")
    return read_language(language.get("tag") if language is not None else item.get(_LANGUAGE))


def _links(item: Element) -> Iterator[str]:
    for element in item.iter():
        if local_name(element) in ("link", "itemRef", "remoteInfo", "assert"):
            for name in ("residref", "guidref", "href"):
                if address := element.get(name):
                    yield address


def _child(element: Element | None, name: str) -> Element | None:
    return next((one for one in element if local_name(one) == name), None) if element is not None else None

"""Articles of feeds: RSS 0.9 to 2.0, Atom, and what WordPress exports (WXR).

An item is an article: its body is ``content:encoded``, Atom's ``content``, or the summary where there is no more. Its
pictures are those of the body, then those that stand beside it (``media:content``, ``enclosure``). A picture of
An item of WordPress's media library is not an article: its text describes the picture, like a sidecar.

Sources: RSS 2.0.11, RSS 1.0, RFC 4287, Media RSS 1.5.1, WXR 1.2.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from email.utils import parseaddr
from typing import Final
from xml.etree.ElementTree import Element

from media.articles.article import MAX_PICTURES, Article, Found, Hints
from media.articles.article.byline import read_dateline
from media.articles.markup import Shown, place_shown
from media.articles.story import Story, plain_line, read_html_story, read_story
from media.articles.wordpress import to_html
from media.captions.addresses import PICTURE_ADDRESS, picture_name
from media.captions.caption import Placement
from media.captions.stated import place_stated
from media.decoding.json_fields import read_language, read_moment
from media.decoding.xmltree import local_name, parse_xml
from media.errors import ArticleError
from media.left_out import take

_SUPPORT: Final = frozenset(
    (
        *("nav_menu_item", "revision", "custom_css", "customize_changeset", "oembed_cache", "user_request"),
        *(
            "wp_template",
            "wp_template_part",
            "wp_global_styles",
            "wp_navigation",
            "wp_font_family",
            "wp_font_face",
        ),
        *("acf-field", "acf-field-group", "wpcf7_contact_form", "amp_validated_url", "scheduled-action"),
    )
)
"""Types of WordPress's posts that hold no article."""
_PREFIXES: Final = {
    "http://search.yahoo.com/mrss": "media",
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://purl.org/dc/": "dc",
    "http://wordpress.org/export": "wp",
    "http://schemas.google.com/blogger/": "blogger",
    "urn:undeclared:": "",
}


class FeedItem:
    """The item of a feed, and the pictures of a library that it shows."""

    def __init__(self, data: bytes) -> None:
        root, self.fault = parse_xml(data)
        items = [] if root is None else [one for one in root.iter() if local_name(one) in ("item", "entry")]
        if root is None or not items:
            raise ArticleError(f"the item cannot be read: {self.fault or 'there is none'}")
        self.root, self.item = root, items[0]
        self.pictures = {
            words(one, "wp:post_id") or "": one for one in take(items[1:], MAX_PICTURES, "pictures")
        }

    @property
    def kind(self) -> str:
        """WordPress's type of the post; "" in any other feed."""
        return words(self.item, "wp:post_type") or ""

    @property
    def is_support(self) -> bool:
        """Whether its type has no article, or it is in the trash."""
        if self.kind in _SUPPORT or words(self.item, "wp:status") in ("trash", "auto-draft"):
            return True
        kind = _blogger_kind(self.item)
        return kind is not None and kind not in ("post", "page")


def _blogger_kind(item: Element) -> str | None:
    """Return Blogger's type of an entry: its export also holds settings, templates and what readers say."""
    if told := words(item, "blogger:type"):
        return told.casefold()
    for one in item:
        if qualified(one) == "category" and (one.get("scheme") or "").endswith("/g/2005#kind"):
            return (one.get("term") or "").rpartition("#")[2].casefold()
    return None


def read_record(data: bytes, hints: Hints) -> Iterator[Found]:
    """Read an item of a feed; an item of WordPress's media library becomes captions of its picture."""
    item = FeedItem(data)
    if item.kind == "attachment":
        yield read_picture(item) or "support"
    elif item.is_support:
        yield "support"
    else:
        if item.fault is not None:
            reason = f"the XML of the item breaks off or is wrong ({item.fault}); what came before was read"
            yield ArticleError(reason, "Restore the file from its source, or export it again.")
        yield read_item(item)


def read_item(item: FeedItem) -> Article:
    """Return the article of an item."""
    story = _read_body(item)
    address = _address(item.item)
    placements = _with_beside(story.placements, _beside(item), story.text.count("\n") + 1)
    title = words(item.item, "title")
    return Article(
        body=story.text,
        headline=plain_line(title) if title else None,
        byline=_byline(item),
        dateline=read_dateline(story.text),
        published_at=_published(item.item),
        language=_language(item),
        url=address,
        placements=tuple(placements),
        fields=_fields(item.item),
        body_positions=story.positions,
    )


def read_picture(item: FeedItem) -> Placement | None:
    """Return the description of a picture in an item of the media library; None if the item is not a picture."""
    shown = _library_picture(item.item)
    if shown.src is None or not PICTURE_ADDRESS.search(shown.src):
        return None
    caption = plain_line(shown.caption or "") or None
    return place_stated(
        "sidecar", shown.src, caption, alt=shown.alt, evidence={"field": "excerpt:encoded"} if caption else {}
    )


# --- elements


def qualified(element: Element) -> str:
    """Return an element's name with the usual prefix of its name space."""
    space, _, name = element.tag.rpartition("}") if isinstance(element.tag, str) else ("", "", "")
    space = space.removeprefix("{")
    if space.startswith("urn:undeclared:"):
        return f"{space.removeprefix('urn:undeclared:')}:{name}"
    prefix = next((short for begins, short in _PREFIXES.items() if space.startswith(begins)), "")
    if space.startswith("http://wordpress.org/export") and "/excerpt" in space:
        prefix = "excerpt"
    return f"{prefix}:{name}" if prefix else name


def child(element: Element, *names: str) -> Element | None:
    """Return the first child with the first of these names that there is."""
    for name in names:
        for one in element:
            if qualified(one) == name and (len(one) or (one.text or "").strip() or one.attrib):
                return one
    return None


def words(element: Element, *names: str) -> str | None:
    """Return the text of the first child with the first of these names that there is."""
    found = child(element, *names)
    return ("".join(found.itertext()).strip() or None) if found is not None else None


# --- the body


def _read_body(item: FeedItem) -> Story:
    element = item.item
    encoded = child(element, "content:encoded")
    if encoded is not None:
        text = "".join(encoded.itertext())
        return read_html_story(to_html(text, *_library(item))) if item.kind else read_story(text)
    for name in ("content", "description", "summary", "dc:description"):
        found = child(element, name)
        if found is not None and (text := _markup(found)):
            return read_story(text)
    return Story("")


def _markup(element: Element) -> str:
    """Return the content of a body as HTML or text: as it is, or of Atom's XHTML, its elements written again."""
    if not len(element):
        return element.text or ""
    parts: list[str] = []
    stack: list[Element | str] = [element]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            parts.append(one)
        elif name := local_name(one):
            attributes = "".join(f' {key}="{html.escape(value)}"' for key, value in one.attrib.items())
            parts += [f"<{name}{attributes}>", html.escape(one.text or "", quote=False)]
            stack.append("" if name in _VOID else f"</{name}>")
            for inner in reversed(one):
                stack += [html.escape(inner.tail or "", quote=False), inner]
    return "".join(parts)


_VOID: Final = frozenset(("img", "br", "hr", "source", "wbr", "input", "col"))


def _library(item: FeedItem) -> tuple[dict[str, Shown], list[str]]:
    """Return the pictures of the library by number, and the numbers of those that belong to the post."""
    post = words(item.item, "wp:post_id")
    shown = {number: _library_picture(one) for number, one in item.pictures.items()}
    own = [number for number, one in item.pictures.items() if words(one, "wp:post_parent") == post]
    return shown, own


def _library_picture(element: Element) -> Shown:
    return Shown(
        words(element, "wp:attachment_url", "guid"),
        words(element, "excerpt:encoded"),
        alt=_meta(element, "_wp_attachment_image_alt"),
        field="excerpt:encoded",
    )


def _meta(element: Element, key: str) -> str | None:
    for one in element:
        if qualified(one) == "wp:postmeta" and words(one, "wp:meta_key") == key:
            return words(one, "wp:meta_value")
    return None


# --- pictures beside the body


def _beside(item: FeedItem) -> Iterator[Placement]:
    """Yield the pictures that stand beside the body: the featured one, Media RSS's, enclosures."""
    featured = item.pictures.get(_meta(item.item, "_thumbnail_id") or "")
    if featured is not None:
        shown = _library_picture(featured)
        shown = replace(shown, caption=plain_line(shown.caption or "") or None)
        if placement := place_shown(shown, "feed", 0):
            yield placement
    told = list(_media(item.item))
    for element in item.item:
        name = qualified(element)
        address = element.get("url") or element.get("href") or ""
        is_enclosure = name == "enclosure" or (name == "link" and element.get("rel") == "enclosure")
        if is_enclosure and (
            (element.get("type") or "").startswith("image/") or PICTURE_ADDRESS.search(address)
        ):
            told.append(Shown(address))
    if not told:
        told = [Shown(one.get("url")) for one in item.item.iter() if qualified(one) == "media:thumbnail"][:1]
    if not told:  # a podcast's
        told = [Shown(one.get("href")) for one in item.item if qualified(one) in ("image", "itunes:image")][
            :1
        ]
    for shown in take(told, MAX_PICTURES, "pictures"):
        if shown.src and (placement := place_shown(shown, "feed", 0)):
            yield placement


def _media(item: Element) -> Iterator[Shown]:
    """Yield the pictures of Media RSS: a group holds one picture in several sizes."""
    for element in item:
        name = qualified(element)
        if name == "media:group":
            inner = [one for one in element if qualified(one) == "media:content" and _is_picture(one)]
            if inner:
                yield _joined(inner, element, item)
        elif name == "media:content" and _is_picture(element):
            yield _joined([element], element, item)


def _is_picture(element: Element) -> bool:
    medium, kind = element.get("medium"), element.get("type") or ""
    if medium or kind:
        return medium == "image" or kind.startswith("image/")
    return PICTURE_ADDRESS.search(element.get("url") or "") is not None


def _joined(contents: list[Element], holder: Element, item: Element) -> Shown:
    """Return one picture of its renditions, the widest first; what describes it may stand in any element around."""
    ordered = sorted(contents, key=lambda one: -_width(one))
    addresses = list(dict.fromkeys(address for one in ordered if (address := one.get("url"))))
    only = sum(qualified(one) in ("media:content", "media:group") for one in item) == 1
    around = (*ordered, holder, *((item,) if only else ()))
    caption = next(
        (plain_line(text) for one in around if (text := words(one, "media:description", "media:text"))), None
    )
    named = [
        "".join(one.itertext()).strip()
        for element in (*contents[:1], *((holder,) if holder is not contents[0] else ()))
        for one in element
        if qualified(one) == "media:credit"
    ]
    named = named or [text for one in around if (text := words(one, "media:copyright"))][:1]
    credit = ", ".join(plain_line(one) for one in dict.fromkeys(named) if one) or None
    return Shown(
        addresses[0] if addresses else None,
        caption or None,
        credit,
        other_srcs=tuple(addresses[1:]),
        field="media:description",
    )


def _width(element: Element) -> int:
    found = re.match(r"\d{1,6}", element.get("width") or "")
    return int(found[0]) if found else 0


def _with_beside(shown: tuple[Placement, ...], beside: Iterator[Placement], end: int) -> list[Placement]:
    """Add the pictures beside the body, but for those that it shows itself: there they lend what the body lacks."""
    placements = list(shown)
    names: dict[str, int] = {}
    for index, one in enumerate(placements):
        if one.image_src and (name := picture_name(one.image_src)):
            names.setdefault(name, index)
    for one in beside:
        name = picture_name(one.image_src or "")
        at = names.get(name) if name else None
        if at is None:
            position = 0 if not shown else end + len(placements)
            placements.append(replace(one, position=position))
            if name:
                names[name] = len(placements) - 1
        elif placements[at].caption is None and one.caption is not None:
            placements[at] = replace(
                one, position=placements[at].position, image_src=placements[at].image_src
            )
    return placements


# --- the article's metadata


def _address(item: Element) -> str | None:
    for name in ("feedburner:origLink", "origLink"):
        if found := words(item, name):
            return found
    links = [one for one in item if qualified(one) == "link"]
    for rel in ("alternate", None):
        for one in links:
            if one.get("href") and (one.get("rel") or "alternate") == (rel or one.get("rel")):
                return one.get("href")
    for one in links:
        if text := (one.text or "").strip():
            return text
    guid = words(item, "guid", "id")
    return guid if guid and guid.startswith(("http://", "https://")) else None


def _byline(item: FeedItem) -> str | None:
    """Return the names of the authors: of a WordPress login, the name that the export gives it."""
    names = {words(one, "wp:author_login"): one for one in item.root.iter() if qualified(one) == "wp:author"}
    found: list[str] = []
    for one in item.item:
        name = qualified(one)
        if name not in ("dc:creator", "author", "itunes:author"):
            continue
        text = words(one, "name") or "".join(one.itertext()).strip()
        if text in names:
            text = words(names[text], "wp:author_display_name") or text
        elif "@" in text:  # RSS: mail@example.org (Jo Ek)
            inner = re.search(r"\(([^()]{2,100})\)", text)
            text = inner[1] if inner else parseaddr(text)[0] or text
        if text:
            found.append(plain_line(text))
    return ", ".join(dict.fromkeys(found)) or None


def _published(item: Element) -> str | None:
    """Return when it was published; WordPress gives the time of Greenwich in a field of its own."""
    gmt = words(item, "wp:post_date_gmt")
    if gmt and not gmt.startswith("0000") and (moment := read_moment(gmt + "Z")):
        return moment
    for name in ("pubDate", "published", "dc:date", "issued", "wp:post_date", "updated", "modified"):
        if moment := read_moment(words(item, name)):
            return moment
    return None


def _language(item: FeedItem) -> str | None:
    own = item.item.get("{http://www.w3.org/XML/1998/namespace}lang") or words(item.item, "dc:language")
    told = own or item.root.get("{http://www.w3.org/XML/1998/namespace}lang")
    channel = next((one for one in item.root if local_name(one) == "channel"), None)
    if told is None and channel is not None:
        told = words(channel, "language", "dc:language")
    return read_language(told)


def _fields(item: Element) -> dict[str, object] | None:
    """Return what WordPress says of a post beside its text, and what the item is filed under."""
    fields: dict[str, object] = {
        name.removeprefix("wp:"): text
        for name in ("wp:post_id", "wp:post_type", "wp:status")
        if (text := words(item, name))
    }
    filed = [
        text
        for one in item
        if qualified(one) in ("category", "dc:subject")
        and (text := ("".join(one.itertext()).strip() or one.get("label") or one.get("term") or ""))
    ]
    if filed:
        fields["categories"] = list(dict.fromkeys(filed))[:100]
    return fields or None

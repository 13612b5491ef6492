"""The paragraphs and pictures of an article's own markup: NITF, XHTML, or a fragment of HTML.

For stories that come without a page around them (feeds, JSON): nothing is judged, everything that the
markup calls a paragraph is one, everything that it calls a picture's caption is one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element, SubElement

from selectolax.lexbor import LexborHTMLParser, LexborNode

from media.captions.caption import Origin, Placement
from media.captions.stated import place_stated
from media.decoding.xmltree import local_name

_PARAGRAPHS = frozenset(
    ["p", "hl1", "hl2", "h1", "h2", "h3", "h4", "h5", "h6", "li", "dt", "dd", "pre", "tr"]
)
_PICTURES = frozenset(("media", "figure", "img", "picture"))
_SKIPPED = frozenset(
    [
        "script",
        "style",
        "iframe",
        "video",
        "audio",
        "object",
        "svg",
        "form",
        "nav",
        "aside",
        "fn",
        "hr",
        "media-metadata",
        "media-object",
        "template",
    ]
)
_CREDIT_CLASS = re.compile(
    r"\b(?:photo-?)?(?:credit|byline|copyright|source|photographer|author)s?\b", re.IGNORECASE
)
_ELEMENTS = 200_000
"""The most elements read in one story."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as the markup shows it."""

    src: str | None
    caption: str | None = None
    credit_line: str | None = None
    alt: str | None = None
    other_srcs: tuple[str, ...] = ()
    field: str = ""
    """The element that held the caption."""


Block = str | Shown
"""A paragraph's text, or a picture."""


def read_blocks(root: Element) -> list[Block]:
    """Return the paragraphs and pictures of ``root`` in reading order.

    Text that stands in no paragraph counts only where the markup has no paragraphs at all.
    """
    blocks: list[Block] = []
    loose: list[str] = []
    stack = [root]
    for _ in range(_ELEMENTS):
        if not stack:
            break
        element = stack.pop()
        name = local_name(element).lower()
        if name in _SKIPPED or not name:
            pass
        elif name in _PICTURES and not (name == "figure" and _holds_figures(element)):
            if (shown := _read_picture(element, name)) is not None:
                blocks.append(shown)
        elif name in _PARAGRAPHS and not _holds_paragraphs(element):
            blocks.extend(_read_paragraph(element))
        else:
            loose.extend(part for part in (element.text, *(child.tail for child in element)) if part)
            stack.extend(reversed(element))
    if any(isinstance(block, str) for block in blocks):
        return blocks
    lines = (" ".join(line.split()) for line in "\n".join(loose).splitlines())
    return [line for line in lines if line] + blocks


def read_fragment(html: str) -> list[Block]:
    """Return the paragraphs and pictures of a piece of HTML, however broken."""
    return read_blocks(_to_element(re.sub(r"<br\s*/?>", "\n", html, flags=re.IGNORECASE)))


def place_blocks(blocks: Sequence[Block], origin: Origin) -> tuple[str, list[Placement]]:
    """Return the body, a paragraph a line, and the placements of the pictures between."""
    lines: list[str] = []
    placements: list[Placement] = []
    for position, block in enumerate(blocks):
        if isinstance(block, str):
            lines.append(block)
        elif (placement := place_shown(block, origin, position)) is not None:
            placements.append(placement)
    return "\n".join(lines), placements


def place_shown(shown: Shown, origin: Origin, position: int) -> Placement | None:
    """Return the placement of one picture."""
    evidence: dict[str, object] = {"field": shown.field} if shown.field else {}
    if shown.other_srcs:
        evidence["image_srcs"] = list(shown.other_srcs)
    return place_stated(
        origin,
        shown.src,
        shown.caption,
        credit_line=shown.credit_line,
        alt=shown.alt,
        position=position,
        evidence=evidence,
    )


def text_of(element: Element | None, skipped: frozenset[str] = _SKIPPED | _PICTURES) -> str | None:
    """Return the text inside ``element`` in one line, without its notes and pictures."""
    if element is None:
        return None
    parts: list[str] = []
    stack: list[tuple[Element, bool]] = [(element, True)]
    while stack:
        one, opening = stack.pop()
        if not opening:
            parts.append(one.tail or "")
            continue
        if one is not element:
            stack.append((one, False))
            if local_name(one).lower() in skipped or not isinstance(one.tag, str):
                continue
            if local_name(one).lower() in _SPACED:
                parts.append(" ")
        parts.append(one.text or "")
        stack.extend((child, True) for child in reversed(one))
    return " ".join("".join(parts).split()) or None


_SPACED = frozenset(("p", "br", "td", "th", "li", "div", "block", "byttl"))
"""Elements before which words end, whether a space is written or not."""


def _holds_paragraphs(element: Element) -> bool:
    """Return whether ``element`` (a list item, a cell) consists of paragraphs of its own."""
    return any(local_name(child).lower() in ("p", "ul", "ol", "figure") for child in element)


def _holds_figures(element: Element) -> bool:
    """Return whether a figure is a gallery of figures."""
    return any(one is not element and local_name(one).lower() == "figure" for one in element.iter())


def _read_paragraph(element: Element) -> Iterator[Block]:
    if (text := text_of(element)) is not None:
        yield text
    for child in element.iter():
        name = local_name(child).lower()
        if child is not element and name in _PICTURES:
            if (shown := _read_picture(child, name)) is not None:
                yield shown
            break


def _read_picture(element: Element, name: str) -> Shown | None:
    if name == "media":
        return _read_media(element)
    if name in ("img", "picture"):
        image = element if name == "img" else _find(element, "img")
        return None if image is None else Shown(image.get("src") or None, alt=image.get("alt"), field="img")
    return _read_figure(element)


def _read_media(media: Element) -> Shown | None:
    """Read NITF's ``media``: references to the picture in several sizes, caption and producer."""
    if media.get("media-type", "image").lower() not in (
        "image",
        "photo",
        "picture",
        "graphic",
        "illustration",
    ):
        return None
    references = [one for one in media if local_name(one) == "media-reference"]
    references.sort(key=lambda one: -_read_width(one.get("width")))
    addresses = [one.get("source") or one.get("name") or (one.text or "").strip() for one in references]
    addresses = list(dict.fromkeys(address for address in addresses if address))
    captions = [text_of(one) for one in media if local_name(one) == "media-caption"]
    caption = " ".join(text for text in captions if text) or None
    credit = text_of(_find(media, "media-producer"))
    for reference in references:
        credit = credit or reference.get("source-credit") or reference.get("copyright") or None
    alt = next((one.get("alternate-text") for one in references if one.get("alternate-text")), None)
    shown = Shown(None, caption, credit, alt, field="media-caption")
    return _with_addresses(shown, addresses)


def _read_figure(figure: Element) -> Shown | None:
    images = [one for one in figure.iter() if local_name(one).lower() == "img"]
    addresses = [
        address for one in images for address in (one.get("src"), one.get("data-preview-src")) if address
    ]
    caption = _find(figure, "figcaption")
    credit_element = next(
        (
            one
            for one in figure.iter()
            if local_name(one).lower() == "cite" or _CREDIT_CLASS.search(one.get("class") or "")
        ),
        None,
    )
    credit = text_of(credit_element)
    text = text_of(caption)
    if caption is not None and credit and text and any(one is credit_element for one in caption.iter()):
        # The credit inside the caption is not part of it; elsewhere in the text its words may stay.
        text = " ".join(_without(text, credit).split()) or None
    alt = next((one.get("alt") for one in images if one.get("alt")), None)
    return _with_addresses(Shown(None, text, credit, alt, field="figcaption"), list(dict.fromkeys(addresses)))


def _with_addresses(shown: Shown, addresses: list[str]) -> Shown | None:
    if not addresses:
        return shown if shown.caption else None
    return replace(shown, src=addresses[0], other_srcs=tuple(addresses[1:]))


def _without(text: str, credit: str) -> str:
    before, found, after = text.rpartition(credit)
    return f"{before} {after}" if found else text


def _find(element: Element, name: str) -> Element | None:
    return next((one for one in element.iter() if local_name(one).lower() == name), None)


def _read_width(text: str | None) -> int:
    found = re.match(r"\d{1,6}", text or "")
    return int(found[0]) if found else 0


def _to_element(html: str) -> Element:
    """Return the tree that HTML's own rules make of a fragment, as elements."""
    root = Element("body")
    body = LexborHTMLParser(html).body
    stack: list[tuple[LexborNode | None, Element]] = [(body.child if body else None, root)]
    while stack:
        node, parent = stack.pop()
        if node is None:
            continue
        stack.append((node.next, parent))
        if node.tag == "-text":
            text = node.text_content or ""
            if len(parent):
                parent[-1].tail = (parent[-1].tail or "") + text
            else:
                parent.text = (parent.text or "") + text
        elif node.tag is not None and not node.tag.startswith(("-", "_", "!")):
            attributes = {name: value or "" for name, value in node.attributes.items()}
            stack.append((node.child, SubElement(parent, node.tag, attributes)))
    return root

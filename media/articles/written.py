"""Articles in a lightweight markup. Each markup is converted to HTML, and read like a page.

So captions are found by the rules for pages, in every markup. Unlike in a page, all text belongs to the article:
nothing is treated as furniture. In the HTML, a picture is a mark with its number. The data that the markup has for the
picture are in a list, and are returned with its placement.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from media.articles.article import MAX_PICTURES, Article
from media.articles.article.byline import read_byline, read_dateline
from media.articles.article.language import guess_language
from media.articles.html.blocks import read_blocks
from media.articles.html.body import Story
from media.articles.html.bounds import bound_page
from media.articles.html.captions import find_captions, is_interface_text
from media.articles.html.marks import CHROME, HIDDEN, INTERFACE, NOSCRIPT
from media.articles.html.page import Block, Page
from media.articles.markup import Shown, place_shown
from media.captions.caption import Origin, Placement
from media.decoding.json_fields import read_moment
from media.left_out import leave_out

MARK = "\ufdd0{}\ufdd1"
"""A picture's mark in the text, with its number: characters that stand in no text."""
MARKED = re.compile("\ufdd0(\\d{1,9})\ufdd1")
_NONCHARACTERS = dict.fromkeys((0, *range(0xFDD0, 0xFDD8)))
"""Placeholders for pictures and the like while a text is read; they do not occur in texts."""
_UNREAD: Final = HIDDEN | INTERFACE | NOSCRIPT
_TELLS_LANGUAGE: Final = 800
_ORIGINS: Final[dict[str, tuple[Origin, float]]] = {
    "title": ("near-image", 0.9),
    "embed": ("near-image", 0.8),
    "figure shortcode": ("shortcode", 1.0),
    "caption shortcode": ("shortcode", 1.0),
    "figure": ("figcaption", 1.0),
    "front matter": ("near-image", 0.9),
}
"""The origin and confidence of a caption, by the field that holds it."""


@dataclass(frozen=True, slots=True)
class Written:
    """A text written as HTML, and what its markup says of the article."""

    html: str
    pictures: Sequence[Shown]
    """The meaning of the marks in the HTML."""
    headline: str | None = None
    byline: str | None = None
    dateline: str | None = None
    published_at: str | None = None
    language: str | None = None
    url: str | None = None
    leads: Sequence[Shown] = ()
    """Pictures above the text, which it need not show again."""


def without_marks(text: str) -> str:
    """Return ``text`` without the characters that marks are made of."""
    return text.translate(_NONCHARACTERS) if re.search("[\0\ufdd0-\ufdd7]", text) else text


def without_comments(text: str) -> str:
    """Return ``text`` without the comments of HTML; one that nothing ends loses its opening alone."""
    parts, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts.append(text[at:start])
        at = end + 3
    return "".join((*parts, text[at:])).replace("<!--", "")


def image(number: int) -> str:
    """Return the HTML of the picture with this number."""
    return f'<img src="{MARK.format(number)}">'


def add_picture(pictures: list[Shown], shown: Shown) -> str:
    """Add a picture to the list; return its HTML, with its caption if it has one."""
    if len(pictures) >= MAX_PICTURES:
        leave_out(MAX_PICTURES, "pictures")
        return ""
    pictures.append(shown)
    return figure(pictures, len(pictures) - 1)


def figure(pictures: Sequence[Shown], number: int) -> str:
    """Return the HTML of a picture of the list, with its caption if it has one."""
    caption = pictures[number].caption
    if caption is None:
        return f"<p>{image(number)}</p>"
    return f"<figure>{image(number)}<p>{html.escape(caption, quote=False)}</p></figure>"


def read_written(written: Written) -> Article:
    """Return the article of a text that was written as HTML."""
    page = _parse(written.html)
    pictures = [
        replace(shown, caption=None) if shown.caption and is_interface_text(shown.caption) else shown
        for shown in written.pictures
    ]
    stated = {MARK.format(number) for number, shown in enumerate(pictures) if shown.caption is not None}
    story = Story(page.elements[0], 0, len(page.items), ("p", "")) if page.items else None
    told, taken = find_captions(page, story, stated=stated)
    blocks = [block for block in page.blocks if block.position not in taken and not block.marks & _UNREAD]
    headline = written.headline or next((block.text for block in blocks if block.element.tag == "h1"), None)
    if blocks and blocks[0].text == headline:
        del blocks[0]
    placements = _with_leads(_place(told, pictures, page), written.leads)
    return _article(written, headline, blocks, placements)


def _article(
    written: Written, headline: str | None, blocks: list[Block], placements: list[Placement]
) -> Article:
    byline, published_at = written.byline, written.published_at
    if byline is None and blocks and (byline := _signed(blocks[0].text)):
        published_at = published_at or read_moment(blocks.pop(0).text)
    body = "\n".join(block.text for block in blocks)
    return Article(
        body=body,
        body_positions=tuple(block.position for block in blocks),
        headline=headline,
        byline=byline,
        dateline=written.dateline or (read_dateline(blocks[0].text) if blocks else None),
        published_at=published_at,
        language=written.language or guess_language(body[:_TELLS_LANGUAGE]),
        url=written.url,
        placements=tuple(placements),
    )


def _signed(line: str) -> str | None:
    """Return the byline that a line is, with no more than a date beside it ("By Ana Ruiz | 8 February 2023")."""
    byline = read_byline(line)
    if byline is None:
        return None
    rest = line[len(byline) :].strip(" ,.|·•–—-*")
    return byline if not rest or (len(rest) <= _DATE_CHARACTERS and read_moment(rest)) else None


_DATE_CHARACTERS: Final = 60


def _parse(written: str) -> Page:
    """Return the HTML as a page without furniture."""
    page = read_blocks(LexborHTMLParser(bound_page(written.encode("utf-8", "replace"))), furniture=False)
    for element in page.elements:
        element.own &= ~CHROME
        element.chrome = None
    for block in page.blocks:
        block.marks &= ~CHROME
    return page


def _place(told: Sequence[Placement], shown: Sequence[Shown], page: Page) -> list[Placement]:
    """Return the placements with the pictures that the marks among their addresses stand for."""
    placements: list[Placement] = []
    done: set[int] = set()
    pictures = {picture.position: picture for picture in page.pictures}
    for placement in told:
        marked = MARKED.fullmatch(placement.image_src or "")
        if marked is None:
            picture = pictures.get(placement.position)
            if placement.caption is None and picture is not None and picture.alt:
                one = Shown(placement.image_src, alt=picture.alt, field="img")
                placement = place_shown(one, "near-image", placement.position) or placement
            placements.append(placement)
            continue
        number = int(marked[1])
        if number >= len(shown):
            continue
        one = shown[number]
        if placement.caption is not None and one.caption is None:
            evidence = {key: value for key, value in placement.evidence.items() if key != "image_srcs"}
            evidence |= {"alt": one.alt} if one.alt else {}
            evidence |= {"image_srcs": list(one.other_srcs)} if one.other_srcs else {}
            placements.append(replace(placement, image_src=one.src, evidence=evidence))
        elif number not in done and (stated := _place_stated(one, placement.position)) is not None:
            placements.append(stated)
        done.add(number)
    return placements


def _place_stated(shown: Shown, position: int) -> Placement | None:
    """Return the placement of a picture, by the field that holds its caption."""
    origin, confidence = _ORIGINS.get(shown.field, ("near-image", 0.8))
    placement = place_shown(shown, origin, position)
    if placement is None or placement.origin == "alt" or placement.caption is None:
        return placement
    return replace(placement, confidence=confidence)


def _with_leads(placements: list[Placement], leads: Sequence[Shown]) -> list[Placement]:
    """Put the pictures above the text first; one that the text shows too is not shown twice."""
    seen = {placement.image_src for placement in placements}
    captioned = {
        placement.image_src for placement in placements if placement.caption and placement.origin != "alt"
    }
    first = []
    for shown in leads:
        if shown.src in captioned or (shown.src in seen and shown.caption is None):
            continue
        if (placement := _place_stated(shown, 0)) is not None:
            first.append(placement)
    return [*first, *placements]

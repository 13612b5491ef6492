"""An article from a text in Markdown: front matter, body, pictures and their captions.

The text is written as HTML (:mod:`media.articles.markdown.render`) and read as a page's: captions in raw HTML are
found by the rules that hold for pages. Unlike a page it is all the article's: nothing is taken for furniture.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from media.articles.article import Article, Hints
from media.articles.article.byline import read_dateline
from media.articles.article.language import guess_language
from media.articles.html.blocks import read_blocks
from media.articles.html.body import Story
from media.articles.html.bounds import bound_page
from media.articles.html.captions import find_captions
from media.articles.html.marks import CHROME, HIDDEN, INTERFACE, NOSCRIPT
from media.articles.html.page import Page
from media.articles.markdown.front_matter import split_front_matter
from media.articles.markdown.lead import find_lead_pictures
from media.articles.markdown.plain import plain
from media.articles.markdown.render import Renderer
from media.articles.markdown.shortcodes import MARKED, Shortcodes
from media.articles.markdown.source import prepare, without_marks
from media.articles.markup import Shown, place_shown
from media.captions.caption import Origin, Placement
from media.decoding.encoding import decode_text
from media.decoding.json_fields import ARTICLE, read_language, read_moment, read_words

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
"""What a caption was found in, and how sure that is, by the field that holds it."""


def read_document(data: bytes, hints: Hints) -> Article:
    """:func:`read_markdown`, of a record."""
    return read_markdown(data, name=hints.name)


def read_markdown(data: bytes, name: str = "") -> Article:
    """Return the article of a Markdown document; every text is one.

    ``name`` is that of its file: Jekyll's begin with the day on which the article appeared.
    """
    fields, text = split_front_matter(without_marks(decode_text(data).text))
    found = ARTICLE.pick(fields)
    page, shown = _parse(text, fields, name)
    told, taken = (
        find_captions(page, Story(page.elements[0], 0, len(page.items), ("p", "")))
        if page.items
        else ([], set())
    )
    placements = _place(told, shown, page)
    blocks = [block for block in page.blocks if block.position not in taken and not block.marks & _UNREAD]
    headline = plain(read_words(found.get("headline"), " ") or "") or None
    first = next((block.text for block in blocks if block.element.tag == "h1"), None)
    headline = headline or first
    if blocks and blocks[0].text == headline:
        del blocks[0]
    body = "\n".join(block.text for block in blocks)
    url = read_words(found.get("url"))
    return Article(
        body=body,
        body_positions=tuple(block.position for block in blocks),
        headline=headline,
        byline=read_words(found.get("byline")),
        dateline=read_words(found.get("dateline")) or (read_dateline(blocks[0].text) if blocks else None),
        published_at=read_moment(found.get("published_at")) or _date_of_name(name),
        language=read_language(found.get("language")) or guess_language(body[:_TELLS_LANGUAGE]),
        url=url if url and re.match(r"https?://", url) else None,
        placements=tuple(_with_leads(placements, find_lead_pictures(fields))),
    )


def _parse(text: str, fields: dict[str, object], name: str) -> tuple[Page, list[Shown]]:
    """Return the text as a page, and the pictures that its marks stand for."""
    shown: list[Shown] = []
    text = prepare(text, Shortcodes(shown, fields), shown)
    # Pandoc makes a figure of every image that stands alone, and its alt text the caption.
    alt_is_caption = re.search(r"\.[rq]md$", name, re.IGNORECASE) is not None
    written = Renderer(shown, alt_is_caption=alt_is_caption).render(text)
    page = read_blocks(LexborHTMLParser(bound_page(written.encode("utf-8", "replace"))), furniture=False)
    for element in page.elements:
        element.own &= ~CHROME
        element.chrome = None
    for block in page.blocks:
        block.marks &= ~CHROME
    return page, shown


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
                found = place_shown(
                    Shown(placement.image_src, alt=picture.alt, field="img"), "near-image", placement.position
                )
                placement = found or placement
            placements.append(placement)
            continue
        number = int(marked[1])
        if number >= len(shown):
            continue
        one = shown[number]
        if placement.caption is not None and one.caption is None:
            evidence = {**placement.evidence, **({"alt": one.alt} if one.alt else {})}
            evidence.pop("image_srcs", None)
            placements.append(replace(placement, image_src=one.src, evidence=evidence))
        elif number not in done and (stated := place_shown_picture(one, placement.position)) is not None:
            placements.append(stated)
        done.add(number)
    return placements


def place_shown_picture(shown: Shown, position: int) -> Placement | None:
    """Return the placement of a picture, by the field that holds its caption."""
    origin, confidence = _ORIGINS.get(shown.field, ("near-image", 0.8))
    placement = place_shown(shown, origin, position)
    if placement is None or placement.origin == "alt" or placement.caption is None:
        return placement
    return replace(placement, confidence=confidence)


def _with_leads(placements: list[Placement], leads: Sequence[Shown]) -> list[Placement]:
    """Put the pictures of the front matter first; one that the text shows too is not shown twice."""
    seen = {placement.image_src for placement in placements}
    captioned = {
        placement.image_src for placement in placements if placement.caption and placement.origin != "alt"
    }
    first = []
    for shown in leads:
        if shown.src in captioned or (shown.src in seen and shown.caption is None):
            continue
        if (placement := place_shown_picture(shown, 0)) is not None:
            first.append(placement)
    return [*first, *placements]


def _date_of_name(name: str) -> str | None:
    found = re.match(r"(\d{4}-\d\d-\d\d)[-_.]", name)
    return read_moment(found[1]) if found else None

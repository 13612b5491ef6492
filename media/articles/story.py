"""The text of an article that comes in a field of its own: HTML, what WordPress keeps, or plain text.

A field that a feed, a database or a corpus calls the body is the article's: nothing has to be found in a page, and
little is left out. What has to be found in it are captions: by the rules for pages where it is HTML, by those for
plain text where it is not.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from media.articles.article import Article
from media.articles.html import marks
from media.articles.html.blocks import ends_sentence, read_blocks
from media.articles.html.body import find_story
from media.articles.html.bounds import bound_page
from media.articles.html.captions import find_captions
from media.articles.html.page import Block
from media.articles.html.read import read_html
from media.articles.html.words import is_label, speaks_to_reader
from media.articles.text.lines import JudgedLine, judge_lines
from media.articles.text.pieces import body_text, split_pieces
from media.articles.text.read import place_captions
from media.captions.caption import Placement
from media.left_out import take

_TAG = re.compile(
    r"</?(?:p|div|br|hr|figure|figcaption|picture|img|h[1-6]|ul|ol|li|dl|blockquote|span|a|em|strong|b|i|u|font|center"
    r"|table|section|article|main|html|head|body|iframe|sup|sub|small|pre)(?:\s[^<>]{0,4000})?/?>",
    re.IGNORECASE,
)
_ESCAPED_TAG = re.compile(r"&(?:amp;)?lt;/?(?:p|div|br|figure|img|h[1-6]|span|a|em|strong)\b", re.IGNORECASE)
_PAGE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,4000}?-->\s*)*<(?:!doctype|html)\b", re.I | re.S)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,10}|#\d{2,6}|#[xX][0-9a-fA-F]{2,5});")
_LINES: Final = 5_000
"""Lines of plain text that are searched for captions; what follows is kept as it is."""


@dataclass(frozen=True, slots=True)
class Story:
    """A body, and what is shown amid it."""

    text: str
    placements: tuple[Placement, ...] = ()
    positions: tuple[int, ...] = ()
    """The position of each line of the body, as placements count them; () where it is as it was given."""


def read_story(value: str, *, url: str | None = None) -> Story:
    """Read a body that may be a page, a piece of HTML, or plain text.

    ``url`` is the address of the article. Plain text without a caption is returned unchanged.
    """
    if _ESCAPED_TAG.search(value) and not _TAG.search(value):
        value = html.unescape(html.unescape(value))
    if _PAGE.match(value):
        page = read_whole_page(value, url)
        return Story(page.body, page.placements, page.body_positions)
    if _TAG.search(value):
        return read_html_story(value)
    if _ENTITY.search(value):
        value = html.unescape(value)
    return read_plain_story(value)


def read_whole_page(value: str, url: str | None = None) -> Article:
    """Read a page that a field holds, as a page of its own is read."""
    return read_html(value.encode("utf-8", "replace"), charset="utf-8", url=url)


def plain_line(value: str) -> str:
    """Return a text that may be HTML, escaped once or twice, in one line."""
    if "<" in value:
        value = " ".join(read_html_story(value).text.split("\n"))
    return " ".join(html.unescape(html.unescape(value)).split())


def read_html_story(value: str) -> Story:
    """Read a piece of HTML: every block of it is the article's but captions, furniture and lines that are links."""
    inner = value.encode("utf-8", "replace")
    data = b"<!doctype html><html><body><article><div class=article-body>" + inner + b"</div></article>"
    page = read_blocks(LexborHTMLParser(bound_page(data)))
    story = find_story(page, None)
    if story is not None:  # all of it is the article, wherever most of its text stands
        main = next(each for each in page.elements if each.name == "article-body")
        story = replace(story, main=main, start=0, stop=len(page.items))
    placements, taken = find_captions(page, story)
    blocks = [block for block in page.blocks if block.position not in taken and _is_told(block)]
    return Story(
        "\n".join(block.text for block in blocks),
        tuple(placements),
        tuple(block.position for block in blocks),
    )


def _is_told(block: Block) -> bool:
    """Return whether a block is part of the story, and not hidden, interface text or a link to other pages."""
    if block.marks & (marks.FIGCAPTION | marks.HIDDEN | marks.READER | marks.NOSCRIPT | marks.INTERFACE):
        return False
    text, ended = block.text, ends_sentence(block.text)
    linked = block.link_chars / max(1, len(text))
    if linked > 0.9 and not ended and not block.marks & marks.LIST:
        return False
    if block.marks & marks.CHROME and (linked > 0.4 or not ended):
        return False
    return len(text) >= _LONG or not (is_label(text) or speaks_to_reader(text))


_LONG: Final = 400
"""The characters from which a paragraph is not a call to the reader."""


def read_plain_story(value: str) -> Story:
    """Search plain text for lines that are captions; if there are none, the text stays unchanged."""
    pieces = split_pieces(value, sentences=False)
    if len(pieces) < 2:
        return Story(value)
    lines = (piece.text for piece in pieces)
    judged = judge_lines(take(lines, _LINES, "lines", "was not searched for captions"))
    placements = tuple(place_captions(judged))
    if not placements:
        return Story(value)
    kept = [index for index, line in enumerate(judged) if line.role != "caption" and not line.credit_only]
    kept = _without_ends(kept, judged)
    kept += range(len(judged), len(pieces))
    shown = set(kept)
    begins = (index for index in kept if pieces[index].joint is None or index - 1 not in shown)
    return Story(body_text(pieces, shown), placements, tuple(begins))


def _without_ends(kept: list[int], judged: Sequence[JudgedLine]) -> list[int]:
    """Leave out the site's own words, before the first and after the last line of text.

    Everything between them stays: headings and lists are not sentences either.
    """
    body = [index for index in kept if judged[index].role == "body"]
    return [index for index in kept if body and body[0] <= index <= body[-1]] if body else kept

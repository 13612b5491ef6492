"""An article from a web page: its text, its pictures, and the captions it displays."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from media.articles.article import Article
from media.articles.article.byline import read_byline, read_dateline
from media.articles.article.language import guess_language
from media.articles.html.blocks import read_blocks
from media.articles.html.body import Story, find_body, find_story
from media.articles.html.bounds import bound_page
from media.articles.html.captions import find_captions
from media.articles.html.marks import BYLINE, HEADING
from media.articles.html.metadata import PageMetadata, read_metadata
from media.articles.html.opening import large_line, named_author, shown_authors, shown_date
from media.articles.html.others import Told
from media.articles.html.page import Block, Element, Page
from media.articles.html.told import told_captions
from media.captions.caption import Caption, Placement, doubted
from media.captions.credit import split_credit
from media.captions.facts import caption_with_facts
from media.decoding.data_pictures import find_style_pictures
from media.decoding.encoding import declared_in_page, decode_text, mend_escapes


def read_html(
    data: bytes,
    *,
    charset: str | None = None,
    url: str | None = None,
    read_data: Callable[[str], Article | None] | None = None,
) -> Article:
    """Read a page; for any bytes, an article is returned, which may be empty.

    ``charset`` is what was declared with the bytes, ``url`` where they came from. ``read_data`` finds the article in a
    page's text where the page holds it as data alone.
    """
    tree, page, doubt = _parse(data, charset)
    metadata = read_metadata(tree, page.scripts)
    headline, heading = _headline(tree, page, metadata)
    story = find_story(page, heading)
    byline = _byline(page, story)
    around = Told(headline, (byline or "", *metadata.authors), tuple(metadata.descriptions))
    placements, taken = find_captions(page, story, around)
    authors = metadata.authors or ([] if byline else shown_authors(tree))
    if not (authors or byline):
        byline = named_author(page, story)
    body = find_body(page, story, taken)
    if len(body) > 1 and body[0].text == headline:
        body = body[1:]  # set as a paragraph, as pages of the 1990s have it
    placements += _unseen(page, metadata, placements)
    text = mend_escapes("\n".join([block.text for block in body]))
    if read_data is not None and len(text) < _LITTLE and (b"<script" in data or b"data-page=" in data):
        told = read_data(decode_text(data, declared=charset, html=True).text)
        if told is not None and len(told.body) > 3 * len(text):
            return _filled(told, metadata, url)
    return Article(
        body=text,
        body_positions=tuple(block.position for block in body),
        headline=mend_escapes(headline) if headline else headline,
        byline=byline or ", ".join(dict.fromkeys(authors)) or None,
        dateline=read_dateline(body[0].text) if body else None,
        published_at=metadata.published_at or shown_date(tree, page, heading, story),
        language=metadata.language or guess_language(text[:_TELLS_LANGUAGE]),
        url=metadata.url or url,
        placements=tuple(doubted(placements, doubt)),
    )


_LITTLE: Final = 200
"""Characters of text that a page has which a script is to fill: a notice that it needs one, no article."""


def _filled(told: Article, metadata: PageMetadata, url: str | None) -> Article:
    """Return an article of a page's data with what the page says of itself."""
    address = told.url if told.url and told.url.startswith("http") else None
    return replace(
        told,
        headline=told.headline or next(iter(metadata.headlines), None),
        byline=told.byline or ", ".join(dict.fromkeys(metadata.authors)) or None,
        published_at=told.published_at or metadata.published_at,
        language=told.language or metadata.language or guess_language(told.body[:_TELLS_LANGUAGE]),
        url=metadata.url or address or url,
    )


_TELLS_LANGUAGE: Final = 800
"""The characters from which a language is guessed. Of 110 pages that declare one, 105 bodies cut to this length are
recognised correctly, and 4 not at all."""


def _parse(data: bytes, charset: str | None) -> tuple[LexborHTMLParser, Page, str | None]:
    """Parse the bytes as they are where they are UTF-8, as most are, else the text they decode to."""
    if _claims_utf8(data, charset):
        tree = LexborHTMLParser(bound_page(data.removeprefix(b"\xef\xbb\xbf")))
        page = read_blocks(tree)
        if any(_STYLE in picture.style for picture in page.pictures):
            _show_style_pictures(tree, data)
            page = read_blocks(tree)
        if not page.damaged or _is_utf8(data):
            return tree, page, None
    decoded = decode_text(data, declared=charset, html=True)
    tree = LexborHTMLParser(bound_page(decoded.text.encode("utf-8", "replace")))
    return tree, read_blocks(tree), decoded.doubt


def _show_style_pictures(tree: LexborHTMLParser, data: bytes) -> None:
    """Give images whose picture is in a style sheet (SingleFile) that picture's address."""
    pictures = find_style_pictures(data)
    for image in tree.css(f"img[style*={_STYLE}]"):
        name = _STYLE_NAME.search(image.attributes.get("style") or "")
        if name and (address := pictures.get(name[1])):
            image.attrs["src"] = address


_STYLE: Final = "--sf-img-"
_STYLE_NAME: Final = re.compile(r"var\((--sf-img-\d{1,5})\)")


def _claims_utf8(data: bytes, charset: str | None) -> bool:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:_HEAD] or b"\x1b$" in data[:_HEAD]:
        return False
    if data.isascii():
        return b"\x1b" not in data
    if charset is None and b"utf-8" in data[:_DECLARED].lower():
        return True  # as it seems; what is not shows in the text
    claim = charset or declared_in_page(data)
    if claim is None:
        return _is_utf8(data)
    return claim.strip().lower() in ("utf-8", "utf8")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


_HEAD = 4096
_DECLARED = 1024
"""Bytes in which a page shows its encoding; HTML asks that it be declared in the first 1,024."""


def _headline(
    tree: LexborHTMLParser, page: Page, metadata: PageMetadata
) -> tuple[str | None, Element | None]:
    """Return the headline, and the element that shows it."""
    told = {text.casefold(): text for text in reversed(metadata.headlines)}
    first, first_text = None, ""
    for block in page.blocks:
        element = block.element
        if not element.own & HEADING or block.after_break:
            continue
        text = _whole_heading(page, block)
        if text.casefold() in told:
            return text, element
        if element.tag == "h1":
            if stated := next((told[end] for end in told if _ends_with(text, end)), None):
                return stated, element
            if first is None or (first.link_chars and not block.link_chars):
                first, first_text = block, text
    if first is not None:
        return first_text, first.element
    if metadata.headlines:
        return metadata.headlines[0], None
    return _titled(tree, page, metadata.titles), None


def _whole_heading(page: Page, block: Block) -> str:
    """Return a heading's text with what follows line breaks in it."""
    texts = [block.text]
    for item in page.items[block.position + 1 : block.position + _HEADING_LINES]:
        if type(item) is not Block or item.element is not block.element or not item.after_break:
            break
        texts.append(item.text)
    return " ".join(texts)


_HEADING_LINES: Final = 6


def _ends_with(heading: str, headline: str) -> bool:
    """Return whether a heading is a headline with a few words before it: the section, or the series."""
    before = heading.casefold().removesuffix(headline)
    return before != heading.casefold() and before[-1:].isspace() and len(before.split()) <= _KICKER_WORDS


_KICKER_WORDS: Final = 4


def _titled(tree: LexborHTMLParser, page: Page, titles: Sequence[str]) -> str | None:
    """Return what of the ``title`` an old page shows near its top without a heading; else its line in large letters, or
    what is likeliest.
    """
    shown = {block.text.casefold(): block.text for block in page.blocks[:_TOP]}
    titled = next((shown[title.casefold()] for title in titles if title.casefold() in shown), None)
    return titled or large_line(tree) or next(iter(titles), None)


_TOP: Final = 60
"""Blocks of a page's top."""


def _byline(page: Page, story: Story | None) -> str | None:
    """Return the byline as shown near the headline or the first paragraph."""
    if story is None:
        return None
    around = page.items[max(0, story.start - _BYLINE_BEFORE) : story.start + _BYLINE_AFTER]
    blocks = [item for item in around if type(item) is Block]
    marked = [block for block in blocks if block.marks & BYLINE]
    return next((byline for block in (*marked, *blocks) if (byline := read_byline(block.text))), None)


_BYLINE_BEFORE = 25
_BYLINE_AFTER = 6
"""Blocks around the first paragraph: sharing links and a picture may lie between."""


def _unseen(page: Page, metadata: PageMetadata, placements: Sequence[Placement]) -> list[Placement]:
    """Return what the page says of its pictures but does not display at once: JSON-LD captions, attributes, data."""
    found = []
    for text, address in metadata.pictures[:_MAX_UNSEEN]:
        split = split_credit(text)
        if split.text:
            caption = caption_with_facts(split.text, split.credit_line)
            evidence: dict[str, object] = {} if split.text == text else {"found": text}
            found.append(Placement("json-ld", caption, address, 0, split.lead, 0.8, evidence))
    shown = {placement.image_src for placement in placements}
    for picture in page.pictures:
        alt = "" if picture.icon else picture.alt
        if len(alt) >= _MIN_ALT and (src := picture.src) and src in shown:
            found.append(Placement("alt", Caption(alt), src, picture.position, confidence=0.5))
    return found + told_captions(page, placements)


_MAX_UNSEEN = 1_000
_MIN_ALT = 12
"""The least characters of an alt text; shorter ones only name a thing ("photo", "logo")."""

"""Who wrote an article and when, as a page shows it around the headline, where its head says nothing of it."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from media.articles.html.body import Story
from media.articles.html.marks import BYLINE, CHROME, DATE, LIST, marks_of_class
from media.articles.html.page import Block, Element, Page
from media.captions.dates import find_dates
from media.decoding.json_fields import read_moment

_AUTHORS: Final = '[rel~="author"], [itemprop~="author"], .author.vcard, .byline .vcard, .p-author'
"""By HTML, microdata and microformats (hNews, h-entry)."""
_DATES: Final = (
    '[itemprop~="datePublished"]',
    "time[pubdate]",
    "abbr.published[title], .dt-published",
    "time",
    "[data-timestamp], [data-published], [data-datetime]",
)
"""What states when an article appeared, the surest first."""
_VALUES: Final = ("datetime", "content", "data-timestamp", "data-published", "data-datetime", "title")
_NODES: Final = 40
"""The elements looked at: of a long list of teasers, the first decide."""
_PARENTS: Final = 60
_NAME_CHARACTERS: Final = 80
_AUTHORS_MOST: Final = 12
_DATE_CHARACTERS: Final = 120
_BEFORE, _AFTER = 6, 4
"""Blocks before the headline and after the first paragraph in which a date may stand."""
_OTHER_WORDS: Final = 6
"""Words beside a date: a line with more of them is a teaser, or a sentence."""


def large_line(tree: LexborHTMLParser) -> str | None:
    """Return the first line that an old page sets in large letters, as its headline; None if it has none."""
    for node in islice(tree.css(_SIZED), _NODES):
        text = " ".join(node.text().split())
        if _LINE_WORDS[0] <= len(text.split()) <= _LINE_WORDS[1] and _is_large(node.attributes):
            return text if node.parent is None or node.parent.tag != "a" else None
    return None


_SIZED: Final = 'font[size], big, [style*="font-size"]'
_LINE_WORDS: Final = (3, 25)
"""Words of a headline, at least and at most: one or two are a section, or the site's name."""
_FONT = re.compile(r"\s*(?:\+[2-6]|[5-7])\s*")
_STYLE = re.compile(
    r"font-size\s*:\s*(?:x{1,3}-large|(?:2[2-9]|[3-9]\d)(?:\.\d+)?px|(?:1[7-9]|[2-9]\d)(?:\.\d+)?pt|(?:1\.[5-9]|[2-5])\d*r?em"
    r"|(?:1[5-9]|[2-5]\d)\d%)",
    re.IGNORECASE,
)


def _is_large(attributes: Mapping[str, str | None]) -> bool:
    """Return whether an element's size or style says letters half as large again as those of the text, or larger."""
    size, style = attributes.get("size"), attributes.get("style")
    if style and "font-size" in style:
        return _STYLE.search(style[:_STYLE_CHARACTERS]) is not None
    return size is None or _FONT.fullmatch(size) is not None


_STYLE_CHARACTERS: Final = 400


def shown_authors(tree: LexborHTMLParser) -> list[str]:
    """Return the names that the article's own elements mark as its authors."""
    found: list[str] = []
    for node in _own_nodes(_article_node(tree), _AUTHORS):
        named = node.css_first('[itemprop~="name"], .fn, .p-name') or node
        name = " ".join((named.attributes.get("content") or named.text()).split())
        if name and len(name) <= _NAME_CHARACTERS and "://" not in name and name not in found:
            found.append(name)
    return found[:_AUTHORS_MOST]


def named_author(page: Page, story: Story | None) -> str | None:
    """Return the name that a line near the headline is, which its class calls a byline; None if it is no name."""
    if story is None:
        return None
    for item in page.items[max(0, story.start - _NEAR) : story.start + _AFTER]:
        if type(item) is Block and item.marks & BYLINE and not item.marks & (CHROME | LIST):
            name = _BETWEEN.split(item.text[:_NAME_CHARACTERS], maxsplit=1)[0].strip()
            if _NAME.fullmatch(name):
                return name
    return None


_NEAR: Final = 12
_BETWEEN = re.compile(r"\s*[|·•,–—]\s*|\s+-\s+")
_NAME = re.compile(
    r"[^\W\d_a-z][\w.’'-]+(?:\s(?:(?:de|la|van|von|der|al|el|bin|di|da|dos)\s){0,2}[^\W\d_a-z][\w.’'-]*){1,3}"
)


def shown_date(
    tree: LexborHTMLParser, page: Page, heading: Element | None, story: Story | None
) -> str | None:
    """Return when the article appeared: of an element that states it, or of a line that shows it."""
    root = _article_node(tree)
    for selector in _DATES:
        for node in _own_nodes(root, selector):
            told = [value for name in _VALUES if (value := node.attributes.get(name))]
            for value in (*told, node.text()[:_DATE_CHARACTERS]):
                if (moment := read_moment(" ".join(value.split()))) and len(moment) >= _FULL:
                    return moment
    return _date_of_lines(page, heading, story) if story is not None else None


_FULL: Final = len("2023-02-08")


def _date_of_lines(page: Page, heading: Element | None, story: Story) -> str | None:
    """Return the earliest date of the first short line below or above the headline that has one, a day at least."""
    at = next((block.position for block in page.blocks if block.element is heading), story.start)
    # What stands above the headline may also be the day on which the page was saved.
    below = page.items[at : max(at, story.start) + _AFTER]
    for item in (*below, *page.items[max(0, at - _BEFORE) : at]):
        if type(item) is not Block or item.marks & (CHROME | LIST) or len(item.text) > _DATE_CHARACTERS:
            continue
        if item.element is not heading and (day := _day_of(item)):
            return day
    return None


def _day_of(line: Block) -> str | None:
    """Return the earliest day that a line names, if the line says little else."""
    dates = find_dates(line.text)
    days = sorted(date.iso for date in dates if len(date.iso) == _FULL and date.iso[0] != "-")
    others = len(line.text.split()) - sum(len(line.text[date.start : date.end].split()) for date in dates)
    return days[0] if days and (line.marks & DATE or others <= _OTHER_WORDS) else None


def _article_node(tree: LexborHTMLParser) -> LexborNode | None:
    """Return the element that is the article: the one around the first ``h1``, else the only one, else the body."""
    node = tree.css_first("h1")
    for _ in range(_PARENTS):
        if node is None:
            break
        if node.tag in ("article", "main"):
            return node
        node = node.parent
    articles = list(islice(tree.css("article"), 2))
    return articles[0] if len(articles) == 1 else tree.body


def _own_nodes(root: LexborNode | None, selector: str) -> Iterator[LexborNode]:
    """Yield the elements of an article that no furniture (links to other stories, comments) holds."""
    if root is None:
        return
    for node in islice(root.css(selector), _NODES):
        parent = node.parent
        for _ in range(_PARENTS):
            if parent is None or parent.mem_id == root.mem_id:
                yield node
                break
            if parent.tag in ("aside", "nav", "footer", "li") or marks_of_class(_names(parent)) & CHROME:
                break
            parent = parent.parent


def _names(node: LexborNode) -> str:
    attributes = node.attributes
    return f"{attributes.get('class') or ''} {attributes.get('id') or ''}".strip()

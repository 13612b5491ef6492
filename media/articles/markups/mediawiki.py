"""Exports of wikis that run MediaWiki: pages with their revisions, of which the newest is the article.

Only pages with text of their own are articles: talk, files, templates and categories are not, nor is a page that leads
to another one.

Source: MediaWiki's export format 0.10 and 0.11.
"""

import re
from collections.abc import Iterator
from urllib.parse import quote, urljoin
from xml.etree.ElementTree import Element

from media.articles.article import Article, Found, Hints
from media.articles.markups.wikitext import read_page
from media.decoding.json_fields import read_language
from media.decoding.xmltree import local_name, parse_xml
from media.errors import ArticleError

_REDIRECT = re.compile(r"\s*#\s?\w+\s*:?\s*\[\[", re.IGNORECASE)
_ARTICLES = ("0", "")
"""The name space of articles, by its number."""


def read_mediawiki(data: bytes, hints: Hints) -> Iterator[Found]:
    """Yield the articles of an export; of one without any, that it only supports others.

    :raises ArticleError: nothing of it can be read.
    """
    root, fault = parse_xml(data)
    if root is None:
        raise ArticleError(f"the XML cannot be read: {fault}", "Export the wiki again.")
    language = read_language(root.get("{http://www.w3.org/XML/1998/namespace}lang"))
    base = next((_text(each) for each in root.iter() if local_name(each) == "base"), "")
    articles = [_read_page(page, language, base) for page in root if local_name(page) == "page"]
    yield from (article for article in articles if article is not None)
    if fault:
        yield ArticleError(f"the XML breaks off: {fault}", "Export the page again.")
    elif not any(articles):
        yield "support"


def _read_page(page: Element, language: str | None, base: str) -> Article | None:
    title, space, newest, at = "", "", "", ""
    for child in page:
        name = local_name(child)
        if name == "title":
            title = _text(child)
        elif name == "ns":
            space = _text(child)
        elif name == "redirect":
            return None
        elif name == "revision":
            told = {local_name(each): each.text or "" for each in child}
            if told.get("timestamp", "") >= at and "text" in told:
                newest, at = told["text"], told.get("timestamp", "")
    if space not in _ARTICLES or not newest.strip() or _REDIRECT.match(newest):
        return None
    url = _address(base, title)
    return read_page(newest, title or None, language, url)


def _address(base: str, title: str) -> str | None:
    """Return the address of a page, from the address of the wiki's first page; None if that is not an address."""
    if not base.startswith("http") or not title:
        return None
    try:
        return urljoin(base, quote(title.replace(" ", "_"), safe="/:()',"))
    except ValueError:  # a host in brackets that is no IPv6 address
        return None


def _text(element: Element) -> str:
    return " ".join((element.text or "").split())

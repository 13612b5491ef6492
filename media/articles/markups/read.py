"""The reader of each lightweight markup, by its media type."""

from collections.abc import Callable

from media.articles.article import Article
from media.articles.markups.asciidoc import read_asciidoc
from media.articles.markups.bbcode import read_bbcode
from media.articles.markups.org import read_org
from media.articles.markups.restructuredtext import read_restructuredtext
from media.articles.markups.textile import read_textile
from media.articles.markups.wikitext import read_wikitext

READERS: dict[str, Callable[[bytes, str], Article]] = {
    "text/x-rst": read_restructuredtext,
    "text/asciidoc": read_asciidoc,
    "text/x-org": read_org,
    "text/x-textile": read_textile,
    "text/x-bbcode": read_bbcode,
    "text/x-wiki": read_wikitext,
}


def read_markup(media_type: str, data: bytes, name: str = "") -> Article:
    """Return the article of a text in the markup of this media type; ``name`` is that of its file."""
    return READERS[media_type](data, name)

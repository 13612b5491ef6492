"""Which lightweight markup a text is in, asked in this order: what one of them has of its own comes first."""

from collections.abc import Callable

from media.articles.markups.asciidoc import looks_like_asciidoc
from media.articles.markups.bbcode import looks_like_bbcode
from media.articles.markups.org import looks_like_org
from media.articles.markups.restructuredtext import looks_like_restructuredtext
from media.articles.markups.textile import looks_like_textile
from media.articles.markups.wikitext import looks_like_wikitext

KINDS: tuple[tuple[Callable[[bytes, str], bool], str], ...] = (
    (looks_like_textile, "text/x-textile"),
    (looks_like_restructuredtext, "text/x-rst"),
    (looks_like_asciidoc, "text/asciidoc"),
    (looks_like_org, "text/x-org"),
    (looks_like_wikitext, "text/x-wiki"),
    (looks_like_bbcode, "text/x-bbcode"),
)
"""What knows each, by its first bytes and its name, and its media type."""

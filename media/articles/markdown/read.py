"""An article from a text in Markdown: front matter, body, pictures and their captions."""

import re
from collections.abc import Mapping
from dataclasses import replace

from media.articles.article import Article, Hints
from media.articles.markdown.front_matter import split_front_matter
from media.articles.markdown.lead import find_lead_pictures
from media.articles.markdown.plain import plain
from media.articles.markdown.render import Renderer
from media.articles.markdown.shortcodes import Shortcodes
from media.articles.markdown.source import prepare
from media.articles.markup import Shown
from media.articles.written import Written, read_written, without_marks
from media.decoding.encoding import decode_text
from media.decoding.json_fields import ARTICLE, read_language, read_moment, read_words


def read_document(data: bytes, hints: Hints) -> Article:
    """:func:`read_markdown`, of a record."""
    return read_markdown(data, name=hints.name)


def read_markdown(data: bytes, name: str = "") -> Article:
    """Return the article of a Markdown document; every text is one.

    ``name`` is that of its file: Jekyll's begin with the day on which the article appeared.
    """
    fields, text = split_front_matter(without_marks(decode_text(data).text))
    shown: list[Shown] = []
    text = prepare(text, Shortcodes(shown, fields), shown)
    # Pandoc makes a figure of every image that stands alone, and its alt text the caption.
    alt_is_caption = re.search(r"\.[rq]md$", name, re.IGNORECASE) is not None
    written = Renderer(shown, alt_is_caption=alt_is_caption).render(text)
    return read_written(replace(front_matter_of(fields, name), html=written, pictures=shown))


def front_matter_of(fields: Mapping[str, object], name: str) -> Written:
    """Return what the fields of front matter, and the name of the file, say of the article; its text is still empty."""
    found = ARTICLE.pick(fields)
    url = read_words(found.get("url"))
    return Written(
        "",
        (),
        headline=plain(read_words(found.get("headline"), " ") or "") or None,
        byline=read_words(found.get("byline")),
        dateline=read_words(found.get("dateline")),
        published_at=read_moment(found.get("published_at")) or _date_of_name(name),
        language=read_language(found.get("language")),
        url=url if url and re.match(r"https?://", url) else None,
        leads=find_lead_pictures(fields),
    )


def _date_of_name(name: str) -> str | None:
    found = re.match(r"(\d{4}-\d\d-\d\d)[-_.]", name)
    return read_moment(found[1]) if found else None

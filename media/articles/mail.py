"""The article of a message: its text, with the data of its headers."""

from dataclasses import replace
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime
from typing import Final

from media.articles.article import Article, Hints
from media.articles.html.read import read_html
from media.articles.story import read_html_story
from media.articles.text.read import read_text
from media.decoding.encoding import decode_text
from media.decoding.mime import header_text

_PARSER: Final = BytesHeaderParser()


def read_record(data: bytes, hints: Hints) -> Article:
    """:func:`read_mail`, of a record."""
    return read_mail(data)


def read_mail(data: bytes) -> Article:
    """Return the article in the text of a message from :class:`media.archives.mail.Mail`.

    Raises :class:`media.errors.ArticleError` if the text is not an article.
    """
    head, _, text = data.partition(b"\n\n")
    headers = _PARSER.parsebytes(head + b"\n\n")
    told = {name: header_text(headers, name) for name in ("Subject", "From", "Date")}
    charset = headers.get_content_charset()
    if headers.get_content_type() == "text/html":
        article = read_html(text, charset=charset)
        if not article.body.strip():  # a letter set in tables alone
            story = read_html_story(decode_text(text, declared=charset, html=True).text)
            article = replace(article, body=story.text, body_positions=story.positions)
    else:
        article = read_text(text, charset=charset, name="the message")
    names = [name or address for name, address in getaddresses([told["From"] or ""])]
    return replace(
        article,
        headline=told["Subject"] or article.headline,
        byline=article.byline or ", ".join(name for name in names if name) or None,
        published_at=_moment(told["Date"]) or article.published_at,
    )


def _moment(value: str | None) -> str | None:
    try:
        return parsedate_to_datetime(value).isoformat() if value else None
    except (ValueError, OverflowError):
        return None

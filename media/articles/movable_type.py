"""Exports of Movable Type and TypePad: entries of lines ``NAME: value`` and of sections, of which the body is one.

Source: The Movable Type Import / Export Format (Six Apart).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final

from media.articles.article import Article, Found, Hints
from media.articles.article.byline import read_dateline
from media.articles.article.language import guess_language
from media.articles.story import Story, plain_line, read_html_story
from media.articles.wordpress import with_paragraphs
from media.decoding.encoding import decode_text
from media.formats import format_of, load

_ENTRY_END: Final = re.compile(r"^-{8}[ \t]*$", re.MULTILINE)
_SECTION_END: Final = re.compile(r"^-{5}[ \t]*$", re.MULTILINE)
_SECTION: Final = re.compile(r"\s*([A-Z][A-Z ]{2,20}):[ \t]*\n")
_LINE: Final = re.compile(r"^([A-Z][A-Z ]{2,20}):[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_BEGINS: Final = re.compile(
    rb"\s*(?:[A-Z][A-Z ]{2,20}:[^\n]{0,500}\n){2,60}-{5}[ \t]*\r?\n(?:BODY|EXTENDED BODY|EXCERPT|KEYWORDS):"
)
_MOMENTS: Final = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y")
_TELLS_LANGUAGE: Final = 800


def looks_like_movable_type(head: bytes, name: str) -> bool:
    """Return whether a text begins with the lines of an entry, and a section."""
    return _BEGINS.match(head) is not None


def read_movable_type(data: bytes, hints: Hints) -> Iterator[Found]:
    """Yield the entries that were published; of an export without any, that it only supports others."""
    text = decode_text(data, declared=hints.charset).text.replace("\r\n", "\n")
    found = False
    for entry in _ENTRY_END.split(text):
        article = _read_entry(entry)
        if article is not None:
            found = True
            yield article
    if not found:
        yield "support"


def _read_entry(entry: str) -> Article | None:
    head, *sections = _SECTION_END.split(entry)
    told = {name: value for name, value in reversed(_LINE.findall(head)) if value}
    kept = dict(_named(section) for section in reversed(sections))
    if told.get("STATUS", "Publish").lower() != "publish":
        return None
    story = _read_body(kept, told)
    headline = plain_line(told.get("TITLE", "")) or None
    if not story.text and not headline and not story.placements:
        return None
    url = told.get("UNIQUE URL", "")
    return Article(
        body=story.text,
        headline=headline,
        byline=told.get("AUTHOR"),
        dateline=read_dateline(story.text),
        published_at=_moment(told.get("DATE", "")),
        language=guess_language(story.text[:_TELLS_LANGUAGE]),
        url=url if re.match(r"https?://", url) else None,
        placements=story.placements,
        body_positions=story.positions,
    )


def _named(section: str) -> tuple[str, str]:
    found = _SECTION.match(section)
    return (found[1], section[found.end() :]) if found else ("", section)


def _read_body(kept: Mapping[str, str], told: Mapping[str, str]) -> Story:
    """Read the body and what follows below the fold, as the entry says that its text is written."""
    text = "\n\n".join(part for name in ("BODY", "EXTENDED BODY") if (part := kept.get(name, "").strip()))
    written = told.get("CONVERT BREAKS", "1").lower()
    if written.startswith("markdown"):
        article = load(format_of("text/markdown").reader)(text.encode("utf-8", "replace"), Hints())
        return Story(article.body, article.placements, article.body_positions)
    return read_html_story(text if written in ("0", "richtext") else with_paragraphs(text))


def _moment(value: str) -> str | None:
    for form in _MOMENTS:
        with suppress(ValueError):
            return datetime.strptime(value, form).isoformat()  # noqa: DTZ007 - nobody says the offset
    return None

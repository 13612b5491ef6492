"""Plain-text articles."""

from media.articles.article import Article
from media.articles.encoding import decode_text, looks_like_text
from media.captions.caption import Caption, Placement
from media.errors import ArticleError


def read_text(data: bytes, *, charset: str | None = None, name: str | None = None) -> Article:
    """The article in a text: a line that opens it twice is a caption and its copy, the rest is body."""
    if not looks_like_text(data):
        raise ArticleError("it is no text", "Check where it came from; rename it if it is something else.")
    lines = decode_text(data, declared=charset).text.split("\n")
    doubled = 2 if len(lines) > 1 and lines[0] == lines[1] else 0
    placements = tuple(
        Placement("text-line", Caption(line), position=number) for number, line in enumerate(lines[:doubled])
    )
    return Article("\n".join(lines[doubled:]), placements=placements)

"""An article format: lines of ``Name: value``, a blank line, and the story.

FIELDNOTE
Headline: The crane stood still
By: Ines Tessen
Picture: crane.jpg | The crane at the harbour on Monday.

The crane stood still all week.
"""

import re

from media.articles.article import Article, Hints
from media.captions.stated import place_stated
from media.errors import ArticleError

_MARK = b"FIELDNOTE\n"


def looks_like_note(head: bytes, name: str) -> bool:
    """Tell a field note by its first line."""
    return head.startswith(_MARK)


def read_note(data: bytes, hints: Hints) -> Article:
    """Read one field note.

    :raises ArticleError: it has no story.
    """
    head, blank, body = data.removeprefix(_MARK).decode(errors="replace").partition("\n\n")
    if not blank:
        raise ArticleError("the field note has no story after its blank line", "Write one, or leave it out.")
    said = re.findall(r"^(\w+): *(.*)$", head, re.MULTILINE)
    fields = dict(said)
    pictures = [value.partition("|") for name, value in said if name == "Picture"]
    shown = (
        place_stated(
            "text-line", src.strip(), caption, position=position
        )  # parts the credit from the caption
        for position, (src, _, caption) in enumerate(pictures)
    )
    return Article(
        body.strip(),
        headline=fields.get("Headline"),
        byline=fields.get("By"),
        url=hints.url,
        placements=tuple(filter(None, shown)),
    )

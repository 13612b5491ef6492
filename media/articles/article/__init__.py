"""An article as its reader sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from media.captions.caption import Placement
from media.errors import ArticleError
from media.formats import Unread

MAX_PICTURES: Final = 20_000
"""The most pictures of one article, and of one list in it: more are an attack or a fault."""


@dataclass(frozen=True, slots=True)
class Article:
    """The text of one article, with the pictures and captions that it shows."""

    body: str
    """The article's own paragraphs, one a line, without captions and page furniture."""
    headline: str | None = None
    byline: str | None = None
    """The authors, as shown ("By Zeina Karam and Bassem Mroue")."""
    dateline: str | None = None
    """The place of writing, from the opening of the body ("BEIRUT (AP)")."""
    published_at: str | None = None
    """ISO 8601: a date, or a date and time with its offset."""
    language: str | None = None
    """BCP 47 tag ("en", "pt-BR")."""
    url: str | None = None
    """The page's own canonical address."""
    placements: tuple[Placement, ...] = ()
    """Every showing of a picture or a caption, in reading order."""
    fields: Mapping[str, object] | None = None
    """For a JSON record: the fields that are not part of an article, unchanged."""
    body_positions: tuple[int, ...] = ()
    """The position of each line of the body among the blocks, or lines, that placements count; () where unknown."""


@dataclass(frozen=True, slots=True)
class Hints:
    """The data known of an article's record, beside its bytes. Every reader of articles gets them."""

    name: str = ""
    """The locator of its file."""
    url: str | None = None
    """The address that it was captured from."""
    charset: str | None = None
    """The encoding declared with the bytes."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """For JSON: pairs of a name and the field that holds it (``--fields``)."""


Found = Article | Placement | ArticleError | Unread
"""A result of a reader of articles: an article; a placement, if a record describes a picture like a sidecar; an error,
besides the part that could be read; ``"support"``, if the record holds nothing to read."""

"""An article as its reader sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from media.captions.caption import Placement
from media.errors import ArticleError
from media.formats import Unread


@dataclass(frozen=True, slots=True)
class Article:
    """The text of one article, with the pictures and captions that it shows."""

    body: str
    """The article's own paragraphs, one a line, without captions and page furniture."""
    headline: str | None = None
    byline: str | None = None
    """Who wrote it, as shown ("By Zeina Karam and Bassem Mroue")."""
    dateline: str | None = None
    """Where it was written, as the opening of the body says ("BEIRUT (AP)")."""
    published_at: str | None = None
    """ISO 8601: a date, or a date and time with its offset."""
    language: str | None = None
    """BCP 47 tag ("en", "pt-BR")."""
    url: str | None = None
    """The page's own canonical address."""
    placements: tuple[Placement, ...] = ()
    """Every showing of a picture or a caption, in reading order."""
    fields: Mapping[str, object] | None = None
    """Of a JSON record: the fields that are no part of an article, as they were."""
    body_positions: tuple[int, ...] = ()
    """The position of each line of the body among the blocks, or lines, that placements count; () where unknown."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of an article's record beside its bytes; every reader of articles is given it."""

    name: str = ""
    """Of its file."""
    url: str | None = None
    """Where it was captured."""
    charset: str | None = None
    """As it was declared with the bytes."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Of JSON: what is meant, and the field that holds it (``--fields``)."""


Found = Article | Placement | ArticleError | Unread
"""What a reader of articles may yield: an article; a placement, where a record tells of a picture as a sidecar does; an
error, for what is wrong beside what could be read; ``"support"``, where nothing is to be read in it."""

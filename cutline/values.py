"""The values that a catalogue returns: frozen, with plain fields, so that a list of them makes a pandas table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Article:
    """An article, as it was read."""

    id: int
    locator: str
    """Its place in its source: ``2020/02/page.html``, ``crawl.warc.gz#18231``."""
    url: str | None
    headline: str | None
    byline: str | None
    dateline: str | None
    published_at: str | None
    """ISO 8601, as far as it is known."""
    captured_at: str | None
    language: str | None
    words: int
    body: str
    """Its own paragraphs, one a line, without captions."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption that the reader of a page sees, at one place."""

    text: str
    credit_line: str | None
    date: str | None
    place: str | None
    locator: str
    """The locator of the article."""
    url: str | None
    headline: str | None
    position: int
    image_src: str | None
    """The picture's address, as the page gives it."""
    image_sha256: str | None
    image_locator: str | None
    """The picture's place in the archive, if it is there."""
    origin: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, identified by its bytes."""

    sha256: str
    format: str
    width_px: int
    height_px: int
    frames: int
    files: int
    """The number of records that hold it."""
    locator: str
    """The place of the first of them."""
    byte_size: int
    headline: str | None
    caption: str | None
    """From the file, or from the sidecar beside it."""
    byline: str | None
    credit_line: str | None
    created_at: str | None
    city: str | None
    country: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a caption that repeats, or that is in conflict."""

    text: str
    credit_line: str | None
    locator: str
    url: str | None
    headline: str | None
    position: int | None
    """The number of the block, or line, that shows it; None in a conflict."""
    origin: str
    image_sha256: str | None
    difference: str | None
    """The difference from the first caption of its group."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A caption that repeats."""

    id: int
    kind: str
    """doubled, reused, edited, extended, echoed, or changed-fact (the same except for a fact; never merged)."""
    scope: str | None
    """other-story, syndicated, variant, recapture, or one-picture."""
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """One picture with captions that do not say the same."""

    id: int
    grade: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """One file of a group of pictures."""

    locator: str
    sha256: str
    width_px: int
    height_px: int
    byte_size: int | None
    keeper: bool
    """True for the keeper, which represents the group."""
    reason: str | None
    """Why it is kept, or how it relates to the keeper."""
    distance_bits: int | None
    """The distance of its perceptual hash from the keeper's, 0..64."""
    aligned_similarity: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures that show the same."""

    id: int
    kind: str
    """same-bytes, same-pixels, near, or part."""
    copies: tuple[Copy, ...]
    """The keeper first."""

    @property
    def keeper(self) -> Copy:
        """The copy that represents the group."""
        return self.copies[0]


@dataclass(frozen=True, slots=True)
class Story:
    """Articles that tell one story."""

    id: int
    headline: str | None
    articles: tuple[tuple[str, str], ...]
    """The kind (original, version, copy, capture) and locator of each article, the original first."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A record that could not be read, and a remedy."""

    locator: str
    stage: str
    reason: str
    remedy: str
    count: int | None
    """For formats that are not read: the number of records of one type."""

"""A caption, and its placement beside a picture in an article."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

Origin = Literal[
    "figcaption",
    "class",
    "near-image",
    "text-line",
    "json-ld",
    "nitf",
    "newsml",
    "ninjs",
    "jsonl",
    "feed",
    "shortcode",
    "sidecar",
    "iptc",
    "xmp",
    "exif",
    "alt",
]
"""The place in which a caption was found."""

ORIGINS: tuple[Origin, ...] = get_args(Origin)

UNSEEN_ORIGINS: tuple[Origin, ...] = ("json-ld", "sidecar", "iptc", "xmp", "exif", "alt")
"""Origins that the reader of a page does not see."""

FILE_ORIGINS: tuple[Origin, ...] = ("sidecar", "iptc", "xmp", "exif")
"""Origins in the file of a picture, or in one beside it."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption of a picture."""

    text: str
    """The text as found, without credit and lead-in, and with white space folded."""
    credit_line: str | None = None
    """Who made or supplied the picture, as found ("(Adel Hana/Associated Press)")."""
    date: str | None = None
    """The date that the caption names, ISO 8601 as far as it is known ("2020-02-27", "2020-02")."""
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """One showing: a picture, a caption, or both, at a position of an article."""

    origin: Origin
    caption: Caption | None = None
    """None: a picture without a caption."""
    image_src: str | None = None
    """The picture's address as the page gives it, the best one where it gives several;
    None: a caption whose picture is not known."""
    position: int = 0
    """Index in reading order of the block that shows it; 0 for embedded captions."""
    lead: str | None = None
    """Lead-in removed from the caption's front ("FILE", "Above:")."""
    confidence: float = 1.0
    """0..1: how sure it is that this is a caption of this picture."""
    evidence: Mapping[str, object] = field(default_factory=dict)
    """Why, in plain JSON values: what a person needs to check the finding. ``found`` holds the
    whole text as found wherever the caption's text differs from it; ``image_srcs`` the other
    addresses of the picture."""


def doubted(placements: Iterable[Placement], doubt: str | None) -> Iterator[Placement]:
    """Yield placements whose evidence says that the encoding of their text is in doubt, where it is."""
    for placement in placements:
        if doubt is None or placement.caption is None:
            yield placement
        else:
            yield replace(placement, evidence={**placement.evidence, "encoding": doubt})

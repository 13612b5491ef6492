"""Every kind of finding, declared once: its name, what it is called and explained as, and its place in the order.

To add one, give it a row here, have its matcher find it (:mod:`media.matching`), and let the table hold it (a
migration). Reports, the page of reports, browsing, cleanup and counts take it from here.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding."""

    name: str
    """In the catalogue, in JSON and behind ``--kind``."""
    label: str
    """On the pages of browsing."""
    help: str
    """One sentence."""
    heading: str
    """Of its card in a report."""


class Kinds(tuple[Kind, ...]):
    """Kinds of one sort, in the order in which people are shown them."""

    __slots__ = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What they are called in the catalogue."""
        return tuple(each.name for each in self)

    @property
    def labels(self) -> dict[str, tuple[str, str]]:
        """What the pages call and explain each as."""
        return {each.name: (each.label, each.help) for each in self}

    @property
    def headings(self) -> dict[str, str]:
        """What a card of each is headed with."""
        return {each.name: each.heading for each in self}

    def order_sql(self, column: str) -> str:
        """Return what rows are ordered by so that their kinds stand in this order."""
        return f"instr('{' '.join(self.names)}', {column})"


CAPTION_KINDS = Kinds((
    Kind("doubled", "Doubled", "Twice within one article.", "Doubled on its page"),
    Kind("reused", "Reused", "The same words in several articles.", "Reused on other pages"),
    Kind("edited", "Edited", "The same fact in other words.", "Edited: the same fact in other words"),
    Kind("extended", "Extended", "One caption holds the other.", "Extended: one holds the other"),
    Kind("echoed", "Echoed", "The article's own text says it too.", "Echoed by the article's own text"),
    Kind(
        "changed-fact",
        "Changed fact",
        "Alike but for a date, a number or a name: worth a look.",
        "Changed fact: review, never merged",
    ),
))  # fmt: skip

IMAGE_KINDS = Kinds((
    Kind("same-bytes", "Same file", "Byte for byte the same.", "Same bytes"),
    Kind("same-pixels", "Same pixels", "Only metadata or packing differ.", "Same pixels, other metadata"),
    Kind(
        "near",
        "Near copies",
        "The whole picture again: resized, recompressed, mirrored or retouched.",
        "Near-duplicates",
    ),
    Kind("part", "Crops", "One picture is a part of the other, or shown inside it.", "Part of one another"),
))  # fmt: skip
"""Of groups of pictures, the surest first."""

MATCH_KINDS = Kinds((
    *IMAGE_KINDS,
    Kind("related", "Same scene", "Another frame of the same scene: not a copy.", "The same scene"),
))  # fmt: skip
"""Of two pictures."""

CONFLICT_GRADES = Kinds((
    Kind(
        "fact",
        "Fact",
        "The captions disagree on a date, a place, a number or a name.",
        "The captions disagree on a fact",
    ),
    Kind(
        "picture",
        "Picture",
        "One caption, and pictures that do not show the same.",
        "One caption under pictures that do not show the same",
    ),
    Kind("detail", "Detail", "One caption says more than the other.", "One caption says more"),
    Kind("wording", "Wording", "Other words for the same.", "Other wording"),
    Kind("credit", "Credit", "Only the credit differs.", "Other credit only"),
))  # fmt: skip
"""The gravest first."""

CORRECTION_GRADES = Kinds((
    Kind("fact", "Fact", "A date, a place, a number or a name was changed, or all of it.", "A fact was changed"),
    Kind("detail", "Detail", "Something was added or taken away.", "Something was added or taken away"),
    Kind("wording", "Wording", "Other words for the same.", "Other words"),
    Kind("credit", "Credit", "Only the credit was changed.", "Another credit"),
))  # fmt: skip

FURNITURE_KINDS = Kinds((
    Kind("logo", "Logos", "Of papers, agencies, houses.", "Logo"),
    Kind("icon", "Icons", "Of menus, sharing, navigation.", "Icon"),
    Kind("portrait", "Portraits", "Of authors, beside their names.", "Portrait of an author"),
    Kind("advert", "Adverts", "By their address, or their size and who serves them.", "Advert"),
    Kind("sprite", "Sprites", "Several icons in one picture.", "Several icons in one picture"),
    Kind("pixel", "Pixels", "They count readers, or fill a gap.", "Pixel that counts readers"),
    Kind("decided", "Decided", "As a person decided.", "Furniture, as a person decided"),
    Kind(
        "caption", "Captions", "They say nothing of their picture.", "Caption that says nothing of its picture"
    ),
))  # fmt: skip

STORY_KINDS = Kinds((
    Kind("original", "Original", "The earliest article of the story.", "the earliest"),
    Kind("version", "Version", "Another form of it at the same publisher.", "another form of it at the same publisher"),
    Kind("copy", "Copy", "At another publisher.", "at another publisher"),
    Kind("capture", "Capture", "The same page, captured again.", "captured again"),
))  # fmt: skip
"""Of an article within its story."""

ORPHAN_KINDS = Kinds((
    Kind(
        "caption",
        "Caption",
        "A caption whose picture is not in the archive.",
        "Caption whose picture is not in the archive",
    ),
    Kind(
        "missing",
        "Missing",
        "A page shows it and the archive lacks it.",
        "Picture that a page shows and the archive lacks",
    ),
    Kind("uncaptioned", "Uncaptioned", "Nothing is said of it.", "Picture without any caption"),
))  # fmt: skip

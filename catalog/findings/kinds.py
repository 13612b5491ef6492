"""Every kind of finding, declared once: its name, label, explanation, heading, and place in the order.

To add one, add a row here, make its matcher find it (:mod:`media.matching`), and let the table hold it (a migration).
Reports, the HTML report, browsing, cleanup and counts read it from here.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding."""

    name: str
    """Its name in the catalogue, in JSON and for ``--kind``."""
    label: str
    """Its label on the pages of browsing."""
    help: str
    """Its explanation: one sentence."""
    heading: str
    """The heading of its card in a report."""


class Kinds(tuple[Kind, ...]):
    """Kinds of one sort, in the order in which people are shown them."""

    __slots__ = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Their names in the catalogue."""
        return tuple(each.name for each in self)

    @property
    def labels(self) -> dict[str, tuple[str, str]]:
        """The label and explanation of each, for the pages."""
        return {each.name: (each.label, each.help) for each in self}

    @property
    def headings(self) -> dict[str, str]:
        """The heading of a card of each."""
        return {each.name: each.heading for each in self}

    def order_sql(self, column: str) -> str:
        """Return an ORDER BY term that sorts rows by their kind in this order."""
        return f"instr('{' '.join(self.names)}', {column})"


CAPTION_KINDS = Kinds((
    Kind("doubled", "Doubled", "Twice within one article.", "Doubled on its page"),
    Kind("reused", "Reused", "The same words in several articles.", "Reused on other pages"),
    Kind("edited", "Edited", "The same fact in other words.", "Edited: the same fact in other words"),
    Kind("extended", "Extended", "One caption contains the other.", "Extended: one holds the other"),
    Kind("echoed", "Echoed", "The article's own text repeats the caption.", "Echoed by the article's own text"),
    Kind(
        "changed-fact",
        "Changed fact",
        "The same except for a date, a number or a name: worth a look.",
        "Changed fact: review, never merged",
    ),
))  # fmt: skip

IMAGE_KINDS = Kinds((
    Kind("same-bytes", "Same file", "Byte for byte the same.", "Same bytes"),
    Kind("same-pixels", "Same pixels", "Only metadata or encoding differ.", "Same pixels, other metadata"),
    Kind(
        "near",
        "Near copies",
        "The whole picture again: resized, recompressed, mirrored or retouched.",
        "Near-duplicates",
    ),
    Kind("part", "Crops", "One picture is a part of the other, or is shown inside it.", "Part of one another"),
))  # fmt: skip
"""Kinds of groups of pictures, the surest first."""

MATCH_KINDS = Kinds((
    *IMAGE_KINDS,
    Kind("related", "Same scene", "Another frame of the same scene: not a copy.", "The same scene"),
))  # fmt: skip
"""Kinds of matches of two pictures."""

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
        "One caption is used for pictures that show different things.",
        "One caption under pictures that show different things",
    ),
    Kind("detail", "Detail", "One caption says more than the other.", "One caption says more"),
    Kind("wording", "Wording", "Other words for the same.", "Other wording"),
    Kind("credit", "Credit", "Only the credit differs.", "Other credit only"),
))  # fmt: skip
"""Grades of conflicts, the gravest first."""

CORRECTION_GRADES = Kinds((
    Kind("fact", "Fact", "A date, place, number or name was changed, or the whole caption.", "A fact was changed"),
    Kind("detail", "Detail", "Something was added or removed.", "Something was added or removed"),
    Kind("wording", "Wording", "Other words for the same.", "Other words"),
    Kind("credit", "Credit", "Only the credit was changed.", "Another credit"),
))  # fmt: skip

FURNITURE_KINDS = Kinds((
    Kind("logo", "Logos", "Logos of papers, agencies and other organisations.", "Logo"),
    Kind("icon", "Icons", "Icons of menus, sharing and navigation.", "Icon"),
    Kind("portrait", "Portraits", "Pictures of authors beside their names.", "Portrait of an author"),
    Kind("advert", "Adverts", "Recognised by their address, or by their size and their server.", "Advert"),
    Kind("sprite", "Sprites", "Several icons in one picture.", "Several icons in one picture"),
    Kind("pixel", "Pixels", "Tiny pictures that count readers or fill a gap.", "Pixel that counts readers"),
    Kind("decided", "Decided", "Marked as furniture by a person.", "Furniture, as a person decided"),
    Kind(
        "caption", "Captions", "They do not describe their picture.", "Caption that does not describe its picture"
    ),
))  # fmt: skip

SCOPE_KINDS = Kinds((
    Kind("other-story", "Another story", "The caption is also used in another story.", "Reused under another story"),
    Kind("syndicated", "Syndicated", "The same story at another publisher.", "The same story at another publisher"),
    Kind(
        "variant",
        "Variants",
        "Another form of the same page: mobile, AMP, print, moved.",
        "Another form of the same page",
    ),
    Kind("recapture", "Recaptures", "The same page, captured again.", "The same page captured again"),
    Kind(
        "one-picture",
        "In copies of one picture",
        "The caption of one picture, in its copies.",
        "The caption of one picture, in its copies",
    ),
))  # fmt: skip
"""Scopes of a repeat: how its places relate, first what an archivist looks for."""

LISTED_SCOPE = "other-story"
"""The scope whose repeats are listed, as are those without a scope; the others are only counted, unless asked for."""

CREDIT_KINDS = Kinds((
    Kind("learned", "Learned", "The archive shows it to be a credit.", "Learned credit"),
    Kind("decided", "Decided", "A credit, as a person decided.", "Credit, as a person decided"),
    Kind("off", "Turned off", "No credit, as a person decided.", "No credit, as a person decided"),
))  # fmt: skip
"""States of the names that captions end in."""

STORY_KINDS = Kinds((
    Kind("original", "Original", "The earliest article of the story.", "the earliest"),
    Kind("version", "Version", "Another form at the same publisher.", "another form of it at the same publisher"),
    Kind("copy", "Copy", "The story at another publisher.", "at another publisher"),
    Kind("capture", "Capture", "The same page, captured again.", "captured again"),
))  # fmt: skip
"""Kinds of an article within its story."""

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
        "A page shows the picture, but the archive lacks it.",
        "Picture that a page shows and the archive lacks",
    ),
    Kind("uncaptioned", "Uncaptioned", "A picture that has no caption.", "Picture without any caption"),
))  # fmt: skip

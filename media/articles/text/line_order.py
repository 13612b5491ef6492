"""The order in which a document sets captions and their credits: decided from the lines where it is plain, then used
for the others.

A credit in a line of its own stands below its caption or above it. Beside one that stands between a paragraph and a
short line, the short line is its caption; what most of these show is how the document does it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from media.articles.text.line_alone import LABELLED, LoneLine
from media.captions.credit import credit_words


@dataclass(frozen=True, slots=True)
class OwnCredit:
    """The credit of a line that stands in a line of its own."""

    index: int
    """The line of the credit."""
    where: str
    """"above" or "below"."""
    reason: str
    """What shows that it is this line's: :data:`BESIDE` or :data:`AS_ELSEWHERE`."""
    sure: bool
    """Both show it, or one does plainly."""


BESIDE: Final = "what stands on its other side is no caption"
AS_ELSEWHERE: Final = "as the other credits of the document stand"

_LIKE_CAPTIONS: Final = frozenset(
    {
        "caption words",
        "position in brackets",
        "full date, apart",
        "place and date close a sentence",
        "begins as captions do",
        "lead-in",
        "date at the end",
    }
)
_LIKE_PROSE: Final = frozenset(
    {
        "reported speech",
        "begins with a quotation",
        "quotation marks",
        "speaks to its reader",
        "question",
        "dateline",
    }
)
_NO_CAPTION: Final = frozenset(
    {
        "byline",
        "date alone",
        "counter",
        "no letters",
        "interface words alone",
        "begins with furniture and a sign",
    }
)
_NO_PHRASE: Final = frozenset({"bars or bullets", "clock time", "address", "ends with a colon"})
"""Signals of lines without a full stop that are no captions."""
_NO_CREDIT: Final = frozenset({"address", "speaks to its reader"})
"""Signals of notices that name a house."""
_COPYRIGHT: Final = ("©", "(c)", "(C)")
_FEWEST_WORDS: Final = 5
"""Words of a caption beside a name in capitals that may be a heading as well."""


@dataclass(frozen=True, slots=True)
class Order:
    """How a document sets its captions and credits."""

    owned: Mapping[int, OwnCredit]
    """The credits in lines of their own, by the lines whose captions they belong to."""
    owners: Mapping[int, int]
    """The lines of these captions, by the lines of their credits."""
    signed: int
    """Captions that end in their credits."""
    credited: int
    """These, and captions with a credit beside them that is surely theirs."""
    alone: frozenset[int] = frozenset()
    """The lines of credits under pictures without captions."""


def see_order(lines: Sequence[LoneLine], told: frozenset[str]) -> Order:
    """See in which order a document sets captions and credits; ``told`` holds the words of its article."""
    named = any(line.in_capitals and " " in line.text for line in lines)
    places = [index for index, line in enumerate(lines) if _is_credit(line) or (named and line.in_capitals)]
    signed = sum(1 for line in lines if _is_signed(line))
    copies = {index: owner for index in places if (owner := _copied(lines, index)) is not None}
    alone = _alone(lines, places) | _beside_no_label(lines, places)
    places = [index for index in places if index not in copies and index not in alone]
    if not places:
        return Order({}, copies, signed, signed, alone)
    votes = _votes(lines, places, told)
    total = sum(vote for vote, _ in votes.values())
    found: dict[int, OwnCredit] = {}
    for index in places:
        (vote, sides), elsewhere = votes[index], total - votes[index][0]
        chosen = _chosen(vote, elsewhere, sides)
        owner = index - chosen
        beside, agreed = vote * chosen > 0, elsewhere * chosen > 0
        if not chosen or (owner in found and not beside):
            continue
        plain = abs(vote) >= 1 and lines[index].credit_only
        sure = not signed and ((beside and (agreed or plain)) or elsewhere * chosen >= 2)
        if chosen < 0 and not lines[owner].ends and lines[index].text.startswith(_COPYRIGHT):
            sure = False  # a picture without a caption, and the headline of what it belongs to
        found[owner] = OwnCredit(
            index,
            "below" if chosen > 0 else "above",
            AS_ELSEWHERE if agreed and abs(elsewhere) >= abs(vote) else BESIDE,
            sure,
        )
    owners = copies | {own.index: owner for owner, own in found.items()}
    return Order(found, owners, signed, signed + sum(own.sure for own in found.values()), alone)


def _alone(lines: Sequence[LoneLine], places: Sequence[int]) -> frozenset[int]:
    """Return the credits that a document sets under pictures without captions: one of their copies stands only beside
    long paragraphs, and none beside a line that is worded as captions are.
    """
    copies: dict[str, list[int]] = {}
    for index in places:
        copies.setdefault(lines[index].key, []).append(index)
    return frozenset(
        index
        for same in copies.values()
        if len(same) > 1
        and any(all(line.paragraph and line.words > _LONG for line in _beside(lines, each)) for each in same)
        and not any(_leaning(line) > 0 for each in same for line in _beside(lines, each))
        for index in same
    )


def _beside_no_label(lines: Sequence[LoneLine], places: Sequence[int]) -> frozenset[int]:
    """Return the credits without a labelled line beside them, where the document labels captions ("Image caption")."""
    if not any(LABELLED in line.signals for line in lines):
        return frozenset()
    return frozenset(
        index for index in places if not any(LABELLED in line.signals for line in _beside(lines, index))
    )


def _beside(lines: Sequence[LoneLine], index: int) -> list[LoneLine]:
    return [lines[near] for near in (index - 1, index + 1) if 0 <= near < len(lines)]


_LONG: Final = 45
"""Words of a paragraph that is no caption."""
_Sides = tuple[float, float]


def _votes(
    lines: Sequence[LoneLine], places: Sequence[int], told: frozenset[str]
) -> dict[int, tuple[float, _Sides]]:
    """Return on which side of each credit its caption is, and how well the lines on both sides may be it."""
    body = [index for index, line in enumerate(lines) if line.paragraph]
    first, last = (body[0], body[-1]) if body else (len(lines), 0)
    votes = {}
    for index in places:
        before, after = (_fitness(lines, index, step, first, last, told) for step in (-1, 1))
        votes[index] = (_vote(before, after), (before, after))
    above = sum(vote for index, (vote, _) in votes.items() if lines[index].credit_only) < 0
    for index in places:
        if lines[index].in_capitals and not above:  # a heading stands over a line, too
            before = votes[index][1][0]
            short = index > 0 and not lines[index - 1].paragraph
            vote = (1.0 if short else 0.5) if before >= 1.5 else 0.5 if before and short else 0.0
            votes[index] = (vote, (before, 0.0))
    return votes


def _is_credit(line: LoneLine) -> bool:
    return line.credit_only and "@" not in line.text and _NO_CREDIT.isdisjoint(line.signals)


def _copied(lines: Sequence[LoneLine], index: int) -> int | None:
    """Return the line beside a credit that ends in the same credit."""
    for beside in (index - 1, index + 1):
        if 0 <= beside < len(lines) and _is_signed(lines[beside]):
            own = credit_words(lines[beside].split.credit_line or "")
            if own & credit_words(lines[index].text):
                return beside
    return None


def _is_signed(line: LoneLine) -> bool:
    return (
        line.split.credit_line is not None
        and not (line.credit_only or line.split.doubt)
        and 3 <= line.words <= 70
    )


def _fitness(
    lines: Sequence[LoneLine], index: int, step: int, first: int, last: int, told: frozenset[str]
) -> float:
    """Tell how well the line beside a credit may be its caption; 0 where it is none."""
    beside = index + step
    if not 0 <= beside < len(lines):
        return 0.0
    line = lines[beside]
    fewest = 2 if lines[index].credit_only else _FEWEST_WORDS
    if (
        line.words < fewest
        or line.credit_only
        or line.in_capitals
        or line.split.credit_line
        or (line.furniture and line.words <= 8)
        or not _NO_CAPTION.isdisjoint(line.signals)
        or not (line.ends or _NO_PHRASE.isdisjoint(line.signals))
        or ("dateline" in line.signals and line.paragraph)
    ):
        return 0.0
    leaning = _leaning(line)
    fits = 1.0 + max(-0.75, min(1.5, 0.5 * leaning))
    if line.paragraph:
        if (beside == last and step < 0) or (beside == first and step > 0):
            # an agency signs off an article; a picture without a caption stands over its first paragraph
            return fits - 0.25 if leaning > 0 else 0.25
        return fits + (0.25 if line.words <= 35 else 0.0)
    if not line.ends and beside < first and line.signals.get("capitals", 0.0) > 0.7:
        fits -= 0.5
    if line.furniture:
        fits -= 0.5
    if not line.ends and is_of_another_matter(line, told):
        fits -= 1.0
    if line.words < 4:
        return fits - 0.25 if first < beside < last else 0.25
    if first < beside < last or line.ends:
        return fits + 1.0
    return fits - 0.25  # before the body, what has no full stop may be its headline


def _vote(before: float, after: float) -> float:
    """Tell which side of a credit its caption is on: above 0 before it, below 0 after it."""
    difference = before - after
    if abs(difference) < 0.5:
        return 0.0
    return max(-1.0, min(1.0, difference))


def _leaning(line: LoneLine) -> int:
    """Tell how much a line is worded as captions are, rather than as paragraphs."""
    prose = len(_LIKE_PROSE.intersection(line.signals)) + (line.words > 45)
    return len(_LIKE_CAPTIONS.intersection(line.signals)) - prose


def _chosen(vote: float, elsewhere: float, side: tuple[float, float]) -> int:
    """Choose the side: 1 for the line before the credit, -1 for the one after it, 0 where nothing shows."""
    before, after = side
    if vote * elsewhere < 0 and abs(elsewhere) >= 2 and (before if elsewhere > 0 else after):
        return 1 if elsewhere > 0 else -1
    decided = vote or elsewhere
    if (decided > 0 and before) or (decided < 0 and after):
        return 1 if decided > 0 else -1
    return 0


def is_of_another_matter(line: LoneLine, told: frozenset[str]) -> bool:
    """Return whether hardly a word of a line is one of the article, as in headlines of other stories."""
    return len(line.tokens) >= 3 and len(line.tokens & told) < 0.2 * len(line.tokens)


def order_signals(lines: Sequence[LoneLine], index: int, order: Order) -> dict[str, float]:
    """Return the signals of a line by the credits beside it, and by where the document has them."""
    line, own = lines[index], order.owned.get(index)
    if own is not None:
        kind = "credit" if lines[own.index].credit_only else "name in capitals"
        size = "long" if line.paragraph else "short"
        how = ", surely" if own.sure else ", though others end in theirs" if order.signed else ""
        s = {f"its {kind} {own.where} it{how}, {size}": 1.0}
        if lines[own.index].credit_only and own.sure:
            s["credit, sure"] = 1.0
            s[
                "credit, " + ("long" if line.words > 60 else "short" if line.words < 6 else "fit") + " text"
            ] = 1.0
        return s
    s = {}
    for near, name in ((index - 1, "before"), (index + 1, "after")):
        if not 0 <= near < len(lines) or line.credit_only or line.in_capitals:
            continue
        if near in order.owners:
            s[f"the credit {name} it is another line's"] = 1.0
        elif lines[near].in_capitals and line.words >= _FEWEST_WORDS:
            s[f"a name in capitals {name} it, {'long' if line.paragraph else 'short'}"] = 1.0
    if not line.paragraph and any(
        _is_signed(lines[near]) and _says_the_same(line, lines[near])
        for near in range(max(0, index - 2), min(len(lines), index + 3))
        if near != index
    ):
        s["says what a caption beside it says"] = 1.0
    if order.credited and line.words >= 4 and not (line.credit_only or line.split.credit_line):
        s["captions here have credits"] = min(order.credited, 3) / 3
    return s


def _says_the_same(line: LoneLine, other: LoneLine) -> bool:
    """Return whether two lines share most of their words, as an alternative text and its caption do."""
    shared = len(line.tokens & other.tokens)
    return shared >= 3 and shared >= 0.6 * min(len(line.tokens), len(other.tokens))

"""Repeats among the captions of an archive: who shows the same caption, or nearly the same, where.

Each step takes plain values, of a part of an archive at a time (:mod:`catalog.match.captions.repeats`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from media.captions.key import has_little_information
from media.matching.captions.difference import Wording, credit_difference
from media.matching.captions.doubling import doubling_order, is_attribute_copy, why_doubled
from media.matching.captions.echoes import Body
from media.matching.captions.key_groups import KeyGroup
from media.matching.captions.uses import CaptionUse

Kind = Literal["doubled", "reused", "edited", "extended", "echoed", "changed-fact"]

STOCK_WORDS = 5
STOCK_PICTURES = 30
"""The most words, and the least pictures, of a caption that counts as a stock text such as "File photo", whatever its
words."""


@dataclass(frozen=True, slots=True)
class RepeatMember:
    placement_id: int
    similarity: float
    """0..1, to the repeat's representative."""
    difference: str
    """From the representative, in words a person reads; why it stands here, where it is doubled."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """One caption and everything that repeats it in one way."""

    kind: Kind
    caption_id: int
    """The representative."""
    articles: int
    """Articles that take part."""
    members: tuple[RepeatMember, ...]


def can_repeat(key: str, uses: Sequence[CaptionUse]) -> bool:
    """Return whether equal or like captions with this key mean anything."""
    if has_little_information(key):
        return False
    if len(key.split()) > STOCK_WORDS or len(uses) < STOCK_PICTURES:
        return True
    return len({use.image or f"article {use.article_id}" for use in uses}) < STOCK_PICTURES


def best_wording(wordings: Iterable[Wording]) -> Wording:
    """Return the text to show for a key: not all in capitals, if there is one that is not."""
    return min(wordings, key=lambda each: (is_shouted(each.text), each.text, each.credit_line or ""))


def is_shouted(text: str) -> bool:
    """Return whether a text is in capitals, or each word begins with one, so that its names are not recognisable."""
    return text.isupper() or text.istitle()


# --- The same key -----------------------------------------------------------------------------------


def exact_repeats(uses: Sequence[CaptionUse]) -> Iterator[Repeat]:
    """Yield what repeats a caption word for word: doubled within an article, reused across them.

    :param uses: all uses of one key, in the order in which a person would list them.
    """
    if len(uses) < 2:
        return
    articles = list(_by_article(uses))
    for _, shown in articles:
        # Most pages copy a caption into an attribute or into JSON-LD: that alone doubles nothing that is read.
        if sum(not is_attribute_copy([use]) for use in shown) > 1:
            yield _doubled(shown)
    if len(articles) + _pictures_elsewhere(uses) > 1:
        ordered = sorted(uses, key=_showing_order)
        first = ordered[0]
        members = [
            RepeatMember(use.placement_id, 1.0, credit_difference(first.credit_line, use.credit_line))
            for use in ordered
        ]
        yield Repeat("reused", first.caption_id, len(articles), tuple(members))


def _by_article(uses: Iterable[CaptionUse]) -> Iterator[tuple[int, list[CaptionUse]]]:
    articles: dict[int, list[CaptionUse]] = {}
    for use in uses:
        if use.article_id is not None:
            articles.setdefault(use.article_id, []).append(use)
    yield from articles.items()


def _pictures_elsewhere(uses: Iterable[CaptionUse]) -> int:
    """Pictures that carry the caption in their file, and that no article shows with it."""
    shown = {use.image for use in uses if use.article_id is not None}
    return len({use.image for use in uses if use.article_id is None} - shown)


def _showing_order(use: CaptionUse) -> tuple[bool, bool]:
    """Return what is equal stays in the order in which it was given."""
    return use.article_id is None, doubling_order(use)[0]


def _doubled(shown: Sequence[CaptionUse]) -> Repeat:
    first, *copies = sorted(shown, key=doubling_order)
    members = [RepeatMember(first.placement_id, 1.0, "")]
    members += [RepeatMember(copy.placement_id, 1.0, why_doubled(first, copy)) for copy in copies]
    return Repeat("doubled", first.caption_id, 1, tuple(members))


def echoed(shown: Sequence[CaptionUse], body: Body) -> Repeat | None:
    """Return the repeat of a caption in the body of its own article; None: the body does not say it.

    :param shown: the uses of one key in that article.
    """
    seen = [use for use in shown if not is_attribute_copy([use])]
    if not seen:
        return None
    first = min(seen, key=doubling_order)
    echo = body.find_echo(first.text)
    if echo is None:
        return None
    members = [RepeatMember(use.placement_id, echo.similarity, str(echo)) for use in seen]
    return Repeat("echoed", first.caption_id, 1, tuple(members))


# --- Related keys -----------------------------------------------------------------------------------


def related(group: KeyGroup, uses_of: Callable[[str], Sequence[CaptionUse]]) -> Repeat | None:
    """Return the repeat that a group of keys makes with all who use them; None where it says nothing."""
    members: list[RepeatMember] = []
    everyone: list[CaptionUse] = []
    first = min(uses_of(group.representative), key=_showing_order, default=None)
    if first is None:
        return None
    for member in group.members:
        uses = sorted(uses_of(member.key), key=_showing_order)
        everyone += uses
        difference = member.difference
        if group.crowd and difference:
            difference += (
                f"; one of {group.crowd:,} that share these words, compared with its neighbours only"
            )
        members += [RepeatMember(use.placement_id, member.similarity, difference) for use in uses]
    articles = {use.article_id for use in everyone if use.article_id is not None}
    kind: Kind = group.kind
    if len(articles) + _pictures_elsewhere(everyone) < 2:
        if kind == "changed-fact":
            return None  # the pictures of one article: its first and its second day
        if sum(not is_attribute_copy([use]) for use in everyone) < 2:
            return None  # an alt text that resembles the caption
        if group.cut_short:
            why = "truncated copy"
            kind = "doubled"
            members = [
                RepeatMember(
                    one.placement_id, one.similarity, f"{why}; {one.difference}" if one.difference else ""
                )
                for one in members
            ]
    return Repeat(kind, first.caption_id, len(articles), tuple(members))

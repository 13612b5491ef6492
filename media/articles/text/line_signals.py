"""Signals of a line of plain text in its document: its own, its neighbours', and its position.

Signals are named so that a person can read them as evidence; :mod:`media.articles.text.lines` weighs them. Nothing
here knows a publisher, and words of a language only help: most signals are shape, repetition and position.
"""

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from media.articles.text.line_alone import LoneLine, content_words, sentences_of, view_line, words_of
from media.articles.text.line_order import OwnCredit, order_signals, see_order
from media.captions.credit import CreditSplit


@dataclass(frozen=True, slots=True)
class LineView:
    """A line with what is seen of it."""

    text: str
    split: CreditSplit
    credit_only: bool
    in_capitals: bool
    """A name in capitals and nothing else."""
    key: str
    """Its letters and digits in lower case: lines with equal keys are copies."""
    words: int
    """Words; in scripts without spaces, half the characters."""
    ends: bool
    """It ends as a sentence."""
    paragraph: bool
    """Long and ended as a sentence: what articles are made of."""
    own_credit: OwnCredit | None
    """Its credit, where that is a line of its own."""
    signals: dict[str, float]


RECURS: Final = "recurs in the source"
"""The signal of a line that other documents of its source have too."""


def view_lines(lines: Sequence[str], known_boilerplate: Container[str] = ()) -> list[LineView]:
    """See every line of a document in its context. ``known_boilerplate`` holds :func:`line_key` of lines
    that are known to recur across the documents of the source.
    """
    own = _told_from_headings(
        [view_line(text, last=0 < index == len(lines) - 1) for index, text in enumerate(lines)]
    )
    _mark_counters(own)
    copies = Counter(view.key for view in own if view.key)
    paragraphs = [index for index, view in enumerate(own) if view.paragraph]
    vocabulary = _vocabulary(own, paragraphs)
    placed: dict[str, set[str]] = {}
    for view in own:
        if view.placed_date:
            placed.setdefault(view.placed_date, set()).add(view.key)
    for view in own:
        if view.placed_date and len(placed[view.placed_date]) > 1:
            view.signals["shares place and date with another line"] = 1.0
            view.signals["sure signs of a caption"] = 2.0
    order = see_order(own, vocabulary[1])
    for index, credit in order.owned.items():
        if credit.sure and own[credit.index].credit_only and 3 <= own[index].words <= 70:
            signs = own[index].signals.get("sure signs of a caption", 0.0)
            own[index].signals["sure signs of a caption"] = min(signs + 1.0, 2.0)
    return [
        LineView(
            view.text,
            view.split,
            view.credit_only,
            view.in_capitals,
            view.key,
            view.words,
            view.ends,
            view.paragraph,
            order.owned.get(index),
            {
                "always": 1.0,
                **view.signals,
                **_neighbour_signals(own, index, order.alone),
                **order_signals(own, index, order),
                **_place_signals(own, paragraphs, index),
                **_copy_signals(own, copies, index, known_boilerplate),
                **_echo_signals(view, vocabulary),
                **_repeated_sentence(own, paragraphs, index),
            },
        )
        for index, view in enumerate(own)
    ]


def _told_from_headings(own: list[LoneLine]) -> list[LoneLine]:
    """Take words in capitals for no names where the document heads its sections so: a name of who took a picture does
    not stand in the paragraph below it, words of a heading do.
    """
    capitals = [index for index, view in enumerate(own) if view.in_capitals]
    headed = sum(
        1
        for index in capitals
        if index + 1 < len(own) and own[index + 1].paragraph and own[index].tokens & own[index + 1].tokens
    )
    if not headed or headed < len(capitals) / 3:
        return own
    return [replace(view, in_capitals=False) if view.in_capitals else view for view in own]


def _mark_counters(own: Sequence[LoneLine]) -> None:
    """Mark numbers in lines of their own as counters of a gallery, where several stand each before a caption."""
    numbers = [index for index, view in enumerate(own) if len(view.text) <= 3 and view.text.isdecimal()]
    before = [index for index in numbers if index + 1 < len(own) and own[index + 1].words >= 4]
    if len(before) < 2 or len(before) < len(numbers) - 1:
        return
    counts = [int(own[index].text) for index in before]
    if len(set(counts)) == 1 or all(b == a + 1 for a, b in pairwise(counts)):
        for index in before:
            own[index].signals["counter"] = 1.0


def _coarse(view: LoneLine | None, *, alone: bool = False) -> str:
    if view is None:
        return "none"
    if view.credit_only and not alone:
        return "credit"
    if view.paragraph:
        return "paragraph"
    if view.words <= 3:
        return "short"
    return "sentence" if view.ends else "phrase"


def _neighbour_signals(own: Sequence[LoneLine], index: int, alone: Container[int]) -> dict[str, float]:
    view = own[index]
    before = own[index - 1] if index else None
    after = own[index + 1] if index + 1 < len(own) else None
    s: dict[str, float] = {
        f"before it: {_coarse(before, alone=index - 1 in alone)}": 1.0,
        f"after it: {_coarse(after, alone=index + 1 in alone)}": 1.0,
    }
    for name, near in (("before", before), ("after", after)):
        if near is None:
            continue
        if (
            near.credit_only
            and view.words >= 2
            and not view.credit_only
            and index + (1 if name == "after" else -1) not in alone
        ):
            s[f"a credit {name} it, {_coarse(view)}"] = 1.0
            beyond_index = index + (2 if name == "after" else -2)
            beyond = own[beyond_index] if 0 <= beyond_index < len(own) else None
            if beyond is None or beyond.words > view.words or beyond.furniture:
                s[f"a credit {name} it is nearer to it"] = 1.0
        if near.furniture and near.words <= 8:
            s[f"furniture {name} it"] = 1.0
        if "counter" in near.signals:
            s[f"counter {name} it"] = 1.0
        if near.split.credit_line and not near.credit_only:
            s[f"a caption with credit {name} it"] = 1.0
        if "date alone" in near.signals or "byline" in near.signals:
            s[f"date or byline {name} it"] = 1.0
    if before and after and before.paragraph and after.paragraph:
        s[f"between paragraphs: {_coarse(view)}"] = 1.0
    window = [own[i] for i in range(max(0, index - 3), min(len(own), index + 4)) if i != index]
    if window:
        s["paragraphs around"] = sum(near.paragraph for near in window) / len(window)
        s["short lines around"] = sum(near.words <= 4 for near in window) / len(window)
    return s


def _place_signals(own: Sequence[LoneLine], paragraphs: Sequence[int], index: int) -> dict[str, float]:
    view = own[index]
    if not paragraphs:
        return {"no paragraphs at all": 1.0}
    size = "long" if view.words >= 18 else "middling" if view.words >= 6 else "short"
    if index < paragraphs[0]:
        distance = paragraphs[0] - index
        return {
            "before the first paragraph": 1.0,
            f"{'just' if distance <= 3 else 'far'} before it: {size}": 1.0,
        }
    if index > paragraphs[-1]:
        distance = index - paragraphs[-1]
        where = "just" if distance <= 1 else "soon" if distance <= 4 else "far"
        return {"after the last paragraph": 1.0, f"{where} after it: {size}": 1.0}
    s = {f"amid paragraphs: {size}": 1.0}
    if index == paragraphs[0]:
        s["first paragraph"] = 1.0
    if index == paragraphs[-1]:
        s["last paragraph"] = 1.0
    return s


def _copy_signals(
    own: Sequence[LoneLine], copies: Counter[str], index: int, known_boilerplate: Container[str]
) -> dict[str, float]:
    view = own[index]
    s: dict[str, float] = {}
    if view.key in known_boilerplate:
        s[RECURS] = 1.0
    if not view.key or view.words < 3:
        return s
    kind = "credit" if view.credit_only else "long" if view.words >= 6 else "short"
    if copies[view.key] > 1:
        s[f"repeated: {kind}"] = 1.0
        near = [other for other in own[max(0, index - 3) : index + 4] if other.key == view.key]
        if len(near) > 1:
            s[f"repeated close by: {kind}"] = 1.0
        if copies[view.key] > 3:
            s["repeated often"] = 1.0
    elif view.words >= 5:
        prefix = view.key[:24]
        close = own[max(0, index - 4) : index] + own[index + 1 : index + 5]  # type: ignore[operator]
        if len(prefix) == 24 and any(other.key.startswith(prefix) for other in close):
            s["begins like a line close by"] = 1.0
    return s


def _vocabulary(own: Sequence[LoneLine], paragraphs: Sequence[int]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the words of the first three paragraphs, and those of the first sixty."""
    lede = frozenset[str]().union(*(own[index].tokens for index in paragraphs[:3]))
    return lede, lede.union(*(own[index].tokens for index in paragraphs[3:60]))


def _repeated_sentence(own: Sequence[LoneLine], paragraphs: Sequence[int], index: int) -> dict[str, float]:
    """Return whether a sentence of the line says again what one of the first paragraphs says."""
    view = own[index]
    if view.words > 80 or index in paragraphs[:2]:
        return {}
    for sentence in sentences_of(view.text[:2000]):
        tokens = content_words(words_of(sentence))
        if len(tokens) < 6:
            continue
        for other in paragraphs[:4]:
            if other != index and len(tokens & own[other].tokens) >= 0.8 * len(tokens):
                return {"a sentence repeats the lede": 1.0}
    return {}


def _echo_signals(view: LoneLine, vocabulary: tuple[frozenset[str], frozenset[str]]) -> dict[str, float]:
    if view.paragraph or len(view.tokens) < 3:
        return {}
    lede, told = vocabulary
    size = "sentence" if view.ends else "phrase"
    return {
        f"echoes the lede, {size}": len(view.tokens & lede) / len(view.tokens),
        f"speaks of the article, {size}": len(view.tokens & told) / len(view.tokens),
    }

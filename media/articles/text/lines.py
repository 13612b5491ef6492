"""Classifies the lines of a plain-text document as captions, body or page furniture.

A linear-chain conditional random field, small enough to read: each line's signals
(:mod:`media.articles.text.line_signals`) are weighed for five states, and the chain of states weighs the order of
a document: furniture before the body, body with captions and furniture amid it, furniture after it. The
weights (``line_weights.json``) are learned by ``benchmarks/train_lines.py`` from labelled documents of 85
publishers; docs/accuracy.md says how well publishers that were left out are judged.
"""

import json
import math
from bisect import bisect
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from media.articles.text.line_order import OwnCredit
from media.articles.text.line_signals import RECURS, LineView, view_lines
from media.captions.credit import CreditSplit, credit_words

Role = Literal["caption", "body", "other"]

STATES: Final = ("front", "body", "caption", "insert", "tail")
"""Furniture before the body, body, caption, furniture amid the body, furniture after it."""


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """A line and its class."""

    text: str
    role: Role
    confidence: float
    """0..1: the probability of the role, given the whole document."""
    split: CreditSplit
    """The line parted from its credit and lead-in."""
    credit_only: bool
    in_capitals: bool
    """A name in capitals and nothing else: beside a caption, who took its picture."""
    own_credit: OwnCredit | None
    """Its credit, where that is a line of its own."""
    signals: tuple[str, ...]
    """The signals that spoke most for the role, the strongest first."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The weight of each signal and each step of the chain, in natural logarithms of odds."""

    signals: dict[str, tuple[float, ...]]
    transitions: tuple[tuple[float, ...], ...]
    start: tuple[float, ...]
    end: tuple[float, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the weights as ``line_weights.json`` keeps them."""
        return {
            "states": STATES,
            "signals": self.signals,
            "transitions": self.transitions,
            "start": self.start,
            "end": self.end,
        }


def judge_lines(
    lines: Sequence[str],
    *,
    known_boilerplate: Container[str] = (),
    weights: Weights | None = None,
    sentences: bool = False,
) -> list[JudgedLine]:
    """Judge every line of a document; empty lines are not expected (:func:`media.articles.text.read.read_text`
    leaves them out).

    ``sentences``: the lines are the pieces of a text in one line. Nothing shows where its blocks end, so that only
    signs make a caption of a piece, and a sentence without signs of furniture is body.
    """
    weights = weights or _weights()
    views = view_lines(lines, known_boilerplate)
    emissions = [_weighed(view, weights) for view in views]
    judged = [
        _judged(view, emission, posterior, weights, sentences=sentences)
        for view, emission, posterior in zip(views, emissions, posteriors(emissions, weights), strict=True)
    ]
    _decide_by_neighbours(judged, views, sentences=sentences)
    for line in judged:
        if line.role == "caption" and line.own_credit is not None:
            credit = line.own_credit.index
            if judged[credit].role == "body":
                judged[credit] = replace(judged[credit], role="other", signals=(CREDIT,))
    return judged


def _decide_by_neighbours(judged: list[JudgedLine], views: Sequence[LineView], *, sentences: bool) -> None:
    """Judge lines anew by what is beside them: first lines, paragraphs and headings of the body, galleries."""
    if judged and judged[0].role == "caption" and _may_be_headline(views[0]) and len(views) > 1:
        judged[0] = replace(judged[0], role="other", signals=(FIRST,))
    body = [index for index, line in enumerate(judged) if line.role == "body"]
    for index, view in enumerate(views):
        if judged[index].role == "other" and _is_kept(view, sentences) and _is_near(index, body):
            judged[index] = replace(judged[index], role="body", signals=(KEPT,))
    for index, view in enumerate(views):
        if judged[index].role != "other":
            continue
        if _is_heading(view) and _heads_a_part(judged, views, index):
            judged[index] = replace(judged[index], role="body", signals=(HEADING,))
        elif index and judged[index - 1].role == "body" and _ends_the_body(view):
            judged[index] = replace(judged[index], role="body", signals=(KEPT,))
    known = {credit_words(line.split.credit_line or "") for line in judged if line.role == "caption"}
    for index, view in enumerate(views):
        if judged[index].role == "other" and _shares_credit(view, known):
            judged[index] = replace(judged[index], role="caption", signals=(SAME_CREDIT,))


CREDIT: Final = "the credit of the caption beside it"
"""The signal of a line that is no body because of the caption beside it."""
KEPT: Final = "a full paragraph beside the body"
"""The signal of a paragraph or sentence that nothing shows to be furniture, and that is body for that."""
_SIGNS_WITHIN: Final = frozenset(
    {
        "begins as captions do",
        "place and date close a sentence",
        "shares place and date with another line",
        "labelled as a caption",
    }
)
"""Sure signs within a sentence."""
FIRST: Final = "the first line, without a sign of a caption"
"""The signal of a line that is rather the headline."""
SAME_CREDIT: Final = "ends in the credit of another caption"
"""The signal of a line that is a caption, as another with its credit is."""
HEADING: Final = "a heading within the body"
"""The signal of a short line before a paragraph of the body, where body is before it, too."""
_LAST_WORDS: Final = 6
_HEADING_WORDS: Final = 9
_TOLD: Final = 0.25
"""Of the words of a heading, those of the article; in headlines of other stories there are fewer."""
_NEAR: Final = 8
"""Lines between the body and such a paragraph, at most."""
_FURNITURE: Final = frozenset(
    {"speaks to its reader", "speaks of its author", "furniture words", "address", "clock time", RECURS}
)
_REPORTS: Final = frozenset({"reported speech", "quotation marks"})
"""Signals of a paragraph that reports what was said, if of subscribers: no furniture does."""
_NO_HEADING: Final = _FURNITURE | {
    "byline",
    "bars or bullets",
    "date alone",
    "counter",
    "no letters",
    "mostly digits",
    "interface words alone",
}


def _is_kept(view: LineView, sentences: bool) -> bool:
    """Return whether a line is a full paragraph, or a sentence where these are all, without any sign of furniture."""
    whole = view.paragraph or (sentences and view.ends and view.words > 0)
    return whole and (_FURNITURE.isdisjoint(view.signals) or view.signals.keys() >= _REPORTS)


def _shares_credit(view: LineView, known: Container[frozenset[str]]) -> bool:
    """Return whether a line ends in a credit of several names that another caption has: one of a gallery."""
    if not view.split.credit_line or view.split.doubt or view.credit_only or not 3 <= view.words <= 70:
        return False
    if not _FURNITURE.isdisjoint(view.signals):
        return False
    credit = credit_words(view.split.credit_line)
    return len(credit) > 1 and credit in known


def _may_be_headline(view: LineView) -> bool:
    """Return whether the first line of a text is no caption: without a full stop, a sign or a credit beside it."""
    return not (
        view.ends
        or view.own_credit
        or "sure signs of a caption" in view.signals
        or any(name.startswith("repeated close by") for name in view.signals)
    )


def _told(view: LineView) -> float:
    """Return how many of a line's words are words of the article, 0..1."""
    return max(view.signals.get(f"speaks of the article, {size}", 0.0) for size in ("phrase", "sentence"))


def _ends_the_body(view: LineView) -> bool:
    """Return whether a line may be one more sentence of the article: about it, and without any sign of furniture."""
    sentence = view.ends and view.words >= _LAST_WORDS and "question" not in view.signals
    return sentence and _told(view) >= _TOLD and not view.credit_only and _FURNITURE.isdisjoint(view.signals)


def _is_heading(view: LineView) -> bool:
    """Return whether a line may be the heading of a part of the article: few words, of the article if they are more
    than two, without any sign of furniture.
    """
    told = view.words == 2 or _told(view) >= _TOLD
    return (
        told
        and view.words <= _HEADING_WORDS
        and not view.credit_only
        and _NO_HEADING.isdisjoint(view.signals)
    )


def _heads_a_part(judged: Sequence[JudgedLine], views: Sequence[LineView], index: int) -> bool:
    """Return whether a full paragraph of the body follows, and body stands before, captions left out."""
    if index + 1 == len(judged) or judged[index + 1].role != "body" or not views[index + 1].paragraph:
        return False
    before = index - 1
    while before >= 0 and (
        judged[before].role == "caption" or views[before].credit_only or not views[before].words
    ):
        before -= 1
    return before >= 0 and judged[before].role == "body"


def _is_near(index: int, body: Sequence[int]) -> bool:
    at = bisect(body, index)
    return any(abs(index - each) <= _NEAR for each in body[max(0, at - 1) : at + 1])


# Thresholds of probability, chosen on left-out publishers.
_CAPTION_FROM: Final = 0.68
_SIGNED_FROM: Final = 0.25
"""For lines that end in a sure credit or bear another sure sign: of 142 such lines of left-out publishers, 140 were
captions."""
_OWNED_FROM: Final = 0.05
"""For lines beside a credit that the order of the document gives them."""
_BODY_FROM: Final = 0.35
# A line that recurs across the documents of a source is not body, but may be a caption that is used again.
_RECURS_COSTS: Final = 8.0
_FRONT, _BODY, _CAPTION, _INSERT, _TAIL = range(5)


@cache
def _weights() -> Weights:
    kept = json.loads(files("media.articles.text").joinpath("line_weights.json").read_text("utf-8"))
    return Weights(
        {name: tuple(row) for name, row in kept["signals"].items()},
        tuple(tuple(row) for row in kept["transitions"]),
        tuple(kept["start"]),
        tuple(kept["end"]),
    )


def _weighed(view: LineView, weights: Weights) -> list[float]:
    total = [0.0] * len(STATES)
    for name, value in view.signals.items():
        row = weights.signals.get(name)
        if row is not None:
            for state, weight in enumerate(row):
                total[state] += weight * value
    if RECURS in view.signals:
        total[_BODY] -= _RECURS_COSTS
        if "sure signs of a caption" not in view.signals:
            total[_CAPTION] -= _RECURS_COSTS
    return total


def posteriors(emissions: Sequence[Sequence[float]], weights: Weights) -> list[list[float]]:
    """Return the probability of each state for each line: forward and backward, each step normalised."""
    if not emissions:
        return []
    steps = [[math.exp(weight) for weight in row] for row in weights.transitions]
    likelihoods = []
    for emission in emissions:
        top = max(emission)
        likelihoods.append([math.exp(value - top) for value in emission])
    ahead = [_normalised([a * math.exp(b) for a, b in zip(likelihoods[0], weights.start, strict=True)])]
    for likelihood in likelihoods[1:]:
        last = ahead[-1]
        ahead.append(
            _normalised(
                [
                    value * sum(last[before] * steps[before][state] for before in range(len(STATES)))
                    for state, value in enumerate(likelihood)
                ]
            )
        )
    back = _normalised([math.exp(weight) for weight in weights.end])
    posteriors = [_normalised([a * b for a, b in zip(ahead[-1], back, strict=True)])]
    for index in range(len(emissions) - 2, -1, -1):
        onward = [a * b for a, b in zip(likelihoods[index + 1], back, strict=True)]
        back = _normalised(
            [sum(step * value for step, value in zip(row, onward, strict=True)) for row in steps]
        )
        posteriors.append(_normalised([a * b for a, b in zip(ahead[index], back, strict=True)]))
    return posteriors[::-1]


def _normalised(values: list[float]) -> list[float]:
    total = sum(values) or 1.0
    return [value / total for value in values]


def _judged(
    view: LineView,
    emission: Sequence[float],
    posterior: Sequence[float],
    weights: Weights,
    *,
    sentences: bool,
) -> JudgedLine:
    other = posterior[_FRONT] + posterior[_INSERT] + posterior[_TAIL]
    role: Role = "other"
    confidence = other
    signed = "sure signs of a caption" in view.signals
    owned = view.own_credit is not None and view.own_credit.sure
    likely = posterior[_CAPTION] >= (_OWNED_FROM if owned else _SIGNED_FROM if signed else _CAPTION_FROM)
    if "dateline" in view.signals and view.paragraph and not signed:
        likely = False  # the first paragraph of a wire story, whatever is beside it
    if sentences and not (
        view.split.credit_line or view.split.lead or not _SIGNS_WITHIN.isdisjoint(view.signals)
    ):
        likely = False
    if "ends with a byline" in view.signals and not signed:
        likely = False  # the headline of another story, with its author
    if view.split.text and likely and (signed or owned or posterior[_CAPTION] >= posterior[_BODY]):
        role, confidence = "caption", posterior[_CAPTION]
    elif posterior[_BODY] >= _BODY_FROM:
        role, confidence = "body", posterior[_BODY]
    elif (
        view.split.text
        and other < min(posterior[_CAPTION], posterior[_BODY])
        and "dateline" not in view.signals
    ):
        # Caption or body, and neither surely: the credit beside it decides.
        owned = view.own_credit is not None and not sentences
        role, confidence = ("caption", posterior[_CAPTION]) if owned else ("body", posterior[_BODY])
    chosen = {"caption": _CAPTION, "body": _BODY}.get(role)
    if chosen is None:
        chosen = max((_FRONT, _INSERT, _TAIL), key=lambda state: posterior[state])
    rivals = [state for state in range(len(STATES)) if state != chosen]
    spoken = sorted(
        (
            (weights.signals[name][chosen] - sum(weights.signals[name][r] for r in rivals) / len(rivals))
            * value,
            name,
        )
        for name, value in view.signals.items()
        if name in weights.signals
    )
    best = tuple(name for strength, name in spoken[::-1][:5] if strength > 0.3)
    if RECURS in view.signals and role == "other":
        best = (RECURS, *best[:4])
    return JudgedLine(
        view.text,
        role,
        round(confidence, 3),
        view.split,
        view.credit_only,
        view.in_capitals,
        view.own_credit,
        best,
    )

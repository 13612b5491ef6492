"""Two texts against each other as a person reads them, word by word; what follows for matching is said by
:mod:`media.matching.captions.difference`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import LCSseq

_WORD = re.compile(r"\w+(?:['’.]\w+)*|[^\w\s]", re.UNICODE)
_COMPARED = 600
"""Words of each text that are compared; of longer texts the rest is shown unmarked. Captions have 10 to 100."""

_LEAST_SHARED = 0.25
"""The share of common words below which differences are not marked, as between two languages."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text, and what became of it."""

    text: str
    mark: Literal["same", "lost", "new"]
    """``lost``: only the first text says it; ``new``: only the second does."""


def mark_differences(first: str, second: str) -> tuple[Part, ...]:
    """Return the second text, the words that it adds marked, and those of the first that it lacks in their place.

    Nothing is marked where the two say the same, or next to nothing in common.
    """
    ours, theirs = _words(first), _words(second)
    if LCSseq.normalized_similarity(_folded(ours), _folded(theirs)) < _LEAST_SHARED or _folded(
        ours
    ) == _folded(theirs):
        return (Part(second, "same"),)
    return tuple(_joined(_parts(first, ours, second, theirs)))


def _words(text: str) -> list[tuple[str, int, int]]:
    return [
        (match[0], *match.span()) for _, match in zip(range(_COMPARED), _WORD.finditer(text), strict=False)
    ]


def _parts(
    first: str, ours: list[tuple[str, int, int]], second: str, theirs: list[tuple[str, int, int]]
) -> Iterator[Part]:
    at = 0
    for tag, start, end, their_start, their_end in _steps(ours, theirs):
        lost = first[ours[start][1] : ours[end - 1][2]] if start < end else ""
        begin = theirs[their_start][1] if their_start < their_end else at
        finish = theirs[their_end - 1][2] if their_start < their_end else at
        if tag == "delete":
            yield Part(" " if at else "", "same")
            yield Part(lost, "lost")
            yield Part("" if at else " ", "same")
            continue
        yield Part(second[at:begin], "same")
        if tag == "replace":
            yield Part(lost, "lost")
            yield Part(" ", "same")
        yield Part(second[begin:finish], "same" if tag == "equal" else "new")
        at = finish
    yield Part(second[at:], "same")


def _steps(
    ours: list[tuple[str, int, int]], theirs: list[tuple[str, int, int]]
) -> list[tuple[str, int, int, int, int]]:
    """Return how the first words become the second; a loss beside a gain is one replacement."""
    steps: list[tuple[str, int, int, int, int]] = []
    for step in LCSseq.opcodes(_folded(ours), _folded(theirs)):
        tag, start, end = step.tag, step.src_start, step.src_end
        their_start, their_end = step.dest_start, step.dest_end
        if steps and tag != "equal" and steps[-1][0] != "equal":
            steps[-1] = ("replace", steps[-1][1], end, steps[-1][3], their_end)
        else:
            steps.append((tag, start, end, their_start, their_end))
    return steps


def _folded(words: list[tuple[str, int, int]]) -> list[str]:
    return [word.casefold() for word, *_ in words]


def _joined(parts: Iterator[Part]) -> Iterator[Part]:
    last: Part | None = None
    for part in parts:
        if not part.text:
            continue
        if last is not None and last.mark == part.mark:
            last = Part(last.text + part.text, part.mark)
            continue
        if last is not None:
            yield last
        last = part
    if last is not None:
        yield last

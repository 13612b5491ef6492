"""Takes lines out of a text, and puts them back exactly."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Removed:
    """A piece that was taken out of a text."""

    start: int
    """Where it began in the original, in characters."""
    text: str
    """With the line break that went with it."""
    why: str
    """``caption`` or ``boilerplate``."""


def remove_lines(text: str, reasons: Mapping[int, str]) -> tuple[str, list[Removed]]:
    """Return the text without the lines whose numbers (from 0) have a reason, and what was taken out.

    A line goes with the break after it; the last one, which has none, with the break before it where
    that still stands.
    """
    kept: list[str] = []
    removed: list[Removed] = []
    start = 0
    lines = text.split("\n")
    for number, line in enumerate(lines):
        piece = line if number == len(lines) - 1 else line + "\n"
        if number in reasons:
            removed.append(Removed(start, piece, reasons[number]))
        else:
            kept.append(piece)
        start += len(piece)
    cleaned = "".join(kept)
    if removed and len(lines) - 1 in reasons and cleaned.endswith("\n"):
        cleaned = cleaned[:-1]
        removed = _take_break(text, removed)
    return cleaned, removed


def _take_break(text: str, removed: list[Removed]) -> list[Removed]:
    """Return the last lines that went together take the break before them along instead of the one after."""
    first = len(removed) - 1
    while first and removed[first - 1].start + len(removed[first - 1].text) == removed[first].start:
        first -= 1
    shifted = [
        Removed(each.start - 1, text[each.start - 1 : each.start - 1 + len(each.text)], each.why)
        for each in removed[first:-1]
    ]
    last = removed[-1]
    return [*removed[:first], *shifted, Removed(last.start - 1, text[last.start - 1 :], last.why)]

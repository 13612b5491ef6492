"""Lines of text: what readers of line-based markups share."""

import html
import re
from collections.abc import Sequence

DEPTH = 12
"""The most levels of nested lists, quotations and directives; deeper ones are read as plain text."""


def escape(text: str) -> str:
    """Return text as HTML shows it."""
    return html.escape(text, quote=False)


def indent_of(line: str) -> int:
    """Return the columns before a line's first character."""
    return len(line) - len(line.lstrip())


def take_indented(lines: Sequence[str], at: int, least: int = 1) -> tuple[list[str], int]:
    """Return the lines from ``at`` that are indented by ``least`` or blank, and the place after them.

    They come without the indentation that all of them have.
    """
    end = at
    last = at
    while end < len(lines) and (not lines[end].strip() or indent_of(lines[end]) >= least):
        end += 1
        if lines[end - 1].strip():
            last = end
    block = lines[at:last]
    margin = min((indent_of(line) for line in block if line.strip()), default=0)
    return [line[margin:] for line in block], last


def code(lines: Sequence[str]) -> str:
    """Return lines of code as HTML, a paragraph a line."""
    return "".join(f"<p>{escape(line.strip())}</p>" for line in lines if line.strip())


class Closings:
    """Finds where elements are closed; each closing tag is looked for once, not for each opening one."""

    def __init__(self, text: str, opening: str, ending: str) -> None:
        """Look in ``text``; ``opening`` and ``ending`` are what stands around the name in a closing tag."""
        self._text = text
        self._opening = opening
        self._ending = ending
        self._next: dict[str, tuple[int, int] | None] = {}

    def of(self, name: str, at: int) -> tuple[int, int] | None:
        """Return where the next closing tag of this name begins and ends; None if there is none."""
        known = self._next.get(name, (-1, -1))
        if known is not None and known[0] < at:
            sign = f"{re.escape(self._opening)}{re.escape(name)}{self._ending}"
            found = re.compile(sign, re.IGNORECASE).search(self._text, at)
            known = self._next[name] = found.span() if found else None
        return known

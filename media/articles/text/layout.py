"""The blocks of a plain-text document: paragraphs as they were, however the file breaks its lines."""

import re
from itertools import pairwise
from typing import Final


def split_blocks(text: str) -> list[str]:
    """Split a text into its blocks in reading order, white space folded, none empty.

    Corpora keep a block a line, with or without blank lines between; older texts are wrapped at a fixed
    width, with blank lines or indents between paragraphs. Lines are joined only where the whole text is
    wrapped so.
    """
    lines = [line.expandtabs(4).rstrip() for line in _LINE_ENDS.split(text)]
    if not _is_wrapped(lines):
        return [folded for line in lines if (folded := " ".join(line.split()))]
    blocks: list[list[str]] = [[]]
    for line in lines:
        indented = line[:1] == " " and blocks[-1] and not blocks[-1][-1].startswith(" ")
        if not line.strip() or indented:
            blocks.append([])
        if line.strip():
            blocks[-1].append(line)
    return [_joined(block) for block in blocks if block]


_LINE_ENDS: Final = re.compile(r"[\n\f\v\u0085\u2028\u2029]")
_MIDDLE_OF_SENTENCE: Final = re.compile(r"[\w,;:)’'\"-]\Z")


def _is_wrapped(lines: list[str]) -> bool:
    """Whether lines are broken at a width rather than at the end of their blocks.

    In a wrapped text lines with a follower are nearly as wide as the widest, none is wider than 100
    characters, and most break off amid a sentence.
    """
    followed = [line for line, follower in pairwise(lines) if line.strip() and follower.strip()]
    if len(followed) < 4:
        return False
    widths = sorted(len(line) for line in followed)
    widest, median = widths[-1], widths[len(widths) // 2]
    if widest > 100 or max(map(len, lines)) > 110 or median < 40:
        return False
    full = sum(width >= widest * 0.75 for width in widths)
    broken = sum(_MIDDLE_OF_SENTENCE.search(line) is not None for line in followed)
    return full >= len(followed) * 0.7 and broken >= len(followed) * 0.6


def _joined(lines: list[str]) -> str:
    pieces: list[str] = []
    for line in lines:
        piece = " ".join(line.split())
        # A word cut at the end of its line is one word again.
        if pieces and piece[:1].islower() and _CUT_WORD.search(pieces[-1][-3:]):
            pieces[-1] = pieces[-1][:-1]
        elif pieces:
            pieces.append(" ")
        pieces.append(piece)
    return "".join(pieces)


_CUT_WORD: Final = re.compile(r"[^\W\d_]{2}-\Z")

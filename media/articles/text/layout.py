"""The blocks of a plain-text document: paragraphs as they were, however the file breaks its lines."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Final


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text that is judged separately: a block, or a part of one."""

    text: str
    joint: str | None = None
    """The text between it and the piece before it if both may be one block ("", " "); None at a block's start."""


def split_blocks(text: str) -> list[Piece]:
    """Split a text into its blocks in reading order, white space folded, none empty.

    Corpora keep a block a line, with or without blank lines between. Others wrap their lines at a fixed width, with
    blank lines, indents, or nothing between paragraphs. Lines are joined only where the whole text is wrapped so;
    where the end of a line may as well be that of its block, two pieces say so. Signs of quotation (">") are taken off.
    """
    lines = _unquoted([line.expandtabs(4).rstrip() for line in _LINE_ENDS.split(text)])
    wrap = _find_wrap(lines)
    if wrap is None:
        return [Piece(folded) for line in lines if (folded := " ".join(line.split()))]
    blocks: list[tuple[list[str], str | None]] = []
    last = ""
    for line in lines:
        if line.strip():
            end = wrap.ends_block(blocks[-1][0], line) if last else "surely"
            if end:
                blocks.append(([], None if end == "surely" else " "))
            blocks[-1][0].append(line)
        last = line.strip()
    return [Piece(_joined(block), joint) for block, joint in blocks]


def _unquoted(lines: list[str]) -> list[str]:
    """Take the signs of a quotation off, where nearly all lines have one."""
    filled = [line for line in lines if line.strip()]
    quoted = sum(line.startswith(">") for line in filled)
    if len(filled) < 3 or quoted < 0.9 * len(filled):
        return lines
    return [_QUOTED.sub("", line) for line in lines]


@dataclass(frozen=True, slots=True)
class _Wrap:
    """The way in which the lines of a text are broken."""

    width: int
    """Characters that a line may have."""
    is_filled: bool
    """Each line takes all words that fit, as programs wrap; people and scanners leave some for the next."""

    def ends_block(self, block: list[str], following: str) -> str:
        """Return whether a block ends before ``following`` without a blank line: "surely", "perhaps" or ""."""
        line = block[-1]
        if following[:1] == " " and not line.startswith(" "):
            return "surely"
        ended = line.endswith(_FULL_STOPS) and not following[:1].islower()
        if not self.is_filled:
            return "surely" if len(line) < 0.7 * self.width and ended else ""
        if _fits(line, following, self.width):
            return "surely"
        return "perhaps" if ended and len(block) >= _PARAGRAPH else ""


_PARAGRAPH: Final = 3
"""Lines: what is shorter may be a caption of two sentences, and is not parted."""


def _fits(line: str, following: str, width: int) -> bool:
    """Return whether the first word of the following line had room at the end of ``line``."""
    if _UNSPACED.match(following.lstrip()):
        return len(line) + 3 <= width  # no line begins with a full stop, so that some are shorter
    return len(line) + 1 + len(following.split(maxsplit=1)[0]) <= width


_LINE_ENDS: Final = re.compile(r"[\n\f\v\u0085\u2028\u2029]")
_QUOTED: Final = re.compile(r"\A(?:> ?)+")
_MIDDLE_OF_SENTENCE: Final = re.compile(r"[\w,;:)’'\"-]\Z")
_FULL_STOPS: Final = (".", "!", "?", "…", "”", "»", '"', ")", "。", "」", "؟")
_WIDEST, _NARROWEST = 100, 40
"""Characters: texts are wrapped at 60 to 80, some at 100; what is narrower is a list, a poem, a column of names."""
_UNSPACED: Final = re.compile("[\u3001-\u30ff\u3400-\u9fff\uff01-\uff65]")


def _find_wrap(lines: list[str]) -> _Wrap | None:
    """Return how lines are broken at a width; None if each line is a whole block.

    A line surely continues if the next one begins with a small letter. In a wrapped text there are many such lines, and
    they are the wide ones. If hardly any of them had room for one more word, a program has filled the lines. Then a
    line that had room ends its block: a paragraph, a headline or a credit.
    """
    followed = [(line, next_) for line, next_ in pairwise(lines) if line.strip() and next_.strip()]
    longest = max((len(line) for line in lines if " " in line.strip() or not line.isascii()), default=0)
    if len(followed) < 4 or longest > 1.1 * _WIDEST:
        return None
    if _ends_alike(lines):
        return None
    going_on = [(line, next_) for line, next_ in followed if _goes_on(line, next_, longest)]
    wide = sum(len(line) >= 0.75 * longest for line, _ in followed)
    widths = sorted(len(line) for line, _ in going_on)
    if len(widths) >= max(4, 0.3 * wide):
        width = widths[-1 - len(widths) // 100]  # a line in a hundred may stick out, for an address in it
        room = sum(_fits(line, next_, width) for line, next_ in going_on)
        if _NARROWEST <= width <= _WIDEST and room <= 0.15 * len(going_on):
            return _Wrap(width, is_filled=True)
    return _Wrap(max(len(line) for line, _ in followed), is_filled=False) if _is_ragged(followed) else None


def _ends_alike(lines: list[str]) -> bool:
    """Return whether half of the lines end in one word: in credits, or the items of a list, but not where a width
    breaks them.
    """
    ends = Counter(line.split()[-1] for line in {line for line in lines if line.strip()})
    return ends.total() >= 3 and ends.most_common(1)[0][1] >= 0.5 * ends.total()


def _goes_on(line: str, following: str, longest: int) -> bool:
    """Return whether a line continues in the following one: the next begins with a small letter, or, in scripts
    without them, the line is wide and does not end a sentence.
    """
    first = following.lstrip()[:1]
    if first.islower():
        return True
    return (
        first.isalpha()
        and not first.isupper()
        and len(line) >= 0.9 * longest
        and not line.endswith(_FULL_STOPS)
    )


def _is_ragged(followed: list[tuple[str, str]]) -> bool:
    """Return whether lines are broken at about the same width.

    Lines with a follower are nearly as wide as the widest, none is wider than 100 characters, and most break off
    amid a sentence.
    """
    widths = sorted(len(line) for line, _ in followed)
    widest, median = widths[-1], widths[len(widths) // 2]
    if widest > _WIDEST or median < _NARROWEST:
        return False
    full = sum(width >= widest * 0.75 for width in widths)
    broken = sum(_MIDDLE_OF_SENTENCE.search(line) is not None for line, _ in followed)
    return full >= len(followed) * 0.7 and broken >= len(followed) * 0.6


def _joined(lines: list[str]) -> str:
    pieces: list[str] = []
    for line in lines:
        piece = " ".join(line.split())
        # A word cut at the end of its line is one word again.
        if pieces and piece[:1].islower() and _CUT_WORD.search(pieces[-1][-3:]):
            pieces[-1] = pieces[-1][:-1]
        elif pieces and not (_UNSPACED.match(piece) and _UNSPACED.match(pieces[-1][-1:])):
            pieces.append(" ")
        pieces.append(piece)
    return "".join(pieces)


_CUT_WORD: Final = re.compile(r"[^\W\d_]{2}-\Z")

"""Marks where one text differs from another, word by word."""

import difflib
import re
from html import escape

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_WORDS = 600
_ALIKE = 0.6
"""Below this share of common words (difflib's ratio) a caption is another text, and is shown plain."""


def mark_differences(text: str, reference: str) -> str | None:
    """``text`` as markup: its own words marked, those of ``reference`` that it lacks struck out.

    None where there is nothing to mark: the two are equal, or so unlike that marks would hide the text.
    """
    own, other = _WORDS.findall(text), _WORDS.findall(reference)
    if text == reference or max(len(own), len(other)) > _MOST_WORDS:
        return None
    matcher = difflib.SequenceMatcher(None, other, own, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return None
    parts: list[str] = []
    gone = come = ""
    for step, left, left_end, right, right_end in [*matcher.get_opcodes(), ("equal", 0, 0, 0, 0)]:
        old, new = "".join(other[left:left_end]), "".join(own[right:right_end])
        if step != "equal" or (new and not new.strip() and (gone or come)):
            gone, come = gone + old, come + new
            continue
        parts += [_struck(gone, come), _marked(come), escape(new)]
        gone = come = ""
    return "".join(parts)


def _struck(gone: str, come: str) -> str:
    """Return the words struck out, with the space around them, and one before what came instead."""
    if not gone.strip():
        return ""
    before, after = gone[: len(gone) - len(gone.lstrip())], gone[len(gone.rstrip()) :]
    apart = " " if come and not after and not come[0].isspace() else ""
    return f"{before}<del>{escape(gone.strip())}</del>{after}{apart}"


def _marked(come: str) -> str:
    """Return the words marked, the space around them not."""
    if not come.strip():
        return escape(come)
    before, after = come[: len(come) - len(come.lstrip())], come[len(come.rstrip()) :]
    return f"{before}<mark>{escape(come.strip())}</mark>{after}"

"""Marks where one text differs from another, word by word."""

import difflib
import re
from html import escape

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_WORDS = 600


def mark_differences(text: str, reference: str) -> str:
    """``text`` as markup: its own words marked, those of ``reference`` that it lacks struck out.

    A text too long to be worth it, or unlike its reference, is only escaped.
    """
    own, other = _WORDS.findall(text), _WORDS.findall(reference)
    if text == reference or max(len(own), len(other)) > _MOST_WORDS:
        return escape(text)
    matcher = difflib.SequenceMatcher(None, other, own, autojunk=False)
    if matcher.quick_ratio() < 0.4:
        return escape(text)
    parts = []
    for step, left, left_end, right, right_end in matcher.get_opcodes():
        gone, come = escape("".join(other[left:left_end])), escape("".join(own[right:right_end]))
        if step == "equal":
            parts.append(come)
            continue
        if gone.strip():
            parts.append(f"<del>{gone}</del>" + (" " if come.strip() and not gone.endswith(" ") else ""))
        elif not come.strip():
            parts.append(come)
        if come.strip():
            parts.append(f"<mark>{come}</mark>")
    return "".join(parts)

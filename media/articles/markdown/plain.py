"""A line of Markdown as it is read, without the signs of its markup."""

import re

import pyromark

OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_HEADING_ATTRIBUTES
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_DEFINITION_LIST
    | pyromark.Options.ENABLE_GFM
)
_SIGNS = re.compile(r"[\[*_`\\&<~]")
_START = "\ufdd3"
"""Before the line, so that none of its own signs begins a list or a heading."""


def plain(text: str) -> str:
    """Return ``text`` in one line, with its entities decoded, without signs of Markdown and tags of HTML."""
    text = " ".join(text.split())
    if not _SIGNS.search(text):
        return text
    parts = []
    for event in pyromark.events(_START + text, options=OPTIONS):
        if isinstance(event, str):
            continue
        for kind, value in event.items():
            if kind in ("Text", "Code"):
                parts.append(str(value))
            elif kind == "InlineHtml" and str(value).lower().startswith("<br"):
                parts.append(" ")
    return " ".join("".join(parts).replace(_START, "").split())

"""Recognises Markdown."""

import json
import re

NAMES = re.compile(r"\.(?:md|markdown|mdown|mkdn?|mdx|rmd|qmd|mdtext|livemd|svx)$", re.IGNORECASE)
_IMAGE = re.compile(r"!\[[^\[\]\n]{0,1000}\](?:\([^()\n]{1,2000}\)|\[[^\[\]\n]{0,300}\])")
_OTHER = re.compile(rb"\s*(?:<!doctype|<html|<\?xml|\[\s*[\"{])", re.IGNORECASE)
_SIGNS = (
    re.compile(r"^#{1,6} \S", re.MULTILINE),
    re.compile(r"\[[^\[\]\n]{1,300}\]\([^()\s]{3,1000}\)"),
    re.compile(r"(?<!\w)\*\*[^*\n]{1,200}\*\*(?!\w)"),
    re.compile(r"^```", re.MULTILINE),
)


def looks_like_markdown(head: bytes, name: str) -> bool:
    """Return whether a record that begins with ``head`` is Markdown, or text with WordPress's captions.

    Its own signs decide: an image, a shortcode, front matter, or two of heading, link, emphasis and code;
    with a name that says so, any text that is not a page.
    """
    if b"\0" in head or _OTHER.match(head):
        return False
    text = head.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n")
    named = NAMES.search(name) is not None
    if text.lstrip().startswith("{") and re.match(r"\s*\{\s*[\"}]", text):
        return named and _goes_on(text.lstrip())
    if named:
        return True
    if _IMAGE.search(text) or re.search(r"\[(?:wp_)?caption\b[^\]]{0,500}\]", text):
        return True
    if re.match(r"---\n(?:[\w-]+:.*\n)+", text) or re.match(r"\+\+\+\n(?:[\w.-]+\s*=.*\n)+", text):
        return True
    return sum(sign.search(text) is not None for sign in _SIGNS) >= 2


def _goes_on(text: str) -> bool:
    """Return whether text follows, or may follow, the JSON object at the beginning."""
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return re.search(r"\n\}\n\s*[^\s\]},]", text) is not None or len(text) > 4_000
    return bool(text[end:].strip())

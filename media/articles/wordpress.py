"""WordPress's own markup: shortcodes, galleries by number, paragraphs separated by blank lines."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Final

from media.articles.article import MAX_PICTURES
from media.articles.markup import Shown
from media.left_out import take

_SHORTCODE = re.compile(
    r"\[(?P<close>/?)(?P<name>[A-Za-z][\w-]{0,60}+)(?P<given>(?:\s++[\w-]{1,60}+\s?=\s?"
    r"(?:\"[^\"]{0,20000}+\"|'[^']{0,20000}+'|[^\s\"'\[\]]{0,2000}+)|\s++[^\s\"'=\[\]]{1,200}+)*+)\s*+/?\]"
)
_ATTRIBUTE = re.compile(r"([\w-]{1,60})\s?=\s?(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']+))")
_PICTURE = re.compile(r"\s*(?:<a\b[^<>]*>\s*)?<img\b[^<>]*>(?:\s*</a>)?", re.IGNORECASE)
_EMBEDS: Final = frozenset(("embed", "video", "audio", "playlist", "youtube", "vimeo", "soundcloud", "tweet"))
"""Shortcodes whose content is an address, no text."""
_CHARACTERS: Final = 20_000
"""The most characters of a caption's shortcode."""
_BLOCK_START = re.compile(
    r"\s*<(?:!--|/?(?:p|div|figure|h[1-6]|ul|ol|li|dl|blockquote|table|t[rdh]|pre|section|article|aside|iframe|form|hr"
    r"|center|address|header|footer|script|style)\b)",
    re.IGNORECASE,
)


def to_html(content: str, pictures: Mapping[str, Shown], own: Sequence[str] = ()) -> str:
    """Return a post's content as HTML.

    ``pictures`` are those of the media library, by their number as text; ``own`` the numbers of those that belong to
    the post, in order, which a gallery without numbers shows.
    """
    return with_paragraphs(_without_shortcodes(content, pictures, own))


def _numbers(given: str) -> list[str]:
    attributes = _attributes(given)
    listed = attributes.get("ids") or attributes.get("include") or ""
    return take(re.findall(r"\d{1,18}", listed), MAX_PICTURES, "pictures in a gallery")


def _attributes(given: str) -> dict[str, str]:
    return {
        name.lower(): double or single or bare for name, double, single, bare in _ATTRIBUTE.findall(given)
    }


def _without_shortcodes(content: str, pictures: Mapping[str, Shown], own: Sequence[str]) -> str:
    closed = {found["name"] for found in _SHORTCODE.finditer(content) if found["close"]}
    parts: list[str] = []
    at = 0
    for found in _SHORTCODE.finditer(content):
        if found.start() < at:
            continue
        shown, end = _show(found, content, pictures, own, found["name"] in closed)
        parts += [content[at : found.start()], found[0] if shown is None else shown]
        at = end
    return "".join([*parts, content[at:]])


def _show(
    found: re.Match[str], content: str, pictures: Mapping[str, Shown], own: Sequence[str], is_closed: bool
) -> tuple[str | None, int]:
    """Return the replacement of a shortcode, and where it ends; None if it is text, which stays."""
    name, given, end = found["name"].lower(), found["given"], found.end()
    if name == "gallery" and not found["close"]:
        return _gallery([pictures[n] for n in _numbers(given) or own if n in pictures]), end
    if name in ("caption", "wp_caption") or name in _EMBEDS:
        stop = content.find(f"[/{found['name']}]", end, end + _CHARACTERS) if not found["close"] else -1
        if stop < 0:
            return "", end
        inner = "" if name in _EMBEDS else _caption(_attributes(given), content[end:stop], pictures)
        return inner, stop + len(found["name"]) + 3
    if is_closed or found["close"] or "=" in given or "-" in name or "_" in name:
        return "", end
    line_start = content.rfind("\n", max(0, found.start() - 80), found.start())
    alone = not content[line_start + 1 : found.start()].strip() and content[end : end + 1] in ("", "\n", "\r")
    return ("" if alone and found["name"].islower() else None), end


def _caption(attributes: Mapping[str, str], inner: str, pictures: Mapping[str, Shown]) -> str:
    picture = _PICTURE.match(inner)
    text = attributes.get("caption") or (inner[picture.end() :] if picture else inner)
    shown = picture[0] if picture else ""
    number = re.search(r"\d{1,18}", attributes.get("id", ""))
    if not picture and number and (kept := pictures.get(number[0])) and kept.src:
        shown = f'<img src="{html.escape(kept.src)}">'
    return f'\n\n<figure class="wp-caption">{shown}<figcaption>{text.strip()}</figcaption></figure>\n\n'


def _gallery(pictures: Sequence[Shown]) -> str:
    figures = "".join(
        f'<figure><img src="{html.escape(one.src or "")}" alt="{html.escape(one.alt or "")}">'
        + (f"<figcaption>{one.caption}</figcaption>" if one.caption else "")
        + "</figure>"
        for one in pictures
    )
    return f"\n\n<div>{figures}</div>\n\n" if figures else ""


def with_paragraphs(content: str) -> str:
    """Mark the paragraphs that blank lines part, as WordPress does when it shows a post."""
    parts = []
    for part in re.split(r"\n[ \t\r]*\n\s*", content):
        if part.strip() and not _BLOCK_START.match(part):
            part = "<p>" + part.strip().replace("\n", "<br>") + "</p>"
        parts.append(part)
    return "\n\n".join(parts)

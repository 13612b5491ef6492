"""Articles in BBCode, from forums and their archives. Every tag is replaced by the HTML element that it means.

Source: the BBCode of phpBB, vBulletin and SMF as their help pages list it.
"""

import re
from dataclasses import dataclass

from media.articles.article import Article, Hints
from media.articles.markup import Shown
from media.articles.markups.lines import Closings, escape
from media.articles.written import Written, add_picture, read_written, without_marks
from media.decoding.encoding import decode_text

NAMES = re.compile(r"\.bb(?:code)?$", re.IGNORECASE)
_PICTURE = re.compile(rb"\[img(?:[=\s][^\]\n]{0,200})?\]\s*[^\s\[\]]{4,1500}\s*\[/img\]", re.IGNORECASE)
_PAIR = re.compile(
    rb"\[(b|i|u|url|quote|size|color|center|list|code|spoiler)(?:=[^\]\n]{0,200})?\](?=[^\0]{0,3000}?\[/\1\])",
    re.IGNORECASE,
)
_TAG = re.compile(r"\[(/?)([a-zA-Z]{1,12}|\*)(?:[=\s]([^\[\]\n]{0,1000}))?\]")
_ELEMENTS = {
    **{
        name: name
        for name in (
            "b",
            "i",
            "u",
            "s",
            "sup",
            "center",
            "ul",
            "li",
            "table",
            "tr",
            "td",
            "h1",
            "h2",
            "h3",
            "p",
        )
    },
    **dict.fromkeys(("quote", "indent"), "blockquote"),
    **dict.fromkeys(("spoiler", "left", "right", "justify"), "div"),
    "sub": "small",
    "list": "ul",
    "ol": "ul",
    "th": "td",
    "caption": "figcaption",
}
"""The HTML element for each tag."""
_PLAIN = frozenset(
    (
        "url",
        "size",
        "color",
        "colour",
        "font",
        "email",
        "align",
        "highlight",
        "anchor",
        "goto",
        "user",
        "hr",
        "abbr",
        "bg",
        "member",
        "small",
        "big",
        "br",
    )
)
_DROPPED = frozenset(("youtube", "video", "media", "attach", "flash", "audio", "tweet", "embed"))
_BLOCKS = frozenset(("center", "blockquote", "ul", "li", "table", "tr", "td", "h1", "h2", "h3", "div", "p"))
_HEADLINE_CHARACTERS = 200


def looks_like_bbcode(head: bytes, name: str) -> bool:
    """Return whether a record that begins with ``head`` is BBCode: by its name, a picture, or three closed tags."""
    if b"\0" in head or re.match(rb"\s*<(?:!doctype|html|\?xml)", head, re.IGNORECASE):
        return False
    if NAMES.search(name):
        return True
    if re.search(r"\.(?:txt|text|post)$|^[^.]+$", name, re.IGNORECASE) is None:
        return False
    return _PICTURE.search(head) is not None or len(_PAIR.findall(head)) >= 3


@dataclass(slots=True)
class _State:
    pictures: list[Shown]
    opened: list[str]


def read_bbcode(data: bytes, hints: Hints) -> Article:
    """Return the article of a post in BBCode; every text is one."""
    text = without_marks(decode_text(data).text)
    headline, text = _take_headline(text)
    state = _State([], [])
    return read_written(Written(_write(text, state), state.pictures, headline=headline))


def _take_headline(text: str) -> tuple[str | None, str]:
    """Take a first paragraph that is one line in bold, or large, for the headline."""
    first, _, rest = text.lstrip().partition("\n")
    found = re.fullmatch(
        r"(?:\[(?:size|color|center|u|font)[^\[\]]{0,60}\]){0,4}\[b\]([^\[\]]{1,300})\[/b\](?:\[/\w{1,9}\]){0,4}",
        first.strip(),
        re.IGNORECASE,
    )
    found = found or re.fullmatch(
        r"(?:\[b\])?\[(?:size|h1|h2)[^\[\]]{0,20}\]([^\[\]]{1,300})\[/(?:size|h1|h2)\](?:\[/b\])?",
        first.strip(),
        re.IGNORECASE,
    )
    if found is None or len(found[1]) > _HEADLINE_CHARACTERS or found[1].rstrip().endswith("."):
        return None, text
    return " ".join(found[1].split()), rest


def _write(text: str, state: _State) -> str:
    out = ["<p>"]
    at = 0
    dropped = ""
    closing = Closings(text, "[/", r"\]")
    while (tag := _TAG.search(text, at)) is not None:
        name, ends = tag[2].lower(), bool(tag[1])
        if not dropped:
            out.append(_text(text[at : tag.start()]))
        at = tag.end()
        if dropped:
            dropped = "" if ends and name == dropped else dropped
        elif name in ("img", "image", "thumb") and not ends:
            end = closing.of(name, at)
            if end is not None:
                out.append(_picture(text[at : end[0]], tag[3] or "", state))
                at = end[1]
        elif name == "code" and not ends and (end := closing.of(name, at)) is not None:
            out += [f"<p>{escape(line)}</p>" for line in text[at : end[0]].splitlines() if line.strip()]
            at = end[1]
        elif name in _DROPPED and not ends:
            dropped = name if closing.of(name, at) is not None else ""
        elif name == "*":
            out.append("<li>")
        elif name in _ELEMENTS:
            element = _ELEMENTS[name]
            out.append(f"</{element}>" if ends else f"<{element}>")
            out.append("<p>" if ends and element in _BLOCKS else "")
        elif name not in _PLAIN and name not in _DROPPED:
            out.append(escape(tag[0]))  # brackets of the text's own
    out.append(_text(text[at:]))
    return "".join(out)


def _picture(src: str, given: str, state: _State) -> str:
    src = src.strip()
    if not src or len(src) > 2_000 or " " in src:
        return escape(src)
    alt = re.search(r"\balt=[\"']?([^\"'\]]{1,500})", given)
    shown = add_picture(state.pictures, Shown(src, alt=alt[1].strip() if alt else None, field="image"))
    return shown.removeprefix("<p>").removesuffix("</p>")


def _text(text: str) -> str:
    escaped = escape(text)
    return re.sub(r"\n", "<br>", re.sub(r"\n[ \t]*\n\s*", "<p>", escaped)) if "\n" in escaped else escaped

"""Prepares the text of a document for a parser of plain Markdown, and separates the extensions of other tools.

Fenced code is not changed.
"""

import html
import re
from collections.abc import Iterator

from media.articles.markdown.plain import plain
from media.articles.markdown.shortcodes import Shortcodes
from media.articles.markup import Shown
from media.articles.written import MARK, without_comments, without_marks

_EMBED = re.compile(
    r"!\[\[([^\[\]|\n]{1,500}\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?))(?:\|([^\[\]\n]{0,1500}))?\]\]", re.I
)
_WIKI_LINK = re.compile(r"(?<!!)\[\[([^\[\]|\n]{1,300})(?:\|([^\[\]|\n]{1,300}))?\]\](?!\()")
_SPACED_ADDRESS = re.compile(
    r"!\[([^\[\]\n]{0,500})\]\(([^()\s<>\"'][^()\n<>\"']{0,300}\.(?:jpe?g|png|gif|webp|avif|svg|tiff?|bmp))(?:\s+=\d*x?\d*)?\)",
    re.I,
)
_IMPORT = re.compile(
    r"^import\s+(?:([\w$]{1,80})\s+from\s+)?[\w$*{}\s,]{0,300}?(?:from\s+)?[\"']([^\"'\n]{1,300})[\"'];?[ \t]*$",
    re.M,
)
_EXPORT = re.compile(
    r"^export\s+(?:const|let|var|default|function|async)\b[^\n]*(?:\n(?![ \t]*\n)[^\n]*){0,200}", re.M
)
_OPTIONS = re.compile(
    r"\{::/?[^{}\n]{0,300}\}|\{:/[^{}\n]{0,100}\}|^[ \t]*(?:\[TOC\]|\[\[_?toc_?\]\]|\{:toc[^{}\n]{0,100}\})[ \t]*$",
    re.I | re.M,
)
_COMMENT_KRAMDOWN = re.compile(r"\{::comment\}.{0,20000}?\{:/(?:comment)?\}", re.S)
_ABBREVIATION = re.compile(r"^\*\[[^\[\]\n]{1,100}\]:[^\n]*$", re.M)
_WORDPRESS = re.compile(
    r"\[/?(?:gallery|playlist|embed|audio|video)\b(?![\](])[^\[\]\n]{0,1000}\](?!\()|\[/?embed\](?!\()"
)
"""WordPress's shortcodes that show no text; a gallery names its pictures by numbers that only its site knows."""
_REQUIRED = re.compile(
    r"""\b(src|alt|caption)=\{(?:require\()?\s*["'`]([^{}"'`]{1,1000})["'`]\s*\)?(?:\.default)?\}"""
)
_HIGHLIGHT = re.compile(r"(?<![=\w])==(?=[^=\s])([^=\n]{1,500}?)(?<=\S)==(?![=\w])")
_FENCED = re.compile(r"^[ \t]{0,12}(:{3,})[ \t]*(?:\{?([^\n]*?)\}?)[ \t]*$")
_CAPTION_BLOCK = re.compile(
    r"^///[ \t]*(?:figure-)?caption\b[^\n]*\n((?:(?!///)[^\n]*\n){1,40})///[ \t]*$", re.MULTILINE
)
"""The captions of Python-Markdown's blocks: ``/// caption`` ... ``///``."""
_FIGURE_NAMES = re.compile(r"\bfigure\b|\bfig\b|#fig|\bcaption\b|\bimage\b", re.I)
_SWALLOWS = re.compile(
    r"<(script|style|textarea|title|iframe|noembed|noframes|noscript|xmp|plaintext|svg|math|template|object|select|option|audio|video"
    r"|canvas|nav|dialog|map|button|head)\b[^<>]{0,2000}>",
    re.I,
)
"""Elements whose text is not part of the article: an unclosed one would remove the rest."""


def prepare(text: str, shortcodes: Shortcodes, pictures: list[Shown]) -> str:
    """Return ``text`` as Markdown and HTML, with a mark for each picture that other tags show."""
    return "".join(
        part if is_code else _prepare_part(part, shortcodes, pictures)
        for is_code, part in split_code(without_marks(text))
    )


def _prepare_part(text: str, shortcodes: Shortcodes, pictures: list[Shown]) -> str:
    if "<!--" in text:
        text = without_comments(text)
    if "{:" in text:
        text = _OPTIONS.sub("", _COMMENT_KRAMDOWN.sub("", text))
    elif "[" in text:
        text = _OPTIONS.sub("", text)
    if "import " in text:
        text = _IMPORT.sub(lambda found: _learn_import(found, shortcodes), text)
    if "export " in text:
        text = _EXPORT.sub("", text)
    if "={" in text:
        text = _REQUIRED.sub(lambda found: f'{found[1]}="{html.escape(found[2])}"', text)
    text = shortcodes.replace(text)
    if "[" in text:
        text = _read_brackets(text, pictures)
    if "==" in text:
        text = _HIGHLIGHT.sub(r"\1", text)
    if "///" in text:
        text = _CAPTION_BLOCK.sub(r"\n<figcaption>\n\n\1\n</figcaption>\n", text)
    if ":::" in text:
        text = _read_fenced_divs(text)
    return _close_elements(text) if "<" in text else text


def _learn_import(found: re.Match[str], shortcodes: Shortcodes) -> str:
    if found[1]:
        shortcodes.learn(found[1], found[2])
    return ""


def _read_brackets(text: str, pictures: list[Shown]) -> str:
    """Read Obsidian's embeds and links; write addresses with blanks as Markdown has them."""

    def take(found: re.Match[str]) -> str:
        told = (found[2] or "").strip()
        caption = (
            None
            if re.fullmatch(r"\d*(?:x\d+)?", told)
            else plain(told.rpartition("|")[0] if re.search(r"\|\d+(?:x\d+)?$", told) else told)
        )
        pictures.append(Shown(found[1], caption, field="embed"))
        return MARK.format(len(pictures) - 1)

    text = _WORDPRESS.sub("", text)
    if "![[" in text:
        text = _EMBED.sub(take, text)
    if "[[" in text:
        text = _WIKI_LINK.sub(lambda found: found[2] or found[1], text)
    if "![" in text:
        text = _SPACED_ADDRESS.sub(
            lambda found: f"![{found[1]}](<{found[2]}>)" if " " in found[2] else f"![{found[1]}]({found[2]})",
            text,
        )
    return _ABBREVIATION.sub("", text) if "*[" in text else text


def _read_fenced_divs(text: str) -> str:
    """Write ``:::name`` ... ``:::`` as elements, those that say figure as figures."""
    lines = text.split("\n")
    opened: list[tuple[int, str]] = []
    for index, line in enumerate(lines):
        found = _FENCED.match(line)
        if found is None:
            continue
        name = found[2].strip().strip(":").strip()
        if name:
            directive = re.match(r"\{?(figure|image|figure-md)\}[ \t]+(\S[^\n]*)", name)
            if directive is not None:  # MyST's colon fence
                lines[index], element = "```{" + directive[1] + "} " + directive[2], "```"
            else:
                element = "figure" if _FIGURE_NAMES.search(name) else "div"
                lines[index] = f"\n<{element}>\n"
            opened.append((index, element))
        elif opened:
            _, element = opened.pop()
            lines[index] = "```" if element == "```" else f"\n</{element}>\n"
        else:
            lines[index] = ""
    for index, _ in opened:  # nothing closes them
        lines[index] = ""
    return "\n".join(lines)


def _close_elements(text: str) -> str:
    """Drop scripts and styles, and the opening tags of elements that would swallow what follows them."""
    parts: list[str] = []
    at = 0
    folded = text.lower()
    if len(folded) != len(text):  # some capitals are longer than their small letters
        folded = "".join(each.lower() if each.isascii() else each for each in text)
    ends: dict[str, int] = {}
    for opened in _SWALLOWS.finditer(text):
        if opened.start() < at:
            continue
        name = opened[1].lower()
        known = ends.get(name, -1)
        if known < opened.end():
            found = folded.find(f"</{name}", opened.end())
            known = ends[name] = found if found >= 0 else len(text) + 1
        if known > len(text):
            parts.append(text[at : opened.start()])
            at = opened.end()
        elif name in ("script", "style"):
            parts.append(text[at : opened.start()])
            closed = text.find(">", known)
            at = closed + 1 if closed >= 0 else known
    return "".join((*parts, text[at:]))


def split_code(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the text between fences, and each fence with the code inside it."""
    kept: list[str] = []
    fence: str | None = None
    for line in text.splitlines(keepends=True):
        found = re.match(r"[ \t]{0,12}(?:[-*+>]\s+)?(`{3,}|~{3,})(.*)", line)
        if found is None or (fence is None and found[1][0] == "`" and "`" in found[2]):
            kept.append(line)
        elif fence is None:
            yield False, "".join(kept)
            kept, fence = [line], found[1]
        else:
            kept.append(line)
            if found[1].startswith(fence) and not found[2].strip():
                yield True, "".join(kept)
                kept, fence = [], None
    yield fence is not None, "".join(kept)

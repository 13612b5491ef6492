"""Articles in reStructuredText, as Pelican, Nikola, Sphinx and pandoc keep them.

Nothing that the text names is fetched: ``include``, ``csv-table`` with a file and the like show nothing. Raw HTML is
read as text with pictures, by the rules of pages.

docutils is not used: of its inline markup 30,000 characters take it a minute, in time that grows with their square.

Source: the reStructuredText markup specification and directives of docutils.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from media.articles.article import Article, Hints
from media.articles.markdown.front_matter import split_front_matter
from media.articles.markdown.read import front_matter_of
from media.articles.markup import Shown
from media.articles.markups.lines import DEPTH, code, escape, take_indented
from media.articles.written import add_picture, read_written, without_marks
from media.captions.credit import is_credit_only
from media.decoding.encoding import decode_text

NAMES = re.compile(r"\.(?:rst|rest)$", re.IGNORECASE)
_SIGNS = re.compile(r"^\.\. (?:figure|image|thumbnail|code-block|note|title|contents)::? ", re.MULTILINE)
_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1{2,}\s*$")
_DIRECTIVE = re.compile(r"\.\.\s+(?:\|([^|\n]{1,200})\|\s+)?([\w:+.-]+)::(?:\s+(.*))?$")
_FIELD = re.compile(r":([^:\n]{1,100}):(?:\s+(.*))?$")
_META = re.compile(r"\.\. ([\w-]{1,40}): (.*)$")
_ITEM = re.compile(r"(?:[-*+•‣]|\(?(?:\d{1,4}|#|[A-Za-z]|[ivxlc]{1,6})[.)])\s+(?=\S)")
_PICTURES = frozenset(("figure", "image", "thumbnail", "carousel-image"))
_CODE = frozenset(("code", "code-block", "sourcecode", "parsed-literal", "prompt", "math", "doctest"))
_NOTHING = frozenset((
    "include", "literalinclude", "toctree", "contents", "meta", "index", "csv-table", "youtube", "vimeo", "highlight",
    "role", "default-role", "target-notes", "header", "footer", "sectnum", "title", "date", "unicode", "replace",
    "graphviz", "plot", "video", "audio", "soundcloud", "automodule", "autoclass", "currentmodule", "bibliography",
    "raw-latex", "post-list", "chart", "media", "doc",
))  # fmt: skip
_SUBSTITUTED = re.compile(r"\|([^|\s][^|]{0,200})\|")
_INLINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"``([^`]{1,2000})``"), r"\1"),
    (re.compile(r"(?::[\w:+.-]{1,60}:)?`([^`<]{1,1000}?)\s*<[^`<>]{0,1000}>`_{0,2}"), r"\1"),
    (re.compile(r":[\w:+.-]{1,60}:`([^`]{1,1000})`"), r"\1"),
    (re.compile(r"`([^`]{1,1000})`(?::[\w:+.-]{1,60}:)?_{0,2}"), r"\1"),
    (re.compile(r"\s?\[(?:#[\w-]{0,40}|\*|\d{1,4}|[A-Za-z][\w.-]{0,40})\]_(?!\w)"), ""),
    (re.compile(r"(?<![\w\\*])\*\*(?=\S)([^*]{1,1000})(?<=\S)\*\*(?!\w)"), "\ufdd4\\1\ufdd5"),
    (re.compile(r"(?<![\w\\*])\*(?=[^\s*])([^*]{1,1000})(?<=[^\s\\])\*(?![\w*])"), "\ufdd6\\1\ufdd7"),
    (re.compile(r"\|([^|\s][^|]{0,200})\|_{0,2}"), r"\1"),
    (re.compile(r"(?<=\w)_{1,2}(?!\w)"), ""),
    (re.compile(r"\\([^\sa-zA-Z0-9])"), r"\1"),
    (re.compile(r"\\\s"), ""),
)
_SET = {0xFDD4: "<b>", 0xFDD5: "</b>", 0xFDD6: "<i>", 0xFDD7: "</i>"}
_PLAIN = dict.fromkeys(_SET)
"""Placeholders for HTML's special characters until the text's own are escaped."""


def looks_like_restructuredtext(head: bytes, name: str) -> bool:
    """Return whether a record that begins with ``head`` is reStructuredText: by its name, or by its directives."""
    if b"\0" in head or re.match(rb"\s*<(?:!doctype|html|\?xml)", head, re.IGNORECASE):
        return False
    if NAMES.search(name):
        return True
    return (
        name.lower().endswith(".txt")
        and _SIGNS.search(head.decode("utf-8", "replace").replace("\r\n", "\n")) is not None
    )


def read_restructuredtext(data: bytes, hints: Hints) -> Article:
    """Return the article of a document in reStructuredText; every text is one."""
    fields, text = split_front_matter(without_marks(decode_text(data).text))
    writer = _Writer(dict(fields))
    lines = [line.rstrip().expandtabs(8) for line in text.split("\n")]
    written = writer.write(lines[writer.read_head(lines) :])
    told = front_matter_of(writer.fields, hints.name)
    return read_written(
        replace(told, html=written, pictures=writer.pictures, headline=told.headline or writer.headline)
    )


class _Writer:
    """Writes a document as HTML."""

    def __init__(self, fields: dict[str, object]) -> None:
        self.fields = fields
        self.pictures: list[Shown] = []
        self.headline: str | None = None
        self._substitutions: dict[str, Shown] = {}
        self._titles = 0

    def read_head(self, lines: Sequence[str]) -> int:
        """Read the comments in which Nikola keeps what other tools put into fields; return the place after them."""
        at = 0
        while at < len(lines) and (not lines[at] or (found := _META.match(lines[at]))):
            if lines[at] and found:
                self.fields.setdefault(found[1], found[2].strip())
            at += 1
        return at

    def write(self, lines: Sequence[str], depth: int = 0) -> str:
        """Return the HTML of some lines."""
        out: list[str] = []
        at = 0
        while at < len(lines):
            if not lines[at]:
                at += 1
                continue
            at = self._write_block(lines, at, out, depth)
        return "\n".join(out)

    def _write_block(self, lines: Sequence[str], at: int, out: list[str], depth: int) -> int:
        """Write what begins at a line; return the place after it."""
        line = lines[at]
        if line[0] == " " and depth < DEPTH:
            block, after = take_indented(lines, at)
            out.append(f"<blockquote>{self.write(block, depth + 1)}</blockquote>")
            return after
        if line.startswith(".. ") or line == "..":
            return self._write_explicit(lines, at, out, depth)
        if line.startswith("__ "):
            return at + 1
        if depth == 0 and (after := self._write_title(lines, at, out)):
            return after
        if _ADORNMENT.match(line):
            return at + 1
        if (field := _FIELD.match(line)) is not None:
            return self._read_field(lines, at, field)
        if line.startswith(("+-", "| ")) or line == "|":
            return _write_rows(self, lines, at, out)
        if (item := _ITEM.match(line)) is not None and depth < DEPTH:
            return self._write_item(lines, at, item.end(), out, depth)
        return self._write_paragraph(lines, at, out, depth)

    def _write_title(self, lines: Sequence[str], at: int, out: list[str]) -> int:
        """Write a title, if one begins here; return the place after it, or 0."""
        over = _ADORNMENT.match(lines[at])
        if over and at + 2 < len(lines) and lines[at + 1].strip() and lines[at + 2].startswith(over[1] * 3):
            text, after = lines[at + 1], at + 3
        elif (
            not over
            and at + 1 < len(lines)
            and _ADORNMENT.match(lines[at + 1])
            and lines[at + 1].strip() != "..."
        ):
            text, after = lines[at], at + 2
            if not lines[at].strip():
                return 0
        else:
            return 0
        self._titles += 1
        level = "h1" if self._titles == 1 else "h2"
        out.append(f"<{level}>{self._inline(text)}</{level}>")
        return after

    def _read_field(self, lines: Sequence[str], at: int, field: re.Match[str]) -> int:
        block, after = take_indented(lines, at + 1)
        value = " ".join([field[2] or "", *block]).strip()
        if self._titles <= 1:
            self.fields.setdefault(field[1].strip(), self._plain(value))
        return max(after, at + 1)

    def _write_explicit(self, lines: Sequence[str], at: int, out: list[str], depth: int) -> int:
        """Write a directive; leave out comments, targets and footnotes."""
        if lines[at] == ".." and not "".join(lines[at + 1 : at + 2]):
            return at + 1  # an empty comment: what is indented after it is a quotation
        block, after = take_indented(lines, at + 1)
        found = _DIRECTIVE.match(lines[at])
        if found is not None:
            name = found[2].lower().rpartition(":")[2]
            argument = (found[3] or "").strip()
            if found[1]:
                if name == "image":
                    self._substitutions[found[1].lower()] = self._picture(argument, block)
            elif name in _PICTURES:
                self._write_picture(argument, block, out)
            elif name in _CODE:
                out.append(code(_without_options(block)))
            elif name == "raw":
                out.append("\n".join(block) if "html" in argument else "")
            elif name not in _NOTHING and depth < DEPTH:
                if argument and name not in (
                    "container",
                    "class",
                    "rst-class",
                    "table",
                    "list-table",
                    "image",
                ):
                    out.append(f"<p>{self._inline(argument)}</p>")
                out.append(self.write(_without_options(block), depth + 1))
        return max(after, at + 1)

    def _write_picture(self, src: str, block: Sequence[str], out: list[str]) -> None:
        shown = self._picture(src, block)
        if not shown.src:
            return
        out.append(add_picture(self.pictures, shown))
        _, legend = _caption_of(_without_options(block))
        words = self._plain(" ".join(legend))
        if words and not is_credit_only(words):
            out.append(self.write(legend, DEPTH))

    def _picture(self, src: str, block: Sequence[str]) -> Shown:
        options = _options(block)
        caption, legend = _caption_of(_without_options(block))
        words = self._plain(" ".join(caption)) or None
        credit = self._plain(" ".join(legend))
        credit_line = credit if credit and is_credit_only(credit) else None
        return Shown(src, words, credit_line if words else None, options.get("alt") or None, field="figure")

    def _write_item(self, lines: Sequence[str], at: int, width: int, out: list[str], depth: int) -> int:
        block, after = take_indented(lines, at + 1, min(width, 2))
        out.append(f"<ul><li>{self.write([lines[at][width:], *block], depth + 1)}</li></ul>")
        return max(after, at + 1)

    def _write_paragraph(self, lines: Sequence[str], at: int, out: list[str], depth: int) -> int:
        end = at + 1
        while end < len(lines) and lines[end] and lines[end][0] != " ":
            end += 1
        text = "\n".join(lines[at:end])
        is_term = (
            end < len(lines) and lines[end].startswith(" ") and end == at + 1 and not text.endswith("::")
        )
        if is_term and depth < DEPTH:
            block, after = take_indented(lines, end)
            out.append(f"<dl><dt>{self._inline(text)}</dt><dd>{self.write(block, depth + 1)}</dd></dl>")
            return after
        if text.endswith("::"):
            block, after = take_indented(lines, end)
            text = text[:-2].rstrip() + ("" if text[:-2].endswith((" ", "\n")) or text == "::" else ":")
            if text.strip(" :"):
                out.append(f"<p>{self._inline(text)}</p>")
            out.append(code(block))
            return max(after, end)
        while end < len(lines) and lines[end].startswith(" ") and depth >= DEPTH:
            text += f"\n{lines[end]}"
            end += 1
        alone = re.fullmatch(r"\|([^|\n]{1,200})\|_{0,2}", text.strip())
        if alone is not None and (shown := self._substitutions.get(alone[1].lower())) is not None:
            out.append(add_picture(self.pictures, shown))
        elif not text.startswith(">>> "):
            out.append(f"<p>{self._inline(text)}</p>")
        else:
            out.append(code(text.split("\n")))
        return end

    def _inline(self, text: str) -> str:
        """Return the HTML of a paragraph's text."""
        if self._substitutions:
            text = _SUBSTITUTED.sub(
                lambda found: "" if found[1].lower() in self._substitutions else found[0], text
            )
        for pattern, replacement in _INLINE:
            text = pattern.sub(replacement, text)
        return escape(text).translate(_SET)

    def _plain(self, text: str) -> str:
        for pattern, replacement in _INLINE:
            text = pattern.sub(replacement, text)
        return " ".join(text.translate(_PLAIN).split())


def _write_rows(writer: _Writer, lines: Sequence[str], at: int, out: list[str]) -> int:
    """Write the rows of a grid, or a block of lines."""
    end = at
    while end < len(lines) and lines[end].startswith(("+", "|", " ")) and lines[end].strip():
        line = lines[end]
        end += 1
        if line.startswith("+"):
            continue
        cells = (
            line.strip().strip("|").split("|")
            if line.rstrip().endswith("|") and len(line) > 1
            else [line.lstrip("| ")]
        )
        out += [f"<p>{writer._inline(cell.strip())}</p>" for cell in cells if cell.strip()]
    return max(end, at + 1)


def _options(block: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for line in block:
        field = _FIELD.match(line)
        if field is not None:
            name = field[1].lower()
            found[name] = (field[2] or "").strip()
        elif name and line.strip():  # pandoc does not indent continued lines.
            found[name] += f" {line.strip()}"
        else:
            break
    return found


def _without_options(block: Sequence[str]) -> list[str]:
    at = 0
    if block and _FIELD.match(block[0]):
        while at < len(block) and block[at].strip():
            at += 1
    return list(block[at:])


def _caption_of(block: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the lines of a figure's caption, its first paragraph, and those of its legend."""
    at = 0
    while at < len(block) and not block[at].strip():
        at += 1
    end = at
    while end < len(block) and block[end].strip():
        end += 1
    if block[at:end] == [".."]:  # a figure with a legend alone
        return [], list(block[end:])
    return list(block[at:end]), list(block[end:])

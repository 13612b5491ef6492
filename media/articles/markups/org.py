"""Articles in Org, as Emacs and its site generators keep them.

``#+CAPTION:`` above a link to a picture is its caption.

Source: the Org manual, "Images", "Captions", "Blocks", "Markup for rich contents".
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from media.articles.article import Article, Hints
from media.articles.markdown.front_matter import split_front_matter
from media.articles.markdown.lead import PICTURE_ADDRESS
from media.articles.markdown.read import front_matter_of
from media.articles.markup import Shown
from media.articles.markups.lines import code, escape
from media.articles.written import add_picture, read_written, without_marks
from media.decoding.encoding import decode_text

NAMES = re.compile(r"\.org$", re.IGNORECASE)
_SIGNS = re.compile(r"^#\+(?:title|caption|begin_\w+|date|author|options):", re.MULTILINE | re.IGNORECASE)
_KEYWORD = re.compile(r"\s*#\+([\w@-]{1,40})(?:\[[^\[\]]{0,200}\])?:\s*(.*)$")
_BEGIN = re.compile(r"\s*#\+begin_(\w{1,40})\b(.*)$", re.IGNORECASE)
_HEADING = re.compile(
    r"(\*{1,12})\s+(?:(?:TODO|DONE|NEXT|WAITING|CANCELLED|DRAFT)\s+)?(?:\[#[A-Z0-9]\]\s+)?(.*?)(?:\s+(:[\w@#%:]{1,200}:))?$"
)
_LINK = re.compile(r"\[\[([^\[\]\n]{1,2000})\](?:\[([^\[\]]{1,1000})\])?\]")
_ALONE = re.compile(
    r"\s*(?:\[\[([^\[\]\n]{1,2000})\](?:\[([^\[\]\n]{1,1000})\])?\]|(?:file:|\./)(\S{1,1000}))\s*$"
)
_LIST = re.compile(r"\s*(?:[-+]|\d{1,4}[.)])\s+(?:\[[ X-]\]\s+)?(?=\S)")
_NOTHING = re.compile(r"\s*(?:#(?:\s.*)?$|(?:SCHEDULED|DEADLINE|CLOSED|CLOCK):|-{5,}\s*$)")
_DRAWER_LINES = 200
"""A ":END:" further on belongs to something else."""
_FIELDS = ("title", "subtitle", "author", "date", "language", "url", "hugo_lead", "description")
_INLINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"\[fn:[^\[\]\n]{0,500}\]|\{\{\{[^{}\n]{0,500}\}\}\}|@@\w{1,20}:[^@\n]{0,500}@@|\\\\$",
            re.MULTILINE,
        ),
        "",
    ),
    (re.compile(r"(?<![\w=])=(?=\S)([^=\n]{1,500})(?<=\S)=(?![\w=])"), r"\1"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]{1,500})(?<=\S)~(?![\w~])"), r"\1"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*]{1,1000})(?<=[^\s*])\*(?![\w*])"), r"<b>\1</b>"),
    (re.compile(r"(?<![\w/:<])/(?=[^\s/])([^/]{1,1000})(?<=[^\s/<])/(?![\w/])"), r"<i>\1</i>"),
    (re.compile(r"(?<![\w_])_(?=[^\s_])([^_]{1,1000})(?<=[^\s_])_(?![\w_])"), r"\1"),
    (re.compile(r"(?<![\w+])\+(?=[^\s+])([^+\n]{1,1000})(?<=[^\s+])\+(?![\w+])"), r"\1"),
    (re.compile(r"[_^]\{([^{}\n]{1,100})\}"), r"\1"),
)


def looks_like_org(head: bytes, name: str) -> bool:
    """Return whether a record that begins with ``head`` is Org: by its name, or by two of its keywords."""
    if b"\0" in head or re.match(rb"\s*<(?:!doctype|html|\?xml)", head, re.IGNORECASE):
        return False
    if NAMES.search(name):
        return True
    text = head.decode("utf-8", "replace").replace("\r\n", "\n")
    return name.lower().endswith(".txt") and len(set(_SIGNS.findall(text))) >= 2


def read_org(data: bytes, hints: Hints) -> Article:
    """Return the article of a document in Org; every text is one."""
    fields, text = split_front_matter(without_marks(decode_text(data).text))
    writer = _Writer()
    html = writer.write([line.rstrip() for line in text.split("\n")])
    told = front_matter_of({**writer.fields, **fields}, hints.name)
    return read_written(replace(told, html=html, pictures=writer.pictures))


class _Writer:
    """Writes a document as HTML."""

    def __init__(self) -> None:
        self.fields: dict[str, object] = {}
        self.pictures: list[Shown] = []
        self._out: list[str] = []
        self._paragraph: list[str] = []
        self._caption: list[str] = []
        self._alt = ""
        self._unclosed: set[str] = set()
        """Blocks that nothing closes any more."""
        self._ends: list[int] = []
        """Lines that end a drawer."""
        self._goes_on = False
        """Whether a caption may continue in the next line: pandoc wraps long ones."""

    def write(self, lines: Sequence[str]) -> str:
        """Return the HTML of the document."""
        self._ends = [place for place, line in enumerate(lines) if line.strip().upper() == ":END:"]
        at = 0
        while at < len(lines):
            at = self._write_line(lines, at)
        self._flush()
        return "\n".join(self._out)

    def _write_line(self, lines: Sequence[str], at: int) -> int:
        """Write what a line holds; return the place after it."""
        line = lines[at]
        goes_on, self._goes_on = self._goes_on, False
        if not line.strip():
            self._flush()
            return at + 1
        if (begun := _BEGIN.match(line)) is not None:
            return self._read_block(lines, at, begun[1].lower(), begun[2])
        if re.match(r"\s*#\+end_", line, re.IGNORECASE):
            self._flush()
        elif (keyword := _KEYWORD.match(line)) is not None:
            self._read_keyword(keyword[1].lower(), keyword[2].strip())
        elif re.fullmatch(r"\s*:[\w-]{1,40}:", line):
            return self._read_drawer(lines, at)
        elif (heading := _HEADING.match(line)) is not None:
            self._flush()
            level = "h1" if len(heading[1]) == 1 else "h2"
            self._out.append(f"<{level}>{self._inline(heading[2])}</{level}>")
        elif (alone := _ALONE.match(line)) is not None and self._add_picture(alone):
            pass
        elif goes_on:
            self._caption.append(line.strip())
            self._goes_on = True
        elif not _NOTHING.match(line):
            self._write_text(line)
        return at + 1

    def _read_keyword(self, name: str, value: str) -> None:
        if name == "caption":
            if not self._caption:
                self._flush()
            self._caption.append(value)
            self._goes_on = True
        elif name.startswith("attr_"):
            found = re.search(r":alt\s+(.*?)(?=\s+:\w|$)", value)
            self._alt = found[1].strip("\"'") if found else self._alt
        elif name in _FIELDS and value:
            self.fields.setdefault(name, self._plain(value))
        elif name == "html":
            self._out.append(value)

    def _read_block(self, lines: Sequence[str], at: int, name: str, given: str) -> int:
        """Read a block: code, a comment and raw HTML as a whole, of any other only its text."""
        self._flush()
        if name not in ("src", "example", "comment", "export", "html", "latex"):
            return at + 1
        end = at + 1
        closing = f"#+end_{name}"
        while name not in self._unclosed and end < len(lines) and lines[end].strip().lower() != closing:
            end += 1
        if name in self._unclosed or end == len(lines):
            self._unclosed.add(name)
            return at + 1
        inner = lines[at + 1 : end]
        if name == "html" or (name == "export" and "html" in given.lower()):
            self._out.append("\n".join(inner))
        elif name in ("src", "example"):
            self._out.append(code(inner))
        return end + 1

    def _read_drawer(self, lines: Sequence[str], at: int) -> int:
        place = bisect_right(self._ends, at)
        if place == len(self._ends) or self._ends[place] - at > _DRAWER_LINES:
            return at + 1
        end = self._ends[place]
        for line in lines[at + 1 : end]:
            if found := re.match(r"\s*:EXPORT_(TITLE|DATE|AUTHOR):\s+(.*)$", line, re.IGNORECASE):
                self.fields.setdefault(found[1].lower(), found[2])
        return end + 1

    def _add_picture(self, alone: re.Match[str]) -> bool:
        address = _address_of(alone[1] or alone[3])
        described = _address_of(alone[2] or "")
        # A link whose description is a picture shows that one.
        src = described if PICTURE_ADDRESS.match(described) and " " not in described else address
        if not PICTURE_ADDRESS.match(src) or (alone[2] and src == address):
            return False
        caption = self._plain(" ".join(self._caption)) or None
        self._caption, alt = [], self._alt
        self._flush()
        self._out.append(add_picture(self.pictures, Shown(src, caption, alt=alt or None, field="figure")))
        self._alt = ""
        return True

    def _write_text(self, line: str) -> None:
        if line.lstrip().startswith("|"):
            self._flush()
            if not re.match(r"\s*\|[-+|]+$", line):
                self._out += [
                    f"<p>{self._inline(cell.strip())}</p>"
                    for cell in line.strip().strip("|").split("|")
                    if cell.strip()
                ]
            return
        if line.lstrip().startswith(": "):
            self._flush()
            self._out.append(code([line.lstrip()[2:]]))
            return
        if re.match(r"\[fn:[\w-]{1,60}\]\s", line):
            self._flush()
            return
        item = _LIST.match(line)
        if item is not None:
            self._flush()
            line = line[item.end() :].replace(" :: ", ": ", 1)
        self._paragraph.append(line)

    def _flush(self) -> None:
        """Write the paragraph that was read, and a caption that does not belong to a picture."""
        if self._paragraph:
            text = "\n".join(self._paragraph)
            self._paragraph = []
            self._out.append(f"<p>{self._inline(text)}</p>")
        if self._caption:
            self._out.append(f"<p>{self._inline(' '.join(self._caption))}</p>")
            self._caption = []

    def _inline(self, text: str) -> str:
        """Return the HTML of a paragraph's text."""

        def read_link(found: re.Match[str]) -> str:
            address = _address_of(found[1])
            if not found[2] and PICTURE_ADDRESS.match(address):
                return (
                    add_picture(self.pictures, Shown(address, field="image"))
                    .removeprefix("<p>")
                    .removesuffix("</p>")
                )
            return escape(found[2] or address)

        parts = []
        at = 0
        for found in _LINK.finditer(text):
            parts += [_emphasise(text[at : found.start()]), read_link(found)]
            at = found.end()
        return "".join((*parts, _emphasise(text[at:])))

    def _plain(self, text: str) -> str:
        text = _LINK.sub(lambda found: found[2] or found[1], text)
        for pattern, replacement in _INLINE:
            text = pattern.sub(re.sub(r"</?[bi]>", "", replacement), text)
        return " ".join(text.split())


def _emphasise(text: str) -> str:
    text = escape(text)
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    return text


def _address_of(link: str) -> str:
    return re.sub(r"^(?:file(?:\+\w+)?|attachment|img):", "", link.strip()).partition("::")[0]

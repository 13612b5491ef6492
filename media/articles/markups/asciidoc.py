"""Articles in AsciiDoc, as Asciidoctor and its site generators keep them.

A block's title above an image is the image's caption; ``title`` among its attributes says the same. Nothing that the
text names is fetched: an ``include`` shows nothing.

Source: the AsciiDoc language documentation (Eclipse Foundation), blocks, macros and the document header.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import unescape

from media.articles.article import Article, Hints
from media.articles.markdown.front_matter import split_front_matter
from media.articles.markdown.read import front_matter_of
from media.articles.markup import Shown
from media.articles.markups.lines import code, escape
from media.articles.written import add_picture, read_written, without_marks
from media.decoding.encoding import decode_text

NAMES = re.compile(r"\.(?:adoc|asciidoc)$", re.IGNORECASE)
_SIGNS = re.compile(r"^(?:image::[^\s\[\]]{1,500}\[|= \S.*\n(?:[^\n]+\n)?:[\w-]+:)", re.MULTILINE)
_HEADING = re.compile(r"(={1,6}|#{1,6})\s+(.*?)\s*=*$")
_ATTRIBUTE = re.compile(r":(!?[\w-]{1,60}!?):(?:\s+(.*))?$")
_IMAGE = re.compile(r"image::?([^\s\[\]][^\[\]\n]{0,1000})\[([^\[\]]{0,4000})\]")
_VALUE = re.compile(r"""\s*(?:([\w-]{1,40})\s*=\s*)?(?:"((?:[^"\\]|\\.)*)"|([^,]*))(?:,|$)""")
_LIST = re.compile(r"\s*(?:\*{1,6}|-|\.{1,6}|\d{1,4}\.|<[\d.]{1,4}>)\s+(?=\S)")
_TERM = re.compile(r"(\S[^\n]{0,500}?):{2,4}(?:\s+(.*))?$")
_DELIMITERS = re.compile(r"(?:-{4,}|\.{4,}|={4,}|\*{4,}|_{4,}|\+{4,}|/{4,}|--|`{3,}.*|[|,:!]={3,})$")
_AUTHOR = re.compile(
    r"[^\W\d_][\w.'’-]*(?:\s+[\w.'’-]+){0,4}(?:\s*<[^<>\s]{1,200}>)?(?:\s*;\s*[^\n;]{1,200})*$"
)
_REVISION = re.compile(
    r"(?:v[\d.]+,?\s*)?(\d{4}-\d\d-\d\d|\d{1,2}\.? \w+ \d{4}|\w+ \d{1,2}, \d{4})?(?:\s*:.*)?$"
)
_NOTHING = re.compile(
    r"(?:include|ifdef|ifndef|ifeval|endif|video|audio|toc|graph|plantuml)::\S*\[.*\]$|//(?!/).*$|'{3,}$|<<<+$|\+$"
)
_INLINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"footnote(?:ref)?:[^\[\]\s]{0,60}\[[^\[\]]{0,2000}\]|indexterm2?:\[[^\[\]]{0,300}\]|\(\(\([^()]{0,300}\)\)\)"
        ),
        "",
    ),
    (
        re.compile(
            r"(?:link:|xref:|mailto:|(?=https?://|ftp://))([^\s\[\]]{1,2000})\[((?:[^\[\]\\]|\\.){0,1000}?)\^?\]"
        ),
        r"\2",
    ),
    (re.compile(r"&lt;&lt;[^,&\n]{1,200},\s*([^&\n]{1,500})&gt;&gt;"), r"\1"),
    (re.compile(r"&lt;&lt;([^,&\n]{1,200})&gt;&gt;"), r"\1"),
    (re.compile(r"(?:pass|stem|kbd|btn|menu|icon):[a-z,]{0,20}\[([^\[\]]{0,1000})\]"), r"\1"),
    (
        re.compile(
            r"\[\[[\w:.-]{1,100}(?:,[^\[\]]{0,200})?\]\]|\[#[\w.-]{1,100}\](?=[#*_`])|\[\.[\w.-]{1,100}\](?=[#*_`])"
        ),
        "",
    ),
    (re.compile(r"\+{2,3}([^+\n]{1,1000})\+{2,3}"), r"\1"),
    (re.compile(r"(?<![\w`])`\+?([^`\n]{1,1000}?)\+?`(?!\w)"), r"\1"),
    (re.compile(r"\*\*(\S[^*\n]{0,1000}?)\*\*"), r"<b>\1</b>"),
    (re.compile(r"(?<![\w*])\*(\S(?:[^*\n]{0,1000}[^*\s])?)\*(?![\w*])"), r"<b>\1</b>"),
    (re.compile(r"__(\S[^_\n]{0,1000}?)__"), r"<i>\1</i>"),
    (re.compile(r"(?<![\w_])_(\S(?:[^_\n]{0,1000}[^_\s])?)_(?![\w_])"), r"<i>\1</i>"),
    (re.compile(r"(?<![\w#&])#{1,2}(\S(?:[^#\n]{0,1000}[^#\s])?)#{1,2}(?![\w#])"), r"\1"),
    (re.compile(r"\^(\S[^\s^]{0,100})\^|(?<!~)~(\S[^\s~]{0,100})~"), r"\1\2"),
    (re.compile(r"&quot;`|`&quot;|\"`|`\"|'`|`'(?!\w)"), '"'),
    (re.compile(r"\(C\)"), "©"),
    (re.compile(r"\{(?:nbsp|empty|zwsp|sp)\}"), " "),
    (re.compile(r"[ \t]\+$", re.MULTILINE), "<br>"),
)


def looks_like_asciidoc(head: bytes, name: str) -> bool:
    """Return whether a record that begins with ``head`` is AsciiDoc: by its name, or by an image or a header."""
    if b"\0" in head or re.match(rb"\s*<(?:!doctype|html|\?xml)|-----BEGIN", head, re.IGNORECASE):
        return False
    if NAMES.search(name):
        return True
    return (
        name.lower().endswith((".txt", ".asc"))
        and _SIGNS.search(head.decode("utf-8", "replace").replace("\r\n", "\n")) is not None
    )


def read_asciidoc(data: bytes, hints: Hints) -> Article:
    """Return the article of a document in AsciiDoc; every text is one."""
    fields, text = split_front_matter(without_marks(decode_text(data).text))
    writer = _Writer()
    html = writer.write([line.rstrip() for line in text.split("\n")])
    attributes = writer.attributes
    known = {
        "date": attributes.get("revdate") or attributes.get("date"),
        "author": attributes.get("author"),
        "lang": attributes.get("lang"),
    }
    told = front_matter_of({**{key: value for key, value in known.items() if value}, **fields}, hints.name)
    return read_written(replace(told, html=html, pictures=writer.pictures))


class _Writer:
    """Writes a document as HTML."""

    def __init__(self) -> None:
        self.attributes: dict[str, str] = {}
        self.pictures: list[Shown] = []
        self._out: list[str] = []
        self._title: str | None = None
        self._paragraph: list[str] = []
        self._closes: list[str] = []

    def write(self, lines: Sequence[str]) -> str:
        """Return the HTML of the document."""
        at = self._read_header(lines)
        while at < len(lines):
            at = self._write_line(lines, at)
        self._flush()
        return "\n".join(self._out)

    def _read_header(self, lines: Sequence[str]) -> int:
        """Read the title, the author, the revision and the attributes; return the place after them."""
        at = 0
        while at < len(lines) and (
            not lines[at] or _ATTRIBUTE.match(lines[at]) or lines[at].startswith("//")
        ):
            self._read_attribute(lines[at])
            at += 1
        if at == len(lines) or not re.match(r"[=#] \S", lines[at]):
            return at
        self._out.append(f"<h1>{self._inline(lines[at][2:])}</h1>")
        at += 1
        is_author = True
        while at < len(lines) and lines[at]:
            line = lines[at]
            if _ATTRIBUTE.match(line) or line.startswith("//"):
                self._read_attribute(line)
            elif is_author and _AUTHOR.match(line):
                names = re.sub(r"\s*<[^<>]*>", "", line).replace("_", " ")
                self.attributes.setdefault("author", re.sub(r"\s*;\s*", ", ", names))
                is_author = False
            elif (found := _REVISION.match(line)) and found[1]:
                self.attributes.setdefault("revdate", found[1])
            else:
                break
            at += 1
        return at

    def _read_attribute(self, line: str) -> None:
        if found := _ATTRIBUTE.match(line):
            self.attributes[found[1].strip("!")] = (found[2] or "").strip()

    def _write_line(self, lines: Sequence[str], at: int) -> int:
        """Write what a line holds; return the place after it."""
        line = lines[at]
        if not line:
            self._flush()
            return at + 1
        if _DELIMITERS.match(line):
            return self._read_delimiter(lines, at)
        if line.startswith(("image::", "image:")) and (found := _image_at(lines, at)):
            self._flush(keep_title=True)
            self._add_image(found[0], found[1])
            return found[2]
        if self._paragraph and not _LIST.match(line):
            if line != "+" and not line.startswith("//"):
                self._paragraph.append(line)
            else:
                self._flush()
            return at + 1
        self._write_first(line)
        return at + 1

    def _write_first(self, line: str) -> None:
        """Write a line that begins a block."""
        if _NOTHING.match(line) or re.fullmatch(r"\[[^\[\]\n]{0,1000}\]|\[\[[^\[\]\n]{1,200}\]\]", line):
            return
        if (attribute := _ATTRIBUTE.match(line)) is not None:
            self._read_attribute(attribute[0])
        elif re.match(r"\.[^\s.]", line):
            self._flush()
            self._title = line[1:]
        elif (heading := _HEADING.match(line)) is not None:
            self._flush()
            self._out.append(f"<h2>{self._inline(heading[2])}</h2>")
        elif (item := _LIST.match(line)) is not None:
            self._flush()
            self._paragraph = [line[item.end() :]]
        elif line.startswith("|"):
            self._flush()
            self._out += [
                f"<p>{self._inline(cell.strip())}</p>"
                for cell in re.split(r"(?:\d+\+|[a-z<^>.]{0,3})?\|", line)
                if cell.strip()
            ]
        elif (term := _TERM.match(line)) is not None and "http" not in term[1][-6:]:
            self._flush()
            self._out.append(f"<p>{self._inline(term[1])}</p>")
            self._paragraph = [term[2]] if term[2] else []
        else:
            self._paragraph = [line]

    def _read_delimiter(self, lines: Sequence[str], at: int) -> int:
        """Read a delimited block: code, a comment and raw HTML as a whole, of any other only its text."""
        sign = lines[at]
        self._flush()
        if sign[0] not in "-.+/`" or sign == "--":
            return at + 1
        closing = sign if sign[0] != "`" else re.match(r"`+", sign)[0]  # type: ignore[index]
        try:
            end = lines.index(closing, at + 1)
        except ValueError:
            return at + 1  # nothing closes it
        inner = lines[at + 1 : end]
        if sign[0] == "+":
            self._out.append("\n".join(inner))
        elif sign[0] != "/":
            self._out.append(code(inner))
        return end + 1

    def _add_image(self, src: str, given: str) -> None:
        named, others = _attributes_of(given)
        title = self._title or named.get("title")
        self._title = None
        alt = named.get("alt") or (others[0] if others else "")
        folder = self.attributes.get("imagesdir", "")
        if folder and not re.match(r"https?:|/", src):
            src = f"{folder.rstrip('/')}/{src}"
        words = " ".join(re.sub(r"<[^<>]{0,100}>", "", self._raw(title)).split()) if title else None
        self._out.append(
            add_picture(
                self.pictures, Shown(self._raw(src), words, alt=" ".join(alt.split()) or None, field="figure")
            )
        )

    def _flush(self, keep_title: bool = False) -> None:
        """Write the paragraph that was read, and a title that does not belong to an image."""
        if self._title and not keep_title:
            self._out.append(f"<p>{self._inline(self._title)}</p>")
            self._title = None
        if self._paragraph:
            text = "\n".join(self._paragraph)
            self._paragraph = []
            pictures = [
                Shown(
                    found[1],
                    alt=_attributes_of(found[2])[1][:1][0] if _attributes_of(found[2])[1] else None,
                    field="image",
                )
                for found in _IMAGE.finditer(text)
            ]
            text = _IMAGE.sub("", text)
            if text.strip():
                self._out.append(f"<p>{self._inline(text)}</p>")
            self._out += [add_picture(self.pictures, shown) for shown in pictures]

    def _raw(self, text: str) -> str:
        """Return text with its references to attributes resolved, without signs of its markup."""
        return unescape(re.sub(r"</?[bi]>|<br>", "", self._inline(text)))

    def _inline(self, text: str) -> str:
        """Return the HTML of a paragraph's text."""
        text = re.sub(r"&amp;(#?\w{1,31};)", r"&\1", escape(text))
        if "{" in text:
            text = re.sub(
                r"\{([\w-]{1,60})\}", lambda found: escape(self.attributes.get(found[1], found[0])), text
            )
        for pattern, replacement in _INLINE:
            text = pattern.sub(replacement, text)
        return text


def _image_at(lines: Sequence[str], at: int) -> tuple[str, str, int] | None:
    """Return the address, the attributes and the place after an image that begins at a line and may continue."""
    text = lines[at]
    for more in range(1, 6):
        if (found := _IMAGE.fullmatch(text)) is not None:
            return found[1], found[2], at + more
        if at + more >= len(lines) or not lines[at + more]:
            return None
        text += f"\n{lines[at + more]}"
    return None


def _attributes_of(given: str) -> tuple[dict[str, str], list[str]]:
    """Return the named attributes of a macro, and the others in order."""
    named: dict[str, str] = {}
    others: list[str] = []
    for name, quoted, bare in _values(given):
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted else bare.strip()
        if name:
            named.setdefault(name.lower(), value)
        else:
            others.append(value)
    return named, others


def _values(given: str) -> Iterator[tuple[str, str, str]]:
    at = 0
    while at < len(given) and (found := _VALUE.match(given, at)) is not None and found.end() > at:
        at = found.end()
        yield found[1] or "", found[2] or "", found[3] or ""

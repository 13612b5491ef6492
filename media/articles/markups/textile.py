"""Articles in Textile, as Textpattern, Redmine and Jekyll's older sites keep them.

The words in brackets after an image's address are its caption, as an image's title is in Markdown; a paragraph of a
class that says caption outdoes them. HTML among the text is read as that of a page.

Source: the Textile markup language documentation (textile-lang.com).
"""

import re
from dataclasses import replace

from media.articles.article import Article, Hints
from media.articles.markdown.front_matter import split_front_matter
from media.articles.markdown.plain import plain
from media.articles.markdown.read import front_matter_of
from media.articles.markup import Shown
from media.articles.markups.lines import code
from media.articles.written import add_picture, image, read_written, without_marks
from media.decoding.encoding import decode_text

NAMES = re.compile(r"\.textile$", re.IGNORECASE)
_ATTRIBUTES = (
    r"(?:\([^()\n]{0,200}\)|\{[^{}\n]{0,500}\}|\[[\w-]{0,20}\]|[<>=]|(?<=[a-z0-9])[()]{1,9}(?=[.\s(<>=]))*"
)
_BLOCK = re.compile(
    rf"(p|h[1-6]|bq|bc|pre|notextile|fn\d{{1,4}}|###|div|clear|note#\w+)({_ATTRIBUTES})\.(\.?)(?::\S+)?[ \n]"
)
_IMAGE = re.compile(
    r"!(?:[<>=^~_-]|\([^()\n]{0,200}\)|\{[^{}\n]{0,500}\}){0,6}([^\s!()\"<>]{1,1500}(?:\.\w{2,5}|/\S{0,200}?))(?:\s?\(([^()\n]{0,1500}(?:\([^()\n]{0,300}\)[^()\n]{0,300})?)\))?!"
    r"(?::(?:https?://|/|\.)\S{1,1500})?"
)
_LIST = re.compile(r"[*#]{1,9}(?:\([^()\n]{0,100}\))?\s+")
_INLINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"==([^=\n]{1,1000})=="), r"\1"),
    (re.compile(r"(?<![\w@])@(?=\S)([^@\n]{1,1000})@(?!\w)"), r"\1"),
    (
        re.compile(
            r'(?<!\w)["“](?:\([^()\n]{0,100}\))?([^"“”\n]{1,1000}?)(?:\([^()\n]{0,300}\))?["”]:(?:https?://|mailto:|/|\.|#|\w)[^\s<>]{1,1500}?(?=[.,;:!?)]{0,3}(?:\s|$|<))'
        ),
        r"\1",
    ),
    (re.compile(r"(?<=\w)\[\d{1,4}\]"), ""),
    (re.compile(r"\?\?(\S[^?\n]{0,1000})\?\?"), r"<cite>\1</cite>"),
    (re.compile(r"(?<![\w*])\*{1,2}(?=[^\s*])([^*\n]{1,1000}?)(?<=[^\s*])\*{1,2}(?![\w*])"), r"<b>\1</b>"),
    (re.compile(r"(?<![\w_])_{1,2}(?=[^\s_])([^_\n]{1,1000}?)(?<=[^\s_])_{1,2}(?![\w_])"), r"<i>\1</i>"),
    (
        re.compile(
            r"(?<![\w%])%(?:\{[^{}\n]{0,200}\}|\([^()\n]{0,100}\)|\[\w{0,9}\])*(?=[^\s%])([^%\n]{1,1000})%(?!\w)"
        ),
        r"\1",
    ),
    (re.compile(r"(?<![\w+])\+(?=[^\s+])([^+\n]{1,1000})(?<=\S)\+(?![\w+])"), r"\1"),
    (re.compile(r"\[?\^(\S[^^\n\]]{0,100})\^\]?|\[~(\S[^~\n]{0,100})~\]"), r"\1\2"),
    (re.compile(r"\b([A-Z][A-Z0-9]{1,12})\([^()\n]{1,300}\)"), r"\1"),
    (re.compile(r"\(c\)", re.IGNORECASE), "©"),
)


def looks_like_textile(head: bytes, name: str) -> bool:
    """Return whether a record that begins with ``head`` is Textile: by its name, since its text has few marks."""
    return (
        NAMES.search(name) is not None
        and b"\0" not in head
        and not re.match(rb"\s*<(?:!doctype|html|\?xml)", head, re.I)
    )


def read_textile(data: bytes, hints: Hints) -> Article:
    """Return the article of a document in Textile; every text is one."""
    fields, text = split_front_matter(without_marks(decode_text(data).text))
    writer = _Writer()
    html = writer.write(text)
    return read_written(replace(front_matter_of(fields, hints.name), html=html, pictures=writer.pictures))


class _Writer:
    """Writes a document as HTML."""

    def __init__(self) -> None:
        self.pictures: list[Shown] = []
        self._out: list[str] = []
        self._goes_on = ""
        """The block whose text continues over blank lines: one that began with two full stops."""
        self._last: int | None = None
        """The picture that stands alone right before."""

    def write(self, text: str) -> str:
        """Return the HTML of the document."""
        for block in re.split(r"\n[ \t]*\n", text):
            if block.strip():
                self._write_block(block.strip("\n"))
        return "\n".join(self._out)

    def _write_block(self, block: str) -> None:
        found = _BLOCK.match(block + " ")
        name, classes = (found[1], found[2]) if found else (self._goes_on or "p", "")
        if found:
            self._goes_on = name if found[3] else ""
            block = block[found.end() :]
        if name in ("bc", "pre", "notextile"):
            self._out.append(block if name == "notextile" else code(block.split("\n")))
        elif name.startswith("h"):
            self._out.append(f"<{name}>{self._inline(block)}</{name}>")
        elif name in ("p", "bq", "div"):
            self._write_paragraph(block, name, classes)
            return
        self._last = None

    def _write_paragraph(self, block: str, name: str, classes: str) -> None:
        words = plain(re.sub(r"<[^<>]{0,500}>", "", self._inline(block, mark=False)))
        alone = _IMAGE.fullmatch(block.strip())
        if alone is not None:
            self._out.append(add_picture(self.pictures, _shown(alone)))
            self._last = len(self.pictures) - 1
        elif self._last is not None and re.search(r"caption|legend", classes, re.IGNORECASE):
            # The figure is written anew, with what is shown under it.
            shown = self.pictures[self._last]
            self.pictures[self._last] = replace(shown, caption=None, alt=shown.alt or shown.caption)
            self._out[-1] = (
                f"<figure>{image(self._last)}<figcaption>{self._inline(block)}</figcaption></figure>"
            )
            self._last = None
        elif (first := _IMAGE.match(block.strip())) is not None and (
            rest := block.strip()[first.end() :].strip()
        ):
            self._write_under(_shown(first), rest, words)
        elif re.match(r"\|.*\|$", block, re.MULTILINE):
            self._write_table(block)
        elif block.lstrip().startswith("<") or not _LIST.match(block):
            is_caption = re.search(r"caption", classes, re.IGNORECASE) is not None
            self._out.append(
                f"<blockquote>{self._inline(block)}</blockquote>"
                if name == "bq"
                else f'<p class="{"caption" if is_caption else ""}">{self._inline(block)}</p>'
            )
            self._last = None
        else:
            self._out += [
                f"<li>{self._inline(_LIST.sub('', line, count=1))}</li>" for line in block.split("\n")
            ]
            self._last = None

    def _write_under(self, shown: Shown, rest: str, words: str) -> None:
        """Write a picture with text in the same paragraph, which may be its caption."""
        told = self._inline(rest)
        said = plain(re.sub(r"<[^<>]{0,500}>", "", told))
        if shown.caption and said == shown.caption:  # pandoc says it twice
            self._out.append(add_picture(self.pictures, shown))
        elif re.fullmatch(r"<(i|cite|small)>.*</\1>", told.strip(), re.DOTALL) and not shown.caption:
            self._out.append(add_picture(self.pictures, replace(shown, caption=said)))
        else:
            self._out += [add_picture(self.pictures, shown), f"<p>{told}</p>"]
        self._last = None

    def _write_table(self, block: str) -> None:
        for line in block.split("\n"):
            cells = [
                re.sub(r"^(?:[_\\/<>=^~\d]{0,6}\.|\{[^{}]{0,200}\}\.) ", "", cell)
                for cell in line.strip().strip("|").split("|")
            ]
            self._out.append(
                "<table><tr>"
                + "".join(f"<td>{self._inline(cell)}</td>" for cell in cells if cell.strip())
                + "</tr></table>"
            )
        self._last = None

    def _inline(self, text: str, mark: bool = True) -> str:
        """Return the HTML of a paragraph's text, which may hold HTML itself."""
        parts: list[str] = []
        at = 0
        for found in _IMAGE.finditer(text):
            parts.append(_emphasise(text[at : found.start()]))
            if mark:
                parts.append(add_picture(self.pictures, _shown(found)))
            at = found.end()
        return "".join((*parts, _emphasise(text[at:])))


def _shown(found: re.Match[str]) -> Shown:
    return Shown(found[1], plain(found[2] or "") or None, field="title")


def _emphasise(text: str) -> str:
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    return text.replace("\n", "<br>\n")

"""Markdown written as HTML, with Markdown's own ways to set a caption made plain: a figure for each.

What is a caption: the title of an image, the text of a figure or of a shortcode, and a line under an image that
stands alone, where it is set in italics or small, or in bold with a credit. Other text beside an image stays text;
an image's bracketed text is its alt text. Raw HTML is handed on as it is.
"""

import html
import re
from collections.abc import Iterable
from dataclasses import replace

import pyromark

from media.articles.article import MAX_PICTURES
from media.articles.markdown.pieces import (
    RAW_PICTURE,
    Alone,
    Piece,
    Table,
    is_bare_tag,
    open_before,
    setting_of,
    take_attributes,
    words_of,
    write,
)
from media.articles.markdown.plain import OPTIONS, plain
from media.articles.markup import Shown, read_fragment
from media.articles.written import MARKED, figure, image
from media.left_out import leave_out

_CAPTION_CHARACTERS = 1_500
"""The most characters of a line under an image that is its caption."""
_INLINE = {
    "Emphasis": "em",
    "Strong": "strong",
    "Strikethrough": "del",
    "Link": "a",
    "Superscript": "sup",
    "Subscript": "sub",
}
_HELD = {
    "Image": ("Text", "Code"),
    "HtmlBlock": ("Html", "Text"),
    "CodeBlock": ("Text",),
    "FootnoteDefinition": (),
}
"""Elements that are read as a whole, and the events that are their text; a footnote's is left out."""
_BLOCKS = {
    "BlockQuote": "blockquote",
    "Item": "li",
    "Table": "table",
    "TableHead": "tr",
    "TableRow": "tr",
    "TableCell": "td",
    "DefinitionList": "dl",
    "DefinitionListTitle": "dt",
    "DefinitionListDefinition": "dd",
}
_TAG = re.compile(r"(<[^<>]*>)")
_DIRECTIVE = re.compile(r"\{(figure|image|figure-md|carousel)\}\s*(\S.*)?")
_OTHER_DIRECTIVE = re.compile(r"\{[\w:-]+\}")
_NUMBERED = re.compile(
    r"(?:fig(?:ure|\.)?|abb(?:ildung|\.)?|figura|рис(?:унок|\.)?|photo|foto)\s?\d{1,3}\s?[:.|–—-]\s?\S",
    re.IGNORECASE,
)
"""A line that says that it describes a picture: ``Figure 1: The crane``."""
_DEPTH = 3


class Renderer:
    """Writes a document as HTML; the pictures that its Markdown shows join those in ``pictures``."""

    def __init__(self, pictures: list[Shown], *, alt_is_caption: bool = False, depth: int = _DEPTH) -> None:
        self._pictures = pictures
        self._alt_is_caption = alt_is_caption
        self._depth = depth
        self._out: list[str] = []
        self._pieces: list[Piece] = []
        self._leaf = "p"
        self._last: Alone | None = None
        self._tables: list[Table] = []

    def render(self, text: str) -> str:
        """Return the HTML of a text."""
        self._read(pyromark.events(text, options=OPTIONS, merge_text=True))
        self._flush()
        return "\n".join(self._out)

    def _read(self, events: Iterable[object]) -> None:
        holder, told, depth = "", None, 0  # an element whose text is read as a whole
        held: list[str] = []
        for event in events:
            kind, value = next(iter(event.items())) if isinstance(event, dict) else (str(event), None)
            name, data = _name_of(value) if kind in ("Start", "End") else ("", None)
            if holder:
                if name == holder:
                    depth += 1 if kind == "Start" else -1
                    if depth == 0:
                        self._take(holder, told, "".join(held))
                        holder = ""
                elif kind in _HELD[holder]:
                    held.append(str(value))
                elif kind.endswith("Break"):
                    held.append(" ")
            elif name in _HELD and kind == "Start":
                holder, told, depth, held = name, data, 1, []
                if name != "Image":
                    self._flush()
            elif name:
                self._bound(kind, name, data)
            else:
                self._add_inline(kind, value)

    def _take(self, name: str, told: object, text: str) -> None:
        """Read an element whose text was held."""
        if name == "Image" and isinstance(told, dict):
            self._add_image(str(told["dest_url"]), str(told["title"]), text)
        elif name == "HtmlBlock":
            self._add_html(text)
        elif name == "CodeBlock":
            self._add_code(_info_of(told), text)

    def _bound(self, kind: str, name: str, data: object) -> None:
        """Read the beginning or the end of an element."""
        starts = kind == "Start"
        if name in _INLINE:
            self._pieces.append(Piece("open" if starts else "close", _INLINE[name]))
            return
        self._flush()
        if name == "Heading":
            level = str(data["level"] if isinstance(data, dict) else data).lower()
            self._leaf = level if starts else "p"
        elif name == "List":
            self._out.append("<ul>" if starts else "</ul>")
        elif name in _BLOCKS:
            self._out.append(f"<{_BLOCKS[name]}>" if starts else f"</{_BLOCKS[name]}>")
            if name.startswith("Table"):
                self._bound_table(name, starts)

    def _bound_table(self, name: str, starts: bool) -> None:
        if name == "Table":
            if starts:
                self._tables.append(Table())
            elif self._tables:
                self._tables.pop()
        elif self._tables and name == "TableCell" and not starts:
            self._tables[-1].column += 1
        elif self._tables and starts and name in ("TableHead", "TableRow"):
            table = self._tables[-1]
            above = table.row if table.only_pictures else {}
            self._tables[-1] = Table(above=above)

    def _add_inline(self, kind: str, value: object) -> None:
        if kind == "Text":
            self._add_text(str(value))
        elif kind in ("Code", "InlineMath", "DisplayMath"):
            self._pieces.append(Piece("text", str(value)))
        elif kind in ("SoftBreak", "HardBreak"):
            self._pieces.append(Piece("break", "<br>" if kind == "HardBreak" else ""))
        elif kind in ("InlineHtml", "Html"):
            self._pieces.append(Piece("html", str(value)))
        elif kind == "Rule":
            self._flush()
            self._last = None

    def _add_text(self, text: str) -> None:
        if "\ufdd0" not in text:
            self._pieces.append(Piece("text", text))
            return
        at = 0
        for found in MARKED.finditer(text):
            if found.start() > at:
                self._pieces.append(Piece("text", text[at : found.start()]))
            self._pieces.append(Piece("picture", number=int(found[1])))
            at = found.end()
        if at < len(text):
            self._pieces.append(Piece("text", text[at:]))

    def _add_image(self, src: str, title: str, alt: str) -> None:
        if len(self._pictures) >= MAX_PICTURES:
            leave_out(MAX_PICTURES, "pictures")
            return
        words = " ".join(MARKED.sub("", alt).split()) or None
        self._pictures.append(
            Shown(src, plain(title) or None, alt=words, field="title" if title else "image")
        )
        self._pieces.append(Piece("picture", number=len(self._pictures) - 1))

    def _add_code(self, info: str, text: str) -> None:
        """Add code line by line, or what a directive of MyST shows."""
        found = _DIRECTIVE.match(info)
        if found is not None:
            self._add_directive(found[1], (found[2] or "").strip(), text)
        elif _OTHER_DIRECTIVE.match(info) and self._depth:
            inner = Renderer(self._pictures, depth=self._depth - 1)
            text = re.sub(r"^(?::[\w-]+:.*\n)+", "", text)
            self._out.append(f"<div>{inner.render(text)}</div>")
        else:
            self._out += [
                f"<p>{html.escape(MARKED.sub('', line), quote=False)}</p>"
                for line in text.splitlines()
                if line.strip()
            ]
        self._last = None

    def _add_directive(self, name: str, src: str, text: str) -> None:
        options = re.match(r"(?:\s*:[\w-]+:[^\n]*(?:\n|$))*", text)
        told = options[0] if options else ""
        alt = re.search(r"^\s*:alt:[ \t]*(.+)$", told, re.MULTILINE)
        rest = text[len(told) :].strip("\n")
        if not src or name == "figure-md":
            inner = Renderer(self._pictures, depth=max(self._depth - 1, 0))
            self._out.append(f"<figure>{inner.render(rest)}</figure>")
            return
        caption, _, legend = rest.partition("\n\n")
        self._pictures.append(
            Shown(src, plain(caption) or None, alt=alt[1].strip() if alt else None, field="figure")
        )
        self._add_figure(len(self._pictures) - 1)
        if legend.strip():
            self._out.append(f"<p>{html.escape(plain(legend), quote=False)}</p>")

    def _add_html(self, text: str) -> None:
        """Add raw HTML. Lines of it that are not tags are read as Markdown, as most sites' tools do."""
        if len(RAW_PICTURE.findall(text)) == 1 and (shown := _lone_picture(text)) is not None:
            self._pictures.append(shown)
            self._add_alone([len(self._pictures) - 1])
            return
        self._last = None
        if self._leaf == "span":  # what the parser takes for HTML again has no tag to be parted at
            self._out.append(text)
            return
        self._out.append(
            "".join(part if index % 2 else self._inline(part) for index, part in enumerate(_TAG.split(text)))
        )

    def _inline(self, text: str) -> str:
        if not re.search(r"!\[|\]\(|[*_\ufdd0]", text):
            return text
        inner = Renderer(self._pictures, depth=0)
        inner._leaf = "span"
        inner._read(pyromark.events(" ".join(text.split("\n")), options=OPTIONS, merge_text=True))
        return write(inner._pieces) if inner._pieces else "\n".join(inner._out) if inner._out else text

    # --- paragraphs ---

    def _flush(self) -> None:
        """Write the paragraph that the pieces make."""
        pieces, self._pieces = self._pieces, []
        classes, is_figure = take_attributes(pieces)
        while pieces and pieces[-1].kind == "break":
            pieces.pop()
        if not any(
            piece.kind != "break" and (piece.text.strip() or piece.kind == "picture") for piece in pieces
        ):
            return
        if self._leaf == "span":
            self._pieces = pieces
        elif self._leaf != "p":
            self._write_heading(pieces)
        elif any(piece.kind == "html" and RAW_PICTURE.match(piece.text) for piece in pieces):
            self._last = None
            self._out.append(f"<p>{write(pieces)}</p>")
        else:
            self._write_paragraph(pieces, "caption" in classes, is_figure)

    def _write_heading(self, pieces: list[Piece]) -> None:
        words = [piece for piece in pieces if piece.kind != "picture"]
        self._last = None
        if words_of(words):
            self._out.append(f"<{self._leaf}>{write(words)}</{self._leaf}>")
        self._add_pictures([piece.number for piece in pieces if piece.kind == "picture"])

    def _write_paragraph(self, pieces: list[Piece], is_caption: bool, is_figure: bool) -> None:
        numbers = [piece.number for piece in pieces if piece.kind == "picture"]
        first = next(
            (
                at
                for at, piece in enumerate(pieces)
                if piece.kind in ("text", "html") and piece.text.strip() and not is_bare_tag(piece)
            ),
            len(pieces),
        )
        leads = [piece.number for piece in pieces[:first] if piece.kind == "picture"]
        rest = [piece for piece in pieces[first:] if piece.kind != "picture"]
        # The signs that were open before the text are still open.
        rest = [*open_before(pieces[:first]), *rest]
        words = words_of(rest)
        if not numbers:
            self._write_text(rest, words, is_caption)
        elif not words:
            self._add_alone(numbers, captioned_by_alt=is_figure or self._alt_is_caption)
        elif leads == numbers:
            self._add_alone(numbers)
            self._write_under(rest, words, is_caption)
        else:
            self._last = None
            self._out.append(
                f"<p>{write(rest if not leads else [piece for piece in pieces if piece.kind != 'picture'])}</p>"
            )
            self._add_pictures(numbers)

    def _write_under(self, rest: list[Piece], words: str, is_caption: bool) -> None:
        """Write what stands below a picture in one paragraph: its caption, or text, or the one above the other."""
        last = self._last
        setting = setting_of(rest)
        if setting and last is not None and self._caption(last, words, f"{setting} under the image"):
            return
        ends = next(
            (at for at, piece in enumerate(rest) if piece.kind == "break" and words_of(rest[:at])), None
        )
        if not setting and last is not None and ends is not None and not open_before(rest[:ends]):
            line = words_of(rest[:ends])
            said = setting_of(rest[:ends]) == "italics" and line.endswith((".", "!", "?", ")", "…", "。"))
            if said and self._caption(last, line, "italics under the image"):
                rest, words = rest[ends + 1 :], words_of(rest[ends + 1 :])
        self._write_text(rest, words, is_caption)

    def _write_text(self, pieces: list[Piece], words: str, is_caption: bool) -> None:
        last = self._above() or self._last
        if last is not None and not is_caption:
            how = "italics" if setting_of(pieces) == "italics" else ""
            if _NUMBERED.match(words):
                how = "number"
            elif self._tables and last is not self._last:
                how = how or "cell"
            if how and self._caption(last, words, f"{how} under the image"):
                return
        self._last = None
        if self._tables:
            self._tables[-1].only_pictures = False
        self._out.append(
            f'<p class="caption">{write(pieces)}</p>' if is_caption else f"<p>{write(pieces)}</p>"
        )

    def _above(self) -> Alone | None:
        """Return the picture in the cell above, if the row above holds pictures alone."""
        return self._tables[-1].above.get(self._tables[-1].column) if self._tables else None

    def _caption(self, alone: Alone, words: str, how: str) -> bool:
        """Make the words the caption of a picture that has none."""
        shown = self._pictures[alone.number]
        if shown.caption is not None or len(words) > _CAPTION_CHARACTERS:
            return False
        self._pictures[alone.number] = replace(shown, caption=words, field=how)
        self._out[alone.place] = figure(self._pictures, alone.number)
        self._last = None
        return True

    def _add_alone(self, numbers: list[int], captioned_by_alt: bool = False) -> None:
        for number in numbers:
            shown = self._shown(number)
            if shown is None:
                continue
            if captioned_by_alt and shown.caption is None and shown.alt:
                self._pictures[number] = shown = replace(shown, caption=shown.alt, alt=None, field="figure")
            if shown.caption is not None:
                self._add_figure(number)
                continue
            self._out.append(f"<p>{image(number)}</p>")
            self._last = Alone(number, len(self._out) - 1)
            if self._tables:
                self._tables[-1].row[self._tables[-1].column] = self._last

    def _add_pictures(self, numbers: list[int]) -> None:
        """Add pictures that were inside a text: a line after them is not a caption."""
        self._add_alone(numbers)
        self._last = None

    def _add_figure(self, number: int) -> None:
        self._out.append(figure(self._pictures, number))
        self._last = None

    def _shown(self, number: int) -> Shown | None:
        return self._pictures[number] if number < len(self._pictures) else None


def _name_of(value: object) -> tuple[str, object]:
    if isinstance(value, dict):
        name, data = next(iter(value.items()))
        return name, data
    return str(value), None


def _info_of(data: object) -> str:
    return str(data["Fenced"]).strip() if isinstance(data, dict) and "Fenced" in data else ""


def _lone_picture(text: str) -> Shown | None:
    """Return the picture of HTML that shows one and nothing else."""
    blocks = read_fragment(MARKED.sub("x", text))
    shown = blocks[0] if len(blocks) == 1 else None
    return (
        replace(shown, field="img") if isinstance(shown, Shown) and shown.src and not shown.caption else None
    )

"""The paragraphs of a document with their styles, written as HTML and read as a page.

A paragraph of a style for captions belongs to the picture above it, else to the one below. Where no style says it,
the rules for pages decide: people type captions under pictures without a style.
"""

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal
from xml.etree.ElementTree import Element

from media.articles.article import MAX_PICTURES, Article
from media.articles.article.byline import read_byline
from media.articles.markup import Shown
from media.articles.written import Written, figure, image, read_written
from media.decoding.xmltree import local_name
from media.left_out import leave_out

Kind = Literal["text", "caption", "title", "heading", "item", "figure"]

MOST_PARAGRAPHS = 100_000
"""The most paragraphs that are read; a book has a tenth of it."""
MOST_NESTED = 30
"""The greatest depth of nested tables and text boxes."""

_CAPTION_STYLE = re.compile(
    r"caption|illustration|^figure\b|^drawing\b|abbildung|bildunter|bildtext|beschriftung|l[ée]gende|leyenda"
    r"|didascalia|legenda|bijschrift|kuvateksti|billedtekst|podpis|подпис|キャプション|図表番号|题注|캡션",
    re.IGNORECASE,
)
"""Names of styles, as programs and desks call them in their languages."""
_TITLE_STYLE = re.compile(r"^(?:title|headline|titel|titre|t[íi]tulo|titolo)$", re.IGNORECASE)
_HEADING_STYLE = re.compile(r"^(?:heading|[üu]berschrift|titre|t[íi]tulo|subtitle|subhead)\b", re.IGNORECASE)
_HEADLINE_CHARS: Final = 200
_OPENING: Final = 4
"""Paragraphs at the beginning, among which headline and byline are looked for."""
_SENTENCE_END = re.compile(r"[.!?:;…\"”’)]\s*$")


@dataclass(slots=True)
class Paragraph:
    """One paragraph, or a picture that stands alone."""

    kind: Kind = "text"
    parts: list[str] = field(default_factory=list)
    """Its HTML in pieces, the pictures as marks."""
    pictures: list[int] = field(default_factory=list)
    """Numbers of its pictures."""
    letters: int = 0
    """The length of its text."""
    floats: bool = False
    """Whether one of its pictures is floating, so that text runs past it."""

    def add_text(self, text: str, *, bold: bool = False, italic: bool = False) -> None:
        """Add a piece of text."""
        if not text:
            return
        self.letters += len(text.strip())
        written = html.escape(text, quote=False)
        if text.strip() and italic:
            written = f"<i>{written}</i>"
        if text.strip() and bold:
            written = f"<b>{written}</b>"
        self.parts.append(written)

    def text(self) -> str:
        """Return its words in one line."""
        return _words_of(list(self.words()))

    def words(self) -> Iterator[str]:
        """Yield its HTML without its pictures."""
        marks = {image(number) for number in self.pictures}
        return (part for part in self.parts if part not in marks)


@dataclass(slots=True)
class Document:
    """The content that a reader found in a document's text."""

    paragraphs: list[Paragraph | str] = field(default_factory=list)
    """Paragraphs in reading order, and the tags of tables around them."""
    pictures: list[Shown] = field(default_factory=list)
    title: str | None = None
    """The title in the file's own properties."""
    author: str | None = None
    language: str | None = None

    def add_table(self, table: Element, names: tuple[str, str], read_cell: Callable[[Element], None]) -> None:
        """Add a table's tags, with what ``read_cell`` adds of each cell; ``names`` are those of rows and cells."""
        self.paragraphs.append("<table>")
        for row in outermost(table, names[0]):
            self.paragraphs.append("<tr>")
            for cell in outermost(row, names[1]):
                self.paragraphs.append("<td>")
                read_cell(cell)
                self.paragraphs.append("</td>")
            self.paragraphs.append("</tr>")
        self.paragraphs.append("</table>")

    def add_picture(self, paragraph: Paragraph, shown: Shown, *, floats: bool = False) -> None:
        """Add a picture at this place of a paragraph."""
        if len(self.pictures) >= MAX_PICTURES:
            leave_out(MAX_PICTURES, "pictures")
            return
        paragraph.floats = paragraph.floats or floats
        self.pictures.append(shown)
        paragraph.pictures.append(len(self.pictures) - 1)
        paragraph.parts.append(image(len(self.pictures) - 1))


def kind_of(style: str | None) -> Kind:
    """Return what a paragraph is by the name of its style."""
    if not style:
        return "text"
    if _TITLE_STYLE.search(style):
        return "title"
    if _HEADING_STYLE.search(style):
        return "heading"
    return "caption" if _CAPTION_STYLE.search(style) else "text"


def read_paragraphs(document: Document) -> Article:
    """Return the article of a document."""
    paragraphs = [each for each in document.paragraphs if isinstance(each, str) or each.parts]
    headline = _find_headline(paragraphs)
    byline = _take_byline(paragraphs)
    for each in paragraphs:
        if isinstance(each, Paragraph):
            _caption_within(each, document.pictures)
    written = "".join(_write(paragraphs))
    title = None if headline else _own_title(document.title)
    return read_written(
        Written(
            written,
            document.pictures,
            headline=title,
            byline=byline or document.author,
            language=document.language,
        )
    )


def _find_headline(paragraphs: Sequence[Paragraph | str]) -> bool:
    """Make the paragraph that is the headline a title, and return whether there is one.

    It is found by its style; else it is the first heading above the text, or a short first line that is not a sentence.
    """
    opening = [each for each in paragraphs if isinstance(each, Paragraph) and each.letters][:_OPENING]
    if any(each.kind == "title" for each in opening):
        return True
    for each in opening:
        if each.kind == "heading":
            each.kind = "title"
            return True
        if each.kind != "caption":
            break
    first = next((each for each in opening if each.kind == "text" and not each.pictures), None)
    if first is None or first is not opening[0] or len(opening) == 1:
        return False
    line = first.text()
    if len(line) > _HEADLINE_CHARS or _SENTENCE_END.search(line) or read_byline(line):
        return False
    first.kind = "title"
    return True


def _take_byline(paragraphs: list[Paragraph | str]) -> str | None:
    """Take out the line among the first ones that says who wrote it."""
    opening = [each for each in paragraphs if isinstance(each, Paragraph) and each.letters][:_OPENING]
    for each in opening:
        line = each.text()
        byline = read_byline(line)
        if byline is not None and not each.pictures and len(byline) + 2 >= len(line):
            paragraphs.remove(each)
            return byline
    return None


def _caption_within(paragraph: Paragraph, pictures: list[Shown]) -> None:
    """Take the words that follow each picture in its own paragraph for its caption, where they are few.

    So LibreOffice keeps figures of pages. A picture that stands aside has the story's text beside it.
    """
    numbers = paragraph.pictures
    marks = [image(number) for number in numbers]
    if paragraph.kind != "text" or paragraph.floats or not marks or paragraph.parts[0] != marks[0]:
        return
    starts = [paragraph.parts.index(mark) for mark in marks]
    told = [
        _words_of(paragraph.parts[start + 1 : end])
        for start, end in zip(starts, [*starts[1:], None], strict=True)
    ]
    if not all(_LEAST_CAPTION <= len(words) <= _MOST_CAPTION for words in told):
        return
    for number, words in zip(numbers, told, strict=True):
        pictures[number] = replace(pictures[number], caption=words, field="paragraph")
    paragraph.parts[:] = [figure(pictures, number) for number in numbers]
    paragraph.kind = "figure"


def _words_of(parts: Sequence[str]) -> str:
    """Return what pieces of HTML say, in one line."""
    return " ".join(html.unescape(re.sub(r"</?[bi]>", "", "".join(parts)).replace("<br>", " ")).split())


_LEAST_CAPTION: Final = 15
_MOST_CAPTION: Final = 400
"""Characters: what is longer is the story's text."""


def _own_title(title: str | None) -> str | None:
    """Return the title that the file's properties hold, unless a program wrote it."""
    if title is None or re.search(r"^(?:Microsoft Word|Untitled|Unbenannt|Document\d*$)|\.\w{2,4}$", title):
        return None
    return title


def _write(paragraphs: Sequence[Paragraph | str]) -> Iterator[str]:
    """Write paragraphs as HTML, each caption of a style with its picture."""
    waiting: Paragraph | None = None
    """A caption that has no picture yet."""
    shown: Paragraph | None = None
    """A picture that has no caption yet."""
    for each in paragraphs:
        if isinstance(each, Paragraph) and each.kind == "caption" and each.letters and not each.pictures:
            if shown is not None:
                yield _figure(shown, each)
                shown = None
                continue
            if waiting is not None:
                yield _alone(waiting)
            waiting = each
            continue
        if isinstance(each, Paragraph) and each.pictures and not each.letters:
            if waiting is not None:
                yield _figure(each, waiting)
                waiting = None
                continue
            if shown is not None:
                yield _alone(shown)
            shown = each
            continue
        for one in (shown, waiting):
            if one is not None:
                yield _alone(one)
        shown = waiting = None
        yield each if isinstance(each, str) else _alone(each)
    for one in (shown, waiting):
        if one is not None:
            yield _alone(one)


def _figure(shown: Paragraph, caption: Paragraph) -> str:
    images = "".join(image(number) for number in shown.pictures)
    return f"<figure>{images}<figcaption>{''.join(caption.parts)}</figcaption></figure>"


def _alone(paragraph: Paragraph) -> str:
    inner = "".join(paragraph.parts)
    if paragraph.kind == "figure":
        return inner
    if paragraph.floats and paragraph.letters and paragraph.kind == "text":
        images = "".join(image(number) for number in paragraph.pictures)
        return f"<p>{''.join(paragraph.words())}</p><p>{images}</p>"
    if paragraph.kind == "caption":
        if paragraph.pictures:
            words = "".join(paragraph.words())
            images = "".join(image(number) for number in paragraph.pictures)
            return f"<figure>{images}<figcaption>{words}</figcaption></figure>"
        return f'<p class="caption">{inner}</p>'
    tag = {"title": "h1", "heading": "h2", "item": "li"}.get(paragraph.kind, "p")
    return f"<{tag}>{inner}</{tag}>"


def attribute(element: Element, name: str) -> str | None:
    """Return an attribute by its local name: documents differ in their name spaces."""
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), None)


def outermost(element: Element, name: str) -> Iterator[Element]:
    """Yield the elements of a local name that lie in an element, not those within them."""
    stack = [iter(element)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif local_name(child) == name:
            yield child
        else:
            stack.append(iter(child))

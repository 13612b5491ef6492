"""The pieces of a paragraph: its text, its pictures, and the signs and tags around them."""

import html
import re
from dataclasses import dataclass, field

from media.articles.written import image
from media.captions.credit import is_credit_only

_QUIET = frozenset(("em", "i", "small", "sub", "sup", "figcaption", "cite"))
_BOLD = frozenset(("strong", "b"))
_ATTRIBUTES = re.compile(r"\s?\{:?(?=[ \t]*[#.\w])[^{}\n]{0,500}\}")
"""Kramdown's and pandoc's attributes of what stands before them."""
_TAG_NAME = re.compile(r"<(/?)([a-zA-Z][\w:-]*)")
RAW_PICTURE = re.compile(r"<(?:img|picture|figure|amp-img)\b", re.IGNORECASE)


@dataclass(slots=True)
class Piece:
    """A piece of a paragraph."""

    kind: str
    """text, picture, open, close, html, break"""
    text: str = ""
    number: int = -1


@dataclass(slots=True)
class Alone:
    """A picture that stands alone, for the line under it to be its caption."""

    number: int
    place: int
    """Its position in the output."""


@dataclass(slots=True)
class Table:
    """The pictures of the row above, by their columns."""

    column: int = 0
    above: dict[int, Alone] = field(default_factory=dict)
    row: dict[int, Alone] = field(default_factory=dict)
    only_pictures: bool = True


def is_bare_tag(piece: Piece) -> bool:
    return piece.kind == "html" and not RAW_PICTURE.match(piece.text)


def open_before(pieces: list[Piece]) -> list[Piece]:
    """Return the signs and tags that are open after some pieces, the link around a picture left out."""
    opened: list[Piece] = []
    for piece in pieces:
        name = _tag_of(piece)
        if name is None:
            continue
        if name[0] == "open":
            opened.append(piece)
        elif opened:
            opened.pop()
    return opened


def _tag_of(piece: Piece) -> tuple[str, str] | None:
    """Return whether a piece opens or closes something, and what."""
    if piece.kind in ("open", "close"):
        return piece.kind, piece.text
    if piece.kind == "html" and (found := _TAG_NAME.match(piece.text)) and not piece.text.endswith("/>"):
        name = found[2].lower()
        if name not in ("br", "img", "hr", "wbr", "source"):
            return "close" if found[1] else "open", name
    return None


def setting_of(pieces: list[Piece]) -> str:
    """Return how a whole paragraph is set: italics, bold (with a credit or as a sentence), or "" for plainly."""
    opened: list[str] = []
    common: set[str] | None = None
    tail: list[str] = []
    said: list[str] = []
    for piece in pieces:
        if (tag := _tag_of(piece)) is not None:
            if tag[0] == "open":
                opened.append(tag[1])
            elif tag[1] in opened:
                opened.remove(tag[1])
        elif piece.kind == "text" and piece.text.strip():
            inside = set(opened) & (_QUIET | _BOLD)
            if common and not inside:
                tail.append(piece.text)  # behind what is set apart: a credit, if anything
                continue
            common = inside if common is None else common & inside
            said += [*tail, piece.text]
            if tail:
                return ""
    if not common or (tail and not is_credit_only(" ".join("".join(tail).split()))):
        return ""
    if common & _QUIET:
        return "italics"
    words = "".join(said).strip()
    return "bold" if tail or words.endswith((".", "!", "?", "…", "。")) else ""


def words_of(pieces: list[Piece]) -> str:
    parts = [
        piece.text if piece.kind == "text" else " "
        for piece in pieces
        if piece.kind in ("text", "break") or (piece.kind == "html" and piece.text.lower().startswith("<br"))
    ]
    return " ".join("".join(parts).split())


def write(pieces: list[Piece]) -> str:
    parts = []
    for piece in pieces:
        if piece.kind == "text":
            parts.append(html.escape(piece.text, quote=False))
        elif piece.kind == "picture":
            parts.append(image(piece.number))
        elif piece.kind == "html":
            # What is set small by being raised is set small.
            parts.append(re.sub(r"^(</?)su[bp]\b", r"\1small", piece.text))
        elif piece.kind == "break":
            parts.append(piece.text or "\n")
        else:
            parts.append(f"<{piece.text}>" if piece.kind == "open" else f"</{piece.text}>")
    return "".join(parts)


def take_attributes(pieces: list[Piece]) -> tuple[set[str], bool]:
    """Take the attributes of kramdown and pandoc out of a paragraph: its classes, and whether a picture is a figure."""
    classes: set[str] = set()
    is_figure = False
    for index, piece in enumerate(pieces):
        if piece.kind != "text" or "{" not in piece.text:
            continue
        before = pieces[index - 1].kind if index else "break"
        if before in ("picture", "close") and (found := _ATTRIBUTES.match(piece.text)):
            is_figure = is_figure or "#fig" in found[0]
            piece.text = piece.text[found.end() :]
        last = index == len(pieces) - 1 or pieces[index + 1].kind == "break"
        if last and before == "break" and (found := _ATTRIBUTES.fullmatch(piece.text.strip())):
            classes |= {each.strip(".") for each in re.split(r"[\s{}:]+", found[0]) if each}
            piece.text = ""
    return {each for name in classes for each in re.split(r"[\W_]+", name.lower())}, is_figure

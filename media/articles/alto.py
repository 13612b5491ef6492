"""The text of a scanned page (ALTO): its blocks in their order, and its illustrations with the captions below them.

An illustration is a part of the page's picture: the file that the page was scanned to stands for it, and its place on
it is in the evidence.

Source: ALTO 2.1 to 4.4 (Library of Congress).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median
from xml.etree.ElementTree import Element

from media.articles.article import Article, Found, Hints
from media.articles.layout import Box, Line, Set, SetPage, read_pages
from media.decoding.xmltree import local_name, parse_xml
from media.errors import ArticleError

_PICTURE_ENDINGS = ("jpg", "jp2", "tif", "png")
"""Endings of a page's scan, if its file does not name it: a file beside it with the same name."""


def read_alto(data: bytes, hints: Hints) -> Iterator[Found]:
    """Yield the article of each page of a file; mostly there is one.

    :raises ArticleError: nothing of it can be read.
    """
    root, fault = parse_xml(data)
    if root is None:
        raise ArticleError(f"the XML cannot be read: {fault}", "Export the page again.")
    styles = dict(_styles(root))
    src, others = _page_picture(root, hints.name)
    for page in root.iter():
        if local_name(page) == "Page":
            yield _read_page(page, styles, src, others)


def _read_page(
    page: Element, styles: Mapping[str, tuple[float, str]], src: str, others: tuple[str, ...]
) -> Article:
    lines: list[Line] = []
    pictures: list[Set] = []
    # What is in the margins (a heading of all pages, a number) is no text of the page's own.
    space = next((each for each in page if local_name(each) == "PrintSpace"), page)
    for number, block in enumerate(space.iter()):
        name = local_name(block)
        if name == "TextBlock":
            lines += _read_block(block, number, styles)
        elif name == "Illustration" or (
            name == "ComposedBlock" and (block.get("TYPE") or "").lower() in ("illustration", "picture")
        ):
            pictures.append(Set(_box(block), src, others))
    lines = _sized(lines)
    edges = [*(line.box for line in lines), *(picture.box for picture in pictures)]
    width = _number(page.get("WIDTH")) or max((box.x1 for box in edges), default=1.0)
    height = _number(page.get("HEIGHT")) or max((box.y1 for box in edges), default=1.0)
    return read_pages([SetPage(max(1.0, width), max(1.0, height), lines, pictures)])


def _read_block(block: Element, number: int, styles: Mapping[str, tuple[float, str]]) -> Iterator[Line]:
    for line in block:
        if local_name(line) != "TextLine":
            continue
        refs = f"{line.get('STYLEREFS') or ''} {block.get('STYLEREFS') or ''}".split()
        size, look = next((styles[ref] for ref in refs if ref in styles), (0.0, ""))
        words = [text for each in line if (text := _word(each))]
        if words:
            yield Line(_box(line), "".join(words), size, look, number)


def _sized(lines: Sequence[Line]) -> list[Line]:
    """Return lines with sizes of letters. If the file states none, use three sizes by the height of blocks."""
    if not lines or any(line.size for line in lines):
        return list(lines)
    heights: dict[int | None, list[float]] = {}
    for line in lines:
        heights.setdefault(line.block, []).append(line.box.y1 - line.box.y0)
    usual = median(height for block in heights.values() for height in block) or 1.0
    # A line without ascenders is a fifth lower than one with them, so a smaller difference is not another size.
    ratios = {block: median(each) / usual for block, each in heights.items()}
    sizes = {
        block: 10 * ratio if ratio > 1.4 else 8.0 if ratio < 0.8 else 10.0 for block, ratio in ratios.items()
    }
    return [replace(line, size=sizes[line.block]) for line in lines]


def _word(element: Element) -> str | None:
    """Return the text of an element of a line."""
    name = local_name(element)
    if name == "String":
        return element.get("CONTENT")
    return {"SP": " ", "HYP": "\u00ad"}.get(name)


def _styles(root: Element) -> Iterator[tuple[str, tuple[float, str]]]:
    for each in root.iter():
        if local_name(each) == "TextStyle" and (name := each.get("ID")):
            said = (each.get("FONTSTYLE") or "").lower()
            look = ("b" if "bold" in said else "") + ("i" if "italic" in said else "")
            yield name, (_number(each.get("FONTSIZE")), look)


def _page_picture(root: Element, name: str) -> tuple[str, tuple[str, ...]]:
    """Return the address of the file that the page was scanned to, and where else it may be."""
    said = next(
        (each.text.strip() for each in root.iter() if local_name(each) == "fileName" and each.text), ""
    )
    beside = [f"{re.sub(r'(?:[._-]?alto)?[.]xml$', '', name, flags=re.I)}.{end}" for end in _PICTURE_ENDINGS]
    if said:
        said = re.split(r"[/\\]", said)[-1]
        return said, tuple(each for each in beside if each != said)
    return beside[0], tuple(beside[1:])


def _box(element: Element) -> Box:
    x, y = _number(element.get("HPOS")), _number(element.get("VPOS"))
    return Box(x, y, x + _number(element.get("WIDTH")), y + _number(element.get("HEIGHT")))


def _number(text: str | None) -> float:
    return float(text) if text and re.fullmatch(r"-?\d{1,9}(?:\.\d{1,9})?", text) else 0.0

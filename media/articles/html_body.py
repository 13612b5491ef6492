"""Which blocks of a page are the article's own text."""

import re
from collections.abc import Collection

from media.articles.html_blocks import (
    ARTICLE,
    BYLINE,
    CAPTION,
    CREDIT,
    FIGCAPTION,
    FIGURE,
    HEADING,
    HIDDEN,
    INTERFACE,
    NOSCRIPT,
    READER,
    Block,
    Element,
    Page,
)  # fmt: skip

_ENDED = re.compile(r"[.!?…:;。！？」』）)\"”»'’][\s\"”»')\]]*$")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_NOT_TEXT = CAPTION | FIGCAPTION | HIDDEN | READER | NOSCRIPT | INTERFACE | CREDIT


def information(text: str) -> int:
    """Characters, where a CJK one says as much as three of an alphabet."""
    if text.isascii():
        return len(text)
    return len(text) + 2 * len(_CJK.findall(text[:2000]))


def weigh_blocks(page: Page) -> None:
    """Sum up for every element how much running text is in it."""
    for block in page.blocks:
        marks = block.marks
        if marks & _NOT_TEXT or block.element.chrome is not None or block.element.own & HEADING:
            continue
        size = information(block.text)
        if size < 60 or block.link_chars * 2 > len(block.text) or not _ENDED.search(block.text[-4:]):
            continue
        block.element.paragraph_chars += min(size, 1500)
    for element in reversed(page.elements):
        if element.parent is not None:
            element.parent.paragraph_chars += element.paragraph_chars


def find_main(page: Page) -> Element | None:
    """The innermost element that holds most of the page's running text."""
    if page.body is None:
        return None
    children: dict[int, list[Element]] = {}
    for element in page.elements:
        if element.parent is not None and element.paragraph_chars > 0:
            children.setdefault(element.parent.index, []).append(element)
    at = page.body
    while True:
        inner = children.get(at.index, [])
        if not inner:
            break
        best = max(inner, key=lambda e: e.paragraph_chars)
        share = 0.75
        if best.own & ARTICLE:
            share = 0.5
        if best.paragraph_chars < share * at.paragraph_chars or best.tag in (
            "p",
            "li",
            "blockquote",
            "td",
            "ul",
            "ol",
        ):
            if best.tag != "td" or best.paragraph_chars < share * at.paragraph_chars:
                break
        at = best
    if at.tag == "p" and at.parent is not None:
        at = at.parent
    return at


def find_body(page: Page, main: Element | None, captions: Collection[int]) -> list[Block]:
    """The article's blocks in order; ``captions`` holds the positions of those already known as captions."""
    if main is None:
        return []
    found: list[Block] = []
    for block in page.blocks:
        element = block.element
        if not main.holds(element) or block.position in captions:
            continue
        if block.marks & (_NOT_TEXT | FIGURE):
            continue
        if element.chrome is not None and element.chrome.depth > main.depth:
            continue
        if element.tag in ("h1", "figcaption", "th"):
            continue
        size = information(block.text)
        links = block.link_chars / max(1, len(block.text))
        if links > 0.7:
            continue
        if block.marks & BYLINE and size < 150:
            continue
        if size < 25 and not _ENDED.search(block.text[-4:]) and element.tag not in ("p", "h2", "h3", "h4"):
            continue
        found.append(block)
    return found

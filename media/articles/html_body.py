"""Which blocks of a page are the article's own text."""

from collections.abc import Collection

from media.articles.html_blocks import Block, Element, Page, ends_sentence, information
from media.articles.html_marks import (
    ARTICLE, BYLINE, CAPTION, CHROME, CREDIT, FIGCAPTION, FIGURE, HIDDEN, INTERFACE, NOSCRIPT, READER,
)  # fmt: skip

_NOT_TEXT = CAPTION | FIGCAPTION | HIDDEN | READER | NOSCRIPT | INTERFACE | CREDIT | CHROME


def find_main(page: Page) -> Element | None:
    """The innermost element that holds most of the page's running text."""
    if not page.elements:
        return None
    children: dict[int, list[Element]] = {}
    for element in page.elements:
        if element.parent is not None and element.paragraph_chars > 0:
            children.setdefault(element.parent.index, []).append(element)
    at = page.elements[0]
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
        if block.marks & ~main.marks & (_NOT_TEXT | FIGURE):
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
        if size < 25 and not ends_sentence(block.text) and element.tag not in ("p", "h2", "h3", "h4"):
            continue
        found.append(block)
    return found

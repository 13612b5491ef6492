"""Decides whether to trust a word in an element's class or id: paragraphs inside the element outweigh its name.

Templates name sections after their subject ("social-impact", "poll-results", "newsletter-history"), with words that
others use for furniture. An element belongs to the article if it is marked up like the article's paragraphs, holds
sentences and hardly any links, and is followed by more of the article.
"""

from typing import Final

from media.articles.html.blocks import ends_sentence, information
from media.articles.html.marks import BYLINE, CHROME, CREDIT, DATE, FIRM, HEADING, INTERFACE, READER, VIDEO
from media.articles.html.page import Block, Element, Page
from media.articles.html.words import heads_comments, heads_stories, is_label, speaks_to_reader

NAMED: Final = CHROME | BYLINE | CREDIT | DATE | READER | VIDEO
"""Marks that a name alone may give."""
_LABELS: Final = NAMED & ~CHROME
_PROSE: Final = 60
"""Characters of a paragraph that says something."""
_MIN_PROSE: Final = 100
_MOSTLY: Final = 2
_STEPS: Final = 40
_MAX_LOOKS: Final = 200_000
"""Blocks that are looked at: those of nested elements again and again."""
_MIN_LAST: Final = 600
"""Characters of prose that an element needs where nothing of the article follows it: a note on the author has fewer."""


class NamedElements:
    """Judges, once each, the elements of a page whose names say that they are not text of the article."""

    def __init__(self, page: Page, main: Element, usual: tuple[str, str], start: int, stop: int) -> None:
        self._page = page
        self._main = main
        self._usual = usual
        self._start, self._stop = start, stop
        self._known: dict[tuple[int, int], bool] = {}
        self._last: int | None = None
        self._looks = _MAX_LOOKS

    def is_furniture(self, block: Block) -> bool:
        """Return whether a block is in furniture, inside the element that holds the article."""
        chrome = block.element.chrome
        for _ in range(_STEPS):
            if chrome is None or chrome.depth <= self._main.depth:
                return False
            if not self._is_text(chrome, block.position, CHROME):
                return True
            up = chrome.parent
            chrome = up.chrome if up is not None else None
        return True

    def is_labelled(self, block: Block) -> bool:
        """Return whether the name of an element around a block says that it is a byline, a date or a credit."""
        marks = block.marks & _LABELS & ~self._main.marks
        at: Element | None = block.element
        for _ in range(_STEPS):
            if not marks or at is None or at.depth <= self._main.depth:
                break
            own = at.own & marks
            if own and not self._is_text(at, block.position, own):
                return True
            marks &= ~own
            at = at.parent
        return bool(marks)

    def _is_text(self, element: Element, position: int, mark: int) -> bool:
        """Return whether the content of the element, with a block at the position, is text of the article."""
        if element.own & FIRM:
            return False
        key = element.index, mark
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._read(element, position, mark)
        return known

    def _read(self, element: Element, position: int, mark: int) -> bool:
        blocks, stop = self._blocks(element, position)
        self._looks -= len(blocks)
        if self._looks < 0:
            return False
        prose = other = paragraphs = 0
        for index, block in enumerate(blocks):
            text = block.text
            size = information(text)
            if index < 2 and (heads_comments(text) or heads_stories(text)):
                return False
            if block.element.own & HEADING:
                continue
            if self._is_prose(block, size):
                prose += size
                paragraphs += 1
            else:
                other += size + (block.link_chars > 0) * _PROSE
        if prose < _MIN_PROSE or other * 3 > prose or element.link_chars * 4 > element.text_chars:
            return False
        if mark & _LABELS and paragraphs < 2:
            return False
        if self._last is None:
            self._last = self._find_last()
        if stop <= self._last:
            return True
        return prose >= _MIN_LAST and paragraphs > 2 and not mark & _LABELS

    def _blocks(self, element: Element, position: int) -> tuple[list[Block], int]:
        """Return the blocks of an element, and the position after its last one."""
        items = self._page.items
        first = last = position
        while first > self._start and element.holds(items[first - 1].element):
            first -= 1
        while last + 1 < self._stop and element.holds(items[last + 1].element):
            last += 1
        return [item for item in items[first : last + 1] if type(item) is Block], last + 1

    def _is_prose(self, block: Block, size: int) -> bool:
        element = block.element
        return (
            size >= _PROSE
            and block.link_chars * 3 <= len(block.text)
            and not block.marks & INTERFACE
            and (element.tag == self._usual[0] or block.after_break)
            and ends_sentence(block.text)
            and not speaks_to_reader(block.text)
            and not is_label(block.text)
        )

    def _find_last(self) -> int:
        """Find the position of the article's last paragraph that no name around it speaks against.

        Where most of the prose stands in elements with such names, names say nothing on this page, and it is the
        position after the last of those.
        """
        plain = named = last_plain = 0
        last_named = -1
        for position in range(self._start, self._stop):
            item = self._page.items[position]
            if type(item) is not Block:
                continue
            element = item.element
            size = information(item.text)
            if (element.tag != self._usual[0] and not item.after_break) or not self._is_prose(item, size):
                continue
            chrome = element.chrome
            inside = chrome is not None and chrome.depth > self._main.depth
            if not inside and not item.marks & _LABELS & ~self._main.marks:
                plain += size
                if (element.tag, element.name) == self._usual:
                    last_plain = position
            elif chrome is None or not chrome.own & FIRM:
                named += size
                last_named = position
        return last_named + 1 if named > plain * _MOSTLY else last_plain

"""Chooses the blocks of a page that are the article's own text.

The innermost element that holds most of the page's running text is the article's; inside it, what is named or
set as furniture, lines that are links, words to the reader (follow us, read more) and headings over nothing
are left out. The summary under the headline is kept, sign-offs in brackets are kept, a bare name or place at
the end is not.
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from media.articles.article.byline import read_byline
from media.articles.html.blocks import ends_sentence, information
from media.articles.html.marks import (
    ARTICLE,
    BYLINE,
    CAPTION,
    CHROME,
    CREDIT,
    DATE,
    FIGCAPTION,
    FIGURE,
    HEADING,
    HIDDEN,
    INTERFACE,
    LIGHTBOX,
    LINK,
    LIST,
    NOSCRIPT,
    READER,
    STANDFIRST,
    STRONG,
    VIDEO,
)  # fmt: skip
from media.articles.html.names import NamedElements
from media.articles.html.page import Block, Element, Page
from media.articles.html.words import (
    MAX_HEADING,
    calls_in_passing,
    heads_comments,
    heads_stories,
    is_label,
    speaks_to_reader,
)
from media.captions.credit_shape import is_names
from media.captions.dates import find_dates

_NOT_TEXT: Final = FIGCAPTION | FIGURE | HIDDEN | READER | NOSCRIPT | INTERFACE
_LABELLED: Final = BYLINE | DATE | CREDIT | CAPTION
# A share of the running text: an element with less than its siblings does not hold the whole article.
_SHARE: Final = 0.75
_SHARE_OF_ARTICLE: Final = 0.5
"""Enough where the element says that it is the article."""
_STORY: Final = 400
"""Characters that make a story, if more follow a heading like "Comments"."""
_SHORT_STORY: Final = 200
_MAX_OTHERS: Final = 100
_LEAST_CARDS: Final = 2
_MAX_CARD: Final = 8
"""Elements around a heading among which its teaser is looked for."""
_MAX_BOX: Final = 3
"""Elements around a line that may be a box of links."""
_NAMED_INLINE: Final = 100
"""The least characters of a paragraph that belongs to the article whatever inline element is around all of it."""
_LEAVES: Final = frozenset(("p", "li", "blockquote", "ul", "ol", "dd", "h2", "h3"))

_ADDRESS = re.compile(
    r"^\W*(?:\S+@\S+\.\w{2,}|(?:https?://)?(?:www\.)?[\w.-]+\.[a-z]{2,4}/\S*|@\w+)\W*$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Story:
    """The place of the article's own text on the page."""

    main: Element
    """The innermost element that holds most of the page's running text."""
    start: int
    stop: int
    """Positions of the first item inside it, and after the last one."""
    usual: tuple[str, str]
    """Tag and class of most of its paragraphs."""
    headline: Element | None = None
    """Elements that show the headline."""


def find_story(page: Page, headline: Element | None) -> Story | None:
    """Return where the article is; None for a page without blocks."""
    if not page.elements:
        return None
    main = _find_main(page)
    items = page.items
    start, stop = 0, len(items)
    while start < stop and not main.holds(items[start].element):
        start += 1
    while stop > start and not main.holds(items[stop - 1].element):
        stop -= 1
    if start == stop:
        return None
    names = Counter[tuple[str, str]]()
    for item in page.items[start:stop]:
        if type(item) is Block and item.element.paragraph_chars:
            names[item.element.tag, item.element.name] += len(item.text)
    usual = names.most_common(1)[0][0] if names else ("p", "")
    return Story(main, start, stop, usual, headline)


def _find_main(page: Page) -> Element:
    best: dict[int, Element] = {}
    for element in page.elements:
        up = element.parent
        if up is not None and element.paragraph_chars:
            rival = best.get(up.index)
            if rival is None or element.paragraph_chars > rival.paragraph_chars:
                best[up.index] = element
    at = page.elements[0]
    while inner := best.get(at.index):
        share = _SHARE_OF_ARTICLE if inner.own & ARTICLE else _SHARE
        if inner.paragraph_chars < share * at.paragraph_chars or inner.tag in _LEAVES:
            break
        at = inner
    return at


def find_body(page: Page, story: Story | None, captions: Collection[int]) -> list[Block]:
    """Return the article's blocks in order; ``captions`` holds the positions of those known as captions."""
    if story is None:
        return []
    judge = _Judge(page, story, captions)
    blocks = []
    for item in page.items[_first(page, story) : story.stop]:
        if type(item) is not Block or item.position in captions:
            continue
        if item.position >= story.start or judge.is_summary(item):
            blocks.append(item)
    verdicts = [judge.verdict(block) for block in blocks]
    _cut_tail(blocks, verdicts, story.usual)
    heads = {block.position for block, verdict in zip(blocks, verdicts, strict=True) if verdict == _HEAD}
    _drop_headings(blocks, verdicts)
    body = [block for block, verdict in zip(blocks, verdicts, strict=True) if verdict == _TEXT]
    body = _trim(body, heads, story)
    while len(body) > 1 and len(body[-1].text) < 400 and calls_in_passing(body[-1].text):
        body.pop()
    return _without_echo(body)


def _leads_elsewhere(element: Element | None) -> bool:
    """Return whether a list consists of links; other text in it is their heading."""
    return element is not None and element.link_chars > 0.7 * element.text_chars


_WORDS_OF_HEADING: Final = 15
"""Words: what is longer and set in strong letters is a sentence, though it has no full stop."""
_TEXT: Final = 0
_HEAD: Final = 1
_OTHER: Final = 2


def find_cards(page: Page, main: Element, start: int, stop: int) -> list[Element]:
    """Return teasers among some items: a picture with a heading that links to another page, and a line or two."""
    cards: dict[int, Element] = {}
    for item in page.items[start:stop]:
        if len(cards) >= _MAX_OTHERS:
            break
        if type(item) is Block and item.link_chars * 2 > len(item.text):
            card = _card_around(item.element, main)
            if card is not None:
                cards[card.index] = card
    return list(cards.values())


def _card_around(heading: Element, main: Element) -> Element | None:
    """Return the largest element around a heading that holds one picture and no more text than a teaser."""
    is_heading, best = False, None
    at: Element | None = heading
    for _ in range(_MAX_CARD):
        if at is None or at.holds(main) or at.pictures > 1 or at.paragraph_chars >= _SHORT_STORY:
            break
        is_heading = is_heading or bool(at.own & HEADING)
        if is_heading and at.pictures:
            best = at
        at = at.parent
    return best


def _find_others(page: Page, story: Story) -> list[Element]:
    """Return the teasers inside the article's element: other stories in a line or two.

    Where cards hold most of the text, the page is a list, and they are what it has to say.
    """
    others = [
        element
        for element in page.elements
        if element.tag == "article" and element.paragraph_chars < _SHORT_STORY and element.link_chars
    ][:_MAX_OTHERS]
    cards = find_cards(page, story.main, story.start, story.stop)
    told = sum(card.paragraph_chars for card in cards)
    if len(cards) >= _LEAST_CARDS and told * 2 < story.main.paragraph_chars:
        others += cards
    return others


class _Judge:
    """Judges the blocks of one page."""

    def __init__(self, page: Page, story: Story, captions: Collection[int]) -> None:
        self.main = story.main
        self.usual = story.usual
        self.told: set[str] = set()
        self.names = NamedElements(page, story.main, story.usual, story.start, story.stop)
        self.others = _find_others(page, story)
        self.repeated = Counter(
            item.text
            for item in page.items[story.start : story.stop]
            if type(item) is Block and len(item.text) < 250 and item.position not in captions
        )

    def is_usual(self, element: Element) -> bool:
        """Return whether the element is set as the article's paragraphs are, in a class of their own."""
        return bool(element.name) and (element.tag, element.name) == self.usual

    def is_summary(self, block: Block) -> bool:
        """Return whether a block between headline and text is the article's summary."""
        if block.element.chrome is not None or block.marks & (_NOT_TEXT | _LABELLED | VIDEO | LINK):
            return False
        size = information(block.text)
        if size < 60 or block.link_chars * 2 > len(block.text) or speaks_to_reader(block.text):
            return bool(block.marks & STANDFIRST) and size >= 40 and ends_sentence(block.text)
        return ends_sentence(block.text) or bool(block.marks & STANDFIRST)

    def verdict(self, block: Block) -> int:
        main, element, text = self.main, block.element, block.text
        marks = block.marks & ~main.marks
        if marks & _NOT_TEXT or self._is_furniture(block):
            return _OTHER
        size = information(text)
        ended = ends_sentence(text)
        linked = block.link_chars / len(text)
        if linked > 0.7 or (linked > 0.4 and not ended):
            return _OTHER
        if marks & CHROME and not (size >= _NAMED_INLINE and ended and not linked):
            return _OTHER
        labelled = (marks & _LABELLED and size < 200) or (marks & VIDEO and size < 250)
        if labelled and (marks & CAPTION or self.names.is_labelled(block)):
            return _OTHER
        if (self.repeated[text] > 1 and not self._is_first(text, size)) or (
            len(text) < 100 and _ADDRESS.match(text)
        ):
            return _OTHER
        if not ended and not linked and self._heads_links(element, size):
            return _OTHER
        if element.tag == "h1" or (marks & LIGHTBOX and not ended):
            return _OTHER
        # What takes longest is asked last.
        if size < 400 and (speaks_to_reader(text) or is_label(text)):
            return _OTHER
        if size < 400 and (element.tag, element.name) != self.usual and calls_in_passing(text):
            return _OTHER
        if (
            element.own & HEADING
            or (marks & STRONG and size < 120 and not ended and text.count(" ") < _WORDS_OF_HEADING)
            or (text.endswith(":") and size < 80)
        ):
            return _HEAD
        if (
            not ended
            and size < 40
            and element.tag not in ("p", "li", "td", "dd", "dt")
            and not block.after_break
        ):
            return _OTHER
        return _TEXT

    def _heads_links(self, element: Element, size: int) -> bool:
        """Return whether a line is in a list, or a box, that consists of links."""
        if element.tag == "li":
            return _leads_elsewhere(element.parent)
        at = element.parent
        for _ in range(_MAX_BOX if size < MAX_HEADING else 0):
            if at is None or at.holds(self.main):
                break
            if _leads_elsewhere(at):
                return True
            at = at.parent
        return False

    def _is_first(self, text: str, size: int) -> bool:
        """Return whether a text is the first of several copies of a paragraph; a short text is a label."""
        if size < _NAMED_INLINE or not ends_sentence(text) or text in self.told:
            return False
        self.told.add(text)
        return True

    def _is_furniture(self, block: Block) -> bool:
        element = block.element
        if element.chrome is not None and not self.is_usual(element) and self.names.is_furniture(block):
            return True
        if self.others:
            index = element.index
            return any(story.index <= index <= story.last for story in self.others)
        return False


def _first(page: Page, story: Story) -> int:
    """Position of the first item that may belong to the article: after the headline, if that comes before it."""
    headline = story.headline
    if headline is not None:
        for block in page.blocks:
            if block.position >= story.start:
                break
            if headline.holds(block.element):
                return block.position + 1
    return story.start


def _cut_tail(blocks: list[Block], verdicts: list[int], usual: tuple[str, str]) -> None:
    """Cut what follows the heading of comments or other stories, if the story came before."""
    told = 0
    left = sum(len(block.text) for block, verdict in zip(blocks, verdicts, strict=True) if verdict == _TEXT)
    for index, block in enumerate(blocks):
        if (
            len(block.text) < MAX_HEADING
            and told >= min(left, _STORY)
            and (
                heads_comments(block.text)
                or (heads_stories(block.text) and not _goes_on(blocks[index:], verdicts[index:], usual))
            )
        ):
            verdicts[index:] = [_OTHER] * (len(blocks) - index)
            return
        if verdicts[index] == _TEXT:
            told += len(block.text)
            left -= len(block.text)


def _goes_on(blocks: list[Block], verdicts: list[int], usual: tuple[str, str]) -> bool:
    """Return whether paragraphs set as the article's follow: the other stories were a box inside it."""
    return any(
        verdict == _TEXT and (block.element.tag, block.element.name) == usual
        for block, verdict in zip(blocks, verdicts, strict=True)
    )


def _drop_headings(blocks: list[Block], verdicts: list[int]) -> None:
    """Drop headings over links, boxes or nothing; one that text follows is the article's."""
    following = _OTHER
    for index in range(len(blocks) - 1, -1, -1):
        if verdicts[index] == _HEAD:
            verdicts[index] = following
        else:
            following = verdicts[index]


def _trim(body: list[Block], heads: Collection[int], story: Story) -> list[Block]:
    """Without the names, places and dates before the first and after the last paragraph.

    A heading right above the first paragraph, set as it is set, is the story's; so is a dateline.
    """
    first, last = 0, len(body)
    while first < last and not _is_paragraph(body[first]):
        first += 1
    while last > first and not _is_paragraph(body[last - 1]):
        last -= 1
    if 0 < first < last and _opens(body[first - 1], body[first], heads, story):
        first -= 1
    return body[first:last]


def _opens(block: Block, following: Block, heads: Collection[int], story: Story) -> bool:
    if block.position < story.start or block.element.parent is not following.element.parent:
        return False
    if (
        (block.element.tag, block.element.name) != story.usual
        or block.marks & (_LABELLED | LINK)
        or block.link_chars
    ):
        return False
    if _DATED_REPORT.search(block.text):
        return True
    if not (block.position in heads and block.marks & STRONG) or information(block.text) < _LEAST_HEADING:
        return False
    is_name = block.text.count(" ") < 4 and is_names(block.text)
    return not is_name and read_byline(block.text) is None and not find_dates(block.text)


_LEAST_HEADING: Final = 12
_DATED_REPORT = re.compile(r"\d{1,2}月\d{1,2}日\s?(?:报道|報道|報導|电|電|讯|訊|消息)\Z")
"""The opening of Chinese stories: "TNW 10月14日报道"."""


def _is_paragraph(block: Block) -> bool:
    return ends_sentence(block.text) or information(block.text) >= 100 or bool(block.marks & LIST)


def _without_echo(body: list[Block]) -> list[Block]:
    """Without a summary that the first paragraphs say again."""
    if len(body) > 1 and any(block.text.startswith(body[0].text[:80]) for block in body[1:4]):
        return body[1:]
    return body

"""Texts beside pictures that are not captions: other stories, speakers, authors, words of the interface."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from media.articles.article.byline import read_byline
from media.articles.html.blocks import ends_sentence
from media.articles.html.body import Story, find_cards
from media.articles.html.group import STEPS, Group, figure_of
from media.articles.html.marks import CHROME, HEADING, HIDDEN, QUOTE
from media.articles.html.page import Block, Element, Page, Picture
from media.articles.html.words import heads_stories, is_label, names_control, speaks_to_reader
from media.captions.credit import split_credit
from media.captions.letters import fold_letters


@dataclass(frozen=True, slots=True)
class Told:
    """Data of the article on the page that must not be taken for a caption."""

    headline: str | None = None
    authors: tuple[str, ...] = ()
    """The byline as shown and the authors as stated."""
    summaries: tuple[str, ...] = ()


class Others:
    """Separates texts of other stories, people and controls from the captions of one page."""

    def __init__(self, page: Page, story: Story, told: Told) -> None:
        self._page = page
        self._headlines = (told.headline,) if told.headline else ()
        self._summaries = told.summaries
        self._authors = [words for author in told.authors if (words := _names(author))]
        self._shown = Counter(picture.raw_src for picture in page.pictures)
        self._decorations: dict[str, bool] = {}
        self._rows: dict[tuple[int, str], int] = {}
        self._last = _last_paragraph(page, story)
        self._main = story.main
        self._cards: list[Element] | None = None

    def is_other(self, group: Group, blocks: Sequence[Block]) -> bool:
        """Return whether a text that looks like a caption is something else."""
        text = " ".join(block.text for block in blocks)
        return (
            self._says_nothing(group, blocks)
            or self._is_of_other_story(group, blocks)
            or self._speaks(group, text)
            or self.names_author(group, text)
            or (group.origin == "near-image" and (self._is_furniture(text) or _quotes(blocks, text)))
        )

    def is_without_words(self, group: Group) -> bool:
        """Return whether a group shows a picture of the story with a text that says nothing of it."""
        return self._says_nothing(group, group.blocks) and not self._is_of_other_story(group, group.blocks)

    def _says_nothing(self, group: Group, blocks: Sequence[Block]) -> bool:
        """Words of the interface, an address, the headline."""
        text = " ".join(block.text for block in blocks)
        if group.picture is None and group.origin == "class" and not any(map(str.isalpha, text)):
            return bool(text)  # a count beside an icon
        return self._is_control(blocks, text) or (not group.credits and _says_one_of(text, self._headlines))

    def is_decoration(self, picture: Picture) -> bool:
        """Return whether a page repeats a picture beside different texts: then none of them is its caption."""
        src = picture.raw_src
        if not src or self._shown[src] < 2 or src != picture.src:
            return False
        known = self._decorations.get(src)
        if known is None:
            known = self._decorations[src] = self._is_shown_beside_texts(src)
        return known

    def _is_shown_beside_texts(self, src: str) -> bool:
        texts = set()
        needed = _PHOTOGRAPHS if _PHOTOGRAPH.search(src) else 2
        for other in self._page.pictures:
            if other.raw_src == src:
                for item in self._page.items[other.position + 1 : other.position + 3]:
                    if type(item) is Block:
                        texts.add(item.text)
                        break
            if len(texts) >= needed:
                return True
        return False

    def _is_control(self, blocks: Sequence[Block], text: str) -> bool:
        """Words of a player or a pager; addresses and file names, shown or hidden."""
        if is_label(text) or names_control(text) or _ADDRESS.fullmatch(text):
            return True
        return all(block.marks & HIDDEN for block in blocks) and _RAW.search(text) is not None

    def _is_furniture(self, text: str) -> bool:
        return (
            _says_one_of(text, self._summaries) or speaks_to_reader(text) or _RIGHTS.search(text) is not None
        )

    def _is_of_other_story(self, group: Group, blocks: Sequence[Block]) -> bool:
        """Return whether a text is the headline or the summary of another story, with a link to it."""
        linked = [block for block in blocks if block.is_link]
        if any(_is_in_heading(block.element, group.container) for block in linked):
            return True
        if linked and blocks[0] not in linked and names_control(blocks[0].text):
            return True  # "Audio 03:07", and what can be heard there
        if self._is_listed(group, blocks) or self._is_in_card(blocks):
            return True
        picture = group.picture
        size = sum(len(block.text) for block in blocks)
        if picture is None or not any(block.link_chars for block in blocks):
            return False
        if leads_to_story(picture):
            if linked or sum(block.link_chars for block in blocks) * 2 > size:
                return True
            if group.origin == "near-image" and not group.credits and not ends_sentence(blocks[-1].text):
                return True  # a book's title and its author, beside its cover
        return len(linked) == len(blocks) and blocks[0].position > self._last and self._has_equals(group)

    def _is_listed(self, group: Group, blocks: Sequence[Block]) -> bool:
        """Return whether a text without a credit or a full stop is in a list of other stories after the article."""
        if blocks[0].position <= self._last or group.credits:
            return False
        if any(ends_sentence(block.text) for block in blocks):
            return False
        leads = group.picture is not None and leads_to_story(group.picture)
        listed = (leads and self._has_equals(group)) or self._is_headed(blocks[0].position)
        return listed and not any(split_credit(block.text).credit_line for block in blocks)

    def _is_in_card(self, blocks: Sequence[Block]) -> bool:
        """Return whether a text is in the teaser of another story after the article."""
        if blocks[0].position <= self._last:
            return False
        if self._cards is None:
            self._cards = find_cards(self._page, self._main, self._last + 1, len(self._page.items))
        return any(card.holds(blocks[0].element) for card in self._cards)

    def _is_headed(self, position: int) -> bool:
        """Return whether a heading of other stories stands before a text, with no paragraph between them."""
        for item in reversed(self._page.items[max(0, position - _LIST) : position]):
            if type(item) is not Block:
                continue
            if heads_stories(item.text):
                return True
            if len(item.text) > _PARAGRAPH:
                return False
        return False

    def _has_equals(self, group: Group) -> bool:
        """Return whether the picture and its text are in a row of similar ones."""
        card = group.holder
        if card is None or card.parent is None:
            return False
        key = card.parent.index, card.tag
        if key not in self._rows:
            around = self._page.elements[card.parent.index : card.parent.last + 1]
            self._rows[key] = sum(
                element.parent is card.parent and element.tag == card.tag and element.pictures > 0
                for element in around
            )
        return self._rows[key] >= _ROW

    def _speaks(self, group: Group, text: str) -> bool:
        """Return whether a figure holds a quotation and no picture: its caption names the speaker."""
        figure = figure_of(group.container)
        if figure is None or figure.pictures:
            return False
        inside = self._page.elements[figure.index : min(figure.last, figure.index + _MAX_QUOTED) + 1]
        return any(
            element.tag in ("blockquote", "q") and not element.own & CHROME for element in inside
        ) and (len(text) < _MAX_SPEAKER)

    def names_author(self, group: Group, text: str) -> bool:
        """Return whether the text is the byline beside a portrait, or the note on the author after the article."""
        if group.origin == "near-image" and read_byline(text) is not None and len(text) < _MAX_SPEAKER:
            return True
        words = _names(text) if self._authors else frozenset()
        for author in self._authors:
            if words and words <= author and len(words) > 1:
                return True
            opening = _names(text.split(maxsplit=1)[0])
            after = group.blocks[0].position >= self._last
            if after and group.origin == "near-image" and opening and opening <= author:
                return True
        return False


def leads_to_story(picture: Picture) -> bool:
    """Return whether a picture links to another page, and not to its larger form or its gallery."""
    href = picture.href
    if not href or href.startswith(("#", "javascript:", "data:")):
        return False
    if _LARGER.search(href) is not None:
        return False
    stem = (picture.src or "").partition("?")[0].rpartition("/")[2].rpartition(".")[0]
    return len(stem) < _MIN_STEM or stem not in href


def _quotes(blocks: Sequence[Block], text: str) -> bool:
    """Return whether a text beside a face is what somebody said."""
    return bool(blocks[0].marks & QUOTE) and text.startswith(("“", '"', "„", "«", "»", "”", "‘"))


_LIST: Final = 16
"""Blocks and pictures of a list that are looked back over for its heading."""
_PARAGRAPH: Final = 200
"""Characters: what is longer is no entry of such a list."""
_MIN_STEM: Final = 5
"""Characters of a picture's file name: a link that has it leads to the page of this picture."""
_RIGHTS = re.compile(
    r"©\s?(?:\w+\s)?\d{4}\s?[-–]\s?\d{4}|all rights reserved|alle rechte vorbehalten", re.IGNORECASE
)
_PHOTOGRAPH = re.compile(r"\.jpe?g(?:$|[?#])", re.IGNORECASE)
_PHOTOGRAPHS: Final = 3
"""Showings of a photograph beside different texts; one of them may be the list of other stories."""
_ROW: Final = 3
_MAX_SPEAKER: Final = 120
_MAX_QUOTED: Final = 200
"""Elements of a figure among which a quotation is looked for."""
_LARGER = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|tiff?)(?:$|[?#/])|/(?:photos?|pictures?|images?|multimedia|gallery|galerie|fotos?|media"
    r"|article_photo)(?:[/?#]|$)|[?&](?:slide|image|photo|pid|pic)=",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|\S+\.(?:jpe?g|png|gif|webp|tiff?|bmp|html?|php)(?:\s*\(\S+\s*\S+\))?|\S+@\S+\.\w{2,}|@\w+",
    re.IGNORECASE,
)
_RAW = re.compile(
    r"https?://|\b(?:DSC|IMG|DSCN|PXL)_?\d{3,}|\.(?:jpe?g|png|gif|tiff?)\b|\b(?:slug|byline|by-line|object name"
    r"|keywords|special instructions|transmission reference|iptc|exif|credit line|source):\s",
    re.IGNORECASE,
)


def _is_in_heading(element: Element, container: Element) -> bool:
    at: Element | None = element
    for _ in range(STEPS):
        if at is None or at is container:
            break
        if at.own & HEADING:
            return True
        at = at.parent
    return container.own & HEADING != 0


def _last_paragraph(page: Page, story: Story) -> int:
    """Position of the last paragraph set as the article's."""
    for position in range(story.stop - 1, story.start - 1, -1):
        item = page.items[position]
        if type(item) is not Block or item.link_chars * 2 > len(item.text):
            continue
        element = item.element
        if element.paragraph_chars and (element.tag, element.name) == story.usual and element.chrome is None:
            return position
    return story.stop


def _says_one_of(text: str, others: Sequence[str]) -> bool:
    """Return whether a text equals one of the others, apart from signs and case."""
    near = [other for other in others if abs(len(other) - len(text)) <= _SIGNS]
    return bool(near) and _folded(text) in {_folded(other) for other in near}


_SIGNS: Final = 12
"""Characters by which equal texts may differ in length: quotation marks, spaces, a full stop."""


def _folded(text: str) -> str:
    return " ".join(_WORD.findall(fold_letters(text)))


def _names(text: str) -> frozenset[str]:
    return frozenset(word for word in _WORD.findall(fold_letters(text)) if len(word) > 1) - _SMALL


_WORD = re.compile(r"[^\W_]+")
_SMALL: Final = frozenset(
    (
        "by",
        "and",
        "von",
        "und",
        "por",
        "par",
        "et",
        "di",
        "de",
        "da",
        "av",
        "af",
        "och",
        "og",
        "the",
        "writer",
        "staff",
        "reporter",
        "author",
        "autor",
    )
)

"""Captions that nothing marks: they show only by their place at a picture, and by how they are set and worded."""

import re
from typing import Final

from media.articles.html.blocks import ends_sentence
from media.articles.html.body import Story
from media.articles.html.group import MAX_CREDIT, Group, find_credit, says_credit
from media.articles.html.marks import (
    BYLINE,
    CENTER,
    CHROME,
    CREDIT,
    DATE,
    HEADING,
    INTERFACE,
    NOSCRIPT,
    QUIET,
    STRONG,
    VIDEO,
)
from media.articles.html.others import Others
from media.articles.html.page import Block, Element, Page, Picture
from media.articles.html.place import Place
from media.captions.credit import split_credit

_LEAD = re.compile(
    r"(?:图为|图注|图说|图[:：]|圖為|圖說|圖[:：]|写真|사진|▲|△|pictured|above|foto\s*:|photo\s*:|imagen?\s*:|bild\s*:"
    r"|(?:figure|fig\.?|abbildung|abb\.?|figura|рис(?:унок|\.)?|obr\.?|kuva|slika|ảnh|hình)\s?\d{1,3}\s?[.:)|–—-])",
    re.IGNORECASE,
)
_WIRE = re.compile(r"[\u4e00-\u9fff]{2,12}\d{1,2}月\d{1,2}日[电電]")
"""How an agency's story in Chinese opens, with its place and day; captions do not."""
_NUMBERS = re.compile(r"[\W\d_]+")
THRESHOLD: Final = 3
_CREDIT_COUNTS: Final = 3
"""The most that a credit beside a text adds to its signals."""


def find_near(
    page: Page, story: Story, place: Place, others: Others, used: set[int], taken: set[int]
) -> list[Group]:
    """Find captions that show only by their place at a picture, and by how they are set and worded."""
    groups: list[Group] = []
    if not page.pictures:
        return groups
    first = page.items[min(place.first, len(page.items) - 1)]
    apart = ~story.main.marks  # an element around the whole article may be named "published author-name"
    for picture in page.pictures:
        if picture.icon or picture.position in used or picture.marks & apart & (BYLINE | NOSCRIPT):
            continue
        if not place.is_article(picture.element, None, picture):
            continue
        block = _next_block(page, picture, story.main, taken)
        if block is None:
            continue
        lines = [block, *_further_lines(page, block, taken)]
        group = Group(block.element, "near-image", lines, picture=picture, confidence=0.6)
        holder: Element | None = block.element
        for _ in range(6):
            if holder is None or holder.pictures:
                break
            holder = holder.parent
        group.holder = holder
        signals = _signals(group, block, picture, story, first)
        if sum(signals.values()) < THRESHOLD - _CREDIT_COUNTS:
            continue
        find_credit(group, page, taken)
        if group.credits:
            block = group.blocks[0]
            signals = _signals(group, block, picture, story, first)
        found = sum(signals.values()) >= THRESHOLD
        if found and others.names_author(group, block.text):
            # Who wrote the article, beside a portrait: neither a caption nor the article's text.
            taken.add(block.position)
            used.add(picture.position)
        elif found and not others.is_other(group, group.blocks) and not others.is_decoration(picture):
            group.signals = tuple(signals)
            groups.append(group)
            taken.update(line.position for line in (*group.blocks, *group.credits))
        else:
            taken.difference_update(b.position for b in group.credits)
    return groups


def _next_block(page: Page, picture: Picture, main: Element, taken: set[int]) -> Block | None:
    """Return the text right after a picture, icons apart."""
    for position in range(picture.position + 1, min(len(page.items), picture.position + 4)):
        item = page.items[position]
        if type(item) is Picture:
            if item.icon:
                continue
            return None
        if position in taken or type(item) is not Block:
            return None
        if item.marks & INTERFACE or len(item.text) < 3:
            continue
        return _after_credit(page, picture, item, main) or item
    return None


def _further_lines(page: Page, block: Block, taken: set[int]) -> list[Block]:
    """Return the lines that a line break parts from a text in italics or small type, and that end its element."""
    lines: list[Block] = []
    if not block.marks & QUIET:
        return lines
    for item in page.items[block.position + 1 : block.position + 2 + _MAX_LINES]:
        if item.element is not block.element:
            break
        if (
            type(item) is not Block
            or not item.after_break
            or not item.marks & QUIET
            or item.position in taken
        ):
            return []
        lines.append(item)
    short = len(lines) <= _MAX_LINES and sum(len(line.text) for line in lines) < _MAX_LINED
    return lines if short else []


_MAX_LINES: Final = 4
_MAX_LINED: Final = 350
"""Lines and characters: what has more is a text of its own."""


def _after_credit(page: Page, picture: Picture, credit: Block, main: Element) -> Block | None:
    """Return the text after a credit that stands between it and its picture, all of them in one element.

    A credit may be of two lines: "Photo by:", and the name.
    """
    if len(credit.text) > MAX_CREDIT:
        return None
    holder: Element | None = credit.element
    while holder is not None and not holder.pictures:
        holder = holder.parent
    if holder is None or holder.paragraph_chars > _MAX_HELD or not holder.holds(picture.element):
        return None
    if holder.holds(main):
        return None  # a short article, not a figure
    said = credit.text
    is_credit = bool(credit.marks & CREDIT)
    for item in page.items[credit.position + 1 : credit.position + 3]:
        if type(item) is not Block or not holder.holds(item.element):
            return None
        if not says_credit(item.text):
            return item if is_credit or says_credit(said) else None
        said, is_credit = f"{said} {item.text}", False
    return None


_MAX_HELD: Final = 700
"""Characters of prose: an element with more holds the article, not a picture and its caption."""


def _signals(
    group: Group, block: Block, picture: Picture, story: Story, first: Block | Picture
) -> dict[str, int]:
    """Return what speaks for (and, negative, against) a block's being the caption of the picture before it.

    ``first`` is the article's first paragraph.
    """
    text = block.text
    size = len(text)
    marks = block.marks & ~story.main.marks
    signals: dict[str, int] = {}
    if block.position == picture.position + 1:
        signals["next to the picture"] = 1
    if size > 350:
        signals["long"] = -2 if size < 700 else -4
    elif size < 8:
        signals["short"] = -2
    if block.link_chars * 2 > size:
        signals["a link"] = -4
    if marks & (BYLINE | DATE) or (marks & CHROME and (block.link_chars or block.position > first.position)):
        signals["a byline or date"] = -4
    if _WIRE.match(text):
        signals["a dateline"] = -4
    if marks & VIDEO:
        signals["of a film"] = -2
    if len(_NUMBERS.sub("", text)) * 2 < size:
        signals["numbers"] = -3
    if marks & (QUIET | CENTER):
        signals["set apart"] = 1
        if marks & ~first.marks & CENTER and (marks & QUIET or picture.marks & CENTER):
            signals["in the middle, in italics or as the picture is"] = 1
    elif marks & STRONG and ends_sentence(text):
        signals["set in bold"] = 1
    holder = group.holder
    if holder is not None and holder.pictures <= 2:
        own = sum(len(b.text) for b in (*group.blocks, *group.credits))
        if holder.text_chars <= own * 1.2 + 20 and holder.tag not in ("body", "main", "article"):
            signals["alone with the picture"] = 3 if group.credits else 2
    alt = picture.alt
    if len(alt) > 20 and size > 20 and (alt.startswith(text[:40]) or text.startswith(alt[:40])):
        signals["same as alt"] = 2
    if _LEAD.match(text):
        signals["a caption's first words"] = 2
    if group.credits:
        signals["a credit beside it"] = 2
    if block.element.own & HEADING:
        signals["a heading"] = -1
    elif (block.element.tag, block.element.name) != story.usual and size < 350:
        signals["not set as the body"] = 1
    # Asked last, and only where it decides.
    undecided = sum(signals.values()) in (THRESHOLD - 2, THRESHOLD - 1)
    if undecided and not group.credits and size < 500 and split_credit(text).credit_line:
        signals["ends in a credit"] = 2
    return signals

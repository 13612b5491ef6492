"""A caption's blocks, its credit and its picture, as they stand on the page."""

import re
from dataclasses import dataclass, field
from typing import Final

from media.articles.html.marks import BYLINE, CREDIT, FIGURE, VIDEO
from media.articles.html.page import Block, Element, Page, Picture
from media.captions.caption import Origin
from media.captions.credit import is_credit_only

SIGNS: Final = (":", "/", "(", "©", "：", "／")
"""Marks of a credit: without one, a text that ends in a full stop is not a credit."""
MAX_CREDIT: Final = 160
_MAX_BARE_CREDIT: Final = 90
_MAX_BEFORE: Final = 600
"""Characters before a picture that is the background of an element: what holds more is a section of the page."""
# How far up or along the page is looked: captions are never further from their picture's element.
STEPS: Final = 40
_REACH: Final = 12
"""Blocks before and behind a picture in which its caption may be."""


@dataclass(slots=True)
class Group:
    """Blocks that make one caption."""

    container: Element
    origin: Origin
    blocks: list[Block] = field(default_factory=list)
    credits: list[Block] = field(default_factory=list)
    picture: Picture | None = None
    holder: Element | None = None
    """The smallest element that holds caption and picture."""
    address: str | None = None
    """The picture's address where only an element around the caption states one."""
    copies: list[Picture] = field(default_factory=list)
    """The same picture for other devices."""
    confidence: float = 0.9
    signals: tuple[str, ...] = ()


def figure_of(element: Element) -> Element | None:
    """Return the figure that an element stands in, itself included; None without one."""
    at: Element | None = element
    for _ in range(STEPS):
        if at is None or at.own & FIGURE:
            return at
        at = at.parent
    return None


def find_picture(group: Group, page: Page) -> None:
    """Find the nearest picture of the smallest element that holds the caption and one."""
    at: Element | None = group.container
    within_video = bool(group.container.marks & VIDEO)
    for _ in range(STEPS):
        if at is None or at.pictures:
            break
        if at.own & FIGURE:
            # A figure of a film, a table, an embedded page: the nearest picture is that of another caption.
            group.holder, group.address = at, page.stated.get(at.index)
            return
        if (background := page.stated.get(at.index)) and at.text_chars <= _MAX_BEFORE:
            group.holder, group.address = at, background
            return
        at = at.parent
        if within_video and at is not None and not at.marks & VIDEO:
            return
    if at is None or not at.pictures:
        return
    group.holder = at
    first, last = group.blocks[0].position, group.blocks[-1].position
    before = range(first - 1, max(-1, first - 1 - _REACH), -1)
    after = range(last + 1, min(len(page.items), last + 1 + _REACH))
    for position in (*before, *after):
        item = page.items[position]
        if type(item) is Picture and not item.icon and at.holds(item.element):
            group.picture = item
            group.copies = _device_copies(item, at, page)
            return


def _device_copies(picture: Picture, holder: Element, page: Page) -> list[Picture]:
    """Return the pictures beside one, in the same holder, that are the same for a screen of another size."""
    if holder.pictures < 2 or not _is_for_device(picture, holder):
        return []
    around = page.items[max(0, picture.position - _REACH) : picture.position + _REACH]
    return [
        item
        for item in around
        if type(item) is Picture
        and item is not picture
        and not item.icon
        and holder.holds(item.element)
        and _is_for_device(item, holder)
    ]


def _is_for_device(picture: Picture, holder: Element) -> bool:
    at: Element | None = picture.element
    while at is not None and at is not holder:
        if _DEVICE.search(at.name):
            return True
        at = at.parent
    return False


_DEVICE = re.compile(r"(?<![a-z])(?:mobile|desktop|tablet|phone|smartphone)(?![a-z])", re.IGNORECASE)


def find_credit(group: Group, page: Page, taken: set[int]) -> None:
    """Find the credit that stands in an element of its own: inside the caption, or right beside it."""
    inside = [b for b in group.blocks if _is_credit(b, group.container)]
    if not inside and len(group.blocks) > 1:
        first, last = group.blocks[0], group.blocks[-1]
        inside = [last] if says_credit(last.text) else []
        if not inside and any(sign in first.text for sign in SIGNS) and says_credit(first.text):
            inside = [first]
    if inside and len(inside) < len(group.blocks):
        group.credits = inside
        group.blocks = [b for b in group.blocks if b not in inside]
        return
    if group.holder is None:
        return
    for position in (group.blocks[-1].position + 1, group.blocks[0].position - 1):
        if not 0 <= position < len(page.items) or position in taken:
            continue
        item = page.items[position]
        if (
            type(item) is Block
            and len(item.text) <= MAX_CREDIT
            and group.holder.holds(item.element)
            and (item.marks & CREDIT or says_credit(item.text))
        ):
            group.credits = [item]
            taken.add(position)
            return


def says_credit(text: str) -> bool:
    if len(text) >= _MAX_BARE_CREDIT or (text.endswith(".") and not any(sign in text for sign in SIGNS)):
        return False
    return is_credit_only(text)


def _is_credit(block: Block, container: Element) -> bool:
    if len(block.text) > MAX_CREDIT:
        return False
    at: Element | None = block.element
    while at is not None and at is not container:
        if at.own & (CREDIT | BYLINE):
            return True
        at = at.parent
    return False

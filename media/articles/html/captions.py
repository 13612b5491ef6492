"""Captions as a page displays them, each paired with its picture.

Every displayed copy of a caption (in a lightbox, a gallery, for screen readers) is a placement of its own,
so that what repeats within a page is found where everything else that repeats is.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from media.articles.html.blocks import ends_sentence
from media.articles.html.body import Story
from media.articles.html.marks import (
    BYLINE,
    CAPTION,
    CENTER,
    CHROME,
    CREDIT,
    DATE,
    FIGCAPTION,
    FIGURE,
    HEADING,
    HIDDEN,
    INTERFACE,
    LIGHTBOX,
    NOSCRIPT,
    QUIET,
    READER,
    STRONG,
    VIDEO,
)  # fmt: skip
from media.articles.html.page import Block, Element, Page, Picture
from media.captions.caption import Origin, Placement
from media.captions.credit import is_credit_only, join_separate_credit, split_credit
from media.captions.facts import caption_with_facts
from media.captions.key import caption_key
from media.captions.lead import without_interface_words

_MAX_CAPTION: Final = 2_000
_SIGNS: Final = (":", "/", "(", "©", "：", "／")
"""Marks of a credit: without one, a text that ends in a full stop is none."""
_MAX_COUNTER: Final = 20
_MAX_CREDIT: Final = 160
_MAX_BARE_CREDIT: Final = 90
# How far up or along the page is looked: captions are never further from their picture's element.
_STEPS: Final = 40
_REACH: Final = 12


@dataclass(slots=True)
class _Group:
    """Blocks that make one caption."""

    container: Element
    origin: Origin
    blocks: list[Block] = field(default_factory=list)
    credits: list[Block] = field(default_factory=list)
    picture: Picture | None = None
    holder: Element | None = None
    """The smallest element that holds caption and picture."""
    confidence: float = 0.9
    signals: tuple[str, ...] = ()


def find_captions(page: Page, story: Story | None) -> tuple[list[Placement], set[int]]:
    """Return captions and pictures in reading order, and the positions of the blocks that are captions."""
    if story is None:
        return [], set()
    place = _Place(story.main, story.headline)
    groups = _marked_groups(page)
    taken = {block.position for group in groups for block in group.blocks}
    used: set[int] = set()
    for group in groups:
        _find_picture(group, page)
        _find_credit(group, page, taken)
        if group.picture is not None:
            used.add(group.picture.position)
    for group in _near_groups(page, story, place, used, taken):
        groups.append(group)
        if group.picture is not None:
            used.add(group.picture.position)
    groups.sort(key=lambda group: group.blocks[0].position)
    placements = [p for group in groups if place.is_article(group.container, group) for p in _place(group)]
    placements += [
        Placement("near-image", None, picture.src, picture.position, None, 0.5, _addresses(picture))
        for picture in page.pictures
        if picture.position not in used and place.is_content(picture)
    ]
    placements.sort(key=lambda placement: placement.position)
    return placements, taken


# --- captions that are marked as such ------------------------------------------------------------------


def _marked_groups(page: Page) -> list[_Group]:
    groups: dict[int, _Group] = {}
    for block in page.blocks:
        if not block.element.marks & (FIGCAPTION | CAPTION | FIGURE):
            continue
        container = _container(block.element)
        if container is None:
            continue
        group = groups.get(container.index)
        if group is None:
            if container.marks & FIGCAPTION:
                origin: Origin = "figcaption"
            elif container.own & CAPTION:
                origin = "class"
            else:
                origin = "near-image"
            group = groups[container.index] = _Group(container, origin)
        group.blocks.append(block)
    return list(groups.values())


def _container(element: Element) -> Element | None:
    """Return the outermost element around a block that is marked as a caption and holds no picture."""
    best = None
    at: Element | None = element
    for _ in range(_STEPS):
        if at is None or at.pictures or at.own & FIGURE or at.text_chars > _MAX_CAPTION:
            break
        if at.own & (FIGCAPTION | CAPTION):
            best = at
        at = at.parent
    if best is None and at is not None and at.own & FIGURE and at.pictures and at.text_chars < _MAX_CAPTION:
        best = element
        while best.parent is not None and best.parent is not at and not best.parent.pictures:
            best = best.parent
    return best


def _find_picture(group: _Group, page: Page) -> None:
    """Find the nearest picture of the smallest element that holds the caption and one."""
    at: Element | None = group.container
    for _ in range(_STEPS):
        if at is None or at.pictures:
            break
        at = at.parent
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
            return


def _find_credit(group: _Group, page: Page, taken: set[int]) -> None:
    """Find the credit that stands in an element of its own: inside the caption, or right beside it."""
    inside = [b for b in group.blocks if _is_credit(b, group.container)]
    if not inside and len(group.blocks) > 1:
        first, last = group.blocks[0], group.blocks[-1]
        inside = [last] if _says_credit(last.text) else []
        if not inside and any(sign in first.text for sign in _SIGNS) and _says_credit(first.text):
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
            and len(item.text) <= _MAX_CREDIT
            and group.holder.holds(item.element)
            and (item.marks & CREDIT or _says_credit(item.text))
        ):
            group.credits = [item]
            taken.add(position)
            return


def _says_credit(text: str) -> bool:
    if len(text) >= _MAX_BARE_CREDIT or (text.endswith(".") and not any(sign in text for sign in _SIGNS)):
        return False
    return is_credit_only(text)


def _is_credit(block: Block, container: Element) -> bool:
    if len(block.text) > _MAX_CREDIT:
        return False
    at: Element | None = block.element
    while at is not None and at is not container:
        if at.own & (CREDIT | BYLINE):
            return True
        at = at.parent
    return False


# --- captions that nothing marks -----------------------------------------------------------------------

_LEAD = re.compile(
    r"(?:图为|图注|图说|图[:：]|圖為|圖說|圖[:：]|写真|사진|▲|△|pictured|above|foto\s*:|photo\s*:|imagen?\s*:|bild\s*:)",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"[\W\d_]+")
_THRESHOLD: Final = 3


def _near_groups(page: Page, story: Story, place: "_Place", used: set[int], taken: set[int]) -> list[_Group]:
    """Captions that show only by their place at a picture, and by how they are set and worded."""
    groups: list[_Group] = []
    for picture in page.pictures:
        if picture.icon or picture.position in used or picture.marks & (BYLINE | NOSCRIPT):
            continue
        if not place.is_article(picture.element, None):
            continue
        block = _next_block(page, picture, taken)
        if block is None:
            continue
        group = _Group(block.element, "near-image", [block], picture=picture, confidence=0.6)
        holder: Element | None = block.element
        for _ in range(6):
            if holder is None or holder.pictures:
                break
            holder = holder.parent
        group.holder = holder
        _find_credit(group, page, taken)
        signals = _signals(group, block, picture, story.usual)
        if sum(signals.values()) >= _THRESHOLD:
            group.signals = tuple(signals)
            groups.append(group)
            taken.add(block.position)
        else:
            taken.difference_update(b.position for b in group.credits)
    return groups


def _next_block(page: Page, picture: Picture, taken: set[int]) -> Block | None:
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
        return item
    return None


def _signals(group: _Group, block: Block, picture: Picture, usual: tuple[str, str]) -> dict[str, int]:
    """Return what speaks for (and, negative, against) a block's being the caption of the picture before
    it.
    """
    text = block.text
    size = len(text)
    signals: dict[str, int] = {}
    if block.position == picture.position + 1:
        signals["next to the picture"] = 1
    if size > 350:
        signals["long"] = -2 if size < 700 else -4
    elif size < 8:
        signals["short"] = -2
    if block.link_chars * 2 > size:
        signals["a link"] = -4
    if block.marks & (BYLINE | DATE | CHROME):
        signals["a byline or date"] = -4
    if len(_NUMBERS.sub("", text)) * 2 < size:
        signals["numbers"] = -3
    if block.marks & (QUIET | CENTER):
        signals["set apart"] = 1
    elif block.marks & STRONG and ends_sentence(text):
        signals["set in bold"] = 1
    holder = group.holder
    if holder is not None and holder.pictures <= 2:
        own = size + sum(len(b.text) for b in group.credits)
        if holder.text_chars <= own * 1.2 + 20 and holder.tag not in ("body", "main", "article"):
            signals["alone with the picture"] = 2
    alt = picture.alt
    if len(alt) > 20 and size > 20 and (alt.startswith(text[:40]) or text.startswith(alt[:40])):
        signals["same as alt"] = 2
    if _LEAD.match(text):
        signals["a caption's first words"] = 2
    if group.credits:
        signals["a credit beside it"] = 2
    if block.element.own & HEADING:
        signals["a heading"] = -1
    elif (block.element.tag, block.element.name) != usual and size < 350:
        signals["not set as the body"] = 1
    # Asked last, and only where it decides.
    undecided = sum(signals.values()) in (_THRESHOLD - 2, _THRESHOLD - 1)
    if undecided and not group.credits and size < 500 and split_credit(text).credit_line:
        signals["ends in a credit"] = 2
    return signals


# --- where it stands ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """Tells the article's own pictures and captions from those of other stories."""

    main: Element
    headline: Element | None

    def is_article(self, element: Element, group: _Group | None) -> bool:
        main = self.main
        if element.marks & NOSCRIPT and not main.marks & NOSCRIPT:
            return False
        # Furniture that holds nothing but this caption is named so by chance ("promo", "more-from-story").
        own_chars = sum(len(b.text) for b in (*group.blocks, *group.credits)) * 1.1 + 10 if group else -1
        at: Element | None = element
        for _ in range(_STEPS):
            if at is None or at.holds(main):
                break
            if (
                at.own & CHROME
                and not (self.headline is not None and at.holds(self.headline))
                and at.text_chars > own_chars
            ):
                return False
            if at.tag == "article" and at.paragraph_chars < 200 and at.link_chars:
                return False
            if at.tag == "li" and at.link_chars * 2 > at.text_chars > 0:
                return False
            at = at.parent
        return True

    def is_content(self, picture: Picture) -> bool:
        if picture.icon or picture.marks & BYLINE:
            return False
        return self.main.holds(picture.element) and self.is_article(picture.element, None)


# --- placements ---------------------------------------------------------------------------------------


def _place(group: _Group) -> list[Placement]:
    credit = " ".join(b.text for b in group.credits)
    placements = []
    for texts in _copies([b for b in group.blocks if not _is_interface(b)]):
        placement = _placement(group, texts, credit)
        if placement is not None:
            placements.append(placement)
    return placements


def _is_interface(block: Block) -> bool:
    """Whether a block of a caption is a button, or a counter ("Image 1 of 23")."""
    if block.marks & INTERFACE:
        return True
    return len(block.text) < _MAX_COUNTER and not without_interface_words(block.text)


def _copies(blocks: list[Block]) -> list[list[Block]]:
    """Part a caption from its copies: a full and a cut-short one, one for each screen size."""
    if len(blocks) < 2:
        return [blocks]
    copies: list[list[Block]] = []
    first = ""
    for block in blocks:
        if copies and _is_copy(block.text, first):
            copies.append([block])
        elif copies:
            copies[-1].append(block)
        else:
            copies.append([block])
            first = block.text
    return copies


def _is_copy(text: str, first: str) -> bool:
    if len(text) < 12 or text[:6].casefold() != first[:6].casefold():
        return False
    key, other = caption_key(text.rstrip(" .…")), caption_key(first.rstrip(" .…"))
    return len(key) > 12 and (key.startswith(other[:60]) or other.startswith(key))


_ARROWS: Final = (">", "›", "→")
_ARROW = re.compile(r"\s\w+(?:\s\w+)?\s?[>›→]+\Z")
"""A link to more of it: "more >"."""


def _placement(group: _Group, texts: list[Block], credit: str) -> Placement | None:
    text = " ".join([b.text for b in texts])
    if text.endswith(_ARROWS):
        text = _ARROW.sub("", text)
    if credit and not text:
        text, credit = credit, ""
    split = join_separate_credit(text, credit or None)
    if not split.text and not split.credit_line:
        return None
    found = f"{text} {credit}".strip()
    evidence: dict[str, object] = {"element": group.container.tag}
    if found != split.text:
        evidence["found"] = found
    if group.signals:
        evidence["signals"] = list(group.signals)
    if split.evidence:
        evidence["credit"] = split.evidence
    if split.doubt:
        evidence["doubt"] = split.doubt
    copy = _copy(texts[0].marks if texts else group.container.marks)
    if copy:
        evidence["copy"] = copy
    if group.container.marks & VIDEO:
        evidence["video"] = True
    src = None
    if group.picture is not None:
        src = group.picture.src
        evidence |= _addresses(group.picture)
        copies = [name for name, told in group.picture.told if split.text and says_caption(told, split.text)]
        if copies:
            evidence["copies"] = list(dict.fromkeys(copies))
    position = texts[0].position if texts else group.blocks[0].position
    return Placement(
        group.origin,
        caption_with_facts(split.text, split.credit_line),
        src,
        position,
        split.lead,
        group.confidence,
        evidence,
    )


def says_caption(told: str, caption: str) -> bool:
    """Whether an attribute's text is a caption, with or without its credit, or cut short."""
    told, caption = told.casefold().rstrip(" .…"), caption.casefold().rstrip(" .…")
    return told.startswith(caption) or (len(told) >= _MIN_CUT and caption.startswith(told))


_MIN_CUT: Final = 20


def _addresses(picture: Picture) -> dict[str, object]:
    others = picture.addresses[1:]
    return {"image_srcs": others} if others else {}


def _copy(marks: int) -> str | None:
    """Which copy of a caption it is; None for the one that all readers see."""
    if marks & READER:
        return "screen-reader"
    if marks & LIGHTBOX:
        return "lightbox"
    if marks & HIDDEN:
        return "hidden"
    return None

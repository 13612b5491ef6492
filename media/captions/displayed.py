"""Captions as a page displays them, each paired with its picture.

Every displayed copy of a caption (in a lightbox, a gallery, for screen readers) is a placement of its own,
so that what repeats within a page is found where everything else that repeats is.
"""

from dataclasses import dataclass, field

from media.articles.html_blocks import (
    CAPTION,
    CREDIT,
    FIGCAPTION,
    FIGURE,
    HEADING,
    HIDDEN,
    INTERFACE,
    LIGHTBOX,
    NOSCRIPT,
    QUIET,
    READER,
    VIDEO,
    Block,
    Element,
    Page,
    Picture,
)  # fmt: skip
from media.captions.caption import Caption, Origin, Placement
from media.captions.credit import is_credit_only, join_separate_credit, split_credit

_MAX_CAPTION = 2_000
_STEPS = 40


@dataclass(slots=True)
class _Group:
    """Blocks that make one caption."""

    container: Element
    origin: Origin
    blocks: list[Block] = field(default_factory=list)
    picture: Picture | None = None
    confidence: float = 0.9
    signals: list[str] = field(default_factory=list)


def find_captions(page: Page, main: Element | None) -> tuple[list[Placement], set[int]]:
    """Captions and pictures in reading order, and the positions of the blocks that are captions."""
    groups = _marked_groups(page)
    used: set[int] = set()
    for group in groups:
        group.picture = _picture_of(group, page)
        if group.picture is not None:
            used.add(group.picture.position)
    taken = {block.position for group in groups for block in group.blocks}
    near = _near_groups(page, main, used, taken)
    for group in near:
        if group.picture is not None:
            used.add(group.picture.position)
        taken |= {block.position for block in group.blocks}
    placements = []
    for group in sorted(groups + near, key=lambda g: g.blocks[0].position):
        placement = _place(group, main)
        if placement is not None:
            placements.append(placement)
    for picture in page.pictures:
        if picture.position not in used and _is_content(picture, main):
            placements.append(
                Placement(
                    "near-image",
                    None,
                    picture.src,
                    picture.position,
                    None,
                    0.5,
                    {"image_srcs": list(picture.srcs)},
                )
            )
    placements.sort(key=lambda p: p.position)
    return placements, taken


def _marked_groups(page: Page) -> list[_Group]:
    groups: list[_Group] = []
    by_container: dict[int, _Group] = {}
    for block in page.blocks:
        marks = block.element.marks
        if not marks & (FIGCAPTION | CAPTION | FIGURE):
            continue
        container = _container(block.element)
        if container is None:
            continue
        group = by_container.get(container.index)
        if group is None:
            if container.marks & FIGCAPTION:
                origin: Origin = "figcaption"
            elif container.own & CAPTION:
                origin = "class"
            else:
                origin = "near-image"
            group = by_container[container.index] = _Group(container, origin)
            groups.append(group)
        group.blocks.append(block)
    return groups


def _container(element: Element) -> Element | None:
    """The outermost element that is marked as a caption and holds no picture."""
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


def _picture_of(group: _Group, page: Page) -> Picture | None:
    """The nearest picture of the smallest element that holds the caption and one."""
    at: Element | None = group.container
    for _ in range(_STEPS):
        if at is None or at.pictures:
            break
        at = at.parent
    first, last = group.blocks[0].position, group.blocks[-1].position
    holder = at
    for position in range(first - 1, max(-1, first - 13), -1):
        item = page.items[position]
        if isinstance(item, Picture) and not item.icon and holder is not None and holder.holds(item.element):
            return item
    for position in range(last + 1, min(len(page.items), last + 9)):
        item = page.items[position]
        if isinstance(item, Picture) and not item.icon and holder is not None and holder.holds(item.element):
            return item
    return None


def _near_groups(page: Page, main: Element | None, used: set[int], taken: set[int]) -> list[_Group]:
    """Captions that nothing marks but their place by a picture and how they are set and worded."""
    groups = []
    for picture in page.pictures:
        if picture.icon or picture.position in used or not _in_article(picture.element, main):
            continue
        for position in range(picture.position + 1, min(len(page.items), picture.position + 3)):
            item = page.items[position]
            if isinstance(item, Picture):
                if item.icon:
                    continue
                break
            if position in taken:
                break
            signals = _near_signals(item, picture, position - picture.position)
            if sum(signals.values()) >= 3:
                group = _Group(item.element, "near-image", [item], picture, 0.6, sorted(signals))
                follower = page.items[position + 1] if position + 1 < len(page.items) else None
                if isinstance(follower, Block) and len(follower.text) < 150 and is_credit_only(follower.text):
                    group.blocks.append(follower)
                groups.append(group)
                break
    return groups


def _near_signals(block: Block, picture: Picture, distance: int) -> dict[str, int]:
    signals: dict[str, int] = {}
    text = block.text
    if distance == 1:
        signals["next to the picture"] = 1
    if len(text) > 350:
        signals["long"] = -2
    if block.link_chars * 2 > len(text):
        signals["a link"] = -4
    if len(text) < 12:
        signals["short"] = -2
    if block.element.own & HEADING:
        signals["a heading"] = -1
    if block.marks & QUIET:
        signals["set apart"] = 1
    holder: Element | None = block.element
    for _ in range(5):
        if holder is None or holder.pictures:
            break
        holder = holder.parent
    if holder is not None and holder.pictures == 1 and holder.text_chars <= len(text) * 1.4 + 40:
        signals["alone with the picture"] = 2
    if (
        picture.alt
        and len(text) > 20
        and (picture.alt.startswith(text[:40]) or text.startswith(picture.alt[:40]))
    ):
        signals["same as alt"] = 2
    if len(text) < 500 and split_credit(text).credit_line:
        signals["ends in a credit"] = 2
    return signals


def _place(group: _Group, main: Element | None) -> Placement | None:
    if not _in_article(group.container, main):
        return None
    credits = [b for b in group.blocks if _is_credit(b.element, group.container)]
    texts = [b for b in group.blocks if b not in credits and not b.marks & INTERFACE]
    found = " ".join(b.text for b in group.blocks)
    text = " ".join(b.text for b in texts)
    credit = " ".join(b.text for b in credits)
    if credit and not text and not is_credit_only(credit):
        text, credit = credit, ""
    split = join_separate_credit(text, credit or None)
    if not split.text and not split.credit_line:
        return None
    caption = Caption(split.text, split.credit_line)
    evidence: dict[str, object] = {"element": group.container.tag}
    if found != split.text:
        evidence["found"] = found
    if group.signals:
        evidence["signals"] = group.signals
    if split.evidence:
        evidence["credit"] = split.evidence
    if split.doubt:
        evidence["doubt"] = split.doubt
    copy = _copy(group.container)
    if copy:
        evidence["copy"] = copy
    picture = group.picture
    if picture is not None and picture.srcs:
        evidence["image_srcs"] = list(picture.srcs)
    if group.container.marks & VIDEO:
        evidence["video"] = True
    return Placement(
        group.origin,
        caption,
        picture.src if picture is not None else None,
        group.blocks[0].position,
        split.lead,
        group.confidence,
        evidence,
    )


def _copy(element: Element) -> str | None:
    marks = element.marks
    if marks & READER:
        return "screen-reader"
    if marks & LIGHTBOX:
        return "lightbox"
    if marks & HIDDEN:
        return "hidden"
    return None


def _is_credit(element: Element, container: Element) -> bool:
    at: Element | None = element
    while at is not None and at is not container:
        if at.own & CREDIT:
            return True
        at = at.parent
    return False


def _in_article(element: Element, main: Element | None) -> bool:
    if main is None:
        return True
    if element.marks & NOSCRIPT:
        return False
    chrome = element.chrome
    if chrome is not None and not chrome.holds(main):
        return False
    at: Element | None = element
    for _ in range(_STEPS):
        if at is None or at.holds(main):
            break
        if at.tag == "article" or (at.tag == "li" and at.link_chars * 2 > at.text_chars > 0):
            return False
        at = at.parent
    return True


def _is_content(picture: Picture, main: Element | None) -> bool:
    if picture.icon or main is None:
        return False
    return main.holds(picture.element) and _in_article(picture.element, main)

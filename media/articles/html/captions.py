"""Captions as a page displays them, each paired with its picture.

Every displayed copy of a caption (in a lightbox, a gallery, for screen readers) is a placement of its own,
so that what repeats within a page is found where everything else that repeats is.
"""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from media.articles.html.blocks import ends_sentence
from media.articles.html.body import Story
from media.articles.html.group import STEPS, Group, figure_of, find_credit, find_picture, says_credit
from media.articles.html.marks import (
    CAPTION,
    CREDIT,
    FIGCAPTION,
    FIGURE,
    HIDDEN,
    INTERFACE,
    LIGHTBOX,
    READER,
    VIDEO,
)
from media.articles.html.near import find_near
from media.articles.html.others import Others, Told
from media.articles.html.page import Block, Element, Page, Picture
from media.articles.html.place import find_place
from media.articles.html.words import names_control
from media.captions.caption import Caption, Origin, Placement
from media.captions.credit import SEPARATE, CreditSplit, join_separate_credit, without_label
from media.captions.credit_shape import is_names
from media.captions.facts import caption_with_facts
from media.captions.key import caption_key
from media.captions.lead import without_interface_words

_MAX_CAPTION: Final = 2_000
_MAX_COUNTER: Final = 20
"""Characters, of what may be a caption, and of "3 / 12" with its words."""


def find_captions(
    page: Page, story: Story | None, told: Told | None = None, *, stated: Collection[str] = frozenset()
) -> tuple[list[Placement], set[int]]:
    """Return captions and pictures in reading order, and the positions of the blocks that are captions.

    ``stated`` are the addresses of pictures whose captions the caller knows: of theirs only the place is found.
    """
    if story is None:
        return [], set()
    others = Others(page, story, told or Told())
    place = find_place(page, story)
    groups = _join_credits(_marked_groups(page))
    taken = {block.position for group in groups for block in (*group.blocks, *group.credits)}
    used: set[int] = set()
    for group in groups:
        find_picture(group, page)
        find_credit(group, page, taken)
        used.update(picture.position for picture in (group.picture, *group.copies) if picture is not None)
    shown: list[Group] = []
    wordless: list[Group] = []
    for group in groups:
        if not others.is_other(group, group.blocks):
            shown.append(group)
        elif others.is_without_words(group):
            wordless.append(group)
    for group in find_near(page, story, place, others, used, taken):
        shown.append(group)
        if group.picture is not None:
            used.add(group.picture.position)
    shown.sort(key=lambda group: group.blocks[0].position)
    ours = [group for group in shown if place.is_article(group.container, group)]
    placements = []
    for group in ours:
        placements += (placed := _place(group, stated))
        if not placed:
            wordless.append(group)
    used -= {group.picture.position for group in wordless if group.picture is not None}
    placements = _share_credits(placements)
    placements += [
        Placement("near-image", None, picture.src, picture.position, None, 0.5, _addresses(picture))
        for picture in page.pictures
        if picture.position not in used and place.is_content(picture)
    ]
    placements.sort(key=lambda placement: placement.position)
    return placements, taken


def _share_credits(placements: list[Placement]) -> list[Placement]:
    """Complete captions without a credit from other captions of the page.

    A copy of a caption has the same credit. A name that the page shows as a credit in an element of its own is also one
    at the end of another caption, even without a label.
    """
    known: dict[tuple[str, str | None], str] = {}
    names: dict[str, str] = {}
    for each in placements:
        if each.caption is not None and (credit := each.caption.credit_line):
            known.setdefault((each.caption.text, each.image_src), credit)
            if (
                each.evidence.get("credit") == SEPARATE
                and len(names) < _MAX_NAMES
                and len(core := without_label(credit)) >= _MIN_NAME
            ):
                names[core] = credit
    shared = []
    for each in placements:
        caption = each.caption
        if caption is not None and caption.text and not caption.credit_line:
            if credit := known.get((caption.text, each.image_src)):
                caption = replace(caption, credit_line=credit)
                each = replace(
                    each, caption=caption, evidence={**each.evidence, "credit": "of a copy on the page"}
                )
            elif name := next((name for name in names if _ends_in(caption.text, name)), None):
                told = {
                    "found": caption.text,
                    **each.evidence,
                    "credit": f"a credit of the page: {names[name]}",
                }
                text = caption.text[: -len(name)].rstrip(" |–—-/")
                each = replace(each, caption=replace(caption, text=text, credit_line=name), evidence=told)
        shared.append(each)
    return shared


def _ends_in(text: str, name: str) -> bool:
    """Return whether a caption ends in a separate name, after a sentence or a sign."""
    before = text[: -len(name)].rstrip()
    return text.endswith(name) and (ends_sentence(before) or before[-1:] in ("|", "–", "—", "-", "/"))


_MIN_NAME: Final = 4
_MAX_NAMES: Final = 50
"""Characters of a name that is looked for in captions (shorter ones occur in any text), and names that are."""


# --- captions that are marked as such ------------------------------------------------------------------


def _marked_groups(page: Page) -> list[Group]:
    groups: dict[int, Group] = {}
    for block in page.blocks:
        if block.element.marks & (FIGCAPTION | CAPTION | FIGURE):
            container = _container(block.element)
        else:
            container = _of_table(block.element)
        if container is None:
            continue
        group = groups.get(container.index)
        if group is None:
            if container.marks & FIGCAPTION:
                origin: Origin = "figcaption"
            elif container.own & CAPTION or container.tag == "caption":
                origin = "class"
            else:
                origin = "near-image"
            group = groups[container.index] = Group(container, origin)
        group.blocks.append(block)
    return list(groups.values())


def _of_table(element: Element) -> Element | None:
    """Return the caption of a table that holds nothing else but pictures: that of the pictures."""
    at = element if element.tag == "caption" else element.parent
    if at is None or at.tag != "caption" or at.parent is None or not at.parent.pictures:
        return None
    return at if at.parent.text_chars <= at.text_chars + _MAX_FOOTER else None


def _container(element: Element) -> Element | None:
    """Return the outermost element around a block that is marked as a caption and holds no picture."""
    best = None
    at: Element | None = element
    for _ in range(STEPS):
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


def _join_credits(groups: list[Group]) -> list[Group]:
    """Join a separate credit in a figure (a line, footer or second caption) to the figure's caption."""
    by_figure: dict[int, list[Group]] = {}
    for group in groups:
        if (figure := figure_of(group.container)) is not None:
            by_figure.setdefault(figure.index, []).append(group)
    joined: set[int] = set()
    for together in by_figure.values():
        if not 1 < len(together) <= _MAX_TOGETHER:
            continue
        captions = [group for group in together if not _is_credit_alone(group)]
        if not captions:
            continue
        for group in together:
            if group in captions and not (len(captions) > 1 and _is_bare_name(group, captions)):
                continue
            owner = min(
                (caption for caption in captions if caption is not group),
                key=lambda caption: abs(caption.blocks[0].position - group.blocks[0].position),
            )
            owner.credits += group.blocks
            joined.add(group.container.index)
    return [group for group in groups if group.container.index not in joined]


def _is_credit_alone(group: Group) -> bool:
    if group.container.tag == "footer" and sum(len(block.text) for block in group.blocks) < _MAX_FOOTER:
        return True
    loose = group.origin == "near-image"
    return all(
        (loose and block.marks & CREDIT and len(block.text) < _MAX_FOOTER) or says_credit(block.text)
        for block in group.blocks
    )


def _is_bare_name(group: Group, captions: list[Group]) -> bool:
    """Return whether a loose line beside a figure's caption is only a name, that of the photographer."""
    if group.origin != "near-image" or not any(other.origin != "near-image" for other in captions):
        return False
    text = group.blocks[0].text
    return len(group.blocks) == 1 and 2 <= len(text.split()) <= _MAX_NAME and is_names(text)


_MAX_TOGETHER: Final = 40
"""The most lines of one figure; more are not credits of a caption."""
_MAX_FOOTER: Final = 120
_MAX_NAME: Final = 5
"""Characters of a footer that holds a credit; words of a name."""


# --- placements ---------------------------------------------------------------------------------------


def _place(group: Group, stated: Collection[str]) -> list[Placement]:
    blocks = [block for block in group.blocks if not _is_interface(block)]
    blocks = _without_links_beside(blocks, group)
    if group.picture is not None and group.picture.raw_src in stated and _has_words(blocks):
        return [Placement(group.origin, Caption(""), group.picture.src, blocks[0].position)]
    credit = " ".join(b.text for b in group.credits)
    placements = []
    for texts in _copies(blocks):
        placement = _placement(group, texts, credit)
        if placement is not None:
            placements.append(placement)
    return placements


def _without_links_beside(blocks: list[Block], group: Group) -> list[Block]:
    """Leave out links that stand in a caption's element beside the line that is marked as the caption once more.

    A name is kept unless the picture is a link too: it may be who took it.
    """
    inner = [_is_marked_inside(block.element, group.container) for block in blocks]
    if not any(inner):
        return blocks
    leads = group.picture is not None and group.picture.href is not None
    return [
        block
        for block, marked in zip(blocks, inner, strict=True)
        if marked or not block.is_link or (is_names(block.text) and not leads)
    ]


def _is_marked_inside(element: Element, container: Element) -> bool:
    """Return whether an element inside a caption's element is marked as a caption once more."""
    at: Element | None = element
    while at is not None and at is not container:
        if at.own & CAPTION:
            return True
        at = at.parent
    return False


def _has_words(blocks: list[Block]) -> bool:
    return any(character.isalnum() for block in blocks for character in block.text)


def _is_interface(block: Block) -> bool:
    """Return whether a block of a caption is a button, or a counter ("Image 1 of 23")."""
    return bool(block.marks & INTERFACE) or is_interface_text(block.text)


def is_interface_text(text: str) -> bool:
    """Return whether a text names a button, or counts ("Image 1 of 23")."""
    return names_control(text) or (len(text) < _MAX_COUNTER and not without_interface_words(text))


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


def _without_link_in_brackets(text: str, block: Block, group: Group) -> str:
    """Leave out the last words of a caption where they are a link in brackets, as its picture is one too: a link to
    the larger picture, and not who took it.
    """
    found = _IN_BRACKETS.search(text)
    if found is None or group.picture is None or group.picture.href is None:
        return text
    words = found[1]
    if block.link_chars != len(words) or len(words.split()) < 2 or is_names(words) or says_credit(words):
        return text
    return text[: found.start()]


_IN_BRACKETS = re.compile(r"\s?[(（]([^()（）]{1,40})[)）]\Z")
_IMAGE_ADDRESS = re.compile(r"(?:\s?https?://|\s/)\S+\.(?:jpe?g|png|webp|gif|avif)\S*\Z", re.IGNORECASE)
"""An address that a page hides at a caption's end."""
_ARROWS: Final = (">", "›", "→")
_ARROW = re.compile(r"\s\w+(?:\s\w+)?\s?[>›→]+\Z")
"""A link to more of it: "more >"."""


def _may_be_credit(text: str) -> bool:
    """Return whether the text of a credit's element without a caption is a credit, and not a sentence."""
    return is_names(text) or says_credit(text) or (len(text.split()) <= _MAX_NAME and not ends_sentence(text))


def _placement(group: Group, texts: list[Block], credit: str) -> Placement | None:
    text = " ".join([b.text for b in texts])
    if text.endswith(_ARROWS):
        text = _ARROW.sub("", text)
    if credit and not text and not _may_be_credit(credit):
        text, credit = credit, ""
    shown = _IMAGE_ADDRESS.sub("", text) if "/" in text else text
    if shown.endswith((")", "）")):
        shown = _without_link_in_brackets(shown, texts[-1], group)
    split = (
        join_separate_credit(shown, credit) if shown else CreditSplit("", credit or None, evidence=SEPARATE)
    )
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
    src = group.address
    if group.picture is not None:
        src = group.picture.src
        others = [
            *group.picture.addresses[1:],
            *(address for copy in group.copies for address in copy.addresses),
        ]
        if others:
            evidence["image_srcs"] = list(dict.fromkeys(others))
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
    """Return whether an attribute's text is a caption, with or without its credit, or cut short."""
    told, caption = told.casefold().rstrip(" .…"), caption.casefold().rstrip(" .…")
    return told.startswith(caption) or (len(told) >= _MIN_CUT and caption.startswith(told))


_MIN_CUT: Final = 20
"""Characters: a shorter beginning is not a caption that was cut."""


def _addresses(picture: Picture) -> dict[str, object]:
    others = picture.addresses[1:]
    return {"image_srcs": others} if others else {}


def _copy(marks: int) -> str | None:
    """Return which copy of a caption it is; None for the one that all readers see."""
    if marks & READER:
        return "screen-reader"
    if marks & LIGHTBOX:
        return "lightbox"
    if marks & HIDDEN:
        return "hidden"
    return None

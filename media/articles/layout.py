"""Articles from typeset pages: lines and pictures with their places, as in PDF and ALTO.

Such pages do not mark what a line is. A caption is recognised by its place directly below a picture, or beside or above
it, and by its letters or the space around it; a headline by its size. Margins that are alike on several pages are not
text.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import median
from typing import Final

from media.articles.article import Article
from media.articles.article.byline import read_byline, read_dateline
from media.articles.article.language import guess_language
from media.captions.caption import Placement
from media.captions.stated import place_stated
from media.left_out import take

MOST_LINES = 20_000
"""Lines of a page that are read."""
MOST_PICTURES = 500
"""Pictures of a page that are read."""

_MOST_BLOCK_LINES: Final = 500
"""Lines of a paragraph; one that is longer is several."""
_PAGE_SCAN: Final = 0.7
"""Share of the page from which a picture is the page itself: nothing stands below it."""
_LEAST_PICTURE: Final = 0.02
"""Share of the page's width below which a picture is an ornament."""
_MARGIN: Final = 0.08
"""The share of the page's height, at the top and the bottom, in which repeated lines are not text."""
_MOST_CAPTION: Final = 700
_MOST_PLAIN_CAPTION: Final = 400
"""Characters of a caption that is set like the text."""
_LARGER: Final = 1.15
"""The least size of a headline, relative to the text."""
_SMALLER: Final = 0.96
"""The size of smaller captions, relative to the text: 9.5 points beside 10."""
_FURNITURE = re.compile(
    r"(?:page |seite |p\. ?)?\d{1,4}(?: ?(?:/|of|von|sur|de) ?\d{1,4})?|[-–—|•·]+|(?:https?|file)://\S+"
    r"|\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? \d{1,2}:\d\d(?: ?[AP]M)?",
    re.IGNORECASE,
)
"""Numbers of pages, rules, and what browsers print above and below."""
_SENTENCE_END = re.compile(r"[.!?:;…\"”’)\]]\s*$")
_HYPHENS = "\u00ad\u0002\ufffe"
"""Characters, beside the hyphen itself, that mark a word divided at the end of a line."""


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a page; ``y`` grows downwards."""

    x0: float
    y0: float
    x1: float
    y1: float

    def overlap(self, other: "Box") -> float:
        """Return how wide the part is that stands above or below the other."""
        return min(self.x1, other.x1) - max(self.x0, other.x0)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text."""

    box: Box
    text: str
    size: float = 0.0
    """The size of its letters, in a unit of its own."""
    look: str = ""
    """``b`` where it is bold, ``i`` where it is italic."""
    block: int | None = None
    """The block of the page that it belongs to, if the page declares it."""


@dataclass(frozen=True, slots=True)
class Set:
    """A picture, where it is set."""

    box: Box
    src: str
    other_srcs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetPage:
    """A page: its size, its lines and pictures in the order that the file has them."""

    width: float
    height: float
    lines: Sequence[Line] = ()
    pictures: Sequence[Set] = ()


@dataclass(slots=True)
class _Block:
    """Lines that are one paragraph."""

    lines: list[Line]
    role: str = "text"
    box: Box = field(init=False)
    size: float = field(init=False)
    height: float = field(init=False)
    """The height of its lines, in the page's units."""
    look: str = field(init=False)

    def __post_init__(self) -> None:
        boxes = [line.box for line in self.lines]
        self.box = Box(
            min(box.x0 for box in boxes),
            min(box.y0 for box in boxes),
            max(box.x1 for box in boxes),
            max(box.y1 for box in boxes),
        )
        self.size = median(line.size for line in self.lines)
        self.height = median(box.y1 - box.y0 for box in boxes)
        self.look = Counter(line.look for line in self.lines).most_common(1)[0][0]

    @property
    def text(self) -> str:
        return _join(line.text for line in self.lines)


@dataclass(slots=True)
class _Found:
    """The parts found on all pages."""

    blocks: list[_Block] = field(default_factory=list)
    shown: list[tuple[int, Set, SetPage, _Block | None, float]] = field(default_factory=list)
    """Each picture with the number of blocks before it, its page, its caption, and how sure that is."""


def read_pages(pages: Sequence[SetPage], *, title: str | None = None, author: str | None = None) -> Article:
    """Return the article that pages hold; ``title`` and ``author`` as their file says them of itself."""
    furniture = _find_furniture(pages)
    body_size, body_look = _find_body([line for page in pages for line in page.lines])
    found = _Found()
    for page in pages:
        lines = [line for line in page.lines if _mark(line, page) not in furniture]
        blocks = list(_join_lines(take(lines, MOST_LINES, "lines on a page")))
        _place_pictures(page, blocks, body_size, body_look, found)
        found.blocks += blocks
    headline = _take_headline(found.blocks, body_size) or _own_title(title)
    byline = _take_byline(found.blocks)
    kept = [(index, block) for index, block in enumerate(found.blocks) if block.role == "text"]
    texts, positions = _join_paragraphs(kept)
    body = "\n".join(texts)
    return Article(
        body=body,
        headline=headline,
        byline=byline or author,
        dateline=read_dateline(texts[0]) if texts else None,
        language=guess_language(body[:800]),
        placements=tuple(_placements(found)),
        body_positions=tuple(positions),
    )


def _placements(found: _Found) -> Iterator[Placement]:
    for position, picture, page, caption, confidence in found.shown:
        box = picture.box
        evidence: dict[str, object] = {
            "box": [
                round(max(0.0, min(1.0, value / most)), 3)
                for value, most in zip(
                    (box.x0, box.y0, box.x1, box.y1), (page.width, page.height) * 2, strict=True
                )
            ]
        }
        if picture.other_srcs:
            evidence["image_srcs"] = list(picture.other_srcs)
        text = caption.text if caption else None
        placement = place_stated("near-image", picture.src, text, position=position, evidence=evidence)
        if placement is not None:
            yield replace(placement, confidence=confidence) if caption else placement


# --- lines -> blocks


def _find_body(lines: Sequence[Line]) -> tuple[float, str]:
    """Return the size and the look in which most of the text is set."""
    sizes, looks = Counter[float](), Counter[str]()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
        looks[line.look] += len(line.text)
    return (sizes.most_common(1)[0][0], looks.most_common(1)[0][0]) if lines else (0.0, "")


def _mark(line: Line, page: SetPage) -> tuple[str, int] | None:
    """Return by what a line in a page's margin is known on another page; None: it stands elsewhere."""
    top, bottom = line.box.y0 / page.height, line.box.y1 / page.height
    if bottom > _MARGIN and top < 1 - _MARGIN:
        return None
    return re.sub(r"\d+", "#", line.text.strip()), round(top * 50)


def _find_furniture(pages: Sequence[SetPage]) -> set[tuple[str, int] | None]:
    """Return what stands in the margins of several pages alike, and numbers of pages."""
    seen = Counter[tuple[str, int]]()
    found: set[tuple[str, int] | None] = set()
    for page in pages:
        marks = {mark: line for line in page.lines if (mark := _mark(line, page)) is not None}
        seen.update(list(marks))
        found.update(mark for mark, line in marks.items() if _FURNITURE.fullmatch(line.text.strip()))
    found.update(mark for mark, times in seen.items() if times > 1)
    return found


def _join_lines(lines: Sequence[Line]) -> Iterator[_Block]:
    block: list[Line] = []
    right = 0.0
    for line in lines:
        if not line.text.strip():
            continue
        if block and (len(block) >= _MOST_BLOCK_LINES or not _goes_on(block, right, line)):
            yield _Block(block)
            block = []
        right = max(right, line.box.x1) if block else line.box.x1
        block.append(line)
    if block:
        yield _Block(block)


def _goes_on(block: Sequence[Line], right: float, line: Line) -> bool:
    """Return whether a line belongs to the paragraph of the lines before it, which reach to ``right``."""
    last = block[-1]
    if line.block is not None or last.block is not None:
        return line.block == last.block
    size = max(line.size, 1.0)
    if abs(line.size - last.size) > 0.06 * size or line.box.overlap(last.box) <= 0:
        return False
    if line.look != last.look and last.text.rstrip()[-1:] in ".!?":
        return False
    gap = line.box.y0 - last.box.y1
    if gap < -0.8 * size:
        return False
    usual = last.box.y0 - block[-2].box.y1 if len(block) > 1 else 0.6 * size  # of the lines that were joined
    if gap > max(usual, 0.0) + 0.35 * size:
        return False
    first = block[0] if len(block) == 1 else block[1]
    indent = line.box.x0 - first.box.x0
    ends_short = last.box.x1 < right - 2 * size
    return not (
        0.8 * size < indent < 4 * size and (_SENTENCE_END.search(last.text) is not None or ends_short)
    )


def _join(texts: Iterable[str]) -> str:
    """Return lines as one, words that were parted at their ends put together."""
    whole = ""
    for text in texts:
        line = " ".join(text.split())
        if (whole[-1:] in _HYPHENS and whole) or (
            re.fullmatch(r"[^\W\d_]-", whole[-2:]) and re.match(r"[^\W\d_]", line) and line[0].islower()
        ):
            whole = whole[:-1] + line
        else:
            whole = f"{whole} {line}" if whole else line
    return whole.strip(_HYPHENS)


def _join_paragraphs(blocks: Sequence[tuple[int, _Block]]) -> tuple[list[str], list[int]]:
    """Return the paragraphs with their positions; one that continues in the next column or page is joined."""
    texts: list[str] = []
    positions: list[int] = []
    before: _Block | None = None
    for index, block in blocks:
        text = block.text
        if not text:
            continue
        if before is not None and texts and _flows(before, block, texts[-1], text):
            texts[-1] = _join((texts[-1], text))
        else:
            texts.append(text)
            positions.append(index)
        before = block
    return texts, positions


def _flows(before: _Block, block: _Block, above: str, text: str) -> bool:
    return (
        abs(before.size - block.size) < 0.05 * block.size
        and before.look == block.look
        and _SENTENCE_END.search(above) is None
        and text[0].islower()
    )


# --- what is below a picture


def _place_pictures(
    page: SetPage, blocks: list[_Block], body_size: float, body_look: str, found: _Found
) -> None:
    """Find each picture's caption among the blocks of its page.

    What is set otherwise right below a picture is its own; then what stands beside or above one; and in the end what is
    set like the text below it, with room around. Each is taken once.
    """
    area = max(1.0, page.width * page.height)
    shown: dict[int, Set] = {}
    for number, picture in enumerate(take(page.pictures, MOST_PICTURES, "pictures on a page")):
        box = picture.box
        if min(box.x1 - box.x0, box.y1 - box.y0) >= _LEAST_PICTURE * page.width:
            shown[number] = picture
    captions: dict[int, tuple[_Block, float]] = {}
    finders: tuple[tuple[Callable[[Box], _Block | None], float], ...] = (
        (partial(_find_below, blocks=blocks, body_size=body_size, body_look=body_look), 0.9),
        (partial(_find_beside, blocks=blocks, body_size=body_size), 0.8),
        (partial(_find_plain, blocks=blocks, body_size=body_size), 0.7),
    )
    for find, sure in finders:
        for number, picture in shown.items():
            box = picture.box
            if number in captions or (box.x1 - box.x0) * (box.y1 - box.y0) >= _PAGE_SCAN * area:
                continue
            caption = find(box)
            if caption is not None:
                caption.role = "caption"
                captions[number] = caption, sure
    for number, picture in shown.items():
        caption, confidence = captions.get(number, (None, 1.0))
        box = picture.box
        before = sum(block.box.y1 <= box.y0 for block in blocks if block.box.overlap(box) > 0)
        if caption is not None:
            before = blocks.index(caption)
        found.shown.append((len(found.blocks) + before, picture, page, caption, confidence))


def _find_beside(box: Box, blocks: list[_Block], body_size: float) -> _Block | None:
    """Return the block beside or right above a picture that is its caption: smaller than the text, or in italics.

    A caption beside a picture begins or ends at the same height as the picture. It may look like the text if its lines
    are much shorter (scanned pages have no sizes of letters). If two blocks are possible, there is no caption.
    """
    widths = [line.box.x1 - line.box.x0 for block in blocks if block.role == "text" for line in block.lines]
    narrow = _NARROW * median(widths) if widths else 0.0
    found = [
        block
        for block in blocks
        if block.role == "text"
        and len(block.text) <= _MOST_PLAIN_CAPTION
        and (
            ((is_other := block.size < body_size * _SMALLER or "i" in block.look) and _is_above(block, box))
            or ((is_other or _is_narrow(block, narrow)) and _is_beside(block, box))
        )
    ]
    return _take_rest(found[0], blocks) if len(found) == 1 else None


_NARROW: Final = 0.6
"""The greatest width of a caption beside its picture that looks like the text, as a share of the text's lines."""


def _is_narrow(block: _Block, width: float) -> bool:
    return len(block.lines) > 1 and block.box.x1 - block.box.x0 <= width


def _is_beside(block: _Block, box: Box) -> bool:
    place, height = block.box, block.height
    gap = max(place.x0 - box.x1, box.x0 - place.x1)
    within = place.y0 >= box.y0 - height and place.y1 <= box.y1 + height
    level = min(abs(place.y0 - box.y0), abs(place.y1 - box.y1)) <= 1.5 * height
    return -0.5 * height <= gap <= 2.5 * height and within and level


def _is_above(block: _Block, box: Box) -> bool:
    place = block.box
    gap = box.y0 - place.y1
    return -0.5 * block.height <= gap <= block.height and place.overlap(box) >= 0.5 * (place.x1 - place.x0)


def _find_below(box: Box, blocks: list[_Block], body_size: float, body_look: str) -> _Block | None:
    """Return the block right below a picture that is its caption by its letters: smaller, or of another look."""
    nearest = _nearest_below(box, blocks, body_size)
    if nearest is None:
        return None
    is_other = nearest.size < body_size * _SMALLER or (nearest.look != body_look and nearest.look)
    return _take_rest(nearest, blocks) if is_other else None


def _find_plain(box: Box, blocks: list[_Block], body_size: float) -> _Block | None:
    """Return the block right below a picture that is its caption by the room below: it is set like the text."""
    nearest = _nearest_below(box, blocks, body_size)
    if nearest is None or len(nearest.text) > _MOST_PLAIN_CAPTION:
        return None
    after = _room_below(nearest, blocks)
    is_apart = after is None or after > max(nearest.box.y0 - box.y1, 0.0) + 0.25 * nearest.height
    return nearest if is_apart else None


def _nearest_below(box: Box, blocks: list[_Block], body_size: float) -> _Block | None:
    below = [block for block in blocks if block.role == "text" and _is_below(block, box)]
    if not below:
        return None
    nearest = min(below, key=lambda block: block.box.y0)
    is_larger = nearest.size > body_size * _LARGER
    return None if is_larger or len(nearest.text) > _MOST_CAPTION else nearest


def _is_below(block: _Block, box: Box) -> bool:
    """Return whether a block is directly below a picture, and mostly not beside it."""
    place = block.box
    gap = place.y0 - box.y1
    size = max(block.height, (place.y1 - place.y0) / len(block.lines))
    wide = place.x1 - place.x0
    return -0.5 * size <= gap <= 1.8 * size and (
        place.overlap(box) >= 0.5 * wide or place.overlap(box) >= 0.8 * (box.x1 - box.x0)
    )


def _take_rest(caption: _Block, blocks: list[_Block]) -> _Block:
    """Return a caption with the lines right below it that are set alike: a credit, a second paragraph."""
    at = blocks.index(caption)
    while at + 1 < len(blocks):
        following = blocks[at + 1]
        gap = following.box.y0 - caption.box.y1
        same = abs(following.size - caption.size) < 0.03 * caption.size and following.look == caption.look
        if not same or not -0.5 * caption.height <= gap <= 0.8 * caption.height:
            break
        if len(caption.text) + len(following.text) > _MOST_CAPTION or following.box.overlap(caption.box) <= 0:
            break
        caption = _Block([*caption.lines, *following.lines])
        blocks[at : at + 2] = [caption]
    return caption


def _room_below(block: _Block, blocks: Sequence[_Block]) -> float | None:
    """Return the distance to the next block below; None if there is none."""
    place = block.box
    gaps = [
        other.box.y0 - place.y1
        for other in blocks
        if other is not block and other.box.y0 >= place.y1 - 1 and other.box.overlap(place) > 0
    ]
    return min(gaps, default=None)


# --- headline and byline


def _take_headline(blocks: Sequence[_Block], body_size: float) -> str | None:
    """Take the largest block among the first ones, where it is larger than the text."""
    first = [block for block in blocks[:40] if block.role == "text" and re.search(r"[^\W\d_]{2}", block.text)]
    if not first:
        return None
    largest = max(first, key=lambda block: block.size)
    if largest.size < body_size * _LARGER or len(largest.text) > 300:
        return None
    largest.role = "headline"
    return largest.text


def _take_byline(blocks: Sequence[_Block]) -> str | None:
    """Take the line among the first ones that says who wrote it."""
    for block in [block for block in blocks if block.role == "text"][:4]:
        text = block.text
        byline = read_byline(text)
        if byline is not None and len(byline) + 2 >= len(text):
            block.role = "byline"
            return byline
    return None


def _own_title(title: str | None) -> str | None:
    """Return the title that the file's properties hold, unless a program wrote it."""
    told = " ".join((title or "").split())
    if not told or re.search(r"^(?:Microsoft|Untitled|Layout \d)|\.\w{2,5}$|^\S+\.\S+$|^file:", told):
        return None
    return told

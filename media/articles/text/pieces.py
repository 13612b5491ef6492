"""The pieces of a plain-text document that are judged by themselves: its blocks, parted where two are glued together
and joined where one was split.
"""

import re
from collections.abc import Container, Iterator, Sequence
from typing import Final

from media.articles.text.layout import Piece, split_blocks
from media.articles.text.line_words import CAPTION_LABEL
from media.articles.text.one_line import is_one_line, part_line
from media.captions.agency import LABEL
from media.captions.credit import is_credit_only, split_credit


def split_pieces(text: str, *, sentences: bool = True) -> list[Piece]:
    """Split a text into the pieces that are captions, paragraphs or furniture, in reading order.

    A text in one line is parted into its sentences, unless ``sentences`` is false. Wires and interfaces glue a
    caption, its credit and the first paragraph together: a line is parted there where a credit ends. What a layout
    split inside brackets or after a label ("caption (", "Image:", "Getty)") is joined.
    """
    blocks = split_blocks(text)
    if sentences and is_one_line(blocks):
        return [piece for block in blocks for piece in part_line(block)]
    return [piece for block in _mended(blocks) for piece in _parted(block)]


def are_sentences(pieces: Sequence[Piece]) -> bool:
    """Return whether pieces are the parts of a text in one line: nearly all go on where another ends."""
    return sum(piece.joint is not None for piece in pieces) > 0.7 * len(pieces)


def body_text(pieces: Sequence[Piece], body: Container[int]) -> str:
    """Return the pieces whose places are in ``body``, a block a line; parts of one block that stand side by side are
    joined again.
    """
    text: list[str] = []
    for index, piece in enumerate(pieces):
        if index not in body:
            continue
        if text:
            text.append("\n" if piece.joint is None or index - 1 not in body else piece.joint)
        text.append(piece.text)
    return "".join(text)


# --- captions that a layout split -------------------------------------------------------------------------


_OPEN = re.compile(r"[(\[（][^()\[\]（）]{0,60}\Z")
_CLOSES = re.compile(r"[^()\[\]（）]{0,80}[)\]）]\.?\Z")
_LABEL_ALONE = re.compile(rf"{LABEL}(?:\s(?:by|source|credit|caption))?\s?[:,：]", re.IGNORECASE)
_LONGEST_PART: Final = 80
_MOST_PARTS: Final = 4


def _mended(blocks: Sequence[Piece]) -> Iterator[Piece]:
    """Join what stands in brackets with its line, and a label with the name after it."""
    index = 0
    while index < len(blocks):
        block = blocks[index]
        count = _count_parts(blocks, index)
        parts = [each.text for each in blocks[index : index + count]]
        yield (
            Piece(re.sub(r"(?<=[(\[（])\s|\s(?=[)\]）])", "", " ".join(parts)), block.joint)
            if count > 1
            else block
        )
        index += count


def _count_parts(blocks: Sequence[Piece], index: int) -> int:
    """Count the blocks, from ``index`` on, that are one."""
    text = blocks[index].text
    following = blocks[index + 1 : index + 1 + _MOST_PARTS]
    if _OPEN.search(text[-_LONGEST_PART:]):
        for count, each in enumerate(following, 1):
            if len(each.text) > _LONGEST_PART or _OPEN.search(each.text):
                break
            if _CLOSES.fullmatch(each.text):
                return count + 1
    elif following and len(text) <= 30 and _LABEL_ALONE.fullmatch(text):
        joined = f"{text} {following[0].text}"
        if len(joined) <= _LONGEST_PART and is_credit_only(joined):
            return 2
    return 1


# --- lines that hold a caption and a paragraph --------------------------------------------------------------


_FEWEST_WORDS: Final = 24
_FEWEST_AFTER: Final = 10
"""Words of a line that holds both, and of the paragraph in it."""
_AT_FRONT: Final = 900
"""Characters in which the paragraph begins."""
_DATELINE = re.compile(
    r"(?P<place>[A-ZÀ-ÞА-Я][A-ZÀ-ÞА-Я.'’ -]{2,40}(?:,\s?[A-Z][\w. ]{1,20}){0,2}(?:\s\d{1,2})?)"
    r"\s?(?:\([\w ./-]{2,30}\))?\s?(?:--|[—–-])\s?(?=[^\W\d_a-zß-ÿ]|[“\"«„‘])"
)
_GLUED = re.compile(
    r"(?<=[)\]）])(?=[^\W\d_a-zß-ÿ]|[“\"«„])|(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ](?:[a-zß-ÿ]|\s[a-zß-ÿ]|[A-ZÀ-Þ]{2}))"
)


def _parted(block: Piece) -> Iterator[Piece]:
    """Part a block into a caption with its credit and the paragraph that is glued to it."""
    text = block.text
    label = _CAPTION_LABEL.search(text, 1, _AT_FRONT)
    if label is not None and not is_credit_only(text[: label.start()]):
        begin: int | None = label.start()
    else:
        begin = _paragraph_begins(text) if _count_words(text[:4000]) >= _FEWEST_WORDS else None
    if begin is None:
        yield block
        return
    caption = text[:begin].rstrip()
    yield Piece(caption, block.joint)
    yield from _parted(Piece(text[begin:].lstrip(), text[len(caption) : begin] or ""))


_CAPTION_LABEL = re.compile(rf"(?<=\s){CAPTION_LABEL}(?=[\s:,A-Z])")


def _count_words(text: str) -> int:
    """Count words; in scripts without spaces, half the characters are taken for their number."""
    return text.count(" ") + len(UNSPACED.findall(text)) // 2


def _paragraph_begins(text: str) -> int | None:
    """Find where the paragraph begins that is glued to a caption; None where a text is one thing."""
    for begin, is_dateline in _possible_begins(text):
        before, after = text[:begin].rstrip(), text[begin:]
        if _count_words(after[:1000]) < _FEWEST_AFTER:
            break
        split = split_credit(before)
        if (
            split.credit_line
            and before.endswith(split.credit_line[-4:])
            and (_count_words(split.text) >= 2)
            and (split.doubt is None or is_dateline)
        ):
            return begin
        if is_dateline and begin == len(before) and _ENDS_DATED.search(before):
            return begin
        if not is_dateline and begin == len(before) and _are_glued(text, begin):
            return begin
    return None


def _are_glued(text: str, begin: int) -> bool:
    """Return whether two blocks meet inside a word: it is no name, since the text has it once, and what begins is an
    ordinary word, which the text also has in small letters.
    """
    first = _LAST_WORD.search(text[max(0, begin - 60) : begin])
    second = _FIRST_WORD.match(text, begin)
    if first is None or second is None or text.count(first[0] + second[0]) > 1:
        return False
    if text.count(" ", 0, begin) < _FEWEST_GLUED or _SENTENCE_END.search(text, 0, begin):
        return False
    return re.search(rf"(?<![^\W_]){second[0].lower()}(?![^\W_])", text) is not None


_LAST_WORD = re.compile(r"[^\W\d_]{2,}\Z")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE_END = re.compile(r"[^\W\d_]{3}[.!?…]\s")
_FEWEST_GLUED: Final = 6
"""Words before such a place."""
UNSPACED: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
"""Letters of scripts that put no spaces between words."""


_ENDS_DATED = re.compile(r"\d{4}[.)”\"]*\Z")


def _possible_begins(text: str) -> Iterator[tuple[int, bool]]:
    """Yield the places where a paragraph may begin, and whether a dateline does."""
    begins = [(found.start(), False) for found in _GLUED.finditer(text, 20, _AT_FRONT)]
    for found in _DATELINE.finditer(text, 20, _AT_FRONT):
        # "REUTERSPORT ASKER": the name of the agency shows where one name in capitals ends and the next begins.
        agency = _AGENCY_IN_CAPITALS.match(found["place"])
        begins.append((found.start() + (agency.end() if agency else 0), True))
    yield from sorted(begins)


_AGENCY_IN_CAPITALS = re.compile(
    r"(?:REUTERS|AFP|AP|EPA|EFE|UPI|TASS|ANSA|AAP|IMAGO|GETTY IMAGES)\s?(?=[A-ZÀ-ÞА-Я]{3})"
)

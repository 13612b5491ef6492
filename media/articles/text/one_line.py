"""Parts a text in one line, as tables and feeds keep articles, where a caption, its credit or a sentence ends."""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice, pairwise
from typing import Final

from media.articles.text.layout import Piece
from media.articles.text.line_words import CAPTION_LABEL, FURNITURE
from media.captions.agency import AGENCY, AGENCY_WORD, LABEL
from media.captions.credit import is_credit_only, split_credit
from media.captions.credit_shape import ABBREVIATION
from media.captions.dates import find_dates

_FEWEST_SENTENCES: Final = 3


def is_one_line(blocks: Sequence[Piece]) -> bool:
    """Return whether nearly all of a text is in one line, and is more than a paragraph."""
    whole = sum(len(block.text) for block in blocks)
    longest = max((block.text for block in blocks), key=len, default="")
    shortest = _SHORTEST // 3 if _SCRIPT_WITHOUT_SPACES.search(longest[:200]) else _SHORTEST
    if len(longest) < max(shortest, 0.9 * whole):
        return False
    return sum(1 for _ in _SENTENCE.finditer(longest)) >= _FEWEST_SENTENCES


_SHORTEST: Final = 400
"""Characters; a third of them in scripts that need fewer."""
_SCRIPT_WITHOUT_SPACES: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff]{4}")


def part_line(block: Piece) -> Iterator[Piece]:
    """Part a line into sentences, and where these hold more: into captions up to their credits, credits, labelled
    captions, copies that follow one another, and what is before a dateline or a counter.
    """
    head = block.text[:_SEARCHED]
    marks = sorted(_credit_ends(head))
    ends = {*marks, *_label_begins(head), *_copies(head), *_datelines(head)}
    ends.update(end for end in _sentence_ends(head) if not _credit_follows(head, end, marks))
    ends.update(_furniture_ends(head, sorted(ends), marks))
    start, joint = 0, block.joint
    for end in chain(sorted(ends), _ends_beyond(block.text), (len(block.text),)):
        piece = block.text[start:end].rstrip()
        if piece:
            yield Piece(piece, joint)
            begin = _GAP.match(block.text, end).end()  # type: ignore[union-attr]
            joint, start = block.text[start + len(piece) : begin], begin


_SEARCHED: Final = 400_000
"""Characters in which captions are searched for; no article is longer, and the rest is parted into sentences."""
_GAP: Final = re.compile(r"\s*")


def _ends_beyond(text: str) -> Iterator[int]:
    return (found.end() for found in _SENTENCE.finditer(text, _SEARCHED))


# --- where sentences end ----------------------------------------------------------------------------------

_SENTENCE: Final = re.compile(
    r"""[.!?…][\"'”’»)\]]*(?=\s+(?:[^\W\d_a-zß-ÿ]|\d|[“\"«„‘(\[]))|[。！？][」』）]*(?=.)"""
)
_IDEOGRAPH: Final = "\u3040-\u30ff\u3400-\u9fff\uff01-\uff60"
_SPACE_OF_BLOCKS: Final = re.compile(rf"(?<=[{_IDEOGRAPH}])\s+(?![摄攝])(?=[{_IDEOGRAPH}])")
"""Scripts that put no spaces between words: where one is, two blocks meet."""
_ORDINAL: Final = re.compile(r"(?<!\d)\d{1,2}\.\Z")
_WORD: Final = re.compile(r"[^\W\d_]+")
_USUAL: Final = 3
"""Times that a text has a word in small letters, at least, that with a capital opens a sentence."""
_OFTEN: Final = 8
"""As many show a word that joins others: no sentence ends in one; and after a name, only such a word opens one."""
_OPENS: Final = re.compile(
    r"(?<=[^\W_][)\]”\"’»]|[^\W_]{2})\s(?=([^\W\d_a-zß-ÿ][^\W\d_]*),?\s(?:[a-zß-ÿа-яё]|\d))"
)


def _sentence_ends(text: str) -> Iterator[int]:
    for found in _SENTENCE.finditer(text):
        if not ABBREVIATION.search(text, max(0, found.end() - 14), found.end()) and not _ORDINAL.search(
            text, max(0, found.end() - 4), found.end()
        ):
            yield found.end()
    labelled = [found.start() for found in _LABELS.finditer(text)]
    small = Counter(word for word in _WORD.findall(text) if word.islower())
    for found in _OPENS.finditer(text):
        last = text[max(0, found.start() - 30) : found.start()].rsplit(maxsplit=1)[-1]
        often = small[found[1].lower()]
        near = bisect(labelled, found.start())
        if near and found.start() - labelled[near - 1] <= _LONGEST:
            often *= _USUAL  # what a label begins has an end
        if (
            found[1][0].isupper()
            and often >= (_USUAL if last[:1].islower() else _OFTEN)
            and small[last] < _OFTEN
        ):
            yield found.start()
    if _SPACE_OF_BLOCKS.search(text):
        yield from (found.start() for found in _SPACE_OF_BLOCKS.finditer(text))


# --- where credits end ------------------------------------------------------------------------------------

_BRACKETS: Final = re.compile(r"[(\[（【][^()\[\]（）【】]{2,80}[)\]）】]")
_LIKE_CREDIT: Final = re.compile(rf"{LABEL}|/|©|[摄攝撮影]", re.IGNORECASE)
_TAKEN_BY: Final = re.compile(rf"[{_IDEOGRAPH}]{{2,4}}\s?[摄攝](?=\s|\Z)")
_NAME: Final = r"[^\W\d_a-zß-ÿ][\w.’'-]*"
_MORE: Final = re.compile(
    rf"(?:\s(?:Photo|PHOTO))?"
    rf"(?:\s?/\s?{_NAME}\s(?:(?:de|la|van|von|der|den|del|al|el|bin)\s){{0,2}}{_NAME}(?![^\s.,)/]))?"
    r"(?:[\s/]+(?:[Ff]ile(?:\s[Pp]hoto)?|FILE|Pool|Handout|Archiv(?:bild)?|Symbolbild|Archive)(?!\w))?"
)
_LONGEST: Final = 300
"""Characters before a credit that may be its caption."""


def _may_end(text: str, end: int) -> bool:
    """Return whether what stands at a place may begin a sentence: a capital, a digit, a quotation, a bracket."""
    rest = text[end : end + 20].lstrip()
    first = rest[:1]
    return not first or (first.isalpha() and not first.islower()) or first.isdigit() or first in _OPENERS


_SIGNS: Final = "|/•·"
_OPENERS: Final = '“"«„‘([（' + _SIGNS


def _credit_ends(text: str) -> set[int]:
    """Return where credits end: brackets that hold one, and agencies after a caption."""
    ends = set()
    for found in _BRACKETS.finditer(text):
        if (
            (_LIKE_CREDIT.search(found[0]) or AGENCY_WORD.search(found[0]))
            and _may_end(text, found.end())
            and not _DASH.match(text, found.end())
            and is_credit_only(found[0])
        ):
            ends.add(found.end())
    last = 0
    for found in AGENCY_WORD.finditer(text):
        end = _MORE.match(text, found.end()).end()  # type: ignore[union-attr]
        if end <= last or not _may_end(text, end) or _DASH.match(text, end):
            continue
        before = text[max(last, found.start() - _LONGEST) : end]
        split = split_credit(before)
        if split.credit_line and split.doubt is None and before.rstrip().endswith(split.credit_line[-4:]):
            ends.add(end)
            last = end
    for found in _GLUED_AGENCY.finditer(text):
        split = split_credit(text[max(0, found.start() - _LONGEST) : found.end()])
        if split.credit_line and split.doubt is None:
            ends.add(found.end())
    ends.update(found.end() for found in _TAKEN_BY.finditer(text))
    ends.update(_repeated_credits(text))
    return ends


_GLUED_AGENCY: Final = re.compile(rf"(?<=[a-zß-ÿ.!?\d]){AGENCY}(?=\s+[^\W\d_a-zß-ÿ]|\s+[“\"«„]|\s*\Z)")
_LABELLED: Final = re.compile(rf"(?<![^\W_])(?:{LABEL})\s?[:：]\s?|©\s?", re.IGNORECASE)


def _repeated_credits(text: str) -> Iterator[int]:
    """Yield where labelled names end that a text has more than once: what follows them differs."""
    places: dict[str, list[list[re.Match[str]]]] = {}
    for label in _LABELLED.finditer(text):
        words = list(islice(_WORDS.finditer(text, label.end()), 7))
        if words:
            places.setdefault(words[0][0], []).append(words)
    for several in places.values():
        for one, other in pairwise(several):
            same = 0
            for a, b in zip(one, other, strict=False):
                if a[0] != b[0] or a[0][:1].islower():
                    break
                same += 1
                if a[0].endswith((")", "]", ".", ",")):
                    break
            if 2 <= same < 7:
                yield from (words[same - 1].end() for words in (one, other))


_DASH: Final = re.compile(r"\s?(?:--|[—–-])")


def _credit_follows(text: str, end: int, marks: Sequence[int]) -> bool:
    """Return whether only a credit stands between the end of a sentence and the next place where one ends."""
    at = bisect(marks, end)
    return (
        at < len(marks)
        and marks[at] <= end + _LONGEST_CREDIT
        and is_credit_only(text[end : marks[at]].strip())
    )


_LONGEST_CREDIT: Final = 90


# --- where captions begin ---------------------------------------------------------------------------------

_LABELS: Final = re.compile(
    rf"(?<![^\s.!?)\]。」）])(?:{CAPTION_LABEL}(?=[\s:,A-Z])"
    r"|FILE PHOTO:|FILE\s[-–—]\s|Image (?:copyright|source)\b|图注：|图为|圖為|写真は|写真：)"
)


def _label_begins(text: str) -> Iterator[int]:
    yield from (found.start() for found in _LABELS.finditer(text))


_DATELINE: Final = re.compile(
    r"(?<=\s)(?:[A-ZÀ-ÞА-Я][A-ZÀ-ÞА-Я.'’/ -]{2,40}(?:,\s?[A-Z][\w. ]{1,20}){0,2}\s?)?"
    r"\([\w ./-]{2,30}\)\s?(?:--|[—–-])\s"
)


def _datelines(text: str) -> Iterator[int]:
    yield from (found.start() for found in _DATELINE.finditer(text))


# --- where furniture ends -----------------------------------------------------------------------------------


def _furniture_ends(text: str, ends: Sequence[int], marks: Sequence[int]) -> Iterator[int]:
    """Yield where the caption begins of a piece that ends in a credit, and begins with words of a menu."""
    start, credited = 0, frozenset(marks)
    for end in ends:
        if end in credited:
            head = text[start : min(end, start + _LONGEST_MENU)]
            menu = _menu_ends(head)
            begins = [found.end() for found in FURNITURE.finditer(head, 0, menu) if found[0][:1].isalpha()]
            begins += [found.end() for found in _CLOCK.finditer(head)]
            begins += [date.end for date in find_dates(head) if len(date.iso) == 10]
            begins = [
                start + each
                for each in begins
                if head[each : each + 1].isspace()
                and head[each:].lstrip()[:1] not in _SIGNS
                and _may_end(head, each)
            ]
            if begins and text.count(" ", max(begins), end) >= 3:
                yield max(begins)
        start = end


_LONGEST_MENU: Final = 2000
_CLOCK: Final = re.compile(
    r"\b\d{1,2}[:.]\d{2}(?:\s?[aApP]\.?[mM]\b\.?)?(?:\s(?:[A-Z]{2,4}|Uhr|h)\b)?"
    r"|\b\d{1,2}\s?[ap]\.?m\b\.?(?:\s[A-Z]{2,4}\b)?"
)


def _menu_ends(text: str) -> int:
    """Return up to where most words of a text begin with capitals or digits."""
    small = end = 0
    for count, word in enumerate(_WORDS.finditer(text), 1):
        small += word[0][0].islower()
        if small <= 0.4 * count:
            end = word.end()
    return end


# --- copies that follow one another -----------------------------------------------------------------------

_RUN: Final = 5
"""Words that two copies share at least."""
_FAR: Final = 60
"""Words of the longest copy."""
_WORDS: Final = re.compile(r"\S+")


def _copies(text: str) -> Iterator[int]:
    """Yield where a text that is said twice, one copy after the other, begins, is repeated and ends."""
    words = [(found[0], found.start(), found.end()) for found in _WORDS.finditer(text)]
    seen: dict[tuple[str, ...], int] = {}
    until = 0
    for index in range(len(words) - _RUN + 1):
        key = tuple(word for word, _, _ in words[index : index + _RUN])
        earlier = seen.get(key)
        seen[key] = index
        if earlier is None or not _RUN <= index - earlier <= _FAR or index < until:
            continue
        size = index - earlier
        first = [word for word, _, _ in words[earlier:index]]
        if first == [word for word, _, _ in words[index : index + size]]:
            yield from (words[earlier][1], words[index][1], words[index + size - 1][2])
            until = index + size

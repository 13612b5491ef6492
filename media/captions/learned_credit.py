"""Credits that no list knows: the names that credit lines give, and captions that end in such a name.

A name that credits pictures elsewhere in the archive ("Photo: Nordwind Media") may end a caption without any sign of a
credit. What is read here may be a credit; :mod:`media.matching.captions.credits` weighs the evidence of the archive.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from media.captions.agency import AGENCY_WORD, CONNECTORS
from media.captions.credit import SEPARATE
from media.captions.credit_parts import TAIL
from media.captions.credit_shape import COPYRIGHT, LABELLED, SMALL_WORDS, is_names
from media.captions.credit_tail import CLOSERS, credit_boundaries, without_separator
from media.captions.dates import find_dates
from media.captions.lead import without_interface_words
from media.captions.letters import fold_letters

Form = Literal["brackets", "separator", "sentence", "words", "alone"]
"""What parts a name from its caption: brackets, a separator, the end of a sentence, only a space; or nothing, where the
caption is only the name."""

Sign = Literal["element", "label", "brackets"]
"""How a credit line shows that it is one."""

_LONGEST_NAME: Final = 5
_MIN_WORDS: Final = 3
"""The least words of a caption before such a name; before a space, two more."""
_AROUND: Final = " .,;:()[]（）【】|•·–—-/“”\"'«»"
_JOINS = re.compile(r"\s?[/|+]\s?|,\s|\s(?:via|for|für|pour|para|per|voor|för|–|—|-|&|and|und|y|et)\s", re.I)
_YEARS = re.compile(r"\b(?:19|20)\d\d\b(?:\s?[-–]\s?(?:19|20)?\d\d\b)?")
_OPENERS: Final = tuple(CLOSERS.values())


@dataclass(frozen=True, slots=True)
class CreditEnd:
    """A caption's end that may be a credit."""

    begin: int
    """Where the credit begins, with its brackets."""
    form: Form
    keys: tuple[str, ...]
    """The keys of its names, as far as they are known ones."""
    before: str
    """The text before it."""
    after_small_word: bool = False
    """Whether the word before belongs to the sentence, and the name with it ("outside Nordwind Media")."""


def credit_key(name: str) -> str:
    """Return a credit's name as it is compared."""
    return " ".join(fold_letters(name).strip(_AROUND).split())


def credit_names(line: str) -> tuple[str, ...]:
    """Return the names of a credit line that are on no list, without labels, brackets, years and agencies."""
    bare = _unlabelled(line)
    sign = COPYRIGHT.match(bare)
    bare = _YEARS.sub(" ", bare[sign.end() :] if sign else bare)
    parts = [" ".join(part.split()).strip(_AROUND) for part in (bare, *_JOINS.split(bare))]
    return tuple(dict.fromkeys(part for part in parts if _may_be_name(part)))


def _unlabelled(line: str) -> str:
    """Return a credit line without brackets and the label before its names."""
    bare = line.strip(" ()[]（）【】|")
    label = LABELLED.match(bare)
    return bare[label.end() :].strip() if label else bare


def _may_be_name(part: str) -> bool:
    return (
        2 < len(part) <= 60
        and len(part.split()) <= _LONGEST_NAME
        and any(character.isalpha() for character in part)
        and _JOINS.search(part) is None
        and is_names(part)
        and LABELLED.fullmatch(part) is None
        and AGENCY_WORD.fullmatch(part) is None
        and not find_dates(part)
        and without_interface_words(f"Here. {part}") != "Here."
    )


def sign_of(line: str, evidence: str | None) -> Sign | None:
    """Return how a credit line shows that it is one; None if only its place after a caption does.

    :param evidence: how the reader recognised it; None: a field of the format states it.
    """
    bare = line.strip(" ()[]（）【】|.")
    label = LABELLED.match(bare)
    if (label and (label["colon"] or label["by"])) or COPYRIGHT.match(bare):
        return "label"
    if evidence is None or evidence == SEPARATE:
        return "element"
    return "brackets" if line.lstrip().startswith(_OPENERS) else None


def read_ends(text: str, known: Collection[str], last_words: Collection[str]) -> Iterator[CreditEnd]:
    """Yield the ends of a caption that consist of known names, the longest first.

    :param known: keys of names.
    :param last_words: the last word of each of them, so that most captions cost little.
    """
    shown = text.rstrip(" .")
    if not shown or last_word(shown) not in last_words:
        return
    if len(shown) <= TAIL and (keys := _named(shown, known)):
        yield CreditEnd(0, "alone", keys, "")
        return
    if shown[-1] in CLOSERS:
        begin = shown.rfind(CLOSERS[shown[-1]], max(0, len(shown) - TAIL))
        if begin > 0 and (keys := _named(shown[begin + 1 : -1], known)):
            yield from _end(text, begin, begin, "brackets", keys)
        return
    for end_of_caption, begin, separated in credit_boundaries(shown):
        if begin == 0 or not (keys := _named(shown[begin:], known)):
            continue
        if (
            separated
            and text[:end_of_caption].rstrip().endswith(_QUOTES)
            and text[end_of_caption:begin].strip() != "|"
        ):
            return  # "“We will win” – Ann Lee" names a speaker
        yield from _end(text, end_of_caption, begin, "separator" if separated else "sentence", keys)
        return
    words = list(_WORD.finditer(shown, max(0, len(shown) - TAIL)))
    for first in words[-_LONGEST_NAME:]:
        key = credit_key(shown[first.start() :])
        if key in known and shown[first.start() :][:1].isupper():
            yield from _end(text, first.start(), first.start(), "words", (key,))
            return


_WORD = re.compile(r"(?<!\S)\S+")
_QUOTES: Final = ("”", '"', "“", "»", "«", "’", "'")


def _end(
    text: str, end_of_caption: int, begin: int, form: Form, keys: tuple[str, ...]
) -> Iterator[CreditEnd]:
    before = without_separator(text[:end_of_caption])
    words = before.split()
    if len(words) < (_MIN_WORDS + 2 if form == "words" else _MIN_WORDS):
        return
    last = words[-1]
    small = form == "words" and (
        last.lower() in SMALL_WORDS
        or (last[0].islower() and last in CONNECTORS)
        or last.endswith((",", ":", ";", "&", "-", "–", "—", "/", "(", "’s", "'s"))
    )
    yield CreditEnd(begin, form, keys, before, small)


def _named(text: str, known: Collection[str]) -> tuple[str, ...]:
    """Return the known names in a text of nothing but names; () if it is none.

    Beside a known name, another one may stand before a slash: "Ann Lee/Nordwind Media".
    """
    text = _unlabelled(text)
    if len(text) > TAIL // 2:
        return ()
    if (whole := credit_key(text)) in known:
        return (whole,)
    parts = [part for part in _JOINS.split(text) if part.strip(_AROUND)]
    keys = [credit_key(part) for part in parts]
    found = tuple(key for key in keys if key in known)
    if not found or len(parts) > 3:
        return ()
    others = [part for part, key in zip(parts, keys, strict=True) if key not in known]
    if others and ("/" not in text or not all(is_names(part) and len(part.split()) <= 4 for part in others)):
        return ()
    return found


def last_word(text: str) -> str:
    """Return the last word of a name or a text, folded."""
    found = _LAST_WORD.search(text[-60:].rstrip(_AROUND))
    return fold_letters(found[0]) if found else ""


_LAST_WORD = re.compile(r"[^\W_]+\Z")

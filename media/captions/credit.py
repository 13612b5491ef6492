"""Separates a caption from its credit, its lead-in and the interface words around it.

Only clear forms count: a credit is in brackets, after a label ("Photo:"), after a separator, after the last
sentence, or is the name of an agency, with the names that belong to it. If a tail may also be part of the
sentence, it stays in the text, and ``doubt`` names it.

Only the first and last few hundred characters are examined, so that the cost is limited for any text.
"""

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from media.captions.agency import AGENCY_WORD, LABEL, LABEL_WORDS
from media.captions.credit_parts import TAIL, Tail
from media.captions.credit_shape import LABELLED, is_credit, is_names
from media.captions.credit_tail import CLOSERS, ends_in_prose, tail_credit, without_separator
from media.captions.front_credit import front_credit
from media.captions.lead import split_lead, without_interface_words
from media.captions.letters import fold_letters


@dataclass(frozen=True, slots=True)
class CreditSplit:
    """A caption in its parts."""

    text: str
    """The caption without credit, lead-in and interface words; "" if the text is only a credit."""
    credit_line: str | None = None
    """The credit as found, brackets and label included ("(Adel Hana/Associated Press)"), without the dash
    or bar before it."""
    lead: str | None = None
    """The lead-in removed from the front ("FILE", "Above:")."""
    evidence: str | None = None
    """The way in which the credit was recognised; None without a credit."""
    doubt: str | None = None
    """A doubt, in words: a split that may be wrong, or a tail that may be a credit."""


SEPARATE: Final = "separate element"
"""Evidence of a credit in its own element of the page."""


@lru_cache(maxsize=4096)  # A page's texts are checked several times: as a credit, a caption, a copy.
def split_credit(text: str) -> CreditSplit:
    """Separate a caption, as shown on a page or a line, from its credit and lead-in."""
    folded = _folded(text)
    if _SOURCE_ALONE.fullmatch(folded) or _is_source_elsewhere(folded):
        return CreditSplit("", folded, None, "after a label")
    folded = _without_notice(folded)
    front = front_credit(folded)
    shown = without_interface_words(front[1] if front else folded)
    lead, rest = split_lead(shown)
    tail = _screen_reader_credit(rest) or tail_credit(rest) or _bracket_in_front(rest)
    if tail is not None and front and not tail.caption:
        tail = None
    if tail is None:
        if front:
            return CreditSplit(without_separator(rest), front[0], lead, "before the caption", None)
        return CreditSplit(without_separator(rest), None, lead, None, _left_alone(rest))
    caption = without_interface_words(_without_copy(without_separator(tail.caption), tail.credit))
    if not lead:
        lead, caption = split_lead(caption)
    credit = _both(front[0], tail.credit) if front else tail.credit
    return CreditSplit(caption, credit, lead, tail.evidence, tail.doubt)


def is_credit_only(text: str) -> bool:
    """Return whether a text, such as that of a page's credit element, is only a credit.

    True for a bare agency or library ("Getty Images"), a label with its name ("Foto: Andina"), names with
    their agency ("Leonhard Foeger / Reuters file"); false for a name alone, which may be a caption.
    """
    shown = _folded(text)
    if not shown or len(shown) > TAIL:
        return False
    parts = split_credit(shown)
    return parts.text == "" and parts.credit_line is not None


def join_separate_credit(caption: str, credit: str | None) -> CreditSplit:
    """Split a caption whose credit was (or may have been) found beside it, in its own element.

    The separate credit is believed as it stands. A copy of it at the end of the caption is taken off the text;
    another credit there is taken off too, and ``credit_line`` holds both, the caption's own first.
    """
    given = _folded(credit or "")
    if not given:
        return split_credit(caption)
    shown = _folded(caption)
    core = given.strip(_AROUND)
    if core and len(core) < len(shown) and shown.rstrip(" ()[].").endswith(core):
        cut = shown.rstrip(" ()[].")[: -len(core)]
        own = split_credit(without_separator(cut.rstrip(" ([")))
    else:
        own = split_credit(shown)
    if not own.text and own.credit_line:
        return CreditSplit("", _both(own.credit_line, given), own.lead, SEPARATE, own.doubt)
    doubt = None if own.credit_line else own.doubt
    return CreditSplit(own.text, _both(own.credit_line, given), own.lead, SEPARATE, doubt)


def _without_copy(caption: str, credit: str) -> str:
    """Remove an agency from a caption's front that is also at its end: "EPA Divers at work, 27 Feb 2023EPA"."""
    core = credit.strip(_AROUND)
    rest = caption[len(core) + 1 :]
    copied = caption.startswith(f"{core} ") and rest[:1].isalpha() and not rest[:1].islower()
    return rest if copied and AGENCY_WORD.fullmatch(core) else caption


_AROUND: Final = " ()[]|•·–—-./"


def _both(own: str | None, given: str) -> str:
    """Join a caption's own credit and the one beside it; if one contains the other, return only that one."""
    said, beside = credit_words(own or ""), credit_words(given)
    if own is None or said <= beside:
        return given
    return own if beside <= said else f"{own} {given}"


def without_label(credit: str) -> str:
    """Return a credit without the brackets and the label around its names: "(Foto: dpa)" is "dpa"."""
    bare = credit.strip(" ()[]（）【】.|")
    label = LABELLED.match(bare)
    return bare[label.end() :].strip() if label and (label["colon"] or label["by"]) else bare


def credit_words(credit: str) -> frozenset[str]:
    """Return the names in a credit, as folded words, without labels ("Photo", "by") and signs."""
    words = frozenset(_WORD.findall(fold_letters(credit)))
    return (words - LABEL_WORDS) or words


_WORD: Final = re.compile(r"[^\W_]+")
_HEAD: Final = 200
"""Characters at a caption's start in which a bracketed credit ends."""


def _folded(text: str) -> str:
    if "<" in text or "&" in text:
        text = _without_markup(text)
    if text.isascii():
        return " ".join(text.split())
    if any(character in text for character in _INVISIBLE):
        text = text.translate(dict.fromkeys(map(ord, _INVISIBLE)))
    return " ".join(text.split()).strip("\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2069 ")


def _without_markup(text: str) -> str:
    """Read markup that a page escaped, so that its reader sees it: "&lt;em&gt;Land Tessen&lt;/em&gt;"."""
    if "&" in text and _ENTITY.search(text):
        text = html.unescape(text)
    return _TAG.sub("", text) if "<" in text else text


_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6});")
_TAG = re.compile(
    r"</?(?:em|i|b|strong|span|a|p|br|cite|small|u|sup|sub|div|font)(?:\s[^<>]{0,300})?/?>", re.IGNORECASE
)
_INVISIBLE: Final = "\u200b\u2060\ufeff\xad"


def _screen_reader_credit(text: str) -> Tail | None:
    """Read "Image source, X Image caption, Y", as pages label both for screen readers."""
    found = _SOURCE_FRONT.match(text)
    if found is None and "," in text[:_SOURCE_HEAD]:
        found = _SOURCE_FRONT_ELSEWHERE.match(text)
        found = found if found and is_names(found["credit"]) else None
    return (
        Tail(text[found.end() :], found["credit"].strip(" ,"), "labelled before the caption")
        if found
        else None
    )


def _without_notice(text: str) -> str:
    """Remove an agency's notice to editors at a caption's end ("ATTENTION EDITORS - THIS IMAGE ...")."""
    if not any(words in text for words in _NOTICE_WORDS):
        return text
    found = _NOTICE.search(text)
    return text[: found.start()].rstrip() if found and found.start() else text


_NOTICE_WORDS: Final = ("EDITOR", "NO RESALE", "NO ARCHIVE", "NOT FOR SALE", "TPX", "BEST QUALITY")
_NOTICE = re.compile(
    r"\s(?:ATTENTION EDITORS|EDITORS?[’']?S? NOTE|NO RESALES|NO ARCHIVES?|(?:FOR )?EDITORIAL USE ONLY|NOT FOR SALE"
    r"|TPX IMAGES OF THE DAY|BEST QUALITY AVAILABLE)\b.*\Z",
    re.DOTALL,
)


def _bracket_in_front(text: str) -> Tail | None:
    """Return a credit in brackets before the caption."""
    if text.startswith(("(", "[", "（", "【")):
        closer = {v: k for k, v in CLOSERS.items()}[text[0]]
        end = text.find(closer, 1, _HEAD)
        if end > 0 and text[end + 1 :].strip() and is_credit(text[1:end], bracketed=True):
            return Tail(text[end + 1 :].lstrip(" :-–—"), text[: end + 1], "in brackets before the caption")
    return None


def _left_alone(text: str) -> str | None:
    """Return the end of a text that may have been a credit, if nothing was removed."""
    if ends_in_prose(text):
        return None
    if _VIA.search(text[-60:]):
        return "the words after “via” may be a credit"
    agencies = list(AGENCY_WORD.finditer(text, max(0, len(text) - 40)))
    agency = agencies[-1] if agencies else None
    if agency and agency.end() >= len(text.rstrip(" .")) and len(text) > agency.end() - agency.start():
        return f"“{agency[0]}” at the end may be a credit"
    return None


_VIA = re.compile(r"\svia\s[@\w.’'-]+(?:\s[A-Z][\w.’'-]*){0,3}\s?\Z")
_SOURCE_FRONT = re.compile(
    r"(?:image|media|photo)\s?(?:source|copyright|credit)[,:]?\s?(?P<credit>[^:]{2,100}?)[,.]?\s?"
    r"(?:image|media|photo)\s?caption[,:]?\s?(?=\S)",
    re.IGNORECASE,
)


def _is_source_elsewhere(text: str) -> bool:
    """Return whether a text is a label of two words, a comma and a maker: "Crédit photo, Ann Lee"."""
    found = _SOURCE_ALONE_ELSEWHERE.fullmatch(text) if "," in text[:_SOURCE_HEAD] else None
    return found is not None and " " in found["label"] and is_names(found["maker"])


_SOURCE_HEAD: Final = 40
_SOURCE_ALONE_ELSEWHERE = re.compile(rf"(?P<label>{LABEL}),\s(?P<maker>[^.:]{{2,80}})", re.IGNORECASE)
_SOURCE_FRONT_ELSEWHERE = re.compile(
    rf"{LABEL}(?:\sd[aeo]\s(?:la\s)?{LABEL})?,\s(?P<credit>[^,:]{{2,80}}?)[,.]?\s[^\W\d_]{{3,12}}(?:\sd[aeo])?\s{LABEL},\s?(?=\S)",
    re.IGNORECASE,
)
"""The same in other languages: "Crédit photo, Lind Légende image, Le port"."""
_SOURCE_ALONE = re.compile(
    r"(?:image|media|photo|picture)\s(?:source|copyright|credit),\s?(?!.*caption)[^.:]{2,80}", re.IGNORECASE
)

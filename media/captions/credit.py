"""Parting a caption from its credit, its lead-in and the interface words around it.

Nothing is guessed that the text does not show: a credit stands in brackets, after a label ("Photo:"), after
a separator, after the last sentence, or is the name of an agency, with the names that belong to it. Where a
tail may as well be part of the sentence it stays in the text, and ``doubt`` says so.

Only the first and last few hundred characters are looked at, so the cost is bounded whatever the text.
"""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from media.captions.agency import AGENCY, AGENCY_WORD, CONNECTORS, LABEL_WORDS, is_ambiguous
from media.captions.credit_phrases import is_phrase, phrase_credit
from media.captions.credit_shape import (
    ABBREVIATION,
    COPYRIGHT,
    COPYRIGHT_SIGNS,
    ENDS_SENTENCE,
    LABELLED,
    POSITIONS,
    SMALL_WORDS,
    breaks_off,
    fits_after_label,
    is_credit,
    is_names,
    is_plain,
    stands_alone,
)
from media.captions.east_asian_credit import east_asian_credit, is_east_asian_credit
from media.captions.front_credit import front_credit
from media.captions.lead import split_lead, without_interface_words
from media.captions.letters import fold_letters
from media.captions.west_asian_credit import is_west_asian_credit, west_asian_credit


@dataclass(frozen=True, slots=True)
class CreditSplit:
    """A caption in its parts."""

    text: str
    """The caption without credit, lead-in and interface words; "" where the text is a credit alone."""
    credit_line: str | None = None
    """The credit as found, brackets and label included ("(Adel Hana/Associated Press)"), without the dash
    or bar before it."""
    lead: str | None = None
    """The lead-in taken off the front ("FILE", "Above:")."""
    evidence: str | None = None
    """How the credit was recognised; None without a credit."""
    doubt: str | None = None
    """What is not certain, in words: a split that may be wrong, or a tail that may be a credit."""


PHRASE: Final = "a phrase of credits"
SEPARATE: Final = "separate element"
"""Evidence of a credit that stands in a place of its own."""


@lru_cache(maxsize=64)  # a page's texts are asked about again and again: as a credit, a caption, a copy
def split_credit(text: str) -> CreditSplit:
    """Part a caption, as shown on a page or a line, from its credit and lead-in."""
    folded = _folded(text)
    if _SOURCE_ALONE.fullmatch(folded):
        return CreditSplit("", folded, None, "after a label")
    front = front_credit(folded)
    shown = without_interface_words(_without_notice(front[1] if front else folded))
    lead, rest = split_lead(shown)
    tail = _screen_reader_credit(rest) or _tail_credit(rest) or _bracket_in_front(rest)
    if tail is not None and front and not tail.caption:
        tail = None
    if tail is None:
        if front:
            return CreditSplit(_ended(rest), front[0], lead, "before the caption", None)
        return CreditSplit(_ended(rest), None, lead, None, _left_alone(rest))
    caption = without_interface_words(_ended(tail.caption))
    if not lead:
        lead, caption = split_lead(caption)
    credit = _both(front[0], tail.credit) if front else tail.credit
    return CreditSplit(caption, credit, lead, tail.evidence, tail.doubt)


def is_credit_only(text: str) -> bool:
    """Whether a text, such as that of a page's credit element, is a credit and nothing else.

    True for a bare agency or library ("Getty Images"), a label with its name ("Foto: Andina"), names with
    their agency ("Leonhard Foeger / Reuters file"); false for a name alone, which may be a caption.
    """
    shown = _folded(text)
    if not shown or len(shown) > _TAIL:
        return False
    parts = split_credit(shown)
    return parts.text == "" and parts.credit_line is not None


def join_separate_credit(caption: str, credit: str | None) -> CreditSplit:
    """Part a caption whose credit was (or may have been) found beside it, in a place of its own.

    The separate credit is believed as it stands. A copy of it at the end of the caption is taken off the text;
    another credit there is taken off too, and ``credit_line`` holds both, the caption's own first.
    """
    given = _folded(credit or "")
    if not given:
        return split_credit(caption)
    shown = _folded(caption)
    core = given.strip(" ()[]|•·–—-./")
    if core and len(core) < len(shown) and shown.rstrip(" ()[].").endswith(core):
        cut = shown.rstrip(" ()[].")[: -len(core)]
        own = split_credit(_ended(cut.rstrip(" ([")))
    else:
        own = split_credit(shown)
    if not own.text and own.credit_line:
        return CreditSplit("", _both(own.credit_line, given), own.lead, SEPARATE, own.doubt)
    doubt = None if own.credit_line else own.doubt
    return CreditSplit(own.text, _both(own.credit_line, given), own.lead, SEPARATE, doubt)


def _both(own: str | None, given: str) -> str:
    """Join a caption's own credit and the one beside it; where one says all that the other does, it is that one."""
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
    """Return the words of a credit that name somebody, folded: without labels ("Photo", "by") and signs."""
    words = frozenset(_WORD.findall(fold_letters(credit)))
    return (words - LABEL_WORDS) or words


_WORD: Final = re.compile(r"[^\W_]+")


# The ends of a caption that are looked at, in characters. The longest credit of 281 labelled ones has 68.
_TAIL: Final = 200
_HEAD: Final = 200
_LONG_CREDIT: Final = 12
"""Words: more, without a label, are no credit alone."""


@dataclass(frozen=True, slots=True)
class _Tail:
    caption: str
    credit: str
    evidence: str
    doubt: str | None = None


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


_AROUND: Final = " ()[]（）."
_CLOSERS: Final = {")": "(", "]": "[", "）": "（", "】": "【", "］": "［", "〕": "〔", ">": "<"}


def _tail_credit(text: str) -> _Tail | None:
    """Find the credit that ends a text; the readings are tried from the surest to the weakest."""
    if not text:
        return None
    for reading in _READINGS_OF_PROSE if _ends_in_prose(text) else _READINGS:
        found = reading(text)
        if found is None:
            continue
        caption = _ended(found.caption)
        if any(
            found.credit.count(closer) > found.credit.count(opener) for closer, opener in _CLOSERS.items()
        ):
            continue  # the reading begins inside brackets
        if not caption.strip("()[]（）【】 .,:;"):
            bare = text.strip(_AROUND)
            sure = (
                found.evidence == PHRASE or is_west_asian_credit(bare) or (bare != text and is_phrase(bare))
            )
            if not sure and not stands_alone(text):
                continue
            return _Tail("", text, found.evidence, found.doubt)
        # "(Foto: X) (Archiv)", "Foto: X. AFP": a second credit before the first belongs to it.
        before = _bracket(caption) if caption else None
        if before and before.doubt is None:
            credit = text[len(before.caption) :].strip()
            return _Tail(_ended(before.caption), credit, before.evidence)
        return _Tail(caption, found.credit.lstrip(" |•·–—-/＝="), found.evidence, found.doubt)
    return None


def _bracket(text: str) -> _Tail | None:
    body = text.rstrip(" .。\"”'’")
    if not body or body[-1] not in _CLOSERS:
        return None
    close, opener = body[-1], _CLOSERS[body[-1]]
    depth = 0
    for index in range(len(body) - 1, max(-1, len(body) - _TAIL), -1):
        depth += (body[index] == close) - (body[index] == opener)
        if not depth:
            break
    else:
        return None
    inside, before = body[index + 1 : -1].strip(), body[:index].rstrip()
    small_agency = (inside.islower() or inside.istitle()) and _AGENCY_IN_CAPITALS.fullmatch(
        inside.upper()
    ) is not None
    credit = body[index:]
    if is_phrase(inside):
        return _Tail(before, credit, "in brackets")
    if not inside or (POSITIONS.fullmatch(inside) and not small_agency):
        return None
    if is_credit(inside, bracketed=True):
        name = _name_before(before) if AGENCY_WORD.fullmatch(inside) else None
        return _Tail(before, credit, "in brackets") if name is None else _with_name(text, name)
    if small_agency or is_east_asian_credit(inside) or is_west_asian_credit(inside):
        return _Tail(before, credit, "in brackets")
    if (
        (":" not in inside or len(inside.split()) <= 5)
        and ENDS_SENTENCE.search(before)
        and is_names(inside)
        and len(inside.split()) <= 8
        and len(inside) > 2
    ):
        return _Tail(before, credit, "names in brackets after the last sentence")
    return None


def _name_before(text: str) -> int | None:
    """Find the name between the last full stop and an agency in brackets: ("... on Monday. Jane Doe (AFP)")."""
    found = _LAST_NAME.search(text, max(0, len(text) - 60))
    if found is None or ABBREVIATION.search(text[: found.start("name")].rstrip()):
        return None
    return found.start("name") if is_names(found["name"]) else None


def _with_name(text: str, begin: int) -> _Tail:
    return _Tail(text[:begin], text[begin:], "names with an agency in brackets")


_LAST_NAME = re.compile(
    r"[.…][\"”’»)\]]{0,2}\s(?P<name>[^\W\d_a-zß-ÿ](?:[\w-]|[’'](?=[A-Z]))+(?:\s[^\W\d_][\w.-]*){1,3})\Z"
)
_ENDS_STATEMENT = re.compile(r"[.…。][\"”’»)\]]*\Z")
"""A headline that asks is followed by the name of its site."""


def _labelled(text: str) -> _Tail | None:
    start = max(0, len(text) - _TAIL)
    for found in LABELLED.finditer(text, start):
        rest = text[found.end() :]
        if found["colon"] == "/" and found["label"].lower() not in _BEFORE_SLASH:
            continue  # "Michael Ochs Archives/Getty Images"
        if found["colon"]:
            fits = fits_after_label(rest) and not _goes_on(text[: found.start()], found["label"], rest)
        elif found["by"]:
            fits = is_names(rest.replace(" on ", " via ")) and len(rest.split()) <= 10
        else:
            fits = is_credit(rest, bracketed=False) or (
                (found.start() == 0 or bool(ENDS_SENTENCE.search(text[: found.start()].rstrip())))
                and (found["label"][:1].isupper() or found.start() > 0)
                and is_names(rest)
                and len(rest.split()) <= (9 if " for " in rest else 5)
            )
        if fits:
            # "AP Photo/Ann Lee", "ST PHOTO: ANN LEE": initials before the label belong to it.
            initials = _INITIALS.search(text, max(0, found.start() - 40), found.start())
            begin = initials.start("initials") if initials else found.start()
            return _Tail(text[:begin], text[begin:], "after a label")
    return None


def _goes_on(before: str, label: str, rest: str) -> bool:
    """Whether a label and what follows it are the words of a sentence ("He holds a photo: his son")."""
    return (
        label[:1].islower()
        and rest[:1].islower()
        and before.rstrip()[-1:].islower()
        and not AGENCY_WORD.match(rest)
        and is_plain(rest.split(maxsplit=1)[0])
    )


def _copyright(text: str) -> _Tail | None:
    start = max(0, len(text) - _TAIL)
    if not any(sign in text for sign in COPYRIGHT_SIGNS):
        return None
    for found in COPYRIGHT.finditer(text, start):
        rest = text[found.end() :]
        if rest and len(rest.split()) <= 12 and not breaks_off(rest):
            return _Tail(text[: found.start()], text[found.start() :], "after a copyright sign")
    return None


def _east_asian(text: str) -> _Tail | None:
    begin = east_asian_credit(text)
    return None if begin is None else _Tail(text[:begin], text[begin:], "East Asian credit")


def _phrase(text: str) -> _Tail | None:
    begin = phrase_credit(text)
    return None if begin is None else _Tail(text[:begin], text[begin:], PHRASE)


def _west_asian(text: str) -> _Tail | None:
    begin = west_asian_credit(text)
    return None if begin is None else _Tail(text[:begin], text[begin:], "an agency after a sign")


def _barred(text: str) -> _Tail | None:
    """Names between bars after the last sentence: ("... on Monday. Jane Doe | Archivo | Casa.")."""
    start = max(0, len(text) - _TAIL)
    found = _BARS.search(text, start) if "|" in text[start:] else None
    if found is None:
        return None
    parts = [part.strip(" .") for part in found["parts"].split("|") if part.strip(" .")]
    if not parts or len(parts) > 4 or not all(is_names(part) and len(part.split()) <= 5 for part in parts):
        return None
    return _Tail(text[: found.start("parts")], text[found.start("parts") :], "between bars")


_BARS = re.compile(
    r"[.…][\"”’»)\]]{0,2}\s?(?P<parts>\|[^|.]{2,60}|[^|.!?]{2,60}(?:\|[^|.!?]{2,60}){1,3})\.?\s?\Z"
)


def _separated(text: str) -> _Tail | None:
    """After " | ", a dash, a bullet, or the last sentence: names with an agency or a "Name/Agency"."""
    for begin, end, weak in _boundaries(text):
        tail = text[end:]
        if is_credit(tail, bracketed=False):
            if end == 0 and (len(tail.split()) > _LONG_CREDIT or not stands_alone(text)):
                continue  # a text in capitals looks like names all through
            if (
                end == 0
                and (parts := tail.split(" / ", 1))[1:]
                and " / " in parts[1]
                and not AGENCY_WORD.search(parts[0])
            ):
                doubt = "the first of three names is taken for the caption"
                return _Tail(parts[0], "/ " + parts[1], "after a separator", doubt)
            return _Tail(text[:begin], tail, "after a separator" if weak else "after the last sentence")
    return None


def _agency_run(text: str) -> _Tail | None:
    """Return an agency at the very end, or before a slash and a name, in a text without a full stop before
    it.
    """
    tail = text[-_TAIL:]
    base = len(text) - len(tail)
    found = _AGENCY_END.search(tail)
    if not found:
        return None
    begin, doubt = found.start(), None
    agency = found["agency"] or found["first"]
    glued = begin > 0 and tail[begin - 1].isalnum()
    slash = found["first"] is not None
    if not glued:
        chain = _NAMES_BEFORE.search(tail[:begin])
        if chain:
            words = [word for word in re.split(r"[\s/]+", chain["names"]) if word]
            begin, slash = chain.start("names"), True
            if len(words) > 3 and "/" not in chain["names"]:
                cut = chain["names"].rsplit(" ", 2)
                begin += len(cut[0]) + 1
                doubt = "where the name before the agency begins is a guess"
    before = tail[:begin].rstrip()
    if before and not slash and not glued:
        if text.endswith("."):
            return None  # "..., reports Reuters."
        previous = before.rsplit(" ", 1)[-1]
        if not before.endswith((",", ":", ";")) and previous[:1].islower() and previous not in SMALL_WORDS:
            if is_ambiguous(agency):
                return None
        elif (is_ambiguous(agency) and not (agency.isupper() and previous[:1].isupper())) or (
            previous.lower() in SMALL_WORDS or before.endswith((",", ":", ";", "&"))
        ):
            return None
        doubt = "no full stop before the agency"
    if glued and is_ambiguous(agency) and agency not in _GLUED:
        return None
    return _Tail(
        text[: base + begin], text[base + begin :], "glued to the caption" if glued else "agency", doubt
    )


def _trailing_name(text: str) -> _Tail | None:
    """Return a short name after the last full stop and without one of its own: ("...in Latin America.
    Twitter").
    """
    if text.endswith((".", "!", "?", "…", "”", '"', "。")):
        return None
    last = text.rpartition(" ")[2]
    if not last[:1].isupper() and last not in CONNECTORS:
        return None
    for begin, end, separator in _boundaries(text):
        tail = text[end:]
        words = tail.split()
        if separator and not _ENDS_STATEMENT.search(text[:begin].rstrip()):
            continue
        if not 1 <= len(words) <= (7 if ", " in tail else 4) or len(text[:begin].split()) < 5:
            continue
        if is_names(tail) and all(word[0].isupper() or word in CONNECTORS for word in words) and end > begin:
            return _Tail(text[:begin], tail, "after the last sentence", "a name without label or agency")
    return None


_READINGS: Final[tuple[Callable[[str], _Tail | None], ...]] = (
    _bracket,
    _phrase,
    _labelled,
    _copyright,
    _east_asian,
    _west_asian,
    _barred,
    _separated,
    _agency_run,
    _trailing_name,
)
_READINGS_OF_PROSE: Final = (_bracket, _phrase, _east_asian, _west_asian)


def _ends_in_prose(text: str) -> bool:
    """Whether a text surely ends in no credit but one in brackets or of East Asia: its last word is of no name,
    and nothing marks a credit that may hold other words. Half of all captions end so, and this is quick to ask.
    """
    last = text.rstrip(" .,;:!?)]”\"'’»").rpartition(" ")[2]
    if not (last.islower() and "a" <= last[0] <= "z" and is_plain(last)):
        return False
    tail = text[-_TAIL:]
    return not any(sign in tail for sign in _CREDIT_SIGNS)


_CREDIT_SIGNS: Final = (":", "：", "...", "/", "=", "via", *COPYRIGHT_SIGNS)


def _screen_reader_credit(text: str) -> _Tail | None:
    """Read "Image source, X Image caption, Y", as pages label both for screen readers."""
    found = _SOURCE_FRONT.match(text)
    return (
        _Tail(text[found.end() :], found["credit"].strip(" ,"), "labelled before the caption")
        if found
        else None
    )


def _without_notice(text: str) -> str:
    """Take off what an agency tells desks at a caption's end ("ATTENTION EDITORS - THIS IMAGE ...")."""
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


def _bracket_in_front(text: str) -> _Tail | None:
    """Return a credit in brackets before the caption."""
    if text.startswith(("(", "[", "（", "【")):
        closer = {v: k for k, v in _CLOSERS.items()}[text[0]]
        end = text.find(closer, 1, _HEAD)
        if end > 0 and text[end + 1 :].strip() and is_credit(text[1:end], bracketed=True):
            return _Tail(text[end + 1 :].lstrip(" :-–—"), text[: end + 1], "in brackets before the caption")
    return None


def _boundaries(text: str) -> Iterator[tuple[int, int, bool]]:
    """Where a credit may begin: (end of the caption, begin of the tail, is a separator), left to right."""
    start = max(0, len(text) - _TAIL)
    found: list[tuple[int, int, bool]] = [(0, 0, True)] if start == 0 else []
    found += [(m.start(), m.end(), True) for m in _SEPARATOR.finditer(text, start)]
    found += [
        (len(text[: m.end()].rstrip()), m.end(), False)
        for m in _SENTENCE_END.finditer(text, start)
        if not ABBREVIATION.search(text[max(0, m.start() - 12) : m.start() + 1])
    ]
    yield from sorted(found)


def _ended(text: str) -> str:
    """Take off the separator that a credit left behind."""
    return text.rstrip(" |•·–—-/＝=、").rstrip() if text else text


def _left_alone(text: str) -> str | None:
    """Say what at the end of a text may have been a credit, where nothing was taken off."""
    if _ends_in_prose(text):
        return None
    if _VIA.search(text[-60:]):
        return "the words after “via” may be a credit"
    agencies = list(AGENCY_WORD.finditer(text, max(0, len(text) - 40)))
    agency = agencies[-1] if agencies else None
    if agency and agency.end() >= len(text.rstrip(" .")) and len(text) > agency.end() - agency.start():
        return f"“{agency[0]}” at the end may be a credit"
    return None


_SEPARATOR = re.compile(r"\s[|•·]\s?|[|•]\s?|\s[–—-]{1,2}\s?(?=\S)|\s//?\s|(?<=[.!?])\s?[/–—]\s?")
_SENTENCE_END = re.compile(
    r"[.!?…。][\"”’»)\]]{0,2}\s?(?=[^\W\d_a-zß-ÿ]|[a-z]{3,5}(?:/|\Z)|imago|picture|iStock)"
)
_BEFORE_SLASH: Final = frozenset({"photo", "foto", "image", "사진", "写真", "图", "圖", "图片"})
_INITIALS: Final = re.compile(
    rf"(?:\A|[.!?…|–—-]\s*)(?P<initials>(?:{AGENCY}|[A-Z]{{2,6}}|Staff|Photo|Handout|Courtesy|File)\s?)\Z"
)
_AGENCY_IN_CAPITALS: Final = re.compile(AGENCY)
_VIA = re.compile(r"\svia\s[@\w.’'-]+(?:\s[A-Z][\w.’'-]*){0,3}\s?\Z")
_SOURCE_FRONT = re.compile(
    r"(?:image|media|photo)\s?(?:source|copyright|credit)[,:]?\s?(?P<credit>[^:]{2,100}?)[,.]?\s?"
    r"(?:image|media|photo)\s?caption[,:]?\s?(?=\S)",
    re.IGNORECASE,
)
_SOURCE_ALONE = re.compile(
    r"(?:image|media|photo|picture)\s(?:source|copyright|credit),\s?(?!.*caption)[^.:]{2,80}", re.IGNORECASE
)
_NAME: Final = r"(?:[^\W\d_a-zß-ÿа-я][\w.’'-]*|de|la|van|von|der|den|del|al|el|bin|and|&|und|y|et)"
_FILE: Final = r"""(?:[\s/]+(?:File|file|FILE|Files|Pool|POOL|pool|Handout|Archiv|Archive|via\s\S+(?:\s\S+)?
  |Photo|photo|file\ photo|File\ Photo|Images)){0,4}"""
_AGENCY_END = re.compile(
    rf"""(?:(?<![^\W_])|(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=\d)(?=[A-Z]))
      (?:(?P<first>{AGENCY})(?:\s(?:Photo|PHOTO|Images))?\s?/\s?{_NAME}(?:(?:\s?[/–]\s?|\s-\s|\s){_NAME}){{0,5}}
        |(?P<agency>{AGENCY})){_FILE}\.?\s?\Z""",
    re.VERBOSE,
)
_NAMES_BEFORE = re.compile(rf"(?<![^\W_])(?P<names>{_NAME}(?:\s?[/\s]\s?{_NAME}){{0,6}})\s?/\s?\Z")
_GLUED: Final = frozenset(
    {
        "AP",
        "EPA",
        "PA",
        "Getty",
        "Cedida",
        "Courtesy",
        "Archivo",
        "Keystone",
        "KEYSTONE",
        "Handout",
        "Supplied",
    }
    | {"Bloomberg", "NASA", "ANP", "TASS", "CP", "Alamy", "Twitter", "Facebook", "Instagram"}
    | {"The Associated Press", "Associated Press", "USA TODAY"}
)
"""Ambiguous names that are credits where they are glued to the caption."""

"""The shape of credits: distinguishes a text of names, labels and agencies from the words of a caption."""

import re
from collections.abc import Sequence
from typing import Final

from media.captions.agency import AGENCY_WORD, AGENCY_WORDS, CONNECTORS, LABEL, SITES, SUFFIX, is_ambiguous


def _words(lines: str) -> frozenset[str]:
    return frozenset(lines.split())


POSITIONS = re.compile(
    r"""(?:[a-zà-ÿ\ .,/&-]*|\d{1,4}(?:[-–/]\d{1,4})?|[A-Z]|[A-Z]{1,3}-(?:[A-Z][A-Za-z]*\.?|\d)
      |v\.\ ?[lr]\.?.*|[lrm]\.?)""",
    re.VERBOSE,
)
"""Texts in brackets that are not credits: "(left)", "(v.l.)", "(2019)", "(R)", "(D-Mont.)"."""

SMALL_WORDS: Final = _words(
    """
    the a an of by with from to and or at in on for near outside inside via is are was said says der die
    das des dem den von mit bei zu im am und vom zum zur le la les l' du de et à au aux chez par avec el
    los las del al y con por para en il lo gli i di da e su o os as do dos em no na van het een met bij
    och med av på til og fra hos
    """
)
"""Words after which an agency's name belongs to the sentence ("outside Reuters")."""

ARTICLES: Final = _words(
    "a an the la le el il o un una une uma um ein eine einer der die das en ett et een de het"
)

ENDS_SENTENCE = re.compile(r"(?:[.!?…。！？][\"”’'»)\]」]*|[\"”»」])\Z")
ABBREVIATION = re.compile(
    r"""(?:\b[^\W\d_]|\b(?:Mr|Mrs|Ms|Dr|St|Sr|Jr|Gov|Sen|Rep|Reps|Sens|Lt|Col|Gen|Maj|Capt|Sgt|Cpl|Cmdr|Prof|Rev
      |Hon|Pres|Supt|Det|No|Nos|vs|Inc|Co|Corp|Ltd|Bros|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Mt|Ft|Ave|Blvd
      |Rd|Sra?|Ing|Lic|Dra|Dok|Doc|Mme|Mlle|Nr|bzw|ca|inkl|etc|approx|U\.S|D\.C|a\.m|p\.m|J\.R))\.\Z""",
    re.VERBOSE,
)
"""A full stop that does not end a sentence."""
LONGEST_ABBREVIATION: Final = 12
"""Characters: from so many before its end, an abbreviation is found."""

_BY: Final = r"""(?:by:?|par|von|di|de|av|af|door|przez|courtesy(?:\ of)?|via|(?:provided|supplied|taken)\ by
  |from|aus|per|por|oleh|bởi|από(?:\ τ\w{1,2})?|cortesía\ de|copyright|should\ read:?)"""
LABELLED = re.compile(
    rf"""(?:(?<![^\W_])|(?-i:(?<=[a-zß-ÿ0-9…])(?=[A-ZА-Я])))(?P<label>{LABEL}s?)(?![^\W_])
      (?:(?P<colon>\s?[:：]\s?(?=\S)|\.\.\.\s?(?=(?-i:[A-Z]))|/(?=\S)|\s?=\s?|\s(?=©|\(c\)))
        |(?P<by>\s{_BY}\s)|\s(?=(?-i:[A-ZÀ-ÞА-Я])))""",
    re.IGNORECASE | re.VERBOSE,
)
"""A label and what follows it: a colon, "by", or just a name."""

COPYRIGHT = re.compile(
    r"(?:[©ⓒⒸ]|\(c\)|\(C\)|（C）|(?<![^\W_])(?:Copyright|COPYRIGHT|copyright)(?=\s[©A-Z\d(]))\s?"
)
COPYRIGHT_SIGNS: Final = ("©", "ⓒ", "Ⓒ", "(c)", "(C)", "（C）", "opyright", "COPYRIGHT")
"""One of these is in every match of COPYRIGHT; checking them first is much faster."""
_BREAK = re.compile(r"[^\W_]{3,}[.!?]\s+(?=\S)")
_SLASHED = re.compile(r"[^\W\d_][\w.’'\"”)&+-]*\s?/\s?[^\W\d_]")
DONE_TO_IT = re.compile(r"\w{3,}ed\s\w+\Z")
"""What was done to a picture, not its maker: "Colourised photo"."""
_SUFFIXED = re.compile(rf"\s{SUFFIX}\.?\Z", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s()]+")
_FOOTER = re.compile(
    r"\d{4}|rights reserved|riproduzione|reservados|vorbehalten|\bLLC\b|\bInc\b|\bLtd\b", re.IGNORECASE
)
_SECTIONS: Final = _words(
    "Archives Archiv Archivio Archivo ARCHIVO ARCHIV Arkiv X Pool Rex Map MAP TAP Contributed Submitted"
)
_OPENINGS: Final = (
    "courtesy", "via ", "handout", "screengrab", "screenshot", "submitted", "supplied", "provided by",
    "contributed", "file/", "cortesía", "captura de", "capture d", "tous droits réservés", "gentileza",
    "dok.", "dok ", "dokumentasi", "ist/", "istimewa", "reproduction", "reprodução", "divulgação",
)  # fmt: skip
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def is_names(text: str) -> bool:
    """Return whether every word can be part of a name: capitals, connectors, initials, handles, addresses."""
    if "://" in text:
        text = _ADDRESS.sub("@", text)
    for word in text.replace("/", " ").split():
        if is_plain(word):
            return False
    words = AGENCY_WORD.sub("Reuters", text).replace("/", " / ").split()
    if not 1 <= len(words) <= 16 or breaks_off(text):
        return False
    capitals = 0
    for word in words:
        bare = word.strip("\"'“”‘’«»().,;:[]")
        if not bare or bare in CONNECTORS or bare.lower() in CONNECTORS or bare.isdigit():
            continue
        first = bare[0]
        if first.isupper() or first in "@#©" or "." in bare or (AGENCY_WORD.fullmatch(bare) is not None):
            capitals += first.isalpha() or first in "@©"
        elif not _ORDINAL.fullmatch(bare):
            return False
    return capitals > 0


_ORDINAL = re.compile(r"\d{1,3}(?:st|nd|rd|th)")


def is_plain(word: str) -> bool:
    """Return whether a word is surely not part of a name: in lower case, and not a connector. This check is fast."""
    word = word.strip("\"'“”‘’«»().,;:[]")
    return (
        word[:1].islower()
        and word.isalpha()
        and word not in CONNECTORS
        and word.lower() not in CONNECTORS
        and word not in AGENCY_WORDS
    )


def is_credit(text: str, *, bracketed: bool) -> bool:
    """Return whether a text is surely a credit: a label, a copyright sign, or names with an agency or a slash."""
    whole = text.strip()
    text = whole.rstrip(".")
    if not text or len(text) > 140:
        return False
    if bracketed and ";" in text:
        return all(is_credit(_ROLE.sub("", part.strip()), bracketed=True) for part in text.split(";"))
    label = LABELLED.match(text)
    if bracketed and "|" in text and (barred := _LABEL_BAR.match(text)):
        return fits_after_label(text[barred.end() :])
    if label:
        rest = whole[label.end() :]
        if label["colon"] or (bracketed and label["by"]):
            return fits_after_label(rest)
        if bracketed or label["by"]:
            rest = rest.rstrip(".")
            return is_names(rest) or _fits_two_part(rest)
    if COPYRIGHT.match(text):
        return len(text.split()) <= 12
    lowered = text.lower()
    if lowered.startswith(_OPENINGS) and len(text.split()) <= 10:
        return bracketed or is_names(text.split(" ", 1)[-1])
    if not is_names(text):
        return _is_chain(text)
    agency = AGENCY_WORD.search(text)
    if agency:
        if bracketed or not is_ambiguous(agency[0]) or agency.span() == (0, len(text)):
            return True
        return (
            "/" in text
            or "via" in text.split()
            or text[agency.start() - 1] in "–—"
            or AGENCY_WORD.search(text, agency.end()) is not None
        )
    if _SLASHED.search(text):
        return len(text.split()) <= 8 and (bracketed or not any(ch.isdigit() for ch in text))
    return bool(_SUFFIXED.search(text)) and len(text.split()) <= 6 and not DONE_TO_IT.match(text)


_ROLE = re.compile(r"[A-ZÀ-Þ][\w-]{2,20}:\s")
"""What each of several makers made: "(Infrared: NASA/Lind; Optical: ESO)"."""


def _is_chain(text: str) -> bool:
    """Return whether slashes join an agency, names and, at the end, codes of a desk: "AFP / Ann Lee / TT / kod 4"."""
    parts = [part.strip() for part in text.strip(" /").split("/")]
    while len(parts) > _CHAIN and _CODE.fullmatch(parts[-1]):
        parts.pop()
    return (
        len(parts) >= _CHAIN
        and any(AGENCY_WORD.fullmatch(part) for part in parts)
        and all(len(part.split()) <= 4 and is_names(part) for part in parts)
    )


_CHAIN: Final = 2
_CODE = re.compile(r"[a-z]{1,4}[\s.-]?\d{0,6}|\d{1,4}")
_LABEL_BAR = re.compile(rf"{LABEL}\s?\|\s?(?=\S)", re.IGNORECASE)


def stands_alone(text: str) -> bool:
    """Return whether a text that may be a credit is one even if no caption precedes it.

    Stricter than :func:`is_credit`: share bars ("Facebook"), datelines ("AFP, MANILA"), bylines, page
    footers ("© 2019 NBCUniversal. All rights reserved."), section names and labelled captions look alike.
    """
    if len(text) > 200:
        return False
    bare = text.strip(" ()[]（）.|/•·–—-")
    words = re.split(r"[\s/]+", bare)
    agency = AGENCY_WORD.search(bare)
    if (
        not bare
        or words[0] in ("By", "BY", "Von", "Por", "Par")
        or bare in SITES
        or len(SITES.intersection(words)) > 1
    ):
        return False
    if agency and agency.start() == 0 and re.match(r",\s[A-ZÀ-Þ]", bare[agency.end() :]):
        return False
    label = LABELLED.match(bare)
    if label:
        rest = bare[label.end() :]
        said = rest.split()
        small = _small_words(said)
        if bare != text and text[0] in "([（":
            return True
        if (
            label["label"].lower() == "image"
            and label["colon"]
            and not (agency or "/" in rest or "©" in rest)
        ):
            return False
        if not (label["colon"] or label["by"]) and len(said) < 2 and not agency:
            return False
        if said and _is_sentence(text.split()):
            return False
        return small <= max(2, len(said) * 0.3) or (agency is not None and small <= len(said) * 0.5)
    if COPYRIGHT.match(bare):
        return agency is not None or not _FOOTER.search(bare)
    if ":" in bare and not _EAST_ASIAN.search(bare):
        return False
    if agency or bare.lower().startswith(_OPENINGS) or _EAST_ASIAN.search(bare):
        return bare not in _SECTIONS
    return "/" in bare and len(re.split(r"\s?/", bare)[0].split()) >= 2


def _fits_two_part(text: str) -> bool:
    """Return whether a text is like "Prakash Mathema. AFP": a name, a full stop, an agency."""
    name, stop, agency = text.partition(". ")
    return bool(stop) and is_names(name) and AGENCY_WORD.fullmatch(agency.strip(" .")) is not None


def fits_after_label(text: str) -> bool:
    """Return whether the text after a label and its colon is a credit rather than a sentence."""
    text = text.strip()
    words = text.split()
    if not words or len(text) > 120 or len(words) > 14:
        return False
    if breaks_off(text) and not _fits_two_part(text):
        return False
    if _is_sentence(words):
        return False
    if is_names(text) or len(words) <= 4 or AGENCY_WORD.search(text):
        return True
    if words[0][0].isupper() and "/" not in text and sum(map(is_plain, words)) >= _SAYS_MORE:
        return text.lower().startswith(_OPENINGS)
    return _small_words(words) <= len(words) * 0.6 and len(words) <= 12


_SAYS_MORE: Final = 3
"""As many words that are of no name, after a name: "Photo: Ann Lee walks along the quay" says who is shown."""


def _small_words(words: Sequence[str]) -> int:
    return sum(word[0].islower() and word not in CONNECTORS for word in words)


def _is_sentence(words: Sequence[str]) -> bool:
    """Return whether words end like a sentence and say more than the maker of a picture."""
    return words[-1].endswith((".", "!", "?")) and _small_words(words) > 2


def breaks_off(text: str) -> bool:
    """Return whether a new sentence begins inside the text."""
    for found in _BREAK.finditer(text):
        end = len(text[: found.end()].rstrip())
        if not ABBREVIATION.search(text, max(0, end - LONGEST_ABBREVIATION), end):
            return True
    return False

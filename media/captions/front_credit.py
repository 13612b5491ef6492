"""Credits before their caption: "Photo: Jane Doe. Crowds gather ...", "REUTERSA Sukhoi flies ..."."""

import re
from typing import Final

from media.captions.agency import AGENCY, SUFFIX
from media.captions.credit_shape import COPYRIGHT, COPYRIGHT_SIGNS, LABELLED, is_credit, is_names

_LONGEST: Final = 120
_MIN_WORDS: Final = 4
"""The least words of a caption after such a credit; fewer may belong to the credit."""
_ENDS = re.compile(r"\s?[|•]\s?|\s[–—-]\s|\.\s(?=[^\W\d_a-zß-ÿ])|:\s(?=[A-ZÀ-Þ])")
_GLUED = re.compile(
    r"(?:REUTERS|Reuters|AFP|EPA|GETTY IMAGES|Getty Images|Getty|AP|IMAGO|ANSA|EFE|TASS|Xinhua|dpa|imago)"
    r"(?=[A-ZÀ-Þ](?:[a-zß-ÿ]|\s[a-zß-ÿ]))|(?:REUTERS|Reuters|AFP|EPA|GETTY IMAGES|Getty Images|EFE)(?=A\s)"
)
_AGENCY_FIRST = re.compile(
    rf"{AGENCY}(?:\s(?:Photo|PHOTO))?\s?/\s?"
    rf"|[^\W\d_a-zß-ÿ][\w.’'-]+(?:\s[^\W\d_][\w.’'-]+){{0,3}}\s?/\s?{AGENCY}(?![^\W_])"
)


def front_credit(text: str) -> tuple[str, str] | None:
    """Split a text into the credit at its beginning and its caption; None if it begins with no credit."""
    glued = _GLUED.match(text)
    if glued and len(text[glued.end() :].split()) >= _MIN_WORDS:
        return glued[0], text[glued.end() :]
    head = text[:_LONGEST]
    if not any(sign in head for sign in _SIGNS):
        return None
    label = LABELLED.match(head)
    copyright_sign = COPYRIGHT.match(head)
    if not ((label and (label["colon"] or label["by"])) or copyright_sign or _AGENCY_FIRST.match(head)):
        return None
    run = _run_into(text, label or copyright_sign) or (None if label else _chain_into(text))
    if run is not None:
        return run
    after = (label or copyright_sign or _AGENCY_FIRST.match(head)).end()  # type: ignore[union-attr]
    for found in _ENDS.finditer(head, after):
        credit, caption = head[: found.start()], text[found.end() :]
        if len(caption.split()) < _MIN_WORDS or is_names(caption):
            continue
        named = head[after : found.start()]
        if is_credit(credit, bracketed=False) or (
            label and is_names(named) and len(named.split()) <= _MAX_NAMES
        ):
            return credit, caption
        return None
    return None


def _run_into(text: str, sign: re.Match[str] | None) -> tuple[str, str] | None:
    """Split a credit from a caption that follows it without a sign: "Photo: Ann Lee The ferry leaves ...".

    The name ends where an article or a preposition begins a sentence. Where none does, nothing tells the name from the
    caption, or from who is shown.
    """
    if sign is None:
        return None
    found = _NAME_THEN_SENTENCE.match(text, sign.end())
    if found is None or len(text[found.end("name") :].split()) <= _MIN_WORDS:
        return None
    name = found["name"]
    if not is_names(name) or any(word in _OPENERS.split("|") for word in name.split()):
        return None
    return text[: found.end("name")], text[found.end("name") :].lstrip()


def _chain_into(text: str) -> tuple[str, str] | None:
    """Split an agency's credit from a caption that follows it without a sign: "Ann Lee/AFP The ferry leaves ..."."""
    found = _CHAIN_THEN_SENTENCE.match(text)
    if found is None or len(text[found.end() :].split()) < _MIN_WORDS:
        return None
    return found[0].rstrip(), text[found.end() :].lstrip()


_OPENERS: Final = (
    "The|A|An|In|On|At|This|These|Two|Three|Four|Some|Many|After|Before|Der|Die|Das|Ein|Eine|Einen|Im|Am|Beim|Zwei|Nach"
    "|Le|La|Les|Un|Une|Des|Dans|Au|Aux|Deux|El|Los|Las|Una|En|Unos|Dos|Tras|O|Os|As|Um|Uma|No|Na|Em|Il|Lo|Gli|I|Nel|Nella"
    "|De|Het|Een|Bij|Twee|Ett|Den|Det|Två|Et|To|Yksi|W|Dwa"
)
"""Words that begin a sentence and no second part of a name, if a word in lower case follows; after the German ones a
noun does."""
_PARTICLES: Final = r"(?:l[aeo]s?|el|der|den|del|d[aeou]s?)\b"
"""Words that follow such a word within a name ("Ana Maria De la Cruz")."""
_NAME_THEN_SENTENCE = re.compile(
    r"(?P<name>[A-ZÀ-Þ][\w.’'-]+(?:\s[A-ZÀ-Þ][\w.’'-]+){1,2})\s"
    rf"(?:(?:{_OPENERS})\s(?=[a-zß-ÿ])(?!{_PARTICLES})|(?:Der|Die|Das|Ein|Eine|Im|Am|Beim)\s(?=[A-ZÀ-Þ]\w+\s[a-zß-ÿ]))"
)
_NAME: Final = r"[A-ZÀ-Þ][\w.’'-]*(?:\s[A-ZÀ-Þ][\w.’'-]*){0,3}"
_CAPITALS: Final = r"[A-ZÀ-Þ][A-ZÀ-Þ.’'-]+(?:\s[A-ZÀ-Þ][A-ZÀ-Þ.’'-]*){0,2}\s[A-ZÀ-Þ][A-ZÀ-Þ.’'-]+"
_NAMES: Final = r"[A-ZÀ-Þ][\w.’'-]+(?:\s[A-ZÀ-Þ][\w.’'-]*){1,2}"
_BEGINNING: Final = r"[A-ZÀ-Þ][\w.’'-]+(?:\s(?:[A-ZÀ-Þ][\w.’'-]*|and)){0,5},?\s(?!and\s)[a-zß-ÿ]"
"""Capitals and a word without: who is shown, and what they do."""
_TWO_NAMES: Final = r"[A-ZÀ-Þ][\w.’'-]+\s[A-ZÀ-Þ](?:[^\W_A-ZÀ-Þ]|[A-ZÀ-Þ](?=[A-ZÀ-Þ\s])|[.’'-])+"
_CHAIN_THEN_SENTENCE = re.compile(
    rf"(?:{_NAME}\s?/\s?){{1,2}}{AGENCY}(?:\s?/\s?{AGENCY}){{0,2}}\s(?=(?:{_OPENERS})\s[a-zß-ÿ])"
    rf"|{_NAMES}\s?/\s?(?>{AGENCY})(?:\s?/\s?(?>{AGENCY})){{0,2}}\s(?!{SUFFIX}\b)(?!Poll\b)(?={_BEGINNING})"
    rf"|(?:©\s?)?{AGENCY}(?:\s\d{{4}})?\s?[/.]\s?{_TWO_NAMES}"
    rf"(?:\s(?=(?:{_OPENERS})(?:\s[a-zß-ÿ]|[’'])|[A-ZÀ-Þ][a-zß-ÿ]+\s[a-zß-ÿ])|(?<=[a-zß-ÿ]{{4}})(?=[A-ZÀ-Þ][a-zß-ÿ’']*[\s,]))"
    rf"|{AGENCY}\s?/\s?{_CAPITALS}\s(?=\d|[A-ZÀ-Þ][a-zß-ÿ]|A\s[a-zß-ÿ])"
)


_MAX_NAMES: Final = 6
_SIGNS: Final = (":", "：", "/", " by ", " By ", *COPYRIGHT_SIGNS)
"""Every such credit has one of these."""

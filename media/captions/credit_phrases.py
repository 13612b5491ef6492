"""Credits without names, and those that are an address: "Submitted photo", "(Public domain)", "(site.org)"."""

import re
from collections.abc import Iterator
from typing import Final

from media.captions.credit_shape import ENDS_SENTENCE, is_names

_PICTURE: Final = r"(?:photo(?:graph)?s?|images?|pictures?|illustrations?|renderings?)"
_GIVEN: Final = (
    r"(?:submitted|courtesy|contributed|provided|supplied|staff|file|stock|handout|archiv(?:e|al)|library)"
)
_PHRASE: Final = rf"""(?:
    {_GIVEN}\s{_PICTURE} | {_PICTURE}\s(?:submitted|provided|supplied|contributed|courtesy)
  | public\sdomain | cc0 | cc[\s-]by(?:[\s-](?:sa|nd|nc))*(?:\s\d\.\d)? | creative\scommons(?:\s[\w.-]+){{0,4}}
  | (?:foto|imagen|imágenes)\sde\sarchivo | photos?\sd['’]archives? | foto\sd['’]archivio | foto\sde\sarquivo
  | archiv(?:foto|bild) | symbol(?:foto|bild) | arkiv(?:foto|bild) | arkistokuva | kuvituskuva | archieffoto
  | redes\ssociales | archivo(?:\s(?:particular|familiar|personal))? | архивное\sфото | фото\sиз\sархива
  | фото\s(?:автора|редакции) | скриншот(?:\sвидео)?
)"""
_BY: Final = r"(?:\s(?:by|of|from|via|courtesy\sof|/)\s|,\s|\s?/\s?|:\s)"
_BEGINS: Final = r"(?:\A|(?<=[\s.!?|/”\"])(?=[\w@]))"
"""The beginning of a word."""
_ENDING = re.compile(
    rf"{_BEGINS}(?P<phrase>{_PHRASE})(?:{_BY}(?P<names>[^.]{{2,80}}))?\.?\Z", re.IGNORECASE | re.VERBOSE
)
_ALONE = re.compile(rf"{_PHRASE}(?:{_BY}(?P<names>[^.]{{2,80}}))?\.?", re.IGNORECASE | re.VERBOSE)
_SITE = re.compile(
    r"(?:https?://)?(?:[\w-]+\.)+(?:com|org|net|gov|edu|int|info|news|media|tv|io|eu|co|[a-z]{2})(?:/\S*)?",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    rf"{_BEGINS}(?:(?P<names>[^\W\d_][\w.’'-]*(?:\s[^\W\d_][\w.’'-]*){{1,3}})[\s,/|]{{1,3}})?"
    r"(?P<address>[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:via\s)?@\w{2,30})\Z"
)
_PHOTOGRAPHER = re.compile(
    rf"{_BEGINS}(?P<names>[^\W\d_][\w.’'-]*(?:\s[^\W\d_][\w.’'-]*){{1,3}})\s?[-–—,/|]\s?(?:[A-Z]\w+\s){{0,3}}"
    r"Photo(?:graph(?:er|y)|journalist|\sEditor)\.?\Z"
)
"""A name and a post that has to do with pictures: "Ann Lee - Managing Photo Editor"."""
_SPECIAL = re.compile(rf"{_BEGINS}special\sto\s(?:the\s)?(?P<names>[^.]{{2,50}})\.?\Z", re.IGNORECASE)
_VIA = re.compile(rf"{_BEGINS}via\s@?\w+(?:\s[A-Z]\w*){{0,2}}\.?\Z", re.IGNORECASE)
_GROUP: Final = re.compile(
    r"(?:the\s)?(?:[\w.’'&-]+\s){0,5}(?:family|estate|museum|library|society|archives?|police)", re.I
)
_LONGEST: Final = 110
"""Characters of such a credit."""


def phrase_credit(text: str) -> int | None:
    """Find where a phrase that is a credit begins at a caption's end; None without one.

    It stands after a full stop or a sign: "a stock photo" at the end of a sentence is not a credit.
    """
    base = max(0, len(text) - _LONGEST)
    tail = text[base:].lower()
    for pattern, words in _SIGNS:
        for word in words:  # no any(): every caption is asked this, and a generator takes twice as long
            if word in tail:
                break
        else:
            continue
        for found in _found_from(pattern, text, base):
            before = text[: found.start()].rstrip()
            if before and not ENDS_SENTENCE.search(before) and before[-1] not in "|•·–—-":
                portrait = found[0][0].isupper() and len(before.split()) <= 4 and is_names(before)
                if not portrait:  # "Ana Ruiz Submitted photo" is a portrait with its credit
                    continue
            names = found.groupdict().get("names")
            if names is None or is_names(names) or _GROUP.fullmatch(names):
                return found.start()
    return None


_SIGNS: Final = (
    (_ENDING, ("photo", "image", "picture", "illustration", "rendering", "domain", "cc0", "cc by", "cc-by", "commons",
               "foto", "archiv", "arquivo", "bild", "arkiv", "kuv", "imágenes", "redes ", "архив", "фото", "скриншот")),
    (_PHOTOGRAPHER, ("photograph", "photo editor", "photojournalist")),
    (_ADDRESS, ("@",)),
    (_VIA, ("via ",)),
    (_SPECIAL, ("special to ",)),
)  # fmt: skip
"""Words that every match of the pattern has; checking them first is much faster."""


def _found_from(pattern: re.Pattern[str], text: str, base: int) -> Iterator[re.Match[str]]:
    """Yield every place where a word begins and the pattern matches up to the text's end."""
    found = pattern.search(text, base + 1 if base else 0)
    while found is not None:
        yield found
        found = pattern.search(text, found.start() + 1)


def is_phrase(text: str) -> bool:
    """Return whether a text in brackets, or alone, is such a credit: "Public domain", "site.org"."""
    found = _ALONE.fullmatch(text)
    if found:
        names = found["names"]
        return names is None or is_names(names) or _GROUP.fullmatch(names) is not None
    source, slash, phrase = text.rpartition("/")
    if slash and _ALONE.fullmatch(phrase.strip()) and is_names(source):
        return True
    return _SITE.fullmatch(text) is not None and "." in text.strip(".")

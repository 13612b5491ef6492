"""The credit at the end of a caption, taken off where it surely is one: for keys only.

What a reader is shown of captions and credits is parted by :mod:`media.captions.credit`. This is the
quick, strict form for texts that come with their credit on: of a million captions none takes long.
"""

import re

_TAIL_CHARS = 130
"""A credit stands within this many characters of the end."""
_MAX_CREDITS = 4

_AGENCY = (
    r"(?:(?:the )?(?:associated press|new york times|washington post|canadian press)|reuters|"
    r"getty(?: images)?|"
    r"ap photo|ap|afp|epa|efe|dpa|apa|ansa|lusa|belga|ntb|tt|scanpix|keystone|imago|picture[- ]alliance|"
    r"shutterstock|istock|adobe stock|alamy|unsplash|pexels|pixabay|depositphotos|bloomberg|xinhua|upi|tass|"
    r"ria novosti|anadolu(?: agency)?|zuma(?: press| wire)?|pa(?: wire| images| media)?|"
    r"press association|sipa|abaca|rex|wikimedia(?: commons)?|nasa|noaa|flickr|pool|handout|eyevine|"
    r"magnum|polaris|redux|usa today(?: sports)?|"
    r"getty creative|lightrocket|nurphoto|sopa images|kyodo(?: news)?|jiji|yonhap)"
)
_KEYWORD = (
    r"(?:photo(?:graph|graphy|graphs|s)?|foto(?:s|grafie|grafía|grafia)?|pictures?|images?|pic|credits?|"
    r"bild(?:er)?|courtesy|source|quelle|fonte|fuente|crédits?|crédito|cortesía|copyright|illustration|"
    r"grafik|graphic|video still|"
    r"фото|источник|світлина|zdjęcie|fot|fotó|fotoğraf|kuva|kuvat|ảnh|사진|写真|撮影|提供|図|صورة|تصوير|צילום)"
)

# In brackets at the end: it names an agency or a trade word, or is "Name/House".
_BRACKETED = re.compile(r"\s*[(\[]([^()\[\]]{2,120})[)\]][\s.\"']*$")
_CREDIT_INSIDE = re.compile(
    rf"\b(?:{_AGENCY}|{_KEYWORD}|via|file)\b|[^\W\d]\s?/\s?[^\W\d]|©|撮影|提供|写真", re.IGNORECASE
)
_HOUSE = re.compile(r"[A-Z][A-Z&. ]{1,11}")
# Where a credit without brackets can begin: at a sign or behind a sentence's end ...
_SIGN = re.compile(r"\s*(?:\||©|(?<!\w)-(?!\w)|(?<=\s)/(?=\s))\s*")
_SENTENCE_END = re.compile(r"(?<=[.!?\"')\]])\s*(?=[^\s.!?\"')\]])")
# ... or at a trade word with its colon, an agency with its slash.
_TRADE_WORD = re.compile(
    rf"(?<![\w-]){_KEYWORD}(?: credit| courtesy| source| by| de| di| von)?\s?[:©]", re.IGNORECASE
)
_AGENCY_SLASH = re.compile(rf"(?<![\w-]){_AGENCY}\s?/\s?\w", re.IGNORECASE)
# What makes the words behind such a place a credit.
_BY_LINE = re.compile(
    r"(?:photo(?:graph|graphs|s)?|picture|image|foto|courtesy)\s(?:by|of|courtesy|via|credit)\b",
    re.IGNORECASE,
)
_STARTS = re.compile(rf"©|(?:{_KEYWORD}|{_AGENCY})\b", re.IGNORECASE)
_NAME = r"[^\W\d_][\w.'-]{0,30}"
_NAME_SLASH_AGENCY = re.compile(
    rf"{_NAME}(?: {_NAME}){{0,5}}(?:\s?/\s?{_NAME}(?: {_NAME}){{0,4}}){{0,2}}\s?/\s?{_AGENCY}"
    rf"(?: via {_AGENCY}| file)?\.?$",
    re.IGNORECASE,
)
_AGENCY_ALONE = re.compile(rf"{_AGENCY}(?: via {_AGENCY})?\.?$", re.IGNORECASE)
_CREDIT_WORDS = frozenset(
    (
        *("by", "via", "for", "of", "and", "the", "with", "from", "at", "in", "de", "da", "di", "del", "von"),
        *(
            "van",
            "der",
            "den",
            "bin",
            "al",
            "el",
            "la",
            "le",
            "et",
            "und",
            "y",
            "e",
            "file",
            "handout",
            "pool",
        ),
        *("courtesy", "photo", "image", "images", "picture", "provided", "supplied", "collection", "archive"),
    )
)
_CASED_WORD = re.compile(r"[^\W\d_]+")


def take_off_credit(text: str) -> tuple[str, str | None]:
    """`text` without the credit at its end, and that credit; a text that is nothing else stays.

    What is not surely a credit stays in the text: a caption with its credit left on is found as an
    edit of the other, one with words cut off is not.
    """
    kept = text
    for _ in range(_MAX_CREDITS):
        cut = _credit_start(kept)
        if cut is None or not any(map(str.isalnum, kept[:cut])):
            break
        kept = kept[:cut]
    if len(kept) == len(text):
        return text, None
    return kept, text[len(kept) :].strip(" |-")


def _credit_start(text: str) -> int | None:
    """Index where the last credit of `text` begins; None: it ends without one."""
    offset = max(0, len(text) - _TAIL_CHARS)
    tail = text[offset:]
    if tail.rstrip(" .\"'").endswith((")", "]")):
        bracketed = _BRACKETED.search(tail)
        if bracketed is not None:
            sentence_ends = tail[: bracketed.start()].endswith((".", "!", "?", '"'))
            if _CREDIT_INSIDE.search(bracketed[1]) or (sentence_ends and _HOUSE.fullmatch(bracketed[1])):
                return offset + bracketed.start()
            return None
    starts = [
        *(m.start() for m in _SIGN.finditer(tail) if _STARTS.match(tail, m.end()) or "©" in m.group()),
        *(m.end() for m in _SENTENCE_END.finditer(tail) if _is_credit_sentence(tail, m.end())),
    ]
    if ":" in tail or "©" in tail:
        starts += [match.start() for match in _TRADE_WORD.finditer(tail)]
    if "/" in tail:
        starts += [match.start() for match in _AGENCY_SLASH.finditer(tail)]
    for start in sorted(starts):
        if _names_only(tail[start:]):
            return offset + start
    return None


def _is_credit_sentence(tail: str, start: int) -> bool:
    """Whether what follows `start` reads "Photo by X", "X/The New York Times" or "Getty Images"."""
    return (
        _BY_LINE.match(tail, start) is not None
        or _AGENCY_ALONE.match(tail, start) is not None
        or ("/" in tail and _NAME_SLASH_AGENCY.match(tail, start) is not None)
    )


def _names_only(credit: str) -> bool:
    """Whether `credit` is made of names: at most one word in lower case that credits do not use."""
    words = _CASED_WORD.findall(credit)
    return len(words) <= 14 and sum(w[0].islower() and w not in _CREDIT_WORDS for w in words) <= 1

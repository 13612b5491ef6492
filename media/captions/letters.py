"""Folds differences of typing in letters: case, accents, ligatures, invisible marks."""

import unicodedata

_INVISIBLE = (
    "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufe0e\ufe0f\ufeff"
)

_MARKS = {
    code: None
    for first, last in (
        (0x0300, 0x036F),  # accents of Latin, Greek, Cyrillic
        (0x0591, 0x05BD),  # Hebrew points
        (0x05BF, 0x05C7),
        (0x0610, 0x061A),  # Arabic vowels
        (0x0640, 0x0640),  # Arabic tatweel, which only stretches a word
        (0x064B, 0x065F),
        (0x0670, 0x0670),
    )
    for code in range(first, last + 1)
}
# Marks of other scripts stay: a Japanese voicing mark or an Indic vowel sign is another letter.

_LETTERS: dict[int, str | None] = {
    **_MARKS,
    **{ord(mark): None for mark in _INVISIBLE},
    **{ord(letter): plain for letter, plain in zip("łøđħıðŋŧʼ", "lodhidnt'", strict=True)},
    ord("æ"): "ae",
    ord("œ"): "oe",
    ord("þ"): "th",
}
_INVISIBLE_ONLY = {ord(mark): None for mark in _INVISIBLE}


def drop_invisible(text: str) -> str:
    """`text` without soft hyphens, zero-width and direction marks."""
    return text if text.isascii() else text.translate(_INVISIBLE_ONLY)


def fold_letters(text: str) -> str:
    """`text` in lower case, compatibility forms folded (NFKC), accents taken off.

    Folding what is folded changes nothing. Marks that make another letter (Japanese voicing, Indic
    vowels, Hangul) stay.
    """
    if text.isascii():
        return text.lower()
    # Decomposing after case folding, because folding can bring back a composed letter.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    folded = unicodedata.normalize("NFKC", folded.translate(_LETTERS))
    return folded if folded.isascii() else folded.translate(_LETTERS)

"""The words of a caption as its text shows them: capitals, full stops, dates in their own form."""

import re
from collections.abc import Sequence
from functools import lru_cache

from media.captions.dates import find_dates
from media.captions.key import date_word
from media.captions.letters import fold_letters

_CHARS_READ = 20_000
_LONGEST_SHOWN = 12
"""Words of a change that are shown; the rest is "..."."""
_LONGEST_ABBREVIATION = 6
"""Letters before a stop, as in Thurs."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*\.?")
_PART = re.compile(r"[^\W_]+")
_SENTENCE_SIGNS = frozenset(".!?:…。")


class ShownWords:
    """The words of one text."""

    def __init__(self, text: str) -> None:
        text = text[:_CHARS_READ]
        self._forms: dict[str, str] = {}
        self._names: set[str] = set()
        self._abbreviated: set[str] = set()
        lower = upper = 0
        opens, end = True, 0
        for match in _WORD.finditer(text):
            gap = text[end : match.start()]
            end = match.end()
            opens = opens or (gap != " " and not _SENTENCE_SIGNS.isdisjoint(gap))
            shown = match.group()
            plain = shown.rstrip(".")
            word = fold_letters(plain)
            parts = (word,) if word.isalnum() else _PART.findall(word)
            for part in parts:
                self._forms.setdefault(part, plain if part == word else part)
            if plain[0].isupper():
                upper += 1
                if not opens:
                    self._names.update(parts)
            elif plain[0].islower():
                lower += 1
            stop = len(plain) < len(shown)
            if stop and len(plain) <= _LONGEST_ABBREVIATION:
                self._abbreviated.update(parts)
            opens = stop and len(plain) > 4
        if upper > lower:  # a headline, or all capitals: its capitals show nothing
            self._names.clear()
        for date in find_dates(text):
            self._forms[date_word(date.iso)] = text[date.start : date.end]

    def words(self, words: Sequence[str]) -> str:
        """Return some words of the key, as shown; the first dozen of them."""
        shown = [self._forms.get(word, word) for word in words[:_LONGEST_SHOWN]]
        spaceless = all(len(word) == 1 and not word.isascii() for word in shown)
        return ("" if spaceless else " ").join(shown) + (" ..." if len(words) > _LONGEST_SHOWN else "")

    def are_names(self, words: Sequence[str]) -> bool:
        """Return whether all of the words are names here: a capital inside a sentence, or a script without capitals."""
        return all(word in self._names or word.lower() == word.upper() for word in words)

    def is_abbreviated(self, word: str) -> bool:
        """Return whether a short word stands here with a full stop: "Sen."."""
        return word in self._abbreviated


@lru_cache(maxsize=4096)
def shown_words(text: str) -> ShownWords:
    """Return the words of a text; those of the last few thousand texts are at hand."""
    return ShownWords(text)

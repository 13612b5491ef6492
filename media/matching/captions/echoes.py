"""Captions that the article's own body says, word for word or nearly."""

import heapq
import re
from collections import Counter
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq

from media.captions.credit import split_credit
from media.captions.key import words_only
from media.captions.letters import fold_letters
from media.matching.captions.vocabulary import FUNCTION_WORDS

LEAST_ALIKE = 0.8
"""The share of a caption's words that the body must have in the same order (measured on planted ledes and on real
pages: docs/accuracy.md)."""
_LEAST_WORDS = 6
_LEAST_CHARS = 12
"""A sentence of a script without spaces needs as many characters."""
_WORDS_LOOKED_UP = 500
_WORDS_LOOKED_AT = 4_000
"""The most words of a body that are searched around the rarest words of a caption. Only a body as long as a book, or
one made of the caption's own words, has more. Without a limit, an article with thousands of captions would take for
ever."""
_MAX_WORDS = 400
"""Longer captions are looked for by their first words."""


@dataclass(frozen=True, slots=True)
class Echo:
    """A sentence of the body that a caption repeats."""

    similarity: float
    """0..1: words of the caption's sentence that the body has in the same order; 1.0: word for word."""
    said: str
    """The caption's sentence, or the whole caption."""
    sentence: str
    """The body's sentence, as it stands there."""
    is_lede: bool
    """Whether it is at the start of the body."""

    def __str__(self) -> str:
        where = "the lede" if self.is_lede else "the body"
        how = "says it" if self.similarity == 1 else "says nearly the same"
        shown = self.sentence if len(self.sentence) <= 240 else self.sentence[:239] + "…"
        return f"{where} {how}: '{shown}'"


class Body:
    """The words of an article's body, read once for all its captions."""

    def __init__(self, body: str) -> None:
        self._body = body
        self._folded = fold_letters(body)
        self._looked_up = 0
        """Words looked for in the body as it is."""
        self._is_read = False
        self._sentences: list[str] = []
        self._words: list[str] = []
        self._sentence_of: list[int] = []
        self._places: dict[str, list[int]] = {}
        """The places of each word, ascending."""

    def _read(self) -> None:
        self._is_read = True
        body = self._body
        for paragraph in body.split("\n"):
            for sentence in split_sentences(paragraph):
                words = words_only(sentence).split()
                if words:
                    self._words += words
                    self._sentence_of += [len(self._sentences)] * len(words)
                    self._sentences.append(sentence)
        for place, word in enumerate(self._words):
            self._places.setdefault(word, []).append(place)

    def find_echo(self, caption: str) -> Echo | None:
        """Return the sentence that `caption`, or the best of its sentences, repeats; None: no echo."""
        text = split_credit(caption).text or caption
        sentences = split_sentences(" ".join(text.split()))
        found = [self._find(said) for said in ([text] if len(sentences) == 1 else [text, *sentences])]
        # The whole caption before a sentence of it, the nearer before the less near.
        echoes = [echo for echo in found if echo is not None]
        return max(echoes, key=lambda echo: echo.similarity) if echoes else None

    def _find(self, said: str) -> Echo | None:
        words = words_only(said).split()[:_MAX_WORDS]
        spaceless = sum(len(word) == 1 and not word.isascii() for word in words) * 2 > len(words)
        if len(words) < (_LEAST_CHARS if spaceless else _LEAST_WORDS):
            return None
        telling = [word for word in words if word not in FUNCTION_WORDS]
        if not telling or self._present(set(telling)) < _telling_needed(len(set(telling))):
            return None
        if not self._is_read:
            self._read()
        at = self._find_whole(words)
        if at is not None:
            return self._echo(1.0, said, at)
        window = self._best_window(words, frozenset(telling))
        if window is None:
            return None
        low, high = window
        similarity = round(LCSseq.similarity(words, self._words[low:high]) / len(words), 3)
        if similarity < LEAST_ALIKE:
            return None
        return self._echo(similarity, said, self._best_sentence(words, low, high))

    def _best_sentence(self, words: list[str], low: int, high: int) -> int:
        """Return the first word of that sentence in the stretch which says most of the caption; of equals
        the first.
        """
        starts = [low]
        starts += [
            at
            for at in range(low + 1, min(high, len(self._words)))
            if self._sentence_of[at] != self._sentence_of[at - 1]
        ]
        ends = [*starts[1:], min(high, len(self._words))]
        return max(
            zip(starts, ends, strict=True),
            key=lambda piece: (LCSseq.similarity(words, self._words[piece[0] : piece[1]]), -piece[0]),
        )[0]

    def _echo(self, similarity: float, said: str, at: int) -> Echo:
        number = self._sentence_of[at]
        return Echo(similarity, said, self._sentences[number], number == 0)

    def _present(self, words: set[str]) -> int:
        """Count those of some words that occur at all; most captions end here.

        For the first captions it is read off the text as it is, which takes less time than to read its words.
        """
        if not self._is_read and self._looked_up <= _WORDS_LOOKED_UP:
            self._looked_up += len(words)
            return sum(word in self._folded for word in words)
        if not self._is_read:
            self._read()
        return sum(word in self._places for word in words)

    def _find_whole(self, words: list[str]) -> int | None:
        """Return the first place where the body has these words one behind the other; None: nowhere."""
        places = [(len(self._places.get(word, ())), place) for place, word in enumerate(words)]
        count, rarest = min(places)
        if not count:
            return None
        for place in self._places[words[rarest]][:_WORDS_LOOKED_AT]:
            low = place - rarest
            if low >= 0 and self._words[low] == words[0] and self._words[low : low + len(words)] == words:
                return low
        return None

    def _best_window(self, words: list[str], telling: frozenset[str]) -> tuple[int, int] | None:
        """Return the stretch of the body with most of the telling words; None: no stretch has enough."""
        width = len(words) + len(words) // 2 + 5
        inside: Counter[str] = Counter()
        places = self._places_near(telling, width)
        low = best_low = best = 0
        for place in places:
            inside[self._words[place]] += 1
            while place - places[low] >= width:
                word = self._words[places[low]]
                inside[word] -= 1
                if not inside[word]:
                    del inside[word]
                low += 1
            if len(inside) > best:
                best, best_low = len(inside), places[low]
        if best < _telling_needed(len(telling)):
            return None
        # Small words may stand before the first telling one.
        return max(0, best_low - 4), best_low + width

    def _places_near(self, telling: frozenset[str], width: int) -> list[int]:
        """Return where telling words stand, ascending: wherever a stretch with enough of them may begin or end.

        Such a stretch has one of the rarest of them, since so few may be missing: words further away are not
        looked at, nor, where even the rarest stand everywhere, more than `_WORDS_LOOKED_AT`.
        """
        by_rarity = sorted(telling, key=lambda word: (len(self._places.get(word, ())), word))
        rare = by_rarity[: len(telling) - _telling_needed(len(telling)) + 1]
        found: list[int] = []
        end = looked_at = 0
        for place in heapq.merge(*(self._places.get(word, ()) for word in rare)):
            low, high = max(end, place - width), min(place + width, len(self._words))
            found += [at for at in range(low, high) if self._words[at] in telling]
            end = high
            looked_at += high - low
            if looked_at > _WORDS_LOOKED_AT:
                break
        return found


def _telling_needed(count: int) -> int:
    return max(2, -(-count * 7 // 10))


_BREAK = re.compile(r"(?<=[.!?])[\"'”’»)]*\s+(?=[^\sa-z0-9])|(?<=[。！？])")
_ABBREVIATION = re.compile(
    r"(?:\b[A-Za-z]|\b(?:jan|feb|mar|apr|aug|sept?|oct|nov|dec|sen|gov|gen|rep|rev|dr|mrs?|ms|st|lt|col|capt|sgt|maj|"
    r"jr|sr|prof|pres|hon|no|vs|inc|corp|co|ltd|ala|ariz|ark|calif|colo|conn|del|fla|ga|ill|ind|kan|ky|la|mass|md|mich|"
    r"minn|miss|mo|mont|neb|nev|okla|ore|pa|tenn|tex|va|vt|wash|wis|wyo|bzw|ca|nr|str|usw|av|bd|mme|sra?))\.$",
    re.IGNORECASE,
)


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph; "Feb. 27" and "Sen. Smith" are not broken."""
    sentences: list[str] = []
    start = 0
    for match in _BREAK.finditer(text):
        if _ABBREVIATION.search(text[max(start, match.start() - 8) : match.start()]):
            continue
        sentence = text[start : match.end()].strip()
        if sentence:
            sentences.append(sentence)
        start = match.end()
    rest = text[start:].strip()
    return [*sentences, rest] if rest else sentences

"""An archive of articles with planted truth: which of them are one story, and which only look so.

All text is made of invented words, as often as words are (Zipf), in sentences with names, figures and days. Planted:
captures, mobile and AMP versions, updates, wires printed elsewhere (other lede, cut at the end, other words here and
there, furniture of the house around), excerpts. And other stories that look alike: forms, weather, market and sport
reports, live-blog stubs, stories with the same background paragraph, digests that hold several stories.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

_STARTS = ("b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "sh")
_SYLLABLES = [
    start + vowel + end for start in _STARTS for vowel in "aeiou" for end in ("", "n", "r", "s", "l")
]
_SMALL = [
    "the",
    "of",
    "and",
    "to",
    "a",
    "in",
    "is",
    "that",
    "for",
    "on",
    "was",
    "with",
    "as",
    "by",
    "at",
    "from",
    "it",
    "his",
    "are",
    "be",
    "has",
    "this",
    "an",
    "not",
    "will",
    "who",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_HOUSES = 400


@dataclass(frozen=True, slots=True)
class Planted:
    """One article of the archive."""

    story: int
    kind: str
    url: str
    captured_at: str
    headline: str
    body: str


class Writer:
    """Writes invented prose."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._words = [
            "".join(self.random.choices(_SYLLABLES, k=self.random.randint(1, 4))) for _ in range(12_000)
        ]
        self._weights = [0.0]
        for rank in range(1, len(self._words) + 1):
            self._weights.append(self._weights[-1] + 1 / (rank + 6))
        del self._weights[0]
        self._names = [word.capitalize() for word in self.random.sample(self._words, 3_000)]
        self.backgrounds = [self.sentences(4) for _ in range(60)]
        self.furniture = [self.sentences(self.random.randint(2, 5)) for _ in range(_HOUSES)]
        self.weather = [self._form(5) for _ in range(6)]
        self.market = [self._form(7) for _ in range(6)]
        self.notices = [self._form(6) for _ in range(40)]
        self.live_stub = self.sentences(5)
        self.recent: list[list[str]] = []
        """Bodies of the last stories, of which digests are made."""

    def word(self) -> str:
        return self.random.choices(self._words, cum_weights=self._weights)[0]

    def name(self) -> str:
        return " ".join(self.random.sample(self._names, self.random.randint(1, 2)))

    def figure(self) -> str:
        return f"{self.random.randint(2, 9_999):,}"

    def sentence(self) -> str:
        words: list[str] = []
        for _ in range(self.random.randint(8, 26)):
            draw = self.random.random()
            if draw < 0.42:
                words.append(self.random.choice(_SMALL))
            elif draw < 0.50:
                words.append(self.name())
            elif draw < 0.54:
                words.append(self.figure())
            elif draw < 0.555:
                words.append(self.random.choice(_DAYS))
            else:
                words.append(self.word())
        text = " ".join(words)
        return text[0].upper() + text[1:] + "."

    def sentences(self, count: int) -> list[str]:
        return [self.sentence() for _ in range(count)]

    def _form(self, count: int) -> list[list[str | None]]:
        """Sentences with gaps (None) where a name, day or figure goes: one in about ten words."""
        form: list[list[str | None]] = []
        for _ in range(count):
            words: list[str | None] = []
            for place in range(self.random.randint(10, 22)):
                gap = place > 1 and self.random.random() < 0.12
                words.append(None if gap else self.random.choice([*_SMALL, self.word(), self.word()]))
            form.append(words)
        return form

    def fill(self, form: list[list[str | None]], *, figures: bool) -> list[str]:
        sentences = []
        for words in form:
            filled = [
                word
                if word is not None
                else self.figure()
                if figures or self.random.random() < 0.4
                else self.name()
                for word in words
            ]
            text = " ".join(filled)
            sentences.append(text[0].upper() + text[1:] + ".")
        return sentences

    def reword(self, sentences: list[str], share: float) -> list[str]:
        """Change some words, as an editor does."""
        changed = []
        for sentence in sentences:
            words = sentence.split(" ")
            for place in range(1, len(words)):
                if words[place].islower() and self.random.random() < share:
                    words[place] = self.word()
            changed.append(" ".join(words))
        return changed


def make(count: int, seed: int = 20261129) -> Iterator[Planted]:
    """Yield about ``count`` articles."""
    writer = Writer(seed)
    pick = writer.random
    made = 0
    story = 0
    while made < count:
        draw = pick.random()
        if draw < 0.62:
            articles = list(_news(writer, story))
        elif draw < 0.70:
            articles = [_report(writer, story, "weather", writer.weather)]
        elif draw < 0.78:
            articles = [_report(writer, story, "market", writer.market)]
        elif draw < 0.88:
            articles = [_report(writer, story, "form", writer.notices)]
        elif draw < 0.94:
            articles = list(_live(writer, story))
        else:
            articles = [_digest(writer, story)]
        yield from articles
        made += len(articles)
        story += 1


def _address(house: int, story: int) -> str:
    return f"https://www.house-{house}.example/{2010 + story % 14}/{story}"


def _moment(story: int, month: int) -> str:
    return f"{2010 + story % 14}-{1 + month % 12:02d}-{1 + story % 28:02d}T09:00:00Z"


def _headline(writer: Writer) -> str:
    return " ".join(writer.word() for _ in range(7)).capitalize()


def _news(writer: Writer, story: int) -> Iterator[Planted]:
    pick = writer.random
    house = pick.randrange(_HOUSES)
    headline = _headline(writer)
    body = writer.sentences(min(60, max(5, int(pick.lognormvariate(2.75, 0.55)))))
    if pick.random() < 0.25:
        at = pick.randrange(len(body))
        body[at:at] = pick.choice(writer.backgrounds)
    writer.recent.append(body)
    del writer.recent[:-300]
    url = _address(house, story)
    own = writer.furniture[house] if pick.random() < 0.3 else []

    def put(kind: str, where: str, month: int, text: list[str], title: str = headline) -> Planted:
        return Planted(story, kind, where, _moment(story, month), title, "\n".join(text))

    yield put("original", url, 0, body + own)
    if pick.random() < 0.35:
        for month in range(1, pick.randint(2, 4)):
            later = list(body)
            if pick.random() < 0.3:
                later += writer.sentences(pick.randint(1, 3))
            yield put("capture", url, month, later + own)
    if pick.random() < 0.15:
        yield put("mobile", url.replace("www.", "m."), 0, body)
    if pick.random() < 0.10:
        yield put("amp", url + "/amp", 1, body + own)
    if pick.random() < 0.10:
        later = writer.reword(body, 0.02)
        later[pick.randrange(len(later))] = writer.sentence()
        yield put("moved", _address(house, story) + "-update", 1, writer.sentences(2) + later)
    if pick.random() < 0.25:
        for _ in range(pick.choice([1, 1, 2, 2, 3, 5, 9, 30])):
            other = pick.randrange(_HOUSES)
            copy = list(body)
            if pick.random() < 0.5:
                copy = writer.sentences(pick.randint(1, 2)) + copy[pick.randint(1, 2) :]
            if pick.random() < 0.5:
                copy = copy[: max(6, int(len(copy) * pick.uniform(0.35, 1.0)))]
            copy = writer.reword(copy, pick.choice([0.0, 0.0, 0.01, 0.03]))
            if pick.random() < 0.5:
                copy = copy + writer.furniture[other]
            title = headline if pick.random() < 0.5 else _headline(writer)
            yield put("wire", _address(other, story) + f"-{pick.randrange(10**6)}", 0, copy, title)


def _report(writer: Writer, story: int, kind: str, forms: list[list[list[str | None]]]) -> Planted:
    pick = writer.random
    text = writer.fill(pick.choice(forms), figures=kind != "form")
    return Planted(
        story,
        kind,
        _address(pick.randrange(_HOUSES), story),
        _moment(story, 0),
        f"The {kind} today",
        "\n".join(text),
    )


def _live(writer: Writer, story: int) -> Iterator[Planted]:
    """Yield a page to which entries are added at the top, with the stub that all live blogs of a house
    have.
    """
    pick = writer.random
    url = _address(pick.randrange(_HOUSES), story)
    entries = writer.sentences(pick.randint(4, 12))
    headline = _headline(writer)
    for month in range(pick.randint(1, 4)):
        yield Planted(
            story, "live", url, _moment(story, month), headline, "\n".join(entries + writer.live_stub)
        )
        entries = writer.sentences(pick.randint(1, 4)) + entries


def _digest(writer: Writer, story: int) -> Planted:
    """Return the beginnings of recent stories, one after the other."""
    pick = writer.random
    held = pick.sample(writer.recent, min(5, len(writer.recent)))
    text = [sentence for body in held for sentence in body[: pick.randint(2, 8)]] or writer.sentences(6)
    return Planted(
        story,
        "digest",
        _address(pick.randrange(_HOUSES), story),
        _moment(story, 1),
        "The day in brief",
        "\n".join(text),
    )

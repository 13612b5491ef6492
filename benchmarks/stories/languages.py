"""A second archive with planted truth, of other templates than the first, to see what was only learnt from that.

Five languages (English-like words, nouns with capitals, accents, Cyrillic, ideographs without spaces); briefs of four
sentences and reports of eighty; quotes, lists, times of day. Copies lose their middle, have paragraphs in another
order, gain remarks of the house between them. Other stories that look alike: a running subject whose every report has
the same background, reports that machines write (results, earnings, weather, prices) in which a few names and figures
differ, obituaries and notices by one form, live blogs of one house, newsletters made of first sentences.
"""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.stories.archive import Planted

_HOUSES = 250
_GAP = "\0"


@dataclass(frozen=True, slots=True)
class _Language:
    """How a language is written."""

    starts: str
    vowels: str
    ends: tuple[str, ...]
    nouns_are_capital: bool = False
    spaced: bool = True


_LANGUAGES = (
    _Language("bcdfghlmnprstvw", "aeiou", ("", "", "n", "r", "st", "ng", "ck")),
    _Language("bdfghklmnrstwz", "aeiouäöü", ("", "n", "r", "ch", "ß", "ng", "tz"), nouns_are_capital=True),
    _Language("bcdfglmnpqrstv", "aeiouéèêàô", ("", "", "x", "s", "nt", "ç")),
    _Language("бвгдзклмнпрстх", "аеиоуыя", ("", "й", "н", "р", "сть", "ш")),
    _Language("", "", (), spaced=False),
)


class _Tongue:
    """Writes invented prose in one language."""

    def __init__(self, language: _Language, pick: random.Random) -> None:
        self.language = language
        self.pick = pick
        self._words = [self._invent() for _ in range(6_000)]
        self._weights = list(itertools.accumulate(1 / (rank + 4) for rank in range(len(self._words))))
        self._names = [word.capitalize() for word in pick.sample(self._words, 1_500)]

    def _invent(self) -> str:
        language, pick = self.language, self.pick
        if not language.spaced:
            return "".join(chr(pick.randint(0x4E00, 0x5FFF)) for _ in range(pick.choice((1, 2, 2, 2, 3))))
        return "".join(
            pick.choice(language.starts) + pick.choice(language.vowels) + pick.choice(language.ends)
            for _ in range(pick.choice((1, 1, 2, 2, 3, 4)))
        )

    def word(self) -> str:
        return self.pick.choices(self._words, cum_weights=self._weights)[0]

    def name(self) -> str:
        return " ".join(self.pick.sample(self._names, self.pick.choice((1, 1, 2))))

    def figure(self) -> str:
        return self.pick.choice(("{}", "{}", "{}.5", "1,{}", "{} %", "{}:00")).format(
            self.pick.randint(2, 990)
        )

    def _token(self) -> str:
        draw = self.pick.random()
        if draw < 0.06:
            return self.name()
        if draw < 0.10:
            return self.figure()
        word = self.word()
        return word.capitalize() if self.language.nouns_are_capital and draw > 0.72 else word

    def join(self, words: list[str]) -> str:
        if not self.language.spaced:
            return "".join(words) + "。"
        text = " ".join(words)
        return text[0].upper() + text[1:] + self.pick.choice(("", "", "", "", "?", "!"))[:1].ljust(1, ".")

    def sentence(self) -> str:
        """Return a statement, a short remark, a quote or an entry of a list."""
        draw = self.pick.random()
        count = self.pick.randint(3, 7) if draw < 0.2 else self.pick.randint(9, 34)
        text = self.join([self._token() for _ in range(count)])
        if draw > 0.85:
            return f"“{text}” {self.word()} {self.name()}."
        return f"– {text}" if 0.80 < draw <= 0.85 else text

    def sentences(self, count: int) -> list[str]:
        return [self.sentence() for _ in range(count)]

    def form(self, count: int, gaps: float) -> list[list[str]]:
        """Return sentences with gaps for what differs from one report to the next."""
        return [
            [
                _GAP if place and self.pick.random() < gaps else self.word()
                for place in range(self.pick.randint(7, 20))
            ]
            for _ in range(count)
        ]

    def fill(self, form: list[list[str]], names: float) -> list[str]:
        return [
            self.join(
                [
                    word if word != _GAP else self.name() if self.pick.random() < names else self.figure()
                    for word in words
                ]
            )
            for words in form
        ]

    def edit(self, text: list[str], share: float) -> list[str]:
        """Change some words, as editors do."""
        if not self.language.spaced:
            return text
        return [
            " ".join(
                self.word() if word.islower() and self.pick.random() < share else word
                for word in sentence.split(" ")
            )
            for sentence in text
        ]


@dataclass(frozen=True, slots=True)
class _House:
    number: int
    tongue: _Tongue
    above: list[str]
    below: list[str]
    stub: list[str]

    def url(self, story: int, more: str = "") -> str:
        return f"https://news{self.number}.example/a/{story}{more}"


class _Archive:
    def __init__(self, seed: int) -> None:
        self.pick = pick = random.Random(seed)
        self.tongues = [_Tongue(language, pick) for language in _LANGUAGES]
        self.houses = []
        for number in range(_HOUSES):
            tongue = self.tongues[number % len(self.tongues)]
            lines = [tongue.sentences(pick.randint(*few)) for few in ((0, 2), (0, 4), (2, 4))]
            self.houses.append(_House(number, tongue, *lines))
        self.forms = {
            kind: {tongue: [tongue.form(size, gaps) for _ in range(5)] for tongue in self.tongues}
            for kind, size, gaps in (
                ("results", 4, 0.25),
                ("earnings", 6, 0.15),
                ("weather", 3, 0.2),
                ("prices", 8, 0.12),
                ("obituary", 5, 0.14),
                ("notice", 9, 0.12),
            )
        }
        self.subjects = {tongue: [tongue.sentences(3) for _ in range(25)] for tongue in self.tongues}
        self.recent: dict[_Tongue, list[list[str]]] = {tongue: [] for tongue in self.tongues}

    def house(self, tongue: _Tongue | None = None) -> _House:
        while True:
            house = self.pick.choice(self.houses)
            if tongue in (None, house.tongue):
                return house


def make_other(count: int, seed: int) -> Iterator[Planted]:
    """Yield about ``count`` articles."""
    archive = _Archive(seed)
    kinds: tuple[tuple[float, Callable[[_Archive, int], Iterator[Planted]]], ...] = (
        (0.50, _news),
        (0.62, _running),
        (0.86, _form),
        (0.94, _live),
        (1.01, _newsletter),
    )
    made = story = 0
    while made < count:
        draw = archive.pick.random()
        for planted in next(write for limit, write in kinds if draw < limit)(archive, story):
            yield planted
            made += 1
        story += 1


def _day(story: int, later: int = 0) -> str:
    return f"{2015 + story % 9}-{1 + (story // 9 + later) % 12:02d}-{1 + story % 27:02d}T06:30:00Z"


def _headline(tongue: _Tongue) -> str:
    return tongue.join([tongue.word() for _ in range(6)])


def _printed(house: _House, body: list[str], pick: random.Random) -> list[str]:
    """Put a house's lines around a text, and remarks between its paragraphs."""
    text = list(body)
    for _ in range(pick.choice((0, 0, 1, 2)) if len(text) > 4 else 0):
        text.insert(pick.randrange(1, len(text)), "» " + _headline(house.tongue))
    return [*house.above, *text, *house.below] if pick.random() < 0.6 else text


def _news(archive: _Archive, story: int) -> Iterator[Planted]:
    pick, house = archive.pick, archive.house()
    tongue = house.tongue
    size = pick.choice((4, 5, 6, 7, 8, 10, 12, 15, 20, 30, 80))
    body = tongue.sentences(size)
    archive.recent[tongue] = [*archive.recent[tongue][-80:], body]
    headline = _headline(tongue)

    def put(kind: str, url: str, later: int, text: list[str], title: str = headline) -> Planted:
        return Planted(story, kind, url, _day(story, later), title, "\n".join(text))

    first = _printed(house, body, pick)
    yield put("original", house.url(story), 0, first)
    for later in range(1, pick.choice((1, 1, 2, 4))):
        first = [*first, tongue.sentence()] if pick.random() < 0.3 else first
        yield put("capture", house.url(story), later, first)
    if pick.random() < 0.2:
        yield put("print", house.url(story, "?print=1"), 0, body)
    if pick.random() < 0.15:
        updated = [*tongue.sentences(pick.randint(1, 2)), *body[1:], *tongue.sentences(size // 4)]
        yield put("moved", house.url(story, "-live"), 1, _printed(house, updated, pick), _headline(tongue))
    for number in range(pick.choice((0, 0, 0, 1, 2, 4, 8, 20))):
        other = archive.house(tongue)
        text = _printed(other, _copy(tongue, body), pick)
        title = headline if pick.random() < 0.4 else _headline(tongue)
        yield put("wire", other.url(story, f"-{number}"), 0, text, title)


def _copy(tongue: _Tongue, body: list[str]) -> list[str]:
    """Change a text as another house does: half of it stays at least, and no less than three sentences."""
    pick = tongue.pick
    least = max(3, (len(body) + 1) // 2)
    text = list(body)
    how = pick.random()
    spare = len(text) - least
    if how < 0.3:
        text = text[: len(text) - pick.randint(0, spare)]
    elif how < 0.5:
        at = pick.randrange(1, least)
        text[at : at + pick.randint(0, spare)] = []
    elif how < 0.65:
        at = pick.randrange(1, len(text))
        text = [text[0], *text[at:], *text[1:at]]
    elif how < 0.8:
        text = text[pick.randint(0, spare) :]
    if pick.random() < 0.4:
        text = [tongue.sentence(), *text]
    return tongue.edit(text, pick.choice((0.0, 0.0, 0.02)))


def _running(archive: _Archive, story: int) -> Iterator[Planted]:
    """Yield a brief on a subject whose background stands in every report on it."""
    pick, house = archive.pick, archive.house()
    news = house.tongue.sentences(pick.choice((4, 5, 6, 8, 12)))
    text = _printed(house, [*news, *pick.choice(archive.subjects[house.tongue])], pick)
    yield Planted(story, "running", house.url(story), _day(story), _headline(house.tongue), "\n".join(text))


def _form(archive: _Archive, story: int) -> Iterator[Planted]:
    pick, house = archive.pick, archive.house()
    kind = pick.choice(sorted(archive.forms))
    names = {"results": 0.5, "obituary": 0.7, "notice": 0.5}.get(kind, 0.1)
    text = house.tongue.fill(pick.choice(archive.forms[kind][house.tongue]), names)
    if pick.random() < 0.4:
        text = _printed(house, text, pick)
    yield Planted(
        story, kind, house.url(story), _day(story), f"{kind} {pick.randint(1, 30)}", "\n".join(text)
    )


def _live(archive: _Archive, story: int) -> Iterator[Planted]:
    pick, house = archive.pick, archive.house()
    entries = [f"{pick.randint(6, 23)}:{pick.randint(10, 59)} {line}" for line in house.tongue.sentences(8)]
    headline = _headline(house.tongue)
    for later in range(pick.randint(1, 4)):
        text = [*house.stub, *entries, *house.below]
        yield Planted(story, "live", house.url(story), _day(story, later), headline, "\n".join(text))
        entries = [f"{pick.randint(6, 23)}:{pick.randint(10, 59)} {house.tongue.sentence()}", *entries]


def _newsletter(archive: _Archive, story: int) -> Iterator[Planted]:
    pick, house = archive.pick, archive.house()
    recent = archive.recent[house.tongue]
    held = pick.sample(recent, min(len(recent), 7))
    text = [line for body in held for line in body[: pick.randint(1, 3)]] or house.tongue.sentences(7)
    yield Planted(
        story, "newsletter", house.url(story), _day(story), "Newsletter", "\n".join([*house.above, *text])
    )

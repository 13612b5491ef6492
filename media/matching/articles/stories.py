"""Stories: an article's captures, its versions at the same publisher, and its copies at others.

Three things say that two articles are one story: their bodies (:mod:`media.matching.articles.groups`), their address
with some likeness, and a person's verdict.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from media.matching.articles.groups import group_bodies
from media.matching.articles.near import ALIKE_AT_ONE_ADDRESS, MIN_WORDS, Bodies
from media.matching.articles.words import Integers
from media.matching.components import Components

MemberKind = Literal["original", "capture", "version", "copy"]
By = Literal["address", "canonical", "body", "decision"]

_FEW_WORDS: Final = 15
"""Bodies that are equal and shorter ("Page not found") are one story only at one address."""
_HEADLINE_WORDS: Final = 5
_HEADLINE_LETTERS: Final = 10
"""The least letters of a headline in a script without spaces."""


@dataclass(frozen=True, slots=True)
class ArticleUse:
    """An article, in plain values."""

    id: int
    body: int
    """The number of its body among those compared; equal bodies have one number."""
    address: str | None
    """The requested address (:class:`media.matching.articles.addresses.Address`); None if unknown."""
    page: str | None
    """The page as its address says, mobile and AMP forms taken for the same."""
    canonical: str | None
    """The page that it says it is; to be believed only where the two are alike."""
    publisher: str | None
    headline: str
    """The headline with letters folded; "" if there is none."""
    when: str
    """ISO 8601: when it was captured, or published; "" if unknown."""
    place: int
    """Its place in an order that does not depend on how articles were read: of equals the first counts as earlier."""


@dataclass(frozen=True, slots=True)
class Member:
    """One article of a story."""

    article: ArticleUse
    kind: MemberKind
    similarity: float
    """The share of the shorter body that the longer one holds, compared with the story's original."""
    evidence: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Story:
    """Articles that are one story; the first member is the original."""

    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A person's decisions on pairs of articles, by their ids."""

    same: frozenset[tuple[int, int]] = frozenset()
    different: frozenset[tuple[int, int]] = frozenset()


@dataclass(slots=True)
class _Links:
    """Why articles are joined: pairs of positions, and by what."""

    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    by: dict[int, By] = field(default_factory=dict)
    """The reason for which each article was joined to earlier ones."""

    def add(self, left: int, right: int, by: By) -> None:
        self.left.append(left)
        self.right.append(right)
        self.by.setdefault(max(left, right), by)


def find_stories(
    articles: Sequence[ArticleUse], bodies: Bodies, verdicts: Verdicts | None = None
) -> Iterator[Story]:
    """Return the stories of more than one article, in the order of their originals.

    :param articles: in the order of their places.
    """
    verdicts = verdicts or Verdicts()
    numbers = {article.id: number for number, article in enumerate(articles)}
    links = _Links()
    _link_bodies(articles, bodies, links)
    _link_pages(articles, bodies, links)
    for left, right in sorted(verdicts.same):
        if left in numbers and right in numbers:
            links.add(numbers[left], numbers[right], "decision")
    components = Components(len(articles))
    components.join(np.array(links.left, np.int64), np.array(links.right, np.int64))
    groups: dict[int, list[int]] = defaultdict(list)
    roots = components.roots()
    sizes = np.bincount(roots, minlength=len(articles)) if len(articles) else roots
    for number in np.flatnonzero(sizes[roots] > 1) if len(articles) else ():
        groups[int(roots[number])].append(int(number))
    parted = _part(groups.values(), articles, verdicts.different)
    yield from _describe(parted, articles, bodies, links)


def number_headlines(articles: Iterable[ArticleUse], bodies: int) -> Integers:
    """Return of each body the number of the headline it was first shown under; -1 where that is short ("Weather")."""
    numbers: dict[str, int] = {}
    result = np.full(bodies, -1, np.int64)
    for article in articles:
        says_something = len(article.headline.split()) >= _HEADLINE_WORDS or (
            not article.headline.isascii() and len(article.headline) >= _HEADLINE_LETTERS
        )
        if says_something and result[article.body] < 0:
            result[article.body] = numbers.setdefault(article.headline, len(numbers))
    return result


def _link_bodies(articles: Sequence[ArticleUse], bodies: Bodies, links: _Links) -> None:
    groups = group_bodies(bodies)
    first: dict[int, int] = {}
    for number, article in enumerate(articles):
        if bodies.words[article.body] < _FEW_WORDS:
            continue
        group = int(groups[article.body])
        before = first.setdefault(group, number)
        if before != number:
            links.add(before, number, "body")


def _link_pages(articles: Sequence[ArticleUse], bodies: Bodies, links: _Links) -> None:
    """Join captures of one address, and forms of one page, where they are alike."""
    in_time = sorted(range(len(articles)), key=lambda number: (articles[number].when, number))
    tried: list[tuple[int, int, By]] = []
    for by, keys in (
        ("address", [article.address for article in articles]),
        ("address", [article.page for article in articles]),
        ("canonical", [article.canonical for article in articles]),
    ):
        last: dict[str, int] = {}
        for number in in_time:
            key = keys[number]
            if key is None:
                continue
            if key in last:
                tried.append((last[key], number, by))  # type: ignore[arg-type]
            last[key] = number
    if not tried:
        return
    pairs = sorted({(min(one, other), max(one, other)): by for one, other, by in reversed(tried)}.items())
    left = np.array([articles[one].body for (one, _), _ in pairs], np.int64)
    right = np.array([articles[other].body for (_, other), _ in pairs], np.int64)
    compared = bodies.compare(left, right)
    short = np.minimum(bodies.words[left], bodies.words[right]) < MIN_WORDS
    for row, ((one, other), by) in enumerate(pairs):
        same_headline = bool(articles[one].headline) and articles[one].headline == articles[other].headline
        alike = left[row] == right[row] or compared.held[row] >= ALIKE_AT_ONE_ADDRESS
        if (
            alike
            or same_headline
            or (short[row] and by == "address" and articles[one].address == articles[other].address)
        ):
            links.add(one, other, by)


def _part(
    groups: Iterable[list[int]], articles: Sequence[ArticleUse], different: frozenset[tuple[int, int]]
) -> Iterator[list[int]]:
    """Take apart what a person said is not the same: the later one leaves, with all that shares its body."""
    apart: dict[int, set[int]] = defaultdict(set)
    for left, right in different:
        apart[left].add(right)
        apart[right].add(left)
    for group in groups:
        kept: list[int] = []
        gone: list[int] = []
        refused: set[int] = set()
        for number in sorted(group, key=lambda number: _order(articles[number])):
            article = articles[number]
            if article.id in refused:
                gone.append(number)
            else:
                kept.append(number)
                refused |= apart.get(article.id, set())
        moved = {articles[number].body for number in gone} - {
            articles[number].body for number in kept if articles[number].id in apart
        }
        gone += [number for number in kept if articles[number].body in moved]
        kept = [number for number in kept if articles[number].body not in moved]
        for part in (kept, gone):
            if len(part) > 1:
                yield part


def _order(article: ArticleUse) -> tuple[bool, str, int]:
    return (not article.when, article.when, article.place)


def _describe(
    groups: Iterable[list[int]], articles: Sequence[ArticleUse], bodies: Bodies, links: _Links
) -> Iterator[Story]:
    ordered = [sorted(group, key=lambda number: _order(articles[number])) for group in groups]
    ordered.sort(key=lambda group: _order(articles[group[0]]))
    left = np.array([articles[group[0]].body for group in ordered for _ in group], np.int64)
    right = np.array([articles[number].body for group in ordered for number in group], np.int64)
    compared = bodies.compare(left, right) if len(left) else None
    place = 0
    for group in ordered:
        original = articles[group[0]]
        seen: set[str] = set()
        members: list[Member] = []
        for number in group:
            assert compared is not None  # noqa: S101 - there is a group
            article = articles[number]
            equal = left[place] == right[place]
            similarity = 1.0 if equal else float(compared.held[place])
            evidence: dict[str, object] = {"by": links.by.get(number, "body"), "held": round(similarity, 3)}
            if not equal:
                evidence["covered"] = round(float(compared.covered[place]), 3)
                changed = int(compared.facts_changed[place])
                if changed:
                    evidence["facts_changed"] = changed
            members.append(Member(article, _kind(article, original, seen), round(similarity, 3), evidence))
            if article.address is not None:
                seen.add(article.address)
            place += 1
        yield Story(tuple(members))


def _kind(article: ArticleUse, original: ArticleUse, seen: set[str]) -> MemberKind:
    if article is original:
        return "original"
    if article.address is not None and article.address in seen:
        return "capture"
    return "version" if article.publisher == original.publisher else "copy"


def shared_pages(articles: Sequence[ArticleUse], stories: Iterable[Story]) -> dict[int, str]:
    """Return the page of each article that has one: what it says it is where that is believed, else by its address.

    It is believed where the articles that say so are one story, or where nothing else at that page says otherwise.
    """
    story_of = {member.article.id: number for number, story in enumerate(stories) for member in story.members}
    claimed: dict[str, set[object]] = defaultdict(set)
    for article in articles:
        if article.canonical is not None:
            claimed[article.canonical].add(story_of.get(article.id, ("alone", article.body)))
    pages: dict[int, str] = {}
    for article in articles:
        believed = article.canonical is not None and len(claimed[article.canonical]) == 1
        page = article.canonical if believed else article.page
        if page is not None:
            pages[article.id] = page
    return pages

"""Stories: an article's captures, its versions at the same publisher, and its copies at others.

Three things say that two articles are one story: their bodies (:mod:`media.matching.articles.near`), their address with
some likeness, and a person's verdict. Bodies are grouped without chaining: each member was verified against the body
that its group is named for. A page that holds several unlike stories whole (a digest, a section front) joins none of
them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from media.matching.articles.near import ALIKE_AT_ONE_ADDRESS, CLEARLY_HELD, MIN_WORDS, Bodies, Pairs, select
from media.matching.articles.prints import Integers
from media.matching.components import Components

MemberKind = Literal["original", "capture", "version", "copy"]
By = Literal["address", "canonical", "body", "decision"]

_HUBS: Final = 3
_FEW_WORDS: Final = 15
"""Bodies that are equal and shorter ("Page not found") are one story only at one address."""
_DIGEST_COVER: Final = 0.5
"""A page that holds another whole, and is at least twice as long, may be a digest of several."""
_PIECE: Final = 0.06
_MAIN_PIECE: Final = 0.55
"""What is made of one text for the most part is a copy of that, with furniture around it."""
_MOST_PIECES: Final = 64
_MADE_OF_PIECES: Final = 0.6
"""How much of a digest is made of pieces that are unlike one another."""
_UNLIKE: Final = 2
"""Shingles that two texts may share by chance."""


@dataclass(frozen=True, slots=True)
class ArticleUse:
    """An article, in plain values."""

    id: int
    body: int
    """The number of its body among those compared; equal bodies have one number."""
    address: str | None
    """What was asked for (:class:`media.matching.articles.addresses.Address`); None where nothing says."""
    page: str | None
    """The page as its address says, mobile and AMP forms taken for the same."""
    canonical: str | None
    """The page that it says it is; to be believed only where the two are alike."""
    publisher: str | None
    headline: str
    """Letters folded; "" where there is none."""
    when: str
    """ISO 8601: when it was captured, or published; "" where nothing says."""
    place: str
    """Where it is kept, by which equals are put in order."""


@dataclass(frozen=True, slots=True)
class Member:
    """One article of a story."""

    article: ArticleUse
    kind: MemberKind
    similarity: float
    """How much of the shorter body the longer one holds, against the story's original."""
    evidence: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Story:
    """Articles that are one story; the first member is the original."""

    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a person said of pairs of articles, by their ids."""

    same: frozenset[tuple[int, int]] = frozenset()
    different: frozenset[tuple[int, int]] = frozenset()


@dataclass(slots=True)
class _Links:
    """Why articles are joined: pairs of positions, and by what."""

    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    by: dict[int, By] = field(default_factory=dict)
    """Of an article, by what it was joined to the ones before it."""

    def add(self, left: int, right: int, by: By) -> None:
        self.left.append(left)
        self.right.append(right)
        self.by.setdefault(max(left, right), by)


def find_stories(
    articles: Sequence[ArticleUse], bodies: Bodies, verdicts: Verdicts | None = None
) -> Iterator[Story]:
    """Return the stories of more than one article, in the order of their originals.

    :param articles: in an order that does not depend on how they were read; of equals the first counts as earlier.
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


def group_bodies(bodies: Bodies) -> Integers:
    """Return for each body the number of the body that its group is named for: itself where it is like no other."""
    shared = bodies.find_near()
    digests = _find_digests(shared, bodies)
    pairs = select(
        shared, shared.near & ~((digests[shared.left] | digests[shared.right]) & _is_one_sided(shared))
    )
    components = Components(len(bodies))
    components.join(pairs.left, pairs.right)
    roots = components.roots()
    result = np.arange(len(bodies), dtype=np.int64)
    order = np.argsort(roots, kind="stable")
    heads = np.flatnonzero(np.diff(roots[order], prepend=-1))
    sizes = np.diff(np.append(heads, len(order)))
    for size in (2,):  # both were verified against one another
        for head in heads[sizes == size]:
            one, other = order[head], order[head + 1]
            longest = one if bodies.words[one] >= bodies.words[other] else other
            result[[one, other]] = longest
    large = [order[head : head + size] for head, size in zip(heads, sizes, strict=True) if size > 2]
    _verify_groups(large, pairs, bodies, result)
    return result


def _verify_groups(groups: list[Integers], pairs: Pairs, bodies: Bodies, result: Integers) -> None:
    """Name each group for one of its best-linked bodies, and verify all others; what fails forms further groups.

    Three bodies are tried, and the one that most others are like gives the name. What is like one of the other two
    only, and that one like the first, belongs to it as well: of a wire story, one paper prints the beginning, one
    the end. So does what holds most of a text that was verified, or is held by it.
    """
    degrees = np.bincount(pairs.left, minlength=len(bodies)) + np.bincount(pairs.right, minlength=len(bodies))
    clear = select(pairs, pairs.held >= CLEARLY_HELD)
    while groups:
        hubs = [
            group[np.lexsort((bodies.ranks[group], -bodies.words[group], -degrees[group]))[:_HUBS]]
            for group in groups
        ]
        near, whole = _compare_with_hubs(groups, hubs, bodies)
        verified = np.zeros(len(bodies), np.bool_)
        waiting: list[Integers] = []
        for group, tried, alike, complete in zip(groups, hubs, near, whole, strict=True):
            best = int(np.argmax(alike.sum(axis=1)))
            trusted = complete[best][np.searchsorted(group, tried)]
            joined = alike[best] | alike[trusted].any(axis=0)
            result[group[joined]] = tried[best]
            verified[group[joined]] = True
            if not joined.all():
                waiting.append(group[~joined])
        if not waiting:
            return
        _follow_clear_pairs(clear, verified, np.concatenate(waiting), bodies, result)
        groups = [left for group in waiting if len(left := group[~verified[group]]) > 1]


def _follow_clear_pairs(
    clear: Pairs, verified: NDArray[np.bool_], waiting: Integers, bodies: Bodies, result: Integers
) -> None:
    """Join what waits to a verified body that it is clearly one text with: of several the one it shares most with."""
    is_waiting = np.zeros(len(bodies), np.bool_)
    is_waiting[waiting] = True
    forth = np.flatnonzero(is_waiting[clear.left] & verified[clear.right])
    back = np.flatnonzero(verified[clear.left] & is_waiting[clear.right])
    rows = np.concatenate([forth, back])
    joined = np.concatenate([clear.left[forth], clear.right[back]])
    to = np.concatenate([clear.right[forth], clear.left[back]])
    order = np.lexsort((bodies.ranks[to], -clear.covered[rows]))[::-1]
    result[joined[order]] = result[to[order]]  # of several values for one place the last counts
    verified[joined] = True


def _compare_with_hubs(
    groups: list[Integers], hubs: list[Integers], bodies: Bodies
) -> tuple[list[NDArray[np.bool_]], list[NDArray[np.bool_]]]:
    """Of each group: whether each of its hubs (rows) is near each of its bodies (columns), and of about its length."""
    left = np.concatenate([np.repeat(tried, len(group)) for group, tried in zip(groups, hubs, strict=True)])
    right = np.concatenate([np.tile(group, len(tried)) for group, tried in zip(groups, hubs, strict=True)])
    near = left == right
    whole = near.copy()
    apart = ~near
    compared = bodies.compare(left[apart], right[apart])
    near[apart] = compared.near
    whole[apart] = compared.near & ~_is_one_sided(compared)
    ends = np.cumsum([len(group) * len(tried) for group, tried in zip(groups, hubs, strict=True)])

    def by_group(values: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
        parts = zip(np.split(values, ends[:-1]), groups, hubs, strict=True)
        return [part.reshape(len(tried), len(group)) for part, group, tried in parts]

    return by_group(near), by_group(whole)


def _is_one_sided(pairs: Pairs) -> NDArray[np.bool_]:
    return pairs.covered < _DIGEST_COVER


def _find_digests(pairs: Pairs, bodies: Bodies) -> NDArray[np.bool_]:
    """Whether each body is made of pieces of several others that share nothing with one another.

    Only bodies are looked at that are no copy for the most part, and that one-sided pairs would join to something.
    """
    lengths = np.maximum(bodies.words, 1)
    digests = np.zeros(len(bodies), np.bool_)
    main = np.zeros(len(bodies))
    of_left, of_right = _shares(pairs, lengths)
    np.maximum.at(main, pairs.left, of_left)
    np.maximum.at(main, pairs.right, of_right)
    joins = pairs.near & _is_one_sided(pairs)
    doubtful = np.unique(np.concatenate([pairs.left[joins], pairs.right[joins]]))
    doubtful = doubtful[main[doubtful] <= _MAIN_PIECE]
    if not len(doubtful):
        return digests
    is_doubtful = np.zeros(len(bodies), np.bool_)
    is_doubtful[doubtful] = True
    found = bodies.compare_sharers(doubtful)
    of_left, of_right = _shares(found, lengths)
    pieces: dict[int, dict[int, float]] = defaultdict(dict)
    for row in np.flatnonzero(found.covered >= _PIECE):
        left, right = int(found.left[row]), int(found.right[row])
        if is_doubtful[left]:
            pieces[left][right] = float(of_left[row])
        if is_doubtful[right]:
            pieces[right][left] = float(of_right[row])
    for body, (count, covered) in _choose_unlike(pieces, bodies).items():
        digests[body] = count > 2 and covered >= _MADE_OF_PIECES
    return digests


def _choose_unlike(pieces: dict[int, dict[int, float]], bodies: Bodies) -> dict[int, tuple[int, float]]:
    """Of each body, take the largest piece, leave out all that share text with its owner, and so on.

    Returns how many were taken, and how much of the body they make up.
    """
    taken = dict.fromkeys(pieces, (0, 0.0))
    left = {
        body: sorted(held, key=lambda other: (-held[other], other))[:_MOST_PIECES]
        for body, held in pieces.items()
    }
    while left:
        rows = [(body, others[0], other) for body, others in left.items() for other in others[1:]]
        for body, others in left.items():
            count, covered = taken[body]
            taken[body] = (count + 1, covered + pieces[body][others[0]])
        first = np.array([first for _, first, _ in rows], np.int64)
        shared = bodies.compare(first, np.array([other for _, _, other in rows], np.int64)).shared
        left = defaultdict(list)
        for (body, _, other), count in zip(rows, shared.tolist(), strict=True):
            if count <= _UNLIKE:
                left[body].append(other)
    return taken


def _shares(pairs: Pairs, lengths: Integers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How much of each left, and of each right body the other one has."""
    longer = np.maximum(lengths[pairs.left], lengths[pairs.right])
    return (
        np.minimum(pairs.covered * longer / lengths[pairs.left], 1.0),
        np.minimum(pairs.covered * longer / lengths[pairs.right], 1.0),
    )


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


def _order(article: ArticleUse) -> tuple[bool, str, str]:
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

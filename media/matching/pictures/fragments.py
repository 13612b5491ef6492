"""Brings together groups of one photograph that were formed around keepers that do not match.

A framed copy was kept here, a faded one there, a detail in a third place: as many copies of the one match copies of the
other as there are, and both groups stay apart, because neither keeper is seen in all. Each two such groups are joined
around the picture that shows most of them: every member is verified against that one, too.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from media.matching.pictures.grouping import KEEPERS_TRIED, Apart, Group, as_groups, is_apart

_LIKELY_SAME = 3.0
"""Likelihoods of candidates between two groups, added up, where one pair with thirty blobs in common counts as much."""
_LINKS = 2
"""Pairs of copies of which one is in either group: with one alone, as between screenshots of one site, it takes the
likeliest of both groups to match."""
_CENTRES = 4
"""Pictures of two groups that are tried as the keeper of both."""
_CENTRAL = 0.9
"""The share of the highest likelihood from which a picture counts as equally likely; the best keeper is first then."""
_FOUND_LATER = 6
"""The most pictures that may be missed at first: with more, a centre is given up."""
_FEW = 128
"""Pictures of two groups: with more, only the keeper of the larger one is tried."""


def join_fragments(
    groups: Sequence[Group],
    candidates: Mapping[int, Mapping[int, float]],
    rank: Mapping[int, int],
    verify: Callable[[int, int], bool],
    *,
    copies_of: Callable[[int], Collection[int]] = lambda picture: (),
    may_keep: Callable[[Group], bool] = lambda group: True,
    apart: Apart | None = None,
) -> list[Group]:
    """Join groups that are likely one, if a picture in them matches more of both than either keeper did.

    What it does not match stays with its old keeper, or alone. ``rank`` orders the pictures from the best to the worst;
    ``copies_of`` returns the pictures that one was verified against so far; ``may_keep`` is False for a group whose
    keeper is no photograph but holds some, as a collage does.
    """
    kept = {group.keeper: [group.keeper, *group.members] for group in groups}
    links = _count_links(kept, copies_of)
    for pair in _likely_same(kept, candidates, links):
        if not all(keeper in kept for keeper in pair):
            continue
        one, other = sorted(pair, key=lambda keeper: (-len(kept[keeper]), rank[keeper]))
        if links.get(pair, 0) < _LINKS and not verify(
            *(_centre(kept[keeper], candidates, rank) for keeper in (one, other))
        ):
            continue
        joined = _join(kept[one], kept[other], candidates, rank, verify, copies_of, may_keep, apart)
        if joined is None:
            continue
        inside = {joined.keeper, *joined.members}
        rest = {keeper: [each for each in kept.pop(keeper) if each not in inside] for keeper in (one, other)}
        kept[joined.keeper] = [joined.keeper, *joined.members]
        for keeper, left in rest.items():
            kept |= {keeper: left} if left[:1] == [keeper] else {each: [each] for each in left}
    return as_groups(kept, rank)


def _join(
    larger: Sequence[int],
    smaller: Sequence[int],
    candidates: Mapping[int, Mapping[int, float]],
    rank: Mapping[int, int],
    verify: Callable[[int, int], bool],
    copies_of: Callable[[int], Collection[int]],
    may_keep: Callable[[Group], bool],
    apart: Apart | None,
) -> Group | None:
    """Return the largest group that one picture makes of two groups, if it is larger than both."""
    together = sorted({*larger, *smaller}, key=rank.__getitem__)
    order = [smaller[0], larger[0], *smaller[1:], *larger[1:]]
    best: Group | None = None
    most = len(larger)
    for centre in _centres(larger, smaller, together, candidates, rank, copies_of):
        found = _around(centre, order, most, verify, apart)
        if found is not None and may_keep(found):
            best, most = found, len(found.members) + 1
        if most == len(together):
            break
    return best


def _around(
    centre: int, order: Sequence[int], most: int, verify: Callable[[int, int], bool], apart: Apart | None
) -> Group | None:
    """Return what a picture shows of others, if these and it are more than ``most``.

    What is not found is looked for once more when the others are known: one of these may lead to it.
    """
    joined, missed = [centre], list[int]()
    for picture in order:
        if picture == centre:
            continue
        if not is_apart(picture, joined, apart) and verify(centre, picture):
            joined.append(picture)
        else:
            missed.append(picture)
            if len(order) - len(missed) <= most - _FOUND_LATER:
                return None
    joined += [each for each in missed if not is_apart(each, joined, apart) and verify(centre, each)]
    return Group(centre, tuple(joined[1:])) if len(joined) > most else None


def _centres(
    larger: Sequence[int],
    smaller: Sequence[int],
    together: Sequence[int],
    candidates: Mapping[int, Mapping[int, float]],
    rank: Mapping[int, int],
    copies_of: Callable[[int], Collection[int]],
) -> list[int]:
    """Return the pictures that may show all of two groups, the likeliest first."""
    if len(together) > _FEW:
        return [larger[0]]
    inside = set(together)
    known = {each: sum(other in inside for other in copies_of(each)) for each in together}
    most = sorted(together, key=lambda each: (-known[each], rank[each]))
    tried = [larger[0], _centre(together, candidates, rank), *most[:2], smaller[0]]
    return list(dict.fromkeys(tried))[:_CENTRES]


def _count_links(
    kept: Mapping[int, Sequence[int]], copies_of: Callable[[int], Collection[int]]
) -> dict[tuple[int, int], int]:
    """Return how many pairs of copies lead from one group to another, by their keepers, the smaller number first."""
    group_of = {picture: keeper for keeper, members in kept.items() for picture in members}
    links: dict[tuple[int, int], int] = {}
    for picture, own in group_of.items():
        for other in copies_of(picture):
            if own < (theirs := group_of.get(other, own)):
                links[own, theirs] = links.get((own, theirs), 0) + 1
    return links


def _likely_same(
    kept: Mapping[int, Sequence[int]],
    candidates: Mapping[int, Mapping[int, float]],
    links: Mapping[tuple[int, int], int],
) -> list[tuple[int, int]]:
    """Keepers of groups that may be one, the likeliest first; a bounded number for each group."""
    group_of = {picture: keeper for keeper, members in kept.items() for picture in members}
    pairs: dict[tuple[int, int], float] = {}
    for keeper, members in kept.items():
        likely: dict[int, float] = {}
        for picture in members:
            for other, likelihood in sorted(candidates.get(picture, {}).items()):
                theirs = group_of.get(other, keeper)
                if theirs != keeper:
                    likely[theirs] = likely.get(theirs, 0.0) + likelihood
        for theirs in sorted(likely, key=lambda each: (-likely[each], each))[:KEEPERS_TRIED]:
            if likely[theirs] >= _LIKELY_SAME:
                pair = min(keeper, theirs), max(keeper, theirs)
                pairs[pair] = max(likely[theirs], pairs.get(pair, 0.0))
    pairs |= {pair: pairs.get(pair, 0.0) for pair, count in links.items() if count >= _LINKS}
    return sorted(pairs, key=lambda pair: (-links.get(pair, 0), -pairs[pair], pair))


def _centre(
    members: Sequence[int], candidates: Mapping[int, Mapping[int, float]], rank: Mapping[int, int]
) -> int:
    """Return the best of those that most of the others are likely to be copies of."""
    inside = set(members)
    likely = {
        picture: sum(
            likelihood for other, likelihood in sorted(candidates.get(picture, {}).items()) if other in inside
        )
        for picture in members
    }
    enough = _CENTRAL * max(likely.values())
    return min((picture for picture in members if likely[picture] >= enough), key=rank.__getitem__)

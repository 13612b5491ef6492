"""Groups of pictures that show the same, without chaining: every member was verified against the group's keeper.

The pictures are taken from the best to the worst. Each is compared with the keepers of the groups that its
candidates are in; it joins the first that it matches, or is a keeper itself. The order is that of the pictures'
own merits, so the groups do not depend on the order in which the pictures came, and work and memory grow with the
number of candidates, not with its square.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

KEEPERS_TRIED = 6
"""A bounded number of verifications a picture: its likeliest groups come first."""


Apart = Callable[[int, int], bool]


@dataclass(frozen=True, slots=True)
class Group:
    """A keeper and what was verified against it."""

    keeper: int
    members: tuple[int, ...]
    """Without the keeper, best first."""


def group_pictures(
    best_first: Sequence[int],
    candidates: Mapping[int, Mapping[int, float]],
    verify: Callable[[int, int], bool],
    apart: Apart | None = None,
) -> list[Group]:
    """Group the pictures.

    ``candidates`` holds, for each picture, which others may match and how likely (a larger number is likelier), in
    both directions. ``verify(keeper, picture)`` looks at the pictures; it is called at most :data:`KEEPERS_TRIED`
    times a picture, and then again if two groups turn out to share a picture. ``apart`` returns whether a person has
    told two pictures apart: they never share a group. Pictures without a match are groups of their own.
    """
    rank = {picture: place for place, picture in enumerate(best_first)}
    keeper_of: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    bridges: set[tuple[int, int]] = set()

    def fits(keeper: int, picture: int) -> bool:
        return not is_apart(picture, chain((keeper,), members[keeper]), apart) and verify(keeper, picture)

    for picture in best_first:
        matched = [
            keeper
            for keeper in _likely_keepers(candidates.get(picture, {}), keeper_of, rank)
            if fits(keeper, picture)
        ]
        if not matched:
            keeper_of[picture] = picture
            members[picture] = []
            continue
        keeper_of[picture] = matched[0]
        members[matched[0]].append(picture)
        for other in matched[1:]:
            better, worse = sorted((matched[0], other), key=rank.__getitem__)
            bridges.add((better, worse))
    _join_bridged(bridges, members, rank, fits)
    return [Group(keeper, tuple(members[keeper])) for keeper in best_first if keeper in members]


def is_apart(picture: int, together: Iterable[int], apart: Apart | None) -> bool:
    """Return whether a person has told the picture apart from one of these; False if ``apart`` is None."""
    return apart is not None and any(apart(each, picture) for each in together)


def _likely_keepers(
    candidates: Mapping[int, float], keeper_of: Mapping[int, int], rank: Mapping[int, int]
) -> list[int]:
    """Return the keepers of the groups that the candidates are in so far, those with the most and
    likeliest first.
    """
    votes: dict[int, float] = {}
    for candidate in sorted(candidates):  # in one order, so that the sums are the same to the last bit
        keeper = keeper_of.get(candidate)
        if keeper is not None:
            votes[keeper] = votes.get(keeper, 0.0) + candidates[candidate]
    return sorted(votes, key=lambda keeper: (-votes[keeper], rank[keeper]))[:KEEPERS_TRIED]


def _join_bridged(
    bridges: set[tuple[int, int]],
    members: dict[int, list[int]],
    rank: Mapping[int, int],
    fits: Callable[[int, int], bool],
) -> None:
    """Two groups that share a picture may be one whose keepers were no candidates of one another."""
    for better, worse in sorted(bridges, key=lambda pair: (rank[pair[0]], rank[pair[1]])):
        if better not in members or worse not in members or not fits(better, worse):
            continue
        movable = members.pop(worse)
        members[better].append(worse)
        left: list[int] = []  # keepers of what matches only the worse one
        for picture in movable:
            for keeper in (better, *left):
                if fits(keeper, picture):
                    members[keeper].append(picture)
                    break
            else:
                left.append(picture)
                members[picture] = []
        members[better].sort(key=rank.__getitem__)


def as_groups(kept: Mapping[int, Sequence[int]], rank: Mapping[int, int]) -> list[Group]:
    """Return groups from the pictures of each keeper, itself among them; the best keeper first."""
    return [
        Group(keeper, tuple(sorted(set(members) - {keeper}, key=rank.__getitem__)))
        for keeper, members in sorted(kept.items(), key=lambda item: rank[item[0]])
    ]


def adopt_leftovers(
    groups: Sequence[Group],
    candidates: Mapping[int, Mapping[int, float]],
    rank: Mapping[int, int],
    verify: Callable[[int, int], bool],
    verify_through: Callable[[int, int, int], bool],
    apart: Apart | None = None,
) -> list[Group]:
    """Compare what is in no group yet with the pictures it is likeliest to match, whichever of a group they are.

    A film strip shows a copy that is in a group, and its keeper is too unlike the strip to be found in it at once.
    ``verify_through(keeper, member, picture)`` looks for the keeper where the member lies in the picture: the picture
    joins only where the keeper itself is seen there.
    """
    kept = {group.keeper: [group.keeper, *group.members] for group in groups}
    keeper_of = {picture: keeper for keeper, members in kept.items() for picture in members}
    leftovers = [keeper for keeper, members in kept.items() if len(members) == 1]
    for picture in sorted(leftovers, key=rank.__getitem__):
        if len(kept.get(picture, ())) != 1:
            continue  # it came together with another leftover
        for other in _likeliest(candidates.get(picture, {}), keeper_of, rank):
            keeper = keeper_of[other]
            if is_apart(picture, kept[keeper], apart) or not verify(other, picture):
                continue
            if other != keeper and not verify_through(keeper, other, picture):
                continue
            better, worse = keeper, picture
            if len(kept[keeper]) == 1 and rank[picture] < rank[keeper]:
                better, worse = picture, keeper
            kept[better].append(worse)
            keeper_of[worse] = better
            del kept[worse]
            break
    return as_groups(kept, rank)


_OF_ONE_GROUP = 2
"""Members of a group that are tried: where two do not lead to its keeper, others seldom do."""


def _likeliest(
    candidates: Mapping[int, float], keeper_of: Mapping[int, int], rank: Mapping[int, int]
) -> list[int]:
    """Return the likeliest candidates, a few of each group, and not more than :data:`KEEPERS_TRIED`."""
    tried: dict[int, int] = {}
    chosen = list[int]()
    for other in sorted(candidates, key=lambda each: (-candidates[each], rank.get(each, 0), each)):
        keeper = keeper_of.get(other)
        if keeper is None or tried.get(keeper, 0) >= _OF_ONE_GROUP:
            continue
        tried[keeper] = tried.get(keeper, 0) + 1
        chosen.append(other)
        if len(chosen) == KEEPERS_TRIED:
            break
    return chosen

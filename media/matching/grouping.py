"""Groups of pictures that show the same, without chaining: every member was verified against the group's keeper.

The pictures are taken from the best to the worst. Each is compared with the keepers of the groups that its
candidates are in; it joins the first that it matches, or is a keeper itself. The order is that of the pictures'
own merits, so the groups do not depend on the order in which the pictures came, and work and memory grow with the
number of candidates, not with its square.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

KEEPERS_TRIED = 6
"""A bounded number of verifications a picture: its likeliest groups come first."""
CANDIDATES_KEPT = 64


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
    apart: Callable[[int, int], bool] = lambda one, other: False,
) -> list[Group]:
    """Group the pictures.

    ``candidates`` holds, for each picture, which others may match and how likely (a larger number is likelier), in
    both directions. ``verify(keeper, picture)`` looks at the pictures; it is called at most :data:`KEEPERS_TRIED`
    times a picture, and then again where two groups turn out to share a picture. ``apart`` says that a person has
    told two pictures apart: they never share a group.
    """
    rank = {picture: place for place, picture in enumerate(best_first)}
    keeper_of: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    bridges: set[tuple[int, int]] = set()

    def fits(keeper: int, picture: int) -> bool:
        together = (keeper, *members[keeper])
        return not any(apart(each, picture) for each in together) and verify(keeper, picture)

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


def _likely_keepers(
    candidates: Mapping[int, float], keeper_of: Mapping[int, int], rank: Mapping[int, int]
) -> list[int]:
    """The keepers of the groups that the candidates are in so far, those with the most and likeliest first."""
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


class CandidateGraph:
    """Which pictures may match which, and which are connected at all.

    A picture keeps at most :data:`CANDIDATES_KEPT` candidates, those of the lowest numbers: number pictures from
    the best to the worst, and ten thousand copies of one picture still all know its best.
    """

    def __init__(self) -> None:
        self._candidates: dict[int, dict[int, float]] = {}
        self._parents: dict[int, int] = {}
        self.orientations: dict[tuple[int, int], tuple[int, ...]] = {}
        """In which ways (:mod:`media.matching.orientations`) the larger number may show the smaller one, by its
        features: none for a pair that only looks alike as a whole."""

    def add(self, left: int, right: int, likelihood: float) -> None:
        """``left`` and ``right`` may match; the larger likelihood of two stands."""
        for one, other in ((left, right), (right, left)):
            known = self._candidates.setdefault(one, {})
            known[other] = max(likelihood, known.get(other, likelihood))
            if len(known) > CANDIDATES_KEPT:
                del known[max(known)]
        self._parents[self._root(left)] = self._root(right)

    def touch(self, picture: int) -> None:
        """The picture is looked at even where it has no candidate."""
        self._candidates.setdefault(picture, {})
        self._root(picture)

    def __contains__(self, picture: int) -> bool:
        return picture in self._parents

    def components(self) -> Iterator[list[int]]:
        """The connected pictures, each set in ascending order."""
        found: dict[int, list[int]] = {}
        for picture in sorted(self._parents):
            found.setdefault(self._root(picture), []).append(picture)
        yield from found.values()

    @property
    def candidates(self) -> Mapping[int, Mapping[int, float]]:
        """For each picture its candidates and how likely they are."""
        return self._candidates

    def _root(self, picture: int) -> int:
        path = []
        parent = self._parents.setdefault(picture, picture)
        while parent != picture:
            path.append(picture)
            picture, parent = parent, self._parents[parent]
        for each in path:
            self._parents[each] = picture
        return picture

"""Candidates -> verified matches and groups, one set of connected pictures at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from media.matching.pictures.fragments import join_fragments
from media.matching.pictures.grouping import Group, adopt_leftovers, group_pictures
from media.matching.pictures.members import PAIRS_AMONG, match_members
from media.matching.pictures.pairs import Picture, Verdict, WholeHashes
from media.matching.pictures.seams import is_pasted
from media.matching.pictures.verdicts import ImageMatch, Verdicts, Ways
from media.matching.pictures.verify import Layers, box_area
from media.pictures.local_features import Blobs

_ELECTED = 24
"""The best whole copies of a keeper that are each compared with the others by how they were made."""
_SHOWN_WHOLE = 0.8
"""The least share of a picture that is visible if it is pasted into another one."""
_ACROSS = 4
_LIKELY = 0.6
"""Pictures outside its group that each is compared with, and the likelihood they must have: six features in common, or
hashes within four bits."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """The matches and groups of a set of connected pictures."""

    matches: tuple[ImageMatch, ...]
    groups: tuple[Group, ...]
    """Those with members."""
    containers: frozenset[int] = frozenset()
    """Pictures that others are pasted into."""


class Resolver:
    """Verifies and groups pictures; indices are those of ``pictures`` throughout."""

    def __init__(
        self,
        pictures: Sequence[Picture],
        hashes: WholeHashes,
        load: Callable[[int], Layers | None],
        load_blobs: Callable[[int], Blobs | None] = lambda number: None,
        *,
        same: frozenset[tuple[int, int]] = frozenset(),
        different: frozenset[tuple[int, int]] = frozenset(),
        is_nearer: Callable[[int, int], bool] = lambda one, other: False,
    ) -> None:
        """``load`` gives a picture's thumbnail, ``load_blobs`` its local features; ``same`` and ``different`` are
        a person's verdicts, the smaller number first. ``is_nearer`` returns whether the second of two whole copies is
        the one to keep, seen beside the first.
        """
        self._pictures = pictures
        self._hashes = hashes
        self._load = load
        self._load_blobs = load_blobs
        self._same = same
        self._different = different
        self._is_nearer = is_nearer
        self._verdicts = self._look({})

    def _look(self, ways: Ways, *, wary: bool = True) -> Verdicts:
        return Verdicts(
            self._pictures, self._hashes, self._load, self._load_blobs, same=self._same, ways=ways, wary=wary
        )

    def resolve(
        self,
        best_first: Sequence[int],
        candidates: Mapping[int, Mapping[int, float]],
        orientations: Ways | None = None,
    ) -> Resolution:
        """Return the matches and groups of one set of connected pictures.

        ``orientations`` says in which ways, by their features, a picture may show another (the smaller number
        first); a pair that is not in it is tried as it is and mirrored.
        """
        self._verdicts = self._look({} if orientations is None else orientations)
        groups, containers = self._group(best_first, candidates)
        matches = {
            pair: match for pair in self._verdicts.known if (match := self._verdicts.match(*pair)) is not None
        }
        apart = self._apart if self._different else None
        for group in groups:
            for match in match_members(group, self._verdicts, self._pictures, self._hashes.phash, apart):
                matches.setdefault((match.left, match.right), match)
        return Resolution(tuple(matches.values()), tuple(groups), containers)

    def _group(
        self, best_first: Sequence[int], candidates: Mapping[int, Mapping[int, float]]
    ) -> tuple[list[Group], frozenset[int]]:
        """Return groups with members, and the pictures that others are pasted into.

        These would bring unlike pictures together, and keep the copy instead of what was copied: their turn comes
        after all others'.
        """
        apart = self._apart if self._different else None
        containers: frozenset[int] = frozenset()
        verdicts = self._verdicts
        while True:
            order = sorted(best_first, key=containers.__contains__)
            rank = {picture: place for place, picture in enumerate(order)}
            groups = group_pictures(order, candidates, verdicts.matches, apart)
            found = {group.keeper for group in groups if self._is_container(group)} - containers
            if not found:
                break
            containers |= found
        for _ in range(2):  # what was adopted may lead from one group to another
            groups = join_fragments(
                groups,
                candidates,
                rank,
                verdicts.matches_anyhow,
                copies_of=verdicts.copies_of,
                may_keep=lambda group: not self._is_container(group),
                apart=apart,
            )
            groups = adopt_leftovers(
                groups, candidates, rank, verdicts.matches, verdicts.matches_through, apart
            )
        groups = [self._with_nearest(group, rank) for group in groups if group.members]
        self._compare_across(groups, candidates, rank)
        return groups, containers

    def _with_nearest(self, group: Group, rank: Mapping[int, int]) -> Group:
        """Return the group around that whole copy of its keeper which is nearest to the original, beside the others."""
        copies = [
            each for each in group.members[:PAIRS_AMONG] if self._verdicts.shows_all(group.keeper, each)
        ]
        tried = [group.keeper, *copies[:_ELECTED]]
        losses = {one: sum(self._is_nearer(one, other) for other in tried if other != one) for one in tried}
        keeper = min(tried, key=lambda each: (losses[each], rank[each]))
        if keeper == group.keeper:
            return group
        members = [each for each in (group.keeper, *group.members) if each != keeper]
        if all(
            self._verdicts.matches_through(keeper, group.keeper, each)
            for each in members
            if each != group.keeper
        ):
            return Group(keeper, tuple(sorted(members, key=rank.__getitem__)))
        return group

    def _compare_across(
        self, groups: Sequence[Group], candidates: Mapping[int, Mapping[int, float]], rank: Mapping[int, int]
    ) -> None:
        """Compare each picture with what it is likeliest to match outside its group, so that the match is recorded."""
        keeper_of = {picture: group.keeper for group in groups for picture in (group.keeper, *group.members)}
        for picture, others in sorted(candidates.items(), key=lambda each: rank[each[0]]):
            own = keeper_of.get(picture, picture)
            likeliest = sorted(
                (-likelihood, rank[other], other)
                for other, likelihood in others.items()
                if likelihood >= _LIKELY and keeper_of.get(other, other) != own
            )
            for _, _, other in likeliest[:_ACROSS]:
                self.verdict(picture, other)

    def _is_container(self, group: Group) -> bool:
        """Return whether another picture is pasted, whole, into the keeper."""
        for member in group.members[:PAIRS_AMONG]:
            verdict = self.verdict(group.keeper, member)
            if verdict.kind != "part" or box_area(verdict.right_box) < _SHOWN_WHOLE:
                continue
            layers = self._verdicts.layers(group.keeper)
            if layers is not None and is_pasted(layers.grey[0], verdict.left_box):
                return True
        return False

    def match(self, left: int, right: int, orientations: Sequence[int]) -> ImageMatch | None:
        """Return how the right picture shows the left one, the features being tried in these orientations."""
        self._verdicts = self._look({(left, right): orientations}, wary=False)
        return self._verdicts.match(left, right)

    def verdict(self, left: int, right: int) -> Verdict:
        """Return how the right picture shows the left one, if it does."""
        return self._verdicts.verdict(left, right)

    def _apart(self, one: int, other: int) -> bool:
        return bool(self._different) and (min(one, other), max(one, other)) in self._different

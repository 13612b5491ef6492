"""Candidates -> verified matches and groups, one set of connected pictures at a time."""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np

from media.matching.pictures.bending import BENDS, straighten
from media.matching.pictures.changes import Changes
from media.matching.pictures.differences import Judgement, judge_differences, show_changes
from media.matching.pictures.features import Agreement, agree
from media.matching.pictures.grouping import Group, adopt_leftovers, group_pictures, join_fragments
from media.matching.pictures.orientations import IDENTITY, ORIENTATIONS, Affine
from media.matching.pictures.pairs import (
    LOW_RADIUS_BITS,
    Kind,
    Picture,
    Transform,
    Verdict,
    WholeHashes,
    describe,
    describe_all,
    distance_bits,
    is_whole,
    negative_bits,
    verify,
)
from media.matching.pictures.seams import is_pasted
from media.matching.pictures.verify import (
    Box,
    Layers,
    box_area,
    chain,
    coarse,
    compare_laid,
    determinant,
    exchange_tones,
    invert,
    shared_boxes,
    shared_boxes_of,
)
from media.pictures.local_features import Blobs

_GUESS_BITS = 14
_TURNED_GUESS_BITS = 6
"""A pair that shares a group with candidates is tried as whole pictures up to this phash distance."""
_PAIRS_AMONG = 96
"""Within a group every pair of the best so many is recorded; what follows only against the keeper."""
_ELECTED = 24
"""The best whole copies of a keeper that are each compared with the others by how they were made."""
_AT_HAND = 256
_SHOWN_BY_PAGE = 0.5
_WHOLE = (0.0, 0.0, 1.0, 1.0)
_DRIFT = 0.15
"""99 of 100 guesses for edited copies are within 0.011 of where they end, those for squeezed ones within 0.1."""
_WITHIN = 0.9
"""The share of a picture turned by a quarter that must lie within the other to be a part: only crops count (of 1,012
true ones, none has less than 0.97). Whole pictures are found by their hashes. One that only overlaps the other, or
nearly covers it, is another layout (wallpapers for telephones)."""
_SHOWN_WHOLE = 0.8
"""The least share of a picture that is visible if it is pasted into another one."""
_COPIES = ("same-pixels", "near", "part")
_ACROSS = 4
_LIKELY = 0.6
"""Pictures outside its group that each is compared with, and the likelihood they must have: six features in common, or
hashes within four bits."""
_RELATED_PAIRS = 15
"""Unlike photographs have at most 12 pairs of features that agree."""
_BENT_PAIRS = 30
"""The pairs that agree on how one picture lies on the other, although it is bent: of 30 that are seen from far aside or
through a wide lens none has less than 40."""


@dataclass(frozen=True, slots=True)
class ImageMatch:
    """Two pictures that match, ``left`` and ``right`` as indices."""

    left: int
    right: int
    kind: Kind
    distance_bits: int
    aligned_similarity: float
    transform: Transform

    def ordered(self, pictures: Sequence[Picture]) -> "ImageMatch":
        """Return the same with the smaller digest on the left, as it is recorded."""
        if pictures[self.left].sha256 < pictures[self.right].sha256:
            return self
        return ImageMatch(
            self.right,
            self.left,
            self.kind,
            self.distance_bits,
            self.aligned_similarity,
            self.transform.turned(),
        )


@dataclass(frozen=True, slots=True)
class Resolution:
    """The matches and groups of a set of connected pictures."""

    matches: tuple[ImageMatch, ...]
    groups: tuple[Group, ...]
    """Those with members."""
    containers: frozenset[int] = frozenset()
    """Pictures that others are pasted into."""


class Ways(Protocol):
    """The orientations in which a picture may show another, for pairs for which they are known."""

    def get(self, pair: tuple[int, int], default: Sequence[int], /) -> Sequence[int]: ...


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
        self._layers: OrderedDict[int, Layers | None] = OrderedDict()
        self._blobs: OrderedDict[int, Blobs | None] = OrderedDict()
        self._first_of = first_of_pixels(pictures)
        self._verdicts: dict[tuple[int, int], Verdict] = {}
        self._seen: dict[tuple[int, int], Verdict] = {}
        """The verdicts on the first pictures with these pixels."""
        self._orientations: Ways = dict[tuple[int, int], Sequence[int]]()
        self._wary = True

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
        self._orientations = {} if orientations is None else orientations
        self._verdicts = {}
        self._seen = {}
        groups, containers = self._group(best_first, candidates)
        matches = {
            pair: self._match(*pair, verdict, verdict.kind)
            for pair, verdict in self._verdicts.items()
            if verdict.kind is not None
        }
        for group in groups:
            for match in self._within(group):
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
        while True:
            order = sorted(best_first, key=containers.__contains__)
            rank = {picture: place for place, picture in enumerate(order)}
            groups = group_pictures(order, candidates, self._matches, apart)
            found = {group.keeper for group in groups if self._is_container(group)} - containers
            if not found:
                groups = join_fragments(groups, candidates, rank, self._matches, apart)
                groups = adopt_leftovers(
                    groups, candidates, rank, self._matches, self._matches_through, apart
                )
                groups = [self._with_nearest(group, rank) for group in groups if group.members]
                self._compare_across(groups, candidates, rank)
                return groups, containers
            containers |= found

    def _with_nearest(self, group: Group, rank: Mapping[int, int]) -> Group:
        """Return the group around that whole copy of its keeper which is nearest to the original, beside the others."""
        copies = [each for each in group.members[:_PAIRS_AMONG] if self._shows_all(group.keeper, each)]
        tried = [group.keeper, *copies[:_ELECTED]]
        losses = {one: sum(self._is_nearer(one, other) for other in tried if other != one) for one in tried}
        keeper = min(tried, key=lambda each: (losses[each], rank[each]))
        if keeper == group.keeper:
            return group
        members = [each for each in (group.keeper, *group.members) if each != keeper]
        if all(self._matches_through(keeper, group.keeper, each) for each in members if each != group.keeper):
            return Group(keeper, tuple(sorted(members, key=rank.__getitem__)))
        return group

    def _shows_all(self, keeper: int, picture: int) -> bool:
        """Return whether a picture is a copy of all of the keeper, in which nothing was changed."""
        verdict = self.verdict(keeper, picture)
        return verdict.kind in ("same-pixels", "near") and verdict.changes is None

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
        for member in group.members[:_PAIRS_AMONG]:
            verdict = self.verdict(group.keeper, member)
            if verdict.kind != "part" or box_area(verdict.right_box) < _SHOWN_WHOLE:
                continue
            layers = self.layers(group.keeper)
            if layers is not None and is_pasted(layers.grey[0], verdict.left_box):
                return True
        return False

    def match(self, left: int, right: int, orientations: Sequence[int]) -> ImageMatch | None:
        """Return how the right picture shows the left one, the features being tried in these orientations."""
        self._orientations = {(left, right): orientations}
        self._wary = False  # a person asked, and looks at what is found
        verdict = self.verdict(left, right)
        return None if verdict.kind is None else self._match(left, right, verdict, verdict.kind)

    def verdict(self, left: int, right: int) -> Verdict:
        """Return how the right picture shows the left one, if it does."""
        if left > right:
            return self.verdict(right, left).turned()
        found = self._verdicts.get((left, right))
        if found is None:
            found = self._verdicts[left, right] = self._verify(left, right)
        return found

    def _matches(self, keeper: int, picture: int) -> bool:
        return self.verdict(keeper, picture).kind in _COPIES

    def _matches_through(self, keeper: int, member: int, picture: int) -> bool:
        """Return whether the keeper is seen in a picture where one of its copies is."""
        known = self.verdict(keeper, picture)
        if known.kind in _COPIES:
            return True
        if known.moved or self._pictures[keeper].information == self._pictures[picture].information == "low":
            return False
        guess = chain(self.verdict(keeper, member).affine, self.verdict(member, picture).affine)
        left, right = (keeper, picture) if keeper < picture else (picture, keeper)
        negative = self.verdict(keeper, member).negative != self.verdict(member, picture).negative
        found = self._lay(left, right, guess if left == keeper else invert(guess), negative=negative)
        if found.kind not in _COPIES:
            return False
        self._verdicts[left, right] = found
        return True

    def _apart(self, one: int, other: int) -> bool:
        return bool(self._different) and (min(one, other), max(one, other)) in self._different

    def _verify(self, left: int, right: int) -> Verdict:
        first, second = self._first_of[left], self._first_of[right]
        if first == second:
            return Verdict("same-pixels", 1.0, IDENTITY)
        if first > second:
            first, second = second, first
        found = self._seen.get((first, second))
        if found is None:
            found = self._seen[first, second] = self._look_at(first, second)
        if self._first_of[left] != first:
            found = found.turned()
        if (left, right) in self._same and found.kind in (None, "related"):
            distances = np.bitwise_count(self._hashes.phash[left] ^ self._hashes.phash[right, 0])
            return Verdict("near", found.similarity, ORIENTATIONS[int(distances.argmin())])
        return found

    def _look_at(self, left: int, right: int) -> Verdict:
        one, other = self._pictures[left], self._pictures[right]
        ours, theirs, low = self._looked_at(left, right)
        distances = np.bitwise_count(self._hashes.phash[left] ^ self._hashes.phash[right, 0])
        orientation = int(distances.argmin())
        found = Verdict(None, 0.0, IDENTITY)
        if ours is not None and theirs is not None:
            limit = LOW_RADIUS_BITS if low == 2 else _TURNED_GUESS_BITS if orientation else _GUESS_BITS
            negatives = negative_bits(self._hashes.phash[left], self._hashes.phash[right])
            if low < 2 and negatives.min() <= min(_TURNED_GUESS_BITS, distances[orientation]):
                guess = ORIENTATIONS[int(negatives.argmin())]
                return replace(verify(ours, exchange_tones(theirs), guess, low=low), negative=True)
            if distances[orientation] <= limit:
                # Without features, a crop can be found from the whole picture only.
                rough = self.blobs(left) is None or self.blobs(right) is None
                found = verify(ours, theirs, ORIENTATIONS[orientation], low=low, rough=rough)
            elif not low and _are_alike_in_shape(one, other):
                # A place that was replaced changes the hash of the whole, and takes its features along.
                found = verify(ours, theirs, IDENTITY, doubtful=True)
                found = replace(found, kind=None) if found.kind == "related" and not found.moved else found
            if found.kind in (None, "related") and not found.moved:
                found = max(found, self._verify_part(left, right), key=_certainty)
        return found

    def _straightened(self, left: int, right: int, guess: Agreement) -> Verdict:
        """Return what is found of two pictures once the right one is straightened."""
        nothing = Verdict(None, 0.0, IDENTITY)
        ours, theirs, low = self._looked_at(left, right)
        if ours is None or theirs is None:
            return nothing
        for bend in BENDS:
            straight = straighten(ours, theirs, guess.affine, bend)
            if straight is None:
                continue
            seen = verify(ours, straight.layers, straight.affine, low=low)
            if seen.kind in _COPIES and self._is_sound(left, right, straight.affine, seen):
                return seen.bent_by(straight.bent)
        return nothing

    def _verify_part(self, left: int, right: int) -> Verdict:
        one, other = self._pictures[left], self._pictures[right]
        nothing = Verdict(None, 0.0, IDENTITY)
        if _count_low(one, other) == 2:
            return nothing
        blobs, others = self.blobs(left), self.blobs(right)
        if blobs is None or others is None:
            return nothing
        sizes = (one.width_px, one.height_px), (other.width_px, other.height_px)
        guess = agree(blobs, others, *sizes, self._orientations.get((left, right), (0, 1)))
        if guess is None:
            return nothing
        found = self._lay(left, right, guess.affine, doubtful=guess.pairs < _RELATED_PAIRS)
        if found.kind in (None, "related") and not found.moved and guess.pairs >= _BENT_PAIRS:
            found = max(found, self._straightened(left, right, guess), key=_certainty)
        if found.kind is None and guess.pairs >= _RELATED_PAIRS:
            return Verdict("related", found.similarity, guess.affine, *(shared_boxes(guess.affine) or ()))
        return found

    def _lay(
        self, left: int, right: int, guess: Affine, *, doubtful: bool = False, negative: bool = False
    ) -> Verdict:
        """Verify a guess that is not about whole pictures, and drop a result that does not agree with it."""
        ours, theirs, low = self._looked_at(left, right)
        if ours is None or theirs is None:
            return Verdict(None, 0.0, IDENTITY)
        theirs = exchange_tones(theirs) if negative else theirs
        found = replace(verify(ours, theirs, guess, low=low, doubtful=doubtful), negative=negative)
        return found if self._is_sound(left, right, guess, found) else Verdict(None, 0.0, IDENTITY)

    def _looked_at(self, left: int, right: int) -> tuple[Layers | None, Layers | None, int]:
        """Return the thumbnails as they are compared, and how many of the two have little information."""
        ours, theirs = self.layers(left), self.layers(right)
        low = _count_low(self._pictures[left], self._pictures[right])
        if low == 1 and ours is not None and theirs is not None:
            ours, theirs = coarse(ours), coarse(theirs)
        return ours, theirs, low

    def _is_sound(self, left: int, right: int, guess: Affine, found: Verdict) -> bool:
        """Return whether a result agrees with the guess that led to it, and with what such pictures may show."""
        if _drift(guess, found.affine) > _DRIFT:
            return False
        if self._wary and _is_quarter_turned(guess) and not _is_crop(found):
            return False
        one, other = self._pictures[left], self._pictures[right]
        if _count_low(one, other) and found.kind == "part":
            # A page may hold a photograph, nearly whole; what two windows have in common is their furniture.
            shown = found.left_box if one.information == "normal" else found.right_box
            return box_area(shown) >= _SHOWN_BY_PAGE
        return True

    def blobs(self, picture: int) -> Blobs | None:
        """Return a picture's local features; the latest ones are kept at hand."""
        return _at_hand(self._blobs, self._first_of[picture], self._load_blobs)

    def layers(self, picture: int) -> Layers | None:
        """Return a picture's thumbnail; the latest ones are kept at hand."""
        return _at_hand(self._layers, self._first_of[picture], self._load)

    def _match(self, left: int, right: int, verdict: Verdict, kind: Kind) -> ImageMatch:
        hashes = self._hashes.phash
        return ImageMatch(
            left,
            right,
            kind,
            distance_bits(hashes[left], hashes[right]),
            round(verdict.similarity, 4),
            replace(
                describe(verdict, self._pictures[left], self._pictures[right]),
                changes=verdict.changes,
                bend=verdict.bend,
                negative=verdict.negative,
            ),
        )

    def _within(self, group: Group) -> Iterator[ImageMatch]:
        """Yield pairs of members, each verified against the keeper already, compared where they lie on it."""
        if len(group.members) < 2:
            return
        keeper = self.layers(group.keeper)
        laid: list[tuple[int, Layers, Verdict]] = []
        rows: dict[int, int] = {}
        for member in group.members[:_PAIRS_AMONG]:
            layers, verdict = self.layers(member), self.verdict(group.keeper, member)
            if layers is not None:
                rows.setdefault(self._first_of[member], len(laid))
                laid.append((member, layers, verdict))
        if keeper is None or len(laid) < 2:
            return
        # What has the same pixels lies on the keeper in the same way: it is looked at once.
        shown = sorted(rows.values())
        place = {first: shown.index(row) for first, row in rows.items()}
        of = np.array([place[self._first_of[member]] for member, _, _ in laid])
        agreement, similarity, textured = (
            values[np.ix_(of, of)]
            for values in compare_laid([(laid[row][1], laid[row][2].affine) for row in shown])
        )
        numbers = np.array([number for number, _, _ in laid])
        second, first = np.nonzero(np.tri(len(laid), k=-1, dtype=bool) & (textured >= 6) & (agreement >= 0.5))
        swap = numbers[first] > numbers[second]
        first, second = np.where(swap, second, first), np.where(swap, first, second)
        to_keeper = np.stack([invert(verdict.affine) for _, _, verdict in laid])[first]
        onwards = np.stack([verdict.affine for _, _, verdict in laid])[second]
        affines = onwards[:, :, :2] @ to_keeper
        affines[:, :, 2] += onwards[:, :, 2]
        left_boxes, right_boxes, shared = shared_boxes_of(affines)
        same = of[first] == of[second]
        affines[same], left_boxes[same], right_boxes[same] = IDENTITY, _WHOLE, _WHOLE
        alike = np.where(same, 1.0, similarity[first, second])
        of_left, of_right = numbers[first], numbers[second]
        hashes = self._hashes.phash
        bits = np.bitwise_count(hashes[of_left] ^ hashes[of_right, :1]).min(axis=1)
        pairs = zip(
            of_left.tolist(), of_right.tolist(), same.tolist(), bits.tolist(), alike.tolist(), strict=True
        )
        described = describe_all(
            affines,
            left_boxes,
            right_boxes,
            [self._pictures[left] for left in of_left.tolist()],
            [self._pictures[right] for right in of_right.tolist()],
        )
        changed = self._changed_members(group, [number for number, _, _ in laid])
        for (left, right, equal, distance, similar), transform, usable in zip(
            pairs, described, (shared | same).tolist(), strict=True
        ):
            if not usable or (left, right) in self._verdicts or self._apart(left, right):
                continue
            whole = is_whole(transform.left_box, transform.right_box)
            kind: Kind = "same-pixels" if equal else "near" if whole else "part"
            if not equal and left in changed and right in changed:
                judged = self._judge(left, right, group.keeper, transform.left_box)
                transform = replace(transform, changes=judged.changes)
                kind = "related" if judged.moved or judged.twins else kind
            elif not equal and left in changed:
                affine = self.verdict(group.keeper, right).affine
                transform = replace(transform, changes=show_changes(changed[left], affine))
            elif not equal and right in changed:
                affine = self.verdict(group.keeper, left).affine
                changes = show_changes(changed[right], affine)
                transform = replace(transform, changes=None if changes is None else changes.turned())
            yield ImageMatch(left, right, kind, distance, round(similar, 4), transform)

    def _changed_members(self, group: Group, members: Sequence[int]) -> dict[int, Changes]:
        """Return the members that show something else than the others do, with what differs from the keeper.

        Where another copy shows what such a member does, it is the keeper that was changed.
        """
        verdicts = {member: self.verdict(group.keeper, member) for member in members}
        witness = next((each for each in members if self._shows_all(group.keeper, each)), None)
        changed = {member: verdict.changes for member, verdict in verdicts.items() if verdict.changes}
        if witness is None:
            return changed
        return {
            member: changes
            for member, changes in changed.items()
            if self._judge(member, witness, group.keeper, verdicts[member].right_box).changes
        }

    def _judge(self, left: int, right: int, keeper: int, box: Box) -> Judgement:
        """Return where two members differ, of which one shows something else than the keeper."""
        ours, theirs = self.layers(left), self.layers(right)
        if ours is None or theirs is None:
            return Judgement()
        affine = chain(self.verdict(left, keeper).affine, self.verdict(keeper, right).affine)
        return judge_differences(ours, theirs, affine, box)


def first_of_pixels(pictures: Sequence[Picture]) -> list[int]:
    """For each picture the first with the same stored pixels, which stands for all of them when pixels are compared."""
    first: dict[str, int] = {}
    return [
        number if picture.pixels_sha256 is None else first.setdefault(picture.pixels_sha256, number)
        for number, picture in enumerate(pictures)
    ]


def _is_quarter_turned(affine: Affine) -> bool:
    return abs(float(affine[0, 0])) < abs(float(affine[0, 1]))


def _is_crop(verdict: Verdict) -> bool:
    """Return whether one picture shows a part of the other and (nearly) nothing else."""
    return verdict.kind == "part" and max(box_area(verdict.left_box), box_area(verdict.right_box)) >= _WITHIN


def _count_low(one: Picture, other: Picture) -> int:
    return (one.information == "low") + (other.information == "low")


def _are_alike_in_shape(one: Picture, other: Picture) -> bool:
    shapes = [each.width_px / each.height_px for each in (one, other)]
    return max(shapes) <= 1.02 * min(shapes)


def _drift(guess: Affine, found: Affine) -> float:
    """Return how far alignment moved the right picture under the left one, as a share of its size."""
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    moved = corners @ (guess[:, :2] - found[:, :2]).T + guess[:, 2] - found[:, 2]
    return float(np.abs(moved).max() / max(1.0, math.sqrt(abs(determinant(guess)))))


def _certainty(verdict: Verdict) -> tuple[bool, bool, float]:
    return verdict.kind is not None, verdict.kind != "related", verdict.similarity


_Value = TypeVar("_Value")


def _at_hand(
    kept: OrderedDict[int, _Value | None], picture: int, load: Callable[[int], _Value | None]
) -> _Value | None:
    if picture in kept:
        kept.move_to_end(picture)
        return kept[picture]
    value = kept[picture] = load(picture)
    if len(kept) > _AT_HAND:
        kept.popitem(last=False)
    return value

"""Candidates -> verified matches and groups, one set of connected pictures at a time."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from media.matching.grouping import Group, group_pictures
from media.matching.images import (
    IDENTITY,
    LOW_RADIUS_BITS,
    ORIENTATIONS,
    Kind,
    Picture,
    Transform,
    Verdict,
    WholeHashes,
    describe,
    distance_bits,
    is_whole,
    verify_whole,
)
from media.matching.verify import Layers, chain, compare_laid, invert, shared_boxes

_GUESS_BITS = 14
"""A pair that shares a group with candidates is tried as whole pictures up to this phash distance."""
_PAIRS_AMONG = 96
"""Within a group every pair of the best so many is recorded; what follows only against the keeper."""
_LAYERS_KEPT = 192


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
        """The same with the smaller digest on the left, as it is recorded."""
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
    """What a set of connected pictures came to."""

    matches: tuple[ImageMatch, ...]
    groups: tuple[Group, ...]
    """Those with members."""


class Resolver:
    """Verifies and groups pictures; indices are those of ``pictures`` throughout."""

    def __init__(
        self,
        pictures: Sequence[Picture],
        hashes: WholeHashes,
        load: Callable[[int], Layers | None],
        *,
        same: frozenset[tuple[int, int]] = frozenset(),
        different: frozenset[tuple[int, int]] = frozenset(),
    ) -> None:
        """``load`` gives a picture's thumbnail; ``same`` and ``different`` a person's verdicts (smaller first)."""
        self._pictures = pictures
        self._hashes = hashes
        self._load = load
        self._same = same
        self._different = different
        self._layers: OrderedDict[int, Layers | None] = OrderedDict()
        self._verdicts: dict[tuple[int, int], Verdict] = {}

    def resolve(self, best_first: Sequence[int], candidates: Mapping[int, Mapping[int, float]]) -> Resolution:
        """The matches and groups of one set of connected pictures."""
        self._verdicts = {}
        groups = [
            group
            for group in group_pictures(best_first, candidates, self._matches, self._apart)
            if group.members
        ]
        matches = {
            pair: self._match(*pair, verdict, verdict.kind)
            for pair, verdict in self._verdicts.items()
            if verdict.kind is not None
        }
        for group in groups:
            for left, right, verdict in self._within(group):
                if (left, right) not in matches and verdict.kind is not None:
                    matches[left, right] = self._match(left, right, verdict, verdict.kind)
        return Resolution(tuple(matches.values()), tuple(groups))

    def verdict(self, left: int, right: int) -> Verdict:
        """How the right picture shows the left one, if it does."""
        if left > right:
            return self.verdict(right, left).turned()
        found = self._verdicts.get((left, right))
        if found is None:
            found = self._verdicts[left, right] = self._verify(left, right)
        return found

    def _matches(self, keeper: int, picture: int) -> bool:
        return self.verdict(keeper, picture).kind in ("same-pixels", "near", "part")

    def _apart(self, one: int, other: int) -> bool:
        return bool(self._different) and (min(one, other), max(one, other)) in self._different

    def _verify(self, left: int, right: int) -> Verdict:
        one, other = self._pictures[left], self._pictures[right]
        if one.pixels_sha256 is not None and one.pixels_sha256 == other.pixels_sha256:
            return Verdict("same-pixels", 1.0, IDENTITY)
        found = Verdict(None, 0.0, IDENTITY)
        distances = np.bitwise_count(self._hashes.phash[left] ^ self._hashes.phash[right, 0])
        orientation = int(distances.argmin())
        strict = "low" in (one.information, other.information)
        ours, theirs = self.layers(left), self.layers(right)
        if ours is not None and theirs is not None:
            limit = LOW_RADIUS_BITS if strict else _GUESS_BITS
            if distances[orientation] <= limit:
                found = verify_whole(ours, theirs, orientation, strict=strict)
        if (left, right) in self._same and found.kind in (None, "related"):
            return Verdict("near", found.similarity, ORIENTATIONS[orientation])
        return found

    def layers(self, picture: int) -> Layers | None:
        """A picture's thumbnail; the latest ones are kept at hand."""
        if picture in self._layers:
            self._layers.move_to_end(picture)
            return self._layers[picture]
        layers = self._layers[picture] = self._load(picture)
        if len(self._layers) > _LAYERS_KEPT:
            self._layers.popitem(last=False)
        return layers

    def _match(self, left: int, right: int, verdict: Verdict, kind: Kind) -> ImageMatch:
        hashes = self._hashes.phash
        return ImageMatch(
            left,
            right,
            kind,
            distance_bits(hashes[left], hashes[right]),
            round(verdict.similarity, 4),
            describe(verdict, self._pictures[left], self._pictures[right]),
        )

    def _within(self, group: Group) -> Iterator[tuple[int, int, Verdict]]:
        """Pairs of members, each verified against the keeper already, compared where they lie on it."""
        if len(group.members) < 2:
            return
        keeper = self.layers(group.keeper)
        laid = []
        for member in group.members[:_PAIRS_AMONG]:
            layers, verdict = self.layers(member), self.verdict(group.keeper, member)
            if layers is not None:
                laid.append((member, layers, verdict))
        if keeper is None or len(laid) < 2:
            return
        agreement, similarity, textured = compare_laid([(layers, v.affine) for _, layers, v in laid])
        for i, (one, _, to_one) in enumerate(laid):
            for j in range(i):
                other, _, to_other = laid[j]
                left, right = (one, other) if one < other else (other, one)
                if (left, right) in self._verdicts or self._apart(left, right):
                    continue
                first, second = (to_one, to_other) if one < other else (to_other, to_one)
                affine = chain(invert(first.affine), second.affine)
                pixels = self._pictures[left].pixels_sha256
                if pixels is not None and pixels == self._pictures[right].pixels_sha256:
                    yield left, right, Verdict("same-pixels", 1.0, IDENTITY)
                    continue
                boxes = shared_boxes(affine)
                if boxes is None or textured[i, j] < 4 or agreement[i, j] < 0.5:
                    continue
                kind: Kind = "near" if is_whole(*boxes) else "part"
                yield left, right, Verdict(kind, float(similarity[i, j]), affine, *boxes)

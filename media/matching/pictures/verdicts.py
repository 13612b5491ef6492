"""How two pictures of a set show one another: each pair is looked at once, from its hashes, features and pixels."""

import math
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np

from media.matching.pictures.bending import BENDS, straighten
from media.matching.pictures.features import Agreement, agree
from media.matching.pictures.orientations import IDENTITY, ORIENTATIONS, Affine
from media.matching.pictures.pairs import (
    COPIES,
    LOW_RADIUS_BITS,
    WHOLE_COPIES,
    Kind,
    Picture,
    Transform,
    Verdict,
    WholeHashes,
    describe,
    distance_bits,
    negative_bits,
    verify,
)
from media.matching.pictures.verify import (
    Layers,
    box_area,
    chain,
    coarse,
    determinant,
    exchange_tones,
    invert,
    shared_boxes,
)
from media.pictures.local_features import Blobs

_GUESS_BITS = 14
_TURNED_GUESS_BITS = 6
"""A pair that shares a group with candidates is tried as whole pictures up to this phash distance."""
_AT_HAND = 256
_SHOWN_BY_PAGE = 0.5
_DRIFT = 0.15
"""99 of 100 guesses for edited copies are within 0.011 of where they end, those for squeezed ones within 0.1."""
_WITHIN = 0.9
"""The share of a picture turned by a quarter that must lie within the other to be a part: only crops count (of 1,012
true ones, none has less than 0.97). Whole pictures are found by their hashes. One that only overlaps the other, or
nearly covers it, is another layout (wallpapers for telephones)."""
_RELATED_PAIRS = 15
"""Unlike photographs have at most 12 pairs of features that agree."""
_THROUGH = 2
"""Common copies of two pictures that are tried."""
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


class Ways(Protocol):
    """The orientations in which a picture may show another, for pairs for which they are known."""

    def get(self, pair: tuple[int, int], default: Sequence[int], /) -> Sequence[int]: ...


class Verdicts:
    """Verifies pairs of pictures, and remembers the verdicts; indices are those of ``pictures`` throughout."""

    def __init__(
        self,
        pictures: Sequence[Picture],
        hashes: WholeHashes,
        load: Callable[[int], Layers | None],
        load_blobs: Callable[[int], Blobs | None],
        *,
        same: frozenset[tuple[int, int]],
        ways: Ways,
        wary: bool = True,
    ) -> None:
        """``load`` gives a picture's thumbnail, ``load_blobs`` its local features; ``same`` are a person's verdicts,
        the smaller number first. ``ways`` says in which orientations, by their features, a picture may show another
        (the smaller number first); a pair that is not in it is tried as it is and mirrored. ``wary`` is False if a
        person asked, and looks at what is found.
        """
        self._pictures = pictures
        self._hashes = hashes
        self._load = load
        self._load_blobs = load_blobs
        self._same = same
        self._orientations = ways
        self._wary = wary
        self._layers: OrderedDict[int, Layers | None] = OrderedDict()
        self._blobs: OrderedDict[int, Blobs | None] = OrderedDict()
        self.first_of = first_of_pixels(pictures)
        """For each picture the first with the same pixels."""
        self.known: dict[tuple[int, int], Verdict] = {}
        """What was found so far, by pair, the smaller number first."""
        self._seen: dict[tuple[int, int], Verdict] = {}
        """The verdicts on the first pictures with these pixels."""
        self._copies: dict[int, dict[int, None]] = {}
        self._in_vain: set[tuple[int, int, int]] = set()
        """Where a keeper was looked for in a picture, by way of one of its copies, and was not seen."""

    def verdict(self, left: int, right: int) -> Verdict:
        """Return how the right picture shows the left one, if it does."""
        if left > right:
            return self.verdict(right, left).turned()
        found = self.known.get((left, right))
        if found is None:
            found = self._verify(left, right)
            self._keep(left, right, found)
        return found

    def _keep(self, left: int, right: int, verdict: Verdict) -> None:
        self.known[left, right] = verdict
        if verdict.kind in COPIES:
            self._copies.setdefault(left, {})[right] = None
            self._copies.setdefault(right, {})[left] = None

    def copies_of(self, picture: int) -> Collection[int]:
        """Return the pictures that are known to be copies of one, in the order in which they were found."""
        return self._copies.get(picture, {}).keys()

    def matches(self, keeper: int, picture: int) -> bool:
        """Return whether they are copies."""
        return self.verdict(keeper, picture).kind in COPIES

    def shows_all(self, keeper: int, picture: int) -> bool:
        """Return whether a picture is a copy of all of the keeper, in which nothing was changed."""
        verdict = self.verdict(keeper, picture)
        return verdict.kind in WHOLE_COPIES and verdict.changes is None

    def matches_through(self, keeper: int, member: int, picture: int) -> bool:
        """Return whether the keeper is seen in a picture where one of its copies is."""
        known = self.verdict(keeper, picture)
        if known.kind in COPIES:
            return True
        if known.moved or self._pictures[keeper].information == self._pictures[picture].information == "low":
            return False
        if (keeper, member, picture) in self._in_vain:
            return False
        here, there = self.verdict(keeper, member), self.verdict(member, picture)
        left, right = (keeper, picture) if keeper < picture else (picture, keeper)
        guess = chain(here.affine, there.affine)
        guess = guess if left == keeper else invert(guess)
        found = self._lay(left, right, guess, negative=here.negative != there.negative)
        if found.kind not in COPIES:
            self._in_vain.add((keeper, member, picture))
            return False
        self._keep(left, right, found)
        return True

    def matches_anyhow(self, keeper: int, picture: int) -> bool:
        """Return whether they are copies, if need be where a common copy of both lies on each."""
        if self.matches(keeper, picture):
            return True
        theirs = self._copies.get(picture, {})
        between = [each for each in self._copies.get(keeper, {}) if each in theirs]

        def weakest(each: int) -> float:
            return min(self.verdict(keeper, each).similarity, self.verdict(each, picture).similarity)

        best = sorted(between, key=weakest, reverse=True)[:_THROUGH]
        return any(self.matches_through(keeper, each, picture) for each in best)

    def match(self, left: int, right: int) -> ImageMatch | None:
        """Return how the right picture shows the left one as it is recorded; None if it does not."""
        verdict = self.verdict(left, right)
        if verdict.kind is None:
            return None
        hashes = self._hashes.phash
        return ImageMatch(
            left,
            right,
            verdict.kind,
            distance_bits(hashes[left], hashes[right]),
            round(verdict.similarity, 4),
            replace(
                describe(verdict, self._pictures[left], self._pictures[right]),
                changes=verdict.changes,
                bend=verdict.bend,
                negative=verdict.negative,
            ),
        )

    def _verify(self, left: int, right: int) -> Verdict:
        first, second = self.first_of[left], self.first_of[right]
        if first == second:
            return Verdict("same-pixels", 1.0, IDENTITY)
        if first > second:
            first, second = second, first
        found = self._seen.get((first, second))
        if found is None:
            found = self._seen[first, second] = self._look_at(first, second)
        if self.first_of[left] != first:
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
            if seen.kind in COPIES and self._is_sound(left, right, straight.affine, seen):
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
        return _at_hand(self._blobs, self.first_of[picture], self._load_blobs)

    def layers(self, picture: int) -> Layers | None:
        """Return a picture's thumbnail; the latest ones are kept at hand."""
        return _at_hand(self._layers, self.first_of[picture], self._load)


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

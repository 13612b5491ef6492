"""Finds pictures that show the same photograph, and how they relate.

Candidates for whole pictures come from their phash, in 8 orientations; :mod:`media.matching.pictures.verify`
then lays one on the other and looks at the pixels. Pictures with little information (flat, tiny, text-like) are
candidates only where their hashes all but agree, and must agree nearly everywhere.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt

from media import versions
from media.matching.pictures.bending import Bend, Bent
from media.matching.pictures.changes import Changes
from media.matching.pictures.differences import differ_nowhere, judge_differences
from media.matching.pictures.hamming import ALL, Hashes, join_across, join_within
from media.matching.pictures.orientations import Affine
from media.matching.pictures.templates import find_common
from media.matching.pictures.verify import (
    Box,
    Comparison,
    Layers,
    align,
    box_area,
    invert,
    shared_boxes,
)
from media.matching.runner import HERE, Runner
from media.pictures.image import Information

Kind = Literal["same-pixels", "near", "part", "related"]
WHOLE_COPIES = frozenset[Kind | None](("same-pixels", "near"))
"""Kinds of pictures of which each shows all of the other."""
COPIES = WHOLE_COPIES | frozenset[Kind | None](("part",))

MATCH_VERSION = versions.MATCH_VERSION
"""The version of the rules below; stored with every match."""

RADIUS_BITS = 8
"""phash distance of candidates as they are; the pixels decide (benchmarks/accuracy.py: no pair of distinct ones)."""
TURNED_RADIUS_BITS = 4
"""The most different bits of mirrored and turned copies: their hashes come from one transform, and differ by 2 bits."""
LOW_RADIUS_BITS = 4
"""The most different bits of both hashes if both pictures have little information: 97 in 100 of 600 smaller and
recompressed copies of maps, pages and product shots are within it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The data of a picture that matching needs."""

    sha256: str
    width_px: int
    height_px: int
    information: Information
    pixels_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Transform:
    """The way in which the right picture shows the left one."""

    mirrored: bool
    """Left and right swapped, before it is turned."""
    rotated_degrees: float
    """Counter-clockwise, 0..360."""
    scale: float
    """The ratio of lengths, in pixels of one picture to pixels of the other."""
    left_box: Box
    right_box: Box
    """The part of each that the other shows too: left, top, right, bottom in fractions."""
    changes: Changes | None = None
    """The places where they show something else, although the rest is one picture."""
    bend: Bend | None = None
    """How one of them is bent: all else is then only about right."""
    negative: bool = False
    """Dark and light are exchanged."""

    def turned(self) -> "Transform":
        """Return how the left picture shows the right one. A mirrored picture is turned back the way it was turned."""
        degrees = self.rotated_degrees if self.mirrored else (360 - self.rotated_degrees) % 360
        changes = None if self.changes is None else self.changes.turned()
        return replace(
            self,
            rotated_degrees=degrees,
            scale=1 / self.scale,
            left_box=self.right_box,
            right_box=self.left_box,
            changes=changes,
        )

    def as_json(self) -> str:
        """Return the transform as stored in image_matches."""
        (a, b, c, d), (e, f, g, h) = self.left_box, self.right_box
        return (  # json.dumps takes eight times as long, and there may be thousands in a group
            f'{{"mirrored": {"true" if self.mirrored else "false"},'
            f' "rotated_degrees": {round(self.rotated_degrees, 1) % 360}, "scale": {self.scale:.4g},'
            f' "left_box": [{a:.4f}, {b:.4f}, {c:.4f}, {d:.4f}],'
            f' "right_box": [{e:.4f}, {f:.4f}, {g:.4f}, {h:.4f}]{self._changes_as_json()}{self._more_as_json()}}}'
        )

    def _more_as_json(self) -> str:
        bent = "" if self.bend is None else f', "bent": "{self.bend}"'
        return bent + (', "negative": true' if self.negative else "")

    def _changes_as_json(self) -> str:
        if self.changes is None:
            return ""
        boxes = (self.changes.left_boxes, self.changes.right_boxes)
        ours, theirs = ([[round(edge, 4) for edge in box] for box in side] for side in boxes)
        share = round(self.changes.share, 4)
        return f', "changed_share": {share}, "changed_boxes": {ours}, "changed_boxes_right": {theirs}'


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result for a pair of candidates."""

    kind: Kind | None
    """None: not the same photograph."""
    similarity: float
    affine: Affine
    """Left to right, fractions."""
    left_box: Box = (0.0, 0.0, 1.0, 1.0)
    right_box: Box = (0.0, 0.0, 1.0, 1.0)
    changes: Changes | None = None
    moved: bool = False
    """They are frames of one scene, or twins of one template: something in the one is elsewhere, or another, in the
    other."""
    bend: Bend | None = None
    """How one of them is bent; the affine map is then only about right."""
    negative: bool = False
    """Dark and light are exchanged."""

    def turned(self) -> "Verdict":
        """Return the same from the right picture."""
        return replace(
            self,
            affine=invert(self.affine),
            left_box=self.right_box,
            right_box=self.left_box,
            changes=None if self.changes is None else self.changes.turned(),
        )

    def bent_by(self, bent: Bent) -> "Verdict":
        """Return the same of the right picture as it is, where this is a verdict on it as it was straightened."""
        changes = self.changes
        if changes is not None:
            changes = replace(changes, right_boxes=tuple(bent.place_box(each) for each in changes.left_boxes))
        return replace(self, right_box=bent.place_box(self.left_box), changes=changes, bend=bent.bend)


# --- candidates


@dataclass(frozen=True, slots=True)
class WholeHashes:
    """The hashes of n pictures."""

    phash: Hashes
    """(n, 8): as shown by each orientation."""
    dhash: Hashes
    """(n,)"""
    low: npt.NDArray[np.bool_]
    """(n,): with little information."""

    @classmethod
    def of(cls, phashes: list[bytes], dhashes: list[bytes], low: list[bool]) -> "WholeHashes":
        """From the values of fingerprints (:mod:`media.pictures.phash`)."""
        phash = np.frombuffer(b"".join(phashes), dtype=">u8").astype(np.uint64).reshape(-1, 8)
        dhash = np.frombuffer(b"".join(dhashes), dtype=">u8").astype(np.uint64)
        return cls(phash, dhash, np.array(low, dtype=bool))

    def __len__(self) -> int:
        return len(self.dhash)

    def shown(self, pictures: npt.NDArray[np.int64], way: int) -> Hashes:
        """Return the hashes of pictures as shown by an orientation (0..7), or as negatives (:data:`NEGATIVES`)."""
        return np.ascontiguousarray(
            self.phash[pictures, way]
            if way < len(_TURNS)
            else negated(self.phash[pictures, way - len(_TURNS)])
        )


_TURNS = range(8)
NEGATIVES = (8, 9)
"""The ways of a picture whose dark and light are exchanged: as it is, and mirrored, as film seen from its back."""


def negated(hashes: Hashes) -> Hashes:
    """Return the hashes of the negatives of pictures: each frequency has the other sign, but for the mean, which stays
    the largest of all.
    """
    return hashes ^ np.uint64((1 << 63) - 1)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of pictures to verify: arrays of one length."""

    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    distance_bits: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class WholeTask:
    """A share of the join of whole pictures: in one orientation, some of the choices of blocks."""

    orientation: int
    share: int
    shares: int

    @property
    def choices(self) -> slice:
        """The slice of :func:`media.matching.pictures.hamming.choices` that belongs to this share."""
        return ALL if self.shares == 1 else slice(self.share, None, self.shares)


@dataclass(frozen=True, slots=True)
class WholeIndex:
    """Finds the pairs of pictures that look alike as wholes.

    Pictures of one and the same hash are joined as one; where there are many, each is paired with the first of
    them only, so that copies cost linear memory.
    """

    hashes: WholeHashes
    classes: "Classes"

    @classmethod
    def of(cls, hashes: WholeHashes) -> "WholeIndex":
        return cls(hashes, Classes.of(hashes))

    @property
    def firsts(self) -> npt.NDArray[np.int64]:
        """One picture for each hash, ascending: the others of its hash are candidates of it already."""
        return np.sort(self.classes.firsts)

    def candidates(
        self, asked: npt.NDArray[np.int64] | None = None, runner: Runner = HERE
    ) -> Iterator[Candidates]:
        """Yield all pairs, or (at least) those with a picture of ``asked`` in them; a pair may come more than once."""
        if asked is None:
            yield from self._kept(self.classes.pairs(every := self._every(), every), 0)
            tasks = [
                WholeTask(orientation, share, runner.shares)
                for orientation in (*range(7), *NEGATIVES)  # 7 undoes 5: the same pairs from their other side
                for share in range(runner.shares)
            ]
            yield from runner.run("join_whole", partial(_join_whole, runner.share("whole", self)), tasks)
            return
        wanted = np.unique(self.classes.of_picture[asked])
        yield from self._kept(self.classes.pairs(wanted, wanted), 0)
        for orientation in (*_TURNS, *NEGATIVES):
            yield from self.joined(WholeTask(orientation, 0, 1), wanted)

    def joined(self, task: WholeTask, wanted: npt.NDArray[np.int64] | None = None) -> Iterator[Candidates]:
        """Return the pairs of two classes that a task finds: of all, or with one of the classes wanted."""
        classes, low = self.classes, self.hashes.low[self.classes.firsts]
        upright = np.ascontiguousarray(self.hashes.phash[classes.firsts, 0])
        if task.orientation == 0 and wanted is None:
            for pairs in join_within(upright, RADIUS_BITS, task.choices):
                yield from self._kept(classes.pairs(pairs.left, pairs.right), 0)
            return
        wanted = self._every() if wanted is None else wanted
        if task.orientation == 0:
            for pairs in join_across(upright[wanted], upright, RADIUS_BITS, task.choices):
                yield from self._kept(classes.pairs(wanted[pairs.left], pairs.right), 0)
            return
        # Mirrored, turned and as negatives, pictures with little information are not looked for.
        ours, normal = wanted[~low[wanted]], np.flatnonzero(~low)
        turned = self.hashes.shown(classes.firsts[ours], task.orientation)
        for pairs in join_across(turned, upright[normal], TURNED_RADIUS_BITS, task.choices):
            yield from self._kept(classes.pairs(ours[pairs.left], normal[pairs.right]), task.orientation)

    def _every(self) -> npt.NDArray[np.int64]:
        return np.arange(len(self.classes.firsts))

    def _kept(self, pairs: "PicturePairs", orientation: int) -> Iterator[Candidates]:
        found = candidates_among(pairs, self.hashes, orientation)
        if len(found.left):
            yield found


def _join_whole(index: Callable[[], WholeIndex], task: WholeTask) -> Iterator[Candidates]:
    return index().joined(task)


def candidates_among(pairs: "PicturePairs", hashes: WholeHashes, orientation: int) -> Candidates:
    """Return which pairs within the radius of this orientation of the left picture are candidates."""
    left, right = pairs.left, pairs.right
    bits = np.bitwise_count(hashes.shown(left, orientation) ^ hashes.phash[right, 0])
    across = np.bitwise_count(hashes.dhash[left] ^ hashes.dhash[right])
    strict = (bits <= LOW_RADIUS_BITS) & (across <= LOW_RADIUS_BITS)
    kept = (left != right) & (~(hashes.low[left] | hashes.low[right]) | strict)
    left, right = left[kept], right[kept]
    return Candidates(np.minimum(left, right), np.maximum(left, right), bits[kept])


@dataclass(frozen=True, slots=True)
class Classes:
    """Pictures by equal hash (and dhash, where it holds little information)."""

    of_picture: npt.NDArray[np.int64]
    firsts: npt.NDArray[np.int64]
    """The picture of the lowest number in each class."""
    order: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, hashes: WholeHashes) -> "Classes":
        keys = np.stack(
            [hashes.phash[:, 0], np.where(hashes.low, hashes.dhash, 0), hashes.low.astype(np.uint64)]
        )
        _, firsts, of_picture, counts = np.unique(
            keys, axis=1, return_index=True, return_inverse=True, return_counts=True
        )
        of_picture = of_picture.reshape(-1)
        order = np.argsort(of_picture, kind="stable")
        return cls(of_picture, firsts, order, np.concatenate([[0], np.cumsum(counts)]))

    def pairs(self, left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]) -> "PicturePairs":
        """Return pairs of pictures for pairs of classes (a class with itself: the pictures in it)."""
        sizes = np.diff(self.starts)
        single = (sizes[left] == 1) & (sizes[right] == 1)
        ones, others = [self.firsts[left[single]]], [self.firsts[right[single]]]
        for one, other in zip(left[~single].tolist(), right[~single].tolist(), strict=True):
            ours = self.order[self.starts[one] : self.starts[one + 1]]
            theirs = self.order[self.starts[other] : self.starts[other + 1]]
            if len(ours) * len(theirs) <= _ALL_PAIRS:
                ones.append(np.repeat(ours, len(theirs)))
                others.append(np.tile(theirs, len(ours)))
            else:
                ones += [np.full(len(theirs), ours[0]), ours]
                others += [theirs, np.full(len(ours), theirs[0])]
        return PicturePairs(np.concatenate(ones), np.concatenate(others))


_ALL_PAIRS = 256
"""Two classes with more pairs than this are joined by their first pictures."""


@dataclass(frozen=True, slots=True)
class PicturePairs:
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]


def distance_bits(left: Hashes, right: Hashes) -> int:
    """Phash distance of two pictures (8 hashes each) in the way that brings them nearest, as a negative or not."""
    return int(min(np.bitwise_count(left ^ right[0]).min(), negative_bits(left, right).min()))


def negative_bits(left: Hashes, right: Hashes) -> npt.NDArray[np.uint8]:
    """Phash distances of the negatives of a picture, as it is and mirrored, from another one."""
    return np.asarray(np.bitwise_count(negated(left[: len(NEGATIVES)]) ^ right[0]))


# --- verification

_AGREEMENT = 0.45
"""Share of textured blocks. Of 838 edited copies 4 have less than 0.52 (a bar over a third of the picture leaves 0.65,
a tiled watermark 0.57); of 259 unlike pictures in which some keypoints agree none has more than 0.34."""
_LIKENESS = 0.5
"""Median correlation of textured blocks. Of 28,700 pairs of edited copies none has less than 0.67; different pictures
in one frame, or under one banner, agree there to the letter and elsewhere not at all."""
_MIXED_AGREEMENT = 0.85
"""The agreement required if one picture has little information and they look alike as wholes. A photograph in bad
quality has more flat colour than before, and many windows look alike."""
_STRICT_AGREEMENT = 0.5
"""The agreement from which pictures that both have little information are examined closely: pages of small letters in
another size agree in 0.6 of their blocks."""
_RELATED_AGREEMENT = 0.3
_HOPELESS = 0.12
"""Share of textured blocks that agree under a guess as it is: of 80 true guesses from features none has less than
0.17, of 162 false ones two thirds have."""
_MOVEMENT = 0.6 / 64
"""The most movement, as a share of a side. 2 in 100 edited copies have more, mostly under a tiled watermark. So have
half of the frames in which an object moved by 2 % of the width, nineteen in twenty in which it moved by 4 %, and all
pictures of one scene seen from two places (0.83 and up)."""
_SPREAD = 0.5
_TEXTURED = 6
"""Blocks of 64."""
_WHOLE_AREA = 0.88
"""The share of a picture's area that is left if width and height were trimmed by 6 %."""


def verify(
    left: Layers, right: Layers, guess: Affine, *, low: int = 0, rough: bool = False, doubtful: bool = False
) -> Verdict:
    """Return what the pixels say of a guess how the right picture lies on the left one.

    ``low`` says how many of the two have little information; ``rough`` that the guess may be off by a tenth;
    ``doubtful`` that it may well be an accident, so that it is dropped where hardly anything agrees at once.
    """
    affine, seen = align(left, right, guess, rough=rough, least=_HOPELESS if doubtful else 0.0)
    if seen is None:
        return Verdict(None, 0.0, affine)
    if low:
        closely = _compare_closely(left, right, (guess,) if affine is guess else (affine, guess), seen)
        if low == 2 or closely.kind is not None:
            return closely
    kind = _kind(seen, low)
    if kind is not None and not low and seen.agreement < _UNDOUBTED:
        kind = None if find_common(left, right, affine, seen.left_box).is_template else kind
    found = Verdict(kind, seen.similarity, affine, seen.left_box, seen.right_box)
    if kind is None or seen.agreement < _LARGEST_CHANGE:
        return found
    moving = seen.movement > _MOVEMENT
    if moving and not is_whole(seen.left_box, seen.right_box):
        return found  # from a step aside, what is far lies still, too
    judged = judge_differences(left, right, affine, seen.left_box, movement=_MOVEMENT if moving else None)
    if moving and not judged.still:
        return found  # the guess may be wrong: it is not reported
    if judged.moved or judged.twins:
        return replace(found, kind="related", moved=True)
    # What moves is what was put in a place; the picture around it lies still.
    kind = _kind(replace(seen, movement=0.0), low) if moving else kind
    return replace(found, kind=kind, changes=judged.changes)


def _compare_closely(left: Layers, right: Layers, ways: Sequence[Affine], seen: Comparison) -> Verdict:
    """Two pictures with little information are one where no connected place differs.

    Lines of letters may lead alignment a little astray: the guess as it is counts as well.
    """
    nothing = Verdict(None, seen.similarity, ways[0], seen.left_box, seen.right_box)
    if seen.agreement < _STRICT_AGREEMENT:
        return nothing
    for affine in ways:
        boxes = shared_boxes(affine)
        if boxes is None or not is_whole(*boxes):
            continue
        if differ_nowhere(left, right, affine, boxes[0]):
            return Verdict("near", seen.similarity, affine, *boxes)
    return nothing


_UNDOUBTED = 0.85
"""The agreement from which most of what agrees is a photograph: a frame, a panel or letters hold less of a picture."""


_LARGEST_CHANGE = 0.35
"""The agreement below which it is no longer one picture with a changed part."""


def _kind(seen: Comparison, low: int) -> Kind | None:
    whole = is_whole(seen.left_box, seen.right_box)
    if seen.textured < _TEXTURED or seen.spread < _SPREAD or seen.agreement < _RELATED_AGREEMENT:
        return None
    if seen.agreement < _AGREEMENT or seen.similarity < _LIKENESS or seen.movement > _MOVEMENT:
        return "related"
    if not whole:
        return "part"
    return "near" if not low or seen.agreement >= _MIXED_AGREEMENT else "related"


def is_whole(left_box: Box, right_box: Box) -> bool:
    """Return whether each shows (nearly) all of the other: near, and not part."""
    return min(box_area(left_box), box_area(right_box)) >= _WHOLE_AREA


def describe(verdict: Verdict, left: Picture, right: Picture) -> Transform:
    """Return the transform in words a person can check, from the affine map in fractions."""
    affines, left_boxes, right_boxes = (
        np.array([each], dtype=np.float64) for each in (verdict.affine, verdict.left_box, verdict.right_box)
    )
    (described,) = describe_all(affines, left_boxes, right_boxes, [left], [right])
    return described


def describe_all(
    affines: npt.NDArray[np.float64],
    left_boxes: npt.NDArray[np.float64],
    right_boxes: npt.NDArray[np.float64],
    left: Sequence[Picture],
    right: Sequence[Picture],
) -> list[Transform]:
    """Return the same for n pairs of pictures at once: affine maps (n, 2, 3) and boxes (n, 4)."""
    linear = affines[:, :, :2] * _sizes(right)[:, :, None] / _sizes(left)[:, None, :]
    a, b, c, d = linear[:, 0, 0], linear[:, 0, 1], linear[:, 1, 0], linear[:, 1, 1]
    determinants = a * d - b * c
    sign = np.where(determinants < 0, -1, 1)
    # Both axes say by how much it is turned; taken together they are right for a squeezed picture, too.
    degrees = np.degrees(np.arctan2(b - sign * c, d + sign * a)) % 360
    columns = (sign < 0, degrees, np.sqrt(np.abs(determinants)), left_boxes, right_boxes)
    return [
        Transform(mirrored, turned, scale, tuple(ours), tuple(theirs))
        for mirrored, turned, scale, ours, theirs in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]


def _sizes(pictures: Sequence[Picture]) -> npt.NDArray[np.float64]:
    return np.array([(each.width_px, each.height_px) for each in pictures], dtype=np.float64).reshape(-1, 2)

"""Finds the areas in which two pictures of one photograph differ, and explains them.

One picture lies on the other (:mod:`media.matching.pictures.verify`). What differs in one connected place may be a
thing that has moved (the next frame of a burst: no copy), something laid over it (a caption bar, a logo), or a
change of what the photograph shows: something removed, added, copied or replaced. Recompression, noise, tone and
blur differ everywhere a little, and nowhere so that a connected place shows something else.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from media.matching.pictures.changes import Changes
from media.matching.pictures.orientations import Affine
from media.matching.pictures.verify import (
    Box,
    Grey,
    Layers,
    inside_of,
    sample_both,
)

What = Literal["changed", "moved", "overlay"]

_GRID = 128
"""Samples a side of the shared area: of a thumbnail of 200 px some 1.5 px each."""
_BLUR = 1.2
"""In samples: what recompression and another size leave of the finest detail does not count."""
_WINDOW = 9
"""Samples a side in which texture is compared."""
_QUIET = 16.0
_TEXTURE = 25.0
"""Variances (squared grey levels): of what is taken for noise, and that something must have to count."""
_UNLIKE = 0.4
"""Of the structure of two windows (the last two terms of SSIM): under it they show something else. In 500 copies
of 39 edits that change no content, no connected place has less."""
_DOUBTFUL = 0.7
_SMALLEST = 0.004
"""Share of the picture."""
_EXPLAINED = 10.0
"""Grey levels between what the tone of the rest lets expect and what is there: a clipped highlight is expected."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Difference:
    """A connected place in which two pictures differ."""

    what: What
    share: float
    """Of the shared area."""
    left_box: Box
    """In fractions of the left picture."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of the places in which two pictures differ."""

    moved: bool = False
    """Something is elsewhere: they are two frames of one scene."""
    changes: Changes | None = None


def judge_differences(left: Layers, right: Layers, affine: Affine, box: Box) -> Judgement:
    """Return whether something moved, and what was changed; ``box`` is what of the left picture the right one shows."""
    found = find_differences(left, right, affine, box)
    if any(each.what == "moved" for each in found):
        return Judgement(moved=True)
    changed = [each for each in found if each.what == "changed"]
    if not changed or len(changed) > _MANY:
        return Judgement()
    boxes = tuple(each.left_box for each in changed)
    shown = tuple(box_in_right(affine, each) for each in boxes)
    return Judgement(changes=Changes(boxes, shown, sum(each.share for each in changed)))


_MANY = 3
"""Places that are told: more are what a watermark, a screen or dust leave all over a picture."""


def box_in_right(affine: Affine, box: Box) -> Box:
    """Return where the right picture shows a box of the left one."""
    corners = np.array([(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])])
    shown = corners @ affine[:, :2].T + affine[:, 2]
    low, high = shown.min(axis=0).clip(0, 1), shown.max(axis=0).clip(0, 1)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def find_largest_difference(left: Layers, right: Layers, affine: Affine, box: Box) -> float:
    """Return the share of the shared area that the largest connected place takes in which anything differs.

    As finely as both thumbnails allow: of maps, pages and score cards a word or a figure.
    """
    longest = min(max(each.grey[0].shape) for each in (left, right))
    grid = _FINE_GRID if longest > _DETAILED else _GRID
    ours, theirs = sample_both(left, right, affine, box, grid)
    inside = inside_of(affine, box, grid)
    one, other = (np.asarray(cv2.GaussianBlur(each, (0, 0), _BLUR), np.float32) for each in (ours, theirs))
    spread, other_spread, both = _moments(one, other)
    agrees = (both / np.sqrt(spread * other_spread + 1) > 0.7) & (spread > _QUIET) & (other_spread > _QUIET)
    gain = float(np.median(np.sqrt(other_spread[agrees] / spread[agrees]))) if agrees.sum() >= 64 else 1.0
    quiet = _QUIET * max(1.0, gain * gain)
    structure = (2 * gain * both + quiet) / (gain * gain * spread + other_spread + quiet)
    textured = np.maximum(spread, other_spread / (gain * gain)) > _LETTERS
    unlike = ((structure < _UNLIKE_DETAIL) & textured) & inside
    if agrees.sum() >= 64:
        tone = _window_mean(np.abs(_tone(one, other, agrees) - other))
        unlike |= (tone > _OTHER_TONE) & ~textured & inside
    mask = np.asarray(cv2.morphologyEx(unlike.astype(np.uint8), cv2.MORPH_OPEN, _square(3)), np.uint8)
    count, _, sizes, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return float(sizes[1:, cv2.CC_STAT_AREA].max() / mask.size) if count > 1 else 0.0


_FINE_GRID = 384
_DETAILED = 256
"""Pixels of a thumbnail with detail; others hold 200."""
_LETTERS = 36.0
_UNLIKE_DETAIL = 0.5
_OTHER_TONE = 40.0
"""Grey levels: a plain field in another colour."""


def find_differences(left: Layers, right: Layers, affine: Affine, box: Box) -> list[Difference]:
    """Return the places in which the pictures differ, the largest first."""
    ours, theirs = sample_both(left, right, affine, box, _GRID)
    inside = inside_of(affine, box, _GRID)
    structure = _structure(ours, theirs, inside)
    if structure is None:
        return []
    places = _whole_places(_places(structure.unlike)[:_PLACES], structure.doubtful)
    anywhere = np.any(places, axis=0) if places else np.zeros_like(inside)
    if _has_stepped(ours, theirs, structure.alike, inside, anywhere):
        return [Difference("moved", 0.0, box)]
    return [
        Difference(_explain(ours, theirs, place, anywhere), float(place.mean()), _bounds(place, box))
        for place in places
    ]


def _bounds(place: Mask, box: Box) -> Box:
    """Return the box around a place, in fractions of the picture of which ``box`` is sampled."""
    rows, columns = (np.flatnonzero(place.any(axis=axis)) / _GRID for axis in (1, 0))
    across, down, last = box[2] - box[0], box[3] - box[1], 1 / _GRID
    return (
        float(box[0] + across * columns[0]),
        float(box[1] + down * rows[0]),
        float(box[0] + across * (columns[-1] + last)),
        float(box[1] + down * (rows[-1] + last)),
    )


_PLACES = 12
"""Looked at one by one: pictures that differ in more places are other pictures, or noise."""


@dataclass(frozen=True, slots=True)
class _Structure:
    """How alike two pictures are, window by window."""

    alike: Grey
    """Of the structure: 1 is the same."""
    unlike: Mask
    """Where windows show something else."""
    doubtful: Mask
    """Where they may: what is beside a place of that kind belongs to it."""


def _structure(ours: Grey, theirs: Grey, inside: Mask) -> _Structure | None:
    """None where next to nothing agrees."""
    one, other = (np.asarray(cv2.GaussianBlur(each, (0, 0), _BLUR), np.float32) for each in (ours, theirs))
    spread, other_spread, both = _moments(one, other)
    alike = both / np.sqrt(spread * other_spread + 1)
    agrees = (alike > 0.7) & (spread > _QUIET) & (other_spread > _QUIET) & inside
    if agrees.sum() < 64:
        return None
    gain = float(np.median(np.sqrt(other_spread[agrees] / spread[agrees])))
    quiet = _QUIET * max(1.0, gain * gain)
    structure = (2 * gain * both + quiet) / (gain * gain * spread + other_spread + quiet)
    textured = np.maximum(spread, other_spread / (gain * gain)) > _TEXTURE
    unlike = (structure < _UNLIKE) & textured & inside
    off = np.minimum(
        *(
            _window_mean(np.abs(_tone(first, second, agrees) - second))
            for first, second in ((one, other), (other, one))
        )
    )
    unlike &= off > _EXPLAINED
    doubtful = (
        unlike | (off > 1.5 * _EXPLAINED) | ((structure < _DOUBTFUL) & (off > _EXPLAINED / 2))
    ) & inside
    return _Structure(np.asarray(structure, np.float32), unlike, doubtful)


def _tone(first: Grey, second: Grey, agrees: Mask) -> Grey:
    """Return what the second picture would be if it were the first in the tone that it has where they agree."""
    bins = np.clip(first / 8, 0, 31).astype(np.int64)
    sums = np.bincount(bins[agrees], second[agrees], 32)
    counts = np.bincount(bins[agrees], minlength=32)
    known = np.flatnonzero(counts >= 8)
    curve = (
        np.interp(np.arange(32), known, sums[known] / counts[known]) if len(known) else np.arange(32) * 8.0
    )
    at = np.clip(first / 8 - 0.5, 0, 31)
    return np.asarray(np.interp(at, np.arange(32), curve), dtype=np.float32)


def _moments(one: Grey, other: Grey) -> tuple[Grey, Grey, Grey]:
    """Variances of both, and their covariance, window by window."""
    mean, other_mean = _window_mean(one), _window_mean(other)
    spread = np.maximum(_window_mean(one * one) - mean * mean, 0)
    other_spread = np.maximum(_window_mean(other * other) - other_mean * other_mean, 0)
    return spread, other_spread, _window_mean(one * other) - mean * other_mean


def _window_mean(plane: Grey) -> Grey:
    return np.asarray(cv2.blur(plane, (_WINDOW, _WINDOW), borderType=cv2.BORDER_REFLECT), np.float32)


def _places(unlike: Mask) -> list[Mask]:
    """Return connected places of some size, the largest first."""
    mask = unlike.astype(np.uint8)
    for operation, side in ((cv2.MORPH_OPEN, 3), (cv2.MORPH_CLOSE, 7), (cv2.MORPH_OPEN, 5)):
        mask = np.asarray(cv2.morphologyEx(mask, operation, _square(side)), np.uint8)
    count, labels, sizes, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    areas = sizes[:, cv2.CC_STAT_AREA] / mask.size
    return [labels == n for n in sorted(range(1, count), key=lambda n: -areas[n]) if areas[n] >= _SMALLEST]


def _whole_places(places: list[Mask], doubtful: Mask) -> list[Mask]:
    """Places with the doubtful ones that they are in, as far as these do not run away: a plain coat on a plain wall."""
    if not places:
        return []
    mask = (doubtful | np.any(places, axis=0)).astype(np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, _square(3)), np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, _square(5)), np.uint8)
    _, labels = cv2.connectedComponents(mask, connectivity=8)
    found: dict[int, Mask] = {}
    alone: list[Mask] = []
    for place in places:
        label = int(np.bincount(labels[place]).argmax())
        around = labels == label
        sure = sum(int(each.sum()) for each in places if (each & around).any())
        if label and around.sum() <= _RUNS_AWAY * sure:
            found[label] = around | place
        else:
            alone.append(place)
    return sorted([*found.values(), *alone], key=lambda place: -int(place.sum()))


_RUNS_AWAY = 2.5
"""So many times the sure part: a place that grows beyond it has run into its surroundings."""


@cache
def _square(side: int) -> npt.NDArray[np.uint8]:
    return np.ones((side, side), np.uint8)


def _explain(ours: Grey, theirs: Grey, place: Mask, anywhere: Mask) -> What:
    if _has_moved(ours, theirs, place, anywhere) or _has_moved(theirs, ours, place, anywhere):
        return "moved"
    if _covers(ours, theirs, place) or _covers(theirs, ours, place):
        return "overlay"
    return "changed"


# --- something laid over


def _covers(one: Grey, other: Grey, place: Mask) -> bool:
    """Whether the one picture has a panel or letters in this place, which end more sharply than what the other has.

    What was painted out is flat too, and ends more softly than what it hides.
    """
    sides = _sides_reached(place)
    flat = _flat_share(one, place)
    if sides >= 2:
        return flat >= _PANEL
    edge = _edge(one, place)
    return flat >= (_PANEL if sides else _PATCH) and edge >= max(_SHARP, _edge(other, place))


_PANEL = 0.22
_PATCH = 0.33
"""Share of a place that is on two grey levels, where it reaches the edge of the picture and where it does not: of 60
captions and logos nine in ten have more, of 140 things that were added or replaced one in ten."""
_SHARP = 8.0
"""Grey levels a sample along its outline: three logos in four have more."""


def _sides_reached(place: Mask) -> int:
    reach = 3
    return sum(
        bool(edge.any()) for edge in (place[:reach], place[-reach:], place[:, :reach], place[:, -reach:])
    )


def _flat_share(grey: Grey, place: Mask) -> float:
    """Share of a place that is on its two most frequent grey levels (each with two on both sides)."""
    levels = np.clip(np.round(grey[place]), 0, 255).astype(np.int64)
    near = np.convolve(np.bincount(levels, minlength=256), np.ones(5), mode="same")
    first = int(near.argmax())
    rest = near.copy()
    rest[max(0, first - 4) : first + 5] = 0
    return float((near[first] + rest.max()) / len(levels))


def _edge(grey: Grey, place: Mask) -> float:
    """Return how sharply a place ends: the upper quartile of the slopes along its outline."""
    mask = place.astype(np.uint8)
    outline = cv2.dilate(mask, _square(7)) > cv2.erode(mask, _square(7))
    across, down = (cv2.Sobel(grey, cv2.CV_32F, *axis) / 8 for axis in ((1, 0), (0, 1)))
    return float(np.percentile(np.hypot(across, down)[outline], 75))


# --- something moved


def _has_moved(one: Grey, other: Grey, place: Mask, anywhere: Mask) -> bool:
    """Whether pieces of a place are in the other picture too, all of them as far aside, where it differs as well."""
    pieces = _pieces(place, one)
    looked = len(pieces)
    steps = [
        step
        for top, first in pieces
        if (step := _find_piece(one[top : top + _PIECE, first : first + _PIECE], other, anywhere, top, first))
    ]
    if len(steps) < _TOGETHER:
        return False
    ways = np.array(steps)
    near = (np.abs(ways[:, None] - ways[None, :]).max(axis=2) <= _SAME_STEP).sum(axis=1)
    return bool(near.max() >= max(_TOGETHER, _MOVED * looked))


_PIECE = 12
_AWAY = 30
"""Samples: of a piece that is looked for, and how far."""
_PLAIN = 7.0
"""Grey levels of deviation: a piece with less is anywhere."""
_FOUND = 0.8
_TOGETHER = 3
_SAME_STEP = 1
_MOVED = 0.25
"""Correlation at which a piece is found again; pieces that have to lie as far aside, within a sample; their share of
those that were looked for."""


def _has_stepped(ours: Grey, theirs: Grey, structure: Grey, inside: Mask, anywhere: Mask) -> bool:
    """Whether a thing has gone on by so little that it still covers itself: pieces lie as far aside, the rest still.

    In a picture that is bent, or seen at an angle, pieces lie aside in many ways.
    """
    around = cv2.dilate(anywhere.astype(np.uint8), _square(2 * _PIECE + 1)) > 0
    pieces = _pieces(inside & ~around, ours, limit=1 << 10)
    alike = _piece_mean(structure)
    steps = [
        (*step, top, first)
        for top, first in pieces
        if alike[top, first] < _SHIFTED and (step := _find_near(ours, theirs, top, first))
    ]
    if not _STEPPED <= len(steps) <= _FEW * len(pieces):
        return False
    ways = np.array(steps)
    same = np.abs(ways[:, None, :2] - ways[None, :, :2]).max(axis=2) <= _SAME_STEP
    near = np.abs(ways[:, None, 2:] - ways[None, :, 2:]).max(axis=2) <= 3 * _PIECE
    together = (same & near).sum(axis=1).max()
    return bool(together >= max(_STEPPED, _MOST * len(steps)))


_SHIFTED = 0.85
_STEPPED = 8
_FEW = 0.35
_MOST = 0.6
_NEAR = 5
_BETTER = 0.15
"""Correlation by which a piece must fit better aside than where it was, and than what lies there in its own picture. Of
35 pieces that were found aside in copies (clipped, or tilted before black) none does the latter."""


def _find_near(one: Grey, other: Grey, top: int, first: int) -> tuple[int, int] | None:
    """Return how little aside the other picture shows a piece: down, across; None: not, or where it is.

    Along an edge, or in a pattern, a piece is like what lies beside it in its own picture: that tells of no step.
    """
    piece = one[top : top + _PIECE, first : first + _PIECE]
    low_y, low_x = max(0, top - _NEAR), max(0, first - _NEAR)
    around = other[low_y : top + _PIECE + _NEAR, low_x : first + _PIECE + _NEAR]
    scores = cv2.matchTemplate(around, piece, cv2.TM_CCOEFF_NORMED)
    y, x = np.unravel_index(int(scores.argmax()), scores.shape)
    down, across = low_y + int(y) - top, low_x + int(x) - first
    better = scores[y, x] - scores[top - low_y, first - low_x]
    if scores[y, x] <= 0.85 or better <= _BETTER or max(abs(down), abs(across)) < 2:
        return None
    beside = one[top + down : top + down + _PIECE, first + across : first + across + _PIECE]
    own = float(cv2.matchTemplate(beside, piece, cv2.TM_CCOEFF_NORMED)[0, 0])
    return (down, across) if scores[y, x] - own > _BETTER else None


def _pieces(place: Mask, grey: Grey, limit: int = 160) -> list[tuple[int, int]]:
    """Top left corners of pieces that lie in a place, and are not plain; about ``limit`` tell enough."""
    mean = _piece_mean(grey)
    spread = _piece_mean(grey * grey) - mean * mean
    chosen = (_piece_mean(place.astype(np.float32)) > 0.6) & (spread > _PLAIN * _PLAIN)
    step = _PIECE // 3
    corners = np.argwhere(chosen[: _GRID - _PIECE + 1 : step, : _GRID - _PIECE + 1 : step]) * step
    if len(corners) > limit:
        corners = corners[:: -(-len(corners) // limit)]
    return [(int(top), int(first)) for top, first in corners]


def _piece_mean(plane: Grey) -> Grey:
    """For each top left corner the mean over a piece."""
    side = (_PIECE, _PIECE)
    return np.asarray(
        cv2.boxFilter(plane, -1, side, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT), np.float32
    )


def _find_piece(piece: Grey, other: Grey, anywhere: Mask, top: int, first: int) -> tuple[int, int] | None:
    """Return how far aside the other picture shows a piece: down, across; None: not, or where it is."""
    low_y, low_x = max(0, top - _AWAY), max(0, first - _AWAY)
    around = np.s_[low_y : top + _PIECE + _AWAY, low_x : first + _PIECE + _AWAY]
    scores = cv2.matchTemplate(other[around], piece, cv2.TM_CCOEFF_NORMED)
    covered = _piece_mean(anywhere[around].astype(np.float32))
    scores[covered[: scores.shape[0], : scores.shape[1]] < 0.4] = -1
    y, x = np.unravel_index(int(scores.argmax()), scores.shape)
    down, across = low_y + int(y) - top, low_x + int(x) - first
    return (down, across) if scores[y, x] > _FOUND and max(abs(down), abs(across)) >= 2 else None

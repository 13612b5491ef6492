"""Finds the areas in which two pictures of one photograph differ, and explains them.

One picture lies on the other (:mod:`media.matching.pictures.verify`). What differs in one connected place may be a
thing that has moved (the next frame of a burst: no copy), something laid over it (a caption bar, a logo), or a
change of what the photograph shows: something removed, added, copied or replaced. Recompression, noise, tone and
blur differ everywhere a little, and nowhere so that a connected place shows something else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from media.matching.pictures.changes import Changes
from media.matching.pictures.moved import GRID, Mask, find_covered, has_moved, has_stepped, square
from media.matching.pictures.orientations import Affine
from media.matching.pictures.templates import flat_share
from media.matching.pictures.verify import (
    Box,
    Grey,
    Layers,
    box_area,
    inside_of,
    movement_outside,
    sample_both,
)

What = Literal["changed", "moved", "overlay", "drawn"]
"""``drawn``: letters, lines and shapes, which are sharper than photographs; laid over it like an overlay."""

_BLUR = 1.2
"""The blur in samples, which removes the finest detail: recompression and resizing change it."""
_WINDOW, _NARROW = 9, 5
"""Samples a side in which texture is compared, and letters."""
_QUIET = 16.0
_TEXTURE = 25.0
"""Variances (squared grey levels): of what is taken for noise, and that something must have to count."""
_UNLIKE = 0.4
"""The similarity of structure of two windows (the last two terms of SSIM) below which they show something else. In 500
copies of 39 edits that change no content, no connected place has less."""
_DOUBTFUL = 0.7
_SMALLEST = 0.004
"""Share of the picture."""
_EXPLAINED = 10.0
"""Grey levels between what the tone of the rest lets expect and what is there: a clipped highlight is expected."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A connected place in which two pictures differ."""

    what: What
    share: float
    """The part of the shared area that it takes, 0 to 1."""
    left_box: Box
    """Its box in fractions of the left picture."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The result for the places in which two pictures differ."""

    moved: bool = False
    """Something is elsewhere: they are two frames of one scene."""
    twins: bool = False
    """Each holds things all over it that the other lacks, or most of it shows something else: one template, twice."""
    changes: Changes | None = None
    still: bool = False
    """Whether the places are large, and nothing outside them has moved. A moving object would take less."""


def judge_differences(
    left: Layers, right: Layers, affine: Affine, box: Box, *, movement: float | None = None
) -> Judgement:
    """Return whether something moved, and what was changed; ``box`` is the part of the left picture in the right one.

    With ``movement``, also return whether blocks outside the places that differ are displaced by no more than that.
    """
    ours, theirs = sample_both(left, right, affine, box, GRID)
    inside = inside_of(affine, box, GRID)
    structure = _structure(ours, theirs, inside)
    if structure is None:
        return Judgement()
    differences, anywhere = _find_in(ours, theirs, structure, inside, box)
    found: list[Difference] = []
    for each in differences:
        if each.what == "moved":
            return Judgement(moved=True)  # the other places need no explanation
        found.append(each)
    changed = [each for each in found if each.what == "changed"]
    share = sum(each.share for each in changed)
    put_in = share + sum(each.share for each in found if each.what == "drawn")
    if put_in > _OTHER_PICTURE or _are_twins(ours, theirs, inside):
        return Judgement(twins=True)
    still = (
        movement is not None
        and put_in >= _REPLACED
        and movement_outside(left, right, affine, box, anywhere) <= movement
    )
    if not changed or len(changed) > _MANY:
        return Judgement(still=still)
    boxes = tuple(each.left_box for each in changed)
    shown = tuple(box_in_right(affine, each) for each in boxes)
    return Judgement(changes=Changes(boxes, shown, share), still=still)


_MANY = 3
"""The most places reported: more come from a watermark, a screen or dust all over a picture."""
_REPLACED = 0.1
"""Share of the shared area: of a fifth that was replaced, 0.11 and more are seen to differ."""
_OTHER_PICTURE = 0.55
"""Share of the shared area that shows something else, from which on what agrees is a frame around another picture."""


def box_in_right(affine: Affine, box: Box) -> Box:
    """Return where the right picture shows a box of the left one."""
    corners = np.array([(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])])
    shown = corners @ affine[:, :2].T + affine[:, 2]
    low, high = shown.min(axis=0).clip(0, 1), shown.max(axis=0).clip(0, 1)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def show_changes(changes: Changes, affine: Affine) -> Changes | None:
    """Return what a changed picture is to another copy of the keeper, in which nothing was changed.

    :param changes: from the keeper to the changed picture.
    :param affine: from the keeper to the copy. A place that the copy does not show is left out.
    """
    shown = [
        (ours, box)
        for keepers, ours in zip(changes.left_boxes, changes.right_boxes, strict=True)
        if box_area(box := box_in_right(affine, keepers)) > 0
    ]
    if not shown:
        return None
    ours, theirs = zip(*shown, strict=True)
    return Changes(ours, theirs, changes.share)


def differ_nowhere(left: Layers, right: Layers, affine: Affine, box: Box) -> bool:
    """Return whether no connected place of the shared area shows anything else.

    As finely as both thumbnails allow: of maps, pages and score cards a word or a figure.
    """
    longest = min(max(each.grey[0].shape) for each in (left, right))
    grid = _FINE_GRID if longest > _DETAILED else GRID
    ours, theirs = sample_both(left, right, affine, box, grid)
    inside = inside_of(affine, box, grid)
    one, other = (np.asarray(cv2.GaussianBlur(each, (0, 0), _BLUR), np.float32) for each in (ours, theirs))
    return not any(_differ_by(one, other, inside, window, allowed) for window, allowed in _NOTHING.items())


def _differ_by(one: Grey, other: Grey, inside: Mask, window: int, allowed: float) -> bool:
    """Return whether a connected place in which anything differs takes more than ``allowed`` of the shared area."""
    spread, other_spread, both = _moments(one, other, window)
    agrees = (both / np.sqrt(spread * other_spread + 1) > 0.7) & (spread > _QUIET) & (other_spread > _QUIET)
    known = np.count_nonzero(agrees) >= 64
    gain = _median_gain(spread, other_spread, agrees) if known else 1.0
    quiet = _QUIET * max(1.0, gain * gain)
    structure = (2 * gain * both + quiet) / (gain * gain * spread + other_spread + quiet)
    textured = np.maximum(spread, other_spread / (gain * gain)) > _LETTERS
    unlike = ((structure < _UNLIKE_DETAIL) & textured) & inside
    if _largest_share(unlike) > allowed:
        return True  # with what has another tone, it would only be larger
    if not known:
        return False
    tone = _window_mean(np.abs(_tone(one, other, agrees) - other))
    return _largest_share(unlike | ((tone > _OTHER_TONE) & ~textured & inside)) > allowed


def _largest_share(unlike: Mask) -> float:
    """Return the share of the shared area that the largest connected place takes."""
    mask = np.asarray(cv2.morphologyEx(unlike.astype(np.uint8), cv2.MORPH_OPEN, square(3)), np.uint8)
    _, shares = _components(mask)
    return float(shares.max(initial=0.0))


_NOTHING = {_WINDOW: 6e-4, _NARROW: 2e-4}
"""Share of the shared area, by the windows. Smaller and recompressed copies of pages, charts, score cards and product
shots have no larger place that differs (48 of 48); of 290 pairs of one template with other words or figures the least
that differs, a 6 for a 5, takes 3.5e-4 in narrow windows, and nothing in wide ones."""
_FINE_GRID = 384
_DETAILED = 256
"""Pixels of a thumbnail with detail; others hold 200."""
_LETTERS = 36.0
_UNLIKE_DETAIL = 0.5
_OTHER_TONE = 40.0
"""Grey levels: a plain field in another colour."""


def find_differences(left: Layers, right: Layers, affine: Affine, box: Box) -> list[Difference]:
    """Return the places in which the pictures differ, the largest first."""
    ours, theirs = sample_both(left, right, affine, box, GRID)
    inside = inside_of(affine, box, GRID)
    structure = _structure(ours, theirs, inside)
    return [] if structure is None else list(_find_in(ours, theirs, structure, inside, box)[0])


def _find_in(
    ours: Grey, theirs: Grey, structure: "_Structure", inside: Mask, box: Box
) -> tuple[Iterator[Difference], Mask]:
    """Return the places, which are explained one by one, and all of them as a mask."""
    places = _whole_places(_places(structure.unlike)[:_PLACES], structure.doubtful)
    anywhere = np.any(places, axis=0) if places else np.zeros_like(inside)
    if has_stepped(ours, theirs, structure.alike, inside, anywhere):
        return iter([Difference("moved", 0.0, box)]), anywhere
    return _explain_all(ours, theirs, places, anywhere, structure.agrees, box), anywhere


def _explain_all(
    ours: Grey, theirs: Grey, places: list[Mask], anywhere: Mask, agrees: Mask, box: Box
) -> Iterator[Difference]:
    covered = find_covered(anywhere) if places else anywhere
    find_odd = cache(lambda: _find_odd(ours, theirs, agrees))
    for place in places:
        what = _explain(ours, theirs, place, covered, find_odd)
        yield Difference(what, float(place.mean()), _bounds(place, box))


def _bounds(place: Mask, box: Box) -> Box:
    """Return the box around a place, in fractions of the picture of which ``box`` is sampled."""
    rows, columns = (np.flatnonzero(place.any(axis=axis)) / GRID for axis in (1, 0))
    across, down, last = box[2] - box[0], box[3] - box[1], 1 / GRID
    return (
        float(box[0] + across * columns[0]),
        float(box[1] + down * rows[0]),
        float(box[0] + across * (columns[-1] + last)),
        float(box[1] + down * (rows[-1] + last)),
    )


_PLACES = 8
"""Looked at one by one: pictures that differ in more places are other pictures, or noise."""


@dataclass(frozen=True, slots=True)
class _Structure:
    """The similarity of two pictures, window by window."""

    alike: Grey
    """The similarity of structure; 1 means the same."""
    unlike: Mask
    """The windows that show something else."""
    doubtful: Mask
    """The windows that may show something else: those beside a sure place belong to it."""
    agrees: Mask
    """The windows with texture that is alike, by which the tone of both is known."""


def _structure(ours: Grey, theirs: Grey, inside: Mask) -> _Structure | None:
    """None where next to nothing agrees."""
    one, other = (np.asarray(cv2.GaussianBlur(each, (0, 0), _BLUR), np.float32) for each in (ours, theirs))
    spread, other_spread, both = _moments(one, other)
    alike = both / np.sqrt(spread * other_spread + 1)
    agrees = (alike > 0.7) & (spread > _QUIET) & (other_spread > _QUIET) & inside
    if np.count_nonzero(agrees) < 64:
        return None
    gain = _median_gain(spread, other_spread, agrees)
    quiet = _QUIET * max(1.0, gain * gain)
    structure = (2 * gain * both + quiet) / (gain * gain * spread + other_spread + quiet)
    textured = np.maximum(spread, other_spread / (gain * gain)) > _TEXTURE
    unlike = (structure < _UNLIKE) & textured & inside
    if not _places(unlike):  # nor in what the tone of the rest leaves of them
        nothing = np.zeros_like(inside)
        return _Structure(np.asarray(structure, np.float32), nothing, nothing, np.asarray(agrees))
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
    return _Structure(np.asarray(structure, np.float32), unlike, doubtful, np.asarray(agrees))


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


def _moments(one: Grey, other: Grey, window: int = _WINDOW) -> tuple[Grey, Grey, Grey]:
    """Variances of both, and their covariance, window by window."""
    mean, other_mean = _window_mean(one, window), _window_mean(other, window)
    spread = np.maximum(_window_mean(one * one, window) - mean * mean, 0)
    other_spread = np.maximum(_window_mean(other * other, window) - other_mean * other_mean, 0)
    return spread, other_spread, _window_mean(one * other, window) - mean * other_mean


def _median_gain(spread: Grey, other_spread: Grey, agrees: Mask) -> float:
    """Return by how much the contrast of the other picture is higher, in the median of the windows that agree."""
    gains = np.sqrt(other_spread[agrees] / spread[agrees])
    half = len(gains) // 2
    if len(gains) % 2:
        return float(np.partition(gains, half)[half])
    gains = np.partition(gains, (half - 1, half))  # in half the time of NumPy's median
    return float((gains[half - 1] + gains[half]) / 2)


def _window_mean(plane: Grey, window: int = _WINDOW) -> Grey:
    return np.asarray(cv2.blur(plane, (window, window), borderType=cv2.BORDER_REFLECT), np.float32)


def _places(unlike: Mask) -> list[Mask]:
    """Return connected places of some size, the largest first."""
    mask = unlike.astype(np.uint8)
    for operation, side in ((cv2.MORPH_OPEN, 3), (cv2.MORPH_CLOSE, 7), (cv2.MORPH_OPEN, 5)):
        mask = np.asarray(cv2.morphologyEx(mask, operation, square(side)), np.uint8)
    labels, shares = _components(mask)
    largest_first = sorted(range(1, len(shares)), key=lambda n: -shares[n])
    return [labels == n for n in largest_first if shares[n] >= _SMALLEST]


def _components(mask: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """Return the number of the connected place that each sample is in, 0 for none, and the share of the picture that
    each place takes, by its number; 0 for what is in none.
    """
    if not cv2.countNonZero(mask):
        return np.zeros(mask.shape, np.int32), np.zeros(1)
    _, labels = cv2.connectedComponents(mask, connectivity=8)  # with sizes, it takes ten times as long
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(labels, np.int32), sizes / mask.size


def _whole_places(places: list[Mask], doubtful: Mask) -> list[Mask]:
    """Places with the doubtful ones that they are in, as far as these do not run away: a plain coat on a plain wall."""
    if not places:
        return []
    mask = (doubtful | np.any(places, axis=0)).astype(np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, square(3)), np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, square(5)), np.uint8)
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
"""The most that a place may grow, as a multiple of its sure part: a larger one has run into its surroundings."""


def _explain(ours: Grey, theirs: Grey, place: Mask, covered: Mask, find_odd: Callable[[], Mask]) -> What:
    if has_moved(ours, theirs, place, covered) or has_moved(theirs, ours, place, covered):
        return "moved"
    if _covers(ours, theirs, place) or _covers(theirs, ours, place):
        return "overlay"
    return "drawn" if _is_drawn(ours, theirs, place, place & find_odd()) else "changed"


# --- something laid over


def _covers(one: Grey, other: Grey, place: Mask) -> bool:
    """Return whether the one picture has a panel or letters here, which end more sharply than what the other has.

    What was painted out is flat too, and ends more softly than what it hides.
    """
    sides = _sides_reached(place)
    flat = flat_share(one, place)
    if sides >= 2:
        return flat >= _PANEL
    if flat < (_PANEL if sides else _PATCH):
        return False
    edge = _edge(one, place)
    return edge >= _SHARP and edge >= _edge(other, place)


def _is_drawn(ours: Grey, theirs: Grey, place: Mask, odd: Mask) -> bool:
    """Return whether letters, lines or shapes make the difference, by their slopes, or whether it is too small to tell.

    ``odd`` are the samples of the place that differ.
    """
    if odd.sum() < _FEW_ODD:
        return True
    slopes = [_steepness(grey, place) for grey in (ours, theirs)]
    flat = [flat_share(grey, odd, _NEAR_LEVEL) for grey in (ours, theirs)]
    share = float(place.mean())
    if share < _TELLING and (max(flat) >= _PLAIN_SHARE or odd.sum() <= _MOSTLY_ODD * place.sum()):
        return True
    if max(slopes) < _STEEP or max(slopes) - min(slopes) < _STEEPER:
        return False
    thick = cv2.erode(odd.astype(np.uint8), square(3)).sum() / odd.sum()
    if share < _LARGE:
        return bool(thick <= _THIN or flat[int(slopes[1] > slopes[0])] >= _TWO_LEVELS)
    return bool(thick <= _THIN / 2 or (_sides_reached(place) >= 2 and max(flat) >= _BANNER))


_FEW_ODD = 9
_TELLING = 0.03
_PLAIN_SHARE = 0.55
_MOSTLY_ODD = 0.45
"""Share of the picture from which a place is told, and of a smaller one the samples that must differ, and the most that
may be on two grey levels. Of 226 places that were removed, added or replaced 2 are not told for that; of 163 letters,
stickers, circles and dark corners 94 are."""
_STEEP, _STEEPER = 33.0, 14.0
_THIN, _TWO_LEVELS, _BANNER, _LARGE = 0.35, 0.6, 0.38, 0.1
"""Slopes (grey levels a sample, of the steepest tenth of a place) that drawings have, and how much steeper than in the
other picture; the share of what differs that is left if its outline is taken away; the share of it on two grey levels.
Of the same places 8 more are taken for drawn, and of the letters and shapes 47 more."""
_NEAR_LEVEL = 6


def _steepness(grey: Grey, place: Mask) -> float:
    """Return the slope that the steepest tenth of a place exceeds."""
    near = _window_around(place)
    return float(np.percentile(_slopes(grey[near])[place[near]], 90))


def _slopes(grey: Grey) -> Grey:
    across, down = (cv2.Sobel(grey, cv2.CV_32F, *axis) / 8 for axis in ((1, 0), (0, 1)))
    return np.asarray(np.hypot(across, down), np.float32)


def _window_around(place: Mask) -> tuple[slice, slice]:
    """Return the rows and columns of a place, with as many on each side as its slopes and outline depend on."""
    rows, columns = (np.flatnonzero(place.any(axis=axis)) for axis in (1, 0))
    return slice(max(0, rows[0] - 4), rows[-1] + 5), slice(max(0, columns[0] - 4), columns[-1] + 5)


def _find_odd(ours: Grey, theirs: Grey, agrees: Mask) -> Mask:
    """Return the samples that differ by more than the tone of the rest explains."""
    off = np.minimum(np.abs(_tone(ours, theirs, agrees) - theirs), np.abs(_tone(theirs, ours, agrees) - ours))
    return np.asarray(off > _ODD)


_ODD = 25.0
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


def _edge(grey: Grey, place: Mask) -> float:
    """Return how sharply a place ends: the upper quartile of the slopes along its outline."""
    near = _window_around(place)
    mask = place[near].astype(np.uint8)
    outline = cv2.dilate(mask, square(7)) > cv2.erode(mask, square(7))
    return float(np.percentile(_slopes(grey[near])[outline], 75))


# --- twins of a template


def _are_twins(ours: Grey, theirs: Grey, inside: Mask) -> bool:
    """Return whether each picture holds things in several places where the other holds none, as maps with other names.

    A copy has something laid over it, and the original has not; what replaces something lies where that was.
    """
    one, other = (np.asarray(cv2.GaussianBlur(each, (0, 0), 1.0), np.float32) for each in (ours, theirs))
    spread, other_spread, both = _moments(one, other, _NARROW)
    agrees = (both / np.sqrt(spread * other_spread + 1) > 0.7) & (spread > _QUIET) & (other_spread > _QUIET)
    agrees &= inside
    if np.count_nonzero(agrees) < 64:
        return False
    gain = _median_gain(spread, other_spread, agrees)
    spread, both = spread * gain * gain, both * gain
    unlike = ((2 * both + _TEXTURE) / (spread + other_spread + _TEXTURE) < _UNLIKE_DETAIL) & inside
    least = _DRAWN * max(1.0, gain * gain)
    alone = list[npt.NDArray[np.uint8]]()
    for own, others in ((spread, other_spread), (other_spread, spread)):
        drawn = (unlike & (own > least) & (own > 4 * others)).astype(np.uint8)
        drawn = np.asarray(cv2.morphologyEx(drawn, cv2.MORPH_OPEN, square(2)), np.uint8)
        if not cv2.countNonZero(drawn):
            return False
        alone.append(drawn)
    return all(
        count >= _THINGS and share >= _THINGS_SHARE
        for count, share in (_apart(*alone), _apart(*reversed(alone)))
    )


def _apart(own: npt.NDArray[np.uint8], others: npt.NDArray[np.uint8]) -> tuple[int, float]:
    """Return how many places of a mask lie apart from those of the other, and what share of the picture they take."""
    labels, shares = _components(np.asarray(cv2.morphologyEx(own, cv2.MORPH_CLOSE, square(3)), np.uint8))
    chosen = shares >= 8e-4
    if np.count_nonzero(chosen) < _THINGS:
        return 0, 0.0
    near = cv2.dilate(others, square(7)) > 0
    beside = np.bincount(labels[near], minlength=len(shares)) / np.maximum(1, shares * own.size)
    chosen &= beside < 0.15
    return int(chosen.sum()), float(shares[chosen].sum())


_DRAWN = 60.0
"""Variance that letters and lines have, and land, skin or sky seldom."""
_THINGS, _THINGS_SHARE = 4, 0.01
"""Places that each has of its own, and the share of the picture that they take: of 10 pairs of maps with other names 9
have as many (8 in the median), of 300 edited copies, and of 150 of which a part was replaced, none. A caption bar and a
logo over a busy ground leave 2."""

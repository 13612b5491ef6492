"""Decides whether an object has moved between two aligned pictures, as in two frames of one scene."""

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from media.matching.pictures.verify import Grey

Mask = npt.NDArray[np.bool_]

GRID = 128
"""Samples a side of the area that two pictures share: of a thumbnail of 200 px some 1.5 px each."""


@cache
def square(side: int) -> npt.NDArray[np.uint8]:
    """Return a kernel of so many samples a side."""
    return np.ones((side, side), np.uint8)


def has_moved(one: Grey, other: Grey, place: Mask, covered: Mask) -> bool:
    """Return whether pieces of a place are in the other picture too, all of them as far aside.

    ``covered`` says where they may be (:func:`find_covered`).
    """
    pieces = _pieces(place, one, limit=_LOOKED_AT)
    enough = max(_TOGETHER, _MOVED * len(pieces))
    steps = list[tuple[int, int]]()
    for number, (top, first) in enumerate(pieces[_scattered(len(pieces))].tolist()):
        if len(steps) + len(pieces) - number < enough or (number == _FIRST_LOOK and not steps):
            return False
        if step := _find_piece(one, other, covered, top, first):
            steps.append(step)
            if len(steps) >= enough and _most_alike(np.array(steps)) >= enough:
                return True
    return False


def _most_alike(steps: npt.NDArray[np.int64]) -> int:
    """Return how many steps (n, 2) are about the same, at the most."""
    return int((np.abs(steps[:, None] - steps[None, :]).max(axis=2) <= _SAME_STEP).sum(axis=1).max())


def find_covered(anywhere: Mask) -> Mask:
    """Return at which top left corners a piece lies where the pictures differ."""
    return np.asarray(_piece_mean(anywhere.astype(np.float32)) >= _COVERED)


def _scattered(count: int) -> list[int]:
    """Return the numbers up to ``count``, those that follow one another far apart."""
    return [number for start in range(_SCATTER) for number in range(start, count, _SCATTER)]


_SCATTER = 4
_LOOKED_AT = 24
_FIRST_LOOK = 8
"""The number of pieces of a place that are searched for. If none of the first ones is found, the search ends. Each
piece takes 0.1 ms."""
_PIECE = 12
_AWAY = 30
"""Samples: of a piece that is looked for, and how far."""
_PLAIN = 7.0
"""Grey levels of deviation: a piece with less is anywhere."""
_COVERED = 0.4
"""Share of a piece that differs where it is found."""
_FOUND = 0.8
_TOGETHER = 3
_SAME_STEP = 1
_MOVED = 0.25
"""Correlation at which a piece is found again; pieces that have to lie as far aside, within a sample; their share of
those that were looked for."""


def has_stepped(ours: Grey, theirs: Grey, structure: Grey, inside: Mask, anywhere: Mask) -> bool:
    """Return whether an object has moved by less than its size: some pieces are displaced, and the rest is still.

    In a picture that is bent, or seen at an angle, pieces are displaced in many directions.
    """
    outside = inside
    if anywhere.any():
        outside = inside & (cv2.dilate(anywhere.astype(np.uint8), square(2 * _PIECE + 1)) == 0)
    pieces = _pieces(outside, ours, limit=1 << 10)
    alike = _piece_mean(structure)
    shifted = pieces[alike[tuple(pieces.T)] < _SHIFTED]
    if len(shifted) >= _STEPPED:
        shifted = shifted[~_are_in_place(ours, theirs)[tuple(shifted.T)]]
    steps = list[tuple[int, int, int, int]]()
    for number, (top, first) in enumerate(shifted.tolist()):
        if len(steps) + len(shifted) - number < _STEPPED or len(steps) > _FEW * len(pieces):
            return False
        if step := _find_near(ours, theirs, top, first):
            steps.append((*step, top, first))
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


def _are_in_place(ours: Grey, theirs: Grey) -> Mask:
    """For each top left corner whether a piece fits so well where it was that it can fit nowhere much better.

    Sums over all pieces at once are a little less exact than each piece on its own: some that fit are left to that.
    """
    mean, other_mean = _piece_mean(ours), _piece_mean(theirs)
    spread, other_spread = (
        _piece_mean(grey * grey) - middle * middle for grey, middle in ((ours, mean), (theirs, other_mean))
    )
    both = _piece_mean(ours * theirs) - mean * other_mean
    telling = np.minimum(spread, other_spread) > _EXACT
    return np.asarray(telling & (both >= _IN_PLACE * np.sqrt(np.abs(spread * other_spread))))


_EXACT = 20.0
_IN_PLACE = 1 - _BETTER + 0.02
"""Variance from which the correlation of a piece is known to 0.01, and the correlation where it was."""


def _find_near(one: Grey, other: Grey, top: int, first: int) -> tuple[int, int] | None:
    """Return the small displacement of a piece in the other picture: down, across; None if it has none or is missing.

    Along an edge, or in a pattern, a piece looks like its surroundings in its own picture, which shows no displacement.
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


def _pieces(place: Mask, grey: Grey, limit: int) -> npt.NDArray[np.int64]:
    """Return the top left corners (n, 2) of pieces in a place that are not plain; about ``limit`` are enough."""
    mean = _piece_mean(grey)
    spread = _piece_mean(grey * grey) - mean * mean
    step = _PIECE // 3
    corner = slice(0, GRID - _PIECE + 1, step)
    inside = _piece_mean(place.astype(np.float32))[corner, corner] > 0.6
    corners = np.argwhere(inside & (spread[corner, corner] > _PLAIN * _PLAIN)) * step
    if len(corners) > limit:
        corners = corners[:: -(-len(corners) // limit)]
    return corners


def _piece_mean(plane: Grey) -> Grey:
    """For each top left corner the mean over a piece."""
    side = (_PIECE, _PIECE)
    return np.asarray(
        cv2.boxFilter(plane, -1, side, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT), np.float32
    )


def _find_piece(one: Grey, other: Grey, covered: Mask, top: int, first: int) -> tuple[int, int] | None:
    """Return how far aside the other picture shows a piece: down, across; None: not, or where it is."""
    low_y, low_x, last = max(0, top - _AWAY), max(0, first - _AWAY), GRID - _PIECE + 1
    here = covered[low_y : min(last, top + _AWAY + 1), low_x : min(last, first + _AWAY + 1)]
    rows, columns = np.flatnonzero(here.any(axis=1)), np.flatnonzero(here.any(axis=0))
    if not len(rows):
        return None
    here = here[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    low_y, low_x = low_y + int(rows[0]), low_x + int(columns[0])
    around = other[low_y : low_y + here.shape[0] + _PIECE - 1, low_x : low_x + here.shape[1] + _PIECE - 1]
    piece = one[top : top + _PIECE, first : first + _PIECE]
    scores = cv2.matchTemplate(around, piece, cv2.TM_CCOEFF_NORMED)
    scores[~here] = -1
    y, x = divmod(int(scores.argmax()), scores.shape[1])
    down, across = low_y + y - top, low_x + x - first
    return (down, across) if scores[y, x] > _FOUND and max(abs(down), abs(across)) >= 2 else None

"""Straightens a picture that shows another one bent: a print seen at an angle, a photograph through a wide lens.

An affine map lays only the middle of the one on the other. Two more maps are tried, each with few numbers, so that they
cannot follow what a step aside does to near and far things: perspective (8 numbers), and a lens that bends straight
lines about the middle of the picture (7). What is straightened is compared like any other picture.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from media.matching.pictures.orientations import Affine
from media.matching.pictures.verify import (
    GRID,
    Box,
    Grey,
    Layers,
    determinant,
    find_level,
    invert,
    shared_boxes,
)

Bend = Literal["perspective", "lens"]
BENDS: tuple[Bend, ...] = ("perspective", "lens")

Floats = npt.NDArray[np.float64]

_PATH = ((16, 12), (32, 8), (GRID, 6))
"""Grids (samples a side, rounds at the most), from coarse to fine: at the first one the corners may be off by a
tenth."""
_TOLERANCE = 0.7
_SETTLED = 0.06
"""Samples: a step that is smaller is the last."""
_FARTHEST = 0.25
"""The most that a corner may lie aside of where an affine map puts it, as a share of the side: more is no photograph
that anybody looked at from aside, but one dragged onto another."""
_NEAREST = 0.012
"""The least: with less, the affine map was about right, and what does not agree is something else. Of 34 views of one
scene from a step aside, 3 have more, and none of these agrees when it is straightened."""


@dataclass(frozen=True, slots=True)
class Bent:
    """How the right picture shows the left one."""

    bend: Bend
    matrix: Floats
    """(3, 3): from the left picture to the right one in fractions, after the lens."""
    box: Box
    """The part of the left picture about whose middle the lens bends."""
    strength: float = 0.0
    """By how much the lens lengthens what is half a side from the middle, as a share of it."""

    def place(self, points: Floats) -> Floats:
        """Return where the right picture shows points (2, n) of the left one: x in a row, and y."""
        if self.strength:
            middle, size = _middle_and_size(self.box)
            away = (points - middle) / size
            points = middle + away * (1 + self.strength * (away**2).sum(axis=0)) * size
        shown = self.matrix[:, :2] @ points + self.matrix[:, 2:]
        return np.asarray(shown[:2] / shown[2], dtype=np.float64)

    def place_box(self, box: Box) -> Box:
        """Return the box around what the right picture shows of a box of the left one."""
        shown = self.place(_grid_points(box, 9, edges=True))
        low, high = shown.min(axis=1).clip(0, 1), shown.max(axis=1).clip(0, 1)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


@dataclass(frozen=True, slots=True)
class Straightened:
    """The right picture as if it were not bent."""

    bent: Bent
    layers: Layers
    affine: Affine
    """From the left picture to it."""


def straighten(left: Layers, right: Layers, guess: Affine, bend: Bend) -> Straightened | None:
    """Return the right picture straightened, from a guess that is about right in the middle; None where that fails."""
    boxes = shared_boxes(guess)
    if boxes is None:
        return None
    bent = Bent(bend, np.vstack([guess, [0.0, 0.0, 1.0]]), boxes[0])
    affine = None
    for grid, rounds in _PATH:
        refined = _refine(left, right, bent, grid, rounds)
        affine = None if refined is None else _affine_of(refined)
        if refined is None or affine is None:
            return None
        bent = refined
    return (
        None if affine is None else Straightened(bent, Layers(_unbend(right.grey[0], bent, affine)), affine)
    )


def _affine_of(bent: Bent) -> Affine | None:
    """Return the affine map that comes nearest; None where that is too near, or too far."""
    points = _grid_points(bent.box, 9)
    there = bent.place(points)
    if not np.isfinite(there).all():
        return None
    affine = _fit_affine(points, there)
    size = max(float(np.sqrt(abs(determinant(affine)))), 1e-6)
    aside = float(np.abs(there - affine[:, :2] @ points - affine[:, 2:]).max()) / size
    return affine if _NEAREST <= aside <= _FARTHEST and shared_boxes(affine) is not None else None


def _middle_and_size(box: Box) -> tuple[Floats, Floats]:
    """Return the middle of a box and its size, a column (2, 1) each."""
    low, high = np.array(box[:2])[:, None], np.array(box[2:])[:, None]
    return (low + high) / 2, high - low


def _grid_points(box: Box, count: int, *, edges: bool = False) -> Floats:
    """(2, count * count): the centres of samples over a box, row by row; with ``edges`` from edge to edge."""
    at = np.linspace(0, 1, count) if edges else (np.arange(count) + 0.5) / count
    return np.stack(
        [np.tile(box[0] + (box[2] - box[0]) * at, count), np.repeat(box[1] + (box[3] - box[1]) * at, count)]
    )


def _fit_affine(points: Floats, there: Floats) -> Affine:
    """Return the affine map of least squares for the points of a grid, whose rows and columns are at right angles."""
    middle = points.mean(axis=1, keepdims=True)
    away = points - middle
    linear = there @ away.T / (away * away).sum(axis=1)
    return np.hstack([linear, there.mean(axis=1, keepdims=True) - linear @ middle])


def _sample(pixels: Grey, points: Floats, lines: int) -> Grey:
    """Return the grey levels at points (2, n) in fractions, in so many lines; outside of the picture, its edge."""
    rows, columns = pixels.shape
    x, y = (points * [[columns], [rows]] - 0.5).astype(np.float32).reshape(2, lines, -1)
    shown = cv2.remap(pixels, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(shown, dtype=np.float32)


def _refine(left: Layers, right: Layers, bent: Bent, grid: int, rounds: int) -> Bent | None:
    """Gauss-Newton on the numbers of the map, each sample weighted by how well it agrees; None where it is led astray.

    A step moves the points of the left picture before they are laid on the right one.
    """
    middle, size = _middle_and_size(bent.box)
    points = _grid_points(bent.box, grid)
    step_size = float(np.sqrt(size.prod())) / grid
    ours = _sample(left.flattened(find_level(left, step_size)), points, grid)
    x, y = ((points - middle) / size).astype(np.float32)
    around = x * x + y * y
    scale = float(np.sqrt(abs(determinant(bent.matrix))))
    theirs_level = right.flattened(find_level(right, step_size * scale))
    to_box = _to_box(bent.box)
    from_box = np.asarray(np.linalg.inv(to_box), dtype=np.float64)
    jacobian = np.empty((8 if bent.bend == "perspective" else 7, grid * grid), np.float32)
    across, down = np.zeros((2, grid, grid), np.float32)
    for _ in range(rounds):
        there = bent.place(points)
        if not np.abs(there).max() <= 3:  # or not a number
            return None
        theirs = _sample(theirs_level, there, grid)
        error = (theirs - ours).ravel()
        mean = np.float32(grid / 4) * (ours + theirs)
        np.subtract(mean[:, 2:], mean[:, :-2], out=across[:, 1:-1])
        np.subtract(mean[2:], mean[:-2], out=down[1:-1])
        for row, slope in ((0, across.ravel()), (3, down.ravel())):
            np.multiply(x, slope, out=jacobian[row])
            np.multiply(y, slope, out=jacobian[row + 1])
            jacobian[row + 2] = slope
        outwards = jacobian[0] + jacobian[4]
        if bent.bend == "perspective":
            np.multiply(-x, outwards, out=jacobian[6])
            np.multiply(-y, outwards, out=jacobian[7])
        else:
            np.multiply(around, outwards, out=jacobian[6])
        weight = error * np.float32(1 / _TOLERANCE)
        weight *= weight
        weight += 1
        np.divide(((there >= 0) & (there <= 1)).all(axis=0), weight, out=weight)
        weighted = jacobian * weight
        normal = (weighted @ jacobian.T).astype(np.float64)
        normal.flat[:: len(normal) + 1] += 1e-3 * np.trace(normal) / len(normal) + 1e-9
        step = -np.linalg.solve(normal, (weighted @ error).astype(np.float64))
        largest = float(np.abs(step).max())
        if largest > 0.5:
            return None
        bent = _moved(bent, step, to_box, from_box)
        if largest < _SETTLED / grid:
            break
    return bent


def _to_box(box: Box) -> Floats:
    """(3, 3): from the picture to shares of a box, about its middle."""
    ((x,), (y,)), ((width,), (height,)) = (each.tolist() for each in _middle_and_size(box))
    return np.array([[1 / width, 0, -x / width], [0, 1 / height, -y / height], [0, 0, 1]])


def _moved(bent: Bent, step: Floats, to_box: Floats, from_box: Floats) -> Bent:
    """Return the map after a step, given in shares of the box, about its middle."""
    move = np.eye(3)
    move[:2] += step[:6].reshape(2, 3)
    strength = bent.strength
    if bent.bend == "perspective":
        move[2, :2] = step[6:8]
    else:
        strength += float(step[6])
    matrix = bent.matrix @ (from_box @ move @ to_box)
    return Bent(bent.bend, matrix / matrix[2, 2], bent.box, strength)


def _unbend(pixels: Grey, bent: Bent, affine: Affine) -> Grey:
    """Return the right picture with every point where the affine map puts it."""
    rows, columns = pixels.shape
    back = invert(affine)
    there = np.stack(
        [
            np.tile((np.arange(columns) + 0.5) / columns, rows),
            np.repeat((np.arange(rows) + 0.5) / rows, columns),
        ]
    )
    return _sample(pixels, bent.place(back[:, :2] @ there + back[:, 2:]), rows)

"""Verifies that two pictures show the same photograph, by laying one over the other and comparing their pixels.

Candidates come with a first guess of their position on each other (a whole picture in one of 8 orientations, or the
similarity that their keypoints agree on). :func:`align` refines the guess to a fraction of a pixel. It uses least
squares on pictures without their local brightness and contrast; parts that disagree (a caption bar, a logo) soon lose
their weight. :func:`compare` then compares the shared area block by block:

- *agreement* is the share of textured blocks whose pixels correlate. Overlays, recompression and changes of tone do not
  affect most blocks of a copy; other pictures have hardly any;
- *movement* is the displacement of blocks against the whole. Nothing moves in a copy, but objects move in the next
  frame of a burst, or in a view from a step aside. Geometry alone cannot distinguish these.

Both use thumbnails, so that the archive is not read again.
"""

import math
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from media.matching.pictures.orientations import Affine
from media.pictures.information import find_gain

cv2.setNumThreads(1)
"""Thumbnails are not worth more threads."""

Grey = npt.NDArray[np.float32]
"""Grey levels, (height, width)."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in fractions."""

GRID = 64
"""The shared area is compared on a grid of this many samples a side: from a 200 px thumbnail, a crop to a quarter of
the area still has one pixel a sample."""
BLOCK = 8
_WINDOW = 16
"""Samples a side of the blocks that must agree, and of the windows whose movement is measured."""


class Layers:
    """A thumbnail, prepared for any number of comparisons: stretched if it is dark or faint, halved again and again."""

    __slots__ = ("_flattened", "grey")

    def __init__(self, grey: Grey) -> None:
        gain = find_gain(grey)
        levels = [grey if gain == 1 else np.asarray((grey - grey.min()) * np.float32(gain), np.float32)]
        while max(levels[-1].shape) > 16 and min(levels[-1].shape) > 8:
            height, width = levels[-1].shape
            half = (max(1, (width + 1) // 2), max(1, (height + 1) // 2))
            levels.append(np.asarray(cv2.resize(levels[-1], half, interpolation=cv2.INTER_AREA), np.float32))
        self.grey = tuple(levels)
        """From the thumbnail itself to the smallest."""
        self._flattened: list[Grey | None] = [None] * len(levels)

    def flattened(self, level: int) -> Grey:
        """Return a halving without its local brightness and contrast."""
        found = self._flattened[level]
        if found is None:
            found = self._flattened[level] = _flatten(self.grey[level])
        return found


def exchange_tones(layers: Layers) -> Layers:
    """Return the negative of a thumbnail."""
    return Layers(np.float32(255) - layers.grey[0])


_COARSE_PX = 200
"""Longest side of the thumbnails that hold no more detail."""


def coarse(layers: Layers) -> Layers:
    """Return a thumbnail with detail as those without are: two are compared at one sharpness."""
    grey = layers.grey[0]
    longest = max(grey.shape)
    if longest <= _COARSE_PX:
        return layers
    factor = -(-longest // _COARSE_PX)
    size = (max(1, grey.shape[1] // factor), max(1, grey.shape[0] // factor))
    return Layers(np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison of the pixels in the shared area."""

    agreement: float
    """Share of the textured blocks that correlate (0..1)."""
    similarity: float
    """Median correlation of the textured blocks (-1..1)."""
    movement: float
    """Displacement that a tenth of the windows exceeds, as a share of the shared area's side."""
    textured: int
    """Blocks with enough texture to say anything, of 64."""
    spread: float
    """Share of the rows and of the columns of blocks, whichever is less, in which blocks agree: two pictures under
    one caption bar agree in the bar alone."""
    left_box: Box
    right_box: Box


def align(
    left: Layers, right: Layers, guess: Affine, *, rough: bool = False, least: float = 0.0
) -> tuple[Affine, Comparison | None]:
    """Return the guess refined, and what the pixels then say.

    A good guess needs its last fraction of a pixel only; from a ``rough`` one (a crop taken for the whole picture)
    the way leads over coarser grids. Where that leads astray, as it may over smooth skies, the best on the way is
    kept. A guess of which less than ``least`` agrees as it is is not refined.
    """
    tried: list[tuple[Affine, Comparison | None]] = []
    for path, sure in _PATHS if rough else _PATHS[:2]:
        found = guess
        for grid, rounds in path:
            found = _refine(left, right, found, grid, rounds)
        seen = compare(left, right, found)
        if seen is not None and seen.agreement >= sure and seen.movement <= _STILL:
            return found, seen
        if not path and (seen is None or seen.agreement < least):
            return found, seen
        tried.append((found, seen))
    return max(tried, key=lambda each: each[1].agreement - 8 * each[1].movement if each[1] else -1.0)


_PATHS: tuple[tuple[tuple[tuple[int, int], ...], float], ...] = (
    ((), 0.98),
    (((32, 5), (GRID, 6)), 0.85),
    (((16, 6), (32, 5), (GRID, 6)), 0.85),
)
"""Grids (samples a side, rounds at the most), and the agreement at which nothing better is looked for."""
_STILL = 0.25 / GRID
"""Movement under which the guess is as good as any."""


def compare(left: Layers, right: Layers, affine: Affine) -> Comparison | None:
    """Return the two pictures over the area they share; None where that is next to nothing."""
    boxes = shared_boxes(affine)
    if boxes is None:
        return None
    left_box, right_box = boxes
    sample = _sampler(left_box, GRID)
    there = _compose(affine, sample)
    ours = _warp(left.grey[_level(left, sample)], sample, GRID)
    theirs = _warp(right.grey[_level(right, there)], there, GRID)
    inside = _inside(there, GRID)
    agreement, similarity, textured, spread = _agreement(ours, theirs, inside)
    return Comparison(
        agreement=agreement,
        similarity=similarity,
        movement=_movement(ours, theirs, inside) if agreement >= _WORTH_MEASURING else 1.0,
        textured=textured,
        spread=spread,
        left_box=left_box,
        right_box=right_box,
    )


_WORTH_MEASURING = 0.3
"""The agreement below which two pictures are not a match, and movement is not measured."""


def movement_outside(
    left: Layers, right: Layers, affine: Affine, box: Box, where: npt.NDArray[np.bool_]
) -> float:
    """Return the movement (see :class:`Comparison`) outside of places, a mask over ``box``; 1 where next to nothing is
    left.
    """
    ours, theirs = sample_both(left, right, affine, box, GRID)
    places = cv2.resize(where.astype(np.uint8), (GRID, GRID), interpolation=cv2.INTER_AREA)
    outside = inside_of(affine, box, GRID) & (places == 0)
    if (_window_means(outside[None].astype(np.float32))[0] > _WITHIN).sum() < _WINDOWS_LEFT:
        return 1.0
    return _movement(ours, theirs, outside)


_WINDOWS_LEFT = 8
"""The least number of windows, of 49, outside the places that differ."""


def shared_boxes(affine: Affine) -> tuple[Box, Box] | None:
    """Return which part of the left picture the right one shows, and where: two boxes in fractions."""
    shown = _CORNERS @ affine[:, :2].T + affine[:, 2]
    if not np.isfinite(shown).all() or abs(determinant(affine)) < 1e-4:
        return None
    area, polygon = cv2.intersectConvexConvex(shown.astype(np.float32), _CORNERS.astype(np.float32))
    if polygon is None or area < 1e-3:
        return None
    theirs = polygon.reshape(-1, 2).astype(np.float64)
    back = invert(affine)
    return _bounds(theirs @ back[:, :2].T + back[:, 2]), _bounds(theirs)


_CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float64)


def shared_boxes_of(
    affines: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Boxes for many affine maps (n, 2, 3) at once: (n, 4) of the left, of the right, and where there are any.

    Tilted pictures get the box around their corners, which is a little more than :func:`shared_boxes` gives.
    """
    linear, shift = affines[:, :, :2], affines[:, :, 2]
    usable = np.abs(np.linalg.det(linear)) >= 1e-4
    back = np.linalg.inv(np.where(usable[:, None, None], linear, np.eye(2)))
    there = _CORNERS @ linear.transpose(0, 2, 1) + shift[:, None, :]
    here = (_CORNERS - shift[:, None, :]) @ back.transpose(0, 2, 1)
    left, right = (
        np.concatenate([points.min(axis=1).clip(0, 1), points.max(axis=1).clip(0, 1)], axis=1)
        for points in (here, there)
    )
    sizes = np.minimum(left[:, 2:] - left[:, :2], right[:, 2:] - right[:, :2])
    return left, right, usable & (sizes > 0.03).all(axis=1)


def box_area(box: Box) -> float:
    """Return the share of the picture that the box takes."""
    return (box[2] - box[0]) * (box[3] - box[1])


def _bounds(points: npt.NDArray[np.float64]) -> Box:
    low, high = points.min(axis=0).clip(0, 1), points.max(axis=0).clip(0, 1)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def determinant(affine: Affine) -> float:
    """Return how much larger areas are in the right picture; negative where it is mirrored."""
    return float(affine[0, 0] * affine[1, 1] - affine[0, 1] * affine[1, 0])


def invert(affine: Affine) -> Affine:
    """Return the same pair seen from the right picture."""
    (a, b, x), (c, d, y) = affine.tolist()
    scale = 1 / (a * d - b * c)
    a, b, c, d = d * scale, -b * scale, -c * scale, a * scale
    return np.array([[a, b, -a * x - b * y], [c, d, -c * x - d * y]])


def _compose(outer: Affine, inner: Affine) -> Affine:
    composed = outer[:, :2] @ inner
    composed[:, 2] += outer[:, 2]
    return composed


def chain(first: Affine, second: Affine) -> Affine:
    """Left to middle, middle to right: left to right."""
    return _compose(second, first)


# --- sampling


def _sampler(box: Box, grid: int) -> Affine:
    """From grid samples (column, row; centres) to fractions of the picture, over ``box``."""
    across, down = (box[2] - box[0]) / grid, (box[3] - box[1]) / grid
    return np.array([[across, 0, box[0] + across / 2], [0, down, box[1] + down / 2]])


def _level(layers: Layers, grid_to_fraction: Affine) -> int:
    """Return the halving that is nearest to one pixel a sample."""
    return find_level(layers, math.sqrt(abs(determinant(grid_to_fraction))))


def find_level(layers: Layers, step: float) -> int:
    """Return the halving that is nearest to one pixel for each sample, of which each is a ``step`` aside in
    fractions.
    """
    height, width = layers.grey[0].shape
    return min(len(layers.grey) - 1, max(0, round(math.log2(max(step * math.sqrt(height * width), 1e-9)))))


def _warp(pixels: Grey, grid_to_fraction: Affine, grid: int) -> Grey:
    """Return samples of a picture on a grid; outside of it, its edge."""
    rows, columns = pixels.shape
    to_pixels = np.array([[columns], [rows]]) * grid_to_fraction
    to_pixels[:, 2] -= 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    sampled = cv2.warpAffine(pixels, to_pixels, (grid, grid), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled, dtype=np.float32)


def sample_both(left: Layers, right: Layers, affine: Affine, box: Box, grid: int) -> tuple[Grey, Grey]:
    """Sample the left picture over ``box``, ``grid`` a side, and the right one where it shows the same."""
    sample = _sampler(box, grid)
    there = _compose(affine, sample)
    ours = _warp(left.grey[_level(left, sample)], sample, grid)
    return ours, _warp(right.grey[_level(right, there)], there, grid)


def inside_of(affine: Affine, box: Box, grid: int) -> npt.NDArray[np.bool_]:
    """Return which of these samples lie in the right picture."""
    return _inside(_compose(affine, _sampler(box, grid)), grid)


def _inside(grid_to_fraction: Affine, grid: int) -> npt.NDArray[np.bool_]:
    """Return which samples lie in the picture: all of them, where those in the corners do."""
    (a, b, x), (c, d, y) = grid_to_fraction.tolist()
    last = grid - 1
    if all(0 <= a * i + b * j + x <= 1 and 0 <= c * i + d * j + y <= 1 for i in (0, last) for j in (0, last)):
        return _everywhere(grid)
    at = np.arange(grid)
    across = (a * at)[None, :] + (b * at + x)[:, None]
    down = (c * at)[None, :] + (d * at + y)[:, None]
    return np.asarray((across >= 0) & (across <= 1) & (down >= 0) & (down <= 1))


@cache
def _everywhere(grid: int) -> npt.NDArray[np.bool_]:
    return np.ones((grid, grid), dtype=bool)


def _flatten(grey: Grey) -> Grey:
    side = (9, 9)
    mean = cv2.blur(grey, side, borderType=cv2.BORDER_REFLECT)
    square = cv2.blur(grey * grey, side, borderType=cv2.BORDER_REFLECT)
    spread = np.sqrt(np.maximum(square - mean * mean, 0)) + 4.0  # 4 levels: noise is not blown up
    return np.asarray((grey - mean) / spread, dtype=np.float32)


# --- alignment


def _refine(left: Layers, right: Layers, guess: Affine, grid: int, rounds: int) -> Affine:
    """Gauss-Newton on the six numbers of the affine map, each sample weighted by how well it agrees."""
    boxes = shared_boxes(guess)
    if boxes is None:
        return guess
    sample = _sampler(boxes[0], grid)
    back = invert(sample)
    ours = _warp(left.flattened(_level(left, sample)), sample, grid)
    theirs_level = right.flattened(_level(right, _compose(guess, sample)))
    x, y = _positions(grid)
    jacobian = np.empty((6, grid * grid), dtype=np.float32)
    across, down = np.zeros((2, grid, grid), dtype=np.float32)
    affine = guess
    for _ in range(rounds):
        there = _compose(affine, sample)
        theirs = _warp(theirs_level, there, grid)
        error = (theirs - ours).ravel()
        mean = np.float32(0.25) * (ours + theirs)
        np.subtract(mean[:, 2:], mean[:, :-2], out=across[:, 1:-1])
        np.subtract(mean[2:], mean[:-2], out=down[1:-1])
        for row, slope in ((0, across.ravel()), (3, down.ravel())):
            np.multiply(slope, x, out=jacobian[row])
            np.multiply(slope, y, out=jacobian[row + 1])
            jacobian[row + 2] = slope
        weight = error * np.float32(1 / _TOLERANCE)
        weight *= weight
        weight += 1
        np.divide(_inside(there, grid).ravel(), weight, out=weight)
        weighted = jacobian * weight
        normal = (weighted @ jacobian.T).astype(np.float64)
        normal.flat[::7] += 1e-3 * np.trace(normal) / 6 + 1e-9
        step = -np.linalg.solve(normal, (weighted @ error).astype(np.float64))
        largest = float(np.abs(step).max())
        if largest > grid / 4:
            return guess  # led astray
        # The step is in samples, about the centre of the grid: it moves the grid before it is laid on the right.
        linear = np.array([[step[0], step[1]], [step[3], step[4]]]) / grid
        moved = np.empty((2, 3))
        moved[:, :2] = np.eye(2) + linear
        moved[:, 2] = np.array([step[2], step[5]]) - linear @ np.full(2, (grid - 1) / 2)
        affine = _compose(_compose(_compose(affine, sample), moved), back)
        if largest < 0.02:
            break
    return affine


_TOLERANCE = 0.7
"""The difference in deviations from which a part soon loses its weight."""


@cache
def _positions(grid: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    at = ((np.arange(grid) - (grid - 1) / 2) / grid).astype(np.float32)
    return np.tile(at, grid), np.repeat(at, grid)


def _slopes(grey: Grey) -> tuple[Grey, Grey]:
    x = np.zeros_like(grey)
    y = np.zeros_like(grey)
    x[:, 1:-1] = (grey[:, 2:] - grey[:, :-2]) / 2
    y[1:-1] = (grey[2:] - grey[:-2]) / 2
    return x, y


# --- comparison


def compare_laid(
    laid: list[tuple[Layers, Affine]],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Pictures that were each aligned with one keeper (affine from it to them), compared with one another
    where they lie on it.

    Gives (n, n) agreement, similarity and number of textured blocks that both show.
    """
    sample = _sampler((0.0, 0.0, 1.0, 1.0), GRID)
    tiles, spreads, shown = [], [], []
    for layers, affine in laid:
        there = _compose(affine, sample)
        samples, inside = _warp(layers.grey[_level(layers, there)], there, GRID), _inside(there, GRID)
        tile = _texture(samples)
        spread = np.sqrt((tile * tile).mean(axis=1))
        tiles.append(tile / (spread[:, None] + 0.25))
        spreads.append(spread)
        shown.append(cut_into_blocks(inside).mean(axis=1) > 0.8)
    stacked = np.stack(tiles, axis=1)  # (tiles, pictures, samples)
    correlation = stacked @ stacked.transpose(0, 2, 1) / stacked.shape[2]
    spread, seen = np.stack(spreads, axis=1), np.stack(shown, axis=1)
    textured = (np.maximum(spread[:, :, None], spread[:, None, :]) > _TEXTURE) & (
        seen[:, :, None] & seen[:, None, :]
    )
    count = textured.sum(axis=0)
    agreement = ((correlation > _AGREES) & textured).sum(axis=0) / np.maximum(count, 1)
    masked = np.where(textured, correlation, np.nan)
    with np.errstate(all="ignore"):
        middle = np.sort(masked, axis=0)  # NaN last, so the median is at half the count
    similarity = np.take_along_axis(middle, (np.maximum(count, 1) // 2)[None], axis=0)[0]
    return agreement, np.nan_to_num(similarity), count


_TEXTURE = 2.0
"""Grey levels of deviation from a plane in a block: below, it says nothing."""
_AGREES = 0.7
"""Correlation of two blocks of which one may be recompressed, or lie off by a pixel."""


def _plane_basis() -> Grey:
    """Return an orthonormal basis of the planes over a tile."""
    at = np.arange(BLOCK) - (BLOCK - 1) / 2
    across, down = np.tile(at, BLOCK), np.repeat(at, BLOCK)
    basis = np.stack([np.ones(BLOCK * BLOCK), across, down])
    return np.asarray(basis / np.linalg.norm(basis, axis=1, keepdims=True), dtype=np.float32)


_PLANES = _plane_basis()


@dataclass(frozen=True, slots=True)
class Blocks:
    """How the blocks of two pictures correlate, row by row."""

    correlation: Grey
    textured: npt.NDArray[np.bool_]
    """The blocks that say anything."""
    agrees: npt.NDArray[np.bool_]
    """Those of them that correlate."""


def correlate_blocks(ours: Grey, theirs: Grey, inside: npt.NDArray[np.bool_]) -> Blocks:
    """Return how the blocks of the shared area correlate, of samples of both on one grid."""
    left, right = _texture(ours), _texture(theirs)
    samples = np.float32(BLOCK * BLOCK)
    spread_left, spread_right, both = (
        np.einsum("ij,ij->i", one, other) / samples
        for one, other in ((left, left), (right, right), (left, right))
    )
    spread_left, spread_right = np.sqrt(spread_left), np.sqrt(spread_right)
    textured = np.maximum(spread_left, spread_right) > _TEXTURE
    if inside is not _everywhere(GRID):
        textured &= cut_into_blocks(inside).mean(axis=1) > 0.8
    correlation = both / (spread_left * spread_right + np.float32(0.25))
    return Blocks(correlation, textured, (correlation > _AGREES) & textured)


def _agreement(ours: Grey, theirs: Grey, inside: npt.NDArray[np.bool_]) -> tuple[float, float, int, float]:
    blocks = correlate_blocks(ours, theirs, inside)
    count = int(blocks.textured.sum())
    if not count:
        return 0.0, 0.0, 0, 0.0
    agree = blocks.agrees.reshape(GRID // BLOCK, GRID // BLOCK)
    spread = min(int(agree.any(axis=0).sum()), int(agree.any(axis=1).sum())) / (GRID // BLOCK)
    return int(blocks.agrees.sum()) / count, _middle(blocks.correlation[blocks.textured]), count, spread


def _middle(values: Grey) -> float:
    """Return the median; NumPy's own takes longer than all that is done with so few values."""
    ordered = np.sort(values)
    half = len(ordered) // 2
    return float(ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2)


def _texture(samples: Grey) -> Grey:
    """Tiles without their mean and slope: two skies that both darken to the left do not agree for that."""
    tiles = cut_into_blocks(samples)
    return np.asarray(tiles - (tiles @ _PLANES.T) @ _PLANES, dtype=np.float32)


def cut_into_blocks(samples: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    """Return the blocks of a grid, a row each."""
    count = GRID // BLOCK
    tiles = samples.reshape(count, BLOCK, count, BLOCK).transpose(0, 2, 1, 3)
    return tiles.reshape(count * count, BLOCK * BLOCK).astype(np.float32)


def _movement(ours: Grey, theirs: Grey, inside: npt.NDArray[np.bool_]) -> float:
    """Lucas-Kanade displacement of every window that correlates and has texture both ways."""
    left, right = _standardise(ours), _standardise(theirs)
    slope_x, slope_y = _slopes(np.float32(0.5) * (left + right))
    error = right - left
    products = np.stack(
        [
            slope_x * slope_x,
            slope_y * slope_y,
            slope_x * slope_y,
            slope_x * error,
            slope_y * error,
            left * right,
            left * left,
            right * right,
        ]
    )
    xx, yy, xy, xe, ye, both, first, second = _window_means(products)
    smaller = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    correlation = both / np.sqrt(first * second + 1e-6)
    seen = (smaller > _CORNERED) & (correlation > _CORRELATES)
    if inside is not _everywhere(GRID):
        seen &= _window_means(inside[None].astype(np.float32))[0] > _WITHIN
    if seen.sum() < 3:
        return 0.0
    determinant = xx * yy - xy * xy + 1e-9
    across = (yy * xe - xy * ye) / determinant
    down = (xx * ye - xy * xe) / determinant
    return _exceeded_by_a_tenth(np.hypot(across, down)[seen]) / GRID


def _exceeded_by_a_tenth(values: Grey) -> float:
    ordered = np.sort(values)
    place = 0.9 * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (ordered[above] - ordered[below]) * (place - below))


_WITHIN = 0.95
_CORNERED = 0.004
"""Smaller eigenvalue of a window's slopes (of standardised samples): below, a window slides along its edges."""
_CORRELATES = 0.5
"""Windows with less are covered by something, or show something else: they have not moved."""


def _standardise(grey: Grey) -> Grey:
    side = (_WINDOW + 1, _WINDOW + 1)
    mean = cv2.blur(grey, side, borderType=cv2.BORDER_REFLECT)
    square = cv2.blur(grey * grey, side, borderType=cv2.BORDER_REFLECT)
    spread = np.sqrt(np.maximum(square - mean * mean, 0)) + 4.0
    return np.asarray((grey - mean) / spread, dtype=np.float32)


def _window_means(planes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Means over windows of 16 x 16 samples, every 8: (planes, 49)."""
    down = _WINDOWS @ planes
    return np.asarray((down @ _WINDOWS.T).reshape(len(planes), -1), dtype=np.float32)


def _windows() -> Grey:
    """(windows, samples): what each sample of a row counts in the mean of each window."""
    starts = np.arange(0, GRID - _WINDOW + 1, _WINDOW // 2)
    at = np.arange(GRID)
    shares = (at >= starts[:, None]) & (at < starts[:, None] + _WINDOW)
    return np.asarray(shares / _WINDOW, dtype=np.float32)


_WINDOWS = _windows()

"""Whether two pictures show the same photograph: one is laid over the other and their pixels are compared.

Candidates come with a first guess of how one lies on the other (a whole picture in one of 8 orientations, or the
similarity that their keypoints agree on). :func:`align` refines the guess to a fraction of a pixel, by least squares
on pictures freed of their local brightness and contrast, in which what disagrees (a caption bar, a logo) soon has no
say. :func:`compare` then looks at the shared area block by block:

- *agreement*, the share of textured blocks whose pixels correlate: overlays, recompression and changes of tone leave
  most of a copy's blocks alone; other pictures have next to none;
- *movement*, how far blocks are displaced against the whole: nothing in a copy moves, while in the next frame of a
  burst, or from a step aside, some things do. Geometry alone cannot tell these apart.

Both work on thumbnails, so that the archive is not read again.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.float32]
"""Grey levels, (height, width)."""
Affine = npt.NDArray[np.float64]
"""(2, 3): maps a point of the left picture to the right one, both in fractions of width and height."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in fractions."""

GRID = 64
"""The shared area is compared on a grid of this many samples a side: from a 200 px thumbnail, a crop to a quarter of
the area still has one pixel a sample."""
_BLOCK = 8
_WINDOW = 16
"""Samples a side of the blocks that must agree, and of the windows whose movement is measured."""


@dataclass(frozen=True, slots=True)
class Layers:
    """A thumbnail, prepared once for any number of comparisons: halved again and again."""

    grey: tuple[Grey, ...]
    flattened: tuple[Grey, ...]
    """The same without their local brightness and contrast."""

    @classmethod
    def of(cls, grey: Grey) -> "Layers":
        levels = [grey]
        while max(levels[-1].shape) > 16 and min(levels[-1].shape) > 8:
            height, width = levels[-1].shape
            half = (max(1, (width + 1) // 2), max(1, (height + 1) // 2))
            levels.append(np.asarray(cv2.resize(levels[-1], half, interpolation=cv2.INTER_AREA), np.float32))
        return cls(tuple(levels), tuple(_flatten(level) for level in levels))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the pixels of the shared area say."""

    agreement: float
    """Share of the textured blocks that correlate (0..1)."""
    similarity: float
    """Median correlation of the textured blocks (-1..1)."""
    movement: float
    """Displacement that a tenth of the windows exceeds, as a share of the shared area's side."""
    textured: int
    """Blocks with enough texture to say anything, of 64."""
    left_box: Box
    right_box: Box


def align(left: Layers, right: Layers, guess: Affine) -> Affine:
    """``guess`` refined, from coarse to fine; where nothing pulls it anywhere, about as it was."""
    found = guess
    for grid, rounds in ((16, 6), (32, 5), (GRID, 4)):
        found = _refine(left, right, found, grid, rounds)
    return found


def compare(left: Layers, right: Layers, affine: Affine) -> Comparison | None:
    """The two pictures over the area they share; None where that is next to nothing."""
    boxes = shared_boxes(affine)
    if boxes is None:
        return None
    left_box, right_box = boxes
    sample = _sampler(left_box, GRID)
    ours, _ = _sample(left.grey, sample, GRID)
    theirs, inside = _sample(right.grey, _compose(affine, sample), GRID)
    agreement, similarity, textured = _agreement(ours, theirs, inside)
    return Comparison(
        agreement=agreement,
        similarity=similarity,
        movement=_movement(ours, theirs, inside),
        textured=textured,
        left_box=left_box,
        right_box=right_box,
    )


def shared_boxes(affine: Affine) -> tuple[Box, Box] | None:
    """Which part of the left picture the right one shows, and where: two boxes in fractions."""
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float64)
    shown = corners @ affine[:, :2].T + affine[:, 2]
    if not np.isfinite(shown).all() or abs(np.linalg.det(affine[:, :2])) < 1e-4:
        return None
    area, polygon = cv2.intersectConvexConvex(shown.astype(np.float32), corners.astype(np.float32))
    if polygon is None or area < 1e-3:
        return None
    theirs = polygon.reshape(-1, 2).astype(np.float64)
    ours = (theirs - affine[:, 2]) @ np.linalg.inv(affine[:, :2]).T
    return _bounds(ours), _bounds(theirs)


def box_area(box: Box) -> float:
    """Share of the picture that the box takes."""
    return (box[2] - box[0]) * (box[3] - box[1])


def _bounds(points: npt.NDArray[np.float64]) -> Box:
    low, high = points.min(axis=0).clip(0, 1), points.max(axis=0).clip(0, 1)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def invert(affine: Affine) -> Affine:
    """The same pair seen from the right picture."""
    linear = np.linalg.inv(affine[:, :2])
    return np.column_stack([linear, -linear @ affine[:, 2]])


def _compose(outer: Affine, inner: Affine) -> Affine:
    return np.column_stack([outer[:, :2] @ inner[:, :2], outer[:, :2] @ inner[:, 2] + outer[:, 2]])


def chain(first: Affine, second: Affine) -> Affine:
    """Left to middle, middle to right: left to right."""
    return _compose(second, first)


# --- sampling


def _sampler(box: Box, grid: int) -> Affine:
    """From grid samples (column, row; centres) to fractions of the picture, over ``box``."""
    across, down = (box[2] - box[0]) / grid, (box[3] - box[1]) / grid
    return np.array([[across, 0, box[0] + across / 2], [0, down, box[1] + down / 2]])


def _sample(
    levels: tuple[Grey, ...], grid_to_fraction: Affine, grid: int
) -> tuple[Grey, npt.NDArray[np.bool_]]:
    """Samples of a picture on a grid, from the halving that is nearest to one pixel a sample; and which are inside."""
    height, width = levels[0].shape
    step = math.sqrt(abs(np.linalg.det(grid_to_fraction[:, :2])) * height * width)
    level = min(len(levels) - 1, max(0, round(math.log2(max(step, 1e-9)))))
    pixels = levels[level]
    rows, columns = pixels.shape
    to_pixels = np.array([[columns], [rows]]) * grid_to_fraction
    to_pixels[:, 2] -= 0.5
    size = (grid, grid)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    sampled = cv2.warpAffine(pixels, to_pixels, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    at = np.arange(grid)
    x = (
        (grid_to_fraction[0, 0] * at)[None, :]
        + (grid_to_fraction[0, 1] * at)[:, None]
        + grid_to_fraction[0, 2]
    )
    y = (
        (grid_to_fraction[1, 0] * at)[None, :]
        + (grid_to_fraction[1, 1] * at)[:, None]
        + grid_to_fraction[1, 2]
    )
    return np.asarray(sampled, dtype=np.float32), (x >= 0) & (x <= 1) & (y >= 0) & (y <= 1)


def _flatten(grey: Grey) -> Grey:
    side = (9, 9)
    mean = cv2.blur(grey, side, borderType=cv2.BORDER_REFLECT)
    square = cv2.blur(grey * grey, side, borderType=cv2.BORDER_REFLECT)
    spread = np.sqrt(np.maximum(square - mean * mean, 0)) + 4.0  # 4 levels: noise is not blown up
    return np.asarray((grey - mean) / spread, dtype=np.float32)


# --- alignment


def _refine(left: Layers, right: Layers, guess: Affine, grid: int, rounds: int) -> Affine:
    """Gauss-Newton on the six numbers of the affine map, each pixel weighted by how well it agrees."""
    affine = guess
    for _ in range(rounds):
        boxes = shared_boxes(affine)
        if boxes is None:
            return guess
        sample = _sampler(boxes[0], grid)
        ours, _ = _sample(left.flattened, sample, grid)
        theirs, inside = _sample(right.flattened, _compose(affine, sample), grid)
        slope_x, slope_y = _slopes(np.float32(0.5) * (ours + theirs))
        error = theirs - ours
        weight = np.where(inside, 1 / (1 + (error / 0.7) ** 2), 0).ravel()
        at = (np.arange(grid) - (grid - 1) / 2) / grid
        x, y = np.tile(at, grid), np.repeat(at, grid)
        gx, gy = slope_x.ravel(), slope_y.ravel()
        jacobian = np.stack([gx * x, gx * y, gx, gy * x, gy * y, gy])
        weighted = jacobian * weight
        normal = weighted @ jacobian.T
        normal[np.diag_indices(6)] += 1e-3 * np.trace(normal) / 6 + 1e-9
        step = -np.linalg.solve(normal, weighted @ error.ravel())
        # The step is in samples of the grid about its centre: theirs(W(x)) with W = sample o step.
        linear = np.array([[step[0], step[1]], [step[3], step[4]]]) / grid
        centre = np.full(2, (grid - 1) / 2)
        shift = np.array([step[2], step[5]]) - linear @ centre
        moved = np.column_stack([np.eye(2) + linear, shift])
        affine = _compose(_compose(_compose(affine, sample), moved), invert(sample))
        if np.abs(step).max() < 0.02:
            break
    return affine


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
        samples, inside = _sample(layers.grey, _compose(affine, sample), GRID)
        tile = _tiles(samples)
        tile -= tile.mean(axis=1, keepdims=True)
        spread = np.sqrt((tile * tile).mean(axis=1))
        tiles.append(tile / (spread[:, None] + 0.25))
        spreads.append(spread)
        shown.append(_tiles(inside).mean(axis=1) > 0.8)
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


_TEXTURE = 3.0
"""Grey levels of deviation in a block: below, it says nothing."""
_AGREES = 0.7


def _agreement(ours: Grey, theirs: Grey, inside: npt.NDArray[np.bool_]) -> tuple[float, float, int]:
    left, right = _tiles(ours), _tiles(theirs)
    left = left - left.mean(axis=1, keepdims=True)
    right = right - right.mean(axis=1, keepdims=True)
    spread_left, spread_right = (np.sqrt((side * side).mean(axis=1)) for side in (left, right))
    textured = (np.maximum(spread_left, spread_right) > _TEXTURE) & (_tiles(inside).mean(axis=1) > 0.8)
    if not textured.any():
        return 0.0, 0.0, 0
    correlation = (left * right).mean(axis=1) / (spread_left * spread_right + 0.25)
    seen = correlation[textured]
    return float((seen > _AGREES).mean()), float(np.median(seen)), int(textured.sum())


def _tiles(samples: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    count = GRID // _BLOCK
    tiles = samples.reshape(count, _BLOCK, count, _BLOCK).transpose(0, 2, 1, 3)
    return tiles.reshape(count * count, _BLOCK * _BLOCK).astype(np.float32)


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
        ]
    )
    products = np.concatenate([products, inside[None].astype(np.float32)])
    sums = _window_means(products)
    xx, yy, xy, xe, ye, together, covered = sums
    smaller = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    seen = (smaller > 0.004) & (covered > 0.95) & (together > 0.15)
    if seen.sum() < 3:
        return 0.0
    determinant = xx * yy - xy * xy + 1e-9
    across = (yy * xe - xy * ye) / determinant
    down = (xx * ye - xy * xe) / determinant
    return float(np.percentile(np.hypot(across, down)[seen], 90)) / GRID


def _standardise(grey: Grey) -> Grey:
    side = (_WINDOW + 1, _WINDOW + 1)
    mean = cv2.blur(grey, side, borderType=cv2.BORDER_REFLECT)
    square = cv2.blur(grey * grey, side, borderType=cv2.BORDER_REFLECT)
    spread = np.sqrt(np.maximum(square - mean * mean, 0)) + 2.0
    return np.asarray((grey - mean) / spread, dtype=np.float32)


def _window_means(planes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Means over windows of 16 x 16 samples, every 8: (planes, 49)."""
    half = _WINDOW // 2
    count = GRID // half
    cells = planes.reshape(len(planes), count, half, count, half).mean(axis=(2, 4))
    means = (cells[:, :-1, :-1] + cells[:, 1:, :-1] + cells[:, :-1, 1:] + cells[:, 1:, 1:]) / 4
    return np.asarray(means.reshape(len(planes), -1), dtype=np.float32)

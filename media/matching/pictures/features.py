"""Finds the part of one picture that another shows: aligns two sets of local features.

Every feature is matched with the likest of the other picture. A matched pair alone says how large, and where, the one
picture would have to lie on the other; the guess that most pairs agree on is kept. It is only a guess: the pixels
decide (:mod:`media.matching.pictures.verify`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media.matching.pictures.orientations import ORIENTATIONS, Affine
from media.pictures.local_features import Blobs, turn_codes

CODE_BITS = 16
"""The most different bits, of 64: codes of one blob in two copies are within it in 83 % of cases, of two in 0.1 %."""
ENOUGH = 5
"""Pairs that agree; of 1,500 pairs of unlike pictures 1 in 100 has as many by chance."""
_OFF = 0.03
"""The greatest distance of a pair from its expected place, in longer sides. Blobs are placed to a pixel or two, and a
picture tilted by 5 degrees must still be found from one of its sides."""
_OCTAVES = 0.75
"""The scales that two pairs of blobs give may differ by a level, which is half an octave."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The likeliest way in which the right picture shows the left one."""

    affine: Affine
    """Left to right, in fractions of width and height."""
    pairs: int
    """Pairs of features that agree on it."""


def agree(
    left: Blobs,
    right: Blobs,
    left_size: tuple[int, int],
    right_size: tuple[int, int],
    orientations: Sequence[int] = (0, 1),
) -> Agreement | None:
    """Return the best guess in these orientations, or None where fewer than :data:`ENOUGH` pairs agree.

    Sizes are width and height in pixels, of which only the shape matters.
    """
    best: tuple[int, npt.NDArray[np.float64]] | None = None
    if not len(left) or not len(right):
        return None
    for orientation in orientations:
        found = _agree_in(left, right, orientation)
        if found is not None and (best is None or found[0] > best[0]):
            best = found
    if best is None or best[0] < ENOUGH:
        return None
    pairs, similarity = best
    ours, theirs = _sides(left_size), _sides(right_size)
    linear = similarity[:, :2] * ours[None, :] / theirs[:, None]
    return Agreement(np.column_stack([linear, similarity[:, 2] / theirs]), pairs)


def _sides(size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Width and height as shares of the longer side."""
    return np.array(size, dtype=np.float64) / max(size)


def _agree_in(left: Blobs, right: Blobs, orientation: int) -> tuple[int, npt.NDArray[np.float64]] | None:
    distances = np.bitwise_count(turn_codes(left.codes, orientation)[:, None] ^ right.codes[None, :])
    nearest = distances.argmin(axis=1)
    ours = np.flatnonzero(distances[np.arange(len(left)), nearest] <= CODE_BITS)
    if len(ours) < ENOUGH:
        return None
    theirs = nearest[ours]
    turned = (left.points[ours] @ ORIENTATIONS[orientation][:, :2].T.astype(np.float32)).astype(np.float64)
    placed = right.points[theirs].astype(np.float64)
    octaves = (right.levels[theirs].astype(np.float64) - left.levels[ours]) / 2
    scales = 2.0**octaves
    shifts = placed - scales[:, None] * turned
    # Guess k says where every point should be: one column a guess.
    off = np.zeros((len(ours), len(ours)))
    for axis in range(2):
        apart = np.multiply.outer(turned[:, axis], scales)
        apart += shifts[:, axis]
        apart -= placed[:, axis, None]
        apart *= apart
        off += apart
    near = off < (_OFF * np.maximum(1, scales)) ** 2
    near &= np.abs(octaves[:, None] - octaves) <= _OCTAVES
    votes = _count_distinct(near, theirs)
    guess = int(votes.argmax())
    if votes[guess] < min(ENOUGH, 4):
        return None
    inliers = near[:, guess]
    pairs, affine = int(votes[guess]), np.column_stack([scales[guess] * np.eye(2), shifts[guess]])
    for _ in range(3):
        affine = _fit(turned[inliers], placed[inliers], affine)
        size = np.sqrt(abs(np.linalg.det(affine[:, :2])))
        residual = turned @ affine[:, :2].T + affine[:, 2] - placed
        inliers = (residual * residual).sum(axis=1) < (_OFF * 0.7 * max(1.0, size)) ** 2
        inliers &= np.abs(octaves - np.log2(max(size, 1e-6))) <= 1
        if inliers.sum() < 3:
            return pairs, np.column_stack([affine[:, :2] @ ORIENTATIONS[orientation][:, :2], affine[:, 2]])
    pairs = max(pairs, len(set(theirs[inliers].tolist())))
    return pairs, np.column_stack([affine[:, :2] @ ORIENTATIONS[orientation][:, :2], affine[:, 2]])


def _count_distinct(near: npt.NDArray[np.bool_], theirs: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return how many different features of the right picture agree with each guess."""
    order = np.argsort(theirs, kind="stable")
    starts = np.flatnonzero(np.diff(theirs[order], prepend=-1))
    return np.asarray(np.logical_or.reduceat(near[order], starts, axis=0).sum(axis=0))


def _fit(
    ours: npt.NDArray[np.float64], theirs: npt.NDArray[np.float64], before: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the similarity (turn, scale, shift) that brings the points together; ``before`` where they
    are too few.
    """
    if len(ours) < 3:
        return before
    one, other = ours - ours.mean(axis=0), theirs - theirs.mean(axis=0)
    spread = (one * one).sum()
    if spread < 1e-4:
        return before
    cosine = (one * other).sum() / spread
    sine = (one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]).sum() / spread
    linear = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([linear, theirs.mean(axis=0) - linear @ ours.mean(axis=0)])

"""Detects a picture pasted into another: a collage, a page, a card with a photograph on it.

A crop ends anywhere in its original. What is pasted ends where the other picture has a seam: along its whole side the
grey levels change more than they do along nearly all other lines.
"""

import numpy as np
import numpy.typing as npt

from media.matching.pictures.verify import Box, Grey

_INSIDE = 0.03
"""A side nearer than this to the edge of the picture is that edge."""
_NEAR = 2
"""The pixels of a thumbnail in which a seam is searched for: boxes are not more exact."""
_SEAM = 1.3
_ONE_SEAM = 3.0
"""Change along the weakest side, of what nine lines in ten stay under; more is asked for where there is one side only.
Of 115 crops of shared photographs with two sides or more inside their originals none has over 1.0, and of 36 with one
side 2.3 at the most; of 56 photographs in frames, bars and pages 45 have as much as is asked for."""


def is_pasted(grey: Grey, box: Box) -> bool:
    """Return whether a picture's thumbnail has seams around ``box``."""
    seams = [
        *_seams(grey, (box[0], box[2]), (box[1], box[3])),
        *_seams(grey.T, (box[1], box[3]), (box[0], box[2])),
    ]
    return bool(seams) and min(seams) >= (_SEAM if len(seams) > 1 else _ONE_SEAM)


def _seams(
    grey: npt.NDArray[np.float32], sides: tuple[float, float], along: tuple[float, float]
) -> list[float]:
    """Return how strong the upright sides are that lie inside the picture."""
    rows, columns = grey.shape
    first = min(int(along[0] * rows), rows - 1)
    band = grey[first : max(first + 1, int(along[1] * rows))]
    change = np.abs(np.diff(band, axis=1)).mean(axis=0)
    found = []
    for side in sides:
        if not _INSIDE <= side <= 1 - _INSIDE:
            continue
        place = int(side * columns - 0.5)
        low, high = max(0, place - _NEAR), place + _NEAR + 1
        elsewhere = np.concatenate([change[: max(0, low - _NEAR)], change[high + _NEAR :]])
        if len(elsewhere) and low < len(change):
            found.append(float(change[low:high].max() / (np.percentile(elsewhere, 90) + 1)))
    return found

"""Detects bars around a picture: letterboxed, pillarboxed or framed copies rank after the picture inside."""

import numpy as np
import numpy.typing as npt

from media.matching.pictures.verify import Grey

_THICKNESS = 0.03
_FLAT = 4.0
"""Grey levels of deviation across a bar; what recompression leaves of a flat colour is under 3."""
_LIKE = 10.0
"""Grey levels between the bars of two opposite sides."""


def is_framed(grey: Grey) -> bool:
    """Two opposite sides are flat bars of one grey, of at least 3 % of the picture each, with a picture between."""
    return _barred(grey) or _barred(grey.T)


def _barred(grey: npt.NDArray[np.float32]) -> bool:
    bar = max(2, round(len(grey) * _THICKNESS))
    if len(grey) < 8 * bar:
        return False
    first, last = grey[:bar], grey[-bar:]
    flat = first.std() < _FLAT and last.std() < _FLAT and abs(float(first.mean() - last.mean())) < _LIKE
    return bool(flat and grey[bar:-bar].std() > 3 * _FLAT)

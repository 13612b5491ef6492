"""The 8 ways in which a picture may be shown: mirrored or not, turned by quarters. Numbered as in EXIF, less one."""

import numpy as np
import numpy.typing as npt

Affine = npt.NDArray[np.float64]
"""(2, 3): maps a point of the left picture to the right one, both in fractions of width and height."""

IDENTITY: Affine = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])

ORIENTATIONS: tuple[Affine, ...] = tuple(
    np.array(rows, dtype=np.float64)
    for rows in (
        ((1, 0, 0), (0, 1, 0)),
        ((-1, 0, 1), (0, 1, 0)),
        ((-1, 0, 1), (0, -1, 1)),
        ((1, 0, 0), (0, -1, 1)),
        ((0, 1, 0), (1, 0, 0)),
        ((0, -1, 1), (1, 0, 0)),
        ((0, -1, 1), (-1, 0, 1)),
        ((0, 1, 0), (-1, 0, 1)),
    )
)
"""The place of a picture's point in one that shows the picture turned, for each EXIF orientation 1..8."""

UNDOES = (0, 1, 2, 3, 4, 7, 6, 5)
"""Which orientation undoes each."""

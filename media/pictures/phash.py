"""Hashes of the whole picture, by which near-duplicates are found: imagehash's phash and dhash.

``phash`` holds 64 bytes: the 64-bit hash of the picture as each EXIF orientation would show it, from 1
(as it is) to 8, eight bytes each. Two pictures that are mirrored or turned copies of one another agree
in one of them with the other's first. The first is what ``imagehash.phash`` returns for the decoded picture, or within
two bits of it, since the picture is box-averaged before it is sampled; the others come from the same cosine transform,
since mirroring a picture changes the sign of its odd coefficients and transposing it transposes them.

``dhash`` holds 8 bytes, for the picture as it is: ``imagehash.dhash`` of the 32 x 32 samples that phash uses.
"""

import imagehash
import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from media.pictures.image import Fingerprint
from media.versions import PRINT_VERSIONS

PHASH_VERSION = PRINT_VERSIONS["phash"]
DHASH_VERSION = PRINT_VERSIONS["dhash"]

ORIENTATIONS = 8
_SIDE = 32
_KEPT = 8
"""The values of ImageHash: a cosine transform of 32 x 32 samples, of which the 8 x 8 lowest frequencies are kept, in
each of the 8 orientations of a picture."""
_GAP = 6.0
"""The least factor that is left to the sampling; what is more is box-averaged, in less than half of the time."""


def hash_picture(grey: Pillow.Image) -> tuple[Fingerprint, Fingerprint]:
    """Phash (in 8 orientations) and dhash of an upright grey picture (mode ``L``)."""
    samples = grey.resize((_SIDE, _SIDE), Pillow.Resampling.LANCZOS, reducing_gap=_GAP)
    upright: npt.NDArray[np.bool_] = imagehash.phash(samples).hash
    turned = _orient(np.asarray(samples, dtype=np.float64))
    phashes = np.concatenate([upright[None], turned[1:]])
    dhash: npt.NDArray[np.bool_] = imagehash.dhash(samples).hash
    return (
        Fingerprint("phash", PHASH_VERSION, np.packbits(phashes.reshape(ORIENTATIONS, -1), axis=1).tobytes()),
        Fingerprint("dhash", DHASH_VERSION, np.packbits(dhash.reshape(-1)).tobytes()),
    )


def _orient(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Phash bits (8, 8, 8) of 32 x 32 samples as shown by each EXIF orientation 1..8."""
    low = _COSINES @ samples @ _COSINES.T
    columns = low * _ALTERNATE[None, :]  # mirrored left to right
    rows = low * _ALTERNATE[:, None]  # upside down
    both = columns * _ALTERNATE[:, None]
    shown = np.stack([low, columns, both, rows, low.T, rows.T, both.T, columns.T])
    half = _KEPT * _KEPT // 2
    middle = np.partition(shown[:4].reshape(4, -1), (half - 1, half), axis=1)
    medians = (middle[:, half - 1] + middle[:, half]) / 2
    return np.asarray(shown > medians[[0, 1, 2, 3, 0, 3, 2, 1], None, None])


_COSINES = np.cos(np.pi / _SIDE * np.outer(np.arange(_KEPT), np.arange(_SIDE) + 0.5))
"""The first rows of the discrete cosine transform (DCT-II)."""
_ALTERNATE = np.where(np.arange(_KEPT) % 2, -1.0, 1.0)

"""Measures how much information a picture has that distinguishes it from others.

Flat, tiny and text-like pictures (blank scans, icons, logos, maps, screenshots of pages and windows) look
alike to every hash, so they are marked and compared strictly. A picture is not flat for being dark or faint: what
counts is how its grey levels differ within the range that it has.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from media.pictures.image import Information


def measure_information(
    grey: Pillow.Image, width_px: int, height_px: int, gain: float | None = None
) -> Information:
    """Return ``low`` for a flat, tiny or text-like picture, given in mode ``L`` at working size with its own size.

    ``gain`` is that of :func:`find_gain`, if it is known.
    """
    if min(width_px, height_px) < _TINY_PX:
        return "low"
    counts = np.asarray(grey.histogram(), dtype=np.float64)
    shares = counts / counts.sum()
    levels = np.arange(256)
    mean = float(shares @ levels)
    deviation = float(np.sqrt(shares @ (levels - mean) ** 2))
    if deviation < _FLAT_DEVIATION:
        return "low"
    if (find_gain(np.asarray(grey)) if gain is None else gain) >= _FAINT:
        return "low" if _share_of_flat_levels(shares, 0) > _FAINT_TEXT_LIKE_SHARE else "normal"
    return (
        "low"
        if deviation < _PLAIN_DEVIATION or _share_of_flat_levels(shares, 1) > _TEXT_LIKE_SHARE
        else "normal"
    )


def find_gain(grey: npt.NDArray[np.uint8] | npt.NDArray[np.float32]) -> float:
    """Return by how much a dark or faint picture must be stretched, so that limits in grey levels suit it: mostly 1."""
    some = grey[::_SPARSE, ::_SPARSE].ravel()
    last = len(some) - 1
    places = round(_OUTSIDE * last), round((1 - _OUTSIDE) * last)
    if some.dtype == np.uint8:  # counted in half the time of sorting
        low, high = np.searchsorted(np.cumsum(np.bincount(some)), places, side="right").tolist()
    else:
        low, high = np.partition(some, places)[list(places)].tolist()
    spread = float(high) - float(low)
    return min(_LARGEST_GAIN, max(1.0, _USUAL_RANGE / max(1.0, spread)))


def _share_of_flat_levels(shares: npt.NDArray[np.float64], neighbours: int) -> float:
    """Return the share of pixels on the two most frequent grey levels (each with its neighbours): paper and ink."""
    near = np.convolve(shares, np.ones(2 * neighbours + 1), mode="same")
    first = int(near.argmax())
    rest = near.copy()
    rest[max(0, first - 2 * neighbours) : first + 2 * neighbours + 1] = 0
    return float(near[first] + rest.max())


_TINY_PX = 48
"""Icons and bullets: shorter side under this."""
_FLAT_DEVIATION = 3.5
_PLAIN_DEVIATION = 6.0
"""Grey levels; of 200 photographs the flattest has 11.8, blank scans have under 3. With a ninth of the light,
photographs have 2.7 to 7."""
_TEXT_LIKE_SHARE = 0.45
"""0.36 at most in 200 photographs; over it are 7 of 10 screenshots of windows and 5 of 10 maps."""
_FAINT = 2.0
_FAINT_TEXT_LIKE_SHARE = 0.45
"""Of a picture with a small range, each level alone: there is no more in it than there are levels."""
_SPARSE, _OUTSIDE = 3, 0.01
_USUAL_RANGE = 100.0
"""Grey levels between which all but 2 in 100 pixels are: most photographs have more."""
_LARGEST_GAIN = 6.0

"""Estimates from pixels and metadata how a picture's file was made: by the camera, or by copying.

Of several copies of a photograph, the one nearest to the camera should be kept. This may be neither the largest picture
nor the largest file: an enlarged copy has more pixels but no more detail, noise takes more bytes than the detail that
it hides, and saving again in a higher quality does not improve a picture. The estimates use

- *detail*: if the spectrum of the sharpest places breaks off, everything above was invented by an enlargement (or
  removed by a blur); and the grid of 8 x 8 pixels that a JPEG leaves gets wider in an enlargement;
- *noise*, in the smoothest places;
- *savings*: the coefficients of 8 x 8 pixels to which a JPEG was rounded stay on their steps if it is saved again with
  finer steps, or as PNG (Fan and de Queiroz 2003, "Identification of bitmap compression history");
- the tables of a JPEG, which show how coarse these steps are;
- whether the metadata have a camera's exposure, and no editor's name.

The first eight bytes of the result sort in order of merit. What follows says how much the picture holds at each scale
(:mod:`media.pictures.detail`), so that two copies can be compared: :func:`is_nearer`.
"""

import struct
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from media.pictures.decode import DecodedPicture
from media.pictures.detail import Scales, compare_detail, mean_power, measure_detail, take_lines
from media.pictures.image import Fingerprint
from media.pictures.metadata.weigh import Embedded
from media.versions import PRINT_VERSIONS

MAKING_VERSION = PRINT_VERSIONS["making"]
KEY_BYTES = 8
"""The first bytes of the fingerprint: the more, the better."""

Grey = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Making:
    """The way in which a picture's file was made."""

    detail: float = 1.0
    """The share of its width up to which the picture holds detail; 1 without evidence of an enlargement."""
    noise: float = 0.0
    """Grey levels of deviation in the smoothest places."""
    camera: int = 0
    """2: as a camera wrote it; 1: from a camera, and edited; 0: not known."""
    saved_again: bool = False
    """Whether its pixels show the steps of an earlier JPEG that was coarser or in another format, or its format is one
    that sites pack their copies in."""
    quality: int = 100
    """The quality of the coarsest JPEG that it has been, in libjpeg's scale (1..100); 100 for none."""
    scales: bytes = b""
    """How much it holds at each scale (:mod:`media.pictures.detail`); empty if it was not decoded in full."""

    def as_bytes(self, width_px: int, height_px: int) -> bytes:
        """Return the fingerprint's value for a picture of this size."""
        area = round(width_px * height_px * self.detail * self.detail)
        packed = struct.pack(
            _PACKED,
            min(area, 0xFFFFFFFF),
            self.camera,
            255 - _noise_step(self.noise),
            not self.saved_again,
            self.quality,
            round(255 * self.detail),
            min(255, round(4 * self.noise)),
        )
        return packed + self.scales

    @classmethod
    def from_bytes(cls, value: bytes) -> "Making":
        """Read a fingerprint's value."""
        _, camera, _, once, quality, detail, noise = struct.unpack_from(_PACKED, value)
        return cls(detail / 255, noise / 4, camera, not once, quality, value[struct.calcsize(_PACKED) :])

    @property
    def is_noisy(self) -> bool:
        """Whether it has more noise than pictures of cameras."""
        return _noise_step(self.noise) > 0


_PACKED = ">IBBBBBB"


def is_duller(one: Making, other: Making, size: tuple[int, int], other_size: tuple[int, int]) -> bool:
    """Return whether a copy holds less detail than another one that shows the same, whatever its pixels."""
    return _lacks(one, other, size, other_size) >= 1


def _lacks(one: Making, other: Making, size: tuple[int, int], other_size: tuple[int, int]) -> float:
    """Return how much less detail the one copy holds: surely less from 1 on, surely more from 0 down."""
    lacks = compare_detail(
        Scales(one.scales, max(size), one.noise), Scales(other.scales, max(other_size), other.noise)
    )
    if sorted(size) == sorted(other_size):
        # Two doubts that agree are enough.
        if one.detail < _BLOWN_UP * other.detail and lacks > _DOUBTFUL:
            lacks = max(lacks, 1.0)
        if other.detail < _BLOWN_UP * one.detail and lacks < 1 - _DOUBTFUL:
            lacks = min(lacks, 0.0)
    # Blocks and specks have edges, which look like detail.
    if lacks >= 1 and _is_rough(other, one):
        return _IN_DOUBT
    return _IN_DOUBT if lacks <= 0 and _is_rough(one, other) else lacks


_BLOWN_UP = 0.7
_DOUBTFUL = 0.65
_IN_DOUBT = 0.5
_BLOCKY = 80


def _is_rough(one: Making, other: Making) -> bool:
    """Return whether what the one picture has more than the other may be noise, or the edges of blocks."""
    return one.is_noisy > other.is_noisy or (one.quality < _BLOCKY and one.quality < other.quality)


def is_nearer(one: Making, other: Making, size: tuple[int, int], other_size: tuple[int, int]) -> bool:
    """Return whether the other one of two copies, which show the same, is nearer to the camera's original."""
    area, other_area = size[0] * size[1], other_size[0] * other_size[1]
    if one.camera > other.camera and area >= other_area:
        return False
    lacks = _lacks(one, other, size, other_size)
    if lacks >= 1 or lacks <= 0:
        return lacks >= 1
    if sorted(size) == sorted(other_size):
        return _merit(other) > _merit(one)
    share = _AS_LARGE if one.is_noisy > other.is_noisy else 1.0
    return other_area * other.detail**2 > share * area * one.detail**2


_AS_LARGE = 0.9


def _merit(made: Making) -> tuple[int, int, bool, int]:
    """Return what orders copies of one size that hold as much: the more, the better."""
    return made.camera, -_noise_step(made.noise), not made.saved_again, made.quality


def _noise_step(noise: float) -> int:
    """0 up to what cameras leave, then one for each doubling."""
    return 0 if noise < _NOISY else min(8, 1 + int(np.log2(noise / _NOISY)))


_NOISY = 7.0
"""The noise in the smoothest sixteenth of a picture. 200 photographs have less; with 3 % salt and pepper all have
more."""


def measure_making(data: bytes, decoded: DecodedPicture, embedded: Embedded) -> Fingerprint:
    """Return the fingerprint ``making`` of a picture, whose file is ``data``, decoded in full."""
    camera = (1 if embedded.edited else 2) if embedded.camera else 0
    # What is packed for the web was made from something else, unless a camera says that it wrote it.
    copied = decoded.format in _COPYING and not camera and data[12:16] != b"VP8L"
    making = Making(camera=camera)
    if decoded.stored_grey is not None:
        making = _measure(decoded.stored_grey, decoded.luma_steps, camera)
    making = replace(making, saved_again=making.saved_again or copied)
    return Fingerprint("making", MAKING_VERSION, making.as_bytes(decoded.width_px, decoded.height_px))


_COPYING = ("WEBP", "AVIF", "GIF")
"""Formats in which sites pack pictures that were taken or drawn in another one, with losses."""


def _measure(grey: npt.NDArray[np.uint8], steps: npt.NDArray[np.int64] | None, camera: int) -> Making:
    tiles = _tiles(grey)
    if tiles is None:
        return Making(camera=camera, quality=100 if steps is None else _quality(steps))
    slopes = np.abs(tiles[:, ::2, 1:] - tiles[:, ::2, :-1]).mean(axis=(1, 2))
    earlier = _earlier_steps(tiles, steps)
    coarsest = steps if earlier is None else earlier
    return Making(
        # A camera's own file was not enlarged: it is only out of focus.
        1.0 if camera == 2 else _detail(grey, tiles, slopes),
        _noise(tiles[np.argsort(slopes)[: max(1, len(tiles) // _SMOOTH)]]),
        camera,
        earlier is not None,
        100 if coarsest is None else _quality(coarsest),
        measure_detail(grey),
    )


# --- the pixels

_TILE = 64
_TILES = 8
"""The number of tiles on each side."""


def _tiles(grey: npt.NDArray[np.uint8]) -> Grey | None:
    """Places all over the picture, on its grid of blocks: (n, 64, 64)."""
    height, width = grey.shape
    if min(height, width) < _TILE:
        return None
    rows, columns = (
        np.unique(np.linspace(0, side - _TILE, min(_TILES, side // _TILE)).astype(int) // 8 * 8)
        for side in (height, width)
    )
    windows = np.lib.stride_tricks.sliding_window_view(grey, (_TILE, _TILE))
    return np.asarray(windows[rows[:, None], columns].reshape(-1, _TILE, _TILE), dtype=np.float32)


# --- detail

_SHARPEST = 16
_WINDOW = np.outer(np.hanning(_TILE), np.hanning(_TILE)).astype(np.float32)
_WINDOW_POWER = float((_WINDOW**2).sum())
_BINS = np.minimum(
    np.hypot(np.fft.fftfreq(_TILE)[:, None], np.fft.rfftfreq(_TILE)[None, :]) * _TILE, _TILE // 2 + 1
).round().astype(np.int64).ravel()  # fmt: skip
_CLIFFS = np.arange(6, _TILE // 2 - 3)
_BELOW = (_CLIFFS * 7 // 10, _CLIFFS * 92 // 100 + 1)
_ABOVE = (-(-_CLIFFS * 11 // 10), np.minimum(_CLIFFS * 14 // 10, _TILE // 2) + 1)
_FALLS = 0.95
"""With less, as most photographs have, no grid is looked for: of 248 enlargements by 1.5 and more none has less."""
_GRID_COUNTS = 0.8
_ENOUGH_SAID = 1.8
"""The powers of ten by which the spectrum falls within half an octave, and by which a wider grid stands out of it. 1 in
172 of 44 photographs and their copies in quality 97, in 70 and in half the size has as much. All 88 copies enlarged by
1.5 and 2 have. Neither of the two measures finds so many on its own."""
_SAFE = 0.6
"""The factor on the place where the spectrum falls, so that the estimate never exceeds the original size."""
_SAFELY = 0.9
_TELLING_PX = 130
"""Shorter side: of smaller pictures too few places are looked at."""


def _detail(grey: npt.NDArray[np.uint8], tiles: Grey, slopes: npt.NDArray[np.float32]) -> float:
    from scipy import fft  # it takes a while to import, and only readers need it

    sharpest = tiles[np.argsort(-slopes)[:_SHARPEST]]
    sharpest = (sharpest - sharpest.mean(axis=(1, 2), keepdims=True)) * _WINDOW
    power = mean_power(fft.rfft2(sharpest).reshape(len(sharpest), -1)) / np.float32(_WINDOW_POWER)
    half = _TILE // 2
    counts = np.bincount(_BINS, minlength=half + 2)
    level = np.log10(np.bincount(_BINS, power, half + 2)[: half + 1] / counts[: half + 1] + 1e-3)
    sums = np.concatenate([[0.0], np.cumsum(level)])
    below, above = ((sums[ends] - sums[starts]) / (ends - starts) for starts, ends in (_BELOW, _ABOVE))
    best = int((below - above).argmax())
    fall, at = float(below[best] - above[best]), int(_CLIFFS[best])
    if fall < _FALLS or min(grey.shape) < _TELLING_PX:
        return 1.0
    enlargement, grid = _enlargement(grey)
    if fall + _GRID_COUNTS * grid < _ENOUGH_SAID:
        return 1.0
    return min(_SAFE * at / half, _SAFELY / enlargement if grid > _STRETCHED else 1.0)


_LINES = 96
"""Rows, and columns, that are looked at."""
_LOUDEST = 24.0
"""Grey levels: what an edge adds to a line."""
_ENLARGED = np.exp(np.arange(np.log(1.12), np.log(4.2), 8e-4))
"""The possible enlargements, in steps smaller than a line of 1,000 pixels can distinguish."""
_HARMONICS = np.arange(1, 17)[:, None] / (8 * _ENLARGED)[None, :]
"""The harmonics of an enlarged grid of 8 pixels, in cycles per pixel."""
_STRETCHED = 0.85
"""Mean logarithm of how far these stand out, both ways, from which on it is known by how much. Of seventy photographs
one has more, and had been blown up."""


def _enlargement(grey: npt.NDArray[np.uint8]) -> tuple[float, float]:
    """Return by how much the grid of an earlier JPEG was most likely blown up, and how far it stands out."""
    scores = np.minimum(*(_comb(take_lines(grey, axis, _LINES)) for axis in (0, 1)))
    best = int(scores.argmax())
    return float(_ENLARGED[best]), float(scores[best])


def _comb(lines: Grey) -> npt.NDArray[np.float64]:
    """Return, for each enlargement, how far the harmonics of its grid stand out of the spectrum along the lines."""
    bent = np.abs(lines[:, 2:] - 2 * lines[:, 1:-1] + lines[:, :-2])
    along = np.minimum(bent, _LOUDEST).mean(axis=0)
    around = np.convolve(np.pad(along, 4, mode="edge"), np.full(9, 1 / 9), "valid")
    count = len(along)
    at, counts, window = _harmonics(count)
    power = np.abs(np.fft.rfft((along - around) * window))
    usual = float(np.median(power[int(0.06 * count) :])) + 1e-6
    out = np.log(np.clip(power / usual, 1e-3, 30.0))
    out = np.maximum(np.maximum(out, np.roll(out, 1)), np.roll(out, -1))
    score: npt.NDArray[np.float64] = np.where(counts, out[at], 0.0).sum(axis=0) / counts.sum(axis=0).clip(3)
    return score


@lru_cache(maxsize=16)
def _harmonics(count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Return the places of the harmonics in a line's spectrum, which of them are usable, and the window of the line.

    Harmonics at which the file's own grid of 8 pixels stands out are not usable.
    """
    own = np.abs(_HARMONICS * 8 - np.round(_HARMONICS * 8)) <= 32 / count
    at = np.minimum((_HARMONICS * count).round().astype(np.int64), count // 2)
    return at, (_HARMONICS > 0.07) & (_HARMONICS < 0.495) & ~own, np.hanning(count)


# --- noise

_SMOOTH = 16
"""The number of tiles of which one, the smoothest, is measured."""


def _noise(smoothest: Grey) -> float:
    """Deviation of the noise by what a second difference both ways leaves (Immerkaer 1996)."""
    second = smoothest[:, :-2] - 2 * smoothest[:, 1:-1] + smoothest[:, 2:]
    left = np.abs(second[:, :, :-2] - 2 * second[:, :, 1:-1] + second[:, :, 2:])
    return float(np.sqrt(np.pi / 2) / 6 * left.mean())


# --- savings

_AT, _FIRST = np.arange(8)[None, :], np.arange(8)[:, None]
_COSINES = (np.sqrt(np.where(_FIRST == 0, 0.125, 0.25)) * np.cos((2 * _AT + 1) * _FIRST * np.pi / 16)).astype(
    np.float32
)
"""The transform of JPEG (ITU-T T.81, A.3.3), one way."""
_LOW = ((0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (0, 3), (1, 2), (2, 1), (3, 0))
"""Frequencies (down, across) that photographs have something in."""
_LOW_AT = [8 * down + across for down, across in _LOW]
_STANDARD = np.array(
    [16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
     14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
     49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99]
)  # fmt: skip
"""Luminance steps of ITU-T T.81, table K.1, which libjpeg scales."""
_QUALITIES = np.arange(50, 97)
_TABLES = ((200 - 2 * _QUALITIES)[:, None] * _STANDARD + 50).clip(100) // 100
"""The steps of each of these qualities of libjpeg."""
_STEPS = np.arange(2, 41)
_ENOUGH = 200
"""Coefficients of a frequency that are not rounded to nothing."""
_COUNTED = 0.4
"""The share of a step from which a coefficient counts. Including those on half a step, multiples of the present step
would not be multiples of twice that step."""
_ON_STEPS = 0.35
"""The least agreement with multiples of a step: 1 if all lie on them, 0.05 by chance."""
_AGREE = 3
"""Frequencies that must show an earlier step."""


def _earlier_steps(tiles: Grey, steps: npt.NDArray[np.int64] | None) -> npt.NDArray[np.int64] | None:
    """Return the table of an earlier, coarser JPEG at the frequencies where it shows; None if there is none."""
    across = (tiles.reshape(-1, 8) @ _COSINES.T).reshape(-1, 8, _TILE)  # of each row in each block
    both = np.ascontiguousarray(across.transpose(0, 2, 1)).reshape(-1, 8) @ _COSINES.T
    # (tiles x rows of blocks, blocks and frequencies across, frequencies down)
    sums = _count(np.abs(both, out=both).reshape(-1, 64)) @ _SUMS
    many, on_steps = np.split(sums.reshape(8, 8, -1).transpose(1, 0, 2).reshape(64, -1), 2, axis=1)
    now = np.ones(64, np.int64) if steps is None else steps
    found = np.zeros(64, np.int64)
    low = _LOW_AT
    lies = (many[low] >= _ENOUGH) & (1.2 * now[low, None] < _STEPS) & (on_steps[low] > _ON_STEPS * many[low])
    found[low] = np.where(lies, _STEPS, 0).max(axis=1)
    if np.count_nonzero(found) >= _AGREE:
        return found
    return _usual_table(many, on_steps, now)


_FINE = 4
_REACH = 200
"""Bins to a grey level, and how far coefficients are counted."""
_BINS_EACH = _FINE * _REACH
_BIN_AT = np.arange(_BINS_EACH) / _FINE
_COUNTS = (_BIN_AT[None, :] > _COUNTED * _STEPS[:, None]).astype(np.float32)
_WAVES = _COUNTS * np.cos(2 * np.pi * _BIN_AT[None, :] / _STEPS[:, None]).astype(np.float32)
_SUMS = np.concatenate([_COUNTS, _WAVES]).T


def _count(coefficients: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return how often each coefficient comes in each frequency: (64, bins). Those that no step counts are left out."""
    at = np.flatnonzero(coefficients > _COUNTED * _STEPS[0])
    bins = np.minimum(coefficients.ravel()[at] * np.float32(_FINE) + np.float32(0.5), _BINS_EACH - 1).astype(
        np.int64
    )
    bins += (at & 63) * _BINS_EACH
    return np.bincount(bins, minlength=64 * _BINS_EACH).reshape(64, -1).astype(np.float32)


def _usual_table(
    many: npt.NDArray[np.float32], on_steps: npt.NDArray[np.float32], now: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64] | None:
    """Return the coarsest of libjpeg's tables, coarser than the present one, on whose steps all frequencies lie."""
    at = np.arange(64)
    usable = _TABLES_FIT & (1.4 * now < _TABLES)
    if not usable.any():
        return None
    counts = (many[at, _TABLES_AT] * usable).sum(axis=1)
    agree = (on_steps[at, _TABLES_AT] * usable).sum(axis=1) / counts.clip(1)
    lies = (counts >= _ENOUGH_IN_ALL) & (agree >= _ON_TABLE)
    if not lies.any():
        return None
    best = agree[lies].max()
    return np.asarray(_TABLES[int(np.flatnonzero(lies & (agree >= 0.8 * best))[0])], dtype=np.int64)


_TABLES_AT = (_TABLES - _STEPS[0]).clip(0, len(_STEPS) - 1)
_TABLES_FIT = (_TABLES.clip(_STEPS[0], _STEPS[-1]) == _TABLES) & (np.arange(64) > 0)
"""The places of these steps among those that are looked at, and which of them are."""
_ENOUGH_IN_ALL = 400
_ON_TABLE = 0.2
"""The least agreement of all frequencies together with the steps of one table."""


def _quality(steps: npt.NDArray[np.int64]) -> int:
    """Return the quality for which libjpeg would make these steps, those of 0 left out."""
    known = [place for place in _LOW_AT if steps[place]]
    scale = 100 * float(np.mean(steps[known] / _STANDARD[known]))
    quality = 5000 / scale if scale > 100 else (200 - scale) / 2
    return min(100, max(1, round(quality)))

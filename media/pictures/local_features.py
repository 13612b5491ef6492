"""Local features: the surroundings of a picture's blobs, coded in 64 bits each, by which parts of it are found.

A crop, a frame or a screenshot changes every hash of the whole picture, and hardly a blob in it.

1. Blobs are the extrema, in place and scale, of the difference of two blurs, on a pyramid of steps of the root
   of 2. Those on edges are dropped (as in Lowe 2004, section 4.1), the strongest of each level kept.
2. Each is described by the low frequencies of a patch 18 samples wide around it: the 8 x 8 cosine transform, of
   which the 32 lowest coefficients but the first. One bit says the sign of a coefficient, one whether it is
   larger than usual, so brightness and contrast do not matter.

Patches are not turned to an orientation of their own: news pictures are mirrored or turned by quarters, if at all,
and these 8 orientations change a code in a known way (:func:`turn_codes`): mirroring changes the signs of odd
coefficients, transposing swaps them. Tilts up to some 10 degrees are within what a code bears.

``blobs`` holds, for n features, n codes (64 bits, big-endian), then n times x, n times y (in 256ths of the longer
side), then n levels: 11 bytes each.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from media.pictures.image import Fingerprint
from media.pictures.information import find_gain
from media.versions import PRINT_VERSIONS

cv2.setNumThreads(1)
"""Scans run a process for each processor already; pictures of this size are not worth more threads."""

BLOBS_VERSION = PRINT_VERSIONS["blobs"]
BLOB_BYTES = 11
"""Stored: code 8, place 2, level 1."""

_SIDE_PX = 384
"""Longer side of the pyramid's base."""
_QUOTAS = (30, 30, 28, 24, 20, 16, 10, 6)
"""Features kept a level, fine to coarse. The coarse ones are what a small copy in a screenshot still has."""
_RESPONSE = 2.0
"""Grey levels: fainter blobs do not survive recompression."""
_EDGE = 11.0**2 / 10.0
"""Ratio of principal curvatures of 10, as Lowe has it."""
_PATCH = 8
_SPACING = 2.6
"""Level pixels between the samples of a patch."""
_MARGIN = 4
"""Samples at the edge, where a blur has nothing of the picture on one side."""

_ORDER = (
    *((row, total - row) for total in range(1, 7) for row in range(total + 1)),
    *((3, 4), (4, 3), (2, 5), (5, 2), (4, 4)),
)
"""Coefficients (down, across) from low to high. With each its transposed one, so that a code can be turned."""
_ROWS = np.array([row for row, _ in _ORDER])
_COLUMNS = np.array([column for _, column in _ORDER])
_USUAL = np.array(
    (
        0.4112,
        0.4112,
        0.1842,
        0.1297,
        0.1842,
        0.1068,
        0.0919,
        0.0919,
        0.1068,
        0.0766,
        0.0530,
        0.0755,
        0.0530,
        0.0766,
        0.0315,
        0.0320,
        0.0414,
        0.0414,
        0.0320,
        0.0315,
        0.0239,
        0.0189,
        0.0383,
        0.0295,
        0.0383,
        0.0189,
        0.0239,
        0.0176,
        0.0176,
        0.0131,
        0.0131,
        0.0183,
    ),
    dtype=np.float32,
)
"""Median size of each coefficient in patches of unit length: 32,000 blobs of 200 photographs, made symmetric."""

_STEP = np.arange(_PATCH)
_COSINES = (np.sqrt(2 / _PATCH) * np.cos(np.pi / _PATCH * np.outer(_STEP, _STEP + 0.5))).astype(np.float32)
"""Discrete cosine transform (DCT-II); the first row's own factor does not matter, since it is left out."""
_OFFSETS = ((_STEP - (_PATCH - 1) / 2) * _SPACING).astype(np.float32)
_AROUND = np.ones((3, 3), np.uint8)

Codes = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Blobs:
    """The local features of a picture."""

    codes: Codes
    """(n,)"""
    points: Floats
    """(n, 2): x and y, as shares of the longer side."""
    levels: npt.NDArray[np.uint8]
    """(n,): a blob of level k is 2 ** (k / 2) as large as one of level 0."""

    def __len__(self) -> int:
        return len(self.codes)

    def as_bytes(self) -> bytes:
        """Return the features in the form stored in fingerprints."""
        grid = np.clip(np.round(self.points * 256 - 0.5), 0, 255).astype(np.uint8)
        return (
            self.codes.astype(">u8").tobytes()
            + grid[:, 0].tobytes()
            + grid[:, 1].tobytes()
            + self.levels.tobytes()
        )

    @classmethod
    def from_bytes(cls, value: bytes) -> "Blobs":
        """Return the reverse of :meth:`as_bytes`."""
        count = len(value) // BLOB_BYTES
        codes = np.frombuffer(value, dtype=">u8", count=count).astype(np.uint64)
        rest = np.frombuffer(value, dtype=np.uint8, offset=8 * count, count=3 * count).reshape(3, count)
        points = (rest[:2].T.astype(np.float32) + np.float32(0.5)) / np.float32(256)
        return cls(codes, points, rest[2])


def describe_blobs(grey: Pillow.Image | npt.NDArray[np.uint8], gain: float | None = None) -> Fingerprint:
    """Return the local features of an upright grey picture (mode ``L``) at its working size.

    ``gain`` is that of :func:`media.pictures.information.find_gain`, if it is known.
    """
    return Fingerprint("blobs", BLOBS_VERSION, find_blobs(grey, gain).as_bytes())


def find_blobs(grey: Pillow.Image | npt.NDArray[np.uint8], gain: float | None = None) -> Blobs:
    """Return the places of a picture's blobs, and their surroundings."""
    pixels = np.asarray(grey)
    height, width = pixels.shape
    scale = _SIDE_PX / max(height, width)
    if scale < 0.8:  # against aliasing: the resize below looks at 4 pixels only
        pixels = cv2.blur(pixels, (2, 2) if scale > 0.5 else (3, 3))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    base = cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR).astype(np.float32)
    base *= np.float32(find_gain(np.asarray(grey)) if gain is None else gain)
    smooth, response = _pyramid(base)
    if not response:
        return Blobs(np.zeros(0, np.uint64), np.zeros((0, 2), np.float32), np.zeros(0, np.uint8))
    levels, x, y = _Levels(response).find_extrema()
    shapes = np.array([each.shape for each in response], dtype=np.float32)[levels]
    at = np.stack([(x + 0.5) * (size[0] / shapes[:, 1]), (y + 0.5) * (size[1] / shapes[:, 0])], axis=1)
    points = (at / np.float32(_SIDE_PX)).astype(np.float32)
    return Blobs(_encode(_sample_patches(smooth, levels, x, y)), points, levels.astype(np.uint8))


def _pyramid(base: Floats) -> tuple[list[Floats], list[Floats]]:
    """Yield each level blurred, and the change from a second blur."""
    smooth: list[Floats] = []
    response: list[Floats] = []
    level = base
    for number in range(len(_QUOTAS)):
        if min(level.shape) < 4 * _MARGIN:
            break
        once = np.asarray(cv2.GaussianBlur(level, (5, 5), 1.1), dtype=np.float32)
        twice = np.asarray(cv2.GaussianBlur(once, (5, 5), 1.1), dtype=np.float32)
        smooth.append(twice)
        response.append(twice - once)
        shrink = 2 ** (-(number + 1) / 2)
        size = max(1, round(base.shape[1] * shrink)), max(1, round(base.shape[0] * shrink))
        level = np.asarray(cv2.resize(once, size, interpolation=cv2.INTER_LINEAR), dtype=np.float32)
    return smooth, response


class _Levels:
    """The response of all levels in one array, so that the few extrema of each level are looked at together."""

    def __init__(self, response: list[Floats]) -> None:
        self._response = response
        self._flat = np.concatenate([each.ravel() for each in response])
        self._rows, self._columns = np.array([each.shape for each in response], dtype=np.int64).T
        self._starts = np.concatenate([[0], np.cumsum(self._rows * self._columns)])

    def find_extrema(self) -> tuple[Integers, Floats, Floats]:
        """Return the strongest blobs: their levels, in order, and x and y to a fraction of a level's pixel."""
        every = [self._highest(level) for level in range(len(self._response))]
        # The strongest come first: most of a level's extrema need no further look.
        first = [self._strongest(level, at) for level, at in enumerate(every)]
        found = self._sharp(first)
        enough = np.bincount(found.levels, minlength=len(every)) >= _QUOTA_OF[: len(every)]
        more = [some if enough[level] else every[level] for level, some in enumerate(first)]
        if sum(map(len, more)) > sum(map(len, first)):
            found = self._sharp(more)
        return self._place(self._within_quotas(found))

    def _highest(self, level: int) -> Integers:
        """Return the places of a level that exceed those around them, in the flat array."""
        size = np.abs(self._response[level])
        highest = (size >= cv2.dilate(size, _AROUND)) & (size > _RESPONSE)
        highest[:_MARGIN] = highest[-_MARGIN:] = False
        highest[:, :_MARGIN] = highest[:, -_MARGIN:] = False
        return np.asarray(np.flatnonzero(highest) + self._starts[level])

    def _strongest(self, level: int, at: Integers) -> Integers:
        few = _LOOKED_AT * _QUOTAS[level]
        if len(at) <= few:
            return at
        size = np.abs(self._flat[at])
        return np.asarray(at[size >= np.partition(size, len(at) - few)[len(at) - few]])

    def _sharp(self, places: list[Integers]) -> "_Extrema":
        """Return those of ``places`` that are not edges, and are also extrema between the levels."""
        levels = np.repeat(np.arange(len(places)), [len(each) for each in places])
        at, flat = np.concatenate(places), self._flat
        rows, columns = self._rows[levels], self._columns[levels]
        value = flat[at]
        left, right, above, below = flat[at - 1], flat[at + 1], flat[at - columns], flat[at + columns]
        across, down = right + left - 2 * value, below + above - 2 * value
        both = (
            flat[at + columns + 1] - flat[at + columns - 1] - flat[at - columns + 1] + flat[at - columns - 1]
        ) / 4
        curvature, trace = across * down - both * both, across + down
        kept = np.flatnonzero((curvature > 0) & (trace * trace < _EDGE * 1.1 * curvature))
        at, levels, rows, columns = at[kept], levels[kept], rows[kept], columns[kept]
        y, x = np.divmod(at - self._starts[levels], columns)
        size = np.abs(value[kept])
        extreme = np.ones(len(kept), dtype=bool)
        for step in (-1, 1):
            other = levels + step
            there = (other >= 0) & (other < len(places))
            other = np.where(there, other, levels)
            down_there = np.minimum(y * self._rows[other] // rows, self._rows[other] - 1)
            across_there = np.minimum(x * self._columns[other] // columns, self._columns[other] - 1)
            beside = flat[self._starts[other] + down_there * self._columns[other] + across_there]
            extreme &= ~there | (size >= 0.9 * np.abs(beside))
        kept = kept[extreme]
        return _Extrema(
            at[extreme],
            levels[extreme],
            y[extreme],
            x[extreme],
            (right[kept] - left[kept]) / (-2 * across[kept]),
            (below[kept] - above[kept]) / (-2 * down[kept]),
        )

    def _within_quotas(self, found: "_Extrema") -> "_Extrema":
        """Return the strongest of each level, in the order of their places."""
        order = np.lexsort((-np.abs(self._flat[found.at]), found.levels))
        counts = np.bincount(found.levels, minlength=len(self._response))
        rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
        return found.only(np.sort(order[rank < _QUOTA_OF[found.levels]]))

    def _place(self, found: "_Extrema") -> tuple[Integers, Floats, Floats]:
        x, y = (
            (place + np.clip(nudge, -0.5, 0.5)).astype(np.float32)
            for place, nudge in ((found.x, found.across), (found.y, found.down))
        )
        return found.levels, x, y


@dataclass(frozen=True, slots=True)
class _Extrema:
    """Arrays of one length."""

    at: Integers
    """In the flat array."""
    levels: Integers
    y: Integers
    x: Integers
    across: Floats
    down: Floats
    """The way to the summit, in pixels."""

    def only(self, rows: Integers) -> "_Extrema":
        return _Extrema(
            self.at[rows], self.levels[rows], self.y[rows], self.x[rows], self.across[rows], self.down[rows]
        )


_LOOKED_AT = 6
"""Extrema looked at first, for each that is kept."""
_QUOTA_OF = np.array(_QUOTAS)


def _sample_patches(smooth: list[Floats], levels: Integers, x: Floats, y: Floats) -> Floats:
    """Return the surroundings of blobs; ``levels`` are in order."""
    count = len(x)
    across, down = np.empty((2, count, _PATCH, _PATCH), np.float32)
    across[:] = x[:, None, None] + _OFFSETS[None, None, :]
    down[:] = y[:, None, None] + _OFFSETS[None, :, None]
    patches = np.empty((count, _PATCH, _PATCH), np.float32)
    ends = np.cumsum(np.bincount(levels, minlength=len(smooth)))
    for level, (start, end) in enumerate(zip(np.concatenate([[0], ends[:-1]]), ends, strict=True)):
        if start < end:
            patches[start:end] = cv2.remap(
                smooth[level],
                across[start:end].reshape(-1, _PATCH),
                down[start:end].reshape(-1, _PATCH),
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            ).reshape(-1, _PATCH, _PATCH)
    return patches


def _coefficients(patches: Floats) -> Floats:
    """(n, 32), of unit length."""
    low = (_COSINES @ patches @ _COSINES.T)[:, _ROWS, _COLUMNS]
    return np.asarray(low / (np.linalg.norm(low, axis=1, keepdims=True) + 1e-6), dtype=np.float32)


def _encode(patches: Floats) -> Codes:
    low = _coefficients(patches)
    bits = np.concatenate([low > 0, np.abs(low) > _USUAL], axis=1)
    return _pack(bits)


def _pack(bits: npt.NDArray[np.bool_] | npt.NDArray[np.uint8]) -> Codes:
    packed = np.ascontiguousarray(np.packbits(bits, axis=1))
    return packed.view(">u8").astype(np.uint64).reshape(-1)


def turn_codes(codes: Codes, orientation: int) -> Codes:
    """Return the codes as they are once the picture is shown by an EXIF orientation (0 for 1, as it is, to
    7 for 8).
    """
    turned = codes ^ _SIGNS[orientation]
    if orientation < 4:
        return turned
    bits = np.unpackbits(turned.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1)
    return _pack(bits[:, _TRANSPOSED])


def _sign_mask(changes: npt.NDArray[np.bool_]) -> np.uint64:
    return np.uint64(
        int.from_bytes(np.packbits(np.concatenate([changes, np.zeros(32, bool)])).tobytes(), "big")
    )


_MIRRORED, _FLIPPED = _COLUMNS % 2 == 1, _ROWS % 2 == 1
_SIGNS = tuple(
    _sign_mask(changes)
    for changes in (
        np.zeros(32, bool),
        _MIRRORED,
        _MIRRORED ^ _FLIPPED,
        _FLIPPED,
        np.zeros(32, bool),
        _FLIPPED,
        _MIRRORED ^ _FLIPPED,
        _MIRRORED,
    )
)
"""Which signs change before the picture is transposed (orientations 5 to 8) or not."""
_SWAP = [_ORDER.index((column, row)) for row, column in _ORDER]
_TRANSPOSED = np.array([*_SWAP, *(32 + place for place in _SWAP)])

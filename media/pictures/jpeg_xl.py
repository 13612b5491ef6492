"""JPEG XL pictures. This needs the package imagecodecs (libjxl), which is an extra because it contains fifty codecs.

The header shows how much memory a picture takes, before any of it is decoded.
"""

from typing import BinaryIO

import numpy as np
from PIL import Image as Pillow

from media.errors import ImageError, NotInstalledError, UnreadError

_MOST_PX = 100 << 20
"""Pixels: 100 million of three bytes, and as much again while they are copied."""
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
"""The ratios of width to height (ISO/IEC 18181-1, SizeHeader)."""


def open_jpeg_xl(file: BinaryIO) -> Pillow.Image:
    """Return the picture in a file, at 8 bits per channel; the first frame of an animation.

    :raises NotInstalledError: imagecodecs is missing.
    :raises ImageError: it is not a picture, or it is too large to decode.
    """
    try:
        import imagecodecs
    except ImportError as error:
        raise NotInstalledError("JPEG XL pictures", "jxl") from error
    data = file.read()
    width, height = read_size(data)
    if width * height > _MOST_PX:
        raise UnreadError(f"not read: a picture of {width:,} x {height:,} pixels, over the limit of JPEG XL")
    samples = np.asarray(imagecodecs.jpegxl_decode(data))
    if samples.ndim == 4 or (samples.ndim == 3 and samples.shape[2] not in (1, 2, 3, 4)):
        samples = samples[0]
    if samples.dtype == np.uint16:
        samples = (samples >> 8).astype(np.uint8)
    elif samples.dtype != np.uint8:
        samples = (np.clip(np.nan_to_num(samples.astype(np.float32)), 0, 1) * 255).astype(np.uint8)
    if samples.ndim == 3 and samples.shape[2] == 1:
        samples = samples[:, :, 0]
    picture = Pillow.fromarray(samples)
    picture.format = "JXL"
    return picture


def read_size(data: bytes) -> tuple[int, int]:
    """Return the width and height in the header of the code stream.

    :raises ImageError: there is no header.
    """
    stream = _code_stream(data)
    if stream[:2] != b"\xff\x0a" or len(stream) < 14:
        raise ImageError("The picture begins as JPEG XL but its header is damaged or cut short")
    bits = _Bits(int.from_bytes(stream[2:14], "little"))
    small = bits.take(1)
    height = _side(bits, small)
    ratio = bits.take(3)
    if ratio == 0:
        return _side(bits, small), height
    over, under = _RATIOS[ratio]
    return height * over // under, height


class _Bits:
    """Bits from the lowest on."""

    def __init__(self, value: int) -> None:
        self.value = value

    def take(self, count: int) -> int:
        taken = self.value & ((1 << count) - 1)
        self.value >>= count
        return taken


def _side(bits: _Bits, small: int) -> int:
    if small:
        return (bits.take(5) + 1) * 8
    return bits.take((9, 13, 18, 30)[bits.take(2)]) + 1


def _code_stream(data: bytes) -> bytes:
    """Return the beginning of the code stream: the data themselves, or the first box that holds it."""
    if data[:2] == b"\xff\x0a":
        return data[:64]
    at = 0
    while at + 8 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        start = at + (16 if size == 1 else 8)
        if kind in (b"jxlc", b"jxlp"):
            start += 4 if kind == b"jxlp" else 0
            return data[start : start + 64]
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size < 8:
            break
        at += size
    return b""

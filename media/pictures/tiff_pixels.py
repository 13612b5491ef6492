"""TIFF files that are valid and that Pillow does not open: BigTIFF of old writers, floating-point colour, WebP inside.

Only what takes few lines to read; what is left is named, and never called damaged.
"""

import io
import zlib
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from media.errors import UnreadError
from media.pictures.metadata.tiff import Tag, Tiff, open_tiff

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_STRIPS, _ORIENTATION, _SAMPLES, _ROWS, _STRIP_BYTES, _PLANAR, _PREDICTOR, _TILES, _FORMAT = (
    273, 274, 277, 278, 279, 284, 317, 324, 339,
)  # fmt: skip
_WANTED = frozenset((
    _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _STRIPS, _SAMPLES, _ROWS, _STRIP_BYTES, _PLANAR, _PREDICTOR,
    _TILES, _FORMAT, _ORIENTATION,
))  # fmt: skip

_KINDS: Mapping[tuple[int, int], str] = {
    (1, 8): "u1", (1, 16): "u2", (1, 32): "u4", (3, 16): "f2", (3, 32): "f4", (3, 64): "f8",
}  # fmt: skip
"""Sample format and bits -> how numpy names it."""
_COMPRESSIONS = {
    2: "CCITT", 3: "fax", 4: "fax", 5: "LZW", 6: "old JPEG", 7: "JPEG", 8: "Deflate", 32773: "PackBits",
    32946: "Deflate", 34661: "JBIG", 34712: "JPEG 2000", 34887: "LERC", 34892: "lossy JPEG", 34925: "LZMA",
    50000: "Zstandard", 50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL",
}  # fmt: skip
_DEFLATE, _WEBP = (8, 32946), 50001
_PILLOW_READS = frozenset({1, 2, 3, 4, 5, 6, 7, 32773, *_DEFLATE})
"""Compressions: where one of these cannot be decoded, the file is damaged."""
_SAMPLE_BYTES = 12
"""The bytes per sample, including the copies made of it."""


def is_packed_unusually(data: bytes) -> bool:
    """Return whether a TIFF is compressed in a way that Pillow may not decode, although it is whole."""
    tiff = open_tiff(data)
    tags = tiff.read_tags(tiff.first, _WANTED) if tiff else {}
    return tiff is not None and (tiff.read_integer(tags.get(_COMPRESSION)) or 1) not in _PILLOW_READS


def open_unusual_tiff(data: bytes, memory_bytes: int) -> Pillow.Image | None:
    """Return the first picture of a TIFF that Pillow does not open, decoded; None where it is damaged.

    :raises UnreadError: it is whole as far as can be seen, and of a kind that is not read.
    """
    tiff = open_tiff(data)
    tags = tiff.read_tags(tiff.first, _WANTED) if tiff else {}
    if tiff is None or not {_WIDTH, _HEIGHT}.issubset(tags):
        return None
    width, height = tiff.read_integer(tags[_WIDTH]) or 0, tiff.read_integer(tags[_HEIGHT]) or 0
    compression = tiff.read_integer(tags.get(_COMPRESSION)) or 1
    strips = list(_strips(tiff, tags))
    if not width or not height or any(strip is None for strip in strips):
        return None
    samples = tiff.read_integer(tags.get(_SAMPLES)) or 1
    if width * height * samples * _SAMPLE_BYTES > memory_bytes or not strips or samples not in (1, 3, 4):
        raise _unread(tiff, tags)
    rows = min(tiff.read_integer(tags.get(_ROWS)) or height, height)
    present = [strip for strip in strips if strip is not None]
    picture = (
        _join_webp(present, width, height, rows)
        if compression == _WEBP
        else _assemble(tiff, tags, present, (height, width, samples))
    )
    picture.format = "TIFF"
    picture.getexif()[_ORIENTATION] = tiff.read_integer(tags.get(_ORIENTATION)) or 1
    return picture


def _strips(tiff: Tiff, tags: Mapping[int, Tag]) -> Iterator[bytes | None]:
    """Yield each strip as stored; None for one that is not all there."""
    starts, sizes = (tiff.read_integers(tags.get(tag)) for tag in (_STRIPS, _STRIP_BYTES))
    for start, size in zip(starts, sizes, strict=False):
        yield tiff.data[start : start + size] if start + size <= len(tiff.data) else None


def _assemble(
    tiff: Tiff, tags: Mapping[int, Tag], strips: list[bytes], shape: tuple[int, int, int]
) -> Pillow.Image:
    bits = tiff.read_integers(tags.get(_BITS)) or (1,)
    formats = tiff.read_integers(tags.get(_FORMAT)) or (1,)
    kind = _KINDS.get((formats[0], bits[0])) if len({*bits}) == len({*formats}) == 1 else None
    compression = tiff.read_integer(tags.get(_COMPRESSION)) or 1
    plain = (tiff.read_integer(tags.get(_PREDICTOR)) or 1, tiff.read_integer(tags.get(_PLANAR)) or 1) == (
        1,
        1,
    )
    packed = bits[0] if len({*bits}) == 1 and {*formats} == {1} and bits[0] in _PACKED_BITS else 0
    if not (kind or packed) or not plain or (compression != 1 and compression not in _DEFLATE):
        raise _unread(tiff, tags)
    row_bytes = shape[1] * shape[2] * int(kind[1]) if kind else (shape[1] * shape[2] * packed + 7) // 8
    wanted = shape[0] * row_bytes
    stored = b"".join(strips) if compression == 1 else _inflate(strips, wanted)
    if len(stored) < wanted:
        raise EOFError
    if kind:
        eight = _to_eight_bits(np.frombuffer(stored[:wanted], dtype=tiff.order + kind).reshape(shape))
    else:
        eight = _upper_bits(
            np.frombuffer(stored[:wanted], np.uint8).reshape(shape[0], row_bytes), packed, shape
        )
    if tiff.read_integer(tags.get(_PHOTOMETRIC)) == 0:
        eight = 255 - eight
    mode = {1: "L", 3: "RGB", 4: "CMYK" if tiff.read_integer(tags.get(_PHOTOMETRIC)) == 5 else "RGBA"}[
        shape[2]
    ]
    return Pillow.frombytes(mode, (shape[1], shape[0]), eight.tobytes())


_PACKED_BITS = (10, 12, 14)
"""The bits of samples that are stored one after the other, and not each in bytes of its own."""


def _upper_bits(rows: npt.NDArray[np.uint8], bits: int, shape: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
    """Return the upper eight bits of each sample; a row begins with a byte."""
    eight = np.empty(shape, np.uint8)
    each = shape[1] * shape[2]
    for top in range(0, shape[0], 64):  # unpacked, a bit takes a byte
        loose = np.unpackbits(rows[top : top + 64], axis=1)[:, : each * bits].reshape(-1, each, bits)
        eight[top : top + 64] = np.packbits(loose[:, :, :8], axis=2).reshape(-1, *shape[1:])
    return eight


def _to_eight_bits(samples: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """16-bit samples by their upper byte; floating-point ones from 0 to 1, or stretched over what they reach."""
    if samples.dtype.kind == "u":
        return (samples.astype(np.uint32) >> (8 * samples.dtype.itemsize - 8)).astype(np.uint8)
    values = np.nan_to_num(samples.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = min(0.0, float(values.min())), max(1.0, float(values.max()))
    return ((values - low) * (255 / (high - low))).astype(np.uint8)


def _inflate(strips: list[bytes], wanted: int) -> bytes:
    found: list[bytes] = []
    for strip in strips:
        found.append(zlib.decompressobj().decompress(strip, wanted))
        wanted -= len(found[-1])
        if wanted <= 0:
            break
    return b"".join(found)


def _join_webp(strips: list[bytes], width: int, height: int, rows: int) -> Pillow.Image:
    """Join strips, each of which is a WebP file of its own."""
    page: Pillow.Image | None = None
    for number, strip in enumerate(strips[: -(-height // rows)]):
        with Pillow.open(io.BytesIO(strip), formats=("WEBP",)) as part:
            page = page or Pillow.new(part.mode, (width, height))
            if part.width > width or part.height > rows:
                raise ValueError("a strip is larger than its picture")
            page.paste(part, (0, number * rows))
    if page is None:
        raise EOFError
    return page


def _unread(tiff: Tiff, tags: Mapping[int, Tag]) -> UnreadError:
    compression = tiff.read_integer(tags.get(_COMPRESSION)) or 1
    bits = max(tiff.read_integers(tags.get(_BITS)), default=1)
    is_float = 3 in tiff.read_integers(tags.get(_FORMAT))
    samples = tiff.read_integer(tags.get(_SAMPLES)) or 1
    noun = f"{bits}-bit {'floating-point ' if is_float else ''}samples, {samples} a pixel"
    packed = (
        "" if compression == 1 else f", packed as {_COMPRESSIONS.get(compression, f'kind {compression}')}"
    )
    kept = ", in tiles" if _TILES in tags else ""
    return UnreadError(f"not read: a {'BigTIFF' if tiff.big else 'TIFF'} of {noun}{packed}{kept}")

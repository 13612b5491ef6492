"""Decodes a picture of any format once, to a working size.

The recipe (its version is :data:`media.versions.RECIPE_VERSION`; fingerprints that depend on it name it in theirs):

1. The content decides the format, never the name. Only the first frame of an animation is decoded.
2. Pixels are box-averaged by a whole number (those of a JPEG by a power of two) until the longer side is at least
   :data:`WORKING_SIDE_PX` and less than twice that, so that all pictures are compared at like sizes. A JPEG whose
   pixels at the stored size are not asked for, or are too many, is decoded at one of libjpeg's scales (1/2, 1/4, 1/8).
3. CMYK, LAB, palette, 16-bit and floating-point samples become 8-bit grey or colour; what is transparent
   lies on white, as on a page; the EXIF orientation is applied.

4. A colour profile whose colours are not meant for a screen as they are (XYB, channels swapped) is applied.

``pixels_sha256`` tells pictures whose stored pixels are the same from those that only look the same; metadata
and, where nothing is lost by it, packing do not count. Its version is that of the method ``pixels`` in
:data:`media.versions.PRINT_VERSIONS`. For a JPEG it is the digest of the stream without its segments of metadata, so it
needs no full-size decode. A copy with edited or removed metadata has the same digest; one that was encoded again has
not, even if no detail was lost. For other formats it is the digest of the decoded pixels, in their own mode. Bit depth,
colour profile, transparency, orientation and other data in the file (:mod:`media.pictures.stored`) count in both.
Animations and files with pages have no digest, since the first frame does not represent all. Files that are cut short
have none either.
"""

import hashlib
import io
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from PIL import ImageCms, ImageFile, UnidentifiedImageError

from media.errors import CameraRawError, ImageError, UnreadError
from media.pictures.contents import Contents
from media.pictures.heif import open_heif
from media.pictures.jpeg import decode_jpeg, halve, to_grey
from media.pictures.photoshop import why_not_photoshop
from media.pictures.raw import is_camera_raw
from media.pictures.stored import Stored, close_jpeg, walk_stored
from media.pictures.tiff_pixels import is_packed_unusually, open_unusual_tiff

WORKING_SIDE_PX = 480
"""Longer side of the working picture: at least this (where the picture has it), less than twice this.
The accuracy of pictures (benchmarks/accuracy.py) is measured at this size."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "JPEG2000", "PSD")
"""The formats that are decoded. Pillow's other decoders are not tried: some start programs, and news archives do not
use their formats."""

_JPEGS = ("JPEG", "MPO")

MEMORY_BYTES = 1 << 30
"""Memory for decoding one picture, in bytes: enough for an RGB picture of 268 megapixels."""

# Pillow's own limit counts pixels, ours (`_refuse_hugeness`) bytes.
Pillow.MAX_IMAGE_PIXELS = None

_MERGE = "Save it with 'Maximize compatibility', or keep a copy beside it as JPEG, PNG or TIFF."

_UPRIGHT: dict[int, Pillow.Transpose] = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}
"""The operation that undoes each EXIF orientation (Exif 2.32, tag 0x0112)."""


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """A picture at its working size, and facts from decoding it."""

    picture: Pillow.Image
    """Upright, opaque, mode ``L``, ``RGB`` or ``YCbCr``."""
    format: str
    width_px: int
    height_px: int
    """The picture's own size, as shown."""
    frames: int
    pixels_sha256: str | None
    contents: Contents
    stored_grey: npt.NDArray[np.uint8] | None = None
    """Grey levels at the stored size, not turned, if they were asked for. None for a damaged picture, for one that is
    larger than :data:`MOST_IN_FULL`, and for one of another format that is larger than ``picture``."""
    luma_steps: npt.NDArray[np.int64] | None = None
    """The 64 quantisation steps of a JPEG's luminance, row by row, with ``stored_grey``."""


MOST_IN_FULL = {"JPEG": 40_000_000, "MPO": 40_000_000, "PNG": 8_000_000, "WEBP": 8_000_000, "BMP": 8_000_000}
"""The most pixels of a picture whose grey levels are kept at the stored size, by format."""


Opener = Callable[[BinaryIO], Pillow.Image]
"""Opens a picture of a format that another package adds."""


def decode_picture(
    data: bytes, *, memory_bytes: int = MEMORY_BYTES, opener: Opener | None = None, in_full: bool = False
) -> DecodedPicture:
    """Return the picture in these bytes; if it is cut short, the rows that exist. With ``in_full``, also
    return its grey levels at the stored size.

    Raises :class:`UnreadError` if its kind is not read, or decoding it would take more than ``memory_bytes``;
    :class:`ImageError` if there is no picture, or it is damaged; never warns.
    """
    if not data:
        raise ImageError("The picture is empty (0 bytes)")
    if opener is not None:
        return _decode(data, memory_bytes, opener=opener, in_full=in_full)
    if is_camera_raw(data):
        raise CameraRawError
    try:
        return _decode(data, memory_bytes, in_full=in_full)
    except _CutShortError:
        if not _FILLED_IN.match(data):
            raise
        with _lenient():
            return _decode(close_jpeg(data), memory_bytes, is_cut=True)
    except _BrokenError:
        # libjpeg can scale only subsampling by whole steps, which XYB has not.
        if _SIGNATURES["JPEG"].match(data):
            return _decode(data, memory_bytes, as_usual=False)
        if _SIGNATURES["TIFF"].match(data) and is_packed_unusually(data):
            return _decode(data, memory_bytes, as_usual=False)
        raise


def _decode(
    data: bytes,
    memory_bytes: int,
    *,
    is_cut: bool = False,
    as_usual: bool = True,
    opener: Opener | None = None,
    in_full: bool = False,
) -> DecodedPicture:
    with _narrowed_errors(data), _opened(data, memory_bytes, opener, as_usual=as_usual) as opened:
        # Pillow treats the layers of a Photoshop file as frames, but decodes all of them merged.
        frames = 1 if opened.format == "PSD" else int(getattr(opened, "n_frames", 1))
        width_px, height_px = opened.size
        channels = _name_channels(opened)
        is_jpeg = opened.format in _JPEGS
        keeps = in_full and as_usual and not is_cut and _may_be_kept(opened, memory_bytes)
        if is_jpeg and as_usual and not keeps:
            _draft(opened)
        _refuse_hugeness(opened, (width_px, height_px), memory_bytes)
        samples = decode_jpeg(data, opened) if is_jpeg and keeps else None
        if samples is None:
            with _silently() if opened.format == "TIFF" else nullcontext():
                opened.load()
        if not is_jpeg:
            width_px, height_px = (
                opened.size
            )  # Pillow applies the orientation of TIFF and AVIF itself while it loads them.
        orientation = _orientation(opened)
        stored = walk_stored(data, opened)
        if stored.is_blank:
            raise UnreadError("not read: a Photoshop file without its layers merged", _MERGE)
        whole: Pillow.Image = opened
        damage = None
        if is_cut:
            first, end = _rows_there(opened)
            rows = (end - first) * height_px // opened.height
            damage = "cut short"
            if rows < height_px:
                damage += f": {rows:,} of {height_px:,} rows are there"
            whole, height_px = opened.crop((0, first, opened.width, end)), rows
        pixels_sha256 = None
        if not is_cut and stored.is_whole and (frames == 1 or is_jpeg):
            pixels_sha256 = _digest(opened, stored, orientation, is_jpeg)
        if samples is None:
            flat = _flatten(whole, stored.bits)
            picture = _reduce(flat)
            keeps = keeps or (in_full and damage is None and picture.size == (width_px, height_px))
            grey = np.asarray(flat.convert("L")) if keeps else None
        else:
            picture, grey = Pillow.fromarray(halve(samples, 2 * WORKING_SIDE_PX)), to_grey(samples)
        if stored.profile is not None and "grey" not in channels:
            picture = _show_profile(picture, stored.colour[0])
        if orientation in _UPRIGHT:
            picture = picture.transpose(_UPRIGHT[orientation])
        if orientation >= 5:
            width_px, height_px = height_px, width_px
        contents = Contents(stored.bits, channels, stored.profile, tuple(stored.extras), damage, frames)
        return DecodedPicture(
            picture,
            str(opened.format),
            width_px,
            height_px,
            frames,
            pixels_sha256,
            contents,
            grey,
            _luma_steps(opened) if keeps else None,
        )


def _opened(data: bytes, memory_bytes: int, opener: Opener | None, *, as_usual: bool) -> Pillow.Image:
    if opener is None:
        return _open(data, memory_bytes, as_usual=as_usual)
    with _silently():
        return opener(io.BytesIO(data))


def _open(data: bytes, memory_bytes: int, *, as_usual: bool) -> Pillow.Image:
    is_tiff = _SIGNATURES["TIFF"].match(data) is not None
    try:
        if as_usual or not is_tiff:
            return Pillow.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        if _SIGNATURES["HEIF"].match(data):
            return open_heif(data)
        if not is_tiff:
            raise
    opened = open_unusual_tiff(data, memory_bytes)
    if opened is None:
        raise UnidentifiedImageError
    return opened


def _digest(opened: Pillow.Image, stored: Stored, orientation: int, is_jpeg: bool) -> str:
    digest = hashlib.sha256()
    if is_jpeg:
        digest.update(b"jpeg %d" % orientation)
    else:
        _update_with_pixels(digest, opened, orientation)
    stored.update(digest)
    return digest.hexdigest()


def _update_with_pixels(digest: "hashlib._Hash", opened: Pillow.Image, orientation: int) -> None:
    """Add the decoded pixels to the digest. Palette indexes are resolved: the order of a palette does not matter."""
    mode = opened.mode
    transparent = opened.info.get("transparency")
    if mode in ("P", "PA") or (transparent is not None and mode in ("1", "L", "RGB")):
        mode = "RGBA" if opened.has_transparency_data else "RGB"
    digest.update(f"{mode} {opened.width} {opened.height} {orientation}".encode())
    if mode == opened.mode and transparent is not None:
        digest.update(repr(transparent).encode())
    rows = max(1, (1 << 22) // max(1, opened.width))
    for top in range(0, opened.height, rows):  # In bands, so that a large picture is not in memory twice.
        band = opened.crop((0, top, opened.width, min(opened.height, top + rows)))
        digest.update((band if mode == opened.mode else band.convert(mode)).tobytes())


def _name_channels(opened: Pillow.Image) -> str:
    mode = opened.mode
    if mode in ("1", "L", "LA", "La", "F") or mode.startswith("I"):
        channels = "grey"
    else:
        channels = mode if mode in ("CMYK", "LAB") else "RGB"
    return f"{channels}, alpha" if opened.has_transparency_data else channels


# --- what is cut short

_FILLED_IN = re.compile(rb"\xff\xd8\xff|\x89PNG|GIF8|BM")
"""Formats whose decoders can return the rows that exist."""
_LEAST_THERE = 0.1
"""The least share of the rows; fewer are not enough to recognise a picture."""


@contextmanager
def _lenient() -> Iterator[None]:
    """Make Pillow return the decoded part of a file that ends too early; Pillow has only a global switch for this."""
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _rows_there(opened: Pillow.Image) -> tuple[int, int]:
    """Return the first decoded row, and the one after the last.

    Those that are not there have one value, the same to the end; of a BMP, which is stored upside down, from the top.
    """
    samples = np.asarray(opened)
    rows = samples.reshape(len(samples), -1, samples.shape[2] if samples.ndim == 3 else 1)
    if opened.format == "BMP":
        rows = rows[::-1]
    filled = (rows == rows[-1, -1]).all(axis=(1, 2))
    there = len(filled) - int(np.argmin(filled[::-1])) if not filled.all() else 0
    if there < _LEAST_THERE * len(filled):
        raise UnreadError(
            "not read: the file has a picture's headers, and next to nothing of the picture",
            "Restore it from its source or a backup, if those hold more of it.",
        )
    return (len(filled) - there, len(filled)) if opened.format == "BMP" else (0, there)


# --- what decoders raise


class _CutShortError(ImageError):
    """The data end too early."""


class _BrokenError(ImageError):
    """A decoder gave up."""


@contextmanager
def _narrowed_errors(data: bytes) -> Iterator[None]:
    """Turn any error that a decoder raises on untrusted bytes into an :class:`ImageError`.

    Decoders raise OSError, ValueError, SyntaxError, struct.error, KeyError and more; a warning of theirs
    is either the bomb's, which is an error here, or about metadata that do not matter for the pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        raise _unknown(data) from error
    except EOFError as error:
        raise _CutShortError("The picture is cut short") from error
    except MemoryError as error:
        raise ImageError("Not enough memory to decode the picture", "Scan with fewer --jobs.") from error
    except Exception as error:
        reason = str(error) or type(error).__name__
        if any(sign in reason.lower() for sign in _CUT_SHORT):
            raise _CutShortError(f"The picture is cut short ({reason})") from error
        raise _BrokenError(f"The picture cannot be decoded ({reason})") from error


_CUT_SHORT = ("truncated", "unexpected end", "too short", "not enough", "premature")


def _unknown(data: bytes) -> ImageError:
    why = why_not_photoshop(data)
    if why is not None:
        return UnreadError(f"not read: a Photoshop file {why}")
    for format_, signature in _SIGNATURES.items():
        if signature.match(data):
            return ImageError(f"The picture begins as {format_} but its header is damaged or cut short")
    return ImageError(f"Not a picture: no {', '.join(FORMATS)} by its content")


_SIGNATURES = {
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "PNG": re.compile(rb"\x89PNG"),
    "WEBP": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "GIF": re.compile(rb"GIF8[79]a"),
    "TIFF": re.compile(rb"II[*+]\0|MM\0[*+]"),
    "BMP": re.compile(rb"BM.{4}\0\0\0\0", re.DOTALL),
    "AVIF": re.compile(rb"....ftypavi[fs]", re.DOTALL),
    "JPEG2000": re.compile(rb"\x00\x00\x00\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51"),
    "PSD": re.compile(rb"8BPS"),
    # Brands of ISO/IEC 23008-12, annex B.4: coded by HEVC, or by what the file says.
    "HEIF": re.compile(rb"....ftyp(?:he[iv][cxms]|m(?:if|sf)1)", re.DOTALL),
}


@contextmanager
def _silently() -> Iterator[None]:
    """Silence libtiff and LibRaw, which write messages on damage directly to file descriptor 2."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _refuse_hugeness(opened: Pillow.Image, size: tuple[int, int], memory_bytes: int) -> None:
    """Refuse a picture that needs too much memory, by its header, before it is decoded.

    ``size`` is the stored one; that of a JPEG to be scaled while it is decoded is smaller.
    """
    pixels = opened.width * opened.height
    needed = pixels * _PIXEL_BYTES.get(opened.mode, 12)
    if opened.info.get("progressive"):
        needed += size[0] * size[1] * 2 * len(opened.getbands())  # libjpeg keeps all coefficients in memory.
    if opened.format in ("WEBP", "AVIF", "GIF", "HEIF"):
        needed += pixels * 4  # The decoder holds a second copy of the picture.
    elif opened.format == "JPEG2000":
        needed += pixels * 4 * len(opened.getbands())  # OpenJPEG decodes to 32 bits a sample
    if needed > memory_bytes:
        raise UnreadError(
            f"not read: a picture of {size[0]:,} x {size[1]:,} pixels, which takes {_mebibytes(needed)} to decode,"
            f" over the limit of {_mebibytes(memory_bytes)}",
            "If it can be trusted, scan again with a higher --max-decoded-mb.",
        )


_PIXEL_BYTES = {
    "1": 2, "L": 1, "P": 8, "PA": 12, "LA": 12, "RGB": 4, "YCbCr": 4, "RGBA": 12, "RGBX": 8, "CMYK": 8, "LAB": 8,
    "I;16": 6, "I;16B": 6, "I;16L": 6, "I": 24, "F": 24,
}  # fmt: skip
"""Bytes of a pixel, including the copies that flattening makes."""


def _mebibytes(size: int) -> str:
    return f"{(size + (1 << 20) - 1) >> 20:,} MiB"


def _may_be_kept(opened: Pillow.Image, memory_bytes: int) -> bool:
    """Return whether the grey levels of a picture are kept at its own size."""
    most = min(MOST_IN_FULL.get(opened.format or "", 0), memory_bytes // _KEPT_PIXEL_BYTES)
    return opened.width * opened.height <= most and (
        opened.format not in _JPEGS or opened.mode in ("L", "RGB")
    )


_KEPT_PIXEL_BYTES = 11
"""The bytes of a pixel while it is decoded and its grey level kept, with the coefficients of a progressive JPEG."""


def _luma_steps(opened: Pillow.Image) -> npt.NDArray[np.int64] | None:
    """Return the quantisation steps of a JPEG's luminance; None for other formats."""
    tables = getattr(opened, "quantization", None)
    if not tables or len(tables[min(tables)]) != 64:
        return None
    return np.array(tables[min(tables)], dtype=np.int64)


def _draft(jpeg: Pillow.Image) -> None:
    """Ask libjpeg for a scaled decode without colour conversion: grey is then the first band."""
    scale = WORKING_SIDE_PX / max(jpeg.size)
    width, height = (max(1, int(side * scale)) for side in jpeg.size)
    jpeg.draft("YCbCr" if jpeg.mode == "RGB" else None, (width, height))


def _orientation(opened: Pillow.Image) -> int:
    """Return the EXIF orientation 1..8; 1 if there is none or it is invalid."""
    try:
        value = opened.getexif().get(0x0112, 1)
    except Exception:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _reduce(picture: Pillow.Image) -> Pillow.Image:
    factor = max(picture.size) // WORKING_SIDE_PX
    return picture.reduce(factor) if factor > 1 else picture


def _show_profile(picture: Pillow.Image, icc: bytes) -> Pillow.Image:
    """Return the picture with its profile applied, if that changes its colours strongly."""
    to_screen = _far_transform(icc)
    if to_screen is None:
        return picture
    converted = ImageCms.applyTransform(picture.convert("RGB"), to_screen)
    return picture if converted is None else converted


@lru_cache(maxsize=64)
def _far_transform(icc: bytes) -> ImageCms.ImageCmsTransform | None:
    """Return the transform to sRGB of a profile that means other colours altogether; None for all that
    screens have.
    """
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        to_screen = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), "RGB", "RGB")
        patches = Pillow.new("RGB", (len(_PATCHES), 1))
        patches.putdata(_PATCHES)
        shown = ImageCms.applyTransform(patches, to_screen)
    except Exception:
        return None
    if shown is None:
        return None
    away = np.abs(np.asarray(shown).astype(int) - np.asarray(patches).astype(int)).max(axis=2)
    return to_screen if int(away.max()) > _FAR else None


_PATCHES = [
    (64, 64, 64),
    (128, 128, 128),
    (192, 192, 192),
    (160, 96, 96),
    (96, 160, 96),
    (96, 96, 160),
    (96, 160, 160),
]
_FAR = 48
"""Grey levels by which the worst patch must differ: with swapped channels it differs by 64, with XYB by more."""


def _flatten(opened: Pillow.Image, bits: int) -> Pillow.Image:
    """Return the picture in 8-bit grey or colour, on white where it is transparent; ``bits`` are those of a sample."""
    mode = opened.mode
    if mode == "YCbCr" or (mode in ("L", "RGB") and "transparency" not in opened.info):
        return opened
    if mode == "1":
        return opened.convert("L")
    if mode.startswith("I") or mode == "F":
        return _to_eight_bits(opened, bits)
    if mode == "CMYK":
        return opened.convert("RGB")
    if mode == "LAB":
        to_rgb = ImageCms.buildTransform(
            ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB"
        )
        converted = ImageCms.applyTransform(opened, to_rgb)
        if converted is None:
            raise ImageError("The picture's LAB colours cannot be converted")
        return converted
    if opened.has_transparency_data:
        layered = opened.convert("RGBA")
        page = Pillow.new("RGB", layered.size, "white")
        page.paste(layered, mask=layered.getchannel("A"))
        return page
    return opened.convert("RGB")


def _to_eight_bits(opened: Pillow.Image, bits: int) -> Pillow.Image:
    """Bring samples of more than 8 bits to 8: up to 16 bits by the upper ones, others stretched over their range."""
    samples = np.asarray(opened)
    if opened.mode.startswith("I;16"):
        # Pillow leaves the 12 bits of a TIFF unchanged; it scales those of other formats to 16.
        surplus = bits - 8 if opened.format == "TIFF" and 8 < bits < 16 else 8
        return Pillow.fromarray((samples >> surplus).astype(np.uint8))
    finite = np.nan_to_num(samples.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    if opened.mode == "I" and finite.min() >= 0 and finite.max() <= 65535:
        return Pillow.fromarray((finite / 257).astype(np.uint8))
    low, high = float(finite.min()), float(finite.max())
    span = high - low or 1.0
    return Pillow.fromarray(((finite - low) * (255 / span)).astype(np.uint8))

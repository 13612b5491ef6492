"""Decodes a picture once, to a working size, whatever it is stored as.

The recipe (its version is :data:`media.versions.RECIPE_VERSION`; fingerprints that depend on it name it in theirs):

1. The content decides the format, never the name. Only the first frame of an animation is decoded.
2. A JPEG is decoded at the smallest of libjpeg's scales (1, 1/2, 1/4, 1/8) whose longer side is at least
   :data:`WORKING_SIDE_PX`; everything else in full and then box-averaged by a whole number, to the
   same effect. So no picture costs more than it must, and all are compared at like sizes.
3. CMYK, LAB, palette, 16-bit and floating-point samples become 8-bit grey or colour; what is transparent
   lies on white, as on a page; the EXIF orientation is applied.

``pixels_sha256`` tells pictures whose stored pixels are the same from those that only look the same. For a
JPEG it is the digest of the stream without its APPn (but APP14, which changes the colours) and COM segments,
so that it needs no full-size decode: a copy whose metadata was edited or stripped has the same digest, one
that was encoded again has not, be it losslessly. For other formats it is the digest of the pixels as
decoded, in their own mode. The orientation counts in both. Animations have none: their first frame does
not stand for them.
"""

import hashlib
import io
import os
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np
from PIL import Image as Pillow
from PIL import ImageCms, UnidentifiedImageError

from media.errors import ImageError

WORKING_SIDE_PX = 480
"""Longer side of the working picture: at least this (where the picture has it), less than twice this.
The accuracy of pictures (benchmarks/accuracy.py) is measured at this size."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF")
"""Pillow's other decoders are not tried: some of them start programs, none is met in archives of news."""

_UPRIGHT: dict[int, Pillow.Transpose] = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation (Exif 2.32, tag 0x0112)."""


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """A picture at its working size, and what was learnt on the way."""

    picture: Pillow.Image
    """Upright, opaque, mode ``L``, ``RGB`` or ``YCbCr``."""
    format: str
    width_px: int
    height_px: int
    """The picture's own size, as shown."""
    frames: int
    pixels_sha256: str | None


def decode_picture(data: bytes) -> DecodedPicture:
    """The picture in these bytes.

    Raises :class:`ImageError` where there is none, or it is cut short, damaged or larger than
    Pillow's limit (``PIL.Image.MAX_IMAGE_PIXELS``); never warns.
    """
    if not data:
        raise ImageError("The picture is empty (0 bytes)")
    with _narrowed_errors(data), Pillow.open(io.BytesIO(data), formats=FORMATS) as opened:
        _refuse_bomb(opened.size)
        frames = int(getattr(opened, "n_frames", 1))
        width_px, height_px = opened.size
        is_jpeg = opened.format in ("JPEG", "MPO")
        if is_jpeg:
            _draft(opened)
        with _silent_libtiff() if opened.format == "TIFF" else nullcontext():
            opened.load()
        if not is_jpeg:
            width_px, height_px = opened.size  # Pillow turns TIFF and AVIF itself while it loads them
        orientation = _orientation(opened)
        if frames > 1 and not is_jpeg:
            pixels_sha256 = None
        else:
            pixels_sha256 = digest_jpeg(data, orientation) if is_jpeg else _digest_pixels(opened, orientation)
        picture = _reduce(_flatten(opened))
        if orientation in _UPRIGHT:
            picture = picture.transpose(_UPRIGHT[orientation])
        if orientation >= 5:
            width_px, height_px = height_px, width_px
        return DecodedPicture(picture, str(opened.format), width_px, height_px, frames, pixels_sha256)


def digest_jpeg(data: bytes, orientation: int) -> str | None:
    """Digest of a JPEG's first stream without what only describes it; None where it has no end.

    Segments as ITU-T T.81, annex B. Bytes behind the end marker (a phone's second picture, a gain map)
    are not part of it.
    """
    digest = hashlib.sha256(b"jpeg %d" % orientation)
    view = memoryview(data)
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker == 0xD9:
            return digest.hexdigest()
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xDA:  # a scan: its coded data run to the next marker that is not a restart
            following = _NEXT_MARKER.search(data, end)
            end = following.start() if following else len(data)
        if not (0xE0 <= marker <= 0xEF and marker != 0xEE) and marker != 0xFE:
            digest.update(view[at:end])
        at = end
    if data[at : at + 2] == b"\xff\xd9":
        return digest.hexdigest()
    return None


_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def _digest_pixels(opened: Pillow.Image, orientation: int) -> str:
    """Digest of the decoded pixels. A palette is looked up: two orders of one palette show the same."""
    shown = opened
    if opened.mode in ("P", "PA"):
        shown = opened.convert("RGBA")
    digest = hashlib.sha256(f"{shown.mode} {shown.width} {shown.height} {orientation}".encode())
    rows = max(1, (1 << 22) // max(1, shown.width))
    for top in range(0, shown.height, rows):  # in bands, so that a large picture is not held twice
        digest.update(shown.crop((0, top, shown.width, min(shown.height, top + rows))).tobytes())
    return digest.hexdigest()


@contextmanager
def _narrowed_errors(data: bytes) -> Iterator[None]:
    """Whatever a decoder raises on bytes that nobody vouches for, as an :class:`ImageError`.

    Decoders raise OSError, ValueError, SyntaxError, struct.error, KeyError and more; a warning of theirs
    is either the bomb's, which is an error here, or about metadata that do not matter for the pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            yield
    except ImageError:
        raise
    except (Pillow.DecompressionBombWarning, Pillow.DecompressionBombError) as error:
        raise _bomb() from error
    except UnidentifiedImageError as error:
        raise _unknown(data) from error
    except EOFError as error:
        raise ImageError("The picture is cut short") from error
    except MemoryError as error:
        raise ImageError("Not enough memory to decode the picture", "Scan with fewer --jobs.") from error
    except Exception as error:
        reason = str(error) or type(error).__name__
        if any(sign in reason.lower() for sign in _CUT_SHORT):
            raise ImageError(f"The picture is cut short ({reason})") from error
        raise ImageError(f"The picture cannot be decoded ({reason})") from error


_CUT_SHORT = ("truncated", "unexpected end", "too short", "not enough", "premature")


def _unknown(data: bytes) -> ImageError:
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
}


@contextmanager
def _silent_libtiff() -> Iterator[None]:
    """libtiff writes what it thinks of damaged strips straight to file descriptor 2: not while it decodes."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _refuse_bomb(size: tuple[int, int]) -> None:
    limit = Pillow.MAX_IMAGE_PIXELS
    if limit is not None and size[0] * size[1] > limit:
        raise _bomb(size)


def _bomb(size: tuple[int, int] | None = None) -> ImageError:
    limit = Pillow.MAX_IMAGE_PIXELS or 0
    claim = f"{size[0]} x {size[1]} pixels" if size else "more pixels"
    return ImageError(
        f"The picture claims {claim}, over the limit of {limit:,}: perhaps a decompression bomb",
        "If it can be trusted, keep a copy reduced to the limit beside it, which will be catalogued.",
    )


def _draft(jpeg: Pillow.Image) -> None:
    """Asks libjpeg for a scaled decode without colour conversion: grey is then simply the first band."""
    scale = WORKING_SIDE_PX / max(jpeg.size)
    width, height = (max(1, int(side * scale)) for side in jpeg.size)
    jpeg.draft("YCbCr" if jpeg.mode == "RGB" else None, (width, height))


def _orientation(opened: Pillow.Image) -> int:
    """EXIF orientation 1..8; 1 where there is none or it is rubbish."""
    try:
        value = opened.getexif().get(0x0112, 1)
    except Exception:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _reduce(picture: Pillow.Image) -> Pillow.Image:
    factor = max(picture.size) // WORKING_SIDE_PX
    return picture.reduce(factor) if factor > 1 else picture


def _flatten(opened: Pillow.Image) -> Pillow.Image:
    """The picture in 8-bit grey or colour, on white where it is transparent."""
    mode = opened.mode
    if mode == "YCbCr" or (mode in ("L", "RGB") and "transparency" not in opened.info):
        return opened
    if mode == "1":
        return opened.convert("L")
    if mode.startswith("I") or mode == "F":
        return _to_eight_bits(opened)
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


def _to_eight_bits(opened: Pillow.Image) -> Pillow.Image:
    """Samples of more than 8 bits: 16-bit ones by their upper byte, others stretched over their range."""
    samples = np.asarray(opened)
    if opened.mode.startswith("I;16"):
        return Pillow.fromarray((samples >> 8).astype(np.uint8))
    finite = np.nan_to_num(samples.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    if opened.mode == "I" and finite.min() >= 0 and finite.max() <= 65535:
        return Pillow.fromarray((finite / 257).astype(np.uint8))
    low, high = float(finite.min()), float(finite.max())
    span = high - low or 1.0
    return Pillow.fromarray(((finite - low) * (255 / span)).astype(np.uint8))

"""A small picture to show in reports, and to compare aligned pixels by without reading the archive again."""

import io

from PIL import Image as Pillow

from media.pictures.image import Information

THUMBNAIL_SIDE_PX = 200
"""Longer side at most this: about 6 KB a picture."""
DETAILED_SIDE_PX = 512
"""About this, of pictures with little information (maps, pages, score cards), which differ in a letter or a digit:
some 20 KB."""
_QUALITY, _DETAILED_QUALITY = 80, 75
"""Of JPEG, and of WebP. WebP of quality 50 takes eight times as long as JPEG of quality 80, and is 1.7 dB further from
the picture, in two thirds of the bytes. Of large letters and lines JPEG would take twice the bytes for the same."""
_FAINT, _FAINT_QUALITY = 1.5, 92
"""A dark picture has little to keep: in this quality it takes few bytes, too."""


def make_thumbnail(picture: Pillow.Image, information: Information = "normal", gain: float = 1.0) -> bytes:
    """Return a small copy of an upright 8-bit picture (modes ``L``, ``RGB``, ``YCbCr``), box-averaged by a
    whole number: JPEG, or WebP if the picture has little information.

    ``gain`` says by how much it has to be stretched to be compared (:func:`media.pictures.information.find_gain`): what
    is stretched shows what compression took from it.
    """
    small = io.BytesIO()
    if information == "low":
        shrunk = _shrink(picture, max(1, round(max(picture.size) / DETAILED_SIDE_PX)))
        shrunk.convert("RGB").save(
            small, "WEBP", quality=_FAINT_QUALITY if gain > _FAINT else _DETAILED_QUALITY, method=0
        )
    else:
        shrunk = _shrink(picture, -(-max(picture.size) // THUMBNAIL_SIDE_PX))
        shrunk.save(small, "JPEG", quality=_FAINT_QUALITY if gain > _FAINT else _QUALITY)
    return small.getvalue()


def _shrink(picture: Pillow.Image, factor: int) -> Pillow.Image:
    return picture.reduce(factor) if factor > 1 else picture

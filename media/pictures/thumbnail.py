"""A small picture to show in reports, and to compare aligned pixels by without reading the archive again."""

import io

from PIL import Image as Pillow

from media.pictures.image import Information

THUMBNAIL_SIDE_PX = 200
"""Longer side at most this: about 4 KB a picture as WebP."""
DETAILED_SIDE_PX = 512
"""About this, of pictures with little information (maps, pages, score cards), which differ in a letter or a digit:
some 15 KB."""
_FAINT, _FAINT_QUALITY = 1.5, 90
"""A dark picture has little to keep: in this quality it takes few bytes, too."""


def make_thumbnail(picture: Pillow.Image, information: Information = "normal", gain: float = 1.0) -> bytes:
    """Make WebP of an upright 8-bit picture (modes ``L``, ``RGB``, ``YCbCr``), box-averaged by a whole number.

    ``gain`` says by how much it has to be stretched to be compared (:func:`media.pictures.information.find_gain`): what
    is stretched shows what compression took from it.

    A whole number and the encoder's quickest effort, because this is done for every picture of an archive.
    """
    if information == "low":
        side, quality = DETAILED_SIDE_PX, 75
        factor = max(1, round(max(picture.size) / side))
    else:
        side, quality = THUMBNAIL_SIDE_PX, 50
        factor = -(-max(picture.size) // side)
    if gain > _FAINT:
        quality = _FAINT_QUALITY
    small = picture.reduce(factor) if factor > 1 else picture
    stored = io.BytesIO()
    small.convert("RGB").save(stored, "WEBP", quality=quality, method=0)
    return stored.getvalue()

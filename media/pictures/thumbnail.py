"""A small picture to show in reports, and to compare aligned pixels by without reading the archive again."""

import io

from PIL import Image as Pillow

THUMBNAIL_SIDE_PX = 200
"""Longer side at most this: about 4 KB a picture as WebP."""


def make_thumbnail(picture: Pillow.Image) -> bytes:
    """WebP of an upright 8-bit picture (modes ``L``, ``RGB``, ``YCbCr``), box-averaged by a whole number.

    A whole number and the encoder's quickest effort, because this is done for every picture of an archive.
    """
    factor = -(-max(picture.size) // THUMBNAIL_SIDE_PX)
    small = picture.reduce(factor) if factor > 1 else picture
    stored = io.BytesIO()
    small.convert("RGB").save(stored, "WEBP", quality=50, method=0)
    return stored.getvalue()

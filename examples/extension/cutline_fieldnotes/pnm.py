"""A picture format: PNM, as scanners write it. Pillow can read it; cutline does not ask it to by itself."""

from typing import BinaryIO

from PIL import Image


def open_pnm(file: BinaryIO) -> Image.Image:
    """Open a picture; cutline decodes, measures and compares it like any other, within its limits."""
    return Image.open(file, formats=["PPM"])

"""HEIC and HEIF pictures, by the package pillow-heif: an extra, since its wheels bring decoders under the (L)GPL."""

import io

from PIL import Image as Pillow

from media.errors import NotInstalledError


def open_heif(data: bytes) -> Pillow.Image:
    """Return the file's primary picture, upright, at 8 bits a channel; it is decoded when it is loaded.

    :raises NotInstalledError: pillow-heif is missing.
    """
    try:
        import pillow_heif
    except ImportError as error:
        raise NotInstalledError("HEIC pictures", "heic") from error
    pillow_heif.register_heif_opener(thumbnails=False)
    return Pillow.open(io.BytesIO(data), formats=("HEIF",))

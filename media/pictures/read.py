"""A picture's bytes -> everything the catalogue keeps of it, from one decode."""

import numpy as np

from media.errors import ImageError
from media.pictures.decode import MEMORY_BYTES, Opener, decode_picture
from media.pictures.image import Fingerprint, Image
from media.pictures.information import find_gain, measure_information
from media.pictures.making import measure_making
from media.pictures.metadata.weigh import read_metadata
from media.pictures.phash import hash_picture
from media.pictures.thumbnail import make_thumbnail
from media.versions import PRINT_VERSIONS


def read_image(
    data: bytes,
    *,
    sha256: str,
    parts: bool = True,
    memory_bytes: int = MEMORY_BYTES,
    opener: Opener | None = None,
) -> Image:
    """Return the picture in ``data``, whose hex digest is ``sha256``; with ``parts``, local features too.

    Of a picture that is cut short what is there; ``contents.damage`` says so. ``memory_bytes``: what decoding
    may take. ``opener`` opens it where its format is another package's.

    Raises :class:`media.errors.ImageError` (empty, unknown, damaged, not read), nothing else.
    """
    decoded = decode_picture(data, memory_bytes=memory_bytes, opener=opener, in_full=True)
    try:
        embedded = read_metadata(data)
        grey = decoded.picture.convert("L")
        pixels = np.asarray(grey)
        gain = find_gain(pixels)
        fingerprints: tuple[Fingerprint, ...] = hash_picture(grey)
        if parts:
            from media.pictures.local_features import describe_blobs  # OpenCV takes a while to import

            fingerprints = (*fingerprints, describe_blobs(pixels, gain))
        information = measure_information(grey, decoded.width_px, decoded.height_px, gain)
        stored = Fingerprint("pixels", PRINT_VERSIONS["pixels"], bytes.fromhex(decoded.pixels_sha256 or ""))
        return Image(
            sha256=sha256,
            format=decoded.format,
            width_px=decoded.width_px,
            height_px=decoded.height_px,
            frames=decoded.frames,
            pixels_sha256=decoded.pixels_sha256,
            contents=decoded.contents,
            information=information,
            metadata=embedded.metadata,
            placements=embedded.placements,
            fingerprints=(*fingerprints, stored, measure_making(data, decoded, embedded)),
            thumbnail=make_thumbnail(decoded.picture, information, gain),
        )
    except MemoryError as error:
        raise ImageError("Not enough memory to read the picture", "Scan with fewer --jobs.") from error

"""Checks on the files alone that they relate as a plan says, since the catalogue may have been altered."""

import os

import numpy as np

from catalog.cleanup.files import Refused
from catalog.match.pictures.stored import open_thumbnail
from media.errors import MediaError
from media.matching.pictures.pairs import Picture, WholeHashes
from media.matching.pictures.resolve import Resolver
from media.matching.pictures.verify import Layers
from media.pictures.decode import MEMORY_BYTES
from media.pictures.image import Image
from media.pictures.local_features import Blobs
from media.pictures.read import read_image
from media.readers import picture_opener


def require_like(kind: str, file: tuple[int, str], keeper: tuple[int, str]) -> None:
    """Check that a file relates to its keeper as ``kind`` says.

    :param file: a descriptor and the SHA-256 of the bytes that were just read from it; ``keeper`` likewise.
    :raises Refused: it does not, or this cannot be decided.
    """
    if file[1] == keeper[1]:
        return
    if kind == "same-bytes":
        raise Refused("its bytes are not its keeper's: the catalogue is wrong about them")
    if kind == "same-pixels":
        own, other = (_read(*each, parts=False) for each in (file, keeper))
        if own.pixels_sha256 is None or own.pixels_sha256 != other.pixels_sha256:
            raise Refused("its pixels are not its keeper's: the catalogue is wrong about them")
    elif not _shows_the_same(file, keeper):
        raise Refused(
            "compared again, the two files do not show the same; to record that they do, use `cutline decide`"
        )


def _shows_the_same(file: tuple[int, str], keeper: tuple[int, str]) -> bool:
    """Return whether the two match, as wholes first, since local features, which find parts, take longer.

    Laid over one another the other way round, two pictures agree a little more or less: either will do.
    """
    for parts in (False, True):
        own, other = (_read(*each, parts=parts) for each in (file, keeper))
        if any(_match(*pair) in ("same-pixels", "near", "part") for pair in ((other, own), (own, other))):
            return True
    return False


def _match(own: Image, other: Image) -> str | None:
    images = (own, other)
    pictures = [
        Picture(each.sha256, each.width_px, each.height_px, each.information, each.pixels_sha256)
        for each in images
    ]
    hashes = WholeHashes.of(
        [_value(each, "phash") or b"" for each in images],
        [_value(each, "dhash") or b"" for each in images],
        [each.information == "low" for each in images],
    )

    def load(number: int) -> Layers | None:
        thumbnail = images[number].thumbnail
        opened = open_thumbnail(thumbnail) if thumbnail else None
        return None if opened is None else Layers(opened.astype(np.float32))

    def load_blobs(number: int) -> Blobs | None:
        value = _value(images[number], "blobs")
        return Blobs.from_bytes(value) if value is not None else None

    found = Resolver(pictures, hashes, load, load_blobs).match(0, 1, range(8))
    return found.kind if found else None


def _value(image: Image, method: str) -> bytes | None:
    return next((each.value for each in image.fingerprints if each.method == method), None)


def _read(descriptor: int, sha256: str, *, parts: bool) -> Image:
    size = os.fstat(descriptor).st_size
    if size > MEMORY_BYTES:
        raise Refused("it is too large to be compared with its keeper")
    with open(os.dup(descriptor), "rb") as stream:
        stream.seek(0)
        data = stream.read(size)
    try:
        return read_image(data, sha256=sha256, parts=parts, opener=picture_opener(data))
    except MediaError as error:
        raise Refused(f"it cannot be compared with its keeper ({error})") from error

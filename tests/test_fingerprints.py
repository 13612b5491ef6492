"""Fingerprints of whole pictures."""

import imagehash
import numpy as np
import pytest
from PIL import Image as Pillow

from media.pictures.decode import decode_picture
from media.pictures.phash import hash_picture
from tests.pictures import encode, photograph

AS_SHOWN: dict[int, Pillow.Transpose] = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}


def hashes(picture: Pillow.Image) -> tuple[list[imagehash.ImageHash], imagehash.ImageHash]:
    phash, dhash = hash_picture(picture.convert("L"))
    assert (phash.method, len(phash.value), dhash.method, len(dhash.value)) == ("phash", 64, "dhash", 8)

    def as_hash(value: bytes) -> imagehash.ImageHash:
        return imagehash.ImageHash(np.unpackbits(np.frombuffer(value, dtype=np.uint8)).reshape(8, 8))

    return [as_hash(phash.value[8 * k : 8 * k + 8]) for k in range(8)], as_hash(dhash.value)


@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
@pytest.mark.parametrize("seed", range(4))
def test_upright_phash_is_within_two_bits_of_that_of_imagehash(format_: str, seed: int):
    picture = decode_picture(encode(photograph(seed, (900, 600)), format_)).picture
    phashes, dhash = hashes(picture)
    assert phashes[0] - imagehash.phash(picture) <= 2, "box-averaged before it is sampled"
    assert dhash - imagehash.dhash(picture) <= 4, "from 32 x 32 samples, so nearly imagehash's own"


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("seed", range(4))
def test_hash_by_orientation_is_that_of_the_turned_picture(orientation: int, seed: int):
    picture = photograph(seed, (500, 400)).convert("L")
    turned = picture.transpose(AS_SHOWN[orientation])
    shown = hashes(picture)[0][orientation - 1]
    assert shown - imagehash.phash(turned) <= 2
    others = [h for k, h in enumerate(hashes(picture)[0], 1) if k != orientation]
    assert min(h - imagehash.phash(turned) for h in others) >= 16


def test_unlike_pictures_are_far_apart():
    firsts = [hashes(photograph(seed))[0][0] for seed in range(6)]
    assert min(a - b for i, a in enumerate(firsts) for b in firsts[:i]) >= 14

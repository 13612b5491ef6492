"""A JPEG is decoded once, at its own size, whichever decoder does it."""

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from media.pictures import jpeg
from media.pictures.decode import decode_picture
from media.pictures.jpeg import halve
from tests.conftest import encode
from tests.pictures import photograph


@pytest.fixture
def only_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jpeg, "simplejpeg", None)


OPTIONS = [
    pytest.param({"quality": 90}, id="subsampled"),
    pytest.param({"quality": 80, "subsampling": 0}, id="not-subsampled"),
    pytest.param({"quality": 75, "progressive": True}, id="progressive"),
]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_both_decoders_return_the_same_samples(
    options: dict[str, int], mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encode(photograph(seed=3, size=(333, 250)).convert(mode), "JPEG", **options)
    with Pillow.open(io.BytesIO(data)) as opened:
        quick = jpeg.decode_jpeg(data, opened)
    monkeypatch.setattr(jpeg, "simplejpeg", None)
    with Pillow.open(io.BytesIO(data)) as opened:
        assert np.array_equal(quick, jpeg.decode_jpeg(data, opened))


@pytest.mark.usefixtures("only_pillow")
def test_a_picture_without_the_quick_decoder_is_read_all_the_same() -> None:
    decoded = decode_picture(encode(photograph(seed=3, size=(1200, 800)), "JPEG"), in_full=True)
    assert (decoded.width_px, decoded.picture.size) == (1200, (600, 400))


def test_what_the_quick_decoder_warns_of_is_left_to_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = encode(photograph(seed=4, size=(600, 400)), "JPEG", quality=90)
    cut = whole[: len(whole) // 2] + b"\xff\xd9"
    read = decode_picture(cut, in_full=True)
    monkeypatch.setattr(jpeg, "simplejpeg", None)
    alone = decode_picture(cut, in_full=True)
    assert read.contents.damage == alone.contents.damage
    assert np.array_equal(np.asarray(read.picture), np.asarray(alone.picture))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_grey_levels_at_the_stored_size_are_kept_if_they_are_asked_for(format_: str) -> None:
    picture = photograph(seed=5, size=(1300, 900))
    data = encode(picture, format_)
    kept = decode_picture(data, in_full=True).stored_grey
    assert kept is not None
    assert kept.shape == (900, 1300)
    away = np.abs(kept.astype(int) - np.asarray(picture.convert("L")).astype(int))
    assert away.mean() < 6
    assert decode_picture(data).stored_grey is None


def test_grey_levels_lie_as_they_are_stored_and_not_as_they_are_shown() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    decoded = decode_picture(
        encode(photograph(seed=6, size=(1300, 900)), "JPEG", exif=exif.tobytes()), in_full=True
    )
    assert (decoded.width_px, decoded.height_px) == (900, 1300)
    assert decoded.stored_grey is not None
    assert decoded.stored_grey.shape == (900, 1300)


def test_a_jpeg_that_takes_too_much_memory_in_full_is_scaled_while_it_is_decoded() -> None:
    data = encode(photograph(seed=7, size=(2000, 1500)), "JPEG")
    decoded = decode_picture(data, in_full=True, memory_bytes=20 << 20)
    assert decoded.stored_grey is None
    assert decoded.picture.size == (500, 375)


@pytest.mark.parametrize(
    ("size", "halved"),
    [((959, 700), (959, 700)), ((960, 700), (480, 350)), ((1921, 3), (480, 1)), ((4000, 3001), (500, 375))],
)
def test_halves_until_the_longer_side_is_short_enough(size: tuple[int, int], halved: tuple[int, int]) -> None:
    grey = np.full((size[1], size[0]), 100, np.uint8)
    assert halve(grey, 960).shape == (halved[1], halved[0])
    assert (halve(grey, 960) == 100).all()

"""Which of several copies is nearest to the camera: not the largest, nor the heaviest."""

import io
import random

import numpy as np
import pytest
from PIL import Image

from benchmarks.held_out.keepers import make_set
from media.pictures.making import KEY_BYTES, Making, is_nearer
from media.pictures.read import read_image
from tests.conftest import encode


def make_scene(seed: int, size: tuple[int, int] = (600, 450)) -> Image.Image:
    """A picture with as much in it at each scale as photographs have: amplitudes fall with the frequency."""
    noise = np.random.default_rng(seed)
    width, height = size
    falls = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    falls[0, 0] = 1.0
    planes = []
    for _ in range(3):
        waves = np.fft.rfft2(noise.normal(size=(height, width))) / falls**1.3
        planes.append(np.fft.irfft2(waves, s=(height, width)))
    shown = planes[0][..., None] + 0.3 * np.stack(planes, axis=-1)
    shown = (shown - shown.mean()) / shown.std() * 40 + 120
    return Image.fromarray(shown.clip(0, 255).astype(np.uint8))


def beside(one: bytes, other: bytes) -> bool:
    """Whether the second of two files is the one to keep, seen beside the first."""
    sizes = [Image.open(io.BytesIO(each)).size for each in (one, other)]
    return is_nearer(making_of(one)[1], making_of(other)[1], sizes[0], sizes[1])


def making_of(data: bytes) -> tuple[bytes, Making]:
    """What a picture is ordered by, and what that says."""
    read = read_image(data, sha256="0" * 64, parts=False)
    value = next(each.value for each in read.fingerprints if each.method == "making")
    return value[:KEY_BYTES], Making.from_bytes(value)


@pytest.fixture(scope="module")
def copies() -> dict[str, tuple[bytes, Making]]:
    return {
        each.name: making_of(each.data)
        for each in make_set(random.Random(3), make_scene(1), with_camera=False)
    }


def test_every_copy_comes_after_the_original(copies: dict[str, tuple[bytes, Making]]) -> None:
    first = copies["original"][0]
    # Of a drawn scene made small and large again too little is missing to be told.
    others = set(copies) - {"original", "there_and_back"}
    assert {name for name in others if copies[name][0] < first} == others


@pytest.mark.parametrize("name", ["enlarged_150", "enlarged_200", "enlarged_300"])
def test_what_was_blown_up_has_no_more_detail_than_before(
    name: str, copies: dict[str, tuple[bytes, Making]]
) -> None:
    by = {"enlarged_150": 1.5, "enlarged_200": 2, "enlarged_300": 3}[name]
    assert copies[name][1].detail < 1 / by
    for other in ("saved_97", "saved_70", "smaller", "noisy"):
        assert copies[other][1].detail == 1, "a copy that is not larger, and one that hides what it is"


@pytest.mark.parametrize("with_camera", [False, True])
def test_beside_the_original_every_copy_is_farther_from_the_camera(*, with_camera: bool) -> None:
    saved = {
        each.name: each.data for each in make_set(random.Random(5), make_scene(6), with_camera=with_camera)
    }
    original = saved.pop("original")
    assert {name for name, data in saved.items() if beside(data, original)} == set(saved)
    assert {name for name, data in saved.items() if beside(original, data)} == set()


def test_a_larger_picture_is_kept_where_its_pixels_hold_more() -> None:
    scene = make_scene(7, (900, 700))
    for share in (0.35, 0.5, 0.75):
        size = round(scene.width * share), round(scene.height * share)
        smaller = encode(scene.resize(size, Image.Resampling.LANCZOS), quality=90)
        assert not beside(encode(scene, quality=80), smaller)
        assert beside(smaller, encode(scene, quality=80))


def test_a_copy_packed_for_the_web_comes_after_the_jpeg_that_it_was_made_of() -> None:
    first = encode(make_scene(8), quality=88)
    again = Image.open(io.BytesIO(first)).convert("RGB")
    for format_name in ("WEBP", "AVIF", "GIF"):
        copy = encode(again, format_name)
        assert beside(copy, first)
        assert not beside(first, copy)


@pytest.mark.parametrize("quality", [92, 95])
def test_an_earlier_jpeg_of_high_quality_shows_in_all_frequencies_together(quality: int) -> None:
    scene = make_scene(9)
    again = Image.open(io.BytesIO(encode(scene, quality=quality))).convert("RGB")
    assert making_of(encode(again, "PNG"))[1].saved_again
    assert making_of(encode(again, quality=97))[1].saved_again
    assert not making_of(encode(scene, quality=quality))[1].saved_again


def test_an_earlier_jpeg_shows_through_a_finer_one_and_through_png() -> None:
    scene = make_scene(2)
    first = encode(scene, quality=80)
    again = Image.open(io.BytesIO(first)).convert("RGB")
    assert making_of(first)[1].quality == 80
    for data in (encode(again, quality=96), encode(again, "PNG")):
        made = making_of(data)[1]
        assert made.saved_again
        assert abs(made.quality - 80) <= 3
    # What was never a JPEG, or is one of a coarser sort, is no such copy.
    assert not making_of(encode(scene, "PNG"))[1].saved_again
    assert not making_of(encode(again, quality=60))[1].saved_again


def test_noise_is_told_from_what_cameras_leave() -> None:
    scene = make_scene(4)
    pixels = np.asarray(scene).copy()
    grain = np.random.default_rng(1).normal(0, 2.5, pixels.shape)
    grainy = Image.fromarray((pixels + grain).clip(0, 255).astype(np.uint8))
    assert not making_of(encode(grainy, quality=92))[1].is_noisy
    pixels[np.random.default_rng(2).random(pixels.shape[:2]) < 0.04] = 255
    assert making_of(encode(Image.fromarray(pixels), quality=92))[1].is_noisy


@pytest.mark.parametrize(
    ("tags", "exposed", "camera"),
    [
        pytest.param({271: "Canon", 272: "Canon EOS R5", 305: "Firmware 1.2"}, True, 2, id="camera"),
        pytest.param({272: "Canon EOS R5", 305: "Adobe Photoshop 25.0 (Windows)"}, True, 1, id="edited"),
        pytest.param({271: "Canon", 272: "Canon EOS R5"}, False, 0, id="no-exposure"),
        pytest.param({305: "GIMP 2.10"}, True, 0, id="no-camera"),
    ],
)
def test_a_camera_is_told_by_its_name_and_an_exposure(
    tags: dict[int, str], exposed: bool, camera: int
) -> None:
    exif = Image.Exif()
    for tag, text in tags.items():
        exif[tag] = text
    if exposed:
        exif.get_ifd(34665)[33434] = (1, 250)
    assert making_of(encode(make_scene(5, (120, 90)), exif=exif.tobytes()))[1].camera == camera


@pytest.mark.parametrize("size", [(1, 1), (63, 400), (3, 2000)])
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "GIF"])
def test_small_and_thin_pictures_are_taken_for_what_they_say(size: tuple[int, int], format_name: str) -> None:
    made = making_of(encode(Image.new("RGB", size, "grey"), format_name))[1]
    assert (made.detail, made.camera, made.saved_again) == (1, 0, format_name == "GIF")

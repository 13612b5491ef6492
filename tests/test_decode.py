"""Decoding: odd, damaged and hostile pictures, and one recipe for all formats."""

import hashlib
import io
import struct
import zlib
from contextlib import suppress

import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageCms, ImageOps

from media.errors import ImageError
from media.pictures.decode import WORKING_SIDE_PX, decode_picture
from media.pictures.image import Image
from media.pictures.read import read_image
from tests.pictures import encode, photograph


def read(data: bytes) -> Image:
    return read_image(data, sha256=hashlib.sha256(data).hexdigest())


def phash_of(image: Image) -> imagehash.ImageHash:
    value = next(f.value for f in image.fingerprints if f.method == "phash")
    return imagehash.ImageHash(np.unpackbits(np.frombuffer(value[:8], dtype=np.uint8)).reshape(8, 8))


# --- formats and modes


@pytest.mark.parametrize(
    ("format_", "options", "distance_bits"),
    [
        pytest.param("JPEG", {"quality": 90}, 2, id="jpeg"),
        pytest.param("JPEG", {"quality": 90, "progressive": True}, 2, id="progressive-jpeg"),
        pytest.param("PNG", {}, 0, id="png"),
        pytest.param("WEBP", {"quality": 80}, 2, id="webp"),
        pytest.param("GIF", {}, 4, id="gif"),
        pytest.param("TIFF", {"compression": "tiff_lzw"}, 0, id="tiff"),
        pytest.param("BMP", {}, 0, id="bmp"),
        pytest.param("AVIF", {"quality": 70}, 2, id="avif"),
    ],
)
def test_every_format_reads_as_the_same_picture(format_: str, options: dict[str, object], distance_bits: int):
    picture = photograph(seed=1, size=(1000, 700))
    image = read(encode(picture, format_, **options))
    assert (image.format, image.width_px, image.height_px, image.frames) == (format_, 1000, 700, 1)
    assert image.information == "normal"
    assert phash_of(image) - phash_of(read(encode(picture, "PNG"))) <= distance_bits
    assert image.thumbnail is not None
    with Pillow.open(io.BytesIO(image.thumbnail)) as thumbnail:
        assert thumbnail.format == "WEBP"
        assert 100 <= max(thumbnail.size) <= 200


def sixteen_bit_grey(picture: Pillow.Image) -> Pillow.Image:
    return Pillow.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)


def floating_point(picture: Pillow.Image) -> Pillow.Image:
    return Pillow.fromarray(np.asarray(picture.convert("L")).astype(np.float32) / 255)


def lab(picture: Pillow.Image) -> Pillow.Image:
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    converted = ImageCms.applyTransform(picture, ImageCms.buildTransform(*profiles, "RGB", "LAB"))
    assert converted is not None
    return converted


@pytest.mark.parametrize(
    ("data", "distance_bits"),
    [
        pytest.param(lambda p: encode(p.convert("CMYK"), "JPEG", quality=95), 2, id="cmyk-jpeg"),
        pytest.param(lambda p: encode(p.convert("CMYK"), "TIFF"), 2, id="cmyk-tiff"),
        pytest.param(lambda p: encode(lab(p), "TIFF"), 4, id="lab-tiff"),
        pytest.param(lambda p: encode(sixteen_bit_grey(p), "PNG"), 2, id="sixteen-bit-png"),
        pytest.param(lambda p: encode(sixteen_bit_grey(p), "TIFF"), 2, id="sixteen-bit-tiff"),
        pytest.param(lambda p: encode(floating_point(p), "TIFF"), 2, id="floating-point-tiff"),
        pytest.param(lambda p: encode(p.convert("L"), "JPEG", quality=95), 2, id="grey-jpeg"),
        pytest.param(lambda p: encode(p.quantize(256), "PNG"), 4, id="palette-png"),
        pytest.param(lambda p: encode(p.convert("RGBA"), "PNG"), 0, id="opaque-alpha"),
        pytest.param(lambda p: encode(p.convert("LA"), "PNG"), 2, id="grey-with-alpha"),
    ],
)
def test_every_mode_reads_as_the_same_picture(data, distance_bits: int):
    picture = photograph(seed=2, size=(640, 480))
    assert phash_of(read(data(picture))) - phash_of(read(encode(picture, "PNG"))) <= distance_bits


def test_one_bit_scan_is_read():
    scan = read(encode(photograph(seed=2).convert("1"), "TIFF", compression="group4"))
    assert scan.information == "low"


def test_transparency_lies_on_white():
    picture = Pillow.new("RGBA", (300, 200), (0, 0, 0, 0))
    shown = decode_picture(encode(picture, "PNG")).picture
    assert shown.convert("RGB").getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            lambda: encode(Pillow.new("RGBA", (300, 200), (9, 8, 7, 0)), "PNG"), id="all-transparent"
        ),
        pytest.param(lambda: encode(Pillow.new("RGB", (1, 1), "red"), "PNG"), id="1x1"),
        pytest.param(lambda: encode(photograph(seed=3, size=(1, 20000)), "PNG"), id="1x20000"),
        pytest.param(lambda: encode(photograph(seed=3, size=(40, 40)), "JPEG"), id="icon"),
        pytest.param(lambda: encode(Pillow.new("RGB", (500, 400), "white"), "JPEG"), id="blank"),
    ],
)
def test_pictures_that_hold_little_are_set_apart(data):
    image = read(data())
    assert image.information == "low"
    assert image.thumbnail
    assert len(image.fingerprints) >= 2


def test_30000_px_wide_panorama_is_read():
    image = read(encode(photograph(seed=3, size=(30000, 60)), "JPEG"))
    assert (image.width_px, image.height_px) == (30000, 60)


def test_animation_counts_its_frames_and_shows_the_first():
    frames = [photograph(seed=s, size=(120, 90)) for s in (4, 5, 6)]
    animated = read(encode(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert animated.frames == 3
    assert animated.pixels_sha256 is None, "its first frame does not stand for an animation"
    assert phash_of(animated) - phash_of(read(encode(frames[0], "PNG"))) <= 4


def test_animation_of_5000_frames_is_read():
    frames = [Pillow.new("P", (8, 8), k % 2) for k in range(5000)]
    for frame in frames:
        frame.putpalette([0, 0, 0, 255, 255, 255])
    assert read(encode(frames[0], "GIF", save_all=True, append_images=frames[1:])).frames == 5000


# --- sizes and orientation


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_orientation_is_applied_once(format_: str, orientation: int):
    picture = photograph(seed=7, size=(640, 400))
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    stored = encode(picture, format_, exif=exif, quality=90)
    expected = ImageOps.exif_transpose(Pillow.open(io.BytesIO(stored)))
    image = read(stored)
    assert (image.width_px, image.height_px) == expected.size
    assert phash_of(image) - imagehash.phash(expected) <= 2


@pytest.mark.parametrize("size", [(100, 80), (479, 300), (480, 481), (959, 500), (960, 700), (2000, 900)])
@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
def test_working_picture_is_small_enough_and_no_smaller(format_: str, size: tuple[int, int]):
    picture = decode_picture(encode(photograph(seed=8, size=size), format_)).picture
    assert max(picture.size) < 2 * WORKING_SIDE_PX
    assert max(picture.size) >= min(WORKING_SIDE_PX, max(size))


# --- same pixels


def jpeg_with_segment(data: bytes, marker: int, content: bytes) -> bytes:
    return data[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content + data[2:]


@pytest.mark.parametrize(
    ("change", "same"),
    [
        pytest.param(lambda d: jpeg_with_segment(d, 0xED, b"Photoshop 3.0\0 caption"), True, id="iptc-added"),
        pytest.param(lambda d: jpeg_with_segment(d, 0xFE, b"a comment"), True, id="comment-added"),
        pytest.param(lambda d: jpeg_with_segment(d, 0xE2, b"ICC_PROFILE\0rubbish"), True, id="profile-added"),
        pytest.param(lambda d: d + b"second picture behind it", True, id="bytes-behind-the-end"),
        pytest.param(
            lambda d: jpeg_with_segment(d, 0xEE, b"Adobe\0\x64\0\0\0\0\0"), False, id="other-colours"
        ),
        pytest.param(
            lambda d: encode(Pillow.open(io.BytesIO(d)), "JPEG", quality=80), False, id="encoded-again"
        ),
    ],
)
def test_jpeg_has_the_same_pixels_whatever_its_metadata(change, same: bool):
    data = encode(photograph(seed=9), "JPEG", quality=90)
    first, second = read(data), read(change(data))
    assert first.pixels_sha256 is not None
    assert (first.pixels_sha256 == second.pixels_sha256) is same


def test_jpeg_turned_by_its_orientation_is_not_the_same_pixels():
    exif = Pillow.Exif()
    exif[0x0112] = 6
    picture = photograph(seed=9)
    plain, turned = (encode(picture, "JPEG", **o) for o in ({}, {"exif": exif}))
    assert read(plain).pixels_sha256 != read(turned).pixels_sha256


def test_lossless_formats_share_the_digest_of_their_pixels():
    picture = photograph(seed=10)
    digests = {read(encode(picture, f)).pixels_sha256 for f in ("PNG", "BMP", "TIFF")}
    assert len(digests) == 1
    altered = picture.copy()
    altered.putpixel((5, 5), (1, 2, 3))
    assert read(encode(altered, "PNG")).pixels_sha256 not in digests


# --- damage


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "group4", "jpeg"])
def test_damaged_tiff_prints_nothing(compression: str, capfd: pytest.CaptureFixture[str]):
    scan = photograph(seed=11).convert("1" if compression == "group4" else "RGB")
    data = encode(scan, "TIFF", compression=compression)
    with suppress(ImageError):  # libtiff fills in what it misses of a fax
        read(data[:200] + bytes(len(data) - 3200) + data[-3000:])
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF"])
@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_cut_short_picture_is_said_to_be_cut_short(
    format_: str, kept: float, capfd: pytest.CaptureFixture[str]
):
    options = {"compression": "tiff_adobe_deflate"} if format_ == "TIFF" else {}
    data = encode(photograph(seed=11, size=(400, 300)), format_, **options)
    with pytest.raises(ImageError, match=r"cut short|cannot be decoded") as raised:
        read(data[: int(len(data) * kept)])
    if format_ in ("JPEG", "PNG", "GIF", "BMP"):
        assert "cut short" in raised.value.reason
    assert raised.value.remedy
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "empty", id="zero-bytes"),
        pytest.param(b"<!DOCTYPE html><p>Not found", "Not a picture", id="a-page-named-as-a-picture"),
        pytest.param(b"\xff\xd8\xff\xe0" + bytes(40), "picture", id="header-only"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n", "Not a picture", id="postscript-is-not-run"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(100), "picture", id="png-of-zeros"),
    ],
)
def test_what_is_no_picture_is_an_error_with_a_remedy(data: bytes, reason: str):
    with pytest.raises(ImageError, match=reason) as raised:
        read(data)
    assert raised.value.remedy


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "size", [pytest.param((60000, 60000), id="far-over"), pytest.param((10000, 9000), id="just-over")]
)
def test_decompression_bomb_is_an_error_never_a_warning(size: tuple[int, int]):
    with pytest.raises(ImageError, match="decompression bomb") as raised:
        read(png_that_claims(*size))
    assert "limit" in raised.value.remedy


def test_lying_size_is_an_error():
    with pytest.raises(ImageError):
        read(png_that_claims(3000, 2000))


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"icc_profile": b"rubbish" * 50}, id="profile"),
        pytest.param({"exif": b"Exif\0\0II*\0\xff\xff\xff\xff" + bytes(9)}, id="exif"),
    ],
)
def test_rubbish_beside_the_pixels_does_no_harm(options: dict[str, bytes]):
    picture = photograph(seed=12)
    assert phash_of(read(encode(picture, "JPEG", **options))) - phash_of(read(encode(picture, "JPEG"))) == 0


@settings(max_examples=60, deadline=None)
@given(
    format_=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"]),
    at=st.floats(0, 1, exclude_max=True),
    value=st.integers(1, 255),
)
def test_a_flipped_byte_is_read_or_an_image_error(format_: str, at: float, value: int):
    data = bytearray(encode(photograph(seed=13, size=(96, 64)), format_))
    data[int(at * len(data))] ^= value
    try:
        image = read(bytes(data))
    except ImageError as error:
        assert error.reason
    else:
        assert image.thumbnail

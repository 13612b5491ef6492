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

from media import media_type
from media.errors import CameraRawError, ImageError, UnreadError
from media.pictures.contents import name_differences, name_surplus
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
        assert thumbnail.format == "JPEG"
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


XMP = b"http://ns.adobe.com/xap/1.0/\0"


def jpeg_with_segment(data: bytes, marker: int, content: bytes) -> bytes:
    return data[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content + data[2:]


@pytest.mark.parametrize(
    ("change", "same"),
    [
        pytest.param(lambda d: jpeg_with_segment(d, 0xED, b"Photoshop 3.0\0 caption"), True, id="iptc-added"),
        pytest.param(lambda d: jpeg_with_segment(d, 0xFE, b"a comment"), True, id="comment-added"),
        pytest.param(
            lambda d: jpeg_with_segment(d, 0xE2, b"ICC_PROFILE\0\1\1rubbish"), False, id="profile-added"
        ),
        pytest.param(lambda d: jpeg_with_segment(d, 0xE1, XMP + b"<x/>"), True, id="xmp-added"),
        pytest.param(lambda d: jpeg_with_segment(d, 0xEC, b"Ducky\0\1"), True, id="quality-noted"),
        pytest.param(lambda d: d + bytes(40), True, id="padding-behind-the-end"),
        pytest.param(lambda d: d + b"something behind it", False, id="bytes-behind-the-end"),
        pytest.param(
            lambda d: jpeg_with_segment(d, 0xE1, b"FLIR\0\1\0\0 temperatures"), False, id="thermal-data-added"
        ),
        pytest.param(
            lambda d: jpeg_with_segment(d, 0xE1, XMP + b'<a GDepth:Data="iVBOR"/>'),
            False,
            id="depths-in-the-xmp",
        ),
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


def sixteen_bit_colour(picture: Pillow.Image, low_byte: int = 0) -> bytes:
    """A PNG of 16 bits a channel, whose upper bytes are the picture."""
    samples = np.asarray(picture).astype(np.uint16) * 256 + low_byte
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", *picture.size, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in [*chunks, (b"IEND", b"")]
    )


def with_chunk(png: bytes, kind: bytes, content: bytes) -> bytes:
    chunk = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return png[:33] + chunk + png[33:]


def animation(picture: Pillow.Image, format_: str) -> bytes:
    return encode(picture, format_, save_all=True, append_images=[photograph(seed=15)])


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
VIDEO = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(256)) * 40


@pytest.mark.parametrize(
    ("plain", "change", "said"),
    [
        pytest.param(
            "PNG", lambda p, d: sixteen_bit_colour(p), "16 bits a channel against 8", id="16-bit-png"
        ),
        pytest.param(
            "PNG", lambda p, d: encode(p, "PNG", icc_profile=SRGB), "another colour profile: ", id="profile"
        ),
        pytest.param("JPEG", lambda p, d: d + VIDEO, "has a video behind the picture", id="motion-photo"),
        pytest.param(
            "JPEG",
            lambda p, d: d + b"MotionPhoto_Data" + VIDEO,
            "has a video behind",
            id="motion-photo-in-a-trailer",
        ),
        pytest.param(
            "JPEG", lambda p, d: d + encode(p.resize((80, 60)), "JPEG"), "has a second picture", id="second"
        ),
        pytest.param(
            "JPEG",
            lambda p, d: d + jpeg_with_segment(encode(p, "JPEG"), 0xE1, XMP + b"<x hdrgm:Version='1.0'/>"),
            "has a gain map behind the picture",
            id="gain-map",
        ),
        pytest.param(
            "PNG", lambda p, d: d + b"PK\3\4 hidden", "has an archive behind the picture", id="zip-behind"
        ),
        pytest.param(
            "PNG", lambda p, d: with_chunk(d, b"mkBT", b"layers"), "has data of its program", id="layers"
        ),
        pytest.param(
            "PNG", lambda p, d: with_chunk(d, b"gAMA", struct.pack(">I", 100000)), "gamma 1.00", id="gamma"
        ),
        pytest.param("PNG", lambda p, d: with_chunk(d, b"cICP", b"\x09\x10\0\1"), "HDR (PQ)", id="hdr"),
        pytest.param(
            "PNG", lambda p, d: encode(p, "PNG", transparency=(1, 2, 3)), "with transparency", id="tRNS"
        ),
        pytest.param("PNG", lambda p, d: encode(p.convert("RGBA"), "PNG"), "with transparency", id="alpha"),
        pytest.param("PNG", lambda p, d: animation(p, "PNG"), "2 frames against 1", id="animation"),
        pytest.param("TIFF", lambda p, d: animation(p, "TIFF"), "2 frames against 1", id="pages"),
        pytest.param(
            "TIFF",
            lambda p, d: encode(p, "TIFF", tiffinfo={37724: b"Adobe Photoshop Document Data Block"}),
            "has layers of its program",
            id="photoshop-layers",
        ),
    ],
)
def test_what_a_file_holds_beside_its_pixels_makes_it_another_picture_and_is_named(plain, change, said: str):
    picture = photograph(seed=14)
    data = encode(picture, plain)
    first, second = read(data), read(change(picture, data))
    assert first.pixels_sha256 is not None
    assert second.pixels_sha256 != first.pixels_sha256
    assert phash_of(first) - phash_of(second) <= 2
    assert any(said in each for each in name_differences(second.contents, first.contents))
    assert name_surplus(second.contents, first.contents)
    assert name_differences(first.contents, first.contents) == []


def test_low_bytes_of_sixteen_bits_count():
    picture = photograph(seed=14)
    digests = {read(sixteen_bit_colour(picture, low)).pixels_sha256 for low in (0, 7)}
    assert len(digests) == 2
    told = with_chunk(sixteen_bit_colour(picture), b"tEXt", b"Title\0A boat")
    assert read(told).pixels_sha256 == read(sixteen_bit_colour(picture)).pixels_sha256


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda p: encode(p, "PNG", compress_level=1), id="packed-otherwise"),
        pytest.param(lambda p: with_chunk(encode(p, "PNG"), b"tEXt", b"Title\0A boat"), id="text"),
        pytest.param(
            lambda p: with_chunk(encode(p, "PNG"), b"gAMA", struct.pack(">I", 45455)), id="gamma-of-srgb"
        ),
        pytest.param(lambda p: encode(p, "PNG") + bytes(100), id="padding"),
        pytest.param(lambda p: encode(p, "TIFF", compression="tiff_lzw"), id="tiff"),
    ],
)
def test_packing_and_metadata_leave_the_digest_as_it_is(change):
    picture = photograph(seed=14)
    assert read(change(picture)).pixels_sha256 == read(encode(picture, "PNG")).pixels_sha256


def test_adobe_rgb_that_only_the_exif_tells_is_another_profile():
    picture = photograph(seed=14)
    exif = Pillow.Exif()
    exif.get_ifd(0x8769)[0xA001] = 0xFFFF
    exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
    told = read(encode(picture, "JPEG", exif=exif))
    assert told.contents.profile == "Adobe RGB (by its EXIF)"
    assert told.pixels_sha256 != read(encode(picture, "JPEG")).pixels_sha256


# --- camera RAW


def tiff_of(entries: dict[int, tuple[int, int]], *, first: bytes = b"", second: bytes = b"") -> bytes:
    """A TIFF of one directory of short and long values (tag -> type, value), ``second`` behind it."""
    body = struct.pack("<H", len(entries))
    for tag, (kind, value) in sorted(entries.items()):
        body += struct.pack("<HHI", tag, kind, 1) + (
            struct.pack("<HH", value, 0) if kind == 3 else struct.pack("<I", value)
        )
    return b"II*\0" + struct.pack("<I", 8) + body + bytes(4) + second


_SENSOR = struct.pack("<H", 1) + struct.pack("<HHIHH", 262, 3, 1, 32803, 0) + bytes(4)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(tiff_of({254: (4, 1), 50706: (1, 0x0104)}), id="dng"),
        pytest.param(b"II*\0\x10\0\0\0CR\2\0" + bytes(100), id="cr2"),
        pytest.param(tiff_of({254: (4, 0), 330: (4, 38)}, second=_SENSOR), id="sensor-in-a-sub-picture"),
        pytest.param(tiff_of({259: (3, 34713)}), id="nef-compression"),
        pytest.param(tiff_of({254: (4, 1), 330: (4, 99999)}), id="preview-of-something-within"),
        pytest.param(b"FUJIFILMCCD-RAW 0201" + bytes(100), id="raf"),
        pytest.param(b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", id="cr3"),
        pytest.param(b"IIRO\x08\0\0\0" + bytes(50), id="orf"),
        pytest.param(b"IIU\0\x18\0\0\0" + bytes(50), id="rw2"),
    ],
)
def test_camera_raw_is_never_read_as_its_preview(data: bytes):
    with pytest.raises(CameraRawError, match="camera RAW"):
        read(data)
    assert media_type.recognise(data[:4096], "anything") == media_type.CAMERA_RAW


@pytest.mark.parametrize("format_", ["TIFF", "JPEG", "AVIF"])
def test_pictures_are_no_camera_raw(format_: str):
    data = encode(photograph(seed=14), format_)
    assert read(data).format == format_
    assert media_type.recognise(data[:4096], "a.tif") != media_type.CAMERA_RAW


def test_a_tiff_with_the_name_of_raw_data_is_taken_for_it():
    data = encode(photograph(seed=14), "TIFF")
    assert media_type.recognise(data[:4096], "DSC_0001.NEF") == media_type.CAMERA_RAW
    assert media_type.recognise(encode(photograph(seed=14), "JPEG")[:4096], "DSC_0001.NEF") == "image/jpeg"


# --- valid, and unusual


def unusual_tiff(
    samples: np.ndarray,
    *,
    compression: int = 1,
    packed: bytes | None = None,
    big: bool = False,
    depth: int = 0,
) -> bytes:
    """A TIFF of one strip, as its format, byte order (big-endian BigTIFF) and compression are wanted."""
    order = ">" if big else "<"
    height, width, channels = samples.shape
    data = packed if packed is not None else samples.astype(samples.dtype.newbyteorder(order)).tobytes()
    bits, format_ = depth or samples.dtype.itemsize * 8, 3 if samples.dtype.kind == "f" else 1
    start = 16 if big else 8
    after = start + len(data) + len(data) % 2
    arrays = b""
    entries = []
    for tag, values in (
        (256, [width]), (257, [height]), (258, [bits] * channels), (259, [compression]),
        (262, [2 if channels > 1 else 1]), (273, [start]),
        (277, [channels]), (278, [height]), (279, [len(data)]), (339, [format_] * channels),
    ):  # fmt: skip
        kind, code = (4, "I") if tag in (273, 279) else (3, "H")
        value = struct.pack(f"{order}{len(values)}{code}", *values)
        inline = 8 if big else 4
        if len(value) > inline:
            arrays, value = arrays + value, struct.pack(order + "I", after + len(arrays))
        head = struct.pack(order + ("HHQ" if big else "HHI"), tag, kind, len(values))
        entries.append(head + value.ljust(inline, b"\0"))
    directory = after + len(arrays)
    count = struct.pack(order + ("Q" if big else "H"), len(entries))
    head = (
        b"MM\0+\0\x08\0\0" + struct.pack(">Q", directory) if big else b"II*\0" + struct.pack("<I", directory)
    )
    return head + data + bytes(len(data) % 2) + arrays + count + b"".join(entries) + bytes(8)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            lambda p: unusual_tiff(np.asarray(p).astype(np.float32) / 255), id="floating-point-colour"
        ),
        pytest.param(lambda p: unusual_tiff(np.asarray(p), big=True), id="bigtiff-of-a-motorola"),
        pytest.param(
            lambda p: unusual_tiff(np.asarray(p), compression=50001, packed=encode(p, "WEBP", lossless=True)),
            id="webp",
        ),
        pytest.param(
            lambda p: unusual_tiff(
                np.asarray(p).astype(np.float32) / 255,
                compression=8,
                packed=zlib.compress((np.asarray(p).astype("<f4") / 255).tobytes()),
            ),
            id="deflated-floating-point",
        ),
    ],
)
def test_valid_tiff_that_pillow_does_not_open_is_read(data):
    picture = photograph(seed=14, size=(320, 240))
    image = read(data(picture))
    assert (image.format, image.width_px, image.height_px) == ("TIFF", 320, 240)
    assert phash_of(image) - phash_of(read(encode(picture, "PNG"))) <= 2


@pytest.mark.parametrize("depth", [10, 12, 14])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_samples_of_odd_bits_are_shown_as_they_are_meant(depth: int, mode: str):
    picture = photograph(seed=14, size=(321, 240)).convert(mode)
    samples = np.asarray(picture).reshape(240, 321, -1)
    deep = (samples.astype(np.uint16) << (depth - 8)).astype(">u2").reshape(240, -1)
    loose = np.unpackbits(deep.view(np.uint8), axis=1)
    rows = np.packbits(loose.reshape(240, -1, 16)[:, :, 16 - depth :].reshape(240, -1), axis=1)
    image = decode_picture(unusual_tiff(samples, packed=rows.tobytes(), depth=depth))
    assert image.contents.bits == depth
    shown = np.asarray(image.picture.convert(mode)).astype(int)
    assert np.abs(shown - samples.reshape(shown.shape)).max() <= 1


def test_what_is_valid_and_not_read_is_named_and_not_called_damaged():
    samples = np.zeros((8, 8, 3), np.float32)
    said = "not read: a TIFF of 32-bit floating-point samples, 3 a pixel, packed as LERC"
    with pytest.raises(UnreadError, match=said) as raised:
        read(unusual_tiff(samples, compression=34887, packed=b"lerc"))
    assert "damage" not in raised.value.reason + raised.value.remedy


def test_cut_short_floating_point_tiff_is_called_cut_short():
    data = unusual_tiff(np.ones((64, 64, 3), np.float32))
    entries = data[-200:]
    broken = data[: 8 + 100] + entries
    with pytest.raises(ImageError) as raised:
        read(broken)
    assert not isinstance(raised.value, UnreadError)


def swapped_profile() -> bytes:
    """sRGB with red and green changed over: the two names in its table of tags."""
    return SRGB.replace(b"rXYZ", b"?XYZ", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"?XYZ", b"gXYZ", 1)


def test_colours_that_a_profile_means_otherwise_are_shown_as_it_means_them():
    picture = photograph(seed=14)
    red, green, blue = picture.split()
    stored = encode(Pillow.merge("RGB", (green, red, blue)), "PNG", icc_profile=swapped_profile())
    away = np.abs(np.asarray(decode_picture(stored).picture).astype(int) - np.asarray(picture))
    assert np.median(away) <= 2


def test_a_profile_for_screens_leaves_the_colours_as_they_are():
    picture = photograph(seed=14)
    plain = decode_picture(encode(picture, "PNG")).picture
    srgb = decode_picture(encode(picture, "PNG", icc_profile=SRGB)).picture
    assert np.array_equal(np.asarray(plain), np.asarray(srgb))


# --- damage


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "group4", "jpeg"])
def test_damaged_tiff_prints_nothing(compression: str, capfd: pytest.CaptureFixture[str]):
    scan = photograph(seed=11).convert("1" if compression == "group4" else "RGB")
    data = encode(scan, "TIFF", compression=compression)
    with suppress(ImageError):  # libtiff fills in what it misses of a fax
        read(data[:200] + bytes(len(data) - 3200) + data[-3000:])
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "GIF", "BMP"])
@pytest.mark.parametrize("kept", [0.5, 0.9, 0.995])
def test_what_is_there_of_a_picture_that_is_cut_short_is_read(format_: str, kept: float):
    picture = photograph(seed=11, size=(400, 300))
    data = encode(picture, format_)
    image = read(data[: int(len(data) * kept)])
    assert image.contents.damage is not None and image.contents.damage.startswith("cut short")
    assert image.width_px == 400
    assert 300 * kept - 60 < image.height_px <= 300
    assert image.pixels_sha256 is None, "what is missing of it nobody knows"
    top = 300 - image.height_px if format_ == "BMP" else 0  # which is stored upside down
    there = picture.crop((0, top, 400, top + image.height_px))
    assert phash_of(image) - phash_of(read(encode(there, "PNG"))) <= 8
    assert read(data).contents.damage is None


def test_progressive_jpeg_that_is_cut_short_is_read_whole_and_flagged():
    data = encode(photograph(seed=11, size=(400, 300)), "JPEG", quality=90, progressive=True)
    within_a_header = data.index(b"\xff\xda", len(data) // 2) + 5
    for end in (int(len(data) * 0.7), within_a_header):
        image = read(data[:end])
        assert (image.height_px, image.contents.damage) == (300, "cut short")


def test_jpeg_without_its_end_marker_only_is_flagged_and_whole():
    data = encode(photograph(seed=11, size=(400, 300)), "JPEG", quality=90)
    image = read(data[:-2])
    assert (image.height_px, image.contents.damage, image.pixels_sha256) == (300, "cut short", None)


def test_headers_without_a_picture_are_not_called_damaged():
    data = encode(photograph(seed=11, size=(400, 300)), "JPEG")
    with pytest.raises(UnreadError, match="next to nothing") as raised:
        read(data[: data.index(b"\xff\xda") + 20])
    assert "damage" not in raised.value.reason + raised.value.remedy


@pytest.mark.parametrize("format_", ["WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_cut_short_picture_is_said_to_be_cut_short(
    format_: str, kept: float, capfd: pytest.CaptureFixture[str]
):
    options = {"compression": "tiff_adobe_deflate"} if format_ == "TIFF" else {}
    data = encode(photograph(seed=11, size=(400, 300)), format_, **options)
    with pytest.raises(ImageError, match=r"cut short|cannot be decoded") as raised:
        read(data[: int(len(data) * kept)])
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
    "size", [pytest.param((60000, 60000), id="far-over"), pytest.param((17000, 16000), id="just-over")]
)
def test_what_takes_too_much_memory_is_not_read_and_not_called_damaged(size: tuple[int, int]):
    with pytest.raises(UnreadError, match=r"to decode, over the limit of 1,024 MiB") as raised:
        read(png_that_claims(*size))
    assert "--max-decoded-mb" in raised.value.remedy
    assert "damage" not in raised.value.reason


def test_limit_counts_what_decoding_takes_and_not_pixels():
    flat = encode(Pillow.new("L", (10400, 9000), 128), "PNG")
    assert read(flat).width_px == 10400, "94 megapixels of grey take 90 MiB"
    picture = encode(photograph(seed=11, size=(1600, 1200)), "JPEG")
    assert decode_picture(picture, memory_bytes=2 << 20).width_px == 1600, "scaled while it is decoded"
    for options in ({"progressive": True}, {}):
        data = encode(photograph(seed=11, size=(1600, 1200)), "JPEG" if options else "PNG", **options)
        with pytest.raises(UnreadError):
            decode_picture(data, memory_bytes=2 << 20)


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

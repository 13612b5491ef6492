"""Pictures as telephones, scanners and retouchers keep them: HEIC, JPEG 2000, Photoshop."""

import io
import os
import re
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from media.errors import ImageError, NotInstalledError, UnreadError
from media.pictures.decode import decode_picture
from tests.conftest import ROOT, Run, make_photo, rows, scan_archive
from tests.packets import described, iim, resource, xmp


def encode(picture: Image.Image, format_: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, format_, **options)
    return file.getvalue()


def heic(picture: Image.Image, **options: object) -> bytes:
    pillow_heif = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed")
    pillow_heif.register_heif_opener()
    return encode(picture, "HEIF", quality=85, **options)


def photoshop(
    picture: Image.Image, *, bits: int = 8, version: int = 1, layers: bytes = b"", resources: bytes = b""
) -> bytes:
    """Write a Photoshop file with its merged picture, not packed."""
    red, green, blue = picture.split()
    header = struct.pack(">4sH6xHLLHH", b"8BPS", version, 3, picture.height, picture.width, bits, 3)
    sections = b"".join(struct.pack(">L", len(each)) + each for each in (b"", resources, layers))
    samples = b"".join(channel.tobytes() * (bits // 8) for channel in (red, green, blue))
    return header + sections + struct.pack(">H", 0) + samples


def test_jpeg_2000_is_decoded_as_it_is_shown() -> None:
    photo = make_photo(1)
    decoded = decode_picture(encode(photo, "JPEG2000"))
    assert (decoded.format, decoded.width_px, decoded.height_px) == ("JPEG2000", *photo.size)
    assert decoded.contents.bits == 8
    assert decoded.pixels_sha256 is not None


def test_jpeg_2000_of_16_bits_is_another_thing_than_its_copy_of_8() -> None:
    grey = make_photo(1).convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    ours, theirs = decode_picture(encode(deep, "JPEG2000")), decode_picture(encode(grey, "JPEG2000"))
    assert (ours.contents.bits, theirs.contents.bits) == (16, 8)
    assert ours.pixels_sha256 != theirs.pixels_sha256
    away = np.asarray(ours.picture).astype(int) - np.asarray(theirs.picture)
    assert np.abs(away).max() <= 1


def test_a_photoshop_file_is_its_merged_picture_and_its_layers_count() -> None:
    photo = make_photo(1)
    flat = decode_picture(photoshop(photo))
    layered = decode_picture(photoshop(photo, layers=struct.pack(">L", 0) + bytes(60)))
    assert (flat.format, flat.width_px, flat.height_px, flat.frames) == ("PSD", *photo.size, 1)
    assert flat.contents.extras == ()
    assert layered.contents.extras == ("layers of its program (64 bytes)",)
    assert flat.pixels_sha256 != layered.pixels_sha256


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        pytest.param({"bits": 16}, "not read: a Photoshop file of 16 bits a channel", id="16-bits"),
        pytest.param({"version": 2}, "not read: a Photoshop file for large documents (PSB)", id="psb"),
        pytest.param(
            {"resources": resource(0x0421, struct.pack(">LB", 1, 0) + bytes(8))},
            "not read: a Photoshop file without its layers merged",
            id="blank",
        ),
    ],
)
def test_a_photoshop_file_that_shows_nothing_of_itself_is_not_read(
    options: dict[str, object], reason: str
) -> None:
    with pytest.raises(UnreadError, match=re.escape(reason)):
        decode_picture(photoshop(make_photo(1), **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [lambda p: encode(p, "JPEG2000"), photoshop, heic])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_what_is_cut_short_is_an_error_of_its_own_record(make: object, share: float) -> None:
    data = make(make_photo(1))  # type: ignore[operator]
    with pytest.raises(ImageError):
        decode_picture(data[: int(len(data) * share)])


def test_a_telephones_picture_is_found_beside_its_export(archive: Path, catalog_path: Path) -> None:
    photo = make_photo(1)
    exif = Image.Exif()
    exif[0x010E] = "Boats leave the harbour of Port Avel."
    (archive / "IMG_1.HEIC").write_bytes(heic(photo, exif=exif.tobytes()))
    (archive / "IMG_1.jpg").write_bytes(encode(photo, "JPEG", quality=80))
    (archive / "scan.jp2").write_bytes(encode(photo, "JPEG2000"))
    said = resource(0x0404, iim(("2:120", "Boats leave the harbour of Port Avel.")))
    (archive / "edit.psd").write_bytes(photoshop(photo, resources=said))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT size FROM image_groups") == [(4,)]
    assert rows(catalog_path, "SELECT count(*) FROM problems") == [(0,)]
    assert set(
        rows(
            catalog_path,
            "SELECT r.locator, i.format, i.caption FROM images i JOIN records r ON r.sha256 = i.sha256"
            " WHERE i.caption IS NOT NULL",
        )
    ) == {
        ("IMG_1.HEIC", "HEIF", "Boats leave the harbour of Port Avel."),
        ("edit.psd", "PSD", "Boats leave the harbour of Port Avel."),
    }


def test_a_heic_picture_says_what_its_xmp_says() -> None:
    from media.pictures.metadata.weigh import read_metadata

    data = heic(make_photo(1), xmp=xmp(described("A ferry in fog")))
    assert read_metadata(data).metadata.caption == "A ferry in fog"


def test_without_its_extra_a_heic_picture_is_counted_with_what_to_install(
    archive: Path, catalog_path: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = heic(make_photo(1))
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(NotInstalledError, match="the extra heic"):
        decode_picture(data)
    (archive / "IMG_1.HEIC").write_bytes(data)
    (tmp_path / "none/pillow_heif.py").parent.mkdir()
    (tmp_path / "none/pillow_heif.py").write_text("raise ImportError")
    paths = os.pathsep.join((str(tmp_path / "none"), str(ROOT)))
    said = run("scan", archive, "-c", catalog_path, env=os.environ | {"PYTHONPATH": paths})
    assert said.returncode == 1
    assert "1 HEIC picture: not read." in said.stdout
    assert rows(catalog_path, "SELECT stage, count, remedy FROM problems") == [
        ("unread", 1, "Run: pip install 'cutline[heic]'. Then scan again.")
    ]
    monkeypatch.undo()  # as once it is installed: the next scan reads it, without --reread
    assert scan_archive(catalog_path, archive).read == 1
    assert rows(catalog_path, "SELECT format FROM images") == [("HEIF",)]
    assert rows(catalog_path, "SELECT count(*) FROM problems") == [(0,)]


def jpeg_xl(picture: Image.Image) -> bytes:
    codecs = pytest.importorskip("imagecodecs", reason="imagecodecs is not installed (extra: jxl)")
    return bytes(codecs.jpegxl_encode(np.asarray(picture), lossless=True))


def test_jpeg_xl_is_found_beside_its_jpeg(archive: Path, catalog_path: Path) -> None:
    (archive / "a.jxl").write_bytes(jpeg_xl(make_photo(1)))
    (archive / "a.jpg").write_bytes(encode(make_photo(1), "JPEG", quality=80))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT kind, size FROM image_groups") == [("near", 2)]
    assert rows(catalog_path, "SELECT format, width_px FROM images ORDER BY 1") == [
        ("JPEG", 320),
        ("JXL", 320),
    ]
    assert rows(catalog_path, "SELECT count(*) FROM problems") == [(0,)]


@pytest.mark.parametrize("size", [(320, 240), (321, 240), (8, 8), (1000, 3), (1920, 1080), (513, 8)])
def test_the_size_of_a_jpeg_xl_picture_is_told_by_its_header(size: tuple[int, int]) -> None:
    from media.pictures.jpeg_xl import read_size

    data = jpeg_xl(Image.new("RGB", size))
    assert read_size(data) == size
    boxed = b"\0\0\0\x0cJXL \r\n\x87\n" + struct.pack(">L4s", 8 + len(data), b"jxlc") + data
    assert read_size(boxed) == size


def test_a_damaged_or_huge_jpeg_xl_picture_is_named() -> None:
    from media.pictures.jpeg_xl import open_jpeg_xl

    data = jpeg_xl(make_photo(1))
    for broken in (data[:10], data[: len(data) // 2], b"\xff\x0a" + bytes(90), b"\0\0\0\x0cJXL \r\n\x87\n"):
        with pytest.raises(ImageError):
            decode_picture(broken, opener=open_jpeg_xl)
    huge = b"\xff\x0a" + ((3 << 1) | ((1 << 29) << 3) | (1 << 33)).to_bytes(12, "little")
    with pytest.raises(UnreadError, match="over the limit"):
        open_jpeg_xl(io.BytesIO(huge))


def test_without_its_extra_a_jpeg_xl_picture_is_counted_with_what_to_install(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (archive / "a.jxl").write_bytes(b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(60))
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT reason, count, remedy FROM problems") == [
        ("1 JPEG XL picture: not read", 1, "Run: pip install 'cutline[jxl]'. Then scan again.")
    ]

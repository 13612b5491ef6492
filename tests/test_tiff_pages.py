"""TIFF files of several pages: each page is a picture of its own, a record of its file."""

import hashlib
import io
import struct
import zipfile
from pathlib import Path

import pytest
from PIL import Image, TiffImagePlugin

from media.archives.container import Damage, Member, Span
from media.archives.tiff_pages import TiffPages
from media.errors import MissingError
from media.pictures.decode import decode_picture
from tests.conftest import encode, make_photo, rows, scan_archive

PHOTOS = [make_photo(seed) for seed in range(1, 4)]


def scanned(*pictures: Image.Image, **options: object) -> bytes:
    """Write a TIFF as a scanner does, a page a picture."""
    file = io.BytesIO()
    first, *others = (picture.copy() for picture in pictures)  # Pillow leaves its settings on what it saves
    first.save(file, "TIFF", save_all=True, append_images=others, **options)
    return file.getvalue()


def members(data: bytes) -> list[Member | Damage]:
    return [
        each
        if isinstance(each, Damage)
        else Member(each.locator, io.BytesIO(each.stream.read()))  # read before the next is asked for
        for each in TiffPages(io.BytesIO(data), "a.tif").members(Span(0, len(data)))
    ]


def pages(data: bytes) -> list[bytes]:
    return [each.stream.read() for each in members(data) if isinstance(each, Member)]


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits"])
def test_each_page_is_a_picture_of_its_own(compression: str | None) -> None:
    data = scanned(*PHOTOS, compression=compression)
    found = pages(data)
    assert len(found) == 2
    with Image.open(io.BytesIO(data)) as whole:
        for number, page in enumerate(found, 1):
            whole.seek(number)
            with Image.open(io.BytesIO(page)) as alone:
                assert getattr(alone, "n_frames", 1) == 1
                assert alone.tobytes() == whole.tobytes()


def test_pages_of_a_fax_are_decoded_alike() -> None:
    pictures = [photo.convert("1") for photo in PHOTOS]
    (page, _) = pages(scanned(*pictures, compression="group4"))
    with Image.open(io.BytesIO(page)) as alone:
        assert alone.tobytes() == pictures[1].tobytes()


@pytest.mark.parametrize("mode", ["1", "L", "CMYK", "I;16"])
def test_pages_of_other_kinds_are_decoded_alike(mode: str) -> None:
    pictures = [
        photo.convert("L").convert("I").convert("I;16") if mode == "I;16" else photo.convert(mode)
        for photo in PHOTOS
    ]
    (page, _) = pages(scanned(*pictures))
    assert decode_picture(page).pixels_sha256 == decode_picture(scanned(pictures[1])).pixels_sha256


def test_pages_are_found_beside_their_copies(archive: Path, catalog_path: Path) -> None:
    (archive / "scan.tif").write_bytes(scanned(*PHOTOS))
    (archive / "copy.jpg").write_bytes(encode(PHOTOS[2]))
    (archive / "single.tif").write_bytes(scanned(make_photo(9)))
    with zipfile.ZipFile(archive / "a.zip", "w") as packed:
        packed.writestr("in/scan.tif", scanned(*PHOTOS[1:]))
    scan_archive(catalog_path, archive)
    locators = [str(row[0]) for row in rows(catalog_path, "SELECT locator FROM records ORDER BY locator")]
    assert [each.partition("#")[0] for each in locators] == [
        "a.zip", "a.zip!in/scan.tif", "a.zip!in/scan.tif", "copy.jpg", "scan.tif", "scan.tif", "scan.tif", "single.tif",
    ]  # fmt: skip
    groups = rows(catalog_path, "SELECT group_concat(locator, ' ') FROM duplicate_images GROUP BY group_id")
    last = next(each for each in reversed(locators) if each.startswith("scan.tif"))
    assert any("copy.jpg" in str(group[0]) and last in str(group[0]) for group in groups)
    assert rows(catalog_path, "SELECT count(*) FROM problems") == [(0,)]
    assert scan_archive(catalog_path, archive).read == 0
    digest = hashlib.sha256(pages(scanned(*PHOTOS))[0]).hexdigest()
    assert rows(catalog_path, "SELECT count(*) FROM records WHERE sha256 = ?", digest) == [(1,)]


def test_pages_that_are_taken_out_are_gone(archive: Path, catalog_path: Path) -> None:
    (archive / "scan.tif").write_bytes(scanned(*PHOTOS))
    scan_archive(catalog_path, archive)
    (archive / "scan.tif").write_bytes(scanned(PHOTOS[0]))
    scan_archive(catalog_path, archive)
    gone = "SELECT count(*) FROM records WHERE locator LIKE 'scan.tif#%' AND missing_since IS NOT NULL"
    assert rows(catalog_path, gone) == [(2,)]


def test_a_small_copy_beside_a_page_is_no_page() -> None:
    file = io.BytesIO()
    small = TiffImagePlugin.ImageFileDirectory_v2()
    small[254] = 1
    with TiffImagePlugin.AppendingTiffWriter(file, new=True) as writer:
        for picture, tags in ((PHOTOS[0], {}), (PHOTOS[0].resize((80, 60)), small), (PHOTOS[1], {})):
            picture.save(writer, "TIFF", tiffinfo=tags)
            writer.newFrame()
    (page,) = pages(file.getvalue())
    assert decode_picture(page).pixels_sha256 == decode_picture(scanned(PHOTOS[1])).pixels_sha256


def test_pages_open_by_their_place() -> None:
    data = scanned(*PHOTOS)
    container = TiffPages(io.BytesIO(data), "a.tif")
    first = members(data)[0]
    with container.open(first.locator.removeprefix("a.tif")) as member:
        assert member.stream.read() == pages(data)[0]
    with pytest.raises(MissingError), container.open("#7"):
        pass


def big_tiff(*pictures: Image.Image) -> bytes:
    """Write grey pages as a BigTIFF."""
    out = bytearray(b"II+\0" + struct.pack("<HHQ", 8, 0, 16))
    for number, picture in enumerate(pictures):
        entries = (
            (256, 4, picture.width), (257, 4, picture.height), (258, 3, 8), (259, 3, 1), (262, 3, 1),
            (273, 16, len(out) + 8 + 9 * 20 + 8), (277, 3, 1), (278, 4, picture.height),
            (279, 16, picture.width * picture.height),
        )  # fmt: skip
        out += struct.pack("<Q", len(entries))
        out += b"".join(struct.pack("<HHQQ", tag, kind, 1, value) for tag, kind, value in entries)
        is_last = number == len(pictures) - 1
        out += struct.pack("<Q", 0 if is_last else len(out) + 8 + picture.width * picture.height)
        out += picture.tobytes()
    return bytes(out)


def test_pages_of_a_big_tiff() -> None:
    grey = [photo.convert("L") for photo in PHOTOS]
    assert [decode_picture(page).width_px for page in pages(big_tiff(*grey))] == [320, 320]
    with Image.open(io.BytesIO(pages(big_tiff(*grey))[1])) as alone:
        assert alone.tobytes() == grey[2].tobytes()


# --- damage


def test_pages_that_are_lost_are_named() -> None:
    data = scanned(*PHOTOS)
    cut = members(data[: len(data) - len(data) // 2])
    assert any(isinstance(each, Damage) and "lost" in each.reason for each in cut)


def test_pages_in_a_ring_end() -> None:
    data = bytearray(scanned(*PHOTOS[:2]))
    (first,) = struct.unpack_from("<L", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    (second,) = struct.unpack_from("<L", data, first + 2 + 12 * count)
    (count,) = struct.unpack_from("<H", data, second)
    struct.pack_into("<L", data, second + 2 + 12 * count, first)
    assert len(members(bytes(data))) == 1


def test_thousands_of_pages_with_the_same_pixels_cost_little() -> None:
    pixels = bytes(1 << 20)
    out = bytearray(b"II*\0" + struct.pack("<L", 8 + len(pixels)) + pixels)
    for number in range(3_000):
        entries = ((256, 1024), (257, 1024), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (279, 1 << 20))
        out += struct.pack("<H", len(entries))
        out += b"".join(struct.pack("<HHLL", tag, 4, 1, value) for tag, value in entries)
        out += struct.pack("<L", 0 if number == 2_999 else len(out) + 4)
    found = members(bytes(out))
    assert len(found) < 10
    assert isinstance(found[-1], Damage)
    assert "too many" in found[-1].reason

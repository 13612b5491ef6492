"""Camera RAW by its preview, and films by their first frame: each an extra, each named for what it is."""

import io
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from media.archives.container import Damage, Member, Span
from media.errors import ImageError, UnreadError
from media.formats import CAMERA_RAW
from media.media_type import recognise
from media.pictures.decode import decode_picture
from media.pictures.raw import open_camera_raw
from tests.conftest import Run, encode, make_photo, rows, scan_archive


def dng(photo: Image.Image, *, preview: bool = True, orientation: int = 1) -> bytes:
    """Write a DNG as a camera does: a JPEG preview where a TIFF has its picture, the sensor's data behind it."""
    jpeg = encode(photo.resize((photo.width // 2, photo.height // 2)), quality=85)
    width, height = photo.size
    sensor = (np.asarray(photo.convert("L")).astype(np.uint16) * 16).tobytes()
    values = bytearray()
    at = 8 + 2 + 20 * 12 + 4  # behind a first directory of at most twenty entries

    def put(value: bytes) -> int:
        values.extend(value + bytes(len(value) % 2))
        return at + len(values) - len(value) - len(value) % 2

    data = put(sensor)
    pattern = [
        (254, 4, 1, 0), (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 16), (259, 3, 1, 1),
        (262, 3, 1, 32803), (273, 4, 1, data), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, len(sensor)),
        (33421, 3, 2, 2 | 2 << 16), (33422, 1, 4, 0x02010100),
    ]  # fmt: skip
    directory = put(
        struct.pack("<H", len(pattern)) + b"".join(struct.pack("<HHLL", *e) for e in pattern) + bytes(4)
    )
    unit = b"".join(struct.pack("<ll", value, 1) for value in (1, 0, 0, 0, 1, 0, 0, 0, 1))
    entries = [
        (254, 4, 1, 1), (271, 2, 7, put(b"Tessen\0")), (272, 2, 5, put(b"T-10\0")), (274, 3, 1, orientation),
        (306, 2, 20, put(b"2024:11:19 10:00:00\0")), (330, 4, 1, directory), (50706, 1, 4, 0x00000401),
        (50708, 2, 5, put(b"T-10\0")), (50721, 10, 9, put(unit)),
        (50728, 5, 3, put(struct.pack("<6L", 1, 1, 1, 1, 1, 1))), (50778, 3, 1, 21),
    ]  # fmt: skip
    if preview:
        entries += [
            (256, 4, 1, width // 2), (257, 4, 1, height // 2), (258, 3, 3, put(struct.pack("<3H", 8, 8, 8))),
            (259, 3, 1, 7), (262, 3, 1, 6), (273, 4, 1, put(jpeg)), (277, 3, 1, 3), (279, 4, 1, len(jpeg)),
        ]  # fmt: skip
    head = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHLL", *e) for e in sorted(entries))
    return b"II*\0" + struct.pack("<L", 8) + (head + bytes(4)).ljust(at - 8, b"\0") + bytes(values)


def raw(photo: Image.Image, **options: object) -> bytes:
    pytest.importorskip("rawpy", reason="rawpy is not installed (extra: raw)")
    return dng(photo, **options)  # type: ignore[arg-type]


def test_a_raw_file_is_its_preview_and_says_so() -> None:
    photo = make_photo(1, (640, 480))
    data = raw(photo)
    assert recognise(data[:4096], "a") == CAMERA_RAW
    decoded = decode_picture(data, opener=open_camera_raw)
    assert (decoded.format, decoded.width_px, decoded.height_px) == ("RAW preview", 320, 240)
    assert decoded.pixels_sha256 is None
    assert decoded.contents.extras == (
        f"a camera's raw data ({len(data):,} bytes), of which this is the preview",
    )


def test_a_preview_is_turned_as_the_camera_was_held() -> None:
    photo = make_photo(1, (640, 480))
    decoded = decode_picture(raw(photo, orientation=6), opener=open_camera_raw)
    assert (decoded.width_px, decoded.height_px) == (240, 320)


def test_raw_and_its_jpeg_are_one_picture_in_two_forms(archive: Path, catalog_path: Path, run: Run) -> None:
    photo = make_photo(1, (640, 480))
    (archive / "IMG_0001.dng").write_bytes(raw(photo))
    (archive / "IMG_0001.jpg").write_bytes(encode(photo, quality=92))
    (archive / "IMG_0002.dng").write_bytes(raw(make_photo(2, (640, 480))))
    scan_archive(catalog_path, archive)
    members = "SELECT kind, locator, keeper, form, reason FROM duplicate_images ORDER BY locator"
    (kind, locator, keeper, form, reason), (_, other, is_kept, other_form, _) = rows(catalog_path, members)
    assert (kind, locator, keeper, form) == ("near", "IMG_0001.dng", 1, "original")
    assert reason == "keep: a camera's raw data, from which the others were developed"
    assert (other, is_kept, other_form) == ("IMG_0001.jpg", 0, "derivative")
    planned = run(
        "cleanup", "plan", "-c", catalog_path, "--kind", "near", "--kind", "same-pixels", "--format", "json"
    )
    assert planned.returncode == 0
    assert "a form that is shown without being developed" in planned.stdout
    assert rows(catalog_path, "SELECT count(*) FROM problems") == [(0,)]


def test_raw_data_damaged_or_without_a_preview_are_named() -> None:
    photo = make_photo(1, (640, 480))
    with pytest.raises(UnreadError, match="without a preview"):
        open_camera_raw(io.BytesIO(raw(photo, preview=False)))
    data = raw(photo)
    for broken in (data[:40], data[:300], b"II*\0\x10\0\0\0CR\2\0" + bytes(200), data[: len(data) - 2_000]):
        with pytest.raises(ImageError):
            decode_picture(broken, opener=open_camera_raw)


def test_without_its_extra_raw_is_counted_with_what_to_install(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (archive / "a.dng").write_bytes(dng(make_photo(1)))
    monkeypatch.setitem(sys.modules, "rawpy", None)
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT reason, remedy FROM problems") == [
        ("1 camera RAW picture: not read", "Run: pip install 'cutline[raw]'. Then scan again.")
    ]


# --- films


def film(tmp_path: Path, photo: Image.Image, ending: str, *, black: int = 0) -> bytes:
    """Write a film of one picture, after some black frames, with FFmpeg."""
    pytest.importorskip("av", reason="PyAV is not installed (extra: video)")
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    (tmp_path / "frames").mkdir(exist_ok=True)
    for number in range(black + 5):
        shown = Image.new("RGB", photo.size) if number < black else photo
        shown.save(tmp_path / f"frames/{number:03}.png")
    out = tmp_path / f"film.{ending}"
    command = [
        "ffmpeg",
        "-loglevel",
        "error",
        "-y",
        "-i",
        str(tmp_path / "frames/%03d.png"),
        "-pix_fmt",
        "yuv420p",
    ]
    subprocess.run([*command, str(out)], check=True, timeout=60)
    return out.read_bytes()


def frames(data: bytes, name: str = "a") -> list[Member | Damage]:
    from media.archives.video import Video

    return list(Video(io.BytesIO(data), name).members(Span(0, 1)))


@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi", "mpg", "ts", "flv"])
def test_the_first_frame_that_shows_something_is_a_picture(ending: str, tmp_path: Path) -> None:
    (found,) = frames(film(tmp_path, make_photo(1), ending, black=4))
    assert isinstance(found, Member)
    assert found.locator == "a!frame.png"
    with Image.open(io.BytesIO(found.stream.read())) as shown:
        away = np.asarray(shown.convert("RGB")).astype(int) - np.asarray(make_photo(1))
    assert np.abs(away).mean() < 20


def test_a_film_is_found_beside_its_still(archive: Path, catalog_path: Path, tmp_path: Path) -> None:
    (archive / "clip.mp4").write_bytes(film(tmp_path, make_photo(1), "mp4"))
    (archive / "still.jpg").write_bytes(encode(make_photo(1)))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT locator FROM duplicate_images ORDER BY locator") == [
        ("clip.mp4!frame.png",),
        ("still.jpg",),
    ]
    assert rows(catalog_path, "SELECT count(*) FROM problems") == [(0,)]


def test_films_that_are_damaged_or_name_other_files_are_named(tmp_path: Path) -> None:
    data = film(tmp_path, make_photo(1), "mp4")
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:1,\nfile:///etc/passwd\n"
    concat = b"ffconcat version 1.0\nfile /etc/passwd\n"
    unknown = data.replace(b"avc1", b"xxxx").replace(b"mp4v", b"xxxx")
    for broken in (
        unknown,
        data[:200],
        data[: len(data) // 2],
        playlist,
        concat,
        b"\x1a\x45\xdf\xa3" + bytes(300),
    ):
        (found,) = frames(broken)
        assert isinstance(found, Damage)


def test_without_its_extra_a_film_is_counted_with_what_to_install(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from media import formats

    (archive / "a.mp4").write_bytes(b"\0\0\0\x18ftypmp42\0\0\0\0mp42" + bytes(90))
    found = formats.find_spec
    monkeypatch.setattr(formats, "find_spec", lambda name: None if name == "av" else found(name))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT reason, remedy FROM problems") == [
        (
            "1 video: not read",
            "Run: pip install 'cutline[video]' to have its first frame compared, or leave it out with --exclude.",
        )
    ]

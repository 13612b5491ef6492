"""Camera RAW: recognises it among the pictures in the same kind of container, and reads its preview with rawpy.

Most makers wrap their raw data in TIFF (DNG, CR2, NEF, ARW, PEF...), with a small preview in the place of a TIFF's
picture. If such a file were read as a TIFF, the master would look like a copy of its own JPEG. So cutline records it as
a preview, which never has the same pixels as another picture.
"""

import io
import re
from typing import BinaryIO, Final

from PIL import Image as Pillow

from media.errors import ImageError, NotInstalledError, UnreadError
from media.pictures.metadata.tiff import Tiff, open_tiff

RAW_NAMES = re.compile(
    r"\.(?:3fr|arw|cr2|cr3|crw|dcr|dng|erf|fff|gpr|iiq|kdc|mef|mos|mrw|nef|nrw|orf|pef|ptx|raf|raw|rw2|rwl|sr2"
    r"|srf|srw|x3f)$",
    re.IGNORECASE,
)
"""Names that cameras give to raw data."""

_SIGNATURES = re.compile(
    rb"II\*\0.{4}CR|II\x1a\0.{4}HEAPCCDR|....ftypcrx |FUJIFILMCCD-RAW|IIU\0|IIR[OS]|MMOR|FOVb|\0MRM"
    rb"|(?:II\*\0|MM\0\*).{4}(?:IIII|MMMM)",
    re.DOTALL,
)
"""Canon, Fujifilm, Panasonic and Leica, Olympus, Sigma, Minolta, Phase One."""

_KIND, _COMPRESSION, _PHOTOMETRIC, _SUB_PICTURES, _DNG_VERSION = 254, 259, 262, 330, 50706
_PATTERNS = (33421, 33422)
"""The size and the colours of a sensor's filter (TIFF/EP)."""
_MAKERS = (34310, 50752)
"""Tags of Leaf's and Canon's raw data."""
_SENSOR_PHOTOMETRICS = frozenset({32803, 34892})
"""Colour filter array, linear raw."""
_SENSOR_COMPRESSIONS = frozenset({32767, 32769, 32770, 34713, 65000, 65535})
"""Sony, packed, Samsung, Nikon, Kodak, Pentax."""
_WANTED = frozenset((
    _KIND, _COMPRESSION, _PHOTOMETRIC, _SUB_PICTURES, _DNG_VERSION, *_PATTERNS, *_MAKERS,
))  # fmt: skip
_DIRECTORIES = 16
"""The most directories that are read: a camera writes four or five."""


def is_camera_raw(data: bytes) -> bool:
    """Return whether a file that begins with ``data`` is a camera's raw data; the answer is less certain for a part."""
    if _SIGNATURES.match(data):
        return True
    tiff = open_tiff(data)
    return tiff is not None and _is_raw_tiff(tiff)


def _is_raw_tiff(tiff: Tiff) -> bool:
    tags = tiff.read_tags(tiff.first, _WANTED)
    if _DNG_VERSION in tags or any(maker in tags for maker in _MAKERS):
        return True
    if (tiff.read_integer(tags.get(_KIND)) or 0) & 1 and _SUB_PICTURES in tags:
        return True  # the first picture is a preview of one within it (TIFF/EP)
    offsets = [tiff.first, *tiff.read_integers(tags.get(_SUB_PICTURES))[:_DIRECTORIES]]
    return any(_is_of_sensor(tiff, offset) for offset in offsets)


def _is_of_sensor(tiff: Tiff, offset: int) -> bool:
    tags = tiff.read_tags(offset, _WANTED)
    return (
        any(pattern in tags for pattern in _PATTERNS)
        or tiff.read_integer(tags.get(_PHOTOMETRIC)) in _SENSOR_PHOTOMETRICS
        or tiff.read_integer(tags.get(_COMPRESSION)) in _SENSOR_COMPRESSIONS
    )


def open_camera_raw(file: BinaryIO) -> Pillow.Image:
    """Return the preview in a camera's raw data, turned as the camera was held.

    The preview is usually smaller than the picture, and developed with the settings of the camera.

    :raises NotInstalledError: rawpy is missing.
    :raises ImageError: the file is damaged; :class:`UnreadError`: there is no preview in it.
    """
    try:
        import rawpy
    except ImportError as error:
        raise NotInstalledError("camera RAW pictures", "raw") from error
    data = file.read()
    try:
        with rawpy.imread(io.BytesIO(data)) as opened:
            flip = opened.sizes.flip
            preview = opened.extract_thumb()
    except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError) as error:
        raise UnreadError("not read: a camera RAW file without a preview", _DEVELOP) from error
    except rawpy.LibRawError as error:
        raise ImageError(f"The camera RAW file cannot be read ({_told(error)})") from error
    shown = preview.data
    picture = _open_jpeg(shown, data) if isinstance(shown, bytes) else Pillow.fromarray(shown)
    if picture.getexif().get(_ORIENTATION, 1) == 1:
        picture.getexif()[_ORIENTATION] = _FLIPPED.get(flip, 1)
    picture.format = RAW_PREVIEW
    return picture


def _open_jpeg(preview: bytes, data: bytes) -> Pillow.Image:
    # LibRaw fills the missing part of a file that is cut short with data that it read before.
    if preview[-_END_BYTES:] not in data:
        raise ImageError("The camera RAW file is cut short")
    with Pillow.open(io.BytesIO(preview), formats=("JPEG",)) as found:
        if found.width * found.height > _MOST_PX:
            raise UnreadError(f"not read: a preview of {found.width:,} x {found.height:,} pixels", _DEVELOP)
        return found.copy()


RAW_PREVIEW: Final = "RAW preview"
"""The format of a picture that is a preview in a camera's raw data."""
_ORIENTATION = 0x0112
_FLIPPED = {3: 3, 5: 8, 6: 6}
"""The orientation of the camera in LibRaw's numbers, and in EXIF's."""
_MOST_PX = 100 << 20
"""Pixels, of a preview that is decoded."""
_END_BYTES = 32
"""The number of bytes at the end of a JPEG that identify it."""
_DEVELOP = "Develop it to JPEG or TIFF to have it compared; the file itself is left alone."


def _told(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("ascii", "replace") if isinstance(said, bytes) else str(said)

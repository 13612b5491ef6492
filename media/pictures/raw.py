"""Camera RAW: told from the pictures that its container could hold as well.

Most makers wrap their raw data in TIFF (DNG, CR2, NEF, ARW, PEF...), with a small preview where a TIFF has its
picture. Who reads such a file as a TIFF sees the preview, and takes the master for a copy of its own JPEG.
"""

import re

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
"""Most that are looked at: a camera writes four or five."""


def is_camera_raw(data: bytes) -> bool:
    """Tell whether a file that begins with ``data`` is a camera's raw data; a part of it tells less."""
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

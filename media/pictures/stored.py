"""The data in a picture's file that are neither metadata nor in the pixels that a decoder returns.

These are bit depth, colour, frames and others. They are read from the container, never by decoding. If the decoder
returns less than is stored (16-bit colour as 8 bits), the stored data take the place of the pixels. So two files have
the same digest only if they differ in nothing but metadata and lossless packing.
"""

import hashlib
import io
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from PIL import Image as Pillow
from PIL import ImageCms

from media.pictures.contents import RAW_DATA
from media.pictures.metadata.packets import find_boxes
from media.pictures.metadata.tiff import Tag, Tiff, open_tiff
from media.pictures.photoshop import read_photoshop
from media.pictures.raw import RAW_PREVIEW

_PIECES = 100_000
"""The most segments or chunks that are skipped in one file."""


@dataclass(slots=True)
class Stored:
    """The data found in a container."""

    bits: int = 8
    colour: list[bytes] = field(default_factory=list)
    """The meaning of the samples: the bytes of an ICC profile, or the data in its place."""
    profile: str | None = None
    extras: list[str] = field(default_factory=list)
    data: list[bytes | memoryview] = field(default_factory=list)
    """The bytes of the extras, for the digest."""
    packed: list[bytes | memoryview] = field(default_factory=list)
    """The samples as stored, where decoding loses some of them."""
    is_blank: bool = False
    """A Photoshop file whose merged picture was left out."""
    is_whole: bool = True
    """False if there is no digest: for a JPEG without its end, or a file that is only a preview."""

    def update(self, digest: "hashlib._Hash") -> None:
        """Take all of it into a digest."""
        digest.update(b"%d bits" % self.bits)
        for name, parts in (
            (b"colour", self.colour),
            (b"data", self.data),
            (b"packed", self.packed),
        ):
            digest.update(b"%s %d" % (name, len(parts)))
            for part in parts:
                digest.update(b"%d:" % len(part))
                digest.update(part)

    def note(self, name: str, data: bytes | memoryview) -> None:
        """Add data that are not metadata."""
        self.extras.append(name)
        self.data.append(data)


def walk_stored(data: bytes, opened: Pillow.Image) -> Stored:
    """Return what the file ``data`` holds; ``opened`` is the same as Pillow opened it."""
    stored = Stored()
    icc = opened.info.get("icc_profile")
    walk = _WALKS.get(opened.format or "")
    if walk is not None:
        walk(data, stored, opened)
    if isinstance(icc, bytes) and icc:
        stored.colour, stored.profile = [icc], name_profile(icc)
    elif not stored.colour and (named := _colour_of_exif(opened)):
        stored.colour, stored.profile = [named.encode()], named
    return stored


def _colour_of_exif(opened: Pillow.Image) -> str | None:
    """Adobe RGB as cameras say it (DCF 2.0: interoperability index R03), without a profile."""
    try:
        exif = opened.getexif()
        if 0x8769 not in exif:
            return None
        index = exif.get_ifd(0xA005).get(1)
    except Exception:
        return None
    return "Adobe RGB (by its EXIF)" if isinstance(index, str) and index.startswith("R03") else None


# --- profiles


@lru_cache(maxsize=256)
def name_profile(icc: bytes) -> str:
    """Return what a profile calls itself; where it does not, the beginning of its digest."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        name = ImageCms.getProfileDescription(profile)
    except Exception:
        name = ""
    name = " ".join("".join(each if each.isprintable() else " " for each in name).split())[:80]
    return name or f"without a name ({hashlib.sha256(icc).hexdigest()[:8]})"


# --- JPEG


def _walk_jpeg(data: bytes, stored: Stored, opened: Pillow.Image) -> None:
    icc: list[bytes] = []
    others: list[tuple[int, bytes]] = []
    at, end_of_file = 2, len(data)
    maps = False
    while True:
        if at + 2 > end_of_file or data[at] != 0xFF:
            stored.is_whole = False
            break
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker == 0xD9:
            at += 2
            break
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xDA:  # a scan: its coded data run to the next marker that is not a restart
            following = _NEXT_MARKER.search(data, end)
            end = following.start() if following else end_of_file
        elif 0xE0 <= marker <= 0xEF:
            content = data[at + 4 : end]
            if marker == 0xE2 and content.startswith(b"ICC_PROFILE\0"):
                icc.append(content[14:])
            elif marker != 0xEE and not _is_metadata(marker, content):
                others.append((marker, content))
            maps = maps or (marker in (0xE1, 0xE2) and _MAPS.search(content) is not None)
        if not (0xE0 <= marker <= 0xEF and marker != 0xEE) and marker != 0xFE:
            stored.packed.append(memoryview(data)[at:end])
        at = max(end, at + 2)
    if icc:
        stored.colour = [b"".join(icc)]
        stored.profile = name_profile(stored.colour[0])
    for marker, content in others:
        stored.note(f"{_name_segment(marker, content)} ({len(content):,} bytes)", content)
    _note_rest(data[at:], stored, maps)


_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_MAPS = re.compile(rb"hdrgm:|GainMap|urn:iso:std:iso:ts:21496:-1")

_METADATA: tuple[tuple[int, re.Pattern[bytes]], ...] = (
    (0xE0, re.compile(rb"JFIF\0|JFXX\0|AVI1|Ocad")),
    (0xE1, re.compile(rb"Exif|http://ns\.adobe\.com/|PSMF|\0*\Z")),
    (0xE2, re.compile(rb"MPF\0|ICC_PROFILE\0|urn:iso:std:iso:ts:21496:-1\0.{0,8}\Z", re.DOTALL)),
    (0xEB, re.compile(rb"JP.{6}....jumb", re.DOTALL)),  # C2PA, IPTC's origin and history
    (0xEC, re.compile(rb"Ducky|\[?\[?picture info|\[", re.IGNORECASE)),
    (0xED, re.compile(rb"Photoshop 3\.0\0|Adobe_|\x1c|Adobe_CM")),
)
"""Segments that describe, by their marker and beginning. ``MPF`` only says where the further pictures are."""

_PICTURES_IN_XMP = re.compile(rb"\bG(?:Image|Depth|Audio):Data\b|\bxdm:Device\b")
"""Old telephones keep the picture before blurring, its depths and sound in the XMP itself."""


def _is_metadata(marker: int, content: bytes) -> bool:
    for kind, beginning in _METADATA:
        if kind == marker and beginning.match(content):
            return not (marker == 0xE1 and _PICTURES_IN_XMP.search(content))
    return not content.strip(b"\0")


def _name_segment(marker: int, content: bytes) -> str:
    if content.startswith(b"http://ns.adobe.com/"):
        return "a picture, depths or sound in its XMP"
    if content.startswith(b"FLIR\0"):
        return "temperatures of a thermal camera"
    name = re.match(rb"[A-Za-z][\w .-]{2,15}", content)
    return f"data in APP{marker - 0xE0}" + (f" named {name[0].decode('ascii')}" if name else "")


def close_jpeg(data: bytes) -> bytes:
    """Return a JPEG that is cut short with an end, and without the segment that it was cut in; others as they are.

    A decoder would take the end that it is given for a part of that segment.
    """
    if not data.startswith(b"\xff\xd8"):
        return data
    at = 2
    for _ in range(_PIECES):
        if at + 4 > len(data) or data[at] != 0xFF:
            break
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data):
            return data[:at] + b"\xff\xd9"
        if data[at + 1] == 0xDA:
            following = _NEXT_MARKER.search(data, end)
            end = following.start() if following else len(data)
        at = end
    return data[: max(at, 2)] + b"\xff\xd9" if at > len(data) - 4 else data


def _note_rest(rest: bytes, stored: Stored, maps: bool = False) -> None:
    """Take in what lies behind the picture's end, but for padding."""
    rest = rest.rstrip(b"\0\t\n\r ")
    if not rest:
        return
    stored.note(f"{_name_rest(rest, maps)} behind the picture ({len(rest):,} bytes)", rest)


def _name_rest(rest: bytes, maps: bool) -> str:
    if _VIDEO.search(rest):
        return "a video"
    if _PICTURE.match(rest.lstrip(b"\0")):
        if maps or _MAPS.search(rest):
            return "a gain map"
        return "a second picture" if len(_PICTURE.findall(rest)) == 1 else "further pictures"
    if _PICTURE.search(rest):
        return "a second picture"
    return "an archive" if rest.startswith(b"PK\x03\x04") else "data"


_VIDEO = re.compile(rb"\0\0..ftyp(?!avi[fs]|hei|mif1)|MotionPhoto_Data", re.DOTALL)
_PICTURE = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]")


# --- PNG


def _walk_png(data: bytes, stored: Stored, opened: Pillow.Image) -> None:
    if len(data) > 25:
        depth, colour_type = data[24], data[25]
        stored.bits = depth if depth in (1, 16) and colour_type != 3 else 8
    loses = stored.bits == 16 and not opened.mode.startswith("I")
    at = 8
    for _ in range(_PIECES):
        if at + 8 > len(data):
            return
        (length,) = struct.unpack_from(">L", data, at)
        kind, content = data[at + 4 : at + 8], memoryview(data)[at + 8 : at + 8 + length]
        at += length + 12
        if kind == b"IEND":
            _note_rest(data[at:], stored)
            return
        if kind == b"IDAT":
            if loses:
                stored.packed.append(content)
        elif kind == b"tRNS" and loses:
            stored.packed.append(content)
        elif kind in _PNG_COLOURS:
            _note_png_colour(kind, bytes(content), stored)
        elif kind not in _PNG_CHUNKS:
            name = kind.decode("ascii", "replace")
            stored.note(f"data of its program in {name!r} ({length:,} bytes)", content)


_PNG_COLOURS = frozenset({b"cICP", b"gAMA", b"cHRM"})
_PNG_CHUNKS = frozenset({
    b"IHDR", b"PLTE", b"tRNS", b"tEXt", b"zTXt", b"iTXt", b"tIME", b"pHYs", b"sRGB", b"iCCP", b"mDCV", b"mDCv",
    b"cLLI", b"cLLi", b"sBIT", b"bKGD", b"hIST", b"eXIf", b"acTL", b"fcTL", b"fdAT", b"oFFs", b"pCAL", b"sCAL",
    b"dSIG", b"iDOT", b"caBX", b"vpAg", b"caNv", b"orNT", b"gIFg", b"gIFx", b"sPLT",
})  # fmt: skip
"""Pixels, colour, and what describes them: what other chunks hold (layers of a program) is named."""
_SRGB_GAMMA = range(45_000, 46_000)
_SRGB_PRIMARIES = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)


def _note_png_colour(kind: bytes, content: bytes, stored: Stored) -> None:
    """Take in what stands for a profile, unless it says sRGB, which no profile means too."""
    if kind == b"gAMA" and len(content) == 4:
        gamma = int.from_bytes(content, "big")
        if gamma in _SRGB_GAMMA:
            return
        named = f"gamma {100_000 / gamma:.2f}" if gamma else "gamma 0"
    elif kind == b"cHRM" and len(content) == 32:
        primaries = struct.unpack(">8L", content)
        if all(abs(one - other) <= 100 for one, other in zip(primaries, _SRGB_PRIMARIES, strict=True)):
            return
        named = "primaries of its own"
    elif kind == b"cICP" and len(content) == 4:
        if content[0] == 1 and content[1] == 13:
            return
        named = {16: "HDR (PQ)", 18: "HDR (HLG)"}.get(content[1], f"code points {content[0]}/{content[1]}")
    else:
        return
    stored.colour.append(kind + content)
    stored.profile = f"{stored.profile}, {named}" if stored.profile else named


# --- TIFF

_BITS, _COMPRESSION, _LAYERS = 258, 259, 37724
_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES, _SUB_PICTURES = 273, 279, 324, 325, 330


def _walk_tiff(data: bytes, stored: Stored, opened: Pillow.Image) -> None:
    tiff = open_tiff(data)
    if tiff is None:
        return
    tags = tiff.read_tags(
        tiff.first, (_BITS, _STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES, _LAYERS, _SUB_PICTURES)
    )
    depths = tiff.read_integers(tags.get(_BITS))
    stored.bits = max(depths, default=1)
    if stored.bits in (2, 4):
        stored.bits = 8
    exact = stored.bits <= 8 or opened.mode.startswith(("I", "F"))
    if not exact or len(depths) > 4:
        for part in _tiff_parts(tiff, tags):
            stored.packed.append(part)
    if layers := tags.get(_LAYERS):
        stored.note(f"layers of its program ({len(layers.value):,} bytes)", layers.value)
    if sub_pictures := tiff.read_integers(tags.get(_SUB_PICTURES)):
        stored.note("further pictures in it", str(len(sub_pictures)).encode())


def _tiff_parts(tiff: Tiff, tags: Mapping[int, Tag]) -> Iterator[memoryview]:
    view = memoryview(tiff.data)
    for offsets, lengths in ((_STRIPS, _STRIP_BYTES), (_TILES, _TILE_BYTES)):
        starts = tiff.read_integers(tags.get(offsets))
        sizes = tiff.read_integers(tags.get(lengths))
        for start, size in zip(starts, sizes, strict=False):
            yield view[start : start + size]


# --- the others


def _walk_webp(data: bytes, stored: Stored, opened: Pillow.Image) -> None:
    at, end = 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    for _ in range(_PIECES):
        if at + 8 > end:
            break
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if kind not in _WEBP_CHUNKS:
            name = kind.decode("ascii", "replace")
            stored.note(f"data in {name!r} ({length:,} bytes)", data[at + 8 : at + 8 + length])
        at += 8 + length + (length & 1)
    _note_rest(data[end + (end & 1) :], stored)


_WEBP_CHUNKS = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF", b"XMP "})


def _walk_gif(data: bytes, stored: Stored, opened: Pillow.Image) -> None:
    """Step over the blocks (GIF89a, appendix B) to see what lies behind the last one."""
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    for _ in range(_PIECES):
        kind = data[at : at + 1]
        if kind == b"\x3b":
            _note_rest(data[at + 1 :], stored)
            return
        if kind == b"\x21":
            at += 2
        elif kind == b"\x2c" and at + 10 < len(data):
            flags = data[at + 9]
            at += 11 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
        else:
            return
        while at < len(data) and data[at]:
            at += data[at] + 1
        at += 1


def _walk_bmp(data: bytes, stored: Stored, opened: Pillow.Image) -> None:
    stored.bits = 1 if opened.mode == "1" else 8
    end = int.from_bytes(data[2:6], "little")
    if 54 < end < len(data):
        _note_rest(data[end:], stored)


def _walk_avif(data: bytes, stored: Stored, opened: Pillow.Image) -> None:
    """Bits and colour of the items, and how many there are: Pillow decodes the first to 8 bits."""
    if found := re.search(rb"av1C\x81(.)(.)", data[: 1 << 16], re.DOTALL):
        flags = found[2][0]
        stored.bits = (12 if flags & 0x20 else 10) if flags & 0x40 else 8
    for kind, start, end in find_boxes(data, 0, len(data)):
        if kind == b"mdat" and stored.bits > 8:
            stored.packed.append(memoryview(data)[start:end])
        elif kind == b"meta":
            for inner, inner_start, inner_end in find_boxes(data, start + 4, end):
                if inner == b"iprp":
                    stored.data.append(data[inner_start:inner_end])
                    if b"urn:mpeg:mpegB:cicp:systems:auxiliary:depth" in data[inner_start:inner_end]:
                        stored.extras.append("depths beside the picture")
                elif inner == b"iinf" and b"tmap" in data[inner_start:inner_end]:
                    stored.note("a gain map beside the picture", b"tmap")


def _walk_heif(data: bytes, stored: Stored, opened: Pillow.Image) -> None:
    """Take all samples as stored: they are decoded to 8 bits, with a loss that differs between decoders."""
    _walk_avif(data, stored, opened)
    stored.packed = [
        memoryview(data)[start:end] for kind, start, end in find_boxes(data, 0, len(data)) if kind == b"mdat"
    ]
    if (at := data.find(b"hvcC")) >= 0 and at + 22 <= len(data):
        stored.bits = 8 + (data[at + 21] & 7)  # ISO/IEC 14496-15, 8.3.3.1: bit depth of luma, less 8


_SIZE = b"\xff\x4f\xff\x51"
"""The first two markers of a codestream of JPEG 2000 (ISO/IEC 15444-1, A.4.1 and A.5.1)."""


def _walk_jpeg2000(data: bytes, stored: Stored, opened: Pillow.Image) -> None:
    """Note the bits of the first component and the profile in the box ``colr``, which Pillow does not return."""
    at = data.find(_SIZE)
    if at >= 0 and at + 43 <= len(data):
        stored.bits = (data[at + 42] & 0x7F) + 1
        if stored.bits > 8:
            stored.packed.append(memoryview(data)[at:])
    for kind, start, end in find_boxes(data, 0, len(data)):
        if kind != b"jp2h":
            continue
        for inner, inner_start, inner_end in find_boxes(data, start, end):
            if inner == b"colr" and data[inner_start : inner_start + 1] == b"\x02":
                icc = data[inner_start + 3 : inner_end]
                stored.colour, stored.profile = [icc], name_profile(icc)


def _walk_photoshop(data: bytes, stored: Stored, opened: Pillow.Image) -> None:
    file = read_photoshop(data)
    stored.bits, stored.is_blank = file.bits, not file.is_merged
    if len(file.layers) > 4:  # without layers and masks, their two lengths are 0
        stored.note(f"layers of its program ({len(file.layers):,} bytes)", file.layers)


def _walk_raw(data: bytes, stored: Stored, opened: Pillow.Image) -> None:
    stored.extras.append(f"{RAW_DATA} ({len(data):,} bytes), of which this is the preview")
    stored.is_whole = False


_WALKS: dict[str, Callable[[bytes, Stored, Pillow.Image], None]] = {
    "JPEG": _walk_jpeg,
    "MPO": _walk_jpeg,
    "PNG": _walk_png,
    "TIFF": _walk_tiff,
    "WEBP": _walk_webp,
    "GIF": _walk_gif,
    "BMP": _walk_bmp,
    "AVIF": _walk_avif,
    "HEIF": _walk_heif,
    "JPEG2000": _walk_jpeg2000,
    "PSD": _walk_photoshop,
    RAW_PREVIEW: _walk_raw,
}

"""Finds the EXIF, XMP and IPTC packets of a picture's file by walking its container.

The pixels are skipped and not decoded, so that the metadata of a damaged picture can be read, and
a picture without metadata costs almost nothing.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import PIL.Image

from media.pictures.metadata.tiff import open_tiff

_PACKET_BYTES = 16 << 20
"""The most bytes of a decompressed packet; real ones are under 64 kB, extended XMP under a few MB."""
_CHUNKS = 100_000
"""The most chunks that are skipped in one file: a hostile one has millions of empty chunks."""

_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_IPTC_UUID = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")

_TIFF_XMP, _TIFF_IPTC, _TIFF_PHOTOSHOP = 700, 33723, 34377
_IPTC, _EXIF, _XMP_RESOURCE, _IPTC_DIGEST = 0x0404, 0x0422, 0x0424, 0x0425
"""Photoshop image resources."""


@dataclass(slots=True)
class Packets:
    """The packets found, as stored."""

    exif: bytes = b""
    """A TIFF structure."""
    xmp: list[bytes] = field(default_factory=list)
    """The main packet first, then what extends it."""
    iptc: bytes = b""
    """IIM data sets."""
    iptc_digest: bytes | None = None
    """MD5 of the IPTC that the XMP was last brought in step with (MWG 2.0, section 3)."""
    doubts: list[str] = field(default_factory=list)


def find_packets(data: bytes, picture: PIL.Image.Image | None = None) -> Packets:
    """Return the packets of the picture whose file is ``data``; ``picture`` helps with rarer formats."""
    packets = Packets()
    for magic, walk in _WALKS:
        if magic.match(data):
            walk(data, packets)
            break
    if picture is not None:
        _take_opened(picture, packets)
    return packets


def _take_opened(picture: PIL.Image.Image, packets: Packets) -> None:
    """Take the packets in Pillow's ``info`` if the walk found none."""
    exif, xmp = picture.info.get("exif"), picture.info.get("xmp")
    if not packets.exif and isinstance(exif, bytes):
        packets.exif = exif.removeprefix(b"Exif\0\0")
    if not packets.xmp and isinstance(xmp, bytes):
        packets.xmp.append(xmp)


def _walk_jpeg(data: bytes, packets: Packets) -> None:
    exif: list[bytes] = []
    photoshop: list[bytes] = []
    extensions: dict[bytes, list[bytes]] = {}
    at, size = 2, len(data)
    for _ in range(_CHUNKS):
        if at + 4 > size:
            break
        if data[at] != 0xFF:
            packets.doubts.append(f"JPEG: no marker at byte {at}; what follows was not searched for metadata")
            break
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:  # markers without a length
            at += 2
            continue
        if marker in (0xDA, 0xD9):  # the scan, or the end
            break
        length = data[at + 2] << 8 | data[at + 3]
        if length < 2:
            packets.doubts.append(f"JPEG: segment at byte {at} has a wrong length")
            break
        start, end = at + 4, at + 2 + length
        if marker == 0xE1:
            if data.startswith(b"Exif\0", start):
                part = data[start + 6 : end]
                # A packet over 64 kB continues in the next segment; a second packet has a header again.
                if not exif or part[:4] not in (b"II*\0", b"MM\0*"):
                    exif.append(part)
            elif data.startswith(_XMP, start):
                packets.xmp.append(data[start + len(_XMP) : end])
            elif data.startswith(_EXTENDED_XMP, start):
                part = data[start + len(_EXTENDED_XMP) : end]
                extensions.setdefault(part[:32], []).append(part[32:])
        elif marker == 0xED:
            photoshop.append(data[start:end])
        if end > size:
            packets.doubts.append(f"JPEG: segment at byte {at} is cut short")
        at = end
    packets.exif = b"".join(exif)
    if photoshop:
        _take_photoshop_segments(photoshop, packets)
    for name, parts in extensions.items():
        if packets.xmp and name in packets.xmp[0]:  # xmpNote:HasExtendedXMP names it
            packets.xmp.append(_join_extension(parts))


def _join_extension(parts: list[bytes]) -> bytes:
    """Put the parts of an extended XMP packet in order; each begins with the full length and its offset."""
    offsets = sorted((part[4:8], part[8:]) for part in parts)
    return b"".join(text for _, text in offsets)[:_PACKET_BYTES]


def _take_photoshop_segments(segments: list[bytes], packets: Packets) -> None:
    """Join the APP13 segments of a JPEG: a resource block may be split over several of them."""
    stream: list[bytes] = []
    for segment in segments:
        if segment.startswith(b"Photoshop 3.0\0"):
            stream.append(segment[14:])
        elif segment.startswith(b"\x1c") and not packets.iptc:  # IIM without Photoshop's wrapping
            packets.iptc = segment
        elif (block := segment.find(b"8BIM")) >= 0:  # "Adobe_Photoshop2.5:" and others
            stream.append(segment[block:])
    _take_resources(b"".join(stream), packets)


def _take_resources(stream: bytes, packets: Packets) -> None:
    for number, _, start, end in find_resources(stream):
        content = stream[start:end]
        if end > len(stream):
            packets.doubts.append(f"Photoshop: resource {number:#06x} is cut short")
        if number == _IPTC and not packets.iptc:
            packets.iptc = content
        elif number == _IPTC_DIGEST and end - start == 16:
            packets.iptc_digest = content
        elif number == _XMP_RESOURCE and not packets.xmp:
            packets.xmp.append(content)
        elif number == _EXIF and not packets.exif:
            packets.exif = content.removeprefix(b"Exif\0\0")


def find_resources(stream: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield of each image resource block its number, where it begins, and where its content begins and ends.

    A block that is cut short ends behind the stream (Photoshop File Formats, "Image Resources").
    """
    at = 0
    for _ in range(_CHUNKS):
        if stream[at : at + 4] not in (b"8BIM", b"PHUT", b"AgHg", b"DCSR", b"MeSa"):
            at = stream.find(b"8BIM", at)
            if at < 0:
                return
        if at + 12 > len(stream):
            return
        number, name_bytes = struct.unpack_from(">HB", stream, at + 4)
        start = at + 6 + ((name_bytes + 2) & ~1)
        if start + 4 > len(stream):
            return
        (length,) = struct.unpack_from(">L", stream, start)
        start += 4
        yield number, at, start, start + length
        at = start + length + (length & 1)


def _walk_tiff(data: bytes, packets: Packets) -> None:
    tiff = open_tiff(data)
    if tiff is None:
        return
    packets.exif = data
    tags = tiff.read_tags(tiff.first, (_TIFF_XMP, _TIFF_IPTC, _TIFF_PHOTOSHOP))
    if xmp := tags.get(_TIFF_XMP):
        packets.xmp.append(xmp.value)
    if iptc := tags.get(_TIFF_IPTC):
        packets.iptc = iptc.value
        # Some writers store it as 32-bit numbers, whose bytes are then turned round.
        if iptc.value[:1] != b"\x1c" and iptc.value[3:4] == b"\x1c":
            words = len(iptc.value) // 4
            packets.iptc = struct.pack(f"<{words}L", *struct.unpack_from(f">{words}L", iptc.value))
    if photoshop := tags.get(_TIFF_PHOTOSHOP):
        _take_resources(photoshop.value, packets)


def _walk_psd(data: bytes, packets: Packets) -> None:
    if len(data) < 34:
        return
    (palette_bytes,) = struct.unpack_from(">L", data, 26)
    start = 30 + palette_bytes + 4
    if start <= len(data):
        (length,) = struct.unpack_from(">L", data, start - 4)
        _take_resources(data[start : start + length], packets)


def _walk_png(data: bytes, packets: Packets) -> None:
    at = 8
    for _ in range(_CHUNKS):
        if at + 8 > len(data):
            return
        (length,) = struct.unpack_from(">L", data, at)
        kind = data[at + 4 : at + 8]
        if kind == b"eXIf":
            packets.exif = data[at + 8 : at + 8 + length].removeprefix(b"Exif\0\0")
        elif kind in (b"iTXt", b"zTXt", b"tEXt"):
            _take_png_text(kind, data[at + 8 : at + 8 + length], packets)
        elif kind == b"IEND":
            return
        at += length + 12


def _take_png_text(kind: bytes, chunk: bytes, packets: Packets) -> None:
    keyword, _, rest = chunk.partition(b"\0")
    if keyword == b"XML:com.adobe.xmp" and kind == b"iTXt" and len(rest) > 2:
        text = rest[2:].split(b"\0", 2)[-1]
        packets.xmp.append(_inflate(text, packets) if rest[0] else text)
    elif keyword.startswith(b"Raw profile type ") and kind != b"iTXt":
        # ImageMagick's way: a name, a length, then the packet in hexadecimal digits.
        text = _inflate(rest[1:], packets) if kind == b"zTXt" else rest
        parts = text.split(None, 2)
        if len(parts) < 3:
            return
        digits = re.sub(rb"[^0-9A-Fa-f]", b"", parts[2])
        packet = bytes.fromhex(digits[: len(digits) & ~1].decode("ascii"))
        name = keyword[17:].lower()
        if name in (b"exif", b"app1") and packet.startswith(b"Exif\0\0"):
            packets.exif = packets.exif or packet[6:]
        elif name in (b"iptc", b"8bim"):
            if packet.startswith(b"\x1c"):
                packets.iptc = packets.iptc or packet
            else:
                _take_resources(packet.removeprefix(b"Photoshop 3.0\0"), packets)
        elif name == b"xmp" or packet.startswith(_XMP):
            packets.xmp.append(packet.removeprefix(_XMP))


def _inflate(packed: bytes, packets: Packets) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, _PACKET_BYTES)
    except zlib.error as error:
        packets.doubts.append(f"PNG: a compressed text cannot be unpacked ({error})")
        return b""


def _walk_webp(data: bytes, packets: Packets) -> None:
    at = 12
    for _ in range(_CHUNKS):
        if at + 8 > len(data):
            return
        (length,) = struct.unpack_from("<L", data, at + 4)
        kind = data[at : at + 4]
        if kind == b"EXIF":
            packets.exif = data[at + 8 : at + 8 + length].removeprefix(b"Exif\0\0")
        elif kind == b"XMP ":
            packets.xmp.append(data[at + 8 : at + 8 + length])
        at += 8 + length + (length & 1)


def _walk_gif(data: bytes, packets: Packets) -> None:
    sign = b"\x21\xff\x0bXMP DataXMP"
    start = data.find(sign)
    if start >= 0:
        start += len(sign)
        end = data.find(b"\x01\xff\xfe\xfd", start)  # the 258 bytes that let other readers step over it
        packets.xmp.append(data[start : end if end >= 0 else start + _PACKET_BYTES])


def _walk_boxes(data: bytes, packets: Packets) -> None:
    """HEIF, AVIF, JPEG XL, JPEG 2000: boxes of ISO/IEC 14496-12."""
    for kind, start, end in find_boxes(data, 0, len(data)):
        if kind == b"Exif":  # JPEG XL: an offset of 4 bytes before the header
            packets.exif = data[start + 4 : end].removeprefix(b"Exif\0\0")
        elif kind == b"xml " and b"xmpmeta" in data[start:end]:
            packets.xmp.append(data[start:end])
        elif kind == b"uuid" and data.startswith(_XMP_UUID, start):
            packets.xmp.append(data[start + 16 : end])
        elif kind == b"uuid" and data.startswith(b"JpgTiffExif->JP2", start):
            packets.exif = data[start + 16 : end]
        elif kind == b"uuid" and data.startswith(_IPTC_UUID, start):
            packets.iptc = data[start + 16 : end]
        elif kind == b"meta":
            _take_heif_items(data, start + 4, end, packets)


def find_boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind, start and end of each box from ``at`` to ``end``."""
    for _ in range(_CHUNKS):
        if at + 8 > end:
            return
        (length,) = struct.unpack_from(">L", data, at)
        start = at + 8
        if length == 1 and at + 16 <= end:
            (length,) = struct.unpack_from(">Q", data, start)
            start += 8
        stop = end if length == 0 else min(at + length, end)
        if stop < start:
            return
        yield data[at + 4 : at + 8], start, stop
        at = stop


def _take_heif_items(data: bytes, at: int, end: int, packets: Packets) -> None:
    """Take the EXIF and XMP items of a ``meta`` box (ISO/IEC 23008-12): ``iinf`` names, ``iloc`` places."""
    boxes = {kind: (start, stop) for kind, start, stop in find_boxes(data, at, end)}
    if b"iinf" not in boxes or b"iloc" not in boxes:
        return
    try:
        kinds = dict(_heif_kinds(data, *boxes[b"iinf"]))
        for item, start, length in _heif_places(data, *boxes[b"iloc"]):
            kind = kinds.get(item)
            packet = data[start : start + min(length, _PACKET_BYTES)]
            if kind == b"Exif" and len(packet) > 8 and not packets.exif:
                (skip,) = struct.unpack_from(">L", packet)
                packets.exif = packet[4 + skip :].removeprefix(b"Exif\0\0")
            elif kind == b"mime" and not packets.xmp:
                packets.xmp.append(packet)
    except (struct.error, IndexError):
        packets.doubts.append("HEIF: the list of items is cut short")


def _heif_kinds(data: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    head = 6 if data[start] == 0 else 8
    for kind, at, stop in find_boxes(data, start + head, end):
        if kind == b"infe" and data[at] in (2, 3):
            number, item_at = struct.unpack_from(">H" if data[at] == 2 else ">L", data, at + 4)[0], at + 4
            item_at += 4 if data[at] == 2 else 6  # the number, then two bytes of protection
            named = data[item_at : item_at + 4]
            if named != b"mime" or b"application/rdf+xml" in data[item_at:stop]:
                yield number, named


def _heif_places(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield each item's number, offset and length; items in several extents are not metadata in practice."""
    version = data[at]
    sizes, index_size = data[at + 4], data[at + 5] & 15
    offset_bytes, length_bytes, base_bytes = sizes >> 4, sizes & 15, data[at + 5] >> 4
    wide = version == 2
    (count,) = struct.unpack_from(">L" if wide else ">H", data, at + 6)
    at += 10 if wide else 8
    for _ in range(min(count, _CHUNKS)):
        (number,) = struct.unpack_from(">L" if wide else ">H", data, at)
        at += 4 if wide else 2
        method = 0
        if version:
            method = struct.unpack_from(">H", data, at)[0] & 15
            at += 2
        base = int.from_bytes(data[at + 2 : at + 2 + base_bytes], "big")
        at += 2 + base_bytes
        (extents,) = struct.unpack_from(">H", data, at)
        at += 2
        step = (index_size if version else 0) + offset_bytes + length_bytes
        first = at + (index_size if version else 0)
        offset = int.from_bytes(data[first : first + offset_bytes], "big")
        length = int.from_bytes(data[first + offset_bytes : first + offset_bytes + length_bytes], "big")
        at += step * extents
        if at > end:
            return
        if method == 0 and extents == 1:
            yield number, base + offset, length


_WALKS: tuple[tuple[re.Pattern[bytes], Callable[[bytes, Packets], None]], ...] = (
    (re.compile(rb"\xff\xd8\xff"), _walk_jpeg),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), _walk_png),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), _walk_webp),
    (re.compile(rb"GIF8[79]a"), _walk_gif),
    (re.compile(rb"II[*+]\0|MM\0[*+]"), _walk_tiff),
    (re.compile(rb"8BPS"), _walk_psd),
    (re.compile(rb"....(?:ftyp|jP  |JXL )", re.DOTALL), _walk_boxes),
)

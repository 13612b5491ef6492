"""Puts a caption into the bytes of a picture, and changes no pixel: JPEG and PNG.

The caption is written as the Metadata Working Group's guidelines (2.0, chapter 5) require: to XMP dc:description, in a
JPEG also to IPTC 2:120, and to EXIF's ImageDescription if the picture has one; the credit to photoshop:Credit and IPTC
2:110. All other metadata stays.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from media.decoding.xmltree import parse_xml
from media.pictures.metadata.iptc import render_iptc
from media.pictures.metadata.packets import find_packets, find_resources
from media.pictures.metadata.tiff import open_tiff
from media.pictures.metadata.xmp import trim_packet
from media.pictures.metadata.xmp_packet import PictureText, render_xmp

FORMATS = ("JPEG", "PNG")
"""The formats, as :attr:`media.pictures.image.Image.format` names them."""

_EXIF_HEAD, _XMP_HEAD, _PHOTOSHOP_HEAD = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"Photoshop 3.0\0"
_SEGMENT_BYTES = 65_533
"""The most bytes in a segment of a JPEG: its length has 16 bits and includes itself (ITU-T T.81, B.1.1.4)."""
_PNG, _PNG_XMP = b"\x89PNG\r\n\x1a\n", b"XML:com.adobe.xmp\0"
_IPTC, _IPTC_DIGEST = 0x0404, 0x0425
_DESCRIPTION_TAG = 0x010E
_RDF, _DC, _PHOTOSHOP, _TIFF = (
    f"{{{uri}}}"
    for uri in (
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "http://purl.org/dc/elements/1.1/",
        "http://ns.adobe.com/photoshop/1.0/",
        "http://ns.adobe.com/tiff/1.0/",
    )
)
for _prefix, _uri in {
    "x": "adobe:ns:meta/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "aux": "http://ns.adobe.com/exif/1.0/aux/",
    "crs": "http://ns.adobe.com/camera-raw-settings/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "dc": _DC[1:-1],
    "photoshop": _PHOTOSHOP[1:-1],
    "tiff": _TIFF[1:-1],
}.items():
    ElementTree.register_namespace(_prefix, _uri)  # some programs know fields by their usual prefix only


class CannotEmbedError(ValueError):
    """A caption cannot be put into this picture; the message says why."""


def embed_caption(data: bytes, caption: str, credit: str | None) -> bytes:
    """Return the picture ``data`` with a caption, and a credit if one is given, in its metadata.

    :raises CannotEmbedError: its format, or the way it is stored, does not allow it without changing more.
    """
    said = PictureText(description=caption, credit=credit)
    if data.startswith(b"\xff\xd8\xff"):
        return _embed_in_jpeg(data, said)
    if data.startswith(_PNG):
        return _embed_in_png(data, said)
    raise CannotEmbedError("captions are put into JPEG and PNG pictures only")


def _embed_in_jpeg(data: bytes, said: PictureText) -> bytes:
    segments, pixels_at = _split_jpeg(data)
    if any(marker == 0xE2 and body.startswith(b"MPF\0") for marker, body in segments):
        raise CannotEmbedError("it holds further pictures (MPF), whose places would be wrong")
    packets = find_packets(data)
    ours = [(0xE1, _XMP_HEAD + _merge_xmp(packets.xmp[0] if packets.xmp else None, said))]
    ours += _photoshop_segments(segments, packets.iptc, said)
    if any(len(body) > _SEGMENT_BYTES for _, body in ours):
        raise CannotEmbedError("its XMP would be over 64 kB")
    kept = [(marker, body) for marker, body in segments if not _is_replaced(marker, body)]
    exif = [
        number for number, (marker, body) in enumerate(kept) if marker == 0xE1 and body.startswith(b"Exif\0")
    ]
    if len(exif) == 1:
        number = exif[0]
        kept[number] = (0xE1, _EXIF_HEAD + _patch_exif(kept[number][1][6:], said.description or ""))
        if len(kept[number][1]) > _SEGMENT_BYTES:
            raise CannotEmbedError("its EXIF would be over 64 kB")
    elif exif:
        raise CannotEmbedError("its EXIF is over 64 kB")
    head = next(
        (number for number, (marker, _) in enumerate(kept) if marker != 0xE0 and number not in exif),
        len(kept),
    )
    whole = [*kept[:head], *ours, *kept[head:]]
    written = b"".join(struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body for marker, body in whole)
    return b"\xff\xd8" + written + data[pixels_at:]


def _split_jpeg(data: bytes) -> tuple[list[tuple[int, bytes]], int]:
    """Return the segments before the first scan, and where that begins."""
    segments: list[tuple[int, bytes]] = []
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            break
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xDA:
            return segments, at
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2 or at + 2 + length > len(data) or marker == 0x01 or 0xD0 <= marker <= 0xD9:
            break
        segments.append((marker, data[at + 4 : at + 2 + length]))
        at += 2 + length
    raise CannotEmbedError(f"its segments are damaged at byte {at}")


def _is_replaced(marker: int, body: bytes) -> bool:
    return (marker == 0xE1 and body.startswith(_XMP_HEAD)) or (
        marker == 0xED and body.startswith((_PHOTOSHOP_HEAD, b"\x1c"))
    )


def _photoshop_segments(
    segments: list[tuple[int, bytes]], iptc: bytes, said: PictureText
) -> Iterator[tuple[int, bytes]]:
    """Yield APP13 with the new IPTC block, its digest, and all other resources unchanged."""
    former = b"".join(
        body[len(_PHOTOSHOP_HEAD) :]
        for marker, body in segments
        if marker == 0xED and body.startswith(_PHOTOSHOP_HEAD)
    )
    others = [
        former[begin:end] + b"\0" * (end - start & 1)
        for number, begin, start, end in find_resources(former)
        if number not in (_IPTC, _IPTC_DIGEST)
    ]
    block = render_iptc(iptc, said.description or "", said.credit)
    stream = b"".join(
        [
            _resource(_IPTC, block),
            _resource(_IPTC_DIGEST, hashlib.md5(block, usedforsecurity=False).digest()),
            *others,
        ]
    )
    room = _SEGMENT_BYTES - len(_PHOTOSHOP_HEAD)
    for start in range(0, len(stream), room):
        yield 0xED, _PHOTOSHOP_HEAD + stream[start : start + room]


def _resource(number: int, content: bytes) -> bytes:
    return struct.pack(">4sHHL", b"8BIM", number, 0, len(content)) + content + b"\0" * (len(content) & 1)


def _patch_exif(exif: bytes, description: str) -> bytes:
    """Return an EXIF packet with a new ImageDescription; unchanged if it has none.

    The text goes behind the rest, so that no offset in the packet changes.
    """
    tiff = open_tiff(exif)
    if tiff is None or tiff.big or tiff.first + 2 > len(exif):
        return exif
    (entries,) = struct.unpack_from(tiff.order + "H", exif, tiff.first)
    for number in range(entries):
        at = tiff.first + 2 + 12 * number
        if at + 12 > len(exif):
            break
        if struct.unpack_from(tiff.order + "H", exif, at)[0] != _DESCRIPTION_TAG:
            continue
        text = description.encode() + b"\0"
        former = tiff.read_tags(tiff.first, (_DESCRIPTION_TAG,)).get(_DESCRIPTION_TAG)
        if former is not None and former.value.rstrip(b"\0") == text[:-1]:
            return exif
        text += b"\0" * max(0, 5 - len(text))  # four bytes or less would stand in the entry itself
        padded = exif + b"\0" * (len(exif) & 1)
        patched = bytearray(padded + text)
        struct.pack_into(tiff.order + "HHLL", patched, at, _DESCRIPTION_TAG, 2, len(text), len(padded))
        return bytes(patched)
    return exif


def _embed_in_png(data: bytes, said: PictureText) -> bytes:
    former: bytes | None = None
    chunks: list[bytes] = []
    for kind, body, whole in _split_png(data):
        if kind == b"iTXt" and body.startswith(_PNG_XMP):
            if body[len(_PNG_XMP) : len(_PNG_XMP) + 1] != b"\0":
                raise CannotEmbedError("its XMP is compressed")
            former = body[len(_PNG_XMP) + 2 :].split(b"\0", 2)[-1]
        elif kind == b"eXIf":
            chunks.append(_png_chunk(kind, _patch_exif(body, said.description or "")))
        else:
            chunks.append(whole)
    xmp = _png_chunk(b"iTXt", _PNG_XMP + b"\0\0\0\0" + _merge_xmp(former, said))
    return _PNG + chunks[0] + xmp + b"".join(chunks[1:])


def _split_png(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield kind, content and whole of each chunk; what stands behind the end comes with the last."""
    at = len(_PNG)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">L4s", data, at)
        end = at + 12 + length
        if end > len(data):
            break
        whole = data[at:] if kind == b"IEND" else data[at:end]
        yield kind, data[at + 8 : at + 8 + length], whole
        if kind == b"IEND":
            return
        at = end
    raise CannotEmbedError(f"its chunks are damaged at byte {at}")


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))


def _merge_xmp(former: bytes | None, said: PictureText) -> bytes:
    """Return an XMP packet with the new values and all other content of the former one."""
    new = render_xmp(said).encode()
    if former is None:
        return new
    root, fault = parse_xml(trim_packet(former))
    rdf = root if root is None or root.tag == f"{_RDF}RDF" else root.find(f"{_RDF}RDF")
    if root is None or rdf is None or fault is not None:
        raise CannotEmbedError("its XMP cannot be read, and would be lost")
    replaced = {f"{_DC}description", f"{_TIFF}ImageDescription"} | (
        {f"{_PHOTOSHOP}Credit"} if said.credit else set()
    )
    for description in rdf.findall(f"{_RDF}Description"):
        for name in replaced & set(description.attrib):
            del description.attrib[name]
        for child in [each for each in description if each.tag in replaced]:
            description.remove(child)
        if not len(description) and set(description.attrib) <= {f"{_RDF}about"}:
            rdf.remove(description)
    ours = ElementTree.fromstring(new.partition(b"?>")[2].rpartition(b"<?")[0])  # noqa: S314
    rdf.extend(ours.iterfind(f"{_RDF}RDF/{_RDF}Description"))
    head, tail = b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n', b'\n<?xpacket end="w"?>'
    return head + ElementTree.tostring(root, encoding="unicode").encode() + tail

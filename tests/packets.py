"""Picture files with metadata inside, put together byte by byte as the standards say."""

import io
import struct
import zlib

from PIL import Image


def plain_picture(kind: str = "JPEG") -> bytes:
    """A small picture that says nothing of itself."""
    stream = io.BytesIO()
    Image.new("RGB", (16, 12), (200, 120, 40)).save(stream, kind)
    return stream.getvalue()


def data_set(number: str, value: bytes) -> bytes:
    """One IIM data set; ``number`` as ``2:120``."""
    record, _, dataset = number.partition(":")
    return struct.pack(">BBBH", 0x1C, int(record), int(dataset), len(value)) + value


def iim(*sets: tuple[str, str | bytes], charset: str | None = "utf-8") -> bytes:
    head = data_set("1:90", b"\x1b%G") if charset == "utf-8" else b""
    return head + b"".join(
        data_set(number, value if isinstance(value, bytes) else value.encode(charset or "cp1252"))
        for number, value in sets
    )


def resource(number: int, value: bytes) -> bytes:
    """One Photoshop image resource block."""
    return (
        b"8BIM"
        + struct.pack(">H", number)
        + b"\0\0"
        + struct.pack(">L", len(value))
        + value
        + b"\0" * (len(value) & 1)
    )


def xmp(properties: str) -> bytes:
    """An XMP packet whose rdf:Description holds ``properties``."""
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:xmpNote="http://ns.adobe.com/xmp/note/">{properties}
</rdf:Description></rdf:RDF></x:xmpmeta>{" " * 60}
<?xpacket end="w"?>""".encode()


def described(*texts: str, languages: tuple[str, ...] = ("x-default",)) -> str:
    """A dc:description with one text a language."""
    items = "".join(
        f'<rdf:li xml:lang="{language}">{text}</rdf:li>'
        for text, language in zip(texts, languages, strict=True)
    )
    return f"<dc:description><rdf:Alt>{items}</rdf:Alt></dc:description>"


def exif(
    description: str | bytes | None = None,
    *,
    artist: str | None = None,
    copyright_notice: str | bytes | None = None,
    make: str | None = None,
    model: str | None = None,
    taken_at: str | None = None,
    comment: bytes | None = None,
    latitude: tuple[str, tuple[float, float, float]] | None = None,
    longitude: tuple[str, tuple[float, float, float]] | None = None,
) -> bytes:
    """A TIFF structure with the given tags."""
    tags = Image.Exif()
    for number, value in (
        (270, description),
        (315, artist),
        (33432, copyright_notice),
        (271, make),
        (272, model),
    ):
        if value is not None:
            tags[number] = value
    taken = {36867: taken_at, 37510: comment}
    if any(taken.values()):
        tags.get_ifd(34665).update({number: value for number, value in taken.items() if value is not None})
    if latitude and longitude:
        tags.get_ifd(34853).update({1: latitude[0], 2: latitude[1], 3: longitude[0], 4: longitude[1]})
    return bytes(tags.tobytes()).removeprefix(b"Exif\0\0")


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def jpeg(
    *,
    exif: bytes = b"",
    xmp: bytes = b"",
    iptc: bytes = b"",
    digest: bytes | None = None,
    segments: tuple[bytes, ...] = (),
) -> bytes:
    """A JPEG with the packets in the segments that they belong in."""
    parts = list(segments)
    if exif:
        parts.append(segment(0xE1, b"Exif\0\0" + exif))
    if xmp:
        parts.append(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp))
    if iptc or digest is not None:
        stream = (resource(0x0404, iptc) if iptc else b"") + (resource(0x0425, digest) if digest else b"")
        parts.append(segment(0xED, b"Photoshop 3.0\0" + stream))
    picture = plain_picture()
    return picture[:2] + b"".join(parts) + picture[2:]


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG with ``chunks`` (type, data) before its pixels."""
    picture = plain_picture("PNG")
    extra = b"".join(
        struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return picture[:33] + extra + picture[33:]


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP with ``chunks`` after its pixels."""
    picture = plain_picture("WEBP")
    extra = b"".join(
        kind + struct.pack("<L", len(data)) + data + b"\0" * (len(data) & 1) for kind, data in chunks
    )
    body = picture[8:] + extra
    return b"RIFF" + struct.pack("<L", len(body)) + body


def box(kind: bytes, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return struct.pack(">L", len(content) + 8) + kind + content


def heif(exif: bytes, xmp: bytes) -> bytes:
    """The metadata of a HEIF file (ISO/IEC 23008-12), without its pixels."""
    head = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    items = box(
        b"iinf",
        b"\0\0\0\0\0\2",
        box(b"infe", b"\2\0\0\0", struct.pack(">HH", 1, 0), b"Exif\0"),
        box(b"infe", b"\2\0\0\0", struct.pack(">HH", 2, 0), b"mime\0application/rdf+xml\0"),
    )
    packets = (b"\0\0\0\6Exif\0\0" + exif, xmp)

    def meta(start: int) -> bytes:
        places = b""
        for number, packet in enumerate(packets, 1):
            places += struct.pack(">HHHLL", number, 0, 1, start, len(packet))
            start += len(packet)
        return box(b"meta", b"\0\0\0\0", items, box(b"iloc", b"\0\0\0\0\x44\0\0\2", places))

    length = len(head) + len(meta(0)) + 8
    return head + meta(length) + box(b"mdat", *packets)

"""Captions inside a JPEG, as agencies deliver them: IPTC IIM (APP13), XMP and EXIF (APP1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from PIL import ExifTags, Image

_START, _SCAN, _END = 0xD8, 0xDA, 0xD9
_APP0, _APP1, _APP13 = 0xE0, 0xE1, 0xED


@dataclass(frozen=True, slots=True)
class Delivery:
    """What an agency writes into its picture; the names are those of the IPTC photo metadata standard."""

    headline: str
    description: str
    creator: str
    credit: str
    city: str
    province: str
    country: str
    date: str
    """yyyy-mm-dd"""
    time: str
    """hh:mm:ss, local"""
    keywords: tuple[str, ...]
    copyright: str
    job: str
    """The supplier's reference."""
    latitude_longitude: tuple[float, float] | None = None


def embed(jpeg: bytes, delivery: Delivery) -> bytes:
    """Return the same JPEG, every compressed pixel as it was, with the delivery in all three forms."""
    bare = strip(jpeg)
    segments = (
        _segment(_APP1, _exif(delivery)),
        _segment(_APP13, _photoshop(_iim(delivery))),
        _segment(_APP1, b"http://ns.adobe.com/xap/1.0/\x00" + _xmp(delivery)),
    )
    return bare[:2] + b"".join(segments) + bare[2:]


def strip(jpeg: bytes) -> bytes:
    """Return the same JPEG without its APP1 and APP13 segments; the compressed pixels are not touched."""
    kept = [jpeg[:2]]
    kept += [jpeg[start:end] for marker, start, end in segments_of(jpeg) if marker not in (_APP1, _APP13)]
    return b"".join(kept)


def segments_of(jpeg: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end) of each segment after SOI (ITU-T T.81 B.1); the last runs from SOS to the end."""
    if jpeg[:2] != bytes((0xFF, _START)):
        raise ValueError("not a JPEG: it does not start with FF D8")
    at = 2
    while at < len(jpeg):
        marker = jpeg[at + 1]
        if marker in (_SCAN, _END):
            yield marker, at, len(jpeg)
            return
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        yield marker, at, end
        at = end


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2, "big") + payload


def _iim(delivery: Delivery) -> bytes:
    """IPTC-IIM 4.2: datasets of 1C, record, number, length, value; 1:90 says that they are UTF-8."""
    day, clock = delivery.date.replace("-", ""), delivery.time.replace(":", "") + "+0000"
    application = [
        (5, delivery.job),
        *((25, keyword) for keyword in delivery.keywords),
        (55, day),
        (60, clock),
        (80, delivery.creator),
        (90, delivery.city),
        (95, delivery.province),
        (101, delivery.country),
        (105, delivery.headline),
        (110, delivery.credit),
        (116, delivery.copyright),
        (120, delivery.description),
    ]
    datasets = [(1, 90, b"\x1b%G"), (2, 0, b"\x00\x04")]
    datasets += [(2, number, value.encode()) for number, value in application]
    return b"".join(
        bytes((0x1C, record, number)) + len(value).to_bytes(2, "big") + value
        for record, number, value in datasets
    )


def _photoshop(iim: bytes) -> bytes:
    """Return an image resource block 0404 with an empty name; blocks are padded to an even length."""
    padding = b"\x00" * (len(iim) % 2)
    return b"Photoshop 3.0\x00" + b"8BIM\x04\x04\x00\x00" + len(iim).to_bytes(4, "big") + iim + padding


def _exif(delivery: Delivery) -> bytes:
    exif = Image.Exif()
    stamp = f"{delivery.date.replace('-', ':')} {delivery.time}"
    exif[ExifTags.Base.ImageDescription] = _ascii(delivery.description)
    exif[ExifTags.Base.Artist] = _ascii(delivery.creator)
    exif[ExifTags.Base.Copyright] = _ascii(delivery.copyright)
    exif[ExifTags.Base.DateTime] = stamp
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = stamp
    if delivery.latitude_longitude is not None:
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
        latitude, longitude = delivery.latitude_longitude
        place[ExifTags.GPS.GPSLatitudeRef] = "N" if latitude >= 0 else "S"
        place[ExifTags.GPS.GPSLatitude] = _degrees(latitude)
        place[ExifTags.GPS.GPSLongitudeRef] = "E" if longitude >= 0 else "W"
        place[ExifTags.GPS.GPSLongitude] = _degrees(longitude)
    return exif.tobytes()


def _ascii(text: str) -> str:
    """EXIF text is ASCII (CIPA DC-008, 4.6.2): what is not is left out."""
    return text.encode("ascii", "ignore").decode()


def _degrees(angle: float) -> tuple[float, float, float]:
    degrees, rest = divmod(abs(angle), 1)
    minutes, rest = divmod(rest * 60, 1)
    return degrees, minutes, round(rest * 60, 2)


def _xmp(delivery: Delivery) -> bytes:
    keywords = "".join(f"<rdf:li>{escape(keyword)}</rdf:li>" for keyword in delivery.keywords)
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
    photoshop:Headline="{escape(delivery.headline)}"
    photoshop:Credit="{escape(delivery.credit)}"
    photoshop:City="{escape(delivery.city)}"
    photoshop:State="{escape(delivery.province)}"
    photoshop:Country="{escape(delivery.country)}"
    photoshop:DateCreated="{delivery.date}T{delivery.time}"
    photoshop:TransmissionReference="{escape(delivery.job)}">
   <dc:description>{_in_any_language(delivery.description)}</dc:description>
   <dc:creator><rdf:Seq><rdf:li>{escape(delivery.creator)}</rdf:li></rdf:Seq></dc:creator>
   <dc:rights>{_in_any_language(delivery.copyright)}</dc:rights>
   <dc:subject><rdf:Bag>{keywords}</rdf:Bag></dc:subject>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()


def _in_any_language(text: str) -> str:
    return f'<rdf:Alt><rdf:li xml:lang="x-default">{escape(text)}</rdf:li></rdf:Alt>'

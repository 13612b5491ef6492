"""Captions put into pictures: every field that others read says it, all else stays, and so does every pixel."""

import io
import json
import random
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from media.pictures.embed import CannotEmbedError, embed_caption
from media.pictures.metadata.packets import find_packets
from media.pictures.metadata.weigh import read_metadata
from tests.conftest import encode, make_photo

SAID = "Grain ships off Port Avel – 東京, Feb. 27, 2024."
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    b' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:mine="urn:mine" photoshop:Credit="Old credit"'
    b' photoshop:Headline="Ships wait" mine:state="kept">'
    b'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">Old</rdf:li></rdf:Alt></dc:description>'
    b"<dc:creator><rdf:Seq><rdf:li>Ilse Maren</rdf:li></rdf:Seq></dc:creator>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)
IPTC = b"\x1c\x01\x28\0\x0800000042" + b"".join(
    bytes((0x1C, 2, number)) + struct.pack(">H", len(value)) + value
    for number, value in ((120, b"Old"), (110, b"Old credit"), (80, "José".encode("latin-1")), (25, b"ships"))
)
RESOURCES = b"8BIM\x04\x04\0\0" + struct.pack(">L", len(IPTC)) + IPTC + b"\0" * (len(IPTC) & 1)
RESOURCES += b"8BIM\x03\xed\0\0" + struct.pack(">L", 16) + bytes(range(16))


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def make_jpeg(*segments: bytes, exif: str | None = "Old") -> bytes:
    tags = Image.Exif()
    if exif is not None:
        tags[0x010E] = exif
    tags[0x010F] = "Maker of cameras"
    data = encode(make_photo(1), exif=tags)
    (length,) = struct.unpack_from(">H", data, 4)
    return data[: 4 + length] + b"".join(segments) + data[4 + length :]


FULL = make_jpeg(
    segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP), segment(0xED, b"Photoshop 3.0\0" + RESOURCES)
)


def test_every_field_says_the_new_caption_and_all_else_stays() -> None:
    written = embed_caption(FULL, SAID, "AP/Näme")
    packets, said = find_packets(written), read_metadata(written)
    assert {placement.caption.text for placement in said.placements if placement.caption} == {SAID}
    assert (said.metadata.caption, said.metadata.credit_line) == (SAID, "AP/Näme")
    assert (said.metadata.headline, said.metadata.byline) == ("Ships wait", "Ilse Maren")
    assert said.metadata.keywords == ("ships",)
    assert b"Old" not in written and b'"kept"' in packets.xmp[0]
    assert "José".encode() in packets.iptc and b"Maker of cameras" in packets.exif
    assert bytes(range(16)) in written, "other resources of Photoshop"
    assert b"\x1c\x01\x28\0\x0800000042" in packets.iptc, "of the envelope"
    assert packets.iptc_digest and not packets.doubts
    assert Image.open(io.BytesIO(written)).tobytes() == Image.open(io.BytesIO(FULL)).tobytes()
    assert written[written.rindex(b"\xff\xda") :] == FULL[FULL.rindex(b"\xff\xda") :]


def test_a_credit_that_is_not_given_stays() -> None:
    assert read_metadata(embed_caption(FULL, SAID, None)).metadata.credit_line == "Old credit"


def test_what_is_written_twice_is_what_is_written_once() -> None:
    once = embed_caption(FULL, SAID, "AP")
    assert embed_caption(once, SAID, "AP") == once


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(encode(make_photo(1)), id="jpeg-that-says-nothing"),
        pytest.param(make_jpeg(exif=None), id="exif-without-a-description"),
        pytest.param(encode(make_photo(1), "PNG"), id="png"),
        pytest.param(encode(make_photo(1), progressive=True), id="progressive"),
    ],
)
def test_pictures_that_said_nothing_say_it(data: bytes) -> None:
    written = embed_caption(data, SAID, None)
    assert read_metadata(written).metadata.caption == SAID
    assert Image.open(io.BytesIO(written)).tobytes() == Image.open(io.BytesIO(data)).tobytes()


def test_the_xmp_of_a_png_is_replaced() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    data = encode(make_photo(1), "PNG", pnginfo=info)
    written = embed_caption(data, SAID, None)
    said = read_metadata(written).metadata
    assert (said.caption, said.headline) == (SAID, "Ships wait")
    assert written.count(b"XML:com.adobe.xmp") == 1
    Image.open(io.BytesIO(written)).verify()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(encode(make_photo(1), "WEBP"), "JPEG and PNG pictures only", id="another-format"),
        pytest.param(make_jpeg(segment(0xE2, b"MPF\0II*\0")), "further pictures", id="several-pictures"),
        pytest.param(FULL[:300], "damaged at byte", id="cut-short"),
        pytest.param(
            make_jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><broken")), "cannot be read",
            id="broken-xmp",
        ),
        pytest.param(encode(make_photo(1), "PNG")[:60], "damaged at byte", id="png-cut-short"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_without_loss_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(CannotEmbedError, match=why):
        embed_caption(data, SAID, None)


def test_a_caption_too_long_for_a_segment_is_refused() -> None:
    with pytest.raises(CannotEmbedError, match="64 kB"):
        embed_caption(FULL, "word " * 14_000, None)


def test_changed_bytes_end_in_a_picture_or_a_reason() -> None:
    drawn = random.Random(20)
    for _ in range(300):
        data = bytearray(FULL if drawn.random() < 0.8 else encode(make_photo(1, (32, 32)), "PNG"))
        for _ in range(drawn.randrange(1, 6)):
            data[drawn.randrange(3, min(len(data), 1500))] = drawn.randrange(256)
        try:
            written = embed_caption(bytes(data), SAID, None)
        except CannotEmbedError:
            continue
        assert SAID.encode() in written


@pytest.mark.parametrize(
    "data", [pytest.param(FULL, id="jpeg"), pytest.param(encode(make_photo(1), "PNG"), id="png")]
)
def test_exiftool_reads_the_same_caption_in_every_field(data: bytes, tmp_path: Path) -> None:
    exiftool = shutil.which("exiftool")
    if exiftool is None:
        pytest.skip("exiftool is not installed")
    picture = tmp_path / "written"
    picture.write_bytes(embed_caption(data, SAID, "AP/Näme"))
    command = [exiftool, "-j", "-G1", "-validate", "-warning", "-a", "-all", picture]
    (read,) = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    assert read["XMP-dc:Description"] == SAID and read["XMP-photoshop:Credit"] == "AP/Näme"
    if data is FULL:
        assert read["IPTC:Caption-Abstract"] == SAID and read["IPTC:By-line"] == "José"
        assert read["IFD0:ImageDescription"] == SAID and read["IFD0:Make"] == "Maker of cameras"
        assert read["IPTC:Credit"] == "AP/Näme"
    said = [str(text) for name, text in read.items() if "Warning" in name]
    # Of the pictures as they were made: EXIF without resolution, a data set that IPTC wants.
    assert not [each for each in said if not re.search(r"required|Missing", each)], said

"""PDF documents of a few lines, as a program writes them."""

import zlib
from collections.abc import Sequence

from PIL import Image

from tests.conftest import encode

Text = tuple[float, float, float, str, str]
"""From the left, from the top, the size, the font (R, B or I), the words."""
Shown = tuple[float, float, float, float, Image.Image, str]
"""From the left, from the top, the width, the height, the picture, and how it is packed (jpeg, plain)."""

_FONTS = {"R": "Helvetica", "B": "Helvetica-Bold", "I": "Helvetica-Oblique"}


def make_pdf(pages: Sequence[tuple[Sequence[Text], Sequence[Shown]]], title: str = "") -> bytes:
    """Write a document of pages of 600 by 800 points."""
    objects: list[bytes] = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    fonts = {}
    for name, font in _FONTS.items():
        objects.append(f"<</Type/Font/Subtype/Type1/BaseFont/{font}/Encoding/WinAnsiEncoding>>".encode())
        fonts[name] = len(objects)
    told = " ".join(f"/{name} {number} 0 R" for name, number in fonts.items())
    kids = []
    for texts, shown in pages:
        content, named = b"", []
        for left, top, size, font, words in texts:
            written = words.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
            line = f"BT /{font} {size} Tf 1 0 0 1 {left} {800 - top - size} Tm ({written}) Tj ET\n"
            content += line.encode("cp1252")
        for number, (left, top, width, height, picture, packing) in enumerate(shown):
            objects.append(_stream(picture, packing))
            named.append(f"/P{number} {len(objects)} 0 R")
            content += f"q {width} 0 0 {height} {left} {800 - top - height} cm /P{number} Do Q\n".encode()
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
        resources = f"<</Font<<{told}>>/XObject<<{' '.join(named)}>>>>"
        page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {len(objects)} 0 R/Resources{resources}>>"
        objects.append(page.encode())
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>".encode()
    objects.append(f"<</Title({title})/Author(Ana Ruiz)>>".encode())
    out, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = (
        f"trailer<</Size {size}/Root 1 0 R/Info {len(objects)} 0 R>>\nstartxref\n{len(out)}\n%%EOF".encode()
    )
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer


def _stream(picture: Image.Image, packing: str) -> bytes:
    data, filtered = (encode(picture), "DCTDecode") if packing == "jpeg" else (
        zlib.compress(picture.tobytes()),
        "FlateDecode",
    )  # fmt: skip
    head = (
        f"<</Type/XObject/Subtype/Image/Width {picture.width}/Height {picture.height}/ColorSpace/DeviceRGB"
        f"/BitsPerComponent 8/Filter/{filtered}/Length {len(data)}>>stream\n"
    )
    return head.encode() + data + b"\nendstream"

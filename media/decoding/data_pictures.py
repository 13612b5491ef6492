"""Pictures inside the text of a page, as ``data:`` addresses (RFC 2397)."""

import binascii
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Final
from urllib.parse import unquote_to_bytes

LEAST_CHARACTERS: Final = 2_000
"""The least characters of an encoded picture (1,500 bytes). Placeholders are smaller; photographs are not."""
_BEGIN: Final = b"data:image/"
# White space inside base64 is a line break; after an address without quotes comes the next attribute.
_DATA = re.compile(
    rb"data:image/(?:jpe?g|png|gif|webp|avif|bmp|tiff|x-ms-bmp|pjpeg)(?:;(?!base64,)[\w=.-]{1,60}){0,5};base64,"
    rb"((?:[A-Za-z0-9+/\-_]|%[0-9A-Fa-f]{2}"
    rb"|[ \t]*\r?\n[ \t]*(?=[A-Za-z0-9+/]{40}|[A-Za-z0-9+/]{1,76}={0,2}\s{0,9}(?:[\"']|\Z)))++={0,2})",
    re.IGNORECASE,
)


def find_pictures(page: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each picture in a page's text once: the offset of its address, and its bytes."""
    if _BEGIN not in page:
        return
    seen: set[bytes] = set()
    for found in _addresses(page):
        if found.end(1) - found.start(1) < LEAST_CHARACTERS:
            continue
        picture = decode_picture(found[1])
        digest = sha256(picture).digest()
        if digest not in seen:
            seen.add(digest)
            yield found.start(), picture


def _addresses(page: bytes) -> Iterator[re.Match[bytes]]:
    """Yield the addresses that are pictures. A search for bytes is many times as fast as one that ignores case."""
    folded = page.lower()
    at = folded.find(_BEGIN)
    while at >= 0:
        found = _DATA.match(page, at)
        if found is not None:
            yield found
        at = folded.find(_BEGIN, found.end() if found is not None else at + 1)


def decode_picture(text: bytes) -> bytes:
    """Return the bytes of a picture in an address: base64 in either alphabet, percent-encoded or not."""
    return decode_base64(unquote_to_bytes(text).replace(b"-", b"+").replace(b"_", b"/"))


def decode_base64(text: bytes) -> bytes:
    """Return the bytes of base64, ignoring other characters. If it is cut short, return the bytes before the cut."""
    kept = re.sub(rb"[^A-Za-z0-9+/]+", b"", text)
    kept = kept[:-1] if len(kept) % 4 == 1 else kept
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


def picture_address(picture: bytes) -> str:
    """Return the short address of a picture in a page's text, made from its digest."""
    return f"{SHORT}{sha256(picture).hexdigest()}"


SHORT: Final = "data:image;sha256="
"""The beginning of the address under which a picture inside a page is recorded."""


def find_style_pictures(page: bytes) -> dict[str, str]:
    """Return the short addresses of pictures in variables of a page's style sheet, by the names of the variables.

    SingleFile does this for a picture that a page shows twice: ``--sf-img-1: url("data:image/jpeg;base64,...")``.
    """
    return {
        found[1].decode(): picture_address(decode_picture(data[1]))
        for found in _STYLE_PICTURE.finditer(page)
        if (data := _DATA.match(page, found.end())) is not None
    }


_STYLE_PICTURE = re.compile(rb"(--sf-img-\d{1,5})\s{0,5}:\s{0,5}url\([\"']?(?=data:image/)")


def short_address(address: str) -> str:
    """Return the address under which a picture inside a page is recorded; return any other address unchanged.

    For a placeholder, return ``""``.
    """
    if not address.startswith("data:") or address.startswith(SHORT):
        return address
    found = _DATA.match(address.encode("ascii", "ignore"))
    is_picture = found is not None and found.end(1) - found.start(1) >= LEAST_CHARACTERS
    return picture_address(decode_picture(found[1])) if found is not None and is_picture else ""

"""Pictures that a page holds in its own text, as ``data:`` addresses (RFC 2397)."""

import binascii
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Final
from urllib.parse import unquote_to_bytes

LEAST_CHARACTERS: Final = 2_000
"""Of a picture as text: 1,500 bytes. What pages show until a picture is loaded is smaller; no photograph is."""
_MOST: Final = 2_000
"""Pictures of one page."""
# White space within base64 breaks its lines; what follows an address without quotes is the next attribute.
_DATA = re.compile(
    rb"data:image/(?:jpe?g|png|gif|webp|avif|bmp|tiff|x-ms-bmp|pjpeg)(?:;(?!base64,)[\w=.-]{1,60}){0,5};base64,"
    rb"((?:[A-Za-z0-9+/\-_]|%[0-9A-Fa-f]{2}"
    rb"|[ \t]*\r?\n[ \t]*(?=[A-Za-z0-9+/]{40}|[A-Za-z0-9+/]{1,76}={0,2}\s{0,9}(?:[\"']|\Z)))++={0,2})",
    re.IGNORECASE,
)


def find_pictures(page: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the pictures in a page's text, each once: where its address begins, and its bytes."""
    if b"data:image/" not in page:
        return
    seen: set[bytes] = set()
    for found in _DATA.finditer(page):
        if found.end(1) - found.start(1) < LEAST_CHARACTERS:
            continue
        picture = decode_picture(found[1])
        digest = sha256(picture).digest()
        if digest not in seen:
            seen.add(digest)
            yield found.start(), picture
            if len(seen) == _MOST:
                return


def decode_picture(text: bytes) -> bytes:
    """Return the bytes of a picture as addresses have it: base64 of either alphabet, percent-encoded or not."""
    return decode_base64(unquote_to_bytes(text).replace(b"-", b"+").replace(b"_", b"/"))


def decode_base64(text: bytes) -> bytes:
    """Return the bytes of base64, whatever stands between its letters; of one that is cut short what is there."""
    kept = re.sub(rb"[^A-Za-z0-9+/]+", b"", text)
    kept = kept[:-1] if len(kept) % 4 == 1 else kept
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


def picture_address(picture: bytes) -> str:
    """Return the short address of a picture that is in a page's text: what it is, by its digest."""
    return f"{SHORT}{sha256(picture).hexdigest()}"


SHORT: Final = "data:image;sha256="
"""How the address begins under which a picture inside a page is recorded."""


def find_style_pictures(page: bytes) -> dict[str, str]:
    """Return the short addresses of pictures that a page keeps in variables of its style sheet, by their names.

    SingleFile does so with a picture that a page shows twice: ``--sf-img-1: url("data:image/jpeg;base64,...")``.
    """
    return {
        found[1].decode(): picture_address(decode_picture(data[1]))
        for found in _STYLE_PICTURE.finditer(page)
        if (data := _DATA.match(page, found.end())) is not None
    }


_STYLE_PICTURE = re.compile(rb"(--sf-img-\d{1,5})\s{0,5}:\s{0,5}url\([\"']?(?=data:image/)")


def short_address(address: str) -> str:
    """Return the address under which a picture inside a page is recorded; any other address as it is.

    A placeholder has none: it is ``""``.
    """
    if not address.startswith("data:") or address.startswith(SHORT):
        return address
    found = _DATA.match(address.encode("ascii", "ignore"))
    is_picture = found is not None and found.end(1) - found.start(1) >= LEAST_CHARACTERS
    return picture_address(decode_picture(found[1])) if found is not None and is_picture else ""

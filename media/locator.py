r"""Locators: where a record is, relative to its source.

``2020/02/page.html`` is a file, ``photos.zip!a/b.jpg`` a member, ``crawl.warc.gz#18231`` a record at
an offset of the stored file. A locator is always valid Unicode text: a byte of a file's name that is
not UTF-8 is written ``\xHH``, and a backslash itself ``\x5c``, so that every name comes back exactly.
"""

import os
import re
from urllib.parse import unquote_to_bytes, urlsplit

_ESCAPED = re.compile(r"\\x([0-9a-f]{2})")
_MEMBER = re.compile(r"[/!#]")


def encode_path(path: str) -> str:
    """Return the locator for a path as the operating system gives it (``surrogateescape`` text)."""
    if "\\" in path:
        path = path.replace("\\", "\\x5c")
    if path.isascii():
        return path
    return "".join(
        f"\\x{ord(character) - 0xDC00:02x}" if "\udc80" <= character <= "\udcff" else character
        for character in path
    )


def decode_path(locator: str) -> str:
    r"""Return the path of which :func:`encode_path` made a locator.

    >>> decode_path(encode_path("caf\\udce9.jpg")) == "caf\\udce9.jpg"
    True
    """
    if "\\x" not in locator:
        return locator
    return _ESCAPED.sub(_unescape, locator)


def _unescape(match: re.Match[str]) -> str:
    byte = int(match.group(1), 16)
    return chr(byte) if byte < 0x80 else chr(0xDC00 + byte)


def base_name(locator: str) -> str:
    """Return the last part of a locator: the file's or member's own name."""
    return _MEMBER.split(locator.rstrip("/"))[-1]


def printable(locator: str) -> str:
    """Return the locator on one line, safe to show: line breaks and control characters escaped."""
    if locator.isprintable():
        return locator
    return "".join(
        character if character.isprintable() or character == " " else _visible(character)
        for character in locator
    )


def _visible(character: str) -> str:
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character) or f"\\u{ord(character):04x}"


def path_from_uri(uri: str) -> str:
    """Return the local path that a ``file:`` URI names."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        raise ValueError(f"{uri} is not a file: URI")
    return os.fsdecode(unquote_to_bytes(uri.split("//", 1)[1]))

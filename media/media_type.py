"""What a record holds, told by its content first and by its name only where content cannot tell."""

import re
from collections.abc import Callable
from functools import cache

from media.archives.tar import looks_like_tar

HEAD_BYTES = 4096
"""How much of a record's beginning tells what it is."""

NEWSML = "application/x-newsml"
"""NITF and NewsML-G2."""

SIDECAR = "application/x-picture-sidecar"
"""XMP or JSON that says something of one picture beside it."""

JSON_LINE = "application/x-json-line"
"""One line of a JSON Lines file, as its container says it."""

CAMERA_RAW = "image/x-camera-raw"
"""A camera's raw data, of whatever maker: not read."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"WARC/", "application/warc"),
    (b"filedesc://", "application/x-arc"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
)
_ISO_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
}
DECODED_TYPES = frozenset(
    {"image/jpeg", "image/png", "image/gif", "image/tiff", "image/webp", "image/bmp", "image/avif"}
)
"""Picture formats that are decoded."""

IMAGE_NAMES = re.compile(r"\.(jpe?g|jpe|jfif|png|gif|webp|tiff?|bmp|avif)$", re.IGNORECASE)
HTML_NAMES = re.compile(r"\.(x?html?|shtml|php|aspx?|jsp|cgi)$", re.IGNORECASE)
TEXT_NAMES = re.compile(r"\.(txt|text|asc)$", re.IGNORECASE)
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title|meta|article)\b",
    re.IGNORECASE | re.DOTALL,
)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def recognise(head: bytes, name: str) -> str:
    """The media type of a record, given its first bytes (4 kB are enough) and its name.

    The content decides; the name only parts kinds of plain text, which have no signature.
    """
    if not head:
        return "application/x-empty"
    if _is_camera_raw(head, name):
        return CAMERA_RAW
    for signature, media_type in _MAGIC:
        if head.startswith(signature):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if (
        head[:2] == b"BM"
        and len(head) > 18
        and int.from_bytes(head[14:18], "little") in (12, 40, 52, 56, 64, 108, 124)
    ):
        return "image/bmp"
    if head[4:8] == b"ftyp":
        return _ISO_BRANDS.get(head[8:12], "video/mp4")
    if looks_like_tar(head):
        return "application/x-tar"
    return _recognise_text(head, name)


def _is_camera_raw(head: bytes, name: str) -> bool:
    """Whether a record is raw data by its content or, where a TIFF's directories lie too far on, by its name."""
    if not head.startswith(_RAW_BEGINNINGS) and head[4:8] != b"ftyp":
        return False
    from media.pictures.raw import RAW_NAMES, is_camera_raw

    return is_camera_raw(head) or (head.startswith(_TIFF_BEGINNINGS) and RAW_NAMES.search(name) is not None)


_TIFF_BEGINNINGS = (b"II*\0", b"MM\0*")
_RAW_BEGINNINGS = (*_TIFF_BEGINNINGS, b"II\x1a\0", b"FUJIFILM", b"IIU\0", b"IIR", b"MMOR", b"FOVb", b"\0MRM")


def believe(head: bytes, declared: str) -> str:
    """The media type of a record whose content does not tell it, by what its sender said it is."""
    said = declared.partition(";")[0].strip().lower()
    return said if said in ("text/html", "text/plain") and _is_text(head) else "application/octet-stream"


def _recognise_text(head: bytes, name: str) -> str:
    plain = head
    for bom in _BOMS:
        plain = plain.removeprefix(bom)
    if b"\x00" in plain[:200] and _is_utf16(head):
        plain = plain.replace(b"\x00", b"")
    for looks_like, media_type in _text_kinds():
        if looks_like(plain, name):
            return media_type
    for names, media_type in _CONTAINER_NAMES:
        if names.search(name):
            return media_type
    return "application/octet-stream"


_CONTAINER_NAMES = (
    (re.compile(r"\.(zip|wacz)$", re.IGNORECASE), "application/zip"),
    (re.compile(r"\.tar$", re.IGNORECASE), "application/x-tar"),
    (re.compile(r"\.warc$", re.IGNORECASE), "application/warc"),
    (re.compile(r"\.warc\.gz$", re.IGNORECASE), "application/gzip"),
)
"""Containers whose first bytes may be damaged, and which are read from where they are whole."""


def _looks_like_html(head: bytes, name: str) -> bool:
    return _HTML.match(head) is not None or HTML_NAMES.search(name) is not None


def _looks_like_plain_text(head: bytes, name: str) -> bool:
    if TEXT_NAMES.search(name):
        return True
    return "." not in name.lstrip(".") and b"\x00" not in head and _is_text(head)


@cache
def _text_kinds() -> tuple[tuple[Callable[[bytes, str], bool], str], ...]:
    """Kinds of text, in the order in which they are asked: the first that knows the content has it.

    Their readers are imported once there is a text: an archive of pictures does not wait for them.
    """
    from media.articles.jsonlines import looks_like_json_articles, looks_like_json_lines
    from media.articles.markdown import looks_like_markdown
    from media.articles.newsml import looks_like_newsml
    from media.pictures.sidecars import looks_like_sidecar

    return (
        (looks_like_json_lines, "application/jsonl"),
        (looks_like_json_articles, "application/json"),
        (looks_like_newsml, NEWSML),
        (looks_like_sidecar, SIDECAR),
        (_looks_like_html, "text/html"),
        (looks_like_markdown, "text/markdown"),
        (_looks_like_plain_text, "text/plain"),
    )


def _is_utf16(head: bytes) -> bool:
    return head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[1:2] == b"\x00" or head[:1] == b"\x00"


def _is_text(head: bytes) -> bool:
    controls = sum(byte < 9 or (13 < byte < 32 and byte != 27) for byte in head)
    return controls == 0

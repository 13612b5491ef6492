"""Recognises the format of a record by its content, and by its name only if the content does not decide."""

import re
from collections.abc import Callable

from media import formats
from media.formats import CAMERA_RAW, EMPTY, JSON_LINE, NEWSML, SIDECAR, UNKNOWN

__all__ = ["CAMERA_RAW", "EMPTY", "JSON_LINE", "NEWSML", "SIDECAR", "UNKNOWN", "believe", "recognise"]

HEAD_BYTES = 4096
"""Bytes at a record's beginning that are used to recognise it."""

_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title|meta|article)\b",
    re.IGNORECASE | re.DOTALL,
)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def recognise(head: bytes, name: str) -> str:
    """Return the media type of a record, given its first bytes (4 kB are enough) and its name.

    The content decides. The name only distinguishes kinds of plain text, which have no signature, and formats that the
    content does not show.
    """
    if not head:
        return EMPTY
    return _recognise_binary(head, name) or _recognise_text(head, name)


def believe(head: bytes, declared: str) -> str:
    """Return the media type of a record whose content does not decide, by its sender's declaration."""
    said = declared.partition(";")[0].strip().lower()
    if said in ("text/html", "text/plain"):
        return said if _is_text(head) else UNKNOWN
    said = _DECLARED.get(said) or (said if said in formats.by_media_type() else "")
    if said or not (found := re.match(r"(font|video|audio)/", declared.lower())):
        return said if said and formats.format_of(said).use is None else UNKNOWN
    return {"font": "font/woff", "video": "video/mp4", "audio": "audio/mpeg"}[found[1]]


def recognise_captured(head: bytes, name: str, declared: str | None) -> str:
    """Return the media type of a capture: by its content, then its sender's declaration, then its name.

    ``text/plain`` and ``application/octet-stream`` say nothing: senders fall back on them.
    """
    said = (declared or "").partition(";")[0].strip().lower()
    if said and said not in ("text/plain", UNKNOWN) and head:
        found = recognise(head, _NAMELESS)
        if found == UNKNOWN:
            found = believe(head, said)
        if found != UNKNOWN:
            return found
    found = recognise(head, name)
    return believe(head, declared) if found == UNKNOWN and declared else found


_NAMELESS = "x.-"
"""A name without information."""

_DECLARED = {
    "application/javascript": "text/javascript",
    "application/x-javascript": "text/javascript",
    "application/ecmascript": "text/javascript",
    "text/ecmascript": "text/javascript",
    "application/json": "application/x-captured-json",
    "text/json": "application/x-captured-json",
    "application/ld+json": "application/x-captured-json",
    "application/manifest+json": "application/x-captured-json",
    "application/font-woff": "font/woff",
    "application/font-woff2": "font/woff",
    "application/x-font-ttf": "font/woff",
    "application/vnd.ms-fontobject": "font/woff",
    "image/x-icon": "image/vnd.microsoft.icon",
    "text/xml": "application/xml",
}
"""Other names of media types in HTTP headers."""


def _recognise_binary(head: bytes, name: str) -> str | None:
    """Return the media type by the first bytes, for pictures, archives, documents, film and sound."""
    if _is_camera_raw(head, name):
        return CAMERA_RAW
    for signature, media_type in formats.signatures():
        if head.startswith(signature) and not _may_be_words(signature, media_type, head):
            return _told_apart(media_type, head, name)
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if (
        head[:2] == b"BM"
        and len(head) > 18
        and int.from_bytes(head[14:18], "little") in (12, 40, 52, 56, 64, 108, 124)
    ):
        return "image/bmp"
    if head[4:8] == b"ftyp":
        return _iso_kind(head)
    for looks_like, media_type in _OTHER_SIGNS:
        if looks_like(head):
            return media_type
    return next((found for sign, found in formats.byte_signs() if formats.load(sign)(head)), None)


_WRITTEN = (b"%", b"{\\rtf", b"WEBVTT", b"SIMPLE  =", b"#?R", b"-----", b"!<arch>", b" CDX ")
"""Signatures of formats that are text themselves."""


def _may_be_words(signature: bytes, media_type: str, head: bytes) -> bool:
    """Return whether a signature of letters alone begins a text: ``MZ``, ``OTTO`` and ``070701`` do so too."""
    if formats.format_of(media_type).use or not signature.isascii() or not signature.decode().isprintable():
        return False
    return not signature.startswith(_WRITTEN) and _is_text(head)


def _told_apart(media_type: str, head: bytes, name: str) -> str:
    """Return the media type of formats with the same beginning, by later bytes or, if these do not decide, the name."""
    if media_type == "application/vnd.sqlite3" and head[68:72] == b"cutl":
        return "application/x-cutline"
    if media_type == "application/x-ole-storage" and name.lower() == "thumbs.db":
        return "application/x-folder-view"
    if media_type == "application/x-plist" and name.lower().endswith(".webarchive"):
        return "application/x-webarchive"
    return media_type


def _is_camera_raw(head: bytes, name: str) -> bool:
    """Return whether a record is raw data by its content or, where a TIFF's directories lie too far on, by its name."""
    if not head.startswith(_RAW_BEGINNINGS) and head[4:8] != b"ftyp":
        return False
    from media.pictures.raw import RAW_NAMES, is_camera_raw

    return is_camera_raw(head) or (head.startswith(_TIFF_BEGINNINGS) and RAW_NAMES.search(name) is not None)


_TIFF_BEGINNINGS = (b"II*\0", b"MM\0*")
_RAW_BEGINNINGS = (*_TIFF_BEGINNINGS, b"II\x1a\0", b"FUJIFILM", b"IIU\0", b"IIR", b"MMOR", b"FOVb", b"\0MRM")


def package_of(head: bytes, name: str) -> str | None:
    """Return the media type of a document that is kept as a ZIP (EPUB, Word, OpenDocument ...); None for
    any other ZIP.
    """
    if head[30:38] == b"mimetype":
        said = re.match(rb"application/[\w.+-]+", head[38:])
        declared = said[0].decode() if said else ""
        return next((each for each in _PACKAGES if declared.startswith(each)), None)
    if b"[Content_Types].xml" in head[:2048] or b"_rels/.rels" in head[:2048]:
        for folder, media_type in _OFFICE_FOLDERS:
            if folder in head:
                return media_type
    return next((each for each in _PACKAGES if formats.ending_of(each).search(name)), None)


_PACKAGES = tuple(
    each.media_type
    for each in formats.FORMATS
    if re.search(r"officedocument|opendocument|epub|maff|pages$", each.media_type)
)
_OFFICE_FOLDERS = tuple(
    (folder, next(each for each in _PACKAGES if kind in each))
    for folder, kind in ((b"word/", "wordprocessing"), (b"xl/", "spreadsheetml"), (b"ppt/", "presentationml"))
)
_RIFF = {
    b"WEBP": "image/webp",
    b"AVI ": "video/x-msvideo",
    b"WAVE": "audio/x-wav",
    b"ACON": "image/vnd.microsoft.icon",
}
_ISO_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    **dict.fromkeys(
        (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"),
        "image/heic",
    ),
    b"crx ": CAMERA_RAW,
    b"jp2 ": "image/jp2",
    b"jxl ": "image/jxl",
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P "), "audio/mpeg"),
}


def _iso_kind(head: bytes) -> str:
    """Return the media type of an ISO base media file by its brand; ``mif1`` may be either kind of picture."""
    brand = head[8:12]
    length = int.from_bytes(head[:4], "big")
    if brand in (b"mif1", b"msf1") and {b"avif", b"avis"} & {
        head[at : at + 4] for at in range(16, length, 4)
    }:
        return "image/avif"
    return _ISO_BRANDS.get(brand, "video/mp4")


def _is_icon(head: bytes) -> bool:
    return head[:4] in (b"\0\0\1\0", b"\0\0\2\0") and 0 < head[4] <= 64 and head[5:6] == b"\0"


def _is_quicktime(head: bytes) -> bool:
    return head[4:8] in (b"moov", b"mdat", b"wide", b"pnot") and not _is_text(head[:4])


def _is_sound(head: bytes) -> bool:
    """MPEG audio begins with eleven bits that are set, a layer and a bit rate that exist."""
    return (
        len(head) > 3
        and head[0] == 0xFF
        and head[1] & 0xE6 in (0xE2, 0xE4, 0xE6)
        and head[2] & 0xF0 not in (0, 0xF0)
        and head[2] & 0x0C != 0x0C
        and not _is_text(head)
        and not _is_utf16_text(head)
    )


def _is_utf16_text(head: bytes) -> bool:
    """Return whether bytes are text after UTF-16's mark of byte order, whose first bits are also those of sound."""
    if head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return False
    text = head[: len(head) & ~1].decode("utf-16", "replace")
    return all(letter.isprintable() or letter in "\t\r\n\f\ufeff" for letter in text.rstrip("\ufffd"))


_OTHER_SIGNS: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (lambda head: head[:2] == b"\xff\x0a" and not _is_text(head), "image/jxl"),
    (_is_icon, "image/vnd.microsoft.icon"),
    (lambda head: head[:1] == head[188:189] == head[376:377] == b"G" and not _is_text(head), "video/mpeg"),
    (_is_quicktime, "video/mp4"),
    (lambda head: head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"), "audio/mpeg"),
    (lambda head: head[128:132] == b"DICM", "application/dicom"),
    (lambda head: head[60:68] == b"BOOKMOBI", "application/x-mobipocket-ebook"),
    (lambda head: head[:4] == b"\1\0\0\0" and head[40:44] == b" EMF", "image/wmf"),
    (lambda head: re.match(rb"P[1-7]\s+(?:#.*\s+)*\d+\s+\d+\s", head) is not None, "image/x-portable-anymap"),
    (lambda head: head[2:5] == b"-lh" and head[6:7] == b"-", "application/x-lzh-compressed"),
    (_is_sound, "audio/mpeg"),
)


def _recognise_text(head: bytes, name: str) -> str:
    plain = head
    for bom in _BOMS:
        plain = plain.removeprefix(bom)
    wide = b"\x00" in plain[:200] and _is_utf16(head)
    if wide:
        plain = plain.replace(b"\x00", b"")
    if found := _recognise_markup(plain, name):
        return found
    for sign, media_type in formats.text_signs():
        if formats.load(sign)(plain, name):
            # Lines of UTF-16 do not end with a byte, so they are read together.
            return "application/json" if wide and media_type == "application/jsonl" else media_type
    for names, media_type in (*formats.read_names(), *_PART_NAMES, *formats.unread_names()):
        if names.search(name):
            return _named(media_type, plain)
    if re.match(rb"\s*<(?:\?xml\s|!DOCTYPE\s|\w+[\s:>])", plain):
        return "application/xml"
    return "application/json" if _looks_like_json(plain) else UNKNOWN


def _named(media_type: str, head: bytes) -> str:
    """Return the media type of a name, unless it means text and the content is not text."""
    is_written = media_type.startswith("text/") or media_type in (
        "application/x-tex",
        "application/x-settings",
    )
    return UNKNOWN if is_written and b"\x00" in head else media_type


_PART_NAMES = (
    (
        re.compile(r"\.(z\d\d|(?:zip|7z|rar|tar|gz|tgz|bz2|xz)\.\d{3}|part\d+)$", re.IGNORECASE),
        "application/x-split-archive",
    ),
    (
        re.compile(r"^desktop\.ini$|^\.localized$|^\.nomedia$|^Icon\r$", re.IGNORECASE),
        "application/x-folder-view",
    ),
)
"""Parts of archives, of which only the first has a signature, and what systems leave in folders."""

_ROOT = re.compile(
    rb"\s*(?:<\?[^>]*\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>\s*)*<(?:[\w.-]+:)?([\w.-]+)",
    re.DOTALL,
)
_MAIL_LINES = re.compile(rb"(?:[!-9;-~]+:[ \t][^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*){2,}")
_MAIL_SIGNS = re.compile(
    rb"^(?:MIME-Version|Message-ID|Received|Return-Path|X-Mailer):", re.IGNORECASE | re.MULTILINE
)


def _recognise_markup(head: bytes, name: str) -> str | None:
    """Return the media type of kinds of text that are not read, if the content shows it."""
    if name == "mimetype" and head.startswith(b"application/"):
        return "application/x-package-part"
    if re.match(rb"From \S+@\S+ [^\n]*\d{4}\s*\n[!-9;-~]+:", head) or re.match(
        rb"From \S+ +\w{3} \w{3} [ \d]\d ", head
    ):
        return "application/mbox"
    if (lines := _MAIL_LINES.match(head, _before_mail(head))) and _MAIL_SIGNS.search(lines[0]):
        return (
            "multipart/related"
            if re.search(rb"^Content-Type:\s*multipart/related", lines[0], _LINES)
            else "message/rfc822"
        )
    if re.match(rb"\s*\{\s*\"log\"\s*:\s*\{", head) and re.search(
        rb"\"(?:entries|creator|version)\"\s*:", head
    ):
        return "application/har+json"
    root = _ROOT.match(head)
    if root is None:
        return None
    if root[1] == b"html" and b"http://www.idpf.org/2007/ops" in head and _CONTENTS.search(head):
        return "application/x-package-part"
    if root[1] == b"rss" and b"wordpress.org/export/" in head:
        return "application/x-wxr"
    for sign, media_type in formats.xml_roots():
        if sign == root[1] or (b":" in sign and sign in head and root[1].lower() != b"html"):
            return media_type
    return None


_LINES = re.IGNORECASE | re.MULTILINE
_CONTENTS = re.compile(rb"<nav\b[^<>]{0,300}\btype\s*=\s*[\"']toc[\"']")
"""A book's own list of its chapters (EPUB 3)."""


def _before_mail(head: bytes) -> int:
    """Return where the headers of a message begin: Apple Mail writes its length on a line before them."""
    counted = re.match(rb"\d{1,12}[ \t]*\n", head)
    return counted.end() if counted else 0


def _looks_like_json(head: bytes) -> bool:
    return re.match(rb"\s*(?:\{\s*[\"}]|\[\s*[\"{\[\]\d])", head) is not None and b"\x00" not in head


def looks_like_html(head: bytes, name: str) -> bool:
    """Return whether text is a page: by a tag that begins one, or its name."""
    return _HTML.match(head) is not None or _HTML_NAME.search(name) is not None


def looks_like_plain_text(head: bytes, name: str) -> bool:
    """Return whether text that is nothing else is an article: by its name, or where it has none and is text."""
    if _TEXT_NAME.search(name):
        return True
    return "." not in name.lstrip(".") and b"\x00" not in head and _is_text(head)


_HTML_NAME = re.compile(r"\.(x?html?|shtml|php|aspx?|jsp|cgi)$", re.IGNORECASE)
_TEXT_NAME = re.compile(r"\.(txt|text|asc)$", re.IGNORECASE)


def _is_utf16(head: bytes) -> bool:
    return head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[1:2] == b"\x00" or head[:1] == b"\x00"


def _is_text(head: bytes) -> bool:
    controls = sum(byte < 9 or (13 < byte < 32 and byte != 27) for byte in head)
    return controls == 0

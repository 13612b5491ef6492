"""Decodes the bytes of an article.

The order of trust is that of the WHATWG Encoding and HTML standards (byte order mark, what HTTP declared,
what the page declares of itself), with one departure: bytes that are UTF-8 beyond coincidence are read as
UTF-8, whatever was declared, because archives are full of pages that were converted and kept their old label.
"""

import html
import re
from dataclasses import dataclass
from typing import Final

from media.decoding.detect import guess_encoding


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, and how it was decoded."""

    text: str
    """The text. Lines end in ``\\n``; it has no NUL, soft hyphen, byte order mark or lone surrogate."""
    encoding: str
    """The WHATWG name of the encoding ("utf-8", "windows-1252", "shift_jis")."""
    evidence: str
    """The reason for this encoding: "byte order mark", "declared", "meta", "valid UTF-8", "zero bytes of UTF-16",
    "fallback"..., with the declared encoding if it was wrong."""
    replaced: int = 0
    """The number of bytes or characters that are invalid in the encoding. In UTF-8 they are read as windows-1252,
    otherwise shown as U+FFFD."""

    @property
    def doubt(self) -> str | None:
        """The doubt about the text, to be recorded with findings in it; None if there is no doubt."""
        if self.evidence.startswith(DETECTED):
            return f"read as {self.encoding}: {self.evidence}"
        return f"{self.replaced} bytes are not {self.encoding}" if self.replaced else None


DETECTED: Final = "detected by how the text looks"
"""The beginning of the evidence for an encoding that was not declared, or differs from the declared one."""


def decode_text(data: bytes, *, declared: str | None = None, html: bool = False) -> Decoded:
    """Decode an article's bytes; never fails, whatever the bytes are.

    ``declared`` is the charset that came with the bytes (HTTP header, archive metadata); labels that the
    WHATWG standard does not know are ignored. With ``html`` the page's own declaration is looked for too
    (``meta charset``, ``http-equiv``, XML declaration) in its first 4,096 bytes: the standard's 1,024 are not
    enough for pages that put scripts before it.
    """
    marked = _by_byte_order_mark(data) or _by_zero_bytes(data)
    if marked:
        codec, name, skip, evidence = marked
        return _decoded(data[skip:], codec, name, evidence)
    claims = [("declared", declared)]
    if html:
        claims.append(("meta", declared_in_page(data)))
    known = [(why, label, _LABELS[label]) for why, claim in claims if (label := _label(claim)) in _LABELS]
    wrong = ""
    utf8 = _valid_utf8(data)
    for why, label, name in known:
        if name == "utf-8":
            if utf8:
                return _tidied(data.decode("utf-8"), "utf-8", why)
        elif not (utf8 and _high_bytes(data) >= _COINCIDENCE[name in _MULTI_BYTE]):
            if not utf8 and (guess := guess_encoding(data, (_CODECS.get(name, name), name))):
                return _decoded(data, guess.encoding, guess.name, f"{DETECTED}, not {label} as {why}")
            try:
                return _tidied(data.decode(_CODECS.get(name, name)), name, why)
            except UnicodeDecodeError:
                if name not in _MULTI_BYTE or _damage(data, name) <= _DAMAGE:
                    return _decoded(data, _CODECS.get(name, name), name, why)
        wrong = wrong or f", not {label} as {why}"
    if utf8:
        if any(escape in data for escape in _JIS_ESCAPES) and not _high_bytes(data):
            return _decoded(data, "iso2022_jp", "iso-2022-jp", "escape sequences" + wrong)
        return _tidied(data.decode("utf-8"), "utf-8", "valid UTF-8" + wrong)
    return _mixed(data, wrong)


def looks_like_text(data: bytes) -> bool:
    """Return whether bytes are text in any encoding, and not a picture, a program or rubbish.

    Judged by control characters in samples of the beginning, middle and end: text has none but white space
    and a few strays, compressed or random data about one in ten.
    """
    if _by_byte_order_mark(data) or _by_zero_bytes(data):
        return True
    middle = max(_SAMPLE, len(data) // 2 - _SAMPLE // 2)
    samples = (
        data[:_SAMPLE],
        data[middle : middle + _SAMPLE],
        data[max(middle + _SAMPLE, len(data) - _SAMPLE) :],
    )
    for sample in samples:
        # A file that a crash cut short often ends in zeros.
        sample = sample.rstrip(b"\0")
        zeros = sample.count(0)
        controls = len(sample) - zeros - len(sample.translate(None, _CONTROLS))
        # 1 %: random bytes hold 9 % of these controls, compressed pictures 5 to 10 %; a short text may
        # hold one stray.
        if controls > max(1, len(sample) // 100) or zeros > max(1, len(sample) // 20):
            return False
    return True


def declared_in_page(data: bytes) -> str | None:
    """Return the charset that an HTML or XML page declares, as written; None if it declares none."""
    head = _COMMENT.sub(b"", data[:_HEAD])
    xml = _XML_DECLARATION.match(head)
    if xml:
        return xml[1].decode("ascii", "replace")
    for tag in _META.findall(head):
        charset = _CHARSET.search(tag)
        if charset:
            label = _label(charset[1].decode("ascii", "replace"))
            # A page whose declaration can be read as ASCII is not UTF-16, whatever it says (WHATWG).
            return "utf-8" if label.startswith("utf-16") else label
    return None


_HEAD: Final = 4096
_SAMPLE: Final = 16384
_CONTROLS: Final = bytes(b for b in (*range(1, 32), 127) if b not in b"\t\n\v\f\r\x1b\x1a")
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_XML_DECLARATION = re.compile(
    rb"""\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([\w.:-]{1,40})""", re.IGNORECASE
)
_META = re.compile(rb"<meta[\s/][^>]*", re.IGNORECASE)
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_JIS_ESCAPES: Final = (b"\x1b$B", b"\x1b$@")
_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8", "utf-8"),
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (b"\xff\xfe\0\0", "utf-32-le", "utf-32le"),
    (b"\0\0\xfe\xff", "utf-32-be", "utf-32be"),
    (b"\xff\xfe", "utf-16-le", "utf-16le"),
    (b"\xfe\xff", "utf-16-be", "utf-16be"),
)
_COINCIDENCE: Final = {False: 2, True: 8}
"""The number of high bytes from which valid UTF-8 is not a coincidence, for a declared encoding of one byte per
character and of several (two Chinese characters in GBK are sometimes valid UTF-8, four in a row hardly ever)."""
_DAMAGE: Final = 0.02
"""The highest share of unreadable characters at which a declared multi-byte encoding is believed and repaired."""
_STRAYS: Final = {0xDC00 + b: bytes([b]).decode("cp1252", "replace") for b in range(128, 256)}


def _by_byte_order_mark(data: bytes) -> tuple[str, str, int, str] | None:
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return codec, name, len(mark), "byte order mark"
    return None


def _by_zero_bytes(data: bytes) -> tuple[str, str, int, str] | None:
    """Recognise UTF-16 and UTF-32 without a mark by the places of their zero bytes.

    This is reliable only if most characters are in the Latin-1 range: then nearly every second byte is zero, and no
    other byte is.
    """
    head = data[: _HEAD - _HEAD % 4]
    if len(head) < 8 or 0 not in head:
        return None
    quarters = [head[i::4] for i in range(4)]
    zeros = [quarter.count(0) / max(1, len(quarter)) for quarter in quarters]
    for wanted, codec, name in (
        ((0, 1, 1, 1), "utf-32-le", "utf-32le"),
        ((1, 1, 1, 0), "utf-32-be", "utf-32be"),
        ((0, 1, 0, 1), "utf-16-le", "utf-16le"),
        ((1, 0, 1, 0), "utf-16-be", "utf-16be"),
    ):
        if all(zero >= 0.7 if want else zero <= 0.02 for zero, want in zip(zeros, wanted, strict=True)):
            return codec, name, 0, f"zero bytes of {name.upper()[:6]}"
    return None


def _valid_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _high_bytes(data: bytes) -> int:
    return 0 if data.isascii() else len(data) - len(data.translate(None, bytes(range(128, 256))))


def _damage(data: bytes, name: str) -> float:
    text = data.decode(_CODECS.get(name, name), "replace")
    return text.count("\ufffd") / max(1, len(text))


def _mixed(data: bytes, wrong: str) -> Decoded:
    """Decode bytes that are not valid UTF-8 and have no right declaration: windows-1252, or UTF-8 with stray bytes."""
    readable = data.decode("utf-8", "ignore").encode("utf-8")
    strays = len(data) - len(readable)
    if _high_bytes(readable) <= strays:
        if guess := guess_encoding(data):
            return _decoded(data, guess.encoding, guess.name, DETECTED + wrong)
        return _decoded(data, "cp1252", "windows-1252", "fallback" + wrong)
    text = data.decode("utf-8", "surrogateescape").translate(_STRAYS)
    return _tidied(text, "utf-8", "UTF-8 with strays of windows-1252" + wrong, strays)


def _decoded(data: bytes, codec: str, name: str, evidence: str) -> Decoded:
    try:
        return _tidied(data.decode(codec), name, evidence)
    except UnicodeDecodeError:
        text = data.decode(codec, "replace")
        return _tidied(text, name, evidence, text.count("\ufffd"))


def _tidied(text: str, name: str, evidence: str, replaced: int = 0) -> Decoded:
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return Decoded(text.replace("\0", "").replace("\u00ad", ""), name, evidence, replaced)


def _label(claim: str | None) -> str:
    return (claim or "").strip(" \t\n\f\r\"';").lower()


_MULTI_BYTE: Final = frozenset({"gbk", "gb18030", "big5", "euc-jp", "iso-2022-jp", "shift_jis", "euc-kr"})

_CODECS: Final = {
    # Python's name if it differs from the standard's, or if the standard's encoding is wider than its name.
    "ibm866": "cp866",
    "iso-8859-8-i": "iso8859-8",
    "windows-874": "cp874",
    "x-mac-cyrillic": "mac-cyrillic",
    "macintosh": "mac-roman",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
}

_NAMES: Final = {
    # https://encoding.spec.whatwg.org/#names-and-labels (the labels seen outside registries). UTF-16 as a
    # declaration is read by its mark or its zero bytes, or not at all.
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 utf8mb4",
    "ibm866": "ibm866 866 cp866 csibm866",
    "iso-8859-2": "iso-8859-2 iso8859-2 iso_8859-2 latin2 l2 csisolatin2",
    "iso-8859-3": "iso-8859-3 iso8859-3 iso_8859-3 latin3 l3 csisolatin3",
    "iso-8859-4": "iso-8859-4 iso8859-4 iso_8859-4 latin4 l4 csisolatin4",
    "iso-8859-5": "iso-8859-5 iso8859-5 iso_8859-5 cyrillic csisolatincyrillic",
    "iso-8859-6": "iso-8859-6 iso8859-6 iso_8859-6 arabic csisolatinarabic ecma-114 asmo-708",
    "iso-8859-7": "iso-8859-7 iso8859-7 iso_8859-7 greek greek8 csisolatingreek ecma-118 elot_928",
    "iso-8859-8": "iso-8859-8 iso8859-8 iso_8859-8 hebrew visual csisolatinhebrew iso-8859-8-e",
    "iso-8859-8-i": "iso-8859-8-i logical csiso88598i",
    "iso-8859-10": "iso-8859-10 iso8859-10 iso_8859-10 latin6 l6 csisolatin6",
    "iso-8859-13": "iso-8859-13 iso8859-13 iso_8859-13",
    "iso-8859-14": "iso-8859-14 iso8859-14 iso_8859-14",
    "iso-8859-15": "iso-8859-15 iso8859-15 iso_8859-15 latin9 l9 csisolatin9",
    "iso-8859-16": "iso-8859-16",
    "koi8-r": "koi8-r koi8 koi koi8_r cskoi8r",
    "koi8-u": "koi8-u koi8-ru",
    "macintosh": "macintosh mac x-mac-roman csmacintosh",
    "windows-874": "windows-874 dos-874 tis-620 iso-8859-11 iso8859-11",
    "windows-1250": "windows-1250 cp1250 x-cp1250",
    "windows-1251": "windows-1251 cp1251 x-cp1251 win-1251",
    "windows-1252": (
        "windows-1252 cp1252 x-cp1252 iso-8859-1 iso8859-1 iso_8859-1 latin1 latin-1 l1 csisolatin1 "
        "ascii us-ascii ansi_x3.4-1968 cp819 ibm819 iso-ir-100"
    ),
    "windows-1253": "windows-1253 cp1253 x-cp1253",
    "windows-1254": "windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 iso_8859-9 latin5 l5 csisolatin5",
    "windows-1255": "windows-1255 cp1255 x-cp1255",
    "windows-1256": "windows-1256 cp1256 x-cp1256",
    "windows-1257": "windows-1257 cp1257 x-cp1257",
    "windows-1258": "windows-1258 cp1258 x-cp1258",
    "x-mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "gbk": "gbk gb2312 gb_2312 gb_2312-80 chinese csgb2312 csiso58gb231280 x-gbk cp936",
    "gb18030": "gb18030",
    "big5": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "euc-jp": "euc-jp x-euc-jp cseucpkdfmtjapanese",
    "iso-2022-jp": "iso-2022-jp csiso2022jp",
    "shift_jis": "shift_jis shift-jis sjis x-sjis ms_kanji ms932 windows-31j csshiftjis cp932",
    "euc-kr": "euc-kr cseuckr ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 korean windows-949 cp949",
}
_LABELS: Final = {label: name for name, labels in _NAMES.items() for label in labels.split()}


_ESCAPED_TWICE: Final = re.compile(
    r"(?<=[\w.,!?])&(?P<in>#\d{2,5}|#[xX][\da-fA-F]{2,5}|[a-zA-Z]{2,8}[1-4]?);"
    r"|&(?P<before>#\d{2,5}|#[xX][\da-fA-F]{2,5}|[a-zA-Z]{2,8}[1-4]?);(?=\w)"
    r"|(?<=\s)&(?P<apart>amp|[mn]dash|hellip|#8211|#8212|#8230);(?=\s)"
)
"""The name of a character inside or next to a word, or between two. In the text of a page it is there only if it was
escaped twice. Pages about such names separate them from words."""


def mend_escapes(text: str) -> str:
    """Return a text with twice-escaped characters decoded: ``Caf&eacute;``, ``it&#8217;s``.

    Characters that would form a tag are left.
    """
    return _ESCAPED_TWICE.sub(_unescape, text) if "&" in text and ";" in text else text


def _unescape(found: re.Match[str]) -> str:
    shown = html.unescape(found[0])
    return found[0] if shown in "<>" or len(shown) > 2 else shown

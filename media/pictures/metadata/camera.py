"""Text that cameras and programs write in place of a caption."""

import re

_PHRASES = frozenset(
    """
    acd systems digital imaging|applemark|ascii|camera|default|digimax|digital camera|dcf 1.0|dsc
    |exif jpeg|exif_jpeg_picture|exif-jpeg-picture|hdrpl|image|image description|jpeg|jpeg image|jpeg picture
    |my beautiful picture|no description|none|null|picasa|picture|samsung|toshiba|unicode|unknown
    |untitled image|user comment|user comments|no caption|no title
    |no comment|n/a|undefined|(null)|enter caption here|add a caption|scanned document|scanned image
    |clarendon|gingham|x-pro ii|xpro2|lo-fi|earlybird|inkwell|brannan|amaro|hefe|sutro
    """.strip()
    .replace("\n    ", "")
    .split("|")
)

_MAKER = (
    "agfa(?:photo)?|benq|canon|casio|concord|epson|fuji(?:film)?|ge|hp|hewlett[- ]packard|jenoptik|jvc|kodak|konica"
    "|kyocera|leica|lge?|maginon|medion|minolta|motorola|nikon|nokia|olympus|panasonic|pentax|polaroid|praktica|premier"
    "|ricoh|rollei|samsung|sanyo|sharp|sony|sony\\sericsson|toshiba|traveler|vivitar|yakumo"
)
_PROGRAM = (
    "acdsee|adobe|adobe\\s(?:photoshop|lightroom)|camscanner|canva|capture\\sone|corel|darktable|gimp|google\\sphotos"
    "|imagemagick|instagram|irfanview|jpegmini|lightroom|meitu|microsoft|paint(?:\\.net|shop)?|photomatix|photopea"
    "|photos(?:hop|cape)|picasa|picsart|pixlr|polarr|prisma|snapseed|vsco|xnview"
)
_VERSION = (
    r"(?:\s*[(,]?(?:cc|cs\d?|elements|classic|express|pro|for|image\seditor|photo\seditor|version|v?\d[\w.]*"
    r"|windows|macintosh|mac|android|ios|linux)[),]?)*"
)

_SHAPES = re.compile(
    rf"""
    (?:created|made|edited|processed|generated|optimi[sz]ed|saved|enhanced|converted|exported|scanned|rendered)
        \s(?:with|by|in|on|using)\s(?:the\s)?(?:
            (?:{_PROGRAM})\b.{{0,60}}
            |(?-i:[A-Z][\w.&+-]*)(?:\s(?-i:[A-Z\d][\w.&+-]*)){{0,3}}\s(?:app|editor|camera|cam|scanner|studio|suite|lab
                |maker|v?\d[\d.]*)
        )
    |(?:shot|captured|taken)\s(?:on|with|by)\s(?:(?:my|an?|the)\s)?(?:{_MAKER}|iphone|ipad|mi|redmi|poco|oneplus|huawei
        |honor|oppo|realme|vivo|xiaomi|pixel|galaxy|moto)\b(?:\s[\w+]{{1,8}}){{0,4}}
    |(?:{_PROGRAM}|acd\ssystems|lead\stechnologies\sinc\.?|ulead)\b{_VERSION}
    |(?:creator:\s)?gd-jpeg\b.*                                 # GD and the boast of its encoder
    |file\swritten\sby\sadobe.*|lead\stechnologies.*|intel\(r\)\sjpeg.*|handmade\ssoftware.*
    |(?-i:[A-Z]+\s){{1,2}}digital\s(?:still\s)?camera             # "OLYMPUS DIGITAL CAMERA", not a man with one
    |(?:(?:{_MAKER})\s){{1,2}}(?:dsc|digital\s(?:still\s)?camera|(?:dsc\s|digital\s|camera\s)+(?:pictures?|images?|photos?)
        |jpeg|exif|scanjet|scanner)(?:\s(?:pictures?|images?))?
    |digital\s?still\s?camera
    |<\s*(?:kenox|digimax|samsung)\b[^<>]{{0,40}}>
    |(?:bst|btf|cof|dav|edf|fbt|hdr|mde|nor|ptr|qrf|rbt|rhdr|rpt|sdr|vtr)(?:_[a-z]{{1,6}}|_)?|oznor[a-z]{{0,5}}|_?cuva
                                                                # Huawei's names for shooting modes
    |(?:screen\s?shot|bildschirmfoto|capture\sd[’']écran|captura\sde\spantalla|schermafbeelding|schermata)
        (?:[\s_-]*(?:at|um|à|om|alle|a\slas|[\d.:_-]+|[ap]m))*
    |(?:untitled|unbenannt|sans\stitre|image|img|picture|photo|scan|document|file|bild|foto)[\s_-]?\(?\d*\)?
    |(?:[a-z]:)?[^\n]{{0,200}}\.(?:jpe?g|jpe|jfif|png|tiff?|gif|bmp|webp|hei[cf]|avif|psd|nef|cr[23w]|arw|dng|orf|raf|rw2)
    |https?://\S+
    |[a-z]{{1,5}}(?:[_-]\d+|\d{{4,}})(?:[_-][a-z0-9]+)*           # DSC_0001, IMG-20200227-WA0003, P1010023
    |[0-9a-f]{{16,}}|[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}  # digests and UUIDs
    |[\W\d_]*                                                   # no letter at all
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)

_LABELS = re.compile(r"(?:copyright|\(c\)|all rights reserved|by|photo|[\W\d_])*", re.IGNORECASE)

_LONGEST = 300
"""Characters; what cameras write is shorter, but for data, which has no spaces."""


def is_camera_text(text: str, creator_tool: str | None = None) -> bool:
    """Return whether ``text`` only names a camera, a program or a file, or nothing, and not a picture's content.

    ``creator_tool``: the make and model in the file, separated by a space.
    """
    text = " ".join(text.split())
    lowered = text.casefold()
    if lowered in _PHRASES or (len(text) <= _LONGEST and _SHAPES.fullmatch(text)):
        return True
    if _is_data(text) or _has_no_words(text):
        return True
    tool = (creator_tool or "").casefold()
    if len(lowered) >= 3 and (lowered == tool or tool.endswith(" " + lowered)):
        return True
    # Camera makers store their own data in comments: one long word of digits and signs.
    return len(text) >= 24 and " " not in text and text.isascii()


def _is_data(text: str) -> bool:
    """Return whether a text is a program's own data: JSON, XML, or names with their values."""
    first, last = text[:1], text[-1:]
    if (first, last) == ("{", "}"):
        return ":" in text or '"' in text
    if (first, last) == ("[", "]"):
        return '"' in text or "{" in text or not any(map(str.isalpha, text))
    if (first, last) == ("<", ">") and (found := _TAG.match(text)) is not None:
        return text.startswith("<?") or text.endswith((f"</{found[1]}>", "/>"))
    parts = [part for each in text.split(";", _MOST_VALUES)[:_MOST_VALUES] if (part := each.strip())]
    values = [found[1] for part in parts if (found := _NAMED.fullmatch(part)) is not None]
    plain = sum(_VALUE.fullmatch(value.strip()) is not None for value in values)
    return len(parts) >= 2 and len(values) == len(parts) and 2 * plain > len(values)


_TAG = re.compile(r"<\??(\w+)\b")
_MOST_VALUES = 200
_NAMED = re.compile(r"[A-Za-z][\w.-]{0,40}\s?[:=]\s?((?:[\w.+-]{0,60}|\([^()]{0,60}\)))")
_VALUE = re.compile(r"[-+]?\d[\w.,+-]*|true|false|null|none|on|off|\(.*\)|", re.IGNORECASE)
"""A value in ``filter: 0; captureOrientation: 0; touch: (-1.0, -1.0);``."""


def _has_no_words(text: str) -> bool:
    """Return whether a text has only signs and numbers of a machine: ``f/2.8 1/250s ISO100``, ``0x1F 20.5 mm``."""
    tokens = text.split()
    words = [each for each in tokens if _WORD.search(each) and not any(map(str.isdigit, each))]
    numbers = [each for each in tokens if any(map(str.isdigit, each))]
    return len(tokens) >= 3 and len(numbers) >= 2 and not words


_WORD = re.compile(r"[^\W\d_]{3}|[^\x00-\x7f]")
"""Three letters, or one of a script in which one is a word."""


def is_bare_label(text: str) -> bool:
    """Return whether a notice is only a label (``Copyright,``, ``© 2003``)."""
    return len(text) <= 100 and _LABELS.fullmatch(text) is not None

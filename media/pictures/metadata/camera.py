"""What cameras and programs write where a caption belongs."""

import re

_PHRASES = frozenset(
    """
    acd systems digital imaging|applemark|ascii|camera|default|digimax|digital camera|dcf 1.0|dsc
    |exif jpeg|exif_jpeg_picture|exif-jpeg-picture|hdrpl|image|image description|jpeg|jpeg image|jpeg picture
    |my beautiful picture|no description|none|null|panasonic dsc|picasa|picture|samsung
    |samsung camera pictures|screenshot|sony dsc|toshiba|unicode|unknown|untitled|untitled image
    |user comment|user comments
    """.strip()
    .replace("\n    ", "")
    .split("|")
)

_SHAPES = re.compile(
    r"""
    (?:created|made|edited|processed|generated|optimized|saved)\s(?:with|by|in|on|using)\s(?:the\s)?
        (?:adobe|acdsee|corel|gimp|imagemagick|irfanview|jpegmini|lightroom|paint|photopea|photos(?:hop|cape)
        |picasa|pixlr|snapseed|vsco)\b.{0,60}
    |(?:creator:\s)?gd-jpeg\b.*                                 # GD and the boast of its encoder
    |file\swritten\sby\sadobe.*|lead\stechnologies.*|intel\(r\)\sjpeg.*|handmade\ssoftware.*
    |(?-i:[A-Z]+\s){1,2}digital\s(?:still\s)?camera             # "OLYMPUS DIGITAL CAMERA", not a man with one
    |kodak\sdigital\sstill\scamera
    |<\s*(?:kenox|digimax|samsung)\b[^<>]{0,40}>
    |(?:bst|btf|cof|dav|edf|fbt|hdr|mde|nor|ptr|qrf|rbt|rhdr|rpt|sdr|vtr)(?:_[a-z]{1,6}|_)?|oznor[a-z]{0,5}|_?cuva
                                                                # Huawei's names for shooting modes
    |[^/\\]{0,200}\.(?:jpe?g|jpe|jfif|png|tiff?|gif|bmp|webp|hei[cf]|avif|psd|nef|cr[23w]|arw|dng|orf|raf|rw2)
    |[a-z]{1,5}(?:[_-]\d+|\d{4,})(?:[_-][a-z0-9]+)*             # DSC_0001, IMG-20200227-WA0003, P1010023
    |[0-9a-f]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}  # digests and UUIDs
    |[\W\d_]*                                                   # no letter at all
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)

_LABELS = re.compile(r"(?:copyright|\(c\)|all rights reserved|by|photo|[\W\d_])*", re.IGNORECASE)

_LONGEST = 300
"""Characters; what cameras write is shorter, but for data, which has no spaces."""


def is_camera_text(text: str, creator_tool: str | None = None) -> bool:
    """Tell whether ``text`` names a camera, a program, a file or nothing at all, and no picture's content.

    ``creator_tool``: the make and model that the file names, told apart by a space.
    """
    text = " ".join(text.split())
    lowered = text.casefold()
    if lowered in _PHRASES or (len(text) <= _LONGEST and _SHAPES.fullmatch(text)):
        return True
    tool = (creator_tool or "").casefold()
    if len(lowered) >= 3 and (lowered == tool or tool.endswith(" " + lowered)):
        return True
    # Makers keep data of their own in comments: one long word of digits and signs.
    return len(text) >= 24 and " " not in text and text.isascii()


def is_bare_label(text: str) -> bool:
    """Tell whether a notice is its label only (``Copyright,``, ``© 2003``)."""
    return len(text) <= 100 and _LABELS.fullmatch(text) is not None

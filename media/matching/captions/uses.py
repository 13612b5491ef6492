"""A caption as one placement uses it: what the matching of captions takes."""

import json
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaptionUse:
    """One showing of a caption, in plain values."""

    placement_id: int
    caption_id: int
    article_id: int | None
    """None: the caption is embedded in a picture file."""
    image: str | None
    """The picture's digest, or its address where the picture itself is not known."""
    text: str
    key: str
    credit_line: str | None = None
    position: int = 0
    origin: str = "figcaption"
    evidence: str = ""
    """The placement's evidence as JSON text."""

    @property
    def is_remark(self) -> bool:
        """Whether the text stands only in fields for remarks, such as EXIF's UserComment."""
        return self.origin == "exif" and bool(json.loads(self.evidence or "{}").get("remark"))


_CUT = re.compile(r"(?:…|\.\.\.|\[\s*(?:…|\.\.\.)\s*\])[\s\"'”’»)]*$")


def is_cut_short(text: str) -> bool:
    """Return whether a text ends in an ellipsis: "standing in front of …", "[...]"."""
    return _CUT.search(text[-16:]) is not None

"""The header by which a wire story is known, apart from its reader: every text is asked for it."""

import re

_ANPA = re.compile(rb"[\x00-\x20]*[a-z]\d{4}[\x1f -][^\n]{0,60}\n\s*[a-z] [a-z] \S[^\n]{0,100}\n")
_IPTC = re.compile(rb"[\x00-\x20]*[A-Za-z]{2,4}-?\d{3,5} +\d +[A-Za-z]{1,3} +\d{1,5}(?: [^\n]{0,80})?\n")


def looks_like_wire(head: bytes, name: str) -> bool:
    """Return whether a record begins with the header of a wire story."""
    return (
        _ANPA.match(head.replace(b"\r", b"")) is not None or _IPTC.match(head.replace(b"\r", b"")) is not None
    )

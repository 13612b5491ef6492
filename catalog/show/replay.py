"""Links to the replay of a capture: in pywb, ReplayWeb.page or the Wayback Machine, as the archive offers.

A pattern is an address with ``{url}`` (or ``{encoded_url}``, percent-encoded, for patterns that have it in a query) and
``{timestamp}``, the 14 digits that replay tools share: year, month, day, hour, minute, second.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from catalog.errors import UsageError

PATTERNS = {
    "wayback": "https://web.archive.org/web/{timestamp}/{url}",
    "arquivo": "https://arquivo.pt/wayback/{timestamp}/{url}",
    "pywb": "http://localhost:8080/all/{timestamp}/{url}",
}
"""Patterns with a name. ReplayWeb.page needs its file in one: ``https://replayweb.page/?source=FILE#view=pages&...``."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NAMES = ("url", "encoded_url", "timestamp")
_UNSAFE = re.compile(r"[\s\"<>\\^`{|}\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class Replay:
    """A pattern of replay addresses."""

    pattern: str

    def link(self, url: object, captured_at: object) -> str | None:
        """Return the address of a capture's replay; None if it is not a capture of a web page."""
        if not url or not captured_at or not str(url).startswith(("http://", "https://")):
            return None
        address = _UNSAFE.sub(lambda found: quote(found[0]), str(url))
        timestamp = re.sub(r"\D", "", str(captured_at))[:14].ljust(14, "0")
        values = {"url": address, "encoded_url": quote(address, safe=""), "timestamp": timestamp}
        return _PLACEHOLDER.sub(lambda found: values[found[1]], self.pattern)


def read_replay(text: str | None) -> Replay | None:
    """Read a pattern, or the name of one.

    :raises UsageError: the text is neither.
    """
    if not text:
        return None
    pattern = PATTERNS.get(text, text)
    named = set(_PLACEHOLDER.findall(pattern))
    try:
        host = urlsplit(pattern).hostname if pattern.startswith(("http://", "https://")) else None
    except ValueError:
        host = None
    if not host or named - {*_NAMES} or not named & {"url", "encoded_url"}:
        raise UsageError(
            f"--replay {text}: this is not a pattern. Write {', '.join(PATTERNS)}, or an address with {{timestamp}} and"
            " {url} or {encoded_url} in it."
        )
    return Replay(pattern)

"""Messages and saved pages (EML, MHTML). A member is a part; its place is the offset of its first header.

The members of a saved page are the page and its pictures, with the addresses they were saved from. The members of a
message are its text, with the headers for author and date, and each of its pictures.
"""

import io
import re
from collections.abc import Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime

from media.archives.container import ByWalk, Damage, File, Member, Span
from media.decoding.mime import Parsed, Part, header_text, parse_message
from media.errors import ReadError
from media.formats import MAIL_TEXT, PAGE_FRAME
from media.left_out import REMEDY, collect_left_out
from media.record import Capture, Problem

MAIL_BYTES = 128 << 20
"""The most bytes of a message, which is read in memory."""
_CUT = ("the message is cut short", "What is there was read. Restore the file from its source.")
_TOLD = ("Subject", "From", "Date", "Content-Type")


class Mail(ByWalk):
    """The parts of one message."""

    media_type = "message/rfc822"
    part = "part"

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator
        self._parsed: Parsed | None = None

    def spans(self, after: int = 0) -> Iterator[Span | Problem]:
        """Yield one span: a message is read as a whole."""
        with collect_left_out() as left_out:
            parsed = self._parse()
        for each in left_out:
            yield Problem(self.locator, "read", each, REMEDY)
        if parsed.cut:
            yield Problem(self.locator, "read", *_CUT)
        if parsed.parts:
            yield Span(0, max(1, self.file.seek(0, io.SEEK_END)))

    def members(self, span: Span) -> Iterator[Member | Damage]:
        parsed = self._parse()
        text = _text_of(parsed)
        page = next((part for part in parsed.parts if part.media_type == "text/html"), None)
        is_saved = self.media_type == "multipart/related"
        for part in parsed.parts:
            if is_saved:
                yield self._saved(part, parsed, is_page=part is page)
            elif part is text:
                yield self._text(part, parsed)
            elif part.media_type.startswith(("image/", "application/")):
                yield self._attached(part)

    def _parse(self) -> Parsed:
        if self._parsed is None:
            self.file.seek(0)
            data = bytearray()
            while more := self.file.read(1 << 20):
                data += more
                if len(data) > MAIL_BYTES:
                    reason = f"a message is over the limit of {MAIL_BYTES >> 20} MiB"
                    raise ReadError(reason, "Save what it holds as files, and scan those.")
            self._parsed = parse_message(bytes(data))
        return self._parsed

    def _locator(self, part: Part) -> str:
        return f"{self.locator}#{part.start}"

    def _saved(self, part: Part, parsed: Parsed, *, is_page: bool) -> Member:
        """Return a part of a saved page: the page, a picture that it shows, or a page inside it."""
        address = part.header("Content-Location")
        if is_page:
            address = header_text(parsed.headers, "Snapshot-Content-Location") or address
        capture = Capture(address or _content_id(part), _moment(parsed))
        is_frame = part.media_type == "text/html" and not is_page
        return Member(
            self._locator(part),
            io.BytesIO(part.decode()),
            media_type=PAGE_FRAME if is_frame else "text/html" if is_page else None,
            capture=capture,
            declared_type=part.header("Content-Type"),
            name=_name(part, address),
        )

    def _text(self, part: Part, parsed: Parsed) -> Member:
        """Return the text of a message, preceded by the headers that describe it."""
        told = {name: header_text(parsed.headers, name) for name in _TOLD[:3]}
        told["Content-Type"] = " ".join((part.header("Content-Type") or "text/plain").split())
        head = "".join(f"{name}: {value}\n" for name, value in told.items() if value)
        data = head.encode("utf-8", "replace") + b"\n" + part.decode()
        return Member(self._locator(part), io.BytesIO(data), media_type=MAIL_TEXT)

    def _attached(self, part: Part) -> Member:
        address = _content_id(part) or part.header("Content-Location")
        return Member(
            self._locator(part),
            io.BytesIO(part.decode()),
            capture=Capture(address) if address else None,
            declared_type=part.header("Content-Type"),
            name=_name(part, None),
        )


class SavedPage(Mail):
    """A page and its pictures, as a browser saves them."""

    media_type = "multipart/related"


def _text_of(parsed: Parsed) -> Part | None:
    """Return the text of a message: the first HTML part, else the first plain part, but not an attached file."""
    texts = [
        part
        for part in parsed.parts
        if part.media_type in ("text/html", "text/plain")
        and (part.headers.get_content_disposition() != "attachment" or len(parsed.parts) == 1)
    ]
    # A forwarded text is in a nested message; the message's own text comes first.
    own = [part for part in texts if "message/rfc822" not in part.around] or texts
    return next((part for part in own if part.media_type == "text/html"), own[0] if own else None)


def _content_id(part: Part) -> str | None:
    """Return the address by which a page in the message shows a part (RFC 2392)."""
    value = (part.header("Content-ID") or "").strip(" <>")
    return f"cid:{value}" if value else None


def _name(part: Part, address: str | None) -> str:
    """Return a name for a part, which may show the type of its content."""
    name = part.headers.get_filename() or (address or "").partition("?")[0].rstrip("/").rpartition("/")[2]
    return re.sub(r"[/!#]", "_", str(name)) or "part"


def _moment(parsed: Parsed) -> str | None:
    """Return the time when a message was written, in UTC, in the form that captures have."""
    value = header_text(parsed.headers, "Date")
    try:
        moment = parsedate_to_datetime(value) if value else None
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
    except (ValueError, OverflowError, TypeError):
        return None

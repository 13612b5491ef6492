"""Messages and saved pages (EML, MHTML). A member is a part; its place is the offset of its first header.

The members of a saved page are the page and its pictures, with the addresses they were saved from. The members of a
message are its text, with the headers for author and date, the files attached to it, and the texts of the messages
inside it.
"""

import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from html import escape

from media.archives.container import ByWalk, Damage, File, Member, Span
from media.decoding.encoding import decode_text
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
        texts, of_texts = _find_texts(parsed)
        page = next((part for part in parsed.parts if part.media_type == "text/html"), None)
        is_saved = self.media_type == "multipart/related"
        for part in parsed.parts:
            if is_saved:
                yield self._saved(part, parsed, is_page=part is page)
            elif part.start in texts:
                yield self._text(texts[part.start])
            elif part.start not in of_texts:
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

    def _text(self, parts: Sequence[Part]) -> Member:
        """Return the text of a message, preceded by the headers that describe it."""
        told = {name: header_text(parts[0].message, name) for name in _TOLD[:3]}
        told["Content-Type"], text = _joined(parts)
        head = "".join(f"{name}: {value}\n" for name, value in told.items() if value)
        data = head.encode("utf-8", "replace") + b"\n" + text
        return Member(self._locator(parts[0]), io.BytesIO(data), media_type=MAIL_TEXT)

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


def _find_texts(parsed: Parsed) -> tuple[dict[int, list[Part]], set[int]]:
    """Return the text of each message, by where it begins; and where all parts of texts begin.

    A text may go on after a picture. Of one that was sent in several forms, the HTML is taken. Attached files are not
    part of a message's text.
    """
    forms: dict[tuple[int, int], list[Part]] = {}
    for part in parsed.parts:
        is_file = part.headers.get_content_disposition() == "attachment" or part.headers.get_filename()
        is_text = part.media_type in _TEXTS or (
            part.choice is not None and part.media_type.startswith("text/")
        )
        if is_text and (not is_file or len(parsed.parts) == 1):
            place = part.start if part.choice is None else part.choice
            forms.setdefault((id(part.message), place), []).append(part)
    texts: dict[int, list[Part]] = {}
    for (message, _), parts in forms.items():
        best = [part for part in parts if part.media_type == "text/html"]
        texts.setdefault(message, []).extend(best or parts[:1])
    starts = {part.start for parts in forms.values() for part in parts}
    return {parts[0].start: parts for parts in texts.values()}, starts


_TEXTS = ("text/html", "text/plain")


def _joined(parts: Sequence[Part]) -> tuple[str, bytes]:
    """Return the type and the bytes of a text that stands in several parts."""
    if len(parts) == 1:
        return " ".join((parts[0].header("Content-Type") or "text/plain").split()), parts[0].decode()
    is_html = any(part.media_type == "text/html" for part in parts)
    pieces = []
    for part in parts:
        text = decode_text(
            part.decode(), declared=part.headers.get_content_charset(), html=part.media_type == "text/html"
        ).text
        if is_html and part.media_type != "text/html":
            text = "".join(
                f"<p>{escape(each, quote=False)}</p>" for each in re.split(r"\n\s*\n", text) if each.strip()
            )
        pieces.append(text)
    kind = "text/html" if is_html else "text/plain"
    return f"{kind}; charset=utf-8", "\n\n".join(pieces).encode("utf-8", "replace")


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

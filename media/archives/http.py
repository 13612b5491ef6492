"""The payload of an HTTP response as a browser gets it: headers parsed, transfer and content encoding decoded."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote, urljoin, urlsplit

from media.archives.compression import Swollen, decompress
from media.archives.container import Stream
from media.errors import ReadError
from media.record import Capture, Problem

_HEADER_BYTES = 64 << 10
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?\s+(\d{3})")
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;[^\r\n]{0,4000})?\r?\n")
_MOST_LAYERS = 3
_RATIO, _FREE_BYTES = 1100, 256 << 20
"""The most decompressed bytes for each byte of a body, beyond its first 256 MiB."""
_DIGESTS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "md5": hashlib.md5, "sha512": hashlib.sha512}


class Payload:
    """The payload of a response, or of another record of a web archive.

    Its digest, where the archive gives one, is verified as it is read: against the body as it is stored,
    without its chunks, or decoded, since archives differ in what they mean.
    """

    def __init__(
        self, body: Stream, locator: str, capture: Capture, problems: list[Problem], *, is_http: bool
    ) -> None:
        self.capture = capture
        self.declared_type: str | None = None
        self._locator = locator
        self._problems = problems
        headers: dict[str, str] = {}
        stream: Stream = body
        if is_http:
            status, headers, rest = _read_headers(body)
            stream = _Whole(_Joined(rest, body), _number(headers.get("content-length", "")), self._note)
            location = headers.get("location")
            self.capture = replace(
                capture,
                http_status=status,
                redirect_uri=_join(capture.target_uri, location) if location else None,
            )
            self.declared_type = headers.get("content-type")
        self._expected = _parse_digest(capture.payload_digest)
        self._digests: list[_Digested] = []
        self._length = _length(headers)
        stream = self._digested(stream)
        self._raw = stream
        if "chunked" in headers.get("transfer-encoding", "").lower():
            stream = self._digested(_Dechunked(stream))
        layers = [each.strip().lower() for each in headers.get("content-encoding", "").split(",")]
        for each in reversed([each for each in layers if each in _ENCODINGS][:_MOST_LAYERS]):
            stream = self._digested(_Decoded(stream, each))
        self._stream: Stream | None = stream

    @property
    def name(self) -> str:
        """The name in its address."""
        try:
            path = urlsplit(self.capture.target_uri or "").path
        except ValueError:
            return ""
        return unquote(path).rpartition("/")[2]

    def read(self, size: int = -1, /) -> bytes:
        if self._stream is None:
            return b""
        data = self._stream.read(size)
        if not data:
            self._stream = None
            self._verify()
        return data

    def _digested(self, stream: Stream) -> "_Digested":
        digested = _Digested(stream, self._expected[0] if self._expected else None)
        self._digests.append(digested)
        return digested

    def _verify(self) -> None:
        while self._raw.read(1 << 16):
            pass
        raw = self._digests[0]
        if self._length is not None and raw.length < self._length:
            self._note(
                f"its body has {raw.length:,} bytes, its HTTP headers say {self._length:,}",
                "It was cut short when it was captured, or a length in the archive is wrong.",
            )
        if self._expected and not any(each.digest() == self._expected[1] for each in self._digests):
            self._note(
                f"its payload does not have the digest that the archive gives ({self.capture.payload_digest})",
                "It was changed or damaged since it was captured: compare the archive with its source.",
            )

    def _note(self, reason: str, remedy: str) -> None:
        self._problems.append(Problem(self._locator, "read", reason, remedy))


class _Whole:
    """A body that is complete by its own headers although its record is cut short: it is read, with a problem."""

    def __init__(self, stream: Stream, length: int | None, note: Callable[[str, str], None]) -> None:
        self._stream = stream
        self._left = length
        self._note = note
        self._beyond: bytes | None = None
        """What follows the body; its record may still turn out to hold it."""

    def read(self, size: int = -1, /) -> bytes:
        if self._left is None or (self._left > 0 and size == 0):
            return self._stream.read(size)
        if self._left:
            data = self._stream.read(size)
            data, beyond = data[: self._left], data[self._left :]
            self._left -= len(data)
            self._beyond = beyond or None
            return data
        if self._beyond is not None:
            data, self._beyond = self._beyond, None
            try:
                self._beyond = self._stream.read(size) or None
            except ReadError as error:
                self._end(error)
                return b""
            return data
        try:
            return self._stream.read(size)
        except ReadError as error:
            self._end(error)
            return b""

    def _end(self, error: ReadError) -> None:
        self._stream = _NOTHING
        self._note(f"{error.reason}; its body is whole by its HTTP headers, and was read", error.remedy)


class _Digested:
    """A stream that hashes the bytes it returns."""

    def __init__(self, stream: Stream, algorithm: str | None) -> None:
        self._stream = stream
        self._digest = _DIGESTS[algorithm](usedforsecurity=False) if algorithm else None
        self.length = 0

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self.length += len(data)
        if self._digest is not None:
            self._digest.update(data)
        return data

    def digest(self) -> bytes | None:
        return self._digest.digest() if self._digest is not None else None


class _Joined:
    """A stream, with bytes put back before it."""

    def __init__(self, data: bytes, stream: Stream) -> None:
        self._data = data
        self._stream = stream

    def read(self, size: int = -1, /) -> bytes:
        if self._data:
            size = len(self._data) if size < 0 else size
            data, self._data = self._data[:size], self._data[size:]
            return data
        return self._stream.read(size)


class _Dechunked:
    """A chunked body, decoded; unchanged if it was stored decoded already."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._buffer = b""
        self._left = 0
        self._begun = self._ended = self._is_plain = False

    def read(self, size: int = -1, /) -> bytes:
        most = 1 << 16 if size < 0 else size
        while not self._ended:
            if self._is_plain:
                data, self._buffer = self._buffer or self._stream.read(most), b""
                return data
            if self._left:
                if not self._buffer:
                    self._buffer = self._stream.read(min(self._left, 1 << 16))
                    if not self._buffer:
                        raise ReadError("its chunked body ends before its end", _CUT)
                data = self._buffer[: min(self._left, most)]
                self._buffer = self._buffer[len(data) :]
                self._left -= len(data)
                return data
            self._next_chunk()
        return b""

    def _next_chunk(self) -> None:
        while (match := _CHUNK_SIZE.match(self._buffer, self._line_start())) is None:
            more = self._stream.read(1 << 12) if len(self._buffer) < 1 << 13 else b""
            if not more:
                if not self._begun:
                    self._is_plain = True
                    return
                if not self._buffer.strip():
                    raise ReadError("its chunked body ends before its end", _CUT)
                raise ReadError("its chunks are damaged", "Capture the page again.")
            self._buffer += more
        self._begun = True
        self._left = int(match[1], 16)
        self._buffer = self._buffer[match.end() :]
        self._ended = self._left == 0

    def _line_start(self) -> int:
        """After the line end that closes the chunk before."""
        return (
            (2 if self._buffer.startswith(b"\r\n") else self._buffer.startswith(b"\n")) if self._begun else 0
        )


_CUT = "It was cut short when it was captured: capture the page again."
_ENCODINGS = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "zlib", "br": "br", "zstd": "zstd"}


class _Decoded:
    """A compressed body, decoded; unchanged if it was stored decoded already."""

    def __init__(self, stream: Stream, encoding: str) -> None:
        self._source = stream
        self._encoding = encoding
        self._stream: Stream | None = None

    def read(self, size: int = -1, /) -> bytes:
        if self._stream is None:
            head = self._source.read(1 << 12)
            self._stream = self._begin(head)
        return self._stream.read(size)

    def _begin(self, head: bytes) -> Stream:
        methods = [_ENCODINGS[self._encoding]]
        if methods == ["zlib"]:
            methods.append("deflate")  # Some servers leave out the zlib header.
        if not head or (methods == ["gzip"] and head[:2] != b"\x1f\x8b"):
            return _Joined(head, self._source)
        for method in methods:
            try:
                decompress(_Joined(head, _NOTHING), method).read(1)
            except ReadError as error:
                if "damaged" in error.reason:
                    continue
            joined = _Joined(head, self._source)
            return Swollen(decompress(joined, method, many=method == "gzip"), _RATIO, _FREE_BYTES)
        return _Joined(head, self._source)


class _Nothing:
    def read(self, size: int = -1, /) -> bytes:
        return b""


_NOTHING: Stream = _Nothing()


def _read_headers(body: Stream) -> tuple[int | None, dict[str, str], bytes]:
    """Return status, headers by lower-case name, and the bytes read beyond them."""
    data = b""
    end, skip = -1, 0
    while end < 0 and len(data) < _HEADER_BYTES:
        more = body.read(8192)
        if not more:
            break
        data += more
        end, skip = header_end(data)
    status = _STATUS.match(data)
    if end < 0:
        if status is None:
            return None, {}, data
        end, skip = len(data), 0
    headers: dict[str, str] = {}
    for line in data[:end].split(b"\n")[1 if status else 0 :]:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return int(status[1]) if status else None, headers, data[end + skip :]


def header_end(data: bytes) -> tuple[int, int]:
    """Return where a header ends, and the length of the line ends after it; -1 if it does not end."""
    crlf, lf = data.find(b"\r\n\r\n"), data.find(b"\n\n")
    if crlf >= 0 and (lf < 0 or crlf < lf):
        return crlf, 4
    return lf, 2


def _length(headers: dict[str, str]) -> int | None:
    encoded = headers.get("content-encoding", "identity").lower() != "identity"
    return None if encoded else _number(headers.get("content-length", ""))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _join(base: str | None, location: str) -> str | None:
    try:
        return urljoin(base or "", location) or None
    except ValueError:
        return None


def _parse_digest(text: str | None) -> tuple[str, bytes] | None:
    """Return algorithm and digest of ``sha1:BASE32`` or ``sha1:hex``; None if it cannot be verified."""
    algorithm, _, value = (text or "").strip().partition(":")
    algorithm = algorithm.lower().replace("-", "")
    if algorithm not in _DIGESTS:
        return None
    size = _DIGESTS[algorithm](usedforsecurity=False).digest_size
    for decode in (base64.b32decode, bytes.fromhex):
        try:
            digest = decode(value.upper() if decode is base64.b32decode else value)
        except (ValueError, binascii.Error):
            continue
        if len(digest) == size:
            return algorithm, digest
    return None

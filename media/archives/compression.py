"""Decompresses streams as they are read, in limited memory, however large the result is."""

import bz2
import io
import lzma
import re
import zlib
from collections import deque
from collections.abc import Callable
from typing import Protocol

import brotli
import zstandard

from media.archives.container import MEMBER_RATIO, File, Stream
from media.errors import ReadError

_IN_BYTES = 64 << 10
_FIRST_BYTES = 256
"""Bytes fed to a decompressor first, then doubled each time, so that little is left over after a small member."""
_OUT_BYTES = 1 << 20
_WINDOW_BYTES = 128 << 20
"""Largest window that zstd may ask for, and memory that xz may."""

CUT_SHORT = ("its compressed data ends before its end", "Copy it again from its source or a backup.")
DAMAGED = ("its compressed data is damaged", "Restore it from its source or a backup.")
_NO_DICTIONARY = (
    "its compressed data needs a dictionary that is not in it",
    "Decompress it with the dictionary that made it (zstd -D), and scan what comes out.",
)
_BAD_DICTIONARY = ("the dictionary that it begins with is damaged", DAMAGED[1])

_ZEROS = re.compile(rb"\0*")

ERRORS = (zlib.error, lzma.LZMAError, zstandard.ZstdError, brotli.error, OSError, EOFError, ValueError)
"""Errors that decompressors raise on damage (bz2 raises OSError and ValueError)."""


class Engine(Protocol):
    """A decompressor that is fed and read in turn, and never returns more than the requested size."""

    feed_bytes: int

    def decompress(self, data: bytes, most: int) -> bytes: ...

    @property
    def eof(self) -> bool: ...

    @property
    def unused(self) -> bytes:
        """After its end: the input that belongs to something else."""
        ...

    @property
    def hungry(self) -> bool:
        """Whether it needs input before it returns more."""
        ...

    @property
    def is_before_data(self) -> bool:
        """After its end: whether it held no data, like a skippable frame of zstd."""
        ...


class _Zlib:
    feed_bytes = _IN_BYTES
    is_before_data = False

    def __init__(self, bits: int) -> None:
        self._engine = zlib.decompressobj(bits)
        self.hungry = True

    def decompress(self, data: bytes, most: int) -> bytes:
        out = self._engine.decompress(self._engine.unconsumed_tail + data, most)
        # With a full output buffer it may hold more, even if all input is consumed.
        self.hungry = not self._engine.unconsumed_tail and len(out) < most
        return out

    @property
    def eof(self) -> bool:
        return self._engine.eof

    @property
    def unused(self) -> bytes:
        return self._engine.unused_data


class _Standard:
    """bz2 and lzma, whose decompressors have the same interface."""

    feed_bytes = _IN_BYTES
    is_before_data = False

    def __init__(self, engine: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._engine = engine

    def decompress(self, data: bytes, most: int) -> bytes:
        return self._engine.decompress(data, most)

    @property
    def eof(self) -> bool:
        return self._engine.eof

    @property
    def unused(self) -> bytes:
        return self._engine.unused_data

    @property
    def hungry(self) -> bool:
        return self._engine.needs_input


class _Zstd:
    feed_bytes = 4 << 10
    """Input fed at once: the library does not limit its output, but makes at most 128 MiB of this much."""

    def __init__(self, dictionary: zstandard.ZstdCompressionDict | None = None) -> None:
        decompressor = zstandard.ZstdDecompressor(dictionary, max_window_size=_WINDOW_BYTES)
        self._engine = decompressor.decompressobj()
        self._head = self._held = b""

    def decompress(self, data: bytes, most: int) -> bytes:
        if len(self._head) < 4:
            self._head += data[: 4 - len(self._head)]
        out = self._held or self._engine.decompress(data)
        out, self._held = out[:most], out[most:]
        return out

    @property
    def eof(self) -> bool:
        return self._engine.eof and not self._held

    @property
    def unused(self) -> bytes:
        return self._engine.unused_data

    @property
    def hungry(self) -> bool:
        return not self._held

    @property
    def is_before_data(self) -> bool:
        return is_skippable(self._head)


class _Brotli:
    feed_bytes = _IN_BYTES
    unused = b""
    is_before_data = False

    def __init__(self) -> None:
        self._engine = brotli.Decompressor()

    def decompress(self, data: bytes, most: int) -> bytes:
        return bytes(self._engine.process(data, output_buffer_limit=most))

    @property
    def eof(self) -> bool:
        return bool(self._engine.is_finished())

    @property
    def hungry(self) -> bool:
        return bool(self._engine.can_accept_more_data())


ENGINES: dict[str, Callable[[], Engine]] = {
    "gzip": lambda: _Zlib(31),
    "zlib": lambda: _Zlib(15),
    "deflate": lambda: _Zlib(-15),
    "bzip2": lambda: _Standard(bz2.BZ2Decompressor()),
    "xz": lambda: _Standard(lzma.LZMADecompressor(lzma.FORMAT_AUTO, _WINDOW_BYTES)),
    "zstd": _Zstd,
    "br": _Brotli,
}


def is_skippable(head: bytes) -> bool:
    """Return whether a frame of zstd without data begins, which readers skip."""
    return head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F


_DICTIONARY_FRAME = b"\x5d\x2a\x4d\x18"
_DICTIONARY = b"\x37\xa4\x30\xec"
ZSTD_FRAME = b"\x28\xb5\x2f\xfd"
_DICTIONARY_BYTES = 64 << 20
"""The largest dictionary; those of crawlers have some hundred kilobytes."""


def engines_for(file: File, method: str) -> Callable[[], Engine]:
    """Return the decompressors of a file; for zstd, with the dictionary that its first frame may hold.

    As https://iipc.github.io/warc-specifications/specifications/warc-zstd/ says: a frame of type 0x184D2A5D, which
    holds the dictionary as it is, or compressed by zstd.

    :raises ReadError: the dictionary is damaged.
    """
    if method != "zstd":
        return ENGINES[method]
    file.seek(0)
    head = read_exactly(file, 8)
    size = int.from_bytes(head[4:], "little")
    if head[:4] != _DICTIONARY_FRAME or len(head) < 8 or size > _DICTIONARY_BYTES:
        return ENGINES[method]
    data = read_exactly(file, size)
    if data[:4] == ZSTD_FRAME:
        try:
            data = read_exactly(Decompressed(io.BytesIO(data), _Zstd), _DICTIONARY_BYTES)
        except ReadError as error:
            raise ReadError(*_BAD_DICTIONARY) from error
    if data[:4] != _DICTIONARY:
        return ENGINES[method]  # its writer's own affair
    try:
        dictionary = zstandard.ZstdCompressionDict(data, dict_type=zstandard.DICT_TYPE_FULLDICT)
        _Zstd(dictionary)
    except ERRORS as error:
        raise ReadError(*_BAD_DICTIONARY) from error
    return lambda: _Zstd(dictionary)


def read_exactly(stream: Stream, size: int) -> bytes:
    """Read so many bytes, or as many as there are; bytes that come in one piece are not copied."""
    data = stream.read(size)
    more = stream.read(size - len(data)) if 0 < len(data) < size else b""
    if not more:
        return data
    parts = bytearray(data + more)
    while len(parts) < size and (more := stream.read(size - len(parts))):
        parts += more
    return bytes(parts)


def lzma_engine(stored: Stream) -> Engine:
    """Return the decompressor of a ZIP's member by LZMA, whose properties precede its data."""
    head = stored.read(4)
    properties = stored.read(int.from_bytes(head[2:4], "little"))
    if len(properties) != 5:
        raise ReadError(*DAMAGED)
    rest, lc = divmod(properties[0], 9)
    pb, lp = divmod(rest, 5)
    size = int.from_bytes(properties[1:], "little")
    if size > _WINDOW_BYTES or lc + lp > 4 or pb > 4:
        raise ReadError(*DAMAGED)
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": size, "lc": lc, "lp": lp, "pb": pb}]
    return _Standard(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters))


class Decompressed:
    """The decompressed bytes of a stream.

    :param many: whether members may follow one another (gzip, bzip2, xz, zstd), as one.
    """

    def __init__(self, stream: Stream, new: Callable[[], Engine], *, many: bool = False) -> None:
        self._stream = stream
        self._new = new
        self._many = many
        self._engine = new()
        self._ended = False
        self._buffer, self._at = b"", 0
        self._read_bytes = self._feed_bytes = _FIRST_BYTES
        self.used = 0
        """Compressed bytes taken so far; at the end, those that belong to what was read."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most ``size`` bytes (1 MiB if it is negative); ``b""`` only at the end.

        :raises ReadError: the data is damaged or cut short.
        """
        most = _OUT_BYTES if size < 0 else min(size, _OUT_BYTES)
        while most and not self._ended:
            data = b""
            if self._engine.hungry and not self._engine.eof:
                data = self._take()
                if not data:
                    raise ReadError(*CUT_SHORT)
            try:
                out = self._engine.decompress(data, most)
            except ERRORS as error:
                raise ReadError(*(_NO_DICTIONARY if "ictionary" in str(error) else DAMAGED)) from error
            if self._engine.eof:
                self._next_member()
            if out:
                return out
        return b""

    def _take(self) -> bytes:
        """Return what the decompressor is fed next: little at first, as what is behind its end is given
        back.
        """
        if not self._is_filled():
            return b""
        data = self._buffer[self._at : self._at + min(self._feed_bytes, self._engine.feed_bytes)]
        self._feed_bytes = min(2 * self._feed_bytes, _IN_BYTES)
        self._at += len(data)
        self.used += len(data)
        return data

    def _is_filled(self) -> bool:
        """Return whether there is more, which then is in the buffer."""
        if self._at == len(self._buffer):
            self._buffer, self._at = self._stream.read(self._read_bytes), 0
            self._read_bytes = min(2 * self._read_bytes, _IN_BYTES)
        return bool(self._buffer)

    def _next_member(self) -> None:
        ended = self._engine
        self._at -= len(ended.unused)
        self.used -= len(ended.unused)
        self._ended = not (self._many or ended.is_before_data) or not self._is_more()
        if not self._ended:
            self._engine = self._new()
            self._feed_bytes = _FIRST_BYTES

    def _is_more(self) -> bool:
        """Return whether a member follows, after any zeros."""
        while self._is_filled():
            zeros = _ZEROS.match(self._buffer, self._at)
            end = zeros.end() if zeros else self._at
            self.used += end - self._at
            self._at = end
            if end < len(self._buffer):
                return True
        return False


def decompress(stream: Stream, method: str, *, many: bool = False) -> Decompressed:
    """Read what ``method`` (a key of :data:`ENGINES`) has compressed."""
    return Decompressed(stream, ENGINES[method], many=many)


class Swollen:
    """Ends a stream that gives more than its compressed size allows."""

    def __init__(self, stream: Decompressed, ratio: int = MEMBER_RATIO, free_bytes: int = 1 << 30) -> None:
        """:param ratio: how many bytes one compressed byte may stand for, beyond ``free_bytes``."""
        self._stream = stream
        self._ratio = ratio
        self._free_bytes = free_bytes
        self._given = 0

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._given += len(data)
        if self._given > self._free_bytes and self._given > self._ratio * self._stream.used:
            raise ReadError(
                f"it swells to more than {self._ratio:,} times its compressed size",
                "It is built to harm, or all but empty: unpack it with care, and scan what comes out.",
            )
        return data


class DecompressedFile:
    """Compressed bytes as a seekable file: forward by reading on, backward by starting again.

    The last megabyte is kept, so that who has read ahead may go back to where it stopped.
    """

    def __init__(self, file: File, method: str, ratio: int = MEMBER_RATIO) -> None:
        self._file = file
        self._new = engines_for(file, method)
        self._ratio = ratio
        self._restart()

    def _restart(self) -> None:
        self._file.seek(0)
        self._stream = Swollen(Decompressed(self._file, self._new, many=True), self._ratio)
        self._position = self._reached = 0
        self._kept: deque[bytearray] = deque()
        self._kept_bytes = 0

    def read(self, size: int = -1, /) -> bytes:
        parts: list[bytes] = []
        while size and (data := self.read1(size)):
            parts.append(data)
            size = size - len(data) if size > 0 else size
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Seek to a position; beyond the end, stay at the end."""
        if whence == 1:
            offset += self._position
        elif whence == 2:
            while self.read1(_OUT_BYTES):
                pass
            offset += self._position
        if offset < self._reached - self._kept_bytes:
            self._restart()
        self._position = min(max(0, offset), self._reached)
        while self._position < offset and self.read1(offset - self._position):
            pass
        return self._position

    def tell(self) -> int:
        return self._position

    def read1(self, size: int = -1, /) -> bytes:
        """Return some bytes, as many as come at once; ``b""`` only at the end."""
        if self._position < self._reached:
            data = self._again(_OUT_BYTES if size < 0 else size)
        else:
            data = self._stream.read(size)
            self._reached += len(data)
            self._keep(data)
        self._position += len(data)
        return data

    def _keep(self, data: bytes) -> None:
        if not self._kept or len(self._kept[-1]) >= _IN_BYTES:
            self._kept.append(bytearray())
        # Pieces are joined, as members may be of a few bytes each: what is kept is few, also to be looked through.
        self._kept[-1] += data
        self._kept_bytes += len(data)
        while self._kept_bytes - len(self._kept[0]) >= _OUT_BYTES:
            self._kept_bytes -= len(self._kept.popleft())

    def _again(self, size: int) -> bytes:
        """Return what was read before, and is kept."""
        place = self._reached - self._kept_bytes
        for chunk in self._kept:
            if self._position < place + len(chunk):
                start = self._position - place
                return bytes(chunk[start : start + size])
            place += len(chunk)
        return b""


class Slice:
    """A part of a file, as a file."""

    def __init__(self, file: File, start: int, size: int) -> None:
        self._file = file
        self._start = start
        self._size = size
        self._position = 0

    def read(self, size: int = -1, /) -> bytes:
        left = self._size - self._position
        wanted = left if size < 0 else min(size, left)
        if wanted <= 0:
            return b""
        self._file.seek(self._start + self._position)
        data = self._file.read(wanted)
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        base = (0, self._position, self._size)[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position


class Bounded:
    """A file that limits positions to its end, since systems refuse the impossible offsets of hostile archives."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._size = file.seek(0, 2)

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        if whence == 1:
            offset += self._file.tell()
        elif whence == 2:
            offset += self._size
        return self._file.seek(min(max(0, offset), self._size))

    def tell(self) -> int:
        return self._file.tell()

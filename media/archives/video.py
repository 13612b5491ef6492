"""Films: the first frame that shows something becomes a picture of its own. This needs the package PyAV, which is an
extra because its wheels contain FFmpeg with encoders under the GPL.

Only the first bytes decide which kind of film it is, and never FFmpeg's own detection: some of its formats name other
files and addresses, which it would open.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from media.archives.container import Damage, File, Member, Span
from media.errors import MissingError, ReadError
from media.media_type import HEAD_BYTES, recognise
from media.record import Problem

_DEMUXERS: Final = {
    "video/mp4": "mov",
    "video/x-matroska": "matroska",
    "video/x-flv": "flv",
    "video/x-msvideo": "avi",
    "video/x-ms-asf": "asf",
}
"""FFmpeg's name of the container of each media type."""
_MPEG: Final = {b"\x00\x00\x01\xba": "mpeg", b"\x00\x00\x01\xb3": "mpegvideo", b"G": "mpegts"}
_FRAMES = 250
"""The most frames that are searched for one that shows something: many films begin with black frames."""
_FLAT = 6.0
"""The standard deviation of the samples below which a frame shows nothing."""
_MOST_PX = 64 << 20
_INNER: Final = "!frame.png"
_REMEDY: Final = "Play it; where a player shows it, save a picture of it beside it."


class Video:
    """One frame of a film."""

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator
        file.seek(0)
        self._head = file.read(HEAD_BYTES)
        told = recognise(self._head, "")
        self.media_type = told if told in _DEMUXERS or told == "video/mpeg" else "video/mp4"

    def spans(self, after: int = 0) -> Iterator[Span | Problem]:
        yield Span(0, 1)

    def members(self, span: Span) -> Iterator[Member | Damage]:
        try:
            yield Member(self.locator + _INNER, io.BytesIO(self._frame()))
        except ReadError as error:
            yield Damage(self.locator + _INNER, error.reason, error.remedy)

    @contextmanager
    def open(self, inner: str) -> Iterator[Member]:
        if inner != _INNER:
            raise MissingError(f"nothing of it is named {inner}", "Scan again: the file has changed.")
        yield Member(self.locator + _INNER, io.BytesIO(self._frame()))

    def _demuxer(self) -> str:
        if recognise(self._head, "") == "video/mpeg":
            return next(name for begins, name in _MPEG.items() if self._head.startswith(begins))
        found = _DEMUXERS.get(recognise(self._head, ""))
        if found is None:
            raise ReadError("its first bytes are those of no film that is known", _REMEDY)
        return found

    def _frame(self) -> bytes:
        """Return the first frame that shows something, as PNG; if none does, the first frame.

        :raises ReadError: there is no frame, or it cannot be decoded.
        """
        import av

        demuxer = self._demuxer()
        self.file.seek(0)
        first: Any = None
        try:
            with av.open(self.file, format=demuxer, metadata_errors="ignore") as film:
                if not film.streams.video:
                    raise ReadError("it has no film in it, sound alone", "Nothing: sound is not read.")
                stream = film.streams.video[0]
                if stream.codec_context is None:
                    raise ReadError("its frames are packed in a way that is not known", _REMEDY)
                if stream.width * stream.height > _MOST_PX:
                    raise ReadError(f"its frames are of {stream.width:,} x {stream.height:,} pixels", _REMEDY)
                for number, frame in enumerate(film.decode(stream)):
                    shown = frame.to_ndarray(format="rgb24")
                    first = shown if first is None else first
                    if float(shown[::8, ::8].std()) > _FLAT:
                        return _png(shown)
                    if number == _FRAMES:
                        break
        except (av.FFmpegError, ValueError, IndexError) as error:
            if first is None:
                raise ReadError(f"no frame of it can be decoded ({error})", _REMEDY) from error
        if first is None:
            raise ReadError("no frame of it can be decoded", _REMEDY)
        return _png(first)


def _png(frame: npt.NDArray[np.uint8]) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(frame).save(out, "PNG", compress_level=1)
    return out.getvalue()

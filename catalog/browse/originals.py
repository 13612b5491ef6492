"""The archive's own pictures, served by digest: only pictures that the catalogue lists, and only the recorded bytes.

A picture is copied out of its folder, ZIP or WARC into a cache of limited size while its digest is computed. Nothing is
sent before the digest of the whole file is verified. So no locator or link can make the server send another file of the
archive.
"""

import asyncio
import hashlib
import os
import re
import sqlite3
import tempfile
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, get_args

from catalog.browse.datasette_host import read_configuration
from catalog.browse.page import NotFound, Visit
from catalog.browse.reply import FILE_POLICY, FOREVER, Reply, reply_text
from media.archives.open_source import is_elsewhere, open_source
from media.archives.source import SourceKind, SourceRef
from media.errors import MediaError
from media.locator import decode_path, path_from_uri

_MOST_BYTES = 512 << 20
"""The largest file that is served: scans have the same limit, and browsers do not show larger pictures."""
_CACHE_BYTES = 1 << 30
_CHUNK_BYTES = 1 << 18
_COPIES_TRIED = 20

SHOWN_INLINE = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
    "BMP": "image/bmp",
}
"""Formats, by the decoder's names, that browsers show as pictures and that cannot hold scripts. All others are sent as
downloads: TIFF, JPEG 2000, and formats that are added later."""

_EXTENSIONS = {"JPEG": "jpg", "MPO": "jpg", "TIFF": "tif", "JPEG2000": "jp2"}


@dataclass(frozen=True, slots=True)
class Copy:
    """A place where the catalogue recorded a picture's bytes."""

    uri: str
    kind: str
    locator: str
    follows_links: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A picture of the catalogue, and its copies."""

    format: str
    copies: tuple[Copy, ...]


class Unavailable(Exception):
    """No copy of a picture can be read as it was recorded; the message says why."""


def find_listed(connection: sqlite3.Connection, sha256: str) -> Listed | None:
    """Return the picture with a digest; None if the catalogue does not list it."""
    image = connection.execute("SELECT format FROM images WHERE sha256 = ?", (sha256,)).fetchone()
    if image is None:
        return None
    copies = connection.execute(
        "SELECT s.uri, s.kind, r.locator, coalesce(json_extract(n.options, '$.follow_links'), 0)"
        " FROM records r JOIN sources s ON s.id = r.source_id JOIN scans n ON n.id = r.last_scan_id"
        " WHERE r.sha256 = ? AND r.missing_since IS NULL ORDER BY r.id LIMIT ?",
        (sha256, _COPIES_TRIED),
    )
    return Listed(
        image[0], tuple(Copy(uri, kind, locator, bool(links)) for uri, kind, locator, links in copies)
    )


class Shelf:
    """A cache of verified copies in a temporary folder; the least recently used are dropped first."""

    def __init__(self, most_bytes: int = _CACHE_BYTES) -> None:
        self._most_bytes = most_bytes
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, sha256: str, copies: Sequence[Copy]) -> BinaryIO:
        """Return the picture's bytes, verified.

        :raises Unavailable: no copy can be read, or none has the recorded bytes.
        """
        with self._lock:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="cutline-")
            folder = Path(self._folder.name)
            if sha256 in self._sizes:
                self._sizes.move_to_end(sha256)
                return (folder / sha256).open("rb")
        reasons = []
        for copy in copies:
            try:
                return self._take(folder, sha256, copy)
            except Unavailable as error:
                reasons.append(str(error))
        raise Unavailable(reasons[0] if reasons else "no file of the archive holds it any more")

    def _take(self, folder: Path, sha256: str, copy: Copy) -> BinaryIO:
        descriptor, name = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as kept:
                size = _copy_verified(copy, sha256, kept)
            stream = Path(name).open("rb")  # noqa: SIM115 - the caller closes it
            with self._lock:
                os.replace(name, folder / sha256)
                self._sizes[sha256] = size
                self._make_room(folder)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return stream

    def _make_room(self, folder: Path) -> None:
        while sum(self._sizes.values()) > self._most_bytes and len(self._sizes) > 1:
            oldest, _ = self._sizes.popitem(last=False)
            (folder / oldest).unlink(missing_ok=True)


def _copy_verified(copy: Copy, sha256: str, kept: BinaryIO) -> int:
    if copy.kind not in get_args(SourceKind):
        raise Unavailable(f"sources of kind {copy.kind} cannot be read by this version")
    # An object's name is only a name, even if it looks like a path: it cannot lead elsewhere.
    if copy.kind in ("folder", "file") and not copy.follows_links and not is_elsewhere(copy.uri):
        _require_inside(copy)
    digest = hashlib.sha256()
    size = 0
    try:
        ref = SourceRef(copy.uri, copy.kind)  # type: ignore[arg-type]  # one of SourceKind, see above
        with open_source(ref).open(copy.locator) as opened:
            while part := opened.stream.read(_CHUNK_BYTES):
                size += len(part)
                if size > _MOST_BYTES:
                    raise Unavailable("the file there now is too large to be the picture that was scanned")
                digest.update(part)
                kept.write(part)
    except MediaError as error:
        raise Unavailable(str(error)) from error
    except OSError as error:
        raise Unavailable(error.strerror or "it cannot be read") from error
    except ValueError as error:
        raise Unavailable("where the catalogue says it is, is no place on this machine") from error
    if digest.hexdigest() != sha256:
        raise Unavailable("the file has changed since it was scanned")
    return size


def _require_inside(copy: Copy) -> None:
    """Refuse a locator that leads out of its source, by ``..`` or by a link, unless links were followed in scanning."""
    try:
        root = os.path.realpath(path_from_uri(copy.uri))
        path = os.path.join(
            root if copy.kind == "folder" else os.path.dirname(root), decode_path(copy.locator)
        )
        inside = os.path.commonpath([os.path.realpath(path), root]) == root
    except ValueError as error:
        raise Unavailable("where the catalogue says it is, is no place on this machine") from error
    if not inside:
        raise Unavailable("its locator leads out of the archive")


_SHELF = Shelf()
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


async def show_original(visit: Visit) -> Reply:
    """Return the picture's own file, whole or the requested range."""
    sha256 = visit.part("sha256")
    if not read_configuration(visit.datasette, visit.database.name).originals:
        return reply_text("This server shows no originals.", 404)
    listed = await visit.load(lambda connection: find_listed(connection, sha256))
    if listed is None:
        raise NotFound("No picture of this catalogue has that digest.")
    tag = f'"{sha256}"'
    headers = {
        "etag": tag,
        "cache-control": FOREVER,
        "content-security-policy": FILE_POLICY,
        "accept-ranges": "bytes",
    }
    if visit.request.headers.get("if-none-match") == tag:
        return Reply(status=304, headers=headers)
    try:
        stream = await asyncio.to_thread(_SHELF.open, sha256, listed.copies)
    except Unavailable as error:
        return reply_text(f"The archive's file cannot be shown: {error}.", 404)
    content_type = SHOWN_INLINE.get(listed.format)
    if content_type is None or "download" in visit.arguments:
        extension = _EXTENSIONS.get(
            listed.format, re.sub(r"[^a-z0-9]", "", listed.format.lower())[:8] or "bin"
        )
        headers["content-disposition"] = f'attachment; filename="{sha256[:16]}.{extension}"'
    size = os.fstat(stream.fileno()).st_size
    asked = visit.request.headers.get("range", "")
    if visit.request.headers.get("if-range", tag) != tag:
        asked = ""
    span = _span(asked, size)
    if span is None:
        stream.close()
        return Reply(status=416, headers={**headers, "content-range": f"bytes */{size}"})
    start, end = span
    status = 200
    if asked and _RANGE.fullmatch(asked):
        status = 206
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    headers["content-length"] = str(end - start)
    if visit.request.method == "HEAD":
        stream.close()
        return Reply(b"", status, content_type or "application/octet-stream", headers)
    return Reply(_read(stream, start, end), status, content_type or "application/octet-stream", headers)


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """Return the first byte of a range and the one after its last; None for an empty range.

    Several ranges mean the whole file.
    """
    match = _RANGE.fullmatch(asked)
    if match is None or match.groups() == ("", ""):
        return 0, size
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    return (start, end) if start < end else None


async def _read(stream: BinaryIO, start: int, end: int) -> AsyncIterator[bytes]:
    try:
        stream.seek(start)
        while start < end:
            part = await asyncio.to_thread(stream.read, min(_CHUNK_BYTES, end - start))
            if not part:
                break
            start += len(part)
            yield part
    finally:
        stream.close()

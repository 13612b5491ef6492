"""Opens containers, and members of containers within containers: each as :mod:`media.formats` says."""

import io
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from media import formats, media_type
from media.archives.arc import Arc, looks_like_arc
from media.archives.compressed import Compressed, plain_name
from media.archives.compression import Bounded, DecompressedFile
from media.archives.container import Container, File, Member, Unclosed
from media.archives.source import Opened
from media.archives.warc import Warc
from media.errors import MissingError, ReadError
from media.locator import base_name
from media.record import Entry

NESTED_BYTES = 256 << 20
"""A container within a container is held whole to be read, up to this size."""

LARGE_BYTES = 32 << 20
"""What is larger than this, and can be read in parts, is: an article may have as much."""

_MARK = re.compile(r"[!#]")


def open_container(file: File, found: str, locator: str, name: str | None = None) -> Container | None:
    """Return the container in ``file``, which must be able to seek; None where it holds no records.

    :param found: its media type by its first bytes.
    :param name: its name, where the locator does not end with it.
    :raises ReadError: it is compressed, and not even its beginning can be read.
    """
    file = Bounded(file)
    if inner := formats.format_of(found).within or formats.format_of(found).large:
        parts: Container = formats.load(inner)(file, locator)
        return parts
    if not formats.is_container(found):
        return None
    if method := formats.format_of(found).compression:
        return _open_compressed(file, found, method, locator, base_name(locator) if name is None else name)
    return _open_with_reader(file, found, locator)


def _open_with_reader(file: File, found: str, locator: str) -> Container:
    container: Container = formats.load(formats.format_of(found).reader)(file, locator)
    return container


def _open_compressed(file: File, found: str, method: str, locator: str, name: str) -> Container:
    inner = DecompressedFile(file, method)
    head, damage = _beginning(inner)
    if head.startswith(b"WARC/") or looks_like_arc(head):
        kind = Warc if head.startswith(b"WARC/") else Arc
        container = kind(file, locator)
        return container if _is_by_record(container) else kind(inner, locator)
    if damage is not None:
        crawl = Warc(file, locator)
        if crawl.method == method and crawl.has_record():
            return crawl
        if not head:
            raise damage
    inside = media_type.recognise(head, plain_name(name))
    if (large := formats.format_of(inside).large) and _exceeds(inner, LARGE_BYTES):
        items: Container = formats.load(large)(inner, locator)
        return items
    # A ZIP is read from its end, which a compressed stream has to be read for: it is a member.
    if formats.is_container(inside) and formats.format_of(inside).reader and inside != "application/zip":
        return _open_with_reader(inner, inside, locator)
    return Compressed(inner, locator, found, name)


def _exceeds(inner: DecompressedFile, limit: int) -> bool:
    size = 0
    inner.seek(0)
    try:
        while size <= limit and (more := inner.read(1 << 20)):
            size += len(more)
    except ReadError:
        return False
    return size > limit


def _beginning(inner: DecompressedFile) -> tuple[bytes, ReadError | None]:
    """Enough to know what it is, or what comes before the first damage; and the damage, if any."""
    head = b""
    try:
        while len(head) < media_type.HEAD_BYTES and (more := inner.read1(media_type.HEAD_BYTES - len(head))):
            head += more
    except ReadError as error:
        return head, error
    return head, None


def _is_by_record(container: Warc | Arc) -> bool:
    try:
        return container.is_by_record()
    except ReadError:
        return True  # its first record is damaged: what follows is found as after any damage


@contextmanager
def open_within(file: Opened, locator: str) -> Iterator[Opened]:
    """Open a member of the container in an open file, by its whole locator.

    :raises MissingError: the file holds no such member.
    """
    around = file.entry.locator
    head = file.stream.read(media_type.HEAD_BYTES)
    container = open_container(file.stream, media_type.recognise(head, base_name(around)), around)
    if container is None:
        raise MissingError(f"{around} holds no records any more", "Scan again: it has changed.")
    with open_member(container, locator[len(around) :]) as member:
        stream = io.BufferedReader(Unclosed(member.stream))
        yield Opened(stream, Entry(locator, -1, member.modified_ns or file.entry.modified_ns))


@contextmanager
def open_member(container: Container, inner: str) -> Iterator[Member]:
    """Open a member by what follows the container's own locator, also through a container within it.

    :raises MissingError: there is no such member.
    """
    with ExitStack() as stack:
        yield _open_member(container, inner, stack)


def _open_member(container: Container, inner: str, stack: ExitStack) -> Member:
    try:
        return stack.enter_context(container.open(inner))
    except MissingError:
        marks = [match.start() for match in _MARK.finditer(inner) if match.start()]
        for mark in reversed(marks):
            try:
                around = stack.enter_context(container.open(inner[:mark]))
            except MissingError:
                continue
            data = read_nested(around)
            name = base_name(around.locator) if around.name is None else around.name
            found = media_type.recognise(data[: media_type.HEAD_BYTES], name)
            nested = open_container(io.BytesIO(data), found, around.locator, name)
            if nested is not None:
                return _open_member(nested, inner[mark:], stack)
        raise


def read_nested(member: Member, head: bytes = b"") -> bytes:
    """Return the whole of a member that is a container.

    :raises ReadError: it is too large to be held.
    """
    data = bytearray(head)
    while more := member.stream.read(1 << 20):
        data += more
        if len(data) > NESTED_BYTES:
            raise ReadError(
                f"a container within a container is over the limit of {NESTED_BYTES >> 20} MiB",
                "Unpack it beside the archive, and scan that.",
            )
    return bytes(data)

"""Reads one record into what it holds: the only function that workers run.

A record is opened once and read once. Whatever is wrong with it becomes a problem beside what
could be read; nothing that a record holds can raise out of here.
"""

import hashlib
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from media import media_type
from media.articles.article import Article
from media.articles.html import read_html
from media.articles.text import read_text
from media.errors import ArticleError, ImageError, MediaError, ReadError
from media.images.image import Image
from media.images.read import read_image
from media.locator import base_name
from media.record import Entry, Problem, Record, Stage
from media.sources.source import Source

_HEAD_BYTES = 4096
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one record may cost before it is left and named as a problem."""

    article_bytes: int = 32 << 20
    image_bytes: int = 512 << 20
    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Options:
    """What is read of each record."""

    limits: Limits = Limits()
    parts: bool = True
    """Whether local features are taken, which find crops and framed pictures."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one record holds."""

    record: Record
    articles: tuple[Article, ...] = ()
    image: Image | None = None
    problems: tuple[Problem, ...] = ()


class _TimeUp(BaseException):
    """The record's time is up. No reader catches this by accident: it is no ``Exception``."""


def read_record(source: Source, entry: Entry, options: Options | None = None) -> Reading:
    """Read the record that ``entry`` names.

    The result always has a record; its digest is None where the bytes could not be read, and then
    the next scan tries again.
    """
    options = options or Options()
    try:
        with _time_limit(options.limits.seconds):
            return _read(source, entry, options)
    except _TimeUp:
        return _failed(
            entry,
            "read",
            f"it took longer than {options.limits.seconds:g} seconds",
            "Look at the file; raise --record-seconds if it is only large.",
        )
    except ReadError as error:
        return _failed(entry, "read", error.reason, error.remedy)
    except MemoryError:
        return _failed(entry, "read", "it needs more memory than there is", "Scan it alone, with --jobs 1.")
    except OSError as error:
        return _failed(
            entry, "read", error.strerror or str(error), "Check the file and the disk that holds it."
        )


def _read(source: Source, entry: Entry, options: Options) -> Reading:
    with source.open(entry.locator) as opened:
        stream, entry = opened.stream, opened.entry
        head = stream.read(_HEAD_BYTES)
        found = media_type.recognise(head, base_name(entry.locator))
        reader = _READERS.get(found)
        limit = reader.limit(options.limits) if reader else 0
        digest = hashlib.sha256(head)
        kept = bytearray(head) if reader and entry.byte_size <= limit else None
        byte_size = len(head)
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
            byte_size += len(chunk)
            if kept is not None:
                kept += chunk
                if len(kept) > limit:
                    kept = None
    sha256 = digest.hexdigest()
    record = Record(entry.locator, found, byte_size, entry.modified_ns, sha256, entry.inode)
    if byte_size != entry.byte_size:
        changed = Problem(
            entry.locator, "read", "it changed while it was being read", "Scan again once it is at rest."
        )
        return Reading(_unread(record), problems=(changed,))
    if reader is None:
        return Reading(record, problems=_name_problems(entry, found))
    if kept is None:
        return Reading(record, problems=(_too_large(entry, reader.noun, byte_size, limit),))
    return reader.read(record, bytes(kept), options)


def _read_image(record: Record, data: bytes, options: Options) -> Reading:
    try:
        image = read_image(data, sha256=record.sha256 or "", parts=options.parts)
    except ImageError as error:
        return Reading(record, problems=(_problem(record, "decode", error),))
    return Reading(record, image=image)


def _read_html(record: Record, data: bytes, options: Options) -> Reading:
    return _parsed(record, lambda: read_html(data, url=record.target_uri))


def _read_text(record: Record, data: bytes, options: Options) -> Reading:
    return _parsed(record, lambda: read_text(data, name=base_name(record.locator)))


def _parsed(record: Record, parse: Callable[[], Article]) -> Reading:
    try:
        return Reading(record, articles=(parse(),))
    except ArticleError as error:
        return Reading(record, problems=(_problem(record, "parse", error),))
    except (ValueError, LookupError, ArithmeticError, RecursionError, AssertionError) as error:
        # A reader of ours met what it was not written for: the record is named, the scan goes on.
        reason = f"its reader failed on it ({type(error).__name__}: {error})"
        remedy = "Please report this with the file, if it may be shared."
        return Reading(record, problems=(Problem(record.locator, "parse", reason, remedy),))


@dataclass(frozen=True, slots=True)
class _Reader:
    noun: str
    read: Callable[[Record, bytes, Options], Reading]
    limit: Callable[[Limits], int]


_IMAGE = _Reader("picture", _read_image, lambda limits: limits.image_bytes)
_READERS: dict[str, _Reader] = {
    "text/html": _Reader("page", _read_html, lambda limits: limits.article_bytes),
    "text/plain": _Reader("text", _read_text, lambda limits: limits.article_bytes),
} | dict.fromkeys(media_type.DECODED_TYPES, _IMAGE)


def _name_problems(entry: Entry, found: str) -> tuple[Problem, ...]:
    """A record whose name promises an article or a picture, and whose content is neither."""
    name = base_name(entry.locator)
    promises = (
        "a picture"
        if media_type.IMAGE_NAMES.search(name)
        else "an article"
        if media_type.TEXT_NAMES.search(name) or media_type.HTML_NAMES.search(name)
        else None
    )
    if promises is None:
        return ()
    if found == "application/x-empty":
        return (
            Problem(
                entry.locator, "read", "it is empty (0 bytes)", "Restore it from its source or a backup."
            ),
        )
    reason = f"it is named as {promises}, but its content is not ({found})"
    return (
        Problem(
            entry.locator, "decode", reason, "Check where it came from; rename it if it is something else."
        ),
    )


def _too_large(entry: Entry, noun: str, byte_size: int, limit: int) -> Problem:
    option = "--max-image-mb" if noun == "picture" else "--max-article-mb"
    return Problem(
        entry.locator,
        "read",
        f"a {noun} of {byte_size / (1 << 20):.0f} MiB is over the limit of {limit / (1 << 20):.0f} MiB",
        f"Raise {option} to read it.",
    )


def _problem(record: Record, stage: Stage, error: MediaError) -> Problem:
    return Problem(record.locator, stage, error.reason, error.remedy)


def _failed(entry: Entry, stage: Stage, reason: str, remedy: str) -> Reading:
    record = Record(entry.locator, "application/octet-stream", entry.byte_size, None, None, entry.inode)
    return Reading(record, problems=(Problem(entry.locator, stage, reason, remedy),))


def _unread(record: Record) -> Record:
    return Record(record.locator, record.media_type, record.byte_size, None, None, record.inode)


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Interrupt what runs within after ``seconds``, where this thread can be interrupted."""
    if seconds <= 0 or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(signal_number: int, frame: FrameType | None) -> None:
        raise _TimeUp

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)

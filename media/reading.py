"""Reads the content of records: the functions that workers run.

A record is opened once and read once. Anything wrong with it becomes a problem beside the part that
could be read; no content of a record can raise an exception out of here.
"""

import hashlib
import io
import re
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from types import FrameType

from media import formats, media_type
from media.archives.compressed import Compressed
from media.archives.compression import DecompressedFile
from media.archives.container import Container, Damage, File, HashedFile, Member, Span, Stream
from media.archives.open_container import LARGE_BYTES, open_container, read_nested
from media.archives.source import Source
from media.archives.zip import Zip
from media.errors import MediaError, ReadError
from media.faults import describe_fault
from media.locator import base_name
from media.readers import Limits, Options, Reader, Reading, reader_of
from media.record import Capture, Entry, Problem, Record

__all__ = ["Care", "Limits", "Options", "Reading", "read_members", "read_record", "read_records"]

_CHUNK_BYTES = 1 << 20
PASS_BYTES_PER_SECOND = 2_000_000
"""The least speed of finding a container's spans, in bytes per second: bzip2 is several times as fast."""
UNKNOWN = formats.UNKNOWN


class _TimeUp(BaseException):
    """The record's time is up. It is not an ``Exception``, so that no reader catches it by accident."""


@dataclass(frozen=True, slots=True)
class Care:
    """The way to read a task again that ended its worker."""

    without: frozenset[str] = frozenset()
    """Locators of members to skip."""
    only: frozenset[str] | None = None
    """Locators of the members to read; None: all."""
    on_member: Callable[[str], None] = lambda locator: None
    """A function that is called with each member's locator before it is read."""

    def wants(self, locator: str) -> bool:
        """Return whether a member is read, for itself or for a member within it."""
        return (
            self.only is None
            or locator in self.only
            or any(each.startswith(locator) and each[len(locator)] in "!#" for each in self.only)
        )


_NO_CARE = Care()


def read_records(source: Source, entry: Entry, options: Options, care: Care = _NO_CARE) -> Iterator[Reading]:
    """Read the record that ``entry`` names and, of a small container, its members before it.

    A container with more than one span comes with its spans, for :func:`read_members`.
    """
    reading = read_record(source, entry, options)
    if reading.spans is not None and len(reading.spans) == 1:
        unread = False
        for member in read_members(source, entry, reading.spans[0], options, care):
            unread = unread or member.record.locator == entry.locator
            yield member
        if unread:
            return
        reading = replace(reading, spans=())
    yield (yield from _read_within(reading, entry, options))


def _read_within(reading: Reading, entry: Entry, options: Options) -> Generator[Reading, None, Reading]:
    """Read the pictures inside a record, each as a record of its own.

    Return the record's reading without them, with what is wrong with the search for them.
    """
    if reading.within is None:
        return reading
    around = reading.record
    members = reading.within.members(Span(0, max(1, around.byte_size)))
    problems = list(reading.problems)
    spans = reading.spans
    while True:
        member: Member | Damage | None = None
        reason, remedy = "", ""
        try:
            with _time_limit(options.limits.seconds):
                member = next(members, None)
                found = _read_picture_within(member, around, entry, options) if member else None
        except _TimeUp:
            reason, remedy = _too_long(options.limits.seconds)
        except MemoryError:
            reason, remedy = _NO_MEMORY
        except ReadError as error:
            reason, remedy = error.reason, error.remedy
        if member is None:
            problems += [Problem(around.locator, "read", reason, remedy)] if reason else []
            return replace(reading, within=None, spans=spans, problems=tuple(problems))
        spans = ()
        yield _failed_member(member, entry, reason, remedy) if reason or found is None else found


def _read_picture_within(member: Member | Damage, around: Record, entry: Entry, options: Options) -> Reading:
    if isinstance(member, Damage):
        return _failed_member(member, entry, member.reason, member.remedy)
    data = read_nested(member)
    found = media_type.recognise(data[: media_type.HEAD_BYTES], "")
    reader = reader_of(found)
    record = Record(
        member.locator,
        found,
        len(data),
        around.modified_ns,
        hashlib.sha256(data).hexdigest(),
        target_uri=_capture_of(member).target_uri,
        captured_at=around.captured_at,
        container=entry.locator,
    )
    if reader is None or reader.format.use != "picture":
        return _unread(record)
    return reader.read(record, data, options).with_keys()


def read_record(source: Source, entry: Entry, options: Options | None = None) -> Reading:
    """Read the record that ``entry`` names; if it is a container, read only its spans.

    The result always has a record. Its digest is None if the bytes could not be read; then the next scan tries again.
    """
    options = options or Options()
    try:
        with _time_limit(options.limits.seconds) as extend:
            return _read(source, entry, options, extend)
    except _TimeUp:
        return _failed(entry, *_too_long(options.limits.seconds))
    except ReadError as error:
        return _failed(entry, error.reason, error.remedy)
    except MemoryError:
        return _failed(entry, *_NO_MEMORY)
    except OSError as error:
        return _failed(entry, error.strerror or str(error), "Check the file and the disk that holds it.")
    except Exception as error:
        return _faulty(entry, error)


def read_members(
    source: Source, entry: Entry, span: Span, options: Options, care: Care = _NO_CARE
) -> Iterator[Reading]:
    """Read the members of a span of the container that ``entry`` names.

    A reading whose record is the container itself says that it could not be read as planned: it is
    to be read anew.
    """
    try:
        with _container_of(source, entry) as container:
            if container is None:
                yield _failed(entry, *_CHANGED)
                return
            yield from _walk(container, span, entry, options, care)
    except MediaError as error:
        yield _failed(entry, error.reason, error.remedy)
    except MemoryError:
        yield _failed(entry, *_NO_MEMORY)
    except OSError as error:
        yield _failed(entry, error.strerror or str(error), "Check the file and the disk that holds it.")
    except Exception as error:
        yield _faulty(entry, error)


_kept: tuple[object, Container, ExitStack] | None = None
"""The compressed container whose span this process read last. The next span usually follows it, and with the
stream kept open it need not be decompressed from its beginning again."""


@contextmanager
def _container_of(source: Source, entry: Entry) -> Iterator[Container | None]:
    """Open the container that ``entry`` names; yield None if it has changed since it was listed."""
    global _kept
    key = (source.ref, entry.locator, entry.byte_size, entry.modified_ns)
    kept, _kept = _kept, None
    with ExitStack() as stack:
        opened = stack.enter_context(source.open(entry.locator))
        if (opened.entry.byte_size, opened.entry.modified_ns) != (entry.byte_size, entry.modified_ns):
            yield None
            return
        if kept is not None and kept[0] == key:
            container: Container | None = kept[1]
            stack.close()
            stack.push(kept[2].pop_all())
        else:
            if kept is not None:
                kept[2].close()
            found = media_type.recognise(opened.stream.read(media_type.HEAD_BYTES), base_name(entry.locator))
            container = open_container(opened.stream, found, entry.locator)
        yield container
        if container is not None and isinstance(container.file, DecompressedFile):
            _kept = (key, container, stack.pop_all())


def _walk(
    container: Container, span: Span, entry: Entry, options: Options, care: Care, depth: int = 0
) -> Iterator[Reading]:
    members = container.members(span)
    budget = options.limits.seconds_for(entry.byte_size)
    begun = time.process_time()
    while True:
        member: Member | Damage | None = None
        nested: Container | None = None
        try:
            with _time_limit(options.limits.seconds) as extend:
                member = next(members, None)
                if member is None:
                    return
                if member.locator in care.without or not care.wants(member.locator):
                    continue
                care.on_member(member.locator)
                if time.process_time() - begun > budget:
                    yield _failed_member(member, entry, *_late(budget))
                    return
                if isinstance(container, Compressed):
                    extend(entry.byte_size / PASS_BYTES_PER_SECOND)
                reading, data = _read_member(member, entry, options, extend)
                if data is not None and depth == 0:
                    name = member.name if isinstance(member, Member) else None
                    found = reading.record.media_type
                    nested = open_container(io.BytesIO(data), found, member.locator, name)
                    if nested is not None:
                        reading = _named(reading, nested.media_type, data)
                if data is not None and nested is None and options.contents:
                    why = formats.why_unread(reading.record.media_type, base_name(member.locator))
                    reading = replace(reading, unread=why)
        except _TimeUp:
            reason, remedy = _too_long(options.limits.seconds)
            if member is None:
                raise ReadError(reason, remedy) from None
            reading = _failed_member(member, entry, reason, remedy)
        except ReadError as error:
            if member is None:
                raise
            reading = _failed_member(member, entry, error.reason, error.remedy)
        except MemoryError:
            if member is None:
                raise
            reading = _failed_member(member, entry, *_NO_MEMORY)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            if member is None:
                raise
            reading = _failed_member(member, entry, "", "")
            reading = replace(reading, problems=(describe_fault(member.locator, "read", error),))
        if nested is not None:
            yield from _walk_nested(nested, reading, entry, options, care)
            continue
        yield replace((yield from _read_within(reading, entry, options)), spans=None)


def _walk_nested(
    container: Container, reading: Reading, entry: Entry, options: Options, care: Care
) -> Iterator[Reading]:
    """Read the members of a container within a container, which is held in memory, and then itself."""
    problems = list(reading.problems)
    count = 0
    try:
        for span in container.spans():
            if isinstance(span, Problem):
                problems.append(span)
                continue
            for member in _walk(container, span, entry, options, care, depth=1):
                if count == NESTED_MEMBERS:
                    reason = f"it holds more than {NESTED_MEMBERS:,} members; the rest was not read"
                    raise ReadError(reason, "Unpack it beside the archive, and scan that.")
                count += 1
                yield member
    except ReadError as error:
        problems.append(Problem(reading.record.locator, "read", error.reason, error.remedy))
    yield replace(reading, problems=tuple(problems))


def _read(source: Source, entry: Entry, options: Options, extend: Callable[[float], None]) -> Reading:
    with source.open(entry.locator) as opened:
        stream, now = opened.stream, replace(opened.entry, known=entry.known)
        head = stream.read(media_type.HEAD_BYTES)
        found = media_type.recognise(head, base_name(entry.locator))
        reading = _read_container(stream, found, now, extend)
        if reading is not None and reading.spans is not None:
            reading = _named(reading, reading.record.media_type, head)
        if reading is None:
            record = Record(now.locator, found, now.byte_size, now.modified_ns, None, now.inode)
            reading = _read_stream(stream, head, record, options)
    if reading.record.byte_size != now.byte_size:
        changed = Problem(now.locator, "read", *_CHANGED)
        return Reading(replace(reading.record, modified_ns=None, sha256=None), problems=(changed,))
    return reading


def _named(reading: Reading, found: str, head: bytes) -> Reading:
    """Return a container's reading with its media type; a document kept as a ZIP is no ZIP to whoever
    looks for it.
    """
    record = reading.record
    if found != Zip.media_type:
        return replace(reading, record=replace(record, media_type=found))
    package = media_type.package_of(head, base_name(record.locator)) or found
    unread = None if formats.format_of(package).use else formats.why_unread(package)
    return replace(reading, record=replace(record, media_type=package), unread=unread)


def _read_container(
    stream: File, found: str, entry: Entry, extend: Callable[[float], None]
) -> Reading | None:
    """Find the spans of a container, and its digest, in one pass; None if it is not a container."""
    hashed = HashedFile(stream)
    after = 0
    known = entry.known
    if known and known.last_member is not None:
        extend(entry.byte_size / PASS_BYTES_PER_SECOND)
        if hashed.hexdigest(known.byte_size) == known.sha256:
            after = known.last_member
    try:
        is_large = bool(formats.format_of(found).large) and entry.byte_size > LARGE_BYTES
        is_container = is_large or formats.is_container(found)
        container = open_container(hashed, found, entry.locator) if is_container else None
    except ReadError as error:
        digest = hashed.hexdigest()
        record = Record(entry.locator, found, hashed.hashed, entry.modified_ns, digest, entry.inode)
        return Reading(record, problems=(Problem(entry.locator, "read", error.reason, error.remedy),))
    if container is None:
        return None
    extend(entry.byte_size / PASS_BYTES_PER_SECOND)
    spans: list[Span] = []
    problems: list[Problem] = []
    try:
        for each in container.spans(after):
            if isinstance(each, Span):
                spans.append(each)
            else:
                problems.append(each)
    except ReadError as error:
        problems.append(Problem(entry.locator, "read", error.reason, error.remedy))
    digest = hashed.hexdigest()
    record = Record(
        entry.locator, container.media_type, hashed.hashed, entry.modified_ns, digest, entry.inode
    )
    return Reading(record, problems=tuple(problems), spans=tuple(spans), grown=after > 0)


def _read_member(
    member: Member | Damage, entry: Entry, options: Options, extend: Callable[[float], None]
) -> tuple[Reading, bytes | None]:
    """Read a member; if it is a container itself, return its bytes, too."""
    if isinstance(member, Damage):
        return _failed_member(member, entry, member.reason, member.remedy), None
    head = _read_head(member.stream)
    name = base_name(member.locator) if member.name is None else member.name
    found = member.media_type or media_type.recognise_captured(head, name, member.declared_type)
    capture = _capture_of(member)
    record = Record(
        member.locator,
        found,
        0,
        member.modified_ns,
        None,
        None,
        capture.target_uri,
        capture.captured_at,
        capture.http_status,
        capture.redirect_uri,
        capture.payload_digest,
        _charset(member.declared_type),
        entry.locator,
    )
    data: bytes | None = None
    if formats.is_container(found):
        data = read_nested(member, head)
        extend(len(data) / PASS_BYTES_PER_SECOND)
        record = replace(record, byte_size=len(data), sha256=hashlib.sha256(data).hexdigest())
        reading = Reading(record)
    else:
        is_shown = capture.http_status is None or 200 <= capture.http_status < 300
        reading = _read_stream(member.stream, head, record, options, is_shown=is_shown)
    if capture.title:
        articles = tuple(
            replace(article, headline=article.headline or capture.title) for article in reading.articles
        )
        reading = replace(reading, articles=articles)
    return _name_address(replace(reading, problems=(*member.problems, *reading.problems))), data


def _charset(declared: str | None) -> str | None:
    match = re.search(r"charset=[\"']?([\w.:-]{1,40})", declared, re.IGNORECASE) if declared else None
    return match[1] if match else None


_NO_CAPTURE = Capture()
NESTED_MEMBERS = 10_000
"""The most members read of a container within a container, since one worker reads all of it in one task."""


def _read_head(stream: Stream) -> bytes:
    head = stream.read(media_type.HEAD_BYTES)
    while 0 < len(head) < media_type.HEAD_BYTES and (more := stream.read(media_type.HEAD_BYTES - len(head))):
        head += more
    return head


def _read_stream(
    stream: Stream, head: bytes, record: Record, options: Options, *, is_shown: bool = True
) -> Reading:
    """Read the content of a record from a stream, of which the ``head`` was read already to recognise it.

    :param is_shown: whether readers see it, and it is not an error page such as "not found".
    """
    is_shown = is_shown and options.contents
    reader = reader_of(record.media_type) if is_shown else None
    limit = reader.limit(options.limits) if reader else 0
    digest = hashlib.sha256(head)
    kept = bytearray(head) if reader and max(record.byte_size, len(head)) <= limit else None
    byte_size = len(head)
    while chunk := stream.read(_CHUNK_BYTES):
        digest.update(chunk)
        byte_size += len(chunk)
        if kept is not None:
            kept += chunk
            if len(kept) > limit:
                kept = None
    record = replace(record, byte_size=byte_size, sha256=digest.hexdigest())
    if reader is None:
        return _unread(record) if is_shown else Reading(record)
    if kept is None:
        return Reading(record, problems=(_too_large(record, reader, limit),))
    data = bytes(kept)
    del kept
    reading = _said_empty(reader.read(record, data, options).with_keys(), reader, data)
    if reader.format.within and reading.record.media_type == record.media_type:
        within = formats.load(reader.format.within)(io.BytesIO(data), record.locator)  # shares the bytes
        reading = replace(reading, within=within)
    return reading


def _unread(record: Record) -> Reading:
    """Return the reading of a record that is not read, with its problem."""
    known = formats.format_of(record.media_type)
    if known.use is None and not known.support and record.media_type != UNKNOWN:
        return Reading(record, unread="unread")
    problems = _name_problems(record)
    why = formats.why_unread(record.media_type, base_name(record.locator))
    return Reading(record, problems=problems, unread=None if problems else why)


def _said_empty(reading: Reading, reader: Reader, data: bytes) -> Reading:
    """Return the reading, marked as empty if a reader of articles found neither text nor pictures."""
    is_blank_line = reader.format.media_type == formats.JSON_LINE and not data.strip()
    if reading.problems or reading.unread or reading.sidecar or is_blank_line:
        return reading
    if (
        formats.format_of(reading.record.media_type).use is None
    ):  # Its reader found that it is something else.
        return replace(reading, unread=formats.why_unread(reading.record.media_type))
    if reader.format.use != "article":
        return reading
    # A page has a title even if it is empty; in a text or a message of one line, the headline is the text.
    if any(
        article.body.strip()
        or article.placements
        or (article.headline and reader.format.media_type != "text/html")
        for article in reading.articles
    ):
        return reading
    is_answer = reading.record.media_type == "application/json" and reading.record.target_uri is not None
    return replace(reading, unread="support" if is_answer else "empty")


def _name_problems(record: Record) -> tuple[Problem, ...]:
    """Return a record whose name promises an article or a picture, and whose content is neither."""
    name = base_name(record.locator)
    promises = (
        "a picture"
        if formats.names_of("picture").search(name)
        else "an article"
        if formats.names_of("article").search(name)
        else None
    )
    if promises is None:
        return ()
    if record.media_type == "application/x-empty":
        remedy = "Restore it from its source or a backup."
        return (Problem(record.locator, "read", "it is empty (0 bytes)", remedy),)
    reason = f"it is named as {promises}, but its content is not ({record.media_type})"
    remedy = "Check where it came from; rename it if it is something else."
    return (Problem(record.locator, "decode", reason, remedy),)


def _too_large(record: Record, reader: Reader, limit: int) -> Problem:
    option = "--max-image-mb" if reader.format.use == "picture" else "--max-article-mb"
    size, most = record.byte_size / (1 << 20), limit / (1 << 20)
    article = "an" if reader.noun[0] in "aeiou" else "a"
    reason = f"{article} {reader.noun} of {size:.0f} MiB is over the limit of {most:.0f} MiB"
    return Problem(record.locator, "read", reason, f"Raise {option} to read it.")


_CHANGED = ("it changed while it was being read", "Scan again once it is at rest.")
_NO_MEMORY = ("it needs more memory than there is", "Scan it alone, with --jobs 1.")


def _too_long(seconds: float) -> tuple[str, str]:
    return (
        f"it took longer than {seconds:g} seconds",
        "Look at the file; raise --record-seconds if it is only large.",
    )


def _failed(entry: Entry, reason: str, remedy: str) -> Reading:
    record = Record(entry.locator, UNKNOWN, entry.byte_size, None, None, entry.inode)
    return Reading(record, problems=(Problem(entry.locator, "read", reason, remedy),))


def _faulty(entry: Entry, error: Exception) -> Reading:
    """Return the problem of a record on which one of our readers failed."""
    return replace(_failed(entry, "", ""), problems=(describe_fault(entry.locator, "read", error),))


def _failed_member(member: Member | Damage, entry: Entry, reason: str, remedy: str) -> Reading:
    capture = _capture_of(member)
    record = Record(
        member.locator,
        UNKNOWN,
        0,
        None,
        None,
        target_uri=capture.target_uri,
        captured_at=capture.captured_at,
        container=entry.locator,
    )
    problem = Problem(member.locator, "read", reason, remedy)
    return _name_address(Reading(record, problems=(problem,)))


def _capture_of(member: Member | Damage) -> Capture:
    if isinstance(member, Damage):
        return Capture(member.target_uri)
    return member.capture or _NO_CAPTURE


_ADDRESS_LENGTH = 300


def _name_address(reading: Reading) -> Reading:
    """Return the same, its problems with the address of what was captured: an offset tells nobody which
    page is lost.
    """
    address = reading.record.target_uri
    if not address or not reading.problems:
        return reading
    if len(address) > _ADDRESS_LENGTH:
        address = address[:_ADDRESS_LENGTH] + "..."
    problems = tuple(
        replace(each, reason=f"{each.reason} [{address}]") if address not in each.reason else each
        for each in reading.problems
    )
    return replace(reading, problems=problems)


def _late(seconds: float) -> tuple[str, str]:
    return (
        f"its container has taken more than {seconds:.0f} seconds: this and what follows in it was not read",
        "Look at the container; raise --container-seconds if it is only large, and scan with --reread.",
    )


_WALL_FACTOR = 10
"""How many times its processor time a record may take by the clock: other programs may keep the machine busy, but a
reader that waits for ever without computing has to end, too."""


@contextmanager
def _time_limit(seconds: float) -> Iterator[Callable[[float], None]]:
    """Interrupt the code within after ``seconds`` of processor time, if this thread can be interrupted.

    Gives a function that allows so many seconds more.
    """
    if seconds <= 0 or threading.current_thread() is not threading.main_thread():
        yield lambda more: None
        return

    def stop(signal_number: int, frame: FrameType | None) -> None:
        raise _TimeUp

    def allow(most: float) -> None:
        signal.setitimer(signal.ITIMER_PROF, most)
        signal.setitimer(signal.ITIMER_REAL, most * _WALL_FACTOR if most else 0)

    previous = {number: signal.signal(number, stop) for number in (signal.SIGPROF, signal.SIGALRM)}
    allow(seconds)
    try:
        yield lambda more: allow(seconds + more)
    finally:
        allow(0)
        for number, handler in previous.items():
            signal.signal(number, handler)

"""A scan: list the sources, read what is new or changed, record it, then find what repeats.

Every step is recorded when it is done, so that the next scan completes one that was
interrupted or killed.
"""

import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Protocol

from catalog.cluster.cluster import Cluster
from catalog.cluster.fitness import Probe, out_of_reach
from catalog.log import log
from catalog.match.match import Stage, match_pending
from catalog.scan.open_containers import known_container
from catalog.scan.readers.crew import Crew
from catalog.scan.readers.local import local_crew
from catalog.scan.readers.remote import ClusterCrew
from catalog.scan.readers.task import ReadTask
from catalog.scan.readers.task_size import TaskSize
from catalog.scan.readers.tasks import run_tasks
from catalog.scan.roots import Root, resolve_roots
from catalog.scan.unmounted import find_empty_mount, say_unmounted
from catalog.scan.writer import Writer
from catalog.store.catalogue import Catalogue
from catalog.store.pending import mark_missing, mark_returned
from catalog.store.unread import COUNTED, forget_unread
from catalog.store.versions import find_doubtful, find_lacking, renew_matches, state_true, wanted_prints
from media.archives.folder import FolderSource, Selection
from media.errors import SourceError
from media.formats import format_of
from media.reading import Options, Reading
from media.record import Entry, Known, Problem

_LISTED_AT_ONCE = 500
_TASK_BYTES = 32 << 20
_BELOW = (
    "(:below = '' OR locator = :below"
    " OR substr(locator, 1, length(:below) + 1) IN (:below || '/', :below || '!', :below || '#'))"
)
"""A condition that a locator belongs to a part of a source, or to a member of that part."""


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """Options of a scan."""

    jobs: int = 1
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    follow_links: bool = False
    reread: bool = False
    """Read everything again, changed or not."""
    reading: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The result of a scan."""

    scan_id: int
    status: str
    """``complete`` or ``interrupted``."""
    seconds: float
    listed: int
    """Records found in the sources."""
    read: int
    """Records that were new or had changed."""
    vanished: int
    links_skipped: int
    problems: int
    """Problems in the scanned sources, from this scan or an earlier one."""
    counts: dict[str, int]


class Watcher(Protocol):
    """Callbacks that show the progress of a scan."""

    def listing(self, found: int) -> None:
        """Show the number of records found so far."""

    def reading(self, total: int, total_bytes: int) -> None:
        """Show that listing is done, with the number and size of new or changed records."""

    def read(self, readings: Sequence[Reading]) -> None:
        """Show that a batch was recorded."""

    def stage(self, name: Stage) -> None:
        """Show that a step after reading begins."""


def scan(
    catalogue: Catalogue,
    paths: Sequence[str | Path],
    options: ScanOptions,
    watcher: Watcher,
    cluster: Cluster | None = None,
) -> ScanResult:
    """Scan folders and files into the catalogue; records are read here, or on a cluster.

    Ctrl-C (or SIGTERM) finishes the batches in hand and returns a result with status ``interrupted``;
    a second one raises :class:`KeyboardInterrupt`.

    :raises catalog.errors.UsageError: a path does not exist.
    :raises catalog.errors.ClusterUnusable: the cluster cannot do it, or was lost; what was recorded is kept.
    """
    started = time.monotonic()
    selection = Selection(options.include, options.exclude)
    roots = resolve_roots(catalogue, paths, selection=selection, follow_links=options.follow_links)
    described = asdict(options) | {"paths": [str(path).encode(errors="replace").decode() for path in paths]}
    if cluster is not None:
        described["cluster"] = cluster.kind
    scan_id = catalogue.begin_scan(described)
    log.info("scan %d into %s: %s", scan_id, catalogue.path, described)
    wanted = wanted_prints(parts=options.reading.parts)
    with catalogue.db.atomic():
        doubtful = find_doubtful(catalogue.db, wanted)
        forget_unread(catalogue.db)
    writer = Writer(catalogue, scan_id, wanted)
    status = "failed"
    try:
        with stop_on_signal() as stopped:
            listing = _Listing(catalogue, writer, options.reread, doubtful, watcher)
            vanished = 0
            for root in roots:
                if listing.add(root, stopped):
                    vanished += _note_vanished(catalogue, writer, root)
            log.info("%d records listed, %d to read, %d vanished", listing.listed, listing.todo, vanished)
            watcher.reading(listing.todo, listing.todo_bytes)
            work = _Work(catalogue, roots, options, writer, stopped, listing.todo)
            read = _read(work, writer, watcher, cluster)
            if not stopped():
                _match(catalogue, doubtful, watcher, stopped)
            status = "interrupted" if stopped() else "complete"
    finally:
        seconds = time.monotonic() - started
        if catalogue.db.conn.in_transaction:
            catalogue.db.rollback()
        with suppress(sqlite3.Error) if status == "failed" else nullcontext():
            _finish_sources(catalogue, scan_id, roots, complete=status == "complete")
            catalogue.finish_scan(scan_id, status, writer.counts, seconds)
        log.info("scan %d %s after %.1f s: %s", scan_id, status, seconds, dict(writer.counts))
    standing = sum(_standing_problems(catalogue, root) for root in roots)
    skipped = sum(root.source.links_skipped for root in roots if isinstance(root.source, FolderSource))
    return ScanResult(
        scan_id,
        status,
        seconds,
        listing.listed + read - listing.todo,
        read,
        vanished,
        skipped,
        standing,
        dict(writer.counts),
    )


class _Listing:
    """Lists the sources and compares them with the catalogue; records to be read go to a table on disk."""

    def __init__(
        self,
        catalogue: Catalogue,
        writer: Writer,
        reread: bool,
        doubtful: Mapping[str, int],
        watcher: Watcher,
    ) -> None:
        """Compare the sources with the catalogue.

        :param doubtful: methods whose fingerprints may be of another version, whatever the record: those are looked
            up. Of what is back after it was missing, all are.
        """
        self.catalogue = catalogue
        self.writer = writer
        self.scan_id = writer.scan_id
        self.reread = reread
        self.doubtful = doubtful
        self.watcher = watcher
        self.listed = self.todo = self.todo_bytes = 0
        catalogue.db.execute("DROP TABLE IF EXISTS temp.todo")
        catalogue.db.execute(
            "CREATE TEMP TABLE todo (id INTEGER PRIMARY KEY, source_id INTEGER, locator TEXT,"
            " byte_size INTEGER, modified_ns INTEGER, inode TEXT, record_id INTEGER)"
        )
        catalogue.db.execute("CREATE INDEX temp.todo_locator ON todo (source_id, locator)")

    def add(self, root: Root, stopped: Callable[[], bool]) -> bool:
        """List a source; return False if the listing is incomplete, so that no record is marked as missing."""
        with self.catalogue.db.atomic():
            self.catalogue.db.execute(
                f"DELETE FROM problems WHERE source_id = :source_id AND stage = 'list' AND {_BELOW}",
                {"source_id": root.source_id, "below": root.below},
            )
        batch: list[Entry] = []
        try:
            for found in root.source.entries():
                if stopped():
                    return False
                if isinstance(found, Problem):
                    self.writer.note_problems(root.source_id, [found])
                    continue
                batch.append(found)
                if len(batch) == _LISTED_AT_ONCE:
                    self._compare(root.source_id, batch)
                    batch = []
        except SourceError as error:
            problem = Problem(root.below or ".", "list", error.reason, error.remedy)
            self.writer.note_problems(root.source_id, [problem])
            return False
        self._compare(root.source_id, batch)
        return True

    def _compare(self, source_id: int, batch: Sequence[Entry]) -> None:
        db = self.catalogue.db
        marks = ",".join("?" * len(batch))
        known = {
            row["locator"]: row
            for row in self.catalogue.rows(
                "SELECT id, locator, media_type, byte_size, modified_ns, sha256, missing_since,"
                " (SELECT count(*) FROM records m WHERE m.container_id = r.id AND m.missing_since IS NULL)"
                f" AS members FROM records r WHERE source_id = ? AND locator IN ({marks})",
                (source_id, *(entry.locator for entry in batch)),
            )
        }
        lacking = self._lacking(list(known.values()))
        changed: list[tuple[object, ...]] = []
        unchanged: list[tuple[int, str | None, int]] = []
        with db.atomic():
            for entry in batch:
                row = known.get(entry.locator)
                same = row is not None and (
                    (row["byte_size"], row["modified_ns"]) == (entry.byte_size, entry.modified_ns)
                )
                afresh = self.reread or (row is not None and row["id"] in lacking)
                if row is not None and same and not afresh and row["sha256"] is not None:
                    self.listed += row["members"]
                    if row["missing_since"] is not None:
                        mark_returned(db, row["id"], self.scan_id)
                    else:
                        unchanged.append((self.scan_id, entry.inode, row["id"]))
                elif row is not None and same and not afresh and self.writer.containers.resume(row["id"]):
                    self.listed += row["members"]
                else:
                    grown = _may_have_grown(row, entry) and not afresh
                    record_id = row["id"] if row is not None and grown else None
                    changed.append(
                        (
                            source_id,
                            entry.locator,
                            entry.byte_size,
                            entry.modified_ns,
                            entry.inode,
                            record_id,
                        )
                    )
                    self.todo_bytes += entry.byte_size
            db.conn.executemany("UPDATE records SET last_scan_id = ?, inode = ? WHERE id = ?", unchanged)
            db.conn.executemany(
                "INSERT INTO todo (source_id, locator, byte_size, modified_ns, inode, record_id)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                changed,
            )
        self.listed += len(batch)
        self.todo += len(changed)
        self.watcher.listing(self.listed)

    def _lacking(self, known: Sequence[sqlite3.Row]) -> set[int]:
        """Return records to read again, changed or not, since the fingerprints of their pictures are outdated."""
        db, wanted = self.catalogue.db, self.writer.wanted
        read = [row for row in known if row["sha256"] is not None]
        there = [row["id"] for row in read if row["missing_since"] is None]
        back = [row["id"] for row in read if row["missing_since"] is not None]
        return find_lacking(db, there, self.doubtful) | find_lacking(db, back, wanted)


def _may_have_grown(row: sqlite3.Row | None, entry: Entry) -> bool:
    """Return whether a container may be unchanged except for more data at its end."""
    return (
        row is not None
        and row["sha256"] is not None
        and row["missing_since"] is None  # Its members vanished with it: only those that are read come back.
        and format_of(row["media_type"]).grows
        and entry.byte_size > row["byte_size"]
    )


def _note_vanished(catalogue: Catalogue, writer: Writer, root: Root) -> int:
    """Mark unlisted records as missing, except those that this scan leaves out or that cannot be reached."""
    vanished = 0
    unmounted: Counter[str] = Counter()
    last_id = 0
    while True:
        rows = list(
            catalogue.rows(
                "SELECT id, locator, inode FROM records WHERE source_id = :source_id AND id > :last_id"
                " AND last_scan_id <> :scan_id AND container_id IS NULL AND missing_since IS NULL"
                f" AND {_BELOW} AND NOT EXISTS (SELECT 1 FROM temp.todo t WHERE t.source_id = :source_id"
                " AND t.locator = records.locator) ORDER BY id LIMIT :count",
                {
                    "source_id": root.source_id,
                    "last_id": last_id,
                    "scan_id": writer.scan_id,
                    "below": root.below,
                    "count": _LISTED_AT_ONCE,
                },
            )
        )
        if not rows:
            break
        last_id = rows[-1]["id"]
        gone = []
        for row in rows:
            if root.source.presence(row["locator"]) != "gone":
                continue
            if mount := find_empty_mount(root.source, row["locator"], row["inode"]):
                unmounted[mount] += 1
            else:
                gone.append(row["id"])
        with catalogue.db.atomic():
            mark_missing(catalogue.db, gone)
        vanished += len(gone)
    writer.note_problems(root.source_id, [say_unmounted(*each) for each in unmounted.items()])
    return vanished


def _read(work: "_Work", writer: Writer, watcher: Watcher, cluster: Cluster | None) -> int:
    read = 0
    with _crew(work, cluster) as crew:
        work.slots = crew.slots
        for task, done in run_tasks(work.take, crew, work.stopped):
            log.debug(
                "read %d records of source %d in %.3f s", len(done.readings), task.source_id, done.seconds
            )
            writer.write(task.source_id, done.readings, task.place)
            if task.place is not None:
                writer.spend(
                    task.source_id, task.entries[0].locator, task.place[0], done, task.options.limits
                )
            work.size.learn(len(done.readings), done)
            watcher.read(done.readings)
            read += len(done.readings)
    return read


def _match(
    catalogue: Catalogue, doubtful: Mapping[str, int], watcher: Watcher, stopped: Callable[[], bool]
) -> None:
    with catalogue.db.atomic():
        renew_matches(catalogue.db)
    match_pending(catalogue, watcher.stage, stopped)
    if doubtful and not stopped():
        with catalogue.db.atomic():
            state_true(catalogue.db, doubtful)


def _crew(work: "_Work", cluster: Cluster | None) -> AbstractContextManager[Crew]:
    if cluster is None:
        return local_crew(work.options.jobs)
    return nullcontext(ClusterCrew(cluster, work.probes()))


class _Work:
    """Hands out tasks: first spans of containers that were begun, then listed records."""

    def __init__(
        self,
        catalogue: Catalogue,
        roots: Sequence[Root],
        options: ScanOptions,
        writer: Writer,
        stopped: Callable[[], bool],
        left: int,
    ) -> None:
        """:param left: records that are listed and to be read."""
        self.catalogue = catalogue
        self.options = options
        self.size = TaskSize()
        self.left = left
        self.slots: Callable[[], int] = lambda: 1
        """The number of tasks read at a time."""
        self.containers = writer.containers
        self.stopped = stopped
        self.sources = {root.source_id: root.source.ref for root in roots}
        self._listed = self._listed_tasks()
        self._container: tuple[int, int, Entry] | None = None
        """Record id, source id and entry of the container whose spans are being handed out."""
        self._number = -1

    def take(self) -> ReadTask | None:
        """Return the next task; None if there is none now. A container that is being read may bring more."""
        if self.stopped():
            return None
        return self._span_task() or next(self._listed, None)

    def probes(self) -> tuple[Probe, ...]:
        """Return one record of each source to be read, with what is needed to read it from here."""
        found: dict[int, Probe] = {}
        for source_id, entry in self._some():
            probe = Probe(self.sources[source_id], entry)
            if source_id not in found and out_of_reach(probe) is None:
                found[source_id] = probe
        return tuple(found.values())

    def _some(self) -> Iterator[tuple[int, Entry]]:
        for record_id in self.containers.begun:
            yield self._begin(record_id)[1:]
        for source_id in self.sources:
            for row in self.catalogue.db.execute(
                "SELECT locator, byte_size, modified_ns, inode FROM temp.todo WHERE source_id = ? LIMIT 20",
                [source_id],
            ):
                yield source_id, Entry(*row)

    def _span_task(self) -> ReadTask | None:
        while True:
            if self._container is None:
                if not self.containers.begun:
                    return None
                self._container, self._number = self._begin(self.containers.begun.popleft()), -1
            record_id, source_id, entry = self._container
            found = self.containers.span(record_id, self._number)
            if found is not None:
                self._number, span = found
                return ReadTask(
                    source_id,
                    self.sources[source_id],
                    (entry,),
                    self.options.reading,
                    span,
                    (record_id, self._number),
                )
            self._container = None

    def _begin(self, record_id: int) -> tuple[int, int, Entry]:
        row = self.catalogue.db.execute(
            "SELECT source_id, locator, byte_size, modified_ns, inode FROM records WHERE id = ?", [record_id]
        ).fetchone()
        return record_id, row[0], Entry(*row[1:])

    def _listed_tasks(self) -> Iterator[ReadTask]:
        entries: list[Entry] = []
        source_id, weight, most = 0, 0, self.size.records(self.left, self.slots())

        def task() -> ReadTask:
            self.left -= len(entries)
            return ReadTask(source_id, self.sources[source_id], tuple(entries), self.options.reading)

        for row in _todo(self.catalogue):
            full = len(entries) >= most or weight + row[3] > _TASK_BYTES
            if entries and (full or row[1] != source_id):
                yield task()
                entries, weight, most = [], 0, self.size.records(self.left, self.slots())
            source_id = row[1]
            entries.append(Entry(*row[2:6], known=self._known(row[2], row[6])))
            weight += row[3]
        if entries:
            yield task()

    def _known(self, locator: str, record_id: int | None) -> Known | None:
        if record_id is None:
            return None
        byte_size, sha256 = self.catalogue.db.execute(
            "SELECT byte_size, sha256 FROM records WHERE id = ?", [record_id]
        ).fetchone()
        return known_container(self.catalogue.db, record_id, locator, byte_size, sha256)


def _todo(catalogue: Catalogue) -> Iterator[tuple[int, int, str, int, int, str | None, int | None]]:
    last_id = 0
    while True:
        page = catalogue.db.execute(
            "SELECT id, source_id, locator, byte_size, modified_ns, inode, record_id FROM temp.todo"
            " WHERE id > ? ORDER BY id LIMIT 1000",
            [last_id],
        ).fetchall()
        if not page:
            return
        last_id = page[-1][0]
        yield from page


def _finish_sources(catalogue: Catalogue, scan_id: int, roots: Sequence[Root], *, complete: bool) -> None:
    with catalogue.db.atomic():
        for root in roots:
            catalogue.db.execute(
                "UPDATE sources SET last_scan_id = ?, complete = ? WHERE id = ?",
                [scan_id, int(complete), root.source_id],
            )


def _standing_problems(catalogue: Catalogue, root: Root) -> int:
    """Count the problems of the scanned sources; unread files count once for each type and folder."""
    here = {"source_id": root.source_id, "below": root.below}
    if not root.below:
        return catalogue.value("SELECT count(*) FROM problems WHERE source_id = :source_id", here)
    return catalogue.value(
        f"SELECT count(*) FROM problems WHERE source_id = :source_id AND count IS NULL AND {_BELOW}", here
    ) + catalogue.value(
        "SELECT count(*) FROM (SELECT DISTINCT media_type, unread FROM records WHERE source_id = :source_id"
        f" AND {COUNTED} AND {_BELOW})",
        here,
    )


@contextmanager
def stop_on_signal() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns whether the user pressed Ctrl-C; a second Ctrl-C stops at once."""
    asked = False

    def ask(signal_number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    try:
        previous = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # Outside the main thread, the caller handles signals.
        previous = {}
    try:
        yield lambda: asked
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)

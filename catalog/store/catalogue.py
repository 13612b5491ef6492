"""The catalogue: one SQLite file, opened, checked for its version, and locked for its one writer."""

import contextlib
import datetime
import errno
import fcntl
import json
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from sqlite_utils import Database

from catalog.errors import CatalogueBusy, CatalogueUnusable
from catalog.store.schema import APPLICATION_ID, migrations
from catalog.store.sqlite_errors import code_of, explained
from catalog.store.upgrade import bring_up_to_date, find_differences
from media import __version__

_BUSY_SECONDS = 30
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Catalogue:
    """An open catalogue. Use :meth:`open` to write, :meth:`read` to only look.

    Only one process writes at a time (it holds a lock file beside the catalogue); readers are never
    blocked, since the file is in WAL mode.
    """

    def __init__(self, path: Path, db: Database) -> None:
        self.path = path
        self.db = db

    @classmethod
    @contextlib.contextmanager
    def open(
        cls,
        path: str | Path,
        *,
        create: bool = True,
        wait_seconds: float = 60.0,
        on_wait: Callable[[str], None] | None = None,
    ) -> Iterator["Catalogue"]:
        """Open for writing; brings an older catalogue up to this version.

        :param on_wait: told, once, whom this waits for where another process is writing.
        What SQLite refuses later, while the catalogue is open, is raised as one of these too.

        :raises CatalogueUnusable: not a catalogue, of a newer version, damaged, not writable, or its disk is full.
        :raises CatalogueBusy: another process still wrote after ``wait_seconds``.
        """
        path = Path(path)
        if not create:
            _require(path)
        with _lock(path, wait_seconds, on_wait):
            db = _connect(path, writable=True)
            try:
                with explained(path):
                    _prepare(path, db)
                    yield cls(path, db)
            finally:
                db.close()

    @classmethod
    @contextlib.contextmanager
    def read(cls, path: str | Path, *, whatever_differs: bool = False) -> Iterator["Catalogue"]:
        """Open for reading only, without taking any lock that a writer would notice.

        :param whatever_differs: open it even if its tables differ from those of this version, to inspect them.
        :raises CatalogueUnusable: there is no catalogue, or this version cannot read it.
        """
        path = Path(path)
        _require(path)
        db = _connect(path, writable=False)
        try:
            with explained(path):
                _verify(path, db)
                _require_current(path, db, whatever_differs)
                yield cls(path, db)
        finally:
            db.close()

    @staticmethod
    def verify(path: Path, db: Database) -> None:
        """Check that an open database is a catalogue, of this version or an older one.

        :raises CatalogueUnusable: it is not a catalogue, or is of a newer version.
        """
        with explained(path):
            _verify(path, db)

    def rows(
        self, sql: str, parameters: Mapping[str, object] | tuple[object, ...] = ()
    ) -> Iterator[sqlite3.Row]:
        """Yield the rows of a query, one after the other, by column name."""
        cursor = self.db.conn.cursor()
        cursor.row_factory = sqlite3.Row
        # `yield from` would operate on the cursor of a closed catalogue if the reader of our output has gone.
        for row in cursor.execute(sql, parameters):  # noqa: UP028
            yield row

    def value(self, sql: str, parameters: Mapping[str, object] | tuple[object, ...] = ()) -> int:
        """Return the one whole number that a query selects."""
        row = self.db.conn.execute(sql, parameters).fetchone()
        return int(row[0] or 0) if row else 0

    def begin_scan(self, options: Mapping[str, object]) -> int:
        """Record that a scan has started; mark earlier scans that never finished as interrupted."""
        with self.db.atomic():
            self.db.execute("UPDATE scans SET status = 'interrupted' WHERE status = 'running'")
            cursor = self.db.execute(
                "INSERT INTO scans (started_at, status, version, options, token) VALUES (?, 'running', ?, ?, ?)",
                [now(), __version__, json.dumps(options, ensure_ascii=False, sort_keys=True), _make_token()],
            )
        return int(cursor.lastrowid or 0)

    def finish_scan(self, scan_id: int, status: str, counts: Mapping[str, int], seconds: float) -> None:
        """Record how a scan ended and what it read."""
        with self.db.atomic():
            self.db.execute(
                "UPDATE scans SET finished_at = ?, status = ?, records = ?, articles = ?, images = ?,"
                " captions = ?, problems = ?, seconds = ? WHERE id = ?",
                [
                    now(),
                    status,
                    counts.get("records", 0),
                    counts.get("articles", 0),
                    counts.get("images", 0),
                    counts.get("captions", 0),
                    counts.get("problems", 0),
                    round(seconds, 3),
                    scan_id,
                ],
            )

    def is_pending(self, *kinds: str) -> bool:
        """Return whether records were read but not matched yet; with ``kinds``, only items of these kinds count."""
        among = f" WHERE kind IN ({','.join('?' * len(kinds))})" if kinds else ""
        return bool(self.value(f"SELECT EXISTS (SELECT 1 FROM pending{among})", kinds))


def now() -> str:
    """Return this moment, ISO 8601 in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _make_token() -> str:
    """Return a token that is unique to a scan; of two scans in the same second, the later one's sorts last."""
    return f"{time.time_ns():016x}-{secrets.token_hex(4)}"


def _require(path: Path) -> None:
    if not path.exists():
        raise CatalogueUnusable(
            f"{path}: no such catalogue. Make one with `cutline scan FOLDER -c {path}`, or name another with -c."
        )
    if path.is_dir():
        raise CatalogueUnusable(f"{path} is a folder. Name the catalogue's file with -c.")


def _require_current(path: Path, db: Database, whatever_differs: bool) -> None:
    remedy = "Run any writing command on it, such as `cutline match`, to bring it up to date."
    if migrations.pending(db):
        raise CatalogueUnusable(f"{path} was made by an older version of cutline. {remedy}")
    if not whatever_differs and (differences := find_differences(db)):
        raise CatalogueUnusable(f"{path} was made by another version of cutline ({differences[0]}). {remedy}")


def _connect(path: Path, *, writable: bool) -> Database:
    if path.is_dir():
        raise CatalogueUnusable(f"{path} is a folder. Name the catalogue's file with -c.")
    uri = f"file:{quote(os.fsencode(path.absolute()))}"
    with explained(path):
        connection = _connect_writable(uri) if writable else _connect_readonly(uri)
        connection.execute("PRAGMA foreign_keys = ON")
        # 16 MiB: more makes the scanning process grow with the catalogue and gains nothing that was measured;
        # the system keeps the file's pages anyway.
        connection.execute("PRAGMA cache_size = -16384")
        connection.execute("PRAGMA temp_store = FILE")
        return Database(connection, execute_plugins=False)


def _connect_writable(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS)


def _connect_readonly(uri: str) -> sqlite3.Connection:
    """WAL needs a writable folder even for reading; on a read-only disk nothing changes: immutable."""
    connection = sqlite3.connect(uri + "?mode=ro", uri=True, timeout=_BUSY_SECONDS)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if code_of(error) == sqlite3.SQLITE_BUSY:
            raise  # somebody writes to it
        connection = sqlite3.connect(uri + "?mode=ro&immutable=1", uri=True)
    return connection


def _prepare(path: Path, db: Database) -> None:
    if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    _verify(path, db)
    db.execute("PRAGMA journal_mode = WAL")
    # A power cut may lose the last batches, never the file: they are read again by the next scan.
    db.execute("PRAGMA synchronous = NORMAL")
    bring_up_to_date(db, path)


def _verify(path: Path, db: Database) -> None:
    mark = db.execute("PRAGMA application_id").fetchone()[0]
    tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if mark != APPLICATION_ID:
        what = "a database of something else" if tables else "empty, no catalogue yet"
        raise CatalogueUnusable(f"{path} is {what}. Name a catalogue of cutline with -c, or a new file.")
    known = {migration.name for migration in migrations._migrations}
    newer = sorted({each.name for each in migrations.applied(db)} - known)
    if newer:
        raise CatalogueUnusable(
            f"{path} was made by a newer version of cutline (it has {newer[0]}; this is {__version__}). "
            "Install that version or a later one: pip install --upgrade cutline"
        )


@contextlib.contextmanager
def _lock(path: Path, wait_seconds: float, on_wait: Callable[[str], None] | None) -> Iterator[None]:
    """Hold ``PATH.lock``, links followed, while writing. The system drops the lock when its holder dies."""
    # The lock belongs to the file itself: a link to it is the same catalogue.
    lock_path = Path(os.path.realpath(path) + ".lock")
    deadline = time.monotonic() + wait_seconds
    told = False
    while True:
        try:
            descriptor = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            remedy = "Make room there" if error.errno in _FULL else "Check its folder"
            raise CatalogueUnusable(
                f"{path} cannot be written to ({error.strerror}). {remedy}, or name another with -c."
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 40, 0).decode("ascii", "replace").strip() or "another process"
            os.close(descriptor)
            if time.monotonic() > deadline:
                raise CatalogueBusy(
                    f"{path} is being written to by {holder}. Wait for it to finish, then run this again."
                ) from None
            if not told and on_wait:
                on_wait(holder)
            told = True
            time.sleep(0.1)
            continue
        if not _is_current(descriptor, lock_path):
            os.close(descriptor)
            continue
        break
    try:
        # On a full disk the lock still holds; it only cannot name its holder.
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"process {os.getpid()}\n".encode(), 0)
        yield
    finally:
        with contextlib.suppress(OSError):
            lock_path.unlink()
        os.close(descriptor)


def _is_current(descriptor: int, lock_path: Path) -> bool:
    """Return whether the locked file still has that name: the last holder of a lock removes the file."""
    try:
        return os.path.samestat(os.fstat(descriptor), lock_path.stat())
    except FileNotFoundError:
        return False

"""A catalogue to merge from: checked, then attached read-only in its state at one moment."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlite_utils import Database

from catalog.errors import CatalogError, CatalogueUnusable, UsageError
from catalog.store.catalogue import Catalogue
from catalog.store.sqlite_errors import code_of, explain, is_of_the_disk
from catalog.store.upgrade import bring_up_to_date, is_current

SCHEMA = "shard"
"""The name under which it is attached."""

_BUSY_SECONDS = 30

STEPS_BETWEEN_LOOKS = 100_000
"""Instructions of SQLite between two checks whether the user asked to stop, about 100 checks a second."""


@dataclass(frozen=True, slots=True)
class Shard:
    """A catalogue that can be merged."""

    path: Path
    """The path as the user gave it."""
    uri: str
    """SQLite's address of the file that is read: the catalogue, or a copy of it."""


@contextlib.contextmanager
def open_shards(
    out: Path, paths: Sequence[Path], stopped: Callable[[], bool] = lambda: False
) -> Iterator[list[Shard]]:
    """Check all catalogues before anything is written.

    A catalogue of an older version is brought up to date in a copy beside ``out``, for as long as this lasts.
    One that is named twice is taken once; ``out`` itself among others has nothing to bring, and is left out.

    :raises CatalogueUnusable: one is missing, no catalogue, of a newer version, or damaged.
    :raises UsageError: there is nothing to merge but ``out`` itself.
    :raises KeyboardInterrupt: the user asked to stop meanwhile.
    """
    given: dict[object, Path] = {}
    for path in paths:
        given.setdefault(_identity(path), path)
    given.pop(_identity(out), None)
    if not given:
        raise UsageError(
            f"{out} is all there is to merge. Name OUT first, then the catalogues to merge into it."
        )
    with contextlib.ExitStack() as copies:
        yield [_open(path, out, copies, stopped) for path in given.values()]


def _identity(path: Path) -> object:
    """Return the identity of a file, independent of its name; the path if it does not exist."""
    try:
        status = path.stat()
    except OSError:
        return os.path.realpath(path)
    return status.st_dev, status.st_ino


def _open(path: Path, out: Path, copies: contextlib.ExitStack, stopped: Callable[[], bool]) -> Shard:
    if path.is_dir():
        raise CatalogueUnusable(f"{path} is a folder. Name the catalogue's file.")
    if not path.exists():
        raise CatalogueUnusable(
            f"{path}: no such catalogue. Check the path, or scan its part of the archive first."
        )
    address = f"file:{quote(os.fsencode(path.absolute()))}"
    if _can_be_read(f"{address}?mode=ro"):
        source = f"{address}?mode=ro"
    elif _has_unfinished_log(path):
        # Its last transactions are in the log alone, which SQLite reads only where it may write beside it.
        source = _copy_files(path, out, copies)
    else:
        source = f"{address}?mode=ro&immutable=1"
    with _connected(path, source) as connection:
        connection.execute("PRAGMA schema_version")
        db = Database(connection, execute_plugins=False)
        _verify(path, db)
        if not is_current(db):
            source = _bring_up_to_date(path, connection, out, copies)
    with _connected(path, source) as connection:
        connection.set_progress_handler(stopped, STEPS_BETWEEN_LOOKS)
        try:
            _require_sound(path, connection)
        except sqlite3.OperationalError:
            if stopped():
                raise KeyboardInterrupt from None
            raise
    return Shard(path, source)


def _verify(path: Path, db: Database) -> None:
    try:
        Catalogue.verify(path, db)
    except CatalogError as error:
        if isinstance(error.__cause__, sqlite3.DatabaseError):
            raise error.__cause__ from None
        raise


def _can_be_read(address: str) -> bool:
    connection = sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError:
        return True  # The fault is reported later.
    finally:
        connection.close()
    return True


def _has_unfinished_log(path: Path) -> bool:
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


@contextlib.contextmanager
def _connected(path: Path, address: str) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)
    try:
        yield connection
    except sqlite3.DatabaseError as error:
        raise explain_shard(path, error) from error
    finally:
        connection.close()


def _copy_files(path: Path, out: Path, copies: contextlib.ExitStack) -> str:
    folder = _make_folder(path, out, copies)
    try:
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{path}{suffix}", folder / f"shard.db{suffix}")
    except OSError as error:
        raise _no_copy(path, folder, error) from error
    return f"file:{quote(os.fsencode(folder / 'shard.db'))}"


def _bring_up_to_date(
    path: Path, connection: sqlite3.Connection, out: Path, copies: contextlib.ExitStack
) -> str:
    copy = _make_folder(path, out, copies) / "current.db"
    target = sqlite3.connect(copy)
    try:
        connection.backup(target)
        bring_up_to_date(Database(target, execute_plugins=False), path)
        target.commit()
    finally:
        target.close()
    return f"file:{quote(os.fsencode(copy))}"


def _make_folder(path: Path, out: Path, copies: contextlib.ExitStack) -> Path:
    try:
        made = tempfile.TemporaryDirectory(
            dir=out.absolute().parent, prefix=f".{out.name}.", suffix=".merging"
        )
    except OSError as error:
        raise _no_copy(path, out.absolute().parent, error) from error
    return Path(copies.enter_context(made))


def _no_copy(path: Path, folder: Path, error: OSError) -> CatalogueUnusable:
    return CatalogueUnusable(
        f"{path}: a copy of it is needed, and cannot be made in {folder} ({error.strerror}). Make room there."
    )


def _require_sound(path: Path, connection: sqlite3.Connection) -> None:
    """Refuse a damaged file: queries of it can lack rows without an error."""
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise _damaged(path, str(found))
    loose = connection.execute("PRAGMA foreign_key_check").fetchone()
    if loose:
        raise _damaged(path, f"a row of {loose[0]} refers to a row of {loose[2]} that is not there")


def _damaged(path: Path, reason: str) -> CatalogueUnusable:
    return CatalogueUnusable(
        f"{path} is damaged ({' '.join(reason.split())}); nothing of it was merged. Restore it from a backup, or scan"
        " its part of the archive again."
    )


def explain_shard(path: Path, error: sqlite3.DatabaseError) -> CatalogError:
    """Return one line for an error of SQLite while a shard is read."""
    if is_of_the_disk(error) or code_of(error) == sqlite3.SQLITE_NOTADB:
        return explain(path, error)
    return _damaged(path, str(error))


@contextlib.contextmanager
def attached(catalogue: Catalogue, shard: Shard) -> Iterator[None]:
    """Attach the shard's tables to the catalogue's connection, as ``shard.records`` and so on.

    Within one transaction they stay as they were at its start, even if a scan continues to write to the file.
    """
    execute = catalogue.db.conn.execute
    execute(f"ATTACH ? AS {SCHEMA}", (shard.uri,))
    try:
        yield
    finally:
        execute(f"DETACH {SCHEMA}")

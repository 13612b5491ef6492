"""What SQLite says of a catalogue, as one line: what, where, and the remedy. The one place that knows."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from catalog.errors import CatalogError, CatalogueBusy, CatalogueUnusable

_KEPT = "What was recorded is kept"

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)
_OF_THE_DISK = (
    *_BUSY,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_CANTOPEN,
)


def explain(path: str | Path, error: sqlite3.Error) -> CatalogError:
    """Return what to raise instead of an error of SQLite; ``path`` is the catalogue it was about."""
    if (code := code_of(error)) in _BUSY:
        return CatalogueBusy(
            f"{path} is locked by another program, such as an SQLite shell or editor with an open transaction."
            f" End it there, then run this again. {_KEPT}."
        )
    return CatalogueUnusable(f"{path}{_say(path, code, error)}")


def is_of_the_disk(error: sqlite3.Error) -> bool:
    """Whether it is about where a catalogue lies, or who else uses it, and not about what it holds."""
    return code_of(error) in _OF_THE_DISK


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is not what SQLite wrote."""
    return code_of(error) in _DAMAGED


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 where Python itself refused."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


@contextlib.contextmanager
def explained(path: str | Path) -> Iterator[None]:
    """Raise what :func:`explain` makes of SQLite's errors; misuse of SQLite is a fault of ours and stays as it is."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        raise explain(path, error) from error


def _say(path: str | Path, code: int, error: sqlite3.Error) -> str:
    said = " ".join(str(error).split())
    match code:
        case sqlite3.SQLITE_FULL:
            return (
                ": the disk is full, its own or that of SQLite's temporary files (SQLITE_TMPDIR, else TMPDIR or"
                f" /var/tmp). {_KEPT}; make room, and run again."
            )
        case sqlite3.SQLITE_IOERR:
            return (
                f" could not be read or written ({said}, {error.sqlite_errorname}). {_KEPT}; look for a quota, a limit"
                " on the size of files, or a failing or removed disk, and run again."
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return " cannot be written to (read-only). Copy it to a disk that can, or name another with -c."
        case sqlite3.SQLITE_CANTOPEN:
            return " cannot be opened here. Check that its folder exists and may be written to."
        case sqlite3.SQLITE_NOTADB:
            return " is not an SQLite file. Name a catalogue of cutline with -c, or a new file."
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_FORMAT:
            return (
                f" is damaged ({said}). Restore it from a backup, or scan the archive into a new one with -c;"
                f" `sqlite3 {path} .recover` shows what can still be read."
            )
    return (
        f" does not hold what this version of cutline wrote ({said}). Run `cutline check -c {path}`, which says what"
        " differs; if nothing does, please report this."
    )

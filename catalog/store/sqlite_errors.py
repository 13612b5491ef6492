"""Errors of SQLite as one line: what, where, and the remedy."""

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
    """Return the error to raise instead of one from SQLite; ``path`` is its catalogue."""
    if (code := code_of(error)) in _BUSY:
        return CatalogueBusy(
            f"{path} is locked by another program, such as an SQLite shell or editor with an open transaction."
            f" End it there, then run this again. {_KEPT}."
        )
    return CatalogueUnusable(f"{path}{_say(path, code, error)}")


def is_of_the_disk(error: sqlite3.Error) -> bool:
    """Return whether an error concerns the catalogue's disk or its other users, and not its content."""
    return code_of(error) in _OF_THE_DISK


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether an error means that the file is damaged."""
    return code_of(error) in _DAMAGED


def code_of(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 for errors of Python's own module."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


@contextlib.contextmanager
def explained(path: str | Path) -> Iterator[None]:
    """Raise SQLite's errors as :func:`explain` words them; errors from misuse are bugs of ours and stay unchanged."""
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
        f" lacks tables or rows of this version of cutline ({said}). Run `cutline check -c {path}`, which lists what"
        " differs; if nothing does, please report this."
    )

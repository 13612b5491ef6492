"""Reserved room on the disk while a cleanup can be undone or purged: even a purge that frees a full disk needs some.

Without a free block, SQLite cannot write to a catalogue, and no line can be added to the journal.
"""

import errno
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from catalog.store.catalogue import Catalogue

SUFFIX = ".room"
"""The suffix after the catalogue's name."""
_BYTES = 1 << 20
"""Bytes for SQLite's shared memory and log for a few hundred rows; once these are done, there is room again."""


def room_of(catalogue: Path) -> Path:
    """Return the path of a catalogue's reserved room, with links followed."""
    return Path(os.path.realpath(catalogue) + SUFFIX)


def keep_room(catalogue: Catalogue) -> None:
    """Reserve room while there is a cleanup to undo or purge, and free it when there is none."""
    path = room_of(catalogue.path)
    if not catalogue.value("SELECT EXISTS (SELECT 1 FROM cleanups WHERE status IN ('applying', 'applied'))"):
        path.unlink(missing_ok=True)
        return
    if path.exists():
        return
    with suppress(OSError):
        try:
            path.write_bytes(os.urandom(_BYTES))  # A file system may store zeros as a hole.
        except OSError:
            path.unlink(missing_ok=True)


def use_room(catalogue: Path) -> None:
    """Free the room if the disk or a quota is full, for a command that frees or restores files."""
    path = room_of(catalogue)
    with suppress(OSError):
        if path.exists() and not _is_room(path.parent):
            path.unlink()


def _is_room(folder: Path) -> bool:
    """Return whether as much can be written; this is tried, since a disk's free space does not show a quota."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            os.posix_fallocate(probe.fileno(), 0, _BYTES)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return False
        return shutil.disk_usage(folder).free >= _BYTES
    return True

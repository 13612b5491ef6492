"""Room on the disk, set aside while a cleanup can be undone or purged: a purge that would free a full disk needs some.

SQLite cannot write to a catalogue, nor the journal be added to, where not one block is free.
"""

import errno
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from catalog.store.catalogue import Catalogue

SUFFIX = ".room"
"""After the catalogue's own name."""
_BYTES = 1 << 20
"""SQLite's shared memory and log for a few hundred rows; after the first rows are done, there is room again."""


def room_of(catalogue: Path) -> Path:
    """Return where the room of a catalogue is, links followed."""
    return Path(os.path.realpath(catalogue) + SUFFIX)


def keep_room(catalogue: Catalogue) -> None:
    """Set room aside while there is a cleanup to undo or purge, and give it back when there is none."""
    path = room_of(catalogue.path)
    if not catalogue.value("SELECT EXISTS (SELECT 1 FROM cleanups WHERE status IN ('applying', 'applied'))"):
        path.unlink(missing_ok=True)
        return
    if path.exists():
        return
    with suppress(OSError):
        try:
            path.write_bytes(os.urandom(_BYTES))  # zeros may be kept as a hole
        except OSError:
            path.unlink(missing_ok=True)


def use_room(catalogue: Path) -> None:
    """Give the room back where the disk or a quota is full, for a command that frees or restores files."""
    path = room_of(catalogue)
    with suppress(OSError):
        if path.exists() and not _is_room(path.parent):
            path.unlink()


def _is_room(folder: Path) -> bool:
    """Return whether as much can be written: what is free on the disk says nothing of a quota, so that it is tried."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            os.posix_fallocate(probe.fileno(), 0, _BYTES)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return False
        return shutil.disk_usage(folder).free >= _BYTES
    return True

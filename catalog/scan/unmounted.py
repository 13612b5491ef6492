"""Folders whose disk is not mounted now: their files cannot be reached, but are not gone."""

import os

from media.archives.folder import FolderSource
from media.archives.source import Source
from media.locator import decode_path, encode_path
from media.record import Problem


def find_empty_mount(source: Source, locator: str, inode: str | None) -> str | None:
    """Return the locator of the folder that lacks the disk of a vanished file; None if the file is gone.

    That is the nearest folder above the file that is there, if it is empty and on another device than the file was.
    """
    if not isinstance(source, FolderSource) or inode is None:
        return None
    names = decode_path(locator).split("/")[:-1]
    while True:
        try:
            folder = os.path.join(source.root, *names)
            with os.scandir(folder) as found:
                empty = next(found, None) is None
            moved = str(os.stat(folder).st_dev) != inode.partition(":")[0]
        except (FileNotFoundError, NotADirectoryError):
            if not names:
                return None
            names.pop()
            continue
        except OSError:
            return None
        return (encode_path("/".join(names)) or ".") if empty and moved else None


def say_unmounted(locator: str, records: int) -> Problem:
    """Return the problem that covers all records below such a folder."""
    return Problem(
        locator,
        "list",
        f"this folder is empty, and the files that were below it ({records:,}) were on another disk",
        "Mount that disk and scan again; they stay in the catalogue. If they are gone for good, remove the folder, or"
        " put any file into it.",
    )

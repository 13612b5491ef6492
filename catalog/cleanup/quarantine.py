"""The quarantine of one source: a folder on the same file system, with the archive's folders.

``ROOT/.cutline-quarantine/TOKEN-SOURCE/files/2020/02/photo.jpg`` is where ``2020/02/photo.jpg`` of the
source at ``ROOT`` goes; ``journal.jsonl`` beside ``files`` says what was done, without the catalogue.
"""

import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from catalog.cleanup.files import (
    Name,
    Refused,
    enter,
    explain,
    locate,
    open_folder,
    split_locator,
    sync_folder,
)
from catalog.cleanup.journal import NAME as JOURNAL_NAME
from catalog.cleanup.journal import ROOM, Journal, Mark
from media.archives.open_source import is_elsewhere
from media.locator import path_from_uri

FOLDER = ".cutline-quarantine"
"""The folder at the root of an archive; scans skip it (:data:`media.archives.folder.JUNK`)."""

_OURS = 0o700


class NoQuarantine(Refused):
    """There is no quarantine with this name: nothing was moved there, or everything was put back."""


def root_path(uri: str, kind: str) -> str:
    """Return the folder that a source's locators start from.

    :raises Refused: it is in an object store, where nothing is ever touched.
    """
    if is_elsewhere(uri):
        raise Refused("its archive is in an object store now: nothing is done there")
    path = path_from_uri(uri)
    return path if kind == "folder" else os.path.dirname(path)


def why_out_of_reach(uri: str, kind: str) -> str | None:
    """Return why an archive cannot be reached, such as a disk that is not mounted; None if it can."""
    if is_elsewhere(uri):
        return None
    root = root_path(uri, kind)
    try:
        if os.listdir(root):
            return None
    except OSError as error:
        return f"the archive cannot be reached ({explain(error)}). Mount its disk, then run this again"
    return "the archive cannot be reached: its folder is empty. Mount its disk, then run this again"


@dataclass(slots=True)
class Quarantine:
    """An open quarantine and the root of the source that it serves."""

    root: int
    """Descriptor of the source's root."""
    folder: int
    """Descriptor of the quarantine's own folder."""
    journal: Journal
    path: Path

    @classmethod
    def open(cls, root: str, chosen: str | None, name: str, *, create: bool) -> "Quarantine":
        """Open the quarantine ``name`` of the source at ``root``; the caller closes it with :meth:`close`.

        :param chosen: the folder for it that the user named; None: one at the source's root.
        :raises Refused: the archive or the quarantine is out of reach.
        :raises NoQuarantine: there is none, and none is to be made.
        """
        root_descriptor = open_folder(root)
        try:
            with _keeping_time(root_descriptor):
                folder = _open_own(root_descriptor, chosen, name, create=create)
        except BaseException:
            os.close(root_descriptor)
            raise
        path = Path(chosen or os.path.join(root, FOLDER)) / name
        try:
            journal = Journal(folder, create=create)
        except OSError as error:
            empty = isinstance(error, FileNotFoundError) and not os.listdir(folder)
            os.close(folder)
            os.close(root_descriptor)
            if empty:
                raise NoQuarantine(str(path)) from error
            raise Refused(f"the journal in {path} cannot be opened ({explain(error)})") from error
        if create:
            journal.set_room_aside()
        return cls(root_descriptor, folder, journal, path)

    def close(self) -> None:
        self.journal.close()
        os.close(self.folder)
        os.close(self.root)

    @contextmanager
    def original(self, locator: str, *, make: bool = False) -> Iterator[Name]:
        """Return the name of a record in the archive."""
        with locate(self.root, split_locator(locator), make=0o777 if make else None) as name:
            yield name

    @contextmanager
    def kept(self, locator: str, *, make: bool = False) -> Iterator[Name]:
        """Return the name of a record in quarantine."""
        with locate(self.folder, ["files", *split_locator(locator)], make=_OURS if make else None) as name:
            yield name

    @contextmanager
    def aside(self, number: int) -> Iterator[Name]:
        """Return the temporary name of one of our links, or of a file that we are still writing."""
        with locate(self.folder, ["aside", str(number)], make=_OURS) as name:
            yield name

    def end(self, marks: Sequence[Mark], locators: Iterable[str]) -> None:
        """Record how acts ended, after syncing the folders of their files to the disk."""
        with suppress(Refused):
            for names in {tuple(split_locator(each)[:-1]) for each in locators}:
                _sync(self.root, list(names))
                _sync(self.folder, ["files", *names])
        self.journal.append(marks)

    def is_on_device(self, device: int) -> bool:
        """Return whether files of this device can be moved here."""
        return os.fstat(self.folder).st_dev == device

    def drop_empty_folders(self, locator: str) -> None:
        """Remove the quarantine's empty folders above a record that has left it."""
        names = ["files", *split_locator(locator)][:-1]
        while names:
            try:
                with enter(self.folder, names[:-1]) as above:
                    os.rmdir(names[-1], dir_fd=above)
            except OSError:
                return
            names.pop()

    def is_empty(self) -> bool:
        """Return whether no file is left in it."""
        return not any(files for _, _, files in os.walk(self.path / "files"))


def _sync(root: int, folders: list[str]) -> None:
    try:
        with enter(root, folders) as folder:
            sync_folder(folder)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            raise


def dismantle(root: str, chosen: str | None, name: str) -> None:
    """Remove a quarantine that holds no files any more; folders that are not empty stay."""
    parent = Path(chosen or os.path.join(root, FOLDER))
    path = parent / name
    with suppress(OSError, Refused):
        at = open_folder(root)
        try:
            with _keeping_time(at):
                for below in ("aside", "files"):
                    _remove_empty_tree(path / below)
                if path.is_dir() and set(os.listdir(path)) <= {JOURNAL_NAME, ROOM}:
                    with suppress(FileNotFoundError):
                        os.unlink(path / ROOM)
                    with suppress(FileNotFoundError):
                        os.unlink(path / JOURNAL_NAME)
                    os.rmdir(path)
                if chosen is None:
                    os.rmdir(parent)
        finally:
            os.close(at)


def _remove_empty_tree(path: Path) -> None:
    for folder, _, _ in os.walk(path, topdown=False):
        with suppress(OSError):
            os.rmdir(folder)


def _open_own(root: int, chosen: str | None, name: str, *, create: bool) -> int:
    where = chosen or FOLDER
    try:
        if chosen is None:
            with enter(root, [FOLDER, name], make=_OURS if create else None) as folder:
                return os.dup(folder)
        if create:
            Path(chosen).mkdir(mode=_OURS, parents=True, exist_ok=True)
        above = open_folder(chosen)
        try:
            with enter(above, [name], make=_OURS if create else None) as folder:
                return os.dup(folder)
        finally:
            os.close(above)
    except FileNotFoundError as error:
        if create:
            raise Refused(f"the quarantine {where} cannot be made ({explain(error)})") from error
        raise NoQuarantine(where) from error
    except OSError as error:
        raise Refused(f"the quarantine {where} cannot be opened ({explain(error)})") from error


@contextmanager
def _keeping_time(folder: int) -> Iterator[None]:
    """Restore a folder's modification time: making or removing a quarantine is not a change of the archive."""
    before = os.fstat(folder)
    yield
    if os.fstat(folder).st_mtime_ns != before.st_mtime_ns:
        with suppress(OSError):
            os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))

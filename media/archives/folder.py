"""A folder of files, walked without following links out of it."""

import errno
import fnmatch
import os
import re
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from media.archives.container import JUNK
from media.archives.open_container import open_within
from media.archives.source import Opened, Presence, SourceRef
from media.errors import MissingError, ReadError, SourceError
from media.locator import decode_path, encode_path, path_from_uri
from media.record import Entry, Problem, clamp_ns, far_time

_REASONS = {
    errno.EACCES: ("permission denied", "Give the user who scans read access to it, and scan again."),
    errno.EPERM: ("permission denied", "Give the user who scans read access to it, and scan again."),
    errno.ENOENT: ("it is no longer there", "Scan again: it vanished while being scanned."),
    errno.EIO: ("the disk cannot read it", "Check the disk; restore the file from a backup."),
    errno.ELOOP: ("it became a link", "Scan again; links are not followed unless --follow-links is given."),
    errno.ENAMETOOLONG: ("its name is too long for this system", "Shorten the name."),
}


_MEMBER_MARK = re.compile(r"[!#]")


@dataclass(frozen=True, slots=True)
class Selection:
    """Selects records of a source by globs over their locators.

    A glob without a slash is tried on the record's own name, one with a slash on the whole locator;
    ``*`` crosses folders. An excluded folder is not entered.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    _compiled: dict[str, re.Pattern[str]] = field(default_factory=dict, compare=False, repr=False)

    def takes(self, locator: str) -> bool:
        if self.include and not self._any(self.include, locator):
            return False
        return not self.excludes(locator)

    def excludes(self, locator: str) -> bool:
        return bool(self.exclude) and self._any(self.exclude, locator)

    def _any(self, globs: tuple[str, ...], locator: str) -> bool:
        name = locator.rpartition("/")[2]
        return any(self._pattern(glob).match(locator if "/" in glob else name) for glob in globs)

    def _pattern(self, glob: str) -> re.Pattern[str]:
        if glob not in self._compiled:
            self._compiled[glob] = re.compile(fnmatch.translate(glob.removesuffix("/")))
        return self._compiled[glob]


class FolderSource:
    """The files below a folder.

    Links are not followed unless asked for, so that a record is one file of this folder; a loop of
    links is entered once. Sockets, pipes and devices are no records.
    """

    def __init__(
        self,
        root: str | Path,
        *,
        selection: Selection | None = None,
        without: Collection[str] = (),
        follow_links: bool = False,
        below: str = "",
    ) -> None:
        """:param without: real paths that are not walked: other sources, the catalogue's own files.
        :param below: only this part of the folder (a locator), the rest being taken as unchanged.
        """
        self.root = os.path.realpath(root)
        self.selection = selection or Selection()
        self.without = frozenset(without)
        self.follow_links = follow_links
        self.below = below
        self.links_skipped = 0

    @classmethod
    def from_ref(cls, ref: SourceRef) -> "FolderSource":
        return cls(path_from_uri(ref.uri))

    @property
    def ref(self) -> SourceRef:
        return SourceRef(Path(self.root).as_uri(), "folder")

    def entries(self) -> Iterator[Entry | Problem]:
        start = os.path.join(self.root, decode_path(self.below)) if self.below else self.root
        if self.below and os.path.isfile(start):
            with self.open(self.below) as opened:
                yield opened.entry
                if strange := far_time(self.below, "list", opened.entry.modified_ns):
                    yield strange
            return
        if not os.path.isdir(start):
            raise SourceError(f"{start}: no such folder", "Check the path, or mount the disk that holds it.")
        entered: set[tuple[int, int]] = set()
        folders = [start]
        while folders:
            folder = folders.pop()
            try:
                status = os.stat(folder)
                if (status.st_dev, status.st_ino) in entered:
                    continue
                entered.add((status.st_dev, status.st_ino))
                with os.scandir(folder) as found:
                    children = sorted(found, key=lambda child: child.name)
            except OSError as error:
                yield self._problem(folder, error)
                continue
            below: list[str] = []
            for child in children:
                if child.name in JUNK or child.name.startswith("._") or child.path in self.without:
                    continue
                try:
                    entry = self._entry(child, below)
                except OSError as error:
                    yield self._problem(child.path, error)
                    continue
                if entry is not None:
                    yield entry
                    if strange := far_time(entry.locator, "list", entry.modified_ns):
                        yield strange
            folders.extend(reversed(below))

    def _entry(self, child: os.DirEntry[str], below: list[str]) -> Entry | None:
        if child.is_symlink() and not self.follow_links:
            self.links_skipped += 1
            return None
        locator = self._locator(child.path)
        if child.is_dir():
            if not self.selection.excludes(locator):
                below.append(child.path)
            return None
        status = child.stat()
        if not stat.S_ISREG(status.st_mode) or not self.selection.takes(locator):
            return None
        return _entry(locator, status)

    @contextmanager
    def open(self, locator: str) -> Iterator[Opened]:
        """Open a file, or a member of a container by its locator."""
        if not os.path.lexists(self._path(locator)) and (around := self._container_of(locator)):
            with self._open_file(around) as file, open_within(file, locator) as opened:
                yield opened
            return
        with self._open_file(locator) as opened:
            yield opened

    @contextmanager
    def _open_file(self, locator: str) -> Iterator[Opened]:
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            descriptor = os.open(self._path(locator), flags)
        except (OSError, ValueError) as error:
            raise ReadError(*_explain(error)) from error
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise ReadError("it is no regular file any more", "Scan again.")
            yield Opened(stream, _entry(locator, status))

    def presence(self, locator: str) -> Presence:
        path = self._path(locator)
        if path in self.without:
            return "gone"
        try:
            os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            if self._container_of(locator):
                return self._presence_within(locator)
            return "gone" if os.path.isdir(self.root) else "unknown"
        except (OSError, ValueError):
            return self._presence_within(locator) if self._container_of(locator) else "unknown"
        return "there"

    def _presence_within(self, locator: str) -> Presence:
        try:
            with self.open(locator):
                return "there"
        except MissingError:
            return "gone"
        except ReadError:
            return "there"

    def holds_file_of(self, locator: str) -> bool:
        """Return whether the file of a record, or of its container, exists; its content is not checked."""
        try:
            return os.path.lexists(self._path(locator)) or self._container_of(locator) is not None
        except ValueError:
            return False

    def _container_of(self, locator: str) -> str | None:
        """Return the locator of the file that holds the member at ``locator``."""
        for mark in _MEMBER_MARK.finditer(locator):
            try:
                if os.path.isfile(self._path(locator[: mark.start()])):
                    return locator[: mark.start()]
            except ValueError:
                continue
        return None

    def _path(self, locator: str) -> str:
        return os.path.join(self.root, decode_path(locator))

    def _locator(self, path: str) -> str:
        return encode_path(os.path.relpath(path, self.root))

    def _problem(self, path: str, error: OSError) -> Problem:
        reason, remedy = _explain(error)
        return Problem(self._locator(path), "list", reason, remedy)


def _entry(locator: str, status: os.stat_result) -> Entry:
    return Entry(locator, status.st_size, clamp_ns(status.st_mtime_ns), f"{status.st_dev}:{status.st_ino}")


def _explain(error: OSError | ValueError) -> tuple[str, str]:
    if isinstance(error, ValueError):
        return "no file can have this name", "Scan again."
    default = (error.strerror or str(error), "Check the file and the disk that holds it.")
    return _REASONS.get(error.errno or 0, default)

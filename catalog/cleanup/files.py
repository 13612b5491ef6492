"""Files by descriptor: opened without following a link, moved without replacing anything.

Apart from ``shared_blocks.py``, only this module changes an archive. Every path is walked from its root one folder at a
time, never through a symbolic link, so that the verified file is the one that is moved.
"""

import ctypes
import errno
import fcntl
import hashlib
import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from media.locator import decode_path

_CHUNK_BYTES = 1 << 20
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
_FILE_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_RENAME_NOREPLACE = 1
_RENAME_EXCL = 4  # macOS: renameatx_np

_REASONS = {
    errno.ENOENT: "it is not there any more",
    errno.ENOTDIR: "it is not there any more",
    errno.ELOOP: "it is, or is reached through, a symbolic link",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied, or the file is marked as unchangeable",
    errno.EROFS: "its file system is read-only",
    errno.EXDEV: "it is on another file system",
    errno.EEXIST: "another file has its name",
    errno.ENOSPC: "the disk is full",
    errno.EBUSY: "something is mounted on it",
}


class Refused(Exception):
    """An action is not carried out; the message gives the reason for a person."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in an open folder, as rename needs it."""

    folder: int
    """Descriptor of the folder."""
    name: str

    def status(self) -> os.stat_result | None:
        """Return the status of the file with this name, without following a link; None if there is none."""
        try:
            return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            return None


def explain(error: OSError) -> str:
    """Return the reason of a system error in words."""
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)


def split_locator(locator: str) -> list[str]:
    """Return the names of a locator, outermost first.

    :raises Refused: it leads out of its source.
    """
    names = decode_path(locator).split("/")
    if any(name in ("", ".", "..") or "\0" in name for name in names):
        raise Refused("its locator leads out of its source")
    return names


def open_folder(path: str) -> int:
    """Return a descriptor of a folder that is not a link itself.

    :raises Refused: it is not there, or no folder.
    """
    try:
        return os.open(path, _FOLDER_FLAGS)
    except OSError as error:
        raise Refused(f"the folder {path} cannot be opened ({explain(error)})") from error


def make_folder(path: str) -> None:
    """Make a folder and its parents, if they are missing.

    :raises Refused: it cannot be made.
    """
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise Refused(f"the folder {path} cannot be made ({explain(error)})") from error


@contextmanager
def enter(root: int, folders: list[str], *, make: int | None = None) -> Iterator[int]:
    """Give a descriptor of the folder below ``root``; with a mode to ``make`` it with, made where it is
    missing.
    """
    at = os.dup(root)
    try:
        for name in folders:
            if make is not None:
                with suppress(FileExistsError):
                    os.mkdir(name, make, dir_fd=at)
                    sync_folder(at)
            below = os.open(name, _FOLDER_FLAGS, dir_fd=at)
            os.close(at)
            at = below
        yield at
    finally:
        os.close(at)


@contextmanager
def locate(root: int, names: list[str], *, make: int | None = None) -> Iterator[Name]:
    """Return the name that ``names`` lead to from ``root``."""
    with enter(root, names[:-1], make=make) as folder:
        yield Name(folder, names[-1])


def open_file(name: Name) -> int:
    """Return a descriptor of the regular file at a name.

    :raises Refused: it is a link, a pipe, a device.
    """
    descriptor = os.open(name.name, _FILE_FLAGS, dir_fd=name.folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refused("it is no longer a regular file")
    return descriptor


def hash_file(descriptor: int) -> str:
    """Return the SHA-256 of an open file's bytes, in hex."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(_CHUNK_BYTES))
    offset = 0
    while count := os.preadv(descriptor, [buffer], offset):
        digest.update(buffer[:count])
        offset += count
    return digest.hexdigest()


@contextmanager
def alone(descriptor: int) -> Iterator[None]:
    """Hold an open file so that no other program has it open for writing (Linux: a lease, fcntl(2) F_SETLEASE).

    Where the system or the file system knows no leases, nothing is held.

    :raises Refused: another program has it open for writing now.
    """
    try:
        # A program that opens it for writing meanwhile has to wait; the kernel sends us a signal that is ignored.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        leased = True
    except BlockingIOError as error:
        raise Refused("a program has it open for writing") from error
    except (OSError, AttributeError):
        leased = False
    try:
        yield
    finally:
        if leased:
            with suppress(OSError):
                fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)


def is_untouched(before: os.stat_result, now: os.stat_result) -> bool:
    """Return whether it is the same file and nothing has written to it (by ctime, which no program can set back)."""
    return (before.st_dev, before.st_ino, before.st_size, before.st_mtime_ns, before.st_ctime_ns) == (
        now.st_dev,
        now.st_ino,
        now.st_size,
        now.st_mtime_ns,
        now.st_ctime_ns,
    )


def move(old: Name, new: Name, *, into_ours: bool = False) -> None:
    """Rename a file without replacing a file at the new name.

    Where the file system cannot refuse to replace by itself (some network ones), a file that comes
    ``into_ours``, a folder that nobody else writes to, is renamed once nothing is seen at its new
    name; one that goes out of it gets its new name as a hard link, which never replaces.

    :raises FileExistsError: the new name is taken.
    """
    try:
        _rename_noreplace(old, new)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise
        if into_ours:
            if new.status() is not None:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new.name) from error
            os.rename(old.name, new.name, src_dir_fd=old.folder, dst_dir_fd=new.folder)
        else:
            link(old, new)
            remove(old)


def link(old: Name, new: Name) -> None:
    """Give a file a second name without replacing a file at that name."""
    os.link(old.name, new.name, src_dir_fd=old.folder, dst_dir_fd=new.folder, follow_symlinks=False)


def remove(name: Name) -> None:
    """Remove a name."""
    os.unlink(name.name, dir_fd=name.folder)


def sync_folder(descriptor: int) -> None:
    """Sync the names in an open folder to the disk, if its file system can."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise


def sync_file_system(descriptor: int) -> None:
    """Sync the whole file system of an open file to the disk (Linux: syncfs(2))."""
    if _syncfs is None or _syncfs(descriptor):
        os.sync()


def _load_rename() -> tuple[Callable[[int, bytes, int, bytes, int], int] | None, int]:
    library = ctypes.CDLL(None, use_errno=True)
    name, flag = (
        ("renameatx_np", _RENAME_EXCL) if sys.platform == "darwin" else ("renameat2", _RENAME_NOREPLACE)
    )
    function = getattr(library, name, None)
    if function is not None:
        function.argtypes = (
            ctypes.c_int,
            ctypes.c_char_p,
            ctypes.c_int,
            ctypes.c_char_p,
            ctypes.c_uint,
        )
        function.restype = ctypes.c_int
    return function, flag


_rename, _rename_flag = _load_rename()
_syncfs: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "syncfs", None)


def _rename_noreplace(old: Name, new: Name) -> None:
    if _rename is None:
        raise OSError(errno.ENOSYS, "no rename that refuses to replace")
    failed = _rename(old.folder, os.fsencode(old.name), new.folder, os.fsencode(new.name), _rename_flag)
    if failed:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), old.name)

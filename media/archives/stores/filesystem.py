"""All stores of fsspec (``gs://``, ``az://``, ``sftp://``, ``https://``...), through fsspec and its packages.

Each is configured by its own environment variables. Errors are reported by their kind. Their messages are not repeated,
because they may contain an address with a token.
"""

import datetime
import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import fsspec
from fsspec.core import url_to_fs

from media.archives.stores.address import Address
from media.archives.stores.patience import Patience
from media.archives.stores.store import (
    Changed,
    Denied,
    Gone,
    NoStore,
    Part,
    Passing,
    Stored,
    StoreError,
    Unlisted,
    version_time,
)

_VERSIONS = ("etag", "ETag", "e_tag", "md5Hash", "content_md5", "generation")
_TIMES = ("mtime", "last_modified", "LastModified", "updated", "modified", "created")
_WHOLE = ("http", "https")
"""Schemes that give single files, but no listings of folders."""
_PASSING_ERRNOS = frozenset(
    {errno.EIO, errno.EBUSY, errno.EAGAIN, errno.ETIMEDOUT, errno.ECONNRESET, errno.ENETUNREACH, errno.EPIPE}
)
_AGAIN = "Check the network and the store, and scan again."


class FilesystemStore:
    """The files in one of fsspec's file systems."""

    is_flat = False

    def __init__(self, address: Address) -> None:
        """Make a client for an address.

        :raises NoStore: fsspec does not know the scheme.
        :raises ImportError: the package for the scheme is not installed.
        """
        self.scheme = address.scheme
        try:
            fsspec.get_filesystem_class(address.scheme)
        except ValueError as error:
            reason = f"there is no store of kind {address.scheme}://"
            raise NoStore(
                reason, "Stores are s3://, and what fsspec knows: gs://, az://, sftp://, https://..."
            ) from error
        with _explained():
            # Each has its own connection: with some packages, threads must not share one.
            self._files, root = url_to_fs(str(address), skip_instance_cache=True)
        self.root = root + "/" if address.path.endswith("/") and not root.endswith("/") else root

    def objects(self, prefix: str, patience: Patience) -> Iterator[Stored | Unlisted]:
        if self.scheme in _WHOLE:
            raise NoStore("a web server lists no folders", "Give the address of a file.")
        folders = [prefix.rstrip("/") or prefix]
        while folders:
            folder = folders.pop()
            try:
                found = patience.run(partial(self._names, folder))
            except StoreError as error:
                if folder == (prefix.rstrip("/") or prefix):
                    raise
                yield Unlisted(folder, error)
                continue
            below = []
            for each in found:
                name = each["name"].rstrip("/")
                if each.get("type") == "directory":
                    below.append(name)
                elif each.get("type") == "file" and name != folder:
                    yield _stored(name, each)
            folders.extend(reversed(below))

    def _names(self, folder: str) -> list[Mapping[str, Any]]:
        with _explained():
            self._files.invalidate_cache()
            return sorted(self._files.ls(folder, detail=True), key=lambda each: str(each["name"]))

    def stat(self, key: str) -> Stored:
        if ".." in key.split("/"):
            raise Gone("its name leads out of the archive", "Scan again.")
        with _explained():
            self._files.invalidate_cache()
            said = self._files.info(key)
        if said.get("type") == "directory":
            raise Gone("it is a folder", "Scan again.")
        return _stored(key, said)

    @contextmanager
    def read(self, key: str, start: int, end: int, version: str | None = None) -> Iterator[Part]:
        stored = self.stat(key)
        if version is not None and stored.version != version:
            raise Changed
        yield Part(stored, self._bytes(key, start, min(end, stored.byte_size)))

    def _bytes(self, key: str, start: int, end: int) -> Iterator[bytes]:
        if start < end:
            with _explained():
                yield self._files.cat_file(key, start=start, end=end)


def _stored(key: str, said: Mapping[str, Any]) -> Stored:
    version = next((str(said[name]) for name in _VERSIONS if said.get(name)), None)
    written = next((said[name] for name in _TIMES if said.get(name)), None)
    if said.get("size") is None:
        raise StoreError(
            "the store does not tell its size", "Copy the archive to where its files have sizes."
        )
    return Stored(key, int(said["size"]), version_time(_seconds(written), version), version)


def _seconds(written: object) -> float:
    """Return a time in seconds, given as seconds, a datetime or ISO 8601; 0 if it is unknown."""
    if isinstance(written, datetime.datetime):
        return written.timestamp()
    if isinstance(written, int | float):
        return float(written)
    try:
        return datetime.datetime.fromisoformat(str(written)).timestamp()
    except ValueError:
        return 0.0


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except (ImportError, NotImplementedError, AttributeError, TypeError, ValueError, LookupError) as error:
        raise StoreError(
            f"its package failed on it ({type(error).__name__})",
            "Update fsspec and the package for this store.",
        ) from error
    except Exception as error:
        raise _fault(error) from error


def _fault(error: Exception) -> StoreError:
    """Return the meaning of a package's error, by its kind and its HTTP status, if it has one."""
    status = getattr(error, "status", None) or getattr(error, "code", None) or 0
    status = status if isinstance(status, int) else 0
    name = type(error).__name__
    if isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError) or status == 404:
        return Gone("it is no longer there", "Scan again: it vanished while being scanned.")
    if isinstance(error, PermissionError) or status in (401, 403):
        return Denied("access denied", "Check the credentials that the environment gives for this store.")
    if status == 429 or status >= 500:
        return Passing(f"the store failed ({status})", _AGAIN)
    if status >= 400:
        return StoreError(f"the store refused ({status})", _AGAIN)
    is_network = isinstance(error, ConnectionError | TimeoutError)
    number = error.errno if isinstance(error, OSError) and not is_network else None
    if number is not None and number not in _PASSING_ERRNOS:
        return StoreError(f"the store failed ({os.strerror(number)})", _AGAIN)
    return Passing(f"the connection to the store failed ({name})", _AGAIN)

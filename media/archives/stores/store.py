"""The interface of every store, and its errors."""

import hashlib
import math
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from media.errors import MissingError, ReadError
from media.record import clamp_ns, to_ns

if TYPE_CHECKING:
    from media.archives.stores.patience import Patience


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as its store describes it."""

    key: str
    byte_size: int
    modified_ns: int
    """The time in nanoseconds since 1970 (UTC); see :func:`version_time`."""
    version: str | None = None
    """A value that changes with the bytes (``ETag``), if the store has one."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an object that is being transferred."""

    stored: Stored
    chunks: Iterator[bytes]
    """The bytes. They may end early, or raise :class:`Passing`; the bytes before that are good."""


class Store(Protocol):
    """A place that holds objects by key; it is never written to."""

    root: str
    """The prefix of the keys of all objects at its address."""
    is_flat: bool
    """Whether ``..`` and ``//`` have no special meaning in a key."""

    def objects(self, prefix: str, patience: "Patience") -> "Iterator[Stored | Unlisted]":
        """Yield every object whose key begins with ``prefix``, one page at a time."""
        ...

    def stat(self, key: str) -> Stored:
        """Return an object as the store lists it.

        :raises Gone: there is no such object.
        """
        ...

    def read(
        self, key: str, start: int, end: int, version: str | None = None
    ) -> AbstractContextManager[Part]:
        """Return the bytes ``start`` to ``end`` of an object, or as many of them as it has.

        :param version: raise :class:`Changed` if the object has another version.
        """
        ...


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A folder of a store that could not be listed."""

    key: str
    error: "StoreError"


class StoreError(ReadError):
    """A store failed a request. The message contains no address, key or token."""


class Passing(StoreError):
    """A fault of the network or of the store, which may be temporary."""


class Unreachable(StoreError):
    """A store did not answer within the time limit."""


class Denied(StoreError):
    """The store denied access."""


class Archived(Denied):
    """The object exists, but must be restored before it can be read."""


class Gone(StoreError, MissingError):
    """The object does not exist."""


class NoStore(StoreError):
    """The bucket does not exist or cannot be reached, or the package for it is not installed."""


class Changed(StoreError):
    """An object has changed since reading began."""

    def __init__(self) -> None:
        super().__init__("it changed while it was being read", "Scan again once it is at rest.")


def version_time(seconds: float, version: str | None) -> int:
    """Return the time when an object was written, in nanoseconds. A new version never has the time of the old one.

    Stores give times in whole seconds, and an object may be written twice within a second. If there is a ``version``,
    the fraction of the second is computed from it, so that time and size show every change.
    """
    if version is None:
        return to_ns(seconds)
    digest = int.from_bytes(hashlib.sha256(version.encode()).digest()[:8], "big")
    return clamp_ns(
        to_ns(math.floor(seconds) if math.isfinite(seconds) else seconds) + digest % 1_000_000_000
    )

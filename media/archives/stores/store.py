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
    """In nanoseconds since 1970 (UTC); see :func:`version_time`."""
    version: str | None = None
    """A value that changes with its bytes (``ETag``), if the store has one."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of an object on their way."""

    stored: Stored
    chunks: Iterator[bytes]
    """May end early, or raise :class:`Passing`; what came before is good."""


class Store(Protocol):
    """A place that holds objects by key; it is never written to."""

    root: str
    """The prefix of the keys of all objects at its address."""
    is_flat: bool
    """Whether a key is a name like any other, in which ``..`` and ``//`` mean nothing."""

    def objects(self, prefix: str, patience: "Patience") -> "Iterator[Stored | Unlisted]":
        """Every object whose key begins with ``prefix``, a page at a time."""
        ...

    def stat(self, key: str) -> Stored:
        """Return an object as the store lists it.

        :raises Gone: there is no such object.
        """
        ...

    def read(
        self, key: str, start: int, end: int, version: str | None = None
    ) -> AbstractContextManager[Part]:
        """Bytes ``start`` to ``end`` of an object, or as many of them as it has.

        :param version: raises :class:`Changed` where it is another one.
        """
        ...


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A folder of a store that could not be listed."""

    key: str
    error: "StoreError"


class StoreError(ReadError):
    """A store does not give what was asked for. Its texts hold no address, key or token."""


class Passing(StoreError):
    """It may be over in a moment: a fault of the network or of the store."""


class Unreachable(StoreError):
    """A store did not answer for as long as we were willing to wait."""


class Denied(StoreError):
    """The store does not let us."""


class Archived(Denied):
    """The object is there, and must be restored before it can be read."""


class Gone(StoreError, MissingError):
    """There is no such object."""


class NoStore(StoreError):
    """There is no such bucket, no way to it, or no package for it here."""


class Changed(StoreError):
    """An object is no longer the one that was begun."""

    def __init__(self) -> None:
        super().__init__("it changed while it was being read", "Scan again once it is at rest.")


def version_time(seconds: float, version: str | None) -> int:
    """When an object was written, in nanoseconds; a new version never has the time of the old one.

    Stores tell the time to the second, in which an object may be written twice. Where there is a
    ``version``, what is below the second is made of it, so that time and size tell every change.
    """
    if version is None:
        return to_ns(seconds)
    digest = int.from_bytes(hashlib.sha256(version.encode()).digest()[:8], "big")
    return clamp_ns(
        to_ns(math.floor(seconds) if math.isfinite(seconds) else seconds) + digest % 1_000_000_000
    )

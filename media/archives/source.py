"""The interface of every kind of source."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol

from media.formats import SourceKind
from media.record import Entry, Problem

__all__ = ["Opened", "Presence", "Source", "SourceKind", "SourceRef"]

Presence = Literal["there", "gone", "unknown"]


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Enough to open a source anywhere: it is what travels to a worker."""

    uri: str
    kind: SourceKind


@dataclass(slots=True)
class Opened:
    """An open record: its bytes, and what the system says of it at this moment."""

    stream: BinaryIO
    entry: Entry


class Source(Protocol):
    """An archive that can be listed and read; it is never written to."""

    @property
    def ref(self) -> SourceRef: ...

    def entries(self) -> Iterator[Entry | Problem]:
        """Yield every record, in a stable order; a part that cannot be listed is a problem, not an error."""
        ...

    def open(self, locator: str) -> AbstractContextManager[Opened]:
        """Open one record for reading.

        :raises media.errors.ReadError: it is gone, or cannot be read.
        """
        ...

    def presence(self, locator: str) -> Presence:
        """Return whether a record that was not listed is gone, or only out of reach."""
        ...

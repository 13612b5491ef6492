"""A scan, called from Python."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.scan import scan as scanning
from catalog.store.catalogue import Catalogue
from media.reading import Options, Reading


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a scan."""

    stage: str
    """listing, reading, then the steps of matching: pairing, stories, pictures, captions, scopes, conflicts."""
    done: int = 0
    """Records done, in the first two stages."""
    total: int | None = None
    """Records to read; None if that is not known."""


def scan(
    sources: Sequence[str | Path],
    catalogue: str | Path = "catalog.db",
    *,
    jobs: int = 0,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    parts: bool = True,
    reread: bool = False,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> scanning.ScanResult:
    """Read archives into the catalogue, and find what repeats; unchanged records are not read again.

    :param jobs: reader processes; 0 reads in this one. With more, a script calls this under
        ``if __name__ == "__main__":``, as :mod:`multiprocessing` asks for.
    :param include: patterns of records to read, as of ``cutline scan --include``.
    :param parts: look for crops and framed copies too.
    :raises UsageError: a source does not exist.
    :raises CatalogueUnusable: the file is not a catalogue, or cannot be written to.
    :raises CatalogueBusy: another process is writing to it.
    """
    options = scanning.ScanOptions(
        jobs=jobs,
        include=tuple(include),
        exclude=tuple(exclude),
        reread=reread,
        reading=Options(parts=parts),
    )
    with Catalogue.open(catalogue) as opened:
        return scanning.scan(opened, [str(each) for each in sources], options, _Told(on_progress))


class _Told:
    """A watcher of a scan that calls a function with its progress."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self._tell = tell
        self._done = self._total = 0

    def listing(self, found: int) -> None:
        """Report how many records were found so far."""
        self._tell(Progress("listing", found))

    def reading(self, total: int, total_bytes: int) -> None:
        """Report how many records are new or changed."""
        self._total = total
        self._tell(Progress("reading", 0, total))

    def read(self, readings: Sequence[Reading]) -> None:
        """Report that a batch was recorded; the members of containers are not in the listed total."""
        self._done += len(readings)
        self._total = max(self._total, self._done)
        self._tell(Progress("reading", self._done, self._total))

    def stage(self, name: str) -> None:
        """Report that a step after reading begins."""
        self._tell(Progress(name))

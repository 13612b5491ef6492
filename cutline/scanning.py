"""A scan, called from Python."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.scan import scan as scanning
from catalog.store.catalogue import Catalogue
from media.reading import Options, Reading


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scan is."""

    stage: str
    """listing, reading, then what is matched: pairing, stories, pictures, captions, scopes, conflicts."""
    done: int = 0
    """Records, of the first two stages."""
    total: int | None = None
    """Records to read; None where that is not known."""


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
    """Read archives into the catalogue, and find what repeats; what is unchanged is not read again.

    :param jobs: reader processes; 0 reads in this one. With more, a script calls this under
        ``if __name__ == "__main__":``, as :mod:`multiprocessing` asks for.
    :param include: patterns of records to read, as of ``cutline scan --include``.
    :param parts: look for crops and framed copies too.
    :raises UsageError: a source does not exist.
    :raises CatalogueUnusable: the catalogue is none, or cannot be written to.
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
    """Tells a function what a scan tells its watcher."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self._tell = tell
        self._done = self._total = 0

    def listing(self, found: int) -> None:
        """Say how many records were found so far."""
        self._tell(Progress("listing", found))

    def reading(self, total: int, total_bytes: int) -> None:
        """Say how much is new or changed."""
        self._total = total
        self._tell(Progress("reading", 0, total))

    def read(self, readings: Sequence[Reading]) -> None:
        """Say that a batch was recorded; the members of containers come on top of what was listed."""
        self._done += len(readings)
        self._total = max(self._total, self._done)
        self._tell(Progress("reading", self._done, self._total))

    def stage(self, name: str) -> None:
        """Say that a step after reading begins."""
        self._tell(Progress(name))

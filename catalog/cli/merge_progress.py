"""How a merge looks while it works: as a scan does."""

from pathlib import Path

from catalog.cli.progress import ScanProgress


class MergeProgress(ScanProgress):
    """Shows a merge at work, on stderr; a context manager."""

    def looking(self, count: int) -> None:
        self._show("Looking over the catalogues")

    def merging(self, path: Path, number: int, count: int) -> None:
        self._show(f"Merging {path} ({number} of {count})")

    def _show(self, said: str) -> None:
        if self.live:
            self.progress.reset(self.task, total=None, description=said, details="")
        else:
            self._line(said)

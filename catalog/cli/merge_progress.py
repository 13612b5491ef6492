"""The progress display of a merge; it looks like that of a scan."""

from pathlib import Path

from catalog.cli.progress import ScanProgress


class MergeProgress(ScanProgress):
    """Shows the progress of a merge on stderr; a context manager."""

    def looking(self, count: int) -> None:
        self._show("Looking over the catalogues")

    def merging(self, path: Path, number: int, count: int) -> None:
        self._show(f"Merging {path} ({number} of {count})")

    def _show(self, said: str) -> None:
        if self.live:
            self.progress.reset(self.task, total=None, description=said, details="")
        else:
            self._line(said)

"""Folders that hold the same files: one of them keeps all, decided for the folders and not file by file.

Two copies belong to the folders where their paths first differ: ``Desk/2021/a.jpg`` and ``Backup/Desk 2021/a.jpg`` to
``Desk`` and ``Backup``. Each group of equal files votes for the folder of the file that it would keep on its own. Of
two folders that share files, the one with the larger share of votes keeps the files of all such groups.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

Place = tuple[object, ...]
"""A source and the folders down to a file of it, outermost first."""

_HERE = None
"""A file's own folder, among the folders below it."""

_Item = TypeVar("_Item")


def place_of(source: object, locator: str) -> Place:
    """Return the place of a file."""
    return (source, *locator.split("/")[:-1], _HERE)


def part(kept: Place, other: Place) -> tuple[Place, Place] | None:
    """Return the first folders in which two places differ; None if they are the same."""
    for depth, (ours, theirs) in enumerate(zip(kept, other, strict=False), 1):
        if ours != theirs:
            return kept[:depth], other[:depth]
    return None


@dataclass(slots=True)
class Votes:
    """The votes of groups for the folders of their files."""

    _met: Counter[Place] = field(default_factory=Counter)
    """The number of groups in which a folder shares files with another."""
    _won: Counter[Place] = field(default_factory=Counter)

    def add(self, places: Iterable[Place], winner: Place) -> None:
        """Add a group of equal files, of which the one at ``winner`` would be kept."""
        left, depth = set(places), 0
        while len(left) > 1:
            depth += 1
            folders = {place[:depth] for place in left}
            if len(folders) > 1:
                self._met.update(folders)
                self._won[winner[:depth]] += 1
            left = {place for place in left if place[:depth] == winner[:depth]}

    def choose(self, files: Sequence[tuple[Place, _Item]]) -> list[_Item]:
        """Return those of the equal files that are in the keeping folder, in the given order."""
        left, depth = list(files), 0
        while len({place for place, _ in left}) > 1:
            depth += 1
            folders = {place[:depth] for place, _ in left}
            if len(folders) > 1:
                best = min(folders, key=self._rank)
                left = [each for each in left if each[0][:depth] == best]
        return [item for _, item in left]

    def _rank(self, folder: Place) -> tuple[object, ...]:
        """Return the share of its votes (Laplace's rule: a folder met once is not sure), their number,
        then the name.
        """
        met, won = self._met[folder], self._won[folder]
        return -(won + 1) / (met + 2), -won, ["" if each is None else str(each) for each in folder]

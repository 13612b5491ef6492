"""Puts files back from a quarantine that no catalogue knows, with its journal alone.

This is for catalogues that were lost, or restored from a time before the cleanup.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from catalog.cleanup.files import Refused, hash_file, open_file, sync_file_system
from catalog.cleanup.journal import NAME as JOURNAL_NAME
from catalog.cleanup.journal import Begin, Mark
from catalog.cleanup.ledger import Listed
from catalog.cleanup.quarantine import FOLDER, Quarantine, dismantle
from catalog.cleanup.restore import restore
from catalog.cleanup.undo import Index, folder_time, read_index, set_folder_time
from catalog.errors import UsageError


@dataclass(slots=True)
class RecoverResult:
    """The result, filled in while files are put back."""

    recovered: int = 0
    waiting: int = 0
    """Files that would be put back, if nothing is done yet."""
    byte_size: int = 0
    remarks: Listed = field(default_factory=Listed)
    stayed: Listed = field(default_factory=Listed)


def find_quarantines(folder: Path, root: Path | None = None) -> list[tuple[Path, Path]]:
    """Return each quarantine in a folder, with the root of its archive.

    :param folder: an archive, its folder of quarantines, or one quarantine.
    :param root: the archive, for quarantines that were made in a folder of the user's choice.
    :raises UsageError: there is no quarantine, or nothing says which archive it is of.
    """
    folder = Path(os.path.abspath(folder))
    if (folder / JOURNAL_NAME).is_file():
        found = [folder]
    else:
        holders = [folder / FOLDER, folder]
        found = [each for holder in holders if holder.is_dir() for each in sorted(holder.iterdir())]
        found = [each for each in found if (each / JOURNAL_NAME).is_file()]
    if not found:
        raise UsageError(
            f"{folder} holds no quarantine of a cleanup. Name the archive, or a folder in {FOLDER}."
        )
    quarantines = []
    for each in found:
        at_home = each.parent.name == FOLDER
        if root is None and not at_home:
            raise UsageError(f"{each} is outside its archive. Name the archive with --archive FOLDER.")
        quarantines.append((each, root or each.parent.parent))
    return quarantines


def recover(quarantine: Path, root: Path, *, act: bool) -> RecoverResult:
    """Put back the files of a quarantine; without ``act``, only count them.

    Nothing is replaced, and a run that was stopped is completed by the next.

    :raises UsageError: the archive or the quarantine cannot be opened.
    :raises JournalBusy: another process is at work there.
    """
    chosen = None if quarantine.parent == root / FOLDER else str(quarantine.parent)
    try:
        opened = Quarantine.open(str(root), chosen, quarantine.name, create=False)
    except Refused as refused:
        raise UsageError(f"{quarantine}: {refused}.") from refused
    result = RecoverResult()
    try:
        index = read_index(opened)
        for offset in reversed(index.offsets):
            begun = [
                entry
                for entry in reversed(opened.journal.read_at(offset))
                if _is_away(opened, index, entry, offset)
            ]
            if not act:
                result.waiting += len(begun)
                result.byte_size += sum(entry.byte_size for entry in begun if isinstance(entry, Begin))
            elif begun:
                _put_back(opened, begun, index, result)
        sync_file_system(opened.root)
        emptied = act and not result.stayed.count and opened.is_empty()
    finally:
        opened.close()
    if emptied:
        dismantle(str(root), chosen, quarantine.name)
    return result


def _is_away(quarantine: Quarantine, index: Index, entry: Begin | Mark, offset: int) -> bool:
    if not isinstance(entry, Begin) or index.begun_at.get(entry.number) != offset:
        return False
    if entry.act == "quarantine" or entry.act == "hardlink":
        with suppress(OSError, Refused), quarantine.kept(entry.locator) as kept:
            return kept.status() is not None
        return False
    return entry.act == "sidecar" and index.ended.get(entry.number) in ("done", "stay")


def _put_back(
    quarantine: Quarantine, begun: Sequence[Begin | Mark], index: Index, result: RecoverResult
) -> None:
    entries = [entry for entry in begun if isinstance(entry, Begin)]
    quarantine.journal.append([Mark(entry.number, "undo") for entry in entries])
    marks = []
    for entry in entries:
        before, after = index.folder_ns.get(entry.number, (0, -1))
        untouched = folder_time(quarantine, entry) == after
        changed = entry.act != "sidecar" and _digest(quarantine, entry) != entry.sha256
        try:
            remark = restore(quarantine, entry, None)
        except Refused as refused:
            result.stayed.add(entry.locator, str(refused))
            marks.append(Mark(entry.number, "stay", str(refused)))
            continue
        if untouched:
            set_folder_time(quarantine, entry, before)
        if changed:
            remark = "it was changed while in quarantine; it is back as it was there"
        if remark:
            result.remarks.add(entry.locator, remark)
        result.recovered += entry.act != "sidecar"
        result.byte_size += entry.byte_size
        marks.append(Mark(entry.number, "undone", remark))
    quarantine.end(marks, [entry.locator for entry in entries])


def _digest(quarantine: Quarantine, entry: Begin) -> str | None:
    with suppress(OSError, Refused), quarantine.kept(entry.locator) as kept:
        descriptor = open_file(kept)
        try:
            return hash_file(descriptor)
        finally:
            os.close(descriptor)
    return None

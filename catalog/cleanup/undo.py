"""Undoes a cleanup: every file back at its name, with its bytes, times, mode and links."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from catalog.cleanup.files import Refused, sync_file_system
from catalog.cleanup.journal import Begin, Mark, Step
from catalog.cleanup.ledger import Cleanup, Listed, Outcome, has_done, list_actions, note_outcomes, set_status
from catalog.cleanup.quarantine import Quarantine
from catalog.cleanup.restore import restore
from catalog.cleanup.settle import Quarantines, find_keeper, open_quarantines
from catalog.errors import UsageError
from catalog.match.match import match_pending
from catalog.store.catalogue import Catalogue
from media.locator import decode_path


@dataclass(slots=True)
class UndoResult:
    """The result, filled in while files are put back."""

    undone: int = 0
    remarks: Listed = field(default_factory=Listed)
    """Remarks on files that were put back but differ from before."""
    stayed: Listed = field(default_factory=Listed)
    """Files that could not be put back; they stay in quarantine."""
    interrupted: bool = False


def undo_cleanup(
    catalogue: Catalogue,
    cleanup: Cleanup,
    *,
    on_progress: Callable[[int], None] = lambda files: None,
    stopped: Callable[[], bool] = lambda: False,
) -> UndoResult:
    """Put back every file that the cleanup moved; a file that cannot be put back is named and stays in quarantine.

    To undo twice is harmless.

    :raises UsageError: it was purged.
    """
    if cleanup.status == "purged":
        raise UsageError(f"Cleanup {cleanup.id} was purged: its files are gone for good.")
    result = UndoResult()
    if cleanup.status == "planned":
        return result
    with open_quarantines(catalogue, cleanup, create=False) as quarantines:
        for quarantine in quarantines.within_reach(reversed(quarantines.sources), result.stayed):
            for outcomes in _undo_all(catalogue, quarantine, result):
                note_outcomes(catalogue, outcomes)
                on_progress(result.undone)
                if stopped():
                    result.interrupted = True
                    return result
            # The journal may be removed only once all files are back and synced to the disk.
            sync_file_system(quarantine.root)
    if not has_done(catalogue, cleanup.id) and not result.stayed.count:
        for source_id in quarantines.sources:
            quarantines.dismantle(source_id)
        if quarantines.is_of_copies:
            _drop_folders_of_copies(catalogue, cleanup, quarantines)
        set_status(catalogue, cleanup.id, "undone")
    match_pending(catalogue)
    return result


def _drop_folders_of_copies(catalogue: Catalogue, cleanup: Cleanup, quarantines: Quarantines) -> None:
    """Remove the folders of copies; a folder that is not empty stays."""
    for action in list_actions(catalogue, cleanup.id, ["undone"], ["sidecar"]):
        root = Path(quarantines.root(action.source_id))
        for folder in (root / decode_path(action.locator)).parents:
            try:
                folder.rmdir()
            except OSError:
                break
            if folder == root:
                break


def _undo_all(catalogue: Catalogue, quarantine: Quarantine, result: UndoResult) -> Iterator[list[Outcome]]:
    """Undo in reverse order, so that folders get their own times back."""
    index = read_index(quarantine)
    for offset in reversed(index.offsets):
        begun = [
            entry
            for entry in reversed(quarantine.journal.read_at(offset))
            if isinstance(entry, Begin)
            and (
                index.is_done(entry, offset)
                or (index.was_undone(entry, offset) and _is_kept(quarantine, entry))
            )
        ]
        if not begun:
            continue
        quarantine.journal.append([Mark(entry.number, "undo") for entry in begun])
        marks = [_undo(catalogue, quarantine, entry, index, result) for entry in begun]
        quarantine.end(marks, [entry.locator for entry in begun])
        yield [
            Outcome(mark.number, "undone" if mark.step == "undone" else "done", mark.why or None)
            for mark in marks
        ]


@dataclass(slots=True)
class Index:
    """The offsets of acts in the journal, and how each act ended."""

    offsets: list[int] = field(default_factory=list)
    """Offsets of the lines that begin acts."""
    begun_at: dict[int, int] = field(default_factory=dict)
    ended: dict[int, Step] = field(default_factory=dict)
    folder_ns: dict[int, tuple[int, int]] = field(default_factory=dict)

    def is_done(self, entry: Begin, offset: int) -> bool:
        """Return whether the act begun in the line at ``offset`` is done, and neither undone nor purged."""
        return self.begun_at.get(entry.number) == offset and self.ended.get(entry.number) in ("done", "stay")

    def was_undone(self, entry: Begin, offset: int) -> bool:
        return self.begun_at.get(entry.number) == offset and self.ended.get(entry.number) == "undone"


def _is_kept(quarantine: Quarantine, entry: Begin) -> bool:
    """Return whether a file that was put back is in quarantine again, after a power cut before its move was synced."""
    with suppress(OSError, Refused), quarantine.kept(entry.locator) as kept:
        return kept.status() is not None
    return False


def read_index(quarantine: Quarantine) -> Index:
    """Return the index of a journal, by the acts' ids."""
    index = Index()
    for offset, entries in quarantine.journal.read():
        begins = [entry.number for entry in entries if isinstance(entry, Begin)]
        if begins:
            index.offsets.append(offset)
            index.begun_at.update(dict.fromkeys(begins, offset))
        for entry in entries:
            if isinstance(entry, Mark):
                index.ended[entry.number] = entry.step
                if entry.folder_ns:
                    before, after = entry.folder_ns
                    index.folder_ns[entry.number] = (before, after)
    return index


def _undo(
    catalogue: Catalogue, quarantine: Quarantine, entry: Begin, index: Index, result: UndoResult
) -> Mark:
    before, after = index.folder_ns.get(entry.number, (0, -1))
    untouched = folder_time(quarantine, entry) == after
    try:
        remark = restore(quarantine, entry, find_keeper(catalogue, entry))
    except Refused as refused:
        result.stayed.add(entry.locator, str(refused))
        return Mark(entry.number, "stay", str(refused))
    if untouched:
        set_folder_time(quarantine, entry, before)
    result.undone += 1
    if remark:
        result.remarks.add(entry.locator, remark)
    return Mark(entry.number, "undone", remark)


def folder_time(quarantine: Quarantine, entry: Begin) -> int | None:
    """Return the modification time of the folder that an act's file belongs in, in nanoseconds; None if the folder
    does not exist.
    """
    with suppress(OSError), quarantine.original(entry.locator) as name:
        return os.fstat(name.folder).st_mtime_ns
    return None


def set_folder_time(quarantine: Quarantine, entry: Begin, modified_ns: int) -> None:
    """Restore the modification time that a folder had before an act."""
    with suppress(OSError), quarantine.original(entry.locator) as name:
        accessed_ns = os.fstat(name.folder).st_atime_ns
        os.utime(name.folder, ns=(accessed_ns, modified_ns))

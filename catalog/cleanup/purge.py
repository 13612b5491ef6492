"""Deletes the files in quarantine. Only this cannot be undone.

Each file's keeper is read again first, so that at that moment the archive holds a copy of each deleted file.
"""

import datetime
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from catalog.cleanup.files import (
    Name,
    Refused,
    alone,
    explain,
    hash_file,
    is_untouched,
    locate,
    open_file,
    open_folder,
    remove,
    split_locator,
    sync_file_system,
)
from catalog.cleanup.journal import Begin, Mark
from catalog.cleanup.ledger import (
    Cleanup,
    Listed,
    Outcome,
    has_done,
    list_actions,
    note_outcomes,
    read_action,
    set_status,
)
from catalog.cleanup.quarantine import Quarantine, root_path
from catalog.cleanup.settle import open_quarantines
from catalog.cleanup.shared_blocks import shared_bytes
from catalog.cleanup.undo import read_index
from catalog.errors import UsageError
from catalog.store.catalogue import Catalogue


@dataclass(slots=True)
class PurgeResult:
    """The result, filled in while the purge runs."""

    purged: int = 0
    byte_size: int = 0
    held: Listed = field(default_factory=Listed)
    """Files that were not purged; they stay in quarantine."""
    interrupted: bool = False


def purgeable(catalogue: Catalogue, cleanup: Cleanup, older_than_days: float) -> tuple[int, int]:
    """Return how many files a purge would remove, and their bytes.

    :raises UsageError: the cleanup was not applied, or not so long ago.
    """
    if cleanup.status != "applied" or cleanup.applied_at is None:
        raise UsageError(f"Cleanup {cleanup.id} is {cleanup.status}: only an applied one can be purged.")
    age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(cleanup.applied_at)
    if older_than_days and age < datetime.timedelta(0):
        raise UsageError(
            f"Cleanup {cleanup.id} was applied {cleanup.applied_at}, which is in the future: the clock was set back,"
            " or was wrong then. Set the clock; or use --older-than 0, which accepts any age."
        )
    if older_than_days and age < datetime.timedelta(days=older_than_days):
        raise UsageError(
            f"Cleanup {cleanup.id} was applied {cleanup.applied_at}, less than {older_than_days:g} days ago."
            " Wait, or lower --older-than."
        )
    row = catalogue.db.execute(
        "SELECT count(*), coalesce(sum(byte_size), 0) FROM cleanup_actions WHERE cleanup_id = ?"
        " AND status = 'done' AND action IN ('quarantine', 'hardlink')",
        [cleanup.id],
    ).fetchone()
    return int(row[0]), int(row[1])


def purge_cleanup(
    catalogue: Catalogue,
    cleanup: Cleanup,
    *,
    on_progress: Callable[[int], None] = lambda files: None,
    stopped: Callable[[], bool] = lambda: False,
) -> PurgeResult:
    """Remove the quarantined files whose keeper is still there, byte for byte.

    Sidecars, links and shared blocks that the cleanup made stay as they are.
    """
    result = PurgeResult()
    with open_quarantines(catalogue, cleanup, create=False) as quarantines:
        for quarantine in quarantines.within_reach(quarantines.sources, result.held):
            for outcomes in _purge_all(catalogue, quarantine, result):
                note_outcomes(catalogue, outcomes)
                on_progress(result.purged)
                if stopped():
                    result.interrupted = True
                    return result
    if not result.held.count:
        for action in list_actions(catalogue, cleanup.id, ["done"], ["reflink", "sidecar"]):
            note_outcomes(catalogue, [Outcome(action.id, "purged", "it stays as it is")])
    if not has_done(catalogue, cleanup.id):
        for source_id in quarantines.sources:
            quarantines.dismantle(source_id)
        set_status(catalogue, cleanup.id, "purged")
    return result


def _purge_all(catalogue: Catalogue, quarantine: Quarantine, result: PurgeResult) -> Iterator[list[Outcome]]:
    index = read_index(quarantine)
    for offset in index.offsets:
        verified: list[Begin] = []
        likes: dict[int, int] = {}
        for entry in quarantine.journal.read_at(offset):
            if not isinstance(entry, Begin) or not index.is_done(entry, offset):
                continue
            if entry.act not in ("quarantine", "hardlink"):
                continue
            try:
                _require_like(catalogue, entry, likes)
                verified.append(entry)
            except Refused as refused:
                result.held.add(entry.locator, str(refused))
        _sync_likes(likes)
        if not verified:
            continue
        quarantine.journal.append([Mark(entry.number, "purge") for entry in verified])
        marks = [_purge(quarantine, entry, result) for entry in verified]
        quarantine.end(marks, [entry.locator for entry in verified])
        yield [
            Outcome(mark.number, "purged" if mark.step == "purged" else "done", mark.why or None)
            for mark in marks
        ]


def _purge(quarantine: Quarantine, entry: Begin, result: PurgeResult) -> Mark:
    try:
        with quarantine.kept(entry.locator) as kept:
            result.byte_size += _remove_as_moved(kept, entry)
    except FileNotFoundError:
        pass
    except (OSError, Refused) as error:
        why = str(error) if isinstance(error, Refused) else explain(error)
        result.held.add(entry.locator, why)
        return Mark(entry.number, "stay", why)
    result.purged += 1
    quarantine.drop_empty_folders(entry.locator)
    return Mark(entry.number, "purged")


def _remove_as_moved(kept: Name, entry: Begin) -> int:
    """Remove a file from quarantine if its bytes are those that were moved there and no program has it open.

    A program that held the file open when it was moved writes on into the quarantine, and people edit what lies there:
    what differs may be the only copy of it. Returns the bytes that are freed: those that no other file shares.

    :raises Refused: it differs, or a program has it open.
    """
    descriptor = open_file(kept)
    try:
        before = os.fstat(descriptor)
        # The device is not compared: its number may differ each time a disk is mounted.
        if before.st_ino != entry.inode:
            raise Refused("another file is in its place in quarantine")
        with alone(descriptor):
            if before.st_size != entry.byte_size or hash_file(descriptor) != entry.sha256:
                raise Refused(
                    "it was changed in quarantine: use undo to put it back, or move it away yourself"
                )
            if not is_untouched(before, os.fstat(descriptor)) or not is_untouched(
                before, kept.status() or before
            ):
                raise Refused("it is being changed")
            freed = entry.byte_size - shared_bytes(descriptor)
            remove(kept)
            return freed
    finally:
        os.close(descriptor)


def _require_like(catalogue: Catalogue, entry: Begin, likes: dict[int, int]) -> None:
    """Check that the keeper, or else another file with the same bytes, is in the archive now.

    :param likes: takes a descriptor on each file system where such a file is, by its device.
    :raises Refused: neither is.
    """
    action = read_action(catalogue, entry.number)
    if action is None:
        raise Refused("its keeper is no longer in the catalogue")
    if _holds(action.keeper_uri, action.keeper_kind, action.keeper_locator, action.keeper_sha256, likes):
        return
    others = catalogue.rows(
        "SELECT s.uri, s.kind, r.locator FROM records r JOIN sources s ON s.id = r.source_id WHERE r.sha256 = ?"
        " AND r.missing_since IS NULL AND r.inode IS NOT NULL AND s.kind IN ('folder', 'file') AND s.uri LIKE 'file:%'"
        " LIMIT 20",
        (entry.sha256,),
    )
    if not any(_holds(row["uri"], row["kind"], row["locator"], entry.sha256, likes) for row in others):
        raise Refused("its keeper is no longer in the archive or has changed, and there is no other copy")


def _sync_likes(likes: dict[int, int]) -> None:
    """Sync the keepers to the disk: they may have just been written, and exist only in memory."""
    for descriptor in likes.values():
        sync_file_system(descriptor)
        os.close(descriptor)


def _holds(uri: str, kind: str, locator: str, sha256: str, likes: dict[int, int]) -> bool:
    with suppress(OSError, Refused):
        folder = open_folder(root_path(uri, kind))
        try:
            with locate(folder, split_locator(locator)) as name:
                descriptor = open_file(name)
                try:
                    if hash_file(descriptor) != sha256:
                        return False
                    device = os.fstat(descriptor).st_dev
                    if device not in likes:
                        likes[device] = os.dup(descriptor)
                    return True
                finally:
                    os.close(descriptor)
        finally:
            os.close(folder)
    return False

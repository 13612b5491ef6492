"""Carries a plan out: verifies each file and its keeper again, then moves it, links it, or leaves it.

For a batch of files: open and hash each file and its keeper; write into the journal what is about to
be done; do it, and check before and after that the files and names are still those that were hashed;
write what was done. A file that does not match the plan is skipped and named.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Self

from catalog.cleanup.companions import COMPANION, belongs
from catalog.cleanup.files import (
    Name,
    Refused,
    explain,
    hash_file,
    is_untouched,
    link,
    locate,
    move,
    open_file,
    open_folder,
    split_locator,
)
from catalog.cleanup.journal import Act, Begin, Mark
from catalog.cleanup.ledger import (
    Action,
    Cleanup,
    Listed,
    Outcome,
    has_done,
    list_actions,
    note_outcomes,
    set_status,
    sources_of,
)
from catalog.cleanup.pages import newly_shown
from catalog.cleanup.quarantine import Quarantine, root_path, why_out_of_reach
from catalog.cleanup.settle import Quarantines, open_quarantines
from catalog.cleanup.shared_blocks import share_blocks, shared_bytes
from catalog.cleanup.sidecars import write_sidecars
from catalog.errors import UsageError
from catalog.match.match import match_pending
from catalog.store.catalogue import Catalogue

_BATCH_FILES = 64
_BATCH_BYTES = 64 << 20
_OPEN_QUARANTINES = 32


@dataclass(slots=True)
class ApplyResult:
    """The result, filled in while the cleanup runs."""

    done: int = 0
    freed_bytes: int = 0
    """Bytes freed: once the quarantine is purged, or, with shared blocks, at once."""
    skipped: Listed = field(default_factory=Listed)
    sidecars: int = 0
    interrupted: bool = False


def apply_cleanup(
    catalogue: Catalogue,
    cleanup: Cleanup,
    *,
    on_progress: Callable[[int, int], None] = lambda files, byte_size: None,
    stopped: Callable[[], bool] = lambda: False,
) -> ApplyResult:
    """Carry out a plan, or the rest of it if an earlier run was interrupted.

    :raises UsageError: the plan was applied, undone or purged before.
    """
    if cleanup.status not in ("planned", "applying"):
        raise UsageError(
            f"Cleanup {cleanup.id} is {cleanup.status}. Make a new plan with `cutline cleanup plan`."
        )
    result = ApplyResult()
    for _, uri, kind in sources_of(catalogue, cleanup.id):
        if (why := why_out_of_reach(uri, kind)) is not None:
            # The plan stays unchanged: none of its files was looked at.
            result.skipped.add(root_path(uri, kind), why)
    if result.skipped.count:
        return result
    set_status(catalogue, cleanup.id, "applying")
    with open_quarantines(catalogue, cleanup, create=True) as quarantines, _Keepers() as keepers:
        _spare_pages(catalogue, cleanup, result)
        acts = ["quarantine", "hardlink", "reflink"]
        pictures = list_actions(catalogue, cleanup.id, ["planned"], acts, companions=False)
        # Read once all pictures are done: a file beside a picture is moved only if the picture was.
        companions = list_actions(catalogue, cleanup.id, ["planned"], acts, companions=True)
        seen_files = seen_bytes = 0
        for batch in chain(_batches(pictures), _batches(companions)):
            if stopped():
                result.interrupted = True
                return result
            note_outcomes(catalogue, _apply_batch(batch, quarantines, keepers, result))
            seen_files += len(batch)
            seen_bytes += sum(action.byte_size for action in batch)
            on_progress(seen_files, seen_bytes)
            quarantines.close(beyond=_OPEN_QUARANTINES)
        for action, outcome in write_sidecars(catalogue, cleanup, quarantines):
            note_outcomes(catalogue, [outcome])
            if outcome.status == "done":
                result.sidecars += 1
            elif outcome.detail:
                result.skipped.add(action.locator, outcome.detail)
        untouched = [
            source_id for source_id in quarantines.sources if not has_done(catalogue, cleanup.id, source_id)
        ]
    for source_id in untouched:
        quarantines.dismantle(source_id)
    set_status(catalogue, cleanup.id, "applied")
    match_pending(catalogue)
    return result


def _spare_pages(catalogue: Catalogue, cleanup: Cleanup, result: ApplyResult) -> None:
    """Skip files shown by pages that were read after the plan was made."""
    if cleanup.options.get("break_pages"):
        return
    outcomes = []
    for action_id, locator, shown in newly_shown(catalogue, cleanup.id):
        why = f"shown on a page that was read since the plan: {shown}"
        result.skipped.add(locator, why)
        outcomes.append(Outcome(action_id, "skipped", why))
    note_outcomes(catalogue, outcomes)


def _batches(actions: Iterable[Action]) -> Iterator[list[Action]]:
    batch: list[Action] = []
    weight = 0
    for action in actions:
        batch.append(action)
        weight += action.byte_size
        if len(batch) == _BATCH_FILES or weight >= _BATCH_BYTES:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


@dataclass(slots=True)
class _Keeper:
    """A keeper that was opened and hashed."""

    descriptor: int
    status: os.stat_result
    root: str
    names: list[str]
    sha256: str

    def require(self) -> None:
        """Check that the keeper is still the hashed file.

        :raises Refused: its name does not lead to the bytes that were hashed any more.
        """
        try:
            root = open_folder(self.root)
            try:
                with locate(root, self.names) as name:
                    standing = name.status()
            finally:
                os.close(root)
        except OSError as error:
            raise Refused(f"its keeper: {explain(error)}") from error
        if standing is None or not is_untouched(self.status, standing):
            raise Refused("its keeper was changed, moved or removed at this moment")

    def link_to(self, name: Name) -> None:
        """Add ``name`` as one more name of the keeper, and check that it leads to the keeper."""
        root = open_folder(self.root)
        try:
            with locate(root, self.names) as own:
                link(own, name)
        finally:
            os.close(root)
        linked = name.status()
        if linked is None or not os.path.samestat(linked, self.status):
            raise Refused("its keeper was replaced at this moment")
        self.status = os.fstat(self.descriptor)  # The new name changed its ctime.


class _Keepers:
    """The current keeper: a plan is ordered by keeper, so that each is hashed once in a batch."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], _Keeper] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()

    def of(self, action: Action) -> _Keeper:
        """Return the keeper of an action, open and hashed.

        :raises Refused: the keeper is not as planned.
        """
        root = root_path(action.keeper_uri, action.keeper_kind)
        key = (root, action.keeper_locator)
        keeper = self._open.get(key)
        if keeper is not None:
            keeper.require()
            return keeper
        try:
            folder = open_folder(root)
            try:
                names = split_locator(action.keeper_locator)
                with locate(folder, names) as name:
                    descriptor = open_file(name)
            finally:
                os.close(folder)
        except OSError as error:
            raise Refused(f"its keeper {action.keeper_locator}: {explain(error)}") from error
        try:
            status = os.fstat(descriptor)
            sha256 = hash_file(descriptor)
            if sha256 != action.keeper_sha256 or not is_untouched(status, os.fstat(descriptor)):
                raise Refused(f"the bytes of its keeper {action.keeper_locator} have changed since the plan")
        except BaseException:
            os.close(descriptor)
            raise
        self._open[key] = _Keeper(descriptor, status, root, names, sha256)
        return self._open[key]

    def release(self) -> None:
        """Close every keeper; the next file that needs one hashes it again."""
        for keeper in self._open.values():
            os.close(keeper.descriptor)
        self._open.clear()


@dataclass(slots=True)
class _Ready:
    """An open file that is as planned, with its keeper."""

    action: Action
    act: Act
    quarantine: Quarantine
    descriptor: int
    status: os.stat_result
    keeper: _Keeper
    shared_bytes: int
    """Bytes in blocks that another file shares: removing this one does not free them."""

    def begin(self) -> Begin:
        return Begin(
            self.action.id,
            self.act,
            self.action.locator,
            self.status.st_dev,
            self.status.st_ino,
            self.status.st_size,
            self.status.st_mtime_ns,
            self.action.sha256,
            os.fsencode(os.path.join(self.keeper.root, *self.keeper.names)).decode(
                "utf-8", "backslashreplace"
            ),
            self.keeper.status.st_dev,
            self.keeper.status.st_ino,
        )


def _apply_batch(
    batch: list[Action], quarantines: Quarantines, keepers: _Keepers, result: ApplyResult
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    with ExitStack() as opened:
        opened.callback(keepers.release)
        ready: list[_Ready] = []
        for action in batch:
            try:
                ready.append(_verify(action, quarantines, keepers, opened))
            except Refused as refused:
                result.skipped.add(action.locator, str(refused))
                outcomes.append(Outcome(action.id, "skipped", str(refused)))
        for quarantine, own in _by_quarantine(ready):
            quarantine.journal.append([each.begin() for each in own])
        marks = {each.action.id: _act_and_refresh(each, ready) for each in ready}
        for quarantine, own in _by_quarantine(ready):
            quarantine.end([marks[each.action.id] for each in own], [each.action.locator for each in own])
    for each in ready:
        mark = marks[each.action.id]
        if mark.step == "done":
            result.done += 1
            result.freed_bytes += max(0, each.action.freed_bytes - each.shared_bytes)
            outcomes.append(Outcome(each.action.id, "done", mark.why or None))
        else:
            result.skipped.add(each.action.locator, mark.why)
            outcomes.append(Outcome(each.action.id, "skipped", mark.why))
    return outcomes


def _verify(action: Action, quarantines: Quarantines, keepers: _Keepers, opened: ExitStack) -> _Ready:
    if action.keeper_goes:
        raise Refused("its keeper is to be removed as well, or was removed")
    if action.companion_of is not None and not action.picture_went:
        raise Refused("the picture that it belongs to stays")
    act = action.action
    if act not in ("quarantine", "hardlink", "reflink"):
        raise Refused(f"no such action: {act}")
    quarantine = quarantines.of(action.source_id)
    try:
        with quarantine.original(action.locator) as name:
            descriptor = open_file(name)
    except OSError as error:
        raise Refused(explain(error)) from error
    opened.callback(os.close, descriptor)
    status = os.fstat(descriptor)
    if status.st_size != action.byte_size:
        raise Refused("its size has changed since the plan")
    keeper = keepers.of(action)
    if os.path.samestat(status, keeper.status):
        raise Refused("it is a hard link of its keeper: removing it would free nothing")
    if act in ("hardlink", "reflink") and action.sha256 != keeper.sha256:
        raise Refused(f"its bytes are not its keeper's: a {act} would change them")
    if act == "hardlink" and status.st_dev != keeper.status.st_dev:
        raise Refused("its keeper is on another file system: no hard link can join them")
    if act != "reflink" and not quarantine.is_on_device(status.st_dev):
        raise Refused(f"it is on another file system than the quarantine {quarantine.path}")
    if hash_file(descriptor) != action.sha256 or not is_untouched(status, os.fstat(descriptor)):
        raise Refused("its bytes have changed since the plan")
    _require_like(action, descriptor, keeper)
    return _Ready(action, act, quarantine, descriptor, status, keeper, shared_bytes(descriptor))


def _require_like(action: Action, descriptor: int, keeper: _Keeper) -> None:
    """Compare the two files, not their records.

    :raises Refused: the two files do not relate as the plan says, even if the catalogue says so.
    """
    if action.companion_of is not None and action.kind == COMPANION:
        if not belongs(action.locator, action.companion_of, descriptor):
            raise Refused(f"it does not belong to {action.companion_of}: the catalogue is wrong about it")
    elif action.sha256 != keeper.sha256 and not (action.said_same and action.kind in ("near", "part")):
        from catalog.cleanup.likeness import (
            require_like,
        )  # Imported here: comparing pictures needs slow imports.

        require_like(action.kind, (descriptor, action.sha256), (keeper.descriptor, keeper.sha256))


def _by_quarantine(ready: list[_Ready]) -> list[tuple[Quarantine, list[_Ready]]]:
    """Group the ready files by quarantine, so that each journal is synced once."""
    found: dict[int, tuple[Quarantine, list[_Ready]]] = {}
    for each in ready:
        found.setdefault(id(each.quarantine), (each.quarantine, []))[1].append(each)
    return list(found.values())


def _act_and_refresh(each: _Ready, batch: list[_Ready]) -> Mark:
    """Act on a file, and pass its new ctime on to the other names of the same file."""
    mark = _act(each)
    moved = os.fstat(each.descriptor)
    if (moved.st_size, moved.st_mtime_ns) == (each.status.st_size, each.status.st_mtime_ns):
        for other in batch:
            if is_untouched(other.status, each.status) and other is not each:
                other.status = moved
    return mark


def _act(ready: _Ready) -> Mark:
    number = ready.action.id
    try:
        with ready.quarantine.original(ready.action.locator) as name:
            standing = name.status()
            if standing is None or not is_untouched(ready.status, standing):
                raise Refused("it was changed, moved or removed at this moment")
            ready.keeper.require()
            if ready.act == "reflink":
                share_blocks(ready.keeper.descriptor, ready.descriptor, ready.status.st_size)
                if hash_file(ready.descriptor) != ready.action.sha256:
                    return Mark(number, "done", "its bytes changed while its blocks were shared")
                return Mark(number, "done")
            before = os.fstat(name.folder).st_mtime_ns
            remark = _remove(ready, name)
            return Mark(number, "done", remark, (before, os.fstat(name.folder).st_mtime_ns))
    except Refused as refused:
        return Mark(number, "back", str(refused))
    except OSError as error:
        return Mark(number, "back", explain(error))


def _remove(ready: _Ready, name: Name) -> str:
    """Move the file into quarantine; for a link, give its name to the keeper.

    :raises Refused, OSError: it could not be done; the file is at its name again.
    """
    with ready.quarantine.kept(ready.action.locator, make=True) as kept:
        folder = os.fstat(name.folder)
        move(name, kept, into_ours=True)
        try:
            moved = kept.status()
            if moved is None or not os.path.samestat(moved, ready.status):
                raise Refused("another file was put at its name at this moment")
            ready.keeper.require()
            if ready.act == "hardlink":
                ready.keeper.link_to(name)
        except (Refused, OSError) as error:
            try:
                move(kept, name)
            except OSError as occupied:
                return f"{error}; it stays in quarantine, since {explain(occupied)}"
            with suppress(OSError):
                os.utime(name.folder, ns=(folder.st_atime_ns, folder.st_mtime_ns))
            raise
    return ""

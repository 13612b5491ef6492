"""Makes journal, files and catalogue agree after an interrupted or killed run."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from catalog.cleanup.captions import COPIES_TO
from catalog.cleanup.files import Refused, locate, make_folder, open_folder, split_locator
from catalog.cleanup.journal import Begin, Mark, Step
from catalog.cleanup.ledger import (
    Cleanup,
    Listed,
    Outcome,
    Status,
    has_done,
    note_outcomes,
    read_action,
    sources_of,
)
from catalog.cleanup.quarantine import NoQuarantine, Quarantine, dismantle, root_path, why_out_of_reach
from catalog.cleanup.restore import restore
from catalog.errors import UsageError
from catalog.store.catalogue import Catalogue
from media.archives.open_source import is_elsewhere
from media.locator import decode_path

_OUTCOMES_AT_ONCE = 500

_STATUS: dict[Step, Status] = {
    "done": "done",
    "back": "planned",
    "undone": "undone",
    "stay": "done",
    "purged": "purged",
}
"""The status of a row after each step that ends an act; ``undo`` and ``purge`` only begin one."""


class Quarantines:
    """The quarantines of one cleanup, each opened when it is first needed."""

    def __init__(self, catalogue: Catalogue, cleanup: Cleanup, *, create: bool) -> None:
        self.cleanup = cleanup
        self._catalogue = catalogue
        self.chosen = decode_path(cleanup.quarantine) if cleanup.quarantine else None
        self.create = create
        self._sources = {source_id: (uri, kind) for source_id, uri, kind in sources_of(catalogue, cleanup.id)}
        self.is_of_copies = COPIES_TO in cleanup.options
        if self.is_of_copies:  # Copies are not made in the archive, and their journal is beside them.
            folder = Path(decode_path(str(cleanup.options[COPIES_TO])))
            self._sources = dict.fromkeys(self._sources, (folder.as_uri(), "folder"))
        self._open: dict[int, Quarantine] = {}
        self._refused: dict[int, Refused] = {}

    @property
    def sources(self) -> list[int]:
        return list(self._sources)

    def root(self, source_id: int) -> str:
        """Return the place of a source, for messages."""
        uri, kind = self._sources[source_id]
        return uri if is_elsewhere(uri) else root_path(uri, kind)

    def _name(self, source_id: int) -> str:
        """Return the quarantine folder's own name."""
        return f"{self.cleanup.token}-{source_id}"

    def of(self, source_id: int) -> Quarantine:
        """Return the quarantine of a source, opened.

        :raises Refused: this source's archive or quarantine is out of reach.
        """
        if source_id in self._refused:
            raise self._refused[source_id]
        if source_id not in self._open:
            try:
                if self.is_of_copies and self.create:
                    make_folder(root_path(*self._sources[source_id]))
                self._open[source_id] = Quarantine.open(
                    root_path(*self._sources[source_id]),
                    self.chosen,
                    self._name(source_id),
                    create=self.create,
                )
            except Refused as error:
                self._refused[source_id] = error
                raise
        return self._open[source_id]

    def within_reach(self, sources: Iterable[int], held: Listed) -> Iterator[Quarantine]:
        """Yield the quarantines of these sources, one open at a time.

        :param held: gets those that are out of reach, with the reason.
        """
        for source_id in sources:
            try:
                yield self.of(source_id)
            except NoQuarantine:
                if has_done(self._catalogue, self.cleanup.id, source_id):
                    held.add(self.root(source_id), self._why_missing(source_id))
            except Refused as refused:
                held.add(self.root(source_id), str(refused))
            self.close()

    def _why_missing(self, source_id: int) -> str:
        reach = why_out_of_reach(*self._sources[source_id])
        return reach or f"its quarantine {self._name(source_id)} is not there: it was moved or removed"

    def dismantle(self, source_id: int) -> None:
        """Remove this source's quarantine if no file is left in it."""
        with suppress(Refused):
            dismantle(root_path(*self._sources[source_id]), self.chosen, self._name(source_id))

    def close(self, beyond: int = 0) -> None:
        """Close all quarantines except the ``beyond`` last opened."""
        while len(self._open) > beyond:
            self._open.pop(next(iter(self._open))).close()


@contextmanager
def open_quarantines(catalogue: Catalogue, cleanup: Cleanup, *, create: bool) -> Iterator[Quarantines]:
    """Open the cleanup's quarantines, after completing or taking back every act that was begun.

    An act that was begun and not ended is taken back where that is possible (it is then as planned),
    and is otherwise done; what was begun to be undone is undone. Rows follow the journal.

    :raises UsageError: the cleanup came from another catalogue: the journal counts by that one's numbers.
    """
    if cleanup.merged:
        raise UsageError(
            f"Cleanup {cleanup.id} ({cleanup.token}) came from another catalogue by `cutline merge`. Go on with it"
            " there (-c), then merge that catalogue again."
        )
    catalogue.db.execute("PRAGMA synchronous = FULL")
    quarantines = Quarantines(catalogue, cleanup, create=False)
    try:
        for source_id in quarantines.sources:
            with suppress(NoQuarantine):
                try:
                    quarantine = quarantines.of(source_id)
                except NoQuarantine:
                    raise
                except Refused:
                    continue  # The step that needs it reports it.
                _settle(catalogue, quarantine)
            quarantines.close()
        quarantines = Quarantines(catalogue, cleanup, create=create)
        yield quarantines
    finally:
        quarantines.close()


def _settle(catalogue: Catalogue, quarantine: Quarantine) -> None:
    unfinished: dict[int, tuple[Begin, str]] = {}
    outcomes: list[Outcome] = []
    for _, entries in quarantine.journal.read():
        for entry in entries:
            if isinstance(entry, Begin):
                unfinished[entry.number] = (entry, "begin")
            elif entry.step in ("undo", "purge"):
                # The line of its beginning was read long before; it is looked up once the end is known.
                unfinished[entry.number] = (_UNKNOWN, entry.step)
            else:
                unfinished.pop(entry.number, None)
                outcomes.append(_outcome(entry))
        if len(outcomes) >= _OUTCOMES_AT_ONCE:
            note_outcomes(catalogue, outcomes)
            outcomes.clear()
    _look_up(quarantine, unfinished)
    marks = [
        _finish(catalogue, quarantine, entry, step)
        for entry, step in sorted(unfinished.values(), key=lambda each: each[0].number, reverse=True)
    ]
    quarantine.end(marks, [entry.locator for entry, _ in unfinished.values()])
    outcomes += [_outcome(mark) for mark in marks]
    note_outcomes(catalogue, outcomes)


def _outcome(mark: Mark) -> Outcome:
    status = "skipped" if mark.step == "back" and mark.why else _STATUS[mark.step]
    return Outcome(mark.number, status, mark.why or None)


_UNKNOWN = Begin(0, "quarantine", "", 0, 0, 0, 0, "", "", 0, 0)


def _look_up(quarantine: Quarantine, unfinished: dict[int, tuple[Begin, str]]) -> None:
    wanted = {number for number, (entry, _) in unfinished.items() if entry is _UNKNOWN}
    if wanted:
        for _, entries in quarantine.journal.read():
            for entry in entries:
                if isinstance(entry, Begin) and entry.number in wanted:
                    unfinished[entry.number] = (entry, unfinished[entry.number][1])


def _finish(catalogue: Catalogue, quarantine: Quarantine, entry: Begin, step: str) -> Mark:
    if step == "purge":
        try:
            with quarantine.kept(entry.locator) as kept:
                gone = kept.status() is None
        except OSError:
            gone = True
        return Mark(entry.number, "purged" if gone else "stay")
    try:
        restore(quarantine, entry, find_keeper(catalogue, entry))
    except Refused as error:
        if step == "undo":
            return Mark(entry.number, "stay", str(error))
        return Mark(entry.number, "back" if _is_nowhere(quarantine, entry) else "done", str(error))
    return Mark(entry.number, "undone" if step == "undo" else "back")


def _is_nowhere(quarantine: Quarantine, entry: Begin) -> bool:
    """Return whether a begun act left nothing in quarantine, so that there is nothing to undo."""
    if entry.act not in ("quarantine", "hardlink"):
        return True
    with suppress(OSError), quarantine.kept(entry.locator) as kept:
        return kept.status() is None
    return True


def find_keeper(catalogue: Catalogue, entry: Begin) -> os.stat_result | None:
    """Return the file that has the keeper's name now, also if its archive has moved."""
    action = read_action(catalogue, entry.number)
    try:
        if action is None:
            return os.stat(entry.keeper, follow_symlinks=False)
        root = open_folder(root_path(action.keeper_uri, action.keeper_kind))
        try:
            with locate(root, split_locator(action.keeper_locator)) as name:
                return name.status()
        finally:
            os.close(root)
    except (OSError, Refused):
        return None

"""Merges catalogues of parts of an archive into one: a transaction for each, then matching across them."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlite_utils import Database

from catalog.match.match import Stage, match_pending
from catalog.merge.addresses import Nesting, map_scans, map_sources
from catalog.merge.choices import OverruledChoice, merge_choices
from catalog.merge.cleanups import merge_cleanups
from catalog.merge.copy import copy_records
from catalog.merge.shard import STEPS_BETWEEN_LOOKS, Shard, attached, explain_shard, open_shards
from catalog.merge.units import choose_records, compare_units, drop_unused_images, move_inside
from catalog.merge.verdicts import Overruled, merge_decisions, merge_keeper_choices, merge_reviews
from catalog.scan.scan import stop_on_signal
from catalog.store.catalogue import Catalogue
from catalog.store.sqlite_errors import is_of_the_disk
from catalog.store.versions import find_doubtful, renew_matches


@dataclass(frozen=True, slots=True)
class Came:
    """The number of items of one kind in a shard, and how many were new or newer."""

    new: int
    all: int


@dataclass(frozen=True, slots=True)
class Merged:
    """The result for one shard."""

    path: Path
    sources: Came
    records: Came
    pictures: Came
    captions: Came
    decisions: Came
    choices: Came
    overruled: tuple[Overruled | OverruledChoice, ...]
    """Decisions, and choices of captions, that met a contradicting one for the first time."""


@dataclass(frozen=True, slots=True)
class MergeResult:
    """The result of a merge."""

    merged: tuple[Merged, ...]
    seconds: float
    interrupted: bool


class MergeWatcher(Protocol):
    """Callbacks that show the progress of a merge."""

    def looking(self, count: int) -> None:
        """Show that so many catalogues are being checked."""

    def merging(self, path: Path, number: int, count: int) -> None:
        """Show that the ``number``-th of ``count`` catalogues is being merged."""

    def waiting(self, holder: str) -> None:
        """Show that another process is writing to the catalogue."""

    def stage(self, name: Stage) -> None:
        """Show that a step of matching begins."""


def merge(out: Path, paths: Sequence[Path], watcher: MergeWatcher) -> MergeResult:
    """Merge catalogues into ``out``, which is made if it does not exist.

    Nothing is written before all of them were looked over. Each is then merged in one transaction, as it
    stood when that began; what came is matched with the rest after the last. A merge that was stopped is
    completed by doing it again; to merge the same twice changes nothing.

    :raises CatalogueUnusable: one of them cannot be merged.
    :raises UsageError: ``out`` is to be merged into itself.
    :raises KeyboardInterrupt: the user asked to stop before anything was written.
    """
    started = time.monotonic()
    watcher.looking(len(paths))
    merged: list[Merged] = []
    with (
        stop_on_signal() as stopped,
        open_shards(out, paths, stopped) as shards,
        Catalogue.open(out, on_wait=watcher.waiting) as catalogue,
    ):
        with catalogue.db.atomic():
            find_doubtful(catalogue.db, {})
        for number, shard in enumerate(shards, start=1):
            if stopped():
                break
            watcher.merging(shard.path, number, len(shards))
            found = _merge_one(catalogue, shard, stopped)
            if found is not None:
                merged.append(found)
        if not stopped():
            with catalogue.db.atomic():
                renew_matches(catalogue.db)
            match_pending(catalogue, watcher.stage, stopped)
    return MergeResult(tuple(merged), time.monotonic() - started, stopped())


def _merge_one(catalogue: Catalogue, shard: Shard, stopped: Callable[[], bool]) -> Merged | None:
    """Merge one catalogue as a whole or not at all; return None if the user asked to stop meanwhile."""
    db = catalogue.db
    with attached(catalogue, shard):
        db.conn.set_progress_handler(stopped, STEPS_BETWEEN_LOOKS)
        try:
            with db.atomic():
                return _copy(db, shard.path)
        except sqlite3.DatabaseError as error:
            if stopped():
                return None
            if is_of_the_disk(error):
                raise  # The cause is not in the shard's rows.
            raise explain_shard(shard.path, error) from error
        finally:
            db.conn.set_progress_handler(None, 0)
            _drop_temporary(db)


def _copy(db: Database, path: Path) -> Merged:
    db.conn.execute("CREATE TEMP TABLE merge_digests (sha256 TEXT PRIMARY KEY) WITHOUT ROWID")
    map_scans(db)
    sources = map_sources(db)
    nesting = Nesting(db)
    move_inside(db, nesting)
    records = compare_units(db, nesting)
    choose_records(db)
    copied = copy_records(db, nesting)
    drop_unused_images(db)
    decisions = merge_decisions(db)
    merge_keeper_choices(db, nesting)
    choices = merge_choices(db)
    merge_reviews(db, nesting, choices.numbers)
    merge_cleanups(db, nesting)
    pictures, captions = (
        int(db.conn.execute(f"SELECT count(*) FROM shard.{table}").fetchone()[0])
        for table in ("images", "captions")
    )
    return Merged(
        path,
        Came(sources.new, sources.all),
        Came(copied.records, records),
        Came(copied.pictures, pictures),
        Came(copied.captions, captions),
        Came(decisions.new, decisions.all),
        Came(choices.new, choices.all),
        (*decisions.overruled, *choices.overruled),
    )


def _drop_temporary(db: Database) -> None:
    names = db.conn.execute(
        "SELECT name FROM temp.sqlite_master WHERE type = 'table' AND name GLOB 'merge_*'"
    ).fetchall()
    for (name,) in names:
        db.conn.execute(f"DROP TABLE temp.{name}")

"""Matching by workers, as tests run it: what travels, folders, and catalogues compared row for row."""

import contextlib
import os
import pickle
import shutil
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import TypeVar

from catalog.match.match import match_again
from catalog.match.workers import Workers
from catalog.store.catalogue import Catalogue

_Result = TypeVar("_Result")

FOUND = (
    "caption_repeats",
    "caption_repeat_members",
    "image_matches",
    "image_groups",
    "image_group_members",
    "caption_conflict_sets",
    "caption_conflict_members",
    "placements",
    "pending",
)


class Travels(Executor):
    """Runs what is submitted at once, in this process, with what came out of a pickle; so does the result."""

    def submit(self, fn: Callable[..., _Result], /, *args: object, **named: object) -> "Future[_Result]":
        future: Future[_Result] = Future()
        try:
            fn, args = pickle.loads(pickle.dumps((fn, args)))  # noqa: S301 - our own
            future.set_result(pickle.loads(pickle.dumps(fn(*args, **named))))  # noqa: S301
        except Exception as error:
            future.set_exception(error)
        return future


def workers_here(folder: Path, shares: int, task_bytes: int = 1 << 30) -> Workers:
    """Workers that take tasks of so many shares, in this process."""
    return Workers(Travels().submit, folder, at_once=3, task_bytes=task_bytes, shares=shares)


def match_whole(catalog: Path) -> None:
    with Catalogue.open(catalog) as catalogue:
        match_again(catalogue)


def match_in_shares(catalog: Path, shares: int, task_bytes: int = 1 << 30) -> None:
    folder = catalog.with_name(f"{catalog.name}.match")
    with Catalogue.open(catalog) as catalogue:
        match_again(catalogue, runner=workers_here(folder, shares, task_bytes))


def found(catalog: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row that matching writes, ids and all."""
    with Catalogue.read(catalog) as catalogue:
        return {
            table: sorted(map(tuple, catalogue.rows(f"SELECT * FROM {table}")), key=repr) for table in FOUND
        }


def copy_of(catalog: Path, name: str) -> Path:
    copy = catalog.with_name(name)
    shutil.copy(catalog, copy)
    return copy


def children(process: int) -> list[int]:
    """Every process that has sprung from one."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    found = [process]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return [each for each in found if each != process and each != os.getpid()]

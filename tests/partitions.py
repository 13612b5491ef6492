"""Matching in partitions, as tests run it: workers, folders, and catalogues compared row for row."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import TypeVar

from catalog.match.match import match_again
from catalog.match.partitions.means import Means
from catalog.match.partitions.run import Workers
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


class Here(Executor):
    """Runs what is submitted at once, in this process."""

    def submit(self, fn: Callable[..., _Result], /, *args: object, **named: object) -> "Future[_Result]":
        future: Future[_Result] = Future()
        try:
            future.set_result(fn(*args, **named))
        except Exception as error:
            future.set_exception(error)
        return future


@contextlib.contextmanager
def means_here(folder: Path, parts: int | None) -> Iterator[Means]:
    folder.mkdir(exist_ok=True)
    with Workers(lambda: contextlib.nullcontext(Here()), 1) as workers:
        yield Means(workers, folder, parts=parts)


def match_whole(catalog: Path) -> None:
    with Catalogue.open(catalog) as catalogue:
        match_again(catalogue)


def match_in_parts(catalog: Path, parts: int) -> None:
    with (
        Catalogue.open(catalog) as catalogue,
        means_here(catalog.with_name(f"{catalog.name}.match"), parts) as means,
    ):
        match_again(catalogue, means=means)


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

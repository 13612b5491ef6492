"""The partitions: Parquet files in a folder that every worker sees, whole or not there.

A task writes one file into each of its datasets, with one row group for each partition of the rows, so that who
wants a partition reads one row group of every file. A file gets its name when it is whole: a task that runs twice,
or dies on the way, harms nothing.
"""

import contextlib
import errno
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from catalog.arrow import load_pyarrow
from catalog.errors import CatalogError
from media import __version__

if TYPE_CHECKING:
    import pyarrow

_MANIFEST = "manifest.json"
_FORMAT = 1
"""Of the files; those of another one are removed."""


class WorkUnusable(CatalogError):
    """The folder of partitions cannot be used."""


def require_parquet() -> Any:
    """Return pyarrow.

    :raises UsageError: it is not installed.
    """
    return load_pyarrow("Matching in partitions")


@dataclass(frozen=True, slots=True)
class Room:
    """A folder of datasets. It travels to workers with their tasks."""

    folder: str

    def begin(self, digest: str, fresh: "Room") -> None:
        """Take the datasets of ``fresh`` over, with all that was made of the same ones before, if it is whole.

        :param digest: of what stands in ``fresh``, and of how it is to be worked on.
        """
        if not self._is_whole(digest):
            self.clear()
            for dataset in Path(fresh.folder).iterdir():
                dataset.rename(Path(self.folder) / dataset.name)
            manifest = {"format": _FORMAT, "version": __version__, "digest": digest}
            _write_whole(Path(self.folder) / _MANIFEST, json.dumps(manifest).encode())
        fresh.remove()

    def clear(self) -> None:
        """Make a folder empty, whatever was in it.

        :raises WorkUnusable: it holds what cutline did not put there, or cannot be made.
        """
        self.remove()
        try:
            Path(self.folder).mkdir(parents=True)
            _write_whole(Path(self.folder) / _MANIFEST, b"{}")
        except OSError as error:
            raise WorkUnusable(
                f"{self.folder}: cannot be made ({error.strerror}). Name another folder with --work."
            ) from error

    def remove(self) -> None:
        """Remove the folder."""
        folder = Path(self.folder)
        if folder.exists() and not (folder / _MANIFEST).exists() and any(folder.iterdir()):
            raise WorkUnusable(
                f"{self.folder} holds something else than partitions. Name another folder with --work."
            )
        shutil.rmtree(folder, ignore_errors=True)

    def is_done(self, stage: str) -> bool:
        return (Path(self.folder) / f"{stage}.done").exists()

    def finish(self, stage: str, spent: Sequence[str]) -> None:
        """Note that a stage is done, and remove the datasets that nobody reads any more."""
        _write_whole(Path(self.folder) / f"{stage}.done", b"")
        for dataset in spent:
            shutil.rmtree(Path(self.folder) / dataset, ignore_errors=True)

    def check_seen(self) -> None:
        """For workers.

        :raises WorkUnusable: this machine does not see the folder.
        """
        if not (Path(self.folder) / _MANIFEST).exists():
            raise WorkUnusable(
                f"A worker on {os.uname().nodename} does not see {self.folder}. Name a folder that every worker sees"
                " with --work."
            )

    def has(self, dataset: str, task: int) -> bool:
        return self._path(dataset, task).exists()

    def write(
        self,
        dataset: str,
        task: int,
        columns: Mapping[str, object],
        parts: npt.NDArray[np.int64] | None = None,
        count: int = 1,
    ) -> None:
        """Write a task's rows into a dataset.

        :param columns: arrays of one length, of numpy or of Arrow.
        :param parts: the partition of each row, of ``count``; without: all of one.
        """
        arrow = require_parquet()
        table = arrow.table(dict(columns))
        bounds = np.array([0, len(table)])
        if parts is not None:
            table = table.take(arrow.array(np.argsort(parts, kind="stable")))
            bounds = np.concatenate([[0], np.cumsum(np.bincount(parts, minlength=count))])
        path = self._path(dataset, task)
        with (
            _whole(path) as partial,
            arrow.parquet.ParquetWriter(
                partial, table.schema, compression="lz4", use_dictionary=False, write_statistics=False
            ) as writer,
        ):
            for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
                writer.write_table(table.slice(low, high - low), row_group_size=max(1, high - low))

    def tables(
        self, dataset: str, part: int = 0, columns: Sequence[str] | None = None
    ) -> Iterator["pyarrow.Table"]:
        """Yield the rows of a partition, one table a file, in the order of the tasks."""
        parquet = require_parquet().parquet
        for path in sorted(Path(self.folder, dataset).glob("*.parquet")):
            with parquet.ParquetFile(path) as file:
                yield file.read_row_group(part, columns=columns, use_threads=False)

    def read(
        self, dataset: str, part: int = 0, columns: Sequence[str] | None = None, task: int | None = None
    ) -> "Rows":
        """Return the rows of a partition; or of one task only."""
        arrow = require_parquet()
        if task is not None:
            with arrow.parquet.ParquetFile(self._path(dataset, task)) as file:
                return Rows(file.read_row_group(part, columns=columns, use_threads=False))
        return Rows(arrow.concat_tables(list(self.tables(dataset, part, columns))).combine_chunks())

    def byte_size(self) -> int:
        """Of all files."""
        return sum(path.stat().st_size for path in Path(self.folder).rglob("*") if path.is_file())

    def _path(self, dataset: str, task: int) -> Path:
        return Path(self.folder, dataset, f"{task:06d}.parquet")

    def _is_whole(self, digest: str) -> bool:
        """Whether everything here was made of data with this digest, and every file can be opened."""
        arrow = require_parquet()
        try:
            manifest = json.loads((Path(self.folder) / _MANIFEST).read_bytes())
            if (manifest["format"], manifest["version"], manifest["digest"]) != (
                _FORMAT,
                __version__,
                digest,
            ):
                return False
            for path in Path(self.folder).rglob("*.parquet"):
                arrow.parquet.read_metadata(path)
        except (OSError, ValueError, KeyError, TypeError):  # of Arrow, too
            return False
        for partial in Path(self.folder).rglob("*.partial"):
            partial.unlink(missing_ok=True)
        return True


class Rows:
    """A table's columns as arrays."""

    def __init__(self, table: "pyarrow.Table") -> None:
        self.table = table
        self._numbers: dict[str, npt.NDArray[Any]] = {}

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def numbers(self, column: str) -> npt.NDArray[Any]:
        if column not in self._numbers:  # Arrow copies it each time
            self._numbers[column] = np.asarray(self.table[column].to_numpy())
        return self._numbers[column]

    def strings(self, column: str) -> list[Any]:
        values: list[Any] = self.table[column].to_pylist()
        return values

    def lists(self, column: str) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
        """Return the values of a column of lists, one behind the other, and where each list begins."""
        values = self.table[column].combine_chunks()
        if hasattr(values, "chunks"):  # a column without rows stays in chunks
            values = values.chunk(0) if values.num_chunks else require_parquet().array([], values.type)
        sizes = np.asarray(values.value_lengths().to_numpy(zero_copy_only=False), dtype=np.int64)
        flat = np.asarray(values.flatten().to_numpy(zero_copy_only=False))
        return flat, np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])


def list_column(values: npt.NDArray[Any], offsets: npt.NDArray[np.int64]) -> object:
    """Rows of a flat array as a column of lists."""
    arrow = require_parquet()
    return arrow.ListArray.from_arrays(arrow.array(offsets.astype(np.int32)), arrow.array(values))


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[str]:
    """Give a name to write to; it becomes ``path`` when all is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}.partial")
    try:
        yield str(partial)
        partial.rename(path)
    except OSError as error:
        if error.errno == errno.ENOSPC or "No space left" in str(error):
            raise WorkUnusable(
                f"{path.parent.parent}: the disk is full. Make room, or name a folder on another disk with --work,"
                " and run again; the catalogue is unchanged."
            ) from None
        raise
    finally:
        partial.unlink(missing_ok=True)


def _write_whole(path: Path, content: bytes) -> None:
    with _whole(path) as partial:
        Path(partial).write_bytes(content)

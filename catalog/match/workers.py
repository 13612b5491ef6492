"""Runs the tasks of a match on the workers of a Dask cluster: one at an address, or processes of this machine.

Dask hands tasks out, and repeats those of workers that die. Data for many tasks is in a folder that every worker can
read. Results that took long are kept there, under the digest of their input, until the match is done.
"""

import base64
import contextlib
import dataclasses
import errno
import hashlib
import importlib.util
import json
import os
import pickle
import shutil
import types
import typing
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from catalog.cluster.cluster import open_cluster
from catalog.cluster.connect import LOCAL
from catalog.errors import CatalogError, UsageError
from media import __version__

MEMORY_BYTES = 1 << 30
"""Default memory of a worker."""
_BASE_BYTES = 200 << 20
"""Memory of a worker after its imports."""
_LEAST_BYTES = 64 << 20
_TASKS_A_THREAD = 3
"""Tasks in flight for each worker: enough that no worker waits."""
_SHARES = 8
"""Tasks for each worker in a step that can be split freely; each reads the shared data once more."""
_LOOK_SECONDS = 2.0
"""Seconds between two checks of the connection."""

OnStep = Callable[[str, int, int | None], None]
"""A function that is called with a step's name, tasks done, and all tasks, if known."""

_Value = TypeVar("_Value")
_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


class WorkersLost(CatalogError):
    """The workers keep dying, or cannot be used."""


class WorkUnusable(CatalogError):
    """The folder that workers share cannot be used."""


class Submit(Protocol):
    """Begins a call on a worker."""

    def __call__(self, function: Callable[..., Any], /, *arguments: Any) -> "Future[Any]": ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where to match."""

    cluster: str | None = None
    """Address of a Dask scheduler, or ``local:N``."""
    jobs: int = 1
    """Worker processes on this machine, without a cluster."""
    work: Path | None = None
    """Folder that workers share; None: one beside the catalogue."""
    memory_bytes: int = MEMORY_BYTES


@contextlib.contextmanager
def open_workers(
    catalogue: Path,
    wanted: Wanted,
    say: Callable[[str], None],
    on_step: OnStep = lambda name, done, tasks: None,
) -> "Iterator[Workers]":
    """Open workers with a folder for this catalogue, which is removed after a successful match.

    :param say: is called with one line that a person should read.
    :raises catalog.errors.UsageError: Dask is not installed, or the address is invalid.
    :raises catalog.errors.ClusterUnusable: the cluster cannot be used.
    """
    if importlib.util.find_spec("distributed") is None:
        raise UsageError("--jobs and --cluster need Dask: pip install 'cutline[cluster]'")
    folder = _folder(catalogue.absolute(), wanted.work)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkUnusable(
            f"{folder}: cannot be made ({error.strerror}). Name another folder with --work."
        ) from error
    address = wanted.cluster or f"{LOCAL}{wanted.jobs}"
    try:
        with open_cluster(address, say if wanted.cluster else lambda line: None) as cluster:
            yield Workers(
                cluster.executor.submit,
                folder,
                at_once=max(1, cluster.threads()) * _TASKS_A_THREAD,
                task_bytes=max(wanted.memory_bytes - _BASE_BYTES, _LEAST_BYTES),
                on_step=on_step,
                connection=lambda: cluster.connection,
                wait_for_workers=cluster.wait_for_workers,
            )
        for made in (_SHARED, _KEPT):
            shutil.rmtree(folder / made, ignore_errors=True)
    finally:
        with contextlib.suppress(OSError):  # It holds the results from which the next match continues.
            folder.rmdir()


def _folder(catalogue: Path, work: Path | None) -> Path:
    if work is None:
        return catalogue.with_name(f"{catalogue.name}.match")
    # Catalogues with the same name may share a work folder.
    mark = hashlib.blake2b(str(catalogue).encode(errors="surrogateescape"), digest_size=4).hexdigest()
    return work.absolute() / f"{catalogue.name}-{mark}.match"


_SHARED, _KEPT = "shared", "kept"


class Workers:
    """Runs tasks on workers: a :class:`media.matching.runner.Runner`."""

    def __init__(
        self,
        submit: Submit,
        folder: Path,
        *,
        at_once: int,
        task_bytes: int,
        shares: int = _SHARES,
        on_step: OnStep = lambda name, done, tasks: None,
        connection: Callable[[], object] = lambda: None,
        wait_for_workers: Callable[[], None] = lambda: None,
    ) -> None:
        """:param connection: returns another object after all submitted tasks have been lost for good.
        :param wait_for_workers: returns once there is a worker, and raises if no worker comes.
        """
        self._submit = submit
        self._folder = folder
        self._at_once = at_once
        self._on_step = on_step
        self._connection = connection
        self._wait_for_workers = wait_for_workers
        self.task_bytes: int | None = task_bytes
        self.shares = shares

    def share(self, name: str, value: _Value) -> Callable[[], _Value]:
        digest = hashlib.blake2b(digest_size=16)
        arrays = list(_arrays(value))
        for array in arrays:
            digest.update(repr((array.dtype, array.shape)).encode())
            digest.update(np.ascontiguousarray(array).data)
        place = self._folder / _SHARED / f"{name}-{digest.hexdigest()}"
        for number, array in enumerate(arrays):
            with _whole(place / f"{number}.npy") as partial, partial.open("wb") as file:
                np.save(file, array, allow_pickle=False)
        return _Shared(type(value), str(place))

    def run(
        self,
        name: str,
        function: Callable[[_Task], Iterable[_Result]],
        tasks: Iterable[_Task],
        keep: type[_Result] | None = None,
    ) -> Iterator[_Result]:
        total = len(tasks) if isinstance(tasks, Sized) else None
        calls = (pickle.dumps((function, task), protocol=5) for task in tasks)
        if keep is None:
            return chain.from_iterable(
                results for _, results in self._run(name, ((c, c) for c in calls), total)
            )
        paths: list[Path] = []
        missing = self._not_kept(name, calls, keep, paths)
        for path, results in self._run(name, missing, total):
            with _whole(path) as partial:
                partial.write_text(json.dumps([as_plain(each) for each in results]))
        # All tasks are done before the first result is yielded, so that no transaction waits for workers.
        return chain.from_iterable(_read(path, keep) or () for path in paths)

    def _not_kept(
        self, name: str, calls: Iterable[bytes], keep: type[Any], paths: list[Path]
    ) -> Iterator[tuple[Path, bytes]]:
        """Yield the calls whose results are not there; ``paths`` gets where those of each are, or will be."""
        for call in calls:
            digest = hashlib.blake2b(__version__.encode() + call, digest_size=16).hexdigest()
            paths.append(self._folder / _KEPT / name / f"{digest}.json")
            if _read(paths[-1], keep) is None:
                yield paths[-1], call

    def _run(
        self, name: str, calls: Iterable[tuple[_Value, bytes]], total: int | None
    ) -> Iterator[tuple[_Value, list[Any]]]:
        """Yield the result of each call, in order."""
        waiting = iter(calls)
        running: deque[tuple[_Value, Future[list[Any]]]] = deque()
        before = self._connection()
        done = 0
        try:
            while True:
                for what, call in islice(waiting, self._at_once - len(running)):
                    running.append((what, self._submit(_call, __version__, call)))
                if not running:
                    return
                what, future = running.popleft()
                results = self._result(future, before)
                done += 1
                self._on_step(name, done, total)
                yield what, results
        finally:
            for _, future in running:
                future.cancel()

    def _result(self, future: "Future[list[Any]]", before: object) -> list[Any]:
        while True:
            try:
                return future.result(_LOOK_SECONDS)
            except Exception as error:
                if isinstance(error, TimeoutError) and not future.done():
                    if self._connection() is before:
                        self._wait_for_workers()
                        continue
                elif type(error).__name__ == "KilledWorker":
                    raise WorkersLost(
                        "Workers died time and again on one part of the matching, most likely out of memory. Give"
                        " more with --memory, or fewer --jobs, and run again; the catalogue is unchanged."
                    ) from error
                elif not isinstance(error, CancelledError) and type(error).__name__ != "CommClosedError":
                    raise
                raise WorkersLost(
                    "The connection to the cluster was lost. Run the same command again when it is back: what its"
                    " workers did is kept, and the catalogue is unchanged."
                ) from error


def _call(version: str, call: bytes) -> list[Any]:
    """Run a task on a worker."""
    if version != __version__:
        raise WorkersLost(
            f"A worker has cutline {__version__}, this is {version}. Install one version on every machine."
        )
    function, task = pickle.loads(call)  # noqa: S301 - from whoever started this match
    return list(function(task))


# --- what is shared


@dataclass(frozen=True, slots=True)
class _Shared:
    """Opens a dataclass of arrays in the folder that every worker can read."""

    kind: type[Any]
    place: str

    def __call__(self) -> Any:
        place = Path(self.place)
        if not place.is_dir():
            raise WorkUnusable(
                f"A worker on {os.uname().nodename} does not see {place.parent.parent}. Name a folder that every"
                " worker sees with --work."
            )
        return _filled(self.kind, iter(sorted(place.glob("*.npy"), key=lambda path: int(path.stem))))


def _arrays(value: Any) -> Iterator[npt.NDArray[Any]]:
    for each in dataclasses.fields(value):
        item = getattr(value, each.name)
        if dataclasses.is_dataclass(item):
            yield from _arrays(item)
        else:
            yield item


def _filled(kind: type[Any], files: Iterator[Path]) -> Any:
    hints = typing.get_type_hints(kind)
    return kind(
        *(
            _filled(hints[each.name], files)
            if dataclasses.is_dataclass(hints[each.name])
            else _open(next(files))
            for each in dataclasses.fields(kind)
        )
    )


def _open(path: Path) -> npt.NDArray[Any]:
    mapped = path.stat().st_size > _MAPPED_BYTES
    array: npt.NDArray[Any] = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    return array


_MAPPED_BYTES = 1 << 16
"""Bytes; smaller arrays, of which some are empty, are read instead of mapped."""


# --- what is kept


def _read(path: Path, kind: type[_Result]) -> list[_Result] | None:
    """Return the results in a file; None if it does not exist or is incomplete."""
    try:
        return [of_plain(kind, each) for each in json.loads(path.read_text())]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def as_plain(value: Any) -> Any:
    """Return a value of dataclasses in a form for JSON."""
    if dataclasses.is_dataclass(value):
        return [as_plain(getattr(value, each.name)) for each in dataclasses.fields(value)]
    if isinstance(value, np.ndarray):
        return [value.dtype.str, base64.b64encode(value.tobytes()).decode()]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple | frozenset):
        return [as_plain(each) for each in value]
    return value


def of_plain(kind: Any, value: Any) -> Any:
    """Return a value of this type from the result of :func:`as_plain`."""
    if value is None:
        return None
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return of_plain(next(each for each in arguments if each is not type(None)), value)
    if origin is np.ndarray:
        dtype, packed = value
        return np.frombuffer(base64.b64decode(packed), dtype)
    if origin is tuple and arguments[-1] is not ...:
        return tuple(map(of_plain, arguments, value))
    if origin in (tuple, list, frozenset, Sequence):
        made = [of_plain(arguments[0], each) for each in value]
        return made if origin in (list, Sequence) else origin(made)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        names = [each.name for each in dataclasses.fields(kind)]
        return kind(*(of_plain(hints[name], each) for name, each in zip(names, value, strict=True)))  # type: ignore[operator]
    return value


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Yield a temporary name to write to; it becomes ``path`` when the file is complete."""
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.rename(path)
    except OSError as error:
        if error.errno == errno.ENOSPC or "No space left" in str(error):
            raise WorkUnusable(
                f"{path.parent}: the disk is full. Make room, or name a folder on another disk with --work,"
                " and run again; the catalogue is unchanged."
            ) from None
        raise
    finally:
        partial.unlink(missing_ok=True)

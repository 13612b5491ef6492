"""The crew of a Dask cluster: reads in the threads of its workers, each with a reader process of its own."""

import time
from collections.abc import Callable, Collection
from concurrent.futures import CancelledError, Future
from functools import cache
from typing import Any

from catalog.cluster.cluster import Cluster, ClusterLost
from catalog.cluster.fitness import Build, Probe, out_of_reach, this_build, unfit_for
from catalog.errors import ClusterUnusable
from catalog.scan.readers.crew import TryAgain, WorkerDied
from catalog.scan.readers.guard import Readers, spawn_reader
from catalog.scan.readers.local import unpack
from catalog.scan.readers.task import Done, ReadTask

_LOOK_SECONDS = 2.0
"""Seconds between two checks of the workers."""
_WIND_UP_SECONDS = 10.0
"""Seconds to wait for tasks in flight when a scan is stopped."""
_FAILURES = 20
"""Tasks in a row that may fail for an unknown reason."""


class Unfit(Exception):
    """A worker would not read the same as the scan's machine."""


class ClusterCrew:
    """Reads on the workers of a cluster."""

    def __init__(self, cluster: Cluster, probes: tuple[Probe, ...]) -> None:
        """:param probes: a record of each source, which each worker must see.
        :raises ClusterUnusable: a worker does not.
        """
        self._cluster = cluster
        self._probes = {probe.source: probe for probe in probes}
        cluster.check(probes)
        self._connection = cluster.connection
        self._executor = cluster.executor
        self._slots = cluster.threads()
        self._looked = time.monotonic()
        self._stopped_at: float | None = None
        self._failures = 0

    def slots(self) -> int:
        return self._slots

    def submit(self, task: ReadTask) -> Future[Any]:
        try:
            return self._executor.submit(read_on_worker, this_build(), self._probes.get(task.source), task)
        except Exception as error:
            if self._cluster.connection is self._connection:
                raise
            future: Future[Any] = Future()
            future.set_exception(CancelledError(str(error)))
            return future

    def outcome(self, future: Future[Any]) -> Done:
        from distributed import KilledWorker

        try:
            done = unpack(future.result())
        except KilledWorker as error:
            raise WorkerDied from error
        except CancelledError as error:
            raise TryAgain from error
        except Exception as error:
            self._look_into(error)
            raise TryAgain from error
        self._failures = 0
        return done

    def tend(self, stopped: Callable[[], bool]) -> bool:
        if self._cluster.connection is not self._connection:
            return self._reconnect(stopped)
        if time.monotonic() - self._looked < _LOOK_SECONDS:
            return False
        try:
            self._look(stopped)
        except ClusterLost:
            return self._reconnect(stopped)
        return False

    def wind_up(self, running: Collection[Future[Any]]) -> None:
        now = time.monotonic()
        self._stopped_at = self._stopped_at or now
        if now - self._stopped_at > _WIND_UP_SECONDS:
            for future in running:
                future.cancel()

    def _look(self, stopped: Callable[[], bool]) -> None:
        """Update the list of workers; wait if there are none."""
        self._cluster.check_again()
        self._executor = self._cluster.executor
        self._slots = self._cluster.threads()
        if not self._slots and not stopped():
            self._cluster.wait_for_workers(stopped)
            self._slots = self._cluster.threads()
        self._looked = time.monotonic()

    def _reconnect(self, stopped: Callable[[], bool]) -> bool:
        while not stopped():
            try:
                self._cluster.wait_for_scheduler(stopped)
                self._connection = self._cluster.connection
                self._executor = self._cluster.executor
                self._look(stopped)
                break
            except ClusterLost:
                time.sleep(0.1)
        return True

    def _look_into(self, error: Exception) -> None:
        """Find out whether a task failed because of the worker that ran it.

        :raises ClusterUnusable: it did not, and others failed before it.
        """
        self._failures += 1
        try:
            if self._cluster.check_again():
                self._executor = self._cluster.executor
                self._failures = 0
        except ClusterLost:
            return
        if isinstance(error, Unfit):
            # The probe record may have vanished meanwhile, for all workers.
            self._probes = {source: each for source, each in self._probes.items() if not out_of_reach(each)}
        if self._failures > _FAILURES:
            raise ClusterUnusable(
                f"{self._cluster.address}: tasks fail on the workers ({type(error).__name__}: {error}). "
                "What was recorded is kept; see the workers' logs."
            ) from error


_fit: set[tuple[Build, Probe | None]] = set()


@cache
def _readers() -> Readers:
    return Readers(spawn_reader)


def read_on_worker(build: Build, probe: Probe | None, task: ReadTask) -> bytes:
    """Read a task in a thread of a Dask worker; return the result of :meth:`catalog.scan.readers.guard.Readers.read`.

    :raises Unfit: what runs here is not ``build``, or ``probe`` cannot be seen from here.
    """
    if (build, probe) not in _fit:
        if reason := unfit_for(build, (probe,) if probe else ()):
            raise Unfit(reason)
        _fit.add((build, probe))
    return _readers().read(task)

"""An open Dask cluster: its workers, checks that they can do the work, and an executor that runs calls on them.

A submitted call is pickled within its task, and unpickled by the worker that runs it: workers need cutline, the
scheduler does not.
"""

import asyncio
import pickle
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures import wait as wait_for
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from catalog.cluster.connect import LOCAL, Say, connect, first_line
from catalog.cluster.fitness import Build, Probe, this_build, unfit_for
from catalog.errors import ClusterUnusable

if TYPE_CHECKING:
    from distributed import Client

_T = TypeVar("_T")

_WAIT = "2 minutes"
"""Seconds to wait for workers, if there are none; ``DASK_CUTLINE__WAIT_FOR_WORKERS`` changes it."""


class ClusterLost(ClusterUnusable):
    """The connection to the scheduler was lost, with all calls in flight; it may come back."""


class Cluster:
    """An open cluster; close it by leaving :func:`open_cluster`."""

    def __init__(self, client: "Client", address: str, say: Say) -> None:
        self._client = client
        self._say = say
        self.address = address
        self._checked: set[str] = set()
        self._unfit: dict[str, str] = {}
        self._probes: tuple[Probe, ...] = ()
        self._versions_said = False

    @property
    def kind(self) -> str:
        """How it was reached, without its address: a catalogue may store this."""
        return self.address if self.address.startswith(LOCAL) else self.address.rpartition("://")[0] or "tcp"

    @property
    def executor(self) -> Executor:
        """An executor that runs module functions on the workers that can do the work."""
        if not self._unfit:
            return _Packing(self._client)
        # Not restricted to these workers: if all of them die, a worker that joins later can do it.
        return _Packing(self._client, workers=self._fit(), allow_other_workers=True)

    @property
    def connection(self) -> object:
        """An object that is replaced on each reconnection: calls submitted before are lost."""
        return self._client.scheduler_comm

    @property
    def dashboard(self) -> str | None:
        """Address of the Dask dashboard."""
        with suppress(KeyError, OSError, ValueError):
            return str(self._client.dashboard_link)
        return None

    def threads(self) -> int:
        """Tasks that can run at one time on the present workers.

        :raises ClusterLost: the scheduler does not answer.
        """
        return sum(threads for worker, threads in self._workers().items() if worker not in self._unfit)

    def wait_for_workers(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Wait until there is a worker that can be used.

        :raises ClusterUnusable: there is no worker within the time limit.
        """
        from dask import config
        from dask.utils import parse_timedelta

        allowed = parse_timedelta(config.get("cutline.wait-for-workers", default=_WAIT))
        deadline = time.monotonic() + allowed
        told = False
        while not stopped() and not self.threads():
            if time.monotonic() > deadline:
                raise ClusterUnusable(f"{self.address}: no workers after {allowed:g} s. {self._remedy()}")
            if not told:
                told = True
                self._say(f"Waiting up to {allowed:g} s for workers at {self.address}.")
            time.sleep(0.2)

    def _remedy(self) -> str:
        if self.address.startswith(LOCAL):
            return "They end as soon as they begin, most likely out of memory: run again with fewer."
        return f"Start some with `dask worker {self.address}`, and run again."

    def wait_for_scheduler(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Wait until the client has found the scheduler again.

        :raises ClusterUnusable: it did not, in the time that Dask allows for connecting.
        """
        self._say(f"Lost the scheduler at {self.address}; trying to reach it again.")
        while not stopped() and self._client.status != "running":
            if self._client.status not in ("connecting", "newly-created"):
                raise ClusterUnusable(
                    f"{self.address}: the scheduler is gone. What was recorded is kept; "
                    "start it again with its workers, and run the same command."
                )
            time.sleep(0.1)
        self._checked.clear()
        self._unfit.clear()

    def check(self, probes: tuple[Probe, ...] = ()) -> None:
        """Check that every worker runs the same versions as this process and can read a record of each source.

        :raises ClusterUnusable: one does not; it is named.
        """
        self._probes = probes
        self._checked.clear()
        self._say_versions()
        for worker, reason in self._inspect().items():
            raise ClusterUnusable(f"worker {worker}: {reason}")

    def _say_versions(self) -> None:
        """Report different versions of Dask, which may work or not."""
        if self._versions_said:
            return
        self._versions_said = True
        versions = self._versions()
        found = {place["packages"]["distributed"] for place in versions["workers"].values() if place}
        found |= {versions[place]["packages"]["distributed"] for place in ("scheduler", "client")}
        if len(found) > 1:
            self._say(f"Dask is not of one version on this cluster and here ({', '.join(sorted(found))}).")

    def _versions(self) -> dict[str, Any]:
        try:
            return dict(self._client.get_versions(packages=["cutline"]))
        except OSError as error:
            raise self._lost(error) from error

    def check_again(self) -> bool:
        """Check the workers that have joined since; return whether one of them is left out from now on."""
        found = self._inspect()
        for worker, reason in found.items():
            self._say(f"Left out: worker {worker}: {reason}")
        self._unfit |= found
        return bool(found)

    def _fit(self) -> list[str]:
        return [worker for worker in self._workers() if worker not in self._unfit]

    def _workers(self) -> dict[str, int]:
        try:
            return dict(self._client.nthreads())
        except (OSError, RuntimeError, AttributeError) as error:
            raise self._lost(error) from error

    def _lost(self, error: Exception) -> ClusterLost:
        return ClusterLost(
            f"{self.address}: the scheduler does not answer ({first_line(error)}). "
            "What was recorded is kept; see that it runs, and run the same command."
        )

    def _inspect(self) -> dict[str, str]:
        """Return what is wrong with the workers that were not checked yet."""
        fresh = [worker for worker in self._workers() if worker not in self._checked]
        if not fresh:
            return {}
        found: dict[str, str] = {}
        try:
            versions = self._versions()["workers"]
            able = []
            for worker in fresh:
                if reason := _differs(versions.get(worker), this_build()):
                    found[worker] = reason
                elif worker in versions:
                    able.append(worker)
            if able:
                answers = self._client.run(
                    unfit_for, this_build(), self._probes, workers=able, on_error="return"
                )
                found |= {worker: str(reason) for worker, reason in answers.items() if reason is not None}
        except OSError as error:
            raise self._lost(error) from error
        self._checked.update(fresh)
        return found


class _Packing(Executor):
    """Submits each call as a pickle that only the worker unpickles, which makes the call.

    The scheduler unpickles functions and arguments otherwise, and would need cutline for that. And it is no
    ``Client.get_executor()``, whose future is never done where a worker dies after its task is finished and
    before its result is fetched (distributed 2025.7 to 2026.8).
    """

    def __init__(self, client: "Client", **options: Any) -> None:
        self._client = client
        self._options = options
        self._pending: set[Future[Any]] = set()

    def submit(self, fn: Callable[..., _T], /, *args: Any, **named: Any) -> "Future[_T]":
        packed = pickle.dumps(_Call(partial(fn, **named) if named else fn, args), protocol=5)
        key = f"{getattr(fn, '__name__', 'call')}-{uuid.uuid4().hex}"
        there = self._client.submit(pickle.loads, packed, key=key, pure=False, **self._options)
        here: Future[_T] = Future()
        self._pending.add(here)

        def settled(done: "Future[_T]") -> None:
            self._pending.discard(done)
            if done.cancelled():
                there.cancel()

        here.add_done_callback(settled)
        self._client.loop.add_callback(_settle, self._client, there, here)
        return here

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        for future in tuple(self._pending) if cancel_futures else ():
            future.cancel()
        if wait:
            wait_for(tuple(self._pending))


async def _settle(client: "Client", there: Any, here: "Future[Any]") -> None:
    """Pass the outcome of a task on to its future: a result, an error or a cancellation."""
    try:
        [result] = await client.gather([there], asynchronous=True)
    except BaseException as error:
        cancelled = there.status == "cancelled" or isinstance(error, asyncio.CancelledError)
        if here.set_running_or_notify_cancel():
            here.set_exception(CancelledError(str(error)) if cancelled else error)
    else:
        if here.set_running_or_notify_cancel():
            here.set_result(result)


class _Call:
    def __init__(self, function: Callable[..., object], arguments: tuple[object, ...]) -> None:
        self._parts = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self._parts


@contextmanager
def open_cluster(address: str, say: Say) -> Iterator[Cluster]:
    """Give the cluster at ``address`` (``host:port``, ``tcp://``, ``tls://``...), or ``local:N`` worker
    processes here.

    It has a worker, and each runs this version. A cluster at an address is left running.

    :param say: is called with one line that a person should read: the dashboard's address, what the scan waits for.
    :raises catalog.errors.UsageError: that is no address, or Dask is not installed.
    :raises catalog.errors.ClusterUnusable: the scheduler cannot be reached, no workers come, or one is unfit.
    """
    with connect(address, say) as client:
        cluster = Cluster(client, address, say)
        say(f"Dask dashboard: {cluster.dashboard or 'none'}")
        cluster.wait_for_workers()
        cluster.check()
        yield cluster


def _differs(versions: Any, build: Build) -> str | None:
    """Return a difference of a worker from this process that keeps anything from running there."""
    if not versions:
        return None  # The worker has just left.
    packages = versions["packages"]
    python = ".".join(str(part) for part in str(packages["python"]).split(".")[:2])
    if python != build.python:
        return f"it runs Python {python}, and this process Python {build.python}. Start it with the same version."
    if packages.get("cutline") is None:
        return f"cutline is not installed there. Install cutline {build.cutline} for its Python."
    return None

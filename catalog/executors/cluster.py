"""Opens a Dask cluster: the one at an address, or one of worker processes here, to try it.

What is submitted travels pickled within the task, and is unpickled by the worker that runs it: workers need
cutline, the scheduler does not.
"""

import logging
import os
import pickle
import signal
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from catalog.errors import ClusterUnusable, UsageError
from catalog.executors.fitness import Build, Probe, this_build, unfit_for

if TYPE_CHECKING:
    from distributed import Client
    from distributed.security import Security

_T = TypeVar("_T")
Say = Callable[[str], None]

LOCAL = "local:"
_WAIT = "2 minutes"
"""For workers, where there are none; ``DASK_CUTLINE__WAIT_FOR_WORKERS`` says otherwise."""
_GRACE_SECONDS = 5
"""For a scheduler to answer, once it is connected to."""
_LOGGERS = ("distributed", "tornado", "asyncio")


class ClusterLost(Exception):
    """The connection to the scheduler was lost, and with it whatever was in flight."""


class Cluster:
    """An open cluster; close it by leaving :func:`open_cluster`."""

    def __init__(self, client: "Client", address: str, say: Say) -> None:
        self._client = client
        self._say = say
        self.address = address
        self._checked: set[str] = set()
        self._unfit: dict[str, str] = {}
        self._probes: tuple[Probe, ...] = ()

    @property
    def executor(self) -> Executor:
        """Runs functions of modules on the workers that are fit for it."""
        options: dict[str, Any] = {"pure": False}
        if self._unfit:
            # Not only there: where all of these are gone, a worker that joins later is as good.
            options |= {"workers": self._fit(), "allow_other_workers": True}
        return _Packing(self._client.get_executor(**options))

    @property
    def connection(self) -> object:
        """Another object after each reconnection: what was submitted before is lost."""
        return self._client.scheduler_comm

    @property
    def dashboard(self) -> str | None:
        """Address of the Dask dashboard."""
        with suppress(KeyError, OSError, ValueError):
            return str(self._client.dashboard_link)
        return None

    def threads(self) -> int:
        """Tasks that can run at one time, on the workers there are now.

        :raises ClusterLost: the scheduler does not answer.
        """
        return sum(threads for worker, threads in self._workers().items() if worker not in self._unfit)

    def wait_for_workers(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Wait until there is a worker that can be used.

        :raises ClusterUnusable: there is none after the time that is allowed.
        """
        from dask import config
        from dask.utils import parse_timedelta

        allowed = parse_timedelta(config.get("cutline.wait-for-workers", default=_WAIT))
        deadline = time.monotonic() + allowed
        told = False
        while not stopped() and not self.threads():
            if time.monotonic() > deadline:
                raise ClusterUnusable(
                    f"{self.address}: no workers after {allowed:g} s. "
                    f"Start some with `dask worker {self.address}`, and run again."
                )
            if not told:
                told = True
                self._say(f"Waiting up to {allowed:g} s for workers at {self.address}.")
            time.sleep(0.2)

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
        """See that every worker runs what runs here, and reaches a record of each source.

        :raises ClusterUnusable: one does not; it is named.
        """
        self._probes = probes
        self._checked.clear()
        for worker, reason in self._inspect().items():
            raise ClusterUnusable(f"worker {worker}: {reason}")

    def check_again(self) -> bool:
        """Look at the workers that have joined since; whether one of them is to be left out from now on."""
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
            raise ClusterLost(str(error)) from error

    def _inspect(self) -> dict[str, str]:
        """What is wrong with the workers that were not looked at yet."""
        fresh = [worker for worker in self._workers() if worker not in self._checked]
        if not fresh:
            return {}
        found: dict[str, str] = {}
        try:
            versions = self._client.get_versions(packages=["cutline"])["workers"]
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
            raise ClusterLost(str(error)) from error
        self._checked.update(fresh)
        return found


class _Packing(Executor):
    """Submits each call as a pickle that calls when it is unpickled, which only the worker does.

    The scheduler unpickles functions and arguments otherwise, and would need cutline for that.
    """

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def submit(self, fn: Callable[..., _T], /, *args: Any, **named: Any) -> "Future[_T]":
        packed = pickle.dumps(_Call(partial(fn, **named) if named else fn, args), protocol=5)
        key = f"{getattr(fn, '__name__', 'call')}-{uuid.uuid4().hex}"
        future: Future[_T] = self._inner.submit(pickle.loads, packed, key=key)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._inner.shutdown(wait=wait and not cancel_futures)


class _Call:
    def __init__(self, function: Callable[..., object], arguments: tuple[object, ...]) -> None:
        self._parts = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self._parts


@contextmanager
def open_cluster(address: str, say: Say) -> Iterator[Cluster]:
    """The cluster at ``address`` (``host:port``, ``tcp://``, ``tls://``...), or ``local:N`` worker processes here.

    It has a worker, and each runs this version. A cluster at an address is left running.

    :param say: is told in one line what a person should know: the dashboard's address, what is waited for.
    :raises catalog.errors.UsageError: that is no address, or Dask is not installed.
    :raises catalog.errors.ClusterUnusable: the scheduler cannot be reached, no workers come, or one is unfit.
    """
    try:
        import dask
        import distributed
        from dask.utils import parse_timedelta
    except ImportError as error:
        raise UsageError("--cluster needs Dask: pip install 'cutline[cluster]'") from error
    warnings.filterwarnings("ignore", category=distributed.versions.VersionMismatchWarning)
    with _quiet():
        if address.startswith(LOCAL):
            opened = _open_local(_worker_count(address))
        else:
            timeout = parse_timedelta(dask.config.get("distributed.comm.timeouts.connect"))
            say(f"Connecting to the scheduler at {address} (giving up after {timeout:g} s).")
            opened = _connect(address, timeout)
        with opened as client:
            cluster = Cluster(client, address, say)
            say(f"Dask dashboard: {cluster.dashboard or 'none'}")
            try:
                cluster.wait_for_workers()
                cluster.check()
            except ClusterLost as error:
                raise ClusterUnusable(_unreachable(address, error)) from error
            yield cluster


@contextmanager
def _connect(address: str, timeout: float) -> "Iterator[Client]":
    from distributed import Client
    from distributed.security import Security

    security = Security()  # from Dask's configuration
    _check_address(address, security)
    ready: Future[Client] = Future()

    def connect() -> None:
        try:
            ready.set_result(
                Client(address, timeout=timeout, security=security, set_as_default=False, name="cutline")
            )
        except BaseException as error:
            ready.set_exception(error)

    # In a thread, because a server that is no scheduler can keep the client waiting for ever.
    threading.Thread(target=connect, daemon=True).start()
    try:
        client = ready.result(timeout + _GRACE_SECONDS)
    except TimeoutError as error:
        reason = TimeoutError("what listens there does not answer as a scheduler does")
        raise ClusterUnusable(_unreachable(address, error if str(error) else reason)) from error
    except (OSError, RuntimeError, ImportError, ValueError, TypeError) as error:
        raise ClusterUnusable(_unreachable(address, error)) from error
    try:
        yield client
    finally:
        with suppress(OSError, RuntimeError, TimeoutError):
            client.close()


def _check_address(address: str, security: "Security") -> None:
    from distributed.comm.addressing import parse_address, parse_host_port
    from distributed.comm.registry import get_backend

    try:
        scheme, host = parse_address(address)
        get_backend(scheme)
        parse_host_port(host)
    except ValueError as error:
        raise UsageError(
            f"--cluster {address}: {_first_line(error)}. Give host:port, tcp://host:port, tls://host:port or local:N."
        ) from error
    if scheme == "tls" and security.get_connection_args("client").get("ssl_context") is None:
        raise UsageError(
            f"--cluster {address}: no certificates for TLS. "
            "Name them in Dask's configuration (distributed.comm.tls.ca-file and .client.cert, .client.key)."
        )


@contextmanager
def _open_local(workers: int) -> "Iterator[Client]":
    from distributed import Client, LocalCluster

    try:
        with _interrupts_ignored():
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )
    except (OSError, RuntimeError) as error:
        raise ClusterUnusable(f"{LOCAL}{workers}: cannot start workers ({_first_line(error)})") from error
    with cluster, Client(cluster, set_as_default=False, name="cutline") as client:
        yield client


def _worker_count(address: str) -> int:
    try:
        count = int(address.removeprefix(LOCAL))
    except ValueError:
        count = 0
    if count < 1:
        raise UsageError(
            f"--cluster {address}: give the number of worker processes, as in local:{os.cpu_count()}."
        )
    return count


def _differs(versions: Any, build: Build) -> str | None:
    """What of a worker differs from here so much that nothing can be run there."""
    if not versions:
        return None  # it has just gone
    packages = versions["packages"]
    python = ".".join(str(part) for part in str(packages["python"]).split(".")[:2])
    if python != build.python:
        return f"it runs Python {python}, and this is Python {build.python}. Start it with the same."
    if packages.get("cutline") is None:
        return f"cutline is not installed there. Install cutline {build.cutline} for its Python."
    return None


def _unreachable(address: str, error: BaseException) -> str:
    return (
        f"{address}: cannot reach a Dask scheduler ({_first_line(error)}). "
        "Check that `dask scheduler` runs there, the address, and the firewall between."
    )


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's log, which is for those who run the cluster, off our stderr."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in _LOGGERS]
    before = {name: logging.getLogger(name).level for name in {*names, *_LOGGERS}}
    for name in before:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Processes that are started within leave Ctrl-C to this one, which ends them in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

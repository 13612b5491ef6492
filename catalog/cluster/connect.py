"""Connects to a Dask scheduler: at an address, or one started here with its workers, to try it."""

import logging
import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from catalog.errors import ClusterUnusable, UsageError

if TYPE_CHECKING:
    from distributed import Client

Say = Callable[[str], None]
"""A function that shows a person one line."""

LOCAL = "local:"
_GRACE_SECONDS = 5
"""Seconds for a scheduler to answer after connecting."""
_RETRIES = 5
_LOGGERS = ("distributed", "tornado", "asyncio")


@contextmanager
def connect(address: str, say: Say) -> "Iterator[Client]":
    """Give a client of the scheduler at ``address``, or of one with its workers here (``local:N``), which is
    ended after.

    :raises catalog.errors.UsageError: that is no address, or Dask is not installed.
    :raises catalog.errors.ClusterUnusable: the scheduler cannot be reached, or workers cannot be started.
    """
    try:
        import dask
        import distributed
        from dask.utils import parse_timedelta
    except ImportError as error:
        raise UsageError("--cluster needs Dask: pip install 'cutline[cluster]'") from error
    warnings.filterwarnings(
        "ignore", category=distributed.versions.VersionMismatchWarning
    )  # We report this ourselves.
    local = address.startswith(LOCAL)
    with _quiet(), dask.config.set({"distributed.comm.retry.count": 0 if local else _retries()}):
        if local:
            opened = _open_local(_worker_count(address))
        else:
            timeout = parse_timedelta(dask.config.get("distributed.comm.timeouts.connect"))
            say(f"Connecting to the scheduler at {address} (giving up after {timeout:g} s).")
            opened = _connect(address, timeout)
        with opened as client:
            yield client


def _retries() -> int:
    """Set how often Dask repeats a request that fails on the network.

    On one machine never: who does not answer there is dead, and each try waits for it as long as Dask's
    ``distributed.comm.timeouts.connect`` says, 30 s.
    """
    from dask import config

    return int(config.get("distributed.comm.retry.count") or _RETRIES)


@contextmanager
def _connect(address: str, timeout: float) -> "Iterator[Client]":
    from distributed import Client

    _check_address(address)
    ready: Future[Client] = Future()

    def connect() -> None:
        try:
            ready.set_result(Client(address, timeout=timeout, set_as_default=False, name="cutline"))
        except BaseException as error:
            ready.set_exception(error)

    # In a thread, because a server that is not a scheduler can keep the client waiting for ever.
    threading.Thread(target=connect, daemon=True).start()
    try:
        client = ready.result(timeout + _GRACE_SECONDS)
    except TimeoutError as error:
        reason = TimeoutError("the server there does not answer like a scheduler")
        raise ClusterUnusable(_unreachable(address, error if str(error) else reason)) from error
    except (OSError, RuntimeError, ImportError, ValueError, TypeError) as error:
        raise ClusterUnusable(_unreachable(address, error)) from error
    try:
        yield client
    finally:
        with suppress(OSError, RuntimeError, TimeoutError):
            client.close()


def _check_address(address: str) -> None:
    from dask import config
    from distributed.comm.addressing import parse_address, parse_host_port
    from distributed.comm.registry import get_backend
    from distributed.security import Security

    try:
        scheme, host = parse_address(address)
        get_backend(scheme)
        parse_host_port(host)
    except ValueError as error:
        raise UsageError(
            f"--cluster {address}: {first_line(error)}. Give host:port, tcp://host:port, tls://host:port or local:N."
        ) from error
    loaded = config.get("distributed.client.security-loader", default=None)
    if scheme == "tls" and not loaded and not Security().get_connection_args("client").get("ssl_context"):
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
        raise ClusterUnusable(f"{LOCAL}{workers}: cannot start workers ({first_line(error)})") from error
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


def _unreachable(address: str, error: BaseException) -> str:
    return (
        f"{address}: cannot reach a Dask scheduler ({first_line(error)}). "
        "Check that `dask scheduler` runs there, the address, and the firewall between."
    )


def first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's log, which is for the cluster's administrators, off our stderr."""
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
    """Make processes that are started within ignore Ctrl-C; this process handles it and ends them in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

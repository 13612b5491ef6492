"""Real Dask schedulers and workers, as processes that can be killed, over loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from benchmarks.robustness import descendants
from tests.conftest import ROOT

FAULTS = """
import collections, importlib.util, itertools, os, sys, time

def misbehave(name):
    if name == "segfault.txt":
        os.kill(os.getpid(), 11)
    elif name == "hang.txt":
        while True:
            pass
    elif name == "spin.txt":  # in C, where Python cannot interrupt it
        collections.deque(itertools.repeat(0), maxlen=0)
    elif name == "ends-worker.txt":
        os.kill(os.getppid(), 9)
        time.sleep(60)
    time.sleep(float(os.environ.get("SECONDS_A_TEXT", "0")))

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name not in ("media.articles.text.read", "media"):
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        sys.meta_path.insert(0, self)
        run = spec.loader.exec_module
        def run_and_change(module):
            run(module)
            if name == "media":
                module.__version__ = os.environ.get("CUTLINE_VERSION", module.__version__)
                return
            read = module.read_text
            def read_text(data, **rest):
                misbehave(rest.get("name"))
                return read(data, **rest)
            module.read_text = read_text
        spec.loader.exec_module = run_and_change
        return spec

sys.meta_path.insert(0, Finder())
"""
"""Put into a worker's Python: texts of some names are faults, and texts may be slow."""


class DaskProcesses:
    """A scheduler and its workers; all are killed at the end."""

    def __init__(self, folder: Path, *, scheme: str = "tcp", arguments: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.address = f"{scheme}://127.0.0.1:{_free_port()}"
        self.arguments = arguments
        self.started: list[subprocess.Popen[bytes]] = []
        self.scheduler = self.start_scheduler()

    def start_scheduler(self) -> "subprocess.Popen[bytes]":
        """Start it at the same address as before."""
        host, port = self.address.rpartition("//")[2].split(":")
        bare = self.folder / "bare"
        bare.mkdir(exist_ok=True)
        hidden = "import sys; sys.modules['catalog'] = sys.modules['media'] = None\n"
        (bare / "sitecustomize.py").write_text(hidden)  # as where cutline is not installed
        place = ("--host", self.address.rpartition(":")[0], "--port", port)
        self.scheduler = self._start("scheduler", *place, PYTHONPATH=os.fspath(bare))
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
                return self.scheduler
            time.sleep(0.05)
        raise AssertionError("the scheduler did not come up")

    def start_workers(
        self, count: int = 1, *, wrapper: tuple[str, ...] = (), sound: bool = False, **environment: str
    ) -> "subprocess.Popen[bytes]":
        """Start worker processes of one thread each; they share a parent.

        :param sound: without the faults in them.
        """
        faults = self.folder / "faults"
        faults.mkdir(exist_ok=True)
        (faults / "sitecustomize.py").write_text(FAULTS)
        environment["PYTHONPATH"] = os.pathsep.join(map(os.fspath, (ROOT,) if sound else (ROOT, faults)))
        options = ("--nworkers", str(count), "--nthreads", "1", "--local-directory", os.fspath(self.folder))
        return self._start("worker", self.address, *options, wrapper=wrapper, **environment)

    def _start(
        self, what: str, *arguments: str, wrapper: tuple[str, ...] = (), **environment: str
    ) -> "subprocess.Popen[bytes]":
        command = [*wrapper, sys.executable, "-m", "distributed.cli.dask_" + what, *arguments]
        log = (self.folder / f"{what}-{len(self.started)}.log").open("wb")
        with log:
            process = subprocess.Popen(
                [*command, "--no-dashboard", *self.arguments],
                env=os.environ | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"} | environment,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def close(self) -> None:
        for process in self.started:
            kill_all(process)


def kill_all(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and all that it started, at once."""
    for pid in reversed(descendants(process.pid)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def until(true: Callable[[], object], what: str, seconds: float = 300) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port

"""CPU seconds and peak memory of a command, its worker processes included."""

import contextlib
import ctypes
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command cost."""

    cpu_seconds: float
    """User and system time of the command and all its children."""
    wall_seconds: float
    peak_mb: float
    """Largest resident set of the command's own process."""
    peak_tree_mb: float
    """Largest sum of resident sets over the command and its children, sampled every 50 ms."""


def measure(command: Sequence[str], *, environment: dict[str, str] | None = None) -> Cost:
    """Run a command to its end and say what it cost.

    :raises subprocess.CalledProcessError: it exited with 2 or more (1 is "done, with problems listed").
    """
    _adopt_orphans()
    before = _children(os.getpid())
    usage_before = os.times()
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | (environment or {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    peaks = [0.0, 0.0]
    watcher = threading.Thread(target=_watch, args=(process, peaks))
    watcher.start()
    _, error = process.communicate()
    watcher.join()
    _await_orphans(before)
    usage = os.times()
    if process.returncode > 1:
        raise subprocess.CalledProcessError(process.returncode, list(command), stderr=error)
    cpu = (usage.children_user - usage_before.children_user) + (
        usage.children_system - usage_before.children_system
    )
    return Cost(cpu, time.monotonic() - started, *peaks)


def _adopt_orphans() -> None:
    """Have processes that outlive their parent (a fork server) become ours, so that their time counts."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _await_orphans(before: set[int]) -> None:
    """Wait for what the command left behind, and not for children that were there before (a fork server of ours)."""
    while left := _children(os.getpid()) - before:
        for pid in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _children(pid: int) -> set[int]:
    found: set[int] = set()
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found |= set(map(int, (task / "children").read_text().split()))
    return found


def cutline(*arguments: str | Path) -> list[str]:
    """Return the command line that runs this checkout's cutline."""
    return [sys.executable, "-m", "catalog", *map(str, arguments)]


def _watch(process: "subprocess.Popen[bytes]", peaks: list[float]) -> None:
    while process.poll() is None:
        own = _resident_mb(process.pid)
        tree = own + sum(_resident_mb(child) for child in _descendants(process.pid))
        peaks[0], peaks[1] = max(peaks[0], own), max(peaks[1], tree)
        time.sleep(0.05)


def _resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _descendants(pid: int) -> list[int]:
    return [each for child in _children(pid) for each in (child, *_descendants(child))]

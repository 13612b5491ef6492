"""Runs ``cutline`` in processes forked from one that has imported it: real ones, less the second that importing takes.

``python -m tests.forked`` reads orders from its standard input, a JSON object a line, and answers each with a line: the
exit status of ``cutline``, or null where it took too long and was killed.
"""

import gc
import io
import json
import os
import select
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# As cutline's main() does: it counts only before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from catalog.cli.app import COMMANDS, build_app, main


class Cutline:
    """The process that forks; it runs one command after the other."""

    def __init__(self, root: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forked"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
            env=os.environ | {"PYTHONPATH": str(root), "COLUMNS": "80"},
        )

    def run(self, arguments: list[str], folder: Path, seconds: float) -> subprocess.CompletedProcess[str]:
        """Run ``cutline`` in a folder; its output and exit status are what a person would get.

        :raises subprocess.TimeoutExpired: after so many seconds; it was killed.
        """
        assert self._process.stdin
        assert self._process.stdout
        with TemporaryDirectory() as out:
            printed, errors = Path(out) / "printed", Path(out) / "errors"
            order = {
                "arguments": arguments,
                "folder": str(folder),
                "outputs": [str(printed), str(errors)],
                "seconds": seconds,
                "environment": dict(os.environ) | {"COLUMNS": "80"},
            }
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            status = json.loads(self._process.stdout.readline())
            if status is None:
                raise subprocess.TimeoutExpired(["cutline", *arguments], seconds)
            return subprocess.CompletedProcess(arguments, status, printed.read_text(), errors.read_text())

    def close(self) -> None:
        """End it."""
        with self._process:
            assert self._process.stdin
            self._process.stdin.close()


def _serve() -> bool:
    """Fork a process for each order; returns True in those, and False in the first one when no orders are left."""
    _warm_up()
    gc.freeze()  # what is never looked at again is never copied, and a forked process ends at once
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(order)
            return True
        handle = os.pidfd_open(child)
        ended, _, _ = select.select([handle], [], [], order["seconds"])
        os.close(handle)
        if not ended:
            os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(json.dumps(status if ended else None) + "\n")
        sys.stdout.flush()
    return False


def _warm_up() -> None:
    """Scan something and report it: what is imported and compiled when first needed is then there in all that fork."""
    for name in COMMANDS:
        import_module(f"catalog.cli.{name}")
    with TemporaryDirectory() as folder, redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        catalog = ["--catalog", f"{folder}/catalog.db"]
        for command in (["scan", "examples/archive", "--jobs", "0"], ["report"], ["report", "captions"]):
            build_app()([*command, *catalog], prog_name="cutline", standalone_mode=False)


def _become(order: dict[str, Any]) -> None:
    """Take on the arguments, the folder, the environment and the outputs of an order."""
    for descriptor, path in enumerate((os.devnull, *order["outputs"])):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), descriptor)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["cutline", *order["arguments"]]


if __name__ == "__main__" and _serve():
    main()

"""Runs steps of a cleanup in processes of their own, and kills them with SIGKILL wherever it is told to.

Started once by the tests; each order is a line of JSON on stdin, run by a forked child. The child counts every
call that changes a disk (and every half of a write to the journal) and kills itself at the one that was named.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import catalog.cleanup.likeness  # noqa: F401 - once here, not in every child
from catalog.cleanup import apply
from catalog.cleanup import files as places
from catalog.cleanup.apply import apply_cleanup
from catalog.cleanup.ledger import Listed, read_cleanup
from catalog.cleanup.purge import purge_cleanup
from catalog.cleanup.undo import undo_cleanup
from catalog.store.catalogue import Catalogue

CHANGING = ("fsync", "unlink", "link", "mkdir", "rmdir", "utime", "rename", "ftruncate")


class Points:
    """Counts the points at which a process may be killed."""

    def __init__(self, kill_at: int | None) -> None:
        self.passed = 0
        self.kill_at = kill_at

    def point(self) -> None:
        if self.passed == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed += 1

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **options: Any) -> Any:
            self.point()
            result = function(*arguments, **options)
            self.point()
            return result

        return called

    def torn(self, write: Callable[[int, memoryview], int]) -> Callable[[int, memoryview], int]:
        def called(descriptor: int, data: memoryview) -> int:
            self.point()
            if self.passed == self.kill_at:
                write(descriptor, data[: len(data) // 2])
            self.point()
            count = write(descriptor, data)
            self.point()
            return count

        return called


def run(order: dict[str, Any], answer: Path) -> None:
    points = Points(order["kill_at"])
    for name in CHANGING:
        setattr(os, name, points.around(getattr(os, name)))
    os.write = points.torn(os.write)  # type: ignore[assignment]
    places._rename = points.around(places._rename) if order["renames"] else None
    apply._BATCH_FILES = order["batch"]
    act = {"apply": apply_cleanup, "undo": undo_cleanup, "purge": purge_cleanup}[order["do"]]
    with Catalogue.open(order["catalog"]) as catalogue:
        result = act(catalogue, read_cleanup(catalogue, order["cleanup"]))
    said = {each.name: getattr(result, each.name) for each in fields(result)}
    said = {name: value.files if isinstance(value, Listed) else value for name, value in said.items()}
    answer.write_text(json.dumps(said | {"points": points.passed}))


def serve() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        answer = Path(order["answer"])
        child = os.fork()
        if child == 0:
            status = 1
            try:
                run(order, answer)
                status = 0
            finally:
                sys.stderr.flush()
                os._exit(status)
        _, status = os.waitpid(child, 0)
        said = json.loads(answer.read_text()) if answer.exists() else {}
        answer.unlink(missing_ok=True)
        killed = os.WIFSIGNALED(status)
        failed = None if killed else os.WEXITSTATUS(status)
        print(json.dumps({"killed": killed, "failed": failed, **said}), flush=True)  # noqa: T201


if __name__ == "__main__":
    serve()

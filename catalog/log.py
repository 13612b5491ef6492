"""The log: what cutline does, and where it failed, for the person who runs it and for bug reports.

Only the process that a person started writes the log: worker processes return their problems with their results.
Names of files, addresses and counts are logged; the texts of articles and captions are not.
"""

import contextlib
import logging
import os
import platform
import sys
from collections.abc import Sequence
from typing import TextIO

from catalog import __version__
from catalog.errors import UsageError
from media.faults import format_traceback
from media.locator import printable
from media.record import Problem

VARIABLE = "CUTLINE_LOG"
"""The environment variable that names the file to log everything to."""

_FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"

log = logging.getLogger("cutline")
log.addHandler(logging.NullHandler())


def open_log(arguments: Sequence[str]) -> None:
    """Log everything to the file that the environment names, if it names one; the log is appended to it.

    :raises UsageError: the file cannot be written.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return
    try:
        handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(
            f"{VARIABLE}: {path} cannot be written ({error.strerror}). Name another file."
        ) from error
    _add(handler, logging.DEBUG)
    system = f"Python {platform.python_version()}, {platform.platform()}"
    log.info("cutline %s, %s: %s", __version__, system, " ".join(map(printable, arguments)))


def show_log(verbosity: int) -> None:
    """Show the log on stderr: 1 shows what is done and every problem, 2 everything."""
    shown = [handler for handler in log.handlers if isinstance(handler, _OnStderr)]
    level = logging.DEBUG if verbosity > 1 else logging.INFO
    for handler in shown:
        handler.setLevel(min(handler.level, level))
    if not shown:
        _add(_OnStderr(), level)
    log.setLevel(min(log.level, level))


def _add(handler: logging.Handler, level: int) -> None:
    handler.setLevel(level)
    handler.setFormatter(logging.Formatter(_FORM))
    log.addHandler(handler)
    log.setLevel(min(log.level or level, level))
    log.propagate = False


def log_problem(problem: Problem) -> None:
    """Log a record that could not be read as it should; for an error in cutline, log the traceback too."""
    level = logging.ERROR if problem.traceback else logging.WARNING
    said = f"{printable(problem.locator)}: {problem.stage}: {problem.reason}"
    log.log(level, "%s", f"{said}\n{problem.traceback}" if problem.traceback else said)


def explain_fault(error: BaseException) -> str:
    """Log an error in cutline that ends a command; return the line to print instead of its traceback."""
    log.critical("%s", format_traceback(error))
    kind = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    where = os.environ.get(VARIABLE)
    remedy = (
        f"Please report this with {where}"
        if where
        else f"Please run it again with {VARIABLE}=cutline.log, and report this with that file"
    )
    return f"this is a fault of cutline itself ({' '.join(kind.split())}). {remedy}."


class _OnStderr(logging.StreamHandler[TextIO]):
    """Writes to the current ``sys.stderr``, which a progress display replaces for a time."""

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(ValueError):
            self.stream = sys.stderr
            super().emit(record)

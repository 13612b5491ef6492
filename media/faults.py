"""Errors in cutline itself: a reader failed on input that it was not written for. The record is named, the scan
continues, and the traceback is kept for a bug report.
"""

import traceback

from media.record import Problem, Stage

_CHARACTERS = 16_000
"""Lines kept of a traceback's end, which is the useful part; in a deep recursion the beginning is very long."""

REMEDY = "Please report this with the file, if it may be shared."


def describe_fault(
    locator: str, stage: Stage, error: BaseException, reason: str = "its reader failed on it"
) -> Problem:
    """Return an error as a problem for the report, with its traceback."""
    said = _recordable(f"{reason} ({type(error).__name__}: {error})")
    return Problem(locator, stage, said, REMEDY, format_traceback(error))


def format_traceback(error: BaseException) -> str:
    """Return the traceback as text that can be stored and printed, whatever names it contains."""
    return _recordable("".join(traceback.format_exception(error)).rstrip())[-_CHARACTERS:]


def _recordable(text: str) -> str:
    """Return the text without halves of characters, which names of files may have, and which cannot be
    written down.
    """
    return text.encode("utf-8", "backslashreplace").decode()

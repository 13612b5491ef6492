"""Faults of cutline itself: a reader met what it was not written for. The record is named, the work goes on, and where
it happened is kept, so that a report can hold it.
"""

import traceback

from media.record import Problem, Stage

_CHARACTERS = 16_000
"""The end of a traceback is what tells; a fault deep in a recursion has no end of beginning."""

REMEDY = "Please report this with the file, if it may be shared."


def describe_fault(
    locator: str, stage: Stage, error: BaseException, reason: str = "its reader failed on it"
) -> Problem:
    """Return the problem that a fault is to whoever reads the report, with its traceback."""
    said = _recordable(f"{reason} ({type(error).__name__}: {error})")
    return Problem(locator, stage, said, REMEDY, format_traceback(error))


def format_traceback(error: BaseException) -> str:
    """Return the traceback as text that can be recorded and printed, whatever names stand in it."""
    return _recordable("".join(traceback.format_exception(error)).rstrip())[-_CHARACTERS:]


def _recordable(text: str) -> str:
    """Return the text without halves of characters, which names of files may have, and which cannot be
    written down.
    """
    return text.encode("utf-8", "backslashreplace").decode()

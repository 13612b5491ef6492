"""Limits within one record, and what they leave out: the scan names it in ``problems``.

A document with a hundred thousand pictures is damaged or hostile. A reader stops at a limit, however deep in its own
functions, and says so here, as it would give a warning.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Final, TypeVar

_Value = TypeVar("_Value")
_told: ContextVar[dict[str, None] | None] = ContextVar("told", default=None)

_NOT_READ: Final = "was not read"
REMEDY: Final = "Split the file into smaller ones, and scan these."


def take(values: Iterable[_Value], most: int, noun: str, why: str = _NOT_READ) -> list[_Value]:
    """Return the first ``most`` values; if there are more, tell that the other ``noun`` were left out."""
    taken = list(islice(values, most + 1))
    if len(taken) > most:
        del taken[most:]
        leave_out(most, noun, why)
    return taken


def leave_out(most: int, noun: str, why: str = _NOT_READ) -> None:
    """Tell that there are more than ``most`` of ``noun``, and that the others were not read."""
    told = _told.get()
    if told is not None:
        told[over_limit(most, noun, why)] = None


def over_limit(most: int, noun: str, why: str = _NOT_READ) -> str:
    """Return the reason of a problem: that a record has more than is read of it."""
    return f"it has more than {most:,} {noun}; the rest {why}"


@contextmanager
def collect_left_out() -> Iterator[dict[str, None]]:
    """Collect what is left out within this context: the reasons, each once, in order."""
    told: dict[str, None] = {}
    token = _told.set(told)
    try:
        yield told
    finally:
        _told.reset(token)

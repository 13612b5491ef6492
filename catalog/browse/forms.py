"""Forms that users send: they are read, checked to come from a page of ours, and written one at a time."""

import asyncio
import contextlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl
from weakref import WeakKeyDictionary

from catalog.browse.datasette_host import Database, read_body
from catalog.browse.page import Visit
from catalog.browse.reply import Reply, reply_text
from catalog.browse.tokens import is_ours
from catalog.errors import CatalogError
from catalog.match.match import match_pending
from catalog.store.catalogue import Catalogue

Value = TypeVar("Value")

MOST_FORM_BYTES = 1 << 16
_MOST_FIELDS = 64
_FORM = "application/x-www-form-urlencoded"
_WAIT_SECONDS = 15.0
"""Seconds to wait for the catalogue: a scan may hold it longer than a person wants to wait."""
_IDLE_SECONDS = 20.0
"""Seconds without a decision before matching starts: on a large archive it takes seconds and blocks decisions."""


async def take_form(visit: Visit) -> dict[str, str] | Reply:
    """Return the fields of a form if the user may send it; else the reply that refuses it."""
    if not visit.may_review:
        return reply_text("This catalogue is read-only here. Start `cutline browse --review` to decide.", 403)
    if visit.request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return reply_text("Decisions have to be sent as a form of a page of this server.", 415)
    body = await read_body(visit.request, MOST_FORM_BYTES)
    if body is None:
        return reply_text(f"A form may have at most {MOST_FORM_BYTES:,} bytes.", 413)
    said = _read_form(body)
    if not is_ours(visit, said.get("token", "")):
        return reply_text("This did not come from a page of this server. Load the page again.", 403)
    return said


def _read_form(body: bytes) -> dict[str, str]:
    """Return the fields of a form; none if it is not a form that our pages send."""
    try:
        pairs = parse_qsl(body.decode(), max_num_fields=_MOST_FIELDS, errors="strict")
    except (UnicodeDecodeError, ValueError):
        return {}
    said = dict(pairs)
    return said if len(said) == len(pairs) else {}


def read_number(text: str) -> int | None:
    """Return the number in a field; None if it is not an id that a catalogue can have."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def read_note(said: dict[str, str]) -> str | None:
    return said.get("note", "").strip()[:2000] or None


async def write(visit: Visit, fn: Callable[[Catalogue], Value | None]) -> Value | Reply:
    """Run ``fn`` on the catalogue and return its result; if it fails, or returns None, return the reply to send."""

    def act() -> Value | None:
        with Catalogue.open(
            Path(str(visit.database.path)), create=False, wait_seconds=_WAIT_SECONDS
        ) as catalogue:
            return fn(catalogue)

    try:
        done = await asyncio.to_thread(act)
    except CatalogError as error:
        return await visit.page("nothing.html", 409, title="Not recorded", here="review", said=str(error))
    _match_when_idle(visit.database)
    return reply_text("There is nothing of that kind to do.", 400) if done is None else done


_WAITING: WeakKeyDictionary[Database, asyncio.Task[None]] = WeakKeyDictionary()


def _match_when_idle(database: Database) -> None:
    """Match again once no decision was made for a while."""
    waiting = _WAITING.get(database)
    if waiting is not None:
        waiting.cancel()
    _WAITING[database] = asyncio.create_task(_match_later(str(database.path)))


async def _match_later(path: str) -> None:
    await asyncio.sleep(_IDLE_SECONDS)
    # Once matching runs it is not cancelled, so that the catalogue is never left locked.
    await asyncio.shield(asyncio.to_thread(_match, path))


def _match(path: str) -> None:
    # Another process that writes matches what is pending, too.
    with (
        contextlib.suppress(CatalogError),
        Catalogue.open(Path(path), create=False, wait_seconds=0) as catalogue,
    ):
        match_pending(catalogue)

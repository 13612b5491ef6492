"""The parts of Datasette that the pages use, and the differences between its versions 0.65 and 1.0."""

import asyncio
import dataclasses
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

from catalog.store.schema import APPLICATION_ID

Value = TypeVar("Value")

PLUGIN = "cutline"


class Database(Protocol):
    """A database as Datasette serves it."""

    name: str
    path: str | None
    is_mutable: bool

    async def execute_fn(self, fn: Callable[[sqlite3.Connection], Value]) -> Value: ...


class Urls(Protocol):
    """Builds addresses below the server's own root."""

    def path(self, path: str) -> str: ...
    def database(self, database: str) -> str: ...
    def table(self, database: str, table: str) -> str: ...


class Request(Protocol):
    """A request as Datasette hands it over."""

    scope: dict[str, object]
    receive: Callable[[], Awaitable[dict[str, object]]]
    method: str
    path: str
    query_string: str
    full_path: str
    headers: Mapping[str, str]
    url_vars: Mapping[str, str]
    actor: Mapping[str, object] | None


class Datasette(Protocol):
    """The server."""

    databases: Mapping[str, Database]
    urls: Urls

    def plugin_config(self, plugin_name: str, database: str | None = None) -> object: ...
    def sign(self, value: str, namespace: str = ...) -> str: ...
    async def render_template(
        self, templates: str, context: Mapping[str, object], request: Request | None = None
    ) -> str: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Configuration:
    """The plugin's configuration, from ``plugins: cutline`` in Datasette's."""

    review: object = False
    """Whether decisions may be made here: true for everyone who sees the database, or an ``allow`` block."""
    home: bool = False
    """Whether ``/`` opens the catalogue, if it is the only one."""
    uploads: bool = True
    """Whether users may upload a picture to find similar ones."""
    originals: bool = True
    """Whether the archive's own files are served."""
    replay: str | None = None
    """Where captures are replayed: a pattern, as in ``cutline report --replay``."""


def read_configuration(datasette: Datasette, database: str | None = None) -> Configuration:
    """Return the plugin's configuration; keys that are missing keep their defaults."""
    told = datasette.plugin_config(PLUGIN, database=database)
    if told is None:
        # Datasette 1.0a41 gives none where a database is configured without plugins; 0.65 falls back by itself.
        told = datasette.plugin_config(PLUGIN)
    known = {field.name for field in dataclasses.fields(Configuration)}
    given = (
        {name: value for name, value in told.items() if name in known} if isinstance(told, Mapping) else {}
    )
    return Configuration(
        review=given.get("review", False),
        home=given.get("home") is True,
        uploads=given.get("uploads") is not False,
        originals=given.get("originals") is not False,
        replay=str(given["replay"]) if given.get("replay") else None,
    )


_CATALOGUES: WeakKeyDictionary[Database, bool] = WeakKeyDictionary()
_REMEMBERED: WeakKeyDictionary[Database, dict[str, tuple[object, object]]] = WeakKeyDictionary()
_MOST_REMEMBERED = 200
"""Things of one catalogue that are kept, the latest that were found."""
_ASKED: WeakKeyDictionary[Database, dict[str, asyncio.Task[None]]] = WeakKeyDictionary()

_NEEDED = frozenset({"images", "placements", "caption_repeats", "image_groups", "learned_credits"})


async def is_catalogue(database: Database) -> bool:
    """Return whether a database is a catalogue that this version can show."""
    if database not in _CATALOGUES:
        try:
            found = await database.execute_fn(looks_like_catalogue)
        except sqlite3.DatabaseError:
            found = False
        if found or database.path:
            _CATALOGUES[database] = found
        return found
    return _CATALOGUES[database]


def is_known_catalogue(database: Database | None) -> bool:
    """Return the same from memory, without a query: the server checks every database when it starts."""
    return database is not None and _CATALOGUES.get(database, False)


def looks_like_catalogue(connection: sqlite3.Connection) -> bool:
    """Return whether a connection is to a catalogue that this version can show."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        return False
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {row[0] for row in rows} >= _NEEDED


def keep_errors_plain() -> None:
    """Make Datasette 0.65 answer 404 for a missing page although rich is installed, as it always is with cutline.

    Its error handler prints the current exception with rich. When a page is not found there is no current exception;
    rich then raises, and the answer would be 500. Without rich, Datasette prints a plain traceback.
    """
    import datasette.handle_exception

    if getattr(datasette.handle_exception, "rich", None) is not None:
        datasette.handle_exception.rich = None


async def remember(database: Database, name: str, fn: Callable[[sqlite3.Connection], Value]) -> Value:
    """Return the result of ``fn``, which is called again only if the file has changed."""
    found = await recall(database, name, fn, None)
    return cast("Value", found)


async def recall(
    database: Database, name: str, fn: Callable[[sqlite3.Connection], Value], patience_seconds: float | None
) -> Value | None:
    """Return the same, but wait only for a limited time: then return the result for the file's earlier state, or None.

    ``fn`` continues in the background, once for all requests.
    """
    kept = _REMEMBERED.setdefault(database, {})
    state = _state(database)
    found = kept.get(name)
    if found is not None and found[0] == state:
        return cast("Value", found[1])
    asked = _ASKED.setdefault(database, {})
    task = asked.get(name)
    if task is None or task.done():

        async def ask() -> None:
            found = await database.execute_fn(fn)
            kept.pop(name, None)
            kept[name] = (state, found)
            while len(kept) > _MOST_REMEMBERED:
                del kept[next(iter(kept))]

        task = asked[name] = asyncio.create_task(ask())
    done, _ = await asyncio.wait({task}, timeout=patience_seconds)
    if done:
        task.result()
    now = kept.get(name)
    return cast("Value", now[1]) if now is not None else None


def _state(database: Database) -> list[tuple[int, int]]:
    """Return when the file, or its write-ahead log, last changed."""
    state = []
    for path in (str(database.path), f"{database.path}-wal"):
        try:
            status = os.stat(path)
        except OSError:
            continue
        state.append((status.st_mtime_ns, status.st_size))
    return state


async def may_view(datasette: Datasette, actor: Mapping[str, object] | None, database: str) -> bool:
    """Return whether the user may see the database by the server's rules."""
    if hasattr(datasette, "allowed"):
        from datasette.resources import DatabaseResource

        return bool(
            await datasette.allowed(
                action="view-database", resource=DatabaseResource(database=database), actor=actor
            )
        )
    check = datasette.permission_allowed  # type: ignore[attr-defined]
    return bool(
        await check(actor, "view-instance", default=True)
        and await check(actor, "view-database", resource=database, default=True)
    )


def may_review(datasette: Datasette, actor: Mapping[str, object] | None, database: Database) -> bool:
    """Return whether the user may record decisions in this catalogue."""
    review = read_configuration(datasette, database.name).review
    if not review or not database.is_mutable or not database.path:
        return False
    if review is True:
        return True
    from datasette.utils import actor_matches_allow

    return bool(actor_matches_allow(actor, review))


def declares_more(request: Request, limit: int) -> bool:
    """Return whether a request declares a body longer than ``limit`` bytes, or a length that is not a number."""
    declared = request.headers.get("content-length", "0")
    return not declared.isdecimal() or len(declared) > 18 or int(declared) > limit


async def read_body(request: Request, limit: int) -> bytes | None:
    """Return the request's body; None if it is longer than ``limit`` bytes, or cut short."""
    body = bytearray()
    async for part in read_parts(request, limit):
        if part is None:
            return None
        body += part
    return bytes(body)


async def read_parts(request: Request, limit: int) -> AsyncIterator[bytes | None]:
    """Yield the request's body in parts; yield None and stop if it is cut short or longer than ``limit`` bytes."""
    came, more = 0, not declares_more(request, limit)
    if not more:
        yield None
    while more:
        message = await request.receive()
        part = message.get("body", b"")
        came += len(part) if isinstance(part, bytes) else 0
        if message["type"] != "http.request" or came > limit:
            yield None
            return
        if isinstance(part, bytes):
            yield part
        more = bool(message.get("more_body"))

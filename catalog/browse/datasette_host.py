"""What the pages need of Datasette, and what differs between its versions 0.65 and 1.0."""

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
    """What the plugin was told, in Datasette's configuration under ``plugins: cutline``."""

    review: object = False
    """Whether decisions may be made here: true for everyone who sees the database, or an ``allow`` block."""
    home: bool = False
    """Whether ``/`` leads to the catalogue, where it is the only one."""
    uploads: bool = True
    """Whether a picture may be handed in to look for others like it."""
    originals: bool = True
    """Whether the archive's own files are served."""
    replay: str | None = None
    """Where captures are replayed: a pattern as ``cutline report --replay`` takes it."""


def read_configuration(datasette: Datasette, database: str | None = None) -> Configuration:
    """Return the plugin's configuration; what is not said keeps its default."""
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

_NEEDED = frozenset({"images", "placements", "caption_repeats", "image_groups", "reviews"})


async def is_catalogue(database: Database) -> bool:
    """Whether a database is a catalogue of ours that this version can show."""
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
    """Return the same, of what has been looked at already: the server's start looks at every database."""
    return database is not None and _CATALOGUES.get(database, False)


def looks_like_catalogue(connection: sqlite3.Connection) -> bool:
    """Whether what is connected to is a catalogue of ours that this version can show."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        return False
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {row[0] for row in rows} >= _NEEDED


def keep_errors_plain() -> None:
    """Have Datasette 0.65 answer 404 for what is not there, where rich is installed, as it is with cutline.

    Its handler of exceptions prints the exception that is being handled with rich, and none is being handled where a
    page is not found; rich then raises, and the answer is 500. Without rich it prints as Python does.
    """
    import datasette.handle_exception

    if getattr(datasette.handle_exception, "rich", None) is not None:
        datasette.handle_exception.rich = None


async def remember(database: Database, name: str, fn: Callable[[sqlite3.Connection], Value]) -> Value:
    """Return what ``fn`` gives, asked again only once the file has changed."""
    found = await recall(database, name, fn, None)
    return cast("Value", found)


async def recall(
    database: Database, name: str, fn: Callable[[sqlite3.Connection], Value], patience_seconds: float | None
) -> Value | None:
    """Return the same, waiting only so long: then what it was before the file changed, or None.

    It goes on meanwhile, once for all who ask.
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
    """When the file, or the log of what was written to it last, changed."""
    state = []
    for path in (str(database.path), f"{database.path}-wal"):
        try:
            status = os.stat(path)
        except OSError:
            continue
        state.append((status.st_mtime_ns, status.st_size))
    return state


async def may_view(datasette: Datasette, actor: Mapping[str, object] | None, database: str) -> bool:
    """Whether this person may see the database, by whatever rules the server has."""
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
    """Whether this person may record decisions in this catalogue."""
    review = read_configuration(datasette, database.name).review
    if not review or not database.is_mutable or not database.path:
        return False
    if review is True:
        return True
    from datasette.utils import actor_matches_allow

    return bool(actor_matches_allow(actor, review))


def declares_more(request: Request, limit: int) -> bool:
    """Whether a request says that its body is longer than ``limit`` bytes, or says no number."""
    declared = request.headers.get("content-length", "0")
    return not declared.isdecimal() or len(declared) > 18 or int(declared) > limit


async def read_body(request: Request, limit: int) -> bytes | None:
    """Return the request's body; None where it is longer than ``limit`` bytes, or ends before its end."""
    body = bytearray()
    async for part in read_parts(request, limit):
        if part is None:
            return None
        body += part
    return bytes(body)


async def read_parts(request: Request, limit: int) -> AsyncIterator[bytes | None]:
    """Yield the request's body as it comes; None, and then nothing, where it is not whole or longer than
    ``limit`` bytes.
    """
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

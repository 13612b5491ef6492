"""The catalogue in Datasette: a plugin that shows pictures, differences and decisions.

Datasette finds it by its entry point, ``[project.entry-points.datasette]``. On databases that are not cutline
catalogues it does nothing.
"""

import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence

from jinja2 import ChoiceLoader, Environment, PackageLoader
from pluggy import HookimplMarker

from catalog.browse.cells import render
from catalog.browse.datasette_host import (
    Datasette,
    is_catalogue,
    is_known_catalogue,
    keep_errors_plain,
    looks_like_catalogue,
    may_view,
    read_configuration,
)
from catalog.browse.functions import register_functions
from catalog.browse.links import ROOM, Links
from catalog.browse.metadata import QUERIES, describe
from catalog.browse.reply import Reply, reply_text
from catalog.browse.routes import ROUTES, show_root
from catalog.browse.sql_limits import limit_connection
from catalog.browse.static_files import static_path

hookimpl = HookimplMarker("datasette")


@hookimpl
def startup(datasette: Datasette) -> Callable[[], Awaitable[None]]:
    async def look() -> None:
        keep_errors_plain()
        for database in list(datasette.databases.values()):
            await is_catalogue(database)

    return look


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    # The report's templates mark differences in texts.
    env.loader = ChoiceLoader([each for each in (env.loader, PackageLoader("catalog.show")) if each])


@hookimpl
def register_routes(datasette: Datasette) -> Sequence[tuple[str, object]]:
    return [*ROUTES, (r"^/$", show_root)] if read_configuration(datasette).home else ROUTES


@hookimpl(optionalhook=True)
def skip_csrf(scope: dict[str, object]) -> bool:
    # Our forms have a token of their own: see catalog.browse.tokens.
    return f"/{ROOM}/" in str(scope.get("path", ""))


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    register_functions(conn)
    if looks_like_catalogue(conn):
        limit_connection(conn)


@hookimpl(optionalhook=True)
def handle_exception(exception: Exception) -> Reply | None:
    # Statements that exceed our limits: Datasette itself handles only errors of syntax.
    if isinstance(exception, MemoryError):
        return reply_text("This needs more memory than a page may use. Ask for fewer rows.", 400)
    if isinstance(exception, sqlite3.DataError):
        return reply_text(f"This cannot be answered here: {exception}.", 400)
    return None


@hookimpl
def render_cell(
    row: sqlite3.Row, value: object, column: str, table: str | None, database: str, datasette: Datasette
) -> str | None:
    if not is_known_catalogue(datasette.databases.get(database)):
        return None
    return render(Links(datasette.urls, database), row, value, column, table)


@hookimpl
def extra_css_urls(database: str | None, datasette: Datasette) -> list[str]:
    if database is None or not is_known_catalogue(datasette.databases.get(database)):
        return []
    return [datasette.urls.path(static_path("tables.css"))]


@hookimpl
def menu_links(
    datasette: Datasette, actor: Mapping[str, object] | None
) -> Callable[[], Awaitable[list[dict[str, str]]]]:
    async def links() -> list[dict[str, str]]:
        return [
            {"href": Links(datasette.urls, name).home(), "label": f"Browse {name}"}
            for name, database in list(datasette.databases.items())
            if await is_catalogue(database) and await may_view(datasette, actor, name)
        ]

    return links


@hookimpl
def database_actions(datasette: Datasette, database: str) -> Callable[[], Awaitable[list[dict[str, str]]]]:
    async def links() -> list[dict[str, str]]:
        if not await is_catalogue(datasette.databases[database]):
            return []
        return [{"href": Links(datasette.urls, database).home(), "label": "Browse this catalogue"}]

    return links


@hookimpl(optionalhook=True)
def canned_queries(datasette: Datasette, database: str) -> dict[str, dict[str, str]]:
    return QUERIES if is_known_catalogue(datasette.databases.get(database)) else {}


@hookimpl(optionalhook=True)
def get_metadata(datasette: Datasette) -> dict[str, object]:
    return describe(
        {
            name: Links(datasette.urls, name).home()
            for name, database in datasette.databases.items()
            if is_known_catalogue(database)
        }
    )

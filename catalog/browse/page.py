"""One request to one catalogue, as each of our pages gets it."""

import re
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl

from catalog.browse.datasette_host import (
    Database,
    Datasette,
    Request,
    is_catalogue,
    may_review,
    may_view,
    read_configuration,
    recall,
    remember,
)
from catalog.browse.links import Links, web_address
from catalog.browse.reply import Reply, reply_page
from catalog.browse.static_files import static_path
from catalog.browse.words import FILTERS
from catalog.errors import UsageError
from catalog.show.replay import read_replay

Value = TypeVar("Value")


class NotFound(Exception):
    """The page does not exist; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request, and the catalogue that it is about."""

    datasette: Datasette
    database: Database
    request: Request
    links: Links
    arguments: dict[str, str]

    def part(self, name: str) -> str:
        """Return a part of the address, as the route names it."""
        return self.request.url_vars[name]

    def number(self, name: str) -> int:
        """Return a part of the address that is an id."""
        return min(int(self.part(name)), (1 << 63) - 1)

    def choice(self, name: str, among: object) -> str | None:
        """Return an argument if it is one of the known values; else None."""
        value = self.arguments.get(name)
        return value if value in among else None  # type: ignore[operator]

    def numbers(self, name: str, count: int) -> tuple[int, ...] | None:
        """Return an argument such as ``12-345``, where a list continues, as numbers; None if it has another form."""
        value = self.arguments.get(name, "")
        if not re.fullmatch(r"\d{1,18}(-\d{1,18})*", value) or value.count("-") != count - 1:
            return None
        return tuple(map(int, value.split("-")))

    @property
    def may_review(self) -> bool:
        return may_review(self.datasette, self.request.actor, self.database)

    async def load(self, fn: Callable[[sqlite3.Connection], Value]) -> Value:
        """Return the result of ``fn``, called with one of the server's reading connections."""
        return await self.database.execute_fn(fn)

    async def remember(self, name: str, fn: Callable[[sqlite3.Connection], Value]) -> Value:
        """Return the same, kept until the catalogue changes."""
        return await remember(self.database, name, fn)

    async def recall(
        self, name: str, fn: Callable[[sqlite3.Connection], Value], patience_seconds: float
    ) -> Value | None:
        """Return the same, but wait only for a limited time: then return the earlier result, or None."""
        return await recall(self.database, name, fn, patience_seconds)

    def _replay(self) -> Callable[[str | None, str | None], str | None]:
        """Return the replay for links to captures; None if the configured pattern is invalid."""
        pattern = read_configuration(self.datasette, self.database.name).replay
        try:
            found = read_replay(pattern)
        except UsageError:
            found = None
        return found.link if found is not None else lambda url, captured_at: None

    async def page(self, template: str, status: int = 200, **context: object) -> Reply:
        """Return one of our pages as a reply."""
        said = {
            "links": self.links,
            "database": self.database.name,
            "static": lambda name: self.datasette.urls.path(static_path(name)),
            "web_address": web_address,
            "may_review": self.may_review,
            "replay": self._replay(),
            **FILTERS,
            **context,
        }
        html = await self.datasette.render_template(f"cutline/{template}", said, request=self.request)
        return reply_page(html, status)


View = Callable[[Visit], Awaitable[Reply]]


async def begin_visit(datasette: Datasette, request: Request) -> Visit | None:
    """Return the visit for a request; None if the catalogue does not exist or the user may not see it."""
    from datasette.utils import tilde_decode

    route = tilde_decode(request.url_vars["database"])
    for name, database in datasette.databases.items():
        if getattr(database, "route", name) == route:
            if not await is_catalogue(database) or not await may_view(datasette, request.actor, name):
                return None
            arguments = dict(parse_qsl(request.query_string, keep_blank_values=True, max_num_fields=50))
            return Visit(datasette, database, request, Links(datasette.urls, name), arguments)
    return None

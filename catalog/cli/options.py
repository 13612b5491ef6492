"""Options that several commands share, each defined once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from catalog.log import show_log

Catalog = Annotated[
    Path,
    typer.Option("--catalog", "-c", metavar="FILE", help="The catalogue's file.", show_default=True),
]

DEFAULT_CATALOG = Path("catalog.db")

Verbose = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        metavar="",
        show_default=False,
        help="Log what is done to stderr; twice: everything. CUTLINE_LOG=FILE logs everything to a file.",
        callback=lambda value: show_log(value) if value else None,
    ),
]


Publishers = Annotated[
    list[str] | None,
    typer.Option("--publisher", metavar="DOMAIN", help="Only pages of this publisher; may be repeated."),
]
Languages = Annotated[
    list[str] | None,
    typer.Option(
        "--language", metavar="TAG", help="Only articles in this language (en, pt-BR); may be repeated."
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="DATE",
        help="Only articles captured on this day or later; without a capture, published.",
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="DATE",
        help="Only articles captured on this day or before; without a capture, published.",
    ),
]
Paths = Annotated[
    list[str] | None,
    typer.Option(
        "--path", metavar="GLOB", help="Only articles whose file or address matches; may be repeated."
    ),
]


class Scope(StrEnum):
    """How the places of a repeated caption relate."""

    other_story = "other-story"
    syndicated = "syndicated"
    variant = "variant"
    recapture = "recapture"
    one_picture = "one-picture"


Scopes = Annotated[
    list[Scope] | None,
    typer.Option(
        "--scope",
        help="Only captions that repeat under another story, at another publisher, on another form of the page,"
        " in a later capture, or in the copies of one picture; may be repeated.",
    ),
]
Replayed = Annotated[
    str | None,
    typer.Option(
        "--replay",
        metavar="PATTERN",
        envvar="CUTLINE_REPLAY",
        show_envvar=True,
        help="Link captures to their replay: wayback, arquivo, pywb, or an address with {timestamp} and {url}.",
    ),
]


class PlainFormat(StrEnum):
    """The format of results: cards for people, or JSON for programs."""

    table = "table"
    json = "json"


Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write here instead of to the terminal."),
]

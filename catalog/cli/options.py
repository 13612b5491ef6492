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


class PlainFormat(StrEnum):
    """How results are written that are cards for people or JSON for programs."""

    table = "table"
    json = "json"


Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write here instead of to the terminal."),
]

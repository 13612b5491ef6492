"""Options that several commands share, each defined once."""

from pathlib import Path
from typing import Annotated

import typer

Catalog = Annotated[
    Path,
    typer.Option("--catalog", "-c", metavar="FILE", help="The catalogue.", show_default=True),
]

DEFAULT_CATALOG = Path("catalog.db")

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write here instead of to the terminal."),
]

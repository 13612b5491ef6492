"""``cutline browse``."""

from pathlib import Path
from typing import Annotated

import typer

from catalog.cli.options import DEFAULT_CATALOG, Catalog, Replayed


def browse_command(
    catalog: Catalog = DEFAULT_CATALOG,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, metavar="N", help="Port to listen on.", show_default="a free port"),
    ] = 0,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    open_: Annotated[bool, typer.Option("--open", help="Open the web browser.")] = False,
    review: Annotated[
        bool, typer.Option("--review", help="Allow decisions; without it, the catalogue is only read.")
    ] = False,
    immutable: Annotated[
        bool,
        typer.Option("--immutable", help="Open the catalogue as one that never changes: for published ones."),
    ] = False,
    replay: Replayed = None,
    write_config: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write metadata and configuration for Datasette into this folder; serve nothing.",
        ),
    ] = None,
) -> None:
    """Look at the catalogue in the web browser, with Datasette."""
    from catalog.browse.server import Serving, serve, write_configuration

    serving = Serving(
        catalog, host, port, review=review, immutable=immutable, open_browser=open_, replay=replay
    )
    if write_config is not None:
        for path in write_configuration(serving, write_config):
            typer.echo(path)
        return
    serve(serving, typer.echo)

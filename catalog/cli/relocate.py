"""``cutline relocate``."""

from typing import Annotated

import typer

from catalog.cli.options import DEFAULT_CATALOG, Catalog
from catalog.scan.relocate import relocate
from catalog.store.catalogue import Catalogue


def relocate_command(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The archive's old place: a path or an address.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its new place.")],
    catalog: Catalog = DEFAULT_CATALOG,
) -> None:
    """Tell the catalogue that an archive has moved.

    Nothing is read again.
    """
    with Catalogue.open(catalog, create=False) as catalogue:
        moved = relocate(catalogue, old, new)
    typer.echo(f"{moved.uri}: {moved.records:,} records. Run `cutline check -c {catalog}` to verify them.")

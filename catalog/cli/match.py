"""``cutline match``."""

import typer

from catalog.catalogue import Catalogue
from catalog.cli.options import DEFAULT_CATALOG, Catalog
from catalog.cli.progress import ScanProgress
from catalog.matching import match_again


def match_command(catalog: Catalog = DEFAULT_CATALOG) -> None:
    """Find repeats and duplicates again in what is catalogued, without reading the archive."""
    with (
        ScanProgress() as progress,
        Catalogue.open(catalog, create=False, on_wait=progress.waiting) as catalogue,
    ):
        match_again(catalogue, progress.stage)
        repeats = catalogue.value("SELECT count(*) FROM caption_repeats")
        groups = catalogue.value("SELECT count(*) FROM image_groups")
    typer.echo(f"{repeats:,} caption repeats, {groups:,} picture groups.")

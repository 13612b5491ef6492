"""``cutline match``."""

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from catalog.cli.options import DEFAULT_CATALOG, Catalog, Verbose
from catalog.cli.progress import ScanProgress
from catalog.cli.sizes import parse_size
from catalog.errors import UsageError
from catalog.match.match import match_again
from catalog.match.partitions.means import MEMORY_BYTES
from catalog.match.partitions.open import Wanted, open_means
from catalog.show.words import count_noun
from catalog.store.catalogue import Catalogue
from catalog.store.versions import count_waiting


def match_command(
    catalog: Catalog = DEFAULT_CATALOG,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            metavar="N",
            help="Match in partitions, in N processes.",
            show_default="in one",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Match in partitions on a Dask cluster: host:port, or local:N to try it."
        ),
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder for the partitions; every worker must see it.",
            show_default="beside the catalogue",
        ),
    ] = None,
    memory: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="Most memory for one task of a worker; decides how small the partitions are.",
            show_default="1GiB",
        ),
    ] = None,
    verbose: Verbose = 0,
) -> None:
    """Find repeats and duplicates again, from the catalogue alone.

    In partitions, for catalogues too large for one process, it finds the same:
    what is compared is cut into Parquet files, which workers take one at a time.
    They are removed at the end; a match that was stopped goes on from them.
    This needs the extra parquet, and for a cluster the extra cluster.
    """
    wanted = _wanted(jobs, cluster, work, memory)
    with (
        ScanProgress() as progress,
        Catalogue.open(catalog, create=False, on_wait=progress.waiting) as catalogue,
        open_means(catalog, wanted, progress.say, progress.step)
        if wanted
        else contextlib.nullcontext() as means,
    ):
        match_again(catalogue, progress.stage, means)
        repeats = catalogue.value("SELECT count(*) FROM caption_repeats")
        groups = catalogue.value("SELECT count(*) FROM image_groups")
        if waiting := count_waiting(catalogue.db):
            progress.say(
                f"Fingerprints of another version: {count_noun(waiting, 'picture')} to be read again."
                " Run `cutline scan` on the sources."
            )
    typer.echo(f"{repeats:,} caption repeats, {groups:,} picture groups.")


def _wanted(jobs: int | None, cluster: str | None, work: Path | None, memory: str | None) -> Wanted | None:
    if jobs is not None and cluster is not None:
        raise UsageError("--jobs and --cluster: give one of them.")
    if jobs is None and cluster is None:
        if work is not None or memory is not None:
            raise UsageError(
                "--work and --memory are for matching in partitions: give --jobs or --cluster, too."
            )
        return None
    return Wanted(cluster, jobs or 1, work, parse_size(memory) if memory is not None else MEMORY_BYTES)

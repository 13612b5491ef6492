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
from catalog.match.workers import MEMORY_BYTES, Wanted, open_workers
from catalog.show.words import say_waiting
from catalog.store.catalogue import Catalogue
from catalog.store.versions import count_waiting
from media.matching.runner import HERE


def match_command(
    catalog: Catalog = DEFAULT_CATALOG,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            metavar="N",
            help="Match by N worker processes.",
            show_default="in one",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Match by the workers of a Dask cluster: host:port, or local:N to try it."
        ),
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder for files that the workers share; every worker must see it.",
            show_default="beside the catalogue",
        ),
    ] = None,
    memory: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="Most memory for one task of a worker; decides how small the tasks are.",
            show_default="1GiB",
        ),
    ] = None,
    verbose: Verbose = 0,
) -> None:
    """Find repeats and duplicates again, from the catalogue alone.

    Workers give the same results in less time: each takes one task of comparisons
    after another. Their results are kept in a folder until the end, so that an
    interrupted match continues from there. This needs the extra cluster.

    Pictures with fingerprints of an older version of cutline wait for the next
    scan: until then, only copies with the same bytes are found among them. The
    command reports how many they are, and its exit status is 1.
    """
    wanted = _wanted(jobs, cluster, work, memory)
    with (
        ScanProgress() as progress,
        Catalogue.open(catalog, create=False, on_wait=progress.waiting) as catalogue,
        open_workers(catalog, wanted, progress.say, progress.step)
        if wanted
        else contextlib.nullcontext(HERE) as runner,
    ):
        match_again(catalogue, progress.stage, runner)
        repeats = catalogue.value("SELECT count(*) FROM caption_repeats")
        groups = catalogue.value("SELECT count(*) FROM image_groups")
        waiting = count_waiting(catalogue.db.conn)
    typer.echo(f"{repeats:,} caption repeats, {groups:,} picture groups.")
    if waiting:
        typer.echo(f"cutline: {say_waiting(waiting)}", err=True)
        raise typer.Exit(1)


def _wanted(jobs: int | None, cluster: str | None, work: Path | None, memory: str | None) -> Wanted | None:
    if jobs is not None and cluster is not None:
        raise UsageError("--jobs and --cluster: give one of them.")
    if jobs is None and cluster is None:
        if work is not None or memory is not None:
            raise UsageError("--work and --memory are for workers: give --jobs or --cluster, too.")
        return None
    return Wanted(cluster, jobs or 1, work, parse_size(memory) if memory is not None else MEMORY_BYTES)

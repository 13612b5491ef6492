"""``cutline scan``."""

import os
import shlex
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.cleanup.strays import say_unknown, unknown_quarantines
from catalog.cli.options import DEFAULT_CATALOG, Catalog, Verbose
from catalog.cli.progress import ScanProgress
from catalog.errors import UsageError
from catalog.scan.scan import ScanOptions, scan
from catalog.show.scanned import describe_scan
from catalog.store.catalogue import Catalogue
from media.articles.jsonlines import FIELDS
from media.locator import path_from_uri, printable
from media.reading import Limits, Options

if TYPE_CHECKING:
    from catalog.cluster.cluster import Cluster

_DEFAULTS = Limits()


def scan_command(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE...",
            help="Folders, files, or addresses (s3://bucket/prefix) of articles and pictures.",
            show_default=False,
        ),
    ] = None,
    catalog: Catalog = DEFAULT_CATALOG,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=0,
            metavar="N",
            help="Read in N processes; 0: read in this one.",
            show_default="one a processor",
        ),
    ] = None,
    include: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Read only records that match; may be repeated.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Leave out records that match; may be repeated.")
    ] = None,
    follow_links: Annotated[bool, typer.Option("--follow-links", help="Follow symbolic links.")] = False,
    reread: Annotated[bool, typer.Option("--reread", help="Read all records again, changed or not.")] = False,
    parts: Annotated[
        bool, typer.Option("--parts/--no-parts", help="Find crops and framed copies too (slower).")
    ] = True,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Read on a Dask cluster: its scheduler's address, or local:N for N worker processes here.",
        ),
    ] = None,
    record_seconds: Annotated[
        float,
        typer.Option(
            min=0, metavar="N", help="Give up on a record after N seconds of processor time; 0: never."
        ),
    ] = _DEFAULTS.seconds,
    container_seconds: Annotated[
        float,
        typer.Option(
            min=0,
            metavar="N",
            help="Give up on a ZIP, TAR or crawl after N seconds, and 1 more for each 20 kB of it; 0: never.",
        ),
    ] = _DEFAULTS.container_seconds,
    max_article_mb: Annotated[int, typer.Option(min=1, metavar="N", help="Largest article read (MiB).")] = (
        _DEFAULTS.article_bytes >> 20
    ),
    max_image_mb: Annotated[int, typer.Option(min=1, metavar="N", help="Largest picture read (MiB).")] = (
        _DEFAULTS.image_bytes >> 20
    ),
    max_decoded_mb: Annotated[
        int, typer.Option(min=1, metavar="N", help="Most memory for decoding one picture (MiB).")
    ] = _DEFAULTS.decoded_bytes >> 20,
    fields: Annotated[
        list[str] | None,
        typer.Option(
            "--fields",
            metavar="NAME=FIELD,...",
            help="Fields of JSON articles: body=story.text,headline=t. Needed only for unusual names.",
        ),
    ] = None,
    verbose: Verbose = 0,
) -> None:
    """Read archives into the catalogue, and find what repeats.

    A second scan reads only what is new or changed. The archive is never written to.
    A GLOB without a slash matches the name of a file, one with a slash its path in
    the source.

    The scan counts, by type, files in formats that it does not read, and pages in
    which it found no article. These are problems, as are records that could not
    be read: the exit status is 1. Files that hold neither articles nor pictures
    (stylesheets, scripts, fonts) are not problems.
    """
    if not sources:
        raise UsageError(_name_a_source(catalog))
    if cluster is not None and jobs is not None:
        raise UsageError("--jobs cannot be used with --cluster: a cluster has its own workers.")
    limits = Limits(
        max_article_mb << 20, max_image_mb << 20, record_seconds, max_decoded_mb << 20, container_seconds
    )
    options = ScanOptions(
        jobs=jobs if jobs is not None else _processors(),
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        follow_links=follow_links,
        reread=reread,
        reading=Options(limits, parts, fields=_field_names(fields or [])),
    )
    with (
        ScanProgress() as progress,
        _opened(cluster, progress.say) as opened,
        Catalogue.open(catalog, on_wait=progress.waiting) as catalogue,
    ):
        result = scan(catalogue, sources, options, progress, opened)
        summary = describe_scan(catalogue, result)
        strangers = list(unknown_quarantines(catalogue))
    typer.echo(summary)
    for path in strangers:
        typer.echo(f"cutline: {say_unknown(path)}", err=True)
    raise typer.Exit(130 if result.status == "interrupted" else 1 if result.problems else 0)


def _name_a_source(catalog: Path) -> str:
    """Return the message for a scan without a SOURCE."""
    known: list[str] = []
    if catalog.exists():
        with Catalogue.read(catalog) as catalogue:
            rows = catalogue.rows(
                "SELECT uri FROM sources WHERE kind = 'folder' AND uri LIKE 'file:%' ORDER BY last_scan_id DESC LIMIT 3"
            )
            known = [shlex.quote(printable(path_from_uri(row["uri"]))) for row in rows]
    again = f" To scan the sources of {catalog} again: cutline scan {' '.join(known)}" if known else ""
    return f"Name a folder, a file or an address: cutline scan FOLDER.{again}"


def _opened(address: str | None, say: Callable[[str], None]) -> "AbstractContextManager[Cluster | None]":
    if address is None:
        return nullcontext()
    # A scan on one machine does not need these imports.
    from catalog.cluster.cluster import open_cluster

    return open_cluster(address, say)


def _processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _field_names(given: list[str]) -> tuple[tuple[str, str], ...]:
    pairs = [pair.partition("=") for each in given for pair in each.split(",")]
    for name, _, field in pairs:
        if name not in FIELDS or not field:
            raise typer.BadParameter(
                f"give NAME=FIELD, where NAME is one of {', '.join(FIELDS)}", param_hint="--fields"
            )
    return tuple((name, field) for name, _, field in pairs)

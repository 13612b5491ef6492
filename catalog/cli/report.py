"""``cutline report``."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from catalog.catalogue import Catalogue
from catalog.cli.options import DEFAULT_CATALOG, Catalog, Output
from catalog.cli.output import open_output
from catalog.reports.captions import CAPTIONS
from catalog.reports.conflicts import CONFLICTS
from catalog.reports.formats import FORMATS, write_summary
from catalog.reports.images import IMAGES
from catalog.reports.orphans import ORPHANS
from catalog.reports.problems import PROBLEMS

_REPORTS = {report.name: report for report in (CAPTIONS, IMAGES, CONFLICTS, ORPHANS, PROBLEMS)}
_TABLE_LIMIT = 20


class Kind(StrEnum):
    """The reports."""

    summary = "summary"
    captions = "captions"
    images = "images"
    conflicts = "conflicts"
    orphans = "orphans"
    problems = "problems"


class Format(StrEnum):
    """How a report is written."""

    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"


def report_command(
    kind: Annotated[Kind, typer.Argument(metavar="[REPORT]", help=" | ".join(Kind))] = Kind.summary,
    catalog: Catalog = DEFAULT_CATALOG,
    format_: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.table,
    output: Output = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="At most so many findings; 0: all.", show_default="20 in tables"
        ),
    ] = None,
) -> None:
    """Show what repeats, what disagrees, what is missing, and what could not be read.

    Positions count the blocks of a page, or the lines of a text, from 0.
    """
    count = limit if limit is not None else _TABLE_LIMIT if format_ is Format.table and output is None else 0
    with Catalogue.read(catalog) as catalogue, open_output(output, sys.stdout) as out:
        if kind is Kind.summary:
            write_summary(catalogue, out, format_.value)
        else:
            FORMATS[format_.value](catalogue, _REPORTS[kind.value], out, count or None)

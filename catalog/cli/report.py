"""``cutline report``."""

import dataclasses
import sys
from enum import StrEnum
from typing import Annotated

import typer

from catalog.cli.options import DEFAULT_CATALOG, Catalog, Output, Replayed, Scopes
from catalog.cli.output import open_output
from catalog.cli.sizes import parse_size
from catalog.errors import UsageError
from catalog.show.changed import CHANGED
from catalog.show.filters import Filters, narrow, read_day, read_since
from catalog.show.formats import FORMATS, write_summary
from catalog.show.html import FINDINGS, PageOptions, write_html
from catalog.show.replay import read_replay
from catalog.show.report import with_iptc
from catalog.show.reports import reports
from catalog.store.catalogue import Catalogue

_TABLE_LIMIT = 20


def _report_name(given: str) -> str:
    """Return the name of a report, of cutline or of another package.

    :raises typer.BadParameter: there is no such report.
    """
    if given not in _names():
        said = ", ".join(f"'{name}'" for name in _names())
        raise typer.BadParameter(f"'{given}' is not one of {said}.")
    return given


def _report_names(given: list[str] | None) -> list[str] | None:
    return [_report_name(each) for each in given] if given else given


def _names() -> tuple[str, ...]:
    return ("summary", *reports())


class Format(StrEnum):
    """The format of a list of findings."""

    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"


class ReportFormat(StrEnum):
    """The format of a report."""

    table = "table"
    text = "text"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    markdown = "markdown"
    html = "html"


def report_command(
    kind: Annotated[
        str, typer.Argument(metavar="REPORT", help=" | ".join(_names()), callback=_report_name)
    ] = "summary",
    catalog: Catalog = DEFAULT_CATALOG,
    format_: Annotated[
        ReportFormat,
        typer.Option(
            "--format",
            help="The format of the output; text: plain lines for a mail; html: all reports on one page.",
        ),
    ] = ReportFormat.table,
    output: Output = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Show at most N findings; 0: all.",
            show_default=f"{_TABLE_LIMIT} in tables, {FINDINGS:,} a section in html",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            callback=_report_names,
            metavar="REPORT",
            help="Only these sections of the page (html); may be repeated.",
        ),
    ] = None,
    of_kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="KIND", help="Only findings of this kind; may be repeated."),
    ] = None,
    min_size: Annotated[
        str, typer.Option(metavar="SIZE", help="Only groups with a picture of this size or more: 500kB, 2MB.")
    ] = "0",
    changed: Annotated[
        bool,
        typer.Option(
            "--changed",
            help="Only pictures in which something was removed, added or replaced, each with its original.",
        ),
    ] = False,
    scope: Scopes = None,
    publisher: Annotated[
        list[str] | None,
        typer.Option(metavar="DOMAIN", help="Only findings with a page of this publisher; may be repeated."),
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TAG", help="Only findings with an article in this language (en, pt-BR); may be repeated."
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="SCAN|DATE",
            help="Only findings with a record first seen by this scan or a later one, or captured or published"
            " on this day (2024, 2024-03, 2024-03-15) or later.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Only findings with a record captured or published on this day or before."
        ),
    ] = None,
    path: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB", help="Only findings with a record or an address that matches; may be repeated."
        ),
    ] = None,
    iptc: Annotated[
        bool,
        typer.Option(
            "--iptc",
            help="Add what each picture says of itself, under IPTC's names: description, creator, credit, source"
            " and so on (csv, json, jsonl).",
        ),
    ] = False,
    replay: Replayed = None,
) -> None:
    """Show what repeats, disagrees, is missing or was not read.

    Positions count the blocks of a page, or the lines of a text, from 0. A group is
    shown whole if one of its members passes all of the filters.
    """
    if changed and (kind != "images" or format_ is ReportFormat.html):
        raise UsageError("--changed works with the report of pictures only: cutline report images --changed.")
    if iptc and (kind == "summary" or format_.value not in ("csv", "json", "jsonl")):
        raise UsageError("--iptc adds columns to a list: cutline report images --iptc --format csv")
    scan, day = read_since(since)
    filters = Filters(
        kinds=tuple(of_kind or ()),
        min_size=parse_size(min_size),
        since=scan,
        paths=tuple(path or ()),
        scopes=tuple(each.value for each in scope or ()),
        publishers=tuple(publisher or ()),
        languages=tuple(language or ()),
        since_day=day,
        until_day=read_day(until) if until else None,
    )
    sections = tuple(only or ())
    if format_ is not ReportFormat.html and kind == "summary" and len(sections) == 1:
        kind, sections = sections[0], ()
    if sections and format_ is not ReportFormat.html:
        raise UsageError(
            "--only chooses the sections of --format html. Name the report instead: cutline report images."
        )
    with Catalogue.read(catalog) as catalogue, open_output(output, sys.stdout) as out:
        if format_ is ReportFormat.html:
            chosen = sections or (() if kind == "summary" else (kind,))
            write_html(
                catalogue,
                out,
                PageOptions(
                    chosen, filters, FINDINGS if limit is None else limit or None, read_replay(replay)
                ),
            )
        elif kind == "summary":
            if filters:
                raise UsageError(
                    "The summary counts everything: filters need a report, such as `cutline report images`."
                )
            write_summary(catalogue, out, format_.value)
        else:
            table = format_ is ReportFormat.table and output is None
            count = limit if limit is not None else _TABLE_LIMIT if table else 0
            listed = CHANGED if changed else reports()[kind]
            report = dataclasses.replace(narrow(catalogue, listed, filters), replay=read_replay(replay))
            if iptc:
                report = with_iptc(catalogue, report)
            FORMATS[format_.value](catalogue, report, out, count or None)

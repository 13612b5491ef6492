"""``cutline check``."""

import json
import re
import sys
from typing import Annotated

import typer
from rich.console import Console

from catalog.cleanup.strays import say_unknown, unknown_quarantines
from catalog.cli.options import DEFAULT_CATALOG, Catalog, PlainFormat
from catalog.scan.check import CheckResult, Finding, check
from catalog.show.words import count_noun, shorten, size_text
from catalog.store.catalogue import Catalogue
from media.locator import printable


def _percent(text: str) -> str:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%?\s*", text)
    if not match or float(match[1]) > 100:
        raise typer.BadParameter("give a share between 0 and 100, such as 5%")
    return match[1]


def check_command(
    catalog: Catalog = DEFAULT_CATALOG,
    sample: Annotated[
        str,
        typer.Option(callback=_percent, metavar="N%", help="Share of the records to read again; 0: none."),
    ] = "100%",
    format_: Annotated[
        PlainFormat, typer.Option("--format", help="The format of the output.")
    ] = PlainFormat.table,
) -> None:
    """Verify the catalogue, and the archive against its digests.

    The exit status is 1 if something is not as recorded. Nothing is changed.
    """
    result = CheckResult()
    console = Console(stderr=True)
    with Catalogue.read(catalog, whatever_differs=True) as catalogue, console.status("Checking") as status:
        found: list[Finding] = []
        for finding in check(
            catalogue,
            result,
            sample_percent=float(sample),
            on_progress=lambda done: status.update(f"Checking: {done:,} records"),
        ):
            found.append(finding)
            if format_ is PlainFormat.table:
                typer.echo(f"{finding.fault}: {printable(finding.locator)}: {shorten(finding.reason, 200)}")
        for path in unknown_quarantines(catalogue):
            found.append(Finding("quarantine", str(path), say_unknown(path)))
            if format_ is PlainFormat.table:
                typer.echo(f"quarantine: {say_unknown(path)}")
    if format_ is PlainFormat.json:
        rows = [{"fault": f.fault, "locator": f.locator, "reason": f.reason} for f in found]
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
    else:
        wrong = f"{count_noun(len(found), 'fault')}." if found else "all as recorded."
        typer.echo(
            f"{count_noun(result.records, 'record')} read again ({size_text(result.byte_size)}): {wrong}"
        )
    raise typer.Exit(1 if found else 0)

"""``cutline``: the commands put together, and errors turned into one line and an exit status."""

import os
import sqlite3
import sys
from typing import Annotated

import typer

from catalog import __version__
from catalog.cli import browse, check, cleanup, decide, export, find, match, merge, relocate, report, scan
from catalog.errors import CatalogError

app = typer.Typer(
    name="cutline",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Find repeated captions and duplicate pictures in archives of articles,"
    " and keep the evidence in one SQLite catalogue.",
    epilog="Exit status: 0 done; 1 done, with problems listed; 2 could not run.",
)

app.command("scan")(scan.scan_command)
app.command("report")(report.report_command)
app.command("browse")(browse.browse_command)
app.command("find")(find.find_command)
app.command("check")(check.check_command)
app.command("decide")(decide.decide_command)
app.command("match")(match.match_command)
app.command("merge")(merge.merge_command)
app.add_typer(cleanup.cleanup_app, name="cleanup")
app.add_typer(export.export_app, name="export")
app.command("relocate")(relocate.relocate_command)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"cutline {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; every error that we foresee is one line on stderr."""
    try:
        app(prog_name="cutline")
    except CatalogError as error:
        _fail(str(error), error.exit_status)
    except sqlite3.OperationalError as error:
        _fail(
            f"the catalogue: {error}. What was recorded is kept; free some space or check the disk, and run again."
        )
    except KeyboardInterrupt:
        _fail("stopped; what was recorded is kept.", 130)
    except BrokenPipeError:
        # Whoever read our output (head, a pager) has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _fail(message: str, status: int = 2) -> None:
    typer.echo(f"cutline: {message}", err=True)
    sys.exit(status)

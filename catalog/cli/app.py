"""``cutline``: the commands put together, and errors turned into one line and an exit status."""

import errno
import os
import sys
from importlib import import_module
from typing import Annotated

import typer

from catalog import __version__
from catalog.cli.options import Verbose
from catalog.errors import CatalogError
from catalog.log import explain_fault, log, open_log
from catalog.store.sqlite_errors import explained
from media.locator import printable

_COMMANDS = {
    "scan": "scan_command",
    "report": "report_command",
    "browse": "browse_command",
    "find": "find_command",
    "check": "check_command",
    "decide": "decide_command",
    "match": "match_command",
    "merge": "merge_command",
    "cleanup": "cleanup_app",
    "export": "export_app",
    "relocate": "relocate_command",
}
"""Each in the file of its name, as the function or group so called."""


def build_app(*names: str) -> typer.Typer:
    """Return the command line with these commands, or with all: only what is asked for needs to be
    imported.
    """
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
    app.callback()(_options)
    for name in names or _COMMANDS:
        command = getattr(import_module(f"catalog.cli.{name}"), _COMMANDS[name])
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"cutline {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
    verbose: Verbose = 0,
) -> None:
    pass


def main() -> None:
    """Run the command line; every error that we foresee is one line on stderr."""
    # Pictures and batches are what runs side by side; within one, more threads than one only wait for one another.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    asked = sys.argv[1:2]
    try:
        open_log(sys.argv[1:])
        with explained("the catalogue"):
            build_app(*(name for name in asked if name in _COMMANDS))(prog_name="cutline")
    except CatalogError as error:
        _fail(str(error), error.exit_status)
    except KeyboardInterrupt:
        _fail("stopped; what was recorded is kept.", 130)
    except BrokenPipeError:
        # Whoever read our output (head, a pager) has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            _fail(explain_fault(error))
        where = f"{printable(str(error.filename))}: " if error.filename else ""
        _fail(
            f"{where}there is no room ({error.strerror}). What was done is kept; make room, then run this again."
        )
    except Exception as error:
        _fail(explain_fault(error))


def _fail(message: str, status: int = 2) -> None:
    log.error("%s (exit status %d)", message, status)
    typer.echo(f"cutline: {message}", err=True)
    sys.exit(status)

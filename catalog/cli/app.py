"""``cutline``: the commands put together, and errors turned into one line and an exit status."""

import errno
import os
import sys
from importlib import import_module
from shlex import quote
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from catalog import __version__
from catalog.cli.options import DEFAULT_CATALOG, Verbose
from catalog.errors import CatalogError
from catalog.log import explain_fault, log, open_log
from catalog.store.sqlite_errors import explained
from media.errors import FormatError
from media.locator import printable

COMMANDS = {
    "scan": ("scan_command", "Read archives into the catalogue, and find what repeats."),
    "report": (
        "report_command",
        "Show what repeats, disagrees, is missing or was not read.",
    ),
    "browse": ("browse_command", "Look at the catalogue in the web browser, with Datasette."),
    "find": (
        "find_command",
        "Look up a picture, or a caption's text, in the archive.",
    ),
    "check": ("check_command", "Verify the catalogue, and the archive against its digests."),
    "decide": (
        "decide_command",
        "Record that two things are the same, or are different.",
    ),
    "match": (
        "match_command",
        "Find repeats and duplicates again, from the catalogue alone.",
    ),
    "merge": ("merge_command", "Merge catalogues of parts of an archive into one."),
    "captions": ("captions_app", "List the captions that were chosen, or write them."),
    "cleanup": ("cleanup_app", "Act on duplicate pictures, so that everything can be undone."),
    "export": ("export_app", "Write the corpus, the pairs of picture and caption, or contact sheets."),
    "relocate": ("relocate_command", "Tell the catalogue that an archive has moved."),
    "doctor": ("doctor_command", "List what this installation and machine can do: versions, extras, limits."),
}
"""Every command: the name of its file, the function or group in it, and the first line of its help.

The line is repeated here so that `cutline --help` imports no command; a test compares the two."""


def load_command(name: str) -> Any:
    """Import one command, and return it in the form that the group of all commands holds."""
    command = getattr(import_module(f"catalog.cli.{name}"), COMMANDS[name][0])
    app = _bare_app()
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=name)
    else:
        app.command(name, cls=_Command)(command)
    group: Any = get_command(app)
    return group.commands[name]


class _Command(TyperCommand):
    """A command that says how to name the catalogue if it is given as a bare argument."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            named = any(parameter.name == "catalog" for parameter in self.params)
            hint = f" To name the catalogue: {ctx.command_path} -c {quote(rest[0])}" if named else ""
            ctx.fail(f"Unexpected argument: {' '.join(rest)}.{hint}")
        return rest


class _Commands(TyperGroup):
    """The group of all commands, each imported when it is called."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The program that reads our output (head, a pager) has closed it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, name: str) -> Any:
        if name in COMMANDS and name not in self.commands:
            self.commands[name] = TyperCommand(name, help=COMMANDS[name][1])
        return self.commands.get(name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        # An unknown name is compared with all of them, to suggest the one that may be meant.
        self.commands = {name: self.get_command(ctx, name) for name in COMMANDS}
        if args[0] in COMMANDS:
            self.commands[args[0]] = load_command(args[0])
        return super().resolve_command(ctx, args)


def _bare_app(*, completion: bool = False, **settings: Any) -> typer.Typer:
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=completion,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        **settings,
    )
    app.callback()(_options)
    return app


def build_app() -> typer.Typer:
    """Build the command line."""
    return _bare_app(
        name="cutline",
        completion=True,
        cls=_Commands,
        help="Find repeated captions and duplicate pictures in archives of articles,"
        " and keep the evidence in one SQLite catalogue.",
        epilog="Exit status: 0 done; 1 done, with problems listed; 2 could not run.",
    )


def _where_to_begin() -> str:
    """Return the text that ``cutline`` prints when it is called without a command."""
    here = os.path.exists(DEFAULT_CATALOG)
    steps = [
        ("cutline report", "what repeats, in numbers"),
        ("cutline browse --open", "look at it in the browser"),
        ("cutline browse --review", "decide what is the same, which caption is right"),
        ("cutline cleanup plan", "list what could be removed; changes nothing"),
    ]
    if not here:
        steps = [("cutline scan FOLDER", "read an archive; it is never written to"), *steps[:3]]
    width = max(len(command) for command, _ in steps)
    said = [f"  {command:<{width}}  {why}" for command, why in steps]
    begin = f"This folder has a catalogue: {DEFAULT_CATALOG}. Next" if here else "Begin with"
    return "\n".join(
        [
            "cutline finds repeated captions and duplicate pictures in archives of articles.",
            "",
            f"{begin}",
            *said,
            "",
            "cutline --help lists all commands, cutline COMMAND --help says what one does.",
        ]
    )


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
    """Run the command line; print every error that we foresee as one line on stderr."""
    # Whole pictures and batches run in parallel; more threads within one of them would only wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        open_log(sys.argv[1:])
        if len(sys.argv) == 1 and "_CUTLINE_COMPLETE" not in os.environ:
            typer.echo(_where_to_begin())
            return
        with explained("the catalogue"):
            build_app()(prog_name="cutline")
    except CatalogError as error:
        _fail(str(error), error.exit_status)
    except FormatError as error:
        _fail(f"{error.reason}. {error.remedy}")
    except KeyboardInterrupt:
        _fail("stopped; what was recorded is kept.", 130)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            _fail(explain_fault(error))
        where = f"{printable(str(error.filename))}: " if error.filename else ""
        _fail(
            f"{where}the disk is full ({error.strerror}). What was done is kept; free some space, then run this again."
        )
    except Exception as error:
        _fail(explain_fault(error))


def _fail(message: str, status: int = 2) -> None:
    log.error("%s (exit status %d)", message, status)
    typer.echo(f"cutline: {message}", err=True)
    sys.exit(status)

"""``cutline cleanup``: plan, show, apply, undo, history, purge."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from catalog.cleanup.apply import ApplyResult, apply_cleanup
from catalog.cleanup.history import describe_cleanup, history_rows
from catalog.cleanup.ledger import Cleanup, Listed, read_cleanup
from catalog.cleanup.plan import DEFAULT_KINDS, KINDS, PlanOptions, make_plan
from catalog.cleanup.plan_file import take_edited_plan, write_plan_csv, write_plan_json
from catalog.cleanup.purge import PurgeResult, purge_cleanup, purgeable
from catalog.cleanup.recover import find_quarantines, recover
from catalog.cleanup.room import keep_room, use_room
from catalog.cleanup.show import describe_plan, plan_cards
from catalog.cleanup.undo import UndoResult, undo_cleanup
from catalog.cli.options import DEFAULT_CATALOG, Catalog, Output, PlainFormat
from catalog.cli.output import open_output
from catalog.cli.sizes import parse_size
from catalog.scan.scan import stop_on_signal
from catalog.show.formats import write_cards
from catalog.show.words import count_noun, shorten, size_text
from catalog.store.catalogue import Catalogue
from media.locator import encode_path, printable

cleanup_app = typer.Typer(
    no_args_is_help=True,
    help="Act on duplicate pictures, so that everything can be undone.",
    epilog="plan changes nothing; apply moves what the plan names into a quarantine; undo puts it back.",
)

_SHOWN = 20
_NAMED = 20

Number = Annotated[
    int | None, typer.Argument(metavar="ID", help="The cleanup's number.", show_default="the latest")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]


class Act(StrEnum):
    """What to do with a copy."""

    quarantine = "quarantine"
    hardlink = "hardlink"
    reflink = "reflink"


class PlanFormat(StrEnum):
    """How a plan is written."""

    table = "table"
    json = "json"
    csv = "csv"


FormatOption = Annotated[PlainFormat, typer.Option("--format", help="The format of the result.")]


@cleanup_app.command("plan")
def plan_command(
    catalog: Catalog = DEFAULT_CATALOG,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help=f"{' | '.join(KINDS)}; may be repeated.",
            show_default=" and ".join(DEFAULT_KINDS),
        ),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="POLICY",
            help="largest | oldest | original | captioned | path=GLOB | path=FOLDER; may be repeated, the first counts"
            " most.",
            show_default="original: the report's keeper",
        ),
    ] = None,
    action: Annotated[Act, typer.Option(help="What to do with a copy.")] = Act.quarantine,
    protect: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Never touch these files; may be repeated.")
    ] = None,
    path: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Remove only these files; may be repeated.")
    ] = None,
    min_size: Annotated[
        str, typer.Option(metavar="SIZE", help="Remove only files of this size or more: 500kB, 2MB.")
    ] = "0",
    write_sidecars: Annotated[
        bool,
        typer.Option(
            "--write-sidecars",
            help="Write the captions of removed files into a sidecar (.xmp) of the keeper.",
        ),
    ] = False,
    break_pages: Annotated[
        bool,
        typer.Option("--break-pages", help="Also remove files that a page shows; the plan lists the pages."),
    ] = False,
    allow_lacks: Annotated[
        bool,
        typer.Option(
            "--allow-lacks",
            help="Also remove files that hold metadata which their keeper lacks; the plan lists it.",
        ),
    ] = False,
    quarantine: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder that the files are moved to, on the same file system.",
            show_default=".cutline-quarantine at the root of each source",
        ),
    ] = None,
    edited: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Read back a plan that you saved and edited.")
    ] = None,
    format_: Annotated[
        PlanFormat, typer.Option("--format", help="The format of the output.")
    ] = PlanFormat.table,
    output: Output = None,
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="Groups shown in a table; 0: all.")] = _SHOWN,
) -> None:
    """Plan what to do with duplicate pictures. Changes nothing but the catalogue.

    To change the plan, save it as JSON or CSV, edit its action or keeper column, and read it back with --edited.
    """
    options = PlanOptions(
        tuple(kind or DEFAULT_KINDS),
        tuple(keep or ()),
        action.value,
        tuple(protect or ()),
        tuple(path or ()),
        parse_size(min_size),
        write_sidecars,
        break_pages,
        allow_lacks,
        encode_path(os.path.realpath(quarantine)) if quarantine else None,
    )
    with Catalogue.open(catalog, create=False) as catalogue:
        if edited is not None:
            edits = take_edited_plan(catalogue, edited, break_pages=break_pages)
            cleanup = read_cleanup(catalogue, edits.cleanup_id)
            typer.echo(
                f"Plan {cleanup.id}: {count_noun(edits.actions, 'action')} and"
                f" {count_noun(edits.keepers, 'keeper')} changed.",
                err=True,
            )
        else:
            with Console(stderr=True).status("Planning") as status:
                cleanup = make_plan(
                    catalogue, options, on_progress=lambda done: status.update(f"Planning: {done:,} groups")
                )
        _write_plan(catalogue, cleanup, format_, output, limit)
        goes = describe_cleanup(catalogue, cleanup)["planned"]
    if format_ is PlanFormat.table and goes:
        option = "" if catalog == DEFAULT_CATALOG else f" -c {catalog}"
        typer.echo(f"Nothing has changed yet. Next: cutline cleanup apply {cleanup.id}{option}")


@cleanup_app.command("show")
def show_command(
    number: Annotated[
        int | None, typer.Argument(metavar="ID", help="The plan's number.", show_default="the latest")
    ] = None,
    catalog: Catalog = DEFAULT_CATALOG,
    format_: Annotated[
        PlanFormat, typer.Option("--format", help="The format of the output.")
    ] = PlanFormat.table,
    output: Output = None,
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="Groups shown in a table; 0: all.")] = _SHOWN,
) -> None:
    """Show a plan again. Changes nothing.

    It lists which files go, which stay and why, and which pages show them.
    """
    with Catalogue.read(catalog) as catalogue:
        cleanup = read_cleanup(catalogue, number, "planned", "applying", "applied", "undone", "purged")
        _write_plan(catalogue, cleanup, format_, output, limit)


def _write_plan(
    catalogue: Catalogue, cleanup: Cleanup, format_: PlanFormat, output: Path | None, limit: int
) -> None:
    with open_output(output, sys.stdout) as out:
        if format_ is PlanFormat.json:
            write_plan_json(catalogue, cleanup, out)
        elif format_ is PlanFormat.csv:
            write_plan_csv(catalogue, cleanup, out)
        else:
            write_cards(out, plan_cards(catalogue, cleanup, limit or None))
    said = describe_plan(catalogue, cleanup)
    typer.echo(("" if format_ is not PlanFormat.table else "\n") + said, err=format_ is not PlanFormat.table)


@cleanup_app.command("apply")
def apply_command(
    number: Number = None,
    catalog: Catalog = DEFAULT_CATALOG,
    yes: Yes = False,
    format_: FormatOption = PlainFormat.table,
) -> None:
    """Carry out a plan, and keep a journal of what is done.

    It shows what it would do, and asks. Without a terminal and without --yes, it only shows.
    To continue after an interruption, run the same command again.
    """
    with Catalogue.open(catalog, create=False) as catalogue:
        cleanup = read_cleanup(catalogue, number, "applying", "planned")
        if not yes and cleanup.status in ("planned", "applying"):
            write_cards(sys.stderr, plan_cards(catalogue, cleanup, _SHOWN))
            typer.echo("\n" + describe_plan(catalogue, cleanup), err=True)
            _confirm("Apply it?")
        total = int(str(describe_cleanup(catalogue, cleanup)["planned"]))
        with stop_on_signal() as stopped, _progress("Applying", total) as advance:
            result = apply_cleanup(
                catalogue, cleanup, on_progress=lambda files, _: advance(files), stopped=stopped
            )
        keep_room(catalogue)
        _print_applied(catalogue, read_cleanup(catalogue, cleanup.id), result, format_)
    raise typer.Exit(130 if result.interrupted else 1 if result.skipped.count else 0)


def _print_applied(catalogue: Catalogue, cleanup: Cleanup, result: ApplyResult, format_: PlainFormat) -> None:
    if format_ is PlainFormat.json:
        _print_json(
            describe_cleanup(catalogue, cleanup)
            | {"interrupted": result.interrupted, "skipped_files": _as_rows(result.skipped)}
        )
        return
    _name("skipped", result.skipped)
    typer.echo(
        f"{count_noun(result.done, 'file')} done, {result.skipped.count:,} skipped"
        + (f", {count_noun(result.sidecars, 'sidecar')} written" if result.sidecars else "")
        + f". {size_text(result.freed_bytes)} to be freed."
    )
    if result.interrupted:
        typer.echo(
            f"Stopped. Continue with `cutline cleanup apply {cleanup.id}`, or `cutline cleanup undo {cleanup.id}`."
        )
    elif result.done:
        typer.echo(
            f"`cutline cleanup undo {cleanup.id}` puts everything back; `purge {cleanup.id}` frees the bytes."
        )


@cleanup_app.command("undo")
def undo_command(
    number: Number = None, catalog: Catalog = DEFAULT_CATALOG, format_: FormatOption = PlainFormat.table
) -> None:
    """Put back every file that a cleanup moved away. Replaces no file.

    If another file has taken its name by now, a file stays in quarantine and is listed.
    Undoing twice does no harm.
    """
    use_room(catalog)
    with Catalogue.open(catalog, create=False) as catalogue:
        cleanup = read_cleanup(catalogue, number, "applying", "applied", "undone")
        total = int(str(describe_cleanup(catalogue, cleanup)["done"]))
        with stop_on_signal() as stopped, _progress("Undoing", total) as advance:
            result = undo_cleanup(catalogue, cleanup, on_progress=advance, stopped=stopped)
        keep_room(catalogue)
        _print_undone(catalogue, read_cleanup(catalogue, cleanup.id), result, format_)
    raise typer.Exit(130 if result.interrupted else 1 if result.stayed.count else 0)


def _print_undone(catalogue: Catalogue, cleanup: Cleanup, result: UndoResult, format_: PlainFormat) -> None:
    if format_ is PlainFormat.json:
        _print_json(
            describe_cleanup(catalogue, cleanup)
            | {
                "interrupted": result.interrupted,
                "stayed_files": _as_rows(result.stayed),
                "remarks": _as_rows(result.remarks),
            }
        )
        return
    _name("stays in quarantine", result.stayed)
    _name("note", result.remarks)
    typer.echo(
        f"Cleanup {cleanup.id}: {count_noun(result.undone, 'file')} put back"
        + (f", {result.stayed.count:,} could not be." if result.stayed.count else ".")
    )


@cleanup_app.command("recover")
def recover_command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="An archive, or a quarantine in it.")],
    archive: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="The archive, if the quarantine is outside it."),
    ] = None,
    yes: Yes = False,
) -> None:
    """Put back the files in quarantines, from their journals alone.

    Use it if the catalogue was lost, or is older than the cleanup. It shows what it would do, and asks.
    It replaces no file. A file that cannot be put back stays in quarantine and is listed.
    """
    quarantines = find_quarantines(folder, archive)
    stayed = 0
    for quarantine, root in quarantines:
        waiting = recover(quarantine, root, act=False)
        typer.echo(
            f"{quarantine}: {count_noun(waiting.waiting, 'file')} ({size_text(waiting.byte_size)}) of {root}.",
            err=True,
        )
    if not yes:
        _confirm("Put them back?")
    for quarantine, root in quarantines:
        result = recover(quarantine, root, act=True)
        _name("stays in quarantine", result.stayed)
        _name("note", result.remarks)
        typer.echo(f"{quarantine}: {count_noun(result.recovered, 'file')} put back.")
        stayed += result.stayed.count
    raise typer.Exit(1 if stayed else 0)


@cleanup_app.command("history")
def history_command(catalog: Catalog = DEFAULT_CATALOG, format_: FormatOption = PlainFormat.table) -> None:
    """List the cleanups of this catalogue, the latest first."""
    with Catalogue.read(catalog) as catalogue:
        rows = list(history_rows(catalogue))
    if format_ is PlainFormat.json:
        _print_json(rows)
        return
    if not rows:
        typer.echo("No cleanup was planned yet.")
    for row in rows:
        states = [
            f"{row[name]:,} {name}"
            for name in ("planned", "done", "skipped", "undone", "purged")
            if row[name]
        ]
        said = ", ".join(states) or "nothing to do"
        freed = size_text(int(str(row["freed_bytes"])))
        typer.echo(f"{row['cleanup']:>4}  {row['created_at']}  {row['status']:<8}  {said}; {freed}")


@cleanup_app.command("purge")
def purge_command(
    number: Number = None,
    catalog: Catalog = DEFAULT_CATALOG,
    older_than: Annotated[
        float,
        typer.Option(min=0, metavar="DAYS", help="Only if it was applied at least DAYS ago."),
    ] = 30.0,
    yes: Yes = False,
    format_: FormatOption = PlainFormat.table,
) -> None:
    """Delete the files that a cleanup moved into quarantine. This cannot be undone.

    Each file's keeper is read again first; if the keeper is missing or has changed, the file stays.
    """
    use_room(catalog)
    with Catalogue.open(catalog, create=False) as catalogue:
        cleanup = read_cleanup(catalogue, number, "applied")
        files, byte_size = purgeable(catalogue, cleanup, older_than)
        typer.echo(
            f"Cleanup {cleanup.id}, applied {cleanup.applied_at}: {count_noun(files, 'file')}"
            f" ({size_text(byte_size)}) would be removed for good.",
            err=True,
        )
        if not yes:
            _confirm("Remove them? This cannot be undone.")
        with stop_on_signal() as stopped, _progress("Purging", files) as advance:
            result = purge_cleanup(catalogue, cleanup, on_progress=advance, stopped=stopped)
        keep_room(catalogue)
        _print_purged(catalogue, read_cleanup(catalogue, cleanup.id), result, format_)
    raise typer.Exit(130 if result.interrupted else 1 if result.held.count else 0)


def _print_purged(catalogue: Catalogue, cleanup: Cleanup, result: PurgeResult, format_: PlainFormat) -> None:
    if format_ is PlainFormat.json:
        _print_json(
            describe_cleanup(catalogue, cleanup)
            | {"interrupted": result.interrupted, "held_files": _as_rows(result.held)}
        )
        return
    _name("stays in quarantine", result.held)
    typer.echo(f"{count_noun(result.purged, 'file')} removed for good, {size_text(result.byte_size)} freed.")


def _confirm(question: str) -> None:
    """Ask on a terminal; elsewhere do nothing without --yes."""
    if not sys.stdin.isatty():
        typer.echo("Nothing was changed: add --yes to do it.", err=True)
        raise typer.Exit(0)
    if not typer.confirm(question, default=False, err=True):
        typer.echo("Nothing was changed.", err=True)
        raise typer.Exit(0)


def _name(what: str, listed: Listed) -> None:
    for locator, why in listed.files[:_NAMED]:
        typer.echo(f"{what}: {printable(locator)}: {shorten(why, 200)}", err=True)
    if listed.count > _NAMED:
        typer.echo(f"... and {listed.count - _NAMED:,} more: --format json names them.", err=True)


def _as_rows(listed: Listed) -> list[dict[str, str]]:
    return [{"locator": locator, "reason": reason} for locator, reason in listed.files]


def _print_json(value: object) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=done)

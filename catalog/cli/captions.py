"""``cutline captions``: list the captions that a person chose, and write them beside the pictures."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from catalog.cleanup.apply import apply_cleanup
from catalog.cleanup.captions import LeftOut, plan_captions, plan_copies
from catalog.cleanup.ledger import Cleanup, list_actions
from catalog.cli.options import DEFAULT_CATALOG, Catalog
from catalog.errors import UsageError
from catalog.scan.scan import stop_on_signal
from catalog.show.words import count_noun
from catalog.store.catalogue import Catalogue
from media.locator import printable

captions_app = typer.Typer(
    no_args_is_help=True,
    help="List the captions that were chosen, or write them.",
    epilog="Captions are chosen in `cutline browse --review`. No picture of an archive is ever written to.",
)

_SHOWN = 20


class NamingOption(StrEnum):
    """How sidecars are named."""

    adobe = "adobe"
    digikam = "digikam"


@captions_app.command("history")
def history_command(catalog: Catalog = DEFAULT_CATALOG) -> None:
    """List what was chosen, edited and dismissed, the latest first."""
    with Catalogue.read(catalog) as catalogue:
        rows = list(
            catalogue.rows(
                "SELECT h.chosen_at, h.verdict, h.text, h.credit_line, count(q.image_sha256) AS pictures,"
                " h.verdict <> 'dismissed' AND count(q.choice_id) > count(s.choice_id) AS overruled"
                " FROM caption_choices h LEFT JOIN caption_choice_pictures q ON q.choice_id = h.id"
                " LEFT JOIN chosen_captions s ON s.choice_id = h.id AND s.image_sha256 = q.image_sha256"
                " GROUP BY h.id ORDER BY h.chosen_at DESC, h.id"
            )
        )
    if not rows:
        typer.echo(
            "No caption was chosen yet. Run `cutline browse --review`, and open Captions of one picture."
        )
    for row in rows:
        said = printable(row["text"]) if row["text"] else "they may differ"
        credit = f" ({printable(row['credit_line'])})" if row["credit_line"] else ""
        later = "; replaced by a later choice" if row["overruled"] else ""
        of = count_noun(row["pictures"], "picture")
        typer.echo(f"{row['chosen_at'][:16]}  {row['verdict']:9}  {of}: {said}{credit}{later}")


@captions_app.command("write")
def write_command(
    catalog: Catalog = DEFAULT_CATALOG,
    naming: Annotated[
        NamingOption, typer.Option(help="adobe: photo.xmp; digikam: photo.jpg.xmp (darktable, too).")
    ] = NamingOption.digikam,
    embed: Annotated[
        bool,
        typer.Option(
            "--embed", help="Copy the pictures, with their captions inside, into the folder of --to."
        ),
    ] = False,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="FOLDER", help="With --embed: the folder for the copies, outside the archive."
        ),
    ] = None,
    all_files: Annotated[
        bool, typer.Option("--all-files", help="Write for every copy of a picture, not only for the keeper.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
) -> None:
    """Write chosen captions as XMP sidecars beside their pictures.

    With --embed --to FOLDER, pictures are copied there with their captions inside: JPEG and PNG, whose pixels stay
    as they are; other formats are named and left out.
    It shows what it would write, and asks; without a terminal and without --yes, it only shows. No existing file is
    replaced. `cutline cleanup undo` removes what was written.
    """
    if embed != (to is not None):
        raise UsageError("--embed and --to go together: cutline captions write --embed --to FOLDER")
    noun = ("copy", "copies") if embed else ("sidecar", "sidecars")
    with Catalogue.open(catalog, create=False) as catalogue:
        left_out: Sequence[LeftOut] = ()
        if to is not None:
            plan, left_out = plan_copies(catalogue, to, all_files=all_files)
        else:
            plan = plan_captions(
                catalogue, "adobe" if naming is NamingOption.adobe else "digikam", all_files=all_files
            )
        _show_plan(catalogue, plan, noun, left_out)
        if not yes:
            if not sys.stdin.isatty():
                typer.echo(f"Nothing was written. To do it: cutline cleanup apply {plan.id} --yes", err=True)
                return
            typer.confirm("Write them?", abort=True, err=True)
        with stop_on_signal() as stopped:
            result = apply_cleanup(catalogue, plan, stopped=stopped)
    for locator, why in result.skipped.files[:_SHOWN]:
        typer.echo(f"skipped {printable(locator)}: {why}", err=True)
    typer.echo(
        f"{count_noun(result.sidecars, *noun)} written, {result.skipped.count + len(left_out):,} skipped."
    )
    typer.echo(f"`cutline cleanup undo {plan.id}` removes them again.")
    raise typer.Exit(130 if result.interrupted else 1 if result.skipped.count or left_out else 0)


def _show_plan(
    catalogue: Catalogue, plan: Cleanup, noun: tuple[str, str], left_out: Sequence[LeftOut]
) -> None:
    names = [action.locator for action in list_actions(catalogue, plan.id, ["planned"], ["sidecar"])]
    skipped = [f"left out: {printable(each.locator)}: {each.why}" for each in left_out]
    for lines in ([printable(name) for name in names], skipped):
        for line in lines[:_SHOWN]:
            typer.echo(line, err=True)
        if len(lines) > _SHOWN:
            typer.echo(f"... and {len(lines) - _SHOWN:,} more", err=True)
    typer.echo(f"Plan {plan.id} writes {count_noun(len(names), *noun)}.", err=True)

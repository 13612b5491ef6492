"""``cutline merge``."""

from pathlib import Path
from typing import Annotated

import typer

from catalog.cli.merge_progress import MergeProgress
from catalog.cli.options import Verbose
from catalog.merge.merge import merge
from catalog.show.merged import describe_merge, describe_overruled


def merge_command(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="The catalogue to merge into; made where there is none.")
    ],
    shards: Annotated[
        list[Path], typer.Argument(metavar="IN...", help="Catalogues of parts of the archive; only read.")
    ],
    verbose: Verbose = 0,
) -> None:
    """Merge catalogues of parts of an archive, scanned apart, into one.

    OUT is then what one scan of all the parts would have made: what repeats is
    found across them, and what people decided is kept. The order of the INs does
    not matter; to merge one again brings only what is new in it. Of a file that
    several know, what the catalogue says counts that saw it last.
    """
    with MergeProgress() as progress:
        result = merge(out, shards, progress)
    for line in describe_overruled(result):
        typer.echo(line, err=True)
    typer.echo(describe_merge(out, result))
    raise typer.Exit(130 if result.interrupted else 0)

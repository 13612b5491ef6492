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
        Path, typer.Argument(metavar="OUT", help="The catalogue to merge into; made if it does not exist.")
    ],
    shards: Annotated[
        list[Path],
        typer.Argument(metavar="IN", help="Catalogues of parts of the archive. They are only read."),
    ],
    verbose: Verbose = 0,
) -> None:
    """Merge catalogues of parts of an archive into one.

    Each IN holds a scan of one part. OUT becomes what one scan of all the parts would have made: repeats are
    found across the parts, and decisions are kept. The order of the INs does not matter.
    Merging a catalogue again adds only what is new in it. If several catalogues
    hold the same file, the one that scanned it last counts.
    """
    with MergeProgress() as progress:
        result = merge(out, shards, progress)
    for line in describe_overruled(result):
        typer.echo(line, err=True)
    typer.echo(describe_merge(out, result))
    raise typer.Exit(130 if result.interrupted else 0)

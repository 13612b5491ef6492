"""``cutline decide``."""

from enum import StrEnum
from typing import Annotated

import typer

from catalog.cli.options import DEFAULT_CATALOG, Catalog
from catalog.decisions.decide import decide
from catalog.store.catalogue import Catalogue


class Verdict(StrEnum):
    """What a person says of two pictures, or of two captions."""

    same = "same"
    different = "different"


def decide_command(
    verdict: Annotated[Verdict, typer.Argument(metavar="VERDICT", help="same or different.")],
    left: Annotated[
        str,
        typer.Argument(
            metavar="LEFT",
            help="A picture (locator or digest), a caption (its text or id) or an article (address or locator).",
        ),
    ],
    right: Annotated[
        str,
        typer.Argument(
            metavar="RIGHT",
            help="The other one; or furniture: is a picture, or a caption, a page's furniture?",
        ),
    ],
    catalog: Catalog = DEFAULT_CATALOG,
    note: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Your reason, for whoever reads it later.")
    ] = None,
) -> None:
    """Record that two things are the same, or are different.

    `cutline decide same logo.png furniture` says that a picture is a page's furniture, `different` that it is none.

    The decision counts at once, and later scans keep it.
    """
    with Catalogue.open(catalog, create=False) as catalogue:
        decision = decide(catalogue, verdict.value, left, right, note)
    typer.echo(f"{decision.verdict}: {decision.left} | {decision.right}")

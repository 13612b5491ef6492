"""``cutline decide``."""

from enum import StrEnum
from typing import Annotated

import typer

from catalog.cli.options import DEFAULT_CATALOG, Catalog
from catalog.decisions.decide import decide
from catalog.store.catalogue import Catalogue


class Verdict(StrEnum):
    """A person's verdict on two pictures, captions or articles."""

    same = "same"
    different = "different"


def decide_command(
    verdict: Annotated[Verdict, typer.Argument(metavar="VERDICT", help="same or different.")],
    left: Annotated[
        str,
        typer.Argument(
            metavar="LEFT",
            help="A picture (locator or digest), a caption (its text or id), an article (address or locator) or a"
            " credit (its name).",
        ),
    ],
    right: Annotated[
        str,
        typer.Argument(
            metavar="RIGHT",
            help="The other one; or the word furniture or credit, to decide whether LEFT is a page's furniture or a"
            " credit.",
        ),
    ],
    catalog: Catalog = DEFAULT_CATALOG,
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="Your reason, for later readers.")] = None,
) -> None:
    """Record that two things are the same, or are different.

    `cutline decide same logo.png furniture` marks a picture as page furniture (a logo, an icon, an advert);
    `cutline decide different logo.png furniture` marks it as not furniture.

    `cutline decide different "Harbour Times" credit` gives captions back the words
    that were taken for a credit (see `cutline report credits`).

    The decision takes effect at once, and later scans keep it.
    """
    with Catalogue.open(catalog, create=False) as catalogue:
        decision = decide(catalogue, verdict.value, left, right, note)
    typer.echo(f"{decision.verdict}: {decision.left} | {decision.right}")

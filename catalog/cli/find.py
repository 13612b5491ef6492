"""``cutline find``."""

import json
import os
import sys
from typing import Annotated

import typer

from catalog.cli.options import DEFAULT_CATALOG, Catalog, PlainFormat
from catalog.find.find import FoundCaption, FoundPicture, find_image, find_text
from catalog.show.formats import write_cards
from catalog.show.report import Card, Member
from catalog.show.words import count_noun, shorten
from catalog.store.catalogue import Catalogue
from media.archives.stores.address import is_address
from media.locator import printable


def find_command(
    wanted: Annotated[
        str, typer.Argument(metavar="IMAGE-OR-TEXT", help="A picture's file or address, or a caption's text.")
    ],
    catalog: Catalog = DEFAULT_CATALOG,
    format_: Annotated[
        PlainFormat, typer.Option("--format", help="The format of the output.")
    ] = PlainFormat.table,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="Show at most N captions.")] = 20,
) -> None:
    """Is this already in the archive? Looks up a picture, or a caption's text.

    Exit status 1 where nothing like it is found.
    """
    with Catalogue.read(catalog) as catalogue:
        found: list[FoundPicture] | list[FoundCaption]
        found = (
            find_image(catalogue, wanted)
            if is_address(wanted) or os.path.isfile(wanted)
            else find_text(catalogue, wanted, limit)
        )
    if format_ is PlainFormat.json:
        json.dump([each.as_row() for each in found], sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
    elif found:
        write_cards(sys.stdout, [_card(each) for each in found])
    else:
        typer.echo("Nothing like it is in the catalogue.")
    raise typer.Exit(0 if found else 1)


def _card(found: FoundPicture | FoundCaption) -> Card:
    if isinstance(found, FoundCaption):
        heading = "The same caption" if found.similarity == 1 else f"{found.similarity:.0%} alike"
        return Card(
            heading,
            f"“{shorten(found.caption)}”",
            (Member(printable(found.locator), found.headline or found.origin),),
        )
    said = [f"{found.width_px}x{found.height_px}"]
    if found.distance_bits:
        said.append(count_noun(found.distance_bits, "bit") + " apart")
    members = [Member(printable(found.locator), ", ".join(said))]
    members += [Member(printable(page), "shows it") for page in found.pages]
    return Card(found.kind, "\n".join(f"“{shorten(caption)}”" for caption in found.captions), tuple(members))

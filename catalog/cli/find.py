"""``cutline find``."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from catalog.cli.options import (
    DEFAULT_CATALOG,
    Catalog,
    Languages,
    Paths,
    PlainFormat,
    Publishers,
    Replayed,
    Scopes,
    Since,
    Until,
)
from catalog.find.find import FoundCaption, FoundPicture, find_image, find_text
from catalog.show.filters import choose_articles, read_filters
from catalog.show.formats import write_cards
from catalog.show.replay import Replay, read_replay
from catalog.show.report import Card, Member
from catalog.show.usage import usage_lines
from catalog.show.words import place_text, shorten
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
    publisher: Publishers = None,
    language: Languages = None,
    since: Since = None,
    until: Until = None,
    path: Paths = None,
    scope: Scopes = None,
    replay: Replayed = None,
) -> None:
    """Look up a picture, or a caption's text, in the archive.

    The exit status is 1 if nothing similar is found.
    """
    filters = read_filters(publisher, language, since, until, path, scope)
    pattern = read_replay(replay)
    with Catalogue.read(catalog) as catalogue:
        is_picture = is_address(wanted) or os.path.isfile(wanted)
        chosen = choose_articles(catalogue, filters, of_placement=not is_picture)
        found: list[FoundPicture] | list[FoundCaption]
        found = (
            find_image(catalogue, wanted, chosen)
            if is_picture
            else find_text(catalogue, wanted, limit, chosen)
        )
    if format_ is PlainFormat.json:
        json.dump([_row(each, pattern) for each in found], sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
    elif found:
        write_cards(sys.stdout, _cards(found))
    else:
        typer.echo("The catalogue holds nothing similar.")
    raise typer.Exit(0 if found else 1)


def _row(found: FoundPicture | FoundCaption, pattern: Replay | None) -> dict[str, object]:
    more = {} if pattern is None else {"replay": pattern.link(found.url, found.captured_at)}
    return found.as_row() | more


def _cards(found: Sequence[FoundPicture] | Sequence[FoundCaption]) -> list[Card]:
    """Return the results as cards: one for each place of a caption, or one for a picture with all of its copies."""
    cards = []
    pictures: dict[str, list[FoundPicture]] = {}
    for each in found:
        if isinstance(each, FoundCaption):
            cards.append(_caption_card(each))
        else:
            pictures.setdefault(each.picture_id or each.sha256, []).append(each)
    return cards + [_picture_card(forms) for forms in pictures.values()]


def _caption_card(found: FoundCaption) -> Card:
    heading = "The same caption" if found.similarity == 1 else f"{found.similarity:.0%} alike"
    place = place_text(found.as_row())
    return Card(heading, f"“{shorten(found.caption)}”", (Member(place, found.headline or found.origin),))


def _picture_card(forms: Sequence[FoundPicture]) -> Card:
    first = forms[0]
    members = []
    for found in forms:
        said = [f"{found.width_px}x{found.height_px}"]
        if found.kind != first.kind:
            said.append(found.kind)
        members.append(Member(place_text(found.as_row()), ", ".join(said)))
    members += [Member(printable(page), "shows it") for page in first.pages]
    captions = [f"“{shorten(caption)}”" for caption in first.captions]
    lines = usage_lines(asdict(first.usage))[:1] if first.usage else []
    return Card(first.kind, "\n".join([*lines, *captions]), tuple(members))

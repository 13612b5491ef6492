"""The scope of a repeat: captured again, on another form of the page, at another publisher, under another story."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Scope = Literal["recapture", "variant", "syndicated", "other-story"]

SCOPES: Final[tuple[Scope, ...]] = ("other-story", "syndicated", "variant", "recapture")
"""From what an archivist looks for to what any crawl is full of."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a caption."""

    article: int | None
    """None: in a picture's file."""
    story: int | None
    """None: of no story that has more than one article."""
    page: int | None
    address: str | None
    publisher: str | None


def find_scopes(places: Sequence[Place]) -> list[Scope | None]:
    """Return for each place how it relates to the ones before it; None for the first, and within one article.

    :param places: in the order of time, the earliest first.
    """
    articles: dict[int, Scope | None] = {}
    addresses: set[str] = set()
    pages: set[int] = set()
    publishers: dict[tuple[str, int], set[str | None]] = {}
    scopes: list[Scope | None] = []
    for place in places:
        if place.article is None:
            scopes.append(None)
            continue
        if place.article in articles:
            scopes.append(articles[place.article])
            continue
        story = ("story", place.story) if place.story is not None else ("article", place.article)
        scope: Scope | None
        if place.address is not None and place.address in addresses:
            scope = "recapture"
        elif place.page is not None and place.page in pages:
            scope = "variant"
        elif story in publishers:
            scope = "variant" if place.publisher in publishers[story] else "syndicated"
        else:
            scope = "other-story" if publishers else None
        articles[place.article] = scope
        if place.address is not None:
            addresses.add(place.address)
        if place.page is not None:
            pages.add(place.page)
        publishers.setdefault(story, set()).add(place.publisher)
        scopes.append(scope)
    return scopes


def widest(scopes: Iterable[Scope | None]) -> Scope | None:
    """Return the scope of a repeat: the one among its places that says most."""
    found = set(scopes)
    return next((scope for scope in SCOPES if scope in found), None)

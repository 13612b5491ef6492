"""A catalogue, opened for reading."""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from catalog.find.find import FoundCaption, FoundPicture, find_image, find_text
from catalog.show.captions import CAPTIONS
from catalog.show.images import IMAGES
from catalog.store import catalogue as store
from cutline.values import Article, Caption, Conflict, Copy, Group, Picture, Place, Problem, Repeat, Story

_Value = TypeVar("_Value")
_Parameters = Mapping[str, object] | tuple[object, ...]


def open_catalogue(path: str | Path = "catalog.db") -> "Catalogue":
    """Open a catalogue for reading. Use it as a context, or close it.

    :raises CatalogueUnusable: there is no catalogue, or this version cannot read it.
    """
    return Catalogue(path)


class Catalogue:
    """The catalogue of an archive.

    What gives several values gives them one after the other: memory holds one. What is missing from the archive by now
    is not among them.
    """

    def __init__(self, path: str | Path) -> None:
        self._stack = ExitStack()
        self._store = self._stack.enter_context(store.Catalogue.read(path))
        self.path = Path(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; closing it twice does no harm."""
        self._stack.close()

    def articles(self) -> Iterator[Article]:
        """Yield every article, by its locator."""
        yield from self._values(
            Article,
            "SELECT a.id, r.locator, a.url, a.headline, a.byline, a.dateline, a.published_at, r.captured_at,"
            " a.language, a.words, a.body FROM articles a JOIN records r ON r.id = a.record_id"
            " WHERE r.missing_since IS NULL ORDER BY r.locator, a.id",
        )

    def captions(self) -> Iterator[Caption]:
        """Yield every caption that readers of pages see, once for each place."""
        yield from self._values(
            Caption,
            "SELECT caption AS text, credit_line, date, place, locator, url, headline, position, image_src,"
            " image_sha256, image_locator, origin, confidence FROM page_captions"
            " ORDER BY locator, article_id, position, placement_id",
        )

    def pictures(self) -> Iterator[Picture]:
        """Yield every picture once, however many files hold it."""
        yield from self._values(
            Picture,
            "SELECT i.sha256, i.format, i.width_px, i.height_px, i.frames, count(*) AS files,"
            " min(r.locator) AS locator, r.byte_size, i.headline, i.caption, i.byline, i.credit_line, i.created_at,"
            " i.city, i.country FROM images i JOIN records r ON r.sha256 = i.sha256 AND r.missing_since IS NULL"
            " GROUP BY i.sha256 ORDER BY min(r.locator)",
        )

    def repeats(self) -> Iterator[Repeat]:
        """Yield the captions that repeat, in the order of `cutline report captions`."""
        for number, rows in self._groups(CAPTIONS.sql, "repeat_id"):
            yield Repeat(number, rows[0]["kind"], rows[0]["repeat_scope"], tuple(map(_place, rows)))

    def conflicts(self) -> Iterator[Conflict]:
        """Yield the pictures whose captions disagree."""
        sql = (
            "SELECT * FROM caption_conflicts ORDER BY group_id, difference IS NOT NULL, locator, placement_id"
        )
        for number, rows in self._groups(sql, "group_id"):
            yield Conflict(number, rows[0]["grade"], tuple(map(_place, rows)))

    def groups(self) -> Iterator[Group]:
        """Yield the groups of pictures that show the same, in the order of `cutline report images`."""
        names = tuple(Copy.__dataclass_fields__)
        for number, rows in self._groups(IMAGES.sql, "group_id"):
            copies = (
                Copy(**{name: row[name] for name in names} | {"keeper": bool(row["keeper"])}) for row in rows
            )
            yield Group(number, rows[0]["kind"], tuple(copies))

    def stories(self) -> Iterator[Story]:
        """Yield the stories that several articles tell."""
        sql = "SELECT * FROM article_stories ORDER BY story_id, kind <> 'original', captured_at, locator, article_id"
        for number, rows in self._groups(sql, "story_id"):
            yield Story(number, rows[0]["headline"], tuple((row["kind"], row["locator"]) for row in rows))

    def problems(self) -> Iterator[Problem]:
        """Yield the problems: records that could not be read as they should."""
        yield from self._values(
            Problem, "SELECT locator, stage, reason, remedy, count FROM problems ORDER BY locator, id"
        )

    def find_picture(self, path: str | Path) -> list[FoundPicture]:
        """Find pictures of the archive similar to the one at a path or an address, the most similar first.

        :raises UsageError: it cannot be read as a picture.
        """
        return find_image(self._store, path)

    def find_caption(self, text: str, limit: int = 20) -> list[FoundCaption]:
        """Find captions of the archive similar to a text, the most similar first."""
        return find_text(self._store, text, limit)

    def rows(self, sql: str, parameters: _Parameters = ()) -> Iterator[dict[str, Any]]:
        """Yield the rows of an SQL query on the tables and views (docs/schema.md), each as a dictionary."""
        for row in self._store.rows(sql, parameters):
            yield dict(row)

    def _values(self, value: type[_Value], sql: str) -> Iterator[_Value]:
        for row in self.rows(sql):
            yield value(**row)

    def _groups(self, sql: str, by: str) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        for number, rows in itertools.groupby(self.rows(sql), lambda row: row[by]):
            yield number, list(rows)


def _place(row: Mapping[str, Any]) -> Place:
    return Place(
        row["caption"],
        row["credit_line"],
        row["locator"],
        row["url"],
        row["headline"],
        row.get("position"),
        row["origin"],
        row["image_sha256"],
        row["difference"],
    )

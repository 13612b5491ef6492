"""Corrections: captions that a page changed between two captures, compared word by word."""

import sqlite3
from dataclasses import dataclass

from catalog.browse.page import Visit
from catalog.browse.reply import Reply
from catalog.browse.words import CORRECTION_GRADES
from catalog.findings import kinds
from catalog.store.counting import count_corrections
from media.captions.word_difference import Part, mark_differences

_PAGE = 24


@dataclass(frozen=True, slots=True)
class Correction:
    """A caption before and after, and where."""

    grade: str
    url: str | None
    publisher: str | None
    headline: str | None
    before: str
    before_credit_line: str | None
    caption: str
    credit_line: str | None
    before_captured_at: str
    captured_at: str
    difference: str
    image_sha256: str | None
    page_id: int
    before_article_id: int
    article_id: int
    parts: tuple[Part, ...] = ()
    """The later text, with words that differ from the earlier one marked."""


_COLUMNS = (
    "grade, url, publisher, headline, before, before_credit_line, caption, credit_line, before_captured_at"
    ", captured_at, difference, image_sha256, page_id, before_article_id, article_id"
)


Place = tuple[int, int]
"""The place at which a list continues: the placements before and after the last correction shown."""


def load_corrections_of(
    connection: sqlite3.Connection, condition: str, number: int, limit: int
) -> list[Correction]:
    """Load corrections of a story or a page, facts first, then the earliest."""
    order = f"{kinds.CORRECTION_GRADES.order_sql('grade')}, captured_at, url, placement_id"
    return [found for found, _ in _select(connection, f"{condition} ORDER BY {order} LIMIT ?", number, limit)]


def load_corrections(
    connection: sqlite3.Connection, grade: str | None, after: Place | None
) -> tuple[list[Correction], Place | None]:
    """Return a page of corrections, facts first, then the earliest, and where the next page starts."""
    start = connection.execute(
        "SELECT grade, captured_at, after_id, before_id FROM caption_changes WHERE before_id = ? AND after_id = ?",
        after or (0, 0),
    ).fetchone()
    grades = [grade] if grade else list(CORRECTION_GRADES)
    found: list[tuple[Correction, Place]] = []
    for each in grades[grades.index(start[0]) if start and start[0] in grades else 0 :]:
        place = tuple(start)[1:] if start and start[0] == each else ("", 0, 0)
        found += _select(
            connection,
            "grade = ? AND (captured_at, placement_id, before_placement_id) > (?, ?, ?)"
            " ORDER BY captured_at, placement_id, before_placement_id LIMIT ?",
            each,
            *place,
            _PAGE + 1 - len(found),
        )
    return [each for each, _ in found[:_PAGE]], found[_PAGE - 1][1] if len(found) > _PAGE else None


def _select(
    connection: sqlite3.Connection, condition: str, *parameters: object
) -> list[tuple[Correction, Place]]:
    rows = connection.execute(
        f"SELECT {_COLUMNS}, before_placement_id, placement_id FROM caption_corrections WHERE {condition}",
        parameters,
    )
    names = _COLUMNS.split(", ")
    return [
        (
            Correction(**dict(zip(names, row[:-2], strict=True)), parts=mark_differences(row[4], row[6])),
            (row[-2], row[-1]),
        )
        for row in (tuple(each) for each in rows)
    ]


async def show_corrections(visit: Visit) -> Reply:
    """Answer with the list of corrections."""
    grade = visit.choice("grade", CORRECTION_GRADES)
    after = visit.numbers("after", 2)
    corrections, more = await visit.load(
        lambda connection: load_corrections(connection, grade, (after[0], after[1]) if after else None)
    )
    return await visit.page(
        "corrections.html",
        title="Captions that were changed",
        here="conflicts",
        kinds=CORRECTION_GRADES,
        counts=await visit.load(count_corrections),
        kind=grade,
        after=after,
        corrections=corrections,
        more=more,
    )

"""Corrections: captions that a page changed between two captures, compared word by word."""

import sqlite3
from dataclasses import dataclass

from catalog.browse.page import Visit
from catalog.browse.reply import Reply
from catalog.browse.words import CORRECTION_GRADES
from catalog.findings import kinds
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


def load_corrections(
    connection: sqlite3.Connection, condition: str, parameters: tuple[object, ...], limit: int, start: int = 0
) -> list[Correction]:
    """Load corrections under a condition, facts first, then the earliest."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM caption_corrections WHERE {condition}"
        f" ORDER BY {kinds.CORRECTION_GRADES.order_sql('grade')}, captured_at, url, placement_id LIMIT ? OFFSET ?",
        (*parameters, limit, start),
    )
    names = _COLUMNS.split(", ")
    return [
        Correction(**dict(zip(names, row, strict=True)), parts=mark_differences(row[4], row[6]))
        for row in (tuple(each) for each in rows)
    ]


def count_grades(connection: sqlite3.Connection) -> dict[str, int]:
    """Count the corrections of each grade."""
    rows = connection.execute("SELECT grade, count(*) FROM caption_corrections GROUP BY grade")
    return dict(rows.fetchall())


async def show_corrections(visit: Visit) -> Reply:
    """Answer with the list of corrections."""
    grade = visit.choice("grade", CORRECTION_GRADES)
    page = (visit.numbers("page", 1) or (0,))[0]
    condition = "grade = ?" if grade else "1"
    parameters = (grade,) if grade else ()
    found = await visit.load(
        lambda connection: load_corrections(connection, condition, parameters, _PAGE + 1, page * _PAGE)
    )
    return await visit.page(
        "corrections.html",
        title="Captions that were changed",
        here="conflicts",
        kinds=CORRECTION_GRADES,
        counts=await visit.remember("corrections", count_grades),
        kind=grade,
        page=page,
        corrections=found[:_PAGE],
        more=len(found) > _PAGE,
    )

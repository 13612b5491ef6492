"""Repeated captions: one card a repeat."""

from collections.abc import Sequence

from catalog.reports.report import Card, Member, Report, Row
from catalog.reports.words import count_noun, shorten
from media.locator import printable

_HEADINGS = {
    "doubled": "Doubled on its page",
    "reused": "Reused on other pages",
    "edited": "Edited: the same fact in other words",
    "extended": "Extended: one holds the other",
    "echoed": "Echoed by the article's own text",
    "changed-fact": "Changed fact: review, never merged",
}


def _card(rows: Sequence[Row]) -> Card:
    first = rows[0]
    texts = {str(row["caption"]) for row in rows}
    pages = len({row["locator"] for row in rows})
    heading = f"{_HEADINGS[str(first['kind'])]} · {count_noun(len(rows), 'place')}" + (
        f" in {count_noun(pages, 'page')}" if pages else ""
    )
    members = tuple(
        Member(f"{printable(str(row['locator']))}:{row['position']}", _what(row, alone=len(texts) == 1))
        for row in rows
    )
    return Card(heading, f"“{shorten(str(first['caption']))}”", members)


def _what(row: Row, *, alone: bool) -> str:
    difference = shorten(str(row["difference"] or ""), 160)
    return difference or (str(row["origin"]) if alone else f"“{shorten(str(row['caption']), 160)}”")


CAPTIONS = Report(
    name="captions",
    title="Repeated captions",
    none="No caption repeats.",
    sql="SELECT * FROM repeated_captions"
    " ORDER BY instr('doubled reused edited extended echoed changed-fact', kind), size DESC, repeat_id,"
    " locator, position, placement_id",
    count="SELECT count(DISTINCT repeat_id) FROM repeated_captions",
    card=_card,
    group_by="repeat_id",
)

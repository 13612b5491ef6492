"""Repeated captions: one card a repeat."""

from collections.abc import Sequence

from catalog.show.conflicts import caption_members
from catalog.show.report import Card, Member, Report, Row
from catalog.show.words import count_noun, shorten
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
    pages = len({row["locator"] for row in rows})
    heading = f"{_HEADINGS[str(first['kind'])]} · {count_noun(len(rows), 'place')}" + (
        f" in {count_noun(pages, 'page')}" if pages else ""
    )
    if first["kind"] in ("doubled", "reused", "echoed"):
        return Card(heading, f"“{shorten(str(first['caption']))}”", tuple(map(_place, rows)))
    return Card(heading, "", caption_members(rows))


def _place(row: Row) -> Member:
    difference = shorten(str(row["difference"] or ""), 200)
    return Member(f"{printable(str(row['locator']))}:{row['position']}", difference or str(row["origin"]))


CAPTIONS = Report(
    name="captions",
    title="Repeated captions",
    none="No caption repeats.",
    rows="SELECT * FROM repeated_captions",
    order="instr('doubled reused edited extended echoed changed-fact', kind), size DESC, repeat_id,"
    " difference IS NOT NULL, locator, position, placement_id",
    card=_card,
    group_by="repeat_id",
)

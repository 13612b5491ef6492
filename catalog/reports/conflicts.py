"""Conflicts: one picture, captions that do not say the same."""

from collections.abc import Sequence

from catalog.reports.report import Card, Member, Report, Row
from catalog.reports.words import count_noun, shorten
from media.locator import printable

_HEADINGS = {
    "fact": "The captions disagree on a fact",
    "detail": "One caption says more",
    "wording": "Other wording",
    "credit": "Other credit only",
}


def _card(rows: Sequence[Row]) -> Card:
    heading = f"{_HEADINGS[str(rows[0]['grade'])]} · {count_noun(len(rows), 'caption')} of one picture"
    members = tuple(
        Member(
            printable(str(row["locator"])),
            f"“{shorten(str(row['caption']))}”"
            + (f" ({shorten(str(row['difference']), 160)})" if row["difference"] else ""),
        )
        for row in rows
    )
    return Card(heading, "", members)


CONFLICTS = Report(
    name="conflicts",
    title="Conflicting captions",
    none="No picture has captions that disagree.",
    sql="SELECT * FROM caption_conflicts"
    " ORDER BY instr('fact detail wording credit', grade), size DESC, group_id, locator, placement_id",
    count="SELECT count(DISTINCT group_id) FROM caption_conflicts",
    card=_card,
    group_by="group_id",
)

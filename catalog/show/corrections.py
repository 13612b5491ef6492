"""Corrections: captions that a page changed between two captures."""

from collections.abc import Sequence

from catalog.findings.kinds import CORRECTION_GRADES
from catalog.show.report import Card, Member, Report, Row
from catalog.show.words import shorten
from media.locator import printable


def _card(rows: Sequence[Row]) -> Card:
    row = rows[0]
    first, last = (str(row[name])[:10] for name in ("before_captured_at", "captured_at"))
    heading = f"{CORRECTION_GRADES.headings[str(row['grade'])]} · between {first} and {last}"
    members = (
        Member(_said(row["before"], row["before_credit_line"]), f"until {first}", is_text=True),
        Member(
            _said(row["caption"], row["credit_line"]), f"{row['difference']}\nfrom {last} on", is_text=True
        ),
    )
    headline = f" ({shorten(str(row['headline']), 100)})" if row["headline"] else ""
    return Card(heading, f"{printable(str(row['url']))}{headline}", members)


def _said(caption: object, credit_line: object) -> str:
    return f"“{shorten(str(caption))}”" + (f" [{shorten(str(credit_line), 80)}]" if credit_line else "")


CORRECTIONS = Report(
    name="corrections",
    title="Captions that were changed",
    none="No page changed a caption between two captures.",
    rows="SELECT * FROM caption_corrections",
    order=f"{CORRECTION_GRADES.order_sql('grade')}, captured_at, url, placement_id",
    card=_card,
    kind_column="grade",
    kinds=CORRECTION_GRADES.names,
)

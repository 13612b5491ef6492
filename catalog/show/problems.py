"""Problems: what could not be read, why, and what to do about it.

Files in formats that are not read, and files in which nothing was found, are grouped by type and folder.
"""

from collections.abc import Sequence

from catalog.show.report import Card, Member, Report, Row
from catalog.show.words import place_text, shorten
from media.locator import printable


def _card(rows: Sequence[Row]) -> Card:
    row = rows[0]
    place = place_text(row)
    if row["count"] is not None:
        source = printable(str(row["source"])).removeprefix("file://").rstrip("/")
        place = f"{source}/" if place == "./" else place
    return Card(
        place,
        "",
        (Member(f"{row['stage']}: {shorten(str(row['reason']))}", shorten(str(row["remedy"]))),),
    )


PROBLEMS = Report(
    name="problems",
    title="Problems",
    none="Everything could be read.",
    rows="SELECT * FROM named_problems",
    order="source, locator, problem_id",
    card=_card,
    kind_column="stage",
    kinds=("list", "read", "decode", "parse", "match", "unread", "empty"),
    since="f.scan_id",
    hidden=("source_id", "problem_id"),
)

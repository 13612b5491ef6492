"""Page furniture: logos, icons, portraits of authors, adverts, and captions that do not describe a picture."""

import json
from collections.abc import Sequence

from catalog.findings.kinds import FURNITURE_KINDS
from catalog.show.report import Card, Member, Report, Row
from catalog.show.words import count_noun, shorten, size_text, span_text
from media.locator import printable

_SAID = {
    "words": "called {}",
    "host": "from {}",
    "publishers": "at {} publishers",
    "pages": "on {} pages of a site",
    "standard size": "of a standard size of adverts",
    "strip": "a strip",
    "stories": "in {} stories",
    "pictures": "under {} pictures",
    "decided": "decided",
}


def _card(rows: Sequence[Row]) -> Card:
    row = rows[0]
    files = int(str(row["files"]))
    when = span_text(row["first_captured_at"], row["last_captured_at"])
    if row["kind"] == "caption":
        place = Member(printable(str(row["url"] or row["locator"])), evidence_text(row))
        return Card(
            f"{FURNITURE_KINDS.headings['caption']} · {count_noun(files, 'place')}{when}",
            f"“{shorten(str(row['caption']))}”",
            (place,),
        )
    said = f"{row['width_px']}x{row['height_px']}, {size_text(int(str(row['bytes'] or 0)))} in all"
    more = evidence_text(row)
    place = Member(printable(str(row["url"] or row["locator"])), f"{said}, {more}" if more else said)
    return Card(
        f"{FURNITURE_KINDS.headings[str(row['kind'])]} · {count_noun(files, 'file')}{when}", "", (place,)
    )


def evidence_text(row: Row) -> str:
    """Return the evidence that a picture or caption is furniture."""
    evidence = json.loads(str(row["evidence"]))
    return ", ".join(
        _SAID[name].format(" ".join(value) if isinstance(value, list) else value)
        for name, value in evidence.items()
        if name in _SAID
    )


FURNITURE = Report(
    name="furniture",
    title="Page furniture",
    none="No page furniture was found.",
    rows="SELECT * FROM page_furniture",
    order=f"{FURNITURE_KINDS.order_sql('kind')}, files DESC, url, locator, picture_id",
    card=_card,
    kinds=FURNITURE_KINDS.names,
)

"""Duplicate pictures: one card a group, the copy to keep first."""

from collections.abc import Sequence

from catalog.show.report import Card, Member, Report, Row
from catalog.show.words import count_noun, size_text
from catalog.store.counting import IMAGE_KINDS
from media.locator import printable

_HEADINGS = {
    "same-bytes": "Same bytes",
    "same-pixels": "Same pixels, other metadata",
    "near": "Near-duplicates",
    "part": "Part of one another",
}


def _card(rows: Sequence[Row]) -> Card:
    members = []
    for row in rows:
        said = [f"{row['width_px']}x{row['height_px']}", size_text(int(str(row["byte_size"] or 0)))]
        if row["distance_bits"]:
            said.append(count_noun(int(str(row["distance_bits"])), "bit") + " apart")
        said.append(str(row["reason"]))
        members.append(Member(printable(str(row["locator"])), ", ".join(said), marked=bool(row["keeper"])))
    return Card(f"{_HEADINGS[str(rows[0]['kind'])]} · {count_noun(len(rows), 'picture')}", "", tuple(members))


IMAGES = Report(
    name="images",
    title="Duplicate pictures",
    none="No picture repeats.",
    rows="SELECT * FROM duplicate_images",
    order="instr('same-bytes same-pixels near part', kind), size DESC, group_id, keeper DESC, locator",
    card=_card,
    group_by="group_id",
    kinds=IMAGE_KINDS,
    size_column="byte_size",
)

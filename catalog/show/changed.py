"""Copies of one photograph that differ in one area: something was removed, added, copied or replaced."""

import json
from collections.abc import Sequence

from catalog.show.report import Card, Member, Report, Row
from catalog.show.words import place_text, size_text
from media.matching.pictures.changes import Box, Changes


def _card(rows: Sequence[Row]) -> Card:
    share = float(str(rows[0]["share"]))
    members = []
    for row in rows:
        boxes: tuple[Box, ...] = tuple(tuple(box) for box in json.loads(str(row["changed_boxes"])))
        said = [
            f"{row['width_px']}x{row['height_px']}",
            size_text(int(str(row["byte_size"] or 0))),
            Changes(boxes, boxes, share).words(),
        ]
        members.append(Member(place_text(row), ", ".join(said)))
    copies = "one scene" if rows[0]["kind"] == "related" else "copies of one photograph"
    return Card(f"Changed in {max(1, round(100 * share))} % · {copies}", "", tuple(members))


CHANGED = Report(
    name="images",
    title="Changed pictures",
    none="No picture was changed from one copy to another.",
    rows="SELECT * FROM changed_images",
    order="share DESC, pair, side, locator",
    card=_card,
    group_by="pair",
    kinds=("near", "part", "related"),
    size_column="byte_size",
)

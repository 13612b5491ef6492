"""Orphans: captions without a picture, pictures without a caption, pictures without a file."""

from collections.abc import Sequence

from catalog.findings.kinds import ORPHAN_KINDS
from catalog.show.images import FURNITURE_FOLDED
from catalog.show.report import Card, Member, Report, Row
from catalog.show.words import place_text, shorten


def _card(rows: Sequence[Row]) -> Card:
    row = rows[0]
    caption = f"“{shorten(str(row['caption']), 200)}”" if row["caption"] else ""
    member = Member(place_text(row), shorten(str(row["image_src"] or ""), 200))
    return Card(ORPHAN_KINDS.headings[str(row["orphan"])], caption, (member,))


_SQL = """
SELECT 'caption' AS orphan, locator, min(position) AS position, caption, credit_line, image_src, NULL AS sha256,
    source_id, NULL AS byte_size, url, captured_at, publisher, headline, NULL AS fold
FROM orphan_captions GROUP BY article_id, caption, image_src
UNION ALL
SELECT 'missing', locator, position, NULL, NULL, image_src, NULL, source_id, NULL, url, captured_at, publisher,
    headline, NULL
FROM missing_images m
WHERE NOT EXISTS (
    SELECT 1 FROM orphan_captions o WHERE o.article_id = m.article_id AND o.image_src = m.image_src)
UNION ALL
SELECT 'uncaptioned', locator, NULL, NULL, NULL, NULL, sha256, source_id, byte_size, url, captured_at,
    publisher, headline, iif(furniture IS NULL, NULL, 'furniture')
FROM uncaptioned_images
"""

ORPHANS = Report(
    name="orphans",
    title="Captions without their picture, pictures without a caption",
    none="Every caption has its picture, and every picture a caption.",
    rows=_SQL,
    order="orphan, locator, position",
    card=_card,
    kind_column="orphan",
    kinds=ORPHAN_KINDS.names,
    size_column="byte_size",
    hidden=("source_id", "byte_size", "fold"),
    fold_column="fold",
    folded={"furniture": FURNITURE_FOLDED},
)

"""A report: who wrote how many articles, those with the most first."""

from collections.abc import Sequence

from catalog.show.report import Card, Member, Report, Row
from catalog.show.words import count_noun


def _card(rows: Sequence[Row]) -> Card:
    row = rows[0]
    count = count_noun(int(str(row["articles"])), "article")
    return Card(f"{row['byline']} · {count}", "", (Member(f"from {row['first']} on"),))


BYLINES = Report(
    name="bylines",
    title="Bylines",
    none="No article has a byline.",
    rows="SELECT byline, count(*) AS articles, min(published_at) AS first, min(r.source_id) AS source_id,"
    " min(r.locator) AS locator FROM articles a JOIN records r ON r.id = a.record_id"
    " WHERE byline <> '' AND r.missing_since IS NULL GROUP BY byline",
    order="articles DESC, byline",
    card=_card,
)

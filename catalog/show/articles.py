"""Stories: one card a story, its original first, its captures folded."""

from collections import Counter
from collections.abc import Sequence

from catalog.findings.kinds import STORY_KINDS
from catalog.show.report import Card, Member, Report, Row
from catalog.show.words import count_noun, place_text, shorten


def _card(rows: Sequence[Row]) -> Card:
    first = rows[0]
    counts = Counter(str(row["kind"]) for row in rows)
    said = [
        count_noun(counts[kind], noun, plural)
        for kind, noun, plural in (
            ("capture", "capture", None),
            ("version", "version", None),
            ("copy", "copy elsewhere", "copies elsewhere"),
        )
        if counts[kind]
    ]
    members = [_member(row) for row in rows if row["kind"] != "capture"]
    if counts["capture"]:
        days = sorted(str(row["captured_at"])[:10] for row in rows if row["captured_at"])
        when = f", from {days[0]} to {days[-1]}" if days and days[0] != days[-1] else ""
        members.append(Member(f"and {count_noun(counts['capture'], 'later capture')}{when}", is_text=True))
    headline = shorten(str(first["headline"])) if first["headline"] else ""
    return Card(f"Story · {', '.join(said)}", f"“{headline}”" if headline else "", tuple(members))


def _member(row: Row) -> Member:
    said = STORY_KINDS.headings[str(row["kind"])]
    if row["kind"] != "original":
        said += f", {float(str(row['similarity'])):.0%} of the shorter text in both"
    return Member(place_text(row), said)


ARTICLES = Report(
    name="articles",
    title="Articles that are one story",
    none="No two articles are one story.",
    rows="SELECT * FROM article_stories",
    order="publishers DESC, pages DESC, articles DESC, story_id,"
    f" {STORY_KINDS.order_sql('kind')}, captured_at, published_at, locator, article_id",
    card=_card,
    group_by="story_id",
    kinds=STORY_KINDS.names,
)

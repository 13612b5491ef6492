"""Credits learned from the archive: names that no list has, with the evidence and the captions that end in them."""

import json
from collections.abc import Sequence

from catalog.findings.kinds import CREDIT_KINDS
from catalog.show.report import Card, Member, Report, Row
from catalog.show.words import count_noun, places_text, shorten

_SIGNS = {"element": "in an element of its own", "label": "after a label or ©", "brackets": "in brackets"}
_MOST_CAPTIONS = 5


def _card(rows: Sequence[Row]) -> Card:
    row = rows[0]
    heading = (
        f"{CREDIT_KINDS.headings[str(row['state'])]} · {count_noun(int(str(row['captions'])), 'caption')}"
    )
    captions = tuple(
        Member(f"“{shorten(str(each['caption_before']))}”", places_text([each]), is_text=True)
        for each in rows[:_MOST_CAPTIONS]
        if each["caption_before"] is not None
    )
    more = int(str(row["captions"])) - len(captions)
    rest = (Member(f"{count_noun(more, 'more caption')}", is_text=True),) if captions and more > 0 else ()
    return Card(heading, f"“{row['name']}”", (Member(evidence_text(row), is_text=True), *captions, *rest))


def evidence_text(row: Row) -> str:
    """Return why a name is a credit: where it credits pictures with a sign."""
    said = json.loads(str(row["evidence"]))
    parts = [f"{_SIGNS[sign]} {count}" for sign, count in said["signs"].items()]
    if said["pictures"]:
        parts.append(f"in the fields of {count_noun(said['pictures'], 'picture')}")
    if not parts:
        return "never with a sign of a credit"
    places = [count_noun(said["pages"], "page")]
    if said["publishers"]:
        places.append(f"{', '.join(said['publishers'][:3])}")
    within = f"; within captions {said['within_captions']}"
    named = f", named by {said['named_by_articles']} of {count_noun(said['articles_looked_at'], 'article')}"
    return f"{', '.join(parts)} ({'; '.join(places)}){within}{named if said['articles_looked_at'] else ''}"


CREDITS = Report(
    name="credits",
    title="Credits learned from the archive",
    none="No credit was learned from the archive.",
    rows="SELECT * FROM learned_credit_captions",
    order=f"{CREDIT_KINDS.order_sql('state')}, captions DESC, key, locator, position, placement_id",
    card=_card,
    group_by="key",
    kind_column="state",
    kinds=CREDIT_KINDS.names,
)

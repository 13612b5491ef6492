"""Conflicts: captions of one picture that disagree."""

from collections.abc import Sequence

from catalog.findings.kinds import CONFLICT_GRADES
from catalog.show.report import Card, Member, Report, Row
from catalog.show.words import count_noun, places_text, shorten
from media.locator import printable


def _card(rows: Sequence[Row]) -> Card:
    if rows[0]["grade"] == "picture":
        return _pictures_card(rows)
    heading = f"{CONFLICT_GRADES.headings[str(rows[0]['grade'])]} · {count_noun(len(rows), 'caption')} of one picture"
    return Card(heading, "", caption_members(rows))


def _pictures_card(rows: Sequence[Row]) -> Card:
    """Return the card of one caption: the pictures it is shown with, each with its places."""
    pictures: dict[str, list[Row]] = {}
    for row in rows:
        pictures.setdefault(str(row["picture_id"]), []).append(row)
    members = tuple(
        Member(printable(str(found[0]["image_url"] or found[0]["image_locator"])), places_text(found))
        for found in pictures.values()
    )
    return Card(
        f"{CONFLICT_GRADES.headings['picture']} · {count_noun(len(pictures), 'picture')}",
        f"“{shorten(str(rows[0]['caption']))}”",
        members,
    )


def caption_members(rows: Sequence[Row]) -> tuple[Member, ...]:
    """Return the different captions among the rows, each once, with its places and what differs."""
    places: dict[tuple[str, str], list[Row]] = {}
    differences: dict[tuple[str, str], str] = {}
    for row in rows:
        said = (str(row["caption"]), str(row["credit_line"] or ""))
        places.setdefault(said, []).append(row)
        differences.setdefault(said, shorten(str(row["difference"] or ""), 200))
    return tuple(
        Member(
            f"“{shorten(caption)}”" + (f" [{shorten(credit, 80)}]" if credit else ""),
            "\n".join(line for line in (places_text(found), differences[caption, credit]) if line),
            is_text=True,
        )
        for (caption, credit), found in places.items()
    )


CONFLICTS = Report(
    name="conflicts",
    title="Conflicting captions",
    none="No picture has captions that disagree.",
    rows="SELECT v.*, (SELECT min(i.locator) FROM records i WHERE i.sha256 = v.image_sha256"
    " AND i.missing_since IS NULL) AS image_locator, (SELECT min(i.target_uri) FROM records i"
    " WHERE i.sha256 = v.image_sha256 AND i.missing_since IS NULL) AS image_url FROM caption_conflicts v",
    order=f"{CONFLICT_GRADES.order_sql('grade')}, size DESC, group_id,"
    " difference IS NOT NULL, locator, placement_id",
    card=_card,
    group_by="group_id",
    kinds=CONFLICT_GRADES.names,
    kind_column="grade",
)

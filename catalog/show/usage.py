"""Where pictures were shown: when, on which page, under which caption."""

from collections.abc import Mapping, Sequence
from typing import cast

from catalog.show.report import Card, Member, Report, Row
from catalog.show.words import count_noun, place_text, shorten, span_text
from media.locator import printable

_CAPTIONS = 5


def usage_lines(usage: Mapping[str, object]) -> list[str]:
    """Return lines on the pages that showed a picture, the first and last date, and its captions; none if no page did.

    :param usage: the fields of :class:`catalog.store.usage.Usage`, by name.
    """
    pages, stories = int(str(usage["pages"])), int(str(usage["stories"]))
    if not pages:
        return []
    where = count_noun(pages, "page")
    if stories != pages:
        where += f" of {count_noun(stories, 'story', 'stories')}"
    lines = [f"Shown on {where}{span_text(usage['first_shown_at'], usage['last_shown_at'])}"]
    captions = cast("Sequence[Mapping[str, object]]", usage["captions"])
    lines += [_caption_line(use) for use in captions[:_CAPTIONS]]
    if len(captions) > _CAPTIONS:
        lines.append(f"and under {count_noun(len(captions) - _CAPTIONS, 'more caption')}")
    return lines


def _caption_line(use: Mapping[str, object]) -> str:
    credit = f" [{shorten(str(use['credit_line']), 80)}]" if use["credit_line"] else ""
    said = f"“{shorten(str(use['caption']), 200)}”" if use["caption"] else "Without a caption"
    return f"{said}{credit}{span_text(use['first_shown_at'], use['last_shown_at'])}"


def _card(rows: Sequence[Row]) -> Card:
    pages = len({row["url"] or row["locator"] for row in rows})
    members = [_showing(row) for row in rows[:_PLACES]]
    if len(rows) > _PLACES:
        members.append(Member(f"and {count_noun(len(rows) - _PLACES, 'more time')}", is_text=True))
    return Card(
        f"{printable(str(rows[0]['image_locator']))} · on {count_noun(pages, 'page')}", "", tuple(members)
    )


def _showing(row: Row) -> Member:
    day = f"{str(row['shown_at'])[:10]}, " if row["shown_at"] and not row["captured_at"] else ""
    return Member(
        place_text(row), day + _caption_line({**row, "first_shown_at": None, "last_shown_at": None})
    )


_PLACES = 40

USAGE = Report(
    name="usage",
    title="Where pictures were shown",
    none="No page shows a picture that the archive holds.",
    rows="SELECT u.picture_id, f.locator AS image_locator, u.image_sha256, u.shown_at, u.url, u.locator, u.headline,"
    " u.publisher, u.caption, u.credit_line, u.captured_at, u.published_at, u.language, u.position, u.origin,"
    " u.placement_id, u.article_id, u.source_id FROM picture_uses u"
    " JOIN (SELECT sha256, min(locator) AS locator FROM records"
    "  WHERE missing_since IS NULL AND sha256 IS NOT NULL GROUP BY sha256) f ON f.sha256 = u.picture_id"
    " WHERE u.picture_id NOT IN (SELECT image_sha256 FROM furniture)",
    order="image_locator, picture_id, shown_at, locator, position",
    card=_card,
    group_by="picture_id",
    kind_column="origin",
)
"""Logos and other page furniture are left out: every page shows them."""

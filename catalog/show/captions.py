"""Repeated captions: one card a repeat."""

from collections import Counter
from collections.abc import Sequence

from catalog.findings.kinds import CAPTION_KINDS
from catalog.show.conflicts import caption_members
from catalog.show.report import Card, Member, Report, Row
from catalog.show.words import count_noun, place_text, shorten

_SCOPED = {
    "other-story": "Reused under another story",
    "syndicated": "The same story at another publisher",
    "variant": "Another form of the same page",
    "recapture": "The same page captured again",
}
"""Headings of ``reused`` repeats, by their scope."""

_FOLDED = {
    "syndicated": "{:,} at other publishers of the same story",
    "variant": "{:,} on other forms of the same pages",
    "recapture": "{:,} in captures of the same pages",
}
"""Places that are counted and not listed, by scope."""


def _card(rows: Sequence[Row]) -> Card:
    first = rows[0]
    pages = len({row["locator"] for row in rows})
    said = _SCOPED.get(str(first["repeat_scope"])) if first["kind"] == "reused" else None
    heading = f"{said or CAPTION_KINDS.headings[str(first['kind'])]} · {count_noun(len(rows), 'place')}" + (
        f" in {count_noun(pages, 'page')}" if pages else ""
    )
    folded = Counter(str(row["scope"]) for row in rows if row["scope"] in _FOLDED)
    if len(folded) == 1 and first["repeat_scope"] in folded:
        folded.clear()  # there is nothing else to show
    shown = [row for row in rows if row["scope"] not in folded]
    if first["kind"] in ("doubled", "reused", "echoed"):
        text, members = f"“{shorten(str(first['caption']))}”", tuple(map(_place, shown))
    else:
        text, members = "", caption_members(shown)
    more = tuple(
        Member(f"and {_FOLDED[scope].format(folded[scope])}", is_text=True)
        for scope in _FOLDED
        if folded[scope]
    )
    return Card(heading, text, members + more)


def _place(row: Row) -> Member:
    difference = shorten(str(row["difference"] or ""), 200)
    return Member(f"{place_text(row)}:{row['position']}", difference or str(row["origin"]))


CAPTIONS = Report(
    name="captions",
    title="Repeated captions",
    none="No caption repeats.",
    rows="SELECT *, iif(max(is_stock) OVER (PARTITION BY repeat_id), 'stock', repeat_scope) AS fold"
    " FROM repeated_captions",
    order=f"fold IS NOT 'other-story', {CAPTION_KINDS.order_sql('kind')},"
    " size DESC, repeat_id, difference IS NOT NULL,"
    " coalesce(instr('other-story syndicated variant recapture', scope), 0), captured_at, locator, position,"
    " placement_id",
    card=_card,
    group_by="repeat_id",
    kinds=CAPTION_KINDS.names,
    scope_column="repeat_scope",
    fold_column="fold",
    folded={
        "syndicated": "{} more repeat only in the same story at another publisher (--scope syndicated)",
        "variant": "{} more repeat only on other forms of the same page: mobile, AMP, print, moved (--scope variant)",
        "recapture": "{} more repeat only in later captures of the same page (--scope recapture)",
        "stock": "{} more are stock captions that do not describe their picture (cutline report furniture)",
    },
)

"""Repeated captions: one card a repeat."""

from collections import Counter
from collections.abc import Sequence

from catalog.findings.kinds import CAPTION_KINDS, SCOPE_KINDS
from catalog.show.conflicts import caption_members
from catalog.show.report import Card, Member, Report, Row
from catalog.show.words import count_noun, place_text, shorten
from media.captions.caption import FILE_ORIGINS

_FOLDED = {
    "syndicated": "{:,} at other publishers of the same story",
    "variant": "{:,} on other forms of the same pages",
    "recapture": "{:,} in captures of the same pages",
}
"""Places that are counted and not listed, by scope."""


def _card(rows: Sequence[Row]) -> Card:
    first = rows[0]
    heading = f"{_heading(first)} · {count_noun(len(rows), 'place')} in {_where(rows)}"
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


def _heading(first: Row) -> str:
    if first["kind"] != "reused":
        return CAPTION_KINDS.headings[str(first["kind"])]
    if first["repeat_scope"]:
        return SCOPE_KINDS.headings[str(first["repeat_scope"])]
    if int(str(first["articles"])) > 1:
        return CAPTION_KINDS.headings["reused"]
    return "Reused in other files" if first["pictures"] is None else "Reused for other pictures"


def _where(rows: Sequence[Row]) -> str:
    """Return ``2 pages and 3 files``: captions of pages, and those in or beside the files of pictures."""
    pages = {row["locator"] for row in rows if _is_on_page(row)}
    files = {row["locator"] for row in rows} - pages
    said = [count_noun(len(pages), "page")] if pages else []
    return " and ".join(said + ([count_noun(len(files), "file")] if files else []))


def _is_on_page(row: Row) -> bool:
    return row["origin"] not in FILE_ORIGINS


def _place(row: Row) -> Member:
    difference = shorten(str(row["difference"] or ""), 200)
    where = f"{place_text(row)}:{row['position']}" if _is_on_page(row) else place_text(row)
    return Member(where, difference or str(row["origin"]))


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
        "one-picture": "{} more are the caption of one picture, in its copies (--scope one-picture)",
        "stock": "{} more are stock captions that do not describe their picture (cutline report furniture)",
    },
)

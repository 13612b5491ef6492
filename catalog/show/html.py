"""The report as one HTML page: everything in one file, no scripts, nothing fetched from elsewhere.

The page is written piece by piece. Its size has limits: findings in a section, bytes of thumbnails, and places of a
finding. If something is left out, the page says so.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TextIO, TypeAlias

from catalog.errors import UsageError
from catalog.show.captions import CAPTIONS
from catalog.show.conflicts import CONFLICTS
from catalog.show.corrections import CORRECTIONS
from catalog.show.filters import Filters, applicable, narrow
from catalog.show.images import IMAGES, image_member
from catalog.show.orphans import ORPHANS
from catalog.show.page_templates import page_templates
from catalog.show.plots import bytes_by_folder, captions_by_year
from catalog.show.problems import PROBLEMS
from catalog.show.replay import Replay
from catalog.show.report import (
    Report,
    Row,
    count_findings,
    folded_lines,
    report_groups,
    unfolded,
)
from catalog.show.reports import reports
from catalog.show.summary import Summary, list_passed, pictures_text, summarise, to_look_at
from catalog.show.usage import USAGE
from catalog.show.words import count_noun, place_text, say_waiting, size_text
from catalog.store.catalogue import Catalogue, now
from media import __version__
from media.captions.word_difference import mark_differences
from media.locator import printable
from media.pictures.image import thumbnail_address

FINDINGS = 1000
"""Findings that a section shows by default (--limit)."""

_PAGE = 50
_PLACES = 40
_CAPTION_CHARACTERS = 2000
_THUMBNAIL_BYTES = 9 << 20
"""Bytes of thumbnails on a page; 12 MiB in base64."""
_BYTES = 18 << 20
"""Bytes after which no further batch of findings (at most 50 cards) is begun, so that the file can be mailed and
opened on a phone."""
_TEMPLATES = page_templates("catalog.show")

_Card: TypeAlias = dict[str, Any]
"""A finding as ``report_cards.html`` shows it, in the layout that ``layout`` names."""


@dataclass(frozen=True, slots=True)
class PageOptions:
    """Options: what the page contains."""

    only: tuple[str, ...] = ()
    """Names of the sections to show; empty: all."""
    filters: Filters = field(default_factory=Filters)
    limit: int | None = FINDINGS
    """Findings in a section; None: as many as the page's size allows."""
    replay: Replay | None = None


def write_html(catalogue: Catalogue, out: TextIO, options: PageOptions) -> None:
    """Write the page."""
    own = {report.name for report, _ in _SECTIONS}
    asked: list[tuple[Report, _CardOf]] = [
        (reports()[name], _CARDS.get(name, _list_card))
        for name in options.only
        if name not in (*own, "summary")
    ]
    known = {kind for report, _ in (*_SECTIONS, *asked) for kind in report.kinds}
    if unknown := sorted(set(options.filters.kinds) - known):
        raise UsageError(
            f"--kind {unknown[0]}: no report has such a kind. There are: {', '.join(sorted(known))}."
        )
    page = _Page(catalogue, options)
    sections = [
        _Section(
            catalogue,
            replace(narrow(catalogue, report, applicable(options.filters, report)), replay=options.replay),
            card,
        )
        for report, card in (*_SECTIONS, *asked)
        if not options.only or report.name in options.only
    ]
    with_summary = not options.only or "summary" in options.only
    pieces = _TEMPLATES.get_template("report.html").generate(
        name=printable(catalogue.path.name),
        written=now(),
        version=__version__,
        narrowed=bool(options.filters),
        chosen=bool(options.only),
        page=page,
        sections=sections,
        summary=_summary(catalogue) if with_summary else None,
    )
    for piece in pieces:
        page.written += len(piece)
        out.write(piece)


class _Section:
    """A report on the page."""

    def __init__(self, catalogue: Catalogue, report: Report, card: "_CardOf") -> None:
        self.folded, self.report = folded_lines(catalogue, report), unfolded(report)
        self.card = card
        self.name, self.title, self.none = report.name, report.title, report.none
        self.total = count_findings(catalogue, self.report)
        self.shown = 0

    @property
    def left_out(self) -> str:
        """The number of findings not shown, as text; "" if all are shown."""
        return count_noun(self.total - self.shown, "finding") if self.shown < self.total else ""


class _Page:
    """Keeps the page within its size."""

    page_size = _PAGE

    def __init__(self, catalogue: Catalogue, options: PageOptions) -> None:
        self.catalogue = catalogue
        self.limit = options.limit
        self.prints_all = options.limit is None
        self.written = 0
        self.thumbnails = 0

    def batches(self, section: _Section) -> Iterator[dict[str, object]]:
        """Yield the section's findings in batches, as long as the page has room for more."""
        groups = report_groups(self.catalogue, section.report, self.limit)
        while self.written <= _BYTES and (batch := tuple(itertools.islice(groups, _PAGE))):
            first, section.shown = section.shown + 1, section.shown + len(batch)
            cards = (section.card(self, section.report, rows) for rows in batch)
            yield {"span": f"{first:,} to {section.shown:,}", "cards": cards}

    def thumbnail(self, sha256: str, said: str) -> dict[str, str]:
        """Return the thumbnail's ``data:`` address if the page has room for it; else the reason why it is left out."""
        row = self.catalogue.db.execute(
            "SELECT webp FROM thumbnails WHERE image_sha256 = ?", [sha256]
        ).fetchone()
        if row is None:
            return {"data": "", "why": "no thumbnail"}
        if self.thumbnails + len(row[0]) > _THUMBNAIL_BYTES:
            return {"data": "", "why": "left out: too many for one page"}
        self.thumbnails += len(row[0])
        return {"data": thumbnail_address(row[0]), "said": said}


def _summary(catalogue: Catalogue) -> dict[str, object]:
    summary: Summary = summarise(catalogue)
    passed = [
        f"{what}: {list_passed(found)}."
        for what, found in (
            ("Not read", summary.unread),
            ("Nothing found in", summary.empty),
            ("Left aside, neither articles nor pictures", summary.support),
        )
        if found
    ]
    return {
        "numbers": [
            ("Articles", f"{summary.articles:,}"),
            ("Pictures", pictures_text(summary.images, summary.distinct_images)),
            ("Captions on pages", f"{summary.captions:,}"),
            ("Captions in metadata", f"{summary.metadata_captions:,}"),
            ("Caption repeats", f"{sum(summary.caption_repeats.values()):,}"),
            ("Picture groups", f"{sum(summary.image_groups.values()):,}"),
            ("In exact copies", size_text(summary.reclaimable_bytes)),
            ("Pictures with conflicting captions", f"{summary.conflicts:,}"),
            ("Problems", f"{summary.problems:,}"),
        ],
        "to_look_at": to_look_at(summary),
        "passed": [say_waiting(summary.waiting_images)] * bool(summary.waiting_images) + passed,
        "counts": [
            *((f"captions {kind}", count, f"{count:,}") for kind, count in summary.caption_repeats.items()),
            *((f"pictures {kind}", count, f"{count:,}") for kind, count in summary.image_groups.items()),
        ],
        "folders": bytes_by_folder(catalogue),
        "years": captions_by_year(catalogue),
    }


def _wordings_card(page: _Page, report: Report, rows: Sequence[Row]) -> _Card:
    """Return a card with every different caption of the group once, words that differ from the first marked."""
    heading = report.card(rows[:1]).heading.partition(" · ")[0]
    places: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        places.setdefault((str(row["caption"] or "(no caption)"), str(row["credit_line"] or "")), []).append(
            row
        )
    first = _cut(next(iter(places))[0])
    shown = itertools.islice(places.items(), _PLACES)
    sha256 = rows[0].get("image_sha256") if report.name in (CONFLICTS.name, USAGE.name) else None
    return {
        "layout": "wordings",
        "heading": f"{heading} · {count_noun(len(rows), 'place')}",
        "picture": page.thumbnail(str(sha256), "the picture") if sha256 else None,
        "wordings": [_wording(first, caption, credit, found) for (caption, credit), found in shown],
        "more": len(places) - _PLACES,
    }


def _wording(first: str, caption: str, credit: str, rows: Sequence[Row]) -> _Card:
    parts = mark_differences(first, _cut(caption))
    marked = any(part.mark != "same" for part in parts)
    differences = dict.fromkeys(
        str(row["difference"]) for row in rows if row.get("difference") and not marked
    )
    return {
        "parts": parts,
        "credit": _cut(credit),
        "differences": [_cut(each) for each in differences],
        "places": [_place(row) for row in rows[:_PLACES]],
        "more": len(rows) - _PLACES,
    }


def _place(row: Row) -> _Card:
    position = f":{row['position']}" if "position" in row else ""
    return {
        "where": place_text(row) + position,
        "headline": _cut(str(row["headline"])) if row["headline"] else "",
        "replay": str(row.get("replay") or ""),
    }


def _pictures_card(page: _Page, report: Report, rows: Sequence[Row]) -> _Card:
    """Return a card with every different picture of the group once, with its files; the keeper comes first."""
    card = report.card(rows)
    by_picture: dict[str, list[Row]] = {}
    for row in rows:
        by_picture.setdefault(str(row["sha256"]), []).append(row)
    freed = _bytes_to_free(page.catalogue, rows)
    return {
        "layout": "pictures",
        "heading": card.heading + (f" · {size_text(freed)} to free" if freed else ""),
        "usage": card.text.splitlines(),
        "pictures": [
            _picture(page, sha256, found) for sha256, found in itertools.islice(by_picture.items(), _PLACES)
        ],
        "more": len(by_picture) - _PLACES,
    }


def _picture(page: _Page, sha256: str, rows: Sequence[Row]) -> _Card:
    members = [image_member(row) for row in rows]
    return {
        "keeps": any(member.marked for member in members),
        "thumbnail": page.thumbnail(sha256, members[0].where),
        "members": members[:_PLACES],
        "more": len(members) - _PLACES,
    }


def _bytes_to_free(catalogue: Catalogue, rows: Sequence[Row]) -> int:
    """Return the bytes that the copies of a group occupy, as browse shows them."""
    if rows[0]["kind"] not in ("same-bytes", "same-pixels"):
        return 0
    return catalogue.value(
        "SELECT reclaimable_bytes FROM image_groups WHERE id = ?", (int(str(rows[0]["group_id"])),)
    )


def _list_card(page: _Page, report: Report, rows: Sequence[Row]) -> _Card:
    card = report.card(rows)
    return {
        "layout": "list",
        "heading": card.heading,
        "text": _cut(card.text) if card.text else "",
        "members": card.members,
    }


def _cut(text: str) -> str:
    """Return the text on one line, safe to show, cut to a length."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= _CAPTION_CHARACTERS else line[:_CAPTION_CHARACTERS] + " ..."


_CardOf: TypeAlias = Callable[[_Page, Report, Sequence[Row]], _Card]

_CARDS: dict[str, _CardOf] = {USAGE.name: _wordings_card}
"""The cards of reports that are on the page only on request; other such reports are lists."""

_SECTIONS: tuple[tuple[Report, _CardOf], ...] = (
    (CAPTIONS, _wordings_card),
    (IMAGES, _pictures_card),
    (CONFLICTS, _wordings_card),
    (CORRECTIONS, _list_card),
    (ORPHANS, _list_card),
    (PROBLEMS, _list_card),
)

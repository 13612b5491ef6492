"""The report as one page: everything in one file, no script, nothing fetched from anywhere.

The page is written as it is made. Its size is bounded: findings a section, bytes of thumbnails, and places a
finding. Where something is left out, the page says so.
"""

import base64
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from importlib.resources import files
from typing import TextIO

from catalog.errors import UsageError
from catalog.show.captions import CAPTIONS
from catalog.show.conflicts import CONFLICTS
from catalog.show.corrections import CORRECTIONS
from catalog.show.filters import Filters, applicable, narrow
from catalog.show.images import IMAGES, image_member
from catalog.show.orphans import ORPHANS
from catalog.show.plots import bytes_by_folder, captions_by_year, draw_bars, draw_years
from catalog.show.problems import PROBLEMS
from catalog.show.replay import Replay
from catalog.show.report import (
    Card,
    Member,
    Report,
    Row,
    count_findings,
    folded_lines,
    report_groups,
    unfolded,
)
from catalog.show.reports import reports
from catalog.show.summary import Summary, list_passed, pictures_text, summarise
from catalog.show.words import count_noun, place_text, say_waiting, size_text
from catalog.store.catalogue import Catalogue, now
from media import __version__
from media.captions.word_difference import Part, mark_differences
from media.locator import printable

FINDINGS = 1000
"""Findings that a section shows, unless --limit says otherwise."""

_PAGE = 50
_PLACES = 40
_CAPTION_CHARACTERS = 2000
_THUMBNAIL_BYTES = 9 << 20
"""12 MiB once they are text."""
_BYTES = 18 << 20
"""Where no further page of findings is begun: a page is at most 50 cards, so that the file can still be mailed, and
phones open it."""
_PRINTED = (
    '<p class="printed">Printed: the first {page} findings of each section, with 4 pictures and 4 places each.'
    " <code>cutline report --format html --limit 0</code> makes a page that prints all.</p>"
)

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
{style}</style>
</head>
<body{told}>
"""


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What goes into the page."""

    only: tuple[str, ...] = ()
    """Names of sections; empty: all."""
    filters: Filters = field(default_factory=Filters)
    limit: int | None = FINDINGS
    """Findings a section; None: as many as the page's size allows."""
    replay: Replay | None = None


def write_html(catalogue: Catalogue, out: TextIO, options: PageOptions) -> None:
    """Write the page."""
    own = {report.name for report, _ in _SECTIONS}
    asked = [(reports()[name], _plain_card) for name in options.only if name not in (*own, "summary")]
    known = {kind for report, _ in (*_SECTIONS, *asked) for kind in report.kinds}
    if unknown := sorted(set(options.filters.kinds) - known):
        raise UsageError(
            f"--kind {unknown[0]}: no report has such a kind. There are: {', '.join(sorted(known))}."
        )
    page = _Page(catalogue, out, options)
    sections = [
        (
            replace(narrow(catalogue, report, applicable(options.filters, report)), replay=options.replay),
            write,
        )
        for report, write in (*_SECTIONS, *asked)
        if not options.only or report.name in options.only
    ]
    page.head([report for report, _ in sections])
    if not options.only or "summary" in options.only:
        page.summary(summarise(catalogue))
    for report, write in sections:
        page.section(report, write)
    page.foot()


class _Page:
    def __init__(self, catalogue: Catalogue, out: TextIO, options: PageOptions) -> None:
        self.catalogue = catalogue
        self.out = out
        self.options = options
        self.written = 0
        self.thumbnails = 0

    def write(self, markup: str) -> None:
        self.written += len(markup)
        self.out.write(markup)

    def head(self, reports: Sequence[Report]) -> None:
        name = printable(self.catalogue.path.name)
        style = files("catalog.show").joinpath("page.css").read_text(encoding="utf-8")
        told = ' class="all"' if self.options.limit is None else ""
        self.write(_HEAD.format(title=escape(f"{name} · cutline"), style=style, told=told))
        links = "".join(
            f'<a href="#{report.name}">{escape(report.title)} ({count:,})</a>'
            for report in reports
            if (count := count_findings(self.catalogue, report)) or self.options.only
        )
        narrowed = " <strong>Narrowed by filters.</strong>" if self.options.filters else ""
        self.write(
            f"<header><h1>What repeats in {escape(name)}</h1>"
            f'<p class="soft">Written {now()} by cutline {escape(__version__)}.{narrowed}</p>'
            f"{'' if self.options.limit is None else _PRINTED.format(page=_PAGE)}"
            f"<nav>{links}</nav></header>\n<main>\n"
        )

    def summary(self, summary: Summary) -> None:
        numbers = [
            ("Articles", f"{summary.articles:,}"),
            ("Pictures", pictures_text(summary.images, summary.distinct_images)),
            ("Captions on pages", f"{summary.captions:,}"),
            ("Caption repeats", f"{sum(summary.caption_repeats.values()):,}"),
            ("Picture groups", f"{sum(summary.image_groups.values()):,}"),
            ("In exact copies", size_text(summary.reclaimable_bytes)),
            ("Pictures with conflicting captions", f"{summary.conflicts:,}"),
            ("Problems", f"{summary.problems:,}"),
        ]
        drawn = "".join(
            f"<div><dt>{escape(what)}</dt><dd>{escape(said)}</dd></div>" for what, said in numbers
        )
        self.write(f'<section id="summary" aria-label="Summary"><dl class="numbers">{drawn}</dl>\n')
        if summary.waiting_images:
            self.write(f'<p class="passed">{escape(say_waiting(summary.waiting_images))}</p>\n')
        for what, passed in (
            ("Not read", summary.unread),
            ("Nothing found in", summary.empty),
            ("Left aside, neither articles nor pictures", summary.support),
        ):
            if passed:
                self.write(f'<p class="passed">{what}: {escape(list_passed(passed))}.</p>\n')
        counts = [
            *((f"captions {kind}", count, f"{count:,}") for kind, count in summary.caption_repeats.items()),
            *((f"pictures {kind}", count, f"{count:,}") for kind, count in summary.image_groups.items()),
        ]
        self.write('<div class="plots">\n')
        self.write(draw_bars("What repeats", counts))
        self.write(draw_bars("Bytes in exact copies, by folder", bytes_by_folder(self.catalogue)))
        self.write(draw_years("Captions by year", captions_by_year(self.catalogue)))
        self.write("</div></section>\n")

    def section(self, report: Report, write: "Callable[[_Page, Report, Sequence[Row]], str]") -> None:
        folded, report = folded_lines(self.catalogue, report), unfolded(report)
        total = count_findings(self.catalogue, report)
        if not total and not folded and not self.options.only:
            return
        self.write(f'<section id="{report.name}"><h2>{escape(report.title)} ({total:,})</h2>\n')
        if not total and not folded:
            self.write(f'<p class="soft">{escape(report.none)}</p>')
        shown = 0
        groups = report_groups(self.catalogue, report, self.options.limit)
        for page in _batched(groups, _PAGE):
            if self.written > _BYTES:
                break
            paged = total > _PAGE
            if paged:
                span = f"{shown + 1:,} to {shown + len(page):,}"
                self.write(f"<details{' open' if not shown else ''}><summary>{span} of {total:,}</summary>\n")
            for rows in page:
                self.write(write(self, report, rows))
            shown += len(page)
            if paged:
                self.write("</details>\n")
        if shown < total:
            self.write(
                f'<p class="left">{count_noun(total - shown, "finding")} left out of this page.'
                f" All of them: <code>cutline report {report.name} --format csv</code>, or a larger"
                " <code>--limit</code>.</p>\n"
            )
        self.write("".join(f'<p class="left">{escape(line)}.</p>\n' for line in folded))
        self.write("</section>\n")

    def foot(self) -> None:
        self.write(
            "</main>\n<footer>The evidence is in the catalogue. Marked words are this caption's own; struck-out"
            " ones stand in the first caption of its group only. Nothing was changed in the archive to make this"
            " page.</footer>\n</body>\n</html>\n"
        )

    def thumbnail(self, sha256: str, said: str) -> str:
        """Return the picture as markup, as long as there is room for it."""
        row = self.catalogue.db.execute(
            "SELECT webp FROM thumbnails WHERE image_sha256 = ?", [sha256]
        ).fetchone()
        if row is None:
            return '<div class="none">no thumbnail</div>'
        if self.thumbnails + len(row[0]) > _THUMBNAIL_BYTES:
            return '<div class="none">left out: too many for one page</div>'
        self.thumbnails += len(row[0])
        data = base64.b64encode(row[0]).decode()
        return (
            f'<img src="data:image/webp;base64,{data}" alt="{escape(said)}" loading="lazy" decoding="async">'
        )


def _batched(
    groups: Iterator[list[dict[str, object]]], size: int
) -> Iterator[tuple[list[dict[str, object]], ...]]:
    while page := tuple(itertools.islice(groups, size)):
        yield page


def _marked(parts: Sequence[Part]) -> str | None:
    """Return text as markup, what it adds marked and what it lacks struck out; None where nothing is marked."""
    tags = {"same": "{}", "lost": "<del>{}</del>", "new": "<mark>{}</mark>"}
    if all(part.mark == "same" for part in parts):
        return None
    return "".join(tags[part.mark].format(escape(part.text)) for part in parts)


def _captions_card(page: _Page, report: Report, rows: Sequence[Row]) -> str:
    """Every different caption of the group once, its differences from the first one marked, with its places."""
    card = report.card(rows[:1])
    heading = card.heading.partition(" · ")[0]
    places: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        places.setdefault((str(row["caption"]), str(row["credit_line"] or "")), []).append(row)
    first = _cut(next(iter(places))[0])
    items = []
    for (caption, credit), shown in itertools.islice(places.items(), _PLACES):
        said = f' <span class="soft">{escape(_cut(credit))}</span>' if credit else ""
        marked = _marked(mark_differences(first, _cut(caption)))
        differences = dict.fromkeys(
            str(row["difference"]) for row in shown if row["difference"] and not marked
        )
        why = "".join(f'<div class="why">{escape(_cut(each))}</div>' for each in differences)
        items.append(
            f'<li><blockquote dir="auto">{marked or escape(_cut(caption))}{said}</blockquote>{why}{_places(shown)}</li>'
        )
    more = (
        f'<li class="soft">and {len(places) - _PLACES:,} more wordings</li>' if len(places) > _PLACES else ""
    )
    thumbnail = ""
    sha256 = rows[0].get("image_sha256")
    if report.name == CONFLICTS.name and sha256:
        thumbnail = f'<figure class="picture shown">{page.thumbnail(str(sha256), "the picture")}</figure>'
    return (
        f'<article class="card"><h3>{escape(heading)} · {count_noun(len(rows), "place")}</h3>{thumbnail}'
        f"<ul>{''.join(items)}{more}</ul></article>\n"
    )


def _places(rows: Sequence[Row]) -> str:
    said = []
    for row in rows[:_PLACES]:
        position = f":{row['position']}" if "position" in row else ""
        headline = (
            f' <span class="soft">{escape(_cut(str(row["headline"])))}</span>' if row["headline"] else ""
        )
        place = _name(place_text(row) + position)
        if row.get("replay"):
            place = f'<a href="{escape(str(row["replay"]))}" rel="noopener noreferrer nofollow">{place}</a>'
        said.append(f"<div>{place}{headline}</div>")
    if len(rows) > _PLACES:
        said.append(f'<div class="soft">and {len(rows) - _PLACES:,} more places</div>')
    return "".join(said)


def _images_card(page: _Page, report: Report, rows: Sequence[Row]) -> str:
    """Every different picture of the group once, with its files; the keeper's first."""
    card = report.card(rows)
    by_picture: dict[str, list[tuple[Row, Member]]] = {}
    for row in rows:
        member = image_member(row)
        by_picture.setdefault(str(row["sha256"]), []).append((row, member))
    figures = []
    for sha256, members in itertools.islice(by_picture.items(), _PLACES):
        keeps = any(member.marked for _, member in members)
        names = []
        for _, member in members[:_PLACES]:
            keep = '<span class="keep">keep</span> ' if member.marked else ""
            names.append(f'<li>{keep}{_name(member.where)}<div class="why">{escape(member.what)}</div></li>')
        if len(members) > _PLACES:
            names.append(f'<li class="soft">and {len(members) - _PLACES:,} more copies</li>')
        said = members[0][1].where
        figures.append(
            f'<figure class="picture{" keeps" if keeps else ""}">{page.thumbnail(sha256, said)}'
            f"<ul>{''.join(names)}</ul></figure>"
        )
    more = (
        f'<p class="soft">and {len(by_picture) - _PLACES:,} more pictures</p>'
        if len(by_picture) > _PLACES
        else ""
    )
    freed = _bytes_to_free(page.catalogue, rows)
    said = f" · {size_text(freed)} to free" if freed else ""
    usage = "".join(f'<div class="why" dir="auto">{escape(line)}</div>' for line in card.text.splitlines())
    return (
        f'<article class="card"><h3>{escape(card.heading)}{said}</h3>{usage}'
        f'<div class="pictures">{"".join(figures)}</div>{more}</article>\n'
    )


def _bytes_to_free(catalogue: Catalogue, rows: Sequence[Row]) -> int:
    """Return what the group says that its copies occupy, as browsing shows it."""
    if rows[0]["kind"] not in ("same-bytes", "same-pixels"):
        return 0
    return catalogue.value(
        "SELECT reclaimable_bytes FROM image_groups WHERE id = ?", (int(str(rows[0]["group_id"])),)
    )


def _plain_card(page: _Page, report: Report, rows: Sequence[Row]) -> str:
    card: Card = report.card(rows)
    text = f'<blockquote dir="auto">{escape(_cut(card.text))}</blockquote>' if card.text else ""
    items = "".join(
        f'<li>{_name(member.where)}<div class="why">{escape(member.what)}</div></li>'
        for member in card.members
    )
    return f'<article class="card"><h3>{escape(card.heading)}</h3>{text}<ul>{items}</ul></article>\n'


def _name(text: str) -> str:
    """Return a locator, which may be broken after its slashes."""
    return "<code>" + escape(text).replace("/", "/<wbr>") + "</code>"


def _cut(text: str) -> str:
    """On one line, safe to show, at most so long."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= _CAPTION_CHARACTERS else line[:_CAPTION_CHARACTERS] + " ..."


_SECTIONS: tuple[tuple[Report, Callable[[_Page, Report, Sequence[Mapping[str, object]]], str]], ...] = (
    (CAPTIONS, _captions_card),
    (IMAGES, _images_card),
    (CONFLICTS, _captions_card),
    (CORRECTIONS, _plain_card),
    (ORPHANS, _plain_card),
    (PROBLEMS, _plain_card),
)

"""What a report is, and every report there is."""

import itertools
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from catalog.errors import UsageError
from catalog.show.replay import Replay
from catalog.store.catalogue import Catalogue
from catalog.store.iptc import IPTC_COLUMNS

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Member:
    """A line of a card: a place or a caption, and what is to be said of it."""

    where: str
    what: str = ""
    """Lines."""
    is_text: bool = False
    """``where`` is a text, not a locator."""
    marked: bool = False
    """The one that stands for its group: a keeper."""


@dataclass(frozen=True, slots=True)
class Card:
    """A finding as a person reads it: a heading, the text in question, and its places."""

    heading: str
    text: str = ""
    members: tuple[Member, ...] = ()


_FIRST_SEEN = (
    "(SELECT r.first_scan_id FROM records r WHERE r.source_id = f.source_id AND r.locator = f.locator)"
)


@dataclass(frozen=True, slots=True)
class Report:
    """A list of findings. The rows are the view's own; a card is how one finding is shown."""

    name: str
    title: str
    none: str
    """What is said where there is nothing to report."""
    rows: str
    """A SELECT of its rows, in no order."""
    order: str
    """What the rows are ordered by; the rows of a group stand together."""
    card: Callable[[Sequence[Row]], Card]
    group_by: str | None = None
    hidden: tuple[str, ...] = ("placement_id", "article_id", "record_id", "source_id", "fold")
    """Columns that are for joining, not for reading."""
    kind_column: str = "kind"
    """What --kind chooses by."""
    kinds: tuple[str, ...] = ()
    """What --kind may name; (): whatever the column holds."""
    size_column: str | None = None
    """What --min-size chooses by, in bytes."""
    since: str = _FIRST_SEEN
    """Of a row ``f``: the scan that first saw it."""
    scope_column: str | None = None
    """What --scope chooses by: how the places of a finding relate."""
    parameters: tuple[object, ...] = ()
    """Of ``rows``, once filters have narrowed them."""

    told_names: tuple[str, ...] = ()
    tell: Callable[[Catalogue, Sequence[Row]], Mapping[str, object]] | None = None
    """What is to be said of a finding as a whole: a value for each of ``told_names``, from its rows."""
    replay: Replay | None = None
    """Where captures can be looked at, for those who have such a place."""
    fold_column: str = ""
    """What of a row says whether its finding is folded."""
    folded: Mapping[str, str] = field(default_factory=dict)
    """Findings that are only counted, unless a person asks for them, by the value of ``fold_column``; the text says how
    many (``{}``)."""

    @property
    def sql(self) -> str:
        return f"SELECT * FROM ({self.rows}) ORDER BY {self.order}"


def with_iptc(catalogue: Catalogue, report: Report) -> Report:
    """Return the report with what each row's picture says of itself, under IPTC's names.

    :raises UsageError: its rows have no pictures.
    """
    rows = catalogue.db.conn.execute(f"SELECT * FROM ({report.rows}) LIMIT 0", report.parameters)
    names = {column[0] for column in rows.description}
    picture = next((name for name in ("image_sha256", "sha256") if name in names), None)
    if picture is None:
        raise UsageError(f"--iptc is for pictures: the report of {report.name} has none.")
    joined = (
        f"SELECT x.*, {IPTC_COLUMNS} FROM ({report.rows}) x LEFT JOIN images i ON i.sha256 = x.{picture}"
        " LEFT JOIN chosen_captions h ON h.image_sha256 = i.sha256"
    )
    return replace(report, rows=joined)


def count_findings(catalogue: Catalogue, report: Report) -> int:
    """How many findings (groups, or rows) there are."""
    what = f"DISTINCT {report.group_by}" if report.group_by else "*"
    return catalogue.value(f"SELECT count({what}) FROM ({report.rows})", report.parameters)


def unfolded(report: Report) -> Report:
    """Return the report without the findings that are folded."""
    if not report.folded:
        return report
    marks = ", ".join(f"'{value}'" for value in report.folded)
    rows = f"SELECT * FROM ({report.rows}) WHERE coalesce({report.fold_column}, '') NOT IN ({marks})"
    return replace(report, rows=rows, folded={})


def folded_lines(catalogue: Catalogue, report: Report) -> list[str]:
    """Return what is said of the findings that are folded, in the order of ``folded``."""
    if not report.folded:
        return []
    what = f"DISTINCT {report.group_by}" if report.group_by else "*"
    counts = dict(
        catalogue.db.conn.execute(
            f"SELECT {report.fold_column}, count({what}) FROM ({report.rows}) GROUP BY 1",
            report.parameters,
        ).fetchall()
    )
    return [said.format(f"{counts[value]:,}") for value, said in report.folded.items() if counts.get(value)]


def report_groups(
    catalogue: Catalogue, report: Report, limit: int | None = None
) -> Iterator[list[dict[str, object]]]:
    """Yield the report's findings, each as its rows; memory holds one finding at a time."""
    rows = catalogue.rows(report.sql, report.parameters)
    key = (lambda row: row[report.group_by]) if report.group_by else _each_alone()
    for number, (_, members) in enumerate(itertools.groupby(rows, key)):
        if limit is not None and number >= limit:
            return
        found = [dict(row) for row in members]
        told = report.tell(catalogue, found) if report.tell is not None else {}
        yield [{**_visible(row, report.hidden), **told, **_replayed(report, row)} for row in found]


def _replayed(report: Report, row: Row) -> dict[str, object]:
    if report.replay is None:
        return {}
    return {"replay": report.replay.link(row.get("url"), row.get("captured_at"))}


def _each_alone() -> Callable[[sqlite3.Row], int]:
    numbers = itertools.count()
    return lambda row: next(numbers)


def _visible(row: Row, hidden: tuple[str, ...]) -> dict[str, object]:
    return {name: row[name] for name in row if name not in hidden}

"""What a report consists of."""

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
    """A line of a card: a place or a caption, with remarks on it."""

    where: str
    what: str = ""
    """Remarks, one on each line."""
    is_text: bool = False
    """``where`` is a text, not a locator."""
    marked: bool = False
    """True for the member that represents its group, such as the keeper."""


@dataclass(frozen=True, slots=True)
class Card:
    """A finding for a person to read: a heading, a text, and its places."""

    heading: str
    text: str = ""
    members: tuple[Member, ...] = ()


_FIRST_SEEN = (
    "(SELECT r.first_scan_id FROM records r WHERE r.source_id = f.source_id AND r.locator = f.locator)"
)


@dataclass(frozen=True, slots=True)
class Report:
    """A list of findings. Its rows are those of a view; a card shows one finding."""

    name: str
    title: str
    none: str
    """The text for an empty report."""
    rows: str
    """The SELECT of its rows, unordered."""
    order: str
    """The ORDER BY terms of the rows; the rows of a group come together."""
    card: Callable[[Sequence[Row]], Card]
    group_by: str | None = None
    hidden: tuple[str, ...] = ("placement_id", "article_id", "record_id", "source_id", "fold")
    """Columns used in joins and not shown."""
    kind_column: str = "kind"
    """The column that --kind filters."""
    kinds: tuple[str, ...] = ()
    """The values that --kind accepts; (): any."""
    size_column: str | None = None
    """The column that --min-size filters, in bytes."""
    since: str = _FIRST_SEEN
    """An SQL expression on a row ``f``: the scan that first saw it."""
    scope_column: str | None = None
    """The column that --scope filters: how the places of a finding relate."""
    parameters: tuple[object, ...] = ()
    """The parameters of ``rows``, if filters have narrowed them."""

    told_names: tuple[str, ...] = ()
    tell: Callable[[Catalogue, Sequence[Row]], Mapping[str, object]] | None = None
    """A function of a finding's rows that returns a value for each of ``told_names``, about the finding as a whole."""
    replay: Replay | None = None
    """The replay that captures are linked to, if one is configured."""
    fold_column: str = ""
    """The column that says whether a row's finding is folded."""
    folded: Mapping[str, str] = field(default_factory=dict)
    """Findings that are only counted unless a person asks for them: values of ``fold_column``, each with the text that
    gives the count (``{}``)."""

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
    """Return the number of findings (groups, or rows)."""
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
    """Return a line for each sort of folded findings, in the order of ``folded``."""
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
    """Yield the report's findings, each as a list of rows; only one is held in memory at a time."""
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

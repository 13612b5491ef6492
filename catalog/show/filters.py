"""Filters: choose which findings to show. A group is shown whole if one of its members passes all of them."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from catalog.errors import UsageError
from catalog.show.report import Report
from catalog.store.catalogue import Catalogue
from media.archives.folder import Selection

_NONE = ""
"""The kind filter of a report that has none of the requested kinds."""

_DAY = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters. One member of a finding must pass every filter, by any one of the filter's values."""

    kinds: tuple[str, ...] = ()
    min_size: int = 0
    """The least size of a picture, in bytes."""
    since: int | None = None
    """Findings with a record that this scan, or a later one, saw first."""
    paths: tuple[str, ...] = ()
    """Globs over locators and addresses; without a slash, over the file's own name."""
    scopes: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    """BCP 47; a language without a region means all of its regions."""
    since_day: str | None = None
    """Captured, or else published, on this day or later: 2024, 2024-03, 2024-03-15."""
    until_day: str | None = None

    def __bool__(self) -> bool:
        return self != Filters()


def narrow(catalogue: Catalogue, report: Report, filters: Filters) -> Report:
    """Return the report with only the findings that pass the filters.

    :raises UsageError: the scan does not exist, or a filter does not apply to the report.
    """
    conditions: list[_Condition] = []
    if filters.kinds:
        column = report.kind_column
        if unknown := sorted(set(filters.kinds) - {*report.kinds, _NONE}):
            named = ", ".join(report.kinds) or "none"
            raise UsageError(
                f"--kind {unknown[0]}: the report of {report.name} has no such kind. It has: {named}."
            )
        conditions.append((f"f.{column} IN (SELECT value FROM json_each(?))", json.dumps(filters.kinds)))
    if filters.min_size:
        if report.size_column is None:
            raise UsageError(f"--min-size is for pictures: the report of {report.name} has no sizes.")
        conditions.append((f"f.{report.size_column} >= ?", filters.min_size))
    if filters.since is not None:
        if not catalogue.value("SELECT count(*) FROM scans WHERE id = ?", (filters.since,)):
            latest = catalogue.value("SELECT max(id) FROM scans")
            raise UsageError(f"--since {filters.since}: no such scan. The latest is {latest}.")
        conditions.append((f"{report.since} >= ?", filters.since))
    if filters.paths:
        _define_paths(catalogue, filters.paths)
        address = (
            "SELECT r.target_uri FROM records r WHERE r.source_id = f.source_id AND r.locator = f.locator"
        )
        conditions.append((f"cutline_takes(f.locator, ({address})) = ?", True))
    conditions += _article_conditions(filters, _columns(catalogue, report))
    if filters.scopes:
        if report.scope_column is None:
            raise UsageError(f"--scope is for captions: the report of {report.name} has none.")
        conditions.append(
            (f"f.{report.scope_column} IN (SELECT value FROM json_each(?))", json.dumps(filters.scopes))
        )
        report = replace(report, folded={})
    if not conditions:
        return report
    fitting = f"FROM ({report.rows}) f WHERE {' AND '.join(condition for condition, *_ in conditions)}"
    rows = (
        f"SELECT * FROM ({report.rows}) WHERE {report.group_by} IN (SELECT f.{report.group_by} {fitting})"
        if report.group_by
        else f"SELECT f.* {fitting}"
    )
    repeated = report.parameters if report.group_by else ()
    values = (value for _, *asked in conditions for value in asked)
    return replace(report, rows=rows, parameters=(*repeated, *report.parameters, *values))


_Condition = tuple[str, *tuple[object, ...]]
"""SQL, and the values of its parameters."""

_OF_RECORD = (
    # A picture belongs to the articles that show it.
    "FROM records r LEFT JOIN articles a ON a.record_id = r.id"
    " OR a.id IN (SELECT p.article_id FROM placements p WHERE p.image_sha256 = r.sha256)"
    " WHERE r.source_id = f.source_id AND r.locator = f.locator"
)
_WHEN = "coalesce(r.captured_at, a.published_at)"


def _columns(catalogue: Catalogue, report: Report) -> set[str]:
    found = catalogue.db.conn.execute(f"SELECT * FROM ({report.rows}) LIMIT 0", report.parameters)
    return {name for name, *_ in found.description}


def _article_conditions(filters: Filters, columns: set[str]) -> list[_Condition]:
    """Return the conditions on a row ``f``: on its own columns, or on one article or capture of it."""
    conditions: list[_Condition] = []
    if "last_captured_at" in columns:  # A row that stands for several captures.
        if filters.since_day:
            conditions.append(("f.last_captured_at >= ?", filters.since_day))
        if filters.until_day:
            conditions.append(("f.first_captured_at <= ? || '~'", filters.until_day))
        filters = replace(filters, since_day=None, until_day=None)
    asked = _asked(filters)
    if filters.publishers and "publisher" in columns:
        own = "f.publisher IN (SELECT value FROM json_each(?))"
        if len(asked) == 1:
            shown = f"EXISTS (SELECT 1 {_OF_RECORD} AND {asked[0][0]})"
            return [*conditions, (f"({own} OR {shown})", _names(filters), _names(filters))]
        published, *others = asked
        asked = [(f"({own} OR {published[0]})", _names(filters), _names(filters)), *others]
    if asked:
        said = " AND ".join(condition for condition, *_ in asked)
        values = (value for _, *given in asked for value in given)
        conditions.append((f"EXISTS (SELECT 1 {_OF_RECORD} AND {said})", *values))
    return conditions


_PUBLISHED = (
    "(SELECT c.publisher FROM page_captures c WHERE c.article_id = a.id) IN (SELECT value FROM json_each({}))"
)


def _names(filters: Filters) -> str:
    return json.dumps([name.casefold() for name in filters.publishers])


def _asked(filters: Filters) -> list[_Condition]:
    """Return the conditions on a record ``r`` and its article ``a``, each with one parameter."""
    conditions: list[_Condition] = []
    if filters.publishers:
        conditions.append((_PUBLISHED.format("?"), _names(filters)))
    if filters.languages:
        spoken = "lower(a.language) = j.value OR lower(a.language) LIKE j.value || '-%'"
        tags = json.dumps([language.casefold() for language in filters.languages])
        conditions.append((f"EXISTS (SELECT 1 FROM json_each(?) j WHERE {spoken})", tags))
    if filters.since_day:
        conditions.append((f"{_WHEN} >= ?", filters.since_day))
    if filters.until_day:
        # "~" sorts after every character of a date, so that the whole day, month or year is included.
        conditions.append((f"{_WHEN} <= ? || '~'", filters.until_day))
    return conditions


def choose_articles(
    catalogue: Catalogue, filters: Filters, *, of_placement: bool = False
) -> tuple[str, tuple[object, ...]]:
    """Return the condition under which a record ``r`` with its article ``a`` passes the filters, and its parameters.

    The filters of findings (kinds, sizes, scans) are ignored. A scope filter needs a caption of the article that
    repeats in this scope.

    :param of_placement: the query also has a placement ``p``, whose own caption has to repeat in the scope.
    """
    conditions = _asked(filters)
    if filters.paths:
        _define_paths(catalogue, filters.paths)
        conditions.append(("cutline_takes(r.locator, coalesce(r.target_uri, a.url)) = ?", True))
    if filters.scopes:
        shown = (
            "m.placement_id = p.id"
            if of_placement
            else ("m.placement_id IN (SELECT q.id FROM placements q WHERE q.article_id = a.id)")
        )
        repeated = (
            "SELECT 1 FROM caption_repeat_members m JOIN caption_repeats t ON t.id = m.repeat_id"
            f" WHERE {shown} AND t.repeat_scope IN (SELECT value FROM json_each(?))"
        )
        conditions.append((f"EXISTS ({repeated})", json.dumps(filters.scopes)))
    said = " AND ".join(condition for condition, *_ in conditions) or "1"
    return said, tuple(value for _, *asked in conditions for value in asked)


def _define_paths(catalogue: Catalogue, paths: tuple[str, ...]) -> None:
    selection = Selection(include=paths)
    catalogue.db.conn.create_function(
        "cutline_takes",
        2,
        lambda locator, url: selection.takes(str(locator)) or _takes_address(paths, url),
        deterministic=True,
    )


def _takes_address(globs: Sequence[str], url: str | None) -> bool:
    """Return whether a glob matches an address, with its scheme or without."""
    if not url:
        return False
    return any(fnmatchcase(each, glob) for glob in globs for each in (url, url.partition("://")[2]))


def read_filters(
    publishers: Sequence[str] | None,
    languages: Sequence[str] | None,
    since: str | None,
    until: str | None,
    paths: Sequence[str] | None,
    scopes: Sequence[str] | None = None,
) -> Filters:
    """Return the article filters of a command from its options.

    :raises UsageError: a date cannot be read.
    """
    return Filters(
        publishers=tuple(publishers or ()),
        languages=tuple(languages or ()),
        since_day=read_day(since) if since else None,
        until_day=read_day(until) if until else None,
        paths=tuple(paths or ()),
        scopes=tuple(scopes or ()),
    )


def read_since(value: str | None) -> tuple[int | None, str | None]:
    """Read ``--since``: the number of a scan, or a day.

    :raises UsageError: the value is neither.
    """
    if value is None:
        return None, None
    if value.isdecimal() and len(value) != 4:
        return int(value), None
    return None, read_day(value)


def read_day(value: str) -> str:
    """Return a year, month or day as dates are written in the catalogue.

    :raises UsageError: the value is not a date.
    """
    if not _DAY.fullmatch(value):
        raise UsageError(f"{value} is not a date. Write a year, a month or a day: 2024, 2024-03, 2024-03-15.")
    return value


def applicable(filters: Filters, report: Report) -> Filters:
    """Return the filters that apply to this report, for a page that shows several reports."""
    if filters.kinds:
        filters = replace(
            filters, kinds=tuple(each for each in filters.kinds if each in report.kinds) or (_NONE,)
        )
    kept = filters if report.size_column else replace(filters, min_size=0)
    return kept if report.scope_column else replace(kept, scopes=())

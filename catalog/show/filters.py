"""Filters: the findings that a person wants to see. A group stays whole where one of its members fits."""

import json
from dataclasses import dataclass, replace

from catalog.errors import UsageError
from catalog.show.report import Report
from catalog.store.catalogue import Catalogue
from media.archives.folder import Selection


@dataclass(frozen=True, slots=True)
class Filters:
    """What is wanted; the filters hold together, the values of one filter any of them."""

    kinds: tuple[str, ...] = ()
    min_size: int = 0
    """Bytes of a picture."""
    since: int | None = None
    """Findings with a record that this scan, or a later one, saw first."""
    paths: tuple[str, ...] = ()
    """Globs over locators; without a slash, over the file's own name."""

    def __bool__(self) -> bool:
        return self != Filters()


def narrow(catalogue: Catalogue, report: Report, filters: Filters) -> Report:
    """The report with only the findings that pass the filters.

    :raises UsageError: a scan that there is not, or a filter that has no meaning for the report.
    """
    conditions: list[tuple[str, object]] = []
    if filters.kinds:
        column = report.kind_column
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
        selection = Selection(include=filters.paths)
        catalogue.db.conn.create_function(
            "cutline_takes", 1, lambda locator: selection.takes(str(locator)), deterministic=True
        )
        conditions.append(("cutline_takes(f.locator) = ?", True))
    for condition, value in conditions:
        fitting = f"FROM ({report.rows}) f WHERE {condition}"
        rows = (
            f"SELECT * FROM ({report.rows}) WHERE {report.group_by} IN (SELECT f.{report.group_by} {fitting})"
            if report.group_by
            else f"SELECT f.* {fitting}"
        )
        repeated = report.parameters if report.group_by else ()
        report = replace(report, rows=rows, parameters=(*repeated, *report.parameters, value))
    return report


def applicable(filters: Filters, report: Report) -> Filters:
    """The filters that mean something to a report, where several reports are shown together."""
    return filters if report.size_column else replace(filters, min_size=0)

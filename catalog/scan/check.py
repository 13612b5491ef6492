"""Verifies the catalogue's file, and the archive against the digests that the catalogue holds."""

import functools
import hashlib
import itertools
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from catalog.store.catalogue import Catalogue
from catalog.store.upgrade import find_differences
from media.archives.open_source import open_source
from media.archives.source import Source, SourceRef
from media.errors import MediaError, SourceError
from media.reading import Care, Limits, Options, Reading, read_members, read_record

Fault = Literal["catalogue", "changed", "missing", "unreadable", "quarantine"]

_CHUNK_BYTES = 1 << 20
_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference between the archive or catalogue and what was recorded."""

    fault: Fault
    locator: str
    """The record's locator; for the catalogue itself, its damaged part."""
    reason: str


@dataclass(slots=True)
class CheckResult:
    """What was verified, filled in while :func:`check` runs."""

    catalogue_faults: int = 0
    records: int = 0
    byte_size: int = 0
    sampled: float = 100.0
    faults: Counter[str] | None = None


def check(
    catalogue: Catalogue,
    result: CheckResult,
    *,
    sample_percent: float = 100.0,
    seed: int | None = None,
    on_progress: Callable[[int], None] = lambda records: None,
) -> Iterator[Finding]:
    """Yield the differences; ``result`` counts what was checked.

    The file: SQLite's integrity check, foreign keys, search indexes, and whether its tables and views are those of
    this version. The archive: each record that is not known to be missing is read again and its SHA-256 compared;
    with ``sample_percent`` below 100, a random share of them.
    """
    result.sampled = sample_percent
    result.faults = Counter()
    for finding in itertools.chain(
        _check_file(catalogue), _check_records(catalogue, result, sample_percent, seed, on_progress)
    ):
        result.faults[finding.fault] += 1
        yield finding


def _check_file(catalogue: Catalogue) -> Iterator[Finding]:
    try:
        for row in catalogue.rows("PRAGMA integrity_check"):
            if row[0] != "ok":
                yield Finding("catalogue", catalogue.path.name, str(row[0]))
        for row in catalogue.rows("PRAGMA foreign_key_check"):
            yield Finding("catalogue", f"{row[0]} {row[1]}", f"refers to a row of {row[2]} that is not there")
        for difference in find_differences(catalogue.db):
            yield Finding("catalogue", difference.name, f"{difference}; `cutline match` brings it up to date")
    except sqlite3.DatabaseError as error:
        yield Finding("catalogue", catalogue.path.name, str(error))


def _check_records(
    catalogue: Catalogue,
    result: CheckResult,
    sample_percent: float,
    seed: int | None,
    on_progress: Callable[[int], None],
) -> Iterator[Finding]:
    if sample_percent <= 0:
        return
    draw = random.Random(seed)  # noqa: S311 - which records to look at is no secret

    def is_drawn() -> bool:
        return sample_percent >= 100 or draw.random() * 100 < sample_percent

    with ThreadPoolExecutor(4) as threads:
        for source_row in list(catalogue.rows("SELECT id, uri, kind FROM sources ORDER BY id")):
            try:
                source = open_source(SourceRef(source_row["uri"], source_row["kind"]))
            except SourceError as error:
                yield Finding("unreadable", source_row["uri"], error.reason)
                continue
            # Files, and members that are found by their offset, are opened one by one.
            rows = catalogue.rows(
                f"SELECT r.id, r.locator, r.byte_size, r.sha256, {_HAS_MEMBERS} AS is_container FROM records r"
                f" LEFT JOIN records c ON c.id = r.container_id WHERE r.source_id = ? AND {_STANDS}"
                " AND (c.id IS NULL OR (? < 100 AND substr(r.locator, length(c.locator) + 1, 1) = '#'))"
                " ORDER BY r.id",
                (source_row["id"], sample_percent),
            )
            chosen = (row for row in rows if is_drawn() or row["is_container"])
            while batch := list(itertools.islice(chosen, _AT_ONCE)):
                whole = [row for row in batch if sample_percent >= 100 or not row["is_container"]]
                findings = threads.map(functools.partial(_verify, source), whole)
                for row, finding in zip(whole, findings, strict=True):
                    result.records += 1
                    result.byte_size += row["byte_size"] or 0
                    if finding:
                        yield finding
                    if row["is_container"]:
                        yield from _check_members(catalogue, source, row, finding, result)
                on_progress(result.records)
                for row in batch:
                    if row not in whole:
                        yield from _check_sample(catalogue, source, row, is_drawn, result)


_STANDS = "r.sha256 IS NOT NULL AND r.missing_since IS NULL"
_HAS_MEMBERS = "EXISTS (SELECT 1 FROM records m WHERE m.container_id = r.id)"


def _check_members(
    catalogue: Catalogue, source: Source, container: sqlite3.Row, finding: Finding | None, result: CheckResult
) -> Iterator[Finding]:
    """Yield the members that changed, if a container has changed.

    A container whose digest is as recorded holds what was read of it, to the last bit.
    """
    members = f"FROM records r WHERE r.container_id = ? AND {_STANDS}"
    result.records += catalogue.value(f"SELECT count(*) {members}", (container["id"],))
    if finding is None:
        return
    db = catalogue.db.conn
    db.execute("CREATE TEMP TABLE IF NOT EXISTS checked (locator TEXT PRIMARY KEY) WITHOUT ROWID")
    db.execute("DELETE FROM temp.checked")
    if finding.fault == "changed":
        for reading in _digest_members(source, container["locator"]):
            found = db.execute(
                f"SELECT r.sha256 {members} AND r.locator = ?", (container["id"], reading.record.locator)
            ).fetchone()
            if found:
                db.execute("INSERT OR IGNORE INTO temp.checked VALUES (?)", (reading.record.locator,))
                yield from _compare(reading, found[0])
    for row in catalogue.rows(
        f"SELECT r.locator {members} AND r.locator NOT IN (SELECT locator FROM temp.checked) ORDER BY r.id",
        (container["id"],),
    ):
        yield Finding("missing", row["locator"], "its container no longer holds it")


def _check_sample(
    catalogue: Catalogue,
    source: Source,
    container: sqlite3.Row,
    is_drawn: Callable[[], bool],
    result: CheckResult,
) -> Iterator[Finding]:
    """Read a sample of the members that are found by name again, in one pass."""
    rows = catalogue.rows(
        "SELECT r.locator, r.sha256, r.byte_size FROM records r WHERE r.container_id = ?"
        f" AND {_STANDS} AND substr(r.locator, ?, 1) = '!' ORDER BY r.id",
        (container["id"], len(container["locator"]) + 1),
    )
    drawn = {row["locator"]: row for row in rows if is_drawn()}
    result.records += len(drawn)
    result.byte_size += sum(row["byte_size"] or 0 for row in drawn.values())
    for reading in _digest_members(source, container["locator"], frozenset(drawn)) if drawn else ():
        row = drawn.pop(reading.record.locator, None)
        if row is not None:
            yield from _compare(reading, row["sha256"])
    for locator in drawn:
        yield Finding("missing", locator, "its container no longer holds it")


def _digest_members(source: Source, locator: str, only: frozenset[str] | None = None) -> Iterator[Reading]:
    """Yield the members of a container with only their digests."""
    options = Options(Limits(seconds=0), contents=False)
    try:
        with source.open(locator) as opened:
            entry = opened.entry
        for span in read_record(source, entry, options).spans or ():
            for reading in read_members(source, entry, span, options, Care(only=only)):
                if reading.record.locator != locator:
                    yield reading
    except (MediaError, OSError):
        return


def _compare(reading: Reading, sha256: str) -> Iterator[Finding]:
    record = reading.record
    if record.sha256 is None:
        yield Finding("unreadable", record.locator, reading.problems[0].reason if reading.problems else "")
    elif record.sha256 != sha256:
        yield Finding("changed", record.locator, f"its SHA-256 is {record.sha256}, recorded is {sha256}")


def _verify(source: Source, row: sqlite3.Row) -> Finding | None:
    locator = row["locator"]
    digest = hashlib.sha256()
    try:
        with source.open(locator) as opened:
            while chunk := opened.stream.read(_CHUNK_BYTES):
                digest.update(chunk)
    except MediaError as error:
        gone = source.presence(locator) == "gone"
        return Finding("missing" if gone else "unreadable", locator, error.reason)
    except OSError as error:
        return Finding("unreadable", locator, error.strerror or str(error))
    if digest.hexdigest() != row["sha256"]:
        return Finding(
            "changed", locator, f"its SHA-256 is {digest.hexdigest()}, recorded is {row['sha256']}"
        )
    return None

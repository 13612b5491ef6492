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

from catalog.catalogue import Catalogue
from media.errors import MediaError
from media.sources.opening import open_source
from media.sources.source import Source, SourceRef

Fault = Literal["catalogue", "changed", "missing", "unreadable"]

_CHUNK_BYTES = 1 << 20
_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as recorded."""

    fault: Fault
    locator: str
    """The record's; for the catalogue itself, the part of it that is damaged."""
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
    """Yield what is wrong; ``result`` counts what was looked at.

    The file: SQLite's integrity check, foreign keys, search indexes. The archive: each record that
    is not known to be missing is read again and its SHA-256 compared; with ``sample_percent`` below
    100, a random share of them.
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
    with ThreadPoolExecutor(4) as threads:
        for source_row in list(catalogue.rows("SELECT id, uri, kind FROM sources ORDER BY id")):
            source = open_source(SourceRef(source_row["uri"], source_row["kind"]))
            rows = catalogue.rows(
                "SELECT locator, byte_size, sha256 FROM records WHERE source_id = ? AND sha256 IS NOT NULL"
                " AND missing_since IS NULL ORDER BY id",
                (source_row["id"],),
            )
            chosen = (row for row in rows if sample_percent >= 100 or draw.random() * 100 < sample_percent)
            while batch := list(itertools.islice(chosen, _AT_ONCE)):
                findings = threads.map(functools.partial(_verify, source), batch)
                for row, finding in zip(batch, findings, strict=True):
                    result.records += 1
                    result.byte_size += row["byte_size"] or 0
                    if finding:
                        yield finding
                on_progress(result.records)


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

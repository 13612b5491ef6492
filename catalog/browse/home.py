"""The overview: what the catalogue holds, what repeats, its dates, and the result of the last scan."""

import sqlite3
from dataclasses import dataclass

from catalog.browse.groups import Group, load_groups
from catalog.browse.page import Visit
from catalog.browse.repeats import Repeat, load_repeats
from catalog.browse.reply import Reply
from catalog.browse.timeline import Timeline, load_timeline
from catalog.store.counting import FullCounts, QuickCounts, count_all, count_quick

_PATIENCE_SECONDS = 0.05
"""Seconds to wait for counts that read every placement. With millions of placements they take longer: the page is then
shown without them, and loads them later."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source and the number of its records."""

    uri: str
    kind: str
    records: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A record that could not be read as it should."""

    locator: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Scan:
    """The latest scan."""

    started_at: str
    status: str
    records: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Home:
    """The parts of the page that are quick to load."""

    counts: QuickCounts
    scan: Scan | None
    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]
    """The latest problems, without those that are counted by type."""
    problem_records: int
    """The number of such problems."""
    group: Group | None
    """The largest group of pictures."""
    repeat: Repeat | None
    strip: tuple[str, ...]
    """Digests of a few pictures."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts that need to read everything."""

    figures: FullCounts
    timeline: Timeline | None


def load_home(connection: sqlite3.Connection) -> Home:
    """Load the parts of the page that are quick to load."""
    groups, _ = load_groups(connection, None, "size", None)
    repeats, _ = load_repeats(connection, None, None)
    scan = connection.execute(
        "SELECT started_at, status, records, seconds FROM scans ORDER BY id DESC LIMIT 1"
    ).fetchone()
    sources = connection.execute(
        "SELECT uri, kind, (SELECT count(*) FROM records r WHERE r.source_id = s.id) - (SELECT count(*)"
        " FROM records r INDEXED BY records_missing WHERE r.missing_since IS NOT NULL AND r.source_id = s.id)"
        " FROM sources s ORDER BY id LIMIT 8"
    )
    problems = connection.execute(
        "SELECT locator, reason, remedy FROM problems WHERE count IS NULL ORDER BY id DESC LIMIT 5"
    )
    shown = connection.execute(
        "SELECT i.sha256 FROM (SELECT sha256, information FROM images LIMIT 200) i WHERE i.information = 'normal'"
        " AND NOT EXISTS (SELECT 1 FROM furniture u WHERE u.image_sha256 = i.sha256)"
        # Only the form that represents the picture.
        " AND NOT EXISTS (SELECT 1 FROM image_group_members m WHERE m.image_sha256 = i.sha256 AND NOT EXISTS"
        "  (SELECT 1 FROM image_group_members k WHERE k.group_id = m.group_id AND k.keeper = 1"
        "   AND k.image_sha256 = i.sha256))"
        " AND EXISTS (SELECT 1 FROM thumbnails t WHERE t.image_sha256 = i.sha256) LIMIT 12"
    )
    return Home(
        count_quick(connection),
        Scan(*scan) if scan else None,
        tuple(Source(*row) for row in sources),
        tuple(Problem(*row) for row in problems),
        int(connection.execute("SELECT count(*) FROM problems WHERE count IS NULL").fetchone()[0]),
        groups[0] if groups else None,
        repeats[0] if repeats else None,
        tuple(row[0] for row in shown),
    )


def load_counts(connection: sqlite3.Connection) -> Counted:
    """Load the slow counts."""
    return Counted(count_all(connection), load_timeline(connection))


async def show_home(visit: Visit) -> Reply:
    home = await visit.remember("home", load_home)
    counted = await visit.recall("counts", load_counts, _PATIENCE_SECONDS)
    return await visit.page(
        "home.html",
        title="Overview",
        here="home",
        home=home,
        quick=home.counts,
        counts=counted.figures if counted else None,
        timeline=counted.timeline if counted else None,
    )

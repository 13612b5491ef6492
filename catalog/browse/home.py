"""The catalogue at a glance: what is in it, what repeats, its dates, and how the last scan went."""

import sqlite3
from dataclasses import dataclass

from catalog.browse.groups import Group, load_groups
from catalog.browse.page import Visit
from catalog.browse.repeats import Repeat, load_repeats
from catalog.browse.reply import Reply
from catalog.browse.timeline import Timeline, load_timeline
from catalog.store.counting import FullCounts, QuickCounts, count_all, count_quick

_PATIENCE_SECONDS = 0.05
"""Counting what needs every placement takes seconds in a catalogue of millions: the page comes without, and then
with it."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source, and how much of it the catalogue holds."""

    uri: str
    kind: str
    records: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read as it should."""

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
    """What is found at once."""

    counts: QuickCounts
    scan: Scan | None
    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]
    """The latest; what is not read is counted by type beside them."""
    problem_records: int
    """How many problems there are of that sort."""
    group: Group | None
    """The largest of the groups, to look at."""
    repeat: Repeat | None
    strip: tuple[str, ...]
    """Digests of a few pictures."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What is found by looking at everything."""

    figures: FullCounts
    timeline: Timeline | None


def load_home(connection: sqlite3.Connection) -> Home:
    """Count and choose what the first page shows."""
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
        "SELECT i.sha256 FROM (SELECT sha256, information FROM images LIMIT 500) i WHERE i.information = 'normal'"
        " AND NOT EXISTS (SELECT 1 FROM furniture u WHERE u.image_sha256 = i.sha256)"
        # Of one picture, the form that stands for it.
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
    """Count what takes long."""
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

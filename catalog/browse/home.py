"""The catalogue at a glance: what is in it, what repeats, when it is of, and how the last scan went."""

import sqlite3
from dataclasses import dataclass

from catalog.browse.groups import Group, load_groups
from catalog.browse.page import Visit
from catalog.browse.repeats import Repeat, load_repeats
from catalog.browse.reply import Reply
from catalog.browse.timeline import Timeline, load_timeline
from catalog.browse.words import GRADES, GROUP_KINDS, REPEAT_KINDS

_PATIENCE_SECONDS = 0.15
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

    articles: int
    images: int
    repeats: dict[str, int]
    """Repeats of captions by kind, as far as there are any."""
    groups: dict[str, int]
    conflicts: dict[str, int]
    reclaimable_bytes: int
    scan: Scan | None
    sources: tuple[Source, ...]
    source_count: int
    problems: tuple[Problem, ...]
    problem_count: int
    group: Group | None
    """The largest of the groups, to look at."""
    repeat: Repeat | None
    strip: tuple[str, ...]
    """Digests of a few pictures."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What is found by looking at everything."""

    records: int
    missing_records: int
    captions: int
    """Captions that readers of the pages see, every showing counted."""
    uncaptioned_images: int
    orphan_captions: int
    missing_images: int
    timeline: Timeline | None


def load_home(connection: sqlite3.Connection) -> Home:
    """Count and choose what the first page shows."""

    def count(sql: str) -> int:
        return int(connection.execute(sql).fetchone()[0] or 0)

    def by(column: str, table: str, known: object) -> dict[str, int]:
        found = dict(
            connection.execute(f"SELECT {column}, count(*) FROM {table} GROUP BY {column}").fetchall()
        )
        return {name: found[name] for name in known if name in found}  # type: ignore[attr-defined]

    groups, _ = load_groups(connection, None, "size", None)
    repeats, _ = load_repeats(connection, None, None)
    scan = connection.execute(
        "SELECT started_at, status, records, seconds FROM scans ORDER BY id DESC LIMIT 1"
    ).fetchone()
    sources = connection.execute(
        "SELECT uri, kind, (SELECT count(*) FROM records r WHERE r.source_id = s.id) FROM sources s ORDER BY id LIMIT 8"
    )
    problems = connection.execute("SELECT locator, reason, remedy FROM problems ORDER BY id DESC LIMIT 5")
    shown = connection.execute(
        "SELECT i.sha256 FROM images i WHERE i.information = 'normal'"
        " AND EXISTS (SELECT 1 FROM thumbnails t WHERE t.image_sha256 = i.sha256) LIMIT 12"
    )
    return Home(
        count("SELECT count(*) FROM articles"),
        count("SELECT count(*) FROM images"),
        by("kind", "caption_repeats", REPEAT_KINDS),
        by("kind", "image_groups", GROUP_KINDS),
        by("grade", "caption_conflict_sets", GRADES),
        count("SELECT sum(reclaimable_bytes) FROM image_groups WHERE kind IN ('same-bytes', 'same-pixels')"),
        Scan(*scan) if scan else None,
        tuple(Source(*row) for row in sources),
        count("SELECT count(*) FROM sources"),
        tuple(Problem(*row) for row in problems),
        count("SELECT count(*) FROM problems"),
        groups[0] if groups else None,
        repeats[0] if repeats else None,
        tuple(row[0] for row in shown),
    )


def load_counts(connection: sqlite3.Connection) -> Counts:
    """Count what takes long."""

    def count(sql: str) -> int:
        return int(connection.execute(sql).fetchone()[0])

    return Counts(
        count("SELECT count(*) FROM records WHERE missing_since IS NULL"),
        count("SELECT count(*) FROM records WHERE missing_since IS NOT NULL"),
        count("SELECT count(*) FROM page_captions"),
        count("SELECT count(*) FROM uncaptioned_images"),
        count("SELECT count(*) FROM orphan_captions"),
        count("SELECT count(*) FROM missing_images"),
        load_timeline(connection),
    )


async def show_home(visit: Visit) -> Reply:
    home = await visit.remember("home", load_home)
    counts = await visit.recall("counts", load_counts, _PATIENCE_SECONDS)
    return await visit.page("home.html", title="Overview", here="home", home=home, counts=counts)

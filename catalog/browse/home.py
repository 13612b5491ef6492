"""The catalogue at a glance: what is in it, what repeats, when it is of, and how the last scan went."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database as Tables

from catalog.browse.groups import Group, load_groups
from catalog.browse.repeats import Repeat, load_repeats
from catalog.browse.reply import Reply
from catalog.browse.timeline import Timeline, load_timeline
from catalog.browse.visit import Visit
from catalog.browse.words import GRADES
from catalog.catalogue import Catalogue
from catalog.reports.summary import Summary, summarise


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
class Home:
    """All that the first page shows."""

    summary: Summary
    conflicts: dict[str, int]
    timeline: Timeline | None
    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]
    group: Group | None
    """The largest of the groups, to look at."""
    repeat: Repeat | None
    strip: tuple[str, ...]
    """Digests of a few pictures."""


def load_home(connection: sqlite3.Connection) -> Home:
    """Count and choose what the first page shows."""
    catalogue = Catalogue(Path(), Tables(connection, execute_plugins=False))
    groups, _ = load_groups(connection, None, "size", None)
    repeats, _ = load_repeats(connection, None, None)
    shown = connection.execute(
        "SELECT t.image_sha256 FROM thumbnails t JOIN images i ON i.sha256 = t.image_sha256"
        " WHERE i.information = 'normal' LIMIT 12"
    )
    grades = dict(
        connection.execute("SELECT grade, count(*) FROM caption_conflict_sets GROUP BY grade").fetchall()
    )
    sources = connection.execute(
        "SELECT uri, kind, (SELECT count(*) FROM records r WHERE r.source_id = s.id AND r.missing_since IS NULL)"
        " FROM sources s ORDER BY id LIMIT 8"
    )
    problems = connection.execute("SELECT locator, reason, remedy FROM problems ORDER BY id DESC LIMIT 5")
    return Home(
        summarise(catalogue),
        {grade: grades[grade] for grade in GRADES if grade in grades},
        load_timeline(connection),
        tuple(Source(*row) for row in sources),
        tuple(Problem(*row) for row in problems),
        groups[0] if groups else None,
        repeats[0] if repeats else None,
        tuple(row[0] for row in shown),
    )


async def show_home(visit: Visit) -> Reply:
    home = await visit.remember("home", load_home)
    return await visit.page("home.html", title="Overview", here="home", home=home)

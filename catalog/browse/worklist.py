"""The list of groups to review, doubtful ones first, and rules that accept many at once.

The list is kept in the server's memory, since all pictures of a group decide whether it is doubtful. It is computed
once, updated by each step taken here, and computed again when matching changes the groups or another process decides.
"""

import asyncio
import sqlite3
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from weakref import WeakKeyDictionary

from catalog.browse.datasette_host import Database
from catalog.browse.frames import Frame, read_frame
from catalog.browse.groups import IS_FURNITURE
from catalog.browse.sql_limits import read_through

PIXELS, ALIKE, EDITED, UNSURE = range(4)
"""Levels of how certain it is that a picture is a copy of its keeper, the most certain first."""
LEVELS = {
    PIXELS: ("same pixels", "the same pixels, in another file"),
    ALIKE: ("near-identical", "the whole picture, in another size or packing"),
    EDITED: ("edited or cropped", "turned, cropped, within something else, or with other colours"),
    UNSURE: ("doubtful", "something in it was changed, or it was not compared with the one to keep"),
}
_ALIKE = 0.9
"""Least share of a picture that equals the keeper's once aligned. Smaller or coarser copies of a photograph are above
this; filters, borders and captions drawn into the picture bring it below (measured on a desk of 2,400 files)."""
_MOST_FOLDER_RULES = 12
_PACE_STEPS = 20
_PAUSE_SECONDS = 120.0
"""Seconds; a longer step was a pause, and does not count in the estimate of the time left."""


@dataclass(slots=True)
class Entry:
    """A group with undecided pictures."""

    group_id: int
    level: int
    similarity: float
    """The level of its least similar picture."""
    folders: frozenset[str]
    """The top folders of its files."""
    pictures: int
    """The number of undecided pictures."""
    put_off: bool

    @property
    def order(self) -> tuple[bool, int, float, int]:
        return self.put_off, -self.level, self.similarity, self.group_id


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that accepts groups together, and their number."""

    level: int
    """The least certain level that the rule accepts."""
    folders: tuple[str, ...]
    """Folders that hold all of the groups' files; empty: any folder."""
    count: int

    @property
    def name(self) -> str:
        return "|".join([str(self.level), *self.folders])

    def words(self) -> str:
        kinds = "same-pixels" if self.level == PIXELS else "same-pixels and near-identical"
        groups = "group" if self.count == 1 else "groups"
        where = f" within {_and(self.folders)}" if self.folders else ""
        return f"{self.count:,} {kinds} {groups}{where}"


def _and(folders: tuple[str, ...]) -> str:
    named = [f"{folder}/" if folder else "the top folder" for folder in folders]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


class Worklist:
    """The open groups of a catalogue."""

    def __init__(self, state: tuple[object, ...], entries: dict[int, Entry]) -> None:
        self.state = state
        self._entries = entries
        self._ordered: list[int] | None = None

    def __len__(self) -> int:
        return len(self._entries)

    def next(self, after: int | None = None) -> int | None:
        """Return the most doubtful group, or the one that follows a given group if that is still open."""
        if self._ordered is None:
            self._ordered = sorted(self._entries, key=lambda group_id: self._entries[group_id].order)
        start = 0
        if after in self._entries:
            start = self._ordered.index(after) + 1
        rest = self._ordered[start:] or self._ordered[:1]
        return rest[0] if rest else None

    def get(self, group_id: int) -> Entry | None:
        return self._entries.get(group_id)

    def put(self, group_id: int, entry: Entry | None, state: tuple[object, ...]) -> None:
        """Update the list after a step."""
        self._entries.pop(group_id, None)
        if entry is not None:
            self._entries[group_id] = entry
            self._ordered = None
        elif self._ordered is not None and group_id in self._ordered:
            self._ordered.remove(group_id)
        self.state = state

    def levels(self) -> Counter[int]:
        return Counter(entry.level for entry in self._entries.values())

    def rules(self) -> list[Rule]:
        """Return rules for certain groups: for all folders, then for the folders with the most such groups."""
        sure = [entry for entry in self._entries.values() if entry.level <= ALIKE]
        found: list[Rule] = []
        for level in (PIXELS, ALIKE):
            some = [entry for entry in sure if entry.level <= level]
            if not some or (level == ALIKE and not any(entry.level == ALIKE for entry in some)):
                continue
            found.append(Rule(level, (), len(some)))
            folders = Counter(entry.folders for entry in some)
            within = (
                Rule(level, tuple(sorted(each)), sum(1 for entry in some if entry.folders <= each))
                for each, _ in folders.most_common(_MOST_FOLDER_RULES)
            )
            # One that accepts all of them has been said already.
            found += sorted((rule for rule in within if rule.count < len(some)), key=lambda rule: -rule.count)
        return found

    def under(self, rule: Rule) -> list[int]:
        """Return the open groups of a rule."""
        within = frozenset(rule.folders)
        return sorted(
            entry.group_id
            for entry in self._entries.values()
            if entry.level <= rule.level and (not within or entry.folders <= within)
        )


def judge(kind: str | None, similarity: float | None, frame: Frame | None) -> int:
    """Return the level of certainty that a picture is a copy of its keeper."""
    if kind == "same-pixels":
        return PIXELS
    if kind not in ("near", "part") or (frame is not None and frame.changed_boxes):
        return UNSURE
    if kind == "near" and (similarity or 0.0) >= _ALIKE and not (frame and frame.words()):
        return ALIKE
    return EDITED


_PAIRS = (
    "SELECT m.group_id, m.image_sha256, k.image_sha256, r.locator, t.kind, t.aligned_similarity, t.transform,"
    " d.verdict, EXISTS (SELECT 1 FROM reviews v WHERE v.left = min(m.image_sha256, k.image_sha256)"
    " AND v.right = max(m.image_sha256, k.image_sha256) AND v.action = 'skip')"
    " FROM image_groups CROSS JOIN image_group_members k ON k.group_id = image_groups.id AND k.keeper = 1"
    " CROSS JOIN image_group_members m ON m.group_id = image_groups.id"
    " CROSS JOIN records r ON r.id = m.record_id"
    " LEFT JOIN image_matches t ON t.left_sha256 = min(m.image_sha256, k.image_sha256)"
    " AND t.right_sha256 = max(m.image_sha256, k.image_sha256)"
    " LEFT JOIN decisions d ON d.left = min(m.image_sha256, k.image_sha256)"
    " AND d.right = max(m.image_sha256, k.image_sha256)"
    " WHERE image_groups.kind <> 'same-bytes' AND {} ORDER BY image_groups.id"
)


def read_entries(connection: sqlite3.Connection, group_id: int | None = None) -> Iterator[Entry]:
    """Yield every group with undecided pictures, or only one group; page furniture is left out."""
    condition = f"NOT {IS_FURNITURE}" if group_id is None else "image_groups.id = ?"
    rows = read_through(connection, _PAIRS.format(condition), () if group_id is None else (group_id,))
    for number, pairs in groupby(rows, lambda row: int(row[0])):
        undecided: dict[str, tuple[int, float]] = {}
        folders: set[str] = set()
        put_off = False
        for _, other, keeper, locator, kind, similarity, transform, verdict, skipped in pairs:
            folders.add(locator.split("/", 1)[0] if "/" in locator else "")
            if other != keeper and verdict is None:
                undecided[other] = (judge(kind, similarity, read_frame(transform)), similarity or 0.0)
                put_off = put_off or bool(skipped)
        if undecided:
            yield Entry(
                number,
                max(level for level, _ in undecided.values()),
                min(similarity for _, similarity in undecided.values()),
                frozenset(folders),
                len(undecided),
                put_off,
            )


def read_state(connection: sqlite3.Connection) -> tuple[object, ...]:
    """Return a value that changes when matching changes the groups or a decision is made."""
    row = connection.execute(
        "SELECT (SELECT max(id) FROM image_groups), (SELECT count(*) FROM image_groups),"
        " (SELECT max(id) FROM decisions), (SELECT count(*) FROM decisions), (SELECT max(id) FROM reviews),"
        " (SELECT count(*) FROM reviews)"
    ).fetchone()
    return tuple(row)


def read_pace(connection: sqlite3.Connection) -> float | None:
    """Return the median seconds of the latest steps; None if there are too few."""
    rows = connection.execute(
        "SELECT reviewed_at FROM reviews WHERE queue = 'groups' AND action IN ('group', 'skip')"
        " ORDER BY id DESC LIMIT ?",
        (_PACE_STEPS,),
    ).fetchall()
    moments = [datetime.fromisoformat(row[0]) for row in rows]
    steps = [
        (later - earlier).total_seconds()
        for later, earlier in pairwise(moments)
        if 0 <= (later - earlier).total_seconds() <= _PAUSE_SECONDS
    ]
    return statistics.median(steps) if len(steps) >= 3 else None


_LISTS: WeakKeyDictionary[Database, Worklist] = WeakKeyDictionary()
_MAKING: WeakKeyDictionary[Database, asyncio.Lock] = WeakKeyDictionary()


async def worklist_of(database: Database) -> Worklist:
    """Return the list for the catalogue's present state."""
    async with _MAKING.setdefault(database, asyncio.Lock()):
        state = await database.execute_fn(read_state)
        known = _LISTS.get(database)
        if known is not None and known.state == state:
            return known

        def make(connection: sqlite3.Connection) -> Worklist:
            return Worklist(
                read_state(connection), {each.group_id: each for each in read_entries(connection)}
            )

        made = _LISTS[database] = await database.execute_fn(make)
        return made


async def took_step(database: Database, group_id: int, before: tuple[object, ...]) -> None:
    """Update one group after a step that changed nothing else, unless another process wrote meanwhile."""
    known = _LISTS.get(database)
    if known is None or known.state != before:
        return

    def look(connection: sqlite3.Connection) -> tuple[Entry | None, tuple[object, ...]]:
        return next(read_entries(connection, group_id), None), read_state(connection)

    entry, state = await database.execute_fn(look)
    if abs(int(str(state[-1])) - int(str(before[-1]))) == 1:
        known.put(group_id, entry, state)

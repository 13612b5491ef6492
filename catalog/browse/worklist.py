"""Which groups are still to be looked at, the doubtful first, and rules by which many can be accepted at once.

A list in the server's memory, since what makes a group doubtful is worked out from all of its pictures: made once,
kept right by each step that is taken here, and made anew when groups were found anew or somebody else decided.
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

PIXELS, ALIKE, EDITED, UNSURE = range(4)
"""How sure it is that a picture is its keeper's: less with each."""
LEVELS = {
    PIXELS: ("same pixels", "the same pixels, in another file"),
    ALIKE: ("near-identical", "the whole picture, in another size or packing"),
    EDITED: ("edited or cropped", "turned, cropped, within something else, or with other colours"),
    UNSURE: ("doubtful", "something in it was changed, or it was not compared with the one to keep"),
}
_ALIKE = 0.9
"""Share of the picture that is alike once laid over the keeper's: a smaller or coarser copy of a photograph stays
above this; filters, borders and captions drawn into it bring it below (desk of 2,400 files)."""
_MOST_FOLDER_RULES = 12
_PACE_STEPS = 20
_PAUSE_SECONDS = 120.0
"""A step that took longer was a pause, and says nothing of how long the rest takes."""


@dataclass(slots=True)
class Entry:
    """A group with something undecided in it."""

    group_id: int
    level: int
    similarity: float
    """Of its least similar picture."""
    folders: frozenset[str]
    """The first folders of the paths of its files."""
    pictures: int
    """How many are undecided."""
    put_off: bool

    @property
    def order(self) -> tuple[bool, int, float, int]:
        return self.put_off, -self.level, self.similarity, self.group_id


@dataclass(frozen=True, slots=True)
class Rule:
    """Groups that can be accepted together, and how many there are."""

    level: int
    """At most so unsure."""
    folders: tuple[str, ...]
    """All of their files lie within these; none: wherever they lie."""
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
        """Return the most doubtful group; after another one where that is still open."""
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
        """Take in what one step changed."""
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
        """Return rules for what is certain: everywhere, then by the folders that most such groups lie in."""
        sure = [entry for entry in self._entries.values() if entry.level <= ALIKE]
        found: list[Rule] = []
        for level in (PIXELS, ALIKE):
            some = [entry for entry in sure if entry.level <= level]
            if not some or (level == ALIKE and not any(entry.level == ALIKE for entry in some)):
                continue
            found.append(Rule(level, (), len(some)))
            folders = Counter(entry.folders for entry in some)
            if len(folders) > 1:
                found += [
                    Rule(level, tuple(sorted(each)), sum(1 for entry in some if entry.folders <= each))
                    for each, _ in folders.most_common(_MOST_FOLDER_RULES)
                ]
        return found

    def under(self, rule: Rule) -> list[int]:
        """Return the open groups that a rule is about."""
        within = frozenset(rule.folders)
        return sorted(
            entry.group_id
            for entry in self._entries.values()
            if entry.level <= rule.level and (not within or entry.folders <= within)
        )


def judge(kind: str | None, similarity: float | None, frame: Frame | None) -> int:
    """Return how sure it is that a picture is its keeper's."""
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
    """Yield every group, or one, in which something is undecided; furniture of pages is left out."""
    condition = f"NOT {IS_FURNITURE}" if group_id is None else "image_groups.id = ?"
    rows = connection.execute(_PAIRS.format(condition), () if group_id is None else (group_id,))
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
    """Return what says whether groups were found anew, or somebody decided."""
    row = connection.execute(
        "SELECT (SELECT max(id) FROM image_groups), (SELECT count(*) FROM image_groups),"
        " (SELECT max(id) FROM decisions), (SELECT count(*) FROM decisions), (SELECT max(id) FROM reviews),"
        " (SELECT count(*) FROM reviews)"
    ).fetchone()
    return tuple(row)


def read_pace(connection: sqlite3.Connection) -> float | None:
    """Return the seconds that a step took lately, in the median; None where too few were taken."""
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
    """Return the list as the catalogue is now."""
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
    """Take one group in again after a step that changed nothing else, where nobody else wrote meanwhile."""
    known = _LISTS.get(database)
    if known is None or known.state != before:
        return

    def look(connection: sqlite3.Connection) -> tuple[Entry | None, tuple[object, ...]]:
        return next(read_entries(connection, group_id), None), read_state(connection)

    entry, state = await database.execute_fn(look)
    if abs(int(str(state[-1])) - int(str(before[-1]))) == 1:
        known.put(group_id, entry, state)

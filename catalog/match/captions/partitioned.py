"""Matches captions in partitions: the plan, and what only the coordinator can do, between the stages of the workers."""

import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from catalog.match.captions.partition_tasks import (
    CaptionPlan,
    Numbers,
    comparing_stages,
    finding_stages,
    read_edits,
    write_edits,
)
from catalog.match.partitions.files import Room, Rows, require_parquet
from catalog.match.partitions.means import Means
from catalog.match.partitions.scratch import Scratch
from media.matching.captions.candidates import Mask, RowMembers
from media.matching.captions.containment import MAX_HOLDERS
from media.matching.captions.difference import Wording
from media.matching.captions.key_batches import KeyBatch, PlacedGroup, group_batch
from media.matching.captions.key_groups import (
    DECIDED,
    MAX_HELD,
    MAX_NAMES,
    KeyGroup,
    RelatedKey,
    sort_pair,
)
from media.matching.captions.relations import CROWD_SHOWN, Crowd, Decisions
from media.matching.captions.words import Hashes
from media.matching.components import Components

_BYTES_A_KEY = 6_000
"""Of the largest task, for each key that it holds (benchmarks/partitioned.py)."""
_MOST_KEYS_A_SHARD = 200_000
_BATCH_PAIRS = 500

_Item = TypeVar("_Item")

_TABLES = """
CREATE TABLE keys (number INTEGER PRIMARY KEY, key TEXT, text TEXT, cut_short INTEGER);
CREATE TABLE phrases (number INTEGER PRIMARY KEY);
CREATE TABLE crowds (number INTEGER PRIMARY KEY, size INTEGER);
CREATE TABLE edited (left INTEGER, right INTEGER, similarity REAL, PRIMARY KEY (left, right)) WITHOUT ROWID;
CREATE TABLE held (held INTEGER, holder INTEGER, PRIMARY KEY (held, holder)) WITHOUT ROWID;
CREATE TABLE changed (slot BLOB, left INTEGER, right INTEGER, PRIMARY KEY (slot, left, right)) WITHOUT ROWID;
CREATE TABLE found (place BLOB PRIMARY KEY, kind TEXT, cut_short INTEGER, members TEXT, crowd INTEGER) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class ExportedKey:
    """A key as it goes into the partitions."""

    key: str
    text: str
    """The text to show for it."""
    cut_short: bool


def match_captions(
    keys: Iterable[ExportedKey],
    count: int,
    decisions: Decisions,
    means: Means,
    note: Callable[[Crowd | None], None] = lambda crowd: None,
) -> Iterator[KeyGroup]:
    """Yield the groups of related keys, in the order of
    :func:`media.matching.captions.relations.relate_keys`.

    :param keys: ``count`` of them, distinct and sorted.
    :param note: told of the keys that were compared with the nearest only, before the first group.
    """
    if not count:
        return
    shards, parts = means.cut(count, _BYTES_A_KEY, _MOST_KEYS_A_SHARD)
    plan = CaptionPlan(count, -(-count // shards), parts)
    room = means.room("captions")
    with means.scratch("captions") as scratch:
        scratch.make(_TABLES)
        decided = _export(keys, plan, decisions, room, means, scratch)
        means.run(finding_stages(plan), room)
        _cross_rows(plan, room)
        means.run(comparing_stages(plan), room)
        _gather(room, scratch, decided)
        _gather_crowds(plan, room, scratch)
        note(_crowd(scratch))
        batches = _batches(plan, scratch, decided, {int(n) for n in room.read("phrases").numbers("number")})
        for _, found in means.workers.run(group_batch, batches):
            scratch.fill("INSERT OR IGNORE INTO found VALUES (?, ?, ?, ?, ?)", map(_packed, found))
        for kind, cut_short, members, crowd in scratch.rows(
            "SELECT kind, cut_short, members, crowd FROM found ORDER BY place"
        ):
            yield KeyGroup(
                kind, tuple(RelatedKey(*each) for each in json.loads(members)), bool(cut_short), crowd
            )
    room.remove()


# --- keys


@dataclass(frozen=True, slots=True)
class _Decided:
    """A person's verdicts, by numbers of keys."""

    same: frozenset[tuple[int, int]]
    different: frozenset[tuple[int, int]]


def _export(
    keys: Iterable[ExportedKey],
    plan: CaptionPlan,
    decisions: Decisions,
    room: Room,
    means: Means,
    scratch: Scratch,
) -> _Decided:
    """Write the keys into ``keys``, one shard after the other, and find the keys that were decided on."""
    fresh = means.room("captions-new")
    fresh.clear()
    digest = hashlib.blake2b(repr(plan).encode())
    wanted = {key for pairs in (decisions.same, decisions.different) for pair in pairs for key in pair}
    number_of: dict[str, int] = {}
    waiting = iter(keys)
    for shard in range(plan.shards):
        some = list(itertools.islice(waiting, plan.keys_a_shard))
        first = shard * plan.keys_a_shard
        scratch.fill(
            "INSERT INTO keys VALUES (?, ?, ?, ?)",
            ((number, each.key, each.text, each.cut_short) for number, each in enumerate(some, first)),
        )
        columns = {name: [getattr(each, name) for each in some] for name in ("key", "text", "cut_short")}
        digest.update(repr(columns).encode())
        fresh.write("keys", shard, columns)
        number_of |= {each.key: number for number, each in enumerate(some, first) if each.key in wanted}
    room.begin(digest.hexdigest(), fresh)
    same, different = (
        frozenset(
            (number_of[left], number_of[right])
            for left, right in pairs
            if left in number_of and right in number_of
        )
        for pairs in (decisions.same, decisions.different)
    )
    return _Decided(same, different)


def _cross_rows(plan: CaptionPlan, room: Room) -> None:
    """``row_pairs`` -> ``edits``: where a row stands for several keys, the pairs of keys that are to be compared."""
    if room.has("edits", plan.parts) or room.is_done("compare_pairs"):
        return
    pairs = RowMembers(*_members(plan, room)).cross(read_edits(room.read("row_pairs")))
    write_edits(plan, room, plan.parts, pairs)


def _members(plan: CaptionPlan, room: Room) -> tuple[Numbers, Numbers, Hashes, Mask]:
    """Return the rows that take part in pairs of rows, and the keys that they stand for."""
    rows = room.read("row_pairs")
    wanted = np.unique(np.concatenate([rows.numbers("left"), rows.numbers("right")]))
    first, number, facts = [wanted], [wanted], [np.zeros(len(wanted), np.uint64)]
    for part in range(plan.shards):
        for table in map(Rows, room.tables("members", part)):
            here = np.isin(table.numbers("first"), wanted)
            for values, name in ((first, "first"), (number, "number"), (facts, "facts")):
                values.append(table.numbers(name)[here])
    keys = np.concatenate(number)
    # A row of several keys is among its members, a row of one key is not.
    order = np.lexsort((np.arange(len(keys)), keys, np.concatenate(first)))
    last = order[np.append(np.diff(keys[order]) != 0, True)] if len(keys) else order
    return (
        np.concatenate(first)[last],
        keys[last],
        np.concatenate(facts)[last],
        np.ones(len(last), bool),
    )


# --- groups


def _gather(room: Room, scratch: Scratch, decided: _Decided) -> None:
    """All that is related, out of the files, less what a person told apart."""
    scratch.fill(
        "INSERT INTO edited VALUES (?, ?, ?)", ((*sort_pair(*pair), DECIDED) for pair in decided.same)
    )
    statements = (
        ("INSERT OR IGNORE INTO edited VALUES (?, ?, ?)", ("left", "right", "similarity")),
        ("INSERT OR IGNORE INTO held VALUES (?, ?)", ("left", "right")),
        ("INSERT OR IGNORE INTO changed VALUES (?, ?, ?)", ("slot", "left", "right")),
    )
    arrow = require_parquet()
    for dataset in ("series", "held", "related"):
        for table in room.tables(dataset):
            pairs = zip(table["left"].to_pylist(), table["right"].to_pylist(), strict=True)
            if decided.different:
                table = table.filter(
                    arrow.array([sort_pair(*pair) not in decided.different for pair in pairs], "bool")
                )
            for kind, (statement, columns) in enumerate(statements):
                of_kind = table.filter(arrow.array(table["kind"].to_numpy() == kind))
                scratch.fill(statement, zip(*(of_kind[name].to_pylist() for name in columns), strict=True))


def _gather_crowds(plan: CaptionPlan, room: Room, scratch: Scratch) -> None:
    """Note how many share the words of each key that was compared with the nearest only."""
    statement = (
        "INSERT INTO crowds VALUES (?, ?) ON CONFLICT (number) DO UPDATE SET size = max(size, excluded.size)"
    )
    for dataset in ("crowded_rows", "crowded_holders", "crowds_left", "crowds_right"):
        for table in room.tables(dataset):
            scratch.fill(
                statement, zip(*(table[name].to_pylist() for name in ("number", "size")), strict=True)
            )
    # What is true of a row is true of all keys that it stands for.
    sizes = dict(scratch.rows("SELECT number, size FROM crowds"))
    for part in range(plan.shards):
        for table in room.tables("members", part):
            pairs = zip(table["number"].to_pylist(), table["first"].to_pylist(), strict=True)
            scratch.fill(statement, [(number, sizes[first]) for number, first in pairs if first in sizes])


def _crowd(scratch: Scratch) -> Crowd | None:
    ((keys, size),) = scratch.rows("SELECT count(*), max(size) FROM crowds")
    some = scratch.rows(
        "SELECT key FROM crowds JOIN keys USING (number) WHERE size = ? ORDER BY number LIMIT ?",
        (size, CROWD_SHOWN),
    )
    return Crowd.of(keys, size, (key for (key,) in some))


def _batches(plan: CaptionPlan, scratch: Scratch, decided: _Decided, phrases: set[int]) -> Iterator[KeyBatch]:
    components = Components(plan.keys)
    for pairs in scratch.batches("SELECT left, right FROM edited"):
        left, right = np.array(pairs, np.int64).T
        components.join(left, right)
    roots = components.roots()
    scratch.define("root_of", lambda number: int(roots[number]))
    edited = scratch.rows(
        "SELECT root_of(left) AS root, left, right, similarity FROM edited ORDER BY root, left, right"
    )
    batch: dict[tuple[int, int], float] = {}
    for _, rows in itertools.groupby(edited, key=lambda row: row[0]):
        batch |= {(left, right): similarity for _, left, right, similarity in rows}
        if len(batch) >= _BATCH_PAIRS:
            yield _batch(scratch, decided, edited=batch)
            batch = {}
    if batch:
        yield _batch(scratch, decided, edited=batch)
    for extended in _some(_stars(scratch, phrases)):
        yield _batch(scratch, decided, extended=extended)
    for changed in _some(_slots(scratch)):
        yield _batch(scratch, decided, changed=changed)


def _stars(scratch: Scratch, phrases: set[int]) -> Iterator[tuple[int, tuple[int, ...]]]:
    scratch.fill("INSERT OR IGNORE INTO phrases VALUES (?)", ((number,) for number in phrases))
    rows = scratch.rows(
        "SELECT held, holder FROM (SELECT held, holder, row_number() OVER"
        " (PARTITION BY holder ORDER BY length(key) DESC, held) AS place FROM held JOIN keys ON number = held"
        " WHERE held NOT IN (SELECT number FROM phrases)) WHERE place <= ? ORDER BY held, holder",
        (MAX_HELD,),
    )
    for held, pairs in itertools.groupby(rows, key=lambda row: row[0]):
        holders = tuple(holder for _, holder in itertools.islice(pairs, MAX_HOLDERS + 1))
        if len(holders) <= MAX_HOLDERS:
            yield held, holders


def _slots(scratch: Scratch) -> Iterator[tuple[int, ...]]:
    rows = scratch.rows("SELECT slot, left, right FROM changed ORDER BY slot, left, right")
    most = max(MAX_NAMES, 2)
    for _, pairs in itertools.groupby(rows, key=lambda row: row[0]):
        members: set[int] = set()
        for _, left, right in pairs:
            if len(members) <= most:
                members |= {left, right}
        if len(members) <= most:
            yield tuple(sorted(members))


def _some(items: Iterator[_Item]) -> Iterator[tuple[_Item, ...]]:
    while some := tuple(itertools.islice(items, _BATCH_PAIRS // 4)):
        yield some


def _batch(
    scratch: Scratch,
    decided: _Decided,
    edited: dict[tuple[int, int], float] | None = None,
    extended: tuple[tuple[int, tuple[int, ...]], ...] = (),
    changed: tuple[tuple[int, ...], ...] = (),
) -> KeyBatch:
    numbers = {number for pair in edited or () for number in pair}
    numbers |= {number for held, holders in extended for number in (held, *holders)}
    numbers |= {number for members in changed for number in members}
    wordings: dict[int, Wording] = {}
    cut_short: set[int] = set()
    for number, key, text, is_cut in scratch.look_up(
        "SELECT number, key, text, cut_short FROM keys WHERE number IN ({})", numbers
    ):
        wordings[number] = Wording(key, text)
        if is_cut:
            cut_short.add(number)
    crowds = dict(scratch.look_up("SELECT number, size FROM crowds WHERE number IN ({})", numbers))
    same, different = (
        frozenset(pair for pair in pairs if numbers.issuperset(pair))
        for pairs in (decided.same, decided.different)
    )
    return KeyBatch(edited or {}, extended, changed, wordings, frozenset(cut_short), same, different, crowds)


def _packed(placed: PlacedGroup) -> tuple[object, ...]:
    group = placed.group
    members = [(each.key, each.similarity, each.difference) for each in group.members]
    return (
        b"".join(number.to_bytes(8, "big") for number in placed.place),
        group.kind,
        group.cut_short,
        json.dumps(members, ensure_ascii=False),
        group.crowd,
    )

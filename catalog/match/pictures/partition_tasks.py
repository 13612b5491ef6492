"""The stages of matching pictures, as workers run them: each reads partitions and writes partitions.

pictures -> classes of one hash -> pairs that look alike
                                -> features -> pairs with parts in common
pictures that hang together     -> matches and groups
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.match.partitions.files import Room, Rows, list_column, require_parquet
from catalog.match.partitions.run import Stage
from catalog.match.pictures.duplicates import PictureDecisions, Resolved, Resolving
from catalog.match.pictures.stored import Chosen, Grey, open_thumbnail
from media.matching.pictures.candidate_graph import CandidateGraph
from media.matching.pictures.changes import Box, Changes
from media.matching.pictures.grouping import Group
from media.matching.pictures.hamming import Choice
from media.matching.pictures.pairs import (
    Candidates,
    Classes,
    Picture,
    PicturePairs,
    Transform,
    WholeHashes,
    candidates_among,
)
from media.matching.pictures.part_blobs import Features, Portion
from media.matching.pictures.part_index import KeyCounts, pairs_among, pairs_between
from media.matching.pictures.part_tables import Index
from media.matching.pictures.part_votes import TABLES
from media.matching.pictures.pieces import (
    PartTask,
    WholeTask,
    class_keys,
    join_share,
    part_tasks,
    whole_choices,
    whole_tasks,
)
from media.matching.pictures.resolve import ImageMatch, Resolution
from media.pictures.local_features import Blobs

Numbers = NDArray[np.int64]

PHASHES = tuple(f"phash{orientation}" for orientation in range(8))
_HASHES = (*PHASHES, "dhash", "low")
_WHOLE_TASKS = 8
"""Of each orientation, before the keys are shared out."""
_PAIRS_AT_ONCE = 1 << 18
_PICTURES_AT_ONCE = 800
_KEY_PARTS = 4
"""Of the keys of a table: 4 million counters at a time."""


@dataclass(frozen=True, slots=True)
class PicturePlan:
    """How the pictures are cut."""

    pictures: int
    pictures_a_shard: int
    class_parts: int
    """Of the classes, by their hash."""
    shares: int = 1
    """Of the classes, where one task cannot hold all."""
    shards_held: int = 1
    """The features of so many are in memory at once."""

    @property
    def shards(self) -> int:
        """Ranges of pictures, in the order of their numbers."""
        return -(-self.pictures // self.pictures_a_shard)


def class_stages(plan: PicturePlan) -> list[Stage]:
    """From ``pictures`` to classes of one hash."""
    return [
        Stage("split_hashes", partial(split_hashes, plan), plan.shards, ("hashes",)),
        Stage(
            "find_classes",
            partial(find_classes, plan),
            plan.class_parts,
            ("classes", "class_firsts", "class_members", "whole_within"),
            ("hashes",),
        ),
    ]


def candidate_stages(plan: PicturePlan, classes: int, normal: int) -> list[Stage]:
    """From classes, ``normal`` of them with much information, to candidates, as wholes and by their parts."""
    tasks = tuple(whole_tasks(classes, normal, _WHOLE_TASKS, plan.shares))
    parts = tuple(part_tasks(plan.shards, plan.shards_held))
    return [
        Stage(
            "join_whole",
            partial(join_whole, plan, tasks, classes, normal),
            len(tasks),
            ("whole",),
            ("classes", "class_members"),
        ),
        Stage("gather_blobs", partial(gather_blobs, plan), plan.shards, ("blobs",), ("class_firsts",)),
        Stage("count_keys", partial(count_keys, plan), len(TABLES) * _KEY_PARTS, ("stopped",)),
        Stage("join_parts", partial(join_parts, parts), len(parts), ("parts",), ("blobs", "stopped")),
    ]


# --- whole pictures


def split_hashes(plan: PicturePlan, room: Room, shard: int) -> None:
    """``pictures`` -> ``hashes`` by what pictures of one class have in common."""
    found = room.read("pictures", task=shard, columns=_HASHES)
    number = np.arange(len(found), dtype=np.int64) + shard * plan.pictures_a_shard
    columns = {name: found.numbers(name) for name in _HASHES}
    room.write("hashes", shard, {"number": number, **columns}, _class_part(plan, columns), plan.class_parts)


def _class_part(plan: PicturePlan, columns: Mapping[str, NDArray[Any]]) -> Numbers:
    """Return the partition that each picture's class is in."""
    keys = class_keys(*(columns[name] for name in ("phash0", "dhash", "low")))
    return (keys % np.uint64(plan.class_parts)).astype(np.int64)


def find_classes(plan: PicturePlan, room: Room, part: int) -> None:
    """``hashes`` -> ``classes``, ``class_firsts``: their first pictures by shard, ``class_members`` of those of several
    pictures, and ``whole_within``: candidates of one class.
    """
    found = room.read("hashes", part)
    found = Rows(found.table.take(require_parquet().array(np.argsort(found.numbers("number")))))
    number, hashes = found.numbers("number"), _hashes_of(found)
    classes = Classes.of(hashes)
    sizes = np.diff(classes.starts)
    firsts = classes.firsts
    first_of = firsts[classes.of_picture]
    columns = {name: found.numbers(name) for name in _HASHES}
    room.write(
        "classes",
        part,
        {
            "number": number[firsts],
            "several": sizes > 1,
            **{name: values[firsts] for name, values in columns.items()},
        },
    )
    room.write(
        "class_firsts",
        part,
        {"number": number[firsts]},
        number[firsts] // plan.pictures_a_shard,
        plan.shards,
    )
    several = np.flatnonzero(sizes[classes.of_picture] > 1)
    room.write(
        "class_members",
        part,
        {
            "first": number[first_of[several]],
            "number": number[several],
            **{name: values[several] for name, values in columns.items()},
        },
    )
    every = np.arange(len(firsts))
    _write_whole(
        room,
        "whole_within",
        part,
        [_numbered(candidates_among(classes.pairs(every, every), hashes, 0), number)],
    )


def join_whole(
    plan: PicturePlan, tasks: tuple[WholeTask, ...], classes: int, normal: int, room: Room, number: int
) -> None:
    """``classes`` -> ``whole``: candidates of two classes."""
    task = tasks[number]
    found: list[Candidates] = []
    held = _Classes(plan, room, task.orientation, everything=task.shares == 1)
    for choice in whole_choices(task.orientation, classes, normal)[task.first : task.last]:
        rows = held.rows(partial(_is_shared, task, choice))
        for left, right in join_share(
            choice, task, rows.numbers(PHASHES[task.orientation]), rows.numbers("phash0")
        ):
            for low in range(0, len(left), _PAIRS_AT_ONCE):
                some = slice(low, low + _PAIRS_AT_ONCE)
                found += held.candidates(rows, left[some], right[some])
    _write_whole(room, "whole", number, found)


def _is_shared(task: WholeTask, choice: Choice, phash: NDArray[np.uint64]) -> NDArray[np.bool_]:
    return task.has(choice.keys(phash))


class _Classes:
    """The classes that one task looks at."""

    def __init__(self, plan: PicturePlan, room: Room, orientation: int, *, everything: bool) -> None:
        self._plan, self._room, self._orientation = plan, room, orientation
        self._columns = [
            *dict.fromkeys((PHASHES[0], PHASHES[orientation])),
            "number",
            "several",
            "dhash",
            "low",
        ]
        self._kept = self._read(None) if everything else None

    def rows(self, wanted: Callable[[NDArray[np.uint64]], NDArray[np.bool_]]) -> Rows:
        """Those of which a hash is wanted, upright or turned; all, where all are in memory."""
        return self._kept if self._kept is not None else self._read(wanted)

    def _read(self, wanted: Callable[[NDArray[np.uint64]], NDArray[np.bool_]] | None) -> Rows:
        arrow = require_parquet()
        tables = []
        for table in self._room.tables("classes", columns=self._columns):
            rows = Rows(table)
            # Mirrored and turned, pictures with little information are not looked for.
            kept = ~rows.numbers("low") if self._orientation else np.ones(len(rows), bool)
            if wanted is not None:
                kept &= wanted(rows.numbers(PHASHES[0])) | wanted(rows.numbers(PHASHES[self._orientation]))
            tables.append(table.filter(arrow.array(kept)))
        return Rows(arrow.concat_tables(tables).combine_chunks())

    def candidates(self, rows: Rows, left: Numbers, right: Numbers) -> Iterator[Candidates]:
        """Yield the candidates among the pictures of pairs of classes."""
        several = rows.numbers("several")
        many = several[left] | several[right]
        yield self._of_singles(rows, left[~many], right[~many])
        if many.any():
            yield self._of_members(rows, left[many], right[many])

    def _of_singles(self, rows: Rows, left: Numbers, right: Numbers) -> Candidates:
        both = np.concatenate([left, right])
        hashes = self._hashes(rows.numbers, both)
        at = np.arange(len(left))
        found = candidates_among(PicturePairs(at, at + len(left)), hashes, self._orientation)
        return _numbered(found, rows.numbers("number")[both])

    def _of_members(self, rows: Rows, left: Numbers, right: Numbers) -> Candidates:
        arrow = require_parquet()
        chosen, place = np.unique(np.concatenate([left, right]), return_inverse=True)
        several, first = rows.numbers("several")[chosen], rows.numbers("number")[chosen]
        hashes = {name: rows.numbers(name)[chosen] for name in ("phash0", "dhash", "low")}
        columns = [name for name in self._columns if name != "several"]
        single = rows.table.select(columns).take(arrow.array(chosen[~several]))
        tables = [single.append_column("first", arrow.array(first[~several]))]
        for part in np.unique(_class_part(self._plan, hashes)[several]).tolist():
            members = Rows(self._room.read("class_members", task=part, columns=["first", *columns]).table)
            wanted = np.isin(members.numbers("first"), first)
            tables.append(members.table.filter(arrow.array(wanted)).select(tables[0].column_names))
        members = Rows(arrow.concat_tables(tables).combine_chunks())
        order = np.lexsort((members.numbers("number"), members.numbers("first")))
        by_first = members.numbers("first")[order]
        numbers = members.numbers("number")[order]
        firsts, starts = np.unique(by_first, return_index=True)
        classes = Classes(np.zeros(0, np.int64), starts, np.arange(len(order)), np.append(starts, len(order)))
        at = np.searchsorted(firsts, first)[place.reshape(-1)]
        pairs = classes.pairs(at[: len(left)], at[len(left) :])
        found = candidates_among(pairs, self._hashes(members.numbers, order), self._orientation)
        return _numbered(found, numbers)

    def _hashes(self, column: Callable[[str], NDArray[Any]], at: Numbers) -> WholeHashes:
        """Of some rows; only what this orientation looks at."""
        phash = np.zeros((len(at), 8), np.uint64)
        for orientation in {0, self._orientation}:
            phash[:, orientation] = column(PHASHES[orientation])[at]
        return WholeHashes(phash, column("dhash")[at], column("low")[at])


def _hashes_of(rows: Rows) -> WholeHashes:
    phash = np.stack([rows.numbers(name) for name in PHASHES], axis=1)
    return WholeHashes(phash, rows.numbers("dhash"), rows.numbers("low"))


def _numbered(found: Candidates, numbers: Numbers) -> Candidates:
    left, right = numbers[found.left], numbers[found.right]
    return Candidates(np.minimum(left, right), np.maximum(left, right), found.distance_bits)


def _write_whole(room: Room, dataset: str, task: int, found: list[Candidates]) -> None:
    nothing = Candidates(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.uint8))
    room.write(
        dataset,
        task,
        {
            name: np.concatenate([getattr(each, name) for each in [nothing, *found]])
            for name in ("left", "right", "distance_bits")
        },
    )


# --- parts


def gather_blobs(plan: PicturePlan, room: Room, shard: int) -> None:
    """``pictures`` -> ``blobs`` of the first pictures of classes."""
    found = room.read("pictures", task=shard, columns=["blobs"])
    firsts = np.sort(room.read("class_firsts", shard).numbers("number"))
    values = found.table["blobs"].take(require_parquet().array(firsts - shard * plan.pictures_a_shard))
    room.write("blobs", shard, {"number": firsts, "value": values})


def _portions(room: Room, shard: int) -> Iterator[Portion]:
    rows = room.read("blobs", task=shard)
    numbers = rows.numbers("number")
    for low in range(0, len(rows), _PICTURES_AT_ONCE):
        values = rows.table["value"].slice(low, _PICTURES_AT_ONCE).to_pylist()
        yield Portion(numbers[low : low + _PICTURES_AT_ONCE], [value or b"" for value in values])


def count_keys(plan: PicturePlan, room: Room, task: int) -> None:
    """``blobs`` -> ``stopped``: keys that too many share."""
    table, part = divmod(task, _KEY_PARTS)
    counts = KeyCounts(table, part, _KEY_PARTS)
    for shard in range(plan.shards):
        several = [portion.codes for portion in _portions(room, shard)]
        counts.add(np.concatenate([np.zeros(0, np.uint64), *several]))
    keys = counts.too_many()
    room.write("stopped", task, {"table": np.full(len(keys), table), "key": keys})


def join_parts(tasks: tuple[PartTask, ...], room: Room, number: int) -> None:
    """``blobs``, ``stopped`` -> ``parts``: candidates by their parts."""
    task = tasks[number]
    stopped = room.read("stopped")
    tables, keys = stopped.numbers("table"), stopped.numbers("key")
    held = [Features.of(portion) for shard in task.held for portion in _portions(room, shard)]
    joined = Features.joined(held)
    held.clear()
    index = Index(joined, tuple(np.sort(keys[tables == table]) for table in range(len(TABLES))))
    if task.held == task.sought:
        found = list(pairs_among(index))
    else:
        found = [
            each
            for shard in task.sought
            for portion in _portions(room, shard)
            for each in pairs_between(index, Features.of(portion))
        ]
    names = {"left": "left", "right": "right", "turn": "orientation", "votes": "votes"}
    room.write(
        "parts",
        number,
        {
            name: np.concatenate([np.zeros(0, np.int64), *(getattr(each, of) for each in found)])
            for name, of in names.items()
        },
    )


# --- verification


def resolve(room: Room, batch: int) -> None:
    """``members``, ``pairs`` -> ``matches``, ``groups``."""
    members = read_members(room.read("members", task=batch))
    pairs = room.read("pairs", task=batch)
    numbers = {number: place for place, number in enumerate(members.numbers.tolist())}
    left, right = ([numbers[each] for each in pairs.strings(side)] for side in ("left", "right"))
    verdicts: dict[str, set[tuple[int, int]]] = {"same": set(), "different": set()}
    for one, other, verdict in zip(left, right, pairs.strings("verdict"), strict=True):
        if verdict:
            verdicts[verdict].add((one, other))
    graphs = _graphs_of(pairs, np.array([left, right], np.int64))
    resolving = Resolving(
        members.pictures,
        PictureDecisions(frozenset(verdicts["same"]), frozenset(verdicts["different"])),
        members.thumbnail,
        members.blobs,
    )
    resolved = [
        (root, component, resolving.resolve(component, graph))
        for root, graph in sorted(graphs.items())
        for component in graph.components()
    ]
    _write_resolved(room, batch, resolved)


def _graphs_of(pairs: Rows, numbers: Numbers) -> dict[int, CandidateGraph]:
    """Return what is connected, by its root: ``numbers`` (2, n) are the pictures of each pair."""
    roots, likelihoods, turns, verdicts = (
        pairs.strings(name) for name in ("root", "likelihood", "turn", "verdict")
    )
    proposed = np.array([each is not None for each in likelihoods], bool)
    told = np.array([each == "same" for each in verdicts], bool)
    likelihood = np.array([each or 0.0 for each in likelihoods])
    turn = np.array([-1 if each is None else each for each in turns], np.int64)
    graphs: dict[int, CandidateGraph] = {}
    for root in dict.fromkeys(np.array(roots, object)[proposed].tolist()):
        graph = graphs[root] = CandidateGraph()
        own = proposed & (np.array(roots, object) == root)
        for left, right in numbers[:, own & told].T.tolist():
            graph.tell(left, right)
        found = own & ~told
        graph.add_pairs(numbers[0, found], numbers[1, found], likelihood[found], turn[found])
    return graphs


@dataclass(frozen=True, slots=True)
class Members:
    """The pictures of a batch, numbered anew in their order."""

    pictures: Chosen
    numbers: Numbers
    """What they are numbered in the archive."""
    webp: Mapping[str, bytes | None]
    features: Mapping[str, bytes | None]

    def thumbnail(self, sha256: str) -> Grey | None:
        webp = self.webp[sha256]
        return open_thumbnail(webp) if webp is not None else None

    def blobs(self, sha256: str) -> Blobs | None:
        value = self.features[sha256]
        return Blobs.from_bytes(value) if value is not None else None


MEMBER = ("number", "sha256", "width_px", "height_px", "information", "pixels_sha256", "standing", *_HASHES)


def read_members(rows: Rows) -> Members:
    """Return the pictures of a batch; without thumbnails where the rows are without."""
    columns = [rows.strings(name) for name in MEMBER[1:6]]
    pictures = [Picture(*each) for each in zip(*columns, strict=True)]
    with_looks = "webp" in rows.table.column_names
    looks = [rows.strings(name) if with_looks else [None] * len(rows) for name in ("webp", "blobs")]
    webp, blobs = (
        {each.sha256: value for each, value in zip(pictures, values, strict=True)} for values in looks
    )
    return Members(
        Chosen(pictures, _hashes_of(rows), rows.numbers("standing")),
        rows.numbers("number"),
        webp,
        blobs,
    )


_Of = tuple[int, list[int], Resolved]
"""The root, and the members of a batch that were resolved together."""


def _write_resolved(room: Room, batch: int, resolved: list[_Of]) -> None:
    matches = [
        (root, together, match) for root, together, each in resolved for match in each.resolution.matches
    ]
    of = {name: [getattr(match, name) for _, _, match in matches] for name in _MATCH}
    for side in ("left", "right"):
        of[side] = [together[number] for (_, together, _), number in zip(matches, of[side], strict=True)]
    transforms = [match.transform for _, _, match in matches]
    boxes = {name: [list(getattr(each, name)) for each in transforms] for name in ("left_box", "right_box")}
    arrow = require_parquet()
    room.write(
        "matches",
        batch,
        {
            "root": np.array([root for root, _, _ in matches], np.int64),
            **{name: arrow.array(values, _MATCH[name]) for name, values in of.items()},
            "mirrored": arrow.array([each.mirrored for each in transforms], "bool"),
            "rotated_degrees": np.array([each.rotated_degrees for each in transforms], np.float64),
            "scale": np.array([each.scale for each in transforms], np.float64),
            "changes": arrow.array([_changes_as_json(each.changes) for each in transforms], "string"),
            **{name: arrow.array(values, arrow.list_(arrow.float64())) for name, values in boxes.items()},
        },
    )
    groups = [(root, own, each, group) for root, own, each in resolved for group in each.resolution.groups]
    shown = [(group.keeper, *group.members) for _, _, _, group in groups]
    sizes = np.cumsum([0, *map(len, shown)])
    flat = np.array(
        [own[n] for (_, own, _, _), some in zip(groups, shown, strict=True) for n in some], np.int64
    )
    framed = np.array(
        [each.framed[n] for (_, _, each, _), some in zip(groups, shown, strict=True) for n in some], bool
    )
    room.write(
        "groups",
        batch,
        {
            "root": np.array([root for root, _, _, _ in groups], np.int64),
            "members": list_column(flat, sizes),
            "framed": list_column(framed, sizes),
        },
    )


_MATCH = {
    "left": "int64",
    "right": "int64",
    "kind": "string",
    "distance_bits": "int64",
    "aligned_similarity": "float64",
}


def _changes_as_json(changes: Changes | None) -> str | None:
    return None if changes is None else json.dumps(asdict(changes))


def _read_changes(told: str | None) -> Changes | None:
    if told is None:
        return None
    read = json.loads(told)
    left, right = (tuple(map(_box, read[name])) for name in ("left_boxes", "right_boxes"))
    return Changes(left, right, read["share"])


def _box(edges: list[float]) -> Box:
    left, top, right, bottom = edges
    return left, top, right, bottom


def read_resolved(room: Room, batch: int) -> Iterator[Resolved]:
    """Yield what a batch came to, one set of connected pictures after the other, as it is to be recorded."""
    pictures = read_members(room.read("members", task=batch, columns=MEMBER)).pictures.pictures
    found = room.read("matches", task=batch).table.to_pylist()
    matches: dict[int, list[ImageMatch]] = {}
    for row in found:
        left_box, right_box = (tuple(row[name]) for name in ("left_box", "right_box"))
        told = (row["mirrored"], row["rotated_degrees"], row["scale"])
        transform = Transform(*told, left_box, right_box, _read_changes(row["changes"]))
        match = ImageMatch(**{name: row[name] for name in _MATCH}, transform=transform)
        matches.setdefault(row["root"], []).append(match)
    groups: dict[int, list[Group]] = {}
    framed = [False] * len(pictures)
    for row in room.read("groups", task=batch).table.to_pylist():
        keeper, *members = row["members"]
        groups.setdefault(row["root"], []).append(Group(keeper, tuple(members)))
        for member, is_framed in zip(row["members"], row["framed"], strict=True):
            framed[member] = is_framed
    for root in sorted(matches.keys() | groups.keys()):
        resolution = Resolution(tuple(matches.get(root, ())), tuple(groups.get(root, ())))
        yield Resolved(pictures, framed, resolution)

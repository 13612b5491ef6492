"""The stages of matching captions, as workers run them: each reads partitions and writes partitions.

keys -> words, alike rows -> how often each word is used -> keys by their rare words -> pairs to compare
     -> runs of words                                    -> pairs, one in the other   -> what they are
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from catalog.match.partitions.files import Room, Rows, list_column, require_parquet
from catalog.match.partitions.run import Stage
from media.matching.captions.candidates import is_cut_from, series_of
from media.matching.captions.containment import MAX_HOLDERS, Patterns, Wanted, Windows, collect_holders
from media.matching.captions.difference import Wording
from media.matching.captions.edits import EditRows, nearest, spread
from media.matching.captions.key_groups import Related, relate_pair, related_in_series
from media.matching.captions.shard_rows import (
    Vocabulary,
    WordCounts,
    appearances,
    cover,
    group_rows,
    read_rows,
    take_rows,
)
from media.matching.captions.words import Hashes, Ints, mix

Numbers = NDArray[np.int64]

KINDS = ("edited", "extended", "changed-fact")
"""Of related keys, as numbered in the datasets."""
_EDIT, _CUT = 0, 1
_PAIRS_AT_ONCE = 20_000
_SHARD_GROUPS = 8
"""Tasks that share the shards among them when keys are looked for in keys."""


@dataclass(frozen=True, slots=True)
class CaptionPlan:
    """How the captions are cut."""

    keys: int
    keys_a_shard: int
    parts: int
    """Of what is partitioned by a hash."""

    @property
    def shards(self) -> int:
        """Ranges of keys, in their order."""
        return -(-self.keys // self.keys_a_shard)

    @property
    def shard_groups(self) -> int:
        return min(_SHARD_GROUPS, self.shards)


def finding_stages(plan: CaptionPlan) -> list[Stage]:
    """From ``keys`` to the pairs of rows that share all but a few words, and of keys of which one holds the other."""
    shards, parts = plan.shards, plan.parts

    def stage(
        function: Callable[[CaptionPlan, Room, int], None],
        tasks: int,
        *outputs: str,
        spent: tuple[str, ...] = (),
    ) -> Stage:
        return Stage(function.__name__, partial(function, plan), tasks, outputs, spent)

    return [
        stage(split_words, shards, "words", "rows", "appeared", "cuts"),
        stage(find_alike, parts, "members", "series", spent=("rows",)),
        stage(count_words, shards, "counts"),
        stage(sum_counts, parts, "sums", spent=("counts", "appeared")),
        stage(rank_words, 1, "vocabulary", spent=("sums",)),
        stage(spread_keys, shards, "entries", "patterns"),
        stage(join_edits, parts, "edits", "row_pairs", "crowded_rows", spent=("entries",)),
        stage(
            join_holders,
            parts * plan.shard_groups,
            "holders",
            "crowded_holders",
            spent=("patterns", "words", "vocabulary"),
        ),
    ]


def comparing_stages(plan: CaptionPlan) -> list[Stage]:
    """From pairs to what they are to one another."""
    return [
        Stage(
            "gather_pairs",
            partial(gather_pairs, plan),
            plan.shards,
            ("pairs", "held", "phrases", "crowds_left"),
            ("holders",),
        ),
        Stage(
            "compare_pairs",
            partial(compare_pairs, plan),
            plan.shards,
            ("related", "crowds_right"),
            ("pairs", "edits"),
        ),
    ]


# --- words and rows


def split_words(plan: CaptionPlan, room: Room, shard: int) -> None:
    """``keys`` -> ``words`` of the shard, ``rows`` by what is alike under the cover."""
    keys = room.read("keys", task=shard)
    texts = keys.strings("key")
    rows = read_rows(texts, np.flatnonzero(keys.numbers("cut_short")).tolist())
    numbers = np.arange(len(texts), dtype=np.int64) + shard * plan.keys_a_shard
    room.write(
        "rows",
        shard,
        {"row": rows.row, "number": numbers, "facts": rows.facts, "key": keys.table["key"]},
        _part_of(rows.row, plan.parts),
        plan.parts,
    )
    first, appeared = appearances(rows.first_words, shard)
    room.write("appeared", shard, {"word": first, "appeared": appeared})
    whole = rows.held_words >= np.diff(rows.offsets)
    room.write("cuts", shard, {"found": np.where(whole, -1, rows.held_words).astype(np.int32)})
    room.write(
        "words",
        shard,
        {
            "words": list_column(rows.words, rows.offsets),
            "kinds": list_column(rows.kinds, rows.offsets),
            "held_words": rows.held_words,
        },
    )


def find_alike(plan: CaptionPlan, room: Room, part: int) -> None:
    """``rows`` -> ``members`` of rows of several keys, by their shard, and what is ``series`` among them."""
    rows = room.read("rows", part)
    row, number = rows.numbers("row"), rows.numbers("number")
    order, starts, sizes = group_rows(row, number)
    number, facts = number[order], rows.numbers("facts")[order]
    several = sizes > 1
    chosen = spread(starts[several], sizes[several])
    first = np.repeat(number[starts[several]], sizes[several])
    room.write(
        "members",
        part,
        {"first": first, "number": number[chosen], "facts": facts[chosen]},
        number[chosen] // plan.keys_a_shard,
        plan.shards,
    )
    keys = rows.table["key"].take(require_parquet().array(order[chosen]))
    _write_related(
        room, "series", part, _series(number[chosen].tolist(), keys.to_pylist(), sizes[several].tolist())
    )


def _series(numbers: list[int], keys: list[str], sizes: list[int]) -> Iterator[Related]:
    at = 0
    for size in sizes:
        for series in series_of(numbers[at : at + size], keys[at : at + size]):
            yield from related_in_series(series)
        at += size


@dataclass(frozen=True, slots=True)
class _Words:
    words: Hashes
    offsets: Numbers
    covered: Hashes
    held_words: Ints


def _words_of(room: Room, shard: int) -> _Words:
    found = room.read("words", task=shard)
    words, offsets = found.lists("words")
    kinds, _ = found.lists("kinds")
    return _Words(words, offsets, cover(words, kinds), found.numbers("held_words"))


def _windows_of(plan: CaptionPlan, room: Room, shard: int) -> Windows:
    words, offsets = room.read("words", task=shard, columns=["words"]).lists("words")
    return Windows(words, offsets, shard * plan.keys_a_shard)


def _rows_of(plan: CaptionPlan, room: Room, shard: int, keys: int) -> tuple[Numbers, Numbers, Ints]:
    """Of a shard's keys those that stand for a row: their places, their numbers, and 2 where others are alike."""
    members = room.read("members", shard)
    first, number = members.numbers("first"), members.numbers("number")
    begin = shard * plan.keys_a_shard
    is_row, size = np.ones(keys, bool), np.ones(keys, np.int32)
    is_row[number[number != first] - begin] = False
    size[number - begin] = 2
    rows = np.flatnonzero(is_row)
    return rows, rows + begin, size[rows]


def count_words(plan: CaptionPlan, room: Room, shard: int) -> None:
    """``words`` -> ``counts`` by word."""
    keys = _words_of(room, shard)
    rows, _, _ = _rows_of(plan, room, shard, len(keys.held_words))
    appeared = room.read("appeared", task=shard)
    counts = WordCounts.of(
        *take_rows(keys.covered, keys.offsets, rows), (appeared.numbers("word"), appeared.numbers("appeared"))
    )
    _write_counts(room, "counts", shard, counts, plan.parts)


def sum_counts(plan: CaptionPlan, room: Room, part: int) -> None:
    """Turn ``counts`` into ``sums``."""
    _write_counts(room, "sums", part, _read_counts(room.read("counts", part)), 1)


def rank_words(plan: CaptionPlan, room: Room, _: int) -> None:
    """Turn ``sums`` into the ``vocabulary``: all words by rarity."""
    counts = _read_counts(room.read("sums"))
    room.write("vocabulary", 0, {"word": counts.word, "rank": counts.ranks(), "count": counts.count})


def _write_counts(room: Room, dataset: str, task: int, counts: WordCounts, parts: int) -> None:
    columns = {"word": counts.word, "use": counts.use, "count": counts.count, "appeared": counts.appeared}
    room.write(dataset, task, columns, _part_of(counts.word, parts), parts)


def _read_counts(rows: Rows) -> WordCounts:
    return WordCounts.summed(*(rows.numbers(name) for name in ("word", "use", "count", "appeared")))


# --- pairs


def spread_keys(plan: CaptionPlan, room: Room, shard: int) -> None:
    """``words`` -> ``entries``: rows by each of their rare words; ``patterns``: keys by a run of their words."""
    keys = _words_of(room, shard)
    table = room.read("vocabulary")
    vocabulary = Vocabulary(table.numbers("word"), table.numbers("rank"), table.numbers("count"))
    del table
    chosen, numbers, sizes = _rows_of(plan, room, shard, len(keys.held_words))
    covered, offsets = take_rows(keys.covered, keys.offsets, chosen)
    ranks, counts = vocabulary.ranked(covered, offsets)
    rows = EditRows.of(ranks, offsets)
    key, place = rows.rare_words()
    shared = counts[offsets[key] + place] > 1  # a word that one row has joins it to none
    key, place = key[shared], place[shared]
    part = _part_of(mix(ranks[offsets[key] + place]), plan.parts)
    # A row goes to a partition once, with all its rare words that belong there.
    which, entry = np.unique(part * len(rows) + key, return_inverse=True)
    places = np.zeros(len(which), np.uint8)
    np.bitwise_or.at(places, entry.reshape(-1), (1 << place).astype(np.uint8))
    row = which % max(1, len(rows))
    packed = spread(offsets[:-1][row], np.diff(offsets)[row])
    room.write(
        "entries",
        shard,
        {
            "number": numbers[row],
            "places": places,
            "several": sizes[row] > 1,
            "ranks": list_column(ranks[packed], np.concatenate([[0], np.cumsum(np.diff(offsets)[row])])),
        },
        which // max(1, len(rows)),
        plan.parts,
    )
    windows = Windows(keys.words, keys.offsets, shard * plan.keys_a_shard)
    patterns = Patterns.of(windows, keys.held_words, vocabulary.counts(keys.words))
    room.write(
        "patterns",
        shard,
        {name: getattr(patterns, name) for name in _PATTERN},
        _part_of(patterns.run, plan.parts),
        plan.parts,
    )


_PATTERN = ("held", "run", "place", "words", "whole")


def join_edits(plan: CaptionPlan, room: Room, part: int) -> None:
    """``entries`` -> ``edits``: pairs of keys by the shard of the first, and ``row_pairs``, where a row has several."""
    entries = room.read("entries", part)
    number = entries.numbers("number")
    order = np.argsort(number)
    ranks, offsets = Rows(entries.table.take(require_parquet().array(order))).lists("ranks")
    number, several = number[order], entries.numbers("several")[order]
    rows = EditRows.of(ranks, offsets)
    key, place = rows.rare_words()
    here = (entries.numbers("places")[order][key] >> place.astype(np.uint8)) & 1 == 1
    pairs = np.concatenate([np.zeros((0, 3), np.int64), *rows.pairs(entries=(key[here], place[here]))])
    crossed = several[pairs[:, :2]].any(axis=1)
    pairs[:, :2] = number[pairs[:, :2]]
    write_edits(plan, room, part, pairs[~crossed])
    room.write("row_pairs", part, dict(zip(_EDITS, pairs[crossed].T, strict=True)))
    crowded = np.flatnonzero(rows.crowds)
    room.write("crowded_rows", part, {"number": number[crowded], "size": rows.crowds[crowded]})


_EDITS = ("left", "right", "apart")


def write_edits(plan: CaptionPlan, room: Room, task: int, pairs: Numbers) -> None:
    """Write pairs of keys into ``edits``, and how many words apart they are."""
    room.write(
        "edits", task, dict(zip(_EDITS, pairs.T, strict=True)), pairs[:, 0] // plan.keys_a_shard, plan.shards
    )


def read_edits(rows: Rows) -> Numbers:
    """Return pairs of keys, or of rows, each once, and how many words apart they are."""
    return _distinct(rows, _EDITS)


def join_holders(plan: CaptionPlan, room: Room, task: int) -> None:
    """``patterns``, ``words`` -> ``holders``: pairs of keys by the shard of the one that is held."""
    part, group = divmod(task, plan.shard_groups)
    rows = room.read("patterns", part)
    wanted = Wanted(Patterns(*(rows.numbers(name) for name in _PATTERN)))
    del rows
    shards = range(group, plan.shards, plan.shard_groups)
    held, holder = collect_holders(
        itertools.chain.from_iterable(wanted.find(_windows_of(plan, room, shard)) for shard in shards)
    ).T
    room.write("crowded_holders", task, {"number": wanted.crowded, "size": wanted.crowds.astype(np.int32)})
    room.write("holders", task, {"left": held, "right": holder}, held // plan.keys_a_shard, plan.shards)


# --- what they are


def gather_pairs(plan: CaptionPlan, room: Room, shard: int) -> None:
    """``edits``, ``holders`` -> ``pairs`` with the text of the first, by the shard of the other; ``held``."""
    keys = room.read("keys", task=shard)
    begin = shard * plan.keys_a_shard
    edits = _nearest(room, "left", shard, read_edits(room.read("edits", shard)))
    holders = _distinct(room.read("holders", shard))
    many = np.bincount(holders[:, 0] - begin, minlength=len(keys)) > MAX_HOLDERS
    room.write("phrases", shard, {"number": np.flatnonzero(many) + begin})
    holders = holders[~many[holders[:, 0] - begin]]
    # Most are found whole; the others are compared with the text of the holder.
    found = room.read("cuts", task=shard).numbers("found")
    whole = found[holders[:, 0] - begin] < 0
    held = (Related("extended", one, other) for one, other in holders[whole].tolist())
    _write_related(room, "held", shard, held)
    pairs = np.concatenate([edits, np.pad(holders[~whole], ((0, 0), (0, 1)))])
    kind = np.repeat(np.array([_EDIT, _CUT], np.int8), [len(edits), len(pairs) - len(edits)])
    at = pairs[:, 0] - begin
    take = require_parquet().array(at)
    room.write(
        "pairs",
        shard,
        {
            "kind": kind,
            "left": pairs[:, 0],
            "right": pairs[:, 1],
            "apart": pairs[:, 2],
            "found": found[at],
            "key": keys.table["key"].take(take),
            "text": keys.table["text"].take(take),
        },
        pairs[:, 1] // plan.keys_a_shard,
        plan.shards,
    )


def _distinct(rows: Rows, columns: tuple[str, ...] = ("left", "right")) -> Numbers:
    return np.unique(np.stack([rows.numbers(column) for column in columns], axis=1), axis=0)


def _nearest(room: Room, side: Literal["left", "right"], shard: int, pairs: Numbers) -> Numbers:
    """Return the pairs to compare of each key on one side; write the keys of which others are left out."""
    column: Literal[0, 1] = 0 if side == "left" else 1
    kept, counts = nearest(pairs, column)
    room.write(
        f"crowds_{side}", shard, {"number": pairs[~kept, column], "size": counts[~kept].astype(np.int32)}
    )
    return pairs[kept]


def compare_pairs(plan: CaptionPlan, room: Room, shard: int) -> None:
    """``pairs`` -> ``related``."""
    keys = room.read("keys", task=shard)
    _write_related(room, "related", shard, _compared(plan, room, shard, keys))


def _compared(plan: CaptionPlan, room: Room, shard: int, keys: Rows) -> Iterator[Related]:
    begin = shard * plan.keys_a_shard
    kept = iter(_kept_pairs(room, shard))
    for table in room.tables("pairs", shard):
        table = table.filter(require_parquet().array(itertools.islice(kept, len(table)), "bool"))
        for low in range(0, len(table), _PAIRS_AT_ONCE):
            some = Rows(table.slice(low, _PAIRS_AT_ONCE))
            right = some.numbers("right")
            others = keys.table.take(require_parquet().array(right - begin))
            for kind, one, other, found, key, text, other_key, other_text in zip(
                some.strings("kind"),
                some.strings("left"),
                right.tolist(),
                some.strings("found"),
                some.strings("key"),
                some.strings("text"),
                others["key"].to_pylist(),
                others["text"].to_pylist(),
                strict=True,
            ):
                if kind == _CUT:
                    if is_cut_from(key, found, other_key):
                        yield Related("extended", one, other)
                    continue
                related = relate_pair(one, other, Wording(key, text), Wording(other_key, other_text))
                if related is not None:
                    yield related


def _kept_pairs(room: Room, shard: int) -> list[bool]:
    """Return for all ``pairs`` of a shard whether each is to be compared."""
    rows = room.read("pairs", shard, ["kind", "left", "right", "apart"])
    is_edit = rows.numbers("kind") == _EDIT
    pairs = np.stack([rows.numbers(column) for column in _EDITS], axis=1)
    places = np.flatnonzero(is_edit)
    places = _nearest(room, "right", shard, np.column_stack([pairs[places], places]))[:, 3]
    kept = ~is_edit
    kept[places] = True
    found: list[bool] = kept.tolist()
    return found


def _write_related(room: Room, dataset: str, task: int, related: Iterator[Related]) -> None:
    rows = [(KINDS.index(each.kind), each.left, each.right, each.similarity, each.slot) for each in related]
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    arrow = require_parquet()
    room.write(
        dataset,
        task,
        {
            "kind": np.array(columns[0], np.int8),
            "left": np.array(columns[1], np.int64),
            "right": np.array(columns[2], np.int64),
            "similarity": np.array(columns[3], np.float64),
            "slot": arrow.array(columns[4], arrow.binary()),
        },
    )


def _part_of(hashes: Hashes, parts: int) -> Numbers:
    """Return the partition of each hash: not by its low bits, which what is joined within a partition goes
    by.
    """
    part: Numbers = ((hashes >> np.uint64(32)) % np.uint64(parts)).astype(np.int64)
    return part

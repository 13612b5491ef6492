"""Matches pictures in partitions: the plan, and what only the coordinator can do, between the stages of the workers."""

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from catalog.match.partitions.files import Room, Rows, require_parquet
from catalog.match.partitions.means import Means
from catalog.match.partitions.run import StageTask, run_stage_task
from catalog.match.partitions.scratch import Scratch
from catalog.match.pictures.duplicates import PictureDecisions, Resolved, record_duplicates
from catalog.match.pictures.partition_tasks import (
    PHASHES,
    PicturePlan,
    candidate_stages,
    class_stages,
    read_resolved,
    resolve,
)
from catalog.match.pictures.stored import picture_rows
from catalog.store.catalogue import Catalogue
from media import __version__
from media.matching.components import Components
from media.matching.pictures.candidate_graph import part_likelihood, whole_likelihood
from media.matching.pictures.pairs import WholeHashes
from media.pictures.local_features import BLOBS_VERSION

_BYTES_A_PICTURE = 35_000
"""Of the largest task, for each picture that it holds (benchmarks/partitioned.py)."""
_BYTES_A_MEMBER = 500
"""Of a task that finds the pictures of one hash."""
_BYTES_A_CLASS = 430
"""Of a task that joins the hashes of all (measured at a million: benchmarks/partitioned.py)."""
_MOST_PICTURES_A_SHARD = 20_000
_FEWEST_BLOCKS = 2
"""That features are sorted in, so that several workers have something to do."""
_BATCH_PICTURES = 400
"""Some 10 KB each with its thumbnail and features."""

_TABLES = """
CREATE TABLE pictures (number INTEGER PRIMARY KEY, sha256 TEXT, width_px INTEGER, height_px INTEGER, information TEXT,
    pixels_sha256 TEXT, standing INTEGER, phash BLOB, dhash BLOB);
CREATE TABLE pairs (left INTEGER, right INTEGER, likelihood REAL, turn INTEGER, verdict TEXT);
"""


def renew_duplicates(catalogue: Catalogue, means: Means) -> None:
    """Find matches and groups of all pictures anew.

    The result is that of :func:`catalog.match.pictures.duplicates.update_duplicates`.
    """
    count = sum(1 for _ in picture_rows(catalogue))
    room = means.room("pictures")
    with means.scratch("pictures") as scratch:
        scratch.make(_TABLES)
        batches = 0
        if count:
            plan = plan_pictures(count, means)
            _export(catalogue, plan, room, means, scratch)
            batches = _find(catalogue, plan, room, means, scratch)
        touched = (row["sha256"] for row in catalogue.rows(_EVERY))
        record_duplicates(catalogue, touched, _resolved(room, batches))
    room.remove()


def plan_pictures(count: int, means: Means) -> PicturePlan:
    """How so many pictures are cut."""
    shards, _ = means.cut(count, _BYTES_A_PICTURE, _MOST_PICTURES_A_SHARD)
    pictures_a_shard = -(-count // shards)
    held = 1 if means.parts else means.task_bytes // (pictures_a_shard * _BYTES_A_PICTURE)
    held = max(1, min(held, -(-shards // _FEWEST_BLOCKS)))
    _, class_parts = means.cut(count, _BYTES_A_MEMBER, count)
    shares = means.parts or -(-count * _BYTES_A_CLASS // means.task_bytes)
    return PicturePlan(count, pictures_a_shard, class_parts, shares, held)


_EVERY = (
    "SELECT sha256 FROM images UNION SELECT image_sha256 FROM image_group_members"
    " UNION SELECT left_sha256 FROM image_matches UNION SELECT right_sha256 FROM image_matches"
)


def _resolved(room: Room, batches: int) -> Iterator[Resolved]:
    for batch in range(batches):
        yield from read_resolved(room, batch)


def _find(catalogue: Catalogue, plan: PicturePlan, room: Room, means: Means, scratch: Scratch) -> int:
    """Everything up to the files of what was resolved; gives their number."""
    means.run(class_stages(plan), room)
    if not room.has("sizes", 0):
        low = [Rows(table).numbers("low") for table in room.tables("classes", columns=["low"])]
        room.write(
            "sizes", 0, {"classes": [sum(map(len, low))], "normal": [int(sum((~each).sum() for each in low))]}
        )
    sizes = room.read("sizes")
    means.run(candidate_stages(plan, *(int(sizes.numbers(name)[0]) for name in ("classes", "normal"))), room)
    _gather(room, scratch)
    components = Components(plan.pictures)
    for pairs in scratch.batches("SELECT left, right FROM pairs WHERE likelihood IS NOT NULL"):
        left, right = np.array(pairs, np.int64).T
        components.join(left, right)
    roots = components.roots()
    scratch.define("root_of", lambda number: int(roots[number]))
    batches = 0
    for _ in means.workers.run(run_stage_task, _tasks(catalogue, room, scratch)):
        pass
    for batches in itertools.count():
        if not room.has("members", batches):
            break
    return batches


# --- pictures


def _export(catalogue: Catalogue, plan: PicturePlan, room: Room, means: Means, scratch: Scratch) -> None:
    """Write the pictures into ``pictures``, one shard after the other, and what was decided on them into ``pairs``."""
    fresh = means.room("pictures-new")
    fresh.clear()
    digest = hashlib.blake2b(repr((plan, BLOBS_VERSION)).encode())
    rows = picture_rows(catalogue)
    for shard in range(plan.shards):
        first = shard * plan.pictures_a_shard
        some = list(itertools.islice(rows, plan.pictures_a_shard))
        scratch.fill(
            "INSERT INTO pictures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((number, *(row[name] for name in _PICTURE)) for number, row in enumerate(some, first)),
        )
        blobs = _kept_of(catalogue, [row["sha256"] for row in some], _BLOBS)
        columns = _hashes([(row["phash"], row["dhash"], row["information"]) for row in some])
        columns["blobs"] = require_parquet().array([blobs.get(row["sha256"]) for row in some], "binary")
        for row in some:
            digest.update(repr((*(row[name] for name in _PICTURE), blobs.get(row["sha256"]))).encode())
        fresh.write("pictures", shard, columns)
    scratch.make("CREATE UNIQUE INDEX by_digest ON pictures (sha256)")
    decided = PictureDecisions.load(catalogue, partial(_number, scratch))
    digest.update(repr((sorted(decided.same), sorted(decided.different))).encode())
    scratch.fill("INSERT INTO pairs VALUES (?, ?, 0.0, NULL, 'same')", sorted(decided.same))
    scratch.fill("INSERT INTO pairs VALUES (?, ?, NULL, NULL, 'different')", sorted(decided.different))
    room.begin(digest.hexdigest(), fresh)


_PICTURE = ("sha256", "width_px", "height_px", "information", "pixels_sha256", "standing", "phash", "dhash")


def _number(scratch: Scratch, sha256: str) -> int | None:
    for (number,) in scratch.rows("SELECT number FROM pictures WHERE sha256 = ?", (sha256,)):
        return int(number)
    return None


def _hashes(values: list[tuple[bytes, bytes, str]]) -> dict[str, object]:
    """Columns of hashes, from fingerprints and whether there is much information."""
    hashes = WholeHashes.of(
        [phash for phash, _, _ in values],
        [dhash for _, dhash, _ in values],
        [low == "low" for _, _, low in values],
    )
    by_orientation = {name: np.ascontiguousarray(hashes.phash[:, at]) for at, name in enumerate(PHASHES)}
    return {**by_orientation, "dhash": hashes.dhash, "low": hashes.low}


_BLOBS = (
    "SELECT image_sha256, value FROM fingerprints WHERE method = 'blobs'"
    f" AND version = {BLOBS_VERSION} AND image_sha256 IN ({{}})"
)
_THUMBNAILS = "SELECT image_sha256, webp FROM thumbnails WHERE image_sha256 IN ({})"


def _kept_of(catalogue: Catalogue, digests: list[str], query: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for low in range(0, len(digests), 500):
        some = digests[low : low + 500]
        found.update(catalogue.db.conn.execute(query.format(",".join("?" * len(some))), some).fetchall())
    return found


# --- batches of connected pictures


def _gather(room: Room, scratch: Scratch) -> None:
    """Gather the candidates from the files."""
    for dataset in ("whole_within", "whole"):
        for table in room.tables(dataset):
            rows = Rows(table)
            likelihood = whole_likelihood(rows.numbers("distance_bits"))
            pairs = zip(rows.strings("left"), rows.strings("right"), likelihood.tolist(), strict=True)
            scratch.fill("INSERT INTO pairs VALUES (?, ?, ?, NULL, NULL)", pairs)
    for table in room.tables("parts"):
        rows = Rows(table)
        likelihood = part_likelihood(rows.numbers("votes"))
        columns = (rows.strings("left"), rows.strings("right"), likelihood.tolist(), rows.strings("turn"))
        scratch.fill("INSERT INTO pairs VALUES (?, ?, ?, ?, NULL)", zip(*columns, strict=True))


def _tasks(catalogue: Catalogue, room: Room, scratch: Scratch) -> Iterator[StageTask]:
    """Batches of connected pictures, each written when a worker is free for it, unless its result is there."""
    rows = scratch.rows(
        "SELECT root_of(left) AS root, left, right, likelihood, turn, verdict FROM pairs"
        " WHERE likelihood IS NOT NULL OR root_of(left) = root_of(right) ORDER BY 1, 2, 3, 4, 5"
    )
    components = (list(pairs) for _, pairs in itertools.groupby(rows, key=lambda row: row[0]))
    for number, pairs in enumerate(_batches(components)):
        if not (room.has("matches", number) and room.has("groups", number)):
            _write_batch(catalogue, room, scratch, number, pairs)
            yield StageTask(resolve, room, number, __version__)


_Row = tuple[Any, ...]


def _batches(components: Iterable[list[_Row]]) -> Iterator[list[_Row]]:
    batch: list[_Row] = []
    pictures: set[int] = set()
    for pairs in components:
        batch += pairs
        pictures.update(number for _, left, right, *_ in pairs for number in (left, right))
        if len(pictures) >= _BATCH_PICTURES:
            yield batch
            batch, pictures = [], set()
    if batch:
        yield batch


def _write_batch(catalogue: Catalogue, room: Room, scratch: Scratch, number: int, pairs: list[_Row]) -> None:
    arrow = require_parquet()
    members = list(
        scratch.look_up(
            f"SELECT number, {', '.join(_PICTURE)} FROM pictures WHERE number IN ({{}}) ORDER BY number",
            (each for _, left, right, *_ in pairs for each in (left, right)),
        )
    )
    fields = dict(zip(("number", *_PICTURE), zip(*members, strict=True), strict=True))
    digests = list(fields["sha256"])
    webp, blobs = (_kept_of(catalogue, digests, query) for query in (_THUMBNAILS, _BLOBS))
    columns = {
        "number": np.array(fields["number"], np.int64),
        **{name: arrow.array(fields[name], "string") for name in ("sha256", "information", "pixels_sha256")},
        **{name: np.array(fields[name], np.int64) for name in ("width_px", "height_px")},
        "standing": np.array(fields["standing"], np.int8),
        **_hashes(list(zip(fields["phash"], fields["dhash"], fields["information"], strict=True))),
        "webp": arrow.array([webp.get(each) for each in digests], "binary"),
        "blobs": arrow.array([blobs.get(each) for each in digests], "binary"),
    }
    room.write("members", number, columns)
    kinds = {
        "root": "int64",
        "left": "int64",
        "right": "int64",
        "likelihood": "float64",
        "turn": "int64",
        "verdict": "string",
    }
    values = zip(*pairs, strict=True)
    room.write(
        "pairs",
        number,
        {name: arrow.array(column, kinds[name]) for name, column in zip(kinds, values, strict=True)},
    )

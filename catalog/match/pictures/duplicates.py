"""Updates the matches and groups of pictures.

New and changed pictures are compared with the whole catalogue; every picture that may be affected (their candidates,
the candidates of these, and so on) is then grouped again. Groups do not depend on the order in which pictures were
added, so the result is that of grouping everything at once.
"""

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from catalog.findings.kinds import IMAGE_KINDS
from catalog.match.pictures.contents import CONTENTS, contents_of
from catalog.match.pictures.keeper import Copy, Kept, Merits, Showing, describe_group, reclaimable_bytes
from catalog.match.pictures.resolving import PictureDecisions, Resolved, batches, resolve_batch
from catalog.match.pictures.stored import PartStream, Pictures, load_pictures, load_portion
from catalog.store.catalogue import Catalogue
from media.matching.pictures.candidate_graph import CandidateGraph, part_likelihood, whole_likelihood
from media.matching.pictures.grouping import Group
from media.matching.pictures.pairs import MATCH_VERSION, Candidates, Picture, WholeIndex
from media.matching.pictures.part_index import find_parts, find_sharers
from media.matching.pictures.part_votes import PartCandidates
from media.matching.pictures.scenes import fold_scenes
from media.matching.pictures.verdicts import ImageMatch
from media.matching.runner import HERE, Runner
from media.pictures.making import MAKING_VERSION, Making


def update_duplicates(catalogue: Catalogue, runner: Runner = HERE) -> None:
    """Find matches and groups again for the pending pictures and groups.

    Notes ``image-captions`` as pending for every picture whose copies changed.
    """
    asked = _asked(catalogue)
    if not asked:
        with catalogue.db.atomic():
            _settle(catalogue)
        return
    pictures = load_pictures(catalogue)
    decided = PictureDecisions.load(catalogue, pictures.number)
    graph = _connect(catalogue, pictures, decided, sorted(asked), runner)
    components = list(graph.components())
    touched = asked | {pictures.sha256(each) for component in components for each in component}
    tasks = batches(catalogue, pictures, decided, graph, components, runner)
    _record(catalogue, touched, runner.run("resolve", resolve_batch, tasks, Resolved))


def _record(catalogue: Catalogue, touched: Iterable[str], resolved: Iterable[Resolved]) -> None:
    """Replace the recorded matches and groups of the affected pictures (digests), in one transaction."""
    with catalogue.db.atomic():
        _note_touched(catalogue, touched)
        _note_copies(catalogue, "before")
        _note_left_behind(catalogue)
        _forget(catalogue)
        for each in resolved:
            _write_matches(catalogue, each.pictures, each.resolution.matches)
            for group in each.resolution.groups:
                _write_group(catalogue, each, group)
        _write_same_bytes(catalogue)
        _note_copies(catalogue, "after")
        catalogue.db.execute(
            "INSERT OR IGNORE INTO pending (kind, item) SELECT 'image-captions', sha256 FROM ("
            " SELECT * FROM (SELECT * FROM temp.copies_before EXCEPT SELECT * FROM temp.copies_after)"
            " UNION SELECT * FROM (SELECT * FROM temp.copies_after EXCEPT SELECT * FROM temp.copies_before))"
        )
        _settle(catalogue)


# --- what is to be looked at


def _asked(catalogue: Catalogue) -> set[str]:
    """Return the digests of pictures that changed, that share a group or a scene with these, or that matched them."""
    asked = {
        row["sha256"]
        for row in catalogue.rows(
            "WITH changed AS (SELECT item AS sha256 FROM pending WHERE kind = 'image'),"
            " groups AS (SELECT CAST(item AS INTEGER) AS id FROM pending WHERE kind = 'image-group'"
            "  UNION SELECT group_id FROM image_group_members WHERE image_sha256 IN changed)"
            " SELECT sha256 FROM changed"
            " UNION SELECT image_sha256 FROM image_group_members WHERE group_id IN groups"
            " UNION SELECT left_sha256 FROM image_matches WHERE right_sha256 IN changed"
            " UNION SELECT right_sha256 FROM image_matches WHERE left_sha256 IN changed"
        )
    }
    return asked | _of_scenes(catalogue)


def _of_scenes(catalogue: Catalogue) -> set[str]:
    """Return the digests of all pictures of changed scenes, of which not every pair has a row."""
    changed = "SELECT item FROM pending WHERE kind = 'image'"
    firsts = [
        row["first"]
        for row in catalogue.rows(
            "SELECT DISTINCT transform ->> '$.scene.first' AS first FROM image_matches WHERE kind = 'related'"
            f" AND (left_sha256 IN ({changed}) OR right_sha256 IN ({changed}))"
        )
        if row["first"]
    ]
    return {
        row[side]
        for some in _some(firsts)
        for row in catalogue.rows(
            "SELECT left_sha256, right_sha256 FROM image_matches WHERE kind = 'related'"
            f" AND instr(transform, '\"scene\"') AND transform ->> '$.scene.first' IN ({_marks(some)})",
            tuple(some),
        )
        for side in ("left_sha256", "right_sha256")
    }


def _settle(catalogue: Catalogue) -> None:
    catalogue.db.execute("DELETE FROM pending WHERE kind IN ('image', 'image-group')")


def _connect(
    catalogue: Catalogue,
    pictures: Pictures,
    decided: PictureDecisions,
    asked: Sequence[str],
    runner: Runner,
) -> CandidateGraph:
    """Return the candidates of the given pictures, the candidates of these, and so on."""
    graph = CandidateGraph()
    numbers = pictures.locate(asked)
    frontier = set(numbers[numbers >= 0].tolist())
    for left, right in decided.same:
        graph.tell(left, right)
    whole = WholeIndex.of(pictures.hashes)
    firsts = whole.firsts
    stream = PartStream(catalogue, pictures, firsts)
    if 2 * len(frontier) <= len(pictures):
        frontier |= set(find_sharers(load_portion(catalogue, asked), stream).tolist())
    seen: set[int] = set()
    while frontier:
        seen |= frontier
        every = 2 * len(frontier) > len(pictures)
        some = None if every else np.array(sorted(frontier), dtype=np.int64)
        reached = {each for pair in decided.same for each in pair}
        for found in whole.candidates(some, runner):
            graph.add_pairs(found.left, found.right, whole_likelihood(found.distance_bits))
            reached |= _either(found)
        for part in find_parts(stream, None if some is None else np.intersect1d(some, firsts), runner=runner):
            graph.add_pairs(part.left, part.right, part_likelihood(part.votes), part.orientation)
            reached |= _either(part)
        reached |= _group_mates(catalogue, pictures, frontier | reached)
        frontier = reached - seen
        if every:
            break
    return graph


def _either(found: Candidates | PartCandidates) -> set[int]:
    """Return the pictures in pairs."""
    return set(np.unique(np.concatenate([found.left, found.right])).tolist())


def _group_mates(catalogue: Catalogue, pictures: Pictures, numbers: set[int]) -> set[int]:
    """Return the pictures that share a group with any of these now: a group is always formed as a whole."""
    mates: set[int] = set()
    for some in _some([pictures.sha256(number) for number in sorted(numbers)]):
        for row in catalogue.rows(
            "SELECT DISTINCT image_sha256 FROM image_group_members WHERE group_id IN (SELECT group_id"
            f" FROM image_group_members WHERE image_sha256 IN ({_marks(some)}))",
            tuple(some),
        ):
            number = pictures.number(row["image_sha256"])
            if number is not None:
                mates.add(number)
    return mates


# --- writing


def _note_touched(catalogue: Catalogue, touched: Iterable[str]) -> None:
    for table in ("touched", "grouped"):
        catalogue.db.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS {table} (sha256 TEXT PRIMARY KEY) WITHOUT ROWID"
        )
        catalogue.db.execute(f"DELETE FROM temp.{table}")
    catalogue.db.conn.executemany("INSERT INTO temp.touched VALUES (?)", ((each,) for each in touched))


def _note_copies(catalogue: Catalogue, when: str) -> None:
    """Store in ``copies_WHEN`` the group mates of each picture that shares a group with an affected one."""
    catalogue.db.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS copies_{when} (sha256 TEXT PRIMARY KEY, group_sha256 BLOB) WITHOUT ROWID"
    )
    catalogue.db.execute(f"DELETE FROM temp.copies_{when}")
    rows = catalogue.rows(
        "SELECT DISTINCT group_id, image_sha256 FROM image_group_members WHERE group_id IN"
        " (SELECT group_id FROM image_group_members WHERE image_sha256 IN (SELECT sha256 FROM temp.touched))"
        " ORDER BY group_id, image_sha256"
    )
    for _, members in itertools.groupby(rows, key=lambda row: row["group_id"]):
        digests = [row["image_sha256"] for row in members]
        if len(digests) > 1:
            group = hashlib.sha256(" ".join(digests).encode()).digest()
            catalogue.db.conn.executemany(
                f"INSERT OR REPLACE INTO temp.copies_{when} VALUES (?, ?)",
                [(each, group) for each in digests],
            )


def _note_left_behind(catalogue: Catalogue) -> None:
    """Mark captions as pending whose pictures shared a group with a record that holds another picture now.

    That record is no member any more, so that :func:`_note_copies` cannot see that its copies lost it.
    """
    catalogue.db.execute(
        "INSERT OR IGNORE INTO pending (kind, item) SELECT 'image-captions', image_sha256 FROM image_group_members"
        " WHERE group_id IN (SELECT CAST(item AS INTEGER) FROM pending WHERE kind = 'image-group')"
        " UNION SELECT 'image-captions', image_sha256 FROM caption_conflict_sets"
        " WHERE image_sha256 IN (SELECT item FROM pending WHERE kind = 'image')"
    )


def _forget(catalogue: Catalogue) -> None:
    db = catalogue.db
    db.execute(
        "DELETE FROM image_groups WHERE id IN (SELECT group_id FROM image_group_members"
        " WHERE image_sha256 IN (SELECT sha256 FROM temp.touched))"
        " OR id IN (SELECT CAST(item AS INTEGER) FROM pending WHERE kind = 'image-group')"
    )
    for side in ("left_sha256", "right_sha256"):
        db.execute(f"DELETE FROM image_matches WHERE {side} IN (SELECT sha256 FROM temp.touched)")


def _write_matches(catalogue: Catalogue, pictures: Sequence[Picture], matches: Iterable[ImageMatch]) -> None:
    catalogue.db.conn.executemany(
        "INSERT INTO image_matches (left_sha256, right_sha256, kind, distance_bits, aligned_similarity, transform,"
        " version) VALUES (?, ?, ?, ?, ?, ?, ?)",
        _match_rows(pictures, matches),
    )


def _match_rows(pictures: Sequence[Picture], matches: Iterable[ImageMatch]) -> Iterator[tuple[object, ...]]:
    for match, scene in fold_scenes(tuple(matches)):
        match = match.ordered(pictures)
        transform = match.transform.as_json()
        if scene is not None:
            said = {"first": pictures[scene.first].sha256, "pictures": scene.pictures}
            transform = f'{transform[:-1]}, "scene": {json.dumps(said)}}}'
        yield (
            pictures[match.left].sha256,
            pictures[match.right].sha256,
            match.kind,
            match.distance_bits,
            match.aligned_similarity,
            transform,
            MATCH_VERSION,
        )


_WEAKEST = IMAGE_KINDS.names


def _write_group(catalogue: Catalogue, resolved: Resolved, group: Group) -> None:
    pictures = resolved.pictures
    keeper = pictures[group.keeper]
    with_keeper = {
        match.right if match.left == group.keeper else match.left: match
        for match in resolved.resolution.matches
        if group.keeper in (match.left, match.right)
    }
    showings: dict[str, Showing] = {}
    widest = 0
    for member in group.members:
        match = with_keeper[member]
        widest = max(widest, match.distance_bits)
        transform = match.transform if match.left == group.keeper else match.transform.turned()
        showings[pictures[member].sha256] = Showing(match.kind, transform)
    digests = [keeper.sha256, *showings]
    numbers = {pictures[number].sha256: number for number in (group.keeper, *group.members)}
    members = describe_group(
        keeper.sha256,
        _load_copies(catalogue, digests),
        _load_merits(catalogue, {each: resolved.framed[numbers[each]] for each in digests}),
        showings,
    )
    kind = max((showing.kind for showing in showings.values()), key=_WEAKEST.index)
    _insert_group(catalogue, kind, widest, members)
    catalogue.db.conn.executemany(
        "INSERT OR IGNORE INTO temp.grouped VALUES (?)", [(each,) for each in digests]
    )


def _write_same_bytes(catalogue: Catalogue) -> None:
    """Write groups of records with the same picture, if it matches no other picture."""
    for row in catalogue.rows(
        "SELECT r.sha256 FROM temp.touched t JOIN records r ON r.sha256 = t.sha256"
        " JOIN images i ON i.sha256 = t.sha256"
        " WHERE r.missing_since IS NULL AND t.sha256 NOT IN (SELECT sha256 FROM temp.grouped)"
        " GROUP BY r.sha256 HAVING count(*) > 1 ORDER BY r.sha256"
    ):
        copies = _load_copies(catalogue, [row["sha256"]])
        _insert_group(catalogue, "same-bytes", 0, describe_group(row["sha256"], copies, {}, {}))


def _insert_group(catalogue: Catalogue, kind: str, widest: int, members: Sequence[Kept]) -> None:
    cursor = catalogue.db.execute(
        "INSERT INTO image_groups (kind, size, widest_distance_bits, reclaimable_bytes) VALUES (?, ?, ?, ?)",
        [kind, len(members), widest, reclaimable_bytes(members)],
    )
    catalogue.db.conn.executemany(
        "INSERT INTO image_group_members (group_id, record_id, image_sha256, keeper, reason) VALUES (?, ?, ?, ?, ?)",
        [
            (cursor.lastrowid, member.copy.record_id, member.copy.sha256, int(member.keeper), member.reason)
            for member in members
        ],
    )


def _load_copies(catalogue: Catalogue, digests: Sequence[str]) -> list[Copy]:
    return [
        Copy(
            row["id"],
            row["sha256"],
            row["locator"],
            row["byte_size"] or 0,
            row["modified_ns"],
            row["inode"],
            row["kind"] in ("folder", "file"),
        )
        for some in _some(digests)
        for row in catalogue.rows(
            "SELECT r.id, r.sha256, r.locator, r.byte_size, r.modified_ns, r.inode, s.kind FROM records r"
            f" JOIN sources s ON s.id = r.source_id WHERE r.sha256 IN ({_marks(some)})"
            " AND r.missing_since IS NULL ORDER BY r.locator, s.uri",
            tuple(some),
        )
    ]


def _load_merits(catalogue: Catalogue, framed: dict[str, bool]) -> dict[str, Merits]:
    return {
        row["sha256"]: Merits(
            row["caption"] or None,
            row["information"] == "low",
            framed[row["sha256"]],
            row["width_px"],
            row["height_px"],
            contents_of(row),
            Making.from_bytes(row["making"]) if row["making"] else Making(),
        )
        for some in _some(list(framed))
        for row in catalogue.rows(
            f"SELECT sha256, caption, information, width_px, height_px, {CONTENTS}, (SELECT value FROM"
            " fingerprints f WHERE f.image_sha256 = sha256 AND method = 'making'"
            f" AND version = {MAKING_VERSION:d}) AS making FROM images"
            f" WHERE sha256 IN ({_marks(some)})",
            tuple(some),
        )
    }


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _some(digests: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield as many items at once as a statement accepts."""
    for start in range(0, len(digests), 500):
        yield digests[start : start + 500]

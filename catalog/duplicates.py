"""Keeps the matches and groups of pictures up to date.

What is new or changed is compared with the whole catalogue; every picture that it may touch (its candidates, theirs,
and so on) is then grouped anew. Groups depend only on the pictures and not on the order in which they came, so the
result is that of grouping everything at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from catalog.catalogue import Catalogue
from catalog.keeping import Copy, Kept, Merits, Showing, describe_group, reclaimable_bytes
from catalog.pictures import Pictures, best_first, load_blobs, load_part_index, load_pictures, load_thumbnail
from media.fingerprints.local import Blobs
from media.matching.framing import is_framed
from media.matching.grouping import CandidateGraph, Group
from media.matching.images import MATCH_VERSION, WholeIndex
from media.matching.resolving import ImageMatch, Resolution, Resolver, first_of_pixels
from media.matching.verify import Layers


def update_duplicates(catalogue: Catalogue) -> None:
    """Find matches and groups anew for the pictures and groups that are pending.

    Notes ``image-captions`` as pending for every picture whose copies changed.
    """
    asked = _asked(catalogue)
    if not asked:
        with catalogue.db.atomic():
            _settle(catalogue)
        return
    pictures = load_pictures(catalogue)
    decided = _Decisions.load(catalogue, pictures)
    numbers = [pictures.number[each] for each in asked if each in pictures.number]
    graph = _connect(catalogue, pictures, decided, numbers)
    components = list(graph.components())
    touched = asked | {pictures.pictures[each].sha256 for component in components for each in component}
    resolver = _Resolving(catalogue, pictures, decided)
    with catalogue.db.atomic():
        _note_touched(catalogue, touched)
        before = _copies(catalogue)
        _forget(catalogue)
        grouped: set[str] = set()
        for component in components:
            if len(component) == 1:
                continue
            resolution = resolver.resolve(component, graph)
            _write_matches(catalogue, pictures, resolution.matches)
            for group in resolution.groups:
                grouped |= _write_group(catalogue, pictures, resolver, group, resolution)
        _write_same_bytes(catalogue, grouped)
        after = _copies(catalogue)
        catalogue.db.conn.executemany(
            "INSERT OR IGNORE INTO pending (kind, item) VALUES ('image-captions', ?)",
            [(each,) for each in before.keys() | after.keys() if before.get(each) != after.get(each)],
        )
        _settle(catalogue)


# --- what is to be looked at


def _asked(catalogue: Catalogue) -> set[str]:
    """Digests of what changed, of what shares a group with it, and of what matched it."""
    return {
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


def _settle(catalogue: Catalogue) -> None:
    catalogue.db.execute("DELETE FROM pending WHERE kind IN ('image', 'image-group')")


@dataclass(frozen=True, slots=True)
class _Decisions:
    """What a person said of two pictures, by their numbers, the smaller first."""

    same: frozenset[tuple[int, int]]
    different: frozenset[tuple[int, int]]

    @classmethod
    def load(cls, catalogue: Catalogue, pictures: Pictures) -> "_Decisions":
        found: dict[str, set[tuple[int, int]]] = {"same": set(), "different": set()}
        for row in catalogue.rows("SELECT left, right, verdict FROM decisions"):
            left, right = pictures.number.get(row["left"]), pictures.number.get(row["right"])
            if left is not None and right is not None:
                found[row["verdict"]].add((min(left, right), max(left, right)))
        return cls(frozenset(found["same"]), frozenset(found["different"]))


def _connect(
    catalogue: Catalogue, pictures: Pictures, decided: _Decisions, asked: Sequence[int]
) -> CandidateGraph:
    """The candidates of the pictures asked for, and theirs, as far as they go."""
    graph = CandidateGraph()
    if not asked:
        return graph
    for left, right in decided.same:
        graph.add(left, right, 0.0)
    whole = WholeIndex(pictures.hashes)
    firsts = whole.firsts
    parts = load_part_index(catalogue, pictures, firsts)
    seen: set[int] = set()
    frontier = set(asked)
    while frontier:
        seen |= frontier
        every = 2 * len(frontier) > len(pictures)
        numbers = None if every else np.array(sorted(frontier), dtype=np.int64)
        reached = {each for pair in decided.same for each in pair}
        for found in whole.candidates(numbers):
            reached |= _add(graph, found.left, found.right, 1 - found.distance_bits / 10)
        some = None if numbers is None else np.intersect1d(numbers, firsts)
        for part in parts.candidates(some):
            for left, right, turn in zip(
                part.left.tolist(), part.right.tolist(), part.orientation.tolist(), strict=True
            ):
                graph.orientations[left, right] = (*graph.orientations.get((left, right), ()), turn)
            reached |= _add(graph, part.left, part.right, np.minimum(part.votes, 30) / 10)
        reached |= _group_mates(catalogue, pictures, frontier | reached)
        frontier = reached - seen
        if every:
            break
    return graph


def _add(
    graph: CandidateGraph,
    left: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
    likelihood: npt.NDArray[np.float64],
) -> set[int]:
    for one, other, likely in zip(left.tolist(), right.tolist(), likelihood.tolist(), strict=True):
        graph.add(one, other, likely)
    return set(left.tolist()) | set(right.tolist())


def _group_mates(catalogue: Catalogue, pictures: Pictures, numbers: set[int]) -> set[int]:
    """Who shares a group with any of these now: a group is formed anew as a whole."""
    mates: set[int] = set()
    for some in _some([pictures.pictures[number].sha256 for number in sorted(numbers)]):
        for row in catalogue.rows(
            "SELECT DISTINCT image_sha256 FROM image_group_members WHERE group_id IN (SELECT group_id"
            f" FROM image_group_members WHERE image_sha256 IN ({','.join('?' * len(some))}))",
            tuple(some),
        ):
            number = pictures.number.get(row["image_sha256"])
            if number is not None:
                mates.add(number)
    return mates


class _Resolving:
    """Resolves connected pictures with what the catalogue knows of them."""

    def __init__(self, catalogue: Catalogue, pictures: Pictures, decided: _Decisions) -> None:
        self._catalogue = catalogue
        self._pictures = pictures
        self._first_of = first_of_pixels(pictures.pictures)
        self._resolver = Resolver(
            pictures.pictures,
            pictures.hashes,
            self._load,
            self._load_blobs,
            same=decided.same,
            different=decided.different,
        )
        self._thumbnails: dict[int, npt.NDArray[np.uint8] | None] = {}
        self.framed: dict[int, bool] = {}

    def _load(self, number: int) -> Layers | None:
        thumbnail = self._thumbnail(number)
        return None if thumbnail is None else Layers(thumbnail.astype(np.float32))

    def _thumbnail(self, number: int) -> npt.NDArray[np.uint8] | None:
        if number not in self._thumbnails:
            if len(self._thumbnails) >= _THUMBNAILS_KEPT:
                self._thumbnails.clear()
            self._thumbnails[number] = load_thumbnail(self._catalogue, self._pictures.pictures[number].sha256)
        return self._thumbnails[number]

    def _is_framed(self, number: int) -> bool:
        first = self._first_of[number]
        if first not in self.framed:
            thumbnail = self._thumbnail(first)
            self.framed[first] = thumbnail is not None and is_framed(thumbnail.astype(np.float32))
        return self.framed[first]

    def _load_blobs(self, number: int) -> Blobs | None:
        return load_blobs(self._catalogue, self._pictures.pictures[number].sha256)

    def resolve(self, component: list[int], graph: CandidateGraph) -> Resolution:
        for number in component:
            self.framed[number] = self._is_framed(number)
        order = best_first(self._pictures, component, self.framed)
        return self._resolver.resolve(order, graph.candidates, graph.orientations)


_THUMBNAILS_KEPT = 4096
"""Some 27 KB each."""


# --- writing


def _note_touched(catalogue: Catalogue, touched: Iterable[str]) -> None:
    catalogue.db.execute("CREATE TEMP TABLE IF NOT EXISTS touched (sha256 TEXT PRIMARY KEY) WITHOUT ROWID")
    catalogue.db.execute("DELETE FROM temp.touched")
    catalogue.db.conn.executemany("INSERT INTO temp.touched VALUES (?)", ((each,) for each in touched))


def _copies(catalogue: Catalogue) -> dict[str, frozenset[str]]:
    """Which pictures share a group, for each that is touched."""
    members: dict[int, set[str]] = {}
    for row in catalogue.rows(
        "SELECT group_id, image_sha256 FROM image_group_members WHERE group_id IN"
        " (SELECT group_id FROM image_group_members WHERE image_sha256 IN (SELECT sha256 FROM temp.touched))"
    ):
        members.setdefault(row["group_id"], set()).add(row["image_sha256"])
    together = [frozenset(group) for group in members.values() if len(group) > 1]
    return {each: group for group in together for each in group}


def _forget(catalogue: Catalogue) -> None:
    db = catalogue.db
    db.execute(
        "DELETE FROM image_groups WHERE id IN (SELECT group_id FROM image_group_members"
        " WHERE image_sha256 IN (SELECT sha256 FROM temp.touched))"
        " OR id IN (SELECT CAST(item AS INTEGER) FROM pending WHERE kind = 'image-group')"
    )
    for side in ("left_sha256", "right_sha256"):
        db.execute(f"DELETE FROM image_matches WHERE {side} IN (SELECT sha256 FROM temp.touched)")


def _write_matches(catalogue: Catalogue, pictures: Pictures, matches: Iterable[ImageMatch]) -> None:
    catalogue.db.conn.executemany(
        "INSERT INTO image_matches (left_sha256, right_sha256, kind, distance_bits, aligned_similarity, transform,"
        " version) VALUES (?, ?, ?, ?, ?, ?, ?)",
        _match_rows(pictures, matches),
    )


def _match_rows(pictures: Pictures, matches: Iterable[ImageMatch]) -> Iterator[tuple[object, ...]]:
    for match in matches:
        match = match.ordered(pictures.pictures)
        yield (
            pictures.pictures[match.left].sha256,
            pictures.pictures[match.right].sha256,
            match.kind,
            match.distance_bits,
            match.aligned_similarity,
            match.transform.as_json(),
            MATCH_VERSION,
        )


_WEAKEST = ("same-bytes", "same-pixels", "near", "part")


def _write_group(
    catalogue: Catalogue, pictures: Pictures, resolver: _Resolving, group: Group, resolution: Resolution
) -> set[str]:
    """Write one group; gives the digests that are in it."""
    keeper = pictures.pictures[group.keeper]
    with_keeper = {
        match.right if match.left == group.keeper else match.left: match
        for match in resolution.matches
        if group.keeper in (match.left, match.right)
    }
    showings: dict[str, Showing] = {}
    widest = 0
    for member in group.members:
        match = with_keeper[member]
        widest = max(widest, match.distance_bits)
        transform = match.transform if match.left == group.keeper else match.transform.turned()
        showings[pictures.pictures[member].sha256] = Showing(match.kind, transform)
    digests = [keeper.sha256, *showings]
    numbers = {pictures.pictures[number].sha256: number for number in (group.keeper, *group.members)}
    members = describe_group(
        keeper.sha256,
        _load_copies(catalogue, digests),
        _load_merits(catalogue, {each: resolver.framed[numbers[each]] for each in digests}),
        showings,
    )
    kind = max((showing.kind for showing in showings.values()), key=_WEAKEST.index)
    _insert_group(catalogue, kind, widest, members)
    return set(digests)


def _write_same_bytes(catalogue: Catalogue, grouped: set[str]) -> None:
    """Groups of records that hold one picture, where it matches no other."""
    several = [
        row["sha256"]
        for row in catalogue.rows(
            "SELECT r.sha256 FROM temp.touched t JOIN records r ON r.sha256 = t.sha256"
            " JOIN images i ON i.sha256 = t.sha256"
            " WHERE r.missing_since IS NULL GROUP BY r.sha256 HAVING count(*) > 1 ORDER BY r.sha256"
        )
    ]
    for sha256 in several:
        if sha256 not in grouped:
            copies = _load_copies(catalogue, [sha256])
            _insert_group(catalogue, "same-bytes", 0, describe_group(sha256, copies, {}, {}))


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
            f" JOIN sources s ON s.id = r.source_id WHERE r.sha256 IN ({','.join('?' * len(some))})"
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
        )
        for some in _some(list(framed))
        for row in catalogue.rows(
            "SELECT sha256, caption, information, width_px, height_px FROM images"
            f" WHERE sha256 IN ({','.join('?' * len(some))})",
            tuple(some),
        )
    }


def _some(digests: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many at once as a statement takes."""
    for start in range(0, len(digests), 500):
        yield digests[start : start + 500]

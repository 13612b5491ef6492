"""The search for parts gives exactly the pairs of its definition, whichever way it goes and whatever it holds."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations

import numpy as np
import pytest

from media.matching.pictures import part_index, part_join, part_tables, part_votes
from media.matching.pictures.orientations import ORIENTATIONS, UNDOES
from media.matching.pictures.part_blobs import Portion, Stream
from media.matching.pictures.part_corners import NEAR_BITS
from media.matching.pictures.part_index import find_parts, find_parts_of, find_sharers
from media.matching.pictures.part_votes import CODE_BITS, TABLES, PartCandidates, make_keys, turn
from media.pictures.local_features import Blobs, turn_codes

Pair = tuple[int, int, int, int]
"""Left, right, orientation, votes."""


def draw_archive(seed: int, count: int = 40) -> list[Blobs]:
    """Pictures that show parts of a few scenes, in any orientation; many share a code that says nothing."""
    random = np.random.default_rng(seed)
    scenes = [
        (random.integers(0, 2**64, 30, dtype=np.uint64), random.uniform(0.2, 0.8, (30, 2))) for _ in range(3)
    ]
    common = random.integers(0, 2**64, 4, dtype=np.uint64), random.random((4, 2))
    pictures = []
    for _ in range(count):
        codes, points = scenes[random.integers(3)]
        shown = random.permutation(30)[: random.integers(0, 30)]
        orientation = int(random.integers(8))
        flips = np.array(
            [
                sum(1 << int(bit) for bit in random.choice(64, random.integers(0, 4), replace=False))
                for _ in shown
            ],
            dtype=np.uint64,
        )
        placed = points[shown] @ ORIENTATIONS[orientation][:, :2].T % 1
        placed[random.random(len(shown)) < 0.2] = random.random(2)
        own = [
            turn_codes(codes[shown], orientation) ^ flips,
            common[0],
            random.integers(0, 2**64, 3, dtype=np.uint64),
        ]
        if random.random() < 0.2:
            own.append(np.repeat(own[-1][:1], 3))
        joined = np.concatenate(own)
        places = np.concatenate([placed, common[1], random.random((len(joined) - len(shown) - 4, 2))])
        levels = np.full(len(joined), 3, dtype=np.uint8)
        levels[random.random(len(joined)) < 0.1] = 7
        pictures.append(Blobs.from_bytes(Blobs(joined, places.astype(np.float32), levels).as_bytes()))
    return pictures


def stream_of(pictures: list[Blobs], at_once: int = 7, first: int = 0) -> Stream:
    values = [each.as_bytes() for each in pictures]

    def stream() -> Iterable[Portion]:
        for start in range(0, len(values), at_once):
            some = values[start : start + at_once]
            yield Portion(np.arange(first + start, first + start + len(some)), some)

    return stream


def rows_of(found: Iterable[PartCandidates]) -> list[Pair]:
    return sorted(
        row
        for each in found
        for row in zip(
            each.left.tolist(),
            each.right.tolist(),
            each.orientation.tolist(),
            each.votes.tolist(),
            strict=True,
        )
    )


def by_definition(pictures: list[Blobs]) -> list[Pair]:
    """Pair by pair, every blob of the one with every blob of the other."""
    having = [Counter(int(code) & mask for each in pictures for code in each.codes) for mask in TABLES]
    rare = [
        [
            np.array([counts[int(code) & mask] <= part_votes.STOP for code in each.codes], dtype=bool)
            for each in pictures
        ]
        for counts, mask in zip(having, TABLES, strict=True)
    ]
    tells = [
        np.array(
            [sum((int(a) ^ int(b)).bit_count() <= 8 for b in each.codes) - 1 < 2 for a in each.codes],
            dtype=bool,
        )
        for each in pictures
    ]
    found = []
    for left, right in combinations(range(len(pictures)), 2):
        one, other = pictures[left], pictures[right]
        for orientation in range(8):
            differing = turn_codes(one.codes, orientation)[:, None] ^ other.codes[None, :]
            alike = np.zeros(differing.shape, dtype=bool)
            for table, mask in enumerate(TABLES):
                agree = differing & np.uint64(mask) == 0
                alike |= agree & rare[table][left][:, None] & rare[table][right][None, :]
            alike &= np.bitwise_count(differing) <= CODE_BITS
            alike &= tells[left][:, None] & tells[right][None, :]
            shared = [(int(i), int(j)) for i, j in np.argwhere(alike)]
            votes = min(len({i for i, _ in shared}), len({j for _, j in shared}))
            if votes < part_votes.VOTES or not (votes > 12 or say_the_same(one, other, shared, orientation)):
                continue
            told = [np.flatnonzero(tells[each]).tolist() for each in (left, right)]
            by_table = [
                (mask, i, j)
                for mask, own in zip(TABLES, rare, strict=True)
                for i, j in shared
                if (int(differing[i, j]) & mask) == 0 and own[left][i] and own[right][j]
            ]
            if any(share_corner(one, other, told, *each, orientation) for each in by_table):
                found.append((left, right, orientation, votes))
    return sorted(found)


def share_corner(
    one: Blobs, other: Blobs, told: list[list[int]], mask: int, i: int, j: int, orientation: int
) -> bool:
    """Whether a neighbour of the one blob is a neighbour of the other, where both have their lowest key."""
    g, h = (lowest_turn(int(each), mask) for each in (one.codes[i], other.codes[j]))
    turns = [np.array(each)[:, :2] for each in ORIENTATIONS]
    if not np.array_equal(turns[h] @ turns[orientation], turns[g]):
        return False
    for n in neighbours(one, told[0], i):
        for m in neighbours(other, told[1], j):
            ours, theirs = turn_codes(one.codes[[n]], g)[0], turn_codes(other.codes[[m]], h)[0]
            if int(ours ^ theirs) & NEAR_BITS or int(ours ^ theirs).bit_count() > CODE_BITS:
                continue
            levels = [int(each) for each in (one.levels[i], one.levels[n], other.levels[j], other.levels[m])]
            scale = 2 ** ((levels[2] - levels[0]) / 2)
            ways = (
                scale * (turns[g] @ (grid(one)[n] - grid(one)[i])),
                turns[h] @ (grid(other)[m] - grid(other)[j]),
            )
            off, far = np.abs(ways[0] - ways[1]).max(), max(np.abs(way).max() for way in ways)
            if abs((levels[1] - levels[0]) - (levels[3] - levels[2])) <= 2 and off <= far / 4 + 3 * max(
                1, scale
            ):
                return True
    return False


def lowest_turn(code: int, mask: int) -> int:
    table = TABLES.index(mask)
    turned = [make_keys(turn_codes(np.array([code], dtype=np.uint64), way), table)[0] for way in range(8)]
    return turned.index(min(turned))


def grid(blobs: Blobs) -> np.ndarray:
    return np.round(blobs.points.astype(float) * 256 - 0.5)


def neighbours(blobs: Blobs, told: list[int], blob: int) -> list[int]:
    away = np.abs(grid(blobs) - grid(blobs)[blob]).max(axis=1)
    return sorted((each for each in told if each != blob), key=lambda each: (away[each], each))[:8]


def say_the_same(one: Blobs, other: Blobs, shared: list[tuple[int, int]], orientation: int) -> bool:
    points = one.points @ ORIENTATIONS[orientation][:, :2].T
    for (i, j), (k, m) in combinations(shared, 2):
        octaves = [(int(other.levels[y]) - int(one.levels[x])) / 2 for x, y in ((i, j), (k, m))]
        scale = 2 ** (sum(octaves) / 2)
        off = np.abs(scale * (points[k] - points[i]) - (other.points[m] - other.points[j])).max()
        if i != k and j != m and abs(octaves[0] - octaves[1]) <= 1 and off <= 0.06 * max(1, scale):
            return True
    return False


@pytest.mark.parametrize("stop", [2000, 25, 1], ids="stop-{}".format)
@pytest.mark.parametrize("seed", range(4))
def test_all_pairs_are_those_of_the_definition(seed: int, stop: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(part_votes, "STOP", stop)
    pictures = draw_archive(seed)
    expected = by_definition(pictures)
    assert rows_of(find_parts(stream_of(pictures))) == expected
    assert {turned for _, _, turned, _ in expected} == set(range(8)) or stop == 1
    assert len(expected) > (500 if stop == 2000 else 15)


def test_the_stop_says_which_pairs_there_are():
    pictures = draw_archive(0)
    counts = defaultdict(set)
    for stop in (2000, 25, 1):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(part_votes, "STOP", stop)
            counts[stop] = set(rows_of(find_parts(stream_of(pictures))))
    assert len(counts[4]) < len(counts[25]) < len(counts[2000])


@pytest.mark.parametrize("stop", [2000, 25, 1], ids="stop-{}".format)
@pytest.mark.parametrize("few", [0, 1 << 20], ids=["sorted", "sifted"])
@pytest.mark.parametrize("held", [1000, 1 << 26], ids="held-{}".format)
def test_pictures_asked_for_get_their_pairs_of_all(
    stop: int, few: int, held: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(part_votes, "STOP", stop)
    monkeypatch.setattr(part_index, "_FEW", few)
    monkeypatch.setattr(part_join, "CORNERS_AT_ONCE", held)
    pictures = draw_archive(5)
    every = rows_of(find_parts(stream_of(pictures)))
    assert every == by_definition(pictures)
    for asked in ([0], [3, 11, 39], list(range(0, 40, 2)), []):
        for at_once in (1, 100):
            found = rows_of(find_parts(stream_of(pictures, at_once), np.array(asked, dtype=np.int64)))
            assert found == [pair for pair in every if pair[0] in asked or pair[1] in asked]


@pytest.mark.parametrize(
    ("room", "limit", "value"),
    [
        pytest.param(part_index, "_COUNTED_AT_ONCE", 50, id="keys-are-counted-in-portions"),
        pytest.param(part_index, "_BLOBS_AT_ONCE", 30, id="few-blobs-at-once"),
        pytest.param(part_tables, "_PAIRS_AT_ONCE", 20, id="few-pairs-at-once"),
        pytest.param(part_tables, "_FEW_RANGES", 0, id="all-compared-in-step"),
        pytest.param(part_tables, "_STEPS", 3, id="few-steps"),
        pytest.param(part_join, "CORNERS_AT_ONCE", 500, id="few-corners-at-once"),
        pytest.param(part_join, "_BLOBS_AT_ONCE", 30, id="few-blobs-in-one-go"),
        pytest.param(part_join, "_HASHED_AT_ONCE", 7, id="few-blobs-hashed-at-once"),
        pytest.param(part_join, "_KEPT_APART", 0, id="pairs-joined-at-once"),
        pytest.param(part_join, "_PAIRS_AT_ONCE", 3, id="few-pairs-counted-out-at-once"),
        pytest.param(part_join, "_PAIRS_A_TASK", 5, id="few-pairs-a-task"),
        pytest.param(part_join, "_FEW_PAIRS", 0, id="all-marked"),
        pytest.param(part_join, "_MARKS", 4, id="few-marks"),
        pytest.param(part_join, "_IN_MEMORY", 100, id="columns-in-files"),
        pytest.param(part_votes, "_COMPARED_AT_ONCE", 1, id="one-picture-compared-at-once"),
        pytest.param(part_votes, "_COMPARISONS_AT_ONCE", 1, id="few-comparisons-at-once"),
        pytest.param(part_votes, "_MANY", 0, id="votes-counted-first"),
        pytest.param(part_votes, "_COUNTERS", 3, id="votes-counted-in-few-counters"),
    ],
)
def test_limits_of_memory_do_not_change_what_is_found(
    room: object, limit: str, value: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(part_votes, "STOP", 25)
    pictures = draw_archive(6, 60)
    every = rows_of(find_parts(stream_of(pictures)))
    asked = np.array([2, 17, 44])
    some = rows_of(find_parts(stream_of(pictures), asked))
    assert every
    monkeypatch.setattr(room, limit, value)
    monkeypatch.setattr(part_votes, "_MANY", 0 if limit == "_COUNTERS" else part_votes._MANY)
    assert rows_of(find_parts(stream_of(pictures))) == every
    assert rows_of(find_parts(stream_of(pictures), asked)) == some


@pytest.mark.parametrize("seed", range(3))
def test_order_in_which_pictures_came_does_not_matter(seed: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(part_votes, "STOP", 25)
    pictures = draw_archive(7)
    order = np.random.default_rng(seed).permutation(len(pictures)).tolist()
    shuffled = rows_of(find_parts(stream_of([pictures[number] for number in order])))
    assert sorted(
        (order[left], order[right], turned, votes)
        if order[left] < order[right]
        else (order[right], order[left], UNDOES[turned], votes)
        for left, right, turned, votes in shuffled
    ) == rows_of(find_parts(stream_of(pictures)))


def test_picture_that_is_not_in_the_archive_gets_the_pairs_that_it_would_have():
    pictures = draw_archive(8)
    guest = Portion(np.array([39]), [pictures[39].as_bytes()])
    found = rows_of(find_parts_of(guest, stream_of(pictures[:39])))
    assert found == [pair for pair in rows_of(find_parts(stream_of(pictures))) if pair[1] == 39]
    assert found


def test_orientations_can_be_left_out():
    pictures = draw_archive(9)
    every = rows_of(find_parts(stream_of(pictures)))
    upright = rows_of(find_parts(stream_of(pictures), orientations=(0, 1)))
    assert upright == [pair for pair in every if pair[2] in (0, 1)]


@pytest.mark.parametrize("seed", range(6))
def test_pairs_of_old_pictures_change_only_among_those_whose_codes_became_common(
    seed: int, monkeypatch: pytest.MonkeyPatch
):
    """So bringing up to date what changed, and these, gives what looking at everything gives."""
    monkeypatch.setattr(part_votes, "STOP", 44)
    pictures = draw_archive(10 + seed, 50)
    new = list(range(40, 50))
    before = set(rows_of(find_parts(stream_of(pictures[:40]))))
    after = set(rows_of(find_parts(stream_of(pictures))))
    changed = Portion(np.arange(10), [pictures[number].as_bytes() for number in new])
    touched = {*find_sharers(changed, stream_of(pictures)).tolist(), *new}
    differing = before ^ after
    assert differing
    assert all(left in touched or right in touched for left, right, _, _ in differing)
    gone = find_sharers(changed, stream_of(pictures[:40])).tolist()
    old = [pair for pair in differing if pair[1] < 40]
    assert all(left in gone or right in gone for left, right, _, _ in old), "the same, when they go"


def test_rare_codes_make_nobody_else_asked():
    pictures = draw_archive(20)
    changed = Portion(np.arange(1), [pictures[0].as_bytes()])
    assert find_sharers(changed, stream_of(pictures)).tolist() == []


@pytest.mark.parametrize("orientation", range(8))
def test_codes_agree_in_a_table_however_both_are_turned(orientation: int):
    codes = np.random.default_rng(0).integers(0, 2**64, 2000, dtype=np.uint64)
    assert (turn(codes, orientation) == turn_codes(codes, orientation)).all()
    for table, mask in enumerate(TABLES):
        other = codes ^ (
            np.random.default_rng(1).integers(0, 2**64, 2000, dtype=np.uint64) & ~np.uint64(mask)
        )
        assert (make_keys(codes, table) == make_keys(other, table)).all()
        turned = make_keys(turn(codes, orientation), table)
        assert (turned == make_keys(turn(other, orientation), table)).all()

"""Joins that are cut into shares find what the whole ones find, pair for pair, however they are cut."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from media.captions.key import normalise
from media.matching.captions.difference import Wording
from media.matching.captions.key_groups import KeyGroup
from media.matching.captions.relations import Decisions, relate_keys
from media.matching.components import Components
from media.matching.pictures import part_votes
from media.matching.pictures.orientations import ORIENTATIONS
from media.matching.pictures.pairs import WholeHashes, WholeIndex
from media.matching.pictures.part_blobs import Portion
from media.matching.pictures.part_index import find_parts
from media.matching.pictures.part_join import corner_tasks
from media.matching.runner import HERE, Runner
from media.pictures.local_features import Blobs, turn_codes
from tests.match_workers import workers_here

SHARES = (1, 7)
SAID = (
    "smoke rises over the port of avel harbour ferry crew sound brest morning fog lifts slowly as boats leave"
)
WORDS = SAID.split()
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""A case takes a second, and shrinking tries hundreds."""

# --- captions


def grouped(texts: list[str], decisions: Decisions, runner: Runner = HERE) -> tuple[KeyGroup, ...]:
    by_key = {normalise(text).key: text for text in sorted(texts, reverse=True)}
    keys = sorted(key for key in by_key if key)
    return relate_keys(
        keys,
        lambda wanted: {key: Wording(key, by_key[key]) for key in wanted},
        cut_short=[key for key in keys if by_key[key].endswith("...")],
        decisions=decisions,
        runner=runner,
    ).groups


def edits(text: str) -> list[str]:
    """What newsrooms make of a caption."""
    words = text.split()
    return [
        " ".join([words[0], *words[2:]]),
        " ".join([*words[:-1], "slowly"]),
        f"{text} on Monday, March 4, 2024.",
        f"{text} on Tuesday, March 5, 2024.",
        f"{text} in March 2024.",
        f"{text} The crew of {len(words)} was saved.",
        f"{text} The crew of {len(words) + 1} was saved.",
        " ".join(words[: max(4, len(words) - 3)]) + "...",
        f"{text} Photo by Jan Tarrow",
        text.title(),
    ]


sentences = st.lists(st.sampled_from(WORDS), min_size=4, max_size=14).map(" ".join)
captions = st.lists(sentences, min_size=1, max_size=6).flatmap(
    lambda some: st.lists(
        st.sampled_from([*some, *(edit for text in some for edit in edits(text))]), max_size=40
    )
)


def check_captions(texts: list[str], picks: list[int], folder: Path) -> None:
    keys = sorted({normalise(text).key for text in texts} - {""})
    pairs = (
        [tuple(sorted((keys[i % len(keys)], keys[j % len(keys)]))) for i, j in itertools.pairwise(picks)]
        if keys
        else []
    )
    pairs = [pair for pair in pairs if pair[0] != pair[1]]
    decisions = Decisions(frozenset(pairs[::2]), frozenset(pairs[1::2]) - frozenset(pairs[::2]))  # type: ignore[arg-type]
    expected = grouped(texts, decisions)
    for shares in SHARES:
        assert grouped(texts, decisions, workers_here(folder, shares)) == expected


@settings(max_examples=5, deadline=None, phases=NO_SHRINKING)
@given(texts=captions, picks=st.lists(st.integers(0, 1000), max_size=5))
def test_captions_in_any_shares_make_the_same_groups(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], picks: list[int]
) -> None:
    check_captions(texts, picks, tmp_path_factory.mktemp("work"))


@pytest.mark.long
@settings(max_examples=200, deadline=None, phases=NO_SHRINKING)
@given(texts=captions, picks=st.lists(st.integers(0, 1000), max_size=5))
def test_many_captions_in_any_shares_make_the_same_groups(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], picks: list[int]
) -> None:
    check_captions(texts, picks, tmp_path_factory.mktemp("work"))


def test_a_form_letter_that_thousands_share_is_joined_as_in_one_process(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    names = [f"name{number}" for number in range(40)]
    texts = [
        f"The horoscope of {names[a]} for readers born under {names[b]} says that {names[c]} finds {names[d]}"
        for a, b, c, d in random.integers(40, size=(560, 4)).tolist()
    ]
    texts += [f"{text} today" for text in texts[:40]]
    expected = grouped(texts, Decisions())
    assert expected
    assert grouped(texts, Decisions(), workers_here(tmp_path, 7)) == expected


def test_a_series_of_dates_and_a_phrase_of_many_captions_are_as_in_one_process(tmp_path: Path) -> None:
    chart = [
        f"The pollen chart of the region for March {day}, 2024 with {n} stations"
        for day in range(1, 29)
        for n in (4, 5)
    ]
    held = "Smoke rises over the old port"
    holders = [f"{held} {a} {b}" for a in WORDS for b in WORDS[:12]]
    texts = [*chart, held, *holders, "Smoke rises over the old port..."]
    assert grouped(texts, Decisions(), workers_here(tmp_path, 7)) == grouped(texts, Decisions())


def test_no_captions_are_no_groups(tmp_path: Path) -> None:
    assert grouped([], Decisions(), workers_here(tmp_path, 3)) == ()


# --- pictures


def draw_hashes(random: np.random.Generator, count: int, copies: int) -> WholeHashes:
    """Hashes of which many are near one another, some turned, some the same; one picture in five holds little."""
    phash = random.integers(0, 2**64, (count, 8), dtype=np.uint64)
    dhash = random.integers(0, 2**64, count, dtype=np.uint64)
    low = random.random(count) < 0.2
    for one, other in random.integers(count, size=(count, 2)).tolist():
        orientation = int(random.integers(8)) if random.random() < 0.4 else 0
        flips = np.bitwise_or.reduce(
            np.uint64(1) << random.integers(0, 64, random.integers(0, 10), dtype=np.uint64)
        )
        phash[other, 0] = phash[one, orientation] ^ flips
        if random.random() < 0.5:
            dhash[other], low[other] = dhash[one] ^ np.uint64(random.integers(8)), low[one]
    same = random.permutation(count)[:copies]
    phash[same] = phash[same[:1]]
    low[same] = False
    return WholeHashes(phash, dhash, low)


def draw_blobs(random: np.random.Generator, count: int) -> list[bytes]:
    """Features of pictures that show parts of one another's, mirrored and turned by quarters, too; some shown where
    they cannot be, some repeated in one picture, some in nearly all of them."""
    lists = [random.integers(0, 2**64, random.integers(0, 40), dtype=np.uint64) for _ in range(count)]
    points = [random.random((len(codes), 2)) for codes in lists]
    for one, other in random.integers(count, size=(2 * count, 2)).tolist():
        shown = slice(0, int(random.integers(0, 12)))
        orientation = int(random.integers(8))
        codes = turn_codes(lists[one][shown], orientation)
        codes = codes ^ np.uint64(1) << random.integers(64, size=len(codes), dtype=np.uint64)
        placed = points[one][shown] @ ORIENTATIONS[orientation][:, :2].T % 1
        if random.random() < 0.3:
            placed = random.random(placed.shape)
        lists[other], points[other] = np.append(lists[other], codes), np.append(points[other], placed, axis=0)
    everywhere = random.integers(0, 2**64, 4, dtype=np.uint64)
    values = []
    for codes, places in zip(lists, points, strict=True):
        added = [everywhere] if random.random() < 0.7 else []
        if len(codes) and random.random() < 0.2:
            added.append(np.repeat(codes[:1], 3))
        codes = np.concatenate([codes, *added])
        places = np.append(places, random.random((len(codes) - len(places), 2)), axis=0)
        levels = random.integers(2, 4, len(codes), dtype=np.uint8)
        values.append(Blobs(codes, places.astype(np.float32), levels).as_bytes())
    return values


Rows = set[tuple[int, ...]]


def candidates(
    hashes: WholeHashes, blobs: list[bytes], runner: Runner = HERE, at_once: int = 1000
) -> tuple[Rows, Rows]:
    """As wholes and by parts, the features coming some pictures at once."""
    index = WholeIndex.of(hashes)
    whole: Rows = {
        row
        for found in index.candidates(runner=runner)
        for row in zip(found.left.tolist(), found.right.tolist(), found.distance_bits.tolist(), strict=True)
    }
    firsts = index.firsts
    stream = [
        Portion(
            firsts[low : low + at_once], [blobs[number] for number in firsts[low : low + at_once].tolist()]
        )
        for low in range(0, len(firsts), at_once)
    ]
    parts = [
        row
        for found in find_parts(lambda: iter(stream), runner=runner)
        for row in zip(
            *(getattr(found, name).tolist() for name in ("left", "right", "orientation", "votes")),
            strict=True,
        )
    ]
    assert len(parts) == len(set(parts)), "a pair came twice"
    return whole, set(parts)


@pytest.mark.parametrize(
    ("shares", "at_once", "task_bytes"),
    [(1, 1000, 1 << 30), (4, 130, 1), (3, 100, 1 << 20), (2, 40, 3 << 19)],
)
def test_candidates_among_pictures_are_the_same_in_any_shares(
    tmp_path: Path, shares: int, at_once: int, task_bytes: int
) -> None:
    random = np.random.default_rng(7)
    hashes, blobs = draw_hashes(random, 500, 40), draw_blobs(random, 500)
    expected = candidates(hashes, blobs)
    assert len(expected[0]) > 200
    assert len(expected[1]) > 200
    assert {orientation for _, _, orientation, _ in expected[1]} == set(range(8))
    assert candidates(hashes, blobs, workers_here(tmp_path, shares, task_bytes), at_once) == expected


def test_features_that_too_many_share_have_no_say_in_any_shares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(8)
    hashes, blobs = draw_hashes(random, 300, 0), draw_blobs(random, 300)
    all_have_a_say = candidates(hashes, blobs)[1]
    for stop in (40, 150, 190):  # 60 pictures have some 42 of those that nearly all share
        monkeypatch.setattr(part_votes, "STOP", stop)
        expected = candidates(hashes, blobs)
        assert len(all_have_a_say) > 1.5 * len(expected[1]) > 300
        assert candidates(hashes, blobs, workers_here(tmp_path / f"{stop}", 4, 1), 60) == expected


def test_what_does_not_tell_counts_among_those_that_share_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two pictures share four features; a third repeats these, so that it has no say, and they are too many."""
    random = np.random.default_rng(9)
    codes, points = random.integers(0, 2**64, 4, dtype=np.uint64), random.random((4, 2)).astype(np.float32)
    one = Blobs(codes, points, np.zeros(4, np.uint8)).as_bytes()
    grid = Blobs(np.repeat(codes, 5), np.tile(points, (5, 1)), np.zeros(20, np.uint8)).as_bytes()
    blobs = [one, one, grid]
    hashes = WholeHashes(
        random.integers(0, 2**64, (3, 8), dtype=np.uint64),
        random.integers(0, 2**64, 3, dtype=np.uint64),
        np.zeros(3, bool),
    )
    for stop, expected in ((7, {(0, 1, 0, 4)}), (6, set())):
        monkeypatch.setattr(part_votes, "STOP", stop)
        assert candidates(hashes, blobs)[1] == expected
        assert candidates(hashes, blobs, workers_here(tmp_path / f"{stop}", 2, 1), 1)[1] == expected


@given(st.integers(0, 10**9), st.integers(1 << 10, 1 << 27), st.integers(1, 99))
def test_every_key_is_in_one_task(blobs: int, at_once: int, least: int) -> None:
    tasks = corner_tasks(blobs, at_once, least)
    assert len(tasks) == len(set(tasks)) >= least
    assert {(task.table, task.part) for task in tasks} == set(
        itertools.product(range(4), range(tasks[0].parts))
    )
    assert tasks[0].parts * at_once >= 8 * blobs


@given(st.integers(1, 30), st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=40))
def test_components_are_what_hangs_together(items: int, pairs: list[tuple[int, int]]) -> None:
    pairs = [(left % items, right % items) for left, right in pairs]
    components = Components(items)
    for start in range(0, len(pairs), 3):
        left, right = np.array(pairs[start : start + 3], np.int64).T
        components.join(left, right)
    expected = list(range(items))
    for _ in range(items):
        for left, right in pairs:
            expected[left] = expected[right] = min(expected[left], expected[right])
    assert components.roots().tolist() == expected

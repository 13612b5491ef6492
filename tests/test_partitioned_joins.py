"""The joins cut into partitions find what the whole ones find, pair for pair, however they are cut."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

pytest.importorskip("pyarrow")

from catalog.partitioned.caption_matching import ExportedKey, match_captions
from catalog.partitioned.pictures import PHASHES, PicturePlan, candidate_stages, class_stages
from media.captions.normalise import normalise
from media.matching.difference import Wording
from media.matching.images import WholeHashes, WholeIndex
from media.matching.key_groups import KeyGroup
from media.matching.part_index import PartIndex
from media.matching.partitioned.components import Components
from media.matching.relations import Decisions, relate_keys
from tests.partitions import means_here

PARTS = (1, 7)
SAID = (
    "smoke rises over the port of avel harbour ferry crew sound brest morning fog lifts slowly as boats leave"
)
WORDS = SAID.split()
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""A case takes a second, and shrinking tries hundreds."""

# --- captions


def whole(texts: list[str], decisions: Decisions) -> tuple[KeyGroup, ...]:
    by_key = {normalise(text).key: text for text in sorted(texts, reverse=True)}
    keys = sorted(key for key in by_key if key)
    return relate_keys(
        keys,
        lambda wanted: {key: Wording(key, by_key[key]) for key in wanted},
        cut_short=[key for key in keys if by_key[key].endswith("...")],
        decisions=decisions,
    ).groups


def in_parts(texts: list[str], decisions: Decisions, folder: Path, parts: int) -> tuple[KeyGroup, ...]:
    by_key = {normalise(text).key: text for text in sorted(texts, reverse=True)}
    keys = [ExportedKey(key, by_key[key], by_key[key].endswith("...")) for key in sorted(by_key) if key]
    with means_here(folder, parts) as means:
        return tuple(match_captions(keys, len(keys), decisions, means))


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
    expected = whole(texts, decisions)
    for parts in PARTS:
        assert in_parts(texts, decisions, folder, parts) == expected
        assert not any(folder.rglob("*.parquet"))


@settings(max_examples=5, deadline=None, phases=NO_SHRINKING)
@given(texts=captions, picks=st.lists(st.integers(0, 1000), max_size=5))
def test_captions_in_any_partitions_make_the_same_groups(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], picks: list[int]
) -> None:
    check_captions(texts, picks, tmp_path_factory.mktemp("work"))


@pytest.mark.long
@settings(max_examples=200, deadline=None, phases=NO_SHRINKING)
@given(texts=captions, picks=st.lists(st.integers(0, 1000), max_size=5))
def test_many_captions_in_any_partitions_make_the_same_groups(
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
    expected = whole(texts, Decisions())
    assert expected
    assert in_parts(texts, Decisions(), tmp_path, 7) == expected


def test_a_series_of_dates_and_a_phrase_of_many_captions_are_as_in_one_process(tmp_path: Path) -> None:
    chart = [
        f"The pollen chart of the region for March {day}, 2024 with {n} stations"
        for day in range(1, 29)
        for n in (4, 5)
    ]
    held = "Smoke rises over the old port"
    holders = [f"{held} {a} {b}" for a in WORDS for b in WORDS[:12]]
    texts = [*chart, held, *holders, "Smoke rises over the old port..."]
    assert in_parts(texts, Decisions(), tmp_path, 7) == whole(texts, Decisions())


def test_no_captions_are_no_groups(tmp_path: Path) -> None:
    assert in_parts([], Decisions(), tmp_path, 3) == ()


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


def draw_codes(random: np.random.Generator, count: int) -> list[np.ndarray]:
    """Features of pictures that show one another's."""
    codes = [random.integers(0, 2**64, random.integers(0, 40), dtype=np.uint64) for _ in range(count)]
    for one, other in random.integers(count, size=(count, 2)).tolist():
        shown = codes[one][: int(random.integers(0, 12))]
        codes[other] = np.concatenate(
            [codes[other], shown ^ (np.uint64(1) << random.integers(64, size=len(shown), dtype=np.uint64))]
        )
    return codes


def candidates_in_parts(
    hashes: WholeHashes, codes: list[np.ndarray], folder: Path, parts: int, pictures_a_shard: int
) -> tuple[set[tuple[int, ...]], set[tuple[int, ...]]]:
    plan = PicturePlan(len(hashes), pictures_a_shard, parts, class_parts=parts, shares=parts)
    with means_here(folder, parts) as means:
        room = means.room(f"pictures{parts}")
        room.clear()
        for shard in range(plan.shards):
            here = slice(shard * pictures_a_shard, (shard + 1) * pictures_a_shard)
            columns: dict[str, object] = {
                name: np.ascontiguousarray(hashes.phash[here, at]) for at, name in enumerate(PHASHES)
            }
            values = [code.astype(">u8").tobytes() for code in codes[here]]
            room.write(
                "pictures",
                shard,
                {**columns, "dhash": hashes.dhash[here], "low": hashes.low[here], "codes": values},
            )
        for stage in class_stages(plan):
            stage.run(room, means.workers)
        low = room.read("classes").numbers("low")
        for stage in candidate_stages(plan, len(low), int((~low).sum())):
            stage.run(room, means.workers)
        whole = {
            row
            for dataset in ("whole_within", "whole")
            for row in each_row(room.read(dataset).table, ("left", "right", "distance_bits"))
        }
        return whole, set(each_row(room.read("parts").table, ("left", "right", "turn", "votes")))


def each_row(table: object, names: tuple[str, ...]) -> Iterator[tuple[int, ...]]:
    return zip(*(table[name].to_pylist() for name in names), strict=True)  # type: ignore[index]


@pytest.mark.parametrize(("parts", "pictures_a_shard"), [(1, 1000), (4, 130), (3, 500)])
def test_candidates_among_pictures_are_the_same_in_any_partitions(
    tmp_path: Path, parts: int, pictures_a_shard: int
) -> None:
    random = np.random.default_rng(7)
    hashes, codes = draw_hashes(random, 500, 40), draw_codes(random, 500)
    index = WholeIndex(hashes)
    expected = {
        row
        for found in index.candidates()
        for row in zip(found.left.tolist(), found.right.tolist(), found.distance_bits.tolist(), strict=True)
    }
    firsts = index.firsts.tolist()
    owners = np.repeat(np.array(firsts, np.int64), [len(codes[number]) for number in firsts])
    joined = np.concatenate([codes[number] for number in firsts])
    expected_parts = {
        row
        for found in PartIndex(joined, owners).candidates()
        for row in zip(
            *(getattr(found, name).tolist() for name in ("left", "right", "orientation", "votes")),
            strict=True,
        )
    }
    assert len(expected) > 200
    assert len(expected_parts) > 100
    assert candidates_in_parts(hashes, codes, tmp_path, parts, pictures_a_shard) == (expected, expected_parts)


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

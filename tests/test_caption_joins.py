"""The joins find every pair that their rule names and no other, proved against brute force."""

import random
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.matching.captions.candidates import Candidates
from media.matching.captions.containment import MIN_HELD_WORDS, ContainmentJoin
from media.matching.captions.edits import EditJoin, allowed_edits
from media.matching.captions.words import read_words

Pairs = set[tuple[int, int]]


def like_captions(count: int, seed: int) -> list[str]:
    """Distinct keys, most of them edits of others, with the word frequencies of language."""
    draw = random.Random(seed)
    words = [f"w{number}" for number in range(600)]
    weights = [1 / (rank + 3) for rank in range(600)]
    keys: set[str] = set()
    originals: list[list[str]] = []
    while len(keys) < count:
        if originals and draw.random() < 0.7:
            key = list(draw.choice(originals))
            for _ in range(draw.randrange(1, 9)):
                place = draw.randrange(len(key) + 1)
                action = draw.randrange(3)
                if action == 0:
                    key.insert(place, draw.choices(words, weights)[0])
                elif action == 1 and len(key) > 1:
                    del key[min(place, len(key) - 1)]
                else:
                    key[min(place, len(key) - 1)] = draw.choices(words, weights)[0]
        else:
            key = draw.choices(words, weights, k=draw.randrange(1, 40))
            originals.append(key)
        keys.add(" ".join(key))
    return sorted(keys)


def alike_by_brute_force(keys: Sequence[str]) -> Pairs:
    """Every pair, counted word by word: a word that stands twice is two columns."""
    columns: dict[tuple[str, int], int] = {}
    rows = []
    for key in keys:
        uses: Counter[str] = Counter()
        row = []
        for word in key.split():
            row.append(columns.setdefault((word, uses[word]), len(columns)))
            uses[word] += 1
        rows.append(row)
    bags = np.zeros((len(keys), max(1, len(columns))), np.float32)
    for number, row in enumerate(rows):
        bags[number, row] = 1
    shared = (bags @ bags.T).round().astype(int)
    longest = np.maximum.outer(*[np.array([len(row) for row in rows], int)] * 2)
    allowed = np.array([allowed_edits(words) for words in range(longest.max(initial=0) + 1)])[longest]
    left, right = np.nonzero(np.triu(shared >= np.maximum(1, longest - allowed), 1))
    return set(zip(left.tolist(), right.tolist(), strict=True))


def alike(keys: Sequence[str], touched: Sequence[bool] | None = None) -> Pairs:
    mask = None if touched is None else np.array(touched)
    found = [tuple(pair) for pairs in EditJoin(read_words(keys)).pairs(mask) for pair in pairs.tolist()]
    assert len(found) == len(set(found)), "a pair came twice"
    return set(found)


def test_the_edit_join_finds_exactly_what_brute_force_finds_among_3000_captions() -> None:
    keys = like_captions(3_000, seed=1)

    wanted = alike_by_brute_force(keys)

    assert len(wanted) > 1_000
    assert alike(keys) == wanted


def test_the_edit_join_of_touched_keys_is_the_part_of_the_whole_that_they_take_part_in() -> None:
    keys = like_captions(1_200, seed=2)
    touched = [number % 17 == 0 for number in range(len(keys))]

    assert alike(keys, touched) == {pair for pair in alike(keys) if touched[pair[0]] or touched[pair[1]]}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"]),
            min_size=1,
            max_size=14,
        ),
        max_size=60,
    ),
    st.integers(0, 3),
)
def test_the_edit_join_is_exact_where_words_are_few_and_groups_large(
    rows: list[list[str]], twice: int
) -> None:
    keys = sorted({" ".join(row + row[:twice]) for row in rows})

    assert alike(keys) == alike_by_brute_force(keys)


def held_by_brute_force(keys: Sequence[str]) -> Pairs:
    padded = [f" {key} " for key in keys]
    return {
        (held, holder)
        for held, inner in enumerate(padded)
        if inner.count(" ") > MIN_HELD_WORDS
        for holder, outer in enumerate(padded)
        if held != holder and inner in outer
    }


def held(keys: Sequence[str], touched: Sequence[bool] | None = None) -> Pairs:
    table = read_words(keys)
    mask = None if touched is None else np.array(touched)
    return {(held, holder) for held, holder in ContainmentJoin(table, table.lengths).pairs(mask).tolist()}


def with_parts(keys: list[str], seed: int) -> list[str]:
    """The keys and pieces of them."""
    draw = random.Random(seed)
    parts = set(keys)
    for key in draw.sample(keys, len(keys) // 3):
        words = key.split()
        low = draw.randrange(len(words))
        parts.add(" ".join(words[low : low + draw.randrange(1, len(words) + 1)]))
    return sorted(parts)


def test_the_containment_join_finds_exactly_what_brute_force_finds() -> None:
    keys = with_parts(like_captions(1_200, seed=3), seed=4)

    wanted = held_by_brute_force(keys)

    assert len(wanted) > 300
    assert held(keys) == wanted


def test_the_containment_join_of_touched_keys_is_a_part_of_the_whole() -> None:
    keys = with_parts(like_captions(600, seed=5), seed=6)
    touched = [number % 11 == 0 for number in range(len(keys))]

    assert held(keys, touched) == {pair for pair in held(keys) if touched[pair[0]] or touched[pair[1]]}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=12), max_size=40))
def test_the_containment_join_is_exact_where_everything_repeats(rows: list[list[str]]) -> None:
    keys = sorted({" ".join(row) for row in rows})

    assert held(keys) == held_by_brute_force(keys)


def series_of(keys: list[str]) -> list[set[str]]:
    return [{keys[number] for number in series.keys} for series in Candidates(keys).series()]


def test_captions_that_differ_in_one_date_are_a_series() -> None:
    keys = sorted(f"rebels enter the town of saraqeb d202002{day}" for day in (26, 27, 28))

    assert series_of(keys) == [set(keys)]


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(
            [f"weather chart for lower saxony d2020{month:02d}01" for month in range(1, 13)], id="daily-chart"
        ),
        pytest.param(
            ["game 7 of the series in madrid d20200101", "game 8 of the series in madrid d20200102"],
            id="two-facts",
        ),
        pytest.param(["6 4 7 5", "6 4 7 6"], id="nothing-but-numbers"),
        pytest.param(["seven rebels enter the town", "rebels enter 7 the town"], id="another-place"),
    ],
)
def test_what_is_no_series(keys: list[str]) -> None:
    assert series_of(sorted(keys)) == []


def test_ten_thousand_daily_captions_make_no_candidates() -> None:
    keys = sorted(f"horoscope for all signs of the zodiac d{20000000 + number}" for number in range(10_000))

    candidates = Candidates(keys)

    assert sum(map(len, candidates.edits())) == 0


def test_a_form_letter_with_ten_thousand_names_stays_linear() -> None:
    keys = sorted(f"player w{number} smiles for the camera before the big game" for number in range(10_000))

    pairs = sum(map(len, EditJoin(read_words(keys)).pairs()))

    assert pairs < 40 * len(keys)


@pytest.mark.parametrize(
    "keys", [[], ["a"], [""], ["", "a b c d e"]], ids=["none", "one", "empty", "empty-and-one"]
)
def test_few_keys_have_no_pairs(keys: list[str]) -> None:
    assert alike(keys) == set()
    assert held(keys) == set()
    assert list(Candidates(keys).series()) == []


def hostile(kind: str, count: int) -> list[str]:
    """Keys of few words, each of which has thousands that a word or two tell apart."""
    draw = random.Random(5)
    keys: set[str] = set()
    words = [f"w{number}" for number in range({"two words": 2, "a pool of words": 60, "orders": 9}[kind])]
    while len(keys) < count:
        if kind == "orders":
            keys.add(" ".join([*draw.sample(words, len(words)), str(draw.randrange(40))]))
        else:
            keys.add(" ".join(draw.choices(words, k=18 if kind == "two words" else 3)))
    return sorted(keys)


@pytest.mark.parametrize("kind", ["two words", "a pool of words", "orders"])
def test_work_grows_with_the_keys_and_not_with_their_square(kind: str) -> None:
    """Before, two thousand keys made of the same few words meant all pairs of them."""
    found = {}
    for count in (2_000, 8_000):
        keys = hostile(kind, count)
        found[count] = sum(map(len, EditJoin(read_words(keys)).pairs())) / len(keys)
    assert found[8_000] < 400
    assert found[8_000] < 2 * found[2_000] + 20

"""The joins find every pair that their rule names and no other, proved against brute force."""

import random
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.matching.captions import key_groups
from media.matching.captions.candidates import Candidates
from media.matching.captions.containment import MAX_HOLDERS, MIN_HELD_WORDS
from media.matching.captions.difference import Judgement, Wording, judge
from media.matching.captions.echoes import Body
from media.matching.captions.edits import MOST_COMPARED, allowed_edits
from media.matching.captions.relations import relate_keys
from media.matching.captions.vocabulary import FUNCTION_WORDS

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
    allowed = allowed_edits(np.arange(longest.max(initial=0) + 1, dtype=np.int32))[longest]
    left, right = np.nonzero(np.triu(shared >= np.maximum(1, longest - allowed), 1))
    return set(zip(left.tolist(), right.tolist(), strict=True))


def alike(keys: Sequence[str], touched: Sequence[bool] | None = None) -> Pairs:
    mask = None if touched is None else np.array(touched)
    found = [(left, right) for left, right, _ in Candidates(keys).row_pairs(mask).tolist()]
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
    mask = None if touched is None else np.array(touched)
    return {(held, holder) for held, holder in Candidates(keys).holders(mask).tolist()}


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

    assert len(candidates.edits()) == 0


def test_a_form_letter_with_ten_thousand_names_stays_linear() -> None:
    keys = sorted(f"player w{number} smiles for the camera before the big game" for number in range(10_000))

    pairs = len(Candidates(keys).row_pairs())

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
        found[count] = len(Candidates(keys).row_pairs()) / len(keys)
    assert found[8_000] < 400
    assert found[8_000] < 2 * found[2_000] + 20


def compared(keys: Sequence[str]) -> tuple[float, Candidates]:
    """Pairs that are compared word by word, a key."""
    candidates = Candidates(keys)
    return len(candidates.edits()) / len(keys), candidates


@pytest.mark.parametrize("kind", ["two words", "a pool of words", "orders"])
def test_of_a_form_that_was_filled_in_often_each_key_meets_its_nearest_neighbours(kind: str) -> None:
    keys = hostile(kind, 1_500)

    pairs, candidates = compared(keys)

    assert pairs <= 2 * MOST_COMPARED
    assert candidates.crowds.max() > MOST_COMPARED


def test_the_nearest_are_those_that_lack_the_fewest_words() -> None:
    words = [f"w{number}" for number in range(12)]
    form = [" ".join([f"a{number}", f"b{number}", f"c{number}", *words[3:]]) for number in range(60)]
    near = " ".join(["z0", *form[0].split()[1:]])
    keys = sorted([*form, near])

    _, candidates = compared(keys)
    found = {tuple(pair) for pair in candidates.edits().tolist()}

    assert (keys.index(form[0]), keys.index(near)) in found
    assert len(found) < 60 * 59 / 2


def test_captions_that_are_compared_with_all_have_no_crowd() -> None:
    _, candidates = compared(like_captions(400, seed=3))

    assert not candidates.crowds.any()


def test_captions_nested_in_one_another_are_found_in_bounds() -> None:
    """Each stands in a quarter of all the others, by as many runs of words as it is long."""
    dice = random.Random(4)
    found = {}
    for count in (200, 800):
        keys = sorted(
            {" ".join(["aa"] * dice.randrange(1, 60) + ["bb"] * dice.randrange(1, 60)) for _ in range(count)}
        )
        pairs = Candidates(keys).holders()
        found[count] = len(pairs) / len(keys)
        assert np.bincount(pairs[:, 0]).max() <= MAX_HOLDERS + 1
    assert found[800] <= MAX_HOLDERS + 1


def test_captions_that_are_cut_short_alike_are_looked_for_once_in_a_while() -> None:
    keys = sorted(
        f"harbour lantern walnut compass meadow thunder {word}{number}"
        for word in "xy"
        for number in range(300)
    )
    cut = [number for number, key in enumerate(keys) if " x" in key]

    candidates = Candidates(keys, cut)
    pairs = candidates.holders()

    assert len(np.unique(pairs[:, 0])) == 16
    assert (candidates.crowds[cut] == 300).sum() == 300 - 16


def test_a_row_of_many_dates_is_not_gone_through_for_each_of_its_edits() -> None:
    dated = [
        f"harbour lantern walnut compass meadow thunder {number} orchard granite" for number in range(400)
    ]
    edits = [
        f"harbour lantern walnut compass meadow thunder {number} orchard e{number}x" for number in range(400)
    ]

    pairs, _ = compared(sorted([*dated, *edits]))

    assert 0.5 <= pairs <= 2 * MOST_COMPARED
    series = list(
        Candidates([f"harbour lantern walnut {number % 3} {number % 2}" for number in range(6)]).series()
    )
    assert len(series) == 5


def test_a_cluster_of_thousands_of_edits_is_joined_with_few_comparisons(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small = sorted(word for word in FUNCTION_WORDS if word.isascii())[:20]
    keys = sorted(
        f"{word} harbour lantern {other} walnut compass meadow" for word in small for other in small
    )
    judged = 0

    def judge_counted(left: Wording, right: Wording) -> Judgement:
        nonlocal judged
        judged += 1
        return judge(left, right)

    monkeypatch.setattr(key_groups, "judge", judge_counted)
    relations = relate_keys(keys, lambda wanted: {key: Wording(key, key) for key in wanted})

    assert [len(group.members) for group in relations.groups] == [len(keys)]
    assert judged < 80 * len(keys)
    assert relations.crowd is not None
    assert "walnut compass meadow" in str(relations.crowd)
    assert relations.groups[0].crowd == relations.crowd.size


def test_a_body_made_of_a_captions_own_words_is_looked_at_in_bounds() -> None:
    words = [f"w{number}" for number in range(20)]
    dice = random.Random(6)
    body = Body(" ".join(f"W{' '.join(dice.sample(words, 20))[1:]}." for _ in range(2_000)))
    caption = "w" + " ".join(dice.sample(words, 20))[1:]

    assert body.find_echo(caption) is None
    assert len(body._places_near(frozenset(caption.split()), 35)) <= 4_100


def test_a_sentence_late_in_a_long_body_is_found() -> None:
    filler = " ".join(f"The lantern of house {number} stands by the harbour." for number in range(3_000))
    caption = "A ferry leaves the harbour of Brest by night, its lantern lit."
    said = "The ferry leaves the harbour of Brest at night, its lantern lit."

    echo = Body(f"{filler} {said} {filler}").find_echo(caption)

    assert echo is not None
    assert echo.sentence == said

"""Differences in words a person reads, and the verdict that follows from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.matching.captions.difference import Verdict, compare, credit_difference, grade, judge, wording

SARAQEB = "Rebels enter the town of Saraqeb in Idlib province, Syria, Feb. 27, 2020."


def both(left: str, right: str) -> tuple[Verdict, str]:
    difference = compare(wording(left), wording(right))
    return difference.verdict, str(difference)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        pytest.param(SARAQEB.replace("province", "provnce"), "'province' -> 'provnce'", id="letter-lost"),
        pytest.param(SARAQEB.replace("Saraqeb", "Saraqueb"), "'Saraqeb' -> 'Saraqueb'", id="name-spelled"),
        pytest.param(SARAQEB.replace("the town", "a town"), "'the' -> 'a'", id="article"),
        pytest.param(SARAQEB.replace("of Saraqeb", "Saraqeb"), "removed: 'of'", id="small-word-lost"),
        pytest.param(SARAQEB.replace("enter", "ent er"), "'enter' -> 'ent er'", id="word-broken"),
        pytest.param(SARAQEB.replace("Feb. 27, 2020", "Feb. 27"), "", id="year-left-out"),
        pytest.param(
            SARAQEB.replace("town", "twon").replace(" in ", " near "),
            "'town' -> 'twon'; 'in' -> 'near'",
            id="two",
        ),
    ],
)
def test_a_slip_of_the_pen_or_a_small_word_is_an_edit(other: str, said: str) -> None:
    assert both(SARAQEB, other) == ("edited", said)


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        pytest.param(SARAQEB, SARAQEB.replace("27", "28"), "'Feb. 27, 2020' -> 'Feb. 28, 2020'", id="day"),
        pytest.param(
            SARAQEB, SARAQEB.replace("2020", "2021"), "'Feb. 27, 2020' -> 'Feb. 27, 2021'", id="year"
        ),
        pytest.param(
            "At least 12 people were hurt in Lyon",
            "At least 15 people were hurt in Lyon",
            "'12' -> '15'",
            id="number",
        ),
        pytest.param(
            "In all two men were hurt in Lyon",
            "In all six men were hurt in Lyon",
            "'two' -> 'six'",
            id="number-word",
        ),
        pytest.param(
            "They met in Lyon on Monday at noon",
            "They met in Lyon on Sunday at noon",
            "'Monday' -> 'Sunday'",
            id="weekday",
        ),
        pytest.param(SARAQEB, SARAQEB.replace("Saraqeb", "Maarat"), "'Saraqeb' -> 'Maarat'", id="place"),
        pytest.param(
            "The minister, Anna Schmidt, opens a bridge",
            "The minister, Karl Weber, opens a bridge",
            "'Anna Schmidt' -> 'Karl Weber'",
            id="person",
        ),
        pytest.param(
            "These troops enter Iran at dawn today",
            "These troops enter Iraq at dawn today",
            "'Iran' -> 'Iraq'",
            id="names-spelled-alike",
        ),
        pytest.param(
            "習近平国家主席は北京の会議で演説した",
            "習近平国家主席は南京の会議で演説した",
            "'北' -> '南'",
            id="japanese",
        ),
    ],
)
def test_another_date_number_or_name_is_a_changed_fact(left: str, right: str, said: str) -> None:
    assert both(left, right) == ("changed-fact", said)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param(
            "A girl is jumping into a pile of leaves",
            "A boy is jumping into a pile of leaves",
            id="another-person",
        ),
        pytest.param(
            "Man wearing hat standing in front of desk",
            "Man wearing hat sitting in front of desk",
            id="another-pose",
        ),
        pytest.param(
            "A man with his dog on the beach", "A man with her dog on the beach", id="another-owner"
        ),
        pytest.param(SARAQEB, SARAQEB.replace("27", "28").replace("Saraqeb", "Maarat"), id="two-facts"),
        pytest.param(
            SARAQEB, "Fans of the home team celebrate in the rain, Feb. 27, 2020.", id="another-event"
        ),
    ],
)
def test_other_words_are_no_repeat(left: str, right: str) -> None:
    assert both(left, right)[0] == "different"


def test_words_added_are_shown_as_they_stand() -> None:
    assert both(SARAQEB, SARAQEB + " Many fled North.") == ("extended", "added: 'Many fled North'")
    assert both(SARAQEB + " Many fled North.", SARAQEB) == ("extended", "removed: 'Many fled North'")


def test_a_date_is_compared_wherever_it_stands() -> None:
    left = "FILE - In this Nov. 20, 2012, file photo, a man juggles batons in Karachi, Pakistan."
    right = "A man juggles batons in Karachi, Pakistan, on Tuesday, Nov. 20, 2012."

    assert both(left, right)[0] == "edited"


@pytest.mark.parametrize(
    ("left", "right", "graded"),
    [
        pytest.param(
            f"{SARAQEB} (AP)",
            f"{SARAQEB} | Getty Images",
            ("credit", "credit '(AP)' -> 'Getty Images'"),
            id="credit",
        ),
        pytest.param(
            SARAQEB, SARAQEB.replace("the town", "a town"), ("wording", "'the' -> 'a'"), id="wording"
        ),
        pytest.param(
            SARAQEB, SARAQEB.replace("enter", "storm"), ("wording", "'enter' -> 'storm'"), id="other-word"
        ),
        pytest.param(SARAQEB, SARAQEB + " Many fled.", ("detail", "added: 'Many fled'"), id="detail"),
        pytest.param(
            SARAQEB, SARAQEB.replace("27", "28"), ("fact", "'Feb. 27, 2020' -> 'Feb. 28, 2020'"), id="fact"
        ),
        pytest.param(SARAQEB, SARAQEB, None, id="none"),
    ],
)
def test_conflicts_are_graded(left: str, right: str, graded: tuple[str, str] | None) -> None:
    assert grade(wording(left), wording(right)) == graded


def test_captions_that_have_nothing_in_common_disagree_on_the_facts() -> None:
    found = grade(
        wording(SARAQEB), wording("Fans of the home team celebrate in the rain after the final in Lima")
    )

    assert found is not None
    assert found[0] == "fact"


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        (None, None, ""),
        ("AP", "ap", ""),
        ("AP", None, "credit removed: 'AP'"),
        (None, "AP", "credit added: 'AP'"),
        ("AP", "Reuters", "credit 'AP' -> 'Reuters'"),
    ],
)
def test_credits_are_told_apart(left: str | None, right: str | None, said: str) -> None:
    assert credit_difference(left, right) == said


CAPTIONS = st.lists(
    st.sampled_from(
        [
            "Rebels",
            "enter",
            "the",
            "town",
            "of",
            "Saraqeb",
            "on",
            "Feb.",
            "27,",
            "2020",
            "twelve",
            "12",
            "men",
            "his",
            "her",
            "Lyon",
            "lyon",
            "北",
            "京",
        ]
    ),
    max_size=12,
).map(" ".join)


@given(CAPTIONS, CAPTIONS)
def test_the_verdict_is_the_same_from_both_sides_and_with_or_without_its_words(left: str, right: str) -> None:
    one, other = wording(left), wording(right)

    assert compare(one, other).verdict == compare(other, one).verdict == judge(one, other).verdict
    assert compare(one, other).similarity == compare(other, one).similarity


def test_a_caption_of_a_megabyte_is_compared_in_one_pass() -> None:
    long = "Rebels enter the town. " * 45_000
    other = long.replace("Rebels", "Soldiers", 1)

    assert both(long, other + " More.")[0] in ("different", "extended")


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        pytest.param(
            "Smoke rises over the port of Avel, Feb. 27, 2024.",
            "Smoke rising over the port of Avel, Feb. 27, 2024.",
            "edited",
            id="another-form-of-the-verb",
        ),
        pytest.param(
            "Smoke rises over the port of Avel, Feb. 27, 2024.",
            "Smoke drifts over the port of Avel, Feb. 27, 2024.",
            "different",
            id="another-verb",
        ),
        pytest.param(
            "A ship carries grain to the port of Avel, Feb. 27, 2024.",
            "A ship cars grain to the port of Avel, Feb. 27, 2024.",
            "different",
            id="a-word-that-only-begins-alike",
        ),
        pytest.param(
            "Players talk to their coach at the port of Avel, Feb. 27, 2024.",
            "Players talk to their coaches at the port of Avel, Feb. 27, 2024.",
            "different",
            id="one-and-many",
        ),
    ],
)
def test_a_verb_in_another_form_is_the_same_word(left: str, right: str, verdict: str) -> None:
    assert judge(wording(left), wording(right)).verdict == verdict


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        pytest.param("interior", "exterior", "changed-fact", id="interior-exterior"),
        pytest.param("legal", "illegal", "changed-fact", id="a-negation"),
        pytest.param("import", "export", "changed-fact", id="import-export"),
        pytest.param("northern", "southern", "changed-fact", id="a-side"),
        pytest.param("left", "right", "changed-fact", id="the-other-side"),
        pytest.param("colour", "color", "edited", id="spelling-stays-spelling"),
        pytest.param("intresting", "interesting", "edited", id="a-slip-with-a-prefix-like-beginning"),
    ],
)
def test_an_opposite_is_another_fact(left: str, right: str, verdict: str) -> None:
    text = "Officials look at the {} view of the harbour market in Tessen."
    assert compare(wording(text.format(left)), wording(text.format(right))).verdict == verdict

"""Lines of plain text told apart: captions, body, page furniture."""

import json
import math
from importlib.util import module_from_spec, spec_from_file_location
from random import Random
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.train_lines import allowed_states, expectations, pack
from media.articles.text.line_alone import line_key
from media.articles.text.line_signals import view_lines
from media.articles.text.lines import STATES, JudgedLine, Weights, judge_lines, posteriors
from tests.shared_data import SHARED, needs_shared

param = pytest.param

LEDE = (
    "VALLETTA - Fishermen on Tuesday blocked the old harbour of Valletta with some forty boats, officials said, "
    "and demanded that the government lower the price of diesel before the season opens."
)
SECOND = (
    "The protest began before dawn, when boats from Marsaxlokk and Gozo met outside the breakwater, and it had "
    "stopped all ferries by noon, according to the port authority."
)
THIRD = (
    "“We cannot pay to go to sea,” said Karmenu Vella, who has fished since he was fourteen. “Every trip costs "
    "more than the catch brings, and nobody in the ministry has answered our letters.”"
)
FOURTH = (
    "The ministry said in a statement that it would meet the cooperatives next week, and that a subsidy was being "
    "considered together with the European Commission."
)
FIFTH = (
    "Fuel prices on the island have risen by a third since the winter, the statistics office reported, while the "
    "number of registered boats has fallen for the sixth year in a row."
)
CAPTION = "Fishing boats block the harbour of Valletta, Malta, March 3, 2019."


def roles(*lines: str) -> list[str]:
    return [line.role for line in judge_lines(lines)]


@pytest.mark.parametrize(
    "caption",
    [
        param("Karmenu Vella mends a net in Marsaxlokk. (Ann Lee/Reuters)", id="credit-in-brackets"),
        param("Boats at the breakwater of Valletta. Photo: Ann Lee", id="label"),
        param("FILE - Boats lie at anchor off Gozo, Malta, Jan. 7, 2018.", id="lead-in-and-place-date"),
        param("Boats lie at anchor off Gozo in 2018 REUTERS/Ann Lee", id="agency-without-full-stop"),
        param("Fischerboote vor dem Hafen von Valletta. Foto: Ann Lee/dpa", id="german"),
        param("Un pêcheur répare son filet à Marsaxlokk. (Photo Ann Lee. AFP)", id="french"),
    ],
)
def test_a_line_with_the_signs_of_a_caption_is_one_amid_the_body(caption: str) -> None:
    judged = judge_lines([LEDE, SECOND, caption, THIRD, FOURTH, FIFTH])
    assert [line.role for line in judged] == ["body", "body", "caption", "body", "body", "body"]
    assert judged[2].confidence >= 0.5
    assert judged[2].signals


@pytest.mark.parametrize(
    "line",
    [
        param("“They have listened to nobody,” Vella said.", id="short-quotation"),
        param("By March 3, 2019, all boats had returned to port.", id="date-in-the-sentence"),
        param("The dispute began on Jan. 7, 2018.", id="date-at-the-end-without-place"),
        param("Reuters first reported the talks, citing two officials.", id="agency-as-source"),
    ],
)
def test_a_sentence_of_the_article_is_no_caption(line: str) -> None:
    assert "caption" not in roles(LEDE, SECOND, line, THIRD, FOURTH, FIFTH)


def test_the_doubled_opening_line_is_a_caption_each_time() -> None:
    assert roles(CAPTION, CAPTION, LEDE, SECOND, THIRD, FOURTH) == ["caption"] * 2 + ["body"] * 4


def test_a_doubled_section_name_is_no_caption() -> None:
    assert roles("World News", "World News", LEDE, SECOND, THIRD, FOURTH)[:2] == ["other", "other"]


def test_furniture_around_the_body_is_neither_caption_nor_body() -> None:
    judged = roles(
        "Home",
        "Share",
        "3 min read",
        LEDE,
        SECOND,
        THIRD,
        FOURTH,
        "Read more",
        "Related stories",
        "Advertisement",
    )
    assert judged == ["other"] * 3 + ["body"] * 4 + ["other"] * 3


def test_a_line_that_recurs_in_the_source_is_furniture() -> None:
    notice = "The Harbour Gazette is written by its readers and printed on Thursdays in Valletta and on Gozo."
    known = {line_key(notice)}
    judged = judge_lines([LEDE, SECOND, notice, THIRD, FOURTH, FIFTH], known_boilerplate=known)
    assert [line.role for line in judged] == ["body", "body", "other", "body", "body", "body"]
    assert judged[2].signals[0] == "recurs in the source"


def test_the_evidence_names_the_strongest_signals_first() -> None:
    judged = judge_lines([CAPTION, CAPTION, LEDE, SECOND, THIRD])
    assert "sure signs of a caption" in judged[0].signals


def test_no_lines_no_judgement() -> None:
    assert judge_lines([]) == []


def test_one_state_more_likely_everywhere_is_chosen_everywhere() -> None:
    row = (0.0, 3.0, 0.0, 0.0, 0.0)
    flat = Weights({"always": row}, tuple((0.0,) * 5 for _ in STATES), (0.0,) * 5, (0.0,) * 5)
    judged = judge_lines([CAPTION, LEDE], weights=flat)
    assert [line.role for line in judged] == ["body", "body"]
    assert judged[0].confidence == pytest.approx(math.exp(3) / (math.exp(3) + 4), abs=0.001)


def test_the_chain_weighs_what_stands_beside() -> None:
    """Signals say nothing here; the steps say that body follows body and the start is body."""
    stay = tuple(tuple(4.0 if i == j else 0.0 for j in range(5)) for i in range(5))
    chain = Weights({}, stay, (0.0, 5.0, 0.0, 0.0, 0.0), (0.0,) * 5)
    assert [line.role for line in judge_lines(["a", "b", "c"], weights=chain)] == ["body"] * 3


@pytest.mark.parametrize(
    ("lines", "index", "signal"),
    [
        param([LEDE, "Ann Lee/AP", SECOND], 1, "credit alone", id="credit-alone"),
        param(
            [LEDE, "A boat leaves", "Ann Lee/AP", SECOND], 1, "a credit after it, short", id="credit-after"
        ),
        param([CAPTION, CAPTION, LEDE], 0, "repeated close by: long", id="copy"),
        param([LEDE, CAPTION, SECOND], 1, "place and date close a sentence", id="place-and-date"),
        param([LEDE, "March 3, 2019", SECOND], 1, "date alone", id="date-alone"),
        param([LEDE, "By Ann Lee", SECOND], 1, "byline", id="byline"),
        param([LEDE, "1 of 3", SECOND], 1, "counter", id="counter"),
        param([LEDE, SECOND, THIRD, "Share"], 3, "after the last paragraph", id="tail"),
        param(["Home", LEDE], 0, "before the first paragraph", id="front"),
    ],
)
def test_signals_are_seen(lines: list[str], index: int, signal: str) -> None:
    assert signal in view_lines(lines)[index].signals


@pytest.mark.parametrize(
    ("lines", "index", "signal"),
    [
        param(
            [LEDE, "On March 3, 2019, it rained in Malta.", SECOND],
            1,
            "place and date close a sentence",
            id="date-first",
        ),
        param(["Published 11:50, Thursday, March 3, 2019"], 0, "place and date close a sentence", id="clock"),
        param([LEDE, SECOND], 0, "repeated: long", id="no-copy"),
        param([LEDE, "Byron left Malta in 1811", SECOND], 1, "byline", id="byron"),
    ],
)
def test_signals_are_not_seen_in_near_misses(lines: list[str], index: int, signal: str) -> None:
    assert signal not in view_lines(lines)[index].signals


_LINES = st.lists(
    st.one_of(
        st.sampled_from([LEDE, CAPTION, "Ann Lee/AP", "Share", "1 of 2", "…", "?"]),
        st.text("aB. ,1©(/-|写한", min_size=1),
    ),
    max_size=12,
)


@given(_LINES)
@settings(max_examples=150)
def test_every_line_gets_one_role_with_a_probability(lines: list[str]) -> None:
    lines = [line for line in lines if line.strip()]
    judged = judge_lines(lines)
    assert [line.text for line in judged] == lines
    for line in judged:
        assert isinstance(line, JudgedLine)
        assert 0.0 <= line.confidence <= 1.0


@pytest.mark.parametrize(
    "lines",
    [
        param(["x" * 100_000], id="one-long-line"),
        param([LEDE * 500], id="one-long-paragraph"),
        param([CAPTION] * 3000, id="copies"),
        param([f"Boats, Malta, March 3, {1000 + i}." for i in range(2000)], id="place-dates"),
        param(["A-" * 300 + ", March 3, 2019."] * 50, id="hyphens"),
        param(["." * 5000, "(" * 5000, "\u200f" * 50], id="signs"),
    ],
)
def test_odd_documents_end(lines: list[str]) -> None:
    assert len(judge_lines(lines)) == len(lines)


@pytest.mark.parametrize(
    ("labels", "states"),
    [
        param(
            ["boilerplate", "headline", "body", "caption", "credit", "body", "boilerplate"],
            ["front", "front", "body", "caption", "insert", "body", "tail"],
            id="furniture-by-where-it-stands",
        ),
        param(["body", "neutral", "body"], ["body", "body|insert", "body"], id="neutral-leaves-it-open"),
        param(["caption_other", "body"], ["caption|front", "body"], id="caption-of-another-story"),
        param(["boilerplate", "neutral"], ["front", "body|front"], id="no-body"),
    ],
)
def test_labels_say_which_states_a_line_may_have(labels: list[str], states: list[str]) -> None:
    found = ["|".join(sorted(STATES[state] for state in choices)) for choices in allowed_states(labels)]
    assert found == states


@given(st.lists(st.lists(st.floats(-4, 4), min_size=5, max_size=5), min_size=1, max_size=6), st.randoms())
@settings(max_examples=30)
def test_training_and_judging_compute_the_same_probabilities(rows: list[list[float]], random: Random) -> None:
    """The one in numpy over many documents, in logarithms; the other line by line, each step normalised."""

    def weight() -> float:
        return random.uniform(-2, 2)

    steps = [[weight() for _ in STATES] for _ in STATES]
    start, end = [weight() for _ in STATES], [weight() for _ in STATES]
    weights = Weights({}, tuple(map(tuple, steps)), tuple(start), tuple(end))
    judged = posteriors(rows, weights)
    packed = pack([len(rows) + 2, len(rows)])
    scores = np.zeros((packed.rows, 5))
    scores[packed.rows_of[1]] = rows
    trained = expectations(scores, np.array(steps), np.array(start), np.array(end), packed, np.ones(2))
    assert np.allclose(trained[0][packed.rows_of[1]], judged, atol=1e-6)


def _scorer() -> ModuleType:
    spec = spec_from_file_location("score_captions", SHARED / "tools/score_captions.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@needs_shared
def test_labelled_documents_are_judged_above_the_floor() -> None:
    """The floors guard the shipped weights, which saw these documents; train_lines.py measures unseen ones."""
    scorer = _scorer()
    rows = (SHARED / "data/captions/text_labels.jsonl").read_text("utf-8").splitlines()
    documents = [json.loads(row) for row in rows]
    captions, bodies = {}, {}
    for document in documents:
        name = scorer.base_name(document["file"])
        judged = judge_lines([line["text"] for line in document["lines"]])
        captions[name] = [
            {"caption": line.split.text, "credit_line": line.split.credit_line}
            for line in judged
            if line.role == "caption"
        ]
        bodies[name] = "\n".join(line.text for line in judged if line.role == "body")
    scores = scorer.score_text(documents, captions, bodies)
    assert scores["caption_f1"] >= 0.85
    assert scores["body_lines_kept"] >= 0.98
    assert scores["boilerplate_lines_leaked"] <= 0.10

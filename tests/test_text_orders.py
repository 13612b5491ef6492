"""In which order a text sets captions, credits, teasers and paragraphs: each page has its own, and shows it."""

import pytest

from media.articles.text.read import read_text
from tests.test_lines import FIFTH, FOURTH, LEDE, SECOND, THIRD

param = pytest.param
NETS = "Karmenu Vella mending a net on the quay before the meeting."


def captions_of(*lines: str) -> tuple[list[tuple[str, str | None]], list[str]]:
    found = read_text("\n\n".join(lines).encode())
    shown = [(p.caption.text, p.caption.credit_line) for p in found.placements if p.caption]
    return shown, found.body.split("\n")


@pytest.mark.parametrize(
    "teaser",
    [
        param(
            "LOOK: Mother asks for the reasons of her son's arrest and ends up arrested herself", id="call"
        ),
        param("WATCH: Ferry runs aground in fog, hundreds wait on the rocks for help", id="film"),
    ],
)
def test_a_headline_amid_the_body_is_no_caption(teaser: str) -> None:
    shown, body = captions_of("Harbour closed", "3 March 2019", LEDE, SECOND, teaser, THIRD, FOURTH, FIFTH)
    assert shown == []
    assert [line for line in body if line != teaser] == [LEDE, SECOND, THIRD, FOURTH, FIFTH]


@pytest.mark.parametrize(
    "graphic",
    [
        "Graphic showing the number of boats in the harbour since 2014",
        "A map of the coast showing where the ferry ran aground.",
        "Chart showing fuel prices on the island",
    ],
)
def test_a_graphic_is_named_by_its_caption(graphic: str) -> None:
    shown, body = captions_of(LEDE, SECOND, graphic, THIRD, FOURTH, FIFTH)
    assert [text for text, _ in shown] == [graphic]
    assert body == [LEDE, SECOND, THIRD, FOURTH, FIFTH]


def test_the_first_paragraph_of_a_wire_is_body_below_a_caption() -> None:
    credit = "Ann Lee/AFP"
    shown, body = captions_of(NETS, credit, LEDE, SECOND, THIRD)
    assert shown == [(NETS, credit)]
    assert body == [LEDE, SECOND, THIRD]


def test_a_full_paragraph_is_never_lost_without_a_sign_of_furniture() -> None:
    _, body = captions_of("Home", "Sport", LEDE, SECOND, THIRD, "Tom Ek", "Anzeige", FOURTH, "Harbour", FIFTH)
    assert [line for line in (LEDE, SECOND, THIRD, FOURTH, FIFTH) if line not in body] == []

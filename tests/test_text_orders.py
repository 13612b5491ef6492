"""In which order a text sets captions, credits, teasers and paragraphs: each page has its own, and shows it."""

import pytest

from media.articles.text.read import read_text
from tests.test_lines import FIFTH, FOURTH, LEDE, SECOND, THIRD

param = pytest.param
NETS = "Karmenu Vella mending a net on the quay before the meeting."


QUAY = "Traders wait on the quay of Marsaxlokk for the first boats of the day."
SHEDS = "A harbour master locks the sheds of the cooperative in Marsaxlokk on Sunday evening."


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


def test_credits_above_their_captions_decide_for_one_another() -> None:
    shown, body = captions_of(
        LEDE,
        "Photo: Ann Lee/Northern Wire",
        NETS,
        SECOND,
        THIRD,
        "Photo: Bo Ray/Northern Wire",
        QUAY,
        FOURTH,
        FIFTH,
    )
    assert shown == [(NETS, "Photo: Ann Lee/Northern Wire"), (QUAY, "Photo: Bo Ray/Northern Wire")]
    assert body == [LEDE, SECOND, THIRD, FOURTH, FIFTH]


def test_credits_below_their_captions_decide_for_one_another() -> None:
    shown, body = captions_of(
        LEDE,
        NETS,
        "Photo: Ann Lee/Northern Wire",
        SECOND,
        THIRD,
        QUAY,
        "Photo: Bo Ray/Northern Wire",
        FOURTH,
        FIFTH,
    )
    assert shown == [(NETS, "Photo: Ann Lee/Northern Wire"), (QUAY, "Photo: Bo Ray/Northern Wire")]
    assert body == [LEDE, SECOND, THIRD, FOURTH, FIFTH]


def test_the_evidence_says_that_the_order_of_the_document_decided() -> None:
    lines = [
        LEDE,
        NETS,
        "Ann Lee/AFP",
        SECOND,
        THIRD,
        QUAY,
        "Bo Ray/AFP",
        FOURTH,
        SHEDS,
        "Ida Sol/AFP",
        FIFTH,
    ]
    found = read_text("\n\n".join(lines).encode())
    said = {str(place.evidence["credit"]) for place in found.placements}
    assert said == {"the line below it: as the other credits of the document stand"}


def test_names_in_capitals_below_captions_are_their_credits() -> None:
    shown, body = captions_of(LEDE, NETS, "ANN LEE", SECOND, THIRD, QUAY, "BO RAY", FOURTH, FIFTH)
    assert shown == [(NETS, "ANN LEE"), (QUAY, "BO RAY")]
    assert body == [LEDE, SECOND, THIRD, FOURTH, FIFTH]


def test_headings_in_capitals_are_no_credits() -> None:
    shown, body = captions_of(LEDE, SECOND, "FUEL PRICES", THIRD, "NEW TALKS", FOURTH, FIFTH)
    assert shown == []
    assert [line for line in (LEDE, SECOND, THIRD, FOURTH, FIFTH) if line not in body] == []


def test_an_agency_that_signs_an_article_off_makes_no_caption_of_its_last_paragraph() -> None:
    shown, body = captions_of(
        "Harbour closed", LEDE, SECOND, THIRD, FOURTH, FIFTH, "AFP", "Share", "Read more"
    )
    assert shown == []
    assert body == [LEDE, SECOND, THIRD, FOURTH, FIFTH]


def test_captions_of_a_gallery_behind_the_article_are_captions() -> None:
    shown, body = captions_of(
        LEDE, SECOND, THIRD, FOURTH,
        "4", f"{NETS.rstrip('.')}Credit: Ann Lee/The Harbour Gazette",
        "4", f"{QUAY.rstrip('.')}Credit: The Harbour Gazette",
        "Topics", "Fishing",
    )  # fmt: skip
    assert [credit for _, credit in shown] == [
        "Credit: Ann Lee/The Harbour Gazette",
        "Credit: The Harbour Gazette",
    ]
    assert body == [LEDE, SECOND, THIRD, FOURTH]


def test_a_headline_of_another_story_after_a_bare_credit_is_no_caption() -> None:
    teaser = "Round of visits abroad: Chancellor Moreno lands in Norland this Wednesday"
    shown, _ = captions_of(
        "Home", "Politics", "© Atlas", teaser, "Agencia Sur", "04.05.2022", LEDE, SECOND, THIRD, FOURTH
    )
    assert shown == []


def test_an_alternative_text_with_its_agency_is_followed_by_its_caption() -> None:
    alt = "EPA Valletta: Fishermen block the harbour with boats, 27 Feb 23EPA"
    caption = "Valletta: Fishermen blocked the harbour with forty boats"
    shown, body = captions_of(
        "Harbour closed", "28 February 2023", LEDE, SECOND, alt, caption, THIRD, FOURTH, FIFTH
    )
    assert caption in [text for text, _ in shown]
    assert body == [LEDE, SECOND, THIRD, FOURTH, FIFTH]

"""Texts as programs dump them: in one line, blocks glued, labels without marks, cut short."""

import pytest

from media.articles.text.layout import split_blocks
from media.articles.text.read import read_text
from tests.test_lines import FIFTH, FOURTH, LEDE, SECOND, THIRD

param = pytest.param
DIVERS = "Divers look for the rudder of the ferry below the lighthouse of Gozo on Sunday morning"
QUAY = "Traders wait on the quay of Marsaxlokk for the first boats of the day"
AGENCY_LEDE = (
    "The harbour master of Gozo is looking into RockWorks, the house that lit the quay, the council said on Monday "
    "after a meeting that lasted until late in the evening."
)


def read(*lines: str, between: str = "\n") -> tuple[list[tuple[str, str | None]], str]:
    found = read_text(between.join(lines).encode())
    return [(p.caption.text, p.caption.credit_line) for p in found.placements if p.caption], found.body


# --- in one line ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "caption", "credit"),
    [
        param(f"{DIVERS}. (AP Photo/Jon Aldis)", f"{DIVERS}.", "(AP Photo/Jon Aldis)", id="after-full-stop"),
        param(f"{DIVERS} (Photo: Jon Aldis/PA Wire)", DIVERS, "(Photo: Jon Aldis/PA Wire)", id="brackets"),
        param(f"{DIVERS} [AFP/GETTY]", DIVERS, "[AFP/GETTY]", id="square-brackets"),
        param(f"{DIVERS}. REUTERS/Jon Aldis", f"{DIVERS}.", "REUTERS/Jon Aldis", id="agency-first"),
        param(f"{DIVERS} Credit: EPA", DIVERS, "Credit: EPA", id="label"),
        param(f"{DIVERS}Getty Images", DIVERS, "Getty Images", id="glued"),
    ],
)
def test_a_caption_is_told_from_the_sentences_around_it_by_its_credit(
    shown: str, caption: str, credit: str
) -> None:
    captions, body = read(LEDE, SECOND, shown, THIRD, FOURTH, FIFTH, between=" ")
    assert captions == [(caption, credit)]
    assert body == f"{LEDE} {SECOND}\n{THIRD} {FOURTH} {FIFTH}"


def test_a_repeated_label_shows_where_its_names_end() -> None:
    credit = "Foto: Mira Colt"
    captions, _ = read(LEDE, f"{DIVERS} {credit}", SECOND, THIRD, f"{QUAY} {credit}", FOURTH, between=" ")
    assert captions == [(DIVERS, credit), (QUAY, credit)]


def test_a_menu_before_a_caption_is_no_part_of_it() -> None:
    menu = "Home News Sport Share Subscribe"
    captions, _ = read(menu, f"{DIVERS}. (AP Photo/Jon Aldis)", LEDE, SECOND, THIRD, FOURTH, between=" ")
    assert captions == [(f"{DIVERS}.", "(AP Photo/Jon Aldis)")]


def test_a_dateline_ends_the_caption_before_it() -> None:
    wire = "PORT ASKER (Reuters) - The ferry will sail again on Friday, its owner said on Monday."
    captions, body = read(
        f"FILE PHOTO: {DIVERS}. REUTERS/Jon Aldis", wire, SECOND, THIRD, FOURTH, between=" "
    )
    assert captions == [(f"{DIVERS}.", "REUTERS/Jon Aldis")]
    assert body == " ".join([wire, SECOND, THIRD, FOURTH])


@pytest.mark.parametrize(
    "sentence",
    [
        "The council told Reuters on Monday that it would pay for a third of the boats.",
        "The council (which met in Gozo) said on Monday that it would pay for a third of the boats.",
        "He spoke of the pier, its lamps and its owner. That was all.",
        "No. 18 is the oldest of them.",
    ],
)
def test_a_sentence_without_a_mark_stays_body_in_one_line(sentence: str) -> None:
    whole = (LEDE, SECOND, sentence, THIRD, FOURTH, FIFTH)
    assert read(*whole, between=" ") == ([], " ".join(whole))


def test_two_copies_of_a_caption_are_parted() -> None:
    shown = f"{DIVERS} (Jon Aldis/AFP)"
    captions, body = read(LEDE, SECOND, f"{shown} {shown}", THIRD, FOURTH, between=" ")
    assert captions == [(DIVERS, "(Jon Aldis/AFP)")] * 2
    assert body == f"{LEDE} {SECOND}\n{THIRD} {FOURTH}"


def test_a_space_between_ideographs_parts_blocks_of_a_text_in_one_line() -> None:
    body = "渔民星期一在码头开会，讨论今年的捕鱼配额和燃料价格上涨的问题，会议持续了三个多小时。"
    other = "部长说，政府下周将与合作社会面，并考虑向渔民提供补贴。岛上的燃料价格自冬季以来上涨了三分之一。"
    captions, _ = read(
        body, other, "渔民在码头修补渔网 李尕 摄", other[::-1], body[:-1] + "，结果不明。", between=" "
    )
    assert captions == [("渔民在码头修补渔网", "李尕 摄")]


# --- blocks that meet, labels, what is cut ------------------------------------------------------------------


def test_an_agency_in_front_of_a_story_is_its_dateline() -> None:
    wire = f"(Reuters) — {AGENCY_LEDE}"
    captions, body = read("March 3, 2019 11:03 PM", wire, SECOND, THIRD)
    assert captions == []
    assert body.split("\n") == [wire, SECOND, THIRD]


def test_blocks_that_meet_in_a_word_are_parted() -> None:
    front = "The harbour master speaks after the council met at the town hall in Gozo"
    _, body = read("Harbour closed", f"{front}{AGENCY_LEDE}", SECOND, THIRD)
    assert body.split("\n")[-3:] == [AGENCY_LEDE, SECOND, THIRD]


@pytest.mark.parametrize(
    ("label", "kept"), [("Media caption ", "Media caption "), ("Media caption", ""), ("Image caption ", "")]
)
def test_a_labelled_caption_is_parted_from_what_is_before_it(label: str, kept: str) -> None:
    captions, body = read(LEDE, SECOND, f"The player needs a newer device {label}{DIVERS}", THIRD, FOURTH)
    assert captions == [(f"{kept}{DIVERS}", None)]
    assert {LEDE, SECOND, THIRD, FOURTH} <= set(body.split("\n"))


def test_a_credit_beside_no_labelled_line_takes_no_paragraph() -> None:
    source = "Image copyright Getty Images"
    captions, body = read(
        "Harbour closed", source, LEDE, SECOND, source, f"Image caption {DIVERS}", THIRD, FOURTH
    )
    assert captions == [(DIVERS, source)]
    assert body.split("\n") == [LEDE, SECOND, THIRD, FOURTH]


def test_a_credit_under_pictures_without_captions_takes_no_paragraph() -> None:
    credit, long = "Photo: Alamy", f"{SECOND} {THIRD} {FOURTH}"
    note = "The ladder thing is a big deal. The harbour has been dealing with a hundred complaints since it was built."
    captions, body = read(credit, long, note, credit, long, FIFTH)
    assert captions == []
    assert body.split("\n") == [long, note, long, FIFTH]


def test_headings_in_capitals_are_no_names_of_photographers() -> None:
    first = "Serbia sails against Malta, and Norland meets the crews of Gozo."
    second = (
        "Malta lost to Norland for the first time since the cup was founded, the referees said on Monday."
    )
    captions, body = read(
        LEDE, SECOND, first, "MALTA FALLS", second, "GOZO AHEAD", f"Gozo won. {THIRD}", FOURTH
    )
    assert captions == []
    assert first in body.split("\n")


def test_a_name_after_a_label_is_the_credit_of_the_line_above_it() -> None:
    captions, body = read(f"{DIVERS}.", "Image: Vell harbour works", "Share", LEDE, SECOND, THIRD)
    assert captions == [(f"{DIVERS}.", "Image: Vell harbour works")]
    assert body.split("\n") == [LEDE, SECOND, THIRD]


def test_lines_that_end_in_one_credit_are_not_wrapped() -> None:
    line = "어부들이 {}일 고조 항구 부두에서 그물을 고치며 첫 배를 기다리고 있다. 사진=김바다 기자"
    lines = [line.format(day) for day in (3, 4, 5)]
    assert [block.text for block in split_blocks("\n".join(lines))] == lines


@pytest.mark.parametrize(
    "cut",
    [
        "The ferry had left the pier when its mast… [+3957 chars]",
        "The ferry had left the pier of Gozo with two hundred people when its mast broke and",
    ],
)
def test_the_end_of_a_text_that_was_cut_is_body(cut: str) -> None:
    assert read(LEDE, SECOND, THIRD, cut) == ([], "\n".join([LEDE, SECOND, THIRD, cut]))


def test_captions_of_a_gallery_behind_the_article_have_the_credit_of_one_within_it() -> None:
    credit = "(Atlas News/Mira Colt)"
    shown = [f"{QUAY}.", "The quay.", "A lamp of the pier.", "The town hall."]
    captions, body = read(
        "Harbour closed",
        f"{shown[0]} {credit}",
        *(LEDE, SECOND, THIRD, FOURTH),
        *(f"{text} {credit}" for text in shown[1:]),
        f"colt@atlas.example {credit}",
    )
    assert captions == [(text, credit) for text in shown]
    assert body.split("\n") == [LEDE, SECOND, THIRD, FOURTH]


def test_a_byline_below_a_text_in_one_line_is_no_credit_of_its_last_sentence() -> None:
    whole = " ".join([LEDE, SECOND, THIRD, FOURTH])
    assert read(whole, "Foto: Mira Colt/AFP") == ([], whole)


@pytest.mark.parametrize(
    "note", ["LATEST: Council moves motion to close Harnow's harbour over two deaths", "Gozo"]
)
def test_a_text_begins_with_its_headline(note: str) -> None:
    captions, body = read(note, LEDE, SECOND, THIRD)
    assert (captions, body.split("\n")) == ([], [LEDE, SECOND, THIRD])


def test_what_is_said_of_subscribers_is_no_call_to_subscribe() -> None:
    told = (
        "The ferry's owner isolated the fault, Vella said, and “patched” the tills as the house signed up additional "
        "subscribers throughout the week."
    )
    assert read(LEDE, SECOND, "Advertisement", told, THIRD, FOURTH)[1] == "\n".join(
        [LEDE, SECOND, told, THIRD, FOURTH]
    )


def test_a_short_last_sentence_about_the_article_is_body() -> None:
    last = "The boats of Gozo left the harbour before dawn."
    assert read(LEDE, SECOND, THIRD, last, "Most popular") == ([], "\n".join([LEDE, SECOND, THIRD, last]))


def test_questions_over_paragraphs_are_headings() -> None:
    question = "WILL THE MINISTRY ANSWER?"
    _, body = read(LEDE, SECOND, "___", question, FOURTH, THIRD, FIFTH)
    assert [line for line in body.split("\n") if line != "___"] == [
        LEDE,
        SECOND,
        question,
        FOURTH,
        THIRD,
        FIFTH,
    ]


def test_a_line_that_is_body_or_caption_is_never_dropped() -> None:
    nets = "Sailors worked for eleven days to free the nets of the boats from the sand."
    shown = "The cooperative's head, Karmenu Vella, leaving the ministry before the talks were over."
    captions, body = read(
        "Harbour closed",
        "Ida Kern",
        LEDE,
        SECOND,
        "Foto: Tomas Brecka, Harbour News",
        shown,
        THIRD,
        "EUROPA PRESS",
        nets,
        FOURTH,
    )
    assert shown in [text for text, _ in captions]
    assert nets in [text for text, _ in captions] or nets in body


def test_a_megabyte_in_one_line_is_kept_whole() -> None:
    line = f"{LEDE} {DIVERS} (Jon Aldis/AFP) "
    found = read_text((line * 2000).encode())
    assert found.body.count("demanded") == 2000

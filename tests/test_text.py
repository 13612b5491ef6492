"""Plain-text articles: layout, captions and their credits, body, and what the opening says."""

import json
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.articles.article import Article
from media.articles.article.language import guess_language
from media.articles.text.pieces import body_text, split_pieces
from media.articles.text.read import read_text
from media.captions.facts import caption_with_facts
from media.errors import ArticleError
from tests.shared_data import SHARED, needs_shared
from tests.test_lines import CAPTION, FIFTH, FOURTH, LEDE, SECOND, THIRD

param = pytest.param


def article(*lines: str) -> Article:
    return read_text("\n\n".join(lines).encode())


def captions(found: Article) -> list[tuple[int, str, str | None]]:
    return [
        (place.position, place.caption.text, place.caption.credit_line)
        for place in found.placements
        if place.caption
    ]


# --- captions and body ----------------------------------------------------------------------------------


def test_every_copy_of_a_doubled_caption_is_its_own_placement() -> None:
    found = article(CAPTION, CAPTION, LEDE, SECOND, THIRD, FOURTH)
    assert captions(found) == [(0, CAPTION, None), (1, CAPTION, None)]
    assert {place.origin for place in found.placements} == {"text-line"}
    assert found.body == "\n".join([LEDE, SECOND, THIRD, FOURTH])


def test_a_caption_is_kept_without_its_credit_and_the_line_as_found_survives() -> None:
    line = "FILE - Karmenu Vella mends a net in Marsaxlokk, Malta, March 3, 2019. (Ann Lee/Reuters)"
    (place,) = article(LEDE, SECOND, line, THIRD, FOURTH, FIFTH).placements
    assert place.caption is not None
    assert place.caption.text == "Karmenu Vella mends a net in Marsaxlokk, Malta, March 3, 2019."
    assert (place.caption.credit_line, place.lead) == ("(Ann Lee/Reuters)", "FILE")
    assert (place.caption.date, place.caption.place) == ("2019-03-03", "Marsaxlokk, Malta")
    assert place.evidence["found"] == line
    assert place.position == 2
    assert 0.5 <= place.confidence <= 1.0
    json.dumps(dict(place.evidence))


@pytest.mark.parametrize(
    ("lines", "credit"),
    [
        param(
            ["Karmenu Vella mends a net on the quay of Marsaxlokk", "Ann Lee/Reuters"],
            "Ann Lee/Reuters",
            id="after",
        ),
        param(
            ["Ann Lee/Reuters", "Karmenu Vella mends a net on the quay of Marsaxlokk"],
            "Ann Lee/Reuters",
            id="before",
        ),
    ],
)
def test_a_credit_in_a_line_of_its_own_belongs_to_its_caption(lines: list[str], credit: str) -> None:
    found = article(LEDE, SECOND, *lines, THIRD, FOURTH, FIFTH)
    assert [(text, given) for _, text, given in captions(found)] == [
        ("Karmenu Vella mends a net on the quay of Marsaxlokk", credit)
    ]
    assert credit not in found.body


def test_known_boilerplate_is_left_out_of_the_body() -> None:
    notice = "The Harbour Gazette is written by its readers and printed on Thursdays in Valletta and on Gozo."
    lines = "\n".join([LEDE, SECOND, notice, THIRD, FOURTH, FIFTH]).encode()
    assert notice in read_text(lines).body
    known = {"theharbourgazetteiswrittenbyitsreadersandprintedonthursdaysinvallettaandongozo"}
    assert notice not in read_text(lines, known_boilerplate=known).body


# --- what the opening says ------------------------------------------------------------------------------


def test_headline_byline_dateline_date_and_language_where_they_are_evident() -> None:
    found = article(
        "Home",
        "Fishermen block harbour of Valletta over price of diesel",
        "By Ann Lee and Bo Ray",
        "March 5, 2019",
        LEDE,
        SECOND,
        THIRD,
        FOURTH,
        "Read more",
    )
    assert found.headline == "Fishermen block harbour of Valletta over price of diesel"
    assert found.byline == "By Ann Lee and Bo Ray"
    assert found.dateline == "VALLETTA"
    assert found.published_at == "2019-03-05"
    assert found.language == "en"
    assert found.body == "\n".join([LEDE, SECOND, THIRD, FOURTH])


def test_what_is_not_there_is_none() -> None:
    found = article(SECOND, THIRD, FOURTH)
    assert (found.headline, found.byline, found.dateline, found.published_at) == (None, None, None, None)


@pytest.mark.parametrize(
    ("opening", "dateline"),
    [
        param("NEW YORK (Reuters) - Oil prices fell on Tuesday", "NEW YORK (Reuters)", id="agency"),
        param("BEIRUT — Rebels retook a town", "BEIRUT", id="dash"),
        param("CLEVELAND, Ohio – The band will play", "CLEVELAND, Ohio", id="state"),
        param("PUTRAJAYA, Nov 22 — Private companies did not pay", "PUTRAJAYA", id="date-is-no-place"),
        param("TEGUCIGALPA, HONDURAS.- El presidente dijo", "TEGUCIGALPA, HONDURAS", id="spanish"),
        param("The well-known singer arrived", None, id="hyphen"),
        param("Vella - who fishes - was angry", None, id="dash-in-the-sentence"),
    ],
)
def test_datelines(opening: str, dateline: str | None) -> None:
    paragraph = (
        opening + " and the government said on Monday that it would answer within the week, officials said."
    )
    assert article(paragraph, SECOND, THIRD, FOURTH).dateline == dateline


@pytest.mark.parametrize(
    ("text", "language"),
    [
        param(LEDE, "en", id="en"),
        param(
            "Die Fischer haben den Hafen blockiert, weil der Preis für den Treibstoff auf der Insel steigt.",
            "de",
            id="de",
        ),
        param(
            "Los pescadores bloquearon el puerto de la capital por el precio, que ha subido más de lo que se dijo.",
            "es",
            id="es",
        ),
        param(
            "Рыбаки перекрыли гавань и не ушли, как сказали власти, до вечера, но это не помогло.",
            "ru",
            id="ru",
        ),
        param(
            "漁師たちは火曜日に港を封鎖し、燃料価格の引き下げを求めた。政府は来週協議するとしている。",
            "ja",
            id="ja",
        ),
        param(
            "渔民周二封锁了港口，要求政府在捕鱼季节开始之前降低柴油价格，官员表示将开会讨论。", "zh", id="zh"
        ),
        param(
            "어민들은 화요일 항구를 봉쇄하고 연료 가격 인하를 요구했다. 정부는 다음 주에 협의한다.",
            "ko",
            id="ko",
        ),
        param("12345 67890", None, id="digits"),
        param("Valletta Marsaxlokk Gozo Comino", None, id="names-only"),
    ],
)
def test_the_language_is_named_where_it_is_plain(text: str, language: str | None) -> None:
    assert guess_language(text) == language


# --- layout ---------------------------------------------------------------------------------------------


def wrapped(text: str, width: int = 60) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


def split_blocks(text: str) -> list[str]:
    """Return the blocks of a text; pieces that may be one block are joined, as in a body."""
    pieces = split_pieces(text)
    return body_text(pieces, range(len(pieces))).split("\n")


def test_a_block_a_line_stays_a_block() -> None:
    assert split_blocks(f"{CAPTION}\n{CAPTION}\n\n{LEDE}\n{SECOND}") == [CAPTION, CAPTION, LEDE, SECOND]


def test_hard_wrapped_paragraphs_are_joined() -> None:
    text = "\n\n".join("\n".join(wrapped(paragraph)) for paragraph in (LEDE, SECOND, THIRD))
    assert split_blocks(text) == [LEDE, SECOND, THIRD]


def test_hard_wrapped_paragraphs_may_be_indented_instead() -> None:
    text = "\n".join("    " + "\n".join(wrapped(paragraph)) for paragraph in (LEDE, SECOND, THIRD))
    assert split_blocks(text) == [LEDE, SECOND, THIRD]


@pytest.mark.parametrize("width", [60, 72, 95])
def test_filled_lines_are_joined_where_nothing_stands_between_paragraphs(width: int) -> None:
    blocks = [
        "Divers search the harbour",
        LEDE,
        CAPTION,
        "(Ilse Maren/Northern Wire)",
        SECOND,
        "Share",
        THIRD,
    ]
    lines = [line for block in blocks for line in wrapped(block, width)]
    ends = list(accumulate(len(wrapped(block, width)) for block in blocks))
    room = [
        end for end in ends[:-1] if len(lines[end - 1]) + 1 + len(lines[end].split(maxsplit=1)[0]) <= width
    ]
    joined = split_blocks("\n".join(lines))
    # A block whose last line has no room for the next word goes on, as far as anybody can tell.
    assert len(joined) == len(room) + 1
    assert " ".join(joined) == " ".join(blocks)


def test_lines_that_people_broke_are_joined_up_to_the_end_of_a_paragraph() -> None:
    lines = wrapped(LEDE, 72)
    ragged = [line for index, each in enumerate(lines) for line in wrapped(each, 72 - 9 * (index % 2))]
    assert " ".join(
        split_blocks("\n".join([*ragged, "", *wrapped(SECOND, 70), "", *wrapped(THIRD, 71)]))
    ) == (f"{LEDE} {SECOND} {THIRD}")


def test_a_list_of_names_in_small_letters_stays_a_list() -> None:
    names = [f"{name} quay" for name in ("north", "south", "fish", "coal", "old", "new", "upper", "lower")]
    assert split_blocks("\n".join(names)) == names


def test_a_word_cut_at_the_end_of_a_line_is_one_word_again() -> None:
    lines = wrapped(LEDE)
    assert lines[1].startswith("Valletta")
    lines[0:2] = [lines[0] + " Val-", lines[1].removeprefix("Val")]
    text = "\n\n".join(["\n".join(lines), "\n".join(wrapped(SECOND)), "\n".join(wrapped(THIRD))])
    assert split_blocks(text)[0] == LEDE


def test_short_lines_are_not_taken_for_wrapped_text() -> None:
    menu = ["Home", "World news", "Sport and leisure", "Weather", "Contact us", "Subscribe"]
    assert split_blocks("\n".join(menu)) == menu


def test_signs_of_quotation_are_taken_off() -> None:
    quoted = "\n".join(f"> {line}" for block in (LEDE, SECOND, THIRD) for line in [*wrapped(block), ""])
    assert split_blocks(quoted) == [LEDE, SECOND, THIRD]


def test_lines_filled_with_characters_of_scripts_without_spaces_are_joined() -> None:
    first = (
        "漁師たちは火曜日に港を封鎖し、燃料価格の引き下げを求めた。政府は来週、組合と協議するとしている。" * 3
    )
    second = "抗議は夜明け前に始まり、正午までにすべてのフェリーが止まったと港湾当局は明らかにした。" * 3
    lines = [block[at : at + 41] for block in (first, second) for at in range(0, len(block), 41)]
    assert split_blocks("\n".join(lines)) == [first, second]


def test_arabic_lines_are_joined() -> None:
    first = "انتشل رجال الإنقاذ أربع جثث أخرى بعد يوم من غرق قارب خشبي كان يقل مهاجرين إثر اصطدامه بالصخور وسط طقس عاصف"
    second = "وأجرى خفر السواحل أمس الاثنين عملية بحث في البحر والشواطئ عن جثث خلفها تحطم المركب في حين تحاول السلطات"
    blocks = [f"{first} {second}.", f"{second} {first}."]
    assert split_blocks("\n".join(line for block in blocks for line in wrapped(block))) == blocks


_PARTS = (
    "Mara Velten, the envoy for river affairs, speaks at a hotel in Port Asker, Norland June 21, 2021.",
    "The envoy for river affairs will visit Sudland on Saturday for talks, the Foreign Ministry said on Friday, as "
    "the two countries hold joint drills that the northern neighbour has warned could trigger a crisis.",
)


@pytest.mark.parametrize(
    ("credit", "dateline"),
    [
        param(" Jon Aldis/Pool via REUTERS/File Photo", "PORT ASKER, Aug 20 (Reuters) - ", id="wire"),
        param(" REUTERS/Jon Aldis/File Photo", "PORT ASKER (Reuters) - ", id="agency-first"),
        param(" Jon Aldis/REUTERS", "PORT ASKER, Norland (AP) — ", id="two-names-in-capitals"),
        param(" (AP Photo/Jon Aldis)", "PORT ASKER, Norland (AP) — ", id="brackets"),
        param(" (Jon Aldis/AFP)", "", id="brackets-without-dateline"),
        param(" Photo: Jon Aldis/Reuters", "", id="label-without-dateline"),
        param(" Jon Aldis/REUTERS ", "PORT ASKER, Norland (AP) — ", id="a-space-between"),
        param("", "PORT ASKER (AP) -- ", id="no-credit"),
    ],
)
def test_a_caption_glued_to_the_first_paragraph_is_parted_from_it(credit: str, dateline: str) -> None:
    line = f"{_PARTS[0]}{credit}{dateline}{_PARTS[1]}"
    found = article(line, SECOND, THIRD)
    assert captions(found) == [(0, _PARTS[0], credit.strip() or None)]
    assert found.body.split("\n") == [dateline + _PARTS[1], SECOND, THIRD]


@pytest.mark.parametrize(
    "line",
    [
        param(LEDE, id="dateline-at-the-begin"),
        param(f"{SECOND} “We stay,” said Ann McLeod (42) of iPharma.", id="capitals-amid-words"),
        param(f"{SECOND} The harbour of VALLETTA - the oldest of the island - stays closed until the council meets "
              "again on Friday morning, its master said.", id="capitals-and-dash"),
    ],
)  # fmt: skip
def test_a_paragraph_is_not_parted(line: str) -> None:
    assert article(line, THIRD, FOURTH).body.split("\n") == [line, THIRD, FOURTH]


@pytest.mark.parametrize(
    ("parts", "credit"),
    [
        param([f"{_PARTS[0]} (", "Image:", "Getty)"], "(Image: Getty)", id="brackets"),
        param([f"{_PARTS[0]} [Photo:", "Jon Aldis", "/", "EPA]"], "[Photo: Jon Aldis / EPA]", id="four"),
        param([_PARTS[0], "Photo:", "Jon Aldis/AFP"], "Photo: Jon Aldis/AFP", id="label"),
    ],
)
def test_a_credit_split_over_lines_is_one_again(parts: list[str], credit: str) -> None:
    found = article(LEDE, SECOND, *parts, THIRD, FOURTH)
    assert [(text, given) for _, text, given in captions(found)] == [(_PARTS[0], credit)]
    assert found.body.split("\n") == [LEDE, SECOND, THIRD, FOURTH]


def test_an_open_bracket_that_nothing_closes_joins_nothing() -> None:
    assert split_blocks(f"{LEDE} (\n{SECOND}\n{THIRD}") == [f"{LEDE} (", SECOND, THIRD]


def test_a_text_in_one_line_is_read_by_its_sentences() -> None:
    caption, credit = "A diver looks for the rudder in Valletta, Malta, March 3, 2019.", "Ann Lee/Reuters"
    found = read_text(" ".join([LEDE, SECOND, caption, credit, THIRD, FOURTH, FIFTH]).encode())
    assert [(text, given) for _, text, given in captions(found)] == [(caption, credit)]
    assert found.body == f"{LEDE} {SECOND}\n{THIRD} {FOURTH} {FIFTH}"


def test_line_ends_of_all_systems() -> None:
    found = read_text(f"{LEDE}\r\n{SECOND}\r{THIRD}\n{FOURTH}".encode())
    assert found.body.split("\n") == [LEDE, SECOND, THIRD, FOURTH]


# --- the date and place of a caption --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "date", "place"),
    [
        param(CAPTION, "2019-03-03", None, id="place-without-preposition-is-left"),
        param(
            "Boats in Valletta, Malta, March 3, 2019.", "2019-03-03", "Valletta, Malta", id="place-then-date"
        ),
        param(
            "Boats leave, Tuesday, March 3, 2019, in Valletta, Malta.",
            "2019-03-03",
            "Valletta, Malta",
            id="date-then-place",
        ),
        param("Un Népalais prie à Katmandou, le 30 avril 2015.", "2015-04-30", "Katmandou", id="french"),
        param("Boats in April 2019.", "2019-04", None, id="month"),
        param("From March 3, 2019 to May 4, 2020, boats in Malta", None, None, id="two-dates-are-no-date"),
        param("Boats in 2019", None, None, id="year-alone"),
        param("Boats in the harbour", None, None, id="nothing"),
    ],
)
def test_date_and_place_where_they_are_clear(text: str, date: str | None, place: str | None) -> None:
    found = caption_with_facts(text)
    assert (found.date, found.place) == (date, place)


def test_a_place_of_hyphens_ends() -> None:
    assert caption_with_facts("in " + "A-" * 200 + " B" * 40 + " March 3, 2019").date == "2019-03-03"


# --- bad input ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        param(b"", "no text", id="empty"),
        param(b" \r\n\t \n", "no text", id="blank"),
        param(bytes(range(256)) * 20, "binary", id="binary"),
        param(b"\x89PNG\r\n\x1a\n" + b"\0\1\2\3\4\5\6\7" * 100, "binary", id="picture"),
    ],
)
def test_what_is_no_text_is_refused_with_a_remedy(data: bytes, words: str) -> None:
    with pytest.raises(ArticleError, match=words) as raised:
        read_text(data, name="page.txt")
    assert "page.txt" in raised.value.reason
    assert raised.value.remedy


def test_a_wrongly_declared_charset_does_not_spoil_the_text() -> None:
    found = read_text("Übermüdete Fischer blockieren den Hafen.".encode(), charset="iso-8859-1")
    assert found.body == "Übermüdete Fischer blockieren den Hafen."


def test_a_note_of_one_sentence_is_body_and_a_section_name_is_not() -> None:
    assert read_text(b"The ferry leaves at noon.").body == "The ferry leaves at noon."
    assert read_text(b"Harbour news").body == ""
    assert read_text(LEDE.rstrip(".").encode()).body == LEDE.rstrip(".")


def test_a_caption_alone_is_a_caption_where_it_bears_the_signs_of_one() -> None:
    found = read_text(f"{CAPTION} (Ann Lee/AP)".encode())
    assert captions(found) == [(0, CAPTION, "(Ann Lee/AP)")]
    assert found.body == ""


def test_a_huge_file_is_kept_whole_and_judged_in_part() -> None:
    found = read_text("\n".join(f"Boat {number} leaves." for number in range(6000)).encode())
    assert found.body.endswith("Boat 5999 leaves.")


def test_a_megabyte_of_wrapped_lines_is_joined() -> None:
    line = "the quick brown fox jumps over the lazy dog and then some more"
    (block,) = split_blocks(f"{line}\n" * 16_000)
    assert len(block) == 16_000 * (len(line) + 1) - 1


@given(st.binary(max_size=400))
@settings(max_examples=100)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        found = read_text(data)
    except ArticleError:
        return
    found.body.encode()
    assert all(place.caption and place.caption.text for place in found.placements)


# --- the founding page ----------------------------------------------------------------------------------


@needs_shared
def test_the_founding_page_is_read_as_a_person_labelled_it() -> None:
    folder = SHARED / "data/founding-page"
    labels = json.loads((folder / "labels.jsonl").read_text("utf-8").splitlines()[0])["lines"]
    found = read_text((folder / "page.txt").read_bytes())
    wanted = [(index, line["text"], None) for index, line in enumerate(labels) if line["label"] == "caption"]
    assert captions(found) == wanted
    assert len(wanted) == 3
    assert found.body.split("\n") == [line["text"] for line in labels if line["label"] == "body"]
    assert found.dateline == "BEIRUT"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("BREST - x.", id="short"),
        pytest.param("A note.", id="shorter"),
        pytest.param("The ferry sailed on time. " * 50, id="repeated"),
        pytest.param("\n".join(f"Pier {number} is open." for number in range(40)), id="many-lines"),
    ],
)
def test_sentences_are_kept_where_nothing_else_is_found(text: str) -> None:
    article = read_text(text.encode())
    assert article.body.split() == text.split() and not article.placements


def test_what_is_no_sentence_is_no_body_where_nothing_else_is_found() -> None:
    assert read_text(b"Home\nNews\nSport\nContact\nShare on Facebook\n").body == ""


def test_the_date_below_a_summary_is_that_of_the_article() -> None:
    lines = [
        "Second official trip: the harbour master begins a tour of the islands this Wednesday",
        "The harbour master travels to Ostrey, Korvale and the outer islands after his visit to the mainland in April.",
        "Korvale Wire",
        "08.02.2023",
        "Harbour master Pelle Aamund begins a tour of the islands on Wednesday, the second since he took office.",
        "He is to meet the ferry owners, visit a school and open a new quay, the regional assembly said on Tuesday.",
    ]
    assert read_text("\n\n".join(lines).encode()).published_at == "2023-02-08"

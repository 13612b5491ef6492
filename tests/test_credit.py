"""Captions parted from credit, lead-in and interface words, in many languages and shapes."""

import json
import re
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.articles.html.read import read_html
from media.captions.credit import CreditSplit, is_credit_only, join_separate_credit, split_credit
from media.captions.key import caption_key
from media.captions.stated import place_embedded
from media.matching.captions.difference import credit_difference
from tests.shared_data import SHARED, needs_shared

param = pytest.param

CAPTION = "Crowds gather at the harbour in Valletta, Malta, March 3, 2019."


@pytest.mark.parametrize(
    ("credit", "glue"),
    [
        param("(AP Photo/Jane Doe)", " ", id="ap-in-brackets"),
        param("(AP Photo/Jane Doe, File)", " ", id="ap-file-in-brackets"),
        param("(Jane Doe/Associated Press)", " ", id="name-agency-in-brackets"),
        param("(Photo by Jane Doe/Getty Images)", " ", id="photo-by"),
        param("(Photo by Jane Doe / AFP) (Photo by JANE DOE/AFP via Getty Images)", " ", id="two-brackets"),
        param("[Jane Doe/Al Jazeera]", " ", id="square-brackets"),
        param("(Courtesy of the Doe family)", " ", id="courtesy-in-brackets"),
        param("(Photo: Courtesy Photo)", " ", id="courtesy-photo"),
        param("(via REUTERS)", " ", id="via-in-brackets"),
        param("(Handout)", " ", id="handout-in-brackets"),
        param("(U.S. Coast Guard via AP)", " ", id="supplier-via-agency"),
        param("(© Jane Doe)", " ", id="copyright-in-brackets"),
        param("REUTERS/Jane Doe", " ", id="reuters-slash"),
        param("REUTERS/Jane Doe/File Photo", " ", id="reuters-file-photo"),
        param("Jane Doe/Getty Images", " ", id="name-slash-agency"),
        param("Jane Doe / Reuters", " ", id="name-spaced-slash-agency"),
        param("Jane Doe/The New York Times", " ", id="name-newspaper"),
        param("Jane Doe for The Globe and Mail", " Photo: ", id="labelled-for"),
        param("EPA-EFE/JANE DOE", " ", id="epa-efe"),
        param("Getty Images", " ", id="agency-alone"),
        param("Getty Images", "", id="agency-glued"),
        param("REUTERS/Jane Doe", "", id="reuters-glued"),
        param("Jane Doe/AP", "", id="name-glued"),
        param("Photo: Jane Doe", " ", id="photo-colon"),
        param("Photo by Jane Doe", " ", id="photo-by-unbracketed"),
        param("Photo courtesy of the Doe Museum", " ", id="photo-courtesy"),
        param("Photograph: Jane Doe/The Guardian", " ", id="photograph"),
        param("Picture: Jane Doe", " ", id="picture"),
        param("Image credit: Jane Doe", " ", id="image-credit"),
        param("Credit: Jane Doe / NASA", " ", id="credit"),
        param("Credit...Jane Doe for The New York Times", " ", id="credit-dots"),
        param("Mandatory Credit: Jane Doe-USA TODAY Sports", " ", id="mandatory"),
        param("Source: Office for National Statistics", " ", id="source"),
        param("© Jane Doe", " ", id="copyright-sign"),
        param("© 2019 Jane Doe", " ", id="copyright-year"),
        param("Copyright Jane Doe", " ", id="copyright-word"),
        param("Jane Doe/AFP", " | ", id="after-a-bar"),
        param("Reuters", " — ", id="after-a-dash"),
        param("Bernama photo", " — ", id="agency-photo-after-a-dash"),
        param("Photo: Jane Doe", " - ", id="label-after-a-hyphen"),
        param("Getty Images", " • ", id="after-a-bullet"),
        param("AP Photo/Jane Doe", " | ", id="agency-photo-after-a-bar"),
        param("ST PHOTO: JANE DOE", " ", id="initials-before-the-label"),
        param("picture alliance/dpa/Jane Doe", " / ", id="agencies-in-small-letters"),
        param("Michael Ochs Archives/Getty Images", " ", id="archives-before-a-slash"),
        param("(ABC News: Jane Doe)", " ", id="employer-and-name"),
        param("Photo courtesy: IDF", " ", id="photo-courtesy"),
        param("Reuters pic", " — ", id="agency-pic"),
        param("(Foto: Dok. Istimewa)", " ", id="indonesian-abbreviation"),
        param("（C）AFP時事", " ", id="wide-copyright-sign"),
        param("<연합뉴스>", " ", id="angle-brackets"),
        param("Foto: Jana Dohe/dpa", " ", id="german"),
        param("Bild: Jana Dohe / SVT", " ", id="swedish"),
        param("(Bild: dpa)", " ", id="german-bild"),
        param("Quelle: dpa", " ", id="german-quelle"),
        param("Foto: ANP", " ", id="dutch"),
        param("(Foto Ansa)", " ", id="italian"),
        param("(ansa)", " ", id="agency-in-small-letters"),
        param("Crédit photo : Jeanne Dupont", " ", id="french-credit"),
        param("© Jeanne Dupont / AFP", " ", id="french-copyright"),
        param("(Photo Jeanne Dupont. AFP)", " ", id="french-photo-name-agency"),
        param("Photo Jeanne Dupont/MAXPPP", " ", id="french-photo-name"),
        param("Fotografía: Juana Pérez", " ", id="spanish-fotografia"),
        param("Foto: Juana Pérez / EFE", " ", id="spanish"),
        param("(Cortesía)", " ", id="spanish-cortesia"),
        param("(Foto: Divulgação)", " ", id="portuguese"),
        param("Fot. Jan Kowalski / PAP", " ", id="polish"),
        param("Foto: Profimedia", " ", id="czech"),
        param("Fotó: MTI/Kovács Anna", " ", id="hungarian"),
        param("Kuva: Maija Meikäläinen / Lehtikuva", " ", id="finnish"),
        param("Фото: Иван Иванов / РИА Новости", " ", id="russian"),
        param("Источник: ТАСС", " ", id="russian-source"),
        param("Φωτογραφία: EUROKINISSI", " ", id="greek"),
        param("Fotoğraf: AA", " ", id="turkish"),
        param("Ảnh: Nguyễn Văn A", " ", id="vietnamese"),
        param("(Foto: Antara/Budi)", " ", id="indonesian"),
        param("צילום: רויטרס", " ", id="hebrew"),
    ],
)
def test_a_credit_at_the_end_is_no_part_of_the_caption(credit: str, glue: str) -> None:
    found = split_credit(CAPTION + glue + credit)
    assert found.text == CAPTION
    assert found.credit_line is not None
    assert credit in found.credit_line
    assert found.evidence is not None


@pytest.mark.parametrize(
    ("shown", "caption", "credit"),
    [
        param(
            "移送される容疑者＝13日、東京・霞ケ関で（潟沼義樹撮影）",
            "移送される容疑者＝13日、東京・霞ケ関で",
            "（潟沼義樹撮影）",
            id="ja-taken-by",
        ),
        param(
            "会見する首相＝首相官邸で2020年2月、共同",
            "会見する首相＝首相官邸で2020年2月",
            "共同",
            id="ja-agency-after-comma",
        ),
        param("会見した東京都、神奈川県、共同", "会見した東京都、神奈川県、共同", None, id="ja-list"),
        param("会見する首相（共同）", "会見する首相", "（共同）", id="ja-agency-in-brackets"),
        param("新しい車両（JR東日本提供）", "新しい車両", "（JR東日本提供）", id="ja-supplied"),
        param("演説する大統領＝ロイター", "演説する大統領", "ロイター", id="ja-after-equals"),
        param(
            "民众在广场上庆祝。新华社记者 李明 摄", "民众在广场上庆祝。", "新华社记者 李明 摄", id="zh-xinhua"
        ),
        param("游客在湖边拍照 王小明 摄", "游客在湖边拍照", "王小明 摄", id="zh-taken-by"),
        param(
            "游客在湖边拍照。（图片来源：视觉中国）",
            "游客在湖边拍照。",
            "（图片来源：视觉中国）",
            id="zh-source-in-brackets",
        ),
        param(
            "시민들이 광장에 모여 있다. 연합뉴스", "시민들이 광장에 모여 있다.", "연합뉴스", id="ko-agency"
        ),
        param(
            "시민들이 광장에 모여 있다. /연합뉴스",
            "시민들이 광장에 모여 있다.",
            "연합뉴스",
            id="ko-slash-agency",
        ),
        param(
            "시민들이 광장에 모여 있다. 홍길동 기자",
            "시민들이 광장에 모여 있다.",
            "홍길동 기자",
            id="ko-reporter",
        ),
        param(
            "시민들이 광장에 모여 있다. 사진=홍길동",
            "시민들이 광장에 모여 있다.",
            "사진=홍길동",
            id="ko-label",
        ),
    ],
)
def test_east_asian_credits(shown: str, caption: str, credit: str | None) -> None:
    found = split_credit(shown)
    assert (found.text, found.credit_line) == (caption, credit)


@pytest.mark.parametrize(
    "caption",
    [
        param("The president arrives for a meeting with the EPA", id="agency-that-the-sentence-needs"),
        param("Protesters outside the offices of Reuters", id="agency-as-place"),
        param("Bethany Funke (R)", id="party"),
        param("Sen. Jon Tester (D-Mont.)", id="party-and-state"),
        param("From left: Ann Lee, Bo Ray (right)", id="position"),
        param("Drei Künstler (v.l.).", id="german-position"),
        param("The bridge in winter (2019)", id="year"),
        param("Flight from Paris to London via Brussels", id="via-as-a-way"),
        param("She poses with her Photo Album at home.", id="photo-in-the-sentence"),
        param("Foto zum 40. Geburtstag der Galerie", id="foto-as-subject"),
        param("The boat was photographed by tourists in Venice.", id="verb-not-label"),
        param("A copy of the New York Times lies on the table.", id="newspaper-as-thing"),
        param("He was greeted by Gov. Jay Inslee", id="abbreviation-is-no-sentence-end"),
        param("Fans celebrate in Washington, D.C. United won 2-1.", id="city-abbreviation"),
        param("Either/or: the choice before Britain's voters", id="slash-in-the-sentence"),
        param("Voters queue in Ohio, the state said, Reuters reports.", id="reports"),
    ],
)
def test_an_end_that_is_no_credit_stays(caption: str) -> None:
    found = split_credit(caption)
    assert (found.text, found.credit_line) == (caption, None)


@pytest.mark.parametrize(
    ("caption", "word"),
    [
        param("New keyboard switches via iFixit", "via", id="via"),
        param("A visit to the headquarters of NASA", "NASA", id="agency"),
    ],
)
def test_an_ambiguous_end_is_left_alone_and_said(caption: str, word: str) -> None:
    found = split_credit(caption)
    assert (found.text, found.credit_line) == (caption, None)
    assert found.doubt is not None
    assert word in found.doubt


@pytest.mark.parametrize(
    ("shown", "caption", "lead"),
    [
        param("FILE - A ship leaves port.", "A ship leaves port.", "FILE", id="file-hyphen"),
        param("FILE – A ship leaves port.", "A ship leaves port.", "FILE", id="file-dash"),
        param("FILE PHOTO: A ship leaves port.", "A ship leaves port.", "FILE PHOTO", id="file-photo"),
        param("File photo: A ship leaves port.", "A ship leaves port.", "File photo", id="file-photo-small"),
        param("(FILES) A ship leaves port.", "A ship leaves port.", "FILES", id="files-in-brackets"),
        param("Above: A ship leaves port.", "A ship leaves port.", "Above", id="above"),
        param("Pictured: A ship leaves port.", "A ship leaves port.", "Pictured", id="pictured"),
        param(
            "Archivbild: Ein Schiff läuft aus, sagt er.",
            "Ein Schiff läuft aus, sagt er.",
            "Archivbild",
            id="archivbild",
        ),
        param(
            "FILE - In this June 1, 2019, file photo, a ship leaves.",
            "In this June 1, 2019, file photo, a ship leaves.",
            "FILE",
            id="in-this-stays",
        ),
        param("Pictured above is a ship.", "Pictured above is a ship.", None, id="pictured-in-the-sentence"),
        param("File cabinets line the wall.", "File cabinets line the wall.", None, id="file-as-a-word"),
        param(
            "In this photo provided by Ann Lee, a ship leaves.",
            "In this photo provided by Ann Lee, a ship leaves.",
            None,
            id="in-this-photo",
        ),
        param("FILE", "FILE", None, id="nothing-after-it"),
    ],
)
def test_lead_ins(shown: str, caption: str, lead: str | None) -> None:
    found = split_credit(shown)
    assert (found.text, found.lead) == (caption, lead)


@pytest.mark.parametrize(
    ("shown", "caption", "credit"),
    [
        param("1 of 2. A ship leaves port.", "A ship leaves port.", None, id="counter"),
        param("1/23 A ship leaves port.", "A ship leaves port.", None, id="counter-slash"),
        param("Image 1 of 23: A ship leaves port.", "A ship leaves port.", None, id="image-counter"),
        param("Open this photo in gallery: A ship leaves port.", "A ship leaves port.", None, id="gallery"),
        param(
            "Image: A ship leaves port on Monday.", "A ship leaves port on Monday.", None, id="image-label"
        ),
        param(
            "A ship leaves port. Ann Lee/AP hide caption",
            "A ship leaves port.",
            "Ann Lee/AP",
            id="hide-caption",
        ),
        param(
            "A ship leaves port. Foto: Ann Lee/APVisa mer",
            "A ship leaves port.",
            "Foto: Ann Lee/AP",
            id="glued-more",
        ),
        param("A ship leaves port. less", "A ship leaves port.", None, id="less"),
        param(
            "Image source, Getty Images Image caption, A ship leaves port",
            "A ship leaves port",
            "Getty Images",
            id="screen-reader",
        ),
        param(
            "Image copyright Reuters Image caption A ship leaves port",
            "A ship leaves port",
            "Reuters",
            id="screen-reader-old",
        ),
        param(
            "1 of 3 suspects was arrested.",
            "1 of 3 suspects was arrested.",
            None,
            id="number-in-the-sentence",
        ),
        param("More is less", "More is less", None, id="less-in-the-sentence"),
        param("Image of a ship: the port", "Image of a ship: the port", None, id="image-of"),
        param(
            "(AP Photo/Ann Lee) A ship leaves port.",
            "A ship leaves port.",
            "(AP Photo/Ann Lee)",
            id="credit-first",
        ),
    ],
)
def test_interface_words_are_no_part_of_the_caption(shown: str, caption: str, credit: str | None) -> None:
    found = split_credit(shown)
    assert (found.text, found.credit_line) == (caption, credit)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        param("Getty Images", True, id="library"),
        param("Photo: Ann Lee", True, id="label-and-name"),
        param("(AP Photo/Ann Lee)", True, id="bracketed"),
        param("Leonhard Foeger / Reuters file", True, id="name-agency-file"),
        param("© Ann Lee", True, id="copyright"),
        param("Courtesy Google", True, id="courtesy"),
        param("연합뉴스", True, id="korean-agency"),
        param("潟沼義樹撮影", True, id="japanese-taken-by"),
        param("Ann Lee", False, id="name-alone-may-be-a-caption"),
        param("Facebook", False, id="share-bar"),
        param("By Reuters", False, id="byline"),
        param("AFP, MANILA", False, id="dateline"),
        param("© 2019 NBCUniversal Media, LLC. All rights reserved.", False, id="footer"),
        param("Read more", False, id="interface-words"),
        param("", False, id="nothing"),
        param("Image: Ann Lee has agreed to become manager", False, id="labelled-caption"),
        param(CAPTION + " Getty Images", False, id="caption-with-credit"),
    ],
)
def test_a_credit_alone_is_told_from_a_caption(text: str, expected: bool) -> None:
    assert is_credit_only(text) is expected


def test_a_separate_credit_is_kept_as_it_stands() -> None:
    found = join_separate_credit("Ann Lee reads a letter", "Chuck Burton/AP")
    assert (found.text, found.credit_line) == ("Ann Lee reads a letter", "Chuck Burton/AP")


def test_a_separate_credit_that_the_caption_repeats_is_taken_off() -> None:
    found = join_separate_credit("Ann Lee reads a letter. (Chuck Burton/AP)", "Chuck Burton/AP")
    assert found.text == "Ann Lee reads a letter."
    assert found.credit_line == "Chuck Burton/AP"


def test_another_credit_at_the_end_of_the_caption_is_kept_beside_the_separate_one() -> None:
    split = join_separate_credit(f"{CAPTION} (Foto: dpa)", "Foto: Kay Nie")
    assert (split.text, split.credit_line) == (CAPTION, "(Foto: dpa) Foto: Kay Nie")


@pytest.mark.parametrize(
    "credit",
    ["Getty Images", "Jane Doe Lehtikuva", "(Jana Dohe / Compic)", "Foto: Jana Dohe/dpa", "©Jana Dohe/Imago"],
)
def test_a_page_a_picture_file_and_a_key_read_one_credit(credit: str) -> None:
    shown = f"{CAPTION} {credit}"
    page = (
        f"<article><h1>Ferry</h1><figure><img src=a.jpg><figcaption>{shown}</figcaption></figure></article>"
    )
    (displayed,) = (one for one in read_html(page.encode()).placements if one.origin == "figcaption")
    embedded = place_embedded("exif", shown, None, 1.0, {})
    assert displayed.caption is not None and embedded.caption is not None
    assert displayed.caption.text == embedded.caption.text == CAPTION
    assert displayed.caption.credit_line == embedded.caption.credit_line == credit
    assert caption_key(shown) == caption_key(CAPTION)
    assert embedded.evidence["found"] == shown


def test_a_credit_that_a_picture_file_states_apart_is_no_part_of_its_caption() -> None:
    placement = place_embedded("iptc", f"FILE - {CAPTION} (AP Photo/Jane Doe)", "AP", 1.0, {})
    assert placement.caption is not None
    assert (placement.caption.text, placement.caption.credit_line) == (CAPTION, "(AP Photo/Jane Doe)")
    assert placement.lead == "FILE"
    alone = place_embedded("exif", "Getty Images", None, 1.0, {})
    assert alone.caption is not None and alone.caption.text == "Getty Images"


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        pytest.param("(Jane Doe/AP)", "Photo: Jane Doe / AP", True, id="brackets-and-label"),
        pytest.param("Foto: dpa", "dpa", True, id="label"),
        pytest.param("Jane Doe/AP", "Jane Roe/AP", False, id="another-name"),
        pytest.param("AP", "Jane Doe/AP", False, id="a-name-more"),
        pytest.param("Photo", None, False, id="a-label-alone-is-something"),
    ],
)
def test_brackets_and_labels_do_not_tell_credits_apart(left: str, right: str | None, same: bool) -> None:
    assert (credit_difference(left, right) == "") is same


def test_a_caption_without_separate_credit_is_split_as_usual() -> None:
    assert join_separate_credit("A ship. (AP)", None) == split_credit("A ship. (AP)")


@pytest.mark.parametrize(
    "text",
    [
        param("(" * 100_000, id="openers"),
        param("(a " * 30_000 + ")" * 30_000, id="nested"),
        param("Photo: " * 15_000, id="labels"),
        param("Photo by " * 12_000, id="label-by"),
        param("A. " * 33_000, id="initials"),
        param("Ab/" * 33_000, id="slashes"),
        param("Getty Images " * 8_000, id="agencies"),
        param("A" * 100_000, id="one-word"),
        param(" " * 100_000, id="blanks"),
        param("1 of 2 " * 15_000, id="counters"),
        param("© " * 50_000, id="copyright-signs"),
        param(" | " * 33_000, id="bars"),
        param("新华社" * 33_000, id="cjk"),
        param("Name Name/" + "Name " * 20_000, id="names"),
        param("hide caption " * 8_000, id="interface-words"),
        param("AP/" + "A-" * 90 + "!", id="hyphens-after-an-agency"),
        param("A-/" * 60 + "AP!", id="hyphens-before-an-agency"),
        param("Photo by " + "A/" * 90 + "!", id="names-with-slashes"),
        param(CAPTION * 1_600, id="sentences"),
    ],
)
def test_100_kilobytes_of_anything_end(text: str) -> None:
    found = split_credit(text)
    assert len(found.text) + len(found.credit_line or "") <= len(text)


_PIECES = st.sampled_from(
    [
        "Photo",
        "Foto: ",
        "(",
        ")",
        "Getty Images",
        "/",
        "AP",
        ". ",
        " ",
        "a crowd",
        "Ann",
        "©",
        "|",
        " - ",
        "摄",
        "＝",
        "FILE - ",
        "…",
        "\u200f",
        "1 of 2 ",
    ]
)


@given(st.one_of(st.text(max_size=200), st.lists(_PIECES, max_size=25).map("".join)))
@settings(max_examples=300)
def test_nothing_is_invented(text: str) -> None:
    found = split_credit(text)
    folded = " ".join(re.sub("[\u00ad\u200b\u2060\ufeff]", "", text).split())
    for part in (found.text, found.credit_line or "", found.lead or ""):
        assert all(word in folded for word in part.split())
    assert (found.evidence is None) == (found.credit_line is None)
    assert is_credit_only(text) in (True, False)


@given(st.lists(_PIECES, max_size=25).map("".join), st.lists(_PIECES, max_size=5).map("".join))
def test_joining_never_fails(caption: str, credit: str) -> None:
    assert isinstance(join_separate_credit(caption, credit), CreditSplit)


@needs_shared
def test_labelled_captions_are_split_as_people_do() -> None:
    from rapidfuzz import fuzz

    right: dict[str, list[bool]] = defaultdict(list)
    for line in (SHARED / "data/captions/labels.jsonl").read_text("utf-8").splitlines():
        page = json.loads(line)
        for label in page["captions"]:
            found = split_credit(label["full"])
            inside = label["credit"] and label["credit"] in label["full"]
            credit_right = (
                found.credit_line is not None and fuzz.ratio(found.credit_line, label["credit"]) >= 90
                if inside
                else found.credit_line is None
            )
            right[page["publisher"]].append(fuzz.ratio(found.text, label["text"]) >= 98 and credit_right)
    everything = [hit for hits in right.values() for hit in hits]
    assert sum(everything) / len(everything) >= 0.95
    assert sum(sum(hits) / len(hits) for hits in right.values()) / len(right) >= 0.94


@needs_shared
def test_body_paragraphs_have_no_credit() -> None:
    lines = [
        row["text"]
        for line in (SHARED / "data/captions/text_labels.jsonl").read_text("utf-8").splitlines()
        for row in json.loads(line)["lines"]
        if row["label"] == "body"
    ]
    split = [text for text in lines if split_credit(text).credit_line]
    assert len(lines) > 1000
    assert len(split) <= len(lines) * 0.002


def test_a_sentence_after_a_credit_is_not_part_of_it() -> None:
    text = "Smoke rises over Avel. Photo: Ann Lee / AFP Officials did not comment on the matter."
    assert "comment" not in (split_credit(text).credit_line or "")
    assert split_credit("Smoke rises over Avel. Photo: Ann Lee / AFP.").credit_line is not None

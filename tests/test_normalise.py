"""Keys: what two desks set differently falls away, what they say differently stays."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.captions.key import (
    caption_key,
    has_little_information,
    normalise,
    read_date_word,
)

CAPTION = "Rebels enter the town of Saraqeb in Idlib, Syria, Feb. 27, 2020."


@pytest.mark.parametrize(
    "other",
    [
        pytest.param("rebels ENTER the Town of saraqeb in idlib, Syria, Feb. 27, 2020", id="case"),
        pytest.param(
            "<p>Rebels enter\\n the town of Saraqeb in Idlib, Syria, Feb. 27, 2020.</p>", id="markup"
        ),
        pytest.param(
            "Rebels enter&nbsp;the town of Saraqeb in Idlib, Syria, Feb.\u200b 27, 2020.", id="spaces"
        ),
        pytest.param("“Rebels enter the town of Saraqeb in Idlib, Syria, Feb. 27, 2020...”", id="quotes"),
        pytest.param(
            "Rebels enter the town of Saraqeb in Idlib, Syria, Thursday, 27 February 2020", id="date"
        ),
        pytest.param("Rebels enter the town of Sáraqeb in Idlib, Syria, 27.02.2020 …", id="accent"),
        pytest.param(f"{CAPTION} (AP Photo/Ghaith Alsayed)", id="credit-in-brackets"),
        pytest.param(f"{CAPTION} Photo: Omar Haj Kadour / AFP", id="credit-with-trade-word"),
        pytest.param(f"{CAPTION} | Getty Images", id="credit-behind-a-bar"),
        pytest.param(f"{CAPTION} Ivor Prickett/The New York Times", id="name-and-house"),
        pytest.param(f"{CAPTION} REUTERS/Khalil Ashawi", id="house-and-name"),
        pytest.param(f"{CAPTION}AFP", id="bare-agency"),
        pytest.param(f"{CAPTION} © 2020 AFP", id="copyright-sign"),
        pytest.param(f"FILE - {CAPTION}", id="file-lead"),
        pytest.param(f"FILE PHOTO: {CAPTION}", id="file-photo-lead"),
    ],
)
def test_what_desks_set_differently_is_not_part_of_the_key(other: str) -> None:
    assert (
        caption_key(other)
        == caption_key(CAPTION)
        == ("rebels enter the town of saraqeb in idlib syria d20200227")
    )


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(CAPTION.replace("27", "28"), id="day"),
        pytest.param(CAPTION.replace("Saraqeb", "Sarmin"), id="place"),
        pytest.param(CAPTION.replace("Rebels", "12 rebels"), id="number"),
        pytest.param(CAPTION + " Photographers were present.", id="a-sentence-about-photographers"),
        pytest.param(
            CAPTION + " Photo: X / AFP Police are investigating the incident.", id="words-after-credit"
        ),
        pytest.param("Filing " + CAPTION, id="a-word-like-the-lead"),
    ],
)
def test_what_they_say_differently_stays_in_the_key(other: str) -> None:
    assert caption_key(other) != caption_key(CAPTION)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        pytest.param(
            "FILE - In this Nov. 20, 2012, file photo, a man juggles.",
            "d20121120 a man juggles",
            id="dated-file-lead",
        ),
        pytest.param("4,000 people", "4000 people", id="thousands"),
        pytest.param("4.5 million", "4 5 million", id="decimals-stay-apart"),
        pytest.param("Assad’s M5 highway", "assad s m5 highway", id="apostrophe"),
        pytest.param("Łukasz Żółć in Smørrebrød", "lukasz zolc in smorrebrod", id="letters"),
        pytest.param(
            "イスラエルの国旗＝同国で2019年5月", "イ ス ラ エ ル の 国 旗 同 国 で d201905", id="japanese"
        ),
        pytest.param("習近平 2020年2月27日", "習 近 平 d20200227", id="chinese"),
        pytest.param("이재명 후보가 15일", "이재명 후보가 15일", id="korean-has-words"),
        pytest.param("हिन्दी में", "हिन्दी में", id="vowel-signs-stay"),
        pytest.param("か が", "か が", id="voicing-stays"),
        pytest.param("🙂🙂🙂", "", id="emoji-only"),
        pytest.param("X", "x", id="one-letter"),
        pytest.param("Getty Images", "getty images", id="a-bare-credit-stays"),
        pytest.param("'; DROP TABLE captions; --", "drop table captions", id="sql"),
    ],
)
def test_keys(text: str, key: str) -> None:
    assert caption_key(text) == key


def test_credit_and_dates_are_kept_aside() -> None:
    normal = normalise("Rebels enter Saraqeb, Thursday, Feb. 27, 2020. (AP Photo/Ghaith Alsayed)")

    assert normal.credit == "(AP Photo/Ghaith Alsayed)"
    assert normal.dates == ("2020-02-27",)


@pytest.mark.parametrize(
    ("text", "credit"),
    [
        pytest.param("Weltweit (Foto: Galerie EIGEN + ART)", "(Foto: Galerie EIGEN + ART)", id="german"),
        pytest.param("通話試験を行う技官（警視庁提供）", "（警視庁提供）", id="japanese"),
        pytest.param(
            "Сцена. Фото: Дмитрий Азаров, Коммерсантъ", "Фото: Дмитрий Азаров, Коммерсантъ", id="russian"
        ),
        pytest.param("On arrival. (NPA)", "(NPA)", id="house-in-brackets-after-a-sentence"),
        pytest.param("Seen at 9/11 memorial", None, id="a-slash-is-no-credit"),
        pytest.param("Galaxies shown in red (hot)", None, id="brackets-are-no-credit"),
        pytest.param("A crowd (some armed) at sea", None, id="brackets-inside"),
        pytest.param("He holds a photo: his son who died", None, id="trade-word-in-a-sentence"),
        pytest.param("Getty Images", None, id="nothing-else"),
        pytest.param(
            "Man in St. Louis, Feb. 9, 2024. Mittie Vaughn/The New York Times",
            "Mittie Vaughn/The New York Times",
            id="shortest",
        ),
    ],
)
def test_only_a_sure_credit_is_taken_off(text: str, credit: str | None) -> None:
    assert normalise(text).credit == credit


PIECES = st.sampled_from(
    [
        *(
            "FILE",
            "-",
            ":",
            ".",
            ",",
            "/",
            "|",
            "photo",
            "Photo",
            "by",
            "(AP)",
            "Getty",
            "Images",
            "REUTERS/John",
        ),
        *(
            "©",
            "May",
            "march",
            "5",
            "27",
            "2020",
            "12",
            "st",
            "In",
            "this",
            "file",
            "image",
            "via",
            "of",
            "td",
        ),
        *("2020-02-27", "27.02.2020", "1,000", "4.000", "10:30", "d0227", "d20200101", "février", "Thursday"),
        *("'", '"', "(", ")", "[", "]", "...", "&amp;", "<", "p", ">", "&lt;b&gt;", "caption", "credit"),
        *("年", "月", "日", "写真", "2月", "ł", "É", "ﬁ", "İ", "ß", "ǰ", "ΐ", "かﾞ", "①", "½", "ª", "1er"),
        *("\u200b", "\u0301", "\n", " ", "courtesy"),
    ]
)


@settings(max_examples=400)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(PIECES, max_size=20).map(" ".join),
        st.lists(PIECES, max_size=20).map("".join),
    )
)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    key = caption_key(text)

    assert caption_key(key) == key


@given(st.lists(PIECES, max_size=20).map(" ".join))
def test_a_key_is_words_with_one_space_between(text: str) -> None:
    key = caption_key(text)

    assert key == " ".join(key.split())


@pytest.mark.parametrize(
    "text",
    [
        "File photo",
        "FILE PHOTO",
        "Getty Images",
        "Image source, Reuters",
        "(AP Photo)",
        "Courtesy of the family",
        "Photo illustration",
        "AFP via Getty Images",
        "Foto: dpa",
        "資料写真",
        "Donald Trump",
        "🙂",
        "X",
        "",
        "Image source, Getty Images",
        "Handout photo",
        "Symbolbild",
        "Фото: Reuters",
        "Credit: iStock",
    ],
)
def test_little_information(text: str) -> None:
    assert has_little_information(caption_key(text))


@pytest.mark.parametrize(
    "text",
    [
        "Donald Trump in Florida",
        "The family photo album",
        "イスラエルの国旗",
        "A file cabinet burns",
        "Photo of the crowd",
        "Getty Images sued Stability",
    ],
)
def test_enough_information(text: str) -> None:
    assert not has_little_information(caption_key(text))


@pytest.mark.parametrize(
    ("word", "iso"),
    [
        ("d20200227", "2020-02-27"),
        ("d202002", "2020-02"),
        ("d0227", "--02-27"),
        ("d20200227td20200228", "2020-02-27/2020-02-28"),
        ("d2", None),
        ("d12345", None),
        ("dog", None),
    ],
)
def test_a_date_word_reads_back(word: str, iso: str | None) -> None:
    assert read_date_word(word) == iso


@pytest.mark.parametrize(
    "piece",
    ["(AP) ", "Photo: X ", "FILE - ", "<a", "&amp;", "a.", "/AP ", "1,000", "A " * 50 + "| ", "X/", "é́"],
)
def test_a_megabyte_of_one_thing_is_normalised_in_one_pass(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))

    assert len(caption_key(text)) <= 2 * len(text)

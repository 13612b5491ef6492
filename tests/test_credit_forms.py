"""Forms of credits of the press everywhere: phrases, sites, bars, other scripts, credits before their caption."""

import pytest

from media.captions.credit import is_credit_only, split_credit

CAPTION = "Nets dry on the quay of the old harbour."
param = pytest.param


@pytest.mark.parametrize(
    "credit",
    [
        "Submitted photo", "(Submitted photo)", "Photo submitted", "Courtesy photo", "Staff photo", "Provided photo",
        "Staff photo by Ann Lee", "Photo illustration by Ann Lee", "Photo provided by the Lee family", "(File photo)",
        "Foto de archivo", "Photo d'archives, La Gazette", "(Public domain)", "Public domain", "(CC BY-SA 4.0)",
        "CC BY 2.0", "(harbour-museum.org)", "(www.harbour.example.com)", "Ana Ruiz | Archivo | Casa.",
        "Ana Ruiz | Archivo | El Puerto", "Ana Ruiz | Archive | The Port.",
        "| Ana Ruiz", "– Ana Ruiz", "Ann Lee (AFP)", "ANN LEE (EFE)",
        "Ann Lee, The Harbour Post", "Ann Lee | Herald Staff", "Credit Ann Lee for The Harbour Post", "foto Ann Lee",
        "alee@herald.example.com", "Ann Lee alee@herald.example.com", "@annlee", "Instagram/@annlee", "via Facebook",
        "Contributed photo", "Photo courtesy of the Lee family", "Family photo", "Photo: Submitted",
        "Courtesy of Ann Lee",
        "(CC0)", "(Wikimedia Commons)", "(Public Domain, via Wikimedia)", "(Wikimedia Commons / Public domain)",
        "(tessen-post.net)", "(vell.co.uk)", "(flickr.com/annlee)", "Ana Ruiz | El Puerto", "Archivo | Casa.",
        "Foto: Ana Ruiz | Archivo", "Ann Lee (Getty Images)", "Ann Lee Mo (dpa)", "Ann Lee (Northern Wire)",
        "(Foto: dpa) Foto: Ann Lee", "Foto: Ann Lee (Archiv)", "Screenshot: TikTok", "Screengrab from Facebook",
        "ASSOCIATED PRESS", "ANN LEE/HERALD",
        "Ann Lee–AP", "iStockphoto / Getty Images", "imago stock&people", "REUTERS/Ann Lee/File Photo",
    ],
)  # fmt: skip
def test_what_follows_the_last_sentence_is_a_credit(credit: str) -> None:
    parts = split_credit(f"{CAPTION} {credit}")
    assert parts.text == CAPTION
    assert parts.credit_line == credit.lstrip("|– ")


@pytest.mark.parametrize(
    ("shown", "caption", "credit"),
    [
        param("سفينة ترسو في الميناء (الأناضول)", "سفينة ترسو في الميناء", "(الأناضول)", id="arabic"),
        param("سفينة ترسو في الميناء (أ ف ب)", "سفينة ترسو في الميناء", "(أ ف ب)", id="arabic-letters"),
        param("سفينة ترسو (لين حداد / رويترز)", "سفينة ترسو", "(لين حداد / رويترز)", id="arabic-name"),
        param("سفينة ترسو في الميناء - رويترز", "سفينة ترسو في الميناء", "رويترز", id="arabic-after-a-dash"),
        param("ספינה עוגנת בנמל (רויטרס)", "ספינה עוגנת בנמל", "(רויטרס)", id="hebrew"),
        param("کشتی در بندر لنگر انداخت (ایرنا)", "کشتی در بندر لنگر انداخت", "(ایرنا)", id="persian"),
        param("港に戻る船（３日）＝ＡＰ", "港に戻る船（３日）", "ＡＰ", id="full-width-letters"),
        param("سفينة ترسو في الميناء (غيتي)", "سفينة ترسو في الميناء", "(غيتي)", id="arabic-library"),
        param("سفينة ترسو (تصوير: لين حداد)", "سفينة ترسو", "(تصوير: لين حداد)", id="arabic-label"),
        param("港に戻る船（３日）＝ロイター", "港に戻る船（３日）", "ロイター", id="after-a-full-width-sign"),
        param("港に戻る船（３日）（ＡＰ）", "港に戻る船（３日）", "（ＡＰ）", id="full-width-letters-in-brackets"),
        param("港に戻る船。撮影・山田太郎", "港に戻る船。", "撮影・山田太郎", id="japanese-label"),
        param("港に戻る船（写真提供：ハルノウ市）", "港に戻る船", "（写真提供：ハルノウ市）", id="japanese-supplied"),
        param("港に戻る船＝３日、丸山イルゼ撮影", "港に戻る船＝３日", "丸山イルゼ撮影", id="japanese-name-in-kana"),
        param("港に戻る船（丸山イルゼ撮影）", "港に戻る船", "（丸山イルゼ撮影）", id="japanese-in-brackets"),
    ],
)  # fmt: skip
def test_credits_of_other_scripts(shown: str, caption: str, credit: str) -> None:
    parts = split_credit(shown)
    assert (parts.text, parts.credit_line) == (caption, credit)


@pytest.mark.parametrize(
    ("shown", "caption", "credit"),
    [
        param("Ana M. Ruiz Submitted photo", "Ana M. Ruiz", "Submitted photo", id="portrait"),
        param("Ana Ruiz owns a stock photo", "Ana Ruiz owns a stock photo", None, id="a-sentence"),
    ],
)
def test_a_portrait_goes_before_a_credit_that_names_nobody(
    shown: str, caption: str, credit: str | None
) -> None:
    parts = split_credit(shown)
    assert (parts.text, parts.credit_line) == (caption, credit)


@pytest.mark.parametrize(
    ("credit", "glue"),
    [
        param("REUTERS", "", id="glued"),
        param("Getty Images", "", id="glued-name"),
        param("Photo: Ann Lee", ". ", id="label"),
        param("Photo by Ann Lee", " | ", id="label-and-bar"),
        param("AP Photo/Ann Lee", " - ", id="agency-and-dash"),
        param("© AFP", " - ", id="copyright-sign"),
        param("AFP", "", id="glued-letters"),
        param("dpa", "", id="glued-small-letters"),
        param("Ann Lee / AFP", " - ", id="name-and-agency"),
        param("AFP/Ann Lee", ": ", id="agency-and-name"),
        param("(AFP)", " ", id="brackets"),
    ],
)
def test_a_credit_before_the_caption_is_parted(credit: str, glue: str) -> None:
    parts = split_credit(f"{credit}{glue}{CAPTION}")
    assert (parts.text, parts.credit_line) == (CAPTION, credit)


def test_credits_at_both_ends_are_both_kept() -> None:
    parts = split_credit(f"Photo: Ann Lee. {CAPTION} (Getty Images)")
    assert (parts.text, parts.credit_line) == (CAPTION, "Photo: Ann Lee (Getty Images)")


@pytest.mark.parametrize(
    ("shown", "caption", "credit"),
    [
        param(f"{CAPTION}Credit", CAPTION, None, id="label-left-over"),
        param(f"{CAPTION} Credit:", CAPTION, None, id="label-and-colon"),
        param(f"{CAPTION}© &lt;em&gt;Town of Harnow&lt;/em&gt;", CAPTION, "© Town of Harnow", id="escaped-markup"),
        param(
            f"{CAPTION} Northern Scan/Ida Lind/File Photo ATTENTION EDITORS - THIS IMAGE WAS SUPPLIED TO US.",
            CAPTION, "Northern Scan/Ida Lind/File Photo", id="notice-to-editors",
        ),
        param(
            "FILE PHOTO: A flag flies, July 5, 2024. Northern Scan/Ida Lind via NORTHERN WIRE/File Photo"
            " ATTENTION EDITORS - THIS IMAGE WAS PROVIDED BY A THIRD PARTY. NO SALES IN VALDREN./File Photo",
            "A flag flies, July 5, 2024.", "Northern Scan/Ida Lind via NORTHERN WIRE/File Photo",
            id="notice-and-a-lead-in",
        ),
        param("EPA Nets at the quay, 27 Feb 2023EPA", "Nets at the quay, 27 Feb 2023", "EPA", id="agency-twice"),
        param("Reuters Nets at the quay (Reuters)", "Nets at the quay", "(Reuters)", id="twice-and-brackets"),
        param("AFP reporters wait on the quay. AFP", "AFP reporters wait on the quay.", "AFP", id="a-word-of-it"),
        param("Nets at the quay&lt;br&gt;Foto: Ann Lee", "Nets at the quay", "Foto: Ann Lee", id="escaped-break"),
        param("Nets &amp; boats at the quay. Foto: Ann Lee", "Nets & boats at the quay.", "Foto: Ann Lee", id="entity"),
        param("Image source, Northern Scan", "", "Image source, Northern Scan", id="label-for-screen-readers"),
    ],
)  # fmt: skip
def test_what_pages_leave_around_a_credit(shown: str, caption: str, credit: str | None) -> None:
    parts = split_credit(shown)
    assert (parts.text, parts.credit_line) == (caption, credit)


@pytest.mark.parametrize(
    "caption",
    [
        "The museum bought a stock photo", "Nobody knew the land was public domain", "He writes for harbour-museum.org",
        "The winner, Ann Lee (Kenya)", "Ann Lee (left) and Jo Ek (right)", "Mayor Ann Lee (SPD)",
        "Why was the harbour closed? Ann Lee explains", "Photo shows nets on the quay of the harbour on Monday.",
        "Credit unions lend to the fishermen of the harbour.", "AP leaders meet in the harbour on Monday.",
        "The ferry and the nets were sold via auction", "A ship returns (v.l.)", "سفينة ترسو في الميناء (يمين)",
        "Photographer Ann Lee: a life on the quay of the old harbour",
    ],
)  # fmt: skip
def test_words_of_the_caption_are_no_credit(caption: str) -> None:
    assert split_credit(caption).text == caption
    assert split_credit(caption).credit_line is None


@pytest.mark.parametrize(
    "text", ["Submitted photo", "Image source, Northern Scan", "(Public domain)", "(الأناضول)"]
)
def test_such_a_credit_alone_is_one(text: str) -> None:
    assert is_credit_only(text)


@pytest.mark.parametrize(
    ("caption", "between", "credit"),
    [
        param("Le bac accoste à Tessen.", " ", "JULIE MORET / LE PORT", id="fr"),
        param("La tour est rénovée.", " ", "Photo archives Paul Rey", id="fr-archives"),
        param("El ferri atraca en el puerto", " / ", "Luisa Ferro", id="es-slash"),
        param("A balsa chega ao porto", " — ", "Foto: Rui Telles/O Cais", id="pt"),
        param("Prom wpływa do portu", " / ", "fot. Anna Rajska", id="pl-slash"),
        param("Tårnet får nytt tak.", " ", "Illustrasjonsfoto: Kari Moe", id="no"),
        param("Torni saa katon.", " ", "Kuvituskuva. Kuva: Aino Salo", id="fi-two"),
        param("Башню ремонтируют.", " ", "Фото автора", id="ru-author"),
        param("Башню ремонтируют.", " ", "Скриншот видео", id="ru-screenshot"),
        param("港に戻る船＝３日、潮見市", "、", "丸山イルゼ写す", id="ja"),
        param("正在維修的塔。", "", "（圖／翻攝自臉書）", id="zh"),
        param("The ferry docks.", " ", "Ann Lee • Harbour Post", id="bullet"),
        param("The ferry docks.", " ", "Special to The Post", id="special"),
        param("The old tower gets a new roof.", " ", "Ann Lee for The Post", id="for"),
    ],
)
def test_credits_of_many_languages(caption: str, between: str, credit: str) -> None:
    parts = split_credit(caption + between + credit)
    assert (parts.text, parts.credit_line) == (caption, credit)


@pytest.mark.parametrize(
    "caption",
    [
        "Hun bor i byen, et sted i Den Haag",
        "Rock / Pop Music",
        "The play is both tragedy / farce in Old Vell",
        "The ferry is special to the island",
    ],
)
def test_captions_that_end_nearly_so(caption: str) -> None:
    assert (split_credit(caption).text, split_credit(caption).credit_line) == (caption, None)


@pytest.mark.parametrize(
    ("credit", "caption"),
    [
        ("© Ann Lee", "The ferry docks in Tessen on Monday"),
        ("Photo: Ann Lee", "Two ferries wait in Tessen for the storm to end"),
        ("Credit: Ann May Lee", "In the harbour of Tessen ferries wait"),
        ("Foto: Jana Brük", "Die Fähre legt am Montag im Hafen an"),
        ("© Julie Moret", "Le bac accoste lundi à Tessen"),
        ("Foto: Luisa Ferro", "El ferri atraca en el puerto de Tessen"),
        ("Foto: Rui Telles", "A balsa chega ao porto de Tessen"),
        ("© Inge Vos", "De veerboot legt maandag aan in Tessen"),
    ],
)
def test_a_credit_that_runs_into_its_caption_ends_where_a_sentence_begins(credit: str, caption: str) -> None:
    parts = split_credit(f"{credit} {caption}")
    assert (parts.text, parts.credit_line) == (caption, credit)


@pytest.mark.parametrize(
    "caption",
    [
        "Ann Lee walks along the quay of Tessen on Monday",
        "Mayor Ann Lee opens the new ferry line to Tessen",
        "Ann Lee The Musical opens at the old theatre of Tessen",
        "Ana Maria De la Cruz leads a long march through rainy Tessen",
        "The mayor of Vellen opens the tower in the rain",
    ],
)
def test_who_is_shown_after_a_label_is_no_credit(caption: str) -> None:
    parts = split_credit(f"Photo: {caption}")
    assert (parts.text, parts.credit_line) == (caption, None)

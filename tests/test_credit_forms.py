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


@pytest.mark.parametrize(
    ("caption", "glue", "credit"),
    [
        param("Un barco entra en el puerto viejo.", "", "Ana Ruiz (EFE)", id="name-run-in-before-its-house"),
        param("Un barco entra en el puerto viejo.", "", "ANA M. RUIZ (AP)", id="initial-run-in"),
        param("Un barco entra en el puerto (Costa Vell)", "", "Ana Ruiz (AP)", id="run-in-after-a-bracket"),
        param("Un barco entra en el puerto viejo.", "", "Ruiz jr (EFE)", id="junior"),
        param("Um barco entra no porto velho.", " ", "Ana Ruiz AP", id="house-without-a-sign"),
        param("Um barco entra no porto velho.", "", "ANA RUIZ AP", id="house-without-a-sign-run-in"),
        param("Um barco entra no porto velho.", "", "ANA RUIZ CASA VELL", id="names-run-in"),
        param("Um barco no porto velho", "", "Divulgação/Lind", id="label-run-in"),
        param("Um barco no porto velho", "", "Prefeitura de Vell/Divulgação", id="office-run-in"),
        param("The ferry at the old quay", "", "Ann Lee / Lind", id="name-and-house-run-in"),
        param("Лодка входит в старый порт", " ", "Ann Lee / AP", id="name-in-other-letters"),
        param("Лодка входит в старый порт", " ", "@annlee / Telegram", id="account"),
        param(CAPTION, " ", "AFP PHOTO / Ann LEE / TT / kod 777", id="chain-with-a-code"),
        param(CAPTION, " ", "FOTO ANTARA/Ann Lee/nz/10", id="label-and-codes"),
        param(CAPTION, " ", "(Radar: NASA/Lind; Optical: ESO/Vell)", id="several-makers"),
        param("Nets on the quay", " ", "picture alliance/dpa | Ann Lee", id="bar-after-the-house"),
        param(CAPTION, " ", "AFP PHOTO/ANN LEE (Photo credit should read ANN LEE/AFP/Getty Images)", id="should-read"),
        param(CAPTION, " ", "ANN LEE/GETTY IMAGES via AFP", id="label-in-the-name-of-a-house"),
        param(CAPTION, " ", "(AP Photo/Ann Lee, via Alamy, https://alamy.example/1)", id="address"),
        param(CAPTION, " ", "Courtesy: © 2019 The Tessen Museum, Vell; photograph: Ann Lee", id="owner-and-maker"),
        param(CAPTION, " ", "© 2019 The Tessen Museum, Photo: Ann Lee", id="sign-and-label"),
        param("Nets (Video)", " ", "Credit: NASA, ESA, and the Tessen Team (STScI/AURA)", id="label-before-a-bracket"),
        param("Nets (in May)", " ", "(Photo | Ann Lee, Lind)", id="bar-after-a-label-in-brackets"),
        param(CAPTION, " ", "Ann Lee - Managing Photo Editor", id="name-and-post"),
        param(CAPTION, " ", "8th Harbour Army/Handout via REUTERS", id="number-in-a-name"),
        param("Vell, 27 Febbraio, 2017.", " ", "REUTERS/Ann Lee", id="sentence-that-ends-in-a-year"),
        param(CAPTION, " ", "File | Staff", id="words-of-credits-with-a-bar"),
        param("The ferry at Vell (RS)", " ", "Bo Ray/Raw Image/Estadão Conteúdo", id="label-in-a-chain"),
        param("渔船返回旧港。", " ", "新华社发(林安 摄)", id="chinese-house-before-a-bracket"),
        param("船が旧港に戻る(2019年3月13日撮影)。", "", "(c)Ann Lee / AFP", id="date-is-no-maker"),
        param("배가 옛 항구로 돌아오고 있다.", " ", "프리랜서 한솔아", id="korean-freelancer"),
        param("배가 옛 항구로 돌아오고 있다.", " /", "한솔=사진공동취재단", id="korean-place-and-pool"),
    ],
)  # fmt: skip
def test_credits_that_run_into_the_caption_or_name_several_houses(
    caption: str, glue: str, credit: str
) -> None:
    parts = split_credit(caption + glue + credit)
    assert (parts.text, parts.credit_line) == (caption, credit)


def test_an_agency_runs_into_the_name_of_who_is_shown() -> None:
    parts = split_credit("Ann Lee/Shutterstock Bo Ray and Cy Moe watch the ferry leave the old harbour.")
    assert (parts.text, parts.credit_line) == (
        "Bo Ray and Cy Moe watch the ferry leave the old harbour.",
        "Ann Lee/Shutterstock",
    )
    undecided = "Ann Lee/Getty Images for LND Ferries leave the old harbour at noon."
    assert (split_credit(undecided).text, split_credit(undecided).credit_line) == (undecided, None)


def test_a_bracket_that_nobody_opened_belongs_to_the_credit() -> None:
    parts = split_credit(f"{CAPTION} THE CANADIAN PRESS/Ann Lee)")
    assert (parts.text, parts.credit_line) == (CAPTION, "THE CANADIAN PRESS/Ann Lee)")


@pytest.mark.parametrize(
    ("credit", "glue"),
    [
        param("Ann Lee/AFP/Getty Images", " ", id="names-and-houses"),
        param("EPA/ANN LEE-MO", " ", id="house-and-capitals"),
        param("© REUTERS / Ann Leeman", " ", id="sign"),
        param("© AFP 2023 / Ann Leeman", "", id="sign-and-year-run-in"),
        param("© Sputnik . Ann Leeman", "", id="stop-between"),
    ],
)
def test_an_agency_runs_into_the_caption_after_it(credit: str, glue: str) -> None:
    caption = "The ferry leaves the old harbour at noon."
    parts = split_credit(credit + glue + caption)
    assert (parts.text, parts.credit_line) == (caption, credit)


def test_labels_for_screen_readers_in_other_languages() -> None:
    parts = split_credit("Crédit photo, Ann Lee/AFP Légende image, Un bateau entre au vieux port.")
    assert (parts.text, parts.credit_line) == ("Un bateau entre au vieux port.", "Ann Lee/AFP")
    assert is_credit_only("Crédit photo, Ann Lee")
    assert not is_credit_only("Photo, peinture et dessin")


@pytest.mark.parametrize(
    ("shown", "credit"),
    [
        param("渔船返回旧港(2015年12月15日摄)", None, id="date-in-brackets"),
        param("Una fotografía de Ana Ruiz de 1971.", None, id="article-before-the-label"),
        param("Лодка входит в порт Нового Велла / ТАСС", "ТАСС", id="place-before-the-slash"),
        param("Ann Lee leaves the quay of Vell. (Colourised image)", None, id="what-was-done-to-a-picture"),
        param("Two boys play on a PlayStation/Xbox", None, id="capital-within-a-word"),
        param("Please save this story.Log InCreate Account", None, id="buttons-run-together"),
        param("The mayor of Vell meets Sen. Ann Lee (AP)", "(AP)", id="title-before-a-name"),
        param("Ann Lee/The Lind Band The rest of the band is late", None, id="names-and-no-agency"),
    ],
)
def test_what_only_looks_run_in(shown: str, credit: str | None) -> None:
    parts = split_credit(shown)
    assert parts.credit_line == credit
    assert parts.text == (shown.removesuffix(credit).rstrip(" /") if credit else shown)

"""Encodings that are declared wrongly or not at all, told by how the text looks."""
# ruff: noqa: E501 - a text a line

import pytest

from media.articles.html.read import read_html
from media.articles.text.read import read_text
from media.decoding.detect import guess_encoding
from media.decoding.encoding import decode_text
from tests.html_pages import page, shown

TEXTS = {
    "ja": "港の再開は来年の春まで延期されると当局が火曜日に発表した。「もう一冬は待てません」と市場で働く女性は語った。",
    "zh": "港口官员星期二表示，由于本月袭击海岸的风暴，东部防波堤的重建将推迟到春天。市议会在六月批准了这笔资金。",
    "zh-Hant": "港口官員星期二表示，由於本月襲擊海岸的風暴，東部防波堤的重建將推遲到春天。市議會在六月批准了這筆資金。",
    "ko": "항만 당국은 화요일 이번 달 해안을 강타한 폭풍으로 인해 동쪽 방파제 재건이 봄까지 연기될 것이라고 밝혔다.",
    "ru": "Власти порта сообщили во вторник, что восстановление волнореза отложено до весны из-за штормов.",
    "uk": "Влада порту повідомила у вівторок, що відновлення східного хвилерізу відкладено до весни через шторми.",
    "de": "Die Reparatur der östlichen Mole verzögert sich bis ins Frühjahr, für Fußgänger bleibt die Brücke gesperrt, hieß es.",
    "pl": "Władze portu poinformowały we wtorek, że odbudowa wschodniego falochronu zostanie opóźniona z powodu sztormów. Rada przyjęła środki.",
    "cs": "Přístavní úřady v úterý oznámily, že oprava východního vlnolamu bude kvůli bouřím odložena až na jaro.",
    "el": "Οι αρχές του λιμανιού ανακοίνωσαν την Τρίτη ότι η επισκευή του κυματοθραύστη θα καθυστερήσει.",
    "he": "רשויות הנמל הודיעו ביום שלישי כי שיקום שובר הגלים המזרחי יידחה לאביב בגלל הסערות.",
    "ar": "أعلنت سلطات الميناء يوم الثلاثاء أن إعادة بناء كاسر الأمواج الشرقي ستتأخر حتى الربيع.",
    "tr": "Liman yetkilileri salı günü doğu dalgakıranının onarımının fırtınalar nedeniyle ertelendiğini açıkladı.",
}
ENCODINGS = [
    *(
        ("ja", "euc-jp"),
        ("ja", "shift_jis"),
        ("zh", "gb18030"),
        ("zh-Hant", "big5"),
        ("ko", "euc-kr"),
        ("ru", "koi8-r"),
    ),
    *(
        ("ru", "windows-1251"),
        ("ru", "ibm866"),
        ("ru", "iso-8859-5"),
        ("uk", "koi8-u"),
        ("uk", "windows-1251"),
    ),
    *(
        ("de", "windows-1252"),
        ("pl", "windows-1250"),
        ("pl", "iso-8859-2"),
        ("cs", "windows-1250"),
        ("el", "windows-1253"),
    ),
    *(("he", "windows-1255"), ("ar", "windows-1256"), ("tr", "windows-1254")),
]
CODECS = {"ibm866": "cp866", "euc-kr": "cp949", "shift_jis": "cp932"}


@pytest.mark.parametrize(("language", "encoding"), ENCODINGS, ids=lambda value: value)
def test_encoding_that_nobody_declared(language: str, encoding: str) -> None:
    data = TEXTS[language].encode(CODECS.get(encoding, encoding))
    decoded = decode_text(b"Page\n" + data)
    assert decoded.text == "Page\n" + TEXTS[language]
    assert decoded.doubt is not None and decoded.evidence == "detected by how the text looks"


@pytest.mark.parametrize(("language", "encoding"), ENCODINGS, ids=lambda value: value)
@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "windows-1251", "gb2312"])
def test_encoding_that_was_declared_wrongly(language: str, encoding: str, declared: str) -> None:
    data = TEXTS[language].encode(CODECS.get(encoding, encoding))
    decoded = decode_text(data, declared=declared)
    assert decoded.text == TEXTS[language]
    if declared not in (encoding, "gb2312" if encoding == "gb18030" else "") and encoding != "windows-1252":
        assert declared in decoded.evidence


@pytest.mark.parametrize(("language", "encoding"), ENCODINGS, ids=lambda value: value)
def test_encoding_that_was_declared_rightly_is_no_doubt(language: str, encoding: str) -> None:
    decoded = decode_text(TEXTS[language].encode(CODECS.get(encoding, encoding)), declared=encoding)
    assert (decoded.text, decoded.doubt) == (TEXTS[language], None)


@pytest.mark.parametrize("data", [b"", b"\xe9", b"caf\xe9", b"\xff" * 500, bytes(range(128, 256)) * 9])
def test_bytes_that_tell_nothing_are_no_guess(data: bytes) -> None:
    assert guess_encoding(data) is None


def test_captions_say_that_their_encoding_was_guessed() -> None:
    caption = "Порт открыт снова после двух лет работы, сообщили во вторник городские власти."
    text = page(f"<figure><img src=b.jpg><figcaption>{caption}</figcaption></figure>").decode()
    data = (
        text.replace("<head>", "<head><meta charset=utf-8>")
        .replace("“", '"')
        .replace("”", '"')
        .encode("koi8-r")
    )
    (placement,) = shown(read_html(data))
    assert placement.caption is not None and placement.caption.text == caption
    assert (
        placement.evidence["encoding"] == "read as koi8-r: detected by how the text looks, not utf-8 as meta"
    )


def test_text_of_an_encoding_that_is_not_weighed_is_as_declared() -> None:
    text = "Uosto valdžia antradienį pranešė, kad rytinio molo atstatymas atidedamas iki pavasario dėl audrų."
    article = read_text(f"{text}\n{text[::-1]}".encode("cp1257"), charset="windows-1257")
    assert (
        article.body.startswith(text[:20])
        or text in decode_text(text.encode("cp1257"), declared="windows-1257").text
    )

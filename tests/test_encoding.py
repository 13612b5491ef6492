"""Bytes to characters: order of trust, wrong declarations, damage, binary rubbish."""

import os
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.decoding.encoding import Decoded, declared_in_page, decode_text, looks_like_text

param = pytest.param

GREETING = "Ein Gruß aus Łódź – “schön”"


def meta(charset: str, body: str, codec: str) -> bytes:
    return f'<html><head><meta charset="{charset}"></head><body>{body}</body></html>'.encode(codec)


@pytest.mark.parametrize(
    ("data", "declared", "html", "text", "encoding"),
    [
        param("\ufeffhé".encode(), None, False, "hé", "utf-8", id="utf-8-mark"),
        param("\ufeffhé".encode("utf-16-le"), None, False, "hé", "utf-16le", id="utf-16le-mark"),
        param("\ufeffhé".encode("utf-16-be"), None, False, "hé", "utf-16be", id="utf-16be-mark"),
        param("\ufeffhé".encode("utf-32-le"), None, False, "hé", "utf-32le", id="utf-32le-mark"),
        param("\ufeffhé".encode("utf-32-be"), None, False, "hé", "utf-32be", id="utf-32be-mark"),
        param("\ufeffhé".encode(), "windows-1252", False, "hé", "utf-8", id="mark-beats-declaration"),
        param(
            "“é”".encode("cp1252"), "ISO-8859-1", False, "“é”", "windows-1252", id="latin-1-is-windows-1252"
        ),
        param("“é”".encode("cp1252"), None, False, "“é”", "windows-1252", id="fallback"),
        param("Łódź".encode("cp1250"), "windows-1250", False, "Łódź", "windows-1250", id="declared"),
        param(
            "Привет".encode("cp1251"), ' "Windows-1251" ', False, "Привет", "windows-1251", id="quoted-label"
        ),
        param("東京タワー".encode("cp932"), "x-sjis", False, "東京タワー", "shift_jis", id="shift-jis"),
        param("東京タワー".encode("euc-jp"), "EUC-JP", False, "東京タワー", "euc-jp", id="euc-jp"),
        param("東京".encode("iso2022_jp"), None, False, "東京", "iso-2022-jp", id="iso-2022-jp-by-escapes"),
        param("联通".encode("gbk"), "gb2312", False, "联通", "gbk", id="gbk-that-is-valid-utf-8-by-chance"),
        param("서울".encode("cp949"), "euc-kr", False, "서울", "euc-kr", id="euc-kr"),
        param(GREETING.encode(), None, False, GREETING, "utf-8", id="utf-8"),
        param(GREETING.encode(), "iso-8859-1", False, GREETING, "utf-8", id="utf-8-declared-latin-1"),
        param(("联通" * 9).encode(), "gbk", False, "联通" * 9, "utf-8", id="utf-8-declared-gbk"),
        param(
            "“é”".encode("cp1252"), "utf-8", False, "“é”", "windows-1252", id="windows-1252-declared-utf-8"
        ),
        param(
            "Łódź".encode("cp1250"), "klingon", False, "£ódŸ", "windows-1252", id="unknown-label-is-ignored"
        ),
        param(b"+AGE-", "utf-7", False, "+AGE-", "utf-8", id="utf-7-is-never-read"),
        param(b"abc", "rot13", False, "abc", "utf-8", id="python-codecs-that-are-no-charset"),
        param(meta("koi8-r", "мир", "koi8-r"), None, True, "мир", "koi8-r", id="meta-charset"),
        param(meta("koi8-r", "мир", "koi8-r"), None, False, "ЛЙТ", "windows-1252", id="meta-only-in-html"),
        param(meta("utf-16", "мир", "utf-8"), None, True, "мир", "utf-8", id="meta-utf-16-is-utf-8"),
        param(meta("koi8-r", "мир", "cp1251"), "cp1251", True, "мир", "windows-1251", id="http-beats-meta"),
        param(
            meta("cp1251", "мир", "cp1251"), "utf-8", True, "мир", "windows-1251", id="wrong-http-then-meta"
        ),
    ],
)
def test_bytes_are_read_in_the_order_of_trust(
    data: bytes, declared: str | None, html: bool, text: str, encoding: str
) -> None:
    found = decode_text(data, declared=declared, html=html)
    assert found.encoding == encoding
    if encoding == "windows-1252" and html is False and b"<meta" in data:
        assert text not in found.text  # mojibake, because nobody looked at the page's own declaration
    elif html:
        assert text in found.text
    else:
        assert found.text == text
    assert found.replaced == 0


@pytest.mark.parametrize(
    ("page", "label"),
    [
        param(b'<meta charset="windows-1251">', "windows-1251", id="charset"),
        param(b"<META CHARSET=windows-1251 />", "windows-1251", id="unquoted-capitals"),
        param(
            b'<meta http-equiv="Content-Type" content="text/html; charset=gb2312">', "gb2312", id="http-equiv"
        ),
        param(b'<?xml version="1.0" encoding="ISO-8859-2"?><html>', "ISO-8859-2", id="xml-declaration"),
        param(b'<!-- <meta charset="koi8-r"> --><meta charset="utf-8">', "utf-8", id="not-in-a-comment"),
        param(b'<meta name="description" content="a charset of old">', None, id="prose-is-no-declaration"),
        param(b"<p>charset=koi8-r</p>", None, id="not-in-the-text"),
        param(b" " * 5000 + b'<meta charset="koi8-r">', None, id="only-near-the-beginning"),
    ],
)
def test_a_page_declares_its_charset_in_its_head(page: bytes, label: str | None) -> None:
    assert declared_in_page(page) == label


def test_stray_windows_1252_bytes_in_utf_8_are_repaired_and_counted() -> None:
    data = "Žižek in Łódź, ".encode() + b"\x93quoted\x94 caf\xe9"
    assert decode_text(data) == Decoded(
        "Žižek in Łódź, “quoted” café", "utf-8", "UTF-8 with strays of windows-1252", 3
    )


def test_windows_1252_with_one_utf_8_word_stays_windows_1252() -> None:
    data = b"caf\xe9 \x93cr\xe8me\x94 \xe0 la fa\xe7on " + "é".encode()
    assert decode_text(data).encoding == "windows-1252"


def test_a_declaration_that_was_wrong_is_in_the_evidence() -> None:
    assert decode_text("ñandú".encode(), declared="iso-8859-1").evidence == (
        "valid UTF-8, not iso-8859-1 as declared"
    )


def test_a_damaged_multi_byte_page_keeps_its_declared_encoding() -> None:
    data = ("東京タワーの前で" * 40).encode("euc-jp") + b"\xff" + "富士山".encode("euc-jp")
    found = decode_text(data, declared="euc-jp")
    assert (found.encoding, found.replaced) == ("euc-jp", 1)
    assert found.text.endswith("富士山")


def test_bytes_undefined_in_the_encoding_are_counted() -> None:
    found = decode_text(b"caf\xe9 \x81 \x8d")
    assert (found.text, found.replaced) == ("café \ufffd \ufffd", 2)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_text_without_a_mark_is_recognised(codec: str) -> None:
    text = "Crowds gather in the square at dusk.\nPhoto: café"
    found = decode_text(text.encode(codec))
    assert found.text == text
    assert found.encoding.replace("-", "") == codec.replace("-", "")


def test_text_with_a_few_zero_bytes_is_not_utf_16() -> None:
    found = decode_text(b"ab\0cd\0 ef gh ij kl mn op\0")
    assert (found.text, found.encoding) == ("abcd ef gh ij kl mn op", "utf-8")


def test_line_ends_zero_bytes_and_soft_hyphens_are_tidied() -> None:
    assert decode_text("one\r\ntwo\rthree\n\0Silben\u00adtren\u00adnung".encode()).text == (
        "one\ntwo\nthree\nSilbentrennung"
    )


@pytest.mark.parametrize(
    ("data", "is_text"),
    [
        param(b"", True, id="empty"),
        param(b"Plain words.\r\n\tIndented.\x0c", True, id="ascii"),
        param(("東京タワー" * 99).encode("cp932"), True, id="shift-jis"),
        param(GREETING.encode("utf-16-le"), True, id="utf-16-without-mark"),
        param(b"Words cut by a crash" + b"\0" * 4000, True, id="zeros-at-the-end"),
        param(b"One stray \x07 bell", True, id="one-stray-control"),
        param(random.Random(7).randbytes(5000), False, id="random"),
        param(
            zlib.compress(os.environ.__repr__().encode() * 30 + random.Random(1).randbytes(2000)),
            False,
            id="zlib",
        ),
        param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\0\0\0\x02\0\x08\x02\0\0\0", False, id="png-head"),
        param(b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x03\0>\0\x01\0\0\0", False, id="program"),
        param(b"Words first. " * 2000 + random.Random(3).randbytes(30000), False, id="rubbish-after-text"),
    ],
)
def test_binary_rubbish_is_told_from_text(data: bytes, is_text: bool) -> None:
    assert looks_like_text(data) is is_text


@given(st.binary(max_size=300), st.sampled_from([None, "utf-8", "shift_jis", "gbk", "latin1", "utf-16"]))
def test_any_bytes_give_text_that_can_be_stored(data: bytes, declared: str | None) -> None:
    found = decode_text(data, declared=declared, html=True)
    found.text.encode("utf-8")
    assert not {"\0", "\r", "\u00ad"} & set(found.text)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u00ad\ufeff"), min_size=1))
def test_utf_8_round_trips(text: str) -> None:
    if text.isascii() or "\x1b" not in text:
        assert decode_text(text.encode()).text == text


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1))
def test_decoding_twice_changes_nothing(text: str) -> None:
    once = decode_text(text.encode()).text
    assert decode_text(once.encode()).text == once

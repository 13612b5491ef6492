"""XML from strangers: what is read of it, and what it cannot do."""

import pytest

from media.decoding.xmltree import local_name, parse_xml


def text(data: bytes) -> str | None:
    root, _ = parse_xml(data)
    return None if root is None else "".join(root.itertext())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("<a>Łódź – é</a>".encode(), id="utf-8"),
        pytest.param(b"\xef\xbb\xbf" + "<a>Łódź – é</a>".encode(), id="utf-8-mark"),
        pytest.param(
            "<?xml version='1.0' encoding='UTF-16'?><a>Łódź – é</a>".encode("utf-16"), id="utf-16-mark"
        ),
        pytest.param("<a>Łódź – é</a>".encode("utf-16-be"), id="utf-16-without-mark"),
        pytest.param(
            "<?xml version='1.0' encoding='windows-1250'?><a>Łódź – é</a>".encode("cp1250"), id="declared"
        ),
        pytest.param(
            "<?xml version='1.0' encoding='no-such'?><a>Łódź – é</a>".encode(), id="unknown-declared"
        ),
        pytest.param(
            "<?xml version='1.0' encoding='latin-1'?><a>Łódź – é</a>".encode(), id="declared-in-error"
        ),
        pytest.param("<a>Łódź &ndash; &eacute;</a>".encode(), id="html-entities"),
        pytest.param("<a>Łódź – é&#0;&#xD800;&#x110000;</a>".encode(), id="numbers-of-no-character"),
        pytest.param("<a>Łódź\x00 \x08– é</a>".encode(), id="controls"),
    ],
)
def test_charsets_and_characters(data: bytes) -> None:
    assert text(data) == "Łódź – é"


@pytest.mark.parametrize(
    "doctype",
    [
        pytest.param("<!DOCTYPE a>", id="bare"),
        pytest.param('<!DOCTYPE a SYSTEM "x>y[.dtd">', id="marks-in-quotes"),
        pytest.param("<!DOCTYPE a PUBLIC '-//x//' 'y' [ <!ENTITY b 'x]>'> <!-- ]> ' --> ]>", id="subset"),
        pytest.param("<!doctype a [<!ELEMENT a (#PCDATA)>]>", id="small-letters"),
    ],
)
def test_document_type_is_cut_off(doctype: str) -> None:
    assert text(f"<?xml version='1.0'?><!-- x -->{doctype}<a>one &b; two</a>".encode()) == "one &b; two"


def test_document_type_in_the_text_is_text() -> None:
    assert text(b"<a><![CDATA[<!DOCTYPE b>]]></a>") == "<!DOCTYPE b>"


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        pytest.param(b"<a><b>one</b><b>tw", "onetw", id="cut-in-text"),
        pytest.param(b"<a><b>one</b><b", "one", id="cut-in-a-tag"),
        pytest.param(b"<a><b>one</c><b>two</b></a>", "one", id="mismatched"),
        pytest.param(b"<a>one</a> rubbish", "one", id="rubbish-behind"),
        pytest.param(b"<a>one & two</a>", "one ", id="bare-ampersand"),
    ],
)
def test_broken_documents_give_what_came_before_the_fault(data: bytes, wanted: str) -> None:
    root, fault = parse_xml(data)
    assert root is not None and fault
    assert "".join(root.itertext()) == wanted


@pytest.mark.parametrize(
    "data", [b"", b"words", b"<", b"<!DOCTYPE a [", b"<!DOCTYPE a '", b"\xff\xfe", b"{}"]
)
def test_what_holds_no_element_gives_none(data: bytes) -> None:
    root, fault = parse_xml(data)
    assert root is None and fault


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"<!DOCTYPE a [" + b"<!--" * 200_000, id="open-comments"),
        pytest.param(b"<!DOCTYPE a [" + b"\"'" * 200_000, id="quotes"),
        pytest.param(
            b"<!DOCTYPE a [" + b"<!ENTITY b 'c'>" * 50_000 + b"]><a>" + b"&b;" * 100_000, id="entities"
        ),
        pytest.param(b"<a>" * 300_000, id="deep"),
        pytest.param(b"&" * 500_000, id="ampersands"),
    ],
)
def test_hostile_documents_end_in_time(data: bytes) -> None:
    """A quadratic reading of these takes minutes."""
    root, fault = parse_xml(data)
    assert fault
    assert root is None or local_name(root) == "a"

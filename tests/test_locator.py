"""Locators are text, and every file name comes back from them exactly."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.locator import base_name, decode_path, encode_path, path_from_uri, printable

names = st.binary(min_size=1, max_size=40).filter(lambda name: b"\0" not in name)


@given(names)
def test_every_file_name_comes_back_exactly(name: bytes) -> None:
    path = os.fsdecode(name)
    locator = encode_path(path)
    locator.encode("utf-8")
    assert decode_path(locator) == path


@given(names, names)
def test_two_names_never_share_a_locator(left: bytes, right: bytes) -> None:
    assert (encode_path(os.fsdecode(left)) == encode_path(os.fsdecode(right))) == (left == right)


@pytest.mark.parametrize(
    ("name", "locator"),
    [
        pytest.param(b"2020/02/page.html", "2020/02/page.html", id="plain"),
        pytest.param("Straße.jpg".encode(), "Straße.jpg", id="utf-8-stays-readable"),
        pytest.param(b"caf\xe9.jpg", "caf\\xe9.jpg", id="latin-1-byte"),
        pytest.param(b"a\\xe9.jpg", "a\\x5cxe9.jpg", id="a-name-that-looks-escaped"),
    ],
)
def test_locator_of_a_file_name(name: bytes, locator: str) -> None:
    assert encode_path(os.fsdecode(name)) == locator


@pytest.mark.parametrize(
    ("locator", "name"),
    [
        ("2020/02/page.html", "page.html"),
        ("photos.zip!a/b.jpg", "b.jpg"),
        ("crawl.warc.gz#18231", "18231"),
        ("top.txt", "top.txt"),
    ],
)
def test_base_name_is_the_last_part(locator: str, name: str) -> None:
    assert base_name(locator) == name


def test_printable_stays_on_one_line_and_cannot_steer_a_terminal() -> None:
    assert printable("a\nb\x1b[31m\u202e.jpg") == "a\\nb\\u001b[31m\\u202e.jpg"
    assert printable("Straße 1.jpg") == "Straße 1.jpg"


def test_path_from_uri_takes_file_uris_only() -> None:
    assert path_from_uri("file:///a%20b/%E9") == os.fsdecode(b"/a b/\xe9")
    with pytest.raises(ValueError, match="not a file"):
        path_from_uri("https://example.org/a")

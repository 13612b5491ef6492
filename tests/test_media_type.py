"""The content decides what a record is."""

import pytest

from media.media_type import recognise
from tests.conftest import encode, make_photo


@pytest.mark.parametrize(
    ("format_name", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("TIFF", "image/tiff"),
        ("BMP", "image/bmp"),
        ("AVIF", "image/avif"),
    ],
)
def test_pictures_are_known_by_their_first_bytes_whatever_their_name(
    format_name: str, media_type: str
) -> None:
    data = encode(make_photo(1, (64, 48)), format_name)
    assert recognise(data[:4096], "page.html") == media_type


@pytest.mark.parametrize(
    ("head", "name", "media_type"),
    [
        pytest.param(b"<!DOCTYPE html><html>", "a.jpg", "text/html", id="a-page-named-as-a-picture"),
        pytest.param(b"\xef\xbb\xbf\n<!-- x --><HTML>", "a", "text/html", id="bom-comment-upper-case"),
        pytest.param("<!doctype html>".encode("utf-16"), "a", "text/html", id="utf-16"),
        pytest.param(b"<?xml version='1.0'?><!DOCTYPE html>", "a.xhtml", "text/html", id="xhtml"),
        pytest.param(b"<div>a fragment</div>", "a.html", "text/html", id="fragment-by-name"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'>", "a.xml", "image/svg+xml", id="svg"),
        pytest.param(b"PARIS (AP) - Smoke", "a.txt", "text/plain", id="text"),
        pytest.param(b"PARIS (AP) - Smoke", "story", "text/plain", id="text-without-extension"),
        pytest.param(
            b"\x00\x01\x02\x03 binary", "story", "application/octet-stream", id="binary-without-extension"
        ),
        pytest.param(b"a,b\n1,2\n", "a.csv", "text/csv", id="a-table-is-no-article"),
        pytest.param(
            b"BMxx is how this text begins", "a.txt", "text/plain", id="text-that-begins-like-a-bmp"
        ),
        pytest.param(b"", "a.jpg", "application/x-empty", id="empty"),
    ],
)
def test_media_type(head: bytes, name: str, media_type: str) -> None:
    assert recognise(head, name) == media_type


@pytest.mark.parametrize("text", ["Island ferries", '{"title": 1}', "\u5cf6\u306e\u8239"])
def test_utf_16_with_its_mark_is_no_sound(text: str) -> None:
    assert recognise(text.encode("utf-16"), "a.txt") != "audio/mpeg"


def test_sound_whose_first_bits_are_those_of_the_mark_is_sound() -> None:
    assert recognise(b"\xff\xfe\x90\x04" + bytes(range(256)), "a.bin") == "audio/mpeg"

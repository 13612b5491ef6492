"""Addresses: when two are one address, one page, or of one publisher."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.matching.articles.addresses import read_address, read_mirrored

ONE_ADDRESS = {
    "scheme-www-case": ("http://WWW.Herald.example/2024/fire", "https://herald.example/2024/fire/"),
    "index-file": ("https://herald.example/2024/fire/index.html", "https://herald.example/2024/fire"),
    "tracking": ("https://herald.example/a?id=7&utm_source=x&fbclid=y", "https://herald.example/a?id=7"),
    "order-of-parameters": ("https://herald.example/a?b=2&a=1", "https://herald.example/a?a=1&b=2"),
    "fragment": ("https://herald.example/a#comments", "https://herald.example/a"),
    "port": ("https://herald.example:443/a", "https://herald.example/a"),
    "escapes": ("https://herald.example/caf%c3%a9", "https://herald.example/café"),
    "replay": (
        "https://web.archive.org/web/20240101000000id_/http://herald.example/a",
        "https://herald.example/a",
    ),
    "amp-cache": (
        "https://herald-example.cdn.ampproject.org/c/s/herald.example/a",
        "https://herald.example/a",
    ),
}
ONE_PAGE = {
    "mobile": ("https://m.herald.example/a", "https://www.herald.example/a"),
    "mobile-within": ("https://en.m.herald.example/a", "https://en.herald.example/a"),
    "amp-before": ("https://herald.example/amp/2024/a", "https://herald.example/2024/a"),
    "amp-behind": ("https://herald.example/2024/a/amp", "https://herald.example/2024/a"),
    "amp-parameter": ("https://herald.example/a?outputType=amp", "https://herald.example/a"),
    "print": ("https://herald.example/a?print=1", "https://herald.example/a"),
}
OTHER_PAGES = {
    "path": ("https://herald.example/a", "https://herald.example/b"),
    "parameter": ("https://herald.example/story.php?id=1", "https://herald.example/story.php?id=2"),
    "host": ("https://sport.herald.example/a", "https://herald.example/a"),
    "camp-is-no-amp": ("https://herald.example/camp/a", "https://herald.example/a"),
    "page-number": ("https://herald.example/a?page=2", "https://herald.example/a"),
}


@pytest.mark.parametrize(("one", "other"), ONE_ADDRESS.values(), ids=ONE_ADDRESS)
def test_what_no_server_minds_makes_no_other_address(one: str, other: str) -> None:
    first, second = read_address(one), read_address(other)
    assert first is not None
    assert first == second


@pytest.mark.parametrize(("one", "other"), ONE_PAGE.values(), ids=ONE_PAGE)
def test_forms_of_a_page_are_one_page_at_two_addresses(one: str, other: str) -> None:
    first, second = read_address(one), read_address(other)
    assert first is not None
    assert second is not None
    assert first.page == second.page
    assert first.address != second.address


@pytest.mark.parametrize(("one", "other"), OTHER_PAGES.values(), ids=OTHER_PAGES)
def test_other_pages_stay_apart(one: str, other: str) -> None:
    first, second = read_address(one), read_address(other)
    assert first is not None
    assert second is not None
    assert first.page != second.page


@pytest.mark.parametrize(
    ("url", "publisher"),
    [
        pytest.param("https://www.bbc.co.uk/news/1", "bbc.co.uk", id="two-part-suffix"),
        pytest.param("https://edition.cnn.com/1", "cnn.com", id="subdomain"),
        pytest.param("https://ada.blogspot.com/1", "ada.blogspot.com", id="hosted"),
        pytest.param("http://127.0.0.1:8000/1", "127.0.0.1", id="number"),
    ],
)
def test_publisher_is_the_domain_that_somebody_registered(url: str, publisher: str) -> None:
    address = read_address(url)
    assert address is not None
    assert address.publisher == publisher


@pytest.mark.parametrize(
    "url", ["mailto:a@b.example", "javascript:void(0)", "/a", "", "http://", "https://[::1", "x" * 9000]
)
def test_what_is_no_address_of_the_web_is_none(url: str) -> None:
    assert read_address(url) is None


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_none(text: str) -> None:
    found = read_address("https://herald.example/" + text)
    again = read_address("https://" + found.address) if found else None
    assert found is None or again is None or again.publisher == found.publisher


def test_a_mirror_keeps_pages_below_their_host() -> None:
    found = read_mirrored("2024/www.herald.example/news/fire.html")
    assert found is not None
    assert found.address == "herald.example/news/fire.html"
    assert read_mirrored("photos.2024/fire.html") is None
    assert read_mirrored("2024/fire.html") is None

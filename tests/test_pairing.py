"""Which picture of the archive a page's address means."""

import pytest

from media.captions.addresses import Candidate, choose, locators_of, picture_name


@pytest.mark.parametrize(
    ("address", "name"),
    [
        pytest.param("smoke.jpg", "smoke.jpg", id="bare"),
        pytest.param("https://cdn.example/a/b/Smoke.JPG?w=640#x", "smoke.jpg", id="query-and-case"),
        pytest.param("/a/smoke-300x200.jpg", "smoke.jpg", id="wordpress-size"),
        pytest.param("/a/smoke@2x.png", "smoke.png", id="retina"),
        pytest.param("/a/smoke-2x4.jpg", "smoke-2x4.jpg", id="not-a-size"),
        pytest.param("/a/caf%C3%A9.jpg", "café.jpg", id="percent-encoded"),
        pytest.param("data:image/png;base64,AAAA", None, id="inline"),
        pytest.param("https://host.example/", None, id="no-name"),
        pytest.param("http://[broken", None, id="broken"),
    ],
)
def test_picture_name(address: str, name: str | None) -> None:
    assert picture_name(address) == name


@pytest.mark.parametrize(
    ("address", "page", "url", "locator"),
    [
        pytest.param("img/a.jpg", "2024/03/page.html", None, "2024/03/img/a.jpg", id="beside-the-page"),
        pytest.param("../img/a.jpg", "2024/03/page.html", None, "2024/img/a.jpg", id="above-the-page"),
        pytest.param("/img/a.jpg", "site/2024/page.html", None, "site/img/a.jpg", id="site-root-is-a-folder"),
        pytest.param(
            "https://x.example/img/a.jpg?w=1", "x.example/p.html", None, "x.example/img/a.jpg", id="mirror"
        ),
        pytest.param("//x.example/a.jpg", "p.html", None, "x.example/a.jpg", id="without-scheme"),
        pytest.param("a.jpg", "p.html", "https://x.example/n/p", "x.example/n/a.jpg", id="by-the-pages-url"),
        pytest.param(
            "https://resize.example/f?url=https%3A%2F%2Fx.example%2Fa.jpg&w=9",
            "p.html",
            None,
            "x.example/a.jpg",
            id="resizing-service",
        ),
    ],
)
def test_locators_of_an_address(address: str, page: str, url: str | None, locator: str) -> None:
    assert locator in list(locators_of(address, page, url))


def test_an_address_never_leads_out_of_the_archive() -> None:
    found = list(locators_of("../../../../etc/passwd.jpg", "a/page.html", None))
    assert all(not locator.startswith(("..", "/")) for locator in found)


def pick(address: str, page: str, *candidates: tuple[str, str]) -> str | None:
    found = choose(address, page, [Candidate(locator, digest) for locator, digest in candidates])
    return found.locator if found else None


def test_the_only_picture_of_the_name_is_meant() -> None:
    assert pick("https://x.example/9/smoke.jpg", "p.html", ("photos/smoke.jpg", "a")) == "photos/smoke.jpg"


def test_of_two_the_one_whose_folders_agree_with_the_address_is_meant() -> None:
    both = (("2023/03/smoke.jpg", "a"), ("2024/03/smoke.jpg", "b"))
    assert pick("https://x.example/2024/03/smoke.jpg", "p.html", *both) == "2024/03/smoke.jpg"


def test_of_two_that_fit_alike_none_is_guessed() -> None:
    assert pick("https://x.example/image.jpg", "p.html", ("a/image.jpg", "1"), ("b/image.jpg", "2")) is None


def test_of_two_copies_with_the_same_bytes_either_is_right() -> None:
    assert (
        pick("https://x.example/image.jpg", "p.html", ("b/image.jpg", "1"), ("a/image.jpg", "1"))
        == "a/image.jpg"
    )

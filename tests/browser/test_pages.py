"""Every page in a real browser: no errors, no failed requests, no overflow, nothing that axe objects to."""

import json
import re
import sqlite3
from pathlib import Path

import pytest

from tests.browser.conftest import Open
from tests.browsing import ROOT, Server, serving
from tests.conftest import copy_catalogue, encode, make_photo, scan_archive
from tests.test_browse import fetch, pages

SIZES = [
    pytest.param(1400, "light", id="wide-light"),
    pytest.param(380, "dark", id="narrow-dark"),
]


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_every_page_loads_whole_and_is_accessible(
    server: Server, sample: Path, opened: Open, width: int, scheme: str
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="run `make browser-tests`"
    ).Axe()
    watched = opened(width, scheme)
    page = watched.page
    found: list[str] = []
    for path in pages(sample):
        page.goto(server.home + path, wait_until="networkidle")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{path}: wider than {width} px")
        results = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
        found += [
            f"{path}: {each['id']}: {each['nodes'][0]['html'][:200]} {each['nodes'][0].get('failureSummary', '')}"
            for each in results
            if each["impact"] in ("serious", "critical", "moderate")
        ]
        assert page.evaluate("document.documentElement.lang") == "en"
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        shade = sum(int(part) for part in re.findall(r"\d+", ground)[:3]) / 3
        assert (shade < 80) is (scheme == "dark"), ground
    assert found == []
    assert watched.wrong == []


def test_axe_finds_what_is_wrong(server: Server, opened: Open) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="run `make browser-tests`"
    ).Axe()
    page = opened().page
    page.goto(server.home)
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert "image-alt" in [each["id"] for each in axe.run(page).response["violations"]]


def test_pictures_are_there_to_see(server: Server, sample: Path, opened: Open) -> None:
    watched = opened()
    for path in pages(sample):
        watched.page.goto(server.home + path, wait_until="networkidle")
        watched.page.evaluate("for (const image of document.images) image.loading = 'eager'")
        watched.page.wait_for_load_state("networkidle")
        broken = watched.page.evaluate(
            "[...document.images].filter(image => !(image.complete && image.naturalWidth)).map(image => image.src)"
        )
        assert broken == [], path


HOSTILE = (
    "<script>window.fired=1</script>\"'><img src=x onerror=window.fired=1><svg onload=window.fired=1>{{7*7}}"
)

_TEXTS = (
    ("captions", "text"),
    ("captions", "credit_line"),
    ("captions", "place"),
    ("articles", "headline"),
    ("articles", "byline"),
    ("articles", "body"),
    ("articles", "language"),
    ("articles", "published_at"),
    ("images", "headline"),
    ("images", "caption"),
    ("images", "byline"),
    ("images", "credit_line"),
    ("images", "city"),
    ("images", "created_at"),
    ("images", "format"),
    ("placements", "lead"),
    ("placements", "origin"),
    ("placements", "image_src"),
    ("problems", "locator"),
    ("problems", "reason"),
    ("problems", "remedy"),
    ("image_group_members", "reason"),
    ("caption_repeat_members", "difference"),
    ("caption_conflict_members", "difference"),
    ("decisions", "note"),
    ("scans", "version"),
)


@pytest.fixture(scope="module")
def hostile(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue in which every text is an attack."""
    copy = copy_catalogue(sample, tmp_path_factory.mktemp("hostile") / "hostile.db")
    target = sqlite3.connect(copy)
    with target:
        for table, column in _TEXTS:
            target.execute(f"UPDATE {table} SET {column} = ?", (HOSTILE,))
        target.execute("UPDATE images SET keywords = ?", (json.dumps([HOSTILE]),))
        target.execute("UPDATE records SET locator = ? || id", (HOSTILE,))
        target.execute("UPDATE records SET target_uri = 'javascript:window.fired=1//' || id")
        target.execute("UPDATE articles SET url = 'javascript:window.fired=1//' || id")
        target.execute("UPDATE placements SET image_src = 'javascript:window.fired=1' WHERE id % 2")
        target.execute("UPDATE sources SET uri = 'file:///' || ?", (HOSTILE,))
        left, right = target.execute("SELECT left_sha256, right_sha256 FROM image_matches").fetchone()
        target.execute(
            "INSERT INTO decisions VALUES (1, ?, ?, 'same', ?, ?)", (left, right, HOSTILE, HOSTILE)
        )
    target.close()
    return copy


_HANDLERS = """[...document.querySelectorAll("*")].filter(
    (element) => [...element.attributes].some((attribute) => attribute.name.startsWith("on"))).length"""


def test_hostile_text_is_only_ever_text(hostile: Path, opened: Open) -> None:
    watched = opened()
    page = watched.page
    tables = [
        "captions",
        "articles",
        "images",
        "records",
        "duplicate_images",
        "repeated_captions",
        "problems",
    ]
    with serving(hostile) as server:
        found = [server.home + path for path in pages(hostile)]
        found += [f"{server.home}/search?q=%3Cscript%3Ewindow.fired%3D1%3C/script%3E+script"]
        found += [f"{server.home}/similar?q=%22%3E%3Cscript%3Ewindow.fired%3D1%3C/script%3E"]
        found += [f"{server.address}/hostile/{table}" for table in tables]
        for address in found:
            page.goto(address, wait_until="load")
            assert page.evaluate("window.fired") is None, address
            assert page.locator("a[href^='javascript' i], img[src='x'], svg[onload]").count() == 0, address
            assert page.evaluate(_HANDLERS) == 0, address
        assert [
            each for each in watched.wrong if not each.startswith(("404", "console: Failed to load"))
        ] == []


def test_a_missing_archive_says_so_and_shows_what_is_stored(
    archive: Path, catalog_path: Path, opened: Open
) -> None:
    (archive / "boat.jpg").write_bytes(encode(make_photo(5)))
    scan_archive(catalog_path, archive)
    ((sha256,),) = fetch(catalog_path, "SELECT sha256 FROM images")
    watched = opened()
    with serving(catalog_path) as server:
        address = f"{server.home}/picture/{sha256}"
        watched.page.goto(address, wait_until="networkidle")
        assert "From the archive, verified" in watched.page.inner_text("figcaption")
        # Other bytes of the same name: only a look at the file itself can tell.
        (archive / "boat.jpg").write_bytes(encode(make_photo(6)))
    with serving(catalog_path) as server:
        watched.page.goto(f"{server.home}/picture/{sha256}", wait_until="networkidle")
        assert "the stored thumbnail" in watched.page.inner_text("figcaption")
        assert "/thumbnail/" in (watched.page.locator(".portrait img").first.get_attribute("src") or "")
        (archive / "boat.jpg").unlink()
        watched.wrong.clear()
        watched.page.reload(wait_until="networkidle")
        assert "cannot be reached" in watched.page.inner_text("figcaption")
        assert watched.wrong == []


def test_two_pictures_are_compared_by_keys(server: Server, sample: Path, opened: Open) -> None:
    left, right = fetch(sample, "SELECT left_sha256, right_sha256 FROM image_matches LIMIT 1")[0]
    watched = opened()
    page = watched.page
    page.goto(f"{server.home}/compare/{left}/{right}", wait_until="networkidle")
    assert page.locator(".sides").is_visible() and not page.locator(".laid").is_visible()
    page.keyboard.press("2")
    assert page.locator(".laid").is_visible() and page.locator("[data-second]").get_attribute("clip-path")
    before = page.locator("[data-swipe]").get_attribute("x")
    page.locator("[data-slider]").focus()
    page.keyboard.press("End")
    assert page.locator("[data-swipe]").get_attribute("x") != before
    page.keyboard.press("4")
    blended = page.evaluate("getComputedStyle(document.querySelector('[data-second]')).mixBlendMode")
    assert blended == "difference"
    page.keyboard.press("3")
    page.wait_for_selector("[data-second][visibility=hidden]", state="attached")
    page.keyboard.press("1")
    assert page.locator(".sides").is_visible()
    assert watched.wrong == []


def test_a_picture_is_looked_up_by_handing_it_in(server: Server, sample: Path, opened: Open) -> None:
    (locator,) = fetch(sample, "SELECT locator FROM records WHERE locator LIKE '%lantern-walk.jpg'")[0]
    watched = opened()
    page = watched.page
    page.goto(f"{server.home}/similar")
    page.set_input_files("#file", str(ROOT / "examples" / "archive" / str(locator)))
    page.wait_for_selector("[data-results] .copies")
    assert "lantern-walk.jpg" in page.inner_text("[data-results]")
    assert watched.wrong == []


def test_without_scripts_everything_can_be_read(server: Server, sample: Path, opened: Open) -> None:
    watched = opened(scripts=False)
    for path in pages(sample):
        watched.page.goto(server.home + path, wait_until="load")
        assert watched.page.locator("h1").count() == 1, path
    assert watched.wrong == []


def test_cards_and_search_by_keys(server: Server, opened: Open) -> None:
    page = opened().page
    page.goto(f"{server.home}/captions")
    for _ in range(2):
        page.keyboard.press("j")
    second = "document.activeElement === document.querySelectorAll('[data-card]')[1]"
    assert page.evaluate(second)
    page.keyboard.press("/")
    page.keyboard.type("smoke")
    page.keyboard.press("Enter")
    page.wait_for_selector(".hits mark")
    assert "q=smoke" in page.url


def test_a_chosen_facet_narrows_and_is_taken_off_again(server: Server, opened: Open) -> None:
    page = opened().page
    page.goto(f"{server.home}/search?q=smoke")
    whole = page.locator(".hits > li").count()
    page.click(".facets a:has-text('marrick-observer.example')")
    assert 0 < page.locator(".hits > li").count() < whole
    page.click(".facets a[aria-current]")
    assert page.locator(".hits > li").count() == whole

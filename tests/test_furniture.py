"""Page furniture: recognised by its size, name, address and captions; listed apart, counted, decided."""

import csv
import io
import json
from pathlib import Path

import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

from benchmarks.stories.archive import Writer
from media.matching.furniture import PictureUse, judge_furniture
from tests.browsing import serving
from tests.conftest import Run, rows
from tests.containers import Crawl
from tests.pictures import encode, photograph

HERALD = "https://www.herald.example"


def use(size: tuple[int, int], *addresses: str, **said: object) -> PictureUse:
    given: dict[str, object] = {
        "is_plain": False, "captioned": False, "shown": False, "publishers": 1, "is_foreign": False
    }  # fmt: skip
    return PictureUse(*size, addresses=addresses, **(given | said))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("picture", "kind"),
    [
        pytest.param(use((1, 1), "https://t.example/p.gif?u=1"), "pixel", id="pixel"),
        pytest.param(use((600, 1), f"{HERALD}/i/line.gif"), "pixel", id="rule"),
        pytest.param(use((240, 60), f"{HERALD}/assets/Herald-Logo@2x.png"), "logo", id="logo"),
        pytest.param(use((32, 32), f"{HERALD}/a/b/c.png"), "icon", id="tiny"),
        pytest.param(use((120, 120), f"{HERALD}/i/icons/weather.png"), "icon", id="icon-folder"),
        pytest.param(use((200, 200), f"{HERALD}/i/facebook-white.png"), "icon", id="icon-by-name"),
        pytest.param(use((150, 150), f"{HERALD}/people/authors/ellison.jpg"), "portrait", id="portrait"),
        pytest.param(use((500, 900), f"{HERALD}/css/sprites.png"), "sprite", id="sprite"),
        pytest.param(use((640, 480), "https://ads.example/c/1.jpg"), "advert", id="advert-host"),
        pytest.param(use((300, 250), "https://cdn.example/u/7.jpg", is_foreign=True), "advert", id="advert-size"),
        pytest.param(use((728, 90), f"{HERALD}/banners/spring.jpg"), "advert", id="banner"),
        pytest.param(use((180, 90), f"{HERALD}/static/k.png", is_plain=True), "icon", id="theme"),
        pytest.param(
            use((300, 200), f"{HERALD}/img/a.jpg", shown=True, site_pages=9, of_pages=10), "logo", id="on-most-pages"
        ),
        pytest.param(
            use((90, 90), f"{HERALD}/img/b.png", shown=True, site_pages=9, of_pages=10), "icon", id="small-on-most"
        ),
        # --- and what looks like it
        pytest.param(
            use((300, 200), f"{HERALD}/img/a.jpg", shown=True, site_pages=5, of_pages=10), None, id="on-half"
        ),
        pytest.param(
            use((300, 200), f"{HERALD}/img/a.jpg", shown=True, site_pages=4, of_pages=4), None, id="a-series"
        ),
        pytest.param(
            use((300, 200), f"{HERALD}/img/a.jpg", captioned=True, site_pages=9, of_pages=10), None, id="captioned"
        ),
        pytest.param(use((1, 1), f"{HERALD}/p.gif", captioned=True), None, id="captioned-pixel"),
        pytest.param(use((1600, 900), f"{HERALD}/2024/new-logo-unveiled.jpg"), None, id="photograph-of-a-logo"),
        pytest.param(use((640, 480), f"{HERALD}/2024/search-party.jpg"), None, id="a-search-party"),
        pytest.param(use((640, 480), f"{HERALD}/2024/authors-at-the-fair.jpg"), None, id="authors"),
        pytest.param(use((240, 60), f"{HERALD}/assets/logo.png", shown=True), None, id="shown-in-the-text"),
        pytest.param(use((300, 250), f"{HERALD}/2024/pool.jpg"), None, id="a-picture-of-that-size"),
        pytest.param(use((640, 480), f"{HERALD}/2024/ad-hoc-committee.jpg"), None, id="ad-hoc"),
        pytest.param(use((320, 213), f"{HERALD}/media/photo-320.jpg"), None, id="teaser"),
        pytest.param(use((150, 150), f"{HERALD}/media/pool-150x150.jpg"), None, id="thumbnail"),
    ],
)  # fmt: skip
def test_what_is_furniture(picture: PictureUse, kind: str | None) -> None:
    found = judge_furniture(picture)
    assert (found.kind if found else None) == kind


def logo() -> bytes:
    picture = Pillow.new("RGB", (240, 60), "#7a1020")
    ImageDraw.Draw(picture).text((12, 22), "The Herald", fill="white")
    return encode(picture, "PNG")


@pytest.fixture
def crawled(tmp_path: Path, catalog_path: Path, run: Run) -> Path:
    """A paper in two months: a logo, an advert and a photograph; stock captions under other pictures."""
    prose = Writer(3)
    texts = ["".join(f"<p>{sentence}</p>" for sentence in prose.sentences(12)) for _ in range(3)]
    for month in (3, 4):
        crawl = Crawl()
        day = f"2024-0{month}-10T09:00:00Z"
        for number in range(3):
            figure = (
                f'<figure><img src="/media/{number}.jpg"><figcaption>Undated file photo</figcaption></figure>'
                f'<figure><img src="/media/{number}b.jpg"><figcaption>The pool in Port Avel at dawn, number {number}.'
                "</figcaption></figure>"
            )
            head = f"<title>Story {number}</title>"
            top = '<header><img src="/i/logo.png"></header>'
            body = f"{top}<article><h1>Story {number}</h1>{figure}{texts[number]}</article>"
            page = f"<html lang=en><head>{head}</head><body>{body}</body></html>"
            crawl.add(f"{HERALD}/{number}", page.encode(), "text/html", date=day)
            for seed, name in ((number, f"{number}"), (number + 10, f"{number}b")):
                picture = encode(photograph(seed), "JPEG", quality=80)
                crawl.add(f"{HERALD}/media/{name}.jpg", picture, "image/jpeg", date=day)
        crawl.add(f"{HERALD}/i/logo.png", logo(), "image/png", date=day)
        advert = encode(photograph(30).resize((300, 250)), "JPEG")
        crawl.add("https://ads.example/c/1.jpg", advert, "image/jpeg", date=day)
        (tmp_path / f"{month}.warc.gz").write_bytes(crawl.out.getvalue())
    assert run("scan", tmp_path, "-c", catalog_path).returncode in (0, 1)
    return catalog_path


def kinds(catalog: Path) -> list[str]:
    return [kind for (kind,) in rows(catalog, "SELECT kind FROM page_furniture ORDER BY kind")]


def test_furniture_is_set_apart_counted_and_never_dropped(crawled: Path, run: Run) -> None:
    assert kinds(crawled) == ["advert", "caption", "logo"]
    shown = run("report", "images", "-c", crawled).stdout
    assert "logo.png" not in shown
    assert "2 more are page furniture" in shown
    groups = json.loads(run("report", "images", "-c", crawled, "--format", "json").stdout)
    assert [bool(group["members"][0]["furniture"]) for group in groups[-2:]] == [True, True], "they come last"
    assert not any(group["members"][0]["furniture"] for group in groups[:-2])
    listed = list(
        csv.DictReader(io.StringIO(run("report", "furniture", "-c", crawled, "--format", "csv").stdout))
    )
    assert {(each["kind"], each["files"]) for each in listed} == {
        ("logo", "2"),
        ("advert", "2"),
        ("caption", "6"),
    }
    assert {each["publisher"] for each in listed} == {"herald.example", ""}, "nobody's, of the advert"
    for group in groups[:-2]:
        for member in group["members"]:
            assert member["url"].startswith(HERALD)
            assert member["captured_at"].startswith("2024-0")
            assert member["publisher"] == "herald.example"
            assert member["headline"].startswith("Story ")
    for arguments, count in ((["--publisher", "herald.example"], 7), (["--publisher", "ads.example"], 0)):
        narrowed = run("report", "images", "-c", crawled, "--format", "json", *arguments).stdout
        assert len(json.loads(narrowed)) == count
    narrowed = run("report", "furniture", "-c", crawled, "--format", "json", "--since", "2024-04").stdout
    assert len(json.loads(narrowed)) == 3
    said = run("report", "furniture", "-c", crawled).stdout
    assert "Logo · 2 files, from 2024-03-10 to 2024-04-10" in said
    assert f"{HERALD}/i/logo.png" in said
    assert "Undated file photo" in said
    summary = json.loads(run("report", "-c", crawled, "--format", "json").stdout)
    assert (
        summary["furniture"]["logo"] == summary["furniture"]["advert"] == summary["furniture"]["caption"] == 1
    )


def test_a_picture_in_the_text_of_most_pages_of_a_site_is_furniture(
    tmp_path: Path, catalog_path: Path, run: Run
) -> None:
    prose, crawl = Writer(4), Crawl()
    for number in range(9):
        text = "".join(f"<p>{sentence}</p>" for sentence in prose.sentences(8))
        figure = (
            f'<figure><img src="/m/{number}.jpg"><figcaption>{prose.sentence()}</figcaption></figure>'
            if number
            else ""
        )
        ending = '<p><img src="/m/closing.jpg" width="640" height="480"></p>' if number > 1 else ""
        page = (
            f"<html lang=en><title>Story {number}</title><body><article><h1>Story {number}</h1>{figure}{text}"
        )
        crawl.add(f"{HERALD}/{number}", f"{page}{ending}</article></body></html>".encode(), "text/html")
        if number:
            crawl.add(f"{HERALD}/m/{number}.jpg", encode(photograph(number), "JPEG"), "image/jpeg")
    crawl.add(f"{HERALD}/m/closing.jpg", encode(photograph(40).resize((640, 480)), "JPEG"), "image/jpeg")
    (tmp_path / "crawl.warc.gz").write_bytes(crawl.out.getvalue())
    assert run("scan", tmp_path, "-c", catalog_path, "--no-parts").returncode == 0
    found = rows(catalog_path, "SELECT kind, url, evidence, publisher FROM page_furniture")
    assert [(kind, url, publisher) for kind, url, _, publisher in found] == [
        ("logo", f"{HERALD}/m/closing.jpg", "herald.example")
    ]
    assert json.loads(found[0][2])["pages"] == "7 of 9"
    assert "on 7 of 9 pages of a site" in run("report", "furniture", "-c", catalog_path).stdout


def test_a_verdict_goes_before_and_is_kept(crawled: Path, run: Run) -> None:
    photo = rows(crawled, "SELECT sha256 FROM records WHERE target_uri LIKE '%/media/1b.jpg' LIMIT 1")[0][0]
    mark = rows(crawled, "SELECT sha256 FROM records WHERE target_uri LIKE '%/logo.png' LIMIT 1")[0][0]
    assert run("decide", "different", mark, "furniture", "-c", crawled).returncode == 0
    assert run("decide", "same", photo, "furniture", "-c", crawled).returncode == 0
    assert run("decide", "different", "Undated file photo", "furniture", "-c", crawled).returncode == 0
    assert kinds(crawled) == ["advert", "decided"]
    run("match", "-c", crawled)
    assert kinds(crawled) == ["advert", "decided"]
    assert run("decide", "same", mark, "furniture", "-c", crawled).returncode == 0
    assert kinds(crawled) == ["advert", "decided", "logo"]


def test_a_page_shows_furniture_and_groups_leave_it_out(crawled: Path) -> None:
    mark = rows(crawled, "SELECT sha256 FROM records WHERE target_uri LIKE '%/logo.png' LIMIT 1")[0][0]
    with serving(crawled) as server:
        text = server.ask("/furniture").text
        assert mark in text
        assert "Undated file photo" in text
        assert mark not in server.ask("/furniture?kind=advert").text
        groups = server.ask("/pictures").text
        assert mark not in groups
        assert "2 more groups" in groups
        assert "page furniture: logos" in server.ask(f"/picture/{mark}").text

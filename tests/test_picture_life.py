"""A picture is one, whatever form of it a page shows: its forms, where and when it was shown, under which captions."""

import csv
import io
import json
from pathlib import Path

import pytest
from PIL import Image as Pillow

from tests.browsing import serving
from tests.conftest import Run, rows
from tests.containers import Crawl
from tests.pictures import encode, photograph

POOL = "Mara Ellison opens the rebuilt swimming pool in Port Avel, March 9, 2024."
MAYOR = "Hugh Barlow greets swimmers at the pool in Port Avel, March 9, 2024."
HERALD = "https://www.herald.example"


def page(headline: str, figures: str, words: str) -> bytes:
    text = "".join(
        f"<p>{words} number {number} of what was said at the opening that day.</p>" for number in range(9)
    )
    return (
        f"<html lang=en><head><title>{headline}</title></head><body><article><h1>{headline}</h1>{figures}{text}"
        "</article></body></html>"
    ).encode()


def figure(name: str, caption: str) -> str:
    sizes = f"{HERALD}/media/{name}-320.jpg 320w, {HERALD}/media/{name}-640.jpg 640w"
    shown = f'<img src="{HERALD}/media/{name}-640.jpg" srcset="{sizes}">'
    return f"<figure>{shown}<figcaption>{caption}</figcaption></figure>"


@pytest.fixture
def crawled(tmp_path: Path, catalog_path: Path, run: Run) -> Path:
    """Two months of a paper: one picture in two sizes, mirrored later on; its caption is changed in between."""
    whole = photograph(1)
    other = encode(photograph(2), "JPEG", quality=90)
    for month, caption in ((3, POOL), (4, MAYOR)):
        crawl = Crawl()
        day = f"2024-0{month}-10T09:00:00Z"

        def add(url: str, data: bytes, kind: str, crawl: Crawl = crawl, day: str = day) -> None:
            crawl.add(url, data, kind, date=day)

        add(f"{HERALD}/pool", page("Pool opens", figure("pool", caption), "The swimmer"), "text/html")
        add(f"{HERALD}/fire", page("Fire", figure("fire", POOL), "The firefighter"), "text/html")
        for width in (320, 640):
            size = (width, width * 3 // 4)
            add(
                f"{HERALD}/media/pool-{width}.jpg",
                encode(whole.resize(size), "JPEG", quality=85),
                "image/jpeg",
            )
        turned = whole.transpose(Pillow.Transpose.FLIP_LEFT_RIGHT)
        add(f"{HERALD}/media/turned.jpg", encode(turned, "JPEG", quality=80), "image/jpeg")
        add(f"{HERALD}/media/fire-640.jpg", other, "image/jpeg")
        (tmp_path / f"{month}.warc.gz").write_bytes(crawl.out.getvalue())
    assert run("scan", tmp_path, "-c", catalog_path).returncode in (0, 1)
    return catalog_path


def test_the_forms_of_a_picture_are_told_apart(crawled: Path) -> None:
    forms = rows(crawled, "SELECT form, width_px, count(*) FROM picture_forms GROUP BY 1, 2 ORDER BY 1, 2")
    assert forms == [("derivative", 320, 1), ("edit", 640, 1), ("original", 640, 2)]
    assert len(rows(crawled, "SELECT DISTINCT picture_id FROM picture_forms")) == 2


def test_a_report_says_where_a_picture_was_shown_in_all_of_its_forms(crawled: Path, run: Run) -> None:
    groups = json.loads(run("report", "images", "-c", crawled, "--format", "json").stdout)
    near = next(group for group in groups if group["kind"] == "near")
    assert (near["shown_pages"], near["showings"]) == (1, 2)
    assert (near["first_shown_at"][:7], near["last_shown_at"][:7]) == ("2024-03", "2024-04")
    said = [
        (use["caption"], use["first_shown_at"][:7], use["last_shown_at"][:7])
        for use in near["shown_captions"]
    ]
    assert said == [(POOL, "2024-03", "2024-03"), (MAYOR, "2024-04", "2024-04")]
    assert {member["form"] for member in near["members"]} == {"original", "derivative", "edit"}
    table = run("report", "images", "-c", crawled).stdout
    assert "Shown on 1 page, from 2024-03-10 to 2024-04-10" in table
    assert "captured again 1 time" in table
    lines = list(
        csv.DictReader(io.StringIO(run("report", "images", "-c", crawled, "--format", "csv").stdout))
    )
    assert {line["shown_captions"] for line in lines if line["kind"] == "near"} == {"2"}
    assert all(line["url"].startswith(HERALD) for line in lines)


def test_find_folds_the_forms_and_names_pages_by_their_addresses(
    crawled: Path, run: Run, tmp_path: Path
) -> None:
    asked = tmp_path / "asked.png"
    asked.write_bytes(encode(photograph(1).resize((400, 300)), "PNG"))
    said = json.loads(run("find", asked, "-c", crawled, "--format", "json").stdout)
    found = [each for each in said if each["kind"] != "related"]
    assert {each["form"] for each in found} == {"original", "derivative", "edit"}
    assert len({each["picture_id"] for each in found}) == 1
    assert all(each["pages"] == [f"{HERALD}/pool"] for each in found), "also of forms that no page shows"
    assert found[0]["usage"]["captions"][1]["caption"] == MAYOR
    table = run("find", asked, "-c", crawled).stdout
    assert table.partition("\n\n")[0].count("Shown on 1 page") == 1


def test_one_caption_under_two_pictures_is_a_finding(crawled: Path, run: Run) -> None:
    found = json.loads(
        run("report", "conflicts", "-c", crawled, "--format", "json", "--kind", "picture").stdout
    )
    assert [{member["url"] for member in each["members"]} for each in found] == [
        {f"{HERALD}/pool", f"{HERALD}/fire"}
    ]
    assert len({member["picture_id"] for member in found[0]["members"]}) == 2
    said = run("report", "conflicts", "-c", crawled, "--kind", "picture").stdout
    assert "One caption under pictures that show different things · 2 pictures" in said


def test_browsing_shows_a_pictures_life(crawled: Path) -> None:
    small = rows(crawled, "SELECT image_sha256, picture_id FROM picture_forms WHERE width_px = 320")[0]
    number = rows(crawled, "SELECT id FROM caption_conflict_sets WHERE grade = 'picture'")[0][0]
    with serving(crawled) as server:
        for digest in small:
            text = server.ask(f"/picture/{digest}").text
            assert ">History<" in text
            assert "first 10 Mar 2024, last 10 Apr 2024" in text
            assert MAYOR in text
            assert "Copies and versions" in text
        assert "show different things" in server.ask(f"/conflicts/{number}").text


def with_caption(seed: int, caption: str, folder: Path, name: str) -> None:
    """A picture whose file holds a caption, as Exif's ImageDescription."""
    exif = Pillow.Exif()
    exif[0x010E] = caption
    (folder / name).write_bytes(encode(photograph(seed), "JPEG", quality=85, exif=exif.tobytes()))


@pytest.mark.parametrize(
    ("seeds", "found"),
    [
        pytest.param((1, 2), 1, id="two-pictures"),
        pytest.param((1, 1), 0, id="the-same-picture"),
        pytest.param((1, 2, 3, 4, 5, 6), 0, id="a-take"),
    ],
)
def test_one_caption_in_the_files_of_two_pictures(
    archive: Path, catalog_path: Path, run: Run, seeds: tuple[int, ...], found: int
) -> None:
    for number, seed in enumerate(seeds):
        with_caption(seed, POOL, archive, f"{number}.jpg")
    run("scan", archive, "-c", catalog_path)
    assert len(rows(catalog_path, "SELECT id FROM caption_conflict_sets WHERE grade = 'picture'")) == found

"""Captions that a page changed between two captures: what became what, how grave it is, and what is none."""

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.stories.archive import Writer
from media.captions.key import caption_key
from media.matching.articles.corrections import ShownCaption, find_corrections
from tests.browsing import serving
from tests.conftest import Run, rows
from tests.containers import Crawl

POOL = "Mara Ellison opens the rebuilt swimming pool in Port Avel, March 9, 2024."
LATER = "Mara Ellison opens the rebuilt swimming pool in Port Avel, March 9, 2023."
FERRY = "The ferry to Brenn leaves the harbour of Port Avel at dawn."


def shown(text: str, picture: str | None = None, credit: str | None = None, number: int = 0) -> ShownCaption:
    return ShownCaption(number, picture, text, caption_key(text), credit)


@pytest.mark.parametrize(
    ("before", "after", "grades"),
    [
        pytest.param([shown(POOL)], [shown(LATER)], ["fact"], id="another-year"),
        pytest.param([shown(POOL)], [shown(POOL.replace("Ellison", "Tarrow"))], ["fact"], id="another-name"),
        pytest.param([shown(POOL)], [shown(POOL.replace("opens", "reopens"))], ["wording"], id="other-words"),
        pytest.param([shown(POOL, credit="AP")], [shown(POOL, credit="Reuters")], ["credit"], id="another-credit"),
        pytest.param([shown(POOL, "a")], [shown(FERRY, "a")], ["fact"], id="another-caption-of-the-picture"),
        pytest.param(
            [shown(POOL), shown(FERRY)], [shown(FERRY), shown(LATER)], ["fact"], id="one-of-two-in-another-order"
        ),
        # --- and what is none
        pytest.param([shown(POOL)], [shown(POOL)], [], id="unchanged"),
        pytest.param([shown(POOL), shown(POOL)], [shown(POOL)], [], id="doubled-before"),
        pytest.param([shown(POOL, "a")], [shown(FERRY, "b")], [], id="another-picture"),
        pytest.param([shown(POOL)], [], [], id="taken-away"),
        pytest.param([], [shown(POOL)], [], id="new"),
    ],
)  # fmt: skip
def test_what_is_a_correction(
    before: list[ShownCaption], after: list[ShownCaption], grades: list[str]
) -> None:
    assert [each.grade for each in find_corrections(before, after)] == grades


PAGE = "https://www.herald.example/2024/pool"


def write_crawl(folder: Path, month: int, caption: str) -> None:
    prose = Writer(5)
    text = "".join(f"<p>{sentence}</p>" for sentence in prose.sentences(12))
    figure = f'<figure><img src="/pool.jpg"><figcaption>{caption}</figcaption></figure>'
    page = f"<html lang=en><head><title>Pool</title></head><body><article><h1>Pool</h1>{figure}{text}</article></body>"
    crawl = Crawl()
    for url in (PAGE, PAGE.replace("www", "m")):
        crawl.add(url, page.encode(), "text/html", date=f"2024-0{month}-10T09:00:00Z")
    (folder / f"{month}.warc.gz").write_bytes(crawl.out.getvalue())


FOUND = "SELECT url, grade, before, caption, before_captured_at, captured_at FROM caption_corrections"
EXPECTED = [(PAGE.replace("www", "m"), "fact", POOL, LATER, "2024-04-10T09:00:00Z", "2024-05-10T09:00:00Z")]


@pytest.fixture
def crawls(archive: Path) -> Path:
    for month, caption in ((3, POOL), (4, POOL), (5, LATER), (6, LATER)):
        write_crawl(archive, month, caption)
    return archive


def test_a_page_corrects_its_caption_once(crawls: Path, catalog_path: Path, run: Run) -> None:
    assert run("scan", crawls, "-c", catalog_path).returncode in (0, 1)
    assert [(url.replace("www", "m"), *rest) for url, *rest in rows(catalog_path, FOUND)] == EXPECTED
    found = json.loads(run("report", "corrections", "-c", catalog_path, "--format", "json").stdout)
    assert [(each["grade"], each["difference"]) for each in found] == [
        ("fact", "'March 9, 2024' -> 'March 9, 2023'")
    ]
    said = run("report", "corrections", "-c", catalog_path).stdout
    assert "A fact was changed · between 2024-04-10 and 2024-05-10" in said
    header = run("report", "corrections", "-c", catalog_path, "--format", "csv").stdout.splitlines()[0]
    assert {"url", "publisher", "headline", "captured_at", "before", "caption"} <= set(header.split(","))
    nothing = run("report", "corrections", "-c", catalog_path, "--kind", "credit").stdout
    assert "No page changed a caption" in nothing
    with serving(catalog_path) as server:
        text = server.ask("/corrections").text
        assert "<del>2024</del>" in text
        assert "<ins>2023</ins>" in text
        assert "captions changed later" in server.ask("").text


def test_a_correction_comes_and_goes_with_the_captures(
    crawls: Path, tmp_path: Path, catalog_path: Path, run: Run
) -> None:
    later = tmp_path / "5.warc.gz"
    for month in (5, 6):
        shutil.move(crawls / f"{month}.warc.gz", tmp_path)
    run("scan", crawls, "-c", catalog_path)
    assert rows(catalog_path, FOUND) == []
    shutil.copy(later, crawls)
    run("scan", crawls, "-c", catalog_path)
    assert [(url.replace("www", "m"), *rest) for url, *rest in rows(catalog_path, FOUND)] == EXPECTED
    (crawls / "5.warc.gz").unlink()
    run("scan", crawls, "-c", catalog_path)
    assert rows(catalog_path, FOUND) == []

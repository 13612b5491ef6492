"""Pages, stories and scopes in the catalogue: a crawl of two months, scanned, scanned again, merged and decided."""

import shutil
from pathlib import Path

import pytest

from benchmarks.stories.archive import Writer
from catalog.store.catalogue import Catalogue
from tests.conftest import Run, rows
from tests.containers import Crawl

CAPTION = "Mara Ellison opens the rebuilt swimming pool in Port Avel, March 9, 2024."


def page(headline: str, body: list[str], canonical: str, caption: str | None = None) -> str:
    figure = f'<figure><img src="/pool.jpg"><figcaption>{caption}</figcaption></figure>' if caption else ""
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in body)
    return (
        f'<html lang=en><head><title>{headline}</title><link rel=canonical href="{canonical}"></head>'
        f"<body><article><h1>{headline}</h1>{figure}{paragraphs}</article></body></html>"
    )


def write_crawl(path: Path, day: str, pages: dict[str, str]) -> None:
    crawl = Crawl()
    for url, body in pages.items():
        crawl.add(url, body.encode(), "text/html; charset=utf-8", date=f"{day}T09:00:00Z")
    path.write_bytes(crawl.out.getvalue())


@pytest.fixture
def crawls(tmp_path: Path) -> Path:
    folder = tmp_path / "crawls"
    folder.mkdir()
    prose = Writer(3)
    pool, ferry, vote = (prose.sentences(14) for _ in range(3))
    first, copy = "https://www.herald.example/2024/pool", "https://courier.example/news/7"
    story = page("Pool opens", pool, first, CAPTION)
    write_crawl(
        folder / "1.warc.gz",
        "2024-03-10",
        {
            first: story,
            "https://m.herald.example/2024/pool": story,
            copy: page("Pool reopens", pool[1:], copy, CAPTION),
            "https://www.herald.example/2024/ferry": page(
                "Ferry sails", ferry, "https://www.herald.example/2024/ferry", CAPTION
            ),
            "https://www.herald.example/2024/vote": page(
                "The vote", vote, "https://www.herald.example/2024/vote"
            ),
        },
    )
    write_crawl(
        folder / "2.warc.gz",
        "2024-04-10",
        {
            first: page("Pool opens at last", [*pool, "This report was updated."], first, CAPTION),
            "https://www.herald.example/2024/vote": page(
                "The vote", vote, "https://www.herald.example/2024/vote"
            ),
        },
    )
    return folder


def story_kinds(catalog: Path) -> set[tuple[str, str]]:
    return set(rows(catalog, "SELECT url, kind FROM article_stories"))


EXPECTED = {
    ("https://www.herald.example/2024/pool", "original"),
    ("https://www.herald.example/2024/pool", "capture"),
    ("https://m.herald.example/2024/pool", "version"),
    ("https://courier.example/news/7", "copy"),
    ("https://www.herald.example/2024/vote", "original"),
    ("https://www.herald.example/2024/vote", "capture"),
}


def test_a_crawl_has_pages_captures_stories_and_scopes(crawls: Path, catalog_path: Path, run: Run) -> None:
    assert run("scan", crawls, "-c", catalog_path).returncode in (0, 1)
    assert story_kinds(catalog_path) == EXPECTED
    changes = rows(catalog_path, "SELECT url, change FROM captures WHERE change IS NOT NULL ORDER BY url")
    assert changes == [
        ("https://www.herald.example/2024/pool", "changed: headline, body"),
        ("https://www.herald.example/2024/vote", "unchanged"),
    ]
    scopes = rows(
        catalog_path,
        "SELECT url, captured_at, scope, repeat_scope FROM repeated_captions WHERE kind = 'reused'",
    )
    assert {(url, captured_at[:7], scope) for url, captured_at, scope, _ in scopes} == {
        ("https://courier.example/news/7", "2024-03", "syndicated"),
        ("https://www.herald.example/2024/pool", "2024-03", None),
        ("https://m.herald.example/2024/pool", "2024-03", "variant"),
        ("https://www.herald.example/2024/ferry", "2024-03", "other-story"),
        ("https://www.herald.example/2024/pool", "2024-04", "recapture"),
    }
    assert {row[3] for row in scopes} == {"other-story"}


def test_a_second_crawl_scanned_later_says_what_both_at_once_say(
    crawls: Path, tmp_path: Path, run: Run
) -> None:
    grown = tmp_path / "grown"
    grown.mkdir()
    shutil.copy(crawls / "1.warc.gz", grown)
    catalog = tmp_path / "grown.db"
    run("scan", grown, "-c", catalog)
    assert ("https://www.herald.example/2024/vote", "capture") not in story_kinds(catalog)
    shutil.copy(crawls / "2.warc.gz", grown)
    run("scan", grown, "-c", catalog)
    assert story_kinds(catalog) == EXPECTED
    (grown / "2.warc.gz").unlink()
    run("scan", grown, "-c", catalog)
    assert ("https://www.herald.example/2024/vote", "capture") not in story_kinds(catalog)


def test_merged_catalogues_know_the_same_stories(crawls: Path, tmp_path: Path, run: Run) -> None:
    for number in (1, 2):
        part = tmp_path / f"part-{number}"
        part.mkdir()
        shutil.copy(crawls / f"{number}.warc.gz", part)
        run("scan", part, "-c", tmp_path / f"{number}.db")
    merged = tmp_path / "merged.db"
    assert run("merge", merged, tmp_path / "1.db", tmp_path / "2.db").returncode in (0, 1)
    assert story_kinds(merged) == EXPECTED


def test_a_verdict_parts_a_story_and_is_kept_by_the_next_scan(
    crawls: Path, catalog_path: Path, run: Run, tmp_path: Path
) -> None:
    run("scan", crawls, "-c", catalog_path)
    one, other = "https://www.herald.example/2024/ferry", "https://www.herald.example/2024/vote"
    assert run("decide", "same", one, other, "-c", catalog_path).returncode == 0
    assert (one, "original") in story_kinds(catalog_path) or (other, "original") in story_kinds(catalog_path)
    with Catalogue.read(catalog_path) as catalogue:
        together = catalogue.value(
            "SELECT count(DISTINCT story_id) FROM article_stories WHERE url IN (?, ?)", (one, other)
        )
    assert together == 1
    assert run("decide", "different", one, other, "-c", catalog_path).returncode == 0
    assert not any(url == one for url, _ in story_kinds(catalog_path))


@pytest.mark.parametrize(
    ("arguments", "shown", "hidden"),
    [
        pytest.param([], "Reused under another story", "captured again ·", id="default"),
        pytest.param(["--publisher", "courier.example"], "Reused", "No caption", id="publisher"),
        pytest.param(
            ["--publisher", "nobody.example"], "No caption repeats.", "Reused", id="no-such-publisher"
        ),
        pytest.param(["--since", "2024-04-01"], "Reused", "No caption", id="since"),
        pytest.param(["--until", "2024-02"], "No caption repeats.", "Reused", id="until"),
        pytest.param(["--language", "en"], "Reused", "No caption", id="language"),
        pytest.param(["--scope", "recapture"], "No caption repeats.", "Reused", id="scope"),
        pytest.param(["--path", "courier.example/*"], "Reused", "No caption", id="address"),
    ],
)
def test_reports_are_narrowed_by_what_was_published(
    crawls: Path, catalog_path: Path, run: Run, arguments: list[str], shown: str, hidden: str
) -> None:
    run("scan", crawls, "-c", catalog_path)
    said = run("report", "captions", "-c", catalog_path, *arguments).stdout
    assert shown in said
    assert hidden not in said


def test_a_report_of_articles_names_them_by_address_and_day(
    crawls: Path, catalog_path: Path, run: Run
) -> None:
    run("scan", crawls, "-c", catalog_path)
    said = run("report", "articles", "-c", catalog_path).stdout
    assert "https://courier.example/news/7 (2024-03-10)" in said
    assert "Story · 1 capture, 1 version, 1 copy elsewhere" in said
    assert "and 1 later capture" in said


def test_a_day_that_is_none_is_refused(crawls: Path, catalog_path: Path, run: Run) -> None:
    run("scan", crawls, "-c", catalog_path)
    done = run("report", "captions", "-c", catalog_path, "--since", "yesterday")
    assert done.returncode == 2
    assert "2024-03-15" in done.stderr


@pytest.mark.parametrize(
    "canonical",
    [
        "http://[::1",
        "//[x]/pool",
        "http://[not-an-address]/pool",
        "https://h:99999999/p",
        "http:///",
        "\\ud800",
    ],
)
def test_an_address_that_is_none_ends_no_scan(
    tmp_path: Path, catalog_path: Path, run: Run, canonical: str
) -> None:
    prose = Writer(3).sentences(14)
    write_crawl(
        tmp_path / "1.warc.gz",
        "2024-03-10",
        {
            "https://herald.example/pool": page("Pool opens", prose, canonical, CAPTION),
            "http://[fe80::zz]/pool": page("Pool opens", prose, "/2024/pool", CAPTION),
        },
    )
    said = run("scan", tmp_path / "1.warc.gz", "-c", catalog_path)
    assert said.returncode == 0, said.stderr
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(2,)]

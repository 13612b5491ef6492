"""Filters and replay links in find, export and browse; captures by their addresses and days in every format."""

import csv
import io
import json
from pathlib import Path

import pytest

from catalog.errors import UsageError
from catalog.show.replay import read_replay
from tests.browsing import serving
from tests.conftest import Run, rows, scan_archive
from tests.test_story_catalogue import CAPTION, crawls

__all__ = ["crawls"]

POOL = "https://www.herald.example/2024/pool"


@pytest.mark.parametrize(
    ("pattern", "link"),
    [
        pytest.param("wayback", f"https://web.archive.org/web/20240310090000/{POOL}", id="by-name"),
        pytest.param(
            "http://pywb.example/coll/{timestamp}mp_/{url}",
            f"http://pywb.example/coll/20240310090000mp_/{POOL}",
            id="pywb",
        ),
        pytest.param(
            "https://replayweb.page/?source=a.wacz#view=pages&url={encoded_url}&ts={timestamp}",
            "https://replayweb.page/?source=a.wacz#view=pages&url=https%3A%2F%2Fwww.herald.example%2F2024%2Fpool"
            "&ts=20240310090000",
            id="replayweb.page",
        ),
    ],
)
def test_a_pattern_gives_the_address_of_a_replay(pattern: str, link: str) -> None:
    replay = read_replay(pattern)
    assert replay is not None
    assert replay.link(POOL, "2024-03-10T09:00:00Z") == link
    assert replay.link(POOL, None) is None
    assert replay.link("javascript:alert(1)", "2024-03-10T09:00:00Z") is None
    hostile = replay.link('https://a.example/"><script>', "2024-03-10T09:00:00Z")
    assert hostile is not None
    assert not set('"<> ') & set(hostile)


@pytest.mark.parametrize(
    "pattern", ["nowhere", "https://a.example/", "https://a.example/{place}/{url}", "ftp://a/{url}"]
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(UsageError, match="--replay"):
        read_replay(pattern)


FILTERS = [
    pytest.param(["--publisher", "courier.example"], 1, id="publisher"),
    pytest.param(["--since", "2024-04"], 2, id="since"),
    pytest.param(["--until", "2024-02"], 0, id="until"),
    pytest.param(["--language", "de"], 0, id="language"),
    pytest.param(["--path", "m.herald.example/*"], 1, id="address"),
]


@pytest.mark.parametrize(("arguments", "articles"), FILTERS)
def test_exports_are_narrowed(
    crawls: Path, catalog_path: Path, run: Run, arguments: list[str], articles: int
) -> None:
    run("scan", crawls, "-c", catalog_path)
    lines = run("export", "articles", "-c", catalog_path, *arguments).stdout.splitlines()
    assert len(lines) == articles
    for line in map(json.loads, lines):
        assert line["captured_url"].startswith("https://")
        assert line["captured_at"]
        assert line["publisher"] in ("herald.example", "courier.example")


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        pytest.param(["--publisher", "courier.example"], ["https://courier.example/news/7"], id="publisher"),
        pytest.param(["--since", "2024-04"], [POOL], id="since"),
        pytest.param(["--until", "2024-02"], [], id="until"),
        pytest.param(["--path", "m.herald.example/*"], ["https://m.herald.example/2024/pool"], id="address"),
    ],
)
def test_find_is_narrowed(
    crawls: Path, catalog_path: Path, run: Run, arguments: list[str], found: list[str]
) -> None:
    run("scan", crawls, "-c", catalog_path)
    done = run("find", CAPTION, "-c", catalog_path, "--format", "json", "--replay", "wayback", *arguments)
    said = json.loads(done.stdout)
    assert [each["url"] for each in said] == found
    assert all(each["replay"].endswith(each["url"]) for each in said)


def test_a_story_is_exported_once_of_what_was_chosen(
    crawls: Path, catalog_path: Path, tmp_path: Path, run: Run
) -> None:
    """Its original is at another publisher than the one that is asked for."""
    scan_archive(catalog_path, crawls)
    left_out = tmp_path / "left-out.jsonl"
    exporting = ("export", "articles", "-c", catalog_path, "--dedup", "story", "--manifest", left_out)
    whole = list(map(json.loads, run(*exporting).stdout.splitlines()))
    dropped = list(map(json.loads, left_out.read_text().splitlines()))
    assert len(whole) + len(dropped) == rows(catalog_path, "SELECT count(*) FROM articles")[0][0]
    assert {each["kept_locator"] for each in dropped} <= {each["locator"] for each in whole}
    assert "https://m.herald.example/2024/pool" in {each["captured_url"] for each in dropped}
    assert all(each["captured_at"] and each["publisher"] for each in dropped)
    mobile = list(map(json.loads, run(*exporting, "--path", "m.herald.example/*").stdout.splitlines()))
    assert [each["captured_url"] for each in mobile] == ["https://m.herald.example/2024/pool"]
    assert left_out.read_text() == ""


def test_a_scope_narrows_find_and_export(crawls: Path, catalog_path: Path, run: Run) -> None:
    scan_archive(catalog_path, crawls)
    asked = (
        "SELECT DISTINCT r.target_uri FROM caption_repeats t JOIN caption_repeat_members m ON m.repeat_id = t.id"
        " JOIN placements p ON p.id = m.placement_id JOIN records r ON r.id = p.record_id"
        " JOIN captions c ON c.id = p.caption_id WHERE t.scope = '{}' AND c.text = '{}'"
    )
    found = {}
    for scope in ("other-story", "syndicated", "recapture"):
        said = json.loads(
            run("find", CAPTION, "-c", catalog_path, "--format", "json", "--scope", scope).stdout
        )
        found[scope] = {each["url"] for each in said}
        assert found[scope] == {url for (url,) in rows(catalog_path, asked.format(scope, CAPTION))}
        lines = run("export", "articles", "-c", catalog_path, "--scope", scope).stdout.splitlines()
        assert found[scope] <= {json.loads(line)["captured_url"] for line in lines}
    assert sum(map(bool, found.values())) == 1, "a repeat has one scope"


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        pytest.param(["--publisher", "courier.example"], True, id="publisher"),
        pytest.param(["--since", "2024-04"], True, id="since"),
        pytest.param(["--publisher", "courier.example", "--since", "2024-04"], False, id="of-two-places"),
        pytest.param(["--publisher", "herald.example", "--since", "2024-04"], True, id="of-one-place"),
    ],
)
def test_filters_hold_of_one_and_the_same_place(
    crawls: Path, catalog_path: Path, run: Run, arguments: list[str], found: bool
) -> None:
    """The courier printed it in March, the herald's page was captured again in April."""
    scan_archive(catalog_path, crawls)
    asked = ("report", "captions", "-c", catalog_path, "--format", "json", *arguments)
    assert (CAPTION in run(*asked).stdout) is found


@pytest.mark.parametrize("report", ["captions", "articles", "orphans"])
def test_every_row_names_its_capture(crawls: Path, catalog_path: Path, run: Run, report: str) -> None:
    run("scan", crawls, "-c", catalog_path)
    done = run("report", report, "-c", catalog_path, "--format", "csv", "--replay", "wayback")
    lines = list(csv.DictReader(io.StringIO(done.stdout)))
    assert lines
    for line in lines:
        assert line["url"].startswith("https://")
        assert line["captured_at"].startswith("2024-0")
        assert line["publisher"].endswith(".example")
        assert line["headline"]
        assert line["replay"].startswith("https://web.archive.org/web/2024")


def test_browsing_shows_a_story_its_captures_and_what_changed(
    crawls: Path, catalog_path: Path, run: Run
) -> None:
    run("scan", crawls, "-c", catalog_path)
    story, page, article = rows(
        catalog_path,
        f"SELECT m.story_id, c.page_id, c.article_id FROM page_captures c JOIN story_members m USING (article_id)"
        f" WHERE c.url = '{POOL}' ORDER BY c.captured_at LIMIT 1",
    )[0]
    with serving(catalog_path, "--replay", "wayback") as server:
        assert f"/story/{story}" in server.ask("/stories").text
        text = server.ask(f"/story/{story}").text
        assert "https://courier.example/news/7" in text
        assert "at another publisher" in text
        assert "<ins>This report was updated.</ins>" in text
        assert "changed: headline, body" in text
        assert "<ins>at last</ins>" in text
        captures = server.ask(f"/page/{page}").text
        assert "10 Apr 2024" in captures
        assert "courier.example" not in captures
        shown = server.ask(f"/article/{article}").text
        assert f"https://web.archive.org/web/20240310090000/{POOL}" in shown
        assert f"/page/{page}" in shown
        assert "Left out" in server.ask("/captions").text
        assert server.ask("/story/999999").status == 404
        assert "Another story" in server.ask("/search?q=swimming").text

"""`import cutline`: typed values of a scanned archive; the page and the notebook that show it run as they stand."""

import dataclasses
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cutline
from tests.conftest import ROOT, rows


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue of the sample archive, beside it."""
    folder = tmp_path_factory.mktemp("api")
    shutil.copytree(ROOT / "examples/archive", folder / "archive")
    result = cutline.scan([folder / "archive"], folder / "catalog.db")
    assert result.status == "complete"
    return folder / "catalog.db"


def test_values_are_what_the_views_hold(scanned: Path) -> None:
    with cutline.open_catalogue(scanned) as catalogue:
        captions = list(catalogue.captions())
        pictures = list(catalogue.pictures())
        articles = list(catalogue.articles())
        assert [(each.locator, each.text) for each in captions] == rows(
            scanned,
            "SELECT locator, caption FROM page_captions ORDER BY locator, article_id, position, placement_id",
        )
        assert len(articles) == rows(scanned, "SELECT count(*) FROM articles")[0][0]
        assert {each.sha256 for each in pictures} == {
            row[0] for row in rows(scanned, "SELECT sha256 FROM images")
        }
        assert sum(each.files for each in pictures) > len(pictures)  # the sample has exact copies


def test_groups_come_whole_with_their_keeper_first(scanned: Path) -> None:
    with cutline.open_catalogue(scanned) as catalogue:
        groups = list(catalogue.groups())
    members = rows(scanned, "SELECT group_id, count(*) FROM duplicate_images GROUP BY group_id")
    assert sorted((each.id, len(each.copies)) for each in groups) == members
    assert all(each.keeper.keeper and not any(copy.keeper for copy in each.copies[1:]) for each in groups)


def test_repeats_conflicts_stories_and_problems_come_as_the_catalogue_has_them(scanned: Path) -> None:
    with cutline.open_catalogue(scanned) as catalogue:
        repeats = list(catalogue.repeats())
        assert sorted(each.id for each in repeats) == [
            row[0] for row in rows(scanned, "SELECT DISTINCT repeat_id FROM repeated_captions ORDER BY 1")
        ]
        assert all(each.places for each in repeats)
        conflicts = {each.id: each.grade for each in catalogue.conflicts()}
        assert conflicts == dict(rows(scanned, "SELECT DISTINCT group_id, grade FROM caption_conflicts"))
        assert [each.id for each in catalogue.stories()] == [
            row[0] for row in rows(scanned, "SELECT DISTINCT story_id FROM article_stories ORDER BY 1")
        ]
        assert [each.reason for each in catalogue.problems()] == [
            row[0] for row in rows(scanned, "SELECT reason FROM problems ORDER BY locator, id")
        ]


def test_find_answers_whether_it_is_here_already(scanned: Path) -> None:
    with cutline.open_catalogue(scanned) as catalogue:
        caption = next(catalogue.captions())
        assert catalogue.find_caption(caption.text)[0].similarity == 1
        picture = next(
            each for each in catalogue.pictures() if "!" not in each.locator and "#" not in each.locator
        )
        found = catalogue.find_picture(scanned.parent / "archive" / picture.locator)
        assert (found[0].sha256, found[0].kind) == (picture.sha256, "same-bytes")


def test_values_are_rows_of_plain_fields(scanned: Path) -> None:
    with cutline.open_catalogue(scanned) as catalogue:
        for value in (next(catalogue.captions()), next(catalogue.pictures()), next(catalogue.articles())):
            assert all(
                isinstance(each, str | int | float | None) for each in dataclasses.asdict(value).values()
            )
        assert next(catalogue.rows("SELECT 1 AS one")) == {"one": 1}


def test_progress_tells_of_listing_reading_and_each_stage(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    for number in range(3):
        (tmp_path / f"archive/{number}.txt").write_text(
            f"A headline\n\nThe ferry left at {number}, as it does."
        )
    told: list[cutline.Progress] = []
    cutline.scan([tmp_path / "archive"], tmp_path / "catalog.db", on_progress=told.append)
    stages = list(dict.fromkeys(each.stage for each in told))
    assert stages[:2] == ["listing", "reading"]
    assert "captions" in stages
    assert [each for each in told if each.stage == "reading"][-1] == cutline.Progress("reading", 3, 3)


def test_what_is_no_catalogue_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(cutline.CatalogueUnusable, match="no such catalogue"):
        cutline.open_catalogue(tmp_path / "none.db")
    with pytest.raises(cutline.UsageError):
        cutline.scan([tmp_path / "nowhere"], tmp_path / "catalog.db")


def code_of(page: Path) -> str:
    if page.suffix == ".ipynb":
        cells = json.loads(page.read_text(encoding="utf-8"))["cells"]
        return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return "\n".join(re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))


@pytest.mark.parametrize("name", ["python.md", "python.ipynb"])
def test_what_the_documentation_shows_runs(tmp_path: Path, name: str) -> None:
    shutil.copytree(ROOT / "examples/archive", tmp_path / "archive")
    done = subprocess.run(
        [sys.executable, "-c", code_of(ROOT / "docs" / name)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert "complete" in done.stdout
    assert "no such catalogue" in done.stdout


def test_the_notebook_holds_the_code_of_the_page() -> None:
    assert code_of(ROOT / "docs/python.md").split() == code_of(ROOT / "docs/python.ipynb").split()

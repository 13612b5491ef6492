"""The caption of one picture, in its copies: told apart from a caption that other pictures or stories have, too."""

import json
from pathlib import Path

import pytest
from PIL import Image

from catalog.decisions.decide import decide
from catalog.match.match import match_again
from catalog.store.catalogue import Catalogue
from tests.browsing import serving
from tests.conftest import Run, make_photo, rows, scan_archive
from tests.merging import merge_into

BOATS = "Mara Ellison mends a net at the quay of Port Avel, Jan. 5, 2021."
SCOPES = "SELECT repeat_scope, pictures, articles FROM caption_repeats WHERE kind = 'reused'"


def write_photo(path: Path, seed: int, caption: str = BOATS, width: int = 640) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[0x010E] = caption
    make_photo(seed, (640, 480)).resize((width, width * 3 // 4)).save(path, quality=90, exif=exif)


def write_page(path: Path, headline: str, picture: str, caption: str = BOATS) -> None:
    path.write_text(
        f"<article><h1>{headline}</h1><p>The harbour was quiet again after a week of storms and closed roads.</p>"
        f"<figure><img src={picture}><figcaption>{caption}</figcaption></figure></article>"
    )


@pytest.fixture
def copies(archive: Path) -> Path:
    """One photograph in three sizes, each with its caption."""
    for name, width in (("desk/boats.jpg", 640), ("export/boats-480.jpg", 480), ("backup/boats.jpg", 640)):
        write_photo(archive / name, 1, width=width)
    return archive


def test_the_copies_of_a_picture_hold_its_caption(copies: Path, catalog_path: Path, run: Run) -> None:
    scan_archive(catalog_path, copies)
    assert rows(catalog_path, SCOPES) == [("one-picture", 1, 0)]
    listed = run("report", "captions", "-c", catalog_path).stdout
    assert (
        "1 more is the caption of one picture" in listed.replace("are the", "is the") and BOATS not in listed
    )
    asked = run("report", "captions", "--scope", "one-picture", "-c", catalog_path).stdout
    assert "The caption of one picture, in its copies · 3 places in 3 files" in asked
    assert "export/boats-480.jpg\n" in asked, "a file of a picture has no position"
    summary = json.loads(run("report", "-c", catalog_path, "--format", "json").stdout)
    assert summary["caption_repeats"]["reused"] == 1
    assert {scope: count for scope, count in summary["repeat_scopes"].items() if count} == {"one-picture": 1}
    assert "1 in the copies of one picture" in run("report", "-c", catalog_path).stdout
    with serving(catalog_path) as server:
        assert "<strong>0</strong> captions repeat" in server.ask("").text
        assert "1 more: in copies of one picture" in server.ask("").text
        assert BOATS not in server.ask("/captions").text
        assert "1 in copies of one picture" in server.ask("/captions").text
        assert BOATS in server.ask("/captions?scope=one-picture").text


def test_one_page_that_shows_the_picture_is_no_reuse_and_two_are(copies: Path, catalog_path: Path) -> None:
    write_page(copies / "desk/first.html", "Boats come home", "boats.jpg")
    scan_archive(catalog_path, copies)
    assert rows(catalog_path, SCOPES) == [("one-picture", 1, 1)]
    write_page(copies / "desk/second.html", "A harbour in winter", "boats.jpg")
    scan_archive(catalog_path, copies)
    assert rows(catalog_path, SCOPES) == [("other-story", 1, 2)]


def test_a_caption_in_another_picture_is_reused(copies: Path, catalog_path: Path, run: Run) -> None:
    scan_archive(catalog_path, copies)
    write_photo(copies / "desk/crane.jpg", 2)
    scan_archive(catalog_path, copies)
    assert rows(catalog_path, SCOPES) == [(None, 2, 0)]
    said = run("report", "captions", "-c", catalog_path).stdout
    assert "Reused for other pictures · 4 places in 4 files" in said
    (copies / "desk/crane.jpg").unlink()
    scan_archive(catalog_path, copies)
    assert rows(catalog_path, SCOPES) == [("one-picture", 1, 0)]


def test_a_picture_that_is_not_in_the_archive_is_not_counted(
    copies: Path, catalog_path: Path, run: Run
) -> None:
    write_page(copies / "desk/first.html", "Boats come home", "https://elsewhere.example/unknown.jpg")
    scan_archive(catalog_path, copies)
    assert rows(catalog_path, SCOPES) == [(None, None, 1)]
    said = run("report", "captions", "-c", catalog_path).stdout
    assert "Reused in other files · 4 places in 1 page and 3 files" in said


def test_a_decision_on_the_pictures_changes_the_scope(copies: Path, catalog_path: Path) -> None:
    (copies / "backup/boats.jpg").unlink()
    scan_archive(catalog_path, copies)
    with Catalogue.open(catalog_path) as catalogue:
        decide(catalogue, "different", "desk/boats.jpg", "export/boats-480.jpg")
    assert rows(catalog_path, SCOPES) == [(None, 2, 0)]
    with Catalogue.open(catalog_path) as catalogue:
        decide(catalogue, "same", "desk/boats.jpg", "export/boats-480.jpg")
    assert rows(catalog_path, SCOPES) == [("one-picture", 1, 0)]


def test_another_match_and_a_merge_say_the_same(copies: Path, tmp_path: Path, catalog_path: Path) -> None:
    scan_archive(catalog_path, copies)
    parts = []
    for folder in ("desk", "export", "backup"):
        part = tmp_path / f"{folder}.db"
        scan_archive(part, copies / folder)
        assert rows(part, SCOPES) == []
        parts.append(part)
    merge_into(tmp_path / "whole.db", *parts)
    assert rows(tmp_path / "whole.db", SCOPES) == [("one-picture", 1, 0)]
    with Catalogue.open(catalog_path) as catalogue:
        match_again(catalogue)
    assert rows(catalog_path, SCOPES) == [("one-picture", 1, 0)]

"""Is this here already? Captions on pages, in picture files and in sidecars; the formats and kinds that there are."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cleanup_trees import photo, scan_quickly
from tests.conftest import Run

CAPTION = "Firefighters walk past the burned grain terminal at Port Avel, Kaldmoor, Feb. 28, 2024."
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>'
    f'<rdf:li xml:lang="x-default">{CAPTION}</rdf:li></rdf:Alt></dc:description></rdf:Description>'
    "</rdf:RDF></x:xmpmeta>"
)


@pytest.fixture
def catalog(archive: Path, catalog_path: Path) -> Path:
    """A picture whose caption stands in its sidecar only, and a copy of it elsewhere."""
    (archive / "desk").mkdir()
    (archive / "desk/fire.png").write_bytes(photo(3))
    (archive / "desk/fire.xmp").write_text(XMP)
    (archive / "copies").mkdir()
    shutil.copy(archive / "desk/fire.png", archive / "copies/fire-2.png")
    scan_quickly(catalog_path, archive)
    return catalog_path


def test_a_caption_beside_a_picture_is_found_by_its_text(catalog: Path, run: Run) -> None:
    found = json.loads(run("find", CAPTION, "-c", catalog, "--format", "json").stdout)
    assert {(each["caption"], each["similarity"], each["origin"]) for each in found} == {
        (CAPTION, 1.0, "sidecar")
    }
    assert run("find", "A choir sings in the rebuilt hall.", "-c", catalog).returncode == 1


def test_a_picture_is_found_with_the_captions_of_its_copies(catalog: Path, run: Run, archive: Path) -> None:
    found = json.loads(run("find", archive / "copies/fire-2.png", "-c", catalog, "--format", "json").stdout)
    assert {each["locator"] for each in found} == {"desk/fire.png", "copies/fire-2.png"}
    assert all(each["captions"] == [CAPTION] for each in found)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param(["find", "smoke", "--format", "csv"], "'table', 'json'", id="find-format"),
        pytest.param(["check", "--format", "markdown"], "'table', 'json'", id="check-format"),
        pytest.param(
            ["report", "captions", "--kind", "near"], "doubled, reused, edited", id="kind-of-another-report"
        ),
        pytest.param(
            ["report", "images", "--kind", "nearly"], "same-bytes, same-pixels, near, part", id="images"
        ),
        pytest.param(
            ["report", "conflicts", "--kind", "x"], "fact, picture, detail, wording, credit", id="conflicts"
        ),
        pytest.param(["report", "orphans", "--kind", "x"], "caption, missing, uncaptioned", id="orphans"),
        pytest.param(
            ["report", "articles", "--kind", "x"], "original, version, copy, capture", id="articles"
        ),
        pytest.param(["report", "problems", "--kind", "x"], "unread", id="problems"),
        pytest.param(["report", "--format", "html", "--kind", "x"], "same-pixels", id="page"),
    ],
)
def test_what_there_is_not_is_an_error_that_names_what_there_is(
    catalog: Path, run: Run, arguments: list[str], named: str
) -> None:
    done = run(*arguments, "-c", catalog)
    assert done.returncode == 2
    assert named in " ".join(done.stderr.replace("│", " ").split())


def test_a_page_of_several_reports_takes_the_kinds_of_any(catalog: Path, run: Run) -> None:
    done = run("report", "--format", "html", "--kind", "same-bytes", "-c", catalog)
    assert done.returncode == 0
    assert "fire-2.png" in done.stdout

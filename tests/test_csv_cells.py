"""CSV: what a spreadsheet would compute is a text, numbers are numbers, and every text comes back."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.csv_cells import CellWriter, read_cell, write_cell
from tests.cleanup_trees import photo, scan_quickly
from tests.conftest import Run

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@given(st.one_of(TEXT, st.text("'=+-@\t\r\n;,\" a1")))
@example("''=1+1")
@example("'")
def test_every_text_comes_back_and_none_is_a_formula(text: str) -> None:
    out = io.StringIO(newline="")
    CellWriter(out).writerow([text, "end"])
    ((cell, end),) = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert not cell.startswith(FORMULAS)
    assert (read_cell(cell), end) == (text, "end")


@pytest.mark.parametrize("value", [-5, -1.25, 0, 3.5, None])
def test_numbers_and_nothing_stay_as_they_are(value: float | None) -> None:
    assert write_cell(value) is value


@pytest.mark.parametrize("text", ["a=1", "1+1", "'quoted'", "Mara Ellison - the mayor", " x", ""])
def test_texts_that_are_no_formulas_stay_as_they_are(text: str) -> None:
    assert write_cell(text) == text == read_cell(text)


@pytest.mark.parametrize("text", ["'tis", "''", "'a"])
def test_an_apostrophe_of_a_text_stays(text: str) -> None:
    assert read_cell(text) == text


PAGE = """<html><body><article><h1>=HYPERLINK("http://x.example","go")</h1><p>{0}</p><p>{0}</p>
<figure><img src="a.png"><figcaption>=1+1 is what the mayor of Valdren wrote there. (+Credit/AP)</figcaption></figure>
</article></body></html>""".format(
    "The pool in the town was reopened on Friday after two years, the mayor said. " * 2
)


def test_the_summary_is_numbers_and_says_what_json_says(archive: Path, catalog_path: Path, run: Run) -> None:
    data = photo(1)
    for number in range(1100):
        (archive / f"{number}.png").write_bytes(data)
    (archive / "drawing.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    scan_quickly(catalog_path, archive)
    written = run("report", "--format", "csv", "-c", catalog_path).stdout
    header, *found = csv.reader(io.StringIO(written, newline=""))
    assert header == ["what", "count"]
    counts = {what: int(count) for what, count in found}
    summary = json.loads(run("report", "--format", "json", "-c", catalog_path).stdout)
    assert counts["Pictures"] == summary["images"] == 1100
    assert counts["Pictures, each once"] == summary["distinct_images"] == 1
    assert counts["Bytes in exact copies"] == summary["reclaimable_bytes"] == 1099 * len(data)
    assert counts["Pictures same-bytes"] == summary["image_groups"]["same-bytes"] == 1
    assert counts["Pictures near"] == 0
    (unread,) = summary["unread"]
    assert counts[f"Not read: {unread['media_type']}"] == 1


def test_no_command_writes_a_formula(archive: Path, catalog_path: Path, run: Run, tmp_path: Path) -> None:
    (archive / "=cmd.png").write_bytes(photo(1))
    (archive / "a.png").write_bytes(photo(1))
    for name in ("+p.html", "@q.html"):
        (archive / name).write_text(PAGE)
    (archive / "-broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    scan_quickly(catalog_path, archive)
    commands = [
        ("report", "--format", "csv"),
        *(
            ("report", each, "--format", "csv")
            for each in ("captions", "images", "conflicts", "orphans", "problems")
        ),
        ("cleanup", "plan", "--format", "csv"),
        ("export", "pairs", "--format", "csv"),
    ]
    seen = ""
    for command in commands:
        done = run(*command, "-c", catalog_path)
        assert done.returncode == 0, done.stderr
        cells = [cell for row in csv.reader(io.StringIO(done.stdout, newline="")) for cell in row]
        assert cells
        assert not [cell for cell in cells if cell.startswith(FORMULAS)], command
        seen += done.stdout
    assert "'=cmd.png" in seen
    assert "'=1+1 is what" in seen
    assert json.loads(run("cleanup", "show", "-c", catalog_path, "--format", "json").stdout)["actions"][0][
        "locator"
    ] in ("=cmd.png", "a.png"), "JSON is as it was"

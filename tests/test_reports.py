"""Reports are compared whole, as their reader sees them."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.show.words import count_noun, shorten, size_text
from catalog.store.catalogue import Catalogue
from tests.conftest import ROOT, Run, scan_archive

HOSTILE = "<script>alert(1)</script> =cmd| \x1b[31mred\x1b[0m | `code` *bold* Smoke over Avel"


@pytest.fixture
def catalog(archive: Path, catalog_path: Path) -> Path:
    """A catalogue whose findings are written straight into its tables, so that reports are tested alone."""
    for name in ("a.txt", "b.txt", "c\nd.txt"):
        (archive / name).write_text("The ferry sailed on time on Tuesday.\n")
    scan_archive(catalog_path, archive)
    with Catalogue.open(catalog_path) as catalogue, catalogue.db.atomic():
        execute = catalogue.db.execute
        execute("DELETE FROM placements")
        for number, text in enumerate(
            ("Smoke over Avel on Monday.", "Smoke over Avel on Tuesday.", HOSTILE), start=1
        ):
            execute(
                "INSERT INTO captions (id, text, key) VALUES (?, ?, ?)", [100 + number, text, f"key {number}"]
            )
        records = dict(execute("SELECT locator, id FROM records").fetchall())
        for number, (locator, caption, position) in enumerate(
            (("a.txt", 101, 0), ("a.txt", 101, 1), ("b.txt", 102, 4), ("c\nd.txt", 103, 2)), start=1
        ):
            record = records[locator]
            execute(
                "INSERT INTO placements (id, record_id, article_id, caption_id, position, origin, confidence, evidence)"
                " SELECT ?, ?, a.id, ?, ?, 'text-line', 0.9, '{}' FROM articles a WHERE a.record_id = ?",
                [number, record, caption, position, record],
            )
        execute(
            "INSERT INTO caption_repeats (id, kind, size, articles, caption_id)"
            " VALUES (1, 'doubled', 2, 1, 101), (2, 'changed-fact', 3, 3, 101)"
        )
        execute(
            "INSERT INTO caption_repeat_members (repeat_id, placement_id, similarity, difference)"
            " VALUES (1, 1, 1.0, NULL), (1, 2, 1.0, 'zoom copy'),"
            " (2, 1, 1.0, NULL), (2, 3, 0.9, '''Monday'' -> ''Tuesday'''), (2, 4, 0.8, NULL)"
        )
        execute("INSERT INTO problems (scan_id, source_id, locator, stage, reason, remedy) VALUES"
                " (1, 1, 'x.jpg', 'decode', 'it is cut short', 'Restore it.')")  # fmt: skip
    return catalog_path


def test_the_captions_table_at_80_columns(catalog: Path, run: Run) -> None:
    done = run("report", "captions", "-c", catalog)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "Repeated captions (2)\n"
        "\n"
        "Doubled on its page · 2 places in 1 page\n"
        "  “Smoke over Avel on Monday.”\n"
        "    a.txt:0\n"
        "      text-line\n"
        "    a.txt:1\n"
        "      zoom copy\n"
        "\n"
        "Changed fact: review, never merged · 3 places in 3 pages\n"
        "    “Smoke over Avel on Monday.”\n"
        "      a.txt\n"
        "    “<script>alert(1)</script> =cmd| \\u001b[31mred\\u001b[0m | `code` *bold*\n"
        "    Smoke over Avel”\n"
        "      c\\nd.txt\n"
        "    “Smoke over Avel on Tuesday.”\n"
        "      b.txt\n"
        "      'Monday' -> 'Tuesday'\n"
    )
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_the_captions_json_is_an_array_of_groups_with_their_members(catalog: Path, run: Run) -> None:
    groups = json.loads(run("report", "captions", "-c", catalog, "--format", "json").stdout)
    assert [(group["repeat_id"], group["kind"], group["size"]) for group in groups] == [
        (1, "doubled", 2),
        (2, "changed-fact", 3),
    ]
    assert list(groups[0]["members"][0]) == [
        "repeat_id", "kind", "size", "locator", "headline", "position", "caption", "credit_line", "origin",
        "image_src", "image_sha256", "similarity", "difference", "repeat_scope", "scope", "is_stock", "url",
        "captured_at", "publisher", "story_id", "articles", "pictures",
    ]  # fmt: skip
    assert groups[1]["members"][1]["caption"] == HOSTILE
    assert [member["position"] for member in groups[0]["members"]] == [0, 1]


def test_the_captions_csv_has_one_row_a_member(catalog: Path, run: Run) -> None:
    found = list(
        csv.DictReader(io.StringIO(run("report", "captions", "-c", catalog, "--format", "csv").stdout))
    )
    assert len(found) == 5
    assert found[3]["caption"] == HOSTILE
    assert found[3]["locator"] == "c\nd.txt"


def test_the_captions_markdown_escapes_what_captions_hold(catalog: Path, run: Run) -> None:
    text = run("report", "captions", "-c", catalog, "--format", "markdown").stdout
    assert text.startswith(
        "# Repeated captions (2)\n\n## Doubled on its page · 2 places in 1 page\n\n> “Smoke"
    )
    assert "<script>" not in text
    assert "\\<script\\>" in text
    assert "\\*bold\\*" in text


def test_limit_says_what_was_left_out(catalog: Path, run: Run) -> None:
    out = run("report", "captions", "-c", catalog, "--limit", "1").stdout
    assert "Changed fact" not in out
    assert out.endswith("... and 1 more: --limit 0 shows all, --format csv or json writes them.\n")


def test_the_summary_as_json_is_one_object(catalog: Path, run: Run) -> None:
    summary = json.loads(run("report", "-c", catalog, "--format", "json").stdout)
    assert summary["articles"] == 3
    assert summary["caption_repeats"] == {
        "doubled": 1, "reused": 0, "edited": 0, "extended": 0, "echoed": 0, "changed-fact": 1,
    }  # fmt: skip
    assert summary["problems"] == 1
    assert summary["last_scan"]["status"] == "complete"


def test_problems_say_what_and_what_to_do(catalog: Path, run: Run) -> None:
    assert run("report", "problems", "-c", catalog).stdout == (
        "Problems (1)\n\nx.jpg\n    decode: it is cut short\n      Restore it.\n"
    )


@pytest.mark.parametrize("kind", ["captions", "images", "conflicts", "orphans", "problems"])
@pytest.mark.parametrize(
    ("format_name", "empty"), [("json", "[]\n"), ("table", None), ("csv", None), ("markdown", None)]
)
def test_an_empty_catalogue_gives_an_empty_report(
    catalog_path: Path, run: Run, kind: str, format_name: str, empty: str | None
) -> None:
    with Catalogue.open(catalog_path):
        pass
    done = run("report", kind, "-c", catalog_path, "--format", format_name)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == empty if empty else done.stdout


def test_a_report_written_to_a_file_is_whole_or_not_there(catalog: Path, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "report.csv"
    done = run("report", "captions", "-c", catalog, "--format", "csv", "-o", out)
    assert (done.returncode, done.stdout) == (0, "")
    with out.open(newline="", encoding="utf-8") as lines:
        assert len(list(csv.reader(lines))) == 6
    refused = run("report", "-c", catalog, "-o", tmp_path / "none/report.csv")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_a_closed_pipe_is_no_error(catalog: Path, run: Run) -> None:
    command = f"{sys.executable} -m catalog report captions --format csv -c {catalog} | true"
    done = subprocess.run(
        ["bash", "-c", command],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("byte_size", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"),
     (3_400_000, "3.4 MB"), (2_500_000_000_000, "2.5 TB")],
)  # fmt: skip
def test_sizes(byte_size: int, text: str) -> None:
    assert size_text(byte_size) == text


def test_counts() -> None:
    assert [count_noun(n, "copy", "copies") for n in (0, 1, 2400)] == ["0 copies", "1 copy", "2,400 copies"]


def test_long_texts_are_cut_after_a_word() -> None:
    assert shorten("word " * 100, 30) == "word word word word word word ..."
    assert shorten("漢" * 400, 20) == "漢" * 20 + " ..."

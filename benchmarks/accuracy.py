"""How well cutline finds what it is for, measured on labelled data by the shared scoring tools.

    python -m benchmarks.accuracy [--bases 30] [--only captions,text,pictures,repeats,founding]
    python -m benchmarks.accuracy --write        also writes the figures into docs/accuracy.md

The labelled data lies beside the checkout (../shared); where it is absent this says so and stops.
Each figure is what ``../shared/tools/score_*.py`` print for a catalogue that ``cutline scan`` made.
"""

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.accuracy_page import table, write_block
from benchmarks.measure import cutline, measure
from benchmarks.picture_scores import catalogue_pairs, group_recalls
from benchmarks.picture_scores import score as score_pairs
from tests.shared_data import SHARED

Figures = dict[str, object]


def score(tool: str, *arguments: str | Path) -> Figures:
    """Return what a scoring tool prints."""
    command = [sys.executable, str(SHARED / "tools" / tool), *map(str, arguments)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def scan(catalog: Path, *sources: Path) -> Path:
    """Return a catalogue of these sources, made by the command line."""
    measure(cutline("scan", *sources, "-c", catalog))
    return catalog


def captions(folder: Path) -> Figures:
    """Captions and bodies of real pages."""
    data = SHARED / "data/captions"
    catalog = scan(folder / "pages.db", data / "pages")
    return score("score_captions.py", "--catalog", catalog, "--labels", data / "labels.jsonl")


def text(folder: Path) -> Figures:
    """Captions and bodies of plain-text documents."""
    data = SHARED / "data/captions"
    catalog = scan(folder / "text.db", data / "text")
    found = score("score_captions.py", "--catalog", catalog, "--text-labels", data / "text_labels.jsonl")
    return dict(found["text"])  # type: ignore[call-overload, no-any-return]


def founding(folder: Path) -> Figures:
    """Return the founding page, line by line."""
    data = SHARED / "data/founding-page"
    with sqlite3.connect(scan(folder / "founding.db", data)) as db:
        body = db.execute("SELECT body FROM articles").fetchone()[0]
        found = {row[0] for row in db.execute("SELECT caption FROM page_captions")}
        repeats = db.execute("SELECT kind, size FROM caption_repeats ORDER BY kind").fetchall()
    lines = json.loads((data / "labels.jsonl").read_text(encoding="utf-8").splitlines()[0])["lines"]
    of = {
        label: [line["text"] for line in lines if line["label"] == label] for label in ("body", "boilerplate")
    }
    labelled = {line["text"] for line in lines if line["label"].startswith("caption")}
    return {
        "captions_found": len(labelled & found),
        "captions": len(labelled),
        "captions_wrong": len(found - labelled),
        "body_lines_kept": sum(line in body for line in of["body"]),
        "body_lines": len(of["body"]),
        "boilerplate_in_body": sum(line in body.splitlines() for line in of["boilerplate"]),
        "captions_in_body": sum(line in body for line in labelled),
        "repeats": [f"{kind} ({size})" for kind, size in repeats],
    }


def pictures(folder: Path, bases: int = 30) -> Figures:
    """Attacked photographs found again, look-alikes left alone; recall by group of edits too."""
    archive = folder / "attacked"
    tool = SHARED / "tools/score_pictures.py"
    making = ["make", "--photos", SHARED / "data/photos", "--out", archive, "--bases", str(bases)]
    subprocess.run([sys.executable, str(tool), *map(str, making)], check=True)
    catalog = scan(folder / "pictures.db", archive)
    found = score(tool.name, "score", "--archive", archive, "--catalog", catalog)
    by_edit = score_pairs(catalogue_pairs(catalog), archive).by_edit
    groups = {group: round(recall, 3) for group, recall in group_recalls(by_edit).items()}
    return {"bases": bases} | found | {"recall_by_group": groups}


def repeats(folder: Path) -> Figures:
    """Planted repeats among 20,000 captions."""
    data, archive = SHARED / "data/repeats", folder / "captions.jsonl"
    tool = SHARED / "tools/score_repeats.py"
    subprocess.run(
        [sys.executable, str(tool), "make", "--data", str(data), "--out", str(archive)], check=True
    )
    catalog = scan(folder / "repeats.db", archive)
    return score(tool.name, "score", "--data", data, "--catalog", catalog)


MEASURES: dict[str, Callable[[Path], Figures]] = {
    "founding": founding,
    "captions": captions,
    "text": text,
    "repeats": repeats,
    "pictures": pictures,
}


def write_figures(figures: dict[str, Figures]) -> None:
    """Put each set of figures between its marks in docs/accuracy.md."""
    for name, found in figures.items():
        rows = [(key.replace("_", " "), _shown(value)) for key, value in found.items()]
        write_block(name, table(("figure", "measured"), rows))


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {each}" for key, each in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(MEASURES), help="which measures, by comma")
    parser.add_argument("--bases", type=int, default=30, help="photographs that are attacked (30)")
    parser.add_argument("--write", action="store_true", help="write the figures into docs/accuracy.md")
    options = parser.parse_args()
    if not (SHARED / "data").is_dir():
        print("The labelled data is not beside this checkout (CUTLINE_SHARED): nothing measured.")
        return 0
    figures: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory() as name:
        for measure_name in options.only.split(","):
            run = MEASURES[measure_name]
            folder = Path(name)
            figures[measure_name] = (
                pictures(folder, options.bases) if measure_name == "pictures" else run(folder)
            )
    print(json.dumps(figures, indent=1, ensure_ascii=False))
    if options.write:
        write_figures(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())

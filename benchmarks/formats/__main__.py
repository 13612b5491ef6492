"""Measures how well each format of articles is read.

    python -m benchmarks.formats [--only markdown,rst] [--folder build/formats]

For each format an archive of planted articles is written, by somebody else's tool where one is installed, scanned
with ``cutline scan``, and scored: captions word for word, captions tied to their picture, whole bodies. One family of
formats is one module (``FAMILIES``) with a dict ``WRITERS``: what a format is called, and who writes it.

Prints a table.
"""

import argparse
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.formats.planted import NoTool, Writer, plant, write_pictures
from benchmarks.formats.scoring import Score, score_catalogue
from benchmarks.measure import ROOT, cutline

FAMILIES = ("markup", "feeds", "documents")
"""Modules of this folder."""

GOAL = 0.95


def writers() -> dict[str, Writer]:
    """Every format with its writer."""
    found: dict[str, Writer] = {}
    for family in FAMILIES:
        found |= import_module(f"benchmarks.formats.{family}").WRITERS
    return found


def measure_format(name: str, write: Writer, folder: Path) -> tuple[str, Score]:
    """Write the archive anew, scan it and score it; gives the tool that wrote it too."""
    shutil.rmtree(folder, ignore_errors=True)
    archive = folder / "archive"
    planted = plant()
    write_pictures(planted, archive)
    tool = write(planted, archive)
    catalog = folder / "catalog.db"
    done = subprocess.run(cutline("scan", archive, "-c", catalog), capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{name}: {done.stderr}")
    return tool, score_catalogue(catalog, planted)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", help="formats, parted by commas; all")
    parser.add_argument("--folder", type=Path, default=ROOT / "build/formats")
    options = parser.parse_args()
    known = writers()
    wanted = options.only.split(",") if options.only else list(known)
    low = 0
    print("| format | written by | articles | captions | exact | paired | whole bodies | spurious |")
    print("|---|---|---|---|---|---|---|---|")
    for name in wanted:
        try:
            tool, score = measure_format(name, known[name], options.folder / name)
        except NoTool as error:
            print(f"{name}: not measured: {error}", file=sys.stderr)
            continue
        shares = (score.found, score.paired, score.whole)
        low += min(shares) < GOAL
        told = " | ".join(f"{share:.2f}" for share in shares)
        print(
            f"| {name} | {tool} | {score.articles} | {score.captions} | {told} | {score.spurious} |",
            flush=True,
        )
    return min(low, 1)


if __name__ == "__main__":
    sys.exit(main())

"""How well cutline does on photographs and edits that its thresholds were never set on.

    python -m benchmarks.held_out [--bases 20] [--write]

Photographs of Debian packages (photographs.tsv) are downloaded with apt-get into build/held-out (no root needed),
edited in the ways of edits.py, put beside look-alikes of look_alikes.py, scanned with `cutline scan`, and scored.
``--write`` puts the tables into docs/accuracy.md and a plot into docs/plots.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from benchmarks.held_out.archive import load_archive, make_archive
from benchmarks.held_out.photographs import fetch_photographs
from benchmarks.held_out.scoring import score_catalogue, summarise
from benchmarks.measure import ROOT, cutline, measure


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bases", type=int, default=20, help="photographs that are edited (20)")
    parser.add_argument("--folder", type=Path, default=ROOT / "build/held-out")
    parser.add_argument("--reuse", action="store_true", help="scan the archive that was made last time")
    parser.add_argument("--write", action="store_true", help="write tables and plot into docs/")
    options = parser.parse_args()
    try:
        archive = (
            load_archive(options.folder / "archive")
            if options.reuse
            else make_archive(
                fetch_photographs(options.folder / "packages"), options.folder / "archive", options.bases
            )
        )
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        print(f"The held-out photographs cannot be had: {error} Nothing measured.", file=sys.stderr)
        return 1
    catalog = options.folder / "held-out.db"
    for stale in options.folder.glob("held-out.db*"):
        stale.unlink()
    cost = measure(cutline("scan", archive.folder, "-c", catalog))
    result = score_catalogue(catalog, archive.truth)
    edited = {true.shows[0] for true in archive.truth.values() if true.edit}
    kept: dict[str, object] = {
        "photographs": sum(name.startswith("distinct/") for name in archive.truth),
        "bases": len(edited),
        "pictures": len(archive.truth),
        "scan_cpu_seconds": round(cost.cpu_seconds, 1),
        "recall": round(result.recall, 4),
        **summarise(result),
    }
    print(json.dumps(kept, indent=1))
    if options.write:
        from benchmarks.picture_pages import write_held_out

        write_held_out(kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How well cutline does on photographs and edits that its thresholds were never set on.

    python -m benchmarks.held_out [--set 2] [--bases 20] [--write]

Photographs of Debian packages (photographs.tsv) are downloaded with apt-get into build/held-out (no root needed),
edited in the ways of edits.py, put beside look-alikes of look_alikes.py, scanned with `cutline scan`, and scored. The
same photographs under the edits of the shared tool are an archive of their own.
``--write`` puts the tables into docs/accuracy.md and a plot into docs/plots.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.held_out.archive import Archive, load_archive, make_archive, make_shared_archive
from benchmarks.held_out.keepers import make_keepers, score_keepers
from benchmarks.held_out.photographs import Photograph, fetch_photographs
from benchmarks.held_out.scoring import score_catalogue, summarise
from benchmarks.measure import ROOT, cutline, measure
from tests.shared_data import SHARED


def measure_archive(archive: Archive) -> dict[str, object]:
    """Scan the archive anew and score the catalogue."""
    catalog = archive.folder.with_suffix(".db")
    for stale in catalog.parent.glob(f"{catalog.name}*"):
        stale.unlink()
    cost = measure(cutline("scan", archive.folder, "-c", catalog))
    result = score_catalogue(catalog, archive.truth)
    return {
        "photographs": sum(name.startswith("distinct/") for name in archive.truth),
        "bases": len({true.shows[0] for true in archive.truth.values() if true.edit}),
        "pictures": len(archive.truth),
        "scan_cpu_seconds": round(cost.cpu_seconds, 1),
        "recall": round(result.recall, 4),
        **summarise(result),
    }


def measure_keepers(photographs: Sequence[Photograph], folder: Path, looked_at: int) -> dict[str, object]:
    """Write sets of copies of photographs, scan them, and say how often the original is kept.

    Thresholds of :mod:`media.pictures.making` were set with the largest photographs of the first set in view: these are
    the others.
    """
    distinct = [each for each in photographs if each.kind == "distinct"]
    chosen = sorted(distinct, key=lambda each: -max(each.picture().size))[looked_at:]
    shutil.rmtree(folder, ignore_errors=True)
    make_keepers(((each.name, each.picture().copy()) for each in chosen), folder)
    catalog = folder.with_suffix(".db")
    for stale in catalog.parent.glob(f"{catalog.name}*"):
        stale.unlink()
    measure(cutline("scan", folder, "-c", catalog))
    return asdict(score_keepers(catalog))


_LOOKED_AT = {1: 40, 2: 0}
"""The number of photographs of each set."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bases", type=int, default=20, help="photographs that are edited (20)")
    parser.add_argument("--set", type=int, choices=(1, 2), default=1, help="the set of photographs (1)")
    parser.add_argument("--folder", type=Path, default=ROOT / "build/held-out")
    parser.add_argument("--reuse", action="store_true", help="scan the archive that was made last time")
    parser.add_argument("--write", action="store_true", help="write tables and plot into docs/")
    options = parser.parse_args()
    if options.write:
        from benchmarks.picture_pages import write_held_out
    try:
        photographs = fetch_photographs(options.folder / "packages", options.set)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        print(f"The held-out photographs cannot be had: {error} Nothing measured.", file=sys.stderr)
        return 1
    place = options.folder / "archive"
    archive = load_archive(place) if options.reuse else make_archive(photographs, place, options.bases)
    kept = measure_archive(archive)
    kept["keepers"] = measure_keepers(photographs, options.folder / "keepers", _LOOKED_AT[options.set])
    attacks = SHARED / "tools/attacks.py"
    if attacks.exists():
        place = options.folder / "shared-edits"
        shared = (
            load_archive(place)
            if options.reuse
            else make_shared_archive(photographs, place, options.bases, attacks)
        )
        kept["shared_edits"] = measure_archive(shared)
    else:
        print("The shared edits are not beside this checkout (CUTLINE_SHARED): left out.", file=sys.stderr)
    print(json.dumps(kept, indent=1))
    if options.write:
        write_held_out(kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())

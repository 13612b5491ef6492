"""What `cutline scan` costs and finds on pictures, beside other tools and beside the floor, on the same files.

    python -m benchmarks.pictures [--bases 30] [--only cutline,czkawka]     prints, and keeps in --results
    python -m benchmarks.pictures --write        also writes tables and plots into docs/, of all that --results holds

The archive is made by the shared scoring tool: real photographs, some of them under 70 edits. The floor reads the
same files, digests them, decodes them once by cutline's recipe and takes imagehash.phash; it is measured anew before
each tool, so that a ratio is of one moment of one machine. Other tools run one after the other, each in a process of
its own, as benchmarks.picture_peers says; `make peers` installs them, and those that are not installed are left out
and said so. CPU seconds count user and system time of all processes of a tool, its imports too.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import imagehash

from benchmarks.measure import ROOT, Cost, cutline, measure
from benchmarks.picture_peers import NOT_INSTALLED
from benchmarks.picture_scores import Pair, catalogue_pairs, group_pairs, score
from media import __version__
from media.pictures.decode import decode_picture
from tests.shared_data import SHARED

PEERS = ("czkawka", "czkawka-distances", "imagededup", "difpy", "findimagedupes")
TOOLS = ("cutline", "cutline --no-parts", *PEERS)
RESULTS = ROOT / "docs/plots/pictures.json"
Found = dict[str, object]


def run_floor(folder: Path) -> None:
    """Read, digest, decode once, phash: nothing is kept."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        hashlib.sha256(data).hexdigest()
        try:
            imagehash.phash(decode_picture(data).picture)
        except Exception as error:
            print(f"{path}: {error}", file=sys.stderr)


def measure_floor(folder: Path) -> float:
    """CPU seconds of the floor, the less of two runs."""
    command = [sys.executable, "-m", "benchmarks.pictures", "--floor", str(folder)]
    return min(measure(command).cpu_seconds for _ in range(2))


def run_cutline(folder: Path, *options: str) -> tuple[Cost, set[Pair]]:
    """Return a whole scan of the folder, and the pairs in its catalogue."""
    with tempfile.TemporaryDirectory() as work:
        catalog = Path(work) / "pictures.db"
        cost = measure(cutline("scan", folder, "-c", catalog, "-j", "1", *options))
        return cost, catalogue_pairs(catalog)


def run_peer(tool: str, python: str, folder: Path) -> tuple[Cost, set[Pair]]:
    """Another tool on the folder, and the pairs it names.

    :raises subprocess.CalledProcessError: the tool failed.
    """
    with tempfile.TemporaryDirectory() as work:
        result = Path(work) / "groups.json"
        command = [python, "-m", "benchmarks.picture_peers", tool, str(folder), str(result)]
        cost = measure(command)
        if not result.exists():
            raise subprocess.CalledProcessError(1, command)
        return cost, group_pairs(json.loads(result.read_text(encoding="utf-8")), folder)


def peer_version(tool: str, python: str) -> str | None:
    """Return the version of another tool, None where it is not installed."""
    command = [python, "-m", "benchmarks.picture_peers", tool]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == NOT_INSTALLED:
        return None
    done.check_returncode()
    return done.stdout.strip()


def run_tool(tool: str, python: str, folder: Path) -> Found | None:
    """Cost, ratio to the floor and score of one tool; None where it is not installed."""
    version = peer_version(tool, python) if tool in PEERS else __version__
    if version is None:
        return None
    floor = measure_floor(folder)
    if tool in PEERS:
        cost, pairs = run_peer(tool, python, folder)
    else:
        cost, pairs = run_cutline(folder, *tool.split()[1:])
    scored = score(pairs, folder)
    return {
        "version": version,
        "cpu_seconds": round(cost.cpu_seconds, 1),
        "floor_cpu_seconds": round(floor, 1),
        "of_floor": round(cost.cpu_seconds / floor, 2),
        "peak_mb": round(cost.peak_tree_mb),
        "recall": round(scored.recall, 3),
        **{key: value for key, value in asdict(scored).items() if key != "by_edit"},
        "by_edit": {edit: round(recall, 3) for edit, recall in scored.by_edit.items()},
    }


def make_archive(folder: Path, bases: int) -> Path:
    """Return the archive that the shared tool makes, made once: it is the same for the same number of
    bases.
    """
    archive = folder / f"attacked-{bases}"
    if not archive.exists():
        tool = SHARED / "tools/score_pictures.py"
        unfinished = folder / f"making-{bases}"
        making = ["make", "--photos", SHARED / "data/photos", "--out", unfinished, "--bases", bases]
        subprocess.run([sys.executable, str(tool), *map(str, making)], check=True)
        unfinished.rename(archive)
    return archive


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bases", type=int, default=30, help="photographs that are edited (30)")
    parser.add_argument("--only", default=",".join(TOOLS), help="which tools, by comma; '' for none")
    parser.add_argument(
        "--peers", default=ROOT / "build/peers/pictures/bin/python", type=Path, help="their Python"
    )
    parser.add_argument("--results", default=RESULTS, type=Path, help="where results are kept (JSON)")
    parser.add_argument("--write", action="store_true", help="write tables and plots into docs/")
    parser.add_argument("--floor", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.floor:
        run_floor(options.floor)
        return 0
    if not (SHARED / "data").is_dir():
        print("The labelled data is not beside this checkout (CUTLINE_SHARED): nothing measured.")
        return 0
    if options.write:
        from benchmarks.picture_pages import write_pictures
    kept = json.loads(options.results.read_text(encoding="utf-8")) if options.results.exists() else {}
    if kept.get("bases") != options.bases:
        kept = {"bases": options.bases, "pictures": 0, "tools": {}}
    python = str(options.peers) if options.peers.exists() else sys.executable
    tools = [name for name in options.only.split(",") if name]
    if unknown := set(tools) - set(TOOLS):
        parser.error(f"no such tool: {', '.join(sorted(unknown))} (there are {', '.join(TOOLS)})")
    if tools:
        archive = make_archive(ROOT / "build/pictures", options.bases)
        pictures = sum(path.is_file() for path in archive.rglob("*")) - 1
        if kept.get("pictures") != pictures:
            kept = {"bases": options.bases, "pictures": pictures, "tools": {}}
    for tool in tools:
        found = run_tool(tool, python, archive.resolve())
        if found is None:
            print(f"{tool}: not installed; `make peers` installs it.")
            continue
        kept["tools"][tool] = found
        print(json.dumps({tool: {key: found[key] for key in found if key != "by_edit"}}))
        options.results.parent.mkdir(parents=True, exist_ok=True)
        options.results.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    if options.write:
        write_pictures(kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())

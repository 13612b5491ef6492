"""What `cutline scan` costs and finds on pictures, beside other tools and beside the floor, in one run.

    python -m benchmarks.pictures ARCHIVE [--peers build/peers/bin/python]

ARCHIVE is one made by the scoring tool for pictures (distinct/, look_alike/, attacked/<edit>/<picture>). The floor
reads the same files, digests them, decodes them once by the same recipe and takes imagehash.phash. Tools are run one
after the other on the same files, each in a process of its own, as benchmarks.picture_peers says; those that are
not installed in the interpreter given by --peers are left out and said so. Printed: CPU seconds, their ratio to the
floor, recall (a variant is found where it is in one group, or pair, with its base) and wrong pairs (of different
photographs).
"""

import argparse
import hashlib
import itertools
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import imagehash

from benchmarks.measure import measure
from media.images.decode import decode_picture

_PEERS = ("czkawka", "difpy", "imagededup", "findimagedupes")
Pair = frozenset[str]


def run_floor(folder: Path) -> None:
    """Read, digest, decode once, phash: nothing is kept."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        hashlib.sha256(data).hexdigest()
        try:
            imagehash.phash(decode_picture(data).picture)
        except Exception as error:
            print(f"{path}: {error}", file=sys.stderr)


def score(pairs: Iterable[Pair], folder: Path) -> dict[str, object]:
    """Recall over the variants, and how many pairs show different photographs."""
    found = set(pairs)
    bases = {path.stem: str(path.relative_to(folder)) for path in (folder / "distinct").iterdir()}
    by_edit: dict[str, list[bool]] = defaultdict(list)
    for path in sorted((folder / "attacked").glob("*/*")):
        variant = str(path.relative_to(folder))
        by_edit[path.parent.name].append(frozenset((bases[path.stem], variant)) in found)
    wrong = sum(
        len({Path(name).stem for name in pair}) == 2
        and not any(name.startswith(("look_alike", "same_scene")) for name in pair)
        for pair in found
    )
    recalls = {edit: sum(hits) / len(hits) for edit, hits in by_edit.items()}
    return {
        "recall": round(sum(recalls.values()) / max(1, len(recalls)), 3),
        "wrong_pairs": wrong,
        "by_edit": {edit: round(recall, 2) for edit, recall in sorted(recalls.items())},
    }


def catalogue_pairs(catalog: Path) -> set[Pair]:
    """Pairs that the catalogue calls duplicates."""
    db = sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)
    locators = defaultdict(list)
    for sha256, locator in db.execute("SELECT sha256, locator FROM records WHERE sha256 IS NOT NULL"):
        locators[sha256].append(locator)
    groups = defaultdict(set)
    for group, sha256 in db.execute("SELECT group_id, image_sha256 FROM image_group_members"):
        groups[f"g{group}"].add(sha256)
    query = "SELECT left_sha256, right_sha256 FROM image_matches WHERE kind <> 'related'"
    for number, pair in enumerate(db.execute(query)):
        groups[f"m{number}"] |= set(pair)
    return {
        frozenset((one, other))
        for group in groups.values()
        for left, right in itertools.combinations(sorted(group), 2)
        for one in locators[left]
        for other in locators[right]
    } | {frozenset(pair) for same in locators.values() for pair in itertools.combinations(same, 2)}


def peer_pairs(result: Path, folder: Path) -> set[Pair]:
    groups = json.loads(result.read_text())
    return {
        frozenset(str(Path(name).relative_to(folder)) for name in pair)
        for group in groups
        for pair in itertools.combinations(sorted(set(group)), 2)
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("archive", type=Path)
    parser.add_argument("--peers", type=Path, default=Path("build/peers/bin/python"))
    parser.add_argument("--floor-only", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = options.archive.resolve()
    if options.floor_only:
        run_floor(folder)
        return
    floor = measure([sys.executable, "-m", "benchmarks.pictures", str(folder), "--floor-only"]).cpu_seconds
    report: dict[str, object] = {"floor_cpu_seconds": round(floor, 1)}
    with tempfile.TemporaryDirectory() as work:
        for name, extra in (("cutline", []), ("cutline --no-parts", ["--no-parts"])):
            catalog = Path(work) / f"{name.replace(' ', '')}.db"
            command = [
                sys.executable,
                "-m",
                "catalog",
                "scan",
                str(folder),
                "-c",
                str(catalog),
                "-j",
                "1",
                *extra,
            ]
            cost = measure(command)
            report[name] = {
                "cpu_seconds": round(cost.cpu_seconds, 1),
                "of_floor": round(cost.cpu_seconds / floor, 2),
                "peak_mb": round(cost.peak_tree_mb),
                **score(catalogue_pairs(catalog), folder),
            }
        for name in _PEERS:
            result = Path(work) / f"{name}.json"
            python = str(options.peers) if options.peers.exists() else sys.executable
            try:
                cost = measure([python, "-m", "benchmarks.picture_peers", name, str(folder), str(result)])
                report[name] = {
                    "cpu_seconds": round(cost.cpu_seconds, 1),
                    "of_floor": round(cost.cpu_seconds / floor, 2),
                    **score(peer_pairs(result, folder), folder),
                }
            except (subprocess.CalledProcessError, FileNotFoundError):
                report[name] = "not installed, or it failed"
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()

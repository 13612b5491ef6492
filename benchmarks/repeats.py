#!/usr/bin/env python3
"""What finding repeated captions costs as an archive grows, and what it finds beside two peers.

    python benchmarks/repeats.py --shared ../shared --sizes 20000 100000 1000000
    python benchmarks/repeats.py --shared ../shared --sizes 100000 --peers /path/to/venv/bin/python

Each size is written into a new catalogue, and repeats are found in it by a process of its own: CPU
seconds (user and system) and the most memory it held. The captions are those of the shared data,
their words renamed copy by copy, so that the planted truth of the first copy stays what it is.
`--peers` names a Python that has `datasketch` and `rensa`; they are given the same captions, lower
case, as sets of words, with the settings of their own documentation, and scored on the same planted
pairs: `recall` of pairs that say the same, `false_merges` of pairs that do not.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

THRESHOLD = 0.7
PERMUTATIONS = 128


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 100_000, 1_000_000])
    parser.add_argument("--peers", help="a Python that has datasketch and rensa")
    parser.add_argument("--work", help="folder for archives and catalogues; a temporary one without")
    parser.add_argument("--child", nargs=3, metavar=("WHAT", "INPUT", "OUTPUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        what, given, output = options.child
        CHILDREN[what](Path(given), Path(output))
        return
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        for size in options.sizes:
            print(json.dumps(measure(options.shared, size, Path(folder), options.peers)), flush=True)


def measure(shared: Path, size: int, folder: Path, peers: str | None) -> dict[str, object]:
    """Write `size` captions, find what repeats, and say what that took."""
    archive, catalogue = folder / f"{size}.jsonl", folder / f"{size}.db"
    tool = shared / "tools" / "score_repeats.py"
    data = shared / "data" / "repeats"
    copies = max(1, size // 20_000)
    run(
        [
            sys.executable,
            str(tool),
            "make",
            "--data",
            str(data),
            "--out",
            str(archive),
            "--times",
            str(copies),
        ]
    )
    run_child("write", archive, catalogue)
    seconds, peak = run_child("match", catalogue, catalogue)
    scored = run([sys.executable, str(tool), "score", "--data", str(data), "--catalog", str(catalogue)])
    found: dict[str, object] = {
        "captions": size,
        "cpu_seconds": seconds,
        "peak_mb": peak,
        "cutline": json.loads(scored),
    }
    if peers:
        for peer in ("datasketch", "rensa"):
            pairs = folder / f"{size}.{peer}.tsv"
            seconds, peak = run_child(peer, archive, pairs, peers)
            found[peer] = {"cpu_seconds": seconds, "peak_mb": peak, **score_pairs(data, pairs)}
    return found


def run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def run_child(what: str, given: Path, output: Path, python: str = sys.executable) -> tuple[float, int]:
    """Run one of `CHILDREN` in a process of its own: its CPU seconds and its peak memory in MB."""
    command = [python, __file__, "--child", what, str(given), str(output)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    process = subprocess.Popen(command, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{what} of {given} failed")
    return round(used.ru_utime + used.ru_stime, 1), used.ru_maxrss // 1024


def write(archive: Path, catalogue_path: Path) -> None:
    """Write the archive's captions as a catalogue, everything pending."""
    from catalog.store.catalogue import Catalogue
    from media.captions.key import normalise

    with Catalogue.open(catalogue_path) as catalogue:
        connection = catalogue.db.conn
        scan_id = catalogue.begin_scan({})
        connection.execute("INSERT INTO sources (id, uri, kind) VALUES (1, 'file:///captions', 'file')")
        rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in INSERTS}
        began = time.process_time()
        for number, row in enumerate(read_archive(archive), start=1):
            (image,) = row["images"]
            normal = normalise(image["caption"])
            rows["records"].append((number, f"captions.jsonl#{number}", scan_id, scan_id))
            rows["articles"].append((number, number, row["url"], row["headline"], row["body"]))
            rows["captions"].append((number, image["caption"], normal.credit, normal.key))
            rows["placements"].append((number, number, number, number, image["src"]))
            rows["pending"].append((str(number),))
            if number % 10_000 == 0:
                insert(connection, rows)
                connection.commit()
        insert(connection, rows)
        connection.commit()
        print(f"  written in {time.process_time() - began:.0f} CPU s", file=sys.stderr)


INSERTS = {
    "records": "INSERT INTO records (id, source_id, locator, media_type, first_scan_id, last_scan_id)"
    " VALUES (?, 1, ?, 'application/jsonl', ?, ?)",
    "articles": "INSERT INTO articles (id, record_id, url, headline, body, body_sha256, words)"
    " VALUES (?, ?, ?, ?, ?, '', 0)",
    "captions": "INSERT INTO captions (id, text, credit_line, key) VALUES (?, ?, ?, ?)",
    "placements": "INSERT INTO placements (id, record_id, article_id, caption_id, image_src, position, origin,"
    " confidence, evidence) VALUES (?, ?, ?, ?, ?, 0, 'jsonl', 1, '{}')",
    "pending": "INSERT INTO pending (kind, item) VALUES ('caption', ?)",
}


def insert(connection: object, rows: dict[str, list[tuple[object, ...]]]) -> None:
    for name, statement in INSERTS.items():
        connection.executemany(statement, rows[name])  # type: ignore[attr-defined]
        rows[name].clear()


def match(catalogue_path: Path, _: Path) -> None:
    """Find repeats in a catalogue."""
    from catalog.match.captions.repeats import update_repeats
    from catalog.store.catalogue import Catalogue

    with Catalogue.open(catalogue_path) as catalogue:
        update_repeats(catalogue)


def read_archive(archive: Path) -> Iterator[dict[str, object]]:
    with archive.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def word_sets(archive: Path) -> Iterator[tuple[str, set[str]]]:
    for row in read_archive(archive):
        (image,) = row["images"]  # type: ignore[misc]
        yield str(row["url"]), set(re.findall(r"\w+", image["caption"].lower()))


def match_datasketch(archive: Path, output: Path) -> None:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    sketches = {}
    for name, words in word_sets(archive):
        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch([word.encode() for word in words])
        index.insert(name, sketch)
        sketches[name] = sketch
    write_pairs(
        output,
        (
            (name, other)
            for name, sketch in sketches.items()
            for other in index.query(sketch)
            if name < other and sketch.jaccard(sketches[other]) >= THRESHOLD
        ),
    )


def match_rensa(archive: Path, output: Path) -> None:
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=16)
    names, sketches = [], []
    for number, (name, words) in enumerate(word_sets(archive)):
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=42)
        sketch.update(list(words))
        index.insert(number, sketch)
        names.append(name)
        sketches.append(sketch)
    write_pairs(
        output,
        (
            (names[number], names[other])
            for number, sketch in enumerate(sketches)
            for other in index.query(sketch)
            if number < other and sketch.jaccard(sketches[other]) >= THRESHOLD
        ),
    )


def write_pairs(output: Path, pairs: Iterator[tuple[str, str]]) -> None:
    with output.open("w", encoding="utf-8") as lines:
        lines.writelines(f"{left}\t{right}\n" for left, right in pairs)


def score_pairs(data: Path, pairs: Path) -> dict[str, object]:
    """Recall and false merges of a peer's pairs on the planted ones."""
    found = set()
    with pairs.open(encoding="utf-8") as lines:
        for line in lines:
            left, right = (name.removeprefix("caption:") for name in line.rstrip("\n").split("\t"))
            found |= {(left, right), (right, left)}
    wanted = right_calls = wrong = 0
    with (data / "truth.tsv").open(encoding="utf-8") as lines:
        for line in lines:
            left, right, _, label = line.rstrip("\n").split("\t")
            wanted += label == "same"
            right_calls += label == "same" and (left, right) in found
            wrong += label in ("fact", "different") and (left, right) in found
    return {"pairs": len(found) // 2, "recall": round(right_calls / wanted, 4), "false_merges": wrong}


CHILDREN: dict[str, Callable[[Path, Path], None]] = {
    "write": write,
    "match": match,
    "datasketch": match_datasketch,
    "rensa": match_rensa,
}


if __name__ == "__main__":
    main()

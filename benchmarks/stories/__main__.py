"""How well stories are found in an archive with planted truth, and what it costs, beside other tools.

    python -m benchmarks.stories --sizes 20000 200000
    python -m benchmarks.stories --sizes 20000 --peers /path/to/venv/bin/python

Pairs of articles that are one story: `precision` is the share of the pairs found that are planted, `recall` the share
of the planted pairs that are found; pairs of the same address, which need no text to be found, are left out of both.
`--peers` names a Python with `datasketch` and `rensa`; they are given the same bodies with the settings of their own
documentation (word 5-grams, threshold .7, 128 permutations), and those of `text-dedup` (5-grams, .7, 250). Each runs in
a process of its own; CPU seconds are those of finding alone, reading the archive left out.
"""

import argparse
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks.stories.archive import Planted, make
from benchmarks.stories.languages import make_other


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 200_000])
    parser.add_argument("--seed", type=int, default=20261129)
    parser.add_argument(
        "--templates", choices=sorted(TEMPLATES), default="prose", help="what to write articles by"
    )
    parser.add_argument("--peers", help="a Python that has datasketch and rensa")
    parser.add_argument("--child", nargs=3, metavar=("WHAT", "INPUT", "OUTPUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        what, given, output = options.child
        CHILDREN[what](Path(given), Path(output))
        return
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            archive = Path(folder, f"{size}.jsonl")
            planted = _write(archive, TEMPLATES[options.templates](size, options.seed))
            tools = {"cutline": sys.executable}
            if options.peers:
                tools |= dict.fromkeys(("datasketch", "rensa", "text-dedup"), options.peers)
            for tool, python in tools.items():
                output = archive.with_suffix(f".{tool}.json")
                subprocess.run(
                    [python, "-m", "benchmarks.stories", "--child", tool, str(archive), str(output)],
                    check=True,
                )
                result = json.loads(output.read_text())
                print(
                    json.dumps(
                        {
                            "tool": tool,
                            "articles": len(planted),
                            **score(planted, result.pop("groups")),
                            **result,
                        }
                    )
                )


TEMPLATES: dict[str, Callable[[int, int], Iterator[Planted]]] = {"prose": make, "languages": make_other}


def _write(archive: Path, articles: Iterable[Planted]) -> list[tuple[int, str, str]]:
    planted = []
    with archive.open("w", encoding="utf-8") as file:
        for article in articles:
            fields = {name: getattr(article, name) for name in Planted.__slots__}
            file.write(json.dumps(fields) + "\n")
            planted.append((article.story, article.kind, article.url))
    return planted


def score(planted: list[tuple[int, str, str]], groups: list[list[int]]) -> dict[str, object]:
    """Precision and recall over pairs of articles at different addresses; wrong pairs and missed articles by kind."""
    found = {number: group for group, numbers in enumerate(groups) for number in numbers}
    cells: Counter[tuple[int, int]] = Counter()
    same_address: Counter[tuple[int, int, str]] = Counter()
    of_story: Counter[int] = Counter()
    of_address: Counter[tuple[int, str]] = Counter()
    of_group: Counter[int] = Counter()
    of_group_address: Counter[tuple[int, str]] = Counter()
    for number, (story, _, url) in enumerate(planted):
        of_story[story] += 1
        of_address[story, url] += 1
        group = found.get(number, -1 - number)
        of_group[group] += 1
        of_group_address[group, url] += 1
        cells[story, group] += 1
        same_address[story, group, url] += 1
    right = _pairs(cells.values()) - _pairs(same_address.values())
    wanted = _pairs(of_story.values()) - _pairs(of_address.values())
    claimed = _pairs(of_group.values()) - _pairs(of_group_address.values())
    wrong: Counter[str] = Counter()
    for numbers in groups:
        stories = Counter(planted[number][0] for number in numbers)
        if len(stories) > 1:
            main_story = stories.most_common(1)[0][0]
            wrong.update(planted[number][1] for number in numbers if planted[number][0] != main_story)
    best: dict[int, Counter[int]] = defaultdict(Counter)
    for (story, group), count in cells.items():
        best[story][group] += count
    missed: Counter[str] = Counter()
    for number, (story, kind, _) in enumerate(planted):
        if of_story[story] > 1 and found.get(number, -1 - number) != best[story].most_common(1)[0][0]:
            missed[kind] += 1
    return {
        "precision": round(right / claimed, 5) if claimed else 1.0,
        "recall": round(right / wanted, 5) if wanted else 1.0,
        "wrong_articles": dict(wrong),
        "missed_articles": dict(missed),
    }


def _pairs(counts: Iterable[int]) -> int:
    return sum(count * (count - 1) // 2 for count in counts)


def _read(archive: Path) -> list[dict[str, str]]:
    with archive.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _report(output: Path, groups: list[list[int]], started: float) -> None:
    used = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    output.write_text(json.dumps({"groups": groups, "cpu_seconds": round(used, 1), "peak_mb": round(peak)}))


class _Reader:
    """Gives the articles of an archive one by one, and knows what reading them took."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self.cpu_seconds = 0.0

    def __iter__(self) -> Iterator[dict[str, str]]:
        with self._archive.open(encoding="utf-8") as file:
            while True:
                started = time.process_time()  # which itself takes time: asked once for many articles
                articles = [json.loads(line) for line in itertools.islice(file, 500)]
                self.cpu_seconds += time.process_time() - started
                if not articles:
                    return
                yield from articles


def _cutline(archive: Path, output: Path) -> None:
    import numpy as np

    from media.matching.articles.addresses import read_address
    from media.matching.articles.near import Bodies
    from media.matching.articles.prints import read_prints
    from media.matching.articles.stories import ArticleUse, find_stories, number_headlines

    reader = _Reader(archive)
    started = time.process_time()
    uses: list[ArticleUse] = []

    def bodies() -> Iterator[str]:
        """Give each body once, as a catalogue does, which keeps none of them in memory."""
        for number, article in enumerate(reader):
            address = read_address(article["url"])
            assert address is not None
            uses.append(
                ArticleUse(
                    number,
                    number,
                    address.address,
                    address.page,
                    None,
                    address.publisher,
                    article["headline"].casefold(),
                    article["captured_at"],
                    number,
                )
            )
            yield article["body"]

    prints = read_prints(bodies())
    known: dict[str, int] = {}
    publishers = np.array([known.setdefault(use.publisher or "", len(known)) for use in uses])
    numbers: dict[str, int] = {}
    pages = np.array([numbers.setdefault(use.page or "", len(numbers)) for use in uses])
    del numbers
    headlines = number_headlines(uses, len(prints))
    stories = find_stories(uses, Bodies(prints, publishers, pages, headlines))
    groups = [[member.article.id for member in story.members] for story in stories]
    _report(output, groups, started + reader.cpu_seconds)


def _grams(body: str) -> set[str]:
    words = body.lower().split()
    return {" ".join(words[place : place + 5]) for place in range(max(1, len(words) - 4))}


def _joined(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    parents = list(range(count))

    def root(item: int) -> int:
        while parents[item] != item:
            parents[item] = parents[parents[item]]
            item = parents[item]
        return item

    for left, right in pairs:
        parents[root(left)] = root(right)
    groups: dict[int, list[int]] = defaultdict(list)
    for item in range(count):
        groups[root(item)].append(item)
    return [group for group in groups.values() if len(group) > 1]


def _datasketch(archive: Path, output: Path, permutations: int = 128) -> None:
    from datasketch import MinHash, MinHashLSH

    articles = _read(archive)
    started = time.process_time()
    index = MinHashLSH(threshold=0.7, num_perm=permutations)
    pairs: list[tuple[int, int]] = []
    for number, article in enumerate(articles):
        sketch = MinHash(num_perm=permutations)
        sketch.update_batch([gram.encode() for gram in _grams(article["body"])])
        pairs += [(number, other) for other in index.query(sketch)]
        index.insert(number, sketch)
    _report(output, _joined(len(articles), pairs), started)


def _text_dedup(archive: Path, output: Path) -> None:
    """Run with the settings of text-dedup's own MinHash: 250 permutations."""
    _datasketch(archive, output, permutations=250)


def _rensa(archive: Path, output: Path) -> None:
    from rensa import RMinHash, RMinHashLSH

    articles = _read(archive)
    started = time.process_time()
    index = RMinHashLSH(threshold=0.7, num_perm=128, num_bands=16)
    pairs: list[tuple[int, int]] = []
    sketches = []
    for number, article in enumerate(articles):
        sketch = RMinHash(num_perm=128, seed=42)
        sketch.update(list(_grams(article["body"])))
        sketches.append(sketch)
        pairs += [(number, other) for other in index.query(sketch) if sketch.jaccard(sketches[other]) >= 0.7]
        index.insert(number, sketch)
    _report(output, _joined(len(articles), pairs), started)


CHILDREN: dict[str, Callable[[Path, Path], None]] = {
    "cutline": _cutline,
    "datasketch": _datasketch,
    "rensa": _rensa,
    "text-dedup": _text_dedup,
}

if __name__ == "__main__":
    main()

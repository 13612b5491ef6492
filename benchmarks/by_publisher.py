"""How much the figures of pages depend on the publisher: ten folds, the pages of a publisher in one of them only.

    python -m benchmarks.by_publisher [--folds 10] [--write]

The rules that read pages are written by hand, so a fold leaves out nothing but what is fitted: the threshold for
captions that merely stand near a picture is chosen on the other folds. The figures are those of
``../shared/tools/score_captions.py``, of pages as ``read_html`` reads them; what a single page costs shows in the
worst fold. Where the labelled data is absent this says so and stops.
"""

import argparse
import importlib.util
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from types import ModuleType

from benchmarks.accuracy_page import share, table, write_block
from media.articles.html import near
from media.articles.html.read import read_html
from media.captions.caption import UNSEEN_ORIGINS
from tests.shared_data import SHARED

Label = dict[str, object]
Figures = dict[str, float]
SHOWN = ("caption_recall", "caption_precision", "caption_f1", "exact", "credit", "paired", "body_all")
THRESHOLDS = (2, 3, 4)


def part_by_publisher(labels: Sequence[Label], count: int) -> list[list[Label]]:
    """Part labels into folds of about as many pages each; the pages of a publisher stay together."""
    pages: dict[str, list[Label]] = defaultdict(list)
    for label in labels:
        pages[str(label["publisher"])].append(label)
    folds: list[list[Label]] = [[] for _ in range(count)]
    for publisher in sorted(pages, key=lambda name: (-len(pages[name]), name)):
        min(folds, key=len).extend(pages[publisher])
    return folds


@cache
def _scoring() -> ModuleType:
    path = SHARED / "tools/score_captions.py"
    spec = importlib.util.spec_from_file_location("score_captions", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def _threshold(value: int) -> Iterator[None]:
    kept = near.THRESHOLD
    near.THRESHOLD = value  # type: ignore[misc]
    try:
        yield
    finally:
        near.THRESHOLD = kept  # type: ignore[misc]


def score(labels: Sequence[Label], threshold: int) -> Figures:
    """Return the figures of these pages, read with this threshold."""
    captions, bodies = defaultdict(list), {}
    with _threshold(threshold):
        for label in labels:
            name = f"{label['id']}.html"
            article = read_html((SHARED / "data/captions/pages" / name).read_bytes())
            bodies[name] = article.body
            captions[name] = [
                {"caption": p.caption.text, "credit_line": p.caption.credit_line, "image_src": p.image_src}
                for p in article.placements
                if p.caption and p.caption.text and p.origin not in UNSEEN_ORIGINS
            ]
    found = _scoring().score_pages(labels, captions, bodies, defaultdict(list))
    return {name: found[name] for name in SHOWN if found[name] is not None}


def measure(labels: Sequence[Label], count: int) -> dict[str, Figures]:
    """Return the figures over all folds: of all pages, the mean of the folds, the worst of them."""
    folds = part_by_publisher(labels, count)
    by_fold = []
    for left_out in folds:
        others = [label for fold in folds if fold is not left_out for label in fold]
        chosen = max(THRESHOLDS, key=lambda value: (score(others, value)["caption_f1"], -abs(value - 3)))
        by_fold.append(score(left_out, chosen) | {"threshold": chosen})
    whole = score(labels, near.THRESHOLD)
    rows = {}
    for name in SHOWN:
        values = [fold[name] for fold in by_fold if name in fold]
        rows[name] = {"all": whole[name], "mean": sum(values) / len(values), "worst": min(values)}
    rows["threshold"] = {"all": near.THRESHOLD, "least": min(f["threshold"] for f in by_fold),
                         "most": max(f["threshold"] for f in by_fold)}  # fmt: skip
    return rows


def written(rows: dict[str, Figures]) -> str:
    """Return the figures as a table of the documentation."""
    shown = [
        (name.replace("_", " "), *(share(row[column], 3) for column in ("all", "mean", "worst")))
        for name, row in rows.items()
        if "mean" in row
    ]
    return table(("figure", "all pages", "mean of the folds", "worst fold"), shown)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--write", action="store_true", help="write the figures into docs/accuracy.md")
    options = parser.parse_args()
    path = SHARED / "data/captions/labels.jsonl"
    if not path.exists():
        print(f"{path}: the labelled data is not here", file=sys.stderr)
        return 2
    labels = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = measure(labels, options.folds)
    print(json.dumps(rows, indent=1))
    if options.write:
        write_block("publishers", written(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())

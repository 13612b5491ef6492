"""Pages read per CPU second, and how much of them, beside the parser alone and other extractors.

    python -m benchmarks.articles [--peers FOLDER] [--rounds 5]

Reads the labelled pages (../shared/data/captions/pages). Every reader works on the same bytes in one process
after another, in turns, and its best round counts. The peers are installed into a virtual environment of
their own, FOLDER (made if it is not there); they are never dependencies. Prints one JSON object.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
import time
import venv
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.shared_data import SHARED

PAGES = SHARED / "data/captions/pages"
PEERS = ("trafilatura", "lxml_html_clean")


def cpu_seconds(read: Callable[[bytes], object], pages: Iterable[bytes]) -> float:
    """CPU seconds to read the pages once."""
    started = time.process_time()
    for data in pages:
        read(data)
    return time.process_time() - started


def speed(rounds: int) -> dict[str, float]:
    """The best of some rounds, parser and reader in turns, so that a busy machine slows both."""
    from selectolax.lexbor import LexborHTMLParser

    from media.articles.html import read_html

    pages = [path.read_bytes() for path in sorted(PAGES.glob("*.html"))]
    parse, read = [], []
    for _ in range(rounds):
        parse.append(cpu_seconds(LexborHTMLParser, pages))
        read.append(cpu_seconds(read_html, pages))
    return {
        "pages": len(pages),
        "megabytes": round(sum(map(len, pages)) / 1e6, 1),
        "parse_pages_per_cpu_second": round(len(pages) / min(parse), 1),
        "cutline_pages_per_cpu_second": round(len(pages) / min(read), 1),
        "times_bare_parse": round(min(read) / min(parse), 2),
    }


def accuracy() -> dict[str, object]:
    """What the shared scoring says of the placements and bodies of ``read_html``."""
    from media.articles.html import read_html

    labels = [json.loads(line) for line in (PAGES.parent / "labels.jsonl").read_text("utf-8").splitlines()]
    articles = {path.name: read_html(path.read_bytes()) for path in sorted(PAGES.glob("*.html"))}
    return score(labels, articles)


def score(labels: list[Any], articles: dict[str, Any]) -> dict[str, object]:
    """Score articles, by file name, with the shared tool."""
    from media.captions.caption import UNSEEN_ORIGINS
    from media.captions.normalise import caption_key

    tool = load(SHARED / "tools/score_captions.py")
    captions: dict[str, list[dict[str, str | None]]] = {}
    doubled: dict[str, list[str]] = {}
    for name, article in articles.items():
        seen = [p for p in article.placements if p.caption and p.origin not in UNSEEN_ORIGINS]
        captions[name] = [
            {"caption": p.caption.text, "credit_line": p.caption.credit_line, "image_src": p.image_src}
            for p in seen
        ]
        keys = Counter(caption_key(p.caption.text) for p in seen if p.caption.text)
        doubled[name] = [
            tool.fold(p.caption.text)
            for p in seen
            if p.caption.text and keys[caption_key(p.caption.text)] > 1
        ]
    bodies = {name: article.body for name, article in articles.items()}
    return dict(tool.score_pages(labels, captions, bodies, doubled))


def load(path: Path) -> ModuleType:
    """A module from a file that is in no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_TRAFILATURA = """
import json, sys, time
from pathlib import Path
import trafilatura
pages = {path.name: path.read_bytes() for path in sorted(Path(sys.argv[1]).glob("*.html"))}
trafilatura.extract(next(iter(pages.values())))
best, bodies = None, {}
for _ in range(int(sys.argv[2])):
    started = time.process_time()
    for name, data in pages.items():
        bodies[name] = trafilatura.extract(data, include_comments=False) or ""
    seconds = time.process_time() - started
    best = seconds if best is None else min(best, seconds)
print(json.dumps({"seconds": best, "bodies": bodies}))
"""


def peers(folder: Path, rounds: int) -> dict[str, object]:
    """Pages per CPU second of the peers, and the bodies that they get wholly right."""
    python = folder / "bin/python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PEERS], check=True)
    command = [str(python), "-c", _TRAFILATURA, str(PAGES), str(rounds)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    labels = [json.loads(line) for line in (PAGES.parent / "labels.jsonl").read_text("utf-8").splitlines()]
    figures = load(SHARED / "tools/score_captions.py").score_pages(labels, {}, found["bodies"], {})
    return {
        "trafilatura_pages_per_cpu_second": round(len(found["bodies"]) / found["seconds"], 1),
        "trafilatura_body_all": figures["body_all"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", type=Path, help="virtual environment of the peers; left out without it")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if not PAGES.is_dir():
        sys.exit(f"{PAGES} is not there: the labelled pages lie beside the checkout.")
    figures: dict[str, object] = {**speed(options.rounds)}
    if options.peers:
        figures |= peers(options.peers, max(1, options.rounds // 2))
        theirs = figures["trafilatura_pages_per_cpu_second"]
        ours = figures["cutline_pages_per_cpu_second"]
        assert isinstance(theirs, float)
        assert isinstance(ours, float)
        figures["times_trafilatura"] = round(ours / theirs, 1)
    print(json.dumps(figures | accuracy(), indent=1))


if __name__ == "__main__":
    main()

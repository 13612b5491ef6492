"""Pages read per CPU second, and how much of them, beside the parser alone, other extractors and plain rules.

    python -m benchmarks.articles [--peers FOLDER] [--rounds 5]

Reads the labelled pages (../shared/data/captions/pages). Every reader works on the same bytes in one process
after another, in turns, and its best round counts. The peers are installed into virtual environments of
their own in FOLDER (made if they are not there); they are never dependencies. Prints a table of all readers and of
plain rules for captions, and one JSON object of ours.

``times_bare_parse`` compares the parser and the reader in one process, in turns, so that both find the memory of the
pages before. ``times_parse_alone`` compares with a process that only parses: it takes more than twice as long there,
since the C library gives each page's memory back to the system, and takes it again for the next.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
import time
import venv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeAlias

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.shared_data import SHARED

Pair: TypeAlias = tuple[str, str | None]
"""The text of a caption, and the address of its picture."""
PAGES = SHARED / "data/captions/pages"


def cpu_seconds(read: Callable[[bytes], object], pages: Iterable[bytes]) -> float:
    """CPU seconds to read the pages once."""
    started = time.process_time()
    for data in pages:
        read(data)
    return time.process_time() - started


def speed(rounds: int) -> dict[str, float]:
    """Return the best of some rounds, parser and reader in turns, so that a busy machine slows both."""
    from media.articles.html.read import read_html
    from media.captions.credit import split_credit

    pages = [path.read_bytes() for path in sorted(PAGES.glob("*.html"))]
    parse, read = [], []
    for _ in range(rounds):
        parse.append(cpu_seconds(LexborHTMLParser, pages))
        split_credit.cache_clear()  # what it remembers of the round before would be of use to nobody else
        read.append(cpu_seconds(read_html, pages))
    alone = subprocess.run(
        [sys.executable, "-c", _PARSE_ALONE, str(PAGES), str(rounds)], check=True, stdout=subprocess.PIPE
    )
    return {
        "pages": len(pages),
        "megabytes": round(sum(map(len, pages)) / 1e6, 1),
        "parse_pages_per_cpu_second": round(len(pages) / min(parse), 1),
        "cutline_pages_per_cpu_second": round(len(pages) / min(read), 1),
        "times_bare_parse": round(min(read) / min(parse), 2),
        "times_parse_alone": round(min(read) / float(alone.stdout), 2),
    }


_PARSE_ALONE: Final = """
import sys, time
from pathlib import Path
from selectolax.lexbor import LexborHTMLParser

pages = [path.read_bytes() for path in Path(sys.argv[1]).glob("*.html")]
rounds = []
for _ in range(int(sys.argv[2])):
    started = time.process_time()
    for data in pages:
        LexborHTMLParser(data)
    rounds.append(time.process_time() - started)
print(min(rounds))
"""


def accuracy() -> dict[str, object]:
    """Return what the shared scoring says of the placements and bodies of ``read_html``."""
    from media.articles.html.read import read_html

    labels = [json.loads(line) for line in (PAGES.parent / "labels.jsonl").read_text("utf-8").splitlines()]
    articles = {path.name: read_html(path.read_bytes()) for path in sorted(PAGES.glob("*.html"))}
    return score(labels, articles)


def score(labels: list[Any], articles: dict[str, Any]) -> dict[str, object]:
    """Score articles, by file name, with the shared tool."""
    from media.captions.caption import UNSEEN_ORIGINS
    from media.captions.key import caption_key

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
    """Return a module from a file that is in no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_RUN = """
import json, logging, re, sys, time
from pathlib import Path

logging.disable()
{read}

pages = {{path.name: path.read_bytes() for path in sorted(Path(sys.argv[1]).glob("*.html"))}}
text(next(iter(pages.values())))
best, bodies, shown = None, {{}}, {{}}
for _ in range(int(sys.argv[2])):
    started = time.process_time()
    for name, data in pages.items():
        try:
            bodies[name] = text(data) or ""
        except Exception:
            bodies[name] = ""
    seconds = time.process_time() - started
    best = seconds if best is None else min(best, seconds)
for name, data in pages.items():
    try:
        shown[name] = captions(data)
    except Exception:
        shown[name] = []
print(json.dumps({{"seconds": best, "bodies": bodies, "captions": shown}}))
"""
_DECODED = """
def decoded(data):
    found = re.search(rb"charset=[^a-zA-Z]?([a-zA-Z0-9_-]+)", data[:2048])
    try:
        return data.decode(found[1].decode() if found else "utf-8", "replace")
    except LookupError:
        return data.decode("utf-8", "replace")
"""
_NO_CAPTIONS = """
def captions(data):
    return []
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another extractor."""

    name: str
    packages: tuple[str, ...]
    read: str
    """Source of ``text(data)`` and ``captions(data)``: the body, and what it gives as captions, as pairs of text
    and address. Those that give none are not blamed for the text of the body."""


_TRAFILATURA: Final = """
import trafilatura
from lxml import etree

def text(data):
    return trafilatura.extract(data, include_comments=False{mode})

def captions(data):
    found = trafilatura.extract(data, include_comments=False, include_images=True, output_format="xml"{mode})
    graphics = etree.fromstring(found).iter("graphic") if found else ()
    told = [(g.get("title") or g.get("alt"), g.get("src")) for g in graphics]
    return [pair for pair in told if pair[0]]
"""
PEERS: Final = (
    *(
        Peer(name, ("trafilatura", "lxml_html_clean"), _TRAFILATURA.format(mode=mode))
        for name, mode in (
            ("trafilatura", ""),
            ("trafilatura, precision", ", favor_precision=True"),
            ("trafilatura, recall", ", favor_recall=True"),
        )
    ),
    Peer(
        "resiliparse",
        ("resiliparse",),
        _DECODED
        + """
from resiliparse.extract.html2text import extract_plain_text

def text(data):
    return extract_plain_text(decoded(data), main_content=True)
"""
        + _NO_CAPTIONS,
    ),
    Peer(
        "newspaper4k",
        ("newspaper4k", "lxml_html_clean"),
        _DECODED
        + """
import newspaper

def text(data):
    article = newspaper.Article("https://example.org/", fetch_images=False)
    article.download(input_html=decoded(data))
    article.parse()
    return article.text
"""
        + _NO_CAPTIONS,
    ),
    Peer(
        "goose3",
        ("goose3", "lxml_html_clean"),
        _DECODED
        + """
from goose3 import Goose

goose = Goose({"enable_image_fetching": False})

def text(data):
    return goose.extract(raw_html=decoded(data)).cleaned_text
"""
        + _NO_CAPTIONS,
    ),
    Peer(
        "readability-lxml",
        ("readability-lxml", "lxml_html_clean"),
        _DECODED
        + """
from lxml import html
from readability import Document

LINES = "p li h1 h2 h3 h4 h5 h6 pre blockquote figcaption td dd dt".split()

def summary(data):
    return html.fromstring(Document(decoded(data)).summary())

def text(data):
    lines = [e for e in summary(data).iter(*LINES) if not any(True for _ in e.iterdescendants(*LINES))]
    return "\\n".join(" ".join(line.text_content().split()) for line in lines)

def captions(data):
    found = []
    for line in summary(data).iter("figcaption"):
        pictures = line.getparent().iter("img")
        found.append((" ".join(line.text_content().split()), next((p.get("src") for p in pictures), None)))
    return [pair for pair in found if pair[0]]
""",
    ),
)


def measure_peer(peer: Peer, folder: Path, rounds: int) -> dict[str, object]:
    """Its figures, by the names of ours; it is installed into ``folder`` if it is not there."""
    python = folder / peer.name / "bin/python"
    if not python.exists():
        venv.create(folder / peer.name, with_pip=True)
        install = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            *peer.packages,
        ]
        subprocess.run(install, check=True)
    command = [str(python), "-W", "ignore", "-c", _RUN.format(read=peer.read), str(PAGES), str(rounds)]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return score_pairs(found["seconds"], found["captions"], found["bodies"])


def score_pairs(
    seconds: float, pairs: Mapping[str, Iterable[Pair]], bodies: Mapping[str, str]
) -> dict[str, object]:
    """Return the figures of a reader that gives captions as pairs of text and address, by the names of ours."""
    captions = {
        name: [{"caption": text, "credit_line": None, "image_src": src} for text, src in given]
        for name, given in pairs.items()
    }
    labels = [json.loads(line) for line in (PAGES.parent / "labels.jsonl").read_text("utf-8").splitlines()]
    figures = load(SHARED / "tools/score_captions.py").score_pages(labels, captions, bodies, {})
    return {"pages_per_cpu_second": round(len(pairs) / seconds, 1), **figures}


def text_captions(selector: str, data: bytes) -> list[Pair]:
    """Return the texts of the elements that a selector finds, each with the first picture of the nearest element
    around it that has one.
    """
    found = []
    for node in LexborHTMLParser(data).css(selector):
        if not (text := " ".join(node.text().split())):
            continue
        around: LexborNode | None = node
        while around is not None and around.css_first("img") is None:
            around = around.parent
        picture = around.css_first("img") if around is not None else None
        found.append((text, picture.attributes.get("src") if picture is not None else None))
    return found


def alt_captions(data: bytes) -> list[Pair]:
    """Return the alt texts of all pictures."""
    pictures = [node.attributes for node in LexborHTMLParser(data).css("img")]
    return [(alt, each.get("src")) for each in pictures if (alt := " ".join((each.get("alt") or "").split()))]


BASELINES: Final[dict[str, Callable[[bytes], list[Pair]]]] = {
    "every figcaption": partial(text_captions, "figcaption"),
    "figcaption or class caption": partial(
        text_captions, 'figcaption, [class*="caption" i]:not(figcaption *, [class*="caption" i] *)'
    ),
    "every alt text": alt_captions,
}
"""Rules that take a line: what a reader of captions has to be better than."""


def measure_baseline(rule: Callable[[bytes], list[Pair]], rounds: int) -> dict[str, object]:
    """Return the figures of a rule. It reads UTF-8, as most of the pages are, and gives no body."""
    pages = {path.name: path.read_bytes() for path in sorted(PAGES.glob("*.html"))}
    seconds = min(cpu_seconds(rule, pages.values()) for _ in range(rounds))
    figures = score_pairs(seconds, {name: rule(data) for name, data in pages.items()}, {})
    return figures | dict.fromkeys(name for name in figures if name.startswith("body_"))


_COLUMNS: Final = (
    ("pages_per_cpu_second", "pages/s"),
    ("body_all", "body right"),
    ("body_clean", "no boilerplate"),
    ("body_captionless", "no captions in it"),
    ("caption_f1", "captions, F1"),
    ("exact", "text exact"),
    ("credit", "credit"),
    ("paired", "paired"),
)


def table(figures: dict[str, dict[str, Any]]) -> str:
    """Markdown: a reader a row, a dash where it gives nothing of the kind."""
    lines = [
        "| | " + " | ".join(title for _, title in _COLUMNS) + " |",
        "|---|" + "---:|" * len(_COLUMNS),
    ]
    for name, of_reader in figures.items():
        cells = [_cell(of_reader[column]) for column, _ in _COLUMNS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(figure: float | None) -> str:
    if not figure:
        return "–"
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--peers", type=Path, help="folder of the peers' virtual environments; left out without it"
    )
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if not PAGES.is_dir():
        sys.exit(f"{PAGES} is not there: the labelled pages lie beside the checkout.")
    ours: dict[str, Any] = {**speed(options.rounds), **accuracy()}
    rows = {"cutline": {"pages_per_cpu_second": ours["cutline_pages_per_cpu_second"], **ours}}
    if options.peers:
        for peer in PEERS:
            rows[peer.name] = measure_peer(peer, options.peers, max(1, options.rounds // 2))
        theirs = rows["trafilatura"]["pages_per_cpu_second"]
        ours["times_trafilatura"] = round(ours["cutline_pages_per_cpu_second"] / theirs, 1)
    for name, rule in BASELINES.items():
        rows[name] = measure_baseline(rule, options.rounds)
    print(table(rows), end="\n\n")
    print(json.dumps(ours, indent=1))


if __name__ == "__main__":
    main()

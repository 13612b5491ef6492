"""How much the layout of a text costs: the labelled documents rewritten in the layouts that archives keep.

    python -m benchmarks.text_layouts [--folds 5] [--only wrapped,glued]

Each layout rewrites lines and labels, then :func:`media.articles.text.read.read_text` reads the text as it would
stand in a file, and ``../shared/tools/score_captions.py`` scores it. With ``--folds`` each document is judged by
weights that were trained without its publisher. Where the labelled data is absent this says so and stops.
"""

import argparse
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from random import Random
from typing import Any, Final

from benchmarks.train_lines import fold_of, read_documents, scoring_tool, train
from media.articles.text import lines as model
from media.articles.text.read import read_text
from media.captions.credit import split_credit
from tests.shared_data import SHARED

Line = tuple[str, str]
"""A line's text and its label."""
Document = list[Line]

_NAMES: Final = (
    "Jon Aldis",
    "Mira Colt",
    "Carla Herrero",
    "Tomas Brecka",
    "Karim de Souza",
    "Ida Kern",
    "Benno Girard",
)
_AGENCIES: Final = ("REUTERS", "AFP", "Getty Images", "AP", "EPA", "dpa", "EFE")
_PLACES: Final = ("PORT ASKER", "HARNOW", "SAN TELMO", "NEW TESSEN", "ULSK")


# --- what a layout does to the lines --------------------------------------------------------------------


_Change = Callable[[str, str | None, Random], Document]


def _each_caption(change: _Change, lines: Document, random: Random) -> Document:
    """Rewrite every caption; ``change`` gets its text and its credit."""
    rewritten: Document = []
    for text, label in lines:
        if label != "caption":
            rewritten.append((text, label))
            continue
        split = split_credit(text)
        rewritten += change(split.text or text, split.credit_line if split.text else None, random)
    return rewritten


def _credit_above(text: str, credit: str | None, random: Random) -> Document:
    return [(credit, "credit"), (text, "caption")] if credit else [(text, "caption")]


def _credit_below(text: str, credit: str | None, random: Random) -> Document:
    return [(text, "caption"), (credit, "credit")] if credit else [(text, "caption")]


def _name_below(text: str, credit: str | None, random: Random) -> Document:
    return [(text, "caption"), (random.choice(_NAMES).upper(), "credit")]


def _split(text: str, credit: str | None, random: Random) -> Document:
    if not credit:
        return [(text, "caption")]
    bare = re.sub(r"\A\W*\w{4,7}:\s?", "", credit).strip("()[] ")
    return [(f"{text} (", "caption"), ("Image:", "credit"), (f"{bare})", "credit")]


def _alt_and_caption(text: str, credit: str | None, random: Random) -> Document:
    agency = random.choice(_AGENCIES)
    alt = f"{agency} {text.rstrip('.')}{agency}"
    return [(alt, "caption_other"), (text, "caption"), *([(credit, "credit")] if credit else [])]


def _capitals(text: str, credit: str | None, random: Random) -> Document:
    return [(f"{text} {credit or ''}".strip().upper(), "caption")]


def _glued(lines: Document, random: Random) -> Document:
    """Glue a caption, its credit, a dateline and the paragraph after them, as wires come from feeds."""
    glued: Document = []
    for text, label in lines:
        before = glued[-1] if glued else ("", "")
        if label != "body" or before[1] != "caption" or len(text.split()) < 12:
            glued.append((text, label))
            continue
        split = split_credit(before[0])
        credit = split.credit_line or f"{random.choice(_NAMES)}/{random.choice(_AGENCIES)}"
        shown = f"{split.text or before[0]} {credit}"
        dateline = random.choice((f"{random.choice(_PLACES)}, Aug 20 (Reuters) - ", f"{random.choice(_PLACES)} (AP) — ",
                                  f"{random.choice(_PLACES)}, June 3 – "))  # fmt: skip
        glued[-1] = (f"{shown}{dateline}{text}", "glued")
        glued += [(shown, "caption"), (text, "body")]
    return glued


def _teasers(others: Sequence[str], lines: Document, random: Random) -> Document:
    """Set headlines of other stories amid the body, some under a credit line."""
    told: Document = []
    since = 0
    for text, label in lines:
        told.append((text, label))
        since += label == "body"
        if since >= 3:
            since = 0
            if random.random() < 0.4:
                told.append((f"© {random.choice(_AGENCIES)}", "credit"))
            told.append((random.choice(others), "boilerplate"))
    return told


def _gallery(lines: Document, random: Random) -> Document:
    """Move all captions behind the last paragraph, a counter before each."""
    captions = [line for line in lines if line[1] == "caption"]
    rest = [line for line in lines if line[1] not in ("caption", "credit")]
    last = max((index for index, line in enumerate(rest) if line[1] == "body"), default=len(rest) - 1)
    counted = [
        [(f"{number}/{len(captions)}", "boilerplate"), caption] for number, caption in enumerate(captions, 1)
    ]
    return [*rest[: last + 1], *chain.from_iterable(counted), *rest[last + 1 :]]


# --- how lines become a file ----------------------------------------------------------------------------


def _wrapped(width: int, between: str, indent: str, lines: Sequence[str]) -> str:
    paragraphs = (textwrap.wrap(line, width, initial_indent=indent, break_on_hyphens=False) for line in lines)
    return between.join("\n".join(paragraph) for paragraph in paragraphs if paragraph)


def _quoted(lines: Sequence[str]) -> str:
    return "\n>\n".join(f"> {line}" for line in lines)


_Rewrite = Callable[[Document, Random], Document]
_Write = Callable[[Sequence[str]], str]


def _layouts(others: Sequence[str]) -> dict[str, tuple[_Rewrite | None, _Write]]:
    """Return the layouts by name: what it does to the lines, and how it writes them."""
    lines = "\n".join

    def each(change: _Change) -> _Rewrite:
        return partial(_each_caption, change)

    return {
        "plain": (None, lines),
        "blank lines": (None, "\n\n".join),
        "wrapped, blank lines": (None, partial(_wrapped, 72, "\n\n", "")),
        "wrapped": (None, partial(_wrapped, 72, "\n", "")),
        "wrapped, indented": (None, partial(_wrapped, 64, "\n", "   ")),
        "quoted": (None, _quoted),
        "one line": (None, " ".join),
        "glued": (_glued, lines),
        "split": (each(_split), lines),
        "credit above": (each(_credit_above), lines),
        "credit below": (each(_credit_below), lines),
        "name below": (each(_name_below), lines),
        "alt and caption": (each(_alt_and_caption), lines),
        "capitals": (each(_capitals), lines),
        "teasers": (partial(_teasers, others), lines),
        "gallery": (_gallery, lines),
    }


def rewritten(
    documents: Sequence[dict[str, Any]], only: Sequence[str] = ()
) -> Iterator[tuple[str, list[tuple[dict[str, Any], str]]]]:
    """Yield each layout: its name, and of each document (with the labels of the layout) its text."""
    headlines = sorted(
        {line["text"] for d in documents for line in d["lines"] if line["label"] == "headline"}
    )
    for name, (rewrite, write) in _layouts(headlines).items():
        if only and name not in only:
            continue
        texts = []
        for document in documents:
            lines = [(line["text"], line["label"]) for line in document["lines"]]
            if rewrite is not None:
                lines = rewrite(lines, Random(document["id"]))
            labels = [{"text": text, "label": label} for text, label in lines if label != "glued"]
            shown = _without_parts(lines)
            texts.append(({**document, "lines": labels}, write(shown)))
        yield name, texts


def _without_parts(lines: Document) -> list[str]:
    """Leave out the caption and the paragraph that stand in a glued line."""
    shown: list[str] = []
    skip = 0
    for text, label in lines:
        if skip:
            skip -= 1
            continue
        shown.append(text)
        skip = 2 if label == "glued" else 0
    return shown


def score(
    tool: Any, texts: Sequence[tuple[dict[str, Any], str]], weights_of: Callable[[Any], model.Weights]
) -> Any:
    """Score texts as the scoring tool does, each judged by the weights given for its document."""
    captions, bodies = {}, {}
    shipped = model._weights
    try:
        for document, text in texts:
            model._weights = lambda document=document: weights_of(document)  # type: ignore[assignment]
            name = tool.base_name(document.get("file") or document["id"] + ".txt")
            article = read_text(text.encode())
            captions[name] = [
                {"caption": p.caption.text, "credit_line": p.caption.credit_line}
                for p in article.placements
                if p.caption
            ]
            bodies[name] = article.body
    finally:
        model._weights = shipped
    return tool.score_text([document for document, _ in texts], captions, bodies)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--folds",
        type=int,
        default=0,
        help="leave publishers out in so many folds (0: the weights as they are)",
    )
    parser.add_argument("--only", default="", help="layouts, by comma")
    options = parser.parse_args()
    if not (SHARED / "data").is_dir():
        print(
            "The labelled data is not beside this checkout (CUTLINE_SHARED): nothing measured.",
            file=sys.stderr,
        )
        return 2
    documents, tool = read_documents(SHARED), scoring_tool(SHARED)
    shipped = model._weights()
    weights_of: Callable[[Any], model.Weights] = lambda _: shipped  # noqa: E731
    if options.folds:
        of_fold = {
            fold: train([d for d in documents if fold_of(d, options.folds) != fold])
            for fold in range(options.folds)
        }
        weights_of = lambda document: of_fold[fold_of(document, options.folds)]  # noqa: E731
    for name, texts in rewritten(documents, [each for each in options.only.split(",") if each]):
        found = score(tool, texts, weights_of)
        shown = (
            "caption_f1",
            "caption_recall",
            "caption_precision",
            "body_lines_kept",
            "boilerplate_lines_leaked",
        )
        print(f"{name:22}", *(f"{found[each] or 0.0:.3f}" for each in shown), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

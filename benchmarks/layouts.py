"""The labelled documents in the layouts that archives keep: what a layout does to lines and labels, how it is written.

:mod:`benchmarks.text_layouts` measures how texts in them are read, :mod:`benchmarks.train_lines` trains on some.
"""

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from random import Random
from typing import Any, Final

from media.captions.credit import split_credit

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


Rewrite = Callable[[Document, Random], Document]
Write = Callable[[Sequence[str]], str]


def layouts(others: Sequence[str]) -> dict[str, tuple[Rewrite | None, Write]]:
    """Return the layouts by name: what it does to the lines, and how it writes them."""
    lines = "\n".join

    def each(change: _Change) -> Rewrite:
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
    for name, (rewrite, write) in layouts(headlines).items():
        if only and name not in only:
            continue
        texts = []
        for document in documents:
            told = rewritten_by(rewrite, document) if rewrite else document
            shown = _without_parts([(line["text"], line["label"]) for line in told["lines"]])
            labels = [line for line in told["lines"] if line["label"] != "glued"]
            texts.append(({**document, "lines": labels}, write(shown)))
        yield name, texts


def rewritten_by(rewrite: Rewrite, document: dict[str, Any]) -> dict[str, Any]:
    """Return a document with its lines rewritten, each time in the same way."""
    lines = rewrite([(line["text"], line["label"]) for line in document["lines"]], Random(document["id"]))
    return {**document, "lines": [{"text": text, "label": label} for text, label in lines]}


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

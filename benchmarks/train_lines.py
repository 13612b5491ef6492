"""Train the model that tells captions, body and furniture apart in plain text, and measure it.

    python benchmarks/train_lines.py                    # cross-validated by publisher: prints the figures
    python benchmarks/train_lines.py --write            # trains on all documents, writes line_weights.json

A linear-chain conditional random field over the signals of :mod:`media.articles.text.line_signals`, in numpy.
The states say what a line is and where (furniture before the body, amid it, after it), so that the
chain learns the order of a document. Labels that leave it open ("neutral") allow several states.
"""

import argparse
import json
import zlib
from collections import defaultdict
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.articles.text.line_signals import view_lines
from media.articles.text.lines import STATES, Weights, judge_lines
from media.captions.credit import is_credit_only, split_credit

Array = NDArray[np.float64]
ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "media/articles/text/line_weights.json"
PENALTY = 0.5
BARE = 0.5
"""How much a document counts in its copy without credits."""
CLEAN = 0.3
"""How much a document counts in its copy without credits and furniture."""
FRONT, BODY, CAPTION, INSERT, TAIL = range(len(STATES))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--shared", type=Path, default=ROOT.parent / "shared", help="folder of the labelled data"
    )
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--penalty", type=float, default=PENALTY)
    parser.add_argument("--write", action="store_true", help="train on everything and write the weights")
    options = parser.parse_args()
    documents = read_documents(options.shared)
    scorer = _scorer(options.shared)
    if options.write:
        weights = train(documents, options.penalty)
        WEIGHTS.write_text(
            json.dumps(weights.as_json(), ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8"
        )
        print(f"{WEIGHTS.relative_to(ROOT)}: {WEIGHTS.stat().st_size} bytes, {len(weights.signals)} signals")
        print("on its own training data:", json.dumps(score(scorer, documents, lambda _: weights)))
        return
    models: dict[int, Weights] = {}
    for fold in range(options.folds):
        kept = [document for document in documents if fold_of(document, options.folds) != fold]
        models[fold] = train(kept, options.penalty)
    print(
        "left-out publishers:",
        json.dumps(score(scorer, documents, lambda d: models[fold_of(d, options.folds)])),
    )


def read_documents(shared: Path) -> list[dict[str, Any]]:
    lines = (shared / "data/captions/text_labels.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def fold_of(document: dict[str, Any], folds: int) -> int:
    return zlib.crc32(document["publisher"].encode()) % folds


def allowed_states(labels: list[str]) -> list[tuple[int, ...]]:
    """For each line the states that its label leaves open."""
    body = [index for index, label in enumerate(labels) if label == "body"]
    first, last = (body[0], body[-1]) if body else (len(labels), len(labels))
    states: list[tuple[int, ...]] = []
    for index, label in enumerate(labels):
        other = FRONT if index < first else TAIL if index > last else INSERT
        if label == "body":
            states.append((BODY,))
        elif label == "caption":
            states.append((CAPTION,))
        elif label == "caption_other":
            states.append((CAPTION, other))
        elif label == "neutral":
            states.append((BODY, other))
        else:
            states.append((other,))
    return states


def without_credits(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document as a corpus without credits would keep it: captions must be known by the rest."""
    lines = []
    for line in document["lines"]:
        if line["label"] == "credit" or (line["label"] == "boilerplate" and is_credit_only(line["text"])):
            continue
        text = split_credit(line["text"]).text if line["label"] == "caption" else line["text"]
        lines.append({"text": text or line["text"], "label": line["label"]})
    return {**document, "lines": lines}


def body_only(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document as a corpus of extracted text would keep it: body and captions, no furniture, no
    credits.
    """
    kept = [line for line in without_credits(document)["lines"] if line["label"] in ("body", "caption")]
    return {**document, "lines": kept}


def train(documents: list[dict[str, Any]], penalty: float = PENALTY, rounds: int = 200) -> Weights:
    """Fit the weights by gradient ascent (Adam) on the log-likelihood with an L2 penalty."""
    variants = [document for document in documents if body_only(document)["lines"]]
    importance = np.array([1.0] * len(documents) + [BARE] * len(documents) + [CLEAN] * len(variants))
    documents = documents + [without_credits(d) for d in documents] + [body_only(d) for d in variants]
    seen: dict[str, int] = defaultdict(int)
    views = [view_lines([line["text"] for line in document["lines"]]) for document in documents]
    for view in views:
        for line in view:
            for name in line.signals:
                seen[name] += 1
    names = sorted(name for name, count in seen.items() if count >= 4)
    column = {name: index for index, name in enumerate(names)}
    longest, count, states = max(map(len, views)), len(views), len(STATES)
    signals = np.zeros((sum(map(len, views)), len(names)))
    present = np.zeros((count, longest), dtype=bool)
    row = 0
    open_ = np.ones((count, longest, states))
    for d, (view, document) in enumerate(zip(views, documents, strict=True)):
        for t, line in enumerate(view):
            present[d, t] = True
            for name, value in line.signals.items():
                if name in column:
                    signals[row, column[name]] = value
            row += 1
        for t, choices in enumerate(allowed_states([line["label"] for line in document["lines"]])):
            open_[d, t] = 0.0
            open_[d, t, list(choices)] = 1.0
    emission, transition = np.zeros((len(names), states)), np.zeros((states, states))
    start, end = np.zeros(states), np.zeros(states)
    parameters = [emission, transition, start, end]
    moments = [(np.zeros_like(p), np.zeros_like(p)) for p in parameters]
    closed = np.where(open_ > 0, 0.0, -1e9)
    for step in range(1, rounds + 1):
        scores = np.zeros((count, longest, states))
        scores[present] = signals @ emission
        free = expectations(scores, transition, start, end, present, importance)
        bound = expectations(scores + closed, transition, start, end, present, importance)
        gradients = [
            signals.T @ (importance[:, None, None] * (bound[0] - free[0]))[present] - penalty * emission,
            bound[1] - free[1] - penalty * transition,
            bound[2] - free[2] - penalty * start,
            bound[3] - free[3] - penalty * end,
        ]
        rate = 0.1 * (1 - step / (rounds + 1))
        for parameter, gradient, (first, second) in zip(parameters, gradients, moments, strict=True):
            first += 0.1 * (gradient - first)
            second += 0.01 * (gradient**2 - second)
            parameter += rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return Weights(
        signals={name: tuple(round(float(w), 3) for w in emission[column[name]]) for name in names},
        transitions=tuple(tuple(round(float(w), 3) for w in row) for row in transition),
        start=tuple(round(float(w), 3) for w in start),
        end=tuple(round(float(w), 3) for w in end),
    )


def expectations(
    scores: Array, transition: Array, start: Array, end: Array, present: NDArray[np.bool_], importance: Array
) -> tuple[Array, Array, Array, Array]:
    """Forward and backward over all documents at once: states, transitions, first and last states."""
    documents, longest, states = scores.shape
    lengths = present.sum(1)
    ahead = np.zeros_like(scores)
    back = np.zeros_like(scores)
    ahead[:, 0] = scores[:, 0] + start
    for t in range(1, longest):
        reached = _logsumexp(ahead[:, t - 1, :, None] + transition, 1) + scores[:, t]
        ahead[:, t] = np.where(present[:, t, None], reached, ahead[:, t - 1])
    for t in range(longest - 1, -1, -1):
        final = (lengths == t + 1)[:, None]
        if t + 1 < longest:
            onward = _logsumexp(transition + (scores[:, t + 1] + back[:, t + 1])[:, None, :], 2)
        else:
            onward = np.zeros((documents, states))
        back[:, t] = np.where(final, end, onward)
    total = _logsumexp(ahead[np.arange(documents), lengths - 1] + end, 1)
    state = np.exp(ahead + back - total[:, None, None]) * present[:, :, None]
    pair = (
        ahead[:, :-1, :, None]
        + transition
        + (scores[:, 1:] + back[:, 1:])[:, :, None, :]
        - total[:, None, None, None]
    )
    pairs = np.exp(np.where(present[:, 1:, None, None], pair, -1e9)).sum(1)
    last = state[np.arange(documents), lengths - 1]
    return state, np.tensordot(importance, pairs, 1), importance @ state[:, 0], importance @ last


def _logsumexp(values: Array, axis: int) -> Array:
    top: Array = values.max(axis, keepdims=True)
    return np.squeeze(top, axis) + np.log(np.exp(values - top).sum(axis))


def score(scorer: ModuleType, documents: list[dict[str, Any]], weights_of: Any) -> Any:
    """Score as the scoring tool does, each document judged by the weights given for it."""
    captions: dict[str, list[dict[str, Any]]] = {}
    bodies: dict[str, str] = {}
    for document in documents:
        name = scorer.base_name(document.get("file") or document["id"] + ".txt")
        judged = judge_lines([line["text"] for line in document["lines"]], weights=weights_of(document))
        captions[name] = [
            {"caption": line.split.text, "credit_line": line.split.credit_line}
            for line in judged
            if line.role == "caption"
        ]
        bodies[name] = "\n".join(line.text for line in judged if line.role == "body")
    return scorer.score_text(documents, captions, bodies)


def _scorer(shared: Path) -> ModuleType:
    spec = spec_from_file_location("score_captions", shared / "tools/score_captions.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()

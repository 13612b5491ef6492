"""How much the layout of a text costs: the labelled documents rewritten in the layouts that archives keep.

    python -m benchmarks.text_layouts [--folds 5] [--only wrapped,glued]

Each layout rewrites lines and labels, then :func:`media.articles.text.read.read_text` reads the text as it would
stand in a file, and ``../shared/tools/score_captions.py`` scores it. With ``--folds`` each document is judged by
weights that were trained without its publisher. Where the labelled data is absent this says so and stops.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.layouts import rewritten
from benchmarks.train_lines import fold_of, read_documents, scoring_tool, train
from media.articles.text import lines as model
from media.articles.text.read import read_text
from tests.shared_data import SHARED


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

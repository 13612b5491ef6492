"""The measured parts of docs/accuracy.md, each between two marks of its name."""

import re
from collections.abc import Sequence

from benchmarks.measure import ROOT

PAGE = ROOT / "docs/accuracy.md"


def write_block(name: str, text: str) -> None:
    """Put the text between ``<!-- name -->`` and ``<!-- /name -->``.

    :raises LookupError: the page has no such marks.
    """
    page = PAGE.read_text(encoding="utf-8")
    block = f"<!-- {name} -->\n{text.strip()}\n<!-- /{name} -->"
    pattern = rf"<!-- {re.escape(name)} -->.*?<!-- /{re.escape(name)} -->"
    page, count = re.subn(pattern, lambda _: block, page, flags=re.DOTALL)
    if count != 1:
        raise LookupError(f"{PAGE} has no marks of the name {name}, or more than one pair.")
    PAGE.write_text(page, encoding="utf-8")


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table, the first column to the left, the others to the right."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in (head, rule, *rows))


def share(value: float, decimals: int = 2) -> str:
    """Return a share as the tables show it: .95, 1.00, .00."""
    return f"{value:.{decimals}f}".removeprefix("0")

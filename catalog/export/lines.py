"""Exports as lines of text: JSON Lines and CSV."""

import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import TextIO

from catalog.csv_cells import CellWriter
from catalog.export.articles import ExportedArticle, LeftOut, as_row
from catalog.export.pairs import Pair


def write_jsonl(rows: Iterable[ExportedArticle | LeftOut | Pair], out: TextIO) -> int:
    """Write one JSON object on each line, in UTF-8; return their number."""
    count = 0
    for row in rows:
        told = as_row(row) if isinstance(row, ExportedArticle) else asdict(row)
        out.write(json.dumps(told, ensure_ascii=False) + "\n")
        count += 1
    return count


def write_csv(rows: Iterable[Pair], out: TextIO) -> int:
    """Write a header and a row for each pair as RFC 4180 CSV without formulas; return the number of pairs."""
    writer = CellWriter(out)
    names = [field.name for field in fields(Pair)]
    writer.writerow(names)
    count = 0
    for row in rows:
        writer.writerow([getattr(row, name) for name in names])
        count += 1
    return count

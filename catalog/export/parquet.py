"""Exports as Parquet, for which pyarrow is needed (the extra ``parquet``)."""

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import UsageError
from catalog.export.articles import ExportedArticle, as_row
from catalog.export.pairs import Pair

if TYPE_CHECKING:
    import pyarrow

_ROWS_A_GROUP = 5000


def write_articles_parquet(articles: Iterable[ExportedArticle], path: Path) -> int:
    """Write a file with a row an article, captions and removed lines as lists; returns how many."""
    arrow = _load_pyarrow()
    text = arrow.string()
    caption = arrow.struct(
        [
            *((name, text) for name in ("text", "credit_line", "date", "place")),
            ("position", arrow.int64()),
            *((name, text) for name in ("origin", "image_src", "image_sha256", "image_locator")),
        ]
    )
    removed = arrow.struct([("start", arrow.int64()), ("text", text), ("why", text)])
    names = ("url", "headline", "byline", "dateline", "published_at", "language", "body", "body_sha256")
    schema = arrow.schema(
        [
            ("source", text),
            ("locator", text),
            ("number", arrow.int64()),
            *((name, text) for name in names),
            ("captions", arrow.list_(caption)),
            ("removed", arrow.list_(removed)),
            ("fields", text),
            *((name, text) for name in ("captured_at", "captured_url", "publisher")),
            ("story_id", arrow.int64()),
        ]
    )
    rows = (as_row(each) for each in articles)
    return _write(({**row, "fields": _as_json(row["fields"])} for row in rows), schema, path)


def _as_json(fields: object) -> str | None:
    return None if fields is None else json.dumps(fields, ensure_ascii=False)


def write_pairs_parquet(pairs: Iterable[Pair], path: Path) -> int:
    """Write a file with a row a pair; returns how many."""
    arrow = _load_pyarrow()
    numbers = {"width_px", "height_px", "byte_size", "showings"}
    schema = arrow.schema(
        [
            (
                name,
                arrow.int64()
                if name in numbers
                else arrow.float64()
                if name == "confidence"
                else arrow.string(),
            )
            for name in Pair.__dataclass_fields__
        ]
    )
    return _write((asdict(each) for each in pairs), schema, path)


def _write(rows: Iterator[dict[str, object]], schema: "pyarrow.Schema", path: Path) -> int:
    from pyarrow import Table
    from pyarrow.parquet import ParquetWriter

    count = 0
    with ParquetWriter(path, schema, compression="zstd") as writer:
        while some := list(itertools.islice(rows, _ROWS_A_GROUP)):
            writer.write_table(Table.from_pylist(some, schema))
            count += len(some)
    return count


def _load_pyarrow() -> Any:
    """Return pyarrow with its Parquet.

    :raises UsageError: it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UsageError("Parquet needs pyarrow. Install it with: pip install 'cutline[parquet]'") from error
    return pyarrow

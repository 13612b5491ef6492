"""Articles as text files, in folders as the archive has them, with a list of what was taken out."""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from catalog.errors import UsageError
from catalog.export.articles import ExportedArticle
from media.locator import decode_path

REMOVED = "removed.jsonl"
"""A line a file: its name, its article, and the lines that were taken out of its body."""

_NAME_BYTES = 255


def write_text_tree(articles: Iterable[ExportedArticle], folder: Path) -> int:
    """Write ``FOLDER/LOCATOR.txt`` for each article; returns how many.

    Each source has a folder of its own, named by its number in the order met.

    :raises UsageError: the folder is not empty, or cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"{folder} is not empty. Name a new folder with -o.")
        return _write(articles, folder)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written to ({error.strerror}). Name another with -o."
        ) from error


def _write(articles: Iterable[ExportedArticle], folder: Path) -> int:
    sources: dict[str, str] = {}
    count = 0
    with (folder / REMOVED).open("w", encoding="utf-8") as removed:
        for article in articles:
            top = sources.setdefault(article.source, f"source-{len(sources) + 1}")
            path = _path(folder / top, article)
            path.parent.mkdir(parents=True, exist_ok=True)
            parts = [article.headline or "", article.byline or "", article.body]
            parts += [" ".join(filter(None, (each.text, each.credit_line))) for each in article.captions]
            path.write_text(
                "\n\n".join(part for part in parts if part) + "\n", encoding="utf-8", errors="replace"
            )
            row = {
                "file": os.fsencode(path.relative_to(folder)).decode("utf-8", "backslashreplace"),
                "locator": article.locator,
                "body_sha256": article.body_sha256,
                "removed": [asdict(each) for each in article.removed],
            }
            removed.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def _path(top: Path, article: ExportedArticle) -> Path:
    """Return where an article goes: never outside ``top``, never a name that a file system refuses."""
    names = [_fit(name) for name in decode_path(article.locator).split("/") if name not in ("", ".", "..")]
    last = names.pop() if names else "article"
    suffix = f".{article.number + 1}.txt" if article.number else ".txt"
    return top.joinpath(*names, _fit(last, _NAME_BYTES - len(suffix)) + suffix)


def _fit(name: str, most: int = _NAME_BYTES) -> str:
    raw = os.fsencode(name)
    if len(raw) <= most:
        return name
    digest = hashlib.sha256(raw).hexdigest()[:12]
    return os.fsdecode(raw[: most - 13]) + "-" + digest

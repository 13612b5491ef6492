"""``cutline export``: articles, pairs."""

import os
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from catalog.cli.options import DEFAULT_CATALOG, Catalog, Output
from catalog.cli.output import open_output
from catalog.errors import UsageError
from catalog.export.articles import BOILERPLATE_ARTICLES, ExportedArticle, export_articles
from catalog.export.lines import write_csv, write_jsonl
from catalog.export.pairs import Pair, export_pairs
from catalog.export.parquet import write_articles_parquet, write_pairs_parquet
from catalog.export.text_tree import write_text_tree
from catalog.export.webdataset import write_webdataset
from catalog.show.words import count_noun
from catalog.store.catalogue import Catalogue
from media.locator import path_from_uri, printable

export_app = typer.Typer(no_args_is_help=True, help="Write the corpus, or the pairs of picture and caption.")

_Row = TypeVar("_Row", ExportedArticle, Pair)


class Keep(StrEnum):
    """What becomes of captions in a corpus."""

    once = "once"
    all = "all"
    none = "none"


class ArticleFormat(StrEnum):
    """How articles are written."""

    jsonl = "jsonl"
    parquet = "parquet"
    text = "text"


class PairFormat(StrEnum):
    """How pairs are written."""

    jsonl = "jsonl"
    csv = "csv"
    parquet = "parquet"
    webdataset = "webdataset"


@export_app.command("articles")
def articles_command(
    catalog: Catalog = DEFAULT_CATALOG,
    format_: Annotated[
        ArticleFormat, typer.Option("--format", help="text: files in folders as the archive has them.")
    ] = ArticleFormat.jsonl,
    output: Output = None,
    keep_captions: Annotated[
        Keep, typer.Option("--keep-captions", help="once: as fields; all: every showing; none.")
    ] = Keep.once,
    boilerplate: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="Take out lines that stand in N different articles; 0: none."),
    ] = BOILERPLATE_ARTICLES,
) -> None:
    """Write every article: its body without repeated captions and boilerplate, its captions beside it.

    What was taken out stands in "removed", with its place, so that it can be put back exactly.
    """
    with Catalogue.read(catalog) as catalogue:
        _stay_out_of_archives(catalogue, output)
        with closing(
            _counted(export_articles(catalogue, keep_captions.value, boilerplate), "article")
        ) as articles:
            if format_ is ArticleFormat.jsonl:
                with open_output(output, sys.stdout) as out:
                    count = write_jsonl(articles, out)
            elif format_ is ArticleFormat.parquet:
                count = _write_file(output, lambda path: write_articles_parquet(articles, path))
            else:
                count = write_text_tree(articles, _require(output))
    typer.echo(f"{count_noun(count, 'article')}.", err=True)


@export_app.command("pairs")
def pairs_command(
    catalog: Catalog = DEFAULT_CATALOG,
    format_: Annotated[
        PairFormat, typer.Option("--format", help="webdataset: TAR; -o pairs-%06d.tar writes shards.")
    ] = PairFormat.jsonl,
    output: Output = None,
) -> None:
    """Write every pair of picture and caption once, copies of pictures and repeats of captions merged."""
    skipped: list[tuple[str, str]] = []
    with Catalogue.read(catalog) as catalogue:
        _stay_out_of_archives(catalogue, output)
        with closing(_counted(export_pairs(catalogue), "pair")) as pairs:
            if format_ is PairFormat.parquet:
                count = _write_file(output, lambda path: write_pairs_parquet(pairs, path))
            elif format_ is PairFormat.webdataset:
                count = write_webdataset(catalogue, pairs, _require(output), skipped)
            else:
                write = write_jsonl if format_ is PairFormat.jsonl else write_csv
                with open_output(output, sys.stdout) as out:
                    count = write(pairs, out)
    for locator, why in skipped[:20]:
        typer.echo(f"left out: {printable(locator)}: {why}", err=True)
    typer.echo(
        f"{count_noun(count, 'pair')}." + (f" {len(skipped):,} left out." if skipped else ""), err=True
    )
    raise typer.Exit(1 if skipped else 0)


def _require(output: Path | None) -> Path:
    if output is None:
        raise UsageError("This format cannot go to the terminal. Name where to write it with -o.")
    return output


def _write_file(output: Path | None, write: Callable[[Path], int]) -> int:
    """A binary file, put in place only once it is written whole."""
    path = _require(output)
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}). Name another file with -o."
        ) from error
    os.close(descriptor)
    try:
        count = write(Path(temporary))
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    return count


def _stay_out_of_archives(catalogue: Catalogue, output: Path | None) -> None:
    """What is written must not be scanned as part of an archive the next time."""
    if output is None:
        return
    real = os.path.realpath(output)
    for row in catalogue.rows("SELECT uri FROM sources WHERE kind = 'folder' AND uri LIKE 'file:%'"):
        root = path_from_uri(row["uri"])
        if os.path.commonpath([real, root]) == root:
            raise UsageError(f"{output} is inside the archive {root}. Name a place outside it with -o.")


def _counted(rows: Iterable[_Row], noun: str) -> Generator[_Row, None, None]:
    """The rows, their number shown on a terminal as they pass."""
    with _status() as show:
        for number, row in enumerate(rows, 1):
            if number % 1000 == 0:
                show(f"Writing: {count_noun(number, noun)}")
            yield row


@contextmanager
def _status() -> Iterator[Callable[[str], None]]:
    with Console(stderr=True).status("Writing") as status:
        yield status.update

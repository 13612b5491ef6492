"""``cutline export``: articles, pairs, contact sheets."""

import itertools
import os
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from catalog.cli.options import (
    DEFAULT_CATALOG,
    Catalog,
    Languages,
    Output,
    Paths,
    Publishers,
    Scopes,
    Since,
    Until,
)
from catalog.cli.output import open_output
from catalog.csv_cells import CellWriter
from catalog.errors import UsageError
from catalog.export.articles import BOILERPLATE_STORIES, ArticleExport, ExportedArticle, export_articles
from catalog.export.lines import write_csv, write_jsonl
from catalog.export.pairs import Pair, export_pairs
from catalog.export.parquet import write_articles_parquet, write_pairs_parquet
from catalog.export.sheets import PER_SHEET, Frame, list_frames, write_html_sheets
from catalog.export.sheets_pdf import write_pdf_sheets
from catalog.export.text_tree import write_text_tree
from catalog.export.webdataset import write_webdataset
from catalog.show.filters import choose_articles, read_filters
from catalog.show.words import count_noun, shorten
from catalog.store.catalogue import Catalogue
from media.locator import path_from_uri, printable

export_app = typer.Typer(
    no_args_is_help=True, help="Write the corpus, the pairs of picture and caption, or contact sheets."
)

_Row = TypeVar("_Row", ExportedArticle, Pair)


class Keep(StrEnum):
    """How often a corpus keeps a caption."""

    once = "once"
    all = "all"
    none = "none"


class Once(StrEnum):
    """What is deduplicated in a corpus."""

    none = "none"
    capture = "capture"
    story = "story"


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


class SheetFormat(StrEnum):
    """How contact sheets are written."""

    html = "html"
    pdf = "pdf"


@export_app.command("articles")
def articles_command(
    catalog: Catalog = DEFAULT_CATALOG,
    format_: Annotated[
        ArticleFormat,
        typer.Option("--format", help="The format; text: one file an article, in the archive's folders."),
    ] = ArticleFormat.jsonl,
    output: Output = None,
    keep_captions: Annotated[
        Keep,
        typer.Option("--keep-captions", help="once: each caption once; all: each time it is shown; none."),
    ] = Keep.once,
    boilerplate: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="Remove lines that occur in N different stories; 0: none."),
    ] = BOILERPLATE_STORIES,
    dedup: Annotated[
        Once,
        typer.Option(
            help="capture: leave out later captures of a page; story: all but the original of a story."
        ),
    ] = Once.none,
    manifest: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what --dedup left out, and why, as JSON Lines.")
    ] = None,
    publisher: Publishers = None,
    language: Languages = None,
    since: Since = None,
    until: Until = None,
    path: Paths = None,
    scope: Scopes = None,
    removed: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the lines of boilerplate that were removed, and how often, as CSV.",
        ),
    ] = None,
) -> None:
    """Write every article, without repeated captions and boilerplate.

    An article's captions are written beside its body. The field "removed" holds the removed text and its position,
    so that it can be restored exactly.
    """
    filters = read_filters(publisher, language, since, until, path, scope)
    with Catalogue.read(catalog) as catalogue:
        for place in (output, manifest, removed):
            _stay_out_of_archives(catalogue, place)
        chosen = choose_articles(catalogue, filters)
        export = export_articles(catalogue, keep_captions.value, boilerplate, dedup.value, chosen)
        with closing(_counted(export, "article", export.total)) as articles:
            if format_ is ArticleFormat.jsonl:
                with open_output(output, sys.stdout) as out:
                    count = write_jsonl(articles, out)
            elif format_ is ArticleFormat.parquet:
                count = _write_file(output, lambda path: write_articles_parquet(articles, path))
            else:
                count = write_text_tree(articles, _require(output))
        left_out = 0
        if dedup is not Once.none or manifest is not None:
            with open_output(manifest or Path(os.devnull), sys.stdout) as out:
                left_out = write_jsonl(export.left_out(), out)
    more = f" {left_out:,} left out: captures, versions or copies of them." if left_out else ""
    typer.echo(f"{count_noun(count, 'article')}.{more}", err=True)
    _say_removed(export, removed)


_MOST_FREQUENT = 20


def _say_removed(export: ArticleExport, path: Path | None) -> None:
    """Print a summary of what was removed from the bodies."""
    if not export.removed_pieces:
        return
    lines = export.removed_pieces - export.removed_captions
    typer.echo(
        f"Removed from {count_noun(export.cleaned_articles, 'article')}:"
        f" {count_noun(export.removed_captions, 'line')} that repeat a caption, {count_noun(lines, 'line')} of"
        f" boilerplate ({count_noun(len(export.removed_lines), 'different line')}).",
        err=True,
    )
    for line, count in export.removed_lines.most_common(_MOST_FREQUENT):
        typer.echo(f"  {count:>7,} x {shorten(line, 100)}", err=True)
    if len(export.removed_lines) > _MOST_FREQUENT and path is None:
        typer.echo("  --removed FILE writes all of them.", err=True)
    if path is not None:
        with open_output(path, sys.stdout) as out:
            writer = CellWriter(out)
            writer.writerow(["count", "line"])
            writer.writerows((count, line) for line, count in export.removed_lines.most_common())


@export_app.command("pairs")
def pairs_command(
    catalog: Catalog = DEFAULT_CATALOG,
    format_: Annotated[
        PairFormat,
        typer.Option("--format", help="The format; webdataset: TAR, and -o pairs-%06d.tar writes shards."),
    ] = PairFormat.jsonl,
    output: Output = None,
    publisher: Publishers = None,
    language: Languages = None,
    since: Since = None,
    until: Until = None,
    path: Paths = None,
    scope: Scopes = None,
) -> None:
    """Write every pair of picture and caption once.

    Copies of one picture count as one picture; repeats of one caption count as one caption.
    """
    skipped: list[tuple[str, str]] = []
    filters = read_filters(publisher, language, since, until, path, scope)
    with Catalogue.read(catalog) as catalogue:
        _stay_out_of_archives(catalogue, output)
        chosen = choose_articles(catalogue, filters, of_placement=True)
        with closing(_counted(export_pairs(catalogue, chosen), "pair")) as pairs:
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


@export_app.command("sheets")
def sheets_command(
    catalog: Catalog = DEFAULT_CATALOG,
    format_: Annotated[
        SheetFormat,
        typer.Option(
            "--format", help="The format; html: one file of 1,200 pictures, -o sheets-%03d.html writes more."
        ),
    ] = SheetFormat.html,
    output: Output = None,
    font: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Of a PDF: a font to use before those of this machine; may be repeated."
        ),
    ] = None,
    publisher: Publishers = None,
    language: Languages = None,
    since: Since = None,
    until: Until = None,
    path: Paths = None,
    scope: Scopes = None,
) -> None:
    """Write contact sheets: every picture once with its caption, two dozen a page.

    The caption is the one that was chosen, else the one found most often. Logos and other furniture is left out.
    With filters, only pictures that these articles show.
    """
    filters = read_filters(publisher, language, since, until, path, scope)
    lacking = ""
    with Catalogue.read(catalog) as catalogue, ExitStack() as opened:
        _stay_out_of_archives(catalogue, output)
        frames = opened.enter_context(
            closing(list_frames(catalogue, choose_articles(catalogue, filters, of_placement=True)))
        )
        name = printable(catalogue.path.name)
        if format_ is SheetFormat.pdf:

            def write(place: Path) -> int:
                nonlocal lacking
                count, lacking = write_pdf_sheets(frames, place, name, font or ())
                return count

            counts = [_write_file(output, write)]
        else:
            counts = _write_html_sheets(frames, output, name)
        left = next(frames, None) is not None
    typer.echo(
        f"{count_noun(sum(counts), 'picture')} on {count_noun(-(-sum(counts) // PER_SHEET), 'sheet')}.",
        err=True,
    )
    if lacking:
        typer.echo(
            f"No font here has {lacking[:40]}: they stand as “?”. Name a font that does: --font FILE",
            err=True,
        )
    if left:
        typer.echo("More pictures are left out. Name -o sheets-%03d.html to have several files.", err=True)
    raise typer.Exit(1 if lacking or left else 0)


def _write_html_sheets(frames: Iterator[Frame], output: Path | None, name: str) -> list[int]:
    """Write a file, or as many as there have to be where the name has a number in it; gives the pictures of each."""
    numbered = output is not None and "%" in output.name
    counts: list[int] = []
    first = next(frames, None)
    while not counts or (numbered and first is not None):
        found = itertools.chain([first] if first else [], frames)
        with open_output(_numbered(output, len(counts) + 1) if numbered else output, sys.stdout) as out:
            counts.append(write_html_sheets(found, out, name))
        first = next(frames, None) if numbered else None
    return counts


def _numbered(output: Path | None, number: int) -> Path | None:
    try:
        return output.with_name(output.name % number) if output else None
    except (TypeError, ValueError) as error:
        raise UsageError(f"{output}: write the number as in -o sheets-%03d.html") from error


def _require(output: Path | None) -> Path:
    if output is None:
        raise UsageError("This format cannot go to the terminal. Name where to write it with -o.")
    return output


def _write_file(output: Path | None, write: Callable[[Path], int]) -> int:
    """Return a binary file that replaces ``path`` only once it is complete."""
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
    """Refuse to write into a folder that the next scan reads."""
    if output is None:
        return
    real = os.path.realpath(output)
    for row in catalogue.rows("SELECT uri FROM sources WHERE kind = 'folder' AND uri LIKE 'file:%'"):
        root = path_from_uri(row["uri"])
        if os.path.commonpath([real, root]) == root:
            raise UsageError(f"{output} is inside the archive {root}. Name a place outside it with -o.")


def _counted(rows: Iterable[_Row], noun: str, total: int | None = None) -> Generator[_Row, None, None]:
    """Yield the rows; show on a terminal how many have passed."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn(f"Writing {noun}s"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        yield from bar.track(rows, total=total)

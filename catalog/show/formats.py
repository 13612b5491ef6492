"""The formats of a report: a table for the terminal, Markdown for people, JSON and CSV for programs."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO

from rich.console import Console
from rich.text import Text

from catalog.csv_cells import CellWriter
from catalog.show.report import Card, Report, count_findings, folded_lines, report_groups, unfolded
from catalog.show.summary import mail_lines, summarise, summary_counts, summary_lines
from catalog.show.words import count_noun
from catalog.store.catalogue import Catalogue

_PLAIN_WIDTH = 80


def write_table(catalogue: Catalogue, report: Report, out: TextIO, limit: int | None) -> None:
    """Write the findings as cards, as wide as the terminal (80 columns elsewhere)."""
    _write_cards(catalogue, report, _console(out), limit)


def write_text(catalogue: Catalogue, report: Report, out: TextIO, limit: int | None) -> None:
    """Write the findings as cards in plain lines of 80 columns, for mails."""
    _write_cards(catalogue, report, _console(out, plain=True), limit)


def _write_cards(catalogue: Catalogue, report: Report, console: Console, limit: int | None) -> None:
    folded, report = folded_lines(catalogue, report), unfolded(report)
    total = count_findings(catalogue, report)
    if not total and not folded:
        console.print(report.none)
        return
    _print_text(console, f"{report.title} ({total:,})", 0, "bold")
    for card in _cards(catalogue, report, limit):
        console.print()
        _print_card(console, card)
    if limit is not None and total > limit:
        console.print()
        console.print(
            f"... and {total - limit:,} more: --limit 0 shows all, --format csv or json writes them."
        )
    if folded:
        console.print()
        for line in folded:
            _print_text(console, line, 0, "dim")


def write_cards(out: TextIO, cards: Iterable[Card]) -> None:
    """Write cards to the terminal, without a count of the rest."""
    console = _console(out)
    for number, card in enumerate(cards):
        if number:
            console.print()
        _print_card(console, card)


def _print_card(console: Console, card: Card) -> None:
    _print_text(console, card.heading, 0, "bold cyan")
    if card.text:
        _print_text(console, card.text, 2)
    for member in card.members:
        _print_text(
            console, member.where, 4, "green" if member.marked else "", "  * " if member.marked else ""
        )
        if member.what:
            _print_text(console, member.what, 6, "dim")


def _print_text(console: Console, text: str, indent: int, style: str = "", mark: str = "") -> None:
    """Print a text, wrapped to the width that its indent leaves, without spaces at line ends."""
    for line in Text(text, style).wrap(console, console.width - indent, overflow="fold"):
        line.rstrip()
        console.print(Text(f"{mark:<{indent}}", style).append_text(line), soft_wrap=True)
        mark = ""


def write_markdown(catalogue: Catalogue, report: Report, out: TextIO, limit: int | None) -> None:
    """Write a Markdown document: a heading for each finding, and a list of its places."""
    folded, report = folded_lines(catalogue, report), unfolded(report)
    total = count_findings(catalogue, report)
    out.write(f"# {report.title} ({total:,})\n")
    if not total and not folded:
        out.write(f"\n{report.none}\n")
    for card in _cards(catalogue, report, limit):
        out.write(f"\n## {_markdown(card.heading)}\n\n")
        if card.text:
            out.write(f"> {_markdown(card.text)}\n\n")
        for member in card.members:
            mark = "**keep** " if member.marked else ""
            out.write(f"- {mark}{_markdown(member.where) if member.is_text else _code(member.where)}\n")
            out.writelines(f"  - {_markdown(line)}\n" for line in member.what.splitlines())
    if limit is not None and total > limit:
        out.write(f"\n{count_noun(total - limit, 'finding')} more left out (--limit).\n")
    out.writelines(f"\n{_markdown(line)}\n" for line in folded)


def write_json(catalogue: Catalogue, report: Report, out: TextIO, limit: int | None) -> None:
    """Write a JSON array with an object for each group and its members, or for each row, without holding all of it."""
    separator = "[\n"
    for rows in report_groups(catalogue, report, limit):
        out.write(separator + json.dumps(_object(report, rows), ensure_ascii=False))
        separator = ",\n"
    out.write("[]\n" if separator == "[\n" else "\n]\n")


def write_jsonl(catalogue: Catalogue, report: Report, out: TextIO, limit: int | None) -> None:
    """Write the objects of :func:`write_json`, one on each line."""
    for rows in report_groups(catalogue, report, limit):
        out.write(json.dumps(_object(report, rows), ensure_ascii=False) + "\n")


def _object(report: Report, rows: list[dict[str, object]]) -> dict[str, object]:
    if report.group_by is None:
        return rows[0]
    named = [name for name in ("kind", "grade", "size") if name in rows[0]]
    shared = [report.group_by, *named, *report.told_names]
    members = [{name: value for name, value in row.items() if name not in report.told_names} for row in rows]
    return {name: rows[0][name] for name in shared} | {"members": members}


def write_csv(catalogue: Catalogue, report: Report, out: TextIO, limit: int | None) -> None:
    """Write the rows with a header as RFC 4180 CSV, in which no text is a formula (:mod:`catalog.csv_cells`)."""
    writer = CellWriter(out)
    names = [
        column[0]
        for column in catalogue.db.conn.execute(
            f"SELECT * FROM ({report.rows}) LIMIT 0", report.parameters
        ).description
    ]
    more = ("replay",) if report.replay is not None else ()
    names = [name for name in (*names, *report.told_names, *more) if name not in report.hidden]
    writer.writerow(names)
    for rows in report_groups(catalogue, report, limit):
        writer.writerows([_cell(row[name]) for name in names] for row in rows)


def _cell(value: object) -> object:
    """Return a value as a CSV cell; a list becomes the number of its items."""
    return len(value) if isinstance(value, list) else value


FORMATS: dict[str, Callable[[Catalogue, Report, TextIO, int | None], None]] = {
    "table": write_table,
    "text": write_text,
    "json": write_json,
    "jsonl": write_jsonl,
    "csv": write_csv,
    "markdown": write_markdown,
}


def write_summary(catalogue: Catalogue, out: TextIO, format_name: str) -> None:
    """Write the summary in one of :data:`FORMATS`."""
    summary = summarise(catalogue)
    if format_name == "json":
        out.write(json.dumps(summary.as_row(), ensure_ascii=False, indent=1) + "\n")
        return
    if format_name == "jsonl":
        out.write(json.dumps(summary.as_row(), ensure_ascii=False) + "\n")
        return
    if format_name == "csv":
        CellWriter(out).writerows([("what", "count"), *summary_counts(summary)])
        return
    if format_name == "text":
        out.writelines(f"{line}\n" for line in mail_lines(summary, catalogue.path.name))
        return
    lines = summary_lines(summary)
    if format_name == "markdown":
        out.write("# Summary\n\n| | |\n|---|---:|\n")
        out.writelines(f"| {_markdown(what)} | {_markdown(count)} |\n" for what, count in lines if what)
    else:
        console = _console(out)
        _print_text(console, f"Catalogue {catalogue.path}", 0, "bold")
        width = max(len(what) for what, _ in lines) + 3
        for what, count in [("", ""), *lines]:
            console.print(
                Text(f"  {what:<{width}}").append(count, style="bold") if what else "", soft_wrap=True
            )


def _cards(catalogue: Catalogue, report: Report, limit: int | None) -> Iterator[Card]:
    return (report.card(rows) for rows in report_groups(catalogue, report, limit))


class _Console(Console):
    """A console whose reader may go away: that is no fault, while rich would exit with status 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _console(out: TextIO, *, plain: bool = False) -> Console:
    terminal = out.isatty() and not plain
    return _Console(
        file=out,
        width=None if terminal else _PLAIN_WIDTH,
        force_terminal=False if plain else None,
        highlight=False,
        markup=False,
        emoji=False,
    )


_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def _markdown(text: str) -> str:
    return _MARKDOWN_SPECIAL.sub(r"\\\1", text)


def _code(text: str) -> str:
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"

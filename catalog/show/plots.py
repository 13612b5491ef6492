"""Plots for a page: plain markup that needs no script, and reads as a table where it is not drawn."""

from collections import Counter
from collections.abc import Sequence
from html import escape

from catalog.show.words import size_text
from catalog.store.catalogue import Catalogue
from catalog.store.counting import exact_copies
from media.locator import printable

_FOLDERS = 10
_YEARS_WIDTH, _YEARS_HEIGHT = 480, 150


def draw_bars(title: str, rows: Sequence[tuple[str, int, str]]) -> str:
    """Bars from (label, value, value as said); empty where there is nothing to draw."""
    largest = max((value for _, value, _ in rows), default=0)
    if not largest:
        return ""
    drawn = "".join(
        f'<tr><th scope="row">{escape(label)}</th>'
        f'<td><i style="width:{60 * value / largest:.1f}%"></i>{escape(said)}</td></tr>'
        for label, value, said in rows
        if value
    )
    head = f'<figure class="plot"><figcaption>{escape(title)}</figcaption>'
    return f'{head}<table class="bars">{drawn}</table></figure>\n'


def draw_years(title: str, counts: Sequence[tuple[int, int]]) -> str:
    """Columns a year, every year from the first to the last; empty where there is nothing to draw."""
    if not counts:
        return ""
    by_year = dict(counts)
    first, last = min(by_year), max(by_year)
    years = range(first, last + 1)
    largest = max(by_year.values())
    step = _YEARS_WIDTH / len(years)
    every = max(1, -(-len(years) // 8))
    parts = []
    for number, year in enumerate(years):
        count = by_year.get(year, 0)
        height = (_YEARS_HEIGHT - 40) * count / largest
        x = number * step
        if count:
            width = max(1.0, min(step - 1, 40))
            parts.append(
                f'<rect x="{x + (step - width) / 2:.1f}" y="{_YEARS_HEIGHT - 20 - height:.1f}" width="{width:.1f}"'
                f' height="{max(1.0, height):.1f}"><title>{year}: {count:,}</title></rect>'
            )
            if step > 34:
                parts.append(
                    f'<text x="{x + step / 2:.1f}" y="{_YEARS_HEIGHT - 25 - height:.1f}" text-anchor="middle">'
                    f"{count:,}</text>"
                )
        if number % every == 0:
            parts.append(
                f'<text x="{x + step / 2:.1f}" y="{_YEARS_HEIGHT - 5}" text-anchor="middle">{year}</text>'
            )
    said = escape(f"{title}: {first} to {last}, at most {largest:,} a year")
    return (
        f'<figure class="plot"><figcaption>{escape(title)}</figcaption>'
        f'<svg class="years" viewBox="-8 0 {_YEARS_WIDTH + 16} {_YEARS_HEIGHT}" role="img" aria-label="{said}">'
        f"{''.join(parts)}</svg></figure>\n"
    )


def captions_by_year(catalogue: Catalogue) -> list[tuple[int, int]]:
    """How many captions name a date of each year, or stand in an article of that year."""
    rows = catalogue.rows(
        "SELECT CAST(substr(coalesce(p.date, a.published_at), 1, 4) AS INTEGER) AS year, count(*) AS captions"
        " FROM page_captions p LEFT JOIN articles a ON a.id = p.article_id"
        " WHERE coalesce(p.date, a.published_at) GLOB '[12][0-9][0-9][0-9]*' GROUP BY year ORDER BY year"
    )
    return [(row["year"], row["captions"]) for row in rows]


def bytes_by_folder(catalogue: Catalogue) -> list[tuple[str, int, str]]:
    """Bytes of exact copies by folder, the most first; they add up to what the summary says."""
    folders: Counter[str] = Counter()
    for locator, byte_size in exact_copies(catalogue.db.conn):
        folders[locator.rpartition("/")[0]] += byte_size or 0
    most = folders.most_common(_FOLDERS)
    found = [(printable(folder) + "/" if folder else "(top)", size, size_text(size)) for folder, size in most]
    rest = sum(folders.values()) - sum(size for _, size in most)
    if rest:
        found.append((f"{len(folders) - len(most):,} other folders", rest, size_text(rest)))
    return found

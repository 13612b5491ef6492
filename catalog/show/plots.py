"""The data of the report's plots."""

from collections import Counter

from catalog.show.words import size_text
from catalog.store.catalogue import Catalogue
from catalog.store.counting import exact_copies
from media.locator import printable

_FOLDERS = 10


def captions_by_year(catalogue: Catalogue) -> list[tuple[int, int]]:
    """Count captions by the year of their own date; without a date, by the year of their article."""
    rows = catalogue.rows(
        "SELECT CAST(substr(coalesce(p.date, a.published_at), 1, 4) AS INTEGER) AS year, count(*) AS captions"
        " FROM page_captions p LEFT JOIN articles a ON a.id = p.article_id"
        " WHERE coalesce(p.date, a.published_at) GLOB '[12][0-9][0-9][0-9]*' GROUP BY year ORDER BY year"
    )
    return [(row["year"], row["captions"]) for row in rows]


def bytes_by_folder(catalogue: Catalogue) -> list[tuple[str, int, str]]:
    """Sum the bytes of exact copies by folder, the most first; the total equals that of the summary."""
    folders: Counter[str] = Counter()
    for locator, byte_size in exact_copies(catalogue.db.conn):
        folders[locator.rpartition("/")[0]] += byte_size or 0
    most = folders.most_common(_FOLDERS)
    found = [(printable(folder) + "/" if folder else "(top)", size, size_text(size)) for folder, size in most]
    rest = sum(folders.values()) - sum(size for _, size in most)
    if rest:
        found.append((f"{len(folders) - len(most):,} other folders", rest, size_text(rest)))
    return found
